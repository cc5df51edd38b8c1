//! The keys that sign access tokens: Ed25519, in the database, the private half sealed with the master key.
//!
//! One key signs; those it replaced still verify until the last token they signed has run out, so that a rotation
//! signs nobody out. Then their private half is already gone: it is wiped when a key retires.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use diesel::{ExpressionMethods, Insertable, QueryDsl, Queryable, Selectable, SelectableHelper};
use jsonwebtoken::{DecodingKey, EncodingKey};
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{
    state::Epoch,
    well_known::{Jwk, JwkSet},
};
use crate::{
    db::{Change, Id, Instant, Reader, Tx, schema::signing_keys},
    http::{Problem, Result},
    keys::{Keys, Purpose},
};

/// The one algorithm that we sign with and that our own tokens are taken with.
pub(super) const ALGORITHM: &str = "EdDSA";

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = signing_keys)]
struct Row {
    kid: String,
    algorithm: String,
    public_key: Vec<u8>,
    private_key_sealed: Vec<u8>,
    created_at: Instant,
    retired_at: Option<Instant>,
    expires_at: Option<Instant>,
}

/// A key of the ring.
struct Key {
    kid: String,
    public_key: Vec<u8>,
    verify: DecodingKey,
    sign: Option<EncodingKey>,
    expires_at: Option<Instant>,
}

/// All keys that still verify, in memory.
pub(super) struct KeyRing(Vec<Key>);

impl KeyRing {
    /// Reads the keys; the youngest that is not retired signs.
    pub(super) fn load(reader: &mut Reader<'_>, keys: &Keys) -> Result<Self> {
        let rows: Vec<Row> = reader.load(
            signing_keys::table.order((signing_keys::created_at.desc(), signing_keys::kid.desc())).select(Row::as_select()),
        )?;
        let now = Instant::now();
        rows.into_iter()
            .filter(|row| row.expires_at.is_none_or(|end| end > now))
            .map(|row| {
                let sign = match row.retired_at {
                    Some(_) => None,
                    None => {
                        let pkcs8 = keys
                            .open(Purpose::SigningKey, &row.private_key_sealed, row.kid.as_bytes())
                            .ok_or_else(|| Problem::internal("a signing key was sealed with another master key"))?;
                        Some(EncodingKey::from_ed_der(&pkcs8))
                    }
                };
                let verify = DecodingKey::from_ed_der(&row.public_key);
                Ok(Key { kid: row.kid, public_key: row.public_key, verify, sign, expires_at: row.expires_at })
            })
            .collect::<Result<Vec<_>>>()
            .map(Self)
    }

    /// The key that signs, and its id.
    pub(super) fn signing(&self) -> Option<(&str, &EncodingKey)> {
        self.0.iter().find_map(|key| Some((key.kid.as_str(), key.sign.as_ref()?)))
    }

    pub(super) fn verifying(&self, kid: &str) -> Option<&DecodingKey> {
        let now = Instant::now();
        self.0.iter().find(|key| key.kid == kid && key.expires_at.is_none_or(|end| end > now)).map(|key| &key.verify)
    }

    /// The public halves as a JSON Web Key Set (RFC 7517, RFC 8037).
    pub(super) fn jwks(&self) -> JwkSet {
        let now = Instant::now();
        let keys = self
            .0
            .iter()
            .filter(|key| key.expires_at.is_none_or(|end| end > now))
            .map(|key| Jwk {
                kty: "OKP",
                crv: "Ed25519",
                r#use: "sig",
                alg: ALGORITHM,
                kid: key.kid.clone(),
                x: URL_SAFE_NO_PAD.encode(&key.public_key),
            })
            .collect();
        JwkSet { keys }
    }
}

/// Makes the first key, if there is none that signs.
pub(super) fn ensure(tx: &mut Tx<'_>) -> Result<()> {
    let signing: Vec<String> =
        tx.read().load(signing_keys::table.filter(signing_keys::retired_at.is_null()).select(signing_keys::kid))?;
    if signing.is_empty() {
        make(tx)?;
    }
    Ok(())
}

/// A new key signs from now on; the old ones verify for `tokens_live` seconds more, with five minutes to spare.
/// The id of the new key comes back.
pub(super) fn rotate(tx: &mut Tx<'_>, epoch: &Epoch, tokens_live: i64) -> Result<String> {
    epoch.raise(tx)?;
    let now = tx.now();
    let kid = make(tx)?;
    let old = signing_keys::table.filter(signing_keys::retired_at.is_null()).filter(signing_keys::kid.ne(kid.clone()));
    tx.execute(diesel::update(old).set((
        signing_keys::retired_at.eq(now),
        signing_keys::expires_at.eq(now.plus_seconds(tokens_live + 300)),
        signing_keys::private_key_sealed.eq(Vec::<u8>::new()),
    )))?;
    Ok(kid)
}

fn make(tx: &mut Tx<'_>) -> Result<String> {
    let failed = |_| Problem::internal("no Ed25519 key could be made");
    let pair = Ed25519KeyPair::generate().map_err(failed)?;
    let pkcs8 = pair.to_pkcs8v1().map_err(failed)?;
    let public_key = pair.public_key().as_ref().to_vec();
    let kid = thumbprint(&public_key);
    let row = Row {
        private_key_sealed: tx.keys().seal(Purpose::SigningKey, pkcs8.as_ref(), kid.as_bytes()),
        kid: kid.clone(),
        algorithm: ALGORITHM.into(),
        public_key,
        created_at: tx.now(),
        retired_at: None,
        expires_at: None,
    };
    tx.record(Change::new("create", "signing_keys", Id::nil(), 1).after(&json!({ "kid": kid, "algorithm": ALGORITHM })));
    tx.execute(diesel::insert_into(signing_keys::table).values(&row))?;
    Ok(kid)
}

/// The key's name: its thumbprint (RFC 7638), so that equal keys have equal names.
fn thumbprint(public_key: &[u8]) -> String {
    let text = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, URL_SAFE_NO_PAD.encode(public_key));
    URL_SAFE_NO_PAD.encode(Sha256::digest(text.as_bytes()))
}

/// A key, as the command line lists it.
#[derive(Clone, Debug, Serialize)]
pub struct KeyInfo {
    pub kid: String,
    pub algorithm: String,
    pub created_at: Instant,
    /// Since then it signs no more.
    pub retired_at: Option<Instant>,
    /// From then on it verifies no more.
    pub expires_at: Option<Instant>,
}

/// All keys, the youngest first.
pub(super) fn list(reader: &mut Reader<'_>) -> Result<Vec<KeyInfo>> {
    let rows: Vec<Row> = reader.load(signing_keys::table.order(signing_keys::created_at.desc()).select(Row::as_select()))?;
    Ok(rows
        .into_iter()
        .map(|row| KeyInfo {
            kid: row.kid,
            algorithm: row.algorithm,
            created_at: row.created_at,
            retired_at: row.retired_at,
            expires_at: row.expires_at,
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_key_is_its_thumbprint() {
        // RFC 8037, appendix A.3.
        let x = URL_SAFE_NO_PAD.decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").unwrap();
        assert_eq!(thumbprint(&x), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }
}
