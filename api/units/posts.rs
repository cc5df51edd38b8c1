//! Posts that end because their holder or their unit is no more, and what goes with them: whom she looked after, where
//! she was to go.
//!
//! Officers stand above units and members, so the little that those need of them stands down here.

use chrono::NaiveDate;
use diesel::{ExpressionMethods, QueryDsl, Queryable};
use serde_json::json;

use crate::{
    db::{
        Change, Id, Instant, Tx,
        schema::{appointments, field_visits, unit_assignments, units},
    },
    http::{Code, Problem, Result},
};

/// Whose posts.
#[derive(Clone, Copy)]
pub(crate) enum Of {
    Member(Id),
    Unit(Id),
}

/// A post that somebody holds.
#[derive(Queryable)]
pub(crate) struct Held {
    pub id: Id,
    version: i64,
    pub post: String,
    pub unit_id: Id,
}

/// The posts somebody holds now.
pub(crate) fn held(tx: &mut Tx<'_>, member_id: Id) -> Result<Vec<Held>> {
    tx.read().load(
        appointments::table
            .filter(appointments::member_id.eq(member_id))
            .filter(appointments::status.eq("held"))
            .order(appointments::id.asc())
            .select((appointments::id, appointments::version, appointments::post, appointments::unit_id)),
    )
}

/// Ends every post that is held, on that day (or on its own first day, if that is later). `reason` is a code of the
/// list `appointment_end_reasons`.
pub(crate) fn end_all(tx: &mut Tx<'_>, of: Of, day: NaiveDate, reason: &str) -> Result<()> {
    let columns =
        (appointments::id, appointments::version, appointments::unit_id, appointments::starts_on, appointments::member_id);
    let held = appointments::table.filter(appointments::status.eq("held")).select(columns);
    let posts: Vec<(Id, i64, Id, NaiveDate, Id)> = match of {
        Of::Member(id) => tx.read().load(held.filter(appointments::member_id.eq(id)))?,
        Of::Unit(id) => tx.read().load(held.filter(appointments::unit_id.eq(id)))?,
    };
    for (id, version, unit_id, starts_on, member_id) in posts {
        let (ends_on, now) = (day.max(starts_on), tx.now());
        tx.record(
            Change::new("end", "appointments", id, version + 1)
                .at(unit_id)
                .on(ends_on)
                .before(&json!({ "status": "held" }))
                .after(&json!({ "status": "ended", "ends_on": ends_on, "end_reason": reason })),
        );
        let seen = appointments::table.filter(appointments::id.eq(id)).filter(appointments::version.eq(version));
        Problem::unless_one(tx.execute(diesel::update(seen).set((
            appointments::version.eq(version + 1),
            appointments::updated_at.eq(now),
            appointments::status.eq("ended"),
            appointments::ends_on.eq(ends_on),
            appointments::end_reason.eq(reason),
        )))?)?;
        release(tx, member_id, day)?;
    }
    Ok(())
}

/// Whoever holds no post any more looks after no unit and goes on no visit.
pub(crate) fn release(tx: &mut Tx<'_>, member_id: Id, day: NaiveDate) -> Result<()> {
    if !held(tx, member_id)?.is_empty() {
        return Ok(());
    }
    end_assignments(tx, Of::Member(member_id), day)?;
    cancel_visits(tx, Of::Member(member_id), "Cán bộ không còn giữ chức danh")
}

/// Cancels the planned visits of somebody, or to a unit.
pub(crate) fn cancel_visits(tx: &mut Tx<'_>, of: Of, reason: &str) -> Result<()> {
    let planned = field_visits::table.filter(field_visits::status.eq("planned")).select((
        field_visits::id,
        field_visits::version,
        field_visits::unit_id,
    ));
    let planned: Vec<(Id, i64, Id)> = match of {
        Of::Member(id) => tx.read().load(planned.filter(field_visits::member_id.eq(id)))?,
        Of::Unit(id) => tx.read().load(planned.filter(field_visits::unit_id.eq(id)))?,
    };
    for (id, version, unit_id) in planned {
        tx.record(
            Change::new("cancel", "field_visits", id, version + 1)
                .at(unit_id)
                .because(Some(reason.into()))
                .before(&json!({ "status": "planned" }))
                .after(&json!({ "status": "cancelled", "cancel_reason": reason })),
        );
        let now = tx.now();
        let seen = field_visits::table.filter(field_visits::id.eq(id)).filter(field_visits::version.eq(version));
        Problem::unless_one(tx.execute(diesel::update(seen).set((
            field_visits::version.eq(version + 1),
            field_visits::updated_at.eq(now),
            field_visits::status.eq("cancelled"),
            field_visits::cancel_reason.eq(reason),
        )))?)?;
    }
    Ok(())
}

/// Ends who looks after a unit, or what somebody looks after.
pub(crate) fn end_assignments(tx: &mut Tx<'_>, of: Of, day: NaiveDate) -> Result<()> {
    let open = unit_assignments::table.filter(unit_assignments::valid_to.is_null()).select((
        unit_assignments::id,
        unit_assignments::version,
        unit_assignments::unit_id,
        unit_assignments::valid_from,
    ));
    let open: Vec<(Id, i64, Id, NaiveDate)> = match of {
        Of::Member(id) => tx.read().load(open.filter(unit_assignments::member_id.eq(id)))?,
        Of::Unit(id) => tx.read().load(open.filter(unit_assignments::unit_id.eq(id)))?,
    };
    for (id, version, unit_id, valid_from) in open {
        let valid_to = day.max(valid_from);
        set_assignment(tx, (id, version, unit_id), Some(valid_to), "end")?;
    }
    Ok(())
}

fn set_assignment(
    tx: &mut Tx<'_>,
    (id, version, unit_id): (Id, i64, Id),
    to: Option<NaiveDate>,
    action: &'static str,
) -> Result<()> {
    tx.record(Change::new(action, "unit_assignments", id, version + 1).at(unit_id).after(&json!({ "valid_to": to })));
    let now = tx.now();
    let seen = unit_assignments::table.filter(unit_assignments::id.eq(id)).filter(unit_assignments::version.eq(version));
    Problem::unless_one(tx.execute(diesel::update(seen).set((
        unit_assignments::version.eq(version + 1),
        unit_assignments::updated_at.eq(now),
        unit_assignments::valid_to.eq(to),
    )))?)
}

/// The posts of units that still stand which ended in the transaction of that moment and were not touched since.
pub(crate) fn ended_at(tx: &mut Tx<'_>, member_id: Id, at: Instant) -> Result<Vec<Held>> {
    let active = units::table.filter(units::status.eq("active")).select(units::id);
    tx.read().load(
        appointments::table
            .filter(appointments::member_id.eq(member_id))
            .filter(appointments::status.eq("ended"))
            .filter(appointments::updated_at.eq(at))
            .filter(appointments::unit_id.eq_any(active))
            .order(appointments::id.asc())
            .select((appointments::id, appointments::version, appointments::post, appointments::unit_id)),
    )
}

/// Gives back what ended in the transaction of that moment, when her death turns out to be a mistake: posts, whom she
/// looked after, where she was to go. What was touched since, what somebody else has now, and what is of a closed unit
/// stays as it is.
pub(crate) fn restore(tx: &mut Tx<'_>, member_id: Id, at: Instant) -> Result<()> {
    for post in ended_at(tx, member_id, at)? {
        unless_taken(tx.nested(|tx| hold_again(tx, &post)))?;
    }
    let active = units::table.filter(units::status.eq("active")).select(units::id);
    let assignments: Vec<(Id, i64, Id)> = tx.read().load(
        unit_assignments::table
            .filter(unit_assignments::member_id.eq(member_id))
            .filter(unit_assignments::valid_to.is_not_null())
            .filter(unit_assignments::updated_at.eq(at))
            .filter(unit_assignments::unit_id.eq_any(active))
            .select((unit_assignments::id, unit_assignments::version, unit_assignments::unit_id)),
    )?;
    for assignment in assignments {
        unless_taken(tx.nested(|tx| set_assignment(tx, assignment, None, "restore")))?;
    }
    let visits: Vec<(Id, i64, Id)> = tx.read().load(
        field_visits::table
            .filter(field_visits::member_id.eq(member_id))
            .filter(field_visits::status.eq("cancelled"))
            .filter(field_visits::updated_at.eq(at))
            .select((field_visits::id, field_visits::version, field_visits::unit_id)),
    )?;
    for visit in visits {
        plan_again(tx, visit)?;
    }
    Ok(())
}

/// One at the head and one in charge: the unique indexes say so, and somebody who came since goes first.
fn unless_taken(outcome: Result<()>) -> Result<()> {
    match outcome {
        Err(problem) if problem.code() == Code::Conflict => Ok(()),
        other => other,
    }
}

fn hold_again(tx: &mut Tx<'_>, post: &Held) -> Result<()> {
    let (version, now) = (post.version + 1, tx.now());
    tx.record(
        Change::new("restore", "appointments", post.id, version)
            .at(post.unit_id)
            .before(&json!({ "status": "ended" }))
            .after(&json!({ "status": "held", "ends_on": null, "end_reason": null })),
    );
    let seen = appointments::table.filter(appointments::id.eq(post.id)).filter(appointments::version.eq(post.version));
    Problem::unless_one(tx.execute(diesel::update(seen).set((
        appointments::version.eq(version),
        appointments::updated_at.eq(now),
        appointments::status.eq("held"),
        appointments::ends_on.eq(None::<NaiveDate>),
        appointments::end_reason.eq(None::<String>),
    )))?)
}

fn plan_again(tx: &mut Tx<'_>, (id, version, unit_id): (Id, i64, Id)) -> Result<()> {
    tx.record(
        Change::new("restore", "field_visits", id, version + 1)
            .at(unit_id)
            .before(&json!({ "status": "cancelled" }))
            .after(&json!({ "status": "planned", "cancel_reason": null })),
    );
    let now = tx.now();
    let seen = field_visits::table.filter(field_visits::id.eq(id)).filter(field_visits::version.eq(version));
    Problem::unless_one(tx.execute(diesel::update(seen).set((
        field_visits::version.eq(version + 1),
        field_visits::updated_at.eq(now),
        field_visits::status.eq("planned"),
        field_visits::cancel_reason.eq(None::<String>),
    )))?)
}
