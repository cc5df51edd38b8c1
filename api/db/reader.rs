//! Reading: what a query gets when it may change nothing.

use std::{
    any::TypeId,
    cell::{OnceCell, RefCell},
    collections::{HashMap, hash_map::Entry},
};

use chrono::NaiveDate;
use diesel::{
    QueryResult, RunQueryDsl,
    backend::Backend,
    query_builder::{AsQuery, AstPass, Query, QueryBuilder, QueryFragment, QueryId},
    query_dsl::methods::LoadQuery,
    result::OptionalExtension,
    sql_types::{BigInt, Binary, Date, Text, Untyped},
};

use super::{
    connection::{AnyConnection, MultiBackend},
    types::{Id, Instant},
};
use crate::http::Result;

/// A connection lent for reading. Inserts, updates and deletes of the DSL load no rows, so they cannot be passed
/// to it; they go through [`super::Tx`], which records them.
pub struct Reader<'c>(&'c mut AnyConnection);

impl<'c> Reader<'c> {
    pub(super) fn new(connection: &'c mut AnyConnection) -> Self {
        Self(connection)
    }

    /// All rows.
    pub fn load<'q, U, Q>(&mut self, query: Q) -> Result<Vec<U>>
    where
        Q: AsQuery,
        Kept<Q::Query>: LoadQuery<'q, AnyConnection, U>,
    {
        Ok(Kept::new(query).load(self.0)?)
    }

    /// The one row; 404 when there is none.
    pub fn one<'q, U, Q>(&mut self, query: Q) -> Result<U>
    where
        Q: AsQuery,
        Kept<Q::Query>: LoadQuery<'q, AnyConnection, U>,
    {
        Ok(Kept::new(query).get_result(self.0)?)
    }

    /// The row, if there is one. (`get_result`, not `first`: a bound `LIMIT` costs SQLite a new plan.)
    pub fn optional<'q, U, Q>(&mut self, query: Q) -> Result<Option<U>>
    where
        Q: AsQuery,
        Kept<Q::Query>: LoadQuery<'q, AnyConnection, U>,
    {
        Ok(Kept::new(query).get_result(self.0).optional()?)
    }

    pub fn is_postgres(&self) -> bool {
        matches!(self.0, AnyConnection::Postgres(_))
    }
}

type MultiQueryBuilder = <MultiBackend as Backend>::QueryBuilder;

thread_local! {
    /// SQL by the type of its query and whether it is for PostgreSQL.
    static TEXTS: RefCell<HashMap<(TypeId, bool), Box<str>>> = RefCell::default();
}

/// A query whose SQL is written once: for each thread where its type fixes it, for each execution where it does not
/// (boxed ones, lists of values). Diesel's own cache spares the database the parsing, but over two engines the text is put together anew at every
/// execution, three times; that took longer than a look-up by key.
pub struct Kept<Q> {
    query: Q,
    /// Of a query whose type does not fix it: for this execution.
    text: OnceCell<String>,
}

impl<Q> Kept<Q> {
    fn new(query: impl AsQuery<Query = Q>) -> Self {
        Self::statement(query.as_query())
    }

    pub(super) fn statement(query: Q) -> Self {
        Self { query, text: OnceCell::new() }
    }
}

impl<Q: QueryFragment<MultiBackend>> Kept<Q> {
    fn write(&self, backend: &MultiBackend) -> QueryResult<String> {
        let mut text = match backend {
            MultiBackend::Postgres(_) => MultiQueryBuilder::Postgres(Default::default()),
            MultiBackend::Sqlite(_) => MultiQueryBuilder::Sqlite(Default::default()),
        };
        self.query.to_sql(&mut text, backend)?;
        Ok(text.finish())
    }
}

impl<Q: QueryFragment<MultiBackend> + QueryId> QueryFragment<MultiBackend> for Kept<Q> {
    fn to_sql(&self, out: &mut MultiQueryBuilder, backend: &MultiBackend) -> QueryResult<()> {
        let Some(query) = Q::query_id() else {
            if self.text.get().is_none() {
                let _ = self.text.set(self.write(backend)?);
            }
            out.push_sql(self.text.get().map_or("", String::as_str));
            return Ok(());
        };
        let key = (query, matches!(backend, MultiBackend::Postgres(_)));
        TEXTS.with_borrow_mut(|texts| {
            let text = match texts.entry(key) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(place) => place.insert(self.write(backend)?.into()),
            };
            out.push_sql(text);
            Ok(())
        })
    }

    fn is_safe_to_cache_prepared(&self, backend: &MultiBackend) -> QueryResult<bool> {
        if Q::HAS_STATIC_QUERY_ID { Ok(true) } else { self.query.is_safe_to_cache_prepared(backend) }
    }

    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        self.query.walk_ast(pass)
    }
}

impl<Q: QueryId> QueryId for Kept<Q> {
    type QueryId = Q::QueryId;
    const HAS_STATIC_QUERY_ID: bool = Q::HAS_STATIC_QUERY_ID;
}

impl<Q: Query> Query for Kept<Q> {
    type SqlType = Q::SqlType;
}

impl<Q> RunQueryDsl<AnyConnection> for Kept<Q> {}

/// SQL by hand, for what the DSL cannot say, with `?` for each value on both engines. Unlike
/// `diesel::sql_query` it is prepared once for each connection. Constants only: never put input into the text.
pub struct Cached {
    sql: &'static str,
    values: Vec<Value>,
}

enum Value {
    Bytes(Vec<u8>),
    Text(String),
    Int(i64),
    Day(NaiveDate),
}

impl Cached {
    pub const fn sql(sql: &'static str) -> Self {
        Self { sql, values: Vec::new() }
    }

    #[must_use]
    pub fn id(self, id: Id) -> Self {
        self.bytes(id.as_bytes().to_vec())
    }

    #[must_use]
    pub fn bytes(mut self, bytes: Vec<u8>) -> Self {
        self.values.push(Value::Bytes(bytes));
        self
    }

    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.values.push(Value::Text(text.into()));
        self
    }

    #[must_use]
    pub fn int(mut self, int: i64) -> Self {
        self.values.push(Value::Int(int));
        self
    }

    #[must_use]
    pub fn instant(self, instant: Instant) -> Self {
        self.int(instant.millis())
    }

    #[must_use]
    pub fn day(mut self, day: NaiveDate) -> Self {
        self.values.push(Value::Day(day));
        self
    }
}

impl QueryFragment<MultiBackend> for Cached {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        let mut pieces = self.sql.split('?');
        pass.push_sql(pieces.next().unwrap_or_default());
        for (piece, value) in pieces.zip(&self.values) {
            match value {
                Value::Bytes(bytes) => pass.push_bind_param::<Binary, _>(bytes.as_slice())?,
                Value::Text(text) => pass.push_bind_param::<Text, _>(text.as_str())?,
                Value::Int(int) => pass.push_bind_param::<BigInt, _>(int)?,
                Value::Day(day) => pass.push_bind_param::<Date, _>(day)?,
            }
            pass.push_sql(piece);
        }
        Ok(())
    }
}

impl QueryId for Cached {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Cached {
    type SqlType = Untyped;
}

impl RunQueryDsl<AnyConnection> for Cached {}
