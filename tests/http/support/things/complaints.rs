//! What there is of complaints in every world, who may do what with it, and requests that are right.

use std::collections::BTreeMap;

use hoicoso::access::Role::{
    self, Auditor, BaseEditor, BasePresident, BranchHead, CaseHandler, ClusterCoordinator, Inspector, ProvinceLeader, ProvinceOrg,
};
use serde_json::{Value, json};

use super::super::{
    ask::Caller,
    cast::{self, Cast, Side},
    contract::Operation,
    database::Engine,
    days_ago, new_id,
    operations::{Row, anywhere, list, new, one},
    world::World,
};

/// One case of each sort and state, in one place.
#[derive(Clone, Debug, Default)]
pub struct Things {
    /// By name: `verifying`, or `denunciation.verifying`.
    pub cases: BTreeMap<&'static str, String>,
    /// Waits to be acknowledged.
    pub alert: String,
    /// Two who may be given a case.
    pub handlers: [String; 2],
}

impl Things {
    /// Ids of nothing.
    pub fn nowhere() -> Self {
        let cases = CASES.iter().map(|(name, ..)| (*name, new_id())).collect();
        Self { cases, alert: new_id(), handlers: [new_id(), new_id()] }
    }
}

/// Name, kind, competence, and the steps to it.
const CASES: &[(&str, &str, &str, &[&str])] = &[
    ("received", "complaint", "own", &[]),
    ("classified", "complaint", "own", &["classify"]),
    ("accepted", "complaint", "own", &["classify", "accept"]),
    ("verifying", "complaint", "own", &["classify", "accept", "verify"]),
    ("suspended", "complaint", "own", &["classify", "accept", "verify", "suspend"]),
    ("dialogue", "complaint", "own", &["classify", "accept", "verify", "open_dialogue"]),
    ("drafted", "complaint", "own", &["classify", "accept", "verify", "draft"]),
    ("decided", "complaint", "own", &["classify", "accept", "verify", "draft", "decide"]),
    ("implementing", "complaint", "own", &["classify", "accept", "verify", "draft", "decide", "implement"]),
    ("closed", "complaint", "own", &["classify", "accept", "verify", "draft", "decide", "implement", "close"]),
    ("denunciation.verifying", "denunciation", "own", &["classify", "accept", "verify"]),
    ("denunciation.concluded", "denunciation", "own", &["classify", "accept", "verify", "conclude"]),
    ("proposal.elsewhere", "proposal", "external", &["classify"]),
    ("proposal.forwarded", "proposal", "external", &["classify", "forward"]),
    ("proposal.replied", "proposal", "external", &["classify", "forward", "reply"]),
    ("feedback.classified", "feedback", "own", &["classify"]),
    ("feedback.assigned", "feedback", "own", &["classify", "assign"]),
];

/// A petition about the officer of that place.
pub fn petition(side: &Side, kind: &str) -> Value {
    let mut body = json!({
        "receiving_unit_id": side.unit, "kind": kind, "channel": "in_person", "received_on": days_ago(20), "petitioner_count": 1,
        "content": "Khoản hỗ trợ vay vốn chưa được công khai ở chi hội",
        "subjects": [{ "capacity": capacity(kind), "member_id": side.officer, "happened_on": days_ago(60) }],
    });
    if kind == "denunciation" {
        body["paper_ref"] = json!("HS-01");
    }
    body
}

fn capacity(kind: &str) -> &'static str {
    if kind == "denunciation" { "denounced" } else { "respondent" }
}

/// A right body of a step.
pub fn step(action: &str, side: &Side, kind: &str, competence: &str, handlers: &[String; 2]) -> Value {
    match action {
        "classify" => json!({
            "kind": kind, "matter": "money", "competence": competence, "petitioner_count": 1, "earlier_filing": "none",
            "content_for_verification": "Khoản hỗ trợ vay vốn chưa được công khai",
            "subjects": [{ "capacity": capacity(kind), "member_id": side.officer, "happened_on": days_ago(60) }],
        }),
        "file" => json!({ "reason": "unsigned" }),
        "guide" => json!({ "guided_to": "Ủy ban nhân dân phường" }),
        "forward" => json!({ "forwarded_to": "Công an phường" }),
        "reply" => json!({ "replied_on": days_ago(1), "text": "Đã xử lý" }),
        "protest" => json!({ "protested_to": "Ủy ban nhân dân tỉnh", "text": "Đề nghị xem xét lại" }),
        "accept" if kind == "denunciation" => {
            json!({ "accepted_on": days_ago(5), "conditions": ["identity_known", "violator_identifiable"] })
        }
        "accept" => json!({ "accepted_on": days_ago(5), "conditions": ["own_interest", "capacity", "signed"] }),
        "refuse" => json!({ "reason": "no_own_interest" }),
        "verify" => json!({ "handlers": handlers }),
        "appoint" => json!({ "account_id": handlers[0] }),
        "extend" => json!({ "criteria": ["several_places"], "reason": "Phải xác minh ở hai nơi" }),
        "suspend" => json!({ "reason": "other_body" }),
        "open_dialogue" => json!({ "held_on": days_ago(2) }),
        "end_dialogue" => json!({ "minutes": "Hai bên thống nhất công khai danh sách" }),
        "draft" => json!({ "text": "Sửa một phần quyết định" }),
        "decide" => json!({ "result": "changed", "decided_on": days_ago(1), "text": "Sửa một phần quyết định" }),
        "conclude" => json!({ "result": "partly_right", "concluded_on": days_ago(1), "text": "Đúng một phần" }),
        "implement" => json!({ "sent_on": days_ago(0) }),
        "close" => json!({ "closed_on": days_ago(0) }),
        "appeal" => json!({ "appealed_on": days_ago(0), "is_to_court": true }),
        "continue" => json!({ "continued_on": days_ago(0), "ground": "unlawful" }),
        "withdraw" => json!({ "withdrawn_on": days_ago(0), "parties": [1] }),
        "escalate" => json!({ "reason": "gathering" }),
        "assign" => json!({ "handler_id": handlers[0] }),
        "answer" => json!({ "answered_on": days_ago(0), "text": "Đã công khai danh sách" }),
        "reopen" => json!({ "new_facts": "Có chứng từ mới" }),
        "recuse" => json!({ "ground": "kinship" }),
        _ => json!({}),
    }
}

/// The noun of a step.
pub fn noun(action: &str) -> &'static str {
    match action {
        "classify" => "classifications",
        "merge" => "mergers",
        "file" => "filings",
        "guide" => "guidances",
        "forward" => "forwardings",
        "reply" => "replies",
        "protest" => "protests",
        "accept" => "acceptances",
        "refuse" => "refusals",
        "verify" => "verifications",
        "appoint" => "handlers",
        "extend" => "extensions",
        "suspend" => "suspensions",
        "resume" => "resumptions",
        "open_dialogue" => "dialogues",
        "end_dialogue" => "dialogue-minutes",
        "draft" => "drafts",
        "decide" => "decisions",
        "conclude" => "conclusions",
        "implement" => "implementations",
        "close" => "closures",
        "appeal" => "appeals",
        "continue" => "continuations",
        "withdraw" => "withdrawals",
        "escalate" => "escalations",
        "assign" => "assignments",
        "answer" => "answers",
        "reopen" => "reopenings",
        "recuse" => "recusals",
        _ => panic!("no step {action}"),
    }
}

/// The case of a receipt: whoever took it in never sees its id.
pub fn case_of(world: &World, code: &str) -> String {
    world.database().id_where("complaints", &format!("code = '{code}'"))
}

/// Makes somebody a handler of a case, whoever would have to appoint her.
pub fn give(world: &World, case: &str, account: &str) {
    let database = world.database();
    let no = if world.engine() == Engine::Sqlite { "0" } else { "false" };
    let (id, case, account) = (database.id(&new_id()), database.id(case), database.id(account));
    database.execute(&format!(
        "INSERT INTO complaint_handlers (id, complaint_id, account_id, is_lead, appointed_at) \
         SELECT {id}, {case}, {account}, {no}, 1 WHERE NOT EXISTS \
         (SELECT 1 FROM complaint_handlers WHERE complaint_id = {case} AND account_id = {account})"
    ));
}

/// Takes a petition in and leads it through these steps.
pub async fn lead(
    world: &World,
    clerk: &Caller,
    inspector: &Caller,
    side: &Side,
    handlers: &[String; 2],
    (kind, competence, steps): (&str, &str, &[&str]),
) -> String {
    let code = clerk.post("/complaints", petition(side, kind)).await.expect(201).text("code");
    let case = case_of(world, &code);
    for action in steps {
        let body = step(action, side, kind, competence, handlers);
        let path = format!("/complaints/{case}/{}", noun(action));
        inspector.act(path, world.version_of("complaints", &case), body).await.expect(200);
    }
    case
}

/// Makes them in the place of `side`, by `chair` (president there) and `board`; others enter by `cast::enter`.
pub async fn make(world: &World, cast: &mut Cast, side: &Side, chair: &Caller, _board: &Caller) -> Things {
    // Denunciations go to the nearest inspection committee: at home that of Nha Trang, elsewhere that of the province.
    let is_inside = side.base == cast.units["Vĩnh Hải"];
    let committee = if is_inside { "walk.inspector" } else { "kiemtra" };
    let inspector = cast::enter(world, cast, "kiemtra").await;
    let denounced = cast::enter(world, cast, committee).await;
    let handlers = [cast.accounts[committee].clone(), cast.accounts["kiemtra.hai"].clone()];
    let mut things = Things { handlers: handlers.clone(), ..Things::default() };
    for (name, kind, competence, steps) in CASES {
        let by = if *kind == "denunciation" { &denounced } else { &inspector };
        let case = lead(world, chair, by, side, &handlers, (kind, competence, steps)).await;
        if is_inside {
            // So that each who may take a step sees it.
            for role in SEEING {
                give(world, &case, &cast.accounts[&format!("walk.{role}")]);
            }
        }
        things.cases.insert(name, case);
    }
    let case = &things.cases["implementing"];
    let path = format!("/complaints/{case}/escalations");
    let body = step("escalate", side, "complaint", "own", &handlers);
    inspector.act(path, world.version_of("complaints", case), body).await.expect(200);
    let database = world.database();
    things.alert = database.id_where("complaint_alerts", &format!("complaint_id = {}", database.id(case)));
    things
}

const TAKING: &[Role] = &[BranchHead, BaseEditor, BasePresident, ProvinceLeader, Inspector, CaseHandler];
const SEEING: &[Role] = &[BasePresident, ProvinceLeader, Inspector, CaseHandler];
const FIRST: &[Role] = &[Inspector, CaseHandler];
const HEADS: &[Role] = &[Inspector, BasePresident, ProvinceLeader];
const COUNTING: &[Role] = &[ClusterCoordinator, ProvinceOrg, ProvinceLeader, Inspector];

/// The operation of each step, and the case it is right for.
const STEPS: &[(&str, &str, &str)] = &[
    ("classify_complaint", "classify", "received"),
    ("merge_complaint", "merge", "received"),
    ("file_complaint", "file", "classified"),
    ("guide_complaint", "guide", "proposal.elsewhere"),
    ("forward_complaint", "forward", "proposal.elsewhere"),
    ("record_complaint_reply", "reply", "proposal.forwarded"),
    ("protest_complaint", "protest", "proposal.replied"),
    ("accept_complaint", "accept", "classified"),
    ("refuse_complaint", "refuse", "classified"),
    ("verify_complaint", "verify", "accepted"),
    ("appoint_complaint_handler", "appoint", "verifying"),
    ("extend_complaint", "extend", "verifying"),
    ("suspend_complaint", "suspend", "verifying"),
    ("resume_complaint", "resume", "suspended"),
    ("open_complaint_dialogue", "open_dialogue", "verifying"),
    ("end_complaint_dialogue", "end_dialogue", "dialogue"),
    ("draft_complaint_decision", "draft", "verifying"),
    ("decide_complaint", "decide", "drafted"),
    ("conclude_complaint", "conclude", "denunciation.verifying"),
    ("implement_complaint", "implement", "decided"),
    ("close_complaint", "close", "implementing"),
    ("appeal_complaint", "appeal", "decided"),
    ("continue_complaint", "continue", "denunciation.concluded"),
    ("withdraw_complaint", "withdraw", "verifying"),
    ("escalate_complaint", "escalate", "verifying"),
    ("assign_complaint", "assign", "feedback.classified"),
    ("answer_complaint", "answer", "feedback.assigned"),
    ("reopen_complaint", "reopen", "closed"),
    ("recuse_from_complaint", "recuse", "verifying"),
];

pub fn rows() -> Vec<Row> {
    macro_rules! step {
        ($id:literal, $who:expr, $action:literal, $kind:literal, $competence:literal) => {
            one($id, $who).body(|side| step($action, side, $kind, $competence, &side.complaints.handlers))
        };
    }
    vec![
        new("create_complaint", TAKING, "/receiving_unit_id").body(|side| petition(side, "complaint")),
        anywhere("list_complaint_receipts", TAKING),
        list("list_complaints", SEEING),
        one("get_complaint", SEEING),
        one("list_complaint_events", SEEING),
        one("list_complaint_records", SEEING),
        one("get_complaint_original", &[Inspector]),
        Row { whole: &[Auditor], ..one("list_complaint_audit_events", &[Inspector, Auditor]) },
        anywhere("list_complaint_alerts", SEEING),
        one("acknowledge_complaint_alert", SEEING),
        anywhere("list_complaint_figures", COUNTING),
        step!("classify_complaint", FIRST, "classify", "complaint", "own"),
        one("merge_complaint", FIRST).body(|side| json!({ "into_id": side.complaints.cases["accepted"] })),
        step!("file_complaint", FIRST, "file", "complaint", "own"),
        step!("guide_complaint", FIRST, "guide", "proposal", "external"),
        step!("forward_complaint", FIRST, "forward", "proposal", "external"),
        step!("record_complaint_reply", FIRST, "reply", "proposal", "external"),
        step!("protest_complaint", FIRST, "protest", "proposal", "external"),
        step!("accept_complaint", HEADS, "accept", "complaint", "own"),
        step!("refuse_complaint", HEADS, "refuse", "complaint", "own"),
        step!("verify_complaint", HEADS, "verify", "complaint", "own"),
        step!("appoint_complaint_handler", HEADS, "appoint", "complaint", "own"),
        step!("extend_complaint", HEADS, "extend", "complaint", "own"),
        step!("suspend_complaint", HEADS, "suspend", "complaint", "own"),
        one("resume_complaint", HEADS),
        step!("open_complaint_dialogue", HEADS, "open_dialogue", "complaint", "own"),
        step!("end_complaint_dialogue", HEADS, "end_dialogue", "complaint", "own"),
        step!("draft_complaint_decision", SEEING, "draft", "complaint", "own"),
        step!("decide_complaint", HEADS, "decide", "complaint", "own"),
        step!("conclude_complaint", HEADS, "conclude", "denunciation", "own"),
        step!("implement_complaint", HEADS, "implement", "complaint", "own"),
        step!("close_complaint", SEEING, "close", "complaint", "own"),
        step!("appeal_complaint", SEEING, "appeal", "complaint", "own"),
        step!("continue_complaint", SEEING, "continue", "denunciation", "own"),
        step!("withdraw_complaint", SEEING, "withdraw", "complaint", "own"),
        step!("escalate_complaint", SEEING, "escalate", "complaint", "own"),
        step!("assign_complaint", HEADS, "assign", "feedback", "own"),
        step!("answer_complaint", SEEING, "answer", "feedback", "own"),
        step!("reopen_complaint", &[Inspector], "reopen", "complaint", "own"),
        step!("recuse_from_complaint", SEEING, "recuse", "complaint", "own"),
    ]
}

/// Table and id of what the first parameter of an operation's path names; none: it is not ours.
pub fn named(resource: &str, operation: &Operation, side: &Side, _cast: &Cast) -> Option<(&'static str, String)> {
    match resource {
        "complaint-alerts" => Some(("complaint_alerts", side.complaints.alert.clone())),
        "complaints" => {
            let name = STEPS.iter().find(|(id, ..)| *id == operation.id).map_or("verifying", |(.., name)| name);
            Some(("complaints", side.complaints.cases[name].clone()))
        }
        _ => None,
    }
}
