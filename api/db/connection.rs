//! One connection type over both databases.

use diesel::{PgConnection, SqliteConnection};

/// A connection to either database; queries are written once, in Diesel's DSL.
#[derive(diesel::MultiConnection)]
pub enum AnyConnection {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}
