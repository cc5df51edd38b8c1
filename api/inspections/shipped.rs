//! The checklists that every installation begins with: fees, the roll, and how a branch lives. What they measure by is the
//! charter's and the province's; the wording is ours, and the province changes it.

use super::{
    InspectionKind,
    checklists::{
        AnswerKind::{self, Number, Scale, Text, YesNo},
        NewChecklistQuestion, NewInspectionChecklist,
    },
};

type Line = (&'static str, &'static str, &'static str, AnswerKind, bool);

const FEES: &[Line] = &[
    (
        "Có sổ thu, nộp hội phí ghi theo từng hội viên và từng tháng không?",
        "Is there a book of fees by member and month?",
        "Điều lệ Hội: hội viên đóng hội phí",
        YesNo,
        true,
    ),
    (
        "Số hội viên đã đóng hội phí trong kỳ",
        "Members who have paid in the period",
        "Điều lệ Hội: hội viên đóng hội phí",
        Number,
        false,
    ),
    ("Số tiền hội phí đã thu trong kỳ (đồng)", "Fees taken in, in đồng", "Quy định về hội phí hiện hành", Number, true),
    (
        "Số tiền đã trích nộp lên cấp trên (đồng)",
        "Passed on to the level above, in đồng",
        "Quy định về tỷ lệ trích nộp",
        Number,
        true,
    ),
    (
        "Mức thu có đúng quy định, kể cả miễn, giảm không?",
        "Is the rate the one laid down, exemptions included?",
        "Quy định về hội phí hiện hành",
        YesNo,
        false,
    ),
    (
        "Thu, chi quỹ hội có chứng từ và chữ ký của người thu, người chi không?",
        "Has each entry of the fund a voucher and signatures?",
        "Quy chế quản lý quỹ hội",
        YesNo,
        true,
    ),
    (
        "Người giữ tiền có phải người ghi sổ không?",
        "Does the one who keeps the money also keep the book?",
        "Quy chế quản lý quỹ hội",
        YesNo,
        false,
    ),
    ("Tiền mặt kiểm đếm có khớp sổ quỹ không?", "Does the cash agree with the book?", "Quy chế quản lý quỹ hội", YesNo, true),
    (
        "Thu, chi có được công khai trước hội viên không, vào kỳ họp nào?",
        "Is it reported to the members, and when?",
        "Quy chế dân chủ, công khai",
        Text,
        true,
    ),
];

const ROLL: &[Line] = &[
    (
        "Danh sách hội viên có được cập nhật trong quý không?",
        "Was the roll kept up to date this quarter?",
        "Hướng dẫn quản lý hội viên",
        YesNo,
        true,
    ),
    ("Số hội viên trên danh sách", "Members on the roll", "Hướng dẫn quản lý hội viên", Number, false),
    ("Số người được hỏi trực tiếp khi kiểm tra", "Members asked in person", "Kiểm tra chọn mẫu", Number, false),
    ("Trong đó số người xác nhận đang sinh hoạt Hội", "Of these, who say that they take part", "Kiểm tra chọn mẫu", Number, true),
    (
        "Kết nạp có quyết định và đúng tuổi, tự nguyện không?",
        "Were those admitted of age, willing, and by a decision?",
        "Điều lệ Hội: kết nạp hội viên",
        YesNo,
        true,
    ),
    (
        "Chuyển sinh hoạt, thôi tham gia Hội có được ghi nhận đúng lúc không?",
        "Were moves and departures entered in time?",
        "Hướng dẫn quản lý hội viên",
        YesNo,
        false,
    ),
    (
        "Hội viên nòng cốt có danh sách và được phân công việc không?",
        "Are core members listed, with their tasks?",
        "Hướng dẫn về hội viên nòng cốt",
        YesNo,
        false,
    ),
];

const LIFE: &[Line] = &[
    ("Số kỳ sinh hoạt chi hội trong năm", "Meetings of the branch this year", "Điều lệ Hội: sinh hoạt chi hội", Number, true),
    ("Tỷ lệ hội viên dự sinh hoạt (phần trăm)", "Members who came, in per cent", "Điều lệ Hội: sinh hoạt chi hội", Number, false),
    (
        "Nội dung sinh hoạt có thiết thực với hội viên không?",
        "Is what the branch does of use to its members?",
        "Hướng dẫn nâng chất lượng sinh hoạt chi hội",
        Scale,
        false,
    ),
    ("Có sổ ghi biên bản sinh hoạt không?", "Are minutes kept?", "Hệ thống sổ sách thống nhất của tỉnh", YesNo, true),
    (
        "Kế hoạch năm của chi hội đã triển khai đến đâu?",
        "How far is the plan of the year carried out?",
        "Chương trình công tác năm",
        Text,
        false,
    ),
    ("Hội viên khó khăn được giúp đỡ thế nào?", "How are members in need helped?", "Nhiệm vụ chăm lo hội viên", Text, true),
    (
        "Khó khăn, vướng mắc của chi hội và kiến nghị",
        "Difficulties of the branch and what it asks for",
        "Nắm tình hình cơ sở",
        Text,
        false,
    ),
];

pub(super) fn checklists() -> Vec<NewInspectionChecklist> {
    [
        ("hoi_phi", "Quản lý, sử dụng hội phí và quỹ hội", InspectionKind::Finance, FEES),
        ("hoi_vien", "Quản lý hội viên", InspectionKind::Charter, ROLL),
        ("sinh_hoat_chi_hoi", "Sinh hoạt và hoạt động chi hội", InspectionKind::Thematic, LIFE),
    ]
    .into_iter()
    .map(|(code, title, topic, lines)| NewInspectionChecklist {
        id: None,
        code: code.into(),
        title: title.into(),
        topic,
        questions: lines
            .iter()
            .map(|(vi, en, criterion, kind, needs_evidence)| NewChecklistQuestion {
                text_vi: (*vi).into(),
                text_en: Some((*en).into()),
                criterion: (*criterion).into(),
                answer_kind: *kind,
                needs_evidence: *needs_evidence,
            })
            .collect(),
    })
    .collect()
}
