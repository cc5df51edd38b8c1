//! Where the bytes of files stand: a folder of this machine, or any S3-compatible store.

use std::{
    path::{Path as FilePath, PathBuf},
    sync::Arc,
    time::Duration,
};

use actix_web::web::Bytes;
use futures_util::{Stream, StreamExt, TryStreamExt};
use object_store::{
    BackoffConfig, ClientOptions, ObjectStore, ObjectStoreExt, RetryConfig, aws::AmazonS3Builder, buffered::BufWriter,
    local::LocalFileSystem, path::Path,
};
use tokio::io::AsyncWriteExt;

use crate::{
    config::Config,
    db::Instant,
    http::{Code, Problem, Result},
};

/// Parts of this size are sent to the store; S3 takes none that is smaller.
const PART: usize = 5 * 1024 * 1024;

/// The store of files.
#[derive(Clone, Debug)]
pub struct Place {
    store: Arc<dyn ObjectStore>,
    prefix: Path,
    /// The folder, if it is one.
    folder: Option<PathBuf>,
}

/// A file that was found in the store.
pub struct Found {
    pub key: String,
    pub since: Instant,
}

impl Place {
    pub fn open(config: &Config) -> Result<Self> {
        let (store, prefix, folder): (Arc<dyn ObjectStore>, Path, Option<PathBuf>) =
            if let Some(folder) = config.attachments_folder() {
                make_private(&folder)?;
                let store = LocalFileSystem::new_with_prefix(&folder).map_err(cannot)?;
                // What was acknowledged is there after a power cut: file and folder are flushed before the row is written.
                (Arc::new(store.with_fsync(true)), Path::default(), Some(folder))
            } else {
                let rest = config.attachments.trim_start_matches("s3://");
                let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
                (Arc::new(s3(config, bucket)?), Path::parse(prefix.trim_matches('/')).map_err(cannot)?, None)
            };
        Ok(Self { store, prefix, folder })
    }

    /// The folder in which files stand, unless they stand elsewhere.
    pub fn folder(&self) -> Option<&FilePath> {
        self.folder.as_deref()
    }

    fn path(&self, key: &str) -> Path {
        key.split('/').fold(self.prefix.clone(), |path, part| path.join(part))
    }

    /// Somewhere to write a file, which is there once [`Writing::finish`] says so.
    pub fn write(&self, key: &str) -> Writing {
        Writing(BufWriter::with_capacity(self.store.clone(), self.path(key), PART).with_max_concurrency(2))
    }

    /// The sealed bytes of a file.
    pub async fn read(&self, key: &str) -> Result<impl Stream<Item = Result<Bytes>> + use<>> {
        let found = self.store.get(&self.path(key)).await.map_err(unreachable)?;
        Ok(found.into_stream().map_err(unreachable))
    }

    /// Takes a file away; that it is not there is right, too.
    pub async fn remove(&self, key: &str) -> Result<()> {
        match self.store.delete(&self.path(key)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(unreachable(error)),
        }
    }

    /// Every file that is there.
    pub fn all(&self) -> impl Stream<Item = Result<Found>> + use<> {
        let depth = self.prefix.parts().count();
        let prefix = (depth > 0).then_some(&self.prefix);
        self.store.list(prefix).map(move |found| {
            let found = found.map_err(unreachable)?;
            let key = found.location.parts().skip(depth).map(|part| part.as_ref().to_owned()).collect::<Vec<_>>().join("/");
            Ok(Found { key, since: Instant::from_millis(found.last_modified.timestamp_millis()) })
        })
    }

    /// Takes away what an upload that was killed has left half written in a folder: not a file yet, so not in [`Place::all`].
    /// (In an S3 store that is what its own rule for incomplete uploads is for.)
    pub fn remove_halves(&self, older_than: Duration) {
        let folders = self.folder.iter().flat_map(|folder| std::fs::read_dir(folder).into_iter().flatten().flatten());
        let files = folders.flat_map(|folder| std::fs::read_dir(folder.path()).into_iter().flatten().flatten());
        for file in files.filter(|file| file.file_name().to_string_lossy().contains('#')) {
            let age = file.metadata().and_then(|facts| facts.modified()).ok().and_then(|since| since.elapsed().ok());
            if age.is_some_and(|age| age >= older_than) {
                let _ = std::fs::remove_file(file.path());
            }
        }
    }
}

/// Whether this may be the name of a file of ours in the store: two letters, a slash, and a name that begins with them.
/// Nothing else is taken away from a store, or written into one out of a backup.
pub(crate) fn is_store_key(name: &str) -> bool {
    let hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    name.split_once('/').is_some_and(|(below, name)| below.len() == 2 && name.len() == 32 && name.starts_with(below) && hex(name))
}

/// A file that is being written.
pub struct Writing(BufWriter);

impl Writing {
    pub async fn put(&mut self, sealed: Vec<u8>) -> Result<()> {
        if sealed.is_empty() { Ok(()) } else { self.0.put(sealed.into()).await.map_err(unreachable) }
    }

    /// When this is done, the file is there and stays.
    pub async fn finish(mut self) -> Result<()> {
        self.0.shutdown().await.map_err(unreachable)
    }

    pub async fn abort(mut self) {
        if let Err(error) = self.0.abort().await {
            tracing::warn!(%error, "an upload could not be taken back");
        }
    }
}

fn s3(config: &Config, bucket: &str) -> Result<object_store::aws::AmazonS3> {
    let client = ClientOptions::new().with_connect_timeout(Duration::from_secs(5)).with_timeout(Duration::from_secs(60));
    let patience = RetryConfig {
        backoff: BackoffConfig { max_backoff: Duration::from_secs(2), ..BackoffConfig::default() },
        max_retries: 3,
        retry_timeout: Duration::from_secs(20),
    };
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(bucket)
        .with_region(&config.attachments_region)
        .with_client_options(client)
        .with_retry(patience);
    if !config.attachments_endpoint.is_empty() {
        let plain = config.attachments_endpoint.starts_with("http://");
        builder = builder.with_endpoint(&config.attachments_endpoint).with_allow_http(plain);
    }
    if !config.attachments_access_key.is_empty() {
        builder = builder
            .with_access_key_id(&config.attachments_access_key)
            .with_secret_access_key(config.attachments_secret_key.reveal());
    }
    builder.build().map_err(cannot)
}

/// A folder that its owner alone can enter.
fn make_private(folder: &FilePath) -> Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(cannot)
}

fn cannot(error: impl std::fmt::Display) -> Problem {
    Problem::say(
        Code::Unavailable,
        format!("Kho tệp đính kèm không dùng được: {error}"),
        format!("The store of attachments cannot be used: {error}"),
    )
}

/// The store does not answer, or a file that must be there is not.
fn unreachable(error: impl std::fmt::Display) -> Problem {
    tracing::error!(%error, "the store of attachments");
    Problem::say(Code::Unavailable, "Kho tệp đính kèm đang không truy cập được", "The store of attachments cannot be reached now")
}
