//! What an inspection found: good and bad, each with its evidence and what it is measured by.

use actix_web::{HttpRequest, HttpResponse, get, patch, post, web};
use chrono::NaiveDate;
use diesel::{AsChangeset, ExpressionMethods, Identifiable, Insertable, QueryDsl, Queryable, Selectable, SelectableHelper};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::{
    machine::FINDINGS,
    model::{InspectionReason, InspectionRow, InspectionStatus},
    rules,
    sight::{Place, Seen, Viewer, hides_the_draft},
    store,
};
use crate::{
    access::{Access, Action, Resource},
    calendar::today,
    code_list,
    db::{Change, Db, Id, Instant, Reader, Tx, schema::inspection_findings},
    http::{
        AllowedAction, Answer, Bare, Code, Command, Json, Listing, NoFilters, NotTaken, NotThere, Patch, Problem, Query, Result,
        Shape, answer, page,
    },
    machine::{self, Event},
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list_findings)
        .service(record_finding)
        .service(get_finding)
        .service(update_finding)
        .service(withdraw_finding)
        .service(nominate_finding)
        .service(refer_finding);
}

// ---- types

code_list! {
    FindingKind in "finding_kinds" {
        Strength = "strength", "Ưu điểm", "Strength";
        Exemplar = "exemplar", "Gương điển hình, cách làm hay", "Example to follow";
        Difficulty = "difficulty", "Khó khăn, vướng mắc", "Difficulty";
        Shortcoming = "shortcoming", "Thiếu sót, tồn tại", "Shortcoming";
        Violation = "violation", "Vi phạm", "Violation";
    }
}

impl FindingKind {
    /// Whether the unit must put it right.
    pub const fn is_to_be_put_right(self) -> bool {
        matches!(self, Self::Shortcoming | Self::Violation)
    }
}

code_list! {
    FindingSeverity in "finding_severities" {
        Minor = "minor", "Nhẹ", "Minor";
        Moderate = "moderate", "Vừa", "Moderate";
        Serious = "serious", "Nghiêm trọng", "Serious";
    }
}

code_list! {
    FindingStatus in "finding_statuses" {
        Draft = "draft", "Dự thảo", "Draft";
        Issued = "issued", "Đã thông báo", "Told in the notice";
        Withdrawn = "withdrawn", "Đã rút", "Withdrawn";
    }
}

#[derive(Clone, Debug, Serialize, Queryable, Selectable, Insertable, Identifiable, AsChangeset)]
#[diesel(table_name = inspection_findings, treat_none_as_null = true)]
pub(super) struct FindingRow {
    pub id: Id,
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub inspection_id: Id,
    pub kind: FindingKind,
    pub severity: Option<FindingSeverity>,
    pub status: FindingStatus,
    pub evidence: String,
    pub criterion: String,
    pub nominated_on: Option<NaiveDate>,
    pub complaint_code: Option<String>,
    pub disciplinary_no: Option<String>,
}

/// Something that an inspection found.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Finding {
    pub id: Id,
    /// Rises by one with each change; the `ETag`.
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub inspection_id: Id,
    pub kind: FindingKind,
    /// Of shortcomings and violations.
    pub severity: Option<FindingSeverity>,
    pub status: FindingStatus,
    #[schema(example = "Sổ quỹ quý I không có chữ ký của thủ quỹ")]
    pub evidence: String,
    #[schema(example = "Quy chế quản lý quỹ hội, điều 4")]
    pub criterion: String,
    /// Since when this example is put forward to be praised and spread.
    pub nominated_on: Option<NaiveDate>,
    /// The petition that a violation led to.
    pub complaint_code: Option<String>,
    /// The disciplinary record that a violation led to.
    pub disciplinary_no: Option<String>,
    /// What you may do with it now.
    pub allowed_actions: Vec<AllowedAction>,
}

/// Something found.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFinding {
    /// A UUIDv7 of your own, if you make ids; sent again, the same request finds the same finding.
    pub id: Option<Id>,
    pub kind: FindingKind,
    /// Needed for shortcomings and violations, and for nothing else.
    pub severity: Option<FindingSeverity>,
    /// What was seen, where.
    #[validate(length(min = 1, max = 4000))]
    #[schema(min_length = 1, max_length = 4000, example = "Sổ quỹ quý I không có chữ ký của thủ quỹ")]
    pub evidence: String,
    /// What it is measured by.
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500, example = "Quy chế quản lý quỹ hội, điều 4")]
    pub criterion: String,
}

/// What of a finding is changed in place, until the notice is issued.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FindingCorrection {
    pub kind: FindingKind,
    /// Needed for shortcomings and violations, and for nothing else.
    pub severity: Option<FindingSeverity>,
    #[validate(length(min = 1, max = 4000))]
    #[schema(min_length = 1, max_length = 4000)]
    pub evidence: String,
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500)]
    pub criterion: String,
}

/// An example is put forward.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FindingNomination {
    /// Not in the future.
    pub nominated_on: NaiveDate,
}

/// What a violation led to: at least one of the two.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FindingReferral {
    /// The code of the petition. Whether there is one is not said.
    #[validate(length(min = 1, max = 40))]
    #[schema(min_length = 1, max_length = 40, example = "TC-7Q4M-X2")]
    pub complaint_code: Option<String>,
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "03-QĐ/KL")]
    pub disciplinary_no: Option<String>,
}

const FIELDS: &[&str] = &[
    "id",
    "version",
    "created_at",
    "updated_at",
    "inspection_id",
    "kind",
    "severity",
    "status",
    "evidence",
    "criterion",
    "nominated_on",
    "complaint_code",
    "disciplinary_no",
    "allowed_actions",
];

/// Until the notice: the unit's comment may show that something was wrong.
const EDITABLE: [InspectionStatus; 4] =
    [InspectionStatus::InProgress, InspectionStatus::FieldworkDone, InspectionStatus::Drafted, InspectionStatus::Commented];

fn check_severity(kind: FindingKind, severity: Option<FindingSeverity>) -> Result<()> {
    match (kind.is_to_be_put_right(), severity) {
        (true, None) => Err(rules::required("/severity")),
        (false, Some(_)) => Err(Problem::field(
            "/severity",
            "not_for_this_finding",
            "Mức độ chỉ ghi cho thiếu sót và vi phạm",
            "Only shortcomings and violations have a severity",
        )),
        _ => Ok(()),
    }
}

// ---- queries

/// All findings that were not withdrawn.
pub(super) fn standing(reader: &mut Reader<'_>, inspection: Id) -> Result<Vec<FindingRow>> {
    reader.load(
        inspection_findings::table
            .filter(inspection_findings::inspection_id.eq(inspection))
            .filter(inspection_findings::status.ne(FindingStatus::Withdrawn))
            .order(inspection_findings::id.asc())
            .select(FindingRow::as_select()),
    )
}

/// A finding with its inspection, as far as the caller sees both.
pub(super) fn find(reader: &mut Reader<'_>, viewer: &Viewer, id: Id) -> Result<(FindingRow, InspectionRow, Place, Seen)> {
    let row: FindingRow = reader.one(inspection_findings::table.find(id).select(FindingRow::as_select()))?;
    let (inspection, place, seen) = store::find(reader, viewer, row.inspection_id)?;
    let withdrawn = row.status == FindingStatus::Withdrawn && !seen.inside;
    if hides_the_draft(seen) || withdrawn { Err(Problem::not_found()) } else { Ok((row, inspection, place, seen)) }
}

/// Tells all findings in the notice.
pub(super) fn issue(tx: &mut Tx<'_>, inspection: &InspectionRow) -> Result<()> {
    for row in standing(&mut tx.read(), inspection.id)? {
        let after = FindingRow { status: FindingStatus::Issued, ..row.clone() };
        keep(tx, inspection, row, after, "notify", None)?;
    }
    Ok(())
}

fn keep(
    tx: &mut Tx<'_>,
    inspection: &InspectionRow,
    before: FindingRow,
    after: FindingRow,
    action: &'static str,
    reason: Option<&str>,
) -> Result<FindingRow> {
    let after = FindingRow { version: before.version + 1, updated_at: tx.now(), ..after };
    tx.record(
        Change::new(action, "inspection_findings", after.id, after.version)
            .at(inspection.unit_id)
            .because(reason.map(str::to_owned))
            .before(&before)
            .after(&after),
    );
    let seen = inspection_findings::table
        .filter(inspection_findings::id.eq(after.id))
        .filter(inspection_findings::version.eq(before.version));
    let saved = tx.execute(diesel::update(seen).set(after.clone()))?;
    Problem::unless_one(saved)?;
    if action != "update" {
        machine::record(
            tx,
            &Event {
                object_id: after.id,
                object_version: after.version,
                action,
                from: Some(before.status.as_str()),
                to: after.status.as_str(),
                effective_on: None,
                reason,
            },
        )?;
    }
    Ok(after)
}

fn actions(viewer: &Viewer, place: &Place, inspection: &InspectionRow, row: &FindingRow) -> Vec<AllowedAction> {
    let editable = EDITABLE.contains(&inspection.status);
    let mut allowed = FINDINGS.allowed(row.id, row.status, |step| viewer.may(step, place));
    allowed.retain(|action| match action.action {
        "withdraw" => editable,
        "nominate" => row.kind == FindingKind::Exemplar,
        "refer" => row.kind == FindingKind::Violation,
        _ => true,
    });
    if row.status == FindingStatus::Draft && editable && viewer.may_edit(place) {
        allowed.push(AllowedAction::update(format!("{}/{}", FINDINGS.path, row.id)));
    }
    allowed
}

fn view(viewer: &Viewer, place: &Place, inspection: &InspectionRow, row: FindingRow) -> Finding {
    Finding {
        allowed_actions: actions(viewer, place, inspection, &row),
        id: row.id,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
        inspection_id: row.inspection_id,
        kind: row.kind,
        severity: row.severity,
        status: row.status,
        evidence: row.evidence,
        criterion: row.criterion,
        nominated_on: row.nominated_on,
        complaint_code: row.complaint_code,
        disciplinary_no: row.disciplinary_no,
    }
}

// ---- routes

/// List the findings of an inspection
///
/// The first one first. The inspected unit sees none before the draft is shared with it.
#[utoipa::path(tag = "inspections", operation_id = "list_findings", params(("id" = Id, Path, description = "The inspection")), responses(
    (status = 200, description = "All findings", body = Listing<Finding>),
    NotThere,
), security(("password" = [])))]
#[get("/inspections/{id}/findings")]
async fn list_findings(
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters, Bare>,
) -> Result<HttpResponse> {
    let (viewer, id) = (Viewer::of(&access)?, id.into_inner());
    let found = db
        .read(move |reader| {
            let (inspection, place, seen) = store::find(reader, &viewer, id)?;
            if hides_the_draft(seen) {
                return Ok(Vec::new());
            }
            let mut rows: Vec<FindingRow> = reader.load(
                inspection_findings::table
                    .filter(inspection_findings::inspection_id.eq(id))
                    .order(inspection_findings::id.asc())
                    .select(FindingRow::as_select()),
            )?;
            rows.retain(|row| seen.inside || row.status != FindingStatus::Withdrawn);
            Ok(rows.into_iter().map(|row| view(&viewer, &place, &inspection, row)).collect())
        })
        .await?;
    page::whole(&query, &found)
}

/// Read a finding
///
/// For whoever sees the draft of its inspection.
#[utoipa::path(tag = "inspections", operation_id = "get_finding", params(("id" = Id, Path, description = "The finding"), Shape), responses(
    (status = 200, description = "The finding", body = Finding, headers(("ETag" = String, description = "Its version"))),
    NotThere,
), security(("password" = [])))]
#[get("/findings/{id}")]
async fn get_finding(
    request: HttpRequest,
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters>,
) -> Result<HttpResponse> {
    let viewer = Viewer::of(&access)?;
    query.shape.check(FIELDS, &[])?;
    let id = id.into_inner();
    let found = db
        .read(move |reader| {
            let (row, inspection, place, _) = find(reader, &viewer, id)?;
            Ok(view(&viewer, &place, &inspection, row))
        })
        .await?;
    answer::living(&request, &query.shape, found.version, &found)
}

/// Record a finding
///
/// By the team, from the first day until the draft is commented on.
#[utoipa::path(tag = "inspections", operation_id = "record_finding", params(("id" = Id, Path, description = "The inspection")),
    request_body = NewFinding, responses(
    (status = 201, description = "Recorded", body = Finding),
    NotTaken,
), security(("password" = [])))]
#[post("/inspections/{id}/findings")]
async fn record_finding(command: Command<Json<NewFinding>>, id: web::Path<Id>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Inspections)?;
    let (viewer, inspection_id) = (Viewer::of(&command.access)?, id.into_inner());
    command
        .run(&scope, move |tx, Json(new), given| {
            let (inspection, place, _) = store::find(&mut tx.read(), &viewer, inspection_id)?;
            let id = new.id.unwrap_or_default();
            if new.id.is_some() && given.claim_id(tx, "findings", id, &(inspection_id, new))? {
                let (row, inspection, place, _) = find(&mut tx.read(), &viewer, id)?;
                return Answer::changed(row.version, &view(&viewer, &place, &inspection, row));
            }
            store::step(&viewer, &place, &inspection, "record_finding")?;
            check_severity(new.kind, new.severity)?;
            let now = tx.now();
            let row = FindingRow {
                id,
                version: 1,
                created_at: now,
                updated_at: now,
                inspection_id,
                kind: new.kind,
                severity: new.severity,
                status: FindingStatus::Draft,
                evidence: rules::said("/evidence", &new.evidence)?,
                criterion: rules::said("/criterion", &new.criterion)?,
                nominated_on: None,
                complaint_code: None,
                disciplinary_no: None,
            };
            tx.record(Change::new("record_finding", "inspection_findings", id, 1).at(inspection.unit_id).after(new));
            tx.execute(diesel::insert_into(inspection_findings::table).values(row.clone()))?;
            let found = view(&viewer, &place, &inspection, row);
            Answer::created(format!("{}/{id}", FINDINGS.path), found.version, &found)
        })
        .await
}

/// Correct a finding
///
/// Until the notice is issued.
#[utoipa::path(tag = "inspections", operation_id = "update_finding", params(("id" = Id, Path, description = "The finding"),
    ("If-Match" = String, Header, description = "The version you have read")),
    request_body(content = Patch<FindingCorrection>, content_type = "application/merge-patch+json"), responses(
    (status = 200, description = "As it is now", body = Finding),
    NotTaken,
), security(("password" = [])))]
#[patch("/findings/{id}")]
async fn update_finding(command: Command<Patch<FindingCorrection>>, id: web::Path<Id>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Inspections)?;
    let (viewer, id) = (Viewer::of(&command.access)?, id.into_inner());
    command
        .run(&scope, move |tx, patch, given| {
            let (row, inspection, place, _) = find(&mut tx.read(), &viewer, id)?;
            if !viewer.may_edit(&place) {
                return Err(Problem::new(Code::Forbidden));
            }
            given.check_version(tx, id, row.version, patch.names())?;
            if patch.is_empty() {
                return Answer::changed(row.version, &view(&viewer, &place, &inspection, row));
            }
            if row.status != FindingStatus::Draft || !EDITABLE.contains(&inspection.status) {
                return Err(wrong_state(&viewer, &place, &inspection, &row));
            }
            let before = FindingCorrection {
                kind: row.kind,
                severity: row.severity,
                evidence: row.evidence.clone(),
                criterion: row.criterion.clone(),
            };
            let new = patch.apply(&before)?;
            check_severity(new.kind, new.severity)?;
            if !new.kind.is_to_be_put_right() && super::remediations::is_planned(&mut tx.read(), id)? {
                let (vi, en) = ("Đã có việc phải khắc phục cho phát hiện này", "Something is to be put right for it already");
                return Err(Problem::field("/kind", "has_a_remediation", vi, en));
            }
            let after = FindingRow {
                kind: new.kind,
                severity: new.severity,
                evidence: rules::said("/evidence", &new.evidence)?,
                criterion: rules::said("/criterion", &new.criterion)?,
                ..row.clone()
            };
            let row = keep(tx, &inspection, row, after, "update", None)?;
            Answer::changed(row.version, &view(&viewer, &place, &inspection, row))
        })
        .await
}

fn wrong_state(viewer: &Viewer, place: &Place, inspection: &InspectionRow, row: &FindingRow) -> Problem {
    let allowed = actions(viewer, place, inspection, row);
    Problem::new(Code::InvalidTransition).with("allowed_actions", serde_json::json!(allowed))
}

/// Takes a step of a finding.
async fn take<B: Send + Sync + 'static>(
    command: Command<Json<B>>,
    id: Id,
    action: &'static str,
    carry: impl Fn(&mut Tx<'_>, &InspectionRow, &mut FindingRow, &B) -> Result<Option<String>> + Send + 'static,
) -> Result<HttpResponse>
where
    Json<B>: crate::http::Body,
{
    let scope = command.access.to(Action::Update, Resource::Inspections)?;
    let viewer = Viewer::of(&command.access)?;
    command
        .run(&scope, move |tx, Json(body), given| {
            let (before, inspection, place, _) = find(&mut tx.read(), &viewer, id)?;
            given.check_version(tx, id, before.version, std::iter::empty())?;
            let step = FINDINGS.step(action, id, before.status, |step| viewer.may(step, &place))?;
            if action == "withdraw" && !EDITABLE.contains(&inspection.status) {
                return Err(wrong_state(&viewer, &place, &inspection, &before));
            }
            let mut after = before.clone();
            let reason = carry(tx, &inspection, &mut after, body)?;
            after.status = step.to.first().copied().unwrap_or(before.status);
            let row = keep(tx, &inspection, before, after, step.action, reason.as_deref())?;
            Answer::changed(row.version, &view(&viewer, &place, &inspection, row))
        })
        .await
}

/// Withdraw a finding
///
/// Before the notice. The unit does not see it any more.
#[utoipa::path(tag = "inspections", operation_id = "withdraw_finding", params(("id" = Id, Path, description = "The finding"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = InspectionReason, responses(
    (status = 200, description = "As it is now", body = Finding),
    NotTaken,
), security(("password" = [])))]
#[post("/findings/{id}/withdrawals")]
async fn withdraw_finding(command: Command<Json<InspectionReason>>, id: web::Path<Id>) -> Result<HttpResponse> {
    take(command, id.into_inner(), "withdraw", |tx, inspection, row, body: &InspectionReason| {
        if super::remediations::is_planned(&mut tx.read(), row.id)? {
            let (vi, en) = ("Đã có việc phải khắc phục cho phát hiện này", "Something is to be put right for it already");
            return Err(Problem::field("", "has_a_remediation", vi, en));
        }
        // A result without any finding says so.
        let last = standing(&mut tx.read(), inspection.id)?.len() == 1;
        if last && matches!(inspection.status, InspectionStatus::Drafted | InspectionStatus::Commented) {
            let (vi, en) = ("Kết quả phải còn ít nhất một phát hiện", "The results must keep at least one finding");
            return Err(Problem::field("", "last_finding", vi, en));
        }
        Ok(Some(rules::said("/reason", &body.reason)?))
    })
    .await
}

/// Put an example forward
///
/// A finding of kind `exemplar`, after the notice: to be praised, and followed by others.
#[utoipa::path(tag = "inspections", operation_id = "nominate_finding", params(("id" = Id, Path, description = "The finding"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = FindingNomination, responses(
    (status = 200, description = "As it is now", body = Finding),
    NotTaken,
), security(("password" = [])))]
#[post("/findings/{id}/nominations")]
async fn nominate_finding(command: Command<Json<FindingNomination>>, id: web::Path<Id>) -> Result<HttpResponse> {
    take(command, id.into_inner(), "nominate", |_, _, row, body: &FindingNomination| {
        if row.kind != FindingKind::Exemplar {
            let (vi, en) = ("Chỉ giới thiệu gương điển hình", "Only an example to follow is put forward");
            return Err(Problem::field("", "not_an_exemplar", vi, en));
        }
        rules::check_past("/nominated_on", body.nominated_on, None, today())?;
        row.nominated_on = Some(body.nominated_on);
        Ok(None)
    })
    .await
}

/// Say what a violation led to
///
/// A petition, a disciplinary record, or both, by their numbers.
#[utoipa::path(tag = "inspections", operation_id = "refer_finding", params(("id" = Id, Path, description = "The finding"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = FindingReferral, responses(
    (status = 200, description = "As it is now", body = Finding),
    NotTaken,
), security(("password" = [])))]
#[post("/findings/{id}/referrals")]
async fn refer_finding(command: Command<Json<FindingReferral>>, id: web::Path<Id>) -> Result<HttpResponse> {
    take(command, id.into_inner(), "refer", |_, _, row, body: &FindingReferral| {
        if row.kind != FindingKind::Violation {
            let (vi, en) = ("Chỉ vi phạm mới chuyển xử lý", "Only a violation is referred");
            return Err(Problem::field("", "not_a_violation", vi, en));
        }
        if body.complaint_code.is_none() && body.disciplinary_no.is_none() {
            return Err(rules::required("/complaint_code"));
        }
        let said = |pointer: &str, text: &Option<String>| text.as_deref().map(|text| rules::said(pointer, text)).transpose();
        row.complaint_code = said("/complaint_code", &body.complaint_code)?.or(row.complaint_code.take());
        row.disciplinary_no = said("/disciplinary_no", &body.disciplinary_no)?.or(row.disciplinary_no.take());
        Ok(None)
    })
    .await
}
