//! Words that stand in answers and are no enumeration of a type: names of actions, of what is recorded in the audit trail,
//! of warnings and of what is wrong with a field. People see them, so each has a label in both languages.
//!
//! Tests find a word without one: in the source, and in every answer to a test (tests/http/support/contract.rs).

mod attachments;
mod calendar;
mod complaints;
mod general;
mod inspections;
mod trainings;
mod vault;

use super::{Code, CodeList};

/// The lists.
pub static WORDS: &[CodeList] = &[
    CodeList { name: "allowed_actions", codes: &join::<{ count(&ALLOWED_ACTIONS) }>(&ALLOWED_ACTIONS) },
    CodeList { name: "audit_actions", codes: &join::<{ count(&AUDIT_ACTIONS) }>(&AUDIT_ACTIONS) },
    CodeList { name: "audit_resources", codes: &join::<{ count(&AUDIT_RESOURCES) }>(&AUDIT_RESOURCES) },
    CodeList { name: "warnings", codes: &join::<{ count(&WARNINGS) }>(&WARNINGS) },
    CodeList { name: "field_errors", codes: &join::<{ count(&FIELD_ERRORS) }>(&FIELD_ERRORS) },
    ACTOR_KINDS,
];

/// How many words there are in these lists.
const fn count(parts: &[&[Code]]) -> usize {
    let (mut sum, mut part) = (0, 0);
    while part < parts.len() {
        sum += parts[part].len();
        part += 1;
    }
    sum
}

/// These lists as one, made by the compiler.
const fn join<const N: usize>(parts: &[&[Code]]) -> [Code; N] {
    let mut all = [word("", "", ""); N];
    let (mut place, mut part) = (0, 0);
    while part < parts.len() {
        let mut at = 0;
        while at < parts[part].len() {
            all[place] = parts[part][at];
            place += 1;
            at += 1;
        }
        part += 1;
    }
    all
}

/// Labels of buttons: `allowed_actions[].action`.
const ALLOWED_ACTIONS: [&[Code]; 7] = [
    general::ALLOWED_ACTIONS,
    trainings::ALLOWED_ACTIONS,
    inspections::ALLOWED_ACTIONS,
    complaints::ALLOWED_ACTIONS,
    attachments::ALLOWED_ACTIONS,
    calendar::ALLOWED_ACTIONS,
    vault::ALLOWED_ACTIONS,
];

/// `action` of the audit trail.
const AUDIT_ACTIONS: [&[Code]; 7] = [
    general::AUDIT_ACTIONS,
    trainings::AUDIT_ACTIONS,
    inspections::AUDIT_ACTIONS,
    complaints::AUDIT_ACTIONS,
    attachments::AUDIT_ACTIONS,
    calendar::AUDIT_ACTIONS,
    vault::AUDIT_ACTIONS,
];

/// `resource` of the audit trail.
const AUDIT_RESOURCES: [&[Code]; 7] = [
    general::AUDIT_RESOURCES,
    trainings::AUDIT_RESOURCES,
    inspections::AUDIT_RESOURCES,
    complaints::AUDIT_RESOURCES,
    attachments::AUDIT_RESOURCES,
    calendar::AUDIT_RESOURCES,
    vault::AUDIT_RESOURCES,
];

/// `warnings[].code` of 409 `confirmation_required`.
const WARNINGS: [&[Code]; 7] = [
    general::WARNINGS,
    trainings::WARNINGS,
    inspections::WARNINGS,
    complaints::WARNINGS,
    attachments::WARNINGS,
    calendar::WARNINGS,
    vault::WARNINGS,
];

/// `errors[].code`: what is wrong with a field, a parameter or a header. In a form, `detail` says it of the value itself.
const FIELD_ERRORS: [&[Code]; 7] = [
    general::FIELD_ERRORS,
    trainings::FIELD_ERRORS,
    inspections::FIELD_ERRORS,
    complaints::FIELD_ERRORS,
    attachments::FIELD_ERRORS,
    calendar::FIELD_ERRORS,
    vault::FIELD_ERRORS,
];

const fn word(code: &'static str, vi: &'static str, en: &'static str) -> Code {
    Code { code, vi, en }
}

/// `actor_kind` of the audit trail, and `kind` of `GET /me`.
const ACTOR_KINDS: CodeList = CodeList {
    name: "actor_kinds",
    codes: &[
        word("account", "Người dùng", "Account"),
        word("service", "Phần mềm", "Service"),
        word("system", "Hệ thống", "The system itself"),
        word("anonymous", "Chưa đăng nhập", "Not signed in"),
    ],
};

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, path::Path};

    use super::*;

    fn sources(folder: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                sources(&entry, found);
            } else if entry.extension().is_some_and(|end| end == "rs")
                && !entry.ends_with("tests.rs")
                && !entry.parent().is_some_and(|folder| folder.ends_with("words"))
            {
                let text = std::fs::read_to_string(&entry).unwrap();
                found.push(text.split("#[cfg(test)]").next().unwrap().to_owned());
            }
        }
    }

    /// The one or two texts in quotes that each call of `name` begins with.
    fn calls<'t>(texts: &'t [String], name: &'t str) -> impl Iterator<Item = Vec<&'t str>> {
        texts.iter().flat_map(move |text| text.split(name).skip(1)).map(|rest| {
            let pieces: Vec<&str> = rest.split('"').take(4).collect();
            match pieces.as_slice() {
                [before, ..] if before.contains([')', ';']) => Vec::new(),
                [_, one, between, two] if between.trim().trim_start_matches(')') == "," => vec![*one, *two],
                [_, one, ..] => vec![*one],
                _ => Vec::new(),
            }
        })
    }

    fn is_word(text: &str) -> bool {
        text.len() > 2 && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    }

    fn lacking(list: &[&[Code]], words: impl IntoIterator<Item = impl AsRef<str>>) -> BTreeSet<String> {
        let known = |word: &str| list.iter().copied().flatten().any(|code| code.code == word);
        words.into_iter().map(|word| word.as_ref().to_owned()).filter(|word| is_word(word) && !known(word)).collect()
    }

    #[test]
    fn every_word_of_the_source_has_its_labels() {
        let mut texts = Vec::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("api"), &mut texts);
        let nothing = BTreeSet::<String>::new();
        // `Change::new("create", "members", …)`
        let written = |place: usize| {
            texts.iter().flat_map(|text| text.split("Change::new(\"").skip(1)).filter_map(move |rest| rest.split('"').nth(place))
        };
        assert!(written(0).count() > 25, "{:?}", written(0).collect::<Vec<_>>());
        assert_eq!(lacking(&AUDIT_ACTIONS, written(0)), nothing);
        assert_eq!(lacking(&AUDIT_RESOURCES, written(2)), nothing);
        let acts = texts.iter().flat_map(|text| text.split("act(\"").skip(1).chain(text.split("post(\"").skip(1)));
        let acts: Vec<&str> =
            acts.filter_map(|rest| rest.split_once('"').map(|(word, _)| word)).filter(|word| is_word(word)).collect();
        assert!(acts.len() > 15, "{acts:?}");
        assert_eq!(lacking(&ALLOWED_ACTIONS, acts), nothing);
        // Steps of the machines have no call of their own.
        let steps: Vec<&str> = crate::machine::all().flat_map(|machine| machine.actions()).collect();
        assert_eq!(lacking(&ALLOWED_ACTIONS, &steps), nothing);
        assert_eq!(lacking(&AUDIT_ACTIONS, &steps), nothing);
        let warnings = texts.iter().flat_map(|text| text.split("Warning {").skip(1)).filter_map(|rest| {
            let (_, code) = rest.split_once("code: \"")?;
            code.split('"').next()
        });
        assert_eq!(lacking(&WARNINGS, warnings), nothing);
        // The pointer or name comes first, where it is written out; the code is the next word.
        for (call, first) in [
            ("Problem::field(", true),
            ("Problem::conflict(", true),
            ("FieldError::body(", true),
            ("Problem::parameter(", false),
            ("FieldError::header(", false),
            (" rule(", true),
        ] {
            let words = calls(&texts, call).filter_map(|words| match words.as_slice() {
                [one, ..] if first && is_word(one) => Some(*one),
                [_, two] => Some(*two),
                _ => None,
            });
            assert_eq!(lacking(&FIELD_ERRORS, words), nothing, "{call}");
        }
    }
}
