//! hoicoso: the system of record of a mass organisation.
//!
//! The map, in reading order:

pub mod access;
pub mod app;
pub mod attachments;
pub mod calendar;
pub mod cli;
pub mod code_lists;
pub mod complaints;
pub mod config;
pub mod db;
pub mod demo;
pub mod docs;
pub mod health;
pub mod http;
pub mod inspections;
pub mod keys;
pub mod machine;
pub mod members;
pub mod officers;
pub mod openapi;
mod pages;
mod tasks;
pub mod text;
pub mod trainings;
pub mod units;
