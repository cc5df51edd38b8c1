//! Role assignments: what an account or a service client is trusted with, in which unit, from a day to a day.

mod model;
mod routes;
pub(super) mod store;

pub use model::{Ending, NewRoleAssignment, RoleAssignmentRow, RoleAssignmentStatus};
pub use routes::configure;
pub(super) use routes::not_oneself;
