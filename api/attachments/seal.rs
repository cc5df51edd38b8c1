//! Files at rest: sealed in pieces of 64 KiB as they come, so that no file is ever whole in memory for it.
//!
//! The construction is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015) over XChaCha20-Poly1305: each piece is bound to
//! its place, to whether it is the last, and to the file. A file that was cut off, reordered, or put in the place of
//! another does not open. Each file has a key of its own; without it (see `key_sealed` of the row) nothing is left.

use aead_stream::{DecryptorBE32, EncryptorBE32};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, aead::Payload};

use crate::{db::Id, keys::random_bytes};

/// Plain bytes of a piece.
pub const PIECE: usize = 64 * 1024;
/// The same sealed, with its tag.
const SEALED: usize = PIECE + 16;
/// What a sealed file begins with: the format, then the nonce that all pieces share.
const MAGIC: &[u8; 4] = b"HCA1";
const NONCE: usize = 19;

/// It was changed, cut off, moved, or sealed with another key.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a sealed file does not open")]
pub struct Broken;

/// A random key for one file.
pub fn new_key() -> [u8; 32] {
    random_bytes()
}

/// Seals one file.
pub struct Sealer {
    stream: EncryptorBE32<XChaCha20Poly1305>,
    bound_to: Id,
    /// What does not fill a piece yet; the last piece is only known at the end.
    pending: Vec<u8>,
    begun: Option<[u8; NONCE]>,
}

impl Sealer {
    pub fn new(key: &[u8; 32], bound_to: Id) -> Self {
        let nonce = random_bytes::<NONCE>();
        let stream = EncryptorBE32::from_aead(XChaCha20Poly1305::new(key.into()), &nonce.into());
        Self { stream, bound_to, pending: Vec::with_capacity(PIECE), begun: Some(nonce) }
    }

    fn begin(&mut self) -> Vec<u8> {
        self.begun.take().map_or_else(Vec::new, |nonce| [MAGIC.as_slice(), &nonce].concat())
    }

    /// What can be written after these bytes; often nothing yet.
    pub fn push(&mut self, mut plain: &[u8]) -> Result<Vec<u8>, Broken> {
        let mut out = self.begin();
        while !plain.is_empty() {
            if self.pending.len() == PIECE {
                let piece = Payload { msg: &self.pending, aad: self.bound_to.as_bytes() };
                out.extend(self.stream.encrypt_next(piece).map_err(|_| Broken)?);
                self.pending.clear();
            }
            let (now, later) = plain.split_at(plain.len().min(PIECE - self.pending.len()));
            self.pending.extend_from_slice(now);
            plain = later;
        }
        Ok(out)
    }

    /// The last piece.
    pub fn finish(mut self) -> Result<Vec<u8>, Broken> {
        let mut out = self.begin();
        let piece = Payload { msg: &self.pending, aad: self.bound_to.as_bytes() };
        out.extend(self.stream.encrypt_last(piece).map_err(|_| Broken)?);
        Ok(out)
    }
}

/// Opens one file.
pub struct Opener {
    key: [u8; 32],
    bound_to: Id,
    stream: Option<DecryptorBE32<XChaCha20Poly1305>>,
    pending: Vec<u8>,
}

impl Opener {
    pub const fn new(key: [u8; 32], bound_to: Id) -> Self {
        Self { key, bound_to, stream: None, pending: Vec::new() }
    }

    /// What these bytes open; a piece opens once more than it has come, since the last one is sealed as such.
    pub fn push(&mut self, sealed: &[u8]) -> Result<Vec<u8>, Broken> {
        self.pending.extend_from_slice(sealed);
        let head = MAGIC.len() + NONCE;
        if self.stream.is_none() {
            if self.pending.len() < head {
                return Ok(Vec::new());
            }
            let nonce: [u8; NONCE] = self.pending[MAGIC.len()..head].try_into().map_err(|_| Broken)?;
            if !self.pending.starts_with(MAGIC) {
                return Err(Broken);
            }
            self.stream = Some(DecryptorBE32::from_aead(XChaCha20Poly1305::new(&self.key.into()), &nonce.into()));
            self.pending.drain(..head);
        }
        let (mut out, mut from) = (Vec::new(), 0);
        while let Some(stream) = self.stream.as_mut()
            && self.pending.len() - from > SEALED
        {
            let piece = Payload { msg: &self.pending[from..from + SEALED], aad: self.bound_to.as_bytes() };
            out.extend(stream.decrypt_next(piece).map_err(|_| Broken)?);
            from += SEALED;
        }
        self.pending.drain(..from);
        Ok(out)
    }

    /// The last piece.
    pub fn finish(self) -> Result<Vec<u8>, Broken> {
        let piece = Payload { msg: &self.pending, aad: self.bound_to.as_bytes() };
        self.stream.ok_or(Broken)?.decrypt_last(piece).map_err(|_| Broken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(key: &[u8; 32], id: Id, plain: &[u8], step: usize) -> Vec<u8> {
        let mut sealer = Sealer::new(key, id);
        let mut out: Vec<u8> = plain.chunks(step).flat_map(|part| sealer.push(part).unwrap()).collect();
        out.extend(sealer.finish().unwrap());
        out
    }

    fn opened(key: &[u8; 32], id: Id, sealed: &[u8], step: usize) -> Result<Vec<u8>, Broken> {
        let mut opener = Opener::new(*key, id);
        let mut out = Vec::new();
        for part in sealed.chunks(step) {
            out.extend(opener.push(part)?);
        }
        out.extend(opener.finish()?);
        Ok(out)
    }

    #[test]
    fn what_is_sealed_opens_however_it_comes() {
        let (key, id) = (new_key(), Id::new());
        for size in [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 777] {
            let plain: Vec<u8> = (0..size).map(|place| (place % 251) as u8).collect();
            for step in [997, PIECE, PIECE + 16, 1 << 20] {
                let sealed = sealed(&key, id, &plain, step);
                assert_eq!(opened(&key, id, &sealed, step).as_ref(), Ok(&plain), "{size} by {step}");
                assert_eq!(sealed.len(), 23 + size + 16 * size.div_ceil(PIECE).max(1));
            }
        }
    }

    #[test]
    fn what_was_tampered_with_does_not() {
        let (key, id) = (new_key(), Id::new());
        let plain = vec![7; 3 * PIECE + 5];
        let whole = sealed(&key, id, &plain, PIECE);
        let open = |bytes: &[u8]| opened(&key, id, bytes, 4096);
        assert_eq!(open(&whole).as_ref(), Ok(&plain));
        for cut in [0, 3, 22, 23, 23 + SEALED, 23 + 2 * SEALED, 23 + 3 * SEALED, whole.len() - 1] {
            assert_eq!(open(&whole[..cut]), Err(Broken), "cut off at {cut}");
        }
        let (first, second) = (23..23 + SEALED, 23 + SEALED..23 + 2 * SEALED);
        let mut swapped = whole.clone();
        let (one, two) = (whole[first.clone()].to_vec(), whole[second.clone()].to_vec());
        swapped[first.clone()].copy_from_slice(&two);
        swapped[second].copy_from_slice(&one);
        assert_eq!(open(&swapped), Err(Broken), "reordered");
        let without = [&whole[..23], &whole[first.end..]].concat();
        assert_eq!(open(&without), Err(Broken), "a piece is missing");
        assert_eq!(open(&[whole.as_slice(), b"x"].concat()), Err(Broken), "something was added");
        for place in [0, 10, 100, whole.len() - 1] {
            let mut changed = whole.clone();
            changed[place] ^= 1;
            assert_eq!(open(&changed), Err(Broken), "changed at {place}");
        }
        assert_eq!(opened(&key, Id::new(), &whole, 4096), Err(Broken), "of another file");
        assert_eq!(opened(&new_key(), id, &whole, 4096), Err(Broken), "by another key");
    }
}
