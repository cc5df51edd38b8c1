//! What is kept and told of a file.

use diesel::{Insertable, Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::{
    IntoParams, PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::SchemaType, schema::Type},
};
use validator::Validate;

use super::{machine::MACHINE, owners::AttachmentOwner, strip::AttachmentCleaning};
use crate::{
    code_list,
    db::{Id, Instant, schema::attachments},
    http::{AllowedAction, Problem, Result},
    keys::{Keys, Purpose},
};

code_list! {
    AttachmentStatus in "attachment_statuses" {
        Scanning = "scanning", "Đang chờ quét mã độc", "Waits to be scanned";
        Ready = "ready", "Tải về được", "Ready";
        Rejected = "rejected", "Có mã độc, đã hủy", "Infected, destroyed";
        Deleted = "deleted", "Đã xóa", "Deleted";
    }
}

/// The row. What could name people is sealed in `details_sealed`.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = attachments)]
pub struct AttachmentRow {
    pub id: Id,
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub owner_resource: AttachmentOwner,
    pub owner_id: Id,
    pub media_type: String,
    pub size_bytes: i64,
    pub cleaning: AttachmentCleaning,
    pub status: AttachmentStatus,
    pub uploaded_by: Option<Id>,
    pub scanned_at: Option<Instant>,
    /// The name of the bytes in the store.
    pub store_key: String,
    /// The key of the bytes; with it the bytes are gone for ever.
    pub key_sealed: Option<Vec<u8>>,
    pub details_sealed: Vec<u8>,
}

/// What of a row is sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details {
    pub file_name: String,
    /// Of the bytes that are kept, in hexadecimal.
    pub sha256: String,
    /// Of the bytes as they were sent.
    pub original_sha256: String,
    pub scan_result: Option<String>,
    pub deleted_reason: Option<String>,
}

impl Details {
    pub fn seal(&self, keys: &Keys, id: Id) -> Result<Vec<u8>> {
        let plain = serde_json::to_vec(self).map_err(Problem::internal)?;
        Ok(keys.seal(Purpose::Attachment, &plain, &bound(id, b"details")))
    }

    pub fn open(keys: &Keys, row: &AttachmentRow) -> Result<Self> {
        let plain = keys.open(Purpose::Attachment, &row.details_sealed, &bound(row.id, b"details"));
        let plain = plain.ok_or_else(|| Problem::internal("the details of a file do not open"))?;
        serde_json::from_slice(&plain).map_err(Problem::internal)
    }
}

/// The key of a file's bytes, as it stands in its row.
pub fn seal_key(keys: &Keys, id: Id, key: &[u8; 32]) -> Vec<u8> {
    keys.seal(Purpose::Attachment, key, &bound(id, b"key"))
}

/// The key again; none: the bytes are gone.
pub fn open_key(keys: &Keys, row: &AttachmentRow) -> Result<Option<[u8; 32]>> {
    let Some(sealed) = &row.key_sealed else { return Ok(None) };
    let key = keys.open(Purpose::Attachment, sealed, &bound(row.id, b"key")).and_then(|key| key.try_into().ok());
    key.map(Some).ok_or_else(|| Problem::internal("the key of a file does not open"))
}

fn bound(id: Id, what: &[u8]) -> Vec<u8> {
    [id.as_bytes().as_slice(), what].concat()
}

/// A file that hangs on something.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Attachment {
    pub id: Id,
    /// Rises by one with each change; the `ETag`.
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    /// What kind of thing it hangs on.
    pub owner_resource: AttachmentOwner,
    pub owner_id: Id,
    /// Without what could do harm, and with an ending that says what the file is.
    #[schema(example = "Biên bản.pdf")]
    pub file_name: String,
    /// By its content.
    #[schema(example = "application/pdf")]
    pub media_type: String,
    /// Of what is kept, without its metadata.
    #[schema(example = 48211)]
    pub size_bytes: i64,
    /// Of what is kept, in hexadecimal; the `ETag` of the content.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    pub sha256: String,
    pub cleaning: AttachmentCleaning,
    pub status: AttachmentStatus,
    /// Whose account sent it.
    pub uploaded_by: Option<Id>,
    /// When it was found clean, or not; empty where nothing scans.
    pub scanned_at: Option<Instant>,
    /// What was found in it, if it was rejected.
    #[schema(example = json!(null))]
    pub scan_result: Option<String>,
    #[schema(example = json!(null))]
    pub deleted_reason: Option<String>,
    /// What you may do with it now.
    pub allowed_actions: Vec<AllowedAction>,
}

impl Attachment {
    pub fn of(keys: &Keys, row: AttachmentRow, may_change: bool) -> Result<Self> {
        let details = Details::open(keys, &row)?;
        Ok(Self {
            allowed_actions: MACHINE.allowed(row.id, row.status, |_| may_change),
            id: row.id,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
            owner_resource: row.owner_resource,
            owner_id: row.owner_id,
            file_name: details.file_name,
            media_type: row.media_type,
            size_bytes: row.size_bytes,
            sha256: details.sha256,
            cleaning: row.cleaning,
            status: row.status,
            uploaded_by: row.uploaded_by,
            scanned_at: row.scanned_at,
            scan_result: details.scan_result,
            deleted_reason: details.deleted_reason,
        })
    }
}

/// On what a file hangs.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OnWhat {
    /// What kind of thing.
    pub owner_resource: AttachmentOwner,
    /// Which of them.
    pub owner_id: Id,
}

/// What is said of a file that is sent.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct NewAttachment {
    /// A UUIDv7 of your own, if you make ids; sent again, the same file finds itself.
    pub id: Option<Id>,
    /// What kind of thing it hangs on.
    pub owner_resource: AttachmentOwner,
    /// Which of them.
    pub owner_id: Id,
    /// As it is called where it comes from, 1 to 255 characters. Paths and what could do harm are left out.
    #[param(min_length = 1, max_length = 255, example = "Biên bản.pdf")]
    pub file_name: String,
}

/// A file is deleted.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AttachmentDeletion {
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300, example = "Gửi nhầm tệp")]
    pub reason: String,
}

/// The bytes of a file, as they are.
pub struct FileBytes;

impl PartialSchema for FileBytes {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::String))
            .content_media_type("application/octet-stream")
            .description(Some("The bytes of a file, as they are."))
            .into()
    }
}

impl ToSchema for FileBytes {}
