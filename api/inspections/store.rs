//! Every query on inspections themselves.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::{BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, QueryDsl, SelectableHelper};

use super::{
    machine::INSPECTIONS,
    model::{
        Inspection, InspectionFilters, InspectionRow, InspectionStatus, InspectionTeamMember, InspectionVisibility, NoticeRow,
    },
    rules,
    sight::{Place, Seen, Viewer, below},
};
use crate::{
    access::{Access, Action},
    calendar::today,
    db::{
        Change, Id, Reader, Tx,
        schema::{inspection_notices, inspection_teams, inspections},
    },
    http::{AllowedAction, Page, Problem, Result},
    machine::{self, Event, Step},
    officers::people::{self, kept},
    units,
};

/// Place in the list: first day, then id.
pub(super) type ByDay = (NaiveDate, Id);

pub(super) fn list(
    reader: &mut Reader<'_>,
    viewer: &Viewer,
    filters: &InspectionFilters,
    after: Option<ByDay>,
    descending: bool,
    limit: i64,
) -> Result<Page<InspectionRow, ByDay>> {
    let mut query = inspections::table.filter(viewer.sight.showing(InspectionVisibility::Head)).into_boxed();
    if let Some(unit) = filters.unit {
        query = query.filter(inspections::inspected_unit_id.eq(unit));
    }
    if let Some(top) = filters.within {
        query = query.filter(inspections::inspected_unit_id.eq_any(below(&[top])));
    }
    if let Some(unit) = filters.inspecting_unit {
        query = query.filter(inspections::unit_id.eq(unit));
    }
    if !filters.status.is_empty() {
        query = query.filter(inspections::status.eq_any(filters.status.clone()));
    }
    if !filters.kind.is_empty() {
        query = query.filter(inspections::kind.eq_any(filters.kind.clone()));
    }
    if !filters.mode.is_empty() {
        query = query.filter(inspections::mode.eq_any(filters.mode.clone()));
    }
    if let Some(day) = filters.starts_from {
        query = query.filter(inspections::starts_on.ge(day));
    }
    if let Some(day) = filters.starts_to {
        query = query.filter(inspections::starts_on.le(day));
    }
    let owing = || inspections::status.eq_any(rules::OWING_A_NOTICE).and(inspections::notice_due_on.is_not_null());
    query = match filters.is_notice_overdue {
        Some(true) => query.filter(owing().and(inspections::notice_due_on.assume_not_null().lt(today()))),
        Some(false) => query.filter(diesel::dsl::not(owing().and(inspections::notice_due_on.assume_not_null().lt(today())))),
        None => query,
    };
    query = match (after, descending) {
        (Some((day, id)), false) => {
            query.filter(inspections::starts_on.gt(day).or(inspections::starts_on.eq(day).and(inspections::id.gt(id))))
        }
        (Some((day, id)), true) => {
            query.filter(inspections::starts_on.lt(day).or(inspections::starts_on.eq(day).and(inspections::id.lt(id))))
        }
        (None, _) => query,
    };
    query = if descending {
        query.order((inspections::starts_on.desc(), inspections::id.desc()))
    } else {
        query.order((inspections::starts_on.asc(), inspections::id.asc()))
    };
    let rows = reader.load(query.limit(limit + 1).select(InspectionRow::as_select()))?;
    Ok(Page::of(rows, limit, |row: &InspectionRow| (row.starts_on, row.id), None))
}

/// An inspection as the caller sees it; 404 when she sees nothing of it.
pub(super) fn find(reader: &mut Reader<'_>, viewer: &Viewer, id: Id) -> Result<(InspectionRow, Place, Seen)> {
    let row: InspectionRow = reader.one(inspections::table.find(id).select(InspectionRow::as_select()))?;
    let place = places(reader, std::slice::from_ref(&row))?.remove(&id).unwrap_or_default();
    let seen = viewer.sight.of_one(&place, row.shown);
    if seen.visibility == InspectionVisibility::Nothing { Err(Problem::not_found()) } else { Ok((row, place, seen)) }
}

/// The unit that inspects, for files that hang on an inspection: they are read by whoever sees all of it, and changed by
/// whoever inspects.
pub(crate) fn stands_in(reader: &mut Reader<'_>, access: &Access, action: Action, id: Id) -> Result<Id> {
    let viewer = Viewer::of(access)?;
    let (row, place, seen) = find(reader, &viewer, id)?;
    if seen.visibility < InspectionVisibility::All || (action != Action::Read && !viewer.may_edit(&place)) {
        return Err(Problem::not_found());
    }
    Ok(row.unit_id)
}

/// Where inspections stand.
pub(super) fn places(reader: &mut Reader<'_>, rows: &[InspectionRow]) -> Result<HashMap<Id, Place>> {
    let units: Vec<Id> = rows.iter().flat_map(|row| [row.unit_id, row.inspected_unit_id]).collect();
    let lineages = units::store::lineages(reader, &units)?;
    let ids: Vec<Id> = rows.iter().map(|row| row.id).collect();
    let team: Vec<(Id, Id, bool)> = reader.load(
        inspection_teams::table
            .filter(inspection_teams::inspection_id.eq_any(ids))
            .order((inspection_teams::inspection_id.asc(), inspection_teams::is_lead.desc(), inspection_teams::member_id.asc()))
            .select((inspection_teams::inspection_id, inspection_teams::member_id, inspection_teams::is_lead)),
    )?;
    let lineage = |id: &Id| lineages.get(id).cloned().unwrap_or_default();
    let mut places: HashMap<Id, Place> = rows
        .iter()
        .map(|row| (row.id, Place { unit: lineage(&row.unit_id), inspected: lineage(&row.inspected_unit_id), team: Vec::new() }))
        .collect();
    for (inspection, member, is_lead) in team {
        if let Some(place) = places.get_mut(&inspection) {
            place.team.push((member, is_lead));
        }
    }
    Ok(places)
}

pub(super) fn view(reader: &mut Reader<'_>, viewer: &Viewer, row: InspectionRow) -> Result<Inspection> {
    kept(views(reader, viewer, vec![row])?.pop())
}

/// What the caller sees of inspections.
pub(super) fn views(reader: &mut Reader<'_>, viewer: &Viewer, rows: Vec<InspectionRow>) -> Result<Vec<Inspection>> {
    let mut places = places(reader, &rows)?;
    let unit_ids: Vec<Id> = rows.iter().flat_map(|row| [row.unit_id, row.inspected_unit_id]).collect();
    let units = units::store::refs(reader, &unit_ids)?;
    let members: Vec<Id> = places.values().flat_map(|place| place.team.iter().map(|(member, _)| *member)).collect();
    let people = people::refs(reader, &members)?;
    let ids: Vec<Id> = rows.iter().map(|row| row.id).collect();
    let mut notices: HashMap<Id, NoticeRow> = reader
        .load(inspection_notices::table.filter(inspection_notices::inspection_id.eq_any(ids)).select(NoticeRow::as_select()))?
        .into_iter()
        .map(|row: NoticeRow| (row.inspection_id, row))
        .collect();
    let day = today();
    rows.into_iter()
        .map(|row| {
            let place = places.remove(&row.id).unwrap_or_default();
            let seen = viewer.sight.of_one(&place, row.shown);
            let draft = seen.visibility >= InspectionVisibility::Draft;
            let team = place.team.iter().map(|(member, is_lead)| {
                Ok(InspectionTeamMember { member_id: *member, member: kept(people.get(member).cloned())?, is_lead: *is_lead })
            });
            let mut masked_fields = Vec::new();
            if !draft {
                masked_fields.push("no_issue");
            }
            if !seen.inside {
                masked_fields.push("plan_item_id");
            }
            Ok(Inspection {
                team: team.collect::<Result<_>>()?,
                allowed_actions: actions(viewer, &place, &row),
                unit: kept(units.get(&row.unit_id).cloned())?,
                inspected_unit: kept(units.get(&row.inspected_unit_id).cloned())?,
                is_notice_overdue: rules::is_notice_overdue(&row, day),
                notice: notices.remove(&row.id).map(NoticeRow::view),
                visibility: seen.visibility,
                masked_fields,
                id: row.id,
                version: row.version,
                created_at: row.created_at,
                updated_at: row.updated_at,
                unit_id: row.unit_id,
                inspected_unit_id: row.inspected_unit_id,
                // The plan of another unit is its own.
                plan_item_id: row.plan_item_id.filter(|_| seen.inside),
                previous_id: row.previous_id,
                kind: row.kind,
                mode: row.mode,
                topic: row.topic,
                status: row.status,
                is_surprise: row.is_surprise,
                starts_on: row.starts_on,
                ends_on: row.ends_on,
                decision_no: row.decision_no,
                sent_on: row.sent_on,
                checklist_id: row.checklist_id,
                checklist_edition: row.checklist_edition,
                started_on: row.started_on,
                fieldwork_done_on: row.fieldwork_done_on,
                minutes_signature: row.minutes_signature,
                minutes_note: row.minutes_note,
                no_issue: row.no_issue && draft,
                shared_on: row.shared_on,
                comment_due_on: row.comment_due_on,
                comment: row.comment,
                commented_on: row.commented_on,
                postponed_count: row.postponed_count,
                notice_due_on: row.notice_due_on,
                closed_on: row.closed_on,
            })
        })
        .collect()
}

/// What may be done with an inspection now.
pub(super) fn actions(viewer: &Viewer, place: &Place, row: &InspectionRow) -> Vec<AllowedAction> {
    let mut allowed = INSPECTIONS.allowed(row.id, row.status, |step| viewer.may(step, place));
    allowed.retain(|action| match action.action {
        // A draft that was not shown cannot be commented on, nor one that was be shown again.
        "comment" => row.shared_on.is_some(),
        "share" => row.shared_on.is_none(),
        "answer_checklist" | "resolve_checklist" => row.checklist_id.is_some(),
        _ => true,
    });
    for action in &mut allowed {
        match action.action {
            // What is only added asks for no version.
            "report_itself" | "record_finding" | "plan_remediation" => action.needs = &[],
            "answer_checklist" => action.needs = &["Idempotency-Key"],
            _ => {}
        }
    }
    if row.status == InspectionStatus::Planned && viewer.may_edit(place) {
        allowed.push(AllowedAction::update(format!("{}/{}", INSPECTIONS.path, row.id)));
    }
    allowed
}

/// The step that an action takes, if the caller may and the state allows it.
pub(super) fn step(viewer: &Viewer, place: &Place, row: &InspectionRow, action: &str) -> Result<&'static Step<InspectionStatus>> {
    INSPECTIONS.step(action, row.id, row.status, |step| viewer.may(step, place)).map_err(|problem| {
        // As the object itself shows them.
        if problem.code() == crate::http::Code::InvalidTransition {
            problem.with("allowed_actions", serde_json::json!(actions(viewer, place, row)))
        } else {
            problem
        }
    })
}

/// A change of an inspection that is about to be kept.
pub(super) struct Kept<'s> {
    pub before: InspectionRow,
    pub after: InspectionRow,
    pub action: &'static str,
    pub reason: Option<&'s str>,
    pub effective_on: Option<NaiveDate>,
}

/// Keeps a changed inspection with its step. It is recorded at the unit that inspects: what the trail shows to the
/// inspected unit is no more than the inspection itself does.
pub(super) fn keep(tx: &mut Tx<'_>, change: Kept<'_>) -> Result<InspectionRow> {
    let Kept { before, mut after, action, reason, effective_on } = change;
    after.version = before.version + 1;
    after.updated_at = tx.now();
    after.shown = rules::shown(&after);
    let mut record = Change::new(action, "inspections", after.id, after.version)
        .at(after.unit_id)
        .because(reason.map(str::to_owned))
        .before(&before)
        .after(&after);
    record.effective_on = effective_on;
    tx.record(record);
    let seen = inspections::table.filter(inspections::id.eq(after.id)).filter(inspections::version.eq(before.version));
    let saved = tx.execute(diesel::update(seen).set(after.clone()))?;
    Problem::unless_one(saved)?;
    if action != "update" {
        machine::record(
            tx,
            &Event {
                object_id: after.id,
                object_version: after.version,
                action,
                from: Some(before.status.as_str()),
                to: after.status.as_str(),
                effective_on,
                reason,
            },
        )?;
    }
    Ok(after)
}
