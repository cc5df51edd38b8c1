//! What the description says of many operations alike.

use std::collections::BTreeMap;

use utoipa::{
    IntoResponses,
    openapi::{Content, Ref, RefOr, Response, ResponseBuilder},
};

fn refusals(of: &[(&str, &str)]) -> BTreeMap<String, RefOr<Response>> {
    of.iter()
        .map(|(status, description)| {
            let content = Content::new(Some(Ref::from_schema_name("ProblemBody")));
            let response = ResponseBuilder::new().description(*description).content("application/problem+json", content).build();
            ((*status).to_owned(), RefOr::T(response))
        })
        .collect()
}

/// How a step may be refused.
pub(super) struct StepRefusals;

impl IntoResponses for StepRefusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        refusals(&[
            ("404", "There is no such thing within your reach"),
            ("409", "Not possible in this state"),
            ("412", "It was changed since"),
            ("428", "If-Match is needed"),
        ])
    }
}

/// How something that is only added may be refused.
pub(super) struct AddingRefusals;

impl IntoResponses for AddingRefusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        refusals(&[
            ("404", "There is no such thing within your reach"),
            ("409", "Not possible in this state, or the id is in use"),
        ])
    }
}

/// How a creation may be refused.
pub(super) struct CreationRefusals;

impl IntoResponses for CreationRefusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        refusals(&[("409", "The id is in use")])
    }
}

/// How reading one thing may be refused.
pub(super) struct ReadingRefusals;

impl IntoResponses for ReadingRefusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        refusals(&[("404", "There is no such thing within your reach")])
    }
}
