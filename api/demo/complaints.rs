//! Petitions in every state that one can be in, a few of each, with the steps that led there. Nobody is named in them, and what
//! they say is invented.

use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};

use super::{
    clocks,
    dice::{Dice, Ids},
    rows::{AlertRow, ComplaintRecordRow, ComplaintRow, ComplaintStepRow, HandlerRow, PartyRow, SubjectRow, put},
    world::World,
};
use crate::{
    calendar::clocks::ClockRow,
    db::{AnyConnection, Id, TextList, schema::accounts},
    http::Result,
    keys::{Keys, Purpose},
};

/// How often each way is gone, each time in another commune.
const ROUNDS: usize = 2;

/// A kind, its competence, and the steps from intake on, each with the state it leads to.
type Way = (&'static str, &'static str, &'static [(&'static str, &'static str)]);
const WAYS: &[Way] = &[
    (
        "complaint",
        "own",
        &[
            ("classify", "classified"),
            ("accept", "accepted"),
            ("verify", "verifying"),
            ("open_dialogue", "dialogue"),
            ("end_dialogue", "verifying"),
            ("draft", "drafted"),
            ("decide", "decided"),
            ("implement", "implementing"),
            ("close", "closed"),
        ],
    ),
    (
        "complaint",
        "own",
        &[("classify", "classified"), ("accept", "accepted"), ("verify", "verifying"), ("suspend", "suspended")],
    ),
    ("complaint", "own", &[("classify", "classified"), ("refuse", "refused")]),
    ("complaint", "own", &[("classify", "classified"), ("withdraw", "withdrawn")]),
    ("complaint", "external", &[("classify", "classified"), ("guide", "guided")]),
    ("complaint", "none", &[("classify", "classified"), ("file", "filed")]),
    ("complaint", "own", &[("classify", "classified"), ("merge", "merged")]),
    (
        "complaint",
        "own",
        &[
            ("classify", "classified"),
            ("accept", "accepted"),
            ("verify", "verifying"),
            ("draft", "drafted"),
            ("decide", "decided"),
            ("appeal", "appealed"),
        ],
    ),
    (
        "denunciation",
        "own",
        &[
            ("classify", "classified"),
            ("accept", "accepted"),
            ("verify", "verifying"),
            ("conclude", "concluded"),
            ("continue", "continued"),
        ],
    ),
    (
        "denunciation",
        "own",
        &[
            ("classify", "classified"),
            ("accept", "accepted"),
            ("verify", "verifying"),
            ("conclude", "concluded"),
            ("implement", "implementing"),
            ("close", "closed"),
        ],
    ),
    (
        "proposal",
        "external",
        &[("classify", "classified"), ("forward", "forwarded"), ("reply", "replied"), ("protest", "protested")],
    ),
    ("feedback", "own", &[("classify", "classified"), ("assign", "assigned"), ("answer", "answered"), ("close", "closed")]),
];

/// After these somebody handles it.
const HANDLED: [&str; 2] = ["verify", "assign"];
const OVER: [&str; 7] = ["closed", "refused", "withdrawn", "guided", "filed", "protested", "merged"];
/// What goes on above as a case of its own.
const GOES_ON: [&str; 2] = ["appealed", "continued"];
/// What of a step is on record beside it, and what it says.
const RECORDED: &[(&str, &str, &str)] = &[
    ("accept", "acceptance", "Đủ điều kiện thụ lý"),
    ("refuse", "refusal", "Hết thời hiệu, không có lý do chính đáng"),
    ("file", "filing", "Gửi nhiều nơi, trong đó có nơi có thẩm quyền"),
    ("guide", "guidance", "Ủy ban nhân dân xã"),
    ("forward", "forwarding", "Ủy ban nhân dân xã"),
    ("reply", "reply", "Đã kiểm tra; yêu cầu khắc phục trong quý"),
    ("protest", "protest", "Kiến nghị Ủy ban nhân dân huyện xem lại cách trả lời"),
    ("suspend", "suspension", "Chờ kết quả của cơ quan khác"),
    ("open_dialogue", "dialogue", "Hội trường Ủy ban nhân dân"),
    ("end_dialogue", "dialogue_minutes", "Hai bên thống nhất công khai sổ quỹ"),
    ("draft", "draft", "Chấp nhận một phần"),
    ("decide", "decision", "Công khai khoản hỗ trợ; rút kinh nghiệm"),
    ("conclude", "conclusion", "Tố cáo đúng một phần"),
    ("answer", "answer", "Đã tiếp thu, sẽ mở lớp trong quý tới"),
    ("close", "closure", "Đã thực hiện xong"),
    ("withdraw", "withdrawal", "Hai bên đã hòa giải"),
    ("appeal", "appeal", "Không đồng ý với quyết định"),
    ("continue", "continuation", "Có căn cứ giải quyết chưa đúng"),
];

const SAID: [(&str, &str); 5] = [
    ("money", "Khoản hỗ trợ vay vốn của chi hội năm nay chưa được công khai"),
    ("benefits", "Danh sách hội viên được tặng quà Tết chưa đúng đối tượng"),
    ("personnel", "Việc bầu lại tổ trưởng không báo trước cho hội viên"),
    ("conduct", "Cách trả lời hội viên của tổ chưa đúng mực"),
    ("women_and_children", "Đề nghị giúp một gia đình có trẻ phải nghỉ học"),
];

/// Writes them; how many there are.
pub(super) fn write(connection: &mut AnyConnection, keys: &Keys, world: &World, seed: u64) -> Result<usize> {
    let account = |connection: &mut AnyConnection, name: &str| -> Result<Vec<Id>> {
        Ok(accounts::table.filter(accounts::username.eq(name.to_owned())).select(accounts::id).load(connection)?)
    };
    let handlers = [account(connection, "kiemtra")?, account(connection, "thuongtruc")?].concat();
    let mut maker =
        Maker { keys, world, ids: Ids::new(seed, 12, world.now), dice: Dice::new(seed, 12), handlers, rows: Rows::default() };
    for round in 0..ROUNDS {
        for way in WAYS {
            // One case at each place of the way.
            for length in 0..=way.2.len() {
                maker.make(way, length, round);
            }
        }
        // Nobody in the union judges whom it is about: a stub without its text.
        maker.make(&("denunciation", "external", &[]), 0, round);
        if let Some(stub) = maker.rows.cases.last_mut() {
            (stub.status, stub.original_sealed, stub.closed_on) = ("routed_external", None, Some(stub.received_on));
        }
        if let Some(step) = maker.rows.steps.last_mut() {
            step.to_state = "routed_external";
        }
    }
    let rows = maker.rows;
    put!(connection, complaints, rows.cases);
    put!(connection, complaint_parties, rows.parties);
    put!(connection, complaint_handlers, rows.handlers);
    put!(connection, complaint_clocks, rows.clocks);
    put!(connection, complaint_records, rows.records);
    put!(connection, complaint_subjects, rows.subjects);
    put!(connection, complaint_alerts, rows.alerts);
    put!(connection, state_events, rows.steps);
    Ok(rows.cases.len())
}

#[derive(Default)]
struct Rows {
    cases: Vec<ComplaintRow>,
    parties: Vec<PartyRow>,
    handlers: Vec<HandlerRow>,
    steps: Vec<ComplaintStepRow>,
    clocks: Vec<ClockRow>,
    records: Vec<ComplaintRecordRow>,
    subjects: Vec<SubjectRow>,
    alerts: Vec<AlertRow>,
}

struct Maker<'w> {
    keys: &'w Keys,
    world: &'w World,
    ids: Ids,
    dice: Dice,
    handlers: Vec<Id>,
    rows: Rows,
}

impl Maker<'_> {
    fn make(&mut self, &(kind, competence, way): &Way, length: usize, round: usize) {
        let (world, keys, id) = (self.world, self.keys, self.ids.make());
        let number = self.rows.cases.len();
        let base = self.dice.of(&world.bases.iter().map(|base| base.board.node).collect::<Vec<_>>());
        let province = world.id(world.province.node);
        let owner = if kind == "denunciation" { province } else { world.id(base) };
        let (matter, text) = self.dice.of(&SAID);
        // Each step took some days; the last was a few days ago.
        let days_since = |place: usize| 2 + 3 * (length - place) as u64 + round as u64;
        let on = |place: usize| world.today - chrono::Days::new(days_since(place));
        let at = |place: usize| world.now.plus_seconds(-86_400 * i64::try_from(days_since(place)).unwrap_or_default());
        let taken = &way[..length];
        let status = taken.last().map_or("received", |(_, status)| *status);
        let done = |action: &str| taken.iter().position(|(known, _)| *known == action).map(|place| place + 1);
        let is_classified = done("classify").is_some();
        let settled = match kind {
            _ if done("decide").is_some() => Some("changed"),
            _ if done("conclude").is_some() => Some("partly_right"),
            _ if done("answer").is_some() => Some("answered"),
            _ => None,
        };
        let sealed = |purpose: Purpose, text: &str| Some(keys.seal(purpose, text.as_bytes(), id.as_bytes()));
        let mass = self.dice.below(6) == 0;
        let code = self.code();
        // The same matter as one that is open: the last that was taken up.
        let open = self.rows.cases.iter().rev().find(|case| case.status == "accepted" && case.kind == kind);
        let merged_into_id = open.filter(|_| status == "merged").map(|case| case.id);
        self.rows.cases.push(ComplaintRow {
            id,
            version: 1 + length as i64,
            created_at: at(0),
            updated_at: at(length),
            code,
            kind,
            status,
            receiving_unit_id: world.id(base),
            owner_unit_id: owner,
            channel: "in_person",
            received_on: on(0),
            received_by: None,
            matter: is_classified.then_some(matter),
            competence: is_classified.then_some(competence),
            instance: 1,
            previous_id: None,
            merged_into_id,
            petitioner_count: if mass { 7 } else { 1 },
            flags: TextList::of::<&str>(if mass && is_classified { &["mass"] } else { &[] }),
            complexity: "simple",
            custody: if kind == "denunciation" { "sealed_paper" } else { "none" },
            paper_ref: (kind == "denunciation").then(|| format!("HS-{number:02}")),
            decision_unit_id: None,
            known_on: None,
            content_sealed: is_classified.then(|| sealed(Purpose::CaseText, text)).flatten(),
            original_sealed: sealed(Purpose::CaseOriginal, text),
            result: settled,
            result_sealed: settled.and_then(|_| {
                sealed(Purpose::CaseText, "Đã làm việc với chi hội; yêu cầu công khai tại buổi sinh hoạt gần nhất")
            }),
            forwarded_to: done("forward").map(|_| "Ủy ban nhân dân xã"),
            accepted_on: done("accept").map(on),
            closed_on: OVER.contains(&status).then(|| on(length)),
            extended_count: 0,
        });
        self.rows.parties.push(PartyRow {
            id: self.ids.make(),
            complaint_id: id,
            ordinal: 1,
            is_representative: mass,
            withdrawn_on: (status == "withdrawn").then(|| on(length)),
            was_coerced: false,
        });
        let subject = self.ids.make();
        self.rows.subjects.push(SubjectRow {
            id: subject,
            complaint_id: id,
            capacity: match kind {
                "complaint" => "respondent",
                "denunciation" => "denounced",
                _ => "named",
            },
            member_id: None,
            unit_id: None,
            happened_on: None,
            name_sealed: Some(keys.seal(Purpose::CaseText, "Người giữ quỹ của chi hội".as_bytes(), subject.as_bytes())),
        });
        if mass && is_classified {
            self.rows.alerts.push(AlertRow {
                id: self.ids.make(),
                version: 1,
                created_at: at(1),
                updated_at: at(1),
                complaint_id: id,
                kind: "mass",
                acknowledged_at: None,
                acknowledged_by: None,
            });
        }
        for (place, (action, _)) in taken.iter().enumerate() {
            let Some((_, record, words)) = RECORDED.iter().find(|(known, ..)| known == action) else { continue };
            let row = self.ids.make();
            self.rows.records.push(ComplaintRecordRow {
                id: row,
                complaint_id: id,
                kind: record,
                happened_on: on(place + 1),
                recorded_at: at(place + 1),
                recorded_by: self.handlers.first().copied(),
                text_sealed: Some(keys.seal(Purpose::CaseText, words.as_bytes(), row.as_bytes())),
                facts: "{}".into(),
            });
        }
        if let Some(place) = HANDLED.into_iter().find_map(done) {
            for (number, account) in self.handlers.clone().into_iter().enumerate() {
                let row = HandlerRow {
                    id: self.ids.make(),
                    complaint_id: id,
                    account_id: account,
                    is_lead: number == 0,
                    appointed_at: at(place),
                    ended_at: None,
                };
                self.rows.handlers.push(row);
            }
        }
        let dated: Vec<_> = taken.iter().enumerate().map(|(place, (action, _))| (*action, on(place + 1))).collect();
        self.rows.clocks.extend(clocks::of(&mut self.ids, id, kind, on(0), &dated));
        let mut from = None;
        let steps = std::iter::once(("take_in", "received")).chain(taken.iter().copied());
        for (place, (action, to)) in steps.enumerate() {
            let actor = self.handlers.first().copied().filter(|_| place > 0);
            self.rows.steps.push(ComplaintStepRow {
                id: self.ids.make(),
                object_id: id,
                object_version: 1 + place as i64,
                recorded_at: at(place),
                action,
                from_state: from,
                to_state: to,
                actor_role: actor.map(|_| "inspector"),
                actor_id: actor,
                effective_on: None,
                reason: None,
            });
            from = Some(to);
        }
        if GOES_ON.contains(&status) {
            self.make(&(kind, competence, &[]), 0, round);
            if let Some(next) = self.rows.cases.last_mut() {
                (next.instance, next.previous_id, next.owner_unit_id) = (2, Some(id), province);
            }
        }
    }

    /// As real ones look; from the seed.
    fn code(&mut self) -> String {
        const LETTERS: &[u8; 27] = b"2346789ACDEFGHJKMNPQRTVWXY5";
        let letters: String = (0..6).map(|_| char::from(LETTERS[self.dice.below(27)])).collect();
        format!("KH-{}-{}", &letters[..4], &letters[4..])
    }
}
