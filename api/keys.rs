//! The one place keys come from: a master key of the installation, and a key of its own for each purpose.

use std::{fmt, path::Path};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

/// What a derived key is for. One key never serves two purposes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// Personal fields at rest: the citizen number.
    PersonalField,
    /// Keyed hash of the citizen number, for uniqueness and look-up.
    BlindIndex,
    /// Positions in lists, given to clients.
    Cursor,
    /// Before and after of the audit trail.
    AuditChanges,
    /// Private keys that sign tokens.
    SigningKey,
    /// Confirmation of warnings.
    Confirmation,
    /// Stored answers to writes with an Idempotency-Key.
    StoredAnswer,
    /// The links of the audit trail.
    AuditChain,
    /// The constant by which a database knows its key.
    KeyCheck,
    /// Keyed hash of what a caller sent, to know it again.
    Fingerprint,
    /// Texts of cases: what handlers read, results, records, messages.
    CaseText,
    /// What petitioners handed in, as they wrote it.
    CaseOriginal,
    /// Contents of attachments.
    Attachment,
    /// Keyed hash of the PIN that goes with a petition's code.
    CasePin,
}

impl Purpose {
    const ALL: [Self; 14] = [
        Self::PersonalField,
        Self::BlindIndex,
        Self::Cursor,
        Self::AuditChanges,
        Self::SigningKey,
        Self::Confirmation,
        Self::StoredAnswer,
        Self::AuditChain,
        Self::KeyCheck,
        Self::Fingerprint,
        Self::CaseText,
        Self::CaseOriginal,
        Self::Attachment,
        Self::CasePin,
    ];

    const fn info(self) -> &'static [u8] {
        match self {
            Self::PersonalField => b"hoicoso/personal-field/1",
            Self::BlindIndex => b"hoicoso/blind-index/1",
            Self::Cursor => b"hoicoso/cursor/1",
            Self::AuditChanges => b"hoicoso/audit-changes/1",
            Self::SigningKey => b"hoicoso/signing-key/1",
            Self::Confirmation => b"hoicoso/confirmation/1",
            Self::StoredAnswer => b"hoicoso/stored-answer/1",
            Self::AuditChain => b"hoicoso/audit-chain/1",
            Self::KeyCheck => b"hoicoso/key-check/1",
            Self::Fingerprint => b"hoicoso/fingerprint/1",
            Self::CaseText => b"hoicoso/case-text/1",
            Self::CaseOriginal => b"hoicoso/case-original/1",
            Self::Attachment => b"hoicoso/attachment/1",
            Self::CasePin => b"hoicoso/case-pin/1",
        }
    }
}

/// The keys of one installation.
pub struct Keys {
    derived: [[u8; 32]; Purpose::ALL.len()],
    vault: Option<VaultKey>,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(…)")
    }
}

/// A key file is missing, unreadable, or not a key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("a key must be 32 bytes in base64url")]
    NotAKey,
    #[error("the key file {0}: {1}")]
    File(String, std::io::Error),
}

impl Keys {
    /// From a master key of 32 bytes in base64url.
    pub fn from_base64(text: &str) -> Result<Self, KeyError> {
        let master = read_key(text)?;
        let hkdf = Hkdf::<Sha256>::new(None, &master);
        let derived = Purpose::ALL.map(|purpose| {
            let mut key = [0; 32];
            // 32 bytes are always a length that HKDF-SHA-256 can give.
            hkdf.expand(purpose.info(), &mut key).expect("a valid length");
            key
        });
        Ok(Self { derived, vault: None })
    }

    /// The same with the key of the identity vault, where there is one.
    #[must_use]
    pub fn with_vault(mut self, vault: Option<VaultKey>) -> Self {
        self.vault = vault;
        self
    }

    /// The key of the identity vault; none: this installation keeps no identities.
    pub const fn vault(&self) -> Option<&VaultKey> {
        self.vault.as_ref()
    }

    /// From a file.
    pub fn from_file(path: &Path) -> Result<Self, KeyError> {
        Self::from_base64(&read_secret(path)?)
    }

    /// A new random key, in a new file that its owner alone can read.
    pub fn make_file(path: &Path) -> Result<Self, KeyError> {
        let text = URL_SAFE_NO_PAD.encode(random_bytes::<32>());
        write_secret(path, &text).map_err(|error| KeyError::File(path.display().to_string(), error))?;
        Self::from_base64(&text)
    }

    const fn key(&self, purpose: Purpose) -> &[u8; 32] {
        &self.derived[purpose as usize]
    }

    /// Encrypts and authenticates; `bound_to` (a row's id, say) must be given again to open it, so that a sealed
    /// value cannot be moved to another row.
    pub fn seal(&self, purpose: Purpose, plain: &[u8], bound_to: &[u8]) -> Vec<u8> {
        seal_with(self.key(purpose), plain, bound_to)
    }

    /// The plain bytes, or nothing when the value was changed, moved, or sealed with another key.
    pub fn open(&self, purpose: Purpose, sealed: &[u8], bound_to: &[u8]) -> Option<Vec<u8>> {
        open_with(self.key(purpose), sealed, bound_to)
    }

    /// A keyed hash, equal for equal input, telling nothing without the key.
    pub fn mac(&self, purpose: Purpose, data: &[u8]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key(purpose)).expect("HMAC takes keys of any length");
        mac.update(data);
        mac.finalize().into_bytes().into()
    }
}

/// The key of the identity vault. It is not derived from the master key: whoever has the database and the master key still
/// cannot read who denounced whom, and the two files can be kept by two people.
pub struct VaultKey([u8; 32]);

impl fmt::Debug for VaultKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VaultKey(…)")
    }
}

impl VaultKey {
    /// From 32 bytes in base64url.
    pub fn from_base64(text: &str) -> Result<Self, KeyError> {
        read_key(text).map(Self)
    }

    /// From a file.
    pub fn from_file(path: &Path) -> Result<Self, KeyError> {
        Self::from_base64(&read_secret(path)?)
    }

    /// A new random key, in a new file that its owner alone can read.
    pub fn make_file(path: &Path) -> Result<Self, KeyError> {
        let text = URL_SAFE_NO_PAD.encode(random_bytes::<32>());
        write_secret(path, &text).map_err(|error| KeyError::File(path.display().to_string(), error))?;
        Self::from_base64(&text)
    }

    /// As [`Keys::seal`].
    pub fn seal(&self, plain: &[u8], bound_to: &[u8]) -> Vec<u8> {
        seal_with(&self.0, plain, bound_to)
    }

    /// As [`Keys::open`].
    pub fn open(&self, sealed: &[u8], bound_to: &[u8]) -> Option<Vec<u8>> {
        open_with(&self.0, sealed, bound_to)
    }
}

/// Encrypts and authenticates with a key; the nonce stands in front.
pub fn seal_with(key: &[u8; 32], plain: &[u8], bound_to: &[u8]) -> Vec<u8> {
    let nonce = random_bytes::<24>();
    let sealed = XChaCha20Poly1305::new(key.into())
        .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: bound_to })
        .expect("a message far below the cipher's limit of 256 GiB");
    [nonce.as_slice(), &sealed].concat()
}

/// What [`seal_with`] sealed with this key for this place; nothing for anything else.
pub fn open_with(key: &[u8; 32], sealed: &[u8], bound_to: &[u8]) -> Option<Vec<u8>> {
    let (nonce, text) = sealed.split_at_checked(24)?;
    let nonce: [u8; 24] = nonce.try_into().ok()?;
    XChaCha20Poly1305::new(key.into()).decrypt(&XNonce::from(nonce), Payload { msg: text, aad: bound_to }).ok()
}

/// SHA-256 over parts, each with its length before it, so that no two lists of parts are alike.
pub fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// Bytes from the operating system's generator (through a thread's own, reseeded one).
pub fn random_bytes<const N: usize>() -> [u8; N] {
    rand::random()
}

/// A random secret of 256 bits for clients and refresh tokens, 43 characters that need no escaping anywhere.
pub fn random_secret() -> String {
    URL_SAFE_NO_PAD.encode(random_bytes::<32>())
}

fn read_key(text: &str) -> Result<[u8; 32], KeyError> {
    let bytes = URL_SAFE_NO_PAD.decode(text.trim().trim_end_matches('=')).map_err(|_| KeyError::NotAKey)?;
    bytes.try_into().map_err(|_| KeyError::NotAKey)
}

fn read_secret(path: &Path) -> Result<String, KeyError> {
    let text = std::fs::read_to_string(path).map_err(|error| KeyError::File(path.display().to_string(), error))?;
    #[cfg(unix)]
    if let Ok(facts) = std::fs::metadata(path)
        && std::os::unix::fs::MetadataExt::mode(&facts) & 0o077 != 0
    {
        tracing::warn!(file = %path.display(), "others can read this key file: chmod 600");
    }
    Ok(text)
}

fn write_secret(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_only_in_its_place_and_for_its_purpose() {
        let keys = Keys::from_base64(&URL_SAFE_NO_PAD.encode([7; 32])).unwrap();
        let sealed = keys.seal(Purpose::PersonalField, b"056190000001", b"row 1");
        assert_eq!(keys.open(Purpose::PersonalField, &sealed, b"row 1").unwrap(), b"056190000001");
        assert_eq!(keys.open(Purpose::PersonalField, &sealed, b"row 2"), None);
        assert_eq!(keys.open(Purpose::Cursor, &sealed, b"row 1"), None);
        assert_eq!(keys.open(Purpose::PersonalField, &sealed[..10], b"row 1"), None);
    }

    #[test]
    fn a_digest_tells_where_parts_end() {
        assert_ne!(digest(&[b"ab", b"c"]), digest(&[b"a", b"bc"]));
    }
}
