//! Complaints: every petition from the day it comes in, with its clocks and its silence (domain guide 6.4, 7.3).

mod lint;
mod tokens;
pub(crate) mod vault;

use utoipa_actix_web::service_config::ServiceConfig;

use crate::{code_lists::CodeList, machine::AnyMachine};

/// The enumerations of this module.
pub const CODE_LISTS: &[CodeList] = &[];

/// Its state machines.
pub const MACHINES: &[&dyn AnyMachine] = &[];

pub fn configure(_config: &mut ServiceConfig<'_>) {}
