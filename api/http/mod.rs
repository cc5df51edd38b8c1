//! How every endpoint speaks: problems, bodies, parameters, pages, versions, idempotency, languages.

mod advice;
mod allowed;
pub mod answer;
mod body;
mod command;
pub mod ical;
mod json;
mod kept;
mod locale;
pub mod page;
mod prefer;
mod problem;
mod query;
mod refusals;
mod schema;
mod shape;
mod speak;
mod visit;
mod whole;

pub use allowed::AllowedAction;
pub use answer::Answer;
pub use body::{Body, Json, NoBody, Patch, Streamed, check, rule};
pub use command::{Command, Given, Warning};
pub use kept::KEPT_SECONDS;
pub use locale::{Locale, Text};
pub use page::{Listing, Page};
pub use problem::{Code, FieldError, Problem, Result};
pub use query::{Bare, List, NoFilters, Object, Paging, Query, Shape, nearest, unknown_value};
pub use refusals::{NotChanged, NotMade, NotTaken, NotThere};
pub use schema::ProblemBody;
pub use shape::read_value;
pub use speak::{ExtraHeaders, Spoken, speak};
pub use visit::Visit;
pub use whole::Whole;
