//! The paths of events.

use app::events::EVENTS_PAGE_MAX;
use domain::event::EventKind;
use serde_json::{Map, Value, json};

use super::parameters::query;
use super::people::{list, maybe_moment, maybe_text, named, some, text, texts, whole};
use super::reference;
use super::responses::{READ, answers, json_answer};
use super::tasks::with_events;
use crate::rest::events::PATH;
use crate::rest::events::list::LIMIT_DEFAULT;

const PLACE: &str = r"^[0-9]+(\.[0-9]+)?$";

/// The errors of removing a publisher.
const REMOVE: [u16; 8] = [401, 403, 404, 405, 406, 409, 503, 507];

/// The errors of asking for a snapshot.
const ASK: [u16; 12] = [400, 401, 403, 404, 405, 406, 408, 409, 413, 415, 503, 507];

/// The paths.
pub(super) fn paths() -> Map<String, Value> {
    let json = reference("parameters", "format_json");
    let place = json!({"type": "string", "pattern": PLACE, "examples": ["17", "17.0"]});
    let after = query("after", "What came behind a commit, or behind an event of it.", &place);
    let limit = json!({
        "type": "integer", "minimum": 1, "maximum": EVENTS_PAGE_MAX, "default": LIMIT_DEFAULT,
    });
    let limit = query("limit", "The most events.", &limit);
    let types = query("type", "Of records of these types: names parted by commas.", &text());
    let read = |(id, summary, shape): (&str, &str, &str), parameters: &[&Value]| {
        let found = json_answer(summary, &reference("schemas", shape), &[]);
        json!({
            "operationId": id,
            "summary": summary,
            "tags": ["events"],
            "security": [{}, {"bearer": []}],
            "parameters": parameters,
            "responses": answers(vec![(200, found)], &READ),
        })
    };
    let summary = "Tell what happened behind a place, the oldest first";
    let events = read(("listEvents", summary, "Events"), &[&after, &limit, &types, &json]);
    let told = "Each event as it comes (`change`), with its id.";
    let summary = "Tell how far those who tell of changes are";
    let publishers = read(("listPublishers", summary, "Publishers"), &[&json]);
    let name = named("name", "The publisher's name.");
    let summary = "Tell how the last snapshot stands that a publisher was asked for";
    let snapshot = read(("readSnapshot", summary, "Snapshot"), &[&json]);
    Map::from_iter([
        (PATH.to_owned(), json!({"get": with_events(events, told)})),
        (format!("{PATH}publishers/"), json!({"get": publishers})),
        (format!("{PATH}publishers/{{name}}/"), json!({"parameters": [name], "delete": remove()})),
        (
            format!("{PATH}publishers/{{name}}/snapshot/"),
            json!({"parameters": [name], "get": snapshot, "post": ask()}),
        ),
    ])
}

fn remove() -> Value {
    json!({
        "operationId": "removePublisher",
        "summary": "Remove what is kept of a publisher that there is no more",
        "tags": ["events"],
        "security": [{"bearer": []}],
        "responses": answers(vec![(204, json!({"description": "It is gone."}))], &REMOVE),
    })
}

fn ask() -> Value {
    let asked = json_answer("It is asked for.", &reference("schemas", "Snapshot"), &[]);
    json!({
        "operationId": "askSnapshot",
        "summary": "Ask a publisher to tell of all records that are there, or of all of a type",
        "tags": ["events"],
        "security": [{"bearer": []}],
        "requestBody": {
            "required": false,
            "content": {"application/json": {"schema": some(&[("type", maybe_text())], &[])}},
        },
        "responses": answers(vec![(202, asked)], &ASK),
    })
}

/// The shapes.
pub(super) fn schemas() -> Map<String, Value> {
    let place = json!({"type": "string", "pattern": PLACE});
    let truth = json!({"type": "boolean"});
    let url = json!({"type": "string", "format": "uri"});
    let whole_number = json!({"type": "integer", "format": "int64", "minimum": 0});
    let events = json!({"type": "array", "items": reference("schemas", "Event")});
    let publisher = [
        ("name", text()),
        ("after", place.clone()),
        ("behind_commits", whole_number),
        ("holder", maybe_text()),
        ("moved_at", maybe_moment()),
        ("error", maybe_text()),
        ("error_at", maybe_moment()),
    ];
    let count = json!({"type": "integer", "format": "int64", "minimum": 0});
    let snapshot = [
        ("publisher", text()),
        ("type", maybe_text()),
        ("asked_by", text()),
        ("asked_at", json!({"type": "string", "format": "date-time"})),
        ("state", json!({"enum": ["asked", "running", "done", "failed"]})),
        ("done", count.clone()),
        ("total", count),
        ("commit", json!({"type": ["integer", "null"], "format": "int64"})),
        ("error", maybe_text()),
    ];
    let page = [("next", url), ("after", place), ("is_last", truth), ("results", events)];
    Map::from_iter([
        ("Event".to_owned(), event()),
        ("EventData".to_owned(), data()),
        ("Events".to_owned(), whole(&page)),
        ("Publisher".to_owned(), whole(&publisher)),
        ("Publishers".to_owned(), list("Publisher")),
        ("Snapshot".to_owned(), whole(&snapshot)),
    ])
}

/// An event, as CloudEvents 1.0 has it.
fn event() -> Value {
    use EventKind::{Created, Deleted, Folded, Restored, Updated};
    let words = [Created, Updated, Deleted, Restored, Folded].map(EventKind::word);
    let folded = whole(&[("folded_to", json!({"type": "integer", "minimum": 0}))]);
    let members = [
        ("specversion", json!({"const": "1.0"})),
        ("id", json!({"type": "string", "pattern": PLACE})),
        ("source", json!({"type": "string", "format": "uri-reference"})),
        ("type", json!({"enum": words})),
        ("time", json!({"type": "string", "format": "date-time"})),
        ("datacontenttype", json!({"const": "application/json"})),
        ("data", json!({"anyOf": [reference("schemas", "EventData"), folded]})),
        ("subject", text()),
        ("partitionkey", text()),
    ];
    let required = ["specversion", "id", "source", "type", "time", "datacontenttype", "data"];
    some(&members, &required)
}

fn data() -> Value {
    let number = json!({"type": "integer", "format": "int64", "minimum": 1});
    let values = json!({"type": ["object", "null"]});
    let actor = whole(&[("user", text()), ("token", maybe_text())]);
    whole(&[
        ("type", text()),
        ("id", number.clone()),
        ("key", maybe_text()),
        ("revision", number.clone()),
        ("before", values.clone()),
        ("after", values),
        ("changed", texts()),
        ("commit", number.clone()),
        ("index", json!({"type": "integer", "minimum": 0})),
        ("size", number),
        ("hash", json!({"type": "string", "pattern": "^[0-9a-f]{64}$"})),
        ("actor", actor),
        ("origin", text()),
        ("reason", maybe_text()),
        ("request_id", maybe_text()),
        ("approved_by", texts()),
        ("bypass", json!({"type": "boolean"})),
    ])
}
