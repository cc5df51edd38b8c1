//! What there is of calendar in every world, who may do what with it, and requests that are right.

use super::super::{
    ask::Caller,
    cast::{Cast, Side},
    contract::Operation,
    operations::Row,
    world::World,
};

/// One of each kind, in one place.
#[derive(Clone, Debug, Default)]
pub struct Things {}

impl Things {
    /// Ids of nothing.
    pub fn nowhere() -> Self {
        Self {}
    }
}

/// Makes them in the place of `side`, by `chair` (president there) and `board`; others enter by `cast::enter`.
pub async fn make(_world: &World, _cast: &mut Cast, _side: &Side, _chair: &Caller, _board: &Caller) -> Things {
    Things::nowhere()
}

pub fn rows() -> Vec<Row> {
    vec![]
}

/// Table and id of what the first parameter of an operation's path names; none: it is not ours.
pub fn named(_resource: &str, _operation: &Operation, _side: &Side, _cast: &Cast) -> Option<(&'static str, String)> {
    None
}
