//! Sessions (buổi học) of a course: when, where, by whom, how many minutes of which kind.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, get, patch, post, web};
use chrono::{DateTime, NaiveDate};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, Insertable, JoinOnDsl, QueryDsl, Queryable, Selectable, SelectableHelper,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::{
    CourseStatus, EnrolmentStatus,
    courses::{self, CourseRow},
    enrolments, said,
};
use crate::{
    access::{Access, Action, Resource, Scope},
    db::{
        Change, Db, Id, Instant, Reader, Tx,
        schema::{enrolments as enrolments_table, session_trainers, training_sessions},
    },
    http::{
        AllowedAction, Answer, Bare, Code, Command, Json, Listing, NoBody, NoFilters, NotMade, NotTaken, NotThere, Patch,
        Problem, Query, Result, Shape, answer, page,
    },
    officers::{
        PersonRef,
        people::{self, kept},
    },
};

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list_course_sessions)
        .service(create_course_session)
        .service(get_training_session)
        .service(update_training_session)
        .service(close_session_attendance);
}

// ---- types

/// The row.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = training_sessions)]
pub(super) struct SessionRow {
    pub id: Id,
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub course_id: Id,
    pub unit_id: Id,
    pub topic: String,
    pub starts_at: Instant,
    pub ends_at: Instant,
    pub place: Option<String>,
    pub remote_link: Option<String>,
    pub theory_minutes: i64,
    pub practice_minutes: i64,
    pub discussion_minutes: i64,
    pub attendance_closed_at: Option<Instant>,
    pub is_cancelled: bool,
}

impl SessionRow {
    /// What somebody who is there from beginning to end attends.
    pub const fn minutes(&self) -> i64 {
        self.theory_minutes + self.practice_minutes + self.discussion_minutes
    }
}

/// Somebody who teaches: on the roll, or from outside by name.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TrainerInput {
    /// Somebody on the roll, within your reach or in a post within it.
    pub member_id: Option<Id>,
    /// Somebody from outside. One of the two.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100, example = "ThS. Trần Văn Bình, Trường Chính trị tỉnh")]
    pub name: Option<String>,
}

/// Somebody who teaches.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Trainer {
    pub member_id: Option<Id>,
    #[schema(example = "ThS. Trần Văn Bình, Trường Chính trị tỉnh")]
    pub name: String,
}

/// A session of a course.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TrainingSession {
    pub id: Id,
    /// Rises by one with each change; the `ETag`.
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub course_id: Id,
    /// The unit that holds the course.
    pub unit_id: Id,
    #[schema(example = "Kỹ năng điều hành sinh hoạt chi hội")]
    pub topic: String,
    pub starts_at: Instant,
    pub ends_at: Instant,
    #[schema(example = "Hội trường UBND phường Vĩnh Hải")]
    pub place: Option<String>,
    #[schema(example = "https://meet.example.vn/abc")]
    pub remote_link: Option<String>,
    #[schema(example = 60)]
    pub theory_minutes: i64,
    #[schema(example = 90)]
    pub practice_minutes: i64,
    #[schema(example = 60)]
    pub discussion_minutes: i64,
    pub trainers: Vec<Trainer>,
    /// When its attendance was closed: later changes need a reason.
    pub attendance_closed_at: Option<Instant>,
    /// The day by which its attendance is to be closed.
    pub attendance_due_on: NaiveDate,
    /// Whether its course was cancelled.
    pub is_cancelled: bool,
    /// What you may do with it now.
    pub allowed_actions: Vec<AllowedAction>,
}

/// A new session.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTrainingSession {
    /// A UUIDv7 of your own, if you make ids; sent again, the same request finds the same session.
    pub id: Option<Id>,
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "Kỹ năng điều hành sinh hoạt chi hội")]
    pub topic: String,
    pub starts_at: Instant,
    /// At most twelve hours later.
    pub ends_at: Instant,
    /// Where; a place, a remote link, or both.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "Hội trường UBND phường Vĩnh Hải")]
    pub place: Option<String>,
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300, example = "https://meet.example.vn/abc")]
    pub remote_link: Option<String>,
    /// The minutes of all three kinds are at least one, and no more than the session lasts.
    #[validate(range(min = 0, max = 720))]
    #[schema(minimum = 0, maximum = 720, example = 60)]
    pub theory_minutes: i64,
    #[validate(range(min = 0, max = 720))]
    #[schema(minimum = 0, maximum = 720, example = 90)]
    pub practice_minutes: i64,
    #[validate(range(min = 0, max = 720))]
    #[schema(minimum = 0, maximum = 720, example = 60)]
    pub discussion_minutes: i64,
    #[validate(length(min = 1, max = 20), nested)]
    #[schema(min_items = 1, max_items = 20)]
    pub trainers: Vec<TrainerInput>,
}

/// What of a session is changed in place, until its attendance is closed.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TrainingSessionCorrection {
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub topic: String,
    pub starts_at: Instant,
    /// At most twelve hours later.
    pub ends_at: Instant,
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub place: Option<String>,
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300)]
    pub remote_link: Option<String>,
    #[validate(range(min = 0, max = 720))]
    #[schema(minimum = 0, maximum = 720)]
    pub theory_minutes: i64,
    #[validate(range(min = 0, max = 720))]
    #[schema(minimum = 0, maximum = 720)]
    pub practice_minutes: i64,
    #[validate(range(min = 0, max = 720))]
    #[schema(minimum = 0, maximum = 720)]
    pub discussion_minutes: i64,
    #[validate(length(min = 1, max = 20), nested)]
    #[schema(min_items = 1, max_items = 20)]
    pub trainers: Vec<TrainerInput>,
}

const FIELDS: &[&str] = &[
    "id",
    "version",
    "created_at",
    "updated_at",
    "course_id",
    "unit_id",
    "topic",
    "starts_at",
    "ends_at",
    "place",
    "remote_link",
    "theory_minutes",
    "practice_minutes",
    "discussion_minutes",
    "trainers",
    "attendance_closed_at",
    "attendance_due_on",
    "is_cancelled",
    "allowed_actions",
];

/// The attendance is closed within so many days (E2).
pub(super) const CLOSING_DAYS: i64 = 3;
const DAY_SECONDS: i64 = 24 * 3600;
const LONGEST_MILLIS: i64 = 12 * 3600 * 1000;

/// The civil day of a moment.
pub(super) fn day_of(moment: Instant) -> NaiveDate {
    // Vietnam has one offset.
    DateTime::from_timestamp_millis(moment.plus_seconds(7 * 3600).millis()).map(|it| it.date_naive()).unwrap_or_default()
}

// ---- rules

/// Whether two spans have a moment in common; one that begins when the other ends does not.
pub(super) const fn overlap(one: (Instant, Instant), other: (Instant, Instant)) -> bool {
    one.0.millis() < other.1.millis() && other.0.millis() < one.1.millis()
}

fn check(new: &TrainingSessionCorrection) -> Result<()> {
    // A moment of a few thousand years would break what reckons with it.
    let sane = |moment: Instant| (0..=4_102_444_800_000).contains(&moment.millis());
    for (pointer, moment) in [("/starts_at", new.starts_at), ("/ends_at", new.ends_at)] {
        if !sane(moment) {
            return Err(Problem::field(pointer, "range", "Phải từ năm 1970 đến 2099", "Must be from 1970 to 2099"));
        }
    }
    let millis = new.ends_at.millis() - new.starts_at.millis();
    if millis <= 0 {
        return Err(Problem::field("/ends_at", "before_start", "Phải sau giờ bắt đầu", "Must be after the start"));
    }
    if millis > LONGEST_MILLIS {
        return Err(Problem::field("/ends_at", "too_late", "Một buổi không quá 12 giờ", "A session lasts at most twelve hours"));
    }
    let minutes = new.theory_minutes + new.practice_minutes + new.discussion_minutes;
    if minutes < 1 || minutes * 60_000 > millis {
        return Err(Problem::field(
            "/theory_minutes",
            "minutes_do_not_fit",
            format!("Tổng số phút phải từ 1 đến {}", millis / 60_000),
            format!("The minutes together must be 1 to {}", millis / 60_000),
        ));
    }
    if new.place.is_none() && new.remote_link.is_none() {
        return Err(Problem::field("/place", "required", "Cần địa điểm hoặc đường dẫn", "A place or a remote link is needed"));
    }
    for (index, trainer) in new.trainers.iter().enumerate() {
        if trainer.member_id.is_some() == trainer.name.is_some() {
            return Err(Problem::field(
                format!("/trainers/{index}"),
                "one_of_two",
                "Chọn người trong danh sách hoặc ghi tên, một trong hai",
                "Somebody on the roll or a name: one of the two",
            ));
        }
    }
    Ok(())
}

// ---- queries

pub(super) fn of_course(reader: &mut Reader<'_>, course_id: Id) -> Result<Vec<SessionRow>> {
    reader.load(
        training_sessions::table
            .filter(training_sessions::course_id.eq(course_id))
            .order((training_sessions::starts_at.asc(), training_sessions::id.asc()))
            .select(SessionRow::as_select()),
    )
}

/// With its course and all units above that.
pub(super) fn find(reader: &mut Reader<'_>, scope: &Scope, id: Id) -> Result<(SessionRow, CourseRow, Vec<Id>)> {
    let row: SessionRow = reader.one(training_sessions::table.find(id).select(SessionRow::as_select()))?;
    let (course, lineage) = courses::find(reader, scope, row.course_id)?;
    Ok((row, course, lineage))
}

/// Minutes taught, and how many of them are discussion.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Taught {
    pub minutes: i64,
    pub discussion: i64,
}

impl Taught {
    pub fn discussion_rate(self) -> Option<String> {
        (self.minutes > 0).then(|| {
            let hundredths = (self.discussion * 100 + self.minutes / 2) / self.minutes;
            format!("{}.{:02}", hundredths / 100, hundredths % 100)
        })
    }
}

pub(super) fn taught(reader: &mut Reader<'_>, courses: &[Id]) -> Result<HashMap<Id, Taught>> {
    let rows: Vec<(Id, i64, i64, i64)> =
        reader.load(training_sessions::table.filter(training_sessions::course_id.eq_any(courses.to_vec())).select((
            training_sessions::course_id,
            training_sessions::theory_minutes,
            training_sessions::practice_minutes,
            training_sessions::discussion_minutes,
        )))?;
    let mut found: HashMap<Id, Taught> = HashMap::new();
    for (course, theory, practice, discussion) in rows {
        let sum = found.entry(course).or_default();
        sum.minutes += theory + practice + discussion;
        sum.discussion += discussion;
    }
    Ok(found)
}

/// Where somebody is already at these times, as a trainer or as a trainee with a place: the topic of that session. What
/// belongs to `course` does not count as being a trainee, what is `session` does not count at all.
pub(super) fn busy(
    reader: &mut Reader<'_>,
    member_id: Id,
    spans: &[(Instant, Instant)],
    course: Id,
    session: Option<Id>,
) -> Result<Option<String>> {
    let (Some(first), Some(last)) = (spans.iter().map(|span| span.0).min(), spans.iter().map(|span| span.1).max()) else {
        return Ok(None);
    };
    let teaches: Vec<SessionRow> = reader.load(
        session_trainers::table
            .inner_join(training_sessions::table.on(training_sessions::id.eq(session_trainers::session_id)))
            .filter(session_trainers::member_id.eq(member_id))
            .filter(training_sessions::is_cancelled.eq(false))
            .filter(training_sessions::starts_at.lt(last).and(training_sessions::ends_at.gt(first)))
            .select(SessionRow::as_select()),
    )?;
    let attends: Vec<SessionRow> = reader.load(
        enrolments_table::table
            .inner_join(training_sessions::table.on(training_sessions::course_id.eq(enrolments_table::course_id)))
            .filter(enrolments_table::member_id.eq(member_id))
            .filter(enrolments_table::status.eq(EnrolmentStatus::Confirmed))
            .filter(enrolments_table::course_id.ne(course))
            .filter(training_sessions::is_cancelled.eq(false))
            .filter(training_sessions::starts_at.lt(last).and(training_sessions::ends_at.gt(first)))
            .select(SessionRow::as_select()),
    )?;
    let clash = teaches.into_iter().chain(attends).filter(|row| Some(row.id) != session).find(|row| {
        let theirs = (row.starts_at, row.ends_at);
        spans.iter().any(|span| overlap(*span, theirs))
    });
    Ok(clash.map(|row| row.topic))
}

/// A member, or the name of somebody from outside.
type TrainerRow = (Option<Id>, Option<String>);

fn trainers_of(reader: &mut Reader<'_>, sessions: &[Id]) -> Result<HashMap<Id, Vec<TrainerRow>>> {
    type Row = (Id, Option<Id>, Option<String>);
    let rows: Vec<Row> = reader.load(
        session_trainers::table
            .filter(session_trainers::session_id.eq_any(sessions.to_vec()))
            .order((session_trainers::session_id.asc(), session_trainers::ordinal.asc()))
            .select((session_trainers::session_id, session_trainers::member_id, session_trainers::name)),
    )?;
    let mut found: HashMap<Id, Vec<TrainerRow>> = HashMap::new();
    for (session, member, name) in rows {
        found.entry(session).or_default().push((member, name));
    }
    Ok(found)
}

/// Trainers and trainees are nowhere else at that time. Trainers may be whoever the caller reaches.
fn check_people(
    tx: &mut Tx<'_>,
    scope: &Scope,
    course: &CourseRow,
    session: Option<Id>,
    new: &TrainingSessionCorrection,
) -> Result<()> {
    let span = [(new.starts_at, new.ends_at)];
    let siblings = of_course(&mut tx.read(), course.id)?;
    let clash = |row: &&SessionRow| Some(row.id) != session && overlap(span[0], (row.starts_at, row.ends_at));
    if let Some(other) = siblings.iter().find(clash) {
        return Err(Problem::field(
            "/starts_at",
            "sessions_overlap",
            format!("Trùng giờ với buổi “{}” của cùng lớp", other.topic),
            format!("Overlaps with “{}” of the same course", other.topic),
        ));
    }
    let trainees: Vec<Id> = enrolments::of_course(&mut tx.read(), course.id)?
        .into_iter()
        .filter(|row| row.status == EnrolmentStatus::Confirmed)
        .map(|row| row.member_id)
        .collect();
    for (index, trainer) in new.trainers.iter().enumerate() {
        let Some(member) = trainer.member_id else { continue };
        let pointer = format!("/trainers/{index}/member_id");
        people::reach_field(&mut tx.read(), scope, &pointer, member)?;
        if trainees.contains(&member) {
            return Err(Problem::field(pointer, "is_trainee", "Đang là học viên của lớp này", "She is a trainee of this course"));
        }
        if let Some(topic) = busy(&mut tx.read(), member, &span, course.id, session)? {
            return Err(Problem::field(
                pointer,
                "trainer_busy",
                format!("Trùng giờ với buổi “{topic}”"),
                format!("Overlaps with “{topic}”"),
            ));
        }
    }
    for member in trainees {
        if let Some(topic) = busy(&mut tx.read(), member, &span, course.id, session)? {
            return Err(Problem::field(
                "/starts_at",
                "trainee_busy",
                format!("Có học viên trùng giờ với buổi “{topic}”"),
                format!("A trainee is at “{topic}” at that time"),
            ));
        }
    }
    Ok(())
}

fn write_trainers(tx: &mut Tx<'_>, session: Id, trainers: &[TrainerInput]) -> Result<()> {
    tx.execute(diesel::delete(session_trainers::table.filter(session_trainers::session_id.eq(session))))?;
    for (ordinal, trainer) in (0_i64..).zip(trainers) {
        tx.execute(diesel::insert_into(session_trainers::table).values((
            session_trainers::session_id.eq(session),
            session_trainers::ordinal.eq(ordinal),
            session_trainers::member_id.eq(trainer.member_id),
            session_trainers::name.eq(trainer.name.as_deref().map(crate::text::clean)),
        )))?;
    }
    Ok(())
}

/// The course's own first and last moment.
fn span_course(tx: &mut Tx<'_>, course: CourseRow) -> Result<()> {
    let rows = of_course(&mut tx.read(), course.id)?;
    let (first, last) = (rows.iter().map(|row| row.starts_at).min(), rows.iter().map(|row| row.ends_at).max());
    if (course.starts_at, course.ends_at) == (first, last) {
        return Ok(());
    }
    let row = CourseRow { version: course.version + 1, updated_at: tx.now(), starts_at: first, ends_at: last, ..course.clone() };
    tx.record(
        Change::new("update", "courses", row.id, row.version)
            .at(row.unit_id)
            .before(&json!({ "starts_at": course.starts_at, "ends_at": course.ends_at }))
            .after(&json!({ "starts_at": first, "ends_at": last })),
    );
    courses::save(tx, &row)
}

/// Sessions come and change until the course is over.
fn require_living(course: &CourseRow) -> Result<()> {
    if matches!(course.status, CourseStatus::Completed | CourseStatus::Cancelled) {
        return Err(Problem::conflict("", "course_over", "Lớp đã bế giảng hoặc đã hủy", "The course is over or was cancelled"));
    }
    Ok(())
}

fn create(tx: &mut Tx<'_>, scope: &Scope, course: CourseRow, id: Id, new: &NewTrainingSession) -> Result<SessionRow> {
    require_living(&course)?;
    let fields = TrainingSessionCorrection {
        topic: new.topic.clone(),
        starts_at: new.starts_at,
        ends_at: new.ends_at,
        place: new.place.clone(),
        remote_link: new.remote_link.clone(),
        theory_minutes: new.theory_minutes,
        practice_minutes: new.practice_minutes,
        discussion_minutes: new.discussion_minutes,
        trainers: new.trainers.clone(),
    };
    check(&fields)?;
    check_people(tx, scope, &course, None, &fields)?;
    let now = tx.now();
    let row = SessionRow {
        id,
        version: 1,
        created_at: now,
        updated_at: now,
        course_id: course.id,
        unit_id: course.unit_id,
        topic: said("/topic", &new.topic)?,
        starts_at: new.starts_at,
        ends_at: new.ends_at,
        place: new.place.as_deref().map(|place| said("/place", place)).transpose()?,
        remote_link: new.remote_link.clone(),
        theory_minutes: new.theory_minutes,
        practice_minutes: new.practice_minutes,
        discussion_minutes: new.discussion_minutes,
        attendance_closed_at: None,
        is_cancelled: false,
    };
    tx.record(Change::new("create", "training_sessions", id, 1).at(row.unit_id).after(new));
    tx.execute(diesel::insert_into(training_sessions::table).values(&row))?;
    write_trainers(tx, id, &new.trainers)?;
    span_course(tx, course)?;
    Ok(row)
}

fn correct(
    tx: &mut Tx<'_>,
    scope: &Scope,
    course: CourseRow,
    row: SessionRow,
    before: &TrainingSessionCorrection,
    after: &TrainingSessionCorrection,
) -> Result<SessionRow> {
    require_living(&course)?;
    require_open(&row)?;
    check(after)?;
    check_people(tx, scope, &course, Some(row.id), after)?;
    let row = SessionRow {
        version: row.version + 1,
        updated_at: tx.now(),
        topic: said("/topic", &after.topic)?,
        starts_at: after.starts_at,
        ends_at: after.ends_at,
        place: after.place.as_deref().map(|place| said("/place", place)).transpose()?,
        remote_link: after.remote_link.clone(),
        theory_minutes: after.theory_minutes,
        practice_minutes: after.practice_minutes,
        discussion_minutes: after.discussion_minutes,
        ..row
    };
    tx.record(Change::new("update", "training_sessions", row.id, row.version).at(row.unit_id).before(before).after(after));
    save(tx, &row)?;
    write_trainers(tx, row.id, &after.trainers)?;
    span_course(tx, course)?;
    Ok(row)
}

fn require_open(row: &SessionRow) -> Result<()> {
    if row.attendance_closed_at.is_some() {
        return Err(Problem::say(
            Code::InvalidTransition,
            "Đã chốt điểm danh buổi này",
            "The attendance of this session is closed",
        )
        .with("allowed_actions", json!([])));
    }
    Ok(())
}

pub(super) fn save(tx: &mut Tx<'_>, row: &SessionRow) -> Result<()> {
    let seen =
        training_sessions::table.filter(training_sessions::id.eq(row.id)).filter(training_sessions::version.eq(row.version - 1));
    let saved = tx.execute(diesel::update(seen).set((
        training_sessions::version.eq(row.version),
        training_sessions::updated_at.eq(row.updated_at),
        training_sessions::topic.eq(&row.topic),
        training_sessions::starts_at.eq(row.starts_at),
        training_sessions::ends_at.eq(row.ends_at),
        training_sessions::place.eq(&row.place),
        training_sessions::remote_link.eq(&row.remote_link),
        training_sessions::theory_minutes.eq(row.theory_minutes),
        training_sessions::practice_minutes.eq(row.practice_minutes),
        training_sessions::discussion_minutes.eq(row.discussion_minutes),
        training_sessions::attendance_closed_at.eq(row.attendance_closed_at),
        training_sessions::is_cancelled.eq(row.is_cancelled),
    )))?;
    Problem::unless_one(saved)
}

/// All sessions of a course that will not be held.
pub(super) fn call_off(tx: &mut Tx<'_>, course_id: Id) -> Result<()> {
    for row in of_course(&mut tx.read(), course_id)? {
        let row = SessionRow { version: row.version + 1, updated_at: tx.now(), is_cancelled: true, ..row };
        tx.record(
            Change::new("cancel", "training_sessions", row.id, row.version)
                .at(row.unit_id)
                .before(&json!({ "is_cancelled": false }))
                .after(&json!({ "is_cancelled": true })),
        );
        save(tx, &row)?;
    }
    Ok(())
}

/// Whoever was not marked was not there; from now on changes need a reason.
fn close(tx: &mut Tx<'_>, course: &CourseRow, row: SessionRow) -> Result<SessionRow> {
    if course.status != CourseStatus::Running {
        return Err(Problem::say(Code::InvalidTransition, "Lớp chưa học hoặc đã bế giảng", "The course does not run")
            .with("allowed_actions", json!([])));
    }
    require_open(&row)?;
    if row.ends_at > tx.now() {
        return Err(Problem::conflict("", "not_over_yet", "Buổi học chưa kết thúc", "The session is not over"));
    }
    let row = SessionRow { version: row.version + 1, updated_at: tx.now(), attendance_closed_at: Some(tx.now()), ..row };
    tx.record(
        Change::new("close_attendance", "training_sessions", row.id, row.version)
            .at(row.unit_id)
            .after(&json!({ "attendance_closed_at": row.attendance_closed_at })),
    );
    save(tx, &row)?;
    super::attendance::mark_the_rest(tx, &row)?;
    Ok(row)
}

// ---- routes

/// List the sessions of a course
///
/// By time, all of them.
#[utoipa::path(tag = "courses", operation_id = "list_course_sessions", params(("id" = Id, Path, description = "The course")),
    responses((status = 200, description = "All sessions", body = Listing<TrainingSession>), NotThere), security(("password" = [])))]
#[get("/courses/{id}/sessions")]
async fn list_course_sessions(
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters, Bare>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Trainings)?;
    let write = access.to(Action::Update, Resource::Trainings).ok();
    let (id, caller) = (id.into_inner(), access.principal().id);
    let found = db
        .read(move |reader| {
            let (course, lineage) = courses::find(reader, &scope, id)?;
            let keeps = write.as_ref().is_some_and(|write| courses::keeps(write, &lineage, caller, &course));
            let rows = of_course(reader, id)?;
            views(reader, keeps, &course, rows)
        })
        .await?;
    page::whole(&query, &found)
}

/// Read a session
///
/// Of a course that is near to you.
#[utoipa::path(tag = "courses", operation_id = "get_training_session", params(("id" = Id, Path, description = "The session"), Shape),
    responses((status = 200, description = "The session", body = TrainingSession, headers(("ETag" = String, description = "Its version"))),
    (status = 304, description = "Not changed since the version in If-None-Match"), NotThere), security(("password" = [])))]
#[get("/training-sessions/{id}")]
async fn get_training_session(
    request: HttpRequest,
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Trainings)?;
    query.shape.check(FIELDS, &[])?;
    let write = access.to(Action::Update, Resource::Trainings).ok();
    let (id, caller) = (id.into_inner(), access.principal().id);
    let found = db
        .read(move |reader| {
            let (row, course, lineage) = find(reader, &scope, id)?;
            let keeps = write.as_ref().is_some_and(|write| courses::keeps(write, &lineage, caller, &course));
            view(reader, keeps, &course, row)
        })
        .await?;
    answer::living(&request, &query.shape, found.version, &found)
}

/// Add a session to a course
///
/// No trainer and no trainee with a place may be elsewhere at that time.
#[utoipa::path(tag = "courses", operation_id = "create_course_session", params(("id" = Id, Path, description = "The course")),
    request_body = NewTrainingSession,
    responses((status = 201, description = "Added", body = TrainingSession), NotThere, NotMade), security(("password" = [])))]
#[post("/courses/{id}/sessions")]
async fn create_course_session(command: Command<Json<NewTrainingSession>>, id: web::Path<Id>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Trainings)?;
    let read = command.access.to(Action::Read, Resource::Trainings)?;
    let (write, course_id, caller) = (scope.clone(), id.into_inner(), command.access.principal().id);
    command
        .run(&scope, move |tx, Json(new), given| {
            let (course, lineage) = courses::find(&mut tx.read(), &read, course_id)?;
            if !courses::keeps(&write, &lineage, caller, &course) {
                return Err(Problem::new(Code::Forbidden));
            }
            let id = new.id.unwrap_or_default();
            if new.id.is_some() && given.claim_id(tx, "training-sessions", id, new)? {
                let (row, course, _) = find(&mut tx.read(), &read, id)?;
                return show(tx, &course, row);
            }
            let row = create(tx, &write, course.clone(), id, new)?;
            let made = view(&mut tx.read(), true, &course, row)?;
            Answer::created(format!("/api/v1/training-sessions/{id}"), made.version, &made)
        })
        .await
}

/// Correct a session
///
/// Until its attendance is closed.
#[utoipa::path(tag = "courses", operation_id = "update_training_session", params(("id" = Id, Path, description = "The session"),
    ("If-Match" = String, Header, description = "The version you have read")),
    request_body(content = Patch<TrainingSessionCorrection>, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "As it is now", body = TrainingSession), NotTaken), security(("password" = [])))]
#[patch("/training-sessions/{id}")]
async fn update_training_session(command: Command<Patch<TrainingSessionCorrection>>, id: web::Path<Id>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Trainings)?;
    let read = command.access.to(Action::Read, Resource::Trainings)?;
    let (write, id, caller) = (scope.clone(), id.into_inner(), command.access.principal().id);
    command
        .run(&scope, move |tx, patch, given| {
            let (row, course, lineage) = find(&mut tx.read(), &read, id)?;
            if !courses::keeps(&write, &lineage, caller, &course) {
                return Err(Problem::new(Code::Forbidden));
            }
            given.check_version(tx, id, row.version, patch.names())?;
            if patch.is_empty() {
                return show(tx, &course, row);
            }
            let trainers = trainers_of(&mut tx.read(), &[id])?.remove(&id).unwrap_or_default();
            let before = TrainingSessionCorrection {
                topic: row.topic.clone(),
                starts_at: row.starts_at,
                ends_at: row.ends_at,
                place: row.place.clone(),
                remote_link: row.remote_link.clone(),
                theory_minutes: row.theory_minutes,
                practice_minutes: row.practice_minutes,
                discussion_minutes: row.discussion_minutes,
                trainers: trainers.into_iter().map(|(member_id, name)| TrainerInput { member_id, name }).collect(),
            };
            let after = patch.apply(&before)?;
            let row = correct(tx, &write, course.clone(), row, &before, &after)?;
            show(tx, &course, row)
        })
        .await
}

/// Close the attendance of a session
///
/// Within three days. Whoever has a place and was not marked was not there; from now on changes need a reason.
#[utoipa::path(tag = "courses", operation_id = "close_session_attendance", params(("id" = Id, Path, description = "The session"),
    ("If-Match" = String, Header, description = "The version you have read")),
    responses((status = 200, description = "As it is now", body = TrainingSession), NotTaken), security(("password" = [])))]
#[post("/training-sessions/{id}/attendance-closings")]
async fn close_session_attendance(command: Command<NoBody>, id: web::Path<Id>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Trainings)?;
    let read = command.access.to(Action::Read, Resource::Trainings)?;
    let (write, id, caller) = (scope.clone(), id.into_inner(), command.access.principal().id);
    command
        .run(&scope, move |tx, _, given| {
            let (row, course, lineage) = find(&mut tx.read(), &read, id)?;
            if !courses::keeps(&write, &lineage, caller, &course) {
                return Err(Problem::new(Code::Forbidden));
            }
            given.check_version(tx, id, row.version, std::iter::empty())?;
            let row = close(tx, &course, row)?;
            show(tx, &course, row)
        })
        .await
}

/// To who keeps the course.
fn show(tx: &mut Tx<'_>, course: &CourseRow, row: SessionRow) -> Result<Answer> {
    let found = view(&mut tx.read(), true, course, row)?;
    Answer::changed(found.version, &found)
}

fn view(reader: &mut Reader<'_>, keeps: bool, course: &CourseRow, row: SessionRow) -> Result<TrainingSession> {
    kept(views(reader, keeps, course, vec![row])?.pop())
}

fn views(reader: &mut Reader<'_>, keeps: bool, course: &CourseRow, rows: Vec<SessionRow>) -> Result<Vec<TrainingSession>> {
    let mut trainers = trainers_of(reader, &rows.iter().map(|row| row.id).collect::<Vec<_>>())?;
    let members: Vec<Id> = trainers.values().flatten().filter_map(|(member, _)| *member).collect();
    let people = people::refs(reader, &members)?;
    rows.into_iter()
        .map(|row| {
            let named = trainers.remove(&row.id).unwrap_or_default();
            let named = named.into_iter().map(|(member, name)| trainer(&people, member, name)).collect::<Result<_>>()?;
            Ok(TrainingSession {
                allowed_actions: if keeps { actions(course, &row) } else { Vec::new() },
                attendance_due_on: day_of(row.ends_at.plus_seconds(CLOSING_DAYS * DAY_SECONDS)),
                trainers: named,
                id: row.id,
                version: row.version,
                created_at: row.created_at,
                updated_at: row.updated_at,
                course_id: row.course_id,
                unit_id: row.unit_id,
                topic: row.topic,
                starts_at: row.starts_at,
                ends_at: row.ends_at,
                place: row.place,
                remote_link: row.remote_link,
                theory_minutes: row.theory_minutes,
                practice_minutes: row.practice_minutes,
                discussion_minutes: row.discussion_minutes,
                attendance_closed_at: row.attendance_closed_at,
                is_cancelled: row.is_cancelled,
            })
        })
        .collect()
}

fn trainer(people: &HashMap<Id, PersonRef>, member_id: Option<Id>, name: Option<String>) -> Result<Trainer> {
    let name = match member_id {
        Some(id) => kept(people.get(&id))?.full_name.clone(),
        None => name.unwrap_or_default(),
    };
    Ok(Trainer { member_id, name })
}

/// What may be done with a session by who keeps the course.
fn actions(course: &CourseRow, row: &SessionRow) -> Vec<AllowedAction> {
    let href = format!("/api/v1/training-sessions/{}", row.id);
    let mut actions = Vec::new();
    if matches!(course.status, CourseStatus::Completed | CourseStatus::Cancelled) || row.attendance_closed_at.is_some() {
        return actions;
    }
    if course.status == CourseStatus::Running {
        actions.push(AllowedAction::act("close_attendance", format!("{href}/attendance-closings")));
    }
    actions.push(AllowedAction::update(href));
    actions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_that_touch_do_not_overlap() {
        let span = |from, to| (Instant::from_millis(from), Instant::from_millis(to));
        for (one, other, both) in [
            ((0, 10), (10, 20), false),
            ((0, 11), (10, 20), true),
            ((12, 13), (10, 20), true),
            ((10, 20), (10, 20), true),
            ((20, 30), (10, 20), false),
        ] {
            assert_eq!(overlap(span(one.0, one.1), span(other.0, other.1)), both, "{one:?} {other:?}");
            assert_eq!(overlap(span(other.0, other.1), span(one.0, one.1)), both, "{other:?} {one:?}");
        }
    }

    #[test]
    fn a_day_is_one_of_vietnam() {
        // 2026-02-28T17:00:00Z is midnight there.
        assert_eq!(day_of(Instant::from_millis(1_772_298_000_000)).to_string(), "2026-03-01");
        assert_eq!(day_of(Instant::from_millis(1_772_297_999_999)).to_string(), "2026-02-28");
    }

    #[test]
    fn the_share_of_discussion_is_rounded() {
        for (minutes, discussion, told) in [(0, 0, None), (180, 45, Some("0.25")), (90, 30, Some("0.33")), (60, 60, Some("1.00"))]
        {
            assert_eq!(Taught { minutes, discussion }.discussion_rate().as_deref(), told);
        }
    }
}
