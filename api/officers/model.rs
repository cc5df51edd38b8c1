//! The words of officers: what several parts share.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{code_list, db::Id};

code_list! {
    /// A post, highest first. Which post there is in which kind of unit is a rule: a president in a province, district,
    /// base or affiliated unit, a branch head in a branch.
    Post in "posts" {
        President = "president", "Chủ tịch", "President";
        VicePresident = "vice_president", "Phó Chủ tịch", "Vice-president";
        StandingMember = "standing_member", "Ủy viên Ban Thường vụ", "Standing Committee member";
        CommitteeMember = "committee_member", "Ủy viên Ban Chấp hành", "Executive Committee member";
        InspectionHead = "inspection_head", "Chủ nhiệm Ủy ban Kiểm tra", "Head of the Inspection Committee";
        InspectionMember = "inspection_member", "Ủy viên Ủy ban Kiểm tra", "Inspection Committee member";
        DepartmentHead = "department_head", "Trưởng ban chuyên môn", "Head of a department";
        Specialist = "specialist", "Chuyên viên", "Specialist";
        BranchHead = "branch_head", "Chi hội trưởng", "Branch head";
        BranchDeputy = "branch_deputy", "Chi hội phó", "Branch deputy";
        GroupHead = "group_head", "Tổ trưởng", "Group head";
        GroupDeputy = "group_deputy", "Tổ phó", "Group deputy";
        ClubHead = "club_head", "Chủ nhiệm câu lạc bộ", "Head of a club or team";
    }
}

code_list! {
    /// How somebody came to the post.
    AppointmentManner in "appointment_manners" {
        Elected = "elected", "Được bầu", "Elected";
        Appointed = "appointed", "Được chỉ định", "Appointed";
        CoOpted = "co_opted", "Được bầu bổ sung", "Co-opted";
    }
}

code_list! {
    AppointmentStatus in "appointment_statuses" {
        Held = "held", "Đang giữ", "Held";
        Ended = "ended", "Đã thôi", "Ended";
    }
}

code_list! {
    /// What a seat in a committee stands for.
    SeatKind in "seat_kinds" {
        Core = "core", "Cán bộ Hội", "Union officer";
        Sector = "sector", "Cơ cấu ngành", "For a sector";
        Locality = "locality", "Cơ cấu địa bàn", "For a locality";
    }
}

code_list! {
    AppointmentEndReason in "appointment_end_reasons" {
        TermEnd = "term_end", "Hết nhiệm kỳ", "End of the term";
        Resigned = "resigned", "Xin thôi", "Resigned";
        Dismissed = "dismissed", "Miễn nhiệm, cách chức", "Dismissed";
        Reassigned = "reassigned", "Điều động, luân chuyển", "Reassigned";
        UnitClosed = "unit_closed", "Đơn vị kết thúc hoạt động", "The unit was closed";
        Died = "died", "Từ trần", "Died";
    }
}

code_list! {
    /// Lowest first.
    GeneralEducationLevel in "general_education_levels" {
        Primary = "primary", "Tiểu học", "Primary";
        LowerSecondary = "lower_secondary", "Trung học cơ sở", "Lower secondary";
        UpperSecondary = "upper_secondary", "Trung học phổ thông", "Upper secondary";
    }
}

code_list! {
    /// Lowest first.
    ProfessionalLevel in "professional_levels" {
        None = "none", "Chưa qua đào tạo", "None";
        Elementary = "elementary", "Sơ cấp", "Elementary";
        Intermediate = "intermediate", "Trung cấp", "Intermediate";
        College = "college", "Cao đẳng", "College";
        University = "university", "Đại học", "University";
        Master = "master", "Thạc sĩ", "Master";
        Doctor = "doctor", "Tiến sĩ", "Doctor";
    }
}

code_list! {
    /// Lowest first.
    PoliticalTheoryLevel in "political_theory_levels" {
        None = "none", "Chưa qua đào tạo", "None";
        Elementary = "elementary", "Sơ cấp", "Elementary";
        Intermediate = "intermediate", "Trung cấp", "Intermediate";
        Advanced = "advanced", "Cao cấp", "Advanced";
    }
}

code_list! {
    /// What a qualification is of: the first three have a level, certificates have none.
    QualificationKind in "qualification_kinds" {
        GeneralEducation = "general_education", "Giáo dục phổ thông", "General education";
        Professional = "professional", "Chuyên môn", "Professional";
        PoliticalTheory = "political_theory", "Lý luận chính trị", "Political theory";
        UnionWorkCertificate = "union_work_certificate", "Chứng chỉ nghiệp vụ công tác Hội", "Union-work certificate";
        SocialWorkCertificate = "social_work_certificate", "Chứng chỉ công tác xã hội", "Social-work certificate";
        StateManagementCertificate = "state_management_certificate", "Chứng chỉ quản lý nhà nước", "State-management certificate";
    }
}

code_list! {
    /// The levels of all kinds of qualification; which go with which kind: `general_education_levels`,
    /// `professional_levels`, `political_theory_levels`.
    QualificationLevel in "qualification_levels" {
        None = "none", "Chưa qua đào tạo", "None";
        Primary = "primary", "Tiểu học", "Primary";
        LowerSecondary = "lower_secondary", "Trung học cơ sở", "Lower secondary";
        UpperSecondary = "upper_secondary", "Trung học phổ thông", "Upper secondary";
        Elementary = "elementary", "Sơ cấp", "Elementary";
        Intermediate = "intermediate", "Trung cấp", "Intermediate";
        Advanced = "advanced", "Cao cấp", "Advanced";
        College = "college", "Cao đẳng", "College";
        University = "university", "Đại học", "University";
        Master = "master", "Thạc sĩ", "Master";
        Doctor = "doctor", "Tiến sĩ", "Doctor";
    }
}

code_list! {
    /// What a title standard asks for.
    StandardItem in "standard_items" {
        GeneralEducation = "general_education", "Giáo dục phổ thông", "General education";
        Professional = "professional", "Trình độ chuyên môn", "Professional level";
        PoliticalTheory = "political_theory", "Lý luận chính trị", "Political theory";
        Certificate = "certificate", "Chứng chỉ", "Certificate";
        AgeFirstTerm = "age_first_term", "Tuổi giữ chức vụ lần đầu", "Age at the first term";
    }
}

code_list! {
    /// Whether somebody meets the title standard, and whether there is one at all.
    StandardResult in "standard_results" {
        Met = "met", "Đạt chuẩn", "Met";
        NotMet = "not_met", "Chưa đạt chuẩn", "Not met";
        /// Nobody has set one for the post in that kind of unit (`POST /title-standards`): in no count of a target.
        NoStandard = "no_standard", "Chưa có chuẩn cho chức vụ này", "No standard set";
    }
}

impl From<Option<bool>> for StandardResult {
    fn from(meets: Option<bool>) -> Self {
        match meets {
            Some(true) => Self::Met,
            Some(false) => Self::NotMet,
            None => Self::NoStandard,
        }
    }
}

code_list! {
    /// Why an officer goes to a unit.
    FieldVisitPurpose in "field_visit_purposes" {
        Support = "support", "Hỗ trợ cơ sở", "Support";
        Survey = "survey", "Nắm tình hình", "Survey";
        Guidance = "guidance", "Hướng dẫn nghiệp vụ", "Guidance";
        Meeting = "meeting", "Dự họp, sinh hoạt", "Meeting";
        FollowUp = "follow_up", "Theo dõi, đôn đốc", "Follow-up";
        Other = "other", "Khác", "Other";
    }
}

code_list! {
    FieldVisitStatus in "field_visit_statuses" {
        Planned = "planned", "Đã lên kế hoạch", "Planned";
        Done = "done", "Đã thực hiện", "Done";
        Cancelled = "cancelled", "Đã hủy", "Cancelled";
    }
}

/// A person in a few words: her name and year of birth, no more.
#[derive(Clone, Debug, Serialize, ToSchema, PartialEq, Eq)]
pub struct PersonRef {
    /// The same as under `/members`.
    pub id: Id,
    #[schema(example = "Nguyễn Thị Hòa")]
    pub full_name: String,
    #[schema(example = 1984)]
    pub birth_year: i32,
}
