//! What every endpoint has in common: languages, headers, forms of refusal.

use serde_json::json;

use crate::support::{CONTRACT, Lang, on_both};

#[test]
fn two_languages() {
    on_both(async |world| {
        let chair = world.chair_of("Vĩnh Hải");
        let missing = "/members/0199c2a4-5b1e-7c3d-9f00-3a5d2c1b0e42";
        let (vi, en) = (chair.get(missing).await.expect(404), chair.speaking(Lang::En).get(missing).await.expect(404));
        assert_eq!((vi.header("content-language"), en.header("content-language")), (Some("vi"), Some("en")));
        assert_ne!(vi["title"], en["title"]);
        assert_eq!(vi["code"], en["code"]);
        for (wish, told) in [("fr", "vi"), ("en-GB,en;q=0.9,vi;q=0.1", "en"), ("vi-VN,vi;q=0.9,en;q=0.8", "vi"), ("*", "vi")] {
            assert_eq!(chair.get(missing).header("accept-language", wish).await.header("content-language"), Some(told), "{wish}");
        }
        // Every kind of problem has a page, in both.
        let page = en.text("docs_url");
        for lang in [Lang::Vi, Lang::En] {
            let page = world.nobody().speaking(lang).get(&page).await.expect(200);
            assert!(page.header("content-type").unwrap().starts_with("text/html"));
        }
    });
}

#[test]
fn every_answer_has_an_id() {
    on_both(async |world| {
        let board = world.board();
        let answer = board.get("/units").header("x-request-id", "my-own.id_7").await.expect(200);
        assert_eq!(answer.header("x-request-id"), Some("my-own.id_7"));
        for bad in ["short", "has space in it", "ký-tự-lạ-ở-đây", &"x".repeat(65)] {
            let answer = board.get("/units").header("x-request-id", bad).await.expect(200);
            assert_eq!(answer.header("x-request-id").unwrap().len(), 36, "{bad}");
        }
        for path in ["/units/xyz", "/nothing-here", "/members?x=1"] {
            let answer = board.get(path).await;
            assert_eq!(Some(answer.text("request_id").as_str()), answer.header("x-request-id"));
        }
    });
}

#[test]
fn wrong_turns() {
    on_both(async |world| {
        let chair = world.chair_of("Vĩnh Hải");
        chair.get("/nothing-here").await.expect(404).because("not_found");
        world.nobody().get("/no/such/place").await.expect(404);
        chair.get("/members/not-a-uuid").await.expect(404);
        let wrong = chair.delete("/members").await.expect(405).because("method_not_allowed");
        let allow = wrong.header("allow").unwrap();
        assert!(allow.contains("GET") && allow.contains("POST") && !allow.contains("DELETE"), "{allow}");
        let body = json!({ "unit_id": world.unit("Ba Làng"), "full_name": "Tô Thị Cúc", "date_of_birth": "1990-01-01", "joined_on": "2020-03-08" });
        for kind in ["text/plain", "application/xml", "application/x-www-form-urlencoded"] {
            let refused = chair.post("/members", body.clone()).header("content-type", kind).await.expect(415);
            assert_eq!(refused["accepted"], json!(["application/json"]));
        }
        chair.post("/members", body.clone()).header("content-type", "Application/JSON; charset=utf-8").await.expect(201);
        chair
            .ask("POST", "/members")
            .header("content-type", "application/json")
            .bytes("{ \"full_name\": ")
            .await
            .expect(400)
            .because("bad_request");
        chair.ask("POST", "/members").header("content-type", "application/json").bytes(vec![0xff, 0xfe]).await.expect(400);
        chair.ask("POST", "/members").header("content-type", "application/json").bytes("[]").await.expect(422);
        chair.ask("POST", "/members").header("content-type", "application/json").bytes("").await.expect(400);
        let long = json!({ "full_name": "x".repeat(2 * 1024 * 1024) });
        chair.post("/members", long).await.expect(413).because("payload_too_large");
        let deep = "[".repeat(100_000);
        chair.ask("POST", "/members").header("content-type", "application/json").bytes(deep).await.expect(400);
        chair.patch(format!("/members/{}", world.member("Trần Thị Ánh")), 1, json!([])).await.expect(422);
        chair
            .ask("PATCH", format!("/members/{}", world.member("Trần Thị Ánh")))
            .json(&json!({}))
            .header("if-match", "abc")
            .await
            .expect(400)
            .about("If-Match", "invalid_value");
        chair.get("/members?q=%00").await.expect(400);
        chair.get("/members?q=%ff").await;
    });
}

#[test]
fn versions_and_caches() {
    on_both(async |world| {
        let chair = world.chair_of("Vĩnh Hải");
        let path = format!("/members/{}", world.member("Trần Thị Ánh"));
        let answer = chair.get(&path).await.expect(200);
        assert_eq!(answer.header("etag"), Some("\"1\""));
        assert_eq!(answer.header("cache-control"), Some("private, no-cache"));
        let vary = answer.header("vary").unwrap().to_lowercase();
        for name in ["accept-language", "accept-encoding", "authorization"] {
            assert!(vary.contains(name), "{vary}");
        }
        let same = chair.get(&path).header("if-none-match", "\"1\"").await.expect(304);
        assert!(same.bytes.is_empty());
        chair.get(&path).header("if-none-match", "\"0\", W/\"1\"").await.expect(304);
        chair.get(&path).header("if-none-match", "\"2\"").await.expect(200);
        // A part, or more than it: a tag of its own, that names the version all the same.
        let mut tag = String::new();
        for form in ["fields=full_name", "include=unit", "fields=full_name&include=unit"] {
            let other = chair.get(format!("{path}?{form}")).header("if-none-match", "W/\"1\"").await.expect(200);
            tag = other.header("etag").unwrap().to_owned();
            assert!(tag.starts_with("W/\"1."), "{tag}");
            chair.get(format!("{path}?{form}")).header("if-none-match", &tag).await.expect(304);
            assert_eq!(other.json.get("unit").is_some(), form.contains("unit"), "{form}");
        }
        chair.patch(&path, 1, json!({ "address": "Số 1" })).header("if-match", &tag).await.expect(200);
        let unit = format!("/units/{}", world.unit("Ba Làng"));
        let as_it_was = chair.get(format!("{unit}?as_of=2025-01-01")).await.expect(200);
        assert!(as_it_was.header("etag").unwrap().starts_with("W/"), "{as_it_was:?}");
        chair.get(&path).header("if-none-match", "\"1\"").await.expect(200);
    });
}

#[test]
fn lists_have_tags() {
    on_both(async |world| {
        let chair = world.chair_of("Vĩnh Hải");
        let member = world.member("Trần Thị Ánh");
        for path in ["/members?limit=2".to_owned(), format!("/members/{member}/events"), "/units".to_owned()] {
            let first = chair.get(&path).await.expect(200);
            let tag = first.header("etag").unwrap().to_owned();
            assert!(tag.starts_with("W/\""), "{path}: {tag}");
            let same = chair.get(&path).header("if-none-match", &tag).await.expect(304);
            assert_eq!((same.header("etag"), same.bytes.len()), (Some(tag.as_str()), 0), "{path}");
        }
        let path = "/members?limit=200";
        let tag = chair.get(path).await.expect(200).header("etag").unwrap().to_owned();
        chair.patch(format!("/members/{member}"), 1, json!({ "address": "Số 1" })).await.expect(200);
        chair.get(path).header("if-none-match", &tag).await.expect(200);
    });
}

/// A body that the framework would unpack is refused before it does, also where nobody is signed in.
#[test]
fn bodies_come_as_they_are() {
    on_both(async |world| {
        let chair = world.chair_of("Vĩnh Hải");
        for coding in ["gzip", "br", "zstd", "deflate", "identity, gzip"] {
            let refused = chair.post("/members", json!({})).header("content-encoding", coding).await.expect(415);
            assert_eq!(refused.header("accept-encoding"), Some("identity"));
            refused.because("unsupported_media_type").about("Content-Encoding", "not_taken");
            let form = world.nobody().form("/oauth/token", &[("grant_type", "password")]);
            assert_eq!(form.header("content-encoding", coding).await.status, 415, "{coding}");
            world.nobody().post("/password-resets", json!({})).header("content-encoding", coding).await.expect(415);
        }
        chair.post("/members", json!({})).header("content-encoding", "Identity").await.expect(422);
    });
}

#[test]
fn a_body_says_everything_once() {
    on_both(async |world| {
        let chair = world.chair_of("Vĩnh Hải");
        let empty = chair.post("/members", json!({})).await.expect(422);
        assert_eq!(empty.errors().count(), 4, "{empty:?}");
        let mut empty = empty;
        for field in ["/unit_id", "/full_name", "/date_of_birth", "/joined_on"] {
            empty = empty.about(field, "required");
        }
        chair
            .post(
                "/members",
                json!({ "unit_id": "x", "full_name": 7, "date_of_birth": "1990", "joined_on": "gần đây", "nmae": 1 }),
            )
            .await
            .expect(422)
            .about("/unit_id", "invalid_value")
            .about("/full_name", "invalid_value")
            .about("/joined_on", "invalid_value")
            .about("/nmae", "unknown_field");
        for (text, place) in [
            (r#"{"full_name":"A B","full_name":"C D"}"#, "/full_name"),
            (r#"{"items":[{"member":{"phone":"1","phone":"2"}}]}"#, "/items/0/member/phone"),
        ] {
            let ask = chair.ask("POST", "/members").header("content-type", "application/json").bytes(text);
            ask.await.expect(400).because("bad_request").about(place, "duplicate_field");
        }
    });
}

/// What a route does not read is refused, by name, whatever the route.
#[test]
fn unknown_parameters() {
    on_both(async |world| {
        let chair = world.chair_of("Vĩnh Hải");
        let path = format!("/members/{}", world.member("Trần Thị Ánh"));
        let before = world.database().state();
        chair
            .patch(format!("{path}?dryrun=true"), 1, json!({ "address": "Số 1" }))
            .await
            .expect(400)
            .about("dryrun", "unknown_parameter");
        chair.post("/members/batch?mode=each&x=1", json!({ "items": [] })).key("x").await.expect(400);
        assert_eq!(world.database().state(), before);
        for (path, name) in [
            (format!("{path}?limit=9999"), "limit"),
            (format!("{path}?cursor=zzz"), "cursor"),
            (format!("{path}/events?limit=1"), "limit"),
            (format!("{path}/events?fields=id"), "fields"),
            ("/me?x=1".into(), "x"),
            ("/healthz?foo=1".into(), "foo"),
            ("/units?sortt=name".into(), "sortt"),
        ] {
            chair.get(&path).await.expect(400).because("unknown_parameter").about(name, "unknown_parameter");
        }
    });
}

#[test]
fn words_to_search_for() {
    on_both(async |world| {
        let board = world.board();
        let mut tried = 0;
        for operation in CONTRACT.operations().iter().filter(|one| one.query().iter().any(|parameter| parameter["name"] == "q")) {
            tried += 1;
            let caller =
                if operation.id == "list_accounts" || operation.id == "list_clients" { world.admin() } else { board.clone() };
            let q =
                |words: &str| caller.get(format!("{}?{}", operation.path, serde_html_form::to_string([("q", words)]).unwrap()));
            q(" ").await.expect(400).about("q", "too_short");
            q(&"ă".repeat(101)).await.expect(400).about("q", "too_long");
            q(&"ắ".repeat(100)).await.expect(200);
            q(&"%_".repeat(50)).await;
        }
        assert!(tried >= 3, "{tried}");
    });
}

/// Who says no says what to do, in both languages.
#[test]
fn every_refusal_has_a_detail() {
    on_both(async |world| {
        let chair = world.chair_of("Vĩnh Hải");
        let long = json!({ "full_name": "x".repeat(2 * 1024 * 1024) });
        for (status, ask) in [
            (401, world.nobody().get("/units")),
            (403, chair.get("/accounts")),
            (404, chair.get("/nothing-here")),
            (405, chair.delete("/members")),
            (413, chair.post("/members", long)),
        ] {
            let told = [Lang::Vi, Lang::En]
                .map(|lang| ask.clone().header("accept-language", if lang == Lang::Vi { "vi" } else { "en" }));
            let [vi, en] = told;
            let (vi, en) = (vi.await.expect(status).text("detail"), en.await.expect(status).text("detail"));
            assert!(vi != en && vi.len() > 20 && en.len() > 20, "{status}: {vi} {en}");
        }
    });
}

#[test]
fn code_lists_have_labels_and_tags() {
    on_both(async |world| {
        let nobody = world.nobody();
        let lists = nobody.get("/code-lists").await.expect(200);
        let names = lists.each("name");
        for name in [
            "unit_kinds",
            "member_statuses",
            "roles",
            "posts",
            "special_groups",
            "ethnic_groups",
            "religions",
            "occupations",
            "problem_codes",
        ] {
            assert!(names.contains(&name.to_owned()), "{name}: {names:?}");
        }
        for name in names {
            let list = nobody.get(format!("/code-lists/{name}")).await.expect(200);
            let codes = list["codes"].as_array().unwrap();
            assert!(!codes.is_empty(), "{name}");
            for (place, code) in codes.iter().enumerate() {
                assert_eq!(code["order"], place + 1, "{name}");
                assert!(!code["vi"].as_str().unwrap().is_empty() && !code["en"].as_str().unwrap().is_empty(), "{name}: {code}");
            }
            let tag = list.header("etag").unwrap().to_owned();
            nobody.get(format!("/code-lists/{name}")).header("if-none-match", &tag).await.expect(304);
            nobody.get(format!("/code-lists/{name}")).header("if-none-match", "\"other\"").await.expect(200);
        }
        nobody.get("/code-lists/no_such_list").await.expect(404);
        // Every code that a problem can have is in its list.
        let codes = nobody.get("/code-lists/problem_codes").await.expect(200);
        assert!(
            codes["codes"]
                .as_array()
                .unwrap()
                .iter()
                .any(|code| code["code"] == "masked_value_written_back" || code["code"] == "invalid_body")
        );
    });
}

#[test]
fn other_origins() {
    on_both(async |world| {
        let ours = "https://hoi.example.vn";
        let preflight = world
            .nobody()
            .ask("OPTIONS", "/members")
            .header("origin", ours)
            .header("access-control-request-method", "PATCH")
            .header("access-control-request-headers", "authorization,if-match,idempotency-key")
            .await;
        assert!(preflight.status < 300, "{preflight:?}");
        assert_eq!(preflight.header("access-control-allow-origin"), Some(ours));
        assert_eq!(preflight.header("access-control-max-age"), Some("7200"));
        for method in ["GET", "POST", "PATCH", "DELETE"] {
            assert!(preflight.header("access-control-allow-methods").unwrap().contains(method), "{preflight:?}");
        }
        let answer = world.board().get("/units").header("origin", ours).await.expect(200);
        assert_eq!(answer.header("access-control-allow-origin"), Some(ours));
        let exposed = answer.header("access-control-expose-headers").unwrap().to_lowercase();
        for name in
            ["etag", "link", "location", "retry-after", "ratelimit", "x-request-id", "idempotency-replayed", "preference-applied"]
        {
            assert!(exposed.contains(name), "{name}: {exposed}");
        }
        // A problem, too, can be read there.
        let refused = world.nobody().get("/units").header("origin", ours).await.expect(401);
        assert_eq!(refused.header("access-control-allow-origin"), Some(ours));
        let stranger = world.board().get("/units").header("origin", "https://evil.example").await;
        assert_eq!(stranger.header("access-control-allow-origin"), None);
    });
}

#[test]
fn long_answers_are_compressed_as_the_caller_wishes() {
    on_both(async |world| {
        let board = world.board();
        let plain = board.get("/units?limit=200").await.expect(200);
        assert_eq!(plain.header("content-encoding"), None);
        assert!(plain.bytes.len() > 2048);
        for (wish, coding) in [("gzip", "gzip"), ("br", "br"), ("zstd", "zstd")] {
            let answer = board.get("/units?limit=200").header("accept-encoding", wish).await.expect(200);
            assert_eq!(answer.header("content-encoding"), Some(coding));
            assert!(answer.bytes.len() < plain.bytes.len() / 2, "{wish}: {}", answer.bytes.len());
        }
        // A strong tag is of the very bytes, so what is compressed has a weak one.
        let whole = format!("/members/{}?", world.member("Trần Thị Ánh"));
        let member = world.chair_of("Vĩnh Hải").get(&whole).header("accept-encoding", "gzip").await.expect(200);
        assert_eq!(member.header("content-encoding").map(|_| "W/\"1\"").or(Some("\"1\"")), member.header("etag"));
        assert_eq!(member.header("content-encoding"), Some("gzip"), "long enough to be compressed: {member:?}");
        let identity = board.get("/units?limit=200").header("accept-encoding", "identity").await.expect(200);
        assert_eq!(identity.bytes, plain.bytes);
        let short = board.get("/me").header("accept-encoding", "gzip").await.expect(200);
        assert_eq!(
            short.bytes.first(),
            Some(&b'{').filter(|_| short.header("content-encoding").is_none()).or(short.bytes.first())
        );
    });
}

#[test]
fn heads_and_options() {
    on_both(async |world| {
        let board = world.board();
        let head = board.ask("HEAD", "/units").await.expect(200);
        assert!(head.bytes.is_empty());
        assert_eq!(head.header("content-type"), Some("application/json"));
        let options = world.nobody().ask("OPTIONS", "/members").await;
        assert!(options.status == 204 || options.status == 200, "{options:?}");
    });
}

#[test]
fn how_the_service_is() {
    on_both(async |world| {
        let nobody = world.nobody();
        assert_eq!(nobody.get("/healthz").await.expect(200)["status"], "alive");
        world.seal();
        let ready = nobody.get("/readyz").await.expect(200);
        assert_eq!(ready["status"], "ready");
        assert!(["sqlite", "postgresql"].contains(&ready["database"].as_str().unwrap()));
        nobody.get("/units").await.expect(401);
        let figures = nobody.get("/metrics").await.expect(200).body();
        assert!(
            figures.contains("hoicoso_http_request_duration_seconds_bucket") && figures.contains("route=\"/api/v1/units\""),
            "{figures}"
        );
        assert!(!figures.contains(&world.member("Trần Thị Ánh")));
        let docs = nobody.get("/docs/").await.expect(200);
        assert!(docs.header("content-type").unwrap().starts_with("text/html"));
        assert!(!docs.body().contains("https://cdn"), "works without the internet");
        assert!(CONTRACT.operations().len() > 60);
    });
}

/// A disk that is full or cannot be written is told to whoever sends requests here.
#[test]
fn it_is_not_ready_when_it_cannot_write() {
    on_both(async |world| {
        let database = world.database();
        let (refuse, allow) = match database.engine {
            crate::support::Engine::Sqlite => {
                ("CREATE TRIGGER refuse BEFORE UPDATE ON settings BEGIN SELECT RAISE(ABORT, 'no'); END", "DROP TRIGGER refuse")
            }
            crate::support::Engine::Postgres => (
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$; \
                 CREATE TRIGGER refuse BEFORE UPDATE ON settings FOR EACH ROW EXECUTE FUNCTION refuse()",
                "DROP TRIGGER refuse ON settings; DROP FUNCTION refuse()",
            ),
        };
        database.execute(refuse);
        let told = world.nobody().get("/readyz").await.expect(503).because("unavailable");
        assert!(told.text("detail").contains("Không ghi được"));
        world.nobody().get("/healthz").await.expect(200);
        database.execute(allow);
        world.nobody().get("/readyz").await.expect(200);
        let figures = world.nobody().get("/metrics").await.expect(200).body();
        for name in [
            "hoicoso_database_waiting",
            "hoicoso_database_connections{state=\"idle\"}",
            "hoicoso_database_connections{state=\"used\"}",
        ] {
            assert!(figures.contains(name), "{name}");
        }
    });
}
