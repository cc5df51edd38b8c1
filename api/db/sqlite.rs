//! SQLite: readers on their own connections, one writer that commits in groups.

use std::{
    cell::RefCell,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
};

use diesel::{Connection as _, RunQueryDsl, SqliteConnection, connection::SimpleConnection};
use tokio::sync::oneshot;

use super::{
    audit::{Actor, Chain},
    connection::AnyConnection,
    reader::{Cached, Kept, Reader},
    tx::Tx,
};
use crate::{
    http::{Code, Problem, Result},
    keys::Keys,
};

/// How many writes may share one commit: bounds how long the first of them waits for its company.
const GROUP: usize = 128;
/// How many writes may queue before callers wait at the door.
const QUEUE: usize = 1024;

type Finish = Box<dyn FnOnce(bool) + Send>;
type Job = Box<dyn FnOnce(&mut AnyConnection, &mut Chain) -> Finish + Send>;

pub(super) struct Sqlite {
    path: Arc<str>,
    /// Tells the connections of several databases in one process apart.
    number: usize,
    queue: SyncSender<Job>,
}

thread_local! {
    static READERS: RefCell<Vec<(usize, AnyConnection)>> = const { RefCell::new(Vec::new()) };
}

impl Sqlite {
    pub(super) fn open(path: &str) -> Result<Self> {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let writer = connect(path, Mode::Write)?;
        let (queue, jobs) = sync_channel(QUEUE);
        std::thread::Builder::new()
            .name("sqlite-writer".into())
            .spawn(move || write_loop(writer, &jobs))
            .map_err(Problem::internal)?;
        Ok(Self { path: path.into(), number: NUMBER.fetch_add(1, Ordering::Relaxed), queue })
    }

    /// Runs on this thread, on its own connection.
    pub(super) fn read<T>(&self, f: impl FnOnce(&mut Reader<'_>) -> Result<T>) -> Result<T> {
        READERS.with_borrow_mut(|readers| {
            let place = match readers.iter().position(|(number, _)| *number == self.number) {
                Some(place) => place,
                None => {
                    readers.push((self.number, connect(&self.path, Mode::Read)?));
                    readers.len() - 1
                }
            };
            f(&mut Reader::new(&mut readers[place].1))
        })
    }

    /// Queues a write; the answer comes when it is on disk.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        keys: Arc<Keys>,
        actor: Actor,
        keep: bool,
        mut f: impl FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |connection, chain| {
            let outcome = in_savepoint(connection, chain, &keys, &actor, keep, &mut f);
            Box::new(move |committed| {
                let _ = answer.send(match outcome {
                    Ok((value, hooks)) if committed => {
                        hooks.into_iter().for_each(|hook| hook());
                        Ok(value)
                    }
                    Ok(_) => Err(Problem::new(Code::Unavailable)),
                    Err(problem) => Err(problem),
                });
            })
        });
        let mut job = job;
        loop {
            match self.queue.try_send(job) {
                Ok(()) => break,
                Err(std::sync::mpsc::TrySendError::Full(back)) => {
                    job = back;
                    tokio::time::sleep(std::time::Duration::from_millis(1)).await;
                }
                Err(std::sync::mpsc::TrySendError::Disconnected(_)) => {
                    return Err(Problem::internal("the writer has ended"));
                }
            }
        }
        answered.await.map_err(|_| Problem::internal("the writer gave no answer"))?
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Read,
    Write,
}

/// A connection with the settings of this service: write-ahead log, and every commit flushed to disk before it
/// is acknowledged (`synchronous=FULL`), so that a power cut loses nothing that was acknowledged.
pub(super) fn connect(path: &str, mode: Mode) -> Result<AnyConnection> {
    let mut connection =
        SqliteConnection::establish(path).map_err(|error| Problem::internal(format!("opening {path}: {error}")))?;
    connection.batch_execute(
        "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
         PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;",
    )?;
    connection.batch_execute(match mode {
        Mode::Read => "PRAGMA cache_size = -4000; PRAGMA query_only = ON;",
        // A checkpoint writes each changed page once, however often it was changed since the last: 32 MB of log before the
        // next. (The write-ahead log itself is flushed at every commit.)
        Mode::Write => "PRAGMA cache_size = -16000; PRAGMA wal_autocheckpoint = 8000;",
    })?;
    Ok(AnyConnection::Sqlite(connection))
}

fn write_loop(mut connection: AnyConnection, jobs: &Receiver<Job>) {
    while let Ok(first) = jobs.recv() {
        let opened = connection.batch_execute("BEGIN IMMEDIATE").map_err(Problem::from);
        let mut chain = match opened.and_then(|()| Chain::load(&mut connection)) {
            Ok(chain) => chain,
            Err(problem) => {
                tracing::error!(%problem, "cannot begin a write transaction");
                let _ = connection.batch_execute("ROLLBACK");
                // The job was not run: dropping it answers its caller with an error.
                continue;
            }
        };
        let mut finish = vec![first(&mut connection, &mut chain)];
        while finish.len() < GROUP
            && let Ok(job) = jobs.try_recv()
        {
            finish.push(job(&mut connection, &mut chain));
        }
        let committed = connection.batch_execute("COMMIT");
        if let Err(error) = &committed {
            tracing::error!(%error, "a commit failed");
            let _ = connection.batch_execute("ROLLBACK");
        }
        for finish in finish {
            finish(committed.is_ok());
        }
    }
}

/// A statement of every write, parsed once.
fn step(connection: &mut AnyConnection, sql: &'static str) -> Result<()> {
    Kept::statement(Cached::sql(sql)).execute(connection)?;
    Ok(())
}

type Hooks = Vec<Box<dyn FnOnce() + Send>>;

/// One write of a group: its failure undoes its own rows only.
fn in_savepoint<T>(
    connection: &mut AnyConnection,
    chain: &mut Chain,
    keys: &Keys,
    actor: &Actor,
    keep: bool,
    f: &mut impl FnMut(&mut Tx<'_>) -> Result<T>,
) -> Result<(T, Hooks)> {
    step(connection, "SAVEPOINT one")?;
    let mut extended = chain.clone();
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let mut tx = Tx::new(connection, keys, actor);
        let value = f(&mut tx)?;
        let hooks = tx.finish(Some(&mut extended))?;
        Ok((value, hooks))
    }))
    .unwrap_or_else(|_| Err(Problem::internal("a write panicked")));
    match outcome {
        Ok((value, hooks)) if keep => {
            step(connection, "RELEASE one")?;
            *chain = extended;
            Ok((value, hooks))
        }
        other => {
            connection.batch_execute("ROLLBACK TO one; RELEASE one")?;
            other.map(|(value, _)| (value, Hooks::new()))
        }
    }
}
