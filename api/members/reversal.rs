//! What was entered of the wrong member is taken back: the last event of her life, and all that came with it. The event
//! stays in her history, marked.

use diesel::{ExpressionMethods, QueryDsl, SelectableHelper};
use serde_json::json;

use super::{
    life::Writer,
    model::{MemberEvent, MemberEventKind, MemberRow, MemberStatus, NewReversal},
    store,
};
use crate::{
    db::{
        Change, Id, Instant, Tx,
        schema::{core_periods, member_events, members, memberships, units as units_table},
    },
    http::{Code, Given, Problem, Result},
    units::{self, UnitStatus, posts},
};

impl Writer<'_> {
    /// Takes the last event back.
    pub fn reverse(&self, tx: &mut Tx<'_>, given: &Given, id: Id, new: &NewReversal) -> Result<MemberRow> {
        let old = self.here_or_sent_away(tx, id)?;
        given.check_version(tx, id, old.version, std::iter::empty())?;
        let last = store::last_event(&mut tx.read(), id)?;
        let Some(event) = last.filter(|event| !MemberEventKind::ADMISSIONS.contains(&event.kind)) else {
            let problem = Problem::say(
                Code::InvalidTransition,
                "Không có gì để hủy: việc kết nạp không hủy được",
                "There is nothing to take back; an admission is not taken back",
            );
            return Err(self.instead(tx, &old, problem)?);
        };
        let row = self.as_before(tx, &old, &event)?;
        let state = |row: &MemberRow| json!({ "status": row.status, "left_on": row.left_on, "unit_id": row.unit_id, "is_core": row.is_core });
        tx.record(
            Change::new("reverse", "members", id, row.version)
                .at(old.unit_id)
                .on(event.effective_on)
                .because(Some(new.reason.clone()))
                .before(&state(&old))
                .after(&state(&row)),
        );
        let now = tx.now();
        tx.execute(
            diesel::update(member_events::table.find(event.id))
                .set((member_events::voided_at.eq(now), member_events::void_reason.eq(&new.reason))),
        )?;
        if matches!(event.kind, MemberEventKind::Transferred | MemberEventKind::Readmitted) {
            let open = memberships::table.filter(memberships::member_id.eq(id)).filter(memberships::valid_to.is_null());
            tx.execute(diesel::delete(open))?;
        }
        if event.kind != MemberEventKind::Readmitted {
            reopen_membership(tx, id)?;
        }
        reopen_core(tx, id, event.recorded_at)?;
        posts::restore(tx, id, event.recorded_at)?;
        self.save(tx, &old, &row)?;
        Ok(row)
    }

    /// The member if she is within reach; or one whom the caller's own unit has just sent away by mistake.
    fn here_or_sent_away(&self, tx: &mut Tx<'_>, id: Id) -> Result<MemberRow> {
        let unseen = match store::find(&mut tx.read(), self.scope, id) {
            Ok((row, _)) => return Ok(row),
            Err(problem) => problem,
        };
        if store::was_sent_away(&mut tx.read(), self.scope, id)? {
            tx.read().one(members::table.find(id).select(MemberRow::as_select()))
        } else {
            Err(unseen)
        }
    }

    /// Her row as it was before the event, if it may be so again.
    fn as_before(&self, tx: &mut Tx<'_>, old: &MemberRow, event: &MemberEvent) -> Result<MemberRow> {
        let row = MemberRow { version: old.version + 1, updated_at: tx.now(), ..old.clone() };
        let row = match event.kind {
            MemberEventKind::Transferred => MemberRow { unit_id: event.from_unit_id.unwrap_or(old.unit_id), ..row },
            MemberEventKind::Readmitted => {
                self.check_is_free_to_go(tx, old)?;
                let end = ending_before(tx, old.id, event)?;
                let status = match end.kind {
                    MemberEventKind::Removed => MemberStatus::Removed,
                    _ => MemberStatus::Left,
                };
                let unit_id = end.from_unit_id.unwrap_or(old.unit_id);
                MemberRow { status, left_on: Some(end.effective_on), unit_id, ..row }
            }
            _ => {
                if let Some(hash) = &old.national_id_hash {
                    self.check_number_is_free(tx, hash, old.id)?;
                }
                self.check_may_restore(tx, old, event.recorded_at)?;
                let is_core = ended_core(tx, old.id, event.recorded_at)?;
                MemberRow { status: MemberStatus::Active, left_on: None, is_core, ..row }
            }
        };
        if row.status == MemberStatus::Active {
            let status: UnitStatus = tx.read().one(units_table::table.find(row.unit_id).select(units_table::status))?;
            if status == UnitStatus::Closed {
                let problem = Problem::conflict(
                    "",
                    "unit_not_active",
                    "Đơn vị cũ đã kết thúc hoạt động",
                    "The unit she would go back to is closed",
                );
                return Err(self.instead(tx, old, problem)?);
            }
        }
        Ok(row)
    }

    /// A post that ended with a death is given back only by who might have ended it.
    fn check_may_restore(&self, tx: &mut Tx<'_>, old: &MemberRow, at: Instant) -> Result<()> {
        for post in posts::ended_at(tx, old.id, at)? {
            let lineage = units::store::lineage(&mut tx.read(), post.unit_id)?;
            if !self.officers.is_some_and(|scope| scope.reaches(&lineage)) {
                let problem = Problem::conflict(
                    "",
                    "held_posts",
                    "Có chức danh đã kết thúc theo và nằm ngoài quyền của bạn; hãy đề nghị Hội cấp trên thực hiện",
                    "A post outside your rights ended with it; ask the unit above yours",
                );
                return Err(self.instead(tx, old, problem)?);
            }
        }
        Ok(())
    }

    /// Whoever is no member after all neither holds a post nor is a core member.
    fn check_is_free_to_go(&self, tx: &mut Tx<'_>, old: &MemberRow) -> Result<()> {
        let (code, vi, en) = if !posts::held(tx, old.id)?.is_empty() {
            (
                "holds_posts",
                "Đang giữ chức danh; hãy kết thúc việc giữ chức danh trước",
                "She holds a post; end the appointment first",
            )
        } else if old.is_core {
            ("is_core", "Đang là hội viên nòng cốt; hãy kết thúc nòng cốt trước", "She is a core member; end that first")
        } else {
            return Ok(());
        };
        Err(self.instead(tx, old, Problem::conflict("", code, vi, en))?)
    }
}

/// How she had left before she came back.
fn ending_before(tx: &mut Tx<'_>, id: Id, event: &MemberEvent) -> Result<MemberEvent> {
    let endings = [MemberEventKind::Left, MemberEventKind::Removed, MemberEventKind::MovedOut];
    tx.read()
        .optional(
            member_events::table
                .filter(member_events::member_id.eq(id))
                .filter(member_events::id.lt(event.id))
                .filter(member_events::voided_at.is_null())
                .filter(member_events::kind.eq_any(endings))
                .order(member_events::id.desc())
                .select(MemberEvent::as_select()),
        )?
        .ok_or_else(|| Problem::internal("a readmission without a departure"))
}

/// The last membership is open again.
fn reopen_membership(tx: &mut Tx<'_>, id: Id) -> Result<()> {
    let last: (chrono::NaiveDate, i64) = tx.read().one(
        memberships::table
            .filter(memberships::member_id.eq(id))
            .order((memberships::valid_from.desc(), memberships::step.desc()))
            .select((memberships::valid_from, memberships::step)),
    )?;
    let row = memberships::table.find((id, last.0, last.1));
    tx.execute(diesel::update(row).set(memberships::valid_to.eq(None::<chrono::NaiveDate>)))?;
    Ok(())
}

/// Whether a time as core member ended in the transaction of that moment, and was not touched since.
fn ended_core(tx: &mut Tx<'_>, id: Id, at: Instant) -> Result<bool> {
    let ended: i64 = tx.read().one(
        core_periods::table
            .filter(core_periods::member_id.eq(id))
            .filter(core_periods::updated_at.eq(at))
            .filter(core_periods::valid_to.is_not_null())
            .count(),
    )?;
    Ok(ended > 0)
}

fn reopen_core(tx: &mut Tx<'_>, id: Id, at: Instant) -> Result<()> {
    let ended = core_periods::table
        .filter(core_periods::member_id.eq(id))
        .filter(core_periods::updated_at.eq(at))
        .filter(core_periods::valid_to.is_not_null());
    let now = tx.now();
    tx.execute(diesel::update(ended).set((
        core_periods::valid_to.eq(None::<chrono::NaiveDate>),
        core_periods::end_reason.eq(None::<String>),
        core_periods::updated_at.eq(now),
        core_periods::version.eq(core_periods::version + 1),
    )))?;
    Ok(())
}
