//! The routes of members.

use std::collections::{HashMap, HashSet};

use actix_web::{HttpRequest, HttpResponse, get, http::StatusCode, patch, post, web};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    actions::{self, May},
    life::{self, Writer},
    model::{
        Batch, BatchItem, BatchMode, BatchParameters, BatchResult, BatchResults, CoreChange, CorePeriod, Disclosure, Found,
        Lookup, Member, MemberDetails, MemberEvent, MemberFilters, MemberRow, MemberStatus, NewDeath, NewDeparture,
        NewDisclosure, NewMember, NewReadmission, NewReversal, NewTransfer, NewVerification, PhoneDisclosure,
    },
    national_id::NationalId,
    numbers::{Tried, Watch},
    phone, rules,
    search::NameIndex,
    store::{self, Lens},
};
use crate::{
    access::{Access, Action, Policy, Resource, Scope, View},
    calendar::today,
    db::{Change, Db, Id, Reader, Tx},
    http::{
        Answer, Bare, Code, Command, FieldError, Given, Json, List, Listing, NoFilters, Paging, Patch, Problem, ProblemBody,
        Query, Result, Shape, Text, answer, check, page, read_value,
    },
    keys::Purpose,
    text,
    units::{self, UnitRef},
};

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list_members)
        .service(admit_member)
        .service(look_up_members)
        .service(admit_members)
        .service(get_member)
        .service(correct_member)
        .service(list_member_events)
        .service(list_member_core_periods)
        .service(transfer_member)
        .service(depart_member)
        .service(record_death)
        .service(readmit_member)
        .service(begin_core_membership)
        .service(end_core_membership)
        .service(verify_member)
        .service(reverse_member_event)
        .service(disclose_national_id)
        .service(disclose_phone);
}

const FIELDS: &[&str] = &[
    "id",
    "version",
    "created_at",
    "updated_at",
    "membership_no",
    "kind",
    "status",
    "full_name",
    "sex",
    "date_of_birth",
    "national_id",
    "national_id_reason",
    "phone",
    "address",
    "residential_area",
    "residence_kind",
    "occupation_code",
    "ethnic_group_code",
    "religion_code",
    "sensitive_consent_on",
    "special_groups",
    "is_core",
    "unit_id",
    "joined_on",
    "left_on",
    "last_verified_on",
    "masked_fields",
    "allowed_actions",
];
const INCLUDES: &[&str] = &["unit"];
/// In a list the actions would be two thirds of its weight, so they come when asked for.
const LIST_INCLUDES: &[&str] = &["unit", "allowed_actions"];

/// List members
///
/// By name as Vietnamese lists go: given name first, Vietnamese alphabet. Only members within your reach exist for
/// you. `q` finds any part of a name without diacritics. For branch heads, base units, coordinators, the organisation
/// board, leaders and inspectors; personal fields are shown as each needs them.
#[utoipa::path(tag = "members", operation_id = "list_members", params(MemberFilters, Paging, Shape), responses(
    (status = 200, description = "A page of members", body = Listing<Member>),
), security(("password" = [])))]
#[get("/members")]
async fn list_members(
    access: Access,
    db: web::Data<Db>,
    index: web::Data<NameIndex>,
    query: Query<MemberFilters, List>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Members)?;
    query.shape.check(FIELDS, LIST_INCLUDES)?;
    // Who does not see everybody's sensitive groups must not learn them by asking for them.
    let sees_all = scope.grants().iter().all(|grant| grant.view == View::OwnSensitive);
    if !sees_all && query.filters.special_group.iter().any(|group| group.is_sensitive()) {
        return Err(Problem::parameter(
            "special_group",
            "not_for_your_role",
            "Vai trò của bạn không được lọc theo nhóm cần có sự đồng ý",
            "Your role may not filter by groups that need consent",
        ));
    }
    let (filters, shape) = (query.filters.clone(), query.shape.clone());
    let rights = Rights::of(&access);
    page::list(&db, access.principal().id, &query, "name", move |reader, after, descending, limit| {
        let rows = store::list(reader, &scope, &index, &filters, after, descending, limit)?;
        let (next, total) = (rows.next, rows.total);
        let items = views(reader, &scope, &rights, rows.items, &shape)?;
        Ok(page::Page { items, next, total })
    })
    .await
}

/// Read a member
///
/// What you do not see in full is named in `masked_fields`. A member outside your reach does not exist for you.
#[utoipa::path(tag = "members", operation_id = "get_member", params(("id" = Id, Path, description = "The member"), Shape), responses(
    (status = 200, description = "The member", body = Member, headers(("ETag" = String, description = "Her version"))),
    (status = 304, description = "Not changed since the version in If-None-Match"),
    (status = 404, description = "There is no such member", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[get("/members/{id}")]
async fn get_member(
    request: HttpRequest,
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Members)?;
    query.shape.check(FIELDS, INCLUDES)?;
    let (id, shape) = (id.into_inner(), query.shape.clone());
    let rights = Rights::of(&access);
    let member = db
        .read(move |reader| {
            let (row, seen) = store::find(reader, &scope, id)?;
            let may = rights.over(reader, &scope, std::slice::from_ref(&row))?.of(&row);
            let unit =
                if shape.includes("unit") { units::store::refs(reader, &[row.unit_id])?.remove(&row.unit_id) } else { None };
            Ok(view(row, seen, Some(may), unit))
        })
        .await?;
    answer::object(&request, &query.shape, member.version, &member)
}

/// Admit a member
///
/// For branch heads and base units, within their own. 18 or over on the day of joining; the citizen number is optional
/// and unique among active members; a number that disagrees with sex or year of birth needs `national_id_reason`.
/// A look-alike (same name and birth) and a former member (by number, or name and birth) answer 409
/// `confirmation_required`: send the same request again with the header `Confirm`, or admit the former member again by
/// `POST /members/{id}/readmissions`.
#[utoipa::path(tag = "members", operation_id = "admit_member", request_body = NewMember, responses(
    (status = 201, description = "Admitted", body = Member, headers(("Location" = String, description = "Where she is"), ("ETag" = String, description = "Her version"))),
    (status = 200, description = "The same request was carried out before (your `id`)", body = Member),
    (status = 409, description = "She is a member already, or there is something to confirm", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/members")]
async fn admit_member(
    request: HttpRequest,
    command: Command<Json<NewMember>>,
    db: web::Data<Db>,
    index: web::Data<NameIndex>,
) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Create, Resource::Members)?;
    let number = command.body().0.national_id.is_some();
    let (rights, watch) = (Rights::of(&command.access), Watch::begin(number, &command.access, request, db, &scope)?);
    let (tried, kept, write) = (watch.tried(), !command.is_trial(), scope.clone());
    let outcome = command
        .run(&scope, move |tx, Json(new), given| {
            tried.begin();
            let id = new.id.unwrap_or_default();
            if new.id.is_some() && given.claim_id(tx, "members", id, new)? {
                let (row, _) = store::find(&mut tx.read(), &write, id)?;
                let member = shown(tx, &write, &rights, row)?;
                return Answer::changed(member.version, &member);
            }
            let row = Writer { scope: &write, index: &index, officers: None }.admit(tx, given, id, new);
            tried.note(number, &row);
            let member = shown(tx, &write, &rights, row?)?;
            Answer::created(format!("/api/v1/members/{id}"), member.version, &member)
        })
        .await;
    watch.end(kept, outcome).await
}

/// Admit several members
///
/// For branch heads and base units, within their own. Up to 1,000 at once, with an `Idempotency-Key`. `mode=all`: all or none; every row that is wrong is named, by pointers
/// like `/items/16/member/full_name`, and everything to be confirmed is asked about at once. `mode=each`: each row for
/// itself, 207 with what became of each; a row's problem is the one it would have had alone. To confirm such rows send
/// the request again with a new `Idempotency-Key` and the tokens of all rows in `Confirm`, with commas between.
/// Citizen numbers that are refused, or only tried, count as look-ups.
#[utoipa::path(tag = "members", operation_id = "admit_members", params(BatchParameters, ("Idempotency-Key" = String, Header, description = "Your name for this request, 1 to 255 characters")),
    request_body = Batch, responses(
    (status = 201, description = "All admitted", body = BatchResults),
    (status = 207, description = "What became of each", body = BatchResults),
    (status = 409, description = "Rows are in conflict, or there is something to confirm", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "Rows are wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/members/batch")]
async fn admit_members(
    request: HttpRequest,
    command: Command<Json<Batch>, BatchParameters>,
    db: web::Data<Db>,
    index: web::Data<NameIndex>,
) -> Result<HttpResponse> {
    command.require_key()?;
    let access = command.access.clone();
    let scope = access.to(Action::Create, Resource::Members)?;
    let numbers = command.body().0.items.iter().any(BatchItem::gives_number);
    let watch = Watch::begin(numbers, &access, request, db, &scope)?;
    let (tried, kept, write, mode) = (watch.tried(), !command.is_trial(), scope.clone(), command.parameters().mode);
    let outcome = command
        .run(&scope, move |tx, Json(batch), given| {
            tried.begin();
            let writer = Writer { scope: &write, index: &index, officers: None };
            match mode {
                BatchMode::All => admit_all(tx, &writer, given, batch, &tried),
                BatchMode::Each => admit_each(tx, &writer, given, batch, &tried, &access),
            }
        })
        .await;
    watch.end(kept, outcome).await
}

/// All rows or none. Nothing is told before the last row was looked at.
fn admit_all(tx: &mut Tx<'_>, writer: &Writer<'_>, given: &Given, batch: &Batch, tried: &Tried) -> Result<Answer> {
    let (mut items, mut refused, mut warnings) = (Vec::new(), Vec::new(), Vec::new());
    for (index, item) in batch.items.iter().enumerate() {
        let row = format!("/items/{index}/member");
        let conditions = given.for_row();
        match admit_row(tx, writer, &conditions, item, tried) {
            Ok(id) => items.push(BatchResult { index, r#ref: item.r#ref.clone(), status: 201, id: Some(id), problem: None }),
            Err(problem) if problem.code().status().is_server_error() => return Err(problem),
            Err(problem) => refused.push((row.clone(), problem)),
        }
        warnings.push((row, conditions.gathered()));
    }
    if !refused.is_empty() {
        return Err(Problem::of_rows(refused));
    }
    given.confirm_rows(&warnings)?;
    Ok(Answer::done(&BatchResults { items })?.with_status(StatusCode::CREATED))
}

/// Each row for itself.
fn admit_each(
    tx: &mut Tx<'_>,
    writer: &Writer<'_>,
    given: &Given,
    batch: &Batch,
    tried: &Tried,
    access: &Access,
) -> Result<Answer> {
    let mut items = Vec::with_capacity(batch.items.len());
    for (index, item) in batch.items.iter().enumerate() {
        let (status, id, problem) = match admit_row(tx, writer, given, item, tried) {
            Ok(id) => (201, Some(id), None),
            Err(problem) if problem.code().status().is_server_error() => return Err(problem),
            Err(problem) => {
                let told = problem.to_json(access.locale(), access.request_id(), "/api/v1/members/batch");
                (problem.code().status().as_u16(), None, Some(told))
            }
        };
        items.push(BatchResult { index, r#ref: item.r#ref.clone(), status, id, problem });
    }
    Ok(Answer::done(&BatchResults { items })?.with_status(StatusCode::MULTI_STATUS))
}

/// One row of a batch; a bad one takes back its own rows only.
fn admit_row(tx: &mut Tx<'_>, writer: &Writer<'_>, given: &Given, item: &BatchItem, tried: &Tried) -> Result<Id> {
    let outcome = tx.nested(|tx| {
        let new: NewMember = read_value(&item.member)?;
        check(&new)?;
        let id = new.id.unwrap_or_default();
        if new.id.is_some() && given.claim_id(tx, "members", id, &new)? {
            return Ok(id);
        }
        writer.admit(tx, given, id, &new).map(|row| row.id)
    });
    tried.note(item.gives_number(), &outcome);
    // A thousand numbers at once are not the place to tell whose they are.
    outcome.map_err(|problem| match problem.code() {
        Code::NationalIdInUse => Problem::new(Code::NationalIdInUse).with_errors(vec![FieldError::body(
            "/national_id",
            Code::NationalIdInUse.as_str(),
            Text::new("Số này đã thuộc về một hội viên khác", "The number belongs to another member"),
        )]),
        _ => problem,
    })
}

/// Look somebody up
///
/// By citizen number, by phone, or by full name with date of birth, within your reach. The words stand in the body, so
/// that they are in no address and no log; each look-up is audited and has a rate limit of its own (`lookup`). It is
/// neither tried without effect nor answered from what was kept.
#[utoipa::path(tag = "members", operation_id = "look_up_members", extensions(("x-shown" = json!(true))), request_body = Lookup, responses(
    (status = 200, description = "Who was found", body = Found),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/members/lookups")]
async fn look_up_members(request: HttpRequest, command: Command<Json<Lookup>>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Read, Resource::Members)?;
    command.access.limit(&request, Policy::Lookup)?;
    let rights = Rights::of(&command.access);
    let read = scope.clone();
    command
        .run_shown(&scope, move |tx, Json(lookup), _| {
            let (by, rows) = look_up(tx, &read, lookup)?;
            // What was asked for stays out of the trail; that it was asked, by which key, and how many were found, does not.
            tx.record(
                Change::new("look_up", "members", Id::new(), 1)
                    .after(&serde_json::json!({ "by": by, "found_count": rows.len() })),
            );
            let items = views(&mut tx.read(), &read, &rights, rows, &Shape::default())?;
            Answer::done(&Found { items })
        })
        .await
}

fn look_up(tx: &mut Tx<'_>, scope: &Scope, lookup: &Lookup) -> Result<(&'static str, Vec<MemberRow>)> {
    match lookup {
        Lookup { national_id: Some(number), phone: None, full_name: None, date_of_birth: None } => {
            let number = NationalId::parse(number).map_err(|error| {
                Problem::field(
                    "/national_id",
                    error.code(),
                    "Số định danh cá nhân gồm 12 chữ số",
                    "The citizen number has 12 digits",
                )
            })?;
            let hash = tx.keys().mac(Purpose::BlindIndex, number.as_str().as_bytes());
            Ok(("national_id", store::by_national_id(&mut tx.read(), scope, &hash)?))
        }
        Lookup { national_id: None, phone: Some(number), full_name: None, date_of_birth: None } => {
            let number = phone::parse(number).map_err(|error| {
                Problem::field("/phone", error.code(), "Không phải số điện thoại Việt Nam", "Not a Vietnamese phone number")
            })?;
            Ok(("phone", store::by_phone(&mut tx.read(), scope, &number)?))
        }
        Lookup { national_id: None, phone: None, full_name: Some(name), date_of_birth: Some(birth) } => {
            let birth = super::birth::BirthDate::parse(birth, today()).map_err(|error| {
                Problem::field(
                    "/date_of_birth",
                    error.code(),
                    "Không phải ngày, tháng hoặc năm sinh",
                    "Not a day, month or year of birth",
                )
            })?;
            let active = [MemberStatus::Active];
            Ok(("name", store::look_alikes(&mut tx.read(), scope, &text::search_form(name), birth, &active)?))
        }
        _ => Err(Problem::field(
            "",
            "one_key",
            "Cần đúng một trong: national_id; phone; full_name cùng date_of_birth",
            "Exactly one is needed of: national_id; phone; full_name with date_of_birth",
        )),
    }
}

/// Correct a member's details
///
/// A correction of what was entered wrong or has changed (phone, address). A move, a departure, a death are no
/// corrections: each has its own action. A field that is hidden from you must not be named in it; special groups that you
/// do not see stay as they are. Another `joined_on` moves her admission. For branch heads and base units, within their
/// own.
#[utoipa::path(tag = "members", operation_id = "correct_member", params(("id" = Id, Path, description = "The member"),
    ("If-Match" = String, Header, description = "The version you have read")),
    request_body(content = Patch<MemberDetails>, content_type = "application/merge-patch+json"), responses(
    (status = 200, description = "As she is now", body = Member),
    (status = 404, description = "There is no such member", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "The number is in use, or there is something to confirm", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[patch("/members/{id}")]
async fn correct_member(
    request: HttpRequest,
    command: Command<Patch<MemberDetails>>,
    id: web::Path<Id>,
    db: web::Data<Db>,
    index: web::Data<NameIndex>,
) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Members)?;
    let number = command.body().get("national_id").is_some_and(|given| !given.is_null());
    let (rights, watch) = (Rights::of(&command.access), Watch::begin(number, &command.access, request, db, &scope)?);
    let (tried, kept, write, id) = (watch.tried(), !command.is_trial(), scope.clone(), id.into_inner());
    let outcome = command
        .run(&scope, move |tx, patch, given| {
            tried.begin();
            let row = Writer { scope: &write, index: &index, officers: None }.correct(tx, given, id, patch);
            tried.note(number, &row);
            let member = shown(tx, &write, &rights, row?)?;
            Answer::changed(member.version, &member)
        })
        .await;
    watch.end(kept, outcome).await
}

/// List what happened to a member
///
/// Admission, moves, departures, returns: newest first. For every role with members within its reach.
#[utoipa::path(tag = "members", operation_id = "list_member_events", params(("id" = Id, Path, description = "The member")), responses(
    (status = 200, description = "All events", body = Listing<MemberEvent>),
    (status = 404, description = "There is no such member", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[get("/members/{id}/events")]
async fn list_member_events(
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters, Bare>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Members)?;
    let id = id.into_inner();
    page::whole(&query, &db.read(move |reader| store::events(reader, &scope, id)).await?)
}

/// List a member's times as core member
///
/// When she was a core member, newest first. For all who may read her.
#[utoipa::path(tag = "members", operation_id = "list_member_core_periods", params(("id" = Id, Path, description = "The member")), responses(
    (status = 200, description = "All periods, newest first", body = Listing<CorePeriod>),
    (status = 404, description = "There is no such member", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[get("/members/{id}/core-periods")]
async fn list_member_core_periods(
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters, Bare>,
) -> Result<HttpResponse> {
    let scope = access.to(Action::Read, Resource::Members)?;
    let id = id.into_inner();
    page::whole(&query, &db.read(move |reader| store::core_periods(reader, &scope, id)).await?)
}

/// What an action of a member's life does.
type Act<T> = fn(&Writer<'_>, &mut Tx<'_>, &Given, Id, &T) -> Result<MemberRow>;

/// Carries out one action; each differs only in what it does.
async fn act<T>(command: Command<Json<T>>, id: web::Path<Id>, index: web::Data<NameIndex>, act: Act<T>) -> Result<HttpResponse>
where
    T: serde::de::DeserializeOwned + validator::Validate + Send + Sync + 'static,
{
    let scope = command.access.to(Action::Update, Resource::Members)?;
    let (write, rights, id) = (scope.clone(), Rights::of(&command.access), id.into_inner());
    let officers = command.access.to(Action::Update, Resource::Officers).ok();
    command
        .run(&scope, move |tx, Json(body), given| {
            let before = store::find(&mut tx.read(), &write, id).map(|(_, seen)| seen).unwrap_or_default();
            let writer = Writer { scope: &write, index: &index, officers: officers.as_ref() };
            let row = act(&writer, tx, given, id, body)?;
            let member = match units::store::reach(&mut tx.read(), &write, row.unit_id) {
                Ok(_) => shown(tx, &write, &rights, row)?,
                // Moved out of reach, she is shown this once as the caller saw her before, and can be fetched back.
                Err(_) => {
                    let reverse = store::was_sent_away(&mut tx.read(), &write, id)?;
                    view(row, before, Some(May { reverse, ..May::default() }), None)
                }
            };
            Answer::changed(member.version, &member)
        })
        .await
}

/// Move a member to another unit
///
/// To any active branch, group or base unit of the province. Her history stays with her. If she holds a post, the answer
/// is 409 `confirmation_required` (`holds_posts`): a move does not end it. For branch heads and base units, within their
/// own.
#[utoipa::path(tag = "members", operation_id = "transfer_member", params(("id" = Id, Path, description = "The member"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = NewTransfer, responses(
    (status = 200, description = "As she is now", body = Member),
    (status = 404, description = "There is no such member", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "Not possible in this state", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/members/{id}/transfers")]
async fn transfer_member(
    command: Command<Json<NewTransfer>>,
    id: web::Path<Id>,
    index: web::Data<NameIndex>,
) -> Result<HttpResponse> {
    act(command, id, index, |writer, tx, given, id, new| writer.transfer(tx, given, id, new)).await
}

/// Record that a member leaves or is struck off
///
/// `moved_out`: to another province. She keeps her record and may be admitted again; posts she holds are ended first
/// (409 `holds_posts`). For branch heads and base units, within their own.
#[utoipa::path(tag = "members", operation_id = "depart_member", params(("id" = Id, Path, description = "The member"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = NewDeparture, responses(
    (status = 200, description = "As she is now", body = Member),
    (status = 404, description = "There is no such member", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "Not possible in this state", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/members/{id}/departures")]
async fn depart_member(
    command: Command<Json<NewDeparture>>,
    id: web::Path<Id>,
    index: web::Data<NameIndex>,
) -> Result<HttpResponse> {
    act(command, id, index, |writer, tx, given, id, new| writer.depart(tx, given, id, new)).await
}

/// Record that a member has died
///
/// Posts she held end on that day, and with them the units she looked after and her planned visits; if you may not end one
/// of her posts, the answer is 409 `holds_posts`. Her record stays. For branch heads and base units, within their own.
#[utoipa::path(tag = "members", operation_id = "record_death", params(("id" = Id, Path, description = "The member"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = NewDeath, responses(
    (status = 200, description = "As she is now", body = Member),
    (status = 404, description = "There is no such member", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "Not possible in this state", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/members/{id}/deaths")]
async fn record_death(command: Command<Json<NewDeath>>, id: web::Path<Id>, index: web::Data<NameIndex>) -> Result<HttpResponse> {
    act(command, id, index, |writer, tx, given, id, new| writer.decease(tx, given, id, new)).await
}

/// Admit a former member again
///
/// The same person with the same id; it does not count as a new admission. For branch heads and base units, into their own.
/// Somebody who left outside your reach is admitted again with her `national_id` and `date_of_birth`, which show that she
/// is there before you; her id and version come with the warning `former_member` of `POST /members`. What does not match is
/// 404.
#[utoipa::path(tag = "members", operation_id = "readmit_member", params(("id" = Id, Path, description = "The member"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = NewReadmission, responses(
    (status = 200, description = "As she is now", body = Member),
    (status = 404, description = "There is no such member", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "Not possible in this state, or her number is in use", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/members/{id}/readmissions")]
async fn readmit_member(
    request: HttpRequest,
    command: Command<Json<NewReadmission>>,
    id: web::Path<Id>,
    index: web::Data<NameIndex>,
) -> Result<HttpResponse> {
    if command.body().0.national_id.is_some() {
        command.access.limit(&request, Policy::Lookup)?;
    }
    act(command, id, index, |writer, tx, given, id, new| writer.readmit(tx, given, id, new)).await
}

/// Make a member a core member
///
/// Hội viên nòng cốt: an exemplary member who is no officer. On the very day on which her last time ended, that end is
/// taken back. For branch heads and base units, within their own.
#[utoipa::path(tag = "members", operation_id = "begin_core_membership", params(("id" = Id, Path, description = "The member"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = CoreChange, responses(
    (status = 200, description = "As she is now", body = Member),
    (status = 404, description = "There is no such member", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "Not possible in this state", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "She is an officer, or a field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/members/{id}/core-periods")]
async fn begin_core_membership(
    command: Command<Json<CoreChange>>,
    id: web::Path<Id>,
    index: web::Data<NameIndex>,
) -> Result<HttpResponse> {
    act(command, id, index, |writer, tx, given, id, new| writer.begin_core(tx, given, id, new)).await
}

/// End a member's time as core member
///
/// The time before stays in her history; ended on the very day on which it began, it is taken back. For branch heads and
/// base units, within their own.
#[utoipa::path(tag = "members", operation_id = "end_core_membership", params(("id" = Id, Path, description = "The member"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = CoreChange, responses(
    (status = 200, description = "As she is now", body = Member),
    (status = 404, description = "There is no such member", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "Not possible in this state", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/members/{id}/core-endings")]
async fn end_core_membership(
    command: Command<Json<CoreChange>>,
    id: web::Path<Id>,
    index: web::Data<NameIndex>,
) -> Result<HttpResponse> {
    act(command, id, index, |writer, tx, given, id, new| writer.end_core(tx, given, id, new)).await
}

/// Record that a member was seen
///
/// The yearly review asks of each member whether she is really there. For branch heads and base units, within their
/// own.
#[utoipa::path(tag = "members", operation_id = "verify_member", params(("id" = Id, Path, description = "The member"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = NewVerification, responses(
    (status = 200, description = "As she is now", body = Member),
    (status = 404, description = "There is no such member", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "Not possible in this state", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/members/{id}/verifications")]
async fn verify_member(
    command: Command<Json<NewVerification>>,
    id: web::Path<Id>,
    index: web::Data<NameIndex>,
) -> Result<HttpResponse> {
    act(command, id, index, |writer, tx, given, id, new| writer.verify(tx, given, id, new)).await
}

/// Take back what was entered last of a member
///
/// For what was entered of the wrong woman: the last departure, death, move or readmission. The event stays in her history
/// with `voided_at`; her unit, her standing and what ended with a death (posts, units she looked after, planned visits)
/// are as before, as far as nobody has taken her place since. An admission is not taken back. For branch heads and base
/// units, of whoever is within their own, or was moved out of it last.
#[utoipa::path(tag = "members", operation_id = "reverse_member_event", params(("id" = Id, Path, description = "The member"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = NewReversal, responses(
    (status = 200, description = "As she is now", body = Member),
    (status = 404, description = "There is no such member", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "There is nothing to take back, or something stands in the way", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/members/{id}/reversals")]
async fn reverse_member_event(
    command: Command<Json<NewReversal>>,
    id: web::Path<Id>,
    index: web::Data<NameIndex>,
) -> Result<HttpResponse> {
    act(command, id, index, |writer, tx, given, id, new| writer.reverse(tx, given, id, new)).await
}

/// See a member's full citizen number
///
/// For `base_president` and `province_org`, with a reason; who, when and why is kept in the audit trail. It is
/// neither tried without effect nor answered from what was kept.
#[utoipa::path(tag = "members", operation_id = "disclose_national_id", extensions(("x-shown" = json!(true))), params(("id" = Id, Path, description = "The member")), request_body = NewDisclosure, responses(
    (status = 200, description = "The number", body = Disclosure),
    (status = 404, description = "There is no such member, or no number of hers", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/members/{id}/national-id-disclosures")]
async fn disclose_national_id(
    request: HttpRequest,
    command: Command<Json<NewDisclosure>>,
    id: web::Path<Id>,
) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Reveal, Resource::Members)?;
    command.access.limit(&request, Policy::Lookup)?;
    let (read, id) = (scope.clone(), id.into_inner());
    command
        .run_shown(&scope, move |tx, Json(new), _| {
            let (row, _) = store::find(&mut tx.read(), &read, id)?;
            let national_id = life::open_national_id(tx.keys(), &row).ok_or_else(Problem::not_found)?;
            tx.record(
                Change::new("disclose_national_id", "members", id, row.version).at(row.unit_id).because(Some(new.reason.clone())),
            );
            Answer::done(&Disclosure { member_id: id, national_id, disclosed_at: tx.now() })
        })
        .await
}

/// See a member's full phone number
///
/// For `base_president` and `province_org`, with a reason; who, when and why is kept in the audit trail. It is
/// neither tried without effect nor answered from what was kept.
#[utoipa::path(tag = "members", operation_id = "disclose_phone", extensions(("x-shown" = json!(true))), params(("id" = Id, Path, description = "The member")), request_body = NewDisclosure, responses(
    (status = 200, description = "The number", body = PhoneDisclosure),
    (status = 404, description = "There is no such member, or no phone number of hers", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/members/{id}/phone-disclosures")]
async fn disclose_phone(request: HttpRequest, command: Command<Json<NewDisclosure>>, id: web::Path<Id>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Reveal, Resource::Members)?;
    command.access.limit(&request, Policy::Lookup)?;
    let (read, id) = (scope.clone(), id.into_inner());
    command
        .run_shown(&scope, move |tx, Json(new), _| {
            let (row, _) = store::find(&mut tx.read(), &read, id)?;
            let phone = row.phone.ok_or_else(Problem::not_found)?;
            tx.record(
                Change::new("disclose_phone", "members", id, row.version).at(row.unit_id).because(Some(new.reason.clone())),
            );
            Answer::done(&PhoneDisclosure { member_id: id, phone, disclosed_at: tx.now() })
        })
        .await
}

/// What the caller may do with members besides looking at them.
#[derive(Clone)]
struct Rights {
    write: Option<Scope>,
    reveal: Option<Scope>,
}

impl Rights {
    fn of(access: &Access) -> Self {
        let to = |action| access.to(action, Resource::Members).ok();
        Self { write: to(Action::Update), reveal: to(Action::Reveal) }
    }

    /// What they give over these members, whom `read` reaches.
    fn over(&self, reader: &mut Reader<'_>, read: &Scope, rows: &[MemberRow]) -> Result<Powers> {
        let units = || rows.iter().map(|row| row.unit_id);
        let write = Lens::of(reader, read, self.write.as_ref(), units())?;
        let reveal = Lens::of(reader, read, self.reveal.as_ref(), units())?;
        // Nothing has happened yet to whom nothing has changed since her admission.
        let written: Vec<Id> = rows.iter().filter(|row| row.version > 1 && write.at(row.unit_id).1).map(|row| row.id).collect();
        let reversible = if written.is_empty() { HashSet::new() } else { store::reversible(reader, &written)? };
        Ok(Powers { write, reveal, reversible })
    }
}

struct Powers {
    write: Lens,
    reveal: Lens,
    reversible: HashSet<Id>,
}

impl Powers {
    fn of(&self, row: &MemberRow) -> May {
        May {
            write: self.write.at(row.unit_id).1,
            reveal: self.reveal.at(row.unit_id).1,
            reverse: self.reversible.contains(&row.id),
        }
    }
}

/// The member as the caller, who has just written her within `scope`, sees her.
fn shown(tx: &mut Tx<'_>, scope: &Scope, rights: &Rights, row: MemberRow) -> Result<Member> {
    let lineage = units::store::reach(&mut tx.read(), scope, row.unit_id)?;
    let may = rights.over(&mut tx.read(), scope, std::slice::from_ref(&row))?.of(&row);
    Ok(view(row, scope.view_at(&lineage).unwrap_or_default(), Some(may), None))
}

fn views(reader: &mut Reader<'_>, read: &Scope, rights: &Rights, rows: Vec<MemberRow>, shape: &Shape) -> Result<Vec<Member>> {
    let powers = if shape.includes("allowed_actions") { Some(rights.over(reader, read, &rows)?) } else { None };
    let lens = Lens::of(reader, read, None, rows.iter().map(|row| row.unit_id))?;
    let units = if shape.includes("unit") {
        let ids: Vec<Id> = rows.iter().map(|row| row.unit_id).collect();
        units::store::refs(reader, &ids)?
    } else {
        HashMap::new()
    };
    Ok(rows
        .into_iter()
        .map(|row| {
            let (seen, _) = lens.at(row.unit_id);
            let may = powers.as_ref().map(|powers| powers.of(&row));
            let unit = units.get(&row.unit_id).cloned();
            view(row, seen, may, unit)
        })
        .collect())
}

/// What a caller with this view sees of a member. `may`: none when nobody asked what may be done.
fn view(row: MemberRow, seen: View, may: Option<May>, unit: Option<UnitRef>) -> Member {
    let masked_fields = rules::masked_fields(&row, seen);
    let special_groups = rules::visible_groups(&row, seen);
    let birth = rules::birth_of(&row);
    let (own, sensitive) = (seen >= View::Own, seen == View::OwnSensitive);
    Member {
        allowed_actions: may.map(|may| actions::allowed(&row, may)),
        id: row.id,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
        membership_no: row.membership_no,
        kind: row.kind,
        status: row.status,
        full_name: row.full_name,
        sex: row.sex,
        date_of_birth: if own { birth.to_string() } else { birth.year().to_string() },
        national_id: row.national_id_last3.map(|last3| format!("*********{last3}")),
        national_id_reason: if own { row.national_id_reason } else { None },
        phone: if own { row.phone } else { row.phone.as_deref().map(phone::mask) },
        address: if own { row.address } else { None },
        residential_area: row.residential_area,
        residence_kind: row.residence_kind,
        occupation_code: row.occupation_code,
        ethnic_group_code: if sensitive { row.ethnic_group_code } else { None },
        religion_code: if sensitive { row.religion_code } else { None },
        sensitive_consent_on: if sensitive { row.sensitive_consent_on } else { None },
        special_groups,
        is_core: row.is_core,
        unit_id: row.unit_id,
        unit,
        joined_on: row.joined_on,
        left_on: row.left_on,
        last_verified_on: row.last_verified_on,
        masked_fields,
    }
}
