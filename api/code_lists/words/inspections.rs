//! Words of inspections.

use super::Code;

pub(super) const ALLOWED_ACTIONS: &[Code] = &[];
pub(super) const AUDIT_ACTIONS: &[Code] = &[];
pub(super) const AUDIT_RESOURCES: &[Code] = &[];
pub(super) const WARNINGS: &[Code] = &[];
pub(super) const FIELD_ERRORS: &[Code] = &[];
