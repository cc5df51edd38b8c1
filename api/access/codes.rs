//! One-time codes by which somebody sets her password: the first administrator, every new account, whoever forgot.

use diesel::{ExpressionMethods, QueryDsl};

use crate::{
    db::{Id, Instant, Tx, schema::password_codes},
    http::Result,
    keys::{digest, random_bytes},
};

/// How long a code can be used, in seconds: a day.
pub const CODE_SECONDS: i64 = 24 * 3600;

/// Crockford's alphabet: no letter that looks like a digit.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// 80 random bits as four groups of four: short enough to be read out on the telephone.
fn random_code() -> String {
    let characters = random_bytes::<16>().map(|byte| char::from(ALPHABET[usize::from(byte % 32)]));
    characters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

/// What is kept of a code. Case, hyphens and spaces do not matter, and O, I, L are read as the digits they look like.
fn hash(code: &str) -> Vec<u8> {
    let plain: String = code
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect();
    digest(&[b"password-code", plain.as_bytes()]).to_vec()
}

/// A new code for an account; those it had before are void.
pub(super) fn issue(tx: &mut Tx<'_>, account_id: Id) -> Result<(String, Instant)> {
    let now = tx.now();
    let open = password_codes::table.filter(password_codes::account_id.eq(account_id)).filter(password_codes::used_at.is_null());
    tx.keep(diesel::update(open).set(password_codes::used_at.eq(now)))?;
    let code = random_code();
    let expires_at = now.plus_seconds(CODE_SECONDS);
    tx.keep(diesel::insert_into(password_codes::table).values((
        password_codes::hash.eq(hash(&code)),
        password_codes::account_id.eq(account_id),
        password_codes::created_at.eq(now),
        password_codes::expires_at.eq(expires_at),
    )))?;
    Ok((code, expires_at))
}

/// Uses a code up, if it is one of this account and still good.
pub(super) fn redeem(tx: &mut Tx<'_>, account_id: Id, code: &str) -> Result<bool> {
    let now = tx.now();
    let good = password_codes::table
        .filter(password_codes::hash.eq(hash(code)))
        .filter(password_codes::account_id.eq(account_id))
        .filter(password_codes::used_at.is_null())
        .filter(password_codes::expires_at.gt(now));
    Ok(tx.keep(diesel::update(good).set(password_codes::used_at.eq(now)))? == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_may_be_typed_as_it_was_heard() {
        let code = random_code();
        assert_eq!(code.len(), 19, "{code}");
        assert_eq!(hash(&code), hash(&code.to_lowercase().replace('-', " ")));
        assert_eq!(hash("0123-4567-89AB-CD1F"), hash("o1234567 89abcdlf".replace("o12", "O12").as_str()));
        assert_ne!(hash("0123-4567-89AB-CD1F"), hash("0123-4567-89AB-CD2F"));
    }
}
