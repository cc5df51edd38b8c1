//! How often a caller may ask: token buckets, one for each caller and policy (rule 28).
//!
//! Counted by caller, not by address: a commune's whole office shares one. Only who asks without a token is known by
//! nothing else ([`super::visitor`]). Each instance counts for itself.

use std::{
    num::NonZeroUsize,
    sync::{Mutex, PoisonError},
    time::Instant,
};

use actix_web::{
    HttpMessage, HttpRequest,
    http::header::{HeaderName, HeaderValue, RETRY_AFTER},
};
use lru::LruCache;

use crate::http::{Code, ExtraHeaders, Problem, Result};

/// Which budget a request is taken from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Policy {
    /// Every request with a token.
    Default,
    /// Asking for a token, by the name that signs in.
    Login,
    /// Looking people up by citizen number, phone or full name.
    Lookup,
    /// Whole data sets.
    Export,
    /// Handing in and following petitions without an account, by address.
    Public,
}

impl Policy {
    const fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Login => "login",
            Self::Lookup => "lookup",
            Self::Export => "export",
            Self::Public => "public",
        }
    }
}

/// How many requests a minute each policy gives one caller; as many may come at once. 0: as many as she likes.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub default: u32,
    pub login: u32,
    pub lookup: u32,
    pub export: u32,
    pub public: u32,
}

impl Default for Limits {
    fn default() -> Self {
        // Look-ups: an office that works through a paper roll asks every few seconds and never meets 300 a minute.
        // Whoever tried the million citizen numbers of one province and year of birth would need days, on record.
        Self { default: 1200, login: 20, lookup: 300, export: 20, public: 30 }
    }
}

impl Limits {
    /// No limits at all.
    pub const OFF: Self = Self { default: 0, login: 0, lookup: 0, export: 0, public: 0 };

    const fn of(self, policy: Policy) -> u32 {
        match policy {
            Policy::Default => self.default,
            Policy::Login => self.login,
            Policy::Lookup => self.lookup,
            Policy::Export => self.export,
            Policy::Public => self.public,
        }
    }
}

/// Who asks: an id, or the beginning of a hash.
pub(super) type Caller = [u8; 16];

struct Bucket {
    tokens: f64,
    at: Instant,
}

/// Buckets are kept for the callers seen last; one that is forgotten is full again.
pub(super) struct Buckets {
    limits: Limits,
    /// Several, so that workers seldom wait for each other.
    shards: Vec<Mutex<LruCache<(Policy, Caller), Bucket>>>,
}

const SHARDS: usize = 16;
const BUCKETS_EACH: NonZeroUsize = NonZeroUsize::new(4096).expect("not zero");
const WINDOW_SECONDS: u32 = 60;

/// What is left after a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Left {
    policy: Policy,
    quota: u32,
    pub(super) remaining: u32,
    /// Seconds until the bucket is full again.
    full_in: u32,
    /// Seconds until there is one token again; none: the request may go on.
    pub(super) wait: Option<u32>,
}

impl Buckets {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, shards: (0..SHARDS).map(|_| Mutex::new(LruCache::new(BUCKETS_EACH))).collect() }
    }

    /// Takes one token; nothing when the policy has no limit.
    pub(super) fn take(&self, policy: Policy, caller: Caller, now: Instant) -> Option<Left> {
        self.draw(policy, caller, now, |tokens| if tokens >= 1.0 { 1.0 } else { 0.0 })
    }

    /// Whether there is a token, without taking it.
    pub(super) fn look(&self, policy: Policy, caller: Caller, now: Instant) -> Option<Left> {
        self.draw(policy, caller, now, |_| 0.0)
    }

    /// Takes tokens for what has been done already; what is not there is owed.
    pub(super) fn charge(&self, policy: Policy, caller: Caller, count: u32, now: Instant) {
        self.draw(policy, caller, now, |_| f64::from(count));
    }

    fn draw(&self, policy: Policy, caller: Caller, now: Instant, price: impl FnOnce(f64) -> f64) -> Option<Left> {
        let quota = self.limits.of(policy);
        if quota == 0 {
            return None;
        }
        let (full, rate) = (f64::from(quota), f64::from(quota) / f64::from(WINDOW_SECONDS));
        // The end of an id is its random part.
        let shard = &self.shards[usize::from(caller[15]) % SHARDS];
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = shard.get_or_insert_mut((policy, caller), || Bucket { tokens: full, at: now });
        bucket.tokens = (bucket.tokens + now.saturating_duration_since(bucket.at).as_secs_f64() * rate).min(full);
        bucket.at = now;
        let wait = if bucket.tokens >= 1.0 { None } else { Some(whole((1.0 - bucket.tokens) / rate).max(1)) };
        bucket.tokens -= price(bucket.tokens);
        let full_in = whole((full - bucket.tokens) / rate);
        // A bucket holds at most its quota, which is a u32.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        Some(Left { policy, quota, remaining: bucket.tokens as u32, full_in, wait })
    }
}

/// Seconds, rounded up.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn whole(seconds: f64) -> u32 {
    seconds.ceil().max(0.0) as u32
}

impl Left {
    /// `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers).
    pub(super) fn headers(self) -> Vec<(HeaderName, HeaderValue)> {
        let Self { policy, quota, remaining, full_in, .. } = self;
        let name = policy.name();
        [
            ("ratelimit-policy", format!("\"{name}\";q={quota};w={WINDOW_SECONDS}")),
            ("ratelimit", format!("\"{name}\";r={remaining};t={full_in}")),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((HeaderName::from_static(name), HeaderValue::from_str(&value).ok()?)))
        .collect()
    }

    /// Puts the headers on whatever the answer will be; 429 when nothing was left.
    pub(super) fn apply(self, request: &HttpRequest) -> Result<()> {
        let headers = self.headers();
        let mut extensions = request.extensions_mut();
        match extensions.get_mut::<ExtraHeaders>() {
            Some(extra) => {
                // A narrower policy speaks instead of the default one.
                extra.0.retain(|(name, _)| !headers.iter().any(|(new, _)| new == name));
                extra.0.extend(headers);
            }
            None => {
                extensions.insert(ExtraHeaders(headers));
            }
        }
        match self.wait {
            None => Ok(()),
            Some(seconds) => Err(Problem::say(
                Code::TooManyRequests,
                format!("Hãy thử lại sau {seconds} giây"),
                format!("Try again in {seconds} seconds"),
            )
            .with_header(RETRY_AFTER, seconds.into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_bucket_empties_and_fills_again() {
        let buckets = Buckets::new(Limits { login: 3, ..Limits::OFF });
        let start = Instant::now();
        let take = |seconds| buckets.take(Policy::Login, [7; 16], start + Duration::from_secs(seconds)).unwrap();
        assert_eq!([take(0).remaining, take(0).remaining, take(0).remaining], [2, 1, 0]);
        assert_eq!(take(0).wait, Some(20));
        assert_eq!(take(19).wait, Some(1));
        assert_eq!(take(20).wait, None);
        assert_eq!(take(600).remaining, 2);
    }

    #[test]
    fn what_was_done_already_is_owed() {
        let buckets = Buckets::new(Limits { lookup: 60, ..Limits::OFF });
        let start = Instant::now();
        let look = |seconds| buckets.look(Policy::Lookup, [7; 16], start + Duration::from_secs(seconds)).unwrap().wait;
        assert_eq!([look(0), look(0)], [None, None]);
        buckets.charge(Policy::Lookup, [7; 16], 100, start);
        assert_eq!([look(0), look(40), look(41)], [Some(41), Some(1), None]);
    }

    #[test]
    fn callers_and_policies_do_not_share() {
        let buckets = Buckets::new(Limits { login: 1, lookup: 1, ..Limits::OFF });
        let now = Instant::now();
        assert_eq!(buckets.take(Policy::Login, [1; 16], now).unwrap().wait, None);
        assert_eq!(buckets.take(Policy::Login, [2; 16], now).unwrap().wait, None);
        assert_eq!(buckets.take(Policy::Lookup, [1; 16], now).unwrap().wait, None);
        assert!(buckets.take(Policy::Login, [1; 16], now).unwrap().wait.is_some());
        assert_eq!(buckets.take(Policy::Default, [1; 16], now), None);
    }

    #[test]
    fn the_headers_are_structured_fields() {
        let left = Left { policy: Policy::Default, quota: 600, remaining: 598, full_in: 1, wait: None };
        let values: Vec<String> = left.headers().iter().map(|(_, value)| value.to_str().unwrap().to_owned()).collect();
        assert_eq!(values, ["\"default\";q=600;w=60", "\"default\";r=598;t=1"]);
    }
}
