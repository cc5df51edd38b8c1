//! Passwords: how they are kept (argon2id) and which are taken.

use std::{sync::LazyLock, thread::available_parallelism, time::Duration};

use actix_web::web;
use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::sync::{Semaphore, SemaphorePermit};
use unicode_normalization::UnicodeNormalization;

use crate::{
    http::{Code, FieldError, Problem, Result, Text},
    text,
};

/// Characters, after Unicode NFC.
pub const MIN_LENGTH: usize = 12;
pub const MAX_LENGTH: usize = 128;

/// 19 MiB, two passes, one lane: OWASP's first choice for argon2id.
fn argon2() -> Result<Argon2<'static>> {
    let params = Params::new(19_456, 2, 1, None).map_err(Problem::internal)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// As many at once as there are processors: each takes 19 MiB, and more would only wait for each other.
static HASHERS: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(available_parallelism().map_or(2, usize::from)));

/// How long somebody waits for a free hasher before the service says it is busy.
const PATIENCE: Duration = Duration::from_secs(10);

async fn hasher() -> Result<SemaphorePermit<'static>> {
    match tokio::time::timeout(PATIENCE, HASHERS.acquire()).await {
        Ok(Ok(permit)) => Ok(permit),
        _ => Err(Problem::new(Code::Unavailable)),
    }
}

/// The bytes that are hashed. NFC first: some Vietnamese keyboards send *ế* as three characters, others as one.
fn bytes(password: &str) -> Vec<u8> {
    password.nfc().collect::<String>().into_bytes()
}

/// A hash to keep (PHC string), off the request threads.
pub async fn hash(password: String) -> Result<String> {
    let permit = hasher().await?;
    let hash = web::block(move || hash_here(&password)).await.map_err(|_| Problem::internal("a hashing thread ended"))?;
    drop(permit);
    hash
}

/// A hash to keep (PHC string), on this thread.
pub fn hash_here(password: &str) -> Result<String> {
    let hash: PasswordHash = argon2()?.hash_password(&bytes(password)).map_err(Problem::internal)?;
    Ok(hash.to_string())
}

/// Whether the password is the one that was hashed. Without a hash (no such account, no password set yet) it does
/// the same work and says no.
pub async fn verify(password: String, hash: Option<String>) -> Result<bool> {
    static DUMMY: LazyLock<Option<String>> = LazyLock::new(|| hash_here(&crate::keys::random_secret()).ok());
    let permit = hasher().await?;
    let verified = web::block(move || {
        let known = hash.as_deref().filter(|hash| !hash.is_empty());
        let Some(text) = known.or(DUMMY.as_deref()) else { return false };
        // The parameters are those of the hash: older hashes stay readable when ours grow.
        let same =
            PasswordHash::new(text).is_ok_and(|parsed| Argon2::default().verify_password(&bytes(&password), &parsed).is_ok());
        same && known.is_some()
    })
    .await
    .map_err(|_| Problem::internal("a hashing thread ended"))?;
    drop(permit);
    Ok(verified)
}

/// What people choose first, here and elsewhere: search forms without digits and spaces.
const COMMON: &[&str] = &[
    "abc",
    "abcd",
    "admin",
    "administrator",
    "anhyeuem",
    "asdfgh",
    "asdfghjkl",
    "chutich",
    "condau",
    "congdoan",
    "donga",
    "dragon",
    "emyeuanh",
    "football",
    "giadinh",
    "hanhphuc",
    "hanoi",
    "hoicoso",
    "hoilhpn",
    "hoilhpnvietnam",
    "hoilienhiepphunu",
    "hoilienhiepphunuvietnam",
    "hoiphunu",
    "hoiphunuvietnam",
    "iloveyou",
    "khanhhoa",
    "khongbiet",
    "khongcho",
    "khongcomatkhau",
    "letmein",
    "lienhiepphunu",
    "matkhau",
    "matkhaucuatoi",
    "matkhaumoi",
    "monkey",
    "nhatrang",
    "ninhthuan",
    "pasword",
    "passw",
    "passwd",
    "password",
    "passwordpassword",
    "phanrang",
    "phunu",
    "phunukhanhhoa",
    "phunuvietnam",
    "princess",
    "qazwsx",
    "qazwsxedc",
    "quantri",
    "quantrivien",
    "qwer",
    "qwert",
    "qwerty",
    "qwertyuiop",
    "saigon",
    "sunshine",
    "superman",
    "taikhoan",
    "thanhpho",
    "tinhyeu",
    "toiyeuvietnam",
    "trangchu",
    "truongsa",
    "user",
    "vietnam",
    "vietnamvodich",
    "vietnamxahoichunghia",
    "welcome",
    "xinchao",
    "yeuem",
    "yeuanh",
    "zaqwsx",
];

/// Whether a password may be chosen. `pointer` is where it stands in the body.
pub fn check(pointer: &str, username: &str, password: &str) -> Result<()> {
    let text: String = password.nfc().collect();
    let length = text.chars().count();
    let fault = if !(MIN_LENGTH..=MAX_LENGTH).contains(&length) {
        Some(("length", "Mật khẩu phải từ 12 đến 128 ký tự", "A password must have 12 to 128 characters"))
    } else if contains(&text, username) {
        Some(("contains_username", "Mật khẩu không được chứa tên đăng nhập", "A password must not contain the username"))
    } else if is_common(&text) {
        Some((
            "too_common",
            "Mật khẩu quá dễ đoán; hãy dùng một câu của riêng bạn",
            "The password is too easy to guess; use a sentence of your own",
        ))
    } else {
        None
    };
    match fault {
        None => Ok(()),
        Some((code, vi, en)) => Err(Problem::fields(vec![FieldError::body(pointer, code, Text::new(vi, en))])),
    }
}

fn contains(password: &str, username: &str) -> bool {
    // Names of one or two letters stand in half of all sentences.
    username.len() > 2 && password.to_lowercase().contains(&username.to_lowercase())
}

/// Nothing but a word that everybody chooses, once or twice, with digits and signs around it; or a few characters
/// repeated.
fn is_common(password: &str) -> bool {
    let lower = password.to_lowercase();
    let mut distinct: Vec<char> = lower.chars().collect();
    distinct.sort_unstable();
    distinct.dedup();
    let letters = letters_of(&lower);
    // "p@ssw0rd123": between letters, digits and signs stand for letters.
    let core = lower.trim_matches(|c: char| !c.is_alphabetic());
    let read =
        letters_of(&core.replace(['@', '4'], "a").replace('0', "o").replace('1', "i").replace('3', "e").replace(['$', '5'], "s"));
    distinct.len() < 5 || letters.len() < 3 || is_a_common_word(&letters) || is_a_common_word(&read)
}

fn letters_of(text: &str) -> String {
    text::search_form(text).chars().filter(|c| c.is_alphabetic()).collect()
}

fn is_a_common_word(word: &str) -> bool {
    let half = word.split_at_checked(word.len() / 2).filter(|(one, two)| one == two).map(|(one, _)| one);
    COMMON.contains(&word) || half.is_some_and(|half| COMMON.contains(&half))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_passwords_are_taken_and_easy_ones_are_not() {
        for (password, good) in [
            ("con meo den tren mai nha", true),
            ("Trời hôm nay xanh quá 7", true),
            ("Vq7-hK2m-Ty9x", true),
            ("mười hai kí t", true),
            ("short", false),
            ("123456789012", false),
            ("matkhau12345", false),
            ("Mật khẩu 12345", false),
            ("P@ssw0rd12345", false),
            ("hoiphunu2025!", false),
            ("qwertyqwerty", false),
            ("aaaaaaaaaaaab", false),
            ("chutich.vinhhai 77", false),
        ] {
            assert_eq!(check("/new_password", "chutich.vinhhai", password).is_ok(), good, "{password}");
        }
        assert!(check("", "an", &"ngày đẹp trời ".repeat(10)).is_err());
    }

    #[test]
    fn one_word_typed_in_two_ways_is_one_password() {
        let composed = hash_here("đồng bằng sông Cửu Long").unwrap();
        let decomposed: String = "đồng bằng sông Cửu Long".nfd().collect();
        let parsed = PasswordHash::new(&composed).unwrap();
        assert!(Argon2::default().verify_password(&bytes(&decomposed), &parsed).is_ok());
        assert!(composed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{composed}");
    }
}
