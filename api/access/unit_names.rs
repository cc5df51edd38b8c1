//! The units that roles are held in, in a few words. (The part `units` stands above this one, so it cannot be asked.)

use std::collections::HashMap;

use diesel::{ExpressionMethods, QueryDsl};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    db::{
        Id, Reader,
        schema::{unit_tree, units},
    },
    http::Result,
};

/// A unit in a few words.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct UnitName {
    pub id: Id,
    #[schema(example = "22330")]
    pub code: Option<String>,
    #[schema(example = "Phường Vĩnh Hải")]
    pub name: String,
    /// A code of the list `unit_kinds`.
    #[schema(example = "base")]
    pub kind: String,
}

/// The names of these units; one that is not there has none.
pub(super) fn find(reader: &mut Reader<'_>, mut ids: Vec<Id>) -> Result<HashMap<Id, UnitName>> {
    ids.sort_unstable();
    ids.dedup();
    type Row = (Id, Option<String>, String, String);
    let rows: Vec<Row> =
        reader.load(units::table.filter(units::id.eq_any(ids)).select((units::id, units::code, units::name, units::kind)))?;
    Ok(rows.into_iter().map(|(id, code, name, kind)| (id, UnitName { id, code, name, kind })).collect())
}

/// A unit and every unit above it.
pub(super) fn lineage(reader: &mut Reader<'_>, unit_id: Id) -> Result<Vec<Id>> {
    reader.load(unit_tree::table.filter(unit_tree::unit_id.eq(unit_id)).select(unit_tree::ancestor_id))
}

/// The top of the tree, if there is a tree yet.
pub(super) fn root(reader: &mut Reader<'_>) -> Result<Option<Id>> {
    let roots: Vec<Id> = reader.load(
        units::table.filter(units::parent_id.is_null()).order((units::founded_on.asc(), units::id.asc())).select(units::id),
    )?;
    Ok(roots.into_iter().next())
}
