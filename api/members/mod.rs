//! Members: the roll. Admit, correct, move, leave, pass away, come back; nothing that was is overwritten.
//!
//! [`rules`] says what may stand on the roll, [`life`] carries changes out and [`reversal`] takes them back, [`known`]
//! tells who is there already, [`store`] reads, [`search`] finds names.

mod actions;
pub mod birth;
mod known;
mod life;
mod model;
pub mod national_id;
mod numbers;
pub mod phone;
mod reversal;
mod routes;
mod rules;
pub mod search;
pub mod store;

pub use model::{
    AdmissionKind, DepartureKind, Member, MemberEventKind, MemberKind, MemberRow, MemberStatus, ResidenceKind, Sex, SpecialGroup,
};
pub use routes::configure;
pub use search::NameIndex;
