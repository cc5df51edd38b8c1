//! What each kind of problem means and what to do: its page says it, and a problem that has no words of its own.

use super::{Code, Locale};

impl Code {
    /// What it means and what to do.
    pub fn advice(self, locale: Locale) -> &'static str {
        let (_, vi, en) = ADVICE.iter().find(|(code, ..)| *code == self).unwrap_or(&(Self::Internal, "", ""));
        match locale {
            Locale::Vi => vi,
            Locale::En => en,
        }
    }
}

/// In Vietnamese and English; a test of the pages asks for every code.
const ADVICE: &[(Code, &str, &str)] = &[
    (
        Code::BadRequest,
        "Máy chủ không đọc được yêu cầu: JSON viết sai, hoặc tham số không giải mã được. Xem lại vị trí được nêu trong detail rồi gửi lại.",
        "The service could not read the request: the JSON is malformed, or a parameter cannot be decoded. Look at the place named in detail and send it again.",
    ),
    (
        Code::UnknownParameter,
        "Địa chỉ có một tham số mà chức năng này không nhận. Tên gần giống nhất được nêu trong errors. Máy chủ không bỏ qua tham số lạ, để lỗi gõ không làm sai kết quả.",
        "The address has a parameter that this operation does not take. errors names the nearest one. Unknown parameters are not ignored, so that a slip of the pen cannot change a result.",
    ),
    (
        Code::InvalidParameter,
        "Một tham số hoặc tiêu đề có giá trị không dùng được. errors nêu tên nó và các giá trị được nhận.",
        "A parameter or header has a value that cannot be used. errors names it and what is taken.",
    ),
    (
        Code::CursorInvalid,
        "Con trỏ trang bị cắt, đã quá hạn, hoặc không do máy chủ này tạo. Đọc lại từ trang đầu.",
        "The cursor is cut short, too old, or was not made here. Begin again with the first page.",
    ),
    (
        Code::CursorMismatch,
        "Con trỏ trang chỉ dùng với đúng bộ lọc, thứ tự và người dùng đã tạo ra nó. Giữ nguyên các tham số khác, hoặc đọc lại từ trang đầu.",
        "A cursor serves only the filters, the order and the caller that it was made for. Keep the other parameters as they were, or begin again with the first page.",
    ),
    (
        Code::IdempotencyKeyRequired,
        "Thao tác này không được phép xảy ra hai lần do gửi lại. Tạo một giá trị ngẫu nhiên (UUID), gửi trong tiêu đề Idempotency-Key, và dùng lại chính giá trị đó khi gửi lại.",
        "This must not happen twice because it was sent again. Make a random value (a UUID), send it as Idempotency-Key, and use the same one when you repeat the request.",
    ),
    (
        Code::InvalidToken,
        "Chưa đăng nhập, hoặc mã truy cập đã hết hạn hay bị thu hồi. Lấy mã mới tại /oauth/token bằng refresh token, hoặc đăng nhập lại.",
        "Nobody is signed in, or the access token has run out or was revoked. Get a new one at /oauth/token with the refresh token, or sign in again.",
    ),
    (
        Code::InvalidCredentials,
        "Tên đăng nhập hoặc mật khẩu không đúng. Kiểm tra chữ hoa và bộ gõ tiếng Việt. Quên mật khẩu: xin quản trị hệ thống một mã đặt lại.",
        "The name or the password is not right. Check capitals and the Vietnamese keyboard. Forgotten: ask the IT administrator for a code to set a new one.",
    ),
    (
        Code::Forbidden,
        "Không vai trò nào của bạn được làm việc này, ở bất kỳ đơn vị nào. GET /api/v1/me cho biết bạn được làm gì. Cần thêm quyền thì xin quản trị hệ thống.",
        "None of your roles may do this, in any unit. GET /api/v1/me tells what you may do. If you need more, ask the IT administrator.",
    ),
    (
        Code::NotFound,
        "Không có gì ở địa chỉ này, hoặc nó nằm ngoài phạm vi của bạn: hai trường hợp được trả lời như nhau. Kiểm tra mã định danh và đơn vị của vai trò.",
        "There is nothing at this address, or it lies outside what you may see: the two are answered alike. Check the id and the unit of your role.",
    ),
    (
        Code::MethodNotAllowed,
        "Địa chỉ đúng nhưng phương thức không dùng được ở đây. Tiêu đề Allow liệt kê các phương thức được nhận.",
        "The address is right, the method is not for it. The header Allow lists those that are.",
    ),
    (
        Code::Conflict,
        "Yêu cầu trái với dữ liệu đang có. detail và errors nói trái với điều gì. Đọc lại dữ liệu rồi quyết định.",
        "The request contradicts what is recorded. detail and errors say what. Read the object again and decide.",
    ),
    (
        Code::InvalidTransition,
        "Ở trạng thái hiện tại không làm được việc này. allowed_actions liệt kê những việc làm được bây giờ.",
        "It cannot be done in the present state. allowed_actions lists what can be done now.",
    ),
    (
        Code::IdInUse,
        "Mã định danh (id) mà bạn gửi đã dùng cho một nội dung khác. Tạo một UUID phiên bản 7 mới.",
        "The id that you sent is in use for something else. Make a new UUID of version 7.",
    ),
    (
        Code::NationalIdInUse,
        "Số định danh cá nhân này đã thuộc về một hội viên khác. Nếu là cùng một người, hãy chuyển sinh hoạt thay vì thêm mới; nếu không, kiểm tra lại số.",
        "This citizen number already belongs to another member. If she is the same person, transfer her instead of admitting her; if not, check the number.",
    ),
    (
        Code::ConfirmationRequired,
        "Có điểm đáng ngờ nhưng có thể đúng: xem warnings. Nếu đúng, gửi lại y nguyên yêu cầu cùng tiêu đề Confirm mang giá trị confirmation_token.",
        "Something looks doubtful and may be right: see warnings. If it is, send the same request again with the header Confirm and the value of confirmation_token.",
    ),
    (
        Code::VersionMismatch,
        "Có người đã sửa sau khi bạn mở. changed_fields cho biết trường nào. Đọc bản mới, sửa lại trên đó; hoặc gửi Prefer: merge=disjoint để giữ cả hai nếu không trùng trường.",
        "Somebody changed it after you had read it. changed_fields tells which fields. Read it again and change that; or send Prefer: merge=disjoint to keep both where no field is the same.",
    ),
    (
        Code::RequestTimeout,
        "Nội dung của yêu cầu không đến đủ trong 30 giây. Kiểm tra đường truyền rồi gửi lại.",
        "The body of the request did not come within 30 seconds. Check the connection and send it again.",
    ),
    (
        Code::PayloadTooLarge,
        "Nội dung dài quá 1 MiB. Chia nhỏ, hoặc dùng chức năng nhập dữ liệu.",
        "The body is longer than 1 MiB. Send it in parts, or use an import.",
    ),
    (
        Code::UnsupportedMediaType,
        "Content-Type không đúng với chức năng này: application/json để thêm, application/merge-patch+json để sửa. Nội dung gửi lên không được nén (Content-Encoding).",
        "The Content-Type is not what this operation takes: application/json to create, application/merge-patch+json to change. Bodies are not taken compressed (Content-Encoding).",
    ),
    (
        Code::InvalidBody,
        "Đọc được nhưng có trường chưa đúng. errors nêu từng trường (pointer) và lý do. Không có gì được lưu.",
        "It was read, but fields are wrong. errors names each (pointer) and why. Nothing was kept.",
    ),
    (
        Code::IdempotencyKeyReused,
        "Idempotency-Key này đã dùng cho một yêu cầu khác. Mỗi việc mới cần một giá trị mới.",
        "This Idempotency-Key was used for another request. Each new deed needs a new value.",
    ),
    (
        Code::VersionRequired,
        "Muốn sửa phải cho biết bạn đã đọc bản nào: gửi If-Match với giá trị ETag đã nhận.",
        "To change something, say which version you have read: send If-Match with the ETag that you received.",
    ),
    (
        Code::TooManyRequests,
        "Bạn gửi nhanh hơn mức cho phép. Chờ theo Retry-After. RateLimit-Policy nêu mức.",
        "You are sending faster than is allowed. Wait as Retry-After says. RateLimit-Policy names the limit.",
    ),
    (
        Code::AccountLocked,
        "Sai mật khẩu nhiều lần nên tài khoản bị khóa một lúc. Chờ theo Retry-After, hoặc xin quản trị hệ thống mã đặt lại mật khẩu.",
        "After several wrong passwords the account is locked for a while. Wait as Retry-After says, or ask the IT administrator for a code to set a new one.",
    ),
    (
        Code::Internal,
        "Lỗi của phần mềm, không phải của bạn. Báo cho người quản trị cùng request_id; trong nhật ký có nguyên nhân.",
        "A fault of the program, not of yours. Tell the administrator the request_id; the log has the cause.",
    ),
    (
        Code::Unavailable,
        "Hệ thống đang quá tải, đang khởi động, hoặc mất kết nối với cơ sở dữ liệu. Gửi lại sau ít giây.",
        "The service is overloaded, starting, or has lost its database. Try again in a few seconds.",
    ),
];
