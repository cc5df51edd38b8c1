//! Words of attachments.

use super::{Code, word};

pub(super) const ALLOWED_ACTIONS: &[Code] = &[
    word("pass_scan", "Quét xong, sạch", "Found clean"),
    word("fail_scan", "Quét thấy mã độc", "Found infected"),
    word("delete", "Xóa", "Delete"),
];
pub(super) const AUDIT_ACTIONS: &[Code] = &[
    word("pass_scan", "Quét xong, sạch", "Found clean"),
    word("fail_scan", "Quét thấy mã độc, đã hủy", "Found infected, destroyed"),
];
pub(super) const AUDIT_RESOURCES: &[Code] = &[word("attachments", "Tệp đính kèm", "Attachments")];
pub(super) const WARNINGS: &[Code] = &[];
pub(super) const FIELD_ERRORS: &[Code] = &[
    word("empty_file", "Tệp không có nội dung", "The file is empty"),
    word("broken_file", "Tệp bị hỏng", "The file is damaged"),
    word("locked_file", "Tệp có mật khẩu", "The file has a password"),
    word("unpacks_too_large", "Giải nén ra quá lớn", "Unpacks to too much"),
    word("too_many_files", "Quá nhiều tệp đính kèm", "Too many files"),
    word("not_scanned_yet", "Đang chờ quét mã độc", "Not scanned yet"),
    word("file_rejected", "Tệp có mã độc", "The file was infected"),
    word("file_deleted", "Tệp đã bị xóa", "The file is deleted"),
];
