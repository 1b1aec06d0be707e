//! What is no type: the root, checks of health, this document; and the shapes that all share.

use serde_json::{Map, Value, json};

use super::reference;
use super::responses::{READ, answers, empty_answer, json_answer};

/// The paths.
pub(super) fn paths() -> Map<String, Value> {
    let any = json!({"type": "object"});
    let status = reference("schemas", "Status");
    let mut paths = Map::new();
    for (path, id, summary, shape, parameters) in [
        (
            "/api/",
            "root",
            "The types, with the addresses of their lists",
            json!({"type": "object", "additionalProperties": {"type": "string", "format": "uri"}}),
            json!([reference("parameters", "format_json")]),
        ),
        (
            "/api/-/openapi.json",
            "openapi",
            "This document",
            any,
            json!([reference("parameters", "format_json")]),
        ),
        ("/healthz", "alive", "Whether the process answers", status.clone(), json!([])),
        (
            "/readyz",
            "ready",
            "Whether the database answers and requests may be sent here",
            status,
            json!([]),
        ),
    ] {
        let operation = json!({
            "operationId": id,
            "summary": summary,
            "tags": ["system"],
            "security": [{}, {"bearer": []}],
            "parameters": parameters,
            "responses": answers(vec![(200, json_answer(summary, &shape, &[]))], &READ),
        });
        paths.insert(path.to_owned(), json!({"get": operation}));
    }
    paths.insert("/api/-/cache/".to_owned(), cache());
    paths.insert("/metrics".to_owned(), json!({"get": metrics()}));
    paths
}

fn metrics() -> Value {
    let told = "What is measured, as Prometheus takes it";
    let mut found = empty_answer(told, &[]);
    if let Some(members) = found.as_object_mut() {
        members.insert("content".to_owned(), json!({"text/plain": {}}));
    }
    json!({
        "operationId": "metrics",
        "summary": told,
        "tags": ["system"],
        "security": [{}, {"bearer": []}],
        "responses": answers(vec![(200, found)], &READ),
    })
}

fn cache() -> Value {
    let told = "What has become of the answers that are kept";
    let cleared = "Have all kept answers forgotten, by every replica at once";
    json!({
        "get": {
            "operationId": "readCache",
            "summary": told,
            "tags": ["system"],
            "security": [{}, {"bearer": []}],
            "parameters": [reference("parameters", "format_json")],
            "responses": answers(
                vec![(200, json_answer(told, &reference("schemas", "Cache"), &[]))],
                &READ,
            ),
        },
        "delete": {
            "operationId": "clearCache",
            "summary": cleared,
            "tags": ["system"],
            "security": [{"bearer": []}],
            "responses": answers(vec![(204, empty_answer(cleared, &[]))], &CLEAR),
        },
    })
}

/// The errors of clearing.
const CLEAR: [u16; 6] = [400, 401, 403, 405, 503, 507];

/// The shapes.
pub(super) fn schemas() -> Map<String, Value> {
    let mut schemas = Map::new();
    schemas.insert("Problem".to_owned(), problem());
    schemas.insert(
        "Status".to_owned(),
        json!({
            "type": "object",
            "properties": {"status": {"const": "ok"}},
            "required": ["status"],
            "additionalProperties": false,
        }),
    );
    schemas.insert("Cache".to_owned(), cache_shape());
    schemas.insert("Check".to_owned(), check());
    schemas.insert("Metadata".to_owned(), metadata());
    schemas
}

fn cache_shape() -> Value {
    let count = json!({"type": "integer", "minimum": 0});
    let maybe = json!({"type": ["integer", "null"], "minimum": 0});
    let one = json!({
        "type": "object",
        "properties": {
            "kind": {"enum": ["memory", "memcached"]},
            "name": {"type": "string", "description": "The server's address."},
            "is_in_use": {
                "type": "boolean",
                "description": "Whether it is asked at present: one that failed is left out for a while.",
            },
            "hits": count,
            "misses": count,
            "stores": count,
            "errors": count,
            "evictions": maybe,
            "entries": maybe,
            "bytes": maybe,
            "own": {
                "type": "object",
                "description": "What the server tells of itself, in its own words.",
                "additionalProperties": {"type": "string"},
            },
        },
        "required": ["kind", "name", "is_in_use", "hits", "misses", "stores", "errors"],
        "additionalProperties": false,
    });
    json!({
        "type": "object",
        "description": "What has become of the answers that are kept, since this process began.",
        "properties": {
            "cleared": {"type": "integer", "description": "How often all were forgotten."},
            "body_limit": {"type": "integer", "description": "The largest that is kept, in bytes."},
            "max_staleness_ms": {"type": "integer", "description": "How old answers may be."},
            "caches": {"type": "array", "items": one},
        },
        "required": ["cleared", "body_limit", "max_staleness_ms", "caches"],
        "additionalProperties": false,
    })
}

/// RFC 9457, with what is wrong field by field.
fn problem() -> Value {
    let by_field = json!({
        "type": "object",
        "additionalProperties": {"type": "array", "items": {"type": "string"}, "minItems": 1},
    });
    let by_item = json!({
        "type": "object",
        "description": "Of a list: the faults of each item, by its place from 0.",
        "propertyNames": {"pattern": "^[0-9]+$"},
        "additionalProperties": by_field,
    });
    json!({
        "type": "object",
        "description": "An error, after RFC 9457.",
        "properties": {
            "type": {"type": "string", "format": "uri-reference"},
            "title": {"type": "string"},
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": {"type": "string"},
            "request_id": {"type": "string"},
            "errors": {"anyOf": [by_field, by_item]},
            "codes": {"anyOf": [by_field, by_item]},
            "conflicts": {
                "type": "array",
                "description": "What keeps changes from being made or taken back: of a record, by \
                    an open change request, or of a change of one, by its place.",
                "items": {
                    "type": "object",
                    "properties": {
                        "type": {"type": "string"},
                        "id": {"type": "integer"},
                        "request": {"type": "integer"},
                        "change": {"type": "integer"},
                        "field": {"type": ["string", "null"]},
                        "message": {"type": "string"},
                    },
                    "required": ["field", "message"],
                    "additionalProperties": false,
                },
            },
            "current": {"type": "object", "description": "The record, or the change request, as it is."},
            "draw": {"type": "integer", "description": "For a DataTables grid: its `draw`."},
            "error": {"type": "string", "description": "For a DataTables grid: all in a line."},
        },
        "required": ["type", "title", "status", "detail", "request_id"],
        "additionalProperties": false,
        "examples": [{
            "type": "about:blank",
            "title": "Bad Request",
            "status": 400,
            "detail": "What was sent is not valid; \"errors\" tells what to change.",
            "request_id": "0198c5a0-7f7e-7d2a-9a3e-2f1c6f0a4b11",
            "errors": {"name": ["This field is required."]},
            "codes": {"name": ["required"]},
        }],
    })
}

/// What a write would do: of one record, or of each in a list.
fn check() -> Value {
    let effect = json!({"enum": ["added", "updated", "deleted", "unchanged"]});
    let shape = |properties: Value, required: &[&str]| {
        json!({
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        })
    };
    let id = json!({"type": ["integer", "null"], "description": "Null of one that is added."});
    let item = shape(json!({"effect": effect, "id": id}), &["effect", "id"]);
    let one = json!({"valid": {"const": true}, "effect": effect});
    let list = json!({
        "valid": {"const": true},
        "results": {"type": "array", "items": item},
        "records": {
            "type": "integer",
            "minimum": 0,
            "description": "How many it touches, with those that deletions take along.",
        },
    });
    json!({"anyOf": [
        shape(one, &["valid", "effect"]),
        shape(list, &["valid", "results", "records"]),
    ]})
}

/// What can be compared in a list, and how, in words; of a record there is none.
fn filters() -> Value {
    let text = json!({"type": "string"});
    let comparison = json!({
        "type": "object",
        "properties": {
            "parameter": {"type": "string", "description": "The filter, as lists take it."},
            "label": text,
            "takes": {"enum": ["one", "many", "two", "nothing"]},
            "value": {"type": "string", "description": "What is sent where it takes nothing."},
        },
        "required": ["parameter", "label", "takes"],
        "additionalProperties": false,
    });
    let choice = json!({"type": "object", "required": ["value", "display_name"]});
    let filter = json!({
        "type": "object",
        "properties": {
            "name": text,
            "label": text,
            "kind": text,
            "target": {"type": "string", "description": "The list to choose from."},
            "choices": {"type": "array", "items": choice},
            "comparisons": {"type": "array", "items": comparison},
        },
        "required": ["name", "label", "kind", "comparisons"],
        "additionalProperties": false,
    });
    json!({
        "type": "array",
        "description": "For a builder of conditions: what lists compare, in the words of people.",
        "items": filter,
    })
}

fn metadata() -> Value {
    let texts = json!({"type": "array", "items": {"type": "string"}});
    json!({
        "type": "object",
        "description": "What a form builder wants to know.",
        "properties": {
            "name": {"type": "string"},
            "description": {"type": "string"},
            "type": {"type": "string", "description": "The name of the type."},
            "key": {
                "type": "array",
                "items": {"type": "string"},
                "description": "The fields that name a record.",
            },
            "review": {
                "enum": ["off", "optional", "required"],
                "description": "Whether changes wait for a second person.",
            },
            "renders": texts,
            "parses": texts,
            "actions": {
                "type": "object",
                "description": "The fields, by method; absent when the caller may neither write nor propose.",
                "additionalProperties": {
                    "type": "object",
                    "additionalProperties": {
                        "type": "object",
                        "required": ["type", "required", "read_only", "label"],
                    },
                },
            },
            "filters": filters(),
        },
        "required": ["name", "description", "type", "key", "review", "renders", "parses"],
        "additionalProperties": false,
    })
}
