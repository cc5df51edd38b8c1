//! Messages between a petitioner, who is known by code and PIN, and the office.
//!
//! What the office writes passes the lint. What the petitioner writes is kept as she wrote it and shown to the office
//! without what tells who she is, where the vault knows it.

use actix_web::{HttpRequest, HttpResponse, get, http::StatusCode, post, web};
use diesel::{ExpressionMethods, Insertable, QueryDsl, Queryable, Selectable, SelectableHelper};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::{lint, visible::Onlooker};
use crate::{
    access::{Access, Action, Policy, Resource},
    db::{Change, Db, Id, Instant, Reader, Tx, schema::complaint_messages},
    http::{
        Answer, Command, Json, List, Listing, NoFilters, NotMade, NotThere, Page, Paging, Problem, ProblemBody, Query, Result,
        Shape, page,
    },
    keys::{Keys, Purpose},
};

/// So many a petitioner is shown.
const LATEST: i64 = 200;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = complaint_messages)]
struct MessageRow {
    id: Id,
    complaint_id: Id,
    is_from_petitioner: bool,
    created_at: Instant,
    written_by: Option<Id>,
    text_sealed: Vec<u8>,
}

/// A message of a case.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ComplaintMessage {
    pub id: Id,
    pub complaint_id: Id,
    pub created_at: Instant,
    /// By code and PIN; else the office wrote it.
    pub is_from_petitioner: bool,
    /// Whose account wrote it; empty: the petitioner.
    pub written_by: Option<Id>,
    /// Of a petitioner in the vault: without what tells who she is (`[…]`).
    pub text: String,
}

/// What the office tells the petitioner.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewComplaintMessage {
    /// A UUIDv7 of your own, if you make ids; sent again, the same request finds the same message.
    pub id: Option<Id>,
    /// Without anything that tells who the petitioner is.
    #[validate(length(min = 1, max = 4000))]
    #[schema(min_length = 1, max_length = 4000, example = "Đề nghị gửi thêm bản chụp phiếu thu")]
    pub text: String,
}

const FIELDS: &[&str] = &["id", "complaint_id", "created_at", "is_from_petitioner", "written_by", "text"];

// ---- queries

/// Keeps a message. The change is recorded before.
pub(super) fn keep(tx: &mut Tx<'_>, id: Id, case_id: Id, is_from_petitioner: bool, text: &str) -> Result<ComplaintMessage> {
    let row = MessageRow {
        id,
        complaint_id: case_id,
        is_from_petitioner,
        created_at: tx.now(),
        written_by: if is_from_petitioner { None } else { tx.actor().id },
        text_sealed: tx.keys().seal(Purpose::CaseText, text.as_bytes(), id.as_bytes()),
    };
    tx.execute(diesel::insert_into(complaint_messages::table).values(&row))?;
    opened(tx.keys(), row)
}

fn opened(keys: &Keys, row: MessageRow) -> Result<ComplaintMessage> {
    let plain = keys.open(Purpose::CaseText, &row.text_sealed, row.id.as_bytes());
    let text =
        plain.and_then(|plain| String::from_utf8(plain).ok()).ok_or_else(|| Problem::internal("a message does not open"))?;
    Ok(ComplaintMessage {
        id: row.id,
        complaint_id: row.complaint_id,
        created_at: row.created_at,
        is_from_petitioner: row.is_from_petitioner,
        written_by: row.written_by,
        text,
    })
}

/// The last of a case, the oldest first, as they were written: for the petitioner.
pub(super) fn latest(reader: &mut Reader<'_>, keys: &Keys, case_id: Id) -> Result<Vec<ComplaintMessage>> {
    let mut rows: Vec<MessageRow> = reader.load(
        complaint_messages::table
            .filter(complaint_messages::complaint_id.eq(case_id))
            .order(complaint_messages::id.desc())
            .select(MessageRow::as_select())
            .limit(LATEST),
    )?;
    rows.reverse();
    rows.into_iter().map(|row| opened(keys, row)).collect()
}

fn list(
    reader: &mut Reader<'_>,
    keys: &Keys,
    case_id: Id,
    after: Option<Id>,
    descending: bool,
    limit: i64,
) -> Result<Page<ComplaintMessage, Id>> {
    let mut query = complaint_messages::table
        .filter(complaint_messages::complaint_id.eq(case_id))
        .select(MessageRow::as_select())
        .into_boxed();
    query = match (after, descending) {
        (Some(id), false) => query.filter(complaint_messages::id.gt(id)),
        (Some(id), true) => query.filter(complaint_messages::id.lt(id)),
        (None, _) => query,
    };
    query = if descending { query.order(complaint_messages::id.desc()) } else { query.order(complaint_messages::id.asc()) };
    let rows: Vec<MessageRow> = reader.load(query.limit(limit + 1))?;
    let mut messages: Vec<ComplaintMessage> = rows.into_iter().map(|row| opened(keys, row)).collect::<Result<_>>()?;
    lint::redact(reader, keys, case_id, messages.iter_mut().map(|message| &mut message.text))?;
    Ok(Page::of(messages, limit, |message| message.id, None))
}

fn find(tx: &mut Tx<'_>, case_id: Id, id: Id) -> Result<ComplaintMessage> {
    let row: MessageRow = tx.read().one(
        complaint_messages::table
            .filter(complaint_messages::id.eq(id))
            .filter(complaint_messages::complaint_id.eq(case_id))
            .select(MessageRow::as_select()),
    )?;
    opened(tx.keys(), row)
}

// ---- routes

/// List the messages of a case
///
/// The oldest first; `sort=-id` turns it round. For whoever sees the case. What a petitioner in the vault wrote is shown
/// without what tells who she is.
#[utoipa::path(tag = "complaints", operation_id = "list_complaint_messages",
    params(("id" = Id, Path, description = "The case"), Paging, Shape), responses(
    (status = 200, description = "A page of messages", body = Listing<ComplaintMessage>),
    NotThere,
), security(("password" = [])))]
#[get("/complaints/{id}/messages")]
pub(super) async fn list_complaint_messages(
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters, List>,
) -> Result<HttpResponse> {
    access.to(Action::Read, Resource::Complaints)?;
    query.shape.check(FIELDS, &[])?;
    let (opening, id) = (db.keys().clone(), id.into_inner());
    page::list(&db, access.principal().id, &query, "id", move |reader, after, descending, limit| {
        Onlooker::of(reader, &access)?.find(reader, id)?;
        list(reader, &opening, id, after, descending, limit)
    })
    .await
}

/// Write to the petitioner
///
/// She reads it by code and PIN. A text that tells who a petitioner in the vault is, is refused (`reveals_identity`) without
/// saying by what; after five refusals in a case nothing more of yours is taken there for a day. For whoever sees the case.
#[utoipa::path(tag = "complaints", operation_id = "send_complaint_message",
    params(("id" = Id, Path, description = "The case")), request_body = NewComplaintMessage, responses(
    (status = 201, description = "Sent", body = ComplaintMessage),
    (status = 404, description = "There is no such case", body = ProblemBody, content_type = "application/problem+json"),
    NotMade,
), security(("password" = [])))]
#[post("/complaints/{id}/messages")]
pub(super) async fn send_complaint_message(
    request: HttpRequest,
    command: Command<Json<NewComplaintMessage>>,
    id: web::Path<Id>,
    db: web::Data<Db>,
) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Complaints)?;
    command.access.require_budget(&request, Policy::Lookup)?;
    let (access, case_id) = (command.access.clone(), id.into_inner());
    let asking = access.clone();
    let outcome = command
        .run(&scope, move |tx, Json(new), given| {
            Onlooker::of(&mut tx.read(), &asking)?.find(&mut tx.read(), case_id)?;
            let id = new.id.unwrap_or_default();
            if new.id.is_some() && given.claim_id(tx, "complaint-messages", id, &(case_id, new))? {
                return Answer::done(&find(tx, case_id, id)?);
            }
            let text = new.text.trim().to_owned();
            if text.is_empty() {
                return Err(Problem::field("/text", "required", "Bắt buộc phải có", "Must be given"));
            }
            lint::check(tx, case_id, "/text", &text)?;
            tx.record(Change::new("send", "complaints", case_id, 0));
            let message = keep(tx, id, case_id, false, &text)?;
            let made = Answer::done(&message)?.with_status(StatusCode::CREATED);
            Ok(made.header("location", format!("/api/v1/complaints/{case_id}/messages")))
        })
        .await;
    lint::watched(&request, &db, &access, case_id, outcome).await
}
