//! What the command line does with accounts, clients and keys. No HTTP; each is one recorded transaction, and running
//! services take it over within half a second (see [`super::AccessState`] on the epoch).

use chrono::NaiveDate;
use diesel::{ExpressionMethods, QueryDsl, SelectableHelper};

use super::{
    Action, Resource, Role, Scope,
    accounts::{self, AccountRow, NewAccount},
    assignments, client_auth,
    clients::{self, ClientKind, ClientRow, NewClient},
    codes,
    keys::{self, KeyInfo},
    passwords, principals, sessions,
    sign_in::plain_name,
    state::Epoch,
    unit_names,
};
use crate::{
    calendar::today,
    db::{Actor, Db, Id, Instant, Tx, schema},
    http::{Problem, Result},
};

fn actor() -> Actor {
    Actor::system("command-line")
}

fn scope(action: Action) -> Scope {
    Scope::system(action, Resource::Accounts)
}

/// The name of the account that a new service begins with.
pub const FIRST_ADMINISTRATOR: &str = "admin";

/// A service without a single account gets one, `admin`, with the role `it_admin` and without a password; the
/// one-time code to set it, good for 24 hours, comes back. While no administrator has a password, each call gives a new
/// code: the one before may have been lost. Otherwise nothing happens.
pub async fn ensure_first_administrator(db: &Db) -> Result<Option<String>> {
    db.write(actor(), |tx| {
        let any: Vec<Id> = tx.read().load(schema::accounts::table.select(schema::accounts::id).limit(1))?;
        if !any.is_empty() {
            return code_of_first_administrator(tx);
        }
        let new = NewAccount {
            id: None,
            username: FIRST_ADMINISTRATOR.into(),
            display_name: "Quản trị hệ thống".into(),
            member_id: None,
        };
        let row = accounts::store::create(tx, &scope(Action::Create), Id::new(), &new)?;
        // The role reaches the whole tree wherever it is held: before there is a tree it is held nowhere.
        let unit = unit_names::root(&mut tx.read())?.unwrap_or_else(Id::nil);
        let now = tx.now();
        let role = assignments::RoleAssignmentRow {
            id: Id::new(),
            version: 1,
            created_at: now,
            updated_at: now,
            principal_id: row.id,
            role: Role::ItAdmin,
            unit_id: unit,
            valid_from: today(),
            valid_to: None,
            given_by: None,
            pending_since: None,
        };
        assignments::store::insert(tx, role, None)?;
        Ok(Some(codes::issue(tx, row.id)?.0))
    })
    .await
}

/// A new code for the first administrator, as long as no active administrator has a password.
fn code_of_first_administrator(tx: &mut Tx<'_>) -> Result<Option<String>> {
    use schema::{accounts::dsl as account, role_assignments::dsl as role};
    let held = role::role_assignments.filter(role::role.eq(Role::ItAdmin)).select(role::principal_id);
    let rows: Vec<AccountRow> = tx.read().load(
        account::accounts
            .filter(account::status.eq(accounts::AccountStatus::Active))
            .filter(account::id.eq_any(held))
            .select(AccountRow::as_select()),
    )?;
    let first = rows.iter().find(|row| row.username == FIRST_ADMINISTRATOR);
    match first {
        Some(first) if rows.iter().all(|row| row.password_hash.is_empty()) => {
            Ok(Some(accounts::store::issue_code(tx, &scope(Action::Update), first)?.0))
        }
        _ => Ok(None),
    }
}

/// A new account. It has no password and no rights yet.
pub async fn create_user(db: &Db, username: &str, display_name: &str, member_id: Option<Id>) -> Result<Id> {
    let new = NewAccount { id: None, username: plain_name(username), display_name: display_name.into(), member_id };
    crate::http::check(&new)?;
    db.write(actor(), move |tx| Ok(accounts::store::create(tx, &scope(Action::Create), Id::new(), &new)?.id)).await
}

/// Sets a password that the usual rules allow; all sign-ins of the account end. With `must_change` its owner must
/// choose another at her next sign-in.
pub async fn set_password(db: &Db, username: &str, password: &str, must_change: bool) -> Result<()> {
    let name = plain_name(username);
    passwords::check("", &name, password)?;
    let hash = passwords::hash_here(password)?;
    db.write(actor(), move |tx| {
        let scope = scope(Action::Update);
        let row = accounts::store::find_by_name(&mut tx.read(), &scope, &name)?;
        accounts::store::set_password(tx, &scope, &Epoch::default(), &row, &hash, must_change, None)?;
        Ok(())
    })
    .await
}

/// A one-time code by which the account's owner sets a password; the ones before are void.
pub async fn issue_password_code(db: &Db, username: &str) -> Result<(String, Instant)> {
    let name = plain_name(username);
    db.write(actor(), move |tx| {
        let scope = scope(Action::Update);
        let row = accounts::store::find_by_name(&mut tx.read(), &scope, &name)?;
        accounts::store::issue_code(tx, &scope, &row)
    })
    .await
}

/// Nobody signs in with it any more; all its sign-ins end.
pub async fn disable(db: &Db, username: &str, reason: Option<String>) -> Result<()> {
    let name = plain_name(username);
    db.write(actor(), move |tx| {
        let scope = scope(Action::Update);
        let row = accounts::store::find_by_name(&mut tx.read(), &scope, &name)?;
        accounts::store::disable(tx, &scope, &Epoch::default(), row.id, reason.clone())?;
        Ok(())
    })
    .await
}

/// It may be used again.
pub async fn enable(db: &Db, username: &str, reason: Option<String>) -> Result<()> {
    let name = plain_name(username);
    db.write(actor(), move |tx| {
        let scope = scope(Action::Update);
        let row = accounts::store::find_by_name(&mut tx.read(), &scope, &name)?;
        accounts::store::enable(tx, &scope, &Epoch::default(), row, reason.clone())?;
        Ok(())
    })
    .await
}

/// Gives a role from a day on (today, if none is said), without an end; it needs no confirmation. Without a unit it is
/// given at the top of the tree.
pub async fn give_role(db: &Db, username: &str, role: Role, unit_id: Option<Id>, valid_from: Option<NaiveDate>) -> Result<Id> {
    let name = plain_name(username);
    db.write(actor(), move |tx| {
        let scope = scope(Action::Update);
        let row = accounts::store::find_by_name(&mut tx.read(), &scope, &name)?;
        let unit_id = match unit_id {
            Some(unit) => unit,
            None => unit_names::root(&mut tx.read())?.ok_or_else(Problem::not_found)?,
        };
        let new = assignments::NewRoleAssignment { id: None, role, unit_id, valid_from, valid_to: None, reason: None };
        let holder = assignments::store::Holder::Account;
        let giver = assignments::store::Giver::CommandLine;
        Ok(assignments::store::give(tx, &scope, &Epoch::default(), Id::new(), row.id, holder, giver, &new)?.id)
    })
    .await
}

/// Takes a role away today, in one unit or wherever it is held; how many there were.
pub async fn revoke_role(db: &Db, username: &str, role: Role, unit_id: Option<Id>, reason: Option<String>) -> Result<usize> {
    let name = plain_name(username);
    db.write(actor(), move |tx| {
        let scope = scope(Action::Update);
        let row = accounts::store::find_by_name(&mut tx.read(), &scope, &name)?;
        let ending = assignments::Ending { effective_on: None, reason: reason.clone() };
        let held = assignments::store::of_principal(&mut tx.read(), &scope, row.id)?.into_iter().filter(|held| {
            held.role == role
                && unit_id.is_none_or(|unit| held.unit_id == unit)
                && held.status(today()) != assignments::RoleAssignmentStatus::Ended
        });
        let mut count = 0;
        for held in held {
            assignments::store::end(tx, &scope, &Epoch::default(), held, &ending)?;
            count += 1;
        }
        if count == 0 { Err(Problem::not_found()) } else { Ok(count) }
    })
    .await
}

/// An account as the command line lists it.
#[derive(Clone, Debug)]
pub struct UserInfo {
    pub id: Id,
    pub username: String,
    pub display_name: String,
    pub active: bool,
    pub has_password: bool,
    pub last_sign_in_at: Option<Instant>,
    /// The roles held today, with the unit each is held in.
    pub roles: Vec<(Role, Id)>,
}

/// All accounts by username.
pub async fn list_users(db: &Db) -> Result<Vec<UserInfo>> {
    db.read(|reader| {
        let rows: Vec<AccountRow> =
            reader.load(schema::accounts::table.order(schema::accounts::username.asc()).select(AccountRow::as_select()))?;
        rows.into_iter()
            .map(|row| {
                let held = principals::assignments(reader, row.id, today())?;
                Ok(UserInfo {
                    id: row.id,
                    active: row.status == accounts::AccountStatus::Active,
                    has_password: !row.password_hash.is_empty(),
                    username: row.username,
                    display_name: row.display_name,
                    last_sign_in_at: row.last_sign_in_at,
                    roles: held.into_iter().map(|held| (held.role, held.unit_id)).collect(),
                })
            })
            .collect()
    })
    .await
}

/// A new client, and its secret if it is a service; the secret is not kept in a readable form.
pub async fn create_client(db: &Db, client_id: &str, name: &str, kind: ClientKind) -> Result<(Id, Option<String>)> {
    let new = NewClient { id: None, client_id: client_id.into(), name: name.into(), kind, jwks: None };
    crate::http::check(&new)?;
    db.write(actor(), move |tx| {
        let (row, secret) = clients::store::create(tx, &scope(Action::Create), Id::new(), &new)?;
        Ok((row.id, secret))
    })
    .await
}

/// Gives a role to a service client, as [`give_role`] does to an account.
pub async fn give_role_to_client(db: &Db, client_id: &str, role: Role, unit_id: Option<Id>) -> Result<Id> {
    let client_id = client_id.to_owned();
    db.write(actor(), move |tx| {
        let scope = scope(Action::Update);
        let client: Id = tx
            .read()
            .one(schema::clients::table.filter(schema::clients::client_id.eq(&client_id)).select(schema::clients::id))?;
        assignments::store::require_service(&mut tx.read(), client)?;
        let unit_id = match unit_id {
            Some(unit) => unit,
            None => unit_names::root(&mut tx.read())?.ok_or_else(Problem::not_found)?,
        };
        let new = assignments::NewRoleAssignment { id: None, role, unit_id, valid_from: None, valid_to: None, reason: None };
        let holder = assignments::store::Holder::Client;
        let giver = assignments::store::Giver::CommandLine;
        Ok(assignments::store::give(tx, &scope, &Epoch::default(), Id::new(), client, holder, giver, &new)?.id)
    })
    .await
}

/// A new secret for a service client; the old one is void at once.
pub async fn renew_client_secret(db: &Db, client_id: &str) -> Result<String> {
    let client_id = client_id.to_owned();
    db.write(actor(), move |tx| {
        let client: ClientRow = tx
            .read()
            .one(schema::clients::table.filter(schema::clients::client_id.eq(&client_id)).select(ClientRow::as_select()))?;
        Ok(clients::store::renew_secret(tx, &scope(Action::Update), &client)?.1)
    })
    .await
}

/// All clients by client id.
pub async fn list_clients(db: &Db) -> Result<Vec<ClientRow>> {
    db.read(|reader| reader.load(schema::clients::table.order(schema::clients::client_id.asc()).select(ClientRow::as_select())))
        .await
}

/// A new key signs from now on; its id comes back. `access_seconds`: how long access tokens live, and so how long the
/// old key must still verify.
pub async fn rotate_key(db: &Db, access_seconds: i64) -> Result<String> {
    db.write(actor(), move |tx| keys::rotate(tx, &Epoch::default(), access_seconds)).await
}

/// All signing keys, the youngest first.
pub async fn list_keys(db: &Db) -> Result<Vec<KeyInfo>> {
    db.read(keys::list).await
}

/// Forgets sign-ins that ran out a month ago, and used assertions that ran out; how many. For the service's housekeeping,
/// once an hour or so.
pub async fn prune(db: &Db) -> Result<usize> {
    db.write(Actor::system("housekeeping"), |tx| Ok(sessions::prune(tx)? + client_auth::prune(tx)?)).await
}
