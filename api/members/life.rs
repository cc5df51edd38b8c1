//! The life of a member: admitted, corrected, moved, gone, back. Every change keeps what was.

use chrono::NaiveDate;
use diesel::{ExpressionMethods, Insertable, JoinOnDsl, QueryDsl};
use serde::Serialize;
use serde_json::json;

use super::{
    actions::{self, May},
    model::{
        AdmissionKind, CoreChange, DepartureKind, MemberDetails, MemberEventKind, MemberKind, MemberRow, MemberStatus, NewDeath,
        NewDeparture, NewMember, NewReadmission, NewTransfer, NewVerification, SpecialGroup,
    },
    rules::{self, Checked},
    search::{Entry, NameIndex},
    store,
};
use crate::{
    access::{Scope, View},
    calendar::today,
    complaints,
    db::{
        Cached, Change, Id, Instant, TextList, Tx,
        schema::{core_periods, member_events, member_special_groups, member_tree, members, memberships, units as units_table},
    },
    http::{Code, Given, Patch, Problem, Result, Text, Warning},
    keys::Purpose,
    text,
    units::{self, UnitKind, UnitStatus, posts},
};

/// Who writes, and where what is written must be made known.
pub struct Writer<'w> {
    pub scope: &'w Scope,
    pub index: &'w NameIndex,
    /// Where the caller may end posts.
    pub officers: Option<&'w Scope>,
}

impl Writer<'_> {
    /// Admits somebody.
    pub fn admit(&self, tx: &mut Tx<'_>, given: &Given, id: Id, new: &NewMember) -> Result<MemberRow> {
        let (view, _) = self.unit_for_members(tx, "/unit_id", new.unit_id, new.joined_on, Some(self.scope))?;
        let mut checked = rules::check(&new.details(), view)?;
        let row = self.fill(tx, id, &mut checked, None, new.unit_id)?;
        checked.warnings.extend(self.former(tx, &row)?);
        given.confirm(&checked.warnings)?;
        tx.record(
            Change::new("admit", "members", id, 1)
                .at(new.unit_id)
                .on(new.joined_on)
                .because(new.decision_no.clone())
                .after(&recorded(&row)),
        );
        tx.execute(diesel::insert_into(members::table).values(&row))?;
        self.open_membership(tx, id, new.unit_id, new.joined_on, 0)?;
        self.event(
            tx,
            id,
            match new.admission_kind {
                AdmissionKind::Admitted => MemberEventKind::Admitted,
                AdmissionKind::MovedIn => MemberEventKind::MovedIn,
            },
            new.joined_on,
            (None, Some(new.unit_id)),
            (None, new.decision_no.as_deref()),
        )?;
        set_groups(tx, id, &[], &checked.details.special_groups, new.joined_on)?;
        enter_tree(tx, &row)?;
        units::counts::add(tx, row.unit_id, row.status.as_str(), row.kind.as_str(), 1)?;
        self.make_known(tx, &row);
        Ok(row)
    }

    /// Corrects what is known of somebody.
    pub fn correct(&self, tx: &mut Tx<'_>, given: &Given, id: Id, patch: &Patch<MemberDetails>) -> Result<MemberRow> {
        let (old, view) = store::find(&mut tx.read(), self.scope, id)?;
        given.check_version(tx, id, old.version, patch.names())?;
        if patch.is_empty() {
            return Ok(old);
        }
        rules::refuse_hidden(view, patch.names())?;
        let before = details(tx, &old);
        let mut after = patch.apply(&before)?;
        rules::settle(view, &before, &mut after, |name| patch.get(name).is_some())?;
        if old.is_core && after.kind != MemberKind::Regular {
            return Err(Problem::field(
                "/kind",
                "core_member_is_regular",
                "Hội viên nòng cốt phải là hội viên; hãy kết thúc nòng cốt trước",
                "A core member is a regular member; end her time as core member first",
            ));
        }
        // Whoever does not see the sensitive fields has left them as they are.
        let mut checked = rules::check(&after, View::OwnSensitive)?;
        let start = (after.joined_on != before.joined_on).then(|| start_of(tx, id, after.joined_on)).transpose()?;
        let row = self.fill(tx, id, &mut checked, Some(&old), old.unit_id)?;
        given.confirm(&checked.warnings)?;
        tx.record(
            Change::new("correct", "members", id, row.version).at(row.unit_id).before(&recorded(&old)).after(&recorded(&row)),
        );
        if let Some(start) = start {
            start.move_to(tx, id, after.joined_on)?;
        }
        set_groups(tx, id, &before.special_groups, &checked.details.special_groups, today())?;
        self.save(tx, &old, &row)?;
        Ok(row)
    }

    /// Moves somebody to another unit of the province, within the caller's reach or not.
    pub fn transfer(&self, tx: &mut Tx<'_>, given: &Given, id: Id, new: &NewTransfer) -> Result<MemberRow> {
        let old = self.active(tx, given, id)?;
        self.unit_for_members(tx, "/to_unit_id", new.to_unit_id, new.effective_on, None)?;
        if new.to_unit_id == old.unit_id {
            return Err(Problem::field("/to_unit_id", "same_unit", "Đang sinh hoạt ở đơn vị này", "She is in this unit already"));
        }
        rules::check_effective("/effective_on", new.effective_on, last_step(tx, id)?)?;
        self.confirm_posts(tx, given, id)?;
        let row = MemberRow { version: old.version + 1, updated_at: tx.now(), unit_id: new.to_unit_id, ..old.clone() };
        let change = |unit: Id| json!({ "unit_id": unit });
        tx.record(
            Change::new("transfer", "members", id, row.version)
                .at(old.unit_id)
                .on(new.effective_on)
                .because(new.reason.clone())
                .before(&change(old.unit_id))
                .after(&change(row.unit_id)),
        );
        close_membership(tx, id, new.effective_on)?;
        let step = steps_on(tx, id, new.effective_on)?;
        self.open_membership(tx, id, row.unit_id, new.effective_on, step)?;
        let units = (Some(old.unit_id), Some(row.unit_id));
        self.event(
            tx,
            id,
            MemberEventKind::Transferred,
            new.effective_on,
            units,
            (new.reason.as_deref(), new.decision_no.as_deref()),
        )?;
        self.save(tx, &old, &row)?;
        Ok(row)
    }

    /// She leaves, or is struck off.
    pub fn depart(&self, tx: &mut Tx<'_>, given: &Given, id: Id, new: &NewDeparture) -> Result<MemberRow> {
        let (status, kind) = match new.kind {
            DepartureKind::Left => (MemberStatus::Left, MemberEventKind::Left),
            DepartureKind::MovedOut => (MemberStatus::Left, MemberEventKind::MovedOut),
            DepartureKind::Removed => (MemberStatus::Removed, MemberEventKind::Removed),
        };
        let words = (Some(new.reason.as_str()), new.decision_no.as_deref());
        self.end(tx, given, id, ("/effective_on", new.effective_on), status, kind, words)
    }

    /// She has died.
    pub fn decease(&self, tx: &mut Tx<'_>, given: &Given, id: Id, new: &NewDeath) -> Result<MemberRow> {
        self.end(tx, given, id, ("/died_on", new.died_on), MemberStatus::Deceased, MemberEventKind::Deceased, (None, None))
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one event")]
    fn end(
        &self,
        tx: &mut Tx<'_>,
        given: &Given,
        id: Id,
        (pointer, day): (&str, NaiveDate),
        status: MemberStatus,
        kind: MemberEventKind,
        words: (Option<&str>, Option<&str>),
    ) -> Result<MemberRow> {
        let old = self.active(tx, given, id)?;
        let since = last_step(tx, id)?.max(open_core(tx, id)?.unwrap_or(old.joined_on));
        rules::check_effective(pointer, day, since)?;
        self.check_posts(tx, &old, status)?;
        let row = MemberRow {
            version: old.version + 1,
            updated_at: tx.now(),
            status,
            left_on: Some(day),
            is_core: false,
            ..old.clone()
        };
        tx.record(
            Change::new(kind.as_str(), "members", id, row.version)
                .at(old.unit_id)
                .on(day)
                .because(words.0.map(Into::into))
                .before(&json!({ "status": old.status, "left_on": old.left_on, "is_core": old.is_core }))
                .after(&json!({ "status": row.status, "left_on": row.left_on, "is_core": row.is_core })),
        );
        close_membership(tx, id, day)?;
        close_core(tx, id, day, status.as_str())?;
        posts::end_all(tx, posts::Of::Member(id), day, "died")?;
        posts::release(tx, id, day)?;
        self.event(tx, id, kind, day, (Some(old.unit_id), None), words)?;
        self.save(tx, &old, &row)?;
        if status == MemberStatus::Removed {
            complaints::watch(tx, id)?;
        }
        Ok(row)
    }

    /// She comes back: the same person, the same id; no new admission.
    pub fn readmit(&self, tx: &mut Tx<'_>, given: &Given, id: Id, new: &NewReadmission) -> Result<MemberRow> {
        let old = self.former_by_proof(tx, id, new)?;
        given.check_version(tx, id, old.version, std::iter::empty())?;
        if !MemberStatus::FORMER.contains(&old.status) {
            return Err(self.refuse(tx, &old)?);
        }
        self.unit_for_members(tx, "/unit_id", new.unit_id, new.effective_on, Some(self.scope))?;
        rules::check_effective("/effective_on", new.effective_on, old.left_on.unwrap_or(old.joined_on))?;
        if let Some(hash) = &old.national_id_hash {
            self.check_number_is_free(tx, hash, id)?;
        }
        let row = MemberRow {
            version: old.version + 1,
            updated_at: tx.now(),
            status: MemberStatus::Active,
            left_on: None,
            unit_id: new.unit_id,
            ..old.clone()
        };
        tx.record(
            Change::new("readmit", "members", id, row.version)
                .at(row.unit_id)
                .on(new.effective_on)
                .because(new.reason.clone())
                .before(&json!({ "status": old.status, "left_on": old.left_on, "unit_id": old.unit_id }))
                .after(&json!({ "status": row.status, "left_on": row.left_on, "unit_id": row.unit_id })),
        );
        let step = steps_on(tx, id, new.effective_on)?;
        self.open_membership(tx, id, row.unit_id, new.effective_on, step)?;
        let words = (new.reason.as_deref(), new.decision_no.as_deref());
        self.event(tx, id, MemberEventKind::Readmitted, new.effective_on, (None, Some(row.unit_id)), words)?;
        self.save(tx, &old, &row)?;
        Ok(row)
    }

    /// She becomes a core member. Officers are none (provincial guidance on core members).
    pub fn begin_core(&self, tx: &mut Tx<'_>, given: &Given, id: Id, new: &CoreChange) -> Result<MemberRow> {
        let old = self.active(tx, given, id)?;
        if old.is_core {
            let problem = Problem::say(Code::InvalidTransition, "Đã là hội viên nòng cốt", "She is a core member already");
            return Err(self.instead(tx, &old, problem)?);
        }
        if old.kind != MemberKind::Regular {
            return Err(Problem::field(
                "",
                "core_member_is_regular",
                "Chỉ hội viên mới là hội viên nòng cốt; không gồm hội viên danh dự và người giữ chức danh kiêm nhiệm",
                "Only a regular member can be a core member: no honorary one, nobody who only holds a post",
            ));
        }
        rules::check_effective("/effective_on", new.effective_on, old.joined_on)?;
        if !posts::held(tx, id)?.is_empty() {
            return Err(Problem::field(
                "",
                "core_member_is_officer",
                "Cán bộ Hội không đồng thời là hội viên nòng cốt",
                "An officer cannot be a core member",
            ));
        }
        let last: Option<(Id, Option<NaiveDate>)> = tx.read().optional(
            core_periods::table
                .filter(core_periods::member_id.eq(id))
                .order((core_periods::valid_to.desc(), core_periods::id.desc()))
                .select((core_periods::id, core_periods::valid_to)),
        )?;
        if let Some((_, Some(end))) = last {
            rules::check_effective("/effective_on", new.effective_on, end)?;
        }
        let row = self.set_core(tx, &old, true, new)?;
        let now = tx.now();
        match last {
            // Ended and begun on one day: the end was a slip, the time goes on.
            Some((last, end)) if end == Some(new.effective_on) => {
                tx.execute(diesel::update(core_periods::table.find(last)).set((
                    core_periods::valid_to.eq(None::<NaiveDate>),
                    core_periods::end_reason.eq(None::<String>),
                    core_periods::updated_at.eq(now),
                    core_periods::version.eq(core_periods::version + 1),
                )))?;
            }
            _ => {
                tx.execute(diesel::insert_into(core_periods::table).values((
                    core_periods::id.eq(Id::new()),
                    core_periods::version.eq(1_i64),
                    core_periods::created_at.eq(now),
                    core_periods::updated_at.eq(now),
                    core_periods::member_id.eq(id),
                    core_periods::valid_from.eq(new.effective_on),
                )))?;
            }
        }
        Ok(row)
    }

    /// She is a core member no more.
    pub fn end_core(&self, tx: &mut Tx<'_>, given: &Given, id: Id, new: &CoreChange) -> Result<MemberRow> {
        let old = self.active(tx, given, id)?;
        if !old.is_core {
            let problem = Problem::say(Code::InvalidTransition, "Không phải là hội viên nòng cốt", "She is no core member");
            return Err(self.instead(tx, &old, problem)?);
        }
        let since = open_core(tx, id)?.unwrap_or(old.joined_on);
        rules::check_effective("/effective_on", new.effective_on, since)?;
        let row = self.set_core(tx, &old, false, new)?;
        if new.effective_on == since {
            // Begun and ended on one day: a slip, which leaves no empty time behind.
            let open = core_periods::table.filter(core_periods::member_id.eq(id)).filter(core_periods::valid_to.is_null());
            tx.execute(diesel::delete(open))?;
        }
        close_core(tx, id, new.effective_on, new.reason.as_deref().unwrap_or("ended"))?;
        Ok(row)
    }

    fn set_core(&self, tx: &mut Tx<'_>, old: &MemberRow, is_core: bool, new: &CoreChange) -> Result<MemberRow> {
        let row = MemberRow { version: old.version + 1, updated_at: tx.now(), is_core, ..old.clone() };
        tx.record(
            Change::new(if is_core { "begin_core" } else { "end_core" }, "members", old.id, row.version)
                .at(old.unit_id)
                .on(new.effective_on)
                .because(new.reason.clone())
                .before(&json!({ "is_core": old.is_core }))
                .after(&json!({ "is_core": is_core })),
        );
        self.save(tx, old, &row)?;
        Ok(row)
    }

    /// Somebody made sure that she is there.
    pub fn verify(&self, tx: &mut Tx<'_>, given: &Given, id: Id, new: &NewVerification) -> Result<MemberRow> {
        let old = self.active(tx, given, id)?;
        rules::check_effective("/verified_on", new.verified_on, old.joined_on)?;
        let row =
            MemberRow { version: old.version + 1, updated_at: tx.now(), last_verified_on: Some(new.verified_on), ..old.clone() };
        tx.record(
            Change::new("verify", "members", id, row.version)
                .at(old.unit_id)
                .on(new.verified_on)
                .before(&json!({ "last_verified_on": old.last_verified_on }))
                .after(&json!({ "last_verified_on": row.last_verified_on })),
        );
        self.save(tx, &old, &row)?;
        Ok(row)
    }

    /// The member, if she is active and the caller has seen her last version.
    fn active(&self, tx: &mut Tx<'_>, given: &Given, id: Id) -> Result<MemberRow> {
        let (row, _) = store::find(&mut tx.read(), self.scope, id)?;
        given.check_version(tx, id, row.version, std::iter::empty())?;
        if row.status == MemberStatus::Active { Ok(row) } else { Err(self.refuse(tx, &row)?) }
    }

    /// Not in this state; what can be done instead goes with it.
    pub(super) fn refuse(&self, tx: &mut Tx<'_>, row: &MemberRow) -> Result<Problem> {
        let problem = Problem::say(
            Code::InvalidTransition,
            format!("Không làm được khi: {}", row.status.label(crate::http::Locale::Vi)),
            format!("Not possible while she is: {}", row.status),
        );
        self.instead(tx, row, problem)
    }

    /// A problem with what can be done instead.
    pub(super) fn instead(&self, tx: &mut Tx<'_>, row: &MemberRow, problem: Problem) -> Result<Problem> {
        let reverse = store::reversible(&mut tx.read(), &[row.id])?.contains(&row.id);
        let actions = actions::allowed(row, May { write: true, reverse, reveal: false });
        Ok(problem.with("allowed_actions", serde_json::to_value(actions).map_err(Problem::internal)?))
    }

    /// Whoever leaves holds no post. The posts of one who has died end with her, if the caller may end them.
    fn check_posts(&self, tx: &mut Tx<'_>, row: &MemberRow, status: MemberStatus) -> Result<()> {
        let mut blocked = false;
        for post in posts::held(tx, row.id)? {
            let lineage = units::store::lineage(&mut tx.read(), post.unit_id)?;
            blocked |= status != MemberStatus::Deceased || !self.officers.is_some_and(|scope| scope.reaches(&lineage));
        }
        if !blocked {
            return Ok(());
        }
        let problem = Problem::conflict(
            "",
            "holds_posts",
            "Đang giữ chức danh; hãy kết thúc việc giữ chức danh trước",
            "She holds a post; end the appointment first",
        );
        Err(self.instead(tx, row, problem)?)
    }

    /// Whoever moves may keep a post in the old unit, but not by oversight.
    fn confirm_posts(&self, tx: &mut Tx<'_>, given: &Given, id: Id) -> Result<()> {
        let held = posts::held(tx, id)?;
        if held.is_empty() {
            return Ok(());
        }
        let mut facts = Vec::new();
        for post in held {
            // Of posts out of reach only that there are some.
            if self.scope.reaches(&units::store::lineage(&mut tx.read(), post.unit_id)?) {
                facts.push(json!({ "appointment_id": post.id, "post": post.post, "unit_id": post.unit_id }));
            }
        }
        given.confirm(&[Warning {
            code: "holds_posts",
            pointer: "/to_unit_id",
            text: Text::new(
                "Đang giữ chức danh; chuyển sinh hoạt không kết thúc việc giữ chức danh",
                "She holds a post; moving her does not end it",
            ),
            facts: json!({ "posts": facts }),
        }])
    }

    /// A unit that takes members on that day: active, of a kind that people belong to, and within `scope` if one is
    /// given. How much the caller sees there comes back.
    fn unit_for_members(
        &self,
        tx: &mut Tx<'_>,
        pointer: &str,
        unit_id: Id,
        day: NaiveDate,
        scope: Option<&Scope>,
    ) -> Result<(View, UnitKind)> {
        let lineage = match scope {
            Some(scope) => units::store::reach_field(&mut tx.read(), scope, pointer, unit_id)?,
            None => units::store::lineage(&mut tx.read(), unit_id)?,
        };
        type Row = (UnitKind, UnitStatus, NaiveDate);
        let unit: Option<Row> = tx.read().optional(units_table::table.find(unit_id).select((
            units_table::kind,
            units_table::status,
            units_table::founded_on,
        )))?;
        let Some((kind, status, founded_on)) = unit else {
            return Err(Problem::field(pointer, "unknown_unit", "Không có đơn vị này", "There is no such unit"));
        };
        if !kind.takes_members() {
            return Err(Problem::field(
                pointer,
                "unit_takes_no_members",
                "Hội viên sinh hoạt ở chi hội, tổ, cơ sở hoặc đơn vị trực thuộc",
                "Members belong to a branch, group, base or affiliated unit",
            ));
        }
        if status == UnitStatus::Closed || founded_on > day {
            return Err(Problem::field(
                pointer,
                "unit_not_active",
                "Đơn vị không hoạt động vào ngày này",
                "The unit does not stand on that day",
            ));
        }
        Ok((scope.and_then(|scope| scope.view_at(&lineage)).unwrap_or_default(), kind))
    }

    /// The row that checked details make, new or in place of `old`; conflicts and look-alikes are found here.
    fn fill(&self, tx: &mut Tx<'_>, id: Id, checked: &mut Checked, old: Option<&MemberRow>, unit_id: Id) -> Result<MemberRow> {
        let details = &checked.details;
        let search_name = text::search_form(&details.full_name);
        let status = old.map_or(MemberStatus::Active, |old| old.status);
        let hash =
            checked.national_id.as_ref().map(|number| tx.keys().mac(Purpose::BlindIndex, number.as_str().as_bytes()).to_vec());
        let same_number = old.is_some_and(|old| old.national_id_hash == hash);
        if let Some(hash) = &hash
            && !same_number
            && status == MemberStatus::Active
        {
            self.check_number_is_free(tx, hash, id)?;
        }
        let same_person = old.is_some_and(|old| old.search_name == search_name && rules::birth_of(old) == checked.birth);
        if !same_person {
            checked.warnings.extend(self.look_alike(tx, id, &search_name, checked.birth)?);
        }
        let number = &checked.national_id;
        let (sealed, last3) = match (old, number) {
            (Some(old), _) if same_number => (old.national_id_sealed.clone(), old.national_id_last3.clone()),
            (_, Some(number)) => {
                let sealed = tx.keys().seal(Purpose::PersonalField, number.as_str().as_bytes(), id.as_bytes());
                (Some(sealed), Some(number.last3().to_owned()))
            }
            (_, None) => (None, None),
        };
        let now = tx.now();
        Ok(MemberRow {
            id,
            version: old.map_or(1, |old| old.version + 1),
            created_at: old.map_or(now, |old| old.created_at),
            updated_at: now,
            membership_no: old.map_or_else(membership_no, |old| old.membership_no.clone()),
            kind: details.kind,
            status,
            full_name: details.full_name.clone(),
            sort_key: text::person_sort_key(&details.full_name),
            search_name,
            sex: details.sex,
            born_on: checked.birth.on,
            birth_precision: checked.birth.precision.as_str().to_owned(),
            national_id_sealed: sealed,
            national_id_hash: hash,
            national_id_last3: last3,
            national_id_reason: details.national_id_reason.clone(),
            phone: checked.phone.clone(),
            address: details.address.clone(),
            residential_area: details.residential_area.clone(),
            residence_kind: details.residence_kind,
            occupation_code: details.occupation_code.clone(),
            ethnic_group_code: details.ethnic_group_code.clone(),
            religion_code: details.religion_code.clone(),
            sensitive_consent_on: details.sensitive_consent_on,
            special_groups: TextList::of(&details.special_groups.iter().map(|group| group.as_str()).collect::<Vec<_>>()),
            is_core: old.is_some_and(|old| old.is_core),
            unit_id,
            joined_on: details.joined_on,
            left_on: old.and_then(|old| old.left_on),
            last_verified_on: old.and_then(|old| old.last_verified_on),
        })
    }

    /// `step` orders the changes of one day.
    fn open_membership(&self, tx: &mut Tx<'_>, id: Id, unit_id: Id, from: NaiveDate, step: i64) -> Result<()> {
        let recorded_at = tx.now();
        tx.execute(diesel::insert_into(memberships::table).values((
            memberships::member_id.eq(id),
            memberships::valid_from.eq(from),
            memberships::step.eq(step),
            memberships::unit_id.eq(unit_id),
            memberships::recorded_at.eq(recorded_at),
        )))?;
        Ok(())
    }

    fn event(
        &self,
        tx: &mut Tx<'_>,
        member_id: Id,
        kind: MemberEventKind,
        effective_on: NaiveDate,
        (from_unit_id, to_unit_id): (Option<Id>, Option<Id>),
        (reason, decision_no): (Option<&str>, Option<&str>),
    ) -> Result<()> {
        let recorded_at = tx.now();
        let event =
            NewEvent { id: Id::new(), member_id, kind, effective_on, recorded_at, from_unit_id, to_unit_id, reason, decision_no };
        tx.execute(diesel::insert_into(member_events::table).values(event))?;
        Ok(())
    }

    /// Writes the row; what hangs on it (tree, counts, name index) follows when it must.
    pub(super) fn save(&self, tx: &mut Tx<'_>, old: &MemberRow, row: &MemberRow) -> Result<()> {
        let seen = members::table.filter(members::id.eq(row.id)).filter(members::version.eq(old.version));
        Problem::unless_one(tx.execute(diesel::update(seen).set(Columns::of(row)))?)?;
        if (old.unit_id, old.status, &old.sort_key) != (row.unit_id, row.status, &row.sort_key) {
            tx.execute(diesel::delete(member_tree::table.filter(member_tree::member_id.eq(row.id))))?;
            enter_tree(tx, row)?;
        }
        if (old.unit_id, old.status, old.kind) != (row.unit_id, row.status, row.kind) {
            units::counts::add(tx, old.unit_id, old.status.as_str(), old.kind.as_str(), -1)?;
            units::counts::add(tx, row.unit_id, row.status.as_str(), row.kind.as_str(), 1)?;
        }
        self.make_known(tx, row);
        Ok(())
    }

    /// After the commit, the name index of this instance knows.
    fn make_known(&self, tx: &mut Tx<'_>, row: &MemberRow) {
        let entry = Entry {
            id: row.id,
            sort_key: row.sort_key.clone(),
            search_name: row.search_name.clone(),
            status: row.status,
            unit_id: row.unit_id,
        };
        let index = self.index.clone();
        tx.after_commit(move || index.put(entry));
    }
}

#[derive(Insertable)]
#[diesel(table_name = member_events, treat_none_as_default_value = false)]
struct NewEvent<'a> {
    id: Id,
    member_id: Id,
    kind: MemberEventKind,
    effective_on: NaiveDate,
    recorded_at: Instant,
    from_unit_id: Option<Id>,
    to_unit_id: Option<Id>,
    reason: Option<&'a str>,
    decision_no: Option<&'a str>,
}

/// Every column that may change, for the update of a whole row.
#[derive(diesel::AsChangeset)]
#[diesel(table_name = members, treat_none_as_null = true)]
struct Columns<'a> {
    version: i64,
    updated_at: Instant,
    kind: super::model::MemberKind,
    status: MemberStatus,
    full_name: &'a str,
    search_name: &'a str,
    sort_key: &'a [u8],
    sex: super::model::Sex,
    born_on: NaiveDate,
    birth_precision: &'a str,
    national_id_sealed: Option<&'a [u8]>,
    national_id_hash: Option<&'a [u8]>,
    national_id_last3: Option<&'a str>,
    national_id_reason: Option<&'a str>,
    phone: Option<&'a str>,
    address: Option<&'a str>,
    residential_area: Option<&'a str>,
    residence_kind: super::model::ResidenceKind,
    occupation_code: Option<&'a str>,
    ethnic_group_code: Option<&'a str>,
    religion_code: Option<&'a str>,
    sensitive_consent_on: Option<NaiveDate>,
    special_groups: &'a TextList,
    is_core: bool,
    unit_id: Id,
    joined_on: NaiveDate,
    left_on: Option<NaiveDate>,
    last_verified_on: Option<NaiveDate>,
}

impl<'a> Columns<'a> {
    fn of(row: &'a MemberRow) -> Self {
        Self {
            version: row.version,
            updated_at: row.updated_at,
            kind: row.kind,
            status: row.status,
            full_name: &row.full_name,
            search_name: &row.search_name,
            sort_key: &row.sort_key,
            sex: row.sex,
            born_on: row.born_on,
            birth_precision: &row.birth_precision,
            national_id_sealed: row.national_id_sealed.as_deref(),
            national_id_hash: row.national_id_hash.as_deref(),
            national_id_last3: row.national_id_last3.as_deref(),
            national_id_reason: row.national_id_reason.as_deref(),
            phone: row.phone.as_deref(),
            address: row.address.as_deref(),
            residential_area: row.residential_area.as_deref(),
            residence_kind: row.residence_kind,
            occupation_code: row.occupation_code.as_deref(),
            ethnic_group_code: row.ethnic_group_code.as_deref(),
            religion_code: row.religion_code.as_deref(),
            sensitive_consent_on: row.sensitive_consent_on,
            special_groups: &row.special_groups,
            is_core: row.is_core,
            unit_id: row.unit_id,
            joined_on: row.joined_on,
            left_on: row.left_on,
            last_verified_on: row.last_verified_on,
        }
    }
}

/// Random: 40 bits in Crockford's alphabet, which has no letters that look alike.
fn membership_no() -> String {
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mut letters = crate::keys::random_bytes::<8>().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).into_iter();
    let (first, second): (String, String) = (letters.by_ref().take(4).collect(), letters.collect());
    format!("KH-{first}-{second}")
}

/// What the audit trail keeps of a row: everything but the number itself, of which it keeps a keyed hash that shows
/// whether it changed.
fn recorded(row: &MemberRow) -> impl Serialize {
    json!({
        "kind": row.kind,
        "status": row.status,
        "full_name": row.full_name,
        "sex": row.sex,
        "date_of_birth": rules::birth_of(row).to_string(),
        "national_id": row.national_id_hash.as_ref().map(|hash| hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect::<String>()),
        "national_id_reason": row.national_id_reason,
        "phone": row.phone,
        "address": row.address,
        "residential_area": row.residential_area,
        "residence_kind": row.residence_kind,
        "occupation_code": row.occupation_code,
        "ethnic_group_code": row.ethnic_group_code,
        "religion_code": row.religion_code,
        "sensitive_consent_on": row.sensitive_consent_on,
        "special_groups": row.special_groups.items(),
        "unit_id": row.unit_id,
        "joined_on": row.joined_on,
    })
}

/// The details of a row, the number opened: what a patch is applied to.
fn details(tx: &mut Tx<'_>, row: &MemberRow) -> MemberDetails {
    MemberDetails {
        kind: row.kind,
        full_name: row.full_name.clone(),
        sex: row.sex,
        date_of_birth: rules::birth_of(row).to_string(),
        national_id: open_national_id(tx.keys(), row),
        national_id_reason: row.national_id_reason.clone(),
        phone: row.phone.clone(),
        address: row.address.clone(),
        residential_area: row.residential_area.clone(),
        residence_kind: row.residence_kind,
        occupation_code: row.occupation_code.clone(),
        ethnic_group_code: row.ethnic_group_code.clone(),
        religion_code: row.religion_code.clone(),
        sensitive_consent_on: row.sensitive_consent_on,
        special_groups: groups_of(row),
        joined_on: row.joined_on,
    }
}

/// The citizen number in the clear.
pub(super) fn open_national_id(keys: &crate::keys::Keys, row: &MemberRow) -> Option<String> {
    let plain = keys.open(Purpose::PersonalField, row.national_id_sealed.as_deref()?, row.id.as_bytes())?;
    String::from_utf8(plain).ok()
}

fn groups_of(row: &MemberRow) -> Vec<SpecialGroup> {
    row.special_groups.items().iter().filter_map(|code| code.parse().ok()).collect()
}

/// The first day of the membership that is open, or else the last one there was.
fn last_step(tx: &mut Tx<'_>, id: Id) -> Result<NaiveDate> {
    let days: Vec<NaiveDate> = tx.read().load(
        memberships::table
            .filter(memberships::member_id.eq(id))
            .order(memberships::valid_from.desc())
            .select(memberships::valid_from)
            .limit(1),
    )?;
    days.into_iter().next().ok_or_else(|| Problem::internal("a member without a membership"))
}

/// How many changes there were on this day already.
fn steps_on(tx: &mut Tx<'_>, id: Id, day: NaiveDate) -> Result<i64> {
    tx.read().one(memberships::table.filter(memberships::member_id.eq(id)).filter(memberships::valid_from.eq(day)).count())
}

fn close_membership(tx: &mut Tx<'_>, id: Id, day: NaiveDate) -> Result<()> {
    let open = memberships::table.filter(memberships::member_id.eq(id)).filter(memberships::valid_to.is_null());
    tx.execute(diesel::update(open).set(memberships::valid_to.eq(day)))?;
    Ok(())
}

/// The first day of the time as core member that is open.
fn open_core(tx: &mut Tx<'_>, id: Id) -> Result<Option<NaiveDate>> {
    tx.read().optional(
        core_periods::table
            .filter(core_periods::member_id.eq(id))
            .filter(core_periods::valid_to.is_null())
            .select(core_periods::valid_from),
    )
}

/// Her first membership.
struct Start {
    valid_from: NaiveDate,
    step: i64,
}

/// Where her life on the roll begins, if it may begin on `day` as well: her first unit stood by then, and what came next
/// came later.
fn start_of(tx: &mut Tx<'_>, id: Id, day: NaiveDate) -> Result<Start> {
    type Row = (NaiveDate, i64, Option<NaiveDate>, NaiveDate);
    let first: Row = tx.read().one(
        memberships::table
            .inner_join(units_table::table.on(units_table::id.eq(memberships::unit_id)))
            .filter(memberships::member_id.eq(id))
            .order((memberships::valid_from.asc(), memberships::step.asc()))
            .select((memberships::valid_from, memberships::step, memberships::valid_to, units_table::founded_on)),
    )?;
    let (valid_from, step, next, founded) = first;
    let core: Option<NaiveDate> = tx
        .read()
        .one(core_periods::table.filter(core_periods::member_id.eq(id)).select(diesel::dsl::min(core_periods::valid_from)))?;
    if day < founded {
        return Err(Problem::field(
            "/joined_on",
            "unit_not_active",
            format!("Không được trước ngày thành lập đơn vị ({founded})"),
            format!("Must not be before the unit was founded ({founded})"),
        ));
    }
    match next.into_iter().chain(core).min() {
        Some(next) if day > next => Err(Problem::field(
            "/joined_on",
            "after_next_change",
            format!("Không được sau thay đổi kế tiếp ({next})"),
            format!("Must not be after the change that followed ({next})"),
        )),
        _ => Ok(Start { valid_from, step }),
    }
}

impl Start {
    /// The first membership and the admission are of this day.
    fn move_to(&self, tx: &mut Tx<'_>, id: Id, day: NaiveDate) -> Result<()> {
        let there: Option<i64> = tx.read().one(
            memberships::table
                .filter(memberships::member_id.eq(id))
                .filter(memberships::valid_from.eq(day))
                .select(diesel::dsl::min(memberships::step)),
        )?;
        let first = memberships::table.find((id, self.valid_from, self.step));
        // Before whatever else happened on that day.
        let step = there.map_or(0, |step| step - 1);
        tx.execute(diesel::update(first).set((memberships::valid_from.eq(day), memberships::step.eq(step))))?;
        let admission = member_events::table
            .filter(member_events::member_id.eq(id))
            .filter(member_events::kind.eq_any(MemberEventKind::ADMISSIONS));
        tx.execute(diesel::update(admission).set(member_events::effective_on.eq(day)))?;
        Ok(())
    }
}

/// Ends the time as core member, if there is one open.
pub(crate) fn close_core(tx: &mut Tx<'_>, id: Id, day: NaiveDate, reason: &str) -> Result<()> {
    let open = core_periods::table.filter(core_periods::member_id.eq(id)).filter(core_periods::valid_to.is_null());
    let now = tx.now();
    tx.execute(diesel::update(open).set((
        core_periods::valid_to.eq(day),
        core_periods::end_reason.eq(reason),
        core_periods::updated_at.eq(now),
        core_periods::version.eq(core_periods::version + 1),
    )))?;
    Ok(())
}

fn enter_tree(tx: &mut Tx<'_>, row: &MemberRow) -> Result<()> {
    tx.execute(
        Cached::sql(
            "INSERT INTO member_tree (unit_id, status, sort_key, member_id) SELECT ancestor_id, ?, ?, ? FROM unit_tree WHERE unit_id = ?",
        )
        .text(row.status.as_str())
        .bytes(row.sort_key.clone())
        .id(row.id)
        .id(row.unit_id),
    )?;
    Ok(())
}

/// Closes the periods of groups she is in no more, opens those of new ones.
fn set_groups(tx: &mut Tx<'_>, id: Id, before: &[SpecialGroup], after: &[SpecialGroup], day: NaiveDate) -> Result<()> {
    let now = tx.now();
    for gone in before.iter().filter(|group| !after.contains(group)) {
        let open = member_special_groups::table
            .filter(member_special_groups::member_id.eq(id))
            .filter(member_special_groups::group_code.eq(*gone))
            .filter(member_special_groups::valid_to.is_null());
        tx.execute(diesel::update(open).set(member_special_groups::valid_to.eq(day)))?;
    }
    let mut new: Vec<SpecialGroup> = after.iter().copied().filter(|group| !before.contains(group)).collect();
    new.sort_unstable();
    new.dedup();
    for group in new {
        tx.execute(diesel::insert_into(member_special_groups::table).values((
            member_special_groups::member_id.eq(id),
            member_special_groups::group_code.eq(group),
            member_special_groups::valid_from.eq(day),
            member_special_groups::recorded_at.eq(now),
        )))?;
    }
    Ok(())
}
