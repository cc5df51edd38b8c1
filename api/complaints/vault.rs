//! The vault: who denounced, sealed so that neither the database nor the master key opens it (domain guide 6.4.4).
//!
//! An envelope: each identity has a random key of its own, and that key is wrapped by the key of the vault
//! (`vault_key_file`), which stands in no database and is not derived from the master key. Both layers are bound to the
//! party, so that nothing can be moved to another case. Turning to a new key wraps the data keys anew and opens nobody.
//!
//! An identity is written once, at intake, and read in three places only: by `disclosures.rs`, with a second person's
//! consent, by `lint.rs`, which answers yes or no, and by `retaliation.rs`, which alerts without a name. Nothing is searched by it, so nothing of it stands in an index.

use std::fmt;

use diesel::{ExpressionMethods, QueryDsl};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::tokens;
use crate::{
    db::{
        Actor, Change, Db, Id, Reader, Tx, change_vault_mark, check_vault_still,
        schema::{complaint_identities, complaint_parties},
    },
    http::{Problem, Result},
    keys::{Keys, VaultKey, open_with, random_bytes, seal_with},
};

/// Who hands in a petition.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PetitionerIdentity {
    #[validate(length(min = 1, max = 120))]
    #[schema(min_length = 1, max_length = 120, example = "Trịnh Thị Ngọc Sương")]
    pub full_name: String,
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300, example = "Số 12, đường Cây Bàng, phường Vĩnh Hải")]
    pub address: Option<String>,
    /// As she writes it.
    #[validate(length(min = 1, max = 40))]
    #[schema(min_length = 1, max_length = 40, example = "0905 123 456")]
    pub phone: Option<String>,
    /// Number of the citizen card.
    #[validate(length(min = 1, max = 20))]
    #[schema(min_length = 1, max_length = 20, example = "056190000001")]
    pub national_id: Option<String>,
    /// What else tells who she is, or how to reach her in safety.
    #[validate(length(min = 1, max = 1000))]
    #[schema(min_length = 1, max_length = 1000, example = "Chỉ gọi sau 19 giờ")]
    pub note: Option<String>,
}

/// Never into a log.
impl fmt::Debug for PetitionerIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PetitionerIdentity(…)")
    }
}

/// What the vault holds of a party.
#[derive(Serialize, Deserialize)]
pub(super) struct Held {
    pub identity: PetitionerIdentity,
    /// The petition word for word, where it told who wrote it; the case has it without that.
    pub text: Option<String>,
}

/// Lengths tell names apart, too: what is sealed is filled up to a multiple of this.
const BLOCK: usize = 512;

fn bound(layer: &str, party_id: Id) -> Vec<u8> {
    [b"hoicoso/vault/1/", layer.as_bytes(), b"/", party_id.as_bytes()].concat()
}

/// A sealed identity: the data key under the vault's key, and the identity under the data key.
struct Envelope {
    wrapped_key: Vec<u8>,
    sealed: Vec<u8>,
}

impl Envelope {
    fn seal(vault: &VaultKey, party_id: Id, held: &Held) -> Result<Self> {
        let mut plain = serde_json::to_vec(held).map_err(Problem::internal)?;
        // White space after JSON is JSON.
        plain.resize(plain.len().next_multiple_of(BLOCK), b' ');
        let key = random_bytes::<32>();
        Ok(Self {
            wrapped_key: vault.seal(&key, &bound("key", party_id)),
            sealed: seal_with(&key, &plain, &bound("identity", party_id)),
        })
    }

    fn open(&self, vault: &VaultKey, party_id: Id) -> Option<Held> {
        let key: [u8; 32] = vault.open(&self.wrapped_key, &bound("key", party_id))?.try_into().ok()?;
        serde_json::from_slice(&open_with(&key, &self.sealed, &bound("identity", party_id))?).ok()
    }
}

/// 422 where custody `vault` is asked for and this installation has no vault.
pub(super) fn require(keys: &Keys, pointer: &str) -> Result<()> {
    match keys.vault() {
        Some(_) => Ok(()),
        None => Err(Problem::field(
            pointer,
            "vault_not_configured",
            "Hệ thống này không có két danh tính: giữ danh tính trong phong bì niêm phong",
            "This installation has no vault of identities: keep the identity on sealed paper",
        )),
    }
}

/// People sign what they write. What tells of the petitioner goes with her into the vault; the case has the rest.
pub(super) fn apart(petitioner: Option<&PetitionerIdentity>, text: &str) -> (String, Option<Held>) {
    let Some(identity) = petitioner else { return (text.to_owned(), None) };
    let rest = tokens::redacted(std::slice::from_ref(identity), text);
    let told = (rest != text).then(|| text.to_owned());
    (rest, Some(Held { identity: identity.clone(), text: told }))
}

/// Seals who a party is. The intake has recorded its change before.
pub(super) fn keep(tx: &mut Tx<'_>, case_id: Id, party_id: Id, held: &Held) -> Result<()> {
    require(tx.keys(), "/petitioner")?;
    check_vault_still(tx)?;
    let Some(vault) = tx.keys().vault() else { return Err(Problem::internal("no vault")) };
    let envelope = Envelope::seal(vault, party_id, held)?;
    tx.execute(diesel::insert_into(complaint_identities::table).values((
        complaint_identities::party_id.eq(party_id),
        complaint_identities::complaint_id.eq(case_id),
        complaint_identities::wrapped_key.eq(envelope.wrapped_key),
        complaint_identities::sealed.eq(envelope.sealed),
    )))?;
    Ok(())
}

type Row = (Id, Vec<u8>, Vec<u8>);

fn unsealed(keys: &Keys, (party_id, wrapped_key, sealed): Row) -> Result<Held> {
    // Not a failure of the caller's: without the key nothing is shown, and nothing is checked against it.
    let vault = keys.vault().ok_or_else(|| {
        Problem::say(
            crate::http::Code::Unavailable,
            "Két danh tính đang khóa: chưa có vault_key_file",
            "The vault of identities is locked: vault_key_file is not set",
        )
    })?;
    let opened = Envelope { wrapped_key, sealed }.open(vault, party_id);
    opened.ok_or_else(|| Problem::internal("an identity does not open"))
}

/// Who a party is; 404 when the vault does not hold it.
pub(super) fn open(tx: &mut Tx<'_>, party_id: Id) -> Result<Held> {
    let row: Row = tx.read().one(complaint_identities::table.find(party_id).select((
        complaint_identities::party_id,
        complaint_identities::wrapped_key,
        complaint_identities::sealed,
    )))?;
    unsealed(tx.keys(), row)
}

/// Whether the vault holds who this party is.
pub(super) fn holds(reader: &mut Reader<'_>, party_id: Id) -> Result<bool> {
    let found: Option<Id> = reader.optional(complaint_identities::table.find(party_id).select(complaint_identities::party_id))?;
    Ok(found.is_some())
}

fn rows_of(reader: &mut Reader<'_>, case_id: Id) -> Result<Vec<Row>> {
    reader.load(complaint_identities::table.filter(complaint_identities::complaint_id.eq(case_id)).select((
        complaint_identities::party_id,
        complaint_identities::wrapped_key,
        complaint_identities::sealed,
    )))
}

/// Everybody the vault holds of a case; for comparison only.
pub(super) fn all_of(reader: &mut Reader<'_>, keys: &Keys, case_id: Id) -> Result<Vec<PetitionerIdentity>> {
    rows_of(reader, case_id)?.into_iter().map(|row| Ok(unsealed(keys, row)?.identity)).collect()
}

/// The same in the middle of a write.
pub(super) fn all_in(tx: &mut Tx<'_>, case_id: Id) -> Result<Vec<PetitionerIdentity>> {
    let rows = rows_of(&mut tx.read(), case_id)?;
    rows.into_iter().map(|row| Ok(unsealed(tx.keys(), row)?.identity)).collect()
}

/// The party of a case with this number; none: there is none.
pub(super) fn party(reader: &mut Reader<'_>, case_id: Id, ordinal: i64) -> Result<Option<Id>> {
    reader.optional(
        complaint_parties::table
            .filter(complaint_parties::complaint_id.eq(case_id))
            .filter(complaint_parties::ordinal.eq(ordinal))
            .select(complaint_parties::id),
    )
}

/// Wraps every data key under a new key; how many there were.
pub async fn rotate(db: &Db, new: VaultKey) -> Result<usize> {
    db.write(Actor::system("vault"), move |tx| {
        check_vault_still(tx)?;
        let rows: Vec<(Id, Vec<u8>)> = tx
            .read()
            .load(complaint_identities::table.select((complaint_identities::party_id, complaint_identities::wrapped_key)))?;
        tx.record(Change::new("rotate_vault_key", "complaint_identities", Id::nil(), 0));
        for (party_id, wrapped) in &rows {
            let bound = bound("key", *party_id);
            let key = tx.keys().vault().and_then(|vault| vault.open(wrapped, &bound));
            let key = key.ok_or_else(|| Problem::internal("a data key does not open"))?;
            tx.execute(
                diesel::update(complaint_identities::table.find(*party_id))
                    .set(complaint_identities::wrapped_key.eq(new.seal(&key, &bound))),
            )?;
        }
        change_vault_mark(tx, &new)?;
        Ok(rows.len())
    })
    .await
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

    use super::*;

    fn key(byte: u8) -> VaultKey {
        VaultKey::from_base64(&URL_SAFE_NO_PAD.encode([byte; 32])).unwrap()
    }

    fn held(name: &str) -> Held {
        let identity = PetitionerIdentity { full_name: name.into(), address: None, phone: None, national_id: None, note: None };
        Held { identity, text: None }
    }

    #[test]
    fn an_envelope_opens_with_its_key_and_in_its_place_only() {
        let (party, other) = (Id::new(), Id::new());
        let envelope = Envelope::seal(&key(1), party, &held("Trịnh Thị Ngọc Sương")).unwrap();
        assert_eq!(envelope.open(&key(1), party).unwrap().identity.full_name, "Trịnh Thị Ngọc Sương");
        assert!(envelope.open(&key(2), party).is_none());
        assert!(envelope.open(&key(1), other).is_none());
        // Half of another envelope does not help either.
        let second = Envelope::seal(&key(1), party, &held("Lê Thị Bé")).unwrap();
        assert!(Envelope { wrapped_key: second.wrapped_key, sealed: envelope.sealed }.open(&key(1), party).is_none());
    }

    #[test]
    fn the_length_of_a_name_does_not_show() {
        let long = |name: &str| Envelope::seal(&key(1), Id::new(), &held(name)).unwrap().sealed.len();
        assert_eq!(long("Ê"), long("Công Tằng Tôn Nữ Thị Diễm Phương"));
    }

    #[test]
    fn nothing_of_an_identity_is_printed() {
        assert_eq!(format!("{:?}", held("Trịnh Thị Ngọc Sương").identity), "PetitionerIdentity(…)");
        assert_eq!(format!("{:?}", key(1)), "VaultKey(…)");
    }
}
