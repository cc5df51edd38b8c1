//! Documents of office programs: ZIP containers, written anew without their properties.

use std::io::{Cursor, Read, Write};

use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

use super::{broken, cut_off, jpeg, pdf::locked, png, webp};
use crate::{
    attachments::kinds::{Kind, not_taken},
    http::{FieldError, Problem, Result, Text},
};

/// More parts than this no document has.
const PARTS: usize = 4000;
/// What all parts together may unpack to: a file of a few kilobytes can be made to fill a disk.
const UNPACKED: u64 = 64 * 1024 * 1024;

/// Properties of Word and Excel.
const CORE: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"/>"#;
const APP: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"/>"#;
const CUSTOM: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"/>"#;
/// Those of OpenDocument.
const META: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<office:document-meta xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" office:version="1.3"><office:meta/></office:document-meta>"#;

type Archive<'b> = ZipArchive<Cursor<&'b [u8]>>;

fn open(plain: &[u8]) -> Result<Archive<'_>> {
    let archive = ZipArchive::new(Cursor::new(plain)).map_err(|_| cut_off())?;
    if archive.len() > PARTS { Err(too_much()) } else { Ok(archive) }
}

/// Which document a container is.
pub fn kind_of(plain: &[u8]) -> Result<Kind> {
    let mut archive = open(plain)?;
    let names: Vec<String> = archive.file_names().flatten().map(|name| name.to_lowercase()).collect();
    let has = |name: &str| names.iter().any(|it| it == name);
    if names.iter().any(|name| name.ends_with("vbaproject.bin") || name.starts_with("basic/") || name.starts_with("scripts/")) {
        return Err(not_taken("a document with macros"));
    }
    if has("[content_types].xml") {
        let types = part(&mut archive, "[Content_Types].xml", 1024 * 1024)?;
        let types = String::from_utf8_lossy(&types);
        if types.contains("macroEnabled") {
            return Err(not_taken("a document with macros"));
        }
        if has("word/document.xml") && types.contains("wordprocessingml.document.main+xml") {
            return Ok(Kind::Docx);
        }
        if has("xl/workbook.xml") && types.contains("spreadsheetml.sheet.main+xml") {
            return Ok(Kind::Xlsx);
        }
        return Err(not_taken("another Office document"));
    }
    if has("mimetype") {
        let kind = part(&mut archive, "mimetype", 200)?;
        let kind = String::from_utf8_lossy(&kind);
        let known = [Kind::Odt, Kind::Ods].into_iter().find(|known| known.media_type() == kind.trim());
        return known.ok_or_else(|| not_taken("another OpenDocument file"));
    }
    Err(not_taken("application/zip"))
}

fn part(archive: &mut Archive<'_>, name: &str, most: u64) -> Result<Vec<u8>> {
    let mut content = Vec::new();
    let entry = archive.by_name(name).map_err(|_| cut_off())?;
    entry.take(most).read_to_end(&mut content).map_err(|_| cut_off())?;
    Ok(content)
}

/// The document with empty properties and without its preview; pictures in it are cleaned like others. What stands before,
/// between and behind the parts is left out, and so are times and comments of parts.
pub fn office(plain: &[u8]) -> Result<Vec<u8>> {
    let mut archive = open(plain)?;
    let mut out = ZipWriter::new(Cursor::new(Vec::with_capacity(plain.len())));
    let mut left = UNPACKED;
    for place in 0..archive.len() {
        let entry = archive.by_index(place).map_err(|error| match error {
            zip::result::ZipError::UnsupportedArchive(why) if why == zip::result::ZipError::PASSWORD_REQUIRED => locked(),
            _ => cut_off(),
        })?;
        if entry.is_dir() {
            continue;
        }
        let name = entry.name().map_err(|_| cut_off())?.into_owned();
        if entry.enclosed_name().is_none() || name.contains('\\') || name.starts_with('/') {
            return Err(broken("Tệp có phần mang tên không hợp lệ", "A part of the file has a name that cannot be"));
        }
        // OpenDocument wants its first part as it is.
        let stored = name == "mimetype";
        let mut content = Vec::new();
        // What it says of its size is not believed.
        entry.take(left + 1).read_to_end(&mut content).map_err(|_| cut_off())?;
        left = left.checked_sub(content.len() as u64).ok_or_else(too_much)?;
        let Some(content) = cleaned(&name, content)? else { continue };
        let method = if stored { CompressionMethod::Stored } else { CompressionMethod::Deflated };
        let options = SimpleFileOptions::default().compression_method(method).last_modified_time(zip::DateTime::default());
        out.start_file(name, options).map_err(|_| cut_off())?;
        out.write_all(&content).map_err(Problem::internal)?;
    }
    Ok(out.finish().map_err(|_| cut_off())?.into_inner())
}

/// A part as it is kept; nothing: it is left out.
fn cleaned(name: &str, content: Vec<u8>) -> Result<Option<Vec<u8>>> {
    let lower = name.to_lowercase();
    Ok(Some(match lower.as_str() {
        "docprops/core.xml" => CORE.into(),
        "docprops/app.xml" => APP.into(),
        "docprops/custom.xml" => CUSTOM.into(),
        "meta.xml" => META.into(),
        // Previews are referred to, and a picture that cannot be shown is better than one of an earlier version.
        _ if lower.starts_with("docprops/thumbnail.") || lower == "thumbnails/thumbnail.png" => Vec::new(),
        _ if lower.ends_with(".jpg") || lower.ends_with(".jpeg") => jpeg(&content)?,
        _ if lower.ends_with(".png") => png(&content)?,
        _ if lower.ends_with(".webp") => webp(&content)?,
        _ => content,
    }))
}

fn too_much() -> Problem {
    Problem::fields(vec![FieldError::body(
        "",
        "unpacks_too_large",
        Text::new("Giải nén ra quá lớn hoặc quá nhiều phần", "Unpacks to too much, or to too many parts"),
    )])
}

#[cfg(test)]
mod tests {
    use super::*;

    pub fn container(parts: &[(&str, &[u8])]) -> Vec<u8> {
        let mut out = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in parts {
            out.start_file(*name, SimpleFileOptions::default()).unwrap();
            out.write_all(content).unwrap();
        }
        out.finish().unwrap().into_inner()
    }

    const TYPES: &[u8] = br#"<Types><Override ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"#;

    fn all(plain: &[u8]) -> String {
        let mut archive = open(plain).unwrap();
        let mut text = String::new();
        for place in 0..archive.len() {
            let mut entry = archive.by_index(place).unwrap();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            text += &format!("{}: {}\n", entry.name().unwrap(), String::from_utf8_lossy(&content));
        }
        text
    }

    #[test]
    fn the_document_is_kept_and_its_author_is_not() {
        let mut picture = super::super::jpeg::tests::picture(&[(0xe1, &super::super::jpeg::tests::exif(true, 1))]);
        picture.extend([0xff, 0xd9]);
        let plain = container(&[
            ("[Content_Types].xml", TYPES),
            ("docProps/core.xml", b"<dc:creator>Nguyen Thi Hoa</dc:creator>"),
            ("docProps/app.xml", b"<Company>Nguyen Thi Hoa</Company>"),
            ("docProps/thumbnail.jpeg", b"Nguyen Thi Hoa"),
            ("word/document.xml", b"<w:t>Chi hoi</w:t>"),
            ("word/media/image1.jpeg", &picture),
        ]);
        assert_eq!(kind_of(&plain).unwrap(), Kind::Docx);
        let kept = office(&[plain.as_slice()].concat()).unwrap();
        assert_eq!(kind_of(&kept).unwrap(), Kind::Docx);
        let text = all(&kept);
        assert!(text.contains("Chi hoi") && !text.contains("Nguyen") && !text.contains("GPS"), "{text}");
    }

    #[test]
    fn containers_are_looked_into() {
        for (parts, wanted) in [
            (vec![("mimetype", Kind::Odt.media_type().as_bytes()), ("meta.xml", b"x"), ("content.xml", b"y")], Some(Kind::Odt)),
            (vec![("mimetype", b"application/vnd.oasis.opendocument.graphics".as_slice())], None),
            (vec![("a.txt", b"a".as_slice())], None),
            (vec![("[Content_Types].xml", TYPES), ("evil.exe", b"MZ")], None),
            (vec![("[Content_Types].xml", TYPES), ("word/document.xml", b"x"), ("word/vbaProject.bin", b"x")], None),
            (
                vec![("[Content_Types].xml", b"macroEnabled wordprocessingml.document.main+xml"), ("word/document.xml", b"x")],
                None,
            ),
        ] {
            assert_eq!(kind_of(&container(&parts)).ok(), wanted, "{:?}", parts[0]);
        }
    }

    #[test]
    fn bombs_and_tricks_are_refused() {
        let zeros = vec![0; 3 * UNPACKED as usize / 4];
        let bomb = container(&[("[Content_Types].xml", TYPES), ("word/document.xml", &zeros), ("word/a.xml", &zeros)]);
        assert!(bomb.len() < 1024 * 1024, "{}", bomb.len());
        assert_eq!(kind_of(&bomb).unwrap(), Kind::Docx);
        assert!(format!("{}", office(&bomb).err().unwrap()).contains("unpacks_too_large"));
        let climbing = container(&[("[Content_Types].xml", TYPES), ("../../etc/cron.d/x", b"x")]);
        assert!(office(&climbing).is_err());
        let many: Vec<String> = (0..=PARTS).map(|place| format!("{place}.xml")).collect();
        let many: Vec<(&str, &[u8])> = many.iter().map(|name| (name.as_str(), b"x".as_slice())).collect();
        assert!(office(&container(&many)).is_err());
    }
}
