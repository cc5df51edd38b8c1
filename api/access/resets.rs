//! Setting a password with a one-time code: new accounts, forgotten passwords, the first administrator.

use std::time::Instant as Clock;

use actix_web::{HttpRequest, HttpResponse, post, web};
use diesel::{ExpressionMethods, QueryDsl, SelectableHelper};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::{
    AccessState, Action, Resource, Scope,
    accounts::{self, AccountRow, AccountStatus},
    codes,
    limits::Policy,
    passwords, sign_in,
};
use crate::{
    db::{Actor, ActorKind, schema::accounts as table},
    http::{Body, Json, Problem, ProblemBody, Result, Spoken, Whole},
};

pub(super) fn configure(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config.service(reset_password);
}

/// A new password by a one-time code.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordReset {
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64, example = "chutich.vinhhai")]
    pub username: String,
    /// As it was handed over; case and hyphens do not matter.
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64, example = "7K2M-9QXR-4TBD-H5WC")]
    pub code: String,
    /// 12 to 128 characters, without the username, not one that everybody chooses.
    #[validate(length(min = 1, max = 1024))]
    #[schema(min_length = 12, max_length = 128, format = Password, example = "con mèo nằm trên mái ngói")]
    pub new_password: String,
}

/// Set a password with a one-time code
///
/// For everybody, without a token. The code works once, for 24 hours; all sign-ins of the account end. Whether the
/// account exists, the code is wrong or has run out is not told apart.
#[utoipa::path(tag = "sign-in", operation_id = "reset_password", request_body = PasswordReset, responses(
    (status = 204, description = "Set: sign in with it"),
    (status = 422, description = "The code is not good, or the password may not be chosen", body = ProblemBody, content_type = "application/problem+json"),
    (status = 429, description = "Too many tries; see Retry-After", body = ProblemBody, content_type = "application/problem+json"),
), security(()))]
#[post("/password-resets")]
async fn reset_password(request: HttpRequest, state: web::Data<AccessState>, Whole(body): Whole) -> Result<HttpResponse> {
    let Json(reset) = Json::<PasswordReset>::read(request.headers(), &body)?;
    if let Some(left) = state.buckets.take(Policy::Login, sign_in::caller_of(&reset.username), Clock::now()) {
        left.apply(&request)?;
    }
    let username = sign_in::plain_name(&reset.username);
    passwords::check("/new_password", &username, &reset.new_password)?;
    // Before anything is looked up: the work is the same for every name.
    let hash = passwords::hash(reset.new_password).await?;
    let actor =
        Actor { kind: ActorKind::Anonymous, id: None, role: None, client_id: None, request_id: Spoken::of(&request).request_id };
    let epoch = state.epoch.clone();
    state
        .db
        .write(actor, move |tx| {
            let row: Option<AccountRow> =
                tx.read().optional(table::table.filter(table::username.eq(&username)).select(AccountRow::as_select()))?;
            let row = row.filter(|row| row.status == AccountStatus::Active).ok_or_else(bad_code)?;
            if !codes::redeem(tx, row.id, &reset.code)? {
                return Err(bad_code());
            }
            let scope = Scope::own(Action::Update, Resource::Accounts);
            accounts::store::set_password(tx, &scope, &epoch, &row, &hash, false, None)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

fn bad_code() -> Problem {
    Problem::field("/code", "invalid_code", "Mã không đúng hoặc đã hết hạn", "The code is wrong or has run out")
}
