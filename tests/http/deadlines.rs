//! What must be done by when: in which case, for whom, and how a changed calendar moves it.

use serde_json::{Value, json};

use crate::support::{Caller, Lang, World, days_ago, days_ahead, new_id, on_both};

/// A case, put into the table as the service would.
struct Case<'w> {
    world: &'w World,
    id: String,
}

impl<'w> Case<'w> {
    fn of(world: &'w World, kind: &str, owner: &str) -> Self {
        let (id, database) = (new_id(), world.database());
        let unit = database.id(&world.unit(owner));
        database.execute(&format!(
            "INSERT INTO complaints (id, version, created_at, updated_at, code, kind, status, receiving_unit_id, owner_unit_id, channel, \
             received_on, competence, instance, petitioner_count, flags, complexity, custody, extended_count) VALUES \
             ({}, 1, 0, 0, 'KH-{}', '{kind}', 'verifying', {unit}, {unit}, 'post', '{}', 'own', 1, 1, '[]', 'simple', 'none', 0)",
            database.id(&id),
            &id[24..],
            days_ago(10),
        ));
        Self { world, id }
    }

    fn clock(&self, code: &str, trigger_on: &str, days: i64, unit: &str, due_on: &str, is_provisional: bool) -> String {
        let (id, database) = (new_id(), self.world.database());
        let basis =
            json!([{ "step": "triggered", "on": trigger_on, "days": days, "unit": unit, "note": null, "circumstances": [] }]);
        database.execute(&format!(
            "INSERT INTO complaint_clocks (id, complaint_id, code, policy_id, trigger_on, due_on, original_due_on, basis, is_provisional) \
             VALUES ({}, {}, '{code}', (SELECT id FROM deadline_policies WHERE code = '{code}' AND valid_to IS NULL), '{trigger_on}', '{due_on}', '{due_on}', \
             '{basis}', {})",
            database.id(&id),
            database.id(&self.id),
            if is_provisional { "TRUE" } else { "FALSE" },
        ));
        id
    }

    /// One that ends on a day and runs from ten days before it.
    fn due(&self, code: &str, due_on: &str) -> String {
        let from = due_on.parse::<chrono::NaiveDate>().unwrap() - chrono::Days::new(10);
        self.clock(code, &from.to_string(), 10, "calendar", due_on, false)
    }

    fn about_unit(&self, unit: &str) {
        let database = self.world.database();
        database.execute(&format!(
            "INSERT INTO complaint_subjects (id, complaint_id, capacity, unit_id) VALUES ({}, {}, 'denounced', {})",
            database.id(&new_id()),
            database.id(&self.id),
            database.id(&self.world.unit(unit)),
        ));
    }

    fn handled_by(&self, account: &str) {
        let database = self.world.database();
        database.execute(&format!(
            "INSERT INTO complaint_handlers (id, complaint_id, account_id, is_lead, appointed_at) VALUES ({}, {}, {}, TRUE, 0)",
            database.id(&new_id()),
            database.id(&self.id),
            database.id(&self.world.cast().accounts[account]),
        ));
    }
}

/// Which of these a list has, in its order; the cases of the cast have clocks, too.
async fn among(ours: &[&String], caller: &Caller, path: &str) -> Vec<String> {
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = caller.get(format!("{path}{cursor}")).await.expect(200);
        found.extend(page.each("id").into_iter().filter(|id| ours.contains(&id)));
        let Some(next) = page["next"].as_str() else { return found };
        cursor = format!("&cursor={next}");
    }
}

#[test]
fn what_runs_is_listed_by_its_last_day() {
    on_both(async |world| {
        let case = Case::of(&world, "complaint", "Vĩnh Hải");
        let other = Case::of(&world, "proposal", "Vạn Giã");
        let late = case.due("KN-RES1", &days_ago(3));
        let now = case.due("KN-SEND1", &days_ahead(0));
        let far = case.due("KN-PUB", &days_ahead(60));
        let there = other.due("KNPA", &days_ahead(30));
        let stopped = case.due("KN-RES2", &days_ahead(20));
        let id = |id: &str| world.database().id(id);
        world.database().execute(&format!(
            "UPDATE complaint_clocks SET stopped_on = '{}', remaining_days = 20 WHERE id = {}",
            days_ago(1),
            id(&stopped)
        ));
        let done = case.due("KN-ACC", &days_ago(5));
        world.database().execute(&format!("UPDATE complaint_clocks SET met_on = '{}' WHERE id = {}", days_ago(6), id(&done)));
        let ended = case.due("TC-FWD", &days_ago(5));
        world.database().execute(&format!("UPDATE complaint_clocks SET ended_on = '{}' WHERE id = {}", days_ago(6), id(&ended)));

        let inspector = world.user("kiemtra");
        let all = [&late, &now, &stopped, &there, &far].map(Clone::clone);
        let ours = [&late, &now, &stopped, &there, &far, &done, &ended];
        let listed = async |query: &str| among(&ours, &inspector, &format!("/complaints/deadlines?{query}")).await;
        assert_eq!(listed("").await, all);
        assert_eq!(listed("limit=2").await, all, "page by page");
        assert_eq!(listed("limit=2&sort=-due_on").await, all.iter().rev().cloned().collect::<Vec<_>>());
        assert_eq!(listed("state=overdue").await, [late.as_str()]);
        assert_eq!(listed("state=due_soon").await, [now.as_str()]);
        assert_eq!(listed("state=suspended").await, [stopped.as_str()]);
        assert_eq!(listed("state=on_time").await, [there.as_str(), far.as_str()]);
        assert_eq!(listed("state=overdue&state=suspended").await, [late.as_str(), stopped.as_str()]);
        assert_eq!(listed("state=met").await, Vec::<String>::new());
        assert_eq!(listed(&format!("due_before={}", days_ahead(0))).await, [late.as_str()]);
        assert_eq!(listed("code=KNPA&code=KN-PUB").await, [there.as_str(), far.as_str()]);
        assert_eq!(listed(&format!("within={}", world.unit("Vạn Ninh"))).await, [there.as_str()]);
        inspector.get("/complaints/deadlines?code=KN-RES3").await.expect(400).about("code", "unknown_value");

        let page = inspector.get("/complaints/deadlines?limit=200").await.expect(200);
        let first = page.items().iter().find(|item| item["id"] == late.as_str()).unwrap();
        assert_eq!((&first["complaint_id"], &first["kind"]), (&json!(case.id), &json!("complaint")));
        assert_eq!((&first["clock"]["code"], &first["clock"]["state"]), (&json!("KN-RES1"), &json!("overdue")));
        // The last moment of the day in Vietnam.
        assert_eq!(first["due_at"], format!("{}T16:59:59.999Z", days_ago(3)));
        assert!(first["clock"]["policy"]["legal_basis"].as_str().unwrap().contains("136/2025"));
    });
}

/// A clock of a case that somebody may not see does not exist.
#[test]
fn a_hidden_case_has_no_time_limit() {
    on_both(async |world| {
        let open = Case::of(&world, "complaint", "Vĩnh Hải");
        let shown = open.due("KN-RES1", &days_ahead(5));
        // About the commune whose president looks, in the hands of the province.
        let hidden = Case::of(&world, "denunciation", "Khánh Hòa");
        hidden.about_unit("Vĩnh Hải");
        let chair = world.chair_of("Vĩnh Hải");
        let before = [
            chair.get("/complaints/deadlines?limit=200").await.expect(200).body(),
            chair.get("/me/tasks?limit=200").await.expect(200).body(),
        ];
        let secret = hidden.due("TC-RES", &days_ahead(1));
        let ours = [&shown, &secret];
        assert_eq!(among(&ours, &chair, "/complaints/deadlines?").await, [shown.as_str()]);
        assert_eq!(
            among(&ours, &chair, &format!("/complaints/deadlines?within={}", world.unit("Khánh Hòa"))).await,
            [shown.as_str()]
        );
        let after = [
            chair.get("/complaints/deadlines?limit=200").await.expect(200).body(),
            chair.get("/me/tasks?limit=200").await.expect(200).body(),
        ];
        assert_eq!(before, after, "the hidden case shows in another page");
        let all = among(&ours, &world.user("kiemtra"), "/complaints/deadlines?").await;
        assert_eq!(all, [secret.as_str(), shown.as_str()], "the inspection committee of the province sees it");
        for name in ["bantochuc", "it.hai", "chihoi.duongde", "giamsat"] {
            world.user(name).get("/complaints/deadlines").await.expect(403);
            assert_eq!(among(&ours, &world.user(name), "/me/tasks?").await, Vec::<String>::new(), "{name}");
        }
    });
}

#[test]
fn everybody_has_her_own_work_list() {
    on_both(async |world| {
        let own = Case::of(&world, "complaint", "Vĩnh Hải");
        let overdue = own.due("KN-SEND1", &days_ago(40));
        let soon = own.due("KN-PUB", &days_ahead(1));
        let far = own.due("FILE", &days_ahead(90));
        let away = Case::of(&world, "complaint", "Vạn Giã");
        let theirs = away.due("KN-RES1", &days_ahead(2));
        let ours = [&overdue, &soon, &far, &theirs];
        let tasks = async |name: &str, query: &str| among(&ours, &world.user(name), &format!("/me/tasks?{query}")).await;

        // The president decides in her commune; what is far off comes when she looks further.
        assert_eq!(tasks("chutich.vinhhai", "").await, [overdue.as_str(), soon.as_str()]);
        let further = format!("limit=1&due_before={}", days_ahead(91));
        assert_eq!(tasks("chutich.vinhhai", &further).await, [overdue.as_str(), soon.as_str(), far.as_str()]);
        assert_eq!(tasks("chutich.vinhhai", "sort=-due_on&limit=1").await, [soon.as_str(), overdue.as_str()]);
        assert_eq!(tasks("chutich.vinhhai", "resource=trainings").await, Vec::<String>::new());

        // The committee of the province sees all these cases, and has none of them to do, until one is given to her.
        assert_eq!(tasks("kiemtra", "").await, Vec::<String>::new());
        away.handled_by("kiemtra");
        assert_eq!(tasks("kiemtra", "").await, [theirs.as_str()]);
        let of = async |caller: Caller| {
            let page = caller.get("/me/tasks?limit=200").await.expect(200);
            page.items().iter().find(|item| item["id"] == theirs.as_str()).unwrap().clone()
        };
        let task = of(world.user("kiemtra")).await;
        assert_eq!(
            (&task["resource"], &task["code"], &task["state"]),
            (&json!("complaints"), &json!("KN-RES1"), &json!("due_soon"))
        );
        assert_eq!(task["href"], format!("/api/v1/complaints/{}", away.id));
        // What the step is, in the language asked for, and nothing of the case.
        assert_eq!(task["title"], "Giải quyết khiếu nại lần đầu");
        assert_eq!(of(world.user("kiemtra").speaking(Lang::En)).await["title"], "Settle a first complaint");
        assert_eq!(tasks("chua.co.vai", "").await, Vec::<String>::new());
    });
}

/// Edge case 24 through the front door, and a day that is added and taken back.
#[test]
fn a_changed_calendar_moves_what_runs() {
    on_both(async |world| {
        let case = Case::of(&world, "complaint", "Vĩnh Hải");
        let clock = async |id: &str| {
            let page = world.user("kiemtra").get("/complaints/deadlines?limit=200").await.expect(200);
            page.items().iter().find(|item| item["id"] == id).unwrap_or_else(|| panic!("{page:?}"))["clock"].clone()
        };
        // Mon 30/12/2030 + 5 working days: Tue 31, Wed 01/01 (not known to be off), Thu 02, Fri 03, Mon 06/01.
        let new_year = case.clock("TC-FWD", "2030-12-30", 5, "working", "2031-01-06", true);
        let plain = case.due("KN-ACC", "2030-12-02");
        let year = json!({ "year": 2031, "provenance": "announced", "legal_basis": "Thông báo 2/TB-BNV",
                           "holidays": [{ "day": "2031-01-01", "kind": "day_off", "name": "Tết Dương lịch" }] });
        world.board().post("/holiday-years", year).await.expect(201);
        let moved = clock(&new_year).await;
        assert_eq!((&moved["due_on"], &moved["original_due_on"]), (&json!("2031-01-07"), &json!("2031-01-06")));
        assert_eq!((&moved["moved_reason"], &moved["is_provisional"]), (&json!("holidays_changed"), &json!(false)));
        let steps: Vec<&str> = moved["basis"].as_array().unwrap().iter().filter_map(|step| step["step"].as_str()).collect();
        assert_eq!(steps, ["triggered", "recomputed", "skipped", "counted"]);
        assert_eq!(clock(&plain).await["moved_reason"], Value::Null);

        // The last day of the other becomes a day off: on to Tue 03/12; taken back it is Mon 02/12 again.
        let day =
            json!({ "day": "2030-12-02", "kind": "day_off", "name": "Nghỉ bão", "provenance": "announced", "legal_basis": "x" });
        let day = world.user("it.hai").post("/holidays", day).await.expect(201).id();
        let moved = clock(&plain).await;
        assert_eq!((&moved["due_on"], &moved["original_due_on"]), (&json!("2030-12-03"), &json!("2030-12-02")));
        world.user("it.hai").act(format!("/holidays/{day}/endings"), 1, json!({ "reason": "Bão tan" })).await.expect(200);
        assert_eq!(clock(&plain).await["due_on"], "2030-12-02");

        // Tried without effect, nothing moves.
        let trial =
            json!({ "day": "2030-12-02", "kind": "day_off", "name": "Thử", "provenance": "announced", "legal_basis": "x" });
        world.board().post("/holidays", trial).prefer("tx=rollback").await.expect(201);
        assert_eq!(clock(&plain).await["due_on"], "2030-12-02");
        world.check_books();
    });
}

/// A later law does not move what runs, unless it says so.
#[test]
fn a_new_rule_leaves_what_runs_alone_unless_it_says_so() {
    on_both(async |world| {
        let board = world.board();
        let case = Case::of(&world, "complaint", "Vĩnh Hải");
        let running = case.due("KN-ACC", "2030-12-02");
        let due = async || {
            let page = world.user("kiemtra").get("/complaints/deadlines?limit=200").await.expect(200);
            let item = page.items().iter().find(|item| item["id"] == running.as_str()).unwrap().clone();
            (item["due_on"].clone(), item["clock"]["moved_reason"].clone())
        };
        let replace = async |from: &str, days: i64, moves: bool| {
            let held = board.get(format!("/deadline-policies?code=KN-ACC&as_of={from}")).await.expect(200);
            let path = format!("/deadline-policies/{}/endings", held.each("id")[0]);
            board.act(path, 1, json!({ "valid_to": from, "reason": "Hướng dẫn mới" })).await.expect(200);
            let new = json!({ "code": "KN-ACC", "source": "union_guidance", "legal_basis": "14-HD/ĐCT", "valid_from": from,
                              "unit": "calendar", "days": days, "moves_running": moves });
            board.post("/deadline-policies", new).await.expect(201);
        };
        // Fri 22/11/2030 + 10 = Mon 02/12.
        replace("2030-11-25", 20, false).await;
        assert_eq!(due().await, (json!("2030-12-02"), Value::Null));
        // Fri 22/11/2030 + 20 = Thu 12/12.
        replace("2030-11-26", 20, true).await;
        assert_eq!(due().await, (json!("2030-12-12"), json!("policy_changed")));
    });
}
