//! Trainings: some base units with their plan of the year, a course in each state, and those who take part.

use chrono::{Datelike, Days, NaiveDate, NaiveTime};
use diesel::Insertable;

use super::{
    dice::{Dice, Ids},
    offices::Offices,
    rows::{put, row},
    world::{Base, World},
};
use crate::{
    db::{
        AnyConnection, Id, Instant, TextList,
        schema::{
            attendances, certificates, course_completions, courses, enrolments, session_trainers, state_events, training_needs,
            training_plan_items, training_plan_revisions, training_plans, training_sessions,
        },
    },
    http::Result,
    units::UnitKind,
};

row! { PlanRow in training_plans {
    id: Id,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
    unit_id: Id,
    year: i64,
    title: String,
    status: &'static str,
    revision: i64,
    budget_vnd: i64,
    reason: Option<String>,
}}

row! { ItemRow in training_plan_items {
    id: Id,
    plan_id: Id,
    ordinal: i64,
    title: String,
    category: &'static str,
    audience: TextList,
    quota: i64,
    quarter: i64,
    budget_vnd: i64,
    is_dropped: bool,
}}

row! { RevisionRow in training_plan_revisions {
    plan_id: Id,
    revision: i64,
    recorded_at: Instant,
    reason: Option<String>,
    budget_vnd: i64,
    items: String,
}}

row! { CourseRow in courses {
    id: Id,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
    unit_id: Id,
    plan_item_id: Option<Id>,
    unplanned_reason: Option<String>,
    title: String,
    category: &'static str,
    delivery_mode: &'static str,
    audience: TextList,
    quota: i64,
    min_attendance_percent: i64,
    has_test: bool,
    status: &'static str,
    starts_at: Option<Instant>,
    ends_at: Option<Instant>,
    confirmed_count: i64,
    cancel_reason: Option<String>,
    completed_on: Option<NaiveDate>,
    created_by: Option<Id>,
}}

row! { NeedRow in training_needs {
    id: Id,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
    member_id: Id,
    unit_id: Id,
    category: &'static str,
    year: i64,
    reason: &'static str,
    note: Option<String>,
    status: &'static str,
    decision_reason: Option<String>,
    plan_item_id: Option<Id>,
    course_id: Option<Id>,
}}

row! { SessionRow in training_sessions {
    id: Id,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
    course_id: Id,
    unit_id: Id,
    topic: &'static str,
    starts_at: Instant,
    ends_at: Instant,
    place: Option<String>,
    remote_link: Option<String>,
    theory_minutes: i64,
    practice_minutes: i64,
    discussion_minutes: i64,
    attendance_closed_at: Option<Instant>,
    is_cancelled: bool,
}}

row! { TrainerRow in session_trainers {
    session_id: Id,
    ordinal: i64,
    member_id: Option<Id>,
    name: Option<&'static str>,
}}

row! { EnrolmentRow in enrolments {
    id: Id,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
    course_id: Id,
    member_id: Id,
    unit_id: Id,
    organiser_unit_id: Id,
    status: &'static str,
    waiting_since: Option<Instant>,
    attended_minutes: i64,
    test_passed: Option<bool>,
    decision_reason: Option<String>,
}}

row! { AttendanceRow in attendances {
    session_id: Id,
    enrolment_id: Id,
    mark: &'static str,
    minutes: i64,
    source: &'static str,
    recorded_at: Instant,
    reason: Option<String>,
}}

row! { CompletionRow in course_completions {
    id: Id,
    member_id: Id,
    course_id: Id,
    category: &'static str,
    completed_on: NaiveDate,
    recorded_at: Instant,
}}

row! { CertificateRow in certificates {
    id: Id,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
    certificate_no: String,
    enrolment_id: Id,
    course_id: Id,
    member_id: Id,
    unit_id: Id,
    organiser_unit_id: Id,
    issued_on: NaiveDate,
    status: &'static str,
    reason: Option<String>,
    proposed_by: Option<Id>,
    replaces_id: Option<Id>,
}}

row! { StepRow in state_events {
    id: Id,
    object_id: Id,
    object_version: i64,
    recorded_at: Instant,
    action: &'static str,
    from_state: Option<&'static str>,
    to_state: &'static str,
    actor_role: Option<&'static str>,
    actor_id: Option<Id>,
    effective_on: Option<NaiveDate>,
    reason: Option<String>,
}}

#[derive(Default)]
struct Rows {
    plans: Vec<PlanRow>,
    items: Vec<ItemRow>,
    revisions: Vec<RevisionRow>,
    courses: Vec<CourseRow>,
    needs: Vec<NeedRow>,
    sessions: Vec<SessionRow>,
    trainers: Vec<TrainerRow>,
    enrolments: Vec<EnrolmentRow>,
    attendances: Vec<AttendanceRow>,
    completions: Vec<CompletionRow>,
    certificates: Vec<CertificateRow>,
    steps: Vec<StepRow>,
}

/// How an object came to a state: action and state, step by step.
type Way = &'static [(&'static str, &'static str)];

const PLANS: &[Way] = &[
    &[("create", "draft"), ("submit", "submitted"), ("approve", "approved")],
    &[("create", "draft")],
    &[("create", "draft"), ("submit", "submitted")],
    &[("create", "draft"), ("submit", "submitted"), ("approve", "approved"), ("close", "closed")],
];
/// With how many days from today on its session is.
const COURSES: &[(i64, Way)] = &[
    (-60, &[("create", "draft"), ("schedule", "scheduled"), ("open", "open"), ("start", "running"), ("complete", "completed")]),
    (-1, &[("create", "draft"), ("schedule", "scheduled"), ("open", "open"), ("start", "running")]),
    (20, &[("create", "draft"), ("schedule", "scheduled"), ("open", "open")]),
    (25, &[("create", "draft"), ("schedule", "scheduled"), ("open", "open"), ("fill", "full")]),
    (30, &[("create", "draft"), ("schedule", "scheduled")]),
    (40, &[("create", "draft")]),
    (15, &[("create", "draft"), ("schedule", "scheduled"), ("cancel", "cancelled")]),
];
const NEEDS: &[Way] = &[
    &[("create", "proposed")],
    &[("create", "proposed"), ("accept", "accepted")],
    &[("create", "proposed"), ("reject", "rejected")],
    &[("create", "proposed"), ("accept", "accepted"), ("plan", "planned")],
    &[("create", "proposed"), ("accept", "accepted"), ("carry_over", "carried_over")],
];
/// The first one is met by the course that is over.
const MET: Way = &[("create", "proposed"), ("accept", "accepted"), ("complete", "completed")];

/// So many base units hold courses: each state twice.
const HOLDERS: usize = 14;
const MINUTES: i64 = 180;

struct Maker<'w> {
    world: &'w World,
    dice: Dice,
    ids: Ids,
    rows: Rows,
}

/// Makes and writes them.
pub(super) fn write(connection: &mut AnyConnection, world: &World, offices: &Offices<'_>, seed: u64) -> Result<()> {
    let mut maker = Maker { world, dice: Dice::new(seed, 11), ids: Ids::new(seed, 11, world.now), rows: Rows::default() };
    let heads = |base: &Base| -> Vec<(Id, Id)> {
        base.branches.iter().filter_map(|branch| head_of(offices, world.id(branch.node))).collect()
    };
    let of_bases = world.bases.iter().map(|base| (base.board.node, heads(base)));
    let mut holders: Vec<(usize, Vec<(Id, Id)>)> = of_bases.filter(|(_, heads)| heads.len() >= 3).take(HOLDERS).collect();
    if holders.len() < HOLDERS {
        // Of few people there are few branches: then districts hold the courses, for the heads of all branches below.
        let below = |district: usize| {
            world.bases.iter().filter(|base| world.nodes[base.board.node].parent == Some(district)).flat_map(heads).collect()
        };
        let districts = (0..world.nodes.len()).filter(|node| world.nodes[*node].kind == UnitKind::District);
        holders = districts.map(|node| (node, below(node))).filter(|(_, heads): &(_, Vec<_>)| heads.len() >= 3).collect();
    }
    for (place, (node, heads)) in holders.iter().enumerate() {
        maker.unit(world.id(*node), place, heads);
    }
    let rows = maker.rows;
    put!(connection, training_plans, rows.plans);
    put!(connection, training_plan_items, rows.items);
    put!(connection, training_plan_revisions, rows.revisions);
    put!(connection, courses, rows.courses);
    put!(connection, training_needs, rows.needs);
    put!(connection, training_sessions, rows.sessions);
    put!(connection, session_trainers, rows.trainers);
    put!(connection, enrolments, rows.enrolments);
    put!(connection, attendances, rows.attendances);
    put!(connection, course_completions, rows.completions);
    put!(connection, certificates, rows.certificates);
    put!(connection, state_events, rows.steps);
    Ok(())
}

/// Who heads a branch today, with the branch.
fn head_of(offices: &Offices<'_>, unit_id: Id) -> Option<(Id, Id)> {
    let held = |row: &&super::rows::AppointmentRow| row.unit_id == unit_id && row.post == "branch_head" && row.status == "held";
    offices.rows.appointments.iter().find(held).map(|row| (row.member_id, unit_id))
}

impl Maker<'_> {
    /// The steps of an object; its version.
    fn steps(&mut self, object_id: Id, way: Way) -> i64 {
        let mut from = None;
        for (version, (action, to)) in (1_i64..).zip(way.iter().copied()) {
            self.rows.steps.push(StepRow {
                id: self.ids.make(),
                object_id,
                object_version: version,
                recorded_at: self.world.now,
                action,
                from_state: from,
                to_state: to,
                actor_role: Some("base_president"),
                actor_id: None,
                effective_on: None,
                reason: None,
            });
            from = Some(to);
        }
        i64::try_from(way.len()).unwrap_or(1)
    }

    fn unit(&mut self, unit_id: Id, place: usize, heads: &[(Id, Id)]) {
        let (now, year) = (self.world.now, i64::from(self.world.today.year()));
        let audience = || TextList::of(&["branch_head"]);
        let plan_way = PLANS[place % PLANS.len()];
        let (plan_id, item_id) = (self.ids.make(), self.ids.make());
        let budget_vnd = i64::try_from(self.dice.between(8, 40)).unwrap_or(8) * 1_000_000;
        let status = plan_way[plan_way.len() - 1].1;
        let revision = i64::from(matches!(status, "approved" | "closed"));
        let version = self.steps(plan_id, plan_way);
        self.rows.plans.push(PlanRow {
            id: plan_id,
            version,
            created_at: now,
            updated_at: now,
            unit_id,
            year,
            title: format!("Kế hoạch bồi dưỡng cán bộ Hội năm {year}"),
            status,
            revision,
            budget_vnd,
            reason: None,
        });
        let title = "Bồi dưỡng nghiệp vụ công tác Hội cho chi hội trưởng";
        self.rows.items.push(ItemRow {
            id: item_id,
            plan_id,
            ordinal: 0,
            title: title.into(),
            category: "union_work",
            audience: audience(),
            quota: 40,
            quarter: 3,
            budget_vnd,
            is_dropped: false,
        });
        if revision == 1 {
            let items = serde_json::json!([{ "id": item_id, "title": title, "category": "union_work", "audience": ["branch_head"],
                "quota": 40, "quarter": 3, "budget_vnd": budget_vnd }]);
            self.rows.revisions.push(RevisionRow {
                plan_id,
                revision,
                recorded_at: now,
                reason: None,
                budget_vnd,
                items: items.to_string(),
            });
        }
        let (days, way) = COURSES[place % COURSES.len()];
        let course_id = self.course(unit_id, (revision == 1 && status == "approved").then_some(item_id), days, way, heads);
        for (n, (member_id, unit)) in heads.iter().enumerate().take(NEEDS.len()) {
            let is_met = n == 0 && days < 0 && way[way.len() - 1].1 == "completed";
            let way = if is_met { MET } else { NEEDS[(n + place) % NEEDS.len()] };
            let status = way[way.len() - 1].1;
            // A need is planned where there is a line for it.
            if status == "planned" && plan_way[plan_way.len() - 1].1 != "approved" {
                continue;
            }
            let id = self.ids.make();
            let version = self.steps(id, way);
            self.rows.needs.push(NeedRow {
                id,
                version,
                created_at: now,
                updated_at: now,
                member_id: *member_id,
                unit_id: *unit,
                category: if status == "planned" || is_met {
                    "union_work"
                } else {
                    self.dice.of(&["digital", "planning", "finance"])
                },
                year: if status == "carried_over" { year - 1 } else { year },
                reason: self.dice.of(&["required_courses", "competency", "request"]),
                note: None,
                status,
                decision_reason: (status == "rejected").then(|| "Đã học lớp tương tự".into()),
                plan_item_id: (status == "planned").then_some(item_id),
                course_id: is_met.then_some(course_id),
            });
        }
    }

    /// A moment of a day, in hours of Vietnam.
    fn at(&self, days: i64, hour: i64) -> Instant {
        let day = self.world.today.and_time(NaiveTime::MIN).and_utc().timestamp_millis();
        Instant::from_millis(day + ((days * 24) + hour - 7) * 3_600_000)
    }

    fn course(&mut self, unit_id: Id, plan_item_id: Option<Id>, days: i64, way: Way, heads: &[(Id, Id)]) -> Id {
        let (id, session, now) = (self.ids.make(), self.ids.make(), self.world.now);
        let status = way[way.len() - 1].1;
        let over = status == "completed";
        let trainees = &heads[..heads.len().min(8)];
        let mut confirmed_count = 0;
        let held_on = if days < 0 { self.world.today - Days::new(days.unsigned_abs()) } else { self.world.today };
        let full = i64::try_from(trainees.len()).unwrap_or(3) - 1;
        for (n, (member_id, home)) in trainees.iter().enumerate() {
            let last = n + 1 == trainees.len();
            let way: Way = match status {
                "draft" => continue,
                "scheduled" => &[("invite", "invited")],
                "open" if n % 3 == 1 => &[("invite", "invited"), ("decline", "declined")],
                "open" if n % 3 == 2 => &[("invite", "invited")],
                "full" if last => &[("invite", "invited"), ("confirm", "waiting")],
                "cancelled" => &[("invite", "invited"), ("release", "released")],
                "completed" if n == 1 => &[("invite", "invited"), ("confirm", "confirmed"), ("grade", "not_passed")],
                "completed" if n == 2 => &[("invite", "invited"), ("confirm", "confirmed"), ("grade", "dropped")],
                "completed" => &[("invite", "invited"), ("confirm", "confirmed"), ("grade", "passed")],
                _ => &[("invite", "invited"), ("confirm", "confirmed")],
            };
            let enrolment = self.ids.make();
            let version = self.steps(enrolment, way);
            let state = way[way.len() - 1].1;
            confirmed_count += i64::from(way.iter().any(|(_, to)| *to == "confirmed"));
            let there = over && n != 1 && n != 2;
            if over {
                self.rows.attendances.push(AttendanceRow {
                    session_id: session,
                    enrolment_id: enrolment,
                    mark: if there { "present" } else { "absent" },
                    minutes: if there { MINUTES } else { 0 },
                    source: "list",
                    recorded_at: now,
                    reason: None,
                });
            }
            self.rows.enrolments.push(EnrolmentRow {
                id: enrolment,
                version,
                created_at: now,
                updated_at: now,
                course_id: id,
                member_id: *member_id,
                unit_id: *home,
                organiser_unit_id: unit_id,
                status: state,
                waiting_since: (state == "waiting").then_some(now),
                attended_minutes: if there { MINUTES } else { 0 },
                test_passed: None,
                decision_reason: (state == "declined").then(|| "Bận việc gia đình".into()),
            });
            if state == "passed" {
                self.rows.completions.push(CompletionRow {
                    id: self.ids.make(),
                    member_id: *member_id,
                    course_id: id,
                    category: "union_work",
                    completed_on: held_on,
                    recorded_at: now,
                });
                self.certificate(n, enrolment, id, (*member_id, *home), unit_id, held_on);
            }
        }
        let version = self.steps(id, way);
        self.rows.courses.push(CourseRow {
            id,
            version,
            created_at: now,
            updated_at: now,
            unit_id,
            plan_item_id,
            unplanned_reason: plan_item_id.is_none().then(|| "Theo đề nghị của các chi hội".into()),
            title: "Nghiệp vụ công tác Hội cho chi hội trưởng".into(),
            category: "union_work",
            delivery_mode: "classroom",
            audience: TextList::of(&["branch_head"]),
            quota: if status == "full" { full } else { 40 },
            min_attendance_percent: 80,
            has_test: false,
            status,
            starts_at: Some(self.at(days, 8)),
            ends_at: Some(self.at(days, 11)),
            confirmed_count,
            cancel_reason: (status == "cancelled").then(|| "Bão".into()),
            completed_on: over.then_some(held_on),
            created_by: None,
        });
        self.rows.sessions.push(SessionRow {
            id: session,
            version: 1,
            created_at: now,
            updated_at: now,
            course_id: id,
            unit_id,
            topic: self.dice.of(&["Điều hành sinh hoạt chi hội", "Nắm bắt tình hình hội viên", "Ghi chép sổ sách của chi hội"]),
            starts_at: self.at(days, 8),
            ends_at: self.at(days, 11),
            place: Some("Hội trường Ủy ban nhân dân".into()),
            remote_link: None,
            theory_minutes: 60,
            practice_minutes: 60,
            discussion_minutes: MINUTES - 120,
            attendance_closed_at: over.then_some(now),
            is_cancelled: status == "cancelled",
        });
        self.rows.trainers.push(TrainerRow {
            session_id: session,
            ordinal: 0,
            member_id: None,
            name: Some("Giảng viên Trường Chính trị tỉnh"),
        });
        id
    }

    /// Of the passed ones: the first good, then proposed, revoked, and reissued with its successor.
    fn certificate(&mut self, n: usize, enrolment: Id, course: Id, (member_id, home): (Id, Id), organiser: Id, day: NaiveDate) {
        let way: Way = match n {
            3 => &[("issue", "issued"), ("propose_revocation", "revocation_proposed")],
            4 => &[("issue", "issued"), ("propose_revocation", "revocation_proposed"), ("revoke", "revoked")],
            5 => &[
                ("issue", "issued"),
                ("propose_revocation", "revocation_proposed"),
                ("revoke", "revoked"),
                ("reissue", "reissued"),
            ],
            _ => &[("issue", "issued")],
        };
        let old = self.one_certificate(way, (enrolment, course, organiser), (member_id, home), day, None);
        if n == 5 {
            self.one_certificate(&[("issue", "issued")], (enrolment, course, organiser), (member_id, home), day, Some(old));
        }
    }

    fn one_certificate(
        &mut self,
        way: Way,
        (enrolment_id, course_id, organiser_unit_id): (Id, Id, Id),
        (member_id, unit_id): (Id, Id),
        issued_on: NaiveDate,
        replaces_id: Option<Id>,
    ) -> Id {
        const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let (id, now) = (self.ids.make(), self.world.now);
        let version = self.steps(id, way);
        let mut group = || (0..4).map(|_| char::from(ALPHABET[self.dice.below(32)])).collect::<String>();
        let certificate_no = format!("{}-{}-{}", issued_on.year(), group(), group());
        let status = way[way.len() - 1].1;
        self.rows.certificates.push(CertificateRow {
            id,
            version,
            created_at: now,
            updated_at: now,
            certificate_no,
            enrolment_id,
            course_id,
            member_id,
            unit_id,
            organiser_unit_id,
            issued_on,
            status,
            reason: (status != "issued").then(|| "Cấp nhầm".into()),
            proposed_by: None,
            replaces_id,
        });
        id
    }
}
