//! The path of the search over every type.

use serde_json::{Map, Value, json};

use super::parameters::query;
use super::past::{Reading, text, whole};
use super::reference;
use crate::rest::search::get::{LIMIT_DEFAULT, LIMIT_MAX, PATH};

/// The path.
pub(super) fn paths() -> Map<String, Value> {
    let limit = json!({"type": "integer", "minimum": 1, "maximum": LIMIT_MAX,
        "default": LIMIT_DEFAULT});
    let reading = Reading {
        id: "search",
        tag: "search",
        summary: "Find records of every type that hold a text, a few of each type",
        parameters: vec![
            text("q", "The text, whatever the case; one or two characters are beginnings."),
            query("limit", "The most records of each type.", &limit),
        ],
        shape: "Search",
        is_kept: true,
    };
    Map::from_iter([(PATH.to_owned(), json!({"get": reading.operation()}))])
}

/// The shapes.
pub(super) fn schemas() -> Map<String, Value> {
    let results = json!({"type": "array", "items": reference("schemas", "Found")});
    let more = json!({
        "type": "object",
        "description": "By type, the list of all that hold the text, where these are not all.",
        "additionalProperties": {"type": "string", "format": "uri"},
    });
    let found = json!({
        "type": {"type": "string"},
        "id": {"type": "integer", "format": "int64", "minimum": 1},
        "url": {"type": "string", "format": "uri"},
        "display": {"type": "string", "description": "The key, as people read it."},
        "others": {
            "type": "array",
            "items": {"type": "string"},
            "description": "What it has in the other fields that are searched.",
        },
    });
    Map::from_iter([
        (
            "Search".to_owned(),
            whole("What was found.", &json!({"results": results, "more": more}), &[]),
        ),
        ("Found".to_owned(), whole("A record that holds the text.", &found, &[])),
    ])
}
