//! The authenticated caller of a request.
//!
//! Fast path: each worker keeps the callers of the tokens it saw last, for 30 seconds at most and only while the
//! access epoch ([`super::state`]) stands still; such a request costs no database work and no signature check.
//! Slow path: the token is verified, and session, account, client and roles are read.

use std::{
    cell::RefCell,
    future::Future,
    num::NonZeroUsize,
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant as Clock},
};

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{HeaderValue, WWW_AUTHENTICATE},
    web,
};
use futures_util::future::{Either, Ready, ready};
use lru::LruCache;

use super::{
    Access, Principal,
    limits::Policy,
    principals,
    state::AccessState,
    tokens::{self, Claims, TokenFault},
};
use crate::{
    db::Instant,
    http::{Code, Problem, Result, Spoken},
};

const MAX_AGE: Duration = Duration::from_secs(30);
/// How many callers a worker keeps.
const CALLERS: NonZeroUsize = NonZeroUsize::new(4096).expect("not zero");

/// What somebody whose password must be changed first may still reach.
const BEFORE_PASSWORD_CHANGE: [&str; 3] = ["/api/v1/me", "/api/v1/me/password-changes", "/api/v1/me/sign-outs"];

struct Seen {
    principal: Arc<Principal>,
    /// End of the token, in seconds.
    expires: i64,
    at: Clock,
    epoch: i64,
}

/// By the whole text of the token.
type Callers = LruCache<Box<str>, Seen>;

thread_local! {
    /// One cache for each service in this process (there are several in tests), by its number.
    static SEEN: RefCell<Vec<(usize, Callers)>> = const { RefCell::new(Vec::new()) };
}

fn with_cache<T>(number: usize, f: impl FnOnce(&mut Callers) -> T) -> T {
    SEEN.with_borrow_mut(|caches| {
        let place = caches.iter().position(|(known, _)| *known == number).unwrap_or_else(|| {
            caches.push((number, LruCache::new(CALLERS)));
            caches.len() - 1
        });
        f(&mut caches[place].1)
    })
}

fn recall(state: &AccessState, token: &str) -> Option<Arc<Principal>> {
    with_cache(state.number, |cache| {
        let seen = cache.get(token)?;
        let valid = seen.epoch == state.epoch.now() && seen.at.elapsed() < MAX_AGE && seen.expires > Instant::now().seconds();
        valid.then(|| seen.principal.clone())
    })
}

impl FromRequest for Access {
    type Error = Problem;
    type Future = Either<Ready<Result<Self>>, Pin<Box<dyn Future<Output = Result<Self>>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let state = match AccessState::of(request) {
            Ok(state) => state,
            Err(problem) => return Either::Left(ready(Err(problem))),
        };
        let Some(token) = tokens::bearer(request.headers()) else {
            return Either::Left(ready(Err(unauthorised(&state, None))));
        };
        if let Some(principal) = recall(&state, token) {
            return Either::Left(ready(admit(&state, request, principal)));
        }
        let (request, token) = (request.clone(), token.to_owned());
        Either::Right(Box::pin(async move {
            let principal = identify(&state, &token).await?;
            admit(&state, &request, principal)
        }))
    }
}

/// The slow path.
async fn identify(state: &web::Data<AccessState>, token: &str) -> Result<Arc<Principal>> {
    let claims = verify(state, token).await?;
    // Read before the rows are: what changes meanwhile makes this entry void.
    let epoch = state.epoch.now();
    let expires = claims.exp;
    let principal = state.db.read(move |reader| principals::load(reader, &claims)).await?;
    let principal = Arc::new(principal.ok_or_else(|| unauthorised(state, Some("The sign-in has ended")))?);
    let seen = Seen { principal: principal.clone(), expires, at: Clock::now(), epoch };
    with_cache(state.number, |cache| cache.put(token.into(), seen));
    Ok(principal)
}

async fn verify(state: &web::Data<AccessState>, token: &str) -> Result<Claims> {
    let fault = match tokens::verify(&state.ring(), &state.settings, token) {
        Ok(claims) => return Ok(claims),
        Err(fault) => fault,
    };
    if fault == TokenFault::UnknownKey {
        state.reload_ring(Instant::now()).await?;
        if let Ok(claims) = tokens::verify(&state.ring(), &state.settings, token) {
            return Ok(claims);
        }
    }
    Err(unauthorised(state, Some("The token is not valid or has expired")))
}

/// Limits and the duty to change a password apply to every request, cached or not.
fn admit(state: &AccessState, request: &HttpRequest, principal: Arc<Principal>) -> Result<Access> {
    if let Some(left) = state.buckets.take(Policy::Default, *principal.id.as_bytes(), Clock::now()) {
        left.apply(request)?;
    }
    if principal.must_change_password && !BEFORE_PASSWORD_CHANGE.contains(&request.path()) {
        return Err(Problem::say(
            Code::Forbidden,
            "Hãy đổi mật khẩu trước: POST /api/v1/me/password-changes",
            "Change your password first: POST /api/v1/me/password-changes",
        )
        .with("must_change_password", true));
    }
    let Spoken { request_id, locale } = Spoken::of(request);
    Ok(Access { principal, request_id, locale })
}

/// 401 with its challenge (RFC 6750, section 3; RFC 9728, section 5.1). Without a token it names no error.
fn unauthorised(state: &AccessState, error: Option<&str>) -> Problem {
    let metadata = format!("{}/.well-known/oauth-protected-resource", state.settings.base_url);
    let challenge = match error {
        None => format!("Bearer realm=\"hoicoso\", resource_metadata=\"{metadata}\""),
        Some(words) => format!(
            "Bearer realm=\"hoicoso\", error=\"invalid_token\", error_description=\"{words}\", resource_metadata=\"{metadata}\""
        ),
    };
    let problem = match error {
        None => Problem::new(Code::InvalidToken),
        Some(_) => Problem::say(Code::InvalidToken, "Phiên đăng nhập không còn hiệu lực", "The sign-in is no longer valid"),
    };
    match HeaderValue::from_str(&challenge) {
        Ok(value) => problem.with_header(WWW_AUTHENTICATE, value),
        Err(_) => problem,
    }
}
