//! Files that hang on trainings, inspections and complaints.

use utoipa_actix_web::service_config::ServiceConfig;

use crate::code_lists::CodeList;

/// The enumerations of this module.
pub const CODE_LISTS: &[CodeList] = &[];

pub fn configure(_config: &mut ServiceConfig<'_>) {}
