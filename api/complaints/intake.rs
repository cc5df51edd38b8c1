//! How a petition comes in, whoever hands it in: its code, the unit that handles it, what is kept of it.
//!
//! Officers' intake and the public one both end in [`take_in`], so that one place decides who owns a case (domain guide 6.4,
//! rule 2) and nothing of it lies open before it has an owner.

use chrono::NaiveDate;
use diesel::{BoolExpressionMethods, ExpressionMethods, JoinOnDsl, QueryDsl};
use serde_json::json;

use super::{
    clocks,
    model::{CaseRow, Channel, ComplaintFlag, ComplaintKind, ComplaintStatus, Complexity, Custody, SubjectCapacity, SubjectRow},
    steps, visible,
};
use crate::{
    access::Role,
    calendar::today,
    db::{
        Change, Id, Reader, TextList, Tx,
        schema::{accounts, complaint_parties, complaint_subjects, complaints, role_assignments, unit_tree, units},
    },
    http::{Problem, Result},
    keys::{Purpose, random_bytes},
    machine::{self, Event},
    units::{UnitKind, store},
};

/// What comes in.
#[derive(Clone, Debug)]
pub(super) struct Intake {
    /// A guess; classification decides.
    pub kind: ComplaintKind,
    pub channel: Channel,
    pub received_on: NaiveDate,
    pub receiving_unit_id: Id,
    pub petitioner_count: i64,
    pub custody: Custody,
    pub paper_ref: Option<String>,
    /// As it was written. Who wrote it does not belong into it.
    pub original: String,
    pub subjects: Vec<SubjectGiven>,
    /// Whose decision is complained of.
    pub decision_unit_id: Option<Id>,
    /// When the decision or act became known.
    pub known_on: Option<NaiveDate>,
    pub flags: Vec<ComplaintFlag>,
    /// The account that takes it in; nobody: handed in without one.
    pub received_by: Option<Id>,
    /// The case that this one takes further.
    pub previous: Option<Previous>,
}

/// Of a second instance, or of a case taken up again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Previous {
    pub id: Id,
    pub instance: i64,
    /// The unit that handles it, fixed by the step that opens it.
    pub owner_unit_id: Id,
}

/// Whom or what it is about.
#[derive(Clone, Debug)]
pub(super) struct SubjectGiven {
    pub capacity: SubjectCapacity,
    pub member_id: Option<Id>,
    pub unit_id: Option<Id>,
    /// The day of what it is about.
    pub happened_on: Option<NaiveDate>,
    /// Of somebody who is not on the roll.
    pub name: Option<String>,
}

/// What was made of it.
#[derive(Clone, Debug)]
pub(super) struct TakenIn {
    pub id: Id,
    /// Told to the petitioner.
    pub code: String,
    /// Petitioner 1: what the vault keeps hangs on it.
    pub party_id: Id,
    /// Whether somebody in the union may judge it.
    pub is_ours: bool,
}

/// Takes a petition in. Its id is always the service's own: an id of a caller's would tell her whether a case has it.
pub(super) fn take_in(tx: &mut Tx<'_>, new: Intake) -> Result<TakenIn> {
    let owner = match new.previous {
        Some(previous) => Some(previous.owner_unit_id),
        None => owner_of(&mut tx.read(), &new)?,
    };
    let (id, now) = (Id::new(), tx.now());
    let status = if owner.is_some() { ComplaintStatus::Received } else { ComplaintStatus::RoutedExternal };
    let owner_unit_id = match owner {
        Some(unit) => unit,
        // Nobody in the union handles it; it hangs on the top of the tree, as a stub without its text.
        None => top_of(&mut tx.read(), new.receiving_unit_id)?,
    };
    let day = today();
    let traits = store::traits(&mut tx.read(), &[owner_unit_id], day)?;
    let is_remote = traits.values().flatten().any(|found| found.as_str() == "remote");
    let mut row = CaseRow {
        id,
        version: 1,
        created_at: now,
        updated_at: now,
        code: free_code(tx)?,
        kind: new.kind,
        status,
        receiving_unit_id: new.receiving_unit_id,
        owner_unit_id,
        channel: new.channel,
        received_on: new.received_on,
        received_by: new.received_by,
        matter: None,
        competence: None,
        instance: new.previous.map_or(1, |previous| previous.instance),
        previous_id: new.previous.map(|previous| previous.id),
        merged_into_id: None,
        petitioner_count: new.petitioner_count,
        flags: TextList::of::<&str>(&[]),
        complexity: Complexity::Simple,
        custody: new.custody,
        paper_ref: new.paper_ref,
        decision_unit_id: new.decision_unit_id,
        known_on: new.known_on,
        content_sealed: None,
        original_sealed: owner.map(|_| tx.keys().seal(Purpose::CaseOriginal, new.original.as_bytes(), id.as_bytes())),
        result: None,
        result_sealed: None,
        forwarded_to: None,
        accepted_on: None,
        closed_on: owner.is_none().then_some(day),
        extended_count: 0,
    };
    let mut flags = new.flags;
    if is_remote {
        flags.push(ComplaintFlag::Remote);
    }
    row.set_flags(&flags);
    // Nothing of the text and of the people: the trail outlives both. No unit: among those who read a unit's trail may be
    // whom it is about.
    tx.record(
        Change::new("take_in", "complaints", id, 1).at(owner_unit_id).on(row.received_on).after(
            &json!({ "code": row.code, "kind": row.kind, "status": status, "channel": row.channel, "custody": row.custody }),
        ),
    );
    tx.execute(diesel::insert_into(complaints::table).values(&row))?;
    machine::record(
        tx,
        &Event {
            object_id: id,
            object_version: 1,
            action: "take_in",
            from: None,
            to: status.as_str(),
            effective_on: Some(row.received_on),
            reason: None,
        },
    )?;
    for subject in &new.subjects {
        add_subject(tx, id, subject)?;
    }
    if owner.is_some() {
        clocks::start(tx, &row.facts(), steps::first_clock(&row), row.received_on)?;
    }
    let party_id = Id::new();
    tx.execute(diesel::insert_into(complaint_parties::table).values((
        complaint_parties::id.eq(party_id),
        complaint_parties::complaint_id.eq(id),
        complaint_parties::ordinal.eq(1_i64),
        complaint_parties::is_representative.eq(new.petitioner_count > 1),
        complaint_parties::withdrawn_on.eq(None::<NaiveDate>),
        complaint_parties::was_coerced.eq(false),
    )))?;
    Ok(TakenIn { id, code: row.code.clone(), party_id, is_ours: owner.is_some() })
}

/// Keeps a subject. The change of the case is recorded before.
pub(super) fn add_subject(tx: &mut Tx<'_>, case: Id, given: &SubjectGiven) -> Result<()> {
    let id = Id::new();
    let name_sealed = given.name.as_ref().map(|name| tx.keys().seal(Purpose::CaseText, name.as_bytes(), id.as_bytes()));
    tx.execute(diesel::insert_into(complaint_subjects::table).values(SubjectRow {
        id,
        complaint_id: case,
        capacity: given.capacity,
        member_id: given.member_id,
        unit_id: given.unit_id,
        happened_on: given.happened_on,
        name_sealed,
    }))?;
    Ok(())
}

// ---- the unit that handles it

/// The owner; none: the subject leads the whole union, and nobody in it may judge her.
fn owner_of(reader: &mut Reader<'_>, new: &Intake) -> Result<Option<Id>> {
    owner_for(reader, new.kind, new.receiving_unit_id, new.decision_unit_id, &new.subjects)
}

/// As [`owner_of`], for what is known later.
pub(super) fn owner_for(
    reader: &mut Reader<'_>,
    kind: ComplaintKind,
    receiving: Id,
    decision: Option<Id>,
    subjects: &[SubjectGiven],
) -> Result<Option<Id>> {
    let mut avoided: Vec<Vec<Id>> = Vec::new();
    for subject in subjects.iter().filter(|subject| subject.capacity != SubjectCapacity::DecisionMaker) {
        let mut units: Vec<Id> = subject.unit_id.into_iter().collect();
        if let Some(person) = subject.member_id {
            units.extend(visible::led_by(reader, person, subject.happened_on)?);
        }
        for unit in units {
            avoided.push(upwards(reader, unit)?);
        }
    }
    let denounced = kind == ComplaintKind::Denunciation;
    let start = if denounced { receiving } else { decision.unwrap_or(receiving) };
    let start = upwards(reader, start)?;
    let start = level(reader, &start)?;
    let Some(owner) = owner(denounced, &start, &avoided) else { return Ok(None) };
    let line = upwards(reader, owner)?;
    let line = level(reader, &line)?;
    if !denounced {
        return Ok(line.first().copied());
    }
    // Denunciations lie with an inspection committee: where the unit has none, with that of the unit above.
    for unit in &line {
        if has_committee(reader, *unit)? {
            return Ok(Some(*unit));
        }
    }
    Ok(line.last().copied())
}

/// The lowest unit from `start` upwards that does not stand under any of the avoided ones; for denunciations, the direct
/// superior of each (TC-HEAD). All lines go from the unit itself to the top.
fn owner(denounced: bool, start: &[Id], avoided: &[Vec<Id>]) -> Option<Id> {
    let mut line = match avoided.first() {
        Some(first) if denounced => first.get(1..)?.to_vec(),
        _ => start.to_vec(),
    };
    for away in avoided {
        let concerned = denounced || away.first().is_some_and(|unit| line.contains(unit));
        if concerned {
            let above = away.get(1..)?;
            let place = line.iter().position(|unit| above.contains(unit))?;
            line.drain(..place);
        }
    }
    line.first().copied()
}

/// The unit and those above it, upwards.
fn upwards(reader: &mut Reader<'_>, unit: Id) -> Result<Vec<Id>> {
    let rows: Vec<(i64, Id)> = reader.load(
        unit_tree::table
            .filter(unit_tree::unit_id.eq(unit))
            .order(unit_tree::depth.asc())
            .select((unit_tree::depth, unit_tree::ancestor_id)),
    )?;
    Ok(rows.into_iter().map(|(_, unit)| unit).collect())
}

/// The same line from the first unit on that handles cases: branches, groups and clubs do not.
fn level(reader: &mut Reader<'_>, line: &[Id]) -> Result<Vec<Id>> {
    let kinds: Vec<(Id, UnitKind)> =
        reader.load(units::table.filter(units::id.eq_any(line.to_vec())).select((units::id, units::kind)))?;
    let handles = |unit: &Id| {
        kinds.iter().any(|(id, kind)| {
            id == unit && matches!(kind, UnitKind::Province | UnitKind::District | UnitKind::Affiliated | UnitKind::Base)
        })
    };
    let place = line.iter().position(handles).unwrap_or_default();
    Ok(line.get(place..).unwrap_or_default().to_vec())
}

fn top_of(reader: &mut Reader<'_>, unit: Id) -> Result<Id> {
    upwards(reader, unit)?.last().copied().ok_or_else(Problem::not_found)
}

/// The unit above the one that handles a case now: where it goes on.
pub(super) fn above(reader: &mut Reader<'_>, unit: Id) -> Result<Option<Id>> {
    Ok(upwards(reader, unit)?.get(1).copied())
}

fn has_committee(reader: &mut Reader<'_>, unit: Id) -> Result<bool> {
    let day = today();
    let found: Option<Id> = reader.optional(
        role_assignments::table
            .inner_join(accounts::table.on(accounts::id.eq(role_assignments::principal_id)))
            .filter(role_assignments::unit_id.eq(unit))
            .filter(role_assignments::role.eq(Role::Inspector))
            .filter(role_assignments::pending_since.is_null())
            .filter(role_assignments::valid_from.le(day))
            .filter(role_assignments::valid_to.is_null().or(role_assignments::valid_to.gt(day)))
            .filter(accounts::status.eq("active"))
            .select(role_assignments::id)
            .limit(1),
    )?;
    Ok(found.is_some())
}

// ---- codes

/// Digits and letters of which no two look or sound alike when they are read out.
const ALPHABET: &[u8; 27] = b"2346789ACDEFGHJKMNPQRTVWXY5";

/// `KH-7Q4M-X2`: random, so that no code tells how many there are.
fn random_code() -> String {
    let mut places = String::with_capacity(10);
    while places.len() < 6 {
        for byte in random_bytes::<8>() {
            // Bytes beyond the last whole round of the alphabet would make some letters likelier than others.
            if byte < 243 && places.len() < 6 {
                places.push(char::from(ALPHABET[usize::from(byte % 27)]));
            }
        }
    }
    let (first, second) = places.split_at(4);
    format!("KH-{first}-{second}")
}

/// One that no case has yet.
fn free_code(tx: &mut Tx<'_>) -> Result<String> {
    for _ in 0..20 {
        let code = random_code();
        let taken: Option<Id> =
            tx.read().optional(complaints::table.filter(complaints::code.eq(code.clone())).select(complaints::id))?;
        if taken.is_none() {
            return Ok(code);
        }
    }
    Err(Problem::internal("no free case code was found"))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_code_is_random_and_easy_to_read() {
        let codes: HashSet<String> = (0..200).map(|_| random_code()).collect();
        assert!(codes.len() > 190);
        for code in codes {
            assert_eq!(code.len(), 10, "{code}");
            assert!(code.starts_with("KH-") && code.as_bytes()[7] == b'-', "{code}");
            assert!(!code[3..].contains(['0', 'O', '1', 'I', 'L', 'S', 'Z', 'B']), "{code}");
        }
    }

    #[test]
    fn the_alphabet_has_each_letter_once() {
        assert_eq!(ALPHABET.iter().collect::<HashSet<_>>().len(), 27);
    }

    /// The unit that handles a case, with a province P, communes A and B below it, a branch A1 in A.
    #[test]
    fn a_case_goes_above_whom_it_is_about() {
        let [p, a, b, a1] = [0; 4].map(|_| Id::new());
        let up = |unit: Id| match unit {
            unit if unit == p => vec![p],
            unit if unit == a1 => vec![a1, a, p],
            unit => vec![unit, p],
        };
        type Case<'a> = (&'a str, bool, Id, &'a [Id], Option<Id>);
        let cases: &[Case<'_>] = &[
            ("nobody is named", true, a, &[], Some(a)),
            ("the head of the commune it came to", true, a, &[a], Some(p)),
            ("the head of another commune", true, a, &[b], Some(p)),
            ("a branch head, handed in at her commune", true, a, &[a1], Some(a)),
            ("a branch head, handed in at the province", true, p, &[a1], Some(a)),
            ("a branch head and the head of another commune", true, a, &[a1, b], Some(p)),
            ("a leader of the province", true, a, &[p], None),
            ("a leader of the province and a branch head", true, a, &[a1, p], None),
            ("a complaint about nobody in particular", false, a, &[], Some(a)),
            ("a complaint about the commune's head", false, a, &[a], Some(p)),
            ("a complaint about a branch below", false, a, &[a1], Some(a)),
            ("a complaint about another commune", false, a, &[b], Some(a)),
            ("a complaint about the province", false, a, &[p], None),
        ];
        for (what, denounced, start, avoided, expected) in cases {
            let avoided: Vec<Vec<Id>> = avoided.iter().map(|unit| up(*unit)).collect();
            assert_eq!(owner(*denounced, &up(*start), &avoided), *expected, "{what}");
        }
    }
}
