//! For whoever runs the service: is it alive, is it ready, how is it doing.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header::{self, HeaderValue},
    web,
};
use diesel::{ExpressionMethods, QueryDsl, dsl::count_star};
use prometheus::{Encoder, IntGauge, IntGaugeVec, TextEncoder, register_int_gauge, register_int_gauge_vec};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    access::told_in_the_trail,
    calendar::{self, Lack, policies::ClockCode},
    config::Config,
    db::{
        self, Actor, Db, Instant, Load, Tx,
        schema::{audit_events, settings},
    },
    http::{Bare, Code, Locale, NoFilters, Problem, ProblemBody, Query, Result, Spoken},
};

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(get_liveness).service(get_readiness).service(get_metrics);
}

/// That the process answers.
#[derive(Serialize, ToSchema)]
pub struct Liveness {
    #[schema(example = "alive")]
    status: &'static str,
    #[schema(example = "0.1.0")]
    version: &'static str,
}

/// That the process can do its work.
#[derive(Serialize, ToSchema)]
pub struct Readiness {
    #[schema(example = "ready")]
    status: &'static str,
    /// `sqlite` or `postgresql`
    #[schema(example = "sqlite")]
    database: &'static str,
    /// Changes that are recorded and not yet numbered and chained; always 0 on SQLite.
    unsealed_events_count: i64,
    /// Age of the oldest of them, in seconds. Above a few seconds the sealer is behind.
    unsealed_events_seconds: i64,
    /// What does not stop it, and somebody has to see to.
    warnings: Vec<ReadinessWarning>,
}

/// Something that somebody has to see to while the service does its work.
#[derive(Serialize, ToSchema)]
pub struct ReadinessWarning {
    /// Stable and never translated; labels: `GET /code-lists/warnings`.
    #[schema(example = "holiday_year_missing")]
    code: &'static str,
    /// For people, in the language asked for.
    #[schema(example = "The days off of 2031 are not loaded: time limits that reach into it are provisional")]
    detail: String,
    /// Years whose days off are missing.
    #[schema(example = json!([2031]))]
    years: Vec<i32>,
    /// Steps that no rule says the days of.
    clock_codes: Vec<ClockCode>,
}

impl ReadinessWarning {
    fn of(lack: Lack, locale: Locale) -> Self {
        let text = lack.text();
        let (years, clock_codes) = match lack {
            Lack::HolidayYear(year) => (vec![year], Vec::new()),
            Lack::Policies(codes) => (Vec::new(), codes),
        };
        let code = if years.is_empty() { "deadline_policy_missing" } else { "holiday_year_missing" };
        Self { code, detail: text.get(locale).to_owned(), years, clock_codes }
    }
}

/// Ask whether the process lives
///
/// For a supervisor that restarts what does not answer. It asks nothing of the database. Everybody may call it.
#[utoipa::path(tag = "service", operation_id = "get_liveness", responses(
    (status = 200, description = "It lives", body = Liveness),
))]
#[get("/healthz")]
async fn get_liveness(_query: Query<NoFilters, Bare>) -> HttpResponse {
    HttpResponse::Ok().json(Liveness { status: "alive", version: env!("CARGO_PKG_VERSION") })
}

/// Ask whether the service is ready
///
/// For a load balancer: the database answers, its schema is the one this program knows, and it can be written (a disk
/// may be full). `warnings` tells what somebody has to see to meanwhile: from October on, that the days off of the next year
/// are not loaded. Everybody may call it.
#[utoipa::path(tag = "service", operation_id = "get_readiness", responses(
    (status = 200, description = "It is ready", body = Readiness),
    (status = 503, description = "It is not ready", body = ProblemBody, content_type = "application/problem+json"),
))]
#[get("/readyz")]
async fn get_readiness(
    request: HttpRequest,
    db: web::Data<Db>,
    schema: web::Data<Schema>,
    _query: Query<NoFilters, Bare>,
) -> Result<HttpResponse> {
    schema.check().await?;
    schema.check_writing(&db).await?;
    let (count, seconds) = unsealed(&db).await?;
    let locale = Spoken::of(&request).locale;
    let lacks = db.read(calendar::lacks).await?;
    let database = if db.is_postgres() { "postgresql" } else { "sqlite" };
    Ok(HttpResponse::Ok().json(Readiness {
        status: "ready",
        database,
        unsealed_events_count: count,
        unsealed_events_seconds: seconds,
        warnings: lacks.into_iter().map(|lack| ReadinessWarning::of(lack, locale)).collect(),
    }))
}

/// Read the figures of the process
///
/// In the text format of Prometheus: requests by route with their times, memory, how busy the database is, the audit trail. No figure of it
/// tells of a person. Everybody may call it; keep it inside at your proxy if you wish.
#[utoipa::path(tag = "service", operation_id = "get_metrics", responses(
    (status = 200, description = "Figures", body = String, content_type = "text/plain"),
))]
#[get("/metrics")]
async fn get_metrics(db: web::Data<Db>, _query: Query<NoFilters, Bare>) -> Result<HttpResponse> {
    gauges().map_err(Problem::internal)?.refresh(unsealed(&db).await.ok(), db.load());
    let mut text = Vec::new();
    TextEncoder::new().encode(&prometheus::gather(), &mut text).map_err(Problem::internal)?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8")))
        .body(text))
}

/// How many changes wait for the sealer, and for how many seconds the oldest has.
async fn unsealed(db: &Db) -> Result<(i64, i64)> {
    let (count, oldest): (i64, Option<Instant>) = db
        .read(|reader| {
            // Without what nobody is told of: the figures stand open.
            let waiting = || audit_events::table.filter(audit_events::seq.is_null()).filter(told_in_the_trail());
            let count = reader.one(waiting().select(count_star()))?;
            let oldest = reader.one(waiting().select(diesel::dsl::min(audit_events::recorded_at)))?;
            Ok((count, oldest))
        })
        .await
        .map_err(|problem| Problem::new(Code::Unavailable).with("cause", problem.code().as_str()))?;
    Ok((count, oldest.map_or(0, |oldest| (Instant::now().millis() - oldest.millis()).max(0) / 1000)))
}

/// Knows whether the schema of the database is the one of this program, and whether it can be written. Both are asked
/// again after a while only: the one needs a connection of its own, the other a flush to disk.
pub(crate) struct Schema {
    url: Arc<str>,
    checked_at: AtomicI64,
    written_at: AtomicI64,
}

/// For how long a schema that was found right is believed.
const BELIEVED_MILLIS: i64 = 60_000;
/// For how long one write that worked, or failed for want of room, speaks for the next ones.
const WRITING_MILLIS: i64 = 10_000;

impl Schema {
    pub(crate) fn of(config: &Config) -> Self {
        Self { url: config.database_url.as_str().into(), checked_at: AtomicI64::new(0), written_at: AtomicI64::new(0) }
    }

    async fn check(&self) -> Result<()> {
        let now = Instant::now().millis();
        if now - self.checked_at.load(Ordering::Relaxed) < BELIEVED_MILLIS {
            return Ok(());
        }
        let url = self.url.clone();
        let pending = web::block(move || db::migrations::pending(&mut db::connect(&url)?))
            .await
            .map_err(|_| Problem::internal("a database thread ended"))?
            .map_err(|problem| {
                tracing::warn!(%problem, "not ready");
                Problem::say(Code::Unavailable, "Cơ sở dữ liệu không trả lời", "The database does not answer")
            })?;
        if !pending.is_empty() {
            return Err(Problem::say(
                Code::Unavailable,
                "Cấu trúc cơ sở dữ liệu chưa được nâng cấp: chạy hoicoso migrate",
                "The schema of the database is not up to date: run hoicoso migrate",
            )
            .with("pending_migrations", pending));
        }
        self.checked_at.store(now, Ordering::Relaxed);
        Ok(())
    }

    async fn check_writing(&self, db: &Db) -> Result<()> {
        let now = Instant::now().millis();
        let refused = || Problem::say(Code::Unavailable, "Không ghi được vào cơ sở dữ liệu", "The database cannot be written");
        if now - db.writing_failed_at().millis() < WRITING_MILLIS {
            return Err(refused());
        }
        if now - self.written_at.load(Ordering::Relaxed) < WRITING_MILLIS {
            return Ok(());
        }
        let probe = move |tx: &mut Tx<'_>| {
            tx.keep(diesel::update(settings::table.find("write_probe")).set(settings::value.eq(now.to_string())))
        };
        db.write(Actor::system("readiness"), probe).await.map_err(|problem| {
            tracing::warn!(%problem, "not ready");
            refused()
        })?;
        self.written_at.store(now, Ordering::Relaxed);
        Ok(())
    }
}

struct Gauges {
    memory: IntGauge,
    unsealed: IntGauge,
    unsealed_seconds: IntGauge,
    waiting: IntGauge,
    connections: IntGaugeVec,
    /// Always 1; the version is its label.
    _build: IntGaugeVec,
}

fn gauges() -> prometheus::Result<&'static Gauges> {
    static GAUGES: std::sync::OnceLock<prometheus::Result<Gauges>> = std::sync::OnceLock::new();
    let made = GAUGES.get_or_init(|| {
        let build = register_int_gauge_vec!("hoicoso_build_info", "The version that runs", &["version"])?;
        build.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
        Ok(Gauges {
            memory: register_int_gauge!("process_resident_memory_bytes", "Resident memory size in bytes")?,
            unsealed: register_int_gauge!("hoicoso_unsealed_audit_events", "Changes not yet numbered and chained")?,
            unsealed_seconds: register_int_gauge!("hoicoso_unsealed_audit_seconds", "Age of the oldest of them")?,
            waiting: register_int_gauge!(
                "hoicoso_database_waiting",
                "Writes that wait for the writer (SQLite), or what waits for a connection (PostgreSQL)"
            )?,
            connections: register_int_gauge_vec!("hoicoso_database_connections", "Connections to PostgreSQL", &["state"])?,
            _build: build,
        })
    });
    made.as_ref().map_err(|error| prometheus::Error::Msg(error.to_string()))
}

impl Gauges {
    fn refresh(&self, unsealed: Option<(i64, i64)>, load: Load) {
        let figure = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        self.waiting.set(figure(load.waiting));
        self.connections.with_label_values(&["idle"]).set(figure(load.idle));
        self.connections.with_label_values(&["used"]).set(figure(load.connections.saturating_sub(load.idle)));
        if let Some(bytes) = resident_bytes() {
            self.memory.set(bytes);
        }
        if let Some((count, seconds)) = unsealed {
            self.unsealed.set(count);
            self.unsealed_seconds.set(seconds);
        }
    }
}

/// Linux only; elsewhere there is no such figure.
fn resident_bytes() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse::<i64>().ok().map(|kilobytes| kilobytes * 1024)
}
