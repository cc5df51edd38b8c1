//! Whom a course should take: those of its audience who lack most, so that coverage rises most; and the invitations.

use std::collections::{HashMap, HashSet};

use actix_web::{HttpResponse, get, post, web};
use diesel::{ExpressionMethods, QueryDsl};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::{
    Audience, CoverageState,
    courses::{self, CourseRow},
    coverage,
    enrolments::{self, Enrolment, Me},
    machine::COURSES,
};
use crate::{
    access::{Access, Action, Resource},
    db::{
        Db, Id, Reader, Tx,
        schema::{appointments, members},
    },
    http::{Answer, Bare, Code, Command, Json, Listing, NotTaken, NotThere, Problem, Query, Result, page},
    members::MemberStatus,
    officers::{AppointmentStatus, PersonRef, Post, people},
    units,
};

pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list_invitation_proposals).service(invite_trainees);
}

// ---- types

/// Somebody whom a course should take.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct InvitationProposal {
    pub member_id: Id,
    pub member: PersonRef,
    /// Where she has the post, or is a core member.
    pub unit_id: Id,
    /// As what she belongs to the course's audience.
    pub audience: Audience,
    pub completion_count: i64,
    pub lacking_count: i64,
    pub state: CoverageState,
}

/// How many are wanted.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ProposalFilters {
    /// So many at most; as many as there are free places unless you say otherwise.
    #[param(minimum = 1, maximum = 200, example = 40)]
    pub count: Option<u32>,
}

/// People to be invited.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CourseInvitation {
    /// Each of the course's audience, in the organiser's subtree. Whoever was invited before is left as she is.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_items = 1, max_items = 200)]
    pub member_ids: Vec<Id>,
}

// ---- queries

/// Those of the audience without a part in the course, whoever lacks most first, then whoever has waited longest.
fn propose(reader: &mut Reader<'_>, course: &CourseRow, count: usize) -> Result<Vec<InvitationProposal>> {
    let enrolled: HashSet<Id> = enrolments::of_course(reader, course.id)?.into_iter().map(|row| row.member_id).collect();
    let span = coverage::running_term(reader, course.unit_id)?;
    let mut best: HashMap<Id, (Audience, CoverageState, i64, coverage::Standing)> = HashMap::new();
    for audience in course.audience() {
        let mut measure = coverage::measure(reader, audience, Some(course.category), span)?;
        // Where nothing is required, whoever has none goes before whoever has some.
        let required = measure.required > 0;
        measure.required = measure.required.max(1);
        coverage::each(reader, &measure, course.unit_id, |one| {
            if enrolled.contains(&one.member_id) {
                return;
            }
            let lacking = measure.lacking(&one);
            let state = if required { measure.state(&one) } else { CoverageState::NotRequired };
            let better = best.get(&one.member_id).is_none_or(|(_, _, known, _)| lacking > *known);
            if better {
                best.insert(one.member_id, (audience, state, lacking, one));
            }
        })?;
    }
    let mut ranked: Vec<_> = best.into_values().collect();
    ranked.sort_by_key(|(_, state, lacking, one)| {
        // Who is due goes before who is not yet, who is not yet before who has it.
        let turn = match state {
            CoverageState::Lacking => 0,
            CoverageState::NotRequired => 1,
            CoverageState::NotYetDue => 2,
            CoverageState::Met => 3,
        };
        (turn, -lacking, one.since, one.member_id)
    });
    ranked.truncate(count);
    let mut places: HashMap<Id, Id> = HashMap::new();
    for audience in course.audience() {
        let of: Vec<Id> = ranked.iter().filter(|(one, ..)| *one == audience).map(|(.., one)| one.member_id).collect();
        places.extend(coverage::places(reader, audience, course.unit_id, &of)?);
    }
    ranked
        .into_iter()
        .map(|(audience, state, lacking_count, one)| {
            use chrono::Datelike;
            Ok(InvitationProposal {
                member_id: one.member_id,
                unit_id: people::kept(places.get(&one.member_id).copied())?,
                audience,
                completion_count: one.completions,
                lacking_count,
                state,
                member: PersonRef { id: one.member_id, full_name: one.full_name, birth_year: one.born_on.year() },
            })
        })
        .collect()
}

/// Where somebody belongs to one of these audiences in the subtree of a unit; none: she does not.
pub(super) fn place(reader: &mut Reader<'_>, member_id: Id, audience: &[Audience], top: Id) -> Result<Option<Id>> {
    let person: Option<(Id, bool, MemberStatus)> =
        reader.optional(members::table.find(member_id).select((members::unit_id, members::is_core, members::status)))?;
    let Some((unit_id, is_core, MemberStatus::Active)) = person else { return Ok(None) };
    let posts: Vec<(Id, Post, bool)> = reader.load(
        appointments::table
            .filter(appointments::member_id.eq(member_id))
            .filter(appointments::status.eq(AppointmentStatus::Held))
            .filter(appointments::unit_id.eq_any(people::below(vec![top])))
            .order((appointments::starts_on.asc(), appointments::id.asc()))
            .select((appointments::unit_id, appointments::post, appointments::is_full_time)),
    )?;
    let fits = |post: Post, full_time: bool| {
        audience.iter().any(|one| one.post() == Some(post) || (*one == Audience::FullTime && full_time))
    };
    if let Some((unit, ..)) = posts.iter().find(|(_, post, full_time)| fits(*post, *full_time)) {
        return Ok(Some(*unit));
    }
    let core = is_core && audience.contains(&Audience::CoreMember) && units::store::lineage(reader, unit_id)?.contains(&top);
    Ok(core.then_some(unit_id))
}

/// Invites each who has no part in the course yet.
fn invite(tx: &mut Tx<'_>, course: &CourseRow, invitation: &CourseInvitation) -> Result<Vec<enrolments::EnrolmentRow>> {
    let mut made = Vec::new();
    let mut enrolled: HashSet<Id> =
        enrolments::of_course(&mut tx.read(), course.id)?.into_iter().map(|row| row.member_id).collect();
    let audience = course.audience();
    let mut wanted = Vec::new();
    for (index, member_id) in invitation.member_ids.iter().enumerate() {
        if !enrolled.insert(*member_id) {
            continue;
        }
        let unit = place(&mut tx.read(), *member_id, &audience, course.unit_id)?.ok_or_else(|| {
            Problem::field(
                format!("/member_ids/{index}"),
                "not_of_the_audience",
                "Không có người này, hoặc không thuộc đối tượng của lớp trong phạm vi đơn vị tổ chức",
                "There is no such person, or she is not of the course's audience under the organiser",
            )
        })?;
        wanted.push((*member_id, unit));
    }
    for (member_id, unit) in wanted {
        made.push(enrolments::invite(tx, course, member_id, unit)?);
    }
    Ok(made)
}

// ---- routes

/// List whom a course should take
///
/// Of its audience under the organiser, those who lack most of what they must have in the term come first: so coverage rises
/// most. Whoever is invited already is left out.
#[utoipa::path(tag = "courses", operation_id = "list_invitation_proposals", params(("id" = Id, Path, description = "The course"), ProposalFilters),
    responses((status = 200, description = "The best first", body = Listing<InvitationProposal>), NotThere), security(("password" = [])))]
#[get("/courses/{id}/invitation-proposals")]
async fn list_invitation_proposals(
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<ProposalFilters, Bare>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Update, Resource::Trainings)?;
    let read = access.to(Action::Read, Resource::Trainings)?;
    if query.filters.count.is_some_and(|count| !(1..=200).contains(&count)) {
        return Err(Problem::parameter("count", "range", "Phải từ 1 đến 200", "Must be 1 to 200"));
    }
    let (id, caller, wanted) = (id.into_inner(), access.principal().id, query.filters.count);
    let found = db
        .read(move |reader| {
            let (course, lineage) = courses::find(reader, &read, id)?;
            if !courses::keeps(&scope, &lineage, caller, &course) {
                return Err(Problem::new(Code::Forbidden));
            }
            let free = (course.quota - course.confirmed_count).clamp(1, 200);
            propose(reader, &course, wanted.map_or(usize::try_from(free).unwrap_or(1), |count| count as usize))
        })
        .await?;
    page::whole(&query, &found)
}

/// Invite people to a course
///
/// Each becomes an enrolment that she or her unit confirms or declines.
#[utoipa::path(tag = "courses", operation_id = "invite_trainees", params(("id" = Id, Path, description = "The course"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = CourseInvitation,
    responses((status = 201, description = "The new enrolments", body = Listing<Enrolment>), NotTaken), security(("password" = [])))]
#[post("/courses/{id}/invitations")]
async fn invite_trainees(command: Command<Json<CourseInvitation>>, id: web::Path<Id>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Trainings)?;
    let read = command.access.to(Action::Read, Resource::Trainings)?;
    let (write, id, me) = (scope.clone(), id.into_inner(), Me::of(&command.access));
    command
        .run(&scope, move |tx, Json(invitation), given| {
            let (course, lineage) = courses::find(&mut tx.read(), &read, id)?;
            given.check_version(tx, id, course.version, std::iter::empty())?;
            let standing = courses::standing(Some(&write), &lineage, me.account, &course);
            COURSES.step("invite", id, course.status, |step| standing.may(step))?;
            let made = invite(tx, &course, invitation)?;
            let items = enrolments::views(&mut tx.read(), Some(&write), me, made)?;
            let listing = Listing { items, next: None, total: None };
            Ok(Answer::done(&listing)?.with_status(actix_web::http::StatusCode::CREATED))
        })
        .await
}
