//! The doors of files.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use actix_web::{
    HttpRequest, HttpResponse,
    body::SizedStream,
    get,
    http::header::{self, Charset, ContentDisposition, DispositionParam, DispositionType, ExtendedValue},
    post, web,
};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::json;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    Files,
    model::{
        Attachment, AttachmentDeletion, AttachmentRow, AttachmentStatus, Details, FileBytes, NewAttachment, OnWhat, seal_key,
    },
    names,
    owners::AttachmentOwner,
    spool::{Patience, Spool, too_large},
    store,
};
use crate::{
    access::{Access, Action},
    db::{Db, Id, Reader},
    http::{
        Answer, Bare, Command, Json, Listing, NoFilters, NotThere, Problem, ProblemBody, Query, Result, Shape, Streamed, answer,
        page,
    },
    machine::{StateEvent, events_of},
    text,
};

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list_attachments)
        .service(create_attachment)
        .service(get_attachment)
        .service(get_attachment_content)
        .service(delete_attachment)
        .service(list_attachment_events);
}

const FIELDS: &[&str] = &[
    "id",
    "version",
    "created_at",
    "updated_at",
    "owner_resource",
    "owner_id",
    "file_name",
    "media_type",
    "size_bytes",
    "sha256",
    "cleaning",
    "status",
    "uploaded_by",
    "scanned_at",
    "scan_result",
    "deleted_reason",
    "allowed_actions",
];

fn may_change(reader: &mut Reader<'_>, access: &Access, kind: AttachmentOwner, id: Id) -> bool {
    kind.find(reader, access, Action::Update, id).is_ok()
}

fn hex(bytes: &[u8; 32]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// List the files on something
///
/// All files that hang on one thing, in the order in which they came; those that were deleted or rejected are told of, too.
#[utoipa::path(tag = "attachments", operation_id = "list_attachments", params(OnWhat), responses(
    (status = 200, description = "All of them", body = Listing<Attachment>),
    NotThere,
), security(("password" = [])))]
#[get("/attachments")]
async fn list_attachments(access: Access, db: web::Data<Db>, query: Query<OnWhat, Bare>) -> Result<HttpResponse> {
    let OnWhat { owner_resource: kind, owner_id } = query.filters;
    let keys = db.keys().clone();
    let items = db
        .read(move |reader| {
            kind.find(reader, &access, Action::Read, owner_id)?;
            let may = may_change(reader, &access, kind, owner_id);
            store::on(reader, kind, owner_id)?.into_iter().map(|row| Attachment::of(&keys, row, may)).collect::<Result<Vec<_>>>()
        })
        .await?;
    page::whole(&query, &items)
}

/// Read what is known of a file
///
/// Its name, kind, size and state; its bytes are at `/content`.
#[utoipa::path(tag = "attachments", operation_id = "get_attachment", params(("id" = Id, Path, description = "The file"), Shape), responses(
    (status = 200, description = "What is known of it", body = Attachment, headers(("ETag" = String, description = "Its version"))),
    (status = 304, description = "Not changed since the version in If-None-Match"),
    NotThere,
), security(("password" = [])))]
#[get("/attachments/{id}")]
async fn get_attachment(
    request: HttpRequest,
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters>,
) -> Result<HttpResponse> {
    query.shape.check(FIELDS, &[])?;
    let (keys, id) = (db.keys().clone(), id.into_inner());
    let found = db
        .read(move |reader| {
            let (row, _) = store::find(reader, &access, id)?;
            let may = may_change(reader, &access, row.owner_resource, row.owner_id);
            Attachment::of(&keys, row, may)
        })
        .await?;
    answer::object(&request, &query.shape, found.version, &found)
}

/// Send a file
///
/// The bytes of one file are the body, as they are; what hangs on what is said in the query. What it is, is found by its
/// content: JPEG, PNG and WebP pictures, PDF, DOCX, XLSX, ODT and ODS documents without macros or passwords, and plain text in
/// UTF-8. Its name gets an ending that says so.
///
/// **What is taken out of it.** Of pictures everything but the picture: place, time, device, names, comments, previews, colour
/// profiles (which way up it is stays). Of documents the properties, the preview, and the same of pictures inside; of PDF also
/// earlier versions of it. What stays: names of who edited or commented in the content itself, texts in a picture, handwriting.
/// A PDF with a digital signature is kept as it is, with all that it tells: `cleaning` says which. The digest is of what is kept.
///
/// **Pictures of identity cards are not taken** by the rules of the union (law 91/2025/QH15 makes them sensitive data): the
/// service cannot recognise them, whoever sends one by mistake deletes it.
///
/// Bytes are encrypted, each file with a key of its own. Where the installation scans for malware, a file is `scanning` until it
/// was found clean, and nobody can read it. Try it with `Prefer: tx=rollback`: then nothing is stored.
#[utoipa::path(tag = "attachments", operation_id = "create_attachment", params(NewAttachment),
    request_body(content = FileBytes, content_type = "application/octet-stream", description = "The bytes of the file"), responses(
    (status = 201, description = "It is kept", body = Attachment),
    (status = 404, description = "There is nothing that it could hang on", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "The id is in use, or too many files hang there", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "The file is empty, damaged, locked, or unpacks to too much", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/attachments")]
async fn create_attachment(
    request: HttpRequest,
    access: Access,
    db: web::Data<Db>,
    files: web::Data<Files>,
    body: web::Payload,
) -> Result<HttpResponse> {
    let new = Query::<NewAttachment, Bare>::parse(request.path(), request.query_string())?.filters;
    if !(1..=255).contains(&new.file_name.chars().count()) {
        return Err(Problem::parameter("file_name", "length", "Phải từ 1 đến 255 ký tự", "Must be 1 to 255 characters"));
    }
    let NewAttachment { owner_resource: kind, owner_id, .. } = new;
    // Nothing is taken from who may not send it.
    let asking = access.clone();
    db.read(move |reader| kind.find(reader, &asking, Action::Update, owner_id)).await?;
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|size| size.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|size| size > files.limit) {
        return Err(too_large(files.limit));
    }
    let spool = Spool::take(body, files.limit, files.aside(), Patience::default()).await?;
    let command = Command::<Streamed, NewAttachment>::of_streamed(&request, access.clone(), &spool.sha256)?;
    let scope = access.to(Action::Update, kind.resource())?;
    let prepared = files.prepare(spool).await?;

    let id = new.id.unwrap_or_default();
    let (key, store_key) = Files::new_place();
    let details = Details {
        file_name: names::clean(&new.file_name, prepared.kind),
        sha256: hex(&prepared.sha256),
        original_sha256: hex(&prepared.original_sha256),
        scan_result: None,
        deleted_reason: None,
    };
    let claim =
        json!({ "owner_resource": kind, "owner_id": owner_id, "file_name": new.file_name, "sha256": details.original_sha256 });
    let (media_type, cleaning, status) = (prepared.kind.media_type(), prepared.cleaning, files.first_status());
    let size_bytes = i64::try_from(prepared.size).map_err(Problem::internal)?;
    let trial = command.is_trial();
    // First the bytes, then the row: what is acknowledged is there. Bytes without a row are swept away one day.
    if !trial {
        files.keep(&store_key, id, &key, prepared).await?;
    }
    let is_named: Arc<AtomicBool> = Arc::default();
    let (naming, place) = (is_named.clone(), store_key.clone());
    let done = command
        .run(&scope, move |tx, _, given| {
            naming.store(false, Ordering::Release);
            let owner = kind.find(&mut tx.read(), &access, Action::Update, owner_id)?;
            if new.id.is_some() && given.claim_id(tx, "attachments", id, &claim)? {
                let (row, _) = store::find(&mut tx.read(), &access, id)?;
                let found = Attachment::of(tx.keys(), row, true)?;
                return Answer::changed(found.version, &found);
            }
            let now = tx.now();
            let row = AttachmentRow {
                id,
                version: 1,
                created_at: now,
                updated_at: now,
                owner_resource: kind,
                owner_id,
                media_type: media_type.to_owned(),
                size_bytes,
                cleaning,
                status,
                uploaded_by: Some(access.principal().id),
                scanned_at: None,
                store_key: place.clone(),
                key_sealed: Some(seal_key(tx.keys(), id, &key)),
                details_sealed: details.seal(tx.keys(), id)?,
            };
            store::create(tx, &owner, &row, &details)?;
            naming.store(true, Ordering::Release);
            let made = Attachment::of(tx.keys(), row, true)?;
            Answer::created(format!("/api/v1/attachments/{id}"), 1, &made)
        })
        .await;
    if is_named.load(Ordering::Acquire) {
        files.scan_soon();
    } else if !trial {
        // Refused, or sent a second time. (Where it is not known whether the row was written, the bytes stay.)
        files.forget(&store_key).await;
    }
    done
}

/// Read the bytes of a file
///
/// To be saved, never to be shown in the page that asked. Nothing is sent that was not found whole. Where files of a case are
/// read, it is recorded by whom.
#[utoipa::path(tag = "attachments", operation_id = "get_attachment_content", params(("id" = Id, Path, description = "The file")), responses(
    (status = 200, description = "Its bytes; `Content-Disposition` has its name", body = FileBytes, content_type = "application/octet-stream",
        headers(("ETag" = String, description = "Its digest"))),
    (status = 304, description = "You have it"),
    (status = 404, description = "There is no such file", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "It is not scanned yet, was rejected, or is deleted", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[get("/attachments/{id}/content")]
async fn get_attachment_content(
    request: HttpRequest,
    access: Access,
    db: web::Data<Db>,
    files: web::Data<Files>,
    id: web::Path<Id>,
    _query: Query<NoFilters, Bare>,
) -> Result<HttpResponse> {
    let (keys, asking, id) = (db.keys().clone(), access.clone(), id.into_inner());
    let (row, owner, details) = db
        .read(move |reader| {
            let (row, owner) = store::find(reader, &asking, id)?;
            let details = Details::open(&keys, &row)?;
            Ok((row, owner, details))
        })
        .await?;
    if row.status != AttachmentStatus::Ready {
        return Err(not_to_be_read(row.status));
    }
    let tag = format!("\"{}\"", details.sha256);
    let seen = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    if seen.is_some_and(|seen| seen.split(',').any(|one| one.trim().trim_start_matches("W/") == tag)) {
        return Ok(HttpResponse::NotModified().insert_header((header::ETAG, tag)).finish());
    }
    let mut plain = files.read(&row).await?.ok_or_else(|| not_to_be_read(AttachmentStatus::Deleted))?;
    // What does not open is told before anything is sent; what breaks off later breaks the connection.
    let first = plain.try_next().await?;
    if owner.is_watched {
        let scope = access.to(Action::Read, row.owner_resource.resource())?;
        let seen = row.clone();
        db.write(access.actor(Some(&scope)), move |tx| {
            store::record_reading(tx, &owner, &seen);
            Ok(())
        })
        .await?;
    }
    let size = u64::try_from(row.size_bytes).map_err(Problem::internal)?;
    Ok(HttpResponse::Ok()
        .insert_header((header::ETAG, tag))
        .insert_header(named(&details.file_name))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .insert_header((header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"))
        .content_type("application/octet-stream")
        .body(SizedStream::new(size, stream::iter(first.map(Ok)).chain(plain))))
}

/// The name in full for programs of today, and something for older ones.
fn named(name: &str) -> ContentDisposition {
    let ending = name.rsplit_once('.').map_or("txt", |(_, ending)| ending);
    ContentDisposition {
        disposition: DispositionType::Attachment,
        parameters: vec![
            DispositionParam::Filename(format!("attachment.{ending}")),
            DispositionParam::FilenameExt(ExtendedValue {
                charset: Charset::Ext("UTF-8".into()),
                language_tag: None,
                value: name.as_bytes().to_vec(),
            }),
        ],
    }
}

fn not_to_be_read(status: AttachmentStatus) -> Problem {
    match status {
        AttachmentStatus::Scanning => Problem::conflict(
            "",
            "not_scanned_yet",
            "Tệp đang chờ quét mã độc; thử lại sau ít phút",
            "The file waits to be scanned; try again in a few minutes",
        ),
        AttachmentStatus::Rejected => {
            Problem::conflict("", "file_rejected", "Tệp có mã độc và đã bị hủy", "The file was infected and is destroyed")
        }
        AttachmentStatus::Ready | AttachmentStatus::Deleted => {
            Problem::conflict("", "file_deleted", "Tệp đã bị xóa", "The file is deleted")
        }
    }
}

/// Delete a file
///
/// Its bytes are gone at once, in every copy and backup of the store, since their key is; what was known of it stays, with the
/// reason.
#[utoipa::path(tag = "attachments", operation_id = "delete_attachment", params(("id" = Id, Path, description = "The file"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = AttachmentDeletion, responses(
    (status = 200, description = "As it is now", body = Attachment),
    (status = 404, description = "There is no such file", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "It is deleted already", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(("password" = [])))]
#[post("/attachments/{id}/deletions")]
async fn delete_attachment(
    command: Command<Json<AttachmentDeletion>>,
    db: web::Data<Db>,
    files: web::Data<Files>,
    id: web::Path<Id>,
) -> Result<HttpResponse> {
    let (access, asking, id) = (command.access.clone(), command.access.clone(), id.into_inner());
    let (row, _) = db.read(move |reader| store::find(reader, &asking, id)).await?;
    let scope = access.to(Action::Update, row.owner_resource.resource())?;
    let trial = command.is_trial();
    let done = command
        .run(&scope, move |tx, Json(deletion), given| {
            let (row, _) = store::find(&mut tx.read(), &access, id)?;
            let owner = row.owner_resource.find(&mut tx.read(), &access, Action::Update, row.owner_id)?;
            given.check_version(tx, id, row.version, std::iter::empty())?;
            let reason = text::clean(&deletion.reason);
            if reason.is_empty() {
                return Err(Problem::field("/reason", "required", "Bắt buộc phải có", "Must be given"));
            }
            let row = store::delete(tx, &owner, row, true, &reason)?;
            let now = Attachment::of(tx.keys(), row, true)?;
            Answer::changed(now.version, &now)
        })
        .await?;
    if !trial {
        files.forget(&row.store_key).await;
    }
    Ok(done)
}

/// List what happened to a file
///
/// Sent, found clean or not, deleted: each step with who took it.
#[utoipa::path(tag = "attachments", operation_id = "list_attachment_events", params(("id" = Id, Path, description = "The file")), responses(
    (status = 200, description = "All of it", body = Listing<StateEvent>),
    NotThere,
), security(("password" = [])))]
#[get("/attachments/{id}/events")]
async fn list_attachment_events(
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters, Bare>,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    let events = db
        .read(move |reader| {
            store::find(reader, &access, id)?;
            events_of(reader, id)
        })
        .await?;
    page::whole(&query, &events)
}
