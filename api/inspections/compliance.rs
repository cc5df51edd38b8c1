//! Target T8: every level inspects at least one theme a year. What counts is the notice of results.

use std::collections::HashMap;

use actix_web::{HttpResponse, get, web};
use chrono::{Datelike, NaiveDate};
use diesel::{BoolExpressionMethods, ExpressionMethods, JoinOnDsl, QueryDsl, dsl::count_star};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    model::{InspectionKind, InspectionMode},
    sight::{Viewer, below},
};
use crate::{
    access::Access,
    calendar::today,
    db::{
        Db, Id, Reader,
        schema::{inspection_notices, inspections, units},
    },
    http::{List, Listing, Page, Paging, Problem, Query, Result, Shape, page},
    officers::people::kept,
    units::{UnitKind, UnitRef, UnitStatus, store},
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list_theme_compliance);
}

/// Whether a unit has inspected a theme in a year.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ThemeCompliance {
    /// Of the unit that inspects.
    pub id: Id,
    pub unit: UnitRef,
    #[schema(example = 2026)]
    pub year: i32,
    /// Thematic inspections (`inspect`) whose notice was issued in the year.
    #[schema(example = 1)]
    pub inspected_count: i64,
    /// The same of mode `supervise`.
    #[schema(example = 1)]
    pub supervised_count: i64,
    /// At least one of either.
    pub is_met: bool,
}

/// Filters of `GET /inspections/theme-compliance`.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ThemeFilters {
    /// Without it, this year.
    #[param(minimum = 2017, maximum = 2100, example = 2026)]
    pub year: Option<i32>,
    /// Only units of these kinds: `province`, `district`, `base`.
    #[serde(default)]
    pub kind: Vec<UnitKind>,
}

const FIELDS: &[&str] = &["id", "unit", "year", "inspected_count", "supervised_count", "is_met"];

/// Levels that inspect.
const LEVELS: [UnitKind; 3] = [UnitKind::Province, UnitKind::District, UnitKind::Base];

type ByName = (Vec<u8>, Id);

fn list(
    reader: &mut Reader<'_>,
    viewer: &Viewer,
    (year, kinds): (i32, &[UnitKind]),
    after: Option<ByName>,
    descending: bool,
    limit: i64,
) -> Result<Page<ThemeCompliance, ByName>> {
    let wanted: Vec<UnitKind> = LEVELS.into_iter().filter(|kind| kinds.is_empty() || kinds.contains(kind)).collect();
    let mut rows = units::table
        .filter(units::kind.eq_any(wanted))
        .filter(units::status.eq(UnitStatus::Active))
        .select((units::sort_key, units::id))
        .into_boxed();
    if let Some(roots) = viewer.read.roots() {
        rows = rows.filter(units::id.eq_any(below(&roots)));
    }
    rows = match (after, descending) {
        (Some((key, id)), false) => {
            rows.filter(units::sort_key.gt(key.clone()).or(units::sort_key.eq(key).and(units::id.gt(id))))
        }
        (Some((key, id)), true) => rows.filter(units::sort_key.lt(key.clone()).or(units::sort_key.eq(key).and(units::id.lt(id)))),
        (None, _) => rows,
    };
    rows = if descending {
        rows.order((units::sort_key.desc(), units::id.desc()))
    } else {
        rows.order((units::sort_key.asc(), units::id.asc()))
    };
    let found: Page<ByName, ByName> = Page::of(reader.load(rows.limit(limit + 1))?, limit, ByName::clone, None);
    let ids: Vec<Id> = found.items.iter().map(|(_, id)| *id).collect();
    let refs = store::refs(reader, &ids)?;
    let counts = counts(reader, &ids, year)?;
    let (items, next, total) = (found.items, found.next, found.total);
    let items = items.into_iter().map(|(_, id)| {
        let of = |mode| counts.get(&(id, mode)).copied().unwrap_or_default();
        let (inspected_count, supervised_count) = (of(InspectionMode::Inspect), of(InspectionMode::Supervise));
        Ok(ThemeCompliance {
            id,
            unit: kept(refs.get(&id).cloned())?,
            year,
            inspected_count,
            supervised_count,
            is_met: inspected_count + supervised_count > 0,
        })
    });
    Ok(Page { items: items.collect::<Result<_>>()?, next, total })
}

fn counts(reader: &mut Reader<'_>, units: &[Id], year: i32) -> Result<HashMap<(Id, InspectionMode), i64>> {
    let day = |month, day| NaiveDate::from_ymd_opt(year, month, day).ok_or_else(|| Problem::internal("no such year"));
    let rows: Vec<(Id, InspectionMode, i64)> = reader.load(
        inspections::table
            .inner_join(inspection_notices::table.on(inspection_notices::inspection_id.eq(inspections::id)))
            .filter(inspections::unit_id.eq_any(units.to_vec()))
            .filter(inspections::kind.eq(InspectionKind::Thematic))
            .filter(inspection_notices::issued_on.between(day(1, 1)?, day(12, 31)?))
            .group_by((inspections::unit_id, inspections::mode))
            .select((inspections::unit_id, inspections::mode, count_star())),
    )?;
    Ok(rows.into_iter().map(|(unit, mode, count)| ((unit, mode), count)).collect())
}

/// See which unit has inspected a theme
///
/// Target T8 of a year, for each province, district and base unit within your reach, by name.
#[utoipa::path(tag = "inspections", operation_id = "list_theme_compliance", params(ThemeFilters, Paging, Shape), responses(
    (status = 200, description = "A page of units", body = Listing<ThemeCompliance>),
), security(("password" = [])))]
#[get("/inspections/theme-compliance")]
async fn list_theme_compliance(access: Access, db: web::Data<Db>, query: Query<ThemeFilters, List>) -> Result<HttpResponse> {
    let viewer = Viewer::of(&access)?;
    query.shape.check(FIELDS, &[])?;
    let year = query.filters.year.unwrap_or_else(|| today().year());
    if !(2017..=2100).contains(&year) {
        return Err(Problem::parameter("year", "range", "Phải từ 2017 đến 2100", "Must be 2017 to 2100"));
    }
    let filters = query.filters.clone();
    page::list(&db, access.principal().id, &query, "name", move |reader, after, descending, limit| {
        list(reader, &viewer, (year, &filters.kind), after, descending, limit)
    })
    .await
}
