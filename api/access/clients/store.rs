//! Every query on clients.

use diesel::{ExpressionMethods, QueryDsl, SelectableHelper};
use jsonwebtoken::jwk::{AlgorithmParameters, JwkSet};
use serde_json::{Value, json};

use super::model::{ClientFilters, ClientKind, ClientNames, ClientRow, NewClient};
use crate::{
    access::{Scope, accounts::AccountStatus, state::Epoch},
    db::{Change, Id, Reader, Tx, schema::clients},
    http::{Code, Page, Problem, Result},
    keys::{digest, random_secret},
    text,
};

/// What is kept of a secret: a slow hash would add nothing to 256 random bits.
pub fn secret_hash(secret: &str) -> Vec<u8> {
    digest(&[b"client-secret", secret.as_bytes()]).to_vec()
}

/// The fields that the audit trail shows. Never the hash of the secret.
fn facts(row: &ClientRow) -> Value {
    json!({ "client_id": row.client_id, "name": row.name, "kind": row.kind, "status": row.status,
            "jwks": row.jwks })
}

pub fn find(reader: &mut Reader<'_>, _scope: &Scope, id: Id) -> Result<ClientRow> {
    reader.one(clients::table.find(id).select(ClientRow::as_select()))
}

/// A page by client id.
pub fn list(
    reader: &mut Reader<'_>,
    _scope: &Scope,
    filters: &ClientFilters,
    after: Option<String>,
    descending: bool,
    limit: i64,
) -> Result<Page<ClientRow, String>> {
    let mut query = clients::table.select(ClientRow::as_select()).into_boxed();
    if !filters.status.is_empty() {
        query = query.filter(clients::status.eq_any(filters.status.clone()));
    }
    if !filters.kind.is_empty() {
        query = query.filter(clients::kind.eq_any(filters.kind.clone()));
    }
    query = match (after, descending) {
        (Some(name), false) => query.filter(clients::client_id.gt(name)),
        (Some(name), true) => query.filter(clients::client_id.lt(name)),
        (None, _) => query,
    };
    query = if descending { query.order(clients::client_id.desc()) } else { query.order(clients::client_id.asc()) };
    let rows: Vec<ClientRow> = reader.load(query.limit(limit + 1))?;
    Ok(Page::of(rows, limit, |row| row.client_id.clone(), None))
}

/// A new client, and its secret if it has one.
pub fn create(tx: &mut Tx<'_>, _scope: &Scope, id: Id, new: &NewClient) -> Result<(ClientRow, Option<String>)> {
    check_client_id(&new.client_id)?;
    let taken: Option<Id> =
        tx.read().optional(clients::table.filter(clients::client_id.eq(&new.client_id)).select(clients::id))?;
    if taken.is_some() {
        return Err(Problem::field("/client_id", "client_id_in_use", "Mã phần mềm này đã dùng", "This client id is in use"));
    }
    let jwks = keys(new.kind, new.jwks.as_ref())?;
    let secret = (new.kind == ClientKind::Service && jwks.is_none()).then(random_secret);
    let row = insert(tx, id, &new.client_id, &named(&new.name)?, new.kind, secret.as_deref(), jwks)?;
    Ok((row, secret))
}

fn insert(
    tx: &mut Tx<'_>,
    id: Id,
    client_id: &str,
    name: &str,
    kind: ClientKind,
    secret: Option<&str>,
    jwks: Option<String>,
) -> Result<ClientRow> {
    let now = tx.now();
    let row = ClientRow {
        id,
        version: 1,
        created_at: now,
        updated_at: now,
        client_id: client_id.into(),
        name: name.into(),
        kind,
        secret_hash: secret.map(secret_hash),
        jwks,
        status: AccountStatus::Active,
        last_used_at: None,
    };
    tx.record(Change::new("create", "clients", id, 1).after(&facts(&row)));
    tx.execute(diesel::insert_into(clients::table).values(&row))?;
    Ok(row)
}

/// Our own front ends, at the first start.
pub fn ensure_our_own(tx: &mut Tx<'_>) -> Result<()> {
    for (client_id, name) in [("swagger-ui", "Tài liệu API (Swagger UI)"), ("hoicoso-web", "Giao diện web Hội cơ sở")] {
        let there: Option<Id> =
            tx.read().optional(clients::table.filter(clients::client_id.eq(client_id)).select(clients::id))?;
        if there.is_none() {
            insert(tx, Id::new(), client_id, name, ClientKind::FrontEnd, None, None)?;
        }
    }
    Ok(())
}

/// Another name, other keys.
pub fn rename(tx: &mut Tx<'_>, _scope: &Scope, epoch: &Epoch, before: &ClientRow, names: &ClientNames) -> Result<ClientRow> {
    epoch.raise(tx)?;
    let row = ClientRow { name: named(&names.name)?, jwks: keys(before.kind, names.jwks.as_ref())?, ..next(tx, before) };
    save(tx, "update", before, &row, None)?;
    Ok(row)
}

/// A new secret; the old one is void at once, tokens it opened run out by themselves.
pub fn renew_secret(tx: &mut Tx<'_>, _scope: &Scope, before: &ClientRow) -> Result<(ClientRow, String)> {
    if before.kind != ClientKind::Service {
        return Err(Problem::say(Code::Conflict, "Phần mềm giao diện không có khóa bí mật", "A front end has no secret"));
    }
    let secret = random_secret();
    let row = ClientRow { secret_hash: Some(secret_hash(&secret)), ..next(tx, before) };
    save(tx, "renew_secret", before, &row, None)?;
    Ok((row, secret))
}

/// Lets a client in no more, or again. Tokens got through it stop at once.
pub fn set_status(
    tx: &mut Tx<'_>,
    _scope: &Scope,
    epoch: &Epoch,
    before: &ClientRow,
    status: AccountStatus,
    reason: Option<String>,
) -> Result<ClientRow> {
    epoch.raise(tx)?;
    if before.status == status {
        let (vi, en) = match status {
            AccountStatus::Active => ("Phần mềm này đang dùng", "The client is active"),
            AccountStatus::Disabled => ("Phần mềm này đã khóa", "The client is disabled"),
        };
        return Err(Problem::say(Code::InvalidTransition, vi, en));
    }
    let action = if status == AccountStatus::Active { "enable" } else { "disable" };
    let row = ClientRow { status, ..next(tx, before) };
    save(tx, action, before, &row, reason)?;
    Ok(row)
}

fn next(tx: &Tx<'_>, before: &ClientRow) -> ClientRow {
    ClientRow { version: before.version + 1, updated_at: tx.now(), ..before.clone() }
}

fn save(tx: &mut Tx<'_>, action: &'static str, before: &ClientRow, row: &ClientRow, reason: Option<String>) -> Result<()> {
    tx.record(Change::new(action, "clients", row.id, row.version).because(reason).before(&facts(before)).after(&facts(row)));
    // Only over the version that was read: two at once must not both win.
    let seen = clients::table.find(row.id).filter(clients::version.eq(before.version));
    let saved = tx.execute(diesel::update(seen).set((
        clients::version.eq(row.version),
        clients::updated_at.eq(row.updated_at),
        clients::name.eq(&row.name),
        clients::secret_hash.eq(&row.secret_hash),
        clients::jwks.eq(&row.jwks),
        clients::status.eq(row.status),
    )))?;
    if saved == 0 {
        return Err(Problem::new(Code::VersionMismatch));
    }
    Ok(())
}

/// Public keys as they are kept. A private or a shared key must not be sent here at all.
fn keys(kind: ClientKind, jwks: Option<&Value>) -> Result<Option<String>> {
    let Some(jwks) = jwks else { return Ok(None) };
    let bad = |code: &str, vi: &str, en: &str| Problem::field("/jwks", code, vi, en);
    if kind == ClientKind::FrontEnd {
        return Err(bad("not_for_front_ends", "Phần mềm giao diện không có khóa", "A front end has no keys"));
    }
    let invalid = || {
        bad(
            "invalid_jwks",
            "Phải là JSON Web Key Set có 1 đến 10 khóa công khai",
            "Must be a JSON Web Key Set of 1 to 10 public keys",
        )
    };
    let set: JwkSet = serde_json::from_value(jwks.clone()).map_err(|_| invalid())?;
    let asymmetric = |parameters: &AlgorithmParameters| {
        matches!(
            parameters,
            AlgorithmParameters::RSA(_) | AlgorithmParameters::EllipticCurve(_) | AlgorithmParameters::OctetKeyPair(_)
        )
    };
    if !(1..=10).contains(&set.keys.len()) || !set.keys.iter().all(|key| asymmetric(&key.algorithm)) {
        return Err(invalid());
    }
    let private = jwks["keys"].as_array().into_iter().flatten().any(|key| key.get("d").is_some() || key.get("k").is_some());
    if private {
        return Err(bad(
            "private_key",
            "Có khóa riêng; chỉ gửi khóa công khai, và hãy bỏ khóa đã lộ này",
            "It holds a private key; send public keys only, and give this one up",
        ));
    }
    Ok(Some(jwks.to_string()))
}

fn check_client_id(client_id: &str) -> Result<()> {
    let good = client_id
        .bytes()
        .enumerate()
        .all(|(place, byte)| byte.is_ascii_lowercase() || (place > 0 && (byte.is_ascii_digit() || b"._-".contains(&byte))));
    if good {
        Ok(())
    } else {
        Err(Problem::field(
            "/client_id",
            "invalid_client_id",
            "Chỉ gồm chữ thường không dấu, chữ số, dấu chấm, gạch nối, gạch dưới; bắt đầu bằng chữ cái",
            "Only lower-case letters, digits, dots, hyphens, underscores; begins with a letter",
        ))
    }
}

fn named(name: &str) -> Result<String> {
    let name = text::clean(name);
    if name.is_empty() {
        return Err(Problem::field("/name", "required", "Bắt buộc phải có", "Must be given"));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_keys_are_taken() {
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        let set = |key: Value| json!({ "keys": [key] });
        let public = set(json!({ "kty": "OKP", "crv": "Ed25519", "kid": "1", "x": x }));
        assert!(keys(ClientKind::Service, Some(&public)).is_ok());
        assert!(keys(ClientKind::FrontEnd, Some(&public)).is_err());
        for wrong in [
            set(json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "d": x })),
            set(json!({ "kty": "oct", "k": x })),
            json!({ "keys": [] }),
            json!({}),
        ] {
            assert!(keys(ClientKind::Service, Some(&wrong)).is_err(), "{wrong}");
        }
    }
}
