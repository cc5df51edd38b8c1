//! Inspections in every state: of base units by the province, and of branches by their base units.

use chrono::{Datelike, Days, NaiveDate};
use diesel::Insertable;
use serde_json::json;

use super::{
    dice::{Dice, Ids},
    offices::{Holder, Offices},
    world::World,
};
use crate::db::{
    Id, Instant,
    schema::{
        inspection_findings, inspection_notices, inspection_plan_items, inspection_plans, inspection_remediations,
        inspection_self_reports, inspection_teams, inspections, state_events,
    },
};

macro_rules! rows {
    ($($name:ident in $table:ident { $($field:ident: $type:ty,)+ })+) => {
        $(
            #[derive(Clone, Insertable)]
            #[diesel(table_name = $table, treat_none_as_default_value = false)]
            pub(super) struct $name { $($field: $type,)+ }
        )+
    };
}

rows! {
    PlanRow in inspection_plans {
        id: Id, version: i64, created_at: Instant, updated_at: Instant, unit_id: Id, year: i64, title: String, status: &'static str,
        revision: i64, submitted_by: Option<Id>, approved_on: Option<NaiveDate>, approval_no: Option<String>,
    }
    ItemRow in inspection_plan_items {
        id: Id, plan_id: Id, ordinal: i64, unit_id: Id, kind: &'static str, mode: &'static str, topic: &'static str, month: i64,
    }
    InspectionRow in inspections {
        id: Id, version: i64, created_at: Instant, updated_at: Instant, unit_id: Id, inspected_unit_id: Id, plan_item_id: Option<Id>,
        previous_id: Option<Id>, kind: &'static str, mode: &'static str, topic: &'static str, status: &'static str,
        shown: &'static str, is_surprise: bool, starts_on: NaiveDate, ends_on: NaiveDate, decision_no: Option<String>,
        sent_on: Option<NaiveDate>, checklist_id: Option<Id>, checklist_edition: Option<i64>, started_on: Option<NaiveDate>,
        fieldwork_done_on: Option<NaiveDate>, minutes_signature: Option<&'static str>, minutes_note: Option<&'static str>,
        no_issue: bool, shared_on: Option<NaiveDate>, comment_due_on: Option<NaiveDate>, comment: Option<&'static str>,
        commented_on: Option<NaiveDate>, postponed_count: i64, notice_due_on: Option<NaiveDate>, closed_on: Option<NaiveDate>,
    }
    TeamRow in inspection_teams { inspection_id: Id, member_id: Id, is_lead: bool, }
    ReportRow in inspection_self_reports { id: Id, inspection_id: Id, created_at: Instant, written_by: Option<Id>, text: &'static str, }
    FindingRow in inspection_findings {
        id: Id, version: i64, created_at: Instant, updated_at: Instant, inspection_id: Id, kind: &'static str,
        severity: Option<&'static str>, status: &'static str, evidence: &'static str, criterion: &'static str,
        nominated_on: Option<NaiveDate>, complaint_code: Option<String>, disciplinary_no: Option<String>,
    }
    NoticeRow in inspection_notices {
        id: Id, inspection_id: Id, created_at: Instant, no: String, issued_on: NaiveDate, recipients: String, text: &'static str,
    }
    RemediationRow in inspection_remediations {
        id: Id, version: i64, created_at: Instant, updated_at: Instant, inspection_id: Id, finding_id: Id, status: &'static str,
        measure: &'static str, owner: &'static str, due_on: NaiveDate, evidence: Option<&'static str>,
        reported_on: Option<NaiveDate>, rounds_count: i64, reason: Option<&'static str>,
    }
    EventRow in state_events {
        id: Id, object_id: Id, object_version: i64, recorded_at: Instant, action: &'static str, from_state: Option<&'static str>,
        to_state: &'static str, actor_role: Option<&'static str>, actor_id: Option<Id>, effective_on: Option<NaiveDate>,
        reason: Option<&'static str>,
    }
}

#[derive(Default)]
pub(super) struct InspectionRows {
    pub(super) plans: Vec<PlanRow>,
    pub(super) items: Vec<ItemRow>,
    pub(super) inspections: Vec<InspectionRow>,
    pub(super) teams: Vec<TeamRow>,
    pub(super) reports: Vec<ReportRow>,
    pub(super) findings: Vec<FindingRow>,
    pub(super) notices: Vec<NoticeRow>,
    pub(super) remediations: Vec<RemediationRow>,
    pub(super) events: Vec<EventRow>,
}

/// The way of an inspection: what was done, and the state that it led to.
const WAY: [(&str, &str); 9] = [
    ("create", "planned"),
    ("schedule", "scheduled"),
    ("start", "in_progress"),
    ("finish_fieldwork", "fieldwork_done"),
    ("draft", "drafted"),
    ("comment", "commented"),
    ("issue_notice", "notice_issued"),
    ("begin_remediation", "in_remediation"),
    ("close", "closed"),
];

const STATES: [&str; 11] = [
    "planned",
    "scheduled",
    "postponed",
    "in_progress",
    "fieldwork_done",
    "drafted",
    "commented",
    "notice_issued",
    "in_remediation",
    "closed",
    "cancelled",
];

const TOPICS: [(&str, &str); 4] = [
    ("thematic", "Chất lượng sinh hoạt chi hội"),
    ("finance", "Quản lý, sử dụng hội phí và quỹ hội"),
    ("charter", "Chấp hành Điều lệ, quản lý hội viên"),
    ("thematic", "Công tác nguồn vốn ủy thác"),
];

pub(super) struct Inspections<'w> {
    world: &'w World,
    dice: Dice,
    ids: Ids,
    rows: InspectionRows,
}

/// All of them, from people in posts elsewhere.
pub(super) fn inspections(world: &World, offices: &Offices<'_>, seed: u64) -> InspectionRows {
    let mut made =
        Inspections { world, dice: Dice::new(seed, 13), ids: Ids::new(seed, 13, world.now), rows: InspectionRows::default() };
    let led: Vec<(usize, &Holder)> = world
        .bases
        .iter()
        .enumerate()
        .filter_map(|(place, base)| Some((place, offices.holders.get(&(base.board.node, "president"))?)))
        .collect();
    let province = world.id(world.province.node);
    let year = i64::from(world.today.year());
    let below: Vec<Id> = world.bases.iter().take(24).map(|base| world.id(base.board.node)).collect();
    made.plan(province, year, "approved", &below);
    for (turn, pair) in world.bases.iter().filter(|base| !base.branches.is_empty()).take(6).enumerate() {
        let branches: Vec<Id> = pair.branches.iter().take(3).map(|branch| world.id(branch.node)).collect();
        made.plan(world.id(pair.board.node), year, ["draft", "submitted", "approved"][turn % 3], &branches);
    }
    if led.len() < 4 {
        return made.rows;
    }
    // Each inspects where she does not belong: the president of one commune two others.
    for turn in 0..STATES.len() * 3 {
        let (place, _) = led[turn % led.len()];
        let team = [led[(turn + 1) % led.len()].1.member_id, led[(turn + 2) % led.len()].1.member_id];
        let inspected = world.id(world.bases[place].board.node);
        made.inspection(province, inspected, team, STATES[turn % STATES.len()], turn);
    }
    made.rows
}

impl Inspections<'_> {
    fn event(&mut self, object: Id, version: i64, action: &'static str, from: Option<&'static str>, to: &'static str) {
        let id = self.ids.make();
        self.rows.events.push(EventRow {
            id,
            object_id: object,
            object_version: version,
            recorded_at: self.world.now,
            action,
            from_state: from,
            to_state: to,
            actor_role: Some("inspector"),
            actor_id: None,
            effective_on: None,
            reason: matches!(to, "postponed" | "cancelled" | "waived" | "rejected").then_some("Theo đề nghị của đơn vị"),
        });
    }

    fn plan(&mut self, unit: Id, year: i64, status: &'static str, below: &[Id]) {
        let id = self.ids.make();
        let ways = [("create", "draft"), ("submit", "submitted"), ("approve", "approved")];
        let steps = ways.iter().position(|(_, state)| *state == status).unwrap_or_default() + 1;
        let mut from = None;
        for (version, (action, state)) in (1..).zip(ways.into_iter().take(steps)) {
            self.event(id, version, action, from, state);
            from = Some(state);
        }
        let approved = status == "approved";
        let (now, today) = (self.world.now, self.world.today);
        self.rows.plans.push(PlanRow {
            id,
            version: steps as i64,
            created_at: now,
            updated_at: now,
            unit_id: unit,
            year,
            title: format!("Kế hoạch kiểm tra, giám sát năm {year}"),
            status,
            revision: 1,
            submitted_by: None,
            approved_on: approved.then(|| NaiveDate::from_ymd_opt(today.year(), 1, 1).unwrap_or(today)),
            approval_no: approved.then(|| "08-KH/BTV".into()),
        });
        for (place, unit) in below.iter().enumerate() {
            let (kind, topic) = TOPICS[place % TOPICS.len()];
            let item = ItemRow {
                id: self.ids.make(),
                plan_id: id,
                ordinal: place as i64 + 1,
                unit_id: *unit,
                kind,
                mode: if place % 3 == 2 { "supervise" } else { "inspect" },
                topic,
                month: 3 + (place as i64 % 8),
            };
            self.rows.items.push(item);
        }
    }

    fn inspection(&mut self, unit: Id, inspected: Id, team: [Id; 2], status: &'static str, turn: usize) {
        let (now, today) = (self.world.now, self.world.today);
        let before = |days: u64| today.checked_sub_days(Days::new(days)).unwrap_or(today);
        let after = |days: u64| today.checked_add_days(Days::new(days)).unwrap_or(today);
        let id = self.ids.make();
        let reached = WAY.iter().position(|(_, state)| *state == status).unwrap_or(match status {
            "postponed" => 1,
            _ => 0,
        });
        let past = |step: usize| reached >= step;
        let starts_on = match status {
            "planned" | "cancelled" => after(40 + turn as u64),
            "scheduled" | "postponed" => after(15 + turn as u64),
            "in_progress" => before(1),
            _ => before(60 + self.dice.below(20) as u64),
        };
        let ends_on = starts_on.checked_add_days(Days::new(2)).unwrap_or(starts_on);
        let mut version = 0;
        let mut from = None;
        for (action, state) in WAY.into_iter().take(reached + 1) {
            version += 1;
            self.event(id, version, action, from, state);
            from = Some(state);
        }
        for (action, state) in [("postpone", "postponed"), ("cancel", "cancelled")] {
            if state == status {
                version += 1;
                self.event(id, version, action, from, state);
            }
        }
        let (kind, topic) = TOPICS[turn % TOPICS.len()];
        let sees = match status {
            "planned" | "cancelled" => "nothing",
            "drafted" | "commented" => "with_draft",
            _ if past(6) => "all",
            _ => "head",
        };
        self.rows.inspections.push(InspectionRow {
            id,
            version,
            created_at: now,
            updated_at: now,
            unit_id: unit,
            inspected_unit_id: inspected,
            plan_item_id: None,
            previous_id: None,
            kind,
            mode: if turn % 4 == 3 { "supervise" } else { "inspect" },
            topic,
            status,
            shown: sees,
            is_surprise: false,
            starts_on,
            ends_on,
            decision_no: past(1).then(|| format!("{}-QĐ/UBKT", turn + 1)),
            sent_on: past(1).then(|| starts_on.checked_sub_days(Days::new(14)).unwrap_or(starts_on)),
            checklist_id: None,
            checklist_edition: None,
            started_on: past(2).then_some(starts_on),
            fieldwork_done_on: past(3).then_some(ends_on),
            minutes_signature: past(3).then_some("both_signed"),
            minutes_note: None,
            no_issue: false,
            shared_on: past(4).then(|| if past(6) { before(45) } else { before(1) }),
            comment_due_on: past(4).then(|| if past(6) { before(38) } else { after(6) }),
            comment: past(5).then_some("Nhất trí với dự thảo"),
            commented_on: past(5).then(|| if past(6) { before(40) } else { today }),
            postponed_count: i64::from(status == "postponed"),
            notice_due_on: past(3).then(|| ends_on.checked_add_days(Days::new(15)).unwrap_or(ends_on)),
            closed_on: (status == "closed").then(|| before(2)),
        });
        for (place, member_id) in team.into_iter().enumerate() {
            self.rows.teams.push(TeamRow { inspection_id: id, member_id, is_lead: place == 0 });
        }
        if past(2) {
            let report = self.ids.make();
            let text = "Đơn vị đã tự kiểm tra; hội phí thu đủ, sổ sách còn thiếu chữ ký";
            self.rows.reports.push(ReportRow { id: report, inspection_id: id, created_at: now, written_by: None, text });
        }
        if past(4) {
            self.results(id, status, past(6), turn);
        }
    }

    /// What was found, told and put right.
    fn results(&mut self, inspection: Id, status: &'static str, told: bool, turn: usize) {
        let (now, today) = (self.world.now, self.world.today);
        let before = |days: u64| today.checked_sub_days(Days::new(days)).unwrap_or(today);
        let mut finding = |kind: &'static str, severity: Option<&'static str>, evidence: &'static str| {
            let id = self.ids.make();
            self.rows.findings.push(FindingRow {
                id,
                version: if told { 2 } else { 1 },
                created_at: now,
                updated_at: now,
                inspection_id: inspection,
                kind,
                severity,
                status: if told { "issued" } else { "draft" },
                evidence,
                criterion: "Điều lệ Hội và quy chế quản lý quỹ hội",
                nominated_on: (told && kind == "exemplar").then(|| before(20)),
                complaint_code: None,
                disciplinary_no: None,
            });
            id
        };
        finding("exemplar", None, "Mô hình tổ tiết kiệm xoay vòng giúp 12 hội viên có vốn");
        finding("difficulty", None, "Chi hội miền núi đi lại khó, khó tập hợp hội viên");
        let owed = finding("shortcoming", Some("minor"), "Sổ quỹ quý I không có chữ ký của thủ quỹ");
        let mistaken = finding("shortcoming", Some("minor"), "Thiếu biên bản họp tháng 3");
        // The unit showed the minutes when it was asked for its comment.
        if let Some(row) = self.rows.findings.last_mut().filter(|row| row.id == mistaken && told) {
            row.status = "withdrawn";
        }
        if !told {
            return;
        }
        let notice = self.ids.make();
        let recipients = json!([{ "kind": "inspected_unit", "name": "Hội LHPN được kiểm tra" }, { "kind": "party_committee", "name": "Cấp ủy cùng cấp" }]);
        self.rows.notices.push(NoticeRow {
            id: notice,
            inspection_id: inspection,
            created_at: now,
            no: format!("{}-TB/UBKT", turn + 1),
            issued_on: before(35),
            recipients: recipients.to_string(),
            text: "Đơn vị chấp hành tốt; cần bổ sung chữ ký sổ quỹ, duy trì mô hình tiết kiệm",
        });
        if status == "notice_issued" {
            return;
        }
        let way: &[(&'static str, &'static str)] = match (status, turn % 3) {
            ("closed", 0) => &[("create", "open"), ("waive", "waived")],
            ("closed", _) => &[("create", "open"), ("report", "reported"), ("verify", "verified")],
            (_, 0) => &[("create", "open")],
            (_, 1) => &[("create", "open"), ("report", "reported")],
            _ => &[("create", "open"), ("report", "reported"), ("reject", "rejected")],
        };
        let id = self.ids.make();
        let mut from = None;
        for (version, (action, state)) in (1..).zip(way.iter().copied()) {
            self.event(id, version, action, from, state);
            from = Some(state);
        }
        let reported = way.len() > 1 && from != Some("waived");
        self.rows.remediations.push(RemediationRow {
            id,
            version: way.len() as i64,
            created_at: now,
            updated_at: now,
            inspection_id: inspection,
            finding_id: owed,
            status: from.unwrap_or("open"),
            measure: "Bổ sung chữ ký, kiểm quỹ hằng tháng",
            owner: "Thủ quỹ và chủ tịch Hội cơ sở",
            due_on: today.checked_add_days(Days::new(10)).unwrap_or(today),
            evidence: reported.then_some("Đã bổ sung chữ ký; kèm biên bản kiểm quỹ"),
            reported_on: reported.then(|| before(5)),
            rounds_count: i64::from(from == Some("rejected")),
            reason: matches!(from, Some("rejected" | "waived")).then_some("Theo đề nghị của đơn vị"),
        });
    }
}
