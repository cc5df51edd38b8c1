//! Unit assignments (phân công phụ trách): which officer looks after which unit; one at a time for each unit.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use chrono::NaiveDate;
use diesel::{BoolExpressionMethods, ExpressionMethods, Insertable, QueryDsl, Queryable, Selectable, SelectableHelper};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::{
    model::PersonRef,
    people::{self, below, kept},
    roster::OnDay,
    rules,
};
use crate::{
    access::{Access, Action, Resource, Scope},
    calendar::today,
    db::{Change, Db, Id, Instant, Reader, Tx, schema::unit_assignments},
    http::{
        AllowedAction, Answer, Bare, Code, Command, FieldError, Json, List, Listing, NoFilters, Page, Paging, Problem,
        ProblemBody, Query, Result, Shape, Text, answer, page,
    },
    units::{self, UnitRef},
};

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list_unit_assignments)
        .service(create_unit_assignment)
        .service(get_unit_assignment)
        .service(end_unit_assignment)
        .service(get_officer_in_charge);
}

// ---- types

/// The row.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = unit_assignments)]
pub struct AssignmentRow {
    pub id: Id,
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub member_id: Id,
    pub unit_id: Id,
    pub valid_from: NaiveDate,
    pub valid_to: Option<NaiveDate>,
    pub reason: Option<String>,
}

/// An officer looks after a unit, from a day to a day.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct UnitAssignment {
    pub id: Id,
    /// Rises by one with each change; the `ETag`.
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    /// The officer.
    pub member_id: Id,
    pub member: PersonRef,
    /// The unit she looks after.
    pub unit_id: Id,
    pub unit: UnitRef,
    pub valid_from: NaiveDate,
    /// The first day on which she no longer did; empty while she does.
    pub valid_to: Option<NaiveDate>,
    pub reason: Option<String>,
    /// What you may do with it now.
    pub allowed_actions: Vec<AllowedAction>,
}

/// An officer is to look after a unit.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUnitAssignment {
    /// A UUIDv7 of your own, if you make ids; sent again, the same request finds the same assignment.
    pub id: Option<Id>,
    /// Somebody who holds a post within your reach.
    pub member_id: Id,
    /// A unit below your own that nobody looks after from that day on: end the former assignment first, on the same day.
    pub unit_id: Id,
    /// Not in the future.
    pub valid_from: NaiveDate,
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300, example = "Phân công theo Thông báo 12-TB/ĐCT")]
    pub reason: Option<String>,
}

/// An officer no longer looks after a unit.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnitAssignmentEnding {
    /// The first day on which she no longer does; not in the future.
    pub valid_to: NaiveDate,
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300)]
    pub reason: Option<String>,
}

/// Filters of `GET /unit-assignments`.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UnitAssignmentFilters {
    /// Of this officer.
    pub member_id: Option<Id>,
    /// Of this unit.
    pub unit: Option<Id>,
    /// Of the units in the subtree of this one, itself included.
    pub within: Option<Id>,
    /// Holding on this day.
    #[param(example = "2025-06-30")]
    pub as_of: Option<NaiveDate>,
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
    "valid_from",
    "valid_to",
    "reason",
    "allowed_actions",
];

// ---- queries

/// Place in the list: first day, then id.
type ByDay = (NaiveDate, Id);

pub(super) fn list(
    reader: &mut Reader<'_>,
    scope: &Scope,
    filters: &UnitAssignmentFilters,
    after: Option<ByDay>,
    descending: bool,
    limit: i64,
) -> Result<Page<AssignmentRow, ByDay>> {
    let mut query = unit_assignments::table.select(AssignmentRow::as_select()).into_boxed();
    if let Some(roots) = scope.roots() {
        query = query.filter(unit_assignments::unit_id.eq_any(below(roots)));
    }
    if let Some(top) = filters.within {
        query = query.filter(unit_assignments::unit_id.eq_any(below(vec![top])));
    }
    if let Some(unit) = filters.unit {
        query = query.filter(unit_assignments::unit_id.eq(unit));
    }
    if let Some(member) = filters.member_id {
        query = query.filter(unit_assignments::member_id.eq(member));
    }
    if let Some(day) = filters.as_of {
        query = query
            .filter(unit_assignments::valid_from.le(day))
            .filter(unit_assignments::valid_to.is_null().or(unit_assignments::valid_to.gt(day)));
    }
    query = match (after, descending) {
        (Some((day, id)), false) => query.filter(
            unit_assignments::valid_from.gt(day).or(unit_assignments::valid_from.eq(day).and(unit_assignments::id.gt(id))),
        ),
        (Some((day, id)), true) => query.filter(
            unit_assignments::valid_from.lt(day).or(unit_assignments::valid_from.eq(day).and(unit_assignments::id.lt(id))),
        ),
        (None, _) => query,
    };
    query = if descending {
        query.order((unit_assignments::valid_from.desc(), unit_assignments::id.desc()))
    } else {
        query.order((unit_assignments::valid_from.asc(), unit_assignments::id.asc()))
    };
    let rows = reader.load(query.limit(limit + 1))?;
    Ok(Page::of(rows, limit, |row: &AssignmentRow| (row.valid_from, row.id), None))
}

pub(super) fn find(reader: &mut Reader<'_>, scope: &Scope, id: Id) -> Result<AssignmentRow> {
    let row: AssignmentRow = reader.one(unit_assignments::table.find(id).select(AssignmentRow::as_select()))?;
    units::store::reach(reader, scope, row.unit_id)?;
    Ok(row)
}

/// Who looks after a unit on a day.
pub(super) fn in_charge(reader: &mut Reader<'_>, scope: &Scope, unit_id: Id, day: NaiveDate) -> Result<AssignmentRow> {
    units::store::reach(reader, scope, unit_id)?;
    reader.one(
        unit_assignments::table
            .filter(unit_assignments::unit_id.eq(unit_id))
            .filter(unit_assignments::valid_from.le(day))
            .filter(unit_assignments::valid_to.is_null().or(unit_assignments::valid_to.gt(day)))
            .select(AssignmentRow::as_select()),
    )
}

/// Who looks after a unit is for those above it to say, not for itself.
fn reaches_above(scope: &Scope, unit_id: Id, lineage: &[Id]) -> bool {
    let above: Vec<Id> = lineage.iter().copied().filter(|id| *id != unit_id).collect();
    scope.reaches(&above)
}

pub(super) fn create(tx: &mut Tx<'_>, scope: &Scope, id: Id, new: &NewUnitAssignment) -> Result<AssignmentRow> {
    rules::check_past_day("/valid_from", new.valid_from, today())?;
    let lineage = units::store::reach_field(&mut tx.read(), scope, "/unit_id", new.unit_id)?;
    if !reaches_above(scope, new.unit_id, &lineage) {
        return Err(Problem::new(Code::Forbidden));
    }
    let unit = units::store::find(&mut tx.read(), scope, new.unit_id)?;
    if unit.status != units::UnitStatus::Active || unit.founded_on > new.valid_from {
        return Err(Problem::field(
            "/unit_id",
            "unit_not_active",
            "Đơn vị không hoạt động vào ngày này",
            "The unit does not stand on that day",
        ));
    }
    if people::officer_in(&mut tx.read(), scope, new.member_id, true)?.is_none() {
        return Err(unknown_officer());
    }
    let other: Option<AssignmentRow> = tx.read().optional(
        unit_assignments::table
            .filter(unit_assignments::unit_id.eq(new.unit_id))
            .filter(unit_assignments::valid_to.is_null().or(unit_assignments::valid_to.gt(new.valid_from)))
            .order(unit_assignments::valid_from.asc())
            .select(AssignmentRow::as_select()),
    )?;
    if let Some(other) = other {
        let holder = kept(people::refs(&mut tx.read(), &[other.member_id])?.remove(&other.member_id))?;
        let text = Text::new(
            format!("{} đang phụ trách đơn vị này từ {}", holder.full_name, other.valid_from),
            format!("{} looks after this unit since {}", holder.full_name, other.valid_from),
        );
        return Err(Problem::say(Code::Conflict, text.vi.clone(), text.en.clone())
            .with_errors(vec![FieldError::body("/unit_id", "unit_taken", text)])
            .with(
                "holder",
                json!({ "assignment_id": other.id, "member_id": holder.id, "full_name": holder.full_name,
                        "valid_from": other.valid_from, "valid_to": other.valid_to }),
            ));
    }
    let now = tx.now();
    let row = AssignmentRow {
        id,
        version: 1,
        created_at: now,
        updated_at: now,
        member_id: new.member_id,
        unit_id: new.unit_id,
        valid_from: new.valid_from,
        valid_to: None,
        reason: new.reason.clone(),
    };
    tx.record(
        Change::new("create", "unit_assignments", id, 1)
            .at(row.unit_id)
            .on(row.valid_from)
            .because(row.reason.clone())
            .after(new),
    );
    tx.execute(diesel::insert_into(unit_assignments::table).values(&row))?;
    Ok(row)
}

pub(super) fn end(tx: &mut Tx<'_>, scope: &Scope, row: AssignmentRow, ending: &UnitAssignmentEnding) -> Result<AssignmentRow> {
    let lineage = units::store::reach(&mut tx.read(), scope, row.unit_id)?;
    if !reaches_above(scope, row.unit_id, &lineage) {
        return Err(Problem::new(Code::Forbidden));
    }
    if row.valid_to.is_some() {
        return Err(Problem::say(Code::InvalidTransition, "Phân công này đã kết thúc", "The assignment has ended already")
            .with("allowed_actions", Vec::<String>::new()));
    }
    rules::check_past_day("/valid_to", ending.valid_to, today())?;
    rules::check_period("/valid_to", row.valid_from, Some(ending.valid_to))?;
    let row = AssignmentRow { version: row.version + 1, updated_at: tx.now(), valid_to: Some(ending.valid_to), ..row };
    tx.record(
        Change::new("end", "unit_assignments", row.id, row.version)
            .at(row.unit_id)
            .on(ending.valid_to)
            .because(ending.reason.clone())
            .before(&json!({ "valid_to": null }))
            .after(&json!({ "valid_to": ending.valid_to })),
    );
    let seen =
        unit_assignments::table.filter(unit_assignments::id.eq(row.id)).filter(unit_assignments::version.eq(row.version - 1));
    let saved = tx.execute(diesel::update(seen).set((
        unit_assignments::version.eq(row.version),
        unit_assignments::updated_at.eq(row.updated_at),
        unit_assignments::valid_to.eq(row.valid_to),
    )))?;
    Problem::unless_one(saved)?;
    Ok(row)
}

/// Whoever is sent to or put in charge of a unit is an officer.
pub(super) fn unknown_officer() -> Problem {
    Problem::field(
        "/member_id",
        "unknown_officer",
        "Không có cán bộ này trong phạm vi của bạn",
        "There is no such officer within your reach",
    )
}

// ---- routes

/// List unit assignments
///
/// Which officer looks after which unit, by first day. For every role with officers within its reach.
#[utoipa::path(tag = "officers", operation_id = "list_unit_assignments", params(UnitAssignmentFilters, Paging, Shape), responses(
    (status = 200, description = "A page of assignments", body = Listing<UnitAssignment>),
), security(("password" = [])))]
#[get("/unit-assignments")]
async fn list_unit_assignments(
    access: Access,
    db: web::Data<Db>,
    query: Query<UnitAssignmentFilters, List>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Officers)?;
    query.shape.check(FIELDS, &[])?;
    let filters = query.filters.clone();
    let write = access.to(Action::Update, Resource::Officers).ok();
    page::list(&db, access.principal().id, &query, "valid_from", move |reader, after, descending, limit| {
        let rows = list(reader, &scope, &filters, after, descending, limit)?;
        Ok(Page { items: views(reader, write.as_ref(), rows.items)?, next: rows.next, total: rows.total })
    })
    .await
}

/// Read a unit assignment
///
/// For every role with officers within its reach.
#[utoipa::path(tag = "officers", operation_id = "get_unit_assignment", params(("id" = Id, Path, description = "The assignment"), Shape), responses(
    (status = 200, description = "The assignment", body = UnitAssignment, headers(("ETag" = String, description = "Its version"))),
    (status = 304, description = "Not changed since the version in If-None-Match"),
    (status = 404, description = "There is no such assignment", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[get("/unit-assignments/{id}")]
async fn get_unit_assignment(
    request: HttpRequest,
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Officers)?;
    query.shape.check(FIELDS, &[])?;
    let id = id.into_inner();
    let write = access.to(Action::Update, Resource::Officers).ok();
    let found = db
        .read(move |reader| {
            let row = find(reader, &scope, id)?;
            view(reader, write.as_ref(), row)
        })
        .await?;
    answer::object(&request, &query.shape, found.version, &found)
}

/// Put an officer in charge of a unit
///
/// One at a time for each unit: when somebody is, the answer is 409 with `holder`. For `province_org`, and for
/// `base_president` and `base_editor` for the units below their own.
#[utoipa::path(tag = "officers", operation_id = "create_unit_assignment", request_body = NewUnitAssignment, responses(
    (status = 201, description = "Put in charge", body = UnitAssignment),
    (status = 409, description = "Somebody is in charge, or the id is in use", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/unit-assignments")]
async fn create_unit_assignment(command: Command<Json<NewUnitAssignment>>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Create, Resource::Officers)?;
    let read = command.access.to(Action::Read, Resource::Officers)?;
    let write = scope.clone();
    command
        .run(&scope, move |tx, Json(new), given| {
            let id = new.id.unwrap_or_default();
            if new.id.is_some() && given.claim_id(tx, "unit-assignments", id, new)? {
                let row = find(&mut tx.read(), &read, id)?;
                return show(tx, &write, row);
            }
            let row = create(tx, &write, id, new)?;
            let made = view(&mut tx.read(), Some(&write), row)?;
            Answer::created(format!("/api/v1/unit-assignments/{id}"), made.version, &made)
        })
        .await
}

/// End a unit assignment
///
/// For `province_org`, and for `base_president` and `base_editor` for the units below their own.
#[utoipa::path(tag = "officers", operation_id = "end_unit_assignment", params(("id" = Id, Path, description = "The assignment"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = UnitAssignmentEnding, responses(
    (status = 200, description = "As it is now", body = UnitAssignment),
    (status = 404, description = "There is no such assignment", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "It has ended already", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/unit-assignments/{id}/endings")]
async fn end_unit_assignment(command: Command<Json<UnitAssignmentEnding>>, id: web::Path<Id>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Officers)?;
    let (write, id) = (scope.clone(), id.into_inner());
    command
        .run(&scope, move |tx, Json(ending), given| {
            let row = find(&mut tx.read(), &write, id)?;
            given.check_version(tx, id, row.version, std::iter::empty())?;
            let row = end(tx, &write, row, ending)?;
            show(tx, &write, row)
        })
        .await
}

/// Read who looks after a unit
///
/// The assignment that holds on a day; 404 when there is none. For every role with officers within its reach.
#[utoipa::path(tag = "officers", operation_id = "get_officer_in_charge", params(("id" = Id, Path, description = "The unit"), OnDay), responses(
    (status = 200, description = "The assignment", body = UnitAssignment),
    (status = 404, description = "There is no such unit, or nobody is in charge of it", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[get("/units/{id}/officer-in-charge")]
async fn get_officer_in_charge(
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<OnDay, Bare>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Officers)?;
    query.shape.check(&[], &[])?;
    let (id, day) = (id.into_inner(), query.filters.as_of.unwrap_or_else(today));
    let write = access.to(Action::Update, Resource::Officers).ok();
    let found = db
        .read(move |reader| {
            let row = in_charge(reader, &scope, id, day)?;
            view(reader, write.as_ref(), row)
        })
        .await?;
    Ok(HttpResponse::Ok().json(found))
}

fn show(tx: &mut Tx<'_>, write: &Scope, row: AssignmentRow) -> Result<Answer> {
    let found = view(&mut tx.read(), Some(write), row)?;
    Answer::changed(found.version, &found)
}

fn view(reader: &mut Reader<'_>, write: Option<&Scope>, row: AssignmentRow) -> Result<UnitAssignment> {
    kept(views(reader, write, vec![row])?.pop())
}

/// What the caller sees of assignments.
fn views(reader: &mut Reader<'_>, write: Option<&Scope>, rows: Vec<AssignmentRow>) -> Result<Vec<UnitAssignment>> {
    let (members, places): (Vec<Id>, Vec<Id>) = rows.iter().map(|row| (row.member_id, row.unit_id)).unzip();
    let people = people::refs(reader, &members)?;
    let units = units::store::refs(reader, &places)?;
    let lineages = if write.is_some() { units::store::lineages(reader, &places)? } else { Default::default() };
    rows.into_iter()
        .map(|row| {
            let open = row.valid_to.is_none();
            let writable = write.is_some_and(|scope| {
                lineages.get(&row.unit_id).is_some_and(|lineage| reaches_above(scope, row.unit_id, lineage))
            });
            let end = (writable && open).then(|| {
                AllowedAction::act("end", format!("/api/v1/unit-assignments/{}/endings", row.id)).requiring(&["valid_to"])
            });
            Ok(UnitAssignment {
                id: row.id,
                version: row.version,
                created_at: row.created_at,
                updated_at: row.updated_at,
                member_id: row.member_id,
                member: kept(people.get(&row.member_id).cloned())?,
                unit_id: row.unit_id,
                unit: kept(units.get(&row.unit_id).cloned())?,
                valid_from: row.valid_from,
                valid_to: row.valid_to,
                reason: row.reason,
                allowed_actions: end.into_iter().collect(),
            })
        })
        .collect()
}
