//! SQLite: readers on their own connections, one writer that commits in groups.

use std::{
    cell::RefCell,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicUsize, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    time::{Duration, Instant as Clock},
};

use diesel::{Connection as _, RunQueryDsl, SqliteConnection, connection::SimpleConnection};
use tokio::sync::oneshot;

use super::{
    audit::{Actor, Chain},
    connection::AnyConnection,
    reader::{Cached, Kept, Reader},
    tx::{self, Hooks, Tx},
    types::Instant,
};
use crate::{
    http::{Code, Problem, Result},
    keys::Keys,
};

/// How many writes may share one commit: bounds how long the first of them waits for its company.
const GROUP: usize = 128;
/// How long the first of a group may wait for as many as the last group had.
const COMPANY: Duration = Duration::from_millis(1);
/// How many writes may queue before callers wait at the door.
const QUEUE: usize = 1024;

type Finish = Box<dyn FnOnce(bool) + Send>;
type Job = Box<dyn FnOnce(&mut AnyConnection, &mut Chain) -> (Finish, Group) + Send>;

/// What a write leaves of the transaction that it shares with others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Group {
    Open,
    /// SQLite has taken it back as a whole, as it may when the disk is full or fails.
    Lost,
}

/// What can be seen of the writer from outside.
#[derive(Default)]
struct Watch {
    /// Writes that wait; taken out may count before put in.
    waiting: AtomicI64,
    /// When a whole group was last lost, in milliseconds; 0: never.
    failed_at: AtomicI64,
}

pub(super) struct Sqlite {
    path: Arc<str>,
    /// Tells the connections of several databases in one process apart.
    number: usize,
    queue: SyncSender<Job>,
    watch: Arc<Watch>,
}

thread_local! {
    static READERS: RefCell<Vec<(usize, AnyConnection)>> = const { RefCell::new(Vec::new()) };
}

impl Sqlite {
    pub(super) fn open(path: &str) -> Result<Self> {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let writer = connect(path, Mode::Write)?;
        let (queue, jobs) = sync_channel(QUEUE);
        let watch = Arc::<Watch>::default();
        let watched = watch.clone();
        std::thread::Builder::new()
            .name("sqlite-writer".into())
            .spawn(move || write_loop(writer, &jobs, &watched))
            .map_err(Problem::internal)?;
        Ok(Self { path: path.into(), number: NUMBER.fetch_add(1, Ordering::Relaxed), queue, watch })
    }

    /// How many writes wait for the writer.
    pub(super) fn waiting(&self) -> usize {
        usize::try_from(self.watch.waiting.load(Ordering::Relaxed)).unwrap_or(0)
    }

    /// When writing last failed as a whole.
    pub(super) fn failed_at(&self) -> Instant {
        Instant::from_millis(self.watch.failed_at.load(Ordering::Relaxed))
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
            let (outcome, group) = in_savepoint(connection, chain, &keys, &actor, keep, &mut f);
            let finish: Finish = Box::new(move |committed| {
                let _ = answer.send(match outcome {
                    Ok((value, hooks)) if committed => {
                        tx::run(hooks);
                        Ok(value)
                    }
                    Err(problem) if committed => Err(problem),
                    // A refusal, too, may rest on what is not there after all.
                    _ => Err(Problem::new(Code::Unavailable)),
                });
            });
            (finish, group)
        });
        let mut job = job;
        loop {
            match self.queue.try_send(job) {
                Ok(()) => {
                    self.watch.waiting.fetch_add(1, Ordering::Relaxed);
                    break;
                }
                Err(std::sync::mpsc::TrySendError::Full(back)) => {
                    job = back;
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
                Err(std::sync::mpsc::TrySendError::Disconnected(_)) => {
                    return Err(Problem::internal("the writer has ended"));
                }
            }
        }
        answered.await.map_err(|_| Problem::new(Code::Unavailable))?
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

fn write_loop(mut connection: AnyConnection, jobs: &Receiver<Job>, watch: &Watch) {
    let taken = |job| {
        watch.waiting.fetch_sub(1, Ordering::Relaxed);
        job
    };
    // How many wrote together the last time. Callers who were answered together come back together: waiting a moment for
    // as many spares a flush to disk in two. Whoever writes alone never waits.
    let mut company = 1;
    while let Ok(first) = jobs.recv().map(taken) {
        let opened = connection.batch_execute("BEGIN IMMEDIATE").map_err(Problem::from);
        let mut chain = match opened.and_then(|()| Chain::load(&mut connection)) {
            Ok(chain) => chain,
            Err(problem) => {
                tracing::error!(%problem, "cannot begin a write transaction");
                watch.failed_at.store(Instant::now().millis(), Ordering::Relaxed);
                let _ = connection.batch_execute("ROLLBACK");
                // The job was not run: dropping it answers its caller with an error.
                continue;
            }
        };
        let mut finish = Vec::new();
        let (mut group, mut next) = (Group::Open, Some(first));
        let latest = Clock::now() + COMPANY;
        while let Some(job) = next {
            let (done, left) = job(&mut connection, &mut chain);
            finish.push(done);
            group = left;
            next = if group != Group::Open || finish.len() >= GROUP {
                None
            } else if finish.len() < company {
                jobs.recv_timeout(latest.saturating_duration_since(Clock::now())).ok().map(taken)
            } else {
                jobs.try_recv().ok().map(taken)
            };
        }
        company = finish.len();
        let committed = match group {
            Group::Open => {
                connection.batch_execute("COMMIT").inspect_err(|error| tracing::error!(%error, "a commit failed")).is_ok()
            }
            Group::Lost => false,
        };
        if !committed {
            tracing::error!(writes = finish.len(), "a group of writes was taken back");
            watch.failed_at.store(Instant::now().millis(), Ordering::Relaxed);
            let _ = connection.batch_execute("ROLLBACK");
        }
        for finish in finish {
            finish(committed);
        }
    }
}

/// A statement of every write, parsed once.
fn step(connection: &mut AnyConnection, sql: &'static str) -> Result<()> {
    Kept::statement(Cached::sql(sql)).execute(connection)?;
    Ok(())
}

/// One write of a group: its failure undoes its own rows only.
fn in_savepoint<T>(
    connection: &mut AnyConnection,
    chain: &mut Chain,
    keys: &Keys,
    actor: &Actor,
    keep: bool,
    f: &mut impl FnMut(&mut Tx<'_>) -> Result<T>,
) -> (Result<(T, Hooks)>, Group) {
    if let Err(problem) = step(connection, "SAVEPOINT one") {
        return (Err(problem), Group::Lost);
    }
    let mut extended = chain.clone();
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let mut tx = Tx::new(connection, keys, actor);
        let value = f(&mut tx)?;
        let hooks = tx.finish(Some(&mut extended))?;
        Ok((value, hooks))
    }))
    .unwrap_or_else(|_| Err(Problem::internal("a write panicked")));
    let kept = keep && outcome.is_ok();
    // The savepoint is only missing when the whole transaction is: a new one must not be built on its chain.
    let undone = if kept { Ok(()) } else { step(connection, "ROLLBACK TO one") };
    if let Err(problem) = undone.and_then(|()| step(connection, "RELEASE one")) {
        return (Err(problem), Group::Lost);
    }
    if kept {
        *chain = extended;
        (outcome, Group::Open)
    } else {
        (outcome.map(|(value, _)| (value, Hooks::new())), Group::Open)
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    use diesel::{ExpressionMethods, QueryDsl, TextExpressionMethods};
    use futures_util::future::join_all;

    use super::*;
    use crate::db::{Change, Db, Engine, Id, schema::settings};

    fn database(folder: &tempfile::TempDir) -> Db {
        let keys = Keys::from_base64(&URL_SAFE_NO_PAD.encode([7; 32])).unwrap();
        Db::open(&format!("sqlite:{}", folder.path().join("test.db").display()), 1, Arc::new(keys)).unwrap()
    }

    /// Has the writer run a statement of its own.
    fn tell_writer(db: &Db, sql: String) {
        let Engine::Sqlite(sqlite) = &*db.engine else { unreachable!() };
        let (done, wait) = sync_channel(1);
        let job: Job = Box::new(move |connection, _| {
            connection.batch_execute(&sql).unwrap();
            (Box::new(move |_| done.send(()).unwrap()), Group::Open)
        });
        sqlite.watch.waiting.fetch_add(1, Ordering::Relaxed);
        sqlite.queue.try_send(job).unwrap_or_else(|_| panic!("the writer is there"));
        wait.recv().unwrap();
    }

    /// A recorded write of one large row.
    fn put(tx: &mut Tx<'_>, name: &str) -> Result<()> {
        tx.record(Change::new("put", "settings", Id::new(), 1));
        let row = (settings::name.eq(name), settings::value.eq("x".repeat(3000)));
        tx.execute(diesel::insert_into(settings::table).values(row)).map(|_| ())
    }

    /// The disk fills up in the middle of groups: what was acknowledged is there, nothing that was refused is, each row
    /// has its entry, and the chain is whole. Once there is room again, everything goes on.
    #[test]
    fn a_full_disk_loses_nothing_that_was_acknowledged_and_keeps_nothing_that_was_refused() {
        let folder = tempfile::tempdir().unwrap();
        let db = database(&folder);
        actix_web::rt::System::new().block_on(async {
            let (mut kept, mut refused) = (Vec::new(), Vec::new());
            for room in [150, 300, 450] {
                // A limit below what is there means what is there.
                tell_writer(&db, format!("PRAGMA max_page_count = {room}"));
                let writes = (0..400).map(|number| {
                    let (db, name) = (db.clone(), format!("full.{room}.{number}"));
                    async move {
                        let mine = name.clone();
                        let outcome = db
                            .write(Actor::system("test"), move |tx| match number % 3 {
                                0 => put(tx, &mine),
                                // As a batch does it: each part by itself, and a failed one spoils no other.
                                1 => {
                                    let done =
                                        (0..3).map(|part| tx.nested(|tx| put(tx, &format!("{mine}.{part}")))).collect::<Vec<_>>();
                                    done.into_iter().collect()
                                }
                                // Carelessly: goes on after a failure.
                                _ => {
                                    let first = put(tx, &format!("{mine}.a"));
                                    let _ = put(tx, &mine);
                                    first
                                }
                            })
                            .await;
                        (name, outcome)
                    }
                });
                for (name, outcome) in join_all(writes).await {
                    match outcome {
                        Ok(()) => kept.push(name),
                        Err(problem) => {
                            assert_eq!(problem.code(), Code::Unavailable, "{problem}");
                            refused.push(name);
                        }
                    }
                }
            }
            assert!(!kept.is_empty() && refused.len() > 100, "{} kept, {} refused", kept.len(), refused.len());
            assert!(Instant::now().millis() - db.writing_failed_at().millis() < 60_000);
            let names: Vec<String> = db
                .read_here(|reader| reader.load(settings::table.filter(settings::name.like("full.%")).select(settings::name)))
                .unwrap();
            let own = |name: &str, row: &str| row == name || row.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
            for name in &kept {
                assert!(names.iter().any(|row| own(name, row)), "{name} was acknowledged and is gone");
            }
            for name in &refused {
                assert!(!names.iter().any(|row| own(name, row)), "{name} was refused and is there");
            }
            let verified = db.verify(None).unwrap().unwrap();
            assert_eq!(verified.head.seq as usize, names.len(), "each row has its entry, each entry its row");

            tell_writer(&db, "PRAGMA max_page_count = 1000000".into());
            db.write(Actor::system("test"), |tx| put(tx, "after")).await.unwrap();
            assert_eq!(db.verify(None).unwrap().unwrap().head.seq, verified.head.seq + 1);
            assert_eq!(db.load().waiting, 0);
        });
    }

    #[test]
    fn what_panics_after_a_commit_does_not_end_the_writer() {
        let folder = tempfile::tempdir().unwrap();
        let db = database(&folder);
        actix_web::rt::System::new().block_on(async {
            for name in ["one", "two"] {
                db.write(Actor::system("test"), move |tx| {
                    tx.after_commit(|| panic!("on purpose"));
                    put(tx, name)
                })
                .await
                .unwrap();
            }
            assert_eq!(db.verify(None).unwrap().unwrap().head.seq, 2);
        });
    }
}
