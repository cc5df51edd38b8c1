//! The one place where routes and middleware are put together; `main.rs` and every test call it.

use std::{
    io,
    net::TcpListener,
    sync::{Arc, LazyLock},
    time::Duration,
};

use actix_cors::Cors;
use actix_web::{
    App, Error, HttpRequest, HttpResponse, HttpServer, ResponseError,
    body::{BodySize, BoxBody, MessageBody},
    dev::{ResourceDef, Server, ServiceFactory, ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{self, AcceptEncoding, ContentEncoding, Encoding, Header, HeaderMap, HeaderName, HeaderValue},
    },
    middleware::{Next, from_fn},
    web,
};
use diesel::ExpressionMethods;
use utoipa_actix_web::{AppExt, scope, service_config::ServiceConfig};

use crate::{
    access::{self, AccessState, Limits, Settings},
    attachments, calendar, code_lists, complaints,
    config::Config,
    db::{Actor, Db, schema::idempotency_keys},
    docs, health,
    http::{Code, FieldError, KEPT_SECONDS, Problem, Result, Text, speak},
    inspections, machine, members, officers, openapi, pages, tasks, trainings, units,
};

/// The prefix of everything that is the union's own.
pub const API: &str = "/api/v1";
/// No request body may be longer.
const BODY_LIMIT: usize = 1024 * 1024;
/// Answers below this size are not worth compressing: they fit into one packet anyway.
const WORTH_COMPRESSING: u64 = 1024;
/// How long a stopping server waits for requests that are being answered.
const DRAIN_SECONDS: u64 = 30;
/// How often the name index looks for what other processes wrote.
const FOLLOW_NAMES: Duration = Duration::from_millis(500);

/// What a front end of another origin may read of an answer (rule 26).
const EXPOSED: [&str; 12] = [
    "ETag",
    "Link",
    "Location",
    "Retry-After",
    "RateLimit",
    "RateLimit-Policy",
    "X-Request-Id",
    "Idempotency-Replayed",
    "Content-Language",
    "Preference-Applied",
    "Deprecation",
    "Sunset",
];

/// The resources under [`API`]. A new resource adds its line here; routes are tried in this order, so what is asked most
/// comes first.
fn api(config: &mut ServiceConfig<'_>) {
    members::configure(config);
    units::configure(config);
    officers::configure(config);
    trainings::configure(config);
    inspections::configure(config);
    complaints::configure(config);
    attachments::configure(config);
    calendar::configure(config);
    tasks::configure(config);
    machine::configure(config);
    access::configure(config);
    code_lists::configure(config);
}

/// What stands beside the API and is described with it.
fn root(config: &mut ServiceConfig<'_>) {
    access::configure_root(config);
    openapi::configure(config);
    health::configure(config);
}

/// Every described route, without anything behind it.
pub(crate) fn described() -> utoipa::openapi::OpenApi {
    App::new().into_utoipa_app().configure(root).service(scope(API).configure(api)).split_for_parts().1
}

/// An installation with everything opened: cheap to clone, one for each process.
#[derive(Clone)]
pub struct Service {
    pub config: Arc<Config>,
    pub db: Db,
    pub access: Arc<AccessState>,
    pub names: members::NameIndex,
    pub files: Arc<attachments::Files>,
    /// What runs beside the requests ends with the last clone.
    alive: Arc<()>,
}

impl Service {
    /// Opens keys and database, migrates it, loads what every installation has, and starts what runs beside the
    /// requests. Call it on an actix system, before serving.
    pub async fn open(config: Config) -> Result<Self> {
        let keys = config.keys_or_new().map_err(|error| Problem::say(Code::Unavailable, error.0.vi, error.0.en))?;
        let db = Db::open(&config.database_url, config.database_connections, keys)?;
        db.write(Actor::system("start"), |tx| {
            units::store::ensure_kind_rules(tx)?;
            officers::ensure_title_standards(tx)?;
            calendar::holidays::ensure_holidays(tx)?;
            calendar::policies::ensure_deadline_policies(tx)?;
            trainings::ensure_training_requirements(tx)?;
            inspections::ensure_checklists(tx)
        })
        .await?;
        let limits = Limits {
            default: config.rate_limit_default,
            login: config.rate_limit_login,
            lookup: config.rate_limit_lookup,
            export: config.rate_limit_export,
            public: config.rate_limit_public,
        };
        let access = AccessState::open(
            db.clone(),
            Settings { limits, issuer: config.token_issuer(), proxies: config.proxies, ..Settings::at(&config.public_url()) },
        )
        .await?;
        let names = members::NameIndex::load(&db)?;
        let files = attachments::Files::open(&config, db.clone())?;
        let service = Self { config: Arc::new(config), db, access, names, files, alive: Arc::new(()) };
        service.start_background();
        Ok(service)
    }

    fn start_background(&self) {
        self.db.start_background();
        self.access.start_background();
        self.files.start_background(&Arc::downgrade(&self.alive));
        let (alive, db, names) = (Arc::downgrade(&self.alive), self.db.clone(), self.names.clone());
        let follow = move || {
            while alive.upgrade().is_some() {
                if let Err(problem) = names.follow(&db) {
                    tracing::warn!(%problem, "following names");
                }
                std::thread::sleep(FOLLOW_NAMES);
            }
        };
        if let Err(error) = std::thread::Builder::new().name("name-index".into()).spawn(follow) {
            tracing::error!(%error, "the follower of names did not start");
        }
        let (alive, db) = (Arc::downgrade(&self.alive), self.db.clone());
        actix_web::rt::spawn(async move {
            let mut hours = tokio::time::interval(Duration::from_secs(3600));
            loop {
                hours.tick().await;
                if alive.upgrade().is_none() {
                    return;
                }
                if let Err(problem) = tidy(&db).await {
                    tracing::warn!(%problem, "tidying up");
                }
            }
        });
    }

    /// The application, as one worker runs it.
    pub fn app(
        &self,
    ) -> App<
        impl ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse<BoxBody>, Error = Error, InitError = ()> + use<>,
    > {
        App::new()
            .into_utoipa_app()
            .configure(root)
            .service(scope(API).configure(api))
            .into_app()
            .app_data(web::Data::new(self.db.clone()))
            .app_data(web::Data::from(self.access.clone()))
            .app_data(web::Data::new(self.names.clone()))
            .app_data(web::Data::from(self.files.clone()))
            .app_data(web::Data::new(health::Schema::of(&self.config)))
            .app_data(web::PayloadConfig::new(BODY_LIMIT))
            .configure(docs::configure)
            .configure(pages::configure)
            .default_service(web::to(nothing_here))
            .wrap(from_fn(transport))
            .wrap(cors(&self.config.cors_origins))
            .wrap(from_fn(speak))
    }

    /// Serves on `listener` until the handle of the returned server stops it (`server.handle().stop(true)`
    /// finishes what is being answered). Signals are left to the caller.
    pub fn serve(&self, listener: TcpListener) -> io::Result<Server> {
        let service = self.clone();
        let workers = match self.config.workers {
            0 => std::thread::available_parallelism().map_or(2, usize::from),
            workers => workers,
        };
        Ok(HttpServer::new(move || service.app())
            .workers(workers)
            .tcp_nodelay(true)
            .keep_alive(Duration::from_secs(75))
            .shutdown_timeout(DRAIN_SECONDS)
            .disable_signals()
            .listen(listener)?
            .run())
    }
}

/// Forgets what has run out: kept answers to writes, sign-ins.
async fn tidy(db: &Db) -> Result<()> {
    db.write(Actor::system("housekeeping"), |tx| {
        let oldest = tx.now().plus_seconds(-KEPT_SECONDS);
        tx.keep(diesel::delete(idempotency_keys::table).filter(idempotency_keys::created_at.le(oldest)))
    })
    .await?;
    access::commands::prune(db).await?;
    Ok(())
}

fn cors(origins: &[String]) -> Cors {
    let cors = Cors::default()
        .allowed_methods(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
        .allow_any_header()
        .expose_headers(EXPOSED)
        .max_age(7200)
        // `speak` names all headers that answers vary by, this one among them.
        .disable_vary_header();
    origins.iter().fold(cors, |cors, origin| match origin.as_str() {
        "*" => cors.allow_any_origin().send_wildcard(),
        origin => cors.allowed_origin(origin),
    })
}

/// Transport, between the middleware and the handlers: HEAD is GET without a body, bodies come as they are, and long
/// answers are compressed as the caller wishes.
async fn transport(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    // The connection leaves out the body by what it has read, so every GET answers HEAD too, with the same headers.
    if request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    // The framework would unpack it before it counts: a small body could fill the memory.
    if is_encoded(request.headers()) {
        return Ok(request.into_response(encoded().error_response()));
    }
    let wish = AcceptEncoding::parse(&request).ok().and_then(|wish| wish.negotiate(ENCODINGS.iter()));
    let response = next.call(request).await?;
    let worth = match response.response().body().size() {
        BodySize::Sized(size) => size >= WORTH_COMPRESSING,
        BodySize::Stream => true,
        BodySize::None => false,
    };
    // Pictures and files are packed already.
    let packed = |value: &HeaderValue| value.as_bytes().starts_with(b"image/") || value == "application/octet-stream";
    let encoding = match wish {
        Some(Encoding::Known(encoding)) if encoding != ContentEncoding::Identity => encoding,
        _ => return Ok(response.map_into_boxed_body()),
    };
    if !worth || response.headers().get(header::CONTENT_TYPE).is_some_and(packed) {
        return Ok(response.map_into_boxed_body());
    }
    let mut response =
        response.map_body(|head, body| actix_http::encoding::Encoder::response(encoding, head, body)).map_into_boxed_body();
    // The encoder names its own header only; the outermost layer names all.
    response.headers_mut().remove(header::VARY);
    // A strong tag is of these very bytes.
    let strong = response.headers().get(header::ETAG).filter(|tag| tag.as_bytes().starts_with(b"\"")).cloned();
    if let Some(tag) = strong.and_then(|tag| HeaderValue::from_bytes(&[b"W/", tag.as_bytes()].concat()).ok()) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    Ok(response)
}

fn is_encoded(headers: &HeaderMap) -> bool {
    headers.get_all(header::CONTENT_ENCODING).any(|value| !value.as_bytes().trim_ascii().eq_ignore_ascii_case(b"identity"))
}

fn encoded() -> Problem {
    Problem::say(
        Code::UnsupportedMediaType,
        "Nội dung gửi lên không được nén: bỏ Content-Encoding",
        "Bodies are not taken compressed: leave out Content-Encoding",
    )
    .with_errors(vec![FieldError::header(
        "Content-Encoding",
        "not_taken",
        Text::new("Chỉ nhận identity", "Only identity is taken"),
    )])
    .with_header(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"))
}

static ENCODINGS: [Encoding; 4] = [
    Encoding::Known(ContentEncoding::Identity),
    Encoding::Known(ContentEncoding::Brotli),
    Encoding::Known(ContentEncoding::Zstd),
    Encoding::Known(ContentEncoding::Gzip),
];

/// Described paths with the methods they take.
static PATHS: LazyLock<Vec<(ResourceDef, String)>> = LazyLock::new(|| {
    let paths = described().paths.paths;
    paths
        .into_iter()
        .map(|(path, item)| {
            let methods = [
                ("GET, HEAD", item.get.is_some()),
                ("POST", item.post.is_some()),
                ("PUT", item.put.is_some()),
                ("PATCH", item.patch.is_some()),
                ("DELETE", item.delete.is_some()),
            ];
            let methods: Vec<&str> =
                methods.iter().filter(|(_, there)| *there).map(|(name, _)| *name).chain(["OPTIONS"]).collect();
            (ResourceDef::new(path), methods.join(", "))
        })
        .collect()
});

/// Where no route led: 405 with `Allow` on a path that others methods reach, else 404.
async fn nothing_here(request: HttpRequest) -> Result<HttpResponse> {
    let Some((_, methods)) = PATHS.iter().find(|(path, _)| path.is_match(request.path())) else {
        return Err(Problem::not_found());
    };
    if request.method() == Method::OPTIONS {
        return Ok(HttpResponse::NoContent().insert_header((header::ALLOW, methods.as_str())).finish());
    }
    let allow = HeaderValue::from_str(methods).map_err(Problem::internal)?;
    Err(Problem::new(Code::MethodNotAllowed).with_header(HeaderName::from_static("allow"), allow))
}

#[cfg(test)]
mod tests {
    use actix_web::{http::StatusCode, test};

    use super::*;
    use crate::config::Secret;

    fn text(headers: &header::HeaderMap, name: HeaderName) -> &str {
        headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// An empty installation in a folder that goes with it.
    async fn service() -> (Service, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let config = Config {
            database_url: format!("sqlite:{}", folder.path().join("test.db").display()),
            master_key: Secret::new("QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE"),
            attachments: format!("file:{}", folder.path().join("attachments").display()),
            cors_origins: vec!["https://hoi.example.vn".into()],
            ..Config::default()
        };
        (Service::open(config).await.unwrap(), folder)
    }

    #[actix_web::test]
    async fn whatever_is_asked_is_answered_in_one_form() {
        let (service, _folder) = service().await;
        let app = test::init_service(service.app()).await;
        for (method, path, status, code) in [
            (Method::GET, "/nothing", 404, "not_found"),
            (Method::GET, "/api/v1/nothing", 404, "not_found"),
            (Method::DELETE, "/api/v1/units", 405, "method_not_allowed"),
            (Method::GET, "/api/v1/units", 401, "invalid_token"),
            (Method::GET, "/openapi.json?lang=fr", 400, "invalid_parameter"),
            (Method::GET, "/problems/nothing", 404, "not_found"),
        ] {
            let request = test::TestRequest::with_uri(path).method(method).insert_header(("Accept-Language", "en")).to_request();
            let response = test::call_service(&app, request).await;
            assert_eq!(response.status().as_u16(), status, "{path}");
            let headers = response.headers().clone();
            assert_eq!(text(&headers, header::CONTENT_TYPE), "application/problem+json", "{path}");
            assert_eq!(text(&headers, header::CONTENT_LANGUAGE), "en");
            assert!(headers.contains_key("x-request-id"));
            assert_eq!(headers.contains_key(header::ALLOW), status == 405);
            let body: serde_json::Value = test::read_body_json(response).await;
            assert_eq!((&body["code"], &body["instance"]), (&code.into(), &path.split('?').next().into()));
        }
    }

    #[actix_web::test]
    async fn head_is_get_without_a_body_and_long_answers_are_compressed() {
        let (service, _folder) = service().await;
        let app = test::init_service(service.app()).await;
        let of = |method: Method, path: &str, accepts: &'static str| {
            test::TestRequest::with_uri(path).method(method).insert_header((header::ACCEPT_ENCODING, accepts)).to_request()
        };
        let response = test::call_service(&app, of(Method::HEAD, "/healthz", "identity")).await;
        assert_eq!(response.status(), StatusCode::OK);
        for (path, accepts, encoding) in [
            ("/api/v1/code-lists/occupations", "gzip", Some("gzip")),
            ("/api/v1/code-lists/occupations", "br;q=0.5, zstd", Some("zstd")),
            ("/api/v1/code-lists/occupations", "unheard-of", None),
            ("/healthz", "gzip", None),
        ] {
            let response = test::call_service(&app, of(Method::GET, path, accepts)).await;
            let found = response.headers().get(header::CONTENT_ENCODING).map(|value| value.to_str().unwrap().to_owned());
            assert_eq!(found.as_deref(), encoding, "{path} {accepts}");
            assert!(text(response.headers(), header::VARY).contains("Authorization"));
        }
    }

    #[actix_web::test]
    async fn other_origins_may_call_when_they_are_configured() {
        let (service, _folder) = service().await;
        let app = test::init_service(service.app()).await;
        for (origin, allowed) in [("https://hoi.example.vn", true), ("https://evil.example", false)] {
            let preflight = test::TestRequest::with_uri("/api/v1/units")
                .method(Method::OPTIONS)
                .insert_header((header::ORIGIN, origin))
                .insert_header((header::ACCESS_CONTROL_REQUEST_METHOD, "PATCH"))
                .to_request();
            let headers = test::call_service(&app, preflight).await.headers().clone();
            assert_eq!(headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN), allowed);
            if allowed {
                assert_eq!(text(&headers, header::ACCESS_CONTROL_MAX_AGE), "7200");
            }
            let plain = test::TestRequest::with_uri("/healthz").insert_header((header::ORIGIN, origin)).to_request();
            let headers = test::call_service(&app, plain).await.headers().clone();
            assert_eq!(headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN), allowed);
            assert!(text(&headers, header::ACCESS_CONTROL_EXPOSE_HEADERS).contains("ratelimit-policy"));
        }
    }
}
