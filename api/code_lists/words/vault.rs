//! Words of the identity vault and of the door without an account.

use super::{Code, word};

pub(super) const ALLOWED_ACTIONS: &[Code] =
    &[word("refuse", "Từ chối", "Refuse"), word("show", "Xem", "See"), word("expire", "Hết hạn", "Expire")];
pub(super) const AUDIT_ACTIONS: &[Code] = &[
    word("request", "Yêu cầu", "Request"),
    word("refuse", "Từ chối", "Refuse"),
    word("show", "Xem", "See"),
    word("expire", "Hết hạn", "Expire"),
    word("send", "Gửi tin nhắn", "Send a message"),
    word("alert", "Báo người xử lý đơn", "Alert the handlers of a case"),
    word("rate", "Người gửi đơn đánh giá", "Rate the handling"),
    word("follow", "Theo dõi bằng mã và PIN", "Follow by code and PIN"),
    word("fail_to_follow", "Sai mã hoặc PIN", "Wrong code or PIN"),
    word("reveal_identity", "Văn bản có thông tin về người gửi đơn", "A text that told of the petitioner"),
    word("rotate_vault_key", "Đổi khóa của két danh tính", "Turn to a new key of the vault"),
];
pub(super) const AUDIT_RESOURCES: &[Code] = &[
    word("identity_disclosures", "Yêu cầu xem danh tính", "Requests to be shown an identity"),
    word("complaint_identities", "Két danh tính", "The vault of identities"),
];
pub(super) const WARNINGS: &[Code] = &[];
pub(super) const FIELD_ERRORS: &[Code] = &[
    word("vault_not_configured", "Hệ thống không có két danh tính", "There is no vault of identities"),
    word("identity_not_kept", "Cách giữ đã chọn không ghi danh tính", "This custody keeps no identity"),
    word("identity_not_in_vault", "Danh tính không ở trong két", "The vault does not hold it"),
    word("unknown_party", "Không có người gửi đơn số này", "There is no petitioner of this number"),
    word("disclosure_open", "Đã có yêu cầu đang mở", "There is an open request"),
    word("not_answered", "Đơn chưa có kết quả", "There is no result yet"),
    word("rated_already", "Đã đánh giá rồi", "It was rated before"),
    word("reveals_identity", "Cho biết ai là người gửi đơn", "Tells who handed in the petition"),
];
