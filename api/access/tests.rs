//! Through the door and out again: tokens, refresh, reuse, revocation, locks, codes, rights.

use std::sync::Arc;

use actix_web::{
    App,
    dev::{Service, ServiceResponse},
    http::{StatusCode, header},
    middleware::from_fn,
    test::{TestRequest, call_service, init_service, read_body},
    web,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use diesel::connection::SimpleConnection;
use serde_json::{Value, json};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{AccessState, Limits, Role, Settings, commands, configure, configure_root};
use crate::{
    db::{
        Actor, Change, Db, Id,
        schema::{unit_tree, units},
    },
    http::speak,
    keys::Keys,
};

const GOOD: &str = "con mèo nằm trên mái ngói";
const OTHER: &str = "trời xanh mây trắng nắng vàng";

/// A service with a database of its own.
struct World {
    db: Db,
    state: Arc<AccessState>,
    _place: Place,
}

/// Where the database is; gone with its test.
enum Place {
    Folder(#[allow(dead_code, reason = "lives as long as the test")] tempfile::TempDir),
    Server { url: String, name: String },
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Self::Server { url, name } = self
            && let Ok(mut admin) = crate::db::connect(url)
        {
            let _ = admin.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)"));
        }
    }
}

impl World {
    async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.db");
        Self::open(path.to_str().unwrap(), Place::Folder(folder)).await
    }

    /// Nothing where no server runs.
    async fn postgres() -> Option<Self> {
        let server = std::env::var("DATABASE_URL_POSTGRES").unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432".into());
        let url = format!("{server}/postgres");
        let mut admin = crate::db::connect(&url).ok()?;
        let name = format!("hoicoso_access_{}", Id::new().to_string().replace('-', ""));
        admin.batch_execute(&format!("CREATE DATABASE {name}")).unwrap();
        Some(Self::open(&format!("{server}/{name}"), Place::Server { url, name }).await)
    }

    async fn open(url: &str, place: Place) -> Self {
        let keys = Arc::new(Keys::from_base64(&URL_SAFE_NO_PAD.encode([7; 32])).unwrap());
        let db = Db::open(url, 4, keys).unwrap();
        let settings = Settings { limits: Limits::OFF, ..Settings::at("http://localhost/") };
        let state = AccessState::open(db.clone(), settings).await.unwrap();
        Self { db, state, _place: place }
    }

    async fn limited(mut self, limits: Limits) -> Self {
        let settings = Settings { limits, ..self.state.settings().clone() };
        self.state = AccessState::open(self.db.clone(), settings).await.unwrap();
        self
    }

    /// Until everything that was done stands in the trail.
    async fn sealed(&self) {
        if !self.db.is_postgres() {
            return;
        }
        self.db.start_background();
        tokio::time::sleep(std::time::Duration::from_millis(600)).await;
    }

    async fn user(&self, name: &str, role: Option<Role>, unit: Option<Id>) -> Id {
        let id = commands::create_user(&self.db, name, name, None).await.unwrap();
        commands::set_password(&self.db, name, GOOD, false).await.unwrap();
        if let Some(role) = role {
            commands::give_role(&self.db, name, role, unit, None).await.unwrap();
        }
        id
    }

    /// A unit, and its place in the tree.
    async fn unit(&self, parent: Option<Id>) -> Id {
        let id = Id::new();
        self.db
            .write(Actor::system("test"), move |tx| {
                use diesel::ExpressionMethods;
                let now = tx.now();
                let day = chrono::NaiveDate::from_ymd_opt(2000, 1, 1).unwrap();
                tx.record(Change::new("create", "units", id, 1).at(id).after(&json!({ "name": "Phường A", "phone": "0258" })));
                tx.execute(diesel::insert_into(units::table).values((
                    units::id.eq(id),
                    units::version.eq(1),
                    units::created_at.eq(now),
                    units::updated_at.eq(now),
                    units::kind.eq(if parent.is_some() { "base" } else { "province" }),
                    units::name.eq("Phường A"),
                    units::search_name.eq("phuong a"),
                    units::sort_key.eq(vec![1_u8]),
                    units::parent_id.eq(parent),
                    units::status.eq("active"),
                    units::founded_on.eq(day),
                )))?;
                for (ancestor, depth) in [(Some(id), 0), (parent, 1)] {
                    if let Some(ancestor) = ancestor {
                        tx.execute(diesel::insert_into(unit_tree::table).values((
                            unit_tree::ancestor_id.eq(ancestor),
                            unit_tree::unit_id.eq(id),
                            unit_tree::depth.eq(depth),
                        )))?;
                    }
                }
                Ok(())
            })
            .await
            .unwrap();
        id
    }
}

/// Every story is told on both databases.
macro_rules! on_both {
    ($($story:ident)+) => { $(
        mod $story {
            #[actix_web::test]
            async fn sqlite() {
                super::$story(super::World::sqlite().await).await;
            }

            #[actix_web::test]
            async fn postgresql() {
                if let Some(world) = super::World::postgres().await {
                    super::$story(world).await;
                }
            }
        }
    )+ };
}

on_both! {
    a_token_says_who_i_am
    without_a_good_token_there_is_a_challenge
    a_used_refresh_token_ends_its_family
    signing_out_works_at_once
    a_known_and_an_unknown_name_lock_alike
    a_code_sets_a_password_once
    a_password_that_must_change_comes_first
    rights_are_given_by_another_and_end_at_once
    machines_prove_themselves
    a_key_of_its_own_is_as_good_as_a_secret_and_is_used_once
    a_new_key_signs_nobody_out
    the_trail_is_read_by_role
    too_many_requests_are_told_when_to_come_again
    clients_are_kept_by_administrators
    others_can_find_their_way
}

macro_rules! app {
    ($world:expr) => {
        init_service(
            App::new()
                .app_data(web::Data::new($world.db.clone()))
                .app_data(web::Data::from($world.state.clone()))
                .configure(|config| configure_root(&mut ServiceConfig::new(config)))
                .service(web::scope("/api/v1").configure(|config| configure(&mut ServiceConfig::new(config))))
                .wrap(from_fn(speak)),
        )
        .await
    };
}

struct Answered {
    status: StatusCode,
    headers: header::HeaderMap,
    body: Value,
}

impl Answered {
    fn head(&self, name: impl header::AsHeaderName) -> &str {
        self.headers.get(name).unwrap().to_str().unwrap()
    }
}

async fn send<S, B>(app: &S, request: TestRequest) -> Answered
where
    S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = actix_web::Error>,
    B: actix_web::body::MessageBody,
{
    let response = call_service(app, request.to_request()).await;
    let (status, headers) = (response.status(), response.headers().clone());
    let body = read_body(response).await;
    Answered { status, headers, body: serde_json::from_slice(&body).unwrap_or(Value::Null) }
}

async fn token<S, B>(app: &S, form: &[(&str, &str)]) -> Answered
where
    S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = actix_web::Error>,
    B: actix_web::body::MessageBody,
{
    send(app, TestRequest::post().uri("/oauth/token").set_form(form)).await
}

fn password<'a>(name: &'a str, password: &'a str) -> [(&'a str, &'a str); 4] {
    [("grant_type", "password"), ("client_id", "hoicoso-web"), ("username", name), ("password", password)]
}

fn refresh(token: &str) -> [(&str, &str); 3] {
    [("grant_type", "refresh_token"), ("client_id", "hoicoso-web"), ("refresh_token", token)]
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn get(path: &str, token: &str) -> TestRequest {
    TestRequest::get().uri(path).insert_header((header::AUTHORIZATION, format!("Bearer {token}")))
}

fn post(path: &str, token: &str, body: Value) -> TestRequest {
    TestRequest::post().uri(path).insert_header((header::AUTHORIZATION, format!("Bearer {token}"))).set_json(body)
}

async fn sign_in<S, B>(app: &S, name: &str) -> (String, String)
where
    S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = actix_web::Error>,
    B: actix_web::body::MessageBody,
{
    let answer = token(app, &password(name, GOOD)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    (text(&answer.body["access_token"]), text(&answer.body["refresh_token"]))
}

async fn a_token_says_who_i_am(world: World) {
    let top = world.unit(None).await;
    let unit = world.unit(Some(top)).await;
    world.user("hoa", Some(Role::BasePresident), Some(unit)).await;
    let app = app!(world);
    let answer = token(&app, &password(" HOA ", GOOD)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.head(header::CACHE_CONTROL), "no-store");
    assert_eq!(answer.body["expires_in"], 600);
    let access = text(&answer.body["access_token"]);
    for _ in 0..2 {
        // Once the slow way, once from the cache.
        let me = send(&app, get("/api/v1/me", &access)).await;
        assert_eq!(me.status, 200);
        assert_eq!(me.body["username"], "hoa");
        assert_eq!(me.body["roles"][0]["role"], "base_president");
        assert_eq!(me.body["roles"][0]["unit"]["name"], "Phường A");
        let members = me.body["permissions"].as_array().unwrap().iter().find(|p| p["resource"] == "members").unwrap();
        assert_eq!(members["actions"], json!(["read", "create", "update", "reveal"]));
    }
}

async fn without_a_good_token_there_is_a_challenge(world: World) {
    let app = app!(world);
    let none = send(&app, TestRequest::get().uri("/api/v1/me")).await;
    assert_eq!(none.status, 401);
    assert_eq!(none.body["code"], "invalid_token");
    assert!(!none.head(header::WWW_AUTHENTICATE).contains("error="));
    world.user("hoa", None, None).await;
    let (access, _) = sign_in(&app, "hoa").await;
    let mut parts: Vec<String> = access.split('.').map(str::to_owned).collect();
    let good = parts.clone();
    // No signature, another algorithm, changed claims, no token at all.
    let none_alg = URL_SAFE_NO_PAD.encode(r#"{"typ":"at+jwt","alg":"none"}"#);
    let hs = URL_SAFE_NO_PAD.encode(r#"{"typ":"at+jwt","alg":"HS256","kid":"x"}"#);
    parts[1] = URL_SAFE_NO_PAD.encode(r#"{"sub":"x"}"#);
    for wrong in [
        format!("{}.{}.", good[0], good[1]),
        format!("{none_alg}.{}.", good[1]),
        format!("{hs}.{}.{}", good[1], good[2]),
        parts.join("."),
        "x".into(),
    ] {
        let answer = send(&app, get("/api/v1/me", &wrong)).await;
        assert_eq!(answer.status, 401, "{wrong}");
        assert!(answer.head(header::WWW_AUTHENTICATE).contains("error=\"invalid_token\""));
    }
}

async fn a_used_refresh_token_ends_its_family(world: World) {
    world.user("hoa", None, None).await;
    let app = app!(world);
    let (_, first) = sign_in(&app, "hoa").await;
    let next = token(&app, &refresh(&first)).await;
    assert_eq!(next.status, 200);
    let (access, second) = (text(&next.body["access_token"]), text(&next.body["refresh_token"]));
    assert_eq!(send(&app, get("/api/v1/me", &access)).await.status, 200);
    // Another client may not use it, and that does it no harm.
    let stolen = token(&app, &[("grant_type", "refresh_token"), ("client_id", "swagger-ui"), ("refresh_token", &second)]).await;
    assert_eq!((stolen.status.as_u16(), text(&stolen.body["error"])), (400, "invalid_grant".into()));
    let again = token(&app, &refresh(&first)).await;
    assert_eq!((again.status.as_u16(), text(&again.body["error"])), (400, "invalid_grant".into()));
    assert_eq!(token(&app, &refresh(&second)).await.status, 400);
    // The access token of that family is out at once, cached or not.
    assert_eq!(send(&app, get("/api/v1/me", &access)).await.status, 401);
}

async fn signing_out_works_at_once(world: World) {
    world.user("hoa", None, None).await;
    let app = app!(world);
    let (one, _) = sign_in(&app, "hoa").await;
    let (two, two_refresh) = sign_in(&app, "hoa").await;
    let (three, _) = sign_in(&app, "hoa").await;
    let sessions = send(&app, get("/api/v1/me/sessions", &one)).await;
    assert_eq!(sessions.body["items"].as_array().unwrap().len(), 3);
    let out = send(&app, post("/api/v1/me/sign-outs", &one, json!({ "everywhere": false }))).await;
    assert_eq!((out.status.as_u16(), &out.body["ended_count"]), (200, &json!(1)));
    assert_eq!(send(&app, get("/api/v1/me", &one)).await.status, 401);
    assert_eq!(send(&app, get("/api/v1/me", &two)).await.status, 200);
    let revoked = TestRequest::post().uri("/oauth/revoke").set_form([("client_id", "hoicoso-web"), ("token", &two_refresh)]);
    assert_eq!(send(&app, revoked).await.status, 200);
    assert_eq!(send(&app, get("/api/v1/me", &two)).await.status, 401);
    let listed = send(&app, get("/api/v1/me/sessions", &three)).await;
    let id = text(&listed.body["items"][0]["id"]);
    let path = format!("/api/v1/me/sessions/{id}");
    let delete = || TestRequest::delete().uri(&path).insert_header((header::AUTHORIZATION, format!("Bearer {three}")));
    assert_eq!(send(&app, delete()).await.status, 204);
    assert_eq!(send(&app, delete()).await.status, 401);
}

async fn a_known_and_an_unknown_name_lock_alike(world: World) {
    world.user("hoa", None, None).await;
    let app = app!(world);
    let mut told = Vec::new();
    for name in ["hoa", "nobody"] {
        let mut answers = Vec::new();
        for _ in 0..6 {
            let answer = token(&app, &password(name, "wrong and long enough")).await;
            answers.push((answer.status.as_u16(), text(&answer.body["error"]), text(&answer.body["error_description"])));
        }
        told.push(answers);
    }
    assert_eq!(told[0], told[1]);
    assert_eq!(told[0][4].0, 400);
    assert_eq!(told[0][5].0, 429);
    // Locked is locked, even with the right password.
    let right = token(&app, &password("hoa", GOOD)).await;
    assert_eq!((right.status.as_u16(), text(&right.body["code"])), (429, "account_locked".into()));
    assert!(right.headers.contains_key(header::RETRY_AFTER));
}

async fn a_code_sets_a_password_once(world: World) {
    let code = commands::ensure_first_administrator(&world.db).await.unwrap().unwrap();
    let app = app!(world);
    let reset = |name: &str, code: &str, new: &str| {
        TestRequest::post()
            .uri("/api/v1/password-resets")
            .set_json(json!({ "username": name, "code": code, "new_password": new }))
    };
    assert_eq!(send(&app, reset("admin", &code, "admin admin admin")).await.status, 422);
    let unknown = send(&app, reset("nobody", &code, GOOD)).await;
    let wrong = send(&app, reset("admin", "0000-0000-0000-0000", GOOD)).await;
    assert_eq!((unknown.status, &unknown.body["errors"]), (wrong.status, &wrong.body["errors"]));
    assert_eq!(send(&app, reset("admin", &code.to_lowercase(), GOOD)).await.status, 204);
    assert_eq!(send(&app, reset("admin", &code, OTHER)).await.status, 422);
    let (access, _) = sign_in(&app, "admin").await;
    assert_eq!(send(&app, get("/api/v1/accounts", &access)).await.status, 200);
}

async fn a_password_that_must_change_comes_first(world: World) {
    world.unit(None).await;
    world.user("it", Some(Role::ItAdmin), None).await;
    commands::set_password(&world.db, "it", GOOD, true).await.unwrap();
    let app = app!(world);
    let (access, _) = sign_in(&app, "it").await;
    assert_eq!(send(&app, get("/api/v1/me", &access)).await.body["must_change_password"], true);
    assert_eq!(send(&app, get("/api/v1/accounts", &access)).await.status, 403);
    let change = |old: &str, new: &str| {
        post("/api/v1/me/password-changes", &access, json!({ "current_password": old, "new_password": new }))
    };
    assert_eq!(send(&app, change("not the password", OTHER)).await.body["errors"][0]["code"], "wrong_password");
    assert_eq!(send(&app, change(GOOD, GOOD)).await.body["errors"][0]["code"], "same_password");
    assert_eq!(send(&app, change(GOOD, OTHER)).await.status, 204);
    // This sign-in goes on.
    assert_eq!(send(&app, get("/api/v1/accounts", &access)).await.status, 200);
    assert_eq!(token(&app, &password("it", GOOD)).await.status, 400);
}

async fn rights_are_given_by_another_and_end_at_once(world: World) {
    let unit = world.unit(None).await;
    let admin = world.user("it", Some(Role::ItAdmin), None).await;
    let app = app!(world);
    let (access, _) = sign_in(&app, "it").await;
    let made = send(&app, post("/api/v1/accounts", &access, json!({ "username": "hoa", "display_name": "Hoa" }))).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let id = text(&made.body["id"]);
    assert_eq!(made.body["has_password"], false);
    let code = send(&app, post(&format!("/api/v1/accounts/{id}/password-codes"), &access, json!({}))).await;
    assert_eq!(code.status, 201, "{}", code.body);
    let reset = json!({ "username": "hoa", "code": code.body["code"], "new_password": GOOD });
    assert_eq!(send(&app, TestRequest::post().uri("/api/v1/password-resets").set_json(reset)).await.status, 204);

    let roles = format!("/api/v1/accounts/{id}/role-assignments");
    let role = json!({ "role": "auditor", "unit_id": unit });
    assert_eq!(send(&app, post(&format!("/api/v1/accounts/{admin}/role-assignments"), &access, role.clone())).await.status, 403);
    let given = send(&app, post(&roles, &access, role.clone())).await;
    assert_eq!(given.status, 201, "{}", given.body);
    assert_eq!(given.body["unit"]["kind"], "province");
    assert_eq!(send(&app, post(&roles, &access, role)).await.status, 409);
    let export = json!({ "role": "export_client", "unit_id": unit });
    assert_eq!(send(&app, post(&roles, &access, export)).await.body["errors"][0]["code"], "wrong_holder");

    let (hoa, _) = sign_in(&app, "hoa").await;
    assert_eq!(send(&app, get("/api/v1/accounts", &hoa)).await.status, 200);
    let end = format!("/api/v1/role-assignments/{}/endings", text(&given.body["id"]));
    assert_eq!(send(&app, post(&end, &access, json!({}))).await.status, 428);
    let ended = send(&app, post(&end, &access, json!({})).insert_header((header::IF_MATCH, "\"1\""))).await;
    assert_eq!((ended.status.as_u16(), &ended.body["status"]), (200, &json!("ended")));
    assert_eq!(send(&app, get("/api/v1/accounts", &hoa)).await.status, 403);

    // A disabled account is out at once.
    let account = send(&app, get(&format!("/api/v1/accounts/{id}"), &access)).await;
    let tag = account.head(header::ETAG).to_owned();
    let disable = post(&format!("/api/v1/accounts/{id}/disablements"), &access, json!({ "reason": "nghỉ" }));
    let disabled = send(&app, disable.insert_header((header::IF_MATCH, tag))).await;
    assert_eq!((disabled.status.as_u16(), &disabled.body["status"]), (200, &json!("disabled")));
    assert_eq!(send(&app, get("/api/v1/me", &hoa)).await.status, 401);
    assert_eq!(token(&app, &password("hoa", GOOD)).await.status, 400);
    // The last administrator stays, whoever asks.
    assert!(commands::disable(&world.db, "it", None).await.is_err());
}

async fn machines_prove_themselves(world: World) {
    let unit = world.unit(None).await;
    let (_, secret) = commands::create_client(&world.db, "exporter", "Exporter", super::ClientKind::Service).await.unwrap();
    let secret = secret.unwrap();
    commands::give_role_to_client(&world.db, "exporter", Role::ExportClient, Some(unit)).await.unwrap();
    let app = app!(world);
    let by = |secret: &str| {
        let header_value = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("exporter:{secret}")));
        TestRequest::post()
            .uri("/oauth/token")
            .insert_header((header::AUTHORIZATION, header_value))
            .set_form([("grant_type", "client_credentials")])
    };
    let wrong = send(&app, by("nonsense")).await;
    assert_eq!((wrong.status.as_u16(), text(&wrong.body["error"])), (401, "invalid_client".into()));
    assert!(wrong.headers.contains_key(header::WWW_AUTHENTICATE));
    let given = send(&app, by(&secret)).await;
    assert_eq!(given.status, 200, "{}", given.body);
    assert!(given.body.get("refresh_token").is_none());
    let me = send(&app, get("/api/v1/me", &text(&given.body["access_token"]))).await;
    assert_eq!((&me.body["kind"], &me.body["roles"][0]["role"]), (&json!("service"), &json!("export_client")));
    // A front end has no rights of its own, a service no users.
    let front = token(&app, &[("grant_type", "client_credentials"), ("client_id", "hoicoso-web")]).await;
    assert_eq!(front.body["error"], "unauthorized_client");
}

async fn a_key_of_its_own_is_as_good_as_a_secret_and_is_used_once(world: World) {
    use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
    world.unit(None).await;
    world.user("it", Some(Role::ItAdmin), None).await;
    let app = app!(world);
    let (admin, _) = sign_in(&app, "it").await;
    let pair = Ed25519KeyPair::generate().unwrap();
    let x = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
    let jwks = json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "kid": "one", "x": x }] });
    let new = json!({ "client_id": "front-platform", "name": "Nền tảng", "kind": "service", "jwks": jwks });
    let made = send(&app, post("/api/v1/clients", &admin, new)).await;
    assert_eq!((made.status.as_u16(), made.body.get("client_secret")), (201, None), "{}", made.body);
    let sign = |claims: Value| {
        let head = jsonwebtoken::Header { kid: Some("one".into()), ..jsonwebtoken::Header::new(jsonwebtoken::Algorithm::EdDSA) };
        let key = jsonwebtoken::EncodingKey::from_ed_der(pair.to_pkcs8v1().unwrap().as_ref());
        jsonwebtoken::encode(&head, &claims, &key).unwrap()
    };
    let now = crate::db::Instant::now().seconds();
    let claims = |jti: &str, exp: i64, aud: &str| json!({ "iss": "front-platform", "sub": "front-platform", "aud": aud, "exp": exp, "jti": jti });
    for (claims, status) in [
        (claims("1", now + 60, "http://localhost/oauth/token"), 200),
        (claims("1", now + 60, "http://localhost/oauth/token"), 401),
        (claims("2", now + 60, "http://localhost"), 200),
        (claims("3", now + 60, "http://elsewhere"), 401),
        (claims("4", now - 60, "http://localhost"), 401),
        (claims("5", now + 6000, "http://localhost"), 401),
        (claims("", now + 60, "http://localhost"), 401),
    ] {
        let assertion = sign(claims.clone());
        let form = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", assertion.as_str()),
        ];
        assert_eq!(token(&app, &form).await.status, status, "{claims}");
    }
}

async fn a_new_key_signs_nobody_out(world: World) {
    world.user("hoa", None, None).await;
    let app = app!(world);
    let (old, _) = sign_in(&app, "hoa").await;
    commands::rotate_key(&world.db, 600).await.unwrap();
    world.state.start_background();
    for _ in 0..40 {
        let jwks = send(&app, TestRequest::get().uri("/.well-known/jwks.json")).await;
        if jwks.body["keys"].as_array().unwrap().len() == 2 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let (new, _) = sign_in(&app, "hoa").await;
    let kid = |token: &str| jsonwebtoken::decode_header(token).unwrap().kid.unwrap();
    assert_ne!(kid(&old), kid(&new));
    for token in [&old, &new] {
        assert_eq!(send(&app, get("/api/v1/me", token)).await.status, 200);
    }
}

async fn the_trail_is_read_by_role(world: World) {
    let top = world.unit(None).await;
    let (base, elsewhere) = (world.unit(Some(top)).await, world.unit(Some(top)).await);
    world.user("it", Some(Role::ItAdmin), Some(top)).await;
    world.user("giamsat", Some(Role::Auditor), Some(top)).await;
    world.user("hoa", Some(Role::BasePresident), Some(base)).await;
    let app = app!(world);
    world.sealed().await;
    let mut seen = Vec::new();
    for name in ["it", "giamsat", "hoa"] {
        let (access, _) = sign_in(&app, name).await;
        let answer = send(&app, get("/api/v1/audit-events?resource=units&limit=10", &access)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        seen.push(answer.body["items"].as_array().unwrap().clone());
    }
    let [it, auditor, president] = &seen[..] else { panic!() };
    assert_eq!((it.len(), auditor.len(), president.len()), (3, 3, 1));
    assert!(it[0]["recorded_at"].as_str() >= it[1]["recorded_at"].as_str() && it[0].get("seq").is_none());
    assert_eq!((&it[0]["changes"], &it[0]["masked_fields"]), (&Value::Null, &json!(["changes"])));
    assert_eq!(auditor[0]["changes"]["after"], json!({ "name": "Phường A", "phone": "***" }));
    assert_eq!(president[0]["changes"]["after"]["phone"], "0258");
    assert_eq!(president[0]["unit_id"], json!(base));
    let (hoa, _) = sign_in(&app, "hoa").await;
    let path = format!("/api/v1/audit-events?within={elsewhere}");
    assert_eq!(send(&app, get(&path, &hoa)).await.body["items"], json!([]));
    // Page by page, the other way round, and by day.
    let (auditor, _) = sign_in(&app, "giamsat").await;
    let today = crate::calendar::today();
    let first = send(&app, get(&format!("/api/v1/audit-events?sort=recorded_at&limit=2&recorded_from={today}"), &auditor)).await;
    let all = send(&app, get(&format!("/api/v1/audit-events?sort=recorded_at&limit=3&recorded_from={today}"), &auditor)).await;
    assert_eq!(first.body["items"].as_array().unwrap()[..], all.body["items"].as_array().unwrap()[..2]);
    let next = text(&first.body["next"]);
    let path = format!("/api/v1/audit-events?sort=recorded_at&limit=2&recorded_from={today}&cursor={next}");
    assert_eq!(send(&app, get(&path, &auditor)).await.body["items"][0], all.body["items"][2]);
    let path = format!("/api/v1/audit-events?recorded_to={}", today.pred_opt().unwrap());
    assert_eq!(send(&app, get(&path, &auditor)).await.body["items"], json!([]));
    assert!(world.db.verify(None).unwrap().is_ok());
}

async fn too_many_requests_are_told_when_to_come_again(world: World) {
    let world = world.limited(Limits { default: 2, login: 3, ..Limits::OFF }).await;
    world.user("hoa", None, None).await;
    let app = app!(world);
    let (access, _) = sign_in(&app, "hoa").await;
    let answer = send(&app, get("/api/v1/me", &access)).await;
    assert_eq!(answer.head("ratelimit-policy"), "\"default\";q=2;w=60");
    assert!(answer.head("ratelimit").starts_with("\"default\";r=1;t="));
    send(&app, get("/api/v1/me", &access)).await;
    let refused = send(&app, get("/api/v1/me", &access)).await;
    assert_eq!((refused.status.as_u16(), &refused.body["code"]), (429, &json!("too_many_requests")));
    assert!(refused.headers.contains_key(header::RETRY_AFTER));
    for _ in 0..2 {
        token(&app, &password("hoa", GOOD)).await;
    }
    let refused = token(&app, &password("hoa", GOOD)).await;
    assert_eq!((refused.status.as_u16(), text(&refused.body["error"])), (429, "temporarily_unavailable".into()));
    assert_eq!(refused.head("ratelimit"), "\"login\";r=0;t=60");
}

async fn clients_are_kept_by_administrators(world: World) {
    world.unit(None).await;
    world.user("it", Some(Role::ItAdmin), None).await;
    world.user("hoa", None, None).await;
    let app = app!(world);
    let (hoa, _) = sign_in(&app, "hoa").await;
    assert_eq!(send(&app, get("/api/v1/clients", &hoa)).await.status, 403);
    let (it, _) = sign_in(&app, "it").await;
    let list = send(&app, get("/api/v1/clients?kind=front_end&limit=1", &it)).await;
    assert_eq!(list.body["items"][0]["client_id"], "hoicoso-web");
    let next = text(&list.body["next"]);
    let list = send(&app, get(&format!("/api/v1/clients?kind=front_end&limit=1&cursor={next}"), &it)).await;
    assert_eq!(list.body["items"][0]["client_id"], "swagger-ui");
    let web = send(&app, get("/api/v1/clients?limit=1", &it)).await.body["items"][0].clone();
    let path = format!("/api/v1/clients/{}", text(&web["id"]));
    let patch = TestRequest::patch()
        .uri(&path)
        .insert_header((header::AUTHORIZATION, format!("Bearer {it}")))
        .insert_header((header::IF_MATCH, "\"1\""))
        .insert_header((header::CONTENT_TYPE, "application/merge-patch+json"))
        .set_payload(r#"{"name":"Web"}"#);
    let patched = send(&app, patch).await;
    assert_eq!((patched.status.as_u16(), &patched.body["name"], &patched.body["version"]), (200, &json!("Web"), &json!(2)));
    let off = post(&format!("{path}/disablements"), &it, json!({ "reason": "thử" })).insert_header((header::IF_MATCH, "\"2\""));
    assert_eq!(send(&app, off).await.status, 200);
    // Whoever came through it is out.
    assert_eq!(send(&app, get("/api/v1/me", &hoa)).await.status, 401);
}

async fn others_can_find_their_way(world: World) {
    let app = app!(world);
    let server = send(&app, TestRequest::get().uri("/.well-known/oauth-authorization-server")).await;
    assert_eq!(server.body["issuer"], "http://localhost");
    assert_eq!(server.body["token_endpoint"], "http://localhost/oauth/token");
    let resource = send(&app, TestRequest::get().uri("/.well-known/oauth-protected-resource")).await;
    assert_eq!(resource.body["authorization_servers"], json!(["http://localhost"]));
    let missing = token(&app, &[("client_id", "hoicoso-web")]).await;
    assert_eq!((missing.status.as_u16(), text(&missing.body["error"])), (400, "invalid_request".into()));
    let strange = token(&app, &[("grant_type", "magic"), ("client_id", "hoicoso-web")]).await;
    assert_eq!(strange.body["error"], "unsupported_grant_type");
    let unknown = token(&app, &password("hoa", GOOD).map(|(n, v)| if n == "client_id" { (n, "evil") } else { (n, v) })).await;
    assert_eq!((unknown.status.as_u16(), text(&unknown.body["error"])), (401, "invalid_client".into()));
}
