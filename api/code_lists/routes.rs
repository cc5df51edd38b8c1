//! The routes of code lists. What they answer is fixed while the program runs, so it is rendered once.

use std::sync::LazyLock;

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header::{self, ETag, EntityTag, Header, IfNoneMatch},
    web::{self, Bytes},
};
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{Code, all, data};
use crate::{
    http::{Bare, Listing, NoFilters, Problem, ProblemBody, Query, Result},
    keys::digest,
};

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list_code_lists).service(get_code_list);
}

/// A list of codes that there is.
#[derive(Serialize, ToSchema)]
pub struct CodeListSummary {
    #[schema(example = "unit_kinds")]
    name: &'static str,
    #[schema(example = 8)]
    codes_count: usize,
    #[schema(example = "/api/v1/code-lists/unit_kinds")]
    href: String,
}

/// All codes of a list, in the order in which people should see them.
#[derive(Serialize, ToSchema)]
pub struct CodeListBody {
    #[schema(example = "unit_kinds")]
    name: &'static str,
    codes: Vec<CodeBody>,
}

/// One code with its labels. Expect codes that you do not know: lists grow.
#[derive(Serialize, ToSchema)]
pub struct CodeBody {
    #[schema(example = "branch")]
    code: &'static str,
    /// The label in Vietnamese.
    #[schema(example = "Chi hội")]
    vi: &'static str,
    /// The label in English.
    #[schema(example = "Branch")]
    en: &'static str,
    /// Its place in the list, from 1.
    #[schema(example = 5)]
    order: usize,
    /// The wider code that it belongs to.
    parent_code: Option<&'static str>,
    /// The first day on which it may be used; empty: ever.
    valid_from: Option<NaiveDate>,
    /// The day from which on it may be used no more; empty: none.
    valid_to: Option<NaiveDate>,
}

/// Every list, rendered: name, body and ETag.
struct Rendered {
    lists: Vec<(&'static str, Bytes, EntityTag)>,
    overview: (Bytes, EntityTag),
}

static RENDERED: LazyLock<serde_json::Result<Rendered>> = LazyLock::new(|| {
    let render = |value: &serde_json::Value| -> serde_json::Result<(Bytes, EntityTag)> {
        let bytes = Bytes::from(serde_json::to_vec(value)?);
        let etag = tag(&bytes);
        Ok((bytes, etag))
    };
    let mut bodies = bodies();
    bodies.sort_by_key(|body| body.name);
    let lists = bodies
        .iter()
        .map(|body| render(&serde_json::to_value(body)?).map(|(bytes, etag)| (body.name, bytes, etag)))
        .collect::<serde_json::Result<_>>()?;
    let items: Vec<CodeListSummary> = bodies
        .iter()
        .map(|body| CodeListSummary {
            name: body.name,
            codes_count: body.codes.len(),
            href: format!("/api/v1/code-lists/{}", body.name),
        })
        .collect();
    let total = i64::try_from(items.len()).ok();
    let overview = render(&serde_json::to_value(Listing { items, next: None, total })?)?;
    Ok(Rendered { lists, overview })
});

fn bodies() -> Vec<CodeListBody> {
    let body = |(index, (code, parent_code)): (usize, (&Code, Option<&'static str>))| CodeBody {
        code: code.code,
        vi: code.vi,
        en: code.en,
        order: index + 1,
        parent_code,
        valid_from: None,
        valid_to: None,
    };
    let enumerations = all().map(|list| CodeListBody {
        name: list.name,
        codes: list.codes.iter().map(|code| (code, None)).enumerate().map(body).collect(),
    });
    let data = data::ALL.iter().map(|list| CodeListBody {
        name: list.name,
        codes: list.rows().iter().map(|row| (&row.code, row.parent_code)).enumerate().map(body).collect(),
    });
    enumerations.chain(data).collect()
}

fn rendered() -> Result<&'static Rendered> {
    RENDERED.as_ref().map_err(Problem::internal)
}

/// List the code lists
///
/// Every enumeration of the API and every list of reference data. Everybody may read them, signed in or not.
#[utoipa::path(tag = "code-lists", operation_id = "list_code_lists", responses(
    (status = 200, description = "All lists", body = Listing<CodeListSummary>, headers(("ETag" = String, description = "Changes with the lists"))),
    (status = 304, description = "Not changed since the version in If-None-Match"),
    (status = 400, description = "A parameter is wrong", body = ProblemBody, content_type = "application/problem+json"),
))]
#[get("/code-lists")]
async fn list_code_lists(request: HttpRequest, _query: Query<NoFilters, Bare>) -> Result<HttpResponse> {
    let (bytes, etag) = &rendered()?.overview;
    Ok(fixed(&request, bytes, etag))
}

/// Read a code list
///
/// Its codes with labels in both languages, in the order in which people should see them. Everybody may read it,
/// signed in or not.
#[utoipa::path(tag = "code-lists", operation_id = "get_code_list",
    params(("name" = String, Path, description = "The list", example = "unit_kinds")), responses(
    (status = 200, description = "The list", body = CodeListBody, headers(("ETag" = String, description = "Changes with the list"))),
    (status = 304, description = "Not changed since the version in If-None-Match"),
    (status = 400, description = "A parameter is wrong", body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, description = "There is no such list", body = ProblemBody, content_type = "application/problem+json"),
))]
#[get("/code-lists/{name}")]
async fn get_code_list(request: HttpRequest, name: web::Path<String>, _query: Query<NoFilters, Bare>) -> Result<HttpResponse> {
    let (_, bytes, etag) = rendered()?.lists.iter().find(|(known, ..)| *known == name.as_str()).ok_or_else(Problem::not_found)?;
    Ok(fixed(&request, bytes, etag))
}

/// The tag of something fixed: weak, because it may be sent compressed.
pub(crate) fn tag(bytes: &[u8]) -> EntityTag {
    EntityTag::new_weak(digest(&[bytes]).iter().take(12).map(|byte| format!("{byte:02x}")).collect())
}

/// Something that does not change while the program runs; no caller's own, so anybody may keep it for a while.
pub(crate) fn fixed(request: &HttpRequest, bytes: &Bytes, etag: &EntityTag) -> HttpResponse {
    let seen = match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|tag| tag.weak_eq(etag)),
        Err(_) => false,
    };
    let mut response = if seen { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header(ETag(etag.clone())).insert_header((header::CACHE_CONTROL, "public, max-age=300"));
    if seen { response.finish() } else { response.content_type("application/json").body(bytes.clone()) }
}
