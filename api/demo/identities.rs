//! Petitions of people in the vault, where there is one, and requests to be shown them.

use diesel::{ExpressionMethods, QueryDsl};

use crate::{
    complaints,
    db::{Db, Id, schema::accounts},
    http::Result,
};

/// Takes them in. Not the same ids from the same seed: they are taken in as real ones are.
pub async fn load(db: &Db) -> Result<()> {
    if db.keys().vault().is_none() {
        return Ok(());
    }
    let account = |name: &'static str| {
        db.read_here(|reader| -> Result<Id> {
            reader.one(accounts::table.filter(accounts::username.eq(name)).select(accounts::id))
        })
    };
    let (asker, keeper) = (account("kiemtra")?, account("giu.danhtinh")?);
    complaints::plant(db, asker, keeper).await
}
