//! How many members a unit has, kept up to date in the transaction of each change, for it and all above it.

use std::collections::HashMap;

use diesel::{ExpressionMethods, QueryDsl};

use super::model::MemberCounts;
use crate::{
    db::{Cached, Id, Reader, Tx, schema::unit_member_counts},
    http::Result,
};

/// Writers of PostgreSQL spread over this many rows a figure, so that they do not queue for the province's row.
const SLOTS: u32 = 16;

/// Adds `delta` members of this standing and kind to a unit and every unit above it.
pub fn add(tx: &mut Tx<'_>, unit_id: Id, status: &str, kind: &str, delta: i64) -> Result<()> {
    let slot = if tx.read().is_postgres() { i64::from(rand::random_range(0..SLOTS)) } else { 0 };
    tx.execute(
        Cached::sql(
            "INSERT INTO unit_member_counts (unit_id, status, kind, slot, member_count) \
             SELECT ancestor_id, ?, ?, ?, ? FROM unit_tree WHERE unit_id = ? ORDER BY ancestor_id \
             ON CONFLICT (unit_id, status, kind, slot) \
             DO UPDATE SET member_count = unit_member_counts.member_count + excluded.member_count",
        )
        .text(status)
        .text(kind)
        .int(slot)
        .int(delta)
        .id(unit_id),
    )?;
    Ok(())
}

/// All figures of a unit's subtree: (status, kind, count).
fn rows(reader: &mut Reader<'_>, unit_id: Id) -> Result<Vec<(String, String, i64)>> {
    reader.load(unit_member_counts::table.filter(unit_member_counts::unit_id.eq(unit_id)).select((
        unit_member_counts::status,
        unit_member_counts::kind,
        unit_member_counts::member_count,
    )))
}

/// Members of a subtree with one of these standings and kinds (none: of all kinds).
pub fn total(reader: &mut Reader<'_>, unit_id: Id, statuses: &[&str], kinds: &[&str]) -> Result<i64> {
    Ok(rows(reader, unit_id)?
        .iter()
        .filter(|(status, kind, _)| statuses.contains(&status.as_str()) && (kinds.is_empty() || kinds.contains(&kind.as_str())))
        .map(|(.., count)| count)
        .sum())
}

/// Active members of these subtrees by kind.
pub fn active(reader: &mut Reader<'_>, unit_ids: &[Id]) -> Result<HashMap<Id, MemberCounts>> {
    let rows: Vec<(Id, String, i64)> = reader.load(
        unit_member_counts::table
            .filter(unit_member_counts::unit_id.eq_any(unit_ids.to_vec()))
            .filter(unit_member_counts::status.eq("active"))
            .select((unit_member_counts::unit_id, unit_member_counts::kind, unit_member_counts::member_count)),
    )?;
    let mut found: HashMap<Id, MemberCounts> = HashMap::new();
    for (unit, kind, count) in rows {
        let counts = found.entry(unit).or_default();
        match kind.as_str() {
            "regular" => counts.regular_count += count,
            "honorary" => counts.honorary_count += count,
            _ => counts.ex_officio_count += count,
        }
    }
    Ok(found)
}
