//! Posts that end because their holder or their unit is no more.
//!
//! Officers stand above units and members, so the little that those need of appointments stands down here.

use chrono::NaiveDate;
use diesel::{ExpressionMethods, QueryDsl};
use serde_json::json;

use crate::{
    db::{Change, Id, Tx, schema::appointments},
    http::{Problem, Result},
};

/// Whose posts.
#[derive(Clone, Copy)]
pub(crate) enum Of {
    Member(Id),
    Unit(Id),
}

/// How many posts somebody holds now.
pub(crate) fn held(tx: &mut Tx<'_>, member_id: Id) -> Result<i64> {
    let held = appointments::table.filter(appointments::member_id.eq(member_id)).filter(appointments::status.eq("held"));
    tx.read().one(held.count())
}

/// Ends every post that is held, on that day (or on its own first day, if that is later). `reason` is a code of the
/// list `appointment_end_reasons`.
pub(crate) fn end_all(tx: &mut Tx<'_>, of: Of, day: NaiveDate, reason: &str) -> Result<()> {
    let columns = (appointments::id, appointments::version, appointments::unit_id, appointments::starts_on);
    let held = appointments::table.filter(appointments::status.eq("held")).select(columns);
    let posts: Vec<(Id, i64, Id, NaiveDate)> = match of {
        Of::Member(id) => tx.read().load(held.filter(appointments::member_id.eq(id)))?,
        Of::Unit(id) => tx.read().load(held.filter(appointments::unit_id.eq(id)))?,
    };
    for (id, version, unit_id, starts_on) in posts {
        let (day, now) = (day.max(starts_on), tx.now());
        tx.record(
            Change::new("end", "appointments", id, version + 1)
                .at(unit_id)
                .on(day)
                .before(&json!({ "status": "held" }))
                .after(&json!({ "status": "ended", "ends_on": day, "end_reason": reason })),
        );
        let seen = appointments::table.filter(appointments::id.eq(id)).filter(appointments::version.eq(version));
        Problem::unless_one(tx.execute(diesel::update(seen).set((
            appointments::version.eq(version + 1),
            appointments::updated_at.eq(now),
            appointments::status.eq("ended"),
            appointments::ends_on.eq(day),
            appointments::end_reason.eq(reason),
        )))?)?;
    }
    Ok(())
}
