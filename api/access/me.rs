//! `/me`: who I am, what I may do, where I am signed in.

use std::time::Instant as Clock;

use actix_web::{HttpRequest, HttpResponse, delete, get, post, web};
use diesel::QueryDsl;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::{
    Access, AccessState, Action, Resource, Role, Scope,
    accounts::{self, AccountRow},
    limits::Policy,
    passwords,
    sessions::{self, End, Session},
    sign_in::{self, Failures},
    unit_names::{self, UnitName},
};
use crate::{
    db::{ActorKind, Db, Id, Instant, schema::accounts as table},
    http::{Answer, Bare, Code, Command, Json, Listing, NoBody, NoFilters, Problem, ProblemBody, Query, Result, page},
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(get_me).service(change_my_password).service(list_my_sessions).service(end_my_session).service(sign_out);
}

/// The caller, as the service sees her.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// Of the account or, for a service, of the client.
    pub id: Id,
    /// `account` or `service`.
    #[schema(example = "account")]
    pub kind: &'static str,
    #[schema(example = "chutich.vinhhai")]
    pub username: String,
    #[schema(example = "Nguyễn Thị Hoa")]
    pub display_name: String,
    /// The program that asks for her.
    #[schema(example = "hoicoso-web")]
    pub client_id: String,
    pub session_id: Option<Id>,
    /// Until the password is changed, everything else answers 403.
    pub must_change_password: bool,
    /// The member she is, if that is known.
    pub member_id: Option<Id>,
    /// The roles she holds today.
    pub roles: Vec<HeldRole>,
    /// What she may do at all; where, and with which fields, is said by the objects themselves.
    pub permissions: Vec<Permission>,
}

/// A role in its unit.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeldRole {
    pub role: Role,
    pub unit_id: Id,
    /// Empty when the role is not tied to a unit.
    pub unit: Option<UnitName>,
}

/// What may be done on one kind of object.
#[derive(Debug, Serialize, ToSchema)]
pub struct Permission {
    pub resource: Resource,
    pub actions: Vec<Action>,
}

/// A new password for oneself.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    #[validate(length(min = 1, max = 1024))]
    #[schema(min_length = 1, max_length = 1024, format = Password)]
    pub current_password: String,
    /// 12 to 128 characters, without the username, not one that everybody chooses.
    #[validate(length(min = 1, max = 1024))]
    #[schema(min_length = 12, max_length = 128, format = Password, example = "con mèo nằm trên mái ngói")]
    pub new_password: String,
}

/// Which sign-ins end.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignOut {
    /// Everywhere; or only here.
    pub everywhere: bool,
}

/// How many sign-ins have ended.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignedOut {
    pub ended_count: usize,
}

/// Read who I am
///
/// Roles with their units, and what they allow. For everybody who is signed in.
#[utoipa::path(tag = "me", operation_id = "get_me", responses(
    (status = 200, description = "You", body = Me),
), security(("password" = [])))]
#[get("/me")]
async fn get_me(access: Access, db: web::Data<Db>, _query: Query<NoFilters, Bare>) -> Result<HttpResponse> {
    let me = access.clone();
    let (display_name, units) = db
        .read(move |reader| {
            let principal = me.principal();
            let display_name: Option<String> = match principal.kind {
                ActorKind::Account => reader.optional(table::table.find(principal.id).select(table::display_name))?,
                _ => None,
            };
            let units = unit_names::find(reader, principal.assignments.iter().map(|held| held.unit_id).collect())?;
            Ok((display_name, units))
        })
        .await?;
    let principal = access.principal();
    Ok(HttpResponse::Ok().json(Me {
        id: principal.id,
        kind: principal.kind.as_str(),
        display_name: display_name.unwrap_or_else(|| principal.name.clone()),
        username: principal.name.clone(),
        client_id: principal.client_id.clone(),
        session_id: principal.session_id,
        must_change_password: principal.must_change_password,
        member_id: principal.member_id,
        roles: principal
            .assignments
            .iter()
            .map(|held| HeldRole { role: held.role, unit_id: held.unit_id, unit: units.get(&held.unit_id).cloned() })
            .collect(),
        permissions: permissions(&access),
    }))
}

fn permissions(access: &Access) -> Vec<Permission> {
    Resource::ALL
        .iter()
        .map(|resource| Permission {
            resource: *resource,
            actions: Action::ALL.iter().copied().filter(|action| access.may(*action, *resource)).collect(),
        })
        .filter(|permission| !permission.actions.is_empty())
        .collect()
}

/// Change my password
///
/// All other sign-ins of yours end at once; this one goes on. A wrong current password counts like one at sign-in.
/// It is neither tried without effect nor answered from what was kept.
#[utoipa::path(tag = "me", operation_id = "change_my_password", extensions(("x-shown" = json!(true))), request_body = PasswordChange, responses(
    (status = 204, description = "Changed"),
    (status = 422, description = "The current password is wrong, or the new one may not be chosen", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/me/password-changes")]
async fn change_my_password(
    request: HttpRequest,
    command: Command<Json<PasswordChange>>,
    state: web::Data<AccessState>,
) -> Result<HttpResponse> {
    let (access, Json(change)) = (command.access.clone(), command.body());
    let principal = access.principal();
    if principal.kind != ActorKind::Account {
        return Err(Problem::new(Code::Forbidden));
    }
    // The password is hashed outside of a transaction, so there is none to take back.
    command.require_earnest()?;
    if let Some(left) = state.buckets.take(Policy::Login, sign_in::caller_of(&principal.name), Clock::now()) {
        left.apply(&request)?;
    }
    let id = principal.id;
    let scope = Scope::own(Action::Update, Resource::Accounts);
    let row: AccountRow = state.db.read(move |reader| accounts::store::find(reader, &scope, id)).await?;
    let failures = Failures { count: row.failed_sign_ins, locked_until: row.locked_until };
    if let Some(seconds) = failures.locked_for(Instant::now()) {
        return Err(sign_in::locked(seconds));
    }
    passwords::check("/new_password", &row.username, &change.new_password)?;
    if !passwords::verify(change.current_password.clone(), Some(row.password_hash.clone())).await? {
        let request_id = access.request_id.as_str();
        sign_in::failed(&state, Some(id), &principal.client_id, request_id).await?;
        return Err(Problem::field(
            "/current_password",
            "wrong_password",
            "Mật khẩu hiện tại không đúng",
            "This is not your current password",
        ));
    }
    if change.new_password == change.current_password {
        return Err(Problem::field(
            "/new_password",
            "same_password",
            "Mật khẩu mới phải khác mật khẩu cũ",
            "The new password must differ",
        ));
    }
    let hash = passwords::hash(change.new_password.clone()).await?;
    let (epoch, except) = (state.epoch.clone(), principal.session_id);
    state
        .db
        .write(access.actor(None), move |tx| {
            let scope = Scope::own(Action::Update, Resource::Accounts);
            let now = accounts::store::find(&mut tx.read(), &scope, id)?;
            if now.password_hash != row.password_hash {
                return Err(Problem::new(Code::VersionMismatch));
            }
            accounts::store::set_password(tx, &scope, &epoch, &now, &hash, false, except)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// List where I am signed in
///
/// The one used last first. For everybody who is signed in.
#[utoipa::path(tag = "me", operation_id = "list_my_sessions", responses(
    (status = 200, description = "All open sign-ins", body = Listing<Session>),
), security(("password" = [])))]
#[get("/me/sessions")]
async fn list_my_sessions(access: Access, db: web::Data<Db>, query: Query<NoFilters, Bare>) -> Result<HttpResponse> {
    let (id, current) = (access.principal().id, access.principal().session_id);
    page::whole(&query, &db.read(move |reader| sessions::list(reader, id, current)).await?)
}

/// End one of my sign-ins
///
/// At once: a lost phone is out with its next request. For everybody who is signed in.
#[utoipa::path(tag = "me", operation_id = "end_my_session", params(("id" = Id, Path, description = "The sign-in")), responses(
    (status = 204, description = "Ended"),
    (status = 404, description = "You have no such open sign-in", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[delete("/me/sessions/{id}")]
async fn end_my_session(command: Command<NoBody>, state: web::Data<AccessState>, id: web::Path<Id>) -> Result<HttpResponse> {
    let scope = Scope::own(Action::Update, Resource::Accounts);
    let (me, session_id, epoch) = (command.access.principal().id, id.into_inner(), state.epoch.clone());
    command
        .run(&scope, move |tx, _, _| match sessions::end(tx, &epoch, me, session_id, End::SignedOut)? {
            true => Ok(Answer::nothing()),
            false => Err(Problem::not_found()),
        })
        .await
}

/// Sign out
///
/// Here, or everywhere; at once. For everybody who is signed in.
#[utoipa::path(tag = "me", operation_id = "sign_out", request_body = SignOut, responses(
    (status = 200, description = "How many sign-ins have ended", body = SignedOut),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/me/sign-outs")]
async fn sign_out(command: Command<Json<SignOut>>, state: web::Data<AccessState>) -> Result<HttpResponse> {
    let scope = Scope::own(Action::Update, Resource::Accounts);
    let (me, epoch) = (command.access.principal().id, state.epoch.clone());
    let session = command.access.principal().session_id;
    command
        .run(&scope, move |tx, Json(SignOut { everywhere }), _| {
            let ended_count = match session {
                _ if *everywhere => sessions::end_all(tx, &epoch, me, None, End::SignedOut)?,
                Some(session) => usize::from(sessions::end(tx, &epoch, me, session, End::SignedOut)?),
                None => 0,
            };
            Answer::done(&SignedOut { ended_count })
        })
        .await
}
