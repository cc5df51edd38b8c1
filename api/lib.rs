//! hoicoso: the system of record of a mass organisation.
//!
//! The map, in reading order:

pub mod access;
pub mod app;
pub mod calendar;
pub mod cli;
pub mod code_lists;
pub mod config;
pub mod db;
pub mod demo;
pub mod docs;
pub mod health;
pub mod http;
pub mod keys;
pub mod members;
pub mod officers;
pub mod openapi;
mod pages;
pub mod text;
pub mod units;
