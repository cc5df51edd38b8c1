//! What other programs must know to talk to us: keys and addresses, under `/.well-known` (rule 29).

use actix_web::{HttpResponse, get, http::header, web};
use serde_json::{Value, json};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    keys::ALGORITHM,
    state::{AccessState, Settings},
    tokens::SCOPE,
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(get_jwks).service(get_authorization_server).service(get_protected_resource);
}

/// How long others may keep these, in seconds: shorter than a retired key still verifies.
const MAX_AGE: &str = "public, max-age=300";

fn public(body: Value) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CACHE_CONTROL, MAX_AGE)).json(body)
}

/// Read the keys that sign access tokens
///
/// A JSON Web Key Set (RFC 7517). For everybody.
#[utoipa::path(tag = "access", operation_id = "get_jwks", responses(
    (status = 200, description = "The public keys", body = Value),
), security(()))]
#[get("/.well-known/jwks.json")]
async fn get_jwks(state: web::Data<AccessState>) -> HttpResponse {
    public(state.ring().jwks())
}

/// Read how to get a token
///
/// Authorization server metadata (RFC 8414). For everybody.
#[utoipa::path(tag = "access", operation_id = "get_authorization_server", responses(
    (status = 200, description = "The metadata", body = Value),
), security(()))]
#[get("/.well-known/oauth-authorization-server")]
async fn get_authorization_server(state: web::Data<AccessState>) -> HttpResponse {
    let Settings { issuer, base_url, .. } = state.settings();
    let ways = ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"];
    let algorithms = [ALGORITHM, "ES256", "ES384", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512"];
    public(json!({
        "issuer": issuer,
        "token_endpoint": format!("{base_url}/oauth/token"),
        "revocation_endpoint": format!("{base_url}/oauth/revoke"),
        "jwks_uri": format!("{base_url}/.well-known/jwks.json"),
        "scopes_supported": [SCOPE],
        "response_types_supported": [],
        "grant_types_supported": ["password", "refresh_token", "client_credentials"],
        "token_endpoint_auth_methods_supported": ways,
        "token_endpoint_auth_signing_alg_values_supported": algorithms,
        "revocation_endpoint_auth_methods_supported": ways,
        "revocation_endpoint_auth_signing_alg_values_supported": algorithms,
        "ui_locales_supported": ["vi", "en"],
        "service_documentation": format!("{base_url}/docs/"),
    }))
}

/// Read what this API is and who gives tokens for it
///
/// Protected resource metadata (RFC 9728). For everybody.
#[utoipa::path(tag = "access", operation_id = "get_protected_resource", responses(
    (status = 200, description = "The metadata", body = Value),
), security(()))]
#[get("/.well-known/oauth-protected-resource")]
async fn get_protected_resource(state: web::Data<AccessState>) -> HttpResponse {
    let settings = state.settings();
    public(json!({
        "resource": settings.audience,
        "authorization_servers": [settings.issuer],
        "scopes_supported": [SCOPE],
        "bearer_methods_supported": ["header"],
        "resource_documentation": format!("{}/docs/", settings.base_url),
    }))
}
