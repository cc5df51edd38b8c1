//! Writes: one extractor for everything a request that changes something carries, and one way to carry it out.

use std::{cell::Cell, cell::RefCell, future::Future, pin::Pin, sync::Arc};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse,
    dev::Payload,
    http::header::{self, HeaderMap},
    web,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use diesel::{ExpressionMethods, QueryDsl};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{
    Answer, Body, Code, FieldError, NoFilters, Problem, Query, Result, Streamed, Text, Whole, kept::Key, prefer::Preferences,
    query::Bare,
};
use crate::{
    access::{Access, Scope},
    db::{
        Db, Id, Instant, Tx,
        schema::{audit_events, client_made_ids},
    },
    keys::{Keys, Purpose, digest},
};

/// A request that changes something: who, what, and under which conditions. It has no query parameters but `P`.
pub struct Command<B, P = NoFilters> {
    pub access: Access,
    body: B,
    parameters: P,
    db: web::Data<Db>,
    given: Given,
    key: Option<Key>,
    rollback: bool,
}

/// The conditions of a write: the version the caller has seen, what she has confirmed.
pub struct Given {
    caller: Id,
    /// Keyed hash of method, path, query and body.
    fingerprint: [u8; 32],
    if_match: Option<i64>,
    merge_disjoint: bool,
    /// Tokens of what she has confirmed.
    confirmed: Vec<String>,
    keys: Arc<Keys>,
    /// Warnings of one row of a batch, which are asked about together.
    gathered: Option<RefCell<Vec<Warning>>>,
    /// Whether an older version was taken because nobody had touched the same fields.
    merged: Cell<bool>,
    /// Whether the id that the caller made was claimed by the same request before.
    again: Cell<bool>,
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

impl<B: Body, P: DeserializeOwned + 'static> FromRequest for Command<B, P> {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, actix_web::Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (access, body) = (Access::from_request(request, payload), Whole::from_request(request, payload));
        let request = request.clone();
        Box::pin(async move {
            let access = access.await?;
            let Whole(bytes) = body.await?;
            Ok(Self::read(&request, access, &bytes)?)
        })
    }
}

impl<B: Body, P: DeserializeOwned> Command<B, P> {
    fn read(request: &HttpRequest, access: Access, bytes: &[u8]) -> Result<Self> {
        let headers = request.headers();
        let db = request.app_data::<web::Data<Db>>().ok_or_else(|| Problem::internal("no database in the application"))?.clone();
        let (method, path) = (request.method().as_str(), request.path());
        let parameters = Query::<P, Bare>::parse(path, request.query_string())?.filters;
        let asked = digest(&[method.as_bytes(), path.as_bytes(), request.query_string().as_bytes(), bytes]);
        let fingerprint = db.keys().mac(Purpose::Fingerprint, &asked);
        let caller = access.principal().id;
        let key = idempotency_key(headers)?.map(|key| {
            let client = access.principal().client_id.as_bytes();
            let hash = digest(&[client, caller.as_bytes(), method.as_bytes(), path.as_bytes(), key.as_bytes()]);
            Key { hash, fingerprint }
        });
        let preferences = Preferences::of(headers)?;
        let given = Given {
            caller,
            fingerprint,
            if_match: if_match(headers)?,
            merge_disjoint: preferences.disjoint,
            confirmed: confirmed(headers),
            keys: db.keys().clone(),
            gathered: None,
            merged: Cell::new(false),
            again: Cell::new(false),
        };
        Ok(Self { access, body: B::read(headers, bytes)?, parameters, db, given, key, rollback: preferences.rollback })
    }
}

impl<P: DeserializeOwned> Command<Streamed, P> {
    /// A request whose body was taken already; its digest stands for it, so that the same file is known again.
    pub(crate) fn of_streamed(request: &HttpRequest, access: Access, sha256: &[u8; 32]) -> Result<Self> {
        Self::read(request, access, sha256)
    }
}

impl<B: Send + Sync + 'static, P> Command<B, P> {
    pub fn body(&self) -> &B {
        &self.body
    }

    /// Whether it is tried only, without effect.
    pub fn is_trial(&self) -> bool {
        self.rollback
    }

    pub fn parameters(&self) -> &P {
        &self.parameters
    }

    /// An Idempotency-Key must be there: batches, and whatever else must not happen twice by accident.
    pub fn require_key(&self) -> Result<()> {
        if self.key.is_some() { Ok(()) } else { Err(Problem::new(Code::IdempotencyKeyRequired)) }
    }

    /// Refuses to try it without effect, and to answer it again from what was kept.
    pub fn require_earnest(&self) -> Result<()> {
        require_earnest(self.rollback, self.key.is_some())
    }

    /// Carries out what is done by being shown: a number is disclosed, somebody is looked up, a secret is given. To
    /// undo the record of it, or to answer it again without one, would be to show it in secret.
    pub async fn run_shown(
        self,
        scope: &Scope,
        mut f: impl FnMut(&mut Tx<'_>, &B, &Given) -> Result<Answer> + Send + 'static,
    ) -> Result<HttpResponse> {
        self.require_earnest()?;
        self.run(scope, move |tx, body, given| Ok(f(tx, body, given)?.header("cache-control", "no-store"))).await
    }

    /// Carries it out in one transaction, with its audit trail and, for an Idempotency-Key, its kept answer.
    pub async fn run(
        self,
        scope: &Scope,
        mut f: impl FnMut(&mut Tx<'_>, &B, &Given) -> Result<Answer> + Send + 'static,
    ) -> Result<HttpResponse> {
        let Self { access, body, db, given, key, rollback, .. } = self;
        let (reach, turn) = (scope.clone(), scope.turn());
        let attempt = move |tx: &mut Tx<'_>| {
            tx.wait_for(turn)?;
            given.merged.set(false);
            given.again.set(false);
            if let Some(key) = key
                && let Some(kept) = key.recall_or_take(tx, Some(&reach))?
            {
                return Ok(kept);
            }
            let mut answer = f(tx, &body, &given).map_err(|problem| given.hide_what_was_claimed(problem))?;
            if let Some(applied) = (Preferences { rollback, disjoint: given.merged.get() }).applied() {
                answer = answer.header("preference-applied", applied);
            }
            if let Some(key) = key {
                key.keep(tx, &answer)?;
            }
            Ok(answer)
        };
        Ok(db.attempt(access.actor(Some(scope)), !rollback, attempt).await?.into_response())
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
            self.merged.set(true);
            return Ok(());
        }
        let last = since.last();
        Err(Problem::new(Code::VersionMismatch)
            .with("current_version", current)
            .with("changed_fields", fields)
            .with("changed_at", last.map(|(at, ..)| at.to_string()))
            .with("changed_by_role", last.and_then(|(.., role)| role.clone())))
    }

    /// The conditions of one row of a batch: what is to be confirmed is gathered, for [`Given::confirm_rows`].
    pub fn for_row(&self) -> Self {
        Self {
            confirmed: Vec::new(),
            keys: self.keys.clone(),
            gathered: Some(RefCell::default()),
            merged: Cell::new(false),
            again: Cell::new(false),
            ..*self
        }
    }

    /// The warnings of a row.
    pub fn gathered(self) -> Vec<Warning> {
        self.gathered.map(RefCell::into_inner).unwrap_or_default()
    }

    /// Goes on when there is nothing to confirm, or the caller has confirmed exactly these warnings for exactly
    /// this request.
    pub fn confirm(&self, warnings: &[Warning]) -> Result<()> {
        match &self.gathered {
            Some(gathered) => gathered.borrow_mut().extend_from_slice(warnings),
            None => self.confirm_all(warnings.iter().map(|warning| (warning.pointer.to_owned(), warning)).collect())?,
        }
        Ok(())
    }

    /// The same for all rows of a batch at once; each with the pointer of its row.
    pub fn confirm_rows(&self, rows: &[(String, Vec<Warning>)]) -> Result<()> {
        let all = rows
            .iter()
            .flat_map(|(row, warnings)| warnings.iter().map(move |warning| (format!("{row}{}", warning.pointer), warning)));
        self.confirm_all(all.collect())
    }

    fn confirm_all(&self, warnings: Vec<(String, &Warning)>) -> Result<()> {
        if warnings.is_empty() {
            return Ok(());
        }
        let found: Vec<Value> = warnings.iter().map(|(pointer, warning)| json!([warning.code, pointer, warning.facts])).collect();
        let bound = [self.caller.as_bytes().as_slice(), &self.fingerprint, json!(found).to_string().as_bytes()].concat();
        let token = URL_SAFE_NO_PAD.encode(self.keys.mac(Purpose::Confirmation, &bound));
        if self.confirmed.contains(&token) {
            return Ok(());
        }
        let listed: Vec<Value> = warnings
            .iter()
            .map(|(pointer, warning)| {
                json!({ "code": warning.code, "pointer": pointer, "facts": warning.facts,
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

    /// Takes an id that the client made for `what` of a `resource`. `true`: the same caller took it before for the same
    /// thing, and it is there, in whatever request and however written. An id in use for anything else is refused, and
    /// nothing more is said of what it names.
    pub fn claim_id(&self, tx: &mut Tx<'_>, resource: &str, id: Id, what: &impl Serialize) -> Result<bool> {
        if !id.is_v7() {
            return Err(Problem::field("/id", "not_uuid_v7", "Phải là UUID phiên bản 7", "Must be a UUID of version 7"));
        }
        let mut what = serde_json::to_value(what).map_err(Problem::internal)?;
        what.sort_all_objects();
        let claim = digest(&[resource.as_bytes(), self.caller.as_bytes(), what.to_string().as_bytes()]);
        let claim = self.keys.mac(Purpose::Fingerprint, &claim);
        let kept: Option<Vec<u8>> = tx.read().optional(client_made_ids::table.find(id).select(client_made_ids::digest))?;
        match kept {
            Some(kept) if kept == claim => {
                self.again.set(true);
                Ok(true)
            }
            Some(_) => Err(Problem::new(Code::IdInUse)),
            None => {
                tx.keep(diesel::insert_into(client_made_ids::table).values((
                    client_made_ids::id.eq(id),
                    client_made_ids::digest.eq(claim.to_vec()),
                    client_made_ids::created_at.eq(tx.now()),
                )))?;
                Ok(false)
            }
        }
    }

    /// What was made with this id may have left the caller's reach since: then the id is in use, and that is all.
    fn hide_what_was_claimed(&self, problem: Problem) -> Problem {
        if self.again.get() && problem.code() == Code::NotFound { Problem::new(Code::IdInUse) } else { problem }
    }
}

/// 400 about the headers of a request that can be neither tried nor repeated.
pub(super) fn require_earnest(rollback: bool, keyed: bool) -> Result<()> {
    let refused = |sent: bool, header: &str| {
        sent.then(|| {
            FieldError::header(
                header,
                "not_for_this_action",
                Text::new(
                    "Việc này không làm thử được, và câu trả lời không được giữ lại",
                    "This cannot be tried without effect, and its answer is not kept",
                ),
            )
        })
    };
    let errors: Vec<FieldError> =
        [refused(rollback, "Prefer"), refused(keyed, "Idempotency-Key")].into_iter().flatten().collect();
    if errors.is_empty() { Ok(()) } else { Err(Problem::new(Code::InvalidParameter).with_errors(errors)) }
}

/// The tokens in `Confirm`: one, or with a batch of which each row stands for itself, several with commas between.
fn confirmed(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all("confirm").filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(|token| token.trim().to_owned()).collect()
}

pub(super) fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>> {
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
    // The tag of a part or of an embedding form begins with the version, too.
    match tag.and_then(|tag| tag.split('.').next()?.parse().ok()) {
        Some(version) => Ok(Some(version)),
        None => Err(Problem::new(Code::InvalidParameter).with_errors(vec![FieldError::header(
            "If-Match",
            "invalid_value",
            Text::new("Phải là ETag đã nhận, ví dụ \"3\"", "Must be an ETag as received, for example \"3\""),
        )])),
    }
}
