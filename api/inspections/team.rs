//! Who may be of a team: nobody of the inspected unit, nor kin of its officers, nor with two inspections on one day.

use chrono::NaiveDate;
use diesel::{ExpressionMethods, QueryDsl};

use super::{
    model::{InspectionRow, InspectionStatus, InspectionVisibility, NewTeamMember},
    sight::{Viewer, below},
};
use crate::{
    calendar::today,
    db::{
        Id, Reader,
        schema::{accounts, appointments, inspection_teams, inspections, members, role_assignments},
    },
    http::{FieldError, Problem, Result, Text},
    members::MemberStatus,
    officers::{AppointmentStatus, kinships, people},
};

/// One lead and at least one more, each once, each within reach and free.
pub(super) fn check(reader: &mut Reader<'_>, viewer: &Viewer, inspected: Id, team: &[NewTeamMember]) -> Result<()> {
    if team.iter().filter(|one| one.is_lead).count() != 1 {
        return Err(Problem::field("/members", "one_lead", "Cần đúng một trưởng đoàn", "Exactly one leads"));
    }
    let mut errors = Vec::new();
    for (place, one) in team.iter().enumerate() {
        let pointer = format!("/members/{place}/member_id");
        if team.iter().take(place).any(|other| other.member_id == one.member_id) {
            let text = Text::new("Đã có trong đoàn", "She is in it already");
            errors.push(FieldError::body(pointer, "twice_in_the_team", text));
            continue;
        }
        match people::reach_field(reader, &viewer.read, &pointer, one.member_id) {
            Ok(person) if person.status != MemberStatus::Active => {
                let text = Text::new("Không còn trong danh sách hội viên", "Not on the roll any more");
                errors.push(FieldError::body(pointer, "not_active", text));
            }
            Ok(_) => errors.extend(tie(reader, inspected, one.member_id)?.map(|tie| tie.error(pointer))),
            Err(problem) => errors.extend(problem.into_errors()),
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Problem::fields(errors)) }
}

/// The same of a team that was chosen before: posts, kin and units may have changed since.
pub(super) fn check_again(reader: &mut Reader<'_>, inspected: Id, team: &[(Id, bool)]) -> Result<()> {
    if team.len() < 2 {
        return Err(Problem::field(
            "",
            "team_too_small",
            "Đoàn cần trưởng đoàn và ít nhất một thành viên",
            "The team needs a lead and at least one more",
        ));
    }
    for (member, _) in team {
        if let Some(tie) = tie(reader, inspected, *member)? {
            return Err(Problem::fields(vec![tie.error(String::new())]));
        }
    }
    Ok(())
}

/// What keeps somebody from inspecting a unit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Tie {
    Belongs,
    Kin,
}

impl Tie {
    fn error(self, pointer: String) -> FieldError {
        match self {
            Self::Belongs => FieldError::body(
                pointer,
                "of_the_inspected_unit",
                Text::new("Có người trong đoàn thuộc đơn vị được kiểm tra", "Somebody of the team belongs to the inspected unit"),
            ),
            Self::Kin => FieldError::body(
                pointer,
                "kin_of_its_officers",
                Text::new(
                    "Có người trong đoàn là người thân của cán bộ đơn vị được kiểm tra",
                    "Somebody of the team is kin of an officer of the inspected unit",
                ),
            ),
        }
    }
}

/// By her unit on the roll, a post, or a role of her account, in the inspected unit or below it; or by kin with a post there.
fn tie(reader: &mut Reader<'_>, inspected: Id, member: Id) -> Result<Option<Tie>> {
    let there = || below(&[inspected]);
    let on_the_roll: Option<Id> =
        reader.optional(members::table.find(member).filter(members::unit_id.eq_any(there())).select(members::id))?;
    if on_the_roll.is_some() || holds_a_post(reader, inspected, vec![member])? || has_a_role(reader, inspected, member)? {
        return Ok(Some(Tie::Belongs));
    }
    let kin = kinships::kin_of(reader, &[member])?;
    Ok((!kin.is_empty() && holds_a_post(reader, inspected, kin)?).then_some(Tie::Kin))
}

fn holds_a_post(reader: &mut Reader<'_>, unit: Id, people: Vec<Id>) -> Result<bool> {
    let found: Vec<Id> = reader.load(
        appointments::table
            .filter(appointments::member_id.eq_any(people))
            .filter(appointments::status.eq(AppointmentStatus::Held))
            .filter(appointments::unit_id.eq_any(below(&[unit])))
            .select(appointments::id)
            .limit(1),
    )?;
    Ok(!found.is_empty())
}

fn has_a_role(reader: &mut Reader<'_>, unit: Id, member: Id) -> Result<bool> {
    let account = accounts::table.filter(accounts::member_id.eq(member)).select(accounts::id);
    let held: Vec<(NaiveDate, Option<NaiveDate>)> = reader.load(
        role_assignments::table
            .filter(role_assignments::principal_id.eq_any(account))
            .filter(role_assignments::unit_id.eq_any(below(&[unit])))
            .select((role_assignments::valid_from, role_assignments::valid_to)),
    )?;
    Ok(held.into_iter().any(|(from, to)| crate::calendar::within(today(), from, to)))
}

/// Nobody inspects twice on one day, and no unit is inspected twice. What the caller may not know of stands in nobody's way:
/// else a refusal would tell of it.
pub(super) fn check_calendar(reader: &mut Reader<'_>, viewer: &Viewer, row: &InspectionRow, team: &[(Id, bool)]) -> Result<()> {
    let overlapping = || {
        inspections::table
            .filter(viewer.sight.showing(InspectionVisibility::Head))
            .filter(inspections::id.ne(row.id))
            .filter(inspections::status.eq_any([InspectionStatus::Scheduled, InspectionStatus::InProgress]))
            .filter(inspections::starts_on.le(row.ends_on))
            .filter(inspections::ends_on.ge(row.starts_on))
            .select(inspections::id)
    };
    let there: Vec<Id> = reader.load(overlapping().filter(inspections::inspected_unit_id.eq(row.inspected_unit_id)).limit(1))?;
    if !there.is_empty() {
        return Err(Problem::field(
            "/starts_on",
            "unit_inspected_then",
            "Đơn vị đã có cuộc kiểm tra khác trong những ngày này",
            "The unit is inspected by somebody else on these days",
        ));
    }
    let people: Vec<Id> = team.iter().map(|(member, _)| *member).collect();
    let busy: Vec<Id> = reader.load(
        inspection_teams::table
            .filter(inspection_teams::member_id.eq_any(people))
            .filter(inspection_teams::inspection_id.eq_any(overlapping()))
            .select(inspection_teams::member_id)
            .limit(1),
    )?;
    if busy.is_empty() {
        return Ok(());
    }
    Err(Problem::field(
        "/starts_on",
        "team_busy_then",
        "Có người trong đoàn đã có cuộc kiểm tra khác trong những ngày này",
        "Somebody of the team inspects another unit on these days",
    ))
}
