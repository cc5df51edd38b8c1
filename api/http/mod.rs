//! How every endpoint speaks: problems, bodies, parameters, pages, versions, idempotency, languages.

mod allowed;
pub mod answer;
mod body;
mod command;
mod locale;
pub mod page;
mod problem;
mod query;
mod schema;
mod speak;

pub use allowed::AllowedAction;
pub use answer::Answer;
pub use body::{Body, Json, NoBody, Patch, check, read_value, rule};
pub use command::{Command, Given, KEPT_SECONDS, Warning};
pub use locale::{Locale, Text};
pub use page::{Listing, Page};
pub use problem::{Code, FieldError, Problem, Result};
pub use query::{NoFilters, Paging, Query, Shape, nearest, unknown_value};
pub use schema::ProblemBody;
pub use speak::{ExtraHeaders, Spoken, speak};
