//! One `Db` with `read` and `write` over two engines.
//!
//! * On SQLite a read runs on the worker's own connection, without a hop to another thread, and all writes go
//!   through one thread that commits what has queued up in one transaction (group commit): one flush to disk
//!   serves many.
//! * On PostgreSQL both run on a pool of connections in blocking threads; the server groups commits itself.

mod audit;
mod connection;
mod key_check;
pub mod migrations;
mod postgres;
mod reader;
pub mod schema;
mod sqlite;
mod tx;
pub mod types;

pub use audit::{Actor, ActorKind, AuditFault, AuditPoint, Change, Verified, seal_pending};
pub(crate) use audit::{adopt_unsealed, record};
pub use connection::{AnyConnection, MultiBackend};
pub(crate) use key_check::{change_vault_mark, check_vault_still};
pub use reader::{Cached, Reader};
pub use tx::{Turn, Tx};
pub use types::{Id, Instant, QuickDay, TextList};

use std::sync::Arc;

use crate::{http::Result, keys::Keys};

/// The database of one installation.
#[derive(Clone)]
pub struct Db {
    engine: Arc<Engine>,
    keys: Arc<Keys>,
}

enum Engine {
    Sqlite(sqlite::Sqlite),
    Postgres(postgres::Postgres),
}

impl Db {
    /// Opens `postgres://…` or `sqlite:path` (or a plain path), and migrates it; refused when it was made with other keys.
    pub fn open(url: &str, connections: u32, keys: Arc<Keys>) -> Result<Self> {
        let engine = if is_postgres(url) {
            let postgres = postgres::Postgres::open(url, connections)?;
            prepare(&mut *postgres.connection()?, &keys)?;
            Engine::Postgres(postgres)
        } else {
            let path = sqlite_path(url);
            if let Some(folder) = std::path::Path::new(path).parent() {
                std::fs::create_dir_all(folder).map_err(crate::http::Problem::internal)?;
            }
            prepare(&mut sqlite::connect(path, sqlite::Mode::Write)?, &keys)?;
            Engine::Sqlite(sqlite::Sqlite::open(path)?)
        };
        Ok(Self { engine: Arc::new(engine), keys })
    }

    /// Starts what runs beside the requests: on PostgreSQL the sealer of the audit trail.
    pub fn start_background(&self) {
        if let Engine::Postgres(postgres) = &*self.engine {
            let engine = Arc::downgrade(&self.engine);
            postgres.seal_while(self.keys.clone(), move || engine.strong_count() > 0);
        }
    }

    pub fn keys(&self) -> &Arc<Keys> {
        &self.keys
    }

    /// Reads by index: a few rows, well under a millisecond. On SQLite it runs on the calling thread.
    pub async fn read<T: Send + 'static>(&self, f: impl FnOnce(&mut Reader<'_>) -> Result<T> + Send + 'static) -> Result<T> {
        match &*self.engine {
            Engine::Sqlite(sqlite) => sqlite.read(f),
            Engine::Postgres(postgres) => postgres.read(f).await,
        }
    }

    /// Reads on the calling thread: start-up, the command line, background threads.
    pub fn read_here<T>(&self, f: impl FnOnce(&mut Reader<'_>) -> Result<T>) -> Result<T> {
        match &*self.engine {
            Engine::Sqlite(sqlite) => sqlite.read(f),
            Engine::Postgres(postgres) => f(&mut Reader::new(&mut *postgres.connection()?)),
        }
    }

    /// One transaction. It is kept when `f` succeeds and on disk when the answer comes; on PostgreSQL `f` is run
    /// again when it lost a race.
    pub async fn write<T: Send + 'static>(
        &self,
        actor: Actor,
        f: impl FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.attempt(actor, true, f).await
    }

    /// Like [`Db::write`], but with `keep` false everything is undone again after `f` (`Prefer: tx=rollback`).
    pub async fn attempt<T: Send + 'static>(
        &self,
        actor: Actor,
        keep: bool,
        f: impl FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let keys = self.keys.clone();
        match &*self.engine {
            Engine::Sqlite(sqlite) => sqlite.write(keys, actor, keep, f).await,
            Engine::Postgres(postgres) => postgres.write(keys, actor, keep, f).await,
        }
    }

    /// Walks the whole audit trail, and looks whether it leads through a point that was written down before.
    pub fn verify(&self, through: Option<&AuditPoint>) -> Result<std::result::Result<Verified, AuditFault>> {
        self.read_here(|reader| audit::verify(reader, &self.keys, through))
    }

    /// When writing last failed as a whole, for want of room or for a fault of the disk (SQLite).
    pub fn writing_failed_at(&self) -> Instant {
        match &*self.engine {
            Engine::Sqlite(sqlite) => sqlite.failed_at(),
            Engine::Postgres(_) => Instant::from_millis(0),
        }
    }

    pub fn load(&self) -> Load {
        match &*self.engine {
            Engine::Sqlite(sqlite) => Load { waiting: sqlite.waiting(), connections: 0, idle: 0 },
            Engine::Postgres(postgres) => {
                let (connections, idle, waiting) = postgres.figures();
                Load { waiting, connections, idle }
            }
        }
    }

    pub fn is_postgres(&self) -> bool {
        matches!(&*self.engine, Engine::Postgres(_))
    }
}

/// Migrates a database, unless it was made with other keys.
pub(crate) fn prepare(connection: &mut AnyConnection, keys: &Keys) -> Result<()> {
    // Before anything is written; and once more, in case another instance was the first to leave its mark.
    key_check::check(connection, keys)?;
    migrations::run(connection)?;
    key_check::leave(connection, keys)?;
    key_check::check(connection, keys)
}

/// How busy the database is kept.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Writes that wait for SQLite's writer; reads and writes that wait for a connection to PostgreSQL.
    pub waiting: usize,
    /// Open connections to PostgreSQL, and those of them that do nothing.
    pub connections: usize,
    pub idle: usize,
}

/// Whether the URL names a PostgreSQL server; everything else is a file of SQLite.
pub fn is_postgres(url: &str) -> bool {
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}

/// The file that a URL of SQLite names.
pub fn sqlite_path(url: &str) -> &str {
    url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")).unwrap_or(url)
}

/// Whether nothing was ever written there, so that a new key may begin it.
pub fn is_new(url: &str) -> Result<bool> {
    if !is_postgres(url) && !std::path::Path::new(sqlite_path(url)).exists() {
        return Ok(true);
    }
    key_check::is_new(&mut connect(url)?)
}

/// A connection of its own, for the command line (`migrate`, loading demonstration data).
pub fn connect(url: &str) -> Result<AnyConnection> {
    if is_postgres(url) {
        use diesel::Connection as _;
        let connection = diesel::PgConnection::establish(url)
            .map_err(|error| crate::http::Problem::internal(format!("connecting to PostgreSQL: {error}")))?;
        Ok(AnyConnection::Postgres(connection))
    } else {
        sqlite::connect(sqlite_path(url), sqlite::Mode::Write)
    }
}
