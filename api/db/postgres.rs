//! PostgreSQL: a pool of connections, used from blocking threads; the server groups commits itself.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use actix_web::web;
use diesel::{
    connection::SimpleConnection,
    r2d2::{ConnectionManager, Pool, PooledConnection},
};

use super::{
    audit::{self, Actor},
    connection::AnyConnection,
    reader::Reader,
    tx::{self, Tx},
};
use crate::{
    http::{Code, Problem, Result},
    keys::Keys,
};

/// How often a transaction that lost a race (deadlock, serialisation, unique key) is run again.
const TRIES: usize = 3;

#[derive(Clone)]
pub(super) struct Postgres {
    pool: Pool<ConnectionManager<AnyConnection>>,
    /// How many wait for a connection.
    waiting: Arc<AtomicUsize>,
}

impl Postgres {
    pub(super) fn open(url: &str, connections: u32) -> Result<Self> {
        let pool = Pool::builder()
            .max_size(connections)
            .min_idle(Some(1))
            .connection_timeout(Duration::from_secs(10))
            // Asking `SELECT 1` before each use would cost a third of a point read; a broken connection shows
            // at its next statement and is dropped.
            .test_on_check_out(false)
            .build(ConnectionManager::new(url))
            .map_err(|error| Problem::internal(format!("connecting to PostgreSQL: {error}")))?;
        Ok(Self { pool, waiting: Arc::default() })
    }

    pub(super) fn connection(&self) -> Result<PooledConnection<ConnectionManager<AnyConnection>>> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let connection = self.pool.get();
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        connection.map_err(|error| {
            tracing::warn!(%error, "no database connection");
            Problem::new(Code::Unavailable)
        })
    }

    /// Connections in all, those of them that do nothing, and how many wait for one.
    pub(super) fn figures(&self) -> (usize, usize, usize) {
        let state = self.pool.state();
        (state.connections as usize, state.idle_connections as usize, self.waiting.load(Ordering::Relaxed))
    }

    pub(super) async fn read<T: Send + 'static>(
        &self,
        f: impl FnOnce(&mut Reader<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let this = self.clone();
        blocking(move || f(&mut Reader::new(&mut *this.connection()?))).await
    }

    pub(super) async fn write<T: Send + 'static>(
        &self,
        keys: Arc<Keys>,
        actor: Actor,
        keep: bool,
        mut f: impl FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let this = self.clone();
        blocking(move || {
            let mut connection = this.connection()?;
            let mut tries = 0;
            loop {
                tries += 1;
                match transaction(&mut connection, &keys, &actor, keep, &mut f) {
                    Err(problem) if problem.is_race() && tries < TRIES => {}
                    outcome => return outcome,
                }
            }
        })
        .await
    }

    /// Numbers and chains what was committed, as long as the database is in use. One sealer works at a time, whatever
    /// the number of instances.
    pub(super) fn seal_while(&self, keys: Arc<Keys>, in_use: impl Fn() -> bool + Send + 'static) {
        let this = self.clone();
        let run = move || {
            while in_use() {
                let sealed = this.connection().and_then(|mut connection| {
                    connection.batch_execute("BEGIN")?;
                    let sealed = audit::seal_pending(&mut connection, &keys);
                    connection.batch_execute(if sealed.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
                    sealed
                });
                match sealed {
                    Ok(count) if count >= 1000 => {}
                    Ok(_) => std::thread::sleep(Duration::from_millis(200)),
                    Err(problem) => {
                        tracing::warn!(%problem, "sealing the audit trail");
                        std::thread::sleep(Duration::from_secs(2));
                    }
                }
            }
        };
        if let Err(error) = std::thread::Builder::new().name("audit-sealer".into()).spawn(run) {
            tracing::error!(%error, "the audit sealer did not start");
        }
    }
}

fn transaction<T>(
    connection: &mut AnyConnection,
    keys: &Keys,
    actor: &Actor,
    keep: bool,
    f: &mut impl FnMut(&mut Tx<'_>) -> Result<T>,
) -> Result<T> {
    connection.batch_execute("BEGIN")?;
    let mut tx = Tx::new(connection, keys, actor);
    let outcome = f(&mut tx).and_then(|value| Ok((value, tx.finish(None)?)));
    match outcome {
        Ok((value, hooks)) if keep => {
            connection.batch_execute("COMMIT")?;
            tx::run(hooks);
            Ok(value)
        }
        other => {
            connection.batch_execute("ROLLBACK")?;
            other.map(|(value, _)| value)
        }
    }
}

async fn blocking<T: Send + 'static>(f: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    web::block(f).await.map_err(|_| Problem::internal("a database thread ended"))?
}
