//! What there is of trainings in every world, who may do what with it, and requests that are right.

use hoicoso::access::Role::{
    self, BaseEditor, BasePresident, BranchHead, ClusterCoordinator, DistrictOfficer, Inspector, ProvinceLeader, ProvinceOrg,
    ProvinceSpecialist,
};
use serde_json::{Value, json};

use super::super::{
    ask::Caller,
    cast::{Cast, Side, enter},
    contract::Operation,
    days_ago, days_ahead, new_id,
    operations::{Row, anywhere, everybody, list, new, one, public},
    world::World,
};

/// One of each kind, in one place.
#[derive(Clone, Debug, Default)]
pub struct Things {
    pub requirement: String,
    pub need: String,
    pub need_accepted: String,
    pub need_rejected: String,
    pub plan: String,
    pub plan_submitted: String,
    pub plan_approved: String,
    pub plan_item: String,
    /// Courses in their states; each has a session.
    pub course: String,
    pub course_scheduled: String,
    /// The officer is invited.
    pub course_open: String,
    /// The officer has a place; its session is over and its attendance open.
    pub course_running: String,
    /// The officer has passed, and that is all.
    pub course_finished: String,
    pub session: String,
    pub session_running: String,
    pub enrolment: String,
    pub enrolment_running: String,
    /// Of a session whose attendance is closed.
    pub enrolment_attended: String,
    pub enrolment_passed: String,
    pub certificate: String,
    pub certificate_no: String,
    pub certificate_proposed: String,
    pub certificate_revoked: String,
    pub feed: String,
}

impl Things {
    /// Ids of nothing.
    pub fn nowhere() -> Self {
        Self {
            requirement: new_id(),
            need: new_id(),
            need_accepted: new_id(),
            need_rejected: new_id(),
            plan: new_id(),
            plan_submitted: new_id(),
            plan_approved: new_id(),
            plan_item: new_id(),
            course: new_id(),
            course_scheduled: new_id(),
            course_open: new_id(),
            course_running: new_id(),
            course_finished: new_id(),
            session: new_id(),
            session_running: new_id(),
            enrolment: new_id(),
            enrolment_running: new_id(),
            enrolment_attended: new_id(),
            enrolment_passed: new_id(),
            certificate: new_id(),
            certificate_no: "2020-0000-0000".into(),
            certificate_proposed: new_id(),
            certificate_revoked: new_id(),
            feed: new_id(),
        }
    }
}

/// A session of an hour, so many hours after a first one long ago.
pub fn session(slot: usize) -> Value {
    session_on(&days_ago(2), slot)
}

/// On another day.
pub fn session_on(day: &str, slot: usize) -> Value {
    let at = |minute: u32| format!("{day}T{slot:02}:{minute:02}:00.000Z");
    json!({ "topic": format!("Chuyên đề {slot}"), "starts_at": at(0), "ends_at": at(50), "place": "Hội trường",
            "theory_minutes": 20, "practice_minutes": 10, "discussion_minutes": 20,
            "trainers": [{ "name": "ThS. Trần Văn Bình" }] })
}

/// A course beside the plan, for branch heads and core members.
pub fn course(unit: &str, quota: i64) -> Value {
    json!({ "unit_id": unit, "title": "Nghiệp vụ công tác Hội", "category": "union_work", "delivery_mode": "classroom",
            "audience": ["branch_head", "core_member"], "quota": quota, "has_test": false, "unplanned_reason": "Theo đề nghị" })
}

/// How far a course is taken.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Until {
    Draft,
    Scheduled,
    Open,
    Invited,
    Confirmed,
    Running,
    Attended,
    Passed,
}

/// A course with its session, and the enrolments of `trainees` in their order.
#[derive(Clone, Debug, Default)]
pub struct Held {
    pub course: String,
    pub session: String,
    pub enrolments: Vec<String>,
}

async fn act(by: &Caller, path: &str, noun: &str, body: Value) -> super::super::Answer {
    let seen = by.get(path).await.expect(200).version();
    by.act(format!("{path}/{noun}"), seen, body).await
}

/// Takes a new course so far; `keeper` makes it, `unit` speaks for the trainees.
pub async fn hold(keeper: &Caller, unit: &Caller, body: Value, slot: usize, trainees: &[&String], until: Until) -> Held {
    let id = keeper.post("/courses", body).await.expect(201).id();
    let mut held = Held { course: id.clone(), ..Held::default() };
    held.session = keeper.post(format!("/courses/{id}/sessions"), session(slot)).await.expect(201).id();
    let (path, session) = (format!("/courses/{id}"), format!("/training-sessions/{}", held.session));
    if until >= Until::Scheduled {
        act(keeper, &path, "schedulings", json!({})).await.expect(200);
    }
    if until >= Until::Open {
        act(keeper, &path, "openings", json!({})).await.expect(200);
    }
    if until >= Until::Invited {
        let made = act(keeper, &path, "invitations", json!({ "member_ids": trainees })).await.expect(201);
        for trainee in trainees {
            let one = made.items().iter().find(|one| one["member_id"] == **trainee).unwrap();
            held.enrolments.push(one["id"].as_str().unwrap().into());
        }
    }
    for one in &held.enrolments {
        if until >= Until::Confirmed {
            act(unit, &format!("/enrolments/{one}"), "confirmations", json!({})).await.expect(200);
        }
    }
    if until >= Until::Running {
        act(keeper, &path, "starts", json!({})).await.expect(200);
    }
    if until >= Until::Attended {
        let lines: Vec<Value> = held.enrolments.iter().map(|one| json!({ "enrolment_id": one, "mark": "present" })).collect();
        act(keeper, &session, "attendances", json!({ "items": lines })).await.expect(200);
        act(keeper, &session, "attendance-closings", json!({})).await.expect(200);
    }
    for one in &held.enrolments {
        if until >= Until::Passed {
            act(keeper, &format!("/enrolments/{one}"), "results", json!({ "result": "passed" })).await.expect(200);
        }
    }
    held
}

/// Makes them in the place of `side`, by `chair` (president there) and `board`; others enter by `cast::enter`.
pub async fn make(world: &World, cast: &mut Cast, side: &Side, chair: &Caller, board: &Caller) -> Things {
    // At home a department of the province holds the courses: then it may do with them what organisers may.
    let keeper = if side.unit == cast.units["Đường Đệ"] {
        enter(world, cast, "walk.province_specialist").await
    } else {
        chair.clone()
    };
    let mut made = Things::nowhere();
    made.requirement = board.get("/training-requirements").await.expect(200).each("id").remove(0);

    let need = async |category: &str| {
        let body = json!({ "member_id": side.officer, "category": category, "year": 2027, "reason": "request" });
        chair.post("/training-needs", body).await.expect(201).id()
    };
    made.need = need("planning").await;
    made.need_accepted = need("digital").await;
    act(chair, &format!("/training-needs/{}", made.need_accepted), "acceptances", json!({})).await.expect(200);
    made.need_rejected = need("finance").await;
    let reason = json!({ "reason": "Đã học năm trước" });
    act(chair, &format!("/training-needs/{}", made.need_rejected), "rejections", reason).await.expect(200);

    let plan = async |year: i64| {
        let body = json!({ "unit_id": side.base, "year": year, "title": format!("Kế hoạch {year}"), "items": [line()] });
        chair.post("/training-plans", body).await.expect(201).id()
    };
    made.plan = plan(2031).await;
    made.plan_submitted = plan(2032).await;
    act(chair, &format!("/training-plans/{}", made.plan_submitted), "submissions", json!({})).await.expect(200);
    made.plan_approved = plan(2027).await;
    let path = format!("/training-plans/{}", made.plan_approved);
    act(chair, &path, "submissions", json!({})).await.expect(200);
    let approved = act(chair, &path, "approvals", json!({})).await.expect(200);
    made.plan_item = approved["items"][0]["id"].as_str().unwrap().into();

    let held = async |slot: usize, trainees: &[&String], until: Until| {
        hold(&keeper, chair, course(&side.base, 10), slot, trainees, until).await
    };
    let draft = held(1, &[], Until::Draft).await;
    (made.course, made.session) = (draft.course, draft.session);
    made.course_scheduled = held(2, &[], Until::Scheduled).await.course;
    let open = held(3, &[&side.officer], Until::Invited).await;
    (made.course_open, made.enrolment) = (open.course, open.enrolments[0].clone());
    let running = held(4, &[&side.officer], Until::Running).await;
    (made.course_running, made.session_running) = (running.course, running.session);
    made.enrolment_running = running.enrolments[0].clone();
    made.enrolment_attended = held(5, &[&side.officer], Until::Attended).await.enrolments[0].clone();
    let finished = held(6, &[&side.officer], Until::Passed).await;
    (made.course_finished, made.enrolment_passed) = (finished.course, finished.enrolments[0].clone());

    let certified = held(7, &[&side.officer, &side.core], Until::Passed).await;
    let once_more = held(8, &[&side.officer], Until::Passed).await;
    let issue = async |enrolment: &str| chair.post(format!("/enrolments/{enrolment}/certificates"), json!({})).await.expect(201);
    let good = issue(&certified.enrolments[0]).await;
    (made.certificate, made.certificate_no) = (good.id(), good.text("certificate_no"));
    made.certificate_proposed = issue(&certified.enrolments[1]).await.id();
    made.certificate_revoked = issue(&once_more.enrolments[0]).await.id();
    for id in [&made.certificate_proposed, &made.certificate_revoked] {
        let reason = json!({ "reason": "Cấp nhầm" });
        act(board, &format!("/certificates/{id}"), "revocation-proposals", reason).await.expect(200);
    }
    act(chair, &format!("/certificates/{}", made.certificate_revoked), "revocations", json!({})).await.expect(200);

    let feed = json!({ "kind": "unit", "unit_id": side.unit });
    made.feed = chair.post("/calendar-feeds", feed).await.expect(201)["feed"]["id"].as_str().unwrap().into();
    made
}

/// A line of a plan.
pub fn line() -> Value {
    json!({ "title": "Kỹ năng số", "category": "digital", "audience": ["branch_head"], "quota": 40, "quarter": 3,
            "budget_vnd": 12_000_000 })
}

const READERS: &[Role] = &[
    BranchHead,
    BaseEditor,
    BasePresident,
    ClusterCoordinator,
    DistrictOfficer,
    ProvinceOrg,
    ProvinceSpecialist,
    ProvinceLeader,
    Inspector,
];
const PROPOSERS: &[Role] = &[BranchHead, BaseEditor, BasePresident, ProvinceOrg];
const DECIDERS: &[Role] = &[BasePresident, ProvinceOrg];
const ORGANISERS: &[Role] = &[BaseEditor, BasePresident, ProvinceOrg];
const MAKERS: &[Role] = &[BaseEditor, BasePresident, ProvinceOrg, ProvinceSpecialist];
const LEADERS: &[Role] = &[BasePresident, ProvinceLeader];
const HER_UNIT: &[Role] = &[BranchHead, BaseEditor, BasePresident];
const BOARD: &[Role] = &[ProvinceOrg];

pub fn rows() -> Vec<Row> {
    vec![
        everybody("list_training_requirements"),
        everybody("get_training_requirement"),
        anywhere("create_training_requirement", BOARD).body(|_| {
            json!({ "audience": "club_head", "categories": ["union_work"], "min_count": 1, "grace_days": 180,
                    "valid_from": "2024-01-01", "legal_basis": "14-HD/ĐCT" })
        }),
        anywhere("update_training_requirement", BOARD).body(|_| json!({ "legal_basis": "15-HD/ĐCT" })),
        list("list_training_needs", READERS),
        one("get_training_need", READERS),
        one("list_training_need_events", READERS),
        new("create_training_need", PROPOSERS, "/member_id")
            .body(|side| json!({ "member_id": side.core, "category": "mobilisation", "year": 2027, "reason": "competency" })),
        new("generate_training_needs", PROPOSERS, "/unit_id").body(|side| json!({ "unit_id": side.unit, "year": 2028 })),
        one("accept_training_need", DECIDERS),
        one("reject_training_need", DECIDERS).body(|_| json!({ "reason": "Đã học năm trước" })),
        one("resubmit_training_need", PROPOSERS),
        one("plan_training_need", ORGANISERS).body(|side| json!({ "plan_item_id": side.trainings.plan_item })),
        anywhere("list_training_plans", READERS),
        one("get_training_plan", READERS),
        one("list_training_plan_events", READERS),
        one("list_training_plan_revisions", READERS),
        new("create_training_plan", ORGANISERS, "/unit_id")
            .body(|side| json!({ "unit_id": side.base, "year": 2040, "title": "Kế hoạch 2040", "items": [line()] })),
        one("update_training_plan", ORGANISERS).body(|_| json!({ "title": "Tên khác", "items": [line()] })),
        one("submit_training_plan", ORGANISERS),
        one("return_training_plan", LEADERS).body(|_| json!({ "reason": "Vượt dự toán" })),
        one("approve_training_plan", LEADERS),
        one("amend_training_plan", ORGANISERS).body(|_| json!({ "items": [line()], "reason": "Bổ sung" })),
        one("close_training_plan", ORGANISERS),
        anywhere("list_courses", READERS),
        one("get_course", READERS),
        one("list_course_events", READERS),
        new("create_course", MAKERS, "/unit_id").body(|side| course(&side.base, 20)),
        one("update_course", MAKERS).body(|_| json!({ "title": "Tên khác", "audience": ["branch_head"] })),
        one("schedule_course", MAKERS),
        one("open_course", MAKERS),
        one("start_course", MAKERS),
        one("complete_course", MAKERS),
        one("cancel_course", MAKERS).body(|_| json!({ "reason": "Bão" })),
        one("list_invitation_proposals", MAKERS),
        one("invite_trainees", MAKERS).body(|side| json!({ "member_ids": [side.core] })),
        one("list_course_sessions", READERS),
        one("create_course_session", MAKERS).body(|_| session_on(&days_ahead(30), 1)),
        one("get_training_session", READERS),
        one("update_training_session", MAKERS)
            .body(|_| json!({ "topic": "Chuyên đề khác", "trainers": [{ "name": "ThS. Lê Văn Chín" }] })),
        one("close_session_attendance", MAKERS),
        one("list_session_attendances", READERS),
        one("record_session_attendances", MAKERS).body(
            |side| json!({ "items": [{ "enrolment_id": side.trainings.enrolment_running, "mark": "present", "minutes": 40 }] }),
        ),
        one("issue_attendance_code", MAKERS).body(|_| json!({ "minutes": 15 })),
        everybody("check_in_attendance").status(422).body(|_| json!({ "code": "0000-0000" })),
        list("list_enrolments", READERS),
        one("get_enrolment", READERS),
        one("list_enrolment_events", READERS),
        one("confirm_enrolment", HER_UNIT),
        one("decline_enrolment", HER_UNIT).body(|_| json!({ "reason": "Bận" })),
        one("grade_enrolment", MAKERS).body(|_| json!({ "result": "passed" })),
        one("list_course_completions", READERS),
        list("list_certificates", READERS),
        one("issue_certificate", ORGANISERS).body(|_| json!({})),
        one("get_certificate", READERS),
        one("list_certificate_events", READERS),
        one("propose_certificate_revocation", ORGANISERS).body(|_| json!({ "reason": "Cấp nhầm" })),
        one("revoke_certificate", LEADERS),
        one("refuse_certificate_revocation", LEADERS),
        one("reissue_certificate", LEADERS),
        public("get_public_certificate"),
        one("list_training_coverage", READERS),
        one("get_training_coverage_summary", READERS),
        one("get_officer_calendar", READERS),
        one("get_unit_calendar", READERS),
        everybody("list_calendar_feeds"),
        everybody("create_calendar_feed").status(422).body(|_| json!({ "kind": "mine" })),
        // One's own only.
        everybody("revoke_calendar_feed").status(404),
        public("get_calendar_feed").status(404),
    ]
}

/// Table and id of what the first parameter of an operation's path names; none: it is not ours.
pub fn named(resource: &str, operation: &Operation, side: &Side, _cast: &Cast) -> Option<(&'static str, String)> {
    let things = &side.trainings;
    Some(match (resource, operation.id.as_str()) {
        ("training-requirements", _) => ("training_requirements", things.requirement.clone()),
        ("training-needs", "resubmit_training_need") => ("training_needs", things.need_rejected.clone()),
        ("training-needs", "plan_training_need") => ("training_needs", things.need_accepted.clone()),
        ("training-needs", _) => ("training_needs", things.need.clone()),
        ("training-plans", "return_training_plan" | "approve_training_plan") => ("training_plans", things.plan_submitted.clone()),
        ("training-plans", "amend_training_plan" | "close_training_plan" | "list_training_plan_revisions") => {
            ("training_plans", things.plan_approved.clone())
        }
        ("training-plans", _) => ("training_plans", things.plan.clone()),
        ("courses", "open_course") => ("courses", things.course_scheduled.clone()),
        ("courses", "start_course" | "invite_trainees" | "list_invitation_proposals") => ("courses", things.course_open.clone()),
        ("courses", "complete_course") => ("courses", things.course_finished.clone()),
        ("courses", _) => ("courses", things.course.clone()),
        (
            "training-sessions",
            "close_session_attendance" | "list_session_attendances" | "record_session_attendances" | "issue_attendance_code",
        ) => ("training_sessions", things.session_running.clone()),
        ("training-sessions", _) => ("training_sessions", things.session.clone()),
        ("enrolments", "grade_enrolment") => ("enrolments", things.enrolment_attended.clone()),
        ("enrolments", "issue_certificate") => ("enrolments", things.enrolment_passed.clone()),
        ("enrolments", _) => ("enrolments", things.enrolment.clone()),
        ("certificates", "revoke_certificate" | "refuse_certificate_revocation") => {
            ("certificates", things.certificate_proposed.clone())
        }
        ("certificates", "reissue_certificate") => ("certificates", things.certificate_revoked.clone()),
        ("certificates", _) => ("certificates", things.certificate.clone()),
        ("calendar-feeds", "get_calendar_feed") => ("", "no-such-secret".into()),
        ("calendar-feeds", _) => ("calendar_feeds", things.feed.clone()),
        ("public", "get_public_certificate") => ("", things.certificate_no.clone()),
        _ => return None,
    })
}
