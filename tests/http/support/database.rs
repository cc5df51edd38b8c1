//! Databases that live as long as a test.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use diesel::{
    QueryableByName, RunQueryDsl,
    connection::SimpleConnection,
    sql_types::{BigInt, Text},
};
use hoicoso::db::{self, AnyConnection};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// Both, where PostgreSQL can be had. `HOICOSO_REQUIRE_POSTGRES=1` makes it a failure when it cannot.
pub fn engines() -> Vec<Engine> {
    match postgres() {
        Some(_) => vec![Engine::Sqlite, Engine::Postgres],
        None => vec![Engine::Sqlite],
    }
}

const DEFAULT_POSTGRES: &str = "postgres://postgres@127.0.0.1:5432/postgres";
/// Names of our databases and folders begin with this and the number of the process.
const PREFIX: &str = "hoicoso_test_";

static NUMBER: AtomicUsize = AtomicUsize::new(0);

/// The server to make databases on.
fn postgres() -> Option<&'static str> {
    static FOUND: OnceLock<Option<String>> = OnceLock::new();
    FOUND
        .get_or_init(|| {
            let found = find_postgres();
            match &found {
                Some(url) => sweep_postgres(url),
                None if env::var("HOICOSO_REQUIRE_POSTGRES").is_ok_and(|value| value == "1") => {
                    panic!("HOICOSO_REQUIRE_POSTGRES=1, and there is no PostgreSQL")
                }
                None => eprintln!("note: no PostgreSQL is reachable or can be started; the tests run on SQLite only"),
            }
            found
        })
        .as_deref()
}

fn find_postgres() -> Option<String> {
    if let Ok(url) = env::var("HOICOSO_TEST_POSTGRES") {
        assert!(db::connect(&url).is_ok(), "HOICOSO_TEST_POSTGRES is set, but not reachable");
        return Some(url);
    }
    if db::connect(DEFAULT_POSTGRES).is_ok() {
        return Some(DEFAULT_POSTGRES.into());
    }
    start_system_cluster().or_else(start_own_cluster)
}

/// Debian's way, for who may.
fn start_system_cluster() -> Option<String> {
    let listed = Command::new("pg_lsclusters").arg("-h").stderr(Stdio::null()).output().ok()?;
    let listed = String::from_utf8(listed.stdout).ok()?;
    let mut words = listed.lines().next()?.split_whitespace();
    let (version, name, port) = (words.next()?, words.next()?, words.next()?);
    Command::new("pg_ctlcluster").args([version, name, "start"]).stderr(Stdio::null()).status().ok()?;
    let url = format!("postgres://postgres@127.0.0.1:{port}/postgres");
    db::connect(&url).is_ok().then_some(url)
}

/// A cluster in a temporary folder, stopped when this process ends. (PostgreSQL refuses to run as root.)
fn start_own_cluster() -> Option<String> {
    let bin = newest_bin()?;
    let data = scratch().join("cluster");
    let made = Command::new(bin.join("initdb"))
        .args(["-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8", "-D"])
        .arg(&data)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .ok()?;
    if !made.success() {
        return None;
    }
    let port = free_port();
    // The shell waits for the end of its input, which is the end of this process.
    let script = r#""$0" -D "$1" -p "$2" -k "$1" -c listen_addresses=127.0.0.1 & server=$!; cat > /dev/null; kill -INT $server"#;
    let mut child = Command::new("sh")
        .args(["-c", script])
        .arg(bin.join("postgres"))
        .arg(&data)
        .arg(port.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    std::mem::forget(child.stdin.take());
    let url = format!("postgres://postgres@127.0.0.1:{port}/postgres");
    for _ in 0..300 {
        if db::connect(&url).is_ok() {
            return Some(url);
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    None
}

fn newest_bin() -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(|bin| bin.join("initdb").is_file())
        .collect();
    found.sort();
    found.pop()
}

/// A port that nobody listened on a moment ago.
pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The folder of this process; those of processes that are gone are removed.
fn scratch() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let top = env::temp_dir();
        for entry in fs::read_dir(&top).into_iter().flatten().flatten() {
            if entry.file_name().to_str().is_some_and(is_left_over) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
        let folder = top.join(format!("{PREFIX}{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    })
}

/// The key file of the identity vault, one for all worlds of this process.
pub fn vault_key_file() -> &'static Path {
    static FILE: OnceLock<PathBuf> = OnceLock::new();
    FILE.get_or_init(|| {
        let path = scratch().join("vault.key");
        hoicoso::keys::VaultKey::make_file(&path).unwrap();
        path
    })
}

/// Where the files of all worlds stand: what was made with the cast is there in every copy.
pub fn attachments() -> PathBuf {
    scratch().join("attachments")
}

/// Whether a name is ours, of a process that is gone.
fn is_left_over(name: &str) -> bool {
    let number = name.strip_prefix(PREFIX).and_then(|rest| rest.split('_').next()).and_then(|text| text.parse::<u32>().ok());
    number.is_some_and(|number| !Path::new(&format!("/proc/{number}")).exists())
}

fn sweep_postgres(url: &str) {
    let mut connection = db::connect(url).unwrap();
    let AnyConnection::Postgres(postgres) = &mut connection else { return };
    let names: Vec<Word> =
        diesel::sql_query(format!("SELECT datname::text AS value FROM pg_database WHERE datname LIKE '{PREFIX}%'"))
            .load(postgres)
            .unwrap();
    for Word { value } in names.into_iter().filter(|name| is_left_over(&name.value)) {
        let _ = postgres.batch_execute(&format!("DROP DATABASE IF EXISTS {value} WITH (FORCE)"));
    }
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    value: i64,
}

#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    value: String,
}

/// A database of its own, gone when dropped.
pub struct Database {
    pub engine: Engine,
    pub url: String,
    name: String,
    /// Kept for what a test looks at: PostgreSQL makes a process for each connection, which takes longer than most tests ask.
    kept: Mutex<Option<AnyConnection>>,
    /// Its tables, and the statement of [`Database::state`].
    figures: OnceLock<(Vec<String>, String)>,
}

impl Database {
    pub fn empty(engine: Engine) -> Self {
        let this = Self::named(engine);
        if engine == Engine::Postgres {
            on_server(&format!("CREATE DATABASE {}", this.name));
        }
        this
    }

    fn named(engine: Engine) -> Self {
        let name = format!("{PREFIX}{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let url = match engine {
            Engine::Sqlite => format!("sqlite:{}", scratch().join(format!("{name}.db")).display()),
            Engine::Postgres => {
                let server = postgres().expect("PostgreSQL");
                let (address, _) = server.rsplit_once('/').expect("a URL with a database");
                format!("{address}/{name}")
            }
        };
        Self { engine, url, name, kept: Mutex::default(), figures: OnceLock::new() }
    }

    /// The same, once more. Nobody may be connected to this one.
    pub fn copy(&self) -> Self {
        let copy = Self::named(self.engine);
        match self.engine {
            Engine::Sqlite => {
                fs::copy(db::sqlite_path(&self.url), db::sqlite_path(&copy.url)).unwrap();
            }
            Engine::Postgres => {
                on_server(&format!("CREATE DATABASE {} TEMPLATE {}", copy.name, self.name));
            }
        }
        copy
    }

    /// Puts everything into the database proper, so that it can be copied.
    pub fn settle(&self) {
        match self.engine {
            Engine::Sqlite => self.execute("PRAGMA wal_checkpoint(TRUNCATE)"),
            Engine::Postgres => {
                *self.kept.lock().unwrap() = None;
                on_server(&format!("ALTER DATABASE {} ALLOW_CONNECTIONS false", self.name));
                let others = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'", self.name);
                on_server(&others);
            }
        }
    }

    pub fn connect(&self) -> AnyConnection {
        db::connect(&self.url).unwrap_or_else(|problem| panic!("{problem}"))
    }

    /// Does something on a connection. (On SQLite one that is closed again, so that nothing of ours holds the file.)
    fn with<T>(&self, f: impl FnOnce(&mut AnyConnection) -> T) -> T {
        match self.engine {
            Engine::Sqlite => f(&mut self.connect()),
            Engine::Postgres => {
                let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
                f(kept.get_or_insert_with(|| self.connect()))
            }
        }
    }

    pub fn execute(&self, sql: &str) {
        self.with(|connection| connection.batch_execute(sql)).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// The one number of a statement that names it `value`.
    pub fn number(&self, sql: &str) -> i64 {
        self.numbers(sql).first().copied().unwrap_or_else(|| panic!("no row: {sql}"))
    }

    pub fn numbers(&self, sql: &str) -> Vec<i64> {
        let rows: Vec<Number> = self
            .with(|connection| match connection {
                AnyConnection::Sqlite(connection) => diesel::sql_query(sql).load(connection),
                AnyConnection::Postgres(connection) => diesel::sql_query(sql).load(connection),
            })
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
        rows.into_iter().map(|row| row.value).collect()
    }

    /// The texts of a statement that names them `value`.
    pub fn words(&self, sql: &str) -> Vec<String> {
        let rows: Vec<Word> = self
            .with(|connection| match connection {
                AnyConnection::Sqlite(connection) => diesel::sql_query(sql).load(connection),
                AnyConnection::Postgres(connection) => diesel::sql_query(sql).load(connection),
            })
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
        rows.into_iter().map(|row| row.value).collect()
    }

    /// All tables of ours, by name.
    pub fn tables(&self) -> Vec<String> {
        self.words(match self.engine {
            Engine::Sqlite => {
                "SELECT name AS value FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' \
                 AND name NOT LIKE '\\_\\_%' ESCAPE '\\' ORDER BY name"
            }
            Engine::Postgres => {
                "SELECT tablename::text AS value FROM pg_tables WHERE schemaname = 'public' \
                 AND tablename NOT LIKE '\\_\\_%' ORDER BY tablename"
            }
        })
    }

    /// Columns of a table, by name.
    pub fn columns(&self, table: &str) -> Vec<String> {
        self.words(&match self.engine {
            Engine::Sqlite => format!("SELECT name AS value FROM pragma_table_info('{table}') ORDER BY name"),
            Engine::Postgres => format!(
                "SELECT column_name::text AS value FROM information_schema.columns \
                 WHERE table_schema = 'public' AND table_name = '{table}' ORDER BY column_name COLLATE \"C\""
            ),
        })
    }

    /// A statement's blob of an id, as this engine writes it.
    pub fn id(&self, id: &str) -> String {
        let hex = id.replace('-', "");
        match self.engine {
            Engine::Sqlite => format!("x'{hex}'"),
            Engine::Postgres => format!("'\\x{hex}'::bytea"),
        }
    }

    /// The id of the one row of a table for which this holds, as the API writes it.
    pub fn id_where(&self, table: &str, condition: &str) -> String {
        let hex = if self.engine == Engine::Sqlite { "lower(hex(id))" } else { "encode(id, 'hex')" };
        let found = self.words(&format!("SELECT {hex} AS value FROM {table} WHERE {condition}"));
        let [hex] = found.as_slice() else { panic!("{} rows of {table} where {condition}", found.len()) };
        [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
    }

    /// How many rows each table has, and the sum of their versions: what a request that was refused must not change.
    pub fn state(&self) -> BTreeMap<String, (i64, i64)> {
        let (tables, sql) = self.figures.get_or_init(|| self.figures());
        let figures = self.numbers(sql);
        tables.iter().cloned().zip(figures.chunks(2)).map(|(table, pair)| (table, (pair[0], pair[1]))).collect()
    }

    fn figures(&self) -> (Vec<String>, String) {
        // The tokens that callers of a test get when they first ask.
        let tables: Vec<String> = self.tables().into_iter().filter(|table| table != "refresh_tokens").collect();
        let parts = tables.iter().flat_map(|table| {
            let versioned = self.columns(table).iter().any(|column| column == "version");
            let versions = if versioned { "CAST(COALESCE(SUM(version), 0) AS BIGINT)" } else { "0 * count(*)" };
            [format!("SELECT count(*) FROM {table}"), format!("SELECT {versions} FROM {table}")]
        });
        let rows = parts.enumerate().map(|(place, part)| format!("SELECT {place} AS place, ({part}) AS value"));
        let sql = format!("SELECT value FROM ({}) AS figures ORDER BY place", rows.collect::<Vec<_>>().join(" UNION ALL "));
        (tables, sql)
    }

    /// Subtrees whose kept figures of members differ from a recount.
    pub fn wrong_counts(&self) -> i64 {
        let kept = "SELECT unit_id, status, kind, CAST(SUM(member_count) AS BIGINT) AS total FROM unit_member_counts \
                    GROUP BY unit_id, status, kind HAVING SUM(member_count) <> 0";
        let real = "SELECT t.ancestor_id AS unit_id, m.status, m.kind, CAST(count(*) AS BIGINT) AS total FROM members m \
                    JOIN unit_tree t ON t.unit_id = m.unit_id GROUP BY t.ancestor_id, m.status, m.kind";
        self.number(&format!(
            "SELECT (SELECT count(*) FROM (SELECT * FROM ({kept}) k1 EXCEPT SELECT * FROM ({real}) r1) a) \
                  + (SELECT count(*) FROM (SELECT * FROM ({real}) r2 EXCEPT SELECT * FROM ({kept}) k2) b) AS value"
        ))
    }

    /// Members whose rows in the tree by name are not exactly what they should be.
    pub fn wrong_places(&self) -> i64 {
        let kept = "SELECT unit_id, status, sort_key, member_id FROM member_tree";
        let real = "SELECT t.ancestor_id AS unit_id, m.status, m.sort_key, m.id AS member_id FROM members m \
                    JOIN unit_tree t ON t.unit_id = m.unit_id";
        self.number(&format!(
            "SELECT (SELECT count(*) FROM (SELECT * FROM ({kept}) k1 EXCEPT SELECT * FROM ({real}) r1) a) \
                  + (SELECT count(*) FROM (SELECT * FROM ({real}) r2 EXCEPT SELECT * FROM ({kept}) k2) b) AS value"
        ))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        match self.engine {
            Engine::Sqlite => {
                let path = db::sqlite_path(&self.url);
                for end in ["", "-wal", "-shm"] {
                    let _ = fs::remove_file(format!("{path}{end}"));
                }
            }
            Engine::Postgres => {
                *self.kept.get_mut().unwrap_or_else(PoisonError::into_inner) = None;
                if let Some(url) = postgres()
                    && let Ok(mut server) = db::connect(url)
                {
                    let _ = server.batch_execute(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
                }
            }
        }
    }
}

fn on_server(sql: &str) {
    let mut server = db::connect(postgres().expect("PostgreSQL")).unwrap();
    server.batch_execute(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
}
