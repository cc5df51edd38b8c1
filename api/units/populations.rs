//! Women of 18 and over in the area of a unit, and the gathering rate that is made with them.
//!
//! There is never one number: each record has a basis, a day and a source, and a correction is a new record. A rate
//! names what it was divided by (domain guide 3.3).

use std::collections::{BTreeSet, HashMap};

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use chrono::NaiveDate;
use diesel::{
    BoolExpressionMethods, ExpressionMethods, Insertable, JoinOnDsl, NullableExpressionMethods, QueryDsl, Queryable,
    QueryableByName, Selectable, SelectableHelper,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::{
    model::{UnitKind, UnitStatus},
    rules, store,
};
use crate::{
    access::{Access, Action, Resource, Scope},
    calendar::today,
    code_list,
    db::{
        Cached, Change, Db, Id, Instant, Reader, Tx,
        schema::{terms, unit_member_counts, unit_tree, units, women_populations},
    },
    http::{
        Answer, Bare, Command, Json, List, Listing, NoFilters, Page, Paging, Problem, ProblemBody, Query, Result, Shape, answer,
        page,
    },
    text,
};

// ---- types

code_list! {
    /// Who counted, and whom.
    PopulationBasis in "population_bases" {
        Statistics = "statistics", "Theo cơ quan thống kê", "Statistics office";
        ResidentRegister = "resident_register", "Theo cơ sở dữ liệu cư trú", "Register of residents";
        Present = "present", "Có mặt tại địa bàn", "Present in the area";
    }
}

code_list! {
    /// Why there is no rate.
    NoRateReason in "no_rate_reasons" {
        NoDenominator = "no_denominator", "Chưa có số phụ nữ từ 18 tuổi", "The number of women is not known";
        NotApplicable = "not_applicable", "Không có phụ nữ từ 18 tuổi", "There are no women of 18 and over";
    }
}

/// How many women of 18 and over there were, on a day, counted how and by whom. It is never changed: a correction is
/// a new record.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, Serialize, ToSchema)]
#[diesel(table_name = women_populations)]
pub struct WomenPopulation {
    pub id: Id,
    /// Always 1.
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub unit_id: Id,
    pub basis: PopulationBasis,
    #[schema(example = 6540)]
    pub women_count: i64,
    pub counted_on: NaiveDate,
    #[schema(example = "Niên giám thống kê 2025, bảng 12")]
    pub source: String,
    /// Estimated, not counted.
    pub estimated: bool,
    /// The term for whose whole length this number is divided by.
    pub frozen_for_term_id: Option<Id>,
}

/// A count of women.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWomenPopulation {
    /// A UUIDv7 of your own, if you make ids; sent again, the same request finds the same record.
    pub id: Option<Id>,
    pub basis: PopulationBasis,
    #[validate(range(min = 0, max = 10_000_000))]
    #[schema(minimum = 0, maximum = 10_000_000, example = 6540)]
    pub women_count: i64,
    /// The day the number is of; not in the future.
    pub counted_on: NaiveDate,
    /// Where it is from: so that somebody else finds it.
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300, example = "Niên giám thống kê 2025, bảng 12")]
    pub source: String,
    /// Estimated, not counted.
    #[serde(default)]
    pub estimated: bool,
    /// A term of the unit or of one above it, for whose whole length this number is divided by.
    pub frozen_for_term_id: Option<Id>,
}

/// Filters of `GET /units/{id}/women-populations`.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PopulationFilters {
    /// Only these bases.
    #[serde(default)]
    pub basis: Vec<PopulationBasis>,
}

/// Parameters of `GET /units/{id}/gathering-rate`.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RateFilters {
    /// The rate of this day; today unless you say otherwise.
    #[param(example = "2025-06-30")]
    pub as_of: Option<NaiveDate>,
    /// What it is divided by; `statistics` unless you say otherwise.
    pub basis: Option<PopulationBasis>,
}

/// What part of the women of an area are members, and what that was made of.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct GatheringRate {
    pub unit_id: Id,
    pub as_of: NaiveDate,
    pub basis: PopulationBasis,
    /// Regular members. When `pooled`: of the base units whose number of women is known.
    pub numerator: i64,
    /// Women of 18 and over.
    pub denominator: Option<i64>,
    /// Four decimals, rounded. Decide by `reaches_60`, which is not.
    #[schema(example = "0.6123")]
    pub gathering_rate: Option<String>,
    /// Why there is none.
    pub reason: Option<NoRateReason>,
    /// 60 in 100 or more.
    pub reaches_60: Option<bool>,
    /// How many more members make 60 in 100.
    pub gap_to_60: Option<i64>,
    /// The day of the number of women; of several the earliest.
    pub counted_on: Option<NaiveDate>,
    /// Where it is from.
    pub source: Option<String>,
    pub estimated: bool,
    pub frozen_for_term_id: Option<Id>,
    /// The unit has no number of its own: both sums are over the base units below it that have one.
    pub pooled: bool,
    /// How the base units below it stand; when `pooled`.
    pub base_units: Option<BaseUnitRates>,
}

/// How the base units of a subtree stand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct BaseUnitRates {
    pub units_count: i64,
    /// No number of women is known; they are in neither sum.
    pub no_denominator_count: i64,
    /// Without women of 18 and over.
    pub not_applicable_count: i64,
    pub below_60_count: i64,
    /// The mean of their rates, each counting once; four decimals.
    #[schema(example = "0.6051")]
    pub mean_of_units_rate: Option<String>,
}

const FIELDS: &[&str] = &[
    "id",
    "version",
    "created_at",
    "updated_at",
    "unit_id",
    "basis",
    "women_count",
    "counted_on",
    "source",
    "estimated",
    "frozen_for_term_id",
];

// ---- rules

/// `part / whole` with four decimals, rounded; integers all the way.
fn rate(part: i64, whole: i64) -> String {
    let scaled = (part * 10_000 + whole / 2) / whole;
    format!("{}.{:04}", scaled / 10_000, scaled % 10_000)
}

/// Exactly 60 in 100 passes.
const fn reaches_60(members: i64, women: i64) -> bool {
    5 * members >= 3 * women
}

fn gap_to_60(members: i64, women: i64) -> i64 {
    ((3 * women + 4) / 5 - members).max(0)
}

/// Which of the records counts on a day, newest record first: one frozen for a term that runs on that day, else the one
/// of the latest day of counting. Records of days after it are not known yet.
fn denominator(records: &[(WomenPopulation, Option<(NaiveDate, NaiveDate)>)], day: NaiveDate) -> Option<&WomenPopulation> {
    let frozen = |term: &Option<(NaiveDate, NaiveDate)>| term.is_some_and(|(from, to)| from <= day && day < to);
    records.iter().find(|(_, term)| frozen(term)).map(|(record, _)| record).or_else(|| {
        let known = records.iter().map(|(record, _)| record).filter(|record| record.counted_on <= day);
        known.max_by_key(|record| (record.counted_on, record.id))
    })
}

// ---- queries

/// Place in the list: day, then id, the newest first.
type ByDay = (NaiveDate, Id);

fn list(
    reader: &mut Reader<'_>,
    scope: &Scope,
    unit_id: Id,
    filters: &PopulationFilters,
    after: Option<ByDay>,
    descending: bool,
    limit: i64,
) -> Result<Page<WomenPopulation, ByDay>> {
    store::reach(reader, scope, unit_id)?;
    let mut query =
        women_populations::table.filter(women_populations::unit_id.eq(unit_id)).select(WomenPopulation::as_select()).into_boxed();
    if !filters.basis.is_empty() {
        query = query.filter(women_populations::basis.eq_any(filters.basis.clone()));
    }
    let (on, id) = (women_populations::counted_on, women_populations::id);
    query = match (after, descending) {
        (Some((day, last)), true) => query.filter(on.lt(day).or(on.eq(day).and(id.lt(last)))),
        (Some((day, last)), false) => query.filter(on.gt(day).or(on.eq(day).and(id.gt(last)))),
        (None, _) => query,
    };
    query = if descending { query.order((on.desc(), id.desc())) } else { query.order((on.asc(), id.asc())) };
    let rows = reader.load(query.limit(limit + 1))?;
    Ok(Page::of(rows, limit, |row: &WomenPopulation| (row.counted_on, row.id), None))
}

fn find(reader: &mut Reader<'_>, scope: &Scope, id: Id) -> Result<WomenPopulation> {
    let row: WomenPopulation = reader.one(women_populations::table.find(id).select(WomenPopulation::as_select()))?;
    store::reach(reader, scope, row.unit_id)?;
    Ok(row)
}

fn create(tx: &mut Tx<'_>, scope: &Scope, unit_id: Id, id: Id, new: &NewWomenPopulation) -> Result<WomenPopulation> {
    let unit = store::find(&mut tx.read(), scope, unit_id)?;
    if !has_area(unit.kind) {
        return Err(Problem::field("", "no_area", "Đơn vị này không có địa bàn", "The unit has no area of its own"));
    }
    rules::check_effective_day("/counted_on", new.counted_on, today())?;
    let source = text::clean(&new.source);
    if source.is_empty() {
        return Err(Problem::field("/source", "required", "Bắt buộc phải có", "Must be given"));
    }
    if let Some(term) = new.frozen_for_term_id {
        let lineage = store::lineage(&mut tx.read(), unit_id)?;
        let of: Option<Id> = tx.read().optional(terms::table.find(term).select(terms::unit_id))?;
        if !of.is_some_and(|of| lineage.contains(&of)) {
            return Err(Problem::field(
                "/frozen_for_term_id",
                "unknown_term",
                "Đơn vị này và cấp trên không có nhiệm kỳ đó",
                "Neither the unit nor one above it has such a term",
            ));
        }
    }
    let now = tx.now();
    let row = WomenPopulation {
        id,
        version: 1,
        created_at: now,
        updated_at: now,
        unit_id,
        basis: new.basis,
        women_count: new.women_count,
        counted_on: new.counted_on,
        source,
        estimated: new.estimated,
        frozen_for_term_id: new.frozen_for_term_id,
    };
    tx.record(Change::new("create", "women_populations", id, 1).at(unit_id).on(new.counted_on).after(new));
    tx.execute(diesel::insert_into(women_populations::table).values(&row))?;
    Ok(row)
}

/// Whether units of this kind are of a place; the others have people, but no area.
const fn has_area(kind: UnitKind) -> bool {
    matches!(kind, UnitKind::Province | UnitKind::District | UnitKind::Base | UnitKind::Branch)
}

/// The record that counts for each of these units.
fn denominators(reader: &mut Reader<'_>, ids: &[Id], basis: PopulationBasis, day: NaiveDate) -> Result<Vec<WomenPopulation>> {
    let rows: Vec<(WomenPopulation, Option<(NaiveDate, NaiveDate)>)> = reader.load(
        women_populations::table
            .left_join(terms::table.on(terms::id.nullable().eq(women_populations::frozen_for_term_id)))
            .filter(women_populations::unit_id.eq_any(ids.to_vec()))
            .filter(women_populations::basis.eq(basis))
            .order((women_populations::unit_id.asc(), women_populations::id.desc()))
            .select((WomenPopulation::as_select(), (terms::starts_on, terms::ends_on).nullable())),
    )?;
    Ok(rows.chunk_by(|a, b| a.0.unit_id == b.0.unit_id).filter_map(|of_unit| denominator(of_unit, day).cloned()).collect())
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = diesel::sql_types::Binary)]
    unit_id: Id,
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    member_count: i64,
}

/// Whose members are counted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tops {
    /// The unit's own subtree as a whole.
    Unit,
    /// Each base unit in it by itself.
    BaseUnits,
}

impl Tops {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::BaseUnits => "base",
        }
    }
}

/// Regular members by unit. Today's figures are kept; those of another day are counted from where everybody stood.
fn members(reader: &mut Reader<'_>, unit_id: Id, tops: Tops, day: NaiveDate) -> Result<Vec<(Id, i64)>> {
    if day == today() {
        let ids: Vec<Id> = match tops {
            Tops::Unit => vec![unit_id],
            Tops::BaseUnits => reader.load(
                units::table
                    .inner_join(unit_tree::table.on(unit_tree::unit_id.eq(units::id)))
                    .filter(unit_tree::ancestor_id.eq(unit_id))
                    .filter(units::kind.eq(UnitKind::Base))
                    .filter(units::status.eq(UnitStatus::Active))
                    .select(units::id),
            )?,
        };
        let rows: Vec<(Id, i64)> = reader.load(
            unit_member_counts::table
                .filter(unit_member_counts::unit_id.eq_any(ids.clone()))
                .filter(unit_member_counts::status.eq("active"))
                .filter(unit_member_counts::kind.eq("regular"))
                .select((unit_member_counts::unit_id, unit_member_counts::member_count)),
        )?;
        let mut counts: HashMap<Id, i64> = ids.into_iter().map(|id| (id, 0)).collect();
        for (id, count) in rows {
            *counts.entry(id).or_default() += count;
        }
        return Ok(counts.into_iter().collect());
    }
    let found: Vec<Found> = reader.load(
        Cached::sql(
            "WITH RECURSIVE below(unit_id, kind) AS ( \
               SELECT unit_id, kind FROM unit_periods \
               WHERE unit_id = ? AND valid_from <= ? AND (valid_to IS NULL OR valid_to > ?) \
               UNION \
               SELECT p.unit_id, p.kind FROM unit_periods p JOIN below ON p.parent_id = below.unit_id \
               WHERE p.valid_from <= ? AND (p.valid_to IS NULL OR p.valid_to > ?)), \
             tops(unit_id) AS (SELECT unit_id FROM below WHERE (? = 'unit' AND unit_id = ?) OR (? = 'base' AND kind = 'base')), \
             tree(top_id, unit_id) AS ( \
               SELECT unit_id, unit_id FROM tops \
               UNION \
               SELECT tree.top_id, p.unit_id FROM unit_periods p JOIN tree ON p.parent_id = tree.unit_id \
               WHERE p.valid_from <= ? AND (p.valid_to IS NULL OR p.valid_to > ?)) \
             SELECT x.unit_id, CAST(SUM(x.n) AS BIGINT) AS member_count FROM ( \
               SELECT tree.top_id AS unit_id, COUNT(DISTINCT s.member_id) AS n FROM tree \
               JOIN memberships s ON s.unit_id = tree.unit_id JOIN members m ON m.id = s.member_id \
               WHERE m.kind = 'regular' AND s.valid_from <= ? AND (s.valid_to IS NULL OR s.valid_to > ?) GROUP BY tree.top_id \
               UNION ALL SELECT unit_id, 0 FROM tops) x GROUP BY x.unit_id",
        )
        .id(unit_id)
        .day(day)
        .day(day)
        .day(day)
        .day(day)
        .text(tops.as_str())
        .id(unit_id)
        .text(tops.as_str())
        .day(day)
        .day(day)
        .day(day)
        .day(day),
    )?;
    Ok(found.into_iter().map(|found| (found.unit_id, found.member_count)).collect())
}

/// The rate of a unit on a day.
fn gathering_rate(
    reader: &mut Reader<'_>,
    scope: &Scope,
    unit_id: Id,
    basis: PopulationBasis,
    day: NaiveDate,
) -> Result<GatheringRate> {
    let kind = if day == today() {
        store::find(reader, scope, unit_id)?.kind
    } else {
        store::find_as_of(reader, scope, unit_id, day)?.kind
    };
    let empty = GatheringRate {
        unit_id,
        as_of: day,
        basis,
        numerator: 0,
        denominator: None,
        gathering_rate: None,
        reason: None,
        reaches_60: None,
        gap_to_60: None,
        counted_on: None,
        source: None,
        estimated: false,
        frozen_for_term_id: None,
        pooled: false,
        base_units: None,
    };
    let own = denominators(reader, &[unit_id], basis, day)?.pop();
    if own.is_none() && matches!(kind, UnitKind::Province | UnitKind::District | UnitKind::Affiliated) {
        let members = members(reader, unit_id, Tops::BaseUnits, day)?;
        return pooled(empty, &members, |ids| denominators(reader, ids, basis, day));
    }
    let numerator = members(reader, unit_id, Tops::Unit, day)?.first().map_or(0, |(_, count)| *count);
    Ok(match own {
        None => GatheringRate { numerator, ..empty }.with(None),
        Some(record) => GatheringRate {
            numerator,
            counted_on: Some(record.counted_on),
            source: Some(record.source),
            estimated: record.estimated,
            frozen_for_term_id: record.frozen_for_term_id,
            ..empty
        }
        .with(Some(record.women_count)),
    })
}

/// Both sums over the base units whose number of women is known.
fn pooled(
    empty: GatheringRate,
    members: &[(Id, i64)],
    denominators: impl FnOnce(&[Id]) -> Result<Vec<WomenPopulation>>,
) -> Result<GatheringRate> {
    let ids: Vec<Id> = members.iter().map(|(id, _)| *id).collect();
    let records = denominators(&ids)?;
    let members: HashMap<Id, i64> = members.iter().copied().collect();
    let (mut numerator, mut women, mut rates) = (0, 0, 0);
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let mut below = BaseUnitRates {
        units_count: count(ids.len()),
        no_denominator_count: count(ids.len() - records.len()),
        ..BaseUnitRates::default()
    };
    for record in &records {
        let here = members.get(&record.unit_id).copied().unwrap_or(0);
        numerator += here;
        women += record.women_count;
        if record.women_count == 0 {
            below.not_applicable_count += 1;
        } else {
            below.below_60_count += i64::from(!reaches_60(here, record.women_count));
            rates += here * 1_000_000 / record.women_count;
        }
    }
    let applicable = count(records.len()) - below.not_applicable_count;
    below.mean_of_units_rate = (applicable > 0).then(|| rate(rates, applicable * 1_000_000));
    let sources: BTreeSet<&str> = records.iter().map(|record| record.source.as_str()).collect();
    let terms: BTreeSet<Option<Id>> = records.iter().map(|record| record.frozen_for_term_id).collect();
    Ok(GatheringRate {
        numerator,
        counted_on: records.iter().map(|record| record.counted_on).min(),
        // A province may have as many sources as base units; the list of records has them all.
        source: (!sources.is_empty()).then(|| sources.into_iter().take(3).collect::<Vec<_>>().join("; ")),
        estimated: records.iter().any(|record| record.estimated),
        frozen_for_term_id: if terms.len() == 1 { terms.into_iter().next().flatten() } else { None },
        pooled: true,
        base_units: Some(below),
        ..empty
    }
    .with((!records.is_empty()).then_some(women)))
}

impl GatheringRate {
    /// With what it is divided by, and what comes of it.
    fn with(self, women: Option<i64>) -> Self {
        let members = self.numerator;
        match women {
            None => Self { reason: Some(NoRateReason::NoDenominator), ..self },
            Some(0) => Self { denominator: Some(0), reason: Some(NoRateReason::NotApplicable), ..self },
            Some(women) => Self {
                denominator: Some(women),
                gathering_rate: Some(rate(members, women)),
                reaches_60: Some(reaches_60(members, women)),
                gap_to_60: Some(gap_to_60(members, women)),
                ..self
            },
        }
    }
}

// ---- routes

/// List numbers of women
///
/// Every number of women of 18 and over that was recorded for a unit, the newest day first. Nothing is ever changed: a
/// correction is a new record. Every role may read them.
#[utoipa::path(tag = "units", operation_id = "list_women_populations", params(("id" = Id, Path, description = "The unit"),
    PopulationFilters, Paging, Shape), responses(
    (status = 200, description = "A page of records", body = Listing<WomenPopulation>),
    (status = 404, description = "There is no such unit", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[get("/units/{id}/women-populations")]
pub(super) async fn list_women_populations(
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<PopulationFilters, List>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Populations)?;
    query.shape.check(FIELDS, &[])?;
    let limit = query.paging.limit()?;
    let descending = query.paging.sort.is_none() || query.paging.order("counted_on")?;
    let (keys, caller) = (db.keys().clone(), access.principal().id);
    let after = page::start(&query, &keys, caller)?;
    let (filters, id) = (query.filters.clone(), id.into_inner());
    let found = db.read(move |reader| list(reader, &scope, id, &filters, after, descending, limit)).await?;
    page::answer(&query, &keys, caller, found)
}

/// Record a number of women
///
/// `base_president`, `base_editor` and `province_org` within their reach. A unit's number for a whole term names that
/// term; the record made last counts.
#[utoipa::path(tag = "units", operation_id = "create_women_population", params(("id" = Id, Path, description = "The unit")),
    request_body = NewWomenPopulation, responses(
    (status = 201, description = "Recorded", body = WomenPopulation),
    (status = 404, description = "There is no such unit", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "The id is in use", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/units/{id}/women-populations")]
pub(super) async fn create_women_population(
    command: Command<Json<NewWomenPopulation>>,
    id: web::Path<Id>,
) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Create, Resource::Populations)?;
    let (write, unit_id) = (scope.clone(), id.into_inner());
    command
        .run(&scope, move |tx, Json(new), given| {
            let id = new.id.unwrap_or_default();
            if new.id.is_some() && given.claim_id(tx, "women-populations", id, &(unit_id, new))? {
                let row = find(&mut tx.read(), &write, id)?;
                return Answer::changed(row.version, &row);
            }
            let row = create(tx, &write, unit_id, id, new)?;
            Answer::created(format!("/api/v1/women-populations/{id}"), row.version, &row)
        })
        .await
}

/// Read a number of women
///
/// Every role may read it.
#[utoipa::path(tag = "units", operation_id = "get_women_population", params(("id" = Id, Path, description = "The record"), Shape), responses(
    (status = 200, description = "The record", body = WomenPopulation, headers(("ETag" = String, description = "Its version"))),
    (status = 304, description = "Not changed since the version in If-None-Match"),
    (status = 404, description = "There is no such record", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[get("/women-populations/{id}")]
pub(super) async fn get_women_population(
    request: HttpRequest,
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Populations)?;
    query.shape.check(FIELDS, &[])?;
    let id = id.into_inner();
    let row = db.read(move |reader| find(reader, &scope, id)).await?;
    answer::object(&request, &query.shape, row.version, &row)
}

/// Read a unit's gathering rate
///
/// Regular members in 100 women of 18 and over: with the number it is divided by, its basis, day and source, and what is
/// missing to 60 in 100. A unit above base units that has no number of its own gets the pooled rate of those that have
/// one. Every role may read it, of branches and what stands below them only within its reach.
#[utoipa::path(tag = "units", operation_id = "get_gathering_rate", params(("id" = Id, Path, description = "The unit"), RateFilters),
    responses(
    (status = 200, description = "The rate, or why there is none", body = GatheringRate),
    (status = 404, description = "There is no such unit, or there was none on that day", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[get("/units/{id}/gathering-rate")]
pub(super) async fn get_gathering_rate(
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<RateFilters, Bare>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Populations)?;
    query.shape.check(&[], &[])?;
    let (id, day) = (id.into_inner(), query.filters.as_of.unwrap_or_else(today));
    if day > today() {
        return Err(Problem::parameter("as_of", "in_the_future", "Không được ở tương lai", "Must not be in the future"));
    }
    let basis = query.filters.basis.unwrap_or(PopulationBasis::Statistics);
    let figures = access.to(Action::Read, Resource::Officers).ok();
    let found = db
        .read(move |reader| {
            let kind = store::find(reader, &scope, id)?.kind;
            if !store::shows_figures(figures.as_ref(), kind, &store::lineage(reader, id)?) {
                return Err(Problem::not_found());
            }
            gathering_rate(reader, &scope, id, basis, day)
        })
        .await?;
    Ok(HttpResponse::Ok().json(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixty_in_a_hundred_is_decided_by_integers() {
        for (members, women, reaches, gap, shown) in [
            (60, 100, true, 0, "0.6000"),
            (59, 100, false, 1, "0.5900"),
            (599_999, 1_000_000, false, 1, "0.6000"),
            (3, 5, true, 0, "0.6000"),
            (0, 7, false, 5, "0.0000"),
            (8, 7, true, 0, "1.1429"),
            (1, 3, false, 1, "0.3333"),
        ] {
            assert_eq!((reaches_60(members, women), gap_to_60(members, women)), (reaches, gap), "{members}/{women}");
            assert_eq!(rate(members, women), shown);
        }
    }

    fn record(counted_on: &str, women_count: i64) -> WomenPopulation {
        let now = Instant::from_millis(0);
        WomenPopulation {
            id: Id::new(),
            version: 1,
            created_at: now,
            updated_at: now,
            unit_id: Id::nil(),
            basis: PopulationBasis::Statistics,
            women_count,
            counted_on: counted_on.parse().unwrap(),
            source: "x".into(),
            estimated: false,
            frozen_for_term_id: None,
        }
    }

    #[test]
    fn a_number_frozen_for_the_term_goes_before_a_newer_one() {
        let term = Some(("2021-05-01".parse().unwrap(), "2026-05-01".parse().unwrap()));
        // Newest record first, as they are read.
        let records = [
            (record("2025-12-31", 40), None),
            (record("2020-12-31", 30), term),
            (record("2020-12-31", 20), term),
            (record("2018-12-31", 10), None),
        ];
        for (day, expected) in [
            ("2018-12-30", None),
            ("2019-06-01", Some(10)),
            ("2021-05-01", Some(30)),
            ("2026-04-30", Some(30)),
            ("2026-05-01", Some(40)),
        ] {
            let found = denominator(&records, day.parse().unwrap()).map(|record| record.women_count);
            assert_eq!(found, expected, "{day}");
        }
    }

    #[test]
    fn a_pooled_rate_says_who_is_not_in_it() {
        let ids = [Id::new(), Id::new(), Id::new(), Id::new()];
        let empty = GatheringRate {
            unit_id: Id::nil(),
            as_of: "2026-01-01".parse().unwrap(),
            basis: PopulationBasis::Statistics,
            numerator: 0,
            denominator: None,
            gathering_rate: None,
            reason: None,
            reaches_60: None,
            gap_to_60: None,
            counted_on: None,
            source: None,
            estimated: false,
            frozen_for_term_id: None,
            pooled: false,
            base_units: None,
        };
        let members = [(ids[0], 60), (ids[1], 10), (ids[2], 5), (ids[3], 0)];
        let records = |_: &[Id]| {
            let of = |id, women| WomenPopulation { unit_id: id, ..record("2025-12-31", women) };
            Ok(vec![of(ids[0], 100), of(ids[1], 100), of(ids[3], 0)])
        };
        let found = pooled(empty.clone(), &members, records).unwrap();
        assert_eq!((found.numerator, found.denominator, found.gathering_rate.as_deref()), (70, Some(200), Some("0.3500")));
        let below = found.base_units.unwrap();
        assert_eq!(
            (below.units_count, below.no_denominator_count, below.not_applicable_count, below.below_60_count),
            (4, 1, 1, 1)
        );
        assert_eq!(below.mean_of_units_rate.as_deref(), Some("0.3500"));
        let none = pooled(empty, &members, |_| Ok(Vec::new())).unwrap();
        assert_eq!((none.denominator, none.reason), (None, Some(NoRateReason::NoDenominator)));
    }
}
