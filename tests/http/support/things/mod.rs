//! The larger resources, each with its things, its rows of the permission walk and its addresses.

pub mod attachments;
pub mod calendar;
pub mod complaints;
pub mod inspections;
pub mod trainings;
pub mod vault;
