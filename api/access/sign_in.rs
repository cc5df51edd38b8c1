//! Name and password: checked in constant work, counted, and locked for a while after too many failures.
//!
//! Nothing here tells whether an account exists. Under a name that nobody has, the same work is done, the same
//! answer given, and the same lock falls; its failures are counted in memory, as there is no row to count in.

use std::sync::PoisonError;

use diesel::{ExpressionMethods, QueryDsl, SelectableHelper};

use super::{
    accounts::{AccountRow, AccountStatus},
    limits::Caller,
    passwords,
    state::AccessState,
};
use crate::{
    db::{Actor, ActorKind, Change, Id, Instant, Tx, schema::accounts},
    http::{Problem, Result},
    keys::digest,
};

/// So many failures in a row lock the name.
const TRIES: i64 = 5;
/// Not longer for who goes on: anybody can lock out anybody whose name she knows.
const LOCK_SECONDS: i64 = 15 * 60;

/// Failures in a row under one name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Failures {
    pub count: i64,
    pub locked_until: Option<Instant>,
}

impl Failures {
    /// One more: every fifth locks.
    #[must_use]
    pub(super) fn one_more(self, now: Instant) -> Self {
        let count = self.count + 1;
        let locked_until = if count % TRIES == 0 { Some(now.plus_seconds(LOCK_SECONDS)) } else { self.locked_until };
        Self { count, locked_until }
    }

    /// Seconds for which the name is still locked.
    pub(super) fn locked_for(self, now: Instant) -> Option<i64> {
        let millis = self.locked_until?.millis() - now.millis();
        (millis > 0).then(|| (millis + 999) / 1000)
    }
}

/// What came of a name and a password.
pub(super) enum Checked {
    /// They are right. The row is as it was read; the transaction that goes on must look again.
    Right(Box<AccountRow>),
    /// Anything is wrong with them; [`failed`] has counted it.
    Wrong,
    /// Seconds until the name may try again.
    Locked(i64),
}

/// The form in which usernames are kept and compared.
pub(super) fn plain_name(username: &str) -> String {
    username.trim().to_lowercase()
}

/// The key under which a name is counted in memory.
fn name_key(username: &str) -> [u8; 32] {
    digest(&[b"username", plain_name(username).as_bytes()])
}

/// Whose budget of sign-ins a name takes from, whether somebody has it or not.
pub(super) fn caller_of(username: &str) -> Caller {
    let mut caller = Caller::default();
    caller.copy_from_slice(&name_key(username)[..16]);
    caller
}

/// Checks a name and a password; a failure is counted and recorded.
pub(super) async fn check(
    state: &AccessState,
    username: &str,
    password: String,
    client_id: &str,
    request_id: &str,
) -> Result<Checked> {
    let (name, key, now) = (plain_name(username), name_key(username), Instant::now());
    let account: Option<AccountRow> = state
        .db
        .read(move |reader| reader.optional(accounts::table.filter(accounts::username.eq(name)).select(AccountRow::as_select())))
        .await?;
    let failures = match &account {
        Some(row) => Failures { count: row.failed_sign_ins, locked_until: row.locked_until },
        None => {
            let mut strangers = state.strangers.lock().unwrap_or_else(PoisonError::into_inner);
            strangers.get(&key).copied().unwrap_or_default()
        }
    };
    if let Some(seconds) = failures.locked_for(now) {
        return Ok(Checked::Locked(seconds));
    }
    let hash = account.as_ref().map(|row| row.password_hash.clone());
    let right = passwords::verify(password, hash).await?;
    match account {
        Some(row) if right && row.status == AccountStatus::Active => Ok(Checked::Right(Box::new(row))),
        account => {
            if account.is_none() {
                let mut strangers = state.strangers.lock().unwrap_or_else(PoisonError::into_inner);
                strangers.put(key, failures.one_more(now));
            }
            failed(state, account.map(|row| row.id), client_id, request_id).await?;
            Ok(Checked::Wrong)
        }
    }
}

/// Counts and records a failure.
pub(super) async fn failed(state: &AccessState, account_id: Option<Id>, client_id: &str, request_id: &str) -> Result<()> {
    let actor = Actor {
        kind: ActorKind::Anonymous,
        id: None,
        role: None,
        client_id: Some(client_id.into()),
        request_id: request_id.into(),
    };
    state
        .db
        .write(actor, move |tx| {
            let Some(id) = account_id else {
                // Not the name: people type their password into the wrong field.
                tx.record(Change::new("fail_sign_in", "accounts", Id::nil(), 0));
                return Ok(());
            };
            let row: AccountRow = tx.read().one(accounts::table.find(id).select(AccountRow::as_select()))?;
            let after = Failures { count: row.failed_sign_ins, locked_until: row.locked_until }.one_more(tx.now());
            let mut change = Change::new("fail_sign_in", "accounts", id, row.version);
            if after.locked_until != row.locked_until {
                change = change.after(&serde_json::json!({ "locked_until": after.locked_until }));
            }
            tx.record(change);
            tx.execute(
                diesel::update(accounts::table.find(id))
                    .set((accounts::failed_sign_ins.eq(after.count), accounts::locked_until.eq(after.locked_until))),
            )?;
            Ok(())
        })
        .await
}

/// Records a success in the transaction that opens the session, and forgets the failures before it. `None`: the
/// account is no longer as it was when the password was checked.
pub(super) fn succeeded(tx: &mut Tx<'_>, seen: &AccountRow) -> Result<Option<AccountRow>> {
    let row: AccountRow = tx.read().one(accounts::table.find(seen.id).select(AccountRow::as_select()))?;
    let locked = Failures { count: 0, locked_until: row.locked_until }.locked_for(tx.now()).is_some();
    if row.status != AccountStatus::Active || row.password_hash != seen.password_hash || locked {
        return Ok(None);
    }
    let now = tx.now();
    tx.record(Change::new("sign_in", "accounts", row.id, row.version));
    tx.execute(diesel::update(accounts::table.find(row.id)).set((
        accounts::failed_sign_ins.eq(0),
        accounts::locked_until.eq(None::<Instant>),
        accounts::last_sign_in_at.eq(now),
    )))?;
    Ok(Some(row))
}

/// The answer while a name is locked.
pub(super) fn locked(seconds: i64) -> Problem {
    let minutes = (seconds + 59) / 60;
    Problem::say(
        crate::http::Code::AccountLocked,
        format!("Sai quá nhiều lần; hãy thử lại sau {minutes} phút"),
        format!("Too many failures; try again in {minutes} minutes"),
    )
    .with_header(actix_web::http::header::RETRY_AFTER, seconds.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fifth_failure_locks_for_a_quarter_of_an_hour() {
        let mut now = Instant::from_millis(1_000_000);
        let mut failures = Failures::default();
        for round in 0..20 {
            for try_ in 1..=TRIES {
                assert_eq!(failures.locked_for(now), None, "{round} {try_}");
                failures = failures.one_more(now);
            }
            assert_eq!(failures.locked_for(now), Some(900), "{round}");
            now = now.plus_seconds(900);
        }
    }
}
