//! Civil time in Vietnam: days off, working days, the time limits of the law and the clocks that run by them.
//!
//! [`days`] counts, without I/O; [`holidays`] keeps what it counts by; [`policies`] says how many days there are; [`clocks`]
//! runs them.

#[cfg(test)]
mod cases;
pub mod clocks;
pub mod days;
pub mod holidays;
#[cfg(test)]
mod moon;
pub mod policies;

use chrono::{Datelike, FixedOffset, NaiveDate, Utc};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    access::{Access, Action, Resource, Role, Scope},
    code_lists::CodeList,
    db::Reader,
    http::{Code, Problem, Result, Text},
};
use policies::ClockCode;

/// The enumerations of this module.
pub const CODE_LISTS: &[CodeList] = &[
    days::DayUnit::LIST,
    days::ClockStep::LIST,
    days::Circumstance::LIST,
    holidays::HolidayKind::LIST,
    holidays::HolidayStatus::LIST,
    holidays::Provenance::LIST,
    policies::ClockCode::LIST,
    policies::PolicySource::LIST,
    clocks::ClockState::LIST,
    clocks::ClockMove::LIST,
];

pub fn configure(config: &mut ServiceConfig<'_>) {
    holidays::configure(config);
    policies::configure(config);
}

/// Vietnam has had one offset, +07:00, since 1975 and no summer time.
const OFFSET_SECONDS: i32 = 7 * 3600;

/// Today in Asia/Ho_Chi_Minh, whatever the machine's zone.
pub fn today() -> NaiveDate {
    let vietnam = FixedOffset::east_opt(OFFSET_SECONDS).unwrap_or_else(|| FixedOffset::east_opt(0).expect("zero is an offset"));
    Utc::now().with_timezone(&vietnam).date_naive()
}

/// Whether `day` lies in the half-open period `[from, to)`; no `to` means it has not ended.
pub fn within(day: NaiveDate, from: NaiveDate, to: Option<NaiveDate>) -> bool {
    from <= day && to.is_none_or(|to| day < to)
}

/// What is missing to compute time limits by.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Lack {
    /// The days off of this year.
    HolidayYear(i32),
    /// A rule for these steps.
    Policies(Vec<ClockCode>),
}

impl Lack {
    pub fn text(&self) -> Text {
        match self {
            Self::HolidayYear(year) => Text::new(
                format!("Chưa có lịch nghỉ năm {year}: các thời hạn sang năm này mới là tạm tính"),
                format!("The days off of {year} are not loaded: time limits that reach into it are provisional"),
            ),
            Self::Policies(codes) => {
                let named = codes.iter().map(|code| code.as_str()).collect::<Vec<_>>().join(", ");
                Text::new(
                    format!("Không có quy định thời hạn nào đang hiệu lực cho: {named}"),
                    format!("No rule of today says the days of: {named}"),
                )
            }
        }
    }
}

/// What somebody has to see to.
pub(crate) fn lacks(reader: &mut Reader<'_>) -> Result<Vec<Lack>> {
    let day = today();
    let known = holidays::known_years(reader)?;
    let mut lacks: Vec<Lack> = missing_years(&known, day).map(Lack::HolidayYear).collect();
    let without = policies::lacking_on(reader, day)?;
    if !without.is_empty() {
        lacks.push(Lack::Policies(without));
    }
    Ok(lacks)
}

/// The present year, and from October on, when the days off are announced, the next.
fn missing_years(known: &[i32], day: NaiveDate) -> impl Iterator<Item = i32> {
    let next = (day.month() >= 10).then(|| day.year() + 1);
    [day.year()].into_iter().chain(next).filter(|year| !known.contains(year))
}

/// A day that a calendar of the union may speak of.
fn check_day(pointer: &str, day: NaiveDate) -> Result<()> {
    let [first, end] = [1976, 2101].map(|year| NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or(NaiveDate::MIN));
    if within(day, first, Some(end)) {
        return Ok(());
    }
    Err(Problem::field(pointer, "range", "Phải từ năm 1976 đến năm 2100", "Must lie between 1976 and 2100"))
}

/// Rules of time limits are the organisation board's; holidays are also loaded by who runs the service.
fn policy_keeper(access: &Access, action: Action) -> Result<Scope> {
    let scope = access.to(action, Resource::Calendar)?;
    if scope.grants().iter().any(|grant| grant.role == Role::ProvinceOrg) {
        Ok(scope)
    } else {
        Err(Problem::new(Code::Forbidden))
    }
}

fn keeps_policies(access: &Access) -> bool {
    policy_keeper(access, Action::Update).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Edge case 24 of the domain guide.
    #[test]
    fn a_year_is_missed_when_it_has_come_and_from_october_before() {
        for (known, day, missing) in [
            (vec![2026, 2027], "2026-11-25", vec![]),
            (vec![2026], "2026-09-30", vec![]),
            (vec![2026], "2026-10-01", vec![2027]),
            (vec![2026], "2026-12-31", vec![2027]),
            (vec![2026], "2027-01-01", vec![2027]),
            (vec![], "2026-10-01", vec![2026, 2027]),
        ] {
            let found: Vec<i32> = missing_years(&known, day.parse().unwrap()).collect();
            assert_eq!(found, missing, "{known:?} on {day}");
        }
    }
}
