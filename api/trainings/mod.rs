//! Trainings: what officers need to learn, what is planned and held for them, and who has completed what (domain guide 7.1).

use utoipa_actix_web::service_config::ServiceConfig;

use crate::{code_lists::CodeList, machine::AnyMachine};

/// The enumerations of this module.
pub const CODE_LISTS: &[CodeList] = &[];

/// Its state machines.
pub const MACHINES: &[&dyn AnyMachine] = &[];

pub fn configure(_config: &mut ServiceConfig<'_>) {}
