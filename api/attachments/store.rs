//! Every query on the table of files. Rights are those of what a file hangs on ([`super::owners`]).

use diesel::{ExpressionMethods, QueryDsl, SelectableHelper};
use serde_json::json;

use super::{
    machine::MACHINE,
    model::{AttachmentRow, AttachmentStatus, Details},
    owners::{AttachmentOwner, Owner},
};
use crate::{
    access::Access,
    db::{Change, Id, Reader, Tx, schema::attachments},
    http::{Problem, Result},
    machine::{self, Event},
};

/// More files than this hang on nothing.
const MOST: usize = 200;

/// A file that the caller may see, and what it hangs on.
pub fn find(reader: &mut Reader<'_>, access: &Access, id: Id) -> Result<(AttachmentRow, Owner)> {
    let row: AttachmentRow = reader.one(attachments::table.find(id).select(AttachmentRow::as_select()))?;
    let owner = row.owner_resource.find_quietly(reader, access, row.owner_id)?;
    Ok((row, owner))
}

/// The row alone, for the service itself.
pub fn row(reader: &mut Reader<'_>, id: Id) -> Result<AttachmentRow> {
    reader.one(attachments::table.find(id).select(AttachmentRow::as_select()))
}

/// All files on one thing, the first one first; deleted ones, too.
pub fn on(reader: &mut Reader<'_>, kind: AttachmentOwner, id: Id) -> Result<Vec<AttachmentRow>> {
    reader.load(
        attachments::table
            .filter(attachments::owner_resource.eq(kind))
            .filter(attachments::owner_id.eq(id))
            .order(attachments::id.asc())
            .select(AttachmentRow::as_select()),
    )
}

/// Some of those that wait to be scanned, the oldest first.
pub fn waiting(reader: &mut Reader<'_>, limit: i64) -> Result<Vec<Id>> {
    reader.load(
        attachments::table
            .filter(attachments::status.eq(AttachmentStatus::Scanning))
            .order(attachments::id.asc())
            .limit(limit)
            .select(attachments::id),
    )
}

/// Which of these bytes in the store belong to a file that has some.
pub fn known(reader: &mut Reader<'_>, keys: &[String]) -> Result<Vec<String>> {
    reader.load(
        attachments::table
            .filter(attachments::store_key.eq_any(keys))
            .filter(attachments::key_sealed.is_not_null())
            .select(attachments::store_key),
    )
}

/// Writes the row of a file whose bytes are in the store.
pub fn create(tx: &mut Tx<'_>, owner: &Owner, row: &AttachmentRow, details: &Details) -> Result<()> {
    if on(&mut tx.read(), row.owner_resource, row.owner_id)?.len() >= MOST {
        return Err(Problem::conflict(
            "",
            "too_many_files",
            format!("Đã có {MOST} tệp đính kèm ở đây"),
            format!("There are {MOST} files here already"),
        ));
    }
    let after = json!({ "owner_resource": row.owner_resource, "owner_id": row.owner_id, "file_name": details.file_name,
                        "media_type": row.media_type, "size_bytes": row.size_bytes, "sha256": details.sha256, "status": row.status });
    tx.record(
        recorded_under(row.owner_resource, Change::new("create", "attachments", row.id, row.version))
            .at(owner.unit_id)
            .after(&after),
    );
    tx.execute(diesel::insert_into(attachments::table).values(row))?;
    event(tx, row, "create", None)
}

/// Takes a file away: without its key the bytes are nothing, wherever copies of them are.
pub fn delete(tx: &mut Tx<'_>, owner: &Owner, row: AttachmentRow, may: bool, reason: &str) -> Result<AttachmentRow> {
    MACHINE.step("delete", row.id, row.status, |_| may)?;
    let mut details = Details::open(tx.keys(), &row)?;
    details.deleted_reason = Some(reason.to_owned());
    let from = row.status;
    let row = AttachmentRow { status: AttachmentStatus::Deleted, key_sealed: None, ..next(tx, row, &details)? };
    // The reason may name people: it is sealed with the change, not written beside it.
    tx.record(
        recorded_under(row.owner_resource, Change::new("delete", "attachments", row.id, row.version))
            .at(owner.unit_id)
            .before(&json!({ "status": from, "deleted_reason": null }))
            .after(&json!({ "status": row.status, "deleted_reason": reason })),
    );
    save(tx, &row)?;
    event(tx, &row, "delete", Some(from))?;
    Ok(row)
}

/// What was found in a file; nothing: it is clean.
pub fn scanned(tx: &mut Tx<'_>, id: Id, found: Option<&str>) -> Result<AttachmentRow> {
    let row = row(&mut tx.read(), id)?;
    // Deleted meanwhile, or scanned by another instance.
    if row.status != AttachmentStatus::Scanning {
        return Ok(row);
    }
    let mut details = Details::open(tx.keys(), &row)?;
    details.scan_result = found.map(|words| words.chars().take(300).collect());
    let from = row.status;
    let (action, status) =
        if found.is_some() { ("fail_scan", AttachmentStatus::Rejected) } else { ("pass_scan", AttachmentStatus::Ready) };
    let mut row = AttachmentRow { status, scanned_at: Some(tx.now()), ..next(tx, row, &details)? };
    if found.is_some() {
        row.key_sealed = None;
    }
    let change = match found {
        Some(_) => Change::new("fail_scan", "attachments", row.id, row.version),
        None => Change::new("pass_scan", "attachments", row.id, row.version),
    };
    let after = json!({ "status": row.status, "scan_result": details.scan_result });
    tx.record(recorded_under(row.owner_resource, change).before(&json!({ "status": from, "scan_result": null })).after(&after));
    save(tx, &row)?;
    event(tx, &row, action, Some(from))?;
    Ok(row)
}

/// That somebody has read a file.
pub fn record_reading(tx: &mut Tx<'_>, owner: &Owner, row: &AttachmentRow) {
    tx.record(recorded_under(row.owner_resource, Change::new("read", "attachments", row.id, row.version)).at(owner.unit_id));
}

/// With the name of the trail that its owner's kind has.
fn recorded_under(kind: AttachmentOwner, change: Change) -> Change {
    Change { resource: kind.trail(), ..change }
}

fn next(tx: &Tx<'_>, row: AttachmentRow, details: &Details) -> Result<AttachmentRow> {
    let details_sealed = details.seal(tx.keys(), row.id)?;
    Ok(AttachmentRow { version: row.version + 1, updated_at: tx.now(), details_sealed, ..row })
}

fn save(tx: &mut Tx<'_>, row: &AttachmentRow) -> Result<()> {
    let seen = attachments::table.filter(attachments::id.eq(row.id)).filter(attachments::version.eq(row.version - 1));
    let saved = tx.execute(diesel::update(seen).set((
        attachments::version.eq(row.version),
        attachments::updated_at.eq(row.updated_at),
        attachments::status.eq(row.status),
        attachments::scanned_at.eq(row.scanned_at),
        attachments::key_sealed.eq(&row.key_sealed),
        attachments::details_sealed.eq(&row.details_sealed),
    )))?;
    Problem::unless_one(saved)
}

fn event(tx: &mut Tx<'_>, row: &AttachmentRow, action: &str, from: Option<AttachmentStatus>) -> Result<()> {
    machine::record(
        tx,
        &Event {
            object_id: row.id,
            object_version: row.version,
            action,
            from: from.map(AttachmentStatus::as_str),
            to: row.status.as_str(),
            effective_on: None,
            reason: None,
        },
    )
}
