//! The clocks of a case: which circumstances of it choose their days, and how far it may be extended. They run in
//! [`crate::calendar::clocks`].

use chrono::NaiveDate;

use super::model::{CaseFacts, Complexity};
pub(super) use crate::calendar::{
    clocks::{Clock, end, meet, of, resume, stop},
    policies::ClockCode,
};
use crate::{
    calendar::{
        clocks::{self, Extension},
        days::{Circumstance, Deadline},
    },
    db::{Reader, Tx},
    http::Result,
};

/// Begins the clock of a step on the day of its event, by the rule that holds then. One that runs already goes on.
pub(super) fn start(tx: &mut Tx<'_>, case: &CaseFacts, code: ClockCode, trigger_on: NaiveDate) -> Result<()> {
    clocks::start(tx, case.id, code, &circumstances(case), trigger_on)
}

/// Gives it more time, before the last day has passed. A complaint goes once up to what a complex case has; a denunciation
/// gets its days more, once if it is complex and twice if it is specially complex; the first check of a denunciation goes
/// once up to what several places need. 422 when that is not to be had.
pub(super) fn extend(tx: &mut Tx<'_>, case: &CaseFacts, code: ClockCode, reason: &str) -> Result<()> {
    clocks::extend(tx, case.id, code, extension(case, code), reason)
}

/// The last day on which a complaint may be handed in, counted from the day its decision or act was known (KN-LIM1) or the
/// first decision was received or due (KN-LIM2); none: no rule of that day says one.
pub(super) fn limitation(
    reader: &mut Reader<'_>,
    case: &CaseFacts,
    code: ClockCode,
    trigger_on: NaiveDate,
) -> Result<Option<Deadline>> {
    clocks::limitation(reader, code, &circumstances(case), trigger_on)
}

fn circumstances(case: &CaseFacts) -> Vec<Circumstance> {
    let complex = (case.complexity != Complexity::Simple).then_some(Circumstance::Complex);
    complex.into_iter().chain(case.is_remote.then_some(Circumstance::Remote)).collect()
}

fn extension(case: &CaseFacts, code: ClockCode) -> Extension {
    match (code, case.complexity) {
        (ClockCode::TcInit, _) => Extension::To(vec![Circumstance::SeveralPlaces]),
        (ClockCode::TcRes, Complexity::Simple) => Extension::Times(0),
        (ClockCode::TcRes, Complexity::Complex) => Extension::Times(1),
        (ClockCode::TcRes, Complexity::SpeciallyComplex) => Extension::Times(2),
        _ => Extension::To(circumstances(case)),
    }
}
