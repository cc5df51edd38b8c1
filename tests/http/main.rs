//! Everything through the front door: the real service over HTTP, on SQLite and on PostgreSQL.
//!
//! One binary, so that the service is linked once. `support` gives each test a world of its own: a small province with
//! its people and accounts, in a database that was copied from one made once. Every answer that passes through its
//! client is held against the API description.

mod support;

mod access;
mod attachments;
mod audit;
mod bad_input;
mod calendar;
mod command_line;
mod complaints;
mod conditions;
mod deadlines;
mod demo;
mod durability;
mod engines;
mod inspections;
mod leaks;
mod members;
mod officers;
mod openapi;
mod paging;
mod permissions;
mod public;
mod races;
mod silence;
mod supports;
mod trainings;
mod transport;
mod units;
mod vault;
