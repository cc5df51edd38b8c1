//! Pure rules of inspections.

use chrono::{Datelike, Days, NaiveDate};

use super::model::{InspectionRow, InspectionStatus, InspectionVisibility};
use crate::{
    calendar::days::WorkCalendar,
    http::{Problem, Result},
    text,
};

/// Between the day a decision is sent to the unit and the first day of the inspection.
const NOTICE_WORKING_DAYS: i64 = 7;
/// For the unit to comment on a draft.
pub(super) const COMMENT_WORKING_DAYS: i64 = 5;
/// Calendar days between the end of the fieldwork and the notice of results.
const NOTICE_OF_RESULTS_DAYS: u64 = 15;
/// No inspection takes longer.
const LONGEST_DAYS: i64 = 60;

/// By when the notice of results must be there.
pub(super) fn notice_due_on(fieldwork_done_on: NaiveDate) -> NaiveDate {
    fieldwork_done_on.checked_add_days(Days::new(NOTICE_OF_RESULTS_DAYS)).unwrap_or(fieldwork_done_on)
}

/// The states in which a notice of results is owed.
pub(super) const OWING_A_NOTICE: [InspectionStatus; 3] =
    [InspectionStatus::FieldworkDone, InspectionStatus::Drafted, InspectionStatus::Commented];

pub(super) fn is_notice_overdue(row: &InspectionRow, today: NaiveDate) -> bool {
    OWING_A_NOTICE.contains(&row.status) && row.notice_due_on.is_some_and(|due| due < today)
}

/// How much of it the inspected unit sees: nothing before the decision was sent to it (a surprise: before it begins), the
/// draft when it was shared, everything after the notice. What was called off shows no more than it did, and no draft.
pub(super) fn shown(row: &InspectionRow) -> InspectionVisibility {
    use InspectionStatus::{
        Cancelled, Closed, Commented, Drafted, FieldworkDone, InProgress, InRemediation, NoticeIssued, Planned, Postponed,
        Scheduled,
    };
    use InspectionVisibility::{All, Draft, Head, Nothing};
    match row.status {
        Planned => Nothing,
        Scheduled | Postponed if row.is_surprise => Nothing,
        Scheduled | Postponed | InProgress | FieldworkDone => Head,
        Drafted if row.shared_on.is_none() => Head,
        Drafted | Commented => Draft,
        NoticeIssued | InRemediation | Closed => All,
        Cancelled => row.shown.min(Head),
    }
}

/// Words that still say something when cleaned.
pub(super) fn said(pointer: &str, words: &str) -> Result<String> {
    let words = text::clean(words);
    if words.is_empty() { Err(required(pointer)) } else { Ok(words) }
}

pub(super) fn required(pointer: &str) -> Problem {
    Problem::field(pointer, "required", "Bắt buộc phải có", "Must be given")
}

/// First and last day of an inspection.
pub(super) fn check_days(starts_on: NaiveDate, ends_on: NaiveDate) -> Result<()> {
    if ends_on < starts_on {
        return Err(Problem::field(
            "/ends_on",
            "before_start",
            format!("Không được trước ngày bắt đầu ({starts_on})"),
            format!("Must not be before the first day ({starts_on})"),
        ));
    }
    if (ends_on - starts_on).num_days() > LONGEST_DAYS {
        return Err(Problem::field(
            "/ends_on",
            "too_late",
            "Một cuộc kiểm tra không quá 60 ngày",
            "No inspection takes more than 60 days",
        ));
    }
    if !(2000..2200).contains(&starts_on.year()) {
        return Err(Problem::field("/starts_on", "range", "Phải từ năm 2000", "Must be after the year 2000"));
    }
    Ok(())
}

/// A day that has come, and lies not before another.
pub(super) fn check_past(pointer: &str, day: NaiveDate, not_before: Option<NaiveDate>, today: NaiveDate) -> Result<()> {
    if day > today {
        return Err(Problem::field(pointer, "in_the_future", "Không được ở tương lai", "Must not be in the future"));
    }
    match not_before.filter(|first| day < *first) {
        Some(first) => Err(Problem::field(
            pointer,
            "too_early",
            format!("Không được trước ngày {first}"),
            format!("Must not be before {first}"),
        )),
        None => Ok(()),
    }
}

/// Seven working days between what was sent and the first day, but for a surprise, of which nothing is sent.
pub(super) fn check_sent(
    calendar: &WorkCalendar,
    is_surprise: bool,
    sent_on: Option<NaiveDate>,
    starts_on: NaiveDate,
    today: NaiveDate,
) -> Result<()> {
    let Some(sent_on) = sent_on else { return if is_surprise { Ok(()) } else { Err(required("/sent_on")) } };
    if is_surprise {
        return Err(Problem::field(
            "/sent_on",
            "not_for_a_surprise",
            "Kiểm tra đột xuất không gửi trước cho đơn vị",
            "Nothing is sent to the unit before a surprise inspection",
        ));
    }
    check_past("/sent_on", sent_on, None, today)?;
    let earliest = calendar.add_working_days(sent_on, NOTICE_WORKING_DAYS);
    if starts_on < earliest {
        return Err(Problem::field(
            "/starts_on",
            "notice_too_short",
            format!("Phải gửi trước ít nhất 7 ngày làm việc: sớm nhất là {earliest}"),
            format!("The unit must have seven working days: {earliest} at the earliest"),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_unit_has_seven_working_days() {
        let today = day("2026-12-31");
        let calendar = WorkCalendar::of([], [], []);
        let told = |surprise, sent: Option<&str>, starts: &str| {
            check_sent(&calendar, surprise, sent.map(day), day(starts), today).err().map(|problem| problem.to_string())
        };
        assert_eq!(told(false, Some("2026-11-25"), "2026-12-04"), None);
        assert!(told(false, Some("2026-11-25"), "2026-12-03").unwrap().contains("notice_too_short"));
        assert!(told(false, None, "2026-12-04").unwrap().contains("required"));
        assert!(told(false, Some("2027-01-01"), "2027-03-01").unwrap().contains("in_the_future"));
        assert_eq!(told(true, None, "2026-12-01"), None);
        assert!(told(true, Some("2026-11-25"), "2026-12-04").unwrap().contains("not_for_a_surprise"));
    }
}
