//! Petitions in every state that one can be in, a few of each, with the steps that led there. Nobody is named in them, and what
//! they say is invented.

use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};

use super::{
    clocks,
    dice::{Dice, Ids},
    rows::{ComplaintRow, ComplaintStepRow, HandlerRow, PartyRow, put},
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
const OVER: [&str; 6] = ["closed", "refused", "withdrawn", "guided", "filed", "protested"];

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
    }
    let rows = maker.rows;
    put!(connection, complaints, rows.cases);
    put!(connection, complaint_parties, rows.parties);
    put!(connection, complaint_handlers, rows.handlers);
    put!(connection, complaint_clocks, rows.clocks);
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
            merged_into_id: None,
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
    }

    /// As real ones look; from the seed.
    fn code(&mut self) -> String {
        const LETTERS: &[u8; 27] = b"2346789ACDEFGHJKMNPQRTVWXY5";
        let letters: String = (0..6).map(|_| char::from(LETTERS[self.dice.below(27)])).collect();
        format!("KH-{}-{}", &letters[..4], &letters[4..])
    }
}
