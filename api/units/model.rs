//! The types of units: rows, requests, answers.

use chrono::NaiveDate;
use diesel::{Identifiable, Insertable, Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::external_ids::ExternalIdScheme;
use crate::{
    code_list,
    db::{Id, Instant, schema::units},
    http::AllowedAction,
};

code_list! {
    /// What a unit is. Which kind may stand under which is data (`GET /unit-kind-rules`).
    UnitKind in "unit_kinds" {
        Province = "province", "Hội LHPN tỉnh", "Provincial union";
        Affiliated = "affiliated", "Đơn vị trực thuộc", "Affiliated unit";
        District = "district", "Hội LHPN cấp huyện", "District union";
        Base = "base", "Hội LHPN cơ sở", "Base unit";
        Branch = "branch", "Chi hội", "Branch";
        Group = "group", "Tổ phụ nữ", "Group";
        Club = "club", "Câu lạc bộ", "Club";
        Team = "team", "Tổ, nhóm phụ nữ theo chuyên đề", "Team";
    }
}

impl UnitKind {
    /// Whether people belong to it; clubs and teams draw from the members of branches.
    pub const fn takes_members(self) -> bool {
        matches!(self, Self::Base | Self::Affiliated | Self::Branch | Self::Group)
    }
}

code_list! {
    UnitStatus in "unit_statuses" {
        Active = "active", "Đang hoạt động", "Active";
        Closed = "closed", "Đã kết thúc hoạt động", "Closed";
    }
}

code_list! {
    /// What the place is like; several at once.
    Trait in "unit_traits" {
        Urban = "urban", "Đô thị", "Urban";
        Rural = "rural", "Nông thôn", "Rural";
        Mountain = "mountain", "Miền núi", "Mountain";
        Sea = "sea", "Ven biển", "Sea coast";
        Island = "island", "Đảo", "Island";
        Border = "border", "Biên giới", "Border";
        IndustrialZone = "industrial_zone", "Khu công nghiệp", "Industrial zone";
        EthnicMinority = "ethnic_minority", "Vùng đồng bào dân tộc thiểu số", "Ethnic minority area";
        Religious = "religious", "Vùng đồng bào có đạo", "Religious area";
        Remote = "remote", "Vùng sâu, vùng xa", "Remote";
        Disadvantaged = "disadvantaged", "Đặc biệt khó khăn", "Disadvantaged";
    }
}

/// Today's row.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, Identifiable)]
#[diesel(table_name = units)]
pub struct UnitRow {
    pub id: Id,
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub kind: UnitKind,
    pub code: Option<String>,
    pub name: String,
    pub search_name: String,
    pub sort_key: Vec<u8>,
    pub parent_id: Option<Id>,
    pub status: UnitStatus,
    pub founded_on: NaiveDate,
    pub closed_on: Option<NaiveDate>,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub address: Option<String>,
}

/// A unit as it is, or was on the day asked for.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Unit {
    pub id: Id,
    /// Rises by one with each change; the `ETag`.
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub kind: UnitKind,
    /// The official code on that day. Codes are re-used: 22366 has named three different wards.
    #[schema(example = "22330")]
    pub code: Option<String>,
    #[schema(example = "Phường Vĩnh Hải")]
    pub name: String,
    pub parent_id: Option<Id>,
    pub status: UnitStatus,
    pub founded_on: NaiveDate,
    /// The first day on which it no longer was.
    pub closed_on: Option<NaiveDate>,
    pub traits: Vec<Trait>,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub address: Option<String>,
    /// From the province down to the parent; with `include=ancestors`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ancestors: Option<Vec<UnitRef>>,
    /// Active members of the whole subtree by kind, today; with `include=member_counts`. Of branches and what stands below them
    /// only within your reach.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member_counts: Option<MemberCounts>,
    /// What you may do with it now.
    pub allowed_actions: Vec<AllowedAction>,
}

/// A unit in a few words.
#[derive(Clone, Debug, Serialize, ToSchema, PartialEq, Eq)]
pub struct UnitRef {
    pub id: Id,
    pub kind: UnitKind,
    pub code: Option<String>,
    pub name: String,
}

/// Active members of a unit and everything below it.
#[derive(Clone, Copy, Debug, Default, Serialize, ToSchema, PartialEq, Eq)]
pub struct MemberCounts {
    /// Regular members: the numerator of the gathering rate.
    pub regular_count: i64,
    /// Honorary members: never part of a rate.
    pub honorary_count: i64,
    /// People recorded for a post they hold without being members.
    pub ex_officio_count: i64,
}

/// A new unit.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUnit {
    /// A UUIDv7 of your own, if you make ids; sent again, the same request finds the same unit.
    pub id: Option<Id>,
    pub kind: UnitKind,
    /// Official code: 2 digits for a province, 3 for a district, 5 for a commune; free for others.
    #[validate(length(min = 1, max = 20))]
    #[schema(example = "22330", min_length = 1, max_length = 20)]
    pub code: Option<String>,
    /// With the type in front, as people say it.
    #[validate(length(min = 1, max = 200))]
    #[schema(example = "Chi hội Đường Đệ", min_length = 1, max_length = 200)]
    pub name: String,
    pub parent_id: Option<Id>,
    /// The first day on which it stands; not in the future.
    pub founded_on: NaiveDate,
    /// The decision that founded it.
    #[validate(length(max = 200))]
    #[schema(max_length = 200)]
    pub legal_basis: Option<String>,
    #[serde(default)]
    #[validate(length(max = 11))]
    pub traits: Vec<Trait>,
    #[validate(length(max = 30))]
    #[schema(max_length = 30)]
    pub phone: Option<String>,
    #[validate(email, length(max = 200))]
    #[schema(max_length = 200)]
    pub email: Option<String>,
    #[validate(length(max = 300))]
    #[schema(max_length = 300)]
    pub address: Option<String>,
}

/// What of a unit is corrected in place: its contact and its traits. Name, code and kind change by
/// `POST /units/{id}/changes`, which keeps what was.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnitContact {
    #[validate(length(max = 30))]
    #[schema(max_length = 30)]
    pub phone: Option<String>,
    #[validate(email, length(max = 200))]
    #[schema(max_length = 200)]
    pub email: Option<String>,
    #[validate(length(max = 300))]
    #[schema(max_length = 300)]
    pub address: Option<String>,
    #[validate(length(max = 11))]
    pub traits: Vec<Trait>,
}

/// From a day on, the unit is called, coded or classed otherwise. What was stays readable by `as_of`.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnitChange {
    /// The first day on which it holds; after the day of the last change, not in the future.
    pub effective_on: NaiveDate,
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub name: Option<String>,
    #[validate(length(min = 1, max = 20))]
    #[schema(min_length = 1, max_length = 20)]
    pub code: Option<String>,
    pub kind: Option<UnitKind>,
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "1196/NQ-UBTVQH15")]
    pub legal_basis: String,
}

/// The end of a unit that has no members and nothing active below it.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnitClosure {
    /// The first day on which it no longer stands; not in the future.
    pub effective_on: NaiveDate,
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub legal_basis: String,
}

/// What a unit was called from a day to a day.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct UnitPeriod {
    pub valid_from: NaiveDate,
    /// The first day on which it no longer held; empty while it does.
    pub valid_to: Option<NaiveDate>,
    pub kind: UnitKind,
    pub code: Option<String>,
    pub name: String,
    pub parent_id: Option<Id>,
    pub legal_basis: Option<String>,
    pub recorded_at: Instant,
}

/// Which kind may stand under which, and when.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct UnitKindRule {
    /// Empty: the child kind is the top of a tree.
    pub parent_kind: Option<UnitKind>,
    pub child_kind: UnitKind,
    pub valid_from: NaiveDate,
    pub valid_to: Option<NaiveDate>,
}

/// Filters of `GET /units`.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UnitFilters {
    /// Only these kinds.
    #[serde(default)]
    pub kind: Vec<UnitKind>,
    /// Active units unless you say otherwise.
    #[serde(default)]
    pub status: Vec<UnitStatus>,
    /// Children of this unit.
    pub parent_id: Option<Id>,
    /// The subtree of this unit, itself included.
    pub within: Option<Id>,
    /// The official code.
    #[param(example = "22366")]
    pub code: Option<String>,
    /// A part of the name; diacritics do not matter.
    #[param(example = "vinh hai")]
    pub q: Option<String>,
    /// Only units with this trait.
    #[serde(rename = "trait")]
    pub trait_code: Option<Trait>,
    /// What another system calls it: with `external_id`.
    pub external_scheme: Option<ExternalIdScheme>,
    /// Its number there today, or on the day `as_of`: with `external_scheme`.
    #[param(example = "22330")]
    pub external_id: Option<String>,
    /// The tree as it was on this day; not with `status` or `include=member_counts`, which are of today.
    #[param(example = "2025-06-30")]
    pub as_of: Option<NaiveDate>,
}

/// The one filter of `GET /units/{id}`.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AsOf {
    /// As it was on this day.
    #[param(example = "2025-06-30")]
    pub as_of: Option<NaiveDate>,
}
