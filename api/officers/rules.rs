//! Pure rules of officers.

use chrono::NaiveDate;

use super::model::{
    GeneralEducationLevel, PoliticalTheoryLevel, Post, ProfessionalLevel, QualificationKind, QualificationLevel, StandardItem,
};
use crate::{
    calendar::within,
    http::{Locale, Problem, Result, Text},
    members::birth::BirthDate,
    units::{Trait, UnitKind},
};

/// Which post there is in which kind of unit.
pub const fn may_be_held_in(post: Post, kind: UnitKind) -> bool {
    match kind {
        UnitKind::Province | UnitKind::District | UnitKind::Affiliated | UnitKind::Base => matches!(
            post,
            Post::President
                | Post::VicePresident
                | Post::StandingMember
                | Post::CommitteeMember
                | Post::InspectionHead
                | Post::InspectionMember
                | Post::DepartmentHead
                | Post::Specialist
        ),
        UnitKind::Branch => matches!(post, Post::BranchHead | Post::BranchDeputy),
        UnitKind::Group => matches!(post, Post::GroupHead | Post::GroupDeputy),
        UnitKind::Club | UnitKind::Team => matches!(post, Post::ClubHead),
    }
}

/// Whether a unit has one holder of it at a time. (The unique index `appointments_one_head` says the same.)
pub const fn is_single(post: Post) -> bool {
    matches!(post, Post::President | Post::InspectionHead | Post::BranchHead | Post::GroupHead | Post::ClubHead)
}

/// The post that a unit of this kind must not be without.
pub const fn obligatory(kind: UnitKind) -> Option<Post> {
    match kind {
        UnitKind::Province | UnitKind::District | UnitKind::Affiliated | UnitKind::Base => Some(Post::President),
        UnitKind::Branch => Some(Post::BranchHead),
        UnitKind::Group => Some(Post::GroupHead),
        UnitKind::Club | UnitKind::Team => None,
    }
}

/// A period `[from, to)` must have a day in it.
pub fn check_period(pointer: &str, from: NaiveDate, to: Option<NaiveDate>) -> Result<()> {
    if to.is_some_and(|to| to <= from) {
        return Err(Problem::field(
            pointer,
            "before_start",
            format!("Phải sau ngày bắt đầu ({from})"),
            format!("Must be after the first day ({from})"),
        ));
    }
    Ok(())
}

/// A day that has come, and not before the union was founded (1930).
pub fn check_past_day(pointer: &str, day: NaiveDate, today: NaiveDate) -> Result<()> {
    if day > today {
        return Err(Problem::field(pointer, "in_the_future", "Không được ở tương lai", "Must not be in the future"));
    }
    check_day(pointer, day)
}

/// A day between the founding of the union (1930) and the end of the century.
pub fn check_day(pointer: &str, day: NaiveDate) -> Result<()> {
    let founded = NaiveDate::from_ymd_opt(1930, 10, 20).unwrap_or(NaiveDate::MIN);
    let last = NaiveDate::from_ymd_opt(2100, 1, 1).unwrap_or(NaiveDate::MAX);
    if day < founded {
        return Err(Problem::field(pointer, "too_early", "Không được trước ngày 20/10/1930", "Must not be before 1930-10-20"));
    }
    if day > last {
        return Err(Problem::field(pointer, "too_late", "Không được sau ngày 01/01/2100", "Must not be after 2100-01-01"));
    }
    Ok(())
}

/// Whether `[a, a_to)` and `[b, b_to)` share a day.
pub fn overlap(a: NaiveDate, a_to: Option<NaiveDate>, b: NaiveDate, b_to: Option<NaiveDate>) -> bool {
    b_to.is_none_or(|end| a < end) && a_to.is_none_or(|end| b < end)
}

impl QualificationKind {
    /// Whether it is a certificate, which has no level.
    pub const fn is_certificate(self) -> bool {
        !matches!(self, Self::GeneralEducation | Self::Professional | Self::PoliticalTheory)
    }

    /// Whether this level is one of this kind.
    pub fn has_level(self, level: QualificationLevel) -> bool {
        match self {
            Self::GeneralEducation => level.as_str().parse::<GeneralEducationLevel>().is_ok(),
            Self::Professional => level.as_str().parse::<ProfessionalLevel>().is_ok(),
            Self::PoliticalTheory => level.as_str().parse::<PoliticalTheoryLevel>().is_ok(),
            _ => false,
        }
    }
}

/// A level belongs to its kind: studies have one, certificates none.
pub fn check_level(kind: QualificationKind, level: Option<QualificationLevel>) -> Result<()> {
    match level {
        None if !kind.is_certificate() => Err(Problem::field(
            "/level",
            "required",
            format!("{} phải có trình độ", kind.label(Locale::Vi)),
            format!("{} must have a level", kind.label(Locale::En)),
        )),
        Some(_) if kind.is_certificate() => {
            Err(Problem::field("/level", "not_for_certificates", "Chứng chỉ không có trình độ", "A certificate has no level"))
        }
        Some(level) if !kind.has_level(level) => Err(Problem::field(
            "/level",
            "wrong_level",
            format!("{} không phải trình độ của {}", level.label(Locale::Vi), kind.label(Locale::Vi)),
            format!("{level} is no level of {kind}"),
        )),
        _ => Ok(()),
    }
}

/// What a post asks of who holds it.
#[derive(Clone, Debug)]
pub struct Standard {
    pub post: Post,
    pub unit_kind: UnitKind,
    pub trait_code: Option<Trait>,
    pub valid_from: NaiveDate,
    pub valid_to: Option<NaiveDate>,
    pub min_general_education: Option<GeneralEducationLevel>,
    pub min_professional: Option<ProfessionalLevel>,
    pub min_political_theory: Option<PoliticalTheoryLevel>,
    pub required_certificates: Vec<QualificationKind>,
    pub max_age_first_term: Option<i64>,
}

/// The place in `standards` of the one that counts for a post on a day: one for a trait that the unit has goes before
/// the general one, a younger one before an older one.
pub fn standard_for<'s>(
    standards: impl Iterator<Item = &'s Standard>,
    post: Post,
    unit_kind: UnitKind,
    traits: &[Trait],
    day: NaiveDate,
) -> Option<usize> {
    standards
        .enumerate()
        .filter(|(_, standard)| standard.post == post && standard.unit_kind == unit_kind)
        .filter(|(_, standard)| within(day, standard.valid_from, standard.valid_to))
        .filter(|(_, standard)| standard.trait_code.is_none_or(|wanted| traits.contains(&wanted)))
        .max_by_key(|(_, standard)| (standard.trait_code.is_some(), standard.valid_from, standard.trait_code))
        .map(|(index, _)| index)
}

/// A qualification, as far as a standard looks at it.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    pub kind: QualificationKind,
    pub level: Option<QualificationLevel>,
    pub obtained_on: NaiveDate,
    pub withdrawn_on: Option<NaiveDate>,
}

/// Who holds the post, as far as a standard looks at her.
#[derive(Clone, Copy, Debug)]
pub struct Holder<'k> {
    pub birth: BirthDate,
    /// The day on which she came to the post for the first time, if the appointment in question is that one.
    pub first_term_from: Option<NaiveDate>,
    pub qualifications: &'k [Known],
}

/// One thing that a standard asks for and that is not there. Codes, with words made by [`Gap::label`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Gap {
    GeneralEducation { required: GeneralEducationLevel, found: Option<GeneralEducationLevel> },
    Professional { required: ProfessionalLevel, found: Option<ProfessionalLevel> },
    PoliticalTheory { required: PoliticalTheoryLevel, found: Option<PoliticalTheoryLevel> },
    Certificate { required: QualificationKind },
    AgeFirstTerm { at_most: i64, was: i64 },
}

/// Exactly what is missing on a day; nothing: the standard is met. What is not recorded is not there.
pub fn missing(standard: &Standard, holder: Holder<'_>, day: NaiveDate) -> Vec<Gap> {
    let counted = || holder.qualifications.iter().filter(|known| within(day, known.obtained_on, known.withdrawn_on));
    let mut gaps = Vec::new();
    if let Some(required) = standard.min_general_education {
        let found = highest::<GeneralEducationLevel>(counted(), QualificationKind::GeneralEducation);
        if found.is_none_or(|found| found < required) {
            gaps.push(Gap::GeneralEducation { required, found });
        }
    }
    if let Some(required) = standard.min_professional {
        let found = highest::<ProfessionalLevel>(counted(), QualificationKind::Professional);
        if found.is_none_or(|found| found < required) {
            gaps.push(Gap::Professional { required, found });
        }
    }
    if let Some(required) = standard.min_political_theory {
        let found = highest::<PoliticalTheoryLevel>(counted(), QualificationKind::PoliticalTheory);
        if found.is_none_or(|found| found < required) {
            gaps.push(Gap::PoliticalTheory { required, found });
        }
    }
    for required in standard.required_certificates.iter().copied() {
        if !counted().any(|known| known.kind == required) {
            gaps.push(Gap::Certificate { required });
        }
    }
    if let (Some(at_most), Some(from)) = (standard.max_age_first_term, holder.first_term_from) {
        // Of a birth known by its year only, the lowest age possible counts: nobody fails for want of a day.
        let was = i64::from(holder.birth.age_on(from).years);
        if was > at_most {
            gaps.push(Gap::AgeFirstTerm { at_most, was });
        }
    }
    gaps
}

fn highest<'k, L: Ord + std::str::FromStr>(known: impl Iterator<Item = &'k Known>, kind: QualificationKind) -> Option<L> {
    known.filter(|known| known.kind == kind).filter_map(|known| known.level?.as_str().parse().ok()).max()
}

impl Gap {
    pub const fn item(self) -> StandardItem {
        match self {
            Self::GeneralEducation { .. } => StandardItem::GeneralEducation,
            Self::Professional { .. } => StandardItem::Professional,
            Self::PoliticalTheory { .. } => StandardItem::PoliticalTheory,
            Self::Certificate { .. } => StandardItem::Certificate,
            Self::AgeFirstTerm { .. } => StandardItem::AgeFirstTerm,
        }
    }

    /// What is asked for, as a code or a number.
    pub fn required(self) -> String {
        match self {
            Self::GeneralEducation { required, .. } => required.to_string(),
            Self::Professional { required, .. } => required.to_string(),
            Self::PoliticalTheory { required, .. } => required.to_string(),
            Self::Certificate { required } => required.to_string(),
            Self::AgeFirstTerm { at_most, .. } => at_most.to_string(),
        }
    }

    /// What there is instead.
    pub fn found(self) -> Option<String> {
        match self {
            Self::GeneralEducation { found, .. } => found.map(|found| found.to_string()),
            Self::Professional { found, .. } => found.map(|found| found.to_string()),
            Self::PoliticalTheory { found, .. } => found.map(|found| found.to_string()),
            Self::Certificate { .. } => None,
            Self::AgeFirstTerm { was, .. } => Some(was.to_string()),
        }
    }

    /// The gap in words.
    pub fn label(self) -> Text {
        let item = self.item();
        let words = |required: [&str; 2], found: Option<[&str; 2]>| {
            let [found_vi, found_en] = found.unwrap_or(["chưa ghi nhận", "nothing recorded"]);
            Text::new(
                format!("{}: cần {}, hiện có: {}", item.label(Locale::Vi), lower(required[0]), lower(found_vi)),
                format!("{}: {} is needed, there is: {}", item.label(Locale::En), lower(required[1]), lower(found_en)),
            )
        };
        match self {
            Self::GeneralEducation { required, found } => words(
                [required.label(Locale::Vi), required.label(Locale::En)],
                found.map(|f| [f.label(Locale::Vi), f.label(Locale::En)]),
            ),
            Self::Professional { required, found } => words(
                [required.label(Locale::Vi), required.label(Locale::En)],
                found.map(|f| [f.label(Locale::Vi), f.label(Locale::En)]),
            ),
            Self::PoliticalTheory { required, found } => words(
                [required.label(Locale::Vi), required.label(Locale::En)],
                found.map(|f| [f.label(Locale::Vi), f.label(Locale::En)]),
            ),
            Self::Certificate { required } => Text::new(
                format!("Thiếu {}", lower(required.label(Locale::Vi))),
                format!("{} is missing", required.label(Locale::En)),
            ),
            Self::AgeFirstTerm { at_most, was } => Text::new(
                format!("{}: nhiều nhất {at_most}, khi nhận chức vụ là {was}", item.label(Locale::Vi)),
                format!("{}: at most {at_most}, was {was}", item.label(Locale::En)),
            ),
        }
    }
}

/// The first letter small: a label inside a sentence.
fn lower(label: &str) -> String {
    let mut letters = label.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// Whether somebody meets the standards of her posts: no when she fails one, unknown when none has a standard.
pub fn overall(posts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    posts.flatten().reduce(|a, b| a && b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::members::birth::Precision;

    fn day(s: &str) -> NaiveDate {
        s.parse().unwrap()
    }

    fn standard() -> Standard {
        Standard {
            post: Post::President,
            unit_kind: UnitKind::Base,
            trait_code: None,
            valid_from: day("2023-08-01"),
            valid_to: Some(day("2025-07-01")),
            min_general_education: Some(GeneralEducationLevel::UpperSecondary),
            min_professional: Some(ProfessionalLevel::Intermediate),
            min_political_theory: Some(PoliticalTheoryLevel::Intermediate),
            required_certificates: vec![QualificationKind::UnionWorkCertificate],
            max_age_first_term: Some(45),
        }
    }

    fn known(kind: QualificationKind, level: Option<QualificationLevel>, obtained: &str) -> Known {
        Known { kind, level, obtained_on: day(obtained), withdrawn_on: None }
    }

    fn whole() -> Vec<Known> {
        vec![
            known(QualificationKind::GeneralEducation, Some(QualificationLevel::UpperSecondary), "2002-06-01"),
            known(QualificationKind::Professional, Some(QualificationLevel::University), "2008-06-01"),
            known(QualificationKind::PoliticalTheory, Some(QualificationLevel::Intermediate), "2015-06-01"),
            known(QualificationKind::UnionWorkCertificate, None, "2019-06-01"),
        ]
    }

    fn holder(qualifications: &[Known]) -> Holder<'_> {
        Holder { birth: BirthDate { on: day("1984-05-17"), precision: Precision::Day }, first_term_from: None, qualifications }
    }

    #[test]
    fn posts_belong_to_kinds_of_units() {
        for (post, kind, fits) in [
            (Post::President, UnitKind::Province, true),
            (Post::President, UnitKind::Base, true),
            (Post::President, UnitKind::Branch, false),
            (Post::BranchHead, UnitKind::Branch, true),
            (Post::BranchHead, UnitKind::Base, false),
            (Post::GroupHead, UnitKind::Group, true),
            (Post::GroupHead, UnitKind::Branch, false),
            (Post::ClubHead, UnitKind::Team, true),
            (Post::Specialist, UnitKind::Club, false),
        ] {
            assert_eq!(may_be_held_in(post, kind), fits, "{post} {kind}");
        }
    }

    #[test]
    fn kinds_with_the_same_posts_are_the_ones_units_know_of() {
        for a in UnitKind::ALL {
            for b in UnitKind::ALL {
                let same = Post::ALL.iter().all(|post| may_be_held_in(*post, *a) == may_be_held_in(*post, *b));
                assert_eq!(crate::units::same_posts(*a, *b), same, "{a} {b}");
            }
        }
    }

    #[test]
    fn what_must_not_be_vacant_may_be_held_there_by_one() {
        for kind in UnitKind::ALL {
            if let Some(post) = obligatory(*kind) {
                assert!(may_be_held_in(post, *kind) && is_single(post), "{kind} {post}");
            }
        }
    }

    #[test]
    fn periods_are_half_open() {
        for (a, a_to, b, b_to, shared) in [
            ("2020-01-01", Some("2021-01-01"), "2021-01-01", None, false),
            ("2020-01-01", Some("2021-01-02"), "2021-01-01", None, true),
            ("2020-01-01", None, "2025-01-01", Some("2026-01-01"), true),
            ("2022-01-01", None, "2020-01-01", Some("2021-01-01"), false),
            ("2020-01-01", None, "2020-01-01", None, true),
        ] {
            let (a_to, b_to) = (a_to.map(day), b_to.map(day));
            assert_eq!(overlap(day(a), a_to, day(b), b_to), shared, "{a} {b}");
            assert_eq!(overlap(day(b), b_to, day(a), a_to), shared, "{b} {a}");
        }
        assert!(check_period("", day("2020-01-01"), Some(day("2020-01-01"))).is_err());
        assert!(check_period("", day("2020-01-01"), Some(day("2020-01-02"))).is_ok());
    }

    #[test]
    fn a_level_belongs_to_its_kind() {
        use QualificationKind::{GeneralEducation, PoliticalTheory, Professional, UnionWorkCertificate};
        for (kind, level, good) in [
            (GeneralEducation, Some(QualificationLevel::UpperSecondary), true),
            (GeneralEducation, Some(QualificationLevel::University), false),
            (GeneralEducation, Some(QualificationLevel::None), false),
            (Professional, Some(QualificationLevel::University), true),
            (Professional, Some(QualificationLevel::None), true),
            (Professional, None, false),
            (PoliticalTheory, Some(QualificationLevel::Advanced), true),
            (PoliticalTheory, Some(QualificationLevel::College), false),
            (UnionWorkCertificate, None, true),
            (UnionWorkCertificate, Some(QualificationLevel::Intermediate), false),
        ] {
            assert_eq!(check_level(kind, level).is_ok(), good, "{kind} {level:?}");
        }
        for level in QualificationLevel::ALL {
            let kinds = [GeneralEducation, Professional, PoliticalTheory];
            assert!(kinds.iter().any(|kind| kind.has_level(*level)), "{level} belongs to a kind");
        }
    }

    #[test]
    fn levels_are_ordered() {
        assert!(GeneralEducationLevel::ALL.is_sorted());
        assert!(ProfessionalLevel::University > ProfessionalLevel::College);
        assert!(ProfessionalLevel::Elementary > ProfessionalLevel::None);
        assert!(PoliticalTheoryLevel::Advanced > PoliticalTheoryLevel::Intermediate);
    }

    #[test]
    fn the_standard_of_a_trait_goes_first_and_each_on_its_days() {
        let mountain = Standard {
            trait_code: Some(Trait::Mountain),
            valid_from: day("2004-02-27"),
            valid_to: Some(day("2023-08-01")),
            ..standard()
        };
        let old = Standard { valid_from: day("2004-02-27"), valid_to: Some(day("2023-08-01")), ..standard() };
        let new = Standard { valid_from: day("2025-07-01"), valid_to: None, ..standard() };
        let all = [old, mountain, standard(), new];
        for (traits, on, expected) in [
            (&[] as &[Trait], "2020-01-01", Some(0)),
            (&[Trait::Rural, Trait::Mountain], "2020-01-01", Some(1)),
            (&[Trait::Mountain], "2023-07-31", Some(1)),
            (&[Trait::Mountain], "2023-08-01", Some(2)),
            (&[], "2025-06-30", Some(2)),
            (&[], "2025-07-01", Some(3)),
            (&[], "2004-02-26", None),
        ] {
            assert_eq!(standard_for(all.iter(), Post::President, UnitKind::Base, traits, day(on)), expected, "{traits:?} {on}");
        }
        assert_eq!(standard_for(all.iter(), Post::President, UnitKind::Province, &[], day("2024-01-01")), None);
        assert_eq!(standard_for(all.iter(), Post::VicePresident, UnitKind::Base, &[], day("2024-01-01")), None);
    }

    #[test]
    fn exactly_what_is_missing_is_listed() {
        let on = day("2024-06-01");
        assert_eq!(missing(&standard(), holder(&whole()), on), []);
        assert_eq!(
            missing(&standard(), holder(&[]), on),
            [
                Gap::GeneralEducation { required: GeneralEducationLevel::UpperSecondary, found: None },
                Gap::Professional { required: ProfessionalLevel::Intermediate, found: None },
                Gap::PoliticalTheory { required: PoliticalTheoryLevel::Intermediate, found: None },
                Gap::Certificate { required: QualificationKind::UnionWorkCertificate },
            ]
        );
        let mut lower = whole();
        lower[1].level = Some(QualificationLevel::Elementary);
        lower.push(known(QualificationKind::Professional, Some(QualificationLevel::None), "2001-01-01"));
        assert_eq!(
            missing(&standard(), holder(&lower), on),
            [Gap::Professional { required: ProfessionalLevel::Intermediate, found: Some(ProfessionalLevel::Elementary) }]
        );
    }

    #[test]
    fn a_qualification_counts_from_its_day_until_it_is_withdrawn() {
        let mut later = whole();
        later[3].obtained_on = day("2024-06-02");
        let gap = [Gap::Certificate { required: QualificationKind::UnionWorkCertificate }];
        assert_eq!(missing(&standard(), holder(&later), day("2024-06-01")), gap);
        assert_eq!(missing(&standard(), holder(&later), day("2024-06-02")), []);
        later[3].withdrawn_on = Some(day("2024-07-01"));
        assert_eq!(missing(&standard(), holder(&later), day("2024-06-30")), []);
        assert_eq!(missing(&standard(), holder(&later), day("2024-07-01")), gap);
    }

    #[test]
    fn the_age_limit_is_for_the_first_term_only() {
        let on = day("2030-06-01");
        let known = whole();
        let of = |from: Option<&str>, birth| {
            missing(&standard(), Holder { first_term_from: from.map(day), birth, ..holder(&known) }, on)
        };
        let exact = BirthDate { on: day("1984-05-17"), precision: Precision::Day };
        assert_eq!(of(Some("2030-05-16"), exact), []);
        assert_eq!(of(Some("2030-05-17"), exact), [Gap::AgeFirstTerm { at_most: 45, was: 46 }]);
        assert_eq!(of(None, exact), []);
        // Known by her year only: 45 is possible until the last day of 2030.
        let year = BirthDate { on: day("1984-01-01"), precision: Precision::Year };
        assert_eq!(of(Some("2030-05-17"), year), []);
    }

    #[test]
    fn a_gap_says_itself_in_both_languages() {
        let gap = Gap::Professional { required: ProfessionalLevel::University, found: Some(ProfessionalLevel::College) };
        assert_eq!(gap.label().vi, "Trình độ chuyên môn: cần đại học, hiện có: cao đẳng");
        assert_eq!(gap.label().en, "Professional level: university is needed, there is: college");
        assert_eq!((gap.required(), gap.found()), ("university".to_owned(), Some("college".to_owned())));
        let gap = Gap::Certificate { required: QualificationKind::UnionWorkCertificate };
        assert_eq!(gap.label().vi, "Thiếu chứng chỉ nghiệp vụ công tác Hội");
    }

    #[test]
    fn one_failed_post_fails_the_person_and_no_standard_says_nothing() {
        for (posts, expected) in [
            (vec![], None),
            (vec![None, None], None),
            (vec![Some(true), None], Some(true)),
            (vec![Some(true), Some(false)], Some(false)),
        ] {
            assert_eq!(overall(posts.clone().into_iter()), expected, "{posts:?}");
        }
    }
}
