//! What the stories are told with.

mod ask;
mod cast;
mod contract;
mod database;
mod operations;
mod server;
pub mod things;
pub mod walker;
mod world;

pub use ask::{Answer, Ask, Caller, Lang};
pub use cast::{PASSWORD, Side};
pub use contract::{CONTRACT, Operation, properties};
pub use database::{Database, Engine, engines, free_port};
pub use operations::{Outside, Who, body_for, missing_rows, path_for, row, rows};
pub use server::{Process, program};
pub use world::{World, on_both, on_both_twins, on_both_with};

/// A day so many days before today in Vietnam, as the API writes days.
pub fn days_ago(days: u64) -> String {
    (hoicoso::calendar::today() - chrono::Days::new(days)).to_string()
}

/// A day so many days after today.
pub fn days_ahead(days: u64) -> String {
    (hoicoso::calendar::today() + chrono::Days::new(days)).to_string()
}

/// A new UUID of version 7.
pub fn new_id() -> String {
    hoicoso::db::Id::new().to_string()
}
