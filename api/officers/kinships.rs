//! Kinship between people on the roll, as declared.

use diesel::{BoolExpressionMethods, ExpressionMethods, QueryDsl};

use crate::{
    calendar::today,
    db::{Id, Reader, schema::kinships},
    http::Result,
};

/// All who are kin of these people today.
pub(crate) fn kin_of(reader: &mut Reader<'_>, people: &[Id]) -> Result<Vec<Id>> {
    let pairs: Vec<(Id, Id)> = reader.load(
        kinships::table
            .filter(kinships::member_id.eq_any(people.to_vec()).or(kinships::relative_id.eq_any(people.to_vec())))
            .filter(kinships::ended_on.is_null().or(kinships::ended_on.gt(today())))
            .select((kinships::member_id, kinships::relative_id)),
    )?;
    Ok(pairs.into_iter().map(|(one, other)| if people.contains(&one) { other } else { one }).collect())
}
