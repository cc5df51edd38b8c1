//! A world for each test: the real service on a free port, on a database of its own.

use std::{
    collections::HashMap,
    net::TcpListener,
    sync::{Arc, Mutex, PoisonError},
};

use actix_web::dev::ServerHandle;
use hoicoso::{
    app::Service,
    config::{Config, LogFormat, Secret},
    db::AnyConnection,
};

use super::{
    ask::{Caller, Lang, Who},
    cast::{self, Cast},
    database::{Database, Engine, attachments, engines, vault_key_file},
};

/// Where tokens come from, whatever the port: so those of the cast are good in every copy of it.
pub const ISSUER: &str = "http://hoicoso.test";
/// 32 bytes, in base64url.
pub const MASTER_KEY: &str = "dGhpcyBpcyBhIG1hc3RlciBrZXkgZm9yIHRlc3RzLi4";

/// Tells a story in a world on SQLite and, where it can be had, in one on PostgreSQL.
pub fn on_both(story: impl AsyncFn(World)) {
    on_both_with(|_| {}, story);
}

/// The same with other settings.
pub fn on_both_with(change: impl Fn(&mut Config), story: impl AsyncFn(World)) {
    for engine in engines() {
        let cast = cast::of(engine);
        eprintln!("-- on {engine:?}");
        actix_web::rt::System::new().block_on(async {
            let world = World::start(cast.database.copy(), cast.cast.clone(), &change).await;
            let (handle, database) = (world.inner.handle.clone(), world.inner.database.clone());
            story(world).await;
            handle.stop(false).await;
            drop(database);
        });
    }
}

/// Tells a story of two worlds that begin alike, on each engine.
pub fn on_both_twins(story: impl AsyncFn(World, World)) {
    for engine in engines() {
        let cast = cast::of(engine);
        eprintln!("-- on {engine:?}");
        actix_web::rt::System::new().block_on(async {
            let one = World::start(cast.database.copy(), cast.cast.clone(), |_| {}).await;
            let other = World::start(cast.database.copy(), cast.cast.clone(), |_| {}).await;
            let kept = [&one, &other].map(|world| (world.inner.handle.clone(), world.inner.database.clone()));
            story(one, other).await;
            for (handle, database) in kept {
                handle.stop(false).await;
                drop(database);
            }
        });
    }
}

pub(super) struct Inner {
    pub(super) url: String,
    pub(super) client: reqwest::Client,
    cast: Arc<Cast>,
    tokens: tokio::sync::Mutex<HashMap<String, String>>,
    service: Mutex<Service>,
    handle: ServerHandle,
    database: Arc<Database>,
}

/// A small province, and the service that keeps its records.
#[derive(Clone)]
pub struct World {
    inner: Arc<Inner>,
}

/// Settings that a test needs not say.
pub fn config(database: &Database) -> Config {
    Config {
        database_url: database.url.clone(),
        database_connections: 4,
        listen: "127.0.0.1:0".into(),
        public_url: ISSUER.into(),
        workers: 1,
        master_key: Secret::new(MASTER_KEY),
        cors_origins: vec!["https://hoi.example.vn".into()],
        rate_limit_default: 0,
        rate_limit_login: 0,
        rate_limit_lookup: 0,
        rate_limit_public: 0,
        vault_key_file: vault_key_file().into(),
        log_format: LogFormat::Text,
        attachments: format!("file:{}", attachments().display()),
        ..Config::default()
    }
}

impl World {
    pub(super) async fn start(database: Database, cast: Arc<Cast>, change: impl Fn(&mut Config)) -> Self {
        let mut config = config(&database);
        change(&mut config);
        let service = Service::open(config).await.unwrap_or_else(|problem| panic!("{problem}"));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = service.serve(listener).unwrap();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self {
            inner: Arc::new(Inner {
                url,
                client: reqwest::Client::builder().no_proxy().build().unwrap(),
                cast,
                tokens: tokio::sync::Mutex::default(),
                service: Mutex::new(service),
                handle,
                database: Arc::new(database),
            }),
        }
    }

    /// A service that holds nothing yet, and knows nobody of the cast.
    pub async fn empty(database: Database) -> Self {
        Self::start(database, Arc::default(), |_| {}).await
    }

    pub async fn stop(&self) {
        self.inner.handle.stop(false).await;
    }

    /// Stops it; what it kept comes back.
    pub(super) async fn end(self) -> Database {
        self.inner.handle.stop(false).await;
        let inner = Arc::into_inner(self.inner).expect("nobody else has this world");
        drop(inner.service);
        Arc::into_inner(inner.database).expect("nobody else has this database")
    }

    pub fn engine(&self) -> Engine {
        self.inner.database.engine
    }

    pub fn database(&self) -> &Database {
        &self.inner.database
    }

    /// Where the service is reached.
    pub fn url(&self) -> &str {
        &self.inner.url
    }

    pub fn cast(&self) -> &Cast {
        &self.inner.cast
    }

    /// The service behind the port, for what has no door: the command line's functions.
    pub fn service(&self) -> Service {
        self.inner.service.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The database as the command line sees it.
    pub fn db(&self) -> hoicoso::db::Db {
        self.service().db
    }

    fn caller(&self, who: Who) -> Caller {
        Caller { world: self.inner.clone(), who, lang: Lang::Vi }
    }

    /// Somebody of the cast, by sign-in name.
    pub fn user(&self, name: &str) -> Caller {
        self.caller(Who::Account(name.into()))
    }

    /// Whoever has this token.
    pub fn bearer(&self, token: &str) -> Caller {
        self.caller(Who::Token(token.into()))
    }

    pub fn nobody(&self) -> Caller {
        self.caller(Who::Nobody)
    }

    /// The president of a commune.
    pub fn chair_of(&self, commune: &str) -> Caller {
        self.user(match commune {
            "Vĩnh Hải" => "chutich.vinhhai",
            "Vạn Giã" => "chutich.vangia",
            _ => panic!("{commune} has no president"),
        })
    }

    /// The service client with the role `export_client`.
    pub async fn machine(&self) -> Caller {
        let machine = &self.cast().export_client;
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_id", machine.client_id.as_str()),
            ("client_secret", machine.secret.as_str()),
        ];
        self.bearer(&self.nobody().form("/oauth/token", &fields).await.expect(200).text("access_token"))
    }

    /// The organisation board of the province.
    pub fn board(&self) -> Caller {
        self.user("bantochuc")
    }

    /// The IT administrator.
    pub fn admin(&self) -> Caller {
        self.user("admin")
    }

    /// The id of a unit, by its short name.
    #[track_caller]
    pub fn unit(&self, name: &str) -> String {
        self.inner.cast.units.get(name).unwrap_or_else(|| panic!("no unit {name}")).clone()
    }

    /// The id of a member of the cast.
    #[track_caller]
    pub fn member(&self, name: &str) -> String {
        self.inner.cast.members.get(name).unwrap_or_else(|| panic!("no member {name}")).clone()
    }

    /// Signs in with name and password; the answer of the token endpoint.
    pub async fn sign_in(&self, name: &str, password: &str) -> super::Answer {
        let fields = [("grant_type", "password"), ("client_id", "hoicoso-web"), ("username", name), ("password", password)];
        self.nobody().form("/oauth/token", &fields).await
    }

    /// Signs in anew; who has that token.
    pub async fn signed_in(&self, name: &str) -> Caller {
        self.bearer(&self.sign_in(name, super::PASSWORD).await.expect(200).text("access_token"))
    }

    /// The version that a row has now.
    pub fn version_of(&self, table: &str, id: &str) -> i64 {
        let database = self.database();
        database.number(&format!("SELECT version AS value FROM {table} WHERE id = {}", database.id(id)))
    }

    /// Numbers and chains what was recorded (PostgreSQL's sealer does so by itself, a moment later).
    pub fn seal(&self) {
        let mut connection = self.database().connect();
        if matches!(connection, AnyConnection::Sqlite(_)) {
            return;
        }
        use diesel::connection::SimpleConnection;
        // Rows wait while any older transaction of the server is open, also one of another test.
        for _ in 0..3000 {
            connection.batch_execute("BEGIN").unwrap();
            hoicoso::db::seal_pending(&mut connection, self.db().keys()).unwrap_or_else(|problem| panic!("{problem}"));
            connection.batch_execute("COMMIT").unwrap();
            if self.database().number("SELECT count(*) AS value FROM audit_events WHERE seq IS NULL") == 0 {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        panic!("the audit trail cannot be sealed");
    }

    /// How many entries the audit trail has, all of them whole.
    #[track_caller]
    pub fn audited(&self) -> i64 {
        self.seal();
        match self.db().verify(None).unwrap() {
            Ok(verified) => verified.head.seq,
            Err(fault) => panic!("the trail is broken: {fault:?}"),
        }
    }

    /// Figures, places in lists and the trail are as they should be.
    #[track_caller]
    pub fn check_books(&self) {
        assert_eq!(self.database().wrong_counts(), 0, "kept figures differ from a recount");
        assert_eq!(self.database().wrong_places(), 0, "places in the list by name are wrong");
        self.audited();
    }
}

impl Inner {
    /// The cast's refresh token, used up for an access token: no password is hashed for it.
    pub(super) async fn token(self: &Arc<Self>, name: &str) -> String {
        let mut tokens = self.tokens.lock().await;
        if let Some(token) = tokens.get(name) {
            return token.clone();
        }
        let world = World { inner: self.clone() };
        let refresh = self.cast.refresh_tokens.get(name).unwrap_or_else(|| panic!("{name} is not of the cast"));
        let fields = [("grant_type", "refresh_token"), ("client_id", "hoicoso-web"), ("refresh_token", refresh.as_str())];
        let answer = world.nobody().form("/oauth/token", &fields).await.expect(200);
        let token = answer.text("access_token");
        tokens.insert(name.into(), token.clone());
        token
    }
}
