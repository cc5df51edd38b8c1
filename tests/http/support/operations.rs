//! Every operation of the description: who may call it, what lies outside her reach looks like, and a request that
//! is right. The permission walk, the leak hunt and the tests of bad input all begin here.
//!
//! A row says only what its resource does not say already; an operation without a row fails the walk.

use std::sync::LazyLock;

use hoicoso::access::Role::{
    self, Auditor, BaseEditor, BasePresident, BranchHead, ClusterCoordinator, DistrictOfficer, Inspector, ItAdmin,
    ProvinceLeader, ProvinceOrg, ProvinceSpecialist,
};
use serde_json::{Value, json};

use super::{
    cast::{Cast, Side},
    contract::{Operation, operations_of},
    days_ago, new_id, things,
};

/// Who may call an operation.
#[derive(Clone, Copy, Debug)]
pub enum Who {
    /// Everybody, without a token.
    Public,
    /// Everybody with a token.
    SignedIn,
    Roles(&'static [Role]),
}

/// What a caller who may do it at home is told elsewhere.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outside {
    /// 404.
    NotFound,
    /// 422 about this field of the body.
    Field(&'static str),
    /// A list in which it is not.
    Absent,
    /// There is no outside.
    Alike,
}

pub struct Row {
    pub id: &'static str,
    pub who: Who,
    pub outside: Outside,
    /// For whom there is no outside.
    pub whole: &'static [Role],
    /// Of a right request; any 2xx unless it says which.
    pub status: Option<u16>,
    /// What roles without the right are told; 403 unless it says otherwise.
    pub unseen: u16,
    pub body: Option<fn(&Side) -> Value>,
}

pub(super) const fn row_for(id: &'static str, who: Who, outside: Outside) -> Row {
    Row { id, who, outside, whole: &[], status: None, unseen: 403, body: None }
}

impl Row {
    pub(super) const fn body(mut self, body: fn(&Side) -> Value) -> Self {
        self.body = Some(body);
        self
    }

    pub(super) const fn status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    pub(super) const fn unseen(mut self, status: u16) -> Self {
        self.unseen = status;
        self
    }

    pub(super) const fn whole(mut self, roles: &'static [Role]) -> Self {
        self.whole = roles;
        self
    }
}

/// Free to all.
pub(super) const fn public(id: &'static str) -> Row {
    row_for(id, Who::Public, Outside::Alike)
}

/// For everybody with a token, wherever she stands.
pub(super) const fn everybody(id: &'static str) -> Row {
    row_for(id, Who::SignedIn, Outside::Alike)
}

/// One thing, which does not exist elsewhere.
pub(super) const fn one(id: &'static str, roles: &'static [Role]) -> Row {
    row_for(id, Who::Roles(roles), Outside::NotFound)
}

/// A list, which holds nothing from elsewhere.
pub(super) const fn list(id: &'static str, roles: &'static [Role]) -> Row {
    row_for(id, Who::Roles(roles), Outside::Absent)
}

/// Something new, in a place that a field of the body names.
pub(super) const fn new(id: &'static str, roles: &'static [Role], field: &'static str) -> Row {
    row_for(id, Who::Roles(roles), Outside::Field(field))
}

/// Something that stands in no unit.
pub(super) const fn anywhere(id: &'static str, roles: &'static [Role]) -> Row {
    row_for(id, Who::Roles(roles), Outside::Alike)
}

const UNIT_KEEPERS: &[Role] = &[BasePresident, ProvinceOrg];
const COUNTERS: &[Role] = &[BaseEditor, BasePresident, ProvinceOrg];
const MEMBER_READERS: &[Role] =
    &[BranchHead, BaseEditor, BasePresident, ClusterCoordinator, DistrictOfficer, ProvinceOrg, ProvinceLeader, Inspector];
const MEMBER_KEEPERS: &[Role] = &[BranchHead, BaseEditor, BasePresident];
const REVEALERS: &[Role] = &[BasePresident, ProvinceOrg];
const OFFICER_READERS: &[Role] = &[
    BranchHead,
    BaseEditor,
    BasePresident,
    ClusterCoordinator,
    DistrictOfficer,
    ProvinceOrg,
    ProvinceSpecialist,
    ProvinceLeader,
    Inspector,
];
const OFFICER_KEEPERS: &[Role] = &[BaseEditor, BasePresident, ProvinceOrg];
const VISIT_READERS: &[Role] =
    &[BaseEditor, BasePresident, ClusterCoordinator, DistrictOfficer, ProvinceOrg, ProvinceSpecialist, ProvinceLeader, Inspector];
const VISITORS: &[Role] = &[ClusterCoordinator, ProvinceOrg, ProvinceSpecialist, ProvinceLeader, Inspector];
const BOARD: &[Role] = &[ProvinceOrg];
const ADMIN: &[Role] = &[ItAdmin];
const ADMIN_OR_AUDITOR: &[Role] = &[ItAdmin, Auditor];
const TRAIL_READERS: &[Role] = &[ItAdmin, Auditor, BasePresident, ProvinceOrg, ProvinceLeader];

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let mut rows = general();
    rows.extend(things::trainings::rows());
    rows.extend(things::inspections::rows());
    rows.extend(things::complaints::rows());
    rows.extend(things::attachments::rows());
    rows.extend(things::calendar::rows());
    rows.extend(things::vault::rows());
    rows
});

fn general() -> Vec<Row> {
    vec![
        // The door
        public("get_token").status(400),
        public("revoke_token").status(400),
        public("reset_password").status(422).body(|_| json!({ "username": "chua.co.vai", "code": "0000-0000-0000-0000", "new_password": "mưa rơi trên lá chuối" })),
        public("get_jwks"),
        public("get_authorization_server"),
        public("get_protected_resource"),
        everybody("get_me"),
        everybody("list_my_sessions"),
        everybody("end_my_session").status(404),
        everybody("sign_out").body(|_| json!({ "everywhere": false })),
        // The name in it: refused before anything is changed or counted.
        everybody("change_my_password")
            .status(422)
            .body(|_| json!({ "current_password": "con mèo nằm trên mái ngói", "new_password": "aaaaaaaaaaaaaaaa" })),
        anywhere("list_accounts", ADMIN_OR_AUDITOR),
        anywhere("get_account", ADMIN_OR_AUDITOR),
        anywhere("create_account", ADMIN).body(|_| json!({ "username": "nguoi.moi", "display_name": "Người mới" })),
        anywhere("update_account", ADMIN).body(|_| json!({ "display_name": "Tên khác" })),
        anywhere("disable_account", ADMIN).body(|_| json!({ "reason": "Nghỉ công tác" })),
        anywhere("enable_account", ADMIN).status(409).body(|_| json!({ "reason": "Đi làm lại" })),
        anywhere("issue_password_code", ADMIN),
        anywhere("list_account_role_assignments", ADMIN_OR_AUDITOR),
        anywhere("give_role_to_account", ADMIN).body(|side| json!({ "role": "base_editor", "unit_id": side.base })),
        anywhere("get_role_assignment", ADMIN_OR_AUDITOR),
        list("list_pending_role_assignments", BOARD),
        one("confirm_role_assignment", BOARD),
        anywhere("end_role_assignment", ADMIN).body(|_| json!({ "reason": "Chuyển công tác" })),
        anywhere("list_clients", ADMIN_OR_AUDITOR),
        anywhere("get_client", ADMIN_OR_AUDITOR),
        anywhere("create_client", ADMIN).body(|_| json!({ "client_id": format!("may-{}", new_id()), "name": "Máy mới", "kind": "service" })),
        anywhere("update_client", ADMIN).body(|_| json!({ "name": "Tên khác" })),
        anywhere("renew_client_secret", ADMIN),
        anywhere("disable_client", ADMIN).body(|_| json!({ "reason": "Thay máy" })),
        anywhere("enable_client", ADMIN).status(409).body(|_| json!({ "reason": "Dùng lại" })),
        anywhere("list_client_role_assignments", ADMIN_OR_AUDITOR),
        anywhere("give_role_to_client", ADMIN).body(|side| {
            // It holds the role from today on; this is a time before.
            json!({ "role": "export_client", "unit_id": side.province, "valid_from": "2024-01-01", "valid_to": "2025-01-01" })
        }),
        list("list_audit_events", TRAIL_READERS).whole(ADMIN_OR_AUDITOR),
        // The tree is no secret inside the union
        everybody("list_units"),
        everybody("get_unit"),
        everybody("list_unit_periods"),
        everybody("list_unit_kind_rules"),
        new("create_unit", UNIT_KEEPERS, "/parent_id")
            .body(|side| json!({ "kind": "team", "name": "Tổ hợp tác", "parent_id": side.unit, "founded_on": "2024-03-08" })),
        one("update_unit", UNIT_KEEPERS).body(|_| json!({ "phone": "0258 3822 123" })),
        one("change_unit", UNIT_KEEPERS)
            .body(|_| json!({ "effective_on": "2024-03-08", "name": "Chi hội tên mới", "legal_basis": "12-QĐ/HPN" })),
        one("close_unit", UNIT_KEEPERS).body(|_| json!({ "effective_on": "2024-03-08", "legal_basis": "13-QĐ/HPN" })),
        everybody("list_women_populations"),
        everybody("get_women_population"),
        one("create_women_population", COUNTERS)
            .body(|_| json!({ "basis": "statistics", "women_count": 6540, "counted_on": "2024-04-01", "source": "Niên giám thống kê 2024" })),
        // Of so small a place only those who reach it see figures.
        one("get_gathering_rate", OFFICER_READERS).unseen(404),
        everybody("list_unit_bodies"),
        everybody("get_unit_body"),
        one("create_unit_body", BOARD).body(|_| json!({ "kind": "inspection_committee", "valid_from": "2024-03-08" })),
        one("end_unit_body", BOARD).body(|_| json!({ "effective_on": "2024-03-08", "reason": "Hết nhiệm kỳ" })),
        everybody("list_unit_external_ids"),
        everybody("get_unit_external_id"),
        one("create_unit_external_id", UNIT_KEEPERS).body(|_| json!({ "scheme": "qd20_2020", "value": "G22.01.07", "valid_from": "2024-03-08" })),
        one("end_unit_external_id", UNIT_KEEPERS).body(|_| json!({ "effective_on": "2024-03-08", "reason": "Đổi mã" })),
        everybody("list_unit_supports"),
        everybody("get_unit_support"),
        new("create_unit_support", BOARD, "/supported_unit_id").body(|side| {
            json!({ "supporter_unit_id": side.district, "supported_unit_id": side.base, "reason": "Xã đảo", "starts_on": "2024-03-08" })
        }),
        one("update_unit_support", BOARD).body(|_| json!({ "reason": "Phong trào còn yếu" })),
        one("end_unit_support", BOARD).body(|_| json!({ "ends_on": "2024-03-08", "result": "Sinh hoạt đều" })),
        // Members
        list("list_members", MEMBER_READERS),
        one("get_member", MEMBER_READERS),
        new("admit_member", MEMBER_KEEPERS, "/unit_id").body(newcomer),
        new("admit_members", MEMBER_KEEPERS, "/items/0/member/unit_id")
            .body(|side| json!({ "items": [{ "ref": "row-1", "member": newcomer(side) }] })),
        list("look_up_members", MEMBER_READERS)
            .body(|side| json!({ "full_name": side.member_name, "date_of_birth": side.member_birth })),
        one("correct_member", MEMBER_KEEPERS).body(|_| json!({ "residential_area": "Tổ dân phố 5" })),
        one("list_member_events", MEMBER_READERS),
        one("list_member_core_periods", MEMBER_READERS),
        one("transfer_member", MEMBER_KEEPERS).body(|side| json!({ "to_unit_id": side.elsewhere, "effective_on": "2024-03-08" })),
        one("depart_member", MEMBER_KEEPERS)
            .body(|_| json!({ "kind": "left", "effective_on": "2024-03-08", "reason": "Theo nguyện vọng" })),
        one("record_death", MEMBER_KEEPERS).body(|_| json!({ "died_on": "2024-03-08" })),
        one("readmit_member", MEMBER_KEEPERS).body(|side| json!({ "unit_id": side.unit, "effective_on": "2024-03-08" })),
        one("reverse_member_event", MEMBER_KEEPERS).body(|_| json!({ "reason": "Nhập nhầm người" })),
        one("begin_core_membership", MEMBER_KEEPERS).body(|_| json!({ "effective_on": "2024-03-08" })),
        one("end_core_membership", MEMBER_KEEPERS).body(|_| json!({ "effective_on": "2024-03-08" })),
        one("verify_member", MEMBER_KEEPERS).body(|_| json!({ "verified_on": "2024-03-08" })),
        one("disclose_national_id", REVEALERS).body(|_| json!({ "reason": "Đối chiếu hồ sơ vay vốn" })),
        one("disclose_phone", REVEALERS).body(|_| json!({ "reason": "Mời dự họp đột xuất" })),
        // Officers
        list("list_officers", OFFICER_READERS),
        one("get_officer", OFFICER_READERS),
        one("get_unit_board", OFFICER_READERS),
        list("list_appointments", OFFICER_READERS),
        one("get_appointment", OFFICER_READERS),
        new("create_appointment", OFFICER_KEEPERS, "/unit_id").body(|side| {
            json!({ "member_id": side.member, "unit_id": side.unit, "post": "branch_deputy", "manner": "elected",
                    "is_full_time": false, "seat_kind": "core", "starts_on": "2024-03-08" })
        }),
        one("update_appointment", OFFICER_KEEPERS).body(|_| json!({ "decision_no": "21-QĐ/HPN" })),
        one("end_appointment", OFFICER_KEEPERS).body(|_| json!({ "ends_on": "2024-03-08", "reason": "resigned" })),
        one("list_qualifications", OFFICER_READERS),
        one("get_qualification", OFFICER_READERS),
        one("create_qualification", OFFICER_KEEPERS)
            .body(|_| json!({ "kind": "political_theory", "level": "intermediate", "obtained_on": "2019-06-30" })),
        one("update_qualification", OFFICER_KEEPERS).body(|_| json!({ "issuer": "Đại học Nha Trang" })),
        one("withdraw_qualification", OFFICER_KEEPERS).body(|_| json!({ "withdrawn_on": "2024-03-08", "reason": "Nhập nhầm người" })),
        list("list_unit_assignments", OFFICER_READERS),
        one("get_unit_assignment", OFFICER_READERS),
        one("get_officer_in_charge", OFFICER_READERS),
        new("create_unit_assignment", OFFICER_KEEPERS, "/unit_id")
            .body(|side| json!({ "member_id": side.officer, "unit_id": side.empty_unit, "valid_from": "2024-03-08" })),
        one("end_unit_assignment", OFFICER_KEEPERS).body(|_| json!({ "valid_to": "2024-03-08", "reason": "Phân công lại" })),
        list("list_field_visits", VISIT_READERS),
        one("get_field_visit", VISIT_READERS),
        new("create_field_visit", VISITORS, "/unit_id").body(|side| {
            json!({ "member_id": side.officer, "unit_id": side.unit, "purpose": "guidance", "planned_on": days_ago(3) })
        }),
        one("update_field_visit", VISITORS).body(|_| json!({ "purpose": "survey" })),
        one("complete_field_visit", VISITORS).body(|_| json!({ "done_on": days_ago(2), "findings": "Chi hội sinh hoạt đều" })),
        one("cancel_field_visit", VISITORS).body(|_| json!({ "reason": "Bão" })),
        // Terms and standards are no secret; the province keeps them
        everybody("list_terms"),
        everybody("get_term"),
        new("create_term", BOARD, "/unit_id").body(|side| {
            json!({ "unit_id": side.empty_unit, "ordinal": "I", "name": "Nhiệm kỳ đầu", "starts_on": "2022-01-01", "ends_on": "2027-01-01" })
        }),
        one("update_term", BOARD).body(|_| json!({ "name": "Nhiệm kỳ khác" })),
        everybody("list_title_standards"),
        everybody("get_title_standard"),
        anywhere("create_title_standard", BOARD).body(|_| {
            json!({ "post": "club_head", "unit_kind": "club", "valid_from": "2024-01-01", "legal_basis": "14-HD/ĐCT",
                    "required_certificates": ["union_work_certificate"] })
        }),
        anywhere("update_title_standard", BOARD).body(|_| json!({ "legal_basis": "15-HD/ĐCT" })),
        // The service itself
        public("list_code_lists"),
        public("get_code_list"),
        public("list_state_machines"),
        public("get_api_description"),
        public("get_api_description_3_0"),
        public("get_api_catalog"),
        public("get_liveness"),
        public("get_readiness"),
        public("get_metrics"),
    ]
}

fn newcomer(side: &Side) -> Value {
    json!({ "unit_id": side.unit, "full_name": "Tô Thị Nhàn", "date_of_birth": "1993-03-13", "joined_on": "2024-03-08",
            "phone": "0905 777 888", "national_id": "056193007777", "address": "Số 8, đường Ba Tháng Hai" })
}

pub fn rows() -> &'static [Row] {
    &ROWS
}

pub fn row(id: &str) -> &'static Row {
    ROWS.iter().find(|row| row.id == id).unwrap_or_else(|| panic!("no row for {id}"))
}

/// Operations of a description that no row is for, and rows that no operation is for.
pub fn missing_rows(document: &Value) -> Vec<String> {
    let operations = operations_of(document);
    let without = operations.iter().filter(|operation| !ROWS.iter().any(|row| row.id == operation.id));
    let stale = ROWS.iter().filter(|row| !operations.iter().any(|operation| operation.id == row.id));
    without.map(|operation| operation.id.clone()).chain(stale.map(|row| format!("(gone) {}", row.id))).collect()
}

/// A right body for an operation, if it takes one.
pub fn body_for(id: &str, side: &Side) -> Option<Value> {
    row(id).body.map(|body| body(side))
}

/// The address of an operation in one place, and the table and id of what it names.
pub fn path_for(operation: &Operation, side: &Side, cast: &Cast) -> (String, Option<(&'static str, String)>) {
    let resource = operation.path.trim_start_matches("/api/v1/").split('/').next().unwrap_or_default();
    if let Some(path) = things::attachments::address(operation, side) {
        return (path, None);
    }
    if !operation.path.contains('{') {
        return (operation.path.clone(), None);
    }
    let things = things::trainings::named(resource, operation, side, cast)
        .or_else(|| things::inspections::named(resource, operation, side, cast))
        .or_else(|| things::vault::named(resource, operation, side))
        .or_else(|| things::complaints::named(resource, operation, side, cast))
        .or_else(|| things::attachments::named(resource, operation, side, cast))
        .or_else(|| things::calendar::named(resource, operation, side, cast));
    let (table, id) = match (resource, operation.id.as_str()) {
        _ if things.is_some() => things.unwrap_or_default(),
        ("members", "readmit_member" | "reverse_member_event") => ("members", side.former.clone()),
        ("members", "end_core_membership") => ("members", side.core.clone()),
        ("members", _) => ("members", side.member.clone()),
        ("officers", _) => ("members", side.officer.clone()),
        ("units", "create_unit_body") => ("units", side.base.clone()),
        ("units", "close_unit") => ("units", side.empty_unit.clone()),
        ("units", _) => ("units", side.unit.clone()),
        ("appointments", _) => ("appointments", side.appointment.clone()),
        ("qualifications", _) => ("qualifications", side.qualification.clone()),
        ("unit-assignments", _) => ("unit_assignments", side.unit_assignment.clone()),
        ("field-visits", _) => ("field_visits", side.field_visit.clone()),
        ("terms", _) => ("terms", side.term.clone()),
        ("women-populations", _) => ("women_populations", side.women_population.clone()),
        ("unit-bodies", _) => ("unit_bodies", side.unit_body.clone()),
        ("unit-external-ids", _) => ("unit_external_ids", side.unit_external_id.clone()),
        ("unit-supports", _) => ("unit_supports", side.unit_support.clone()),
        ("title-standards", _) => ("title_standards", cast.title_standard.clone()),
        ("accounts", _) => ("accounts", cast.accounts["chua.co.vai"].clone()),
        ("clients", _) => ("clients", cast.export_client.id.clone()),
        ("role-assignments", "confirm_role_assignment") => ("role_assignments", side.pending.clone()),
        ("role-assignments", _) => ("role_assignments", cast.role_assignment.clone()),
        ("code-lists", _) => ("", "unit_kinds".into()),
        ("me", _) => ("", "0199c2a4-5b1e-7c3d-9f00-3a5d2c1b0e42".into()),
        _ => panic!("no object for {}: add its kind here", operation.path),
    };
    let (start, rest) = operation.path.split_once('{').unwrap_or_default();
    let end = rest.split_once('}').map_or("", |(_, end)| end);
    (format!("{start}{id}{end}"), (!table.is_empty()).then_some((table, id)))
}
