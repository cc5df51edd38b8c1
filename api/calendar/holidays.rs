//! Days off, and days of a weekend that are worked instead. 2017 to 2030 ship with the service (`data/README.md`); the
//! installation keeps them from then on. What was wrong is ended with a reason, not overwritten.

use std::{collections::HashSet, sync::LazyLock};

use actix_web::{HttpRequest, HttpResponse, get, patch, post, web};
use chrono::{Datelike, NaiveDate, Weekday};
use diesel::{BoolExpressionMethods, ExpressionMethods, Insertable, QueryDsl, Queryable, Selectable, SelectableHelper};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::{clocks, days::WorkCalendar, policies::said};
use crate::{
    access::{Access, Action, Resource, Scope},
    code_list,
    db::{
        Change, Db, Id, Instant, Reader, Tx,
        schema::{holiday_years, holidays},
    },
    http::{
        AllowedAction, Answer, Code, Command, Json, List, Listing, NoFilters, NotChanged, NotMade, NotThere, Page, Paging, Patch,
        Problem, ProblemBody, Query, Result, Shape, answer, page,
    },
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list_holidays)
        .service(create_holiday)
        .service(get_holiday)
        .service(end_holiday)
        .service(list_holiday_years)
        .service(create_holiday_year)
        .service(get_holiday_year)
        .service(update_holiday_year);
}

// ---- types

code_list! {
    HolidayKind in "holiday_kinds" {
        DayOff = "day_off", "Ngày nghỉ", "Day off";
        WorkingDay = "working_day", "Ngày làm bù", "Worked instead of another day";
    }
}

code_list! {
    HolidayStatus in "holiday_statuses" {
        Active = "active", "Đang áp dụng", "Active";
        Ended = "ended", "Đã bỏ", "Taken back";
    }
}

code_list! {
    /// How it is known that a day is off.
    Provenance in "holiday_provenances" {
        Law = "law", "Theo luật", "By law";
        Announced = "announced", "Theo thông báo của năm", "Announced for the year";
        Unsure = "unsure", "Đã áp dụng, chưa rõ văn bản", "Observed, by a document not known";
        Computed = "computed", "Tạm tính, chờ thông báo", "Computed, until it is announced";
    }
}

/// The row.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = holidays)]
struct HolidayRow {
    id: Id,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
    day: NaiveDate,
    kind: HolidayKind,
    name: String,
    provenance: Provenance,
    legal_basis: String,
    ended_at: Option<Instant>,
    end_reason: Option<String>,
}

/// A day off beside weekends, or a day of a weekend that is worked instead.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Holiday {
    pub id: Id,
    /// Rises by one with each change; the `ETag`.
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub day: NaiveDate,
    pub kind: HolidayKind,
    #[schema(example = "Tết Nguyên đán")]
    pub name: String,
    pub provenance: Provenance,
    /// The law or the announcement it comes from.
    #[schema(example = "Thông báo 9441/TB-BNV ngày 16/10/2025")]
    pub legal_basis: String,
    pub status: HolidayStatus,
    pub ended_at: Option<Instant>,
    /// Why it was taken back.
    pub end_reason: Option<String>,
    /// What you may do with it now.
    pub allowed_actions: Vec<AllowedAction>,
}

/// A further day.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewHoliday {
    /// A UUIDv7 of your own, if you make ids; sent again, the same request finds the same day.
    pub id: Option<Id>,
    /// One that is not in the table already; take the wrong one back first.
    pub day: NaiveDate,
    /// A day that is worked must lie on a weekend.
    pub kind: HolidayKind,
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100, example = "Tết Nguyên đán")]
    pub name: String,
    pub provenance: Provenance,
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300, example = "Thông báo 9441/TB-BNV ngày 16/10/2025")]
    pub legal_basis: String,
}

/// That a day is taken back.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HolidayEnding {
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300, example = "Thông báo chính thức chọn ngày khác")]
    pub reason: String,
}

/// Filters of `GET /holidays`.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct HolidayFilters {
    /// Only those of this year.
    #[param(example = 2026, minimum = 1976, maximum = 2100)]
    pub year: Option<i32>,
    #[serde(default)]
    pub kind: Vec<HolidayKind>,
    #[serde(default)]
    pub provenance: Vec<Provenance>,
    /// Nothing said: those that hold.
    #[serde(default)]
    pub status: Vec<HolidayStatus>,
}

/// The row.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = holiday_years)]
struct YearRow {
    id: Id,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
    year: i64,
    provenance: Provenance,
    legal_basis: String,
}

/// A year whose days off are all in the table.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HolidayYear {
    pub id: Id,
    /// Rises by one with each change; the `ETag`.
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    #[schema(example = 2031)]
    pub year: i64,
    pub provenance: Provenance,
    #[schema(example = "Thông báo 9441/TB-BNV ngày 16/10/2025")]
    pub legal_basis: String,
    /// What you may do with it now.
    pub allowed_actions: Vec<AllowedAction>,
}

/// A year, with its days.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewHolidayYear {
    /// A UUIDv7 of your own, if you make ids; sent again, the same request finds the same year.
    pub id: Option<Id>,
    /// One that is not there yet.
    #[validate(range(min = 1976, max = 2100))]
    #[schema(minimum = 1976, maximum = 2100, example = 2031)]
    pub year: i32,
    pub provenance: Provenance,
    /// The law or the announcement that all these days come from.
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300, example = "Thông báo 9441/TB-BNV ngày 16/10/2025")]
    pub legal_basis: String,
    /// All days of the year that are not in the table already.
    #[serde(default)]
    #[validate(length(max = 100), nested)]
    pub holidays: Vec<DayOfYear>,
}

/// A day of a year that is loaded.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DayOfYear {
    /// In the year.
    pub day: NaiveDate,
    /// A day that is worked must lie on a weekend.
    pub kind: HolidayKind,
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100, example = "Tết Nguyên đán")]
    pub name: String,
}

/// What of a year is changed in place: how it is known. Its days are taken back and added one by one.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HolidayYearCorrection {
    pub provenance: Provenance,
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300)]
    pub legal_basis: String,
}

const FIELDS: &[&str] = &[
    "id",
    "version",
    "created_at",
    "updated_at",
    "day",
    "kind",
    "name",
    "provenance",
    "legal_basis",
    "status",
    "ended_at",
    "end_reason",
    "allowed_actions",
];

const YEAR_FIELDS: &[&str] =
    &["id", "version", "created_at", "updated_at", "year", "provenance", "legal_basis", "allowed_actions"];

// ---- what is counted by

/// What is known of days off from a day on.
pub(crate) fn from(reader: &mut Reader<'_>, day: NaiveDate) -> Result<WorkCalendar> {
    let rows: Vec<(NaiveDate, HolidayKind, String)> =
        reader.load(holidays::table.filter(holidays::day.ge(day)).filter(holidays::ended_at.is_null()).select((
            holidays::day,
            holidays::kind,
            holidays::name,
        )))?;
    let years = known_years(reader)?;
    let (worked, off): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(_, kind, _)| *kind == HolidayKind::WorkingDay);
    Ok(WorkCalendar::of(off.into_iter().map(|(day, _, name)| (day, name)), worked.into_iter().map(|(day, ..)| day), years))
}

/// The years whose days off are known.
pub(super) fn known_years(reader: &mut Reader<'_>) -> Result<Vec<i32>> {
    let years: Vec<i64> = reader.load(holiday_years::table.select(holiday_years::year))?;
    Ok(years.into_iter().filter_map(|year| i32::try_from(year).ok()).collect())
}

// ---- what ships with the service

/// A line of the table that ships.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct ShippedDay {
    pub day: NaiveDate,
    pub kind: HolidayKind,
    pub name: String,
    pub provenance: Provenance,
    pub legal_basis: String,
}

/// The days that ship: 2017 to 2030.
pub(super) static SHIPPED: LazyLock<Vec<ShippedDay>> = LazyLock::new(|| {
    csv::Reader::from_reader(include_str!("data/holidays_2017_2030.csv").as_bytes())
        .into_deserialize()
        .collect::<std::result::Result<_, _>>()
        .expect("the shipped table of holidays is read by a test")
});

/// What a new installation knows.
pub(crate) fn shipped() -> WorkCalendar {
    let of = |kind| SHIPPED.iter().filter(move |shipped| shipped.kind == kind);
    WorkCalendar::of(
        of(HolidayKind::DayOff).map(|shipped| (shipped.day, shipped.name.clone())),
        of(HolidayKind::WorkingDay).map(|shipped| shipped.day),
        SHIPPED.iter().map(|shipped| shipped.day.year()),
    )
}

/// Loads the days off that ship with the service, once; the installation keeps them from then on.
pub(crate) fn ensure_holidays(tx: &mut Tx<'_>) -> Result<()> {
    let any: Vec<Id> = tx.read().load(holiday_years::table.select(holiday_years::id).limit(1))?;
    if !any.is_empty() {
        return Ok(());
    }
    let now = tx.now();
    for shipped in SHIPPED.iter() {
        tx.keep(diesel::insert_into(holidays::table).values(&HolidayRow {
            id: Id::new(),
            version: 1,
            created_at: now,
            updated_at: now,
            day: shipped.day,
            kind: shipped.kind,
            name: shipped.name.clone(),
            provenance: shipped.provenance,
            legal_basis: shipped.legal_basis.clone(),
            ended_at: None,
            end_reason: None,
        }))?;
    }
    let mut years: Vec<i32> = SHIPPED.iter().map(|shipped| shipped.day.year()).collect();
    years.dedup();
    for year in years {
        // Of a year its least sure day tells.
        let of_it = SHIPPED.iter().filter(|shipped| shipped.day.year() == year);
        let least = of_it.max_by_key(|shipped| shipped.provenance);
        tx.keep(diesel::insert_into(holiday_years::table).values(&YearRow {
            id: Id::new(),
            version: 1,
            created_at: now,
            updated_at: now,
            year: year.into(),
            provenance: least.map_or(Provenance::Unsure, |shipped| shipped.provenance),
            legal_basis: least.map_or_else(String::new, |shipped| shipped.legal_basis.clone()),
        }))?;
    }
    Ok(())
}

// ---- days

/// Place in the list: day, then id.
type ByDay = (NaiveDate, Id);

/// The calendar is the country's, not a unit's: whoever may read it reads all.
fn list(
    reader: &mut Reader<'_>,
    _scope: &Scope,
    filters: &HolidayFilters,
    after: Option<ByDay>,
    descending: bool,
    limit: i64,
) -> Result<Page<HolidayRow, ByDay>> {
    use holidays::{day, ended_at, id, kind, provenance, table};
    let mut query = table.select(HolidayRow::as_select()).into_boxed();
    if let Some(year) = filters.year {
        let first = |year| NaiveDate::from_ymd_opt(year, 1, 1);
        let (Some(from), Some(to)) = (first(year), first(year.saturating_add(1))) else {
            return Err(Problem::parameter("year", "range", "Phải từ năm 1976 đến năm 2100", "Must lie between 1976 and 2100"));
        };
        query = query.filter(day.ge(from)).filter(day.lt(to));
    }
    if !filters.kind.is_empty() {
        query = query.filter(kind.eq_any(filters.kind.clone()));
    }
    if !filters.provenance.is_empty() {
        query = query.filter(provenance.eq_any(filters.provenance.clone()));
    }
    let wanted = |status| match filters.status.as_slice() {
        [] => status == HolidayStatus::Active,
        named => named.contains(&status),
    };
    if !wanted(HolidayStatus::Active) {
        query = query.filter(ended_at.is_not_null());
    }
    if !wanted(HolidayStatus::Ended) {
        query = query.filter(ended_at.is_null());
    }
    query = match (after, descending) {
        (Some((on, last)), false) => query.filter(day.gt(on).or(day.eq(on).and(id.gt(last)))),
        (Some((on, last)), true) => query.filter(day.lt(on).or(day.eq(on).and(id.lt(last)))),
        (None, _) => query,
    };
    query = if descending { query.order((day.desc(), id.desc())) } else { query.order((day.asc(), id.asc())) };
    Ok(Page::of(reader.load(query.limit(limit + 1))?, limit, |row: &HolidayRow| (row.day, row.id), None))
}

fn find(reader: &mut Reader<'_>, _scope: &Scope, id: Id) -> Result<HolidayRow> {
    reader.one(holidays::table.find(id).select(HolidayRow::as_select()))
}

/// A day that may be spoken of, is worked only where it would be off, and is not in the table.
fn check_new(tx: &mut Tx<'_>, prefix: &str, day: NaiveDate, kind: HolidayKind) -> Result<()> {
    let pointer = format!("{prefix}/day");
    super::check_day(&pointer, day)?;
    if kind == HolidayKind::WorkingDay && !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) {
        return Err(Problem::field(
            pointer,
            "not_a_weekend",
            "Ngày làm bù phải là thứ Bảy hoặc Chủ nhật",
            "A day that is worked instead is a Saturday or a Sunday",
        ));
    }
    let known: Vec<Id> = tx
        .read()
        .load(holidays::table.filter(holidays::day.eq(day)).filter(holidays::ended_at.is_null()).select(holidays::id))?;
    if known.is_empty() {
        return Ok(());
    }
    Err(Problem::field(pointer, "day_is_known", "Ngày này đã có trong lịch nghỉ", "This day is in the table already"))
}

fn create(tx: &mut Tx<'_>, _scope: &Scope, id: Id, new: &NewHoliday) -> Result<HolidayRow> {
    let now = tx.now();
    check_new(tx, "", new.day, new.kind)?;
    let row = HolidayRow {
        id,
        version: 1,
        created_at: now,
        updated_at: now,
        day: new.day,
        kind: new.kind,
        name: said("/name", &new.name)?,
        provenance: new.provenance,
        legal_basis: said("/legal_basis", &new.legal_basis)?,
        ended_at: None,
        end_reason: None,
    };
    tx.record(Change::new("create", "holidays", id, 1).on(row.day).after(new));
    tx.execute(diesel::insert_into(holidays::table).values(&row))?;
    clocks::follow_calendar(tx, row.day)?;
    Ok(row)
}

fn end(tx: &mut Tx<'_>, row: HolidayRow, ending: &HolidayEnding) -> Result<HolidayRow> {
    if row.ended_at.is_some() {
        return Err(Problem::say(Code::InvalidTransition, "Đã bỏ ngày này", "The day has been taken back")
            .with("allowed_actions", json!(actions(&row))));
    }
    let now = tx.now();
    let row = HolidayRow {
        version: row.version + 1,
        updated_at: now,
        ended_at: Some(now),
        end_reason: Some(said("/reason", &ending.reason)?),
        ..row
    };
    tx.record(Change::new("end", "holidays", row.id, row.version).on(row.day).before(&json!({ "reason": null })).after(ending));
    let seen = holidays::table.filter(holidays::id.eq(row.id)).filter(holidays::version.eq(row.version - 1));
    let saved = tx.execute(diesel::update(seen).set((
        holidays::version.eq(row.version),
        holidays::updated_at.eq(row.updated_at),
        holidays::ended_at.eq(row.ended_at),
        holidays::end_reason.eq(&row.end_reason),
    )))?;
    Problem::unless_one(saved)?;
    clocks::follow_calendar(tx, row.day)?;
    Ok(row)
}

// ---- years

fn list_years(
    reader: &mut Reader<'_>,
    _scope: &Scope,
    after: Option<i64>,
    descending: bool,
    limit: i64,
) -> Result<Page<YearRow, i64>> {
    let mut query = holiday_years::table.select(YearRow::as_select()).into_boxed();
    query = match (after, descending) {
        (Some(year), false) => query.filter(holiday_years::year.gt(year)),
        (Some(year), true) => query.filter(holiday_years::year.lt(year)),
        (None, _) => query,
    };
    query = if descending { query.order(holiday_years::year.desc()) } else { query.order(holiday_years::year.asc()) };
    Ok(Page::of(reader.load(query.limit(limit + 1))?, limit, |row: &YearRow| row.year, None))
}

fn find_year(reader: &mut Reader<'_>, _scope: &Scope, id: Id) -> Result<YearRow> {
    reader.one(holiday_years::table.find(id).select(YearRow::as_select()))
}

fn create_year(tx: &mut Tx<'_>, _scope: &Scope, id: Id, new: &NewHolidayYear) -> Result<YearRow> {
    let (now, year) = (tx.now(), i64::from(new.year));
    let known: Vec<Id> = tx.read().load(holiday_years::table.filter(holiday_years::year.eq(year)).select(holiday_years::id))?;
    if !known.is_empty() {
        return Err(Problem::field(
            "/year",
            "year_is_known",
            "Lịch nghỉ của năm này đã có",
            "The days of this year are there already",
        ));
    }
    let row = YearRow {
        id,
        version: 1,
        created_at: now,
        updated_at: now,
        year,
        provenance: new.provenance,
        legal_basis: said("/legal_basis", &new.legal_basis)?,
    };
    tx.record(Change::new("create", "holiday_years", id, 1).after(new));
    tx.execute(diesel::insert_into(holiday_years::table).values(&row))?;
    let mut days = HashSet::new();
    for (index, given) in new.holidays.iter().enumerate() {
        let prefix = format!("/holidays/{index}");
        if given.day.year() != new.year {
            return Err(Problem::field(
                format!("{prefix}/day"),
                "not_in_the_year",
                format!("Phải là ngày trong năm {year}"),
                format!("Must lie in {year}"),
            ));
        }
        if !days.insert(given.day) {
            return Err(Problem::field(
                format!("{prefix}/day"),
                "day_is_known",
                "Ngày này đã có ở trên",
                "This day is named above",
            ));
        }
        check_new(tx, &prefix, given.day, given.kind)?;
        tx.execute(diesel::insert_into(holidays::table).values(&HolidayRow {
            id: Id::new(),
            version: 1,
            created_at: now,
            updated_at: now,
            day: given.day,
            kind: given.kind,
            name: said(&format!("{prefix}/name"), &given.name)?,
            provenance: row.provenance,
            legal_basis: row.legal_basis.clone(),
            ended_at: None,
            end_reason: None,
        }))?;
    }
    let first = NaiveDate::from_ymd_opt(new.year, 1, 1).unwrap_or(NaiveDate::MIN);
    clocks::follow_calendar(tx, first)?;
    Ok(row)
}

fn correct_year(tx: &mut Tx<'_>, row: YearRow, before: &HolidayYearCorrection, after: &HolidayYearCorrection) -> Result<YearRow> {
    let row = YearRow {
        version: row.version + 1,
        updated_at: tx.now(),
        provenance: after.provenance,
        legal_basis: said("/legal_basis", &after.legal_basis)?,
        ..row
    };
    tx.record(Change::new("update", "holiday_years", row.id, row.version).before(before).after(after));
    let seen = holiday_years::table.filter(holiday_years::id.eq(row.id)).filter(holiday_years::version.eq(row.version - 1));
    let saved = tx.execute(diesel::update(seen).set((
        holiday_years::version.eq(row.version),
        holiday_years::updated_at.eq(row.updated_at),
        holiday_years::provenance.eq(row.provenance),
        holiday_years::legal_basis.eq(&row.legal_basis),
    )))?;
    Problem::unless_one(saved)?;
    Ok(row)
}

// ---- routes

/// List days off
///
/// By day: days off beside weekends, and days of a weekend that are worked instead. Every role may read them.
#[utoipa::path(tag = "calendar", operation_id = "list_holidays", params(HolidayFilters, Paging, Shape), responses(
    (status = 200, description = "A page of days", body = Listing<Holiday>),
), security(("password" = [])))]
#[get("/holidays")]
async fn list_holidays(access: Access, db: web::Data<Db>, query: Query<HolidayFilters, List>) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Calendar)?;
    query.shape.check(FIELDS, &[])?;
    let filters = query.filters.clone();
    page::list(&db, access.principal().id, &query, "day", move |reader, after, descending, limit| {
        Ok(list(reader, &scope, &filters, after, descending, limit)?.map(|row| view(keeps(&access), row)))
    })
    .await
}

/// Read a day off
///
/// Every role may read it.
#[utoipa::path(tag = "calendar", operation_id = "get_holiday", params(("id" = Id, Path, description = "The day"), Shape), responses(
    (status = 200, description = "The day", body = Holiday, headers(("ETag" = String, description = "Its version"))),
    (status = 304, description = "Not changed since the version in If-None-Match"),
    NotThere,
), security(("password" = [])))]
#[get("/holidays/{id}")]
async fn get_holiday(
    request: HttpRequest,
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Calendar)?;
    query.shape.check(FIELDS, &[])?;
    let id = id.into_inner();
    let row = db.read(move |reader| find(reader, &scope, id)).await?;
    answer::object(&request, &query.shape, row.version, &view(keeps(&access), row))
}

/// Add a day off
///
/// Or a day of a weekend that is worked instead of another. What runs is computed anew at once; a clock that moves keeps its former
/// last day beside the new one. For `it_admin` and `province_org`.
#[utoipa::path(tag = "calendar", operation_id = "create_holiday", request_body = NewHoliday, responses(
    (status = 201, description = "Added", body = Holiday),
    NotMade,
), security(("password" = [])))]
#[post("/holidays")]
async fn create_holiday(command: Command<Json<NewHoliday>>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Create, Resource::Calendar)?;
    let write = scope.clone();
    command
        .run(&scope, move |tx, Json(new), given| {
            let id = new.id.unwrap_or_default();
            if new.id.is_some() && given.claim_id(tx, "holidays", id, new)? {
                let row = find(&mut tx.read(), &write, id)?;
                return Answer::changed(row.version, &view(true, row));
            }
            let row = create(tx, &write, id, new)?;
            Answer::created(format!("/api/v1/holidays/{id}"), row.version, &view(true, row))
        })
        .await
}

/// Take a day off back
///
/// It stays readable with the reason. What runs is computed anew at once. For `it_admin` and `province_org`.
#[utoipa::path(tag = "calendar", operation_id = "end_holiday", params(("id" = Id, Path, description = "The day"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = HolidayEnding, responses(
    (status = 200, description = "As it is now", body = Holiday),
    (status = 404, description = "There is no such day", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "It was taken back already", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/holidays/{id}/endings")]
async fn end_holiday(command: Command<Json<HolidayEnding>>, id: web::Path<Id>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Calendar)?;
    let (write, id) = (scope.clone(), id.into_inner());
    command
        .run(&scope, move |tx, Json(ending), given| {
            let row = find(&mut tx.read(), &write, id)?;
            given.check_version(tx, id, row.version, std::iter::empty())?;
            let row = end(tx, row, ending)?;
            Answer::changed(row.version, &view(true, row))
        })
        .await
}

/// List the years whose days off are known
///
/// By year. A time limit that reaches into any other year counts weekends only, and is provisional. Every role may read them.
#[utoipa::path(tag = "calendar", operation_id = "list_holiday_years", params(Paging, Shape), responses(
    (status = 200, description = "A page of years", body = Listing<HolidayYear>),
), security(("password" = [])))]
#[get("/holiday-years")]
async fn list_holiday_years(access: Access, db: web::Data<Db>, query: Query<NoFilters, List>) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Calendar)?;
    query.shape.check(YEAR_FIELDS, &[])?;
    page::list(&db, access.principal().id, &query, "year", move |reader, after, descending, limit| {
        Ok(list_years(reader, &scope, after, descending, limit)?.map(|row| view_year(keeps(&access), row)))
    })
    .await
}

/// Read a year of days off
///
/// Every role may read it.
#[utoipa::path(tag = "calendar", operation_id = "get_holiday_year", params(("id" = Id, Path, description = "The year"), Shape), responses(
    (status = 200, description = "The year", body = HolidayYear, headers(("ETag" = String, description = "Its version"))),
    (status = 304, description = "Not changed since the version in If-None-Match"),
    NotThere,
), security(("password" = [])))]
#[get("/holiday-years/{id}")]
async fn get_holiday_year(
    request: HttpRequest,
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Calendar)?;
    query.shape.check(YEAR_FIELDS, &[])?;
    let id = id.into_inner();
    let row = db.read(move |reader| find_year(reader, &scope, id)).await?;
    answer::object(&request, &query.shape, row.version, &view_year(keeps(&access), row))
}

/// Load the days off of a year
///
/// All at once, when they have been announced (as a rule in autumn). From then on time limits that reach into the year are computed
/// anew and are no longer provisional. For `it_admin` and `province_org`.
#[utoipa::path(tag = "calendar", operation_id = "create_holiday_year", request_body = NewHolidayYear, responses(
    (status = 201, description = "Loaded", body = HolidayYear),
    NotMade,
), security(("password" = [])))]
#[post("/holiday-years")]
async fn create_holiday_year(command: Command<Json<NewHolidayYear>>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Create, Resource::Calendar)?;
    let write = scope.clone();
    command
        .run(&scope, move |tx, Json(new), given| {
            let id = new.id.unwrap_or_default();
            if new.id.is_some() && given.claim_id(tx, "holiday-years", id, new)? {
                let row = find_year(&mut tx.read(), &write, id)?;
                return Answer::changed(row.version, &view_year(true, row));
            }
            let row = create_year(tx, &write, id, new)?;
            Answer::created(format!("/api/v1/holiday-years/{id}"), row.version, &view_year(true, row))
        })
        .await
}

/// Say how a year of days off is known
///
/// When what was computed has been announced. Its days are taken back and added one by one. For `it_admin` and `province_org`.
#[utoipa::path(tag = "calendar", operation_id = "update_holiday_year", params(("id" = Id, Path, description = "The year"),
    ("If-Match" = String, Header, description = "The version you have read")),
    request_body(content = Patch<HolidayYearCorrection>, content_type = "application/merge-patch+json"), responses(
    (status = 200, description = "As it is now", body = HolidayYear),
    NotChanged,
), security(("password" = [])))]
#[patch("/holiday-years/{id}")]
async fn update_holiday_year(command: Command<Patch<HolidayYearCorrection>>, id: web::Path<Id>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Calendar)?;
    let (write, id) = (scope.clone(), id.into_inner());
    command
        .run(&scope, move |tx, patch, given| {
            let row = find_year(&mut tx.read(), &write, id)?;
            given.check_version(tx, id, row.version, patch.names())?;
            if patch.is_empty() {
                return Answer::changed(row.version, &view_year(true, row));
            }
            let before = HolidayYearCorrection { provenance: row.provenance, legal_basis: row.legal_basis.clone() };
            let after = patch.apply(&before)?;
            let row = correct_year(tx, row, &before, &after)?;
            Answer::changed(row.version, &view_year(true, row))
        })
        .await
}

fn keeps(access: &Access) -> bool {
    access.may(Action::Update, Resource::Calendar)
}

fn actions(row: &HolidayRow) -> Vec<AllowedAction> {
    let open = row.ended_at.is_none();
    let end = || AllowedAction::act("end", format!("/api/v1/holidays/{}/endings", row.id));
    open.then(|| end().requiring(&["reason"])).into_iter().collect()
}

fn view(keeps: bool, row: HolidayRow) -> Holiday {
    Holiday {
        allowed_actions: if keeps { actions(&row) } else { Vec::new() },
        status: if row.ended_at.is_none() { HolidayStatus::Active } else { HolidayStatus::Ended },
        id: row.id,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
        day: row.day,
        kind: row.kind,
        name: row.name,
        provenance: row.provenance,
        legal_basis: row.legal_basis,
        ended_at: row.ended_at,
        end_reason: row.end_reason,
    }
}

fn view_year(keeps: bool, row: YearRow) -> HolidayYear {
    let href = format!("/api/v1/holiday-years/{}", row.id);
    HolidayYear {
        allowed_actions: if keeps { vec![AllowedAction::update(href)] } else { Vec::new() },
        id: row.id,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
        year: row.year,
        provenance: row.provenance,
        legal_basis: row.legal_basis,
    }
}
