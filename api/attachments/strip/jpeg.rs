//! JPEG: segments, and between them the scans.

use super::{cut_off, take};
use crate::http::Result;

const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;
const SOS: u8 = 0xda;
const APP0: u8 = 0xe0;
const APP1: u8 = 0xe1;
const APP14: u8 = 0xee;

/// Only what draws the picture, and which way up it is: telephones write that into the data about the picture.
pub fn jpeg(plain: &[u8]) -> Result<Vec<u8>> {
    let mut rest = plain;
    let mut out = Vec::with_capacity(plain.len());
    if take(&mut rest, 2)? != [0xff, SOI] {
        return Err(cut_off());
    }
    out.extend([0xff, SOI]);
    let (mut turned, mut drawn) = (None, false);
    loop {
        // Any number of fill bytes may stand before a marker.
        if take(&mut rest, 1)? != [0xff] {
            return Err(cut_off());
        }
        let marker = loop {
            match take(&mut rest, 1)?[0] {
                0xff => {}
                marker => break marker,
            }
        };
        match marker {
            EOI if drawn => {
                out.extend([0xff, EOI]);
                return Ok(out);
            }
            0x01 | 0xd0..=0xd7 => continue,
            0 | SOI | EOI => return Err(cut_off()),
            _ => {}
        }
        let size: [u8; 2] = take(&mut rest, 2)?.try_into().map_err(|_| cut_off())?;
        let size = usize::from(u16::from_be_bytes(size)).checked_sub(2).ok_or_else(cut_off)?;
        let content = take(&mut rest, size)?;
        match marker {
            // Without the small picture it may hold.
            APP0 if content.starts_with(b"JFIF\0") && content.len() >= 14 => {
                segment(&mut out, APP0, &[&content[..12], &[0, 0]].concat());
            }
            APP1 if turned.is_none() && content.starts_with(b"Exif\0\0") => {
                turned = orientation(&content[6..]);
                if let Some(turned) = turned {
                    segment(&mut out, APP1, &upright(turned));
                }
            }
            // How colours are coded.
            APP14 if content.starts_with(b"Adobe") && content.len() >= 12 => segment(&mut out, APP14, &content[..12]),
            // Frames, tables, intervals, scans.
            0xc0..=0xcf | 0xda..=0xdf => segment(&mut out, marker, content),
            // Application data and comments, and what nobody knows.
            _ => {}
        }
        if marker == SOS {
            drawn = true;
            let end = scan_end(rest).ok_or_else(cut_off)?;
            out.extend(&rest[..end]);
            rest = &rest[end..];
        }
    }
}

fn segment(out: &mut Vec<u8>, marker: u8, content: &[u8]) {
    // It is no longer than the segment it comes from, of which the length is two bytes.
    let size = u16::try_from(content.len() + 2).unwrap_or(u16::MAX);
    out.extend([0xff, marker]);
    out.extend(size.to_be_bytes());
    out.extend(content);
}

/// Where a scan ends: at a marker that is neither a stuffed byte nor a restart.
fn scan_end(scan: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + memchr::memchr(0xff, &scan[from..])?;
        match scan.get(at + 1)? {
            0 | 0xd0..=0xd7 => from = at + 2,
            0xff => from = at + 1,
            _ => return Some(at),
        }
    }
}

/// The tag 0x0112 of the first directory of a TIFF, if the picture is turned or mirrored.
fn orientation(tiff: &[u8]) -> Option<u8> {
    let big = match tiff.get(..4)? {
        b"MM\0*" => true,
        b"II*\0" => false,
        _ => return None,
    };
    let short = |at: usize| {
        let two: [u8; 2] = tiff.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if big { u16::from_be_bytes(two) } else { u16::from_le_bytes(two) })
    };
    let four: [u8; 4] = tiff.get(4..8)?.try_into().ok()?;
    let first = usize::try_from(if big { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) }).ok()?;
    let count = usize::from(short(first)?);
    let entry = (0..count).map(|place| first.saturating_add(2 + 12 * place)).find(|at| short(*at) == Some(0x0112))?;
    u8::try_from(short(entry.checked_add(8)?)?).ok().filter(|turned| (2..=8).contains(turned))
}

/// Exif data that say this and nothing else.
fn upright(turned: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([turned, 0, 0, 0, 0, 0, 0]);
    exif
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A picture of a few segments, with what telephones write into it.
    pub fn picture(more: &[(u8, &[u8])]) -> Vec<u8> {
        let mut out = vec![0xff, SOI];
        segment(&mut out, APP0, b"JFIF\0\x01\x02\0\0\x48\0\x48\x01\x01\xaa\xbb\xcc");
        for (marker, content) in more {
            segment(&mut out, *marker, content);
        }
        segment(&mut out, 0xdb, &[0; 65]);
        segment(&mut out, 0xc0, &[8, 0, 1, 0, 1, 1, 1, 0x11, 0]);
        segment(&mut out, 0xc4, &[0; 20]);
        segment(&mut out, SOS, &[1, 1, 0, 0, 0x3f, 0]);
        out.extend(b"\x12\xff\x00\x34\xff\xd0\x56");
        out
    }

    /// Exif with the place where it was taken, in either order of bytes.
    pub fn exif(big: bool, turned: u16) -> Vec<u8> {
        let short = |it: u16| if big { it.to_be_bytes() } else { it.to_le_bytes() };
        let long = |it: u32| if big { it.to_be_bytes() } else { it.to_le_bytes() };
        let mut out = b"Exif\0\0".to_vec();
        out.extend(if big { b"MM\0*" } else { b"II*\0" });
        out.extend(long(8));
        out.extend(short(3));
        for (tag, kind, value) in [(0x010f, 2, 50), (0x0112, 3, 0), (0x8825, 4, 70)] {
            out.extend(short(tag));
            out.extend(short(kind));
            out.extend(long(1));
            if tag == 0x0112 {
                out.extend(short(turned));
                out.extend([0, 0]);
            } else {
                out.extend(long(value));
            }
        }
        out.extend(b"SAMSUNG GPS 12.2388N 109.1967E");
        out
    }

    fn has(bytes: &[u8], part: &[u8]) -> bool {
        bytes.windows(part.len()).any(|window| window == part)
    }

    #[test]
    fn the_picture_is_kept_and_its_story_is_not() {
        let mut plain = picture(&[
            (APP1, &exif(true, 1)),
            (APP1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>Nguyen Thi Hoa</x:xmpmeta>"),
            (0xe2, b"ICC_PROFILE\0"),
            (0xed, b"Photoshop 3.0\0"),
            (APP14, b"Adobe\0\x64\0\0\0\0\x01"),
            (0xfe, b"<script>alert(1)</script>"),
        ]);
        // A second scan, with a comment before it; then the end, and another picture behind it.
        segment(&mut plain, 0xfe, b"between the scans");
        segment(&mut plain, SOS, &[1, 1, 0, 0, 0x3f, 0]);
        plain.extend(b"\x78\xff\xd9");
        plain.extend(picture(&[(APP1, &exif(false, 6))]));
        plain.extend(b"\xff\xd9PK\x03\x04");
        let kept = jpeg(&plain).unwrap();
        for gone in ["GPS", "SAMSUNG", "Nguyen", "ICC", "Photoshop", "script", "between", "PK", "\u{aa}"] {
            assert!(!has(&kept, gone.as_bytes()), "{gone}");
        }
        for stays in [b"JFIF\0".as_slice(), b"Adobe", b"\x12\xff\x00\x34\xff\xd0\x56", b"\x78\xff\xd9"] {
            assert!(has(&kept, stays), "{stays:?}");
        }
        assert_eq!(jpeg(&kept).unwrap(), kept, "nothing more is taken from what was cleaned");
    }

    #[test]
    fn which_way_up_it_is_stays() {
        for (big, turned, kept) in [(true, 6, Some(6)), (false, 8, Some(8)), (true, 1, None), (false, 9, None), (true, 0, None)] {
            let mut plain = picture(&[(APP1, &exif(big, turned))]);
            plain.extend([0xff, EOI]);
            let cleaned = jpeg(&plain).unwrap();
            let at = cleaned.windows(6).position(|window| window == b"Exif\0\0");
            assert_eq!(at.and_then(|at| orientation(&cleaned[at + 6..])), kept);
            assert!(!has(&cleaned, b"SAMSUNG"));
        }
    }

    #[test]
    fn what_is_cut_off_is_refused_and_nothing_panics() {
        let mut plain = picture(&[(APP1, &exif(true, 6))]);
        plain.extend([0xff, EOI]);
        for end in 0..plain.len() {
            assert!(jpeg(&plain[..end]).is_err(), "{end}");
        }
        assert!(jpeg(b"\xff\xd8<html>").is_err());
        assert!(jpeg(b"\xff\xd8\xff\xd9").is_err(), "nothing is drawn");
        for place in 0..plain.len() {
            for value in [0, 0xff, 0xd9] {
                let mut changed = plain.clone();
                changed[place] = value;
                let _ = jpeg(&changed);
            }
        }
    }
}
