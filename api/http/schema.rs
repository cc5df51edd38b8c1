//! The shape of problems in the API description.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// What every error looks like (RFC 9457, `application/problem+json`).
#[derive(Serialize, ToSchema)]
pub struct ProblemBody {
    /// A page about this kind of problem.
    pub r#type: String,
    /// In the language asked for.
    pub title: String,
    pub status: u16,
    /// Stable and never translated: decide by this.
    pub code: super::Code,
    /// What exactly, or what to do, for people.
    pub detail: String,
    /// The path that was asked.
    #[schema(example = "/api/v1/members")]
    pub instance: String,
    /// Give this to whoever runs the service.
    #[schema(example = "0199c2a4-5b1e-7c3d-9f00-3a5d2c1b0e42")]
    pub request_id: String,
    /// Whether the same request may succeed later.
    pub retryable: bool,
    /// One entry for each wrong field, parameter or header.
    pub errors: Vec<FieldErrorBody>,
    pub docs_url: String,
    /// Members of single codes: `warnings`, `confirmation_token`, `current_version`, `changed_fields`, `allowed_actions` …
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

/// What is wrong with one field, parameter or header.
#[derive(Serialize, ToSchema)]
pub struct FieldErrorBody {
    /// JSON Pointer into the body.
    #[schema(example = "/full_name")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// Name of a query parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// Name of a header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// Stable and never translated.
    #[schema(example = "required")]
    pub code: String,
    /// For people, in the language asked for.
    #[schema(example = "Bắt buộc phải có")]
    pub detail: String,
}
