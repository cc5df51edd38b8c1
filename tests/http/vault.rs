//! The vault of identities: who denounced is shown by two persons' consent only, written by nobody, and found nowhere.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use hoicoso::{access::Role, db, keys::VaultKey, text};
use serde_json::{Value, json};
use unicode_normalization::UnicodeNormalization;

use crate::support::{Answer, Caller, Engine, Process, World, new_id, on_both, on_both_with, program};

const NAME: &str = "Đàm Thị Quỳnh Giao";
const ADDRESS: &str = "Số 48/3, đường Hoàng Hôn Biếc, phường Vĩnh Hải";
const PHONE: &str = "0987 654 321";
const NUMBER: &str = "056188765432";
const NOTE: &str = "Nhắn qua chị hàng nước mía";

fn denouncer() -> Value {
    json!({ "full_name": NAME, "address": ADDRESS, "phone": PHONE, "national_id": NUMBER, "note": NOTE })
}

/// What she wrote, and signed.
fn signed() -> String {
    format!("Chủ tịch Hội phường chi sai quỹ.\nNgười viết: {NAME}, {ADDRESS}, điện thoại 0987.654.321")
}

struct Case {
    id: String,
    code: String,
    pin: String,
}

/// A denunciation of a commune's union, which is handled above it: by the district.
async fn denunciation(world: &World) -> Case {
    let body = json!({ "kind": "denunciation", "content": signed(), "unit_id": world.unit("Vĩnh Hải"), "custody": "vault", "petitioner": denouncer() });
    let receipt = world.nobody().post("/public/petitions", body).await.expect(201);
    let (code, pin) = (receipt.text("code"), receipt.text("pin"));
    Case { id: world.database().id_where("complaints", &format!("code = '{code}'")), code, pin }
}

async fn ask(caller: &Caller, case: &Case) -> Answer {
    let body = json!({ "party_ordinal": 1, "reason": "Xác minh điều kiện thụ lý tố cáo" });
    caller.post(format!("/complaints/{}/identity-disclosures", case.id), body).await
}

fn step(caller: &Caller, id: &str, noun: &str, version: i64) -> crate::support::Ask {
    caller.ask("POST", format!("/identity-disclosures/{id}/{noun}")).seen(version)
}

fn actions(answer: &Answer) -> Vec<String> {
    let actions = answer["allowed_actions"].as_array().unwrap();
    actions.iter().map(|action| action["action"].as_str().unwrap().to_owned()).collect()
}

fn alerts(world: &World, case: &Case) -> i64 {
    let id = world.database().id(&case.id);
    world.database().number(&format!(
        "SELECT count(*) AS value FROM complaint_alerts WHERE kind = 'identity_disclosed' AND complaint_id = {id}"
    ))
}

#[test]
fn two_persons_open_an_identity_for_one_hour() {
    on_both(async |world| {
        let case = denunciation(&world).await;
        let (handler, keeper, stranger) =
            (world.user("walk.inspector"), world.user("walk.identity_custodian"), world.user("kiemtra"));
        // The inspectors of the district handle it; those of the province, whom it did not come to, see nothing of it.
        ask(&stranger, &case).await.expect(404);
        ask(&world.user("walk.base_president"), &case).await.expect(403);
        ask(&keeper, &case).await.expect(403);
        let asked = ask(&handler, &case).await.expect(201);
        let id = asked.id();
        assert_eq!((asked["status"].clone(), actions(&asked)), (json!("requested"), vec![]));
        assert_eq!(asked["complaint_code"], case.code.as_str());
        ask(&handler, &case).await.expect(409).about("/party_ordinal", "disclosure_open");
        let path = format!("/identity-disclosures/{id}");
        stranger.get(&path).await.expect(404);

        // Nothing yet; and not by herself.
        step(&handler, &id, "showings", 1).await.expect(409).because("invalid_transition");
        step(&handler, &id, "confirmations", 1).await.expect(403);
        // The custodian sees who asks for what and why, and not the case.
        let waiting = keeper.get("/identity-disclosures?status=requested&limit=200").await.expect(200);
        let mine = waiting.items().iter().find(|item| item["id"] == id.as_str()).unwrap().clone();
        assert_eq!(mine["reason"], "Xác minh điều kiện thụ lý tố cáo");
        assert_eq!(mine["requester_name"], "Tài khoản walk.inspector");
        keeper.get(format!("/complaints/{}/messages", case.id)).await.expect(403);
        step(&keeper, &id, "showings", 1).await.expect(403);
        let yes = step(&keeper, &id, "confirmations", 1).await.expect(200);
        assert_eq!((yes["status"].clone(), actions(&yes)), (json!("confirmed"), vec![]));
        step(&keeper, &id, "confirmations", 2).await.expect(409).because("invalid_transition");

        let open = handler.get(&path).await.expect(200);
        assert_eq!(actions(&open), ["show"]);
        step(&stranger, &id, "showings", 2).await.expect(404);
        step(&handler, &id, "showings", 1).await.expect(412);
        step(&handler, &id, "showings", 2).prefer("tx=rollback").await.expect(400);
        let shown = step(&handler, &id, "showings", 2).await.expect(200);
        assert_eq!((&shown["identity"], &shown["original_text"]), (&denouncer(), &json!(signed())));
        assert_eq!(shown.header("cache-control"), Some("no-store"));
        step(&handler, &id, "showings", 3).await.expect(200);
        let now = handler.get(&path).await.expect(200);
        assert_eq!(now["shown_count"], 2);

        // Each step is on record, and told to the inspectors.
        let events = handler.get(format!("{path}/events")).await.expect(200);
        assert_eq!(events.each("action"), ["request", "confirm", "show", "show"]);
        assert_eq!(events.items()[1]["actor_role"], "identity_custodian");
        let sql = format!(
            "SELECT action AS value FROM audit_events WHERE resource_id = {} ORDER BY resource_version",
            world.database().id(&id)
        );
        assert_eq!(world.database().words(&sql), ["request", "confirm", "show", "show"]);
        assert_eq!(alerts(&world, &case), 4);

        // The hour is over by itself.
        let until = "UPDATE identity_disclosures SET expires_at = 1 WHERE expires_at IS NOT NULL";
        world.database().execute(until);
        let over = handler.get(&path).await.expect(200);
        assert_eq!((over["status"].clone(), actions(&over)), (json!("expired"), vec![]));
        step(&handler, &id, "showings", 4).await.expect(409).because("invalid_transition");
        let expired = handler.get("/identity-disclosures?status=expired").await.expect(200);
        assert_eq!(expired.each("id"), std::slice::from_ref(&id));
        assert_eq!(handler.get("/identity-disclosures?status=confirmed").await.expect(200).items().len(), 0);

        // Once more, and no.
        let again = ask(&handler, &case).await.expect(201).id();
        let no = step(&keeper, &again, "refusals", 1).await.expect(200);
        assert_eq!((&no["status"], &no["expires_at"]), (&json!("refused"), &Value::Null));
        step(&handler, &again, "showings", 2).await.expect(409);
        world.check_books();
    });
}

#[test]
fn nobody_opens_for_herself_and_who_keeps_out_sees_nothing() {
    on_both(async |world| {
        let case = denunciation(&world).await;
        let handler = world.user("walk.inspector");
        let id = ask(&handler, &case).await.expect(201).id();
        let (database, path) = (world.database(), format!("/identity-disclosures/{id}"));
        let keeper = world.user("walk.identity_custodian");
        let one = keeper.get("/identity-disclosures?limit=200").await.expect(200).items().len();
        // She is recused: gone at once, from everywhere.
        let account = database.id(&world.cast().accounts["walk.identity_custodian"]);
        database.execute(&format!(
            "INSERT INTO complaint_recusals (id, complaint_id, account_id, ground, recorded_at) VALUES ({}, {}, {account}, 'kinship', 1)",
            database.id(&new_id()),
            database.id(&case.id)
        ));
        keeper.get(&path).await.expect(404);
        keeper.get(format!("{path}/events")).await.expect(404);
        step(&keeper, &id, "confirmations", 1).await.expect(404);
        let listed = keeper.get("/identity-disclosures?limit=200").await.expect(200);
        assert_eq!((listed.items().len(), listed["total"].clone()), (one - 1, Value::Null));
        // A page does not come back short for what is hidden in it.
        let filtered = keeper.get(format!("/identity-disclosures?complaint_id={}", case.id)).await.expect(200);
        assert_eq!((filtered.items().len(), filtered["next"].clone()), (0, Value::Null));
        database.execute("DELETE FROM complaint_recusals");

        // One person in both roles.
        hoicoso::access::commands::give_role(&world.db(), "walk.inspector", Role::IdentityCustodian, None, None).await.unwrap();
        let both = world.signed_in("walk.inspector").await;
        let seen = both.get(&path).await.expect(200);
        assert_eq!(actions(&seen), Vec::<String>::new());
        step(&both, &id, "confirmations", 1).await.expect(403);
        step(&both, &id, "refusals", 1).await.expect(403);
        // Somebody else may.
        let seen = keeper.get(&path).await.expect(200);
        assert_eq!(actions(&seen), ["confirm", "refuse"]);

        // A party that is not there, or not in the vault.
        let none = json!({ "party_ordinal": 2, "reason": "Xác minh điều kiện thụ lý" });
        handler
            .post(format!("/complaints/{}/identity-disclosures", case.id), none)
            .await
            .expect(422)
            .about("/party_ordinal", "unknown_party");
        database.execute(&format!("DELETE FROM complaint_identities WHERE complaint_id = {}", database.id(&case.id)));
        database.execute(&format!("DELETE FROM identity_disclosures WHERE complaint_id = {}", database.id(&case.id)));
        ask(&handler, &case).await.expect(422).about("/party_ordinal", "identity_not_in_vault");
    });
}

#[test]
fn what_goes_out_names_nobody_of_the_vault() {
    on_both(async |world| {
        let case = denunciation(&world).await;
        let handler = world.user("walk.inspector");
        let path = format!("/complaints/{}/messages", case.id);
        let say = |text: &str| handler.post(&path, json!({ "text": text }));
        say("Hội đã nhận đơn; bà Nguyễn Thị Lan ở đường Hoàng Hoa Thám không liên quan").await.expect(201);
        let told = say("Kính gửi bà Quỳnh Giao").await.expect(422).about("/text", "reveals_identity");
        assert!(!text::search_form(&told.body()).contains("giao"), "{told:?}");
        // It does not say what it found: a number and a name are refused in the same words.
        let mut words = Vec::new();
        for text in ["gọi 0987.654.321", "DAM THI QUYNH GIAO", "nhà 48/3 Hoàng Hôn Biếc"] {
            let mut body = say(text).prefer("tx=rollback").await.expect(422).json;
            body["request_id"] = json!("~");
            words.push(body);
        }
        words.dedup();
        assert_eq!(words.len(), 1, "{words:?}");
        say("CCCD 056188765432").await.expect(422);
        // With five she would soon know: nothing more of hers is taken here today.
        let locked = say("Hội đã nhận đơn").await.expect(429);
        assert!(locked.header("retry-after").is_some());
        let hits = "SELECT hit_count AS value FROM identity_lint_hits";
        assert_eq!(world.database().numbers(hits), [5]);
        let recorded = "SELECT count(*) AS value FROM audit_events WHERE action = 'reveal_identity'";
        assert_eq!(world.database().number(recorded), 5);
        // A day later she may again.
        world.database().execute("UPDATE identity_lint_hits SET last_at = 1");
        say("Hội đã nhận đơn").await.expect(201);

        // What the petitioner writes is hers; the office reads it without her.
        let text = format!("Tôi là {NAME}, đã gửi ảnh chụp");
        let message = json!({ "code": case.code, "pin": case.pin, "text": text });
        world.nobody().post("/public/petitions/messages", message).await.expect(201);
        let listed = handler.get(&path).await.expect(200);
        assert_eq!(listed.items()[2]["text"], "Tôi là […], đã gửi ảnh chụp");
        let own = json!({ "code": case.code, "pin": case.pin });
        let seen = world.nobody().post("/public/petitions/lookups", own).await.expect(200);
        assert_eq!(seen["messages"][2]["text"], text.as_str());
    });
}

#[test]
fn without_a_vault_no_identity_is_taken() {
    on_both_with(
        |config| config.vault_key_file = PathBuf::new(),
        async |world| {
            let body = json!({ "kind": "denunciation", "content": signed(), "petitioner": denouncer() });
            world.nobody().post("/public/petitions", body.clone()).await.expect(422).about("/petitioner", "vault_not_configured");
            for (custody, status) in [("none", 201), ("sealed_paper", 201), ("vault", 422)] {
                let body = json!({ "kind": "denunciation", "content": "Chi sai quỹ", "custody": custody });
                world.nobody().post("/public/petitions", body).await.expect(status);
            }
            let mut paper = body;
            paper["custody"] = json!("sealed_paper");
            world.nobody().post("/public/petitions", paper).await.expect(422).about("/petitioner", "identity_not_kept");
            // What an earlier vault holds stays shut, and what cannot be compared does not go out.
            let case = &world.cast().inside.vault.case;
            let out = json!({ "text": "Hội đã nhận đơn" });
            world.user("kiemtra").post(format!("/complaints/{case}/messages"), out).await.expect(503);
        },
    );
}

#[test]
fn a_wrong_key_is_refused_and_a_new_one_wraps_all() {
    on_both(async |world| {
        let case = denunciation(&world).await;
        let handler = world.user("walk.inspector");
        let id = ask(&handler, &case).await.expect(201).id();
        step(&world.user("walk.identity_custodian"), &id, "confirmations", 1).await.expect(200);
        let token = handler.token().await.unwrap();
        world.stop().await;
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        let run = |key: Option<&Path>, arguments: &[&str]| {
            let mut command = program(world.database());
            key.into_iter().for_each(|key| _ = command.env("HOICOSO_VAULT_KEY_FILE", key));
            command.args(arguments).output().unwrap()
        };
        let (second, stranger) = (file("second.key"), file("stranger.key"));
        for path in [&second, &stranger] {
            assert!(run(None, &["vault", "make-key", path.to_str().unwrap()]).status.success());
        }
        // Made once, for its owner only, and never written over.
        assert!(!run(None, &["vault", "make-key", second.to_str().unwrap()]).status.success());
        assert!(VaultKey::from_file(&second).is_ok());
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&second).unwrap().permissions()) & 0o777, 0o600);
        let refused = run(Some(&stranger), &["audit", "verify"]);
        assert!(!refused.status.success());
        assert!(String::from_utf8_lossy(&refused.stderr).contains("vault_key_file"), "{refused:?}");
        let missing = run(Some(&file("missing.key")), &["audit", "verify"]);
        assert!(!missing.status.success());

        let turned = run(None, &["vault", "rotate-key", second.to_str().unwrap()]);
        assert!(turned.status.success(), "{turned:?}");
        assert!(!run(None, &["audit", "verify"]).status.success(), "the old key opens nothing any more");
        let process = Process::start_with(world.database(), |command| command.env("HOICOSO_VAULT_KEY_FILE", &second)).await;
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let address = format!("{}/api/v1/identity-disclosures/{id}/showings", process.url);
        let shown = client.post(address).bearer_auth(&token).header("if-match", "\"2\"").send().await.unwrap();
        assert_eq!(shown.status(), 200);
        let shown: Value = serde_json::from_str(&shown.text().await.unwrap()).unwrap();
        assert_eq!(shown["identity"], denouncer());
    });
}

// ---- found nowhere

/// A text in every form that somebody could have written it in.
fn forms(text: &str) -> Vec<(String, Vec<u8>)> {
    let nfd: String = text.nfd().collect();
    let plain = text::search_form(text);
    let spellings = [
        ("as it is", text.to_owned()),
        ("decomposed", nfd.clone()),
        ("without marks", plain.clone()),
        ("without marks, as written", capitals(&plain)),
        ("in capitals", text.to_uppercase()),
        ("in small letters", text.to_lowercase()),
        ("capitals without marks", plain.to_uppercase()),
        ("run together", plain.replace(' ', "")),
    ];
    let mut found: Vec<(String, Vec<u8>)> = Vec::new();
    for (how, spelling) in &spellings {
        let bytes = spelling.as_bytes();
        let mut add = |form: &str, bytes: Vec<u8>| found.push((format!("{text} {how}, {form}"), bytes));
        add("UTF-8", bytes.to_vec());
        add("UTF-16LE", spelling.encode_utf16().flat_map(u16::to_le_bytes).collect());
        add("UTF-16BE", spelling.encode_utf16().flat_map(u16::to_be_bytes).collect());
        add("backwards", spelling.chars().rev().collect::<String>().into_bytes());
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        add("hex", hex.clone().into_bytes());
        add("HEX", hex.to_uppercase().into_bytes());
        let percent: String = bytes.iter().map(|byte| format!("%{byte:02X}")).collect();
        add("percent", percent.into_bytes());
        let form = serde_html_form::to_string([("", spelling)]).unwrap();
        add("form", form.trim_start_matches('=').as_bytes().to_vec());
        let escaped: String = spelling
            .encode_utf16()
            .map(|unit| if unit < 128 { char::from(unit as u8).to_string() } else { format!("\\u{unit:04x}") })
            .collect();
        add("JSON escapes", escaped.into_bytes());
        let all: String = spelling.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
        add("all JSON escapes", all.into_bytes());
        // Wherever it begins in a longer text: the characters that depend on it alone.
        for (place, skipped) in [(0, 0), (1, 2), (2, 3)] {
            let padded = [vec![0; place], bytes.to_vec()].concat();
            let whole = padded.len() / 3 * 3;
            for (name, encoded) in
                [("base64", STANDARD.encode(&padded[..whole])), ("base64url", URL_SAFE_NO_PAD.encode(&padded[..whole]))]
            {
                add(&format!("{name} at {place}"), encoded.as_bytes()[skipped..].to_vec());
            }
        }
    }
    for (how, bytes) in [("TCVN3", tcvn3(text)), ("VNI", vni(text))] {
        found.push((format!("{text} in {how}"), bytes));
    }
    found.retain(|(_, bytes)| bytes.len() >= 8);
    found
}

fn capitals(plain: &str) -> String {
    plain.split(' ').map(|word| word[..1].to_uppercase() + &word[1..]).collect::<Vec<_>>().join(" ")
}

/// The letters of our denouncer in TCVN3 (ABC), small ones.
fn tcvn3(text: &str) -> Vec<u8> {
    let table = [
        ('đ', 0xAE),
        ('à', 0xB5),
        ('ị', 0xDE),
        ('ỳ', 0xFA),
        ('ố', 0xE8),
        ('ư', 0xAD),
        ('ờ', 0xEA),
        ('ô', 0xAB),
        ('ế', 0xD5),
        ('ĩ', 0xDC),
        ('ả', 0xB6),
    ];
    coded(text, &table)
}

fn coded(text: &str, table: &[(char, u8)]) -> Vec<u8> {
    let small = text.to_lowercase();
    small
        .chars()
        .map(|c| {
            table
                .iter()
                .find(|(letter, _)| *letter == c)
                .map_or_else(|| u8::try_from(u32::from(c)).unwrap_or(b'?'), |(_, byte)| *byte)
        })
        .collect()
}

/// The same in VNI: a letter and its mark.
fn vni(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for c in text.to_lowercase().nfd() {
        bytes.push(match c {
            'đ' => 0xF1,
            '\u{300}' => 0xF8,
            '\u{301}' => 0xF9,
            '\u{302}' => 0xE2,
            '\u{323}' => 0xEF,
            c => u8::try_from(u32::from(c)).unwrap_or(b'?'),
        });
    }
    bytes
}

/// What tells of her, in parts that nobody else has.
fn secrets() -> Vec<(String, Vec<u8>)> {
    let words = [
        NAME,
        "Quỳnh Giao",
        "Hoàng Hôn Biếc",
        "48/3, đường",
        "0987 654 321",
        "0987654321",
        "987654321",
        "0987.654.321",
        "056188765432",
        "hàng nước mía",
    ];
    words.into_iter().flat_map(forms).collect()
}

fn hits(places: &[(String, Vec<u8>)], wanted: &[(String, Vec<u8>)]) -> Vec<String> {
    let finders: Vec<_> = wanted.iter().map(|(how, bytes)| (how, memchr::memmem::Finder::new(bytes))).collect();
    let found = places.iter().flat_map(|(place, text)| {
        finders.iter().filter(move |(_, finder)| finder.find(text).is_some()).map(move |(how, _)| format!("{place}: {how}"))
    });
    found.collect()
}

/// Everything that lies on the disk of this database.
fn dump(world: &World) -> Vec<(String, Vec<u8>)> {
    let url = &world.database().url;
    if world.engine() == Engine::Sqlite {
        let path = db::sqlite_path(url);
        let files = ["", "-wal", "-shm"].map(|end| format!("{path}{end}"));
        let read = files.into_iter().filter_map(|file| Some((file.clone(), fs::read(file).ok()?)));
        return read.collect();
    }
    let found = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path().join("bin/pg_dump"));
    let tool = found.filter(|path| path.is_file()).max().unwrap_or_else(|| "pg_dump".into());
    let mut dumps = Vec::new();
    for way in ["--inserts", "--format=plain"] {
        let output = std::process::Command::new(&tool).args([way, "--dbname", url]).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        dumps.push((format!("pg_dump {way}"), output.stdout));
    }
    dumps
}

/// A whole life of a case with a denouncer in the vault; then the database, the log at its most talkative and the metrics
/// are searched for her.
#[test]
fn a_denouncer_is_found_nowhere() {
    on_both(async |world| {
        let tokens =
            [world.user("walk.inspector").token().await.unwrap(), world.user("walk.identity_custodian").token().await.unwrap()];
        world.stop().await;
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let errors = Stdio::from(fs::File::create(&log).unwrap());
        let mut process =
            Process::start_with(world.database(), |command| command.env("HOICOSO_LOG_LEVEL", "debug").stderr(errors)).await;
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let send = async |token: Option<&str>, path: String, version: Option<&str>, body: Option<Value>, status: u16| -> Value {
            let mut request = client.post(format!("{}/api/v1{path}", process.url));
            if let Some(token) = token {
                request = request.bearer_auth(token);
            }
            if let Some(version) = version {
                request = request.header("if-match", version);
            }
            if let Some(body) = body {
                request = request.json(&body);
            }
            let answer = request.header("idempotency-key", new_id()).send().await.unwrap();
            let (told, text) = (answer.status(), answer.text().await.unwrap());
            assert_eq!(told, status, "{path}: {text}");
            serde_json::from_str(&text).unwrap()
        };
        let plain = async |token: &str, path: String, version: &str| -> String {
            let request = client.post(format!("{}/api/v1{path}", process.url)).bearer_auth(token).header("if-match", version);
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), 200);
            answer.text().await.unwrap()
        };
        let petition = json!({ "kind": "denunciation", "content": signed(), "about": format!("Báo bởi {NAME}"), "unit_id": world.unit("Vĩnh Hải"), "petitioner": denouncer() });
        let receipt = send(None, "/public/petitions".into(), None, Some(petition.clone()), 201).await;
        // Also what goes wrong leaves nothing: a field too long, a wrong type, no JSON.
        let mut wrong = petition.clone();
        wrong["petitioner"]["full_name"] = json!(NAME.repeat(20));
        send(None, "/public/petitions".into(), None, Some(wrong), 422).await;
        send(None, "/public/petitions".into(), None, Some(json!({ "kind": NAME, "content": 1 })), 422).await;
        let code = receipt["code"].as_str().unwrap();
        let case = world.database().id_where("complaints", &format!("code = '{code}'"));
        let message = json!({ "code": code, "pin": receipt["pin"], "text": "Tôi có thêm ảnh chụp" });
        send(None, "/public/petitions/messages".into(), None, Some(message), 201).await;
        let [handler, keeper] = tokens.each_ref().map(|token| Some(token.as_str()));
        let reason = json!({ "party_ordinal": 1, "reason": "Xác minh điều kiện thụ lý tố cáo" });
        let asked = send(handler, format!("/complaints/{case}/identity-disclosures"), None, Some(reason), 201).await;
        let id = asked["id"].as_str().unwrap();
        send(keeper, format!("/identity-disclosures/{id}/confirmations"), Some("\"1\""), None, 200).await;
        let shown = plain(&tokens[0], format!("/identity-disclosures/{id}/showings"), "\"2\"").await;
        let told = json!({ "text": format!("Kính gửi {NAME}") });
        send(handler, format!("/complaints/{case}/messages"), None, Some(told), 422).await;
        let metrics = client.get(format!("{}/metrics", process.url)).send().await.unwrap().text().await.unwrap();
        // The power is cut, so that nothing is tidied away.
        process.kill();

        let secrets = secrets();
        assert!(secrets.len() > 700, "{}", secrets.len());
        let log = fs::read(&log).unwrap();
        assert!(log.len() > 1000, "the log tells of the requests");
        let mut places = dump(&world);
        places.extend([("the log".to_owned(), log), ("the metrics".to_owned(), metrics.into_bytes())]);
        assert!(places.iter().map(|(_, text)| text.len()).sum::<usize>() > 100_000);
        assert_eq!(hits(&places, &secrets), Vec::<String>::new());

        // Had it been there, it would have been found: what was shown has it, and so has a database in which it is planted.
        assert!(!hits(&[("what was shown".to_owned(), shown.into_bytes())], &secrets).is_empty());
        let mut text = forms(NAME);
        text.retain(|(_, bytes)| std::str::from_utf8(bytes).is_ok_and(|text| !text.contains('\0')));
        for (place, (_, bytes)) in text.iter().enumerate() {
            let planted = String::from_utf8(bytes.clone()).unwrap();
            world.database().execute(&format!("INSERT INTO settings (name, value) VALUES ('planted {place}', '{planted}')"));
        }
        // Dumps write backslashes twice, where they must; nothing else changes.
        let found = hits(&dump(&world), &text);
        let unseen: Vec<&String> =
            text.iter().map(|(how, _)| how).filter(|how| !found.iter().any(|hit| hit.ends_with(how.as_str()))).collect();
        let excused = |how: &&&String| world.engine() == Engine::Postgres && how.contains("JSON escapes");
        assert_eq!(unseen.iter().filter(|how| !excused(how)).count(), 0, "{unseen:?}");
    });
}

/// Whoever decides against a petitioner while her petition is open learns nothing; those who handle it are alerted, once.
#[test]
fn a_petitioner_who_is_dismissed_is_looked_after() {
    on_both(async |world| {
        let case = denunciation(&world).await;
        let (handler, chair, unit) = (world.user("walk.inspector"), world.chair_of("Vĩnh Hải"), world.unit("Ba Làng"));
        let alerts = async || {
            let alerts = handler.get("/complaint-alerts?is_acknowledged=false&limit=200").await.expect(200);
            let mine = |item: &&Value| item["kind"] == "retaliation" && item["complaint_id"] == case.id.as_str();
            alerts.items().iter().filter(mine).cloned().collect::<Vec<_>>()
        };
        let admit = async |born_on: &str, number: &str| {
            let member = json!({ "unit_id": unit, "full_name": NAME, "date_of_birth": born_on, "joined_on": "2016-03-08",
                                 "national_id": number, "national_id_reason": "Giấy khai sinh đăng ký muộn" });
            chair.post("/members", member).await.expect(201).id()
        };
        let strike = async |member: &str| {
            let body = json!({ "kind": "removed", "effective_on": "2024-01-01", "reason": "Không sinh hoạt" });
            chair.act(format!("/members/{member}/departures"), 1, body).await.expect(200)
        };
        // Another of the same name, by her number: nothing.
        let [other, she] = [admit("1988-05-06", "056188765433").await, admit("1988-07-08", NUMBER).await];
        let about_other = strike(&other).await;
        assert_eq!(alerts().await, Vec::<Value>::new());

        let post = json!({ "member_id": she, "unit_id": unit, "post": "branch_deputy", "manner": "elected", "is_full_time": false,
                           "seat_kind": "core", "starts_on": "2022-03-08" });
        let post = chair.post("/appointments", post).await.expect(201).id();
        let ending = json!({ "ends_on": "2023-01-01", "reason": "dismissed" });
        chair.act(format!("/appointments/{post}/endings"), 1, ending).await.expect(200);
        let told = alerts().await;
        assert_eq!(told.len(), 1);
        assert!(!told[0].to_string().contains(&she), "an alert names nobody");
        // What she who strikes her off sees has the same parts; and there is one alert, not two.
        let about_her = strike(&she).await;
        let parts = |answer: &Answer| answer.json.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(parts(&about_her), parts(&about_other));
        assert_eq!(alerts().await.len(), 1);
        world.check_books();
    });
}
