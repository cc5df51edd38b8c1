//! Units: the tree of the organisation, the ground floor that every other resource stands on.
//!
//! A unit has an id of its own. Its name, code, kind and parent are dated ([`store`] keeps today's copy beside the
//! periods), because official codes are re-used and the tree itself changed when the district level was abolished.

pub mod bodies;
pub mod counts;
pub mod external_ids;
mod model;
pub mod populations;
pub(crate) mod posts;
mod routes;
mod rules;
pub mod store;
pub mod supports;

pub use model::{Trait, Unit, UnitKind, UnitRef, UnitStatus};
pub use routes::configure;
#[cfg(test)]
pub(crate) use rules::same_posts;
