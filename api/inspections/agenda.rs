//! When which unit is inspected: as a list of days, and for the calendar of a phone.

use actix_web::{HttpResponse, get, web};
use chrono::{Days, NaiveDate};
use diesel::{ExpressionMethods, QueryDsl, SelectableHelper};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    model::{InspectionKind, InspectionMode, InspectionRow, InspectionStatus, InspectionVisibility},
    sight::{Viewer, below},
};
use crate::{
    access::Access,
    calendar::today,
    db::{Db, Id, Reader, schema::inspections},
    http::{
        Bare, Listing, Problem, Query, Result,
        ical::{self, CalendarEntry, EntryTime},
        page,
    },
    officers::people::kept,
    units::{self, UnitRef},
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list_inspection_days).service(get_inspection_feed);
}

/// Days on which a unit is inspected.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct InspectionDays {
    pub inspection_id: Id,
    /// The unit that inspects.
    pub unit: UnitRef,
    pub inspected_unit: UnitRef,
    pub kind: InspectionKind,
    pub mode: InspectionMode,
    pub topic: String,
    pub status: InspectionStatus,
    #[schema(example = "2026-04-20")]
    pub starts_on: NaiveDate,
    #[schema(example = "2026-04-22")]
    pub ends_on: NaiveDate,
}

/// Filters of the calendar.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CalendarFilters {
    /// From this day on; without it, from 30 days ago.
    #[param(example = "2026-01-01")]
    pub from: Option<NaiveDate>,
    /// Up to this day; without it, a year later. At most two years are shown.
    #[param(example = "2026-12-31")]
    pub to: Option<NaiveDate>,
    /// Of this unit and those below it.
    pub unit: Option<Id>,
}

/// More would be no calendar.
const LONGEST_DAYS: i64 = 731;

fn days(reader: &mut Reader<'_>, viewer: &Viewer, filters: &CalendarFilters) -> Result<Vec<(InspectionRow, UnitRef, UnitRef)>> {
    let from = filters.from.unwrap_or_else(|| today().checked_sub_days(Days::new(30)).unwrap_or_else(today));
    let to = filters.to.unwrap_or_else(|| from.checked_add_days(Days::new(365)).unwrap_or(from));
    if to < from || (to - from).num_days() > LONGEST_DAYS {
        return Err(Problem::parameter(
            "to",
            "range",
            "Phải sau ngày đầu, trong vòng hai năm",
            "Must be within two years after the first day",
        ));
    }
    let mut query = inspections::table
        .filter(viewer.sight.showing(InspectionVisibility::Head))
        .filter(inspections::starts_on.le(to))
        .filter(inspections::ends_on.ge(from))
        .filter(inspections::starts_on.ge(from.checked_sub_days(Days::new(61)).unwrap_or(from)))
        .into_boxed();
    if let Some(top) = filters.unit {
        query = query.filter(inspections::inspected_unit_id.eq_any(below(&[top])));
    }
    let rows: Vec<InspectionRow> = reader.load(
        query.order((inspections::starts_on.asc(), inspections::id.asc())).select(InspectionRow::as_select()).limit(2000),
    )?;
    let ids: Vec<Id> = rows.iter().flat_map(|row| [row.unit_id, row.inspected_unit_id]).collect();
    let units = units::store::refs(reader, &ids)?;
    rows.into_iter()
        .map(|row| {
            let (unit, inspected) = (units.get(&row.unit_id).cloned(), units.get(&row.inspected_unit_id).cloned());
            Ok((row, kept(unit)?, kept(inspected)?))
        })
        .collect()
}

/// List the days of inspections
///
/// By first day: of all that you may know of.
#[utoipa::path(tag = "inspections", operation_id = "list_inspection_days", params(CalendarFilters), responses(
    (status = 200, description = "All of these days", body = Listing<InspectionDays>),
), security(("password" = [])))]
#[get("/inspections/calendar")]
async fn list_inspection_days(access: Access, db: web::Data<Db>, query: Query<CalendarFilters, Bare>) -> Result<HttpResponse> {
    let (viewer, filters) = (Viewer::of(&access)?, query.filters.clone());
    let found = db.read(move |reader| days(reader, &viewer, &filters)).await?;
    let items: Vec<InspectionDays> = found
        .into_iter()
        .map(|(row, unit, inspected_unit)| InspectionDays {
            inspection_id: row.id,
            unit,
            inspected_unit,
            kind: row.kind,
            mode: row.mode,
            topic: row.topic,
            status: row.status,
            starts_on: row.starts_on,
            ends_on: row.ends_on,
        })
        .collect();
    page::whole(&query, &items)
}

/// Get the days of inspections for a calendar
///
/// As iCalendar (RFC 5545): what was called off is marked so.
#[utoipa::path(tag = "inspections", operation_id = "get_inspection_feed", params(CalendarFilters), responses(
    (status = 200, description = "The calendar", body = String, content_type = "text/calendar"),
), security(("password" = [])))]
#[get("/inspections/calendar.ics")]
async fn get_inspection_feed(access: Access, db: web::Data<Db>, query: Query<CalendarFilters, Bare>) -> Result<HttpResponse> {
    let (viewer, filters, locale) = (Viewer::of(&access)?, query.filters.clone(), access.locale());
    let found = db.read(move |reader| days(reader, &viewer, &filters)).await?;
    let entries: Vec<CalendarEntry> = found
        .into_iter()
        .map(|(row, unit, inspected)| CalendarEntry {
            id: row.id,
            updated_at: row.updated_at,
            version: row.version,
            time: EntryTime::Days(row.starts_on, row.ends_on),
            title: format!("{}: {}", row.mode.label(locale), row.topic),
            place: Some(inspected.name),
            description: Some(unit.name),
            is_cancelled: matches!(row.status, InspectionStatus::Cancelled | InspectionStatus::Postponed),
        })
        .collect();
    ical::calendar("Kiểm tra, giám sát", &entries)
}
