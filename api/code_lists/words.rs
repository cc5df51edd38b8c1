//! Words that stand in answers and are no enumeration of a type: names of actions, of what is recorded in the audit trail,
//! of warnings and of what is wrong with a field. People see them, so each has a label in both languages.
//!
//! Tests find a word without one: in the source, and in every answer to a test (tests/http/support/contract.rs).

use super::{Code, CodeList};

/// The lists.
pub static WORDS: &[CodeList] = &[ALLOWED_ACTIONS, AUDIT_ACTIONS, AUDIT_RESOURCES, ACTOR_KINDS, WARNINGS, FIELD_ERRORS];

const fn word(code: &'static str, vi: &'static str, en: &'static str) -> Code {
    Code { code, vi, en }
}

/// Labels of buttons: `allowed_actions[].action`.
const ALLOWED_ACTIONS: CodeList = CodeList {
    name: "allowed_actions",
    codes: &[
        word("update", "Sửa", "Edit"),
        word("transfer", "Chuyển sinh hoạt", "Move"),
        word("depart", "Ghi nhận thôi tham gia Hội", "Record a departure"),
        word("decease", "Ghi nhận từ trần", "Record a death"),
        word("readmit", "Kết nạp lại", "Admit again"),
        word("verify", "Xác nhận còn sinh hoạt", "Confirm that she is there"),
        word("begin_core", "Công nhận hội viên nòng cốt", "Make a core member"),
        word("end_core", "Thôi hội viên nòng cốt", "End core membership"),
        word("change", "Đổi tên, mã hoặc loại", "Change name, code or kind"),
        word("close", "Kết thúc hoạt động", "Close"),
        word("end", "Kết thúc", "End"),
        word("withdraw", "Rút lại", "Withdraw"),
        word("complete", "Ghi kết quả", "Record the result"),
        word("cancel", "Hủy", "Cancel"),
        word("disable", "Khóa", "Disable"),
        word("enable", "Mở khóa", "Enable"),
        word("issue_password_code", "Cấp mã đặt mật khẩu", "Issue a password code"),
        word("give_role", "Giao vai trò", "Give a role"),
        word("confirm", "Xác nhận", "Confirm"),
        word("disclose_national_id", "Xem số định danh đầy đủ", "See the citizen number"),
        word("disclose_phone", "Xem số điện thoại đầy đủ", "See the phone number"),
        word("reverse", "Hủy việc vừa ghi nhận", "Take back what was entered last"),
        word("renew_secret", "Cấp khóa bí mật mới", "Renew the secret"),
    ],
};

/// `action` of the audit trail.
const AUDIT_ACTIONS: CodeList = CodeList {
    name: "audit_actions",
    codes: &[
        word("create", "Thêm", "Created"),
        word("update", "Sửa", "Changed"),
        word("admit", "Kết nạp", "Admitted"),
        word("correct", "Sửa thông tin", "Corrected"),
        word("transfer", "Chuyển sinh hoạt", "Moved"),
        word("left", "Xin thôi", "Left"),
        word("removed", "Đưa ra khỏi danh sách", "Struck off"),
        word("deceased", "Từ trần", "Died"),
        word("readmit", "Kết nạp lại", "Admitted again"),
        word("verify", "Xác nhận còn sinh hoạt", "Verified"),
        word("begin_core", "Công nhận hội viên nòng cốt", "Made a core member"),
        word("end_core", "Thôi hội viên nòng cốt", "Core membership ended"),
        word("look_up", "Tra cứu", "Looked up"),
        word("disclose_national_id", "Xem số định danh đầy đủ", "Citizen number shown"),
        word("disclose_phone", "Xem số điện thoại đầy đủ", "Phone number shown"),
        word("reverse", "Hủy việc đã ghi nhận", "Taken back"),
        word("restore", "Khôi phục", "Restored"),
        word("confirm", "Xác nhận", "Confirmed"),
        word("change", "Đổi tên, mã hoặc loại", "Changed name, code or kind"),
        word("close", "Kết thúc hoạt động", "Closed"),
        word("give", "Giao", "Given"),
        word("end", "Kết thúc", "Ended"),
        word("withdraw", "Rút lại", "Withdrawn"),
        word("complete", "Ghi kết quả", "Completed"),
        word("cancel", "Hủy", "Cancelled"),
        word("sign_in", "Đăng nhập", "Signed in"),
        word("fail_sign_in", "Đăng nhập không thành công", "Sign-in failed"),
        word("set_password", "Đặt mật khẩu", "Password set"),
        word("issue_password_code", "Cấp mã đặt mật khẩu", "Password code issued"),
        word("disable", "Khóa", "Disabled"),
        word("enable", "Mở khóa", "Enabled"),
        word("renew_secret", "Cấp khóa bí mật mới", "Secret renewed"),
        word("load_demo", "Nạp dữ liệu trình diễn", "Demonstration data loaded"),
    ],
};

/// `resource` of the audit trail.
const AUDIT_RESOURCES: CodeList = CodeList {
    name: "audit_resources",
    codes: &[
        word("members", "Hội viên", "Members"),
        word("units", "Tổ chức Hội", "Units"),
        word("unit_bodies", "Ban của đơn vị", "Bodies of units"),
        word("unit_external_ids", "Mã của đơn vị ở hệ thống khác", "External ids of units"),
        word("unit_supports", "Giúp đỡ cơ sở Hội", "Supports of base units"),
        word("women_populations", "Số phụ nữ từ 18 tuổi", "Women's populations"),
        word("appointments", "Giữ chức vụ", "Appointments"),
        word("qualifications", "Trình độ, chứng chỉ", "Qualifications"),
        word("unit_assignments", "Phân công phụ trách đơn vị", "Assignments to units"),
        word("title_standards", "Chuẩn chức danh", "Title standards"),
        word("terms", "Nhiệm kỳ", "Terms"),
        word("field_visits", "Đi cơ sở", "Field visits"),
        word("accounts", "Tài khoản", "Accounts"),
        word("clients", "Phần mềm kết nối", "Clients"),
        word("role_assignments", "Vai trò được giao", "Role assignments"),
        word("sessions", "Phiên đăng nhập", "Sign-ins"),
        word("signing_keys", "Khóa ký mã truy cập", "Signing keys"),
    ],
};

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

/// `warnings[].code` of 409 `confirmation_required`.
const WARNINGS: CodeList = CodeList {
    name: "warnings",
    codes: &[
        word("look_alike", "Có thể trùng người", "May be the same person"),
        word("age_uncertain", "Chưa chắc đủ 18 tuổi", "Perhaps not 18 yet"),
        word("former_member", "Có thể là hội viên cũ", "May be a former member"),
        word("holds_posts", "Đang giữ chức danh", "Holds a post"),
    ],
};

/// `errors[].code`: what is wrong with a field, a parameter or a header. In a form, `detail` says it of the value itself.
const FIELD_ERRORS: CodeList = CodeList {
    name: "field_errors",
    codes: &[
        word("required", "Bắt buộc phải có", "Must be given"),
        word("length", "Độ dài không đúng", "Of a wrong length"),
        word("range", "Ngoài giới hạn", "Out of range"),
        word("email", "Không phải địa chỉ thư điện tử", "Not an e-mail address"),
        word("invalid_value", "Không đúng dạng", "Not of the right form"),
        word("invalid_character", "Có ký tự không dùng được", "Has a character that cannot be used"),
        word("unknown_field", "Không có trường này", "There is no such field"),
        word("unknown_parameter", "Không có tham số này", "There is no such parameter"),
        word("unknown_value", "Không có giá trị này", "There is no such value"),
        word("unknown_code", "Không có mã này trong danh mục", "No such code in the list"),
        word("duplicate_field", "Trường này có hai lần", "The field is there twice"),
        word("unexpected_body", "Yêu cầu này không có nội dung", "The request takes no body"),
        word("not_uuid_v7", "Phải là UUID phiên bản 7", "Must be a UUID of version 7"),
        word("not_for_this_action", "Không dùng cho việc này", "Not for this action"),
        word("not_taken", "Không được nhận", "Not taken"),
        word("not_with_as_of", "Không dùng cùng as_of", "Not together with as_of"),
        word("scheme_and_id", "Hai tham số phải đi cùng nhau", "The two go together"),
        word("masked_value_written_back", "Giá trị đã che không ghi lại được", "A masked value cannot be written back"),
        word("too_short", "Quá ngắn", "Too short"),
        word("too_long", "Quá dài", "Too long"),
        word("not_a_name", "Phải là họ và tên", "Must be a full name"),
        word("national_id_not_digits", "Số định danh chỉ gồm chữ số", "The citizen number has digits only"),
        word("national_id_wrong_length", "Số định danh phải có 12 chữ số", "The citizen number has 12 digits"),
        word("unknown_province", "Số định danh có mã tỉnh lạ", "The citizen number has an unknown province"),
        word("sex_differs", "Số định danh không khớp giới tính", "The citizen number is of the other sex"),
        word("birth_year_differs", "Số định danh không khớp năm sinh", "The citizen number has another year of birth"),
        word("phone_not_digits", "Số điện thoại chỉ gồm chữ số", "A phone number has digits only"),
        word("phone_not_vietnamese", "Không phải số điện thoại Việt Nam", "Not a Vietnamese phone number"),
        word("phone_wrong_length", "Số điện thoại sai độ dài", "The phone number is of a wrong length"),
        word("phone_unknown_prefix", "Đầu số điện thoại không có", "No such phone prefix"),
        word("birth_date_malformed", "Ngày sinh không đúng dạng", "The date of birth is not of the right form"),
        word("birth_date_no_such_day", "Không có ngày sinh này", "There is no such day of birth"),
        word("birth_date_too_early", "Ngày sinh quá sớm", "The date of birth is too early"),
        word("birth_date_in_future", "Ngày sinh ở tương lai", "The date of birth is in the future"),
        word("under_18", "Chưa đủ 18 tuổi", "Under 18"),
        word("under_age", "Chưa đủ tuổi nhận chức vụ", "Too young for the post"),
        word("member_is_a_woman", "Hội viên phải là phụ nữ", "A regular member is a woman"),
        word("consent_required", "Cần sự đồng ý của hội viên", "Her consent is needed"),
        word("one_key", "Cần đúng một cách tìm", "Exactly one key is needed"),
        word("not_for_your_role", "Vai trò của bạn không được ghi trường này", "Not for your role to write"),
        word("core_member_is_officer", "Cán bộ Hội không đồng thời là hội viên nòng cốt", "An officer is no core member"),
        word("core_member_is_regular", "Hội viên nòng cốt phải là hội viên", "A core member is a regular member"),
        word("is_core", "Đang là hội viên nòng cốt", "She is a core member"),
        word("in_the_future", "Không được ở tương lai", "Must not be in the future"),
        word("in_the_past", "Không được ở quá khứ", "Must not be in the past"),
        word("too_early", "Quá sớm", "Too early"),
        word("too_late", "Quá muộn", "Too late"),
        word("before_start", "Trước ngày bắt đầu", "Before the first day"),
        word("after_end", "Sau ngày kết thúc", "After the last day"),
        word("before_unit", "Trước ngày thành lập đơn vị", "Before the unit was founded"),
        word("before_last_change", "Trước thay đổi gần nhất", "Before the last change"),
        word("after_next_change", "Sau thay đổi kế tiếp", "After the next change"),
        word("outside_term", "Ngoài nhiệm kỳ", "Outside the term"),
        word("supports_itself", "Đơn vị không thể tự giúp đỡ mình", "A unit does not support itself"),
        word("supports_overlap", "Trùng thời gian với lần giúp đỡ khác", "Overlaps another support of the pair"),
        word("not_a_base_unit", "Không phải cơ sở Hội", "Not a base unit"),
        word("cannot_support", "Loại đơn vị này không nhận giúp đỡ cơ sở", "A unit of this kind supports none"),
        word("below_the_supported", "Đứng dưới đơn vị được giúp đỡ", "Stands below the supported unit"),
        word("support_not_ended", "Lần giúp đỡ chưa kết thúc", "The support has not ended"),
        word("terms_overlap", "Trùng thời gian với nhiệm kỳ khác", "Overlaps another term"),
        word("appointments_outside", "Có người nhận chức vụ ngoài khoảng ngày này", "Somebody was appointed outside these days"),
        word("standards_overlap", "Trùng thời gian với chuẩn khác", "Overlaps another standard"),
        word("end_and_reason", "Ngày thôi và lý do phải đi cùng nhau", "The last day and its reason go together"),
        word("nothing_changes", "Không có gì thay đổi", "Nothing changes"),
        word("same_unit", "Đang sinh hoạt ở đơn vị này", "She is in this unit"),
        word("unknown_unit", "Không có đơn vị này", "There is no such unit"),
        word("unit_not_active", "Đơn vị không hoạt động vào ngày này", "The unit is not active on this day"),
        word("parent_not_active", "Đơn vị cấp trên không hoạt động", "The parent is not active"),
        word("wrong_parent", "Đơn vị cấp trên không phù hợp", "Not under a unit of this kind"),
        word("unit_takes_no_members", "Đơn vị này không nhận hội viên", "The unit takes no members"),
        word("wrong_unit_kind", "Vai trò không giao ở loại đơn vị này", "The role is not held in a unit of this kind"),
        word("province_only", "Do Ban Tổ chức Hội tỉnh xác định", "For the provincial organisation board"),
        word("has_units_below", "Còn đơn vị bên dưới", "There are units below it"),
        word("has_members", "Còn hội viên", "It still has members"),
        word("child_does_not_fit", "Đơn vị bên dưới không phù hợp", "A unit below it does not fit"),
        word("bodies_do_not_fit", "Có ban không phù hợp", "A body of it does not fit"),
        word("posts_do_not_fit", "Có chức danh không phù hợp", "A post in it does not fit"),
        word("unit_taken", "Đơn vị đã có người phụ trách", "Somebody looks after the unit"),
        word("code_in_use", "Mã này đang được dùng", "The code is in use"),
        word("id_in_use", "Mã định danh đã dùng cho nội dung khác", "The id is in use for something else"),
        word("national_id_in_use", "Số định danh đã thuộc về hội viên khác", "The citizen number belongs to another member"),
        word("already_there", "Đã có trong thời gian đó", "There is one already for that time"),
        word("no_area", "Đơn vị này không có địa bàn", "The unit has no area"),
        word("not_in_this_unit", "Đơn vị loại này không có ban đó", "No such body in a unit of this kind"),
        word("unknown_body", "Đơn vị không có ban này", "The unit has no such body"),
        word("unknown_term", "Không có nhiệm kỳ này", "There is no such term"),
        word("unknown_member", "Không có người này trong phạm vi của bạn", "No such person within your reach"),
        word("unknown_officer", "Không có cán bộ này trong phạm vi của bạn", "No such officer within your reach"),
        word("not_active", "Không còn trong danh sách", "Not on the roll any more"),
        word("holds_posts", "Đang giữ chức danh", "She holds a post"),
        word("held_posts", "Có chức danh đã kết thúc theo", "A post ended with it"),
        word("not_done_yet", "Chỉ ghi kết quả khi đã đi", "Not done yet"),
        word("post_taken", "Chức vụ đã có người giữ", "The post is taken"),
        word("already_in_post", "Đã giữ chức vụ này", "She is in this post already"),
        word("not_ended_yet", "Chức vụ đang có người giữ", "The post is still held"),
        word("wrong_post", "Đơn vị loại này không có chức vụ đó", "No such post in a unit of this kind"),
        word("wrong_level", "Trình độ không thuộc loại này", "Not a level of this kind"),
        word("not_a_certificate", "Đây không phải chứng chỉ", "Not a certificate"),
        word("not_for_certificates", "Chứng chỉ không có trình độ", "A certificate has no level"),
        word("not_for_this_seat", "Chỉ dành cho cơ cấu ngành", "Only for a sector seat"),
        word("wrong_holder", "Vai trò này không dành cho đối tượng này", "The role is not for this kind of holder"),
        word("invalid_username", "Tên đăng nhập có ký tự không dùng được", "Not a user name"),
        word("username_in_use", "Tên đăng nhập đã có người dùng", "The user name is in use"),
        word("invalid_client_id", "Mã phần mềm có ký tự không dùng được", "Not a client id"),
        word("client_id_in_use", "Mã phần mềm đã dùng", "The client id is in use"),
        word("invalid_jwks", "Bộ khóa công khai không đúng", "Not a set of public keys"),
        word("private_key", "Có khóa riêng trong bộ khóa", "There is a private key in it"),
        word("not_for_front_ends", "Phần mềm giao diện không có khóa", "Front ends have no keys"),
        word("wrong_password", "Mật khẩu hiện tại không đúng", "The present password is wrong"),
        word("same_password", "Mật khẩu mới phải khác mật khẩu cũ", "The new password is the old one"),
        word("too_common", "Mật khẩu quá dễ đoán", "The password is too easy to guess"),
        word("contains_username", "Mật khẩu chứa tên đăng nhập", "The password contains the user name"),
        word("invalid_code", "Mã không đúng hoặc đã hết hạn", "The code is wrong or has run out"),
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
                && !entry.ends_with("words.rs")
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

    fn lacking(list: &CodeList, words: impl IntoIterator<Item = impl AsRef<str>>) -> BTreeSet<String> {
        let known = |word: &str| list.codes.iter().any(|code| code.code == word);
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
