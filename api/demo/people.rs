//! The people of a base unit. Nobody of them exists: names are drawn part by part, everything else by chance.

use std::collections::HashSet;

use chrono::{Datelike, Days, Months, NaiveDate};

use super::{
    dice::{Dice, Ids, Weighted},
    land::STREETS,
    rows::{CoreRow, EventRow, MemberRow, MembershipRow, SpecialGroupRow},
    sources::{self, Names},
    world::{Base, World},
};
use crate::{
    db::{Id, TextList},
    http::Result,
    keys::{Keys, Purpose},
    text,
    units::Trait,
};

/// Rows of one base unit.
#[derive(Default)]
pub(super) struct Roll {
    pub(super) members: Vec<MemberRow>,
    pub(super) memberships: Vec<MembershipRow>,
    pub(super) events: Vec<EventRow>,
    pub(super) special_groups: Vec<SpecialGroupRow>,
    pub(super) cores: Vec<CoreRow>,
}

/// What is thought of a member while her base unit is being made; at the same place in a list as her row.
#[derive(Clone, Copy)]
pub(super) struct Person {
    pub(super) age: u64,
    /// Branch of the base unit, and the unit she stands in.
    pub(super) branch: usize,
    pub(super) place: usize,
    /// A regular member today.
    pub(super) eligible: bool,
    /// Holds a post, so she is no core member.
    pub(super) officer: bool,
}

pub(super) struct People<'w> {
    world: &'w World,
    keys: &'w Keys,
    dice: Dice,
    ids: Ids,
    names: Names,
    ages: Weighted<(u64, u64)>,
    minorities: Weighted<&'static str>,
    prefixes: Vec<&'static str>,
    registered_in: Weighted<&'static str>,
    national_ids: HashSet<u64>,
    membership_nos: HashSet<u64>,
    /// Every unit that members stand in, for those who came from elsewhere.
    places: Vec<usize>,
    family_phone: Option<String>,
}

/// Where births were registered: most in Khánh Hòa, the rest in its neighbours and where people move from.
const REGISTERED: [(&str, u64); 14] = [
    ("056", 860),
    ("058", 25),
    ("054", 30),
    ("066", 12),
    ("052", 18),
    ("060", 6),
    ("068", 6),
    ("051", 8),
    ("049", 6),
    ("046", 6),
    ("040", 7),
    ("038", 6),
    ("079", 6),
    ("001", 4),
];
const RAGLAY_FAMILIES: &[&str] = &["Cao", "Cao", "Cao", "Mấu", "Mấu", "Bo Bo", "Bo Bo", "Tro", "Pi Năng"];
const CO_HO_FAMILIES: &[&str] = &["Hà", "Hà", "Cà", "K’"];
const E_DE_FAMILIES: &[&str] = &["Niê", "Niê", "Mlô", "Byă", "Êban"];
const MEN_MIDDLE: &[&str] =
    &["Văn", "Văn", "Văn", "Văn", "Hữu", "Đức", "Quang", "Minh", "Ngọc", "Thanh", "Xuân", "Công", "Đình", "Quốc"];
const MEN_GIVEN: &[&str] = &[
    "Hùng", "Dũng", "Tuấn", "Sơn", "Hải", "Long", "Thành", "Bình", "Hòa", "Phúc", "Tâm", "Nam", "Minh", "Quang", "Đức", "Thắng",
    "Lộc", "Khoa", "Vinh", "Trung",
];
const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Occupation groups (level 2) that are met often, by kind of place.
const TOWN_WORK: &[&str] =
    &["52", "52", "52", "51", "51", "95", "23", "33", "41", "42", "75", "91", "94", "53", "26", "36", "22"];
const VILLAGE_WORK: &[&str] = &["61", "61", "61", "63", "63", "92", "92", "52", "75", "93", "36", "53"];
const COAST_WORK: &[&str] = &["62", "62", "63", "92", "52", "52", "75", "95", "51", "93"];

impl<'w> People<'w> {
    pub(super) fn new(world: &'w World, keys: &'w Keys, seed: u64) -> Result<Self> {
        Ok(Self {
            world,
            keys,
            dice: Dice::new(seed, 2),
            ids: Ids::new(seed, 2, world.now),
            names: sources::names(),
            ages: sources::women()?.ages,
            minorities: sources::minorities(),
            prefixes: sources::mobile_prefixes(),
            registered_in: Weighted::of(REGISTERED),
            national_ids: HashSet::new(),
            membership_nos: HashSet::new(),
            places: world.bases.iter().flat_map(|base| &base.branches).flat_map(|b| &b.places).map(|place| place.0).collect(),
            family_phone: None,
        })
    }

    /// Everybody of a base unit; core members are chosen afterwards.
    pub(super) fn base(&mut self, base: &Base) -> (Roll, Vec<Person>) {
        let mut roll = Roll::default();
        let mut people = Vec::new();
        let own: Vec<usize> = base.branches.iter().flat_map(|branch| &branch.places).map(|place| place.0).collect();
        for (n, branch) in base.branches.iter().enumerate() {
            // Now and then a village head, a man, leads the women's branch too.
            let mut man_at_head = branch.area.is_some() && self.dice.chance(0.008);
            for &(place, size) in &branch.places {
                self.family_phone = None;
                for _ in 0..size {
                    let kind = match std::mem::take(&mut man_at_head) {
                        true => "ex_officio",
                        false if self.dice.chance(0.003) => "honorary",
                        false => "regular",
                    };
                    people.push(self.person(&mut roll, base, (n, place), kind, &own));
                }
            }
        }
        (roll, people)
    }

    /// 15 to 20 in a hundred of each branch, officers not among them; who became an officer was one before at times.
    pub(super) fn choose_core(&mut self, base: &Base, roll: &mut Roll, people: &[Person]) {
        let today = self.world.today;
        for branch in 0..base.branches.len() {
            let of_branch = || people.iter().enumerate().filter(move |(_, person)| person.branch == branch && person.eligible);
            let mut free: Vec<usize> =
                of_branch().filter(|(_, person)| !person.officer && person.age < 70).map(|(index, _)| index).collect();
            self.dice.shuffle(&mut free);
            let wanted = (of_branch().count() as f64 * self.dice.factor(0.152, 0.20)).round() as usize;
            for index in free.into_iter().take(wanted) {
                let member = &mut roll.members[index];
                member.is_core = true;
                let (id, joined_on) = (member.id, member.joined_on);
                let from = self.dice.day(joined_on.max(years_before(today, 5)), today);
                self.core(roll, id, from, None);
            }
            let former: Vec<usize> = of_branch().filter(|(_, person)| person.officer).map(|(index, _)| index).collect();
            for index in former {
                let (id, joined_on) = (roll.members[index].id, roll.members[index].joined_on);
                let end = base.board.term_starts_on;
                if joined_on + Months::new(24) < end && self.dice.chance(0.1) {
                    let from = self.dice.day(joined_on.max(years_before(end, 5)), end - Days::new(90));
                    self.core(roll, id, from, Some((end, "Được bầu làm cán bộ Hội")));
                }
            }
        }
    }

    fn core(&mut self, roll: &mut Roll, member_id: Id, valid_from: NaiveDate, end: Option<(NaiveDate, &'static str)>) {
        roll.cores.push(CoreRow {
            id: self.ids.make(),
            version: 1,
            created_at: self.world.now,
            updated_at: self.world.now,
            member_id,
            valid_from,
            valid_to: end.map(|end| end.0),
            end_reason: end.map(|end| end.1),
        });
    }

    fn person(
        &mut self,
        roll: &mut Roll,
        base: &Base,
        (branch, place): (usize, usize),
        kind: &'static str,
        own: &[usize],
    ) -> Person {
        let (today, now) = (self.world.today, self.world.now);
        let traits = &self.world.nodes[base.board.node].traits;
        let has = |wanted| traits.contains(&wanted);
        let regular = kind == "regular";
        let female = regular || (kind == "honorary" && self.dice.chance(0.6));

        let (from, to) = self.ages.roll(&mut self.dice);
        let age = if regular { self.dice.between(from, to) } else { self.dice.between(38, 62) };
        let exact = years_before(today, age as u32) - Days::new(self.dice.between(1, 364));
        let by_year = if age >= 60 {
            0.34
        } else if age >= 40 {
            0.15
        } else {
            0.05
        };
        let (born_on, birth_precision, last_birthday) = if age >= 20 && regular && self.dice.chance(by_year) {
            let (year, last) = (first_of_year(exact.year()), first_of_year(exact.year() + 1) - Days::new(1));
            (year, "year", last)
        } else if age >= 20 && regular && self.dice.chance(0.005) {
            let month = exact.with_day(1).unwrap_or(exact);
            (month, "month", month + Months::new(1))
        } else {
            (exact, "day", exact)
        };

        // A day more than 18 years: who was born on 29 February comes of age on 1 March.
        let of_age = (last_birthday + Months::new(12 * 18) + Days::new(1)).max(self.world.founded_on).min(today);
        let recent = years_before(today, 5);
        let joined = if of_age >= recent || self.dice.chance(0.1) {
            self.dice.day(of_age.max(recent), today)
        } else {
            // Rather early than late.
            self.dice.day(of_age, recent - Days::new(1)).min(self.dice.day(of_age, recent - Days::new(1)))
        };
        // Many are admitted on the days of the women.
        let joined_on = match self.dice.below(5) {
            0 => joined.with_month(10).and_then(|day| day.with_day(20)),
            1 => joined.with_day(8).and_then(|day| day.with_month(3)),
            _ => None,
        }
        .filter(|day| (of_age..=today).contains(day) && (*day >= recent) == (joined >= recent))
        .unwrap_or(joined);

        let highlander = base.highlanders.filter(|(_, share)| self.dice.chance(*share)).map(|(code, _)| code);
        let ethnic = match highlander {
            Some(code) => code,
            None if self.dice.chance(0.009) => self.minorities.roll(&mut self.dice),
            None => "01",
        };
        let full_name = text::clean(&self.name(female, age, highlander));

        let id = self.ids.make();
        let ended = if regular && joined_on < today { self.ending(age, joined_on) } else { None };
        let status = ended.map_or("active", |(status, ..)| status);
        let left_on = ended.map(|(_, day, _)| day);
        self.history(roll, id, place, own, joined_on, ended);

        let consents = self.dice.chance(0.75);
        let sensitive_consent_on = consents.then(|| self.dice.day(joined_on.max(today - Days::new(320)), today));
        let religion_code = (consents && self.dice.chance(0.22)).then(|| match highlander {
            Some(_) => self.dice.of(&["08", "08", "08", "02", "02"]),
            None => self.dice.of(&["01", "01", "01", "01", "01", "01", "02", "02", "02", "05", "08"]),
        });
        let occupation_code = if !self.dice.chance(if age >= 60 { 0.35 } else { 0.88 }) {
            None
        } else if has(Trait::Sea) && !has(Trait::Urban) {
            Some(self.dice.of(COAST_WORK))
        } else {
            Some(self.dice.of(if has(Trait::Rural) { VILLAGE_WORK } else { TOWN_WORK }))
        };

        let poor = if has(Trait::Disadvantaged) { 0.22 } else { 0.025 };
        let groups: Vec<&'static str> = if !regular {
            Vec::new()
        } else {
            [
                ("young", age <= 30 && self.dice.chance(0.7)),
                ("middle_aged", (45..60).contains(&age) && self.dice.chance(0.4)),
                ("elderly", age >= 60 && self.dice.chance(0.7)),
                ("rural", has(Trait::Rural) && self.dice.chance(0.3)),
                ("civil_servant", matches!(occupation_code, Some("22" | "23" | "26" | "36" | "41"))),
                ("worker", matches!(occupation_code, Some("75" | "93"))),
                ("entrepreneur", occupation_code == Some("52") && self.dice.chance(0.06)),
                ("working_away", age < 45 && self.dice.chance(0.03)),
                ("poor", consents && self.dice.chance(poor)),
                ("disabled", consents && self.dice.chance(0.012)),
                ("single", consents && age >= 28 && self.dice.chance(0.03)),
                ("ethnic_minority", consents && ethnic != "01"),
                ("religious", religion_code.is_some_and(|code| code != "01")),
            ]
            .into_iter()
            .filter_map(|(code, belongs)| belongs.then_some(code))
            .collect()
        };
        roll.special_groups.extend(groups.iter().map(|group_code| SpecialGroupRow {
            member_id: id,
            group_code,
            valid_from: joined_on,
            valid_to: left_on,
            recorded_at: now,
        }));

        let with_number = if age > 70 || highlander.is_some() { 0.62 } else { 0.83 };
        let number = self.dice.chance(with_number).then(|| self.national_id(female, exact.year()));
        let phone = if self.dice.chance(match age {
            0..30 => 0.85,
            30..70 => 0.72,
            _ => 0.35,
        }) {
            // Families share a phone.
            match &self.family_phone {
                Some(shared) if self.dice.chance(0.06) => Some(shared.clone()),
                _ => Some(format!("+84{}{:07}", self.dice.of(&self.prefixes), self.dice.below(10_000_000))),
            }
        } else {
            None
        };
        self.family_phone.clone_from(&phone);
        let residential_area = base.branches[branch].area.clone().filter(|_| self.dice.chance(0.95));
        let address = if has(Trait::Urban) && self.dice.chance(0.7) {
            Some(format!("{} {}", self.dice.between(1, 320), self.dice.of(STREETS)))
        } else if self.dice.chance(0.25) {
            Some(format!("Nhà số {}", self.dice.between(1, 180)))
        } else {
            None
        };
        roll.members.push(MemberRow {
            id,
            version: 1,
            created_at: now,
            updated_at: now,
            membership_no: self.membership_no(),
            kind,
            status,
            search_name: text::search_form(&full_name),
            sort_key: text::person_sort_key(&full_name),
            full_name,
            sex: if female { "female" } else { "male" },
            born_on,
            birth_precision,
            national_id_sealed: number.as_ref().map(|n| self.keys.seal(Purpose::PersonalField, n.as_bytes(), id.as_bytes())),
            national_id_hash: number.as_ref().map(|n| self.keys.mac(Purpose::BlindIndex, n.as_bytes()).to_vec()),
            national_id_last3: number.map(|n| n[9..].to_owned()),
            national_id_reason: None,
            phone,
            address,
            residential_area,
            residence_kind: if self.dice.chance(0.93) { "permanent" } else { "temporary" },
            occupation_code,
            ethnic_group_code: consents.then_some(ethnic),
            religion_code,
            sensitive_consent_on,
            special_groups: TextList::of(&groups),
            is_core: false,
            unit_id: self.world.id(place),
            joined_on,
            left_on,
            last_verified_on: (status == "active" && self.dice.chance(0.7))
                .then(|| self.dice.day(joined_on.max(today - Days::new(300)), today)),
        });
        Person { age, branch, place, eligible: regular && status == "active", officer: false }
    }

    /// About six in a hundred are no longer there.
    fn ending(&mut self, age: u64, joined_on: NaiveDate) -> Option<(&'static str, NaiveDate, Option<&'static str>)> {
        let today = self.world.today;
        let died = match age {
            75.. => 0.13,
            60..75 => 0.04,
            _ => 0.007,
        };
        let (status, reason) = if self.dice.chance(died) {
            ("deceased", None)
        } else if self.dice.chance(0.029) {
            let reasons = ["Chuyển đi nơi khác sinh sống", "Xin ra khỏi Hội", "Đi làm ăn xa, không còn tham gia sinh hoạt"];
            ("left", Some(self.dice.of(&reasons)))
        } else if self.dice.chance(0.013) {
            ("removed", Some("Không tham gia sinh hoạt Hội quá 12 tháng"))
        } else {
            return None;
        };
        Some((status, self.dice.day((joined_on + Days::new(1)).max(years_before(today, 6)), today), reason))
    }

    /// Where she stood, and what happened to her.
    fn history(
        &mut self,
        roll: &mut Roll,
        member_id: Id,
        place: usize,
        own: &[usize],
        joined_on: NaiveDate,
        ended: Option<(&'static str, NaiveDate, Option<&'static str>)>,
    ) {
        let (today, recorded_at) = (self.world.today, self.world.now);
        let unit_id = self.world.id(place);
        let end = ended.map(|(_, day, _)| day);
        let span = u64::try_from((end.unwrap_or(today) - joined_on).num_days()).unwrap_or(0);
        let mut stood = |unit_id, valid_from, valid_to| {
            roll.memberships.push(MembershipRow { member_id, valid_from, step: 0, valid_to, unit_id, recorded_at });
        };
        let mut happened = |ids: &mut Ids, kind, effective_on, from_unit_id, to_unit_id, reason, decision_no| {
            let id = ids.make();
            roll.events.push(EventRow {
                id,
                member_id,
                kind,
                effective_on,
                recorded_at,
                from_unit_id,
                to_unit_id,
                reason,
                decision_no,
            });
        };
        let mut first = unit_id;
        let mut since = joined_on;
        if span > 400 && self.dice.chance(0.03) {
            // From another group, most often of the same base unit.
            let from = if self.dice.chance(0.75) { self.dice.of(own) } else { self.dice.of(&self.places) };
            if from != place {
                first = self.world.id(from);
                since = joined_on + Days::new(self.dice.between(90, span - 90));
                stood(first, joined_on, Some(since));
            }
        } else if span > 2000 && ended.is_none() && self.dice.chance(0.004) {
            let gone = joined_on + Days::new(self.dice.between(200, span - 900));
            since = gone + Days::new(self.dice.between(380, 880));
            stood(unit_id, joined_on, Some(gone));
            happened(&mut self.ids, "admitted", joined_on, None, Some(unit_id), None, None);
            happened(&mut self.ids, "left", gone, Some(unit_id), None, Some("Đi làm ăn xa"), None);
            happened(&mut self.ids, "readmitted", since, None, Some(unit_id), Some("Trở về địa phương"), None);
            stood(unit_id, since, None);
            return;
        }
        stood(unit_id, since, end);
        happened(&mut self.ids, "admitted", joined_on, None, Some(first), None, None);
        if first != unit_id {
            happened(&mut self.ids, "transferred", since, Some(first), Some(unit_id), Some("Chuyển nơi ở"), None);
        }
        if let Some((kind, day, reason)) = ended {
            let decision = (kind == "removed").then(|| format!("{}/QĐ-BTV", self.dice.between(1, 99)));
            happened(&mut self.ids, kind, day, Some(unit_id), None, reason, decision);
        }
    }

    fn name(&mut self, female: bool, age: u64, highlander: Option<&'static str>) -> String {
        let dice = &mut self.dice;
        let family = match highlander {
            Some("19") => dice.of(RAGLAY_FAMILIES),
            Some("15") => dice.of(CO_HO_FAMILIES),
            Some("11") if female => {
                // Ê Đê names begin with the given name: H'Hoa Niê.
                return format!("H'{} {}", self.names.given.roll(dice), dice.of(E_DE_FAMILIES));
            }
            _ => self.names.family.roll(dice),
        };
        if !female {
            return format!("{family} {} {}", dice.of(MEN_MIDDLE), dice.of(MEN_GIVEN));
        }
        // The older, the more often Thị, and nothing but Thị.
        let (thi, only_thi) = match age {
            60.. => (0.95, 0.75),
            45..60 => (0.88, 0.55),
            30..45 => (0.75, 0.3),
            _ => (0.5, 0.15),
        };
        let middle = if highlander.is_some() || dice.chance(thi) {
            if dice.chance(only_thi) { "Thị" } else { self.names.middle_thi.roll(dice) }
        } else {
            self.names.middle.roll(dice)
        };
        let mut given = self.names.given.roll(dice);
        while middle.ends_with(given) {
            given = self.names.given.roll(dice);
        }
        if family == "K’" { format!("Ka {given}") } else { format!("{family} {middle} {given}") }
    }

    /// Place of registration, sex and century, year, six digits by chance; never the same twice.
    fn national_id(&mut self, female: bool, born_in: i32) -> String {
        let sex = i32::from(female) + if born_in >= 2000 { 2 } else { 0 };
        loop {
            let digits = format!(
                "{}{sex}{:02}{:06}",
                self.registered_in.roll(&mut self.dice),
                born_in.rem_euclid(100),
                self.dice.below(1_000_000)
            );
            if digits.parse().is_ok_and(|number| self.national_ids.insert(number)) {
                return digits;
            }
        }
    }

    /// `KH-7Q4M-X2PD`: by chance, so that a gap tells nothing.
    fn membership_no(&mut self) -> String {
        loop {
            let bits = self.dice.bits() >> 24;
            if self.membership_nos.insert(bits) {
                let letter = |place: u32| char::from(CROCKFORD[(bits >> (5 * place) & 31) as usize]);
                let four = |from: u32| (from..from + 4).map(letter).collect::<String>();
                return format!("KH-{}-{}", four(0), four(4));
            }
        }
    }
}

pub(super) fn years_before(day: NaiveDate, years: u32) -> NaiveDate {
    day - Months::new(12 * years)
}

fn first_of_year(year: i32) -> NaiveDate {
    super::world::day(year, 1, 1)
}
