//! Where in a text somebody is told of: her name or parts of it, her telephone, her citizen number, her address. Pure, with
//! tables of cases; `lint.rs` asks it.
//!
//! People write a name in many ways: with and without marks, composed and decomposed, in capitals, without spaces, with
//! zero-width characters pasted in; numbers with dots, spaces, `+84` or `0`. All of that is one form here (`text.rs`).

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;

use super::vault::PetitionerIdentity;
use crate::text;

/// Words of names that half of all people have: alone they tell of nobody.
const COMMON: [&str; 24] = [
    "nguyen", "tran", "le", "pham", "huynh", "hoang", "phan", "vu", "vo", "dang", "bui", "do", "ho", "ngo", "duong", "ly", "thi",
    "van", "huu", "ngoc", "thanh", "dinh", "ba", "chi",
];
/// Words of addresses that say what follows, not where it is.
const GENERIC: [&str; 22] = [
    "so", "nha", "duong", "hem", "ngo", "ngach", "kiet", "to", "thon", "xom", "ap", "khom", "khu", "pho", "phuong", "xa", "thi",
    "tran", "huyen", "quan", "tinh", "tp",
];
/// A name without spaces is only looked for when it is this long.
const LONG: usize = 8;

/// A word of a text: its search form, and where it stands.
struct Word {
    form: String,
    place: Range<usize>,
}

/// The words of a text, with their places. What carries no space (marks, zero-width characters) belongs to the word it
/// stands in.
fn words(text: &str) -> Vec<Word> {
    let mut found: Vec<Word> = Vec::new();
    for (start, piece) in text.split_word_like() {
        // Punctuation inside (an apostrophe aside) separates: several words may stand in one piece.
        let form = text::search_form(piece);
        found.extend(
            form.split(' ')
                .filter(|form| !form.is_empty())
                .map(|form| Word { form: form.to_owned(), place: start..start + piece.len() }),
        );
    }
    found
}

trait Pieces {
    /// Runs between white space and the marks that always end a word.
    fn split_word_like(&self) -> impl Iterator<Item = (usize, &str)>;
}

impl Pieces for str {
    fn split_word_like(&self) -> impl Iterator<Item = (usize, &str)> {
        let ends = |c: char| c.is_whitespace() || matches!(c, ',' | '.' | ';' | ':' | '(' | ')' | '"' | '/' | '-' | '–' | '_');
        self.split(ends)
            .map(|piece| (piece.as_ptr() as usize - self.as_ptr() as usize, piece))
            .filter(|(_, piece)| !piece.is_empty())
    }
}

/// Everywhere in `text` that tells of `identity`, in bytes; overlapping places are one.
pub(super) fn told(identity: &PetitionerIdentity, text: &str) -> Vec<Range<usize>> {
    let words = words(text);
    let mut places = Vec::new();
    name(&identity.full_name, &words, &mut places);
    if let Some(address) = &identity.address {
        self::address(address, &words, &mut places);
    }
    let digits = digits(text);
    for (number, shortest) in [(identity.phone.as_deref(), 8), (identity.national_id.as_deref(), 9)] {
        number.into_iter().for_each(|number| self::number(number, shortest, &digits, &mut places));
    }
    places.sort_unstable_by_key(|place| place.start);
    places.into_iter().fold(Vec::new(), |mut merged: Vec<Range<usize>>, place| {
        match merged.last_mut() {
            Some(last) if place.start <= last.end => last.end = last.end.max(place.end),
            _ => merged.push(place),
        }
        merged
    })
}

/// The text with everything that tells of one of them taken out.
pub(super) fn redacted(identities: &[PetitionerIdentity], text: &str) -> String {
    let mut text = text.to_owned();
    for identity in identities {
        for place in told(identity, &text).into_iter().rev() {
            text.replace_range(place, "[…]");
        }
    }
    text
}

fn sequences<'w>(words: &'w [Word], wanted: &[&str], places: &mut Vec<Range<usize>>) {
    if wanted.is_empty() || words.len() < wanted.len() {
        return;
    }
    let same = |window: &&'w [Word]| window.iter().zip(wanted).all(|(word, wanted)| word.form == *wanted);
    places.extend(words.windows(wanted.len()).filter(same).map(|found| found[0].place.start..found[found.len() - 1].place.end));
}

/// The whole name; any two neighbouring words of it that are not both common; the whole name run together.
fn name(name: &str, words: &[Word], places: &mut Vec<Range<usize>>) {
    let form = text::search_form(name);
    let parts: Vec<&str> = form.split(' ').collect();
    if parts.len() > 1 {
        sequences(words, &parts, places);
    } else if form.len() >= LONG || !COMMON.contains(&form.as_str()) {
        // A single word that is the whole name (Brôm, say) is looked for as it stands.
        sequences(words, &parts, places);
    }
    for pair in parts.windows(2).filter(|pair| !pair.iter().all(|word| COMMON.contains(word))) {
        sequences(words, pair, places);
    }
    let together: String = parts.concat();
    if together.len() < LONG {
        return;
    }
    let mut line = String::new();
    let mut ends = Vec::with_capacity(words.len());
    for word in words {
        line.push_str(&word.form);
        ends.push(line.len());
    }
    for (at, found) in line.match_indices(&together) {
        let first = ends.partition_point(|end| *end <= at);
        let last = ends.partition_point(|end| *end < at + found.len());
        if let (Some(first), Some(last)) = (words.get(first), words.get(last)) {
            places.push(first.place.start..last.place.end);
        }
    }
}

/// What comes first (house and street), and the whole; without the words that only say what follows.
fn address(address: &str, words: &[Word], places: &mut Vec<Range<usize>>) {
    let telling = |form: &str| !GENERIC.contains(&form);
    let heard: Vec<Word> = words
        .iter()
        .filter(|word| telling(&word.form))
        .map(|word| Word { form: word.form.clone(), place: word.place.clone() })
        .collect();
    let has_digit = |form: &str| form.bytes().any(|byte| byte.is_ascii_digit());
    let commas = address.match_indices(',').map(|(at, _)| at).chain([address.len()]);
    let forms: Vec<String> = commas.map(|end| text::search_form(&address[..end])).collect();
    // "Số 12/7, đường Cây Bàng": the number alone is no place.
    let first = forms.iter().find(|form| form.split(' ').any(|form| telling(form) && !has_digit(form)));
    for form in first.into_iter().chain(forms.last()) {
        let wanted: Vec<&str> = form.split(' ').filter(|form| telling(form)).collect();
        // A street of two words alone may be where it happened; with a house number, or longer, it is where she lives.
        let exact = wanted.iter().any(|form| has_digit(form));
        if (wanted.len() > 1 && exact) || wanted.len() > 2 {
            sequences(&heard, &wanted, places);
        }
    }
}

/// Digits of a text in runs, each digit with its place. Up to two signs or spaces between two digits do not end a run.
fn digits(text: &str) -> Vec<Vec<(char, Range<usize>)>> {
    let mut runs: Vec<Vec<(char, Range<usize>)>> = Vec::new();
    let mut between = usize::MAX;
    for (at, c) in text.char_indices() {
        let plain = c.nfkd().next().filter(char::is_ascii_digit);
        match plain {
            Some(digit) => {
                if between > 2 {
                    runs.push(Vec::new());
                }
                if let Some(run) = runs.last_mut() {
                    run.push((digit, at..at + c.len_utf8()));
                }
                between = 0;
            }
            None if c.is_whitespace() || matches!(c, '.' | '-' | '–' | '‑' | '(' | ')' | '/' | ',' | '_') => {
                between = between.saturating_add(1);
            }
            // What shows nothing separates nothing.
            None if text::search_form(&c.to_string()).is_empty() && !c.is_ascii() => {}
            None => between = usize::MAX,
        }
    }
    runs
}

/// The number, without country code or leading zero.
fn number(number: &str, shortest: usize, runs: &[Vec<(char, Range<usize>)>], places: &mut Vec<Range<usize>>) {
    let plain: String = number.nfkd().filter(char::is_ascii_digit).collect();
    let plain = if shortest == 8 { plain.strip_prefix("84").or(plain.strip_prefix('0')).unwrap_or(&plain) } else { &plain };
    if plain.len() < shortest {
        return;
    }
    for run in runs {
        let line: String = run.iter().map(|(digit, _)| *digit).collect();
        places.extend(line.match_indices(plain).map(|(at, found)| {
            let first = if line[..at].ends_with('0') { at - 1 } else { at };
            run[first].1.start..run[at + found.len() - 1].1.end
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sương() -> PetitionerIdentity {
        PetitionerIdentity {
            full_name: "Trịnh Thị Ngọc Sương".into(),
            address: Some("Số 12/7, đường Cây Bàng, phường Vĩnh Hải, Nha Trang".into()),
            phone: Some("0905 123 456".into()),
            national_id: Some("056190012345".into()),
            note: None,
        }
    }

    #[test]
    fn however_it_is_written_it_is_found() {
        let nfd: String = "Chị Trịnh Thị Ngọc Sương khai".nfd().collect();
        for text in [
            "Bà Trịnh Thị Ngọc Sương cho biết",
            "TRỊNH THỊ NGỌC SƯƠNG",
            "trinh thi ngoc suong",
            nfd.as_str(),
            "chị Ngọc Sương",
            "Sương, tức Ngọc-Sương",
            "(Ngọc.Sương)",
            "TrinhThiNgocSuong@example.vn",
            "trinhthingocsuong",
            "Tr\u{200b}ịnh Thị Ngọc Sư\u{ad}ơng",
            "Trịnh\u{a0}Thị\nNgọc\tSương",
            "Trịnh Thị có mặt",
            "gọi 0905123456",
            "gọi 0905.123.456",
            "gọi +84 905-123-456",
            "gọi ０９０５１２３４５６",
            "số 056 190 012 345",
            "CCCD 056190012345.",
            "nhà số 12/7 Cây Bàng",
            "12/7 đường cây bàng",
        ] {
            assert!(!told(&sương(), text).is_empty(), "{text}");
        }
    }

    #[test]
    fn what_tells_of_many_tells_of_nobody() {
        for text in [
            "",
            "Bà Nguyễn Thị Lan chi sai quỹ",
            "sương mù dày trên đèo",
            "Thị Ngọc",
            "bà Thị",
            "phường Vĩnh Hải, Nha Trang",
            "trên đường Cây Bàng",
            "số 12/8 Cây Dừa",
            "chi 905.123.000 đồng ngày 12/7",
            "công văn 12/7",
            "hợp đồng 0561900 ký lần 2",
        ] {
            assert_eq!(told(&sương(), text), Vec::<Range<usize>>::new(), "{text}");
        }
    }

    #[test]
    fn what_is_found_is_taken_out_and_nothing_else() {
        for (text, left) in [
            ("Tôi là Trịnh Thị Ngọc Sương, ở số 12/7 Cây Bàng. Bà Lan chi sai.", "Tôi là […], ở số […]. Bà Lan chi sai."),
            ("Gọi 0905.123.456 nhé", "Gọi […] nhé"),
            ("Không có gì", "Không có gì"),
        ] {
            assert_eq!(redacted(&[sương()], text), left);
        }
        let twice = redacted(&[sương()], "trinhthingocsuong gọi +84905123456");
        assert_eq!(twice, "[…] gọi +84[…]");
        assert!(told(&sương(), &twice).is_empty());
    }

    #[test]
    fn a_name_of_one_word_is_looked_for_as_it_stands() {
        let brôm =
            PetitionerIdentity { full_name: "K’Brôm".into(), address: None, phone: None, national_id: None, note: None };
        assert!(!told(&brôm, "ông K'BRÔM khai").is_empty());
        assert!(told(&brôm, "bà Brông khai").is_empty());
    }
}
