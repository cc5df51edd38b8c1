//! Complaints: every petition from the day it comes in, with its clocks and its silence (domain guide 6.4, 7.3).
//!
//! In reading order: [`model`] is what a case is made of, [`visible`] who may see it (the one place that says so),
//! [`intake`] how it comes in, [`machine`] what may be done with it.

pub(crate) mod clocks;
mod deadlines;
mod intake;
mod model;
mod visible;

mod disclosures;
mod lint;
mod messages;
mod pins;
mod public;
mod tokens;
pub(crate) mod vault;

pub(crate) use deadlines::tasks;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{code_lists::CodeList, machine::AnyMachine};

/// The enumerations of this module.
pub const CODE_LISTS: &[CodeList] = &[
    model::ComplaintKind::LIST,
    model::ComplaintStatus::LIST,
    model::Channel::LIST,
    model::Matter::LIST,
    model::Competence::LIST,
    model::Complexity::LIST,
    model::ComplexityCriterion::LIST,
    model::Custody::LIST,
    model::SubjectCapacity::LIST,
    model::RecusalGround::LIST,
    model::ComplaintFlag::LIST,
    model::ComplaintResult::LIST,
    public::PetitionState::LIST,
    disclosures::DisclosureStatus::LIST,
    model::EarlierFiling::LIST,
    model::FilingReason::LIST,
    model::RefusalReason::LIST,
    model::SuspensionReason::LIST,
    model::ContinuationGround::LIST,
    model::EscalationReason::LIST,
    model::RecordKind::LIST,
    model::AlertKind::LIST,
];

/// Its state machines.
pub const MACHINES: &[&dyn AnyMachine] = &[&disclosures::MACHINE];

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        // Before the case of an id.
        .service(deadlines::list_complaint_deadlines)
        .service(public::hand_in_petition)
        .service(public::look_up_petition)
        .service(public::send_petition_message)
        .service(messages::list_complaint_messages)
        .service(messages::send_complaint_message)
        .service(disclosures::list_identity_disclosures)
        .service(disclosures::get_identity_disclosure)
        .service(disclosures::list_identity_disclosure_events)
        .service(disclosures::create_identity_disclosure)
        .service(disclosures::confirm_identity_disclosure)
        .service(disclosures::refuse_identity_disclosure)
        .service(disclosures::disclose_identity);
}
