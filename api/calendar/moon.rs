//! The lunar calendar of Vietnam, to check the shipped days by: the astronomical algorithm of Hồ Ngọc Đức (after Meeus), for UTC+7.
#![allow(clippy::many_single_char_names, clippy::cast_possible_truncation)]

use std::f64::consts::PI;

use chrono::{Datelike, Days, NaiveDate};

use super::holidays::{HolidayKind, Provenance, SHIPPED};

const ZONE: f64 = 7.0;

/// Julian day (at noon) of a civil day.
fn julian(day: NaiveDate) -> i64 {
    i64::from(day.num_days_from_ce()) + 1_721_425
}

fn civil(julian: i64) -> NaiveDate {
    NaiveDate::from_num_days_from_ce_opt(i32::try_from(julian - 1_721_425).unwrap()).unwrap()
}

/// The day, in Vietnam, of the `k`-th new moon after that of 1900-01-01.
fn new_moon(k: i64) -> i64 {
    let k = k as f64;
    let (t, dr) = (k / 1236.85, PI / 180.0);
    let (t2, t3) = (t * t, t * t * t);
    let mean = 2_415_020.759_33 + 29.530_588_68 * k + 0.000_117_8 * t2 - 0.000_000_155 * t3
        + 0.000_33 * ((166.56 + 132.87 * t - 0.009_173 * t2) * dr).sin();
    let m = 359.2242 + 29.105_356_08 * k - 0.000_033_3 * t2 - 0.000_003_47 * t3;
    let mpr = 306.0253 + 385.816_918_06 * k + 0.010_730_6 * t2 + 0.000_012_36 * t3;
    let f = 21.2964 + 390.670_506_46 * k - 0.001_652_8 * t2 - 0.000_002_39 * t3;
    let c1 = (0.1734 - 0.000_393 * t) * (m * dr).sin() + 0.0021 * (2.0 * dr * m).sin() - 0.4068 * (mpr * dr).sin()
        + 0.0161 * (dr * 2.0 * mpr).sin()
        - 0.0004 * (dr * 3.0 * mpr).sin()
        + 0.0104 * (dr * 2.0 * f).sin()
        - 0.0051 * (dr * (m + mpr)).sin()
        - 0.0074 * (dr * (m - mpr)).sin()
        + 0.0004 * (dr * (2.0 * f + m)).sin()
        - 0.0004 * (dr * (2.0 * f - m)).sin()
        - 0.0006 * (dr * (2.0 * f + mpr)).sin()
        + 0.0010 * (dr * (2.0 * f - mpr)).sin()
        + 0.0005 * (dr * (2.0 * mpr + m)).sin();
    let delta = -0.000_278 + 0.000_265 * t + 0.000_262 * t2;
    (mean + c1 - delta + 0.5 + ZONE / 24.0).floor() as i64
}

/// Which twelfth of its way the sun is in at the beginning of a day in Vietnam.
fn sun(day: i64) -> i64 {
    let t = (day as f64 - 2_451_545.5 - ZONE / 24.0) / 36_525.0;
    let (t2, dr) = (t * t, PI / 180.0);
    let m = 357.529_10 + 35_999.050_30 * t - 0.000_155_9 * t2 - 0.000_000_48 * t * t2;
    let l0 = 280.466_45 + 36_000.769_83 * t + 0.000_303_2 * t2;
    let dl = (1.914_600 - 0.004_817 * t - 0.000_014 * t2) * (dr * m).sin()
        + (0.019_993 - 0.000_101 * t) * (dr * 2.0 * m).sin()
        + 0.000_290 * (dr * 3.0 * m).sin();
    let l = (l0 + dl) * dr;
    let l = l - PI * 2.0 * (l / (PI * 2.0)).floor();
    (l / PI * 6.0).floor() as i64
}

/// The new moon that begins the eleventh month (that of the winter solstice) of a year.
fn eleventh_month(year: i32) -> i64 {
    let off = julian(NaiveDate::from_ymd_opt(year, 12, 31).unwrap()) - 2_415_021;
    let k = (off as f64 / 29.530_588_853).floor() as i64;
    let moon = new_moon(k);
    if sun(moon) >= 9 { new_moon(k - 1) } else { moon }
}

/// The civil day of a day of a month (never a leap one) of a lunar year.
fn lunar(year: i32, month: i64, day: i64) -> NaiveDate {
    let (a, b) = if month < 11 {
        (eleventh_month(year - 1), eleventh_month(year))
    } else {
        (eleventh_month(year), eleventh_month(year + 1))
    };
    let k = (0.5 + (a as f64 - 2_415_021.076_998_695) / 29.530_588_853).floor() as i64;
    let mut off = (month - 11).rem_euclid(12);
    if b - a > 365 {
        let arc = |i: i64| sun(new_moon(k + i));
        let mut i = 1;
        while i < 14 && arc(i) != arc(i + 1) {
            i += 1;
        }
        // The month in which the sun enters no new twelfth is a leap one: what comes after it is a moon later.
        if off >= i {
            off += 1;
        }
    }
    civil(new_moon(k + off) + day - 1)
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Dates that everybody knows, leap months before and after them.
#[test]
fn the_moon_is_computed_rightly() {
    for (year, tet) in [
        (1968, "1968-01-29"), // a day before China's
        (1985, "1985-01-21"), // a month before China's
        (2007, "2007-02-17"), // a day before China's
        (2017, "2017-01-28"),
        (2018, "2018-02-16"),
        (2019, "2019-02-05"),
        (2020, "2020-01-25"),
        (2021, "2021-02-12"),
        (2022, "2022-02-01"),
        (2023, "2023-01-22"),
        (2024, "2024-02-10"),
        (2025, "2025-01-29"),
        (2026, "2026-02-17"),
        (2027, "2027-02-06"),
        (2028, "2028-01-26"),
        (2029, "2029-02-13"),
        (2030, "2030-02-02"), // a day before China's
    ] {
        assert_eq!(lunar(year, 1, 1), day(tet), "{year}");
    }
    // Mid-Autumn, on either side of a leap month: of 2023 the second was doubled, of 2025 the sixth.
    assert_eq!(lunar(2023, 8, 15), day("2023-09-29"));
    assert_eq!(lunar(2025, 8, 15), day("2025-10-06"));
    assert_eq!(lunar(2025, 3, 10), day("2025-04-07"));
}

#[test]
fn the_shipped_days_are_those_of_sun_moon_and_law() {
    let off = |wanted: NaiveDate| SHIPPED.iter().any(|it| it.day == wanted && it.kind == HolidayKind::DayOff);
    for year in 2017..=2030 {
        let tet = lunar(year, 1, 1);
        for days in 0..3 {
            assert!(off(tet + Days::new(days)), "{year}: day {} of Tết", days + 1);
        }
        assert!(off(tet - Days::new(1)), "{year}: the last day of the old year");
        let at_tet: Vec<NaiveDate> =
            SHIPPED.iter().filter(|it| it.day.year() == year && it.name == "Tết Nguyên đán").map(|it| it.day).collect();
        assert!((5..=7).contains(&at_tet.len()), "{year}: {at_tet:?}");
        // Five days of law: so many working days are off.
        let worked = at_tet.iter().filter(|day| day.weekday().num_days_from_monday() < 5).count();
        assert_eq!(worked, 5, "{year}: {at_tet:?}");
        assert!(off(lunar(year, 3, 10)), "{year}: Giỗ Tổ");
        for fixed in ["01-01", "04-30", "05-01", "09-02"] {
            assert!(off(day(&format!("{year}-{fixed}"))), "{year}-{fixed}");
        }
        let beside = off(day(&format!("{year}-09-01"))) || off(day(&format!("{year}-09-03")));
        assert!(beside || year < 2021, "{year}: a day beside 2 September");
        assert_eq!(off(day(&format!("{year}-11-24"))), year >= 2026, "{year}");
        // What is computed is said to be.
        let sure = SHIPPED.iter().filter(|it| it.day.year() == year && it.name == "Tết Nguyên đán");
        assert!(sure.clone().all(|it| (it.provenance == Provenance::Computed) == (year >= 2027)), "{year}");
    }
}

/// Whatever falls on a weekend is given back on a working day, and what is worked instead lies on one.
#[test]
fn nothing_is_lost_on_weekends() {
    let weekend = |day: NaiveDate| day.weekday().num_days_from_monday() >= 5;
    for year in 2017..=2030 {
        let of_year = || SHIPPED.iter().filter(move |it| it.day.year() == year);
        let lost =
            of_year().filter(|it| it.kind == HolidayKind::DayOff && weekend(it.day) && it.name != "Tết Nguyên đán").count();
        let back = of_year().filter(|it| it.name.ends_with("(nghỉ bù)")).count();
        assert_eq!(lost, back, "{year}");
        assert!(of_year().filter(|it| it.kind == HolidayKind::WorkingDay).all(|it| weekend(it.day)));
        assert!(of_year().filter(|it| it.name.ends_with("(nghỉ bù)")).all(|it| !weekend(it.day)));
    }
    let swapped_off = SHIPPED.iter().filter(|it| it.name.starts_with("Nghỉ hoán đổi")).count();
    let swapped_on = SHIPPED.iter().filter(|it| it.kind == HolidayKind::WorkingDay).count();
    assert_eq!((swapped_off, swapped_on), (6, 6));
    let days: std::collections::BTreeSet<_> = SHIPPED.iter().map(|it| it.day).collect();
    assert_eq!(days.len(), SHIPPED.len(), "a day twice");
}
