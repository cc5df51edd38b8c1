//! Complaints: every petition from the day it comes in, with its clocks and its silence (domain guide 6.4, 7.3).
//!
//! In reading order: [`model`] is what a case is made of, [`visible`] who may see it (the one place that says so),
//! [`intake`] how it comes in, [`machine`] what may be done with it.

mod actions;
mod alerts;
pub(crate) mod clocks;
mod deadlines;
mod figures;
mod intake;
mod machine;
mod model;
mod routes;
mod rules;
mod steps;
mod store;
mod views;
mod visible;

mod disclosures;
mod lint;
mod messages;
mod pins;
mod planted;
mod public;
mod retaliation;
mod tokens;
pub(crate) mod vault;

pub(crate) use deadlines::tasks;
pub(crate) use planted::plant;
pub(crate) use retaliation::watch;
pub(crate) use visible::stands_in;

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
    views::AcceptanceCondition::LIST,
    figures::FigureGroup::LIST,
];

/// Its state machines.
pub const MACHINES: &[&dyn AnyMachine] = &[&machine::MACHINE, &disclosures::MACHINE];

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        // Before the case of an id.
        .service(deadlines::list_complaint_deadlines)
        .service(routes::create_complaint)
        .service(routes::list_complaint_receipts)
        .service(routes::list_complaints)
        .service(routes::get_complaint)
        .service(routes::list_complaint_events)
        .service(routes::list_complaint_records)
        .service(routes::get_complaint_original)
        .service(routes::list_complaint_audit_events)
        .service(actions::classify_complaint)
        .service(actions::merge_complaint)
        .service(actions::file_complaint)
        .service(actions::guide_complaint)
        .service(actions::forward_complaint)
        .service(actions::record_complaint_reply)
        .service(actions::protest_complaint)
        .service(actions::accept_complaint)
        .service(actions::refuse_complaint)
        .service(actions::verify_complaint)
        .service(actions::appoint_complaint_handler)
        .service(actions::extend_complaint)
        .service(actions::suspend_complaint)
        .service(actions::resume_complaint)
        .service(actions::open_complaint_dialogue)
        .service(actions::end_complaint_dialogue)
        .service(actions::draft_complaint_decision)
        .service(actions::decide_complaint)
        .service(actions::conclude_complaint)
        .service(actions::implement_complaint)
        .service(actions::close_complaint)
        .service(actions::appeal_complaint)
        .service(actions::continue_complaint)
        .service(actions::withdraw_complaint)
        .service(actions::escalate_complaint)
        .service(actions::assign_complaint)
        .service(actions::answer_complaint)
        .service(actions::reopen_complaint)
        .service(actions::recuse_from_complaint)
        .service(alerts::list_complaint_alerts)
        .service(alerts::acknowledge_complaint_alert)
        .service(figures::list_complaint_figures)
        .service(public::hand_in_petition)
        .service(public::look_up_petition)
        .service(public::send_petition_message)
        .service(public::rate_petition)
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
