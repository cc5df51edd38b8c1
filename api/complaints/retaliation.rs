//! A quiet eye on those who petitioned (domain guide 6.4.12): when somebody is dismissed or struck off the roll whose
//! petition is still open, whoever handles the petition is told to look into it.
//!
//! Nothing links a petitioner with a member, and nothing here makes such a link: the open cases of the vault are compared
//! with the one person whom the decision is about, in memory, and what is kept is an alert that names nobody. Whoever
//! decided is told nothing.

use diesel::{ExpressionMethods, JoinOnDsl, QueryDsl};

use super::{
    alerts,
    machine::OPEN,
    model::AlertKind,
    vault::{self, PetitionerIdentity},
};
use crate::{
    db::{
        Change, Id, Tx, check_vault_still,
        schema::{complaint_identities, complaints, members},
    },
    http::Result,
    keys::{Keys, Purpose},
    members::{national_id::NationalId, phone},
    text,
};

/// The person whom a decision is about, as the roll has her.
#[derive(Clone)]
struct Person {
    name: String,
    number_hash: Option<Vec<u8>>,
    phone: Option<String>,
}

/// Looks whether a petition of hers is open, and alerts those who handle it. The decision has been recorded before.
pub(crate) fn watch(tx: &mut Tx<'_>, member_id: Id) -> Result<()> {
    // A vault that is locked, or was turned to another key since this process began, opens for nobody; what the decision is
    // worth does not depend on it.
    if tx.keys().vault().is_none() || check_vault_still(tx).is_err() {
        return Ok(());
    }
    let cases: Vec<Id> = tx.read().load(
        complaint_identities::table
            .inner_join(complaints::table.on(complaints::id.eq(complaint_identities::complaint_id)))
            .filter(complaints::status.eq_any(OPEN.to_vec()))
            .select(complaints::id)
            .distinct(),
    )?;
    if cases.is_empty() {
        return Ok(());
    }
    let (name, number_hash, phone): (String, Option<Vec<u8>>, Option<String>) =
        tx.read().one(members::table.find(member_id).select((members::full_name, members::national_id_hash, members::phone)))?;
    let person = Person { name: text::search_form(&name), number_hash, phone };
    for case in cases {
        let identities = vault::all_in(tx, case)?;
        if identities.iter().any(|identity| is_she(tx.keys(), identity, &person)) {
            tx.record(Change::new("alert", "complaints", case, 0));
            alerts::raise(tx, case, AlertKind::Retaliation)?;
        }
    }
    Ok(())
}

/// Whether the two may be one. Citizen numbers decide where both are known; else the name or the telephone is enough: an
/// alert too many costs somebody a look, one too few costs the petitioner.
fn is_she(keys: &Keys, identity: &PetitionerIdentity, person: &Person) -> bool {
    let number = identity.national_id.as_deref().and_then(|number| NationalId::parse(number).ok());
    if let (Some(number), Some(hash)) = (number, &person.number_hash) {
        return keys.mac(Purpose::BlindIndex, number.as_str().as_bytes())[..] == hash[..];
    }
    let phone = identity.phone.as_deref().and_then(|phone| phone::parse(phone).ok());
    (phone.is_some() && phone == person.phone) || text::search_form(&identity.full_name) == person.name
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

    use super::*;

    #[test]
    fn numbers_decide_and_else_name_or_telephone() {
        let keys = Keys::from_base64(&URL_SAFE_NO_PAD.encode([7; 32])).unwrap();
        let hash = |number: &str| Some(keys.mac(Purpose::BlindIndex, number.as_bytes()).to_vec());
        let her =
            Person { name: "dam thi quynh giao".into(), number_hash: hash("056188765432"), phone: Some("+84987654321".into()) };
        let unnumbered = Person { number_hash: None, ..her.clone() };
        let cases = [
            ("the same number", &her, ("Ai đó", Some("056 188 765 432"), None), true),
            ("another number, the same name", &her, ("Đàm Thị Quỳnh Giao", Some("056188765433"), None), false),
            ("no number given, the same name", &her, ("ĐÀM THỊ QUỲNH GIAO", None, None), true),
            ("no number on the roll, the same name", &unnumbered, ("Đàm Thị Quỳnh Giao", Some("056188765432"), None), true),
            ("the same telephone", &unnumbered, ("Giao", None, Some("0987.654.321")), true),
            ("another telephone, another name", &unnumbered, ("Giao", None, Some("0987654322")), false),
            ("a number that is none", &her, ("Đàm Thị Quỳnh Giao", Some("12"), None), true),
        ];
        for (what, person, (name, number, phone), expected) in cases {
            let identity = PetitionerIdentity {
                full_name: name.into(),
                address: None,
                phone: phone.map(Into::into),
                national_id: number.map(Into::into),
                note: None,
            };
            assert_eq!(is_she(&keys, &identity, person), expected, "{what}");
        }
    }
}
