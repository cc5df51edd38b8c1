//! Who may see a case.

use chrono::NaiveDate;
use diesel::{BoolExpressionMethods, ExpressionMethods, JoinOnDsl, QueryDsl};

use crate::{
    access::Role,
    calendar::today,
    db::{
        Id, Reader,
        schema::{accounts, appointments, role_assignments},
    },
    http::Result,
    officers::Post,
};

/// Posts that lead a unit. Who holds one is not judged by those she leads.
pub(super) const LEADING: [Post; 5] =
    [Post::President, Post::VicePresident, Post::BranchHead, Post::BranchDeputy, Post::GroupHead];
/// Roles that lead a unit, where no post was recorded.
pub(super) const LEADING_ROLES: [Role; 3] = [Role::ProvinceLeader, Role::BasePresident, Role::BranchHead];

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
                    .or(appointments::ends_on.gt(day))
                    .or(appointments::starts_on.le(then).and(appointments::ends_on.gt(then))),
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
    let mut units = [by_post, by_role].concat();
    units.sort_unstable();
    units.dedup();
    Ok(units)
}
