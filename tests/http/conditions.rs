//! The conditions of a write: tried without effect, sent twice, sent at once, with an id of the caller's, without a change.

use serde_json::{Value, json};

use crate::support::{CONTRACT, Caller, Engine, Who, World, body_for, new_id, on_both, on_both_with, path_for, row};

fn newcomer(world: &World, name: &str, more: Value) -> Value {
    let mut body =
        json!({ "unit_id": world.unit("Ba Làng"), "full_name": name, "date_of_birth": "1990-01-01", "joined_on": "2020-03-08" });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

fn members(world: &World) -> i64 {
    world.database().number("SELECT count(*) AS value FROM members")
}

/// Who may do it.
fn somebody(world: &World, id: &str) -> Caller {
    match row(id).who {
        Who::Roles(roles) => world.user(&format!("walk.{}", roles[0])),
        _ => world.user("walk.base_president"),
    }
}

#[test]
fn what_is_done_by_being_shown_is_neither_tried_nor_kept() {
    on_both(async |world| {
        let mut tried = 0;
        for operation in CONTRACT.operations() {
            let signed_in = operation.value["security"].as_array().is_some_and(|ways| !ways.is_empty());
            if operation.method == "GET" || !signed_in || operation.takes("Prefer") {
                continue;
            }
            tried += 1;
            let before = (world.database().state(), world.audited());
            let path = path_for(operation, &world.cast().inside, world.cast()).0;
            let ask = somebody(&world, &operation.id).ask(&operation.method, path);
            let ask = match body_for(&operation.id, &world.cast().inside) {
                Some(body) => ask.json(&body),
                None => ask.json(&json!({})),
            };
            ask.clone().prefer("tx=rollback").await.expect(400).about("Prefer", "not_for_this_action");
            ask.key("again").await.expect(400).about("Idempotency-Key", "not_for_this_action");
            assert!(!operation.takes("Idempotency-Key"), "{}", operation.id);
            assert_eq!((world.database().state(), world.audited()), before, "{}", operation.id);
        }
        assert!(tried >= 6, "{tried}");
        let chair = world.chair_of("Vĩnh Hải");
        let number = newcomer(&world, "Tô Thị Cúc", json!({ "national_id": "056190004321" }));
        let member = chair.post("/members", number).await.expect(201).id();
        let reason = json!({ "reason": "Đối chiếu hồ sơ vay vốn" });
        let trail = world.audited();
        for (path, body) in [
            (format!("/members/{member}/national-id-disclosures"), reason),
            ("/members/lookups".into(), json!({ "national_id": "056190004321" })),
        ] {
            let shown = chair.post(path, body).await.expect(200);
            assert_eq!(shown.header("cache-control"), Some("no-store"));
        }
        assert_eq!(world.audited(), trail + 2);
    });
}

#[test]
fn a_kept_answer_is_shown_within_reach_only() {
    on_both(async |world| {
        let (chair, admin) = (world.chair_of("Vĩnh Hải"), world.admin());
        let body = newcomer(&world, "Tô Thị Cúc", json!({}));
        chair.post("/members", body.clone()).key("mot").await.expect(201);
        chair.post("/members", body.clone()).key("mot").await.expect(201);
        // She becomes president elsewhere: the right to admit stands, the reach does not.
        let account = &world.cast().accounts["chutich.vinhhai"];
        let roles = admin.get(format!("/accounts/{account}/role-assignments")).await.expect(200);
        let there = json!({ "role": "base_president", "unit_id": world.unit("Vạn Giã") });
        let given = admin.post(format!("/accounts/{account}/role-assignments"), there).await.expect(201);
        world.board().act(format!("/role-assignments/{}/confirmations", given.id()), 1, json!({})).await.expect(200);
        let held = &roles.items()[0];
        let version = held["version"].as_i64().unwrap();
        let ending = format!("/role-assignments/{}/endings", held["id"].as_str().unwrap());
        admin.act(ending, version, json!({ "reason": "Chuyển công tác" })).await.expect(200);
        let count = members(&world);
        chair.post("/members", body).key("mot").await.expect(404);
        assert_eq!(members(&world), count);
    });
}

/// What is kept of a request cannot be tried against a list of numbers.
#[test]
fn what_is_kept_has_a_key() {
    on_both(async |world| {
        let id = new_id();
        let body = newcomer(&world, "Tô Thị Cúc", json!({ "id": id, "national_id": "056190004321" })).to_string();
        let kept = |table: &str| world.database().number(&format!("SELECT count(*) AS value FROM {table}"));
        let before = [kept("client_made_ids"), kept("idempotency_keys")];
        let ask = world.chair_of("Vĩnh Hải").ask("POST", "/members").header("content-type", "application/json");
        ask.bytes(body.clone()).key("k").await.expect(201);
        let plain = hoicoso::keys::digest(&[b"POST", b"/api/v1/members", b"", body.as_bytes()]);
        let plain: String = plain.iter().map(|byte| format!("{byte:02x}")).collect();
        let hex = |column: &str| match world.engine() {
            Engine::Sqlite => format!("lower(hex({column}))"),
            Engine::Postgres => format!("encode({column}, 'hex')"),
        };
        for ((table, column), before) in
            [("client_made_ids", "digest"), ("idempotency_keys", "fingerprint")].into_iter().zip(before)
        {
            assert_eq!(kept(table), before + 1, "{table}");
            assert_eq!(kept(&format!("{table} WHERE {} = '{plain}'", hex(column))), 0, "{table}");
        }
    });
}

#[test]
fn an_id_is_of_one_thing_and_one_caller() {
    on_both(async |world| {
        let (chair, clerk) = (world.chair_of("Vĩnh Hải"), world.user("nhaplieu.vinhhai"));
        let id = new_id();
        let body = newcomer(&world, "Tô Thị Cúc", json!({ "id": id, "phone": "0905 123 777" }));
        chair.post("/members", body.clone()).await.expect(201);
        // However it is written, and in whatever request.
        let turned: serde_json::Map<String, Value> = body.as_object().unwrap().clone().into_iter().rev().collect();
        assert_eq!(chair.post("/members", Value::Object(turned)).await.expect(200).id(), id);
        let batch = json!({ "items": [{ "member": body.clone() }] });
        let again = chair.post("/members/batch", batch).key("b1").await.expect(201);
        assert_eq!(again.items()[0]["id"], json!(id));
        clerk.post("/members", body.clone()).await.expect(409).because("id_in_use");
        // Out of reach, it is in use, and that is all.
        let moved = json!({ "to_unit_id": world.unit("Chi hội 1"), "effective_on": "2024-01-01" });
        chair.act(format!("/members/{id}/transfers"), 1, moved).await.expect(200);
        let told = chair.post("/members", body).await.expect(409).because("id_in_use");
        assert!(!told.body().contains("Cúc"), "{told:?}");

        let twice = new_id();
        let twin = |name: &str| json!({ "member": newcomer(&world, name, json!({ "id": twice })) });
        let count = members(&world);
        let two = json!({ "items": [twin("Tô Thị Một"), twin("Tô Thị Hai")] });
        chair.post("/members/batch", two).key("b2").await.expect(409).because("id_in_use").about("/items/1/member", "id_in_use");
        assert_eq!(members(&world), count);
        // A batch put right and sent again finds the rows that went well.
        let (good, bad) = (new_id(), new_id());
        let rows = |birth: &str| {
            json!({ "items": [
                { "member": newcomer(&world, "Tô Thị Ba", json!({ "id": good })) },
                { "member": newcomer(&world, "Tô Thị Bốn", json!({ "id": bad, "date_of_birth": birth })) },
            ] })
        };
        let first = chair.post("/members/batch?mode=each", rows("2019-01-01")).key("b3").await.expect(207);
        let second = chair.post("/members/batch?mode=each", rows("1991-01-01")).key("b4").await.expect(207);
        let statuses =
            |answer: &crate::support::Answer| answer.items().iter().map(|item| item["status"].clone()).collect::<Vec<_>>();
        assert_eq!((statuses(&first), statuses(&second)), (vec![json!(201), json!(422)], vec![json!(201), json!(201)]));
        assert_eq!(members(&world), count + 2);
    });
}

/// The same request, eight times at once: done once, answered alike.
#[test]
fn one_key_at_the_same_time() {
    on_both(async |world| {
        let chair = world.chair_of("Vĩnh Hải");
        chair.get("/me").await.expect(200);
        let count = members(&world);
        for round in 0..4 {
            let body = newcomer(&world, &format!("Tô Thị Cúc {round}"), json!({}));
            let asks = (0..8).map(|_| {
                let ask = chair.post("/members", body.clone()).key(&format!("k{round}"));
                async move { ask.await.expect(201) }
            });
            let answers = futures_util::future::join_all(asks).await;
            assert!(answers.iter().all(|answer| answer.bytes == answers[0].bytes), "{answers:?}");
            let replayed = answers.iter().filter(|answer| answer.header("idempotency-replayed").is_some()).count();
            assert_eq!(replayed, 7);
            assert_eq!(members(&world), count + round + 1);
        }
        world.check_books();
    });
}

#[test]
fn preferences_are_read_as_the_rfc_has_them() {
    on_both(async |world| {
        let chair = world.chair_of("Vĩnh Hải");
        let count = members(&world);
        let body = newcomer(&world, "Tô Thị Cúc", json!({}));
        for preference in ["tx=\"rollback\"", "TX=rollback", "tx = rollback", "respond-async, tx=rollback", "wait=1; tx=rollback"]
        {
            let tried = chair.post("/members", body.clone()).prefer(preference).await.expect(201);
            assert_eq!(tried.header("preference-applied"), Some("tx=rollback"), "{preference}");
        }
        chair.post("/members", body.clone()).prefer("tx=rolback").await.expect(400).about("Prefer", "unknown_value");
        assert_eq!(members(&world), count);
        // What was not applied is not told.
        let made = chair.post("/members", body.clone()).prefer("merge=disjoint").key("k").await.expect(201);
        assert_eq!(made.header("preference-applied"), None);
        let replayed = chair.post("/members", body).prefer("tx=rollback").key("k").await.expect(201);
        assert_eq!(replayed.header("preference-applied"), None);
        let path = format!("/members/{}", made.id());
        let address = |text: &str| json!({ "address": text });
        let seen = chair.patch(&path, 1, address("Số 1")).prefer("merge=disjoint").await.expect(200);
        assert_eq!(seen.header("preference-applied"), None, "the version was the last one");
        let area = json!({ "residential_area": "Tổ 1" });
        let both = chair.patch(&path, 1, area.clone()).prefer("merge=disjoint, tx=rollback").await.expect(200);
        assert_eq!(both.header("preference-applied"), Some("tx=rollback, merge=disjoint"));
        let merged = chair.patch(&path, 1, area).prefer("merge=\"disjoint\"").await.expect(200);
        assert_eq!(merged.header("preference-applied"), Some("merge=disjoint"));
    });
}

#[test]
fn nothing_to_change_changes_nothing() {
    on_both(async |world| {
        let mut tried = 0;
        for operation in CONTRACT.operations().iter().filter(|operation| operation.method == "PATCH") {
            tried += 1;
            let (path, named) = path_for(operation, &world.cast().inside, world.cast());
            let (table, id) = named.unwrap();
            let (version, before) = (world.version_of(table, &id), world.database().state());
            let same = somebody(&world, &operation.id).patch(path, version, json!({})).await.expect(200);
            assert_eq!(same.version(), version, "{}", operation.id);
            assert_eq!(world.database().state(), before, "{}", operation.id);
        }
        assert!(tried >= 9, "{tried}");
    });
}

#[test]
fn a_batch_tells_everything_at_once() {
    on_both(async |world| {
        let chair = world.chair_of("Vĩnh Hải");
        let count = members(&world);
        let item = |body: Value| json!({ "member": body });
        let good = |name: &str| item(newcomer(&world, name, json!({})));
        let items = json!([
            good("Tô Thị Một"),
            item(newcomer(&world, "Tô Thị Hai", json!({ "date_of_birth": "2019-01-01" }))),
            item(json!({ "full_name": "Tô Thị Ba", "phone": 7 })),
            item(newcomer(&world, "Tô Thị Bốn", json!({ "national_id": "056185001001", "date_of_birth": "1985-05-05" }))),
            item(newcomer(&world, "Tô Thị Năm", json!({ "nmae": "x" }))),
        ]);
        let all = chair.post("/members/batch", json!({ "items": items })).key("b1").await.expect(422);
        let all = all
            .about("/items/1/member/joined_on", "under_18")
            .about("/items/2/member/unit_id", "required")
            .about("/items/2/member/phone", "invalid_value")
            .about("/items/3/member/national_id", "national_id_in_use")
            .about("/items/4/member/nmae", "unknown_field");
        assert!(!all.body().contains("Ánh") && all.json.get("existing").is_none(), "whose number it is: {all:?}");
        assert_eq!(members(&world), count);
        let each = chair.post("/members/batch?mode=each", json!({ "items": items })).key("b2").await.expect(207);
        let statuses: Vec<i64> = each.items().iter().map(|item| item["status"].as_i64().unwrap()).collect();
        assert_eq!(statuses, [201, 422, 422, 409, 422]);
        for item in each.items().iter().skip(1) {
            assert_eq!(item["problem"]["request_id"].as_str(), each.header("x-request-id"));
        }
        assert!(!each.body().contains("Ánh"), "whose number it is: {each:?}");
    });
}

#[test]
fn a_batch_asks_once() {
    on_both(async |world| {
        let chair = world.chair_of("Vĩnh Hải");
        let count = members(&world);
        let alike = |name: &str, birth: &str| json!({ "member": newcomer(&world, name, json!({ "date_of_birth": birth })) });
        for name in ["Tô Thị Cúc", "Tô Thị Mai"] {
            chair.post("/members", newcomer(&world, name, json!({}))).await.expect(201);
        }
        let batch = json!({ "items": [
            alike("Tô Thị Cúc", "1990-01-01"), alike("Tô Thị Lê", "1990-01-01"), alike("Tô Thị Mai", "1990-01-01"),
        ] });
        let asked = chair.post("/members/batch", batch.clone()).key("b1").await.expect(409).because("confirmation_required");
        let places: Vec<&str> =
            asked["warnings"].as_array().unwrap().iter().map(|warning| warning["pointer"].as_str().unwrap()).collect();
        assert_eq!(places, ["/items/0/member/full_name", "/items/2/member/full_name"]);
        let token = asked.text("confirmation_token");
        chair.post("/members/batch", batch.clone()).key("b1").header("confirm", "another").await.expect(409);
        let done = chair.post("/members/batch", batch).key("b1").header("confirm", &token).await.expect(201);
        assert_eq!((done.items().len(), members(&world)), (3, count + 5));

        // Each row for itself has a token of its own; all of them can be sent at once.
        let batch = json!({ "items": [alike("Tô Thị Cúc", "1990-01-01"), alike("Tô Thị Mai", "1990-01-01")] });
        let asked = chair.post("/members/batch?mode=each", batch.clone()).key("b2").await.expect(207);
        let tokens: Vec<&str> =
            asked.items().iter().map(|item| item["problem"]["confirmation_token"].as_str().unwrap()).collect();
        let done = chair.post("/members/batch?mode=each", batch).key("b3").header("confirm", tokens.join(", ")).await.expect(207);
        assert!(done.items().iter().all(|item| item["status"] == 201), "{done:?}");
    });
}

/// Numbers that are only tried are looked up: counted and, where one is found, recorded.
#[test]
fn trying_numbers_is_looking_them_up() {
    on_both_with(
        |config| config.rate_limit_lookup = 3,
        async |world| {
            let chair = world.chair_of("Vĩnh Hải");
            let with_number = |name: &str, number: &str| newcomer(&world, name, json!({ "national_id": number }));
            // Whoever admits is not counted.
            for place in 0..5 {
                let body = with_number(&format!("Tô Thị Cúc {place}"), &format!("05619000555{place}"));
                chair.post("/members", body).await.expect(201);
            }
            world.seal();
            let trail = async || world.user("giamsat").get("/audit-events?action=look_up").await.expect(200).items().len();
            let before = trail().await;
            let items: Vec<Value> = (0..5)
                .map(|place| json!({ "member": with_number(&format!("Lê Thị Bưởi {place}"), &format!("05619000555{place}")) }))
                .collect();
            let probe = chair.post("/members/batch?mode=each", json!({ "items": items })).prefer("tx=rollback").key("b");
            let found = probe.await.expect(207);
            assert!(found.items().iter().all(|item| item["status"] == 409), "{found:?}");
            world.seal();
            assert_eq!(trail().await, before + 1, "recorded, though it was taken back");
            let another = with_number("Tô Thị Lan", "056190006000");
            let refused = chair.post("/members", another.clone()).await.expect(429).because("too_many_requests");
            assert!(refused.header("retry-after").is_some());
            chair
                .patch(format!("/members/{}", world.member("Trần Thị Ánh")), 1, json!({ "national_id": "056190006000" }))
                .await
                .expect(429);
            // Without a number the work goes on, and so does that of others.
            chair.post("/members", newcomer(&world, "Tô Thị Lan", json!({}))).await.expect(201);
            let clerk = world.user("nhaplieu.vinhhai");
            clerk.post("/members", another).prefer("tx=rollback").await.expect(409).because("confirmation_required");
        },
    );
}
