//! `/.well-known/api-catalog` (RFC 9727): where a machine finds everything about this API.

use actix_web::{HttpResponse, get, http::header, web};
use serde_json::{Value, json};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{access::AccessState, app::API};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(get_api_catalog);
}

/// Read where everything about this API is
///
/// A set of links (RFC 9727, RFC 9264): the description in both forms and languages, the documentation, the state of the
/// service, and who gives tokens for it.
#[utoipa::path(tag = "service", operation_id = "get_api_catalog", responses(
    (status = 200, description = "The links", body = Value, content_type = "application/linkset+json"),
))]
#[get("/.well-known/api-catalog")]
async fn get_api_catalog(state: web::Data<AccessState>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/linkset+json; profile=\"https://www.rfc-editor.org/info/rfc9727\""))
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
        .body(links(&state.settings().base_url).to_string())
}

fn links(base: &str) -> Value {
    let description = |path: &str, version: &str| {
        ["vi", "en"].map(|lang| {
            json!({ "href": format!("{base}{path}?lang={lang}"), "hreflang": [lang],
                    "type": format!("application/vnd.oai.openapi+json;version={version}") })
        })
    };
    let documentation =
        ["vi", "en"].map(|lang| json!({ "href": format!("{base}/docs/?lang={lang}"), "hreflang": [lang], "type": "text/html" }));
    let descriptions = [description("/openapi.json", "3.1"), description("/openapi-3.0.json", "3.0")].concat();
    let json = |path: &str| json!([{ "href": format!("{base}{path}"), "type": "application/json" }]);
    json!({ "linkset": [
        { "anchor": format!("{base}/.well-known/api-catalog"), "item": [{ "href": format!("{base}{API}") }] },
        {
            "anchor": format!("{base}{API}"),
            "service-desc": descriptions,
            "service-doc": documentation,
            "service-meta": json("/.well-known/oauth-protected-resource"),
            "status": json("/readyz"),
        },
    ] })
}
