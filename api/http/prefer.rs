//! `Prefer` (RFC 7240): what a caller would like, as far as the service knows it.

use actix_web::http::header::HeaderMap;

use super::{Code, FieldError, Problem, Result, Text};

/// The preferences that writes know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Preferences {
    /// `tx=rollback`: everything is done, answered, and undone.
    pub(super) rollback: bool,
    /// `merge=disjoint`: an older version will do when nobody touched the same fields.
    pub(super) disjoint: bool,
}

impl Preferences {
    /// Unknown preferences are ignored, as the RFC wants it. A value of ours that is not known is refused: whoever
    /// writes `tx=rolback` wanted nothing to be kept.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self> {
        let (mut tx, mut merge) = (None, None);
        for value in headers.get_all("prefer") {
            for (name, value) in pairs(value.to_str().map_err(|_| unknown())?) {
                // Of a preference that is given twice the first one holds.
                match name.as_str() {
                    "tx" => _ = tx.get_or_insert(value),
                    "merge" => _ = merge.get_or_insert(value),
                    _ => {}
                }
            }
        }
        let rollback = match tx.as_deref() {
            Some("rollback") => true,
            None | Some("commit") => false,
            Some(_) => return Err(unknown()),
        };
        let disjoint = match merge.as_deref() {
            Some("disjoint") => true,
            None => false,
            Some(_) => return Err(unknown()),
        };
        Ok(Self { rollback, disjoint })
    }

    /// For `Preference-Applied`.
    pub(super) fn applied(self) -> Option<&'static str> {
        match (self.rollback, self.disjoint) {
            (true, true) => Some("tx=rollback, merge=disjoint"),
            (true, false) => Some("tx=rollback"),
            (false, true) => Some("merge=disjoint"),
            (false, false) => None,
        }
    }
}

fn unknown() -> Problem {
    Problem::new(Code::InvalidParameter).with_errors(vec![FieldError::header(
        "Prefer",
        "unknown_value",
        Text::new("Được dùng: tx=rollback, tx=commit, merge=disjoint", "May be: tx=rollback, tx=commit, merge=disjoint"),
    )])
}

/// Names in lower case, values without their quotes. A semicolon is read like a comma: whoever mistakes one for the
/// other must not write by mistake.
fn pairs(list: &str) -> impl Iterator<Item = (String, String)> {
    let (mut quoted, mut escaped) = (false, false);
    list.split(move |letter| {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ',' | ';' => return !quoted,
            _ => {}
        }
        false
    })
    .map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = value.trim();
        let value = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value);
        (name.trim().to_ascii_lowercase(), value.replace('\\', "").to_ascii_lowercase())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[&str]) -> Result<(bool, bool)> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("prefer".parse().unwrap(), value.parse().unwrap());
        }
        Preferences::of(&headers).map(|found| (found.rollback, found.disjoint))
    }

    #[test]
    fn every_spelling_of_the_rfc_is_read() {
        for (values, found) in [
            (&[][..], (false, false)),
            (&["tx=rollback"], (true, false)),
            (&["tx=\"rollback\""], (true, false)),
            (&["TX = rollback"], (true, false)),
            (&["respond-async, wait=10, Tx=Rollback"], (true, false)),
            (&["return=minimal; tx=rollback"], (true, false)),
            (&["merge=disjoint", "tx=rollback"], (true, true)),
            (&["note=\"a, tx=rollback\""], (false, false)),
            (&["note=\"a \\\" , tx=rollback\", merge=disjoint"], (false, true)),
            (&["tx=commit, tx=rollback"], (false, false)),
            (&["tx=rollback, tx=commit"], (true, false)),
        ] {
            assert_eq!(of(values).unwrap(), found, "{values:?}");
        }
    }

    #[test]
    fn a_slip_of_the_pen_is_no_consent() {
        for value in ["tx=rolback", "tx", "tx=", "merge=yes"] {
            assert!(of(&[value]).is_err(), "{value}");
        }
    }
}
