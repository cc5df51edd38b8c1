//! Writes without a token: as `command.rs` is for callers with one.

use std::{future::Future, pin::Pin};

use actix_web::{FromRequest, HttpRequest, HttpResponse, dev::Payload, web};

use super::{
    Answer, Body, Code, FieldError, NoFilters, Problem, Query, Result, Text, Whole, command::idempotency_key, kept::Key,
    prefer::Preferences, query::Bare,
};
use crate::{
    access::Visitor,
    db::{Db, Turn, Tx},
    keys::{Purpose, digest},
};

/// Nobody without an account has more to say at once.
const BODY_LIMIT: usize = 64 * 1024;
/// A key that could be guessed would open another's answer.
const KEY_LENGTH: usize = 16;

/// A request of somebody without an account that changes something.
pub struct Visit<B> {
    pub visitor: Visitor,
    pub body: B,
    pub db: web::Data<Db>,
    key: Option<Key>,
    rollback: bool,
}

impl<B: Body> FromRequest for Visit<B> {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, actix_web::Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (visitor, body) = (Visitor::from_request(request, payload), Whole::from_request(request, payload));
        let request = request.clone();
        Box::pin(async move {
            let visitor = visitor.await?;
            let Whole(bytes) = body.await?;
            Ok(Self::read(&request, visitor, &bytes)?)
        })
    }
}

impl<B: Body> Visit<B> {
    fn read(request: &HttpRequest, visitor: Visitor, bytes: &[u8]) -> Result<Self> {
        if bytes.len() > BODY_LIMIT {
            return Err(Problem::new(Code::PayloadTooLarge));
        }
        let headers = request.headers();
        let db = request.app_data::<web::Data<Db>>().ok_or_else(|| Problem::internal("no database in the application"))?.clone();
        let (method, path) = (request.method().as_str(), request.path());
        Query::<NoFilters, Bare>::parse(path, request.query_string())?;
        let key = idempotency_key(headers)?;
        if key.as_ref().is_some_and(|key| key.len() < KEY_LENGTH) {
            return Err(Problem::new(Code::InvalidParameter).with_errors(vec![FieldError::header(
                "Idempotency-Key",
                "length",
                Text::new(
                    "Không đăng nhập thì phải từ 16 đến 255 ký tự ngẫu nhiên",
                    "Without signing in it must be 16 to 255 random characters",
                ),
            )]));
        }
        let fingerprint = db.keys().mac(Purpose::Fingerprint, &digest(&[method.as_bytes(), path.as_bytes(), bytes]));
        // All who have no account are one caller. So what a key names is the key and the whole request together: two
        // strangers with the same key do not meet, and to be answered again one must know both.
        let key = key.map(|key| Key { hash: digest(&[b"visitor", key.as_bytes(), &fingerprint]), fingerprint });
        let preferences = Preferences::of(headers)?;
        Ok(Self { visitor, body: B::read(headers, bytes)?, db, key, rollback: preferences.rollback })
    }
}

impl<B> Visit<B> {
    /// Refuses to try it without effect, and to answer it again from what was kept.
    pub fn require_earnest(&self) -> Result<()> {
        super::command::require_earnest(self.rollback, self.key.is_some())
    }

    /// Carries it out in one transaction, with its audit trail and, for an Idempotency-Key, its kept answer.
    pub async fn run(self, mut f: impl FnMut(&mut Tx<'_>, &B) -> Result<Answer> + Send + 'static) -> Result<HttpResponse>
    where
        B: Send + Sync + 'static,
    {
        let Self { visitor, body, db, key, rollback } = self;
        let attempt = move |tx: &mut Tx<'_>| {
            tx.wait_for(Turn::Shared)?;
            if let Some(key) = key
                && let Some(kept) = key.recall_or_take(tx, None)?
            {
                return Ok(kept);
            }
            let mut answer = f(tx, &body)?.header("cache-control", "no-store");
            if let Some(applied) = (Preferences { rollback, disjoint: false }).applied() {
                answer = answer.header("preference-applied", applied);
            }
            if let Some(key) = key {
                key.keep(tx, &answer)?;
            }
            Ok(answer)
        };
        Ok(db.attempt(visitor.actor(), !rollback, attempt).await?.into_response())
    }
}
