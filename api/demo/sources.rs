//! The public tables that the demonstration is made from; see `data/README.md`.

use std::collections::HashMap;

use serde::{Deserialize, de::DeserializeOwned};

use super::dice::Weighted;
use crate::http::{Problem, Result};

fn rows<T: DeserializeOwned>(text: &'static str) -> Result<Vec<T>> {
    csv::Reader::from_reader(text.as_bytes())
        .into_deserialize()
        .collect::<std::result::Result<_, _>>()
        .map_err(|error| Problem::internal(format!("a table of the demonstration: {error}")))
}

/// A province, district or commune of 2017.
#[derive(Deserialize)]
pub(super) struct Place {
    pub(super) code: String,
    pub(super) parent_code: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) full_name: String,
    pub(super) level: u8,
}

/// Province, districts, communes, each after the one it belongs to.
pub(super) fn places() -> Result<Vec<Place>> {
    let mut places: Vec<Place> = rows(include_str!("data/units_2017_khanh_hoa.csv"))?;
    places.sort_by_key(|place| place.level);
    Ok(places)
}

/// Relative size of the communes of the mainland, by code.
pub(super) fn relative_sizes() -> Result<HashMap<String, u64>> {
    #[derive(Deserialize)]
    struct Row {
        code: String,
        relative_size: u64,
    }
    let rows: Vec<Row> = rows(include_str!("data/commune_relative_size_khanh_hoa.csv"))?;
    Ok(rows.into_iter().map(|row| (row.code, row.relative_size)).collect())
}

/// The women of the province.
pub(super) struct Women {
    /// 18 and over, projection for 2022.
    pub(super) adults: u64,
    /// First and last year of age of each age group, by its members.
    pub(super) ages: Weighted<(u64, u64)>,
}

pub(super) fn women() -> Result<Women> {
    #[derive(Deserialize)]
    struct Row {
        year: u16,
        sex: String,
        age_group: String,
        persons: u64,
    }
    let rows: Vec<Row> = rows(include_str!("data/population_projection_khanh_hoa.csv"))?;
    let mut adults = 0;
    let mut ages = Vec::new();
    for row in rows.iter().filter(|row| row.year == 2022 && row.sex == "female") {
        let age = |text: &str| text.parse::<u64>().ok();
        match row.age_group.as_str() {
            "18+ (derived)" => adults = row.persons,
            // Two of its five years; the young join late, so a part of them only.
            "15-19" => ages.push(((18, 19), row.persons * 2 / 5 * 35 / 100)),
            "20-24" => ages.push(((20, 24), row.persons * 70 / 100)),
            "80+" => ages.push(((80, 90), row.persons)),
            group => {
                if let Some((from, to)) = group.split_once('-').and_then(|(from, to)| Some((age(from)?, age(to)?)))
                    && from >= 20
                {
                    ages.push(((from, to), row.persons));
                }
            }
        }
    }
    Ok(Women { adults, ages: Weighted::of(ages) })
}

/// Parts of names of women, by how often they are met.
pub(super) struct Names {
    pub(super) family: Weighted<&'static str>,
    /// Middle names that begin with Thị.
    pub(super) middle_thi: Weighted<&'static str>,
    /// The others.
    pub(super) middle: Weighted<&'static str>,
    pub(super) given: Weighted<&'static str>,
}

pub(super) fn names() -> Names {
    let rows = || {
        include_str!("data/names_vi_female.csv").lines().skip(1).filter_map(|line| {
            let (part, rest) = line.split_once(',')?;
            let (value, weight) = rest.rsplit_once(',')?;
            Some((part, (value, weight.parse::<u64>().ok()?)))
        })
    };
    let of = |wanted: &'static str| rows().filter(move |(part, _)| *part == wanted).map(|(_, row)| row);
    let thi = |(value, _): &(&str, u64)| *value == "Thị" || value.starts_with("Thị ");
    Names {
        family: Weighted::of(of("family")),
        middle_thi: Weighted::of(of("middle").filter(thi)),
        middle: Weighted::of(of("middle").filter(|row| !thi(row))),
        given: Weighted::of(of("given")),
    }
}

/// Codes of the ethnic groups outside the highlands but the Kinh, by the women of the census of 2019.
///
/// Raglay, Cơ Ho and Ê Đê are left out: they live in communes that `places` of `land.rs` names.
pub(super) fn minorities() -> Weighted<&'static str> {
    Weighted::of(include_str!("data/ethnic_population_khanh_hoa_2019.csv").lines().skip(1).filter_map(|line| {
        let (code, rest) = line.split_once(',')?;
        let women = rest.rsplit(',').next()?.parse::<u64>().ok()?;
        (!matches!(code, "01" | "19" | "15" | "11")).then_some((code, women))
    }))
}

/// Prefixes of mobile numbers, without the 0.
pub(super) fn mobile_prefixes() -> Vec<&'static str> {
    include_str!("../members/data/phone_prefixes.csv")
        .lines()
        .skip(1)
        .filter_map(|line| line.rsplit(',').next()?.strip_prefix('0'))
        .collect()
}
