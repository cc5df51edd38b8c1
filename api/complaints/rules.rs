//! Pure rules of cases.

use std::collections::BTreeSet;

use super::model::{ComplaintKind, ComplaintResult, EarlierFiling};

/// From how many petitioners on it is a mass petition.
const MASS: i64 = 5;

/// How many may speak for so many petitioners (KN-REP); none: each speaks for herself.
pub(super) const fn representatives_max(petitioners: i64) -> Option<i64> {
    match petitioners {
        ..MASS => None,
        MASS..=10 => Some(2),
        _ => Some(5),
    }
}

/// What is to be known at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Alarm {
    pub is_mass: bool,
    pub is_bypass: bool,
    pub is_hotspot: bool,
}

/// `is_above`: it was handed in above the first competent level. Whoever waited in vain below does not bypass it.
pub(super) fn alarm(petitioners: i64, is_above: bool, earlier: EarlierFiling, has_violence_threat: bool) -> Alarm {
    let is_mass = petitioners >= MASS;
    let is_bypass = is_above && earlier != EarlierFiling::Expired;
    Alarm { is_mass, is_bypass, is_hotspot: (is_mass && is_bypass) || has_violence_threat }
}

/// Whether a result is one of this kind of case.
pub(super) fn is_result_of(kind: ComplaintKind, result: ComplaintResult) -> bool {
    use ComplaintResult::{Answered, Cancelled, Changed, Kept, NoBasis, PartlyRight, Right, Wrong};
    match kind {
        ComplaintKind::Complaint => matches!(result, Kept | Changed | Cancelled),
        ComplaintKind::Denunciation => matches!(result, Right | PartlyRight | Wrong | NoBasis),
        ComplaintKind::Proposal | ComplaintKind::Feedback => matches!(result, Answered),
    }
}

/// What comes of a withdrawal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Withdrawn {
    /// The case ends.
    Wholly,
    /// Others go on, or the rest of it does.
    InPart,
    /// It does not count: the case goes on as if nothing had been withdrawn.
    Rejected,
}

/// What must go on in spite of a withdrawal (TC-WD).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Exceptions {
    pub was_coerced: bool,
    pub has_signs_of_violation: bool,
    pub is_slander: bool,
}

/// `before` have withdrawn already, `now` do.
pub(super) fn withdrawal(
    kind: ComplaintKind,
    petitioners: i64,
    before: &[i64],
    now: &[i64],
    is_partial: bool,
    exceptions: Exceptions,
) -> Withdrawn {
    let denounced = kind == ComplaintKind::Denunciation;
    if exceptions.was_coerced || (denounced && (exceptions.has_signs_of_violation || exceptions.is_slander)) {
        return Withdrawn::Rejected;
    }
    let gone: BTreeSet<i64> = before.iter().chain(now).copied().collect();
    if !is_partial && i64::try_from(gone.len()).is_ok_and(|gone| gone >= petitioners) {
        Withdrawn::Wholly
    } else {
        Withdrawn::InPart
    }
}

/// The least count that is shown below the province.
const SMALLEST: i64 = 5;

/// Counts of which none, and no difference of two, tells of fewer than five (domain guide 6.4, rule 8). None: covered. With
/// the sum at the end: where one count is covered alone, the next smallest is covered with it, else the sum would tell it.
pub(super) fn suppress(counts: &[i64]) -> (Vec<Option<i64>>, Option<i64>) {
    let sum: i64 = counts.iter().sum();
    if sum < SMALLEST {
        // Even that there is none of some kind would tell of the few there are.
        return (vec![None; counts.len()], None);
    }
    let mut shown: Vec<Option<i64>> = counts.iter().map(|count| (*count == 0 || *count >= SMALLEST).then_some(*count)).collect();
    // What the covered ones are together follows from the sum: it must not be small either.
    while shown.contains(&None) {
        let covered: i64 = counts.iter().zip(&shown).filter(|(_, shown)| shown.is_none()).map(|(count, _)| *count).sum();
        let alone = shown.iter().filter(|shown| shown.is_none()).count() == 1;
        if !alone && covered >= SMALLEST {
            break;
        }
        let next =
            (0..counts.len()).filter(|place| shown[*place].is_some()).min_by_key(|place| (counts[*place] == 0, counts[*place]));
        let Some(next) = next else { return (shown, None) };
        shown[next] = None;
    }
    (shown, Some(sum))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_speak_for_many() {
        for (petitioners, expected) in [(1, None), (4, None), (5, Some(2)), (10, Some(2)), (11, Some(5)), (500, Some(5))] {
            assert_eq!(representatives_max(petitioners), expected, "{petitioners}");
        }
    }

    #[test]
    fn a_hot_spot_is_mass_and_bypass_or_a_threat() {
        use EarlierFiling::{Expired, None, WithinDeadline};
        // petitioners, above, earlier, threat -> mass, bypass, hotspot
        let cases = [
            ((4, false, None, false), (false, false, false)),
            ((5, false, None, false), (true, false, false)),
            ((4, true, None, false), (false, true, false)),
            ((5, true, None, false), (true, true, true)),
            ((5, true, WithinDeadline, false), (true, true, true)),
            ((5, true, Expired, false), (true, false, false)),
            ((1, false, None, true), (false, false, true)),
            ((1, true, Expired, true), (false, false, true)),
        ];
        for ((petitioners, above, earlier, threat), (is_mass, is_bypass, is_hotspot)) in cases {
            let expected = Alarm { is_mass, is_bypass, is_hotspot };
            assert_eq!(alarm(petitioners, above, earlier, threat), expected, "{petitioners} {above} {earlier} {threat}");
        }
    }

    #[test]
    fn what_comes_of_a_withdrawal() {
        use ComplaintKind::{Complaint, Denunciation};
        use Withdrawn::{InPart, Rejected, Wholly};
        let none = Exceptions::default();
        let coerced = Exceptions { was_coerced: true, ..none };
        let signs = Exceptions { has_signs_of_violation: true, ..none };
        let slander = Exceptions { is_slander: true, ..none };
        let cases = [
            ("the only one", Complaint, 1, vec![], vec![1], false, none, Wholly),
            ("one of three denouncers", Denunciation, 3, vec![], vec![2], false, none, InPart),
            ("the last of three", Denunciation, 3, vec![1, 2], vec![3], false, none, Wholly),
            ("all of three at once", Denunciation, 3, vec![], vec![1, 2, 3], false, none, Wholly),
            ("the same one twice does not count double", Denunciation, 2, vec![1], vec![1], false, none, InPart),
            ("a part of the content", Denunciation, 1, vec![], vec![1], true, none, InPart),
            ("coerced", Denunciation, 1, vec![], vec![1], false, coerced, Rejected),
            ("a complaint, coerced", Complaint, 1, vec![], vec![1], false, coerced, Rejected),
            ("signs of a violation", Denunciation, 1, vec![], vec![1], false, signs, Rejected),
            ("a complaint with such signs", Complaint, 1, vec![], vec![1], false, signs, Wholly),
            ("slander", Denunciation, 1, vec![], vec![1], false, slander, Rejected),
        ];
        for (what, kind, petitioners, before, now, is_partial, exceptions, expected) in cases {
            assert_eq!(withdrawal(kind, petitioners, &before, &now, is_partial, exceptions), expected, "{what}");
        }
    }

    #[test]
    fn small_counts_are_covered_and_cannot_be_computed() {
        type Case<'a> = (&'a [i64], &'a [Option<i64>], Option<i64>);
        let cases: [Case<'_>; 8] = [
            (&[0, 0, 0], &[None, None, None], None),
            (&[1, 0, 0], &[None, None, None], None),
            (&[4, 0, 0], &[None, None, None], None),
            (&[5, 0, 0], &[Some(5), Some(0), Some(0)], Some(5)),
            (&[7, 3, 9], &[None, None, Some(9)], Some(19)),
            (&[3, 4, 9], &[None, None, Some(9)], Some(16)),
            (&[1, 1, 9], &[None, None, None], Some(11)),
            (&[20, 3, 0], &[None, None, Some(0)], Some(23)),
        ];
        for (counts, expected, sum) in cases {
            assert_eq!(suppress(counts), (expected.to_vec(), sum), "{counts:?}");
        }
    }

    #[test]
    fn whatever_is_covered_stays_covered() {
        // Every triple up to 12: what the shown ones and the sum tell of the covered ones is never a small count.
        for a in 0..=12 {
            for b in 0..=12 {
                for c in 0..=12 {
                    let counts = [a, b, c];
                    let (shown, sum) = suppress(&counts);
                    assert!(shown.iter().all(|count| count.is_none_or(|count| count == 0 || count >= SMALLEST)), "{counts:?}");
                    let covered = shown.iter().filter(|count| count.is_none()).count();
                    if let Some(sum) = sum {
                        let rest = sum - shown.iter().flatten().sum::<i64>();
                        assert!(covered != 1 && (covered == 0 || rest >= SMALLEST), "{counts:?}");
                    }
                }
            }
        }
    }
}
