//! A few files: minutes of visits that were made, one of them sent by mistake and deleted, one found infected, one that waits.

use diesel::{ExpressionMethods, QueryDsl};

use crate::{
    attachments::{Files, Planted},
    db::{Db, Id, schema::field_visits},
    http::Result,
    officers::FieldVisitStatus,
};

/// How many of them.
const FILES: i64 = 24;

/// Attaches them to the first visits that were made; how many there are. The same visits have the same files.
pub async fn load(db: &Db, files: &Files) -> Result<usize> {
    let visits: Vec<(Id, Id, chrono::NaiveDate)> = db
        .read(|reader| {
            reader.load(
                field_visits::table
                    .filter(field_visits::status.eq(FieldVisitStatus::Done))
                    .order(field_visits::id.asc())
                    .limit(FILES)
                    .select((field_visits::id, field_visits::unit_id, field_visits::planned_on)),
            )
        })
        .await?;
    for (place, (visit, unit, day)) in visits.iter().enumerate() {
        let words = format!(
            "BIÊN BẢN LÀM VIỆC\nNgày {day}\n\n1. Chi hội sinh hoạt đều hằng tháng, có sổ ghi chép.\n2. Đề nghị: củng cố tổ phụ nữ, \
             mở rộng vay vốn.\n\n(Dữ liệu trình diễn, biên bản số {})\n",
            place + 1
        );
        let fate = match place % 8 {
            5 => Planted::Deleted("Gửi nhầm tệp"),
            6 => Planted::Infected("Eicar-Test-Signature"),
            7 => Planted::Waiting,
            _ => Planted::Ready,
        };
        files.plant_on_visit(*visit, *unit, &format!("Biên bản {day}.txt"), words.into_bytes(), fate).await?;
    }
    Ok(visits.len())
}
