//! PNG: a signature and chunks.

use super::{cut_off, take};
use crate::http::Result;

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// What draws the picture: its pixels, colours, transparency, resolution and frames. Texts, times, Exif and profiles with
/// names in them are left out, and so is every chunk that nobody knows.
const KEPT: [&[u8; 4]; 17] = [
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"sBIT", b"bKGD", b"pHYs", b"cICP", b"mDCV", b"cLLI",
    b"acTL", b"fcTL", b"fdAT",
];

pub fn png(plain: &[u8]) -> Result<Vec<u8>> {
    let mut rest = plain;
    let mut out = Vec::with_capacity(plain.len());
    out.extend(take(&mut rest, SIGNATURE.len())?);
    if out != SIGNATURE {
        return Err(cut_off());
    }
    let mut first = true;
    loop {
        let whole = rest;
        let size: [u8; 4] = take(&mut rest, 4)?.try_into().map_err(|_| cut_off())?;
        let size = usize::try_from(u32::from_be_bytes(size)).map_err(|_| cut_off())?;
        let kind: [u8; 4] = take(&mut rest, 4)?.try_into().map_err(|_| cut_off())?;
        take(&mut rest, size)?;
        take(&mut rest, 4)?;
        if first != (&kind == b"IHDR") {
            return Err(cut_off());
        }
        first = false;
        if KEPT.contains(&&kind) {
            out.extend(&whole[..size + 12]);
        }
        if &kind == b"IEND" {
            return Ok(out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
        let mut out = SIGNATURE.to_vec();
        for (kind, content) in chunks {
            out.extend(u32::try_from(content.len()).unwrap().to_be_bytes());
            out.extend(*kind);
            out.extend(*content);
            out.extend([0; 4]);
        }
        out
    }

    #[test]
    fn the_picture_is_kept_and_its_story_is_not() {
        let (head, data) = ((b"IHDR", [0_u8; 13].as_slice()), (b"IDAT", b"pixels".as_slice()));
        let plain = picture(&[
            head,
            (b"tEXt", b"Author\0Nguyen Thi Hoa"),
            (b"eXIf", b"MM\0* GPS"),
            (b"iTXt", b"XML:com.adobe.xmp"),
            (b"tIME", &[7; 7]),
            data,
            (b"zzZz", b"<script>"),
            (b"IEND", b""),
        ]);
        let kept = png(&[plain.as_slice(), b"PK\x03\x04 behind the end"].concat()).unwrap();
        assert_eq!(kept, picture(&[head, data, (b"IEND", b"")]));
        for end in 0..plain.len() {
            assert!(png(&plain[..end]).is_err(), "{end}");
        }
        assert!(png(&picture(&[data, head, (b"IEND", b"")])).is_err());
    }
}
