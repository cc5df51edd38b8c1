//! What other programs must know to talk to us: keys and addresses, under `/.well-known` (rule 29).

use actix_web::{HttpResponse, get, http::header, web};
use serde::Serialize;
use utoipa::ToSchema;
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

/// Keys that sign access tokens (RFC 7517).
#[derive(Serialize, ToSchema)]
pub(super) struct JwkSet {
    pub(super) keys: Vec<Jwk>,
}

/// One public key (RFC 7517, RFC 8037).
#[derive(Serialize, ToSchema)]
pub(super) struct Jwk {
    #[schema(example = "OKP")]
    pub(super) kty: &'static str,
    #[schema(example = "Ed25519")]
    pub(super) crv: &'static str,
    #[schema(example = "sig")]
    pub(super) r#use: &'static str,
    #[schema(example = "EdDSA")]
    pub(super) alg: &'static str,
    /// Names the key in the head of a token.
    #[schema(example = "0199c2a4")]
    pub(super) kid: String,
    /// The public key itself.
    #[schema(example = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")]
    pub(super) x: String,
}

/// How to get a token (RFC 8414).
#[derive(Serialize, ToSchema)]
struct AuthorizationServer {
    #[schema(example = "https://hoi.example.vn")]
    issuer: String,
    #[schema(example = "https://hoi.example.vn/oauth/token")]
    token_endpoint: String,
    #[schema(example = "https://hoi.example.vn/oauth/revoke")]
    revocation_endpoint: String,
    #[schema(example = "https://hoi.example.vn/.well-known/jwks.json")]
    jwks_uri: String,
    #[schema(example = json!(["api"]))]
    scopes_supported: [&'static str; 1],
    /// None: nobody is sent to another page to sign in.
    #[schema(example = json!([]))]
    response_types_supported: [&'static str; 0],
    #[schema(example = json!(["password", "refresh_token", "client_credentials"]))]
    grant_types_supported: [&'static str; 3],
    #[schema(example = json!(["none", "client_secret_basic", "client_secret_post", "private_key_jwt"]))]
    token_endpoint_auth_methods_supported: [&'static str; 4],
    #[schema(example = json!(["EdDSA", "ES256"]))]
    token_endpoint_auth_signing_alg_values_supported: [&'static str; 9],
    #[schema(example = json!(["none", "client_secret_basic", "client_secret_post", "private_key_jwt"]))]
    revocation_endpoint_auth_methods_supported: [&'static str; 4],
    #[schema(example = json!(["EdDSA", "ES256"]))]
    revocation_endpoint_auth_signing_alg_values_supported: [&'static str; 9],
    #[schema(example = json!(["vi", "en"]))]
    ui_locales_supported: [&'static str; 2],
    #[schema(example = "https://hoi.example.vn/docs/")]
    service_documentation: String,
}

/// What this API is (RFC 9728).
#[derive(Serialize, ToSchema)]
struct ProtectedResource {
    #[schema(example = "https://hoi.example.vn")]
    resource: String,
    #[schema(example = json!(["https://hoi.example.vn"]))]
    authorization_servers: [String; 1],
    #[schema(example = json!(["api"]))]
    scopes_supported: [&'static str; 1],
    #[schema(example = json!(["header"]))]
    bearer_methods_supported: [&'static str; 1],
    #[schema(example = "https://hoi.example.vn/docs/")]
    resource_documentation: String,
}

fn public(body: impl Serialize) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CACHE_CONTROL, MAX_AGE)).json(body)
}

/// Read the keys that sign access tokens
///
/// A JSON Web Key Set (RFC 7517). For everybody.
#[utoipa::path(tag = "sign-in", operation_id = "get_jwks", responses(
    (status = 200, description = "The public keys", body = JwkSet),
), security(()))]
#[get("/.well-known/jwks.json")]
async fn get_jwks(state: web::Data<AccessState>) -> HttpResponse {
    public(state.ring().jwks())
}

/// Read how to get a token
///
/// Authorization server metadata (RFC 8414). For everybody.
#[utoipa::path(tag = "sign-in", operation_id = "get_authorization_server", responses(
    (status = 200, description = "The metadata", body = AuthorizationServer),
), security(()))]
#[get("/.well-known/oauth-authorization-server")]
async fn get_authorization_server(state: web::Data<AccessState>) -> HttpResponse {
    let Settings { issuer, base_url, .. } = state.settings();
    let ways = ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"];
    let algorithms = [ALGORITHM, "ES256", "ES384", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512"];
    public(AuthorizationServer {
        issuer: issuer.clone(),
        token_endpoint: format!("{base_url}/oauth/token"),
        revocation_endpoint: format!("{base_url}/oauth/revoke"),
        jwks_uri: format!("{base_url}/.well-known/jwks.json"),
        scopes_supported: [SCOPE],
        response_types_supported: [],
        grant_types_supported: ["password", "refresh_token", "client_credentials"],
        token_endpoint_auth_methods_supported: ways,
        token_endpoint_auth_signing_alg_values_supported: algorithms,
        revocation_endpoint_auth_methods_supported: ways,
        revocation_endpoint_auth_signing_alg_values_supported: algorithms,
        ui_locales_supported: ["vi", "en"],
        service_documentation: format!("{base_url}/docs/"),
    })
}

/// Read what this API is and who gives tokens for it
///
/// Protected resource metadata (RFC 9728). For everybody.
#[utoipa::path(tag = "sign-in", operation_id = "get_protected_resource", responses(
    (status = 200, description = "The metadata", body = ProtectedResource),
), security(()))]
#[get("/.well-known/oauth-protected-resource")]
async fn get_protected_resource(state: web::Data<AccessState>) -> HttpResponse {
    let settings = state.settings();
    public(ProtectedResource {
        resource: settings.audience.clone(),
        authorization_servers: [settings.issuer.clone()],
        scopes_supported: [SCOPE],
        bearer_methods_supported: ["header"],
        resource_documentation: format!("{}/docs/", settings.base_url),
    })
}
