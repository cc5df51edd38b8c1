//! What there is of inspections in every world, who may do what with it, and requests that are right.

use hoicoso::access::Role::{
    self, BaseEditor, BasePresident, BranchHead, ClusterCoordinator, DistrictOfficer, Inspector, ProvinceLeader, ProvinceOrg,
    ProvinceSpecialist,
};
use serde_json::{Value, json};

use super::super::{
    ask::Caller,
    cast::{Cast, Side},
    contract::Operation,
    days_ago, days_ahead, new_id,
    operations::{Row, anywhere, everybody, list, new, one},
    world::World,
};

/// One of each kind, in one place: the base unit inspects a club without members below it.
#[derive(Clone, Debug, Default)]
pub struct Things {
    base: String,
    planned: String,
    scheduled: String,
    in_progress: String,
    fieldwork_done: String,
    drafted: String,
    shared: String,
    commented: String,
    /// With a violation for which nothing is planned.
    noticed: Made,
    clean: String,
    /// With an example to follow.
    closed: Made,
    finding: String,
    question: String,
    entry: String,
    open: String,
    reported: String,
    plan_draft: String,
    plan_submitted: String,
    plan_approved: String,
    checklist: String,
    kinship: String,
}

impl Things {
    /// Ids of nothing.
    pub fn nowhere() -> Self {
        let made = || Made { id: new_id(), finding: new_id(), remediation: new_id() };
        let [base, planned, scheduled, in_progress, fieldwork_done, drafted, shared] = std::array::from_fn(|_| new_id());
        let [commented, clean, finding, question, entry, open, reported] = std::array::from_fn(|_| new_id());
        let [plan_draft, plan_submitted, plan_approved, checklist, kinship] = std::array::from_fn(|_| new_id());
        Self {
            base,
            planned,
            scheduled,
            in_progress,
            fieldwork_done,
            drafted,
            shared,
            commented,
            noticed: made(),
            clean,
            closed: made(),
            finding,
            question,
            entry,
            open,
            reported,
            plan_draft,
            plan_submitted,
            plan_approved,
            checklist,
            kinship,
        }
    }

    /// What a list could show.
    pub fn ids(&self) -> impl Iterator<Item = &String> {
        [&self.closed.id, &self.noticed.id, &self.open, &self.reported, &self.plan_draft, &self.plan_approved, &self.base]
            .into_iter()
            .filter(|id| !id.is_empty())
    }
}

/// An inspection, with what hangs on it.
#[derive(Clone, Debug, Default)]
pub struct Made {
    pub id: String,
    pub finding: String,
    pub remediation: String,
}

/// Who carries out an inspection.
pub struct Hands<'c> {
    pub team: &'c Caller,
    /// The president who answers for the inspected unit.
    pub unit: &'c Caller,
    pub leader: &'c Caller,
}

/// Which unit inspects which, by whom.
#[derive(Clone, Debug)]
pub struct Pair {
    pub unit: String,
    pub inspected: String,
    /// The lead first.
    pub team: Vec<String>,
    pub checklist: Option<String>,
}

/// A state that an inspection is brought to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Stage {
    Planned,
    Scheduled,
    InProgress,
    FieldworkDone,
    /// The draft was not shared.
    Drafted,
    Shared,
    Commented,
    /// With a shortcoming for which nothing is planned.
    Noticed,
    InRemediation,
    Closed,
}

/// What an inspection finds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Found {
    Nothing,
    Exemplar,
    Violation,
}

pub fn new_inspection(pair: &Pair, slot: u64) -> Value {
    json!({ "unit_id": pair.unit, "inspected_unit_id": pair.inspected, "kind": "thematic", "mode": "inspect",
            "topic": format!("Sinh hoạt chi hội, đợt {slot}"), "checklist_id": pair.checklist,
            "starts_on": days_ago(600 - slot * 7), "ends_on": days_ago(598 - slot * 7) })
}

pub fn team(pair: &Pair) -> Value {
    let members: Vec<Value> =
        pair.team.iter().enumerate().map(|(place, id)| json!({ "member_id": id, "is_lead": place == 0 })).collect();
    json!({ "members": members })
}

pub fn schedule(slot: u64) -> Value {
    json!({ "decision_no": format!("{slot}-QĐ/UBKT"), "sent_on": days_ago(620 - slot * 7), "starts_on": days_ago(600 - slot * 7),
            "ends_on": days_ago(598 - slot * 7) })
}

pub fn start(slot: u64) -> Value {
    json!({ "started_on": days_ago(600 - slot * 7) })
}

pub fn fieldwork(slot: u64) -> Value {
    json!({ "finished_on": days_ago(598 - slot * 7), "minutes_signature": "both_signed" })
}

pub fn finding(kind: &str) -> Value {
    let severity = if ["shortcoming", "violation"].contains(&kind) { json!("minor") } else { Value::Null };
    json!({ "kind": kind, "severity": severity, "evidence": "Sổ quỹ không có chữ ký của thủ quỹ", "criterion": "Quy chế quản lý quỹ hội" })
}

pub fn notice() -> Value {
    json!({ "no": "05-TB/UBKT", "issued_on": days_ago(0), "text": "Đơn vị chấp hành tốt", "recipients": [
        { "kind": "inspected_unit", "name": "Đơn vị được kiểm tra" }, { "kind": "party_committee", "name": "Cấp ủy cùng cấp" } ] })
}

pub fn remediation(finding: &str) -> Value {
    json!({ "finding_id": finding, "measure": "Lập sổ quỹ theo mẫu", "owner": "Chi hội trưởng", "due_on": days_ahead(30) })
}

/// Makes an inspection and brings it so far. Each `slot` has days of its own.
pub async fn bring(hands: &Hands<'_>, pair: &Pair, slot: u64, to: Stage, found: Found) -> Made {
    let (by, unit, leader) = (hands.team, hands.unit, hands.leader);
    let id = by.post("/inspections", new_inspection(pair, slot)).await.expect(201).id();
    let path = |noun: &str| format!("/inspections/{id}/{noun}");
    by.act(path("team-changes"), 1, team(pair)).await.expect(200);
    let mut made = Made { id: id.clone(), ..Made::default() };
    let steps: Vec<(Stage, &Caller, &str, Value)> = vec![
        (Stage::Scheduled, by, "schedules", schedule(slot)),
        (Stage::InProgress, by, "starts", start(slot)),
        (Stage::FieldworkDone, by, "fieldwork-completions", fieldwork(slot)),
        (Stage::Drafted, by, "drafts", json!({ "no_issue": found == Found::Nothing })),
        (Stage::Shared, by, "sharings", json!({ "shared_on": days_ago(0) })),
        (Stage::Commented, unit, "comments", json!({ "comment": "Nhất trí với dự thảo" })),
        (Stage::Noticed, leader, "notices", notice()),
    ];
    for (version, (stage, caller, noun, body)) in (2..).zip(steps) {
        if stage > to {
            return made;
        }
        if stage == Stage::Drafted && found != Found::Nothing {
            let kind = if found == Found::Exemplar { "exemplar" } else { "violation" };
            made.finding = by.post(path("findings"), finding(kind)).await.expect(201).id();
        }
        caller.act(path(noun), version, body).await.expect(200);
    }
    if to >= Stage::InRemediation && found == Found::Violation {
        made.remediation = by.post(path("remediations"), remediation(&made.finding)).await.expect(201).id();
    }
    if to == Stage::Closed {
        let version = by.get(format!("/inspections/{id}")).await.expect(200).version();
        by.act(path("closures"), version, json!({ "closed_on": days_ago(0) })).await.expect(200);
    }
    made
}

pub fn plan(unit: &str, below: &str, year: i32) -> Value {
    json!({ "unit_id": unit, "year": year, "title": format!("Kế hoạch kiểm tra năm {year}"), "items": [line(below)] })
}

pub fn line(below: &str) -> Value {
    json!({ "unit_id": below, "kind": "thematic", "mode": "inspect", "topic": "Sinh hoạt chi hội", "month": 4 })
}

/// An answer of a phone.
pub fn entry(question: &str, value: &str, base_version: i64) -> Value {
    json!({ "entry_id": new_id(), "question_id": question, "value": value, "answered_at": "2026-04-20T02:15:00.000Z",
            "base_version": base_version })
}

/// Makes them in the place of `side`, by `chair` (president there) and `board`; others enter by `cast::enter`.
pub async fn make(world: &World, cast: &mut Cast, side: &Side, chair: &Caller, _board: &Caller) -> Things {
    let checklists = chair.get("/inspection-checklists").await.expect(200);
    let checklist = checklists.items()[0]["id"].as_str().unwrap().to_owned();
    let question = checklists.items()[0]["questions"][0]["id"].as_str().unwrap().to_owned();
    let pair = Pair {
        unit: side.base.clone(),
        inspected: side.empty_unit.clone(),
        team: vec![side.officer.clone(), side.member.clone()],
        checklist: Some(checklist.clone()),
    };
    let hands = Hands { team: chair, unit: chair, leader: chair };
    let at = async |slot: u64, to: Stage, found: Found| bring(&hands, &pair, slot, to, found).await;
    let planned = at(1, Stage::Planned, Found::Nothing).await.id;
    let scheduled = at(2, Stage::Scheduled, Found::Nothing).await.id;
    chair.post(format!("/inspections/{scheduled}/self-reports"), json!({ "text": "Đã thu đủ hội phí" })).await.expect(201);
    let in_progress = at(3, Stage::InProgress, Found::Nothing).await.id;
    let finding = chair.post(format!("/inspections/{in_progress}/findings"), finding("shortcoming")).await.expect(201).id();
    let batch = json!({ "entries": [entry(&question, "yes", 0)] });
    let answered = chair.post(format!("/inspections/{in_progress}/checklist-batches"), batch).key(&new_id()).await.expect(200);
    let entry = answered["questions"][0]["entries"][0]["id"].as_str().unwrap().to_owned();
    let fieldwork_done = at(4, Stage::FieldworkDone, Found::Nothing).await.id;
    let drafted = at(5, Stage::Drafted, Found::Nothing).await.id;
    let shared = at(6, Stage::Shared, Found::Nothing).await.id;
    let commented = at(7, Stage::Commented, Found::Nothing).await.id;
    let noticed = at(8, Stage::Noticed, Found::Violation).await;
    let clean = at(9, Stage::Noticed, Found::Nothing).await.id;
    // Within the days that the calendar shows by itself.
    let closed = at(82, Stage::Closed, Found::Exemplar).await;
    let open = at(11, Stage::InRemediation, Found::Violation).await.remediation;
    let reported = at(12, Stage::InRemediation, Found::Violation).await.remediation;
    let report = json!({ "evidence": "Đã lập sổ", "reported_on": days_ago(0) });
    chair.act(format!("/remediations/{reported}/reports"), 1, report).await.expect(200);
    let plan_for = async |year: i32| chair.post("/inspection-plans", plan(&side.base, &side.unit, year)).await.expect(201).id();
    let plan_draft = plan_for(2031).await;
    let plan_submitted = plan_for(2032).await;
    chair.act(format!("/inspection-plans/{plan_submitted}/submissions"), 1, json!({})).await.expect(200);
    let plan_approved = plan_for(2033).await;
    chair.act(format!("/inspection-plans/{plan_approved}/submissions"), 1, json!({})).await.expect(200);
    let leader = super::super::cast::enter(world, cast, "thuongtruc").await;
    let approval = json!({ "approval_no": "08-KH/BTV", "approved_on": days_ago(0) });
    leader.act(format!("/inspection-plans/{plan_approved}/approvals"), 2, approval).await.expect(200);
    let kin = json!({ "member_id": side.core, "relative_id": side.former, "relation": "siblings" });
    let kinship = chair.post("/kinships", kin).await.expect(201).id();
    Things {
        base: side.base.clone(),
        planned,
        scheduled,
        in_progress,
        fieldwork_done,
        drafted,
        shared,
        commented,
        noticed,
        clean,
        closed,
        finding,
        question,
        entry,
        open,
        reported,
        plan_draft,
        plan_submitted,
        plan_approved,
        checklist,
        kinship,
    }
}

const READERS: &[Role] = &[BasePresident, ClusterCoordinator, ProvinceOrg, ProvinceSpecialist, ProvinceLeader, Inspector];
const INSPECTORS: &[Role] = &[BasePresident, Inspector];
const LEADERS: &[Role] = &[BasePresident, ProvinceLeader];
const EDITORS: &[Role] = &[BasePresident, ProvinceLeader, Inspector];
const UNIT: &[Role] = &[BasePresident];
const KEEPERS: &[Role] = &[ProvinceOrg, ProvinceLeader];
const OFFICER_READERS: &[Role] = &[
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
const OFFICER_KEEPERS: &[Role] = &[BaseEditor, BasePresident, ProvinceOrg];

fn question() -> Value {
    json!({ "text_vi": "Có sổ quỹ không?", "text_en": "Is there a cash book?", "criterion": "Quy chế quỹ hội", "answer_kind": "yes_no",
            "needs_evidence": true })
}

fn because(_: &Side) -> Value {
    json!({ "reason": "Bão số 5" })
}

pub fn rows() -> Vec<Row> {
    vec![
        list("list_inspections", READERS),
        one("get_inspection", READERS),
        new("create_inspection", INSPECTORS, "/unit_id").body(|side| {
            json!({ "unit_id": side.base, "inspected_unit_id": side.unit, "kind": "thematic", "mode": "inspect",
                    "topic": "Sinh hoạt chi hội", "starts_on": days_ahead(60), "ends_on": days_ahead(61) })
        }),
        one("update_inspection", EDITORS).body(|_| json!({ "topic": "Hội phí, quỹ hội" })),
        one("list_inspection_events", READERS),
        list("list_inspection_days", READERS),
        list("get_inspection_feed", READERS),
        list("list_theme_compliance", READERS),
        one("schedule_inspection", INSPECTORS).body(|_| schedule(40)),
        one("change_inspection_team", INSPECTORS).body(|side| {
            json!({ "members": [{ "member_id": side.member, "is_lead": true }, { "member_id": side.officer, "is_lead": false }] })
        }),
        one("postpone_inspection", INSPECTORS).body(because),
        one("list_self_reports", READERS),
        one("report_itself", UNIT).body(|_| json!({ "text": "Quý I thu hội phí đủ" })),
        one("start_inspection", INSPECTORS).body(|_| start(2)),
        one("get_checklist_of_inspection", READERS),
        one("answer_checklist", INSPECTORS)
            .body(|side| json!({ "entries": [entry(&side.inspections.question, "no", 1)] })),
        one("resolve_checklist", INSPECTORS)
            .body(|side| json!({ "question_id": side.inspections.question, "entry_id": side.inspections.entry })),
        one("finish_fieldwork", INSPECTORS).body(|_| fieldwork(3)),
        one("list_findings", READERS),
        one("get_finding", READERS),
        one("record_finding", INSPECTORS).body(|_| finding("violation")),
        one("update_finding", EDITORS).body(|_| json!({ "criterion": "Điều lệ Hội" })),
        one("withdraw_finding", INSPECTORS).body(because),
        one("nominate_finding", EDITORS).body(|_| json!({ "nominated_on": days_ago(0) })),
        one("refer_finding", LEADERS).body(|_| json!({ "disciplinary_no": "03-QĐ/KL" })),
        one("draft_inspection", INSPECTORS).body(|_| json!({ "no_issue": true })),
        one("share_inspection_draft", INSPECTORS).body(|_| json!({ "shared_on": days_ago(0) })),
        one("comment_inspection_draft", UNIT).body(|_| json!({ "comment": "Nhất trí" })),
        one("issue_result_notice", LEADERS).body(|_| notice()),
        one("close_inspection", INSPECTORS).body(|_| json!({ "closed_on": days_ago(0) })),
        one("cancel_inspection", LEADERS).body(because),
        // What is put right
        list("list_remediations", READERS),
        one("get_remediation", READERS),
        one("list_remediation_events", READERS),
        one("plan_remediation", INSPECTORS).body(|side| remediation(&side.inspections.noticed.finding)),
        one("update_remediation", EDITORS).body(|_| json!({ "owner": "Thủ quỹ chi hội" })),
        one("report_remediation", UNIT).body(|_| json!({ "evidence": "Đã lập sổ", "reported_on": days_ago(0) })),
        one("verify_remediation", INSPECTORS).body(|_| json!({ "note": "Đã xem sổ" })),
        one("reject_remediation", INSPECTORS).body(because),
        one("waive_remediation", INSPECTORS).body(because),
        // Plans
        list("list_inspection_plans", READERS),
        one("get_inspection_plan", READERS),
        one("list_inspection_plan_events", READERS),
        new("create_inspection_plan", INSPECTORS, "/unit_id").body(|side| plan(&side.base, &side.unit, 2035)),
        one("update_inspection_plan", EDITORS).body(|side| json!({ "items": [line(&side.unit)] })),
        one("submit_inspection_plan", INSPECTORS).body(|_| json!({ "note": "Kính trình" })),
        one("approve_inspection_plan", LEADERS).body(|_| json!({ "approval_no": "08-KH/BTV", "approved_on": days_ago(0) })),
        one("return_inspection_plan", LEADERS).body(because),
        one("amend_inspection_plan", INSPECTORS).body(|side| json!({ "reason": "Bổ sung", "items": [line(&side.unit)] })),
        // What is asked everywhere alike
        everybody("list_inspection_checklists"),
        everybody("get_inspection_checklist"),
        anywhere("create_inspection_checklist", KEEPERS).body(|_| {
            json!({ "code": new_id(), "title": "Quỹ hội", "topic": "finance", "questions": [question()] })
        }),
        anywhere("change_inspection_checklist", KEEPERS).body(|_| json!({ "questions": [question()] })),
        anywhere("end_inspection_checklist", KEEPERS).body(|_| json!({ "ended_on": days_ago(0) })),
        // Who is kin
        one("list_kinships", OFFICER_READERS),
        new("create_kinship", OFFICER_KEEPERS, "/member_id")
            .body(|side| json!({ "member_id": side.member, "relative_id": side.core, "relation": "in_laws" })),
        one("end_kinship", OFFICER_KEEPERS).body(|_| json!({ "ended_on": days_ago(0) })),
    ]
}

/// Table and id of what the first parameter of an operation's path names; none: it is not ours.
pub fn named(resource: &str, operation: &Operation, side: &Side, _cast: &Cast) -> Option<(&'static str, String)> {
    let there = &side.inspections;
    Some(match (resource, operation.id.as_str()) {
        ("inspections", id) => (
            "inspections",
            match id {
                "update_inspection" | "change_inspection_team" | "cancel_inspection" | "schedule_inspection" => &there.planned,
                "postpone_inspection" | "start_inspection" | "report_itself" => &there.scheduled,
                "finish_fieldwork" | "answer_checklist" | "resolve_checklist" | "record_finding" => &there.in_progress,
                "draft_inspection" => &there.fieldwork_done,
                "share_inspection_draft" => &there.drafted,
                "comment_inspection_draft" => &there.shared,
                "issue_result_notice" => &there.commented,
                "plan_remediation" => &there.noticed.id,
                "close_inspection" => &there.clean,
                _ => &there.closed.id,
            }
            .clone(),
        ),
        ("findings", "update_finding" | "withdraw_finding") => ("inspection_findings", there.finding.clone()),
        ("findings", "refer_finding") => ("inspection_findings", there.noticed.finding.clone()),
        ("findings", _) => ("inspection_findings", there.closed.finding.clone()),
        ("remediations", "verify_remediation" | "reject_remediation") => ("inspection_remediations", there.reported.clone()),
        ("remediations", _) => ("inspection_remediations", there.open.clone()),
        ("inspection-plans", "approve_inspection_plan" | "return_inspection_plan") => {
            ("inspection_plans", there.plan_submitted.clone())
        }
        ("inspection-plans", "amend_inspection_plan") => ("inspection_plans", there.plan_approved.clone()),
        ("inspection-plans", _) => ("inspection_plans", there.plan_draft.clone()),
        ("inspection-checklists", _) => ("inspection_checklists", there.checklist.clone()),
        ("kinships", _) => ("kinships", there.kinship.clone()),
        _ => return None,
    })
}
