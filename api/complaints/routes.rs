//! Intake and reading. Each reading of a case is recorded (domain guide 6.4, rule 11), so it is a write.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, get, http::StatusCode, post, web};
use chrono::NaiveDate;
use diesel::{ExpressionMethods, QueryDsl};

use super::{
    clocks,
    intake::{self, Intake},
    machine::{self, Acting},
    model::{CaseRow, ComplaintFlag, ComplaintKind, ComplaintStatus, Custody},
    rules,
    steps::{self, Doing},
    store, vault,
    views::{
        CaseFilters, Complaint, ComplaintHandler, ComplaintOriginal, ComplaintReceipt, ComplaintRecord, ComplaintSubject,
        NewComplaint,
    },
    visible::Onlooker,
};
use crate::{
    access::{self, Access, Action, AuditEvent, Resource, Role},
    db::{Change, Db, Id, Reader, Tx, schema::complaint_receipts},
    http::{
        Answer, Bare, Command, Json, List, Listing, NoFilters, NotMade, NotThere, Page, Paging, Problem, Query, Result, Shape,
        answer, page,
    },
    keys::{Keys, Purpose},
    machine::{StateEvent, events_of},
    text, units,
};

const FIELDS: &[&str] = &[
    "id",
    "version",
    "created_at",
    "updated_at",
    "code",
    "kind",
    "status",
    "receiving_unit_id",
    "owner_unit_id",
    "channel",
    "received_on",
    "matter",
    "competence",
    "instance",
    "previous_id",
    "merged_into_id",
    "petitioner_count",
    "representatives_max",
    "representative_count",
    "withdrawn_parties",
    "flags",
    "complexity",
    "custody",
    "paper_ref",
    "decision_unit_id",
    "known_on",
    "content_for_verification",
    "result",
    "result_text",
    "forwarded_to",
    "accepted_on",
    "closed_on",
    "extended_count",
    "subjects",
    "handlers",
    "clocks",
    "allowed_actions",
];
const RECEIPT_FIELDS: &[&str] = &["id", "code", "received_on"];

// ---- intake

/// Take a petition in
///
/// For the petitioner in front of you. You see its code and day afterwards, and nothing else of it. Who wrote it does not belong into the
/// text. If it is about you, your kin, your superior or your own unit, it is refused here: it goes to the province or through the
/// public door.
#[utoipa::path(tag = "complaints", operation_id = "create_complaint", request_body = NewComplaint, responses(
    (status = 201, description = "Taken in: its receipt", body = ComplaintReceipt),
    NotMade,
), security(("password" = [])))]
#[post("/complaints")]
pub(super) async fn create_complaint(command: Command<Json<NewComplaint>>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Create, Resource::Complaints)?;
    let (write, access) = (scope.clone(), command.access.clone());
    command
        .run(&scope, move |tx, Json(new), given| {
            let id = new.id.unwrap_or_default();
            if new.id.is_some() && given.claim_id(tx, "complaints", id, new)? {
                return Answer::done(&receipt(&mut tx.read(), access.principal().id, id)?);
            }
            units::store::reach_field(&mut tx.read(), &write, "/receiving_unit_id", new.receiving_unit_id)?;
            let onlooker = Onlooker::of(&mut tx.read(), &access)?;
            let made = take_in(tx, &onlooker, id, new)?;
            // A receipt never changes: it has no version.
            Ok(Answer::done(&made)?.with_status(StatusCode::CREATED).header("location", "/api/v1/complaint-receipts"))
        })
        .await
}

fn take_in(tx: &mut Tx<'_>, clerk: &Onlooker, id: Id, new: &NewComplaint) -> Result<ComplaintReceipt> {
    steps::check_day("/received_on", new.received_on, NaiveDate::from_ymd_opt(1930, 10, 20).unwrap_or(NaiveDate::MIN))?;
    steps::check_subjects(&mut tx.read(), &new.subjects, new.decision_unit_id)?;
    let content = text::clean(&new.content);
    if content.is_empty() {
        return Err(Problem::field("/content", "required", "Bắt buộc phải có", "Must be given"));
    }
    let custody = custody(tx, new)?;
    let (original, held) = vault::apart(new.petitioner.as_ref(), &content);
    let taken = intake::take_in(
        tx,
        Intake {
            kind: new.kind,
            channel: new.channel,
            received_on: new.received_on,
            receiving_unit_id: new.receiving_unit_id,
            petitioner_count: new.petitioner_count,
            custody,
            paper_ref: new.paper_ref.clone(),
            original,
            subjects: steps::named(new.kind, true, new.decision_unit_id, &new.subjects),
            decision_unit_id: new.decision_unit_id,
            known_on: new.known_on,
            flags: new.has_violence_threat.then_some(ComplaintFlag::ViolenceThreat).into_iter().collect(),
            received_by: Some(clerk.account()),
            previous: None,
        },
    )?;
    // She named them herself, so it tells her nothing. (A stub that leaves the union is excluded for all: it is taken.)
    if taken.is_ours && clerk.is_excluded(&mut tx.read(), taken.id)? {
        return Err(Problem::field(
            "/subjects",
            "not_yours_to_take",
            "Đơn nêu bạn, người thân, cấp trên hoặc đơn vị của bạn: gửi về Hội LHPN tỉnh, hoặc qua cổng công khai POST /api/v1/public/petitions",
            "It is about you, your kin, your superior or your unit: send it to the province, or through POST /api/v1/public/petitions",
        ));
    }
    if let Some(held) = held {
        vault::keep(tx, taken.id, taken.party_id, &held)?;
    }
    tx.execute(diesel::insert_into(complaint_receipts::table).values((
        complaint_receipts::id.eq(id),
        complaint_receipts::created_at.eq(tx.now()),
        complaint_receipts::account_id.eq(clerk.account()),
        complaint_receipts::complaint_id.eq(taken.id),
        complaint_receipts::code.eq(taken.code.clone()),
        complaint_receipts::received_on.eq(new.received_on),
    )))?;
    Ok(ComplaintReceipt { id, code: taken.code, received_on: new.received_on })
}

/// Where the identity goes. On paper it needs the number of the file, in the vault it must be given, and nowhere else may it be.
fn custody(tx: &Tx<'_>, new: &NewComplaint) -> Result<Custody> {
    let usual = match (new.kind, &new.petitioner) {
        (_, Some(_)) => Custody::Vault,
        (ComplaintKind::Denunciation, None) => Custody::SealedPaper,
        _ => Custody::None,
    };
    let custody = new.custody.unwrap_or(usual);
    let wrong = |pointer: &str, code: &str, vi: &str, en: &str| Err(Problem::field(pointer, code, vi, en));
    match (custody, &new.petitioner, &new.paper_ref) {
        (Custody::SealedPaper, _, None) => {
            wrong("/paper_ref", "required", "Cần số hồ sơ giấy niêm phong", "The number of the sealed paper file is needed")
        }
        (Custody::Vault, None, _) => {
            wrong("/petitioner", "required", "Bắt buộc phải có khi chọn vault", "Must be given with custody vault")
        }
        (Custody::None | Custody::SealedPaper, Some(_), _) => wrong(
            "/petitioner",
            "identity_not_kept",
            "Cách giữ danh tính đã chọn không ghi danh tính vào hệ thống",
            "With this custody no identity is kept here",
        ),
        (Custody::None | Custody::Vault, _, Some(_)) => wrong(
            "/paper_ref",
            "identity_not_kept",
            "Chỉ ghi số hồ sơ giấy khi giữ danh tính trên giấy niêm phong",
            "A paper file goes with custody sealed_paper only",
        ),
        (Custody::Vault, Some(_), None) => vault::require(tx.keys(), "/custody").map(|()| custody),
        _ => Ok(custody),
    }
}

fn receipt(reader: &mut Reader<'_>, account: Id, id: Id) -> Result<ComplaintReceipt> {
    let (id, code, received_on): (Id, String, NaiveDate) = reader.one(
        complaint_receipts::table
            .filter(complaint_receipts::id.eq(id))
            .filter(complaint_receipts::account_id.eq(account))
            .select((complaint_receipts::id, complaint_receipts::code, complaint_receipts::received_on)),
    )?;
    Ok(ComplaintReceipt { id, code, received_on })
}

/// List your receipts
///
/// Of the petitions that you took in: code and day, nothing else. The youngest first with `sort=-id`.
#[utoipa::path(tag = "complaints", operation_id = "list_complaint_receipts", params(Paging, Shape), responses(
    (status = 200, description = "A page of receipts", body = Listing<ComplaintReceipt>),
), security(("password" = [])))]
#[get("/complaint-receipts")]
pub(super) async fn list_complaint_receipts(
    access: Access,
    db: web::Data<Db>,
    query: Query<NoFilters, List>,
) -> Result<HttpResponse> {
    access.to(Action::Create, Resource::Complaints)?;
    query.shape.check(RECEIPT_FIELDS, &[])?;
    let caller = access.principal().id;
    page::list(&db, caller, &query, "id", move |reader, after: Option<Id>, descending, limit| {
        let mut rows = complaint_receipts::table
            .filter(complaint_receipts::account_id.eq(caller))
            .select((complaint_receipts::id, complaint_receipts::code, complaint_receipts::received_on))
            .into_boxed();
        rows = match (after, descending) {
            (Some(id), false) => rows.filter(complaint_receipts::id.gt(id)),
            (Some(id), true) => rows.filter(complaint_receipts::id.lt(id)),
            (None, _) => rows,
        };
        rows = if descending { rows.order(complaint_receipts::id.desc()) } else { rows.order(complaint_receipts::id.asc()) };
        let rows: Vec<(Id, String, NaiveDate)> = reader.load(rows.limit(limit + 1))?;
        let rows = rows.into_iter().map(|(id, code, received_on)| ComplaintReceipt { id, code, received_on }).collect();
        Ok(Page::of(rows, limit, |row: &ComplaintReceipt| row.id, None))
    })
    .await
}

// ---- reading

/// List cases
///
/// Those that you may see, by the day they came in. An inspector sees complaints, proposals and feedback of her units; of denunciations those
/// she handles, and those of her own unit that nobody handles yet. A president and a leader see what their unit settles itself, but
/// no denunciation that they do not handle; a case handler what she handles. Nobody sees what is about herself, her kin, her superiors, or units
/// she works in.
#[utoipa::path(tag = "complaints", operation_id = "list_complaints", params(CaseFilters, Paging, Shape), responses(
    (status = 200, description = "A page of cases", body = Listing<Complaint>),
), security(("password" = [])))]
#[get("/complaints")]
pub(super) async fn list_complaints(access: Access, db: web::Data<Db>, query: Query<CaseFilters, List>) -> Result<HttpResponse> {
    access.to(Action::Read, Resource::Complaints)?;
    query.shape.check(FIELDS, &[])?;
    let (filters, opening) = (query.filters.clone(), db.keys().clone());
    page::list(&db, access.principal().id, &query, "received_on", move |reader, after, descending, limit| {
        let onlooker = Onlooker::of(reader, &access)?;
        let found = store::list(reader, &onlooker, &filters, after, descending, limit)?;
        let items = views(reader, &opening, &onlooker, found.items)?;
        Ok(Page { items, next: found.next, total: None })
    })
    .await
}

/// Does something with a case that the caller sees, and records that she did.
async fn read<T: Send + 'static>(
    access: Access,
    db: &web::Data<Db>,
    id: Id,
    part: &'static str,
    f: impl Fn(&mut Tx<'_>, &Onlooker, CaseRow) -> Result<T> + Send + 'static,
) -> Result<T> {
    let scope = access.to(Action::Read, Resource::Complaints)?;
    // Looked for first, so that what is not there costs no turn among the writers.
    let asking = access.clone();
    db.read(move |reader| Onlooker::of(reader, &asking)?.find(reader, id)).await?;
    let actor = access.actor(Some(&scope));
    db.write(actor, move |tx| {
        let onlooker = Onlooker::of(&mut tx.read(), &access)?;
        let row = onlooker.find(&mut tx.read(), id)?;
        // No version: a reading makes none, and none of the changes since one are readings.
        tx.record(Change::new("read", "complaints", id, 0).after(&serde_json::json!({ "part": part })));
        f(tx, &onlooker, row)
    })
    .await
}

/// Read a case
///
/// For whoever may see it. Each reading is recorded.
#[utoipa::path(tag = "complaints", operation_id = "get_complaint", params(("id" = Id, Path, description = "The case"), Shape), responses(
    (status = 200, description = "The case", body = Complaint, headers(("ETag" = String, description = "Its version"))),
    (status = 304, description = "Not changed since the version in If-None-Match"),
    NotThere,
), security(("password" = [])))]
#[get("/complaints/{id}")]
pub(super) async fn get_complaint(
    request: HttpRequest,
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters>,
) -> Result<HttpResponse> {
    query.shape.check(FIELDS, &[])?;
    let keys = db.keys().clone();
    let found = read(access, &db, id.into_inner(), "case", move |tx, onlooker, row| {
        let acting = store::acting(&mut tx.read(), onlooker, &row)?;
        view(&mut tx.read(), &keys, onlooker, &acting, row)
    })
    .await?;
    answer::living(&request, &query.shape, found.version, &found)
}

/// List what happened to a case
///
/// Its steps, the first step first. For whoever may see it; each reading is recorded.
#[utoipa::path(tag = "complaints", operation_id = "list_complaint_events", params(("id" = Id, Path, description = "The case")), responses(
    (status = 200, description = "Its steps", body = Listing<StateEvent>),
    NotThere,
), security(("password" = [])))]
#[get("/complaints/{id}/events")]
pub(super) async fn list_complaint_events(
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters, Bare>,
) -> Result<HttpResponse> {
    let found = read(access, &db, id.into_inner(), "events", |tx, _, row| events_of(&mut tx.read(), row.id)).await?;
    page::whole(&query, &found)
}

/// List what was done in a case, with its words
///
/// Dialogues, notices, withdrawals, replies and the like, the first first. For whoever may see it; each reading is recorded.
#[utoipa::path(tag = "complaints", operation_id = "list_complaint_records", params(("id" = Id, Path, description = "The case")), responses(
    (status = 200, description = "Its records", body = Listing<ComplaintRecord>),
    NotThere,
), security(("password" = [])))]
#[get("/complaints/{id}/records")]
pub(super) async fn list_complaint_records(
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters, Bare>,
) -> Result<HttpResponse> {
    let keys = db.keys().clone();
    let found =
        read(access, &db, id.into_inner(), "records", move |tx, _, row| store::records(&mut tx.read(), &keys, row.id)).await?;
    page::whole(&query, &found)
}

/// How many entries of its trail a case shows.
const TRAIL: i64 = 1000;

/// List what was recorded of a case
///
/// Who did what with it and who read it, the youngest first, a thousand at most. For inspectors who may see it, and the auditor; not
/// for whom it is about, and who stands close to her.
#[utoipa::path(tag = "complaints", operation_id = "list_complaint_audit_events", params(("id" = Id, Path, description = "The case")), responses(
    (status = 200, description = "Its trail", body = Listing<AuditEvent>),
    NotThere,
), security(("password" = [])))]
#[get("/complaints/{id}/audit-events")]
pub(super) async fn list_complaint_audit_events(
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters, Bare>,
) -> Result<HttpResponse> {
    let held = &access.principal().assignments;
    let (is_auditor, is_inspector) =
        [Role::Auditor, Role::Inspector].map(|role| held.iter().any(|held| held.role == role)).into();
    if !is_auditor && !is_inspector {
        return Err(Problem::new(crate::http::Code::Forbidden));
    }
    let id = id.into_inner();
    let found = db
        .read(move |reader| {
            let onlooker = Onlooker::of(reader, &access)?;
            if is_auditor {
                if onlooker.is_excluded(reader, id)? {
                    return Err(Problem::not_found());
                }
            } else {
                onlooker.find(reader, id)?;
            }
            let ids = store::ids_within(reader, id)?;
            access::audit_of_case(reader, &ids, TRAIL)
        })
        .await?;
    page::whole(&query, &found)
}

/// Read a petition as it was written
///
/// For the inspection committee of the unit that handles it. Of a denunciation whose writer is kept secret only until it is classified, since
/// somebody must write its text without what tells who she is; afterwards not even then.
#[utoipa::path(tag = "complaints", operation_id = "get_complaint_original", params(("id" = Id, Path, description = "The case"), Shape), responses(
    (status = 200, description = "The petition", body = ComplaintOriginal, headers(("ETag" = String, description = "Its version"))),
    (status = 304, description = "Not changed since the version in If-None-Match"),
    NotThere,
), security(("password" = [])))]
#[get("/complaints/{id}/original")]
pub(super) async fn get_complaint_original(
    request: HttpRequest,
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters>,
) -> Result<HttpResponse> {
    query.shape.check(&["text"], &[])?;
    let (version, found) = read(access, &db, id.into_inner(), "original", |tx, onlooker, row| {
        if !may_read_original(&mut tx.read(), onlooker, &row)? {
            return Err(Problem::new(crate::http::Code::Forbidden));
        }
        let sealed = row.original_sealed.as_deref().ok_or_else(Problem::not_found)?;
        let plain = tx.keys().open(Purpose::CaseOriginal, sealed, row.id.as_bytes());
        let text = plain.and_then(|plain| String::from_utf8(plain).ok());
        Ok((row.version, ComplaintOriginal { text: text.ok_or_else(|| Problem::internal("an original cannot be opened"))? }))
    })
    .await?;
    answer::living(&request, &query.shape, version, &found)
}

fn may_read_original(reader: &mut Reader<'_>, onlooker: &Onlooker, row: &CaseRow) -> Result<bool> {
    let line = units::store::lineage(reader, row.owner_unit_id)?;
    let is_committee = onlooker.holds(Role::Inspector, &line);
    let is_secret = row.kind == ComplaintKind::Denunciation && row.custody != Custody::None;
    Ok(is_committee && (!is_secret || row.status == ComplaintStatus::Received))
}

// ---- views

/// The answer to a step.
pub(super) fn shown(tx: &mut Tx<'_>, keys: &Keys, doing: &Doing) -> Result<Answer> {
    // The step may have made her a handler, or the case another unit's.
    let acting = store::acting(&mut tx.read(), &doing.onlooker, &doing.row)?;
    let found = view(&mut tx.read(), keys, &doing.onlooker, &acting, doing.row.clone())?;
    Answer::changed(found.version, &found)
}

fn view(reader: &mut Reader<'_>, keys: &Keys, onlooker: &Onlooker, acting: &Acting, row: CaseRow) -> Result<Complaint> {
    let ids = [row.id];
    let mut subjects = store::subjects(reader, keys, &ids)?;
    let mut handlers = store::handlers_of(reader, &ids)?;
    one(reader, keys, onlooker, acting, row, &mut subjects, &mut handlers)
}

/// What the caller sees of cases.
fn views(reader: &mut Reader<'_>, keys: &Keys, onlooker: &Onlooker, rows: Vec<CaseRow>) -> Result<Vec<Complaint>> {
    let ids: Vec<Id> = rows.iter().map(|row| row.id).collect();
    let mut subjects = store::subjects(reader, keys, &ids)?;
    let mut handlers = store::handlers_of(reader, &ids)?;
    rows.into_iter()
        .map(|row| {
            let acting = store::acting(reader, onlooker, &row)?;
            let seen = one(reader, keys, onlooker, &acting, row, &mut subjects, &mut handlers)?;
            // What it says is read one by one, which is recorded.
            Ok(Complaint { content_for_verification: None, result_text: None, ..seen })
        })
        .collect()
}

fn one(
    reader: &mut Reader<'_>,
    keys: &Keys,
    onlooker: &Onlooker,
    acting: &Acting,
    row: CaseRow,
    subjects: &mut HashMap<Id, Vec<ComplaintSubject>>,
    handlers: &mut HashMap<Id, Vec<ComplaintHandler>>,
) -> Result<Complaint> {
    // Another case is named only to whoever sees it, too.
    let mut linked = |id: Option<Id>| -> Result<Option<Id>> {
        let Some(id) = id else { return Ok(None) };
        Ok(onlooker.sees(reader, id)?.then_some(id))
    };
    let (previous_id, merged_into_id) = (linked(row.previous_id)?, linked(row.merged_into_id)?);
    Ok(Complaint {
        allowed_actions: machine::allowed(&row, acting),
        previous_id,
        merged_into_id,
        representatives_max: rules::representatives_max(row.petitioner_count),
        representative_count: store::representatives(reader, row.id)?,
        withdrawn_parties: store::withdrawn(reader, row.id)?,
        flags: row.flags(),
        content_for_verification: store::opened(keys, row.content_sealed.as_deref(), row.id),
        result_text: store::opened(keys, row.result_sealed.as_deref(), row.id),
        subjects: subjects.remove(&row.id).unwrap_or_default(),
        handlers: handlers.remove(&row.id).unwrap_or_default(),
        clocks: clocks::of(reader, row.id)?,
        id: row.id,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
        code: row.code,
        kind: row.kind,
        status: row.status,
        receiving_unit_id: row.receiving_unit_id,
        owner_unit_id: row.owner_unit_id,
        channel: row.channel,
        received_on: row.received_on,
        matter: row.matter,
        competence: row.competence,
        instance: row.instance,
        petitioner_count: row.petitioner_count,
        complexity: row.complexity,
        custody: row.custody,
        paper_ref: row.paper_ref,
        decision_unit_id: row.decision_unit_id,
        known_on: row.known_on,
        result: row.result,
        forwarded_to: row.forwarded_to,
        accepted_on: row.accepted_on,
        closed_on: row.closed_on,
        extended_count: row.extended_count,
    })
}
