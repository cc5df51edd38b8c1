//! Writing: the only thing that can insert, update or delete, and it insists on a record.

use diesel::{
    RunQueryDsl,
    connection::SimpleConnection,
    query_builder::{QueryFragment, QueryId},
};

use super::{
    audit::{self, Actor, Chain, Change},
    connection::{AnyConnection, MultiBackend},
    reader::{Cached, Kept, Reader},
    types::{Id, Instant},
};
use crate::{
    http::{Code, Problem, Result},
    keys::Keys,
};

/// An open transaction.
pub struct Tx<'c> {
    connection: &'c mut AnyConnection,
    keys: &'c Keys,
    actor: &'c Actor,
    now: Instant,
    changes: Vec<Change>,
    after_commit: Hooks,
    /// The database has taken the whole transaction back by itself: nothing more is written in it.
    lost: bool,
}

/// What is left to do once a transaction is on disk.
pub(super) type Hooks = Vec<Box<dyn FnOnce() + Send>>;

/// Does it. One that panics harms neither the others nor the thread of the writer.
pub(super) fn run(hooks: Hooks) {
    for hook in hooks {
        if std::panic::catch_unwind(std::panic::AssertUnwindSafe(hook)).is_err() {
            tracing::error!("what was to be done after a commit panicked");
        }
    }
}

/// How a write stands to others at the same time. SQLite has one writer anyway; on PostgreSQL a check and the row
/// written upon it are only sure when nobody writes what was checked in between.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Turn {
    /// Beside everything: its own rows are guarded by their version or a unique key.
    Free,
    /// Beside others of its kind, and never beside one that is alone.
    Shared,
    /// With nobody beside it but what is free.
    Alone,
}

impl<'c> Tx<'c> {
    pub(super) fn new(connection: &'c mut AnyConnection, keys: &'c Keys, actor: &'c Actor) -> Self {
        Self { connection, keys, actor, now: Instant::now(), changes: Vec::new(), after_commit: Vec::new(), lost: false }
    }

    /// The moment of the transaction: one for all its rows.
    pub const fn now(&self) -> Instant {
        self.now
    }

    pub const fn keys(&self) -> &Keys {
        self.keys
    }

    pub const fn actor(&self) -> &Actor {
        self.actor
    }

    /// What is there, as this transaction sees it.
    pub fn read(&mut self) -> Reader<'_> {
        Reader::new(self.connection)
    }

    /// Records a change. Statements that carry it out follow by [`Tx::execute`].
    pub fn record(&mut self, change: Change) {
        self.changes.push(change);
    }

    /// The unit of what was recorded first: the deed itself; what follows from it may lie elsewhere.
    pub(crate) fn recorded_unit(&self) -> Option<Id> {
        self.changes.first().and_then(|change| change.unit_id)
    }

    /// Carries out a statement of a recorded change; refused when nothing has been recorded yet.
    pub fn execute<S>(&mut self, statement: S) -> Result<usize>
    where
        S: QueryFragment<MultiBackend> + QueryId,
    {
        if self.changes.is_empty() {
            return Err(Problem::internal("a write without a record"));
        }
        self.keep(statement)
    }

    /// Bookkeeping that is no change of the union's records: sessions, tokens, stored answers.
    pub(crate) fn keep<S>(&mut self, statement: S) -> Result<usize>
    where
        S: QueryFragment<MultiBackend> + QueryId,
    {
        self.check_not_lost()?;
        Kept::statement(statement).execute(self.connection).map_err(|error| {
            self.lost = !is_open(self.connection);
            error.into()
        })
    }

    /// Waits for its turn; asked for first, before anything is read.
    pub(crate) fn wait_for(&mut self, turn: Turn) -> Result<()> {
        if let AnyConnection::Postgres(_) = self.connection {
            let lock = match turn {
                Turn::Free => return Ok(()),
                Turn::Shared => "SELECT pg_advisory_xact_lock_shared(7236828103)",
                Turn::Alone => "SELECT pg_advisory_xact_lock(7236828103)",
            };
            Cached::sql(lock).execute(self.connection)?;
        }
        Ok(())
    }

    fn check_not_lost(&self) -> Result<()> {
        if self.lost { Err(Problem::new(Code::Unavailable)) } else { Ok(()) }
    }

    /// Runs `f` so that its failure takes back its own rows only, and the transaction goes on.
    pub fn nested<T>(&mut self, f: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.check_not_lost()?;
        let (changes, hooks) = (self.changes.len(), self.after_commit.len());
        self.connection.batch_execute("SAVEPOINT part")?;
        let outcome = f(self);
        let end = if outcome.is_ok() { "RELEASE SAVEPOINT part" } else { "ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part" };
        // A savepoint that is not there any more went with the whole transaction.
        self.connection.batch_execute(end).inspect_err(|_| self.lost = true)?;
        if outcome.is_err() {
            self.changes.truncate(changes);
            self.after_commit.truncate(hooks);
        }
        outcome
    }

    /// Runs once the transaction is on disk; not at all when it is rolled back.
    pub fn after_commit(&mut self, action: impl FnOnce() + Send + 'static) {
        self.after_commit.push(Box::new(action));
    }

    /// Writes the record; what is left to do after the commit comes back.
    pub(super) fn finish(self, chain: Option<&mut Chain>) -> Result<Hooks> {
        self.check_not_lost()?;
        audit::append(self.connection, self.keys, self.actor, self.now, self.changes, chain)?;
        Ok(self.after_commit)
    }
}

/// Whether the transaction is still there. When the disk is full or fails, SQLite may take it back as a whole, and each
/// later statement would be kept by itself.
fn is_open(connection: &mut AnyConnection) -> bool {
    if let AnyConnection::Postgres(_) = connection {
        return true;
    }
    // Refused inside a transaction, and only there.
    let gone = connection.batch_execute("BEGIN").is_ok();
    if gone {
        let _ = connection.batch_execute("ROLLBACK");
    }
    !gone
}
