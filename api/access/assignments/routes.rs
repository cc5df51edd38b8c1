//! The routes of role assignments.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    model::{Ending, NewRoleAssignment, RoleAssignment, RoleAssignmentRow, RoleAssignmentStatus},
    store::{self, Giver, Holder},
};
use crate::{
    access::{
        Access, AccessState, Action, Resource, Scope, accounts,
        state::Epoch,
        unit_names::{self, UnitName},
    },
    calendar::today,
    db::{Db, Id, Reader, Tx},
    http::{
        AllowedAction, Answer, Bare, Code, Command, Given, Json, Listing, NoBody, NoFilters, Problem, ProblemBody, Query, Result,
        Shape, answer, page,
    },
};

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list_account_role_assignments)
        .service(give_role_to_account)
        .service(list_client_role_assignments)
        .service(give_role_to_client)
        .service(get_role_assignment)
        .service(end_role_assignment)
        .service(list_pending_role_assignments)
        .service(confirm_role_assignment);
}

/// List an account's roles
///
/// All it holds, held, or will hold, the youngest first. For IT administrators and auditors.
#[utoipa::path(tag = "role-assignments", operation_id = "list_account_role_assignments",
    params(("id" = Id, Path, description = "The account")), responses(
    (status = 200, description = "All roles", body = Listing<RoleAssignment>),
    (status = 404, description = "There is no such account", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[get("/accounts/{id}/role-assignments")]
async fn list_account_role_assignments(
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters, Bare>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Accounts)?;
    let (id, writes) = (id.into_inner(), access.may(Action::Update, Resource::Accounts));
    let caller = access.principal().id;
    let items = db
        .read(move |reader| {
            accounts::store::find(reader, &scope, id)?;
            let rows = store::of_principal(reader, &scope, id)?;
            views(reader, rows, writes && id != caller)
        })
        .await?;
    page::whole(&query, &items)
}

/// Give a role to an account
///
/// It holds from its first day on. A role that shows records of people is `pending` at first and gives nothing until
/// the organisation board confirms it (`POST /role-assignments/{id}/confirmations`); only while there has never been one,
/// nobody needs to. For IT administrators, and never for one's own account: rights are given by somebody else.
#[utoipa::path(tag = "role-assignments", operation_id = "give_role_to_account",
    params(("id" = Id, Path, description = "The account")), request_body = NewRoleAssignment, responses(
    (status = 201, description = "Given", body = RoleAssignment),
    (status = 404, description = "There is no such account", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "It holds this role there already", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/accounts/{id}/role-assignments")]
async fn give_role_to_account(
    command: Command<Json<NewRoleAssignment>>,
    state: web::Data<AccessState>,
    id: web::Path<Id>,
) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Accounts)?;
    let (write, principal, epoch) = (scope.clone(), id.into_inner(), state.epoch().clone());
    not_oneself(&command.access, principal)?;
    let giver = Giver::Account(command.access.principal().id);
    command
        .run(&scope, move |tx, Json(new), given| {
            accounts::store::find(&mut tx.read(), &write, principal)?;
            give(tx, &write, &epoch, principal, Holder::Account, giver, new, given)
        })
        .await
}

/// List a client's roles
///
/// For IT administrators and auditors.
#[utoipa::path(tag = "role-assignments", operation_id = "list_client_role_assignments",
    params(("id" = Id, Path, description = "The client")), responses(
    (status = 200, description = "All roles", body = Listing<RoleAssignment>),
    (status = 404, description = "There is no such client", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[get("/clients/{id}/role-assignments")]
async fn list_client_role_assignments(
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters, Bare>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Clients)?;
    let (id, writes) = (id.into_inner(), access.may(Action::Update, Resource::Clients));
    let items = db
        .read(move |reader| {
            crate::access::clients::store::find(reader, &scope, id)?;
            let rows = store::of_principal(reader, &scope, id)?;
            views(reader, rows, writes)
        })
        .await?;
    page::whole(&query, &items)
}

/// Give a role to a service client
///
/// Always `export_client`, at the province. For IT administrators. Front ends hold no roles: they act with those of
/// their users.
#[utoipa::path(tag = "role-assignments", operation_id = "give_role_to_client",
    params(("id" = Id, Path, description = "The client")), request_body = NewRoleAssignment, responses(
    (status = 201, description = "Given", body = RoleAssignment),
    (status = 404, description = "There is no such client", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "It holds this role there already, or is a front end", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/clients/{id}/role-assignments")]
async fn give_role_to_client(
    command: Command<Json<NewRoleAssignment>>,
    state: web::Data<AccessState>,
    id: web::Path<Id>,
) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Clients)?;
    let (write, principal, epoch) = (scope.clone(), id.into_inner(), state.epoch().clone());
    let giver = Giver::Account(command.access.principal().id);
    command
        .run(&scope, move |tx, Json(new), given| {
            store::require_service(&mut tx.read(), principal)?;
            give(tx, &write, &epoch, principal, Holder::Client, giver, new, given)
        })
        .await
}

/// Read a role assignment
///
/// For IT administrators and auditors.
#[utoipa::path(tag = "role-assignments", operation_id = "get_role_assignment",
    params(("id" = Id, Path, description = "The role assignment"), Shape), responses(
    (status = 200, description = "The role assignment", body = RoleAssignment, headers(("ETag" = String, description = "Its version"))),
    (status = 304, description = "Not changed since the version in If-None-Match"),
    (status = 404, description = "There is no such role assignment", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[get("/role-assignments/{id}")]
async fn get_role_assignment(
    request: HttpRequest,
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Accounts)?;
    query.shape.check(FIELDS, &[])?;
    let (id, caller, writes) = (id.into_inner(), access.principal().id, access.may(Action::Update, Resource::Accounts));
    let found = db
        .read(move |reader| {
            let row = store::find(reader, &scope, id)?;
            let may = writes && row.principal_id != caller;
            view_one(reader, row, may)
        })
        .await?;
    answer::object(&request, &query.shape, found.version, &found)
}

/// End a role
///
/// Today and at once, or on a later day. For IT administrators, and never one's own; the last active IT administrator
/// keeps her role.
#[utoipa::path(tag = "role-assignments", operation_id = "end_role_assignment",
    params(("id" = Id, Path, description = "The role assignment"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = Ending, responses(
    (status = 200, description = "As it is now", body = RoleAssignment),
    (status = 404, description = "There is no such role assignment", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "It has ended, or nobody else could administer", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/role-assignments/{id}/endings")]
async fn end_role_assignment(
    command: Command<Json<Ending>>,
    state: web::Data<AccessState>,
    id: web::Path<Id>,
) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Accounts)?;
    let (write, id, epoch) = (scope.clone(), id.into_inner(), state.epoch().clone());
    let access = command.access.clone();
    command
        .run(&scope, move |tx, Json(ending), given| {
            let row = store::find(&mut tx.read(), &write, id)?;
            not_oneself(&access, row.principal_id)?;
            given.check_version(tx, id, row.version, std::iter::empty())?;
            let row = store::end(tx, &write, &epoch, row, ending)?;
            let found = view_one(&mut tx.read(), row, true)?;
            Answer::changed(found.version, &found)
        })
        .await
}

/// List roles that wait to be confirmed
///
/// Those given in your part of the tree that show records of people and that nobody has confirmed yet, the oldest first.
/// For the organisation board.
#[utoipa::path(tag = "role-assignments", operation_id = "list_pending_role_assignments", responses(
    (status = 200, description = "All that wait", body = Listing<RoleAssignment>),
), security(("password" = [])))]
#[get("/pending-role-assignments")]
async fn list_pending_role_assignments(access: Access, db: web::Data<Db>, query: Query<NoFilters, Bare>) -> Result<HttpResponse> {
    let scope = access.to(Action::Confirm, Resource::Accounts)?;
    let caller = access.principal().id;
    let items: Vec<RoleAssignment> = db
        .read(move |reader| {
            let rows = store::pending(reader, &scope)?;
            let units = unit_names::find(reader, rows.iter().map(|row| row.unit_id).collect())?;
            Ok(rows.into_iter().map(|row| confirmable(row, &units, caller)).collect())
        })
        .await?;
    page::whole(&query, &items)
}

/// Confirm a role
///
/// What one has given, another confirms: from now on it holds (from its first day on). For the organisation board, within
/// its part of the tree; never by who gave it, nor by who receives it.
#[utoipa::path(tag = "role-assignments", operation_id = "confirm_role_assignment",
    params(("id" = Id, Path, description = "The role assignment"),
    ("If-Match" = String, Header, description = "The version you have read")), responses(
    (status = 200, description = "As it is now", body = RoleAssignment),
    (status = 404, description = "There is no such role assignment in your reach", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "It does not wait for confirmation", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/role-assignments/{id}/confirmations")]
async fn confirm_role_assignment(
    command: Command<NoBody>,
    state: web::Data<AccessState>,
    id: web::Path<Id>,
) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Confirm, Resource::Accounts)?;
    let (write, id, epoch) = (scope.clone(), id.into_inner(), state.epoch().clone());
    let caller = command.access.principal().id;
    command
        .run(&scope, move |tx, _, given| {
            let row = store::find(&mut tx.read(), &write, id)?;
            if !write.reaches(&unit_names::lineage(&mut tx.read(), row.unit_id)?) {
                return Err(Problem::not_found());
            }
            given.check_version(tx, id, row.version, std::iter::empty())?;
            let row = store::confirm(tx, &write, &epoch, caller, &row)?;
            let found = view_one(&mut tx.read(), row, false)?;
            Answer::changed(found.version, &found)
        })
        .await
}

const FIELDS: &[&str] = &[
    "id",
    "version",
    "created_at",
    "updated_at",
    "principal_id",
    "role",
    "unit_id",
    "unit",
    "valid_from",
    "valid_to",
    "status",
    "allowed_actions",
];

#[allow(clippy::too_many_arguments)]
fn give(
    tx: &mut Tx<'_>,
    scope: &Scope,
    epoch: &Epoch,
    principal: Id,
    holder: Holder,
    giver: Giver,
    new: &NewRoleAssignment,
    given: &Given,
) -> Result<Answer> {
    let id = new.id.unwrap_or_default();
    if new.id.is_some() && given.claim_id(tx, "role-assignments", id, &(principal, new))? {
        let row = store::find(&mut tx.read(), scope, id)?;
        let found = view_one(&mut tx.read(), row, true)?;
        return Answer::changed(found.version, &found);
    }
    let row = store::give(tx, scope, epoch, id, principal, holder, giver, new)?;
    let found = view_one(&mut tx.read(), row, true)?;
    Answer::created(format!("/api/v1/role-assignments/{id}"), found.version, &found)
}

/// Separation of duties: nobody gives rights to herself, or changes her own account.
pub(in crate::access) fn not_oneself(access: &Access, principal_id: Id) -> Result<()> {
    if access.principal().id == principal_id {
        return Err(Problem::say(
            Code::Forbidden,
            "Không ai tự thay đổi tài khoản hay quyền của chính mình; hãy nhờ một quản trị viên khác",
            "Nobody changes her own account or rights; ask another administrator",
        ));
    }
    Ok(())
}

fn views(reader: &mut Reader<'_>, rows: Vec<RoleAssignmentRow>, writes: bool) -> Result<Vec<RoleAssignment>> {
    let units = unit_names::find(reader, rows.iter().map(|row| row.unit_id).collect())?;
    Ok(rows.into_iter().map(|row| view(row, &units, writes)).collect())
}

fn view_one(reader: &mut Reader<'_>, row: RoleAssignmentRow, writes: bool) -> Result<RoleAssignment> {
    let units = unit_names::find(reader, vec![row.unit_id])?;
    Ok(view(row, &units, writes))
}

/// As somebody sees it who may confirm it.
fn confirmable(row: RoleAssignmentRow, units: &HashMap<Id, UnitName>, caller: Id) -> RoleAssignment {
    let may = row.given_by != Some(caller) && row.principal_id != caller;
    let href = format!("/api/v1/role-assignments/{}/confirmations", row.id);
    let allowed_actions = if may { vec![AllowedAction::act("confirm", href)] } else { Vec::new() };
    RoleAssignment { allowed_actions, ..view(row, units, false) }
}

fn view(row: RoleAssignmentRow, units: &HashMap<Id, UnitName>, writes: bool) -> RoleAssignment {
    let status = row.status(today());
    let allowed_actions = if writes && status != RoleAssignmentStatus::Ended {
        vec![AllowedAction::act("end", format!("/api/v1/role-assignments/{}/endings", row.id))]
    } else {
        Vec::new()
    };
    RoleAssignment {
        id: row.id,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
        principal_id: row.principal_id,
        role: row.role,
        unit: units.get(&row.unit_id).cloned(),
        unit_id: row.unit_id,
        valid_from: row.valid_from,
        valid_to: row.valid_to,
        status,
        allowed_actions,
    }
}
