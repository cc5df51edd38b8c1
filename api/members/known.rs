//! Whether she is known already: by her number, by her name and birth, as a member or a former one.

use serde_json::{Value, json};

use super::{
    birth::BirthDate,
    life::Writer,
    model::{MemberRow, MemberStatus, NewReadmission},
    national_id::NationalId,
    rules, store,
};
use crate::{
    calendar::today,
    db::{Id, Tx},
    http::{Code, Problem, Result, Text, Warning},
    keys::Purpose,
    units,
};

impl Writer<'_> {
    /// One active person for each number. Where she already is, is told to whoever may know.
    pub(super) fn check_number_is_free(&self, tx: &mut Tx<'_>, hash: &[u8], id: Id) -> Result<()> {
        match store::holder(&mut tx.read(), self.scope, hash, id)? {
            None => Ok(()),
            Some((row, true)) => {
                let unit = units::store::refs(&mut tx.read(), &[row.unit_id])?.remove(&row.unit_id);
                Err(Problem::say(
                    Code::NationalIdInUse,
                    format!("Đã là hội viên: {}", row.full_name),
                    format!("She is a member already: {}", row.full_name),
                )
                .with("existing", json!({ "member_id": row.id, "full_name": row.full_name, "unit": unit })))
            }
            Some((_, false)) => Err(Problem::say(
                Code::NationalIdInUse,
                "Số này thuộc về một hội viên ở đơn vị khác; hãy liên hệ Ban Tổ chức Hội tỉnh",
                "The number belongs to a member of another unit; ask the provincial organisation board",
            )),
        }
    }

    /// Active members within reach with this name who may be born on that day.
    pub(super) fn look_alike(&self, tx: &mut Tx<'_>, id: Id, search_name: &str, birth: BirthDate) -> Result<Option<Warning>> {
        let alike = store::look_alikes(&mut tx.read(), self.scope, search_name, birth, &[MemberStatus::Active])?;
        let facts: Vec<Value> = alike
            .iter()
            .filter(|row| row.id != id)
            .map(|row| json!({ "member_id": row.id, "full_name": row.full_name, "unit_id": row.unit_id }))
            .collect();
        Ok((!facts.is_empty()).then(|| Warning {
            code: "look_alike",
            pointer: "/full_name",
            text: Text::new("Đã có hội viên cùng họ tên và ngày sinh", "There is a member with the same name and date of birth"),
            facts: json!({ "members": facts }),
        }))
    }

    /// Former members whom a new row probably means: admitted again, they keep their id and their history.
    pub(super) fn former(&self, tx: &mut Tx<'_>, new: &MemberRow) -> Result<Option<Warning>> {
        let birth = rules::birth_of(new);
        let mut found = store::look_alikes(&mut tx.read(), self.scope, &new.search_name, birth, &MemberStatus::FORMER)?;
        if let Some(hash) = &new.national_id_hash {
            for row in store::former_holders(&mut tx.read(), hash)? {
                let new_to_us = found.iter().all(|other| other.id != row.id);
                let in_reach = self.scope.reaches(&units::store::lineage(&mut tx.read(), row.unit_id)?);
                // Out of reach, number and birth together are what proves who she is.
                if new_to_us && (in_reach || rules::birth_of(&row).may_be(birth)) {
                    found.push(row);
                }
            }
        }
        let mut facts = Vec::with_capacity(found.len());
        for row in &found {
            let readmit = format!("/api/v1/members/{}/readmissions", row.id);
            let mut fact = json!({ "member_id": row.id, "version": row.version, "readmit": readmit });
            if self.scope.reaches(&units::store::lineage(&mut tx.read(), row.unit_id)?) {
                fact["full_name"] = json!(row.full_name);
                fact["unit_id"] = json!(row.unit_id);
                fact["status"] = json!(row.status);
                fact["left_on"] = json!(row.left_on);
            }
            facts.push(fact);
        }
        Ok((!facts.is_empty()).then(|| Warning {
            code: "former_member",
            pointer: "/full_name",
            text: Text::new(
                "Có thể là hội viên cũ; nếu đúng, hãy kết nạp lại (POST …/readmissions) thay vì thêm mới",
                "She may be a former member; if so, admit her again (POST …/readmissions) instead of anew",
            ),
            facts: json!({ "members": facts }),
        }))
    }

    /// The member to be admitted again: within reach, or one whose number and birth the caller knows, because she is
    /// there before her with her papers. What does not match does not exist.
    pub(super) fn former_by_proof(&self, tx: &mut Tx<'_>, id: Id, new: &NewReadmission) -> Result<MemberRow> {
        let unseen = match store::find(&mut tx.read(), self.scope, id) {
            Ok((row, _)) => return Ok(row),
            Err(problem) => problem,
        };
        let number = new.national_id.as_deref().and_then(|number| NationalId::parse(number).ok());
        let birth = new.date_of_birth.as_deref().and_then(|birth| BirthDate::parse(birth, today()).ok());
        let (Some(number), Some(birth)) = (number, birth) else { return Err(unseen) };
        let hash = tx.keys().mac(Purpose::BlindIndex, number.as_str().as_bytes());
        let holders = store::former_holders(&mut tx.read(), &hash)?;
        holders.into_iter().find(|row| row.id == id && rules::birth_of(row).may_be(birth)).ok_or(unseen)
    }
}
