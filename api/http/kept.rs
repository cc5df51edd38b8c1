//! Answers kept for an `Idempotency-Key`: the same request again is answered alike, and carried out once.

use diesel::{ExpressionMethods, QueryDsl};
use serde_json::json;

use super::{Answer, Code, Problem, Result};
use crate::{
    access::Scope,
    db::{
        Id, Instant, Tx,
        schema::{idempotency_keys, unit_tree},
    },
    keys::Purpose,
};

/// How long an answer is kept for its Idempotency-Key.
pub const KEPT_SECONDS: i64 = 24 * 3600;

/// The name of a request among those that are kept, and what it asks for.
#[derive(Clone, Copy)]
pub(super) struct Key {
    /// Over client, caller, method, path and Idempotency-Key.
    pub(super) hash: [u8; 32],
    /// Over the whole request.
    pub(super) fingerprint: [u8; 32],
}

impl Key {
    /// The kept answer, if the caller may still see what it names (`scope`; none: she has no account, and what she was
    /// answered is hers by key and request); else the key is taken for this request. It is taken
    /// before anything is done, so that the same request at the same time waits, and then finds the answer.
    pub(super) fn recall_or_take(&self, tx: &mut Tx<'_>, scope: Option<&Scope>) -> Result<Option<Answer>> {
        type Row = (Vec<u8>, i64, String, Vec<u8>, Instant, Option<Id>);
        let kept: Option<Row> = tx.read().optional(idempotency_keys::table.find(self.hash.to_vec()).select((
            idempotency_keys::fingerprint,
            idempotency_keys::status,
            idempotency_keys::headers,
            idempotency_keys::body,
            idempotency_keys::created_at,
            idempotency_keys::unit_id,
        )))?;
        let oldest = tx.now().plus_seconds(-KEPT_SECONDS);
        match kept {
            Some((fingerprint, status, headers, sealed, created_at, unit)) if created_at > oldest => {
                if fingerprint != self.fingerprint {
                    return Err(Problem::new(Code::IdempotencyKeyReused));
                }
                let unreadable = || Problem::internal("a kept answer cannot be read");
                if let Some(scope) = scope {
                    still_in_reach(tx, scope, unit)?;
                }
                let answer = Answer {
                    status: u16::try_from(status).ok().and_then(|status| status.try_into().ok()).ok_or_else(unreadable)?,
                    headers: serde_json::from_str(&headers).map_err(|_| unreadable())?,
                    body: tx.keys().open(Purpose::StoredAnswer, &sealed, &self.hash).ok_or_else(unreadable)?,
                };
                return Ok(Some(answer.header("idempotency-replayed", "true")));
            }
            // Only one that has run out: a row that another request has just kept must not be lost.
            Some(_) => {
                let run_out = idempotency_keys::table
                    .filter(idempotency_keys::hash.eq(self.hash.to_vec()))
                    .filter(idempotency_keys::created_at.le(oldest));
                tx.keep(diesel::delete(run_out))?;
            }
            None => {}
        }
        tx.keep(diesel::insert_into(idempotency_keys::table).values((
            idempotency_keys::hash.eq(self.hash.to_vec()),
            idempotency_keys::fingerprint.eq(self.fingerprint.to_vec()),
            idempotency_keys::status.eq(0_i64),
            idempotency_keys::headers.eq("[]"),
            idempotency_keys::body.eq(Vec::new()),
            idempotency_keys::created_at.eq(tx.now()),
        )))?;
        Ok(None)
    }

    /// Keeps the answer under the key that was taken.
    pub(super) fn keep(&self, tx: &mut Tx<'_>, answer: &Answer) -> Result<()> {
        let sealed = tx.keys().seal(Purpose::StoredAnswer, &answer.body, &self.hash);
        tx.keep(diesel::update(idempotency_keys::table.find(self.hash.to_vec())).set((
            idempotency_keys::status.eq(i64::from(answer.status.as_u16())),
            idempotency_keys::headers.eq(json!(answer.headers).to_string()),
            idempotency_keys::body.eq(sealed),
            idempotency_keys::unit_id.eq(tx.recorded_unit()),
        )))?;
        Ok(())
    }
}

/// 404 when the unit has left the caller's reach: what the answer tells of is not hers to read any more.
fn still_in_reach(tx: &mut Tx<'_>, scope: &Scope, unit: Option<Id>) -> Result<()> {
    let Some(unit) = unit else { return Ok(()) };
    let lineage: Vec<Id> = tx.read().load(unit_tree::table.filter(unit_tree::unit_id.eq(unit)).select(unit_tree::ancestor_id))?;
    if scope.reaches(&lineage) { Ok(()) } else { Err(Problem::not_found()) }
}
