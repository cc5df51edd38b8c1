//! Calendars: of a person, of a unit, and by secret addresses that a phone subscribes to, since it sends no token.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use diesel::{BoolExpressionMethods, ExpressionMethods, Insertable, QueryDsl, Queryable, Selectable, SelectableHelper};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::{EnrolmentStatus, FeedKind, completions, sessions::SessionRow};
use crate::{
    access::{Access, AccessState, Action, Policy, Resource, Rights, Scope, limit_address},
    db::{
        Change, Db, Id, Instant, Reader, Tx,
        schema::{calendar_feeds, courses, enrolments, session_trainers, training_sessions, units},
    },
    http::{
        AllowedAction, Answer, Bare, Code, Command, Json, Listing, NoBody, NoFilters, NotTaken, NotThere, Problem, Query, Result,
        ical::{self, CalendarEntry, EntryTime},
        page,
    },
    keys::{Keys, Purpose, digest, random_secret},
    officers::people::below,
};

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(get_officer_calendar)
        .service(get_unit_calendar)
        .service(list_calendar_feeds)
        .service(create_calendar_feed)
        .service(revoke_calendar_feed)
        .service(get_calendar_feed);
}

// ---- where the dates come from

/// Whose dates are wanted.
#[derive(Clone, Copy, Debug)]
pub(super) enum Whose {
    Person(Id),
    Unit(Id),
}

/// Who wants them: what she may read, asked anew each time; her own dates are hers without any right.
type Right<'r> = &'r dyn Fn(Resource) -> Option<Scope>;

/// Each gives the dates of one resource that the asker may see. Another resource is another line in [`SOURCES`].
type Source = fn(&mut Reader<'_>, Whose, Right<'_>) -> Result<Vec<CalendarEntry>>;

const SOURCES: &[Source] = &[sessions_of];

/// How far back a calendar goes.
const PAST_SECONDS: i64 = 90 * 24 * 3600;
/// So many dates at most.
const MOST: i64 = 500;

fn entries(reader: &mut Reader<'_>, whose: Whose, right: Right<'_>) -> Result<Vec<CalendarEntry>> {
    let mut all = Vec::new();
    for source in SOURCES {
        all.extend(source(reader, whose, right)?);
    }
    Ok(all)
}

/// Sessions in which a person teaches or has a place; those that a unit's subtree holds, or in which its people have places.
fn sessions_of(reader: &mut Reader<'_>, whose: Whose, right: Right<'_>) -> Result<Vec<CalendarEntry>> {
    let since = Instant::now().plus_seconds(-PAST_SECONDS);
    let recent = training_sessions::table.filter(training_sessions::starts_at.ge(since));
    let part = [EnrolmentStatus::Confirmed, EnrolmentStatus::Passed, EnrolmentStatus::NotPassed, EnrolmentStatus::Released];
    let rows: Vec<SessionRow> = match whose {
        Whose::Person(person) => {
            let attends = enrolments::table
                .filter(enrolments::member_id.eq(person))
                .filter(enrolments::status.eq_any(part))
                .select(enrolments::course_id);
            let teaches =
                session_trainers::table.filter(session_trainers::member_id.eq(person)).select(session_trainers::session_id);
            reader.load(
                recent
                    .filter(training_sessions::course_id.eq_any(attends).or(training_sessions::id.eq_any(teaches)))
                    .order((training_sessions::starts_at.asc(), training_sessions::id.asc()))
                    .limit(MOST)
                    .select(SessionRow::as_select()),
            )?
        }
        Whose::Unit(unit) => {
            if right(Resource::Trainings).is_none() {
                return Ok(Vec::new());
            }
            let attends = enrolments::table
                .filter(enrolments::unit_id.eq_any(below(vec![unit])))
                .filter(enrolments::status.eq_any(part))
                .select(enrolments::course_id);
            reader.load(
                recent
                    .filter(training_sessions::course_id.eq_any(attends).or(training_sessions::unit_id.eq_any(below(vec![unit]))))
                    .order((training_sessions::starts_at.asc(), training_sessions::id.asc()))
                    .limit(MOST)
                    .select(SessionRow::as_select()),
            )?
        }
    };
    let mut wanted: Vec<Id> = rows.iter().map(|row| row.course_id).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let titles: Vec<(Id, String)> =
        reader.load(courses::table.filter(courses::id.eq_any(wanted)).select((courses::id, courses::title)))?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let course = titles.iter().find(|(id, _)| *id == row.course_id).map_or("", |(_, title)| title.as_str());
            CalendarEntry {
                title: format!("{course}: {}", row.topic),
                time: EntryTime::Span(row.starts_at, row.ends_at),
                description: row.remote_link,
                place: row.place,
                id: row.id,
                updated_at: row.updated_at,
                version: row.version,
                is_cancelled: row.is_cancelled,
            }
        })
        .collect())
}

// ---- types

/// The row.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = calendar_feeds)]
struct FeedRow {
    id: Id,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
    principal_id: Id,
    kind: FeedKind,
    unit_id: Option<Id>,
    digest: Vec<u8>,
    revoked_at: Option<Instant>,
}

/// An address that a calendar program subscribes to.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CalendarFeed {
    pub id: Id,
    /// Rises by one with each change; the `ETag`.
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub kind: FeedKind,
    /// Of a `unit`.
    pub unit_id: Option<Id>,
    /// Since when it gives nothing more.
    pub revoked_at: Option<Instant>,
    /// What you may do with it now.
    pub allowed_actions: Vec<AllowedAction>,
}

/// A new address. Whoever has it reads the calendar: it is shown once.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NewCalendarFeedAddress {
    pub feed: CalendarFeed,
    #[schema(example = "https://hoi.example.vn/api/v1/calendar-feeds/7mQx…")]
    pub address: String,
}

/// Which calendar.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCalendarFeed {
    /// `mine` needs an account that says who you are.
    pub kind: FeedKind,
    /// With `unit`: one within your reach.
    pub unit_id: Option<Id>,
}

// ---- queries

fn hash(keys: &Keys, secret: &str) -> Vec<u8> {
    keys.mac(Purpose::Fingerprint, &digest(&[b"calendar-feed", secret.as_bytes()])).to_vec()
}

fn create(tx: &mut Tx<'_>, access: &Access, new: &NewCalendarFeed) -> Result<(FeedRow, String)> {
    match (new.kind, new.unit_id) {
        (FeedKind::Unit, Some(unit)) => {
            let scope = access.to(Action::Read, Resource::Trainings)?;
            crate::units::store::reach_field(&mut tx.read(), &scope, "/unit_id", unit)?;
        }
        (FeedKind::Unit, None) => return Err(super::required("/unit_id")),
        (FeedKind::Mine, Some(_)) => {
            return Err(Problem::field(
                "/unit_id",
                "not_for_this_kind",
                "Chỉ dùng cho lịch của đơn vị",
                "For a unit's calendar only",
            ));
        }
        (FeedKind::Mine, None) if access.principal().member_id.is_none() => {
            return Err(Problem::field(
                "/kind",
                "account_without_person",
                "Tài khoản chưa gắn với hội viên",
                "Your account does not say who you are",
            ));
        }
        (FeedKind::Mine, None) => {}
    }
    let secret = random_secret();
    let (id, now) = (Id::new(), tx.now());
    let row = FeedRow {
        id,
        version: 1,
        created_at: now,
        updated_at: now,
        principal_id: access.principal().id,
        kind: new.kind,
        unit_id: new.unit_id,
        digest: hash(tx.keys(), &secret),
        revoked_at: None,
    };
    tx.record(Change::new("create", "calendar_feeds", id, 1).after(new));
    tx.execute(diesel::insert_into(calendar_feeds::table).values(&row))?;
    Ok((row, secret))
}

/// One's own.
fn find(reader: &mut Reader<'_>, caller: Id, id: Id) -> Result<FeedRow> {
    reader.one(
        calendar_feeds::table
            .filter(calendar_feeds::id.eq(id))
            .filter(calendar_feeds::principal_id.eq(caller))
            .select(FeedRow::as_select()),
    )
}

fn revoke(tx: &mut Tx<'_>, row: FeedRow) -> Result<FeedRow> {
    if row.revoked_at.is_some() {
        return Err(Problem::say(Code::InvalidTransition, "Địa chỉ này đã hủy", "The address was revoked already")
            .with("allowed_actions", json!([])));
    }
    let row = FeedRow { version: row.version + 1, updated_at: tx.now(), revoked_at: Some(tx.now()), ..row };
    tx.record(Change::new("revoke", "calendar_feeds", row.id, row.version).after(&json!({ "revoked_at": row.revoked_at })));
    let seen = calendar_feeds::table.filter(calendar_feeds::id.eq(row.id)).filter(calendar_feeds::version.eq(row.version - 1));
    let saved = tx.execute(diesel::update(seen).set((
        calendar_feeds::version.eq(row.version),
        calendar_feeds::updated_at.eq(row.updated_at),
        calendar_feeds::revoked_at.eq(row.revoked_at),
    )))?;
    Problem::unless_one(saved)?;
    Ok(row)
}

/// What a secret address gives: by the rights that its account has at this moment.
fn by_secret(reader: &mut Reader<'_>, digest: Vec<u8>) -> Result<(String, Vec<CalendarEntry>)> {
    let row: Option<FeedRow> = reader.optional(
        calendar_feeds::table
            .filter(calendar_feeds::digest.eq(digest))
            .filter(calendar_feeds::revoked_at.is_null())
            .select(FeedRow::as_select()),
    )?;
    let row = row.ok_or_else(Problem::not_found)?;
    let rights = Rights::of(reader, row.principal_id)?.ok_or_else(Problem::not_found)?;
    let right = |resource| rights.to(Action::Read, resource).ok();
    match (row.kind, row.unit_id, rights.member_id) {
        (FeedKind::Mine, _, Some(person)) => Ok((MINE.into(), entries(reader, Whose::Person(person), &right)?)),
        (FeedKind::Unit, Some(unit), _) => {
            let scope = right(Resource::Trainings).ok_or_else(Problem::not_found)?;
            crate::units::store::reach(reader, &scope, unit)?;
            Ok((name_of(reader, unit)?, entries(reader, Whose::Unit(unit), &right)?))
        }
        _ => Err(Problem::not_found()),
    }
}

const MINE: &str = "Lịch bồi dưỡng của tôi";

fn name_of(reader: &mut Reader<'_>, unit: Id) -> Result<String> {
    let name: String = reader.one(units::table.find(unit).select(units::name))?;
    Ok(format!("Lịch bồi dưỡng: {name}"))
}

// ---- routes

/// Read somebody's sessions as a calendar
///
/// iCalendar (RFC 5545): where she teaches or has a place, from three months ago on.
#[utoipa::path(tag = "courses", operation_id = "get_officer_calendar", params(("id" = Id, Path, description = "The person")),
    responses((status = 200, description = "iCalendar", body = String, content_type = "text/calendar"), NotThere), security(("password" = [])))]
#[get("/officers/{id}/training-sessions.ics")]
async fn get_officer_calendar(
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    _query: Query<NoFilters, Bare>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Trainings)?;
    let id = id.into_inner();
    let found = db
        .read(move |reader| {
            completions::reach(reader, &scope, id)?;
            sessions_of(reader, Whose::Person(id), &|_| Some(scope.clone()))
        })
        .await?;
    ical::calendar("Lịch bồi dưỡng", &found)
}

/// Read a unit's sessions as a calendar
///
/// iCalendar (RFC 5545): what its subtree holds, and where its people have places, from three months ago on.
#[utoipa::path(tag = "courses", operation_id = "get_unit_calendar", params(("id" = Id, Path, description = "The unit")),
    responses((status = 200, description = "iCalendar", body = String, content_type = "text/calendar"), NotThere), security(("password" = [])))]
#[get("/units/{id}/training-sessions.ics")]
async fn get_unit_calendar(
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    _query: Query<NoFilters, Bare>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Trainings)?;
    let id = id.into_inner();
    let (name, found) = db
        .read(move |reader| {
            crate::units::store::reach(reader, &scope, id)?;
            Ok((name_of(reader, id)?, sessions_of(reader, Whose::Unit(id), &|_| Some(scope.clone()))?))
        })
        .await?;
    ical::calendar(&name, &found)
}

/// List your calendar addresses
///
/// Without their secrets: those were shown once.
#[utoipa::path(tag = "calendar", operation_id = "list_calendar_feeds",
    responses((status = 200, description = "All of them", body = Listing<CalendarFeed>)), security(("password" = [])))]
#[get("/calendar-feeds")]
async fn list_calendar_feeds(access: Access, db: web::Data<Db>, query: Query<NoFilters, Bare>) -> Result<HttpResponse> {
    let caller = access.principal().id;
    let rows: Vec<FeedRow> = db
        .read(move |reader| {
            reader.load(
                calendar_feeds::table
                    .filter(calendar_feeds::principal_id.eq(caller))
                    .order(calendar_feeds::id.asc())
                    .select(FeedRow::as_select()),
            )
        })
        .await?;
    page::whole(&query, &rows.into_iter().map(view).collect::<Vec<_>>())
}

/// Make a calendar address
///
/// For a calendar program, which sends no token. Whoever has the address reads the calendar, by the rights that your account has
/// at that moment. It is shown once; revoke it when it has fallen into other hands.
#[utoipa::path(tag = "calendar", operation_id = "create_calendar_feed", request_body = NewCalendarFeed, extensions(("x-shown" = json!(true))),
    responses((status = 201, description = "The address", body = NewCalendarFeedAddress), (status = 422, description = "A field is wrong",
        body = crate::http::ProblemBody, content_type = "application/problem+json")), security(("password" = [])))]
#[post("/calendar-feeds")]
async fn create_calendar_feed(command: Command<Json<NewCalendarFeed>>, state: web::Data<AccessState>) -> Result<HttpResponse> {
    let scope = command.access.as_oneself(Action::Create, Resource::Trainings);
    let (access, base) = (command.access.clone(), state.settings().base_url.clone());
    command
        .run_shown(&scope, move |tx, Json(new), _| {
            let (row, secret) = create(tx, &access, new)?;
            let made = NewCalendarFeedAddress { feed: view(row), address: format!("{base}/api/v1/calendar-feeds/{secret}") };
            Ok(Answer::done(&made)?.with_status(actix_web::http::StatusCode::CREATED))
        })
        .await
}

/// Revoke a calendar address
///
/// One of your own. From now on it gives nothing.
#[utoipa::path(tag = "calendar", operation_id = "revoke_calendar_feed", params(("id" = Id, Path, description = "The address"),
    ("If-Match" = String, Header, description = "The version you have read")),
    responses((status = 200, description = "As it is now", body = CalendarFeed), NotTaken), security(("password" = [])))]
#[post("/calendar-feeds/{id}/revocations")]
async fn revoke_calendar_feed(command: Command<NoBody>, id: web::Path<Id>) -> Result<HttpResponse> {
    let scope = command.access.as_oneself(Action::Update, Resource::Trainings);
    let (id, caller) = (id.into_inner(), command.access.principal().id);
    command
        .run(&scope, move |tx, _, given| {
            let row = find(&mut tx.read(), caller, id)?;
            given.check_version(tx, id, row.version, std::iter::empty())?;
            let row = revoke(tx, row)?;
            Answer::changed(row.version, &view(row))
        })
        .await
}

/// Read a calendar by its secret address
///
/// For calendar programs, without a token. An address that there is not, one that was revoked and one whose account may not any
/// more are answered alike.
#[utoipa::path(tag = "calendar", operation_id = "get_calendar_feed", params(("secret" = String, Path, description = "The last part of the address")),
    responses((status = 200, description = "iCalendar", body = String, content_type = "text/calendar"), NotThere), security(()))]
#[get("/calendar-feeds/{secret}")]
async fn get_calendar_feed(
    request: HttpRequest,
    db: web::Data<Db>,
    secret: web::Path<String>,
    _query: Query<NoFilters, Bare>,
) -> Result<HttpResponse> {
    limit_address(&request, Policy::Lookup)?;
    let digest = hash(db.keys(), &secret);
    let (name, found) = db.read(move |reader| by_secret(reader, digest)).await?;
    ical::calendar(&name, &found)
}

fn view(row: FeedRow) -> CalendarFeed {
    let revoke =
        row.revoked_at.is_none().then(|| AllowedAction::act("revoke", format!("/api/v1/calendar-feeds/{}/revocations", row.id)));
    CalendarFeed {
        id: row.id,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
        kind: row.kind,
        unit_id: row.unit_id,
        revoked_at: row.revoked_at,
        allowed_actions: revoke.into_iter().collect(),
    }
}
