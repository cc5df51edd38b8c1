//! What may be done with a member now: one list for the object itself and for the problem that refuses something else.

use super::model::{MemberKind, MemberRow, MemberStatus};
use crate::http::AllowedAction;

/// What gives the caller rights over her.
#[derive(Clone, Copy, Debug, Default)]
pub struct May {
    pub write: bool,
    /// See what is masked.
    pub reveal: bool,
    /// Something that happened to her may be taken back.
    pub reverse: bool,
}

pub fn allowed(row: &MemberRow, may: May) -> Vec<AllowedAction> {
    let href = format!("/api/v1/members/{}", row.id);
    let act = |action, path: &str| AllowedAction::act(action, format!("{href}/{path}"));
    let disclose = |action, path: &str| AllowedAction { needs: &[], requires: &["reason"], ..act(action, path) };
    let mut actions = Vec::new();
    if may.write {
        match row.status {
            MemberStatus::Active => {
                actions.extend([
                    act("transfer", "transfers").requiring(&["to_unit_id", "effective_on"]),
                    act("depart", "departures").requiring(&["kind", "effective_on", "reason"]),
                    act("decease", "deaths").requiring(&["died_on"]),
                    act("verify", "verifications").requiring(&["verified_on"]),
                ]);
                if row.is_core {
                    actions.push(act("end_core", "core-endings").requiring(&["effective_on"]));
                } else if row.kind == MemberKind::Regular {
                    actions.push(act("begin_core", "core-periods").requiring(&["effective_on"]));
                }
            }
            MemberStatus::Left | MemberStatus::Removed => {
                actions.push(act("readmit", "readmissions").requiring(&["unit_id", "effective_on"]))
            }
            MemberStatus::Deceased => {}
        }
    }
    if may.reverse {
        actions.push(act("reverse", "reversals").requiring(&["reason"]));
    }
    if may.write {
        actions.push(AllowedAction::update(href.clone()));
    }
    if may.reveal && row.national_id_sealed.is_some() {
        actions.push(disclose("disclose_national_id", "national-id-disclosures"));
    }
    if may.reveal && row.phone.is_some() {
        actions.push(disclose("disclose_phone", "phone-disclosures"));
    }
    actions
}
