//! The machines, for front ends that draw them.

use std::fmt::Display;

use actix_web::{HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{Machine, StepParty, all};
use crate::{
    access::Role,
    http::{Bare, Listing, NoFilters, ProblemBody, Query, Result, page},
};

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list_state_machines);
}

/// The life of a kind of object: its states, and the steps between them.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StateMachine {
    #[schema(example = "inspections")]
    pub name: &'static str,
    /// All states, with their labels.
    pub states: Vec<State>,
    pub steps: Vec<StateStep>,
}

/// A state with its labels.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct State {
    #[schema(example = "in_progress")]
    pub code: &'static str,
    #[schema(example = "Đang kiểm tra")]
    pub vi: &'static str,
    #[schema(example = "In progress")]
    pub en: &'static str,
}

/// A way from a state to another.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StateStep {
    /// Its name: a code of the list `allowed_actions`.
    #[schema(example = "start")]
    pub action: &'static str,
    /// Where it is posted; empty: no request does it.
    #[schema(example = "/api/v1/inspections/{id}/starts")]
    pub href: Option<String>,
    #[schema(example = json!(["scheduled"]))]
    pub from: Vec<String>,
    /// Where it may lead; none: the state stays as it is.
    #[schema(example = json!(["in_progress"]))]
    pub to: Vec<String>,
    pub roles: Vec<Role>,
    /// As what one of these roles takes it.
    pub party: StepParty,
    /// Fields that the body must have.
    #[schema(example = json!(["started_on"]))]
    pub requires: Vec<&'static str>,
}

impl StateMachine {
    pub(super) fn of<S: Display>(machine: &Machine<S>) -> Self {
        let names = |states: &[S]| states.iter().map(ToString::to_string).collect::<Vec<_>>();
        let steps = machine.steps.iter().map(|step| StateStep {
            action: step.action,
            href: (!step.noun.is_empty()).then(|| format!("{}/{{id}}/{}", machine.path, step.noun)),
            from: names(step.from),
            to: names(step.to),
            roles: step.roles.to_vec(),
            party: step.party,
            requires: step.requires.to_vec(),
        });
        let states = machine.states.codes.iter().map(|code| State { code: code.code, vi: code.vi, en: code.en });
        Self { name: machine.name, states: states.collect(), steps: steps.collect() }
    }
}

/// List the state machines
///
/// Of each kind of object with a life cycle: all states, and which step leads from where to where, in which role. What *you* may do
/// with one object now stands in its `allowed_actions`. Everybody may read it.
#[utoipa::path(tag = "code-lists", operation_id = "list_state_machines", responses(
    (status = 200, description = "All machines", body = Listing<StateMachine>),
    (status = 400, description = "A parameter is wrong", body = ProblemBody, content_type = "application/problem+json"),
))]
#[get("/state-machines")]
async fn list_state_machines(query: Query<NoFilters, Bare>) -> Result<HttpResponse> {
    page::whole(&query, &all().map(super::AnyMachine::describe).collect::<Vec<_>>())
}
