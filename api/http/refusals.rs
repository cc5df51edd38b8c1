//! How operations say no, as the description tells it: what most of them have in common. 400, 401, 403, 412, 428, 429 and 503
//! follow from what an operation takes, and are added to all (`openapi/problems.rs`).

use std::collections::BTreeMap;

use utoipa::{
    IntoResponses,
    openapi::{Content, Ref, RefOr, Response, ResponseBuilder},
};

const NOT_THERE: (&str, &str) = ("404", "It is not there, or not within your reach");
const ID_IN_USE: (&str, &str) = ("409", "The id is in use");
const NOT_NOW: (&str, &str) = ("409", "Not possible in this state; see `allowed_actions`");
const WRONG_FIELD: (&str, &str) = ("422", "A field is wrong");

fn refusals(all: &[(&str, &str)]) -> BTreeMap<String, RefOr<Response>> {
    let problem = || Content::new(Some(Ref::from_schema_name("ProblemBody")));
    let response = |description: &str| {
        ResponseBuilder::new().description(description).content("application/problem+json", problem()).build()
    };
    all.iter().map(|(status, description)| ((*status).to_owned(), RefOr::T(response(description)))).collect()
}

/// How reading one thing is refused.
pub enum NotThere {}

impl IntoResponses for NotThere {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        refusals(&[NOT_THERE])
    }
}

/// How something new is refused.
pub enum NotMade {}

impl IntoResponses for NotMade {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        refusals(&[ID_IN_USE, WRONG_FIELD])
    }
}

/// How a change of fields is refused.
pub enum NotChanged {}

impl IntoResponses for NotChanged {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        refusals(&[NOT_THERE, WRONG_FIELD])
    }
}

/// How a step is refused.
pub enum NotTaken {}

impl IntoResponses for NotTaken {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        refusals(&[NOT_THERE, NOT_NOW, WRONG_FIELD])
    }
}
