//! What must be known at once: mass petitions and hot spots, until somebody has acknowledged them (programme III-A 1.3 and 3).

use actix_web::{HttpResponse, get, post, web};
use diesel::{BoolExpressionMethods, ExpressionMethods, Insertable, QueryDsl, Queryable, Selectable, SelectableHelper};

use super::{
    model::AlertKind,
    views::{AlertFilters, ComplaintAlert},
    visible::Onlooker,
};
use crate::{
    access::{Access, Action, Resource},
    db::{Change, Db, Id, Instant, Reader, Tx, schema::complaint_alerts},
    http::{
        AllowedAction, Answer, Code, Command, List, Listing, NoBody, Page, Paging, Problem, ProblemBody, Query, Result, Shape,
        page,
    },
};

/// The row.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = complaint_alerts)]
struct AlertRow {
    id: Id,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
    complaint_id: Id,
    kind: AlertKind,
    acknowledged_at: Option<Instant>,
    acknowledged_by: Option<Id>,
}

const FIELDS: &[&str] = &[
    "id",
    "version",
    "created_at",
    "updated_at",
    "complaint_id",
    "kind",
    "acknowledged_at",
    "acknowledged_by",
    "allowed_actions",
];

/// Place in the list: when it was raised, then id.
type ByTime = (Instant, Id);

/// Raises it, unless one of its kind waits already. The change of the case is recorded before.
pub(super) fn raise(tx: &mut Tx<'_>, case: Id, kind: AlertKind) -> Result<()> {
    let waiting: Option<Id> = tx.read().optional(
        complaint_alerts::table
            .filter(complaint_alerts::complaint_id.eq(case))
            .filter(complaint_alerts::kind.eq(kind))
            .filter(complaint_alerts::acknowledged_at.is_null())
            .select(complaint_alerts::id),
    )?;
    if waiting.is_some() {
        return Ok(());
    }
    let now = tx.now();
    let row = AlertRow {
        id: Id::new(),
        version: 1,
        created_at: now,
        updated_at: now,
        complaint_id: case,
        kind,
        acknowledged_at: None,
        acknowledged_by: None,
    };
    tx.execute(diesel::insert_into(complaint_alerts::table).values(&row))?;
    Ok(())
}

fn list(
    reader: &mut Reader<'_>,
    onlooker: &Onlooker,
    filters: &AlertFilters,
    after: Option<ByTime>,
    descending: bool,
    limit: i64,
) -> Result<Page<AlertRow, ByTime>> {
    let place = |row: &AlertRow| (row.created_at, row.id);
    let read = |reader: &mut Reader<'_>, after, limit| stretch(reader, filters, after, descending, limit);
    let rows = onlooker.sift(reader, (after, limit + 1), read, (|row: &AlertRow| row.complaint_id, place))?;
    Ok(Page::of(rows, limit, place, None))
}

/// Some of the alerts, whoever may see them.
fn stretch(
    reader: &mut Reader<'_>,
    filters: &AlertFilters,
    after: Option<ByTime>,
    descending: bool,
    limit: i64,
) -> Result<Vec<AlertRow>> {
    let mut query = complaint_alerts::table.select(AlertRow::as_select()).into_boxed();
    query = match filters.is_acknowledged {
        Some(true) => query.filter(complaint_alerts::acknowledged_at.is_not_null()),
        Some(false) => query.filter(complaint_alerts::acknowledged_at.is_null()),
        None => query,
    };
    query = match (after, descending) {
        (Some((at, id)), false) => query
            .filter(complaint_alerts::created_at.gt(at).or(complaint_alerts::created_at.eq(at).and(complaint_alerts::id.gt(id)))),
        (Some((at, id)), true) => query
            .filter(complaint_alerts::created_at.lt(at).or(complaint_alerts::created_at.eq(at).and(complaint_alerts::id.lt(id)))),
        (None, _) => query,
    };
    query = if descending {
        query.order((complaint_alerts::created_at.desc(), complaint_alerts::id.desc()))
    } else {
        query.order((complaint_alerts::created_at.asc(), complaint_alerts::id.asc()))
    };
    reader.load(query.limit(limit))
}

fn find(reader: &mut Reader<'_>, onlooker: &Onlooker, id: Id) -> Result<AlertRow> {
    let row: AlertRow = reader.one(complaint_alerts::table.find(id).select(AlertRow::as_select()))?;
    onlooker.find(reader, row.complaint_id)?;
    Ok(row)
}

fn view(row: AlertRow) -> ComplaintAlert {
    let href = format!("/api/v1/complaint-alerts/{}/acknowledgements", row.id);
    let waits = row.acknowledged_at.is_none();
    ComplaintAlert {
        id: row.id,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
        complaint_id: row.complaint_id,
        kind: row.kind,
        acknowledged_at: row.acknowledged_at,
        acknowledged_by: row.acknowledged_by,
        allowed_actions: waits.then(|| AllowedAction::act("acknowledge", href)).into_iter().collect(),
    }
}

/// List the alerts of cases
///
/// Mass petitions (five petitioners or more) and hot spots, of cases that you may see. The oldest first; `sort=-created_at` turns it round.
#[utoipa::path(tag = "complaints", operation_id = "list_complaint_alerts", params(AlertFilters, Paging, Shape), responses(
    (status = 200, description = "A page of alerts", body = Listing<ComplaintAlert>),
), security(("password" = [])))]
#[get("/complaint-alerts")]
pub(super) async fn list_complaint_alerts(
    access: Access,
    db: web::Data<Db>,
    query: Query<AlertFilters, List>,
) -> Result<HttpResponse> {
    access.to(Action::Read, Resource::Complaints)?;
    query.shape.check(FIELDS, &[])?;
    let filters = query.filters.clone();
    page::list(&db, access.principal().id, &query, "created_at", move |reader, after, descending, limit| {
        let onlooker = Onlooker::of(reader, &access)?;
        Ok(list(reader, &onlooker, &filters, after, descending, limit)?.map(view))
    })
    .await
}

/// Acknowledge an alert
///
/// That it is known and looked after. For whoever sees the case.
#[utoipa::path(tag = "complaints", operation_id = "acknowledge_complaint_alert", params(("id" = Id, Path, description = "The alert"),
    ("If-Match" = String, Header, description = "The version you have read")), responses(
    (status = 200, description = "As it is now", body = ComplaintAlert),
    (status = 404, description = "There is no such alert", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "It was acknowledged before", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/complaint-alerts/{id}/acknowledgements")]
pub(super) async fn acknowledge_complaint_alert(
    command: Command<NoBody>,
    db: web::Data<Db>,
    id: web::Path<Id>,
) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Complaints)?;
    let (access, id) = (command.access.clone(), id.into_inner());
    // A kept answer is not told to somebody who keeps out of the case by now.
    let asking = access.clone();
    db.read(move |reader| {
        let onlooker = Onlooker::of(reader, &asking)?;
        find(reader, &onlooker, id)
    })
    .await?;
    command
        .run(&scope, move |tx, _, given| {
            let onlooker = Onlooker::of(&mut tx.read(), &access)?;
            let mut row = find(&mut tx.read(), &onlooker, id)?;
            given.check_version(tx, id, row.version, std::iter::empty())?;
            if row.acknowledged_at.is_some() {
                return Err(Problem::say(Code::InvalidTransition, "Đã có người nhận biết", "It was acknowledged before")
                    .with("allowed_actions", serde_json::json!([])));
            }
            let seen =
                complaint_alerts::table.filter(complaint_alerts::id.eq(id)).filter(complaint_alerts::version.eq(row.version));
            (row.version, row.updated_at) = (row.version + 1, tx.now());
            (row.acknowledged_at, row.acknowledged_by) = (Some(tx.now()), tx.actor().id);
            tx.record(Change::new("acknowledge", "complaint_alerts", id, row.version));
            let saved = tx.execute(diesel::update(seen).set((
                complaint_alerts::version.eq(row.version),
                complaint_alerts::updated_at.eq(row.updated_at),
                complaint_alerts::acknowledged_at.eq(row.acknowledged_at),
                complaint_alerts::acknowledged_by.eq(row.acknowledged_by),
            )))?;
            Problem::unless_one(saved)?;
            Answer::changed(row.version, &view(row))
        })
        .await
}
