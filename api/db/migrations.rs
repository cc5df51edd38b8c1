//! The steps of the schema, compiled in: `migrations/sqlite` and `migrations/postgres`.

use diesel::{connection::SimpleConnection, pg::Pg, sqlite::Sqlite};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::connection::AnyConnection;
use crate::http::{Problem, Result};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Brings the schema up to date; the names of the steps that were run come back. Several instances may start at
/// once: on PostgreSQL one migrates and the others wait.
pub fn run(connection: &mut AnyConnection) -> Result<Vec<String>> {
    let fail = |error: Box<dyn std::error::Error + Send + Sync>| Problem::internal(format!("migration: {error}"));
    let names =
        |versions: Vec<diesel::migration::MigrationVersion<'_>>| versions.iter().map(ToString::to_string).collect::<Vec<_>>();
    match connection {
        AnyConnection::Sqlite(sqlite) => {
            MigrationHarness::<Sqlite>::run_pending_migrations(sqlite, SQLITE).map(names).map_err(fail)
        }
        AnyConnection::Postgres(postgres) => {
            postgres.batch_execute("SELECT pg_advisory_lock(7236828101)")?;
            let result = MigrationHarness::<Pg>::run_pending_migrations(postgres, POSTGRES).map(names).map_err(fail);
            postgres.batch_execute("SELECT pg_advisory_unlock(7236828101)")?;
            result
        }
    }
}

/// The names of steps that this program has and the database has not.
pub fn pending(connection: &mut AnyConnection) -> Result<Vec<String>> {
    let fail = |error: Box<dyn std::error::Error + Send + Sync>| Problem::internal(format!("migration: {error}"));
    Ok(match connection {
        AnyConnection::Sqlite(sqlite) => MigrationHarness::<Sqlite>::pending_migrations(sqlite, SQLITE)
            .map_err(fail)?
            .iter()
            .map(|migration| migration.name().to_string())
            .collect(),
        AnyConnection::Postgres(postgres) => MigrationHarness::<Pg>::pending_migrations(postgres, POSTGRES)
            .map_err(fail)?
            .iter()
            .map(|migration| migration.name().to_string())
            .collect(),
    })
}
