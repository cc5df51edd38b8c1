//! What inspections ask of somebody by when, for her work list: what her unit puts right, and notices of results that she owes.

use chrono::NaiveDate;
use diesel::{ExpressionMethods, JoinOnDsl, QueryDsl};

use super::{
    model::{InspectionStatus, InspectionVisibility},
    remediations::RemediationStatus,
    rules::OWING_A_NOTICE,
};
use crate::{
    access::{Access, Resource, Role},
    db::{
        Id, Reader,
        schema::{inspection_remediations, inspections},
    },
    http::{Locale, Result},
    tasks::{Due, Task},
};

pub(crate) fn tasks(reader: &mut Reader<'_>, access: &Access, until: NaiveDate) -> Result<Vec<Task>> {
    let say = |vi: &str, en: &str| match access.locale() {
        Locale::Vi => vi.to_owned(),
        Locale::En => en.to_owned(),
    };
    let mut tasks = Vec::new();
    let presides = access.units_as(&[Role::BasePresident]);
    if !presides.is_empty() {
        let open: Vec<(Id, NaiveDate)> = reader.load(
            inspection_remediations::table
                .inner_join(inspections::table.on(inspections::id.eq(inspection_remediations::inspection_id)))
                .filter(inspections::inspected_unit_id.eq_any(presides))
                .filter(inspections::shown.eq(InspectionVisibility::All))
                .filter(inspection_remediations::status.eq_any([RemediationStatus::Open, RemediationStatus::Rejected]))
                .filter(inspection_remediations::due_on.lt(until))
                .select((inspection_remediations::id, inspection_remediations::due_on)),
        )?;
        tasks.extend(open.into_iter().map(|(id, due_on)| Due {
            id,
            resource: Resource::Inspections,
            code: "report",
            title: say("Báo cáo khắc phục sau kiểm tra", "Report what was put right after an inspection"),
            due_on,
            href: format!("/api/v1/remediations/{id}"),
        }));
    }
    let leads = access.units_as(&[Role::BasePresident, Role::ProvinceLeader]);
    if !leads.is_empty() {
        let owed: Vec<(Id, Option<NaiveDate>)> = reader.load(
            inspections::table
                .filter(inspections::unit_id.eq_any(leads))
                .filter(inspections::status.eq_any::<[InspectionStatus; 3]>(OWING_A_NOTICE))
                .filter(inspections::notice_due_on.lt(until))
                .select((inspections::id, inspections::notice_due_on)),
        )?;
        tasks.extend(owed.into_iter().filter_map(|(id, due_on)| {
            Some(Due {
                id,
                resource: Resource::Inspections,
                code: "issue_notice",
                title: say("Ra thông báo kết quả kiểm tra", "Issue the notice of results of an inspection"),
                due_on: due_on?,
                href: format!("/api/v1/inspections/{id}"),
            })
        }));
    }
    Due::tasks(reader, tasks)
}
