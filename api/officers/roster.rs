//! The officer corps: one row a person, with her posts and whether she meets the standard of each; and the board of a
//! unit as of a day.

use std::collections::HashMap;

use actix_web::{HttpResponse, get, web};
use chrono::{Datelike, NaiveDate};
use diesel::{BoolExpressionMethods, ExpressionMethods, JoinOnDsl, QueryDsl, SelectableHelper, TextExpressionMethods};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    appointments::AppointmentRow,
    model::{
        AppointmentEndReason, AppointmentManner, AppointmentStatus, PersonRef, Post, SeatKind, StandardItem, StandardResult,
    },
    people::{Person, below, kept},
    qualifications::{self, Qualification, QualificationRow},
    rules::{self, Holder, Known, Standard},
    standards::{self, StandardRow},
};
use crate::{
    access::{Access, Action, Resource, Scope},
    calendar::{today, within},
    db::{
        Db, Id, Reader,
        schema::{appointments, members, unit_bodies},
    },
    http::{Bare, List, Listing, Locale, Page, Paging, Problem, ProblemBody, Query, Result, Shape, page},
    text,
    units::{self, Trait, UnitRef},
};

pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list_officers).service(get_officer).service(get_unit_board);
}

// ---- types

/// Something that a standard asks for and that is not there.
#[derive(Clone, Debug, Serialize, ToSchema, PartialEq, Eq)]
pub struct MissingItem {
    pub item: StandardItem,
    /// What is asked for: a level, a kind of certificate, or an age.
    #[schema(example = "university")]
    pub required: String,
    /// What there is instead, if anything is recorded.
    #[schema(example = "college")]
    pub found: Option<String>,
    /// In the language asked for.
    #[schema(example = "Trình độ chuyên môn: cần đại học, hiện có: cao đẳng")]
    pub label: String,
}

/// The title standard by which a post was judged.
#[derive(Clone, Debug, Serialize, ToSchema, PartialEq, Eq)]
pub struct StandardRef {
    pub id: Id,
    #[serde(rename = "trait")]
    pub trait_code: Option<Trait>,
    pub valid_from: NaiveDate,
    #[schema(example = "Nghị định 33/2023/NĐ-CP ngày 10/6/2023")]
    pub legal_basis: String,
}

/// A post of an officer, and whether she meets its standard on the day asked for.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OfficerPost {
    pub appointment_id: Id,
    pub post: Post,
    pub unit_id: Id,
    /// As it is called today.
    pub unit: UnitRef,
    pub is_full_time: bool,
    pub starts_on: NaiveDate,
    /// The first day on which she no longer held it.
    pub ends_on: Option<NaiveDate>,
    pub end_reason: Option<AppointmentEndReason>,
    /// The standard that counts on that day; empty when there is none, or she does not hold the post then.
    pub standard: Option<StandardRef>,
    /// Empty when there is no standard, or she does not hold the post then.
    pub meets_standard: Option<bool>,
    /// The same in a word, which tells a post without a standard; empty when she does not hold the post then.
    pub standard_result: Option<StandardResult>,
    /// Exactly what is missing. What is not recorded counts as missing.
    pub missing: Vec<MissingItem>,
}

/// An officer in a list, with the posts she holds on the day asked for within your reach.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OfficerEntry {
    /// The person: the same as under `/members`.
    pub id: Id,
    #[schema(example = "Nguyễn Thị Hòa")]
    pub full_name: String,
    #[schema(example = 1984)]
    pub birth_year: i32,
    /// Highest first.
    pub posts: Vec<OfficerPost>,
    /// In one of these posts at least.
    pub is_full_time: bool,
    /// Of all these posts; empty when none has a standard.
    pub meets_standard: Option<bool>,
    /// The same in a word.
    pub standard_result: StandardResult,
}

/// An officer with all her posts within your reach, now and before.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Officer {
    /// The person: the same as under `/members`.
    pub id: Id,
    #[schema(example = "Nguyễn Thị Hòa")]
    pub full_name: String,
    #[schema(example = 1984)]
    pub birth_year: i32,
    /// Held on the day asked for, highest first.
    pub posts: Vec<OfficerPost>,
    /// Others that she held before or after that day, the last first.
    pub other_posts: Vec<OfficerPost>,
    pub is_full_time: bool,
    /// Of all posts held on that day; empty when none has a standard.
    pub meets_standard: Option<bool>,
    pub qualifications: Vec<Qualification>,
}

/// Filters of `GET /officers`.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OfficerFilters {
    /// With a post in this unit.
    pub unit: Option<Id>,
    /// With a post in the subtree of this unit, itself included.
    pub within: Option<Id>,
    /// In one of these posts.
    #[serde(default)]
    pub post: Vec<Post>,
    /// In a full-time post, or in one that is not.
    pub is_full_time: Option<bool>,
    /// A part of the name; diacritics do not matter.
    #[param(example = "thi hoa")]
    pub q: Option<String>,
    /// Who meets the standard of all her posts, or who fails one. Judged one by one: such a page may be shorter than
    /// `limit` and still have a `next`.
    pub meets_standard: Option<bool>,
    /// Who held posts on this day; today unless you say otherwise.
    #[param(example = "2025-06-30")]
    pub as_of: Option<NaiveDate>,
}

/// The one parameter of `GET /officers/{member_id}` and `GET /units/{id}/board`.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OnDay {
    /// On this day; today unless you say otherwise.
    #[param(example = "2025-06-30")]
    pub as_of: Option<NaiveDate>,
}

/// The whole board of a unit on a day.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Board {
    pub unit_id: Id,
    /// As it was called on that day.
    pub unit: UnitRef,
    pub as_of: NaiveDate,
    /// By rank of the post; within a post, one group a committee or department.
    pub groups: Vec<BoardGroup>,
    /// Posts that such a unit must not be without, and is.
    pub vacancies: Vec<Vacancy>,
}

/// Everybody in one post of one committee or department.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BoardGroup {
    pub post: Post,
    pub body_id: Option<Id>,
    #[schema(example = "Ban Tổ chức")]
    pub body_name: Option<String>,
    /// By name.
    pub seats: Vec<BoardSeat>,
}

/// Somebody on the board.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BoardSeat {
    pub appointment_id: Id,
    pub member_id: Id,
    pub member: PersonRef,
    pub is_full_time: bool,
    pub manner: AppointmentManner,
    pub seat_kind: SeatKind,
    pub sector: Option<String>,
    pub term_id: Option<Id>,
    pub starts_on: NaiveDate,
}

/// A post that nobody holds and somebody should.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Vacancy {
    pub post: Post,
    /// The day on which the last holder left; empty when there has been none.
    pub since: Option<NaiveDate>,
}

const FIELDS: &[&str] = &["id", "full_name", "birth_year", "posts", "is_full_time", "meets_standard", "standard_result"];

// ---- queries

/// Place in the list: key of the name, then id.
type ByName = (Vec<u8>, Id);

/// With `meets_standard`, how many people are judged at a time, and how often, for one page.
const BATCH: i64 = 200;
const BATCHES: usize = 5;

pub(super) fn list(
    reader: &mut Reader<'_>,
    scope: &Scope,
    filters: &OfficerFilters,
    locale: Locale,
    after: Option<ByName>,
    descending: bool,
    limit: i64,
) -> Result<Page<OfficerEntry, ByName>> {
    let day = filters.as_of.unwrap_or_else(today);
    let Some(wanted) = filters.meets_standard else {
        let people = candidates(reader, scope, filters, day, after, descending, limit)?;
        let (next, total) = (people.next, people.total);
        return Ok(Page { items: entries(reader, scope, people.items, day, locale)?, next, total });
    };
    let length = usize::try_from(limit).unwrap_or(usize::MAX);
    let (mut items, mut at): (Vec<(ByName, OfficerEntry)>, _) = (Vec::new(), after);
    for _ in 0..BATCHES {
        let people = candidates(reader, scope, filters, day, at, descending, BATCH)?;
        let keys: Vec<ByName> = people.items.iter().map(|person| (person.sort_key.clone(), person.id)).collect();
        let judged = entries(reader, scope, people.items, day, locale)?;
        items.extend(keys.into_iter().zip(judged).filter(|(_, entry)| entry.meets_standard == Some(wanted)));
        at = people.next;
        if items.len() > length || at.is_none() {
            break;
        }
    }
    if items.len() > length {
        items.truncate(length);
        at = items.last().map(|(key, _)| key.clone());
    }
    Ok(Page { items: items.into_iter().map(|(_, entry)| entry).collect(), next: at, total: None })
}

/// Who has a post that fits, by name.
fn candidates(
    reader: &mut Reader<'_>,
    scope: &Scope,
    filters: &OfficerFilters,
    day: NaiveDate,
    after: Option<ByName>,
    descending: bool,
    limit: i64,
) -> Result<Page<Person, ByName>> {
    // A join with DISTINCT, since a boxed query cannot stand inside another over both engines.
    let mut query = members::table
        .inner_join(appointments::table.on(appointments::member_id.eq(members::id)))
        .filter(appointments::starts_on.le(day))
        .filter(appointments::ends_on.is_null().or(appointments::ends_on.gt(day)))
        .select(Person::as_select())
        .distinct()
        .into_boxed();
    if let Some(roots) = scope.roots() {
        query = query.filter(appointments::unit_id.eq_any(below(roots)));
    }
    if let Some(top) = filters.within {
        query = query.filter(appointments::unit_id.eq_any(below(vec![top])));
    }
    if let Some(unit) = filters.unit {
        query = query.filter(appointments::unit_id.eq(unit));
    }
    if !filters.post.is_empty() {
        query = query.filter(appointments::post.eq_any(filters.post.clone()));
    }
    if let Some(wanted) = filters.is_full_time {
        query = query.filter(appointments::is_full_time.eq(wanted));
    }
    if let Some(part) = &filters.q {
        // What was typed is folded too, so it holds no wildcard.
        query = query.filter(members::search_name.like(format!("%{}%", text::search_form(part))));
    }
    query = match (after, descending) {
        (Some((key, id)), false) => {
            query.filter(members::sort_key.gt(key.clone()).or(members::sort_key.eq(key).and(members::id.gt(id))))
        }
        (Some((key, id)), true) => {
            query.filter(members::sort_key.lt(key.clone()).or(members::sort_key.eq(key).and(members::id.lt(id))))
        }
        (None, _) => query,
    };
    query = if descending {
        query.order((members::sort_key.desc(), members::id.desc()))
    } else {
        query.order((members::sort_key.asc(), members::id.asc()))
    };
    let rows = reader.load(query.limit(limit + 1))?;
    Ok(Page::of(rows, limit, |person: &Person| (person.sort_key.clone(), person.id), None))
}

/// Posts of these people within the scope, of all days.
fn posts_of(reader: &mut Reader<'_>, scope: &Scope, ids: &[Id]) -> Result<Vec<AppointmentRow>> {
    let mut query =
        appointments::table.filter(appointments::member_id.eq_any(ids.to_vec())).select(AppointmentRow::as_select()).into_boxed();
    if let Some(roots) = scope.roots() {
        query = query.filter(appointments::unit_id.eq_any(below(roots)));
    }
    reader.load(query)
}

fn entries(
    reader: &mut Reader<'_>,
    scope: &Scope,
    people: Vec<Person>,
    day: NaiveDate,
    locale: Locale,
) -> Result<Vec<OfficerEntry>> {
    let ids: Vec<Id> = people.iter().map(|person| person.id).collect();
    let mut rows = posts_of(reader, scope, &ids)?;
    rows.retain(|row| within(day, row.starts_on, row.ends_on));
    let known = qualifications::of_people(reader, &ids)?;
    let mut posts = judge(reader, &people, rows, &known, day, locale)?;
    Ok(people
        .into_iter()
        .map(|person| {
            let posts = posts.remove(&person.id).unwrap_or_default();
            let meets_standard = rules::overall(posts.iter().map(|post| post.meets_standard));
            OfficerEntry {
                id: person.id,
                full_name: person.full_name,
                birth_year: person.born_on.year(),
                is_full_time: posts.iter().any(|post| post.is_full_time),
                meets_standard,
                standard_result: meets_standard.into(),
                posts,
            }
        })
        .collect())
}

/// Each person's posts, highest first, those held on the day judged by the standards of that day.
fn judge(
    reader: &mut Reader<'_>,
    people: &[Person],
    rows: Vec<AppointmentRow>,
    qualifications: &[QualificationRow],
    day: NaiveDate,
    locale: Locale,
) -> Result<HashMap<Id, Vec<OfficerPost>>> {
    let places: Vec<Id> = rows.iter().map(|row| row.unit_id).collect();
    let units = units::store::refs(reader, &places)?;
    let traits = units::store::traits(reader, &places, day)?;
    let standards: Vec<(Standard, StandardRow)> =
        standards::valid_on(reader, day)?.into_iter().map(|row| (row.rule(), row)).collect();
    let first = first_days(reader, &people.iter().map(|person| person.id).collect::<Vec<_>>())?;
    let births: HashMap<Id, _> = people.iter().map(|person| (person.id, person.birth())).collect();
    let mut known: HashMap<Id, Vec<Known>> = HashMap::new();
    for row in qualifications {
        known.entry(row.member_id).or_default().push(row.known());
    }
    let mut found: HashMap<Id, Vec<OfficerPost>> = HashMap::new();
    for row in rows {
        let unit = kept(units.get(&row.unit_id).cloned())?;
        let here = traits.get(&row.unit_id).map_or(&[] as &[Trait], Vec::as_slice);
        let held = within(day, row.starts_on, row.ends_on);
        let standard = held
            .then(|| rules::standard_for(standards.iter().map(|(rule, _)| rule), row.post, unit.kind, here, day))
            .flatten()
            .map(|index| &standards[index]);
        let holder = Holder {
            birth: *kept(births.get(&row.member_id))?,
            first_term_from: first.get(&(row.member_id, row.post)).filter(|first| **first == row.starts_on).copied(),
            qualifications: known.get(&row.member_id).map_or(&[], Vec::as_slice),
        };
        let missing: Option<Vec<MissingItem>> = standard.map(|(rule, _)| {
            rules::missing(rule, holder, day)
                .into_iter()
                .map(|gap| MissingItem {
                    item: gap.item(),
                    required: gap.required(),
                    found: gap.found(),
                    label: gap.label().get(locale).to_owned(),
                })
                .collect()
        });
        found.entry(row.member_id).or_default().push(OfficerPost {
            appointment_id: row.id,
            post: row.post,
            unit_id: row.unit_id,
            unit,
            is_full_time: row.is_full_time,
            starts_on: row.starts_on,
            ends_on: row.ends_on,
            end_reason: row.end_reason,
            standard: standard.map(|(_, row)| StandardRef {
                id: row.id,
                trait_code: row.trait_code,
                valid_from: row.valid_from,
                legal_basis: row.legal_basis.clone(),
            }),
            meets_standard: missing.as_ref().map(Vec::is_empty),
            standard_result: held.then(|| missing.as_ref().map(Vec::is_empty).into()),
            missing: missing.unwrap_or_default(),
        });
    }
    for posts in found.values_mut() {
        posts.sort_by_key(|post| (post.post, post.starts_on, post.appointment_id));
    }
    Ok(found)
}

/// What people in posts in the subtree of a unit lack on a day by their title standards: the person, the unit of the post, the
/// item, and what is asked for. For training needs.
pub(crate) fn gaps_below(reader: &mut Reader<'_>, top: Id, day: NaiveDate) -> Result<Vec<(Id, Id, StandardItem, String)>> {
    const BITE: usize = 500;
    let ids: Vec<Id> = reader.load(
        appointments::table
            .filter(appointments::unit_id.eq_any(below(vec![top])))
            .filter(appointments::status.eq(AppointmentStatus::Held))
            .order(appointments::member_id.asc())
            .select(appointments::member_id)
            .distinct(),
    )?;
    let mut gaps = Vec::new();
    for some in ids.chunks(BITE) {
        let people: Vec<Person> =
            reader.load(members::table.filter(members::id.eq_any(some.to_vec())).select(Person::as_select()))?;
        let rows: Vec<AppointmentRow> = reader.load(
            appointments::table
                .filter(appointments::member_id.eq_any(some.to_vec()))
                .filter(appointments::unit_id.eq_any(below(vec![top])))
                .filter(appointments::status.eq(AppointmentStatus::Held))
                .select(AppointmentRow::as_select()),
        )?;
        let known = qualifications::of_people(reader, some)?;
        for (person, posts) in judge(reader, &people, rows, &known, day, Locale::Vi)? {
            for post in posts {
                gaps.extend(post.missing.into_iter().map(|gap| (person, post.unit_id, gap.item, gap.required)));
            }
        }
    }
    Ok(gaps)
}

/// The day on which each of these people came to each post for the first time, in whichever unit: what a first term is
/// does not hang on who is asking.
fn first_days(reader: &mut Reader<'_>, ids: &[Id]) -> Result<HashMap<(Id, Post), NaiveDate>> {
    let rows: Vec<(Id, Post, NaiveDate)> = reader.load(
        appointments::table.filter(appointments::member_id.eq_any(ids.to_vec())).order(appointments::starts_on.desc()).select((
            appointments::member_id,
            appointments::post,
            appointments::starts_on,
        )),
    )?;
    // The earliest comes last and stays.
    Ok(rows.into_iter().map(|(id, post, day)| ((id, post), day)).collect())
}

pub(super) fn find(
    reader: &mut Reader<'_>,
    scope: &Scope,
    write: Option<&Scope>,
    id: Id,
    day: NaiveDate,
    locale: Locale,
) -> Result<Officer> {
    let rows = posts_of(reader, scope, &[id])?;
    if rows.is_empty() {
        return Err(Problem::not_found());
    }
    let person: Person = reader.one(members::table.find(id).select(Person::as_select()))?;
    let known = qualifications::of_people(reader, &[id])?;
    let judged = judge(reader, std::slice::from_ref(&person), rows, &known, day, locale)?.remove(&id).unwrap_or_default();
    let (posts, mut other_posts): (Vec<_>, Vec<_>) =
        judged.into_iter().partition(|post| within(day, post.starts_on, post.ends_on));
    other_posts.sort_by_key(|post| (std::cmp::Reverse(post.starts_on), post.appointment_id));
    let writable = qualifications::writable(reader, write, id)?;
    Ok(Officer {
        id,
        full_name: person.full_name,
        birth_year: person.born_on.year(),
        is_full_time: posts.iter().any(|post| post.is_full_time),
        meets_standard: rules::overall(posts.iter().map(|post| post.meets_standard)),
        posts,
        other_posts,
        qualifications: known.into_iter().map(|row| qualifications::view(writable, row)).collect(),
    })
}

pub(super) fn board(reader: &mut Reader<'_>, scope: &Scope, unit_id: Id, day: NaiveDate) -> Result<Board> {
    let unit = units::store::find_as_of(reader, scope, unit_id, day)?;
    let rows: Vec<(AppointmentRow, Vec<u8>, String, NaiveDate)> = reader.load(
        appointments::table
            .inner_join(members::table.on(members::id.eq(appointments::member_id)))
            .filter(appointments::unit_id.eq(unit_id))
            .filter(appointments::starts_on.le(day))
            .filter(appointments::ends_on.is_null().or(appointments::ends_on.gt(day)))
            .select((AppointmentRow::as_select(), members::sort_key, members::full_name, members::born_on)),
    )?;
    let bodies: Vec<(Id, String)> =
        reader.load(unit_bodies::table.filter(unit_bodies::unit_id.eq(unit_id)).select((unit_bodies::id, unit_bodies::name)))?;
    let mut seats: Vec<(Post, Option<Id>, Vec<u8>, BoardSeat)> = rows
        .into_iter()
        .map(|(row, key, full_name, born_on)| {
            let seat = BoardSeat {
                appointment_id: row.id,
                member_id: row.member_id,
                member: PersonRef { id: row.member_id, full_name, birth_year: born_on.year() },
                is_full_time: row.is_full_time,
                manner: row.manner,
                seat_kind: row.seat_kind,
                sector: row.sector,
                term_id: row.term_id,
                starts_on: row.starts_on,
            };
            (row.post, row.body_id, key, seat)
        })
        .collect();
    seats.sort_by(|a, b| (a.0, a.1, &a.2, a.3.appointment_id).cmp(&(b.0, b.1, &b.2, b.3.appointment_id)));
    let mut groups: Vec<BoardGroup> = Vec::new();
    for (post, body_id, _, seat) in seats {
        match groups.last_mut() {
            Some(group) if group.post == post && group.body_id == body_id => group.seats.push(seat),
            _ => {
                let body_name =
                    body_id.and_then(|wanted| bodies.iter().find(|(id, _)| *id == wanted)).map(|(_, name)| name.clone());
                groups.push(BoardGroup { post, body_id, body_name, seats: vec![seat] });
            }
        }
    }
    let mut vacancies = Vec::new();
    if let Some(post) = rules::obligatory(unit.kind).filter(|post| groups.iter().all(|group| group.post != *post)) {
        let last: Option<Option<NaiveDate>> = reader.optional(
            appointments::table
                .filter(appointments::unit_id.eq(unit_id))
                .filter(appointments::post.eq(post))
                .filter(appointments::ends_on.le(day))
                .select(diesel::dsl::max(appointments::ends_on)),
        )?;
        vacancies.push(Vacancy { post, since: last.flatten() });
    }
    let unit = UnitRef { id: unit.id, kind: unit.kind, code: unit.code, name: unit.name };
    Ok(Board { unit_id, unit, as_of: day, groups, vacancies })
}

// ---- routes

/// List officers
///
/// One row a person who holds a post within your reach, by name as Vietnamese lists go (given name first), with her
/// posts and whether she meets the title standard of each, or exactly what is missing. For every role with officers
/// within its reach.
#[utoipa::path(tag = "officers", operation_id = "list_officers", params(OfficerFilters, Paging, Shape), responses(
    (status = 200, description = "A page of officers", body = Listing<OfficerEntry>),
), security(("password" = [])))]
#[get("/officers")]
async fn list_officers(access: Access, db: web::Data<Db>, query: Query<OfficerFilters, List>) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Officers)?;
    query.shape.check(FIELDS, &[])?;
    let (limit, descending) = (query.paging.limit()?, query.paging.order("name")?);
    let (keys, caller, locale) = (db.keys().clone(), access.principal().id, access.locale());
    let after = page::start(&query, &keys, caller)?;
    let filters = query.filters.clone();
    let found = db.read(move |reader| list(reader, &scope, &filters, locale, after, descending, limit)).await?;
    page::answer(&query, &keys, caller, found)
}

/// Read an officer
///
/// Her posts within your reach, now and before; her qualifications; for each post she holds the standard that counts
/// and what is missing. For every role within whose reach she has, or had, a post.
#[utoipa::path(tag = "officers", operation_id = "get_officer", params(("member_id" = Id, Path, description = "The person"), OnDay), responses(
    (status = 200, description = "The officer", body = Officer),
    (status = 404, description = "There is no such officer", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[get("/officers/{member_id}")]
async fn get_officer(
    access: Access,
    db: web::Data<Db>,
    member_id: web::Path<Id>,
    query: Query<OnDay, Bare>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Officers)?;
    query.shape.check(&[], &[])?;
    let (id, day, locale) = (member_id.into_inner(), query.filters.as_of.unwrap_or_else(today), access.locale());
    let write = access.to(Action::Update, Resource::Officers).ok();
    let found = db.read(move |reader| find(reader, &scope, write.as_ref(), id, day, locale)).await?;
    Ok(HttpResponse::Ok().json(found))
}

/// Read the board of a unit
///
/// Everybody in a post of the unit itself on a day, in order of rank, and posts it must not be without but is. 404 on a
/// day when the unit did not stand. For every role with officers within its reach.
#[utoipa::path(tag = "officers", operation_id = "get_unit_board", params(("id" = Id, Path, description = "The unit"), OnDay), responses(
    (status = 200, description = "The board", body = Board),
    (status = 404, description = "There is no such unit", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[get("/units/{id}/board")]
async fn get_unit_board(access: Access, db: web::Data<Db>, id: web::Path<Id>, query: Query<OnDay, Bare>) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Officers)?;
    query.shape.check(&[], &[])?;
    let (id, day) = (id.into_inner(), query.filters.as_of.unwrap_or_else(today));
    let found = db.read(move |reader| board(reader, &scope, id, day)).await?;
    Ok(HttpResponse::Ok().json(found))
}
