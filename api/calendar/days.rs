//! Counting days: pure, on a [`WorkCalendar`] of what is known.
//!
//! Day 1 is the day after the event, and what would end on a day off ends on the next working day (Civil Code 2015, articles 147
//! and 148). Working days are those of the administration: Monday to Friday, without days off, with the days that are worked
//! instead of others.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Days, NaiveDate, NaiveTime, TimeDelta, Weekday};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::OFFSET_SECONDS;
use crate::{code_list, db::Instant};

code_list! {
    /// In which days a time limit is counted.
    DayUnit in "day_units" {
        Calendar = "calendar", "Ngày", "Calendar days";
        Working = "working", "Ngày làm việc", "Working days";
    }
}

code_list! {
    /// A step of how a time limit was computed.
    ClockStep in "clock_steps" {
        Triggered = "triggered", "Ngày phát sinh thời hạn", "The day it runs from";
        Counted = "counted", "Đủ số ngày của thời hạn, tính từ ngày hôm sau", "All days counted, from the next day on";
        Skipped = "skipped", "Ngày nghỉ không tính là ngày làm việc", "A day off that is no working day";
        Moved = "moved", "Ngày cuối là ngày nghỉ, chuyển sang ngày làm việc tiếp theo", "The last day is off: moved to the next working day";
        Extended = "extended", "Được gia hạn", "Extended";
        Suspended = "suspended", "Tạm đình chỉ, thời hạn dừng lại", "Suspended: it stands still";
        Resumed = "resumed", "Tiếp tục, tính số ngày còn lại", "Resumed: what was left is counted";
        Recomputed = "recomputed", "Tính lại sau khi ngày nghỉ hoặc quy định thay đổi", "Computed anew after a change of holidays or rules";
        YearUnknown = "year_unknown", "Chưa có lịch nghỉ của năm này, chỉ tính cuối tuần", "No holidays known of this year: weekends only";
    }
}

code_list! {
    /// What of a case its time limits depend on.
    Circumstance in "clock_circumstances" {
        Complex = "complex", "Vụ việc phức tạp", "A complex case";
        Remote = "remote", "Vùng sâu, vùng xa", "A remote area";
        SeveralPlaces = "several_places", "Phải xác minh ở nhiều nơi", "To be checked in several places";
    }
}

/// One step of the computation of a time limit.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct BasisStep {
    pub step: ClockStep,
    /// The day that the step is about, or arrives at.
    pub on: NaiveDate,
    /// How many days were counted, added, or left.
    pub days: Option<i64>,
    pub unit: Option<DayUnit>,
    /// The name of the day off, or the reason that was given.
    #[schema(example = "Tết Nguyên đán")]
    pub note: Option<String>,
    /// Of what the number of days was chosen by.
    pub circumstances: Vec<Circumstance>,
}

impl BasisStep {
    pub const fn of(step: ClockStep, on: NaiveDate) -> Self {
        Self { step, on, days: None, unit: None, note: None, circumstances: Vec::new() }
    }

    #[must_use]
    pub fn days(self, days: i64) -> Self {
        Self { days: Some(days), ..self }
    }
}

/// What is known of days off.
#[derive(Clone, Debug, Default)]
pub struct WorkCalendar {
    /// Days off beside weekends, with their names.
    off: BTreeMap<NaiveDate, String>,
    /// Days of a weekend that are worked.
    worked: BTreeSet<NaiveDate>,
    /// The years whose days off are known.
    years: BTreeSet<i32>,
}

impl WorkCalendar {
    pub fn of(
        off: impl IntoIterator<Item = (NaiveDate, String)>,
        worked: impl IntoIterator<Item = NaiveDate>,
        years: impl IntoIterator<Item = i32>,
    ) -> Self {
        Self { off: off.into_iter().collect(), worked: worked.into_iter().collect(), years: years.into_iter().collect() }
    }

    pub fn is_known(&self, year: i32) -> bool {
        self.years.contains(&year)
    }

    pub fn is_working(&self, day: NaiveDate) -> bool {
        if self.off.contains_key(&day) {
            return false;
        }
        !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) || self.worked.contains(&day)
    }

    /// The day itself if it is worked, else the first after it that is.
    pub fn roll_forward(&self, day: NaiveDate) -> NaiveDate {
        let mut day = day;
        while !self.is_working(day) {
            let next = later(day, 1);
            // The end of all days: nothing is worked any more.
            if next == day {
                break;
            }
            day = next;
        }
        day
    }

    /// The day `days` after it, whatever it is.
    pub fn add_calendar_days(&self, day: NaiveDate, days: i64) -> NaiveDate {
        later(day, days)
    }

    /// The last of `days` working days after it; none: the day itself, or the next that is worked.
    pub fn add_working_days(&self, day: NaiveDate, days: i64) -> NaiveDate {
        (0..days.max(0)).fold(day, |day, _| self.roll_forward(later(day, 1)))
    }

    /// How many days are worked from the day after `from` to `to`; negative when `to` lies before.
    pub fn working_days_between(&self, from: NaiveDate, to: NaiveDate) -> i64 {
        let count = |from: NaiveDate, to: NaiveDate| {
            let days = from.iter_days().skip(1).take_while(|day| *day <= to).filter(|day| self.is_working(*day)).count();
            i64::try_from(days).unwrap_or(i64::MAX)
        };
        if from <= to { count(from, to) } else { -count(to, from) }
    }

    /// When `days` after an event have passed.
    pub fn deadline(&self, event_on: NaiveDate, days: i64, unit: DayUnit) -> Deadline {
        let mut basis = Vec::new();
        let (last, due_on) = match unit {
            DayUnit::Calendar => {
                let last = self.add_calendar_days(event_on, days.max(0));
                (last, self.roll_forward(last))
            }
            DayUnit::Working => {
                let last = self.roll_forward(self.add_working_days(event_on, days));
                let skipped = self.off.range(later(event_on, 1)..=last.max(later(event_on, 1)));
                basis.extend(
                    skipped
                        .filter(|(day, _)| **day <= last)
                        .map(|(day, name)| BasisStep { note: Some(name.clone()), ..BasisStep::of(ClockStep::Skipped, *day) }),
                );
                (last, last)
            }
        };
        basis.push(BasisStep { unit: Some(unit), ..BasisStep::of(ClockStep::Counted, last).days(days) });
        if due_on != last {
            basis.push(BasisStep { note: self.off.get(&last).cloned(), ..BasisStep::of(ClockStep::Moved, due_on) });
        }
        // The days of an unknown year count only where they are looked at: all of them in working days, the last in others.
        let looked_at = if unit == DayUnit::Working { event_on.year() } else { last.year() };
        let unknown: Vec<i32> = (looked_at..=due_on.year()).filter(|year| !self.is_known(*year)).collect();
        basis.extend(unknown.iter().map(|year| {
            let first = NaiveDate::from_ymd_opt(*year, 1, 1).unwrap_or(due_on);
            BasisStep::of(ClockStep::YearUnknown, first.max(event_on))
        }));
        Deadline { due_on, basis, is_provisional: !unknown.is_empty() }
    }
}

/// A day that was computed, and how.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Deadline {
    pub due_on: NaiveDate,
    pub basis: Vec<BasisStep>,
    /// Whether days of a year were looked at whose days off are not known.
    pub is_provisional: bool,
}

/// Until when something is in time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Limit {
    /// On the day or before ("within 10 days").
    On(NaiveDate),
    /// Before the day begins ("before 05/11").
    Before(NaiveDate),
}

impl Limit {
    /// The last moment that is in time. Days are those of Vietnam, wherever the clock stands that says so.
    pub fn last_moment(self) -> Instant {
        match self {
            Self::On(day) => Instant::from_millis(starts_at(later(day, 1)).millis() - 1),
            Self::Before(day) => Instant::from_millis(starts_at(day).millis() - 1),
        }
    }

    pub fn is_met(self, at: Instant) -> bool {
        at <= self.last_moment()
    }
}

/// The moment in which a day begins in Vietnam.
pub fn starts_at(day: NaiveDate) -> Instant {
    Instant::from_millis(day.and_time(NaiveTime::MIN).and_utc().timestamp_millis() - i64::from(OFFSET_SECONDS) * 1000)
}

/// The day in Vietnam that a moment lies in.
pub fn day_of(at: Instant) -> NaiveDate {
    let shifted = chrono::DateTime::from_timestamp_millis(at.millis()).unwrap_or_default();
    (shifted + TimeDelta::seconds(OFFSET_SECONDS.into())).date_naive()
}

fn later(day: NaiveDate, days: i64) -> NaiveDate {
    day.checked_add_days(Days::new(days.unsigned_abs())).unwrap_or(NaiveDate::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// A year like 2024, with its Tết, and a Monday that is worked on a Saturday.
    fn calendar() -> WorkCalendar {
        let off =
            ["2024-02-08", "2024-02-09", "2024-02-10", "2024-02-11", "2024-02-12", "2024-02-13", "2024-02-14", "2024-04-29"];
        WorkCalendar::of(off.map(|text| (day(text), "nghỉ".to_owned())), [day("2024-05-04")], [2024])
    }

    #[test]
    fn weekends_are_off_unless_they_are_worked() {
        let calendar = calendar();
        for (text, works) in [
            ("2024-02-07", true),
            ("2024-02-08", false),
            ("2024-02-14", false),
            ("2024-02-15", true),
            ("2024-02-17", false),
            ("2024-04-29", false),
            ("2024-05-04", true),
            ("2024-05-05", false),
        ] {
            assert_eq!(calendar.is_working(day(text)), works, "{text}");
        }
        assert_eq!(calendar.roll_forward(day("2024-02-08")), day("2024-02-15"));
        assert_eq!(calendar.roll_forward(day("2024-05-04")), day("2024-05-04"));
        assert_eq!(calendar.working_days_between(day("2024-02-07"), day("2024-02-16")), 2);
        assert_eq!(calendar.working_days_between(day("2024-02-16"), day("2024-02-07")), -2);
        assert_eq!(calendar.working_days_between(day("2024-02-16"), day("2024-02-16")), 0);
    }

    #[test]
    fn a_deadline_tells_how_it_was_computed() {
        let found = calendar().deadline(day("2024-02-01"), 10, DayUnit::Calendar);
        assert_eq!((found.due_on, found.is_provisional), (day("2024-02-15"), false));
        let steps: Vec<_> = found.basis.iter().map(|step| (step.step, step.on, step.days)).collect();
        assert_eq!(steps, [(ClockStep::Counted, day("2024-02-11"), Some(10)), (ClockStep::Moved, day("2024-02-15"), None)]);
        assert_eq!(found.basis[1].note.as_deref(), Some("nghỉ"));
        let found = calendar().deadline(day("2024-02-06"), 2, DayUnit::Working);
        assert_eq!(found.due_on, day("2024-02-15"));
        assert_eq!(found.basis.iter().filter(|step| step.step == ClockStep::Skipped).count(), 7);
    }

    #[test]
    fn an_unknown_year_makes_it_provisional_where_its_days_are_looked_at() {
        let calendar = calendar();
        // Monday 2024-12-23 + 20 = Sunday 2025-01-12.
        let found = calendar.deadline(day("2024-12-23"), 20, DayUnit::Calendar);
        assert_eq!((found.due_on, found.is_provisional), (day("2025-01-13"), true));
        assert_eq!(found.basis.last().map(|step| (step.step, step.on)), Some((ClockStep::YearUnknown, day("2025-01-01"))));
        assert!(!calendar.deadline(day("2024-12-11"), 20, DayUnit::Calendar).is_provisional);
        // Triggered in a year that is not known, ended in one that is: of calendar days only the last is looked at.
        assert!(!calendar.deadline(day("2023-12-25"), 10, DayUnit::Calendar).is_provisional);
        assert!(calendar.deadline(day("2023-12-25"), 10, DayUnit::Working).is_provisional);
    }

    /// Edge case 6 of the domain guide.
    #[test]
    fn before_a_day_ends_where_the_day_begins_in_vietnam() {
        let at = |text: &str| Instant::from_millis(chrono::DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis());
        let report = Limit::Before(day("2026-11-05"));
        assert!(report.is_met(at("2026-11-04T23:59:59+07:00")));
        assert!(report.is_met(at("2026-11-04T23:59:59.999+07:00")));
        assert!(!report.is_met(at("2026-11-05T00:00:00+07:00")));
        // The same moments as a client in UTC writes them: neither earlier nor later.
        assert!(report.is_met(at("2026-11-04T16:59:59Z")));
        assert!(!report.is_met(at("2026-11-04T17:00:00Z")));
        assert!(!report.is_met(at("2026-11-04T23:59:59Z")));
        assert_eq!(report.last_moment().to_string(), "2026-11-04T16:59:59.999Z");
        let complaint = Limit::On(day("2026-11-05"));
        assert!(complaint.is_met(at("2026-11-05T23:59:59+07:00")));
        assert!(!complaint.is_met(at("2026-11-06T00:00:00+07:00")));
        assert_eq!(day_of(at("2026-11-04T17:00:00Z")), day("2026-11-05"));
        assert_eq!(day_of(at("2026-11-04T16:59:59.999Z")), day("2026-11-04"));
        assert_eq!(starts_at(day("2026-11-05")), at("2026-11-05T00:00:00+07:00"));
    }

    fn some_day() -> impl Strategy<Value = NaiveDate> {
        (0_u64..4_000).prop_map(|days| day("2017-01-01").checked_add_days(Days::new(days)).unwrap())
    }

    fn some_calendar() -> impl Strategy<Value = WorkCalendar> {
        let days = || proptest::collection::btree_set(some_day(), 0..200);
        (days(), days())
            .prop_map(|(off, worked)| WorkCalendar::of(off.into_iter().map(|day| (day, String::new())), worked, 2017..2030))
    }

    proptest! {
        #[test]
        fn never_on_a_day_off_and_never_before_its_days(calendar in some_calendar(), from in some_day(), days in 1_i64..120) {
            for unit in [DayUnit::Calendar, DayUnit::Working] {
                let found = calendar.deadline(from, days, unit);
                prop_assert!(calendar.is_working(found.due_on));
                prop_assert!(found.due_on >= calendar.add_calendar_days(from, days));
            }
        }

        #[test]
        fn more_days_never_end_earlier_nor_does_a_later_event(calendar in some_calendar(), from in some_day(), days in 0_i64..120, more in 0_i64..9) {
            for unit in [DayUnit::Calendar, DayUnit::Working] {
                let due = calendar.deadline(from, days, unit).due_on;
                prop_assert!(calendar.deadline(from, days + more, unit).due_on >= due);
                prop_assert!(calendar.deadline(later(from, more), days, unit).due_on >= due);
            }
        }

        #[test]
        fn working_days_are_not_fewer(calendar in some_calendar(), from in some_day(), days in 0_i64..120) {
            let [of_all, of_worked] = [DayUnit::Calendar, DayUnit::Working].map(|unit| calendar.deadline(from, days, unit).due_on);
            prop_assert!(of_worked >= of_all);
            if days > 0 {
                prop_assert_eq!(calendar.working_days_between(from, of_worked), days);
            }
        }

        #[test]
        fn a_further_day_off_never_moves_it_earlier(calendar in some_calendar(), from in some_day(), days in 0_i64..60, new in some_day()) {
            let mut more = calendar.clone();
            more.off.insert(new, "mới".into());
            for unit in [DayUnit::Calendar, DayUnit::Working] {
                prop_assert!(more.deadline(from, days, unit).due_on >= calendar.deadline(from, days, unit).due_on);
            }
        }

        #[test]
        fn days_and_moments_agree(day in some_day(), millis in 0_i64..86_400_000) {
            let at = Instant::from_millis(starts_at(day).millis() + millis);
            prop_assert_eq!(day_of(at), day);
            prop_assert!(Limit::On(day).is_met(at));
            prop_assert!(!Limit::Before(day).is_met(at));
        }
    }
}
