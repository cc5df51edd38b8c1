//! What there is of calendar in every world, who may do what with it, and requests that are right.

use hoicoso::access::Role::{self, BasePresident, CaseHandler, Inspector, ItAdmin, ProvinceLeader, ProvinceOrg};
use serde_json::json;

use super::super::{
    ask::Caller,
    cast::{Cast, Side},
    contract::Operation,
    new_id,
    operations::{Row, anywhere, everybody},
    world::World,
};

const KEEPERS: &[Role] = &[ItAdmin, ProvinceOrg];
const BOARD: &[Role] = &[ProvinceOrg];
const COMPLAINT_READERS: &[Role] = &[BasePresident, ProvinceLeader, Inspector, CaseHandler];

/// One of each kind. The calendar is the same in every place.
#[derive(Clone, Debug, Default)]
pub struct Things {
    pub holiday: String,
    pub holiday_year: String,
    pub deadline_policy: String,
}

impl Things {
    /// Ids of nothing.
    pub fn nowhere() -> Self {
        Self { holiday: new_id(), holiday_year: new_id(), deadline_policy: new_id() }
    }
}

/// What ships with the service is there. How long filed petitions are kept ends with 2039, so that there is room for a new rule.
pub async fn make(_world: &World, _cast: &mut Cast, _side: &Side, _chair: &Caller, board: &Caller) -> Things {
    let first = async |path: &str| board.get(path).await.expect(200).each("id").remove(0);
    let kept = board.get("/deadline-policies?code=FILE&as_of=2039-12-31").await.expect(200);
    if kept.items()[0]["valid_to"].is_null() {
        let ending = json!({ "valid_to": "2040-01-01", "reason": "Sẽ có quy định mới" });
        board.act(format!("/deadline-policies/{}/endings", kept.each("id")[0]), 1, ending).await.expect(200);
    }
    Things {
        holiday: first("/holidays?year=2026").await,
        holiday_year: first("/holiday-years").await,
        deadline_policy: first("/deadline-policies?code=UNION-7").await,
    }
}

pub fn rows() -> Vec<Row> {
    vec![
        everybody("list_holidays"),
        everybody("get_holiday"),
        anywhere("create_holiday", KEEPERS).body(|_| {
            json!({ "day": "2040-05-02", "kind": "day_off", "name": "Nghỉ hoán đổi", "provenance": "announced", "legal_basis": "1/TB-BNV" })
        }),
        anywhere("end_holiday", KEEPERS).body(|_| json!({ "reason": "Thông báo chọn ngày khác" })),
        everybody("list_holiday_years"),
        everybody("get_holiday_year"),
        anywhere("create_holiday_year", KEEPERS).body(|_| {
            json!({ "year": 2041, "provenance": "announced", "legal_basis": "2/TB-BNV",
                    "holidays": [{ "day": "2041-01-01", "kind": "day_off", "name": "Tết Dương lịch" }] })
        }),
        anywhere("update_holiday_year", KEEPERS).body(|_| json!({ "legal_basis": "3/TB-BNV" })),
        everybody("list_deadline_policies"),
        everybody("get_deadline_policy"),
        anywhere("create_deadline_policy", BOARD).body(|_| {
            json!({ "code": "FILE", "source": "union_guidance", "legal_basis": "14-HD/ĐCT", "valid_from": "2040-01-01",
                    "unit": "calendar", "days": 730 })
        }),
        anywhere("end_deadline_policy", BOARD).body(|_| json!({ "valid_to": "2040-01-01", "reason": "Hướng dẫn mới" })),
        // Which of them somebody sees is told in deadlines.rs.
        anywhere("list_complaint_deadlines", COMPLAINT_READERS),
        everybody("list_my_tasks"),
    ]
}

/// Table and id of what the first parameter of an operation's path names; none: it is not ours.
pub fn named(resource: &str, _operation: &Operation, side: &Side, _cast: &Cast) -> Option<(&'static str, String)> {
    let things = &side.calendar;
    Some(match resource {
        "holidays" => ("holidays", things.holiday.clone()),
        "holiday-years" => ("holiday_years", things.holiday_year.clone()),
        "deadline-policies" => ("deadline_policies", things.deadline_policy.clone()),
        _ => return None,
    })
}
