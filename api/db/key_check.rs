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
    types::Id,
};
use crate::{
    http::{Code, Problem, Result},
    keys::{Keys, Purpose},
};

const ROW: &str = "key_check";
const CONSTANT: &[u8] = b"hoicoso";

/// Fails when the database was made with another key. One without a mark (or without tables) is nobody's yet.
pub(super) fn check(connection: &mut AnyConnection, keys: &Keys) -> Result<()> {
    let row = settings::table.find(ROW).select(settings::value).get_result::<String>(connection);
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
    Ok(())
}

/// Whether there is neither a mark nor anything that was written with a key.
pub(super) fn is_new(connection: &mut AnyConnection) -> Result<bool> {
    let marked = settings::table.find(ROW).select(settings::value).get_result::<String>(connection);
    let written = audit_events::table.select(audit_events::id).limit(1).load::<Id>(connection);
    // No tables: as good as no database. A server that does not answer has failed before.
    Ok(marked.is_err() && written.map_or(true, |ids| ids.is_empty()))
}
