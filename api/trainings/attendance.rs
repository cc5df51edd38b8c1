//! Attendance: from the list, one or many at once, or by a code that trainees type in.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use diesel::{ExpressionMethods, QueryDsl, Queryable, Selectable, SelectableHelper};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::{
    AttendanceMark, AttendanceSource, CourseStatus, EnrolmentStatus,
    courses::{self, CourseRow},
    enrolments::{self, EnrolmentRow, Me},
    said,
    sessions::{self, SessionRow},
};
use crate::{
    access::{Access, Action, Policy, Resource},
    db::{
        Change, Db, Id, Instant, Reader, Tx,
        schema::{attendance_codes, attendances, enrolments as enrolments_table},
    },
    http::{Answer, Bare, Code, Command, Json, Listing, NoFilters, NotTaken, NotThere, Problem, Query, Result, page},
    keys::{Keys, Purpose, digest, random_bytes},
    officers::{
        PersonRef,
        people::{self, kept},
    },
    units,
};

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list_session_attendances)
        .service(record_session_attendances)
        .service(issue_attendance_code)
        .service(check_in_attendance);
}

// ---- types

/// Whether a trainee was at a session.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Attendance {
    pub enrolment_id: Id,
    pub member_id: Id,
    pub member: PersonRef,
    /// Empty: not taken yet.
    pub mark: Option<AttendanceMark>,
    /// Minutes that count.
    pub minutes: i64,
    pub source: Option<AttendanceSource>,
    pub recorded_at: Option<Instant>,
    /// Why it was changed after the closing.
    pub reason: Option<String>,
}

/// One line of the list.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AttendanceLine {
    /// A trainee with a place in the course.
    pub enrolment_id: Id,
    pub mark: AttendanceMark,
    /// Of somebody who was there for a part; all minutes of the session unless you say otherwise.
    #[validate(range(min = 0, max = 720))]
    #[schema(minimum = 0, maximum = 720, example = 210)]
    pub minutes: Option<i64>,
}

/// Who was there: one, some or all; what was taken before for the same trainee is replaced.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AttendanceList {
    #[validate(length(min = 1, max = 500), nested)]
    #[schema(min_items = 1, max_items = 500)]
    pub items: Vec<AttendanceLine>,
    /// Needed once the attendance is closed, or three days after the session.
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300, example = "Ghi nhầm")]
    pub reason: Option<String>,
}

/// How long a code is to be good.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAttendanceCode {
    #[validate(range(min = 1, max = 240))]
    #[schema(minimum = 1, maximum = 240, example = 15)]
    pub minutes: i64,
}

/// A code, shown once: read out, written on the board, or as a QR code on the screen.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AttendanceCode {
    pub session_id: Id,
    #[schema(example = "7K2M-9QXR")]
    pub code: String,
    pub expires_at: Instant,
}

/// A trainee is there.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AttendanceCheckIn {
    /// As it stands on the board; case and hyphens do not matter.
    #[validate(length(min = 1, max = 20))]
    #[schema(min_length = 1, max_length = 20, example = "7K2M-9QXR")]
    pub code: String,
    /// The trainee, when somebody of her unit types it in for her; empty: yourself.
    pub member_id: Option<Id>,
}

// ---- queries

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = attendances)]
struct AttendanceRow {
    enrolment_id: Id,
    mark: AttendanceMark,
    minutes: i64,
    source: AttendanceSource,
    recorded_at: Instant,
    reason: Option<String>,
}

fn of_session(reader: &mut Reader<'_>, session_id: Id) -> Result<Vec<AttendanceRow>> {
    reader.load(attendances::table.filter(attendances::session_id.eq(session_id)).select(AttendanceRow::as_select()))
}

/// Minutes that somebody attended in all sessions.
pub(super) fn attended(reader: &mut Reader<'_>, enrolment_id: Id) -> Result<i64> {
    let minutes: Vec<i64> =
        reader.load(attendances::table.filter(attendances::enrolment_id.eq(enrolment_id)).select(attendances::minutes))?;
    Ok(minutes.iter().sum())
}

/// Trainees whose attendance is taken: they have, or had, a place.
fn takes_part(row: &EnrolmentRow) -> bool {
    matches!(
        row.status,
        EnrolmentStatus::Confirmed | EnrolmentStatus::Passed | EnrolmentStatus::NotPassed | EnrolmentStatus::Dropped
    )
}

/// One mark in place of what was there before, and what follows from it. The change is recorded before.
fn write(
    tx: &mut Tx<'_>,
    session: &SessionRow,
    row: EnrolmentRow,
    mark: AttendanceMark,
    minutes: i64,
    source: AttendanceSource,
    reason: Option<&str>,
) -> Result<()> {
    let there = attendances::table.filter(attendances::session_id.eq(session.id)).filter(attendances::enrolment_id.eq(row.id));
    tx.execute(diesel::delete(there))?;
    tx.execute(diesel::insert_into(attendances::table).values((
        attendances::session_id.eq(session.id),
        attendances::enrolment_id.eq(row.id),
        attendances::mark.eq(mark),
        attendances::minutes.eq(minutes),
        attendances::source.eq(source),
        attendances::recorded_at.eq(tx.now()),
        attendances::reason.eq(reason),
    )))?;
    enrolments::recount(tx, row)?;
    Ok(())
}

/// The session has a new version, so that two who take the list at once see each other.
fn touch(tx: &mut Tx<'_>, session: SessionRow, change: &serde_json::Value, reason: Option<&str>) -> Result<SessionRow> {
    let row = SessionRow { version: session.version + 1, updated_at: tx.now(), ..session };
    tx.record(
        Change::new("take_attendance", "training_sessions", row.id, row.version)
            .at(row.unit_id)
            .because(reason.map(str::to_owned))
            .after(change),
    );
    sessions::save(tx, &row)?;
    Ok(row)
}

/// C3: a course whose first session has begun runs.
fn start_if_open(tx: &mut Tx<'_>, course: CourseRow) -> Result<CourseRow> {
    if course.takes_trainees() { courses::start(tx, course) } else { Ok(course) }
}

fn require_running(course: &CourseRow) -> Result<()> {
    if course.takes_trainees() || course.status == CourseStatus::Running {
        return Ok(());
    }
    Err(Problem::say(Code::InvalidTransition, "Lớp chưa mở hoặc đã kết thúc", "The course is not open, or over")
        .with("allowed_actions", json!([])))
}

fn take_list(tx: &mut Tx<'_>, course: CourseRow, session: SessionRow, list: &AttendanceList) -> Result<SessionRow> {
    require_running(&course)?;
    if session.starts_at > tx.now() {
        return Err(Problem::conflict("", "not_begun_yet", "Buổi học chưa bắt đầu", "The session has not begun"));
    }
    let late = tx.now() > session.ends_at.plus_seconds(sessions::CLOSING_DAYS * 24 * 3600);
    let reason = list.reason.as_deref().map(|words| said("/reason", words)).transpose()?;
    if (session.attendance_closed_at.is_some() || late) && reason.is_none() {
        return Err(Problem::field(
            "/reason",
            "reason_after_closing",
            "Điểm danh đã chốt hoặc quá 3 ngày: cần lý do",
            "The attendance is closed, or three days have passed: say why",
        ));
    }
    let mut rows: std::collections::HashMap<Id, EnrolmentRow> =
        enrolments::of_course(&mut tx.read(), course.id)?.into_iter().filter(takes_part).map(|row| (row.id, row)).collect();
    let mut lines = Vec::new();
    for (index, line) in list.items.iter().enumerate() {
        // Taken out: nobody stands in the list twice.
        let row = rows.remove(&line.enrolment_id).ok_or_else(|| {
            Problem::field(
                format!("/items/{index}/enrolment_id"),
                "unknown_trainee",
                "Không phải học viên có chỗ trong lớp, hoặc ghi hai lần",
                "Not a trainee with a place in the course, or named twice",
            )
        })?;
        let minutes = match line.mark {
            AttendanceMark::Present => line.minutes.unwrap_or(session.minutes()),
            _ => line.minutes.unwrap_or(0),
        };
        let most = if line.mark == AttendanceMark::Present { session.minutes() } else { 0 };
        if minutes > most {
            return Err(Problem::field(
                format!("/items/{index}/minutes"),
                "too_late",
                format!("Không quá {most} phút"),
                format!("No more than {most} minutes"),
            ));
        }
        lines.push((row, line.mark, minutes));
    }
    let session = touch(tx, session, &json!({ "items": list.items }), reason.as_deref())?;
    start_if_open(tx, course)?;
    for (row, mark, minutes) in lines {
        write(tx, &session, row, mark, minutes, AttendanceSource::List, reason.as_deref())?;
    }
    Ok(session)
}

/// At the closing: whoever has a place and was not marked was not there.
pub(super) fn mark_the_rest(tx: &mut Tx<'_>, session: &SessionRow) -> Result<()> {
    let marked: Vec<Id> = of_session(&mut tx.read(), session.id)?.into_iter().map(|row| row.enrolment_id).collect();
    for row in enrolments::of_course(&mut tx.read(), session.course_id)? {
        if row.status == EnrolmentStatus::Confirmed && !marked.contains(&row.id) {
            write(tx, session, row, AttendanceMark::Absent, 0, AttendanceSource::List, None)?;
        }
    }
    Ok(())
}

/// Crockford's alphabet: no letter that looks like a digit.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// So many random characters in groups of four.
pub(super) fn random_code<const N: usize>() -> String {
    let characters = random_bytes::<N>().map(|byte| char::from(ALPHABET[usize::from(byte % 32)]));
    characters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

/// As it was meant: O, I and L are the digits they look like.
pub(super) fn plain_code(code: &str) -> String {
    code.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect()
}

/// What is kept of a code: forty bits can be tried against a plain hash, against one with a key they cannot.
pub(super) fn code_digest(keys: &Keys, what: &[u8], code: &str) -> Vec<u8> {
    keys.mac(Purpose::Fingerprint, &digest(&[what, plain_code(code).as_bytes()])).to_vec()
}

const CODE: &[u8] = b"attendance-code";

fn check_in(tx: &mut Tx<'_>, access: &Access, check_in: &AttendanceCheckIn) -> Result<EnrolmentRow> {
    // Wrong, out of date, of a course she is not in: one answer.
    let bad = || {
        Problem::field(
            "/code",
            "invalid_code",
            "Mã không đúng, đã hết hạn, hoặc không phải lớp của học viên này",
            "The code is wrong, has run out, or is not of a course of this trainee",
        )
    };
    let me = Me::of(access);
    let Some(member_id) = check_in.member_id.or(me.person) else {
        return Err(Problem::field(
            "/member_id",
            "required",
            "Tài khoản chưa gắn với hội viên: hãy chọn học viên",
            "Your account does not say who you are: name the trainee",
        ));
    };
    let hash = code_digest(tx.keys(), CODE, &check_in.code);
    let now = tx.now();
    let session: Option<Id> = tx.read().optional(
        attendance_codes::table
            .filter(attendance_codes::digest.eq(hash))
            .filter(attendance_codes::expires_at.gt(now))
            .select(attendance_codes::session_id),
    )?;
    let session = session.ok_or_else(bad)?;
    let session: SessionRow = tx.read().one({
        use crate::db::schema::training_sessions as table;
        table::table.find(session).select(SessionRow::as_select())
    })?;
    let row: Option<EnrolmentRow> = tx.read().optional(
        enrolments_table::table
            .filter(enrolments_table::course_id.eq(session.course_id))
            .filter(enrolments_table::member_id.eq(member_id))
            .filter(enrolments_table::status.eq(EnrolmentStatus::Confirmed))
            .select(EnrolmentRow::as_select()),
    )?;
    let row = row.ok_or_else(bad)?;
    if me.person != Some(member_id) {
        let scope = access.to(Action::Update, Resource::Trainings).map_err(|_| bad())?;
        let lineage = units::store::lineage(&mut tx.read(), row.unit_id)?;
        use crate::access::Role::{BaseEditor, BasePresident, BranchHead};
        if ![BranchHead, BaseEditor, BasePresident].iter().any(|role| scope.has_role_at(*role, &lineage)) {
            return Err(bad());
        }
    }
    if session.attendance_closed_at.is_some() {
        return Err(bad());
    }
    let course = courses::load(&mut tx.read(), session.course_id)?;
    require_running(&course).map_err(|_| bad())?;
    let change = json!({ "items": [{ "enrolment_id": row.id, "mark": "present" }] });
    let session = touch(tx, session, &change, None)?;
    start_if_open(tx, course)?;
    let (id, minutes) = (row.id, session.minutes());
    write(tx, &session, row, AttendanceMark::Present, minutes, AttendanceSource::Code, None)?;
    tx.read().one(enrolments_table::table.find(id).select(EnrolmentRow::as_select()))
}

// ---- routes

/// List the attendance of a session
///
/// Of every trainee with a place whom you reach, whether it was taken or not.
#[utoipa::path(tag = "courses", operation_id = "list_session_attendances", params(("id" = Id, Path, description = "The session")),
    responses((status = 200, description = "All trainees", body = Listing<Attendance>), NotThere), security(("password" = [])))]
#[get("/training-sessions/{id}/attendances")]
async fn list_session_attendances(
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters, Bare>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Trainings)?;
    let id = id.into_inner();
    let found = db
        .read(move |reader| {
            let (session, _, lineage) = sessions::find(reader, &scope, id)?;
            let all = scope.reaches(&lineage);
            entries(reader, &session, |above| all || scope.reaches(above))
        })
        .await?;
    page::whole(&query, &found)
}

fn entries(reader: &mut Reader<'_>, session: &SessionRow, seen: impl Fn(&[Id]) -> bool) -> Result<Vec<Attendance>> {
    let rows: Vec<EnrolmentRow> = enrolments::of_course(reader, session.course_id)?.into_iter().filter(takes_part).collect();
    let lineages = units::store::lineages(reader, &rows.iter().map(|row| row.unit_id).collect::<Vec<_>>())?;
    let people = people::refs(reader, &rows.iter().map(|row| row.member_id).collect::<Vec<_>>())?;
    let marks = of_session(reader, session.id)?;
    rows.into_iter()
        .filter(|row| lineages.get(&row.unit_id).is_some_and(|above| seen(above)))
        .map(|row| {
            let mark = marks.iter().find(|mark| mark.enrolment_id == row.id);
            Ok(Attendance {
                enrolment_id: row.id,
                member_id: row.member_id,
                member: kept(people.get(&row.member_id).cloned())?,
                mark: mark.map(|mark| mark.mark),
                minutes: mark.map_or(0, |mark| mark.minutes),
                source: mark.map(|mark| mark.source),
                recorded_at: mark.map(|mark| mark.recorded_at),
                reason: mark.and_then(|mark| mark.reason.clone()),
            })
        })
        .collect()
}

/// Take the attendance of a session
///
/// One, some or all trainees; what was taken before for the same trainee is replaced. The first one starts the course.
#[utoipa::path(tag = "courses", operation_id = "record_session_attendances", params(("id" = Id, Path, description = "The session"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = AttendanceList,
    responses((status = 200, description = "The list as it is now", body = Listing<Attendance>), NotTaken), security(("password" = [])))]
#[post("/training-sessions/{id}/attendances")]
async fn record_session_attendances(command: Command<Json<AttendanceList>>, id: web::Path<Id>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Trainings)?;
    let read = command.access.to(Action::Read, Resource::Trainings)?;
    let (write, id, caller) = (scope.clone(), id.into_inner(), command.access.principal().id);
    command
        .run(&scope, move |tx, Json(list), given| {
            let (session, course, lineage) = sessions::find(&mut tx.read(), &read, id)?;
            if !courses::keeps(&write, &lineage, caller, &course) {
                return Err(enrolments::forbidden());
            }
            given.check_version(tx, id, session.version, std::iter::empty())?;
            let session = take_list(tx, course, session, list)?;
            let items = entries(&mut tx.read(), &session, |_| true)?;
            Answer::done(&Listing { items, next: None, total: None })
        })
        .await
}

/// Give out a code for a session
///
/// Trainees type it in, or scan it from a QR code. It is shown once; several may be good at the same time.
#[utoipa::path(tag = "courses", operation_id = "issue_attendance_code", params(("id" = Id, Path, description = "The session")),
    request_body = NewAttendanceCode, extensions(("x-shown" = json!(true))),
    responses((status = 201, description = "The code", body = AttendanceCode), NotTaken), security(("password" = [])))]
#[post("/training-sessions/{id}/attendance-codes")]
async fn issue_attendance_code(command: Command<Json<NewAttendanceCode>>, id: web::Path<Id>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Trainings)?;
    let read = command.access.to(Action::Read, Resource::Trainings)?;
    let (write, id, caller) = (scope.clone(), id.into_inner(), command.access.principal().id);
    command
        .run_shown(&scope, move |tx, Json(new), _| {
            let (session, course, lineage) = sessions::find(&mut tx.read(), &read, id)?;
            if !courses::keeps(&write, &lineage, caller, &course) {
                return Err(enrolments::forbidden());
            }
            require_running(&course)?;
            let (code, now) = (random_code::<8>(), tx.now());
            let expires_at = now.plus_seconds(new.minutes * 60);
            tx.record(
                Change::new("issue_code", "training_sessions", session.id, session.version)
                    .at(session.unit_id)
                    .after(&json!({ "expires_at": expires_at })),
            );
            tx.execute(diesel::insert_into(attendance_codes::table).values((
                attendance_codes::digest.eq(code_digest(tx.keys(), CODE, &code)),
                attendance_codes::session_id.eq(session.id),
                attendance_codes::created_at.eq(now),
                attendance_codes::expires_at.eq(expires_at),
            )))?;
            let given = AttendanceCode { session_id: session.id, code, expires_at };
            Ok(Answer::done(&given)?.with_status(actix_web::http::StatusCode::CREATED))
        })
        .await
}

/// Check in at a session
///
/// With the code on the board: for yourself, or by her unit for a trainee. A wrong code, one that has run out and one of another
/// course are not told apart; tries are limited like look-ups.
#[utoipa::path(tag = "courses", operation_id = "check_in_attendance", request_body = AttendanceCheckIn,
    responses((status = 200, description = "The enrolment as it is now", body = super::enrolments::Enrolment)), security(("password" = [])))]
#[post("/training-attendances/check-ins")]
async fn check_in_attendance(request: HttpRequest, command: Command<Json<AttendanceCheckIn>>) -> Result<HttpResponse> {
    command.access.limit(&request, Policy::Lookup)?;
    let scope = command.access.as_oneself(Action::Update, Resource::Trainings);
    let access = command.access.clone();
    command
        .run(&scope, move |tx, Json(body), _| {
            let row = check_in(tx, &access, body)?;
            let write = access.to(Action::Update, Resource::Trainings).ok();
            let found = enrolments::view(&mut tx.read(), write.as_ref(), Me::of(&access), row)?;
            Answer::done(&found)
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_may_be_typed_as_it_was_heard() {
        let code = random_code::<8>();
        assert_eq!((code.len(), code.matches('-').count()), (9, 1));
        assert_eq!(plain_code("7k2m 9qxr"), plain_code("7K2M-9QXR"));
        assert_eq!(plain_code("oil"), "011");
    }
}
