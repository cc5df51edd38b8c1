//! Words of holidays and time limits.

use super::{Code, word};

pub(super) const ALLOWED_ACTIONS: &[Code] = &[];
pub(super) const AUDIT_ACTIONS: &[Code] = &[];
pub(super) const AUDIT_RESOURCES: &[Code] = &[
    word("holidays", "Ngày nghỉ", "Days off"),
    word("holiday_years", "Năm có lịch nghỉ", "Years of days off"),
    word("deadline_policies", "Quy định thời hạn", "Rules of time limits"),
];
pub(super) const WARNINGS: &[Code] = &[
    word("holiday_year_missing", "Chưa có lịch nghỉ của năm", "Days off of a year are missing"),
    word("deadline_policy_missing", "Thiếu quy định thời hạn", "A rule of time limits is missing"),
];
pub(super) const FIELD_ERRORS: &[Code] = &[
    word("already_extended", "Đã gia hạn hết số lần", "Extended as often as it may be"),
    word("day_is_known", "Ngày đã có trong lịch nghỉ", "The day is known already"),
    word("deadline_passed", "Đã quá hạn", "The last day has passed"),
    word("not_a_weekend", "Không phải ngày cuối tuần", "Not a weekend"),
    word("not_extendable", "Không thuộc trường hợp gia hạn", "Gets no more time"),
    word("not_in_the_year", "Không thuộc năm này", "Not in the year"),
    word("policies_overlap", "Trùng thời gian với quy định khác", "Overlaps with another rule"),
    word("year_is_known", "Năm đã có lịch nghỉ", "The year is known already"),
];
