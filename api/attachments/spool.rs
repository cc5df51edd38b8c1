//! The body of an upload, as it comes: counted, hashed, and put aside on disk, sealed with a key that this process alone
//! has and forgets. Nobody's slow line holds memory, and nothing plain is ever written.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom, Write},
    path::Path,
    time::Duration,
};

use actix_web::{
    error::PayloadError,
    web::{Bytes, block},
};
use futures_util::{Stream, StreamExt};
use sha2::{Digest, Sha256};

use super::seal::{Opener, PIECE, Sealer, new_key};
use crate::{
    db::Id,
    http::{Code, Problem, Result},
};

/// How long a sender may be silent, and how long it may take in all: a sender of single bytes would hold its connection for
/// ever.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    pub silence: Duration,
    pub whole: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { silence: Duration::from_secs(30), whole: Duration::from_secs(600) }
    }
}

/// A body that has come whole.
pub struct Spool {
    file: File,
    key: [u8; 32],
    id: Id,
    pub size: u64,
    pub sha256: [u8; 32],
}

impl Spool {
    /// Takes a body of at most `limit` bytes. The file has no name: it is gone with this value, and with the process.
    pub async fn take(
        body: impl Stream<Item = Result<Bytes, PayloadError>> + Unpin,
        limit: u64,
        folder: &Path,
        patience: Patience,
    ) -> Result<Self> {
        tokio::time::timeout(patience.whole, Self::take_all(body, limit, folder, patience.silence))
            .await
            .unwrap_or_else(|_| Err(Problem::new(Code::RequestTimeout)))
    }

    async fn take_all(
        mut body: impl Stream<Item = Result<Bytes, PayloadError>> + Unpin,
        limit: u64,
        folder: &Path,
        silence: Duration,
    ) -> Result<Self> {
        let (key, id) = (new_key(), Id::new());
        let mut file = tempfile::tempfile_in(folder).map_err(no_room)?;
        let (mut sealer, mut hasher, mut size) = (Sealer::new(&key, id), Sha256::new(), 0);
        let mut ready = Vec::new();
        loop {
            let next = tokio::time::timeout(silence, body.next()).await.map_err(|_| Problem::new(Code::RequestTimeout))?;
            let Some(bytes) = next else { break };
            let bytes = bytes.map_err(|_| Problem::new(Code::BadRequest))?;
            size += bytes.len() as u64;
            if size > limit {
                return Err(too_large(limit));
            }
            hasher.update(&bytes);
            ready.extend(sealer.push(&bytes).map_err(Problem::internal)?);
            if ready.len() >= PIECE {
                file = write(file, std::mem::take(&mut ready)).await?;
            }
        }
        ready.extend(sealer.finish().map_err(Problem::internal)?);
        let file = write(file, ready).await?;
        Ok(Self { file, key, id, size, sha256: hasher.finalize().into() })
    }

    /// Its plain bytes from the beginning, in pieces. It blocks for the disk.
    pub fn pieces(&mut self) -> Result<Pieces<'_>> {
        self.file.seek(SeekFrom::Start(0)).map_err(no_room)?;
        Ok(Pieces { file: &mut self.file, opener: Some(Opener::new(self.key, self.id)) })
    }
}

/// The plain bytes of a spool, piece by piece.
pub struct Pieces<'s> {
    file: &'s mut File,
    opener: Option<Opener>,
}

impl Iterator for Pieces<'_> {
    type Item = Result<Vec<u8>>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut read = || -> Result<Option<Vec<u8>>> {
            let mut sealed = vec![0; PIECE];
            loop {
                let Some(opener) = self.opener.as_mut() else { return Ok(None) };
                let count = self.file.read(&mut sealed).map_err(no_room)?;
                let plain = if count == 0 {
                    self.opener.take().map_or_else(|| Ok(Vec::new()), Opener::finish)
                } else {
                    opener.push(&sealed[..count])
                };
                let plain = plain.map_err(Problem::internal)?;
                if !plain.is_empty() {
                    return Ok(Some(plain));
                }
            }
        };
        read().transpose()
    }
}

async fn write(mut file: File, bytes: Vec<u8>) -> Result<File> {
    let written = block(move || file.write_all(&bytes).map(|()| file)).await.map_err(Problem::internal)?;
    written.map_err(no_room)
}

/// There is no room on the disk, or it fails.
#[allow(clippy::needless_pass_by_value)]
fn no_room(error: std::io::Error) -> Problem {
    tracing::error!(%error, "putting an upload aside");
    Problem::new(Code::Unavailable)
}

pub fn too_large(limit: u64) -> Problem {
    let mib = limit.div_ceil(1024 * 1024);
    Problem::say(Code::PayloadTooLarge, format!("Tệp lớn hơn {mib} MiB"), format!("The file is larger than {mib} MiB"))
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    fn body(parts: Vec<&'static [u8]>) -> impl Stream<Item = Result<Bytes, PayloadError>> + Unpin {
        stream::iter(parts.into_iter().map(|part| Ok(Bytes::from_static(part))))
    }

    #[actix_web::test]
    async fn what_came_is_there_again() {
        let folder = tempfile::tempdir().unwrap();
        let part: &'static [u8] = vec![5_u8; 100_000].leak();
        let mut spool = Spool::take(body(vec![part, b"x", part]), 200_001, folder.path(), Patience::default()).await.unwrap();
        let plain: Vec<u8> = spool.pieces().unwrap().flat_map(Result::unwrap).collect();
        assert_eq!(plain, [part, b"x", part].concat());
        assert_eq!((spool.size, spool.sha256), (200_001, Sha256::digest(&plain).into()));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "the file has a name");
        let problem = Spool::take(body(vec![part, b"x", part]), 200_000, folder.path(), Patience::default()).await.err().unwrap();
        assert_eq!(problem.code(), Code::PayloadTooLarge);
    }

    #[actix_web::test]
    async fn what_does_not_come_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let short = Duration::from_millis(20);
        let long = Duration::from_secs(60);
        for patience in [Patience { silence: short, whole: long }, Patience { silence: long, whole: short }] {
            let body = body(vec![b"x"]).chain(stream::pending());
            let problem = Spool::take(body, 10, folder.path(), patience).await.err().unwrap();
            assert_eq!(problem.code(), Code::RequestTimeout);
        }
    }
}
