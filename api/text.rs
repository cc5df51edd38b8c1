//! Vietnamese text: how names are stored, searched and sorted.
//!
//! Beside each name the database keeps two things made from it: a [search form] without
//! diacritics and a [sort key] whose bytes compare (`memcmp`) as the names do. Both are written
//! to disk, so both are **a fixed rule of our own**: no locale data of ICU, of the operating
//! system or of the database takes part, and no upgrade reorders an index. Whoever changes a rule
//! here also writes a migration that makes the stored forms anew.
//!
//! The order is that of Vietnamese dictionaries (Vũ Xuân Lương, Vietnam Lexicography Centre,
//! *Quy tắc sắp xếp ABC*):
//!
//! 1. letters: `a ă â b c d đ e ê f g h i j k l m n o ô ơ p q r s t u ư v w x y z`; `ch`, `ng`
//!    and the like are two letters;
//! 2. tones: ngang, huyền, hỏi, ngã, sắc, nặng;
//! 3. **syllable by syllable**, the letters of a syllable before its tone: *ba*, *bà*, *bà ngoại*,
//!    *bản*. (ICU compares the letters of the whole string first; on one syllable both agree.)
//!
//! Ours are: upper and lower case are the same, and so are *Hòa* and *Hoà*; numbers compare by
//! value and stand before letters; other scripts come after `z`, by code point.
//!
//! [search form]: search_form
//! [sort key]: sort_key

use unicode_normalization::{
    UnicodeNormalization,
    char::{compose, is_combining_mark},
};

/// The letters in their order; the other Latin letters stand where English has them.
const ALPHABET: &str = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz";

/// The form in which text is stored: Unicode NFC, without control and zero-width characters,
/// trimmed, each run of white space one space. Case, tone placement and punctuation stay as typed.
/// The result may be empty.
pub fn clean(s: &str) -> String {
    let visible: String = s.chars().filter(|&c| !is_invisible(c)).nfc().collect();
    join(visible.split_whitespace())
}

/// The form in which text is searched: lower case, no diacritics (`đ` is `d`), only letters,
/// digits and single spaces. An apostrophe vanishes (*H'Ên* is `hen`), other punctuation
/// separates (*Bà Rịa-Vũng Tàu* is `ba ria vung tau`). Idempotent; the result may be empty.
pub fn search_form(s: &str) -> String {
    let plain: String = folded(s)
        .filter(|&c| !is_combining_mark(c))
        .map(|c| match c {
            'đ' => 'd',
            c if c.is_alphanumeric() => c,
            _ => ' ',
        })
        .collect();
    join(plain.split_whitespace())
}

/// The sort key of a whole string, for names of units: *Chi hội 2* < *Chi hội 2A* < *Chi hội 10*.
/// Compare the bytes; a key that is the beginning of another comes first. Strings that differ only
/// in case, punctuation, leading zeros or tone placement share a key.
pub fn sort_key(s: &str) -> Vec<u8> {
    Key::of(s).bytes
}

/// The sort key of a person: the given name, which is the last syllable, with its tone, then
/// family and middle names, as lists of people are ordered in Viet Nam.
/// *Trần Thị Ánh* < *Nguyễn Thị Lan* < *Trần Lan* < *Cao Thị Lân*.
///
/// A name in another order (*H'Hen Niê*, where *Niê* is the family) sorts by its last syllable too,
/// as it does in those lists.
pub fn person_sort_key(full_name: &str) -> Vec<u8> {
    let mut key = Key::of(full_name);
    key.bytes.rotate_left(key.last_syllable);
    key.bytes
}

/// A sort key: for each syllable its letters and numbers, then one byte for its tone.
///
/// | bytes     | meaning                                                              |
/// |-----------|----------------------------------------------------------------------|
/// | `01`–`06` | tone; ends the syllable. Below all else, so *an* < *anh* at any tone |
/// | `10`–`7E` | number: count of its digits (zeros in front aside), then the digits  |
/// | `7F`      | 111 digits more than the next byte counts                            |
/// | `80`–`A0` | letter, by its place in [`ALPHABET`]                                 |
/// | `C2`–`F4` | letter of another alphabet, in UTF-8                                 |
///
/// No element is the beginning of another, so the keys order as their elements do.
struct Key {
    bytes: Vec<u8>,
    /// Where the last syllable begins.
    last_syllable: usize,
}

/// The byte for the tone ngang, which has no mark.
const NGANG: u8 = 1;
/// The byte for a number of no digits, that is zero.
const ZERO: u8 = 0x10;
/// The byte for as many digits as there are bytes below it, with more to be counted.
const MANY: u8 = 0x7F;
/// The byte for the letter `a`.
const LETTER_A: u8 = 0x80;

impl Key {
    fn of(s: &str) -> Key {
        // Marks follow their letter, in any order that was typed; a shape makes another letter
        // of it, a tone belongs to the syllable, other marks (ñ, ö) have no place in the order.
        let mut syllables: Vec<(Vec<char>, u8)> = vec![(Vec::new(), NGANG)];
        for c in folded(s) {
            let Some((letters, tone)) = syllables.last_mut() else {
                break;
            };
            if let Some(t) = tone_of(c) {
                if *tone == NGANG && !letters.is_empty() {
                    *tone = t;
                }
            } else if is_combining_mark(c) {
                if let Some(letter) = letters.last_mut() {
                    *letter = shaped(*letter, c);
                }
            } else if c.is_alphanumeric() {
                letters.push(c);
            } else {
                syllables.push((Vec::new(), NGANG));
            }
        }

        let mut key = Key { bytes: Vec::with_capacity(2 * s.len()), last_syllable: 0 };
        for (letters, tone) in syllables.iter().filter(|(letters, _)| !letters.is_empty()) {
            key.last_syllable = key.bytes.len();
            let same_kind = |a: &char, b: &char| a.is_ascii_digit() && b.is_ascii_digit();
            for run in letters.chunk_by(same_kind) {
                if run[0].is_ascii_digit() {
                    key.push_number(run);
                } else {
                    key.push_letter(run[0]);
                }
            }
            key.bytes.push(*tone);
        }
        key
    }

    fn push_letter(&mut self, c: char) {
        match (LETTER_A..).zip(ALPHABET.chars()).find(|&(_, letter)| letter == c) {
            Some((byte, _)) => self.bytes.push(byte),
            None => self.bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }

    fn push_number(&mut self, digits: &[char]) {
        let zeros = digits.iter().take_while(|&&c| c == '0').count();
        let digits = &digits[zeros..];
        let span = usize::from(MANY - ZERO);
        self.bytes.extend(std::iter::repeat_n(MANY, digits.len() / span));
        self.bytes.extend((ZERO..).nth(digits.len() % span));
        self.bytes.extend(digits.iter().map(|&c| c as u8));
    }
}

/// What both forms start from: compatibility decomposition (full-width digits, ligatures) in
/// lower case, without characters that show nothing and without apostrophes. Eth (`ð`), which old
/// keyboards gave for `đ`, is `đ`.
fn folded(s: &str) -> impl Iterator<Item = char> {
    let shown = |c: &char| !is_invisible(*c) && !is_apostrophe(*c);
    s.nfc().filter(shown).nfkd().flat_map(char::to_lowercase).nfkd().filter(shown).map(|c| if c == 'ð' { 'đ' } else { c })
}

/// The byte of a tone, 2 to 6, if `mark` is one.
fn tone_of(mark: char) -> Option<u8> {
    match mark {
        '\u{300}' => Some(2), // huyền
        '\u{309}' => Some(3), // hỏi
        '\u{303}' => Some(4), // ngã
        '\u{301}' => Some(5), // sắc
        '\u{323}' => Some(6), // nặng
        _ => None,
    }
}

/// The letter of the alphabet that `mark` (circumflex, breve, horn) makes of `letter`; any other
/// mark changes nothing.
fn shaped(letter: char, mark: char) -> char {
    compose(letter, mark).filter(|&c| ALPHABET.contains(c)).unwrap_or(letter)
}

/// Control and zero-width characters, which come along when text is pasted. White space is not
/// among them.
fn is_invisible(c: char) -> bool {
    (c.is_control() && !c.is_whitespace())
        || matches!(c,
            '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
            | '\u{E0000}'..='\u{E0FFF}')
}

/// What is typed as an apostrophe in names of the highlands (*H'Ên*, *K’Brôm*).
fn is_apostrophe(c: char) -> bool {
    matches!(c,
        '\'' | '`' | '´' | '‘' | '’' | '‛' | '′' | '＇'
        | '\u{2B9}'..='\u{2BF}' | '\u{2C8}'..='\u{2CB}')
}

fn join<'a>(mut words: impl Iterator<Item = &'a str>) -> String {
    let mut text = words.next().unwrap_or_default().to_owned();
    for word in words {
        text.push(' ');
        text.push_str(word);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use icu_collator::{Collator, CollatorBorrowed, options::CollatorOptions};
    use icu_locale_core::locale;
    use proptest::prelude::*;

    fn nfd(s: &str) -> String {
        s.nfd().collect()
    }

    /// Asserts that each string sorts after the one before it.
    fn ascending(key: fn(&str) -> Vec<u8>, list: &[&str]) {
        for pair in list.windows(2) {
            assert!(key(pair[0]) < key(pair[1]), "{} < {}", pair[0], pair[1]);
        }
    }

    #[test]
    fn cleans() {
        let cases = [
            ("", ""),
            (" \t\u{a0}\u{200b} ", ""),
            ("  Nguyễn \n Thị\u{a0}\u{3000}Hòa ", "Nguyễn Thị Hòa"),
            ("Hoa\u{300}", "Hoà"),
            ("Ho\u{200d}\u{300}a", "Hòa"),
            ("\u{feff}Lan\u{ad} \u{202a}Anh\u{202c}\0\u{7f}", "Lan Anh"),
            ("H’Ên  Niê", "H’Ên Niê"),
            ("một\r\n\r\nhai\u{2028}ba\u{85}bốn", "một hai ba bốn"),
        ];
        for (input, expected) in cases {
            assert_eq!(clean(input), expected, "{input:?}");
        }
        assert_eq!(clean(&nfd("Nguyễn Thị Hường")), "Nguyễn Thị Hường");
    }

    #[test]
    fn folds_for_search() {
        let cases = [
            ("", ""),
            (" .-' ", ""),
            ("Nguyễn Thị Hoà", "nguyen thi hoa"),
            ("NGUYỄN THỊ HÒA", "nguyen thi hoa"),
            ("nguyen thi hoa", "nguyen thi hoa"),
            ("Đặng Thị Đào", "dang thi dao"),
            ("Ðặng", "dang"), // U+00D0, eth
            ("H'Ên", "hen"),
            ("H’Ên", "hen"),
            ("H´Ên", "hen"),
            ("H\u{1ffd}Ên", "hen"), // its NFC is U+00B4
            ("Hʼên", "hen"),
            ("P.Phước Tiến (cũ)", "p phuoc tien cu"),
            ("Bà Rịa - Vũng Tàu", "ba ria vung tau"),
            ("Bà Rịa-Vũng Tàu", "ba ria vung tau"),
            ("Chi hội 02/Tổ 3", "chi hoi 02 to 3"),
            ("Ｃｈｉ hội １２", "chi hoi 12"),
            ("Êđê: Ñŭ Ơ̆ng", "ede nu ong"),
            ("a\u{200b}b", "ab"),
        ];
        for (input, expected) in cases {
            assert_eq!(search_form(input), expected, "{input:?}");
            assert_eq!(search_form(&nfd(input)), expected, "NFD of {input:?}");
        }
    }

    #[test]
    fn sorts_letters_and_tones() {
        let letters: Vec<String> = ALPHABET.chars().map(String::from).collect();
        ascending(sort_key, &letters.iter().map(String::as_str).collect::<Vec<_>>());
        ascending(sort_key, &["", "0", "9", "10", "a", "z", "ß", "я", "中"]);
        for vowel in [
            "aàảãáạ",
            "ăằẳẵắặ",
            "âầẩẫấậ",
            "eèẻẽéẹ",
            "êềểễếệ",
            "iìỉĩíị",
            "oòỏõóọ",
            "ôồổỗốộ",
            "ơờởỡớợ",
            "uùủũúụ",
            "ưừửữứự",
            "yỳỷỹýỵ",
        ] {
            let tones: Vec<String> = vowel.chars().map(|c| format!("B{c}n")).collect();
            ascending(sort_key, &tones.iter().map(String::as_str).collect::<Vec<_>>());
        }
        ascending(sort_key, &["ba", "bà", "bà ngoại", "bả", "bán", "bang", "bành", "băng", "bâng"]);
        ascending(sort_key, &["tuân thủ", "tuần chay"]);
        ascending(sort_key, &["Cà Ná", "Cam Ranh", "Diên Khánh", "Đại Lãnh", "Ea", "Nha Trang", "Ninh Hòa"]);
    }

    #[test]
    fn sorts_numbers_by_value() {
        ascending(sort_key, &["Chi hội", "Chi hội 1", "Chi hội 2", "Chi hội 2A", "Chi hội 10", "Chi hội A"]);
        ascending(sort_key, &["Tổ 1-9", "Tổ 1-10", "Tổ 2", "Tổ 2/1", "Tổ 21"]);
        let long = |n: usize| "9".repeat(n);
        ascending(sort_key, &[&long(110), &long(111), &format!("1{}", "0".repeat(111)), &long(112), &long(300)]);
        assert_eq!(sort_key("Chi hội 02"), sort_key("chi hội 2"));
        assert_eq!(sort_key("Tổ 0"), sort_key("Tổ 000"));
    }

    #[test]
    fn tone_placement_case_and_punctuation_do_not_sort() {
        let same = [
            ("Hòa", "Hoà"),
            ("THUÝ", "Thúy"),
            ("Quý", "Qúy"),
            ("H'Ên", "hên"),
            ("Vạn  Thắng.", "Vạn Thắng"),
            ("Ðặng", "Đặng"),
            ("â\u{301}", "a\u{301}\u{302}"), // marks in the wrong order
        ];
        for (a, b) in same {
            assert_eq!(sort_key(a), sort_key(b), "{a} {b}");
        }
    }

    #[test]
    fn sorts_people_by_given_name() {
        ascending(
            person_sort_key,
            &[
                "",
                "Trần Thị Ánh",
                "Lê Thị Ân",
                "Nguyễn Thị Hoa",
                "Hòa",
                "Bùi Thị Hòa",
                "Đỗ Hoà",
                "Đỗ Thị Hòa",
                "Lê Thị Hóa",
                "Vũ Thị Hoan",
                "Nguyễn Lan",
                "Nguyễn Thị Lan",
                "Nguyễn Thị Ngọc Lan",
                "Trần Lan",
                "Cao Thị Lân",
            ],
        );
        assert_eq!(person_sort_key("Đỗ Thị Hòa"), sort_key("Hoà đỗ thị"));
        assert_eq!(person_sort_key(" Lan "), sort_key("Lan"));
    }

    fn vietnamese() -> CollatorBorrowed<'static> {
        Collator::try_new(locale!("vi").into(), CollatorOptions::default()).unwrap()
    }

    /// Syllables as they are spelt, the tone always on the same letter of a rhyme, because ICU
    /// tells *hoà* from *hòa* and we do not. Lower case for the same reason.
    fn syllable() -> impl Strategy<Value = String> {
        const ONSETS: &[&str] = &[
            "", "b", "c", "ch", "d", "đ", "g", "gh", "h", "kh", "l", "m", "n", "ng", "ngh", "nh", "p", "ph", "r", "s", "t", "th",
            "tr", "v", "x",
        ];
        const RHYMES: &[&str] = &[
            "a*", "ă*n", "â*u", "a*nh", "e*", "ê*", "iê*n", "i*ch", "o*", "oa*", "oa*n", "ô*ng", "ơ*", "u*", "uâ*n", "uyê*n",
            "ư*", "ươ*ng", "y*",
        ];
        const TONES: &[&str] = &["", "\u{300}", "\u{309}", "\u{303}", "\u{301}", "\u{323}"];
        use prop::sample::select;
        (select(ONSETS), select(RHYMES), select(TONES))
            .prop_map(|(onset, rhyme, tone)| format!("{onset}{}", rhyme.replace('*', tone)).nfc().collect())
    }

    #[test]
    fn agrees_with_icu_on_given_names() {
        let names = [
            "an",
            "anh",
            "ánh",
            "ái",
            "ân",
            "bích",
            "cúc",
            "chi",
            "diễm",
            "dung",
            "duyên",
            "đào",
            "giang",
            "hà",
            "hạ",
            "hải",
            "hạnh",
            "hằng",
            "hân",
            "hậu",
            "hiền",
            "hoa",
            "hồng",
            "huệ",
            "hương",
            "hường",
            "khánh",
            "kiều",
            "lan",
            "lân",
            "lê",
            "lệ",
            "liên",
            "liễu",
            "linh",
            "loan",
            "lộc",
            "ly",
            "mai",
            "minh",
            "mỹ",
            "my",
            "nga",
            "ngà",
            "ngân",
            "ngọc",
            "nguyệt",
            "nhàn",
            "nhung",
            "oanh",
            "phúc",
            "phụng",
            "phương",
            "phượng",
            "quyên",
            "quỳnh",
            "sen",
            "sương",
            "tâm",
            "thanh",
            "thành",
            "thảo",
            "thắm",
            "thu",
            "thư",
            "trang",
            "trâm",
            "trinh",
            "tú",
            "tuyết",
            "uyên",
            "vân",
            "vy",
            "xuân",
            "yến",
        ];
        let icu = vietnamese();
        for a in names {
            for b in names {
                assert_eq!(sort_key(a).cmp(&sort_key(b)), icu.compare(a, b), "{a} {b}");
            }
        }
    }

    proptest! {
        #[test]
        fn agrees_with_icu_on_a_syllable(a in syllable(), b in syllable()) {
            prop_assert_eq!(sort_key(&a).cmp(&sort_key(&b)), vietnamese().compare(&a, &b));
        }

        #[test]
        fn agrees_with_icu_on_one_letter_and_tone(onset in "[bclmnt]", pair in "[aăâeêioôơuưy]{2}",
            tones in prop::sample::subsequence(vec!["", "\u{300}", "\u{309}", "\u{303}", "\u{301}", "\u{323}"], 2))
        {
            let words: Vec<String> =
                pair.chars().zip(tones).map(|(v, t)| format!("{onset}{v}{t}").nfc().collect()).collect();
            prop_assert_eq!(sort_key(&words[0]).cmp(&sort_key(&words[1])), vietnamese().compare(&words[0], &words[1]));
        }

        #[test]
        fn forms_are_idempotent(s in any::<String>()) {
            let (cleaned, form) = (clean(&s), search_form(&s));
            prop_assert_eq!(clean(&cleaned), &cleaned[..]);
            prop_assert_eq!(search_form(&form), &form[..]);
            prop_assert_eq!(search_form(&cleaned), form);
        }

        #[test]
        fn forms_ignore_normalisation(s in any::<String>()) {
            let (c, d): (String, String) = (s.nfc().collect(), s.nfd().collect());
            prop_assert_eq!(clean(&c), clean(&d));
            prop_assert_eq!(search_form(&c), search_form(&d));
            prop_assert_eq!(sort_key(&c), sort_key(&d));
            prop_assert_eq!(person_sort_key(&c), person_sort_key(&d));
        }

        #[test]
        fn the_same_key_means_the_same_words(a in "[aăeêdđ ]{0,4}", b in "[aăeêdđ ]{0,4}") {
            prop_assert_eq!(clean(&a) == clean(&b), sort_key(&a) == sort_key(&b));
        }

        /// A string comes before what continues it, and keys of whole syllables chain.
        #[test]
        fn a_prefix_comes_first(a in syllable(), b in syllable(), c in syllable()) {
            let two = format!("{a} {b}");
            prop_assert!(sort_key(&a) < sort_key(&two));
            prop_assert_eq!([sort_key(&a), sort_key(&b)].concat(), sort_key(&two));
            if sort_key(&a) != sort_key(&c) {
                let three = format!("{c} {b}");
                prop_assert_eq!(sort_key(&a) < sort_key(&c), sort_key(&two) < sort_key(&three));
            }
        }

        #[test]
        fn numbers_order_by_value(a in any::<u64>(), b in any::<u64>(), zeros in 0usize..4) {
            let name = |n: u64| sort_key(&format!("Chi hội {}{n}", "0".repeat(zeros)));
            prop_assert_eq!(name(a).cmp(&sort_key(&format!("Chi hội {b}"))), a.cmp(&b));
        }
    }
}
