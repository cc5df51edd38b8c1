//! State machines as data: which step leads from where to where, and who may take it.
//!
//! Each resource with a life cycle has one [`Machine`]; its handlers ask it ([`Machine::step`]), its objects show what it
//! allows ([`Machine::allowed`]), `GET /state-machines` serves it, and the description says from it who may. So the rule
//! stands once. What depends on more than state and role (a member of the team, the handler of a case, a full course) the
//! resource decides itself and passes in.

mod events;
mod routes;

use std::fmt::Display;

pub(crate) use events::{Event, StateEvent, events_of, record};
pub(crate) use routes::configure;

use crate::{
    access::Role,
    code_list,
    code_lists::CodeList,
    db::Id,
    http::{AllowedAction, Code, Problem, Result},
};

code_list! {
    /// As what somebody takes a step, beside her role.
    StepParty in "step_parties" {
        Role = "role", "Người giữ vai trò", "Whoever holds the role there";
        Author = "author", "Người lập", "Whoever made it";
        Trainee = "trainee", "Học viên hoặc đơn vị của học viên", "The trainee, or her unit for her";
        TeamLead = "team_lead", "Trưởng đoàn", "The lead of the team";
        Team = "team", "Thành viên đoàn", "A member of the team";
        InspectedUnit = "inspected_unit", "Đơn vị được kiểm tra", "The inspected unit";
        Handler = "handler", "Người được giao xử lý", "Whoever handles the case";
        Petitioner = "petitioner", "Người gửi đơn", "The petitioner";
        Service = "service", "Hệ thống tự làm", "The service itself";
    }
}

/// The enumeration of this module.
pub const CODE_LISTS: &[CodeList] = &[StepParty::LIST];

/// A way from a state to another.
#[derive(Clone, Copy, Debug)]
pub struct Step<S: 'static> {
    /// The row of the domain guide (7.1 to 7.3) that it comes from.
    pub rule: &'static str,
    /// The verb: `extend`.
    pub action: &'static str,
    /// The sub-resource it is posted to: `extensions`. Empty: no request does it.
    pub noun: &'static str,
    pub from: &'static [S],
    /// Where it may lead. Empty: the state stays.
    pub to: &'static [S],
    pub roles: &'static [Role],
    pub party: StepParty,
    /// Fields that the body must have.
    pub requires: &'static [&'static str],
}

/// The life of a kind of object.
#[derive(Clone, Copy, Debug)]
pub struct Machine<S: 'static> {
    /// `inspections`: plural, as in the path.
    pub name: &'static str,
    /// The address that the id and the noun are put after: `/api/v1/inspections`.
    pub path: &'static str,
    /// All states.
    pub states: &'static CodeList,
    pub steps: &'static [Step<S>],
}

impl<S: Copy + PartialEq + Display + Send + Sync + 'static> Machine<S> {
    /// The step that `action` takes from `state`. 403 when the caller may never take it here, 409 with what is possible
    /// when she may, but not from this state. `may` says whether she may take a step as far as it does not depend on
    /// the state: her roles where the object stands, and the party.
    pub fn step(&self, action: &str, id: Id, state: S, may: impl Fn(&Step<S>) -> bool) -> Result<&'static Step<S>> {
        let mut hers = self.requests().filter(|step| step.action == action && may(step)).peekable();
        if hers.peek().is_none() {
            return Err(Problem::new(Code::Forbidden));
        }
        hers.find(|step| step.from.contains(&state)).ok_or_else(|| {
            Problem::new(Code::InvalidTransition).with("allowed_actions", serde_json::json!(self.allowed(id, state, may)))
        })
    }

    /// What the caller may do from this state, each once.
    pub fn allowed(&self, id: Id, state: S, may: impl Fn(&Step<S>) -> bool) -> Vec<AllowedAction> {
        let mut allowed: Vec<AllowedAction> = Vec::new();
        for step in self.requests().filter(|step| step.from.contains(&state) && may(step)) {
            if allowed.iter().all(|known| known.action != step.action) {
                let href = format!("{}/{id}/{}", self.path, step.noun);
                allowed.push(AllowedAction::act(step.action, href).requiring(step.requires));
            }
        }
        allowed
    }

    fn requests(&self) -> impl Iterator<Item = &'static Step<S>> {
        self.steps.iter().filter(|step| !step.noun.is_empty())
    }
}

/// A machine of whatever states.
pub trait AnyMachine: Sync {
    fn describe(&self) -> routes::StateMachine;
    fn actions(&self) -> Vec<&'static str>;
    /// The roles that may post to this address, if it is one of the machine's.
    fn roles_at(&self, path: &str) -> Option<Vec<Role>>;
}

impl<S: Copy + PartialEq + Display + Send + Sync + 'static> AnyMachine for Machine<S> {
    fn describe(&self) -> routes::StateMachine {
        routes::StateMachine::of(self)
    }

    fn actions(&self) -> Vec<&'static str> {
        self.steps.iter().map(|step| step.action).collect()
    }

    fn roles_at(&self, path: &str) -> Option<Vec<Role>> {
        let noun = path.strip_prefix(self.path)?.strip_prefix("/{id}/")?;
        let mut roles: Vec<Role> = Vec::new();
        for role in self.requests().filter(|step| step.noun == noun).flat_map(|step| step.roles) {
            if !roles.contains(role) {
                roles.push(*role);
            }
        }
        (!roles.is_empty()).then_some(roles)
    }
}

/// Every machine of the service.
pub fn all() -> impl Iterator<Item = &'static dyn AnyMachine> {
    [crate::trainings::MACHINES, crate::inspections::MACHINES, crate::complaints::MACHINES, crate::attachments::MACHINES]
        .into_iter()
        .flatten()
        .copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_name_states_that_there_are_and_no_step_twice() {
        for machine in all().map(AnyMachine::describe) {
            let known: Vec<&str> = machine.states.iter().map(|state| state.code).collect();
            for step in &machine.steps {
                assert!(!step.from.is_empty(), "{} {}", machine.name, step.action);
                for state in step.from.iter().chain(&step.to) {
                    assert!(known.contains(&state.as_str()), "{}: {state}", machine.name);
                }
                assert_eq!(step.roles.is_empty(), step.party == StepParty::Service, "{} {}", machine.name, step.action);
            }
            for state in known {
                let reached = machine.steps.iter().any(|step| step.to.iter().any(|to| to == state));
                let left = machine.steps.iter().any(|step| step.from.iter().any(|from| from == state));
                assert!(reached || left, "{}: nothing leads to or from {state}", machine.name);
            }
        }
    }
}
