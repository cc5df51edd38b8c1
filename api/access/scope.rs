//! The only key that opens a query.

use super::roles::{Action, Reach, Resource, Role, View};
use crate::{
    db::{Id, Turn},
    http::{Code, Problem, Result},
};

/// A role held in a unit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Assignment {
    pub role: Role,
    pub unit_id: Id,
}

/// What one role gives for one kind of access.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Grant {
    pub role: Role,
    /// The top of the subtree it reaches; none: the whole tree.
    pub root: Option<Id>,
    pub view: View,
}

/// Where the caller may do the one thing that was asked for, and how much is shown there.
///
/// Made only by [`Scope::of`] from a caller's assignments; every public function of a `store.rs` takes one and
/// narrows its query by it. What lies outside does not exist.
#[derive(Clone, Debug)]
pub struct Scope {
    resource: Resource,
    action: Action,
    /// The widest view first. Empty only in [`Scope::own`].
    grants: Vec<Grant>,
}

impl Scope {
    /// The scope of `assignments` for `action` on `resource`; 403 when no role gives it.
    pub(super) fn of(assignments: &[Assignment], action: Action, resource: Resource) -> Result<Self> {
        let mut grants: Vec<Grant> = assignments
            .iter()
            .filter_map(|held| {
                let reach = held.role.may(action, resource)?;
                Some(Grant { role: held.role, root: (reach == Reach::Subtree).then_some(held.unit_id), view: held.role.view() })
            })
            .collect();
        if grants.is_empty() {
            return Err(Problem::new(Code::Forbidden));
        }
        grants.sort_by_key(|grant| std::cmp::Reverse(grant.view));
        Ok(Self { resource, action, grants })
    }

    /// For the service itself: the command line, demonstration data, background work. Not reachable from a request.
    pub(crate) fn system(action: Action, resource: Resource) -> Self {
        Self { resource, action, grants: vec![Grant { role: Role::ProvinceOrg, root: None, view: View::OwnSensitive }] }
    }

    /// For what everybody may do with what is her own (her password, her sign-ins): it reaches nothing else.
    pub(super) const fn own(action: Action, resource: Resource) -> Self {
        Self { resource, action, grants: Vec::new() }
    }

    /// How a write in this scope stands to others at the same time: members are written side by side; the units and posts
    /// they rely on are changed by one at a time, with no member's write beside it.
    pub fn turn(&self) -> Turn {
        match (self.action, self.resource) {
            (Action::Read | Action::Reveal, _) | (_, Resource::Accounts | Resource::Clients | Resource::Audit) => Turn::Free,
            // A case is guarded by its version, and many are handed in at once.
            (_, Resource::Complaints | Resource::ComplaintFigures | Resource::Identities) => Turn::Shared,
            (_, Resource::Members | Resource::Visits) => Turn::Shared,
            (
                _,
                Resource::Units
                | Resource::Populations
                | Resource::Supports
                | Resource::Officers
                | Resource::Standards
                | Resource::Trainings
                | Resource::Inspections
                | Resource::InspectionChecklists
                | Resource::Calendar,
            ) => Turn::Alone,
        }
    }

    pub fn grants(&self) -> &[Grant] {
        &self.grants
    }

    /// Tops of the subtrees that the scope covers, or none when it covers the whole tree.
    pub fn roots(&self) -> Option<Vec<Id>> {
        let mut roots: Vec<Id> = self.grants.iter().map(|grant| grant.root).collect::<Option<_>>()?;
        roots.sort_unstable();
        roots.dedup();
        Some(roots)
    }

    /// The widest view among the grants that reach a unit with these ancestors (itself among them); none: the
    /// unit lies outside.
    pub fn view_at(&self, ancestors: &[Id]) -> Option<View> {
        self.grants.iter().find(|grant| grant.root.is_none_or(|root| ancestors.contains(&root))).map(|grant| grant.view)
    }

    pub fn reaches(&self, ancestors: &[Id]) -> bool {
        self.view_at(ancestors).is_some()
    }

    /// Whether one of the roles behind this scope is `role`, at a unit with these ancestors.
    pub fn has_role_at(&self, role: Role, ancestors: &[Id]) -> bool {
        self.grants.iter().any(|grant| grant.role == role && grant.root.is_none_or(|root| ancestors.contains(&root)))
    }

    pub const fn action(&self) -> Action {
        self.action
    }

    pub const fn resource(&self) -> Resource {
        self.resource
    }
}
