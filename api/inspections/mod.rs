//! Inspections: planned, carried out, told to the unit, and followed up (domain guide 7.2).

use utoipa_actix_web::service_config::ServiceConfig;

use crate::{code_lists::CodeList, machine::AnyMachine};

/// The enumerations of this module.
pub const CODE_LISTS: &[CodeList] = &[];

/// Its state machines.
pub const MACHINES: &[&dyn AnyMachine] = &[];

pub fn configure(_config: &mut ServiceConfig<'_>) {}
