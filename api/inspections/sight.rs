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
        Id,
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

/// Tops of what is above, looked after, told, presided over and inspected.
type Tops = [Vec<Id>; 5];

/// Which inspections are seen at least as far as `enough`.
#[dsl::auto_type]
pub(super) fn visible(tops: &Tops, enough: Vec<InspectionVisibility>) -> _ {
    let above: Below = below(&tops[0]);
    let looked_after: Below = below(&tops[1]);
    let told: Below = below(&tops[2]);
    let of_hers: Below = below(&tops[3]);
    let by_hers: Below = below(&tops[3]);
    let inspected: Below = below(&tops[4]);
    let all: InspectionVisibility = All;
    inspections::unit_id
        .eq_any(above)
        .or(inspections::inspected_unit_id.eq_any(looked_after))
        .or(inspections::unit_id.eq_any(told).and(inspections::shown.eq(all)))
        .and(dsl::not(inspections::inspected_unit_id.eq_any(of_hers).and(dsl::not(inspections::unit_id.eq_any(by_hers)))))
        .or(inspections::inspected_unit_id.eq_any(inspected).and(inspections::shown.eq_any(enough)))
}

/// What the caller's roles show her. (Each role that sees inspections sees those of a subtree.)
#[derive(Clone, Debug, Default)]
pub(super) struct Sight {
    tops: Tops,
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
        let mut sight = Self::default();
        let [above, looked_after, told, presides, inspected] = &mut sight.tops;
        for grant in scope.grants() {
            let Some(root) = grant.root else { continue };
            match grant.role {
                Role::ProvinceSpecialist => told.push(root),
                Role::ClusterCoordinator => looked_after.push(root),
                role => {
                    above.push(root);
                    inspected.push(root);
                    if role == Role::BasePresident {
                        presides.push(root);
                    }
                }
            }
        }
        sight
    }

    /// The condition for those of which at least this much is seen.
    pub fn showing(&self, least: InspectionVisibility) -> visible {
        let enough = InspectionVisibility::ALL.iter().copied().filter(|level| *level >= least.max(Head)).collect();
        visible(&self.tops, enough)
    }

    /// The same of one row.
    pub fn of_one(&self, place: &Place, shown: InspectionVisibility) -> Seen {
        let [above, looked_after, told, _, inspected] = &self.tops;
        let covers = |roots: &[Id], lineage: &[Id]| roots.iter().any(|root| lineage.contains(root));
        let inside = !self.is_of_the_inspected(place)
            && (covers(above, &place.unit)
                || covers(looked_after, &place.inspected)
                || (shown == All && covers(told, &place.unit)));
        let visibility = match () {
            () if inside => All,
            () if covers(inspected, &place.inspected) => shown,
            () => Nothing,
        };
        Seen { visibility, inside }
    }

    /// She presides over the inspected unit, and not over the one that inspects.
    fn is_of_the_inspected(&self, place: &Place) -> bool {
        let presides = &self.tops[3];
        let covers = |lineage: &[Id]| presides.iter().any(|root| lineage.contains(root));
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
