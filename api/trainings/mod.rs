//! Trainings: what officers need to learn, what is planned and held for them, and who has completed what (domain guide 7.1).
//!
//! One file a resource, each with its types, its queries and its routes. [`words`] are the enumerations, [`machine`] the
//! lives of what has one. A course belongs to the unit that holds it, an enrolment to the trainee's unit and to the
//! organiser, a completion to the person alone.

mod attendance;
mod certificates;
mod completions;
mod courses;
mod coverage;
mod enrolments;
mod feeds;
mod gaps;
pub(crate) mod machine;
mod needs;
mod plans;
mod proposals;
mod requirements;
mod sessions;
mod tasks;
mod words;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) use courses::course_stands_in;
pub(crate) use requirements::ensure_training_requirements;
pub(crate) use tasks::tasks;
pub use words::{
    AttendanceMark, AttendanceSource, Audience, BranchHeadCompetency, CertificateStatus, CourseCategory, CourseStatus,
    CoverageState, DeliveryMode, EnrolmentResult, EnrolmentStatus, FeedKind, NeedReason, NeedStatus, PlanStatus,
    PresidentCompetency, TestResult,
};

use crate::{
    access::Scope,
    code_lists::CodeList,
    db::{Id, Reader, schema::unit_tree},
    http::{Problem, Result},
    machine::AnyMachine,
    units,
};
use diesel::{ExpressionMethods, QueryDsl, dsl};

/// The enumerations of this module.
pub const CODE_LISTS: &[CodeList] = &[
    CourseCategory::LIST,
    DeliveryMode::LIST,
    Audience::LIST,
    NeedReason::LIST,
    NeedStatus::LIST,
    PlanStatus::LIST,
    CourseStatus::LIST,
    EnrolmentStatus::LIST,
    EnrolmentResult::LIST,
    TestResult::LIST,
    AttendanceMark::LIST,
    AttendanceSource::LIST,
    CertificateStatus::LIST,
    CoverageState::LIST,
    FeedKind::LIST,
    PresidentCompetency::LIST,
    BranchHeadCompetency::LIST,
];

/// Its state machines.
pub const MACHINES: &[&dyn AnyMachine] =
    &[&machine::NEEDS, &machine::PLANS, &machine::COURSES, &machine::ENROLMENTS, &machine::CERTIFICATES];

pub fn configure(config: &mut ServiceConfig<'_>) {
    requirements::configure(config);
    needs::configure(config);
    plans::configure(config);
    courses::configure(config);
    proposals::configure(config);
    sessions::configure(config);
    enrolments::configure(config);
    attendance::configure(config);
    completions::configure(config);
    certificates::configure(config);
    coverage::configure(config);
    feeds::configure(config);
}

// ---- what is seen

/// Ids of all units above these, themselves included.
type Above = dsl::Select<dsl::Filter<unit_tree::table, dsl::EqAny<unit_tree::unit_id, Vec<Id>>>, unit_tree::ancestor_id>;

fn above(units: Vec<Id>) -> Above {
    unit_tree::table.filter(unit_tree::unit_id.eq_any(units)).select(unit_tree::ancestor_id)
}

/// What a unit plans and holds is seen by whoever reaches the unit, and by whoever stands below it: it is held for them.
fn near(reader: &mut Reader<'_>, scope: &Scope, unit_id: Id) -> Result<Vec<Id>> {
    let lineage = units::store::lineage(reader, unit_id)?;
    if scope.reaches(&lineage) {
        return Ok(lineage);
    }
    for root in scope.roots().unwrap_or_default() {
        if units::store::lineage(reader, root)?.contains(&unit_id) {
            return Ok(lineage);
        }
    }
    Err(Problem::not_found())
}

/// Words that still say something when cleaned.
fn said(pointer: &str, words: &str) -> Result<String> {
    let words = crate::text::clean(words);
    if words.is_empty() { Err(required(pointer)) } else { Ok(words) }
}

fn required(pointer: &str) -> Problem {
    Problem::field(pointer, "required", "Bắt buộc phải có", "Must be given")
}

/// A set of words of an enumeration, as they stand in one column.
fn words<T: std::str::FromStr>(list: &crate::db::TextList) -> Vec<T> {
    list.items().iter().filter_map(|word| word.parse().ok()).collect()
}
