//! Requirements: how often an audience must be trained in a term, as dated data that the province keeps (programme II, targets
//! 4 and 6). Like title standards they are no secret and stand in no unit.

use actix_web::{HttpRequest, HttpResponse, get, patch, post, web};
use chrono::NaiveDate;
use diesel::{BoolExpressionMethods, ExpressionMethods, Insertable, QueryDsl, Queryable, Selectable, SelectableHelper};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::{Audience, CourseCategory, said, words};
use crate::{
    access::{Access, Action, Resource, Scope},
    db::{Change, Db, Id, Instant, Reader, TextList, Tx, schema::training_requirements},
    http::{
        AllowedAction, Answer, Command, Json, List, Listing, NoFilters, NotChanged, NotMade, NotThere, Page, Paging, Patch,
        Problem, Query, Result, Shape, answer, page,
    },
};

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list_training_requirements)
        .service(create_training_requirement)
        .service(get_training_requirement)
        .service(update_training_requirement);
}

// ---- types

/// The row.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = training_requirements)]
pub(super) struct RequirementRow {
    pub id: Id,
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub audience: Audience,
    pub categories: TextList,
    pub min_count: i64,
    pub grace_days: i64,
    pub valid_from: NaiveDate,
    pub valid_to: Option<NaiveDate>,
    pub legal_basis: String,
}

impl RequirementRow {
    pub fn categories(&self) -> Vec<CourseCategory> {
        words(&self.categories)
    }
}

/// How often an audience must be trained in a term, from a day to a day.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TrainingRequirement {
    pub id: Id,
    /// Rises by one with each change; the `ETag`.
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub audience: Audience,
    /// Completions of any of these count.
    pub categories: Vec<CourseCategory>,
    /// So many completions in a term.
    #[schema(example = 3)]
    pub min_count: i64,
    /// Who came so many days after the first day of the term, or later, is not yet due in it.
    #[schema(example = 180)]
    pub grace_days: i64,
    pub valid_from: NaiveDate,
    /// The first day on which it no longer holds.
    pub valid_to: Option<NaiveDate>,
    #[schema(example = "Chương trình công tác, chỉ tiêu 4")]
    pub legal_basis: String,
    /// What you may do with it now.
    pub allowed_actions: Vec<AllowedAction>,
}

/// A new requirement.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTrainingRequirement {
    /// A UUIDv7 of your own, if you make ids; sent again, the same request finds the same requirement.
    pub id: Option<Id>,
    pub audience: Audience,
    /// Completions of any of these count.
    #[validate(length(min = 1, max = 13))]
    #[schema(min_items = 1, max_items = 13)]
    pub categories: Vec<CourseCategory>,
    #[validate(range(min = 1, max = 50))]
    #[schema(minimum = 1, maximum = 50, example = 3)]
    pub min_count: i64,
    #[validate(range(min = 0, max = 3650))]
    #[schema(minimum = 0, maximum = 3650, example = 180)]
    pub grace_days: i64,
    /// The first day; no other requirement for the same audience and categories holds then.
    pub valid_from: NaiveDate,
    /// The first day on which it no longer holds.
    pub valid_to: Option<NaiveDate>,
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300, example = "Chương trình công tác, chỉ tiêu 4")]
    pub legal_basis: String,
}

/// What of a requirement is changed in place. For another audience make another requirement.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TrainingRequirementCorrection {
    /// Completions of any of these count.
    #[validate(length(min = 1, max = 13))]
    #[schema(min_items = 1, max_items = 13)]
    pub categories: Vec<CourseCategory>,
    #[validate(range(min = 1, max = 50))]
    #[schema(minimum = 1, maximum = 50)]
    pub min_count: i64,
    #[validate(range(min = 0, max = 3650))]
    #[schema(minimum = 0, maximum = 3650)]
    pub grace_days: i64,
    pub valid_from: NaiveDate,
    /// The first day on which it no longer holds.
    pub valid_to: Option<NaiveDate>,
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300)]
    pub legal_basis: String,
}

/// Filters of `GET /training-requirements`.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TrainingRequirementFilters {
    /// Only for these audiences.
    #[serde(default)]
    pub audience: Vec<Audience>,
    /// Holding on this day.
    #[param(example = "2024-06-30")]
    pub as_of: Option<NaiveDate>,
}

const FIELDS: &[&str] = &[
    "id",
    "version",
    "created_at",
    "updated_at",
    "audience",
    "categories",
    "min_count",
    "grace_days",
    "valid_from",
    "valid_to",
    "legal_basis",
    "allowed_actions",
];

// ---- queries

fn list(
    reader: &mut Reader<'_>,
    _scope: &Scope,
    filters: &TrainingRequirementFilters,
    after: Option<Id>,
    descending: bool,
    limit: i64,
) -> Result<Page<RequirementRow, Id>> {
    let mut query = training_requirements::table.select(RequirementRow::as_select()).into_boxed();
    if !filters.audience.is_empty() {
        query = query.filter(training_requirements::audience.eq_any(filters.audience.clone()));
    }
    if let Some(day) = filters.as_of {
        query = query
            .filter(training_requirements::valid_from.le(day))
            .filter(training_requirements::valid_to.is_null().or(training_requirements::valid_to.gt(day)));
    }
    query = match (after, descending) {
        (Some(id), false) => query.filter(training_requirements::id.gt(id)),
        (Some(id), true) => query.filter(training_requirements::id.lt(id)),
        (None, _) => query,
    };
    query = if descending { query.order(training_requirements::id.desc()) } else { query.order(training_requirements::id.asc()) };
    let rows = reader.load(query.limit(limit + 1))?;
    Ok(Page::of(rows, limit, |row: &RequirementRow| row.id, None))
}

/// All that hold on a day.
pub(super) fn valid_on(reader: &mut Reader<'_>, day: NaiveDate) -> Result<Vec<RequirementRow>> {
    reader.load(
        training_requirements::table
            .filter(training_requirements::valid_from.le(day))
            .filter(training_requirements::valid_to.is_null().or(training_requirements::valid_to.gt(day)))
            .order(training_requirements::id.asc())
            .select(RequirementRow::as_select()),
    )
}

/// The one for an audience on a day that asks for a category, if one is named.
pub(super) fn find_for(
    reader: &mut Reader<'_>,
    audience: Audience,
    category: Option<CourseCategory>,
    day: NaiveDate,
) -> Result<Option<RequirementRow>> {
    let all = valid_on(reader, day)?;
    let fits = |row: &RequirementRow| row.audience == audience && category.is_none_or(|it| row.categories().contains(&it));
    Ok(all.into_iter().find(fits))
}

fn find(reader: &mut Reader<'_>, _scope: &Scope, id: Id) -> Result<RequirementRow> {
    reader.one(training_requirements::table.find(id).select(RequirementRow::as_select()))
}

fn create(tx: &mut Tx<'_>, _scope: &Scope, id: Id, new: &NewTrainingRequirement) -> Result<RequirementRow> {
    let now = tx.now();
    let row = RequirementRow {
        id,
        version: 1,
        created_at: now,
        updated_at: now,
        audience: new.audience,
        categories: codes(&new.categories),
        min_count: new.min_count,
        grace_days: new.grace_days,
        valid_from: new.valid_from,
        valid_to: new.valid_to,
        legal_basis: said("/legal_basis", &new.legal_basis)?,
    };
    check(tx, &row)?;
    tx.record(Change::new("create", "training_requirements", id, 1).on(row.valid_from).after(new));
    tx.execute(diesel::insert_into(training_requirements::table).values(&row))?;
    Ok(row)
}

fn correct(
    tx: &mut Tx<'_>,
    row: RequirementRow,
    before: &TrainingRequirementCorrection,
    after: &TrainingRequirementCorrection,
) -> Result<RequirementRow> {
    let row = RequirementRow {
        version: row.version + 1,
        updated_at: tx.now(),
        categories: codes(&after.categories),
        min_count: after.min_count,
        grace_days: after.grace_days,
        valid_from: after.valid_from,
        valid_to: after.valid_to,
        legal_basis: said("/legal_basis", &after.legal_basis)?,
        ..row
    };
    check(tx, &row)?;
    tx.record(Change::new("update", "training_requirements", row.id, row.version).before(before).after(after));
    let seen = training_requirements::table
        .filter(training_requirements::id.eq(row.id))
        .filter(training_requirements::version.eq(row.version - 1));
    let saved = tx.execute(diesel::update(seen).set((
        training_requirements::version.eq(row.version),
        training_requirements::updated_at.eq(row.updated_at),
        training_requirements::categories.eq(row.categories.clone()),
        training_requirements::min_count.eq(row.min_count),
        training_requirements::grace_days.eq(row.grace_days),
        training_requirements::valid_from.eq(row.valid_from),
        training_requirements::valid_to.eq(row.valid_to),
        training_requirements::legal_basis.eq(&row.legal_basis),
    )))?;
    Problem::unless_one(saved)?;
    Ok(row)
}

fn codes(categories: &[CourseCategory]) -> TextList {
    TextList::of(&categories.iter().map(|category| category.as_str()).collect::<Vec<_>>())
}

/// Real days, and no other requirement that counts one of its categories for the same audience in that time.
fn check(tx: &mut Tx<'_>, row: &RequirementRow) -> Result<()> {
    use crate::officers::rules;
    rules::check_day("/valid_from", row.valid_from)?;
    if let Some(to) = row.valid_to {
        rules::check_day("/valid_to", to)?;
    }
    rules::check_period("/valid_to", row.valid_from, row.valid_to)?;
    let others: Vec<RequirementRow> = tx.read().load(
        training_requirements::table
            .filter(training_requirements::audience.eq(row.audience))
            .filter(training_requirements::id.ne(row.id))
            .select(RequirementRow::as_select()),
    )?;
    let counted = row.categories();
    let other = others
        .iter()
        .filter(|other| other.categories().iter().any(|category| counted.contains(category)))
        .find(|other| rules::overlap(row.valid_from, row.valid_to, other.valid_from, other.valid_to));
    match other {
        None => Ok(()),
        Some(other) => Err(Problem::field(
            "/valid_from",
            "requirements_overlap",
            format!("Trùng thời gian với yêu cầu theo {}", other.legal_basis),
            format!("Overlaps with the requirement by {}", other.legal_basis),
        )),
    }
}

/// Loads the requirements of the programme, once; the province keeps them from then on (targets T4A, T4B and T6).
pub(crate) fn ensure_training_requirements(tx: &mut Tx<'_>) -> Result<()> {
    use CourseCategory::{InformationGathering, Mobilisation, SocialWork, UnionGuidance, UnionWork};
    let any: Vec<Id> = tx.read().load(training_requirements::table.select(training_requirements::id).limit(1))?;
    if !any.is_empty() {
        return Ok(());
    }
    let (now, from) = (tx.now(), NaiveDate::from_ymd_opt(2016, 1, 1).unwrap_or(NaiveDate::MIN));
    for (audience, categories, min_count, basis) in [
        (Audience::FullTime, &[UnionWork, SocialWork][..], 3, "Chương trình công tác, chỉ tiêu 4 (cán bộ chuyên trách)"),
        (Audience::BranchHead, &[UnionWork][..], 2, "Chương trình công tác, chỉ tiêu 4 (chi hội trưởng)"),
        (
            Audience::CoreMember,
            &[InformationGathering, Mobilisation, UnionGuidance][..],
            1,
            "Chương trình công tác, mục III.1.1 (hội viên nòng cốt)",
        ),
    ] {
        let row = RequirementRow {
            id: Id::new(),
            version: 1,
            created_at: now,
            updated_at: now,
            audience,
            categories: codes(categories),
            min_count,
            grace_days: 180,
            valid_from: from,
            valid_to: None,
            legal_basis: basis.into(),
        };
        tx.keep(diesel::insert_into(training_requirements::table).values(&row))?;
    }
    Ok(())
}

// ---- routes

/// List training requirements
///
/// How often audiences must be trained in a term, in the order in which they were set. Every role may read them.
#[utoipa::path(tag = "training-needs", operation_id = "list_training_requirements", params(TrainingRequirementFilters, Paging, Shape),
    responses((status = 200, description = "A page of requirements", body = Listing<TrainingRequirement>)), security(("password" = [])))]
#[get("/training-requirements")]
async fn list_training_requirements(
    access: Access,
    db: web::Data<Db>,
    query: Query<TrainingRequirementFilters, List>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Standards)?;
    query.shape.check(FIELDS, &[])?;
    let filters = query.filters.clone();
    let writable = access.may(Action::Update, Resource::Standards);
    page::list(&db, access.principal().id, &query, "id", move |reader, after, descending, limit| {
        Ok(list(reader, &scope, &filters, after, descending, limit)?.map(|row| view(writable, row)))
    })
    .await
}

/// Read a training requirement
///
/// Every role may read it.
#[utoipa::path(tag = "training-needs", operation_id = "get_training_requirement", params(("id" = Id, Path, description = "The requirement"), Shape),
    responses((status = 200, description = "The requirement", body = TrainingRequirement, headers(("ETag" = String, description = "Its version"))),
    (status = 304, description = "Not changed since the version in If-None-Match"), NotThere), security(("password" = [])))]
#[get("/training-requirements/{id}")]
async fn get_training_requirement(
    request: HttpRequest,
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Standards)?;
    query.shape.check(FIELDS, &[])?;
    let id = id.into_inner();
    let writable = access.may(Action::Update, Resource::Standards);
    let found = view(writable, db.read(move |reader| find(reader, &scope, id)).await?);
    answer::object(&request, &query.shape, found.version, &found)
}

/// Set a training requirement
///
/// From a day on. Coverage is measured by it at once.
#[utoipa::path(tag = "training-needs", operation_id = "create_training_requirement", request_body = NewTrainingRequirement,
    responses((status = 201, description = "Set", body = TrainingRequirement), NotMade), security(("password" = [])))]
#[post("/training-requirements")]
async fn create_training_requirement(command: Command<Json<NewTrainingRequirement>>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Create, Resource::Standards)?;
    let write = scope.clone();
    command
        .run(&scope, move |tx, Json(new), given| {
            let id = new.id.unwrap_or_default();
            if new.id.is_some() && given.claim_id(tx, "training-requirements", id, new)? {
                let found = view(true, find(&mut tx.read(), &write, id)?);
                return Answer::changed(found.version, &found);
            }
            let made = view(true, create(tx, &write, id, new)?);
            Answer::created(format!("/api/v1/training-requirements/{id}"), made.version, &made)
        })
        .await
}

/// Correct or end a training requirement
///
/// A new programme: end this one with `valid_to`, and set another from that day on.
#[utoipa::path(tag = "training-needs", operation_id = "update_training_requirement", params(("id" = Id, Path, description = "The requirement"),
    ("If-Match" = String, Header, description = "The version you have read")),
    request_body(content = Patch<TrainingRequirementCorrection>, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "As it is now", body = TrainingRequirement), NotChanged), security(("password" = [])))]
#[patch("/training-requirements/{id}")]
async fn update_training_requirement(
    command: Command<Patch<TrainingRequirementCorrection>>,
    id: web::Path<Id>,
) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Standards)?;
    let (write, id) = (scope.clone(), id.into_inner());
    command
        .run(&scope, move |tx, patch, given| {
            let row = find(&mut tx.read(), &write, id)?;
            given.check_version(tx, id, row.version, patch.names())?;
            let before = TrainingRequirementCorrection {
                categories: row.categories(),
                min_count: row.min_count,
                grace_days: row.grace_days,
                valid_from: row.valid_from,
                valid_to: row.valid_to,
                legal_basis: row.legal_basis.clone(),
            };
            let after = patch.apply(&before)?;
            let row = if patch.is_empty() { row } else { correct(tx, row, &before, &after)? };
            let found = view(true, row);
            Answer::changed(found.version, &found)
        })
        .await
}

fn view(writable: bool, row: RequirementRow) -> TrainingRequirement {
    let update = writable.then(|| AllowedAction::update(format!("/api/v1/training-requirements/{}", row.id)));
    TrainingRequirement {
        categories: row.categories(),
        id: row.id,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
        audience: row.audience,
        min_count: row.min_count,
        grace_days: row.grace_days,
        valid_from: row.valid_from,
        valid_to: row.valid_to,
        legal_basis: row.legal_basis,
        allowed_actions: update.into_iter().collect(),
    }
}
