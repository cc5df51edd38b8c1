//! The trail: every write is in it, and whoever touches it is found out.

use serde_json::json;

use crate::support::{Engine, World, days_ago, on_both};

#[test]
fn each_write_gives_an_entry() {
    on_both(async |world| {
        let (chair, admin, board) = (world.chair_of("Vĩnh Hải"), world.admin(), world.board());
        let side = &world.cast().inside;
        let unit = world.unit("Ba Làng");
        let mut seen = world.audited();
        let mut expect = async |what: &str, request: crate::support::Ask| {
            let answer = request.header("x-request-id", "trail-of-this-test").await;
            assert!((200..300).contains(&answer.status), "{answer:?}");
            let now = world.audited();
            let newest = world.user("giamsat").get(format!("/audit-events?limit={}", (now - seen).max(1))).await.expect(200);
            let entries: Vec<String> = newest
                .items()
                .iter()
                .map(|entry| format!("{}/{}", entry["resource"].as_str().unwrap(), entry["action"].as_str().unwrap()))
                .collect();
            assert!(now > seen && entries.contains(&what.to_owned()), "{what}: {entries:?}");
            for entry in newest.items() {
                assert_eq!(entry["request_id"], "trail-of-this-test");
                assert!(entry["actor_id"].is_string() && entry["actor_kind"] == "account", "{entry}");
            }
            seen = now;
            answer
        };
        let new = json!({ "unit_id": unit, "full_name": "Tô Thị Cúc", "date_of_birth": "1990-01-01", "joined_on": "2020-03-08" });
        let member = format!("/members/{}", expect("members/admit", chair.post("/members", new)).await.id());
        expect("members/correct", chair.patch(&member, 1, json!({ "address": "Số 1" }))).await;
        expect("members/verify", chair.act(format!("{member}/verifications"), 2, json!({ "verified_on": days_ago(1) }))).await;
        expect("members/begin_core", chair.act(format!("{member}/core-periods"), 3, json!({ "effective_on": "2023-01-01" })))
            .await;
        expect("members/end_core", chair.act(format!("{member}/core-endings"), 4, json!({ "effective_on": "2024-01-01" }))).await;
        expect(
            "members/transfer",
            chair.act(format!("{member}/transfers"), 5, json!({ "to_unit_id": side.unit, "effective_on": "2024-02-01" })),
        )
        .await;
        expect(
            "members/left",
            chair.act(
                format!("{member}/departures"),
                6,
                json!({ "kind": "left", "effective_on": "2024-03-01", "reason": "Xin thôi" }),
            ),
        )
        .await;
        expect(
            "members/readmit",
            chair.act(format!("{member}/readmissions"), 7, json!({ "unit_id": side.unit, "effective_on": "2024-04-01" })),
        )
        .await;
        expect("members/deceased", chair.act(format!("{member}/deaths"), 8, json!({ "died_on": days_ago(1) }))).await;
        let back = json!({ "reason": "Nhập nhầm người" });
        expect("members/reverse", chair.act(format!("{member}/reversals"), 9, back)).await;
        expect("members/look_up", chair.post("/members/lookups", json!({ "phone": "0905123401" }))).await;
        expect(
            "members/disclose_national_id",
            chair.post(format!("/members/{}/national-id-disclosures", side.member), json!({ "reason": "Đối chiếu hồ sơ" })),
        )
        .await;
        expect(
            "members/disclose_phone",
            chair.post(format!("/members/{}/phone-disclosures", side.member), json!({ "reason": "Mời dự họp đột xuất" })),
        )
        .await;
        expect(
            "units/create",
            chair.post("/units", json!({ "kind": "club", "name": "CLB", "parent_id": unit, "founded_on": "2024-01-01" })),
        )
        .await;
        expect("units/update", chair.patch(format!("/units/{unit}"), 1, json!({ "phone": "0258 3822 123" }))).await;
        expect(
            "units/change",
            board.act(
                format!("/units/{unit}/changes"),
                2,
                json!({ "effective_on": "2024-01-01", "name": "Chi hội Ba Làng mới", "legal_basis": "x" }),
            ),
        )
        .await;
        expect(
            "units/close",
            chair.act(
                format!("/units/{}/closures", side.empty_unit),
                1,
                json!({ "effective_on": days_ago(0), "legal_basis": "x" }),
            ),
        )
        .await;
        expect(
            "appointments/update",
            chair.patch(format!("/appointments/{}", side.appointment), 1, json!({ "decision_no": "x" })),
        )
        .await;
        expect(
            "qualifications/update",
            chair.patch(format!("/qualifications/{}", side.qualification), 1, json!({ "issuer": "Học viện" })),
        )
        .await;
        expect(
            "unit_assignments/end",
            chair.act(format!("/unit-assignments/{}/endings", side.unit_assignment), 1, json!({ "valid_to": days_ago(1) })),
        )
        .await;
        expect(
            "field_visits/update",
            board.patch(format!("/field-visits/{}", side.field_visit), 1, json!({ "purpose": "survey" })),
        )
        .await;
        expect(
            "appointments/end",
            chair.act(
                format!("/appointments/{}/endings", side.appointment),
                2,
                json!({ "ends_on": days_ago(1), "reason": "resigned" }),
            ),
        )
        .await;
        expect("terms/update", board.patch(format!("/terms/{}", side.term), 1, json!({ "name": "Nhiệm kỳ khác" }))).await;
        let account =
            expect("accounts/create", admin.post("/accounts", json!({ "username": "nguoi.moi", "display_name": "Người mới" })))
                .await
                .id();
        expect("accounts/issue_password_code", admin.post(format!("/accounts/{account}/password-codes"), json!({}))).await;
        let role = expect(
            "role_assignments/give",
            admin.post(format!("/accounts/{account}/role-assignments"), json!({ "role": "inspector", "unit_id": side.base })),
        )
        .await
        .id();
        expect("role_assignments/confirm", board.act(format!("/role-assignments/{role}/confirmations"), 1, json!({}))).await;
        expect("role_assignments/end", admin.act(format!("/role-assignments/{role}/endings"), 2, json!({ "reason": "Thôi" })))
            .await;
        expect("accounts/disable", admin.act(format!("/accounts/{account}/disablements"), 1, json!({ "reason": "Nghỉ" }))).await;
        expect("clients/create", admin.post("/clients", json!({ "client_id": "may-moi", "name": "Máy", "kind": "service" })))
            .await;
        world.check_books();
    });
}

#[test]
fn who_sees_how_much_of_it() {
    on_both(async |world| {
        let chair = world.chair_of("Vĩnh Hải");
        let id = world.member("Trần Thị Ánh");
        chair
            .patch(format!("/members/{id}"), 1, json!({ "phone": "0905 444 333", "residential_area": "Tổ 9" }))
            .await
            .expect(200);
        world.seal();
        let entry = async |caller: &str| {
            world
                .user(caller)
                .get(format!("/audit-events?resource_id={id}&action=correct"))
                .await
                .expect(200)
                .items()
                .first()
                .cloned()
        };
        let own = entry("chutich.vinhhai").await.unwrap();
        assert_eq!(own["changed_fields"], json!(["phone", "residential_area"]));
        assert_eq!(own["changes"]["after"]["phone"], "+84905444333");
        let auditor = entry("giamsat").await.unwrap();
        assert_eq!(
            (&auditor["changes"]["after"]["phone"], &auditor["changes"]["after"]["residential_area"]),
            (&json!("***"), &json!("Tổ 9"))
        );
        let it = entry("admin").await.unwrap();
        assert_eq!((&it["changes"], &it["masked_fields"]), (&json!(null), &json!(["changes"])));
        assert_eq!(entry("chutich.vangia").await, None);
        world.user("nhaplieu.vinhhai").get("/audit-events").await.expect(403);
        assert_eq!(own["effective_on"], json!(null));
    });
}

/// Each kind of tampering is found: a changed row, a changed sealed text, a row that was cut out.
#[test]
fn tampering_is_found() {
    let tampered = |world: &World, sql: &str| {
        world.seal();
        world.database().execute(sql);
        world.db().verify(None).unwrap().map(|verified| verified.head.seq)
    };
    on_both(async |world| {
        let fault = tampered(&world, "UPDATE audit_events SET reason = 'khác' WHERE seq = 5");
        assert_eq!(fault, Err(hoicoso::db::AuditFault::Hash { seq: 5 }));
    });
    on_both(async |world| {
        let sealed =
            world.database().number("SELECT MIN(seq) AS value FROM audit_events WHERE changes_sealed IS NOT NULL AND seq > 3");
        let other = match world.engine() {
            Engine::Sqlite => "x'00'",
            Engine::Postgres => "'\\x00'::bytea",
        };
        let fault = tampered(&world, &format!("UPDATE audit_events SET changes_sealed = {other} WHERE seq = {sealed}"));
        assert_eq!(fault, Err(hoicoso::db::AuditFault::Digest { seq: sealed }));
    });
    on_both(async |world| {
        let fault = tampered(&world, "DELETE FROM audit_events WHERE seq = 7");
        assert_eq!(fault, Err(hoicoso::db::AuditFault::Gap { after: 6 }));
    });
    on_both(async |world| {
        // Two rows change places.
        world.seal();
        world.database().execute("UPDATE audit_events SET seq = -3 WHERE seq = 3");
        world.database().execute("UPDATE audit_events SET seq = 3 WHERE seq = 4");
        let fault = tampered(&world, "UPDATE audit_events SET seq = 4 WHERE seq = -3");
        assert_eq!(fault, Err(hoicoso::db::AuditFault::Hash { seq: 3 }));
    });
}

/// What a hash alone would not notice: a chain that somebody has made anew, and one whose end was cut off.
#[test]
fn a_chain_is_nobodys_to_make_anew_and_its_end_can_be_kept_elsewhere() {
    on_both(async |world| {
        use hoicoso::db::AuditFault;
        world.seal();
        let then = world.db().verify(None).unwrap().unwrap().head;
        world
            .chair_of("Vĩnh Hải")
            .patch(format!("/members/{}", world.member("Trần Thị Ánh")), 1, json!({ "address": "Số 1" }))
            .await
            .expect(200);
        world.seal();
        let now = world.db().verify(Some(&then)).unwrap().unwrap();
        assert!(now.head.seq > then.seq && now.unsealed == 0);

        // With another key the whole trail is another one.
        let stranger = hoicoso::keys::Keys::from_base64("QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE").unwrap();
        assert!(hoicoso::db::Db::open(&world.database().url, 1, std::sync::Arc::new(stranger)).is_err());

        world.database().execute(&format!("DELETE FROM audit_events WHERE seq > {}", then.seq - 2));
        let cut = world.db().verify(None).unwrap().unwrap();
        assert_eq!(cut.head.seq, then.seq - 2, "whole by itself");
        assert_eq!(world.db().verify(Some(&then)).unwrap(), Err(AuditFault::Point { seq: then.seq }));
        let line = |point: &str| {
            let output = crate::support::program(world.database()).args(["audit", "verify", "--at", point]).output().unwrap();
            (output.status.success(), String::from_utf8(output.stdout).unwrap().trim().to_owned())
        };
        assert_eq!(line(&cut.head.to_string()), (true, cut.head.to_string()));
        assert_eq!(line(&then.to_string()), (false, String::new()));
        assert!(!line("12").0);
    });
}

#[test]
fn the_trail_is_a_list_like_any_other() {
    on_both(async |world| {
        world.seal();
        let auditor = world.user("giamsat");
        let newest = auditor.get("/audit-events?limit=5").await.expect(200);
        let oldest = auditor.get("/audit-events?limit=5&sort=recorded_at").await.expect(200);
        let numbers = |answer: &crate::support::Answer| -> Vec<i64> {
            // What is said of cases is not in the list, so no number is shown; the rows have theirs.
            let database = world.database();
            let number =
                |id: &str| database.number(&format!("SELECT seq AS value FROM audit_events WHERE id = {}", database.id(id)));
            answer.each("id").iter().map(|id| number(id)).collect()
        };
        assert_eq!(numbers(&oldest), [1, 2, 3, 4, 5]);
        let last = world.audited();
        let numbers = numbers(&newest);
        assert!(numbers.is_sorted_by(|later, earlier| later > earlier) && numbers[0] <= last, "{numbers:?}");
        let members = auditor.get("/audit-events?resource=members&limit=200").await.expect(200);
        assert!(members.items().iter().all(|entry| entry["resource"] == "members") && members.items().len() >= 12);
        let today = days_ago(0);
        assert_eq!(auditor.get(format!("/audit-events?recorded_from={today}&limit=1")).await.expect(200).items().len(), 1);
        assert!(auditor.get(format!("/audit-events?recorded_to={}", days_ago(1))).await.expect(200).items().is_empty());
    });
}
