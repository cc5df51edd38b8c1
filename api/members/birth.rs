//! Dates of birth, which for older members are often only a year.
//!
//! On the wire and in the database's exports a date of birth is one string, as long as what is
//! known: `1990-05-17`, `1990-05` or `1990`. Two rules decide an age:
//!
//! - Who is born on 29 February comes of age on **1 March** in a year without that day, the first
//!   day on which the number of years is full.
//! - Of a birth known by year or month the **last day** of it counts (31 December of that year), as
//!   in article 417 of the Criminal Procedure Code of 2015: the age is the lowest possible. Where
//!   the first day would give another age the answer is flagged as uncertain.

use std::{fmt, str::FromStr};

use chrono::{Datelike, Days, Months, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The first day that is accepted as a date of birth is 1 January of this year.
pub const FIRST_YEAR: i32 = 1900;

/// A date of birth, known to the day, the month or the year.
///
/// Deserialising is [`BirthDate::parse`] with today's date in Viet Nam (UTC+7) by the system clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BirthDate {
    /// The first day of the period: 1 January of a year, the 1st of a month.
    pub on: NaiveDate,
    /// How long that period is.
    pub precision: Precision,
}

/// How exactly a date of birth is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Precision {
    /// The day is known.
    Day,
    /// The month and the year are known.
    Month,
    /// Only the year is known.
    Year,
}

/// Age in full years.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Age {
    /// Full years, the lowest number possible; 0 before the first birthday.
    pub years: u32,
    /// Whether she may also be a year older, the day of birth being unknown.
    pub uncertain: bool,
}

impl BirthDate {
    /// Reads `YYYY-MM-DD`, `YYYY-MM` or `YYYY`; blanks around it are dropped. A period which has
    /// begun by `today` is not in the future: this year is accepted as a year of birth.
    ///
    /// # Errors
    /// The form, a day that does not exist, a date before [`FIRST_YEAR`] or after `today`.
    pub fn parse(s: &str, today: NaiveDate) -> Result<BirthDate, BirthDateError> {
        let s = s.trim();
        let (precision, first_day) = match s.len() {
            10 => (Precision::Day, s.to_owned()),
            7 => (Precision::Month, format!("{s}-01")),
            4 => (Precision::Year, format!("{s}-01-01")),
            _ => return Err(BirthDateError::Malformed),
        };
        let fits = |(i, b): (usize, u8)| {
            if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() }
        };
        if !first_day.bytes().enumerate().all(fits) {
            return Err(BirthDateError::Malformed);
        }
        let on = first_day.parse::<NaiveDate>().map_err(|_| BirthDateError::NoSuchDay)?;
        if on.year() < FIRST_YEAR {
            Err(BirthDateError::TooEarly)
        } else if on > today {
            Err(BirthDateError::InFuture)
        } else {
            Ok(BirthDate { on, precision })
        }
    }

    /// The year of birth, always known.
    pub fn year(&self) -> i32 {
        self.on.year()
    }

    /// The age on a day, by the last day on which she may be born. Uncertain if the first day gives
    /// another age. After the year of birth that is, if only the year is known, every day but
    /// 31 December, and if the month is known, the days of that month but its last.
    pub fn age_on(&self, day: NaiveDate) -> Age {
        let [youngest, oldest] = [self.last_day(), self.on].map(|born| full_years(born, day).unwrap_or(0));
        Age { years: youngest, uncertain: youngest != oldest }
    }

    /// Whether she is at least `years` old on a day, whenever in the period she was born.
    pub fn surely_at_least(&self, years: u32, day: NaiveDate) -> bool {
        full_years(self.last_day(), day).is_some_and(|age| age >= years)
    }

    /// Whether she is at least `years` old on a day if born on the first day of the period.
    pub fn possibly_at_least(&self, years: u32, day: NaiveDate) -> bool {
        full_years(self.on, day).is_some_and(|age| age >= years)
    }

    /// Whether one and the same day may be meant: `1990` and `1990-05-17` may.
    pub fn may_be(self, other: BirthDate) -> bool {
        self.on <= other.last_day() && other.on <= self.last_day()
    }

    /// The last day of the period.
    pub fn last_day(self) -> NaiveDate {
        match self.precision {
            Precision::Day => self.on,
            Precision::Month => self.on + Months::new(1) - Days::new(1),
            Precision::Year => self.on + Months::new(12) - Days::new(1),
        }
    }
}

/// Full years from `born` to `day`, none before birth. 29 February counts as 1 March in a year
/// without it, because its month and day come after 28 February.
fn full_years(born: NaiveDate, day: NaiveDate) -> Option<u32> {
    day.years_since(born)
}

impl fmt::Display for BirthDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let form = match self.precision {
            Precision::Day => "%Y-%m-%d",
            Precision::Month => "%Y-%m",
            Precision::Year => "%Y",
        };
        self.on.format(form).fmt(f)
    }
}

impl Serialize for BirthDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for BirthDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let s = String::deserialize(deserializer)?;
        let today = (Utc::now() + TimeDelta::hours(7)).date_naive();
        BirthDate::parse(&s, today).map_err(serde::de::Error::custom)
    }
}

impl Precision {
    /// The name in the database: `day`, `month` or `year`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Month => "month",
            Self::Year => "year",
        }
    }
}

impl FromStr for Precision {
    type Err = UnknownPrecision;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        [Self::Day, Self::Month, Self::Year].into_iter().find(|p| p.as_str() == s).ok_or(UnknownPrecision)
    }
}

/// A text that is none of `day`, `month` and `year`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the precision of a date is day, month or year")]
pub struct UnknownPrecision;

/// Why a text is no date of birth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BirthDateError {
    /// None of the three forms.
    #[error("a date of birth is YYYY-MM-DD, YYYY-MM or YYYY")]
    Malformed,
    /// The calendar has no such day or month.
    #[error("there is no such day")]
    NoSuchDay,
    /// Before [`FIRST_YEAR`].
    #[error("a date of birth lies in {FIRST_YEAR} or later")]
    TooEarly,
    /// After today.
    #[error("a date of birth does not lie in the future")]
    InFuture,
}

impl BirthDateError {
    /// The stable name of the error, for clients.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed => "birth_date_malformed",
            Self::NoSuchDay => "birth_date_no_such_day",
            Self::TooEarly => "birth_date_too_early",
            Self::InFuture => "birth_date_in_future",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(s: &str) -> NaiveDate {
        s.parse().unwrap()
    }

    fn born(s: &str) -> BirthDate {
        BirthDate::parse(s, day("2026-06-15")).unwrap()
    }

    #[test]
    fn parses_and_displays() {
        let cases = [
            ("1990-05-17", "1990-05-17", Precision::Day),
            ("1990-05", "1990-05-01", Precision::Month),
            ("1990", "1990-01-01", Precision::Year),
            ("1900", "1900-01-01", Precision::Year),
            ("1992-02-29", "1992-02-29", Precision::Day),
            ("2026", "2026-01-01", Precision::Year),
            ("2026-06", "2026-06-01", Precision::Month),
            ("2026-06-15", "2026-06-15", Precision::Day),
        ];
        for (s, on, precision) in cases {
            let date = born(s);
            assert_eq!(date, BirthDate { on: day(on), precision });
            assert_eq!(date.to_string(), s);
            assert_eq!(date.year().to_string(), s[..4]);
        }
        assert_eq!(born(" 1990 "), born("1990"));
    }

    #[test]
    fn rejects() {
        let cases = [
            ("", "birth_date_malformed"),
            ("90", "birth_date_malformed"),
            ("17/05/1990", "birth_date_malformed"),
            ("1990-5-17", "birth_date_malformed"),
            ("1990/05/17", "birth_date_malformed"),
            ("199o", "birth_date_malformed"),
            ("+990-05-17", "birth_date_malformed"),
            ("-990", "birth_date_malformed"),
            ("1990-05-", "birth_date_malformed"),
            ("1990-05-17T00:00:00Z", "birth_date_malformed"),
            ("éé", "birth_date_malformed"),
            ("1990-13", "birth_date_no_such_day"),
            ("1990-00", "birth_date_no_such_day"),
            ("1990-02-29", "birth_date_no_such_day"),
            ("1990-04-31", "birth_date_no_such_day"),
            ("1899-12-31", "birth_date_too_early"),
            ("0000", "birth_date_too_early"),
            ("2026-06-16", "birth_date_in_future"),
            ("2026-07", "birth_date_in_future"),
            ("2027", "birth_date_in_future"),
            ("9999-12-31", "birth_date_in_future"),
        ];
        for (s, code) in cases {
            assert_eq!(BirthDate::parse(s, day("2026-06-15")).map_err(BirthDateError::code), Err(code), "{s:?}");
        }
    }

    #[test]
    fn counts_full_years() {
        let cases = [
            // Known to the day.
            ("2000-06-15", "2018-06-14", 17, false),
            ("2000-06-15", "2018-06-15", 18, false),
            ("2000-06-15", "2000-06-15", 0, false),
            ("2000-06-15", "1999-01-01", 0, false),
            // 29 February: 1 March in a common year, itself in a leap year.
            ("2008-02-29", "2026-02-28", 17, false),
            ("2008-02-29", "2026-03-01", 18, false),
            ("2004-02-29", "2024-02-28", 19, false),
            ("2004-02-29", "2024-02-29", 20, false),
            ("2000-02-28", "2018-02-28", 18, false),
            // By year: as if born on 31 December.
            ("2000", "2018-01-01", 17, true),
            ("2000", "2018-12-30", 17, true),
            ("2000", "2018-12-31", 18, false),
            ("2000", "2019-01-01", 18, true),
            ("2000", "2000-05-01", 0, false),
            // By month: as if born on its last day, in leap years and common years.
            ("2000-06", "2018-05-31", 17, false),
            ("2000-06", "2018-06-01", 17, true),
            ("2000-06", "2018-06-30", 18, false),
            ("2008-02", "2026-02-28", 17, true),
            ("2008-02", "2026-03-01", 18, false),
            ("2007-02", "2024-02-28", 17, false),
        ];
        for (s, on, years, uncertain) in cases {
            assert_eq!(born(s).age_on(day(on)), Age { years, uncertain }, "{s} on {on}");
        }
    }

    #[test]
    fn eighteen() {
        let cases = [
            ("2008-06-16", "2026-06-15", false, false), // tomorrow
            ("2008-06-15", "2026-06-15", true, true),
            ("2008-02-29", "2026-02-28", false, false),
            ("2008-02-29", "2026-03-01", true, true),
            ("2008", "2025-12-31", false, false),
            ("2008", "2026-01-01", false, true),
            ("2008", "2026-12-30", false, true),
            ("2008", "2026-12-31", true, true),
            ("2008-06", "2026-05-31", false, false),
            ("2008-06", "2026-06-15", false, true),
            ("2008-06", "2026-06-30", true, true),
        ];
        for (s, on, surely, possibly) in cases {
            let (date, on) = (born(s), day(on));
            assert_eq!((date.surely_at_least(18, on), date.possibly_at_least(18, on)), (surely, possibly), "{s} {on}");
        }
        assert!(!born("2008").surely_at_least(0, day("2007-12-31")), "not yet born");
    }

    #[test]
    fn periods_that_share_a_day_may_be_one_birth() {
        for (a, b, may) in [
            ("1990-05-17", "1990-05-17", true),
            ("1990-05-17", "1990-05-18", false),
            ("1990", "1990-05-17", true),
            ("1990", "1990-12-31", true),
            ("1990", "1991-01-01", false),
            ("1990-05", "1990-05-31", true),
            ("1990-05", "1990-06-01", false),
            ("1990-05", "1990", true),
            ("1990", "1991", false),
        ] {
            assert_eq!((born(a).may_be(born(b)), born(b).may_be(born(a))), (may, may), "{a} {b}");
        }
    }

    #[test]
    fn travels_as_a_string() {
        for s in ["\"1990-05-17\"", "\"1990-05\"", "\"1990\""] {
            let date: BirthDate = serde_json::from_str(s).unwrap();
            assert_eq!(serde_json::to_string(&date).unwrap(), s);
        }
        for s in ["1990", "\"2999\"", "\"1990-02-30\"", "null"] {
            assert!(serde_json::from_str::<BirthDate>(s).is_err(), "{s}");
        }
    }

    #[test]
    fn precision_has_names() {
        for (name, precision) in [("day", Precision::Day), ("month", Precision::Month), ("year", Precision::Year)] {
            assert_eq!(precision.as_str(), name);
            assert_eq!(name.parse(), Ok(precision));
        }
        assert_eq!("Day".parse::<Precision>(), Err(UnknownPrecision));
    }

    proptest! {
        #[test]
        fn the_unknown_day_lies_between(birth in 0i64..45_000, later in 0i64..40_000, length in 0usize..3) {
            let exact = day("1900-01-01") + TimeDelta::days(birth);
            let on = exact + TimeDelta::days(later);
            let full = exact.to_string();
            let [known, exact] = [&full[..[4, 7, 10][length]], &full].map(|s| BirthDate::parse(s, exact).unwrap());
            let (age, truth) = (known.age_on(on), exact.age_on(on).years);
            prop_assert!(age.years <= truth && truth <= age.years + u32::from(age.uncertain));
            for n in [truth, truth + 1, 18] {
                prop_assert!(!known.surely_at_least(n, on) || exact.surely_at_least(n, on));
                prop_assert!(known.possibly_at_least(n, on) || !exact.surely_at_least(n, on));
            }
        }

        #[test]
        fn takes_no_harm_from_any_text(s in "\\PC{0,12}|[0-9-]{4,10}") {
            if let Ok(date) = BirthDate::parse(&s, day("2026-06-15")) {
                prop_assert_eq!(date.to_string(), s.trim());
            }
        }
    }
}
