//! What files hang on, and who may see and change each of them: whoever may do so with the thing itself. Each kind of thing
//! has one arm, which asks that resource's own function.

use crate::{
    access::{Access, Action, Resource},
    code_list, complaints,
    db::{Id, Reader},
    http::{Code, Problem, Result},
    inspections, officers, trainings, units,
};

code_list! {
    /// Kinds of things that files hang on.
    AttachmentOwner in "attachment_owners" {
        FieldVisits = "field_visits", "Chuyến đi cơ sở", "Field visit";
        UnitSupports = "unit_supports", "Lần hỗ trợ cơ sở", "Support of a base unit";
        Qualifications = "qualifications", "Trình độ, chứng chỉ của cán bộ", "Qualification of an officer";
        Courses = "courses", "Lớp đào tạo, bồi dưỡng", "Course";
        Inspections = "inspections", "Cuộc kiểm tra, giám sát", "Inspection";
        Complaints = "complaints", "Đơn thư", "Case";
    }
}

/// The thing that a file hangs on, as the caller reaches it.
#[derive(Clone, Copy, Debug)]
pub struct Owner {
    /// Where it stands: what is recorded of its files is read where it is read.
    pub unit_id: Id,
    /// Whether it is recorded who reads its files.
    pub is_watched: bool,
}

impl AttachmentOwner {
    /// Of which the rights are asked.
    pub const fn resource(self) -> Resource {
        match self {
            Self::FieldVisits => Resource::Visits,
            Self::UnitSupports => Resource::Supports,
            Self::Qualifications => Resource::Officers,
            Self::Courses => Resource::Trainings,
            Self::Inspections => Resource::Inspections,
            Self::Complaints => Resource::Complaints,
        }
    }

    /// Under which name what happens to files on it is recorded. (Of files on cases under one that only who sees the case
    /// may read: the trail shows nobody else that there is one.)
    pub const fn trail(self) -> &'static str {
        match self {
            Self::FieldVisits | Self::UnitSupports | Self::Qualifications | Self::Courses | Self::Inspections => "attachments",
            Self::Complaints => "complaint_attachments",
        }
    }

    /// The thing, if the caller may do this with it. 403: her role never may; 404: there is none, or it is not hers.
    pub fn find(self, reader: &mut Reader<'_>, access: &Access, action: Action, id: Id) -> Result<Owner> {
        let scope = access.to(action, self.resource())?;
        let unit_id = match self {
            Self::FieldVisits => officers::visits::visit_stands_in(reader, &scope, id)?,
            Self::UnitSupports => units::supports::stands_in(reader, &scope, id)?,
            Self::Qualifications => officers::qualifications::qualification_stands_in(reader, &scope, id)?,
            Self::Courses => trainings::course_stands_in(reader, &scope, id)?,
            Self::Inspections => inspections::stands_in(reader, access, action, id)?,
            Self::Complaints => complaints::stands_in(reader, access, id)?,
        };
        Ok(Owner { unit_id, is_watched: self == Self::Complaints })
    }

    /// The same for a file that is named itself: then it is not said, not even by 403, what it hangs on.
    pub fn find_quietly(self, reader: &mut Reader<'_>, access: &Access, id: Id) -> Result<Owner> {
        self.find(reader, access, Action::Read, id).map_err(|problem| match problem.code() {
            Code::Forbidden => Problem::not_found(),
            _ => problem,
        })
    }
}
