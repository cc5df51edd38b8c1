//! Supports (nhận hỗ trợ cơ sở): a district, an affiliated unit or the province stands by a base unit, from a day to a day
//! (programme 2.1). A support stands where the supported unit stands.

use std::collections::HashSet;

use actix_web::{HttpRequest, HttpResponse, get, patch, post, web};
use chrono::NaiveDate;
use diesel::{
    BoolExpressionMethods, ExpressionMethods, Insertable, NullableExpressionMethods, QueryDsl, Queryable, Selectable,
    SelectableHelper,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::{model::UnitKind, rules, store};
use crate::{
    access::{Access, Action, Resource, Scope},
    calendar::today,
    code_list,
    db::{
        Change, Db, Id, Instant, Reader, Tx,
        schema::{unit_supports, unit_tree},
    },
    http::{
        AllowedAction, Answer, Code, Command, Json, List, Listing, Locale, NoFilters, Page, Paging, Patch, Problem, ProblemBody,
        Query, Result, Shape, answer, page,
    },
    text,
};

// ---- types

code_list! {
    UnitSupportStatus in "unit_support_statuses" {
        Active = "active", "Đang hỗ trợ", "Active";
        Ended = "ended", "Đã kết thúc", "Ended";
    }
}

/// The row.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = unit_supports)]
struct SupportRow {
    id: Id,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
    supporter_unit_id: Id,
    supported_unit_id: Id,
    reason: String,
    starts_on: NaiveDate,
    ends_on: Option<NaiveDate>,
    result: Option<String>,
}

impl SupportRow {
    const fn status(&self) -> UnitSupportStatus {
        if self.ends_on.is_none() { UnitSupportStatus::Active } else { UnitSupportStatus::Ended }
    }
}

/// A unit's support for a base unit.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct UnitSupport {
    pub id: Id,
    /// Rises by one with each change; the `ETag`.
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    /// The unit that supports.
    pub supporter_unit_id: Id,
    /// The base unit that is supported.
    pub supported_unit_id: Id,
    /// Why this base unit.
    #[schema(example = "Xã đảo, phong trào còn yếu")]
    pub reason: String,
    /// The first day of the support.
    pub starts_on: NaiveDate,
    /// The first day after the support; empty while it goes on.
    pub ends_on: Option<NaiveDate>,
    /// What came of it; said at its end.
    pub result: Option<String>,
    pub status: UnitSupportStatus,
    /// What you may do with it now.
    pub allowed_actions: Vec<AllowedAction>,
}

/// A new support.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUnitSupport {
    /// A UUIDv7 of your own, if you make ids; sent again, the same request finds the same support.
    pub id: Option<Id>,
    /// A district, an affiliated unit or the province, within your reach.
    pub supporter_unit_id: Id,
    /// A base unit within your reach.
    pub supported_unit_id: Id,
    /// Why this base unit. Weak ones and those in the mountains, by the sea and on islands go first.
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300, example = "Xã đảo, phong trào còn yếu")]
    pub reason: String,
    /// The first day of the support; both units stand on it, and it is not in the future.
    pub starts_on: NaiveDate,
}

/// What of a support is corrected in place: its end and its result once it has ended.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnitSupportCorrection {
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300)]
    pub reason: String,
    /// The first day of the support; both units stand on it, and it is not in the future.
    pub starts_on: NaiveDate,
    /// The first day after the support; not in the future.
    pub ends_on: Option<NaiveDate>,
    #[validate(length(min = 1, max = 1000))]
    #[schema(min_length = 1, max_length = 1000)]
    pub result: Option<String>,
}

/// The end of a support.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnitSupportEnding {
    /// The first day after the support; not in the future. Its own first day says that it never came to be.
    pub ends_on: NaiveDate,
    /// What came of it.
    #[validate(length(min = 1, max = 1000))]
    #[schema(min_length = 1, max_length = 1000, example = "Chi hội nào cũng có tổ trưởng; sinh hoạt đều hằng quý")]
    pub result: String,
}

/// Filters of `GET /unit-supports`.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UnitSupportFilters {
    /// Those in which this unit supports or is supported.
    pub unit: Option<Id>,
    /// Only these states.
    #[serde(default)]
    pub status: Vec<UnitSupportStatus>,
}

const FIELDS: &[&str] = &[
    "id",
    "version",
    "created_at",
    "updated_at",
    "supporter_unit_id",
    "supported_unit_id",
    "reason",
    "starts_on",
    "ends_on",
    "result",
    "status",
    "allowed_actions",
];

// ---- rules

/// Which fields a body has for the two units.
const BOTH_NAMED: [&str; 2] = ["/supporter_unit_id", "/supported_unit_id"];
/// A correction names neither: what it moves is the day on which they are looked at.
const BY_THE_DAY: [&str; 2] = ["/starts_on"; 2];

/// The two units of a support on its first day; no kind: the unit did not stand.
struct Pair {
    supporter: (Id, Option<UnitKind>),
    supported: (Id, Option<UnitKind>),
    /// Whether the supporter stands below the supported.
    below: bool,
}

/// Who may support whom; a complaint is about the first or the second of the two fields.
fn check_pair(pair: &Pair, [supporter, supported]: [&str; 2]) -> Result<()> {
    let not_there = |pointer: &str| {
        Problem::field(
            pointer,
            "unit_not_active",
            "Đơn vị không hoạt động vào ngày bắt đầu hỗ trợ",
            "The unit does not stand on the first day of the support",
        )
    };
    if pair.supporter.0 == pair.supported.0 {
        return Err(Problem::field(
            supporter,
            "supports_itself",
            "Đơn vị hỗ trợ phải là đơn vị khác",
            "A unit does not support itself",
        ));
    }
    match pair.supported.1 {
        None => return Err(not_there(supported)),
        Some(UnitKind::Base) => {}
        Some(kind) => {
            return Err(Problem::field(
                supported,
                "not_a_base_unit",
                format!("Chỉ hỗ trợ Hội cơ sở; đơn vị này là {}", kind.label(Locale::Vi)),
                format!("Only base units are supported; this is: {}", kind.label(Locale::En)),
            ));
        }
    }
    match pair.supporter.1 {
        None => return Err(not_there(supporter)),
        Some(UnitKind::Province | UnitKind::District | UnitKind::Affiliated) => {}
        Some(kind) => {
            return Err(Problem::field(
                supporter,
                "cannot_support",
                format!(
                    "Chỉ Hội cấp tỉnh, cấp huyện hoặc đơn vị trực thuộc nhận hỗ trợ cơ sở; đơn vị này là {}",
                    kind.label(Locale::Vi)
                ),
                format!("Only a province, district or affiliated unit supports; this is: {}", kind.label(Locale::En)),
            ));
        }
    }
    if pair.below {
        return Err(Problem::field(
            supporter,
            "below_the_supported",
            "Đơn vị hỗ trợ không được trực thuộc cơ sở được hỗ trợ",
            "The supporter must not stand below the supported unit",
        ));
    }
    Ok(())
}

/// Not in the future, and not before the first day.
fn check_end(starts_on: NaiveDate, ends_on: NaiveDate) -> Result<()> {
    rules::check_effective_day("/ends_on", ends_on, today())?;
    if ends_on < starts_on {
        return Err(Problem::field(
            "/ends_on",
            "before_start",
            format!("Không được trước ngày bắt đầu ({starts_on})"),
            format!("Must not be before the first day ({starts_on})"),
        ));
    }
    Ok(())
}

/// Words that still say something when cleaned.
fn said(pointer: &str, words: &str) -> Result<String> {
    let words = text::clean(words);
    if words.is_empty() { Err(required(pointer)) } else { Ok(words) }
}

fn required(pointer: &str) -> Problem {
    Problem::field(pointer, "required", "Bắt buộc phải có", "Must be given")
}

// ---- queries

/// Place in the list: first day, then id.
type ByDay = (NaiveDate, Id);

fn list(
    reader: &mut Reader<'_>,
    scope: &Scope,
    filters: &UnitSupportFilters,
    after: Option<ByDay>,
    descending: bool,
    limit: i64,
) -> Result<Page<SupportRow, ByDay>> {
    let mut query = unit_supports::table.select(SupportRow::as_select()).into_boxed();
    if let Some(roots) = scope.roots() {
        let below = unit_tree::table.filter(unit_tree::ancestor_id.eq_any(roots)).select(unit_tree::unit_id);
        query = query.filter(unit_supports::supported_unit_id.eq_any(below));
    }
    if let Some(unit) = filters.unit {
        query = query.filter(unit_supports::supporter_unit_id.eq(unit).or(unit_supports::supported_unit_id.eq(unit)));
    }
    let wanted = |status| filters.status.is_empty() || filters.status.contains(&status);
    if !wanted(UnitSupportStatus::Active) {
        query = query.filter(unit_supports::ends_on.is_not_null());
    }
    if !wanted(UnitSupportStatus::Ended) {
        query = query.filter(unit_supports::ends_on.is_null());
    }
    query = match (after, descending) {
        (Some((day, id)), false) => {
            query.filter(unit_supports::starts_on.gt(day).or(unit_supports::starts_on.eq(day).and(unit_supports::id.gt(id))))
        }
        (Some((day, id)), true) => {
            query.filter(unit_supports::starts_on.lt(day).or(unit_supports::starts_on.eq(day).and(unit_supports::id.lt(id))))
        }
        (None, _) => query,
    };
    query = if descending {
        query.order((unit_supports::starts_on.desc(), unit_supports::id.desc()))
    } else {
        query.order((unit_supports::starts_on.asc(), unit_supports::id.asc()))
    };
    let rows = reader.load(query.limit(limit + 1))?;
    Ok(Page::of(rows, limit, |row: &SupportRow| (row.starts_on, row.id), None))
}

fn find(reader: &mut Reader<'_>, scope: &Scope, id: Id) -> Result<SupportRow> {
    let row: SupportRow = reader.one(unit_supports::table.find(id).select(SupportRow::as_select()))?;
    store::reach(reader, scope, row.supported_unit_id)?;
    Ok(row)
}

/// The unit that a support stands in, for what hangs on it.
pub(crate) fn stands_in(reader: &mut Reader<'_>, scope: &Scope, id: Id) -> Result<Id> {
    find(reader, scope, id).map(|row| row.supported_unit_id)
}

fn create(tx: &mut Tx<'_>, scope: &Scope, id: Id, new: &NewUnitSupport) -> Result<SupportRow> {
    store::reach_field(&mut tx.read(), scope, "/supported_unit_id", new.supported_unit_id)?;
    store::reach_field(&mut tx.read(), scope, "/supporter_unit_id", new.supporter_unit_id)?;
    let now = tx.now();
    let row = SupportRow {
        id,
        version: 1,
        created_at: now,
        updated_at: now,
        supporter_unit_id: new.supporter_unit_id,
        supported_unit_id: new.supported_unit_id,
        reason: said("/reason", &new.reason)?,
        starts_on: new.starts_on,
        ends_on: None,
        result: None,
    };
    check(tx, &row, BOTH_NAMED)?;
    tx.record(Change::new("create", "unit_supports", id, 1).at(row.supported_unit_id).on(row.starts_on).after(new));
    tx.execute(diesel::insert_into(unit_supports::table).values(&row))?;
    Ok(row)
}

fn correct(
    tx: &mut Tx<'_>,
    row: SupportRow,
    before: &UnitSupportCorrection,
    after: &UnitSupportCorrection,
) -> Result<SupportRow> {
    let result = match row.status() {
        UnitSupportStatus::Active => {
            let given = [("/ends_on", after.ends_on.is_some()), ("/result", after.result.is_some())];
            if let Some((pointer, _)) = given.into_iter().find(|(_, given)| *given) {
                return Err(Problem::field(
                    pointer,
                    "support_not_ended",
                    "Chỉ ghi khi kết thúc hỗ trợ",
                    "It comes with the end of the support",
                ));
            }
            None
        }
        UnitSupportStatus::Ended => {
            check_end(after.starts_on, after.ends_on.ok_or_else(|| required("/ends_on"))?)?;
            Some(said("/result", after.result.as_deref().unwrap_or_default())?)
        }
    };
    let row = SupportRow {
        version: row.version + 1,
        updated_at: tx.now(),
        reason: said("/reason", &after.reason)?,
        starts_on: after.starts_on,
        ends_on: after.ends_on,
        result,
        ..row
    };
    check(tx, &row, BY_THE_DAY)?;
    tx.record(Change::new("update", "unit_supports", row.id, row.version).at(row.supported_unit_id).before(before).after(after));
    save(tx, &row)?;
    Ok(row)
}

fn end(tx: &mut Tx<'_>, row: SupportRow, ending: &UnitSupportEnding) -> Result<SupportRow> {
    if row.status() == UnitSupportStatus::Ended {
        return Err(Problem::say(Code::InvalidTransition, "Đã kết thúc hỗ trợ", "The support has ended")
            .with("allowed_actions", serde_json::json!(actions(&row))));
    }
    check_end(row.starts_on, ending.ends_on)?;
    let row = SupportRow {
        version: row.version + 1,
        updated_at: tx.now(),
        ends_on: Some(ending.ends_on),
        result: Some(said("/result", &ending.result)?),
        ..row
    };
    tx.record(
        Change::new("end", "unit_supports", row.id, row.version)
            .at(row.supported_unit_id)
            .on(ending.ends_on)
            .before(&json!({ "ends_on": null, "result": null }))
            .after(ending),
    );
    save(tx, &row)?;
    Ok(row)
}

/// A day that has come, two units that may, and no other support of the pair in that time.
fn check(tx: &mut Tx<'_>, row: &SupportRow, pointers: [&str; 2]) -> Result<()> {
    let (supporter, supported, day) = (row.supporter_unit_id, row.supported_unit_id, row.starts_on);
    rules::check_effective_day("/starts_on", day, today())?;
    let pair = Pair {
        supporter: (supporter, store::kind_as_of(&mut tx.read(), supporter, day)?),
        supported: (supported, store::kind_as_of(&mut tx.read(), supported, day)?),
        below: store::ancestors_as_of(&mut tx.read(), &[supporter], day)?.values().flatten().any(|above| above.id == supported),
    };
    check_pair(&pair, pointers)?;
    // One that ends on its first day never was: it meets none, and none meets it.
    if row.ends_on == Some(day) {
        return Ok(());
    }
    let mut query = unit_supports::table
        .filter(unit_supports::supporter_unit_id.eq(supporter))
        .filter(unit_supports::supported_unit_id.eq(supported))
        .filter(unit_supports::id.ne(row.id))
        .filter(unit_supports::ends_on.is_null().or(unit_supports::ends_on.gt(day)))
        .filter(unit_supports::ends_on.is_null().or(unit_supports::ends_on.gt(unit_supports::starts_on.nullable())))
        .select(unit_supports::starts_on)
        .into_boxed();
    if let Some(end) = row.ends_on {
        query = query.filter(unit_supports::starts_on.lt(end));
    }
    let other: Vec<NaiveDate> = tx.read().load(query.order(unit_supports::starts_on.asc()).limit(1))?;
    match other.first() {
        Some(since) => Err(Problem::field(
            // What reaches into a later one is the end, if there is one.
            if *since > day && row.ends_on.is_some() { "/ends_on" } else { "/starts_on" },
            "supports_overlap",
            format!("Trùng thời gian với lần hỗ trợ bắt đầu ngày {since} của cùng đơn vị cho cùng cơ sở"),
            format!("Overlaps with the support of the same two units that began on {since}"),
        )),
        None => Ok(()),
    }
}

fn save(tx: &mut Tx<'_>, row: &SupportRow) -> Result<()> {
    let seen = unit_supports::table.filter(unit_supports::id.eq(row.id)).filter(unit_supports::version.eq(row.version - 1));
    let saved = tx.execute(diesel::update(seen).set((
        unit_supports::version.eq(row.version),
        unit_supports::updated_at.eq(row.updated_at),
        unit_supports::reason.eq(&row.reason),
        unit_supports::starts_on.eq(row.starts_on),
        unit_supports::ends_on.eq(row.ends_on),
        unit_supports::result.eq(&row.result),
    )))?;
    Problem::unless_one(saved)
}

// ---- routes

/// List supports of base units
///
/// By first day. Every role may read them.
#[utoipa::path(tag = "units", operation_id = "list_unit_supports", params(UnitSupportFilters, Paging, Shape), responses(
    (status = 200, description = "A page of supports", body = Listing<UnitSupport>),
), security(("password" = [])))]
#[get("/unit-supports")]
pub(super) async fn list_unit_supports(
    access: Access,
    db: web::Data<Db>,
    query: Query<UnitSupportFilters, List>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Supports)?;
    query.shape.check(FIELDS, &[])?;
    let filters = query.filters.clone();
    let write = access.to(Action::Update, Resource::Supports).ok();
    page::list(&db, access.principal().id, &query, "starts_on", move |reader, after, descending, limit| {
        let rows = list(reader, &scope, &filters, after, descending, limit)?;
        let writable = writable(reader, write.as_ref(), &rows.items)?;
        Ok(rows.map(|row| view(&writable, row)))
    })
    .await
}

/// Read a support of a base unit
///
/// Every role may read it.
#[utoipa::path(tag = "units", operation_id = "get_unit_support", params(("id" = Id, Path, description = "The support"), Shape), responses(
    (status = 200, description = "The support", body = UnitSupport, headers(("ETag" = String, description = "Its version"))),
    (status = 304, description = "Not changed since the version in If-None-Match"),
    (status = 404, description = "There is no such support", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[get("/unit-supports/{id}")]
pub(super) async fn get_unit_support(
    request: HttpRequest,
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Supports)?;
    query.shape.check(FIELDS, &[])?;
    let id = id.into_inner();
    let write = access.to(Action::Update, Resource::Supports).ok();
    let found = db
        .read(move |reader| {
            let row = find(reader, &scope, id)?;
            seen(reader, write.as_ref(), row)
        })
        .await?;
    answer::object(&request, &query.shape, found.version, &found)
}

/// Begin to support a base unit
///
/// A district, an affiliated unit or the province supports a base unit that does not stand above it; the same two once at a
/// time. For `province_org`.
#[utoipa::path(tag = "units", operation_id = "create_unit_support", request_body = NewUnitSupport, responses(
    (status = 201, description = "Begun", body = UnitSupport),
    (status = 409, description = "The id is in use", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/unit-supports")]
pub(super) async fn create_unit_support(command: Command<Json<NewUnitSupport>>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Create, Resource::Supports)?;
    let read = command.access.to(Action::Read, Resource::Supports)?;
    let write = scope.clone();
    command
        .run(&scope, move |tx, Json(new), given| {
            let id = new.id.unwrap_or_default();
            if new.id.is_some() && given.claim_id(tx, "unit-supports", id, new)? {
                let row = find(&mut tx.read(), &read, id)?;
                return show(tx, &write, row);
            }
            let row = create(tx, &write, id, new)?;
            let made = seen(&mut tx.read(), Some(&write), row)?;
            Answer::created(format!("/api/v1/unit-supports/{id}"), made.version, &made)
        })
        .await
}

/// Correct a support of a base unit
///
/// Reason and first day; end and result once it has ended. Another pair of units is another support: end this one on its
/// first day. For `province_org`.
#[utoipa::path(tag = "units", operation_id = "update_unit_support", params(("id" = Id, Path, description = "The support"),
    ("If-Match" = String, Header, description = "The version you have read")),
    request_body(content = Patch<UnitSupportCorrection>, content_type = "application/merge-patch+json"), responses(
    (status = 200, description = "As it is now", body = UnitSupport),
    (status = 404, description = "There is no such support", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[patch("/unit-supports/{id}")]
pub(super) async fn update_unit_support(
    command: Command<Patch<UnitSupportCorrection>>,
    id: web::Path<Id>,
) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Supports)?;
    let (write, id) = (scope.clone(), id.into_inner());
    command
        .run(&scope, move |tx, patch, given| {
            let row = find(&mut tx.read(), &write, id)?;
            given.check_version(tx, id, row.version, patch.names())?;
            if patch.is_empty() {
                return show(tx, &write, row);
            }
            let before = UnitSupportCorrection {
                reason: row.reason.clone(),
                starts_on: row.starts_on,
                ends_on: row.ends_on,
                result: row.result.clone(),
            };
            let after = patch.apply(&before)?;
            let row = correct(tx, row, &before, &after)?;
            show(tx, &write, row)
        })
        .await
}

/// End a support of a base unit
///
/// With its result. It stays readable for ever. For `province_org`.
#[utoipa::path(tag = "units", operation_id = "end_unit_support", params(("id" = Id, Path, description = "The support"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = UnitSupportEnding, responses(
    (status = 200, description = "As it is now", body = UnitSupport),
    (status = 404, description = "There is no such support", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "It has ended already", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/unit-supports/{id}/endings")]
pub(super) async fn end_unit_support(command: Command<Json<UnitSupportEnding>>, id: web::Path<Id>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Supports)?;
    let (write, id) = (scope.clone(), id.into_inner());
    command
        .run(&scope, move |tx, Json(ending), given| {
            let row = find(&mut tx.read(), &write, id)?;
            given.check_version(tx, id, row.version, std::iter::empty())?;
            let row = end(tx, row, ending)?;
            show(tx, &write, row)
        })
        .await
}

fn show(tx: &mut Tx<'_>, write: &Scope, row: SupportRow) -> Result<Answer> {
    let found = seen(&mut tx.read(), Some(write), row)?;
    Answer::changed(found.version, &found)
}

fn seen(reader: &mut Reader<'_>, write: Option<&Scope>, row: SupportRow) -> Result<UnitSupport> {
    let writable = writable(reader, write, std::slice::from_ref(&row))?;
    Ok(view(&writable, row))
}

/// Those of the supported units that the caller may write at.
fn writable(reader: &mut Reader<'_>, write: Option<&Scope>, rows: &[SupportRow]) -> Result<HashSet<Id>> {
    let Some(scope) = write else { return Ok(HashSet::new()) };
    let places: Vec<Id> = rows.iter().map(|row| row.supported_unit_id).collect();
    let Some(roots) = scope.roots() else { return Ok(places.into_iter().collect()) };
    let reached: Vec<Id> = reader.load(
        unit_tree::table
            .filter(unit_tree::unit_id.eq_any(places))
            .filter(unit_tree::ancestor_id.eq_any(roots))
            .select(unit_tree::unit_id),
    )?;
    Ok(reached.into_iter().collect())
}

/// What may be done with a support, by whom may write it.
fn actions(row: &SupportRow) -> Vec<AllowedAction> {
    let href = format!("/api/v1/unit-supports/{}", row.id);
    match row.status() {
        UnitSupportStatus::Active => {
            vec![
                AllowedAction::act("end", format!("{href}/endings")).requiring(&["ends_on", "result"]),
                AllowedAction::update(href),
            ]
        }
        UnitSupportStatus::Ended => vec![AllowedAction::update(href)],
    }
}

/// What the caller sees of it.
fn view(writable: &HashSet<Id>, row: SupportRow) -> UnitSupport {
    UnitSupport {
        allowed_actions: if writable.contains(&row.supported_unit_id) { actions(&row) } else { Vec::new() },
        status: row.status(),
        id: row.id,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
        supporter_unit_id: row.supporter_unit_id,
        supported_unit_id: row.supported_unit_id,
        reason: row.reason,
        starts_on: row.starts_on,
        ends_on: row.ends_on,
        result: row.result,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_supports_whom() {
        use UnitKind::{Affiliated, Base, Branch, Club, District, Group, Province, Team};
        let (one, other) = (Id::new(), Id::new());
        for (supporter, supported, below, complaint) in [
            ((one, Some(Province)), (other, Some(Base)), false, None),
            ((one, Some(District)), (other, Some(Base)), false, None),
            ((one, Some(Affiliated)), (other, Some(Base)), false, None),
            ((one, Some(Base)), (other, Some(Base)), false, Some("/supporter_unit_id: cannot_support")),
            ((one, Some(Branch)), (other, Some(Base)), true, Some("/supporter_unit_id: cannot_support")),
            ((one, Some(Club)), (other, Some(Base)), false, Some("/supporter_unit_id: cannot_support")),
            ((one, Some(District)), (other, Some(District)), false, Some("/supported_unit_id: not_a_base_unit")),
            ((one, Some(District)), (other, Some(Group)), false, Some("/supported_unit_id: not_a_base_unit")),
            ((one, Some(District)), (other, Some(Team)), false, Some("/supported_unit_id: not_a_base_unit")),
            ((one, None), (other, Some(Base)), false, Some("/supporter_unit_id: unit_not_active")),
            ((one, Some(District)), (other, None), false, Some("/supported_unit_id: unit_not_active")),
            ((one, Some(Base)), (one, Some(Base)), false, Some("/supporter_unit_id: supports_itself")),
            ((one, Some(Affiliated)), (other, Some(Base)), true, Some("/supporter_unit_id: below_the_supported")),
        ] {
            let told = check_pair(&Pair { supporter, supported, below }, BOTH_NAMED).err().map(|problem| {
                let body = problem.to_json(Locale::En, "", "");
                let error = &body["errors"][0];
                format!("{}: {}", error["pointer"].as_str().unwrap(), error["code"].as_str().unwrap())
            });
            assert_eq!(told.as_deref(), complaint, "{:?} for {:?}", supporter.1, supported.1);
        }
    }

    #[test]
    fn an_end_lies_not_before_the_first_day_and_not_in_the_future() {
        let since: NaiveDate = "2020-01-01".parse().unwrap();
        assert!(check_end(since, since).is_ok());
        assert!(check_end(since, since.pred_opt().unwrap()).is_err());
        assert!(check_end(since, today().succ_opt().unwrap()).is_err());
    }
}
