//! What goes out of a case names nobody who stands in the vault (domain guide 6.4.6).
//!
//! Whoever writes a notice or a message does not know the name she must not write, so she cannot check it herself; the
//! service compares and says no. A no is an answer, too: with many tries it would tell the name. So it never says what it
//! found, each no is recorded and takes from the budget of look-ups, and after [`TRIES`] of them in one case nothing more
//! of hers is taken there for a day.

use actix_web::{HttpRequest, HttpResponse};
use diesel::{ExpressionMethods, QueryDsl};

use super::{tokens, vault};
use crate::{
    access::{Access, Policy},
    db::{Change, Db, Id, Instant, Reader, Tx, schema::identity_lint_hits as hits},
    http::{Code, Problem, Result},
    keys::Keys,
};

const CODE: &str = "reveals_identity";
/// So many times may somebody be told no in a case.
const TRIES: i64 = 5;
const LOCK_SECONDS: i64 = 24 * 3600;
/// What a no takes from the budget of look-ups.
const PRICE: u32 = 30;

/// 422 about `pointer` when the text tells of somebody whom the vault holds of this case.
pub(super) fn check(tx: &mut Tx<'_>, case_id: Id, pointer: &str, text: &str) -> Result<()> {
    let (now, writer) = (tx.now(), tx.actor().id);
    let identities = vault::all_in(tx, case_id)?;
    if identities.is_empty() {
        return Ok(());
    }
    if let Some(writer) = writer
        && let Some(wait) = locked_for(&mut tx.read(), case_id, writer, now)?
    {
        return Err(Problem::say(
            Code::TooManyRequests,
            "Văn bản của bạn trong vụ việc này nhiều lần có thông tin về người gửi đơn; hãy để người khác soạn, hoặc thử lại sau",
            "Your texts in this case told of the petitioner too often; let somebody else write, or try again later",
        )
        .with_header(actix_web::http::header::RETRY_AFTER, wait.into()));
    }
    if identities.iter().all(|identity| tokens::told(identity, text).is_empty()) {
        return Ok(());
    }
    Err(Problem::field(
        pointer,
        CODE,
        "Có thông tin cho biết ai là người gửi đơn: bỏ tên, địa chỉ, số điện thoại, số giấy tờ của người gửi",
        "It tells who handed in the petition: leave out name, address, telephone and papers of the petitioner",
    ))
}

/// Texts of petitioners as whoever handles the case may read them: without what tells who they are. What is kept stays as
/// it came.
pub(super) fn redact<'t>(
    reader: &mut Reader<'_>,
    keys: &Keys,
    case_id: Id,
    texts: impl Iterator<Item = &'t mut String>,
) -> Result<()> {
    let identities = vault::all_of(reader, keys, case_id)?;
    if !identities.is_empty() {
        texts.for_each(|text| *text = tokens::redacted(&identities, text));
    }
    Ok(())
}

/// Seconds for which nothing of this writer's is taken in the case.
fn locked_for(reader: &mut Reader<'_>, case_id: Id, writer: Id, now: Instant) -> Result<Option<i64>> {
    let row: Option<(i64, Instant)> =
        reader.optional(hits::table.find((case_id, writer)).select((hits::hit_count, hits::last_at)))?;
    Ok(row.and_then(|(count, last)| {
        let left = LOCK_SECONDS - (now.millis() - last.millis()) / 1000;
        (count >= TRIES && left > 0).then_some(left)
    }))
}

/// What a handler whose command may fail in [`check`] answers: a no is recorded (in a transaction of its own, since the
/// command's was taken back) and paid for.
pub(super) async fn watched(
    request: &HttpRequest,
    db: &Db,
    access: &Access,
    case_id: Id,
    outcome: Result<HttpResponse>,
) -> Result<HttpResponse> {
    let told =
        |problem: &Problem| problem.code() == Code::InvalidBody && problem.errors().iter().any(|error| error.code() == CODE);
    if let Err(problem) = &outcome
        && told(problem)
    {
        access.charge(request, Policy::Lookup, PRICE)?;
        let writer = access.principal().id;
        db.write(access.actor(None), move |tx| count(tx, case_id, writer)).await?;
    }
    outcome
}

fn count(tx: &mut Tx<'_>, case_id: Id, writer: Id) -> Result<()> {
    let now = tx.now();
    let known: Option<(i64, Instant)> =
        tx.read().optional(hits::table.find((case_id, writer)).select((hits::hit_count, hits::last_at)))?;
    // What lies a day back counts no more.
    let count = known.filter(|(_, last)| now.millis() - last.millis() < LOCK_SECONDS * 1000).map_or(0, |(count, _)| count) + 1;
    tx.record(Change::new("reveal_identity", "complaints", case_id, 0));
    if known.is_some() {
        let row = hits::table.find((case_id, writer));
        tx.execute(diesel::update(row).set((hits::hit_count.eq(count), hits::last_at.eq(now))))?;
    } else {
        tx.execute(diesel::insert_into(hits::table).values((
            hits::complaint_id.eq(case_id),
            hits::account_id.eq(writer),
            hits::hit_count.eq(count),
            hits::last_at.eq(now),
        )))?;
    }
    Ok(())
}
