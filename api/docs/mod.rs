//! `GET /docs/`: the API's interactive documentation, in Vietnamese and English.
//!
//! The page is Swagger UI. Its script and stylesheet come vendored inside the
//! `utoipa-swagger-ui` crate; the page itself, its start-up script, its
//! Vietnamese and its look are the files beside this one. Everything is
//! compiled into the binary, so the page needs no network but this server.

use std::{
    borrow::Cow,
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, LazyLock},
};

use actix_web::{
    HttpRequest, HttpResponse, Route, guard,
    http::header::{self, ETag, EntityTag, Header, IfNoneMatch},
    web::{self, Bytes, ServiceConfig},
};

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";

/// Our own files.
const OWN: [(&str, &str, &str); 4] = [
    ("index.html", HTML, include_str!("index.html")),
    ("boot.js", JS, include_str!("boot.js")),
    ("vi.js", JS, include_str!("vi.js")),
    ("theme.css", CSS, include_str!("theme.css")),
];

/// The only vendored files the page uses, and so the only ones served.
const VENDORED: [&str; 3] = ["swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png"];

/// Nothing inline is executed and nothing leaves this origin. Swagger UI draws
/// its icons from `data:` URLs and shows images it was sent from `blob:` ones;
/// Markdown tables align their columns by `style` attributes.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; \
    style-src 'self'; style-src-attr 'unsafe-inline'; \
    img-src 'self' data: blob:; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

struct Asset {
    content_type: String,
    bytes: Bytes,
    etag: EntityTag,
}

impl Asset {
    fn new(content_type: impl Into<String>, bytes: Bytes) -> Self {
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        // Weak, because a compressing middleware may change the bytes sent.
        let etag = EntityTag::new_weak(format!("{:016x}", hasher.finish()));
        Self { content_type: content_type.into(), bytes, etag }
    }
}

static ASSETS: LazyLock<HashMap<&str, Asset>> = LazyLock::new(|| {
    let own = OWN.map(|(name, content_type, text)| (name, Asset::new(content_type, Bytes::from_static(text.as_bytes()))));
    // `serve` reads its configuration only to fill in swagger-initializer.js,
    // which boot.js replaces.
    let config = Arc::new(utoipa_swagger_ui::Config::from("/openapi.json"));
    let vendored = VENDORED.map(|name| {
        let file = utoipa_swagger_ui::serve(name, config.clone())
            .ok()
            .flatten()
            .unwrap_or_else(|| panic!("{name} is vendored with utoipa-swagger-ui"));
        let bytes = match file.bytes {
            Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            Cow::Owned(bytes) => Bytes::from(bytes),
        };
        (name, Asset::new(file.content_type, bytes))
    });
    own.into_iter().chain(vendored).collect()
});

/// Registers `/docs/`, its files, and the redirect from `/docs`.
pub fn configure(cfg: &mut ServiceConfig) {
    cfg.service(web::resource("/docs").route(get_or_head().to(redirect)))
        .service(web::resource("/docs/").route(get_or_head().to(index)))
        .service(web::resource("/docs/{file}").route(get_or_head().to(file)));
}

fn get_or_head() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

/// Relative, so that it also works behind a proxy that adds a path prefix.
async fn redirect(req: HttpRequest) -> HttpResponse {
    let query = req.uri().query().map(|q| format!("?{q}")).unwrap_or_default();
    HttpResponse::PermanentRedirect().insert_header((header::LOCATION, format!("docs/{query}"))).finish()
}

async fn index(req: HttpRequest) -> HttpResponse {
    respond(&req, "index.html")
}

async fn file(req: HttpRequest, name: web::Path<String>) -> HttpResponse {
    respond(&req, &name)
}

fn respond(req: &HttpRequest, name: &str) -> HttpResponse {
    let Some(asset) = ASSETS.get(name) else {
        return HttpResponse::NotFound().finish();
    };
    let unchanged = match IfNoneMatch::parse(req) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|tag| tag.weak_eq(&asset.etag)),
        Err(_) => false,
    };
    let mut response = if unchanged { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    // "no-cache" keeps a copy but asks each time whether it is still good, so
    // the page and its scripts never come from two different releases.
    response
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header(ETag(asset.etag.clone()))
        .insert_header((header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"));
    if unchanged {
        return response.finish();
    }
    response.content_type(asset.content_type.as_str()).body(asset.bytes.clone())
}

#[cfg(test)]
mod tests {
    use actix_web::{App, http::StatusCode, test};

    use super::*;

    async fn get(path: &str, if_none_match: Option<&str>) -> (StatusCode, header::HeaderMap) {
        let app = test::init_service(App::new().configure(configure)).await;
        let mut request = test::TestRequest::get().uri(path);
        if let Some(tag) = if_none_match {
            request = request.insert_header((header::IF_NONE_MATCH, tag));
        }
        let response = test::call_service(&app, request.to_request()).await;
        (response.status(), response.headers().clone())
    }

    #[actix_web::test]
    async fn serves_every_file_the_page_names() {
        for path in ["/docs/", "/docs/boot.js", "/docs/vi.js", "/docs/theme.css"] {
            assert_eq!(get(path, None).await.0, StatusCode::OK, "{path}");
        }
        let page = include_str!("index.html");
        for name in VENDORED {
            assert!(page.contains(name), "{name} is not used");
            assert_eq!(get(&format!("/docs/{name}"), None).await.0, StatusCode::OK, "{name}");
        }
        assert_eq!(get("/docs/swagger-initializer.js", None).await.0, StatusCode::NOT_FOUND);
    }

    #[actix_web::test]
    async fn redirects_and_keeps_the_language() {
        let (status, headers) = get("/docs?lang=en", None).await;
        assert_eq!(status, StatusCode::PERMANENT_REDIRECT);
        assert_eq!(headers.get(header::LOCATION).unwrap(), "docs/?lang=en");
    }

    #[actix_web::test]
    async fn revalidates_by_etag() {
        let (_, headers) = get("/docs/boot.js", None).await;
        let etag = headers.get(header::ETAG).unwrap().to_str().unwrap();
        assert_eq!(get("/docs/boot.js", Some(etag)).await.0, StatusCode::NOT_MODIFIED);
        assert_eq!(get("/docs/boot.js", Some("\"other\"")).await.0, StatusCode::OK);
    }
}
