//! The description of the API: collected from the routes, dressed with what every operation shares, and put into
//! Vietnamese by an overlay.
//!
//! `openapi/openapi.json` is the committed English form, `openapi/overlay.vi.json` its Vietnamese (OpenAPI Overlay
//! 1.0). `hoicoso openapi --check` and a test say when they are behind the code.

mod callers;
mod catalog;
mod down;
mod dress;
mod fold;
mod missing;
mod overlay;
mod path;
mod problems;
mod sample;
mod select;
mod types;

use std::sync::LazyLock;

use actix_web::{HttpRequest, HttpResponse, get, http::header::EntityTag, web::Bytes};
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

pub use missing::{Missing, missing};

use crate::{
    code_lists::{fixed, tag},
    http::{Bare, Locale, Problem, Query, Result, unknown_value},
};

/// Where the English description is kept in the project.
pub const COMMITTED: &str = "openapi/openapi.json";
/// Where its Vietnamese is kept.
pub const OVERLAY: &str = "openapi/overlay.vi.json";

const OVERLAY_VI: &str = include_str!("../../openapi/overlay.vi.json");

/// The description in one language.
pub fn document(locale: Locale) -> Value {
    let mut document = match locale {
        Locale::En => ENGLISH.clone(),
        Locale::Vi => overlay::vietnamese(ENGLISH.clone()),
    };
    dress::finish(&mut document, locale);
    document
}

/// In English, without what is made in each language by itself: what the overlay translates.
static ENGLISH: LazyLock<Value> = LazyLock::new(|| {
    let mut collected = serde_json::to_value(crate::app::described()).expect("a description is JSON");
    fold::fold(&mut collected);
    dress::dress(collected)
});

/// As it is committed and printed.
pub fn pretty(document: &Value) -> String {
    let mut text = serde_json::to_string_pretty(document).unwrap_or_default();
    text.push('\n');
    text
}

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(get_description).service(get_description_3_0).configure(catalog::configure);
}

/// Rendered once for each language.
type Rendered = LazyLock<[(Bytes, EntityTag); 2]>;

static RENDERED: Rendered = LazyLock::new(|| [Locale::Vi, Locale::En].map(|locale| rendered(&document(locale))));
static RENDERED_3_0: Rendered =
    LazyLock::new(|| [Locale::Vi, Locale::En].map(|locale| rendered(&down::convert(document(locale)))));

fn rendered(document: &Value) -> (Bytes, EntityTag) {
    let bytes = Bytes::from(document.to_string());
    let tag = tag(&bytes);
    (bytes, tag)
}

#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Language {
    /// Of the texts: `vi` or `en`. Without it `Accept-Language` decides.
    #[param(example = "en")]
    lang: Option<String>,
}

/// Read this description
///
/// OpenAPI 3.1, with its texts in Vietnamese or English.
#[utoipa::path(tag = "service", operation_id = "get_api_description", params(Language), responses(
    (status = 200, description = "The description", body = serde_json::Value, headers(("ETag" = String, description = "Changes with the description"))),
))]
#[get("/openapi.json")]
async fn get_description(request: HttpRequest, query: Query<Language, Bare>) -> Result<HttpResponse> {
    answer(&request, &query, &RENDERED)
}

/// Read this description as OpenAPI 3.0
///
/// For tools that do not know 3.1 yet. It says the same, as nearly as 3.0 can.
#[utoipa::path(tag = "service", operation_id = "get_api_description_3_0", params(Language), responses(
    (status = 200, description = "The description", body = serde_json::Value, headers(("ETag" = String, description = "Changes with the description"))),
))]
#[get("/openapi-3.0.json")]
async fn get_description_3_0(request: HttpRequest, query: Query<Language, Bare>) -> Result<HttpResponse> {
    answer(&request, &query, &RENDERED_3_0)
}

fn answer(request: &HttpRequest, query: &Query<Language, Bare>, rendered: &Rendered) -> Result<HttpResponse> {
    let locale = match query.filters.lang.as_deref() {
        None => Locale::of(request.headers()),
        Some(lang) => Locale::parse(lang).ok_or_else(|| unknown_value("lang", lang, &["vi", "en"]))?,
    };
    let [vi, en] = &**rendered;
    let (bytes, tag) = if locale == Locale::Vi { vi } else { en };
    let mut response = fixed(request, bytes, tag);
    let language = locale.tag().parse().map_err(Problem::internal)?;
    response.headers_mut().insert(actix_web::http::header::CONTENT_LANGUAGE, language);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_committed_description_is_what_is_served() {
        let committed = std::fs::read_to_string(COMMITTED).unwrap();
        assert!(committed == pretty(&document(Locale::En)), "run: cargo run -- openapi > {COMMITTED}");
    }

    #[test]
    fn everything_is_there_in_vietnamese() {
        let missing: Vec<String> = missing().iter().map(Missing::target).collect();
        assert!(
            missing.is_empty(),
            "{} texts without Vietnamese (hoicoso openapi --missing):\n{}",
            missing.len(),
            missing.join("\n")
        );
    }

    #[test]
    fn every_operation_has_an_id_a_tag_a_summary_and_says_who_may() {
        let document = document(Locale::En);
        let (mut ids, mut faults) = (HashSet::new(), Vec::new());
        for (path, method, operation) in dress::operations(&document) {
            let id = operation["operationId"].as_str().unwrap_or_default();
            if id.is_empty() || !ids.insert(id.to_owned()) {
                faults.push(format!("{method} {path}: operationId {id:?} is missing or there twice"));
            }
            for text in ["summary", "description"] {
                if operation[text].as_str().is_none_or(|text| text.trim().is_empty()) {
                    faults.push(format!("{id} has no {text}"));
                }
            }
            let tag = &operation["tags"][0];
            let described = |known: &Value| known["name"] == *tag && known["description"].is_string();
            if operation["tags"].as_array().map_or(0, Vec::len) != 1
                || !document["tags"].as_array().is_some_and(|tags| tags.iter().any(described))
            {
                faults.push(format!("{id}: one tag, described in dress.rs, is wanted: {}", operation["tags"]));
            }
        }
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }
}
