//! The types of members: rows, requests, answers.

use chrono::NaiveDate;
use diesel::{Identifiable, Insertable, Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::{
    code_list,
    db::{
        Id, Instant, QuickDay, TextList,
        schema::{member_events, members},
    },
    http::AllowedAction,
    units::UnitRef,
};

code_list! {
    /// How somebody stands on the roll.
    MemberKind in "member_kinds" {
        Regular = "regular", "Hội viên", "Regular member";
        Honorary = "honorary", "Hội viên danh dự", "Honorary member";
        /// Holds a post without being a member (a village head who heads the branch): in no count of members.
        ExOfficio = "ex_officio", "Người giữ chức danh kiêm nhiệm", "Post holder who is no member";
    }
}

code_list! {
    MemberStatus in "member_statuses" {
        Active = "active", "Đang sinh hoạt", "Active";
        /// By her own wish, or to another province.
        Left = "left", "Đã thôi sinh hoạt", "Left";
        Removed = "removed", "Đã đưa ra khỏi danh sách", "Removed";
        Deceased = "deceased", "Đã mất", "Deceased";
    }
}

impl MemberStatus {
    /// Who may be admitted again.
    pub const FORMER: [Self; 2] = [Self::Left, Self::Removed];
}

code_list! {
    Sex in "sexes" {
        Female = "female", "Nữ", "Female";
        Male = "male", "Nam", "Male";
    }
}

code_list! {
    /// Six months of temporary residence count as residence (domain guide 3.3).
    ResidenceKind in "residence_kinds" {
        Permanent = "permanent", "Thường trú", "Permanent";
        Temporary = "temporary", "Tạm trú từ 6 tháng", "Temporary, six months or more";
    }
}

code_list! {
    /// Groups of women the programme names; several at once. HIV status is never recorded of a person.
    SpecialGroup in "special_groups" {
        CivilServant = "civil_servant", "Nữ cán bộ, công chức, viên chức", "Civil servants";
        Worker = "worker", "Nữ công nhân lao động", "Workers";
        Young = "young", "Nữ thanh niên", "Young women";
        Elderly = "elderly", "Phụ nữ cao tuổi", "Elderly women";
        Poor = "poor", "Phụ nữ nghèo", "Poor women";
        Disabled = "disabled", "Phụ nữ khuyết tật", "Women with disabilities";
        Single = "single", "Phụ nữ đơn thân", "Single women";
        Rural = "rural", "Phụ nữ nông thôn", "Rural women";
        MiddleAged = "middle_aged", "Phụ nữ trung niên", "Middle-aged women";
        Entrepreneur = "entrepreneur", "Nữ doanh nhân", "Entrepreneurs";
        WorkingAway = "working_away", "Phụ nữ đi làm ăn xa", "Women working away";
        EthnicMinority = "ethnic_minority", "Phụ nữ dân tộc thiểu số", "Ethnic minority women";
        Religious = "religious", "Phụ nữ có đạo", "Religious women";
    }
}

impl SpecialGroup {
    /// Sensitive by Law 91/2025/QH15 (health, private life, origin, belief): kept only with consent.
    pub const fn is_sensitive(self) -> bool {
        matches!(self, Self::Poor | Self::Disabled | Self::Single | Self::EthnicMinority | Self::Religious)
    }
}

code_list! {
    /// What happened to somebody on the roll.
    MemberEventKind in "member_event_kinds" {
        Admitted = "admitted", "Kết nạp", "Admitted";
        MovedIn = "moved_in", "Chuyển đến từ tỉnh khác", "Came from another province";
        Transferred = "transferred", "Chuyển sinh hoạt", "Moved to another unit";
        Left = "left", "Xin thôi", "Left";
        MovedOut = "moved_out", "Chuyển đi tỉnh khác", "Went to another province";
        Removed = "removed", "Đưa ra khỏi danh sách", "Removed";
        Deceased = "deceased", "Mất", "Died";
        Readmitted = "readmitted", "Kết nạp lại", "Admitted again";
    }
}

impl MemberEventKind {
    /// With one of these a life on the roll begins; it is never taken back.
    pub const ADMISSIONS: [Self; 2] = [Self::Admitted, Self::MovedIn];
}

code_list! {
    /// How somebody comes onto the roll for the first time.
    AdmissionKind in "admission_kinds" {
        Admitted = "admitted", "Kết nạp", "Admitted";
        /// A member already, of another province: in no count of new admissions.
        MovedIn = "moved_in", "Chuyển đến từ tỉnh khác", "Came from another province";
    }
}

code_list! {
    DepartureKind in "departure_kinds" {
        Left = "left", "Xin thôi", "Left by her own wish";
        MovedOut = "moved_out", "Chuyển đi tỉnh khác", "Went to another province";
        Removed = "removed", "Đưa ra khỏi danh sách", "Struck off the roll";
    }
}

/// The row.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, Identifiable)]
#[diesel(table_name = members, treat_none_as_default_value = false)]
pub struct MemberRow {
    pub id: Id,
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub membership_no: String,
    pub kind: MemberKind,
    pub status: MemberStatus,
    pub full_name: String,
    pub search_name: String,
    pub sort_key: Vec<u8>,
    pub sex: Sex,
    #[diesel(deserialize_as = QuickDay)]
    pub born_on: NaiveDate,
    pub birth_precision: String,
    pub national_id_sealed: Option<Vec<u8>>,
    pub national_id_hash: Option<Vec<u8>>,
    pub national_id_last3: Option<String>,
    pub national_id_reason: Option<String>,
    pub phone: Option<String>,
    pub address: Option<String>,
    pub residential_area: Option<String>,
    pub residence_kind: ResidenceKind,
    pub occupation_code: Option<String>,
    pub ethnic_group_code: Option<String>,
    pub religion_code: Option<String>,
    pub sensitive_consent_on: Option<NaiveDate>,
    pub special_groups: TextList,
    pub is_core: bool,
    pub unit_id: Id,
    #[diesel(deserialize_as = QuickDay)]
    pub joined_on: NaiveDate,
    pub left_on: Option<NaiveDate>,
    pub last_verified_on: Option<NaiveDate>,
}

/// A member, as far as you may see her: what is hidden from you is named in `masked_fields`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Member {
    pub id: Id,
    /// Rises by one with each change; the `ETag`.
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    /// Random, not running.
    #[schema(example = "KH-7Q4M-X2ZD")]
    pub membership_no: String,
    pub kind: MemberKind,
    pub status: MemberStatus,
    #[schema(example = "Nguyễn Thị Hòa")]
    pub full_name: String,
    pub sex: Sex,
    /// Day, month or only year of birth, as far as it is known and you may see it.
    #[schema(example = "1990-05-17")]
    pub date_of_birth: String,
    /// Always with asterisks; the full number: `POST /members/{id}/national-id-disclosures`.
    #[schema(example = "*********123")]
    pub national_id: Option<String>,
    /// Why the number was taken although it disagrees with sex, year of birth or the list of provinces.
    pub national_id_reason: Option<String>,
    /// With asterisks outside her own unit; the full number: `POST /members/{id}/phone-disclosures`.
    #[schema(example = "+84901234567")]
    pub phone: Option<String>,
    pub address: Option<String>,
    #[schema(example = "Tổ dân phố 5")]
    pub residential_area: Option<String>,
    pub residence_kind: ResidenceKind,
    /// `GET /code-lists/occupations`.
    pub occupation_code: Option<String>,
    /// `GET /code-lists/ethnic_groups`. Sensitive.
    pub ethnic_group_code: Option<String>,
    /// `GET /code-lists/religions`. Sensitive.
    pub religion_code: Option<String>,
    /// When she agreed that sensitive data are kept.
    pub sensitive_consent_on: Option<NaiveDate>,
    /// Without those that need consent, where you do not see these.
    #[schema(value_type = Vec<SpecialGroup>)]
    pub special_groups: Vec<String>,
    /// Core member (hội viên nòng cốt).
    pub is_core: bool,
    pub unit_id: Id,
    /// With `include=unit`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitRef>,
    pub joined_on: NaiveDate,
    pub left_on: Option<NaiveDate>,
    /// When somebody last made sure that she is there.
    pub last_verified_on: Option<NaiveDate>,
    /// Fields whose value you do not see in full.
    pub masked_fields: Vec<&'static str>,
    /// What you may do with it now; in a list with `include=allowed_actions`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_actions: Option<Vec<AllowedAction>>,
}

/// What is known of a person: given at admission, corrected by `PATCH`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberDetails {
    #[serde(default = "regular")]
    pub kind: MemberKind,
    #[validate(length(min = 2, max = 100))]
    #[schema(example = "Nguyễn Thị Hòa", min_length = 2, max_length = 100)]
    pub full_name: String,
    /// A regular member is a woman; honorary members and post holders may be men.
    #[serde(default = "female")]
    pub sex: Sex,
    /// `1990-05-17`, `1990-05` or `1990`.
    #[validate(length(max = 10))]
    #[schema(example = "1990-05-17", max_length = 10)]
    pub date_of_birth: String,
    /// Twelve digits; spaces and dots do not matter. Optional: many have none at hand.
    #[validate(length(max = 30))]
    #[schema(example = "056190004321", max_length = 30)]
    pub national_id: Option<String>,
    /// Why the number is right although it disagrees with sex, year of birth or the list of provinces. A correction of
    /// number, sex or birth needs it anew.
    #[validate(length(min = 5, max = 300))]
    #[schema(min_length = 5, max_length = 300)]
    pub national_id_reason: Option<String>,
    /// Today's or the old 11-digit form; kept as +84…
    #[validate(length(max = 30))]
    #[schema(example = "0901 234 567", max_length = 30)]
    pub phone: Option<String>,
    #[validate(length(max = 300))]
    #[schema(max_length = 300)]
    pub address: Option<String>,
    /// Village, hamlet or street group.
    #[validate(length(max = 100))]
    #[schema(example = "Tổ dân phố 5", max_length = 100)]
    pub residential_area: Option<String>,
    #[serde(default = "permanent")]
    pub residence_kind: ResidenceKind,
    /// `GET /code-lists/occupations`.
    #[validate(length(max = 5))]
    #[schema(max_length = 5)]
    pub occupation_code: Option<String>,
    /// `GET /code-lists/ethnic_groups`; needs consent.
    #[validate(length(max = 5))]
    #[schema(max_length = 5)]
    pub ethnic_group_code: Option<String>,
    /// `GET /code-lists/religions`; needs consent.
    #[validate(length(max = 5))]
    #[schema(max_length = 5)]
    pub religion_code: Option<String>,
    /// When she agreed that sensitive data (ethnic group, religion, some special groups) are kept.
    pub sensitive_consent_on: Option<NaiveDate>,
    #[serde(default)]
    #[validate(length(max = 13))]
    pub special_groups: Vec<SpecialGroup>,
    /// The day of admission; not in the future, and not before she was 18.
    pub joined_on: NaiveDate,
}

const fn admitted() -> AdmissionKind {
    AdmissionKind::Admitted
}
const fn regular() -> MemberKind {
    MemberKind::Regular
}
const fn female() -> Sex {
    Sex::Female
}
const fn permanent() -> ResidenceKind {
    ResidenceKind::Permanent
}

/// An admission.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMember {
    /// A UUIDv7 of your own, if you make ids; sent again, the same request finds the same member.
    pub id: Option<Id>,
    /// The branch, group or base unit that she joins.
    pub unit_id: Id,
    #[validate(length(max = 100))]
    #[schema(max_length = 100)]
    pub decision_no: Option<String>,
    /// Whether she is admitted, or comes as a member from another province.
    #[serde(default = "admitted")]
    pub admission_kind: AdmissionKind,
    #[serde(default = "regular")]
    pub kind: MemberKind,
    #[validate(length(min = 2, max = 100))]
    #[schema(example = "Nguyễn Thị Hòa", min_length = 2, max_length = 100)]
    pub full_name: String,
    /// A regular member is a woman; honorary members and post holders may be men.
    #[serde(default = "female")]
    pub sex: Sex,
    /// `1990-05-17`, `1990-05` or `1990`.
    #[validate(length(max = 10))]
    #[schema(example = "1990-05-17", max_length = 10)]
    pub date_of_birth: String,
    /// Twelve digits; spaces and dots do not matter. Optional: many have none at hand.
    #[validate(length(max = 30))]
    #[schema(example = "056190004321", max_length = 30)]
    pub national_id: Option<String>,
    /// Why the number is right although it disagrees with sex, year of birth or the list of provinces.
    #[validate(length(min = 5, max = 300))]
    #[schema(min_length = 5, max_length = 300)]
    pub national_id_reason: Option<String>,
    /// Today's or the old 11-digit form; kept as +84…
    #[validate(length(max = 30))]
    #[schema(example = "0901 234 567", max_length = 30)]
    pub phone: Option<String>,
    #[validate(length(max = 300))]
    #[schema(max_length = 300)]
    pub address: Option<String>,
    /// Village, hamlet or street group.
    #[validate(length(max = 100))]
    #[schema(example = "Tổ dân phố 5", max_length = 100)]
    pub residential_area: Option<String>,
    #[serde(default = "permanent")]
    pub residence_kind: ResidenceKind,
    /// `GET /code-lists/occupations`.
    #[validate(length(max = 5))]
    #[schema(max_length = 5)]
    pub occupation_code: Option<String>,
    /// `GET /code-lists/ethnic_groups`; needs consent.
    #[validate(length(max = 5))]
    #[schema(max_length = 5)]
    pub ethnic_group_code: Option<String>,
    /// `GET /code-lists/religions`; needs consent.
    #[validate(length(max = 5))]
    #[schema(max_length = 5)]
    pub religion_code: Option<String>,
    /// When she agreed that sensitive data (ethnic group, religion, some special groups) are kept.
    pub sensitive_consent_on: Option<NaiveDate>,
    #[serde(default)]
    #[validate(length(max = 13))]
    pub special_groups: Vec<SpecialGroup>,
    /// The day of admission; not in the future, and not before she was 18.
    pub joined_on: NaiveDate,
}

impl NewMember {
    /// The part that may be corrected later.
    pub fn details(&self) -> MemberDetails {
        MemberDetails {
            kind: self.kind,
            full_name: self.full_name.clone(),
            sex: self.sex,
            date_of_birth: self.date_of_birth.clone(),
            national_id: self.national_id.clone(),
            national_id_reason: self.national_id_reason.clone(),
            phone: self.phone.clone(),
            address: self.address.clone(),
            residential_area: self.residential_area.clone(),
            residence_kind: self.residence_kind,
            occupation_code: self.occupation_code.clone(),
            ethnic_group_code: self.ethnic_group_code.clone(),
            religion_code: self.religion_code.clone(),
            sensitive_consent_on: self.sensitive_consent_on,
            special_groups: self.special_groups.clone(),
            joined_on: self.joined_on,
        }
    }
}

/// A move to another unit.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTransfer {
    /// Any active branch, group or base unit of the province.
    pub to_unit_id: Id,
    /// The first day there; not in the future, not before she came to where she is.
    pub effective_on: NaiveDate,
    #[validate(length(max = 300))]
    #[schema(max_length = 300)]
    pub reason: Option<String>,
    #[validate(length(max = 100))]
    #[schema(max_length = 100)]
    pub decision_no: Option<String>,
}

/// She leaves, or is struck off.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDeparture {
    pub kind: DepartureKind,
    pub effective_on: NaiveDate,
    #[validate(length(min = 3, max = 300))]
    #[schema(min_length = 3, max_length = 300)]
    pub reason: String,
    #[validate(length(max = 100))]
    #[schema(max_length = 100)]
    pub decision_no: Option<String>,
}

/// She has died.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDeath {
    pub died_on: NaiveDate,
}

/// She comes back.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReadmission {
    /// The branch, group or base unit within your reach that she joins.
    pub unit_id: Id,
    pub effective_on: NaiveDate,
    /// Only for somebody who left outside your reach: her number and, as it is known of her, her date of birth. They
    /// show that she is there before you.
    #[validate(length(max = 30))]
    #[schema(example = "056190004321", max_length = 30)]
    pub national_id: Option<String>,
    #[validate(length(max = 10))]
    #[schema(example = "1990-05-17", max_length = 10)]
    pub date_of_birth: Option<String>,
    #[validate(length(max = 300))]
    #[schema(max_length = 300)]
    pub reason: Option<String>,
    #[validate(length(max = 100))]
    #[schema(max_length = 100)]
    pub decision_no: Option<String>,
}

/// What was entered last of her life is taken back.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReversal {
    #[validate(length(min = 3, max = 300))]
    #[schema(min_length = 3, max_length = 300, example = "Nhập nhầm người")]
    pub reason: String,
}

/// She becomes a core member, or is one no more.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CoreChange {
    pub effective_on: NaiveDate,
    #[validate(length(max = 300))]
    #[schema(max_length = 300)]
    pub reason: Option<String>,
}

/// Somebody made sure that she is there.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewVerification {
    pub verified_on: NaiveDate,
}

/// Why the full number is needed; kept in the audit trail.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDisclosure {
    #[validate(length(min = 10, max = 300))]
    #[schema(min_length = 10, max_length = 300, example = "Đối chiếu hồ sơ vay vốn theo yêu cầu của hội viên")]
    pub reason: String,
}

/// The full citizen number, shown once; do not store it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Disclosure {
    pub member_id: Id,
    #[schema(example = "056190004321")]
    pub national_id: String,
    pub disclosed_at: Instant,
}

/// The full phone number, shown once; do not store it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PhoneDisclosure {
    pub member_id: Id,
    #[schema(example = "+84901234567")]
    pub phone: String,
    pub disclosed_at: Instant,
}

/// Whom you look for: by number, by phone, or by full name and date of birth. In the body, so that it stands in no
/// address and no log.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Lookup {
    #[validate(length(max = 30))]
    #[schema(example = "056190004321", max_length = 30)]
    pub national_id: Option<String>,
    #[validate(length(max = 30))]
    #[schema(max_length = 30)]
    pub phone: Option<String>,
    #[validate(length(min = 2, max = 100))]
    #[schema(min_length = 2, max_length = 100)]
    pub full_name: Option<String>,
    #[validate(length(max = 10))]
    #[schema(max_length = 10)]
    pub date_of_birth: Option<String>,
}

/// Who was found within your reach.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Found {
    /// At most 20.
    pub items: Vec<Member>,
}

/// Several admissions at once.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    #[validate(length(min = 1, max = 1000), nested)]
    #[schema(min_items = 1, max_items = 1000)]
    pub items: Vec<BatchItem>,
}

/// One admission of a batch.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchItem {
    /// Your name for the row; comes back in the answer.
    #[validate(length(max = 100))]
    #[schema(example = "row-17", max_length = 100)]
    pub r#ref: Option<String>,
    /// Read and checked row by row, so that with `mode=each` a bad one stands alone.
    #[schema(value_type = NewMember)]
    pub member: serde_json::Value,
}

impl BatchItem {
    pub fn gives_number(&self) -> bool {
        self.member.get("national_id").is_some_and(|number| !number.is_null())
    }
}

/// What became of one row of a batch.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BatchResult {
    pub index: usize,
    pub r#ref: Option<String>,
    /// The status it would have had alone: 201, 409, 422 …
    pub status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Id>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<crate::http::ProblemBody>)]
    pub problem: Option<serde_json::Value>,
}

/// What became of a batch.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BatchResults {
    pub items: Vec<BatchResult>,
}

/// How a batch is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BatchMode {
    /// All rows or none.
    #[default]
    All,
    /// Each row for itself; the answer is 207.
    Each,
}

#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BatchParameters {
    /// `all` (the default): one bad row refuses the batch. `each`: good rows are kept, the answer is 207.
    #[serde(default)]
    #[param(inline)]
    pub mode: BatchMode,
}

/// Something that happened to a member.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Selectable)]
#[diesel(table_name = member_events)]
pub struct MemberEvent {
    pub id: Id,
    pub kind: MemberEventKind,
    /// The day from which it holds.
    pub effective_on: NaiveDate,
    /// The moment it was entered.
    pub recorded_at: Instant,
    pub from_unit_id: Option<Id>,
    pub to_unit_id: Option<Id>,
    pub reason: Option<String>,
    pub decision_no: Option<String>,
    /// When it was taken back, because it had been entered wrongly; such an event counts no more.
    pub voided_at: Option<Instant>,
    pub void_reason: Option<String>,
}

/// A time as core member.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CorePeriod {
    pub id: Id,
    pub valid_from: NaiveDate,
    pub valid_to: Option<NaiveDate>,
    pub end_reason: Option<String>,
}

/// Filters of `GET /members`.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MemberFilters {
    /// The subtree of this unit, itself included.
    pub within: Option<Id>,
    /// Exactly this unit.
    pub unit: Option<Id>,
    /// Active members unless you say otherwise.
    #[serde(default)]
    pub status: Vec<MemberStatus>,
    /// Only these kinds.
    #[serde(default)]
    pub kind: Vec<MemberKind>,
    /// A part of the name; diacritics do not matter.
    #[param(example = "thi hoa")]
    pub q: Option<String>,
    /// Only core members, or only others.
    pub is_core: Option<bool>,
    /// In one of these special groups today. Those that need consent only for who sees them of everybody within her
    /// reach.
    #[serde(default)]
    pub special_group: Vec<SpecialGroup>,
    /// For the yearly review: last seen before this day, or never.
    #[param(example = "2026-01-01")]
    pub verified_before: Option<NaiveDate>,
    /// Admitted on this day or later.
    pub joined_from: Option<NaiveDate>,
    /// Admitted on this day or earlier.
    pub joined_to: Option<NaiveDate>,
    /// Changed at this moment or later.
    pub updated_since: Option<Instant>,
}
