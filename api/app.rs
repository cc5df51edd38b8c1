//! The one place where routes and middleware are put together; `main.rs` and every test call it.

use std::{
    io,
    net::TcpListener,
    sync::{Arc, LazyLock},
    time::Duration,
};

use actix_cors::Cors;
use actix_web::{
    App, Error, HttpRequest, HttpResponse, HttpServer,
    body::{BodySize, BoxBody, MessageBody},
    dev::{ResourceDef, Server, ServiceFactory, ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{self, AcceptEncoding, ContentEncoding, Encoding, Header, HeaderName, HeaderValue},
    },
    middleware::{Next, from_fn},
    web,
};
use diesel::ExpressionMethods;
use utoipa_actix_web::{AppExt, scope, service_config::ServiceConfig};

use crate::{
    access::{self, AccessState, Limits, Settings},
    code_lists,
    config::Config,
    db::{Actor, Db, schema::idempotency_keys},
    docs, health,
    http::{Code, KEPT_SECONDS, Problem, Result, speak},
    members, officers, openapi, pages, units,
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

/// The resources under [`API`]. A new resource adds its line here.
fn api(config: &mut ServiceConfig<'_>) {
    access::configure(config);
    units::configure(config);
    members::configure(config);
    officers::configure(config);
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
    /// What runs beside the requests ends with the last clone.
    alive: Arc<()>,
}

impl Service {
    /// Opens keys and database, migrates it, loads what every installation has, and starts what runs beside the
    /// requests. Call it on an actix system, before serving.
    pub async fn open(config: Config) -> Result<Self> {
        let keys = config.keys().map_err(Problem::internal)?;
        let db = Db::open(&config.database_url, config.database_connections, keys)?;
        db.write(Actor::system("start"), |tx| {
            units::store::ensure_kind_rules(tx)?;
            officers::ensure_title_standards(tx)
        })
        .await?;
        let limits = Limits {
            default: config.rate_limit_default,
            login: config.rate_limit_login,
            lookup: config.rate_limit_lookup,
            export: config.rate_limit_export,
        };
        let access = AccessState::open(db.clone(), Settings { limits, ..Settings::at(&config.token_issuer()) }).await?;
        let names = members::NameIndex::load(&db)?;
        let service = Self { config: Arc::new(config), db, access, names, alive: Arc::new(()) };
        service.start_background();
        Ok(service)
    }

    fn start_background(&self) {
        self.db.start_background();
        self.access.start_background();
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
        impl ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<BoxBody>,
            Error = Error,
            InitError = (),
        > + use<>,
    > {
        App::new()
            .into_utoipa_app()
            .configure(root)
            .service(scope(API).configure(api))
            .into_app()
            .app_data(web::Data::new(self.db.clone()))
            .app_data(web::Data::from(self.access.clone()))
            .app_data(web::Data::new(self.names.clone()))
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

/// Transport, between the middleware and the handlers: HEAD is GET without a body, and long answers are compressed
/// as the caller wishes.
async fn transport(mut request: ServiceRequest, next: Next<impl MessageBody + 'static>) -> Result<ServiceResponse<BoxBody>, Error> {
    // The connection leaves out the body by what it has read, so every GET answers HEAD too, with the same headers.
    if request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    let wish = AcceptEncoding::parse(&request).ok().and_then(|wish| wish.negotiate(ENCODINGS.iter()));
    let response = next.call(request).await?;
    let worth = match response.response().body().size() {
        BodySize::Sized(size) => size >= WORTH_COMPRESSING,
        BodySize::Stream => true,
        BodySize::None => false,
    };
    let image = |value: &HeaderValue| value.as_bytes().starts_with(b"image/");
    let encoding = match wish {
        Some(Encoding::Known(encoding)) if encoding != ContentEncoding::Identity => encoding,
        _ => return Ok(response.map_into_boxed_body()),
    };
    if !worth || response.headers().get(header::CONTENT_TYPE).is_some_and(image) {
        return Ok(response.map_into_boxed_body());
    }
    let mut response = response.map_body(|head, body| actix_http::encoding::Encoder::response(encoding, head, body)).map_into_boxed_body();
    // The encoder names its own header only; the outermost layer names all.
    response.headers_mut().remove(header::VARY);
    Ok(response)
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
            let methods: Vec<&str> = methods.iter().filter(|(_, there)| *there).map(|(name, _)| *name).chain(["OPTIONS"]).collect();
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
