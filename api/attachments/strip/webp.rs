//! WebP: chunks in a RIFF container.

use super::{cut_off, take};
use crate::http::Result;

/// What draws the picture. Exif, XMP, profiles and unknown chunks are left out.
const KEPT: [&[u8; 4]; 6] = [b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF"];
/// Flags of an extended header that say what it holds: a profile, Exif, XMP.
const TOLD: u8 = 0x20 | 0x08 | 0x04;

pub fn webp(plain: &[u8]) -> Result<Vec<u8>> {
    let mut rest = plain;
    if take(&mut rest, 4)? != b"RIFF" {
        return Err(cut_off());
    }
    let size = length(&mut rest)?;
    // What stands behind the container is not read.
    let mut rest = take(&mut rest, size)?;
    if take(&mut rest, 4)? != b"WEBP" {
        return Err(cut_off());
    }
    let mut chunks = Vec::with_capacity(plain.len());
    while !rest.is_empty() {
        let kind: [u8; 4] = take(&mut rest, 4)?.try_into().map_err(|_| cut_off())?;
        let size = length(&mut rest)?;
        let content = take(&mut rest, size)?;
        // The last filling byte is often forgotten.
        let filled = size % 2 == 1 && !rest.is_empty();
        take(&mut rest, usize::from(filled))?;
        if !KEPT.contains(&&kind) {
            continue;
        }
        let mut content = content.to_vec();
        if &kind == b"VP8X" {
            *content.first_mut().ok_or_else(cut_off)? &= !TOLD;
        }
        chunk(&mut chunks, &kind, &content);
    }
    if chunks.is_empty() {
        return Err(cut_off());
    }
    let mut out = Vec::with_capacity(chunks.len() + 12);
    chunk(&mut out, b"RIFF", &[b"WEBP".as_slice(), &chunks].concat());
    Ok(out)
}

fn length(rest: &mut &[u8]) -> Result<usize> {
    let size: [u8; 4] = take(rest, 4)?.try_into().map_err(|_| cut_off())?;
    usize::try_from(u32::from_le_bytes(size)).map_err(|_| cut_off())
}

fn chunk(out: &mut Vec<u8>, kind: &[u8; 4], content: &[u8]) {
    out.extend(kind);
    out.extend(u32::try_from(content.len()).unwrap_or(u32::MAX).to_le_bytes());
    out.extend(content);
    out.extend(&[0][..content.len() % 2]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
        let mut inner = b"WEBP".to_vec();
        chunks.iter().for_each(|(kind, content)| chunk(&mut inner, kind, content));
        let mut out = Vec::new();
        chunk(&mut out, b"RIFF", &inner);
        out
    }

    #[test]
    fn the_picture_is_kept_and_its_story_is_not() {
        let head = |flags: u8| vec![flags, 0, 0, 0, 1, 0, 0, 1, 0, 0];
        let plain = picture(&[
            (b"VP8X", &head(0x3c)),
            (b"ICCP", b"profile"),
            (b"ALPH", b"clear"),
            (b"VP8 ", b"pixels!"),
            (b"EXIF", b"MM\0* GPS"),
            (b"XMP ", b"<x:xmpmeta/>"),
            (b"zzzz", b"<script>"),
        ]);
        let kept = webp(&[plain.as_slice(), b"PK\x03\x04 behind the end"].concat()).unwrap();
        assert_eq!(kept, picture(&[(b"VP8X", &head(0x10)), (b"ALPH", b"clear"), (b"VP8 ", b"pixels!")]));
        for end in 0..plain.len() {
            assert!(webp(&plain[..end]).is_err(), "{end}");
        }
    }
}
