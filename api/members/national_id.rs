//! The citizen number (số định danh cá nhân, as on the CCCD card).
//!
//! `PPP S YY NNNNNN`: place where the birth was registered, sex and century, year of birth, six
//! digits without meaning (circular 07/2016/TT-BCA, article 7 and appendix 1). There is **no check
//! digit**. A number that fits the form may still be wrong, and one that contradicts the person may
//! be right, because civil records get corrected: so this module has errors for the form and
//! [`Doubt`]s for the content, and nothing in it says "valid".
//!
//! `data/cccd_province_codes.csv` has the 63 provinces of 2016, which people keep for life. Other
//! codes exist, of countries for births abroad and any introduced after July 2025: a doubt, too.

use std::{collections::HashSet, fmt, sync::LazyLock};

use serde::de::DeserializeOwned;

use crate::text;

/// A number of 12 digits. [`fmt::Debug`] shows only the last three; there is no `Display`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct NationalId(String);

impl NationalId {
    /// Reads a number as people write it. Spaces and dots are dropped; what is left must be
    /// exactly 12 ASCII digits. The old identity card of 9 digits (CMND) is another number.
    ///
    /// # Errors
    /// The first thing wrong with the form; the error never repeats the input.
    pub fn parse(s: &str) -> Result<NationalId, NationalIdError> {
        let digits = text::clean(s).replace([' ', '.'], "");
        if digits.contains('*') {
            Err(NationalIdError::Masked)
        } else if !digits.chars().all(|c| c.is_ascii_digit()) {
            Err(NationalIdError::NotDigits)
        } else if digits.len() != 12 {
            Err(NationalIdError::WrongLength)
        } else {
            Ok(NationalId(digits))
        }
    }

    /// The 12 digits. Personal data: not for logs.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last three digits, which may be shown to the member's own branch.
    pub fn last3(&self) -> &str {
        &self.0[9..]
    }

    /// `*********123`: nine stars, then the last three digits.
    pub fn masked(&self) -> String {
        format!("*********{}", self.last3())
    }

    /// What in the number does not go with the person, in the order of its digits; empty if
    /// nothing does. Each is a warning which a person may override with a reason.
    /// A year of birth that is not known raises no doubt.
    pub fn doubts(&self, female: bool, birth_year: Option<i32>) -> Vec<Doubt> {
        let (province, sex, yy) = (&self.0[..3], &self.0[3..4], &self.0[4..6]);
        let meaning = MEANINGS.iter().find(|m| m.male == sex || m.female == sex);
        let same_sex = meaning.is_some_and(|m| (m.female == sex) == female);
        let born = meaning.zip(yy.parse::<i32>().ok()).map(|(m, yy)| m.born_from + yy);
        [
            (!PROVINCES.contains(province), Doubt::UnknownProvince),
            (!same_sex, Doubt::SexDiffers),
            (birth_year.is_some() && birth_year != born, Doubt::BirthYearDiffers),
        ]
        .into_iter()
        .filter_map(|(raised, doubt)| raised.then_some(doubt))
        .collect()
    }
}

impl fmt::Debug for NationalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NationalId({})", self.masked())
    }
}

/// Why a text is no citizen number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NationalIdError {
    /// It is the masked form that this service handed out.
    #[error("a masked number cannot be written back")]
    Masked,
    /// Something other than digits, spaces and dots.
    #[error("a citizen number has only digits")]
    NotDigits,
    /// More or fewer than 12 digits.
    #[error("a citizen number has 12 digits")]
    WrongLength,
}

impl NationalIdError {
    /// The stable name of the error, for clients.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Masked => "masked_value_written_back",
            Self::NotDigits => "national_id_not_digits",
            Self::WrongLength => "national_id_wrong_length",
        }
    }
}

/// Something in the number that does not go with what is known of the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Doubt {
    /// The first three digits are no province of the list.
    UnknownProvince,
    /// The fourth digit stands for the other sex.
    SexDiffers,
    /// Fourth to sixth digit stand for another year of birth.
    BirthYearDiffers,
}

impl Doubt {
    /// The stable name of the doubt, for clients.
    pub const fn code(self) -> &'static str {
        match self {
            Self::UnknownProvince => "unknown_province",
            Self::SexDiffers => "sex_differs",
            Self::BirthYearDiffers => "birth_year_differs",
        }
    }
}

/// What the fourth digit means: one century of birth, a digit for each sex.
#[derive(serde::Deserialize)]
struct Meaning {
    born_from: i32,
    male: String,
    female: String,
}

#[derive(serde::Deserialize)]
struct Province {
    code: String,
}

static MEANINGS: LazyLock<Vec<Meaning>> = LazyLock::new(|| rows(include_str!("data/cccd_sex_century_digits.csv")));

static PROVINCES: LazyLock<HashSet<String>> =
    LazyLock::new(|| rows(include_str!("data/cccd_province_codes.csv")).into_iter().map(|p: Province| p.code).collect());

/// The rows of a data file that is part of the program.
#[expect(clippy::expect_used, reason = "start-up constant, covered by the tests")]
fn rows<T: DeserializeOwned>(csv: &str) -> Vec<T> {
    csv::Reader::from_reader(csv.as_bytes()).into_deserialize().collect::<Result<_, _>>().expect("data file")
}

#[cfg(test)]
mod tests {
    use super::*;
    use Doubt::{BirthYearDiffers, SexDiffers, UnknownProvince};

    fn id(s: &str) -> NationalId {
        NationalId::parse(s).unwrap()
    }

    #[test]
    fn parses() {
        for s in ["056190001234", " 056 190 001 234 ", "056.190.001.234", "056\u{a0}190001234\u{200b}"] {
            assert_eq!(id(s).as_str(), "056190001234", "{s:?}");
        }
        let wrong = [
            ("", "national_id_wrong_length"),
            ("05619000123", "national_id_wrong_length"),
            ("0561900012345", "national_id_wrong_length"),
            ("225123456", "national_id_wrong_length"),
            ("05619000123x", "national_id_not_digits"),
            ("056-190-001-234", "national_id_not_digits"),
            ("+56190001234", "national_id_not_digits"),
            ("٠٥٦١٩٠٠٠١٢٣٤", "national_id_not_digits"),
            ("０５６１９０００１２３４", "national_id_not_digits"),
            ("*********234", "masked_value_written_back"),
        ];
        for (s, code) in wrong {
            assert_eq!(NationalId::parse(s).unwrap_err().code(), code, "{s:?}");
        }
    }

    #[test]
    fn shows_three_digits() {
        let id = id("056190001234");
        assert_eq!(id.last3(), "234");
        assert_eq!(id.masked(), "*********234");
        assert_eq!(format!("{id:?}"), "NationalId(*********234)");
    }

    #[test]
    fn doubts() {
        const FEMALE: bool = true;
        const MALE: bool = false;
        let cases: &[(&str, bool, Option<i32>, &[Doubt])] = &[
            ("056190001234", FEMALE, Some(1990), &[]),
            ("056190001234", FEMALE, None, &[]),
            ("058301001234", FEMALE, Some(2001), &[]),
            ("056090001234", MALE, Some(1990), &[]),
            ("056201001234", MALE, Some(2001), &[]),
            ("056190001234", FEMALE, Some(2001), &[BirthYearDiffers]),
            ("056190001234", FEMALE, Some(2090), &[BirthYearDiffers]),
            ("056190001234", MALE, Some(1990), &[SexDiffers]),
            ("056090001234", FEMALE, None, &[SexDiffers]),
            ("056200001234", FEMALE, Some(2000), &[SexDiffers]),
            ("056300001234", FEMALE, Some(1900), &[BirthYearDiffers]),
            ("005190001234", FEMALE, Some(1990), &[UnknownProvince]),
            ("999090001234", FEMALE, Some(1991), &[UnknownProvince, SexDiffers, BirthYearDiffers]),
            ("056999001234", FEMALE, Some(2399), &[]),
        ];
        for (s, female, year, expected) in cases {
            assert_eq!(id(s).doubts(*female, *year), *expected, "{s} {female} {year:?}");
        }
        assert_eq!(
            [UnknownProvince, SexDiffers, BirthYearDiffers].map(Doubt::code),
            ["unknown_province", "sex_differs", "birth_year_differs"]
        );
    }

    #[test]
    fn data_files_are_whole() {
        assert_eq!(PROVINCES.len(), 63);
        assert!(PROVINCES.iter().all(|code| code.len() == 3));
        let mut digits: Vec<&str> = MEANINGS.iter().flat_map(|m| [&m.male[..], &m.female[..]]).collect();
        digits.sort_unstable();
        assert_eq!(digits.concat(), "0123456789");
    }
}
