//! `/problems/{code}`: for each kind of problem a page that says what it means and what to do. Its address is the
//! `type` of the problem.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    web::{self, ServiceConfig},
};

use crate::http::{Code, Locale, Problem, Result, Spoken};

pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .service(web::resource("/problems").route(web::get().to(overview)))
        .service(web::resource("/problems/{code}").route(web::get().to(page)));
}

/// What it means and what to do, in Vietnamese and English.
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
        Code::RequestInProgress,
        "Yêu cầu trước với cùng Idempotency-Key chưa xong. Chờ theo Retry-After rồi gửi lại.",
        "The earlier request with the same Idempotency-Key has not ended. Wait as Retry-After says and send it again.",
    ),
    (
        Code::VersionMismatch,
        "Có người đã sửa sau khi bạn mở. changed_fields cho biết trường nào. Đọc bản mới, sửa lại trên đó; hoặc gửi Prefer: merge=disjoint để giữ cả hai nếu không trùng trường.",
        "Somebody changed it after you had read it. changed_fields tells which fields. Read it again and change that; or send Prefer: merge=disjoint to keep both where no field is the same.",
    ),
    (
        Code::PayloadTooLarge,
        "Nội dung dài quá 1 MiB. Chia nhỏ, hoặc dùng chức năng nhập dữ liệu.",
        "The body is longer than 1 MiB. Send it in parts, or use an import.",
    ),
    (
        Code::UnsupportedMediaType,
        "Content-Type không đúng với chức năng này: application/json để thêm, application/merge-patch+json để sửa.",
        "The Content-Type is not what this operation takes: application/json to create, application/merge-patch+json to change.",
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

fn advice(code: Code) -> (&'static str, &'static str) {
    ADVICE.iter().find(|(known, ..)| *known == code).map_or(("", ""), |(_, vi, en)| (vi, en))
}

async fn page(request: HttpRequest, code: web::Path<String>) -> Result<HttpResponse> {
    let code: Code = code.parse().map_err(|_| Problem::not_found())?;
    let locale = Spoken::of(&request).locale;
    let (vi, en) = advice(code);
    let (advice, what, all) = match locale {
        Locale::Vi => (vi, "Mã lỗi", "Tất cả mã lỗi"),
        Locale::En => (en, "Problem code", "All problem codes"),
    };
    let other = match locale {
        Locale::Vi => (Locale::En, en),
        Locale::En => (Locale::Vi, vi),
    };
    Ok(html(
        locale,
        code.label(locale),
        &format!(
            "<p class=\"code\">{what} <code>{code}</code> · HTTP {status}</p><h1>{title}</h1><p>{advice}</p>\
             <details lang=\"{tag}\"><summary>{other_title}</summary><p>{other_advice}</p></details><p><a href=\"/problems\">{all}</a></p>",
            status = code.status().as_u16(),
            title = code.label(locale),
            tag = other.0.tag(),
            other_title = code.label(other.0),
            other_advice = other.1,
        ),
    ))
}

async fn overview(request: HttpRequest) -> HttpResponse {
    let locale = Spoken::of(&request).locale;
    let title = match locale {
        Locale::Vi => "Các mã lỗi",
        Locale::En => "Problem codes",
    };
    let rows: String = Code::ALL
        .iter()
        .map(|code| {
            format!(
                "<tr><td>{}</td><td><a href=\"/problems/{code}\"><code>{code}</code></a></td><td>{}</td></tr>",
                code.status().as_u16(),
                code.label(locale)
            )
        })
        .collect();
    html(locale, title, &format!("<h1>{title}</h1><table>{rows}</table>"))
}

/// A page without a script, and with nothing from elsewhere. All text on it is ours: nothing needs escaping.
fn html(locale: Locale, title: &str, body: &str) -> HttpResponse {
    let page = format!(
        "<!doctype html><html lang=\"{}\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title} – hoicoso</title><style>body{{font:1rem/1.6 system-ui,sans-serif;max-width:44rem;margin:2rem auto;\
         padding:0 1rem;color:#222}}h1{{font-size:1.5rem;color:#8e3b6d}}.code,summary{{color:#666}}code{{background:#f4eef2;\
         padding:.1em .3em}}td{{padding:.2rem .8rem .2rem 0;vertical-align:top}}</style><body>{body}</body></html>",
        locale.tag()
    );
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"))
        .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
        .body(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_page_in_both_languages() {
        for code in Code::ALL {
            let (vi, en) = advice(*code);
            assert!(vi.len() > 40 && en.len() > 40 && vi != en, "{code}");
            for text in [vi, en, code.label(Locale::Vi), code.label(Locale::En)] {
                assert!(!text.contains(['<', '>', '&']), "{code}: {text} would need escaping");
            }
        }
    }
}
