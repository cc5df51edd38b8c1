//! The types of accounts.

use diesel::{Insertable, Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::{
    code_list,
    db::{Id, Instant, schema::accounts},
    http::AllowedAction,
};

code_list! {
    /// Whether an account or a client may come in.
    AccountStatus in "account_statuses" {
        Active = "active", "Đang dùng", "Active";
        Disabled = "disabled", "Đã khóa", "Disabled";
    }
}

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = accounts)]
pub struct AccountRow {
    pub id: Id,
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub username: String,
    pub display_name: String,
    pub password_hash: String,
    pub must_change_password: bool,
    pub password_changed_at: Option<Instant>,
    pub status: AccountStatus,
    pub failed_sign_ins: i64,
    pub locked_until: Option<Instant>,
    pub last_sign_in_at: Option<Instant>,
    pub member_id: Option<Id>,
}

/// Somebody who signs in.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Account {
    pub id: Id,
    /// Rises by one with each change; the `ETag`.
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    #[schema(example = "chutich.vinhhai")]
    pub username: String,
    #[schema(example = "Nguyễn Thị Hoa")]
    pub display_name: String,
    pub status: AccountStatus,
    /// No password yet: its owner needs a one-time code.
    pub has_password: bool,
    /// Until she has changed it, she can do nothing else.
    pub must_change_password: bool,
    pub password_changed_at: Option<Instant>,
    /// Too many wrong passwords: nobody signs in under this name before.
    pub locked_until: Option<Instant>,
    pub last_sign_in_at: Option<Instant>,
    /// The member she is, if that is known.
    pub member_id: Option<Id>,
    /// What you may do with it now.
    pub allowed_actions: Vec<AllowedAction>,
}

/// A new account, still without rights and without a password.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAccount {
    /// A UUIDv7 of your own, if you make ids; sent again, the same request finds the same account.
    pub id: Option<Id>,
    /// Lower-case letters without diacritics, digits, dots, hyphens, underscores; begins with a letter. Never changes.
    #[validate(length(min = 2, max = 64))]
    #[schema(min_length = 2, max_length = 64, pattern = "^[a-z][a-z0-9._-]+$", example = "chutich.vinhhai")]
    pub username: String,
    /// What she is called on the screen.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "Nguyễn Thị Hoa")]
    pub display_name: String,
    /// The member she is.
    pub member_id: Option<Id>,
}

/// What of an account is corrected in place.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountNames {
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "Nguyễn Thị Hoa")]
    pub display_name: String,
    pub member_id: Option<Id>,
}

/// Why something is done; stands in the audit trail.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500, example = "Nghỉ công tác từ 01/07/2025")]
    pub reason: String,
}

/// A code that sets a password, once. It is shown in this answer only.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PasswordCode {
    /// To be handed over in person or read out; case and hyphens do not matter.
    #[schema(example = "7K2M-9QXR-4TBD-H5WC")]
    pub code: String,
    pub expires_at: Instant,
    pub account_id: Id,
}

/// Filters of `GET /accounts`.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AccountFilters {
    #[serde(default)]
    pub status: Vec<AccountStatus>,
    /// A part of the username.
    #[param(example = "vinhhai")]
    pub q: Option<String>,
    /// Only those who hold a role in this unit or below it today.
    pub within: Option<Id>,
    /// Only those who hold this role today.
    #[serde(default)]
    pub role: Vec<super::super::Role>,
}
