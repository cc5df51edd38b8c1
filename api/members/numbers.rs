//! Citizen numbers that are given to be tried: whoever gives one learns whether it belongs to a member, within her reach
//! or not. What is admitted or corrected is work; what is refused or only tried is a look-up: it is taken from that
//! budget, and a number found in use is recorded.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering::Relaxed},
};

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use crate::{
    access::{Access, Policy, Scope},
    db::{Change, Db, Id, Tx},
    http::{Code, Problem, Result},
};

/// What was learned of the numbers of one request.
#[derive(Clone, Default)]
pub struct Tried(Arc<Counts>);

#[derive(Default)]
struct Counts {
    /// Of another member.
    in_use: AtomicU32,
    /// Free, but something is to be confirmed first.
    open: AtomicU32,
    /// Free, and hers now, if the transaction is kept.
    taken: AtomicU32,
}

impl Tried {
    /// A transaction that is run again begins anew.
    pub fn begin(&self) {
        [&self.0.in_use, &self.0.open, &self.0.taken].into_iter().for_each(|count| count.store(0, Relaxed));
    }

    /// Notes what became of one row, if it gave a number. What is refused for another reason was not looked at.
    pub fn note<T>(&self, number: bool, outcome: &Result<T>) {
        if !number {
            return;
        }
        let count = match outcome.as_ref().map_err(Problem::code) {
            Ok(_) => &self.0.taken,
            Err(Code::NationalIdInUse) => &self.0.in_use,
            Err(Code::ConfirmationRequired) => &self.0.open,
            Err(_) => return,
        };
        count.fetch_add(1, Relaxed);
    }
}

/// Who gives numbers, in which request.
pub struct Watch {
    access: Access,
    request: HttpRequest,
    db: web::Data<Db>,
    scope: Scope,
    tried: Tried,
}

impl Watch {
    /// 429 for whoever gives a number, and has tried too many of late.
    pub fn begin(numbers: bool, access: &Access, request: HttpRequest, db: web::Data<Db>, scope: &Scope) -> Result<Self> {
        if numbers {
            access.require_budget(&request, Policy::Lookup)?;
        }
        Ok(Self { access: access.clone(), request, db, scope: scope.clone(), tried: Tried::default() })
    }

    pub fn tried(&self) -> Tried {
        self.tried.clone()
    }

    /// Counts and records, in a transaction of its own, before anything is told. `kept`: what was taken is on the roll.
    pub async fn end(self, kept: bool, outcome: Result<HttpResponse>) -> Result<HttpResponse> {
        let counts = &self.tried.0;
        let in_use = counts.in_use.load(Relaxed);
        let taken = if kept && outcome.is_ok() { 0 } else { counts.taken.load(Relaxed) };
        let given = in_use + counts.open.load(Relaxed) + taken;
        self.access.charge(&self.request, Policy::Lookup, given)?;
        if in_use > 0 {
            let record = move |tx: &mut Tx<'_>| {
                let found = json!({ "by": "national_id_given", "given_count": given, "found_count": in_use });
                tx.record(Change::new("look_up", "members", Id::new(), 1).after(&found));
                Ok(())
            };
            self.db.write(self.access.actor(Some(&self.scope)), record).await?;
        }
        outcome
    }
}
