//! The paths of sources of messages, and of what could not be taken in.

use app::sources::MemberState;
use serde_json::{Map, Value, json};

use super::parameters::{path, query};
use super::people::{list, maybe_moment, maybe_text, named, number, some, text, texts, whole};
use super::reference;
use super::responses::{READ, answers, json_answer};
use crate::rest::sources::PATH;
use crate::rest::sources::letters::LETTERS_PAGE_MAX;

/// The errors of what is asked of dead letters.
const ACT: [u16; 9] = [400, 401, 403, 404, 405, 406, 408, 415, 503];

/// The paths.
pub(super) fn paths() -> Map<String, Value> {
    let name = named("name", "The source's name.");
    let json = reference("parameters", "format_json");
    let read = |(id, summary, shape): (&str, &str, &str), parameters: &[&Value]| {
        let found = json_answer(summary, &reference("schemas", shape), &[]);
        json!({
            "operationId": id,
            "summary": summary,
            "tags": ["sources"],
            "security": [{"bearer": []}],
            "parameters": parameters,
            "responses": answers(vec![(200, found)], &READ),
        })
    };
    let whole_number = json!({"type": "integer", "minimum": 1, "format": "int64"});
    let limit =
        json!({"type": "integer", "minimum": 1, "maximum": LETTERS_PAGE_MAX, "default": 50});
    let limit = query("limit", "The most dead letters.", &limit);
    let before = query("before", "Those before the one of this number.", &whole_number);
    let topic = query("topic", "Those of this topic.", &text());
    let from_zero = json!({"type": "integer", "minimum": 0, "maximum": i32::MAX});
    let partition = query("partition", "Those of this partition.", &from_zero);
    let reason = query("reason", "Those whose reason has this in it.", &text());
    let one = format!("{PATH}{{name}}/");
    let letters = format!("{one}letters/");
    let of_letter = json!([name, number("The dead letter's number.")]);
    let mut paths = Map::from_iter([
        (
            PATH.to_owned(),
            json!({"get": read(("listSources", "List where messages come from", "Sources"), &[&json])}),
        ),
        (
            one.clone(),
            json!({
                "parameters": [name],
                "get": read(("readSource", "Tell of a source", "Source"), &[&json]),
            }),
        ),
        (
            format!("{one}lag/"),
            json!({
                "parameters": [name],
                "get": read(
                    ("readSourceLag", "Tell how far behind it was in the last day", "SourceLags"),
                    &[&json],
                ),
            }),
        ),
        (
            letters.clone(),
            json!({
                "parameters": [name],
                "get": read(
                    ("listDeadLetters", "List what could not be taken in, the latest first", "DeadLetters"),
                    &[&limit, &before, &topic, &partition, &reason, &json],
                ),
            }),
        ),
        (
            format!("{letters}{{id}}/"),
            json!({
                "parameters": of_letter,
                "get": read(("readDeadLetter", "Tell of a dead letter", "DeadLetter"), &[&json]),
            }),
        ),
    ]);
    let verb = json!({"type": "string", "enum": ["replay", "discard"]});
    let verb = path("verb", "What is done with them.", &verb);
    paths.insert(format!("{letters}{{verb}}/"), json!({"parameters": [name, verb], "post": act()}));
    paths
}

fn act() -> Value {
    let chosen = json!({"application/json": {"schema": reference("schemas", "DeadLettersChosen")}});
    json!({
        "operationId": "actOnDeadLetters",
        "summary": "Take dead letters in again, or throw them away",
        "tags": ["sources"],
        "security": [{"bearer": []}],
        "requestBody": {"required": true, "content": chosen},
        "responses": answers(
            vec![(200, json_answer("What became of them.", &reference("schemas", "DeadLettersDone"), &[]))],
            &ACT,
        ),
    })
}

/// The shapes.
pub(super) fn schemas() -> Map<String, Value> {
    let whole_number = json!({"type": "integer", "format": "int64"});
    let maybe_number = json!({"type": ["integer", "null"], "format": "int64"});
    let moment = json!({"type": "string", "format": "date-time"});
    let url = json!({"type": "string", "format": "uri"});
    let states: Vec<Value> = MemberState::ALL.iter().map(|state| json!(state.word())).collect();
    let state = json!({"enum": states});
    let many = |of: &str| json!({"type": "array", "items": reference("schemas", of)});
    let counts = ["applied", "queued", "unchanged", "repeats", "late", "dead"];
    let counts = counts.map(|name| (name, whole_number.clone()));
    let partition = [
        ("topic", text()),
        ("partition", whole_number.clone()),
        ("next_offset", maybe_number.clone()),
        ("epoch", whole_number.clone()),
    ];
    let read_partition = [
        ("topic", text()),
        ("partition", whole_number.clone()),
        ("next_offset", whole_number.clone()),
        ("end_offset", maybe_number.clone()),
        ("behind", maybe_number.clone()),
    ];
    let replica = [
        ("replica", text()),
        ("state", state.clone()),
        ("code", maybe_text()),
        ("error", maybe_text()),
        ("messages_per_minute", whole_number.clone()),
        ("told_at", moment.clone()),
        ("partitions", many("ReadPartition")),
    ];
    let source = [
        ("name", text()),
        ("url", url.clone()),
        ("state", state),
        ("task", maybe_text()),
        ("brokers", texts()),
        ("topics", texts()),
        ("group", text()),
        ("policy", json!({"enum": ["review", "direct"]})),
        ("behind", maybe_number),
        ("messages_per_minute", whole_number.clone()),
        ("last_message_at", maybe_moment()),
        ("counts", reference("schemas", "MessageCounts")),
        ("dead_letters", whole_number.clone()),
        ("partitions", many("SourcePartition")),
        ("replicas", many("SourceReplica")),
    ];
    let bytes = json!({"description": "A text; what is none, in base 64.", "anyOf": [
        {"type": ["string", "null"]},
        {"type": "object", "required": ["base64"], "properties": {"base64": {"type": "string"}}},
    ]});
    let letter = [
        ("id", whole_number.clone()),
        ("url", url),
        ("topic", text()),
        ("partition", whole_number.clone()),
        ("offset", whole_number.clone()),
        ("key", bytes.clone()),
        ("headers", json!({"type": "array", "items": {"type": "array"}})),
        ("payload", bytes),
        ("is_cut", json!({"type": "boolean"})),
        ("reason", text()),
        ("at", moment.clone()),
    ];
    let chosen = [
        ("id", json!({"type": "integer", "minimum": 1})),
        ("all", json!({"type": "boolean"})),
        ("topic", text()),
        ("partition", json!({"type": "integer", "minimum": 0, "maximum": i32::MAX})),
        ("reason", text()),
    ];
    let done = [
        ("replayed", whole_number.clone()),
        ("counts", reference("schemas", "MessageCounts")),
        ("cut", whole_number.clone()),
        ("discarded", whole_number.clone()),
    ];
    let next = json!({"type": ["string", "null"], "format": "uri"});
    let letters =
        [("count", whole_number.clone()), ("next", next), ("results", many("DeadLetter"))];
    Map::from_iter([
        ("Source".to_owned(), whole(&source)),
        ("Sources".to_owned(), list("Source")),
        ("SourcePartition".to_owned(), whole(&partition)),
        ("SourceReplica".to_owned(), whole(&replica)),
        ("ReadPartition".to_owned(), whole(&read_partition)),
        ("MessageCounts".to_owned(), whole(&counts)),
        ("SourceLag".to_owned(), whole(&[("at", moment), ("behind", whole_number)])),
        ("SourceLags".to_owned(), list("SourceLag")),
        ("DeadLetter".to_owned(), whole(&letter)),
        ("DeadLetters".to_owned(), whole(&letters)),
        ("DeadLettersChosen".to_owned(), some(&chosen, &[])),
        ("DeadLettersDone".to_owned(), some(&done, &[])),
    ])
}
