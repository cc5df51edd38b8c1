//! The PIN that goes with a petition's code: whoever has both may follow the petition, and nobody else.
//!
//! **A keyed hash, not a slow one.** Passwords are hashed slowly because people choose them; a PIN is ours, 40 random bits,
//! and its hash has a key that does not stand in the database. A copy of the database alone then tells nothing, however
//! long one computes; and whoever has the key as well reads the case itself. Argon2 would bring nothing more, but cost 40
//! milliseconds and 19 MiB for every petition and for every wrong guess: with two hundred at once, and without an account
//! to hold to account, that is a lever against the service. Guessing at the door is stopped by the lock: five wrong PINs
//! lock a code for a quarter of an hour, so that 40 bits last for millions of years.
//!
//! **Nothing is told apart.** No such code, a wrong PIN, a locked code: one path with one read, one keyed hash and one
//! write, and one answer.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use diesel::{ExpressionMethods, JoinOnDsl, QueryDsl};

use crate::{
    db::{
        Actor, Change, Db, Id, Instant, Tx,
        schema::{complaint_pins, complaints},
    },
    http::{Code, Problem, Result},
    keys::{Keys, Purpose, digest, random_bytes},
};

/// So many wrong PINs in a row lock the code.
const TRIES: i64 = 5;
const LOCK_SECONDS: i64 = 15 * 60;

/// Crockford's alphabet: no letter that looks like a digit. 32 of them: five bits each.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// 40 random bits: `7K2M-9QXR`.
pub(super) fn random() -> String {
    let places = random_bytes::<8>().map(|byte| char::from(ALPHABET[usize::from(byte % 32)]));
    let (first, second) = places.split_at(4);
    format!("{}-{}", first.iter().collect::<String>(), second.iter().collect::<String>())
}

/// As it is compared. Case, hyphens and spaces do not matter, and O, I, L are read as the digits they look like.
fn plain(typed: &str) -> String {
    let letters = typed.chars().filter(char::is_ascii_alphanumeric);
    letters
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect()
}

/// A case's code as it is kept, from however it was typed: `kh 7q4m x2`.
fn plain_code(typed: &str) -> String {
    let letters: String = typed.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    match (letters.get(..2), letters.get(2..6), letters.get(6..)) {
        (Some(head), Some(first), Some(second)) => format!("{head}-{first}-{second}"),
        _ => letters,
    }
}

fn hash(keys: &Keys, case_id: Id, pin: &str) -> String {
    URL_SAFE_NO_PAD.encode(keys.mac(Purpose::CasePin, &digest(&[case_id.as_bytes(), plain(pin).as_bytes()])))
}

/// Keeps the PIN of a case. The intake has recorded its change before.
pub(super) fn keep(tx: &mut Tx<'_>, case_id: Id, pin: &str) -> Result<()> {
    let pin_hash = hash(tx.keys(), case_id, pin);
    tx.execute(diesel::insert_into(complaint_pins::table).values((
        complaint_pins::complaint_id.eq(case_id),
        complaint_pins::pin_hash.eq(pin_hash),
        complaint_pins::failed_count.eq(0_i64),
        complaint_pins::locked_until.eq(None::<Instant>),
    )))?;
    Ok(())
}

/// The case of a code and its PIN; else 404, whatever is wrong. Failures are counted in a transaction of their own, so that
/// what is tried without effect is counted, too.
pub(super) async fn open(db: &Db, actor: Actor, code: &str, pin: &str) -> Result<Id> {
    let (code, pin) = (plain_code(code), pin.to_owned());
    db.write(actor, move |tx| attempt(tx, &code, &pin)).await?.ok_or_else(|| {
        Problem::say(
            Code::NotFound,
            "Mã đơn và PIN không khớp, hoặc đang tạm khóa vì nhập sai nhiều lần. Xem lại giấy ghi; thử lại sau 15 phút.",
            "Code and PIN do not go together, or are locked after too many wrong ones. Look at what you wrote down; try again in a quarter of an hour.",
        )
    })
}

fn attempt(tx: &mut Tx<'_>, code: &str, pin: &str) -> Result<Option<Id>> {
    type Row = (Id, String, i64, Option<Instant>);
    let row: Option<Row> = tx.read().optional(
        complaint_pins::table
            .inner_join(complaints::table.on(complaints::id.eq(complaint_pins::complaint_id)))
            .filter(complaints::code.eq(code))
            .select((
                complaint_pins::complaint_id,
                complaint_pins::pin_hash,
                complaint_pins::failed_count,
                complaint_pins::locked_until,
            )),
    )?;
    let (id, kept, failed, locked_until) = row.unwrap_or((Id::nil(), String::new(), 0, None));
    // Two keyed hashes, of which nobody can choose a byte: how long it takes to compare them tells nothing.
    let is_right = hash(tx.keys(), id, pin) == kept;
    let now = tx.now();
    let is_locked = locked_until.is_some_and(|until| until > now);
    let (opened, failed_count, locked_until) = match (is_right, is_locked) {
        (true, false) => (true, 0, None),
        // A lock is neither longer for who goes on, nor told.
        (_, true) => (false, failed, locked_until),
        (false, false) => {
            let failed = failed + 1;
            (false, failed, (failed % TRIES == 0).then(|| now.plus_seconds(LOCK_SECONDS)))
        }
    };
    tx.record(Change::new(if opened { "follow" } else { "fail_to_follow" }, "complaints", id, 0));
    tx.execute(
        diesel::update(complaint_pins::table.find(id))
            .set((complaint_pins::failed_count.eq(failed_count), complaint_pins::locked_until.eq(locked_until))),
    )?;
    Ok(opened.then_some(id))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_pin_has_forty_bits() {
        let pins: HashSet<String> = (0..1000).map(|_| random()).collect();
        assert_eq!(pins.len(), 1000);
        assert!(pins.iter().all(|pin| pin.len() == 9 && plain(pin).len() == 8), "{pins:?}");
        assert_eq!(ALPHABET.iter().collect::<HashSet<_>>().len(), 32);
    }

    #[test]
    fn it_may_be_typed_as_it_was_written_down() {
        let keys = Keys::from_base64(&URL_SAFE_NO_PAD.encode([7; 32])).unwrap();
        let (one, other) = (Id::new(), Id::new());
        assert_eq!(hash(&keys, one, "7K0M-1QXR"), hash(&keys, one, "7k o m lqxr"));
        assert_ne!(hash(&keys, one, "7K0M-1QXR"), hash(&keys, one, "7K0M-1QXS"));
        assert_ne!(hash(&keys, one, "7K0M-1QXR"), hash(&keys, other, "7K0M-1QXR"), "of one case only");
        for typed in ["KH-7Q4M-X2", "kh 7q4m x2", "kh7q4mx2"] {
            assert_eq!(plain_code(typed), "KH-7Q4M-X2");
        }
        assert_eq!(plain_code("ố"), "");
    }
}
