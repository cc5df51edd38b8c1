//! The life of a file.

use super::model::AttachmentStatus::{self, Deleted, Ready, Rejected, Scanning};
use crate::{
    access::Role,
    machine::{Machine, Step, StepParty},
};

const fn by_itself(action: &'static str, to: &'static [AttachmentStatus]) -> Step<AttachmentStatus> {
    Step { rule: "attachments", action, noun: "", from: &[Scanning], to, roles: &[], party: StepParty::Service, requires: &[] }
}

/// Whoever may change what a file hangs on may delete it; which roles that are depends on what that is.
pub const MACHINE: Machine<AttachmentStatus> = Machine {
    name: "attachments",
    path: "/api/v1/attachments",
    states: &AttachmentStatus::LIST,
    steps: &[
        by_itself("pass_scan", &[Ready]),
        by_itself("fail_scan", &[Rejected]),
        Step {
            rule: "attachments",
            action: "delete",
            noun: "deletions",
            from: &[Scanning, Ready, Rejected],
            to: &[Deleted],
            roles: Role::ALL,
            party: StepParty::Role,
            requires: &["reason"],
        },
    ],
};
