//! Rows, requests and answers of inspections.

use chrono::NaiveDate;
use diesel::{AsChangeset, Identifiable, Insertable, Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::{
    code_list,
    db::{
        Id, Instant,
        schema::{inspection_notices, inspection_self_reports, inspections},
    },
    http::AllowedAction,
    officers::PersonRef,
    units::UnitRef,
};

code_list! {
    /// What an inspection is about.
    InspectionKind in "inspection_kinds" {
        Charter = "charter", "Thực hiện Điều lệ Hội", "Keeping the charter";
        Thematic = "thematic", "Chuyên đề", "Thematic";
        Finance = "finance", "Hội phí, quỹ hội", "Fees and funds";
        ComplaintTriggered = "complaint_triggered", "Khi có đơn thư, dấu hiệu vi phạm", "After a petition or signs of a violation";
        FollowUp = "follow_up", "Phúc tra việc khắc phục", "Whether earlier findings were put right";
    }
}

code_list! {
    /// Whether it ends in conclusions (kiểm tra) or watches and advises (giám sát).
    InspectionMode in "inspection_modes" {
        Inspect = "inspect", "Kiểm tra", "Inspect";
        Supervise = "supervise", "Giám sát", "Supervise";
    }
}

code_list! {
    InspectionStatus in "inspection_statuses" {
        Planned = "planned", "Dự kiến", "Planned";
        Scheduled = "scheduled", "Đã có quyết định", "Scheduled";
        Postponed = "postponed", "Tạm hoãn", "Postponed";
        InProgress = "in_progress", "Đang kiểm tra", "In progress";
        FieldworkDone = "fieldwork_done", "Xong kiểm tra tại đơn vị", "Fieldwork done";
        Drafted = "drafted", "Đã dự thảo kết quả", "Drafted";
        Commented = "commented", "Đơn vị đã góp ý", "Commented by the unit";
        NoticeIssued = "notice_issued", "Đã thông báo kết quả", "Notice issued";
        InRemediation = "in_remediation", "Đang khắc phục", "Being put right";
        Closed = "closed", "Đã kết thúc", "Closed";
        Cancelled = "cancelled", "Đã hủy", "Cancelled";
    }
}

code_list! {
    /// How much of an inspection somebody sees.
    InspectionVisibility in "inspection_visibilities" {
        Nothing = "nothing", "Chưa được biết", "Nothing";
        Head = "head", "Quyết định, lịch, đoàn và việc phải làm", "Decision, dates, team and what is to be done";
        Draft = "with_draft", "Cả dự thảo kết quả", "The draft as well";
        All = "all", "Toàn bộ", "Everything";
    }
}

code_list! {
    /// Who signed the minutes.
    MinutesSignature in "minutes_signatures" {
        BothSigned = "both_signed", "Hai bên cùng ký", "Signed by both sides";
        RefusedToSign = "refused_to_sign", "Đơn vị không ký", "The unit refused to sign";
    }
}

code_list! {
    /// To whom a notice of results goes.
    NoticeRecipientKind in "notice_recipient_kinds" {
        InspectedUnit = "inspected_unit", "Đơn vị được kiểm tra", "The inspected unit";
        PartyCommittee = "party_committee", "Cấp ủy cùng cấp", "Its Party committee";
        SuperiorUnit = "superior_unit", "Hội cấp trên", "The superior unit";
        Other = "other", "Nơi khác", "Somebody else";
    }
}

/// The row. No other table may have more columns.
#[derive(Clone, Debug, Serialize, Queryable, Selectable, Insertable, Identifiable, AsChangeset)]
#[diesel(table_name = inspections, treat_none_as_null = true)]
pub(super) struct InspectionRow {
    pub id: Id,
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub unit_id: Id,
    pub inspected_unit_id: Id,
    pub plan_item_id: Option<Id>,
    pub previous_id: Option<Id>,
    pub kind: InspectionKind,
    pub mode: InspectionMode,
    pub topic: String,
    pub status: InspectionStatus,
    /// How much the inspected unit sees by now: [`super::rules::shown`].
    pub shown: InspectionVisibility,
    pub is_surprise: bool,
    pub starts_on: NaiveDate,
    pub ends_on: NaiveDate,
    pub decision_no: Option<String>,
    pub sent_on: Option<NaiveDate>,
    pub checklist_id: Option<Id>,
    pub checklist_edition: Option<i64>,
    pub started_on: Option<NaiveDate>,
    pub fieldwork_done_on: Option<NaiveDate>,
    pub minutes_signature: Option<MinutesSignature>,
    pub minutes_note: Option<String>,
    pub no_issue: bool,
    pub shared_on: Option<NaiveDate>,
    pub comment_due_on: Option<NaiveDate>,
    pub comment: Option<String>,
    pub commented_on: Option<NaiveDate>,
    pub postponed_count: i64,
    pub notice_due_on: Option<NaiveDate>,
    pub closed_on: Option<NaiveDate>,
}

/// Somebody of the team.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct InspectionTeamMember {
    pub member_id: Id,
    pub member: PersonRef,
    pub is_lead: bool,
}

/// An inspection of a unit by one above it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Inspection {
    pub id: Id,
    /// Rises by one with each change; the `ETag`.
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    /// The unit that inspects.
    pub unit_id: Id,
    pub unit: UnitRef,
    /// The unit that is inspected.
    pub inspected_unit_id: Id,
    pub inspected_unit: UnitRef,
    /// The line of the yearly plan that it carries out.
    pub plan_item_id: Option<Id>,
    /// The inspection that this one follows up.
    pub previous_id: Option<Id>,
    pub kind: InspectionKind,
    pub mode: InspectionMode,
    #[schema(example = "Quản lý, sử dụng hội phí và quỹ hội")]
    pub topic: String,
    pub status: InspectionStatus,
    /// Without notice to the unit, which hears of it when it begins.
    pub is_surprise: bool,
    #[schema(example = "2026-04-20")]
    pub starts_on: NaiveDate,
    /// The last day.
    #[schema(example = "2026-04-22")]
    pub ends_on: NaiveDate,
    pub decision_no: Option<String>,
    /// When decision and content were sent to the unit.
    pub sent_on: Option<NaiveDate>,
    /// The lead first.
    pub team: Vec<InspectionTeamMember>,
    pub checklist_id: Option<Id>,
    pub checklist_edition: Option<i64>,
    pub started_on: Option<NaiveDate>,
    pub fieldwork_done_on: Option<NaiveDate>,
    pub minutes_signature: Option<MinutesSignature>,
    pub minutes_note: Option<String>,
    /// Nothing was found, and that was said.
    pub no_issue: bool,
    /// When the draft was shown to the unit.
    pub shared_on: Option<NaiveDate>,
    /// Until when the unit may comment; after it silence means that it has nothing to say.
    pub comment_due_on: Option<NaiveDate>,
    pub comment: Option<String>,
    pub commented_on: Option<NaiveDate>,
    pub postponed_count: i64,
    /// By when the notice of results must be issued: 15 days after the fieldwork.
    pub notice_due_on: Option<NaiveDate>,
    /// The notice should have been issued by now.
    pub is_notice_overdue: bool,
    pub notice: Option<ResultNotice>,
    pub closed_on: Option<NaiveDate>,
    /// How much of it you see.
    pub visibility: InspectionVisibility,
    /// What of it is hidden from you.
    #[schema(example = json!([]))]
    pub masked_fields: Vec<&'static str>,
    /// What you may do with it now.
    pub allowed_actions: Vec<AllowedAction>,
}

/// A new inspection.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInspection {
    /// A UUIDv7 of your own, if you make ids; sent again, the same request finds the same inspection.
    pub id: Option<Id>,
    /// The unit that inspects, within your reach.
    pub unit_id: Id,
    /// A unit below it.
    pub inspected_unit_id: Id,
    /// A line of an approved plan of the unit that inspects.
    pub plan_item_id: Option<Id>,
    /// The inspection that this one follows up; with kind `follow_up`, and only then.
    pub previous_id: Option<Id>,
    pub kind: InspectionKind,
    pub mode: InspectionMode,
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300, example = "Quản lý, sử dụng hội phí và quỹ hội")]
    pub topic: String,
    /// Without notice to the unit.
    #[serde(default)]
    pub is_surprise: bool,
    /// A checklist that has not ended; its present edition is used.
    pub checklist_id: Option<Id>,
    #[schema(example = "2026-04-20")]
    pub starts_on: NaiveDate,
    /// The last day; at most 60 days after the first.
    #[schema(example = "2026-04-22")]
    pub ends_on: NaiveDate,
}

/// What of an inspection is changed in place, while it is planned.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InspectionCorrection {
    pub mode: InspectionMode,
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300)]
    pub topic: String,
    pub is_surprise: bool,
    /// A checklist that has not ended; its present edition is used.
    pub checklist_id: Option<Id>,
    #[schema(example = "2026-04-20")]
    pub starts_on: NaiveDate,
    #[schema(example = "2026-04-22")]
    pub ends_on: NaiveDate,
}

/// Filters of `GET /inspections`.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct InspectionFilters {
    /// Of this unit.
    pub unit: Option<Id>,
    /// Of this unit and those below it.
    pub within: Option<Id>,
    /// By this unit.
    pub inspecting_unit: Option<Id>,
    /// Only these states.
    #[serde(default)]
    pub status: Vec<InspectionStatus>,
    /// Only these kinds.
    #[serde(default)]
    pub kind: Vec<InspectionKind>,
    #[serde(default)]
    pub mode: Vec<InspectionMode>,
    /// Beginning on this day or later.
    #[param(example = "2026-01-01")]
    pub starts_from: Option<NaiveDate>,
    /// Beginning on this day or earlier.
    #[param(example = "2026-12-31")]
    pub starts_to: Option<NaiveDate>,
    /// Only those whose notice of results is late, or only the others.
    pub is_notice_overdue: Option<bool>,
}

/// The decision is there: when, by whom.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InspectionSchedule {
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "12-QĐ/UBKT")]
    pub decision_no: String,
    /// When decision and content were sent to the unit: seven working days before it begins. Empty for a surprise.
    #[schema(example = "2026-04-06")]
    pub sent_on: Option<NaiveDate>,
    #[schema(example = "2026-04-20")]
    pub starts_on: NaiveDate,
    #[schema(example = "2026-04-22")]
    pub ends_on: NaiveDate,
}

/// Why something is put off, called off or not needed.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InspectionReason {
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300, example = "Bão số 5")]
    pub reason: String,
}

/// The team comes to the unit.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InspectionStart {
    /// Not before the first day, and not in the future.
    #[schema(example = "2026-04-20")]
    pub started_on: NaiveDate,
}

/// The work at the unit is done, with its minutes.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldworkCompletion {
    /// Not in the future.
    #[schema(example = "2026-04-22")]
    pub finished_on: NaiveDate,
    pub minutes_signature: MinutesSignature,
    /// Needed when the unit refused to sign: why, and who was there.
    #[validate(length(min = 1, max = 1000))]
    #[schema(min_length = 1, max_length = 1000)]
    pub minutes_note: Option<String>,
}

/// The results are put together.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InspectionDraft {
    /// Nothing was found: only without findings, and needed without any.
    pub no_issue: bool,
}

/// The draft is shown to the unit, which has five working days.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftSharing {
    /// Not in the future, and not before the end of the fieldwork.
    #[schema(example = "2026-04-27")]
    pub shared_on: NaiveDate,
}

/// What the unit says of the draft.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftComment {
    #[validate(length(min = 1, max = 4000))]
    #[schema(min_length = 1, max_length = 4000, example = "Nhất trí với dự thảo")]
    pub comment: String,
}

/// Who is told.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoticeRecipient {
    pub kind: NoticeRecipientKind,
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "Đảng ủy phường Vĩnh Hải")]
    pub name: String,
}

/// The notice of results, without which no inspection ends.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewResultNotice {
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "05-TB/UBKT")]
    pub no: String,
    /// Not in the future; after the comment, or after its time is over.
    #[schema(example = "2026-05-05")]
    pub issued_on: NaiveDate,
    /// The inspected unit and its Party committee among them.
    #[validate(length(min = 1, max = 50), nested)]
    #[schema(min_items = 1, max_items = 50)]
    pub recipients: Vec<NoticeRecipient>,
    #[validate(length(min = 1, max = 20000))]
    #[schema(min_length = 1, max_length = 20000, example = "Đơn vị chấp hành tốt; cần lập sổ quỹ theo mẫu")]
    pub text: String,
}

/// A notice of results as it was issued.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ResultNotice {
    pub id: Id,
    #[schema(example = "05-TB/UBKT")]
    pub no: String,
    #[schema(example = "2026-05-05")]
    pub issued_on: NaiveDate,
    pub recipients: Vec<NoticeRecipient>,
    #[schema(example = "Đơn vị chấp hành tốt; cần lập sổ quỹ theo mẫu")]
    pub text: String,
}

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = inspection_notices)]
pub(super) struct NoticeRow {
    pub id: Id,
    pub inspection_id: Id,
    pub created_at: Instant,
    pub no: String,
    pub issued_on: NaiveDate,
    /// JSON of [`NoticeRecipient`]s.
    pub recipients: String,
    pub text: String,
}

impl NoticeRow {
    pub fn view(self) -> ResultNotice {
        let recipients = serde_json::from_str(&self.recipients).unwrap_or_default();
        ResultNotice { id: self.id, no: self.no, issued_on: self.issued_on, recipients, text: self.text }
    }
}

/// It is over.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InspectionClosure {
    /// Not in the future, and not before the notice.
    #[schema(example = "2026-07-01")]
    pub closed_on: NaiveDate,
}

/// What a unit says of itself before it is inspected.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Selectable, Insertable)]
#[diesel(table_name = inspection_self_reports)]
pub struct SelfReport {
    pub id: Id,
    pub inspection_id: Id,
    pub created_at: Instant,
    /// Whose account wrote it.
    pub written_by: Option<Id>,
    #[schema(example = "Quý I thu hội phí 100%; đã nộp lên trên theo quy định")]
    pub text: String,
}

/// What a unit says of itself.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSelfReport {
    /// A UUIDv7 of your own, if you make ids; sent again, the same request finds the same report.
    pub id: Option<Id>,
    #[validate(length(min = 1, max = 20000))]
    #[schema(min_length = 1, max_length = 20000, example = "Quý I thu hội phí 100%; đã nộp lên trên theo quy định")]
    pub text: String,
}

/// Who is of a team.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTeamMember {
    /// Somebody within your reach: not of the inspected unit, nor kin of its officers.
    pub member_id: Id,
    pub is_lead: bool,
}

/// The whole team, as it is from now on.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TeamChange {
    /// One lead, and at least one more.
    #[validate(length(min = 2, max = 20), nested)]
    #[schema(min_items = 2, max_items = 20, example = json!([
        { "member_id": "0199c2a4-5b1e-7c3d-9f00-5a1d0c9b7e21", "is_lead": true },
        { "member_id": "0199c2a4-5b1e-7c3d-9f00-7be24d31f608", "is_lead": false },
    ]))]
    pub members: Vec<NewTeamMember>,
}

pub(super) const FIELDS: &[&str] = &[
    "id",
    "version",
    "created_at",
    "updated_at",
    "unit_id",
    "unit",
    "inspected_unit_id",
    "inspected_unit",
    "plan_item_id",
    "previous_id",
    "kind",
    "mode",
    "topic",
    "status",
    "is_surprise",
    "starts_on",
    "ends_on",
    "decision_no",
    "sent_on",
    "team",
    "checklist_id",
    "checklist_edition",
    "started_on",
    "fieldwork_done_on",
    "minutes_signature",
    "minutes_note",
    "no_issue",
    "shared_on",
    "comment_due_on",
    "comment",
    "commented_on",
    "postponed_count",
    "notice_due_on",
    "is_notice_overdue",
    "notice",
    "closed_on",
    "visibility",
    "masked_fields",
    "allowed_actions",
];
