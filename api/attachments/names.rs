//! Names of files, as somebody's own computer may keep them.

use super::kinds::Kind;

/// No file system takes a longer name.
const MOST: usize = 150;

/// The last part of a path, without what steers a terminal or turns the writing round, with an ending that says what the
/// file is: so `a.jpg` is a picture, whatever it was called.
pub fn clean(given: &str, kind: Kind) -> String {
    let last = given.rsplit(['/', '\\']).find(|part| !part.trim_matches(['.', ' ']).is_empty()).unwrap_or_default();
    let name: String = crate::text::clean(last).chars().filter(|it| !is_hidden(*it)).map(plain).collect();
    let name = name.trim_matches(['.', ' ']);
    let endings = kind.endings();
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase()).filter(|it| endings.contains(&it.as_str()));
    let (stem, ending) = match &ending {
        Some(ending) => (&name[..name.len() - ending.len() - 1], ending.as_str()),
        None => (name, endings[0]),
    };
    let mut stem: String = stem.trim_matches(['.', ' ']).chars().take(MOST - 10).collect();
    while stem.len() > MOST {
        stem.pop();
    }
    let stem = stem.trim_matches(['.', ' ']);
    match stem {
        "" => format!("tep.{ending}"),
        stem if is_device(stem) => format!("_{stem}.{ending}"),
        stem => format!("{stem}.{ending}"),
    }
}

/// Controls, and what is not seen but turns or hides what is.
fn is_hidden(it: char) -> bool {
    it.is_control()
        || matches!(it, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(it, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// What Windows takes in no name.
const fn plain(it: char) -> char {
    if matches!(it, '<' | '>' | ':' | '"' | '|' | '?' | '*') { '_' } else { it }
}

/// Windows opens a device under these names.
fn is_device(stem: &str) -> bool {
    let first = stem.split('.').next().unwrap_or_default().trim_end().to_uppercase();
    let numbered =
        |name: &str| first.strip_prefix(name).is_some_and(|rest| rest.len() == 1 && rest.as_bytes()[0].is_ascii_digit());
    ["CON", "PRN", "AUX", "NUL"].contains(&first.as_str()) || numbered("COM") || numbered("LPT")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_harmless_and_say_what_the_file_is() {
        for (given, kind, name) in [
            ("Biên bản.jpg", Kind::Jpeg, "Biên bản.jpg"),
            ("ANH.JPEG", Kind::Jpeg, "ANH.jpeg"),
            ("Bie\u{302}n ba\u{309}n.pdf", Kind::Pdf, "Biên bản.pdf"),
            ("../../etc/passwd", Kind::Text, "passwd.txt"),
            ("C:\\Users\\hoi\\Đơn.docx", Kind::Docx, "Đơn.docx"),
            ("..\\..", Kind::Text, "tep.txt"),
            ("", Kind::Png, "tep.png"),
            ("...", Kind::Png, "tep.png"),
            (".htaccess", Kind::Text, "htaccess.txt"),
            ("a\r\nSet-Cookie: x=y.pdf", Kind::Pdf, "a Set-Cookie_ x=y.pdf"),
            ("hoa\u{202e}gpj.exe", Kind::Pdf, "hoagpj.exe.pdf"),
            ("anh\u{200b}\u{feff}.png", Kind::Png, "anh.png"),
            ("virus.html", Kind::Text, "virus.html.txt"),
            ("a.svg", Kind::Png, "a.svg.png"),
            ("nul.txt", Kind::Text, "_nul.txt"),
            ("COM1.a.txt", Kind::Text, "_COM1.a.txt"),
            ("a\"b<c>.pdf", Kind::Pdf, "a_b_c_.pdf"),
            ("số liệu.csv", Kind::Text, "số liệu.csv"),
        ] {
            assert_eq!(clean(given, kind), name, "{given:?}");
        }
        let long = clean(&"ế".repeat(400), Kind::Docx);
        assert!(long.len() <= MOST + 5 && long.ends_with("ế.docx"), "{}", long.len());
    }
}
