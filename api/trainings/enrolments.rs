//! Enrolments (học viên): from the invitation over a place or the waiting list to the result.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use diesel::{BoolExpressionMethods, ExpressionMethods, Insertable, QueryDsl, Queryable, Selectable, SelectableHelper};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::{
    CourseStatus, EnrolmentResult, EnrolmentStatus, TestResult, attendance, completions,
    courses::{self, CourseRow},
    machine::{ENROLMENTS, Standing},
    needs, said, sessions,
};
use crate::{
    access::{Access, Action, Resource, Scope},
    db::{Change, Db, Id, Instant, Reader, Tx, schema::enrolments},
    http::{
        AllowedAction, Answer, Bare, Body, Code, Command, Json, List, Listing, NoBody, NoFilters, NotTaken, NotThere, Page,
        Paging, Problem, Query, Result, Shape, answer, page,
    },
    machine::{self, Event, StateEvent},
    officers::{
        PersonRef,
        people::{self, below, kept},
    },
    units,
};

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list_enrolments)
        .service(get_enrolment)
        .service(list_enrolment_events)
        .service(confirm_enrolment)
        .service(decline_enrolment)
        .service(grade_enrolment);
}

// ---- types

/// The row.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = enrolments)]
pub(super) struct EnrolmentRow {
    pub id: Id,
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub course_id: Id,
    pub member_id: Id,
    pub unit_id: Id,
    pub organiser_unit_id: Id,
    pub status: EnrolmentStatus,
    pub waiting_since: Option<Instant>,
    pub attended_minutes: i64,
    pub test_passed: Option<bool>,
    pub decision_reason: Option<String>,
}

/// Somebody's part in a course.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Enrolment {
    pub id: Id,
    /// Rises by one with each change; the `ETag`.
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub course_id: Id,
    #[schema(example = "Bồi dưỡng nghiệp vụ công tác Hội cho chi hội trưởng")]
    pub course_title: String,
    pub member_id: Id,
    pub member: PersonRef,
    /// The trainee's unit when she was invited.
    pub unit_id: Id,
    pub organiser_unit_id: Id,
    pub status: EnrolmentStatus,
    /// Since when she waits for a place.
    pub waiting_since: Option<Instant>,
    /// Minutes that she attended, of all sessions.
    pub attended_minutes: i64,
    /// Of a course with a test, once it was taken.
    pub test_result: Option<TestResult>,
    /// Why she declined, or what is to be said about the result.
    pub decision_reason: Option<String>,
    /// What you may do with it now.
    pub allowed_actions: Vec<AllowedAction>,
}

/// She will not come.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnrolmentDecline {
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300, example = "Bận việc gia đình")]
    pub reason: Option<String>,
}

/// How it ended.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnrolmentGrade {
    /// `passed` needs the attendance that the course asks for, and the test if there is one.
    pub result: EnrolmentResult,
    /// Of a course with a test.
    pub test_result: Option<TestResult>,
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300, example = "Tích cực thảo luận")]
    pub note: Option<String>,
}

/// Filters of `GET /enrolments`.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EnrolmentFilters {
    /// In this course.
    pub course_id: Option<Id>,
    /// Of this person.
    pub member_id: Option<Id>,
    /// Of trainees of the units in the subtree of this one, itself included.
    pub within: Option<Id>,
    /// Only these states.
    #[serde(default)]
    pub status: Vec<EnrolmentStatus>,
}

const FIELDS: &[&str] = &[
    "id",
    "version",
    "created_at",
    "updated_at",
    "course_id",
    "course_title",
    "member_id",
    "member",
    "unit_id",
    "organiser_unit_id",
    "status",
    "waiting_since",
    "attended_minutes",
    "test_result",
    "decision_reason",
    "allowed_actions",
];

/// Who is asking: her account, and her person if the account says who she is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Me {
    pub account: Id,
    pub person: Option<Id>,
}

impl Me {
    pub fn of(access: &Access) -> Self {
        Self { account: access.principal().id, person: access.principal().member_id }
    }
}

// ---- queries

fn list(
    reader: &mut Reader<'_>,
    scope: &Scope,
    filters: &EnrolmentFilters,
    after: Option<Id>,
    descending: bool,
    limit: i64,
) -> Result<Page<EnrolmentRow, Id>> {
    let mut query = enrolments::table.select(EnrolmentRow::as_select()).into_boxed();
    if let Some(roots) = scope.roots() {
        query =
            query.filter(enrolments::unit_id.eq_any(below(roots.clone())).or(enrolments::organiser_unit_id.eq_any(below(roots))));
    }
    if let Some(course) = filters.course_id {
        query = query.filter(enrolments::course_id.eq(course));
    }
    if let Some(member) = filters.member_id {
        query = query.filter(enrolments::member_id.eq(member));
    }
    if let Some(top) = filters.within {
        query = query.filter(enrolments::unit_id.eq_any(below(vec![top])));
    }
    if !filters.status.is_empty() {
        query = query.filter(enrolments::status.eq_any(filters.status.clone()));
    }
    query = match (after, descending) {
        (Some(id), false) => query.filter(enrolments::id.gt(id)),
        (Some(id), true) => query.filter(enrolments::id.lt(id)),
        (None, _) => query,
    };
    query = if descending { query.order(enrolments::id.desc()) } else { query.order(enrolments::id.asc()) };
    let rows = reader.load(query.limit(limit + 1))?;
    Ok(Page::of(rows, limit, |row: &EnrolmentRow| row.id, None))
}

/// Where an enrolment stands: the units above its organiser and above its trainee.
#[derive(Clone, Debug)]
pub(super) struct Places {
    pub organiser: Vec<Id>,
    pub trainee: Vec<Id>,
}

/// Seen from the trainee's unit and from the organiser's, and by the trainee herself. No `scope`: by her alone.
pub(super) fn find(reader: &mut Reader<'_>, scope: Option<&Scope>, me: Me, id: Id) -> Result<(EnrolmentRow, Places)> {
    let row: EnrolmentRow = reader.one(enrolments::table.find(id).select(EnrolmentRow::as_select()))?;
    let organiser = units::store::lineage(reader, row.organiser_unit_id)?;
    let trainee = units::store::lineage(reader, row.unit_id)?;
    let seen = scope.is_some_and(|scope| scope.reaches(&organiser) || scope.reaches(&trainee));
    if seen || me.person == Some(row.member_id) { Ok((row, Places { organiser, trainee })) } else { Err(Problem::not_found()) }
}

pub(super) fn of_course(reader: &mut Reader<'_>, course_id: Id) -> Result<Vec<EnrolmentRow>> {
    reader.load(
        enrolments::table
            .filter(enrolments::course_id.eq(course_id))
            .order(enrolments::id.asc())
            .select(EnrolmentRow::as_select()),
    )
}

pub(super) fn save(tx: &mut Tx<'_>, row: &EnrolmentRow) -> Result<()> {
    let seen = enrolments::table.filter(enrolments::id.eq(row.id)).filter(enrolments::version.eq(row.version - 1));
    let saved = tx.execute(diesel::update(seen).set((
        enrolments::version.eq(row.version),
        enrolments::updated_at.eq(row.updated_at),
        enrolments::status.eq(row.status),
        enrolments::waiting_since.eq(row.waiting_since),
        enrolments::attended_minutes.eq(row.attended_minutes),
        enrolments::test_passed.eq(row.test_passed),
        enrolments::decision_reason.eq(&row.decision_reason),
    )))?;
    Problem::unless_one(saved)
}

/// Takes a step of the machine.
fn advance(tx: &mut Tx<'_>, row: EnrolmentRow, action: &'static str, to: EnrolmentStatus) -> Result<EnrolmentRow> {
    let from = row.status;
    let waiting_since = (to == EnrolmentStatus::Waiting).then(|| tx.now());
    let row = EnrolmentRow { version: row.version + 1, updated_at: tx.now(), status: to, waiting_since, ..row };
    tx.record(
        Change::new(action, "enrolments", row.id, row.version)
            .at(row.unit_id)
            .because(row.decision_reason.clone())
            .before(&json!({ "status": from }))
            .after(&json!({ "status": to, "member_id": row.member_id })),
    );
    save(tx, &row)?;
    let event = Event {
        object_id: row.id,
        object_version: row.version,
        action,
        from: Some(from.as_str()),
        to: to.as_str(),
        effective_on: None,
        reason: row.decision_reason.as_deref(),
    };
    machine::record(tx, &event)?;
    Ok(row)
}

/// Invites somebody who fits; she has no part in the course yet.
pub(super) fn invite(tx: &mut Tx<'_>, course: &CourseRow, member_id: Id, unit_id: Id) -> Result<EnrolmentRow> {
    let (id, now) = (Id::new(), tx.now());
    let row = EnrolmentRow {
        id,
        version: 1,
        created_at: now,
        updated_at: now,
        course_id: course.id,
        member_id,
        unit_id,
        organiser_unit_id: course.unit_id,
        status: EnrolmentStatus::Invited,
        waiting_since: None,
        attended_minutes: 0,
        test_passed: None,
        decision_reason: None,
    };
    tx.record(
        Change::new("invite", "enrolments", id, 1)
            .at(unit_id)
            .after(&json!({ "status": row.status, "course_id": course.id, "member_id": member_id })),
    );
    tx.execute(diesel::insert_into(enrolments::table).values(&row))?;
    let to = row.status.as_str();
    let event = Event { object_id: id, object_version: 1, action: "invite", from: None, to, effective_on: None, reason: None };
    machine::record(tx, &event)?;
    Ok(row)
}

/// The course is cancelled, or over without her.
pub(super) fn release(tx: &mut Tx<'_>, row: EnrolmentRow) -> Result<()> {
    let had_place = row.status == EnrolmentStatus::Confirmed;
    let row = advance(tx, row, "release", EnrolmentStatus::Released)?;
    if had_place {
        let course = courses::load(&mut tx.read(), row.course_id)?;
        count(tx, &course, course.confirmed_count - 1)?;
    }
    Ok(())
}

/// The kept number of trainees with a place. It makes no new version: whoever edits the course is not disturbed by it.
fn count(tx: &mut Tx<'_>, course: &CourseRow, count: i64) -> Result<()> {
    use crate::db::schema::courses as table;
    let seen = table::table.filter(table::id.eq(course.id)).filter(table::confirmed_count.eq(course.confirmed_count));
    let saved = tx.execute(diesel::update(seen).set(table::confirmed_count.eq(count)))?;
    Problem::unless_one(saved)
}

/// Fills free places from the waiting list, the longest wait first; then says whether the course is full or open. Whoever has
/// taken something else at that time is passed over.
pub(super) fn settle(tx: &mut Tx<'_>, course: CourseRow) -> Result<CourseRow> {
    if !course.takes_trainees() {
        return Ok(course);
    }
    let mut course = course;
    let mut waiting: Vec<EnrolmentRow> =
        of_course(&mut tx.read(), course.id)?.into_iter().filter(|row| row.status == EnrolmentStatus::Waiting).collect();
    waiting.sort_by_key(|row| (row.waiting_since, row.id));
    for row in waiting {
        if course.confirmed_count >= course.quota {
            break;
        }
        if clash(tx, &course, row.member_id)?.is_none() {
            advance(tx, row, "move_up", EnrolmentStatus::Confirmed)?;
            count(tx, &course, course.confirmed_count + 1)?;
            course.confirmed_count += 1;
        }
    }
    match (course.status, course.confirmed_count >= course.quota) {
        (CourseStatus::Open, true) => courses::advance(tx, course, "fill", CourseStatus::Full, None),
        (CourseStatus::Full, false) => courses::advance(tx, course, "free", CourseStatus::Open, None),
        _ => Ok(course),
    }
}

/// What she has at the time of the course's sessions, if anything.
fn clash(tx: &mut Tx<'_>, course: &CourseRow, member_id: Id) -> Result<Option<String>> {
    let spans: Vec<(Instant, Instant)> =
        sessions::of_course(&mut tx.read(), course.id)?.iter().map(|row| (row.starts_at, row.ends_at)).collect();
    sessions::busy(&mut tx.read(), member_id, &spans, course.id, None)
}

/// E1: a place, or a place in the waiting list.
fn confirm(tx: &mut Tx<'_>, row: EnrolmentRow) -> Result<EnrolmentRow> {
    let course = courses::load(&mut tx.read(), row.course_id)?;
    require_open(&course)?;
    if let Some(topic) = clash(tx, &course, row.member_id)? {
        return Err(Problem::conflict(
            "",
            "trainee_busy",
            format!("Trùng giờ với buổi “{topic}”"),
            format!("She is at “{topic}” at that time"),
        ));
    }
    if course.confirmed_count >= course.quota {
        return advance(tx, row, "confirm", EnrolmentStatus::Waiting);
    }
    let row = advance(tx, row, "confirm", EnrolmentStatus::Confirmed)?;
    count(tx, &course, course.confirmed_count + 1)?;
    let course = courses::load(&mut tx.read(), row.course_id)?;
    settle(tx, course)?;
    Ok(row)
}

/// E1: her place goes to whoever waits longest.
fn decline(tx: &mut Tx<'_>, row: EnrolmentRow, reason: Option<&String>) -> Result<EnrolmentRow> {
    let course = courses::load(&mut tx.read(), row.course_id)?;
    if course.status != CourseStatus::Scheduled {
        require_open(&course)?;
    }
    let had_place = row.status == EnrolmentStatus::Confirmed;
    let reason = reason.map(|words| said("/reason", words)).transpose()?;
    let row = advance(tx, EnrolmentRow { decision_reason: reason, ..row }, "decline", EnrolmentStatus::Declined)?;
    if had_place {
        count(tx, &course, course.confirmed_count - 1)?;
        let course = courses::load(&mut tx.read(), row.course_id)?;
        settle(tx, course)?;
    }
    Ok(row)
}

fn require_open(course: &CourseRow) -> Result<()> {
    if course.takes_trainees() {
        return Ok(());
    }
    Err(Problem::conflict(
        "",
        "course_not_open",
        format!("Lớp không nhận học viên: {}", course.status.label(crate::http::Locale::Vi)),
        format!("The course takes no trainees: {}", course.status.label(crate::http::Locale::En)),
    ))
}

/// E3: by the share of hours, and the test if there is one.
fn grade(tx: &mut Tx<'_>, row: EnrolmentRow, grade: &EnrolmentGrade) -> Result<EnrolmentRow> {
    let course = courses::load(&mut tx.read(), row.course_id)?;
    if course.status != CourseStatus::Running {
        return Err(Problem::conflict("", "course_not_running", "Lớp chưa học hoặc đã kết thúc", "The course does not run"));
    }
    if grade.test_result.is_some() && !course.has_test {
        return Err(Problem::field("/test_result", "no_test", "Lớp này không có bài kiểm tra", "The course has no test"));
    }
    if grade.result != EnrolmentResult::Dropped {
        let open = sessions::of_course(&mut tx.read(), course.id)?;
        if open.iter().any(|session| session.attendance_closed_at.is_none()) {
            return Err(Problem::conflict(
                "",
                "attendance_open",
                "Còn buổi chưa chốt điểm danh",
                "There are sessions whose attendance is not closed",
            ));
        }
        let taught: i64 = open.iter().map(sessions::SessionRow::minutes).sum();
        let enough = row.attended_minutes * 100 >= taught * course.min_attendance_percent;
        if grade.result == EnrolmentResult::Passed && !enough {
            return Err(Problem::field(
                "/result",
                "attended_too_little",
                format!("Dự {} trên {taught} phút, chưa đủ {}%", row.attended_minutes, course.min_attendance_percent),
                format!("Attended {} of {taught} minutes, less than {}%", row.attended_minutes, course.min_attendance_percent),
            ));
        }
        if grade.result == EnrolmentResult::Passed && course.has_test && grade.test_result != Some(TestResult::Passed) {
            return Err(Problem::field("/test_result", "test_not_passed", "Cần đạt bài kiểm tra", "The test must be passed"));
        }
    }
    let note = grade.note.as_deref().map(|words| said("/note", words)).transpose()?;
    let row =
        EnrolmentRow { test_passed: grade.test_result.map(|result| result == TestResult::Passed), decision_reason: note, ..row };
    let row = advance(tx, row, "grade", grade.result.into())?;
    if row.status == EnrolmentStatus::Passed {
        completions::add(tx, &course, row.member_id)?;
        needs::complete(tx, &course, row.member_id)?;
    }
    Ok(row)
}

/// After an attendance was taken: what she attended in all.
pub(super) fn recount(tx: &mut Tx<'_>, row: EnrolmentRow) -> Result<EnrolmentRow> {
    let minutes = attendance::attended(&mut tx.read(), row.id)?;
    if minutes == row.attended_minutes {
        return Ok(row);
    }
    let before = row.attended_minutes;
    let row = EnrolmentRow { version: row.version + 1, updated_at: tx.now(), attended_minutes: minutes, ..row };
    tx.record(
        Change::new("update", "enrolments", row.id, row.version)
            .at(row.unit_id)
            .before(&json!({ "attended_minutes": before }))
            .after(&json!({ "attended_minutes": minutes })),
    );
    save(tx, &row)?;
    Ok(row)
}

// ---- routes

/// List enrolments
///
/// In the order of the invitations: of trainees within your reach, and of courses that units within your reach hold.
#[utoipa::path(tag = "courses", operation_id = "list_enrolments", params(EnrolmentFilters, Paging, Shape),
    responses((status = 200, description = "A page of enrolments", body = Listing<Enrolment>)), security(("password" = [])))]
#[get("/enrolments")]
async fn list_enrolments(access: Access, db: web::Data<Db>, query: Query<EnrolmentFilters, List>) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Trainings)?;
    query.shape.check(FIELDS, &[])?;
    let (limit, descending) = (query.paging.limit()?, query.paging.order("id")?);
    let (keys, me) = (db.keys().clone(), Me::of(&access));
    let after = page::start(&query, &keys, me.account)?;
    let filters = query.filters.clone();
    let write = access.to(Action::Update, Resource::Trainings).ok();
    let found = db
        .read(move |reader| {
            let rows = list(reader, &scope, &filters, after, descending, limit)?;
            Ok(Page { items: views(reader, write.as_ref(), me, rows.items)?, next: rows.next, total: rows.total })
        })
        .await?;
    page::answer(&query, &keys, me.account, found)
}

/// Read an enrolment
///
/// Of a trainee or of a course within your reach.
#[utoipa::path(tag = "courses", operation_id = "get_enrolment", params(("id" = Id, Path, description = "The enrolment"), Shape),
    responses((status = 200, description = "The enrolment", body = Enrolment, headers(("ETag" = String, description = "Its version"))),
    (status = 304, description = "Not changed since the version in If-None-Match"), NotThere), security(("password" = [])))]
#[get("/enrolments/{id}")]
async fn get_enrolment(
    request: HttpRequest,
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters>,
) -> Result<HttpResponse> {
    let scope = own_or(&access, Action::Read)?;
    query.shape.check(FIELDS, &[])?;
    let (id, me) = (id.into_inner(), Me::of(&access));
    let write = access.to(Action::Update, Resource::Trainings).ok();
    let found = db
        .read(move |reader| {
            let (row, _) = find(reader, scope.as_ref(), me, id)?;
            view(reader, write.as_ref(), me, row)
        })
        .await?;
    answer::living(&request, &query.shape, found.version, &found)
}

/// The scope of a role, or none for somebody whose account says who she is: then she reaches what is her own. 403 for
/// everybody else.
fn own_or(access: &Access, action: Action) -> Result<Option<Scope>> {
    match access.to(action, Resource::Trainings) {
        Ok(scope) => Ok(Some(scope)),
        Err(problem) if access.principal().member_id.is_none() => Err(problem),
        Err(_) => Ok(None),
    }
}

/// List the steps of an enrolment
///
/// The first one first.
#[utoipa::path(tag = "courses", operation_id = "list_enrolment_events", params(("id" = Id, Path, description = "The enrolment")),
    responses((status = 200, description = "All steps", body = Listing<StateEvent>), NotThere), security(("password" = [])))]
#[get("/enrolments/{id}/events")]
async fn list_enrolment_events(
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters, Bare>,
) -> Result<HttpResponse> {
    let scope = own_or(&access, Action::Read)?;
    let (id, me) = (id.into_inner(), Me::of(&access));
    let events = db
        .read(move |reader| {
            find(reader, scope.as_ref(), me, id)?;
            machine::events_of(reader, id)
        })
        .await?;
    page::whole(&query, &events)
}

/// Takes one step with an enrolment.
async fn take<B: Body + Send + Sync + 'static>(
    command: Command<B>,
    id: Id,
    action: &'static str,
    mut carry_out: impl FnMut(&mut Tx<'_>, EnrolmentRow, &B) -> Result<EnrolmentRow> + Send + 'static,
) -> Result<HttpResponse> {
    let write = own_or(&command.access, Action::Update)?;
    // Who sees it is wider than who changes it: so what she may not do is told apart from what is not there.
    let read = own_or(&command.access, Action::Read)?;
    let scope = write.clone().unwrap_or_else(|| command.access.as_oneself(Action::Update, Resource::Trainings));
    let me = Me::of(&command.access);
    command
        .run(&scope, move |tx, body, given| {
            // Without a right she reaches what is her own, and nothing else is there.
            let (row, places) = find(&mut tx.read(), read.as_ref().filter(|_| write.is_some()), me, id)?;
            let course = courses::load(&mut tx.read(), row.course_id)?;
            given.check_version(tx, id, row.version, std::iter::empty())?;
            let standing = standing(write.as_ref(), &places, me, &course, &row);
            ENROLMENTS.step(action, id, row.status, |step| standing.may(step))?;
            let row = carry_out(tx, row, body)?;
            let found = view(&mut tx.read(), write.as_ref(), me, row)?;
            Answer::changed(found.version, &found)
        })
        .await
}

fn standing<'s>(write: Option<&'s Scope>, places: &'s Places, me: Me, course: &CourseRow, row: &EnrolmentRow) -> Standing<'s> {
    Standing {
        scope: write,
        lineage: &places.organiser,
        is_author: course.created_by == Some(me.account),
        trainee_lineage: &places.trainee,
        is_trainee: me.person == Some(row.member_id),
    }
}

/// Confirm that a trainee comes
///
/// By herself or by her unit for her. When all places are taken she waits, and moves up when somebody declines.
#[utoipa::path(tag = "courses", operation_id = "confirm_enrolment", params(("id" = Id, Path, description = "The enrolment"),
    ("If-Match" = String, Header, description = "The version you have read")),
    responses((status = 200, description = "As it is now", body = Enrolment), NotTaken), security(("password" = [])))]
#[post("/enrolments/{id}/confirmations")]
async fn confirm_enrolment(command: Command<NoBody>, id: web::Path<Id>) -> Result<HttpResponse> {
    take(command, id.into_inner(), "confirm", |tx, row, _| confirm(tx, row)).await
}

/// Say that a trainee does not come
///
/// By herself or by her unit for her, before the course runs. Her place goes to whoever waits longest.
#[utoipa::path(tag = "courses", operation_id = "decline_enrolment", params(("id" = Id, Path, description = "The enrolment"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = EnrolmentDecline,
    responses((status = 200, description = "As it is now", body = Enrolment), NotTaken), security(("password" = [])))]
#[post("/enrolments/{id}/declines")]
async fn decline_enrolment(command: Command<Json<EnrolmentDecline>>, id: web::Path<Id>) -> Result<HttpResponse> {
    take(command, id.into_inner(), "decline", |tx, row, Json(body)| decline(tx, row, body.reason.as_ref())).await
}

/// Enter the result of a trainee
///
/// `passed` needs the share of hours that the course asks for, and the test if there is one. Then she has a completion, which
/// is hers wherever she goes.
#[utoipa::path(tag = "courses", operation_id = "grade_enrolment", params(("id" = Id, Path, description = "The enrolment"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = EnrolmentGrade,
    responses((status = 200, description = "As it is now", body = Enrolment), NotTaken), security(("password" = [])))]
#[post("/enrolments/{id}/results")]
async fn grade_enrolment(command: Command<Json<EnrolmentGrade>>, id: web::Path<Id>) -> Result<HttpResponse> {
    take(command, id.into_inner(), "grade", |tx, row, Json(body)| grade(tx, row, body)).await
}

pub(super) fn view(reader: &mut Reader<'_>, write: Option<&Scope>, me: Me, row: EnrolmentRow) -> Result<Enrolment> {
    kept(views(reader, write, me, vec![row])?.pop())
}

pub(super) fn views(reader: &mut Reader<'_>, write: Option<&Scope>, me: Me, rows: Vec<EnrolmentRow>) -> Result<Vec<Enrolment>> {
    use crate::db::schema::courses as table;
    let members: Vec<Id> = rows.iter().map(|row| row.member_id).collect();
    let people = people::refs(reader, &members)?;
    let mut wanted: Vec<Id> = rows.iter().map(|row| row.course_id).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let held: Vec<CourseRow> = reader.load(table::table.filter(table::id.eq_any(wanted)).select(CourseRow::as_select()))?;
    let places: Vec<Id> = rows.iter().flat_map(|row| [row.unit_id, row.organiser_unit_id]).collect();
    let lineages = units::store::lineages(reader, &places)?;
    let above = |unit: Id| lineages.get(&unit).cloned().unwrap_or_default();
    rows.into_iter()
        .map(|row| {
            let course = kept(held.iter().find(|course| course.id == row.course_id))?;
            let places = Places { organiser: above(row.organiser_unit_id), trainee: above(row.unit_id) };
            let standing = standing(write, &places, me, course, &row);
            Ok(Enrolment {
                allowed_actions: ENROLMENTS.allowed(row.id, row.status, |step| standing.may(step)),
                course_title: course.title.clone(),
                member: kept(people.get(&row.member_id).cloned())?,
                id: row.id,
                version: row.version,
                created_at: row.created_at,
                updated_at: row.updated_at,
                course_id: row.course_id,
                member_id: row.member_id,
                unit_id: row.unit_id,
                organiser_unit_id: row.organiser_unit_id,
                status: row.status,
                waiting_since: row.waiting_since,
                attended_minutes: row.attended_minutes,
                test_result: row.test_passed.map(|passed| if passed { TestResult::Passed } else { TestResult::Failed }),
                decision_reason: row.decision_reason,
            })
        })
        .collect()
}

/// A refusal that has no field: the caller may not.
pub(super) fn forbidden() -> Problem {
    Problem::new(Code::Forbidden)
}
