//! Courses (lớp bồi dưỡng): from a draft over sessions and trainees to the closing.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, get, patch, post, web};
use chrono::{Days, NaiveDate};
use diesel::{BoolExpressionMethods, ExpressionMethods, Insertable, QueryDsl, Queryable, Selectable, SelectableHelper};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::{
    Audience, CourseCategory, CourseStatus, DeliveryMode, EnrolmentStatus, above, enrolments,
    machine::{COURSE_MAKERS, COURSES, ORGANISERS, Standing},
    near, plans, said, sessions, words,
};
use crate::{
    access::{Access, Action, Resource, Role, Scope},
    db::{Change, Db, Id, Instant, Reader, TextList, Tx, schema::courses},
    http::{
        AllowedAction, Answer, Bare, Code, Command, Json, List, Listing, NoFilters, NotMade, NotTaken, NotThere, Page, Paging,
        Patch, Problem, Query, Result, Shape, answer, page,
    },
    machine::{self, Event, StateEvent},
    officers::people::{below, kept},
    units::{self, UnitKind, UnitRef},
};

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list_courses)
        .service(create_course)
        .service(get_course)
        .service(update_course)
        .service(list_course_events)
        .service(schedule_course)
        .service(open_course)
        .service(start_course)
        .service(complete_course)
        .service(cancel_course);
}

// ---- types

/// The row.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = courses)]
pub(super) struct CourseRow {
    pub id: Id,
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub unit_id: Id,
    pub plan_item_id: Option<Id>,
    pub unplanned_reason: Option<String>,
    pub title: String,
    pub category: CourseCategory,
    pub delivery_mode: DeliveryMode,
    pub audience: TextList,
    pub quota: i64,
    pub min_attendance_percent: i64,
    pub has_test: bool,
    pub status: CourseStatus,
    pub starts_at: Option<Instant>,
    pub ends_at: Option<Instant>,
    pub confirmed_count: i64,
    pub cancel_reason: Option<String>,
    pub completed_on: Option<NaiveDate>,
    pub created_by: Option<Id>,
}

impl CourseRow {
    pub fn audience(&self) -> Vec<Audience> {
        words(&self.audience)
    }

    /// Whether trainees may still come and go.
    pub const fn takes_trainees(&self) -> bool {
        matches!(self.status, CourseStatus::Open | CourseStatus::Full)
    }
}

/// A course.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Course {
    pub id: Id,
    /// Rises by one with each change; the `ETag`.
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    /// The unit that holds it.
    pub unit_id: Id,
    pub unit: UnitRef,
    /// The line of a plan that it carries out.
    pub plan_item_id: Option<Id>,
    /// Why it is held beside the plan.
    pub unplanned_reason: Option<String>,
    #[schema(example = "Bồi dưỡng nghiệp vụ công tác Hội cho chi hội trưởng")]
    pub title: String,
    pub category: CourseCategory,
    pub delivery_mode: DeliveryMode,
    /// Whom it is for: any of these.
    pub audience: Vec<Audience>,
    /// How many trainees it takes; whoever confirms later waits.
    #[schema(example = 40)]
    pub quota: i64,
    /// The share of the hours that somebody must attend to pass, in percent.
    #[schema(example = 80)]
    pub min_attendance_percent: i64,
    /// Whether there is a test to be passed.
    pub has_test: bool,
    pub status: CourseStatus,
    /// The first moment of its sessions.
    pub starts_at: Option<Instant>,
    /// The last moment of its sessions.
    pub ends_at: Option<Instant>,
    /// The day by which the results are to be entered.
    pub results_due_on: Option<NaiveDate>,
    /// Trainees who have a place.
    pub confirmed_count: i64,
    /// Minutes taught, of all sessions.
    pub taught_minutes: i64,
    /// How much of the minutes is discussion and sharing: a decimal fraction; empty while there are no sessions.
    #[schema(example = "0.25")]
    pub discussion_rate: Option<String>,
    pub cancel_reason: Option<String>,
    pub completed_on: Option<NaiveDate>,
    /// What you may do with it now.
    pub allowed_actions: Vec<AllowedAction>,
}

/// A new course, as a draft.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCourse {
    /// A UUIDv7 of your own, if you make ids; sent again, the same request finds the same course.
    pub id: Option<Id>,
    /// The unit that holds it: a province, a district, a base or an affiliated unit within your reach.
    pub unit_id: Id,
    /// A line of an approved plan of the unit.
    pub plan_item_id: Option<Id>,
    /// Why it is held beside the plan; one of the two must be there when it is scheduled.
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300, example = "Theo đề nghị của cơ sở")]
    pub unplanned_reason: Option<String>,
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "Bồi dưỡng nghiệp vụ công tác Hội cho chi hội trưởng")]
    pub title: String,
    pub category: CourseCategory,
    pub delivery_mode: DeliveryMode,
    /// Whom it is for: any of these.
    #[validate(length(min = 1, max = 15))]
    #[schema(min_items = 1, max_items = 15)]
    pub audience: Vec<Audience>,
    #[validate(range(min = 1, max = 2000))]
    #[schema(minimum = 1, maximum = 2000, example = 40)]
    pub quota: i64,
    /// 80 unless you say otherwise.
    #[validate(range(min = 1, max = 100))]
    #[schema(minimum = 1, maximum = 100, example = 80)]
    pub min_attendance_percent: Option<i64>,
    pub has_test: bool,
}

/// What of a course is changed in place, until it runs. Category, audience and plan only while it is a draft.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CourseCorrection {
    /// A line of an approved plan of the unit.
    pub plan_item_id: Option<Id>,
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300)]
    pub unplanned_reason: Option<String>,
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    pub category: CourseCategory,
    pub delivery_mode: DeliveryMode,
    /// Whom it is for: any of these.
    #[validate(length(min = 1, max = 15))]
    #[schema(min_items = 1, max_items = 15)]
    pub audience: Vec<Audience>,
    /// Not below the number of trainees who have a place.
    #[validate(range(min = 1, max = 2000))]
    #[schema(minimum = 1, maximum = 2000)]
    pub quota: i64,
    #[validate(range(min = 1, max = 100))]
    #[schema(minimum = 1, maximum = 100)]
    pub min_attendance_percent: i64,
    pub has_test: bool,
}

/// A course will not be held.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CourseCancellation {
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300, example = "Bão")]
    pub reason: String,
}

/// Filters of `GET /courses`.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CourseFilters {
    /// Held by this unit.
    pub unit: Option<Id>,
    /// Held by units in the subtree of this one, itself included.
    pub within: Option<Id>,
    /// Only these states.
    #[serde(default)]
    pub status: Vec<CourseStatus>,
    /// Only these categories.
    #[serde(default)]
    pub category: Vec<CourseCategory>,
    /// Carrying out this line of a plan.
    pub plan_item_id: Option<Id>,
}

const FIELDS: &[&str] = &[
    "id",
    "version",
    "created_at",
    "updated_at",
    "unit_id",
    "unit",
    "plan_item_id",
    "unplanned_reason",
    "title",
    "category",
    "delivery_mode",
    "audience",
    "quota",
    "min_attendance_percent",
    "has_test",
    "status",
    "starts_at",
    "ends_at",
    "results_due_on",
    "confirmed_count",
    "taught_minutes",
    "discussion_rate",
    "cancel_reason",
    "completed_on",
    "allowed_actions",
];

/// The results are entered within so many days of the last session (C4).
const RESULT_DAYS: u64 = 10;

/// Kinds of unit that hold courses and plan them.
pub(super) const HOLDERS: [UnitKind; 4] = [UnitKind::Province, UnitKind::District, UnitKind::Base, UnitKind::Affiliated];

/// Where the caller may hold the object: a unit of such a kind, in which she has one of `roles`.
pub(super) fn check_holder(tx: &mut Tx<'_>, scope: &Scope, unit_id: Id, roles: &[Role]) -> Result<Vec<Id>> {
    let lineage = units::store::reach_field(&mut tx.read(), scope, "/unit_id", unit_id)?;
    let unit = units::store::find(&mut tx.read(), scope, unit_id)?;
    if unit.status != units::UnitStatus::Active {
        return Err(Problem::field("/unit_id", "unit_not_active", "Đơn vị đã kết thúc hoạt động", "The unit is closed"));
    }
    if !HOLDERS.contains(&unit.kind) {
        return Err(Problem::field(
            "/unit_id",
            "holds_no_courses",
            "Chi hội, tổ không tự mở lớp; hãy chọn Hội cơ sở hoặc cấp trên",
            "Branches and groups hold no courses: choose the base unit or one above it",
        ));
    }
    if roles.iter().any(|role| scope.has_role_at(*role, &lineage)) { Ok(lineage) } else { Err(Problem::new(Code::Forbidden)) }
}

// ---- queries

fn list(
    reader: &mut Reader<'_>,
    scope: &Scope,
    filters: &CourseFilters,
    after: Option<Id>,
    descending: bool,
    limit: i64,
) -> Result<Page<CourseRow, Id>> {
    let mut query = courses::table.select(CourseRow::as_select()).into_boxed();
    if let Some(roots) = scope.roots() {
        query = query.filter(courses::unit_id.eq_any(below(roots.clone())).or(courses::unit_id.eq_any(above(roots))));
    }
    if let Some(top) = filters.within {
        query = query.filter(courses::unit_id.eq_any(below(vec![top])));
    }
    if let Some(unit) = filters.unit {
        query = query.filter(courses::unit_id.eq(unit));
    }
    if !filters.status.is_empty() {
        query = query.filter(courses::status.eq_any(filters.status.clone()));
    }
    if !filters.category.is_empty() {
        query = query.filter(courses::category.eq_any(filters.category.clone()));
    }
    if let Some(item) = filters.plan_item_id {
        query = query.filter(courses::plan_item_id.eq(item));
    }
    query = match (after, descending) {
        (Some(id), false) => query.filter(courses::id.gt(id)),
        (Some(id), true) => query.filter(courses::id.lt(id)),
        (None, _) => query,
    };
    query = if descending { query.order(courses::id.desc()) } else { query.order(courses::id.asc()) };
    let rows = reader.load(query.limit(limit + 1))?;
    Ok(Page::of(rows, limit, |row: &CourseRow| row.id, None))
}

/// A course that is near to the caller, with all units above its own.
pub(super) fn find(reader: &mut Reader<'_>, scope: &Scope, id: Id) -> Result<(CourseRow, Vec<Id>)> {
    let row = load(reader, id)?;
    let lineage = near(reader, scope, row.unit_id)?;
    Ok((row, lineage))
}

/// The unit of a course that is near to the caller: for files that hang on it.
pub(crate) fn course_stands_in(reader: &mut Reader<'_>, scope: &Scope, id: Id) -> Result<Id> {
    find(reader, scope, id).map(|(row, _)| row.unit_id)
}

/// By its id, of whoever has come to it over something that she may see.
pub(super) fn load(reader: &mut Reader<'_>, id: Id) -> Result<CourseRow> {
    reader.one(courses::table.find(id).select(CourseRow::as_select()))
}

fn create(tx: &mut Tx<'_>, scope: &Scope, caller: Id, id: Id, new: &NewCourse) -> Result<CourseRow> {
    check_holder(tx, scope, new.unit_id, COURSE_MAKERS)?;
    let now = tx.now();
    let row = CourseRow {
        id,
        version: 1,
        created_at: now,
        updated_at: now,
        unit_id: new.unit_id,
        plan_item_id: new.plan_item_id,
        unplanned_reason: new.unplanned_reason.as_deref().map(|words| said("/unplanned_reason", words)).transpose()?,
        title: said("/title", &new.title)?,
        category: new.category,
        delivery_mode: new.delivery_mode,
        audience: codes(&new.audience),
        quota: new.quota,
        min_attendance_percent: new.min_attendance_percent.unwrap_or(80),
        has_test: new.has_test,
        status: CourseStatus::Draft,
        starts_at: None,
        ends_at: None,
        confirmed_count: 0,
        cancel_reason: None,
        completed_on: None,
        created_by: Some(caller),
    };
    plans::check_item(&mut tx.read(), &row)?;
    tx.record(Change::new("create", "courses", id, 1).at(row.unit_id).after(new));
    tx.execute(diesel::insert_into(courses::table).values(&row))?;
    let to = row.status.as_str();
    let event = Event { object_id: id, object_version: 1, action: "create", from: None, to, effective_on: None, reason: None };
    machine::record(tx, &event)?;
    Ok(row)
}

pub(super) fn codes(audience: &[Audience]) -> TextList {
    TextList::of(&audience.iter().map(|one| one.as_str()).collect::<Vec<_>>())
}

/// What may be changed in which state.
fn correct(tx: &mut Tx<'_>, row: CourseRow, before: &CourseCorrection, after: &CourseCorrection) -> Result<CourseRow> {
    let fixed = (before.plan_item_id, before.category, &before.audience, before.min_attendance_percent, before.has_test)
        != (after.plan_item_id, after.category, &after.audience, after.min_attendance_percent, after.has_test);
    let over = matches!(row.status, CourseStatus::Running | CourseStatus::Completed | CourseStatus::Cancelled);
    if over || (fixed && row.status != CourseStatus::Draft) {
        return Err(Problem::say(
            Code::InvalidTransition,
            "Chỉ sửa được nội dung này khi lớp còn là dự thảo hoặc chưa khai giảng",
            "This is changed only while the course is a draft, or before it runs",
        )
        .with("allowed_actions", json!([])));
    }
    if after.quota < row.confirmed_count {
        return Err(Problem::field(
            "/quota",
            "below_confirmed",
            format!("Đã có {} học viên xác nhận", row.confirmed_count),
            format!("{} trainees have a place already", row.confirmed_count),
        ));
    }
    let row = CourseRow {
        version: row.version + 1,
        updated_at: tx.now(),
        plan_item_id: after.plan_item_id,
        unplanned_reason: after.unplanned_reason.as_deref().map(|words| said("/unplanned_reason", words)).transpose()?,
        title: said("/title", &after.title)?,
        category: after.category,
        delivery_mode: after.delivery_mode,
        audience: codes(&after.audience),
        quota: after.quota,
        min_attendance_percent: after.min_attendance_percent,
        has_test: after.has_test,
        ..row
    };
    plans::check_item(&mut tx.read(), &row)?;
    tx.record(Change::new("update", "courses", row.id, row.version).at(row.unit_id).before(before).after(after));
    save(tx, &row)?;
    // More places: those who wait move up; fewer: it may be full now.
    enrolments::settle(tx, row)
}

pub(super) fn save(tx: &mut Tx<'_>, row: &CourseRow) -> Result<()> {
    let seen = courses::table.filter(courses::id.eq(row.id)).filter(courses::version.eq(row.version - 1));
    let saved = tx.execute(diesel::update(seen).set((
        courses::version.eq(row.version),
        courses::updated_at.eq(row.updated_at),
        courses::plan_item_id.eq(row.plan_item_id),
        courses::unplanned_reason.eq(&row.unplanned_reason),
        courses::title.eq(&row.title),
        courses::category.eq(row.category),
        courses::delivery_mode.eq(row.delivery_mode),
        courses::audience.eq(row.audience.clone()),
        courses::quota.eq(row.quota),
        courses::min_attendance_percent.eq(row.min_attendance_percent),
        courses::has_test.eq(row.has_test),
        courses::status.eq(row.status),
        courses::starts_at.eq(row.starts_at),
        courses::ends_at.eq(row.ends_at),
        courses::confirmed_count.eq(row.confirmed_count),
        courses::cancel_reason.eq(&row.cancel_reason),
        courses::completed_on.eq(row.completed_on),
    )))?;
    Problem::unless_one(saved)
}

/// Takes a step of the machine, with whatever else of the row has changed by it.
pub(super) fn advance(
    tx: &mut Tx<'_>,
    row: CourseRow,
    action: &'static str,
    to: CourseStatus,
    reason: Option<&str>,
) -> Result<CourseRow> {
    let from = row.status;
    let row = CourseRow { version: row.version + 1, updated_at: tx.now(), status: to, ..row };
    tx.record(
        Change::new(action, "courses", row.id, row.version)
            .at(row.unit_id)
            .because(reason.map(str::to_owned))
            .before(&json!({ "status": from }))
            .after(&json!({ "status": to })),
    );
    save(tx, &row)?;
    let event = Event {
        object_id: row.id,
        object_version: row.version,
        action,
        from: Some(from.as_str()),
        to: to.as_str(),
        effective_on: None,
        reason,
    };
    machine::record(tx, &event)?;
    Ok(row)
}

/// C1: an approved line or a reason, and at least one session with a place and a trainer.
fn schedule(tx: &mut Tx<'_>, row: CourseRow) -> Result<CourseRow> {
    if row.plan_item_id.is_none() && row.unplanned_reason.is_none() {
        return Err(Problem::conflict(
            "",
            "not_planned",
            "Cần dòng kế hoạch đã duyệt, hoặc lý do mở lớp ngoài kế hoạch",
            "It needs a line of an approved plan, or a reason why it is held beside it",
        ));
    }
    plans::check_item(&mut tx.read(), &row)?;
    if row.starts_at.is_none() {
        return Err(Problem::conflict("", "no_sessions", "Cần ít nhất một buổi học", "It needs at least one session"));
    }
    advance(tx, row, "schedule", CourseStatus::Scheduled, None)
}

/// C3: also taken by the first attendance.
pub(super) fn start(tx: &mut Tx<'_>, row: CourseRow) -> Result<CourseRow> {
    advance(tx, row, "start", CourseStatus::Running, None)
}

/// C4: every session is closed, and every trainee has her result.
fn complete(tx: &mut Tx<'_>, row: CourseRow) -> Result<CourseRow> {
    let open = sessions::of_course(&mut tx.read(), row.id)?;
    if let Some(session) = open.iter().find(|session| session.attendance_closed_at.is_none()) {
        return Err(Problem::conflict(
            "",
            "attendance_open",
            format!("Chưa chốt điểm danh buổi “{}”", session.topic),
            format!("The attendance of “{}” is not closed", session.topic),
        ));
    }
    let rows = enrolments::of_course(&mut tx.read(), row.id)?;
    if rows.iter().any(|one| one.status == EnrolmentStatus::Confirmed) {
        return Err(Problem::conflict(
            "",
            "results_missing",
            "Còn học viên chưa có kết quả",
            "There are trainees without a result",
        ));
    }
    for one in rows.into_iter().filter(|one| matches!(one.status, EnrolmentStatus::Invited | EnrolmentStatus::Waiting)) {
        enrolments::release(tx, one)?;
    }
    let day = row.ends_at.map(sessions::day_of);
    advance(tx, CourseRow { completed_on: day, ..row }, "complete", CourseStatus::Completed, None)
}

/// C5: trainees are released, and what they need waits to be planned again.
fn cancel(tx: &mut Tx<'_>, row: CourseRow, reason: &str) -> Result<CourseRow> {
    let reason = said("/reason", reason)?;
    let row = CourseRow { cancel_reason: Some(reason.clone()), ..row };
    let row = advance(tx, row, "cancel", CourseStatus::Cancelled, Some(reason.as_str()))?;
    for one in enrolments::of_course(&mut tx.read(), row.id)? {
        if matches!(one.status, EnrolmentStatus::Invited | EnrolmentStatus::Confirmed | EnrolmentStatus::Waiting) {
            enrolments::release(tx, one)?;
        }
    }
    super::needs::release(tx, &row)?;
    sessions::call_off(tx, row.id)?;
    load(&mut tx.read(), row.id)
}

// ---- routes

/// List courses
///
/// In the order in which they were made: those of units within your reach, and those that units above you hold.
#[utoipa::path(tag = "courses", operation_id = "list_courses", params(CourseFilters, Paging, Shape),
    responses((status = 200, description = "A page of courses", body = Listing<Course>)), security(("password" = [])))]
#[get("/courses")]
async fn list_courses(access: Access, db: web::Data<Db>, query: Query<CourseFilters, List>) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Trainings)?;
    query.shape.check(FIELDS, &[])?;
    let (filters, caller) = (query.filters.clone(), access.principal().id);
    let write = access.to(Action::Update, Resource::Trainings).ok();
    page::list(&db, caller, &query, "id", move |reader, after, descending, limit| {
        let rows = list(reader, &scope, &filters, after, descending, limit)?;
        Ok(Page { items: views(reader, write.as_ref(), caller, rows.items)?, next: rows.next, total: rows.total })
    })
    .await
}

/// Read a course
///
/// One of a unit within your reach, or of a unit above you.
#[utoipa::path(tag = "courses", operation_id = "get_course", params(("id" = Id, Path, description = "The course"), Shape),
    responses((status = 200, description = "The course", body = Course, headers(("ETag" = String, description = "Its version"))),
    (status = 304, description = "Not changed since the version in If-None-Match"), NotThere), security(("password" = [])))]
#[get("/courses/{id}")]
async fn get_course(
    request: HttpRequest,
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Trainings)?;
    query.shape.check(FIELDS, &[])?;
    let (id, caller) = (id.into_inner(), access.principal().id);
    let write = access.to(Action::Update, Resource::Trainings).ok();
    let found = db
        .read(move |reader| {
            let (row, _) = find(reader, &scope, id)?;
            view(reader, write.as_ref(), caller, row)
        })
        .await?;
    answer::living(&request, &query.shape, found.version, &found)
}

/// List the steps of a course
///
/// The first one first.
#[utoipa::path(tag = "courses", operation_id = "list_course_events", params(("id" = Id, Path, description = "The course")),
    responses((status = 200, description = "All steps", body = Listing<StateEvent>), NotThere), security(("password" = [])))]
#[get("/courses/{id}/events")]
async fn list_course_events(
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

/// Draft a course
///
/// Sessions are added to it next; then it is scheduled, opened, and trainees are invited.
#[utoipa::path(tag = "courses", operation_id = "create_course", request_body = NewCourse,
    responses((status = 201, description = "Drafted", body = Course), NotMade), security(("password" = [])))]
#[post("/courses")]
async fn create_course(command: Command<Json<NewCourse>>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Create, Resource::Trainings)?;
    let read = command.access.to(Action::Read, Resource::Trainings)?;
    if !COURSE_MAKERS.iter().any(|role| scope.grants().iter().any(|grant| grant.role == *role)) {
        return Err(Problem::new(Code::Forbidden));
    }
    let (write, caller) = (scope.clone(), command.access.principal().id);
    command
        .run(&scope, move |tx, Json(new), given| {
            let id = new.id.unwrap_or_default();
            if new.id.is_some() && given.claim_id(tx, "courses", id, new)? {
                let (row, _) = find(&mut tx.read(), &read, id)?;
                return show(tx, &write, caller, row);
            }
            let row = create(tx, &write, caller, id, new)?;
            let made = view(&mut tx.read(), Some(&write), caller, row)?;
            Answer::created(format!("/api/v1/courses/{id}"), made.version, &made)
        })
        .await
}

/// Correct a course
///
/// Until it runs; what it is about and whom it is for only while it is a draft.
#[utoipa::path(tag = "courses", operation_id = "update_course", params(("id" = Id, Path, description = "The course"),
    ("If-Match" = String, Header, description = "The version you have read")),
    request_body(content = Patch<CourseCorrection>, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "As it is now", body = Course), NotTaken), security(("password" = [])))]
#[patch("/courses/{id}")]
async fn update_course(command: Command<Patch<CourseCorrection>>, id: web::Path<Id>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Trainings)?;
    let read = command.access.to(Action::Read, Resource::Trainings)?;
    let (write, id, caller) = (scope.clone(), id.into_inner(), command.access.principal().id);
    command
        .run(&scope, move |tx, patch, given| {
            let (row, lineage) = find(&mut tx.read(), &read, id)?;
            if !keeps(&write, &lineage, caller, &row) {
                return Err(Problem::new(Code::Forbidden));
            }
            given.check_version(tx, id, row.version, patch.names())?;
            if patch.is_empty() {
                return show(tx, &write, caller, row);
            }
            let before = CourseCorrection {
                plan_item_id: row.plan_item_id,
                unplanned_reason: row.unplanned_reason.clone(),
                title: row.title.clone(),
                category: row.category,
                delivery_mode: row.delivery_mode,
                audience: row.audience(),
                quota: row.quota,
                min_attendance_percent: row.min_attendance_percent,
                has_test: row.has_test,
            };
            let after = patch.apply(&before)?;
            let row = correct(tx, row, &before, &after)?;
            show(tx, &write, caller, row)
        })
        .await
}

/// Whether the caller keeps a course: an organiser where it is held, or a department of the province that made it.
pub(super) fn keeps(write: &Scope, lineage: &[Id], caller: Id, row: &CourseRow) -> bool {
    ORGANISERS.iter().any(|role| write.has_role_at(*role, lineage))
        || (row.created_by == Some(caller) && write.has_role_at(Role::ProvinceSpecialist, lineage))
}

/// Takes one step with a course: the same for all of them but what is done.
async fn take<B: crate::http::Body + Send + Sync + 'static>(
    command: Command<B>,
    id: Id,
    action: &'static str,
    mut carry_out: impl FnMut(&mut Tx<'_>, CourseRow, &B) -> Result<CourseRow> + Send + 'static,
) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Trainings)?;
    let read = command.access.to(Action::Read, Resource::Trainings)?;
    let (write, caller) = (scope.clone(), command.access.principal().id);
    command
        .run(&scope, move |tx, body, given| {
            let (row, lineage) = find(&mut tx.read(), &read, id)?;
            given.check_version(tx, id, row.version, std::iter::empty())?;
            let standing = standing(Some(&write), &lineage, caller, &row);
            COURSES.step(action, id, row.status, |step| standing.may(step))?;
            let row = carry_out(tx, row, body)?;
            show(tx, &write, caller, row)
        })
        .await
}

pub(super) fn standing<'s>(write: Option<&'s Scope>, lineage: &'s [Id], caller: Id, row: &CourseRow) -> Standing<'s> {
    Standing { scope: write, lineage, is_author: row.created_by == Some(caller), trainee_lineage: &[], is_trainee: false }
}

/// Schedule a course
///
/// It carries out a line of an approved plan or has a reason beside it, and has at least one session.
#[utoipa::path(tag = "courses", operation_id = "schedule_course", params(("id" = Id, Path, description = "The course"),
    ("If-Match" = String, Header, description = "The version you have read")),
    responses((status = 200, description = "As it is now", body = Course), NotTaken), security(("password" = [])))]
#[post("/courses/{id}/schedulings")]
async fn schedule_course(command: Command<crate::http::NoBody>, id: web::Path<Id>) -> Result<HttpResponse> {
    take(command, id.into_inner(), "schedule", |tx, row, _| schedule(tx, row)).await
}

/// Open a course to trainees
///
/// From now on those who were invited confirm or decline. When every place is taken it is full; whoever confirms then waits.
#[utoipa::path(tag = "courses", operation_id = "open_course", params(("id" = Id, Path, description = "The course"),
    ("If-Match" = String, Header, description = "The version you have read")),
    responses((status = 200, description = "As it is now", body = Course), NotTaken), security(("password" = [])))]
#[post("/courses/{id}/openings")]
async fn open_course(command: Command<crate::http::NoBody>, id: web::Path<Id>) -> Result<HttpResponse> {
    take(command, id.into_inner(), "open", |tx, row, _| advance(tx, row, "open", CourseStatus::Open, None)).await
}

/// Start a course
///
/// Its first session begins. The first attendance that is taken starts it as well.
#[utoipa::path(tag = "courses", operation_id = "start_course", params(("id" = Id, Path, description = "The course"),
    ("If-Match" = String, Header, description = "The version you have read")),
    responses((status = 200, description = "As it is now", body = Course), NotTaken), security(("password" = [])))]
#[post("/courses/{id}/starts")]
async fn start_course(command: Command<crate::http::NoBody>, id: web::Path<Id>) -> Result<HttpResponse> {
    take(command, id.into_inner(), "start", |tx, row, _| start(tx, row)).await
}

/// Complete a course
///
/// The attendance of every session is closed, and every trainee has her result.
#[utoipa::path(tag = "courses", operation_id = "complete_course", params(("id" = Id, Path, description = "The course"),
    ("If-Match" = String, Header, description = "The version you have read")),
    responses((status = 200, description = "As it is now", body = Course), NotTaken), security(("password" = [])))]
#[post("/courses/{id}/completions")]
async fn complete_course(command: Command<crate::http::NoBody>, id: web::Path<Id>) -> Result<HttpResponse> {
    take(command, id.into_inner(), "complete", |tx, row, _| complete(tx, row)).await
}

/// Cancel a course
///
/// Before it runs. Trainees are released, and needs that it would have met wait to be planned again.
#[utoipa::path(tag = "courses", operation_id = "cancel_course", params(("id" = Id, Path, description = "The course"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = CourseCancellation,
    responses((status = 200, description = "As it is now", body = Course), NotTaken), security(("password" = [])))]
#[post("/courses/{id}/cancellations")]
async fn cancel_course(command: Command<Json<CourseCancellation>>, id: web::Path<Id>) -> Result<HttpResponse> {
    take(command, id.into_inner(), "cancel", |tx, row, Json(cancellation)| cancel(tx, row, &cancellation.reason)).await
}

pub(super) fn show(tx: &mut Tx<'_>, write: &Scope, caller: Id, row: CourseRow) -> Result<Answer> {
    let found = view(&mut tx.read(), Some(write), caller, row)?;
    Answer::changed(found.version, &found)
}

fn view(reader: &mut Reader<'_>, write: Option<&Scope>, caller: Id, row: CourseRow) -> Result<Course> {
    kept(views(reader, write, caller, vec![row])?.pop())
}

fn views(reader: &mut Reader<'_>, write: Option<&Scope>, caller: Id, rows: Vec<CourseRow>) -> Result<Vec<Course>> {
    let places: Vec<Id> = rows.iter().map(|row| row.unit_id).collect();
    let units = units::store::refs(reader, &places)?;
    let lineages = units::store::lineages(reader, &places)?;
    let taught = sessions::taught(reader, &rows.iter().map(|row| row.id).collect::<Vec<_>>())?;
    rows.into_iter()
        .map(|row| {
            let lineage = lineages.get(&row.unit_id).map_or(&[] as &[Id], Vec::as_slice);
            let standing = standing(write, lineage, caller, &row);
            let mut actions = COURSES.allowed(row.id, row.status, |step| standing.may(step));
            if write.is_some_and(|write| keeps(write, lineage, caller, &row))
                && !matches!(row.status, CourseStatus::Running | CourseStatus::Completed | CourseStatus::Cancelled)
            {
                actions.push(AllowedAction::update(format!("/api/v1/courses/{}", row.id)));
            }
            seen(&units, &taught, actions, row)
        })
        .collect()
}

fn seen(
    units: &HashMap<Id, UnitRef>,
    taught: &HashMap<Id, sessions::Taught>,
    allowed_actions: Vec<AllowedAction>,
    row: CourseRow,
) -> Result<Course> {
    let taught = taught.get(&row.id).copied().unwrap_or_default();
    Ok(Course {
        allowed_actions,
        audience: row.audience(),
        results_due_on: row.ends_at.map(|end| sessions::day_of(end) + Days::new(RESULT_DAYS)),
        taught_minutes: taught.minutes,
        discussion_rate: taught.discussion_rate(),
        unit: kept(units.get(&row.unit_id).cloned())?,
        id: row.id,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
        unit_id: row.unit_id,
        plan_item_id: row.plan_item_id,
        unplanned_reason: row.unplanned_reason,
        title: row.title,
        category: row.category,
        delivery_mode: row.delivery_mode,
        quota: row.quota,
        min_attendance_percent: row.min_attendance_percent,
        has_test: row.has_test,
        status: row.status,
        starts_at: row.starts_at,
        ends_at: row.ends_at,
        confirmed_count: row.confirmed_count,
        cancel_reason: row.cancel_reason,
        completed_on: row.completed_on,
    })
}
