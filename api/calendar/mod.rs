//! Civil time in Vietnam. (Working days, holidays and deadlines will live here.)

use chrono::{FixedOffset, NaiveDate, Utc};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::code_lists::CodeList;

/// The enumerations of this module.
pub const CODE_LISTS: &[CodeList] = &[];

pub fn configure(_config: &mut ServiceConfig<'_>) {}

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
