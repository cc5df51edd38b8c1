//! Field visits (đi công tác cơ sở): what an officer planned, what she did, what she found.

use actix_web::{HttpRequest, HttpResponse, get, patch, post, web};
use chrono::NaiveDate;
use diesel::{BoolExpressionMethods, ExpressionMethods, Insertable, QueryDsl, Queryable, Selectable, SelectableHelper};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::{
    assignments::unknown_officer,
    model::{FieldVisitPurpose, FieldVisitStatus, PersonRef},
    people::{self, below, kept},
    rules,
};
use crate::{
    access::{Access, Action, Resource, Scope},
    calendar::today,
    db::{Change, Db, Id, Instant, Reader, Tx, schema::field_visits},
    http::{
        AllowedAction, Answer, Code, Command, Json, List, Listing, NoFilters, Page, Paging, Patch, Problem, ProblemBody, Query,
        Result, Shape, answer, page,
    },
    units::{self, UnitRef},
};

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list_field_visits)
        .service(create_field_visit)
        .service(get_field_visit)
        .service(update_field_visit)
        .service(complete_field_visit)
        .service(cancel_field_visit);
}

// ---- types

/// The row.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = field_visits)]
pub struct VisitRow {
    pub id: Id,
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub member_id: Id,
    pub unit_id: Id,
    pub purpose: FieldVisitPurpose,
    pub status: FieldVisitStatus,
    pub planned_on: NaiveDate,
    pub done_on: Option<NaiveDate>,
    pub findings: Option<String>,
    pub cancel_reason: Option<String>,
}

/// An officer's visit to a unit.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FieldVisit {
    pub id: Id,
    /// Rises by one with each change; the `ETag`.
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    /// The officer.
    pub member_id: Id,
    pub member: PersonRef,
    /// The unit she visits.
    pub unit_id: Id,
    pub unit: UnitRef,
    pub purpose: FieldVisitPurpose,
    pub status: FieldVisitStatus,
    pub planned_on: NaiveDate,
    pub done_on: Option<NaiveDate>,
    pub findings: Option<String>,
    pub cancel_reason: Option<String>,
    /// What you may do with it now.
    pub allowed_actions: Vec<AllowedAction>,
}

/// A visit to be made.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFieldVisit {
    /// A UUIDv7 of your own, if you make ids; sent again, the same request finds the same visit.
    pub id: Option<Id>,
    /// Yourself, or an officer with a post within your reach.
    pub member_id: Id,
    /// A unit within your reach.
    pub unit_id: Id,
    pub purpose: FieldVisitPurpose,
    pub planned_on: NaiveDate,
}

/// What of a visit is changed in place: purpose and day while it is planned, findings once it is done.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldVisitCorrection {
    pub purpose: FieldVisitPurpose,
    pub planned_on: NaiveDate,
    #[validate(length(min = 1, max = 4000))]
    #[schema(min_length = 1, max_length = 4000)]
    pub findings: Option<String>,
}

/// The visit was made.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldVisitCompletion {
    /// Not in the future.
    pub done_on: NaiveDate,
    /// No names of people in trouble here: petitions have a place of their own.
    #[validate(length(min = 1, max = 4000))]
    #[schema(min_length = 1, max_length = 4000, example = "Chi hội sinh hoạt đều; cần hỗ trợ ghi chép sổ sách")]
    pub findings: String,
}

/// The visit will not be made.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldVisitCancellation {
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300, example = "Bão")]
    pub reason: String,
}

/// Filters of `GET /field-visits`.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FieldVisitFilters {
    /// Of this officer.
    pub member_id: Option<Id>,
    /// To this unit.
    pub unit: Option<Id>,
    /// To the units in the subtree of this one, itself included.
    pub within: Option<Id>,
    /// Only these states.
    #[serde(default)]
    pub status: Vec<FieldVisitStatus>,
    /// Only for these purposes.
    #[serde(default)]
    pub purpose: Vec<FieldVisitPurpose>,
    /// Planned on this day or later.
    #[param(example = "2026-01-01")]
    pub planned_from: Option<NaiveDate>,
    /// Planned on this day or earlier.
    #[param(example = "2026-03-31")]
    pub planned_to: Option<NaiveDate>,
}

const FIELDS: &[&str] = &[
    "id",
    "version",
    "created_at",
    "updated_at",
    "member_id",
    "member",
    "unit_id",
    "unit",
    "purpose",
    "status",
    "planned_on",
    "done_on",
    "findings",
    "cancel_reason",
    "allowed_actions",
];

// ---- queries

/// Place in the list: planned day, then id.
type ByDay = (NaiveDate, Id);

pub(super) fn list(
    reader: &mut Reader<'_>,
    scope: &Scope,
    filters: &FieldVisitFilters,
    after: Option<ByDay>,
    descending: bool,
    limit: i64,
) -> Result<Page<VisitRow, ByDay>> {
    let mut query = field_visits::table.select(VisitRow::as_select()).into_boxed();
    if let Some(roots) = scope.roots() {
        query = query.filter(field_visits::unit_id.eq_any(below(roots)));
    }
    if let Some(top) = filters.within {
        query = query.filter(field_visits::unit_id.eq_any(below(vec![top])));
    }
    if let Some(unit) = filters.unit {
        query = query.filter(field_visits::unit_id.eq(unit));
    }
    if let Some(member) = filters.member_id {
        query = query.filter(field_visits::member_id.eq(member));
    }
    if !filters.status.is_empty() {
        query = query.filter(field_visits::status.eq_any(filters.status.clone()));
    }
    if !filters.purpose.is_empty() {
        query = query.filter(field_visits::purpose.eq_any(filters.purpose.clone()));
    }
    if let Some(day) = filters.planned_from {
        query = query.filter(field_visits::planned_on.ge(day));
    }
    if let Some(day) = filters.planned_to {
        query = query.filter(field_visits::planned_on.le(day));
    }
    query = match (after, descending) {
        (Some((day, id)), false) => {
            query.filter(field_visits::planned_on.gt(day).or(field_visits::planned_on.eq(day).and(field_visits::id.gt(id))))
        }
        (Some((day, id)), true) => {
            query.filter(field_visits::planned_on.lt(day).or(field_visits::planned_on.eq(day).and(field_visits::id.lt(id))))
        }
        (None, _) => query,
    };
    query = if descending {
        query.order((field_visits::planned_on.desc(), field_visits::id.desc()))
    } else {
        query.order((field_visits::planned_on.asc(), field_visits::id.asc()))
    };
    let rows = reader.load(query.limit(limit + 1))?;
    Ok(Page::of(rows, limit, |row: &VisitRow| (row.planned_on, row.id), None))
}

pub(super) fn find(reader: &mut Reader<'_>, scope: &Scope, id: Id) -> Result<VisitRow> {
    let row: VisitRow = reader.one(field_visits::table.find(id).select(VisitRow::as_select()))?;
    units::store::reach(reader, scope, row.unit_id)?;
    Ok(row)
}

/// The unit that a visit goes to, for what hangs on it.
pub(crate) fn visit_stands_in(reader: &mut Reader<'_>, scope: &Scope, id: Id) -> Result<Id> {
    find(reader, scope, id).map(|row| row.unit_id)
}

/// `caller` is the caller's own person, if her account says who she is.
pub(super) fn create(tx: &mut Tx<'_>, scope: &Scope, caller: Option<Id>, id: Id, new: &NewFieldVisit) -> Result<VisitRow> {
    rules::check_day("/planned_on", new.planned_on)?;
    let unit = units::store::reach_field(&mut tx.read(), scope, "/unit_id", new.unit_id)
        .and_then(|_| units::store::find(&mut tx.read(), scope, new.unit_id))?;
    if unit.status != units::UnitStatus::Active {
        return Err(Problem::field("/unit_id", "unit_not_active", "Đơn vị đã kết thúc hoạt động", "The unit is closed"));
    }
    if caller != Some(new.member_id) && people::officer_in(&mut tx.read(), scope, new.member_id, true)?.is_none() {
        return Err(unknown_officer());
    }
    let now = tx.now();
    let row = VisitRow {
        id,
        version: 1,
        created_at: now,
        updated_at: now,
        member_id: new.member_id,
        unit_id: new.unit_id,
        purpose: new.purpose,
        status: FieldVisitStatus::Planned,
        planned_on: new.planned_on,
        done_on: None,
        findings: None,
        cancel_reason: None,
    };
    tx.record(Change::new("create", "field_visits", id, 1).at(row.unit_id).on(row.planned_on).after(new));
    tx.execute(diesel::insert_into(field_visits::table).values(&row))?;
    Ok(row)
}

pub(super) fn correct(
    tx: &mut Tx<'_>,
    row: VisitRow,
    before: &FieldVisitCorrection,
    after: &FieldVisitCorrection,
) -> Result<VisitRow> {
    match row.status {
        FieldVisitStatus::Cancelled => return Err(wrong_state(&row)),
        FieldVisitStatus::Done if (after.purpose, after.planned_on) != (before.purpose, before.planned_on) => {
            return Err(wrong_state(&row));
        }
        FieldVisitStatus::Done if after.findings.is_none() => {
            return Err(Problem::field("/findings", "required", "Bắt buộc phải có", "Must be given"));
        }
        FieldVisitStatus::Planned if after.findings.is_some() => {
            return Err(Problem::field(
                "/findings",
                "not_done_yet",
                "Chỉ ghi kết quả khi đã đi",
                "Findings come with the completion of the visit",
            ));
        }
        _ => {}
    }
    rules::check_day("/planned_on", after.planned_on)?;
    let row = VisitRow {
        version: row.version + 1,
        updated_at: tx.now(),
        purpose: after.purpose,
        planned_on: after.planned_on,
        findings: after.findings.clone(),
        ..row
    };
    tx.record(Change::new("update", "field_visits", row.id, row.version).at(row.unit_id).before(before).after(after));
    save(tx, &row)?;
    Ok(row)
}

pub(super) fn complete(tx: &mut Tx<'_>, row: VisitRow, completion: &FieldVisitCompletion) -> Result<VisitRow> {
    if row.status != FieldVisitStatus::Planned {
        return Err(wrong_state(&row));
    }
    rules::check_past_day("/done_on", completion.done_on, today())?;
    let row = VisitRow {
        version: row.version + 1,
        updated_at: tx.now(),
        status: FieldVisitStatus::Done,
        done_on: Some(completion.done_on),
        findings: Some(completion.findings.clone()),
        ..row
    };
    tx.record(
        Change::new("complete", "field_visits", row.id, row.version)
            .at(row.unit_id)
            .on(completion.done_on)
            .before(&json!({ "status": "planned" }))
            .after(&json!({ "status": "done", "done_on": completion.done_on, "findings": completion.findings })),
    );
    save(tx, &row)?;
    Ok(row)
}

pub(super) fn cancel(tx: &mut Tx<'_>, row: VisitRow, cancellation: &FieldVisitCancellation) -> Result<VisitRow> {
    if row.status != FieldVisitStatus::Planned {
        return Err(wrong_state(&row));
    }
    let row = VisitRow {
        version: row.version + 1,
        updated_at: tx.now(),
        status: FieldVisitStatus::Cancelled,
        cancel_reason: Some(cancellation.reason.clone()),
        ..row
    };
    tx.record(
        Change::new("cancel", "field_visits", row.id, row.version)
            .at(row.unit_id)
            .because(row.cancel_reason.clone())
            .before(&json!({ "status": "planned" }))
            .after(&json!({ "status": "cancelled", "cancel_reason": row.cancel_reason })),
    );
    save(tx, &row)?;
    Ok(row)
}

fn wrong_state(row: &VisitRow) -> Problem {
    let (vi, en) = match row.status {
        FieldVisitStatus::Planned => ("Chuyến đi chưa thực hiện", "The visit has not been made"),
        FieldVisitStatus::Done => ("Chuyến đi đã thực hiện", "The visit was made already"),
        FieldVisitStatus::Cancelled => ("Chuyến đi đã hủy", "The visit was cancelled"),
    };
    Problem::say(Code::InvalidTransition, vi, en).with("allowed_actions", json!(actions(row)))
}

/// What may be done with a visit, by whom may write it.
fn actions(row: &VisitRow) -> Vec<AllowedAction> {
    let href = format!("/api/v1/field-visits/{}", row.id);
    match row.status {
        FieldVisitStatus::Planned => vec![
            AllowedAction::act("complete", format!("{href}/completions")).requiring(&["done_on", "findings"]),
            AllowedAction::act("cancel", format!("{href}/cancellations")).requiring(&["reason"]),
            AllowedAction::update(href),
        ],
        FieldVisitStatus::Done => vec![AllowedAction::update(href)],
        FieldVisitStatus::Cancelled => Vec::new(),
    }
}

fn save(tx: &mut Tx<'_>, row: &VisitRow) -> Result<()> {
    let seen = field_visits::table.filter(field_visits::id.eq(row.id)).filter(field_visits::version.eq(row.version - 1));
    let saved = tx.execute(diesel::update(seen).set((
        field_visits::version.eq(row.version),
        field_visits::updated_at.eq(row.updated_at),
        field_visits::purpose.eq(row.purpose),
        field_visits::status.eq(row.status),
        field_visits::planned_on.eq(row.planned_on),
        field_visits::done_on.eq(row.done_on),
        field_visits::findings.eq(&row.findings),
        field_visits::cancel_reason.eq(&row.cancel_reason),
    )))?;
    Problem::unless_one(saved)
}

// ---- routes

/// List field visits
///
/// By planned day. For every role with visits within its reach.
#[utoipa::path(tag = "field-visits", operation_id = "list_field_visits", params(FieldVisitFilters, Paging, Shape), responses(
    (status = 200, description = "A page of visits", body = Listing<FieldVisit>),
), security(("password" = [])))]
#[get("/field-visits")]
async fn list_field_visits(access: Access, db: web::Data<Db>, query: Query<FieldVisitFilters, List>) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Visits)?;
    query.shape.check(FIELDS, &[])?;
    let filters = query.filters.clone();
    let write = access.to(Action::Update, Resource::Visits).ok();
    page::list(&db, access.principal().id, &query, "planned_on", move |reader, after, descending, limit| {
        let rows = list(reader, &scope, &filters, after, descending, limit)?;
        Ok(Page { items: views(reader, write.as_ref(), rows.items)?, next: rows.next, total: rows.total })
    })
    .await
}

/// Read a field visit
///
/// For every role with visits within its reach.
#[utoipa::path(tag = "field-visits", operation_id = "get_field_visit", params(("id" = Id, Path, description = "The visit"), Shape), responses(
    (status = 200, description = "The visit", body = FieldVisit, headers(("ETag" = String, description = "Its version"))),
    (status = 304, description = "Not changed since the version in If-None-Match"),
    (status = 404, description = "There is no such visit", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[get("/field-visits/{id}")]
async fn get_field_visit(
    request: HttpRequest,
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Visits)?;
    query.shape.check(FIELDS, &[])?;
    let id = id.into_inner();
    let write = access.to(Action::Update, Resource::Visits).ok();
    let found = db
        .read(move |reader| {
            let row = find(reader, &scope, id)?;
            view(reader, write.as_ref(), row)
        })
        .await?;
    answer::object(&request, &query.shape, found.version, &found)
}

/// Plan a field visit
///
/// Your own, or one of an officer with a post within your reach. For `cluster_coordinator`, `province_org`,
/// `province_specialist`, `province_leader` and `inspector`.
#[utoipa::path(tag = "field-visits", operation_id = "create_field_visit", request_body = NewFieldVisit, responses(
    (status = 201, description = "Planned", body = FieldVisit),
    (status = 409, description = "The id is in use", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/field-visits")]
async fn create_field_visit(command: Command<Json<NewFieldVisit>>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Create, Resource::Visits)?;
    let read = command.access.to(Action::Read, Resource::Visits)?;
    let (write, caller) = (scope.clone(), command.access.principal().member_id);
    command
        .run(&scope, move |tx, Json(new), given| {
            let id = new.id.unwrap_or_default();
            if new.id.is_some() && given.claim_id(tx, "field-visits", id, new)? {
                let row = find(&mut tx.read(), &read, id)?;
                return show(tx, &write, row);
            }
            let row = create(tx, &write, caller, id, new)?;
            let made = view(&mut tx.read(), Some(&write), row)?;
            Answer::created(format!("/api/v1/field-visits/{id}"), made.version, &made)
        })
        .await
}

/// Correct a field visit
///
/// Purpose and day while it is planned, findings once it is done. For who may plan it.
#[utoipa::path(tag = "field-visits", operation_id = "update_field_visit", params(("id" = Id, Path, description = "The visit"),
    ("If-Match" = String, Header, description = "The version you have read")),
    request_body(content = Patch<FieldVisitCorrection>, content_type = "application/merge-patch+json"), responses(
    (status = 200, description = "As it is now", body = FieldVisit),
    (status = 404, description = "There is no such visit", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "Not possible in this state", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[patch("/field-visits/{id}")]
async fn update_field_visit(command: Command<Patch<FieldVisitCorrection>>, id: web::Path<Id>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Visits)?;
    let (write, id) = (scope.clone(), id.into_inner());
    command
        .run(&scope, move |tx, patch, given| {
            let row = find(&mut tx.read(), &write, id)?;
            given.check_version(tx, id, row.version, patch.names())?;
            if patch.is_empty() {
                return show(tx, &write, row);
            }
            let before =
                FieldVisitCorrection { purpose: row.purpose, planned_on: row.planned_on, findings: row.findings.clone() };
            let after = patch.apply(&before)?;
            let row = correct(tx, row, &before, &after)?;
            show(tx, &write, row)
        })
        .await
}

/// Complete a field visit
///
/// It was made, and this was found. For who may plan it.
#[utoipa::path(tag = "field-visits", operation_id = "complete_field_visit", params(("id" = Id, Path, description = "The visit"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = FieldVisitCompletion, responses(
    (status = 200, description = "As it is now", body = FieldVisit),
    (status = 404, description = "There is no such visit", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "It is not planned any more", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/field-visits/{id}/completions")]
async fn complete_field_visit(command: Command<Json<FieldVisitCompletion>>, id: web::Path<Id>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Visits)?;
    let (write, id) = (scope.clone(), id.into_inner());
    command
        .run(&scope, move |tx, Json(completion), given| {
            let row = find(&mut tx.read(), &write, id)?;
            given.check_version(tx, id, row.version, std::iter::empty())?;
            let row = complete(tx, row, completion)?;
            show(tx, &write, row)
        })
        .await
}

/// Cancel a field visit
///
/// It will not be made. For who may plan it.
#[utoipa::path(tag = "field-visits", operation_id = "cancel_field_visit", params(("id" = Id, Path, description = "The visit"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = FieldVisitCancellation, responses(
    (status = 200, description = "As it is now", body = FieldVisit),
    (status = 404, description = "There is no such visit", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "It is not planned any more", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/field-visits/{id}/cancellations")]
async fn cancel_field_visit(command: Command<Json<FieldVisitCancellation>>, id: web::Path<Id>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Visits)?;
    let (write, id) = (scope.clone(), id.into_inner());
    command
        .run(&scope, move |tx, Json(cancellation), given| {
            let row = find(&mut tx.read(), &write, id)?;
            given.check_version(tx, id, row.version, std::iter::empty())?;
            let row = cancel(tx, row, cancellation)?;
            show(tx, &write, row)
        })
        .await
}

fn show(tx: &mut Tx<'_>, write: &Scope, row: VisitRow) -> Result<Answer> {
    let found = view(&mut tx.read(), Some(write), row)?;
    Answer::changed(found.version, &found)
}

fn view(reader: &mut Reader<'_>, write: Option<&Scope>, row: VisitRow) -> Result<FieldVisit> {
    kept(views(reader, write, vec![row])?.pop())
}

/// What the caller sees of visits.
fn views(reader: &mut Reader<'_>, write: Option<&Scope>, rows: Vec<VisitRow>) -> Result<Vec<FieldVisit>> {
    let (members, places): (Vec<Id>, Vec<Id>) = rows.iter().map(|row| (row.member_id, row.unit_id)).unzip();
    let people = people::refs(reader, &members)?;
    let units = units::store::refs(reader, &places)?;
    let lineages = if write.is_some() { units::store::lineages(reader, &places)? } else { Default::default() };
    rows.into_iter()
        .map(|row| {
            let writable = write.is_some_and(|scope| lineages.get(&row.unit_id).is_some_and(|lineage| scope.reaches(lineage)));
            Ok(FieldVisit {
                allowed_actions: if writable { actions(&row) } else { Vec::new() },
                id: row.id,
                version: row.version,
                created_at: row.created_at,
                updated_at: row.updated_at,
                member_id: row.member_id,
                member: kept(people.get(&row.member_id).cloned())?,
                unit_id: row.unit_id,
                unit: kept(units.get(&row.unit_id).cloned())?,
                purpose: row.purpose,
                status: row.status,
                planned_on: row.planned_on,
                done_on: row.done_on,
                findings: row.findings,
                cancel_reason: row.cancel_reason,
            })
        })
        .collect()
}
