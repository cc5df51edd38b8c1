//! Answers with objects: versions, sparse fields, 304.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
};
use serde::Serialize;
use serde_json::Value;

use super::{Problem, Result, Shape};

/// Leaves of an object only the wanted fields, and its id.
pub(super) fn pick(object: &mut Value, fields: &str) {
    if let Value::Object(map) = object {
        map.retain(|name, _| name == "id" || fields.split(',').any(|field| field.trim() == name));
    }
}

/// `GET` of one object. The canonical form has a strong `ETag` of its version; a sparse or embedding form a weak
/// one. `If-None-Match` answers 304.
pub fn object(request: &HttpRequest, shape: &Shape, version: i64, value: &impl Serialize) -> Result<HttpResponse> {
    let canonical = shape.fields.is_none() && shape.include.is_none();
    let etag = if canonical { format!("\"{version}\"") } else { format!("W/\"{version}\"") };
    let seen = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    // Embedded objects have versions of their own, so only forms without them are ever "not modified".
    let same = |tag: &str| tag == "*" || tag.trim_start_matches("W/") == format!("\"{version}\"");
    if shape.include.is_none() && seen.is_some_and(|list| list.split(',').any(|tag| same(tag.trim()))) {
        return Ok(HttpResponse::NotModified().insert_header((header::ETAG, etag)).finish());
    }
    let body = match &shape.fields {
        None => serde_json::to_vec(value).map_err(Problem::internal)?,
        Some(fields) => {
            let mut value = serde_json::to_value(value).map_err(Problem::internal)?;
            pick(&mut value, fields);
            serde_json::to_vec(&value).map_err(Problem::internal)?
        }
    };
    Ok(HttpResponse::Ok().insert_header((header::ETAG, etag)).content_type("application/json").body(body))
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
