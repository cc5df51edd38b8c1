//! What an inspected unit puts right: one for each shortcoming and violation, until it is verified or waived.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, get, patch, post, web};
use chrono::NaiveDate;
use diesel::{
    AsChangeset, BoolExpressionMethods, ExpressionMethods, Identifiable, Insertable, QueryDsl, Queryable, Selectable,
    SelectableHelper,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::{
    findings::{self, FindingRow, FindingStatus},
    machine::REMEDIATIONS,
    model::{InspectionReason, InspectionRow, InspectionStatus, InspectionVisibility},
    rules,
    sight::{Place, Viewer, below, hides_the_draft},
    store::{self, Kept},
};
use crate::{
    access::{Access, Action, Resource},
    calendar::today,
    code_list,
    db::{
        Change, Db, Id, Instant, Reader, Tx,
        schema::{inspection_findings, inspection_remediations, inspections},
    },
    http::{
        AllowedAction, Answer, Bare, Body, Code, Command, Json, List, Listing, NoFilters, NotTaken, NotThere, Page, Paging,
        Patch, Problem, Query, Result, Shape, answer, page,
    },
    machine::{self, Event, StateEvent},
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list_remediations)
        .service(plan_remediation)
        .service(get_remediation)
        .service(update_remediation)
        .service(list_remediation_events)
        .service(report_remediation)
        .service(verify_remediation)
        .service(reject_remediation)
        .service(waive_remediation);
}

// ---- types

code_list! {
    RemediationStatus in "remediation_statuses" {
        Open = "open", "Đang khắc phục", "To be done";
        Reported = "reported", "Đơn vị đã báo cáo", "Reported as done";
        Rejected = "rejected", "Chưa đạt, làm lại", "Not accepted yet";
        Verified = "verified", "Đã xác nhận khắc phục", "Verified";
        Waived = "waived", "Miễn khắc phục", "Waived";
    }
}

#[derive(Clone, Debug, Serialize, Queryable, Selectable, Insertable, Identifiable, AsChangeset)]
#[diesel(table_name = inspection_remediations, treat_none_as_null = true)]
struct RemediationRow {
    id: Id,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
    inspection_id: Id,
    finding_id: Id,
    status: RemediationStatus,
    measure: String,
    owner: String,
    due_on: NaiveDate,
    evidence: Option<String>,
    reported_on: Option<NaiveDate>,
    rounds_count: i64,
    reason: Option<String>,
}

/// Something that the inspected unit puts right.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Remediation {
    pub id: Id,
    /// Rises by one with each change; the `ETag`.
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub inspection_id: Id,
    pub inspected_unit_id: Id,
    pub finding_id: Id,
    pub status: RemediationStatus,
    #[schema(example = "Lập sổ quỹ theo mẫu, thủ quỹ ký từng tháng")]
    pub measure: String,
    /// Who of the unit sees to it.
    #[schema(example = "Chi hội trưởng chi hội Đường Đệ")]
    pub owner: String,
    #[schema(example = "2026-06-30")]
    pub due_on: NaiveDate,
    /// It should have been done by now.
    pub is_overdue: bool,
    /// What the unit showed last.
    pub evidence: Option<String>,
    pub reported_on: Option<NaiveDate>,
    /// How often it was not accepted.
    pub rounds_count: i64,
    /// Why it was not accepted, or waived.
    pub reason: Option<String>,
    /// What you may do with it now.
    pub allowed_actions: Vec<AllowedAction>,
}

/// Something to be put right.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRemediation {
    /// A UUIDv7 of your own, if you make ids; sent again, the same request finds the same remediation.
    pub id: Option<Id>,
    /// A shortcoming or violation of the inspection, without a remediation yet.
    pub finding_id: Id,
    #[validate(length(min = 1, max = 1000))]
    #[schema(min_length = 1, max_length = 1000, example = "Lập sổ quỹ theo mẫu, thủ quỹ ký từng tháng")]
    pub measure: String,
    /// Who of the unit sees to it.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "Chi hội trưởng chi hội Đường Đệ")]
    pub owner: String,
    /// After the end of the fieldwork.
    #[schema(example = "2026-06-30")]
    pub due_on: NaiveDate,
}

/// What of a remediation is changed in place, until it is verified or waived.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RemediationCorrection {
    #[validate(length(min = 1, max = 1000))]
    #[schema(min_length = 1, max_length = 1000)]
    pub measure: String,
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub owner: String,
    /// After the end of the fieldwork.
    pub due_on: NaiveDate,
}

/// The unit has put it right.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RemediationReport {
    #[validate(length(min = 1, max = 4000))]
    #[schema(min_length = 1, max_length = 4000, example = "Đã lập sổ; kèm ảnh chụp trang tháng 5")]
    pub evidence: String,
    /// Not in the future.
    #[schema(example = "2026-06-15")]
    pub reported_on: NaiveDate,
}

/// It was looked at, and is right.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RemediationVerification {
    #[validate(length(min = 1, max = 1000))]
    #[schema(min_length = 1, max_length = 1000)]
    pub note: Option<String>,
}

/// Filters of `GET /remediations`.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RemediationFilters {
    /// Of this inspection.
    pub inspection_id: Option<Id>,
    /// Of this unit and those below it.
    pub within: Option<Id>,
    /// Only these states.
    #[serde(default)]
    pub status: Vec<RemediationStatus>,
    /// Due on this day or later.
    #[param(example = "2026-01-01")]
    pub due_from: Option<NaiveDate>,
    /// Due on this day or earlier.
    #[param(example = "2026-12-31")]
    pub due_to: Option<NaiveDate>,
}

const FIELDS: &[&str] = &[
    "id",
    "version",
    "created_at",
    "updated_at",
    "inspection_id",
    "inspected_unit_id",
    "finding_id",
    "status",
    "measure",
    "owner",
    "due_on",
    "is_overdue",
    "evidence",
    "reported_on",
    "rounds_count",
    "reason",
    "allowed_actions",
];

const OPEN: [RemediationStatus; 3] = [RemediationStatus::Open, RemediationStatus::Reported, RemediationStatus::Rejected];

// ---- queries

type ByDay = (NaiveDate, Id);

fn list(
    reader: &mut Reader<'_>,
    viewer: &Viewer,
    filters: &RemediationFilters,
    after: Option<ByDay>,
    descending: bool,
    limit: i64,
) -> Result<Page<RemediationRow, ByDay>> {
    let shown = inspections::table.filter(viewer.sight.showing(InspectionVisibility::Draft));
    let mut query = inspection_remediations::table
        .filter(inspection_remediations::inspection_id.eq_any(shown.select(inspections::id)))
        .select(RemediationRow::as_select())
        .into_boxed();
    if let Some(id) = filters.inspection_id {
        query = query.filter(inspection_remediations::inspection_id.eq(id));
    }
    if let Some(top) = filters.within {
        let there = inspections::table.filter(inspections::inspected_unit_id.eq_any(below(&[top]))).select(inspections::id);
        query = query.filter(inspection_remediations::inspection_id.eq_any(there));
    }
    if !filters.status.is_empty() {
        query = query.filter(inspection_remediations::status.eq_any(filters.status.clone()));
    }
    if let Some(day) = filters.due_from {
        query = query.filter(inspection_remediations::due_on.ge(day));
    }
    if let Some(day) = filters.due_to {
        query = query.filter(inspection_remediations::due_on.le(day));
    }
    let (due_on, key) = (inspection_remediations::due_on, inspection_remediations::id);
    query = match (after, descending) {
        (Some((day, id)), false) => query.filter(due_on.gt(day).or(due_on.eq(day).and(key.gt(id)))),
        (Some((day, id)), true) => query.filter(due_on.lt(day).or(due_on.eq(day).and(key.lt(id)))),
        (None, _) => query,
    };
    query = if descending { query.order((due_on.desc(), key.desc())) } else { query.order((due_on.asc(), key.asc())) };
    let rows = reader.load(query.limit(limit + 1))?;
    Ok(Page::of(rows, limit, |row: &RemediationRow| (row.due_on, row.id), None))
}

fn find(reader: &mut Reader<'_>, viewer: &Viewer, id: Id) -> Result<(RemediationRow, InspectionRow, Place)> {
    let row: RemediationRow = reader.one(inspection_remediations::table.find(id).select(RemediationRow::as_select()))?;
    let (inspection, place, seen) = store::find(reader, viewer, row.inspection_id)?;
    if hides_the_draft(seen) { Err(Problem::not_found()) } else { Ok((row, inspection, place)) }
}

/// Whether something is to be put right for a finding.
pub(super) fn is_planned(reader: &mut Reader<'_>, finding: Id) -> Result<bool> {
    let found: Option<Id> = reader.optional(
        inspection_remediations::table
            .filter(inspection_remediations::finding_id.eq(finding))
            .select(inspection_remediations::id),
    )?;
    Ok(found.is_some())
}

/// Findings that must be put right, each with how its remediation stands.
fn owed(reader: &mut Reader<'_>, inspection: Id) -> Result<Vec<Option<RemediationStatus>>> {
    let rows: Vec<(Id, RemediationStatus)> = reader.load(
        inspection_remediations::table
            .filter(inspection_remediations::inspection_id.eq(inspection))
            .select((inspection_remediations::finding_id, inspection_remediations::status)),
    )?;
    let planned: HashMap<Id, RemediationStatus> = rows.into_iter().collect();
    let findings = findings::standing(reader, inspection)?;
    Ok(findings.iter().filter(|one| one.kind.is_to_be_put_right()).map(|one| planned.get(&one.id).copied()).collect())
}

/// Rule I11: each was verified, or waived with a reason.
pub(super) fn check_all_done(reader: &mut Reader<'_>, inspection: Id) -> Result<()> {
    let owed = owed(reader, inspection)?;
    if owed.iter().any(Option::is_none) {
        let (vi, en) = ("Có thiếu sót, vi phạm chưa có biện pháp khắc phục", "Something found has no remediation yet");
        return Err(Problem::field("", "remediation_not_planned", vi, en));
    }
    if owed.iter().flatten().any(|status| OPEN.contains(status)) {
        return Err(Problem::field(
            "",
            "remediation_not_done",
            "Còn việc khắc phục chưa được xác nhận hoặc miễn",
            "Something was neither verified nor waived",
        ));
    }
    Ok(())
}

/// Rule I9: once each has its measure, the time of putting right begins by itself.
pub(super) fn begin_if_all_are_planned(tx: &mut Tx<'_>, row: InspectionRow) -> Result<InspectionRow> {
    if row.status != InspectionStatus::NoticeIssued {
        return Ok(row);
    }
    let owed = owed(&mut tx.read(), row.id)?;
    if owed.is_empty() || owed.iter().any(Option::is_none) {
        return Ok(row);
    }
    let after = InspectionRow { status: InspectionStatus::InRemediation, ..row.clone() };
    store::keep(tx, Kept { before: row, after, action: "begin_remediation", reason: None, effective_on: None })
}

fn keep(
    tx: &mut Tx<'_>,
    unit: Id,
    before: RemediationRow,
    after: RemediationRow,
    action: &'static str,
    reason: Option<&str>,
) -> Result<RemediationRow> {
    let after = RemediationRow { version: before.version + 1, updated_at: tx.now(), ..after };
    tx.record(
        Change::new(action, "inspection_remediations", after.id, after.version)
            .at(unit)
            .because(reason.map(str::to_owned))
            .before(&before)
            .after(&after),
    );
    let seen = inspection_remediations::table
        .filter(inspection_remediations::id.eq(after.id))
        .filter(inspection_remediations::version.eq(before.version));
    let saved = tx.execute(diesel::update(seen).set(after.clone()))?;
    Problem::unless_one(saved)?;
    if action != "update" {
        let from = Some(before.status.as_str());
        record(tx, &after, action, from, reason)?;
    }
    Ok(after)
}

fn record(tx: &mut Tx<'_>, row: &RemediationRow, action: &str, from: Option<&str>, reason: Option<&str>) -> Result<()> {
    let (object_id, object_version, to) = (row.id, row.version, row.status.as_str());
    machine::record(tx, &Event { object_id, object_version, action, from, to, effective_on: row.reported_on, reason })
}

fn actions(viewer: &Viewer, place: &Place, row: &RemediationRow) -> Vec<AllowedAction> {
    let mut allowed = REMEDIATIONS.allowed(row.id, row.status, |step| viewer.may(step, place));
    if OPEN.contains(&row.status) && viewer.may_edit(place) {
        allowed.push(AllowedAction::update(format!("{}/{}", REMEDIATIONS.path, row.id)));
    }
    allowed
}

fn view(viewer: &Viewer, place: &Place, inspected: Id, row: RemediationRow) -> Remediation {
    Remediation {
        allowed_actions: actions(viewer, place, &row),
        is_overdue: OPEN.contains(&row.status) && row.due_on < today(),
        id: row.id,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
        inspection_id: row.inspection_id,
        inspected_unit_id: inspected,
        finding_id: row.finding_id,
        status: row.status,
        measure: row.measure,
        owner: row.owner,
        due_on: row.due_on,
        evidence: row.evidence,
        reported_on: row.reported_on,
        rounds_count: row.rounds_count,
        reason: row.reason,
    }
}

fn check_due(inspection: &InspectionRow, due_on: NaiveDate) -> Result<()> {
    if inspection.fieldwork_done_on.is_some_and(|done| due_on <= done) {
        let (vi, en) = ("Phải sau ngày kết thúc kiểm tra tại đơn vị", "Must be after the end of the fieldwork");
        return Err(Problem::field("/due_on", "too_early", vi, en));
    }
    Ok(())
}

// ---- routes

/// List what is to be put right
///
/// By the day it is due. The inspected unit sees none before the draft is shared with it.
#[utoipa::path(tag = "remediations", operation_id = "list_remediations", params(RemediationFilters, Paging, Shape), responses(
    (status = 200, description = "A page of remediations", body = Listing<Remediation>),
), security(("password" = [])))]
#[get("/remediations")]
async fn list_remediations(access: Access, db: web::Data<Db>, query: Query<RemediationFilters, List>) -> Result<HttpResponse> {
    let viewer = Viewer::of(&access)?;
    query.shape.check(FIELDS, &[])?;
    let filters = query.filters.clone();
    page::list(&db, access.principal().id, &query, "due_on", move |reader, after, descending, limit| {
        let rows = list(reader, &viewer, &filters, after, descending, limit)?;
        let ids: Vec<Id> = rows.items.iter().map(|row| row.inspection_id).collect();
        let of: Vec<InspectionRow> =
            reader.load(inspections::table.filter(inspections::id.eq_any(ids)).select(InspectionRow::as_select()))?;
        let places = store::places(reader, &of)?;
        let units: HashMap<Id, Id> = of.iter().map(|row| (row.id, row.inspected_unit_id)).collect();
        let nowhere = Place::default();
        Ok(rows.map(|row| {
            let place = places.get(&row.inspection_id).unwrap_or(&nowhere);
            let inspected = units.get(&row.inspection_id).copied().unwrap_or(row.inspection_id);
            view(&viewer, place, inspected, row)
        }))
    })
    .await
}

/// Read what is to be put right
///
/// For whoever sees the draft of its inspection.
#[utoipa::path(tag = "remediations", operation_id = "get_remediation", params(("id" = Id, Path, description = "The remediation"), Shape), responses(
    (status = 200, description = "The remediation", body = Remediation, headers(("ETag" = String, description = "Its version"))),
    NotThere,
), security(("password" = [])))]
#[get("/remediations/{id}")]
async fn get_remediation(
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
            let (row, inspection, place) = find(reader, &viewer, id)?;
            Ok(view(&viewer, &place, inspection.inspected_unit_id, row))
        })
        .await?;
    answer::living(&request, &query.shape, found.version, &found)
}

/// Read what happened to a remediation
///
/// Step by step.
#[utoipa::path(tag = "remediations", operation_id = "list_remediation_events", params(("id" = Id, Path, description = "The remediation")), responses(
    (status = 200, description = "Its steps, the first one first", body = Listing<StateEvent>),
    NotThere,
), security(("password" = [])))]
#[get("/remediations/{id}/events")]
async fn list_remediation_events(
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters, Bare>,
) -> Result<HttpResponse> {
    let (viewer, id) = (Viewer::of(&access)?, id.into_inner());
    let found = db
        .read(move |reader| {
            find(reader, &viewer, id)?;
            machine::events_of(reader, id)
        })
        .await?;
    page::whole(&query, &found)
}

/// Say what is to be put right
///
/// One for each shortcoming and violation: the measure, who sees to it, until when. Once all are there after the notice, the
/// inspection goes on to `in_remediation` by itself.
#[utoipa::path(tag = "remediations", operation_id = "plan_remediation", params(("id" = Id, Path, description = "The inspection")),
    request_body = NewRemediation, responses(
    (status = 201, description = "Planned", body = Remediation),
    NotTaken,
), security(("password" = [])))]
#[post("/inspections/{id}/remediations")]
async fn plan_remediation(command: Command<Json<NewRemediation>>, id: web::Path<Id>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Inspections)?;
    let (viewer, inspection_id) = (Viewer::of(&command.access)?, id.into_inner());
    command
        .run(&scope, move |tx, Json(new), given| {
            let (inspection, place, _) = store::find(&mut tx.read(), &viewer, inspection_id)?;
            let id = new.id.unwrap_or_default();
            if new.id.is_some() && given.claim_id(tx, "remediations", id, &(inspection_id, new))? {
                let (row, inspection, place) = find(&mut tx.read(), &viewer, id)?;
                return Answer::changed(row.version, &view(&viewer, &place, inspection.inspected_unit_id, row));
            }
            store::step(&viewer, &place, &inspection, "plan_remediation")?;
            let finding: Option<FindingRow> = tx.read().optional(
                inspection_findings::table
                    .find(new.finding_id)
                    .filter(inspection_findings::inspection_id.eq(inspection_id))
                    .select(FindingRow::as_select()),
            )?;
            if !finding.is_some_and(|row| row.kind.is_to_be_put_right() && row.status != FindingStatus::Withdrawn) {
                let vi = "Phải là thiếu sót hoặc vi phạm của cuộc kiểm tra này";
                return Err(Problem::field(
                    "/finding_id",
                    "unknown_finding",
                    vi,
                    "Must be a shortcoming or violation of this inspection",
                ));
            }
            if is_planned(&mut tx.read(), new.finding_id)? {
                let (vi, en) = ("Phát hiện này đã có biện pháp khắc phục", "It has a remediation already");
                return Err(Problem::field("/finding_id", "has_a_remediation", vi, en));
            }
            check_due(&inspection, new.due_on)?;
            let now = tx.now();
            let row = RemediationRow {
                id,
                version: 1,
                created_at: now,
                updated_at: now,
                inspection_id,
                finding_id: new.finding_id,
                status: RemediationStatus::Open,
                measure: rules::said("/measure", &new.measure)?,
                owner: rules::said("/owner", &new.owner)?,
                due_on: new.due_on,
                evidence: None,
                reported_on: None,
                rounds_count: 0,
                reason: None,
            };
            tx.record(Change::new("create", "inspection_remediations", id, 1).at(inspection.unit_id).on(new.due_on).after(new));
            tx.execute(diesel::insert_into(inspection_remediations::table).values(row.clone()))?;
            record(tx, &row, "create", None, None)?;
            let inspection = begin_if_all_are_planned(tx, inspection)?;
            let made = view(&viewer, &place, inspection.inspected_unit_id, row);
            Answer::created(format!("{}/{id}", REMEDIATIONS.path), made.version, &made)
        })
        .await
}

/// Correct what is to be put right
///
/// Measure, owner and day, until it is verified or waived.
#[utoipa::path(tag = "remediations", operation_id = "update_remediation", params(("id" = Id, Path, description = "The remediation"),
    ("If-Match" = String, Header, description = "The version you have read")),
    request_body(content = Patch<RemediationCorrection>, content_type = "application/merge-patch+json"), responses(
    (status = 200, description = "As it is now", body = Remediation),
    NotTaken,
), security(("password" = [])))]
#[patch("/remediations/{id}")]
async fn update_remediation(command: Command<Patch<RemediationCorrection>>, id: web::Path<Id>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Inspections)?;
    let (viewer, id) = (Viewer::of(&command.access)?, id.into_inner());
    command
        .run(&scope, move |tx, patch, given| {
            let (row, inspection, place) = find(&mut tx.read(), &viewer, id)?;
            if !viewer.may_edit(&place) {
                return Err(Problem::new(Code::Forbidden));
            }
            given.check_version(tx, id, row.version, patch.names())?;
            let inspected = inspection.inspected_unit_id;
            if patch.is_empty() {
                return Answer::changed(row.version, &view(&viewer, &place, inspected, row));
            }
            if !OPEN.contains(&row.status) {
                let allowed = actions(&viewer, &place, &row);
                return Err(Problem::new(Code::InvalidTransition).with("allowed_actions", serde_json::json!(allowed)));
            }
            let before = RemediationCorrection { measure: row.measure.clone(), owner: row.owner.clone(), due_on: row.due_on };
            let new = patch.apply(&before)?;
            check_due(&inspection, new.due_on)?;
            let after = RemediationRow {
                measure: rules::said("/measure", &new.measure)?,
                owner: rules::said("/owner", &new.owner)?,
                due_on: new.due_on,
                ..row.clone()
            };
            let row = keep(tx, inspection.unit_id, row, after, "update", None)?;
            Answer::changed(row.version, &view(&viewer, &place, inspected, row))
        })
        .await
}

/// Takes a step of a remediation.
async fn take<B: Send + Sync + 'static>(
    command: Command<Json<B>>,
    id: Id,
    action: &'static str,
    carry: impl Fn(&InspectionRow, &mut RemediationRow, &B) -> Result<Option<String>> + Send + 'static,
) -> Result<HttpResponse>
where
    Json<B>: Body,
{
    let scope = command.access.to(Action::Update, Resource::Inspections)?;
    let viewer = Viewer::of(&command.access)?;
    command
        .run(&scope, move |tx, Json(body), given| {
            let (before, inspection, place) = find(&mut tx.read(), &viewer, id)?;
            given.check_version(tx, id, before.version, std::iter::empty())?;
            let step = REMEDIATIONS.step(action, id, before.status, |step| viewer.may(step, &place)).map_err(|problem| {
                if problem.code() == Code::InvalidTransition {
                    problem.with("allowed_actions", serde_json::json!(actions(&viewer, &place, &before)))
                } else {
                    problem
                }
            })?;
            let mut after = before.clone();
            let reason = carry(&inspection, &mut after, body)?;
            after.status = step.to.first().copied().unwrap_or(before.status);
            let row = keep(tx, inspection.unit_id, before, after, step.action, reason.as_deref())?;
            Answer::changed(row.version, &view(&viewer, &place, inspection.inspected_unit_id, row))
        })
        .await
}

/// Report that it was put right
///
/// By the inspected unit, with the evidence, after the notice.
#[utoipa::path(tag = "remediations", operation_id = "report_remediation", params(("id" = Id, Path, description = "The remediation"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = RemediationReport, responses(
    (status = 200, description = "As it is now", body = Remediation),
    NotTaken,
), security(("password" = [])))]
#[post("/remediations/{id}/reports")]
async fn report_remediation(command: Command<Json<RemediationReport>>, id: web::Path<Id>) -> Result<HttpResponse> {
    take(command, id.into_inner(), "report", |inspection, row, body: &RemediationReport| {
        if inspection.shown < InspectionVisibility::All {
            let (vi, en) = ("Chưa có thông báo kết quả", "There is no notice of results yet");
            return Err(Problem::field("", "no_notice_yet", vi, en));
        }
        rules::check_past("/reported_on", body.reported_on, inspection.fieldwork_done_on, today())?;
        row.evidence = Some(rules::said("/evidence", &body.evidence)?);
        row.reported_on = Some(body.reported_on);
        Ok(None)
    })
    .await
}

/// Verify that it was put right
///
/// By the side that inspects.
#[utoipa::path(tag = "remediations", operation_id = "verify_remediation", params(("id" = Id, Path, description = "The remediation"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = RemediationVerification, responses(
    (status = 200, description = "As it is now", body = Remediation),
    NotTaken,
), security(("password" = [])))]
#[post("/remediations/{id}/verifications")]
async fn verify_remediation(command: Command<Json<RemediationVerification>>, id: web::Path<Id>) -> Result<HttpResponse> {
    take(command, id.into_inner(), "verify", |_, row, body: &RemediationVerification| {
        row.reason = body.note.as_deref().map(|note| rules::said("/note", note)).transpose()?;
        Ok(row.reason.clone())
    })
    .await
}

/// Say that it was not put right yet
///
/// With the reason; the unit does it again, and the rounds are counted.
#[utoipa::path(tag = "remediations", operation_id = "reject_remediation", params(("id" = Id, Path, description = "The remediation"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = InspectionReason, responses(
    (status = 200, description = "As it is now", body = Remediation),
    NotTaken,
), security(("password" = [])))]
#[post("/remediations/{id}/rejections")]
async fn reject_remediation(command: Command<Json<InspectionReason>>, id: web::Path<Id>) -> Result<HttpResponse> {
    take(command, id.into_inner(), "reject", |_, row, body: &InspectionReason| {
        row.reason = Some(rules::said("/reason", &body.reason)?);
        row.rounds_count += 1;
        Ok(row.reason.clone())
    })
    .await
}

/// Waive what is to be put right
///
/// With the reason: it is not needed or not possible any more.
#[utoipa::path(tag = "remediations", operation_id = "waive_remediation", params(("id" = Id, Path, description = "The remediation"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = InspectionReason, responses(
    (status = 200, description = "As it is now", body = Remediation),
    NotTaken,
), security(("password" = [])))]
#[post("/remediations/{id}/waivers")]
async fn waive_remediation(command: Command<Json<InspectionReason>>, id: web::Path<Id>) -> Result<HttpResponse> {
    take(command, id.into_inner(), "waive", |_, row, body: &InspectionReason| {
        row.reason = Some(rules::said("/reason", &body.reason)?);
        Ok(row.reason.clone())
    })
    .await
}
