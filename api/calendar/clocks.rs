//! Clocks: time limits that run in a case, each by the rule that held on the day it began (domain guide 7, common rules).
//!
//! What happened to a clock (it began, was extended, stood still, went on) is the first part of its `basis`; what follows
//! from it by the calendar is the second, and is counted anew whenever either changes.

use chrono::NaiveDate;
use diesel::{ExpressionMethods, Insertable, QueryDsl, Queryable, Selectable, SelectableHelper};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    days::{BasisStep, Circumstance, ClockStep, DayUnit, Deadline, Limit, WorkCalendar},
    holidays,
    policies::{self, ClockCode, PolicyRow, PolicySource},
    today,
};
use crate::{
    code_list,
    db::{Id, Instant, Reader, Tx, schema::complaint_clocks},
    http::{Problem, Result},
};

/// So many working days before the last one a clock is `due_soon`.
const SOON: i64 = 3;

code_list! {
    /// How a clock stands.
    ClockState in "clock_states" {
        OnTime = "on_time", "Trong hạn", "On time";
        DueSoon = "due_soon", "Sắp đến hạn", "Due soon";
        Overdue = "overdue", "Quá hạn", "Overdue";
        Suspended = "suspended", "Đang dừng", "Standing still";
        Met = "met", "Đúng hạn", "Met";
        MetLate = "met_late", "Trễ hạn", "Met late";
        Ended = "ended", "Không còn tính", "No longer runs";
    }
}

code_list! {
    /// Why a clock ends on another day than at first.
    ClockMove in "clock_moves" {
        Extended = "extended", "Gia hạn", "Extended";
        Resumed = "resumed", "Tiếp tục sau tạm đình chỉ", "Resumed after a suspension";
        HolidaysChanged = "holidays_changed", "Lịch nghỉ thay đổi", "Holidays changed";
        PolicyChanged = "policy_changed", "Quy định thay đổi", "The rule changed";
    }
}

/// A time limit that runs, or ran, in a case.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Clock {
    pub id: Id,
    pub code: ClockCode,
    /// The day it runs from; the day after is day 1.
    pub trigger_on: NaiveDate,
    /// The last day that is in time.
    pub due_on: NaiveDate,
    /// The last moment that is in time.
    pub due_at: Instant,
    /// How the day was computed.
    pub basis: Vec<BasisStep>,
    pub state: ClockState,
    /// Whether it reaches into a year whose days off are not known yet; then it may move.
    pub is_provisional: bool,
    /// The last day as it was at first.
    pub original_due_on: NaiveDate,
    pub moved_reason: Option<ClockMove>,
    /// On which day it was done.
    pub met_on: Option<NaiveDate>,
    /// The rule it was computed by.
    pub policy: Option<PolicyRef>,
}

/// The rule that a clock was computed by.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PolicyRef {
    pub id: Id,
    pub source: PolicySource,
    #[schema(example = "Luật Khiếu nại 02/2011/QH13, điều 28")]
    pub legal_basis: String,
    pub is_verified: bool,
}

/// The row.
#[derive(Clone, PartialEq, Eq, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = complaint_clocks, treat_none_as_default_value = false)]
pub(crate) struct ClockRow {
    pub id: Id,
    pub complaint_id: Id,
    pub code: ClockCode,
    pub policy_id: Option<Id>,
    pub trigger_on: NaiveDate,
    pub due_on: NaiveDate,
    pub original_due_on: NaiveDate,
    pub moved_reason: Option<ClockMove>,
    pub basis: String,
    pub is_provisional: bool,
    pub stopped_on: Option<NaiveDate>,
    pub remaining_days: Option<i64>,
    pub met_on: Option<NaiveDate>,
    pub ended_on: Option<NaiveDate>,
}

// ---- what happens to a clock; pure

/// How often, and how far, the time of a case may be extended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Extension {
    /// Up to what the rule gives in these circumstances; once.
    To(Vec<Circumstance>),
    /// By the days the rule says, at most so many times.
    Times(usize),
}

impl ClockRow {
    pub fn begin(calendar: &WorkCalendar, case_id: Id, policy: &PolicyRow, case: &[Circumstance], trigger_on: NaiveDate) -> Self {
        let days = policy.days_in(case);
        let triggered = BasisStep {
            unit: Some(policy.unit),
            circumstances: case.to_vec(),
            ..BasisStep::of(ClockStep::Triggered, trigger_on).days(days)
        };
        let mut row = Self {
            id: Id::new(),
            complaint_id: case_id,
            code: policy.code,
            policy_id: Some(policy.id),
            trigger_on,
            due_on: trigger_on,
            original_due_on: trigger_on,
            moved_reason: None,
            basis: String::new(),
            is_provisional: false,
            stopped_on: None,
            remaining_days: None,
            met_on: None,
            ended_on: None,
        };
        row.count(calendar, vec![triggered], None);
        row.original_due_on = row.due_on;
        row
    }

    pub const fn is_running(&self) -> bool {
        self.met_on.is_none() && self.ended_on.is_none()
    }

    pub fn steps(&self) -> Vec<BasisStep> {
        serde_json::from_str(&self.basis).unwrap_or_default()
    }

    /// What happened to it, without what was counted from that.
    fn history(&self) -> Vec<BasisStep> {
        let mut steps = self.steps();
        steps.retain(|step| {
            matches!(
                step.step,
                ClockStep::Triggered | ClockStep::Extended | ClockStep::Suspended | ClockStep::Resumed | ClockStep::Recomputed
            )
        });
        steps
    }

    /// Counts from what happened to it. Whatever moves the last day leaves its reason.
    fn count(&mut self, calendar: &WorkCalendar, history: Vec<BasisStep>, reason: Option<ClockMove>) {
        let (mut from, mut days, mut unit) = (self.trigger_on, 0, DayUnit::Calendar);
        for step in &history {
            match step.step {
                ClockStep::Triggered => (from, days, unit) = (step.on, step.days.unwrap_or(0), step.unit.unwrap_or(unit)),
                ClockStep::Extended => days += step.days.unwrap_or(0),
                ClockStep::Resumed => (from, days) = (step.on, step.days.unwrap_or(0)),
                _ => {}
            }
        }
        let Deadline { due_on, basis, is_provisional } = calendar.deadline(from, days, unit);
        if due_on != self.due_on {
            self.moved_reason = reason.or(self.moved_reason);
        }
        self.due_on = due_on;
        self.is_provisional = is_provisional;
        self.basis = serde_json::to_string(&[history, basis].concat()).unwrap_or_default();
    }

    /// All days it was given, beginning and extensions together.
    fn given_days(&self) -> i64 {
        let given = |step: &&BasisStep| matches!(step.step, ClockStep::Triggered | ClockStep::Extended);
        self.steps().iter().filter(given).filter_map(|step| step.days).sum()
    }

    /// Before the last day, not after; as often and as far as the rule gives.
    pub fn extend(
        &mut self,
        calendar: &WorkCalendar,
        policy: &PolicyRow,
        extension: &Extension,
        on: NaiveDate,
        reason: &str,
    ) -> Result<()> {
        let mut history = self.history();
        let before = history.iter().filter(|step| step.step == ClockStep::Extended).count();
        if on > self.due_on {
            return Err(Problem::field(
                "",
                "deadline_passed",
                format!("Đã quá hạn ngày {}; chỉ gia hạn trước khi hết hạn", self.due_on),
                format!("The last day was {}; time is extended before it has run out", self.due_on),
            ));
        }
        let (added, may) = match extension {
            Extension::Times(most) => (policy.extension_days.unwrap_or(0), before < *most),
            Extension::To(case) => (policy.days_in(case) - self.given_days(), before == 0),
        };
        if before > 0 && !may {
            return Err(Problem::field(
                "",
                "already_extended",
                "Đã gia hạn hết số lần được phép",
                "It was extended as often as it may be",
            ));
        }
        // While it stands still there is nothing to add to: what is left is kept as it is.
        if !may || added <= 0 || self.stopped_on.is_some() {
            return Err(Problem::field(
                "",
                "not_extendable",
                "Vụ việc không thuộc trường hợp được gia hạn thêm",
                "A case of this kind gets no more time",
            ));
        }
        history.push(BasisStep { note: said(reason), ..BasisStep::of(ClockStep::Extended, on).days(added) });
        self.count(calendar, history, Some(ClockMove::Extended));
        Ok(())
    }

    /// What is left is kept. What has run out does not stand still: it stays missed.
    pub fn stop(&mut self, calendar: &WorkCalendar, on: NaiveDate, reason: &str) {
        if !self.is_running() || self.stopped_on.is_some() || on > self.due_on {
            return;
        }
        let steps = self.steps();
        let unit = steps.iter().find_map(|step| step.unit).unwrap_or(DayUnit::Calendar);
        let last = steps.iter().rev().find(|step| step.step == ClockStep::Counted).map_or(self.due_on, |step| step.on);
        let left = match unit {
            DayUnit::Calendar => (last - on).num_days(),
            DayUnit::Working => calendar.working_days_between(on, last),
        };
        let left = left.max(0);
        let mut history = self.history();
        history.push(BasisStep { note: said(reason), ..BasisStep::of(ClockStep::Suspended, on).days(left) });
        self.count_later(history);
        (self.stopped_on, self.remaining_days) = (Some(on), Some(left));
    }

    /// The day that is shown while it stands still is the former one; it is counted when it goes on.
    fn count_later(&mut self, history: Vec<BasisStep>) {
        let counted = self.steps().into_iter().filter(|step| {
            matches!(step.step, ClockStep::Skipped | ClockStep::Counted | ClockStep::Moved | ClockStep::YearUnknown)
        });
        let steps: Vec<BasisStep> = history.into_iter().chain(counted).collect();
        self.basis = serde_json::to_string(&steps).unwrap_or_default();
    }

    pub fn resume(&mut self, calendar: &WorkCalendar, on: NaiveDate) {
        let Some(left) = self.remaining_days.filter(|_| self.stopped_on.is_some()) else { return };
        (self.stopped_on, self.remaining_days) = (None, None);
        let mut history = self.history();
        history.push(BasisStep::of(ClockStep::Resumed, on).days(left));
        self.count(calendar, history, Some(ClockMove::Resumed));
    }

    /// After a change of the calendar. Whether its last day moved.
    pub fn recount(&mut self, calendar: &WorkCalendar, on: NaiveDate, reason: ClockMove) -> bool {
        let before = self.clone();
        self.count(calendar, self.history(), Some(reason));
        if self.due_on != before.due_on {
            let mut history = self.history();
            history.retain(|step| step.step != ClockStep::Recomputed);
            history.push(BasisStep::of(ClockStep::Recomputed, on));
            self.count(calendar, history, Some(reason));
        }
        *self != before
    }

    /// By another rule, with its days in place of those it began with.
    fn follow(&mut self, calendar: &WorkCalendar, policy: &PolicyRow, on: NaiveDate) {
        let mut history = self.history();
        if let Some(first) = history.iter_mut().find(|step| step.step == ClockStep::Triggered) {
            (first.days, first.unit) = (Some(policy.days_in(&first.circumstances)), Some(policy.unit));
        }
        self.policy_id = Some(policy.id);
        self.count(calendar, history, Some(ClockMove::PolicyChanged));
        self.recount(calendar, on, ClockMove::PolicyChanged);
    }

    pub fn state(&self, calendar: &WorkCalendar, day: NaiveDate) -> ClockState {
        match self.met_on {
            Some(met) if met <= self.due_on => ClockState::Met,
            Some(_) => ClockState::MetLate,
            None if self.ended_on.is_some() => ClockState::Ended,
            None if self.stopped_on.is_some() => ClockState::Suspended,
            None if day > self.due_on => ClockState::Overdue,
            None if calendar.working_days_between(day, self.due_on) <= SOON => ClockState::DueSoon,
            None => ClockState::OnTime,
        }
    }
}

/// The last day that is `due_soon` today.
pub(crate) fn soon_until(reader: &mut Reader<'_>) -> Result<NaiveDate> {
    let day = today();
    let later = holidays::from(reader, day)?.add_working_days(day, SOON + 1);
    Ok(later.pred_opt().unwrap_or(day))
}

fn said(reason: &str) -> Option<String> {
    (!reason.is_empty()).then(|| reason.to_owned())
}

// ---- the table

/// Begins a clock by the rule that holds on the day of its event. One of this code that runs already goes on. Where the
/// province has no rule for it, there is none (`/readyz` says so).
pub(crate) fn start(tx: &mut Tx<'_>, case_id: Id, code: ClockCode, case: &[Circumstance], trigger_on: NaiveDate) -> Result<()> {
    if !running(tx, case_id, Some(code))?.is_empty() {
        return Ok(());
    }
    let Some(policy) = policies::valid_on(&mut tx.read(), code, trigger_on)? else { return Ok(()) };
    let calendar = holidays::from(&mut tx.read(), trigger_on)?;
    let row = ClockRow::begin(&calendar, case_id, &policy, case, trigger_on);
    tx.execute(diesel::insert_into(complaint_clocks::table).values(&row))?;
    Ok(())
}

/// What it is for was done.
pub(crate) fn meet(tx: &mut Tx<'_>, case_id: Id, code: ClockCode, met_on: NaiveDate) -> Result<()> {
    for mut row in running(tx, case_id, Some(code))? {
        row.met_on = Some(met_on);
        save(tx, &row)?;
    }
    Ok(())
}

/// The case ends, and with it what still runs in it.
pub(crate) fn end(tx: &mut Tx<'_>, case_id: Id, on: NaiveDate) -> Result<()> {
    for mut row in running(tx, case_id, None)? {
        row.ended_on = Some(on);
        save(tx, &row)?;
    }
    Ok(())
}

/// Gives more time. 422 when the last day has passed, or no more is to be had; nothing where no such clock runs.
pub(crate) fn extend(tx: &mut Tx<'_>, case_id: Id, code: ClockCode, extension: Extension, reason: &str) -> Result<()> {
    for mut row in running(tx, case_id, Some(code))? {
        let ids: Vec<Id> = row.policy_id.into_iter().collect();
        let Some(policy) = policies::with_ids(&mut tx.read(), &ids)?.into_iter().next() else { continue };
        let calendar = holidays::from(&mut tx.read(), row.trigger_on)?;
        row.extend(&calendar, &policy, &extension, today(), reason)?;
        save(tx, &row)?;
    }
    Ok(())
}

/// The times for settling stand still.
pub(crate) fn stop(tx: &mut Tx<'_>, case_id: Id, on: NaiveDate, reason: &str) -> Result<()> {
    let calendar = holidays::from(&mut tx.read(), on)?;
    for mut row in running(tx, case_id, None)?.into_iter().filter(|row| row.code.stands_still()) {
        row.stop(&calendar, on, reason);
        save(tx, &row)?;
    }
    Ok(())
}

/// They go on with what was left.
pub(crate) fn resume(tx: &mut Tx<'_>, case_id: Id, on: NaiveDate) -> Result<()> {
    let calendar = holidays::from(&mut tx.read(), on)?;
    for mut row in running(tx, case_id, None)?.into_iter().filter(|row| row.stopped_on.is_some()) {
        row.resume(&calendar, on);
        save(tx, &row)?;
    }
    Ok(())
}

/// All clocks of a case, the first to end first.
pub(crate) fn of(reader: &mut Reader<'_>, case_id: Id) -> Result<Vec<Clock>> {
    let rows: Vec<ClockRow> = reader.load(
        complaint_clocks::table
            .filter(complaint_clocks::complaint_id.eq(case_id))
            .order((complaint_clocks::due_on.asc(), complaint_clocks::id.asc()))
            .select(ClockRow::as_select()),
    )?;
    shown(reader, rows)
}

/// As they are answered.
pub(crate) fn shown(reader: &mut Reader<'_>, rows: Vec<ClockRow>) -> Result<Vec<Clock>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let day = today();
    let calendar = holidays::from(reader, day)?;
    let mut ids: Vec<Id> = rows.iter().filter_map(|row| row.policy_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let known = policies::with_ids(reader, &ids)?;
    let policy = |id: Option<Id>| {
        let row = known.iter().find(|row| Some(row.id) == id)?;
        let legal_basis = row.legal_basis.clone();
        Some(PolicyRef { id: row.id, source: row.source, legal_basis, is_verified: row.is_verified })
    };
    let shown = rows.into_iter().map(|row| Clock {
        state: row.state(&calendar, day),
        basis: row.steps(),
        policy: policy(row.policy_id),
        id: row.id,
        code: row.code,
        trigger_on: row.trigger_on,
        due_on: row.due_on,
        due_at: Limit::On(row.due_on).last_moment(),
        is_provisional: row.is_provisional,
        original_due_on: row.original_due_on,
        moved_reason: row.moved_reason,
        met_on: row.met_on,
    });
    Ok(shown.collect())
}

/// Until when something may be asked for, by the rule of the day from which that runs; none: there is no rule.
pub(crate) fn limitation(
    reader: &mut Reader<'_>,
    code: ClockCode,
    case: &[Circumstance],
    trigger_on: NaiveDate,
) -> Result<Option<Deadline>> {
    let Some(policy) = policies::valid_on(reader, code, trigger_on)? else { return Ok(None) };
    let calendar = holidays::from(reader, trigger_on)?;
    Ok(Some(calendar.deadline(trigger_on, policy.days_in(case), policy.unit)))
}

/// Counts anew what may have moved when the calendar changed from `changed` on.
pub(super) fn follow_calendar(tx: &mut Tx<'_>, changed: NaiveDate) -> Result<()> {
    let rows: Vec<ClockRow> = tx.read().load(
        complaint_clocks::table
            .filter(complaint_clocks::met_on.is_null())
            .filter(complaint_clocks::ended_on.is_null())
            .filter(complaint_clocks::stopped_on.is_null())
            .filter(complaint_clocks::due_on.ge(changed))
            .select(ClockRow::as_select()),
    )?;
    let Some(first) = rows.iter().map(|row| row.trigger_on).min() else { return Ok(()) };
    let (calendar, day) = (holidays::from(&mut tx.read(), first)?, today());
    for mut row in rows {
        if row.recount(&calendar, day, ClockMove::HolidaysChanged) {
            save(tx, &row)?;
        }
    }
    Ok(())
}

/// What runs is moved by a rule that says so.
pub(super) fn follow_policy(tx: &mut Tx<'_>, policy: &PolicyRow) -> Result<()> {
    let rows: Vec<ClockRow> = tx.read().load(
        complaint_clocks::table
            .filter(complaint_clocks::code.eq(policy.code))
            .filter(complaint_clocks::met_on.is_null())
            .filter(complaint_clocks::ended_on.is_null())
            .filter(complaint_clocks::stopped_on.is_null())
            .select(ClockRow::as_select()),
    )?;
    let Some(first) = rows.iter().map(|row| row.trigger_on).min() else { return Ok(()) };
    let (calendar, day) = (holidays::from(&mut tx.read(), first)?, today());
    for mut row in rows {
        row.follow(&calendar, policy, day);
        save(tx, &row)?;
    }
    Ok(())
}

fn running(tx: &mut Tx<'_>, case_id: Id, code: Option<ClockCode>) -> Result<Vec<ClockRow>> {
    let rows: Vec<ClockRow> = tx
        .read()
        .load(complaint_clocks::table.filter(complaint_clocks::complaint_id.eq(case_id)).select(ClockRow::as_select()))?;
    Ok(rows.into_iter().filter(|row| row.is_running() && code.is_none_or(|code| row.code == code)).collect())
}

fn save(tx: &mut Tx<'_>, row: &ClockRow) -> Result<()> {
    let saved = tx.execute(diesel::update(complaint_clocks::table.find(row.id)).set((
        complaint_clocks::policy_id.eq(row.policy_id),
        complaint_clocks::due_on.eq(row.due_on),
        complaint_clocks::moved_reason.eq(row.moved_reason),
        complaint_clocks::basis.eq(&row.basis),
        complaint_clocks::is_provisional.eq(row.is_provisional),
        complaint_clocks::stopped_on.eq(row.stopped_on),
        complaint_clocks::remaining_days.eq(row.remaining_days),
        complaint_clocks::met_on.eq(row.met_on),
        complaint_clocks::ended_on.eq(row.ended_on),
    )))?;
    Problem::unless_one(saved)
}
