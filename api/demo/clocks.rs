//! The clocks of the cases of the demonstration: begun, met, stopped and ended by the steps of each, as the service would.

use std::sync::LazyLock;

use chrono::NaiveDate;

use super::dice::Ids;
use crate::{
    calendar::{
        clocks::ClockRow,
        days::WorkCalendar,
        holidays,
        policies::{ClockCode, shipped_on},
    },
    db::Id,
};

static CALENDAR: LazyLock<WorkCalendar> = LazyLock::new(holidays::shipped);

/// What a step does to the clocks of its case.
enum Does {
    Start(ClockCode),
    Meet(ClockCode),
    Stop,
    /// Of all that still run.
    End,
}

fn first_clock(kind: &str) -> ClockCode {
    match kind {
        "complaint" => ClockCode::KnAcc,
        "denunciation" => ClockCode::TcInit,
        _ => ClockCode::Knpa,
    }
}

fn doings(kind: &str, action: &str) -> Vec<Does> {
    use Does::{End, Meet, Start, Stop};
    let first = first_clock(kind);
    match (action, kind) {
        ("accept", "denunciation") => vec![Meet(first), Start(ClockCode::TcRes), Start(ClockCode::TcNote)],
        ("accept", _) => vec![Meet(first), Start(ClockCode::KnRes1)],
        ("verify", "denunciation") => vec![Meet(ClockCode::TcNote)],
        ("suspend", _) => vec![Stop],
        ("decide", _) => vec![Meet(ClockCode::KnRes1), Start(ClockCode::KnSend1)],
        ("conclude", _) => vec![Meet(ClockCode::TcRes), Start(ClockCode::TcConc), Start(ClockCode::TcAct)],
        ("implement", _) => vec![Meet(ClockCode::KnSend1), Meet(ClockCode::TcConc)],
        ("close", _) => vec![Meet(ClockCode::TcAct), End],
        ("refuse" | "guide" | "file" | "forward" | "answer", _) => vec![Meet(first)],
        ("withdraw", _) => vec![End],
        _ => vec![],
    }
}

/// Those of one case, by the days of its steps.
pub(super) fn of(ids: &mut Ids, case: Id, kind: &str, received_on: NaiveDate, steps: &[(&str, NaiveDate)]) -> Vec<ClockRow> {
    let mut clocks: Vec<ClockRow> = Vec::new();
    let mut begin = |clocks: &mut Vec<ClockRow>, code, on| {
        if let Some(policy) = shipped_on(code, on) {
            clocks.push(ClockRow { id: ids.make(), ..ClockRow::begin(&CALENDAR, case, &policy, &[], on) });
        }
    };
    begin(&mut clocks, first_clock(kind), received_on);
    for (action, on) in steps {
        for does in doings(kind, action) {
            let running = |clock: &&mut ClockRow| clock.is_running();
            match does {
                Does::Start(code) => begin(&mut clocks, code, *on),
                Does::Meet(code) => {
                    clocks
                        .iter_mut()
                        .filter(running)
                        .filter(|clock| clock.code == code)
                        .for_each(|clock| clock.met_on = Some(*on));
                }
                Does::Stop => {
                    let settling = clocks.iter_mut().filter(running).filter(|clock| clock.code.stands_still());
                    settling.for_each(|clock| clock.stop(&CALENDAR, *on, "other_body"));
                }
                Does::End => clocks.iter_mut().filter(running).for_each(|clock| clock.ended_on = Some(*on)),
            }
        }
    }
    clocks
}
