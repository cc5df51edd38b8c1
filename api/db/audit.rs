//! The audit trail: one row for each change, in the transaction of the change, numbered and hash-chained in
//! commit order. Append-only; the change feed and every export read this one trail.

use std::{fmt, str::FromStr};

use chrono::NaiveDate;
use diesel::{ExpressionMethods, Insertable, QueryDsl, Queryable, RunQueryDsl, Selectable, SelectableHelper};
use serde_json::{Map, Value, json};

use super::{
    connection::AnyConnection,
    reader::{Cached, Kept},
    schema::audit_events,
    types::{Id, Instant},
};
use crate::{
    http::Result,
    keys::{Keys, Purpose, digest},
};

/// What kind of caller acted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ActorKind {
    Account,
    Service,
    /// The service itself, or its command line.
    System,
    Anonymous,
}

impl ActorKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Service => "service",
            Self::System => "system",
            Self::Anonymous => "anonymous",
        }
    }
}

/// Who does it, in which role, through which program, in which request.
#[derive(Clone, Debug)]
pub struct Actor {
    pub kind: ActorKind,
    pub id: Option<Id>,
    pub role: Option<String>,
    pub client_id: Option<String>,
    pub request_id: String,
}

impl Actor {
    /// The service itself: migrations, demonstration data, the command line.
    pub fn system(what: &str) -> Self {
        Self { kind: ActorKind::System, id: None, role: None, client_id: None, request_id: what.into() }
    }
}

/// One change of one object. `before` and `after` are its JSON forms; what differs is what is recorded.
#[derive(Clone, Debug)]
pub struct Change {
    pub action: &'static str,
    pub resource: &'static str,
    pub id: Id,
    pub version: i64,
    /// Where it happened; scopes who may read the entry.
    pub unit_id: Option<Id>,
    pub effective_on: Option<NaiveDate>,
    pub reason: Option<String>,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

impl Change {
    pub fn new(action: &'static str, resource: &'static str, id: Id, version: i64) -> Self {
        Self { action, resource, id, version, unit_id: None, effective_on: None, reason: None, before: None, after: None }
    }

    #[must_use]
    pub fn at(mut self, unit_id: Id) -> Self {
        self.unit_id = Some(unit_id);
        self
    }

    #[must_use]
    pub fn on(mut self, day: NaiveDate) -> Self {
        self.effective_on = Some(day);
        self
    }

    #[must_use]
    pub fn because(mut self, reason: Option<String>) -> Self {
        self.reason = reason;
        self
    }

    #[must_use]
    pub fn before(mut self, value: &impl serde::Serialize) -> Self {
        self.before = serde_json::to_value(value).ok();
        self
    }

    #[must_use]
    pub fn after(mut self, value: &impl serde::Serialize) -> Self {
        self.after = serde_json::to_value(value).ok();
        self
    }

    /// Field by field: the names that differ, and both values of each. `version` and times say nothing here.
    fn differences(&self) -> (Vec<String>, Value) {
        let [before, after] = [&self.before, &self.after].map(|value| value.as_ref().and_then(Value::as_object));
        let of = |object: Option<&'_ Map<String, Value>>, name: &str| object.and_then(|object| object.get(name)).cloned();
        let mut names: Vec<String> = [before, after]
            .into_iter()
            .flatten()
            .flat_map(Map::keys)
            .filter(|name| !matches!(name.as_str(), "version" | "created_at" | "updated_at"))
            .filter(|name| of(before, name).unwrap_or_default() != of(after, name).unwrap_or_default())
            .cloned()
            .collect();
        names.sort_unstable();
        names.dedup();
        let pick = |from: Option<&Map<String, Value>>| -> Map<String, Value> {
            names.iter().filter_map(|name| Some((name.clone(), of(from, name)?))).collect()
        };
        let values = json!({ "before": pick(before), "after": pick(after) });
        (names, values)
    }
}

#[derive(Insertable, Queryable, Selectable, Clone)]
#[diesel(table_name = audit_events, treat_none_as_default_value = false)]
struct Row {
    id: Id,
    seq: Option<i64>,
    hash: Option<Vec<u8>>,
    recorded_at: Instant,
    effective_on: Option<NaiveDate>,
    action: String,
    resource: String,
    resource_id: Id,
    resource_version: i64,
    unit_id: Option<Id>,
    actor_kind: String,
    actor_id: Option<Id>,
    actor_role: Option<String>,
    client_id: Option<String>,
    request_id: String,
    reason: Option<String>,
    changed_fields: String,
    changes_sealed: Option<Vec<u8>>,
    changes_digest: Option<Vec<u8>>,
}

impl Row {
    /// The link after `previous`: covers every column but the sealed text, of which it covers the digest. Keyed, so that
    /// whoever can write the database cannot make a chain of her own.
    fn link(&self, keys: &Keys, previous: &[u8]) -> [u8; 32] {
        // An array of the columns. Ids, days and texts always are JSON.
        let head = serde_json::to_string(&(
            self.id,
            self.recorded_at.millis(),
            self.effective_on,
            &self.action,
            &self.resource,
            self.resource_id,
            self.resource_version,
            self.unit_id,
            &self.actor_kind,
            self.actor_id,
            &self.actor_role,
            &self.client_id,
            &self.request_id,
            &self.reason,
            &self.changed_fields,
        ))
        .unwrap_or_default();
        let covered = digest(&[previous, head.as_bytes(), self.changes_digest.as_deref().unwrap_or_default()]);
        keys.mac(Purpose::AuditChain, &covered)
    }
}

/// The end of the chain: number and hash of the last sealed row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chain {
    seq: i64,
    hash: Vec<u8>,
}

impl Chain {
    pub(super) fn load(connection: &mut AnyConnection) -> Result<Self> {
        let last: Vec<(Option<i64>, Option<Vec<u8>>)> = audit_events::table
            .filter(audit_events::seq.is_not_null())
            .order(audit_events::seq.desc())
            .select((audit_events::seq, audit_events::hash))
            .limit(1)
            .load(connection)?;
        Ok(match last.into_iter().next() {
            Some((Some(seq), Some(hash))) => Self { seq, hash },
            _ => Self { seq: 0, hash: Vec::new() },
        })
    }

    fn extend(&mut self, keys: &Keys, row: &mut Row) {
        self.hash = row.link(keys, &self.hash).to_vec();
        self.seq += 1;
        row.seq = Some(self.seq);
        row.hash = Some(self.hash.clone());
    }
}

/// Writes the rows of one transaction; with a chain (SQLite's one writer) they are sealed at once.
pub(super) fn append(
    connection: &mut AnyConnection,
    keys: &Keys,
    actor: &Actor,
    now: Instant,
    changes: Vec<Change>,
    mut chain: Option<&mut Chain>,
) -> Result<()> {
    for change in changes {
        let id = Id::new();
        let (names, values) = change.differences();
        let sealed = (!names.is_empty()).then(|| keys.seal(Purpose::AuditChanges, values.to_string().as_bytes(), id.as_bytes()));
        let mut row = Row {
            id,
            seq: None,
            hash: None,
            recorded_at: now,
            effective_on: change.effective_on,
            action: change.action.into(),
            resource: change.resource.into(),
            resource_id: change.id,
            resource_version: change.version,
            unit_id: change.unit_id,
            actor_kind: actor.kind.as_str().into(),
            actor_id: actor.id,
            actor_role: actor.role.clone(),
            client_id: actor.client_id.clone(),
            request_id: actor.request_id.clone(),
            reason: change.reason,
            changed_fields: json!(names).to_string(),
            changes_digest: sealed.as_ref().map(|text| digest(&[text]).to_vec()),
            changes_sealed: sealed,
        };
        if let Some(chain) = chain.as_deref_mut() {
            chain.extend(keys, &mut row);
        }
        Kept::statement(diesel::insert_into(audit_events::table).values(&row)).execute(connection)?;
    }
    Ok(())
}

/// Entries of what was written without a [`super::Tx`], in the transaction that is open on the connection: bulk loading
/// before anything else writes. On SQLite they are sealed at once.
pub(crate) fn record(connection: &mut AnyConnection, keys: &Keys, actor: &Actor, changes: Vec<Change>) -> Result<()> {
    let mut chain = match connection {
        AnyConnection::Sqlite(_) => Some(Chain::load(connection)?),
        AnyConnection::Postgres(_) => None,
    };
    append(connection, keys, actor, Instant::now(), changes, chain.as_mut())
}

/// Numbers and chains what has been committed since (PostgreSQL). Only rows of transactions that everybody can
/// see are taken, so that a slow transaction is never overtaken. Returns how many were sealed.
///
/// Call it inside a transaction; a second sealer waits for the first.
pub fn seal_pending(connection: &mut AnyConnection, keys: &Keys) -> Result<usize> {
    #[derive(diesel::QueryableByName)]
    struct Pending {
        #[diesel(sql_type = diesel::sql_types::Binary)]
        id: Id,
    }
    Cached::sql("SELECT pg_advisory_xact_lock(7236828102)").execute(connection)?;
    let pending: Vec<Pending> = Cached::sql(
        "SELECT id FROM audit_events WHERE seq IS NULL \
         AND xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint ORDER BY ord LIMIT 1000",
    )
    .load(connection)?;
    if pending.is_empty() {
        return Ok(0);
    }
    let mut chain = Chain::load(connection)?;
    for Pending { id } in &pending {
        let mut row: Row = audit_events::table.find(id).select(Row::as_select()).get_result(connection)?;
        chain.extend(keys, &mut row);
        diesel::update(audit_events::table.find(id))
            .set((audit_events::seq.eq(row.seq), audit_events::hash.eq(row.hash)))
            .execute(connection)?;
    }
    Ok(pending.len())
}

/// Entries of a database that came out of a backup carry transaction numbers of another server, which say nothing here:
/// those not yet sealed are everybody's to see.
pub(crate) fn adopt_unsealed(connection: &mut AnyConnection) -> Result<()> {
    Cached::sql("UPDATE audit_events SET xid = 0 WHERE seq IS NULL").execute(connection)?;
    Ok(())
}

/// A place in the chain, as it is written down outside the database: `1204:9f86d081…`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuditPoint {
    pub seq: i64,
    hash: Vec<u8>,
}

impl fmt::Display for AuditPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.seq)?;
        self.hash.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for AuditPoint {
    type Err = &'static str;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        let wrong = "SEQ:HASH";
        let (seq, hex) = text.trim().split_once(':').ok_or(wrong)?;
        let seq = seq.parse().map_err(|_| wrong)?;
        let byte = |place: usize| hex.get(place..place + 2).and_then(|two| u8::from_str_radix(two, 16).ok()).ok_or(wrong);
        let hash = (0..hex.len()).step_by(2).map(byte).collect::<std::result::Result<Vec<u8>, _>>()?;
        if hash.len() == 32 { Ok(Self { seq, hash }) } else { Err(wrong) }
    }
}

/// A trail of which every entry is whole.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verified {
    /// The number of entries, and the link of the last. Written down elsewhere, it tells later whether the end was cut off.
    pub head: AuditPoint,
    /// Entries that wait for their number.
    pub unsealed: i64,
}

/// Where the chain breaks.
#[derive(Debug, PartialEq, Eq)]
pub enum AuditFault {
    /// A number is missing: rows were cut out.
    Gap { after: i64 },
    /// The row or one before it was changed, or sealed with another key.
    Hash { seq: i64 },
    /// The sealed text does not match its digest.
    Digest { seq: i64 },
    /// The trail does not lead through the point that was written down: its end was cut off, or it is another one.
    Point { seq: i64 },
}

/// Walks the whole trail, and looks whether it leads through a point that was written down before.
pub fn verify(
    reader: &mut super::Reader<'_>,
    keys: &Keys,
    through: Option<&AuditPoint>,
) -> Result<std::result::Result<Verified, AuditFault>> {
    let (mut seq, mut hash) = (0, Vec::new());
    let mut passed = through.is_none();
    loop {
        let rows: Vec<Row> = reader.load(
            audit_events::table
                .filter(audit_events::seq.gt(seq))
                .order(audit_events::seq.asc())
                .limit(1000)
                .select(Row::as_select()),
        )?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            if row.seq != Some(seq + 1) {
                return Ok(Err(AuditFault::Gap { after: seq }));
            }
            seq += 1;
            if let (Some(sealed), Some(kept)) = (&row.changes_sealed, &row.changes_digest)
                && digest(&[sealed]).as_slice() != kept.as_slice()
            {
                return Ok(Err(AuditFault::Digest { seq }));
            }
            let link = row.link(keys, &hash);
            if row.hash.as_deref() != Some(link.as_slice()) {
                return Ok(Err(AuditFault::Hash { seq }));
            }
            hash = link.to_vec();
            passed |= through.is_some_and(|point| point.seq == seq && point.hash == hash);
        }
    }
    if let Some(point) = through.filter(|_| !passed) {
        return Ok(Err(AuditFault::Point { seq: point.seq }));
    }
    let unsealed = reader.one(audit_events::table.filter(audit_events::seq.is_null()).count())?;
    Ok(Ok(Verified { head: AuditPoint { seq, hash }, unsealed }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_is_read_as_it_is_written() {
        let point = AuditPoint { seq: 1204, hash: (0..32).collect() };
        assert_eq!(point.to_string().parse(), Ok(point.clone()));
        assert_eq!(format!(" {point}\n").parse(), Ok(point));
        for wrong in
            ["", "1204", "1204:", "1204:9f86", "x:00", &format!("1:{}", "0g".repeat(32)), &format!("1:{}", "é".repeat(32))]
        {
            assert!(wrong.parse::<AuditPoint>().is_err(), "{wrong}");
        }
    }
}
