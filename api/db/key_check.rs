//! How a database knows its master key: a constant, sealed with it, among the settings.
//!
//! With another key everything would seem to work at first, and new rows would be sealed beside old ones that nobody can
//! open any more. So a wrong key is refused before anything is written.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use diesel::{OptionalExtension, QueryDsl, RunQueryDsl};

use super::{
    connection::AnyConnection,
    reader::Cached,
    schema::{audit_events, settings},
    tx::Tx,
    types::Id,
};
use crate::{
    http::{Code, Problem, Result},
    keys::{Keys, Purpose, VaultKey},
};

const ROW: &str = "key_check";
const CONSTANT: &[u8] = b"hoicoso";
/// The same for the identity vault, whose key is another.
const VAULT_ROW: &str = "vault_key_check";

/// Fails when the database was made with another key. One without a mark (or without tables) is nobody's yet.
pub(super) fn check(connection: &mut AnyConnection, keys: &Keys) -> Result<()> {
    let row = settings::table.find(ROW).select(settings::value).get_result::<String>(connection);
    if let Some(vault) = keys.vault() {
        check_vault(connection, vault)?;
    }
    let Ok(sealed) = row else { return Ok(()) };
    let opened = URL_SAFE_NO_PAD.decode(sealed).ok().and_then(|bytes| keys.open(Purpose::KeyCheck, &bytes, ROW.as_bytes()));
    if opened.as_deref() == Some(CONSTANT) {
        return Ok(());
    }
    Err(Problem::say(
        Code::Unavailable,
        "Khóa chính không phải của cơ sở dữ liệu này. Chưa có gì bị thay đổi: đặt lại tệp khóa (master_key_file) của nó",
        "The master key is not the one of this database. Nothing was changed: put its key file (master_key_file) back",
    ))
}

/// Leaves the mark of this key, if there is none.
pub(super) fn leave(connection: &mut AnyConnection, keys: &Keys) -> Result<()> {
    let there = settings::table.find(ROW).select(settings::value).get_result::<String>(connection).optional()?;
    if there.is_none() {
        let sealed = URL_SAFE_NO_PAD.encode(keys.seal(Purpose::KeyCheck, CONSTANT, ROW.as_bytes()));
        Cached::sql("INSERT INTO settings (name, value) VALUES ('key_check', ?) ON CONFLICT DO NOTHING")
            .text(sealed)
            .execute(connection)?;
    }
    if let Some(vault) = keys.vault() {
        Cached::sql("INSERT INTO settings (name, value) VALUES ('vault_key_check', ?) ON CONFLICT DO NOTHING")
            .text(vault_mark(vault))
            .execute(connection)?;
    }
    Ok(())
}

/// Fails when the identities in this database were sealed with another key of the vault.
fn check_vault(connection: &mut AnyConnection, vault: &VaultKey) -> Result<()> {
    let row = settings::table.find(VAULT_ROW).select(settings::value).get_result::<String>(connection);
    match row {
        Ok(mark) if !is_vault_mark(&mark, vault) => Err(wrong_vault_key()),
        _ => Ok(()),
    }
}

/// The same in the middle of a write: another process may have turned to a new key since this one began, and what is
/// sealed with the old one now could not be opened by anybody.
pub(crate) fn check_vault_still(tx: &mut Tx<'_>) -> Result<()> {
    let mark: Option<String> = tx.read().optional(settings::table.find(VAULT_ROW).select(settings::value))?;
    match (mark, tx.keys().vault()) {
        (Some(mark), Some(vault)) if is_vault_mark(&mark, vault) => Ok(()),
        _ => Err(wrong_vault_key()),
    }
}

/// Puts the mark of another key in the place of the one that is there.
pub(crate) fn change_vault_mark(tx: &mut Tx<'_>, vault: &VaultKey) -> Result<()> {
    tx.execute(Cached::sql("UPDATE settings SET value = ? WHERE name = 'vault_key_check'").text(vault_mark(vault)))?;
    Ok(())
}

fn vault_mark(vault: &VaultKey) -> String {
    URL_SAFE_NO_PAD.encode(vault.seal(CONSTANT, VAULT_ROW.as_bytes()))
}

fn is_vault_mark(mark: &str, vault: &VaultKey) -> bool {
    let opened = URL_SAFE_NO_PAD.decode(mark).ok().and_then(|bytes| vault.open(&bytes, VAULT_ROW.as_bytes()));
    opened.as_deref() == Some(CONSTANT)
}

fn wrong_vault_key() -> Problem {
    Problem::say(
        Code::Unavailable,
        "Khóa của két danh tính không phải của cơ sở dữ liệu này: đặt lại đúng tệp khóa (vault_key_file)",
        "The key of the identity vault is not the one of this database: put the right key file (vault_key_file) back",
    )
}

/// Whether there is neither a mark nor anything that was written with a key.
pub(super) fn is_new(connection: &mut AnyConnection) -> Result<bool> {
    let marked = settings::table.find(ROW).select(settings::value).get_result::<String>(connection);
    let written = audit_events::table.select(audit_events::id).limit(1).load::<Id>(connection);
    // No tables: as good as no database. A server that does not answer has failed before.
    Ok(marked.is_err() && written.map_or(true, |ids| ids.is_empty()))
}
