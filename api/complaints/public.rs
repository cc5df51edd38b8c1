//! The door without an account: handing in a petition, following it, and writing to the office about it.
//!
//! Whatever is handed in is answered alike: 201 with a code and a PIN. Whom it is about, who handles it, whether the same
//! came in before, whether anybody in the union may read it at all: none of it shows in the answer, its length, or its
//! headers. Code and PIN stand in bodies only, never in an address, which logs and histories keep.

use actix_web::{HttpResponse, http::StatusCode, post};
use chrono::NaiveDate;
use diesel::{ExpressionMethods, QueryDsl, SelectableHelper};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use validator::Validate;

use super::{
    intake::{self, Intake, SubjectGiven, TakenIn},
    messages,
    model::{
        CaseRow, Channel, ComplaintFlag, ComplaintKind, ComplaintResult, ComplaintStatus, Custody, RecordKind, SubjectCapacity,
    },
    pins, store,
    vault::{self, PetitionerIdentity},
};
use crate::{
    calendar::today,
    code_list,
    db::{
        Change, Id, Instant, Reader, Tx,
        schema::{complaints, units},
    },
    http::{Answer, Code, Json, Locale, Problem, ProblemBody, Result, Visit},
    units::UnitKind,
};

// ---- types

code_list! {
    /// Where a petition stands, as far as its petitioner is told.
    PetitionState in "petition_states" {
        Received = "received", "Đã nhận đơn, đang xem thuộc thẩm quyền của ai", "Received; who is competent is being looked at";
        InProgress = "in_progress", "Đã thụ lý, đang xem xét, xác minh", "Accepted; being examined";
        Paused = "paused", "Tạm đình chỉ việc giải quyết", "Suspended for a while";
        PassedOn = "passed_on", "Đã chuyển nơi có thẩm quyền, đang chờ trả lời", "Passed on to who is competent; awaiting a reply";
        Guided = "guided", "Đã hướng dẫn gửi đến nơi có thẩm quyền", "You were told who is competent";
        NotTaken = "not_taken", "Không đủ điều kiện thụ lý", "Not taken up";
        Answered = "answered", "Đã có kết quả giải quyết", "There is a result";
        Withdrawn = "withdrawn", "Đã rút đơn", "Withdrawn";
        Closed = "closed", "Đã kết thúc", "Closed";
    }
}

impl PetitionState {
    const fn of(status: ComplaintStatus) -> Self {
        use ComplaintStatus as S;
        match status {
            S::Received | S::Classified | S::Merged => Self::Received,
            S::Accepted | S::Verifying | S::Dialogue | S::Drafted | S::Assigned => Self::InProgress,
            S::Suspended => Self::Paused,
            S::Forwarded | S::Replied | S::Protested => Self::PassedOn,
            S::Guided | S::RoutedExternal => Self::Guided,
            S::Filed | S::Refused => Self::NotTaken,
            S::Decided | S::Concluded | S::Implementing | S::Answered | S::Appealed | S::Continued => Self::Answered,
            S::Withdrawn => Self::Withdrawn,
            S::Closed => Self::Closed,
        }
    }
}

/// A petition, handed in without an account.
#[derive(Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPetition {
    /// What you think it is; the office decides.
    pub kind: ComplaintKind,
    /// What it is about. Better without your own name in it: whoever examines it reads this.
    #[validate(length(min = 1, max = 20000))]
    #[schema(min_length = 1, max_length = 20000, example = "Quỹ của chi hội thu hai lần trong năm mà không có phiếu thu")]
    pub content: String,
    /// Whom or what it is about, as you call it. They will not learn of it.
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300, example = "Người thu quỹ của chi hội")]
    pub about: Option<String>,
    /// The unit it is about, if you know it. It is then handled above that unit.
    pub unit_id: Option<Id>,
    /// Where who you are is kept. `vault`: encrypted under a key of its own; nobody sees it without a reason and a second
    /// person's consent. `sealed_paper`: not in the system; bring it to the office in a closed envelope with the code on it.
    /// `none`: nowhere; then a denunciation can only be used as a hint. Left out: `vault` with `petitioner`, else `none`.
    pub custody: Option<Custody>,
    /// Who you are; for the vault only.
    #[validate(nested)]
    pub petitioner: Option<PetitionerIdentity>,
}

/// What the petitioner keeps. The PIN is shown this once.
#[derive(Clone, Serialize, ToSchema)]
pub struct PetitionReceipt {
    #[schema(example = "KH-7Q4M-X2")]
    pub code: String,
    #[schema(example = "7K2M-9QXR")]
    pub pin: String,
    pub received_on: NaiveDate,
    /// What happens next, in the language of the request.
    pub next_steps: String,
}

/// Code and PIN of a petition.
#[derive(Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PetitionLookup {
    #[validate(length(min = 1, max = 40))]
    #[schema(min_length = 1, max_length = 40, example = "KH-7Q4M-X2")]
    pub code: String,
    /// Case, hyphens and spaces do not matter.
    #[validate(length(min = 1, max = 40))]
    #[schema(min_length = 1, max_length = 40, example = "7K2M-9QXR")]
    pub pin: String,
}

/// Something more about a petition.
#[derive(Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPetitionMessage {
    #[validate(length(min = 1, max = 40))]
    #[schema(min_length = 1, max_length = 40, example = "KH-7Q4M-X2")]
    pub code: String,
    #[validate(length(min = 1, max = 40))]
    #[schema(min_length = 1, max_length = 40, example = "7K2M-9QXR")]
    pub pin: String,
    #[validate(length(min = 1, max = 4000))]
    #[schema(min_length = 1, max_length = 4000, example = "Tôi có thêm ảnh chụp sổ thu quỹ")]
    pub text: String,
}

/// What a petitioner thinks of how her petition was handled.
#[derive(Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPetitionRating {
    #[validate(length(min = 1, max = 40))]
    #[schema(min_length = 1, max_length = 40, example = "KH-7Q4M-X2")]
    pub code: String,
    #[validate(length(min = 1, max = 40))]
    #[schema(min_length = 1, max_length = 40, example = "7K2M-9QXR")]
    pub pin: String,
    /// From 1 (badly) to 5 (well).
    #[validate(range(min = 1, max = 5))]
    #[schema(minimum = 1, maximum = 5, example = 4)]
    pub rating: i64,
}

/// What was said of how a petition was handled.
#[derive(Clone, Serialize, ToSchema)]
pub struct PetitionRating {
    #[schema(example = 4)]
    pub rating: i64,
    pub rated_on: NaiveDate,
}

/// What a petitioner is told of her petition.
#[derive(Clone, Serialize, ToSchema)]
pub struct Petition {
    #[schema(example = "KH-7Q4M-X2")]
    pub code: String,
    pub state: PetitionState,
    /// The state in plain words, in the language of the request.
    #[schema(example = "Đã nhận đơn, đang xem thuộc thẩm quyền của ai")]
    pub state_text: String,
    pub received_on: NaiveDate,
    pub accepted_on: Option<NaiveDate>,
    pub closed_on: Option<NaiveDate>,
    /// What a proposal or feedback was answered. Decisions and conclusions are sent on paper.
    pub answer: Option<String>,
    /// What you have said of how it was handled, 1 (badly) to 5 (well); empty: nothing yet.
    #[schema(example = 4)]
    pub rating: Option<i64>,
    /// The last two hundred, the oldest first.
    pub messages: Vec<PetitionMessage>,
}

/// A message between petitioner and office.
#[derive(Clone, Serialize, ToSchema)]
pub struct PetitionMessage {
    /// Whether the office wrote it, not you.
    pub is_from_office: bool,
    pub sent_at: Instant,
    pub text: String,
}

// ---- rules

/// Where the identity goes, from what was chosen and given.
fn custody(chosen: Option<Custody>, is_given: bool) -> Result<Custody> {
    match (chosen, is_given) {
        (None | Some(Custody::Vault), true) => Ok(Custody::Vault),
        (Some(Custody::None | Custody::SealedPaper), true) => Err(Problem::field(
            "/petitioner",
            "identity_not_kept",
            "Cách giữ danh tính đã chọn không ghi danh tính vào hệ thống: bỏ trống phần này, hoặc chọn vault",
            "With this custody no identity is kept here: leave it out, or choose vault",
        )),
        (Some(Custody::Vault), false) => {
            Err(Problem::field("/petitioner", "required", "Bắt buộc phải có khi chọn vault", "Must be given with custody vault"))
        }
        (chosen, false) => Ok(chosen.unwrap_or(Custody::None)),
    }
}

/// The same words for all: what happens to this petition in particular is nobody's to read here.
const fn next_steps(locale: Locale) -> &'static str {
    match locale {
        Locale::Vi => {
            "Hãy ghi lại mã và PIN: PIN chỉ hiện một lần và không ai đọc lại được. Trong 10 ngày làm việc, bộ phận kiểm tra xem \
             đơn thuộc thẩm quyền của ai. Dùng mã và PIN để xem đơn đang ở bước nào, nhận tin nhắn và gửi thêm thông tin."
        }
        Locale::En => {
            "Write down code and PIN: the PIN is shown once, and nobody can read it again. Within 10 working days the inspectors \
             find out who is competent. With code and PIN you can see where it stands, read messages and send more."
        }
    }
}

// ---- queries

/// The unit of a petition: the one that is named, if it is there; else the province, whose inspectors find out.
fn receiving_unit(reader: &mut Reader<'_>, named: Option<Id>) -> Result<(Id, bool)> {
    if let Some(named) = named {
        let found: Option<Option<Id>> = reader.optional(units::table.find(named).select(units::parent_id))?;
        // Nobody in the union stands above the province: what names it goes to its inspectors, as if nothing were named.
        if let Some(Some(_)) = found {
            return Ok((named, true));
        }
    }
    let top: Vec<Id> =
        reader.load(units::table.filter(units::kind.eq(UnitKind::Province)).order(units::id.asc()).select(units::id).limit(1))?;
    // Nobody has set it up yet.
    let top = top.into_iter().next().ok_or_else(|| Problem::new(Code::Unavailable))?;
    Ok((top, false))
}

fn hand_in(tx: &mut Tx<'_>, new: &NewPetition, locale: Locale) -> Result<Answer> {
    let (taken, pin) = take(tx, new)?;
    let receipt = PetitionReceipt { code: taken.code, pin, received_on: today(), next_steps: next_steps(locale).into() };
    Ok(Answer::done(&receipt)?.with_status(StatusCode::CREATED))
}

/// Takes a petition in; its PIN.
pub(super) fn take(tx: &mut Tx<'_>, new: &NewPetition) -> Result<(TakenIn, String)> {
    let custody = custody(new.custody, new.petitioner.is_some())?;
    if custody == Custody::Vault {
        vault::require(tx.keys(), "/petitioner")?;
    }
    let (receiving_unit_id, is_known) = receiving_unit(&mut tx.read(), new.unit_id)?;
    let capacity = match new.kind {
        ComplaintKind::Denunciation => SubjectCapacity::Denounced,
        ComplaintKind::Complaint => SubjectCapacity::Respondent,
        ComplaintKind::Proposal | ComplaintKind::Feedback => SubjectCapacity::Named,
    };
    let subject = |unit_id, name| SubjectGiven { capacity, member_id: None, unit_id, happened_on: None, name };
    let mut subjects: Vec<SubjectGiven> = Vec::new();
    // A proposal goes to a unit; everything else is about it, so the unit itself does not get it.
    if is_known && new.kind != ComplaintKind::Proposal {
        subjects.push(subject(Some(receiving_unit_id), None));
    }
    if let Some(about) = &new.about {
        subjects.push(subject(None, Some(about.clone())));
    }
    let (original, held) = vault::apart(new.petitioner.as_ref(), &new.content);
    for subject in &mut subjects {
        subject.name = subject.name.take().map(|name| vault::apart(new.petitioner.as_ref(), &name).0);
    }
    let taken = intake::take_in(
        tx,
        Intake {
            kind: new.kind,
            channel: Channel::Online,
            received_on: today(),
            receiving_unit_id,
            petitioner_count: 1,
            custody,
            paper_ref: None,
            original,
            subjects,
            decision_unit_id: None,
            known_on: None,
            flags: if custody == Custody::None { vec![ComplaintFlag::Anonymous] } else { Vec::new() },
            received_by: None,
            previous: None,
        },
    )?;
    if let Some(held) = held {
        vault::keep(tx, taken.id, taken.party_id, &held)?;
    }
    let pin = pins::random();
    pins::keep(tx, taken.id, &pin)?;
    Ok((taken, pin))
}

/// The case that code and PIN have opened.
fn opened(reader: &mut Reader<'_>, case_id: Id) -> Result<CaseRow> {
    reader.one(complaints::table.find(case_id).select(CaseRow::as_select()))
}

fn find(reader: &mut Reader<'_>, keys: &crate::keys::Keys, case_id: Id, locale: Locale) -> Result<Petition> {
    let row = opened(reader, case_id)?;
    let state = PetitionState::of(row.status);
    let is_answered = row.result == Some(ComplaintResult::Answered);
    let answer = if is_answered { store::opened(keys, row.result_sealed.as_deref(), case_id) } else { None };
    let rating = store::rating(reader, case_id)?;
    let messages = messages::latest(reader, keys, case_id)?;
    let messages = messages.into_iter().map(|message| PetitionMessage {
        is_from_office: !message.is_from_petitioner,
        sent_at: message.created_at,
        text: message.text,
    });
    let state_text = state.label(locale).to_owned();
    Ok(Petition {
        code: row.code,
        state,
        state_text,
        received_on: row.received_on,
        accepted_on: row.accepted_on,
        closed_on: row.closed_on,
        answer,
        rating,
        messages: messages.collect(),
    })
}

/// K19: once, when there is something to say it of.
fn rate(tx: &mut Tx<'_>, case_id: Id, rating: i64) -> Result<Answer> {
    let row = opened(&mut tx.read(), case_id)?;
    if !matches!(PetitionState::of(row.status), PetitionState::Answered | PetitionState::Closed) {
        return Err(Problem::conflict("/rating", "not_answered", "Đơn chưa có kết quả", "The petition has no result yet"));
    }
    if store::rating(&mut tx.read(), case_id)?.is_some() {
        return Err(Problem::conflict("/rating", "rated_already", "Bạn đã đánh giá đơn này", "You have rated this petition"));
    }
    tx.record(Change::new("rate", "complaints", case_id, 0));
    store::note(tx, case_id, RecordKind::Rating, today(), None, json!({ "rating": rating }))?;
    Ok(Answer::done(&PetitionRating { rating, rated_on: today() })?.with_status(StatusCode::CREATED))
}

// ---- routes

/// Hand in a petition
///
/// For everybody, without an account. Whatever it is and whomever it is about, the answer is the same: a code, a PIN that is
/// shown this once, and what happens next. Neither those it is about nor whoever stands close to them learn of it. On a
/// weak line send an `Idempotency-Key` of at least 16 random characters: the same request again is answered with the same
/// code and PIN, for 24 hours.
#[utoipa::path(tag = "public", operation_id = "hand_in_petition", request_body = NewPetition, responses(
    (status = 201, description = "Handed in", body = PetitionReceipt),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
    (status = 503, description = "The service is busy", body = ProblemBody, content_type = "application/problem+json"),
), security(()))]
#[post("/public/petitions")]
// The kept answer holds the PIN, for 24 hours, sealed under a key of its own purpose. Who could open it has the master key,
// and with it the text of the case, which is more than the PIN opens.
pub(super) async fn hand_in_petition(visit: Visit<Json<NewPetition>>) -> Result<HttpResponse> {
    let locale = visit.visitor.locale();
    visit.run(move |tx, Json(new)| hand_in(tx, new, locale)).await
}

/// See where a petition stands
///
/// By code and PIN. An unknown code, a wrong PIN and a code that is locked after five wrong ones are told apart by nothing:
/// 404. A lock ends after a quarter of an hour.
#[utoipa::path(tag = "public", operation_id = "look_up_petition", extensions(("x-shown" = json!(true))),
    request_body = PetitionLookup, responses(
    (status = 200, description = "Where it stands", body = Petition),
    (status = 404, description = "Code and PIN do not go together", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(()))]
#[post("/public/petitions/lookups")]
pub(super) async fn look_up_petition(visit: Visit<Json<PetitionLookup>>) -> Result<HttpResponse> {
    visit.require_earnest()?;
    let Visit { visitor, body: Json(asked), db, .. } = &visit;
    let case_id = pins::open(db, visitor.actor(), &asked.code, &asked.pin).await?;
    let (keys, locale) = (db.keys().clone(), visitor.locale());
    let petition = db.read(move |reader| find(reader, &keys, case_id, locale)).await?;
    Ok(HttpResponse::Ok().insert_header(("cache-control", "no-store")).json(petition))
}

/// Write to the office about a petition
///
/// By code and PIN, which are refused as in the look-up. The office's answers stand in the look-up.
#[utoipa::path(tag = "public", operation_id = "send_petition_message", request_body = NewPetitionMessage, responses(
    (status = 201, description = "Sent", body = PetitionMessage),
    (status = 404, description = "Code and PIN do not go together", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(()))]
#[post("/public/petitions/messages")]
pub(super) async fn send_petition_message(visit: Visit<Json<NewPetitionMessage>>) -> Result<HttpResponse> {
    let Json(new) = &visit.body;
    let case_id = pins::open(&visit.db, visit.visitor.actor(), &new.code, &new.pin).await?;
    visit
        .run(move |tx, Json(new)| {
            let id = Id::new();
            tx.record(Change::new("send", "complaints", case_id, 0));
            let message = messages::keep(tx, id, case_id, true, &new.text)?;
            let sent = PetitionMessage { is_from_office: false, sent_at: message.created_at, text: message.text };
            Ok(Answer::done(&sent)?.with_status(StatusCode::CREATED))
        })
        .await
}

/// Say how a petition was handled
///
/// By code and PIN, which are refused as in the look-up. Once, when there is a result; whoever handled it sees the figure.
#[utoipa::path(tag = "public", operation_id = "rate_petition", request_body = NewPetitionRating, responses(
    (status = 201, description = "Rated", body = PetitionRating),
    (status = 404, description = "Code and PIN do not go together", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "There is no result yet, or you have rated it", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = ProblemBody, content_type = "application/problem+json"),
), security(()))]
#[post("/public/petitions/ratings")]
pub(super) async fn rate_petition(visit: Visit<Json<NewPetitionRating>>) -> Result<HttpResponse> {
    let Json(new) = &visit.body;
    let case_id = pins::open(&visit.db, visit.visitor.actor(), &new.code, &new.pin).await?;
    visit.run(move |tx, Json(new)| rate(tx, case_id, new.rating)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_an_identity_goes() {
        use Custody::{None as Nowhere, SealedPaper, Vault};
        for (chosen, is_given, goes) in [
            (None, true, Some(Vault)),
            (None, false, Some(Nowhere)),
            (Some(Vault), true, Some(Vault)),
            (Some(Vault), false, None),
            (Some(SealedPaper), true, None),
            (Some(SealedPaper), false, Some(SealedPaper)),
            (Some(Nowhere), true, None),
            (Some(Nowhere), false, Some(Nowhere)),
        ] {
            assert_eq!(custody(chosen, is_given).ok(), goes, "{chosen:?} {is_given}");
        }
    }

    #[test]
    fn what_the_petitioner_is_told_names_no_state_of_the_inside() {
        for status in ComplaintStatus::ALL {
            let state = PetitionState::of(*status);
            assert!(PetitionState::ALL.contains(&state), "{status}");
        }
    }
}
