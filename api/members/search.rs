//! The name index: every member's folded name in memory, in name order, so that any part of a name is found by
//! one pass over a few megabytes that stops when the page is full.
//!
//! It holds no right and no truth: what it finds is read again from the database, narrowed by the caller's scope and
//! filters. Each instance keeps its own: at once for what it writes itself, within a second for what others write
//! ([`NameIndex::follow`] reads what the audit trail, numbered in commit order, names since).

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Arc, RwLock},
};

use diesel::{ExpressionMethods, QueryDsl};
use memchr::memmem::Finder;

use super::{model::MemberStatus, store::ByName};
use crate::{
    db::{
        Db, Id,
        schema::{audit_events, members, units},
    },
    http::Result,
    text,
};

/// Between two folded names; no folded name holds it.
const GAP: u8 = b'\n';
/// Rows read at a time at start.
const CHUNK: i64 = 10_000;
/// Entries of the audit trail followed at a time.
const STEP: i64 = 1000;

/// What the index knows of a member.
#[derive(Clone, Debug)]
pub struct Entry {
    pub id: Id,
    pub sort_key: Vec<u8>,
    pub search_name: String,
    pub status: MemberStatus,
    pub unit_id: Id,
}

type Columns = (Id, Vec<u8>, String, MemberStatus, Id);
const COLUMNS: (members::id, members::sort_key, members::search_name, members::status, members::unit_id) =
    (members::id, members::sort_key, members::search_name, members::status, members::unit_id);

/// The index of one instance.
#[derive(Clone, Default)]
pub struct NameIndex(Arc<RwLock<Inner>>);

#[derive(Default)]
struct Inner {
    sorted: Sorted,
    /// What changed since `sorted` was built, in the same order.
    recent: BTreeMap<ByName, Slim>,
    /// Where a member stands in `recent`.
    recent_keys: HashMap<Id, ByName>,
    /// Members of `sorted` that `recent` replaces.
    stale: HashSet<Id>,
    units: Units,
    /// Number of the last entry of the audit trail that was followed.
    seen: i64,
}

struct Slim {
    search_name: Box<str>,
    status: MemberStatus,
    unit: u32,
}

/// Sorted by name: one text, and beside it where each name begins.
#[derive(Default)]
struct Sorted {
    names: Vec<u8>,
    starts: Vec<u32>,
    keys: Vec<u8>,
    key_starts: Vec<u32>,
    members: Vec<(Id, u32, MemberStatus)>,
}

/// The tree, by small numbers.
#[derive(Default)]
struct Units {
    numbers: HashMap<Id, u32>,
    parents: Vec<Option<u32>>,
}

impl Units {
    fn number(&mut self, id: Id) -> u32 {
        let next = u32::try_from(self.parents.len()).unwrap_or(u32::MAX);
        *self.numbers.entry(id).or_insert_with(|| {
            self.parents.push(None);
            next
        })
    }

    fn place(&mut self, id: Id, parent: Option<Id>) {
        let number = self.number(id);
        let parent = parent.map(|parent| self.number(parent));
        self.parents[number as usize] = parent;
    }

    /// Whether `unit` is one of `tops` or stands below one.
    fn is_within(&self, mut unit: u32, tops: &[u32]) -> bool {
        loop {
            if tops.contains(&unit) {
                return true;
            }
            match self.parents.get(unit as usize) {
                Some(Some(parent)) => unit = *parent,
                _ => return false,
            }
        }
    }
}

impl Sorted {
    fn len(&self) -> usize {
        self.members.len()
    }

    fn key(&self, place: usize) -> &[u8] {
        let end = self.key_starts.get(place + 1).map_or(self.keys.len(), |end| *end as usize);
        &self.keys[self.key_starts[place] as usize..end]
    }

    fn name(&self, place: usize) -> &[u8] {
        let end = self.starts.get(place + 1).map_or(self.names.len(), |end| *end as usize - 1);
        &self.names[self.starts[place] as usize..end]
    }

    fn push(&mut self, key: &[u8], name: &[u8], member: (Id, u32, MemberStatus)) {
        let at = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        if !self.members.is_empty() {
            self.names.push(GAP);
        }
        self.starts.push(at(self.names.len()));
        self.names.extend_from_slice(name);
        self.key_starts.push(at(self.keys.len()));
        self.keys.extend_from_slice(key);
        self.members.push(member);
    }

    /// What was pushed in any order, in order.
    fn in_order(&self) -> Self {
        let mut order: Vec<usize> = (0..self.len()).collect();
        order.sort_unstable_by_key(|place| (self.key(*place), self.members[*place].0));
        let mut sorted = Self {
            names: Vec::with_capacity(self.names.len()),
            starts: Vec::with_capacity(self.len()),
            keys: Vec::with_capacity(self.keys.len()),
            key_starts: Vec::with_capacity(self.len()),
            members: Vec::with_capacity(self.len()),
        };
        for place in order {
            sorted.push(self.key(place), self.name(place), self.members[place]);
        }
        sorted
    }

    /// How many members come before this place in the list.
    fn rank(&self, (key, id): &(Vec<u8>, Id)) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            if (self.key(middle), &self.members[middle].0) < (key.as_slice(), id) { low = middle + 1 } else { high = middle }
        }
        low
    }
}

/// What is looked for.
pub struct Search<'s> {
    /// As typed; folded here.
    pub part: &'s str,
    pub tops: &'s [Id],
    pub statuses: &'s [MemberStatus],
    pub after: Option<&'s ByName>,
    pub descending: bool,
}

impl NameIndex {
    /// Reads all names.
    pub fn load(db: &Db) -> Result<Self> {
        // What is recorded from here on is followed, whether it is read below or not.
        let seen: Option<Option<i64>> =
            db.read_here(|reader| reader.optional(audit_events::table.select(diesel::dsl::max(audit_events::seq))))?;
        let mut inner = Inner { seen: seen.flatten().unwrap_or_default(), ..Inner::default() };
        let all: Vec<(Id, Option<Id>)> =
            db.read_here(|reader| reader.load(units::table.select((units::id, units::parent_id))))?;
        for (id, parent) in all {
            inner.units.place(id, parent);
        }
        let mut gathered = Sorted::default();
        let mut after = Id::nil();
        loop {
            let rows: Vec<Columns> = db.read_here(|reader| {
                reader.load(members::table.filter(members::id.gt(after)).order(members::id.asc()).limit(CHUNK).select(COLUMNS))
            })?;
            let Some(last) = rows.last() else { break };
            after = last.0;
            for (id, sort_key, search_name, status, unit_id) in rows {
                gathered.push(&sort_key, search_name.as_bytes(), (id, inner.units.number(unit_id), status));
            }
        }
        inner.sorted = gathered.in_order();
        Ok(Self(Arc::new(RwLock::new(inner))))
    }

    /// Takes in what other instances, or the command line, have written since.
    pub fn follow(&self, db: &Db) -> Result<()> {
        loop {
            let seen = self.0.read().unwrap_or_else(std::sync::PoisonError::into_inner).seen;
            let entries: Vec<(Option<i64>, String, Id)> = db.read_here(|reader| {
                reader.load(
                    audit_events::table.filter(audit_events::seq.gt(seen)).order(audit_events::seq.asc()).limit(STEP).select((
                        audit_events::seq,
                        audit_events::resource,
                        audit_events::resource_id,
                    )),
                )
            })?;
            let Some(last) = entries.last().and_then(|(seq, ..)| *seq) else { return Ok(()) };
            let of = |wanted: &str| -> Vec<Id> {
                entries.iter().filter(|(_, resource, _)| resource == wanted).map(|(.., id)| *id).collect()
            };
            let (changed_units, changed_members) = (of("units"), of("members"));
            let (parents, rows): (Vec<(Id, Option<Id>)>, Vec<Columns>) = db.read_here(|reader| {
                Ok((
                    reader.load(units::table.filter(units::id.eq_any(changed_units)).select((units::id, units::parent_id)))?,
                    reader.load(members::table.filter(members::id.eq_any(changed_members)).select(COLUMNS))?,
                ))
            })?;
            let mut inner = self.0.write().unwrap_or_else(std::sync::PoisonError::into_inner);
            for (id, parent) in parents {
                inner.units.place(id, parent);
            }
            for (id, sort_key, search_name, status, unit_id) in rows {
                inner.put(Entry { id, sort_key, search_name, status, unit_id });
            }
            inner.seen = last;
        }
    }

    /// Takes in one member as she is now.
    pub fn put(&self, entry: Entry) {
        self.0.write().unwrap_or_else(std::sync::PoisonError::into_inner).put(entry);
    }

    /// Ids in list order, at most `limit`, that match as far as the index knows.
    pub fn find(&self, search: &Search<'_>, limit: usize) -> Vec<ByName> {
        let inner = self.0.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        let part = text::search_form(search.part);
        let tops: Vec<u32> = search.tops.iter().filter_map(|id| inner.units.numbers.get(id).copied()).collect();
        if part.is_empty() || tops.is_empty() {
            return Vec::new();
        }
        let finder = Finder::new(part.as_bytes());
        let wanted = |unit: u32, status: MemberStatus| search.statuses.contains(&status) && inner.units.is_within(unit, &tops);
        let mut found = inner.in_sorted(&finder, search, limit, wanted);
        found.extend(inner.in_recent(&finder, search, limit, wanted));
        found.sort_unstable();
        if search.descending {
            found.reverse();
        }
        found.truncate(limit);
        found
    }
}

impl Inner {
    fn put(&mut self, entry: Entry) {
        let unit = self.units.number(entry.unit_id);
        if let Some(old) = self.recent_keys.remove(&entry.id) {
            self.recent.remove(&old);
        }
        self.stale.insert(entry.id);
        let key = (entry.sort_key, entry.id);
        self.recent_keys.insert(entry.id, key.clone());
        self.recent.insert(key, Slim { search_name: entry.search_name.into(), status: entry.status, unit });
        // Merged now and then: rarely enough that a write costs little, often enough that a search does.
        if self.recent.len() > 4096.max(self.sorted.len() / 16) {
            self.merge();
        }
    }

    fn in_sorted(
        &self,
        finder: &Finder<'_>,
        search: &Search<'_>,
        limit: usize,
        wanted: impl Fn(u32, MemberStatus) -> bool,
    ) -> Vec<ByName> {
        let sorted = &self.sorted;
        let take = |place: usize| {
            let (id, unit, status) = sorted.members[place];
            (wanted(unit, status) && !self.stale.contains(&id)).then(|| (sorted.key(place).to_vec(), id))
        };
        if search.descending {
            let end = search.after.map_or(sorted.len(), |after| sorted.rank(after));
            return (0..end)
                .rev()
                .filter(|place| finder.find(sorted.name(*place)).is_some())
                .filter_map(take)
                .take(limit)
                .collect();
        }
        let mut place = search.after.map_or(0, |after| {
            let rank = sorted.rank(after);
            rank + usize::from(rank < sorted.len() && sorted.members[rank].0 == after.1)
        });
        let mut found = Vec::new();
        while place < sorted.len() && found.len() < limit {
            let from = sorted.starts[place] as usize;
            let Some(hit) = finder.find(&sorted.names[from..]) else { break };
            let hit = u32::try_from(from + hit).unwrap_or(u32::MAX);
            // Common words hit the next name or one close by, rare ones far away.
            place += sorted.starts[place..].partition_point(|start| *start <= hit) - 1;
            found.extend(take(place));
            place += 1;
        }
        found
    }

    fn in_recent(
        &self,
        finder: &Finder<'_>,
        search: &Search<'_>,
        limit: usize,
        wanted: impl Fn(u32, MemberStatus) -> bool,
    ) -> Vec<ByName> {
        use std::ops::Bound::{Excluded, Unbounded};
        let matches = |(key, slim): (&ByName, &Slim)| {
            (finder.find(slim.search_name.as_bytes()).is_some() && wanted(slim.unit, slim.status)).then(|| key.clone())
        };
        match (search.after, search.descending) {
            (after, false) => {
                let from = after.map_or(Unbounded, |after| Excluded(after.clone()));
                self.recent.range((from, Unbounded)).filter_map(matches).take(limit).collect()
            }
            (after, true) => {
                let to = after.map_or(Unbounded, |after| Excluded(after.clone()));
                self.recent.range((Unbounded, to)).rev().filter_map(matches).take(limit).collect()
            }
        }
    }

    /// Puts `recent` into `sorted`: one pass over both.
    fn merge(&mut self) {
        let old = std::mem::take(&mut self.sorted);
        let mut merged = Sorted::default();
        let mut recent = std::mem::take(&mut self.recent).into_iter().peekable();
        for place in 0..old.len() {
            let member = old.members[place];
            if self.stale.contains(&member.0) {
                continue;
            }
            while let Some(((key, id), slim)) =
                recent.next_if(|((key, id), _)| (key.as_slice(), id) < (old.key(place), &member.0))
            {
                merged.push(&key, slim.search_name.as_bytes(), (id, slim.unit, slim.status));
            }
            merged.push(old.key(place), old.name(place), member);
        }
        for ((key, id), slim) in recent {
            merged.push(&key, slim.search_name.as_bytes(), (id, slim.unit, slim.status));
        }
        self.sorted = merged;
        self.recent_keys.clear();
        self.stale.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, unit: Id) -> Entry {
        Entry {
            id: Id::new(),
            sort_key: text::person_sort_key(name),
            search_name: text::search_form(name),
            status: MemberStatus::Active,
            unit_id: unit,
        }
    }

    fn search<'s>(part: &'s str, tops: &'s [Id], after: Option<&'s ByName>, descending: bool) -> Search<'s> {
        Search { part, tops, statuses: &[MemberStatus::Active], after, descending }
    }

    #[test]
    fn finds_by_any_part_in_name_order_within_a_subtree_before_and_after_merging() {
        let (province, here, there) = (Id::new(), Id::new(), Id::new());
        let index = NameIndex::default();
        {
            let mut inner = index.0.write().unwrap();
            inner.units.place(here, Some(province));
            inner.units.place(there, Some(province));
        }
        let names = ["Trần Thị Ánh", "Nguyễn Thị Hòa", "Lê Thị Hoa", "Phạm Hoàng Oanh", "Nguyễn Thị Bé"];
        for (number, name) in names.iter().enumerate() {
            index.put(entry(name, if number == 3 { there } else { here }));
        }
        for merged in [false, true] {
            if merged {
                index.0.write().unwrap().merge();
            }
            let all = index.find(&search("hoa", &[province], None, false), 10);
            assert_eq!(all.len(), 3, "merged: {merged}");
            assert_eq!(index.find(&search("hoa", &[here], None, false), 10).len(), 2);
            assert_eq!(index.find(&search("thị ho", &[province], None, false), 10).len(), 2);
            assert_eq!(index.find(&search("hoa", &[province], Some(&all[0]), false), 10), all[1..]);
            let mut turned = index.find(&search("hoa", &[province], None, true), 10);
            assert_eq!(index.find(&search("hoa", &[province], Some(&turned[0]), true), 10), turned[1..]);
            turned.reverse();
            assert_eq!(turned, all);
            assert!(index.find(&search("xyz", &[province], None, false), 10).is_empty());
        }
    }

    #[test]
    fn a_changed_member_is_found_as_she_is_now() {
        let unit = Id::new();
        let index = NameIndex::default();
        let mut member = entry("Nguyễn Thị Hòa", unit);
        index.put(member.clone());
        index.0.write().unwrap().merge();
        member.search_name = text::search_form("Nguyễn Thị Lan");
        member.sort_key = text::person_sort_key("Nguyễn Thị Lan");
        index.put(member);
        assert!(index.find(&search("hoa", &[unit], None, false), 10).is_empty());
        assert_eq!(index.find(&search("lan", &[unit], None, false), 10).len(), 1);
    }
}
