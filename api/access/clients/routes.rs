//! The routes of clients.

use actix_web::{HttpRequest, HttpResponse, get, patch, post, web};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    model::{Client, ClientFilters, ClientKind, ClientNames, ClientRow, ClientSecret, NewClient},
    store,
};
use crate::{
    access::{
        Access, AccessState, Action, Resource,
        accounts::{AccountStatus, Reason},
    },
    db::{Db, Id},
    http::{
        AllowedAction, Answer, Command, Json, List, Listing, NoBody, NoFilters, Paging, Patch, ProblemBody, Query, Result, Shape,
        answer, page,
    },
};

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list_clients)
        .service(create_client)
        .service(get_client)
        .service(update_client)
        .service(renew_client_secret)
        .service(disable_client)
        .service(enable_client);
}

const FIELDS: &[&str] = &[
    "id",
    "version",
    "created_at",
    "updated_at",
    "client_id",
    "name",
    "kind",
    "status",
    "has_secret",
    "jwks",
    "last_used_at",
    "allowed_actions",
];

/// List clients
///
/// The programs that ask for tokens, by client id. For IT administrators and auditors.
#[utoipa::path(tag = "clients", operation_id = "list_clients", params(ClientFilters, Paging, Shape), responses(
    (status = 200, description = "A page of clients", body = Listing<Client>),
), security(("password" = [])))]
#[get("/clients")]
async fn list_clients(access: Access, db: web::Data<Db>, query: Query<ClientFilters, List>) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Clients)?;
    query.shape.check(FIELDS, &[])?;
    let (filters, writes) = (query.filters.clone(), access.may(Action::Update, Resource::Clients));
    page::list(&db, access.principal().id, &query, "client_id", move |reader, after, descending, limit| {
        Ok(store::list(reader, &scope, &filters, after, descending, limit)?.map(|row| view(row, writes, None)))
    })
    .await
}

/// Read a client
///
/// For IT administrators and auditors. The secret is never shown again.
#[utoipa::path(tag = "clients", operation_id = "get_client", params(("id" = Id, Path, description = "The client"), Shape), responses(
    (status = 200, description = "The client", body = Client, headers(("ETag" = String, description = "Its version"))),
    (status = 404, description = "There is no such client", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[get("/clients/{id}")]
async fn get_client(
    request: HttpRequest,
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Clients)?;
    query.shape.check(FIELDS, &[])?;
    let (id, writes) = (id.into_inner(), access.may(Action::Update, Resource::Clients));
    let row = db.read(move |reader| store::find(reader, &scope, id)).await?;
    let client = view(row, writes, None);
    answer::living(&request, &query.shape, client.version, &client)
}

/// Register a client
///
/// A service without `jwks` gets a secret, shown in this answer only. For IT administrators.
#[utoipa::path(tag = "clients", operation_id = "create_client", extensions(("x-shown" = json!(true))), request_body = NewClient, responses(
    (status = 201, description = "Registered", body = Client),
    (status = 409, description = "The id is in use", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/clients")]
async fn create_client(command: Command<Json<NewClient>>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Create, Resource::Clients)?;
    let write = scope.clone();
    command
        .run_shown(&scope, move |tx, Json(new), given| {
            let id = new.id.unwrap_or_default();
            if new.id.is_some() && given.claim_id(tx, "clients", id, new)? {
                let client = view(store::find(&mut tx.read(), &write, id)?, true, None);
                return Answer::changed(client.version, &client);
            }
            let (row, secret) = store::create(tx, &write, id, new)?;
            let client = view(row, true, secret);
            Ok(Answer::created(format!("/api/v1/clients/{id}"), client.version, &client)?.header("cache-control", "no-store"))
        })
        .await
}

/// Correct a client's name or keys
///
/// For IT administrators.
#[utoipa::path(tag = "clients", operation_id = "update_client", params(("id" = Id, Path, description = "The client"),
    ("If-Match" = String, Header, description = "The version you have read")),
    request_body(content = Patch<ClientNames>, content_type = "application/merge-patch+json"), responses(
    (status = 200, description = "As it is now", body = Client),
    (status = 404, description = "There is no such client", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[patch("/clients/{id}")]
async fn update_client(
    command: Command<Patch<ClientNames>>,
    state: web::Data<AccessState>,
    id: web::Path<Id>,
) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Clients)?;
    let (write, id, epoch) = (scope.clone(), id.into_inner(), state.epoch().clone());
    command
        .run(&scope, move |tx, patch, given| {
            let row = store::find(&mut tx.read(), &write, id)?;
            given.check_version(tx, id, row.version, patch.names())?;
            let jwks = row.jwks.as_deref().and_then(|text| serde_json::from_str(text).ok());
            // A key set is replaced whole: merging two of them member by member would make a third.
            let names = ClientNames { name: row.name.clone(), jwks: if patch.get("jwks").is_some() { None } else { jwks } };
            let names = patch.apply(&names)?;
            let row = if patch.is_empty() { row } else { store::rename(tx, &write, &epoch, &row, &names)? };
            let client = view(row, true, None);
            Answer::changed(client.version, &client)
        })
        .await
}

/// Give a client a new secret
///
/// Shown in this answer only; the old one is void at once. For IT administrators.
#[utoipa::path(tag = "clients", operation_id = "renew_client_secret", extensions(("x-shown" = json!(true))), params(("id" = Id, Path, description = "The client")), responses(
    (status = 200, description = "The new secret", body = ClientSecret),
    (status = 404, description = "There is no such client", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "It is a front end", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/clients/{id}/secrets")]
async fn renew_client_secret(command: Command<NoBody>, id: web::Path<Id>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Clients)?;
    let (write, id) = (scope.clone(), id.into_inner());
    command
        .run_shown(&scope, move |tx, _, _| {
            let row = store::find(&mut tx.read(), &write, id)?;
            let (row, client_secret) = store::renew_secret(tx, &write, &row)?;
            let answer = Answer::done(&ClientSecret { client_id: row.client_id, client_secret })?;
            Ok(answer.header("cache-control", "no-store"))
        })
        .await
}

/// Disable a client
///
/// It gets no tokens any more, and those it has stop at once. For IT administrators.
#[utoipa::path(tag = "clients", operation_id = "disable_client", params(("id" = Id, Path, description = "The client"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = Reason, responses(
    (status = 200, description = "As it is now", body = Client),
    (status = 404, description = "There is no such client", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "It is disabled", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/clients/{id}/disablements")]
async fn disable_client(
    command: Command<Json<Reason>>,
    state: web::Data<AccessState>,
    id: web::Path<Id>,
) -> Result<HttpResponse> {
    set_status(command, state, id.into_inner(), AccountStatus::Disabled).await
}

/// Enable a client again
///
/// For IT administrators.
#[utoipa::path(tag = "clients", operation_id = "enable_client", params(("id" = Id, Path, description = "The client"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = Reason, responses(
    (status = 200, description = "As it is now", body = Client),
    (status = 404, description = "There is no such client", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "It is active", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/clients/{id}/enablements")]
async fn enable_client(command: Command<Json<Reason>>, state: web::Data<AccessState>, id: web::Path<Id>) -> Result<HttpResponse> {
    set_status(command, state, id.into_inner(), AccountStatus::Active).await
}

async fn set_status(
    command: Command<Json<Reason>>,
    state: web::Data<AccessState>,
    id: Id,
    status: AccountStatus,
) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Clients)?;
    let (write, epoch) = (scope.clone(), state.epoch().clone());
    command
        .run(&scope, move |tx, Json(Reason { reason }), given| {
            let row = store::find(&mut tx.read(), &write, id)?;
            given.check_version(tx, id, row.version, std::iter::empty())?;
            let client = view(store::set_status(tx, &write, &epoch, &row, status, Some(reason.clone()))?, true, None);
            Answer::changed(client.version, &client)
        })
        .await
}

fn view(row: ClientRow, writes: bool, client_secret: Option<String>) -> Client {
    let href = format!("/api/v1/clients/{}", row.id);
    let mut allowed_actions = Vec::new();
    if writes {
        allowed_actions.push(match row.status {
            AccountStatus::Active => AllowedAction::act("disable", format!("{href}/disablements")).requiring(&["reason"]),
            AccountStatus::Disabled => AllowedAction::act("enable", format!("{href}/enablements")).requiring(&["reason"]),
        });
        if row.kind == ClientKind::Service {
            let post = |action, part: &str| AllowedAction {
                action,
                method: "POST",
                href: format!("{href}/{part}"),
                needs: &[],
                requires: &[],
            };
            allowed_actions.push(post("renew_secret", "secrets"));
            allowed_actions.push(post("give_role", "role-assignments").requiring(&["role", "unit_id"]));
        }
        allowed_actions.push(AllowedAction::update(href));
    }
    Client {
        id: row.id,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
        client_id: row.client_id,
        name: row.name,
        kind: row.kind,
        status: row.status,
        has_secret: row.secret_hash.is_some(),
        jwks: row.jwks.and_then(|text| serde_json::from_str(&text).ok()),
        last_used_at: row.last_used_at,
        client_secret,
        allowed_actions,
    }
}
