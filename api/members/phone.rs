//! Vietnamese phone numbers, kept as E.164 (`+84…`).
//!
//! A number is checked against the numbering plan, not against operators: numbers move between
//! them. A phone is **not unique**, families share one.
//!
//! | typed             | national form                        | source                         |
//! |-------------------|--------------------------------------|--------------------------------|
//! | mobile of today   | 10 digits, `03` `05` `07` `08` `09`  | numbering plan since 2018      |
//! | mobile until 2018 | 11 digits, `01xx`; converted         | `data/phone_prefixes.csv`      |
//! | landline          | 11 digits, `02`; area code unchecked | decision 2036/QĐ-BTTTT of 2016 |
//!
//! One thing no rule can see: until 2017 the landlines of Khánh Hòa began with `058`, and so do
//! mobiles today. `058 3822 123` from an old paper book passes as a mobile number.

use std::{collections::HashMap, sync::LazyLock};

use crate::text;

/// Reads a number as people write it, with `+84`, `84` or `0` in front and with spaces, dots,
/// dashes or brackets between, and gives its E.164 form: `+84` and 9 digits (mobile) or 10
/// (landline). An old mobile number of 11 digits comes back as its number of today.
///
/// # Errors
/// The first thing wrong; the error never repeats the input.
pub fn parse(s: &str) -> Result<String, PhoneError> {
    let compact = text::clean(s).replace([' ', '.', '-', '‐', '‑', '–', '(', ')'], "");
    if compact.contains('*') {
        return Err(PhoneError::Masked);
    }
    if !compact.trim_start_matches('+').chars().all(|c| c.is_ascii_digit()) {
        return Err(PhoneError::NotDigits);
    }
    let national =
        ["+84", "84", "0"].into_iter().find_map(|prefix| compact.strip_prefix(prefix)).ok_or(PhoneError::NotVietnamese)?;
    match (national.len(), &national.as_bytes()[..national.len().min(1)]) {
        (9, _) if is_mobile(national) => Ok(format!("+84{national}")),
        (9, [b'1' | b'2']) => Err(PhoneError::WrongLength),
        (9, _) => Err(PhoneError::UnknownPrefix),
        (10, b"1") => match RENUMBERED.get(&national[..3]) {
            Some(today) => Ok(format!("+84{today}{}", &national[3..])),
            None => Err(PhoneError::UnknownPrefix),
        },
        (10, b"2") => Ok(format!("+84{national}")),
        _ => Err(PhoneError::WrongLength),
    }
}

/// The number for those who may not see it: national form, all but the first two and the last two
/// digits starred (`09******12`). What is not an E.164 number of Viet Nam is masked as it stands.
pub fn mask(e164: &str) -> String {
    let national = match e164.strip_prefix("+84") {
        Some(rest) => format!("0{rest}"),
        None => e164.to_owned(),
    };
    let length = national.chars().count();
    let shown = |i: usize| length > 4 && (i < 2 || i + 2 >= length);
    national.chars().enumerate().map(|(i, c)| if shown(i) { c } else { '*' }).collect()
}

/// Whether nine digits, a number without its `0`, belong to a mobile:
/// `^(3[2-9]|5[25689]|7[06-9]|8[1-9]|9\d)\d{7}$`.
fn is_mobile(national: &str) -> bool {
    matches!(
        national.as_bytes(),
        [b'3', b'2'..=b'9', ..]
            | [b'5', b'2' | b'5' | b'6' | b'8' | b'9', ..]
            | [b'7', b'0' | b'6'..=b'9', ..]
            | [b'8', b'1'..=b'9', ..]
            | [b'9', ..]
    )
}

/// Why a text is no phone number of Viet Nam.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    /// It is the masked form that this service handed out.
    #[error("a masked number cannot be written back")]
    Masked,
    /// Something other than digits and the usual separators.
    #[error("a phone number has only digits")]
    NotDigits,
    /// It begins neither with `+84` or `84` nor with `0`.
    #[error("a phone number begins with +84, 84 or 0")]
    NotVietnamese,
    /// Too long or too short for what it begins with.
    #[error("a mobile number has 10 digits, a landline 11")]
    WrongLength,
    /// No mobile or landline begins like this.
    #[error("no phone number begins like this")]
    UnknownPrefix,
}

impl PhoneError {
    /// The stable name of the error, for clients.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Masked => "masked_value_written_back",
            Self::NotDigits => "phone_not_digits",
            Self::NotVietnamese => "phone_not_vietnamese",
            Self::WrongLength => "phone_wrong_length",
            Self::UnknownPrefix => "phone_unknown_prefix",
        }
    }
}

#[derive(serde::Deserialize)]
struct Prefix {
    old_prefix_11_digits: String,
    prefix_10_digits: String,
}

/// What became of the mobile prefixes of 11 digits from 15 September 2018 on, without the `0`:
/// `162` is `32`.
#[expect(clippy::expect_used, reason = "start-up constant, covered by the tests")]
static RENUMBERED: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    csv::Reader::from_reader(include_str!("data/phone_prefixes.csv").as_bytes())
        .into_deserialize()
        .collect::<Result<Vec<Prefix>, _>>()
        .expect("data file")
        .into_iter()
        .filter(|row| !row.old_prefix_11_digits.is_empty())
        .map(|row| [row.old_prefix_11_digits, row.prefix_10_digits].map(|p| p.replacen('0', "", 1)).into())
        .collect()
});

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn parses() {
        let cases = [
            ("0912345678", "+84912345678"),
            ("+84912345678", "+84912345678"),
            ("84912345678", "+84912345678"),
            ("091 234 56 78", "+84912345678"),
            ("091.234.5678", "+84912345678"),
            ("(+84) 91-234-5678", "+84912345678"),
            ("\u{202a}+84 91 234 5678\u{202c}", "+84912345678"), // pasted from a contact list
            ("0842345678", "+84842345678"),
            ("84842345678", "+84842345678"),
            ("01621234567", "+84321234567"),
            ("+841991234567", "+84591234567"),
            ("84 120 123 4567", "+84701234567"),
            ("0258 3 822 123", "+842583822123"),
            ("(0259) 3822123", "+842593822123"),
            ("024 3825 1234", "+842438251234"),
        ];
        for (s, e164) in cases {
            assert_eq!(parse(s).as_deref(), Ok(e164), "{s:?}");
            assert_eq!(parse(e164).as_deref(), Ok(e164), "again");
        }
    }

    #[test]
    fn rejects() {
        let cases = [
            ("", "phone_not_vietnamese"),
            ("+", "phone_not_vietnamese"),
            ("0", "phone_wrong_length"),
            ("912345678", "phone_not_vietnamese"),
            ("+4915112345678", "phone_not_vietnamese"),
            ("++84912345678", "phone_not_vietnamese"),
            ("091234567", "phone_wrong_length"),
            ("09123456789", "phone_wrong_length"),
            ("0258382212", "phone_wrong_length"),
            ("02583822123456", "phone_wrong_length"),
            ("0162123456", "phone_wrong_length"),
            ("0312345678", "phone_unknown_prefix"),
            ("0512345678", "phone_unknown_prefix"),
            ("0712345678", "phone_unknown_prefix"),
            ("0801234567", "phone_unknown_prefix"),
            ("0612345678", "phone_unknown_prefix"),
            ("01611234567", "phone_unknown_prefix"),
            ("+840912345678", "phone_wrong_length"),
            ("091234567x", "phone_not_digits"),
            ("0912345678/0987654321", "phone_not_digits"),
            ("0+912345678", "phone_not_digits"),
            ("09******78", "masked_value_written_back"),
        ];
        for (s, code) in cases {
            assert_eq!(parse(s).map_err(PhoneError::code), Err(code), "{s:?}");
        }
    }

    #[test]
    fn converts_all_old_prefixes_to_mobile_numbers() {
        assert_eq!(RENUMBERED.len(), 21);
        for (old, new) in RENUMBERED.iter() {
            assert_eq!((old.len(), new.len()), (3, 2));
            assert_eq!(parse(&format!("0{old}1234567")), Ok(format!("+84{new}1234567")));
            assert!(is_mobile(&format!("{new}1234567")));
        }
    }

    #[test]
    fn masks() {
        let cases = [
            ("+84912345612", "09******12"),
            ("+842583822123", "02*******23"),
            ("+4915112345678", "+4**********78"),
            ("1234", "****"),
            ("", ""),
        ];
        for (e164, masked) in cases {
            assert_eq!(mask(e164), masked);
        }
    }

    proptest! {
        #[test]
        fn follows_the_rule_for_mobiles(n in "(3[2-9]|5[25689]|7[06-9]|8[1-9]|9[0-9])[0-9]{7}") {
            let e164 = format!("+84{n}");
            for prefix in ["0", "84", "+84", "+84 "] {
                prop_assert_eq!(parse(&format!("{prefix}{n}")), Ok(e164.clone()));
            }
            prop_assert_eq!(parse(&mask(&e164)), Err(PhoneError::Masked));
        }

        #[test]
        fn takes_no_harm_from_any_text(s in any::<String>()) {
            if let Ok(e164) = parse(&s) {
                prop_assert_eq!(parse(&e164), Ok(e164));
            }
            prop_assert_eq!(mask(&s).chars().count(), s.chars().count());
        }
    }
}
