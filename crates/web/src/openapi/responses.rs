//! Answers: what all have, and the errors.

use serde_json::{Map, Value, json};

use super::reference;
use crate::error::PROBLEM_JSON;

/// The headers of answers, as components.
pub(super) fn headers() -> Value {
    json!({
        "X-Request-ID": {
            "description": "The request's id: the one that was sent, else a new one.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 128},
        },
        "X-Content-Type-Options": {
            "description": "Always the same.",
            "schema": {"type": "string", "const": "nosniff"},
        },
        "X-Commit": {
            "description": "The number of the commit that was made; absent when nothing changed.",
            "schema": {"type": "integer", "minimum": 1},
        },
        "ETag": {
            "description": "Names what is shown; of a record, its revision stands first.",
            "schema": {"type": "string", "pattern": "^\"([0-9]+\\.)?[0-9a-f]{16,32}(\\.[0-9a-f]{8})?\"$"},
        },
        "Last-Modified": {
            "description": "When what is shown last changed; absent where that was just now.",
            "schema": {"type": "string"},
        },
        "Cache-Control": {
            "description": "Keep it, and ask each time whether it still holds.",
            "schema": {"type": "string", "enum": ["private, no-cache", "public, no-cache"]},
        },
        "Vary": {
            "description": "What else the answer depends on.",
            "schema": {"type": "string"},
        },
        "Idempotent-Replayed": {
            "description": "`true` on an answer that was given before to the same key.",
            "schema": {"type": "string", "const": "true"},
        },
        "Location": {
            "description": "The address of the new record or change request.",
            "schema": {"type": "string", "format": "uri"},
        },
        "Allow": {
            "description": "The methods that there are.",
            "schema": {"type": "string"},
        },
        "Retry-After": {
            "description": "Seconds after which trying again may help.",
            "schema": {"type": "integer", "minimum": 0},
        },
        "WWW-Authenticate": {
            "description": "How to say who asks.",
            "schema": {"type": "string", "const": "Bearer"},
        },
    })
}

/// The errors, as components: name and status, what it means, and a header of its own.
const PROBLEMS: [(u16, &str, Option<&str>); 16] = [
    (400, "Something in the request is not valid; `errors` tells what.", None),
    (401, "No token where one is needed, or a wrong one.", Some("WWW-Authenticate")),
    (403, "A right is missing.", None),
    (404, "There is no such thing.", None),
    (405, "The address has no such method.", Some("Allow")),
    (406, "There is no such form of the answer.", None),
    (408, "The rest of the body did not come in time.", None),
    (
        409,
        "A unique value is taken, something refers to the record and protects it, something else \
         has changed since, an open change request asks for the same, or a request with this \
         idempotency key is still at work.",
        None,
    ),
    (410, "The past that is asked for has been folded.", None),
    (412, "The record is not as was expected; `current` has it as it is.", Some("ETag")),
    (413, "The body is too large.", None),
    (415, "The body is of a media type that is not read here.", None),
    (422, "The idempotency key was used with another request.", None),
    (428, "The change must say which revision it was made for.", None),
    (503, "The database is busy or away, or took too long.", Some("Retry-After")),
    (507, "The database has no room to write; nothing was changed.", None),
];

/// The errors, as components.
pub(super) fn problems() -> Value {
    let mut components = Map::new();
    for (status, description, header) in PROBLEMS {
        let mut content = Map::new();
        let shape = json!({"schema": reference("schemas", "Problem")});
        content.insert(PROBLEM_JSON.to_owned(), shape);
        let told = json!({
            "description": description,
            "headers": common_headers(header.as_slice()),
            "content": content,
        });
        components.insert(component(status), told);
    }
    Value::Object(components)
}

fn component(status: u16) -> String {
    format!("problem_{status}")
}

/// The headers that all answers have, and some more.
fn common_headers(more: &[&str]) -> Value {
    let mut headers = Map::new();
    for name in ["X-Request-ID", "X-Content-Type-Options"].iter().chain(more) {
        headers.insert((*name).to_owned(), reference("headers", name));
    }
    Value::Object(headers)
}

/// An answer of JSON.
pub(super) fn json_answer(description: &str, shape: &Value, headers: &[&str]) -> Value {
    json!({
        "description": description,
        "headers": common_headers(headers),
        "content": {"application/json": {"schema": shape}},
    })
}

/// The headers of what a client may keep.
pub(super) const KEPT: [&str; 4] = ["ETag", "Last-Modified", "Cache-Control", "Vary"];

/// The answer to a client that has it already.
pub(super) fn known() -> Value {
    empty_answer("The client has it already.", &KEPT)
}

/// An answer without a body.
pub(super) fn empty_answer(description: &str, headers: &[&str]) -> Value {
    json!({"description": description, "headers": common_headers(headers)})
}

/// All answers of an operation: what it gives, and the errors it may have.
pub(super) fn answers(given: Vec<(u16, Value)>, problems: &[u16]) -> Value {
    let mut answers = Map::new();
    for status in problems {
        answers.insert(status.to_string(), reference("responses", &component(*status)));
    }
    // What may be made once may wait for a review.
    if problems.contains(&422) {
        answers.insert("202".to_owned(), parked());
    }
    for (status, answer) in given {
        answers.insert(status.to_string(), answer);
    }
    Value::Object(answers)
}

/// The change request by which a write waits.
fn parked() -> Value {
    let headers = ["ETag", "Location", "Idempotent-Replayed"];
    json_answer("It waits for a review.", &reference("schemas", "ChangeRequest"), &headers)
}

/// The errors of a read.
pub(super) const READ: [u16; 8] = [400, 401, 403, 404, 405, 406, 410, 503];
/// The errors of a write without a body.
pub(super) const DELETE: [u16; 12] = [400, 401, 403, 404, 405, 406, 409, 412, 422, 428, 503, 507];
/// The errors of a write.
pub(super) const WRITE: [u16; 15] =
    [400, 401, 403, 404, 405, 406, 408, 409, 412, 413, 415, 422, 428, 503, 507];
/// The errors of a check of a write.
pub(super) const CHECK: [u16; 12] = [400, 401, 403, 404, 405, 406, 408, 409, 412, 413, 415, 503];
