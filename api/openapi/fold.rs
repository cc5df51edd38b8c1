//! One name for each shape. utoipa writes the argument of a generic type (`Listing<Unit>`) out in full; a client
//! generated from that would have two types for one thing.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

pub(super) const SCHEMAS: &str = "#/components/schemas/";

/// Puts a reference wherever a named schema is written out, and gives `XPatch_X` the name `XPatch`, and leaves out
/// what nothing refers to.
pub(super) fn fold(document: &mut Value) {
    let Some(schemas) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) else { return };
    let plain: HashMap<String, String> = schemas
        .keys()
        .filter_map(|name| {
            let (patch, of) = name.split_once('_')?;
            (patch.strip_suffix("Patch") == Some(of)).then(|| (name.clone(), patch.to_owned()))
        })
        .collect();
    let shapes: HashMap<String, String> = schemas
        .iter()
        .filter(|(_, schema)| schema.get("properties").is_some() || schema.get("enum").is_some())
        .map(|(name, schema)| (schema.to_string(), name.clone()))
        .collect();
    *schemas = std::mem::take(schemas)
        .into_iter()
        .map(|(name, schema)| (plain.get(&name).cloned().unwrap_or(name), schema))
        .collect::<Map<String, Value>>();
    // A named schema itself stays; what is in it is looked through.
    for schema in schemas.values_mut() {
        inside(schema, &shapes);
    }
    if let Some(paths) = document.get_mut("paths") {
        inside(paths, &shapes);
    }
    rename(document, &plain);
    prune(document);
}

/// Leaves out names that nothing refers to: what a patch is made of, mostly.
fn prune(document: &mut Value) {
    loop {
        let text = document.to_string();
        let Some(schemas) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) else { return };
        let before = schemas.len();
        schemas.retain(|name, _| text.contains(&format!("\"{SCHEMAS}{name}\"")));
        if schemas.len() == before {
            return;
        }
    }
}

fn inside(value: &mut Value, shapes: &HashMap<String, String>) {
    let children: Box<dyn Iterator<Item = &mut Value>> = match value {
        Value::Object(map) => Box::new(map.values_mut()),
        Value::Array(items) => Box::new(items.iter_mut()),
        _ => return,
    };
    for child in children {
        let written_out = child.get("properties").is_some() || child.get("enum").is_some();
        match written_out.then(|| shapes.get(&child.to_string())).flatten() {
            Some(name) => *child = json!({ "$ref": format!("{SCHEMAS}{name}") }),
            None => inside(child, shapes),
        }
    }
}

fn rename(value: &mut Value, plain: &HashMap<String, String>) {
    match value {
        Value::Object(map) => {
            if let Some(Value::String(reference)) = map.get_mut("$ref")
                && let Some(name) = reference.strip_prefix(SCHEMAS).and_then(|name| plain.get(name))
            {
                *reference = format!("{SCHEMAS}{name}");
            }
            map.values_mut().for_each(|child| rename(child, plain));
        }
        Value::Array(items) => items.iter_mut().for_each(|child| rename(child, plain)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_name_is_referred_to() {
        let unit = json!({ "type": "object", "properties": { "id": { "type": "string" } } });
        let mut document = json!({
            "paths": {
                "/u": { "schema": { "$ref": "#/components/schemas/UnitPatch_Unit" } },
                "/l": { "schema": { "$ref": "#/components/schemas/Listing_Unit" } },
            },
            "components": { "schemas": {
                "Listing_Unit": { "type": "object", "properties": { "items": { "type": "array", "items": unit } } },
                "Unit": unit,
                "UnitPatch_Unit": { "type": "object", "properties": {} },
                "Nobody": { "type": "object", "properties": { "x": { "type": "string" } } },
            } },
        });
        fold(&mut document);
        let schemas = &document["components"]["schemas"];
        assert_eq!(schemas["Listing_Unit"]["properties"]["items"]["items"], json!({ "$ref": "#/components/schemas/Unit" }));
        assert_eq!(schemas["Unit"], unit);
        assert!(schemas.get("Nobody").is_none());
        assert!(schemas.get("UnitPatch").is_some() && schemas.get("UnitPatch_Unit").is_none());
        assert_eq!(document["paths"]["/u"]["schema"]["$ref"], "#/components/schemas/UnitPatch");
    }
}
