//! The roll: a life from admission to death, and everything that can go wrong on the way.

use serde_json::{Value, json};

use crate::support::{Caller, Lang, World, days_ago, days_ahead, new_id, on_both};

/// An admission with nothing but what must be there.
fn newcomer(unit: &str, name: &str, birth: &str) -> Value {
    json!({ "unit_id": unit, "full_name": name, "date_of_birth": birth, "joined_on": "2020-03-08" })
}

/// The same with more, or other, fields.
fn with(mut body: Value, more: Value) -> Value {
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

#[test]
fn a_life_on_the_roll() {
    on_both(async |world| {
        let (chair, there) = (world.chair_of("Vĩnh Hải"), world.chair_of("Vạn Giã"));
        let (branch, other) = (world.unit("Đường Đệ"), world.unit("Chi hội 1"));

        let body = with(
            newcomer(&branch, "Lưu  Thị Hồng ", "1990-05-17"),
            json!({ "national_id": "056 190 004 321", "phone": "0905.123.456", "decision_no": "05-QĐ/HPN" }),
        );
        let admitted = chair.post("/members", body.clone()).await.expect(201);
        let id = admitted.id();
        let path = format!("/members/{id}");
        assert_eq!(admitted.header("location"), Some(format!("/api/v1{path}").as_str()));
        assert_eq!(admitted.header("etag"), Some("\"1\""));
        assert_eq!(admitted["full_name"], "Lưu Thị Hồng", "single-spaced and trimmed");
        assert_eq!(admitted["national_id"], "*********321");
        assert_eq!(admitted["phone"], "+84905123456");
        assert_eq!(admitted["masked_fields"], json!(["national_id"]));
        assert_eq!(admitted["status"], "active");
        assert!(admitted.actions().contains(&"transfer") && !admitted.actions().contains(&"readmit"));

        // The same number again: a conflict that says where she is, to who may know.
        let again = with(body, json!({ "full_name": "Lưu Thị Hường" }));
        let conflict = chair.post("/members", again).await.expect(409).because("national_id_in_use");
        assert_eq!(conflict["existing"]["member_id"], id.as_str());
        assert_eq!(conflict["existing"]["unit"]["name"], "Chi hội Đường Đệ");

        // A correction names the version it was made from.
        chair
            .ask("PATCH", &path)
            .json(&json!({ "address": "Số 9" }))
            .header("content-type", "application/merge-patch+json")
            .await
            .expect(428)
            .because("version_required");
        let corrected = chair.patch(&path, 1, json!({ "address": "Số 9, đường Hai Tháng Tư" })).await.expect(200);
        assert_eq!(corrected.version(), 2);
        let stale = chair.patch(&path, 1, json!({ "address": "Số 10" })).await.expect(412).because("version_mismatch");
        assert_eq!((stale["current_version"].as_i64(), &stale["changed_fields"]), (Some(2), &json!(["address"])));
        assert_eq!(stale["changed_by_role"], "base_president");
        assert!(stale["changed_at"].is_string());
        // Nobody touched the phone since: it may be changed from the older version, the address may not.
        let merged = chair.patch(&path, 1, json!({ "phone": "0905 999 888" })).prefer("merge=disjoint").await.expect(200);
        assert_eq!((merged.version(), &merged["address"]), (3, &json!("Số 9, đường Hai Tháng Tư")));
        assert_eq!(merged.header("preference-applied"), Some("merge=disjoint"));
        chair.patch(&path, 1, json!({ "address": "Số 10" })).prefer("merge=disjoint").await.expect(412);

        // She moves to another commune: no longer here, at once there.
        let moved =
            json!({ "to_unit_id": other, "effective_on": "2022-09-01", "reason": "Lập gia đình", "decision_no": "06-QĐ/HPN" });
        let transferred = chair.act(format!("{path}/transfers"), 3, moved).await.expect(200);
        assert_eq!(transferred["unit_id"], other.as_str());
        chair.get(&path).await.expect(404);
        let seen = there.get(&path).await.expect(200);
        assert_eq!(seen.version(), 4);
        let history = there.get(format!("{path}/events")).await.expect(200);
        assert_eq!(history.each("kind"), ["transferred", "admitted"]);
        assert_eq!(history.items()[0]["from_unit_id"], branch.as_str());
        assert_eq!(history.items()[1]["decision_no"], "05-QĐ/HPN");

        // She leaves, comes back, and dies.
        let left = json!({ "kind": "left", "effective_on": "2023-01-01", "reason": "Theo nguyện vọng" });
        there
            .act(format!("{path}/departures"), 4, with(left.clone(), json!({ "effective_on": "2022-08-31" })))
            .await
            .expect(422)
            .about("/effective_on", "before_last_change");
        let gone = there.act(format!("{path}/departures"), 4, left.clone()).await.expect(200);
        assert_eq!((&gone["status"], &gone["left_on"]), (&json!("left"), &json!("2023-01-01")));
        let twice = there.act(format!("{path}/departures"), 5, left).await.expect(409).because("invalid_transition");
        assert_eq!(twice.actions(), ["readmit", "reverse", "update"]);
        assert_eq!(twice["allowed_actions"][0]["href"], format!("/api/v1{path}/readmissions"));
        let back = json!({ "unit_id": other, "effective_on": "2024-01-01", "reason": "Trở về" });
        let readmitted = there.act(format!("{path}/readmissions"), 5, back).await.expect(200);
        assert_eq!(
            (&readmitted["status"], &readmitted["left_on"], readmitted.id()),
            (&json!("active"), &Value::Null, id.clone())
        );
        assert_eq!(readmitted["joined_on"], "2020-03-08", "no new admission");
        let died = there.act(format!("{path}/deaths"), 6, json!({ "died_on": days_ago(1) })).await.expect(200);
        assert_eq!(died["status"], "deceased");
        assert_eq!(died.actions(), ["reverse", "update", "disclose_national_id", "disclose_phone"]);
        there.act(format!("{path}/readmissions"), 7, json!({ "unit_id": other, "effective_on": days_ago(0) })).await.expect(409);
        let history = there.get(format!("{path}/events")).await.expect(200);
        assert_eq!(history.each("kind"), ["deceased", "readmitted", "left", "transferred", "admitted"]);

        // Her number is free again for whoever it belongs to.
        let body = with(newcomer(&branch, "Lưu Thị Hồng", "1990-05-18"), json!({ "national_id": "056190004321" }));
        chair.post("/members", body).await.expect(201);
        world.check_books();
    });
}

#[test]
fn look_alikes_are_confirmed() {
    on_both(async |world| {
        let chair = world.chair_of("Vĩnh Hải");
        let body = newcomer(&world.unit("Ba Làng"), "NGUYEN THI HOA", "1980-05-17");
        let asked = chair.post("/members", body.clone()).await.expect(409).because("confirmation_required");
        let warning = &asked["warnings"][0];
        assert_eq!((&warning["code"], &warning["pointer"]), (&json!("look_alike"), &json!("/full_name")));
        assert_eq!(warning["facts"]["members"][0]["member_id"], world.member("Nguyễn Thị Hòa").as_str());
        let token = asked.text("confirmation_token");
        let english = chair.speaking(Lang::En).post("/members", body.clone()).await.expect(409);
        assert_ne!(english["warnings"][0]["detail"], warning["detail"]);

        // The token is good for this request of this caller only.
        let other = with(body.clone(), json!({ "phone": "0905111222" }));
        chair.post("/members", other).header("confirm", &token).await.expect(409).because("confirmation_required");
        world.user("nhaplieu.vinhhai").post("/members", body.clone()).header("confirm", &token).await.expect(409);
        chair.post("/members", body).header("confirm", &token).await.expect(201);

        // In another commune nobody is told of her.
        let there = newcomer(&world.unit("Chi hội 1"), "Nguyễn Thị Hòa", "1980-05-17");
        world.chair_of("Vạn Giã").post("/members", there).await.expect(201);
    });
}

#[test]
fn who_may_join_and_when() {
    on_both(async |world| {
        let chair = world.chair_of("Vĩnh Hải");
        let branch = world.unit("Đường Đệ");
        let at = |birth: &str, joined: &str| with(newcomer(&branch, "Tạ Thị Thơm", birth), json!({ "joined_on": joined }));
        chair.post("/members", at("2002-03-09", "2020-03-08")).await.expect(422).about("/joined_on", "under_18");
        chair.post("/members", at("2002-03-08", "2020-03-08")).await.expect(201);
        chair.post("/members", at("1990-05-17", &days_ahead(1))).await.expect(422).about("/joined_on", "in_the_future");
        chair.post("/members", at("1960-05-17", "1980-01-01")).await.expect(422).about("/unit_id", "unit_not_active");
        chair.post("/members", at("1990-02-29", "2020-03-08")).await.expect(422);
        chair.post("/members", at("1992-02-29", "2020-03-08")).await.expect(201);

        // Only the year is known: she may not be 18 yet, so somebody says that she is.
        let uncertain = at("2002", "2020-03-08");
        let asked = chair.post("/members", uncertain.clone()).await.expect(409).because("confirmation_required");
        assert_eq!(asked["warnings"][0]["code"], "age_uncertain");
        let made = chair.post("/members", uncertain).header("confirm", asked.text("confirmation_token")).await.expect(201);
        assert_eq!(made["date_of_birth"], "2002");
        chair.post("/members", at("2003", "2020-03-08")).await.expect(422).about("/joined_on", "under_18");

        // A man is no member, but may be an honorary one.
        let man = |kind: &str| with(newcomer(&branch, "Lê Văn Nam", "1970-01-01"), json!({ "sex": "male", "kind": kind }));
        chair.post("/members", man("regular")).await.expect(422).about("/sex", "member_is_a_woman");
        let before = chair.get(format!("/units/{branch}?include=member_counts")).await.expect(200)["member_counts"].clone();
        chair.post("/members", man("honorary")).await.expect(201);
        let after = chair.get(format!("/units/{branch}?include=member_counts")).await.expect(200)["member_counts"].clone();
        assert_eq!(after["regular_count"], before["regular_count"], "in no rate");
        assert_eq!(after["honorary_count"], before["honorary_count"].as_i64().unwrap() + 1);

        // Members stand in branches, groups and base units.
        world.board().post("/members", at("1990-01-01", "2020-03-08")).await.expect(403);
        let club =
            with(newcomer(&world.cast().inside.empty_unit, "Tạ Thị Thơm", "1991-01-01"), json!({ "joined_on": "2021-03-08" }));
        chair.post("/members", club).await.expect(422).about("/unit_id", "unit_takes_no_members");
        chair
            .post("/members", newcomer(&new_id(), "Tạ Thị Thơm", "1991-01-01"))
            .await
            .expect(422)
            .about("/unit_id", "unknown_unit");
        world.check_books();
    });
}

#[test]
fn a_number_is_checked_and_doubted() {
    on_both(async |world| {
        let chair = world.chair_of("Vĩnh Hải");
        let number = |number: &str| {
            with(newcomer(&world.unit("Đường Đệ"), "Kiều Thị Nga", "1990-05-17"), json!({ "national_id": number }))
        };
        chair.post("/members", number("05619000432")).await.expect(422).about("/national_id", "national_id_wrong_length");
        chair.post("/members", number("05619000432x")).await.expect(422).about("/national_id", "national_id_not_digits");
        chair.post("/members", number("*********321")).await.expect(422).about("/national_id", "masked_value_written_back");
        chair.post("/members", number("056090009999")).await.expect(422).about("/national_id_reason", "sex_differs");
        chair.post("/members", number("056101009999")).await.expect(422).about("/national_id_reason", "birth_year_differs");
        chair.post("/members", number("999190009999")).await.expect(422).about("/national_id_reason", "unknown_province");
        let explained = with(number("999190009999"), json!({ "national_id_reason": "Sinh ở nước ngoài" }));
        let made = chair.post("/members", explained).await.expect(201);

        // The full number is shown on request, with a reason, and that is recorded.
        let disclosed = chair
            .post(format!("/members/{}/national-id-disclosures", made.id()), json!({ "reason": "Đối chiếu hồ sơ vay vốn" }))
            .await
            .expect(200);
        assert_eq!(disclosed["national_id"], "999190009999");
        world.seal();
        let trail = chair.get(format!("/audit-events?resource_id={}&action=disclose_national_id", made.id())).await.expect(200);
        assert_eq!(trail.items()[0]["reason"], "Đối chiếu hồ sơ vay vốn");
        // It stands nowhere in the clear.
        let written = trail.body() + &chair.get(format!("/audit-events?resource_id={}", made.id())).await.expect(200).body();
        assert!(!written.contains("999190009999"), "{written}");
    });
}

#[test]
fn what_is_masked_cannot_be_written_back() {
    on_both(async |world| {
        let chair = world.chair_of("Vĩnh Hải");
        let id = world.member("Trần Thị Ánh");
        let masked = world.user("kiemtra").get(format!("/members/{id}")).await.expect(200);
        assert_eq!(masked["date_of_birth"], "1985");
        assert_eq!(masked["address"], Value::Null);
        for field in ["national_id", "date_of_birth", "phone", "address", "ethnic_group_code", "special_groups"] {
            assert!(masked["masked_fields"].as_array().unwrap().contains(&json!(field)), "{field}: {masked:?}");
        }
        assert!(masked.actions().is_empty(), "an inspector only looks");
        for field in ["national_id", "phone"] {
            let back = json!({ field: masked[field] });
            chair
                .patch(format!("/members/{id}"), 1, back)
                .await
                .expect(422)
                .about(&format!("/{field}"), "masked_value_written_back");
        }
    });
}

/// A branch head sees phone and birth, not what needs consent: she can neither lose it by writing nor guess it.
#[test]
fn what_is_hidden_stays_as_it_is() {
    on_both(async |world| {
        let (chair, head) = (world.chair_of("Vĩnh Hải"), world.user("chihoi.duongde"));
        let path = format!("/members/{}", world.member("Trần Thị Ánh"));
        let more = json!({ "religion_code": "01", "special_groups": ["poor", "rural"] });
        let known = chair.patch(&path, 1, more).await.expect(200);
        let seen = head.get(&path).await.expect(200);
        assert_eq!((&seen["date_of_birth"], &seen["special_groups"]), (&json!("1985-01-02"), &json!(["rural"])));
        assert_eq!(seen["ethnic_group_code"], Value::Null);

        // Her own view written back, and each right guess, is refused like each wrong one.
        let back = json!({ "address": seen["address"], "ethnic_group_code": null, "religion_code": null,
                           "sensitive_consent_on": null, "special_groups": seen["special_groups"] });
        let refused = head.patch(&path, 2, back).await.expect(422);
        for field in ["ethnic_group_code", "religion_code", "sensitive_consent_on"] {
            let refused = refused.clone().about(&format!("/{field}"), "masked_value_written_back");
            assert_eq!(refused.errors().count(), 3);
            for guess in [known[field].clone(), json!("02"), Value::Null] {
                head.patch(&path, 2, json!({ field: guess }))
                    .prefer("tx=rollback")
                    .await
                    .expect(422)
                    .about(&format!("/{field}"), "masked_value_written_back");
            }
        }
        for guess in [json!(["poor"]), json!(["disabled"])] {
            head.patch(&path, 2, json!({ "special_groups": guess }))
                .prefer("tx=rollback")
                .await
                .expect(422)
                .about("/special_groups", "not_for_your_role");
        }

        // What she sees she corrects; the rest stays.
        let corrected = json!({ "residential_area": "Tổ 3", "special_groups": ["young"] });
        let corrected = head.patch(&path, 2, corrected).await.expect(200);
        assert_eq!(corrected["special_groups"], json!(["young"]));
        let now = chair.get(&path).await.expect(200);
        assert_eq!(now["special_groups"], json!(["poor", "young"]));
        for field in ["ethnic_group_code", "religion_code", "sensitive_consent_on"] {
            assert_eq!(now[field], known[field]);
        }
    });
}

#[test]
fn a_reason_excuses_one_number() {
    on_both(async |world| {
        let (chair, board) = (world.chair_of("Vĩnh Hải"), world.board());
        let body = with(
            newcomer(&world.unit("Đường Đệ"), "Kiều Thị Nga", "1990-05-17"),
            json!({ "national_id": "056185009999", "national_id_reason": "Khai sinh đã cải chính" }),
        );
        let made = chair.post("/members", body).await.expect(201);
        assert_eq!(made["national_id_reason"], "Khai sinh đã cải chính");
        let path = format!("/members/{}", made.id());
        let hidden = board.get(&path).await.expect(200);
        assert_eq!(hidden["national_id_reason"], Value::Null);
        assert!(hidden["masked_fields"].as_array().unwrap().contains(&json!("national_id_reason")));

        chair.patch(&path, 1, json!({ "address": "Số 9" })).await.expect(200);
        for other in [json!({ "national_id": "056186009998" }), json!({ "date_of_birth": "1991-05-17" })] {
            chair.patch(&path, 2, other.clone()).await.expect(422).about("/national_id_reason", "birth_year_differs");
            let explained = with(other, json!({ "national_id_reason": "Theo căn cước mới" }));
            chair.patch(&path, 2, explained).prefer("tx=rollback").await.expect(200);
        }
        // With the number goes the reason.
        let without = chair.patch(&path, 2, json!({ "national_id": null })).await.expect(200);
        assert_eq!((&without["national_id"], &without["national_id_reason"]), (&Value::Null, &Value::Null));
        chair
            .patch(&path, 3, json!({ "national_id": "056185009999" }))
            .await
            .expect(422)
            .about("/national_id_reason", "birth_year_differs");
    });
}

/// Whoever was a member is admitted again, not anew: here, and with her papers in another commune.
#[test]
fn former_members_come_back() {
    on_both(async |world| {
        let (chair, there) = (world.chair_of("Vĩnh Hải"), world.chair_of("Vạn Giã"));
        let (branch, other) = (world.unit("Đường Đệ"), world.unit("Chi hội 1"));
        let body = with(newcomer(&branch, "Lưu Thị Hồng", "1990-05-17"), json!({ "national_id": "056190004321" }));
        let made = chair.post("/members", body.clone()).await.expect(201);
        let path = format!("/members/{}", made.id());
        let left = json!({ "kind": "left", "effective_on": "2023-01-01", "reason": "Theo nguyện vọng" });
        chair.act(format!("{path}/departures"), 1, left).await.expect(200);

        let again = with(body.clone(), json!({ "joined_on": "2024-03-08" }));
        let warned = chair.post("/members", again.clone()).await.expect(409).because("confirmation_required");
        let fact = &warned["warnings"][0]["facts"]["members"][0];
        assert_eq!(warned["warnings"][0]["code"], "former_member");
        assert_eq!((&fact["member_id"], &fact["status"]), (&json!(made.id()), &json!("left")));
        assert_eq!(fact["readmit"], format!("/api/v1{path}/readmissions"));
        // By name and year alone, too.
        let by_name = newcomer(&world.unit("Ba Làng"), "luu thi hong", "1990");
        let by_name = chair.post("/members", by_name).await.expect(409).because("confirmation_required");
        assert_eq!(by_name["warnings"][0]["facts"]["members"][0]["member_id"], made.id());

        // Elsewhere the number with the right birth tells where to ask, and no more; with another birth nothing.
        let elsewhere = with(again, json!({ "unit_id": other }));
        let wrong = with(elsewhere.clone(), json!({ "date_of_birth": "1990-05-18" }));
        there.post("/members", wrong).prefer("tx=rollback").await.expect(201);
        let warned = there.post("/members", elsewhere.clone()).await.expect(409).because("confirmation_required");
        let fact = warned["warnings"][0]["facts"]["members"][0].clone();
        assert_eq!(fact, json!({ "member_id": made.id(), "version": 2, "readmit": format!("/api/v1{path}/readmissions") }));
        there
            .post("/members", elsewhere)
            .header("confirm", warned.text("confirmation_token"))
            .prefer("tx=rollback")
            .await
            .expect(201);

        let back = json!({ "unit_id": other, "effective_on": "2024-03-08" });
        let nowhere = there.act(format!("/members/{}/readmissions", new_id()), 2, back.clone()).await.expect(404);
        for proof in [
            json!({}),
            json!({ "national_id": "056190004321" }),
            json!({ "national_id": "056190004321", "date_of_birth": "1990-05-18" }),
            json!({ "national_id": "056190004322", "date_of_birth": "1990-05-17" }),
            json!({ "national_id": "0561", "date_of_birth": "1990-05-17" }),
        ] {
            let refused = there.act(format!("{path}/readmissions"), 2, with(back.clone(), proof)).await.expect(404);
            assert_eq!((&refused["code"], &refused["detail"]), (&nowhere["code"], &nowhere["detail"]));
        }
        let proved = with(back, json!({ "national_id": "056 190 004 321", "date_of_birth": "1990-05-17" }));
        let back = there.act(format!("{path}/readmissions"), 2, proved).await.expect(200);
        assert_eq!((back.id(), &back["unit_id"], &back["status"]), (made.id(), &json!(other), &json!("active")));
        there.get(&path).await.expect(200);
        chair.get(&path).await.expect(404);
        world.check_books();
    });
}

#[test]
fn what_was_entered_of_the_wrong_woman_is_taken_back() {
    on_both(async |world| {
        let (chair, there) = (world.chair_of("Vĩnh Hải"), world.chair_of("Vạn Giã"));
        let id = world.cast().inside.core.clone();
        let path = format!("/members/{id}");
        let before = chair.get(&path).await.expect(200);
        assert!(!before.actions().contains(&"reverse"), "an admission is not taken back");
        let back = json!({ "reason": "Nhập nhầm người" });
        chair.act(format!("{path}/reversals"), 2, back.clone()).await.expect(409).because("invalid_transition");
        let members = chair.get("/members").await.expect(200)["total"].clone();

        let unchanged = |answer: &crate::support::Answer| {
            for field in ["status", "left_on", "unit_id", "is_core", "joined_on"] {
                assert_eq!(answer[field], before[field], "{field}: {answer:?}");
            }
        };
        let ended = |reason: &str| json!({ "kind": reason, "effective_on": "2024-06-01", "reason": "Không còn sinh hoạt" });
        let mut version = 2;
        for (action, body) in [
            ("departures", ended("left")),
            ("departures", ended("removed")),
            ("departures", ended("moved_out")),
            ("deaths", json!({ "died_on": "2024-06-01" })),
        ] {
            let gone = chair.act(format!("{path}/{action}"), version, body).await.expect(200);
            assert!(gone.actions().contains(&"reverse") && gone["is_core"] == false);
            chair.act(format!("{path}/reversals"), version, back.clone()).await.expect(412);
            let restored = chair.act(format!("{path}/reversals"), version + 1, back.clone()).await.expect(200);
            unchanged(&restored);
            version = restored.version();
        }
        let periods = chair.get(format!("{path}/core-periods")).await.expect(200);
        assert_eq!((periods.items().len(), &periods.items()[0]["valid_to"]), (1, &Value::Null));
        assert_eq!(chair.get("/members").await.expect(200)["total"], members);

        // Sent to another commune by mistake, she is fetched back by who sent her.
        let moved = json!({ "to_unit_id": world.unit("Chi hội 1"), "effective_on": "2024-06-01" });
        let sent = chair.act(format!("{path}/transfers"), version, moved).await.expect(200);
        assert_eq!(sent.actions(), ["reverse"]);
        chair.get(&path).await.expect(404);
        there.get(&path).await.expect(200);
        let fetched = chair.act(format!("{path}/reversals"), version + 1, back.clone()).await.expect(200);
        unchanged(&fetched);
        there.get(&path).await.expect(404);
        there.act(format!("{path}/reversals"), version + 2, back.clone()).await.expect(404);

        // What is taken back stays in her history, marked.
        let history = chair.get(format!("{path}/events")).await.expect(200);
        assert_eq!(history.items().len(), 6);
        let voided: Vec<bool> = history.items().iter().map(|event| event["voided_at"].is_string()).collect();
        assert_eq!(voided, [true, true, true, true, true, false]);
        assert_eq!(history.items()[0]["void_reason"], "Nhập nhầm người");

        // A readmission is taken back to the departure before it.
        let former = format!("/members/{}", world.cast().inside.former);
        let again = json!({ "unit_id": world.unit("Ba Làng"), "effective_on": "2024-01-01" });
        chair.act(format!("{former}/readmissions"), 2, again).await.expect(200);
        let left = chair.act(format!("{former}/reversals"), 3, back).await.expect(200);
        assert_eq!((&left["status"], &left["left_on"]), (&json!("left"), &json!("2021-06-01")));
        assert_eq!(left["unit_id"], world.unit("Đường Đệ"));
        world.check_books();
    });
}

#[test]
fn the_day_of_joining_is_corrected_with_its_history() {
    on_both(async |world| {
        let chair = world.chair_of("Vĩnh Hải");
        let made = chair.post("/members", newcomer(&world.unit("Đường Đệ"), "Tạ Thị Thơm", "1970-05-17")).await.expect(201);
        let path = format!("/members/{}", made.id());
        let joined = async |version: i64, day: &str| chair.patch(&path, version, json!({ "joined_on": day })).await;
        let moved = json!({ "to_unit_id": world.unit("Ba Làng"), "effective_on": "2022-09-01" });
        chair.act(format!("{path}/transfers"), 1, moved).await.expect(200);
        joined(2, "2022-09-02").await.expect(422).about("/joined_on", "after_next_change");
        joined(2, "1990-03-07").await.expect(422).about("/joined_on", "unit_not_active");
        // On the very day of the move she was admitted first.
        for (version, day) in [(2, "2022-09-01"), (3, "2019-10-20")] {
            joined(version, day).await.expect(200);
            let history = chair.get(format!("{path}/events")).await.expect(200);
            assert_eq!(history.each("kind"), ["transferred", "admitted"]);
            assert_eq!(history.items()[1]["effective_on"], day);
            let id = world.database().id(&made.id());
            let first = format!(
                "SELECT CAST(valid_from AS TEXT) AS value FROM memberships WHERE member_id = {id} ORDER BY valid_from, step"
            );
            assert_eq!(world.database().words(&first), [day, "2022-09-01"]);
        }
        world.check_books();
    });
}

/// A move leaves posts where they are, which must be meant; and nobody ends a post that is not hers to end.
#[test]
fn posts_stand_in_the_way() {
    on_both(async |world| {
        let (chair, head) = (world.chair_of("Vĩnh Hải"), world.user("chihoi.duongde"));
        let officer = world.member("Nguyễn Thị Hòa");
        let path = format!("/members/{officer}");
        let moved = json!({ "to_unit_id": world.unit("Ba Làng"), "effective_on": days_ago(1) });
        let asked = chair.act(format!("{path}/transfers"), 1, moved.clone()).await.expect(409).because("confirmation_required");
        assert_eq!(asked["warnings"][0]["code"], "holds_posts");
        assert_eq!(asked["warnings"][0]["facts"]["posts"][0]["post"], "branch_head");
        let left = json!({ "kind": "left", "effective_on": days_ago(1), "reason": "Theo nguyện vọng" });
        let held = chair.act(format!("{path}/departures"), 1, left).await.expect(409).about("", "holds_posts");
        assert!(held.actions().contains(&"transfer"));
        let died = json!({ "died_on": days_ago(1) });
        head.act(format!("{path}/deaths"), 1, died.clone()).await.expect(409).about("", "holds_posts");
        chair.act(format!("{path}/transfers"), 1, moved).header("confirm", asked.text("confirmation_token")).await.expect(200);
        chair.act(format!("{path}/deaths"), 2, died).await.expect(200);
    });
}

#[test]
fn a_birth_known_by_its_year_is_found_by_its_day() {
    on_both(async |world| {
        let chair = world.chair_of("Vĩnh Hải");
        let (branch, found) = (world.unit("Ba Làng"), |answer: &crate::support::Answer| answer["warnings"][0]["code"].clone());
        // In the cast: Lê Thị Bé, 1972; Phạm Thị Đào, 1990-11; Nguyễn Thị Hòa, 1980-05-17.
        for (name, birth, alike) in [
            ("Lê Thị Bé", "1972-06-01", true),
            ("Lê Thị Bé", "1973-01-01", false),
            ("Phạm Thị Đào", "1990-11-30", true),
            ("Phạm Thị Đào", "1990", true),
            ("Phạm Thị Đào", "1990-10", false),
            ("Nguyễn Thị Hòa", "1980", true),
        ] {
            let answer = chair.post("/members", newcomer(&branch, name, birth)).prefer("tx=rollback").await;
            assert_eq!(answer.status, if alike { 409 } else { 201 }, "{name} {birth}: {answer:?}");
            assert!(!alike || found(&answer) == "look_alike");
            let looked = chair.post("/members/lookups", json!({ "full_name": name, "date_of_birth": birth })).await.expect(200);
            assert_eq!(looked.items().len(), usize::from(alike), "{name} {birth}");
        }
    });
}

#[test]
fn moves_across_provinces() {
    on_both(async |world| {
        let chair = world.chair_of("Vĩnh Hải");
        let body = with(newcomer(&world.unit("Đường Đệ"), "Tạ Thị Thơm", "1970-05-17"), json!({ "admission_kind": "moved_in" }));
        let made = chair.post("/members", body).await.expect(201);
        let path = format!("/members/{}", made.id());
        let out = json!({ "kind": "moved_out", "effective_on": "2024-06-01", "reason": "Theo chồng về Đắk Lắk" });
        assert_eq!(chair.act(format!("{path}/departures"), 1, out).await.expect(200)["status"], "left");
        assert_eq!(chair.get(format!("{path}/events")).await.expect(200).each("kind"), ["moved_out", "moved_in"]);
    });
}

#[test]
fn a_phone_is_shown_on_request() {
    on_both(async |world| {
        let (board, reason) = (world.board(), json!({ "reason": "Mời dự họp đột xuất" }));
        let path = format!("/members/{}", world.member("Trần Thị Ánh"));
        let seen = board.get(&path).await.expect(200);
        assert_eq!(seen["phone"], "09******01");
        assert_eq!(seen.actions(), ["disclose_national_id", "disclose_phone"]);
        let href = seen["allowed_actions"][1]["href"].as_str().unwrap().to_owned();
        assert_eq!(board.post(href, reason.clone()).await.expect(200)["phone"], "+84905123401");
        world.seal();
        let trail = board.get("/audit-events?action=disclose_phone").await.expect(200);
        assert_eq!(trail.items()[0]["reason"], "Mời dự họp đột xuất");
        assert!(!world.user("kiemtra").get(&path).await.expect(200).actions().contains(&"disclose_phone"));
        let none = world.chair_of("Vĩnh Hải").post("/members", newcomer(&world.unit("Ba Làng"), "Tô Thị Cúc", "1990")).await;
        board.post(format!("/members/{}/phone-disclosures", none.expect(201).id()), reason).await.expect(404);
    });
}

#[test]
fn lists_for_the_yearly_review_and_by_group() {
    on_both(async |world| {
        let (chair, head) = (world.chair_of("Vĩnh Hải"), world.user("chihoi.duongde"));
        let path = format!("/members/{}", world.member("Trần Thị Ánh"));
        chair.patch(&path, 1, json!({ "special_groups": ["poor", "young"] })).await.expect(200);
        chair.act(format!("{path}/verifications"), 2, json!({ "verified_on": "2025-04-01" })).await.expect(200);
        let names =
            async |caller: &Caller, query: &str| caller.get(format!("/members?{query}")).await.expect(200).each("full_name");
        assert_eq!(names(&chair, "special_group=poor").await, ["Trần Thị Ánh"]);
        assert_eq!(names(&head, "special_group=young").await, ["Trần Thị Ánh"]);
        assert!(!names(&chair, "special_group=rural").await.contains(&"Trần Thị Ánh".to_owned()), "no longer");
        assert_eq!(chair.get("/members?special_group=poor").await.expect(200)["total"], Value::Null);
        head.get("/members?special_group=poor").await.expect(400).about("special_group", "not_for_your_role");
        world.board().get("/members?special_group=young&special_group=single").await.expect(400);
        assert_eq!(names(&chair, "q=tran%20thi&special_group=poor").await, ["Trần Thị Ánh"]);
        for (day, due) in [("2025-04-01", false), ("2025-04-02", true)] {
            let listed = names(&chair, &format!("verified_before={day}")).await;
            assert_eq!(listed.contains(&"Trần Thị Ánh".to_owned()), due);
            assert!(listed.contains(&"Lê Thị Bé".to_owned()), "never seen");
        }
    });
}

#[test]
fn sensitive_data_need_consent() {
    on_both(async |world| {
        let chair = world.chair_of("Vĩnh Hải");
        let body = newcomer(&world.unit("Đường Đệ"), "Kiều Thị Nga", "1990-05-17");
        for (field, value) in
            [("ethnic_group_code", json!("02")), ("religion_code", json!("01")), ("special_groups", json!(["poor", "rural"]))]
        {
            let without = with(body.clone(), json!({ field: value }));
            chair.post("/members", without).await.expect(422).about(&format!("/{field}"), "consent_required");
        }
        let agreed = with(body, json!({ "special_groups": ["poor", "rural"], "sensitive_consent_on": "2024-01-01" }));
        let made = chair.post("/members", agreed).await.expect(201);
        assert_eq!(made["special_groups"], json!(["poor", "rural"]));
        // Without the consent the data go too.
        let path = format!("/members/{}", made.id());
        chair
            .patch(&path, 1, json!({ "sensitive_consent_on": null }))
            .await
            .expect(422)
            .about("/special_groups", "consent_required");
        let withdrawn =
            chair.patch(&path, 1, json!({ "sensitive_consent_on": null, "special_groups": ["rural"] })).await.expect(200);
        assert_eq!(withdrawn["special_groups"], json!(["rural"]));
        chair
            .post("/members", with(newcomer(&world.unit("Đường Đệ"), "A B", "1990"), json!({ "hiv_status": "x" })))
            .await
            .expect(422)
            .about("/hiv_status", "unknown_field");
    });
}

#[test]
fn core_members() {
    on_both(async |world| {
        let chair = world.chair_of("Vĩnh Hải");
        let path = format!("/members/{}", world.member("Trần Thị Ánh"));
        let core = chair.act(format!("{path}/core-periods"), 1, json!({ "effective_on": "2023-01-01" })).await.expect(200);
        assert_eq!(core["is_core"], true);
        chair.act(format!("{path}/core-periods"), 2, json!({ "effective_on": "2023-02-01" })).await.expect(409);
        chair.act(format!("{path}/core-endings"), 2, json!({ "effective_on": "2022-12-31" })).await.expect(422);
        let wrong = json!({ "effective_on": "2023-12-01", "reason": "Nhập nhầm" });
        chair.act(format!("{path}/core-endings"), 2, wrong).await.expect(200);
        chair.act(format!("{path}/core-periods"), 3, json!({ "effective_on": "2023-12-01" })).await.expect(200);
        chair
            .act(format!("{path}/core-endings"), 4, json!({ "effective_on": "2024-01-01", "reason": "Sức khỏe" }))
            .await
            .expect(200);
        // A slip of one day leaves nothing behind.
        let slip = json!({ "effective_on": "2024-01-15" });
        chair.act(format!("{path}/core-periods"), 5, slip.clone()).await.expect(200);
        chair.act(format!("{path}/core-endings"), 6, slip).await.expect(200);
        let periods = chair.get(format!("{path}/core-periods")).await.expect(200);
        let period = &periods.items()[0];
        assert_eq!((&period["valid_from"], &period["valid_to"]), (&json!("2023-01-01"), &json!("2024-01-01")));
        assert_eq!(periods.items().len(), 1);
        // Nor is whoever is no regular member, and no time ends before it began.
        let man = json!({ "sex": "male", "kind": "ex_officio" });
        let man =
            chair.post("/members", with(newcomer(&world.unit("Đường Đệ"), "Lê Văn Nam", "1970-01-01"), man)).await.expect(201);
        assert!(!man.actions().contains(&"begin_core"));
        let began = json!({ "effective_on": "2024-02-01" });
        chair
            .act(format!("/members/{}/core-periods", man.id()), 1, began.clone())
            .await
            .expect(422)
            .about("", "core_member_is_regular");
        let core = chair.act(format!("{path}/core-periods"), 7, began.clone()).await.expect(200);
        let again = chair.act(format!("{path}/core-periods"), 8, began).await.expect(409);
        assert_eq!(
            again.actions(),
            core.actions().into_iter().filter(|action| !action.starts_with("disclose")).collect::<Vec<_>>()
        );
        chair.patch(&path, 8, json!({ "kind": "honorary" })).await.expect(422).about("/kind", "core_member_is_regular");
        let early = json!({ "kind": "left", "effective_on": "2024-01-31", "reason": "Theo nguyện vọng" });
        chair.act(format!("{path}/departures"), 8, early).await.expect(422).about("/effective_on", "before_last_change");
        // An officer is none.
        let officer = format!("/members/{}", world.member("Nguyễn Thị Hòa"));
        chair
            .act(format!("{officer}/core-periods"), 1, json!({ "effective_on": "2023-01-01" }))
            .await
            .expect(422)
            .about("", "core_member_is_officer");
        // Whoever leaves is none any more.
        let leaving = format!("/members/{}", world.cast().inside.core);
        let gone = chair
            .act(
                format!("{leaving}/departures"),
                2,
                json!({ "kind": "removed", "effective_on": "2024-06-01", "reason": "Không còn sinh hoạt" }),
            )
            .await
            .expect(200);
        assert_eq!((&gone["is_core"], &gone["status"]), (&json!(false), &json!("removed")));
        assert_eq!(chair.get(format!("{leaving}/core-periods")).await.expect(200).items()[0]["valid_to"], "2024-06-01");
    });
}

#[test]
fn several_at_once_all_or_each() {
    on_both(async |world| {
        let chair = world.chair_of("Vĩnh Hải");
        let branch = world.unit("Ba Làng");
        let before = world.database().state();
        let item = |row: &str, name: &str, birth: &str| json!({ "ref": row, "member": newcomer(&branch, name, birth) });
        let batch = json!({ "items": [item("r1", "Tô Thị Cúc", "1990-01-01"), item("r2", "Tô Thị Trúc", "2015-01-01"), item("r3", "Tô Thị Mai", "1991-01-01")] });
        chair.post("/members/batch", batch.clone()).await.expect(400).because("idempotency_key_required");
        chair.post("/members/batch", batch.clone()).key("all").await.expect(422).about("/items/1/member/joined_on", "under_18");
        assert_eq!(world.database().state(), before, "one bad row refuses the batch");

        let each = chair.post("/members/batch?mode=each", batch.clone()).key("each").await.expect(207);
        let statuses: Vec<i64> = each.items().iter().map(|item| item["status"].as_i64().unwrap()).collect();
        assert_eq!(statuses, [201, 422, 201]);
        assert_eq!(each.each("ref"), ["r1", "r2", "r3"]);
        assert_eq!(each.items()[1]["problem"]["errors"][0]["pointer"], "/joined_on");
        chair.get(format!("/members/{}", each.items()[0]["id"].as_str().unwrap())).await.expect(200);
        // A row whose field is too long stands alone, too.
        let long = json!({ "items": [item("r4", &"x".repeat(101), "1990-01-01"), item("r5", "Tô Thị Bưởi", "1990-01-01")] });
        let long = chair.post("/members/batch?mode=each", long).key("long").await.expect(207);
        assert_eq!((&long.items()[0]["status"], &long.items()[1]["status"]), (&json!(422), &json!(201)));
        assert_eq!(long.items()[0]["problem"]["errors"][0]["pointer"], "/full_name");
        let replayed = chair.post("/members/batch?mode=each", batch).key("each").await.expect(207);
        assert_eq!(replayed.bytes, each.bytes);

        let good = json!({ "items": [item("a", "Tô Thị Đông", "1990-01-01"), item("b", "Tô Thị Xuân", "1991-01-01")] });
        let all = chair.post("/members/batch", good).key("good").await.expect(201);
        assert_eq!(all.items().len(), 2);
        let none = json!({ "items": [] });
        chair.post("/members/batch", none).key("none").await.expect(422).about("/items", "length");
        // Two rows of one batch with one number: the second is in conflict with the first.
        let twin = |name: &str, birth: &str| json!({ "member": with(newcomer(&branch, name, birth), json!({ "national_id": "056190008888" })) });
        let twins = json!({ "items": [twin("Tô Thị Một", "1990-01-01"), twin("Tô Thị Hai", "1990-02-01")] });
        chair.post("/members/batch", twins).key("twins").await.expect(409).because("national_id_in_use");
        world.check_books();
    });
}

#[test]
fn the_same_request_twice_is_one_admission() {
    on_both(async |world| {
        let chair = world.chair_of("Vĩnh Hải");
        let body = newcomer(&world.unit("Ba Làng"), "Tô Thị Cúc", "1990-01-01");
        let first = chair.post("/members", body.clone()).key("\"một-lần\"").await;
        // Not ASCII is not a structured field.
        assert_eq!(first.status, 400, "{first:?}");
        let first = chair.post("/members", body.clone()).key("\"mot-lan\"").await.expect(201);
        assert_eq!(first.header("idempotency-replayed"), None);
        let members = world.database().number("SELECT count(*) AS value FROM members");
        // Quoted and bare are the same key.
        let second = chair.post("/members", body.clone()).key("mot-lan").await.expect(201);
        assert_eq!(second.bytes, first.bytes, "byte for byte");
        assert_eq!(second.header("location"), first.header("location"));
        assert_eq!(second.header("idempotency-replayed"), Some("true"));
        assert_eq!(world.database().number("SELECT count(*) AS value FROM members"), members);
        let other = with(body.clone(), json!({ "address": "Số 1" }));
        chair.post("/members", other).key("mot-lan").await.expect(422).because("idempotency_key_reused");
        // Somebody else's key is another key.
        world.user("nhaplieu.vinhhai").post("/members", body).key("mot-lan").await.expect(409).because("confirmation_required");
        chair.post("/members", newcomer(&world.unit("Ba Làng"), "Tô Thị Lê", "1990-01-01")).key("").await.expect(400);
        chair
            .post("/members", newcomer(&world.unit("Ba Làng"), "Tô Thị Lê", "1990-01-01"))
            .key(&"k".repeat(256))
            .await
            .expect(400);
        // A refusal is not kept: the same key may be used for the request put right.
        let wrong = newcomer(&world.unit("Ba Làng"), "Tô Thị Lê", "2015-01-01");
        chair.post("/members", wrong).key("lai").await.expect(422);
        chair.post("/members", newcomer(&world.unit("Ba Làng"), "Tô Thị Lê", "1990-01-01")).key("lai").await.expect(201);
    });
}

#[test]
fn ids_made_by_clients() {
    on_both(async |world| {
        let chair = world.chair_of("Vĩnh Hải");
        let id = new_id();
        let body = with(newcomer(&world.unit("Ba Làng"), "Tô Thị Cúc", "1990-01-01"), json!({ "id": id }));
        assert_eq!(chair.post("/members", body.clone()).await.expect(201).id(), id);
        let again = chair.post("/members", body.clone()).await.expect(200);
        assert_eq!((again.id(), again.version()), (id.clone(), 1));
        chair.post("/members", with(body.clone(), json!({ "address": "Số 1" }))).await.expect(409).because("id_in_use");
        // An id of something that the service named itself is in use too, and of another commune's no less.
        for taken in [world.member("Trần Thị Ánh"), world.member("Huỳnh Thị Yến")] {
            chair
                .post("/members", with(body.clone(), json!({ "id": taken, "full_name": "Tô Thị Kim" })))
                .await
                .expect(409)
                .because("id_in_use");
        }
        let v4 = "3f2b0f0e-1b1a-4c1d-9e57-0d8f5a1c2b3d";
        chair.post("/members", with(body, json!({ "id": v4 }))).await.expect(422).about("/id", "not_uuid_v7");
    });
}

#[test]
fn a_rehearsal_leaves_nothing() {
    on_both(async |world| {
        let chair = world.chair_of("Vĩnh Hải");
        let (before, trail) = (world.database().state(), world.audited());
        let id = new_id();
        let body = with(newcomer(&world.unit("Ba Làng"), "Tô Thị Cúc", "1990-01-01"), json!({ "id": id }));
        let tried = chair.post("/members", body.clone()).prefer("tx=rollback").key("thu").await.expect(201);
        assert_eq!((tried.id(), tried.header("preference-applied")), (id.clone(), Some("tx=rollback")));
        chair.get(format!("/members/{id}")).await.expect(404);
        assert!(!chair.get("/members?q=to%20thi%20cuc").await.expect(200).body().contains(&id), "not in the name index either");
        let member = format!("/members/{}", world.member("Trần Thị Ánh"));
        chair.patch(&member, 1, json!({ "address": "Số 1" })).prefer("tx=rollback").await.expect(200);
        let moved = json!({ "to_unit_id": world.unit("Chi hội 1"), "effective_on": "2024-01-01" });
        chair.act(format!("{member}/transfers"), 1, moved).prefer("tx=rollback").await.expect(200);
        chair
            .post("/members", newcomer(&world.unit("Ba Làng"), "Tô Thị Cúc", "2015-01-01"))
            .prefer("tx=rollback")
            .await
            .expect(422);
        assert_eq!((world.database().state(), world.audited()), (before, trail));
        // And then in earnest, with the same key.
        chair.post("/members", body).key("thu").await.expect(201);
    });
}

#[test]
fn looking_somebody_up() {
    on_both(async |world| {
        let chair = world.chair_of("Vĩnh Hải");
        let found = async |caller: &Caller, by: Value| caller.post("/members/lookups", by).await.expect(200).each("full_name");
        assert_eq!(found(&chair, json!({ "full_name": "tran thi anh", "date_of_birth": "1985-01-02" })).await, ["Trần Thị Ánh"]);
        assert_eq!(found(&chair, json!({ "phone": "+84 905 123 401" })).await, ["Trần Thị Ánh"]);
        assert_eq!(found(&chair, json!({ "phone": "090512340 1" })).await, ["Trần Thị Ánh"]);
        assert_eq!(found(&chair, json!({ "national_id": "056185001001" })).await, ["Trần Thị Ánh"]);
        assert!(found(&world.chair_of("Vạn Giã"), json!({ "national_id": "056185001001" })).await.is_empty());
        chair.post("/members/lookups", json!({})).await.expect(422).about("", "one_key");
        chair
            .post("/members/lookups", json!({ "phone": "0905123401", "national_id": "056185001001" }))
            .await
            .expect(422)
            .about("", "one_key");
        world.seal();
        let trail = world.user("giamsat").get("/audit-events?action=look_up").await.expect(200);
        assert_eq!(trail.items().len(), 5, "each is recorded");
        assert!(!trail.body().contains("056185001001") && !trail.body().contains("905123401"));
    });
}

/// Two clerks at once on one member: one wins, the other is told, and nothing is lost.
#[test]
fn two_editors_at_once() {
    on_both(async |world| {
        let (chair, clerk) = (world.chair_of("Vĩnh Hải"), world.user("nhaplieu.vinhhai"));
        let path = format!("/members/{}", world.member("Trần Thị Ánh"));
        // Tokens first, so that the two meet.
        chair.get(&path).await.expect(200);
        clerk.get(&path).await.expect(200);
        for round in 0..5 {
            let version = world.version_of("members", &world.member("Trần Thị Ánh"));
            let (one, two) = futures_util::future::join(
                async { chair.patch(&path, version, json!({ "address": format!("Số {round}") })).await },
                async { clerk.patch(&path, version, json!({ "residential_area": format!("Tổ {round}") })).await },
            )
            .await;
            let mut statuses = [one.status, two.status];
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 412], "{one:?}\n{two:?}");
        }
        world.check_books();
    });
}

/// Eight ask at once to admit one and the same woman: she is admitted once.
#[test]
fn one_number_admitted_by_many_at_once() {
    on_both(async |world| {
        let chair = world.chair_of("Vĩnh Hải");
        chair.get("/me").await.expect(200);
        let asks = (0..8).map(|place| {
            let (chair, branch) = (chair.clone(), world.unit("Ba Làng"));
            async move {
                let body = with(
                    newcomer(&branch, &format!("Tô Thị Cúc {place}"), "1990-01-01"),
                    json!({ "national_id": "056190006666" }),
                );
                chair.post("/members", body).await.status
            }
        });
        let mut statuses = futures_util::future::join_all(asks).await;
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409, 409, 409, 409, 409, 409, 409]);
        world.check_books();
    });
}

/// Vietnamese text in all its spellings.
#[test]
fn names_in_every_spelling() {
    on_both(async |world| {
        let chair = world.chair_of("Vĩnh Hải");
        // "Hoà" and "Hòa", composed and decomposed.
        let decomposed = "Nguye\u{302}\u{303}n Thi\u{323} Ho\u{300}a";
        let made = chair.post("/members", newcomer(&world.unit("Ba Làng"), decomposed, "1991-01-01")).await.expect(201);
        assert_eq!(made["full_name"], "Nguyễn Thị Hòa", "kept as NFC");
        for written in ["thi hoa", "THỊ HÒA", "thị hòa", "thị hoà", "thi ho\u{300}a", "nguyen thi hoa", "ị hò"] {
            let found = search(&world, &chair, written).await;
            assert_eq!(found, ["Nguyễn Thị Hòa", "Nguyễn Thị Hòa"], "{written}");
        }
        assert_eq!(search(&world, &chair, "dao").await, ["Phạm Thị Đào"]);
        assert_eq!(search(&world, &chair, "đào").await, ["Phạm Thị Đào"]);
        assert!(search(&world, &chair, "hoa dao").await.is_empty());
        assert!(search(&world, &chair, "%").await.is_empty() || chair.get("/members?q=%25").await.status == 400);
        chair.get("/members?q=%20").await.expect(400).about("q", "too_short");
        // What is corrected is found under its new name only.
        let path = format!("/members/{}", made.id());
        chair.patch(&path, 1, json!({ "full_name": "Quách Thị Quyên" })).await.expect(200);
        assert_eq!(search(&world, &chair, "quyen").await, ["Quách Thị Quyên"]);
        assert_eq!(search(&world, &chair, "nguyen thi hoa").await, ["Nguyễn Thị Hòa"]);
    });
}

async fn search(_world: &World, caller: &Caller, words: &str) -> Vec<String> {
    let query = serde_html_form::to_string([("q", words)]).unwrap();
    let answer = caller.get(format!("/members?{query}")).await;
    if answer.status == 400 { Vec::new() } else { answer.expect(200).each("full_name") }
}
