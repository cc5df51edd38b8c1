//! The few pages that are for people and not for programs: what a problem means, and setting a password with a
//! one-time code. Small, without anything from elsewhere.

mod password;
mod problems;

use actix_web::web::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig) {
    problems::configure(config);
    password::configure(config);
}
