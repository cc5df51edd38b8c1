//! The outermost layer: request id, language, the body of problems, headers that every answer has, metrics, log.

use std::{sync::LazyLock, time::Instant};

use actix_web::{
    Error, HttpMessage, HttpRequest,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{self, HeaderName, HeaderValue},
    },
    middleware::Next,
};
use prometheus::{HistogramOpts, HistogramVec, register_histogram_vec};

use super::{Code, Locale, Problem};

/// Id and language of the request, for whoever answers it.
#[derive(Clone, Debug)]
pub struct Spoken {
    pub request_id: String,
    pub locale: Locale,
}

impl Spoken {
    pub fn of(request: &HttpRequest) -> Self {
        request
            .extensions()
            .get::<Self>()
            .cloned()
            .unwrap_or_else(|| Self { request_id: String::new(), locale: Locale::of(request.headers()) })
    }
}

/// Headers that an extractor wants on the answer, whatever the answer will be (rate limits).
#[derive(Clone, Debug, Default)]
pub struct ExtraHeaders(pub Vec<(HeaderName, HeaderValue)>);

static DURATION: LazyLock<HistogramVec> = LazyLock::new(|| {
    let options = HistogramOpts::new("hoicoso_http_request_duration_seconds", "Time to answer a request, by route")
        .buckets(vec![0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0]);
    register_histogram_vec!(options, &["method", "route", "status"]).expect("a metric is registered once")
});

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Routes of which no figure is kept: how often somebody looks at cases, and how long it takes, would tell whom they are about that
/// there are some.
const UNCOUNTED: [&str; 4] = ["/api/v1/complaint", "/api/v1/identity-", "/api/v1/public/petitions", "/api/v1/attachments"];

/// Middleware for `actix_web::middleware::from_fn`.
pub async fn speak<B: MessageBody + 'static>(request: ServiceRequest, next: Next<B>) -> Result<ServiceResponse<BoxBody>, Error> {
    let started = Instant::now();
    let spoken = Spoken { request_id: request_id(&request), locale: Locale::of(request.headers()) };
    let trace_id = trace_id(&request).unwrap_or_default();
    request.extensions_mut().insert(spoken.clone());
    let mut response = match next.call(request).await {
        Ok(response) => response.map_into_boxed_body(),
        // Only the framework itself fails here; handlers answer.
        Err(error) => return Err(error),
    };
    let problem = response.response().extensions().get::<Problem>().cloned().or_else(|| framework_problem(&response));
    if let Some(problem) = problem {
        if problem.code() == Code::Internal {
            tracing::error!(request_id = %spoken.request_id, cause = problem.cause().unwrap_or("-"), "internal error");
        }
        let body = problem.to_json(spoken.locale, &spoken.request_id, response.request().path()).to_string();
        response = response.map_body(|head, _| {
            head.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
            BoxBody::new(body)
        });
    }
    let extra = response.request().extensions().get::<ExtraHeaders>().cloned().unwrap_or_default();
    let status = response.status();
    let (method, route) = (method_label(response.request().method()), route(response.request()));
    let headers = response.headers_mut();
    for (name, value) in extra.0 {
        headers.insert(name, value);
    }
    if let Ok(value) = HeaderValue::from_str(&spoken.request_id) {
        headers.insert(REQUEST_ID, value);
    }
    let mut default = |name: HeaderName, value: &'static str| {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    };
    default(header::CONTENT_LANGUAGE, spoken.locale.tag());
    default(header::CACHE_CONTROL, "private, no-cache");
    default(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    default(header::VARY, "Accept, Accept-Language, Accept-Encoding, Authorization, Origin");
    let elapsed = started.elapsed();
    if !UNCOUNTED.iter().any(|start| route.starts_with(start)) {
        DURATION.with_label_values(&[method, route.as_str(), status.as_str()]).observe(elapsed.as_secs_f64());
    }
    // The route, not the path, and no query: ids and words typed into a search stay out of the log.
    tracing::info!(request_id = %spoken.request_id, trace_id, method, route, status = status.as_u16(), micros = elapsed.as_micros() as u64, "request");
    Ok(response)
}

/// The method as a label: callers may invent methods, figures must not grow with them.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        // Answered as GET.
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// The route that answered, `/api/v1/members/{id}`: the path with the names of its parameters for their values; `-`
/// where no route led. (`HttpRequest::match_pattern` would try all routes a second time.)
fn route(request: &HttpRequest) -> String {
    let matched = request.match_info();
    let path = matched.as_str();
    if matched.is_empty() && !matched.unprocessed().is_empty() {
        return "-".into();
    }
    let mut route = String::with_capacity(path.len());
    let mut from = 0;
    for (name, value) in matched.iter() {
        // Values are slices of the path itself: where they stand tells them from equal words elsewhere in it.
        let at = (value.as_ptr() as usize).wrapping_sub(path.as_ptr() as usize);
        let Some(before) = path.get(from..at) else { continue };
        route.extend([before, "{", name, "}"]);
        from = at + value.len();
    }
    route.push_str(path.get(from..).unwrap_or_default());
    route
}

/// An error that the framework made without us (no route, a malformed header) still gets our form.
fn framework_problem(response: &ServiceResponse<BoxBody>) -> Option<Problem> {
    let status = response.status();
    let ours = response.headers().get(header::CONTENT_TYPE).is_some_and(|value| {
        let value = value.as_bytes();
        value.starts_with(b"application/") || value.starts_with(b"text/html")
    });
    if ours || !(status.is_client_error() || status.is_server_error()) {
        return None;
    }
    Some(Problem::new(match status.as_u16() {
        404 => Code::NotFound,
        405 => Code::MethodNotAllowed,
        408 => Code::RequestTimeout,
        413 => Code::PayloadTooLarge,
        415 => Code::UnsupportedMediaType,
        400..500 => Code::BadRequest,
        _ => Code::Internal,
    }))
}

/// The caller's id when it is one we would make ourselves, else a new one.
fn request_id(request: &ServiceRequest) -> String {
    let given = request.headers().get(REQUEST_ID).and_then(|value| value.to_str().ok());
    match given {
        Some(id) if (8..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)) => {
            id.to_owned()
        }
        _ => crate::db::Id::new().to_string(),
    }
}

/// The trace that this request is part of: the second field of `traceparent` (W3C Trace Context), where it is right.
fn trace_id(request: &ServiceRequest) -> Option<String> {
    let given = request.headers().get("traceparent")?.to_str().ok()?;
    let mut fields = given.split('-');
    let (version, trace, span) = (fields.next()?, fields.next()?, fields.next()?);
    let hex = |text: &str, length: usize| {
        text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    };
    let right = hex(version, 2) && version != "ff" && hex(trace, 32) && hex(span, 16) && trace.bytes().any(|byte| byte != b'0');
    right.then(|| trace.to_owned())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn the_trace_of_the_caller_is_carried_on() {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        for (given, found) in [
            (format!("00-{trace}-00f067aa0ba902b7-01"), Some(trace)),
            (format!("ff-{trace}-00f067aa0ba902b7-01"), None),
            (format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)), None),
            (format!("00-{}-00f067aa0ba902b7-01", trace.to_uppercase()), None),
            ("00-4bf92f".to_owned(), None),
        ] {
            let request = TestRequest::default().insert_header(("traceparent", given.as_str())).to_srv_request();
            assert_eq!(trace_id(&request).as_deref(), found, "{given}");
        }
        assert_eq!(trace_id(&TestRequest::default().to_srv_request()), None);
    }
}
