//! The types of role assignments.

use chrono::NaiveDate;
use diesel::{Insertable, Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::{
    access::{Role, unit_names::UnitName},
    code_list,
    db::{Id, Instant, schema::role_assignments},
    http::AllowedAction,
};

code_list! {
    RoleAssignmentStatus in "role_assignment_statuses" {
        Pending = "pending", "Chờ xác nhận", "Awaiting confirmation";
        Planned = "planned", "Chưa bắt đầu", "Not yet begun";
        Active = "active", "Đang giữ", "Active";
        Ended = "ended", "Đã kết thúc", "Ended";
    }
}

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = role_assignments)]
pub struct RoleAssignmentRow {
    pub id: Id,
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub principal_id: Id,
    pub role: Role,
    pub unit_id: Id,
    pub valid_from: NaiveDate,
    pub valid_to: Option<NaiveDate>,
    /// The account that gave it; none: the command line, or the service itself.
    pub given_by: Option<Id>,
    /// Since when it waits for somebody's confirmation; until then it gives nothing.
    pub pending_since: Option<Instant>,
}

impl RoleAssignmentRow {
    pub fn status(&self, day: NaiveDate) -> RoleAssignmentStatus {
        if self.valid_to.is_some_and(|end| end <= day) {
            RoleAssignmentStatus::Ended
        } else if self.pending_since.is_some() {
            RoleAssignmentStatus::Pending
        } else if self.valid_from > day {
            RoleAssignmentStatus::Planned
        } else {
            RoleAssignmentStatus::Active
        }
    }
}

/// A role that somebody, or some program, holds in a unit.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RoleAssignment {
    pub id: Id,
    /// Rises by one with each change; the `ETag`.
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    /// The account or the client.
    pub principal_id: Id,
    pub role: Role,
    pub unit_id: Id,
    /// Empty for the first administrator of a service that has no units yet.
    pub unit: Option<UnitName>,
    pub valid_from: NaiveDate,
    /// The first day on which it no longer holds; empty while no end is known.
    pub valid_to: Option<NaiveDate>,
    /// While it is `pending` it gives nothing: the organisation board has not confirmed it yet.
    pub status: RoleAssignmentStatus,
    /// What you may do with it now.
    pub allowed_actions: Vec<AllowedAction>,
}

/// A role for somebody.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRoleAssignment {
    /// A UUIDv7 of your own, if you make ids; sent again, the same request finds the same assignment.
    pub id: Option<Id>,
    pub role: Role,
    /// Most roles reach this unit and everything below it. Its kind must be one that the role is held in: branch heads
    /// in branches, presidents and editors in base or affiliated units, whoever works for the province at the province.
    pub unit_id: Id,
    /// Today, if you say nothing.
    pub valid_from: Option<NaiveDate>,
    /// The first day on which it no longer holds.
    pub valid_to: Option<NaiveDate>,
    /// The decision behind it; stands in the audit trail.
    #[validate(length(max = 500))]
    #[schema(max_length = 500, example = "QĐ 12/QĐ-BTV ngày 01/07/2025")]
    pub reason: Option<String>,
}

/// The end of a role.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Ending {
    /// The first day on which it no longer holds: today (at once) unless you say a later one.
    pub effective_on: Option<NaiveDate>,
    #[validate(length(max = 500))]
    #[schema(max_length = 500)]
    pub reason: Option<String>,
}
