//! Files that hang on other records: trainings, inspections, complaints, and what else [`owners`] names.
//!
//! In the order in which a file passes through: [`spool`] takes what is sent and puts it aside; [`kinds`] finds out what it
//! is; [`strip`] takes out what it tells of whoever made it; [`seal`] encrypts it on its way into its [`place`]; [`store`]
//! writes its row; [`scan`] asks whether it is clean. [`files`] has the whole of it, [`routes`] the doors.
//!
//! A file has no rights of its own: who may see or change what it hangs on may do so with the file.

mod files;
mod kinds;
mod machine;
mod model;
mod names;
mod owners;
mod place;
mod routes;
mod scan;
mod seal;
mod spool;
mod store;
mod strip;

pub use files::Files;
pub(crate) use files::Planted;
pub(crate) use place::is_store_key;
pub(crate) use routes::configure;

use crate::{code_lists::CodeList, machine::AnyMachine};

/// The enumerations of this module.
pub const CODE_LISTS: &[CodeList] =
    &[owners::AttachmentOwner::LIST, model::AttachmentStatus::LIST, kinds::Kind::LIST, strip::AttachmentCleaning::LIST];

/// The life of a file.
pub const MACHINES: &[&dyn AnyMachine] = &[&machine::MACHINE];
