//! Appointments: who holds, or held, which post in which unit, from a day to a day.

use actix_web::{HttpRequest, HttpResponse, get, patch, post, web};
use chrono::NaiveDate;
use diesel::{
    BoolExpressionMethods, ExpressionMethods, Insertable, NullableExpressionMethods, QueryDsl, Queryable, Selectable,
    SelectableHelper,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::{
    model::{AppointmentEndReason, AppointmentManner, AppointmentStatus, PersonRef, Post, SeatKind},
    people::{self, Person, below, kept},
    rules, terms,
};
use crate::{
    access::{Access, Action, Resource, Scope},
    calendar::{today, within},
    complaints,
    db::{
        Change, Db, Id, Instant, Reader, Tx,
        schema::{appointments, terms as terms_table, unit_bodies, units as units_table},
    },
    http::{
        AllowedAction, Answer, Code, Command, FieldError, Json, List, Listing, Locale, NoFilters, Page, Paging, Patch, Problem,
        ProblemBody, Query, Result, Shape, Text, answer, page,
    },
    members::MemberStatus,
    units::{self, UnitKind, UnitRef},
};

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list_appointments)
        .service(create_appointment)
        .service(get_appointment)
        .service(update_appointment)
        .service(end_appointment);
}

// ---- types

/// The row.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = appointments)]
pub struct AppointmentRow {
    pub id: Id,
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub member_id: Id,
    pub unit_id: Id,
    pub body_id: Option<Id>,
    pub post: Post,
    pub term_id: Option<Id>,
    pub manner: AppointmentManner,
    pub is_full_time: bool,
    pub seat_kind: SeatKind,
    pub sector: Option<String>,
    pub decision_no: Option<String>,
    pub starts_on: NaiveDate,
    pub ends_on: Option<NaiveDate>,
    pub end_reason: Option<AppointmentEndReason>,
    pub status: AppointmentStatus,
}

/// Somebody in a post of a unit, now or in the past.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Appointment {
    pub id: Id,
    /// Rises by one with each change; the `ETag`.
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub member_id: Id,
    pub member: PersonRef,
    pub unit_id: Id,
    /// As it is called today.
    pub unit: UnitRef,
    /// The committee or department in which the post is, if it is in one.
    pub body_id: Option<Id>,
    pub post: Post,
    /// The term it is for (`GET /terms`).
    pub term_id: Option<Id>,
    pub manner: AppointmentManner,
    /// Full-time (chuyên trách), or beside other work.
    pub is_full_time: bool,
    pub seat_kind: SeatKind,
    /// The sector that the seat is for, with `seat_kind` `sector`.
    #[schema(example = "Giáo dục")]
    pub sector: Option<String>,
    #[schema(example = "25-QĐ/BTV")]
    pub decision_no: Option<String>,
    pub starts_on: NaiveDate,
    /// The first day on which she no longer held it; empty while she does.
    pub ends_on: Option<NaiveDate>,
    pub end_reason: Option<AppointmentEndReason>,
    pub status: AppointmentStatus,
    /// What you may do with it now.
    pub allowed_actions: Vec<AllowedAction>,
}

/// Somebody comes to a post.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAppointment {
    /// A UUIDv7 of your own, if you make ids; sent again, the same request finds the same appointment.
    pub id: Option<Id>,
    /// Who: somebody on the roll, of 18 or over on the first day.
    pub member_id: Id,
    /// Where: a unit that stood on the first day.
    pub unit_id: Id,
    /// A committee or department of that unit.
    pub body_id: Option<Id>,
    /// One that there is in units of that kind. A unit has one president, branch head, group head, club head and head
    /// of its Inspection Committee at a time.
    pub post: Post,
    /// A term of the unit or of one above it; the first day lies in it.
    pub term_id: Option<Id>,
    pub manner: AppointmentManner,
    pub is_full_time: bool,
    pub seat_kind: SeatKind,
    /// With `seat_kind` `sector`, and only then.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100, example = "Giáo dục")]
    pub sector: Option<String>,
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100, example = "25-QĐ/BTV")]
    pub decision_no: Option<String>,
    /// The first day; not in the future.
    pub starts_on: NaiveDate,
    /// Only to enter what is over: the first day on which she no longer held it, with `end_reason`.
    pub ends_on: Option<NaiveDate>,
    pub end_reason: Option<AppointmentEndReason>,
}

/// What of an appointment is corrected in place. Another person, unit or post is another appointment; its end is
/// `POST /appointments/{id}/endings`.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AppointmentCorrection {
    pub body_id: Option<Id>,
    pub term_id: Option<Id>,
    pub manner: AppointmentManner,
    pub is_full_time: bool,
    pub seat_kind: SeatKind,
    /// With `seat_kind` `sector`, and only then.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    pub sector: Option<String>,
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    pub decision_no: Option<String>,
    pub starts_on: NaiveDate,
    /// Of an appointment that has ended, and only then.
    pub ends_on: Option<NaiveDate>,
    /// Of an appointment that has ended, and only then.
    pub end_reason: Option<AppointmentEndReason>,
}

/// Somebody leaves a post.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AppointmentEnding {
    /// The first day on which she no longer holds it; not in the future.
    pub ends_on: NaiveDate,
    pub reason: AppointmentEndReason,
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100, example = "31-QĐ/BTV")]
    pub decision_no: Option<String>,
}

/// Filters of `GET /appointments`.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AppointmentFilters {
    /// In this unit.
    pub unit: Option<Id>,
    /// In the subtree of this unit, itself included.
    pub within: Option<Id>,
    /// Only these posts.
    #[serde(default)]
    pub post: Vec<Post>,
    /// Of this person.
    pub member_id: Option<Id>,
    /// Both held and ended ones unless you say otherwise.
    #[serde(default)]
    pub status: Vec<AppointmentStatus>,
    /// Only full-time ones, or only others.
    pub is_full_time: Option<bool>,
    /// Held on this day.
    #[param(example = "2025-06-30")]
    pub as_of: Option<NaiveDate>,
    /// Held now, and the term runs out before this day.
    #[param(example = "2026-12-31")]
    pub expiring_before: Option<NaiveDate>,
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
    "body_id",
    "post",
    "term_id",
    "manner",
    "is_full_time",
    "seat_kind",
    "sector",
    "decision_no",
    "starts_on",
    "ends_on",
    "end_reason",
    "status",
    "allowed_actions",
];

// ---- queries

/// Place in the list: first day, then id.
type ByDay = (NaiveDate, Id);

pub(super) fn list(
    reader: &mut Reader<'_>,
    scope: &Scope,
    filters: &AppointmentFilters,
    after: Option<ByDay>,
    descending: bool,
    limit: i64,
) -> Result<Page<AppointmentRow, ByDay>> {
    let mut query = appointments::table.select(AppointmentRow::as_select()).into_boxed();
    if let Some(roots) = scope.roots() {
        query = query.filter(appointments::unit_id.eq_any(below(roots)));
    }
    if let Some(top) = filters.within {
        query = query.filter(appointments::unit_id.eq_any(below(vec![top])));
    }
    if let Some(unit) = filters.unit {
        query = query.filter(appointments::unit_id.eq(unit));
    }
    if let Some(member) = filters.member_id {
        query = query.filter(appointments::member_id.eq(member));
    }
    if !filters.post.is_empty() {
        query = query.filter(appointments::post.eq_any(filters.post.clone()));
    }
    if !filters.status.is_empty() {
        query = query.filter(appointments::status.eq_any(filters.status.clone()));
    }
    if let Some(wanted) = filters.is_full_time {
        query = query.filter(appointments::is_full_time.eq(wanted));
    }
    if let Some(day) = filters.as_of {
        query = query
            .filter(appointments::starts_on.le(day))
            .filter(appointments::ends_on.is_null().or(appointments::ends_on.gt(day)));
    }
    if let Some(day) = filters.expiring_before {
        let over = terms_table::table.filter(terms_table::ends_on.le(day)).select(terms_table::id.nullable());
        query = query.filter(appointments::status.eq(AppointmentStatus::Held)).filter(appointments::term_id.eq_any(over));
    }
    query = match (after, descending) {
        (Some((day, id)), false) => {
            query.filter(appointments::starts_on.gt(day).or(appointments::starts_on.eq(day).and(appointments::id.gt(id))))
        }
        (Some((day, id)), true) => {
            query.filter(appointments::starts_on.lt(day).or(appointments::starts_on.eq(day).and(appointments::id.lt(id))))
        }
        (None, _) => query,
    };
    query = if descending {
        query.order((appointments::starts_on.desc(), appointments::id.desc()))
    } else {
        query.order((appointments::starts_on.asc(), appointments::id.asc()))
    };
    let rows = reader.load(query.limit(limit + 1))?;
    Ok(Page::of(rows, limit, |row: &AppointmentRow| (row.starts_on, row.id), None))
}

pub(super) fn find(reader: &mut Reader<'_>, scope: &Scope, id: Id) -> Result<AppointmentRow> {
    let row: AppointmentRow = reader.one(appointments::table.find(id).select(AppointmentRow::as_select()))?;
    units::store::reach(reader, scope, row.unit_id)?;
    Ok(row)
}

pub(super) fn create(tx: &mut Tx<'_>, scope: &Scope, id: Id, new: &NewAppointment) -> Result<AppointmentRow> {
    let now = tx.now();
    rules::check_past_day("/starts_on", new.starts_on, today())?;
    let lineage = units::store::reach_field(&mut tx.read(), scope, "/unit_id", new.unit_id)?;
    let person = people::reach_field(&mut tx.read(), scope, "/member_id", new.member_id)?;
    if let Some(end) = new.ends_on {
        rules::check_past_day("/ends_on", end, today())?;
        rules::check_period("/ends_on", new.starts_on, Some(end))?;
    }
    if new.ends_on.is_some() != new.end_reason.is_some() {
        return Err(Problem::field(
            "/end_reason",
            "end_and_reason",
            "Ngày thôi và lý do phải đi cùng nhau",
            "The last day and its reason go together",
        ));
    }
    let row = AppointmentRow {
        id,
        version: 1,
        created_at: now,
        updated_at: now,
        member_id: new.member_id,
        unit_id: new.unit_id,
        body_id: new.body_id,
        post: new.post,
        term_id: new.term_id,
        manner: new.manner,
        is_full_time: new.is_full_time,
        seat_kind: new.seat_kind,
        sector: new.sector.clone(),
        decision_no: new.decision_no.clone(),
        starts_on: new.starts_on,
        ends_on: new.ends_on,
        end_reason: new.end_reason,
        status: if new.ends_on.is_some() { AppointmentStatus::Ended } else { AppointmentStatus::Held },
    };
    check_person(&person, &row)?;
    check_unit(tx, &row)?;
    check_seat(tx, &lineage, &row)?;
    check_free(tx, &row)?;
    tx.record(Change::new("create", "appointments", id, 1).at(row.unit_id).on(row.starts_on).after(new));
    tx.execute(diesel::insert_into(appointments::table).values(&row))?;
    if row.status == AppointmentStatus::Held {
        people::end_core(tx, &person, row.starts_on)?;
    }
    Ok(row)
}

pub(super) fn correct(
    tx: &mut Tx<'_>,
    scope: &Scope,
    row: AppointmentRow,
    before: &AppointmentCorrection,
    after: &AppointmentCorrection,
) -> Result<AppointmentRow> {
    let lineage = units::store::reach(&mut tx.read(), scope, row.unit_id)?;
    let row = AppointmentRow {
        version: row.version + 1,
        updated_at: tx.now(),
        body_id: after.body_id,
        term_id: after.term_id,
        manner: after.manner,
        is_full_time: after.is_full_time,
        seat_kind: after.seat_kind,
        sector: after.sector.clone(),
        decision_no: after.decision_no.clone(),
        starts_on: after.starts_on,
        ends_on: after.ends_on,
        end_reason: after.end_reason,
        ..row
    };
    for (pointer, given) in [("/ends_on", row.ends_on.is_some()), ("/end_reason", row.end_reason.is_some())] {
        check_end(pointer, given, row.status)?;
    }
    if (after.starts_on, after.ends_on) != (before.starts_on, before.ends_on) {
        rules::check_past_day("/starts_on", row.starts_on, today())?;
        if let Some(end) = row.ends_on {
            rules::check_past_day("/ends_on", end, today())?;
        }
        let moved = if after.ends_on == before.ends_on { "/starts_on" } else { "/ends_on" };
        rules::check_period(moved, row.starts_on, row.ends_on)?;
        let person = people::reach_field(&mut tx.read(), scope, "/member_id", row.member_id)?;
        check_age(&person, &row)?;
        check_unit(tx, &row)?;
        check_free(tx, &row)?;
    }
    check_seat(tx, &lineage, &row)?;
    tx.record(Change::new("update", "appointments", row.id, row.version).at(row.unit_id).before(before).after(after));
    save(tx, &row)?;
    Ok(row)
}

/// What has ended has an end and a reason for it; what is held has neither.
fn check_end(pointer: &str, given: bool, status: AppointmentStatus) -> Result<()> {
    match (given, status) {
        (false, AppointmentStatus::Ended) => Err(Problem::field(pointer, "required", "Bắt buộc phải có", "Must be given")),
        (true, AppointmentStatus::Held) => Err(Problem::field(
            pointer,
            "not_ended_yet",
            "Đang giữ chức vụ; hãy kết thúc bằng POST …/endings",
            "The post is held; end it by POST …/endings",
        )),
        _ => Ok(()),
    }
}

pub(super) fn end(tx: &mut Tx<'_>, scope: &Scope, row: AppointmentRow, ending: &AppointmentEnding) -> Result<AppointmentRow> {
    units::store::reach(&mut tx.read(), scope, row.unit_id)?;
    if row.status == AppointmentStatus::Ended {
        return Err(Problem::say(Code::InvalidTransition, "Người này đã thôi giữ chức vụ", "The post was left already")
            .with("allowed_actions", json!(actions(&row))));
    }
    rules::check_past_day("/ends_on", ending.ends_on, today())?;
    rules::check_period("/ends_on", row.starts_on, Some(ending.ends_on))?;
    close(tx, row, ending.ends_on, ending.reason, ending.decision_no.clone())
}

fn close(
    tx: &mut Tx<'_>,
    row: AppointmentRow,
    day: NaiveDate,
    reason: AppointmentEndReason,
    decision_no: Option<String>,
) -> Result<AppointmentRow> {
    let row = AppointmentRow {
        version: row.version + 1,
        updated_at: tx.now(),
        ends_on: Some(day),
        end_reason: Some(reason),
        status: AppointmentStatus::Ended,
        ..row
    };
    tx.record(
        Change::new("end", "appointments", row.id, row.version)
            .at(row.unit_id)
            .on(day)
            .because(decision_no)
            .before(&json!({ "status": "held" }))
            .after(&json!({ "status": "ended", "ends_on": day, "end_reason": reason })),
    );
    save(tx, &row)?;
    units::posts::release(tx, row.member_id, day)?;
    if reason == AppointmentEndReason::Dismissed {
        complaints::watch(tx, row.member_id)?;
    }
    Ok(row)
}

fn save(tx: &mut Tx<'_>, row: &AppointmentRow) -> Result<()> {
    let seen = appointments::table.filter(appointments::id.eq(row.id)).filter(appointments::version.eq(row.version - 1));
    let saved = tx.execute(diesel::update(seen).set((
        appointments::version.eq(row.version),
        appointments::updated_at.eq(row.updated_at),
        appointments::body_id.eq(row.body_id),
        appointments::term_id.eq(row.term_id),
        appointments::manner.eq(row.manner),
        appointments::is_full_time.eq(row.is_full_time),
        appointments::seat_kind.eq(row.seat_kind),
        appointments::sector.eq(&row.sector),
        appointments::decision_no.eq(&row.decision_no),
        appointments::starts_on.eq(row.starts_on),
        appointments::ends_on.eq(row.ends_on),
        appointments::end_reason.eq(row.end_reason),
        appointments::status.eq(row.status),
    )))?;
    Problem::unless_one(saved)
}

/// She is on the roll today, if she is to hold the post today, and was old enough on its first day.
fn check_person(person: &Person, row: &AppointmentRow) -> Result<()> {
    if row.status == AppointmentStatus::Held && person.status != MemberStatus::Active {
        return Err(Problem::field(
            "/member_id",
            "not_active",
            "Người này không còn trong danh sách",
            "This person is no longer on the roll",
        ));
    }
    check_age(person, row)
}

fn check_age(person: &Person, row: &AppointmentRow) -> Result<()> {
    if person.birth().surely_at_least(18, row.starts_on) {
        return Ok(());
    }
    Err(Problem::field(
        "/member_id",
        "under_age",
        "Chưa đủ 18 tuổi vào ngày nhận chức vụ",
        "Not yet 18 years old on the first day",
    ))
}

/// The unit stood from the first day to the last, and has such a post.
fn check_unit(tx: &mut Tx<'_>, row: &AppointmentRow) -> Result<()> {
    let (kind, founded, closed): (UnitKind, NaiveDate, Option<NaiveDate>) = tx
        .read()
        .one(units_table::table.find(row.unit_id).select((units_table::kind, units_table::founded_on, units_table::closed_on)))?;
    if !rules::may_be_held_in(row.post, kind) {
        return Err(Problem::field(
            "/post",
            "wrong_post",
            format!("{} không có chức vụ {}", kind.label(Locale::Vi), row.post.label(Locale::Vi)),
            format!("There is no {} in a {kind} unit", row.post),
        ));
    }
    let stood = founded <= row.starts_on && closed.is_none_or(|closed| row.ends_on.is_some_and(|end| end <= closed));
    if stood {
        return Ok(());
    }
    Err(Problem::field(
        "/unit_id",
        "unit_not_active",
        "Đơn vị không hoạt động trong thời gian này",
        "The unit does not stand in that time",
    ))
}

/// Sector, body and term fit.
fn check_seat(tx: &mut Tx<'_>, lineage: &[Id], row: &AppointmentRow) -> Result<()> {
    match (row.seat_kind, &row.sector) {
        (SeatKind::Sector, None) => {
            return Err(Problem::field(
                "/sector",
                "required",
                "Cơ cấu ngành phải ghi rõ ngành",
                "A sector seat names its sector",
            ));
        }
        (SeatKind::Core | SeatKind::Locality, Some(_)) => {
            return Err(Problem::field(
                "/sector",
                "not_for_this_seat",
                "Chỉ ghi ngành khi seat_kind là sector",
                "Only for a seat_kind of sector",
            ));
        }
        _ => {}
    }
    if let Some(body) = row.body_id {
        let found: Option<(NaiveDate, Option<NaiveDate>)> = tx.read().optional(
            unit_bodies::table
                .filter(unit_bodies::id.eq(body).and(unit_bodies::unit_id.eq(row.unit_id)))
                .select((unit_bodies::valid_from, unit_bodies::valid_to)),
        )?;
        if !found.is_some_and(|(from, to)| within(row.starts_on, from, to)) {
            return Err(Problem::field(
                "/body_id",
                "unknown_body",
                "Đơn vị không có ban này vào ngày bắt đầu",
                "The unit has no such body on the first day",
            ));
        }
    }
    if let Some(term) = row.term_id {
        let found: Option<terms::TermRow> =
            tx.read().optional(terms_table::table.find(term).select(terms::TermRow::as_select()))?;
        let Some(term) = found.filter(|term| lineage.contains(&term.unit_id)) else {
            return Err(Problem::field(
                "/term_id",
                "unknown_term",
                "Đơn vị này và cấp trên không có nhiệm kỳ đó",
                "Neither the unit nor one above it has such a term",
            ));
        };
        if !within(row.starts_on, term.starts_on, Some(term.ends_on)) {
            return Err(Problem::field(
                "/starts_on",
                "outside_term",
                format!("Phải trong nhiệm kỳ {} – {}", term.starts_on, term.ends_on),
                format!("Must lie in the term {} – {}", term.starts_on, term.ends_on),
            ));
        }
    }
    Ok(())
}

/// Nobody else is in a post that one person holds at a time, and nobody is twice in one.
fn check_free(tx: &mut Tx<'_>, row: &AppointmentRow) -> Result<()> {
    let others: Vec<AppointmentRow> = tx.read().load(
        appointments::table
            .filter(appointments::unit_id.eq(row.unit_id))
            .filter(appointments::post.eq(row.post))
            .filter(appointments::id.ne(row.id))
            .filter(appointments::ends_on.is_null().or(appointments::ends_on.gt(row.starts_on)))
            .select(AppointmentRow::as_select()),
    )?;
    let mut others = others.iter().filter(|other| rules::overlap(row.starts_on, row.ends_on, other.starts_on, other.ends_on));
    let hers = |other: &AppointmentRow| other.member_id == row.member_id;
    let Some(other) = others.find(|other| hers(other) || rules::is_single(row.post)) else { return Ok(()) };
    let holder = kept(people::refs(&mut tx.read(), &[other.member_id])?.remove(&other.member_id))?;
    let (code, text) = if hers(other) {
        (
            "already_in_post",
            Text::new(
                format!("Đã giữ chức vụ này từ {}", other.starts_on),
                format!("She is in this post already, since {}", other.starts_on),
            ),
        )
    } else {
        (
            "post_taken",
            Text::new(
                format!("{} giữ chức vụ này từ {}", holder.full_name, other.starts_on),
                format!("{} is in this post since {}", holder.full_name, other.starts_on),
            ),
        )
    };
    // The unit lies within the caller's scope, so she may know who is there.
    Err(Problem::say(Code::Conflict, text.vi.clone(), text.en.clone())
        .with_errors(vec![FieldError::body("/post", code, text)])
        .with(
            "holder",
            json!({ "appointment_id": other.id, "member_id": holder.id, "full_name": holder.full_name,
                    "starts_on": other.starts_on, "ends_on": other.ends_on }),
        ))
}

// ---- routes

/// List appointments
///
/// Who holds or held which post, by first day. The whole board of one unit on a day: `GET /units/{id}/board`; one row a
/// person: `GET /officers`. For every role with officers within its reach.
#[utoipa::path(tag = "officers", operation_id = "list_appointments", params(AppointmentFilters, Paging, Shape), responses(
    (status = 200, description = "A page of appointments", body = Listing<Appointment>),
), security(("password" = [])))]
#[get("/appointments")]
async fn list_appointments(access: Access, db: web::Data<Db>, query: Query<AppointmentFilters, List>) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Officers)?;
    query.shape.check(FIELDS, &[])?;
    let filters = query.filters.clone();
    let write = access.to(Action::Update, Resource::Officers).ok();
    page::list(&db, access.principal().id, &query, "starts_on", move |reader, after, descending, limit| {
        let rows = list(reader, &scope, &filters, after, descending, limit)?;
        Ok(Page { items: views(reader, write.as_ref(), rows.items)?, next: rows.next, total: rows.total })
    })
    .await
}

/// Read an appointment
///
/// For every role with officers within its reach.
#[utoipa::path(tag = "officers", operation_id = "get_appointment", params(("id" = Id, Path, description = "The appointment"), Shape), responses(
    (status = 200, description = "The appointment", body = Appointment, headers(("ETag" = String, description = "Its version"))),
    (status = 304, description = "Not changed since the version in If-None-Match"),
    (status = 404, description = "There is no such appointment", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[get("/appointments/{id}")]
async fn get_appointment(
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

/// Appoint somebody to a post
///
/// She is on the roll and within your reach, 18 or over; the unit has such a post. Where one person holds it at a time
/// and somebody does, the answer is 409 with `holder`. A core member stops being one on the same day. For
/// `base_editor`, `base_president` and `province_org`.
#[utoipa::path(tag = "officers", operation_id = "create_appointment", request_body = NewAppointment, responses(
    (status = 201, description = "Appointed", body = Appointment),
    (status = 409, description = "The post is taken, or the id is in use", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/appointments")]
async fn create_appointment(command: Command<Json<NewAppointment>>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Create, Resource::Officers)?;
    let read = command.access.to(Action::Read, Resource::Officers)?;
    let write = scope.clone();
    command
        .run(&scope, move |tx, Json(new), given| {
            let id = new.id.unwrap_or_default();
            if new.id.is_some() && given.claim_id(tx, "appointments", id, new)? {
                let row = find(&mut tx.read(), &read, id)?;
                return show(tx, &write, row);
            }
            let row = create(tx, &write, id, new)?;
            let made = view(&mut tx.read(), Some(&write), row)?;
            Answer::created(format!("/api/v1/appointments/{id}"), made.version, &made)
        })
        .await
}

/// Correct an appointment
///
/// What was entered wrongly; once it has ended, the end as well. Another person, unit or post is another appointment. For
/// `base_editor`, `base_president` and `province_org`.
#[utoipa::path(tag = "officers", operation_id = "update_appointment", params(("id" = Id, Path, description = "The appointment"),
    ("If-Match" = String, Header, description = "The version you have read")),
    request_body(content = Patch<AppointmentCorrection>, content_type = "application/merge-patch+json"), responses(
    (status = 200, description = "As it is now", body = Appointment),
    (status = 404, description = "There is no such appointment", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "The post is taken in that time", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[patch("/appointments/{id}")]
async fn update_appointment(command: Command<Patch<AppointmentCorrection>>, id: web::Path<Id>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Officers)?;
    let (write, id) = (scope.clone(), id.into_inner());
    command
        .run(&scope, move |tx, patch, given| {
            let row = find(&mut tx.read(), &write, id)?;
            given.check_version(tx, id, row.version, patch.names())?;
            if patch.is_empty() {
                return show(tx, &write, row);
            }
            let before = AppointmentCorrection {
                body_id: row.body_id,
                term_id: row.term_id,
                manner: row.manner,
                is_full_time: row.is_full_time,
                seat_kind: row.seat_kind,
                sector: row.sector.clone(),
                decision_no: row.decision_no.clone(),
                starts_on: row.starts_on,
                ends_on: row.ends_on,
                end_reason: row.end_reason,
            };
            let after = patch.apply(&before)?;
            let row = correct(tx, &write, row, &before, &after)?;
            show(tx, &write, row)
        })
        .await
}

/// End an appointment
///
/// She leaves the post; the appointment stays in the history of person and unit. With her last post end the units she
/// looked after, and her planned visits are cancelled. For `base_editor`, `base_president` and `province_org`.
#[utoipa::path(tag = "officers", operation_id = "end_appointment", params(("id" = Id, Path, description = "The appointment"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = AppointmentEnding, responses(
    (status = 200, description = "As it is now", body = Appointment),
    (status = 404, description = "There is no such appointment", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "It has ended already", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/appointments/{id}/endings")]
async fn end_appointment(command: Command<Json<AppointmentEnding>>, id: web::Path<Id>) -> Result<HttpResponse> {
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

fn show(tx: &mut Tx<'_>, write: &Scope, row: AppointmentRow) -> Result<Answer> {
    let found = view(&mut tx.read(), Some(write), row)?;
    Answer::changed(found.version, &found)
}

fn view(reader: &mut Reader<'_>, write: Option<&Scope>, row: AppointmentRow) -> Result<Appointment> {
    kept(views(reader, write, vec![row])?.pop())
}

/// What may be done with an appointment, by whom may write it.
fn actions(row: &AppointmentRow) -> Vec<AllowedAction> {
    let href = format!("/api/v1/appointments/{}", row.id);
    let update = AllowedAction::update(href.clone());
    match row.status {
        AppointmentStatus::Held => {
            vec![AllowedAction::act("end", format!("{href}/endings")).requiring(&["ends_on", "reason"]), update]
        }
        AppointmentStatus::Ended => vec![update],
    }
}

/// What the caller sees of appointments.
pub(super) fn views(reader: &mut Reader<'_>, write: Option<&Scope>, rows: Vec<AppointmentRow>) -> Result<Vec<Appointment>> {
    let (members, places): (Vec<Id>, Vec<Id>) = rows.iter().map(|row| (row.member_id, row.unit_id)).unzip();
    let people = people::refs(reader, &members)?;
    let units = units::store::refs(reader, &places)?;
    let lineages = if write.is_some() { units::store::lineages(reader, &places)? } else { Default::default() };
    rows.into_iter()
        .map(|row| {
            let writable = write.is_some_and(|scope| lineages.get(&row.unit_id).is_some_and(|lineage| scope.reaches(lineage)));
            let allowed_actions = if writable { actions(&row) } else { Vec::new() };
            Ok(Appointment {
                id: row.id,
                version: row.version,
                created_at: row.created_at,
                updated_at: row.updated_at,
                member_id: row.member_id,
                member: kept(people.get(&row.member_id).cloned())?,
                unit_id: row.unit_id,
                unit: kept(units.get(&row.unit_id).cloned())?,
                body_id: row.body_id,
                post: row.post,
                term_id: row.term_id,
                manner: row.manner,
                is_full_time: row.is_full_time,
                seat_kind: row.seat_kind,
                sector: row.sector,
                decision_no: row.decision_no,
                starts_on: row.starts_on,
                ends_on: row.ends_on,
                end_reason: row.end_reason,
                status: row.status,
                allowed_actions,
            })
        })
        .collect()
}
