//! The machines of inspections: rows I1 to I13 of the domain guide (7.2), as data.

use super::{
    findings::FindingStatus::{self, Draft as Open, Issued, Withdrawn},
    model::InspectionStatus::{
        self, Cancelled, Closed, Commented, Drafted, FieldworkDone, InProgress, InRemediation, NoticeIssued, Planned, Postponed,
        Scheduled,
    },
    plans::InspectionPlanStatus,
    remediations::RemediationStatus,
};
use crate::{
    access::Role::{self, BasePresident, Inspector, ProvinceLeader},
    machine::{
        Machine, Step,
        StepParty::{self, InspectedUnit, Service, Team, TeamLead},
    },
};

/// Those who inspect: of a base unit, its president.
const INSPECTORS: &[Role] = &[Inspector, BasePresident];
/// Those who answer for what is decided, each at her own level.
const LEADERS: &[Role] = &[ProvinceLeader, BasePresident];
/// Who speaks for an inspected unit.
const UNIT: &[Role] = &[BasePresident];

const fn step<S>(
    rule: &'static str,
    [action, noun]: [&'static str; 2],
    from: &'static [S],
    to: &'static [S],
    (roles, party): (&'static [Role], StepParty),
    requires: &'static [&'static str],
) -> Step<S> {
    Step { rule, action, noun, from, to, roles, party, requires }
}

pub(super) const INSPECTIONS: Machine<InspectionStatus> = Machine {
    name: "inspections",
    path: "/api/v1/inspections",
    states: &InspectionStatus::LIST,
    steps: &[
        step(
            "I2",
            ["schedule", "schedules"],
            &[Planned, Postponed],
            &[Scheduled],
            (INSPECTORS, TeamLead),
            &["decision_no", "starts_on", "ends_on"],
        ),
        step(
            "I2",
            ["change_team", "team-changes"],
            &[Planned, Scheduled, Postponed, InProgress],
            &[],
            (INSPECTORS, TeamLead),
            &["members"],
        ),
        step("I3", ["postpone", "postponements"], &[Scheduled], &[Postponed], (INSPECTORS, TeamLead), &["reason"]),
        step("I4", ["report_itself", "self-reports"], &[Scheduled, Postponed, InProgress], &[], (UNIT, InspectedUnit), &["text"]),
        step("I4", ["start", "starts"], &[Scheduled], &[InProgress], (INSPECTORS, TeamLead), &["started_on"]),
        step(
            "I5",
            ["answer_checklist", "checklist-batches"],
            &[InProgress, FieldworkDone, Drafted],
            &[],
            (INSPECTORS, Team),
            &["entries"],
        ),
        step(
            "I5",
            ["resolve_checklist", "checklist-resolutions"],
            &[InProgress, FieldworkDone, Drafted],
            &[],
            (INSPECTORS, TeamLead),
            &["question_id", "entry_id"],
        ),
        step(
            "I5",
            ["finish_fieldwork", "fieldwork-completions"],
            &[InProgress],
            &[FieldworkDone],
            (INSPECTORS, TeamLead),
            &["finished_on", "minutes_signature"],
        ),
        step(
            "I6",
            ["record_finding", "findings"],
            &[InProgress, FieldworkDone, Drafted],
            &[],
            (INSPECTORS, Team),
            &["kind", "evidence", "criterion"],
        ),
        step("I6", ["draft", "drafts"], &[FieldworkDone], &[Drafted], (INSPECTORS, Team), &["no_issue"]),
        step("I6", ["share", "sharings"], &[Drafted], &[], (INSPECTORS, TeamLead), &["shared_on"]),
        step("I7", ["comment", "comments"], &[Drafted], &[Commented], (UNIT, InspectedUnit), &["comment"]),
        step(
            "I8",
            ["issue_notice", "notices"],
            &[Drafted, Commented],
            &[NoticeIssued],
            (LEADERS, StepParty::Role),
            &["no", "issued_on", "recipients", "text"],
        ),
        step(
            "I9",
            ["plan_remediation", "remediations"],
            &[Drafted, Commented, NoticeIssued, InRemediation],
            &[],
            (INSPECTORS, Team),
            &["finding_id", "measure", "owner", "due_on"],
        ),
        step("I9", ["begin_remediation", ""], &[NoticeIssued], &[InRemediation], (&[], Service), &[]),
        step(
            "I11",
            ["close", "closures"],
            &[NoticeIssued, InRemediation],
            &[Closed],
            (INSPECTORS, StepParty::Role),
            &["closed_on"],
        ),
        step(
            "I12",
            ["cancel", "cancellations"],
            &[Planned, Scheduled, Postponed, InProgress, FieldworkDone, Drafted, Commented],
            &[Cancelled],
            (LEADERS, StepParty::Role),
            &["reason"],
        ),
    ],
};

pub(super) const PLANS: Machine<InspectionPlanStatus> = {
    use InspectionPlanStatus::{Approved, Draft, Submitted};
    Machine {
        name: "inspection_plans",
        path: "/api/v1/inspection-plans",
        states: &InspectionPlanStatus::LIST,
        steps: &[
            step("I1", ["submit", "submissions"], &[Draft], &[Submitted], (INSPECTORS, StepParty::Role), &[]),
            step(
                "I1",
                ["approve", "approvals"],
                &[Submitted],
                &[Approved],
                (LEADERS, StepParty::Role),
                &["approval_no", "approved_on"],
            ),
            step("I1", ["return", "returns"], &[Submitted], &[Draft], (LEADERS, StepParty::Role), &["reason"]),
            step("I1", ["amend", "amendments"], &[Approved], &[Submitted], (INSPECTORS, StepParty::Role), &["reason", "items"]),
        ],
    }
};

pub(super) const REMEDIATIONS: Machine<RemediationStatus> = {
    use RemediationStatus::{Open, Rejected, Reported, Verified, Waived};
    Machine {
        name: "remediations",
        path: "/api/v1/remediations",
        states: &RemediationStatus::LIST,
        steps: &[
            step(
                "I10",
                ["report", "reports"],
                &[Open, Rejected],
                &[Reported],
                (UNIT, InspectedUnit),
                &["evidence", "reported_on"],
            ),
            step("I10", ["verify", "verifications"], &[Reported], &[Verified], (INSPECTORS, StepParty::Role), &[]),
            step("I10", ["reject", "rejections"], &[Reported], &[Rejected], (INSPECTORS, StepParty::Role), &["reason"]),
            step("I11", ["waive", "waivers"], &[Open, Reported, Rejected], &[Waived], (INSPECTORS, StepParty::Role), &["reason"]),
        ],
    }
};

pub(super) const FINDINGS: Machine<FindingStatus> = Machine {
    name: "findings",
    path: "/api/v1/findings",
    states: &FindingStatus::LIST,
    steps: &[
        step("I6", ["withdraw", "withdrawals"], &[Open], &[Withdrawn], (INSPECTORS, Team), &["reason"]),
        step("I8", ["notify", ""], &[Open], &[Issued], (&[], Service), &[]),
        step(
            "I8",
            ["nominate", "nominations"],
            &[Issued],
            &[],
            (&[Inspector, BasePresident, ProvinceLeader], StepParty::Role),
            &["nominated_on"],
        ),
        step("I13", ["refer", "referrals"], &[Issued], &[], (LEADERS, StepParty::Role), &[]),
    ],
};
