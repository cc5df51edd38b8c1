//! Pure rules of units.

use super::model::{Trait, UnitKind};
use crate::{
    access::Role,
    http::{FieldError, Problem, Result, Text},
};
use chrono::NaiveDate;

/// How long a code of this kind is, where officials fix it (decision 19/2025/QĐ-TTg): digits only.
const fn code_digits(kind: UnitKind) -> Option<usize> {
    match kind {
        UnitKind::Province => Some(2),
        UnitKind::District => Some(3),
        UnitKind::Base => Some(5),
        _ => None,
    }
}

/// A code must have the form of its kind.
pub fn check_code(kind: UnitKind, code: Option<&str>) -> Result<()> {
    let Some(code) = code else { return Ok(()) };
    match code_digits(kind) {
        Some(digits) if code.len() != digits || !code.bytes().all(|b| b.is_ascii_digit()) => Err(Problem::field(
            "/code",
            "invalid_code",
            format!("Mã phải gồm {digits} chữ số"),
            format!("The code must have {digits} digits"),
        )),
        None if !code.bytes().all(|b| b.is_ascii_alphanumeric() || b".-".contains(&b)) => Err(Problem::field(
            "/code",
            "invalid_code",
            "Mã chỉ gồm chữ cái không dấu, chữ số, dấu chấm, gạch nối",
            "The code may have letters, digits, dots and hyphens only",
        )),
        _ => Ok(()),
    }
}

/// Each trait once, in the order of the list.
pub fn distinct(traits: &[Trait]) -> Vec<Trait> {
    Trait::ALL.iter().copied().filter(|known| traits.contains(known)).collect()
}

/// A day on which something takes effect: not in the future, not before the union was founded (1930).
pub fn check_effective_day(pointer: &str, day: NaiveDate, today: NaiveDate) -> Result<()> {
    let founded = NaiveDate::from_ymd_opt(1930, 10, 20).unwrap_or(NaiveDate::MIN);
    if day > today {
        Err(Problem::field(pointer, "in_the_future", "Không được ở tương lai", "Must not be in the future"))
    } else if day < founded {
        Err(Problem::field(pointer, "too_early", "Không được trước ngày 20/10/1930", "Must not be before 1930-10-20"))
    } else {
        Ok(())
    }
}

/// Base units found and keep what stands below them; everything above is the province's. Who sets the service up founds
/// its province: before there is one, nobody could hold a role in it.
pub const fn may_write_kind(role: Role, kind: UnitKind) -> bool {
    match role {
        Role::ItAdmin => matches!(kind, UnitKind::Province),
        Role::BasePresident => {
            matches!(kind, UnitKind::Branch | UnitKind::Group | UnitKind::Club | UnitKind::Team)
        }
        _ => true,
    }
}

/// Whether units of these kinds have the same posts (which they are, officers say): else a change of kind would leave
/// people in posts that there are not.
pub const fn same_posts(a: UnitKind, b: UnitKind) -> bool {
    use UnitKind::{Affiliated, Base, Branch, Club, District, Group, Province, Team};
    matches!(
        (a, b),
        (Province | District | Affiliated | Base, Province | District | Affiliated | Base)
            | (Branch, Branch)
            | (Group, Group)
            | (Club | Team, Club | Team)
    )
}

/// The place of a unit in the tree is wrong.
pub fn wrong_parent(child: UnitKind, parent: Option<UnitKind>) -> Problem {
    let text = match parent {
        Some(parent) => Text::new(
            format!(
                "{} không đứng dưới {} vào ngày này",
                child.label(crate::http::Locale::Vi),
                parent.label(crate::http::Locale::Vi)
            ),
            format!("{child} may not stand under {parent} on that day"),
        ),
        None => Text::new(
            format!("{} phải có đơn vị cấp trên", child.label(crate::http::Locale::Vi)),
            format!("{child} must have a parent"),
        ),
    };
    Problem::fields(vec![FieldError::body("/parent_id", "wrong_parent", text)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_the_form_of_their_kind() {
        for (kind, code, good) in [
            (UnitKind::Base, "22330", true),
            (UnitKind::Base, "2233", false),
            (UnitKind::Base, "2233a", false),
            (UnitKind::District, "568", true),
            (UnitKind::Province, "56", true),
            (UnitKind::Branch, "CH-01", true),
            (UnitKind::Branch, "CH 01", false),
        ] {
            assert_eq!(check_code(kind, Some(code)).is_ok(), good, "{kind} {code}");
        }
    }

    #[test]
    fn base_units_write_only_below_themselves() {
        assert!(may_write_kind(Role::BasePresident, UnitKind::Branch));
        assert!(!may_write_kind(Role::BasePresident, UnitKind::Base));
        assert!(may_write_kind(Role::ProvinceOrg, UnitKind::Base));
        assert!(!may_write_kind(Role::ItAdmin, UnitKind::Base));
    }
}
