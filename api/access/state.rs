//! What the access part keeps in memory, once for the process.
//!
//! # The epoch
//!
//! Callers are cached for up to 30 seconds ([`super::extract`]). So that a right that is taken away is gone at once,
//! the row `access_epoch` of the table `settings` is raised in the transaction of each change of rights: an account
//! or client disabled, a password changed, a role given or ended, a session ended, a key rotated. After the commit
//! the new number is put into this process's memory, and whatever was cached under an older one is not used again.
//! A background thread reads the row every half second, so that changes made by other instances and by the command
//! line take effect here too, half a second later at most.
//!
//! Raising it comes first in such a transaction: on PostgreSQL the row's lock then makes changes of rights wait for
//! each other, and rules like "one administrator must remain" cannot be broken by two at once.

use std::{
    num::NonZeroUsize,
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicI64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use actix_web::{HttpRequest, web};
use diesel::QueryDsl;
use lru::LruCache;

use super::{
    clients,
    keys::{self, KeyRing},
    limits::{Buckets, Limits},
    sign_in::Failures,
};
use crate::{
    db::{Actor, Cached, Db, Instant, Reader, Tx, schema::settings},
    http::{Problem, Result},
};

/// How the access part behaves; made from the configuration.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the service is reached, without a slash at its end: `https://hoicoso.example.vn`.
    pub base_url: String,
    /// `iss` of tokens: the same, unless it is set otherwise.
    pub issuer: String,
    /// `aud` of tokens: the API as a resource (RFC 9728).
    pub audience: String,
    /// How long an access token lives, in seconds; 600 (rule 32).
    pub access_seconds: i64,
    /// How long a refresh token waits to be used, in seconds.
    pub refresh_seconds: i64,
    /// How long one sign-in lasts at most, however often it is refreshed, in seconds.
    pub session_seconds: i64,
    pub limits: Limits,
    /// Proxies of our own in front of the service.
    pub proxies: u32,
}

impl Settings {
    /// The usual settings for a service at this address.
    pub fn at(base_url: &str) -> Self {
        let base_url = base_url.trim_end_matches('/').to_owned();
        Self {
            audience: format!("{base_url}/api/v1"),
            issuer: base_url.clone(),
            base_url,
            access_seconds: 600,
            refresh_seconds: 14 * 24 * 3600,
            session_seconds: 90 * 24 * 3600,
            limits: Limits::default(),
            proxies: 0,
        }
    }
}

/// The number that every change of rights raises.
#[derive(Clone, Debug, Default)]
pub struct Epoch(Arc<AtomicI64>);

impl Epoch {
    const ROW: &'static str = "access_epoch";

    pub(super) fn now(&self) -> i64 {
        self.0.load(Ordering::Acquire)
    }

    fn set(&self, value: i64) {
        self.0.fetch_max(value, Ordering::AcqRel);
    }

    fn read(reader: &mut Reader<'_>) -> Result<i64> {
        let value: Option<String> = reader.optional(settings::table.find(Self::ROW).select(settings::value))?;
        Ok(value.and_then(|value| value.parse().ok()).unwrap_or(0))
    }

    /// Everything cached before this transaction is void once it is committed.
    pub(super) fn raise(&self, tx: &mut Tx<'_>) -> Result<()> {
        tx.keep(Cached::sql("INSERT INTO settings (name, value) VALUES ('access_epoch', '0') ON CONFLICT DO NOTHING"))?;
        tx.keep(Cached::sql("UPDATE settings SET value = CAST(CAST(value AS BIGINT) + 1 AS TEXT) WHERE name = 'access_epoch'"))?;
        let value = Self::read(&mut tx.read())?;
        let this = self.clone();
        tx.after_commit(move || this.set(value));
        Ok(())
    }
}

/// Everything the extractor and the token endpoint need; in `web::Data`.
pub struct AccessState {
    pub(super) db: Db,
    /// Tells the caches of several services in one process apart.
    pub(super) number: usize,
    pub(super) settings: Settings,
    pub(super) epoch: Epoch,
    pub(super) buckets: Buckets,
    ring: RwLock<Arc<KeyRing>>,
    /// The epoch that the ring was read at, and when an unknown key last had it read again, in seconds.
    ring_epoch: AtomicI64,
    ring_read_at: AtomicI64,
    /// Failed sign-ins under names that no account has, so that they behave like real ones.
    pub(super) strangers: Mutex<LruCache<[u8; 32], Failures>>,
}

const STRANGERS: NonZeroUsize = NonZeroUsize::new(10_000).expect("not zero");

impl AccessState {
    /// Makes what must be there at the first start (signing key, our own front ends) and loads the rest.
    pub async fn open(db: Db, settings: Settings) -> Result<Arc<Self>> {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        db.write(Actor::system("start"), |tx| {
            keys::ensure(tx)?;
            clients::ensure_our_own(tx)
        })
        .await?;
        let sealing = db.keys().clone();
        let (ring, value) = db.read(move |reader| Ok((KeyRing::load(reader, &sealing)?, Epoch::read(reader)?))).await?;
        let epoch = Epoch::default();
        epoch.set(value);
        Ok(Arc::new(Self {
            db,
            number: NUMBER.fetch_add(1, Ordering::Relaxed),
            buckets: Buckets::new(settings.limits),
            settings,
            epoch,
            ring: RwLock::new(Arc::new(ring)),
            ring_epoch: AtomicI64::new(value),
            ring_read_at: AtomicI64::new(0),
            strangers: Mutex::new(LruCache::new(STRANGERS)),
        }))
    }

    /// Watches the epoch for as long as this state is in use.
    pub fn start_background(self: &Arc<Self>) {
        let weak = Arc::downgrade(self);
        let watch = move || {
            loop {
                std::thread::sleep(Duration::from_millis(500));
                let Some(state) = weak.upgrade() else { return };
                if let Err(problem) = state.look() {
                    tracing::warn!(%problem, "reading the access epoch");
                }
            }
        };
        if let Err(error) = std::thread::Builder::new().name("access-epoch".into()).spawn(watch) {
            tracing::error!(%error, "the watch over the access epoch did not start");
        }
    }

    /// Takes over what was changed, here or by other processes.
    fn look(&self) -> Result<()> {
        let value = self.db.read_here(Epoch::read)?;
        self.epoch.set(value);
        if value > self.ring_epoch.load(Ordering::Acquire) {
            let ring = self.db.read_here(|reader| KeyRing::load(reader, self.db.keys()))?;
            self.set_ring(ring);
            self.ring_epoch.fetch_max(value, Ordering::AcqRel);
        }
        Ok(())
    }

    pub(super) fn ring(&self) -> Arc<KeyRing> {
        self.ring.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_ring(&self, ring: KeyRing) {
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(ring);
    }

    /// Reads the keys again for a token whose key is not known: another instance may have a new one. At most once
    /// a second, since anybody can invent names of keys.
    pub(super) async fn reload_ring(&self, now: Instant) -> Result<()> {
        let last = self.ring_read_at.swap(now.seconds(), Ordering::AcqRel);
        if last == now.seconds() {
            return Ok(());
        }
        let sealing = self.db.keys().clone();
        let ring = self.db.read(move |reader| KeyRing::load(reader, &sealing)).await?;
        self.set_ring(ring);
        Ok(())
    }

    pub fn epoch(&self) -> &Epoch {
        &self.epoch
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(super) fn of(request: &HttpRequest) -> Result<web::Data<Self>> {
        let state = request.app_data::<web::Data<Self>>();
        state.cloned().ok_or_else(|| Problem::internal("no access state in the application"))
    }
}
