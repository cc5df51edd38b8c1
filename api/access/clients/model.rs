//! The types of clients.

use diesel::{Insertable, Queryable, Selectable};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::{
    access::accounts::AccountStatus,
    code_list,
    db::{Id, Instant, schema::clients},
    http::AllowedAction,
};

code_list! {
    /// What kind of program asks for tokens.
    ClientKind in "client_kinds" {
        /// Acts for the people who sign in with it; has no secret and no rights of its own.
        FrontEnd = "front_end", "Giao diện người dùng", "Front end";
        /// A machine with rights of its own.
        Service = "service", "Phần mềm máy chủ", "Service";
    }
}

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = clients)]
pub struct ClientRow {
    pub id: Id,
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub client_id: String,
    pub name: String,
    pub kind: ClientKind,
    pub secret_hash: Option<Vec<u8>>,
    pub jwks: Option<String>,
    pub status: AccountStatus,
    pub last_used_at: Option<Instant>,
}

/// A program that asks for tokens.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Client {
    pub id: Id,
    /// Rises by one with each change; the `ETag`.
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    /// What it calls itself at `POST /oauth/token`.
    #[schema(example = "khanhhoa-exporter")]
    pub client_id: String,
    #[schema(example = "Trạm chuyển số liệu Trung ương")]
    pub name: String,
    pub kind: ClientKind,
    pub status: AccountStatus,
    pub has_secret: bool,
    /// Its public keys (RFC 7517), with which it signs in by `private_key_jwt`.
    #[schema(value_type = Option<Object>)]
    pub jwks: Option<Value>,
    /// When it last got a token of its own.
    pub last_used_at: Option<Instant>,
    /// Only in the answer that makes the client: its secret, shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
    /// What you may do with it now.
    pub allowed_actions: Vec<AllowedAction>,
}

/// A new client.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewClient {
    /// A UUIDv7 of your own, if you make ids; sent again, the same request finds the same client.
    pub id: Option<Id>,
    /// Lower-case letters, digits, dots, hyphens, underscores; begins with a letter. Never changes.
    #[validate(length(min = 3, max = 64))]
    #[schema(min_length = 3, max_length = 64, pattern = "^[a-z][a-z0-9._-]+$", example = "khanhhoa-exporter")]
    pub client_id: String,
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "Trạm chuyển số liệu Trung ương")]
    pub name: String,
    pub kind: ClientKind,
    /// Public keys of a service (RFC 7517). Without them it gets a secret.
    #[schema(value_type = Option<Object>)]
    pub jwks: Option<Value>,
}

/// What of a client is corrected in place.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientNames {
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "Trạm chuyển số liệu Trung ương")]
    pub name: String,
    /// Replaced whole.
    #[schema(value_type = Option<Object>)]
    pub jwks: Option<Value>,
}

/// A new secret. It is shown in this answer only; the one before no longer opens anything.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ClientSecret {
    #[schema(example = "khanhhoa-exporter")]
    pub client_id: String,
    #[schema(example = "Y4wVq0Hn8m2c1b6Zr3uTtXo9sKdPfLgEaQjWi7N5h_E")]
    pub client_secret: String,
}

/// Filters of `GET /clients`.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ClientFilters {
    #[serde(default)]
    pub kind: Vec<ClientKind>,
    #[serde(default)]
    pub status: Vec<AccountStatus>,
}
