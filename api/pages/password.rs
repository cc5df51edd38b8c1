//! `/password`: a form for whoever has a one-time code, before she can sign in anywhere: the first administrator,
//! every new account. Name and code may stand behind `#` of the address, which browsers send to nobody.

use actix_web::{
    HttpResponse,
    http::header,
    web::{self, ServiceConfig},
};

pub(super) fn configure(config: &mut ServiceConfig) {
    config
        .service(web::resource("/password").route(web::get().to(page)))
        .service(web::resource("/password.js").route(web::get().to(script)));
}

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

async fn page() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(include_str!("password.html"))
}

async fn script() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/javascript; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(include_str!("password.js"))
}
