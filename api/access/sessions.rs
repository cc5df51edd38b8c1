//! Sign-ins that last: a session, and the chain of single-use refresh tokens that keeps it alive.

use diesel::{ExpressionMethods, JoinOnDsl, QueryDsl};
use serde::Serialize;
use utoipa::ToSchema;

use super::state::{Epoch, Settings};
use crate::{
    db::{
        Change, Id, Instant, Reader, Tx,
        schema::{refresh_tokens, sessions},
    },
    http::Result,
    keys::{digest, random_secret},
};

/// Why a session ended; kept in its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    SignedOut,
    /// A refresh token came back that had been used: somebody has a copy.
    RefreshReused,
    PasswordChanged,
    AccountDisabled,
}

impl End {
    const fn as_str(self) -> &'static str {
        match self {
            Self::SignedOut => "signed_out",
            Self::RefreshReused => "refresh_reused",
            Self::PasswordChanged => "password_changed",
            Self::AccountDisabled => "account_disabled",
        }
    }
}

fn hash(token: &str) -> Vec<u8> {
    digest(&[b"refresh-token", token.as_bytes()]).to_vec()
}

/// A new session with its first refresh token.
pub(super) fn open(tx: &mut Tx<'_>, settings: &Settings, principal_id: Id, client_id: &str) -> Result<(Id, String)> {
    let now = tx.now();
    let (id, ends) = (Id::new(), now.plus_seconds(settings.session_seconds));
    tx.keep(diesel::insert_into(sessions::table).values((
        sessions::id.eq(id),
        sessions::principal_id.eq(principal_id),
        sessions::client_id.eq(client_id),
        sessions::created_at.eq(now),
        sessions::last_used_at.eq(now),
        sessions::expires_at.eq(ends),
    )))?;
    let token = issue(tx, settings, id, ends)?;
    Ok((id, token))
}

fn issue(tx: &mut Tx<'_>, settings: &Settings, session_id: Id, session_ends: Instant) -> Result<String> {
    let (now, token) = (tx.now(), random_secret());
    tx.keep(diesel::insert_into(refresh_tokens::table).values((
        refresh_tokens::hash.eq(hash(&token)),
        refresh_tokens::session_id.eq(session_id),
        refresh_tokens::issued_at.eq(now),
        refresh_tokens::expires_at.eq(now.plus_seconds(settings.refresh_seconds).min(session_ends)),
    )))?;
    Ok(token)
}

/// What came of a refresh token.
pub(super) enum Refreshed {
    Next {
        principal_id: Id,
        session_id: Id,
        token: String,
    },
    /// Unknown, run out, of another client, or of a session that has ended.
    Refused,
}

/// Uses a refresh token up for the next one. One that was used before ends the session, since one of the two who
/// hold it should not; that must be kept, so it is no error here.
pub(super) fn refresh(tx: &mut Tx<'_>, settings: &Settings, epoch: &Epoch, token: &str, client_id: &str) -> Result<Refreshed> {
    let now = tx.now();
    type Row = (Id, Instant, Id, String, Instant, Option<Instant>);
    let row: Option<Row> = tx.read().optional(
        refresh_tokens::table
            .inner_join(sessions::table.on(sessions::id.eq(refresh_tokens::session_id)))
            .filter(refresh_tokens::hash.eq(hash(token)))
            .select((
                sessions::id,
                refresh_tokens::expires_at,
                sessions::principal_id,
                sessions::client_id,
                sessions::expires_at,
                sessions::revoked_at,
            )),
    )?;
    let Some((session_id, expires_at, principal_id, owner, session_ends, revoked_at)) = row else {
        return Ok(Refreshed::Refused);
    };
    if owner != client_id || revoked_at.is_some() || session_ends <= now {
        return Ok(Refreshed::Refused);
    }
    // In one statement: of two that come at once, one finds it used.
    let unused = refresh_tokens::table.filter(refresh_tokens::hash.eq(hash(token))).filter(refresh_tokens::used_at.is_null());
    if tx.keep(diesel::update(unused).set(refresh_tokens::used_at.eq(now)))? == 0 {
        end(tx, epoch, principal_id, session_id, End::RefreshReused)?;
        return Ok(Refreshed::Refused);
    }
    if expires_at <= now {
        return Ok(Refreshed::Refused);
    }
    tx.keep(diesel::update(sessions::table.find(session_id)).set(sessions::last_used_at.eq(now)))?;
    let token = issue(tx, settings, session_id, session_ends)?;
    Ok(Refreshed::Next { principal_id, session_id, token })
}

/// The session that a refresh token belongs to, if it is this client's.
pub(super) fn of_refresh_token(reader: &mut Reader<'_>, token: &str, client_id: &str) -> Result<Option<(Id, Id)>> {
    reader.optional(
        refresh_tokens::table
            .inner_join(sessions::table.on(sessions::id.eq(refresh_tokens::session_id)))
            .filter(refresh_tokens::hash.eq(hash(token)))
            .filter(sessions::client_id.eq(client_id))
            .select((sessions::principal_id, sessions::id)),
    )
}

/// Ends one session of somebody, at once. `false`: she has none such that is open.
pub(super) fn end(tx: &mut Tx<'_>, epoch: &Epoch, principal_id: Id, session_id: Id, why: End) -> Result<bool> {
    let now = tx.now();
    let open = sessions::table
        .filter(sessions::id.eq(session_id))
        .filter(sessions::principal_id.eq(principal_id))
        .filter(sessions::revoked_at.is_null());
    let count = tx.keep(diesel::update(open).set((sessions::revoked_at.eq(now), sessions::revoke_reason.eq(why.as_str()))))?;
    if count == 0 {
        return Ok(false);
    }
    tx.record(
        Change::new("end", "sessions", session_id, 1)
            .after(&serde_json::json!({ "account_id": principal_id, "ended": why.as_str() })),
    );
    epoch.raise(tx)?;
    Ok(true)
}

/// Ends all sessions of somebody but the one that is excepted; how many they were.
pub(super) fn end_all(tx: &mut Tx<'_>, epoch: &Epoch, principal_id: Id, except: Option<Id>, why: End) -> Result<usize> {
    let now = tx.now();
    let open: Vec<Id> = tx.read().load(
        sessions::table
            .filter(sessions::principal_id.eq(principal_id))
            .filter(sessions::revoked_at.is_null())
            .filter(sessions::expires_at.gt(now))
            .filter(sessions::id.ne(except.unwrap_or_else(Id::nil)))
            .select(sessions::id),
    )?;
    for session_id in &open {
        tx.record(
            Change::new("end", "sessions", *session_id, 1)
                .after(&serde_json::json!({ "account_id": principal_id, "ended": why.as_str() })),
        );
    }
    let all = sessions::table
        .filter(sessions::principal_id.eq(principal_id))
        .filter(sessions::revoked_at.is_null())
        .filter(sessions::id.ne(except.unwrap_or_else(Id::nil)));
    tx.keep(diesel::update(all).set((sessions::revoked_at.eq(now), sessions::revoke_reason.eq(why.as_str()))))?;
    epoch.raise(tx)?;
    Ok(open.len())
}

/// A sign-in that lasts.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Session {
    pub id: Id,
    /// The program it was made with.
    #[schema(example = "hoicoso-web")]
    pub client_id: String,
    pub created_at: Instant,
    /// When its access token was last renewed.
    pub last_used_at: Instant,
    pub expires_at: Instant,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// The open sessions of somebody, the one used last first.
pub(super) fn list(reader: &mut Reader<'_>, principal_id: Id, current: Option<Id>) -> Result<Vec<Session>> {
    type Row = (Id, String, Instant, Instant, Instant);
    let rows: Vec<Row> = reader.load(
        sessions::table
            .filter(sessions::principal_id.eq(principal_id))
            .filter(sessions::revoked_at.is_null())
            .filter(sessions::expires_at.gt(Instant::now()))
            .order((sessions::last_used_at.desc(), sessions::id.desc()))
            .select((sessions::id, sessions::client_id, sessions::created_at, sessions::last_used_at, sessions::expires_at)),
    )?;
    Ok(rows
        .into_iter()
        .map(|(id, client_id, created_at, last_used_at, expires_at)| Session {
            id,
            client_id,
            created_at,
            last_used_at,
            expires_at,
            current: Some(id) == current,
        })
        .collect())
}

/// Forgets tokens and sessions that ran out a month ago; until then a reused token is still recognised.
pub(super) fn prune(tx: &mut Tx<'_>) -> Result<usize> {
    let oldest = tx.now().plus_seconds(-30 * 24 * 3600);
    let gone = sessions::table.filter(sessions::expires_at.lt(oldest)).select(sessions::id);
    let ids: Vec<Id> = tx.read().load(gone.limit(1000))?;
    tx.keep(diesel::delete(refresh_tokens::table.filter(refresh_tokens::session_id.eq_any(ids.clone()))))?;
    tx.keep(diesel::delete(refresh_tokens::table.filter(refresh_tokens::expires_at.lt(oldest))))?;
    tx.keep(diesel::delete(sessions::table.filter(sessions::id.eq_any(ids))))
}
