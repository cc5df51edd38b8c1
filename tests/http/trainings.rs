//! Trainings: needs, plans, courses with their sessions, trainees and attendance, certificates, coverage, calendars.

use std::collections::HashSet;

use hoicoso::access::Role::{self, BaseEditor, BasePresident, BranchHead, ProvinceLeader, ProvinceOrg, ProvinceSpecialist};
use serde_json::{Value, json};

use crate::support::{
    Answer, Caller, Engine, World, days_ago, on_both, on_both_with,
    things::trainings::{Until, course, hold, line, session},
    walker::{Rule, walk},
};

/// A step with something as it is now.
async fn act(by: &Caller, path: impl AsRef<str>, noun: &str, body: Value) -> Answer {
    let path = path.as_ref();
    let version = by.get(path).await.expect(200).version();
    by.act(format!("{path}/{noun}"), version, body).await
}

async fn status(by: &Caller, path: impl AsRef<str>) -> String {
    by.get(path.as_ref()).await.expect(200).text("status")
}

/// Somebody new in Đường Đệ with a post there.
async fn officer(world: &World, name: &str) -> String {
    let chair = world.chair_of("Vĩnh Hải");
    let person =
        json!({ "full_name": name, "date_of_birth": "1985-05-05", "unit_id": world.unit("Đường Đệ"), "joined_on": "2010-03-08" });
    let id = chair.post("/members", person).await.expect(201).id();
    let post = json!({ "member_id": id, "unit_id": world.unit("Đường Đệ"), "post": "branch_deputy", "manner": "elected",
                       "is_full_time": false, "seat_kind": "core", "starts_on": "2020-03-08" });
    chair.post("/appointments", post).await.expect(201);
    id
}

/// A course of Vĩnh Hải for branch deputies.
fn deputies(world: &World, quota: i64) -> Value {
    let mut body = course(&world.unit("Vĩnh Hải"), quota);
    body["audience"] = json!(["branch_deputy"]);
    body
}

fn year() -> i64 {
    days_ago(2)[..4].parse().unwrap()
}

#[test]
fn from_a_need_to_a_certificate_that_everybody_may_check() {
    on_both(async |world| {
        let (chair, leader) = (world.chair_of("Vĩnh Hải"), world.user("thuongtruc"));
        let ana = officer(&world, "Tô Thị Ân").await;
        // The plan of the year: its budget is the sum of its lines.
        let mut first = line();
        first["category"] = json!("union_work");
        let body = json!({ "unit_id": world.unit("Vĩnh Hải"), "year": year(), "title": "Kế hoạch", "items": [first, line()] });
        let plan = chair.post("/training-plans", body.clone()).await.expect(201);
        assert_eq!((plan["budget_vnd"].as_i64(), plan["revision"].as_i64()), (Some(24_000_000), Some(0)));
        chair.post("/training-plans", body).await.expect(422).about("/year", "plan_exists");
        let (path, item) = (format!("/training-plans/{}", plan.id()), plan["items"][0]["id"].clone());
        act(&chair, &path, "submissions", json!({})).await.expect(200);
        act(&leader, &path, "returns", json!({ "reason": "Vượt dự toán" })).await.expect(200);
        act(&chair, &path, "submissions", json!({})).await.expect(200);
        let approved = act(&leader, &path, "approvals", json!({})).await.expect(200);
        assert_eq!((approved.text("status"), approved["revision"].as_i64()), ("approved".into(), Some(1)));

        // Her need, accepted and planned by a line of it.
        let need = json!({ "member_id": ana, "category": "union_work", "year": year(), "reason": "request" });
        let need = chair.post("/training-needs", need).await.expect(201);
        let need = format!("/training-needs/{}", need.id());
        act(&chair, &need, "acceptances", json!({})).await.expect(200);
        let other = json!({ "plan_item_id": approved["items"][1]["id"] });
        act(&chair, &need, "plannings", other).await.expect(422).about("/plan_item_id", "wrong_plan_item");
        act(&chair, &need, "plannings", json!({ "plan_item_id": item })).await.expect(200);

        // A course that carries the line out.
        let mut new = deputies(&world, 10);
        new["plan_item_id"] = item.clone();
        new.as_object_mut().unwrap().remove("unplanned_reason");
        let held = hold(&chair, &chair, new, 12, &[&ana], Until::Attended).await;
        let course = format!("/courses/{}", held.course);
        let enrolment = format!("/enrolments/{}", held.enrolments[0]);
        act(&chair, &course, "completions", json!({})).await.expect(409).about("", "results_missing");
        chair.post(format!("{enrolment}/certificates"), json!({})).await.expect(409).about("", "not_passed");
        let passed = act(&chair, &enrolment, "results", json!({ "result": "passed" })).await.expect(200);
        assert_eq!((passed.text("status"), passed["attended_minutes"].as_i64()), ("passed".into(), Some(50)));
        assert_eq!(act(&chair, &course, "completions", json!({})).await.expect(200)["completed_on"], days_ago(2));
        assert_eq!(status(&chair, &need).await, "completed");
        let done = chair.get(format!("/officers/{ana}/course-completions")).await.expect(200);
        assert_eq!(done.each("course_id"), std::slice::from_ref(&held.course));

        // An amendment leaves out no line that a course carries out, and keeps what was approved.
        let without = json!({ "items": [line()], "reason": "Bổ sung" });
        act(&chair, &path, "amendments", without).await.expect(422).about("/items", "item_carried_out");
        let mut kept = approved["items"][0].clone();
        kept["budget_vnd"] = json!(20_000_000);
        let amended = act(&chair, &path, "amendments", json!({ "items": [kept], "reason": "Tăng kinh phí" })).await.expect(200);
        assert_eq!((amended["budget_vnd"].as_i64(), amended["revision"].as_i64()), (Some(20_000_000), Some(2)));
        let revisions = chair.get(format!("{path}/revisions")).await.expect(200);
        let budgets: Vec<i64> = revisions.items().iter().map(|one| one["budget_vnd"].as_i64().unwrap()).collect();
        assert_eq!(budgets, [24_000_000, 20_000_000]);

        // The certificate, and what everybody may know of it.
        let issued = chair.post(format!("{enrolment}/certificates"), json!({})).await.expect(201);
        chair.post(format!("{enrolment}/certificates"), json!({})).await.expect(409).about("", "certificate_exists");
        let (no, certificate) = (issued.text("certificate_no"), format!("/certificates/{}", issued.id()));
        let check = async |no: &str| world.nobody().get(format!("/public/certificates/{no}")).await;
        let shown = check(&no.to_lowercase().replace('-', "")).await.expect(200);
        assert_eq!((shown.text("holder_initials"), shown["is_valid"].as_bool()), ("T. T. Â.".into(), Some(true)));
        assert!(!shown.body().contains("Ân"), "{shown:?}");
        let unknown = check("2026-0000-0000").await.expect(404);
        assert_eq!(unknown["detail"], check("nonsense").await.expect(404)["detail"]);
        // Proposed by one, decided by another; meanwhile it is good.
        act(&chair, &certificate, "revocation-proposals", json!({ "reason": "Cấp nhầm" })).await.expect(200);
        assert_eq!(check(&no).await.expect(200).text("status"), "issued");
        act(&chair, &certificate, "revocations", json!({})).await.expect(409).about("", "decided_by_another");
        act(&leader, &certificate, "revocations", json!({})).await.expect(200);
        assert_eq!(check(&no).await.expect(200)["is_valid"], json!(false));
        let again = act(&leader, &certificate, "reissues", json!({})).await.expect(201);
        assert_eq!((again.text("status"), again["replaces_id"].clone()), ("issued".into(), json!(issued.id())));
        assert_ne!(again.text("certificate_no"), no);
        assert_eq!(check(&no).await.expect(200).text("status"), "reissued");
        let steps = chair.get(format!("{certificate}/events")).await.expect(200).each("action");
        assert_eq!(steps, ["issue", "propose_revocation", "revoke", "reissue"]);
        world.check_books();
    });
}

#[test]
fn a_full_course_has_a_waiting_list_that_moves_up() {
    on_both(async |world| {
        let chair = world.chair_of("Vĩnh Hải");
        let mut people = Vec::new();
        for name in ["Tô Thị Một", "Tô Thị Hai", "Tô Thị Ba"] {
            people.push(officer(&world, name).await);
        }
        let all: Vec<&String> = people.iter().collect();
        let held = hold(&chair, &chair, deputies(&world, 1), 12, &all, Until::Invited).await;
        let course = format!("/courses/{}", held.course);
        let one = |place: usize| format!("/enrolments/{}", held.enrolments[place]);
        let confirm = async |place: usize| act(&chair, one(place), "confirmations", json!({})).await.expect(200).text("status");
        assert_eq!(confirm(0).await, "confirmed");
        assert_eq!(status(&chair, &course).await, "full");
        assert_eq!((confirm(1).await, confirm(2).await), ("waiting".into(), "waiting".into()));
        // The one who has waited longest has been taken elsewhere at that time: she is passed over.
        let elsewhere = hold(&chair, &chair, deputies(&world, 5), 12, &[&people[1]], Until::Confirmed).await;
        act(&chair, one(0), "declines", json!({ "reason": "Bận" })).await.expect(200);
        assert_eq!(status(&chair, one(1)).await, "waiting");
        assert_eq!(status(&chair, one(2)).await, "confirmed");
        assert_eq!(status(&chair, &course).await, "full");
        // More places, and she is free again.
        act(&chair, format!("/courses/{}", elsewhere.course), "cancellations", json!({ "reason": "Bão" })).await.expect(200);
        let seen = chair.get(&course).await.expect(200).version();
        let grown = chair.patch(&course, seen, json!({ "quota": 3 })).await.expect(200);
        assert_eq!((grown.text("status"), grown["confirmed_count"].as_i64()), ("open".into(), Some(2)));
        assert_eq!(status(&chair, one(1)).await, "confirmed");
        let steps = chair.get(format!("{}/events", one(1))).await.expect(200).each("action");
        assert_eq!(steps, ["invite", "confirm", "move_up"]);
        // Nobody is in two places.
        let two = hold(&chair, &chair, deputies(&world, 5), 12, &[&people[2]], Until::Invited).await;
        let clash = act(&chair, format!("/enrolments/{}", two.enrolments[0]), "confirmations", json!({})).await;
        clash.expect(409).about("", "trainee_busy");
        world.check_books();
    });
}

/// Two at once for the last place: one has it, the other waits.
#[test]
fn the_last_place_is_given_once() {
    on_both(async |world| {
        let chair = world.chair_of("Vĩnh Hải");
        let (ana, binh) = (officer(&world, "Tô Thị Ân").await, officer(&world, "Tô Thị Bình").await);
        for slot in 12..16 {
            let held = hold(&chair, &chair, deputies(&world, 1), slot, &[&ana, &binh], Until::Invited).await;
            let asks = held.enrolments.iter().map(|one| {
                let ask = chair.act(format!("/enrolments/{one}/confirmations"), 1, json!({}));
                async move { ask.await.expect(200).text("status") }
            });
            let mut told = futures_util::future::join_all(asks).await;
            told.sort();
            assert_eq!(told, ["confirmed", "waiting"]);
            check_invariants(&world, "two at once");
        }
    });
}

#[test]
fn trainers_and_trainees_are_in_one_place_at_a_time() {
    on_both(async |world| {
        let chair = world.chair_of("Vĩnh Hải");
        let (ana, binh) = (officer(&world, "Tô Thị Ân").await, officer(&world, "Tô Thị Bình").await);
        let held = hold(&chair, &chair, deputies(&world, 5), 12, &[&ana], Until::Confirmed).await;
        let other = chair.post("/courses", deputies(&world, 5)).await.expect(201).id();
        let taught = |slot: usize, by: &str| {
            let mut body = session(slot);
            body["trainers"] = json!([{ "member_id": by }]);
            body
        };
        let add = async |body: Value| chair.post(format!("/courses/{other}/sessions"), body).await;
        // A trainee elsewhere, a trainer elsewhere.
        add(taught(12, &ana)).await.expect(422).about("/trainers/0/member_id", "trainer_busy");
        let made = add(taught(13, &binh)).await.expect(201);
        let third = chair.post("/courses", deputies(&world, 5)).await.expect(201).id();
        let clash = chair.post(format!("/courses/{third}/sessions"), taught(13, &binh)).await.expect(422);
        clash.about("/trainers/0/member_id", "trainer_busy");
        add(session(13)).await.expect(422).about("/starts_at", "sessions_overlap");
        // Moved into the way of a trainee.
        act(&chair, format!("/courses/{other}"), "schedulings", json!({})).await.expect(200);
        act(&chair, format!("/courses/{other}"), "openings", json!({})).await.expect(200);
        let invited = act(&chair, format!("/courses/{other}"), "invitations", json!({ "member_ids": [ana] })).await.expect(201);
        let enrolment = format!("/enrolments/{}", invited.each("id")[0]);
        act(&chair, enrolment, "confirmations", json!({})).await.expect(200);
        let path = format!("/training-sessions/{}", made.id());
        let moved = session(12);
        let moved = json!({ "starts_at": moved["starts_at"], "ends_at": moved["ends_at"] });
        chair.patch(&path, made.version(), moved).await.expect(422).about("/starts_at", "trainee_busy");
        for (change, pointer, code) in [
            (json!({ "ends_at": format!("{}T13:00:00.000Z", days_ago(2)) }), "/ends_at", "before_start"),
            (json!({ "theory_minutes": 500 }), "/theory_minutes", "minutes_do_not_fit"),
            (json!({ "place": null }), "/place", "required"),
            (json!({ "trainers": [{}] }), "/trainers/0", "one_of_two"),
        ] {
            chair.patch(&path, made.version(), change).await.expect(422).about(pointer, code);
        }
        assert_eq!(chair.get(format!("/courses/{}", held.course)).await.expect(200)["discussion_rate"], "0.40");
        // To have taught is no completion.
        assert!(chair.get(format!("/officers/{binh}/course-completions")).await.expect(200).items().is_empty());
    });
}

/// Makes an account say who it belongs to, before it is first used.
fn belongs(world: &World, account: &str, member: &str) {
    let (member, account) = (world.database().id(member), world.database().id(&world.cast().accounts[account]));
    world.database().execute(&format!("UPDATE accounts SET member_id = {member} WHERE id = {account}"));
}

#[test]
fn attendance_from_the_list_and_by_a_code() {
    on_both(async |world| {
        let chair = world.chair_of("Vĩnh Hải");
        let (ana, binh) = (officer(&world, "Tô Thị Ân").await, officer(&world, "Tô Thị Bình").await);
        // An account without any role in trainings: it is hers, and that is enough for what is her own.
        belongs(&world, "it.hai", &ana);
        let own = world.user("it.hai");
        let held = hold(&chair, &chair, deputies(&world, 5), 12, &[&ana, &binh], Until::Invited).await;
        let one = |place: usize| format!("/enrolments/{}", held.enrolments[place]);
        own.get(one(1)).await.expect(404);
        own.act(format!("{}/confirmations", one(1)), 1, json!({})).await.expect(404);
        assert_eq!(own.get(one(0)).await.expect(200).actions(), ["confirm", "decline"]);
        act(&own, one(0), "confirmations", json!({})).await.expect(200);
        own.act(format!("{}/results", one(0)), 2, json!({ "result": "passed" })).await.expect(403);
        act(&chair, one(1), "confirmations", json!({})).await.expect(200);

        let session = format!("/training-sessions/{}", held.session);
        let given = chair.post(format!("{session}/attendance-codes"), json!({ "minutes": 15 })).await.expect(201);
        assert_eq!(given.header("cache-control"), Some("no-store"));
        let code = given.text("code");
        let check_in = async |by: &Caller, code: &str, member: Option<&String>| {
            by.post("/training-attendances/check-ins", json!({ "code": code, "member_id": member })).await
        };
        check_in(&own, "0000-0000", None).await.expect(422).about("/code", "invalid_code");
        check_in(&own, &code, Some(&binh)).await.expect(422).about("/code", "invalid_code");
        check_in(&world.user("chihoi.vangia"), &code, Some(&binh)).await.expect(422).about("/code", "invalid_code");
        check_in(&chair, &code, None).await.expect(422).about("/member_id", "required");
        assert_eq!(status(&chair, format!("/courses/{}", held.course)).await, "open");
        let there = check_in(&own, &code.to_lowercase(), None).await.expect(200);
        assert_eq!(there["attended_minutes"].as_i64(), Some(50));
        // The first attendance starts the course.
        assert_eq!(status(&chair, format!("/courses/{}", held.course)).await, "running");
        check_in(&world.user("chihoi.duongde"), &code, Some(&binh)).await.expect(200);
        let kept = world.database().number("SELECT count(*) AS value FROM attendance_codes");
        assert_eq!(kept, 1);
        world.database().execute("UPDATE attendance_codes SET expires_at = 1");
        check_in(&own, &code, None).await.expect(422).about("/code", "invalid_code");

        // From the list: she left early, so her share is too small.
        let seen = chair.get(&session).await.expect(200).version();
        let part =
            |minutes: i64| json!({ "items": [{ "enrolment_id": held.enrolments[1], "mark": "present", "minutes": minutes }] });
        chair.act(format!("{session}/attendances"), seen, part(51)).await.expect(422).about("/items/0/minutes", "too_late");
        let list = chair.act(format!("{session}/attendances"), seen, part(39)).await.expect(200);
        let sources: Vec<String> = list.each("source");
        assert_eq!(sources, ["code", "list"]);
        act(&chair, one(1), "results", json!({ "result": "passed" })).await.expect(409).about("", "attendance_open");
        act(&chair, &session, "attendance-closings", json!({})).await.expect(200);
        act(&chair, one(1), "results", json!({ "result": "passed" })).await.expect(422).about("/result", "attended_too_little");
        // Closed: changes need a reason. 40 of 50 minutes are 80 percent.
        act(&chair, &session, "attendances", part(40)).await.expect(422).about("/reason", "reason_after_closing");
        let mut why = part(40);
        why["reason"] = json!("Ghi nhầm");
        act(&chair, &session, "attendances", why).await.expect(200);
        act(&chair, one(1), "results", json!({ "result": "passed" })).await.expect(200);
        // Trainees of others are not in a branch head's list.
        let seen = world.user("cum.nhatrang").get(format!("{session}/attendances")).await.expect(200);
        assert_eq!(seen.items().len(), 2);
        world.check_books();
    });
}

/// Check-ins are limited like look-ups: the code cannot be guessed.
#[test]
fn check_ins_and_public_checks_are_limited() {
    on_both_with(
        |config| config.rate_limit_lookup = 3,
        async |world| {
            let chair = world.chair_of("Vĩnh Hải");
            let mut told = Vec::new();
            for _ in 0..5 {
                told.push(chair.post("/training-attendances/check-ins", json!({ "code": "0000-0000" })).await.status);
            }
            assert_eq!(told, [422, 422, 422, 429, 429]);
            let mut told = Vec::new();
            for _ in 0..5 {
                told.push(world.nobody().get("/public/certificates/2026-0000-0000").await.status);
            }
            assert_eq!(told, [404, 404, 404, 429, 429]);
        },
    );
}

#[test]
fn a_cancelled_course_lets_everybody_go() {
    on_both(async |world| {
        let chair = world.chair_of("Vĩnh Hải");
        let ana = officer(&world, "Tô Thị Ân").await;
        let need = json!({ "member_id": ana, "category": "digital", "year": 2027, "reason": "request" });
        let need = format!("/training-needs/{}", chair.post("/training-needs", need).await.expect(201).id());
        act(&chair, &need, "acceptances", json!({})).await.expect(200);
        let item = &world.cast().inside.trainings.plan_item;
        act(&chair, &need, "plannings", json!({ "plan_item_id": item })).await.expect(200);
        let mut new = deputies(&world, 5);
        new["plan_item_id"] = json!(item);
        new["category"] = json!("digital");
        let held = hold(&chair, &chair, new, 12, &[&ana], Until::Confirmed).await;
        let cancelled =
            act(&chair, format!("/courses/{}", held.course), "cancellations", json!({ "reason": "Bão" })).await.expect(200);
        assert_eq!((cancelled.text("status"), cancelled["confirmed_count"].as_i64()), ("cancelled".into(), Some(0)));
        assert_eq!(status(&chair, format!("/enrolments/{}", held.enrolments[0])).await, "released");
        let back = chair.get(&need).await.expect(200);
        assert_eq!((back.text("status"), back["plan_item_id"].clone()), ("accepted".into(), Value::Null));
        let session = chair.get(format!("/training-sessions/{}", held.session)).await.expect(200);
        assert_eq!(session["is_cancelled"], json!(true));
        world.check_books();
    });
}

#[test]
fn needs_are_found_once_from_the_gaps() {
    on_both(async |world| {
        let chair = world.chair_of("Vĩnh Hải");
        let round = async |year: i64| {
            chair
                .post("/training-needs/generations", json!({ "unit_id": world.unit("Đường Đệ"), "year": year }))
                .await
                .expect(201)
        };
        let first = round(2028).await;
        // The branch head lacks the certificate that her standard asks for; the core member has no course of her three, though
        // she came in the middle of the term and is not yet due. The two
        // needs of 2027 that were open or accepted end with their year.
        let found = chair.get("/training-needs?year=2028").await.expect(200);
        let counts = (first["created_count"].as_i64(), first["carried_over_count"].as_i64());
        assert_eq!(counts, (Some(2), Some(2)), "{found:?}");
        let mut told: Vec<(String, String, String)> = (0..2)
            .map(|place| {
                (
                    found.each("member_id")[place].clone(),
                    found.each("category")[place].clone(),
                    found.each("reason")[place].clone(),
                )
            })
            .collect();
        told.sort();
        let side = &world.cast().inside;
        let mut wanted = vec![
            (side.officer.clone(), "union_work".into(), "title_standard".into()),
            (side.core.clone(), "information_gathering".into(), "required_courses".into()),
        ];
        wanted.sort();
        assert_eq!(told, wanted);
        let again = round(2028).await;
        assert_eq!((again["created_count"].as_i64(), again["covered_count"].as_i64()), (Some(0), Some(2)));
        // In this year she has passed a course of the category: nothing is found for her.
        let now = round(year()).await;
        assert_eq!((now["created_count"].as_i64(), now["covered_count"].as_i64()), (Some(1), Some(1)));
        world.check_books();
    });
}

#[test]
fn coverage_counts_people_and_proposes_who_lacks_most() {
    on_both(async |world| {
        let (chair, board) = (world.chair_of("Vĩnh Hải"), world.board());
        let deputy = json!({ "audience": "branch_deputy", "categories": ["union_work"], "min_count": 2, "grace_days": 180,
                             "valid_from": "2016-01-01", "legal_basis": "14-HD/ĐCT" });
        board.post("/training-requirements", deputy).await.expect(201);
        let (ana, binh, cuc) =
            (officer(&world, "Tô Thị Ân").await, officer(&world, "Tô Thị Bình").await, officer(&world, "Tô Thị Cúc").await);
        // Who came late in the term is not yet due.
        let chi = json!({ "full_name": "Tô Thị Chi", "date_of_birth": "1985-05-05", "unit_id": world.unit("Đường Đệ"), "joined_on": "2010-03-08" });
        let chi = chair.post("/members", chi).await.expect(201).id();
        let post = json!({ "member_id": chi, "unit_id": world.unit("Đường Đệ"), "post": "branch_deputy", "manner": "elected",
                           "is_full_time": false, "seat_kind": "core", "starts_on": days_ago(20) });
        chair.post("/appointments", post).await.expect(201);
        hold(&chair, &chair, deputies(&world, 5), 12, &[&ana, &binh], Until::Passed).await;
        hold(&chair, &chair, deputies(&world, 5), 13, &[&ana], Until::Passed).await;
        let base = world.unit("Đường Đệ");
        let term = &world.cast().inside.term;
        let asked = format!("/units/{base}/training-coverage?audience=branch_deputy&term_id={term}");
        let coverage = chair.get(&asked).await.expect(200);
        let told = |id: &String| {
            let one = coverage.items().iter().find(|one| one["id"] == **id).unwrap();
            (
                one["completion_count"].as_i64().unwrap(),
                one["lacking_count"].as_i64().unwrap(),
                one["state"].as_str().unwrap().to_owned(),
            )
        };
        assert_eq!(told(&ana), (2, 0, "met".into()));
        assert_eq!(told(&binh), (1, 1, "lacking".into()));
        assert_eq!(told(&cuc), (0, 2, "lacking".into()));
        assert_eq!(told(&chi), (0, 2, "not_yet_due".into()));
        // Page by page the same people, each once.
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = chair.get(format!("{asked}&limit=1{cursor}")).await.expect(200);
            seen.extend(page.each("id"));
            let Some(next) = page["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(seen, coverage.each("id"));
        let figures = chair.get(asked.replace("training-coverage?", "training-coverage-summary?")).await.expect(200);
        assert_eq!(
            (&figures["numerator"], &figures["denominator"], &figures["not_yet_due_count"], &figures["coverage_rate"]),
            (&json!(1), &json!(3), &json!(1), &json!("0.3333"))
        );
        // A term before: nobody has anything in it.
        let past = json!({ "unit_id": base, "ordinal": "IV", "name": "Nhiệm kỳ trước", "starts_on": "2015-01-01", "ends_on": "2020-01-01" });
        let past = board.post("/terms", past).await.expect(201).id();
        let before =
            chair.get(format!("/units/{base}/training-coverage?audience=branch_deputy&term_id={past}")).await.expect(200);
        assert!(before.items().iter().all(|one| one["completion_count"] == 0), "{before:?}");

        // Who lacks most is proposed first, who is enrolled or has it is not before her.
        let next = hold(&chair, &chair, deputies(&world, 5), 14, &[&binh], Until::Invited).await;
        let proposed = chair.get(format!("/courses/{}/invitation-proposals?count=10", next.course)).await.expect(200);
        let ids = proposed.each("member_id");
        let place = |id: &String| ids.iter().position(|one| one == id);
        assert_eq!((place(&cuc), place(&binh)), (Some(0), None));
        assert!(place(&chi) < place(&ana), "{proposed:?}");
        // A completion survives a move to another unit.
        let moved = json!({ "to_unit_id": world.unit("Ba Làng"), "effective_on": days_ago(1) });
        let version = chair.get(format!("/members/{ana}")).await.expect(200).version();
        let asked = chair.act(format!("/members/{ana}/transfers"), version, moved);
        let token = asked.clone().await.expect(409).because("confirmation_required").text("confirmation_token");
        asked.header("confirm", token).await.expect(200);
        assert_eq!(chair.get(format!("/officers/{ana}/course-completions")).await.expect(200).items().len(), 2);
        world.check_books();
    });
}

#[test]
fn calendars_of_people_and_units_and_by_secret_addresses() {
    on_both(async |world| {
        let chair = world.chair_of("Vĩnh Hải");
        let ana = officer(&world, "Tô Thị Ân").await;
        belongs(&world, "kiemtra", &ana);
        let held = hold(&chair, &chair, deputies(&world, 5), 12, &[&ana], Until::Confirmed).await;
        let entry = format!("UID:{}@hoicoso", held.session);
        let own = world.user("kiemtra");
        let ics = chair.get(format!("/officers/{ana}/training-sessions.ics")).await.expect(200);
        assert!(ics.header("content-type").unwrap().starts_with("text/calendar") && ics.body().contains(&entry), "{ics:?}");
        assert!(
            chair
                .get(format!("/units/{}/training-sessions.ics", world.unit("Đường Đệ")))
                .await
                .expect(200)
                .body()
                .contains(&entry)
        );

        let subscribe = async |by: &Caller, body: Value| by.post("/calendar-feeds", body).await;
        subscribe(&chair, json!({ "kind": "mine" })).await.expect(422).about("/kind", "account_without_person");
        subscribe(&chair, json!({ "kind": "unit" })).await.expect(422).about("/unit_id", "required");
        subscribe(&chair, json!({ "kind": "unit", "unit_id": world.unit("Vạn Giã") }))
            .await
            .expect(422)
            .about("/unit_id", "unknown_unit");
        let mine = subscribe(&own, json!({ "kind": "mine" })).await.expect(201);
        let unit = subscribe(&chair, json!({ "kind": "unit", "unit_id": world.unit("Vĩnh Hải") })).await.expect(201);
        let secret = |answer: &Answer| answer.text("address").rsplit('/').next().unwrap().to_owned();
        let (mine_at, unit_at) = (secret(&mine), secret(&unit));
        let read = async |secret: &str| world.nobody().get(format!("/calendar-feeds/{secret}")).await;
        assert!(read(&mine_at).await.expect(200).body().contains(&entry));
        assert!(read(&unit_at).await.expect(200).body().contains(&entry));
        assert!(!own.get("/calendar-feeds").await.expect(200).body().contains(&mine_at));
        // Revoked, it gives nothing; somebody else cannot revoke it.
        let feed = mine["feed"]["id"].as_str().unwrap();
        chair.act(format!("/calendar-feeds/{feed}/revocations"), 1, json!({})).await.expect(404);
        own.act(format!("/calendar-feeds/{feed}/revocations"), 1, json!({})).await.expect(200);
        let gone = read(&mine_at).await.expect(404);
        // Without the right of that moment neither.
        let account = world.database().id(&world.cast().accounts["chutich.vinhhai"]);
        world.database().execute(&format!("UPDATE role_assignments SET valid_to = valid_from WHERE principal_id = {account}"));
        assert_eq!(read(&unit_at).await.expect(404)["detail"], gone["detail"]);
        assert_eq!(read("nonsense").await.expect(404)["detail"], gone["detail"]);
    });
}

#[test]
fn what_others_hold_is_not_there() {
    on_both(async |world| {
        let (here, there) = (&world.cast().inside.trainings, &world.cast().outside.trainings);
        let ids = async |by: &Caller, path: &str| by.get(format!("/{path}?limit=200")).await.expect(200).each("id");
        // A branch sees what units above it hold, and nothing of elsewhere.
        let branch = world.user("chihoi.duongde");
        let courses = ids(&branch, "courses").await;
        assert!(courses.contains(&here.course) && !courses.contains(&there.course));
        let plans = ids(&branch, "training-plans").await;
        assert!(plans.contains(&here.plan) && !plans.contains(&there.plan));
        assert!(branch.get(format!("/courses/{}", here.course_open)).await.expect(200).actions().is_empty());
        // Its own people's parts in it, and no others.
        assert!(ids(&branch, "enrolments").await.contains(&here.enrolment));
        assert!(!ids(&world.user("hai.vai"), "enrolments").await.contains(&here.enrolment));
        for path in ["training-needs", "enrolments", "certificates", "courses"] {
            let (own, other) = (ids(&world.chair_of("Vĩnh Hải"), path).await, ids(&world.chair_of("Vạn Giã"), path).await);
            assert!(!own.is_empty() && own.iter().all(|id| !other.contains(id)), "{path}");
        }
        // A course of the province is there for everybody.
        let body = course(&world.unit("Khánh Hòa"), 50);
        let wide = world.board().post("/courses", body).await.expect(201).id();
        assert!(ids(&branch, "courses").await.contains(&wide));
        branch.patch(format!("/courses/{wide}"), 1, json!({ "title": "Khác" })).await.expect(403);
        // Nobody holds courses in a branch.
        let small = course(&world.unit("Đường Đệ"), 5);
        world.board().post("/courses", small).await.expect(422).about("/unit_id", "holds_no_courses");
        // A department keeps its own courses only.
        let department = world.user("chuyenmon");
        department.patch(format!("/courses/{wide}"), 1, json!({ "title": "Khác" })).await.expect(403);
        let own = department.post("/courses", course(&world.unit("Khánh Hòa"), 5)).await.expect(201);
        department.patch(format!("/courses/{}", own.id()), 1, json!({ "title": "Khác" })).await.expect(200);
    });
}

// ---- every cell of the machines, as the domain guide (7.1, 6.3) has them

const ORGANISERS: &[Role] = &[BaseEditor, BasePresident, ProvinceOrg];
const MAKERS: &[Role] = &[BaseEditor, BasePresident, ProvinceOrg, ProvinceSpecialist];
const LEADERS: &[Role] = &[BasePresident, ProvinceLeader];
const HER_UNIT: &[Role] = &[BranchHead, BaseEditor, BasePresident];
const DECIDERS: &[Role] = &[BasePresident, ProvinceOrg];
const PROPOSERS: &[Role] = &[BranchHead, BaseEditor, BasePresident, ProvinceOrg];

#[test]
fn every_cell_of_needs() {
    on_both(async |world| {
        let side = &world.cast().inside;
        let chair = world.chair_of("Vĩnh Hải");
        let rules = [
            Rule::new("accept", "acceptances", DECIDERS, &["proposed"]).to(&["accepted"]),
            Rule::new("reject", "rejections", DECIDERS, &["proposed"]).to(&["rejected"]).body(json!({ "reason": "Đã học" })),
            Rule::new("resubmit", "resubmissions", PROPOSERS, &["rejected"]).to(&["proposed"]),
            Rule::new("plan", "plannings", ORGANISERS, &["accepted"])
                .to(&["planned"])
                .body(json!({ "plan_item_id": side.trainings.plan_item })),
        ];
        let need = async |member: &str, category: &str, year: i64| {
            let body = json!({ "member_id": member, "category": category, "year": year, "reason": "request" });
            chair.post("/training-needs", body).await.expect(201).id()
        };
        let carried = need(&side.core, "other", 2020).await;
        chair.post("/training-needs/generations", json!({ "unit_id": world.unit("Đường Đệ"), "year": 2021 })).await.expect(201);
        let planned = need(&side.core, "digital", 2027).await;
        let path = format!("/training-needs/{planned}");
        act(&chair, &path, "acceptances", json!({})).await.expect(200);
        act(&chair, &path, "plannings", json!({ "plan_item_id": side.trainings.plan_item })).await.expect(200);
        let completed = need(&side.core, "union_work", year()).await;
        hold(&chair, &chair, course(&side.base, 5), 12, &[&side.core], Until::Passed).await;
        let states = ["proposed", "accepted", "rejected", "planned", "completed", "carried_over"];
        let cells = walk(&world, "/training-needs", &states, &rules, async |state, _| match state {
            "proposed" => side.trainings.need.clone(),
            "accepted" => side.trainings.need_accepted.clone(),
            "rejected" => side.trainings.need_rejected.clone(),
            "planned" => planned.clone(),
            "completed" => completed.clone(),
            _ => carried.clone(),
        })
        .await;
        assert_eq!(cells, 6 * 4 * Role::ALL.len());
    });
}

#[test]
fn every_cell_of_plans() {
    on_both(async |world| {
        let side = &world.cast().inside;
        let chair = world.chair_of("Vĩnh Hải");
        let rules = [
            Rule::new("submit", "submissions", ORGANISERS, &["draft"]).to(&["submitted"]),
            Rule::new("return", "returns", LEADERS, &["submitted"]).to(&["draft"]).body(json!({ "reason": "Vượt dự toán" })),
            Rule::new("approve", "approvals", LEADERS, &["submitted"]).to(&["approved"]),
            Rule::new("amend", "amendments", ORGANISERS, &["approved"])
                .to(&["approved"])
                .body(json!({ "items": [line()], "reason": "Bổ sung" })),
            Rule::new("close", "closures", ORGANISERS, &["approved"]).to(&["closed"]),
        ];
        let body = json!({ "unit_id": side.base, "year": 2035, "title": "Kế hoạch", "items": [line()] });
        let closed = chair.post("/training-plans", body).await.expect(201).id();
        for noun in ["submissions", "approvals", "closures"] {
            act(&chair, format!("/training-plans/{closed}"), noun, json!({})).await.expect(200);
        }
        let states = ["draft", "submitted", "approved", "closed"];
        let cells = walk(&world, "/training-plans", &states, &rules, async |state, _| match state {
            "draft" => side.trainings.plan.clone(),
            "submitted" => side.trainings.plan_submitted.clone(),
            "approved" => side.trainings.plan_approved.clone(),
            _ => closed.clone(),
        })
        .await;
        assert_eq!(cells, 4 * 5 * Role::ALL.len());
    });
}

#[test]
fn every_cell_of_courses() {
    on_both(async |world| {
        let side = &world.cast().inside;
        let (chair, keeper) = (world.chair_of("Vĩnh Hải"), world.user("walk.province_specialist"));
        let before: &[&str] = &["draft", "scheduled", "open", "full"];
        let rules = [
            Rule::new("schedule", "schedulings", MAKERS, &["draft"]).to(&["scheduled"]),
            Rule::new("open", "openings", MAKERS, &["scheduled"]).to(&["open"]),
            Rule::new("invite", "invitations", MAKERS, &["scheduled", "open", "full"]).body(json!({ "member_ids": [side.core] })),
            Rule::new("start", "starts", MAKERS, &["open", "full"]).to(&["running"]),
            Rule::new("complete", "completions", MAKERS, &["running"]).to(&["completed"]),
            Rule { from: &["draft", "scheduled", "open", "full"], ..Rule::new("cancel", "cancellations", MAKERS, &[]) }
                .to(&["cancelled"])
                .body(json!({ "reason": "Bão" })),
        ];
        assert_eq!(rules[5].from, before);
        let held = async |slot: usize, quota: i64, trainees: &[&String], until: Until| {
            hold(&keeper, &chair, course(&side.base, quota), slot, trainees, until).await.course
        };
        let full = held(12, 1, &[&side.officer], Until::Confirmed).await;
        let completed = held(13, 5, &[&side.officer], Until::Passed).await;
        act(&keeper, format!("/courses/{completed}"), "completions", json!({})).await.expect(200);
        let cancelled = held(14, 5, &[], Until::Scheduled).await;
        act(&keeper, format!("/courses/{cancelled}"), "cancellations", json!({ "reason": "Bão" })).await.expect(200);
        let states = ["draft", "scheduled", "open", "full", "running", "completed", "cancelled"];
        let cells = walk(&world, "/courses", &states, &rules, async |state, _| match state {
            "draft" => side.trainings.course.clone(),
            "scheduled" => side.trainings.course_scheduled.clone(),
            "open" => side.trainings.course_open.clone(),
            "full" => full.clone(),
            "running" => side.trainings.course_finished.clone(),
            "completed" => completed.clone(),
            _ => cancelled.clone(),
        })
        .await;
        assert_eq!(cells, 7 * 6 * Role::ALL.len());
    });
}

#[test]
fn every_cell_of_enrolments() {
    on_both(async |world| {
        let side = &world.cast().inside;
        let (chair, keeper) = (world.chair_of("Vĩnh Hải"), world.user("walk.province_specialist"));
        let rules = [
            Rule::new("confirm", "confirmations", HER_UNIT, &["invited"]).to(&["confirmed", "waiting"]),
            Rule::new("decline", "declines", HER_UNIT, &["invited", "confirmed", "waiting"]).to(&["declined"]),
            Rule::new("grade", "results", MAKERS, &["confirmed"]).to(&["passed"]).body(json!({ "result": "passed" })),
        ];
        let held = async |slot: usize, quota: i64, trainees: &[&String], until: Until| {
            hold(&keeper, &chair, course(&side.base, quota), slot, trainees, until).await
        };
        let (officer, core) = (&side.officer, &side.core);
        let confirmed = held(12, 5, &[officer], Until::Confirmed).await.enrolments[0].clone();
        let waiting = held(13, 1, &[officer, core], Until::Confirmed).await.enrolments[1].clone();
        let declined = held(14, 5, &[officer], Until::Invited).await.enrolments[0].clone();
        act(&chair, format!("/enrolments/{declined}"), "declines", json!({})).await.expect(200);
        let released = held(15, 5, &[officer], Until::Invited).await;
        act(&keeper, format!("/courses/{}", released.course), "cancellations", json!({ "reason": "Bão" })).await.expect(200);
        let ended = held(16, 5, &[officer, core], Until::Attended).await.enrolments;
        for (one, result) in ended.iter().zip(["not_passed", "dropped"]) {
            act(&keeper, format!("/enrolments/{one}"), "results", json!({ "result": result })).await.expect(200);
        }
        let states = ["invited", "confirmed", "waiting", "declined", "released", "passed", "not_passed", "dropped"];
        let cells = walk(&world, "/enrolments", &states, &rules, async |state, action| match (state, action) {
            ("invited", _) => side.trainings.enrolment.clone(),
            ("confirmed", "grade") => side.trainings.enrolment_attended.clone(),
            ("confirmed", _) => confirmed.clone(),
            ("waiting", _) => waiting.clone(),
            ("declined", _) => declined.clone(),
            ("released", _) => released.enrolments[0].clone(),
            ("passed", _) => side.trainings.enrolment_passed.clone(),
            ("not_passed", _) => ended[0].clone(),
            _ => ended[1].clone(),
        })
        .await;
        assert_eq!(cells, 8 * 3 * Role::ALL.len());
    });
}

#[test]
fn every_cell_of_certificates() {
    on_both(async |world| {
        let things = &world.cast().inside.trainings;
        let chair = world.chair_of("Vĩnh Hải");
        let rules = [
            Rule::new("propose_revocation", "revocation-proposals", ORGANISERS, &["issued"])
                .to(&["revocation_proposed"])
                .body(json!({ "reason": "Cấp nhầm" })),
            Rule::new("revoke", "revocations", LEADERS, &["revocation_proposed"]).to(&["revoked"]),
            Rule::new("refuse_revocation", "revocation-refusals", LEADERS, &["revocation_proposed"]).to(&["issued"]),
            // The answer is the new one.
            Rule::new("reissue", "reissues", LEADERS, &["revoked"]).to(&["issued"]),
        ];
        let issued =
            chair.post(format!("/enrolments/{}/certificates", things.enrolment_passed), json!({})).await.expect(201).id();
        let reissued = format!("/certificates/{issued}");
        act(&world.board(), &reissued, "revocation-proposals", json!({ "reason": "Cấp nhầm" })).await.expect(200);
        act(&chair, &reissued, "revocations", json!({})).await.expect(200);
        act(&chair, &reissued, "reissues", json!({})).await.expect(201);
        let states = ["issued", "revocation_proposed", "revoked", "reissued"];
        let cells = walk(&world, "/certificates", &states, &rules, async |state, _| match state {
            "issued" => things.certificate.clone(),
            "revocation_proposed" => things.certificate_proposed.clone(),
            "revoked" => things.certificate_revoked.clone(),
            _ => issued.clone(),
        })
        .await;
        assert_eq!(cells, 4 * 4 * Role::ALL.len());
    });
}

// ---- whatever is done, in whatever order

/// Numbers that look like chance and are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % most
    }
}

/// What must hold after every step (7.1, invariants).
fn check_invariants(world: &World, did: &str) {
    let count = |sql: &str| world.database().number(&format!("SELECT count(*) AS value FROM {sql}"));
    // Nobody has a place in two sessions at the same time.
    let twice = "enrolments a JOIN enrolments b ON a.member_id = b.member_id AND a.course_id < b.course_id \
        JOIN training_sessions s ON s.course_id = a.course_id JOIN training_sessions t ON t.course_id = b.course_id \
        WHERE a.status = 'confirmed' AND b.status = 'confirmed' AND s.starts_at < t.ends_at AND t.starts_at < s.ends_at";
    assert_eq!(count(twice), 0, "in two places: {did}");
    // Places are counted, and no more are given than there are; full is what has none left.
    let miscounted = "courses c WHERE c.status IN ('open', 'full') AND (c.confirmed_count > c.quota OR c.confirmed_count <> \
        (SELECT count(*) FROM enrolments e WHERE e.course_id = c.id AND e.status = 'confirmed') \
        OR (c.status = 'full') <> (c.confirmed_count >= c.quota))";
    assert_eq!(count(miscounted), 0, "places: {did}");
    // A completion for each pass, once a course; nothing else makes one.
    let unearned = "course_completions k WHERE NOT EXISTS (SELECT 1 FROM enrolments e WHERE e.course_id = k.course_id \
        AND e.member_id = k.member_id AND e.status = 'passed')";
    assert_eq!(count(unearned), 0, "a completion without a pass: {did}");
    assert_eq!(count("course_completions"), count("enrolments WHERE status = 'passed'"), "{did}");
    // Nobody is left hanging in what is over.
    let hanging = "enrolments e JOIN courses c ON c.id = e.course_id WHERE c.status IN ('completed', 'cancelled') \
        AND e.status IN ('invited', 'waiting', 'confirmed')";
    assert_eq!(count(hanging), 0, "left hanging: {did}");
    // What was attended is the sum of what was taken.
    let sums = "enrolments e WHERE e.attended_minutes <> COALESCE((SELECT sum(a.minutes) FROM attendances a WHERE a.enrolment_id = e.id), 0)";
    assert_eq!(count(sums), 0, "minutes: {did}");
}

#[test]
fn whatever_is_done_the_invariants_hold() {
    on_both(async |world| {
        let chair = world.chair_of("Vĩnh Hải");
        for seed in [7_u64, 2017] {
            let mut dice = Dice(seed);
            let mut people = Vec::new();
            for name in ["Một", "Hai", "Ba", "Bốn"] {
                people.push(officer(&world, &format!("Tô Thị {name} {seed}")).await);
            }
            let mut courses = Vec::new();
            for slot in [14, 14, 15] {
                let body = deputies(&world, 2);
                courses.push(hold(&chair, &chair, body, slot, &[], Until::Open).await);
            }
            let (mut good, mut refused) = (0, 0);
            for step in 0..90 {
                let held = &courses[dice.below(courses.len())];
                let person = &people[dice.below(people.len())];
                let (course, session) = (format!("/courses/{}", held.course), format!("/training-sessions/{}", held.session));
                let found = chair.get(format!("/enrolments?course_id={}&member_id={person}", held.course)).await.expect(200);
                let enrolment = found.each("id").first().map(|id| (id.clone(), format!("/enrolments/{id}")));
                // Endings are rare, else everything is over at once.
                let choice = dice.below(40);
                let answer = match (choice, enrolment) {
                    (0, _) => act(&chair, &course, "cancellations", json!({ "reason": "Bão" })).await,
                    (1, _) => act(&chair, &course, "completions", json!({})).await,
                    (2, _) => act(&chair, &course, "starts", json!({})).await,
                    (3, _) => act(&chair, &session, "attendance-closings", json!({})).await,
                    (4, _) => {
                        let version = chair.get(&course).await.expect(200).version();
                        chair.patch(&course, version, json!({ "quota": 1 + dice.below(4) })).await
                    }
                    (5 | 6, Some((_, path))) => {
                        let result = ["passed", "not_passed", "dropped"][dice.below(3)];
                        act(&chair, path, "results", json!({ "result": result })).await
                    }
                    (7 | 8, Some((id, _))) => {
                        let mark = ["present", "absent", "excused"][dice.below(3)];
                        act(
                            &chair,
                            &session,
                            "attendances",
                            json!({ "items": [{ "enrolment_id": id, "mark": mark }], "reason": "Sửa" }),
                        )
                        .await
                    }
                    (9..=20, Some((_, path))) => act(&chair, path, "declines", json!({})).await,
                    (21.., Some((_, path))) => act(&chair, path, "confirmations", json!({})).await,
                    (_, None) => act(&chair, &course, "invitations", json!({ "member_ids": [person] })).await,
                };
                let did = format!("seed {seed}, step {step}: {} {} -> {}", answer.method, answer.path, answer.status);
                match answer.status {
                    200 | 201 => good += 1,
                    409 | 422 => refused += 1,
                    _ => panic!("{did}: {answer:?}"),
                }
                check_invariants(&world, &did);
            }
            assert!(good > 15 && refused > 5, "seed {seed}: {good} went well, {refused} were refused");
        }
        world.check_books();
    });
}

/// Coverage of a whole province: page by page everybody once, and the figures are those of the pages. (How fast: the benchmark.)
#[test]
fn coverage_of_ten_thousand() {
    on_both(async |world| {
        let database = world.database();
        let (id, yes, coin) = match world.engine() {
            Engine::Sqlite => ("randomblob(16)", "1", "abs(random()) % 2 = 0"),
            Engine::Postgres => ("decode(replace(gen_random_uuid()::text, '-', ''), 'hex')", "true", "random() < 0.5"),
        };
        let day = |day: &str| if world.engine() == Engine::Sqlite { format!("'{day}'") } else { format!("DATE '{day}'") };
        let (unit, sample) = (database.id(&world.unit("Đường Đệ")), database.id(&world.cast().inside.officer));
        let columns: Vec<String> = database.columns("members");
        let copied = |column: &String| match column.as_str() {
            "id" => id.into(),
            "membership_no" => "'T' || n".into(),
            "national_id_sealed" | "national_id_hash" | "national_id_last3" => "NULL".into(),
            "unit_id" => unit.clone(),
            other => format!("m.{other}"),
        };
        let numbers = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 10000)";
        let values: Vec<String> = columns.iter().map(copied).collect();
        database.execute(&format!(
            "INSERT INTO members ({}) {numbers} SELECT {} FROM numbers, members m WHERE m.id = {sample}",
            columns.join(", "),
            values.join(", ")
        ));
        database.execute(&format!(
            "INSERT INTO appointments (id, version, created_at, updated_at, member_id, unit_id, post, manner, is_full_time, \
             seat_kind, starts_on, status) SELECT {id}, 1, 0, 0, id, {unit}, 'branch_deputy', 'elected', {yes}, 'core', {}, 'held' \
             FROM members WHERE membership_no LIKE 'T%'",
            day("2020-01-01")
        ));
        // One a course: so that there are three, the key is left aside here.
        database.execute("DROP INDEX IF EXISTS course_completions_once");
        let course = database.id(&world.cast().inside.trainings.course_finished);
        for month in 1..=3 {
            database.execute(&format!(
                "INSERT INTO course_completions (id, member_id, course_id, category, completed_on, recorded_at) \
                 SELECT {id}, id, {course}, 'union_work', {}, 0 FROM members WHERE membership_no LIKE 'T%' AND {coin}",
                day(&format!("2022-0{month}-01"))
            ));
        }
        let board = world.board();
        let address = format!("/units/{}/training-coverage", world.unit("Khánh Hòa"));
        let asked = format!("audience=full_time&term_id={}", world.cast().inside.term);
        let (mut cursor, mut seen, mut met, mut completions) = (String::new(), HashSet::new(), 0, 0);
        loop {
            let page = board.get(format!("{address}?{asked}&limit=200{cursor}")).await.expect(200);
            for item in page.items() {
                assert!(seen.insert(item["id"].to_string()), "twice: {item}");
                met += i64::from(item["state"] == "met");
                completions += item["completion_count"].as_i64().unwrap();
            }
            let Some(next) = page["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert!(seen.len() >= 10_000 && met > 1000, "{} {met}", seen.len());
        let figures = board.get(format!("{address}-summary?{asked}")).await.expect(200);
        let figure = |name: &str| figures[name].as_i64().unwrap();
        assert_eq!(figure("denominator") + figure("not_yet_due_count"), seen.len() as i64);
        assert_eq!((figure("numerator"), figure("completion_count")), (met, completions));
    });
}
