//! Officers: who holds which post, what they have learned, whom they look after.

use std::collections::{HashMap, HashSet};

use chrono::{Days, Months, NaiveDate};

use super::{
    dice::{Dice, Ids},
    people::{Person, Roll, years_before},
    rows::{AppointmentRow, AssignmentRow, QualificationRow, VisitRow},
    world::{Base, Board, World},
};
use crate::{
    db::Id,
    units::{Trait, UnitKind},
};

/// Who holds or might hold a post.
#[derive(Clone)]
pub(super) struct Holder {
    pub(super) member_id: Id,
    pub(super) name: String,
    joined_on: NaiveDate,
    born_on: NaiveDate,
}

pub(super) struct Offices<'w> {
    world: &'w World,
    dice: Dice,
    ids: Ids,
    pub(super) rows: OfficeRows,
    /// The first holder of each post of each unit, by node.
    pub(super) holders: HashMap<(usize, &'static str), Holder>,
    /// Kept for the districts and the province, by the unit above their base unit.
    upper: HashMap<usize, Vec<Holder>>,
    qualified: HashSet<Id>,
}

#[derive(Default)]
pub(super) struct OfficeRows {
    pub(super) appointments: Vec<AppointmentRow>,
    pub(super) qualifications: Vec<QualificationRow>,
    pub(super) assignments: Vec<AssignmentRow>,
    pub(super) visits: Vec<VisitRow>,
}

/// What somebody in a post has learned.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Schooling {
    /// Of a president and other full-time officers: nine in ten have all that is asked for.
    Leader,
    /// Of the other members of boards.
    Board,
    /// Of branch heads.
    Branch,
    None,
}

#[derive(Clone, Copy)]
struct Seat {
    post: &'static str,
    body_id: Option<Id>,
    kind: &'static str,
    sector: Option<&'static str>,
    full_time: bool,
    schooling: Schooling,
}

impl Seat {
    const fn of(post: &'static str, schooling: Schooling) -> Self {
        Self { post, body_id: None, kind: "core", sector: None, full_time: false, schooling }
    }

    const fn within(self, body: Id) -> Self {
        Self { body_id: Some(body), ..self }
    }

    const fn full_time(self) -> Self {
        Self { full_time: true, ..self }
    }

    const fn sitting_for(self, kind: &'static str, sector: Option<&'static str>) -> Self {
        Self { kind, sector, ..self }
    }
}

impl<'w> Offices<'w> {
    pub(super) fn new(world: &'w World, seed: u64) -> Self {
        Self {
            world,
            dice: Dice::new(seed, 3),
            ids: Ids::new(seed, 3, world.now),
            rows: OfficeRows::default(),
            holders: HashMap::new(),
            upper: HashMap::new(),
            qualified: HashSet::new(),
        }
    }

    /// The posts of a base unit and all below it.
    pub(super) fn base(&mut self, base: &Base, roll: &Roll, people: &mut [Person]) {
        let board = &base.board;
        let last_term = years_before(board.term_starts_on, 5);
        let mut order: Vec<usize> = (0..people.len()).filter(|index| people[*index].eligible).collect();
        self.dice.shuffle(&mut order);
        let size = order.len();
        let holder = |index: usize| {
            let member = &roll.members[index];
            Holder { member_id: member.id, name: member.full_name.clone(), joined_on: member.joined_on, born_on: member.born_on }
        };
        let take = |people: &mut [Person], wanted: &dyn Fn(usize, &Person) -> bool| {
            let index = order.iter().copied().find(|index| !people[*index].officer && wanted(*index, &people[*index]))?;
            people[index].officer = true;
            Some(holder(index))
        };
        let since = |day: NaiveDate| move |index: usize| roll.members[index].joined_on <= day;
        let (long, before) = (since(last_term), since(board.term_starts_on));
        let of_age = |person: &Person, from: u64, to: u64| (from..=to).contains(&person.age);

        // The president, from 28 to 44: nobody is too old for her first term.
        let new = self.dice.chance(0.4);
        let president = take(people, &|index, person| of_age(person, 28, 44) && (new || long(index)) && before(index))
            .or_else(|| take(people, &|index, person| of_age(person, 25, 60) && before(index)));
        if let Some(president) = president {
            let seat = Seat::of("president", Schooling::Leader).within(board.executive_committee).full_time();
            if new {
                // The one before her held it in the last term.
                if let Some(former) = take(people, &|index, person| of_age(person, 45, 60) && long(index)) {
                    self.former(&former, board, board.node, seat);
                }
                self.hold(&president, board, board.node, seat);
            } else {
                self.hold_again(&president, board, board.node, seat);
            }
        }
        let deputies = if size > 2500 { 2 } else { usize::from(size >= 12) };
        for _ in 0..deputies {
            if let Some(found) = take(people, &|index, person| of_age(person, 26, 50) && before(index)) {
                let seat = Seat::of("vice_president", Schooling::Board).within(board.executive_committee);
                self.hold_or_again(&found, board, board.node, seat);
            }
        }
        let standing = (size / 250).clamp(0, 3);
        for _ in 0..standing {
            if let Some(found) = take(people, &|index, person| of_age(person, 28, 56) && before(index)) {
                let seat = Seat::of("standing_member", Schooling::Board).within(board.standing_committee);
                self.hold_or_again(&found, board, board.node, seat);
            }
        }
        let sectors = ["Giáo dục", "Y tế", "Công an", "Quân sự", "Kinh tế"];
        for n in 0..(size / 120).clamp(1, 9) {
            if let Some(found) = take(people, &|index, person| of_age(person, 25, 58) && before(index)) {
                let seat = Seat::of("committee_member", Schooling::Board).within(board.executive_committee);
                let seat = match n {
                    0 | 1 if size > 400 => seat.sitting_for("sector", Some(self.dice.of(&sectors))),
                    2 => seat,
                    _ => seat.sitting_for("locality", None),
                };
                self.hold_or_again(&found, board, board.node, seat);
            }
        }
        // Some are kept for the boards above.
        for _ in 0..(size / 60).clamp(usize::from(size >= 10), 5) {
            if let Some(found) = take(people, &|index, person| of_age(person, 30, 52) && before(index)) {
                self.upper.entry(base.above).or_default().push(found);
            }
        }

        for (n, branch) in base.branches.iter().enumerate() {
            let man = (0..people.len()).find(|index| people[*index].branch == n && roll.members[*index].kind == "ex_officio");
            let here = |person: &Person| person.branch == n;
            let head = match man {
                Some(index) => {
                    people[index].officer = true;
                    Some(holder(index))
                }
                None => take(people, &|_, person| here(person) && of_age(person, 30, 66)),
            };
            if let Some(head) = head {
                self.hold_or_again(&head, board, branch.node, Seat::of("branch_head", Schooling::Branch));
            }
            if let Some(deputy) = take(people, &|_, person| here(person) && of_age(person, 25, 62)) {
                self.hold_or_again(&deputy, board, branch.node, Seat::of("branch_deputy", Schooling::None));
            }
            for &(place, size) in branch.places.iter().filter(|place| place.0 != branch.node) {
                let here = |person: &Person| person.place == place;
                if let Some(head) = take(people, &|_, person| here(person) && of_age(person, 24, 70)) {
                    self.hold_or_again(&head, board, place, Seat::of("group_head", Schooling::None));
                }
                if size > 50
                    && let Some(deputy) = take(people, &|_, person| here(person) && of_age(person, 24, 66))
                {
                    self.hold(&deputy, board, place, Seat::of("group_deputy", Schooling::None));
                }
            }
        }
        for club in &base.clubs {
            if let Some(head) = take(people, &|_, person| of_age(person, 25, 62)) {
                self.hold(&head, board, *club, Seat::of("club_head", Schooling::None));
            }
        }
    }

    /// The boards of the districts and the province, who looks after whom, and where they went.
    pub(super) fn above(&mut self) {
        let world = self.world;
        for board in &world.districts {
            let node = board.node;
            self.upper_board(board, node, if self.bases_of(node) >= 15 { 2 } else { 1 }, 3, 6, 2);
            // Presidents of the base units sit in the committee of their district.
            let presidents: Vec<Holder> = world
                .bases
                .iter()
                .filter(|base| base.above == node)
                .filter_map(|base| self.holders.get(&(base.board.node, "president")).cloned())
                .collect();
            for president in presidents {
                let seat = Seat::of("committee_member", Schooling::None).within(board.executive_committee);
                self.hold(&president, board, node, seat.sitting_for("locality", None));
            }
        }
        let board = &world.province;
        // Who was not needed in her district comes to the province, those of Nha Trang first.
        let mut pool: Vec<Holder> =
            world.districts.iter().rev().flat_map(|d| self.upper.remove(&d.node).unwrap_or_default()).collect();
        self.upper.entry(board.node).or_default().append(&mut pool);
        self.upper_board(board, board.node, 3, 6, 12, 12);
        for department in &board.departments {
            if let Some(head) = self.next_upper(board.node) {
                let seat = Seat::of("department_head", Schooling::Leader).within(*department).full_time();
                self.hold(&head, board, board.node, seat);
            }
        }
        for below in world.districts.iter().chain(world.bases.iter().map(|base| &base.board)) {
            let (seat_kind, sector) = match world.nodes[below.node].kind {
                UnitKind::District => ("locality", None),
                UnitKind::Affiliated => ("sector", Some("Lực lượng vũ trang")),
                _ => continue,
            };
            if let Some(president) = self.holders.get(&(below.node, "president")).cloned() {
                let seat = Seat::of("committee_member", Schooling::None).within(board.executive_committee);
                self.hold(&president, board, board.node, seat.sitting_for(seat_kind, sector));
            }
        }
        self.look_after();
    }

    fn bases_of(&self, node: usize) -> usize {
        self.world.bases.iter().filter(|base| base.above == node).count()
    }

    fn next_upper(&mut self, node: usize) -> Option<Holder> {
        self.upper.get_mut(&node)?.pop()
    }

    fn upper_board(&mut self, board: &Board, node: usize, deputies: usize, standing: usize, members: usize, specialists: usize) {
        let leader = |post| Seat::of(post, Schooling::Leader).full_time();
        let mut seats = vec![leader("president").within(board.executive_committee)];
        seats.extend(vec![leader("vice_president").within(board.executive_committee); deputies]);
        seats.extend(vec![Seat::of("standing_member", Schooling::Leader).within(board.standing_committee); standing]);
        seats.extend(vec![leader("specialist"); specialists]);
        if let Some(committee) = board.inspection_committee {
            seats.push(Seat::of("inspection_head", Schooling::Leader).within(committee));
            seats.extend(vec![Seat::of("inspection_member", Schooling::Board).within(committee); 2]);
        }
        seats.extend(vec![Seat::of("committee_member", Schooling::Board).within(board.executive_committee); members]);
        for seat in seats {
            // A small district leaves seats empty.
            let Some(found) = self.next_upper(node) else { break };
            self.hold_or_again(&found, board, node, seat);
        }
    }

    /// One officer looks after each district, each affiliated and each base unit; she goes there.
    fn look_after(&mut self) {
        let world = self.world;
        let at = |rows: &[AppointmentRow], node: usize| -> Vec<Id> {
            rows.iter()
                .filter(|row| row.unit_id == world.id(node) && row.status == "held")
                .filter(|row| matches!(row.post, "specialist" | "vice_president"))
                .map(|row| row.member_id)
                .collect()
        };
        let province = at(&self.rows.appointments, world.province.node);
        let mut of_units: Vec<(usize, Option<Id>)> = Vec::new();
        for (n, board) in world.districts.iter().enumerate() {
            of_units.push((board.node, province.get(n % province.len().max(1)).copied()));
        }
        let mut of_districts: HashMap<usize, Vec<Id>> = HashMap::new();
        for (n, base) in world.bases.iter().enumerate() {
            let district = of_districts.entry(base.above).or_insert_with(|| at(&self.rows.appointments, base.above));
            let officers = if district.is_empty() { &province } else { &*district };
            of_units.push((base.board.node, officers.get(n % officers.len().max(1)).copied()));
        }
        for (node, member_id) in of_units {
            let Some(member_id) = member_id else { continue };
            let (now, today, unit_id) = (world.now, world.today, world.id(node));
            self.rows.assignments.push(AssignmentRow {
                id: self.ids.make(),
                version: 1,
                created_at: now,
                updated_at: now,
                member_id,
                unit_id,
                valid_from: world.province.term_starts_on,
                valid_to: None,
                reason: Some("Phân công phụ trách địa bàn"),
            });
            for _ in 0..self.dice.between(1, 3) {
                let status = self.dice.of(&["done", "done", "done", "planned", "cancelled"]);
                let planned_on = match status {
                    "planned" => self.dice.day(today + Days::new(1), today + Days::new(45)),
                    _ => self.dice.day(world.province.term_starts_on, today),
                };
                let done_on = (status == "done").then(|| self.dice.day(planned_on, today.min(planned_on + Days::new(3))));
                self.rows.visits.push(VisitRow {
                    id: self.ids.make(),
                    version: 1,
                    created_at: now,
                    updated_at: now,
                    member_id,
                    unit_id,
                    purpose: self.dice.of(&["support", "survey", "guidance", "meeting", "follow_up"]),
                    status,
                    planned_on,
                    done_on,
                    findings: done_on.map(|_| {
                        self.dice.of(&[
                            "Chi hội sinh hoạt đều, cần bổ sung tài liệu tuyên truyền",
                            "Cần rà soát lại danh sách hội viên đi làm ăn xa",
                            "Sổ sách chi hội đầy đủ; đề nghị nhân rộng mô hình tiết kiệm",
                            "Hai tổ chưa đủ hội viên nòng cốt, đã hướng dẫn cách chọn",
                        ])
                    }),
                    cancel_reason: (status == "cancelled").then_some("Trùng lịch họp của địa phương"),
                });
            }
        }
    }

    fn hold_or_again(&mut self, holder: &Holder, board: &Board, node: usize, seat: Seat) {
        if self.dice.chance(0.5) { self.hold_again(holder, board, node, seat) } else { self.hold(holder, board, node, seat) }
    }

    /// In this term and, if she was there, in the one before.
    fn hold_again(&mut self, holder: &Holder, board: &Board, node: usize, seat: Seat) {
        if holder.joined_on <= years_before(board.term_starts_on, 5) {
            self.former(holder, board, node, seat);
        }
        self.hold(holder, board, node, seat);
    }

    fn former(&mut self, holder: &Holder, board: &Board, node: usize, seat: Seat) {
        let starts_on = years_before(board.term_starts_on, 5);
        // It must be a day of the unit and of the body, and of her time as a member.
        if self.world.nodes[node].kind == UnitKind::Club
            || (seat.post.starts_with("inspection") && starts_on < super::world::day(2021, 9, 24))
        {
            return;
        }
        self.appoint(holder, node, seat, Some(board.last_term), starts_on, Some(board.term_starts_on));
    }

    fn hold(&mut self, holder: &Holder, board: &Board, node: usize, seat: Seat) {
        let starts_on = holder.joined_on.max(board.term_starts_on);
        self.appoint(holder, node, seat, Some(board.term), starts_on, None);
        self.holders.entry((node, seat.post)).or_insert_with(|| holder.clone());
    }

    fn appoint(
        &mut self,
        holder: &Holder,
        node: usize,
        seat: Seat,
        term_id: Option<Id>,
        starts_on: NaiveDate,
        ends_on: Option<NaiveDate>,
    ) {
        let now = self.world.now;
        let manner = if self.dice.chance(0.9) { "elected" } else { self.dice.of(&["appointed", "co_opted"]) };
        let manner = if matches!(seat.post, "specialist" | "department_head" | "club_head") { "appointed" } else { manner };
        self.rows.appointments.push(AppointmentRow {
            id: self.ids.make(),
            version: 1,
            created_at: now,
            updated_at: now,
            member_id: holder.member_id,
            unit_id: self.world.id(node),
            body_id: seat.body_id,
            post: seat.post,
            term_id,
            manner,
            is_full_time: seat.full_time,
            seat_kind: seat.kind,
            sector: seat.sector,
            decision_no: Some(format!("{}/QĐ-BTV", self.dice.between(1, 180))),
            starts_on,
            ends_on,
            end_reason: ends_on.map(|_| "term_end"),
            status: if ends_on.is_some() { "ended" } else { "held" },
        });
        let mountain = self.world.nodes[node].traits.contains(&Trait::Mountain);
        if seat.schooling != Schooling::None && self.qualified.insert(holder.member_id) {
            self.school(holder, seat.schooling, mountain);
        }
    }

    fn school(&mut self, holder: &Holder, schooling: Schooling, mountain: bool) {
        // What one of ten leaders misses.
        let missing = match schooling {
            Schooling::Leader => self.dice.chance(0.1).then(|| self.dice.of(&["professional", "theory", "certificate"])),
            _ => None,
        };
        let chance = match schooling {
            Schooling::Leader => 1.0,
            Schooling::Board => 0.8,
            Schooling::Branch if mountain => 0.45,
            _ => 0.65,
        };
        let general = if schooling == Schooling::Branch && self.dice.chance(0.4) { "lower_secondary" } else { "upper_secondary" };
        self.learned(holder, "general_education", Some(general), None, 18);
        if schooling != Schooling::Branch && (schooling == Schooling::Leader || self.dice.chance(chance)) {
            let level = match (schooling, missing) {
                (Schooling::Leader, Some("professional")) => self.dice.of(&["elementary", "intermediate"]),
                (Schooling::Leader, _) => self.dice.of(&["university", "university", "university", "university", "master"]),
                _ => self.dice.of(&["university", "college", "intermediate", "intermediate"]),
            };
            let field = self.dice.of(&["Luật", "Công tác xã hội", "Quản trị kinh doanh", "Sư phạm", "Kế toán", "Hành chính học"]);
            self.learned(holder, "professional", Some(level), Some(field), 23);
            let level = match (schooling, missing) {
                (Schooling::Leader, Some("theory")) => "elementary",
                (Schooling::Leader, _) => self.dice.of(&["intermediate", "intermediate", "intermediate", "advanced"]),
                _ => self.dice.of(&["elementary", "elementary", "intermediate"]),
            };
            self.learned(holder, "political_theory", Some(level), None, 27);
        }
        if missing != Some("certificate") && self.dice.chance(chance) {
            self.learned(holder, "union_work_certificate", None, None, 28);
        }
        if self.dice.chance(0.25) {
            self.learned(holder, "social_work_certificate", None, None, 28);
        }
    }

    fn learned(
        &mut self,
        holder: &Holder,
        kind: &'static str,
        level: Option<&'static str>,
        field: Option<&'static str>,
        at_age: u32,
    ) {
        let now = self.world.now;
        let earliest = holder.born_on + Months::new(12 * at_age);
        // Before the last year, so that who must have it has it today.
        let latest = (earliest + Months::new(36)).min(self.world.today - Days::new(200));
        let certificate = level.is_none();
        self.rows.qualifications.push(QualificationRow {
            id: self.ids.make(),
            version: 1,
            created_at: now,
            updated_at: now,
            member_id: holder.member_id,
            kind,
            level,
            field,
            issuer: match kind {
                "political_theory" => Some("Trường Chính trị tỉnh"),
                "union_work_certificate" => Some("Học viện Phụ nữ Việt Nam"),
                _ => None,
            },
            certificate_no: certificate.then(|| format!("CC-{:05}", self.dice.below(100_000))),
            obtained_on: self.dice.day(earliest.min(latest), latest),
        });
    }
}
