//! What a file is, by what is in it. Its name and what the sender says of it count for nothing.

use infer::Infer;

use super::strip::{self, AttachmentCleaning};
use crate::{
    code_list,
    http::{Code, Problem, Result},
};

code_list! {
    /// What is taken.
    Kind in "attachment_kinds" {
        Jpeg = "jpeg", "Ảnh JPEG", "JPEG picture";
        Png = "png", "Ảnh PNG", "PNG picture";
        Webp = "webp", "Ảnh WebP", "WebP picture";
        Pdf = "pdf", "Tài liệu PDF", "PDF document";
        Docx = "docx", "Văn bản Word", "Word document";
        Xlsx = "xlsx", "Bảng tính Excel", "Excel workbook";
        Odt = "odt", "Văn bản OpenDocument", "OpenDocument text";
        Ods = "ods", "Bảng tính OpenDocument", "OpenDocument spreadsheet";
        Text = "text", "Văn bản thuần UTF-8", "Plain text in UTF-8";
    }
}

impl Kind {
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Pdf => "application/pdf",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Odt => "application/vnd.oasis.opendocument.text",
            Self::Ods => "application/vnd.oasis.opendocument.spreadsheet",
            Self::Text => "text/plain",
        }
    }

    /// Endings that a name of it may have; the first is given to a name without.
    pub const fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Jpeg => &["jpg", "jpeg"],
            Self::Png => &["png"],
            Self::Webp => &["webp"],
            Self::Pdf => &["pdf"],
            Self::Docx => &["docx"],
            Self::Xlsx => &["xlsx"],
            Self::Odt => &["odt"],
            Self::Ods => &["ods"],
            Self::Text => &["txt", "csv"],
        }
    }

    /// The file without what it tells of whoever made it, and how much of that was found out.
    pub fn strip(self, plain: Vec<u8>) -> Result<(Vec<u8>, AttachmentCleaning)> {
        match self {
            Self::Jpeg => strip::jpeg(&plain).map(|plain| (plain, AttachmentCleaning::Full)),
            Self::Png => strip::png(&plain).map(|plain| (plain, AttachmentCleaning::Full)),
            Self::Webp => strip::webp(&plain).map(|plain| (plain, AttachmentCleaning::Full)),
            Self::Pdf => strip::pdf(plain),
            Self::Docx | Self::Xlsx | Self::Odt | Self::Ods => {
                strip::office(&plain).map(|plain| (plain, AttachmentCleaning::Properties))
            }
            Self::Text => Ok((plain, AttachmentCleaning::Unneeded)),
        }
    }
}

/// What the beginning of a file says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Look {
    Is(Kind),
    /// A ZIP container: what is in it says what it is.
    Container,
    /// Text perhaps: all of it must be looked at.
    PerhapsText,
}

/// Looks at the beginning of a file.
pub fn look(head: &[u8]) -> Result<Look> {
    let found = Infer::new().get(head).map(|found| found.mime_type());
    match found {
        Some("image/jpeg") => Ok(Look::Is(Kind::Jpeg)),
        Some("image/png") => Ok(Look::Is(Kind::Png)),
        Some("image/webp") => Ok(Look::Is(Kind::Webp)),
        Some("application/pdf") => Ok(Look::Is(Kind::Pdf)),
        _ if head.starts_with(b"PK\x03\x04") => Ok(Look::Container),
        Some(other) => Err(not_taken(other)),
        None if is_markup(head) => Err(not_taken("text/html, image/svg+xml, text/xml")),
        None => Ok(Look::PerhapsText),
    }
}

/// Something that a browser would run: whatever begins like an element, a declaration or a processing instruction.
fn is_markup(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    matches!(head, [b'<', b'!' | b'?' | b'/' | b'a'..=b'z' | b'A'..=b'Z', ..])
}

/// Text that is read piece by piece.
#[derive(Default)]
pub struct TextCheck {
    /// The beginning of a character of which the rest has not come.
    rest: Vec<u8>,
}

impl TextCheck {
    pub fn push(&mut self, piece: &[u8]) -> Result<()> {
        let bytes = [&self.rest, piece].concat();
        let whole = match std::str::from_utf8(&bytes) {
            Ok(text) => text.len(),
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Err(_) => return Err(unknown()),
        };
        if bytes[..whole].iter().any(|byte| matches!(byte, 0..=8 | 11 | 14..=31 | 127)) {
            return Err(unknown());
        }
        self.rest = bytes[whole..].to_vec();
        Ok(())
    }

    pub fn finish(self) -> Result<()> {
        if self.rest.is_empty() { Ok(()) } else { Err(unknown()) }
    }
}

fn unknown() -> Problem {
    not_taken("application/octet-stream")
}

/// What it is, and what is taken.
pub fn not_taken(found: &str) -> Problem {
    Problem::say(
        Code::UnsupportedMediaType,
        format!("Nội dung tệp là {found}; chỉ nhận ảnh JPEG, PNG, WebP, tài liệu PDF, DOCX, XLSX, ODT, ODS và văn bản UTF-8"),
        format!(
            "By its content the file is {found}; taken are JPEG, PNG and WebP pictures, PDF, DOCX, XLSX, ODT, ODS and UTF-8 text"
        ),
    )
    .with("accepted", Kind::ALL.iter().map(|kind| kind.media_type()).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_says_what_it_is() {
        for (head, wanted) in [
            (b"\xff\xd8\xff\xe0\0\x10JFIF\0".as_slice(), Some(Look::Is(Kind::Jpeg))),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", Some(Look::Is(Kind::Png))),
            (b"RIFF\x24\0\0\0WEBPVP8 ", Some(Look::Is(Kind::Webp))),
            (b"%PDF-1.7\n", Some(Look::Is(Kind::Pdf))),
            (b"PK\x03\x04\x14\0", Some(Look::Container)),
            ("Chị Hòa kể lại".as_bytes(), Some(Look::PerhapsText)),
            (b"1 < 2", Some(Look::PerhapsText)),
            (b"<3 chi hoi", Some(Look::PerhapsText)),
            (b"<!DOCTYPE html><script>", None),
            (b"\xef\xbb\xbf \n<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\">", None),
            (b"<?xml version=\"1.0\"?><svg/>", None),
            (b"GIF89a\x01\0\x01\0", None),
            (b"MZ\x90\0\x03\0\0\0", None),
            (b"\x7fELF\x02\x01\x01\0", None),
            (b"#!/bin/sh\nrm -rf /", None),
            (b"Rar!\x1a\x07\0", None),
            (b"7z\xbc\xaf\x27\x1c", None),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", None),
        ] {
            // Some are only known with what follows.
            let head = [head, &[b' '; 64]].concat();
            assert_eq!(look(&head).ok(), wanted, "{}", String::from_utf8_lossy(&head));
        }
    }

    #[test]
    fn text_is_text_to_the_end() {
        let check = |pieces: &[&[u8]]| {
            let mut text = TextCheck::default();
            pieces.iter().try_for_each(|piece| text.push(piece))?;
            text.finish()
        };
        let word = "Khánh Hòa\r\n\t".as_bytes();
        assert!(check(&[word]).is_ok());
        // Cut within a character.
        for cut in 0..word.len() {
            assert!(check(&[&word[..cut], &word[cut..]]).is_ok(), "{cut}");
        }
        assert!(check(&[word, b"\0"]).is_err());
        assert!(check(&[word, b"\x1b[2J"]).is_err(), "what steers a terminal");
        assert!(check(&[b"\xff\xfeK\0h\0"]).is_err(), "UTF-16");
        assert!(check(&[b"Kh\xe1nh H\xf2a"]).is_err(), "Latin-1");
        assert!(check(&["ế".as_bytes().split_last().unwrap().1]).is_err(), "cut off");
    }
}
