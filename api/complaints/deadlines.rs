//! What must be done in which case by when: over all cases, and what of it is one person's own.

use std::collections::HashMap;

use actix_web::{HttpResponse, get, web};
use chrono::NaiveDate;
use diesel::{BoolExpressionMethods, ExpressionMethods, QueryDsl, SelectableHelper};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    clocks::{Clock, ClockCode},
    model::ComplaintKind,
    visible::Onlooker,
};
use crate::{
    access::{Access, Action, Resource, Role},
    calendar::{
        clocks::{ClockRow, ClockState, shown, soon_until},
        today,
    },
    db::{
        Db, Id, Instant, Reader,
        schema::{complaint_clocks, complaint_handlers, complaints, unit_tree},
    },
    http::{List, Listing, Page, Paging, Query, Result, Shape, page},
    tasks::Task,
};

/// A time limit that runs in a case.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ComplaintDeadline {
    /// Of the clock.
    pub id: Id,
    pub complaint_id: Id,
    /// Of the case.
    #[schema(example = "KH-7Q4M-X2")]
    pub complaint_code: String,
    pub kind: ComplaintKind,
    /// The unit that handles the case.
    pub owner_unit_id: Id,
    /// The last day that is in time.
    pub due_on: NaiveDate,
    /// The last moment that is in time.
    pub due_at: Instant,
    pub clock: Clock,
}

/// Filters of `GET /complaints/deadlines`.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DeadlineFilters {
    /// Only those that end before this day.
    #[param(example = "2026-12-01")]
    pub due_before: Option<NaiveDate>,
    /// Only those that stand so; those that were met or have ended are never in the list.
    #[serde(default)]
    pub state: Vec<ClockState>,
    /// Only these time limits.
    #[serde(default)]
    pub code: Vec<ClockCode>,
    /// Of cases that this unit, or one below it, handles.
    pub within: Option<Id>,
}

const FIELDS: &[&str] = &["id", "complaint_id", "complaint_code", "kind", "owner_unit_id", "due_on", "due_at", "clock"];

/// Place in the list: last day, then id.
type ByDay = (NaiveDate, Id);

/// The clocks that run in cases which somebody may see. A clock of any other case does not exist.
fn list(
    reader: &mut Reader<'_>,
    onlooker: &Onlooker,
    filters: &DeadlineFilters,
    after: Option<ByDay>,
    descending: bool,
    limit: i64,
) -> Result<Page<ComplaintDeadline, ByDay>> {
    let place = |row: &ClockRow| (row.due_on, row.id);
    let read = |reader: &mut Reader<'_>, after, limit| stretch(reader, filters, after, descending, limit);
    let rows = onlooker.sift(reader, (after, limit + 1), read, (|row: &ClockRow| row.complaint_id, place))?;
    let rows = Page::of(rows, limit, place, None);
    Ok(Page { items: with_cases(reader, rows.items)?, next: rows.next, total: None })
}

/// Some of the clocks that run, whoever may see them.
fn stretch(
    reader: &mut Reader<'_>,
    filters: &DeadlineFilters,
    after: Option<ByDay>,
    descending: bool,
    limit: i64,
) -> Result<Vec<ClockRow>> {
    use complaint_clocks::{code, complaint_id, due_on, ended_on, id, met_on, stopped_on, table};
    let mut query = table.select(ClockRow::as_select()).into_boxed().filter(met_on.is_null()).filter(ended_on.is_null());
    if let Some(day) = filters.due_before {
        query = query.filter(due_on.lt(day));
    }
    if !filters.code.is_empty() {
        query = query.filter(code.eq_any(filters.code.clone()));
    }
    if let Some(top) = filters.within {
        let below = unit_tree::table.filter(unit_tree::ancestor_id.eq(top)).select(unit_tree::unit_id);
        let theirs = complaints::table.filter(complaints::owner_unit_id.eq_any(below)).select(complaints::id);
        query = query.filter(complaint_id.eq_any(theirs));
    }
    if !filters.state.is_empty() {
        let (day, soon) = (today(), soon_until(reader)?);
        let unwanted = |state| !filters.state.contains(&state);
        // Of what runs, each state is a stretch of days; what is suspended lies in none of them.
        let stopped = || stopped_on.is_not_null();
        if unwanted(ClockState::Overdue) {
            query = query.filter(due_on.ge(day).or(stopped()));
        }
        if unwanted(ClockState::DueSoon) {
            query = query.filter(due_on.lt(day).or(due_on.gt(soon)).or(stopped()));
        }
        if unwanted(ClockState::OnTime) {
            query = query.filter(due_on.le(soon).or(stopped()));
        }
        if unwanted(ClockState::Suspended) {
            query = query.filter(stopped_on.is_null());
        }
    }
    query = match (after, descending) {
        (Some((day, last)), false) => query.filter(due_on.gt(day).or(due_on.eq(day).and(id.gt(last)))),
        (Some((day, last)), true) => query.filter(due_on.lt(day).or(due_on.eq(day).and(id.lt(last)))),
        (None, _) => query,
    };
    query = if descending { query.order((due_on.desc(), id.desc())) } else { query.order((due_on.asc(), id.asc())) };
    reader.load(query.limit(limit))
}

/// Clocks with what they show of their cases.
fn with_cases(reader: &mut Reader<'_>, rows: Vec<ClockRow>) -> Result<Vec<ComplaintDeadline>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let of: HashMap<Id, Id> = rows.iter().map(|row| (row.id, row.complaint_id)).collect();
    let mut ids: Vec<Id> = of.values().copied().collect();
    ids.sort_unstable();
    ids.dedup();
    let cases: Vec<(Id, String, ComplaintKind, Id)> =
        reader.load(complaints::table.filter(complaints::id.eq_any(ids)).select((
            complaints::id,
            complaints::code,
            complaints::kind,
            complaints::owner_unit_id,
        )))?;
    let cases: HashMap<Id, (String, ComplaintKind, Id)> =
        cases.into_iter().map(|(id, code, kind, unit)| (id, (code, kind, unit))).collect();
    let clocks = shown(reader, rows)?;
    Ok(clocks
        .into_iter()
        .filter_map(|clock| {
            let complaint_id = *of.get(&clock.id)?;
            let (complaint_code, kind, owner_unit_id) = cases.get(&complaint_id)?.clone();
            let (id, due_on, due_at) = (clock.id, clock.due_on, clock.due_at);
            Some(ComplaintDeadline { id, complaint_id, complaint_code, kind, owner_unit_id, due_on, due_at, clock })
        })
        .collect())
}

/// What is hers: clocks of the cases she handles, and of those that her own unit has to decide on.
pub(crate) fn tasks(reader: &mut Reader<'_>, access: &Access, until: NaiveDate) -> Result<Vec<Task>> {
    if !access.may(Action::Read, Resource::Complaints) {
        return Ok(Vec::new());
    }
    let onlooker = Onlooker::of(reader, access)?;
    let deciding = [Role::BasePresident, Role::ProvinceLeader, Role::Inspector];
    let units: Vec<Id> =
        access.principal().assignments.iter().filter(|held| deciding.contains(&held.role)).map(|held| held.unit_id).collect();
    let handled = complaint_handlers::table
        .filter(complaint_handlers::account_id.eq(access.principal().id))
        .filter(complaint_handlers::ended_at.is_null())
        .select(complaint_handlers::complaint_id);
    let hers: Vec<Id> = reader.load(
        complaints::table
            .select(complaints::id)
            .into_boxed()
            .filter(onlooker.may_see())
            .filter(complaints::id.eq_any(handled).or(complaints::owner_unit_id.eq_any(units))),
    )?;
    let rows: Vec<ClockRow> = reader.load(
        complaint_clocks::table
            .filter(complaint_clocks::met_on.is_null())
            .filter(complaint_clocks::ended_on.is_null())
            .filter(complaint_clocks::stopped_on.is_null())
            .filter(complaint_clocks::due_on.lt(until))
            .filter(complaint_clocks::complaint_id.eq_any(hers))
            .select(ClockRow::as_select()),
    )?;
    let locale = access.locale();
    let of: HashMap<Id, Id> = rows.iter().map(|row| (row.id, row.complaint_id)).collect();
    Ok(shown(reader, rows)?
        .into_iter()
        .filter_map(|clock| {
            Some(Task {
                resource: Resource::Complaints,
                id: clock.id,
                code: clock.code.as_str().to_owned(),
                // What the step is, and nothing of the case (domain guide 6.4, rule 7).
                title: clock.code.label(locale).to_owned(),
                due_on: clock.due_on,
                due_at: clock.due_at,
                state: clock.state,
                href: format!("/api/v1/complaints/{}", of.get(&clock.id)?),
            })
        })
        .collect())
}

/// List time limits of complaints
///
/// What still runs, by its last day, of the cases you may see. A case that you may not see has none. For every role that
/// handles complaints.
#[utoipa::path(tag = "complaints", operation_id = "list_complaint_deadlines", params(DeadlineFilters, Paging, Shape), responses(
    (status = 200, description = "A page of time limits", body = Listing<ComplaintDeadline>),
), security(("password" = [])))]
#[get("/complaints/deadlines")]
pub(super) async fn list_complaint_deadlines(
    access: Access,
    db: web::Data<Db>,
    query: Query<DeadlineFilters, List>,
) -> Result<HttpResponse> {
    access.to(Action::Read, Resource::Complaints)?;
    query.shape.check(FIELDS, &[])?;
    let filters = query.filters.clone();
    page::list(&db, access.principal().id, &query, "due_on", move |reader, after, descending, limit| {
        let onlooker = Onlooker::of(reader, &access)?;
        list(reader, &onlooker, &filters, after, descending, limit)
    })
    .await
}
