//! Gaps: who of a unit lacks what, by title standards and by the courses that her audience must have in the term. Each gap is a
//! category of courses that would close it.

use std::collections::HashMap;

use super::{CourseCategory, NeedReason, coverage, requirements};
use crate::{
    calendar::today,
    db::{Id, Reader},
    http::Result,
    officers::{QualificationKind, StandardItem, roster},
};

/// Somebody needs to learn something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Gap {
    pub member_id: Id,
    /// Where she has the post, or is a core member.
    pub unit_id: Id,
    pub category: CourseCategory,
    pub reason: NeedReason,
}

/// Every gap of the people in the subtree of a unit today; one a person and category, the title standard going first.
pub(super) fn find(reader: &mut Reader<'_>, top: Id) -> Result<Vec<Gap>> {
    let mut found: HashMap<(Id, CourseCategory), Gap> = HashMap::new();
    for (member_id, unit_id, item, required) in roster::gaps_below(reader, top, today())? {
        if let Some(category) = taught(item, &required) {
            let gap = Gap { member_id, unit_id, category, reason: NeedReason::TitleStandard };
            found.entry((member_id, category)).or_insert(gap);
        }
    }
    let span = coverage::running_term(reader, top)?;
    for requirement in requirements::valid_on(reader, today())? {
        let counted = requirement.categories();
        let Some(category) = counted.first().copied() else { continue };
        let measure = coverage::measure(reader, requirement.audience, Some(category), span)?;
        let mut lacking = Vec::new();
        coverage::each(reader, &measure, top, |one| {
            // What closes the gap in her standard counts for this one as well.
            let closed = counted.iter().any(|category| found.contains_key(&(one.member_id, *category)));
            // Who came in the middle of the term is not counted yet, but needs it no less.
            if measure.lacking(&one) > 0 && !closed {
                lacking.push(one.member_id);
            }
        })?;
        for (member_id, unit_id) in coverage::places(reader, requirement.audience, top, &lacking)? {
            found.insert((member_id, category), Gap { member_id, unit_id, category, reason: NeedReason::RequiredCourses });
        }
    }
    let mut gaps: Vec<Gap> = found.into_values().collect();
    gaps.sort_by_key(|gap| (gap.unit_id, gap.member_id, gap.category));
    Ok(gaps)
}

/// The category of courses that closes a gap in a title standard; none: no course of the union does.
fn taught(item: StandardItem, required: &str) -> Option<CourseCategory> {
    match item {
        StandardItem::Professional => Some(CourseCategory::Professional),
        StandardItem::PoliticalTheory => Some(CourseCategory::PoliticalTheory),
        StandardItem::Certificate => match required.parse().ok()? {
            QualificationKind::UnionWorkCertificate => Some(CourseCategory::UnionWork),
            QualificationKind::SocialWorkCertificate => Some(CourseCategory::SocialWork),
            QualificationKind::StateManagementCertificate => Some(CourseCategory::Professional),
            _ => None,
        },
        // Schools teach it, and nobody grows younger.
        StandardItem::GeneralEducation | StandardItem::AgeFirstTerm => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_closes_a_gap() {
        for (item, required, category) in [
            (StandardItem::Professional, "university", Some(CourseCategory::Professional)),
            (StandardItem::PoliticalTheory, "intermediate", Some(CourseCategory::PoliticalTheory)),
            (StandardItem::Certificate, "union_work_certificate", Some(CourseCategory::UnionWork)),
            (StandardItem::Certificate, "social_work_certificate", Some(CourseCategory::SocialWork)),
            (StandardItem::Certificate, "state_management_certificate", Some(CourseCategory::Professional)),
            (StandardItem::GeneralEducation, "upper_secondary", None),
            (StandardItem::AgeFirstTerm, "45", None),
        ] {
            assert_eq!(taught(item, required), category, "{item} {required}");
        }
    }
}
