//! The routes of accounts.

use actix_web::{HttpRequest, HttpResponse, get, http::StatusCode, patch, post, web};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    model::{Account, AccountFilters, AccountNames, AccountRow, AccountStatus, NewAccount, PasswordCode, Reason},
    store,
};
use crate::{
    access::{Access, AccessState, Action, Resource, not_oneself},
    db::{Db, Id, Instant},
    http::{
        AllowedAction, Answer, Command, Json, List, Listing, NoBody, NoFilters, Paging, Patch, ProblemBody, Query, Result, Shape,
        answer, page,
    },
};

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list_accounts)
        .service(create_account)
        .service(get_account)
        .service(update_account)
        .service(disable_account)
        .service(enable_account)
        .service(issue_password_code);
}

const FIELDS: &[&str] = &[
    "id",
    "version",
    "created_at",
    "updated_at",
    "username",
    "display_name",
    "status",
    "has_password",
    "must_change_password",
    "password_changed_at",
    "locked_until",
    "last_sign_in_at",
    "member_id",
    "allowed_actions",
];

/// List accounts
///
/// The people who sign in, by username. For IT administrators and auditors.
#[utoipa::path(tag = "accounts", operation_id = "list_accounts", params(AccountFilters, Paging, Shape), responses(
    (status = 200, description = "A page of accounts", body = Listing<Account>),
), security(("password" = [])))]
#[get("/accounts")]
async fn list_accounts(access: Access, db: web::Data<Db>, query: Query<AccountFilters, List>) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Accounts)?;
    query.shape.check(FIELDS, &[])?;
    let filters = query.filters.clone();
    page::list(&db, access.principal().id, &query, "username", move |reader, after, descending, limit| {
        Ok(store::list(reader, &scope, &filters, after, descending, limit)?.map(|row| view(row, &access)))
    })
    .await
}

/// Read an account
///
/// For IT administrators and auditors. Your own: `GET /me`.
#[utoipa::path(tag = "accounts", operation_id = "get_account", params(("id" = Id, Path, description = "The account"), Shape), responses(
    (status = 200, description = "The account", body = Account, headers(("ETag" = String, description = "Its version"))),
    (status = 404, description = "There is no such account", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[get("/accounts/{id}")]
async fn get_account(
    request: HttpRequest,
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Accounts)?;
    query.shape.check(FIELDS, &[])?;
    let id = id.into_inner();
    let account = view(db.read(move |reader| store::find(reader, &scope, id)).await?, &access);
    answer::living(&request, &query.shape, account.version, &account)
}

/// Make an account
///
/// It has no password and no rights yet: `POST /accounts/{id}/password-codes` and
/// `POST /accounts/{id}/role-assignments`. For IT administrators.
#[utoipa::path(tag = "accounts", operation_id = "create_account", request_body = NewAccount, responses(
    (status = 201, description = "Made", body = Account),
    (status = 409, description = "The id is in use", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong, or the username is in use", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/accounts")]
async fn create_account(command: Command<Json<NewAccount>>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Create, Resource::Accounts)?;
    let (write, access) = (scope.clone(), command.access.clone());
    command
        .run(&scope, move |tx, Json(new), given| {
            let id = new.id.unwrap_or_default();
            if new.id.is_some() && given.claim_id(tx, "accounts", id, new)? {
                let account = view(store::find(&mut tx.read(), &write, id)?, &access);
                return Answer::changed(account.version, &account);
            }
            let account = view(store::create(tx, &write, id, new)?, &access);
            Answer::created(format!("/api/v1/accounts/{id}"), account.version, &account)
        })
        .await
}

/// Correct an account's display name or member
///
/// The username never changes. For IT administrators, and never one's own.
#[utoipa::path(tag = "accounts", operation_id = "update_account", params(("id" = Id, Path, description = "The account"),
    ("If-Match" = String, Header, description = "The version you have read")),
    request_body(content = Patch<AccountNames>, content_type = "application/merge-patch+json"), responses(
    (status = 200, description = "As it is now", body = Account),
    (status = 404, description = "There is no such account", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[patch("/accounts/{id}")]
async fn update_account(
    command: Command<Patch<AccountNames>>,
    state: web::Data<AccessState>,
    id: web::Path<Id>,
) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Accounts)?;
    let (write, access, id, epoch) = (scope.clone(), command.access.clone(), id.into_inner(), state.epoch().clone());
    not_oneself(&access, id)?;
    command
        .run(&scope, move |tx, patch, given| {
            let row = store::find(&mut tx.read(), &write, id)?;
            given.check_version(tx, id, row.version, patch.names())?;
            let names = patch.apply(&AccountNames { display_name: row.display_name.clone(), member_id: row.member_id })?;
            let row = if patch.is_empty() { row } else { store::rename(tx, &write, &epoch, row, &names)? };
            let account = view(row, &access);
            Answer::changed(account.version, &account)
        })
        .await
}

/// Disable an account
///
/// Nobody signs in with it any more, and all its sessions end at once. For IT administrators, and never one's own;
/// one active IT administrator must remain.
#[utoipa::path(tag = "accounts", operation_id = "disable_account", params(("id" = Id, Path, description = "The account"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = Reason, responses(
    (status = 200, description = "As it is now", body = Account),
    (status = 404, description = "There is no such account", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "It is disabled, or nobody else could administer", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/accounts/{id}/disablements")]
async fn disable_account(
    command: Command<Json<Reason>>,
    state: web::Data<AccessState>,
    id: web::Path<Id>,
) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Accounts)?;
    let (write, access, id, epoch) = (scope.clone(), command.access.clone(), id.into_inner(), state.epoch().clone());
    not_oneself(&access, id)?;
    command
        .run(&scope, move |tx, Json(Reason { reason }), given| {
            let row = store::find(&mut tx.read(), &write, id)?;
            given.check_version(tx, id, row.version, std::iter::empty())?;
            let account = view(store::disable(tx, &write, &epoch, id, Some(reason.clone()))?, &access);
            Answer::changed(account.version, &account)
        })
        .await
}

/// Enable an account again
///
/// With the password and the roles it had; a lock after wrong passwords is lifted. For IT administrators, and never
/// one's own.
#[utoipa::path(tag = "accounts", operation_id = "enable_account", params(("id" = Id, Path, description = "The account"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = Reason, responses(
    (status = 200, description = "As it is now", body = Account),
    (status = 404, description = "There is no such account", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "It is active", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/accounts/{id}/enablements")]
async fn enable_account(
    command: Command<Json<Reason>>,
    state: web::Data<AccessState>,
    id: web::Path<Id>,
) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Accounts)?;
    let (write, access, id, epoch) = (scope.clone(), command.access.clone(), id.into_inner(), state.epoch().clone());
    not_oneself(&access, id)?;
    command
        .run(&scope, move |tx, Json(Reason { reason }), given| {
            let row = store::find(&mut tx.read(), &write, id)?;
            given.check_version(tx, id, row.version, std::iter::empty())?;
            let account = view(store::enable(tx, &write, &epoch, row, Some(reason.clone()))?, &access);
            Answer::changed(account.version, &account)
        })
        .await
}

/// Issue a one-time code for a password
///
/// Shown in this answer only; good once, for 24 hours; codes issued before are void. Its owner sets a password with it
/// by `POST /password-resets`. For IT administrators, and never for one's own account.
#[utoipa::path(tag = "accounts", operation_id = "issue_password_code", extensions(("x-shown" = json!(true))), params(("id" = Id, Path, description = "The account")), responses(
    (status = 201, description = "The code", body = PasswordCode),
    (status = 404, description = "There is no such account", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "It is disabled", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/accounts/{id}/password-codes")]
async fn issue_password_code(command: Command<NoBody>, id: web::Path<Id>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Accounts)?;
    let (write, id) = (scope.clone(), id.into_inner());
    not_oneself(&command.access, id)?;
    command
        .run_shown(&scope, move |tx, _, _| {
            let row = store::find(&mut tx.read(), &write, id)?;
            let (code, expires_at) = store::issue_code(tx, &write, &row)?;
            let answer = Answer::done(&PasswordCode { code, expires_at, account_id: id })?;
            Ok(answer.with_status(StatusCode::CREATED).header("cache-control", "no-store"))
        })
        .await
}

fn view(row: AccountRow, access: &Access) -> Account {
    let href = format!("/api/v1/accounts/{}", row.id);
    let mut allowed_actions = Vec::new();
    if access.may(Action::Update, Resource::Accounts) && access.principal().id != row.id {
        let post = |action, part: &str| AllowedAction {
            action,
            method: "POST",
            href: format!("{href}/{part}"),
            needs: &[],
            requires: &[],
        };
        match row.status {
            AccountStatus::Active => {
                allowed_actions.push(AllowedAction::act("disable", format!("{href}/disablements")).requiring(&["reason"]));
                allowed_actions.push(post("issue_password_code", "password-codes"));
            }
            AccountStatus::Disabled => {
                allowed_actions.push(AllowedAction::act("enable", format!("{href}/enablements")).requiring(&["reason"]))
            }
        }
        allowed_actions.push(post("give_role", "role-assignments").requiring(&["role", "unit_id"]));
        allowed_actions.push(AllowedAction::update(href));
    }
    Account {
        id: row.id,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
        username: row.username,
        display_name: row.display_name,
        status: row.status,
        has_password: !row.password_hash.is_empty(),
        must_change_password: row.must_change_password,
        password_changed_at: row.password_changed_at,
        locked_until: row.locked_until.filter(|end| *end > Instant::now()),
        last_sign_in_at: row.last_sign_in_at,
        member_id: row.member_id,
        allowed_actions,
    }
}
