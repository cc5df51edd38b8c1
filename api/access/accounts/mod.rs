//! Accounts: the people who sign in.
//!
//! Given and kept by IT administrators, never by the one it belongs to: nobody changes her own account or rights.
//! A new account has no password; its owner sets one with a one-time code.

mod model;
mod routes;
pub(super) mod store;

pub use model::{AccountRow, AccountStatus, NewAccount, Reason};
pub use routes::configure;
