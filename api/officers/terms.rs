//! Terms of office (nhiệm kỳ): each unit has its own; there is no one current term.

use actix_web::{HttpRequest, HttpResponse, get, patch, post, web};
use chrono::NaiveDate;
use diesel::{BoolExpressionMethods, ExpressionMethods, Insertable, QueryDsl, Queryable, Selectable, SelectableHelper};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::{
    people::{below, kept},
    rules,
};
use crate::{
    access::{Access, Action, Resource, Scope},
    db::{
        Change, Db, Id, Instant, Reader, Tx,
        schema::{appointments, terms},
    },
    http::{
        AllowedAction, Answer, Command, Json, List, Listing, NoFilters, Page, Paging, Patch, Problem, ProblemBody, Query, Result,
        Shape, answer, page,
    },
    text,
    units::{self, UnitRef},
};

pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list_terms).service(create_term).service(get_term).service(update_term);
}

// ---- types

/// The row.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = terms)]
pub struct TermRow {
    pub id: Id,
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub unit_id: Id,
    pub ordinal: String,
    pub name: String,
    pub starts_on: NaiveDate,
    pub ends_on: NaiveDate,
}

/// A term of office of one unit.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Term {
    pub id: Id,
    /// Rises by one with each change; the `ETag`.
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub unit_id: Id,
    pub unit: UnitRef,
    /// Of the congress that opened it. It begins anew when units are merged.
    #[schema(example = "XIII")]
    pub ordinal: String,
    #[schema(example = "Nhiệm kỳ 2016 – 2021")]
    pub name: String,
    pub starts_on: NaiveDate,
    /// The first day after it.
    pub ends_on: NaiveDate,
    /// What you may do with it now.
    pub allowed_actions: Vec<AllowedAction>,
}

/// A new term.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTerm {
    /// A UUIDv7 of your own, if you make ids; sent again, the same request finds the same term.
    pub id: Option<Id>,
    pub unit_id: Id,
    #[validate(length(min = 1, max = 20))]
    #[schema(min_length = 1, max_length = 20, example = "XIII")]
    pub ordinal: String,
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "Nhiệm kỳ 2016 – 2021")]
    pub name: String,
    pub starts_on: NaiveDate,
    /// The first day after it; terms of one unit do not overlap.
    pub ends_on: NaiveDate,
}

/// What of a term is corrected in place.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TermCorrection {
    #[validate(length(min = 1, max = 20))]
    #[schema(min_length = 1, max_length = 20)]
    pub ordinal: String,
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    pub starts_on: NaiveDate,
    /// The first day after it; appointments of the term begin before.
    pub ends_on: NaiveDate,
}

/// Filters of `GET /terms`.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TermFilters {
    /// Of this unit.
    pub unit: Option<Id>,
    /// Of the units in the subtree of this one, itself included.
    pub within: Option<Id>,
    /// Running on this day.
    #[param(example = "2020-06-30")]
    pub as_of: Option<NaiveDate>,
}

const FIELDS: &[&str] = &[
    "id",
    "version",
    "created_at",
    "updated_at",
    "unit_id",
    "unit",
    "ordinal",
    "name",
    "starts_on",
    "ends_on",
    "allowed_actions",
];

// ---- queries

/// Place in the list: first day, then id.
type ByDay = (NaiveDate, Id);

pub(super) fn list(
    reader: &mut Reader<'_>,
    scope: &Scope,
    filters: &TermFilters,
    after: Option<ByDay>,
    descending: bool,
    limit: i64,
) -> Result<Page<TermRow, ByDay>> {
    let mut query = terms::table.select(TermRow::as_select()).into_boxed();
    if let Some(roots) = scope.roots() {
        query = query.filter(terms::unit_id.eq_any(below(roots)));
    }
    if let Some(top) = filters.within {
        query = query.filter(terms::unit_id.eq_any(below(vec![top])));
    }
    if let Some(unit) = filters.unit {
        query = query.filter(terms::unit_id.eq(unit));
    }
    if let Some(day) = filters.as_of {
        query = query.filter(terms::starts_on.le(day)).filter(terms::ends_on.gt(day));
    }
    query = match (after, descending) {
        (Some((day, id)), false) => query.filter(terms::starts_on.gt(day).or(terms::starts_on.eq(day).and(terms::id.gt(id)))),
        (Some((day, id)), true) => query.filter(terms::starts_on.lt(day).or(terms::starts_on.eq(day).and(terms::id.lt(id)))),
        (None, _) => query,
    };
    query = if descending {
        query.order((terms::starts_on.desc(), terms::id.desc()))
    } else {
        query.order((terms::starts_on.asc(), terms::id.asc()))
    };
    let rows = reader.load(query.limit(limit + 1))?;
    Ok(Page::of(rows, limit, |row: &TermRow| (row.starts_on, row.id), None))
}

pub(super) fn find(reader: &mut Reader<'_>, scope: &Scope, id: Id) -> Result<TermRow> {
    let row: TermRow = reader.one(terms::table.find(id).select(TermRow::as_select()))?;
    units::store::reach(reader, scope, row.unit_id)?;
    Ok(row)
}

pub(super) fn create(tx: &mut Tx<'_>, scope: &Scope, id: Id, new: &NewTerm) -> Result<TermRow> {
    units::store::reach_field(&mut tx.read(), scope, "/unit_id", new.unit_id)?;
    let now = tx.now();
    let row = TermRow {
        id,
        version: 1,
        created_at: now,
        updated_at: now,
        unit_id: new.unit_id,
        ordinal: text::clean(&new.ordinal),
        name: text::clean(&new.name),
        starts_on: new.starts_on,
        ends_on: new.ends_on,
    };
    check(tx, &row)?;
    tx.record(Change::new("create", "terms", id, 1).at(row.unit_id).after(new));
    tx.execute(diesel::insert_into(terms::table).values(&row))?;
    Ok(row)
}

pub(super) fn correct(tx: &mut Tx<'_>, row: TermRow, before: &TermCorrection, after: &TermCorrection) -> Result<TermRow> {
    let row = TermRow {
        version: row.version + 1,
        updated_at: tx.now(),
        ordinal: text::clean(&after.ordinal),
        name: text::clean(&after.name),
        starts_on: after.starts_on,
        ends_on: after.ends_on,
        ..row
    };
    check(tx, &row)?;
    let outside: Vec<Id> = tx.read().load(
        appointments::table
            .filter(appointments::term_id.eq(row.id))
            .filter(appointments::starts_on.lt(row.starts_on).or(appointments::starts_on.ge(row.ends_on)))
            .select(appointments::id)
            .limit(1),
    )?;
    if !outside.is_empty() {
        return Err(Problem::conflict(
            "",
            "appointments_outside",
            "Có người nhận chức vụ trong nhiệm kỳ này ngoài khoảng ngày đó",
            "Somebody was appointed for this term outside these days",
        ));
    }
    tx.record(Change::new("update", "terms", row.id, row.version).at(row.unit_id).before(before).after(after));
    let seen = terms::table.filter(terms::id.eq(row.id)).filter(terms::version.eq(row.version - 1));
    let saved = tx.execute(diesel::update(seen).set((
        terms::version.eq(row.version),
        terms::updated_at.eq(row.updated_at),
        terms::ordinal.eq(&row.ordinal),
        terms::name.eq(&row.name),
        terms::starts_on.eq(row.starts_on),
        terms::ends_on.eq(row.ends_on),
    )))?;
    Problem::unless_one(saved)?;
    Ok(row)
}

/// Real days, words that say something, and no other term of the unit in that time.
fn check(tx: &mut Tx<'_>, row: &TermRow) -> Result<()> {
    for (pointer, words) in [("/ordinal", &row.ordinal), ("/name", &row.name)] {
        if words.is_empty() {
            return Err(Problem::field(pointer, "required", "Bắt buộc phải có", "Must be given"));
        }
    }
    rules::check_day("/starts_on", row.starts_on)?;
    rules::check_day("/ends_on", row.ends_on)?;
    rules::check_period("/ends_on", row.starts_on, Some(row.ends_on))?;
    let other: Vec<String> = tx.read().load(
        terms::table
            .filter(terms::unit_id.eq(row.unit_id))
            .filter(terms::id.ne(row.id))
            .filter(terms::starts_on.lt(row.ends_on))
            .filter(terms::ends_on.gt(row.starts_on))
            .select(terms::name)
            .limit(1),
    )?;
    match other.first() {
        None => Ok(()),
        Some(name) => Err(Problem::field(
            "/starts_on",
            "terms_overlap",
            format!("Trùng thời gian với: {name}"),
            format!("Overlaps with: {name}"),
        )),
    }
}

// ---- routes

/// List terms
///
/// By first day. Every role may read them.
#[utoipa::path(tag = "terms", operation_id = "list_terms", params(TermFilters, Paging, Shape), responses(
    (status = 200, description = "A page of terms", body = Listing<Term>),
), security(("password" = [])))]
#[get("/terms")]
async fn list_terms(access: Access, db: web::Data<Db>, query: Query<TermFilters, List>) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Standards)?;
    query.shape.check(FIELDS, &[])?;
    let filters = query.filters.clone();
    let write = access.to(Action::Update, Resource::Standards).ok();
    page::list(&db, access.principal().id, &query, "starts_on", move |reader, after, descending, limit| {
        let rows = list(reader, &scope, &filters, after, descending, limit)?;
        Ok(Page { items: views(reader, write.as_ref(), rows.items)?, next: rows.next, total: rows.total })
    })
    .await
}

/// Read a term
///
/// Every role may read it.
#[utoipa::path(tag = "terms", operation_id = "get_term", params(("id" = Id, Path, description = "The term"), Shape), responses(
    (status = 200, description = "The term", body = Term, headers(("ETag" = String, description = "Its version"))),
    (status = 304, description = "Not changed since the version in If-None-Match"),
    (status = 404, description = "There is no such term", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[get("/terms/{id}")]
async fn get_term(
    request: HttpRequest,
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Standards)?;
    query.shape.check(FIELDS, &[])?;
    let id = id.into_inner();
    let write = access.to(Action::Update, Resource::Standards).ok();
    let found = db
        .read(move |reader| {
            let row = find(reader, &scope, id)?;
            view(reader, write.as_ref(), row)
        })
        .await?;
    answer::object(&request, &query.shape, found.version, &found)
}

/// Open a term
///
/// Terms of one unit do not overlap. For `province_org`.
#[utoipa::path(tag = "terms", operation_id = "create_term", request_body = NewTerm, responses(
    (status = 201, description = "Opened", body = Term),
    (status = 409, description = "The id is in use", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/terms")]
async fn create_term(command: Command<Json<NewTerm>>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Create, Resource::Standards)?;
    let read = command.access.to(Action::Read, Resource::Standards)?;
    let write = scope.clone();
    command
        .run(&scope, move |tx, Json(new), given| {
            let id = new.id.unwrap_or_default();
            if new.id.is_some() && given.claim_id(tx, "terms", id, new)? {
                let row = find(&mut tx.read(), &read, id)?;
                return show(tx, &write, row);
            }
            let row = create(tx, &write, id, new)?;
            let made = view(&mut tx.read(), Some(&write), row)?;
            Answer::created(format!("/api/v1/terms/{id}"), made.version, &made)
        })
        .await
}

/// Correct a term
///
/// For `province_org`.
#[utoipa::path(tag = "terms", operation_id = "update_term", params(("id" = Id, Path, description = "The term"),
    ("If-Match" = String, Header, description = "The version you have read")),
    request_body(content = Patch<TermCorrection>, content_type = "application/merge-patch+json"), responses(
    (status = 200, description = "As it is now", body = Term),
    (status = 404, description = "There is no such term", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "Appointments of the term would lie outside it", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[patch("/terms/{id}")]
async fn update_term(command: Command<Patch<TermCorrection>>, id: web::Path<Id>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Standards)?;
    let (write, id) = (scope.clone(), id.into_inner());
    command
        .run(&scope, move |tx, patch, given| {
            let row = find(&mut tx.read(), &write, id)?;
            given.check_version(tx, id, row.version, patch.names())?;
            if patch.is_empty() {
                return show(tx, &write, row);
            }
            let before = TermCorrection {
                ordinal: row.ordinal.clone(),
                name: row.name.clone(),
                starts_on: row.starts_on,
                ends_on: row.ends_on,
            };
            let after = patch.apply(&before)?;
            let row = correct(tx, row, &before, &after)?;
            show(tx, &write, row)
        })
        .await
}

fn show(tx: &mut Tx<'_>, write: &Scope, row: TermRow) -> Result<Answer> {
    let found = view(&mut tx.read(), Some(write), row)?;
    Answer::changed(found.version, &found)
}

fn view(reader: &mut Reader<'_>, write: Option<&Scope>, row: TermRow) -> Result<Term> {
    kept(views(reader, write, vec![row])?.pop())
}

/// What the caller sees of terms.
fn views(reader: &mut Reader<'_>, write: Option<&Scope>, rows: Vec<TermRow>) -> Result<Vec<Term>> {
    let places: Vec<Id> = rows.iter().map(|row| row.unit_id).collect();
    let units = units::store::refs(reader, &places)?;
    let lineages = if write.is_some() { units::store::lineages(reader, &places)? } else { Default::default() };
    rows.into_iter()
        .map(|row| {
            let writable = write.is_some_and(|scope| lineages.get(&row.unit_id).is_some_and(|lineage| scope.reaches(lineage)));
            let update = writable.then(|| AllowedAction::update(format!("/api/v1/terms/{}", row.id)));
            Ok(Term {
                id: row.id,
                version: row.version,
                created_at: row.created_at,
                updated_at: row.updated_at,
                unit_id: row.unit_id,
                unit: kept(units.get(&row.unit_id).cloned())?,
                ordinal: row.ordinal,
                name: row.name,
                starts_on: row.starts_on,
                ends_on: row.ends_on,
                allowed_actions: update.into_iter().collect(),
            })
        })
        .collect()
}
