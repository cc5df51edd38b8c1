//! The limit: bare actix-web handlers that check the same token (cached by its text) and run the same prepared
//! statements on a thread-local connection. No scope, no masking, no ETag, no log, no metrics.

use std::{
    cell::RefCell,
    collections::HashMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, http::header, web};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use rusqlite::{Connection, OpenFlags, Row};
use serde::{Deserialize, Serialize};

thread_local! {
    static CONNECTION: RefCell<Option<Connection>> = const { RefCell::new(None) };
    /// Tokens that were checked, and when they end.
    static TOKENS: RefCell<HashMap<String, SystemTime>> = RefCell::default();
}

#[derive(Serialize)]
struct Member {
    id: String,
    version: i64,
    created_at: i64,
    updated_at: i64,
    membership_no: String,
    kind: String,
    status: String,
    full_name: String,
    sex: String,
    born_on: String,
    national_id_last3: Option<String>,
    phone: Option<String>,
    address: Option<String>,
    residential_area: Option<String>,
    residence_kind: String,
    occupation_code: Option<String>,
    ethnic_group_code: Option<String>,
    religion_code: Option<String>,
    sensitive_consent_on: Option<String>,
    special_groups: String,
    is_core: bool,
    unit_id: String,
    joined_on: String,
    left_on: Option<String>,
    last_verified_on: Option<String>,
}

const COLUMNS: &str = "m.id, m.version, m.created_at, m.updated_at, m.membership_no, m.kind, m.status, m.full_name, m.sex, m.born_on, \
    m.national_id_last3, m.phone, m.address, m.residential_area, m.residence_kind, m.occupation_code, m.ethnic_group_code, m.religion_code, \
    m.sensitive_consent_on, m.special_groups, m.is_core, m.unit_id, m.joined_on, m.left_on, m.last_verified_on";

fn member(row: &Row<'_>) -> rusqlite::Result<Member> {
    let uuid = |column: usize| -> rusqlite::Result<String> {
        Ok(uuid::Uuid::from_slice(row.get_ref(column)?.as_blob()?).unwrap_or_default().to_string())
    };
    Ok(Member {
        id: uuid(0)?,
        version: row.get(1)?,
        created_at: row.get(2)?,
        updated_at: row.get(3)?,
        membership_no: row.get(4)?,
        kind: row.get(5)?,
        status: row.get(6)?,
        full_name: row.get(7)?,
        sex: row.get(8)?,
        born_on: row.get(9)?,
        national_id_last3: row.get(10)?,
        phone: row.get(11)?,
        address: row.get(12)?,
        residential_area: row.get(13)?,
        residence_kind: row.get(14)?,
        occupation_code: row.get(15)?,
        ethnic_group_code: row.get(16)?,
        religion_code: row.get(17)?,
        sensitive_consent_on: row.get(18)?,
        special_groups: row.get(19)?,
        is_core: row.get(20)?,
        unit_id: uuid(21)?,
        joined_on: row.get(22)?,
        left_on: row.get(23)?,
        last_verified_on: row.get(24)?,
    })
}

#[derive(Deserialize)]
struct Ask {
    id: Option<uuid::Uuid>,
    unit: uuid::Uuid,
    /// Sort key (hex) and id of the place after which the page begins; of coverage the id alone.
    after: Option<String>,
}

/// What the handlers share.
#[derive(Clone)]
struct Bare {
    path: String,
    keys: JwkSet,
}

impl Bare {
    /// The token's signature and end are checked when it is seen first, and then only its end.
    fn knows(&self, request: &HttpRequest) -> bool {
        let value = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let Some(token) = value.and_then(|value| value.strip_prefix("Bearer ")) else { return false };
        TOKENS.with_borrow_mut(|tokens| {
            let end = match tokens.get(token) {
                Some(end) => *end,
                None => {
                    let Some(end) = self.end_of(token) else { return false };
                    tokens.insert(token.to_owned(), end);
                    end
                }
            };
            end > SystemTime::now()
        })
    }

    fn end_of(&self, token: &str) -> Option<SystemTime> {
        #[derive(Deserialize)]
        struct Claims {
            exp: u64,
        }
        let key = self.keys.find(&decode_header(token).ok()?.kid?)?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.validate_aud = false;
        let claims: Claims = decode(token, &DecodingKey::from_jwk(key).ok()?, &validation).ok()?.claims;
        Some(UNIX_EPOCH + Duration::from_secs(claims.exp))
    }
}

fn with<T>(path: &str, f: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> T {
    CONNECTION.with_borrow_mut(|slot| {
        let connection = slot.get_or_insert_with(|| {
            let connection =
                Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX).unwrap();
            connection.execute_batch("PRAGMA cache_size = -8000;").unwrap();
            connection
        });
        f(connection).unwrap()
    })
}

async fn one(request: HttpRequest, ask: web::Query<Ask>, bare: web::Data<Bare>) -> HttpResponse {
    if !bare.knows(&request) {
        return HttpResponse::Unauthorized().finish();
    }
    let (id, unit) = (ask.id.unwrap_or_default(), ask.unit);
    let found = with(&bare.path, |connection| {
        connection
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM members m INNER JOIN unit_tree t ON t.unit_id = m.unit_id WHERE m.id = ? AND t.ancestor_id = ?"
            ))?
            .query_row([id.as_bytes().as_slice(), unit.as_bytes().as_slice()], member)
    });
    HttpResponse::Ok().json(found)
}

async fn page(request: HttpRequest, ask: web::Query<Ask>, bare: web::Data<Bare>) -> HttpResponse {
    if !bare.knows(&request) {
        return HttpResponse::Unauthorized().finish();
    }
    let after = ask.after.as_deref().and_then(|after| after.split_once('.'));
    let key: Vec<u8> = after.map_or(Vec::new(), |(key, _)| {
        (0..key.len() / 2).filter_map(|place| u8::from_str_radix(&key[place * 2..place * 2 + 2], 16).ok()).collect()
    });
    let id: uuid::Uuid = after.and_then(|(_, id)| id.parse().ok()).unwrap_or_default();
    let found: Vec<Member> = with(&bare.path, |connection| {
        connection
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM member_tree t INNER JOIN members m ON m.id = t.member_id \
                 WHERE t.unit_id = ? AND t.status = 'active' AND t.sort_key >= ? AND (t.sort_key > ? OR t.member_id > ?) \
                 ORDER BY t.sort_key, t.member_id LIMIT 50"
            ))?
            .query_map([ask.unit.as_bytes().as_slice(), key.as_slice(), key.as_slice(), id.as_bytes().as_slice()], member)?
            .collect()
    });
    HttpResponse::Ok().json(found)
}

#[derive(Serialize)]
struct Covered {
    id: String,
    full_name: String,
    born_on: String,
    since: String,
    completions: i64,
}

/// Core members of the province after one of them, each with what she has passed in five years of three categories.
async fn coverage(request: HttpRequest, ask: web::Query<Ask>, bare: web::Data<Bare>) -> HttpResponse {
    if !bare.knows(&request) {
        return HttpResponse::Unauthorized().finish();
    }
    let after: uuid::Uuid = ask.after.as_deref().and_then(|id| id.parse().ok()).unwrap_or_default();
    let found: Vec<Covered> = with(&bare.path, |connection| {
        connection
            .prepare_cached(
                "SELECT p.member_id, MIN(m.full_name), MIN(m.born_on), MIN(p.valid_from), \
                 (SELECT COUNT(*) FROM course_completions c WHERE c.member_id = p.member_id AND c.completed_on >= '2022-01-01' \
                 AND c.completed_on < '2027-01-01' AND c.category IN ('information_gathering', 'mobilisation', 'union_guidance')) \
                 FROM core_periods p CROSS JOIN members m WHERE p.valid_to IS NULL AND p.member_id > ? \
                 AND EXISTS (SELECT 1 FROM unit_tree t WHERE t.unit_id = m.unit_id AND t.ancestor_id = ?) AND m.id = p.member_id \
                 GROUP BY p.member_id ORDER BY p.member_id LIMIT 51",
            )?
            .query_map([after.as_bytes().as_slice(), ask.unit.as_bytes().as_slice()], |row| {
                Ok(Covered {
                    id: uuid::Uuid::from_slice(row.get_ref(0)?.as_blob()?).unwrap_or_default().to_string(),
                    full_name: row.get(1)?,
                    born_on: row.get(2)?,
                    since: row.get(3)?,
                    completions: row.get(4)?,
                })
            })?
            .collect()
    });
    HttpResponse::Ok().json(found)
}

/// Serves until it is killed. `keys` is the service's key set, as JSON.
pub fn serve(path: &str, address: &str, keys: &str) {
    let bare = Bare { path: path.to_owned(), keys: serde_json::from_str(keys).unwrap() };
    let address = address.to_owned();
    actix_web::rt::System::new()
        .block_on(async move {
            HttpServer::new(move || {
                App::new()
                    .app_data(web::Data::new(bare.clone()))
                    .route("/member", web::get().to(one))
                    .route("/page", web::get().to(page))
                    .route("/coverage", web::get().to(coverage))
            })
            .workers(std::thread::available_parallelism().map_or(2, usize::from))
            .tcp_nodelay(true)
            .bind(address)?
            .run()
            .await
        })
        .unwrap();
}
