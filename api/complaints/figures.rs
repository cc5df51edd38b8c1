//! Figures of cases, which tell of nobody: small counts are covered below the province, and to whoever keeps out of a case it
//! is not in them either (domain guide 6.4, rule 8; edge case 9 of section 8).

use std::collections::HashMap;

use actix_web::{HttpResponse, get, web};
use diesel::{ExpressionMethods, QueryDsl};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    model::{ComplaintKind, ComplaintResult, ComplaintStatus},
    rules,
    views::FigureFilters,
    visible::Onlooker,
};
use crate::{
    access::{Access, Action, Resource},
    code_list,
    db::{
        Db, Id, Reader,
        schema::{complaints, unit_tree, units},
    },
    http::{Bare, Listing, NotThere, Query, Result, page},
    units::{UnitKind, store},
};

code_list! {
    /// By what cases are counted.
    FigureGroup in "complaint_figure_groups" {
        Kind = "kind", "Theo loại đơn", "By kind";
        Status = "status", "Theo trạng thái", "By state";
        Result = "result", "Theo kết quả", "By result";
        All = "all", "Tất cả", "All";
    }
}

/// How many cases there are of one sort.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ComplaintFigure {
    pub group: FigureGroup,
    /// The kind, state or result: a code of its list; `all` for all of them.
    #[schema(example = "feedback")]
    pub code: &'static str,
    /// Empty: covered, because it is small or would tell of a small one.
    #[schema(example = 12)]
    pub count: Option<i64>,
}

/// Count cases
///
/// By kind, state and result, of all units within your reach or of one and those below it, by the day of receipt. Below the province
/// counts under five are covered (empty), and as many others as it takes that they cannot be computed.
#[utoipa::path(tag = "complaints", operation_id = "list_complaint_figures", params(FigureFilters), responses(
    (status = 200, description = "All figures", body = Listing<ComplaintFigure>),
    NotThere,
), security(("password" = [])))]
#[get("/complaint-figures")]
pub(super) async fn list_complaint_figures(
    access: Access,
    db: web::Data<Db>,
    query: Query<FigureFilters, Bare>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::ComplaintFigures)?;
    let filters = query.filters.clone();
    let found = db
        .read(move |reader| {
            if let Some(unit) = filters.unit {
                store::reach(reader, &scope, unit)?;
            }
            let onlooker = Onlooker::of(reader, &access)?;
            let tops: Option<Vec<Id>> = filters.unit.map(|unit| vec![unit]).or_else(|| scope.roots());
            count(reader, &onlooker, tops, &filters)
        })
        .await?;
    page::whole(&query, &found)
}

type Row = (ComplaintKind, ComplaintStatus, Option<ComplaintResult>);

fn count(
    reader: &mut Reader<'_>,
    onlooker: &Onlooker,
    tops: Option<Vec<Id>>,
    filters: &FigureFilters,
) -> Result<Vec<ComplaintFigure>> {
    let mut query = complaints::table
        .filter(onlooker.not_excluded())
        .select((complaints::kind, complaints::status, complaints::result))
        .into_boxed();
    let mut is_province = tops.is_none();
    if let Some(tops) = tops {
        let kinds: Vec<UnitKind> = reader.load(units::table.filter(units::id.eq_any(tops.clone())).select(units::kind))?;
        is_province = kinds.contains(&UnitKind::Province);
        let below = unit_tree::table.filter(unit_tree::ancestor_id.eq_any(tops)).select(unit_tree::unit_id);
        query = query.filter(complaints::owner_unit_id.eq_any(below));
    }
    if let Some(day) = filters.from {
        query = query.filter(complaints::received_on.ge(day));
    }
    if let Some(day) = filters.to {
        query = query.filter(complaints::received_on.le(day));
    }
    let rows: Vec<Row> = reader.load(query)?;
    Ok(figures(&rows, is_province))
}

fn figures(rows: &[Row], is_province: bool) -> Vec<ComplaintFigure> {
    let mut counts: HashMap<(FigureGroup, &'static str), i64> = HashMap::new();
    for (kind, status, result) in rows {
        *counts.entry((FigureGroup::Kind, kind.as_str())).or_default() += 1;
        *counts.entry((FigureGroup::Status, status.as_str())).or_default() += 1;
        if let Some(result) = result {
            *counts.entry((FigureGroup::Result, result.as_str())).or_default() += 1;
        }
    }
    let groups: [(FigureGroup, Vec<&'static str>); 3] = [
        (FigureGroup::Kind, ComplaintKind::ALL.iter().map(|code| code.as_str()).collect()),
        (FigureGroup::Status, ComplaintStatus::ALL.iter().map(|code| code.as_str()).collect()),
        (FigureGroup::Result, ComplaintResult::ALL.iter().map(|code| code.as_str()).collect()),
    ];
    let mut figures = Vec::new();
    let mut all = i64::try_from(rows.len()).ok();
    for (group, codes) in groups {
        let each: Vec<i64> = codes.iter().map(|code| counts.get(&(group, *code)).copied().unwrap_or_default()).collect();
        let shown = if is_province {
            each.into_iter().map(Some).collect()
        } else {
            let (shown, sum) = rules::suppress(&each);
            // Results have a sum of their own, which is not shown; the others are all the cases.
            if group != FigureGroup::Result && sum.is_none() {
                all = None;
            }
            shown
        };
        figures.extend(codes.into_iter().zip(shown).map(|(code, count)| ComplaintFigure { group, code, count }));
    }
    figures.push(ComplaintFigure { group: FigureGroup::All, code: "all", count: all });
    figures
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commune_with_one_case_cannot_be_told_from_one_with_none() {
        let one = [(ComplaintKind::Denunciation, ComplaintStatus::Received, None)];
        let counts = |rows: &[Row]| figures(rows, false).iter().map(|figure| figure.count).collect::<Vec<_>>();
        assert_eq!(counts(&one), counts(&[]));
        assert_eq!(figures(&one, true).last().and_then(|figure| figure.count), Some(1));
    }
}
