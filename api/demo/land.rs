//! What is known of the places: by the sea, in the mountains, who lives there.
//!
//! The codes are those of 2017. Coast, islands, mountains and industrial zones follow the map. The shares of ethnic
//! groups are plausible, not counted: no public table has them by commune. `disadvantaged` is given to the rural
//! communes of the two highland districts and three like them elsewhere, which is near to the government's list of
//! region III of those years, and no more than that.

use super::sources::Place;
use crate::units::Trait;

const KHANH_VINH: &str = "573";
const KHANH_SON: &str = "575";
const TRUONG_SA: &str = "576";

/// Communes with a coast.
const SEA: &[&str] = &[
    "22327", "22330", "22333", "22339", "22342", "22363", "22369", "22375", "22381", "22384", "22405", // Nha Trang
    "22408", "22411", "22414", "22420", "22423", "22429", "22432", "22480", "22483", "22486", // Cam Ranh
    "22441", "22444", "22453", "22462", // Cam Lâm
    "22489", "22492", "22495", "22498", "22504", "22507", "22516", "22519", "22525", // Vạn Ninh
    "22543", "22546", "22561", "22567", "22579", "22582", "22591", "22594", "22600", "22603", "22606", // Ninh Hòa
];
/// Communes on islands: Hòn Tre, Bình Ba, the peninsula and islands of Vạn Thạnh; Trường Sa is added by its district.
const ISLAND: &[&str] = &["22375", "22486", "22519"];
/// Highland communes of lowland districts.
const HIGHLAND: &[&str] = &["22447", "22477", "22534"];
/// Suối Dầu and Ninh Thủy.
const INDUSTRIAL: &[&str] = &["22711", "22567"];
const REMOTE: &[&str] = &["22606", "22486", "22519"];

/// The highland group that lives in a commune, by its code of 2008, and its share.
pub(super) fn highlanders(place: &Place) -> Option<(&'static str, f64)> {
    const RAGLAY: &str = "19";
    const CO_HO: &str = "15";
    const E_DE: &str = "11";
    Some(match (place.code.as_str(), place.parent_code.as_str()) {
        ("22534", _) => (E_DE, 0.6),                        // Ninh Tây
        ("22477" | "22447", _) => (RAGLAY, 0.75),           // Cam Thịnh Tây, Sơn Tân
        ("22474", _) => (RAGLAY, 0.25),                     // Cam Phước Đông
        ("22708" | "22459", _) => (RAGLAY, 0.12),           // Suối Cát, Cam Phước Tây
        ("22633" | "22639" | "22648", _) => (CO_HO, 0.65),  // Giang Ly, Liên Sang, Sơn Thái
        ("22609" | "22630" | "22621", _) => (RAGLAY, 0.25), // the town of Khánh Vĩnh, Sông Cầu, Khánh Đông
        (_, KHANH_VINH) => (RAGLAY, 0.65),
        ("22714", _) => (RAGLAY, 0.5), // Tô Hạp
        (_, KHANH_SON) => (RAGLAY, 0.85),
        _ => return None,
    })
}

/// The traits of a district or commune.
pub(super) fn traits(place: &Place) -> Vec<Trait> {
    let (code, parent) = (place.code.as_str(), place.parent_code.as_str());
    let commune = place.level == 3;
    let highland = [code, parent].iter().any(|code| [KHANH_SON, KHANH_VINH].contains(code)) || HIGHLAND.contains(&code);
    let far_island = [code, parent].contains(&TRUONG_SA);
    [
        (commune && place.kind != "Xã", Trait::Urban),
        (commune && place.kind == "Xã", Trait::Rural),
        (highland, Trait::Mountain),
        (SEA.contains(&code), Trait::Sea),
        (far_island || ISLAND.contains(&code), Trait::Island),
        (INDUSTRIAL.contains(&code), Trait::IndustrialZone),
        (highland, Trait::EthnicMinority),
        (far_island || REMOTE.contains(&code), Trait::Remote),
        (commune && highland && place.kind == "Xã", Trait::Disadvantaged),
    ]
    .into_iter()
    .filter_map(|(holds, wanted)| holds.then_some(wanted))
    .collect()
}

const VILLAGE_FIRST: &[&str] = &[
    "Phú",
    "Xuân",
    "Tân",
    "Mỹ",
    "Vĩnh",
    "Đại",
    "Hội",
    "Quảng",
    "Bình",
    "Thanh",
    "Phước",
    "Hòa",
    "Lạc",
    "Trường",
    "Nghi",
    "Văn",
    "Đông",
];
const VILLAGE_SECOND: &[&str] = &[
    "Lộc", "Sơn", "Hòa", "Thạnh", "Đức", "Mỹ", "Ân", "Thọ", "Xương", "Khánh", "Hải", "Điền", "Trung", "Lương", "Hưng", "Nghĩa",
    "Định",
];
const HAMLET_FIRST: &[&str] = &["Suối", "Hòn", "Đá", "Gia", "Tà", "Bến", "Dốc", "Chà"];
const HAMLET_SECOND: &[&str] =
    &["Cả", "Lau", "Dầu", "Bàn", "Mưa", "Trang", "Gụ", "Lương", "Khê", "Lê", "Thơm", "Gạo", "Liên", "Nĩa"];

/// The name of the n-th residential area of a commune: street groups are numbered, villages have names (invented).
pub(super) fn area(traits: &[Trait], n: usize, offset: usize) -> String {
    if traits.contains(&Trait::Urban) {
        return format!("Tổ dân phố {}", n + 1);
    }
    let (first, second) =
        if traits.contains(&Trait::Mountain) { (HAMLET_FIRST, HAMLET_SECOND) } else { (VILLAGE_FIRST, VILLAGE_SECOND) };
    // Steps without a common divisor with the lengths: no name twice in one commune.
    let place = (offset + n * 37) % (first.len() * second.len());
    format!("Thôn {} {}", first[place % first.len()], second[place / first.len() % second.len()])
}

/// Streets that many towns of the country have.
pub(super) const STREETS: &[&str] = &[
    "Trần Phú",
    "Lê Hồng Phong",
    "Nguyễn Trãi",
    "Lý Thánh Tôn",
    "Nguyễn Thị Minh Khai",
    "Hùng Vương",
    "Bạch Đằng",
    "Hoàng Diệu",
    "Trần Hưng Đạo",
    "Lê Lợi",
    "Quang Trung",
    "Phan Chu Trinh",
    "Nguyễn Huệ",
    "Đinh Tiên Hoàng",
    "Yersin",
    "Thống Nhất",
    "2 Tháng 4",
    "23 Tháng 10",
    "Phạm Văn Đồng",
    "Võ Thị Sáu",
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::demo::sources::places;

    #[test]
    fn every_code_is_one_of_2017() {
        let codes: HashSet<String> = places().unwrap().into_iter().map(|place| place.code).collect();
        for code in [SEA, ISLAND, HIGHLAND, INDUSTRIAL, REMOTE].concat() {
            assert!(codes.contains(code), "{code}");
        }
    }

    #[test]
    fn areas_of_a_commune_have_different_names() {
        for traits in [vec![Trait::Urban], vec![Trait::Rural], vec![Trait::Rural, Trait::Mountain]] {
            let names: HashSet<String> = (0..100).map(|n| area(&traits, n, 5)).collect();
            assert_eq!(names.len(), 100, "{traits:?}");
        }
    }
}
