//! Every enumeration with its labels in both languages, so that no front end hard-codes Vietnamese.
//!
//! Lists that the program decides by are enumerations ([`code_list!`](crate::code_list)); lists that are only kept
//! and shown (ethnic groups, religions, occupations) are [`data`]; words that are no type of their own are `words`. A new enumeration adds its line to [`OWN`] or to the
//! list of its resource.

pub mod data;
mod define;
mod routes;
mod words;

pub(crate) use routes::{configure, fixed, tag};

/// One value of a list.
#[derive(Clone, Copy, Debug)]
pub struct Code {
    pub code: &'static str,
    pub vi: &'static str,
    pub en: &'static str,
}

/// A list under its name.
#[derive(Clone, Copy, Debug)]
pub struct CodeList {
    pub name: &'static str,
    pub codes: &'static [Code],
}

/// Every enumeration of the service.
pub fn all() -> impl Iterator<Item = &'static CodeList> {
    [
        OWN,
        crate::officers::CODE_LISTS,
        crate::trainings::CODE_LISTS,
        crate::inspections::CODE_LISTS,
        crate::complaints::CODE_LISTS,
        crate::attachments::CODE_LISTS,
        crate::calendar::CODE_LISTS,
        crate::machine::CODE_LISTS,
        words::WORDS,
    ]
    .into_iter()
    .flatten()
}

/// Those that are not listed by their resource itself.
static OWN: &[CodeList] = &[
    crate::access::AccountStatus::LIST,
    crate::access::Action::LIST,
    crate::access::ClientKind::LIST,
    crate::access::Resource::LIST,
    crate::access::Role::LIST,
    crate::access::RoleAssignmentStatus::LIST,
    crate::http::Code::LIST,
    crate::members::AdmissionKind::LIST,
    crate::members::DepartureKind::LIST,
    crate::members::MemberEventKind::LIST,
    crate::members::MemberKind::LIST,
    crate::members::MemberStatus::LIST,
    crate::members::ResidenceKind::LIST,
    crate::members::Sex::LIST,
    crate::members::SpecialGroup::LIST,
    crate::units::Trait::LIST,
    crate::units::UnitKind::LIST,
    crate::units::UnitStatus::LIST,
    crate::units::bodies::UnitBodyKind::LIST,
    crate::units::external_ids::ExternalIdScheme::LIST,
    crate::units::populations::NoRateReason::LIST,
    crate::units::populations::PopulationBasis::LIST,
    crate::units::supports::UnitSupportStatus::LIST,
];

#[cfg(test)]
mod tests {
    use std::{
        collections::{BTreeSet, HashSet},
        path::Path,
    };

    use super::*;

    /// Names of the lists that the source defines: `Name in "list" {`.
    fn defined(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                defined(&entry, found);
            } else if entry.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&entry).unwrap();
                for (_, list) in text.split("code_list! {").skip(1).filter_map(|rest| rest.split_once(" in \"")) {
                    found.insert(list.split('"').next().unwrap().to_owned());
                }
            }
        }
    }

    #[test]
    fn every_enumeration_of_the_source_is_served() {
        let mut found = BTreeSet::new();
        defined(&Path::new(env!("CARGO_MANIFEST_DIR")).join("api"), &mut found);
        found.extend(words::WORDS.iter().map(|list| list.name.to_owned()));
        let served: BTreeSet<String> = all().map(|list| list.name.to_owned()).collect();
        assert_eq!(served, found, "add the enumeration to code_lists");
        assert_eq!(served.len(), all().count(), "two lists of one name");
    }

    #[test]
    fn every_code_is_there_once_and_has_two_labels() {
        for list in all().copied().chain(data::ALL.iter().map(|list| list.as_code_list())) {
            let codes: HashSet<&str> = list.codes.iter().map(|code| code.code).collect();
            assert_eq!(codes.len(), list.codes.len(), "{}", list.name);
            assert!(list.codes.iter().all(|code| !code.vi.is_empty() && !code.en.is_empty()), "{}", list.name);
        }
    }
}
