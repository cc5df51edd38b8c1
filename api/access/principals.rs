//! From a token to who it speaks for: read from the database, never from the token.

use chrono::NaiveDate;
use diesel::{BoolExpressionMethods, ExpressionMethods, QueryDsl};

use super::{Principal, accounts::AccountStatus, clients::ClientKind, scope::Assignment, tokens::Claims};
use crate::{
    calendar::today,
    db::{
        ActorKind, Id, Instant, Reader,
        schema::{accounts, clients, role_assignments, sessions},
    },
    http::Result,
};

/// Who the token speaks for, if the sign-in, the account and the client behind it still stand.
pub(super) fn load(reader: &mut Reader<'_>, claims: &Claims) -> Result<Option<Principal>> {
    if !client_is_active(reader, &claims.client_id)? {
        return Ok(None);
    }
    match claims.sid {
        Some(session_id) => load_account(reader, claims, session_id),
        None => load_service(reader, claims),
    }
}

fn client_is_active(reader: &mut Reader<'_>, client_id: &str) -> Result<bool> {
    let status: Option<AccountStatus> =
        reader.optional(clients::table.filter(clients::client_id.eq(client_id)).select(clients::status))?;
    Ok(status == Some(AccountStatus::Active))
}

fn load_account(reader: &mut Reader<'_>, claims: &Claims, session_id: Id) -> Result<Option<Principal>> {
    let session: Option<Id> = reader.optional(
        sessions::table
            .filter(sessions::id.eq(session_id))
            .filter(sessions::principal_id.eq(claims.sub))
            .filter(sessions::client_id.eq(&claims.client_id))
            .filter(sessions::revoked_at.is_null())
            .filter(sessions::expires_at.gt(Instant::now()))
            .select(sessions::id),
    )?;
    if session.is_none() {
        return Ok(None);
    }
    type Row = (String, AccountStatus, bool, Option<Id>);
    let account: Option<Row> = reader.optional(accounts::table.find(claims.sub).select((
        accounts::username,
        accounts::status,
        accounts::must_change_password,
        accounts::member_id,
    )))?;
    let Some((name, AccountStatus::Active, must_change_password, member_id)) = account else { return Ok(None) };
    Ok(Some(Principal {
        id: claims.sub,
        kind: ActorKind::Account,
        name,
        client_id: claims.client_id.clone(),
        session_id: Some(session_id),
        assignments: assignments(reader, claims.sub, today())?,
        member_id,
        must_change_password,
    }))
}

fn load_service(reader: &mut Reader<'_>, claims: &Claims) -> Result<Option<Principal>> {
    let row: Option<(String, ClientKind)> = reader.optional(
        clients::table
            .filter(clients::id.eq(claims.sub))
            .filter(clients::status.eq(AccountStatus::Active))
            .select((clients::client_id, clients::kind)),
    )?;
    let Some((name, ClientKind::Service)) = row else { return Ok(None) };
    Ok(Some(Principal {
        id: claims.sub,
        kind: ActorKind::Service,
        client_id: name.clone(),
        name,
        session_id: None,
        assignments: assignments(reader, claims.sub, today())?,
        member_id: None,
        must_change_password: false,
    }))
}

/// The roles held on a day; one that waits for confirmation is not held yet. A role that this version does not know gives nothing.
pub(super) fn assignments(reader: &mut Reader<'_>, principal_id: Id, day: NaiveDate) -> Result<Vec<Assignment>> {
    let rows: Vec<(String, Id)> = reader.load(
        role_assignments::table
            .filter(role_assignments::principal_id.eq(principal_id))
            .filter(role_assignments::pending_since.is_null())
            .filter(role_assignments::valid_from.le(day))
            .filter(role_assignments::valid_to.is_null().or(role_assignments::valid_to.gt(day)))
            .order(role_assignments::id.asc())
            .select((role_assignments::role, role_assignments::unit_id)),
    )?;
    Ok(rows.into_iter().filter_map(|(role, unit_id)| Some(Assignment { role: role.parse().ok()?, unit_id })).collect())
}
