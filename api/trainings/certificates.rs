//! Certificates of passed courses; revoked and reissued by two people, checked by everybody.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use chrono::NaiveDate;
use diesel::{BoolExpressionMethods, ExpressionMethods, Insertable, QueryDsl, Queryable, Selectable, SelectableHelper};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::{
    CertificateStatus, EnrolmentStatus, attendance, courses,
    enrolments::{self, Me},
    machine::{CERTIFICATES, ORGANISERS, Standing},
    said, sessions,
};
use crate::{
    access::{Access, Action, Policy, Resource, Scope, limit_address},
    calendar::today,
    db::{
        Change, Db, Id, Instant, Reader, Tx,
        schema::{certificates, courses as courses_table, members},
    },
    http::{
        AllowedAction, Answer, Bare, Body, Command, Json, List, Listing, NoBody, NoFilters, NotTaken, NotThere, Page, Paging,
        Problem, Query, Result, Shape, answer, page,
    },
    machine::{self, Event, StateEvent},
    officers::{
        PersonRef,
        people::{self, below, kept},
        rules,
    },
    units,
};

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list_certificates)
        .service(issue_certificate)
        .service(get_certificate)
        .service(list_certificate_events)
        .service(propose_certificate_revocation)
        .service(revoke_certificate)
        .service(refuse_certificate_revocation)
        .service(reissue_certificate)
        .service(get_public_certificate);
}

// ---- types

/// The row.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = certificates)]
struct CertificateRow {
    id: Id,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
    certificate_no: String,
    enrolment_id: Id,
    course_id: Id,
    member_id: Id,
    unit_id: Id,
    organiser_unit_id: Id,
    issued_on: NaiveDate,
    status: CertificateStatus,
    reason: Option<String>,
    proposed_by: Option<Id>,
    replaces_id: Option<Id>,
}

/// A certificate of a passed course.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Certificate {
    pub id: Id,
    /// Rises by one with each change; the `ETag`.
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    /// The year and a random part: nobody finds one by guessing.
    #[schema(example = "2026-7K2M-9QXR")]
    pub certificate_no: String,
    pub enrolment_id: Id,
    pub course_id: Id,
    #[schema(example = "Bồi dưỡng nghiệp vụ công tác Hội cho chi hội trưởng")]
    pub course_title: String,
    pub member_id: Id,
    pub member: PersonRef,
    /// The unit that issued it.
    pub organiser_unit_id: Id,
    pub issued_on: NaiveDate,
    pub status: CertificateStatus,
    /// Why its revocation was proposed.
    pub reason: Option<String>,
    /// The one that it stands in place of.
    pub replaces_id: Option<Id>,
    /// What you may do with it now.
    pub allowed_actions: Vec<AllowedAction>,
}

/// A new certificate.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CertificateIssue {
    /// Not before the last session, and not in the future; today unless you say otherwise.
    pub issued_on: Option<NaiveDate>,
}

/// Why a certificate is to be revoked.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CertificateRevocationProposal {
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300, example = "Cấp nhầm người")]
    pub reason: String,
}

/// What everybody may know of a certificate.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PublicCertificate {
    #[schema(example = "2026-7K2M-9QXR")]
    pub certificate_no: String,
    /// Of the holder's name.
    #[schema(example = "N. T. H.")]
    pub holder_initials: String,
    #[schema(example = "Bồi dưỡng nghiệp vụ công tác Hội cho chi hội trưởng")]
    pub course_title: String,
    pub issued_on: NaiveDate,
    /// Whether it is good.
    pub is_valid: bool,
    /// `issued`, `revoked` or `reissued`.
    pub status: CertificateStatus,
}

/// Filters of `GET /certificates`.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CertificateFilters {
    /// Of this course.
    pub course_id: Option<Id>,
    /// Of this person.
    pub member_id: Option<Id>,
    /// Only these states.
    #[serde(default)]
    pub status: Vec<CertificateStatus>,
}

const FIELDS: &[&str] = &[
    "id",
    "version",
    "created_at",
    "updated_at",
    "certificate_no",
    "enrolment_id",
    "course_id",
    "course_title",
    "member_id",
    "member",
    "organiser_unit_id",
    "issued_on",
    "status",
    "reason",
    "replaces_id",
    "allowed_actions",
];

// ---- rules

/// The first letters of a name.
fn initials(name: &str) -> String {
    let letters = name.split_whitespace().filter_map(|word| word.chars().next());
    letters.map(|letter| format!("{}.", letter.to_uppercase())).collect::<Vec<_>>().join(" ")
}

/// A number as it is kept, whatever hyphens and case it was typed with; none: it cannot be one.
fn plain_no(typed: &str) -> Option<String> {
    let plain = attendance::plain_code(typed);
    (plain.len() == 12).then(|| format!("{}-{}-{}", &plain[..4], &plain[4..8], &plain[8..]))
}

// ---- queries

fn list(
    reader: &mut Reader<'_>,
    scope: &Scope,
    filters: &CertificateFilters,
    after: Option<Id>,
    descending: bool,
    limit: i64,
) -> Result<Page<CertificateRow, Id>> {
    let mut query = certificates::table.select(CertificateRow::as_select()).into_boxed();
    if let Some(roots) = scope.roots() {
        query = query
            .filter(certificates::unit_id.eq_any(below(roots.clone())).or(certificates::organiser_unit_id.eq_any(below(roots))));
    }
    if let Some(course) = filters.course_id {
        query = query.filter(certificates::course_id.eq(course));
    }
    if let Some(member) = filters.member_id {
        query = query.filter(certificates::member_id.eq(member));
    }
    if !filters.status.is_empty() {
        query = query.filter(certificates::status.eq_any(filters.status.clone()));
    }
    query = match (after, descending) {
        (Some(id), false) => query.filter(certificates::id.gt(id)),
        (Some(id), true) => query.filter(certificates::id.lt(id)),
        (None, _) => query,
    };
    query = if descending { query.order(certificates::id.desc()) } else { query.order(certificates::id.asc()) };
    let rows = reader.load(query.limit(limit + 1))?;
    Ok(Page::of(rows, limit, |row: &CertificateRow| row.id, None))
}

/// Seen from the organiser's unit and from the trainee's.
fn find(reader: &mut Reader<'_>, scope: &Scope, id: Id) -> Result<(CertificateRow, Vec<Id>)> {
    let row: CertificateRow = reader.one(certificates::table.find(id).select(CertificateRow::as_select()))?;
    let lineage = units::store::lineage(reader, row.organiser_unit_id)?;
    if scope.reaches(&lineage) || scope.reaches(&units::store::lineage(reader, row.unit_id)?) {
        Ok((row, lineage))
    } else {
        Err(Problem::not_found())
    }
}

fn add(tx: &mut Tx<'_>, row: &CertificateRow, action: &'static str) -> Result<()> {
    tx.record(
        Change::new(action, "certificates", row.id, row.version)
            .at(row.organiser_unit_id)
            .on(row.issued_on)
            .after(&json!({ "status": row.status, "member_id": row.member_id, "replaces_id": row.replaces_id })),
    );
    tx.execute(diesel::insert_into(certificates::table).values(row))?;
    let event = Event {
        object_id: row.id,
        object_version: row.version,
        action,
        from: None,
        to: row.status.as_str(),
        effective_on: Some(row.issued_on),
        reason: None,
    };
    machine::record(tx, &event)
}

fn new_no(day: NaiveDate) -> String {
    use chrono::Datelike;
    format!("{}-{}", day.year(), attendance::random_code::<8>())
}

fn issue(tx: &mut Tx<'_>, row: &enrolments::EnrolmentRow, issue: &CertificateIssue) -> Result<CertificateRow> {
    if row.status != EnrolmentStatus::Passed {
        return Err(Problem::conflict("", "not_passed", "Học viên chưa đạt", "The trainee has not passed"));
    }
    let course = courses::load(&mut tx.read(), row.course_id)?;
    let issued_on = issue.issued_on.unwrap_or_else(today);
    rules::check_past_day("/issued_on", issued_on, today())?;
    if course.ends_at.map(sessions::day_of).is_some_and(|day| issued_on < day) {
        return Err(Problem::field(
            "/issued_on",
            "too_early",
            "Không được trước buổi học cuối",
            "Must not be before the last session",
        ));
    }
    let earlier: Vec<CertificateStatus> =
        tx.read().load(certificates::table.filter(certificates::enrolment_id.eq(row.id)).select(certificates::status))?;
    if !earlier.is_empty() {
        return Err(Problem::conflict(
            "",
            "certificate_exists",
            "Đã cấp chứng nhận; nếu đã thu hồi thì cấp lại",
            "There is one already; if it was revoked, reissue it",
        ));
    }
    let now = tx.now();
    let made = CertificateRow {
        id: Id::new(),
        version: 1,
        created_at: now,
        updated_at: now,
        certificate_no: new_no(issued_on),
        enrolment_id: row.id,
        course_id: row.course_id,
        member_id: row.member_id,
        unit_id: row.unit_id,
        organiser_unit_id: row.organiser_unit_id,
        issued_on,
        status: CertificateStatus::Issued,
        reason: None,
        proposed_by: None,
        replaces_id: None,
    };
    add(tx, &made, "issue")?;
    Ok(made)
}

fn advance(tx: &mut Tx<'_>, row: CertificateRow, action: &'static str, to: CertificateStatus) -> Result<CertificateRow> {
    let from = row.status;
    let row = CertificateRow { version: row.version + 1, updated_at: tx.now(), status: to, ..row };
    tx.record(
        Change::new(action, "certificates", row.id, row.version)
            .at(row.organiser_unit_id)
            .because(row.reason.clone())
            .before(&json!({ "status": from }))
            .after(&json!({ "status": to })),
    );
    let seen = certificates::table.filter(certificates::id.eq(row.id)).filter(certificates::version.eq(row.version - 1));
    let saved = tx.execute(diesel::update(seen).set((
        certificates::version.eq(row.version),
        certificates::updated_at.eq(row.updated_at),
        certificates::status.eq(row.status),
        certificates::reason.eq(&row.reason),
        certificates::proposed_by.eq(row.proposed_by),
    )))?;
    Problem::unless_one(saved)?;
    let event = Event {
        object_id: row.id,
        object_version: row.version,
        action,
        from: Some(from.as_str()),
        to: to.as_str(),
        effective_on: None,
        reason: row.reason.as_deref(),
    };
    machine::record(tx, &event)?;
    Ok(row)
}

/// Whoever proposed it does not decide it.
fn require_another(row: &CertificateRow, caller: Id) -> Result<()> {
    if row.proposed_by == Some(caller) {
        return Err(Problem::conflict(
            "",
            "decided_by_another",
            "Người đề nghị không tự quyết định",
            "Whoever proposed it does not decide it",
        ));
    }
    Ok(())
}

/// Under another number, in place of a revoked one.
fn reissue(tx: &mut Tx<'_>, row: CertificateRow) -> Result<CertificateRow> {
    let old = advance(tx, row, "reissue", CertificateStatus::Reissued)?;
    let now = tx.now();
    let made = CertificateRow {
        id: Id::new(),
        version: 1,
        created_at: now,
        updated_at: now,
        certificate_no: new_no(today()),
        issued_on: today(),
        status: CertificateStatus::Issued,
        reason: None,
        proposed_by: None,
        replaces_id: Some(old.id),
        ..old
    };
    add(tx, &made, "issue")?;
    Ok(made)
}

// ---- routes

/// List certificates
///
/// In the order in which they were issued: of trainees within your reach, and of courses that units within your reach hold.
#[utoipa::path(tag = "certificates", operation_id = "list_certificates", params(CertificateFilters, Paging, Shape),
    responses((status = 200, description = "A page of certificates", body = Listing<Certificate>)), security(("password" = [])))]
#[get("/certificates")]
async fn list_certificates(access: Access, db: web::Data<Db>, query: Query<CertificateFilters, List>) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Trainings)?;
    query.shape.check(FIELDS, &[])?;
    let filters = query.filters.clone();
    let write = access.to(Action::Update, Resource::Trainings).ok();
    page::list(&db, access.principal().id, &query, "id", move |reader, after, descending, limit| {
        let rows = list(reader, &scope, &filters, after, descending, limit)?;
        Ok(Page { items: views(reader, write.as_ref(), rows.items)?, next: rows.next, total: rows.total })
    })
    .await
}

/// Read a certificate
///
/// Of a trainee or of a course within your reach.
#[utoipa::path(tag = "certificates", operation_id = "get_certificate", params(("id" = Id, Path, description = "The certificate"), Shape),
    responses((status = 200, description = "The certificate", body = Certificate, headers(("ETag" = String, description = "Its version"))),
    (status = 304, description = "Not changed since the version in If-None-Match"), NotThere), security(("password" = [])))]
#[get("/certificates/{id}")]
async fn get_certificate(
    request: HttpRequest,
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Trainings)?;
    query.shape.check(FIELDS, &[])?;
    let id = id.into_inner();
    let write = access.to(Action::Update, Resource::Trainings).ok();
    let found = db
        .read(move |reader| {
            let (row, _) = find(reader, &scope, id)?;
            view(reader, write.as_ref(), row)
        })
        .await?;
    answer::object(&request, &query.shape, found.version, &found)
}

/// List the steps of a certificate
///
/// The first one first.
#[utoipa::path(tag = "certificates", operation_id = "list_certificate_events", params(("id" = Id, Path, description = "The certificate")),
    responses((status = 200, description = "All steps", body = Listing<StateEvent>), NotThere), security(("password" = [])))]
#[get("/certificates/{id}/events")]
async fn list_certificate_events(
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters, Bare>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Trainings)?;
    let id = id.into_inner();
    let events = db
        .read(move |reader| {
            find(reader, &scope, id)?;
            machine::events_of(reader, id)
        })
        .await?;
    page::whole(&query, &events)
}

/// Issue a certificate
///
/// To a trainee who has passed; once.
#[utoipa::path(tag = "certificates", operation_id = "issue_certificate", params(("id" = Id, Path, description = "The enrolment")),
    request_body = CertificateIssue,
    responses((status = 201, description = "Issued", body = Certificate), NotTaken), security(("password" = [])))]
#[post("/enrolments/{id}/certificates")]
async fn issue_certificate(command: Command<Json<CertificateIssue>>, id: web::Path<Id>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Trainings)?;
    let read = command.access.to(Action::Read, Resource::Trainings)?;
    let (write, id, me) = (scope.clone(), id.into_inner(), Me::of(&command.access));
    command
        .run(&scope, move |tx, Json(body), _| {
            let (row, places) = enrolments::find(&mut tx.read(), Some(&read), me, id)?;
            if !standing(Some(&write), &places.organiser).holds(ORGANISERS) {
                return Err(enrolments::forbidden());
            }
            let made = issue(tx, &row, body)?;
            let found = view(&mut tx.read(), Some(&write), made)?;
            Answer::created(format!("/api/v1/certificates/{}", found.id), found.version, &found)
        })
        .await
}

fn standing<'s>(write: Option<&'s Scope>, lineage: &'s [Id]) -> Standing<'s> {
    Standing { scope: write, lineage, is_author: false, trainee_lineage: &[], is_trainee: false }
}

/// Takes one step with a certificate.
async fn take<B: Body + Send + Sync + 'static>(
    command: Command<B>,
    id: Id,
    action: &'static str,
    mut carry_out: impl FnMut(&mut Tx<'_>, CertificateRow, Id, &B) -> Result<CertificateRow> + Send + 'static,
) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Trainings)?;
    let read = command.access.to(Action::Read, Resource::Trainings)?;
    let (write, caller) = (scope.clone(), command.access.principal().id);
    command
        .run(&scope, move |tx, body, given| {
            let (row, lineage) = find(&mut tx.read(), &read, id)?;
            given.check_version(tx, id, row.version, std::iter::empty())?;
            let standing = standing(Some(&write), &lineage);
            CERTIFICATES.step(action, id, row.status, |step| standing.may(step))?;
            let row = carry_out(tx, row, caller, body)?;
            let made = row.id != id;
            let found = view(&mut tx.read(), Some(&write), row)?;
            if made {
                Answer::created(format!("/api/v1/certificates/{}", found.id), found.version, &found)
            } else {
                Answer::changed(found.version, &found)
            }
        })
        .await
}

/// Propose to revoke a certificate
///
/// With the reason. Somebody else decides; until then it is good.
#[utoipa::path(tag = "certificates", operation_id = "propose_certificate_revocation", params(("id" = Id, Path, description = "The certificate"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = CertificateRevocationProposal,
    responses((status = 200, description = "As it is now", body = Certificate), NotTaken), security(("password" = [])))]
#[post("/certificates/{id}/revocation-proposals")]
async fn propose_certificate_revocation(
    command: Command<Json<CertificateRevocationProposal>>,
    id: web::Path<Id>,
) -> Result<HttpResponse> {
    take(command, id.into_inner(), "propose_revocation", |tx, row, caller, Json(body)| {
        let row = CertificateRow { reason: Some(said("/reason", &body.reason)?), proposed_by: Some(caller), ..row };
        advance(tx, row, "propose_revocation", CertificateStatus::RevocationProposed)
    })
    .await
}

/// Revoke a certificate
///
/// As was proposed, by somebody else than who proposed it.
#[utoipa::path(tag = "certificates", operation_id = "revoke_certificate", params(("id" = Id, Path, description = "The certificate"),
    ("If-Match" = String, Header, description = "The version you have read")),
    responses((status = 200, description = "As it is now", body = Certificate), NotTaken), security(("password" = [])))]
#[post("/certificates/{id}/revocations")]
async fn revoke_certificate(command: Command<NoBody>, id: web::Path<Id>) -> Result<HttpResponse> {
    take(command, id.into_inner(), "revoke", |tx, row, caller, _| {
        require_another(&row, caller)?;
        advance(tx, row, "revoke", CertificateStatus::Revoked)
    })
    .await
}

/// Refuse to revoke a certificate
///
/// It stays good.
#[utoipa::path(tag = "certificates", operation_id = "refuse_certificate_revocation", params(("id" = Id, Path, description = "The certificate"),
    ("If-Match" = String, Header, description = "The version you have read")),
    responses((status = 200, description = "As it is now", body = Certificate), NotTaken), security(("password" = [])))]
#[post("/certificates/{id}/revocation-refusals")]
async fn refuse_certificate_revocation(command: Command<NoBody>, id: web::Path<Id>) -> Result<HttpResponse> {
    take(command, id.into_inner(), "refuse_revocation", |tx, row, caller, _| {
        require_another(&row, caller)?;
        advance(tx, CertificateRow { reason: None, proposed_by: None, ..row }, "refuse_revocation", CertificateStatus::Issued)
    })
    .await
}

/// Reissue a revoked certificate
///
/// Under another number. The answer is the new one.
#[utoipa::path(tag = "certificates", operation_id = "reissue_certificate", params(("id" = Id, Path, description = "The certificate"),
    ("If-Match" = String, Header, description = "The version you have read")),
    responses((status = 201, description = "The new one", body = Certificate), NotTaken), security(("password" = [])))]
#[post("/certificates/{id}/reissues")]
async fn reissue_certificate(command: Command<NoBody>, id: web::Path<Id>) -> Result<HttpResponse> {
    take(command, id.into_inner(), "reissue", |tx, row, _, _| reissue(tx, row)).await
}

/// Check a certificate
///
/// By its number, for everybody. It shows the holder's initials only. A number that there is not is answered like any other;
/// how often an address may ask is limited.
#[utoipa::path(tag = "public", operation_id = "get_public_certificate", params(("no" = String, Path, description = "The number; case and hyphens do not matter", example = "2026-7K2M-9QXR")),
    responses((status = 200, description = "What everybody may know", body = PublicCertificate), NotThere), security(()))]
#[get("/public/certificates/{no}")]
async fn get_public_certificate(
    request: HttpRequest,
    db: web::Data<Db>,
    no: web::Path<String>,
    _query: Query<NoFilters, Bare>,
) -> Result<HttpResponse> {
    use diesel::JoinOnDsl;
    limit_address(&request, Policy::Lookup)?;
    let no = plain_no(&no).unwrap_or_default();
    type Row = (String, String, String, NaiveDate, CertificateStatus);
    let found: Option<Row> = db
        .read(move |reader| {
            reader.optional(
                certificates::table
                    .inner_join(members::table.on(members::id.eq(certificates::member_id)))
                    .inner_join(courses_table::table.on(courses_table::id.eq(certificates::course_id)))
                    .filter(certificates::certificate_no.eq(no))
                    .select((
                        certificates::certificate_no,
                        members::full_name,
                        courses_table::title,
                        certificates::issued_on,
                        certificates::status,
                    )),
            )
        })
        .await?;
    let (certificate_no, name, course_title, issued_on, status) = found.ok_or_else(Problem::not_found)?;
    // What is only proposed is nobody's business.
    let status = if status == CertificateStatus::RevocationProposed { CertificateStatus::Issued } else { status };
    let shown = PublicCertificate {
        certificate_no,
        holder_initials: initials(&name),
        course_title,
        issued_on,
        is_valid: status == CertificateStatus::Issued,
        status,
    };
    Ok(HttpResponse::Ok().insert_header(("cache-control", "no-store")).json(shown))
}

fn view(reader: &mut Reader<'_>, write: Option<&Scope>, row: CertificateRow) -> Result<Certificate> {
    kept(views(reader, write, vec![row])?.pop())
}

fn views(reader: &mut Reader<'_>, write: Option<&Scope>, rows: Vec<CertificateRow>) -> Result<Vec<Certificate>> {
    let people = people::refs(reader, &rows.iter().map(|row| row.member_id).collect::<Vec<_>>())?;
    let lineages = units::store::lineages(reader, &rows.iter().map(|row| row.organiser_unit_id).collect::<Vec<_>>())?;
    let mut wanted: Vec<Id> = rows.iter().map(|row| row.course_id).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let titles: Vec<(Id, String)> = reader
        .load(courses_table::table.filter(courses_table::id.eq_any(wanted)).select((courses_table::id, courses_table::title)))?;
    rows.into_iter()
        .map(|row| {
            let standing = standing(write, lineages.get(&row.organiser_unit_id).map_or(&[], Vec::as_slice));
            let title = titles.iter().find(|(id, _)| *id == row.course_id).map(|(_, title)| title.clone());
            Ok(Certificate {
                allowed_actions: CERTIFICATES.allowed(row.id, row.status, |step| standing.may(step)),
                course_title: kept(title)?,
                member: kept(people.get(&row.member_id).cloned())?,
                id: row.id,
                version: row.version,
                created_at: row.created_at,
                updated_at: row.updated_at,
                certificate_no: row.certificate_no,
                enrolment_id: row.enrolment_id,
                course_id: row.course_id,
                member_id: row.member_id,
                organiser_unit_id: row.organiser_unit_id,
                issued_on: row.issued_on,
                status: row.status,
                reason: row.reason,
                replaces_id: row.replaces_id,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_tell_no_name() {
        for (name, told) in [("Nguyễn Thị Hòa", "N. T. H."), ("Hoàng Thị Ế", "H. T. Ế."), ("  Đỗ  Vân ", "Đ. V."), ("", "")]
        {
            assert_eq!(initials(name), told);
        }
    }

    #[test]
    fn a_number_may_be_typed_as_it_was_read_out() {
        for (typed, plain) in [
            ("2026-7K2M-9QXR", Some("2026-7K2M-9QXR")),
            ("2026 7k2m 9qxr", Some("2026-7K2M-9QXR")),
            ("20267K2M9QXR", Some("2026-7K2M-9QXR")),
            ("2026-7K2M", None),
            ("", None),
            ("ậ026-7K2M-9QXR", None),
        ] {
            assert_eq!(plain_no(typed).as_deref(), plain, "{typed}");
        }
        let no = new_no("2026-05-01".parse().unwrap());
        assert_eq!(plain_no(&no), Some(no));
    }
}
