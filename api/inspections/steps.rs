//! The steps of an inspection, from the decision to the end.

use actix_web::{HttpResponse, get, post, web};
use chrono::NaiveDate;
use diesel::{ExpressionMethods, QueryDsl, SelectableHelper};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    answers, findings,
    model::{
        DraftComment, DraftSharing, FieldworkCompletion, Inspection, InspectionClosure, InspectionDraft, InspectionReason,
        InspectionRow, InspectionSchedule, InspectionStart, InspectionStatus, MinutesSignature, NewResultNotice, NewSelfReport,
        NoticeRecipientKind, NoticeRow, SelfReport, TeamChange,
    },
    remediations,
    routes::show,
    rules,
    sight::{Place, Viewer},
    store::{self, Kept},
    team,
};
use crate::{
    access::{Access, Action, Resource},
    calendar::{holidays, today},
    db::{
        Change, Db, Id, Tx,
        schema::{inspection_notices, inspection_self_reports, inspection_teams},
    },
    http::{Answer, Bare, Body, Command, Json, Listing, NoFilters, NotTaken, NotThere, Problem, Query, Result, page},
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(schedule_inspection)
        .service(change_inspection_team)
        .service(postpone_inspection)
        .service(list_self_reports)
        .service(report_itself)
        .service(start_inspection)
        .service(finish_fieldwork)
        .service(draft_inspection)
        .service(share_inspection_draft)
        .service(comment_inspection_draft)
        .service(issue_result_notice)
        .service(close_inspection)
        .service(cancel_inspection);
}

/// An inspection while a step is taken: what the step changes of it, and what it says of itself.
struct Taking<'v> {
    viewer: &'v Viewer,
    place: Place,
    row: InspectionRow,
    effective_on: Option<NaiveDate>,
    reason: Option<String>,
}

/// Takes a step: `carry` checks what depends on more than the state, and changes the row. The state follows from the machine.
async fn take<B: Send + Sync + 'static>(
    command: Command<Json<B>>,
    id: Id,
    action: &'static str,
    carry: impl Fn(&mut Tx<'_>, &mut Taking<'_>, &B) -> Result<()> + Send + 'static,
) -> Result<HttpResponse>
where
    Json<B>: Body,
{
    let scope = command.access.to(Action::Update, Resource::Inspections)?;
    let viewer = Viewer::of(&command.access)?;
    command
        .run(&scope, move |tx, Json(body), given| {
            let (before, place, _) = store::find(&mut tx.read(), &viewer, id)?;
            given.check_version(tx, id, before.version, std::iter::empty())?;
            let step = store::step(&viewer, &place, &before, action)?;
            let mut taking = Taking { viewer: &viewer, place, row: before.clone(), effective_on: None, reason: None };
            carry(tx, &mut taking, body)?;
            let Taking { row: mut after, effective_on, reason, .. } = taking;
            after.status = step.to.first().copied().unwrap_or(before.status);
            let row = store::keep(tx, Kept { before, after, action: step.action, reason: reason.as_deref(), effective_on })?;
            let row = remediations::begin_if_all_are_planned(tx, row)?;
            show(tx, &viewer, row)
        })
        .await
}

/// Schedule an inspection
///
/// The decision is there and was sent to the unit, seven working days before; of a surprise nothing is sent. The team has
/// a lead and at least one more, nobody of the unit, nor kin of its officers; and nobody is inspected or inspects twice on one day.
#[utoipa::path(tag = "inspections", operation_id = "schedule_inspection", params(("id" = Id, Path, description = "The inspection"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = InspectionSchedule, responses(
    (status = 200, description = "As it is now", body = Inspection),
    NotTaken,
), security(("password" = [])))]
#[post("/inspections/{id}/schedules")]
async fn schedule_inspection(command: Command<Json<InspectionSchedule>>, id: web::Path<Id>) -> Result<HttpResponse> {
    take(command, id.into_inner(), "schedule", |tx, taking, body: &InspectionSchedule| {
        rules::check_days(body.starts_on, body.ends_on)?;
        let calendar = holidays::from(&mut tx.read(), body.sent_on.unwrap_or(body.starts_on))?;
        rules::check_sent(&calendar, taking.row.is_surprise, body.sent_on, body.starts_on, today())?;
        let row = &mut taking.row;
        row.decision_no = Some(rules::said("/decision_no", &body.decision_no)?);
        (row.sent_on, row.starts_on, row.ends_on) = (body.sent_on, body.starts_on, body.ends_on);
        team::check_again(&mut tx.read(), row.inspected_unit_id, &taking.place.team)?;
        team::check_calendar(&mut tx.read(), taking.viewer, row, &taking.place.team)?;
        taking.effective_on = Some(body.starts_on);
        Ok(())
    })
    .await
}

/// Change the team of an inspection
///
/// The whole team as it is from now on. Nobody of it belongs to the inspected unit by her place on the roll, a post or a
/// role, or is kin of its officers.
#[utoipa::path(tag = "inspections", operation_id = "change_inspection_team", params(("id" = Id, Path, description = "The inspection"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = TeamChange, responses(
    (status = 200, description = "As it is now", body = Inspection),
    NotTaken,
), security(("password" = [])))]
#[post("/inspections/{id}/team-changes")]
async fn change_inspection_team(command: Command<Json<TeamChange>>, id: web::Path<Id>) -> Result<HttpResponse> {
    take(command, id.into_inner(), "change_team", |tx, taking, body: &TeamChange| {
        let row = &taking.row;
        team::check(&mut tx.read(), taking.viewer, row.inspected_unit_id, &body.members)?;
        let members: Vec<(Id, bool)> = body.members.iter().map(|one| (one.member_id, one.is_lead)).collect();
        if row.status != InspectionStatus::Planned && row.status != InspectionStatus::Postponed {
            team::check_calendar(&mut tx.read(), taking.viewer, row, &members)?;
        }
        let team = |members: &[(Id, bool)]| serde_json::json!({ "team": members });
        tx.record(
            Change::new("change_team", "inspection_teams", row.id, row.version + 1)
                .at(row.unit_id)
                .before(&team(&taking.place.team))
                .after(&team(&members)),
        );
        tx.execute(diesel::delete(inspection_teams::table.filter(inspection_teams::inspection_id.eq(row.id))))?;
        for (member, is_lead) in members {
            tx.execute(diesel::insert_into(inspection_teams::table).values((
                inspection_teams::inspection_id.eq(row.id),
                inspection_teams::member_id.eq(member),
                inspection_teams::is_lead.eq(is_lead),
            )))?;
        }
        Ok(())
    })
    .await
}

/// Postpone an inspection
///
/// With the reason; it is scheduled again later, and how often that happened is counted.
#[utoipa::path(tag = "inspections", operation_id = "postpone_inspection", params(("id" = Id, Path, description = "The inspection"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = InspectionReason, responses(
    (status = 200, description = "As it is now", body = Inspection),
    NotTaken,
), security(("password" = [])))]
#[post("/inspections/{id}/postponements")]
async fn postpone_inspection(command: Command<Json<InspectionReason>>, id: web::Path<Id>) -> Result<HttpResponse> {
    take(command, id.into_inner(), "postpone", |_, taking, body: &InspectionReason| {
        taking.reason = Some(rules::said("/reason", &body.reason)?);
        taking.row.postponed_count += 1;
        Ok(())
    })
    .await
}

/// Start an inspection
///
/// The team comes to the unit: from now on a surprise is one no more.
#[utoipa::path(tag = "inspections", operation_id = "start_inspection", params(("id" = Id, Path, description = "The inspection"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = InspectionStart, responses(
    (status = 200, description = "As it is now", body = Inspection),
    NotTaken,
), security(("password" = [])))]
#[post("/inspections/{id}/starts")]
async fn start_inspection(command: Command<Json<InspectionStart>>, id: web::Path<Id>) -> Result<HttpResponse> {
    take(command, id.into_inner(), "start", |tx, taking, body: &InspectionStart| {
        rules::check_past("/started_on", body.started_on, Some(taking.row.starts_on), today())?;
        team::check_again(&mut tx.read(), taking.row.inspected_unit_id, &taking.place.team)?;
        taking.row.started_on = Some(body.started_on);
        taking.effective_on = Some(body.started_on);
        Ok(())
    })
    .await
}

/// Finish the fieldwork of an inspection
///
/// With the minutes, signed by both sides, or with a note that the unit refused. The notice of results is due 15 days later.
#[utoipa::path(tag = "inspections", operation_id = "finish_fieldwork", params(("id" = Id, Path, description = "The inspection"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = FieldworkCompletion, responses(
    (status = 200, description = "As it is now", body = Inspection),
    NotTaken,
), security(("password" = [])))]
#[post("/inspections/{id}/fieldwork-completions")]
async fn finish_fieldwork(command: Command<Json<FieldworkCompletion>>, id: web::Path<Id>) -> Result<HttpResponse> {
    take(command, id.into_inner(), "finish_fieldwork", |_, taking, body: &FieldworkCompletion| {
        rules::check_past("/finished_on", body.finished_on, taking.row.started_on, today())?;
        let note = body.minutes_note.as_deref().map(|note| rules::said("/minutes_note", note)).transpose()?;
        if body.minutes_signature == MinutesSignature::RefusedToSign && note.is_none() {
            return Err(rules::required("/minutes_note"));
        }
        let row = &mut taking.row;
        row.fieldwork_done_on = Some(body.finished_on);
        row.notice_due_on = Some(rules::notice_due_on(body.finished_on));
        (row.minutes_signature, row.minutes_note) = (Some(body.minutes_signature), note);
        taking.effective_on = Some(body.finished_on);
        Ok(())
    })
    .await
}

/// Put the results of an inspection together
///
/// With at least one finding, or saying that nothing was found; no question of the checklist is in conflict any more.
#[utoipa::path(tag = "inspections", operation_id = "draft_inspection", params(("id" = Id, Path, description = "The inspection"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = InspectionDraft, responses(
    (status = 200, description = "As it is now", body = Inspection),
    NotTaken,
), security(("password" = [])))]
#[post("/inspections/{id}/drafts")]
async fn draft_inspection(command: Command<Json<InspectionDraft>>, id: web::Path<Id>) -> Result<HttpResponse> {
    take(command, id.into_inner(), "draft", |tx, taking, body: &InspectionDraft| {
        let some = !findings::standing(&mut tx.read(), taking.row.id)?.is_empty();
        match (some, body.no_issue) {
            (false, false) => Err(Problem::field(
                "/no_issue",
                "no_findings",
                "Chưa có phát hiện nào: ghi phát hiện, hoặc xác nhận không có vấn đề",
                "There is no finding: record one, or say that nothing was found",
            )),
            (true, true) => Err(Problem::field("/no_issue", "has_findings", "Đã ghi nhận phát hiện", "There are findings")),
            _ if answers::has_conflicts(&mut tx.read(), taking.row.id)? => Err(Problem::field(
                "",
                "checklist_in_conflict",
                "Phiếu kiểm tra còn câu có hai câu trả lời khác nhau; trưởng đoàn cần chọn",
                "A question of the checklist has two answers: the lead picks one first",
            )),
            _ => {
                taking.row.no_issue = body.no_issue;
                Ok(())
            }
        }
    })
    .await
}

/// Share the draft with the inspected unit
///
/// It sees the findings from now on, and may comment for five working days.
#[utoipa::path(tag = "inspections", operation_id = "share_inspection_draft", params(("id" = Id, Path, description = "The inspection"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = DraftSharing, responses(
    (status = 200, description = "As it is now", body = Inspection),
    NotTaken,
), security(("password" = [])))]
#[post("/inspections/{id}/sharings")]
async fn share_inspection_draft(command: Command<Json<DraftSharing>>, id: web::Path<Id>) -> Result<HttpResponse> {
    take(command, id.into_inner(), "share", |tx, taking, body: &DraftSharing| {
        let row = &mut taking.row;
        if row.shared_on.is_some() {
            return Err(Problem::field("/shared_on", "already_shared", "Đã gửi đơn vị góp ý", "It was shared already"));
        }
        rules::check_past("/shared_on", body.shared_on, row.fieldwork_done_on, today())?;
        row.shared_on = Some(body.shared_on);
        let calendar = holidays::from(&mut tx.read(), body.shared_on)?;
        row.comment_due_on = Some(calendar.add_working_days(body.shared_on, rules::COMMENT_WORKING_DAYS));
        taking.effective_on = Some(body.shared_on);
        Ok(())
    })
    .await
}

/// Comment on the draft
///
/// By the inspected unit, within five working days; after that its silence says that it has nothing to say.
#[utoipa::path(tag = "inspections", operation_id = "comment_inspection_draft", params(("id" = Id, Path, description = "The inspection"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = DraftComment, responses(
    (status = 200, description = "As it is now", body = Inspection),
    NotTaken,
), security(("password" = [])))]
#[post("/inspections/{id}/comments")]
async fn comment_inspection_draft(command: Command<Json<DraftComment>>, id: web::Path<Id>) -> Result<HttpResponse> {
    take(command, id.into_inner(), "comment", |_, taking, body: &DraftComment| {
        let (row, day) = (&mut taking.row, today());
        let Some(due) = row.comment_due_on else {
            return Err(Problem::field(
                "/comment",
                "not_shared",
                "Chưa có dự thảo gửi đơn vị",
                "No draft was shared with the unit",
            ));
        };
        if day > due {
            return Err(Problem::field(
                "/comment",
                "too_late",
                format!("Đã hết hạn góp ý ({due})"),
                format!("The time to comment ended on {due}"),
            ));
        }
        (row.comment, row.commented_on) = (Some(rules::said("/comment", &body.comment)?), Some(day));
        Ok(())
    })
    .await
}

/// Issue the notice of results
///
/// To the inspected unit and its Party committee at least, after the unit commented or its time to do so was over. From now
/// on the unit sees everything. Where something is to be put right, the remediations begin once each is planned.
#[utoipa::path(tag = "inspections", operation_id = "issue_result_notice", params(("id" = Id, Path, description = "The inspection"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = NewResultNotice, responses(
    (status = 200, description = "As it is now", body = Inspection),
    NotTaken,
), security(("password" = [])))]
#[post("/inspections/{id}/notices")]
async fn issue_result_notice(command: Command<Json<NewResultNotice>>, id: web::Path<Id>) -> Result<HttpResponse> {
    take(command, id.into_inner(), "issue_notice", |tx, taking, body: &NewResultNotice| {
        let row = &taking.row;
        let Some(due) = row.comment_due_on else {
            return Err(Problem::field(
                "",
                "not_shared",
                "Chưa gửi dự thảo cho đơn vị góp ý",
                "The draft was not shared with the unit",
            ));
        };
        rules::check_past("/issued_on", body.issued_on, row.commented_on.or(row.shared_on), today())?;
        if row.commented_on.is_none() && body.issued_on <= due {
            return Err(Problem::field(
                "/issued_on",
                "comment_window_open",
                format!("Đơn vị còn được góp ý đến hết {due}"),
                format!("The unit may comment until {due}"),
            ));
        }
        for (kind, code) in [
            (NoticeRecipientKind::InspectedUnit, "inspected_unit_not_told"),
            (NoticeRecipientKind::PartyCommittee, "party_committee_not_told"),
        ] {
            if body.recipients.iter().all(|one| one.kind != kind) {
                return Err(Problem::field(
                    "/recipients",
                    code,
                    format!("Thiếu nơi nhận: {}", kind.label(crate::http::Locale::Vi)),
                    format!("Must be told, too: {}", kind.label(crate::http::Locale::En)),
                ));
            }
        }
        let notice = NoticeRow {
            id: Id::new(),
            inspection_id: row.id,
            created_at: tx.now(),
            no: rules::said("/no", &body.no)?,
            issued_on: body.issued_on,
            recipients: serde_json::to_string(&body.recipients).map_err(Problem::internal)?,
            text: rules::said("/text", &body.text)?,
        };
        tx.record(Change::new("create", "inspection_notices", notice.id, 1).at(row.unit_id).on(body.issued_on).after(body));
        tx.execute(diesel::insert_into(inspection_notices::table).values(notice))?;
        findings::issue(tx, row)?;
        taking.effective_on = Some(body.issued_on);
        Ok(())
    })
    .await
}

/// Close an inspection
///
/// After the notice, when every remediation was verified, or waived with a reason.
#[utoipa::path(tag = "inspections", operation_id = "close_inspection", params(("id" = Id, Path, description = "The inspection"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = InspectionClosure, responses(
    (status = 200, description = "As it is now", body = Inspection),
    NotTaken,
), security(("password" = [])))]
#[post("/inspections/{id}/closures")]
async fn close_inspection(command: Command<Json<InspectionClosure>>, id: web::Path<Id>) -> Result<HttpResponse> {
    take(command, id.into_inner(), "close", |tx, taking, body: &InspectionClosure| {
        let id = taking.row.id;
        let issued_on: NaiveDate = tx.read().one(
            inspection_notices::table.filter(inspection_notices::inspection_id.eq(id)).select(inspection_notices::issued_on),
        )?;
        rules::check_past("/closed_on", body.closed_on, Some(issued_on), today())?;
        remediations::check_all_done(&mut tx.read(), id)?;
        taking.row.closed_on = Some(body.closed_on);
        taking.effective_on = Some(body.closed_on);
        Ok(())
    })
    .await
}

/// Cancel an inspection
///
/// At any time before the notice, with the reason.
#[utoipa::path(tag = "inspections", operation_id = "cancel_inspection", params(("id" = Id, Path, description = "The inspection"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = InspectionReason, responses(
    (status = 200, description = "As it is now", body = Inspection),
    NotTaken,
), security(("password" = [])))]
#[post("/inspections/{id}/cancellations")]
async fn cancel_inspection(command: Command<Json<InspectionReason>>, id: web::Path<Id>) -> Result<HttpResponse> {
    take(command, id.into_inner(), "cancel", |_, taking, body: &InspectionReason| {
        taking.reason = Some(rules::said("/reason", &body.reason)?);
        Ok(())
    })
    .await
}

/// List what the inspected unit said of itself
///
/// The first one first.
#[utoipa::path(tag = "inspections", operation_id = "list_self_reports", params(("id" = Id, Path, description = "The inspection")), responses(
    (status = 200, description = "All self-reports", body = Listing<SelfReport>),
    NotThere,
), security(("password" = [])))]
#[get("/inspections/{id}/self-reports")]
async fn list_self_reports(
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters, Bare>,
) -> Result<HttpResponse> {
    let (viewer, id) = (Viewer::of(&access)?, id.into_inner());
    let found = db
        .read(move |reader| {
            store::find(reader, &viewer, id)?;
            reader.load(
                inspection_self_reports::table
                    .filter(inspection_self_reports::inspection_id.eq(id))
                    .order(inspection_self_reports::id.asc())
                    .select(SelfReport::as_select()),
            )
        })
        .await?;
    page::whole(&query, &found)
}

/// Say how the inspected unit stands
///
/// By its president, once it was told of the inspection and until the fieldwork is done; a further report adds to the first.
#[utoipa::path(tag = "inspections", operation_id = "report_itself", params(("id" = Id, Path, description = "The inspection")),
    request_body = NewSelfReport, responses(
    (status = 201, description = "Handed in", body = SelfReport),
    NotTaken,
), security(("password" = [])))]
#[post("/inspections/{id}/self-reports")]
async fn report_itself(command: Command<Json<NewSelfReport>>, id: web::Path<Id>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Inspections)?;
    let (viewer, inspection) = (Viewer::of(&command.access)?, id.into_inner());
    command
        .run(&scope, move |tx, Json(new), given| {
            let (row, place, _) = store::find(&mut tx.read(), &viewer, inspection)?;
            let id = new.id.unwrap_or_default();
            let location = format!("/api/v1/inspections/{inspection}/self-reports");
            if new.id.is_some() && given.claim_id(tx, "inspection-self-reports", id, &(inspection, new))? {
                let found: SelfReport = tx.read().one(inspection_self_reports::table.find(id).select(SelfReport::as_select()))?;
                return Answer::done(&found);
            }
            store::step(&viewer, &place, &row, "report_itself")?;
            let report = SelfReport {
                id,
                inspection_id: inspection,
                created_at: tx.now(),
                written_by: Some(viewer.account),
                text: rules::said("/text", &new.text)?,
            };
            tx.record(Change::new("report_itself", "inspection_self_reports", id, 1).at(row.unit_id).after(new));
            tx.execute(diesel::insert_into(inspection_self_reports::table).values(report.clone()))?;
            Ok(Answer::done(&report)?.with_status(actix_web::http::StatusCode::CREATED).header("location", location))
        })
        .await
}
