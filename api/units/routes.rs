//! The routes of units.

use actix_web::{HttpRequest, HttpResponse, get, patch, post, web};
use chrono::NaiveDate;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    bodies, counts, external_ids,
    model::{
        AsOf, NewUnit, Unit, UnitChange, UnitClosure, UnitContact, UnitFilters, UnitKindRule, UnitPeriod, UnitRow, UnitStatus,
    },
    populations, store, supports,
};
use crate::{
    access::{Access, Action, Resource, Scope},
    calendar::today,
    db::{Db, Id, Reader},
    http::{
        Answer, Bare, Command, Json, List, Listing, NoFilters, Paging, Patch, Problem, ProblemBody, Query, Result, Shape, answer,
        page,
    },
};

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list_units)
        .service(create_unit)
        .service(list_unit_kind_rules)
        .service(get_unit)
        .service(update_unit)
        .service(list_unit_periods)
        .service(change_unit)
        .service(close_unit)
        .service(populations::list_women_populations)
        .service(populations::create_women_population)
        .service(populations::get_women_population)
        .service(populations::get_gathering_rate)
        .service(bodies::list_unit_bodies)
        .service(bodies::create_unit_body)
        .service(bodies::get_unit_body)
        .service(bodies::end_unit_body)
        .service(external_ids::list_unit_external_ids)
        .service(external_ids::create_unit_external_id)
        .service(external_ids::get_unit_external_id)
        .service(external_ids::end_unit_external_id)
        .service(supports::list_unit_supports)
        .service(supports::create_unit_support)
        .service(supports::get_unit_support)
        .service(supports::update_unit_support)
        .service(supports::end_unit_support);
}

const FIELDS: &[&str] = &[
    "id",
    "version",
    "created_at",
    "updated_at",
    "kind",
    "code",
    "name",
    "parent_id",
    "status",
    "founded_on",
    "closed_on",
    "traits",
    "phone",
    "email",
    "address",
    "allowed_actions",
];
const INCLUDES: &[&str] = &["ancestors", "member_counts"];

/// List units
///
/// Units by name, as they are today or, with `as_of`, as they were on a day. Every role may read the whole tree.
/// Children of a unit: `parent_id`. Its whole subtree: `within`.
#[utoipa::path(tag = "units", operation_id = "list_units", params(UnitFilters, Paging, Shape), responses(
    (status = 200, description = "A page of units", body = Listing<Unit>),
), security(("password" = [])))]
#[get("/units")]
async fn list_units(access: Access, db: web::Data<Db>, query: Query<UnitFilters, List>) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Units)?;
    check_shape(&query.shape, query.filters.as_of)?;
    let (filters, shape) = (query.filters.clone(), query.shape.clone());
    let write = access.to(Action::Update, Resource::Units).ok();
    let figures = access.to(Action::Read, Resource::Officers).ok();
    page::list(&db, access.principal().id, &query, "name", move |reader, after, descending, limit| {
        let rows = store::list(reader, &scope, &filters, after, descending, limit)?;
        let (next, total) = (rows.next, rows.total);
        let items = views(reader, (write.as_ref(), figures.as_ref()), rows.items, &shape, filters.as_of)?;
        Ok(page::Page { items, next, total })
    })
    .await
}

/// Read a unit
///
/// As it is today or, with `as_of`, as it was on a day: 404 on a day when it did not stand. Every role may read it.
#[utoipa::path(tag = "units", operation_id = "get_unit", params(("id" = Id, Path, description = "The unit"), AsOf, Shape), responses(
    (status = 200, description = "The unit", body = Unit, headers(("ETag" = String, description = "Its version"))),
    (status = 304, description = "Not changed since the version in If-None-Match"),
    (status = 404, description = "There is no such unit", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[get("/units/{id}")]
async fn get_unit(
    request: HttpRequest,
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<AsOf>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Units)?;
    check_shape(&query.shape, query.filters.as_of)?;
    let (id, shape, as_of) = (id.into_inner(), query.shape.clone(), query.filters.as_of);
    let write = access.to(Action::Update, Resource::Units).ok();
    let figures = access.to(Action::Read, Resource::Officers).ok();
    let unit = db
        .read(move |reader| {
            let row = match as_of {
                None => store::find(reader, &scope, id)?,
                Some(day) => store::find_as_of(reader, &scope, id, day)?,
            };
            view(reader, (write.as_ref(), figures.as_ref()), row, &shape, as_of)
        })
        .await?;
    answer::object(&request, &query.shape, unit.version, &unit)
}

/// Found a unit
///
/// `province_org` founds any unit within her reach; `base_president` founds branches, groups, clubs and teams below her
/// own; `it_admin` the very first, the province. Only `province_org` names `traits`. Which kind may stand under which:
/// `GET /unit-kind-rules`.
#[utoipa::path(tag = "units", operation_id = "create_unit", request_body = NewUnit, responses(
    (status = 201, description = "Founded", body = Unit),
    (status = 200, description = "The same request was carried out before (your `id`)", body = Unit),
    (status = 409, description = "The id is in use", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/units")]
async fn create_unit(command: Command<Json<NewUnit>>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Create, Resource::Units)?;
    let read = command.access.to(Action::Read, Resource::Units)?;
    let write = scope.clone();
    command
        .run(&scope, move |tx, Json(new), given| {
            let id = new.id.unwrap_or_default();
            if new.id.is_some() && given.claim_id(tx, "units", id, new)? {
                let row = store::find(&mut tx.read(), &read, id)?;
                return show(&mut tx.read(), &write, row);
            }
            let row = store::create(tx, &write, id, new)?;
            let unit = view(&mut tx.read(), (Some(&write), None), row, &Shape::default(), None)?;
            Answer::created(format!("/api/v1/units/{id}"), unit.version, &unit)
        })
        .await
}

/// Correct a unit's contact or traits
///
/// A `base_president` keeps the contact of her own unit and of those below it; `traits`, which decide what title standard
/// holds there, are said by `province_org` only. A new name, code or kind is no correction:
/// `POST /units/{id}/changes`.
#[utoipa::path(tag = "units", operation_id = "update_unit", params(("id" = Id, Path, description = "The unit"),
    ("If-Match" = String, Header, description = "The version you have read")),
    request_body(content = Patch<UnitContact>, content_type = "application/merge-patch+json"), responses(
    (status = 200, description = "As it is now", body = Unit),
    (status = 404, description = "There is no such unit", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[patch("/units/{id}")]
async fn update_unit(command: Command<Patch<UnitContact>>, id: web::Path<Id>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Units)?;
    let (write, id) = (scope.clone(), id.into_inner());
    command
        .run(&scope, move |tx, patch, given| {
            let row = store::find(&mut tx.read(), &write, id)?;
            given.check_version(tx, id, row.version, patch.names())?;
            if patch.is_empty() {
                return show(&mut tx.read(), &write, row);
            }
            let traits = store::traits(&mut tx.read(), &[id], today())?.remove(&id).unwrap_or_default();
            let before = UnitContact { phone: row.phone.clone(), email: row.email.clone(), address: row.address.clone(), traits };
            let after = patch.apply(&before)?;
            let row = store::update(tx, &write, row, &before, &after)?;
            show(&mut tx.read(), &write, row)
        })
        .await
}

/// List what a unit was called
///
/// Every period with its name, code, kind, parent and the decision behind it, oldest first. Every role may read them.
#[utoipa::path(tag = "units", operation_id = "list_unit_periods", params(("id" = Id, Path, description = "The unit")), responses(
    (status = 200, description = "All periods", body = Listing<UnitPeriod>),
    (status = 404, description = "There is no such unit", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[get("/units/{id}/periods")]
async fn list_unit_periods(
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters, Bare>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Units)?;
    let id = id.into_inner();
    let items = db.read(move |reader| store::periods(reader, &scope, id)).await?;
    page::whole(&query, &items)
}

/// Rename, re-code or re-class a unit
///
/// From `effective_on` on. What was stays: `as_of` and `GET /units/{id}/periods` show it. Another kind must fit what is in
/// the unit (409). For `province_org`; for `base_president` what stands below her own unit.
#[utoipa::path(tag = "units", operation_id = "change_unit", params(("id" = Id, Path, description = "The unit"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = UnitChange, responses(
    (status = 200, description = "As it is now", body = Unit),
    (status = 404, description = "There is no such unit", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "Not possible in this state", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/units/{id}/changes")]
async fn change_unit(command: Command<Json<UnitChange>>, id: web::Path<Id>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Units)?;
    let (write, id) = (scope.clone(), id.into_inner());
    command
        .run(&scope, move |tx, Json(change), given| {
            let row = store::find(&mut tx.read(), &write, id)?;
            given.check_version(tx, id, row.version, std::iter::empty())?;
            let row = store::change(tx, &write, row, change)?;
            show(&mut tx.read(), &write, row)
        })
        .await
}

/// Close a unit
///
/// It must have no members and no active units below it, and nothing may have happened in it after that day. Posts, the
/// officer in charge, bodies and numbers of other systems end with it, planned visits are cancelled. It stays readable for
/// ever. For `province_org`; for `base_president` and `base_editor` what stands below their own unit.
#[utoipa::path(tag = "units", operation_id = "close_unit", params(("id" = Id, Path, description = "The unit"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = UnitClosure, responses(
    (status = 200, description = "As it is now", body = Unit),
    (status = 404, description = "There is no such unit", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "It still has members or units below it, or is closed", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/units/{id}/closures")]
async fn close_unit(command: Command<Json<UnitClosure>>, id: web::Path<Id>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Units)?;
    let (write, id) = (scope.clone(), id.into_inner());
    command
        .run(&scope, move |tx, Json(closure), given| {
            let row = store::find(&mut tx.read(), &write, id)?;
            given.check_version(tx, id, row.version, std::iter::empty())?;
            let row = store::close(tx, &write, row, closure)?;
            show(&mut tx.read(), &write, row)
        })
        .await
}

/// List which kind may stand under which
///
/// With the days between which it holds: the district level ended on 2025-07-01. Every role may read them.
#[utoipa::path(tag = "units", operation_id = "list_unit_kind_rules", responses(
    (status = 200, description = "All rules", body = Listing<UnitKindRule>),
), security(("password" = [])))]
#[get("/unit-kind-rules")]
async fn list_unit_kind_rules(access: Access, db: web::Data<Db>, query: Query<NoFilters, Bare>) -> Result<HttpResponse> {
    access.to(Action::Read, Resource::Units)?;
    page::whole(&query, &db.read(store::kind_rules).await?)
}

fn show(reader: &mut Reader<'_>, write: &Scope, row: UnitRow) -> Result<Answer> {
    let unit = view(reader, (Some(write), None), row, &Shape::default(), None)?;
    Answer::changed(unit.version, &unit)
}

/// Figures of members are kept for today only.
fn check_shape(shape: &Shape, as_of: Option<NaiveDate>) -> Result<()> {
    shape.check(FIELDS, INCLUDES)?;
    if as_of.is_some() && shape.includes("member_counts") {
        return Err(Problem::parameter(
            "include",
            "not_with_as_of",
            "member_counts là số liệu hôm nay, không dùng cùng as_of",
            "member_counts are of today and do not go with as_of",
        ));
    }
    Ok(())
}

fn view(
    reader: &mut Reader<'_>,
    scopes: (Option<&Scope>, Option<&Scope>),
    row: UnitRow,
    shape: &Shape,
    as_of: Option<NaiveDate>,
) -> Result<Unit> {
    let mut views = views(reader, scopes, vec![row], shape, as_of)?;
    views.pop().ok_or_else(|| Problem::internal("no view of a unit"))
}

/// What the caller sees of units: the same few queries for one and for two hundred.
fn views(
    reader: &mut Reader<'_>,
    (write, figures): (Option<&Scope>, Option<&Scope>),
    rows: Vec<UnitRow>,
    shape: &Shape,
    as_of: Option<NaiveDate>,
) -> Result<Vec<Unit>> {
    let day = as_of.unwrap_or_else(today);
    let ids: Vec<Id> = rows.iter().map(|row| row.id).collect();
    let mut traits = store::traits(reader, &ids, day)?;
    let mut ancestors = if shape.includes("ancestors") { Some(store::ancestors_as_of(reader, &ids, day)?) } else { None };
    let counts = if shape.includes("member_counts") { Some(counts::active(reader, &ids)?) } else { None };
    let lineages = store::lineages(reader, &ids)?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let lineage = lineages.get(&row.id).map_or(&[] as &[Id], Vec::as_slice);
            let member_counts = counts
                .as_ref()
                .filter(|_| store::shows_figures(figures, row.kind, lineage))
                .map(|counts| counts.get(&row.id).copied().unwrap_or_default());
            let allowed_actions = match write {
                Some(scope) if as_of.is_none() && row.status == UnitStatus::Active => {
                    store::allowed_actions(scope, lineage, &row)
                }
                _ => Vec::new(),
            };
            Unit {
                id: row.id,
                version: row.version,
                created_at: row.created_at,
                updated_at: row.updated_at,
                kind: row.kind,
                code: row.code,
                name: row.name,
                parent_id: row.parent_id,
                status: row.status,
                founded_on: row.founded_on,
                closed_on: row.closed_on,
                traits: traits.remove(&row.id).unwrap_or_default(),
                phone: row.phone,
                email: row.email,
                address: row.address,
                ancestors: ancestors.as_mut().map(|all| all.remove(&row.id).unwrap_or_default()),
                member_counts,
                allowed_actions,
            }
        })
        .collect())
}
