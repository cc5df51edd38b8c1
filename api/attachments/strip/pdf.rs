//! PDF: written anew without its information dictionary, its XMP, what programs left in it, and earlier versions of it.

use lopdf::{Document, LoadOptions, Object};

use super::{AttachmentCleaning, broken, cut_off};
use crate::http::{FieldError, Problem, Result, Text};

/// What a compressed stream of objects may unpack to.
const UNPACKED: usize = 32 * 1024 * 1024;

/// What tells of whoever made it, wherever it stands.
const TELLS: [&[u8]; 3] = [b"Metadata", b"PieceInfo", b"LastModified"];

pub fn pdf(plain: Vec<u8>) -> Result<(Vec<u8>, AttachmentCleaning)> {
    let options = LoadOptions { max_decompressed_size: Some(UNPACKED), ..LoadOptions::default() };
    let mut document = Document::load_mem_with_options(&plain, options).map_err(|_| cut_off())?;
    if document.is_encrypted() || document.was_encrypted() {
        return Err(locked());
    }
    if document.get_pages().is_empty() {
        return Err(broken("Tài liệu PDF không có trang nào đọc được", "The PDF has no page that can be read"));
    }
    // A signature is over the bytes as they are; a decision that was signed must stay signed.
    if document.objects.values().any(is_signature) {
        return Ok((plain, AttachmentCleaning::Signed));
    }
    document.trailer.remove(b"Info");
    for object in document.objects.values_mut() {
        let dictionary = match object {
            Object::Dictionary(dictionary) => dictionary,
            Object::Stream(stream) => &mut stream.dict,
            _ => continue,
        };
        for name in TELLS {
            dictionary.remove(name);
        }
    }
    document.prune_objects();
    let mut out = Vec::with_capacity(plain.len());
    document.save_to(&mut out).map_err(|_| cut_off())?;
    Ok((out, AttachmentCleaning::Properties))
}

fn is_signature(object: &Object) -> bool {
    object.as_dict().is_ok_and(|dictionary| dictionary.has(b"ByteRange") && dictionary.has(b"Contents"))
}

pub(super) fn locked() -> Problem {
    Problem::fields(vec![FieldError::body(
        "",
        "locked_file",
        Text::new("Tệp có mật khẩu; bỏ mật khẩu rồi gửi lại", "The file has a password; send it without"),
    )])
}

#[cfg(test)]
mod tests {
    use lopdf::{Dictionary, Stream, dictionary};

    use super::*;

    fn document(signed: bool) -> Vec<u8> {
        let mut document = Document::with_version("1.7");
        let pages = document.new_object_id();
        let content = document.add_object(Stream::new(Dictionary::new(), b"BT (Chi hoi) Tj ET".to_vec()));
        let page = document.add_object(dictionary! {
            "Type" => "Page", "Parent" => pages, "Contents" => content,
            "MediaBox" => vec![0.into(), 0.into(), 100.into(), 100.into()],
            "PieceInfo" => dictionary! { "Word" => Object::string_literal("by Nguyen Thi Hoa") },
        });
        document.objects.insert(pages, dictionary! { "Type" => "Pages", "Kids" => vec![page.into()], "Count" => 1 }.into());
        let xmp = document.add_object(Stream::new(dictionary! { "Type" => "Metadata" }, b"<x:xmpmeta>Nguyen Thi Hoa".to_vec()));
        let mut catalog = dictionary! { "Type" => "Catalog", "Pages" => pages, "Metadata" => xmp };
        if signed {
            let signature = dictionary! {
                "Type" => "Sig", "ByteRange" => vec![0.into(), 1.into(), 2.into(), 3.into()], "Contents" => Object::string_literal("x"),
            };
            catalog.set("Perms", document.add_object(signature));
        }
        let catalog = document.add_object(catalog);
        let info = document.add_object(dictionary! { "Author" => Object::string_literal("Nguyen Thi Hoa") });
        document.trailer.set("Root", catalog);
        document.trailer.set("Info", info);
        let mut out = Vec::new();
        document.save_to(&mut out).unwrap();
        out
    }

    fn has(bytes: &[u8], part: &[u8]) -> bool {
        bytes.windows(part.len()).any(|window| window == part)
    }

    #[test]
    fn the_document_is_kept_and_its_author_is_not() {
        let plain = document(false);
        assert!(has(&plain, b"Nguyen"));
        let (kept, cleaning) = pdf(plain.clone()).unwrap();
        assert!(!has(&kept, b"Nguyen") && has(&kept, b"Chi hoi") && cleaning == AttachmentCleaning::Properties);
        assert_eq!(Document::load_mem(&kept).unwrap().get_pages().len(), 1);
        for end in [0, 9, 40, plain.len() / 3] {
            assert!(pdf(plain[..end].to_vec()).is_err(), "{end}");
        }
        for place in (0..plain.len()).step_by(3) {
            let mut changed = plain.clone();
            changed[place] ^= 0x15;
            let _ = pdf(changed);
        }
    }

    #[test]
    fn a_signed_one_stays_signed() {
        let plain = document(true);
        assert_eq!(pdf(plain.clone()).unwrap(), (plain, AttachmentCleaning::Signed));
    }
}
