//! The words of trainings: what several parts share.

use crate::{code_list, officers::Post};

code_list! {
    /// What a course is about (programme III-A 1.1).
    CourseCategory in "course_categories" {
        Professional = "professional", "Chuyên môn", "Professional";
        PoliticalTheory = "political_theory", "Lý luận chính trị", "Political theory";
        UnionWork = "union_work", "Nghiệp vụ công tác Hội", "Union work";
        SocialWork = "social_work", "Công tác xã hội", "Social work";
        Communication = "communication", "Kỹ năng truyền thông", "Communication";
        Mobilisation = "mobilisation", "Tuyên truyền, vận động", "Mobilisation";
        InformationGathering = "information_gathering", "Nắm bắt thông tin", "Gathering information";
        UnionGuidance = "union_guidance", "Hướng dẫn hoạt động Hội", "Guidance on the union's activities";
        Planning = "planning", "Lập kế hoạch", "Planning";
        ReportWriting = "report_writing", "Viết báo cáo", "Report writing";
        Finance = "finance", "Tài chính, quản lý quỹ", "Finance";
        Digital = "digital", "Kỹ năng số", "Digital skills";
        Other = "other", "Khác", "Other";
    }
}

code_list! {
    /// How a course is held.
    DeliveryMode in "delivery_modes" {
        Classroom = "classroom", "Tại lớp", "In a classroom";
        Field = "field", "Qua thực tế cơ sở", "On the job, in the field";
        Online = "online", "Trực tuyến", "Online";
        Blended = "blended", "Kết hợp", "Blended";
        StudyVisit = "study_visit", "Tham quan, học tập mô hình", "Study visit";
    }
}

code_list! {
    /// Whom a course is for: holders of a post, full-time officers, core members.
    Audience in "training_audiences" {
        FullTime = "full_time", "Cán bộ Hội chuyên trách", "Full-time officers";
        CoreMember = "core_member", "Hội viên nòng cốt", "Core members";
        President = "president", "Chủ tịch", "Presidents";
        VicePresident = "vice_president", "Phó Chủ tịch", "Vice-presidents";
        StandingMember = "standing_member", "Ủy viên Ban Thường vụ", "Standing Committee members";
        CommitteeMember = "committee_member", "Ủy viên Ban Chấp hành", "Executive Committee members";
        InspectionHead = "inspection_head", "Chủ nhiệm Ủy ban Kiểm tra", "Heads of Inspection Committees";
        InspectionMember = "inspection_member", "Ủy viên Ủy ban Kiểm tra", "Inspection Committee members";
        DepartmentHead = "department_head", "Trưởng ban chuyên môn", "Heads of departments";
        Specialist = "specialist", "Chuyên viên", "Specialists";
        BranchHead = "branch_head", "Chi hội trưởng", "Branch heads";
        BranchDeputy = "branch_deputy", "Chi hội phó", "Branch deputies";
        GroupHead = "group_head", "Tổ trưởng", "Group heads";
        GroupDeputy = "group_deputy", "Tổ phó", "Group deputies";
        ClubHead = "club_head", "Chủ nhiệm câu lạc bộ", "Heads of clubs and teams";
    }
}

impl Audience {
    /// The post whose holders it is made of; none: it is made of holders of several, or of none.
    pub fn post(self) -> Option<Post> {
        self.as_str().parse().ok()
    }
}

code_list! {
    /// Why somebody needs to learn something.
    NeedReason in "training_need_reasons" {
        TitleStandard = "title_standard", "Chưa đạt chuẩn chức danh", "Title standard not met";
        RequiredCourses = "required_courses", "Chưa đủ số lần bồi dưỡng trong nhiệm kỳ", "Required courses of the term lacking";
        Competency = "competency", "Cần nâng cao kỹ năng", "A skill to be improved";
        Request = "request", "Theo đề nghị", "Asked for";
    }
}

code_list! {
    NeedStatus in "training_need_statuses" {
        Proposed = "proposed", "Đã đề xuất", "Proposed";
        Accepted = "accepted", "Đã chấp nhận", "Accepted";
        Rejected = "rejected", "Không chấp nhận", "Rejected";
        Planned = "planned", "Đã đưa vào kế hoạch", "Planned";
        Completed = "completed", "Đã được bồi dưỡng", "Completed";
        CarriedOver = "carried_over", "Chuyển sang năm sau", "Carried over";
    }
}

code_list! {
    PlanStatus in "training_plan_statuses" {
        Draft = "draft", "Dự thảo", "Draft";
        Submitted = "submitted", "Đã trình", "Submitted";
        Approved = "approved", "Đã duyệt", "Approved";
        Closed = "closed", "Đã kết thúc", "Closed";
    }
}

code_list! {
    CourseStatus in "course_statuses" {
        Draft = "draft", "Dự thảo", "Draft";
        Scheduled = "scheduled", "Đã lên lịch", "Scheduled";
        Open = "open", "Đang nhận học viên", "Open";
        Full = "full", "Đã đủ học viên", "Full";
        Running = "running", "Đang học", "Running";
        Completed = "completed", "Đã bế giảng", "Completed";
        Cancelled = "cancelled", "Đã hủy", "Cancelled";
    }
}

code_list! {
    EnrolmentStatus in "enrolment_statuses" {
        Invited = "invited", "Đã mời", "Invited";
        Confirmed = "confirmed", "Đã xác nhận", "Confirmed";
        Waiting = "waiting", "Chờ chỗ", "Waiting for a place";
        Declined = "declined", "Không tham gia", "Declined";
        Released = "released", "Lớp đã hủy", "Released: the course was cancelled";
        Passed = "passed", "Đạt", "Passed";
        NotPassed = "not_passed", "Không đạt", "Not passed";
        Dropped = "dropped", "Bỏ học", "Dropped out";
    }
}

code_list! {
    /// How an enrolment ends.
    EnrolmentResult in "enrolment_results" {
        Passed = "passed", "Đạt", "Passed";
        NotPassed = "not_passed", "Không đạt", "Not passed";
        Dropped = "dropped", "Bỏ học", "Dropped out";
    }
}

code_list! {
    /// How the test of a course ended.
    TestResult in "test_results" {
        Passed = "passed", "Đạt", "Passed";
        Failed = "failed", "Không đạt", "Failed";
    }
}

impl From<EnrolmentResult> for EnrolmentStatus {
    fn from(result: EnrolmentResult) -> Self {
        match result {
            EnrolmentResult::Passed => Self::Passed,
            EnrolmentResult::NotPassed => Self::NotPassed,
            EnrolmentResult::Dropped => Self::Dropped,
        }
    }
}

code_list! {
    AttendanceMark in "attendance_marks" {
        Present = "present", "Có mặt", "Present";
        Excused = "excused", "Vắng có phép", "Absent with leave";
        Absent = "absent", "Vắng", "Absent";
    }
}

code_list! {
    /// How an attendance was taken.
    AttendanceSource in "attendance_sources" {
        List = "list", "Điểm danh theo danh sách", "From the list";
        Code = "code", "Nhập mã", "By a code";
    }
}

code_list! {
    CertificateStatus in "certificate_statuses" {
        Issued = "issued", "Đã cấp", "Issued";
        RevocationProposed = "revocation_proposed", "Đề nghị thu hồi", "Revocation proposed";
        Revoked = "revoked", "Đã thu hồi", "Revoked";
        Reissued = "reissued", "Đã cấp lại", "Reissued under another number";
    }
}

code_list! {
    /// Whether somebody has the completions that her audience needs in a term.
    CoverageState in "training_coverage_states" {
        Met = "met", "Đã đủ", "Met";
        Lacking = "lacking", "Còn thiếu", "Lacking";
        NotYetDue = "not_yet_due", "Chưa đến hạn", "Not yet due";
        NotRequired = "not_required", "Không có yêu cầu", "Nothing required";
    }
}

code_list! {
    FeedKind in "calendar_feed_kinds" {
        Mine = "mine", "Lịch của tôi", "Mine";
        Unit = "unit", "Lịch của đơn vị", "Of a unit";
    }
}

code_list! {
    /// What a base unit's president must be able to do (programme III-A 1.1).
    PresidentCompetency in "competencies_president_v1" {
        Planning = "planning", "Kỹ năng lập kế hoạch", "Planning";
        ReportWriting = "report_writing", "Kỹ năng viết báo cáo", "Writing reports";
        Organising = "organising", "Tổ chức thực hiện", "Carrying out";
        Mobilising = "mobilising", "Vận động quần chúng", "Mobilising people";
        CloseToBase = "close_to_base", "Sâu sát cơ sở", "Being close to the base";
        Coordinating = "coordinating", "Phối hợp với các ngành", "Working with other bodies";
    }
}

code_list! {
    /// What heads of branches and groups must be able to do.
    BranchHeadCompetency in "competencies_branch_head_v1" {
        Voluntary = "voluntary", "Tự nguyện", "Willing";
        Reputation = "reputation", "Có uy tín", "Respected";
        Mobilising = "mobilising", "Kỹ năng vận động", "Mobilising";
        Persuading = "persuading", "Kỹ năng thuyết phục", "Persuading";
        LeadingGroups = "leading_groups", "Điều hành sinh hoạt nhóm", "Leading meetings of a group";
        KnowingMembers = "knowing_members", "Nắm bắt tình hình hội viên, phụ nữ", "Knowing how members and women fare";
        KeepingBooks = "keeping_books", "Ghi chép sổ sách", "Keeping books";
        Presenting = "presenting", "Trình bày", "Presenting";
    }
}
