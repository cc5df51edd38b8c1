//! The steps of a case as addresses: one for each noun of the machine.

use actix_web::{HttpRequest, HttpResponse, post, web};

use super::{
    lint, machine,
    steps::{self, Doing},
    store,
    views::{
        Complaint, ComplaintAcceptance, ComplaintAnswer, ComplaintAppeal, ComplaintAssignment, ComplaintClassification,
        ComplaintClosure, ComplaintConclusion, ComplaintContinuation, ComplaintDecision, ComplaintDialogue,
        ComplaintDialogueMinutes, ComplaintDraft, ComplaintEscalation, ComplaintExtension, ComplaintFiling, ComplaintForwarding,
        ComplaintGuidance, ComplaintImplementation, ComplaintMerger, ComplaintProtest, ComplaintRefusal, ComplaintReopening,
        ComplaintReply, ComplaintSuspension, ComplaintVerification, ComplaintWithdrawal, NewComplaintHandler,
        NewComplaintRecusal,
    },
    visible::Onlooker,
};
use crate::{
    access::{Access, Action, Policy, Resource},
    db::{Change, Db, Id, Tx},
    http::{Answer, Body, Command, Given, Json, NoBody, NotTaken, Result},
    machine::{self as machines, Event},
};

/// As the trail names cases.
const RESOURCE: &str = "complaints";

/// Takes a step: the case is found by whoever may see it, the machine asked, the step's own rules applied, and the case kept in its
/// next version.
async fn act<B: Body>(
    request: HttpRequest,
    command: Command<B>,
    db: web::Data<Db>,
    id: web::Path<Id>,
    action: &'static str,
    step: impl Fn(&mut Tx<'_>, &mut Doing, &B) -> Result<()> + Send + 'static,
) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Complaints)?;
    command.access.require_budget(&request, Policy::Lookup)?;
    let (access, id) = (command.access.clone(), id.into_inner());
    // A kept answer is not told to somebody who keeps out of the case by now.
    let asking = access.clone();
    db.read(move |reader| Onlooker::of(reader, &asking)?.find(reader, id)).await?;
    let (acting, keys) = (access.clone(), db.keys().clone());
    let outcome = command
        .run(&scope, move |tx, body, given| {
            let mut doing = begin(tx, &acting, given, id, action)?;
            step(tx, &mut doing, body)?;
            finish(tx, &mut doing, action)?;
            // Whoever has just withdrawn from it is shown no more of it.
            if action == "recuse" { Ok(Answer::nothing()) } else { super::routes::shown(tx, &keys, &doing) }
        })
        .await;
    lint::watched(&request, &db, &access, id, outcome).await
}

/// The case in the hands of the caller, if she may take the step.
fn begin(tx: &mut Tx<'_>, access: &Access, given: &Given, id: Id, action: &'static str) -> Result<Doing> {
    let onlooker = Onlooker::of(&mut tx.read(), access)?;
    let mut row = onlooker.find(&mut tx.read(), id)?;
    given.check_version(tx, id, row.version, std::iter::empty())?;
    let acting = store::acting(&mut tx.read(), &onlooker, &row)?;
    let taken = machine::take(&row, action, &acting)?;
    let before = row.status;
    // Where it may lead to several states, or stays, the step says itself.
    if let [to] = taken.to {
        row.status = *to;
    }
    (row.version, row.updated_at) = (row.version + 1, tx.now());
    // No unit: among those who read a unit's trail may be whom it is about. No words: they stand in the case, sealed.
    tx.record(
        Change::new(taken.action, RESOURCE, id, row.version)
            .before(&serde_json::json!({ "status": before }))
            .after(&serde_json::json!({ "status": row.status })),
    );
    Ok(Doing { row, before, onlooker, reason: None })
}

/// Keeps the case and its step.
fn finish(tx: &mut Tx<'_>, doing: &mut Doing, action: &'static str) -> Result<()> {
    store::save(tx, &doing.row)?;
    machines::record(
        tx,
        &Event {
            object_id: doing.row.id,
            object_version: doing.row.version,
            action,
            from: Some(doing.before.as_str()),
            to: doing.row.status.as_str(),
            effective_on: None,
            reason: doing.reason,
        },
    )
}

/// Classify a case
///
/// What it is, whom it is about, who is competent, and its text without what tells who wrote it. The unit that handles it
/// follows from whom it is about; mass, bypass and hot spot from the rest. It may leave your sight by that.
#[utoipa::path(tag = "complaints", operation_id = "classify_complaint", params(("id" = Id, Path, description = "The case"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = ComplaintClassification, responses(
    (status = 200, description = "As it is now", body = Complaint),
    NotTaken,
), security(("password" = [])))]
#[post("/complaints/{id}/classifications")]
pub(super) async fn classify_complaint(
    request: HttpRequest,
    command: Command<Json<ComplaintClassification>>,
    db: web::Data<Db>,
    id: web::Path<Id>,
) -> Result<HttpResponse> {
    act(request, command, db, id, "classify", |tx, doing, Json(body)| steps::classify(tx, doing, body)).await
}

/// Merge a case into another
///
/// It is the same matter as another open case that you see; it goes on there.
#[utoipa::path(tag = "complaints", operation_id = "merge_complaint", params(("id" = Id, Path, description = "The case"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = ComplaintMerger, responses(
    (status = 200, description = "As it is now", body = Complaint),
    NotTaken,
), security(("password" = [])))]
#[post("/complaints/{id}/mergers")]
pub(super) async fn merge_complaint(
    request: HttpRequest,
    command: Command<Json<ComplaintMerger>>,
    db: web::Data<Db>,
    id: web::Path<Id>,
) -> Result<HttpResponse> {
    act(request, command, db, id, "merge", |tx, doing, Json(body)| steps::merge(tx, doing, body)).await
}

/// File a case without settling it
///
/// It fails the conditions; it is kept for a year.
#[utoipa::path(tag = "complaints", operation_id = "file_complaint", params(("id" = Id, Path, description = "The case"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = ComplaintFiling, responses(
    (status = 200, description = "As it is now", body = Complaint),
    NotTaken,
), security(("password" = [])))]
#[post("/complaints/{id}/filings")]
pub(super) async fn file_complaint(
    request: HttpRequest,
    command: Command<Json<ComplaintFiling>>,
    db: web::Data<Db>,
    id: web::Path<Id>,
) -> Result<HttpResponse> {
    act(request, command, db, id, "file", |tx, doing, Json(body)| steps::file(tx, doing, body)).await
}

/// Guide the petitioner elsewhere
///
/// Of a complaint or proposal that others are competent for. It ends here.
#[utoipa::path(tag = "complaints", operation_id = "guide_complaint", params(("id" = Id, Path, description = "The case"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = ComplaintGuidance, responses(
    (status = 200, description = "As it is now", body = Complaint),
    NotTaken,
), security(("password" = [])))]
#[post("/complaints/{id}/guidances")]
pub(super) async fn guide_complaint(
    request: HttpRequest,
    command: Command<Json<ComplaintGuidance>>,
    db: web::Data<Db>,
    id: web::Path<Id>,
) -> Result<HttpResponse> {
    act(request, command, db, id, "guide", |tx, doing, Json(body)| steps::guide(tx, doing, body)).await
}

/// Forward a case
///
/// To who is competent; their reply is awaited. Complaints are guided instead, unless they are about rights of women and children.
#[utoipa::path(tag = "complaints", operation_id = "forward_complaint", params(("id" = Id, Path, description = "The case"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = ComplaintForwarding, responses(
    (status = 200, description = "As it is now", body = Complaint),
    NotTaken,
), security(("password" = [])))]
#[post("/complaints/{id}/forwardings")]
pub(super) async fn forward_complaint(
    request: HttpRequest,
    command: Command<Json<ComplaintForwarding>>,
    db: web::Data<Db>,
    id: web::Path<Id>,
) -> Result<HttpResponse> {
    act(request, command, db, id, "forward", |tx, doing, Json(body)| steps::forward(tx, doing, body)).await
}

/// Record the reply to what was forwarded
///
/// As the receiver wrote it.
#[utoipa::path(tag = "complaints", operation_id = "record_complaint_reply", params(("id" = Id, Path, description = "The case"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = ComplaintReply, responses(
    (status = 200, description = "As it is now", body = Complaint),
    NotTaken,
), security(("password" = [])))]
#[post("/complaints/{id}/replies")]
pub(super) async fn record_complaint_reply(
    request: HttpRequest,
    command: Command<Json<ComplaintReply>>,
    db: web::Data<Db>,
    id: web::Path<Id>,
) -> Result<HttpResponse> {
    act(request, command, db, id, "reply", |tx, doing, Json(body)| steps::reply(tx, doing, body)).await
}

/// Protest against the reply
///
/// To the body above the one that replied, when the union does not agree. It ends here.
#[utoipa::path(tag = "complaints", operation_id = "protest_complaint", params(("id" = Id, Path, description = "The case"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = ComplaintProtest, responses(
    (status = 200, description = "As it is now", body = Complaint),
    NotTaken,
), security(("password" = [])))]
#[post("/complaints/{id}/protests")]
pub(super) async fn protest_complaint(
    request: HttpRequest,
    command: Command<Json<ComplaintProtest>>,
    db: web::Data<Db>,
    id: web::Path<Id>,
) -> Result<HttpResponse> {
    act(request, command, db, id, "protest", |tx, doing, Json(body)| steps::protest(tx, doing, body)).await
}

/// Accept a case
///
/// For settlement: its conditions are met, and it is in time. The clock of settlement begins.
#[utoipa::path(tag = "complaints", operation_id = "accept_complaint", params(("id" = Id, Path, description = "The case"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = ComplaintAcceptance, responses(
    (status = 200, description = "As it is now", body = Complaint),
    NotTaken,
), security(("password" = [])))]
#[post("/complaints/{id}/acceptances")]
pub(super) async fn accept_complaint(
    request: HttpRequest,
    command: Command<Json<ComplaintAcceptance>>,
    db: web::Data<Db>,
    id: web::Path<Id>,
) -> Result<HttpResponse> {
    act(request, command, db, id, "accept", |tx, doing, Json(body)| steps::accept(tx, doing, body)).await
}

/// Refuse a case
///
/// With the reason the law names. It ends here; the petitioner may go to the level above.
#[utoipa::path(tag = "complaints", operation_id = "refuse_complaint", params(("id" = Id, Path, description = "The case"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = ComplaintRefusal, responses(
    (status = 200, description = "As it is now", body = Complaint),
    NotTaken,
), security(("password" = [])))]
#[post("/complaints/{id}/refusals")]
pub(super) async fn refuse_complaint(
    request: HttpRequest,
    command: Command<Json<ComplaintRefusal>>,
    db: web::Data<Db>,
    id: web::Path<Id>,
) -> Result<HttpResponse> {
    act(request, command, db, id, "refuse", |tx, doing, Json(body)| steps::refuse(tx, doing, body)).await
}

/// Appoint who verifies a case
///
/// At least two, the lead first; nobody who keeps out of the case. Of a denunciation only they see it from now on.
#[utoipa::path(tag = "complaints", operation_id = "verify_complaint", params(("id" = Id, Path, description = "The case"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = ComplaintVerification, responses(
    (status = 200, description = "As it is now", body = Complaint),
    NotTaken,
), security(("password" = [])))]
#[post("/complaints/{id}/verifications")]
pub(super) async fn verify_complaint(
    request: HttpRequest,
    command: Command<Json<ComplaintVerification>>,
    db: web::Data<Db>,
    id: web::Path<Id>,
) -> Result<HttpResponse> {
    act(request, command, db, id, "verify", |tx, doing, Json(body)| steps::verify(tx, doing, body)).await
}

/// Appoint one more handler
///
/// Somebody with a role that handles cases, who does not keep out of this one. She may lead the others.
#[utoipa::path(tag = "complaints", operation_id = "appoint_complaint_handler", params(("id" = Id, Path, description = "The case"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = NewComplaintHandler, responses(
    (status = 200, description = "As it is now", body = Complaint),
    NotTaken,
), security(("password" = [])))]
#[post("/complaints/{id}/handlers")]
pub(super) async fn appoint_complaint_handler(
    request: HttpRequest,
    command: Command<Json<NewComplaintHandler>>,
    db: web::Data<Db>,
    id: web::Path<Id>,
) -> Result<HttpResponse> {
    act(request, command, db, id, "appoint", |tx, doing, Json(body)| steps::appoint(tx, doing, body)).await
}

/// Extend the time of a case
///
/// Before it has run out: a complaint once, a denunciation once if it is complex and twice if it is specially complex.
#[utoipa::path(tag = "complaints", operation_id = "extend_complaint", params(("id" = Id, Path, description = "The case"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = ComplaintExtension, responses(
    (status = 200, description = "As it is now", body = Complaint),
    NotTaken,
), security(("password" = [])))]
#[post("/complaints/{id}/extensions")]
pub(super) async fn extend_complaint(
    request: HttpRequest,
    command: Command<Json<ComplaintExtension>>,
    db: web::Data<Db>,
    id: web::Path<Id>,
) -> Result<HttpResponse> {
    act(request, command, db, id, "extend", |tx, doing, Json(body)| steps::extend(tx, doing, body)).await
}

/// Suspend a case
///
/// Until another body has decided, or a force majeure is over. The clock stands still.
#[utoipa::path(tag = "complaints", operation_id = "suspend_complaint", params(("id" = Id, Path, description = "The case"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = ComplaintSuspension, responses(
    (status = 200, description = "As it is now", body = Complaint),
    NotTaken,
), security(("password" = [])))]
#[post("/complaints/{id}/suspensions")]
pub(super) async fn suspend_complaint(
    request: HttpRequest,
    command: Command<Json<ComplaintSuspension>>,
    db: web::Data<Db>,
    id: web::Path<Id>,
) -> Result<HttpResponse> {
    act(request, command, db, id, "suspend", |tx, doing, Json(body)| steps::suspend(tx, doing, body)).await
}

/// Resume a case
///
/// The clock goes on with the days it had left.
#[utoipa::path(tag = "complaints", operation_id = "resume_complaint", params(("id" = Id, Path, description = "The case"),
    ("If-Match" = String, Header, description = "The version you have read")), responses(
    (status = 200, description = "As it is now", body = Complaint),
    NotTaken,
), security(("password" = [])))]
#[post("/complaints/{id}/resumptions")]
pub(super) async fn resume_complaint(
    request: HttpRequest,
    command: Command<NoBody>,
    db: web::Data<Db>,
    id: web::Path<Id>,
) -> Result<HttpResponse> {
    act(request, command, db, id, "resume", |tx, doing, _| steps::resume(tx, doing)).await
}

/// Call the parties to a dialogue
///
/// Of a complaint; in the second instance they must meet.
#[utoipa::path(tag = "complaints", operation_id = "open_complaint_dialogue", params(("id" = Id, Path, description = "The case"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = ComplaintDialogue, responses(
    (status = 200, description = "As it is now", body = Complaint),
    NotTaken,
), security(("password" = [])))]
#[post("/complaints/{id}/dialogues")]
pub(super) async fn open_complaint_dialogue(
    request: HttpRequest,
    command: Command<Json<ComplaintDialogue>>,
    db: web::Data<Db>,
    id: web::Path<Id>,
) -> Result<HttpResponse> {
    act(request, command, db, id, "open_dialogue", |tx, doing, Json(body)| steps::open_dialogue(tx, doing, body)).await
}

/// Record the minutes of a dialogue
///
/// Then verification goes on.
#[utoipa::path(tag = "complaints", operation_id = "end_complaint_dialogue", params(("id" = Id, Path, description = "The case"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = ComplaintDialogueMinutes, responses(
    (status = 200, description = "As it is now", body = Complaint),
    NotTaken,
), security(("password" = [])))]
#[post("/complaints/{id}/dialogue-minutes")]
pub(super) async fn end_complaint_dialogue(
    request: HttpRequest,
    command: Command<Json<ComplaintDialogueMinutes>>,
    db: web::Data<Db>,
    id: web::Path<Id>,
) -> Result<HttpResponse> {
    act(request, command, db, id, "end_dialogue", |tx, doing, Json(body)| steps::end_dialogue(tx, doing, body)).await
}

/// Draft the decision on a complaint
///
/// Facts, verification, dialogue, legal basis, conclusion, and the right to go further.
#[utoipa::path(tag = "complaints", operation_id = "draft_complaint_decision", params(("id" = Id, Path, description = "The case"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = ComplaintDraft, responses(
    (status = 200, description = "As it is now", body = Complaint),
    NotTaken,
), security(("password" = [])))]
#[post("/complaints/{id}/drafts")]
pub(super) async fn draft_complaint_decision(
    request: HttpRequest,
    command: Command<Json<ComplaintDraft>>,
    db: web::Data<Db>,
    id: web::Path<Id>,
) -> Result<HttpResponse> {
    act(request, command, db, id, "draft", |tx, doing, Json(body)| steps::draft(tx, doing, body)).await
}

/// Decide a complaint
///
/// The decision complained of is kept, changed or cancelled.
#[utoipa::path(tag = "complaints", operation_id = "decide_complaint", params(("id" = Id, Path, description = "The case"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = ComplaintDecision, responses(
    (status = 200, description = "As it is now", body = Complaint),
    NotTaken,
), security(("password" = [])))]
#[post("/complaints/{id}/decisions")]
pub(super) async fn decide_complaint(
    request: HttpRequest,
    command: Command<Json<ComplaintDecision>>,
    db: web::Data<Db>,
    id: web::Path<Id>,
) -> Result<HttpResponse> {
    act(request, command, db, id, "decide", |tx, doing, Json(body)| steps::decide(tx, doing, body)).await
}

/// Conclude a denunciation
///
/// It is right, partly right, wrong, or without basis; and what is to be done.
#[utoipa::path(tag = "complaints", operation_id = "conclude_complaint", params(("id" = Id, Path, description = "The case"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = ComplaintConclusion, responses(
    (status = 200, description = "As it is now", body = Complaint),
    NotTaken,
), security(("password" = [])))]
#[post("/complaints/{id}/conclusions")]
pub(super) async fn conclude_complaint(
    request: HttpRequest,
    command: Command<Json<ComplaintConclusion>>,
    db: web::Data<Db>,
    id: web::Path<Id>,
) -> Result<HttpResponse> {
    act(request, command, db, id, "conclude", |tx, doing, Json(body)| steps::conclude(tx, doing, body)).await
}

/// Begin to carry out what was decided
///
/// Decision or conclusion was sent, and published where it is due.
#[utoipa::path(tag = "complaints", operation_id = "implement_complaint", params(("id" = Id, Path, description = "The case"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = ComplaintImplementation, responses(
    (status = 200, description = "As it is now", body = Complaint),
    NotTaken,
), security(("password" = [])))]
#[post("/complaints/{id}/implementations")]
pub(super) async fn implement_complaint(
    request: HttpRequest,
    command: Command<Json<ComplaintImplementation>>,
    db: web::Data<Db>,
    id: web::Path<Id>,
) -> Result<HttpResponse> {
    act(request, command, db, id, "implement", |tx, doing, Json(body)| steps::implement(tx, doing, body)).await
}

/// Close a case
///
/// Everything is done.
#[utoipa::path(tag = "complaints", operation_id = "close_complaint", params(("id" = Id, Path, description = "The case"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = ComplaintClosure, responses(
    (status = 200, description = "As it is now", body = Complaint),
    NotTaken,
), security(("password" = [])))]
#[post("/complaints/{id}/closures")]
pub(super) async fn close_complaint(
    request: HttpRequest,
    command: Command<Json<ComplaintClosure>>,
    db: web::Data<Db>,
    id: web::Path<Id>,
) -> Result<HttpResponse> {
    act(request, command, db, id, "close", |tx, doing, Json(body)| steps::close(tx, doing, body)).await
}

/// Record an appeal
///
/// The complainant goes on in time: to the level above, where a new case begins, or to a court. The code of the new case stands in the records.
#[utoipa::path(tag = "complaints", operation_id = "appeal_complaint", params(("id" = Id, Path, description = "The case"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = ComplaintAppeal, responses(
    (status = 200, description = "As it is now", body = Complaint),
    NotTaken,
), security(("password" = [])))]
#[post("/complaints/{id}/appeals")]
pub(super) async fn appeal_complaint(
    request: HttpRequest,
    command: Command<Json<ComplaintAppeal>>,
    db: web::Data<Db>,
    id: web::Path<Id>,
) -> Result<HttpResponse> {
    act(request, command, db, id, "appeal", |tx, doing, Json(body)| steps::appeal(tx, doing, body)).await
}

/// Record that a denunciation goes on
///
/// To the level above, where a new case begins: it was not settled in time, or unlawfully.
#[utoipa::path(tag = "complaints", operation_id = "continue_complaint", params(("id" = Id, Path, description = "The case"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = ComplaintContinuation, responses(
    (status = 200, description = "As it is now", body = Complaint),
    NotTaken,
), security(("password" = [])))]
#[post("/complaints/{id}/continuations")]
pub(super) async fn continue_complaint(
    request: HttpRequest,
    command: Command<Json<ComplaintContinuation>>,
    db: web::Data<Db>,
    id: web::Path<Id>,
) -> Result<HttpResponse> {
    act(request, command, db, id, "continue", |tx, doing, Json(body)| steps::carry_on(tx, doing, body)).await
}

/// Record a withdrawal
///
/// In writing, by some of the petitioners or all, of a part or the whole. Others go on. It does not count under coercion, nor
/// – of a denunciation – with signs of a violation or of slander.
#[utoipa::path(tag = "complaints", operation_id = "withdraw_complaint", params(("id" = Id, Path, description = "The case"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = ComplaintWithdrawal, responses(
    (status = 200, description = "As it is now", body = Complaint),
    NotTaken,
), security(("password" = [])))]
#[post("/complaints/{id}/withdrawals")]
pub(super) async fn withdraw_complaint(
    request: HttpRequest,
    command: Command<Json<ComplaintWithdrawal>>,
    db: web::Data<Db>,
    id: web::Path<Id>,
) -> Result<HttpResponse> {
    act(request, command, db, id, "withdraw", |tx, doing, Json(body)| steps::withdraw(tx, doing, body)).await
}

/// Raise a case as a hot spot
///
/// It is alerted at once; its state stays.
#[utoipa::path(tag = "complaints", operation_id = "escalate_complaint", params(("id" = Id, Path, description = "The case"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = ComplaintEscalation, responses(
    (status = 200, description = "As it is now", body = Complaint),
    NotTaken,
), security(("password" = [])))]
#[post("/complaints/{id}/escalations")]
pub(super) async fn escalate_complaint(
    request: HttpRequest,
    command: Command<Json<ComplaintEscalation>>,
    db: web::Data<Db>,
    id: web::Path<Id>,
) -> Result<HttpResponse> {
    act(request, command, db, id, "escalate", |tx, doing, Json(body)| steps::escalate(tx, doing, body)).await
}

/// Assign a proposal or feedback
///
/// To whoever answers it.
#[utoipa::path(tag = "complaints", operation_id = "assign_complaint", params(("id" = Id, Path, description = "The case"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = ComplaintAssignment, responses(
    (status = 200, description = "As it is now", body = Complaint),
    NotTaken,
), security(("password" = [])))]
#[post("/complaints/{id}/assignments")]
pub(super) async fn assign_complaint(
    request: HttpRequest,
    command: Command<Json<ComplaintAssignment>>,
    db: web::Data<Db>,
    id: web::Path<Id>,
) -> Result<HttpResponse> {
    act(request, command, db, id, "assign", |tx, doing, Json(body)| steps::assign(tx, doing, body)).await
}

/// Answer a proposal or feedback
///
/// With the text that is sent.
#[utoipa::path(tag = "complaints", operation_id = "answer_complaint", params(("id" = Id, Path, description = "The case"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = ComplaintAnswer, responses(
    (status = 200, description = "As it is now", body = Complaint),
    NotTaken,
), security(("password" = [])))]
#[post("/complaints/{id}/answers")]
pub(super) async fn answer_complaint(
    request: HttpRequest,
    command: Command<Json<ComplaintAnswer>>,
    db: web::Data<Db>,
    id: web::Path<Id>,
) -> Result<HttpResponse> {
    act(request, command, db, id, "answer", |tx, doing, Json(body)| steps::answer(tx, doing, body)).await
}

/// Take up again what was closed
///
/// There are new facts: a new case begins at the level above, and this one stays as it is. For the inspection committee of that level.
#[utoipa::path(tag = "complaints", operation_id = "reopen_complaint", params(("id" = Id, Path, description = "The case"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = ComplaintReopening, responses(
    (status = 200, description = "As it is now", body = Complaint),
    NotTaken,
), security(("password" = [])))]
#[post("/complaints/{id}/reopenings")]
pub(super) async fn reopen_complaint(
    request: HttpRequest,
    command: Command<Json<ComplaintReopening>>,
    db: web::Data<Db>,
    id: web::Path<Id>,
) -> Result<HttpResponse> {
    act(request, command, db, id, "reopen", |tx, doing, Json(body)| steps::reopen(tx, doing, body)).await
}

/// Keep out of a case
///
/// For whoever sees it and should not decide in it. From this moment on it does not exist for you; what you led goes to whoever
/// handles it beside you, else back to where somebody is appointed.
#[utoipa::path(tag = "complaints", operation_id = "recuse_from_complaint", params(("id" = Id, Path, description = "The case"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = NewComplaintRecusal, responses(
    (status = 204, description = "You keep out of it"),
    NotTaken,
), security(("password" = [])))]
#[post("/complaints/{id}/recusals")]
pub(super) async fn recuse_from_complaint(
    request: HttpRequest,
    command: Command<Json<NewComplaintRecusal>>,
    db: web::Data<Db>,
    id: web::Path<Id>,
) -> Result<HttpResponse> {
    act(request, command, db, id, "recuse", |tx, doing, Json(body)| steps::recuse(tx, doing, body)).await
}
