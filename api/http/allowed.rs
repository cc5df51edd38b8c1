//! What a caller may do with an object now, so that front ends draw buttons without knowing the rules.

use serde::Serialize;
use utoipa::ToSchema;

/// One thing that may be done now, by this caller, and how.
#[derive(Clone, Debug, Serialize, ToSchema, PartialEq, Eq)]
pub struct AllowedAction {
    /// Its name, stable.
    #[schema(example = "transfer")]
    pub action: &'static str,
    #[schema(example = "POST")]
    pub method: &'static str,
    #[schema(example = "/api/v1/members/0199c2a4-5b1e-7c3d-9f00-3a5d2c1b0e42/transfers")]
    pub href: String,
    /// Headers that must be sent with it.
    #[schema(example = json!(["If-Match"]))]
    pub needs: &'static [&'static str],
    /// Fields that its body must have.
    #[schema(example = json!(["to_unit_id", "effective_on"]))]
    pub requires: &'static [&'static str],
}

impl AllowedAction {
    /// A change of fields: `PATCH` with `If-Match`.
    pub fn update(href: String) -> Self {
        Self { action: "update", method: "PATCH", href, needs: &["If-Match"], requires: &[] }
    }

    /// An action that is a sub-resource: `POST` with `If-Match`.
    pub fn act(action: &'static str, href: String) -> Self {
        Self { action, method: "POST", href, needs: &["If-Match"], requires: &[] }
    }

    /// With the fields that its body must have.
    #[must_use]
    pub fn requiring(mut self, fields: &'static [&'static str]) -> Self {
        self.requires = fields;
        self
    }
}
