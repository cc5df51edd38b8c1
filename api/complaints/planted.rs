//! What demonstration data show of the vault: petitions of people whose names it keeps, and requests to be shown them in
//! every state. Taken in as real ones are.

use super::{
    disclosures::{self, DisclosureStatus},
    messages,
    model::ComplaintKind,
    public::{self, NewPetition},
    vault::PetitionerIdentity,
};
use crate::{
    db::{Actor, Change, Db, Id},
    http::Result,
};

/// Two messages about each, and a request by `asker`, answered by `keeper`.
pub(crate) async fn plant(db: &Db, asker: Id, keeper: Id) -> Result<()> {
    const NAMES: [&str; 4] = ["Đinh Thị Mộng Thu", "Cao Thị Hải Đường", "Mấu Thị Bích Chi", "Tôn Nữ Diệu Huyền"];
    for (place, (status, name)) in DisclosureStatus::ALL.iter().copied().zip(NAMES).enumerate() {
        db.write(Actor::system("demo"), move |tx| {
            let petition = NewPetition {
                kind: ComplaintKind::Denunciation,
                content: "Khoản vận động ủng hộ năm ngoái chưa được công khai, sổ thu có chỗ tẩy xóa.".into(),
                about: Some("Người giữ quỹ".into()),
                unit_id: None,
                custody: None,
                petitioner: Some(PetitionerIdentity {
                    full_name: name.into(),
                    address: None,
                    phone: Some(format!("0905 000 10{place}")),
                    national_id: None,
                    note: Some("Dữ liệu trình diễn, không có thật".into()),
                }),
            };
            let (taken, _) = public::take(tx, &petition)?;
            tx.record(Change::new("send", "complaints", taken.id, 0));
            messages::keep(tx, Id::new(), taken.id, true, "Tôi có thêm ảnh chụp sổ thu")?;
            messages::keep(tx, Id::new(), taken.id, false, "Đã nhận; đề nghị gửi ảnh chụp cả trang bìa")?;
            disclosures::plant(tx, taken.id, taken.party_id, (asker, keeper), status)
        })
        .await?;
    }
    Ok(())
}
