//! PostgreSQL's own tools, called without the password in their arguments, where every user of the machine could
//! read it.

use std::{ffi::OsStr, process::Command};

use super::voice::{Failure, Outcome};

/// Runs `pg_dump` or `pg_restore` on the database of `url`.
pub(super) fn run(tool: &str, url: &str, arguments: &[&OsStr]) -> Outcome {
    let (url, password) = without_password(url);
    let mut command = Command::new(tool);
    command.args(arguments).arg("--dbname").arg(url);
    if let Some(password) = password {
        command.env("PGPASSWORD", password);
    }
    let output = command.output().map_err(|error| {
        Failure::new(
            format!("Không chạy được {tool} ({error}): cài gói postgresql-client cùng phiên bản với máy chủ"),
            format!("Cannot run {tool} ({error}): install postgresql-client, of the version of the server"),
        )
    })?;
    if output.status.success() {
        return Ok(());
    }
    let words = String::from_utf8_lossy(&output.stderr);
    Err(Failure::new(format!("{tool} không thành công:\n{words}"), format!("{tool} failed")))
}

/// The URL without its password, and the password.
fn without_password(url: &str) -> (String, Option<String>) {
    let (start, query) = url.split_once('?').unwrap_or((url, ""));
    let (secret, rest): (Vec<&str>, Vec<&str>) =
        query.split('&').filter(|pair| !pair.is_empty()).partition(|pair| pair.starts_with("password="));
    let query = if rest.is_empty() { String::new() } else { format!("?{}", rest.join("&")) };
    let in_query = secret.last().and_then(|pair| pair.split_once('=')).map(|(_, password)| decode(password));
    let parts = || {
        let (scheme, rest) = start.split_once("://")?;
        let (who, place) = rest.rsplit_once('@')?;
        let (name, password) = who.split_once(':')?;
        Some((format!("{scheme}://{name}@{place}{query}"), decode(password)))
    };
    match parts() {
        // What stands in the query wins, as it does with libpq.
        Some((url, password)) => (url, in_query.or(Some(password))),
        None => (format!("{start}{query}"), in_query),
    }
}

/// `%41` is `A`.
fn decode(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((first, after)) = rest.split_first() {
        let escaped = (*first == b'%').then(|| after.get(..2)).flatten();
        let value = escaped.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        bytes.push(value.unwrap_or(*first));
        rest = if value.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_stays_out_of_the_arguments() {
        for (url, bare, password) in [
            ("postgres://hoi:a%40b%2@db:5432/x", "postgres://hoi@db:5432/x", Some("a@b%2")),
            ("postgres://hoi@db/x", "postgres://hoi@db/x", None),
            ("postgres:///x?host=/run", "postgres:///x?host=/run", None),
            ("postgres:///x?host=/run&password=a%40b", "postgres:///x?host=/run", Some("a@b")),
        ] {
            assert_eq!(without_password(url), (bare.to_owned(), password.map(str::to_owned)));
        }
    }
}
