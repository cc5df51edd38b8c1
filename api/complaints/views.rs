//! What is sent and what is answered.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::{
    clocks::Clock,
    intake::SubjectGiven,
    model::{
        AlertKind, Channel, Competence, ComplaintFlag, ComplaintKind, ComplaintResult, ComplaintStatus, Complexity,
        ComplexityCriterion, ContinuationGround, Custody, EarlierFiling, EscalationReason, FilingReason, Matter, RecordKind,
        RecusalGround, RefusalReason, SubjectCapacity, SuspensionReason,
    },
    vault::PetitionerIdentity,
};
use crate::{
    db::{Id, Instant},
    http::AllowedAction,
};

// ---- answers

/// A petition and what became of it, for whoever handles it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Complaint {
    pub id: Id,
    /// Rises by one with each change; the `ETag`.
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    /// Random, as the petitioner knows it.
    #[schema(example = "KH-7Q4M-X2")]
    pub code: String,
    pub kind: ComplaintKind,
    pub status: ComplaintStatus,
    /// Where it was handed in.
    pub receiving_unit_id: Id,
    /// The unit that handles it.
    pub owner_unit_id: Id,
    pub channel: Channel,
    pub received_on: NaiveDate,
    /// Empty until it is classified.
    pub matter: Option<Matter>,
    /// Empty until it is classified.
    pub competence: Option<Competence>,
    /// 1, or 2 where it goes on to the level above.
    #[schema(example = 1)]
    pub instance: i64,
    /// The case that it takes further.
    pub previous_id: Option<Id>,
    /// The case that it was merged into.
    pub merged_into_id: Option<Id>,
    #[schema(example = 1)]
    pub petitioner_count: i64,
    /// How many may speak for them all; empty where each speaks for herself.
    #[schema(example = 2)]
    pub representatives_max: Option<i64>,
    pub representative_count: i64,
    /// Numbers of those who have withdrawn.
    pub withdrawn_parties: Vec<i64>,
    pub flags: Vec<ComplaintFlag>,
    pub complexity: Complexity,
    /// Where it is kept who wrote it. It stands nowhere here.
    pub custody: Custody,
    /// The number of the sealed paper file.
    pub paper_ref: Option<String>,
    /// Whose decision is complained of.
    pub decision_unit_id: Option<Id>,
    /// When the decision or act became known.
    pub known_on: Option<NaiveDate>,
    /// What it says, without what tells who wrote it; empty until it is classified, and in lists: reading it is recorded.
    pub content_for_verification: Option<String>,
    pub result: Option<ComplaintResult>,
    /// The words of the result; empty in lists.
    pub result_text: Option<String>,
    pub forwarded_to: Option<String>,
    pub accepted_on: Option<NaiveDate>,
    pub closed_on: Option<NaiveDate>,
    pub extended_count: i64,
    /// Whom or what it is about.
    pub subjects: Vec<ComplaintSubject>,
    /// Who handles it, the lead first.
    pub handlers: Vec<ComplaintHandler>,
    /// The time limits that run or ran in it.
    pub clocks: Vec<Clock>,
    /// What you may do with it now.
    pub allowed_actions: Vec<AllowedAction>,
}

/// Whom or what a case is about.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ComplaintSubject {
    pub capacity: SubjectCapacity,
    pub member_id: Option<Id>,
    pub unit_id: Option<Id>,
    /// The day of what it is about.
    pub happened_on: Option<NaiveDate>,
    #[schema(example = "Trần Thị Ánh")]
    pub name: Option<String>,
}

/// Who handles a case.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ComplaintHandler {
    pub account_id: Id,
    /// Whether she leads the others.
    pub is_lead: bool,
    pub appointed_at: Instant,
}

/// What was done in a case, with its words.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ComplaintRecord {
    pub id: Id,
    pub kind: RecordKind,
    pub happened_on: NaiveDate,
    pub recorded_at: Instant,
    pub recorded_by: Option<Id>,
    pub text: Option<String>,
    /// Further facts, by the kind.
    #[schema(value_type = Object)]
    pub facts: Value,
}

/// The petition as it was written.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ComplaintOriginal {
    pub text: String,
}

/// What whoever takes a petition in sees of it afterwards: give the code to the petitioner.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ComplaintReceipt {
    /// Of the receipt; the case has another.
    pub id: Id,
    #[schema(example = "KH-7Q4M-X2")]
    pub code: String,
    pub received_on: NaiveDate,
}

/// That a case must be known at once.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ComplaintAlert {
    pub id: Id,
    /// Rises by one with each change; the `ETag`.
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub complaint_id: Id,
    pub kind: AlertKind,
    pub acknowledged_at: Option<Instant>,
    pub acknowledged_by: Option<Id>,
    /// What you may do with it now.
    pub allowed_actions: Vec<AllowedAction>,
}

// ---- intake

/// A petition that was handed in to an officer.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewComplaint {
    /// A UUIDv7 of your own for the receipt, if you make ids; sent again, the same request finds the same receipt.
    pub id: Option<Id>,
    /// Where it was handed in; a unit within your reach.
    pub receiving_unit_id: Id,
    /// What it seems to be; classification decides.
    pub kind: ComplaintKind,
    pub channel: Channel,
    /// Not in the future.
    pub received_on: NaiveDate,
    /// What it says. Not who wrote it: that stays on the sealed paper.
    #[validate(length(min = 1, max = 20_000))]
    #[schema(min_length = 1, max_length = 20000, example = "Khoản hỗ trợ vay vốn năm 2025 chưa được công khai ở chi hội")]
    pub content: String,
    #[validate(range(min = 1, max = 100_000))]
    #[schema(minimum = 1, maximum = 100_000, example = 1)]
    pub petitioner_count: i64,
    /// Where it is kept who wrote it; on sealed paper for denunciations, nowhere for others, unless it says otherwise.
    pub custody: Option<Custody>,
    /// The number of the sealed paper file.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100, example = "HS-12/2026")]
    pub paper_ref: Option<String>,
    /// Whose decision is complained of.
    pub decision_unit_id: Option<Id>,
    /// When the decision or act became known to the petitioner.
    pub known_on: Option<NaiveDate>,
    /// Whom or what it is about, as far as it is known.
    #[serde(default)]
    #[validate(length(max = 20), nested)]
    #[schema(max_items = 20)]
    pub subjects: Vec<NewComplaintSubject>,
    /// Whether people may be hurt.
    #[serde(default)]
    pub has_violence_threat: bool,
    /// Who wrote it; for the vault only.
    #[validate(nested)]
    pub petitioner: Option<PetitionerIdentity>,
}

/// Whom or what a petition is about: a person on the roll, a unit, or somebody by name.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewComplaintSubject {
    pub capacity: SubjectCapacity,
    pub member_id: Option<Id>,
    pub unit_id: Option<Id>,
    /// Of somebody who is not on the roll.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub name: Option<String>,
    /// The day of what it is about.
    pub happened_on: Option<NaiveDate>,
}

impl NewComplaintSubject {
    pub(super) fn given(&self) -> SubjectGiven {
        SubjectGiven {
            capacity: self.capacity,
            member_id: self.member_id,
            unit_id: self.unit_id,
            happened_on: self.happened_on,
            name: self.name.clone(),
        }
    }
}

// ---- steps

/// What a petition is, and for whom.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ComplaintClassification {
    pub kind: ComplaintKind,
    pub matter: Matter,
    pub competence: Competence,
    /// What it says, rewritten so that nothing tells who wrote it. Handlers read this.
    #[validate(length(min = 1, max = 20_000))]
    #[schema(min_length = 1, max_length = 20000, example = "Khoản hỗ trợ vay vốn năm 2025 chưa được công khai ở chi hội")]
    pub content_for_verification: String,
    #[validate(range(min = 1, max = 100_000))]
    #[schema(minimum = 1, maximum = 100_000, example = 1)]
    pub petitioner_count: i64,
    /// How many speak for all: at most 2 for 5 to 10 petitioners, 5 for more.
    #[validate(range(min = 1, max = 5))]
    #[schema(minimum = 1, maximum = 5)]
    pub representative_count: Option<i64>,
    /// Whether the petitioner went to whoever is competent before.
    pub earlier_filing: EarlierFiling,
    /// The unit that is competent first, where it is another level of the union.
    pub competent_unit_id: Option<Id>,
    /// Whose decision is complained of.
    pub decision_unit_id: Option<Id>,
    /// When the decision or act became known.
    pub known_on: Option<NaiveDate>,
    /// Whom or what it is about. They replace those named before.
    #[validate(length(max = 20), nested)]
    #[schema(max_items = 20)]
    pub subjects: Vec<NewComplaintSubject>,
    /// Whether people may be hurt.
    #[serde(default)]
    pub has_violence_threat: bool,
    /// Whether nobody says who wrote it.
    #[serde(default)]
    pub is_anonymous: bool,
}

/// It is the same matter as another open case.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ComplaintMerger {
    /// An open case that you see.
    pub into_id: Id,
}

/// It is filed without being settled.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ComplaintFiling {
    pub reason: FilingReason,
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    pub note: Option<String>,
}

/// The petitioner is told where to go.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ComplaintGuidance {
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300, example = "Ủy ban nhân dân xã Vĩnh Hải")]
    pub guided_to: String,
}

/// It is sent to who is competent.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ComplaintForwarding {
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300, example = "Công an phường Vĩnh Hải")]
    pub forwarded_to: String,
}

/// Whoever it was sent to has replied.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ComplaintReply {
    /// Not in the future.
    pub replied_on: NaiveDate,
    #[validate(length(min = 1, max = 10_000))]
    #[schema(min_length = 1, max_length = 10000, example = "Đã xử lý theo quy định")]
    pub text: String,
}

/// The union does not agree with the reply.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ComplaintProtest {
    /// The body above the one that replied.
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300, example = "Ủy ban nhân dân tỉnh")]
    pub protested_to: String,
    #[validate(length(min = 1, max = 10_000))]
    #[schema(min_length = 1, max_length = 10000, example = "Đề nghị xem xét lại")]
    pub text: String,
}

/// It is accepted for settlement.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ComplaintAcceptance {
    /// Not in the future, not before it came in.
    pub accepted_on: NaiveDate,
    /// What was found to be so. Of a complaint: `own_interest`, `capacity`, `signed`; of a denunciation: `identity_known`,
    /// `violator_identifiable`. All of its kind must be there.
    #[schema(example = json!(["own_interest", "capacity", "signed"]))]
    pub conditions: Vec<AcceptanceCondition>,
    /// Why it is taken although limitation has passed.
    #[validate(length(min = 1, max = 1000))]
    #[schema(min_length = 1, max_length = 1000)]
    pub limitation_excuse: Option<String>,
}

crate::code_list! {
    /// What must be so before a case is accepted.
    AcceptanceCondition in "acceptance_conditions" {
        OwnInterest = "own_interest", "Liên quan trực tiếp đến quyền lợi", "It touches her own rights";
        Capacity = "capacity", "Đủ năng lực hành vi", "Of legal capacity";
        Signed = "signed", "Có chữ ký, điểm chỉ", "Signed";
        IdentityKnown = "identity_known", "Rõ người tố cáo", "It is known who denounces";
        ViolatorIdentifiable = "violator_identifiable", "Có cơ sở xác định người vi phạm", "There is a basis to identify the violator";
    }
}

/// It is not accepted.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ComplaintRefusal {
    pub reason: RefusalReason,
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    pub note: Option<String>,
}

/// Who verifies it: at least two.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ComplaintVerification {
    /// Accounts of those who verify, the lead first.
    #[validate(length(min = 1, max = 10))]
    #[schema(min_items = 1, max_items = 10)]
    pub handlers: Vec<Id>,
}

/// One more who handles it.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewComplaintHandler {
    pub account_id: Id,
    /// Whether she leads the others from now on.
    #[serde(default)]
    pub is_lead: bool,
}

/// It takes longer.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ComplaintExtension {
    /// What makes it complex; two or more make it specially complex.
    #[validate(length(min = 1, max = 7))]
    #[schema(min_items = 1, max_items = 7)]
    pub criteria: Vec<ComplexityCriterion>,
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000, example = "Phải xác minh ở hai xã")]
    pub reason: String,
}

/// It rests until something else has happened.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ComplaintSuspension {
    pub reason: SuspensionReason,
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    pub note: Option<String>,
}

/// The parties meet.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ComplaintDialogue {
    /// The day of the meeting.
    pub held_on: NaiveDate,
}

/// What was said when the parties met.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ComplaintDialogueMinutes {
    #[validate(length(min = 1, max = 10_000))]
    #[schema(min_length = 1, max_length = 10000, example = "Hai bên thống nhất công khai danh sách vay vốn")]
    pub minutes: String,
}

/// The decision as it is proposed.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ComplaintDraft {
    /// Facts, verification, dialogue, legal basis, conclusion, the right to go further.
    #[validate(length(min = 1, max = 20_000))]
    #[schema(min_length = 1, max_length = 20000, example = "Giữ nguyên quyết định")]
    pub text: String,
}

/// The decision on a complaint.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ComplaintDecision {
    /// `kept`, `changed` or `cancelled`.
    #[schema(example = "changed")]
    pub result: ComplaintResult,
    /// Not in the future, not before acceptance.
    pub decided_on: NaiveDate,
    #[validate(length(min = 1, max = 20_000))]
    #[schema(min_length = 1, max_length = 20000, example = "Sửa một phần quyết định")]
    pub text: String,
}

/// The conclusion on a denunciation.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ComplaintConclusion {
    /// `right`, `partly_right`, `wrong` or `no_basis`.
    #[schema(example = "partly_right")]
    pub result: ComplaintResult,
    /// Not in the future, not before acceptance.
    pub concluded_on: NaiveDate,
    /// What was found, and what is to be done.
    #[validate(length(min = 1, max = 20_000))]
    #[schema(min_length = 1, max_length = 20000, example = "Tố cáo đúng một phần")]
    pub text: String,
}

/// Decision or conclusion went out, and is carried out from now on.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ComplaintImplementation {
    /// When it was sent; not in the future.
    pub sent_on: NaiveDate,
    /// When it was made public, if it was.
    pub published_on: Option<NaiveDate>,
}

/// Everything is done.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ComplaintClosure {
    /// Not in the future.
    pub closed_on: NaiveDate,
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    pub note: Option<String>,
}

/// The complainant goes on to the level above, or to a court.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ComplaintAppeal {
    /// Not in the future.
    pub appealed_on: NaiveDate,
    /// Whether she goes to a court; then no new case is made.
    #[serde(default)]
    pub is_to_court: bool,
}

/// The denouncer goes on to the level above.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ComplaintContinuation {
    /// Not in the future.
    pub continued_on: NaiveDate,
    pub ground: ContinuationGround,
}

/// Petitioners withdraw, in writing.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ComplaintWithdrawal {
    /// Not in the future.
    pub withdrawn_on: NaiveDate,
    /// Numbers of those who withdraw. When all have, the case ends, unless it must go on.
    #[validate(length(min = 1, max = 1000))]
    #[schema(min_items = 1, max_items = 1000, example = json!([1]))]
    pub parties: Vec<i64>,
    /// Whether they withdraw only part of what they wrote; then the rest goes on.
    #[serde(default)]
    pub is_partial: bool,
    /// Whether they were threatened, coerced or bought.
    #[serde(default)]
    pub was_coerced: bool,
    /// Whether there are signs that a rule was broken.
    #[serde(default)]
    pub has_signs_of_violation: bool,
    /// Whether the denunciation was slander.
    #[serde(default)]
    pub is_slander: bool,
}

/// It must be known at once.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ComplaintEscalation {
    pub reason: EscalationReason,
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    pub note: Option<String>,
}

/// Who answers a proposal or feedback.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ComplaintAssignment {
    /// Her account.
    pub handler_id: Id,
}

/// The answer to a proposal or feedback.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ComplaintAnswer {
    /// Not in the future.
    pub answered_on: NaiveDate,
    #[validate(length(min = 1, max = 10_000))]
    #[schema(min_length = 1, max_length = 10000, example = "Hội đã công khai danh sách tại chi hội")]
    pub text: String,
}

/// There is something new about what was closed.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ComplaintReopening {
    #[validate(length(min = 1, max = 10_000))]
    #[schema(min_length = 1, max_length = 10000, example = "Có chứng từ mới")]
    pub new_facts: String,
}

/// You keep out of the case from now on.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewComplaintRecusal {
    pub ground: RecusalGround,
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    pub reason: Option<String>,
}

// ---- filters

/// Filters of `GET /complaints`.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CaseFilters {
    /// Handled by this unit.
    pub unit: Option<Id>,
    /// Handled by this unit or one below it.
    pub within: Option<Id>,
    /// Only these kinds.
    #[serde(default)]
    pub kind: Vec<ComplaintKind>,
    /// Only these states.
    #[serde(default)]
    pub status: Vec<ComplaintStatus>,
    /// With this code.
    #[param(example = "KH-7Q4M-X2")]
    pub code: Option<String>,
    /// That this account handles.
    pub handler_id: Option<Id>,
    /// Received on this day or later.
    #[param(example = "2026-01-01")]
    pub received_from: Option<NaiveDate>,
    /// Received on this day or earlier.
    #[param(example = "2026-03-31")]
    pub received_to: Option<NaiveDate>,
}

/// Filters of `GET /complaint-alerts`.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AlertFilters {
    /// Whether somebody has acknowledged it.
    pub is_acknowledged: Option<bool>,
}

/// What to count: `GET /complaint-figures`.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FigureFilters {
    /// Cases that this unit or one below it handles.
    pub unit: Option<Id>,
    /// Received on this day or later.
    #[param(example = "2026-01-01")]
    pub from: Option<NaiveDate>,
    /// Received on this day or earlier.
    #[param(example = "2026-12-31")]
    pub to: Option<NaiveDate>,
}
