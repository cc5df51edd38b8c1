//! Inspections, from the plan to the last remediation: told step by step, walked cell by cell, driven at random, and looked
//! at by those who may not know of them yet.

use serde_json::{Value, json};

use crate::support::{
    Answer, Caller, World, days_ago, days_ahead, new_id, on_both,
    things::inspections::{
        Found, Hands, Pair, Stage, bring, entry, fieldwork, finding, line, new_inspection, notice, plan, remediation, schedule,
        start, team,
    },
};

/// The province inspects Vĩnh Hải.
fn pair(world: &World) -> Pair {
    Pair {
        unit: world.unit("Khánh Hòa"),
        inspected: world.unit("Vĩnh Hải"),
        team: vec![world.member("Đặng Thị Lan"), world.member("Bùi Thị Mai")],
        checklist: None,
    }
}

struct Cast {
    inspector: Caller,
    leader: Caller,
    president: Caller,
}

impl Cast {
    fn of(world: &World) -> Self {
        Self { inspector: world.user("kiemtra"), leader: world.user("thuongtruc"), president: world.chair_of("Vĩnh Hải") }
    }

    fn hands(&self) -> Hands<'_> {
        Hands { team: &self.inspector, unit: &self.president, leader: &self.leader }
    }
}

async fn checklist(world: &World) -> (String, Vec<String>) {
    let lists = world.user("kiemtra").get("/inspection-checklists").await.expect(200);
    let list = lists.items().iter().find(|list| list["code"] == "hoi_phi").unwrap().clone();
    let questions = list["questions"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect();
    (list["id"].as_str().unwrap().to_owned(), questions)
}

#[test]
fn an_inspection_from_the_decision_to_the_end() {
    on_both(async |world| {
        let cast = Cast::of(&world);
        let Cast { inspector, leader, president } = &cast;
        let pair = pair(&world);
        let made = inspector.post("/inspections", new_inspection(&pair, 20)).await.expect(201);
        let path = format!("/inspections/{}", made.id());
        let at = |noun: &str| format!("{path}/{noun}");
        assert_eq!(made["status"], "planned");
        assert_eq!(made.actions(), ["schedule", "change_team", "update"]);
        president.get(&path).await.expect(404);
        president.get(at("events")).await.expect(404);
        president.get(at("findings")).await.expect(404);
        assert_eq!(leader.get(&path).await.expect(200).actions(), ["cancel", "update"]);
        inspector.patch(&path, 1, json!({ "topic": " Hội phí,  quỹ hội " })).await.expect(200);
        inspector.act(at("schedules"), 2, schedule(20)).await.expect(422).about("", "team_too_small");
        inspector.act(at("team-changes"), 2, team(&pair)).await.expect(200);

        // Seven working days, but for a surprise.
        let mut late = schedule(20);
        late["sent_on"] = json!(days_ago(462));
        inspector.act(at("schedules"), 3, late).await.expect(422).about("/starts_on", "notice_too_short");
        let scheduled = inspector.act(at("schedules"), 3, schedule(20)).await.expect(200);
        assert_eq!((&scheduled["status"], &scheduled["topic"]), (&json!("scheduled"), &json!("Hội phí, quỹ hội")));
        let seen = president.get(&path).await.expect(200);
        assert_eq!((&seen["visibility"], &seen["masked_fields"]), (&json!("head"), &json!(["no_issue", "plan_item_id"])));
        assert_eq!(seen.actions(), ["report_itself"]);
        assert_eq!(seen["team"][0]["member"]["full_name"], "Đặng Thị Lan");
        inspector.patch(&path, 4, json!({ "topic": "Khác" })).await.expect(409).because("invalid_transition");

        let postponed = inspector.act(at("postponements"), 4, json!({ "reason": "Bão số 5" })).await.expect(200);
        assert_eq!((&postponed["status"], &postponed["postponed_count"]), (&json!("postponed"), &json!(1)));
        inspector.act(at("schedules"), 5, schedule(20)).await.expect(200);
        president.post(at("self-reports"), json!({ "text": "Đã thu đủ hội phí" })).await.expect(201);
        inspector.act(at("self-reports"), 6, json!({ "text": "Không phải việc của tôi" })).await.expect(403);
        assert_eq!(inspector.get(at("self-reports")).await.expect(200).each("text"), ["Đã thu đủ hội phí"]);
        inspector.act(at("starts"), 6, start(19)).await.expect(422).about("/started_on", "too_early");
        inspector.act(at("starts"), 6, start(20)).await.expect(200);

        let refused = json!({ "finished_on": days_ago(458), "minutes_signature": "refused_to_sign" });
        inspector.act(at("fieldwork-completions"), 7, refused).await.expect(422).about("/minutes_note", "required");
        let done = inspector.act(at("fieldwork-completions"), 7, fieldwork(20)).await.expect(200);
        assert_eq!((&done["notice_due_on"], &done["is_notice_overdue"]), (&json!(days_ago(443)), &json!(true)));
        inspector.act(at("drafts"), 8, json!({ "no_issue": false })).await.expect(422).about("/no_issue", "no_findings");

        inspector
            .post(at("findings"), json!({ "kind": "violation", "evidence": "x", "criterion": "x" }))
            .await
            .expect(422)
            .about("/severity", "required");
        let violation = inspector.post(at("findings"), finding("violation")).await.expect(201).id();
        let exemplar = inspector.post(at("findings"), finding("exemplar")).await.expect(201).id();
        let mistake = inspector.post(at("findings"), finding("difficulty")).await.expect(201).id();
        inspector.act(format!("/findings/{mistake}/withdrawals"), 1, json!({ "reason": "Nhầm" })).await.expect(200);
        inspector.act(at("drafts"), 8, json!({ "no_issue": true })).await.expect(422).about("/no_issue", "has_findings");
        inspector.act(at("drafts"), 8, json!({ "no_issue": false })).await.expect(200);

        // The unit sees no finding before the draft is shared, and then all of them that stand.
        assert_eq!(president.get(at("findings")).await.expect(200).items().len(), 0);
        president.get(format!("/findings/{violation}")).await.expect(404);
        president.act(at("comments"), 9, json!({ "comment": "Nhất trí" })).await.expect(422).about("/comment", "not_shared");
        leader.act(at("notices"), 9, notice()).await.expect(422).about("", "not_shared");
        let shared = inspector.act(at("sharings"), 9, json!({ "shared_on": days_ago(0) })).await.expect(200);
        inspector
            .act(at("sharings"), 10, json!({ "shared_on": days_ago(0) }))
            .await
            .expect(422)
            .about("/shared_on", "already_shared");
        assert_eq!(president.get(at("findings")).await.expect(200).each("id"), [violation.clone(), exemplar.clone()]);
        president.get(format!("/findings/{mistake}")).await.expect(404);
        assert_eq!(inspector.get(at("findings")).await.expect(200).items().len(), 3);
        assert_eq!(president.get(&path).await.expect(200).actions(), ["comment"]);
        leader.act(at("notices"), 10, notice()).await.expect(422).about("/issued_on", "comment_window_open");
        assert!(shared["comment_due_on"].as_str().unwrap() > days_ahead(5).as_str());
        president.patch(format!("/findings/{violation}"), 1, json!({ "evidence": "Không đúng" })).await.expect(403);
        president.act(at("comments"), 10, json!({ "comment": "Xin xem lại ngày ghi sổ" })).await.expect(200);

        // The notice tells the unit and its Party committee, and everything is seen from then on.
        inspector.act(at("notices"), 11, notice()).await.expect(403);
        inspector.act(at("closures"), 11, json!({ "closed_on": days_ago(0) })).await.expect(409).because("invalid_transition");
        let mut untold = notice();
        untold["recipients"].as_array_mut().unwrap().pop();
        leader.act(at("notices"), 11, untold).await.expect(422).about("/recipients", "party_committee_not_told");
        let issued = leader.act(at("notices"), 11, notice()).await.expect(200);
        assert_eq!((&issued["status"], &issued["notice"]["no"]), (&json!("notice_issued"), &json!("05-TB/UBKT")));
        let seen = president.get(&path).await.expect(200);
        assert_eq!((&seen["visibility"], &seen["notice"]["text"]), (&json!("all"), &json!("Đơn vị chấp hành tốt")));
        assert_eq!(world.user("chuyenmon").get(&path).await.expect(200)["visibility"], "all");

        // Each shortcoming has its remediation before anything is closed.
        let close = async |version: i64| inspector.act(at("closures"), version, json!({ "closed_on": days_ago(0) })).await;
        close(12).await.expect(422).about("", "remediation_not_planned");
        inspector.post(at("remediations"), remediation(&exemplar)).await.expect(422).about("/finding_id", "unknown_finding");
        let planned = inspector.post(at("remediations"), remediation(&violation)).await.expect(201);
        inspector.post(at("remediations"), remediation(&violation)).await.expect(422).about("/finding_id", "has_a_remediation");
        let begun = inspector.get(&path).await.expect(200);
        assert_eq!((&begun["status"], begun.version()), (&json!("in_remediation"), 13));
        close(13).await.expect(422).about("", "remediation_not_done");
        let item = format!("/remediations/{}", planned.id());
        let report = json!({ "evidence": "Đã lập sổ", "reported_on": days_ago(0) });
        president.act(format!("{item}/verifications"), 1, json!({})).await.expect(403);
        inspector.act(format!("{item}/verifications"), 1, json!({})).await.expect(409).because("invalid_transition");
        president.act(format!("{item}/reports"), 1, report.clone()).await.expect(200);
        let rejected = inspector.act(format!("{item}/rejections"), 2, json!({ "reason": "Thiếu chữ ký" })).await.expect(200);
        assert_eq!((&rejected["status"], &rejected["rounds_count"]), (&json!("rejected"), &json!(1)));
        president.act(format!("{item}/reports"), 3, report).await.expect(200);
        close(13).await.expect(422).about("", "remediation_not_done");
        inspector.act(format!("{item}/verifications"), 4, json!({ "note": "Đã xem sổ" })).await.expect(200);
        let closed = close(13).await.expect(200);
        assert_eq!((&closed["status"], closed.actions()), (&json!("closed"), Vec::new()));

        // What was found goes on: the example to be followed, the violation to be dealt with, the unit to be seen again.
        inspector.act(format!("/findings/{exemplar}/nominations"), 2, json!({ "nominated_on": days_ago(0) })).await.expect(200);
        inspector
            .act(format!("/findings/{violation}/nominations"), 2, json!({ "nominated_on": days_ago(0) }))
            .await
            .expect(422)
            .about("", "not_an_exemplar");
        leader
            .act(format!("/findings/{violation}/referrals"), 2, json!({}))
            .await
            .expect(422)
            .about("/complaint_code", "required");
        leader.act(format!("/findings/{violation}/referrals"), 2, json!({ "complaint_code": "TC-7Q4M-X2" })).await.expect(200);
        let mut again = new_inspection(&pair, 21);
        again["kind"] = json!("follow_up");
        inspector.post("/inspections", again.clone()).await.expect(422).about("/previous_id", "required");
        again["previous_id"] = json!(world.cast().inside.unit);
        inspector.post("/inspections", again.clone()).await.expect(422).about("/previous_id", "wrong_previous");
        again["previous_id"] = json!(closed.id());
        inspector.post("/inspections", again).await.expect(201);

        chained(&world, inspector, &path, "planned", "closed").await;
        chained(&world, inspector, &item, "open", "verified").await;
        let told = president.get(at("events")).await.expect(200);
        assert_eq!(told.items().iter().find(|one| one["action"] == "postpone").unwrap()["reason"], "Bão số 5");
        world.check_books();
    });
}

/// Every step begins where the one before it ended; versions only rise.
async fn chained(_world: &World, caller: &Caller, path: &str, first: &str, last: &str) {
    let events = caller.get(format!("{path}/events")).await.expect(200);
    let items = events.items();
    assert_eq!((&items[0]["from_state"], &items[0]["to_state"]), (&Value::Null, &json!(first)), "{events:?}");
    assert_eq!(items.last().unwrap()["to_state"], last, "{events:?}");
    for pair in items.windows(2) {
        assert_eq!(pair[0]["to_state"], pair[1]["from_state"], "{events:?}");
        assert!(pair[0]["object_version"].as_i64() < pair[1]["object_version"].as_i64(), "{events:?}");
    }
}

#[test]
fn who_may_be_of_a_team() {
    on_both(async |world| {
        let inspector = world.user("kiemtra");
        let mut pair = pair(&world);
        let id = inspector.post("/inspections", new_inspection(&pair, 20)).await.expect(201).id();
        let path = format!("/inspections/{id}/team-changes");
        let mut told = async |members: [&str; 2], place: usize, code: &str| {
            pair.team = members.iter().map(|name| world.member(name)).collect();
            let answer = inspector.act(&path, 1, team(&pair)).await.expect(422);
            answer.about(&format!("/members/{place}/member_id"), code);
        };
        // Of the unit itself, of a branch and of a group below it.
        told(["Đặng Thị Lan", "Hoàng Thị Ế"], 1, "of_the_inspected_unit").await;
        told(["Võ Thị Dung", "Đặng Thị Lan"], 0, "of_the_inspected_unit").await;
        told(["Phạm Thị Đào", "Đặng Thị Lan"], 0, "of_the_inspected_unit").await;
        told(["Đặng Thị Lan", "Đặng Thị Lan"], 1, "twice_in_the_team").await;
        // By a post there: Bùi Thị Mai, of another commune, looks after a branch of it.
        let appointment = json!({ "member_id": world.member("Bùi Thị Mai"), "unit_id": world.unit("Ba Làng"), "post": "branch_head",
                                  "manner": "appointed", "is_full_time": false, "seat_kind": "core", "starts_on": "2024-03-08" });
        world.board().post("/appointments", appointment).await.expect(201);
        told(["Đặng Thị Lan", "Bùi Thị Mai"], 1, "of_the_inspected_unit").await;
        // By a role of her account.
        let (account, member) = (&world.cast().accounts["nhaplieu.vinhhai"], world.member("Huỳnh Thị Yến"));
        let database = world.database();
        database.execute(&format!(
            "UPDATE accounts SET member_id = {} WHERE id = {}",
            database.id(&member),
            database.id(account)
        ));
        told(["Đặng Thị Lan", "Huỳnh Thị Yến"], 1, "of_the_inspected_unit").await;
        // By kin: Phan Thị Xuân and the head of Đường Đệ.
        let kin = json!({ "member_id": world.member("Phan Thị Xuân"), "relative_id": world.member("Nguyễn Thị Hòa"), "relation": "siblings" });
        let kin = world.board().post("/kinships", kin).await.expect(201);
        told(["Đặng Thị Lan", "Phan Thị Xuân"], 1, "kin_of_its_officers").await;
        world.board().act(format!("/kinships/{}/endings", kin.id()), 1, json!({ "ended_on": days_ago(0) })).await.expect(200);
        let members = |lead: [bool; 2]| {
            json!({ "members": [{ "member_id": world.member("Đặng Thị Lan"), "is_lead": lead[0] },
                                { "member_id": world.member("Phan Thị Xuân"), "is_lead": lead[1] }] })
        };
        inspector.act(&path, 1, members([true, true])).await.expect(422).about("/members", "one_lead");
        inspector.act(&path, 1, members([false, false])).await.expect(422).about("/members", "one_lead");
        inspector.act(&path, 1, members([true, false])).await.expect(200);
        // What came about since is looked at again with the decision.
        let kin = json!({ "member_id": world.member("Đặng Thị Lan"), "relative_id": world.member("Nguyễn Thị Hòa"), "relation": "in_laws" });
        world.board().post("/kinships", kin).await.expect(201);
        inspector.act(format!("/inspections/{id}/schedules"), 2, schedule(20)).await.expect(422).about("", "kin_of_its_officers");
    });
}

#[test]
fn nobody_is_in_two_places_on_one_day() {
    on_both(async |world| {
        let cast = Cast::of(&world);
        let pair = pair(&world);
        bring(&cast.hands(), &pair, 30, Stage::Scheduled, Found::Nothing).await;
        let other = Pair { inspected: world.unit("Vạn Giã"), ..pair.clone() };
        let second = bring(&cast.hands(), &other, 31, Stage::Planned, Found::Nothing).await.id;
        let path = format!("/inspections/{second}/schedules");
        cast.inspector.act(&path, 2, schedule(30)).await.expect(422).about("/starts_on", "team_busy_then");
        let third = Pair { team: vec![world.member("Huỳnh Thị Yến"), world.member("Phan Thị Xuân")], ..pair.clone() };
        let third = bring(&cast.hands(), &third, 31, Stage::Planned, Found::Nothing).await.id;
        cast.inspector
            .act(format!("/inspections/{third}/schedules"), 2, schedule(30))
            .await
            .expect(422)
            .about("/starts_on", "unit_inspected_then");
        cast.inspector.act(&path, 2, schedule(31)).await.expect(200);

        // The calendar shows them all, to the unit what it was told of.
        let days =
            cast.inspector.get(format!("/inspections/calendar?from={}&to={}", days_ago(400), days_ago(370))).await.expect(200);
        assert_eq!(days.items().len(), 3);
        let own =
            cast.president.get(format!("/inspections/calendar?from={}&to={}", days_ago(400), days_ago(370))).await.expect(200);
        assert_eq!(own.items().len(), 1);
        assert_eq!(own.items()[0]["inspected_unit"]["name"], "Phường Vĩnh Hải");
        let feed = cast
            .inspector
            .get(format!("/inspections/calendar.ics?from={}&to={}", days_ago(400), days_ago(370)))
            .await
            .expect(200);
        assert_eq!(feed.body().matches("BEGIN:VEVENT").count(), 3, "{feed:?}");
        cast.inspector
            .get(format!("/inspections/calendar?from={}&to={}", days_ago(1), days_ago(2)))
            .await
            .expect(400)
            .about("to", "range");
    });
}

/// Two decisions at the same moment that need the same people on the same day: one of them is told so.
#[test]
fn two_decisions_at_once_do_not_send_one_person_to_two_places() {
    on_both(async |world| {
        let cast = Cast::of(&world);
        let pair = pair(&world);
        let other = Pair { inspected: world.unit("Vạn Giã"), ..pair.clone() };
        for round in 0..6 {
            let day = 30 + 2 * round;
            let mut asks = Vec::new();
            for place in [&pair, &other] {
                let planned = bring(&cast.hands(), place, day, Stage::Planned, Found::Nothing).await.id;
                asks.push(cast.inspector.act(format!("/inspections/{planned}/schedules"), 2, schedule(day)));
            }
            let (second, first) = (asks.pop().unwrap(), asks.pop().unwrap());
            let second = actix_web::rt::spawn(async move { second.await });
            let (first, second) = (first.await, second.await.unwrap());
            let (good, refused) = if first.status == 200 { (first, second) } else { (second, first) };
            good.expect(200);
            refused.expect(422).about("/starts_on", "team_busy_then");
        }
        world.check_books();
    });
}

#[test]
fn a_plan_has_a_theme_and_two_people() {
    on_both(async |world| {
        let (president, leader) = (world.chair_of("Vĩnh Hải"), world.user("thuongtruc"));
        let (base, branch) = (world.unit("Vĩnh Hải"), world.unit("Ba Làng"));
        let mut body = plan(&base, &branch, 2026);
        body["items"][0]["kind"] = json!("charter");
        let made = president.post("/inspection-plans", body.clone()).await.expect(201);
        president.post("/inspection-plans", body).await.expect(422).about("/year", "already_there");
        let path = format!("/inspection-plans/{}", made.id());
        president.act(format!("{path}/submissions"), 1, json!({})).await.expect(422).about("/items", "no_theme");
        president
            .patch(&path, 1, json!({ "items": [line(&world.unit("Vạn Giã"))] }))
            .await
            .expect(422)
            .about("/items/0/unit_id", "unknown_unit");
        president
            .patch(&path, 1, json!({ "items": [line(&base)] }))
            .await
            .expect(422)
            .about("/items/0/unit_id", "not_below_the_inspecting");
        let changed = president.patch(&path, 1, json!({ "items": [line(&branch)] })).await.expect(200);
        let item = changed["items"][0]["id"].as_str().unwrap().to_owned();
        president.act(format!("{path}/submissions"), 2, json!({})).await.expect(200);
        // Nobody approves what she submitted.
        let approval = json!({ "approval_no": "08-KH/BTV", "approved_on": days_ago(0) });
        president.act(format!("{path}/approvals"), 3, approval.clone()).await.expect(403);
        leader.act(format!("{path}/returns"), 3, json!({ "reason": "Bổ sung tháng" })).await.expect(200);
        president.act(format!("{path}/submissions"), 4, json!({ "note": "Đã bổ sung" })).await.expect(200);
        leader.act(format!("{path}/approvals"), 5, approval).await.expect(200);

        // A line that is carried out stays, whatever is amended.
        let mut inspection =
            new_inspection(&Pair { unit: base.clone(), inspected: branch.clone(), team: vec![], checklist: None }, 20);
        inspection["plan_item_id"] = json!(new_id());
        president.post("/inspections", inspection.clone()).await.expect(422).about("/plan_item_id", "unknown_plan_item");
        inspection["plan_item_id"] = json!(item);
        president.post("/inspections", inspection).await.expect(201);
        let amend = async |items: Value| {
            president.act(format!("{path}/amendments"), 6, json!({ "reason": "Theo chỉ đạo", "items": items })).await
        };
        amend(json!([line(&branch)])).await.expect(422).about("/items", "plan_item_in_use");
        let mut kept = line(&branch);
        kept["id"] = json!(item);
        let amended = amend(json!([kept, line(&branch)])).await.expect(200);
        assert_eq!((&amended["status"], &amended["revision"]), (&json!("submitted"), &json!(2)));
        assert_eq!(amended["items"][0]["id"], json!(item));
        chained(&world, &leader, &path, "draft", "submitted").await;
        // The unit below sees nothing of it; nor does the next commune.
        world.user("hai.vai").get(&path).await.expect(404);
    });
}

#[test]
fn themes_are_counted_by_their_notices() {
    on_both(async |world| {
        let cast = Cast::of(&world);
        let year = &days_ago(0)[..4].to_owned();
        let of = async |caller: &Caller, query: &str| {
            caller.get(format!("/inspections/theme-compliance?year={year}{query}")).await.expect(200)
        };
        let met = |answer: &Answer, id: &str| answer.items().iter().find(|one| one["id"] == id).map(|one| one["is_met"] == true);
        let (province, base) = (world.unit("Khánh Hòa"), world.unit("Vĩnh Hải"));
        assert_eq!(met(&of(&cast.inspector, "").await, &province), Some(false));
        bring(&cast.hands(), &pair(&world), 20, Stage::Commented, Found::Nothing).await;
        assert_eq!(met(&of(&cast.inspector, "").await, &province), Some(false));
        bring(&cast.hands(), &pair(&world), 21, Stage::Noticed, Found::Nothing).await;
        let all = of(&cast.inspector, "").await;
        assert_eq!(met(&all, &province), Some(true));
        // The base unit inspected its branches; a branch has no duty of its own, and nobody sees above herself.
        assert_eq!((met(&all, &base), met(&all, &world.unit("Vĩnh Ngọc"))), (Some(true), Some(false)));
        assert_eq!(met(&all, &world.unit("Đường Đệ")), None);
        assert_eq!(of(&cast.president, "").await.each("id"), [base]);
        assert_eq!(of(&cast.inspector, "&kind=district").await.items().len(), 2);
        cast.inspector.get("/inspections/theme-compliance?year=1999").await.expect(400).about("year", "range");
    });
}

#[test]
fn lists_of_inspections() {
    on_both(async |world| {
        let cast = Cast::of(&world);
        let pair = pair(&world);
        let planned = bring(&cast.hands(), &pair, 20, Stage::Planned, Found::Nothing).await.id;
        let late = bring(&cast.hands(), &pair, 21, Stage::FieldworkDone, Found::Nothing).await.id;
        let told = bring(&cast.hands(), &pair, 22, Stage::InRemediation, Found::Violation).await;
        let by = |caller: &Caller, query: &str| {
            let ask = caller.get(format!("/inspections?{query}"));
            async move { ask.await.expect(200).each("id") }
        };
        let unit = format!("unit={}&", pair.inspected);
        assert_eq!(by(&cast.inspector, &unit).await, [planned.clone(), late.clone(), told.id.clone()]);
        assert_eq!(by(&cast.president, &unit).await, [late.clone(), told.id.clone()]);
        assert_eq!(by(&world.user("chuyenmon"), &unit).await, std::slice::from_ref(&told.id));
        assert_eq!(by(&world.user("cum.nhatrang"), &unit).await, [planned.clone(), late.clone(), told.id.clone()]);
        assert_eq!(by(&cast.inspector, &format!("{unit}is_notice_overdue=true")).await, std::slice::from_ref(&late));
        assert_eq!(by(&cast.inspector, &format!("{unit}is_notice_overdue=false")).await, [planned.clone(), told.id.clone()]);
        assert_eq!(by(&cast.inspector, &format!("{unit}status=planned")).await, std::slice::from_ref(&planned));
        assert_eq!(
            by(&cast.inspector, &format!("{unit}starts_from={}&starts_to={}", days_ago(460), days_ago(450))).await,
            [planned.clone(), late.clone()]
        );
        assert_eq!(by(&cast.inspector, &format!("{unit}kind=finance")).await, Vec::<String>::new());
        assert_eq!(by(&cast.inspector, &format!("{unit}inspecting_unit={}&mode=inspect&limit=200", pair.unit)).await.len(), 3);
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = cast.inspector.get(format!("/inspections?{unit}limit=1&sort=-starts_on{cursor}")).await.expect(200);
            seen.extend(page.each("id"));
            let Some(next) = page["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(seen, [told.id.clone(), late, planned]);
        let items = cast.president.get(format!("/remediations?inspection_id={}", told.id)).await.expect(200);
        assert_eq!(items.each("id"), [told.remediation]);
    });
}

#[test]
fn checklists_are_kept_by_the_province() {
    on_both(async |world| {
        let inspector = world.user("kiemtra");
        let (id, _) = checklist(&world).await;
        let lists = inspector.get("/inspection-checklists").await.expect(200);
        assert_eq!(lists.each("code"), ["hoi_phi", "hoi_vien", "sinh_hoat_chi_hoi"]);
        let question = |text: &str| json!({ "text_vi": text, "criterion": "Quy chế", "answer_kind": "text" });
        let path = format!("/inspection-checklists/{id}");
        // The inspection of before keeps what it asked.
        let cast = Cast::of(&world);
        let asked = Pair { checklist: Some(id.clone()), ..pair(&world) };
        let inspection = bring(&cast.hands(), &asked, 20, Stage::InProgress, Found::Nothing).await.id;
        let edition = json!({ "questions": [question("Có sổ quỹ không?")] });
        world.user("walk.inspector").act(format!("{path}/editions"), 1, edition.clone()).await.expect(403);
        let changed = inspector.act(format!("{path}/editions"), 1, edition).await.expect(200);
        assert_eq!((&changed["edition"], changed["questions"].as_array().unwrap().len()), (&json!(2), 1));
        let state = inspector.get(format!("/inspections/{inspection}/checklist")).await.expect(200);
        assert_eq!((&state["edition"], state["questions"].as_array().unwrap().len()), (&json!(1), 9));
        inspector.act(format!("{path}/endings"), 2, json!({ "ended_on": days_ago(0) })).await.expect(200);
        inspector.act(format!("{path}/endings"), 3, json!({ "ended_on": days_ago(0) })).await.expect(409);
        inspector.post("/inspections", new_inspection(&asked, 21)).await.expect(422).about("/checklist_id", "unknown_checklist");
        assert_eq!(inspector.get("/inspection-checklists?status=active").await.expect(200).items().len(), 2);
        let twin = json!({ "code": "hoi_vien", "title": "x", "topic": "charter", "questions": [question("x")] });
        inspector.post("/inspection-checklists", twin).await.expect(422).about("/code", "code_in_use");
    });
}

#[test]
fn who_is_kin_is_declared_by_who_reaches_both() {
    on_both(async |world| {
        let (chair, board) = (world.chair_of("Vĩnh Hải"), world.board());
        let [hoa, anh, lan] = ["Nguyễn Thị Hòa", "Trần Thị Ánh", "Đặng Thị Lan"].map(|name| world.member(name));
        let kin = |one: &str, other: &str| json!({ "member_id": one, "relative_id": other, "relation": "siblings" });
        chair.post("/kinships", kin(&hoa, &hoa)).await.expect(422).about("/relative_id", "kin_to_herself");
        chair.post("/kinships", kin(&hoa, &lan)).await.expect(422).about("/relative_id", "unknown_member");
        chair.post("/kinships", kin(&lan, &hoa)).await.expect(422).about("/member_id", "unknown_member");
        let made = chair.post("/kinships", kin(&hoa, &anh)).await.expect(201);
        chair.post("/kinships", kin(&anh, &hoa)).await.expect(422).about("/relative_id", "kinship_declared");
        let wide = board.post("/kinships", kin(&lan, &hoa)).await.expect(201);
        // Whoever reaches one of the two only sees nothing of it.
        let of_hoa = format!("/officers/{hoa}/kinships");
        assert_eq!(chair.get(&of_hoa).await.expect(200).each("id"), [made.id()]);
        assert_eq!(board.get(&of_hoa).await.expect(200).each("id"), [made.id(), wide.id()]);
        chair.act(format!("/kinships/{}/endings", wide.id()), 1, json!({ "ended_on": days_ago(0) })).await.expect(404);
        let path = format!("/kinships/{}/endings", made.id());
        chair.act(&path, 1, json!({ "ended_on": days_ahead(1) })).await.expect(422).about("/ended_on", "in_the_future");
        let ended = chair.act(&path, 1, json!({ "ended_on": days_ago(0) })).await.expect(200);
        assert_eq!((&ended["status"], ended.actions()), (&json!("ended"), Vec::new()));
        chair.act(&path, 2, json!({ "ended_on": days_ago(0) })).await.expect(409).because("invalid_transition");
    });
}

/// A small generator of numbers, so that a failure can be told again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % u64::try_from(sides).unwrap()).unwrap()
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for place in (1..items.len()).rev() {
            items.swap(place, self.roll(place + 1));
        }
    }
}

/// Two phones were offline in the same commune: their batches come back in any order and some of them twice. Nobody's entry
/// is lost, and in every order the same answers stand.
#[test]
fn two_phones_come_back() {
    on_both(async |world| {
        let cast = Cast::of(&world);
        let other = world.user("walk.inspector");
        let (list, questions) = checklist(&world).await;
        let pair = Pair { unit: world.unit("Nha Trang"), checklist: Some(list), ..pair(&world) };
        let mut ends = Vec::new();
        for seed in 0..6u64 {
            let id = bring(&cast.hands(), &pair, 20 + seed, Stage::InProgress, Found::Nothing).await.id;
            let path = format!("/inspections/{id}/checklist-batches");
            let taken = other.get(format!("/inspections/{id}/checklist")).await.expect(200);
            assert!(taken["questions"].as_array().unwrap().iter().all(|one| one["base_version"] == 0));
            // The ids are made where the answers are, in the order in which they are given.
            let batch = |entries: &[(usize, &str)]| json!({ "entries": entries.iter().map(|(question, value)| entry(&questions[*question], value, 0)).collect::<Vec<_>>() });
            let mut sent = vec![
                (&cast.inspector, batch(&[(0, "yes"), (1, "12"), (4, "no")])),
                (&other, batch(&[(0, "no"), (4, "no")])),
                (&cast.inspector, batch(&[(1, "13"), (5, "yes")])),
                (&other, batch(&[(8, "Họp quý I"), (7, "yes")])),
            ];
            sent.push(sent[1].clone());
            Dice(seed).shuffle(&mut sent);
            let mut ids: Vec<String> = Vec::new();
            for (caller, batch) in &sent {
                caller.post(&path, batch.clone()).key(&new_id()).await.expect(200);
                ids.extend(batch["entries"].as_array().unwrap().iter().map(|one| one["entry_id"].as_str().unwrap().to_owned()));
            }
            let version = world.version_of("inspections", &id);
            let state = cast.inspector.get(format!("/inspections/{id}/checklist")).await.expect(200);
            let entries = all_entries(&state);
            let kept: Vec<&str> = entries.iter().map(|one| one["id"].as_str().unwrap()).collect();
            ids.sort_unstable();
            ids.dedup();
            assert_eq!(ids.len(), 9);
            assert!(ids.iter().all(|id| kept.contains(&id.as_str())) && kept.len() == 9, "{state:?}");
            let told: Vec<(Value, Value)> = state["questions"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| (one["is_in_conflict"].clone(), one["value"].clone()))
                .collect();
            // A resend with the same key, too, changes nothing.
            let again = cast.inspector.post(&path, sent[0].1.clone());
            let first = again.clone().key("lan-nua").await;
            assert!([200, 409].contains(&first.status), "{first:?}");
            assert_eq!(cast.inspector.get(format!("/inspections/{id}/checklist")).await.expect(200)["version"], 9);

            // Until the lead has picked, nothing is put together.
            let done = cast
                .inspector
                .act(format!("/inspections/{id}/fieldwork-completions"), version, fieldwork(20 + seed))
                .await
                .expect(200);
            let draft = json!({ "no_issue": true });
            cast.inspector
                .act(format!("/inspections/{id}/drafts"), done.version(), draft.clone())
                .await
                .expect(422)
                .about("", "checklist_in_conflict");
            let chosen = all_entries(&state).iter().find(|one| one["value"] == "no").unwrap()["id"].clone();
            let pick = |entry: &Value| json!({ "question_id": questions[0], "entry_id": entry, "note": "Đã đối chiếu" });
            let resolutions = format!("/inspections/{id}/checklist-resolutions");
            cast.inspector
                .act(&resolutions, done.version(), pick(&json!(new_id())))
                .await
                .expect(422)
                .about("/entry_id", "unknown_entry");
            let picked = cast.inspector.act(&resolutions, done.version(), pick(&chosen)).await.expect(200);
            let state = cast.inspector.get(format!("/inspections/{id}/checklist")).await.expect(200);
            assert_eq!(
                (&state["conflict_count"], &state["questions"][0]["value"], &state["version"]),
                (&json!(0), &json!("no"), &json!(10))
            );
            cast.inspector.act(format!("/inspections/{id}/drafts"), picked.version(), draft).await.expect(200);
            ends.push(told);
        }
        ends.dedup();
        assert_eq!(ends.len(), 1, "{ends:?}");
        assert_eq!(ends[0][0], (json!(true), Value::Null));
        assert_eq!((&ends[0][1].1, &ends[0][4].1, &ends[0][8].1), (&json!("13"), &json!("no"), &json!("Họp quý I")));
    });
}

fn all_entries(state: &Answer) -> Vec<Value> {
    let questions = state["questions"].as_array().unwrap();
    questions.iter().flat_map(|one| one["entries"].as_array().unwrap()).cloned().collect()
}

#[test]
fn a_batch_says_all_that_is_wrong_with_it() {
    on_both(async |world| {
        let cast = Cast::of(&world);
        let (list, questions) = checklist(&world).await;
        let pair = Pair { checklist: Some(list), ..pair(&world) };
        let id = bring(&cast.hands(), &pair, 20, Stage::InProgress, Found::Nothing).await.id;
        let path = format!("/inspections/{id}/checklist-batches");
        let mut entries = vec![
            entry(&questions[0], "maybe", 0),
            entry(&questions[1], "many", 0),
            entry(&new_id(), "yes", 0),
            entry(&questions[0], "yes", 1),
            entry(&questions[0], "yes", 0),
        ];
        entries.push(json!({ "entry_id": "3f2504e0-4f89-41d3-9a0c-0305e82c3301", "question_id": questions[0], "value": "yes",
                             "answered_at": "2026-04-20T02:15:00.000Z", "base_version": 0 }));
        let batch = json!({ "entries": entries });
        cast.inspector.post(&path, batch.clone()).await.expect(400).because("idempotency_key_required");
        cast.inspector
            .post(&path, batch)
            .key("mot")
            .await
            .expect(422)
            .about("/entries/0/value", "wrong_answer")
            .about("/entries/1/value", "wrong_answer")
            .about("/entries/2/question_id", "unknown_question")
            .about("/entries/3/base_version", "unknown_version")
            .about("/entries/5/entry_id", "not_uuid_v7");
        assert_eq!(cast.inspector.get(format!("/inspections/{id}/checklist")).await.expect(200)["version"], 0);
        // The unit sees no answer before the notice.
        cast.president.get(format!("/inspections/{id}/checklist")).await.expect(404);
        // An id is of one entry.
        let one = entry(&questions[0], "yes", 0);
        cast.inspector.post(&path, json!({ "entries": [one] })).key("hai").await.expect(200);
        let mut other = one.clone();
        other["value"] = json!("no");
        cast.inspector.post(&path, json!({ "entries": [other] })).key("ba").await.expect(409).because("id_in_use");
    });
}

mod walk;
