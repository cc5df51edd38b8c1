//! The answers to a checklist, given where there may be no network.
//!
//! A phone takes the checklist along, with the `base_version` of each question: how many entries it had by then. What it
//! sends back later is only ever added. An entry stands instead of all that its writer had seen, and of her own earlier
//! ones on the same base; if after that two stand side by side and differ, the question is in conflict until the lead
//! picks one. In whatever order phones come back, the same entries stand.

use std::collections::{HashMap, HashSet};

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use diesel::{ExpressionMethods, Insertable, QueryDsl, Queryable, Selectable, SelectableHelper};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::{
    checklists::{self, AnswerKind, ChecklistQuestion, QuestionRow},
    model::{Inspection, InspectionRow, InspectionVisibility},
    routes::show,
    rules,
    sight::Viewer,
    store::{self, Kept},
};
use crate::{
    access::{Access, Action, Resource},
    db::{Change, Db, Id, Instant, Reader, Tx, schema::inspection_answers},
    http::{Answer, Code, Command, FieldError, Json, NoFilters, NotTaken, NotThere, Problem, Query, Result, Shape, Text, answer},
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(get_checklist_of_inspection).service(answer_checklist).service(resolve_checklist);
}

// ---- types

#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = inspection_answers)]
struct EntryRow {
    id: Id,
    inspection_id: Id,
    question_id: Id,
    version: i64,
    base_version: i64,
    value: String,
    note: Option<String>,
    answered_at: Instant,
    received_at: Instant,
    written_by: Option<Id>,
    picked_id: Option<Id>,
}

/// An answer that somebody gave.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ChecklistEntry {
    pub id: Id,
    /// Its place among the entries of the question: 1, 2, 3.
    pub version: i64,
    /// How many entries its writer had seen.
    pub base_version: i64,
    #[schema(example = "yes")]
    pub value: String,
    /// What was seen.
    pub note: Option<String>,
    /// By the clock of the device.
    pub answered_at: Instant,
    pub received_at: Instant,
    /// Whose account sent it.
    pub written_by: Option<Id>,
    /// The entry that the lead picked by this one.
    pub picked_id: Option<Id>,
    /// It stands: no later one took its place.
    pub is_standing: bool,
}

/// A question with all answers to it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AnsweredQuestion {
    pub question: ChecklistQuestion,
    /// To be sent back with an answer.
    pub base_version: i64,
    /// Two answers stand that differ: the lead picks one.
    pub is_in_conflict: bool,
    /// The answer, unless there is none or it is in conflict.
    pub value: Option<String>,
    /// Every entry, the first one first.
    pub entries: Vec<ChecklistEntry>,
}

/// The checklist of an inspection, to be taken along.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct InspectionChecklistState {
    pub inspection_id: Id,
    /// How many entries there are in all; the `ETag`.
    pub version: i64,
    pub checklist_id: Id,
    #[schema(example = "Quản lý, sử dụng hội phí và quỹ hội")]
    pub title: String,
    pub edition: i64,
    pub conflict_count: i64,
    pub questions: Vec<AnsweredQuestion>,
}

/// An answer from a phone.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewChecklistEntry {
    /// A UUIDv7 that the phone made: sent again, it is the same entry.
    pub entry_id: Id,
    pub question_id: Id,
    /// `yes`, `no` or `not_applicable`; 1 to 5; a number; or words: as the question is answered.
    #[validate(length(min = 1, max = 4000))]
    #[schema(min_length = 1, max_length = 4000, example = "yes")]
    pub value: String,
    #[validate(length(min = 1, max = 4000))]
    #[schema(min_length = 1, max_length = 4000)]
    pub note: Option<String>,
    /// By the clock of the device.
    pub answered_at: Instant,
    /// `base_version` of the question as it was taken along.
    #[validate(range(min = 0, max = 1_000_000))]
    #[schema(minimum = 0, maximum = 1_000_000, example = 0)]
    pub base_version: i64,
}

/// What a phone sends when it has a network again.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChecklistBatch {
    #[validate(length(min = 1, max = 500), nested)]
    #[schema(min_items = 1, max_items = 500)]
    pub entries: Vec<NewChecklistEntry>,
}

/// The answer that holds.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChecklistResolution {
    pub question_id: Id,
    /// One of the entries of the question.
    pub entry_id: Id,
    /// Why this one.
    #[validate(length(min = 1, max = 1000))]
    #[schema(min_length = 1, max_length = 1000)]
    pub note: Option<String>,
}

const FIELDS: &[&str] = &["inspection_id", "version", "checklist_id", "title", "edition", "conflict_count", "questions"];

// ---- rules

/// Whether `one` stands instead of `other`: its writer had seen it, or it is her own later word on the same base.
fn replaces(one: &EntryRow, other: &EntryRow) -> bool {
    one.base_version >= other.version
        || (one.written_by == other.written_by && one.base_version >= other.base_version && one.id > other.id)
}

/// Those of a question's entries that no other one replaces.
fn standing(entries: &[EntryRow]) -> Vec<&EntryRow> {
    entries.iter().filter(|entry| !entries.iter().any(|other| other.id != entry.id && replaces(other, entry))).collect()
}

fn in_conflict(standing: &[&EntryRow]) -> bool {
    standing.windows(2).any(|pair| (&pair[0].value, &pair[0].note) != (&pair[1].value, &pair[1].note))
}

/// The value as it is kept, if it answers the question.
fn checked(kind: AnswerKind, value: &str) -> Option<String> {
    let value = crate::text::clean(value);
    let fits = match kind {
        AnswerKind::YesNo => ["yes", "no", "not_applicable"].contains(&value.as_str()),
        AnswerKind::Scale => ["1", "2", "3", "4", "5"].contains(&value.as_str()),
        AnswerKind::Number => {
            let digits = value.strip_prefix('-').unwrap_or(&value);
            let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
            [whole, part].iter().all(|half| (1..=15).contains(&half.len()) && half.bytes().all(|byte| byte.is_ascii_digit()))
        }
        AnswerKind::Text => !value.is_empty(),
    };
    fits.then_some(value)
}

// ---- queries

fn entries(reader: &mut Reader<'_>, inspection: Id) -> Result<HashMap<Id, Vec<EntryRow>>> {
    let rows: Vec<EntryRow> = reader.load(
        inspection_answers::table
            .filter(inspection_answers::inspection_id.eq(inspection))
            .order((inspection_answers::question_id.asc(), inspection_answers::version.asc()))
            .select(EntryRow::as_select()),
    )?;
    let mut found: HashMap<Id, Vec<EntryRow>> = HashMap::new();
    for row in rows {
        found.entry(row.question_id).or_default().push(row);
    }
    Ok(found)
}

pub(super) fn has_conflicts(reader: &mut Reader<'_>, inspection: Id) -> Result<bool> {
    Ok(entries(reader, inspection)?.values().any(|entries| in_conflict(&standing(entries))))
}

/// The questions that an inspection asks; 404 when it has no checklist.
fn asked(reader: &mut Reader<'_>, row: &InspectionRow) -> Result<(Id, i64, Vec<QuestionRow>)> {
    let (Some(checklist), Some(edition)) = (row.checklist_id, row.checklist_edition) else { return Err(Problem::not_found()) };
    Ok((checklist, edition, checklists::questions(reader, checklist, edition)?))
}

fn state(reader: &mut Reader<'_>, row: &InspectionRow) -> Result<InspectionChecklistState> {
    let (checklist_id, edition, questions) = asked(reader, row)?;
    let mut entries = entries(reader, row.id)?;
    let count = |size: usize| i64::try_from(size).map_err(Problem::internal);
    let version = count(entries.values().map(Vec::len).sum())?;
    let questions: Vec<AnsweredQuestion> = questions
        .into_iter()
        .map(|question| {
            let entries = entries.remove(&question.id).unwrap_or_default();
            let standing = standing(&entries);
            let is_in_conflict = in_conflict(&standing);
            let stands: HashSet<Id> = standing.iter().map(|entry| entry.id).collect();
            let value = standing.first().filter(|_| !is_in_conflict).map(|entry| entry.value.clone());
            Ok(AnsweredQuestion {
                question: question.into(),
                base_version: count(entries.len())?,
                is_in_conflict,
                value,
                entries: entries
                    .iter()
                    .map(|entry| ChecklistEntry {
                        id: entry.id,
                        version: entry.version,
                        base_version: entry.base_version,
                        value: entry.value.clone(),
                        note: entry.note.clone(),
                        answered_at: entry.answered_at,
                        received_at: entry.received_at,
                        written_by: entry.written_by,
                        picked_id: entry.picked_id,
                        is_standing: stands.contains(&entry.id),
                    })
                    .collect(),
            })
        })
        .collect::<Result<_>>()?;
    Ok(InspectionChecklistState {
        inspection_id: row.id,
        version,
        checklist_id,
        title: checklists::title(reader, checklist_id)?,
        edition,
        conflict_count: count(questions.iter().filter(|question| question.is_in_conflict).count())?,
        questions,
    })
}

fn add(tx: &mut Tx<'_>, unit: Id, action: &'static str, entry: EntryRow) -> Result<()> {
    let told = serde_json::json!({ "question_id": entry.question_id, "value": entry.value, "note": entry.note,
                                   "answered_at": entry.answered_at, "picked_id": entry.picked_id });
    tx.record(Change::new(action, "inspection_answers", entry.id, 1).at(unit).after(&told));
    tx.execute(diesel::insert_into(inspection_answers::table).values(entry))?;
    Ok(())
}

/// Adds what is new of a batch. All that is wrong with it is told at once, and nothing of it is kept then.
fn take_in(tx: &mut Tx<'_>, viewer: &Viewer, row: &InspectionRow, batch: &ChecklistBatch) -> Result<()> {
    let (_, _, questions) = asked(&mut tx.read(), row)?;
    let kinds: HashMap<Id, AnswerKind> = questions.iter().map(|question| (question.id, question.answer_kind)).collect();
    let mut known = entries(&mut tx.read(), row.id)?;
    let (mut errors, mut new) = (Vec::new(), Vec::new());
    for (place, given) in batch.entries.iter().enumerate() {
        let mut wrong = |name: &str, code: &str, vi: &str, en: &str| {
            errors.push(FieldError::body(format!("/entries/{place}/{name}"), code, Text::new(vi, en)));
        };
        if !given.entry_id.is_v7() {
            wrong("entry_id", "not_uuid_v7", "Phải là UUID phiên bản 7", "Must be a UUID of version 7");
            continue;
        }
        let Some(kind) = kinds.get(&given.question_id) else {
            wrong("question_id", "unknown_question", "Phiếu không có câu hỏi này", "The checklist has no such question");
            continue;
        };
        let Some(value) = checked(*kind, &given.value) else {
            wrong("value", "wrong_answer", "Không đúng kiểu trả lời của câu hỏi", "Not an answer to this kind of question");
            continue;
        };
        let entries = known.entry(given.question_id).or_default();
        let count = i64::try_from(entries.len()).map_err(Problem::internal)?;
        let entry = EntryRow {
            id: given.entry_id,
            inspection_id: row.id,
            question_id: given.question_id,
            version: count + 1,
            base_version: given.base_version,
            value,
            note: given.note.as_deref().map(crate::text::clean).filter(|note| !note.is_empty()),
            answered_at: given.answered_at,
            received_at: tx.now(),
            written_by: Some(viewer.account),
            picked_id: None,
        };
        if let Some(same) = entries.iter().find(|other| other.id == entry.id) {
            let again = EntryRow { version: same.version, received_at: same.received_at, ..entry };
            if again != *same {
                return Err(Problem::new(Code::IdInUse));
            }
            continue;
        }
        if given.base_version > count {
            wrong("base_version", "unknown_version", "Lớn hơn số câu trả lời đã có", "There are not so many answers yet");
            continue;
        }
        entries.push(entry.clone());
        new.push(entry);
    }
    if !errors.is_empty() {
        return Err(Problem::fields(errors));
    }
    let ids: Vec<Id> = new.iter().map(|entry| entry.id).collect();
    let elsewhere: Vec<Id> = tx
        .read()
        .load(inspection_answers::table.filter(inspection_answers::id.eq_any(ids)).select(inspection_answers::id).limit(1))?;
    if !elsewhere.is_empty() {
        return Err(Problem::new(Code::IdInUse));
    }
    for entry in new {
        add(tx, row.unit_id, "answer_checklist", entry)?;
    }
    Ok(())
}

// ---- routes

/// Read the checklist of an inspection
///
/// To be taken along: the questions, every answer so far, and of each question the `base_version` that is sent back with an
/// answer. For the side that inspects; for the unit after the notice.
#[utoipa::path(tag = "inspections", operation_id = "get_checklist_of_inspection", params(("id" = Id, Path, description = "The inspection"), Shape), responses(
    (status = 200, description = "The checklist as it stands", body = InspectionChecklistState, headers(("ETag" = String, description = "Its version"))),
    NotThere,
), security(("password" = [])))]
#[get("/inspections/{id}/checklist")]
async fn get_checklist_of_inspection(
    request: HttpRequest,
    access: Access,
    db: web::Data<Db>,
    id: web::Path<Id>,
    query: Query<NoFilters>,
) -> Result<HttpResponse> {
    let viewer = Viewer::of(&access)?;
    query.shape.check(FIELDS, &[])?;
    let id = id.into_inner();
    let found = db
        .read(move |reader| {
            let (row, _, seen) = store::find(reader, &viewer, id)?;
            if seen.visibility < InspectionVisibility::All {
                return Err(Problem::not_found());
            }
            state(reader, &row)
        })
        .await?;
    answer::living(&request, &query.shape, found.version, &found)
}

/// Send answers to the checklist
///
/// As many as a phone gathered without a network; with an `Idempotency-Key`. Each entry has an id of the phone's, so whatever
/// is sent again changes nothing, in whatever batch. Nobody's entry is lost: if two answered the same question from the same
/// base and differ, both stand and the question is in conflict until the lead picks one.
#[utoipa::path(tag = "inspections", operation_id = "answer_checklist", params(("id" = Id, Path, description = "The inspection")),
    request_body = ChecklistBatch, responses(
    (status = 200, description = "The checklist as it stands", body = InspectionChecklistState),
    NotTaken,
), security(("password" = [])))]
#[post("/inspections/{id}/checklist-batches")]
async fn answer_checklist(command: Command<Json<ChecklistBatch>>, id: web::Path<Id>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Inspections)?;
    command.require_key()?;
    let (viewer, id) = (Viewer::of(&command.access)?, id.into_inner());
    command
        .run(&scope, move |tx, Json(batch), _| {
            let (row, place, _) = store::find(&mut tx.read(), &viewer, id)?;
            store::step(&viewer, &place, &row, "answer_checklist")?;
            take_in(tx, &viewer, &row, batch)?;
            let found = state(&mut tx.read(), &row)?;
            Answer::changed(found.version, &found)
        })
        .await
}

/// Pick the answer that holds
///
/// By the lead. It is one more entry, which stands instead of all that came before it.
#[utoipa::path(tag = "inspections", operation_id = "resolve_checklist", params(("id" = Id, Path, description = "The inspection"),
    ("If-Match" = String, Header, description = "The version you have read")), request_body = ChecklistResolution, responses(
    (status = 200, description = "As it is now", body = Inspection),
    NotTaken,
), security(("password" = [])))]
#[post("/inspections/{id}/checklist-resolutions")]
async fn resolve_checklist(command: Command<Json<ChecklistResolution>>, id: web::Path<Id>) -> Result<HttpResponse> {
    let scope = command.access.to(Action::Update, Resource::Inspections)?;
    let (viewer, id) = (Viewer::of(&command.access)?, id.into_inner());
    command
        .run(&scope, move |tx, Json(picked), given| {
            let (before, place, _) = store::find(&mut tx.read(), &viewer, id)?;
            given.check_version(tx, id, before.version, std::iter::empty())?;
            store::step(&viewer, &place, &before, "resolve_checklist")?;
            let known = entries(&mut tx.read(), id)?.remove(&picked.question_id).unwrap_or_default();
            let Some(chosen) = known.iter().find(|entry| entry.id == picked.entry_id) else {
                let (vi, en) = ("Câu hỏi không có câu trả lời này", "The question has no such answer");
                return Err(Problem::field("/entry_id", "unknown_entry", vi, en));
            };
            let count = i64::try_from(known.len()).map_err(Problem::internal)?;
            let note = picked.note.as_deref().map(|note| rules::said("/note", note)).transpose()?;
            let entry = EntryRow {
                id: Id::new(),
                version: count + 1,
                base_version: count,
                note: note.or_else(|| chosen.note.clone()),
                answered_at: tx.now(),
                received_at: tx.now(),
                written_by: Some(viewer.account),
                picked_id: Some(chosen.id),
                ..chosen.clone()
            };
            add(tx, before.unit_id, "resolve_checklist", entry)?;
            let after = before.clone();
            let row = store::keep(tx, Kept { before, after, action: "resolve_checklist", reason: None, effective_on: None })?;
            show(tx, &viewer, row)
        })
        .await
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn answers_fit_their_questions() {
        use AnswerKind::{Number, Scale, Text, YesNo};
        for (kind, value, fits) in [
            (YesNo, "yes", true),
            (YesNo, " no ", true),
            (YesNo, "not_applicable", true),
            (YesNo, "maybe", false),
            (Scale, "5", true),
            (Scale, "0", false),
            (Scale, "6", false),
            (Number, "0", true),
            (Number, "-12.50", true),
            (Number, "1.2.3", false),
            (Number, "1e9", false),
            (Number, ".", false),
            (Number, "", false),
            (Text, "Đủ sổ", true),
            (Text, "  ", false),
        ] {
            assert_eq!(checked(kind, value).is_some(), fits, "{kind} {value}");
        }
    }

    fn entry(id: Id, writer: Id, base: i64, value: &str) -> EntryRow {
        EntryRow {
            id,
            inspection_id: Id::nil(),
            question_id: Id::nil(),
            version: 0,
            base_version: base,
            value: value.into(),
            note: None,
            answered_at: Instant::from_millis(0),
            received_at: Instant::from_millis(0),
            written_by: Some(writer),
            picked_id: None,
        }
    }

    /// What stands after these have come in, in this order.
    fn arrive(there: &[EntryRow], coming: &[EntryRow]) -> HashSet<Id> {
        let mut entries = there.to_vec();
        for one in coming {
            let version = i64::try_from(entries.len()).unwrap() + 1;
            entries.push(EntryRow { version, ..one.clone() });
        }
        standing(&entries).into_iter().map(|entry| entry.id).collect()
    }

    #[test]
    fn whoever_has_seen_an_answer_replaces_it() {
        let [one, two] = [Id::new(), Id::new()];
        let first = EntryRow { version: 1, ..entry(Id::new(), one, 0, "yes") };
        let beside = EntryRow { version: 2, ..entry(Id::new(), two, 0, "no") };
        let told = |entries: &[EntryRow]| in_conflict(&standing(entries));
        assert!(!told(std::slice::from_ref(&first)));
        assert!(told(&[first.clone(), beside.clone()]));
        assert!(!told(&[first.clone(), EntryRow { value: "yes".into(), ..beside.clone() }]), "they agree");
        let seen = EntryRow { version: 3, ..entry(Id::new(), one, 2, "no") };
        assert_eq!(standing(&[first, beside, seen.clone()]), [&seen]);
    }

    proptest! {
        /// Phones that were offline together come back in any order: nothing is lost, and the same entries stand.
        #[test]
        fn any_order_converges(words in prop::collection::vec((0usize..3, 0u8..3), 1..9), order in prop::collection::vec(any::<u32>(), 9)) {
            let writers = [Id::new(), Id::new(), Id::new()];
            let there = [EntryRow { version: 1, ..entry(Id::new(), writers[0], 0, "0") }];
            let coming: Vec<EntryRow> =
                words.iter().map(|(writer, value)| entry(Id::new(), writers[*writer], 1, &value.to_string())).collect();
            let straight = arrive(&there, &coming);
            let mut mixed = coming.clone();
            for place in (1..mixed.len()).rev() {
                mixed.swap(place, usize::try_from(order[place]).unwrap() % (place + 1));
            }
            prop_assert_eq!(&straight, &arrive(&there, &mixed));
            // The last word of each who said something, and no other.
            let last: HashSet<Id> = writers.iter().filter_map(|writer| coming.iter().rev().find(|one| one.written_by == Some(*writer))).map(|one| one.id).collect();
            prop_assert_eq!(straight, last);
        }
    }
}
