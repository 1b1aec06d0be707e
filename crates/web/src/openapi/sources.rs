//! The paths of sources of messages, and of what could not be taken in.

use app::sources::MemberState;
use serde_json::{Map, Value, json};

use super::parameters::{path, query};
use super::people::{list, maybe_moment, maybe_text, named, some, text, texts, whole};
use super::reference;
use super::responses::{READ, answers, json_answer};
use crate::rest::sources::PATH;
use crate::rest::sources::letters::LETTERS_PAGE_MAX;

/// The errors of what is asked of dead letters.
const ACT: [u16; 10] = [400, 401, 403, 404, 405, 406, 408, 415, 503, 507];

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
    ]);
    let letter = json!({"type": "string", "pattern": "^([0-9]{1,18}|replay|discard)$"});
    let told = "The dead letter's number; of a POST, what is done with those that the body names.";
    let of_letter = json!([name, path("letter", told, &letter)]);
    paths.insert(
        format!("{letters}{{letter}}/"),
        json!({
            "parameters": of_letter,
            "get": read(("readDeadLetter", "Tell of a dead letter", "DeadLetter"), &[&json]),
            "post": act(),
        }),
    );
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
    shapes_of_sources().into_iter().chain(shapes_of_letters()).collect()
}

fn many(of: &str) -> Value {
    json!({"type": "array", "items": reference("schemas", of)})
}

fn whole_number() -> Value {
    json!({"type": "integer", "format": "int64"})
}

fn maybe_number() -> Value {
    json!({"type": ["integer", "null"], "format": "int64"})
}

fn moment() -> Value {
    json!({"type": "string", "format": "date-time"})
}

fn url() -> Value {
    json!({"type": "string", "format": "uri"})
}

fn shapes_of_sources() -> Vec<(String, Value)> {
    let states: Vec<Value> = MemberState::ALL.iter().map(|state| json!(state.word())).collect();
    let state = json!({"enum": states});
    let counts = ["applied", "queued", "unchanged", "repeats", "late", "dead"];
    let counts = counts.map(|name| (name, whole_number()));
    let partition = [
        ("topic", text()),
        ("partition", whole_number()),
        ("next_offset", maybe_number()),
        ("epoch", whole_number()),
    ];
    let read_partition = [
        ("topic", text()),
        ("partition", whole_number()),
        ("next_offset", whole_number()),
        ("end_offset", maybe_number()),
        ("behind", maybe_number()),
    ];
    let replica = [
        ("replica", text()),
        ("state", state.clone()),
        ("code", maybe_text()),
        ("error", maybe_text()),
        ("messages_per_minute", whole_number()),
        ("told_at", moment()),
        ("partitions", many("ReadPartition")),
    ];
    let source = [
        ("name", text()),
        ("url", url()),
        ("state", state),
        ("task", maybe_text()),
        ("brokers", texts()),
        ("topics", texts()),
        ("group", text()),
        ("policy", json!({"enum": ["review", "direct"]})),
        ("behind", maybe_number()),
        ("messages_per_minute", whole_number()),
        ("last_message_at", maybe_moment()),
        ("counts", reference("schemas", "MessageCounts")),
        ("dead_letters", whole_number()),
        ("partitions", many("SourcePartition")),
        ("replicas", many("SourceReplica")),
    ];
    vec![
        ("Source".to_owned(), whole(&source)),
        ("Sources".to_owned(), list("Source")),
        ("SourcePartition".to_owned(), whole(&partition)),
        ("SourceReplica".to_owned(), whole(&replica)),
        ("ReadPartition".to_owned(), whole(&read_partition)),
        ("MessageCounts".to_owned(), whole(&counts)),
        ("SourceLag".to_owned(), whole(&[("at", moment()), ("behind", whole_number())])),
        ("SourceLags".to_owned(), list("SourceLag")),
    ]
}

fn shapes_of_letters() -> Vec<(String, Value)> {
    let bytes = json!({"description": "A text; what is none, in base 64.", "anyOf": [
        {"type": ["string", "null"]},
        {"type": "object", "required": ["base64"], "properties": {"base64": {"type": "string"}}},
    ]});
    let letter = [
        ("id", whole_number()),
        ("url", url()),
        ("topic", text()),
        ("partition", whole_number()),
        ("offset", whole_number()),
        ("key", bytes.clone()),
        ("headers", json!({"type": "array", "items": {"type": "array"}})),
        ("payload", bytes),
        ("is_cut", json!({"type": "boolean"})),
        ("reason", text()),
        ("at", moment()),
    ];
    let chosen = [
        ("id", json!({"type": "integer", "minimum": 1})),
        ("all", json!({"type": "boolean"})),
        ("topic", text()),
        ("partition", json!({"type": "integer", "minimum": 0, "maximum": i32::MAX})),
        ("reason", text()),
    ];
    let done = [
        ("replayed", whole_number()),
        ("counts", reference("schemas", "MessageCounts")),
        ("cut", whole_number()),
        ("discarded", whole_number()),
    ];
    let next = json!({"type": ["string", "null"], "format": "uri"});
    let letters = [("count", whole_number()), ("next", next), ("results", many("DeadLetter"))];
    vec![
        ("DeadLetter".to_owned(), whole(&letter)),
        ("DeadLetters".to_owned(), whole(&letters)),
        ("DeadLettersChosen".to_owned(), some(&chosen, &[])),
        ("DeadLettersDone".to_owned(), some(&done, &[])),
    ]
}
