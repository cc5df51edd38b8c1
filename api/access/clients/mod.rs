//! Clients: the programs that ask for tokens. Front ends are public and act for their users; services are machines
//! that sign in themselves, with a secret or with keys of their own.

mod model;
mod routes;
pub(super) mod store;

pub use model::{ClientKind, ClientRow, NewClient};
pub use routes::configure;
pub(super) use store::ensure_our_own;
