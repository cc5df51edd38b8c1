//! The one error type of the service, and its one form on the wire: RFC 9457 problem details in two languages.
//!
//! A rule that fails says so with a [`Code`], a sentence and, for bad input, a [`FieldError`] for each field.
//! Whatever is unexpected becomes [`Code::Internal`]: logged with its request id, told to nobody.

use std::{fmt, sync::Arc};

use actix_web::{
    HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{HeaderName, HeaderValue, RETRY_AFTER},
    },
};
use diesel::result::DatabaseErrorKind as Kind;
use serde_json::{Map, Value, json};

use super::locale::{Locale, Text};

/// When to come back to a service that is busy.
const BUSY_SECONDS: u16 = 5;

pub type Result<T, E = Problem> = std::result::Result<T, E>;

crate::code_list! {
    /// What went wrong. Part of the API: documented, never localised, never renamed.
    Code in "problem_codes" {
        BadRequest = "bad_request", "Yêu cầu không đọc được", "The request cannot be read";
        UnknownParameter = "unknown_parameter", "Tham số không tồn tại", "There is no such parameter";
        InvalidParameter = "invalid_parameter", "Tham số không hợp lệ", "A parameter is not right";
        CursorInvalid = "cursor_invalid", "Con trỏ trang không đọc được", "The cursor cannot be read";
        CursorMismatch = "cursor_mismatch", "Con trỏ trang thuộc về bộ lọc khác", "The cursor was made for other filters";
        IdempotencyKeyRequired = "idempotency_key_required", "Cần có Idempotency-Key", "An Idempotency-Key is needed";
        InvalidToken = "invalid_token", "Cần đăng nhập", "Sign in first";
        InvalidCredentials = "invalid_credentials", "Tên đăng nhập hoặc mật khẩu không đúng", "The name or the password is not right";
        Forbidden = "forbidden", "Vai trò của bạn không được làm việc này", "Your role may not do this";
        NotFound = "not_found", "Không tìm thấy", "Not found";
        MethodNotAllowed = "method_not_allowed", "Phương thức không dùng được ở đây", "The method is not for this resource";
        Conflict = "conflict", "Trái với trạng thái hiện tại", "In conflict with what is there";
        InvalidTransition = "invalid_transition", "Không làm được ở trạng thái này", "Not possible in this state";
        IdInUse = "id_in_use", "Mã định danh đã dùng cho nội dung khác", "The id is in use for something else";
        NationalIdInUse = "national_id_in_use", "Số định danh này đã thuộc về một hội viên khác", "This citizen number already belongs to another member";
        ConfirmationRequired = "confirmation_required", "Cần xác nhận", "Please confirm";
        VersionMismatch = "version_mismatch", "Dữ liệu đã được sửa từ lúc bạn mở", "It was changed since you read it";
        RequestTimeout = "request_timeout", "Nội dung đến quá chậm", "The body came too slowly";
        PayloadTooLarge = "payload_too_large", "Nội dung quá lớn", "The body is too large";
        UnsupportedMediaType = "unsupported_media_type", "Kiểu nội dung không được nhận", "The media type is not taken";
        InvalidBody = "invalid_body", "Nội dung chưa đúng", "The content is not right";
        IdempotencyKeyReused = "idempotency_key_reused", "Idempotency-Key đã dùng cho nội dung khác", "The Idempotency-Key was used for another request";
        VersionRequired = "version_required", "Cần có If-Match", "If-Match is needed";
        TooManyRequests = "too_many_requests", "Quá nhiều yêu cầu", "Too many requests";
        AccountLocked = "account_locked", "Tài khoản tạm khóa", "The account is locked for a while";
        Internal = "internal", "Lỗi của hệ thống", "An error of the service";
        Unavailable = "unavailable", "Hệ thống đang bận", "The service is busy";
    }
}

impl Code {
    pub const fn status(self) -> StatusCode {
        match self {
            Self::BadRequest
            | Self::UnknownParameter
            | Self::InvalidParameter
            | Self::CursorInvalid
            | Self::CursorMismatch
            | Self::IdempotencyKeyRequired => StatusCode::BAD_REQUEST,
            Self::InvalidToken | Self::InvalidCredentials => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict | Self::InvalidTransition | Self::IdInUse | Self::NationalIdInUse | Self::ConfirmationRequired => {
                StatusCode::CONFLICT
            }
            Self::VersionMismatch => StatusCode::PRECONDITION_FAILED,
            Self::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::InvalidBody | Self::IdempotencyKeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            Self::VersionRequired => StatusCode::PRECONDITION_REQUIRED,
            Self::TooManyRequests | Self::AccountLocked => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Whether the same request may succeed later, unchanged.
    const fn retryable(self) -> bool {
        matches!(self, Self::RequestTimeout | Self::TooManyRequests | Self::AccountLocked | Self::Unavailable | Self::Internal)
    }
}

/// One field of a body (a JSON Pointer) or one parameter that is wrong, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    place: Place,
    code: String,
    text: Text,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Pointer(String),
    Parameter(String),
    Header(String),
}

impl FieldError {
    /// `pointer` is a JSON Pointer into the body: `/full_name`; empty for the body as a whole.
    pub fn body(pointer: impl Into<String>, code: impl Into<String>, text: Text) -> Self {
        Self { place: Place::Pointer(pointer.into()), code: code.into(), text }
    }

    pub fn parameter(name: impl Into<String>, code: impl Into<String>, text: Text) -> Self {
        Self { place: Place::Parameter(name.into()), code: code.into(), text }
    }

    pub fn header(name: impl Into<String>, code: impl Into<String>, text: Text) -> Self {
        Self { place: Place::Header(name.into()), code: code.into(), text }
    }

    pub fn code(&self) -> &str {
        &self.code
    }

    /// A field of the body that must be there.
    pub fn required(pointer: impl Into<String>) -> Self {
        Self::body(pointer, "required", Text::new("Bắt buộc phải có", "Must be given"))
    }

    /// The same error one level further down: `/items/16` + `/full_name`.
    #[must_use]
    pub fn under(mut self, prefix: &str) -> Self {
        if let Place::Pointer(pointer) = &mut self.place {
            pointer.insert_str(0, prefix);
        }
        self
    }

    fn to_json(&self, locale: Locale) -> Value {
        let (key, place) = match &self.place {
            Place::Pointer(place) => ("pointer", place),
            Place::Parameter(place) => ("parameter", place),
            Place::Header(place) => ("header", place),
        };
        json!({ key: place, "code": self.code, "detail": self.text.get(locale) })
    }
}

/// An answer that says no.
#[derive(Clone)]
pub struct Problem(Box<Inner>);

#[derive(Clone)]
struct Inner {
    code: Code,
    detail: Option<Text>,
    errors: Vec<FieldError>,
    members: Map<String, Value>,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// For the log only.
    cause: Option<Arc<str>>,
    /// Two writers met; the transaction may be run again.
    race: bool,
}

impl Problem {
    pub fn new(code: Code) -> Self {
        Self(Box::new(Inner {
            code,
            detail: None,
            errors: Vec::new(),
            members: Map::new(),
            headers: Vec::new(),
            cause: None,
            race: false,
        }))
    }

    /// With a sentence that says what exactly, in both languages.
    pub fn say(code: Code, vi: impl Into<String>, en: impl Into<String>) -> Self {
        let mut problem = Self::new(code);
        problem.0.detail = Some(Text::new(vi, en));
        problem
    }

    /// Not there, or not yours: the two are told apart by nothing.
    pub fn not_found() -> Self {
        Self::new(Code::NotFound)
    }

    /// One wrong field of the body.
    pub fn field(pointer: impl Into<String>, code: impl Into<String>, vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self::fields(vec![FieldError::body(pointer, code, Text::new(vi, en))])
    }

    pub fn fields(errors: Vec<FieldError>) -> Self {
        Self::new(Code::InvalidBody).with_errors(errors)
    }

    /// Something stands in the way, which has a code of its own.
    pub fn conflict(pointer: impl Into<String>, code: impl Into<String>, vi: impl Into<String>, en: impl Into<String>) -> Self {
        let text = Text::new(vi, en);
        Self::say(Code::Conflict, text.vi.clone(), text.en.clone()).with_errors(vec![FieldError::body(pointer, code, text)])
    }

    /// One wrong parameter.
    pub fn parameter(name: impl Into<String>, code: impl Into<String>, vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(Code::InvalidParameter).with_errors(vec![FieldError::parameter(name, code, Text::new(vi, en))])
    }

    /// What should not happen. `cause` goes to the log; it must hold no personal data.
    pub fn internal(cause: impl fmt::Display) -> Self {
        let mut problem = Self::new(Code::Internal);
        problem.0.cause = Some(cause.to_string().into());
        problem
    }

    #[must_use]
    pub fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        self.0.errors = errors;
        self
    }

    /// A further member of the problem object.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.members.insert(name.into(), value.into());
        self
    }

    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.push((name, value));
        self
    }

    /// Several rows of a batch that were refused, each with the pointer of its row, as one problem: of their common
    /// code, or a wrong body.
    pub fn of_rows(rows: Vec<(String, Self)>) -> Self {
        let mut codes = rows.iter().map(|(_, problem)| problem.code());
        let first = codes.next().unwrap_or(Code::InvalidBody);
        let mut whole = Self::new(if codes.all(|code| code == first) { first } else { Code::InvalidBody });
        for (row, problem) in rows {
            whole.0.race |= problem.is_race();
            if problem.errors().is_empty() {
                let code = problem.code();
                let text = problem.0.detail.unwrap_or_else(|| Text::new(code.label(Locale::Vi), code.label(Locale::En)));
                whole.0.errors.push(FieldError::body(row, code.as_str(), text));
            } else {
                whole.0.errors.extend(problem.0.errors.into_iter().map(|error| error.under(&row)));
            }
        }
        whole
    }

    pub fn code(&self) -> Code {
        self.0.code
    }

    pub fn cause(&self) -> Option<&str> {
        self.0.cause.as_deref()
    }

    pub fn errors(&self) -> &[FieldError] {
        &self.0.errors
    }

    pub fn into_errors(self) -> Vec<FieldError> {
        self.0.errors
    }

    pub fn headers(&self) -> &[(HeaderName, HeaderValue)] {
        &self.0.headers
    }

    /// The body of `application/problem+json`.
    pub fn to_json(&self, locale: Locale, request_id: &str, instance: &str) -> Value {
        let inner = &*self.0;
        let code = inner.code;
        let detail = inner.detail.as_ref().map_or_else(|| code.advice(locale), |text| text.get(locale));
        let mut body = json!({
            "type": format!("/problems/{code}"),
            "title": code.label(locale),
            "status": code.status().as_u16(),
            "code": code.as_str(),
            "detail": detail,
            "instance": instance,
            "request_id": request_id,
            "retryable": code.retryable(),
            "errors": inner.errors.iter().map(|error| error.to_json(locale)).collect::<Vec<_>>(),
            "docs_url": format!("/problems/{code}"),
        });
        if let Some(object) = body.as_object_mut() {
            object.extend(inner.members.iter().map(|(name, value)| (name.clone(), localised(value, locale))));
        }
        body
    }
}

/// Texts in two languages inside further members (`{"vi": …, "en": …}`) become the one that is wanted.
fn localised(value: &Value, locale: Locale) -> Value {
    match value {
        Value::Object(map) if map.len() == 2 && map.contains_key("vi") && map.contains_key("en") => map[locale.tag()].clone(),
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), localised(value, locale))).collect(),
        Value::Array(items) => items.iter().map(|item| localised(item, locale)).collect(),
        other => other.clone(),
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.code)?;
        if let Some(cause) = self.cause() {
            write!(f, ": {cause}")?;
        }
        for error in self.errors() {
            write!(f, "; {:?} {}", error.place, error.code)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Problem {}

impl From<diesel::result::Error> for Problem {
    fn from(error: diesel::result::Error) -> Self {
        match error {
            diesel::result::Error::NotFound => Self::not_found(),
            diesel::result::Error::DatabaseError(kind, info)
                if matches!(kind, Kind::SerializationFailure) || info.message().contains("deadlock detected") =>
            {
                Self::new(Code::Unavailable).raced()
            }
            diesel::result::Error::DatabaseError(Kind::UniqueViolation, info) => {
                let code = if is_of_an_id(&*info) { Code::IdInUse } else { Code::Conflict };
                let mut problem = Self::new(code).raced();
                problem.0.cause = info.constraint_name().map(Into::into);
                problem
            }
            // SQLite's words for SQLITE_FULL and SQLITE_IOERR, which have no kind of their own.
            diesel::result::Error::DatabaseError(_, info)
                if info.message() == "database or disk is full" || info.message().starts_with("disk I/O error") =>
            {
                Self::new(Code::Unavailable).with_private(info.message())
            }
            // The message of a database may quote values; its kind and constraint do not.
            diesel::result::Error::DatabaseError(kind, info) => Self::internal(format!(
                "database: {kind:?} in {} of {}",
                info.constraint_name().unwrap_or("-"),
                info.table_name().unwrap_or("-")
            ))
            .with_private(info.message()),
            other => Self::internal(format!("database: {other}")),
        }
    }
}

/// Whether what is there twice is the id of a row: one that a client made and that names something already.
fn is_of_an_id(info: &dyn diesel::result::DatabaseErrorInformation) -> bool {
    let column = info.message().strip_prefix("UNIQUE constraint failed: ");
    info.constraint_name().is_some_and(|name| name.ends_with("_pkey"))
        || column.is_some_and(|column| column.ends_with(".id") && !column.contains(','))
}

impl Problem {
    /// Whether two writers met, so that the transaction may be run again and see what the other did.
    pub(crate) fn is_race(&self) -> bool {
        self.0.race
    }

    fn raced(mut self) -> Self {
        self.0.race = true;
        self
    }

    /// Goes on when an update that was narrowed to the version read changed its one row. None: somebody else was
    /// there first; the transaction runs again and then sees what she did.
    pub(crate) fn unless_one(changed: usize) -> Result<()> {
        if changed == 1 { Ok(()) } else { Err(Self::new(Code::VersionMismatch).raced()) }
    }

    /// Adds the engine's own words in debug builds only, where there is no real person's data.
    fn with_private(mut self, words: &str) -> Self {
        if cfg!(debug_assertions) {
            self.0.cause = self.0.cause.map(|cause| format!("{cause}: {words}").into());
        }
        self
    }
}

/// Handlers and extractors fail with a [`Problem`]; the outermost middleware, which knows language and request
/// id, writes its body.
impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.0.code.status()
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code()).finish();
        for (name, value) in self.headers() {
            response.headers_mut().append(name.clone(), value.clone());
        }
        if self.code() == Code::Unavailable && !response.headers().contains_key(RETRY_AFTER) {
            response.headers_mut().insert(RETRY_AFTER, BUSY_SECONDS.into());
        }
        response.extensions_mut().insert(self.clone());
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_told_to_come_back_is_told_when() {
        let after = |problem: Problem| problem.error_response().headers().get(RETRY_AFTER).cloned();
        assert_eq!(after(Problem::new(Code::Unavailable)), Some(BUSY_SECONDS.into()));
        assert_eq!(after(Problem::new(Code::Unavailable).with_header(RETRY_AFTER, 60.into())), Some(60.into()));
        assert_eq!(after(Problem::not_found()), None);
    }

    #[test]
    fn rows_are_told_together() {
        let row = |place: usize, problem| (format!("/items/{place}"), problem);
        let wrong = || Problem::field("/name", "required", "a", "b");
        let taken = || Problem::new(Code::NationalIdInUse);
        assert_eq!(Problem::of_rows(vec![row(0, taken()), row(2, taken())]).code(), Code::NationalIdInUse);
        let both = Problem::of_rows(vec![row(0, taken()), row(2, wrong())]);
        let told = both.to_json(Locale::En, "", "");
        assert_eq!(
            (both.code(), &told["errors"][0]["pointer"], &told["errors"][1]["pointer"]),
            (Code::InvalidBody, &json!("/items/0"), &json!("/items/2/name"))
        );
    }
}
