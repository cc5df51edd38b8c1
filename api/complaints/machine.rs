//! The life of a case as data (domain guide 7.3, K1 to K20).
//!
//! One machine for the four kinds: most of the way is common. What only some kinds go is in [`KINDS`]; a step of another
//! kind is as impossible as one from another state.

use super::model::{
    CaseRow,
    ComplaintKind::{self, Complaint, Denunciation, Feedback, Proposal},
    ComplaintStatus::{
        self, Accepted, Answered, Appealed, Assigned, Classified, Closed, Concluded, Continued, Decided, Dialogue, Drafted,
        Filed, Forwarded, Guided, Implementing, Merged, Protested, Received, Refused, Replied, RoutedExternal, Suspended,
        Verifying, Withdrawn,
    },
};
use crate::{
    access::Role::{self, BasePresident, CaseHandler, Inspector, ProvinceLeader},
    http::{AllowedAction, Code, Problem, Result},
    machine::{Machine, Step, StepParty},
};

/// The inspection committee and the head of the unit. Of denunciations they see only what they were given to handle.
const HEADS: &[Role] = &[Inspector, BasePresident, ProvinceLeader];
const COMMITTEE: &[Role] = &[Inspector];
/// With whoever was given the case.
const ANY: &[Role] = &[Inspector, BasePresident, ProvinceLeader, CaseHandler];
/// Who looks at it first.
const FIRST: &[Role] = &[Inspector, CaseHandler];

/// Whatever is not over.
pub(super) const OPEN: &[ComplaintStatus] = &[
    Received,
    Classified,
    Forwarded,
    Replied,
    Accepted,
    Verifying,
    Suspended,
    Dialogue,
    Drafted,
    Decided,
    Concluded,
    Implementing,
    Assigned,
    Answered,
];

const fn step(
    rule: &'static str,
    action: &'static str,
    noun: &'static str,
    from: &'static [ComplaintStatus],
    to: &'static [ComplaintStatus],
    roles: &'static [Role],
    requires: &'static [&'static str],
) -> Step<ComplaintStatus> {
    Step { rule, action, noun, from, to, roles, party: StepParty::Role, requires }
}

pub(super) const MACHINE: Machine<ComplaintStatus> = Machine {
    name: "complaints",
    path: "/api/v1/complaints",
    states: &ComplaintStatus::LIST,
    steps: &[
        step(
            "K2",
            "classify",
            "classifications",
            &[Received],
            &[Classified, RoutedExternal],
            FIRST,
            &["kind", "matter", "competence", "content_for_verification", "petitioner_count", "earlier_filing", "subjects"],
        ),
        step("K2a", "merge", "mergers", &[Received, Classified], &[Merged], FIRST, &["into_id"]),
        step("K3", "file", "filings", &[Classified], &[Filed], FIRST, &["reason"]),
        step("K4", "guide", "guidances", &[Classified], &[Guided], FIRST, &["guided_to"]),
        step("K5", "forward", "forwardings", &[Classified], &[Forwarded], FIRST, &["forwarded_to"]),
        step("K5a", "reply", "replies", &[Forwarded], &[Replied], FIRST, &["replied_on", "text"]),
        step("K5a", "protest", "protests", &[Replied], &[Protested], FIRST, &["protested_to", "text"]),
        step("K6", "accept", "acceptances", &[Classified], &[Accepted], HEADS, &["accepted_on", "conditions"]),
        step("K7", "refuse", "refusals", &[Classified], &[Refused], HEADS, &["reason"]),
        step("K8", "verify", "verifications", &[Accepted], &[Verifying], HEADS, &["handlers"]),
        step("K9", "extend", "extensions", &[Verifying], &[], HEADS, &["criteria", "reason"]),
        step("K10", "suspend", "suspensions", &[Verifying], &[Suspended], HEADS, &["reason"]),
        step("K10", "resume", "resumptions", &[Suspended], &[Verifying], HEADS, &[]),
        step("K11", "open_dialogue", "dialogues", &[Verifying], &[Dialogue], HEADS, &["held_on"]),
        step("K11", "end_dialogue", "dialogue-minutes", &[Dialogue], &[Verifying], HEADS, &["minutes"]),
        step("K12", "draft", "drafts", &[Verifying], &[Drafted], ANY, &["text"]),
        step("K12", "decide", "decisions", &[Drafted], &[Decided], HEADS, &["result", "decided_on", "text"]),
        step("K13", "conclude", "conclusions", &[Verifying], &[Concluded], HEADS, &["result", "concluded_on", "text"]),
        step("K14", "implement", "implementations", &[Decided, Concluded], &[Implementing], HEADS, &["sent_on"]),
        step("K14", "close", "closures", &[Implementing, Replied, Answered], &[Closed], ANY, &["closed_on"]),
        step("K15", "appeal", "appeals", &[Decided], &[Appealed], ANY, &["appealed_on"]),
        step(
            "K16",
            "continue",
            "continuations",
            &[Concluded, Accepted, Verifying],
            &[Continued],
            ANY,
            &["continued_on", "ground"],
        ),
        step(
            "K17",
            "withdraw",
            "withdrawals",
            &[Received, Classified, Accepted, Verifying, Suspended, Dialogue],
            &[Withdrawn, Received, Classified, Accepted, Verifying, Suspended, Dialogue],
            ANY,
            &["withdrawn_on", "parties"],
        ),
        step("K18", "escalate", "escalations", OPEN, &[], ANY, &["reason"]),
        step("K19", "assign", "assignments", &[Classified], &[Assigned], HEADS, &["handler_id"]),
        step("K19", "answer", "answers", &[Assigned], &[Answered], ANY, &["answered_on", "text"]),
        step("K20", "reopen", "reopenings", &[Closed], &[], COMMITTEE, &["new_facts"]),
        step("K8", "appoint", "handlers", OPEN, &[], HEADS, &["account_id"]),
        // Back to the state before somebody was appointed, when nobody else is.
        step("6.4", "recuse", "recusals", OPEN, &[Accepted, Classified], ANY, &["ground"]),
    ],
};

/// Steps that only some kinds take.
const KINDS: &[(&str, &[ComplaintKind])] = &[
    ("guide", &[Complaint, Proposal]),
    ("accept", &[Complaint, Denunciation]),
    ("refuse", &[Complaint, Denunciation]),
    ("verify", &[Complaint, Denunciation]),
    ("extend", &[Complaint, Denunciation]),
    ("suspend", &[Complaint, Denunciation]),
    ("resume", &[Complaint, Denunciation]),
    ("open_dialogue", &[Complaint]),
    ("end_dialogue", &[Complaint]),
    ("draft", &[Complaint]),
    ("decide", &[Complaint]),
    ("conclude", &[Denunciation]),
    ("implement", &[Complaint, Denunciation]),
    ("appeal", &[Complaint]),
    ("continue", &[Denunciation]),
    ("withdraw", &[Complaint, Denunciation]),
    ("assign", &[Proposal, Feedback]),
    ("answer", &[Proposal, Feedback]),
];

/// Whether a case of this kind ever takes the step.
fn is_for(kind: ComplaintKind, action: &str) -> bool {
    KINDS.iter().find(|(name, _)| *name == action).is_none_or(|(_, kinds)| kinds.contains(&kind))
}

/// As what somebody who sees a case acts in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Acting {
    /// Her roles there.
    pub roles: Vec<Role>,
    /// Whether she is of the inspection committee of a level above the owner (or of the highest there is).
    pub is_superior: bool,
}

impl Acting {
    fn may(&self, step: &Step<ComplaintStatus>) -> bool {
        // Only the level above takes up again what was closed.
        (step.action != "reopen" || self.is_superior) && step.roles.iter().any(|role| self.roles.contains(role))
    }
}

/// The step, for somebody who sees the case.
pub(super) fn take(case: &CaseRow, action: &str, acting: &Acting) -> Result<&'static Step<ComplaintStatus>> {
    match MACHINE.step(action, case.id, case.status, |step| acting.may(step)) {
        Err(problem) if problem.code() == Code::Forbidden => Err(problem),
        Ok(step) if is_for(case.kind, action) => Ok(step),
        // Whatever the machine proposes instead must be of the kind, too.
        _ => Err(Problem::new(Code::InvalidTransition).with("allowed_actions", serde_json::json!(allowed(case, acting)))),
    }
}

/// What she may do with it now.
pub(super) fn allowed(case: &CaseRow, acting: &Acting) -> Vec<AllowedAction> {
    MACHINE.allowed(case.id, case.status, |step| is_for(case.kind, step.action) && acting.may(step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_restriction_is_of_a_step_that_there_is() {
        for (action, kinds) in KINDS {
            assert!(MACHINE.steps.iter().any(|step| step.action == *action), "{action}");
            assert!(!kinds.is_empty() && kinds.len() < ComplaintKind::ALL.len(), "{action}");
        }
    }

    #[test]
    fn what_is_over_is_left_only_by_taking_it_up_again() {
        for step in MACHINE.steps {
            let over: Vec<_> = step.from.iter().filter(|state| state.is_over()).collect();
            assert!(over.is_empty() || step.action == "reopen", "{}: {over:?}", step.action);
        }
        for state in ComplaintStatus::ALL {
            assert_eq!(state.is_over(), !OPEN.contains(state), "{state}");
        }
    }
}
