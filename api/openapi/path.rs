//! The part of JSONPath (RFC 9535) that an overlay needs: `$`, `.name`, `['name']`, `.*`, `[*]`, `[0]`,
//! `[?(@.name=='value')]`, and `..` before any of them.

use serde_json::Value;

/// A step from a value to values in it.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    Name(String),
    Index(usize),
    All,
    /// Children that have a member of this name with this text.
    Where(String, String),
    /// The value itself and everything below it.
    Descend,
}

/// A query that leads to places in a document.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Path(Vec<Step>);

impl Path {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut rest = text.strip_prefix('$').ok_or_else(|| format!("{text}: must begin with $"))?;
        let mut steps = Vec::new();
        let fail = |rest: &str| format!("{text}: not understood at {rest:?}");
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix("..") {
                steps.push(Step::Descend);
                // What follows is written as a bracket or a bare name.
                rest = after;
                if rest.starts_with('[') {
                    continue;
                }
            } else if let Some(after) = rest.strip_prefix('.') {
                rest = after;
            } else if let Some(after) = rest.strip_prefix('[') {
                let (step, after) = bracket(after).ok_or_else(|| fail(rest))?;
                steps.push(step);
                rest = after;
                continue;
            } else {
                return Err(fail(rest));
            }
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            match name {
                "" => return Err(fail(rest)),
                "*" => steps.push(Step::All),
                name => steps.push(Step::Name(name.to_owned())),
            }
            rest = after;
        }
        Ok(Self(steps))
    }

    /// The text, if it leads to whatever has this description: `$..[?(@.description=='text')]`.
    pub(super) fn wherever_said(&self) -> Option<&str> {
        match self.0.as_slice() {
            [Step::Descend, Step::Where(name, text)] if name == "description" => Some(text),
            _ => None,
        }
    }

    /// JSON Pointers of every place it leads to, in document order.
    pub(super) fn find(&self, document: &Value) -> Vec<String> {
        if let [Step::Descend, Step::Where(name, text)] = self.0.as_slice() {
            let mut found = Vec::new();
            search(document, &mut String::new(), (name, text), &mut found);
            return found;
        }
        let mut places = vec![(String::new(), document)];
        for step in &self.0 {
            places = places.into_iter().flat_map(|(pointer, value)| walk(step, pointer, value)).collect();
        }
        places.into_iter().map(|(pointer, _)| pointer).collect()
    }
}

/// Looks below a value for what has a member with a text. The way there is written down only where there is one.
fn search(value: &Value, way: &mut String, wanted: (&str, &str), found: &mut Vec<String>) {
    let mut look = |step: &str, child: &Value| {
        let length = way.len();
        way.push('/');
        way.push_str(step);
        if child.get(wanted.0).and_then(Value::as_str) == Some(wanted.1) {
            found.push(way.clone());
        }
        search(child, way, wanted, found);
        way.truncate(length);
    };
    match value {
        Value::Object(map) => map.iter().for_each(|(name, child)| look(&escape(name), child)),
        Value::Array(items) => items.iter().enumerate().for_each(|(index, child)| look(&index.to_string(), child)),
        _ => {}
    }
}

fn children<'v>(pointer: &str, value: &'v Value) -> Vec<(String, &'v Value)> {
    match value {
        Value::Object(map) => map.iter().map(|(name, child)| (format!("{pointer}/{}", escape(name)), child)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(index, child)| (format!("{pointer}/{index}"), child)).collect(),
        _ => Vec::new(),
    }
}

fn walk<'v>(step: &Step, pointer: String, value: &'v Value) -> Vec<(String, &'v Value)> {
    match step {
        Step::Name(name) => value.get(name).map(|child| (format!("{pointer}/{}", escape(name)), child)).into_iter().collect(),
        Step::Index(index) => value.get(index).map(|child| (format!("{pointer}/{index}"), child)).into_iter().collect(),
        Step::All => children(&pointer, value),
        Step::Where(name, text) => {
            let mut found = children(&pointer, value);
            found.retain(|(_, child)| child.get(name).and_then(Value::as_str) == Some(text));
            found
        }
        Step::Descend => {
            let mut found = vec![(pointer, value)];
            let mut next = 0;
            while next < found.len() {
                let (pointer, value) = found[next].clone();
                found.extend(children(&pointer, value));
                next += 1;
            }
            found
        }
    }
}

fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// What stands between brackets, and what follows them.
fn bracket(text: &str) -> Option<(Step, &str)> {
    if let Some(after) = text.strip_prefix("*]") {
        return Some((Step::All, after));
    }
    if text.starts_with('\'') {
        let (name, after) = quoted(text)?;
        return Some((Step::Name(name), after.strip_prefix(']')?));
    }
    if let Some(filter) = text.strip_prefix('?') {
        let (filter, closed) = filter.strip_prefix('(').map_or((filter, "]"), |inner| (inner, ")]"));
        let (name, value) = filter.strip_prefix("@.")?.split_once("==")?;
        let (value, after) = quoted(value.trim_start())?;
        return Some((Step::Where(name.trim().to_owned(), value), after.strip_prefix(closed)?));
    }
    let (index, after) = text.split_once(']')?;
    Some((Step::Index(index.parse().ok()?), after))
}

/// A text in single quotes with `\'`, `\\` and `\n`, and what follows it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut found = String::new();
    let mut characters = text.strip_prefix('\'')?.char_indices();
    while let Some((place, character)) = characters.next() {
        match character {
            '\'' => return Some((found, &text[place + 2..])),
            '\\' => match characters.next()?.1 {
                'n' => found.push('\n'),
                escaped => found.push(escaped),
            },
            plain => found.push(plain),
        }
    }
    None
}

/// The other way: a text in single quotes.
pub(super) fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'").replace('\n', "\\n"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn leads_to_the_places_that_are_meant() {
        let document = json!({
            "info": { "title": "t" },
            "tags": [{ "name": "a" }, { "name": "b's" }],
            "paths": { "/p/{id}": { "get": { "responses": { "200": { "description": "ok" }, "404": { "description": "no" } } } } },
        });
        for (path, places) in [
            ("$", vec![""]),
            ("$.info", vec!["/info"]),
            ("$.tags[?(@.name=='b\\'s')]", vec!["/tags/1"]),
            ("$.tags[?@.name == 'a']", vec!["/tags/0"]),
            ("$.tags[0]", vec!["/tags/0"]),
            ("$.paths['/p/{id}'].get", vec!["/paths/~1p~1{id}/get"]),
            ("$.paths[*].*.responses['404']", vec!["/paths/~1p~1{id}/get/responses/404"]),
            ("$..[?(@.description=='ok')]", vec!["/paths/~1p~1{id}/get/responses/200"]),
            ("$..title", vec!["/info/title"]),
            ("$.nothing.here", vec![]),
        ] {
            assert_eq!(Path::parse(path).unwrap().find(&document), places, "{path}");
        }
        for path in ["info", "$info", "$.", "$.tags[", "$.tags['a]", "$.tags[?(@.name>1)]"] {
            assert!(Path::parse(path).is_err(), "{path}");
        }
        let hard = "it's \\ two\nlines";
        assert_eq!(quoted(&quote(hard)), Some((hard.to_owned(), "")));
    }
}
