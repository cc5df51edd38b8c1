//! Answers with objects: versions, sparse fields, 304.

use std::hash::{DefaultHasher, Hasher};

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
};
use serde::Serialize;
use serde_json::Value;

use super::{Problem, Result, Shape};

/// A body with only the wanted fields of each object, its id, and what is embedded in it.
pub(super) fn picked(shape: &Shape, value: &impl Serialize, each: impl Fn(&mut Value, &dyn Fn(&mut Value))) -> Result<Vec<u8>> {
    let Some(fields) = &shape.fields else { return serde_json::to_vec(value).map_err(Problem::internal) };
    let wanted: Vec<&str> =
        fields.split(',').chain(shape.include.iter().flat_map(|names| names.split(','))).map(str::trim).collect();
    let mut value = serde_json::to_value(value).map_err(Problem::internal)?;
    each(&mut value, &|object| {
        if let Value::Object(map) = object {
            map.retain(|name, _| name == "id" || wanted.contains(&name.as_str()));
        }
    });
    serde_json::to_vec(&value).map_err(Problem::internal)
}

/// `GET` of one object. The canonical form has a strong `ETag` of its version; any other form, of which parts may change
/// without it, a weak one of its version and content. `If-None-Match` answers 304.
pub fn object(request: &HttpRequest, shape: &Shape, version: i64, value: &impl Serialize) -> Result<HttpResponse> {
    let canonical = request.query_string().is_empty() && shape.fields.is_none() && shape.include.is_none();
    if !canonical {
        return living(request, shape, version, value);
    }
    let etag = format!("\"{version}\"");
    if is_seen(seen(request), &etag) {
        return Ok(not_modified(etag));
    }
    let body = serde_json::to_vec(value).map_err(Problem::internal)?;
    Ok(HttpResponse::Ok().insert_header((header::ETAG, etag)).content_type("application/json").body(body))
}

/// The same of an object of which parts change without a new version: by the day (clocks, what may be done now), or with
/// what is beside it. Its `ETag` is always weak; `If-Match` takes it like the other.
pub fn living(request: &HttpRequest, shape: &Shape, version: i64, value: &impl Serialize) -> Result<HttpResponse> {
    let body = picked(shape, value, |object, pick| pick(object))?;
    let etag = format!("W/\"{version}.{}\"", short_hash(&[&body]));
    Ok(tagged(seen(request), etag, body))
}

fn seen(request: &HttpRequest) -> Option<&str> {
    request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok())
}

/// An answer with a weak `ETag`; 304 when the caller has it.
pub(super) fn tagged(seen: Option<&str>, etag: String, body: Vec<u8>) -> HttpResponse {
    if is_seen(seen, &etag) {
        return not_modified(etag);
    }
    HttpResponse::Ok().insert_header((header::ETAG, etag)).content_type("application/json").body(body)
}

/// Tells one content from another, where nobody gains by making two alike (a weak `ETag`): a cryptographic digest took as
/// long as a seventh of a page.
pub(super) fn short_hash(content: &[&[u8]]) -> String {
    let mut hasher = DefaultHasher::new();
    content.iter().for_each(|part| hasher.write(part));
    format!("{:016x}", hasher.finish())
}

fn not_modified(etag: String) -> HttpResponse {
    HttpResponse::NotModified().insert_header((header::ETAG, etag)).finish()
}

/// Whether `If-None-Match` names the tag (weak comparison: RFC 9110, section 13.1.2).
fn is_seen(seen: Option<&str>, etag: &str) -> bool {
    let plain = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    seen.is_some_and(|list| list.split(',').any(|tag| tag.trim() == "*" || plain(tag) == plain(etag)))
}

/// The answer of a write, as it is sent and, with an Idempotency-Key, kept.
#[derive(Debug, Clone)]
pub struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Answer {
    fn new(status: StatusCode, value: &impl Serialize) -> Result<Self> {
        Ok(Self { status, headers: Vec::new(), body: serde_json::to_vec(value).map_err(Problem::internal)? })
    }

    /// 201 with `Location` and the new object.
    pub fn created(location: impl Into<String>, version: i64, value: &impl Serialize) -> Result<Self> {
        Ok(Self::new(StatusCode::CREATED, value)?.header("location", location).header("etag", format!("\"{version}\"")))
    }

    /// 200 with the object as it is now.
    pub fn changed(version: i64, value: &impl Serialize) -> Result<Self> {
        Ok(Self::new(StatusCode::OK, value)?.header("etag", format!("\"{version}\"")))
    }

    /// 200 with something that has no version.
    pub fn done(value: &impl Serialize) -> Result<Self> {
        Self::new(StatusCode::OK, value)
    }

    /// 204.
    pub fn nothing() -> Self {
        Self { status: StatusCode::NO_CONTENT, headers: Vec::new(), body: Vec::new() }
    }

    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub(super) fn into_response(self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        for (name, value) in self.headers {
            response.insert_header((name, value));
        }
        if self.body.is_empty() { response.finish() } else { response.content_type("application/json").body(self.body) }
    }
}
