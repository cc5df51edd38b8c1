//! Inspections: planned, corrected, read, listed.

use actix_web::{HttpRequest, HttpResponse, get, patch, post, web};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    checklists,
    model::{
        FIELDS, Inspection, InspectionCorrection, InspectionFilters, InspectionKind, InspectionRow, InspectionStatus,
        InspectionVisibility, NewInspection,
    },
    plans, rules,
    sight::Viewer,
    store::{self, Kept},
};
use crate::{
    access::{Access, Action, Resource, Scope},
    db::{Change, Db, Id, Tx, schema::inspections},
    http::{
        Answer, Bare, Code, Command, Json, List, Listing, NoFilters, NotMade, NotTaken, NotThere, Paging, Patch, Problem, Query,
        Result, Shape, answer, page,
    },
    machine::{self, Event, StateEvent},
    units,
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list_inspections)
        .service(create_inspection)
        .service(get_inspection)
        .service(update_inspection)
        .service(list_inspection_events);
}

/// List inspections
///
/// By first day. Of what inspects her own unit, a president sees nothing before it was sent to the unit.
#[utoipa::path(tag = "inspections", operation_id = "list_inspections", params(InspectionFilters, Paging, Shape), responses(
    (status = 200, description = "A page of inspections", body = Listing<Inspection>),
), security(("password" = [])))]
#[get("/inspections")]
async fn list_inspections(access: Access, db: web::Data<Db>, query: Query<InspectionFilters, List>) -> Result<HttpResponse> {
    let viewer = Viewer::of(&access)?;
    query.shape.check(FIELDS, &[])?;
    let filters = query.filters.clone();
    page::list(&db, access.principal().id, &query, "starts_on", move |reader, after, descending, limit| {
        let rows = store::list(reader, &viewer, &filters, after, descending, limit)?;
        let (items, next, total) = (rows.items, rows.next, rows.total);
        Ok(page::Page { items: store::views(reader, &viewer, items)?, next, total })
    })
    .await
}

/// Read an inspection
///
/// As much of it as you may see by now: `visibility` says how much.
#[utoipa::path(tag = "inspections", operation_id = "get_inspection", params(("id" = Id, Path, description = "The inspection"), Shape), responses(
    (status = 200, description = "The inspection", body = Inspection, headers(("ETag" = String, description = "Its version"))),
    NotThere,
), security(("password" = [])))]
#[get("/inspections/{id}")]
async fn get_inspection(
    request: HttpRequest,
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters>,
) -> Result<HttpResponse> {
    let viewer = Viewer::of(&access)?;
    query.shape.check(FIELDS, &[])?;
    let id = id.into_inner();
    let found = db
        .read(move |reader| {
            let (row, ..) = store::find(reader, &viewer, id)?;
            store::view(reader, &viewer, row)
        })
        .await?;
    answer::living(&request, &query.shape, found.version, &found)
}

/// Plan an inspection
///
/// A unit inspects one below it. The unit hears nothing of it before it is scheduled.
#[utoipa::path(tag = "inspections", operation_id = "create_inspection", request_body = NewInspection, responses(
    (status = 201, description = "Planned", body = Inspection),
    NotMade,
), security(("password" = [])))]
#[post("/inspections")]
async fn create_inspection(command: Command<Json<NewInspection>>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Create, Resource::Inspections)?;
    let viewer = Viewer::of(&command.access)?;
    let write = scope.clone();
    command
        .run(&scope, move |tx, Json(new), given| {
            let id = new.id.unwrap_or_default();
            if new.id.is_some() && given.claim_id(tx, "inspections", id, new)? {
                let (row, ..) = store::find(&mut tx.read(), &viewer, id)?;
                return show(tx, &viewer, row);
            }
            let row = create(tx, &write, &viewer, id, new)?;
            let made = store::view(&mut tx.read(), &viewer, row)?;
            Answer::created(format!("/api/v1/inspections/{id}"), made.version, &made)
        })
        .await
}

/// Correct an inspection
///
/// While it is planned. Another unit, kind or line of the plan is another inspection.
#[utoipa::path(tag = "inspections", operation_id = "update_inspection", params(("id" = Id, Path, description = "The inspection"),
    ("If-Match" = String, Header, description = "The version you have read")),
    request_body(content = Patch<InspectionCorrection>, content_type = "application/merge-patch+json"), responses(
    (status = 200, description = "As it is now", body = Inspection),
    NotTaken,
), security(("password" = [])))]
#[patch("/inspections/{id}")]
async fn update_inspection(command: Command<Patch<InspectionCorrection>>, id: web::Path<Id>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Inspections)?;
    let (viewer, id) = (Viewer::of(&command.access)?, id.into_inner());
    command
        .run(&scope, move |tx, patch, given| {
            let (row, place, _) = store::find(&mut tx.read(), &viewer, id)?;
            if !viewer.may_edit(&place) {
                return Err(Problem::new(Code::Forbidden));
            }
            given.check_version(tx, id, row.version, patch.names())?;
            if patch.is_empty() {
                return show(tx, &viewer, row);
            }
            if row.status != InspectionStatus::Planned {
                let allowed = store::actions(&viewer, &place, &row);
                return Err(Problem::new(Code::InvalidTransition).with("allowed_actions", serde_json::json!(allowed)));
            }
            let before = InspectionCorrection {
                mode: row.mode,
                topic: row.topic.clone(),
                is_surprise: row.is_surprise,
                checklist_id: row.checklist_id,
                starts_on: row.starts_on,
                ends_on: row.ends_on,
            };
            let new = patch.apply(&before)?;
            rules::check_days(new.starts_on, new.ends_on)?;
            let mut after = InspectionRow {
                mode: new.mode,
                topic: rules::said("/topic", &new.topic)?,
                is_surprise: new.is_surprise,
                starts_on: new.starts_on,
                ends_on: new.ends_on,
                ..row.clone()
            };
            if new.checklist_id != row.checklist_id {
                (after.checklist_id, after.checklist_edition) = checklists::edition_of(&mut tx.read(), new.checklist_id)?;
            }
            let row = store::keep(tx, Kept { before: row, after, action: "update", reason: None, effective_on: None })?;
            show(tx, &viewer, row)
        })
        .await
}

/// Read what happened to an inspection
///
/// Step by step. The inspected unit sees the steps since it was told of it, and reasons and names after the notice.
#[utoipa::path(tag = "inspections", operation_id = "list_inspection_events", params(("id" = Id, Path, description = "The inspection")), responses(
    (status = 200, description = "Its steps, the first one first", body = Listing<StateEvent>),
    NotThere,
), security(("password" = [])))]
#[get("/inspections/{id}/events")]
async fn list_inspection_events(
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters, Bare>,
) -> Result<HttpResponse> {
    let (viewer, id) = (Viewer::of(&access)?, id.into_inner());
    let found = db
        .read(move |reader| {
            let (_, _, seen) = store::find(reader, &viewer, id)?;
            let mut events = machine::events_of(reader, id)?;
            if !seen.inside && seen.visibility < InspectionVisibility::All {
                for event in &mut events {
                    (event.reason, event.actor_id) = (None, None);
                }
            }
            Ok(events)
        })
        .await?;
    page::whole(&query, &found)
}

pub(super) fn show(tx: &mut Tx<'_>, viewer: &Viewer, row: InspectionRow) -> Result<Answer> {
    let found = store::view(&mut tx.read(), viewer, row)?;
    Answer::changed(found.version, &found)
}

fn create(tx: &mut Tx<'_>, scope: &Scope, viewer: &Viewer, id: Id, new: &NewInspection) -> Result<InspectionRow> {
    check_pair(tx, scope, "/inspected_unit_id", new.unit_id, new.inspected_unit_id)?;
    rules::check_days(new.starts_on, new.ends_on)?;
    check_previous(tx, viewer, new)?;
    if let Some(item) = new.plan_item_id {
        plans::check_item(&mut tx.read(), item, new.unit_id, new.inspected_unit_id)?;
    }
    let (checklist_id, checklist_edition) = checklists::edition_of(&mut tx.read(), new.checklist_id)?;
    let now = tx.now();
    let row = InspectionRow {
        id,
        version: 1,
        created_at: now,
        updated_at: now,
        unit_id: new.unit_id,
        inspected_unit_id: new.inspected_unit_id,
        plan_item_id: new.plan_item_id,
        previous_id: new.previous_id,
        kind: new.kind,
        mode: new.mode,
        topic: rules::said("/topic", &new.topic)?,
        status: InspectionStatus::Planned,
        shown: InspectionVisibility::Nothing,
        is_surprise: new.is_surprise,
        starts_on: new.starts_on,
        ends_on: new.ends_on,
        decision_no: None,
        sent_on: None,
        checklist_id,
        checklist_edition,
        started_on: None,
        fieldwork_done_on: None,
        minutes_signature: None,
        minutes_note: None,
        no_issue: false,
        shared_on: None,
        comment_due_on: None,
        comment: None,
        commented_on: None,
        postponed_count: 0,
        notice_due_on: None,
        closed_on: None,
    };
    tx.record(Change::new("create", "inspections", id, 1).at(row.unit_id).on(row.starts_on).after(new));
    tx.execute(diesel::insert_into(inspections::table).values(row.clone()))?;
    let to = row.status.as_str();
    let step = Event { object_id: id, object_version: 1, action: "create", from: None, to, effective_on: None, reason: None };
    machine::record(tx, &step)?;
    Ok(row)
}

/// A unit that inspects, within reach, and one below it.
pub(super) fn check_pair(tx: &mut Tx<'_>, scope: &Scope, pointer: &str, unit: Id, inspected: Id) -> Result<()> {
    units::store::reach_field(&mut tx.read(), scope, "/unit_id", unit)?;
    let lineage = units::store::reach_field(&mut tx.read(), scope, pointer, inspected)?;
    if unit == inspected || !lineage.contains(&unit) {
        return Err(Problem::field(
            pointer,
            "not_below_the_inspecting",
            "Phải là đơn vị trực thuộc đơn vị kiểm tra",
            "Must be a unit below the one that inspects",
        ));
    }
    for (pointer, id) in [("/unit_id", unit), (pointer, inspected)] {
        if units::store::find(&mut tx.read(), scope, id)?.status != units::UnitStatus::Active {
            return Err(Problem::field(pointer, "unit_not_active", "Đơn vị đã kết thúc hoạt động", "The unit is closed"));
        }
    }
    Ok(())
}

/// A follow-up follows an inspection of the same unit whose results were told.
fn check_previous(tx: &mut Tx<'_>, viewer: &Viewer, new: &NewInspection) -> Result<()> {
    let wrong = |vi: &str, en: &str| Err(Problem::field("/previous_id", "wrong_previous", vi, en));
    let Some(previous) = new.previous_id else {
        return if new.kind == InspectionKind::FollowUp { Err(rules::required("/previous_id")) } else { Ok(()) };
    };
    if new.kind != InspectionKind::FollowUp {
        return wrong("Chỉ dùng cho phúc tra", "Only a follow-up follows another");
    }
    match store::find(&mut tx.read(), viewer, previous) {
        Ok((row, _, seen))
            if seen.inside && row.inspected_unit_id == new.inspected_unit_id && row.shown == InspectionVisibility::All =>
        {
            Ok(())
        }
        _ => wrong(
            "Phải là cuộc kiểm tra cùng đơn vị đã có thông báo kết quả",
            "Must be an inspection of the same unit whose notice was issued",
        ),
    }
}
