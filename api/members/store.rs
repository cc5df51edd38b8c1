//! Reading members: every query that shows somebody narrows itself by a [`Scope`].

use std::collections::{HashMap, HashSet};

use chrono::Datelike;
use diesel::{BoolExpressionMethods, ExpressionMethods, JoinOnDsl, QueryDsl, SelectableHelper, dsl::exists};

use super::{
    birth::BirthDate,
    model::{CorePeriod, MemberEvent, MemberEventKind, MemberFilters, MemberRow, MemberStatus},
    rules,
    search::{NameIndex, Search},
};
use crate::{
    access::{Scope, View},
    db::{
        Id, Reader,
        schema::{core_periods, member_events, member_special_groups, member_tree, members, unit_tree, units as units_table},
    },
    http::{Page, Problem, Result},
    text, units,
};

/// Place in a list by name: collation key, then id.
pub type ByName = (Vec<u8>, Id);

/// One member, and how much of her the caller sees.
pub fn find(reader: &mut Reader<'_>, scope: &Scope, id: Id) -> Result<(MemberRow, View)> {
    // One statement for the common caller, whose right comes from one unit: the scope is part of the look-up.
    if let [grant] = scope.grants()
        && let Some(root) = grant.root
    {
        let row = reader.one(
            members::table
                .inner_join(unit_tree::table.on(unit_tree::unit_id.eq(members::unit_id)))
                .filter(members::id.eq(id))
                .filter(unit_tree::ancestor_id.eq(root))
                .select(MemberRow::as_select()),
        )?;
        return Ok((row, grant.view));
    }
    let row: MemberRow = reader.one(members::table.find(id).select(MemberRow::as_select()))?;
    let lineage = units::store::lineage(reader, row.unit_id)?;
    let view = scope.view_at(&lineage).ok_or_else(Problem::not_found)?;
    Ok((row, view))
}

/// Tops of the subtrees a list covers: the scope, narrowed to `within`. None of them stands below another. Empty: the
/// caller has nothing there.
pub fn tops(reader: &mut Reader<'_>, scope: &Scope, within: Option<Id>) -> Result<Vec<Id>> {
    let Some(roots) = scope.roots() else {
        return match within {
            Some(unit) => Ok(vec![unit]),
            None => reader.load(units_table::table.filter(units_table::parent_id.is_null()).select(units_table::id)),
        };
    };
    if let Some(unit) = within {
        let lineage = units::store::lineage(reader, unit)?;
        if roots.iter().any(|root| lineage.contains(root)) {
            return Ok(vec![unit]);
        }
    }
    let mut tops = Vec::new();
    for root in &roots {
        let lineage = units::store::lineage(reader, *root)?;
        let below_another = lineage.iter().any(|above| above != root && roots.contains(above));
        if !below_another && within.is_none_or(|unit| lineage.contains(&unit)) {
            tops.push(*root);
        }
    }
    Ok(tops)
}

/// A page of members by name.
pub fn list(
    reader: &mut Reader<'_>,
    scope: &Scope,
    index: &NameIndex,
    filters: &MemberFilters,
    after: Option<ByName>,
    descending: bool,
    limit: i64,
) -> Result<Page<MemberRow, ByName>> {
    let tops = tops(reader, scope, filters.within)?;
    // Each standing once: a subtree is read once for each.
    let mut statuses = if filters.status.is_empty() { vec![MemberStatus::Active] } else { filters.status.clone() };
    statuses.sort_unstable();
    statuses.dedup();
    let walk = Walk { tops: &tops, statuses: &statuses, descending, limit };
    let total = total(reader, &tops, &statuses, filters)?;
    let page = if filters.q.is_some() || has_columns(filters) {
        sift(reader, index, &walk, filters, after)?
    } else {
        Page::of(in_order(reader, &walk, after)?, limit, place, None)
    };
    Ok(Page { total, ..page })
}

/// Where a list leads.
struct Walk<'w> {
    /// None of them stands below another.
    tops: &'w [Id],
    statuses: &'w [MemberStatus],
    descending: bool,
    limit: i64,
}

impl Walk<'_> {
    /// The place before the first: no sort key begins with a byte of all ones.
    fn edge(&self) -> ByName {
        (if self.descending { vec![u8::MAX] } else { Vec::new() }, Id::nil())
    }
}

fn place(row: &MemberRow) -> ByName {
    (row.sort_key.clone(), row.id)
}

/// How many there are, where the kept figures tell; else nothing, for counting would cost more than the page.
fn total(reader: &mut Reader<'_>, tops: &[Id], statuses: &[MemberStatus], filters: &MemberFilters) -> Result<Option<i64>> {
    let MemberFilters {
        within: _,
        status: _,
        kind,
        unit: None,
        q: None,
        is_core: None,
        special_group,
        verified_before: None,
        joined_from: None,
        joined_to: None,
        updated_since: None,
    } = filters
    else {
        return Ok(None);
    };
    if !special_group.is_empty() {
        return Ok(None);
    }
    let statuses: Vec<&str> = statuses.iter().map(|status| status.as_str()).collect();
    let kinds: Vec<&str> = kind.iter().map(|kind| kind.as_str()).collect();
    let mut sum = 0;
    for top in tops {
        sum += units::counts::total(reader, *top, &statuses, &kinds)?;
    }
    Ok(Some(sum))
}

/// Whether [`narrowed`] drops rows. A new filter does not compile until its place here is found.
fn has_columns(filters: &MemberFilters) -> bool {
    let MemberFilters {
        within: _,
        status: _,
        q: _,
        kind,
        unit,
        is_core,
        special_group,
        verified_before,
        joined_from,
        joined_to,
        updated_since,
    } = filters;
    !kind.is_empty()
        || unit.is_some()
        || is_core.is_some()
        || !special_group.is_empty()
        || verified_before.is_some()
        || joined_from.is_some()
        || joined_to.is_some()
        || updated_since.is_some()
}

/// The filters that are columns of the row, on any query over `members`.
macro_rules! narrowed {
    ($query:expr, $filters:expr) => {{
        let (mut query, filters) = ($query, $filters);
        if let Some(unit) = filters.unit {
            query = query.filter(members::unit_id.eq(unit));
        }
        if !filters.kind.is_empty() {
            query = query.filter(members::kind.eq_any(filters.kind.clone()));
        }
        if let Some(is_core) = filters.is_core {
            query = query.filter(members::is_core.eq(is_core));
        }
        if !filters.special_group.is_empty() {
            query = query.filter(exists(
                member_special_groups::table
                    .filter(member_special_groups::member_id.eq(members::id))
                    .filter(member_special_groups::group_code.eq_any(filters.special_group.clone()))
                    .filter(member_special_groups::valid_to.is_null()),
            ));
        }
        if let Some(day) = filters.verified_before {
            query = query.filter(members::last_verified_on.is_null().or(members::last_verified_on.lt(day)));
        }
        if let Some(day) = filters.joined_from {
            query = query.filter(members::joined_on.ge(day));
        }
        if let Some(day) = filters.joined_to {
            query = query.filter(members::joined_on.le(day));
        }
        if let Some(moment) = filters.updated_since {
            query = query.filter(members::updated_at.ge(moment));
        }
        query
    }};
}

/// By name: an index range for each subtree and standing, merged.
fn in_order(reader: &mut Reader<'_>, walk: &Walk<'_>, after: Option<ByName>) -> Result<Vec<MemberRow>> {
    let (key, id) = after.unwrap_or_else(|| walk.edge());
    let mut rows: Vec<MemberRow> = Vec::new();
    for top in walk.tops {
        for status in walk.statuses {
            let range = member_tree::table
                .inner_join(members::table.on(members::id.eq(member_tree::member_id)))
                .filter(member_tree::unit_id.eq(*top))
                .filter(member_tree::status.eq(*status))
                .select(MemberRow::as_select())
                .limit(walk.limit + 1);
            // The first condition lets the index begin at the place; the second drops what stood there before it.
            let found: Vec<MemberRow> = if walk.descending {
                reader.load(
                    range
                        .filter(member_tree::sort_key.le(&key))
                        .filter(member_tree::sort_key.lt(&key).or(member_tree::member_id.lt(id)))
                        .order((member_tree::sort_key.desc(), member_tree::member_id.desc())),
                )?
            } else {
                reader.load(
                    range
                        .filter(member_tree::sort_key.ge(&key))
                        .filter(member_tree::sort_key.gt(&key).or(member_tree::member_id.gt(id)))
                        .order((member_tree::sort_key.asc(), member_tree::member_id.asc())),
                )?
            };
            rows.extend(found);
        }
    }
    if walk.tops.len() * walk.statuses.len() > 1 {
        sort(&mut rows, walk.descending, |row| (&row.sort_key, row.id));
        rows.truncate(usize::try_from(walk.limit + 1).unwrap_or(usize::MAX));
    }
    Ok(rows)
}

/// As [`in_order`], but only the places, `count` of them.
fn places(reader: &mut Reader<'_>, walk: &Walk<'_>, after: Option<&ByName>, count: usize) -> Result<Vec<ByName>> {
    let edge = walk.edge();
    let (key, id) = after.unwrap_or(&edge);
    let mut places: Vec<ByName> = Vec::new();
    for top in walk.tops {
        for status in walk.statuses {
            let range = member_tree::table
                .filter(member_tree::unit_id.eq(*top))
                .filter(member_tree::status.eq(*status))
                .select((member_tree::sort_key, member_tree::member_id))
                .limit(i64::try_from(count).unwrap_or(i64::MAX));
            let found: Vec<ByName> = if walk.descending {
                reader.load(
                    range
                        .filter(member_tree::sort_key.le(key))
                        .filter(member_tree::sort_key.lt(key).or(member_tree::member_id.lt(*id)))
                        .order((member_tree::sort_key.desc(), member_tree::member_id.desc())),
                )?
            } else {
                reader.load(
                    range
                        .filter(member_tree::sort_key.ge(key))
                        .filter(member_tree::sort_key.gt(key).or(member_tree::member_id.gt(*id)))
                        .order((member_tree::sort_key.asc(), member_tree::member_id.asc())),
                )?
            };
            places.extend(found);
        }
    }
    sort(&mut places, walk.descending, |(key, id)| (key, *id));
    places.truncate(count);
    Ok(places)
}

fn sort<T>(rows: &mut [T], descending: bool, place: impl Fn(&T) -> (&Vec<u8>, Id)) {
    rows.sort_unstable_by(|a, b| {
        let order = place(a).cmp(&place(b));
        if descending { order.reverse() } else { order }
    });
}

/// How many are looked at in one round, where filters may drop most of them, and how many rounds a page may take: it then
/// comes back short, with the place to go on from. So a request costs the same however few there are to be found.
const ROUND: usize = 512;
const ROUNDS: usize = 8;

/// What passes the filters: the name index or the tree propose places in order, the database decides.
fn sift(
    reader: &mut Reader<'_>,
    index: &NameIndex,
    walk: &Walk<'_>,
    filters: &MemberFilters,
    mut after: Option<ByName>,
) -> Result<Page<MemberRow, ByName>> {
    let Walk { tops, statuses, descending, limit } = *walk;
    let wanted = usize::try_from(limit + 1).unwrap_or(usize::MAX);
    let round = if has_columns(filters) { ROUND.max(wanted) } else { wanted };
    let mut rows: Vec<MemberRow> = Vec::new();
    for _ in 0..ROUNDS {
        let proposed = match &filters.q {
            Some(part) => index.find(&Search { part, tops, statuses, after: after.as_ref(), descending }, round),
            None => places(reader, walk, after.as_ref(), round)?,
        };
        let exhausted = proposed.len() < round;
        after = proposed.last().cloned();
        let ids: Vec<Id> = proposed.into_iter().map(|(_, id)| id).collect();
        let query = narrowed!(
            members::table
                .filter(members::id.eq_any(ids))
                .filter(members::status.eq_any(statuses.to_vec()))
                // A look-up for each of them; as a join, SQLite may begin with all units of the subtree.
                .filter(exists(
                    unit_tree::table
                        .filter(unit_tree::unit_id.eq(members::unit_id))
                        .filter(unit_tree::ancestor_id.eq_any(tops.to_vec()))
                ))
                .select(MemberRow::as_select())
                .into_boxed(),
            filters
        );
        let mut found: Vec<MemberRow> = reader.load(query)?;
        if let Some(part) = &filters.q {
            let pattern = text::search_form(part);
            found.retain(|row| row.search_name.contains(&pattern));
        }
        sort(&mut found, descending, |row| (&row.sort_key, row.id));
        rows.extend(found);
        if exhausted || rows.len() >= wanted {
            return Ok(Page::of(rows, limit, place, None));
        }
    }
    Ok(Page { items: rows, next: after, total: None })
}

/// Members within the scope who carry this number, active or not.
pub fn by_national_id(reader: &mut Reader<'_>, scope: &Scope, hash: &[u8]) -> Result<Vec<MemberRow>> {
    let rows = reader.load(members::table.filter(members::national_id_hash.eq(hash)).select(MemberRow::as_select()).limit(20))?;
    visible(reader, scope, rows)
}

/// Members within the scope with this phone; families share them.
pub fn by_phone(reader: &mut Reader<'_>, scope: &Scope, phone: &str) -> Result<Vec<MemberRow>> {
    let rows = reader.load(members::table.filter(members::phone.eq(phone)).select(MemberRow::as_select()).limit(200))?;
    visible(reader, scope, rows)
}

/// Members within the scope of these standings with this folded name, who may be born on that day: one may be known by
/// her year only.
pub fn look_alikes(
    reader: &mut Reader<'_>,
    scope: &Scope,
    search_name: &str,
    birth: BirthDate,
    statuses: &[MemberStatus],
) -> Result<Vec<MemberRow>> {
    // Two periods that share a day lie in one year.
    let year = birth.on.with_ordinal(1).unwrap_or(birth.on);
    let mut rows: Vec<MemberRow> = reader.load(
        members::table
            .filter(members::search_name.eq(search_name))
            .filter(members::born_on.between(year, birth.last_day()))
            .select(MemberRow::as_select())
            .limit(200),
    )?;
    // Sifted here: a statement with a list of values is parsed anew each time.
    rows.retain(|row| statuses.contains(&row.status) && rules::birth_of(row).may_be(birth));
    visible(reader, scope, rows)
}

/// Former members who carry this number, wherever: of those out of reach only who is told by their papers may know.
pub(super) fn former_holders(reader: &mut Reader<'_>, hash: &[u8]) -> Result<Vec<MemberRow>> {
    let mut rows: Vec<MemberRow> =
        reader.load(members::table.filter(members::national_id_hash.eq(hash)).select(MemberRow::as_select()).limit(20))?;
    rows.retain(|row| MemberStatus::FORMER.contains(&row.status));
    Ok(rows)
}

/// Those of these members to whom something happened after their admission that may be taken back.
pub fn reversible(reader: &mut Reader<'_>, ids: &[Id]) -> Result<HashSet<Id>> {
    let found: Vec<Id> = reader.load(
        member_events::table
            .filter(member_events::member_id.eq_any(ids.to_vec()))
            .filter(member_events::voided_at.is_null())
            .filter(member_events::kind.ne_all(MemberEventKind::ADMISSIONS))
            .select(member_events::member_id)
            .distinct(),
    )?;
    Ok(found.into_iter().collect())
}

/// The active holder of a number, whoever she is, and whether the caller may know.
pub(super) fn holder(reader: &mut Reader<'_>, scope: &Scope, hash: &[u8], except: Id) -> Result<Option<(MemberRow, bool)>> {
    let holder: Option<MemberRow> = reader.optional(
        members::table
            .filter(members::national_id_hash.eq(hash))
            .filter(members::status.eq(MemberStatus::Active))
            .filter(members::id.ne(except))
            .select(MemberRow::as_select()),
    )?;
    let Some(row) = holder else { return Ok(None) };
    let known = scope.reaches(&units::store::lineage(reader, row.unit_id)?);
    Ok(Some((row, known)))
}

fn visible(reader: &mut Reader<'_>, scope: &Scope, rows: Vec<MemberRow>) -> Result<Vec<MemberRow>> {
    let mut visible = Vec::new();
    for row in rows {
        if scope.reaches(&units::store::lineage(reader, row.unit_id)?) {
            visible.push(row);
        }
        if visible.len() == 20 {
            break;
        }
    }
    Ok(visible)
}

/// How much a caller sees, and whether she may write, for the members of each of some units.
pub struct Lens {
    by_unit: HashMap<Id, (View, bool)>,
}

impl Lens {
    /// `read` must reach all of them.
    pub fn of(reader: &mut Reader<'_>, read: &Scope, write: Option<&Scope>, units: impl Iterator<Item = Id>) -> Result<Self> {
        let mut units: Vec<Id> = units.collect();
        units.sort_unstable();
        units.dedup();
        // A caller with one unit sees all she reads in one way: no need to look at the tree.
        if let Some(uniform) = uniform(read, write) {
            return Ok(Self { by_unit: units.into_iter().map(|unit| (unit, uniform)).collect() });
        }
        let rows: Vec<(Id, Id)> = reader.load(
            unit_tree::table.filter(unit_tree::unit_id.eq_any(units)).select((unit_tree::unit_id, unit_tree::ancestor_id)),
        )?;
        let mut lineages: HashMap<Id, Vec<Id>> = HashMap::new();
        for (unit, ancestor) in rows {
            lineages.entry(unit).or_default().push(ancestor);
        }
        let by_unit = lineages
            .into_iter()
            .map(|(unit, lineage)| {
                let view = read.view_at(&lineage).unwrap_or_default();
                (unit, (view, write.is_some_and(|write| write.reaches(&lineage))))
            })
            .collect();
        Ok(Self { by_unit })
    }

    pub fn at(&self, unit: Id) -> (View, bool) {
        self.by_unit.get(&unit).copied().unwrap_or_default()
    }
}

/// What holds for all that `read` reaches, when it comes from one grant and `write` from the same unit or nowhere.
fn uniform(read: &Scope, write: Option<&Scope>) -> Option<(View, bool)> {
    let [grant] = read.grants() else { return None };
    match write {
        None => Some((grant.view, false)),
        Some(write) => {
            write.grants().iter().any(|other| other.root == grant.root || other.root.is_none()).then_some((grant.view, true))
        }
    }
}

/// What happened to her, newest first.
pub fn events(reader: &mut Reader<'_>, scope: &Scope, id: Id) -> Result<Vec<MemberEvent>> {
    find(reader, scope, id)?;
    reader.load(
        member_events::table
            .filter(member_events::member_id.eq(id))
            .order((member_events::effective_on.desc(), member_events::id.desc()))
            .select(MemberEvent::as_select()),
    )
}

/// What happened to her last and still counts.
pub(super) fn last_event(reader: &mut Reader<'_>, id: Id) -> Result<Option<MemberEvent>> {
    reader.optional(
        member_events::table
            .filter(member_events::member_id.eq(id))
            .filter(member_events::voided_at.is_null())
            .order(member_events::id.desc())
            .select(MemberEvent::as_select()),
    )
}

/// Whether she was moved last, out of a unit within the scope.
pub(super) fn was_sent_away(reader: &mut Reader<'_>, scope: &Scope, id: Id) -> Result<bool> {
    let moved = last_event(reader, id)?.filter(|event| event.kind == MemberEventKind::Transferred);
    Ok(match moved.and_then(|event| event.from_unit_id) {
        Some(unit) => scope.reaches(&units::store::lineage(reader, unit)?),
        None => false,
    })
}

/// Her times as core member, newest first.
pub fn core_periods(reader: &mut Reader<'_>, scope: &Scope, id: Id) -> Result<Vec<CorePeriod>> {
    find(reader, scope, id)?;
    type Row = (Id, chrono::NaiveDate, Option<chrono::NaiveDate>, Option<String>);
    let rows: Vec<Row> = reader.load(
        core_periods::table
            .filter(core_periods::member_id.eq(id))
            .order((core_periods::valid_from.desc(), core_periods::id.desc()))
            .select((core_periods::id, core_periods::valid_from, core_periods::valid_to, core_periods::end_reason)),
    )?;
    Ok(rows
        .into_iter()
        .map(|(id, valid_from, valid_to, end_reason)| CorePeriod { id, valid_from, valid_to, end_reason })
        .collect())
}
