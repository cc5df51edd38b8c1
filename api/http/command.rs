//! Writes: one extractor for everything a request that changes something carries, and one way to carry it out.

use std::{future::Future, pin::Pin, sync::Arc};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse,
    dev::Payload,
    http::header::{self, HeaderMap},
    web,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use diesel::{ExpressionMethods, QueryDsl};
use serde_json::{Value, json};

use super::{Answer, Body, Code, FieldError, Problem, Result, Text};
use crate::{
    access::{Access, Scope},
    db::{
        Db, Id, Instant, Tx,
        schema::{audit_events, client_made_ids, idempotency_keys},
    },
    keys::{Keys, Purpose, digest},
};

/// How long an answer is kept for its Idempotency-Key.
pub const KEPT_SECONDS: i64 = 24 * 3600;

/// A request that changes something: who, what, and under which conditions.
pub struct Command<B> {
    pub access: Access,
    body: B,
    db: web::Data<Db>,
    given: Given,
    key: Option<[u8; 32]>,
    rollback: bool,
}

/// The conditions of a write: the version the caller has seen, what she has confirmed.
#[derive(Clone)]
pub struct Given {
    caller: Id,
    /// SHA-256 over method, path, query and body.
    fingerprint: [u8; 32],
    if_match: Option<i64>,
    merge_disjoint: bool,
    confirm: Option<String>,
    keys: Arc<Keys>,
}

/// Something that may be wrong, and that the caller can confirm to be right.
#[derive(Debug, Clone)]
pub struct Warning {
    pub code: &'static str,
    pub pointer: &'static str,
    pub text: Text,
    /// Further facts for the front end.
    pub facts: Value,
}

impl<B: Body> FromRequest for Command<B> {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, actix_web::Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (access, bytes) = (Access::from_request(request, payload), web::Bytes::from_request(request, payload));
        let request = request.clone();
        Box::pin(async move {
            let access = access.await?;
            let bytes = bytes.await.map_err(|_| Problem::new(Code::PayloadTooLarge))?;
            Ok(Self::read(&request, access, &bytes)?)
        })
    }
}

impl<B: Body> Command<B> {
    fn read(request: &HttpRequest, access: Access, bytes: &[u8]) -> Result<Self> {
        let headers = request.headers();
        let db = request.app_data::<web::Data<Db>>().ok_or_else(|| Problem::internal("no database in the application"))?.clone();
        let (method, path) = (request.method().as_str(), request.path());
        let fingerprint = digest(&[method.as_bytes(), path.as_bytes(), request.query_string().as_bytes(), bytes]);
        let caller = access.principal().id;
        let key = idempotency_key(headers)?.map(|key| {
            digest(&[
                access.principal().client_id.as_bytes(),
                caller.as_bytes(),
                method.as_bytes(),
                path.as_bytes(),
                key.as_bytes(),
            ])
        });
        let prefer = |token: &str| {
            headers
                .get_all("prefer")
                .filter_map(|value| value.to_str().ok())
                .flat_map(|list| list.split([',', ';']))
                .any(|item| item.trim() == token)
        };
        let given = Given {
            caller,
            fingerprint,
            if_match: if_match(headers)?,
            merge_disjoint: prefer("merge=disjoint"),
            confirm: headers.get("confirm").and_then(|value| value.to_str().ok()).map(str::to_owned),
            keys: db.keys().clone(),
        };
        Ok(Self { access, body: B::read(headers, bytes)?, db, given, key, rollback: prefer("tx=rollback") })
    }

    pub fn body(&self) -> &B {
        &self.body
    }

    /// An Idempotency-Key must be there: batches, and whatever else must not happen twice by accident.
    pub fn require_key(&self) -> Result<()> {
        if self.key.is_some() { Ok(()) } else { Err(Problem::new(Code::IdempotencyKeyRequired)) }
    }

    /// Carries it out in one transaction, with its audit trail and, for an Idempotency-Key, its kept answer.
    pub async fn run(
        self,
        scope: &Scope,
        mut f: impl FnMut(&mut Tx<'_>, &B, &Given) -> Result<Answer> + Send + 'static,
    ) -> Result<HttpResponse> {
        let Self { access, body, db, given, key, rollback } = self;
        let (merge, turn) = (given.merge_disjoint, scope.turn());
        let answer = db
            .attempt(access.actor(Some(scope)), !rollback, move |tx| {
                tx.wait_for(turn)?;
                let Some(key) = key else { return f(tx, &body, &given) };
                if let Some(kept) = recall(tx, &key, &given.fingerprint)? {
                    return Ok(kept);
                }
                let answer = f(tx, &body, &given)?;
                keep(tx, &key, &given.fingerprint, &answer)?;
                Ok(answer)
            })
            .await?;
        let mut response = answer.into_response();
        let applied = match (rollback, merge) {
            (true, _) => Some("tx=rollback"),
            (false, true) => Some("merge=disjoint"),
            _ => None,
        };
        if let Some(applied) = applied {
            response
                .headers_mut()
                .insert(header::HeaderName::from_static("preference-applied"), header::HeaderValue::from_static(applied));
        }
        Ok(response)
    }
}

impl Given {
    /// Whether the object may be changed: the caller must have seen its `current` version. With
    /// `Prefer: merge=disjoint` an older one will do when nobody touched the fields `touched` since.
    pub fn check_version<'n>(&self, tx: &mut Tx<'_>, id: Id, current: i64, touched: impl Iterator<Item = &'n str>) -> Result<()> {
        let seen = self.if_match.ok_or_else(|| {
            Problem::say(
                Code::VersionRequired,
                "Gửi If-Match với ETag của bản bạn đã đọc",
                "Send If-Match with the ETag of what you have read",
            )
        })?;
        if seen == current {
            return Ok(());
        }
        let since: Vec<(Instant, String, Option<String>)> = tx.read().load(
            audit_events::table
                .filter(audit_events::resource_id.eq(id))
                .filter(audit_events::resource_version.gt(seen))
                .order(audit_events::resource_version.asc())
                .select((audit_events::recorded_at, audit_events::changed_fields, audit_events::actor_role)),
        )?;
        let mut fields: Vec<String> =
            since.iter().flat_map(|(_, names, _)| serde_json::from_str::<Vec<String>>(names).unwrap_or_default()).collect();
        fields.sort_unstable();
        fields.dedup();
        let mut touched = touched.peekable();
        let named = touched.peek().is_some();
        if self.merge_disjoint && seen < current && named && !touched.any(|name| fields.iter().any(|field| field == name)) {
            return Ok(());
        }
        let last = since.last();
        Err(Problem::new(Code::VersionMismatch)
            .with("current_version", current)
            .with("changed_fields", fields)
            .with("changed_at", last.map(|(at, ..)| at.to_string()))
            .with("changed_by_role", last.and_then(|(.., role)| role.clone())))
    }

    /// Goes on when there is nothing to confirm, or the caller has confirmed exactly these warnings for exactly
    /// this request.
    pub fn confirm(&self, warnings: &[Warning]) -> Result<()> {
        if warnings.is_empty() {
            return Ok(());
        }
        let found: Vec<Value> = warnings.iter().map(|warning| json!([warning.code, warning.pointer, warning.facts])).collect();
        let bound = [self.caller.as_bytes().as_slice(), &self.fingerprint, json!(found).to_string().as_bytes()].concat();
        let token = URL_SAFE_NO_PAD.encode(self.keys.mac(Purpose::Confirmation, &bound));
        if self.confirm.as_deref() == Some(token.as_str()) {
            return Ok(());
        }
        let listed: Vec<Value> = warnings
            .iter()
            .map(|warning| {
                json!({ "code": warning.code, "pointer": warning.pointer, "facts": warning.facts,
                        "detail": { "vi": warning.text.vi, "en": warning.text.en } })
            })
            .collect();
        Err(Problem::say(
            Code::ConfirmationRequired,
            "Xem lại các điểm dưới đây; nếu đúng, gửi lại cùng tiêu đề Confirm",
            "Look at the points below; if they are right, send it again with the header Confirm",
        )
        .with("warnings", listed)
        .with("confirmation_token", token))
    }

    /// Takes an id that the client made. `true`: it was taken before, by the same request; the object is there.
    /// An id in use for anything else is refused, and nothing more is said of what it names.
    pub fn claim_id(&self, tx: &mut Tx<'_>, id: Id) -> Result<bool> {
        if !id.is_v7() {
            return Err(Problem::field("/id", "not_uuid_v7", "Phải là UUID phiên bản 7", "Must be a UUID of version 7"));
        }
        let kept: Option<Vec<u8>> = tx.read().optional(client_made_ids::table.find(id).select(client_made_ids::digest))?;
        match kept {
            Some(digest) if digest == self.fingerprint => Ok(true),
            Some(_) => Err(Problem::new(Code::IdInUse)),
            None => {
                tx.keep(diesel::insert_into(client_made_ids::table).values((
                    client_made_ids::id.eq(id),
                    client_made_ids::digest.eq(self.fingerprint.to_vec()),
                    client_made_ids::created_at.eq(tx.now()),
                )))?;
                Ok(false)
            }
        }
    }
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let bad = || {
        Problem::new(Code::InvalidParameter).with_errors(vec![FieldError::header(
            "Idempotency-Key",
            "length",
            Text::new("Phải từ 1 đến 255 ký tự", "Must be 1 to 255 characters"),
        )])
    };
    let text = value.to_str().map_err(|_| bad())?.trim();
    // The quoted (structured field) and the bare form are both in use.
    let key = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text);
    if (1..=255).contains(&key.len()) { Ok(Some(key.to_owned())) } else { Err(bad()) }
}

fn if_match(headers: &HeaderMap) -> Result<Option<i64>> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let tag = value.to_str().ok().map(|text| text.trim().trim_start_matches("W/").trim_matches('"'));
    match tag.and_then(|tag| tag.parse().ok()) {
        Some(version) => Ok(Some(version)),
        None => Err(Problem::new(Code::InvalidParameter).with_errors(vec![FieldError::header(
            "If-Match",
            "invalid_value",
            Text::new("Phải là ETag đã nhận, ví dụ \"3\"", "Must be an ETag as received, for example \"3\""),
        )])),
    }
}

fn recall(tx: &mut Tx<'_>, key: &[u8; 32], fingerprint: &[u8; 32]) -> Result<Option<Answer>> {
    let oldest = tx.now().plus_seconds(-KEPT_SECONDS);
    type Row = (Vec<u8>, i64, String, Vec<u8>);
    let kept: Option<Row> = tx.read().optional(
        idempotency_keys::table
            .filter(idempotency_keys::hash.eq(key.to_vec()))
            .filter(idempotency_keys::created_at.gt(oldest))
            .select((idempotency_keys::fingerprint, idempotency_keys::status, idempotency_keys::headers, idempotency_keys::body)),
    )?;
    let Some((kept_fingerprint, status, headers, sealed)) = kept else { return Ok(None) };
    if kept_fingerprint != fingerprint {
        return Err(Problem::new(Code::IdempotencyKeyReused));
    }
    let unreadable = || Problem::internal("a kept answer cannot be read");
    Ok(Some(
        Answer {
            status: u16::try_from(status).ok().and_then(|status| status.try_into().ok()).ok_or_else(unreadable)?,
            headers: serde_json::from_str(&headers).map_err(|_| unreadable())?,
            body: tx.keys().open(Purpose::StoredAnswer, &sealed, key).ok_or_else(unreadable)?,
        }
        .header("idempotency-replayed", "true"),
    ))
}

fn keep(tx: &mut Tx<'_>, key: &[u8; 32], fingerprint: &[u8; 32], answer: &Answer) -> Result<()> {
    let now = tx.now();
    let sealed = tx.keys().seal(Purpose::StoredAnswer, &answer.body, key);
    // One that has run out may still stand under this key; a few other old ones go with it.
    tx.keep(diesel::delete(idempotency_keys::table).filter(idempotency_keys::hash.eq(key.to_vec())))?;
    tx.keep(diesel::insert_into(idempotency_keys::table).values((
        idempotency_keys::hash.eq(key.to_vec()),
        idempotency_keys::fingerprint.eq(fingerprint.to_vec()),
        idempotency_keys::status.eq(i64::from(answer.status.as_u16())),
        idempotency_keys::headers.eq(json!(answer.headers).to_string()),
        idempotency_keys::body.eq(sealed),
        idempotency_keys::created_at.eq(now),
    )))?;
    Ok(())
}
