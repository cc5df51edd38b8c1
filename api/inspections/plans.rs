//! Yearly plans: what a unit means to inspect, which of it by theme, whom and in which month.

use std::collections::{HashMap, HashSet};

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
    machine::PLANS,
    model::{InspectionKind, InspectionMode, InspectionReason},
    routes::check_pair,
    rules,
    sight::{Place, Viewer, below},
};
use crate::{
    access::{Access, Action, Resource, Scope},
    calendar::today,
    code_list,
    db::{
        Change, Db, Id, Instant, Reader, Tx,
        schema::{inspection_plan_items, inspection_plans, inspections},
    },
    http::{
        AllowedAction, Answer, Bare, Body, Code, Command, Json, List, Listing, NoFilters, NotMade, NotTaken, NotThere, Page,
        Paging, Patch, Problem, Query, Result, Shape, answer, page,
    },
    machine::{self, Event, StateEvent, Step},
    officers::people::kept,
    units::{self, UnitRef},
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list_inspection_plans)
        .service(create_inspection_plan)
        .service(get_inspection_plan)
        .service(update_inspection_plan)
        .service(list_inspection_plan_events)
        .service(submit_inspection_plan)
        .service(approve_inspection_plan)
        .service(return_inspection_plan)
        .service(amend_inspection_plan);
}

// ---- types

code_list! {
    InspectionPlanStatus in "inspection_plan_statuses" {
        Draft = "draft", "Đang soạn", "Draft";
        Submitted = "submitted", "Đã trình", "Submitted";
        Approved = "approved", "Đã duyệt", "Approved";
    }
}

#[derive(Clone, Debug, Serialize, Queryable, Selectable, Insertable, Identifiable, AsChangeset)]
#[diesel(table_name = inspection_plans, treat_none_as_null = true)]
struct PlanRow {
    id: Id,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
    unit_id: Id,
    year: i64,
    title: String,
    status: InspectionPlanStatus,
    revision: i64,
    submitted_by: Option<Id>,
    approved_on: Option<NaiveDate>,
    approval_no: Option<String>,
}

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = inspection_plan_items)]
struct ItemRow {
    id: Id,
    plan_id: Id,
    ordinal: i64,
    unit_id: Id,
    kind: InspectionKind,
    mode: InspectionMode,
    topic: String,
    month: i64,
}

/// A line of a plan.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct InspectionPlanItem {
    pub id: Id,
    /// The unit to be inspected.
    pub unit_id: Id,
    pub unit: UnitRef,
    pub kind: InspectionKind,
    pub mode: InspectionMode,
    #[schema(example = "Quản lý, sử dụng hội phí và quỹ hội")]
    pub topic: String,
    #[schema(example = 4)]
    pub month: i64,
}

/// What a unit means to inspect in a year.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct InspectionPlan {
    pub id: Id,
    /// Rises by one with each change; the `ETag`.
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    /// The unit that inspects.
    pub unit_id: Id,
    pub unit: UnitRef,
    #[schema(example = 2026)]
    pub year: i64,
    #[schema(example = "Kế hoạch kiểm tra, giám sát năm 2026")]
    pub title: String,
    pub status: InspectionPlanStatus,
    /// Rises with each amendment.
    pub revision: i64,
    pub approved_on: Option<NaiveDate>,
    pub approval_no: Option<String>,
    pub items: Vec<InspectionPlanItem>,
    /// What you may do with it now.
    pub allowed_actions: Vec<AllowedAction>,
}

/// A line of a plan as it is written.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInspectionPlanItem {
    /// Of the line as it was, if it is there already: an inspection that carries it out keeps it.
    pub id: Option<Id>,
    /// A unit below the one whose plan it is.
    pub unit_id: Id,
    pub kind: InspectionKind,
    pub mode: InspectionMode,
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300, example = "Quản lý, sử dụng hội phí và quỹ hội")]
    pub topic: String,
    #[validate(range(min = 1, max = 12))]
    #[schema(minimum = 1, maximum = 12, example = 4)]
    pub month: i64,
}

/// A new plan.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInspectionPlan {
    /// A UUIDv7 of your own, if you make ids; sent again, the same request finds the same plan.
    pub id: Option<Id>,
    /// The unit that inspects, within your reach; it has one plan a year.
    pub unit_id: Id,
    #[validate(range(min = 2017, max = 2100))]
    #[schema(minimum = 2017, maximum = 2100, example = 2026)]
    pub year: i64,
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300, example = "Kế hoạch kiểm tra, giám sát năm 2026")]
    pub title: String,
    #[validate(length(max = 300), nested)]
    #[schema(max_items = 300)]
    #[serde(default)]
    pub items: Vec<NewInspectionPlanItem>,
}

/// What of a plan is changed in place, while it is a draft; the lines are given whole.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InspectionPlanCorrection {
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300)]
    pub title: String,
    #[validate(length(max = 300), nested)]
    #[schema(max_items = 300)]
    pub items: Vec<NewInspectionPlanItem>,
}

/// The plan is handed in.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InspectionPlanSubmission {
    #[validate(length(min = 1, max = 1000))]
    #[schema(min_length = 1, max_length = 1000)]
    pub note: Option<String>,
}

/// The plan is right.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InspectionPlanApproval {
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "08-KH/BTV")]
    pub approval_no: String,
    /// Not in the future.
    pub approved_on: NaiveDate,
}

/// Other lines, from now on.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InspectionPlanAmendment {
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300, example = "Bổ sung theo chỉ đạo")]
    pub reason: String,
    #[validate(length(min = 1, max = 300), nested)]
    #[schema(min_items = 1, max_items = 300)]
    pub items: Vec<NewInspectionPlanItem>,
}

/// Filters of `GET /inspection-plans`.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct InspectionPlanFilters {
    /// By this unit.
    pub inspecting_unit: Option<Id>,
    /// Of this year.
    #[param(example = 2026)]
    pub year: Option<i64>,
    /// Only these states.
    #[serde(default)]
    pub status: Vec<InspectionPlanStatus>,
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
    "approved_on",
    "approval_no",
    "items",
    "allowed_actions",
];

// ---- queries

/// A line that an inspection of `inspected` by `unit` may carry out.
pub(super) fn check_item(reader: &mut Reader<'_>, item: Id, unit: Id, inspected: Id) -> Result<()> {
    let plan = inspection_plans::table
        .filter(inspection_plans::unit_id.eq(unit))
        .filter(inspection_plans::status.eq(InspectionPlanStatus::Approved))
        .select(inspection_plans::id);
    let found: Option<Id> = reader.optional(
        inspection_plan_items::table
            .find(item)
            .filter(inspection_plan_items::unit_id.eq(inspected))
            .filter(inspection_plan_items::plan_id.eq_any(plan))
            .select(inspection_plan_items::id),
    )?;
    found.map(|_| ()).ok_or_else(|| {
        Problem::field(
            "/plan_item_id",
            "unknown_plan_item",
            "Không có trong kế hoạch đã duyệt của đơn vị kiểm tra cho đơn vị này",
            "No line for this unit in an approved plan of the unit that inspects",
        )
    })
}

fn find(reader: &mut Reader<'_>, viewer: &Viewer, id: Id) -> Result<(PlanRow, Place)> {
    let row: PlanRow = reader.one(inspection_plans::table.find(id).select(PlanRow::as_select()))?;
    let unit = units::store::reach(reader, &viewer.read, row.unit_id)?;
    Ok((row, Place { unit, ..Place::default() }))
}

fn items_of(reader: &mut Reader<'_>, plans: &[Id]) -> Result<HashMap<Id, Vec<ItemRow>>> {
    let rows: Vec<ItemRow> = reader.load(
        inspection_plan_items::table
            .filter(inspection_plan_items::plan_id.eq_any(plans.to_vec()))
            .order((inspection_plan_items::plan_id.asc(), inspection_plan_items::ordinal.asc()))
            .select(ItemRow::as_select()),
    )?;
    let mut found: HashMap<Id, Vec<ItemRow>> = HashMap::new();
    for row in rows {
        found.entry(row.plan_id).or_default().push(row);
    }
    Ok(found)
}

/// Writes the lines whole. One that an inspection carries out stays.
fn write_items(tx: &mut Tx<'_>, scope: &Scope, plan: &PlanRow, items: &[NewInspectionPlanItem]) -> Result<()> {
    let before: HashSet<Id> =
        items_of(&mut tx.read(), &[plan.id])?.remove(&plan.id).unwrap_or_default().into_iter().map(|item| item.id).collect();
    let mut rows: Vec<ItemRow> = Vec::new();
    for (place, item) in items.iter().enumerate() {
        let at = |name: &str| format!("/items/{place}/{name}");
        check_pair(tx, scope, &at("unit_id"), plan.unit_id, item.unit_id)?;
        let twice = |id: &Id| rows.iter().any(|row| row.id == *id);
        if item.id.is_some_and(|id| !before.contains(&id) || twice(&id)) {
            let (vi, en) = ("Kế hoạch không có dòng này", "The plan has no such line");
            return Err(Problem::field(at("id"), "unknown_plan_item", vi, en));
        }
        rows.push(ItemRow {
            id: item.id.unwrap_or_default(),
            plan_id: plan.id,
            ordinal: i64::try_from(place + 1).map_err(Problem::internal)?,
            unit_id: item.unit_id,
            kind: item.kind,
            mode: item.mode,
            topic: rules::said(&at("topic"), &item.topic)?,
            month: item.month,
        });
    }
    let gone: Vec<Id> = before.into_iter().filter(|id| rows.iter().all(|row| row.id != *id)).collect();
    let carried_out: Vec<Id> =
        tx.read().load(inspections::table.filter(inspections::plan_item_id.eq_any(gone)).select(inspections::id).limit(1))?;
    if !carried_out.is_empty() {
        let (vi, en) =
            ("Có dòng đã lập cuộc kiểm tra, không bỏ được", "A line that an inspection carries out cannot be left out");
        return Err(Problem::field("/items", "plan_item_in_use", vi, en));
    }
    tx.execute(diesel::delete(inspection_plan_items::table.filter(inspection_plan_items::plan_id.eq(plan.id))))?;
    for row in rows {
        tx.execute(diesel::insert_into(inspection_plan_items::table).values(row))?;
    }
    Ok(())
}

/// T8: at least one theme a year.
fn check_theme(reader: &mut Reader<'_>, plan: Id) -> Result<()> {
    let items = items_of(reader, &[plan])?.remove(&plan).unwrap_or_default();
    if items.iter().any(|item| item.kind == InspectionKind::Thematic) {
        return Ok(());
    }
    Err(Problem::field(
        "/items",
        "no_theme",
        "Kế hoạch năm phải có ít nhất một chuyên đề",
        "The plan of a year has at least one theme",
    ))
}

/// Nobody approves what she submitted.
fn may(viewer: &Viewer, place: &Place, row: &PlanRow, step: &Step<InspectionPlanStatus>) -> bool {
    let own = matches!(step.action, "approve" | "return") && row.submitted_by == Some(viewer.account);
    viewer.may(step, place) && !own
}

fn actions(viewer: &Viewer, place: &Place, row: &PlanRow) -> Vec<AllowedAction> {
    let mut allowed = PLANS.allowed(row.id, row.status, |step| may(viewer, place, row, step));
    if row.status == InspectionPlanStatus::Draft && viewer.may_edit(place) {
        allowed.push(AllowedAction::update(format!("{}/{}", PLANS.path, row.id)));
    }
    allowed
}

fn views(reader: &mut Reader<'_>, viewer: &Viewer, rows: Vec<PlanRow>) -> Result<Vec<InspectionPlan>> {
    let ids: Vec<Id> = rows.iter().map(|row| row.id).collect();
    let mut items = items_of(reader, &ids)?;
    let places: Vec<Id> = rows.iter().map(|row| row.unit_id).chain(items.values().flatten().map(|item| item.unit_id)).collect();
    let units = units::store::refs(reader, &places)?;
    let own: Vec<Id> = rows.iter().map(|row| row.unit_id).collect();
    let lineages = units::store::lineages(reader, &own)?;
    rows.into_iter()
        .map(|row| {
            let unit = lineages.get(&row.unit_id).cloned().unwrap_or_default();
            let items = items.remove(&row.id).unwrap_or_default().into_iter().map(|item| {
                Ok(InspectionPlanItem {
                    id: item.id,
                    unit_id: item.unit_id,
                    unit: kept(units.get(&item.unit_id).cloned())?,
                    kind: item.kind,
                    mode: item.mode,
                    topic: item.topic,
                    month: item.month,
                })
            });
            Ok(InspectionPlan {
                items: items.collect::<Result<_>>()?,
                allowed_actions: actions(viewer, &Place { unit, ..Place::default() }, &row),
                id: row.id,
                version: row.version,
                created_at: row.created_at,
                updated_at: row.updated_at,
                unit_id: row.unit_id,
                unit: kept(units.get(&row.unit_id).cloned())?,
                year: row.year,
                title: row.title,
                status: row.status,
                revision: row.revision,
                approved_on: row.approved_on,
                approval_no: row.approval_no,
            })
        })
        .collect()
}

fn view(reader: &mut Reader<'_>, viewer: &Viewer, row: PlanRow) -> Result<InspectionPlan> {
    kept(views(reader, viewer, vec![row])?.pop())
}

fn show(tx: &mut Tx<'_>, viewer: &Viewer, row: PlanRow) -> Result<Answer> {
    let found = view(&mut tx.read(), viewer, row)?;
    Answer::changed(found.version, &found)
}

fn record(tx: &mut Tx<'_>, row: &PlanRow, action: &str, from: Option<&str>, reason: Option<&str>) -> Result<()> {
    let (object_id, object_version, to) = (row.id, row.version, row.status.as_str());
    machine::record(tx, &Event { object_id, object_version, action, from, to, effective_on: None, reason })
}

/// Keeps a changed plan; `told` is what the trail tells of it beside the row.
fn keep(tx: &mut Tx<'_>, before: &PlanRow, after: PlanRow, action: &'static str, reason: Option<&str>) -> Result<PlanRow> {
    let after = PlanRow { version: before.version + 1, updated_at: tx.now(), ..after };
    tx.record(
        Change::new(action, "inspection_plans", after.id, after.version)
            .at(after.unit_id)
            .because(reason.map(str::to_owned))
            .before(before)
            .after(&after),
    );
    let seen =
        inspection_plans::table.filter(inspection_plans::id.eq(after.id)).filter(inspection_plans::version.eq(before.version));
    let saved = tx.execute(diesel::update(seen).set(after.clone()))?;
    Problem::unless_one(saved)?;
    if action != "update" {
        record(tx, &after, action, Some(before.status.as_str()), reason)?;
    }
    Ok(after)
}

// ---- routes

/// List inspection plans
///
/// By year. Of the units that you inspect, lead or keep; never of one above you.
#[utoipa::path(tag = "inspection-plans", operation_id = "list_inspection_plans", params(InspectionPlanFilters, Paging, Shape), responses(
    (status = 200, description = "A page of plans", body = Listing<InspectionPlan>),
), security(("password" = [])))]
#[get("/inspection-plans")]
async fn list_inspection_plans(
    access: Access,
    db: web::Data<Db>,
    query: Query<InspectionPlanFilters, List>,
) -> Result<HttpResponse> {
    let viewer = Viewer::of(&access)?;
    query.shape.check(FIELDS, &[])?;
    let filters = query.filters.clone();
    page::list(&db, access.principal().id, &query, "year", move |reader, after: Option<(i64, Id)>, descending, limit| {
        let (year, key) = (inspection_plans::year, inspection_plans::id);
        let mut rows = inspection_plans::table.select(PlanRow::as_select()).into_boxed();
        if let Some(roots) = viewer.read.roots() {
            rows = rows.filter(inspection_plans::unit_id.eq_any(below(&roots)));
        }
        if let Some(unit) = filters.inspecting_unit {
            rows = rows.filter(inspection_plans::unit_id.eq(unit));
        }
        if let Some(wanted) = filters.year {
            rows = rows.filter(year.eq(wanted));
        }
        if !filters.status.is_empty() {
            rows = rows.filter(inspection_plans::status.eq_any(filters.status.clone()));
        }
        rows = match (after, descending) {
            (Some((at, id)), false) => rows.filter(year.gt(at).or(year.eq(at).and(key.gt(id)))),
            (Some((at, id)), true) => rows.filter(year.lt(at).or(year.eq(at).and(key.lt(id)))),
            (None, _) => rows,
        };
        rows = if descending { rows.order((year.desc(), key.desc())) } else { rows.order((year.asc(), key.asc())) };
        let rows = Page::of(reader.load(rows.limit(limit + 1))?, limit, |row: &PlanRow| (row.year, row.id), None);
        let (items, next, total) = (rows.items, rows.next, rows.total);
        Ok(Page { items: views(reader, &viewer, items)?, next, total })
    })
    .await
}

/// Read an inspection plan
///
/// With its lines.
#[utoipa::path(tag = "inspection-plans", operation_id = "get_inspection_plan", params(("id" = Id, Path, description = "The plan"), Shape), responses(
    (status = 200, description = "The plan", body = InspectionPlan, headers(("ETag" = String, description = "Its version"))),
    NotThere,
), security(("password" = [])))]
#[get("/inspection-plans/{id}")]
async fn get_inspection_plan(
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
            let (row, _) = find(reader, &viewer, id)?;
            view(reader, &viewer, row)
        })
        .await?;
    answer::object(&request, &query.shape, found.version, &found)
}

/// Read what happened to an inspection plan
///
/// Step by step.
#[utoipa::path(tag = "inspection-plans", operation_id = "list_inspection_plan_events", params(("id" = Id, Path, description = "The plan")), responses(
    (status = 200, description = "Its steps, the first one first", body = Listing<StateEvent>),
    NotThere,
), security(("password" = [])))]
#[get("/inspection-plans/{id}/events")]
async fn list_inspection_plan_events(
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

/// Draft an inspection plan
///
/// One a unit and year.
#[utoipa::path(tag = "inspection-plans", operation_id = "create_inspection_plan", request_body = NewInspectionPlan, responses(
    (status = 201, description = "Drafted", body = InspectionPlan),
    NotMade,
), security(("password" = [])))]
#[post("/inspection-plans")]
async fn create_inspection_plan(command: Command<Json<NewInspectionPlan>>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Create, Resource::Inspections)?;
    let (viewer, write) = (Viewer::of(&command.access)?, scope.clone());
    command
        .run(&scope, move |tx, Json(new), given| {
            let id = new.id.unwrap_or_default();
            if new.id.is_some() && given.claim_id(tx, "inspection-plans", id, new)? {
                let (row, _) = find(&mut tx.read(), &viewer, id)?;
                return show(tx, &viewer, row);
            }
            units::store::reach_field(&mut tx.read(), &write, "/unit_id", new.unit_id)?;
            let there: Option<Id> = tx.read().optional(
                inspection_plans::table
                    .filter(inspection_plans::unit_id.eq(new.unit_id))
                    .filter(inspection_plans::year.eq(new.year))
                    .select(inspection_plans::id),
            )?;
            if there.is_some() {
                let (vi, en) = ("Đơn vị đã có kế hoạch năm này", "The unit has a plan for this year");
                return Err(Problem::field("/year", "already_there", vi, en));
            }
            let now = tx.now();
            let row = PlanRow {
                id,
                version: 1,
                created_at: now,
                updated_at: now,
                unit_id: new.unit_id,
                year: new.year,
                title: rules::said("/title", &new.title)?,
                status: InspectionPlanStatus::Draft,
                revision: 1,
                submitted_by: None,
                approved_on: None,
                approval_no: None,
            };
            tx.record(Change::new("create", "inspection_plans", id, 1).at(row.unit_id).after(new));
            tx.execute(diesel::insert_into(inspection_plans::table).values(row.clone()))?;
            write_items(tx, &write, &row, &new.items)?;
            record(tx, &row, "create", None, None)?;
            let made = view(&mut tx.read(), &viewer, row)?;
            Answer::created(format!("{}/{id}", PLANS.path), made.version, &made)
        })
        .await
}

/// Correct an inspection plan
///
/// While it is a draft. The lines are given whole; a line with its `id` stays the same line.
#[utoipa::path(tag = "inspection-plans", operation_id = "update_inspection_plan", params(("id" = Id, Path, description = "The plan"),
    ("If-Match" = String, Header, description = "The version you have read")),
    request_body(content = Patch<InspectionPlanCorrection>, content_type = "application/merge-patch+json"), responses(
    (status = 200, description = "As it is now", body = InspectionPlan),
    NotTaken,
), security(("password" = [])))]
#[patch("/inspection-plans/{id}")]
async fn update_inspection_plan(command: Command<Patch<InspectionPlanCorrection>>, id: web::Path<Id>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Inspections)?;
    let (viewer, write, id) = (Viewer::of(&command.access)?, scope.clone(), id.into_inner());
    command
        .run(&scope, move |tx, patch, given| {
            let (row, place) = find(&mut tx.read(), &viewer, id)?;
            if !viewer.may_edit(&place) {
                return Err(Problem::new(Code::Forbidden));
            }
            given.check_version(tx, id, row.version, patch.names())?;
            if patch.is_empty() {
                return show(tx, &viewer, row);
            }
            if row.status != InspectionPlanStatus::Draft {
                let allowed = actions(&viewer, &place, &row);
                return Err(Problem::new(Code::InvalidTransition).with("allowed_actions", serde_json::json!(allowed)));
            }
            let items = items_of(&mut tx.read(), &[id])?.remove(&id).unwrap_or_default().into_iter().map(|item| {
                let ItemRow { id, unit_id, kind, mode, topic, month, .. } = item;
                NewInspectionPlanItem { id: Some(id), unit_id, kind, mode, topic, month }
            });
            let before = InspectionPlanCorrection { title: row.title.clone(), items: items.collect() };
            let new = patch.apply(&before)?;
            let after = PlanRow { title: rules::said("/title", &new.title)?, ..row.clone() };
            let after = keep(tx, &row, after, "update", None)?;
            tx.record(
                Change::new("update", "inspection_plan_items", id, after.version).at(after.unit_id).before(&before).after(&new),
            );
            write_items(tx, &write, &after, &new.items)?;
            show(tx, &viewer, after)
        })
        .await
}

/// Takes a step of a plan.
async fn take<B: Send + Sync + 'static>(
    command: Command<Json<B>>,
    id: Id,
    action: &'static str,
    carry: impl Fn(&mut Tx<'_>, &Viewer, &Scope, &mut PlanRow, &B) -> Result<Option<String>> + Send + 'static,
) -> Result<HttpResponse>
where
    Json<B>: Body,
{
    let scope = command.access.to(Action::Update, Resource::Inspections)?;
    let (viewer, write) = (Viewer::of(&command.access)?, scope.clone());
    command
        .run(&scope, move |tx, Json(body), given| {
            let (before, place) = find(&mut tx.read(), &viewer, id)?;
            given.check_version(tx, id, before.version, std::iter::empty())?;
            let step = PLANS.step(action, id, before.status, |step| may(&viewer, &place, &before, step)).map_err(|problem| {
                if problem.code() == Code::InvalidTransition {
                    problem.with("allowed_actions", serde_json::json!(actions(&viewer, &place, &before)))
                } else {
                    problem
                }
            })?;
            let mut after = before.clone();
            let reason = carry(tx, &viewer, &write, &mut after, body)?;
            after.status = step.to.first().copied().unwrap_or(before.status);
            let row = keep(tx, &before, after, step.action, reason.as_deref())?;
            show(tx, &viewer, row)
        })
        .await
}

/// Submit an inspection plan
///
/// With at least one theme (target T8).
#[utoipa::path(tag = "inspection-plans", operation_id = "submit_inspection_plan", params(("id" = Id, Path, description = "The plan"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = InspectionPlanSubmission, responses(
    (status = 200, description = "As it is now", body = InspectionPlan),
    NotTaken,
), security(("password" = [])))]
#[post("/inspection-plans/{id}/submissions")]
async fn submit_inspection_plan(command: Command<Json<InspectionPlanSubmission>>, id: web::Path<Id>) -> Result<HttpResponse> {
    take(command, id.into_inner(), "submit", |tx, viewer, _, row, body: &InspectionPlanSubmission| {
        check_theme(&mut tx.read(), row.id)?;
        row.submitted_by = Some(viewer.account);
        body.note.as_deref().map(|note| rules::said("/note", note)).transpose()
    })
    .await
}

/// Approve an inspection plan
///
/// By a leader at or above the unit, who has not submitted it herself.
#[utoipa::path(tag = "inspection-plans", operation_id = "approve_inspection_plan", params(("id" = Id, Path, description = "The plan"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = InspectionPlanApproval, responses(
    (status = 200, description = "As it is now", body = InspectionPlan),
    NotTaken,
), security(("password" = [])))]
#[post("/inspection-plans/{id}/approvals")]
async fn approve_inspection_plan(command: Command<Json<InspectionPlanApproval>>, id: web::Path<Id>) -> Result<HttpResponse> {
    take(command, id.into_inner(), "approve", |_, _, _, row, body: &InspectionPlanApproval| {
        rules::check_past("/approved_on", body.approved_on, None, today())?;
        row.approval_no = Some(rules::said("/approval_no", &body.approval_no)?);
        row.approved_on = Some(body.approved_on);
        Ok(None)
    })
    .await
}

/// Return an inspection plan
///
/// With the reason; it becomes a draft again.
#[utoipa::path(tag = "inspection-plans", operation_id = "return_inspection_plan", params(("id" = Id, Path, description = "The plan"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = InspectionReason, responses(
    (status = 200, description = "As it is now", body = InspectionPlan),
    NotTaken,
), security(("password" = [])))]
#[post("/inspection-plans/{id}/returns")]
async fn return_inspection_plan(command: Command<Json<InspectionReason>>, id: web::Path<Id>) -> Result<HttpResponse> {
    take(command, id.into_inner(), "return", |_, _, _, row, body: &InspectionReason| {
        row.submitted_by = None;
        rules::said("/reason", &body.reason).map(Some)
    })
    .await
}

/// Amend an approved inspection plan
///
/// Its lines whole, with the reason; it is approved anew. A line that an inspection carries out stays.
#[utoipa::path(tag = "inspection-plans", operation_id = "amend_inspection_plan", params(("id" = Id, Path, description = "The plan"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = InspectionPlanAmendment, responses(
    (status = 200, description = "As it is now", body = InspectionPlan),
    NotTaken,
), security(("password" = [])))]
#[post("/inspection-plans/{id}/amendments")]
async fn amend_inspection_plan(command: Command<Json<InspectionPlanAmendment>>, id: web::Path<Id>) -> Result<HttpResponse> {
    take(command, id.into_inner(), "amend", |tx, viewer, scope, row, body: &InspectionPlanAmendment| {
        let reason = rules::said("/reason", &body.reason)?;
        tx.record(Change::new("amend", "inspection_plan_items", row.id, row.version + 1).at(row.unit_id).after(body));
        write_items(tx, scope, row, &body.items)?;
        check_theme(&mut tx.read(), row.id)?;
        row.revision += 1;
        row.submitted_by = Some(viewer.account);
        (row.approved_on, row.approval_no) = (None, None);
        Ok(Some(reason))
    })
    .await
}
