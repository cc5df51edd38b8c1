//! The tree: the real 150 units of 2017, invented branches and groups below them.

use std::collections::HashMap;

use chrono::{Datelike, NaiveDate};

use super::{
    dice::{Dice, Ids},
    land,
    rows::{BodyRow, ExternalIdRow, PeriodRow, PopulationRow, SupportRow, TermRow, TraitRow, TreeRow, UnitRow, put},
    sources::{self, Place},
};
use crate::{
    db::{AnyConnection, Id, Instant},
    http::{Problem, Result},
    text,
    units::{Trait, UnitKind, UnitStatus},
};

/// How many members a branch has, more or less, and a group.
const BRANCH: usize = 300;
const GROUP: usize = 47;
/// Below this a branch has no groups.
const NO_GROUPS: usize = 70;

const TRUONG_SA: &str = "22736";
const SONG_TU_TAY: &str = "22737";
const SINH_TON: &str = "22739";

const BASIS: &str =
    "Dữ liệu trình diễn: tên và mã theo danh mục hành chính năm 2017; ngày thành lập lấy ngày tái lập tỉnh Khánh Hòa (01/7/1989)";
const INVENTED: &str = "Dữ liệu trình diễn: đơn vị không có thật";

/// A unit.
pub(super) struct Node {
    pub(super) id: Id,
    pub(super) kind: UnitKind,
    pub(super) code: Option<String>,
    pub(super) name: String,
    pub(super) parent: Option<usize>,
    founded_on: NaiveDate,
    pub(super) traits: Vec<Trait>,
}

/// A unit that has a board of its own: province, districts, base and affiliated units.
pub(super) struct Board {
    pub(super) node: usize,
    pub(super) term: Id,
    pub(super) last_term: Id,
    pub(super) term_starts_on: NaiveDate,
    pub(super) executive_committee: Id,
    pub(super) standing_committee: Id,
    pub(super) inspection_committee: Option<Id>,
    pub(super) departments: Vec<Id>,
}

/// A base unit, or an affiliated one, with its branches.
pub(super) struct Base {
    pub(super) board: Board,
    /// The unit above, a district or the province.
    pub(super) above: usize,
    pub(super) highlanders: Option<(&'static str, f64)>,
    pub(super) branches: Vec<Branch>,
    pub(super) clubs: Vec<usize>,
}

pub(super) struct Branch {
    pub(super) node: usize,
    pub(super) area: Option<String>,
    /// The units that members stand in, and how many in each: its groups, or the branch itself.
    pub(super) places: Vec<(usize, usize)>,
}

pub(super) struct World {
    pub(super) today: NaiveDate,
    pub(super) now: Instant,
    pub(super) founded_on: NaiveDate,
    pub(super) nodes: Vec<Node>,
    pub(super) province: Board,
    pub(super) districts: Vec<Board>,
    pub(super) bases: Vec<Base>,
    populations: Vec<PopulationRow>,
    bodies: Vec<BodyRow>,
    terms: Vec<TermRow>,
}

pub(super) const fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    match NaiveDate::from_ymd_opt(year, month, day) {
        Some(day) => day,
        None => NaiveDate::MIN,
    }
}

/// What is being built, and what it is built with.
struct Builder {
    ids: Ids,
    dice: Dice,
    now: Instant,
    founded_on: NaiveDate,
    /// The year of the congresses that opened the term of today.
    congress: i32,
    nodes: Vec<Node>,
    populations: Vec<PopulationRow>,
    bodies: Vec<BodyRow>,
    terms: Vec<TermRow>,
}

impl World {
    pub(super) fn build(members: usize, seed: u64, today: NaiveDate, now: Instant) -> Result<Self> {
        // Congresses are held in the years 2021, 2026 and so on, those of the province in September.
        let years_since = (today.year() - i32::from((today.month(), today.day()) < (10, 20)) - 2021).rem_euclid(5);
        let congress = today.year() - i32::from((today.month(), today.day()) < (10, 20)) - years_since;
        let mut builder = Builder {
            ids: Ids::new(seed, 0, now),
            dice: Dice::new(seed, 0),
            now,
            founded_on: day(1989, 7, 1),
            congress,
            nodes: Vec::new(),
            populations: Vec::new(),
            bodies: Vec::new(),
            terms: Vec::new(),
        };
        let places = sources::places()?;
        let sizes = sources::relative_sizes()?;
        let women = sources::women()?.adults;
        let all: u64 = sizes.values().sum();
        let mut at: HashMap<&str, usize> = HashMap::new();
        let mut boards: Vec<Board> = Vec::new();
        let mut communes: Vec<(&Place, usize, usize)> = Vec::new();
        for place in &places {
            let parent = at.get(place.parent_code.as_str()).copied();
            let (kind, name) = match place.level {
                1 => (UnitKind::Province, format!("Hội LHPN {}", lower_first(&place.full_name))),
                2 => (UnitKind::District, format!("Hội LHPN {}", lower_first(&place.full_name))),
                _ => (UnitKind::Base, place.full_name.clone()),
            };
            let node = builder.node(kind, Some(place.code.clone()), name, parent, land::traits(place));
            at.insert(&place.code, node);
            match kind {
                UnitKind::Base => communes.push((place, node, parent.unwrap_or(0))),
                _ => boards.push(builder.board(node)),
            }
        }
        let province = boards.remove(0);
        let affiliated = ["Hội Phụ nữ Công an tỉnh", "Hội Phụ nữ Bộ đội Biên phòng tỉnh", "Hội Phụ nữ Bộ Chỉ huy Quân sự tỉnh"]
            .map(|name| builder.node(UnitKind::Affiliated, None, name.into(), Some(province.node), Vec::new()));

        // The mainland by its relative sizes; the islands and the affiliated units small and by hand.
        let by_hand = |share: f64| (members as f64 * share).round() as usize;
        let fixed: HashMap<&str, usize> =
            [(TRUONG_SA, by_hand(0.000_15)), (SONG_TU_TAY, by_hand(0.000_05)), (SINH_TON, 0)].into();
        let staff = by_hand(0.001);
        let rest = members.saturating_sub(fixed.values().sum::<usize>() + staff * affiliated.len());
        let weights: Vec<f64> = communes
            .iter()
            .map(|(place, ..)| sizes.get(&place.code).map_or(0.0, |size| *size as f64) * builder.dice.factor(0.9, 1.1))
            .collect();
        let mut shares = apportion(rest, &weights);

        let mut bases = Vec::new();
        for ((place, node, above), share) in communes.iter().zip(&mut shares) {
            let share = fixed.get(place.code.as_str()).copied().unwrap_or(*share);
            let adults = sizes.get(&place.code).map(|size| women * size / all);
            builder.populate(&place.code, *node, adults, province.term);
            bases.push(builder.base(*node, *above, land::highlanders(place), share));
        }
        for node in affiliated {
            bases.push(builder.base(node, province.node, None, staff));
        }
        let Builder { founded_on, nodes, populations, bodies, terms, .. } = builder;
        Ok(Self { today, now, founded_on, nodes, province, districts: boards, bases, populations, bodies, terms })
    }

    pub(super) fn id(&self, node: usize) -> Id {
        self.nodes[node].id
    }

    /// The node of a commune or district, by its code of 2017.
    pub(super) fn coded(&self, code: &str) -> Result<usize> {
        self.nodes
            .iter()
            .position(|node| node.code.as_deref() == Some(code))
            .ok_or_else(|| Problem::internal(format!("no unit {code}")))
    }

    /// Units with all that hangs on them but people.
    pub(super) fn write(&self, connection: &mut AnyConnection, seed: u64) -> Result<()> {
        let mut ids = Ids::new(seed, 1, self.now);
        let (mut units, mut periods, mut tree, mut traits, mut external) = (vec![], vec![], vec![], vec![], vec![]);
        for (index, node) in self.nodes.iter().enumerate() {
            let parent_id = node.parent.map(|parent| self.id(parent));
            let (search_name, sort_key) = (text::search_form(&node.name), text::sort_key(&node.name));
            let official = node.code.is_some();
            periods.push(PeriodRow {
                unit_id: node.id,
                valid_from: node.founded_on,
                valid_to: None,
                kind: node.kind,
                code: node.code.clone(),
                name: node.name.clone(),
                search_name: search_name.clone(),
                sort_key: sort_key.clone(),
                parent_id,
                legal_basis: Some(if official { BASIS } else { INVENTED }),
                recorded_at: self.now,
            });
            units.push(UnitRow {
                id: node.id,
                version: 1,
                created_at: self.now,
                updated_at: self.now,
                kind: node.kind,
                code: node.code.clone(),
                name: node.name.clone(),
                search_name,
                sort_key,
                parent_id,
                status: UnitStatus::Active,
                founded_on: node.founded_on,
                closed_on: None,
                phone: None,
                email: None,
                address: None,
            });
            let (mut above, mut depth) = (Some(index), 0);
            while let Some(ancestor) = above {
                tree.push(TreeRow { ancestor_id: self.id(ancestor), unit_id: node.id, depth });
                (above, depth) = (self.nodes[ancestor].parent, depth + 1);
            }
            traits.extend(node.traits.iter().map(|wanted| TraitRow {
                unit_id: node.id,
                trait_code: *wanted,
                valid_from: node.founded_on,
                valid_to: None,
            }));
            external.extend(node.code.iter().map(|code| ExternalIdRow {
                id: ids.make(),
                version: 1,
                created_at: self.now,
                updated_at: self.now,
                unit_id: node.id,
                scheme: "gso",
                value: code.clone(),
                // The day of the list that the codes are from.
                valid_from: day(2017, 12, 13),
                valid_to: None,
            }));
        }
        put!(connection, units, units);
        put!(connection, unit_periods, periods);
        put!(connection, unit_tree, tree);
        put!(connection, unit_traits, traits);
        put!(connection, unit_external_ids, external);
        put!(connection, women_populations, self.populations);
        put!(connection, unit_bodies, self.bodies);
        put!(connection, terms, self.terms);
        put!(connection, unit_supports, self.supports(&mut ids));
        Ok(())
    }

    /// Each district supports one base unit of its own, in the mountains, by the sea or on an island where it has one; the
    /// first one has been through with another.
    fn supports(&self, ids: &mut Ids) -> Vec<SupportRow> {
        let hard =
            |node: usize| [Trait::Mountain, Trait::Sea, Trait::Island].iter().any(|it| self.nodes[node].traits.contains(it));
        let mut support = |supporter: usize, supported: usize, starts_on, ends_on: Option<NaiveDate>| SupportRow {
            id: ids.make(),
            version: 1,
            created_at: self.now,
            updated_at: self.now,
            supporter_unit_id: self.id(supporter),
            supported_unit_id: self.id(supported),
            reason: if hard(supported) {
                "Cơ sở miền núi, biển, đảo"
            } else {
                "Cơ sở Hội còn hạn chế, khó khăn"
            },
            starts_on,
            ends_on,
            result: ends_on.map(|_| "Chi hội, tổ phụ nữ sinh hoạt đều; hội viên tăng so với trước"),
        };
        let mut rows = Vec::new();
        for (n, district) in self.districts.iter().enumerate() {
            let mut own: Vec<usize> =
                self.bases.iter().filter(|base| base.above == district.node).map(|base| base.board.node).collect();
            own.sort_by_key(|node| !hard(*node));
            if let (0, Some(last)) = (n, own.last()) {
                rows.push(support(district.node, *last, day(2018, 3, 8), Some(day(2020, 10, 20))));
            }
            rows.extend(own.first().map(|node| support(district.node, *node, day(2021, 3, 8), None)));
        }
        rows
    }
}

impl Builder {
    fn node(&mut self, kind: UnitKind, code: Option<String>, name: String, parent: Option<usize>, traits: Vec<Trait>) -> usize {
        let founded_on = self.founded_on;
        self.nodes.push(Node { id: self.ids.make(), kind, code, name: text::clean(&name), parent, founded_on, traits });
        self.nodes.len() - 1
    }

    fn base(&mut self, node: usize, above: usize, highlanders: Option<(&'static str, f64)>, members: usize) -> Base {
        let board = self.board(node);
        let traits = self.nodes[node].traits.clone();
        let count = if members == 0 { 0 } else { (members + BRANCH / 2) / BRANCH }.max(usize::from(members > 0));
        let offset = self.dice.below(1000);
        let weights: Vec<f64> = (0..count).map(|_| self.dice.factor(0.8, 1.2)).collect();
        let mut branches = Vec::new();
        for (n, size) in apportion(members, &weights).into_iter().enumerate() {
            let residential = self.nodes[node].kind == UnitKind::Base;
            let area = residential.then(|| land::area(&traits, n, offset));
            let label = area.clone().unwrap_or_else(|| format!("{}", n + 1));
            let branch = self.node(UnitKind::Branch, None, format!("Chi hội {label}"), Some(node), Vec::new());
            let groups = if size < NO_GROUPS { 0 } else { (size + GROUP / 2) / GROUP };
            let weights: Vec<f64> = (0..groups).map(|_| self.dice.factor(0.85, 1.15)).collect();
            let mut places: Vec<(usize, usize)> = apportion(size, &weights)
                .into_iter()
                .enumerate()
                .map(|(n, size)| {
                    (self.node(UnitKind::Group, None, format!("Tổ phụ nữ số {}", n + 1), Some(branch), Vec::new()), size)
                })
                .collect();
            if places.is_empty() {
                places.push((branch, size));
            }
            branches.push(Branch { node: branch, area, places });
        }
        let mut clubs = Vec::new();
        if members >= 200 && self.dice.chance(0.35) {
            let (kind, title) = self.dice.of(&[
                (UnitKind::Club, "Câu lạc bộ Gia đình 5 không 3 sạch"),
                (UnitKind::Club, "Câu lạc bộ Phụ nữ khởi nghiệp"),
                (UnitKind::Club, "Câu lạc bộ Dân vũ"),
                (UnitKind::Team, "Tổ phụ nữ tiết kiệm"),
                (UnitKind::Team, "Tổ phụ nữ phân loại rác tại nguồn"),
            ]);
            let club = self.node(kind, None, title.into(), Some(node), Vec::new());
            self.nodes[club].founded_on = self.dice.day(day(2012, 3, 8), day(2024, 10, 20));
            clubs.push(club);
        }
        Base { board, above, highlanders, branches, clubs }
    }

    /// Terms and bodies of a unit.
    fn board(&mut self, node: usize) -> Board {
        let unit_id = self.nodes[node].id;
        let (month, held, ordinal) = match self.nodes[node].kind {
            UnitKind::Province => (9, 24, 13),
            UnitKind::District => (6, self.dice.between(10, 28) as u32, 12),
            _ => (4, self.dice.between(2, 28) as u32, 11),
        };
        let mut term = |year: i32| {
            let id = self.ids.make();
            let number = u32::try_from((year - 2016) / 5).unwrap_or(0) + ordinal;
            let row = TermRow {
                id,
                version: 1,
                created_at: self.now,
                updated_at: self.now,
                unit_id,
                ordinal: roman(number),
                name: format!("Nhiệm kỳ {year}–{}", year + 5),
                starts_on: day(year, month, held),
                ends_on: day(year + 5, month, held),
            };
            self.terms.push(row);
            id
        };
        let (last_term, current) = (term(self.congress - 5), term(self.congress));
        let mut body = |kind: &'static str, name: &'static str| {
            let id = self.ids.make();
            self.bodies.push(BodyRow {
                id,
                version: 1,
                created_at: self.now,
                updated_at: self.now,
                unit_id,
                kind,
                name,
                valid_from: if kind == "inspection_committee" { day(2021, 9, 24) } else { self.founded_on },
                valid_to: None,
            });
            id
        };
        let executive_committee = body("executive_committee", "Ban Chấp hành");
        let standing_committee = body("standing_committee", "Ban Thường vụ");
        let kind = self.nodes[node].kind;
        let inspection_committee =
            matches!(kind, UnitKind::Province | UnitKind::District).then(|| body("inspection_committee", "Ủy ban Kiểm tra"));
        let departments = if kind == UnitKind::Province {
            ["Văn phòng", "Ban Tổ chức", "Ban Tuyên giáo – Chính sách luật pháp", "Ban Gia đình – Xã hội – Kinh tế"]
                .map(|name| body("department", name))
                .to_vec()
        } else {
            Vec::new()
        };
        Board {
            node,
            term: current,
            last_term,
            term_starts_on: day(self.congress, month, held),
            executive_committee,
            standing_committee,
            inspection_committee,
            departments,
        }
    }

    /// Two denominators: the projection, and what a unit might count for itself.
    ///
    /// The islands show the odd cases: Trường Sa has a few, Song Tử Tây has no record, Sinh Tồn has no women.
    fn populate(&mut self, code: &str, node: usize, adults: Option<u64>, term: Id) {
        let (counted_on, source, adults) = match (code, adults) {
            (TRUONG_SA, _) => (day(2022, 12, 31), "Số trình diễn, không phải số thống kê", 45),
            (SINH_TON, _) => (day(2022, 12, 31), "Số trình diễn, không phải số thống kê", 0),
            (_, None) => return,
            (_, Some(adults)) => (
                day(2022, 12, 31),
                "Ước tính: nữ từ 18 tuổi năm 2022 của tỉnh (dự báo 2014–2034 của TCTK/UNFPA, phương án trung bình) chia theo quy mô tương đối của xã, phường",
                adults,
            ),
        };
        let present = (adults as f64 * self.dice.factor(0.52, 0.72)).round() as i64;
        for (basis, women_count, counted_on, source, frozen_for_term_id) in [
            ("statistics", i64::try_from(adults).unwrap_or(0), counted_on, source, Some(term)),
            ("present", present, day(self.congress, 3, 31), "Số trình diễn: Hội cơ sở rà soát phụ nữ có mặt tại địa bàn", None),
        ] {
            self.populations.push(PopulationRow {
                id: self.ids.make(),
                version: 1,
                created_at: self.now,
                updated_at: self.now,
                unit_id: self.nodes[node].id,
                basis,
                women_count,
                counted_on,
                source,
                estimated: true,
                frozen_for_term_id,
            });
        }
    }
}

/// Whole numbers in the proportion of the weights that add up to `total`.
fn apportion(total: usize, weights: &[f64]) -> Vec<usize> {
    let all: f64 = weights.iter().sum();
    let (mut seen, mut given) = (0.0, 0);
    weights
        .iter()
        .map(|weight| {
            seen += weight;
            let up_to = (total as f64 * seen / all).round() as usize;
            let share = up_to.saturating_sub(given);
            given = up_to;
            share
        })
        .collect()
}

fn lower_first(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

fn roman(mut number: u32) -> String {
    let mut text = String::new();
    for (value, letters) in [(10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")] {
        while number >= value {
            text.push_str(letters);
            number -= value;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up() {
        assert_eq!(apportion(10, &[1.0, 1.0, 1.0]).iter().sum::<usize>(), 10);
        assert_eq!(apportion(7, &[]), Vec::<usize>::new());
    }

    #[test]
    fn congresses_have_roman_numbers() {
        assert_eq!([13, 14, 15, 19].map(roman), ["XIII", "XIV", "XV", "XIX"]);
    }
}
