//! Coverage: who of an audience has how many completions in a term, who still lacks how many, who is not yet due.
//!
//! A page of a province or a district walks one index by person (`appointments_held_by_post`, `appointments_full_time`,
//! `core_periods_open`) and looks each up in two others: whether her place lies in the unit (`unit_tree`), and what she has
//! passed in the term (`course_completions_by_member`). A page of a base unit begins at its own units or members.

use std::{collections::HashMap, sync::LazyLock};

use actix_web::{HttpResponse, get, web};
use chrono::{Days, NaiveDate};
use diesel::{
    ExpressionMethods, QueryDsl, QueryableByName,
    sql_types::{BigInt, Binary, Date, Text},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{Audience, CourseCategory, CoverageState, requirements};
use crate::{
    access::{Access, Action, Resource, Scope},
    calendar::today,
    db::{
        Cached, Db, Id, Reader,
        schema::{appointments, members, terms, units as units_table},
    },
    http::{Bare, List, Listing, NotThere, Page, Paging, Problem, Query, Result, page},
    officers::{AppointmentStatus, PersonRef, people::below},
    units::{self, UnitKind},
};

pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list_training_coverage).service(get_training_coverage_summary);
}

// ---- types

/// Somebody of an audience, and what she has of what it must have.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CoverageEntry {
    /// The person, as under `/officers` and `/members`.
    pub id: Id,
    pub person: PersonRef,
    /// Since when she has belonged to the audience.
    pub since: NaiveDate,
    /// Courses that she has passed in the term and that count.
    pub completion_count: i64,
    /// How many she needs; 0: nothing is required.
    #[schema(example = 3)]
    pub required_count: i64,
    /// How many she lacks.
    pub lacking_count: i64,
    pub state: CoverageState,
}

/// How much of an audience has what it must have.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CoverageSummary {
    /// Those who have it.
    #[schema(example = 61)]
    pub numerator: i64,
    /// Those who have it and those who lack it; who is not yet due is in neither.
    #[schema(example = 88)]
    pub denominator: i64,
    /// Of the two, a decimal fraction; empty when there is nobody.
    #[schema(example = "0.6932")]
    pub coverage_rate: Option<String>,
    pub not_yet_due_count: i64,
    /// Completions of all of them together (lượt).
    pub completion_count: i64,
    /// What is asked for: none, if nothing is.
    pub requirement_id: Option<Id>,
    pub required_count: i64,
}

/// What coverage is asked of.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CoverageFilters {
    /// `full_time` unless you say otherwise.
    pub audience: Option<Audience>,
    /// The requirement that counts this category; the first one of the audience unless you say otherwise.
    pub category: Option<CourseCategory>,
    /// In this term (`GET /terms`); the one that runs where the unit stands unless you say otherwise.
    pub term_id: Option<Id>,
}

// ---- rules

/// What is counted, and how much of it is needed.
#[derive(Clone, Debug)]
pub(super) struct Measure {
    pub audience: Audience,
    pub categories: Vec<CourseCategory>,
    pub required: i64,
    pub requirement_id: Option<Id>,
    /// Completions from this day on count.
    pub from: NaiveDate,
    /// The first day after them.
    pub to: NaiveDate,
    /// Who belongs to the audience since a later day is not yet due.
    pub due_since: NaiveDate,
}

impl Measure {
    pub fn state(&self, standing: &Standing) -> CoverageState {
        if self.required == 0 {
            CoverageState::NotRequired
        } else if standing.completions >= self.required {
            CoverageState::Met
        } else if standing.since > self.due_since {
            CoverageState::NotYetDue
        } else {
            CoverageState::Lacking
        }
    }

    pub fn lacking(&self, standing: &Standing) -> i64 {
        (self.required - standing.completions).max(0)
    }
}

/// The measure of an audience in a span, by the requirement that holds on its last day, or today if that is earlier.
pub(super) fn measure(
    reader: &mut Reader<'_>,
    audience: Audience,
    category: Option<CourseCategory>,
    (from, to): (NaiveDate, NaiveDate),
) -> Result<Measure> {
    let day = today().min(to.pred_opt().unwrap_or(to)).max(from);
    let found = requirements::find_for(reader, audience, category, day)?;
    Ok(match found {
        Some(row) => Measure {
            audience,
            categories: row.categories(),
            required: row.min_count,
            requirement_id: Some(row.id),
            from,
            to,
            due_since: from + Days::new(row.grace_days.unsigned_abs()),
        },
        None => Measure {
            audience,
            categories: category.into_iter().collect(),
            required: 0,
            requirement_id: None,
            from,
            to,
            due_since: from,
        },
    })
}

// ---- queries

/// Somebody of an audience.
#[derive(Clone, Debug, QueryableByName)]
pub(super) struct Standing {
    #[diesel(sql_type = Binary)]
    pub member_id: Id,
    #[diesel(sql_type = Text)]
    pub full_name: String,
    #[diesel(sql_type = Date)]
    pub born_on: NaiveDate,
    #[diesel(sql_type = Date)]
    pub since: NaiveDate,
    #[diesel(sql_type = BigInt)]
    pub completions: i64,
}

/// By what somebody belongs to an audience.
#[derive(Clone, Copy, Debug)]
enum Belongs {
    ByPost,
    FullTime,
    Core,
}

impl Belongs {
    const fn to(audience: Audience) -> Self {
        match audience {
            Audience::FullTime => Self::FullTime,
            Audience::CoreMember => Self::Core,
            _ => Self::ByPost,
        }
    }
}

/// From which side people are looked for: of a province or a district by person, since a page of them is full soon; of what
/// lies below by its own people, so that a commune costs what it is, not what the province is.
#[derive(Clone, Copy, Debug)]
enum Begin {
    People,
    Place,
}

impl Begin {
    fn of(reader: &mut Reader<'_>, top: Id) -> Result<Self> {
        let kind: UnitKind = reader.one(units_table::table.find(top).select(units_table::kind))?;
        Ok(match kind {
            UnitKind::Province | UnitKind::District => Self::People,
            _ => Self::Place,
        })
    }
}

/// People of an audience below a unit, by person, with what counts of what they have passed. `CROSS JOIN` holds SQLite to
/// the order in which the tables stand. Each category has its place; those not wanted repeat the first. Whoever holds two
/// posts of the audience is one person, from the day of the first.
fn statement(belongs: Belongs, from: Begin) -> String {
    let (row, since, held) = match belongs {
        Belongs::ByPost => ("appointments p", "p.starts_on", "p.status = 'held' AND p.post = ?"),
        Belongs::FullTime => ("appointments p", "p.starts_on", "p.status = 'held' AND p.is_full_time"),
        Belongs::Core => ("core_periods p", "p.valid_from", "p.valid_to IS NULL"),
    };
    let (tables, place) = match (from, belongs) {
        (Begin::People, Belongs::Core) => (
            format!("{row} CROSS JOIN members m"),
            "EXISTS (SELECT 1 FROM unit_tree t WHERE t.unit_id = m.unit_id AND t.ancestor_id = ?)",
        ),
        (Begin::People, _) => (
            format!("{row} CROSS JOIN members m"),
            "EXISTS (SELECT 1 FROM unit_tree t WHERE t.unit_id = p.unit_id AND t.ancestor_id = ?)",
        ),
        (Begin::Place, Belongs::Core) => {
            (format!("member_tree t CROSS JOIN {row} CROSS JOIN members m"), "t.unit_id = ? AND p.member_id = t.member_id")
        }
        (Begin::Place, _) => {
            (format!("unit_tree t CROSS JOIN {row} CROSS JOIN members m"), "t.ancestor_id = ? AND p.unit_id = t.unit_id")
        }
    };
    format!(
        "SELECT p.member_id, MIN(m.full_name) AS full_name, MIN(m.born_on) AS born_on, MIN({since}) AS since, \
         (SELECT COUNT(*) FROM course_completions c WHERE c.member_id = p.member_id AND c.completed_on >= ? \
         AND c.completed_on < ? AND c.category IN (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)) AS completions \
         FROM {tables} WHERE {held} AND p.member_id > ? AND {place} AND m.id = p.member_id \
         GROUP BY p.member_id ORDER BY p.member_id LIMIT ?"
    )
}

/// All of the statements, and the same counted: those who have what they must, those who lack it though they are due, those
/// who are not yet due.
static STATEMENTS: LazyLock<[[[String; 2]; 2]; 3]> = LazyLock::new(|| {
    [Belongs::ByPost, Belongs::FullTime, Belongs::Core].map(|belongs| {
        [Begin::People, Begin::Place].map(|from| {
            let people = statement(belongs, from);
            let counted = format!(
                "SELECT CAST(COALESCE(SUM(completions), 0) AS BIGINT) AS completions, COUNT(*) AS people, \
                 COUNT(CASE WHEN completions >= ? THEN 1 END) AS met, \
                 COUNT(CASE WHEN completions < ? AND since > ? THEN 1 END) AS not_yet_due FROM ({people}) AS counted"
            );
            [people, counted]
        })
    })
});

fn cached(belongs: Belongs, from: Begin, counted: bool) -> Cached {
    Cached::sql(&STATEMENTS[belongs as usize][from as usize][usize::from(counted)])
}

/// The values of a statement.
fn filled(mut sql: Cached, measure: &Measure, top: Id, after: Option<Id>, limit: i64) -> Cached {
    sql = sql.day(measure.from).day(measure.to);
    // Of none, none is found: nothing is of the category that has no name.
    let first = measure.categories.first().map_or("", |category| category.as_str());
    for place in 0..CourseCategory::ALL.len() {
        sql = sql.text(measure.categories.get(place).map_or(first, |category| category.as_str()));
    }
    if let Belongs::ByPost = Belongs::to(measure.audience) {
        sql = sql.text(measure.audience.as_str());
    }
    sql.id(after.unwrap_or(Id::nil())).id(top).int(limit)
}

/// Those of the audience in the subtree of `top`, by person, after one of them.
pub(super) fn standings(
    reader: &mut Reader<'_>,
    measure: &Measure,
    top: Id,
    after: Option<Id>,
    limit: i64,
) -> Result<Vec<Standing>> {
    let from = Begin::of(reader, top)?;
    reader.load(filled(cached(Belongs::to(measure.audience), from, false), measure, top, after, limit))
}

/// The figures of an audience.
#[derive(Clone, Copy, Debug, QueryableByName)]
struct Figures {
    #[diesel(sql_type = BigInt)]
    completions: i64,
    #[diesel(sql_type = BigInt)]
    people: i64,
    #[diesel(sql_type = BigInt)]
    met: i64,
    #[diesel(sql_type = BigInt)]
    not_yet_due: i64,
}

fn figures(reader: &mut Reader<'_>, measure: &Measure, top: Id) -> Result<Figures> {
    let from = Begin::of(reader, top)?;
    let sql =
        cached(Belongs::to(measure.audience), from, true).int(measure.required).int(measure.required).day(measure.due_since);
    reader.one(filled(sql, measure, top, None, i64::from(i32::MAX)))
}

/// Where each of these people has her place in the audience, in the subtree of `top`.
pub(super) fn places(reader: &mut Reader<'_>, audience: Audience, top: Id, people: &[Id]) -> Result<HashMap<Id, Id>> {
    let mut found = HashMap::new();
    // SQLite takes a limited number of values.
    for some in people.chunks(500) {
        let rows: Vec<(Id, Id)> = if audience == Audience::CoreMember {
            reader.load(members::table.filter(members::id.eq_any(some.to_vec())).select((members::id, members::unit_id)))?
        } else {
            let mut query = appointments::table
                .filter(appointments::member_id.eq_any(some.to_vec()))
                .filter(appointments::status.eq(AppointmentStatus::Held))
                .filter(appointments::unit_id.eq_any(below(vec![top])))
                .select((appointments::member_id, appointments::unit_id))
                .into_boxed();
            query = match audience.post() {
                Some(post) => query.filter(appointments::post.eq(post)),
                None => query.filter(appointments::is_full_time.eq(true)),
            };
            reader.load(query.order(appointments::starts_on.desc()))?
        };
        // Of several, the first post stays.
        found.extend(rows);
    }
    Ok(found)
}

/// All of them, in bites.
pub(super) fn each(reader: &mut Reader<'_>, measure: &Measure, top: Id, mut f: impl FnMut(Standing)) -> Result<()> {
    const BITE: i64 = 2000;
    let mut after = None;
    loop {
        let found = standings(reader, measure, top, after, BITE)?;
        after = found.last().map(|one| one.member_id);
        let last = i64::try_from(found.len()).unwrap_or(BITE) < BITE;
        found.into_iter().for_each(&mut f);
        if last {
            return Ok(());
        }
    }
}

/// The days of a term.
fn term(reader: &mut Reader<'_>, id: Id) -> Result<(NaiveDate, NaiveDate)> {
    let found = reader.optional(terms::table.find(id).select((terms::starts_on, terms::ends_on)))?;
    found.ok_or_else(|| Problem::parameter("term_id", "unknown_term", "Không có nhiệm kỳ này", "There is no such term"))
}

/// The term that runs today where a unit stands, the nearest above going first; without one, the last five years.
pub(super) fn running_term(reader: &mut Reader<'_>, unit_id: Id) -> Result<(NaiveDate, NaiveDate)> {
    let day = today();
    let lineage = units::store::lineage(reader, unit_id)?;
    let running: Vec<(Id, NaiveDate, NaiveDate)> = reader.load(
        terms::table
            .filter(terms::unit_id.eq_any(lineage))
            .filter(terms::starts_on.le(day))
            .filter(terms::ends_on.gt(day))
            .select((terms::unit_id, terms::starts_on, terms::ends_on)),
    )?;
    let own = running.iter().find(|(unit, ..)| *unit == unit_id).or_else(|| running.first());
    Ok(own.map_or_else(
        || (day.checked_sub_months(chrono::Months::new(60)).unwrap_or(day), day + Days::new(1)),
        |(_, from, to)| (*from, *to),
    ))
}

fn asked(reader: &mut Reader<'_>, scope: &Scope, unit: Id, filters: &CoverageFilters) -> Result<Measure> {
    units::store::reach(reader, scope, unit)?;
    let span = match filters.term_id {
        Some(id) => term(reader, id)?,
        None => running_term(reader, unit)?,
    };
    measure(reader, filters.audience.unwrap_or(Audience::FullTime), filters.category, span)
}

fn list(
    reader: &mut Reader<'_>,
    scope: &Scope,
    unit: Id,
    filters: &CoverageFilters,
    after: Option<Id>,
    limit: i64,
) -> Result<Page<CoverageEntry, Id>> {
    let measure = asked(reader, scope, unit, filters)?;
    let rows = standings(reader, &measure, unit, after, limit + 1)?;
    let page = Page::of(rows, limit, |row: &Standing| row.member_id, None);
    Ok(page.map(|row| entry(&measure, row)))
}

fn entry(measure: &Measure, row: Standing) -> CoverageEntry {
    use chrono::Datelike;
    CoverageEntry {
        id: row.member_id,
        since: row.since,
        completion_count: row.completions,
        required_count: measure.required,
        lacking_count: measure.lacking(&row),
        state: measure.state(&row),
        person: PersonRef { id: row.member_id, full_name: row.full_name, birth_year: row.born_on.year() },
    }
}

fn summary(reader: &mut Reader<'_>, scope: &Scope, unit: Id, filters: &CoverageFilters) -> Result<CoverageSummary> {
    let measure = asked(reader, scope, unit, filters)?;
    let found = figures(reader, &measure, unit)?;
    // Where nothing is required nobody has it, lacks it, or waits.
    let (numerator, not_yet_due_count, denominator) = match measure.required {
        0 => (0, 0, 0),
        _ => (found.met, found.not_yet_due, found.people - found.not_yet_due),
    };
    Ok(CoverageSummary {
        numerator,
        denominator,
        coverage_rate: (denominator > 0).then(|| rate(numerator, denominator)),
        not_yet_due_count,
        completion_count: found.completions,
        requirement_id: measure.requirement_id,
        required_count: measure.required,
    })
}

/// A decimal fraction with four places, rounded half up.
fn rate(numerator: i64, denominator: i64) -> String {
    let parts = (numerator * 20_000 + denominator) / (2 * denominator);
    format!("{}.{:04}", parts / 10_000, parts % 10_000)
}

// ---- routes

const FIELDS: &[&str] = &["id", "person", "since", "completion_count", "required_count", "lacking_count", "state"];

/// List the coverage of an audience
///
/// Person by person: what she has passed in the term of what her audience must have, and how much she lacks. Whoever came
/// to it too late in the term is not yet due.
#[utoipa::path(tag = "courses", operation_id = "list_training_coverage", params(("id" = Id, Path, description = "The unit; its subtree counts"), CoverageFilters, Paging, crate::http::Shape),
    responses((status = 200, description = "A page of people", body = Listing<CoverageEntry>), NotThere), security(("password" = [])))]
#[get("/units/{id}/training-coverage")]
async fn list_training_coverage(
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<CoverageFilters, List>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Trainings)?;
    query.shape.check(FIELDS, &[])?;
    let limit = query.paging.limit()?;
    if query.paging.order("id")? {
        return Err(crate::http::unknown_value("sort", "-id", &["id"]));
    }
    let (keys, caller, unit) = (db.keys().clone(), access.principal().id, id.into_inner());
    let after = page::start(&query, &keys, caller)?;
    let filters = query.filters.clone();
    let found = db.read(move |reader| list(reader, &scope, unit, &filters, after, limit)).await?;
    page::answer(&query, &keys, caller, found)
}

/// Read the coverage of an audience as figures
///
/// Numerator and denominator of the target; people once, however many posts they hold.
#[utoipa::path(tag = "courses", operation_id = "get_training_coverage_summary", params(("id" = Id, Path, description = "The unit; its subtree counts"), CoverageFilters),
    responses((status = 200, description = "The figures", body = CoverageSummary), NotThere), security(("password" = [])))]
#[get("/units/{id}/training-coverage-summary")]
async fn get_training_coverage_summary(
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<CoverageFilters, Bare>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Trainings)?;
    let (unit, filters) = (id.into_inner(), query.filters.clone());
    let found = db.read(move |reader| summary(reader, &scope, unit, &filters)).await?;
    Ok(HttpResponse::Ok().insert_header(("cache-control", "private, no-cache")).json(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_it_who_lacks_it_and_who_is_not_yet_due() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let measure = |required| Measure {
            audience: Audience::FullTime,
            categories: vec![CourseCategory::UnionWork],
            required,
            requirement_id: None,
            from: day("2021-01-01"),
            to: day("2026-01-01"),
            due_since: day("2021-06-30"),
        };
        for (required, since, completions, state, lacking) in [
            (3, "2020-01-01", 3, CoverageState::Met, 0),
            (3, "2020-01-01", 4, CoverageState::Met, 0),
            (3, "2020-01-01", 2, CoverageState::Lacking, 1),
            // On the last day of grace she is due like everybody.
            (3, "2021-06-30", 0, CoverageState::Lacking, 3),
            (3, "2021-07-01", 0, CoverageState::NotYetDue, 3),
            // Whoever has it already has it.
            (3, "2024-07-01", 3, CoverageState::Met, 0),
            (0, "2020-01-01", 0, CoverageState::NotRequired, 0),
        ] {
            let one = Standing {
                member_id: Id::nil(),
                full_name: String::new(),
                born_on: day("1980-01-01"),
                since: day(since),
                completions,
            };
            let measure = measure(required);
            assert_eq!((measure.state(&one), measure.lacking(&one)), (state, lacking), "{required} {since} {completions}");
        }
    }

    #[test]
    fn a_rate_has_four_places() {
        for (numerator, denominator, told) in
            [(61, 88, "0.6932"), (1, 3, "0.3333"), (2, 3, "0.6667"), (5, 5, "1.0000"), (0, 9, "0.0000")]
        {
            assert_eq!(rate(numerator, denominator), told);
        }
    }
}
