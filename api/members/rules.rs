//! Pure rules of members: what may stand on the roll (charter; domain guide 3.1, 3.8, 3.9).

use chrono::NaiveDate;
use serde_json::json;

use super::{
    birth::{BirthDate, Precision},
    model::{MemberDetails, MemberKind, MemberRow, Sex, SpecialGroup},
    national_id::{Doubt, NationalId},
    phone,
};
use crate::{
    access::View,
    calendar::today,
    code_lists::data::{ETHNIC_GROUPS, OCCUPATIONS, RELIGIONS},
    http::{FieldError, Problem, Result, Text, Warning},
    text,
};

/// From this age on a woman may join (charter).
const FULL_AGE: u32 = 18;

/// Details that have been read, cleaned and checked, field by field.
#[derive(Debug)]
pub struct Checked {
    pub details: MemberDetails,
    pub birth: BirthDate,
    pub national_id: Option<NationalId>,
    pub phone: Option<String>,
    /// What the caller should confirm.
    pub warnings: Vec<Warning>,
}

/// Checks everything that needs no database; all wrong fields are named at once.
pub fn check(details: &MemberDetails, view: View) -> Result<Checked> {
    let mut errors = Vec::new();
    let today = today();
    let mut details = details.clone();
    let mut warnings = Vec::new();

    details.full_name = text::clean(&details.full_name);
    if !text::search_form(&details.full_name).chars().any(char::is_alphabetic) {
        errors.push(FieldError::body("/full_name", "not_a_name", Text::new("Phải là họ và tên", "Must be a person's name")));
    }
    for field in [&mut details.address, &mut details.residential_area] {
        *field = field.take().map(|value| text::clean(&value)).filter(|value| !value.is_empty());
    }
    let birth = BirthDate::parse(&details.date_of_birth, today)
        .map_err(|error| errors.push(FieldError::body("/date_of_birth", error.code(), birth_text())))
        .ok();
    let national_id = details.national_id.as_deref().and_then(|number| {
        NationalId::parse(number)
            .map_err(|error| {
                errors.push(FieldError::body(
                    "/national_id",
                    error.code(),
                    Text::new(
                        "Số định danh cá nhân gồm 12 chữ số; không gửi lại số đã che",
                        "The citizen number has 12 digits; do not send back a masked one",
                    ),
                ));
            })
            .ok()
    });
    let phone = details.phone.as_deref().and_then(|number| {
        phone::parse(number)
            .map_err(|error| {
                errors.push(FieldError::body(
                    "/phone",
                    error.code(),
                    Text::new(
                        "Phải là số điện thoại Việt Nam, ví dụ 0901 234 567; không gửi lại số đã che",
                        "Must be a Vietnamese phone number, for example 0901 234 567; do not send back a masked one",
                    ),
                ));
            })
            .ok()
    });
    details.phone.clone_from(&phone);

    if details.kind == MemberKind::Regular && details.sex == Sex::Male {
        errors.push(FieldError::body(
            "/sex",
            "member_is_a_woman",
            Text::new(
                "Hội viên là phụ nữ; nam giới chỉ có thể là hội viên danh dự hoặc người giữ chức danh kiêm nhiệm",
                "A regular member is a woman; a man may be an honorary member or hold a post",
            ),
        ));
    }
    check_joining(&details, birth, today, &mut errors, &mut warnings);
    if let (Some(number), Some(birth)) = (&national_id, birth) {
        check_doubts(&details, number, birth, &mut errors);
    }
    check_codes(&details, &mut errors);
    check_consent(&details, view, today, &mut errors);

    match (errors.is_empty(), birth) {
        (true, Some(birth)) => Ok(Checked { details, birth, national_id, phone, warnings }),
        _ => Err(Problem::fields(errors)),
    }
}

fn birth_text() -> Text {
    Text::new(
        "Phải là ngày, tháng hoặc năm sinh có thật, ví dụ 1990-05-17, 1990-05 hoặc 1990",
        "Must be a real day, month or year of birth, as in 1990-05-17, 1990-05 or 1990",
    )
}

/// 18 on the day of joining. Where only the year is known, it may be uncertain: that is for the caller to confirm.
fn check_joining(
    details: &MemberDetails,
    birth: Option<BirthDate>,
    today: NaiveDate,
    errors: &mut Vec<FieldError>,
    warnings: &mut Vec<Warning>,
) {
    if details.joined_on > today {
        errors.push(FieldError::body(
            "/joined_on",
            "in_the_future",
            Text::new("Không được ở tương lai", "Must not be in the future"),
        ));
    } else if details.joined_on < founded() {
        errors.push(FieldError::body(
            "/joined_on",
            "too_early",
            Text::new("Không được trước ngày 20/10/1930", "Must not be before 1930-10-20"),
        ));
    } else if let Some(birth) = birth {
        if !birth.possibly_at_least(FULL_AGE, details.joined_on) {
            errors.push(FieldError::body(
                "/joined_on",
                "under_18",
                Text::new("Chưa đủ 18 tuổi vào ngày này", "She is not yet 18 on that day"),
            ));
        } else if !birth.surely_at_least(FULL_AGE, details.joined_on) {
            warnings.push(Warning {
                code: "age_uncertain",
                pointer: "/date_of_birth",
                text: Text::new(
                    "Chỉ biết năm hoặc tháng sinh: chưa chắc đã đủ 18 tuổi",
                    "Only year or month of birth is known: she may not be 18 yet",
                ),
                facts: json!({ "date_of_birth": details.date_of_birth }),
            });
        }
    }
}

/// The day the union was founded.
fn founded() -> NaiveDate {
    NaiveDate::from_ymd_opt(1930, 10, 20).unwrap_or(NaiveDate::MIN)
}

/// Civil records get corrected, so a number that disagrees is taken when somebody says why.
fn check_doubts(details: &MemberDetails, number: &NationalId, birth: BirthDate, errors: &mut Vec<FieldError>) {
    let doubts = number.doubts(details.sex == Sex::Female, Some(birth.year()));
    if doubts.is_empty() || details.national_id_reason.as_deref().is_some_and(|reason| !reason.trim().is_empty()) {
        return;
    }
    for doubt in doubts {
        let (vi, en) = match doubt {
            Doubt::UnknownProvince => ("mã nơi đăng ký khai sinh không có trong danh mục", "its place code is not in the list"),
            Doubt::SexDiffers => ("không khớp giới tính", "it disagrees with the sex"),
            Doubt::BirthYearDiffers => ("không khớp năm sinh", "it disagrees with the year of birth"),
        };
        errors.push(FieldError::body(
            "/national_id_reason",
            doubt.code(),
            Text::new(
                format!("Số định danh {vi}; nếu đúng, ghi lý do vào national_id_reason"),
                format!("About the citizen number: {en}; if it is right, say why in national_id_reason"),
            ),
        ));
    }
}

fn check_codes(details: &MemberDetails, errors: &mut Vec<FieldError>) {
    for (pointer, list, codes, code) in [
        ("/occupation_code", "occupations", &OCCUPATIONS, &details.occupation_code),
        ("/ethnic_group_code", "ethnic_groups", &ETHNIC_GROUPS, &details.ethnic_group_code),
        ("/religion_code", "religions", &RELIGIONS, &details.religion_code),
    ] {
        if code.as_deref().is_some_and(|code| !codes.contains(code)) {
            errors.push(FieldError::body(
                pointer,
                "unknown_code",
                Text::new(format!("Không có trong danh mục {list}"), format!("Not in the code list {list}")),
            ));
        }
    }
}

/// Sensitive data are kept only with consent, and written only by those who may see them.
fn check_consent(details: &MemberDetails, view: View, today: NaiveDate, errors: &mut Vec<FieldError>) {
    if details.sensitive_consent_on.is_some_and(|day| day > today) {
        errors.push(FieldError::body(
            "/sensitive_consent_on",
            "in_the_future",
            Text::new("Không được ở tương lai", "Must not be in the future"),
        ));
    }
    let sensitive = [
        ("/ethnic_group_code", details.ethnic_group_code.is_some()),
        ("/religion_code", details.religion_code.is_some()),
        ("/special_groups", details.special_groups.iter().any(|group| group.is_sensitive())),
    ];
    for (pointer, _) in sensitive.iter().filter(|(_, given)| *given) {
        if details.sensitive_consent_on.is_none() {
            errors.push(FieldError::body(
                *pointer,
                "consent_required",
                Text::new("Dữ liệu nhạy cảm: cần sensitive_consent_on", "Sensitive: sensitive_consent_on is needed"),
            ));
        } else if view < View::OwnSensitive {
            errors.push(FieldError::body(
                *pointer,
                "not_for_your_role",
                Text::new("Vai trò của bạn không được ghi trường này", "Your role may not write this field"),
            ));
        }
    }
}

/// What a caller with this view does not see in full.
pub fn masked_fields(row: &MemberRow, view: View) -> Vec<&'static str> {
    let there = |field: &str| match field {
        "national_id_reason" => row.national_id_reason.is_some(),
        "phone" => row.phone.is_some(),
        "address" => row.address.is_some(),
        // Said of everybody, so that it does not tell whether there is a value.
        _ => true,
    };
    let mut fields: Vec<&str> = hidden(view).iter().copied().filter(|field| there(field)).collect();
    if view < View::OwnSensitive {
        fields.push("special_groups");
    }
    if row.national_id_last3.is_some() {
        fields.insert(0, "national_id");
    }
    fields
}

/// Fields that a caller with this view sees not at all or with asterisks. Of the number she may give another, and of the
/// special groups she sees a part: [`settle`].
const fn hidden(view: View) -> &'static [&'static str] {
    match view {
        View::Masked => &[
            "national_id_reason",
            "date_of_birth",
            "phone",
            "address",
            "ethnic_group_code",
            "religion_code",
            "sensitive_consent_on",
        ],
        View::Own => &["ethnic_group_code", "religion_code", "sensitive_consent_on"],
        View::OwnSensitive => &[],
    }
}

/// What is hidden from her she neither empties nor guesses: a correction must not name it, whatever it says.
pub fn refuse_hidden<'n>(view: View, named: impl Iterator<Item = &'n str>) -> Result<()> {
    let errors: Vec<FieldError> = named
        .filter(|name| hidden(view).contains(name))
        .map(|name| {
            FieldError::body(
                format!("/{name}"),
                "masked_value_written_back",
                Text::new(
                    "Trường này bị che với bạn; không gửi lên khi sửa",
                    "This field is hidden from you; leave it out of a correction",
                ),
            )
        })
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(Problem::fields(errors)) }
}

/// What a correction leaves standing: special groups that the caller does not see, and the reason for a number only as
/// long as it is for the same number, sex and birth.
pub fn settle(view: View, before: &MemberDetails, after: &mut MemberDetails, named: impl Fn(&str) -> bool) -> Result<()> {
    if view < View::OwnSensitive && named("special_groups") {
        if after.special_groups.iter().any(|group| group.is_sensitive()) {
            return Err(Problem::field(
                "/special_groups",
                "not_for_your_role",
                "Vai trò của bạn không được ghi nhóm cần có sự đồng ý",
                "Your role may not write groups that need consent",
            ));
        }
        after.special_groups.extend(before.special_groups.iter().filter(|group| group.is_sensitive()));
    }
    let about = |details: &MemberDetails| (details.national_id.clone(), details.sex, details.date_of_birth.clone());
    let explained = named("national_id_reason") || about(before) == about(after);
    if after.national_id.is_none() || !explained {
        after.national_id_reason = None;
    }
    Ok(())
}

/// The special groups that a caller with this view sees.
pub fn visible_groups(row: &MemberRow, view: View) -> Vec<String> {
    let sensitive = |code: &str| code.parse().is_ok_and(SpecialGroup::is_sensitive);
    let groups = row.special_groups.items().into_iter();
    groups.filter(|code| view == View::OwnSensitive || !sensitive(code)).collect()
}

/// The birth date of a row.
pub fn birth_of(row: &MemberRow) -> BirthDate {
    BirthDate { on: row.born_on, precision: row.birth_precision.parse().unwrap_or(Precision::Day) }
}

/// A change takes effect on this day: not in the future, not before `since`.
pub fn check_effective(pointer: &str, day: NaiveDate, since: NaiveDate) -> Result<()> {
    if day > today() {
        Err(Problem::field(pointer, "in_the_future", "Không được ở tương lai", "Must not be in the future"))
    } else if day < since {
        Err(Problem::field(
            pointer,
            "before_last_change",
            format!("Không được trước thay đổi gần nhất ({since})"),
            format!("Must not be before the last change ({since})"),
        ))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::members::model::{ResidenceKind, SpecialGroup};

    fn somebody() -> MemberDetails {
        MemberDetails {
            kind: MemberKind::Regular,
            full_name: "Nguyễn  Thị Hòa ".into(),
            sex: Sex::Female,
            date_of_birth: "1990-05-17".into(),
            national_id: None,
            national_id_reason: None,
            phone: None,
            address: None,
            residential_area: None,
            residence_kind: ResidenceKind::Permanent,
            occupation_code: None,
            ethnic_group_code: None,
            religion_code: None,
            sensitive_consent_on: None,
            special_groups: vec![],
            joined_on: NaiveDate::from_ymd_opt(2020, 3, 8).unwrap(),
        }
    }

    fn codes(details: &MemberDetails) -> Vec<String> {
        match check(details, View::OwnSensitive) {
            Ok(checked) => checked.warnings.iter().map(|warning| warning.code.to_owned()).collect(),
            Err(problem) => {
                let body = problem.to_json(crate::http::Locale::En, "", "");
                body["errors"].as_array().unwrap().iter().map(|error| error["code"].as_str().unwrap().to_owned()).collect()
            }
        }
    }

    #[test]
    fn a_name_is_cleaned() {
        assert_eq!(check(&somebody(), View::Own).unwrap().details.full_name, "Nguyễn Thị Hòa");
    }

    #[test]
    fn who_may_join() {
        let at = |birth: &str, joined: &str| MemberDetails {
            date_of_birth: birth.into(),
            joined_on: joined.parse().unwrap(),
            ..somebody()
        };
        assert!(codes(&at("2002-03-08", "2020-03-08")).is_empty(), "18 on that day");
        assert_eq!(codes(&at("2002-03-09", "2020-03-08")), ["under_18"], "18 on the next day");
        assert_eq!(codes(&at("2002", "2020-03-08")), ["age_uncertain"]);
        assert_eq!(codes(&at("2003", "2020-03-08")), ["under_18"]);
        assert_eq!(codes(&at("1990", "2999-01-01")), ["in_the_future"]);
        assert_eq!(codes(&MemberDetails { sex: Sex::Male, ..somebody() }), ["member_is_a_woman"]);
        assert!(codes(&MemberDetails { sex: Sex::Male, kind: MemberKind::Honorary, ..somebody() }).is_empty());
    }

    #[test]
    fn a_number_that_disagrees_needs_a_reason() {
        let with = |number: &str, reason: Option<&str>| MemberDetails {
            national_id: Some(number.into()),
            national_id_reason: reason.map(Into::into),
            ..somebody()
        };
        assert!(codes(&with("056190004321", None)).is_empty());
        assert_eq!(codes(&with("056190 00432", None)).len(), 1);
        assert_eq!(codes(&with("056090004321", None)), ["sex_differs"]);
        assert_eq!(codes(&with("056185004321", None)), ["birth_year_differs"]);
        assert!(codes(&with("056185004321", Some("Khai sinh đã cải chính"))).is_empty());
    }

    #[test]
    fn what_is_hidden_is_not_named() {
        for (view, name, refused) in [
            (View::Own, "ethnic_group_code", true),
            (View::Own, "religion_code", true),
            (View::Own, "sensitive_consent_on", true),
            (View::Own, "special_groups", false),
            (View::Own, "phone", false),
            (View::Masked, "phone", true),
            (View::Masked, "date_of_birth", true),
            (View::Masked, "full_name", false),
            (View::OwnSensitive, "religion_code", false),
        ] {
            assert_eq!(refuse_hidden(view, [name].into_iter()).is_err(), refused, "{view:?} {name}");
        }
    }

    #[test]
    fn a_correction_leaves_hidden_groups_standing() {
        use SpecialGroup::{Poor, Rural, Young};
        let before = MemberDetails { special_groups: vec![Poor, Rural], ..somebody() };
        let settled = |view, given: Vec<SpecialGroup>, named: bool| {
            let mut after = MemberDetails { special_groups: given, ..before.clone() };
            settle(view, &before, &mut after, |name| named && name == "special_groups").map(|()| after.special_groups)
        };
        assert_eq!(settled(View::Own, vec![Young], true).unwrap(), [Young, Poor]);
        assert_eq!(settled(View::Own, vec![], true).unwrap(), [Poor]);
        assert!(settled(View::Own, vec![Poor], true).is_err(), "she cannot guess either");
        assert_eq!(settled(View::Own, vec![Poor, Rural], false).unwrap(), [Poor, Rural]);
        assert_eq!(settled(View::OwnSensitive, vec![Young], true).unwrap(), [Young]);
    }

    #[test]
    fn a_reason_is_for_one_number() {
        let before = MemberDetails {
            national_id: Some("056185004321".into()),
            national_id_reason: Some("Khai sinh đã cải chính".into()),
            ..somebody()
        };
        let kept = |after: MemberDetails, named: bool| {
            let mut after = after;
            settle(View::Own, &before, &mut after, |name| named && name == "national_id_reason").unwrap();
            after.national_id_reason.is_some()
        };
        assert!(kept(MemberDetails { full_name: "Nguyễn Thị Lan".into(), ..before.clone() }, false));
        for changed in [
            MemberDetails { national_id: Some("056185004322".into()), ..before.clone() },
            MemberDetails { date_of_birth: "1991".into(), ..before.clone() },
            MemberDetails { sex: Sex::Male, ..before.clone() },
        ] {
            assert!(!kept(changed.clone(), false), "{changed:?}");
            assert!(kept(changed, true));
        }
        assert!(!kept(MemberDetails { national_id: None, ..before.clone() }, true), "no number, no reason");
    }

    #[test]
    fn sensitive_data_need_consent_and_the_right_role() {
        let poor = MemberDetails { special_groups: vec![SpecialGroup::Poor], ..somebody() };
        assert_eq!(codes(&poor), ["consent_required"]);
        let agreed = MemberDetails { sensitive_consent_on: NaiveDate::from_ymd_opt(2026, 1, 2), ..poor };
        assert!(codes(&agreed).is_empty());
        assert!(check(&agreed, View::Own).is_err());
    }
}
