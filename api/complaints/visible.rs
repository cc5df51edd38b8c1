//! Who may see a case: the one place that says so, and every query of a case passes through it.
//!
//! First who keeps out (domain guide 6.4, rule 1): whom it is about, whoever stands under her or is her kin, whoever works in
//! or below a unit it is about, whoever has withdrawn from it. To them it does not exist. Then, among the others, who has
//! business with it ([`SIGHTS`]). Both are conditions of the query itself, so that a role, a post or a recusal takes
//! effect with the next request, and a hidden case takes part in no count, no page and no order.

use std::collections::HashSet;

use chrono::NaiveDate;
use diesel::{
    BoolExpressionMethods, BoxableExpression, ExpressionMethods, JoinOnDsl, NullableExpressionMethods, QueryDsl,
    SelectableHelper, sql_types::Bool,
};

use super::model::{CaseRow, Competence, ComplaintKind, ComplaintStatus, SubjectCapacity};
use crate::{
    access::{Access, Assignment, Role},
    calendar::today,
    db::{
        Id, MultiBackend, Reader,
        schema::{
            accounts, appointments, complaint_handlers, complaint_recusals, complaint_subjects, complaints, role_assignments,
            unit_tree, units,
        },
    },
    http::{Code, Problem, Result},
    officers::{Post, kinships},
};

/// Posts that lead a unit. Who holds one is not judged by those she leads.
const LEADING: [Post; 5] = [Post::President, Post::VicePresident, Post::BranchHead, Post::BranchDeputy, Post::GroupHead];
/// Posts at the top of a unit: whose superiors stand in the unit above.
const TOP: [Post; 3] = [Post::President, Post::BranchHead, Post::GroupHead];
/// Roles that lead a unit, where no post was recorded.
const LEADING_ROLES: [Role; 3] = [Role::ProvinceLeader, Role::BasePresident, Role::BranchHead];

// ---- who has business with a case

/// What a role sees of cases that it does not handle.
struct Sight {
    role: Role,
    /// Denunciations, or all the others.
    denunciations: bool,
    /// Only until somebody is appointed to handle it.
    until_assigned: bool,
    /// Only what was found to be for the unit itself to settle. Before that nobody knows what it is about.
    own_only: bool,
    /// Only what the unit of the role itself handles, not what units below it do.
    exactly: bool,
}

/// The table (domain guide 6.3). Whoever handles a case sees it; whoever is not in the table sees those cases only.
const SIGHTS: [Sight; 4] = [
    Sight { role: Role::Inspector, denunciations: false, until_assigned: false, own_only: false, exactly: false },
    Sight { role: Role::Inspector, denunciations: true, until_assigned: true, own_only: false, exactly: true },
    Sight { role: Role::BasePresident, denunciations: false, until_assigned: false, own_only: true, exactly: false },
    Sight { role: Role::ProvinceLeader, denunciations: false, until_assigned: false, own_only: true, exactly: true },
];
/// Who may be given a case to handle.
pub(super) const HANDLING: [Role; 4] = [Role::Inspector, Role::BasePresident, Role::ProvinceLeader, Role::CaseHandler];

/// Cases about these people or units; of a decision first complained of, beside the unit that made it.
#[diesel::dsl::auto_type(type_case = "PascalCase")]
fn about(people: Vec<Id>, line: Vec<Id>, beside_own: Vec<Id>) -> _ {
    let decided: SubjectCapacity = SubjectCapacity::DecisionMaker;
    complaint_subjects::table
        .filter(
            complaint_subjects::member_id
                .eq_any(people)
                .or(complaint_subjects::unit_id.eq_any(line).and(complaint_subjects::capacity.ne(decided)))
                .or(complaint_subjects::unit_id.eq_any(beside_own).and(complaint_subjects::capacity.eq(decided))),
        )
        .select(complaint_subjects::complaint_id)
}

/// Cases about who leads one of these units today, or led it on the day of what it is about.
#[diesel::dsl::auto_type(type_case = "PascalCase")]
fn about_leaders(units: Vec<Id>, leading: Vec<Post>, day: NaiveDate) -> _ {
    complaint_subjects::table
        .inner_join(appointments::table.on(complaint_subjects::member_id.eq(appointments::member_id.nullable())))
        .filter(appointments::unit_id.eq_any(units))
        .filter(appointments::post.eq_any(leading))
        .filter(
            appointments::ends_on.is_null().or(appointments::ends_on.assume_not_null().gt(day)).or(appointments::starts_on
                .le(complaint_subjects::happened_on.assume_not_null())
                .and(appointments::ends_on.assume_not_null().gt(complaint_subjects::happened_on.assume_not_null()))),
        )
        .select(complaint_subjects::complaint_id)
}

/// Cases that this account has withdrawn from.
#[diesel::dsl::auto_type(type_case = "PascalCase")]
fn recused(account: Id) -> _ {
    complaint_recusals::table.filter(complaint_recusals::account_id.eq(account)).select(complaint_recusals::complaint_id)
}

/// Cases that this account handles.
#[diesel::dsl::auto_type(type_case = "PascalCase")]
fn handled(account: Id) -> _ {
    complaint_handlers::table
        .filter(complaint_handlers::account_id.eq(account))
        .filter(complaint_handlers::ended_at.is_null())
        .select(complaint_handlers::complaint_id)
}

/// Cases that somebody handles.
#[diesel::dsl::auto_type(type_case = "PascalCase")]
fn assigned() -> _ {
    complaint_handlers::table.filter(complaint_handlers::ended_at.is_null()).select(complaint_handlers::complaint_id)
}

/// Nobody's who is not in these: whom it is about, who leads her, who has withdrawn.
#[diesel::dsl::auto_type(type_case = "PascalCase")]
fn outside(about: About, about_leaders: AboutLeaders, recused: Recused) -> _ {
    let external: ComplaintStatus = ComplaintStatus::RoutedExternal;
    complaints::status
        .ne(external)
        .and(complaints::id.ne_all(about))
        .and(complaints::id.ne_all(about_leaders))
        .and(complaints::id.ne_all(recused))
}

/// One line of the table. What a line does not restrict is a set of all kinds.
#[diesel::dsl::auto_type(type_case = "PascalCase")]
fn seen_by(
    kinds: Vec<ComplaintKind>,
    exactly: Vec<Id>,
    below: Vec<Id>,
    whatever_competence: Vec<ComplaintKind>,
    though_assigned: Vec<ComplaintKind>,
    assigned: Assigned,
) -> _ {
    let own: Competence = Competence::Own;
    complaints::kind
        .eq_any(kinds)
        .and(
            complaints::owner_unit_id.eq_any(exactly).or(complaints::owner_unit_id
                .eq_any(unit_tree::table.filter(unit_tree::ancestor_id.eq_any(below)).select(unit_tree::unit_id))),
        )
        .and(complaints::competence.assume_not_null().eq(own).or(complaints::kind.eq_any(whatever_competence)))
        .and(complaints::id.ne_all(assigned).or(complaints::kind.eq_any(though_assigned)))
}

/// So many rows are looked at together.
const STRETCH: i64 = 256;

/// A condition on cases. Boxed part by part: as one type it would take the compiler minutes.
type Condition = Box<dyn BoxableExpression<complaints::table, MultiBackend, SqlType = Bool>>;

/// Somebody who looks for cases, with all that keeps her from seeing some.
#[derive(Clone, Debug)]
pub(crate) struct Onlooker {
    account: Id,
    assignments: Vec<Assignment>,
    /// Herself, her kin, and those who lead her by their role.
    close: Vec<Id>,
    /// Units she works in, and all above them: what is about one of these is about where she works.
    line: Vec<Id>,
    /// The same without units that she leads: the first complaint against her unit's own decision she settles herself.
    line_beside_own: Vec<Id>,
    /// Units whose leaders are her superiors.
    led_in: Vec<Id>,
}

impl Onlooker {
    /// The caller.
    pub(crate) fn of(reader: &mut Reader<'_>, access: &Access) -> Result<Self> {
        let principal = access.principal();
        Self::gather(reader, principal.id, principal.member_id, principal.assignments.clone())
    }

    /// Somebody else: whether she could handle a case. None: there is no such account, or it is closed.
    pub(super) fn of_account(reader: &mut Reader<'_>, account: Id) -> Result<Option<Self>> {
        let member: Option<Option<Id>> = reader.optional(
            accounts::table.filter(accounts::id.eq(account)).filter(accounts::status.eq("active")).select(accounts::member_id),
        )?;
        let Some(member) = member else { return Ok(None) };
        let day = today();
        let held: Vec<(String, Id)> = reader.load(
            role_assignments::table
                .filter(role_assignments::principal_id.eq(account))
                .filter(role_assignments::pending_since.is_null())
                .filter(role_assignments::valid_from.le(day))
                .filter(role_assignments::valid_to.is_null().or(role_assignments::valid_to.gt(day)))
                .select((role_assignments::role, role_assignments::unit_id)),
        )?;
        let assignments =
            held.into_iter().filter_map(|(role, unit_id)| Some(Assignment { role: role.parse().ok()?, unit_id })).collect();
        Self::gather(reader, account, member, assignments).map(Some)
    }

    fn gather(reader: &mut Reader<'_>, account: Id, person: Option<Id>, assignments: Vec<Assignment>) -> Result<Self> {
        let day = today();
        let posts: Vec<(Post, Id)> = match person {
            None => Vec::new(),
            Some(person) => reader.load(
                appointments::table
                    .filter(appointments::member_id.eq(person))
                    .filter(appointments::ends_on.is_null().or(appointments::ends_on.gt(day)))
                    .select((appointments::post, appointments::unit_id)),
            )?,
        };
        let mut seats: Vec<Seat> = assignments
            .iter()
            .map(|held| Seat { unit: held.unit_id, leads: LEADING_ROLES.contains(&held.role) })
            .chain(posts.iter().map(|(post, unit)| Seat { unit: *unit, leads: TOP.contains(post) }))
            .collect();
        seats.sort_unstable();
        seats.dedup();
        let places: Vec<Id> = seats.iter().map(|seat| seat.unit).collect();
        let pairs: Vec<(Id, Id)> = reader.load(
            unit_tree::table
                .filter(unit_tree::unit_id.eq_any(places.clone()))
                .select((unit_tree::unit_id, unit_tree::ancestor_id)),
        )?;
        let parents: Vec<(Id, Option<Id>)> =
            reader.load(units::table.filter(units::id.eq_any(places)).select((units::id, units::parent_id)))?;
        let own = |unit: Id| {
            let heads = [Role::BasePresident, Role::ProvinceLeader];
            assignments.iter().any(|held| held.unit_id == unit && heads.contains(&held.role))
        };
        let led_in = led_in(&seats, |unit| parents.iter().find(|(id, _)| *id == unit).and_then(|(_, parent)| *parent));
        let mut close: Vec<Id> = match person {
            None => Vec::new(),
            Some(person) => kinships::kin_of(reader, &[person])?,
        };
        close.extend(person);
        close.extend(leaders_by_role(reader, account, &led_in)?);
        Ok(Self {
            account,
            line: each_once(pairs.iter().map(|(_, above)| *above)),
            line_beside_own: each_once(pairs.iter().map(|(_, above)| *above).filter(|above| !own(*above))),
            close: each_once(close.into_iter()),
            led_in: each_once(led_in.into_iter()),
            assignments,
        })
    }

    pub(super) fn account(&self) -> Id {
        self.account
    }

    /// Whether she holds the role in one of these units.
    pub(super) fn holds(&self, role: Role, units: &[Id]) -> bool {
        self.assignments.iter().any(|held| held.role == role && units.contains(&held.unit_id))
    }

    pub(super) fn holds_any(&self, roles: &[Role]) -> bool {
        self.assignments.iter().any(|held| roles.contains(&held.role))
    }

    fn units_as(&self, role: Role) -> Vec<Id> {
        self.assignments.iter().filter(|held| held.role == role).map(|held| held.unit_id).collect()
    }

    /// Cases that she does not keep out of. By itself for counts, which are not about reading.
    pub(super) fn not_excluded(&self) -> Condition {
        Box::new(self.outside())
    }

    fn outside(&self) -> Outside {
        outside(
            about(self.close.clone(), self.line.clone(), self.line_beside_own.clone()),
            about_leaders(self.led_in.clone(), LEADING.to_vec(), today()),
            recused(self.account),
        )
    }

    /// Cases that she may see: outside of what keeps her out, and her business by handling them or by a line of the table.
    pub(super) fn may_see(&self) -> Condition {
        let mut business: Condition = Box::new(complaints::id.eq_any(handled(self.account)));
        for sight in &SIGHTS {
            let line: Condition = Box::new(self.by(sight));
            business = Box::new(business.or(line));
        }
        Box::new(self.not_excluded().and(business))
    }

    /// A line of the table, at the units where she has the role.
    fn by(&self, sight: &Sight) -> SeenBy {
        let kinds = |wanted: &dyn Fn(ComplaintKind) -> bool| -> Vec<ComplaintKind> {
            ComplaintKind::ALL.iter().copied().filter(|kind| wanted(*kind)).collect()
        };
        let (exactly, below) = match sight.exactly {
            true => (self.units_as(sight.role), Vec::new()),
            false => (Vec::new(), self.units_as(sight.role)),
        };
        seen_by(
            kinds(&|kind| (kind == ComplaintKind::Denunciation) == sight.denunciations),
            exactly,
            below,
            kinds(&|_| !sight.own_only),
            kinds(&|_| !sight.until_assigned),
            assigned(),
        )
    }

    /// Those of these cases that she may see.
    pub(super) fn among(&self, reader: &mut Reader<'_>, cases: &[Id]) -> Result<HashSet<Id>> {
        let these = complaints::table.select(complaints::id).into_boxed();
        let seen: Vec<Id> = reader.load(these.filter(complaints::id.eq_any(cases.to_vec())).filter(self.may_see()))?;
        Ok(seen.into_iter().collect())
    }

    /// The next `wanted` rows of a list of what hangs on cases. A stretch of it is read at a time and what hangs on hidden
    /// cases is left out, until there are enough: a page is as full as if those were not there.
    pub(super) fn sift<R, K: Copy>(
        &self,
        reader: &mut Reader<'_>,
        (mut after, wanted): (Option<K>, i64),
        read: impl Fn(&mut Reader<'_>, Option<K>, i64) -> Result<Vec<R>>,
        (case, place): (impl Fn(&R) -> Id, impl Fn(&R) -> K),
    ) -> Result<Vec<R>> {
        let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
        let mut kept: Vec<R> = Vec::new();
        loop {
            let rows = read(reader, after, STRETCH)?;
            let is_last = i64::try_from(rows.len()).is_ok_and(|count| count < STRETCH);
            let seen = self.among(reader, &rows.iter().map(&case).collect::<Vec<_>>())?;
            after = rows.last().map(&place);
            kept.extend(rows.into_iter().filter(|row| seen.contains(&case(row))));
            if is_last || kept.len() >= wanted {
                kept.truncate(wanted);
                return Ok(kept);
            }
        }
    }

    /// The case, if she may see it; else it does not exist.
    pub(super) fn find(&self, reader: &mut Reader<'_>, id: Id) -> Result<CaseRow> {
        let seen = complaints::table.filter(complaints::id.eq(id)).filter(self.may_see()).select(CaseRow::as_select());
        let found: Option<CaseRow> = reader.optional(seen.into_boxed())?;
        found.ok_or_else(Problem::not_found)
    }

    pub(super) fn sees(&self, reader: &mut Reader<'_>, id: Id) -> Result<bool> {
        match self.find(reader, id) {
            Ok(_) => Ok(true),
            Err(problem) if problem.code() == Code::NotFound => Ok(false),
            Err(problem) => Err(problem),
        }
    }

    /// Whether she keeps out of a case, whatever her business with it.
    pub(super) fn is_excluded(&self, reader: &mut Reader<'_>, id: Id) -> Result<bool> {
        let seen = complaints::table.filter(complaints::id.eq(id)).filter(self.not_excluded()).select(complaints::id);
        let found: Option<Id> = reader.optional(seen.into_boxed())?;
        Ok(found.is_none())
    }
}

/// The unit that handles a case which the caller may see: for files that hang on it.
pub(crate) fn stands_in(reader: &mut Reader<'_>, access: &Access, case: Id) -> Result<Id> {
    Onlooker::of(reader, access)?.find(reader, case).map(|row| row.owner_unit_id)
}

/// Where somebody works, and whether she leads there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Seat {
    unit: Id,
    leads: bool,
}

/// The units whose leaders are the superiors of somebody with these seats: of whoever leads a unit they stand in the one
/// above, of everybody else in the unit itself. Who leads a unit is not led by her own deputy.
fn led_in(seats: &[Seat], parent: impl Fn(Id) -> Option<Id>) -> Vec<Id> {
    seats
        .iter()
        .filter(|seat| seat.leads || !seats.contains(&Seat { unit: seat.unit, leads: true }))
        .filter_map(|seat| if seat.leads { parent(seat.unit) } else { Some(seat.unit) })
        .collect()
}

/// Persons who lead these units by their role.
fn leaders_by_role(reader: &mut Reader<'_>, account: Id, units: &[Id]) -> Result<Vec<Id>> {
    let day = today();
    let people: Vec<Option<Id>> = reader.load(
        role_assignments::table
            .inner_join(accounts::table.on(accounts::id.eq(role_assignments::principal_id)))
            .filter(role_assignments::unit_id.eq_any(units.to_vec()))
            .filter(role_assignments::role.eq_any(LEADING_ROLES))
            .filter(role_assignments::pending_since.is_null())
            .filter(role_assignments::valid_from.le(day))
            .filter(role_assignments::valid_to.is_null().or(role_assignments::valid_to.gt(day)))
            .filter(accounts::id.ne(account))
            .filter(accounts::member_id.is_not_null())
            .select(accounts::member_id),
    )?;
    Ok(people.into_iter().flatten().collect())
}

/// The units that a person leads now, or led on the day of what it is about.
pub(super) fn led_by(reader: &mut Reader<'_>, person: Id, happened_on: Option<NaiveDate>) -> Result<Vec<Id>> {
    let day = today();
    let then = happened_on.unwrap_or(day);
    let by_post: Vec<Id> = reader.load(
        appointments::table
            .filter(appointments::member_id.eq(person))
            .filter(appointments::post.eq_any(LEADING))
            .filter(
                appointments::ends_on
                    .is_null()
                    .nullable()
                    .or(appointments::ends_on.gt(day))
                    .or(appointments::starts_on.le(then).nullable().and(appointments::ends_on.gt(then))),
            )
            .select(appointments::unit_id),
    )?;
    let by_role: Vec<Id> = reader.load(
        role_assignments::table
            .inner_join(accounts::table.on(accounts::id.eq(role_assignments::principal_id)))
            .filter(accounts::member_id.eq(person))
            .filter(role_assignments::role.eq_any(LEADING_ROLES))
            .filter(role_assignments::pending_since.is_null())
            .filter(role_assignments::valid_from.le(day))
            .filter(role_assignments::valid_to.is_null().or(role_assignments::valid_to.gt(day)))
            .select(role_assignments::unit_id),
    )?;
    Ok(each_once(by_post.into_iter().chain(by_role)))
}

fn each_once(ids: impl Iterator<Item = Id>) -> Vec<Id> {
    let mut ids: Vec<Id> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}
