//! The files of an installation: how one is taken, read, scanned and taken away.

use std::{
    path::PathBuf,
    sync::{Arc, Weak},
    time::Duration,
};

use actix_web::web::{Bytes, block};
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use sha2::{Digest, Sha256};
use tokio::sync::{Notify, Semaphore};

use super::{
    kinds::{self, Kind, Look, TextCheck},
    model::{AttachmentRow, AttachmentStatus, Details, open_key, seal_key},
    names,
    owners::{AttachmentOwner, Owner},
    place::{Place, is_store_key},
    scan::{Scanner, Verdict},
    seal::{Opener, PIECE, Sealer, new_key},
    spool::Spool,
    store,
    strip::{self, AttachmentCleaning},
};
use crate::{
    config::Config,
    db::{Actor, Db, Id, Instant},
    http::{Problem, Result},
};

/// Pictures and documents are cleaned in memory: so many at once, however many are sent.
const CLEANED_AT_ONCE: usize = 2;
/// Bytes without a row are left by an upload that was killed; younger ones may be of one that goes on.
const ORPHANED: Duration = Duration::from_secs(24 * 3600);
/// How often they are looked for.
const SWEEP: Duration = Duration::from_secs(6 * 3600);
/// How long a scanner that cannot tell is left alone: at first, and at most.
const AGAIN: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));
/// How many rows of waiting files are read at once, and how many names of bytes are looked up at once.
const BATCH: usize = 100;

/// Store, scanner and limits. Cheap to share: one for each process.
pub struct Files {
    db: Db,
    place: Place,
    /// Where uploads are put aside.
    aside: PathBuf,
    pub limit: u64,
    scanner: Option<Scanner>,
    /// Something waits to be scanned.
    waiting: Notify,
    cleaning: Semaphore,
}

/// A file as it will be kept.
pub struct Prepared {
    pub kind: Kind,
    pub cleaning: AttachmentCleaning,
    pub sha256: [u8; 32],
    pub original_sha256: [u8; 32],
    pub size: u64,
    plain: Plain,
}

/// What becomes of a file of demonstration.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Planted {
    Ready,
    Waiting,
    Infected(&'static str),
    Deleted(&'static str),
}

enum Plain {
    Whole(Vec<u8>),
    Aside(Spool),
}

impl Files {
    pub fn open(config: &Config, db: Db) -> Result<Arc<Self>> {
        let place = Place::open(config)?;
        Ok(Arc::new(Self {
            db,
            aside: place.folder().map_or_else(std::env::temp_dir, PathBuf::from),
            place,
            limit: u64::from(config.attachments_limit_mib) * 1024 * 1024,
            scanner: Scanner::of(config),
            waiting: Notify::new(),
            cleaning: Semaphore::new(CLEANED_AT_ONCE),
        }))
    }

    pub fn aside(&self) -> &std::path::Path {
        &self.aside
    }

    /// What a new file is at first.
    pub const fn first_status(&self) -> AttachmentStatus {
        if self.scanner.is_some() { AttachmentStatus::Scanning } else { AttachmentStatus::Ready }
    }

    /// Finds out what was sent, and takes out what it tells of whoever made it.
    pub async fn prepare(&self, spool: Spool) -> Result<Prepared> {
        let _turn = self.cleaning.acquire().await.map_err(Problem::internal)?;
        block(move || prepare(spool)).await.map_err(|_| strip::broken("Tệp không đọc được", "The file cannot be read"))?
    }

    /// Puts a file into the store. When it is there, it stays.
    pub async fn keep(&self, store_key: &str, id: Id, key: &[u8; 32], prepared: Prepared) -> Result<()> {
        let mut writing = self.place.write(store_key);
        let mut sealer = Sealer::new(key, id);
        let sealed = async {
            match prepared.plain {
                Plain::Whole(plain) => {
                    for piece in plain.chunks(PIECE) {
                        writing.put(sealer.push(piece).map_err(Problem::internal)?).await?;
                    }
                }
                Plain::Aside(mut spool) => {
                    let mut pieces = spool.pieces()?;
                    while let Some(piece) = pieces.next().transpose()? {
                        writing.put(sealer.push(&piece).map_err(Problem::internal)?).await?;
                    }
                }
            }
            writing.put(sealer.finish().map_err(Problem::internal)?).await
        };
        match sealed.await {
            Ok(()) => writing.finish().await,
            Err(problem) => {
                writing.abort().await;
                Err(problem)
            }
        }
    }

    /// A new key, and a name in the store that tells nothing.
    pub fn new_place() -> ([u8; 32], String) {
        let name = uuid::Uuid::new_v4().simple().to_string();
        (new_key(), format!("{}/{name}", &name[..2]))
    }

    /// The plain bytes of a file; none: they are gone.
    pub async fn read(&self, row: &AttachmentRow) -> Result<Option<impl Stream<Item = Result<Bytes>> + Unpin + use<>>> {
        let Some(key) = open_key(self.db.keys(), row)? else { return Ok(None) };
        let sealed = self.place.read(&row.store_key).await?;
        let opener = Some(Opener::new(key, row.id));
        let plain = stream::try_unfold((Box::pin(sealed), opener), |(mut sealed, mut opener)| async move {
            loop {
                let Some(opening) = opener.as_mut() else { return Ok(None) };
                let plain = match sealed.try_next().await? {
                    Some(bytes) => opening.push(&bytes),
                    None => opener.take().map_or_else(|| Ok(Vec::new()), Opener::finish),
                };
                let plain = plain.map_err(Problem::internal)?;
                if !plain.is_empty() {
                    return Ok(Some((Bytes::from(plain), (sealed, opener))));
                }
            }
        });
        Ok(Some(Box::pin(plain)))
    }

    /// Takes bytes away that nobody can open any more. What fails is tried again by [`Files::sweep`].
    pub async fn forget(&self, store_key: &str) {
        if let Err(problem) = self.place.remove(store_key).await {
            tracing::warn!(%problem, "the bytes of a file that is gone");
        }
    }

    /// Keeps a file of demonstration on a visit. Its id is made from the visit's, so that the same data have the same files.
    pub(crate) async fn plant_on_visit(&self, visit: Id, unit_id: Id, name: &str, plain: Vec<u8>, fate: Planted) -> Result<()> {
        let mut bytes = *visit.as_bytes();
        bytes[15] ^= 1;
        let id = Id::from_bytes(&bytes).unwrap_or_default();
        let (key, store_key) = Self::new_place();
        let (sha256, size) = (<[u8; 32]>::from(Sha256::digest(&plain)), plain.len() as u64);
        let hex: String = sha256.iter().map(|byte| format!("{byte:02x}")).collect();
        let (kind, cleaning) = (Kind::Text, AttachmentCleaning::Unneeded);
        let prepared = Prepared { kind, cleaning, sha256, original_sha256: sha256, size, plain: Plain::Whole(plain) };
        self.keep(&store_key, id, &key, prepared).await?;
        let details = Details {
            file_name: names::clean(name, kind),
            sha256: hex.clone(),
            original_sha256: hex,
            scan_result: None,
            deleted_reason: None,
        };
        let scans = matches!(fate, Planted::Infected(_) | Planted::Waiting);
        let place = store_key.clone();
        self.db
            .write(Actor::system("demo"), move |tx| {
                let owner = Owner { unit_id, is_watched: false };
                let row = AttachmentRow {
                    id,
                    version: 1,
                    created_at: tx.now(),
                    updated_at: tx.now(),
                    owner_resource: AttachmentOwner::FieldVisits,
                    owner_id: visit,
                    media_type: kind.media_type().to_owned(),
                    size_bytes: i64::try_from(size).map_err(Problem::internal)?,
                    cleaning,
                    status: if scans { AttachmentStatus::Scanning } else { AttachmentStatus::Ready },
                    uploaded_by: None,
                    scanned_at: None,
                    store_key: place.clone(),
                    key_sealed: Some(seal_key(tx.keys(), id, &key)),
                    details_sealed: details.seal(tx.keys(), id)?,
                };
                store::create(tx, &owner, &row, &details)?;
                match fate {
                    Planted::Ready | Planted::Waiting => {}
                    Planted::Infected(found) => drop(store::scanned(tx, id, Some(found))?),
                    Planted::Deleted(reason) => drop(store::delete(tx, &owner, row, true, reason)?),
                }
                Ok(())
            })
            .await?;
        if matches!(fate, Planted::Infected(_) | Planted::Deleted(_)) {
            self.forget(&store_key).await;
        }
        Ok(())
    }

    /// Says that something waits to be scanned.
    pub fn scan_soon(&self) {
        self.waiting.notify_one();
    }

    /// Starts scanning and sweeping, for as long as the service is there.
    pub fn start_background(self: &Arc<Self>, alive: &Weak<()>) {
        if self.scanner.is_some() {
            let (this, alive) = (Arc::downgrade(self), alive.clone());
            actix_web::rt::spawn(async move {
                let mut pause = AGAIN.0;
                while let Some(files) = this.upgrade().filter(|_| alive.strong_count() > 0) {
                    pause = match files.scan_waiting().await {
                        Ok(true) => AGAIN.0,
                        Ok(false) => (pause * 2).min(AGAIN.1),
                        Err(problem) => {
                            tracing::warn!(%problem, "scanning");
                            AGAIN.1
                        }
                    };
                    // Another instance may have taken files, too, so it is looked again in any case.
                    let _ = tokio::time::timeout(pause, files.waiting.notified()).await;
                }
            });
        }
        let (this, alive) = (Arc::downgrade(self), alive.clone());
        actix_web::rt::spawn(async move {
            let mut rounds = tokio::time::interval(SWEEP);
            loop {
                rounds.tick().await;
                let Some(files) = this.upgrade().filter(|_| alive.strong_count() > 0) else { return };
                if let Err(problem) = files.sweep(ORPHANED).await {
                    tracing::warn!(%problem, "looking for bytes without a file");
                }
            }
        });
    }

    /// Asks about the files that wait; whether the scanner could tell of all of them.
    pub async fn scan_waiting(&self) -> Result<bool> {
        let Some(scanner) = &self.scanner else { return Ok(true) };
        let mut all = true;
        let ids = self.db.read(|reader| store::waiting(reader, 100)).await?;
        for id in ids {
            let row = self.db.read(move |reader| store::row(reader, id)).await?;
            let Some(plain) = self.read(&row).await? else { continue };
            let found = match scanner.ask(plain).await {
                Verdict::Clean => None,
                Verdict::Infected(words) => Some(words),
                Verdict::Unknown(why) => {
                    tracing::warn!(attachment = %id, why, "the scanner could not tell");
                    all = false;
                    continue;
                }
            };
            let rejected = found.is_some();
            self.db.write(Actor::system("scan"), move |tx| store::scanned(tx, id, found.as_deref())).await?;
            if rejected {
                self.forget(&row.store_key).await;
            }
        }
        Ok(all)
    }

    /// Takes away bytes that no file has, left by uploads that were killed; how many there were.
    pub async fn sweep(&self, older_than: Duration) -> Result<usize> {
        self.place.remove_halves(older_than);
        let oldest = Instant::from_millis(Instant::now().millis() - i64::try_from(older_than.as_millis()).unwrap_or(i64::MAX));
        let mut found = std::pin::pin!(self.place.all().chunks(BATCH));
        let mut count = 0;
        while let Some(batch) = found.next().await {
            let batch = batch.into_iter().collect::<Result<Vec<_>>>()?;
            let names: Vec<String> =
                batch.into_iter().filter(|it| it.since <= oldest && is_store_key(&it.key)).map(|it| it.key).collect();
            let asked = names.clone();
            let known = self.db.read(move |reader| store::known(reader, &asked)).await?;
            for name in names.iter().filter(|name| !known.contains(name)) {
                self.place.remove(name).await?;
                count += 1;
            }
        }
        if count > 0 {
            tracing::info!(count, "bytes without a file were taken away");
        }
        Ok(count)
    }
}

/// It blocks: for the disk, and for the cleaning.
fn prepare(mut spool: Spool) -> Result<Prepared> {
    let original_sha256 = spool.sha256;
    let mut pieces = spool.pieces()?;
    let first = pieces.next().transpose()?;
    let Some(first) = first else {
        return Err(strip::empty());
    };
    let look = kinds::look(&first)?;
    if look == Look::PerhapsText {
        let mut text = TextCheck::default();
        text.push(&first)?;
        for piece in pieces {
            text.push(&piece?)?;
        }
        text.finish()?;
        let (kind, cleaning, size) = (Kind::Text, AttachmentCleaning::Unneeded, spool.size);
        return Ok(Prepared { kind, cleaning, sha256: original_sha256, original_sha256, size, plain: Plain::Aside(spool) });
    }
    let mut plain = first;
    for piece in pieces {
        plain.extend(piece?);
    }
    let kind = match look {
        Look::Is(kind) => kind,
        _ => strip::kind_of(&plain)?,
    };
    let (plain, cleaning) = kind.strip(plain)?;
    let (sha256, size) = (Sha256::digest(&plain).into(), plain.len() as u64);
    Ok(Prepared { kind, cleaning, sha256, original_sha256, size, plain: Plain::Whole(plain) })
}
