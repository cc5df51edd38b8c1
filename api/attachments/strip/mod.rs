//! Files without what they tell of whoever made them: where a picture was taken, with whose telephone, who wrote a document.
//!
//! Pictures are not decoded. Of the parts that they are made of, those that are needed to draw them are kept, everything
//! else is left out, and so is whatever stands behind their end. (The crates that edit metadata keep what they do not know,
//! and what follows the first scan of a JPEG: further pictures with data of their own.)

mod jpeg;
mod office;
mod pdf;
mod png;
mod webp;

pub use jpeg::jpeg;
pub use office::{kind_of, office};
pub use pdf::pdf;
pub use png::png;
pub use webp::webp;

use crate::{
    code_list,
    http::{FieldError, Problem, Text},
};

code_list! {
    /// What of its metadata was taken out of a file.
    AttachmentCleaning in "attachment_cleanings" {
        Full = "full", "Đã bỏ hết siêu dữ liệu", "All metadata taken out";
        Properties = "properties", "Đã bỏ thuộc tính tài liệu; tên người sửa, người góp ý trong nội dung vẫn còn", "Document properties taken out; names of who edited or commented stay in the content";
        Signed = "signed", "Giữ nguyên vì có chữ ký số", "Kept as it is, for its digital signature";
        Unneeded = "unneeded", "Không có siêu dữ liệu", "Has none";
    }
}

/// Not what it seems: it begins like a file of its kind and does not go on like one.
pub(super) fn broken(vi: &str, en: &str) -> Problem {
    Problem::fields(vec![FieldError::body("", "broken_file", Text::new(vi, en))])
}

/// There is nothing in it.
pub(super) fn empty() -> Problem {
    let text = Text::new("Tệp không có nội dung", "The file is empty");
    Problem::fields(vec![FieldError::body("", "empty_file", text)])
}

fn cut_off() -> Problem {
    broken("Tệp bị hỏng hoặc thiếu phần cuối", "The file is damaged or cut off")
}

/// The next `count` bytes.
fn take<'b>(bytes: &mut &'b [u8], count: usize) -> crate::http::Result<&'b [u8]> {
    let (taken, rest) = bytes.split_at_checked(count).ok_or_else(cut_off)?;
    *bytes = rest;
    Ok(taken)
}
