//! Inspections: planned, carried out, told to the unit, and followed up (domain guide 7.2).
//!
//! A unit inspects one below it. What the inspected unit may see, and when, stands in [`sight`]; which step follows which,
//! in [`machine`]; who may be of a team, in [`team`]. Everything is recorded at the unit that inspects.

mod agenda;
mod answers;
mod checklists;
mod compliance;
mod findings;
mod machine;
mod model;
mod plans;
mod remediations;
mod routes;
mod rules;
mod shipped;
mod sight;
mod steps;
mod store;
mod tasks;
mod team;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) use checklists::ensure_checklists;
pub use model::{InspectionKind, InspectionMode, InspectionStatus};
pub(crate) use store::stands_in;
pub(crate) use tasks::tasks;

use crate::{code_lists::CodeList, machine::AnyMachine};

/// The enumerations of this module.
pub const CODE_LISTS: &[CodeList] = &[
    InspectionKind::LIST,
    InspectionMode::LIST,
    InspectionStatus::LIST,
    model::InspectionVisibility::LIST,
    model::MinutesSignature::LIST,
    model::NoticeRecipientKind::LIST,
    checklists::AnswerKind::LIST,
    checklists::ChecklistStatus::LIST,
    findings::FindingKind::LIST,
    findings::FindingSeverity::LIST,
    findings::FindingStatus::LIST,
    plans::InspectionPlanStatus::LIST,
    remediations::RemediationStatus::LIST,
];

/// Its state machines.
pub const MACHINES: &[&dyn AnyMachine] = &[&machine::PLANS, &machine::INSPECTIONS, &machine::FINDINGS, &machine::REMEDIATIONS];

pub fn configure(config: &mut ServiceConfig<'_>) {
    plans::configure(config);
    // Before `/inspections/{id}`, which would take their names for ids.
    agenda::configure(config);
    compliance::configure(config);
    routes::configure(config);
    steps::configure(config);
    checklists::configure(config);
    answers::configure(config);
    findings::configure(config);
    remediations::configure(config);
}
