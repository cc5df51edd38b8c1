//! Writing: the only thing that can insert, update or delete, and it insists on a record.

use diesel::{RunQueryDsl, connection::SimpleConnection, query_dsl::methods::ExecuteDsl};

use super::{
    audit::{self, Actor, Chain, Change},
    connection::AnyConnection,
    reader::Reader,
    types::{Id, Instant},
};
use crate::{
    http::{Problem, Result},
    keys::Keys,
};

/// An open transaction.
pub struct Tx<'c> {
    connection: &'c mut AnyConnection,
    keys: &'c Keys,
    actor: &'c Actor,
    now: Instant,
    changes: Vec<Change>,
    after_commit: Vec<Box<dyn FnOnce() + Send>>,
}

impl<'c> Tx<'c> {
    pub(super) fn new(connection: &'c mut AnyConnection, keys: &'c Keys, actor: &'c Actor) -> Self {
        Self { connection, keys, actor, now: Instant::now(), changes: Vec::new(), after_commit: Vec::new() }
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
        S: ExecuteDsl<AnyConnection>
            + RunQueryDsl<AnyConnection>
            + diesel::query_builder::QueryFragment<super::connection::MultiBackend>
            + diesel::query_builder::QueryId,
    {
        if self.changes.is_empty() {
            return Err(Problem::internal("a write without a record"));
        }
        Ok(RunQueryDsl::execute(statement, self.connection)?)
    }

    /// Bookkeeping that is no change of the union's records: sessions, tokens, stored answers.
    pub(crate) fn keep<S>(&mut self, statement: S) -> Result<usize>
    where
        S: ExecuteDsl<AnyConnection>
            + RunQueryDsl<AnyConnection>
            + diesel::query_builder::QueryFragment<super::connection::MultiBackend>
            + diesel::query_builder::QueryId,
    {
        Ok(RunQueryDsl::execute(statement, self.connection)?)
    }

    /// Runs `f` so that its failure takes back its own rows only, and the transaction goes on.
    pub fn nested<T>(&mut self, f: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let (changes, hooks) = (self.changes.len(), self.after_commit.len());
        self.connection.batch_execute("SAVEPOINT part")?;
        let outcome = f(self);
        if outcome.is_ok() {
            self.connection.batch_execute("RELEASE SAVEPOINT part")?;
        } else {
            self.connection.batch_execute("ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part")?;
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
    pub(super) fn finish(self, chain: Option<&mut Chain>) -> Result<Vec<Box<dyn FnOnce() + Send>>> {
        audit::append(self.connection, self.keys, self.actor, self.now, self.changes, chain)?;
        Ok(self.after_commit)
    }
}
