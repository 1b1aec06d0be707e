//! The paths of templates of exports.

use app::templates::TEXT_LENGTH_MAX;
use serde_json::{Map, Value, json};

use super::people::{list, maybe_moment, maybe_text, named, some, text, texts, whole};
use super::reference;
use super::responses::{READ, answers, empty_answer, json_answer};
use crate::rest::templates::PATH;

/// The errors of keeping one.
const WRITE: [u16; 11] = [400, 401, 403, 404, 405, 406, 408, 413, 415, 503, 507];
/// The errors of removing one.
const REMOVE: [u16; 7] = [400, 401, 403, 404, 405, 503, 507];

/// The paths.
pub(super) fn paths() -> Map<String, Value> {
    let one = reference("schemas", "Template");
    let content = json!({"application/json": {"schema": reference("schemas", "NewTemplate")}});
    let put = "Keep a template of exports, in the place of one of the same name";
    let kept = [
        (200, json_answer("It is in the place of another.", &one, &[])),
        (201, json_answer("It is kept.", &one, &[])),
    ];
    let remove = "Remove a template of exports";
    Map::from_iter([
        (
            PATH.to_owned(),
            json!({"get": read(("listTemplates", "List the templates of exports", "Templates"))}),
        ),
        (
            format!("{PATH}{{name}}/"),
            json!({
                "parameters": [named("name", "The template's name.")],
                "get": read(("readTemplate", "Tell of a template of exports", "Template")),
                "put": {
                    "operationId": "setTemplate",
                    "summary": put,
                    "tags": ["templates"],
                    "security": [{"bearer": []}],
                    "requestBody": {"required": true, "content": content},
                    "responses": answers(kept.to_vec(), &WRITE),
                },
                "delete": {
                    "operationId": "removeTemplate",
                    "summary": remove,
                    "tags": ["templates"],
                    "security": [{"bearer": []}],
                    "responses": answers(vec![(204, empty_answer(remove, &[]))], &REMOVE),
                },
            }),
        ),
    ])
}

fn read((id, summary, shape): (&str, &str, &str)) -> Value {
    let found = json_answer(summary, &reference("schemas", shape), &[]);
    json!({
        "operationId": id,
        "summary": summary,
        "tags": ["templates"],
        "security": [{}, {"bearer": []}],
        "parameters": [reference("parameters", "format_json")],
        "responses": answers(vec![(200, found)], &READ),
    })
}

/// The shapes.
pub(super) fn schemas() -> Map<String, Value> {
    let sent = json!({
        "type": "string",
        "maxLength": TEXT_LENGTH_MAX,
        "description": "What `?export=NAME` makes of records, in the language of Jinja.",
    });
    let template = [
        ("name", text()),
        ("url", json!({"type": "string", "format": "uri"})),
        ("media_type", text()),
        ("types", texts()),
        ("text", text()),
        ("origin", json!({"enum": ["configuration", "uploaded"]})),
        ("updated_at", maybe_moment()),
        ("updated_by", maybe_text()),
    ];
    let new = [
        ("text", sent),
        ("media_type", maybe_text()),
        ("types", json!({"type": ["array", "null"], "items": text()})),
    ];
    Map::from_iter([
        ("Template".to_owned(), whole(&template)),
        ("Templates".to_owned(), list("Template")),
        ("NewTemplate".to_owned(), some(&new, &["text"])),
    ])
}
