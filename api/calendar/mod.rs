//! Civil time in Vietnam: days off, working days, the time limits of the law and the clocks that run by them.
//!
//! [`days`] counts, without I/O; [`holidays`] keeps what it counts by; [`policies`] says how many days there are; [`clocks`]
//! runs them.

pub mod clocks;
pub mod days;
pub mod holidays;
#[cfg(test)]
mod moon;
pub mod policies;

use chrono::{FixedOffset, NaiveDate, Utc};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    access::{Access, Action, Resource, Role, Scope},
    code_lists::CodeList,
    http::{Code, Problem, Result},
};

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
