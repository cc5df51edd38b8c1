//! What a case is made of: its enumerations, its row, and the facts that clocks and vault need of it.

use chrono::NaiveDate;
use diesel::{AsChangeset, Identifiable, Insertable, Queryable, Selectable};

use crate::{
    code_list,
    db::{
        Id, Instant, TextList,
        schema::{complaint_subjects, complaints},
    },
};

code_list! {
    /// What a petition is. Whoever takes it in guesses; classification decides.
    ComplaintKind in "complaint_kinds" {
        Complaint = "complaint", "Khiếu nại", "Complaint";
        Denunciation = "denunciation", "Tố cáo", "Denunciation";
        Proposal = "proposal", "Kiến nghị", "Proposal";
        Feedback = "feedback", "Phản ánh", "Feedback";
    }
}

code_list! {
    /// Where a case stands.
    ComplaintStatus in "complaint_statuses" {
        Received = "received", "Đã tiếp nhận", "Received";
        Classified = "classified", "Đã phân loại", "Classified";
        Merged = "merged", "Đã nhập vào đơn khác", "Merged into another";
        Filed = "filed", "Lưu đơn", "Filed";
        Guided = "guided", "Đã hướng dẫn", "Guided elsewhere";
        Forwarded = "forwarded", "Đã chuyển, chờ trả lời", "Forwarded, awaiting a reply";
        Replied = "replied", "Nơi nhận đã trả lời", "Replied to";
        Protested = "protested", "Đã kiến nghị cấp trên của nơi nhận", "Protested to the body above";
        Accepted = "accepted", "Đã thụ lý", "Accepted";
        Refused = "refused", "Không thụ lý", "Refused";
        Verifying = "verifying", "Đang xác minh", "Being verified";
        Suspended = "suspended", "Tạm đình chỉ", "Suspended";
        Dialogue = "dialogue", "Đang đối thoại", "In dialogue";
        Drafted = "drafted", "Đã dự thảo quyết định", "Decision drafted";
        Decided = "decided", "Đã có quyết định giải quyết", "Decided";
        Concluded = "concluded", "Đã kết luận", "Concluded";
        Implementing = "implementing", "Đang thực hiện", "Being carried out";
        Assigned = "assigned", "Đã giao trả lời", "Assigned";
        Answered = "answered", "Đã trả lời", "Answered";
        Closed = "closed", "Đã kết thúc", "Closed";
        Appealed = "appealed", "Đã khiếu nại tiếp", "Appealed";
        Continued = "continued", "Đã tố cáo tiếp", "Continued";
        Withdrawn = "withdrawn", "Đã rút đơn", "Withdrawn";
        RoutedExternal = "routed_external", "Chuyển cơ quan ngoài hệ thống", "Outside this system";
    }
}

impl ComplaintStatus {
    /// Whether nothing more is to be done in it.
    pub const fn is_over(self) -> bool {
        matches!(
            self,
            Self::Merged
                | Self::Filed
                | Self::Guided
                | Self::Protested
                | Self::Refused
                | Self::Closed
                | Self::Appealed
                | Self::Continued
                | Self::Withdrawn
                | Self::RoutedExternal
        )
    }
}

code_list! {
    /// How it came in.
    Channel in "complaint_channels" {
        InPerson = "in_person", "Trực tiếp", "In person";
        Post = "post", "Bưu chính", "By post";
        Hotline = "hotline", "Đường dây nóng", "Hotline";
        Online = "online", "Trực tuyến", "Online";
        Transferred = "transferred", "Cơ quan khác chuyển đến", "Transferred";
        FoundInInspection = "found_in_inspection", "Phát hiện khi kiểm tra", "Found in an inspection";
    }
}

code_list! {
    /// What it is about.
    Matter in "complaint_matters" {
        Personnel = "personnel", "Tổ chức, cán bộ", "Personnel";
        Discipline = "discipline", "Kỷ luật", "Discipline";
        Money = "money", "Quỹ, tài chính, hội phí", "Money";
        Conduct = "conduct", "Đạo đức, tác phong", "Conduct";
        Benefits = "benefits", "Chế độ, chính sách, vay vốn", "Benefits";
        FamilyViolence = "family_violence", "Bạo lực gia đình", "Domestic violence";
        WomenAndChildren = "women_and_children", "Quyền phụ nữ, trẻ em", "Rights of women and children";
        Land = "land", "Đất đai, bồi thường", "Land";
        Other = "other", "Việc khác", "Other";
    }
}

code_list! {
    /// Who is competent.
    Competence in "complaint_competences" {
        Own = "own", "Thuộc thẩm quyền", "One's own";
        OtherUnionLevel = "other_union_level", "Cấp Hội khác", "Another level of the union";
        External = "external", "Cơ quan ngoài Hội", "A body outside the union";
        None = "none", "Không đủ điều kiện thụ lý", "Nobody's";
    }
}

code_list! {
    /// How complex it is; the time it may take depends on it.
    Complexity in "complaint_complexities" {
        Simple = "simple", "Thông thường", "Ordinary";
        Complex = "complex", "Phức tạp", "Complex";
        SpeciallyComplex = "specially_complex", "Đặc biệt phức tạp", "Specially complex";
    }
}

code_list! {
    /// What makes a case complex (decree 31/2019, article 3).
    ComplexityCriterion in "complexity_criteria" {
        SeveralPlaces = "several_places", "Xảy ra ở nhiều nơi", "In several places";
        SeveralContents = "several_contents", "Có nhiều nội dung", "Of several contents";
        ManyPetitioners = "many_petitioners", "Nhiều người tố cáo, nhiều lợi ích", "Many petitioners or interests";
        ForeignElement = "foreign_element", "Có yếu tố nước ngoài", "With a foreign element";
        SeveralAgencies = "several_agencies", "Liên quan nhiều cơ quan", "Of several agencies";
        DisagreeingAgencies = "disagreeing_agencies", "Các cơ quan còn ý kiến khác nhau", "Agencies disagree";
        ConflictingEvidence = "conflicting_evidence", "Chứng cứ mâu thuẫn", "The evidence conflicts";
    }
}

code_list! {
    /// Where the identity of who wrote it is kept.
    Custody in "identity_custodies" {
        None = "none", "Không giữ danh tính", "Not kept";
        SealedPaper = "sealed_paper", "Hồ sơ giấy niêm phong", "On sealed paper";
        Vault = "vault", "Kho danh tính mã hóa", "In the vault";
    }
}

code_list! {
    /// As what somebody, or a unit, stands in a case.
    SubjectCapacity in "subject_capacities" {
        Denounced = "denounced", "Người bị tố cáo", "Denounced";
        Respondent = "respondent", "Người bị khiếu nại", "Complained of";
        DecisionMaker = "decision_maker", "Đơn vị có quyết định bị khiếu nại lần đầu", "Whose decision is first complained of";
        Named = "named", "Được nêu trong đơn", "Named in it";
    }
}

code_list! {
    /// Why somebody keeps out of a case.
    RecusalGround in "recusal_grounds" {
        Kinship = "kinship", "Quan hệ thân thích", "Kinship";
        OwnInterest = "own_interest", "Có lợi ích liên quan", "An interest of one's own";
        Subordinate = "subordinate", "Dưới quyền người bị nêu", "Subordinate of whom it is about";
        Involved = "involved", "Đã tham gia vụ việc", "Involved in the matter";
        Other = "other", "Lý do khác", "Another";
    }
}

code_list! {
    /// What must be known of a case at once.
    ComplaintFlag in "complaint_flags" {
        Mass = "mass", "Đông người (từ 5 người)", "Mass (five or more)";
        Bypass = "bypass", "Vượt cấp", "Bypasses a level";
        Hotspot = "hotspot", "Điểm nóng", "Hot spot";
        ViolenceThreat = "violence_threat", "Có nguy cơ bạo lực", "Threat of violence";
        Remote = "remote", "Vùng sâu, vùng xa", "Remote";
        Anonymous = "anonymous", "Nặc danh", "Anonymous";
        WithdrawalRejected = "withdrawal_rejected", "Rút đơn không được chấp nhận", "Withdrawal not accepted";
        Coerced = "coerced", "Có dấu hiệu bị ép rút đơn", "Withdrawn under coercion";
    }
}

code_list! {
    /// What came of a case.
    ComplaintResult in "complaint_results" {
        Right = "right", "Đúng", "Right";
        PartlyRight = "partly_right", "Đúng một phần", "Partly right";
        Wrong = "wrong", "Sai", "Wrong";
        NoBasis = "no_basis", "Không có cơ sở kết luận", "No basis";
        Kept = "kept", "Giữ nguyên quyết định", "Decision kept";
        Changed = "changed", "Sửa đổi quyết định", "Decision changed";
        Cancelled = "cancelled", "Hủy bỏ quyết định", "Decision cancelled";
        Answered = "answered", "Đã trả lời", "Answered";
    }
}

code_list! {
    /// Whether the petitioner went to whoever is competent before.
    EarlierFiling in "earlier_filings" {
        None = "none", "Chưa gửi nơi có thẩm quyền", "Not filed before";
        WithinDeadline = "within_deadline", "Đã gửi, còn trong thời hạn", "Filed, still within its time";
        Expired = "expired", "Đã gửi, quá thời hạn chưa giải quyết", "Filed, and overdue";
    }
}

code_list! {
    /// Why a petition is filed without being settled.
    FilingReason in "filing_reasons" {
        Unsigned = "unsigned", "Không ký tên, không rõ người gửi", "Not signed, or nobody is named";
        SentToMany = "sent_to_many", "Gửi nhiều nơi, có nơi có thẩm quyền", "Sent to many, the competent one among them";
        FinallySettled = "finally_settled", "Đã giải quyết lần cuối", "Finally settled before";
        AnonymousWithEvidence = "anonymous_with_evidence", "Nặc danh nhưng có chứng cứ cụ thể", "Anonymous, with concrete evidence";
        NotUnderstandable = "not_understandable", "Không rõ nội dung", "Not understandable";
    }
}

code_list! {
    /// Why a complaint or a denunciation is not accepted (law on complaints, article 11; on denunciations, 29).
    RefusalReason in "refusal_reasons" {
        NotOfItsKind = "not_of_its_kind", "Quyết định, hành vi không thuộc loại khiếu nại được", "The decision or act cannot be complained of";
        NoOwnInterest = "no_own_interest", "Không liên quan trực tiếp đến quyền lợi người khiếu nại", "It does not touch her own rights";
        NoCapacity = "no_capacity", "Không đủ năng lực hành vi, không có người đại diện", "Without legal capacity or a representative";
        RepresentationUnlawful = "representation_unlawful", "Người đại diện không hợp pháp", "The representation is not lawful";
        Unsigned = "unsigned", "Không có chữ ký, điểm chỉ", "Not signed";
        OutOfTime = "out_of_time", "Hết thời hiệu", "Out of time";
        FinallySettled = "finally_settled", "Đã có quyết định giải quyết lần hai", "Settled in the second instance";
        InCourt = "in_court", "Tòa án đã thụ lý", "Before a court";
        NothingNew = "nothing_new", "Đã kết luận, không có tình tiết mới", "Concluded before, with nothing new";
        NoBasis = "no_basis", "Không đủ cơ sở xác định người vi phạm", "No basis to identify who violated what";
    }
}

code_list! {
    /// Why a case rests.
    SuspensionReason in "suspension_reasons" {
        OtherBody = "other_body", "Chờ kết quả của cơ quan khác", "Another body must decide first";
        ForceMajeure = "force_majeure", "Bất khả kháng", "Force majeure";
    }
}

code_list! {
    /// Why a denouncer goes on to the level above.
    ContinuationGround in "continuation_grounds" {
        Overdue = "overdue", "Quá thời hạn không giải quyết", "Not settled in time";
        Unlawful = "unlawful", "Việc giải quyết không đúng pháp luật", "Handled unlawfully";
    }
}

code_list! {
    /// Why a case is raised at once.
    EscalationReason in "escalation_reasons" {
        ViolenceThreat = "violence_threat", "Có nguy cơ bạo lực", "Threat of violence";
        Gathering = "gathering", "Tụ tập đông người", "People gather";
        Other = "other", "Diễn biến phức tạp khác", "It grows otherwise";
    }
}

code_list! {
    /// What was done in a case beside its steps, with its words.
    RecordKind in "complaint_record_kinds" {
        Filing = "filing", "Lưu đơn", "Filed";
        Guidance = "guidance", "Hướng dẫn", "Guidance";
        Forwarding = "forwarding", "Chuyển đơn", "Forwarded";
        Reply = "reply", "Trả lời của nơi nhận", "Reply of the receiver";
        Protest = "protest", "Kiến nghị cấp trên của nơi nhận", "Protest";
        Acceptance = "acceptance", "Thụ lý", "Acceptance";
        Refusal = "refusal", "Không thụ lý", "Refusal";
        Extension = "extension", "Gia hạn", "Extension";
        Suspension = "suspension", "Tạm đình chỉ", "Suspension";
        Dialogue = "dialogue", "Đối thoại", "Dialogue";
        DialogueMinutes = "dialogue_minutes", "Biên bản đối thoại", "Minutes of the dialogue";
        Draft = "draft", "Dự thảo quyết định", "Draft of the decision";
        Decision = "decision", "Quyết định giải quyết", "Decision";
        Conclusion = "conclusion", "Kết luận", "Conclusion";
        Sending = "sending", "Gửi quyết định, kết luận", "Decision or conclusion sent";
        Closure = "closure", "Kết thúc", "Closure";
        Appeal = "appeal", "Khiếu nại tiếp", "Appeal";
        Continuation = "continuation", "Tố cáo tiếp", "Continuation";
        Withdrawal = "withdrawal", "Rút đơn", "Withdrawal";
        Escalation = "escalation", "Báo điểm nóng", "Escalation";
        Answer = "answer", "Trả lời", "Answer";
        Reopening = "reopening", "Mở lại", "Reopening";
        HandOver = "hand_over", "Bàn giao", "Hand-over";
        Rating = "rating", "Người gửi đơn đánh giá", "Rating by the petitioner";
    }
}

code_list! {
    /// What must be known at once.
    AlertKind in "complaint_alert_kinds" {
        Mass = "mass", "Đơn thư đông người", "Mass petition";
        Hotspot = "hotspot", "Điểm nóng", "Hot spot";
        InspectionLead = "inspection_lead", "Đơn nặc danh có chứng cứ: xem xét kiểm tra", "Anonymous, with evidence: consider an inspection";
        Retaliation = "retaliation", "Có thể có trả đũa người gửi đơn", "Possible retaliation against a petitioner";
        IdentityDisclosed = "identity_disclosed", "Yêu cầu, cho xem hoặc xem danh tính người gửi đơn", "An identity was asked for, opened or shown";
    }
}

/// The row.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, Identifiable, AsChangeset)]
#[diesel(table_name = complaints, treat_none_as_null = true)]
pub(super) struct CaseRow {
    pub id: Id,
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub code: String,
    pub kind: ComplaintKind,
    pub status: ComplaintStatus,
    pub receiving_unit_id: Id,
    pub owner_unit_id: Id,
    pub channel: Channel,
    pub received_on: NaiveDate,
    pub received_by: Option<Id>,
    pub matter: Option<Matter>,
    pub competence: Option<Competence>,
    pub instance: i64,
    pub previous_id: Option<Id>,
    pub merged_into_id: Option<Id>,
    pub petitioner_count: i64,
    pub flags: TextList,
    pub complexity: Complexity,
    pub custody: Custody,
    pub paper_ref: Option<String>,
    pub decision_unit_id: Option<Id>,
    pub known_on: Option<NaiveDate>,
    pub content_sealed: Option<Vec<u8>>,
    pub original_sealed: Option<Vec<u8>>,
    pub result: Option<ComplaintResult>,
    pub result_sealed: Option<Vec<u8>>,
    pub forwarded_to: Option<String>,
    pub accepted_on: Option<NaiveDate>,
    pub closed_on: Option<NaiveDate>,
    pub extended_count: i64,
}

impl CaseRow {
    pub fn facts(&self) -> CaseFacts {
        CaseFacts { id: self.id, kind: self.kind, is_remote: self.has(ComplaintFlag::Remote), complexity: self.complexity }
    }

    pub fn has(&self, flag: ComplaintFlag) -> bool {
        self.flags().contains(&flag)
    }

    pub fn flags(&self) -> Vec<ComplaintFlag> {
        self.flags.items().iter().filter_map(|code| code.parse().ok()).collect()
    }

    pub fn set_flags(&mut self, flags: &[ComplaintFlag]) {
        self.flags = TextList::of(&flags.iter().map(|flag| flag.as_str()).collect::<Vec<_>>());
    }

    /// Sets or clears one of them.
    pub fn flag(&mut self, flag: ComplaintFlag, on: bool) {
        let mut flags = self.flags();
        flags.retain(|known| *known != flag);
        if on {
            flags.push(flag);
        }
        self.set_flags(&flags);
    }
}

/// What time limits and custody depend on.
#[derive(Clone, Copy, Debug)]
pub(super) struct CaseFacts {
    pub id: Id,
    pub kind: ComplaintKind,
    /// Whether the owner's area counts as remote: some limits are longer there.
    pub is_remote: bool,
    pub complexity: Complexity,
}

/// The row of a subject.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = complaint_subjects)]
pub(super) struct SubjectRow {
    pub id: Id,
    pub complaint_id: Id,
    pub capacity: SubjectCapacity,
    pub member_id: Option<Id>,
    pub unit_id: Option<Id>,
    pub happened_on: Option<NaiveDate>,
    pub name_sealed: Option<Vec<u8>>,
}
