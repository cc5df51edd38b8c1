//! Who sees how much of an inspection: the domain guide's 6.3 in one place, once for SQL and once for a row.
//!
//! Above the unit that inspects everything is seen (by specialists after the notice). The unit that is inspected, and
//! whoever stands between the two, sees what [`super::rules::shown`] says. Whoever presides over the inspected unit sees
//! no more than her unit, whatever other role she has: deny wins.

use diesel::{BoolExpressionMethods, ExpressionMethods, QueryDsl, dsl};

use super::model::InspectionVisibility::{self, All, Draft, Head, Nothing};
use crate::{
    access::{Access, Action, Resource, Role, Scope},
    db::{
        Id, MultiBackend,
        schema::{inspections, unit_tree},
    },
    http::Result,
    machine::{Step, StepParty},
};

type Below = dsl::Select<dsl::Filter<unit_tree::table, dsl::EqAny<unit_tree::ancestor_id, Vec<Id>>>, unit_tree::unit_id>;

/// Ids of all units under these, themselves included.
pub(super) fn below(tops: &[Id]) -> Below {
    unit_tree::table.filter(unit_tree::ancestor_id.eq_any(tops.to_vec())).select(unit_tree::unit_id)
}

/// A query on inspections that is put together by and by.
pub(super) type Inspections = inspections::BoxedQuery<'static, MultiBackend>;

/// What the caller's roles show her.
#[derive(Clone, Debug)]
pub(super) struct Sight {
    whole: bool,
    /// Tops of what she inspects, leads or keeps.
    above: Vec<Id>,
    /// Tops of what she is told of after the notice.
    told: Vec<Id>,
    /// Tops of what she looks after for the province.
    looked_after: Vec<Id>,
    /// Of these, she is told as the inspected unit is.
    inspected: Vec<Id>,
    presides: Vec<Id>,
}

/// Where an inspection stands, and who is of its team.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    /// The unit that inspects, and all above it.
    pub unit: Vec<Id>,
    /// The unit that is inspected, and all above it.
    pub inspected: Vec<Id>,
    /// With who leads.
    pub team: Vec<(Id, bool)>,
}

/// How much is seen, and whether from the side that inspects.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Seen {
    pub visibility: InspectionVisibility,
    pub inside: bool,
}

impl Sight {
    pub fn of(scope: &Scope) -> Self {
        let mut sight = Self {
            whole: false,
            above: Vec::new(),
            told: Vec::new(),
            looked_after: Vec::new(),
            inspected: Vec::new(),
            presides: Vec::new(),
        };
        for grant in scope.grants() {
            let Some(root) = grant.root else {
                sight.whole = true;
                continue;
            };
            match grant.role {
                Role::ProvinceSpecialist => sight.told.push(root),
                Role::ClusterCoordinator => sight.looked_after.push(root),
                role => {
                    sight.above.push(root);
                    sight.inspected.push(root);
                    if role == Role::BasePresident {
                        sight.presides.push(root);
                    }
                }
            }
        }
        sight
    }

    /// Those of which at least this much is seen.
    pub fn showing(&self, least: InspectionVisibility) -> Inspections {
        let query = inspections::table.into_boxed();
        if self.whole {
            return query;
        }
        let enough: Vec<InspectionVisibility> =
            InspectionVisibility::ALL.iter().copied().filter(|level| *level >= least.max(Head)).collect();
        let (unit, inspected) = (inspections::unit_id, inspections::inspected_unit_id);
        let own = inspected.eq_any(below(&self.presides)).and(dsl::not(unit.eq_any(below(&self.presides))));
        query.filter(
            unit.eq_any(below(&self.above))
                .or(inspected.eq_any(below(&self.looked_after)))
                .or(unit.eq_any(below(&self.told)).and(inspections::shown.eq(All)))
                .and(dsl::not(own))
                .or(inspected.eq_any(below(&self.inspected)).and(inspections::shown.eq_any(enough))),
        )
    }

    /// The same of one row.
    pub fn of_one(&self, place: &Place, shown: InspectionVisibility) -> Seen {
        let covers = |roots: &[Id], lineage: &[Id]| roots.iter().any(|root| lineage.contains(root));
        let inside = self.whole
            || !self.is_of_the_inspected(place)
                && (covers(&self.above, &place.unit)
                    || covers(&self.looked_after, &place.inspected)
                    || (shown == All && covers(&self.told, &place.unit)));
        let visibility = match () {
            () if inside => All,
            () if covers(&self.inspected, &place.inspected) => shown,
            () => Nothing,
        };
        Seen { visibility, inside }
    }

    /// She presides over the inspected unit, and not over the one that inspects.
    fn is_of_the_inspected(&self, place: &Place) -> bool {
        let covers = |lineage: &[Id]| self.presides.iter().any(|root| lineage.contains(root));
        covers(&place.inspected) && !covers(&place.unit)
    }
}

/// Who is asking: what she sees, what she may change, and who she is on the roll.
#[derive(Clone, Debug)]
pub(super) struct Viewer {
    pub sight: Sight,
    pub read: Scope,
    pub write: Option<Scope>,
    person: Option<Id>,
    pub account: Id,
}

impl Viewer {
    /// 403 for whom no role shows inspections.
    pub fn of(access: &Access) -> Result<Self> {
        let read = access.to(Action::Read, Resource::Inspections)?;
        let write = access.to(Action::Update, Resource::Inspections).ok();
        let principal = access.principal();
        Ok(Self { sight: Sight::of(&read), read, write, person: principal.member_id, account: principal.id })
    }

    /// Whether she may ever take this step there: by a role above the unit that inspects, or as the inspected unit. Of a
    /// team only the lead takes the lead's steps; the office of a committee may, for whoever leads on paper.
    pub fn may<S>(&self, step: &Step<S>, place: &Place) -> bool {
        let Some(scope) = &self.write else { return false };
        let has = |lineage: &[Id]| step.roles.iter().any(|role| scope.has_role_at(*role, lineage));
        if step.party == StepParty::InspectedUnit {
            return has(&place.inspected);
        }
        let follows = place.team.iter().any(|(member, is_lead)| Some(*member) == self.person && !is_lead);
        has(&place.unit) && !self.sight.is_of_the_inspected(place) && !(step.party == StepParty::TeamLead && follows)
    }

    /// Whether she may change, on the side that inspects, what has no step of its own.
    pub fn may_edit(&self, place: &Place) -> bool {
        self.write.as_ref().is_some_and(|scope| scope.reaches(&place.unit)) && !self.sight.is_of_the_inspected(place)
    }
}

/// What stands in an inspection and is not for the unit yet.
pub(super) fn hides_the_draft(seen: Seen) -> bool {
    seen.visibility < Draft
}
