//! Qualifications of officers: schooling, profession, political theory, certificates. They go with the person.

use actix_web::{HttpRequest, HttpResponse, get, patch, post, web};
use chrono::NaiveDate;
use diesel::{ExpressionMethods, Insertable, QueryDsl, Queryable, Selectable, SelectableHelper};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::{
    model::{QualificationKind, QualificationLevel},
    people,
    rules::{self, Known},
};
use crate::{
    access::{Access, Action, Resource, Scope},
    calendar::today,
    db::{Change, Db, Id, Instant, Reader, Tx, schema::qualifications},
    http::{
        AllowedAction, Answer, Bare, Code, Command, Json, Listing, NoFilters, Patch, Problem, ProblemBody, Query, Result, Shape,
        answer, page,
    },
};

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list_qualifications)
        .service(create_qualification)
        .service(get_qualification)
        .service(update_qualification)
        .service(withdraw_qualification);
}

// ---- types

/// The row.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = qualifications)]
pub struct QualificationRow {
    pub id: Id,
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub member_id: Id,
    pub kind: QualificationKind,
    pub level: Option<QualificationLevel>,
    pub field: Option<String>,
    pub issuer: Option<String>,
    pub certificate_no: Option<String>,
    pub obtained_on: NaiveDate,
    pub withdrawn_on: Option<NaiveDate>,
    pub withdraw_reason: Option<String>,
}

impl QualificationRow {
    /// As the rules want it.
    pub fn known(&self) -> Known {
        Known { kind: self.kind, level: self.level, obtained_on: self.obtained_on, withdrawn_on: self.withdrawn_on }
    }
}

/// Something an officer has learnt, or a certificate she has.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Qualification {
    pub id: Id,
    /// Rises by one with each change; the `ETag`.
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub member_id: Id,
    pub kind: QualificationKind,
    /// Of general education, profession and political theory; certificates have none.
    pub level: Option<QualificationLevel>,
    #[schema(example = "Công tác xã hội")]
    pub field: Option<String>,
    #[schema(example = "Học viện Phụ nữ Việt Nam")]
    pub issuer: Option<String>,
    pub certificate_no: Option<String>,
    pub obtained_on: NaiveDate,
    /// From this day on it counts for nothing.
    pub withdrawn_on: Option<NaiveDate>,
    pub withdraw_reason: Option<String>,
    /// What you may do with it now.
    pub allowed_actions: Vec<AllowedAction>,
}

/// A qualification to be recorded.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewQualification {
    /// A UUIDv7 of your own, if you make ids; sent again, the same request finds the same qualification.
    pub id: Option<Id>,
    pub kind: QualificationKind,
    /// One of the kind's own levels; none for certificates.
    pub level: Option<QualificationLevel>,
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "Công tác xã hội")]
    pub field: Option<String>,
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "Học viện Phụ nữ Việt Nam")]
    pub issuer: Option<String>,
    #[validate(length(min = 1, max = 50))]
    #[schema(min_length = 1, max_length = 50)]
    pub certificate_no: Option<String>,
    /// Not in the future.
    pub obtained_on: NaiveDate,
}

/// What of a qualification is corrected in place. One of another kind is another qualification.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QualificationCorrection {
    pub level: Option<QualificationLevel>,
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub field: Option<String>,
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub issuer: Option<String>,
    #[validate(length(min = 1, max = 50))]
    #[schema(min_length = 1, max_length = 50)]
    pub certificate_no: Option<String>,
    pub obtained_on: NaiveDate,
}

/// A qualification is found to be wrong or not genuine.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QualificationWithdrawal {
    /// From this day on it counts for nothing; the day it was obtained on, if it never should have. Not in the future.
    pub withdrawn_on: NaiveDate,
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300, example = "Nhập nhầm người")]
    pub reason: String,
}

const FIELDS: &[&str] = &[
    "id",
    "version",
    "created_at",
    "updated_at",
    "member_id",
    "kind",
    "level",
    "field",
    "issuer",
    "certificate_no",
    "obtained_on",
    "withdrawn_on",
    "withdraw_reason",
    "allowed_actions",
];

// ---- queries

/// Of people who are known to lie within a scope, in the order in which they were obtained.
pub fn of_people(reader: &mut Reader<'_>, ids: &[Id]) -> Result<Vec<QualificationRow>> {
    reader.load(
        qualifications::table
            .filter(qualifications::member_id.eq_any(ids.to_vec()))
            .order((qualifications::obtained_on.asc(), qualifications::id.asc()))
            .select(QualificationRow::as_select()),
    )
}

/// The unit by which an officer lies within the scope; 404 when she does not, or is none.
fn reach(reader: &mut Reader<'_>, scope: &Scope, member_id: Id) -> Result<Id> {
    let held = scope.action() != Action::Read;
    people::officer_in(reader, scope, member_id, held)?.ok_or_else(Problem::not_found)
}

pub(super) fn find(reader: &mut Reader<'_>, scope: &Scope, id: Id) -> Result<QualificationRow> {
    let row: QualificationRow = reader.one(qualifications::table.find(id).select(QualificationRow::as_select()))?;
    reach(reader, scope, row.member_id)?;
    Ok(row)
}

/// The unit by which a qualification's officer is reached, for what hangs on it.
pub(crate) fn qualification_stands_in(reader: &mut Reader<'_>, scope: &Scope, id: Id) -> Result<Id> {
    let row = find(reader, scope, id)?;
    reach(reader, scope, row.member_id)
}

pub(super) fn create(tx: &mut Tx<'_>, scope: &Scope, member_id: Id, id: Id, new: &NewQualification) -> Result<QualificationRow> {
    let unit_id = reach(&mut tx.read(), scope, member_id)?;
    rules::check_level(new.kind, new.level)?;
    rules::check_past_day("/obtained_on", new.obtained_on, today())?;
    let now = tx.now();
    let row = QualificationRow {
        id,
        version: 1,
        created_at: now,
        updated_at: now,
        member_id,
        kind: new.kind,
        level: new.level,
        field: new.field.clone(),
        issuer: new.issuer.clone(),
        certificate_no: new.certificate_no.clone(),
        obtained_on: new.obtained_on,
        withdrawn_on: None,
        withdraw_reason: None,
    };
    tx.record(Change::new("create", "qualifications", id, 1).at(unit_id).on(row.obtained_on).after(new));
    tx.execute(diesel::insert_into(qualifications::table).values(&row))?;
    Ok(row)
}

pub(super) fn correct(
    tx: &mut Tx<'_>,
    scope: &Scope,
    row: QualificationRow,
    before: &QualificationCorrection,
    after: &QualificationCorrection,
) -> Result<QualificationRow> {
    let unit_id = reach(&mut tx.read(), scope, row.member_id)?;
    require_counting(&row)?;
    rules::check_level(row.kind, after.level)?;
    rules::check_past_day("/obtained_on", after.obtained_on, today())?;
    let row = QualificationRow {
        version: row.version + 1,
        updated_at: tx.now(),
        level: after.level,
        field: after.field.clone(),
        issuer: after.issuer.clone(),
        certificate_no: after.certificate_no.clone(),
        obtained_on: after.obtained_on,
        ..row
    };
    tx.record(Change::new("update", "qualifications", row.id, row.version).at(unit_id).before(before).after(after));
    save(tx, &row)?;
    Ok(row)
}

pub(super) fn withdraw(
    tx: &mut Tx<'_>,
    scope: &Scope,
    row: QualificationRow,
    withdrawal: &QualificationWithdrawal,
) -> Result<QualificationRow> {
    let unit_id = reach(&mut tx.read(), scope, row.member_id)?;
    require_counting(&row)?;
    let day = withdrawal.withdrawn_on;
    rules::check_past_day("/withdrawn_on", day, today())?;
    if day < row.obtained_on {
        return Err(Problem::field(
            "/withdrawn_on",
            "before_start",
            format!("Không được trước ngày được cấp ({})", row.obtained_on),
            format!("Must not be before the day it was obtained on ({})", row.obtained_on),
        ));
    }
    let row = QualificationRow {
        version: row.version + 1,
        updated_at: tx.now(),
        withdrawn_on: Some(day),
        withdraw_reason: Some(withdrawal.reason.clone()),
        ..row
    };
    tx.record(
        Change::new("withdraw", "qualifications", row.id, row.version)
            .at(unit_id)
            .on(day)
            .because(Some(withdrawal.reason.clone()))
            .before(&json!({ "withdrawn_on": null }))
            .after(&json!({ "withdrawn_on": day })),
    );
    save(tx, &row)?;
    Ok(row)
}

fn require_counting(row: &QualificationRow) -> Result<()> {
    if row.withdrawn_on.is_none() {
        return Ok(());
    }
    Err(Problem::say(Code::InvalidTransition, "Đã bị rút lại", "It was withdrawn already")
        .with("allowed_actions", Vec::<String>::new()))
}

fn save(tx: &mut Tx<'_>, row: &QualificationRow) -> Result<()> {
    let seen = qualifications::table.filter(qualifications::id.eq(row.id)).filter(qualifications::version.eq(row.version - 1));
    let saved = tx.execute(diesel::update(seen).set((
        qualifications::version.eq(row.version),
        qualifications::updated_at.eq(row.updated_at),
        qualifications::level.eq(row.level),
        qualifications::field.eq(&row.field),
        qualifications::issuer.eq(&row.issuer),
        qualifications::certificate_no.eq(&row.certificate_no),
        qualifications::obtained_on.eq(row.obtained_on),
        qualifications::withdrawn_on.eq(row.withdrawn_on),
        qualifications::withdraw_reason.eq(&row.withdraw_reason),
    )))?;
    Problem::unless_one(saved)
}

// ---- routes

/// List an officer's qualifications
///
/// In the order in which she obtained them, withdrawn ones too. For every role within whose reach she has, or had, a
/// post.
#[utoipa::path(tag = "officers", operation_id = "list_qualifications", params(("member_id" = Id, Path, description = "The officer")), responses(
    (status = 200, description = "All of them", body = Listing<Qualification>),
    (status = 404, description = "There is no such officer", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[get("/officers/{member_id}/qualifications")]
async fn list_qualifications(
    access: Access,
    db: web::Data<Db>,
    member_id: web::Path<Id>,
    query: Query<NoFilters, Bare>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Officers)?;
    let member_id = member_id.into_inner();
    let write = access.to(Action::Update, Resource::Officers).ok();
    let items = db
        .read(move |reader| {
            reach(reader, &scope, member_id)?;
            let writable = writable(reader, write.as_ref(), member_id)?;
            Ok(of_people(reader, &[member_id])?.into_iter().map(|row| view(writable, row)).collect::<Vec<_>>())
        })
        .await?;
    page::whole(&query, &items)
}

/// Record a qualification of an officer
///
/// She holds a post within your reach. For `base_editor`, `base_president` and `province_org`.
#[utoipa::path(tag = "officers", operation_id = "create_qualification", params(("member_id" = Id, Path, description = "The officer")),
    request_body = NewQualification, responses(
    (status = 201, description = "Recorded", body = Qualification),
    (status = 404, description = "There is no such officer", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "The id is in use", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/officers/{member_id}/qualifications")]
async fn create_qualification(command: Command<Json<NewQualification>>, member_id: web::Path<Id>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Create, Resource::Officers)?;
    let (write, member_id) = (scope.clone(), member_id.into_inner());
    command
        .run(&scope, move |tx, Json(new), given| {
            let id = new.id.unwrap_or_default();
            if new.id.is_some() && given.claim_id(tx, "qualifications", id, &(member_id, new))? {
                let found = view(true, find(&mut tx.read(), &write, id)?);
                return Answer::changed(found.version, &found);
            }
            let made = view(true, create(tx, &write, member_id, id, new)?);
            Answer::created(format!("/api/v1/qualifications/{id}"), made.version, &made)
        })
        .await
}

/// Read a qualification
///
/// For every role within whose reach the officer has, or had, a post.
#[utoipa::path(tag = "officers", operation_id = "get_qualification", params(("id" = Id, Path, description = "The qualification"), Shape), responses(
    (status = 200, description = "The qualification", body = Qualification, headers(("ETag" = String, description = "Its version"))),
    (status = 304, description = "Not changed since the version in If-None-Match"),
    (status = 404, description = "There is no such qualification", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[get("/qualifications/{id}")]
async fn get_qualification(
    request: HttpRequest,
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Officers)?;
    query.shape.check(FIELDS, &[])?;
    let id = id.into_inner();
    let write = access.to(Action::Update, Resource::Officers).ok();
    let found = db
        .read(move |reader| {
            let row = find(reader, &scope, id)?;
            Ok(view(writable(reader, write.as_ref(), row.member_id)?, row))
        })
        .await?;
    answer::object(&request, &query.shape, found.version, &found)
}

/// Correct a qualification
///
/// For `base_editor`, `base_president` and `province_org`.
#[utoipa::path(tag = "officers", operation_id = "update_qualification", params(("id" = Id, Path, description = "The qualification"),
    ("If-Match" = String, Header, description = "The version you have read")),
    request_body(content = Patch<QualificationCorrection>, content_type = "application/merge-patch+json"), responses(
    (status = 200, description = "As it is now", body = Qualification),
    (status = 404, description = "There is no such qualification", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "It was withdrawn", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[patch("/qualifications/{id}")]
async fn update_qualification(command: Command<Patch<QualificationCorrection>>, id: web::Path<Id>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Officers)?;
    let (write, id) = (scope.clone(), id.into_inner());
    command
        .run(&scope, move |tx, patch, given| {
            let row = find(&mut tx.read(), &write, id)?;
            given.check_version(tx, id, row.version, patch.names())?;
            let before = QualificationCorrection {
                level: row.level,
                field: row.field.clone(),
                issuer: row.issuer.clone(),
                certificate_no: row.certificate_no.clone(),
                obtained_on: row.obtained_on,
            };
            let after = patch.apply(&before)?;
            let row = if patch.is_empty() { row } else { correct(tx, &write, row, &before, &after)? };
            let found = view(true, row);
            Answer::changed(found.version, &found)
        })
        .await
}

/// Withdraw a qualification
///
/// It was entered by mistake, or is not genuine. It stays readable, with the reason, and counts for nothing from that
/// day on. For `base_editor`, `base_president` and `province_org`.
#[utoipa::path(tag = "officers", operation_id = "withdraw_qualification", params(("id" = Id, Path, description = "The qualification"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = QualificationWithdrawal, responses(
    (status = 200, description = "As it is now", body = Qualification),
    (status = 404, description = "There is no such qualification", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "It was withdrawn already", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/qualifications/{id}/withdrawals")]
async fn withdraw_qualification(command: Command<Json<QualificationWithdrawal>>, id: web::Path<Id>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Officers)?;
    let (write, id) = (scope.clone(), id.into_inner());
    command
        .run(&scope, move |tx, Json(withdrawal), given| {
            let row = find(&mut tx.read(), &write, id)?;
            given.check_version(tx, id, row.version, std::iter::empty())?;
            let found = view(true, withdraw(tx, &write, row, withdrawal)?);
            Answer::changed(found.version, &found)
        })
        .await
}

/// Whether the caller may write the qualifications of this officer.
pub(super) fn writable(reader: &mut Reader<'_>, write: Option<&Scope>, member_id: Id) -> Result<bool> {
    match write {
        Some(scope) => Ok(people::officer_in(reader, scope, member_id, true)?.is_some()),
        None => Ok(false),
    }
}

/// What the caller sees of a qualification.
pub(super) fn view(writable: bool, row: QualificationRow) -> Qualification {
    let href = format!("/api/v1/qualifications/{}", row.id);
    let allowed_actions = if writable && row.withdrawn_on.is_none() {
        vec![
            AllowedAction::act("withdraw", format!("{href}/withdrawals")).requiring(&["withdrawn_on", "reason"]),
            AllowedAction::update(href),
        ]
    } else {
        Vec::new()
    };
    Qualification {
        id: row.id,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
        member_id: row.member_id,
        kind: row.kind,
        level: row.level,
        field: row.field,
        issuer: row.issuer,
        certificate_no: row.certificate_no,
        obtained_on: row.obtained_on,
        withdrawn_on: row.withdrawn_on,
        withdraw_reason: row.withdraw_reason,
        allowed_actions,
    }
}
