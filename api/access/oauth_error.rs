//! Errors of `/oauth/*`, in the form that OAuth libraries read (RFC 6749, section 5.2).

use std::time::Instant;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    limits::{Caller, Policy},
    state::AccessState,
};
use crate::http::{Code, Problem, Spoken, Text};

/// What `/oauth/*` answers when it says no.
#[derive(Debug, Serialize, ToSchema)]
pub struct OAuthErrorBody {
    /// `invalid_request`, `invalid_client`, `invalid_grant`, `unauthorized_client`, `unsupported_grant_type`,
    /// `invalid_scope`, or `temporarily_unavailable` (too many requests).
    #[schema(example = "invalid_grant")]
    pub error: &'static str,
    /// For people, in the language asked for. (The RFC knows ASCII only; ours is UTF-8.)
    #[schema(example = "Tên đăng nhập hoặc mật khẩu không đúng")]
    pub error_description: String,
    /// As in problems: stable and never translated.
    pub code: Code,
    /// Give this to whoever runs the service.
    pub request_id: String,
}

/// An error in that form.
#[derive(Debug)]
pub(super) struct OAuthError {
    error: &'static str,
    status: StatusCode,
    code: Code,
    text: Text,
    retry_after: Option<i64>,
}

impl OAuthError {
    pub(super) const fn new(error: &'static str, status: StatusCode, code: Code, text: Text) -> Self {
        Self { error, status, code, text, retry_after: None }
    }

    pub(super) const fn invalid_request(text: Text) -> Self {
        Self::new("invalid_request", StatusCode::BAD_REQUEST, Code::BadRequest, text)
    }

    /// 429 with the seconds to wait.
    pub(super) const fn wait(error: &'static str, code: Code, seconds: i64, text: Text) -> Self {
        Self { error, status: StatusCode::TOO_MANY_REQUESTS, code, text, retry_after: Some(seconds) }
    }

    pub(super) fn into_response(self, spoken: &Spoken) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        response.insert_header((header::CACHE_CONTROL, "no-store"));
        if self.status == StatusCode::UNAUTHORIZED {
            response.insert_header((header::WWW_AUTHENTICATE, "Basic realm=\"hoicoso\", charset=\"UTF-8\""));
        }
        if let Some(seconds) = self.retry_after {
            response.insert_header((header::RETRY_AFTER, seconds.to_string()));
        }
        response.json(OAuthErrorBody {
            error: self.error,
            error_description: self.text.get(spoken.locale).to_owned(),
            code: self.code,
            request_id: spoken.request_id.clone(),
        })
    }
}

/// Why a token is not given: by the rules of OAuth, or because something else went wrong.
pub(super) enum Refusal {
    OAuth(OAuthError),
    Problem(Problem),
}

impl From<OAuthError> for Refusal {
    fn from(error: OAuthError) -> Self {
        Self::OAuth(error)
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

/// The answer, whichever it is.
pub(super) fn answer(outcome: Result<HttpResponse, Refusal>, spoken: &Spoken) -> Result<HttpResponse, Problem> {
    match outcome {
        Ok(response) => Ok(response),
        Err(Refusal::OAuth(error)) => Ok(error.into_response(spoken)),
        Err(Refusal::Problem(problem)) => Err(problem),
    }
}

/// Takes from a budget `login`; the answer tells no more than that it is empty.
pub(super) fn limit(state: &AccessState, request: &HttpRequest, caller: Caller) -> Result<(), Refusal> {
    let Some(left) = state.buckets.take(Policy::Login, caller, Instant::now()) else { return Ok(()) };
    if left.apply(request).is_ok() {
        return Ok(());
    }
    let seconds = left.wait.unwrap_or(1);
    let text = Text::new(format!("Hãy thử lại sau {seconds} giây"), format!("Try again in {seconds} seconds"));
    Err(OAuthError::wait("temporarily_unavailable", Code::TooManyRequests, seconds.into(), text).into())
}
