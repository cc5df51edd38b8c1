//! Officers: people in posts, what they know, what their post asks, whom they look after, where they go.
//!
//! Somebody is an officer by her appointments; who she is stands in the roll of members. One file a part, each with its
//! types, its queries and its routes; what is pure stands in [`rules`], what several parts need of the roll and the
//! tree in [`people`].

pub mod appointments;
pub mod assignments;
pub(crate) mod kinships;
mod model;
pub(crate) mod people;
pub mod qualifications;
pub mod roster;
pub(crate) mod rules;
pub mod standards;
pub mod terms;
#[cfg(test)]
mod tests;
pub mod visits;

use utoipa_actix_web::service_config::ServiceConfig;

pub use model::{
    AppointmentEndReason, AppointmentManner, AppointmentStatus, FieldVisitPurpose, FieldVisitStatus, GeneralEducationLevel,
    PersonRef, PoliticalTheoryLevel, Post, ProfessionalLevel, QualificationKind, QualificationLevel, SeatKind, StandardItem,
    StandardResult,
};
pub(crate) use standards::ensure_title_standards;

use crate::code_lists::CodeList;

/// The enumerations of officers, for `GET /code-lists/{name}`.
pub const CODE_LISTS: &[CodeList] = &[
    Post::LIST,
    AppointmentManner::LIST,
    AppointmentStatus::LIST,
    SeatKind::LIST,
    AppointmentEndReason::LIST,
    GeneralEducationLevel::LIST,
    ProfessionalLevel::LIST,
    PoliticalTheoryLevel::LIST,
    QualificationKind::LIST,
    QualificationLevel::LIST,
    StandardItem::LIST,
    StandardResult::LIST,
    FieldVisitPurpose::LIST,
    FieldVisitStatus::LIST,
];

pub fn configure(config: &mut ServiceConfig<'_>) {
    roster::configure(config);
    appointments::configure(config);
    qualifications::configure(config);
    standards::configure(config);
    terms::configure(config);
    assignments::configure(config);
    visits::configure(config);
}
