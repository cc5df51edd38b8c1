//! What each step does to a case. Whether it may be taken is asked before ([`super::machine`], [`super::actions`]); here is what
//! else must be so, and what follows.

use chrono::NaiveDate;
use diesel::{ExpressionMethods, QueryDsl};
use serde_json::json;

use super::{
    alerts,
    clocks::{self, ClockCode},
    intake::{self, Intake, Previous, SubjectGiven, TakenIn},
    lint,
    model::{
        AlertKind, CaseRow, Competence, ComplaintFlag, ComplaintKind, ComplaintStatus, Complexity, ContinuationGround,
        EscalationReason, FilingReason, Matter, RecordKind, SubjectCapacity,
    },
    rules::{self, Exceptions, Withdrawn},
    store,
    views::{
        AcceptanceCondition, ComplaintAcceptance, ComplaintAnswer, ComplaintAppeal, ComplaintAssignment, ComplaintClassification,
        ComplaintClosure, ComplaintConclusion, ComplaintContinuation, ComplaintDecision, ComplaintDialogue,
        ComplaintDialogueMinutes, ComplaintDraft, ComplaintEscalation, ComplaintExtension, ComplaintFiling, ComplaintForwarding,
        ComplaintGuidance, ComplaintImplementation, ComplaintMerger, ComplaintProtest, ComplaintRefusal, ComplaintReopening,
        ComplaintReply, ComplaintSuspension, ComplaintVerification, ComplaintWithdrawal, NewComplaintHandler,
        NewComplaintRecusal, NewComplaintSubject,
    },
    visible::{HANDLING, Onlooker},
};
use crate::{
    calendar::today,
    db::{
        Id, Reader, Tx,
        schema::{complaint_recusals, members, units},
    },
    http::{Problem, Result},
    keys::Purpose,
    text,
    units::store::{lineage, traits},
};

/// What somebody wrote, and in which field.
type Words<'w> = Option<(&'static str, &'w str)>;

/// A case in the hands of somebody who takes a step in it.
pub(super) struct Doing {
    pub row: CaseRow,
    /// Where it stood.
    pub before: ComplaintStatus,
    pub onlooker: Onlooker,
    /// A code that says why, kept with the step: never words.
    pub reason: Option<&'static str>,
}

impl Doing {
    /// Keeps what was done; `words` with the field they came in.
    fn note(&self, tx: &mut Tx<'_>, kind: RecordKind, on: NaiveDate, words: Words<'_>, facts: serde_json::Value) -> Result<()> {
        if let Some((pointer, words)) = words {
            lint::check(tx, self.row.id, pointer, words)?;
        }
        store::note(tx, self.row.id, kind, on, words.map(|(_, words)| words), facts)
    }

    /// Ends it today, and all that runs in it.
    fn over(&mut self, tx: &mut Tx<'_>, on: NaiveDate) -> Result<()> {
        self.row.closed_on = Some(on);
        clocks::meet(tx, self.row.id, first_clock(&self.row), on)?;
        clocks::end(tx, self.row.id, on)
    }
}

// ---- first look

pub(super) fn classify(tx: &mut Tx<'_>, doing: &mut Doing, body: &ComplaintClassification) -> Result<()> {
    check_subjects(&mut tx.read(), &body.subjects, body.decision_unit_id)?;
    let content = text::clean(&body.content_for_verification);
    if content.is_empty() {
        return Err(required("/content_for_verification"));
    }
    let id = doing.row.id;
    lint::check(tx, id, "/content_for_verification", &content)?;
    if let Some(count) = body.representative_count {
        let max = rules::representatives_max(body.petitioner_count);
        if count > body.petitioner_count || max.is_some_and(|max| count > max) {
            return Err(Problem::field(
                "/representative_count",
                "too_many_representatives",
                "Từ 5 đến 10 người cử nhiều nhất 2 người đại diện, từ 11 người trở lên nhiều nhất 5 người",
                "Five to ten petitioners have at most 2 representatives, eleven or more at most 5",
            ));
        }
    }
    let row = &mut doing.row;
    let (before, is_first) = (first_clock(row), row.instance == 1);
    (row.kind, row.matter, row.competence) = (body.kind, Some(body.matter), Some(body.competence));
    (row.petitioner_count, row.decision_unit_id) = (body.petitioner_count, body.decision_unit_id);
    row.known_on = body.known_on.or(row.known_on);
    row.content_sealed = Some(tx.keys().seal(Purpose::CaseText, content.as_bytes(), id.as_bytes()));
    let subjects = named(body.kind, is_first, body.decision_unit_id, &body.subjects);
    store::drop_subjects(tx, id)?;
    for subject in &subjects {
        intake::add_subject(tx, id, subject)?;
    }
    // A case of the second instance stays above the first; a decision is its own unit's to settle only if it is competent.
    let start = if is_first { row.receiving_unit_id } else { row.owner_unit_id };
    let decision = body.decision_unit_id.filter(|_| is_first && body.competence == Competence::Own);
    let Some(owner) = intake::owner_for(&mut tx.read(), body.kind, start, decision, &subjects)? else {
        // Nobody in the union may judge it: a stub without its text remains.
        (row.content_sealed, row.original_sealed) = (None, None);
        row.status = ComplaintStatus::RoutedExternal;
        return doing.over(tx, today());
    };
    row.owner_unit_id = owner;
    row.status = ComplaintStatus::Classified;
    let is_remote = traits(&mut tx.read(), &[owner], today())?.values().flatten().any(|found| found.as_str() == "remote");
    let first_competent = body.competent_unit_id.or(body.decision_unit_id);
    let is_above = match first_competent {
        Some(unit) if unit != row.receiving_unit_id => lineage(&mut tx.read(), unit)?.contains(&row.receiving_unit_id),
        _ => false,
    };
    let alarm = rules::alarm(body.petitioner_count, is_above, body.earlier_filing, body.has_violence_threat);
    row.flag(ComplaintFlag::Remote, is_remote);
    row.flag(ComplaintFlag::Mass, alarm.is_mass);
    row.flag(ComplaintFlag::Bypass, alarm.is_bypass);
    row.flag(ComplaintFlag::Hotspot, alarm.is_hotspot);
    row.flag(ComplaintFlag::ViolenceThreat, body.has_violence_threat);
    row.flag(ComplaintFlag::Anonymous, body.is_anonymous);
    if alarm.is_mass {
        alerts::raise(tx, id, AlertKind::Mass)?;
    }
    if alarm.is_hotspot {
        alerts::raise(tx, id, AlertKind::Hotspot)?;
    }
    store::represent(tx, id, body.representative_count.unwrap_or_default())?;
    let row = &doing.row;
    if first_clock(row) != before {
        clocks::meet(tx, id, before, today())?;
    }
    clocks::start(tx, &row.facts(), first_clock(row), row.received_on)?;
    if body.kind == ComplaintKind::Denunciation && body.competence != Competence::Own {
        clocks::start(tx, &row.facts(), ClockCode::TcFwd, today())?;
    }
    Ok(())
}

pub(super) fn merge(tx: &mut Tx<'_>, doing: &mut Doing, body: &ComplaintMerger) -> Result<()> {
    let wrong = || {
        Problem::field(
            "/into_id",
            "unknown_case",
            "Không có đơn nào khác đang xử lý với mã này",
            "There is no other open case with this id",
        )
    };
    // One that she may not see, and one that there is not, are the same.
    let into = doing.onlooker.find(&mut tx.read(), body.into_id).map_err(|_| wrong())?;
    if into.id == doing.row.id || into.status.is_over() {
        return Err(wrong());
    }
    doing.row.merged_into_id = Some(into.id);
    doing.over(tx, today())
}

pub(super) fn file(tx: &mut Tx<'_>, doing: &mut Doing, body: &ComplaintFiling) -> Result<()> {
    doing.reason = Some(body.reason.as_str());
    let kept_until = today().checked_add_months(chrono::Months::new(12));
    let facts = json!({ "reason": body.reason, "kept_until": kept_until });
    doing.note(tx, RecordKind::Filing, today(), said(&body.note), facts)?;
    // K3: what nobody signed settles nothing, but it may show where to look.
    if body.reason == FilingReason::AnonymousWithEvidence {
        alerts::raise(tx, doing.row.id, AlertKind::InspectionLead)?;
    }
    doing.over(tx, today())
}

pub(super) fn guide(tx: &mut Tx<'_>, doing: &mut Doing, body: &ComplaintGuidance) -> Result<()> {
    require_elsewhere(&doing.row)?;
    doing.note(tx, RecordKind::Guidance, today(), Some(("/guided_to", &body.guided_to)), json!({}))?;
    doing.over(tx, today())
}

pub(super) fn forward(tx: &mut Tx<'_>, doing: &mut Doing, body: &ComplaintForwarding) -> Result<()> {
    let row = &mut doing.row;
    require_elsewhere(row)?;
    let for_weak = matches!(row.matter, Some(Matter::WomenAndChildren | Matter::FamilyViolence));
    if row.kind == ComplaintKind::Complaint && !for_weak {
        return Err(Problem::conflict(
            "/forwarded_to",
            "complaints_are_guided",
            "Khiếu nại không thuộc thẩm quyền thì hướng dẫn, không chuyển, trừ đơn về quyền phụ nữ, trẻ em",
            "A complaint to others is guided, not forwarded, unless it is about rights of women and children",
        ));
    }
    row.forwarded_to = Some(text::clean(&body.forwarded_to));
    let (id, code) = (row.id, first_clock(row));
    clocks::meet(tx, id, code, today())?;
    clocks::meet(tx, id, ClockCode::TcFwd, today())?;
    doing.note(tx, RecordKind::Forwarding, today(), Some(("/forwarded_to", &body.forwarded_to)), json!({}))
}

pub(super) fn reply(tx: &mut Tx<'_>, doing: &mut Doing, body: &ComplaintReply) -> Result<()> {
    let row = &doing.row;
    check_day("/replied_on", body.replied_on, row.received_on)?;
    doing.note(tx, RecordKind::Reply, body.replied_on, Some(("/text", &body.text)), json!({}))
}

pub(super) fn protest(tx: &mut Tx<'_>, doing: &mut Doing, body: &ComplaintProtest) -> Result<()> {
    let words = format!("{}: {}", text::clean(&body.protested_to), body.text);
    doing.note(tx, RecordKind::Protest, today(), Some(("/text", &words)), json!({}))?;
    doing.over(tx, today())
}

// ---- settlement

pub(super) fn accept(tx: &mut Tx<'_>, doing: &mut Doing, body: &ComplaintAcceptance) -> Result<()> {
    let row = &mut doing.row;
    if row.competence != Some(Competence::Own) {
        return Err(Problem::conflict(
            "",
            "not_competent",
            "Đơn được phân loại không thuộc thẩm quyền",
            "It was classified as for others to settle",
        ));
    }
    check_day("/accepted_on", body.accepted_on, row.received_on)?;
    let needed: &[AcceptanceCondition] = match row.kind {
        ComplaintKind::Denunciation => &[AcceptanceCondition::IdentityKnown, AcceptanceCondition::ViolatorIdentifiable],
        _ => &[AcceptanceCondition::OwnInterest, AcceptanceCondition::Capacity, AcceptanceCondition::Signed],
    };
    let anonymous = row.kind == ComplaintKind::Denunciation && row.has(ComplaintFlag::Anonymous);
    if anonymous || needed.iter().any(|condition| !body.conditions.contains(condition)) {
        return Err(Problem::field(
            "/conditions",
            "conditions_not_met",
            "Chưa đủ điều kiện thụ lý của loại đơn này",
            "What must be so before a case of this kind is accepted is not",
        ));
    }
    if row.kind == ComplaintKind::Complaint
        && row.instance == 1
        && body.limitation_excuse.is_none()
        && let Some(known) = row.known_on
    {
        let code = if row.matter == Some(Matter::Discipline) { ClockCode::KnDiscLim1 } else { ClockCode::KnLim1 };
        let last = clocks::limitation(&mut tx.read(), &row.facts(), code, known)?;
        if last.is_some_and(|last| row.received_on > last.due_on) {
            return Err(Problem::field(
                "/limitation_excuse",
                "out_of_time",
                "Đã hết thời hiệu khiếu nại; cần nêu lý do chính đáng",
                "Limitation has passed; say what excuses it",
            ));
        }
    }
    row.accepted_on = Some(body.accepted_on);
    let (id, facts) = (row.id, row.facts());
    clocks::meet(tx, id, first_clock(row), body.accepted_on)?;
    clocks::start(tx, &facts, settling_clock(row), body.accepted_on)?;
    if facts.kind == ComplaintKind::Denunciation {
        clocks::start(tx, &facts, ClockCode::TcNote, body.accepted_on)?;
    }
    let conditions = json!({ "conditions": body.conditions });
    doing.note(
        tx,
        RecordKind::Acceptance,
        body.accepted_on,
        body.limitation_excuse.as_deref().map(|words| ("/limitation_excuse", words)),
        conditions,
    )
}

pub(super) fn refuse(tx: &mut Tx<'_>, doing: &mut Doing, body: &ComplaintRefusal) -> Result<()> {
    doing.reason = Some(body.reason.as_str());
    doing.note(tx, RecordKind::Refusal, today(), said(&body.note), json!({ "reason": body.reason }))?;
    doing.over(tx, today())
}

pub(super) fn verify(tx: &mut Tx<'_>, doing: &mut Doing, body: &ComplaintVerification) -> Result<()> {
    let mut each = body.handlers.clone();
    each.sort_unstable();
    each.dedup();
    if each.len() < 2 || each.len() != body.handlers.len() {
        return Err(Problem::field(
            "/handlers",
            "two_handlers",
            "Tổ xác minh có ít nhất hai người khác nhau",
            "At least two different people verify a case",
        ));
    }
    for (place, account) in body.handlers.iter().enumerate() {
        check_fit(&mut tx.read(), &format!("/handlers/{place}"), doing.row.id, *account)?;
    }
    for (place, account) in body.handlers.iter().enumerate() {
        store::appoint(tx, doing.row.id, *account, place == 0)?;
    }
    clocks::meet(tx, doing.row.id, ClockCode::TcNote, today())
}

pub(super) fn appoint(tx: &mut Tx<'_>, doing: &mut Doing, body: &NewComplaintHandler) -> Result<()> {
    check_fit(&mut tx.read(), "/account_id", doing.row.id, body.account_id)?;
    store::appoint(tx, doing.row.id, body.account_id, body.is_lead)
}

pub(super) fn extend(tx: &mut Tx<'_>, doing: &mut Doing, body: &ComplaintExtension) -> Result<()> {
    let mut criteria = body.criteria.clone();
    criteria.sort_unstable();
    criteria.dedup();
    let complexity = if criteria.len() >= 2 { Complexity::SpeciallyComplex } else { Complexity::Complex };
    let most = match (doing.row.kind, complexity) {
        (ComplaintKind::Denunciation, Complexity::SpeciallyComplex) => 2,
        _ => 1,
    };
    if doing.row.extended_count >= most {
        return Err(Problem::conflict(
            "/criteria",
            "no_more_extensions",
            "Không còn được gia hạn",
            "It cannot be extended any more",
        ));
    }
    doing.row.complexity = complexity;
    doing.row.extended_count += 1;
    clocks::extend(tx, &doing.row.facts(), settling_clock(&doing.row), "extended")?;
    doing.note(tx, RecordKind::Extension, today(), Some(("/reason", &body.reason)), json!({ "criteria": criteria }))
}

pub(super) fn suspend(tx: &mut Tx<'_>, doing: &mut Doing, body: &ComplaintSuspension) -> Result<()> {
    doing.reason = Some(body.reason.as_str());
    clocks::stop(tx, doing.row.id, today(), body.reason.as_str())?;
    doing.note(tx, RecordKind::Suspension, today(), said(&body.note), json!({ "reason": body.reason }))
}

pub(super) fn resume(tx: &mut Tx<'_>, doing: &mut Doing) -> Result<()> {
    clocks::resume(tx, doing.row.id, today())
}

pub(super) fn open_dialogue(tx: &mut Tx<'_>, doing: &mut Doing, body: &ComplaintDialogue) -> Result<()> {
    if doing.row.accepted_on.is_some_and(|accepted| body.held_on < accepted) {
        return Err(too_early("/held_on"));
    }
    doing.note(tx, RecordKind::Dialogue, body.held_on, None, json!({}))
}

pub(super) fn end_dialogue(tx: &mut Tx<'_>, doing: &mut Doing, body: &ComplaintDialogueMinutes) -> Result<()> {
    doing.note(tx, RecordKind::DialogueMinutes, today(), Some(("/minutes", &body.minutes)), json!({}))
}

pub(super) fn draft(tx: &mut Tx<'_>, doing: &mut Doing, body: &ComplaintDraft) -> Result<()> {
    if doing.row.instance > 1 && !store::has_record(&mut tx.read(), doing.row.id, RecordKind::DialogueMinutes)? {
        return Err(Problem::conflict(
            "",
            "dialogue_required",
            "Giải quyết lần hai bắt buộc phải đối thoại",
            "In the second instance the parties must have met",
        ));
    }
    doing.note(tx, RecordKind::Draft, today(), Some(("/text", &body.text)), json!({}))
}

pub(super) fn decide(tx: &mut Tx<'_>, doing: &mut Doing, body: &ComplaintDecision) -> Result<()> {
    settle(tx, doing, body.result, ("/decided_on", body.decided_on), &body.text)?;
    let second = doing.row.instance > 1;
    let code = if second { ClockCode::KnSend2 } else { ClockCode::KnSend1 };
    clocks::start(tx, &doing.row.facts(), code, body.decided_on)?;
    store::note(tx, doing.row.id, RecordKind::Decision, body.decided_on, Some(&body.text), json!({ "result": body.result }))
}

pub(super) fn conclude(tx: &mut Tx<'_>, doing: &mut Doing, body: &ComplaintConclusion) -> Result<()> {
    settle(tx, doing, body.result, ("/concluded_on", body.concluded_on), &body.text)?;
    clocks::start(tx, &doing.row.facts(), ClockCode::TcConc, body.concluded_on)?;
    clocks::start(tx, &doing.row.facts(), ClockCode::TcAct, body.concluded_on)?;
    store::note(tx, doing.row.id, RecordKind::Conclusion, body.concluded_on, Some(&body.text), json!({ "result": body.result }))
}

fn settle(
    tx: &mut Tx<'_>,
    doing: &mut Doing,
    result: super::model::ComplaintResult,
    (pointer, on): (&str, NaiveDate),
    words: &str,
) -> Result<()> {
    let row = &mut doing.row;
    if !rules::is_result_of(row.kind, result) {
        return Err(Problem::field(
            "/result",
            "wrong_result",
            "Kết quả này không dành cho loại đơn này",
            "Not a result of this kind of case",
        ));
    }
    check_day(pointer, on, row.accepted_on.unwrap_or(row.received_on))?;
    lint::check(tx, row.id, "/text", words)?;
    row.result = Some(result);
    row.result_sealed = Some(tx.keys().seal(Purpose::CaseText, words.as_bytes(), row.id.as_bytes()));
    clocks::meet(tx, row.id, settling_clock(row), on)
}

pub(super) fn implement(tx: &mut Tx<'_>, doing: &mut Doing, body: &ComplaintImplementation) -> Result<()> {
    let row = &doing.row;
    let least = row.accepted_on.unwrap_or(row.received_on);
    check_day("/sent_on", body.sent_on, least)?;
    if let Some(day) = body.published_on {
        check_day("/published_on", day, least)?;
    }
    for code in [ClockCode::KnSend1, ClockCode::KnSend2, ClockCode::TcConc] {
        clocks::meet(tx, row.id, code, body.sent_on)?;
    }
    if let Some(day) = body.published_on {
        for code in [ClockCode::KnPub, ClockCode::TcPub] {
            clocks::meet(tx, row.id, code, day)?;
        }
    }
    doing.note(tx, RecordKind::Sending, body.sent_on, None, json!({ "published_on": body.published_on }))
}

pub(super) fn close(tx: &mut Tx<'_>, doing: &mut Doing, body: &ComplaintClosure) -> Result<()> {
    check_day("/closed_on", body.closed_on, doing.row.received_on)?;
    clocks::meet(tx, doing.row.id, ClockCode::TcAct, body.closed_on)?;
    doing.note(tx, RecordKind::Closure, body.closed_on, said(&body.note), json!({}))?;
    doing.over(tx, body.closed_on)
}

// ---- going further

pub(super) fn appeal(tx: &mut Tx<'_>, doing: &mut Doing, body: &ComplaintAppeal) -> Result<()> {
    let row = &doing.row;
    let decided = store::last_day_of(&mut tx.read(), row.id, RecordKind::Decision)?.unwrap_or(row.received_on);
    check_day("/appealed_on", body.appealed_on, decided)?;
    let mut facts = json!({ "is_to_court": body.is_to_court });
    if !body.is_to_court {
        if row.instance > 1 {
            return Err(Problem::field(
                "/is_to_court",
                "last_instance",
                "Đã giải quyết lần hai; chỉ còn khởi kiện ra Tòa án",
                "After the second instance there is only the court",
            ));
        }
        let code = if row.matter == Some(Matter::Discipline) { ClockCode::KnDiscLim2 } else { ClockCode::KnLim2 };
        let last = clocks::limitation(&mut tx.read(), &row.facts(), code, decided)?;
        if last.is_some_and(|last| body.appealed_on > last.due_on) {
            return Err(Problem::field(
                "/appealed_on",
                "too_late",
                "Đã quá thời hạn khiếu nại lần hai",
                "Too late for a second complaint",
            ));
        }
        facts["code"] = json!(go_on(tx, doing, body.appealed_on, "/is_to_court")?.code);
    }
    doing.note(tx, RecordKind::Appeal, body.appealed_on, None, facts)?;
    doing.over(tx, body.appealed_on)
}

pub(super) fn carry_on(tx: &mut Tx<'_>, doing: &mut Doing, body: &ComplaintContinuation) -> Result<()> {
    check_day("/continued_on", body.continued_on, doing.row.accepted_on.unwrap_or(doing.row.received_on))?;
    doing.reason = Some(body.ground.as_str());
    let concluded = doing.before == ComplaintStatus::Concluded;
    if !concluded {
        let overdue =
            clocks::of(&mut tx.read(), doing.row.id)?.iter().any(|clock| clock.met_on.is_none() && clock.due_on < today());
        if body.ground != ContinuationGround::Overdue || !overdue {
            return Err(Problem::field(
                "/ground",
                "not_overdue",
                "Chưa kết luận và chưa quá thời hạn giải quyết",
                "It is neither concluded nor overdue",
            ));
        }
    }
    let next = go_on(tx, doing, body.continued_on, "/ground")?;
    let facts = json!({ "ground": body.ground, "code": next.code });
    doing.note(tx, RecordKind::Continuation, body.continued_on, None, facts)?;
    doing.over(tx, body.continued_on)
}

pub(super) fn reopen(tx: &mut Tx<'_>, doing: &mut Doing, body: &ComplaintReopening) -> Result<()> {
    let next = go_on(tx, doing, today(), "/new_facts")?;
    doing.note(tx, RecordKind::Reopening, today(), Some(("/new_facts", &body.new_facts)), json!({ "code": next.code }))
}

/// The same matter as a new case at the level above (at the highest, there again).
fn go_on(tx: &mut Tx<'_>, doing: &Doing, on: NaiveDate, pointer: &str) -> Result<TakenIn> {
    let row = &doing.row;
    let kept = store::subject_rows(&mut tx.read(), row.id)?;
    let subjects: Vec<SubjectGiven> = kept
        .into_iter()
        .map(|subject| SubjectGiven {
            // Nobody judges her own decision twice.
            capacity: match subject.capacity {
                SubjectCapacity::DecisionMaker => SubjectCapacity::Respondent,
                other => other,
            },
            member_id: subject.member_id,
            unit_id: subject.unit_id,
            happened_on: subject.happened_on,
            name: store::opened(tx.keys(), subject.name_sealed.as_deref(), subject.id),
        })
        .collect();
    let above = intake::above(&mut tx.read(), row.owner_unit_id)?;
    let owner = match above.filter(|_| doing.before != ComplaintStatus::Closed) {
        Some(unit) => intake::owner_for(&mut tx.read(), row.kind, unit, None, &subjects)?,
        None => above.or(Some(row.owner_unit_id)).filter(|_| doing.before == ComplaintStatus::Closed),
    };
    let owner_unit_id = owner.ok_or_else(|| {
        Problem::field(
            pointer,
            "no_level_above",
            "Trong Hội tỉnh không còn cấp nào trên nữa",
            "There is no level above it in the union of the province",
        )
    })?;
    let original =
        row.original_sealed.as_deref().and_then(|sealed| tx.keys().open(Purpose::CaseOriginal, sealed, row.id.as_bytes()));
    let new = Intake {
        kind: row.kind,
        channel: row.channel,
        received_on: on,
        receiving_unit_id: owner_unit_id,
        petitioner_count: row.petitioner_count,
        custody: row.custody,
        paper_ref: row.paper_ref.clone(),
        original: original.and_then(|text| String::from_utf8(text).ok()).unwrap_or_default(),
        subjects,
        decision_unit_id: row.decision_unit_id,
        known_on: Some(on),
        flags: Vec::new(),
        received_by: tx.actor().id,
        previous: Some(Previous { id: row.id, instance: 2, owner_unit_id }),
    };
    let next = intake::take_in(tx, new)?;
    // Whoever kept out of the one keeps out of the other.
    store::copy_recusals(tx, row.id, next.id)?;
    Ok(next)
}

// ---- what may happen at any time

pub(super) fn withdraw(tx: &mut Tx<'_>, doing: &mut Doing, body: &ComplaintWithdrawal) -> Result<()> {
    let row = &mut doing.row;
    check_day("/withdrawn_on", body.withdrawn_on, row.received_on)?;
    let before = store::withdrawn(&mut tx.read(), row.id)?;
    for (place, ordinal) in body.parties.iter().enumerate() {
        let pointer = format!("/parties/{place}");
        if *ordinal < 1 || *ordinal > row.petitioner_count {
            return Err(Problem::field(
                pointer,
                "unknown_party",
                "Không có người gửi đơn số này",
                "There is no petitioner of this number",
            ));
        }
        if before.contains(ordinal) || body.parties[..place].contains(ordinal) {
            return Err(Problem::field(pointer, "already_there", "Người này đã rút đơn", "She has withdrawn already"));
        }
    }
    let exceptions = Exceptions {
        was_coerced: body.was_coerced,
        has_signs_of_violation: body.has_signs_of_violation,
        is_slander: body.is_slander,
    };
    let outcome = rules::withdrawal(row.kind, row.petitioner_count, &before, &body.parties, body.is_partial, exceptions);
    let (id, on) = (row.id, body.withdrawn_on);
    let facts = json!({ "parties": body.parties, "is_partial": body.is_partial, "was_coerced": body.was_coerced,
                        "has_signs_of_violation": body.has_signs_of_violation, "is_slander": body.is_slander,
                        "is_accepted": outcome != Withdrawn::Rejected });
    match outcome {
        Withdrawn::Rejected => {
            row.flag(ComplaintFlag::WithdrawalRejected, true);
            row.flag(ComplaintFlag::Coerced, body.was_coerced || row.has(ComplaintFlag::Coerced));
        }
        Withdrawn::InPart if body.is_partial => {}
        Withdrawn::InPart | Withdrawn::Wholly => {
            for ordinal in &body.parties {
                store::withdraw(tx, id, *ordinal, on, body.was_coerced)?;
            }
        }
    }
    doing.note(tx, RecordKind::Withdrawal, on, None, facts)?;
    if outcome == Withdrawn::Wholly {
        doing.row.status = ComplaintStatus::Withdrawn;
        doing.over(tx, on)?;
    }
    Ok(())
}

pub(super) fn escalate(tx: &mut Tx<'_>, doing: &mut Doing, body: &ComplaintEscalation) -> Result<()> {
    doing.reason = Some(body.reason.as_str());
    doing.row.flag(ComplaintFlag::Hotspot, true);
    if body.reason == EscalationReason::ViolenceThreat {
        doing.row.flag(ComplaintFlag::ViolenceThreat, true);
    }
    alerts::raise(tx, doing.row.id, AlertKind::Hotspot)?;
    doing.note(tx, RecordKind::Escalation, today(), said(&body.note), json!({ "reason": body.reason }))
}

pub(super) fn assign(tx: &mut Tx<'_>, doing: &mut Doing, body: &ComplaintAssignment) -> Result<()> {
    check_fit(&mut tx.read(), "/handler_id", doing.row.id, body.handler_id)?;
    store::appoint(tx, doing.row.id, body.handler_id, true)
}

pub(super) fn answer(tx: &mut Tx<'_>, doing: &mut Doing, body: &ComplaintAnswer) -> Result<()> {
    let row = &mut doing.row;
    check_day("/answered_on", body.answered_on, row.received_on)?;
    row.result = Some(super::model::ComplaintResult::Answered);
    row.result_sealed = Some(tx.keys().seal(Purpose::CaseText, body.text.as_bytes(), row.id.as_bytes()));
    clocks::meet(tx, row.id, ClockCode::Knpa, body.answered_on)?;
    doing.note(tx, RecordKind::Answer, body.answered_on, Some(("/text", &body.text)), json!({}))
}

/// She keeps out of it from this moment on. What she led goes to whoever handles it beside her; else back to where somebody
/// is appointed.
pub(super) fn recuse(tx: &mut Tx<'_>, doing: &mut Doing, body: &NewComplaintRecusal) -> Result<()> {
    doing.reason = Some(body.ground.as_str());
    let (id, case, account) = (Id::new(), doing.row.id, doing.onlooker.account());
    let reason = body.reason.as_ref().map(|reason| tx.keys().seal(Purpose::CaseText, reason.as_bytes(), id.as_bytes()));
    tx.execute(diesel::insert_into(complaint_recusals::table).values((
        complaint_recusals::id.eq(id),
        complaint_recusals::complaint_id.eq(case),
        complaint_recusals::account_id.eq(account),
        complaint_recusals::ground.eq(body.ground),
        complaint_recusals::reason_sealed.eq(reason),
        complaint_recusals::recorded_at.eq(tx.now()),
        complaint_recusals::recorded_by.eq(Some(account)),
    )))?;
    let is_left = store::dismiss(tx, case, account)?;
    doing.note(tx, RecordKind::HandOver, today(), None, json!({ "ground": body.ground }))?;
    if !is_left {
        match doing.row.status {
            ComplaintStatus::Suspended => {
                clocks::resume(tx, case, today())?;
                doing.row.status = ComplaintStatus::Accepted;
            }
            ComplaintStatus::Verifying | ComplaintStatus::Dialogue | ComplaintStatus::Drafted => {
                doing.row.status = ComplaintStatus::Accepted;
            }
            ComplaintStatus::Assigned => doing.row.status = ComplaintStatus::Classified,
            _ => {}
        }
    }
    Ok(())
}

// ---- what several need

fn said(note: &Option<String>) -> Words<'_> {
    note.as_deref().map(|words| ("/note", words))
}

/// The clock of the first look at a petition.
pub(super) fn first_clock(row: &CaseRow) -> ClockCode {
    match row.kind {
        ComplaintKind::Complaint if row.matter == Some(Matter::Discipline) => ClockCode::KnDiscAcc,
        ComplaintKind::Complaint => ClockCode::KnAcc,
        ComplaintKind::Denunciation if row.instance > 1 => ClockCode::TcCont,
        ComplaintKind::Denunciation => ClockCode::TcInit,
        ComplaintKind::Proposal | ComplaintKind::Feedback => ClockCode::Knpa,
    }
}

/// The clock of its settlement.
fn settling_clock(row: &CaseRow) -> ClockCode {
    match row.kind {
        ComplaintKind::Complaint if row.matter == Some(Matter::Discipline) => ClockCode::KnDiscRes,
        ComplaintKind::Complaint if row.instance > 1 => ClockCode::KnRes2,
        ComplaintKind::Complaint => ClockCode::KnRes1,
        ComplaintKind::Denunciation => ClockCode::TcRes,
        ComplaintKind::Proposal | ComplaintKind::Feedback => ClockCode::Knpa,
    }
}

/// Whom a petition names, with the unit whose decision is complained of among them. Of a denunciation everybody is denounced:
/// nobody judges it because she decided.
pub(super) fn named(
    kind: ComplaintKind,
    is_first: bool,
    decision: Option<Id>,
    given: &[NewComplaintSubject],
) -> Vec<SubjectGiven> {
    let decision = decision.filter(|_| kind == ComplaintKind::Complaint).map(|unit| SubjectGiven {
        capacity: if is_first { SubjectCapacity::DecisionMaker } else { SubjectCapacity::Respondent },
        member_id: None,
        unit_id: Some(unit),
        happened_on: None,
        name: None,
    });
    let others = given.iter().map(NewComplaintSubject::given).map(|subject| SubjectGiven {
        capacity: match (kind, subject.capacity) {
            (ComplaintKind::Denunciation, SubjectCapacity::Respondent | SubjectCapacity::DecisionMaker) => {
                SubjectCapacity::Denounced
            }
            (_, SubjectCapacity::DecisionMaker) => SubjectCapacity::Respondent,
            (_, other) => other,
        },
        ..subject
    });
    decision.into_iter().chain(others).collect()
}

/// Each is a person on the roll, a unit, or a name; and there are such people and units.
pub(super) fn check_subjects(reader: &mut Reader<'_>, given: &[NewComplaintSubject], decision: Option<Id>) -> Result<()> {
    for (place, subject) in given.iter().enumerate() {
        let ways = [subject.member_id.is_some(), subject.unit_id.is_some(), subject.name.is_some()];
        if ways.into_iter().filter(|given| *given).count() != 1 {
            return Err(Problem::field(
                format!("/subjects/{place}"),
                "one_of_three",
                "Cần đúng một trong: member_id, unit_id, name",
                "Exactly one of member_id, unit_id, name is needed",
            ));
        }
        if let Some(day) = subject.happened_on
            && day > today()
        {
            return Err(in_the_future(&format!("/subjects/{place}/happened_on")));
        }
        if let Some(member) = subject.member_id {
            let known: Option<Id> = reader.optional(members::table.find(member).select(members::id))?;
            if known.is_none() {
                let pointer = format!("/subjects/{place}/member_id");
                return Err(Problem::field(pointer, "unknown_member", "Không có người này", "There is no such person"));
            }
        }
        if let Some(unit) = subject.unit_id {
            check_unit(reader, &format!("/subjects/{place}/unit_id"), unit)?;
        }
    }
    match decision {
        Some(unit) => check_unit(reader, "/decision_unit_id", unit),
        None => Ok(()),
    }
}

fn check_unit(reader: &mut Reader<'_>, pointer: &str, unit: Id) -> Result<()> {
    let known: Option<Id> = reader.optional(units::table.find(unit).select(units::id))?;
    match known {
        Some(_) => Ok(()),
        None => Err(Problem::field(pointer, "unknown_unit", "Không có đơn vị này", "There is no such unit")),
    }
}

/// Whether somebody could handle the case: with a role that handles cases, and nothing that keeps her out of this one.
/// Which of it lacks is not said: her kin are nobody's business.
fn check_fit(reader: &mut Reader<'_>, pointer: &str, case: Id, account: Id) -> Result<()> {
    let fit = match Onlooker::of_account(reader, account)? {
        Some(candidate) => candidate.holds_any(&HANDLING) && !candidate.is_excluded(reader, case)?,
        None => false,
    };
    if fit {
        return Ok(());
    }
    Err(Problem::field(pointer, "cannot_handle", "Người này không xử lý được đơn này", "She cannot handle this case"))
}

fn require_elsewhere(row: &CaseRow) -> Result<()> {
    if matches!(row.competence, Some(Competence::External | Competence::OtherUnionLevel)) {
        return Ok(());
    }
    Err(Problem::conflict(
        "",
        "competent_oneself",
        "Đơn không được phân loại là của nơi khác",
        "It was not classified as for somebody else to settle",
    ))
}

/// Not in the future, and not before `least`.
pub(super) fn check_day(pointer: &str, day: NaiveDate, least: NaiveDate) -> Result<()> {
    match day {
        day if day > today() => Err(in_the_future(pointer)),
        day if day < least => Err(too_early(pointer)),
        _ => Ok(()),
    }
}

fn in_the_future(pointer: &str) -> Problem {
    Problem::field(pointer, "in_the_future", "Không được ở tương lai", "Must not be in the future")
}

fn too_early(pointer: &str) -> Problem {
    Problem::field(pointer, "too_early", "Quá sớm so với việc trước đó", "Before what went before it")
}

fn required(pointer: &str) -> Problem {
    Problem::field(pointer, "required", "Bắt buộc phải có", "Must be given")
}
