//! Completions: which courses somebody has passed. They belong to the person: no move, merger or end of a post touches them.

use actix_web::{HttpResponse, get, web};
use chrono::NaiveDate;
use diesel::{ExpressionMethods, QueryDsl, Queryable};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{CourseCategory, courses::CourseRow, sessions};
use crate::{
    access::{Access, Action, Resource, Scope},
    db::{
        Change, Db, Id, Instant, Reader, Tx,
        schema::{course_completions, courses, members},
    },
    http::{Bare, Listing, NoFilters, NotThere, Problem, Query, Result, page},
    officers::people,
    units,
};

pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list_course_completions);
}

/// A course that somebody has passed.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable)]
pub struct CourseCompletion {
    pub id: Id,
    pub member_id: Id,
    pub course_id: Id,
    #[schema(example = "Bồi dưỡng nghiệp vụ công tác Hội cho chi hội trưởng")]
    pub course_title: String,
    pub category: CourseCategory,
    /// The day of the last session.
    pub completed_on: NaiveDate,
    pub recorded_at: Instant,
}

/// Keeps that she has passed; once a course.
pub(super) fn add(tx: &mut Tx<'_>, course: &CourseRow, member_id: Id) -> Result<()> {
    let (id, now) = (Id::new(), tx.now());
    let completed_on = sessions::day_of(course.ends_at.unwrap_or(now));
    tx.record(
        Change::new("create", "course_completions", id, 1)
            .at(course.unit_id)
            .on(completed_on)
            .after(&json!({ "member_id": member_id, "course_id": course.id, "category": course.category })),
    );
    tx.execute(diesel::insert_into(course_completions::table).values((
        course_completions::id.eq(id),
        course_completions::member_id.eq(member_id),
        course_completions::course_id.eq(course.id),
        course_completions::category.eq(course.category),
        course_completions::completed_on.eq(completed_on),
        course_completions::recorded_at.eq(now),
    )))?;
    Ok(())
}

/// Whether somebody has passed a course of the category in a year.
pub(super) fn has_in_year(reader: &mut Reader<'_>, member_id: Id, category: CourseCategory, year: i64) -> Result<bool> {
    let Some((from, to)) = year_of(year) else { return Ok(false) };
    let found: Vec<Id> = reader.load(
        course_completions::table
            .filter(course_completions::member_id.eq(member_id))
            .filter(course_completions::category.eq(category))
            .filter(course_completions::completed_on.ge(from))
            .filter(course_completions::completed_on.lt(to))
            .select(course_completions::id)
            .limit(1),
    )?;
    Ok(!found.is_empty())
}

/// The first day of a year, and the first one after it.
pub(super) fn year_of(year: i64) -> Option<(NaiveDate, NaiveDate)> {
    let year = i32::try_from(year).ok()?;
    Some((NaiveDate::from_ymd_opt(year, 1, 1)?, NaiveDate::from_ymd_opt(year + 1, 1, 1)?))
}

/// Somebody of a unit within reach, or with a post, now or before, in one.
pub(super) fn reach(reader: &mut Reader<'_>, scope: &Scope, member_id: Id) -> Result<()> {
    let unit: Id = reader.one(members::table.find(member_id).select(members::unit_id))?;
    let there = scope.reaches(&units::store::lineage(reader, unit)?);
    if there || people::officer_in(reader, scope, member_id, false)?.is_some() { Ok(()) } else { Err(Problem::not_found()) }
}

fn of_person(reader: &mut Reader<'_>, member_id: Id) -> Result<Vec<CourseCompletion>> {
    use diesel::JoinOnDsl;
    reader.load(
        course_completions::table
            .inner_join(courses::table.on(courses::id.eq(course_completions::course_id)))
            .filter(course_completions::member_id.eq(member_id))
            .order((course_completions::completed_on.asc(), course_completions::id.asc()))
            .select((
                course_completions::id,
                course_completions::member_id,
                course_completions::course_id,
                courses::title,
                course_completions::category,
                course_completions::completed_on,
                course_completions::recorded_at,
            )),
    )
}

/// List the courses that somebody has passed
///
/// The first one first, whoever held them. They stay hers wherever she goes.
#[utoipa::path(tag = "courses", operation_id = "list_course_completions", params(("id" = Id, Path, description = "The person")),
    responses((status = 200, description = "All of them", body = Listing<CourseCompletion>), NotThere), security(("password" = [])))]
#[get("/officers/{id}/course-completions")]
async fn list_course_completions(
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters, Bare>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Trainings)?;
    let id = id.into_inner();
    let found = db
        .read(move |reader| {
            reach(reader, &scope, id)?;
            of_person(reader, id)
        })
        .await?;
    page::whole(&query, &found)
}
