//! Yearly plans: lines with what is taught to whom, in which quarter, for how much. An amendment makes a new revision; the old one
//! is kept.

use std::collections::{HashMap, HashSet};

use actix_web::{HttpRequest, HttpResponse, get, patch, post, web};
use diesel::{BoolExpressionMethods, ExpressionMethods, Insertable, QueryDsl, Queryable, Selectable, SelectableHelper};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::{
    Audience, CourseCategory, PlanStatus, above,
    courses::{self, CourseRow},
    machine::{ORGANISERS, PLANS, Standing},
    near,
    needs::NeedRow,
    said, words,
};
use crate::{
    access::{Access, Action, Resource, Scope},
    db::{
        Change, Db, Id, Instant, Reader, TextList, Tx,
        schema::{training_plan_items, training_plan_revisions, training_plans},
    },
    http::{
        AllowedAction, Answer, Bare, Body, Code, Command, Json, List, Listing, NoBody, NoFilters, NotMade, NotTaken, NotThere,
        Page, Paging, Patch, Problem, Query, Result, Shape, answer, page,
    },
    machine::{self, Event, StateEvent},
    officers::people::{below, kept},
    units::{self, UnitRef},
};

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list_training_plans)
        .service(create_training_plan)
        .service(get_training_plan)
        .service(update_training_plan)
        .service(list_training_plan_events)
        .service(list_training_plan_revisions)
        .service(submit_training_plan)
        .service(return_training_plan)
        .service(approve_training_plan)
        .service(amend_training_plan)
        .service(close_training_plan);
}

// ---- types

/// The row.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = training_plans)]
struct PlanRow {
    id: Id,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
    unit_id: Id,
    year: i64,
    title: String,
    status: PlanStatus,
    revision: i64,
    budget_vnd: i64,
    reason: Option<String>,
}

/// The row of a line.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = training_plan_items)]
struct ItemRow {
    id: Id,
    plan_id: Id,
    ordinal: i64,
    title: String,
    category: CourseCategory,
    audience: TextList,
    quota: i64,
    quarter: i64,
    budget_vnd: i64,
    is_dropped: bool,
}

/// A line of a plan.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TrainingPlanLine {
    /// As it was given to you, or a UUIDv7 of your own; a new one when it is left out. Courses and needs name it.
    pub id: Option<Id>,
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "Bồi dưỡng chi hội trưởng")]
    pub title: String,
    pub category: CourseCategory,
    /// Whom it is for: any of these.
    #[validate(length(min = 1, max = 15))]
    #[schema(min_items = 1, max_items = 15)]
    pub audience: Vec<Audience>,
    /// How many are to be trained.
    #[validate(range(min = 1, max = 100_000))]
    #[schema(minimum = 1, maximum = 100_000, example = 120)]
    pub quota: i64,
    #[validate(range(min = 1, max = 4))]
    #[schema(minimum = 1, maximum = 4, example = 3)]
    pub quarter: i64,
    #[validate(range(min = 0, max = 100_000_000_000_i64))]
    #[schema(minimum = 0, maximum = 100_000_000_000_i64, example = 45_000_000)]
    pub budget_vnd: i64,
}

/// A unit's plan of trainings for a year.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TrainingPlan {
    pub id: Id,
    /// Rises by one with each change; the `ETag`.
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub unit_id: Id,
    pub unit: UnitRef,
    #[schema(example = 2026)]
    pub year: i64,
    #[schema(example = "Kế hoạch bồi dưỡng cán bộ Hội năm 2026")]
    pub title: String,
    pub status: PlanStatus,
    /// How often it was approved and amended; 0: not approved yet.
    pub revision: i64,
    /// Of all its lines.
    pub budget_vnd: i64,
    /// Why it was returned or amended last.
    pub reason: Option<String>,
    pub items: Vec<TrainingPlanLine>,
    /// What you may do with it now.
    pub allowed_actions: Vec<AllowedAction>,
}

/// A plan as it was approved or amended.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TrainingPlanRevision {
    #[schema(example = 2)]
    pub revision: i64,
    pub recorded_at: Instant,
    pub reason: Option<String>,
    pub budget_vnd: i64,
    pub items: Vec<TrainingPlanLine>,
}

/// A new plan, as a draft.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTrainingPlan {
    /// A UUIDv7 of your own, if you make ids; sent again, the same request finds the same plan.
    pub id: Option<Id>,
    /// A province, a district, a base or an affiliated unit within your reach; one plan a year.
    pub unit_id: Id,
    #[validate(range(min = 2000, max = 2100))]
    #[schema(minimum = 2000, maximum = 2100, example = 2026)]
    pub year: i64,
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "Kế hoạch bồi dưỡng cán bộ Hội năm 2026")]
    pub title: String,
    #[validate(length(max = 100), nested)]
    #[schema(max_items = 100)]
    pub items: Vec<TrainingPlanLine>,
}

/// What of a draft is changed in place; the lines are replaced whole.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TrainingPlanCorrection {
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    #[validate(length(max = 100), nested)]
    #[schema(max_items = 100)]
    pub items: Vec<TrainingPlanLine>,
}

/// Why a plan goes back.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TrainingPlanReturn {
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300, example = "Kinh phí vượt dự toán")]
    pub reason: String,
}

/// An approved plan is changed: all lines as they shall be.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TrainingPlanAmendment {
    /// A line that a course carries out cannot be left out.
    #[validate(length(min = 1, max = 100), nested)]
    #[schema(min_items = 1, max_items = 100)]
    pub items: Vec<TrainingPlanLine>,
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300, example = "Bổ sung lớp kỹ năng số")]
    pub reason: String,
}

/// Filters of `GET /training-plans`.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TrainingPlanFilters {
    /// Of this unit.
    pub unit: Option<Id>,
    /// Of units in the subtree of this one, itself included.
    pub within: Option<Id>,
    pub year: Option<i64>,
    /// Only these states.
    #[serde(default)]
    pub status: Vec<PlanStatus>,
}

const FIELDS: &[&str] = &[
    "id",
    "version",
    "created_at",
    "updated_at",
    "unit_id",
    "unit",
    "year",
    "title",
    "status",
    "revision",
    "budget_vnd",
    "reason",
    "items",
    "allowed_actions",
];

// ---- queries

fn list(
    reader: &mut Reader<'_>,
    scope: &Scope,
    filters: &TrainingPlanFilters,
    after: Option<Id>,
    descending: bool,
    limit: i64,
) -> Result<Page<PlanRow, Id>> {
    let mut query = training_plans::table.select(PlanRow::as_select()).into_boxed();
    if let Some(roots) = scope.roots() {
        query =
            query.filter(training_plans::unit_id.eq_any(below(roots.clone())).or(training_plans::unit_id.eq_any(above(roots))));
    }
    if let Some(top) = filters.within {
        query = query.filter(training_plans::unit_id.eq_any(below(vec![top])));
    }
    if let Some(unit) = filters.unit {
        query = query.filter(training_plans::unit_id.eq(unit));
    }
    if let Some(year) = filters.year {
        query = query.filter(training_plans::year.eq(year));
    }
    if !filters.status.is_empty() {
        query = query.filter(training_plans::status.eq_any(filters.status.clone()));
    }
    query = match (after, descending) {
        (Some(id), false) => query.filter(training_plans::id.gt(id)),
        (Some(id), true) => query.filter(training_plans::id.lt(id)),
        (None, _) => query,
    };
    query = if descending { query.order(training_plans::id.desc()) } else { query.order(training_plans::id.asc()) };
    let rows = reader.load(query.limit(limit + 1))?;
    Ok(Page::of(rows, limit, |row: &PlanRow| row.id, None))
}

fn find(reader: &mut Reader<'_>, scope: &Scope, id: Id) -> Result<(PlanRow, Vec<Id>)> {
    let row: PlanRow = reader.one(training_plans::table.find(id).select(PlanRow::as_select()))?;
    let lineage = near(reader, scope, row.unit_id)?;
    Ok((row, lineage))
}

/// The lines that count, in their order.
fn lines_of(reader: &mut Reader<'_>, plans: &[Id]) -> Result<HashMap<Id, Vec<TrainingPlanLine>>> {
    let rows: Vec<ItemRow> = reader.load(
        training_plan_items::table
            .filter(training_plan_items::plan_id.eq_any(plans.to_vec()))
            .filter(training_plan_items::is_dropped.eq(false))
            .order((training_plan_items::ordinal.asc(), training_plan_items::id.asc()))
            .select(ItemRow::as_select()),
    )?;
    let mut found: HashMap<Id, Vec<TrainingPlanLine>> = HashMap::new();
    for row in rows {
        found.entry(row.plan_id).or_default().push(TrainingPlanLine {
            audience: words(&row.audience),
            id: Some(row.id),
            title: row.title,
            category: row.category,
            quota: row.quota,
            quarter: row.quarter,
            budget_vnd: row.budget_vnd,
        });
    }
    Ok(found)
}

/// An item with its plan, if the plan is approved and the item still part of it.
fn approved(reader: &mut Reader<'_>, id: Id) -> Result<Option<(ItemRow, PlanRow)>> {
    let item: Option<ItemRow> = reader.optional(training_plan_items::table.find(id).select(ItemRow::as_select()))?;
    let Some(item) = item.filter(|item| !item.is_dropped) else { return Ok(None) };
    let plan: PlanRow = reader.one(training_plans::table.find(item.plan_id).select(PlanRow::as_select()))?;
    Ok((plan.status == PlanStatus::Approved).then_some((item, plan)))
}

fn wrong_item() -> Problem {
    Problem::field(
        "/plan_item_id",
        "wrong_plan_item",
        "Không phải dòng của kế hoạch đã duyệt phù hợp với nội dung này",
        "Not a line of an approved plan that fits",
    )
}

/// C1: the line that a course carries out is of its own unit's approved plan, and of the same category.
pub(super) fn check_item(reader: &mut Reader<'_>, course: &CourseRow) -> Result<()> {
    let Some(id) = course.plan_item_id else { return Ok(()) };
    let fits = |(item, plan): &(ItemRow, PlanRow)| plan.unit_id == course.unit_id && item.category == course.category;
    if approved(reader, id)?.as_ref().is_some_and(fits) { Ok(()) } else { Err(wrong_item()) }
}

/// N3: the line is of the year and the category, of a unit at or above the person's.
pub(super) fn check_item_for_need(reader: &mut Reader<'_>, need: &NeedRow, id: Id) -> Result<()> {
    let lineage = units::store::lineage(reader, need.unit_id)?;
    let fits = |(item, plan): &(ItemRow, PlanRow)| {
        item.category == need.category && plan.year == need.year && lineage.contains(&plan.unit_id)
    };
    if approved(reader, id)?.as_ref().is_some_and(fits) { Ok(()) } else { Err(wrong_item()) }
}

fn total(items: &[TrainingPlanLine]) -> i64 {
    items.iter().map(|item| item.budget_vnd).sum()
}

/// The lines as they are given; those that are missing are dropped. Their sum is the plan's budget.
fn write_lines(tx: &mut Tx<'_>, plan: &PlanRow, items: &[TrainingPlanLine]) -> Result<()> {
    use crate::db::schema::courses as held;
    let known: Vec<Id> = tx
        .read()
        .load(training_plan_items::table.filter(training_plan_items::plan_id.eq(plan.id)).select(training_plan_items::id))?;
    let mut named = HashSet::new();
    for (index, item) in items.iter().enumerate() {
        let Some(id) = item.id else { continue };
        let pointer = format!("/items/{index}/id");
        if !id.is_v7() {
            return Err(Problem::field(pointer, "not_uuid_v7", "Phải là UUID phiên bản 7", "Must be a UUID of version 7"));
        }
        let elsewhere: Option<Id> =
            tx.read().optional(training_plan_items::table.find(id).select(training_plan_items::plan_id))?;
        if !named.insert(id) || elsewhere.is_some_and(|other| other != plan.id) {
            return Err(Problem::field(pointer, "id_in_use", "Mã định danh đã được dùng", "The id is in use"));
        }
    }
    for id in known.iter().filter(|id| !named.contains(id)) {
        let carried: Vec<Id> = tx.read().load(held::table.filter(held::plan_item_id.eq(*id)).select(held::id).limit(1))?;
        if !carried.is_empty() {
            return Err(Problem::field(
                "/items",
                "item_carried_out",
                "Có dòng đã mở lớp, không bỏ được",
                "A line that a course carries out cannot be left out",
            ));
        }
        let dropped = training_plan_items::table.find(*id);
        tx.execute(diesel::update(dropped).set(training_plan_items::is_dropped.eq(true)))?;
    }
    for (ordinal, (index, item)) in (0_i64..).zip(items.iter().enumerate()) {
        let row = ItemRow {
            id: item.id.unwrap_or_default(),
            plan_id: plan.id,
            ordinal,
            title: said(&format!("/items/{index}/title"), &item.title)?,
            category: item.category,
            audience: courses::codes(&item.audience),
            quota: item.quota,
            quarter: item.quarter,
            budget_vnd: item.budget_vnd,
            is_dropped: false,
        };
        if known.contains(&row.id) {
            tx.execute(diesel::update(training_plan_items::table.find(row.id)).set((
                training_plan_items::ordinal.eq(row.ordinal),
                training_plan_items::title.eq(&row.title),
                training_plan_items::category.eq(row.category),
                training_plan_items::audience.eq(row.audience.clone()),
                training_plan_items::quota.eq(row.quota),
                training_plan_items::quarter.eq(row.quarter),
                training_plan_items::budget_vnd.eq(row.budget_vnd),
                training_plan_items::is_dropped.eq(false),
            )))?;
        } else {
            tx.execute(diesel::insert_into(training_plan_items::table).values(&row))?;
        }
    }
    Ok(())
}

fn create(tx: &mut Tx<'_>, scope: &Scope, id: Id, new: &NewTrainingPlan) -> Result<PlanRow> {
    courses::check_holder(tx, scope, new.unit_id, ORGANISERS)?;
    let taken: Option<Id> = tx.read().optional(
        training_plans::table
            .filter(training_plans::unit_id.eq(new.unit_id))
            .filter(training_plans::year.eq(new.year))
            .select(training_plans::id),
    )?;
    if taken.is_some() {
        return Err(Problem::field(
            "/year",
            "plan_exists",
            "Đơn vị đã có kế hoạch của năm này",
            "The unit has a plan of this year already",
        ));
    }
    let now = tx.now();
    let row = PlanRow {
        id,
        version: 1,
        created_at: now,
        updated_at: now,
        unit_id: new.unit_id,
        year: new.year,
        title: said("/title", &new.title)?,
        status: PlanStatus::Draft,
        revision: 0,
        budget_vnd: total(&new.items),
        reason: None,
    };
    tx.record(Change::new("create", "training_plans", id, 1).at(row.unit_id).after(new));
    tx.execute(diesel::insert_into(training_plans::table).values(&row))?;
    write_lines(tx, &row, &new.items)?;
    let to = row.status.as_str();
    let event = Event { object_id: id, object_version: 1, action: "create", from: None, to, effective_on: None, reason: None };
    machine::record(tx, &event)?;
    Ok(row)
}

fn correct(tx: &mut Tx<'_>, row: PlanRow, before: &TrainingPlanCorrection, after: &TrainingPlanCorrection) -> Result<PlanRow> {
    if row.status != PlanStatus::Draft {
        return Err(Problem::say(
            Code::InvalidTransition,
            "Chỉ sửa được dự thảo; kế hoạch đã duyệt thì điều chỉnh",
            "Only a draft is changed; an approved plan is amended",
        )
        .with("allowed_actions", json!([])));
    }
    let row = PlanRow {
        version: row.version + 1,
        updated_at: tx.now(),
        title: said("/title", &after.title)?,
        budget_vnd: total(&after.items),
        ..row
    };
    tx.record(Change::new("update", "training_plans", row.id, row.version).at(row.unit_id).before(before).after(after));
    save(tx, &row)?;
    write_lines(tx, &row, &after.items)?;
    Ok(row)
}

fn save(tx: &mut Tx<'_>, row: &PlanRow) -> Result<()> {
    let seen = training_plans::table.filter(training_plans::id.eq(row.id)).filter(training_plans::version.eq(row.version - 1));
    let saved = tx.execute(diesel::update(seen).set((
        training_plans::version.eq(row.version),
        training_plans::updated_at.eq(row.updated_at),
        training_plans::title.eq(&row.title),
        training_plans::status.eq(row.status),
        training_plans::revision.eq(row.revision),
        training_plans::budget_vnd.eq(row.budget_vnd),
        training_plans::reason.eq(&row.reason),
    )))?;
    Problem::unless_one(saved)
}

fn advance(tx: &mut Tx<'_>, row: PlanRow, action: &'static str, to: PlanStatus) -> Result<PlanRow> {
    let from = row.status;
    let row = PlanRow { version: row.version + 1, updated_at: tx.now(), status: to, ..row };
    tx.record(
        Change::new(action, "training_plans", row.id, row.version)
            .at(row.unit_id)
            .because(row.reason.clone())
            .before(&json!({ "status": from }))
            .after(&json!({ "status": to, "revision": row.revision, "budget_vnd": row.budget_vnd })),
    );
    save(tx, &row)?;
    let event = Event {
        object_id: row.id,
        object_version: row.version,
        action,
        from: Some(from.as_str()),
        to: to.as_str(),
        effective_on: None,
        reason: row.reason.as_deref(),
    };
    machine::record(tx, &event)?;
    Ok(row)
}

/// The plan as it is now, kept for ever.
fn keep_revision(tx: &mut Tx<'_>, row: &PlanRow) -> Result<()> {
    let items = lines_of(&mut tx.read(), &[row.id])?.remove(&row.id).unwrap_or_default();
    tx.execute(diesel::insert_into(training_plan_revisions::table).values((
        training_plan_revisions::plan_id.eq(row.id),
        training_plan_revisions::revision.eq(row.revision),
        training_plan_revisions::recorded_at.eq(tx.now()),
        training_plan_revisions::reason.eq(&row.reason),
        training_plan_revisions::budget_vnd.eq(row.budget_vnd),
        training_plan_revisions::items.eq(serde_json::to_string(&items).map_err(Problem::internal)?),
    )))?;
    Ok(())
}

/// P1: a plan has lines; that its budget is their sum is so by the way it is made.
fn submit(tx: &mut Tx<'_>, row: PlanRow) -> Result<PlanRow> {
    if lines_of(&mut tx.read(), &[row.id])?.is_empty() {
        return Err(Problem::conflict("", "no_items", "Kế hoạch chưa có nội dung", "The plan has no lines"));
    }
    advance(tx, PlanRow { reason: None, ..row }, "submit", PlanStatus::Submitted)
}

fn approve(tx: &mut Tx<'_>, row: PlanRow) -> Result<PlanRow> {
    let row = PlanRow { revision: row.revision + 1, ..row };
    let row = advance(tx, row, "approve", PlanStatus::Approved)?;
    keep_revision(tx, &row)?;
    Ok(row)
}

/// P2.
fn amend(tx: &mut Tx<'_>, row: PlanRow, amendment: &TrainingPlanAmendment) -> Result<PlanRow> {
    let reason = said("/reason", &amendment.reason)?;
    let row = PlanRow { revision: row.revision + 1, budget_vnd: total(&amendment.items), reason: Some(reason), ..row };
    let row = advance(tx, row, "amend", PlanStatus::Approved)?;
    write_lines(tx, &row, &amendment.items)?;
    keep_revision(tx, &row)?;
    Ok(row)
}

// ---- routes

/// List training plans
///
/// In the order in which they were made: those of units within your reach, and those of units above you.
#[utoipa::path(tag = "training-plans", operation_id = "list_training_plans", params(TrainingPlanFilters, Paging, Shape),
    responses((status = 200, description = "A page of plans", body = Listing<TrainingPlan>)), security(("password" = [])))]
#[get("/training-plans")]
async fn list_training_plans(access: Access, db: web::Data<Db>, query: Query<TrainingPlanFilters, List>) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Trainings)?;
    query.shape.check(FIELDS, &[])?;
    let filters = query.filters.clone();
    let write = access.to(Action::Update, Resource::Trainings).ok();
    page::list(&db, access.principal().id, &query, "id", move |reader, after, descending, limit| {
        let rows = list(reader, &scope, &filters, after, descending, limit)?;
        Ok(Page { items: views(reader, write.as_ref(), rows.items)?, next: rows.next, total: rows.total })
    })
    .await
}

/// Read a training plan
///
/// Of a unit within your reach, or of one above you.
#[utoipa::path(tag = "training-plans", operation_id = "get_training_plan", params(("id" = Id, Path, description = "The plan"), Shape),
    responses((status = 200, description = "The plan", body = TrainingPlan, headers(("ETag" = String, description = "Its version"))),
    (status = 304, description = "Not changed since the version in If-None-Match"), NotThere), security(("password" = [])))]
#[get("/training-plans/{id}")]
async fn get_training_plan(
    request: HttpRequest,
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Trainings)?;
    query.shape.check(FIELDS, &[])?;
    let id = id.into_inner();
    let write = access.to(Action::Update, Resource::Trainings).ok();
    let found = db
        .read(move |reader| {
            let (row, _) = find(reader, &scope, id)?;
            view(reader, write.as_ref(), row)
        })
        .await?;
    answer::object(&request, &query.shape, found.version, &found)
}

/// List the steps of a training plan
///
/// The first one first.
#[utoipa::path(tag = "training-plans", operation_id = "list_training_plan_events", params(("id" = Id, Path, description = "The plan")),
    responses((status = 200, description = "All steps", body = Listing<StateEvent>), NotThere), security(("password" = [])))]
#[get("/training-plans/{id}/events")]
async fn list_training_plan_events(
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters, Bare>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Trainings)?;
    let id = id.into_inner();
    let events = db
        .read(move |reader| {
            find(reader, &scope, id)?;
            machine::events_of(reader, id)
        })
        .await?;
    page::whole(&query, &events)
}

/// List the revisions of a training plan
///
/// As it was approved, and as it was amended each time.
#[utoipa::path(tag = "training-plans", operation_id = "list_training_plan_revisions", params(("id" = Id, Path, description = "The plan")),
    responses((status = 200, description = "All revisions", body = Listing<TrainingPlanRevision>), NotThere), security(("password" = [])))]
#[get("/training-plans/{id}/revisions")]
async fn list_training_plan_revisions(
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters, Bare>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Trainings)?;
    let id = id.into_inner();
    type Row = (i64, Instant, Option<String>, i64, String);
    let found = db
        .read(move |reader| {
            find(reader, &scope, id)?;
            let rows: Vec<Row> = reader.load(
                training_plan_revisions::table
                    .filter(training_plan_revisions::plan_id.eq(id))
                    .order(training_plan_revisions::revision.asc())
                    .select((
                        training_plan_revisions::revision,
                        training_plan_revisions::recorded_at,
                        training_plan_revisions::reason,
                        training_plan_revisions::budget_vnd,
                        training_plan_revisions::items,
                    )),
            )?;
            rows.into_iter()
                .map(|(revision, recorded_at, reason, budget_vnd, items)| {
                    let items = serde_json::from_str(&items).map_err(Problem::internal)?;
                    Ok(TrainingPlanRevision { revision, recorded_at, reason, budget_vnd, items })
                })
                .collect::<Result<Vec<_>>>()
        })
        .await?;
    page::whole(&query, &found)
}

/// Draft a training plan
///
/// One a unit and year.
#[utoipa::path(tag = "training-plans", operation_id = "create_training_plan", request_body = NewTrainingPlan,
    responses((status = 201, description = "Drafted", body = TrainingPlan), NotMade), security(("password" = [])))]
#[post("/training-plans")]
async fn create_training_plan(command: Command<Json<NewTrainingPlan>>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Create, Resource::Trainings)?;
    let read = command.access.to(Action::Read, Resource::Trainings)?;
    if !scope.grants().iter().any(|grant| ORGANISERS.contains(&grant.role)) {
        return Err(Problem::new(Code::Forbidden));
    }
    let write = scope.clone();
    command
        .run(&scope, move |tx, Json(new), given| {
            let id = new.id.unwrap_or_default();
            if new.id.is_some() && given.claim_id(tx, "training-plans", id, new)? {
                let (row, _) = find(&mut tx.read(), &read, id)?;
                return show(tx, &write, row);
            }
            let row = create(tx, &write, id, new)?;
            let made = view(&mut tx.read(), Some(&write), row)?;
            Answer::created(format!("/api/v1/training-plans/{id}"), made.version, &made)
        })
        .await
}

/// Correct a training plan
///
/// While it is a draft. The lines are replaced whole.
#[utoipa::path(tag = "training-plans", operation_id = "update_training_plan", params(("id" = Id, Path, description = "The plan"),
    ("If-Match" = String, Header, description = "The version you have read")),
    request_body(content = Patch<TrainingPlanCorrection>, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "As it is now", body = TrainingPlan), NotTaken), security(("password" = [])))]
#[patch("/training-plans/{id}")]
async fn update_training_plan(command: Command<Patch<TrainingPlanCorrection>>, id: web::Path<Id>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Trainings)?;
    let read = command.access.to(Action::Read, Resource::Trainings)?;
    let (write, id) = (scope.clone(), id.into_inner());
    command
        .run(&scope, move |tx, patch, given| {
            let (row, lineage) = find(&mut tx.read(), &read, id)?;
            if !standing(Some(&write), &lineage).holds(ORGANISERS) {
                return Err(Problem::new(Code::Forbidden));
            }
            given.check_version(tx, id, row.version, patch.names())?;
            if patch.is_empty() {
                return show(tx, &write, row);
            }
            let items = lines_of(&mut tx.read(), &[id])?.remove(&id).unwrap_or_default();
            let before = TrainingPlanCorrection { title: row.title.clone(), items };
            let after = patch.apply(&before)?;
            let row = correct(tx, row, &before, &after)?;
            show(tx, &write, row)
        })
        .await
}

/// Takes one step with a plan.
async fn take<B: Body + Send + Sync + 'static>(
    command: Command<B>,
    id: Id,
    action: &'static str,
    mut carry_out: impl FnMut(&mut Tx<'_>, PlanRow, &B) -> Result<PlanRow> + Send + 'static,
) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Trainings)?;
    let read = command.access.to(Action::Read, Resource::Trainings)?;
    let write = scope.clone();
    command
        .run(&scope, move |tx, body, given| {
            let (row, lineage) = find(&mut tx.read(), &read, id)?;
            given.check_version(tx, id, row.version, std::iter::empty())?;
            let standing = standing(Some(&write), &lineage);
            PLANS.step(action, id, row.status, |step| standing.may(step))?;
            let row = carry_out(tx, row, body)?;
            show(tx, &write, row)
        })
        .await
}

fn standing<'s>(write: Option<&'s Scope>, lineage: &'s [Id]) -> Standing<'s> {
    Standing { scope: write, lineage, is_author: false, trainee_lineage: &[], is_trainee: false }
}

/// Submit a training plan
///
/// It has at least one line.
#[utoipa::path(tag = "training-plans", operation_id = "submit_training_plan", params(("id" = Id, Path, description = "The plan"),
    ("If-Match" = String, Header, description = "The version you have read")),
    responses((status = 200, description = "As it is now", body = TrainingPlan), NotTaken), security(("password" = [])))]
#[post("/training-plans/{id}/submissions")]
async fn submit_training_plan(command: Command<NoBody>, id: web::Path<Id>) -> Result<HttpResponse> {
    take(command, id.into_inner(), "submit", |tx, row, _| submit(tx, row)).await
}

/// Return a training plan
///
/// To be worked over, with the reason.
#[utoipa::path(tag = "training-plans", operation_id = "return_training_plan", params(("id" = Id, Path, description = "The plan"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = TrainingPlanReturn,
    responses((status = 200, description = "As it is now", body = TrainingPlan), NotTaken), security(("password" = [])))]
#[post("/training-plans/{id}/returns")]
async fn return_training_plan(command: Command<Json<TrainingPlanReturn>>, id: web::Path<Id>) -> Result<HttpResponse> {
    take(command, id.into_inner(), "return", |tx, row, Json(body)| {
        let reason = said("/reason", &body.reason)?;
        advance(tx, PlanRow { reason: Some(reason), ..row }, "return", PlanStatus::Draft)
    })
    .await
}

/// Approve a training plan
///
/// From now on courses carry out its lines, and needs are planned by them. Its first revision is kept.
#[utoipa::path(tag = "training-plans", operation_id = "approve_training_plan", params(("id" = Id, Path, description = "The plan"),
    ("If-Match" = String, Header, description = "The version you have read")),
    responses((status = 200, description = "As it is now", body = TrainingPlan), NotTaken), security(("password" = [])))]
#[post("/training-plans/{id}/approvals")]
async fn approve_training_plan(command: Command<NoBody>, id: web::Path<Id>) -> Result<HttpResponse> {
    take(command, id.into_inner(), "approve", |tx, row, _| approve(tx, row)).await
}

/// Amend an approved training plan
///
/// All lines as they shall be. It becomes a new revision; the old one is kept.
#[utoipa::path(tag = "training-plans", operation_id = "amend_training_plan", params(("id" = Id, Path, description = "The plan"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = TrainingPlanAmendment,
    responses((status = 200, description = "As it is now", body = TrainingPlan), NotTaken), security(("password" = [])))]
#[post("/training-plans/{id}/amendments")]
async fn amend_training_plan(command: Command<Json<TrainingPlanAmendment>>, id: web::Path<Id>) -> Result<HttpResponse> {
    take(command, id.into_inner(), "amend", |tx, row, Json(body)| amend(tx, row, body)).await
}

/// Close a training plan
///
/// At the end of the year.
#[utoipa::path(tag = "training-plans", operation_id = "close_training_plan", params(("id" = Id, Path, description = "The plan"),
    ("If-Match" = String, Header, description = "The version you have read")),
    responses((status = 200, description = "As it is now", body = TrainingPlan), NotTaken), security(("password" = [])))]
#[post("/training-plans/{id}/closures")]
async fn close_training_plan(command: Command<NoBody>, id: web::Path<Id>) -> Result<HttpResponse> {
    take(command, id.into_inner(), "close", |tx, row, _| advance(tx, row, "close", PlanStatus::Closed)).await
}

fn show(tx: &mut Tx<'_>, write: &Scope, row: PlanRow) -> Result<Answer> {
    let found = view(&mut tx.read(), Some(write), row)?;
    Answer::changed(found.version, &found)
}

fn view(reader: &mut Reader<'_>, write: Option<&Scope>, row: PlanRow) -> Result<TrainingPlan> {
    kept(views(reader, write, vec![row])?.pop())
}

fn views(reader: &mut Reader<'_>, write: Option<&Scope>, rows: Vec<PlanRow>) -> Result<Vec<TrainingPlan>> {
    let places: Vec<Id> = rows.iter().map(|row| row.unit_id).collect();
    let units = units::store::refs(reader, &places)?;
    let lineages = units::store::lineages(reader, &places)?;
    let mut lines = lines_of(reader, &rows.iter().map(|row| row.id).collect::<Vec<_>>())?;
    rows.into_iter()
        .map(|row| {
            let standing = standing(write, lineages.get(&row.unit_id).map_or(&[], Vec::as_slice));
            let mut allowed_actions = PLANS.allowed(row.id, row.status, |step| standing.may(step));
            if row.status == PlanStatus::Draft && standing.holds(ORGANISERS) {
                allowed_actions.push(AllowedAction::update(format!("/api/v1/training-plans/{}", row.id)));
            }
            Ok(TrainingPlan {
                allowed_actions,
                unit: kept(units.get(&row.unit_id).cloned())?,
                items: lines.remove(&row.id).unwrap_or_default(),
                id: row.id,
                version: row.version,
                created_at: row.created_at,
                updated_at: row.updated_at,
                unit_id: row.unit_id,
                year: row.year,
                title: row.title,
                status: row.status,
                revision: row.revision,
                budget_vnd: row.budget_vnd,
                reason: row.reason,
            })
        })
        .collect()
}
