//! Days off and the rules of time limits: what ships, who keeps it, what is corrected.

use serde_json::{Value, json};

use crate::support::{Answer, Caller, Lang, World, new_id, on_both};

fn day_off(day: &str, name: &str) -> Value {
    json!({ "day": day, "kind": "day_off", "name": name, "provenance": "announced", "legal_basis": "Thông báo 1/TB-BNV" })
}

async fn days(caller: &Caller, query: &str) -> Vec<String> {
    caller.get(format!("/holidays?limit=200&{query}")).await.expect(200).each("day")
}

#[test]
fn the_days_off_of_2017_to_2030_are_there() {
    on_both(async |world| {
        let reader = world.user("chihoi.vangia");
        let tet = ["2026-02-16", "2026-02-17", "2026-02-18", "2026-02-19", "2026-02-20"];
        let swapped = ["2026-01-02", "2026-01-10", "2026-08-22", "2026-08-31"];
        let others =
            ["2026-01-01", "2026-04-26", "2026-04-27", "2026-04-30", "2026-05-01", "2026-09-01", "2026-09-02", "2026-11-24"];
        let mut all = [&tet[..], &swapped, &others].concat();
        all.sort_unstable();
        assert_eq!(days(&reader, "year=2026").await, all);
        assert_eq!(days(&reader, "year=2026&kind=working_day").await, ["2026-01-10", "2026-08-22"]);
        assert_eq!(days(&reader, "year=2026&provenance=law&sort=-day").await[0], "2026-11-24");
        assert_eq!(days(&reader, "year=2031").await, Vec::<String>::new());
        reader.get("/holidays?year=400000").await.expect(400).about("year", "range");
        let years = reader.get("/holiday-years").await.expect(200);
        let seen: Vec<i64> = years.items().iter().map(|year| year["year"].as_i64().unwrap()).collect();
        assert_eq!(seen, (2017..=2030).collect::<Vec<_>>());
        // How sure each is: 2026 was announced, what lies ahead is computed, and where the document is not known that is said.
        let of = |year: i64| years.items().iter().find(|it| it["year"] == year).unwrap()["provenance"].clone();
        assert_eq!((of(2026), of(2027), of(2024)), (json!("announced"), json!("computed"), json!("unsure")));

        // Page by page, both ways, each once.
        let (mut walked, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = reader.get(format!("/holidays?limit=50{cursor}")).await.expect(200);
            walked.extend(page.each("day"));
            let Some(next) = page["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(walked.len(), 207);
        assert!(walked.is_sorted());
        let back = reader.get("/holiday-years?sort=-year&limit=3").await.expect(200);
        assert_eq!(back.items()[0]["year"], 2030);
        let next = reader.get(format!("/holiday-years?sort=-year&limit=3&cursor={}", back.text("next"))).await.expect(200);
        assert_eq!(next.items()[0]["year"], 2027);
    });
}

#[test]
fn a_day_is_added_and_taken_back() {
    on_both(async |world| {
        let (board, admin) = (world.board(), world.user("it.hai"));
        let made = admin.post("/holidays", day_off("2027-02-11", "Tết Nguyên đán")).await.expect(201);
        let path = format!("/holidays/{}", made.id());
        assert_eq!(made.header("location"), Some(format!("/api/v1{path}").as_str()));
        assert_eq!((&made["status"], &made["ended_at"]), (&json!("active"), &Value::Null));
        assert_eq!(made.actions(), ["end"]);
        assert_eq!(world.user("chihoi.vangia").get(&path).await.expect(200).actions(), Vec::<&str>::new());

        let told = async |body: Value, field: &str, code: &str| {
            board.post("/holidays", body).await.expect(422).about(field, code);
        };
        told(day_off("2027-02-11", "Lần nữa"), "/day", "day_is_known").await;
        told(day_off("1975-12-31", "Xưa"), "/day", "range").await;
        told(day_off("2101-01-01", "Xa"), "/day", "range").await;
        told(day_off("2027-02-12", "  "), "/name", "required").await;
        let mut worked = day_off("2027-02-12", "Làm bù");
        worked["kind"] = json!("working_day");
        told(worked.clone(), "/day", "not_a_weekend").await;
        worked["day"] = json!("2027-02-13");
        board.post("/holidays", worked).await.expect(201);

        // What is taken back stays, with its reason, and makes room for what is right.
        let end =
            async |version: i64, reason: &str| board.act(format!("{path}/endings"), version, json!({ "reason": reason })).await;
        end(1, " ").await.expect(422).about("/reason", "required");
        end(2, "Sai").await.expect(412);
        let ended = end(1, "Thông báo chọn ngày 12/02").await.expect(200);
        assert_eq!((&ended["status"], &ended["end_reason"]), (&json!("ended"), &json!("Thông báo chọn ngày 12/02")));
        assert_eq!(ended.actions(), Vec::<&str>::new());
        end(2, "Sai").await.expect(409).because("invalid_transition");
        assert!(!days(&board, "year=2027").await.contains(&"2027-02-11".to_owned()));
        assert_eq!(days(&board, "year=2027&status=ended").await, ["2027-02-11"]);
        board.post("/holidays", day_off("2027-02-11", "Tết Nguyên đán")).await.expect(201);
        assert_eq!(
            days(&board, "year=2027&status=ended&status=active").await.iter().filter(|day| *day == "2027-02-11").count(),
            2
        );

        for name in ["chutich.vinhhai", "thuongtruc", "kiemtra", "giamsat"] {
            world.user(name).post("/holidays", day_off("2027-03-08", "Ngày 8/3")).await.expect(403);
            world.user(name).act(format!("{path}/endings"), 2, json!({ "reason": "Sai" })).await.expect(403);
        }
        world.check_books();
    });
}

#[test]
fn a_year_is_loaded_whole() {
    on_both(async |world| {
        let board = world.board();
        let day = |day: &str, kind: &str| json!({ "day": day, "kind": kind, "name": "Tết Dương lịch" });
        let year = |year: i32, holidays: Vec<Value>| json!({ "year": year, "provenance": "announced", "legal_basis": "Thông báo 2/TB-BNV", "holidays": holidays });
        let told = async |body: Value, field: &str, code: &str| {
            board.post("/holiday-years", body).await.expect(422).about(field, code);
        };
        told(year(2026, vec![]), "/year", "year_is_known").await;
        told(year(2101, vec![]), "/year", "range").await;
        let new_year = || day("2031-01-01", "day_off");
        told(year(2031, vec![new_year(), day("2032-01-01", "day_off")]), "/holidays/1/day", "not_in_the_year").await;
        told(year(2031, vec![new_year(), new_year()]), "/holidays/1/day", "day_is_known").await;
        told(year(2031, vec![new_year(), day("2031-01-02", "working_day")]), "/holidays/1/day", "not_a_weekend").await;
        // Nothing of a refused one stays.
        assert_eq!(days(&board, "year=2031").await, Vec::<String>::new());
        let made = board.post("/holiday-years", year(2031, vec![new_year(), day("2031-01-04", "working_day")])).await.expect(201);
        assert_eq!(days(&board, "year=2031").await, ["2031-01-01", "2031-01-04"]);
        let path = format!("/holiday-years/{}", made.id());
        assert_eq!(made.actions(), ["update"]);
        let patched = board.patch(&path, 1, json!({ "legal_basis": "Thông báo 3/TB-BNV" })).await.expect(200);
        assert_eq!((&patched["legal_basis"], &patched["provenance"]), (&json!("Thông báo 3/TB-BNV"), &json!("announced")));
        board.patch(&path, 2, json!({ "year": 2032 })).await.expect(422);
        board.patch(&path, 1, json!({ "legal_basis": "x" })).await.expect(412);
        world.user("thuongtruc").patch(&path, 2, json!({ "legal_basis": "x" })).await.expect(403);
    });
}

/// Edge case 24: whoever watches the service is told before the year has come.
#[test]
fn a_missing_year_is_a_warning_and_no_more() {
    on_both(async |world| {
        let ready = async || world.nobody().get("/readyz").await.expect(200);
        assert_eq!(ready().await["warnings"], json!([]));
        use chrono::Datelike;
        let year = hoicoso::calendar::today().year();
        world.database().execute(&format!("DELETE FROM holiday_years WHERE year = {year}"));
        let told = ready().await;
        assert_eq!(told["status"], "ready");
        assert_eq!(told["warnings"][0]["code"], "holiday_year_missing");
        assert_eq!(told["warnings"][0]["years"], json!([year]));
        let english = world.nobody().speaking(Lang::En).get("/readyz").await.expect(200);
        assert!(english["warnings"][0]["detail"].as_str().unwrap().contains("provisional"), "{english:?}");
        let body = json!({ "year": year, "provenance": "announced", "legal_basis": "Thông báo 4/TB-BNV", "holidays": [] });
        world.user("it.hai").post("/holiday-years", body).await.expect(201);
        assert_eq!(ready().await["warnings"], json!([]));

        // A step that no rule is for is one, too.
        let rule =
            world.board().get(format!("/deadline-policies?code=KNPA&as_of={year}-01-02")).await.expect(200).each("id").remove(0);
        let ending = json!({ "valid_to": format!("{year}-01-01"), "reason": "Bãi bỏ" });
        world.board().act(format!("/deadline-policies/{rule}/endings"), 1, ending).await.expect(200);
        let told = ready().await;
        assert_eq!(told["warnings"][0]["code"], "deadline_policy_missing");
        assert_eq!(told["warnings"][0]["clock_codes"], json!(["KNPA"]));
    });
}

async fn rule(world: &World, code: &str, day: &str) -> Answer {
    let found = world.user("chihoi.vangia").get(format!("/deadline-policies?code={code}&as_of={day}")).await.expect(200);
    assert_eq!(found.items().len(), 1, "{code} on {day}");
    world.board().get(format!("/deadline-policies/{}", found.each("id")[0])).await.expect(200)
}

#[test]
fn rules_hold_from_a_day_to_a_day() {
    on_both(async |world| {
        let board = world.board();
        let old = rule(&world, "KN-RES1", "2026-06-30").await;
        assert_eq!((&old["days"], &old["remote_complex_days"], &old["unit"]), (&json!(30), &json!(60), &json!("calendar")));
        assert_eq!((&old["is_verified"], &old["valid_to"]), (&json!(true), &json!("2026-07-01")));
        assert_eq!(old.actions(), Vec::<&str>::new());
        let law = rule(&world, "KN-RES1", "2026-07-01").await;
        assert!(law.text("legal_basis").contains("136/2025/QH15"));
        assert_eq!((&law["days"], &law["is_verified"], law.actions()), (&json!(30), &json!(false), vec!["end"]));

        let new = |from: &str| {
            json!({ "code": "KN-RES1", "source": "union_guidance", "legal_basis": "14-HD/ĐCT", "valid_from": from, "unit": "calendar",
                    "days": 25, "complex_days": 40 })
        };
        board.post("/deadline-policies", new("2026-12-01")).await.expect(422).about("/valid_from", "policies_overlap");
        // Nor before one that is to come.
        board.post("/deadline-policies", new("2011-01-01")).await.expect(422).about("/valid_from", "policies_overlap");
        let path = format!("/deadline-policies/{}", law.id());
        let end = async |on: &str| {
            board.act(format!("{path}/endings"), 1, json!({ "valid_to": on, "reason": "Hướng dẫn của Hội" })).await
        };
        end("2026-06-30").await.expect(422).about("/valid_to", "before_start");
        let ended = end("2026-12-01").await.expect(200);
        assert_eq!((&ended["valid_to"], &ended["end_reason"]), (&json!("2026-12-01"), &json!("Hướng dẫn của Hội")));
        let again = board.act(format!("{path}/endings"), 2, json!({ "valid_to": "2026-12-02", "reason": "x" })).await.expect(409);
        again.because("invalid_transition");
        board.post("/deadline-policies", new("2026-11-30")).await.expect(422).about("/valid_from", "policies_overlap");
        let mut body = new("2026-12-01");
        body["days"] = json!(0);
        board.post("/deadline-policies", body).await.expect(422).about("/days", "range");
        let made = board.post("/deadline-policies", new("2026-12-01")).await.expect(201);
        assert_eq!(rule(&world, "KN-RES1", "2026-12-01").await.id(), made.id());
        assert_eq!(rule(&world, "KN-RES1", "2026-11-30").await.id(), law.id());
        let mut unknown = new("2026-12-01");
        unknown["code"] = json!("KN-RES3");
        board.post("/deadline-policies", unknown).await.expect(422);

        // Holidays are also the administrator's; rules are not.
        for name in ["it.hai", "thuongtruc", "chutich.vinhhai"] {
            world.user(name).post("/deadline-policies", new("2026-12-01")).await.expect(403);
            world
                .user(name)
                .act(format!("{path}/endings"), 2, json!({ "valid_to": "2026-12-02", "reason": "x" }))
                .await
                .expect(403);
        }
        board.get(format!("/deadline-policies/{}", new_id())).await.expect(404);
        let law_only = board.get("/deadline-policies?source=law&code=UNION-7").await.expect(200);
        assert_eq!(law_only.items().len(), 0);
        world.check_books();
    });
}
