//! What trainings ask of somebody by when, for her work list: invitations to answer, courses to bring to an end.

use chrono::{Days, NaiveDate};
use diesel::{BoolExpressionMethods, ExpressionMethods, JoinOnDsl, QueryDsl};

use super::{CourseStatus, EnrolmentStatus, machine::ORGANISERS};
use crate::{
    access::{Access, Resource, Role},
    calendar::days::{day_of, starts_at},
    db::{
        Id, Instant, Reader,
        schema::{courses, enrolments, unit_tree},
    },
    http::{Locale, Result},
    tasks::{Due, Task},
};

/// How long after its last session a course is brought to an end (domain guide 7.1, C4).
const TO_COMPLETE: Days = Days::new(10);

pub(crate) fn tasks(reader: &mut Reader<'_>, access: &Access, until: NaiveDate) -> Result<Vec<Task>> {
    let say = |vi: &str, en: &str| match access.locale() {
        Locale::Vi => vi.to_owned(),
        Locale::En => en.to_owned(),
    };
    let mut tasks = Vec::new();
    // Her own, and those of women of her unit, for whom she answers.
    let answers_for = access.units_as(&[Role::BranchHead, Role::BaseEditor, Role::BasePresident]);
    let below = unit_tree::table.filter(unit_tree::ancestor_id.eq_any(answers_for)).select(unit_tree::unit_id);
    let herself: Vec<Id> = access.principal().member_id.into_iter().collect();
    let invited: Vec<(Id, Option<Instant>)> = reader.load(
        enrolments::table
            .inner_join(courses::table.on(courses::id.eq(enrolments::course_id)))
            .filter(enrolments::status.eq(EnrolmentStatus::Invited))
            .filter(enrolments::unit_id.eq_any(below).or(enrolments::member_id.eq_any(herself)))
            .filter(courses::starts_at.lt(starts_at(until)))
            .select((enrolments::id, courses::starts_at)),
    )?;
    tasks.extend(invited.into_iter().filter_map(|(id, starts_at)| {
        Some(Due {
            id,
            resource: Resource::Trainings,
            code: "confirm",
            title: say("Trả lời giấy mời học", "Answer an invitation to a course"),
            due_on: day_of(starts_at?),
            href: format!("/api/v1/enrolments/{id}"),
        })
    }));
    let organises = access.units_as(ORGANISERS);
    if !organises.is_empty() {
        let running: Vec<(Id, Option<Instant>)> = reader.load(
            courses::table
                .filter(courses::unit_id.eq_any(organises))
                .filter(courses::status.eq(CourseStatus::Running))
                .select((courses::id, courses::ends_at)),
        )?;
        tasks.extend(running.into_iter().filter_map(|(id, ends_at)| {
            let due_on = day_of(ends_at?).checked_add_days(TO_COMPLETE)?;
            (due_on < until).then(|| Due {
                id,
                resource: Resource::Trainings,
                code: "complete",
                title: say("Kết thúc lớp học", "Bring a course to its end"),
                due_on,
                href: format!("/api/v1/courses/{id}"),
            })
        }));
    }
    Due::tasks(reader, tasks)
}
