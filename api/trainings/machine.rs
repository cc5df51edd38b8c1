//! The lives of needs, plans, courses, enrolments and certificates (domain guide 7.1), as data.

use super::{CertificateStatus, CourseStatus, EnrolmentStatus, NeedStatus, PlanStatus};
use crate::{
    access::{
        Role::{self, BaseEditor, BasePresident, BranchHead, ProvinceLeader, ProvinceOrg, ProvinceSpecialist},
        Scope,
    },
    machine::{
        Machine, Step,
        StepParty::{self, Author, Service, Trainee},
    },
};

/// Who keeps plans and courses where they hold the role.
pub const ORGANISERS: &[Role] = &[BaseEditor, BasePresident, ProvinceOrg];
/// Who may propose a need.
pub const PROPOSERS: &[Role] = &[BranchHead, BaseEditor, BasePresident, ProvinceOrg];
/// Who decides what organisers propose: the standing committee of the unit itself.
pub const LEADERS: &[Role] = &[BasePresident, ProvinceLeader];
/// A department of the province holds courses of its own.
pub const COURSE_MAKERS: &[Role] = &[BaseEditor, BasePresident, ProvinceOrg, ProvinceSpecialist];

const fn step<S>(
    rule: &'static str,
    action: &'static str,
    noun: &'static str,
    from: &'static [S],
    to: &'static [S],
    roles: &'static [Role],
) -> Step<S> {
    Step { rule, action, noun, from, to, roles, party: StepParty::Role, requires: &[] }
}

/// What no request does: it follows from another step.
const fn follows<S>(rule: &'static str, action: &'static str, from: &'static [S], to: &'static [S]) -> Step<S> {
    Step { rule, action, noun: "", from, to, roles: &[], party: Service, requires: &[] }
}

pub const NEEDS: Machine<NeedStatus> = {
    use NeedStatus::{Accepted, CarriedOver, Completed, Planned, Proposed, Rejected};
    Machine {
        name: "training_needs",
        path: "/api/v1/training-needs",
        states: &NeedStatus::LIST,
        steps: &[
            step("N2", "accept", "acceptances", &[Proposed], &[Accepted], &[BasePresident, ProvinceOrg]),
            Step {
                requires: &["reason"],
                ..step("N2", "reject", "rejections", &[Proposed], &[Rejected], &[BasePresident, ProvinceOrg])
            },
            step("N2", "resubmit", "resubmissions", &[Rejected], &[Proposed], PROPOSERS),
            Step { requires: &["plan_item_id"], ..step("N3", "plan", "plannings", &[Accepted], &[Planned], ORGANISERS) },
            follows("N3", "complete", &[Proposed, Accepted, Planned], &[Completed]),
            follows("N3", "carry_over", &[Proposed, Accepted, Planned], &[CarriedOver]),
            follows("C5", "release", &[Planned], &[Accepted]),
        ],
    }
};

pub const PLANS: Machine<PlanStatus> = {
    use PlanStatus::{Approved, Closed, Draft, Submitted};
    Machine {
        name: "training_plans",
        path: "/api/v1/training-plans",
        states: &PlanStatus::LIST,
        steps: &[
            step("P1", "submit", "submissions", &[Draft], &[Submitted], ORGANISERS),
            Step { requires: &["reason"], ..step("P1", "return", "returns", &[Submitted], &[Draft], LEADERS) },
            step("P1", "approve", "approvals", &[Submitted], &[Approved], LEADERS),
            Step { requires: &["items", "reason"], ..step("P2", "amend", "amendments", &[Approved], &[], ORGANISERS) },
            step("P1", "close", "closures", &[Approved], &[Closed], ORGANISERS),
        ],
    }
};

pub const COURSES: Machine<CourseStatus> = {
    use CourseStatus::{Cancelled, Completed, Draft, Full, Open, Running, Scheduled};
    const OWN: &[Role] = &[ProvinceSpecialist];
    Machine {
        name: "courses",
        path: "/api/v1/courses",
        states: &CourseStatus::LIST,
        steps: &[
            step("C1", "schedule", "schedulings", &[Draft], &[Scheduled], ORGANISERS),
            Step { party: Author, ..step("C1", "schedule", "schedulings", &[Draft], &[Scheduled], OWN) },
            step("C2", "open", "openings", &[Scheduled], &[Open], ORGANISERS),
            Step { party: Author, ..step("C2", "open", "openings", &[Scheduled], &[Open], OWN) },
            Step { requires: &["member_ids"], ..step("E1", "invite", "invitations", &[Scheduled, Open, Full], &[], ORGANISERS) },
            Step {
                party: Author,
                requires: &["member_ids"],
                ..step("E1", "invite", "invitations", &[Scheduled, Open, Full], &[], OWN)
            },
            follows("C2", "fill", &[Open], &[Full]),
            follows("C2", "free", &[Full], &[Open]),
            step("C3", "start", "starts", &[Open, Full], &[Running], ORGANISERS),
            Step { party: Author, ..step("C3", "start", "starts", &[Open, Full], &[Running], OWN) },
            step("C4", "complete", "completions", &[Running], &[Completed], ORGANISERS),
            Step { party: Author, ..step("C4", "complete", "completions", &[Running], &[Completed], OWN) },
            Step {
                requires: &["reason"],
                ..step("C5", "cancel", "cancellations", &[Draft, Scheduled, Open, Full], &[Cancelled], ORGANISERS)
            },
            Step {
                requires: &["reason"],
                party: Author,
                ..step("C5", "cancel", "cancellations", &[Draft, Scheduled, Open, Full], &[Cancelled], OWN)
            },
        ],
    }
};

pub const ENROLMENTS: Machine<EnrolmentStatus> = {
    use EnrolmentStatus::{Confirmed, Declined, Dropped, Invited, NotPassed, Passed, Released, Waiting};
    const HER_UNIT: &[Role] = &[BranchHead, BaseEditor, BasePresident];
    const OWN: &[Role] = &[ProvinceSpecialist];
    Machine {
        name: "enrolments",
        path: "/api/v1/enrolments",
        states: &EnrolmentStatus::LIST,
        steps: &[
            Step { party: Trainee, ..step("E1", "confirm", "confirmations", &[Invited], &[Confirmed, Waiting], HER_UNIT) },
            Step { party: Trainee, ..step("E1", "decline", "declines", &[Invited, Confirmed, Waiting], &[Declined], HER_UNIT) },
            follows("E1", "move_up", &[Waiting], &[Confirmed]),
            Step {
                requires: &["result"],
                ..step("E3", "grade", "results", &[Confirmed], &[Passed, NotPassed, Dropped], ORGANISERS)
            },
            Step {
                requires: &["result"],
                party: Author,
                ..step("E3", "grade", "results", &[Confirmed], &[Passed, NotPassed, Dropped], OWN)
            },
            follows("C5", "release", &[Invited, Confirmed, Waiting], &[Released]),
        ],
    }
};

pub const CERTIFICATES: Machine<CertificateStatus> = {
    use CertificateStatus::{Issued, Reissued, RevocationProposed, Revoked};
    Machine {
        name: "certificates",
        path: "/api/v1/certificates",
        states: &CertificateStatus::LIST,
        steps: &[
            Step {
                requires: &["reason"],
                ..step("Z1", "propose_revocation", "revocation-proposals", &[Issued], &[RevocationProposed], ORGANISERS)
            },
            step("Z1", "revoke", "revocations", &[RevocationProposed], &[Revoked], LEADERS),
            step("Z1", "refuse_revocation", "revocation-refusals", &[RevocationProposed], &[Issued], LEADERS),
            step("Z1", "reissue", "reissues", &[Revoked], &[Reissued], LEADERS),
        ],
    }
};

/// As what the caller stands to an object.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'s> {
    /// Where she may change trainings at all; none: nowhere.
    pub scope: Option<&'s Scope>,
    /// The unit that the object belongs to, and all above it.
    pub lineage: &'s [crate::db::Id],
    /// Whether she made it.
    pub is_author: bool,
    /// The trainee's unit and all above it, if there is a trainee.
    pub trainee_lineage: &'s [crate::db::Id],
    /// Whether she is the trainee.
    pub is_trainee: bool,
}

impl Standing<'_> {
    /// Whether she holds one of these roles where the object stands.
    pub fn holds(&self, roles: &[Role]) -> bool {
        self.scope.is_some_and(|scope| roles.iter().any(|role| scope.has_role_at(*role, self.lineage)))
    }

    /// Whether she may take the step, as far as it does not depend on the state.
    pub fn may<S>(&self, step: &Step<S>) -> bool {
        match step.party {
            StepParty::Role => self.holds(step.roles),
            Author => self.is_author && self.holds(step.roles),
            Trainee => self.is_trainee || Self { lineage: self.trainee_lineage, ..*self }.holds(step.roles),
            _ => false,
        }
    }
}
