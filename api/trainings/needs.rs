//! Needs (nhu cầu bồi dưỡng): proposed by hand or found from the gaps, decided, planned, and closed by a completion.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use chrono::Datelike;
use diesel::{ExpressionMethods, Insertable, QueryDsl, Queryable, Selectable, SelectableHelper};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::{
    CourseCategory, EnrolmentStatus, NeedReason, NeedStatus, completions,
    courses::CourseRow,
    gaps,
    machine::{NEEDS, PROPOSERS, Standing},
    plans, said,
};
use crate::{
    access::{Access, Action, Resource, Scope},
    calendar::today,
    db::{Change, Db, Id, Instant, Reader, Tx, schema::training_needs},
    http::{
        AllowedAction, Answer, Bare, Body, Code, Command, Json, List, Listing, NoBody, NoFilters, NotMade, NotTaken, NotThere,
        Page, Paging, Problem, Query, Result, Shape, answer, page,
    },
    machine::{self, Event, StateEvent},
    officers::{
        PersonRef,
        people::{self, below, kept},
    },
    units,
};

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list_training_needs)
        .service(create_training_need)
        .service(generate_training_needs)
        .service(get_training_need)
        .service(list_training_need_events)
        .service(accept_training_need)
        .service(reject_training_need)
        .service(resubmit_training_need)
        .service(plan_training_need);
}

// ---- types

/// The row.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = training_needs)]
pub(super) struct NeedRow {
    pub id: Id,
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub member_id: Id,
    pub unit_id: Id,
    pub category: CourseCategory,
    pub year: i64,
    pub reason: NeedReason,
    pub note: Option<String>,
    pub status: NeedStatus,
    pub decision_reason: Option<String>,
    pub plan_item_id: Option<Id>,
    pub course_id: Option<Id>,
}

/// What somebody needs to learn.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TrainingNeed {
    pub id: Id,
    /// Rises by one with each change; the `ETag`.
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub member_id: Id,
    pub member: PersonRef,
    /// Where she has the post, or is a core member.
    pub unit_id: Id,
    pub category: CourseCategory,
    #[schema(example = 2026)]
    pub year: i64,
    pub reason: NeedReason,
    pub note: Option<String>,
    pub status: NeedStatus,
    /// Why it was not accepted.
    pub decision_reason: Option<String>,
    /// The line of a plan that is to meet it.
    pub plan_item_id: Option<Id>,
    /// The course that met it.
    pub course_id: Option<Id>,
    /// What you may do with it now.
    pub allowed_actions: Vec<AllowedAction>,
}

/// A need, proposed by hand.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTrainingNeed {
    /// A UUIDv7 of your own, if you make ids; sent again, the same request finds the same need.
    pub id: Option<Id>,
    /// Somebody with a post within your reach, or a core member of a unit there.
    pub member_id: Id,
    pub category: CourseCategory,
    /// One a person, category and year.
    #[validate(range(min = 2000, max = 2100))]
    #[schema(minimum = 2000, maximum = 2100, example = 2026)]
    pub year: i64,
    pub reason: NeedReason,
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300, example = "Mới giữ chức vụ")]
    pub note: Option<String>,
}

/// For whom needs are to be found.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TrainingNeedRound {
    /// The people in the subtree of this unit.
    pub unit_id: Id,
    #[validate(range(min = 2000, max = 2100))]
    #[schema(minimum = 2000, maximum = 2100, example = 2026)]
    pub year: i64,
}

/// What was found.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TrainingNeedRoundResult {
    pub unit_id: Id,
    pub year: i64,
    /// New needs.
    pub created_count: i64,
    /// Gaps that a need of the year stands for already, or a course of the year has closed.
    pub covered_count: i64,
    /// Open needs of earlier years, which end with them.
    pub carried_over_count: i64,
}

/// Why it is not accepted.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TrainingNeedRejection {
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300, example = "Đã học lớp tương tự năm trước")]
    pub reason: String,
}

/// What is to meet it.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TrainingNeedPlanning {
    /// A line of an approved plan, of the same category and year, of the unit of the person or one above it.
    pub plan_item_id: Id,
}

/// Filters of `GET /training-needs`.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TrainingNeedFilters {
    /// Of people in the subtree of this unit, itself included.
    pub within: Option<Id>,
    /// Of this person.
    pub member_id: Option<Id>,
    pub year: Option<i64>,
    /// Only these states.
    #[serde(default)]
    pub status: Vec<NeedStatus>,
    /// Only these categories.
    #[serde(default)]
    pub category: Vec<CourseCategory>,
}

const FIELDS: &[&str] = &[
    "id",
    "version",
    "created_at",
    "updated_at",
    "member_id",
    "member",
    "unit_id",
    "category",
    "year",
    "reason",
    "note",
    "status",
    "decision_reason",
    "plan_item_id",
    "course_id",
    "allowed_actions",
];

const OPEN: [NeedStatus; 3] = [NeedStatus::Proposed, NeedStatus::Accepted, NeedStatus::Planned];

// ---- queries

fn list(
    reader: &mut Reader<'_>,
    scope: &Scope,
    filters: &TrainingNeedFilters,
    after: Option<Id>,
    descending: bool,
    limit: i64,
) -> Result<Page<NeedRow, Id>> {
    let mut query = training_needs::table.select(NeedRow::as_select()).into_boxed();
    if let Some(roots) = scope.roots() {
        query = query.filter(training_needs::unit_id.eq_any(below(roots)));
    }
    if let Some(top) = filters.within {
        query = query.filter(training_needs::unit_id.eq_any(below(vec![top])));
    }
    if let Some(member) = filters.member_id {
        query = query.filter(training_needs::member_id.eq(member));
    }
    if let Some(year) = filters.year {
        query = query.filter(training_needs::year.eq(year));
    }
    if !filters.status.is_empty() {
        query = query.filter(training_needs::status.eq_any(filters.status.clone()));
    }
    if !filters.category.is_empty() {
        query = query.filter(training_needs::category.eq_any(filters.category.clone()));
    }
    query = match (after, descending) {
        (Some(id), false) => query.filter(training_needs::id.gt(id)),
        (Some(id), true) => query.filter(training_needs::id.lt(id)),
        (None, _) => query,
    };
    query = if descending { query.order(training_needs::id.desc()) } else { query.order(training_needs::id.asc()) };
    let rows = reader.load(query.limit(limit + 1))?;
    Ok(Page::of(rows, limit, |row: &NeedRow| row.id, None))
}

fn find(reader: &mut Reader<'_>, scope: &Scope, id: Id) -> Result<(NeedRow, Vec<Id>)> {
    let row: NeedRow = reader.one(training_needs::table.find(id).select(NeedRow::as_select()))?;
    let lineage = units::store::reach(reader, scope, row.unit_id)?;
    Ok((row, lineage))
}

/// N1: she holds a post, or is a core member; and no need stands for it this year.
fn create(tx: &mut Tx<'_>, scope: &Scope, id: Id, new: &NewTrainingNeed) -> Result<NeedRow> {
    let person = people::reach_field(&mut tx.read(), scope, "/member_id", new.member_id)?;
    let unit_id = match people::officer_in(&mut tx.read(), scope, person.id, true)? {
        Some(unit) => unit,
        None if person.is_core => person.unit_id,
        None => {
            return Err(Problem::field(
                "/member_id",
                "neither_officer_nor_core",
                "Người này không giữ chức vụ và không phải hội viên nòng cốt",
                "She holds no post and is no core member",
            ));
        }
    };
    if exists(&mut tx.read(), new.member_id, new.category, new.year)? {
        return Err(Problem::field(
            "/category",
            "need_exists",
            "Năm này đã có nhu cầu cùng nội dung của người này",
            "There is a need for it in this year already",
        ));
    }
    let note = new.note.as_deref().map(|words| said("/note", words)).transpose()?;
    let row = blank(tx, id, (new.member_id, unit_id), new.category, new.year, new.reason, note);
    add(tx, &row)?;
    Ok(row)
}

fn exists(reader: &mut Reader<'_>, member_id: Id, category: CourseCategory, year: i64) -> Result<bool> {
    let found: Option<Id> = reader.optional(
        training_needs::table
            .filter(training_needs::member_id.eq(member_id))
            .filter(training_needs::category.eq(category))
            .filter(training_needs::year.eq(year))
            .select(training_needs::id),
    )?;
    Ok(found.is_some())
}

fn blank(
    tx: &Tx<'_>,
    id: Id,
    (member_id, unit_id): (Id, Id),
    category: CourseCategory,
    year: i64,
    reason: NeedReason,
    note: Option<String>,
) -> NeedRow {
    NeedRow {
        id,
        version: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
        member_id,
        unit_id,
        category,
        year,
        reason,
        note,
        status: NeedStatus::Proposed,
        decision_reason: None,
        plan_item_id: None,
        course_id: None,
    }
}

fn add(tx: &mut Tx<'_>, row: &NeedRow) -> Result<()> {
    tx.record(Change::new("create", "training_needs", row.id, 1).at(row.unit_id).after(&json!({
        "member_id": row.member_id, "category": row.category, "year": row.year, "reason": row.reason, "note": row.note,
        "status": row.status,
    })));
    tx.execute(diesel::insert_into(training_needs::table).values(row))?;
    let to = row.status.as_str();
    let event =
        Event { object_id: row.id, object_version: 1, action: "create", from: None, to, effective_on: None, reason: None };
    machine::record(tx, &event)
}

/// The yearly round: a need for each gap that none stands for yet; what earlier years left open ends with them. Again, it finds
/// nothing new.
fn generate(tx: &mut Tx<'_>, round: &TrainingNeedRound) -> Result<TrainingNeedRoundResult> {
    let mut result = TrainingNeedRoundResult {
        unit_id: round.unit_id,
        year: round.year,
        created_count: 0,
        covered_count: 0,
        carried_over_count: 0,
    };
    let old: Vec<NeedRow> = tx.read().load(
        training_needs::table
            .filter(training_needs::unit_id.eq_any(below(vec![round.unit_id])))
            .filter(training_needs::year.lt(round.year))
            .filter(training_needs::status.eq_any(OPEN))
            .select(NeedRow::as_select()),
    )?;
    for row in old {
        advance(tx, row, "carry_over", NeedStatus::CarriedOver)?;
        result.carried_over_count += 1;
    }
    for gap in gaps::find(&mut tx.read(), round.unit_id)? {
        if exists(&mut tx.read(), gap.member_id, gap.category, round.year)?
            || completions::has_in_year(&mut tx.read(), gap.member_id, gap.category, round.year)?
        {
            result.covered_count += 1;
            continue;
        }
        let row = blank(tx, Id::new(), (gap.member_id, gap.unit_id), gap.category, round.year, gap.reason, None);
        add(tx, &row)?;
        result.created_count += 1;
    }
    Ok(result)
}

fn advance(tx: &mut Tx<'_>, row: NeedRow, action: &'static str, to: NeedStatus) -> Result<NeedRow> {
    let from = row.status;
    let row = NeedRow { version: row.version + 1, updated_at: tx.now(), status: to, ..row };
    tx.record(
        Change::new(action, "training_needs", row.id, row.version)
            .at(row.unit_id)
            .because(row.decision_reason.clone())
            .before(&json!({ "status": from }))
            .after(&json!({ "status": to, "plan_item_id": row.plan_item_id })),
    );
    let seen = training_needs::table.filter(training_needs::id.eq(row.id)).filter(training_needs::version.eq(row.version - 1));
    let saved = tx.execute(diesel::update(seen).set((
        training_needs::version.eq(row.version),
        training_needs::updated_at.eq(row.updated_at),
        training_needs::status.eq(row.status),
        training_needs::decision_reason.eq(&row.decision_reason),
        training_needs::plan_item_id.eq(row.plan_item_id),
        training_needs::course_id.eq(row.course_id),
    )))?;
    Problem::unless_one(saved)?;
    let event = Event {
        object_id: row.id,
        object_version: row.version,
        action,
        from: Some(from.as_str()),
        to: to.as_str(),
        effective_on: None,
        reason: row.decision_reason.as_deref(),
    };
    machine::record(tx, &event)?;
    Ok(row)
}

/// N3: what she has passed meets every open need of the category up to that year.
pub(super) fn complete(tx: &mut Tx<'_>, course: &CourseRow, member_id: Id) -> Result<()> {
    let year = course.ends_at.map_or_else(today, super::sessions::day_of).year();
    let rows: Vec<NeedRow> = tx.read().load(
        training_needs::table
            .filter(training_needs::member_id.eq(member_id))
            .filter(training_needs::category.eq(course.category))
            .filter(training_needs::year.le(i64::from(year)))
            .filter(training_needs::status.eq_any(OPEN))
            .select(NeedRow::as_select()),
    )?;
    for row in rows {
        advance(tx, NeedRow { course_id: Some(course.id), ..row }, "complete", NeedStatus::Completed)?;
    }
    Ok(())
}

/// C5: what the cancelled course would have met waits to be planned again, for whoever had a part in it.
pub(super) fn release(tx: &mut Tx<'_>, course: &CourseRow) -> Result<()> {
    use crate::db::schema::enrolments;
    let Some(item) = course.plan_item_id else { return Ok(()) };
    let trainees: Vec<Id> = tx.read().load(
        enrolments::table
            .filter(enrolments::course_id.eq(course.id))
            .filter(enrolments::status.eq(EnrolmentStatus::Released))
            .select(enrolments::member_id),
    )?;
    let rows: Vec<NeedRow> = tx.read().load(
        training_needs::table
            .filter(training_needs::plan_item_id.eq(item))
            .filter(training_needs::status.eq(NeedStatus::Planned))
            .select(NeedRow::as_select()),
    )?;
    // Sifted here: a list of values would be parsed anew each time.
    for row in rows.into_iter().filter(|row| trainees.contains(&row.member_id)) {
        advance(tx, NeedRow { plan_item_id: None, ..row }, "release", NeedStatus::Accepted)?;
    }
    Ok(())
}

// ---- routes

/// List training needs
///
/// In the order in which they were proposed.
#[utoipa::path(tag = "training-needs", operation_id = "list_training_needs", params(TrainingNeedFilters, Paging, Shape),
    responses((status = 200, description = "A page of needs", body = Listing<TrainingNeed>)), security(("password" = [])))]
#[get("/training-needs")]
async fn list_training_needs(access: Access, db: web::Data<Db>, query: Query<TrainingNeedFilters, List>) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Trainings)?;
    query.shape.check(FIELDS, &[])?;
    let filters = query.filters.clone();
    let write = access.to(Action::Update, Resource::Trainings).ok();
    page::list(&db, access.principal().id, &query, "id", move |reader, after, descending, limit| {
        let rows = list(reader, &scope, &filters, after, descending, limit)?;
        Ok(Page { items: views(reader, write.as_ref(), rows.items)?, next: rows.next, total: rows.total })
    })
    .await
}

/// Read a training need
///
/// Of somebody within your reach.
#[utoipa::path(tag = "training-needs", operation_id = "get_training_need", params(("id" = Id, Path, description = "The need"), Shape),
    responses((status = 200, description = "The need", body = TrainingNeed, headers(("ETag" = String, description = "Its version"))),
    (status = 304, description = "Not changed since the version in If-None-Match"), NotThere), security(("password" = [])))]
#[get("/training-needs/{id}")]
async fn get_training_need(
    request: HttpRequest,
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Trainings)?;
    query.shape.check(FIELDS, &[])?;
    let id = id.into_inner();
    let write = access.to(Action::Update, Resource::Trainings).ok();
    let found = db
        .read(move |reader| {
            let (row, _) = find(reader, &scope, id)?;
            view(reader, write.as_ref(), row)
        })
        .await?;
    answer::object(&request, &query.shape, found.version, &found)
}

/// List the steps of a training need
///
/// The first one first.
#[utoipa::path(tag = "training-needs", operation_id = "list_training_need_events", params(("id" = Id, Path, description = "The need")),
    responses((status = 200, description = "All steps", body = Listing<StateEvent>), NotThere), security(("password" = [])))]
#[get("/training-needs/{id}/events")]
async fn list_training_need_events(
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters, Bare>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Trainings)?;
    let id = id.into_inner();
    let events = db
        .read(move |reader| {
            find(reader, &scope, id)?;
            machine::events_of(reader, id)
        })
        .await?;
    page::whole(&query, &events)
}

/// Only who may propose, wherever she stands.
fn require_proposer(scope: &Scope) -> Result<()> {
    if scope.grants().iter().any(|grant| PROPOSERS.contains(&grant.role)) { Ok(()) } else { Err(Problem::new(Code::Forbidden)) }
}

/// Propose a training need
///
/// Of somebody with a post, or of a core member; one a category and year.
#[utoipa::path(tag = "training-needs", operation_id = "create_training_need", request_body = NewTrainingNeed,
    responses((status = 201, description = "Proposed", body = TrainingNeed), NotMade), security(("password" = [])))]
#[post("/training-needs")]
async fn create_training_need(command: Command<Json<NewTrainingNeed>>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Create, Resource::Trainings)?;
    let read = command.access.to(Action::Read, Resource::Trainings)?;
    require_proposer(&scope)?;
    let write = scope.clone();
    command
        .run(&scope, move |tx, Json(new), given| {
            let id = new.id.unwrap_or_default();
            if new.id.is_some() && given.claim_id(tx, "training-needs", id, new)? {
                let (row, _) = find(&mut tx.read(), &read, id)?;
                return show(tx, &write, row);
            }
            let row = create(tx, &write, id, new)?;
            let made = view(&mut tx.read(), Some(&write), row)?;
            Answer::created(format!("/api/v1/training-needs/{id}"), made.version, &made)
        })
        .await
}

/// Find training needs from the gaps
///
/// Title standards not met, and required courses lacking in the running term: one need a person, category and year. Sent again it
/// finds nothing new. Open needs of earlier years are carried over.
#[utoipa::path(tag = "training-needs", operation_id = "generate_training_needs", request_body = TrainingNeedRound,
    responses((status = 201, description = "What was found", body = TrainingNeedRoundResult)), security(("password" = [])))]
#[post("/training-needs/generations")]
async fn generate_training_needs(command: Command<Json<TrainingNeedRound>>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Create, Resource::Trainings)?;
    require_proposer(&scope)?;
    let write = scope.clone();
    command
        .run(&scope, move |tx, Json(round), _| {
            units::store::reach_field(&mut tx.read(), &write, "/unit_id", round.unit_id)?;
            let result = generate(tx, round)?;
            Ok(Answer::done(&result)?.with_status(actix_web::http::StatusCode::CREATED))
        })
        .await
}

/// Takes one step with a need.
async fn take<B: Body + Send + Sync + 'static>(
    command: Command<B>,
    id: Id,
    action: &'static str,
    mut carry_out: impl FnMut(&mut Tx<'_>, NeedRow, &B) -> Result<NeedRow> + Send + 'static,
) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Trainings)?;
    let write = scope.clone();
    command
        .run(&scope, move |tx, body, given| {
            let (row, lineage) = find(&mut tx.read(), &write, id)?;
            given.check_version(tx, id, row.version, std::iter::empty())?;
            let standing = standing(Some(&write), &lineage);
            NEEDS.step(action, id, row.status, |step| standing.may(step))?;
            let row = carry_out(tx, row, body)?;
            show(tx, &write, row)
        })
        .await
}

fn standing<'s>(write: Option<&'s Scope>, lineage: &'s [Id]) -> Standing<'s> {
    Standing { scope: write, lineage, is_author: false, trainee_lineage: &[], is_trainee: false }
}

/// Accept a training need
///
/// It may be planned now.
#[utoipa::path(tag = "training-needs", operation_id = "accept_training_need", params(("id" = Id, Path, description = "The need"),
    ("If-Match" = String, Header, description = "The version you have read")),
    responses((status = 200, description = "As it is now", body = TrainingNeed), NotTaken), security(("password" = [])))]
#[post("/training-needs/{id}/acceptances")]
async fn accept_training_need(command: Command<NoBody>, id: web::Path<Id>) -> Result<HttpResponse> {
    take(command, id.into_inner(), "accept", |tx, row, _| {
        advance(tx, NeedRow { decision_reason: None, ..row }, "accept", NeedStatus::Accepted)
    })
    .await
}

/// Reject a training need
///
/// With the reason. Whoever proposes may propose it again.
#[utoipa::path(tag = "training-needs", operation_id = "reject_training_need", params(("id" = Id, Path, description = "The need"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = TrainingNeedRejection,
    responses((status = 200, description = "As it is now", body = TrainingNeed), NotTaken), security(("password" = [])))]
#[post("/training-needs/{id}/rejections")]
async fn reject_training_need(command: Command<Json<TrainingNeedRejection>>, id: web::Path<Id>) -> Result<HttpResponse> {
    take(command, id.into_inner(), "reject", |tx, row, Json(body)| {
        let reason = said("/reason", &body.reason)?;
        advance(tx, NeedRow { decision_reason: Some(reason), ..row }, "reject", NeedStatus::Rejected)
    })
    .await
}

/// Propose a rejected training need again
///
/// After it was talked about.
#[utoipa::path(tag = "training-needs", operation_id = "resubmit_training_need", params(("id" = Id, Path, description = "The need"),
    ("If-Match" = String, Header, description = "The version you have read")),
    responses((status = 200, description = "As it is now", body = TrainingNeed), NotTaken), security(("password" = [])))]
#[post("/training-needs/{id}/resubmissions")]
async fn resubmit_training_need(command: Command<NoBody>, id: web::Path<Id>) -> Result<HttpResponse> {
    take(command, id.into_inner(), "resubmit", |tx, row, _| {
        advance(tx, NeedRow { decision_reason: None, ..row }, "resubmit", NeedStatus::Proposed)
    })
    .await
}

/// Plan a training need
///
/// A line of an approved plan is to meet it. A course that she passes closes it.
#[utoipa::path(tag = "training-needs", operation_id = "plan_training_need", params(("id" = Id, Path, description = "The need"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = TrainingNeedPlanning,
    responses((status = 200, description = "As it is now", body = TrainingNeed), NotTaken), security(("password" = [])))]
#[post("/training-needs/{id}/plannings")]
async fn plan_training_need(command: Command<Json<TrainingNeedPlanning>>, id: web::Path<Id>) -> Result<HttpResponse> {
    take(command, id.into_inner(), "plan", |tx, row, Json(body)| {
        plans::check_item_for_need(&mut tx.read(), &row, body.plan_item_id)?;
        advance(tx, NeedRow { plan_item_id: Some(body.plan_item_id), ..row }, "plan", NeedStatus::Planned)
    })
    .await
}

fn show(tx: &mut Tx<'_>, write: &Scope, row: NeedRow) -> Result<Answer> {
    let found = view(&mut tx.read(), Some(write), row)?;
    Answer::changed(found.version, &found)
}

fn view(reader: &mut Reader<'_>, write: Option<&Scope>, row: NeedRow) -> Result<TrainingNeed> {
    kept(views(reader, write, vec![row])?.pop())
}

fn views(reader: &mut Reader<'_>, write: Option<&Scope>, rows: Vec<NeedRow>) -> Result<Vec<TrainingNeed>> {
    let people = people::refs(reader, &rows.iter().map(|row| row.member_id).collect::<Vec<_>>())?;
    let lineages = units::store::lineages(reader, &rows.iter().map(|row| row.unit_id).collect::<Vec<_>>())?;
    rows.into_iter()
        .map(|row| {
            let standing = standing(write, lineages.get(&row.unit_id).map_or(&[], Vec::as_slice));
            Ok(TrainingNeed {
                allowed_actions: NEEDS.allowed(row.id, row.status, |step| standing.may(step)),
                member: kept(people.get(&row.member_id).cloned())?,
                id: row.id,
                version: row.version,
                created_at: row.created_at,
                updated_at: row.updated_at,
                member_id: row.member_id,
                unit_id: row.unit_id,
                category: row.category,
                year: row.year,
                reason: row.reason,
                note: row.note,
                status: row.status,
                decision_reason: row.decision_reason,
                plan_item_id: row.plan_item_id,
                course_id: row.course_id,
            })
        })
        .collect()
}
