//! The paths of change requests.

use domain::review::{Comparison, Event, RequestedAction, State};
use serde_json::{Map, Value, json};

use app::review::{REQUESTS_COUNTED_MAX, REQUESTS_PAGE_MAX, REVIEWERS_MAX, TITLE_LENGTH_MAX};

use super::parameters::{path, query};
use super::people::{maybe_moment, maybe_text, some, text, texts, whole};
use super::responses::{READ, answers, json_answer};
use super::schemas::nullable_address;
use super::{object, reference};

/// The errors of what is done with a request.
const ACT: [u16; 14] = [400, 401, 403, 404, 405, 406, 408, 409, 412, 413, 415, 428, 503, 507];

/// What is done with a request, in words, and the shape of its body.
const DEEDS: [(Event, &str, &str); 9] = [
    (Event::Approve, "Agree to a change request; the last that is wanted applies it", "Comment"),
    (Event::Reject, "Turn a change request down", "Comment"),
    (Event::Hold, "Have a change request wait for something", "Comment"),
    (Event::Resume, "Have a change request wait no more", "Comment"),
    (Event::Withdraw, "Take one's own change request back", "Comment"),
    (Event::Comment, "Say something of a change request", "Comment"),
    (Event::Assign, "Ask people to decide on a change request", "Assignment"),
    (Event::Edit, "Ask for something else", "Edit"),
    (Event::Rebase, "Solve conflicts with what others changed", "Rebase"),
];

/// The paths.
pub(super) fn paths() -> Map<String, Value> {
    let number = path(
        "number",
        "The number of the change request.",
        &json!({"type": "integer", "minimum": 1}),
    );
    let read = |id: &str, summary: &str, shape: &str, headers: &[&str], parameters: Vec<Value>| {
        let found = json_answer(summary, &reference("schemas", shape), headers);
        let known = super::responses::empty_answer("The client has it already.", &["ETag"]);
        let mut given = vec![(200, found)];
        if !headers.is_empty() {
            given.push((304, known));
        }
        json!({
            "operationId": id,
            "summary": summary,
            "tags": ["reviews"],
            "security": [{}, {"bearer": []}],
            "parameters": parameters,
            "responses": answers(given, &READ),
        })
    };
    let json = reference("parameters", "format_json");
    let mut of_list = list_parameters();
    of_list.push(json.clone());
    let conditional = vec![json, reference("parameters", "if_none_match")];
    let mut paths = vec![
        (
            "/api/-/change-requests/".to_owned(),
            json!({"get": read(
                "listChangeRequests", "List change requests, newest first", "ChangeRequests",
                &[], of_list,
            )}),
        ),
        (
            "/api/-/change-requests/{number}/".to_owned(),
            json!({
                "parameters": [number],
                "get": read(
                    "readChangeRequest", "Show a change request beside the register as it is",
                    "ChangeRequest", &["ETag"], conditional,
                ),
            }),
        ),
        ("/api/-/change-requests/decide/".to_owned(), json!({"post": decide()})),
    ];
    for (event, summary, body) in DEEDS {
        let word = event.word();
        let at = format!("/api/-/change-requests/{{number}}/{word}/");
        paths.push((at, json!({"parameters": [number], "post": deed(event, summary, body)})));
    }
    paths.into_iter().collect()
}

fn list_parameters() -> Vec<Value> {
    let flag = json!({"type": "string", "enum": ["1", "0", "true", "false", ""]});
    let text = json!({"type": "string"});
    let number = json!({"type": "integer", "minimum": 1});
    let limit = json!({"type": "integer", "minimum": 1, "maximum": REQUESTS_PAGE_MAX});
    let words: Vec<&str> = State::ALL.into_iter().map(State::word).collect();
    let states = format!("In these states, parted by commas: open, {}.", words.join(", "));
    vec![
        query("state", &states, &text),
        query("requester", "Asked for by this user.", &text),
        query("reviewer", "That this user is asked to decide.", &text),
        query("type", "About records of this type.", &text),
        query("record", "About the record of that type with this id.", &number),
        query("mine", "1: asked for by oneself; not beside `requester`.", &flag),
        query("awaiting_me", "1: open, and for oneself to decide.", &flag),
        query("limit", "Change requests on a page.", &limit),
        query("before", "Those with smaller numbers, as `next` tells.", &number),
    ]
}

fn deed(event: Event, summary: &str, body: &str) -> Value {
    let done = json_answer(
        "The change request as it is now.",
        &reference("schemas", "ChangeRequest"),
        &["ETag", "X-Commit"],
    );
    let mut id = event.word().to_owned();
    id.push_str("ChangeRequest");
    let mut parameters = Vec::new();
    if event.is_decision() {
        parameters.push(json!({
            "name": "If-Match",
            "in": "header",
            "description": "The `ETag` of what is decided on, as it was shown.",
            "schema": {"type": "string"},
        }));
    }
    json!({
        "operationId": id,
        "summary": summary,
        "tags": ["reviews"],
        "security": [{"bearer": []}],
        "parameters": parameters,
        "requestBody": {"required": false, "content": {
            "application/json": {"schema": reference("schemas", body)},
        }},
        "responses": answers(vec![(200, done)], &ACT),
    })
}

fn decide() -> Value {
    let done = json_answer("What came of each.", &reference("schemas", "Decided"), &[]);
    json!({
        "operationId": "decideChangeRequests",
        "summary": "Approve or reject many, each by its own rules",
        "tags": ["reviews"],
        "security": [{"bearer": []}],
        "requestBody": {"required": true, "content": {
            "application/json": {"schema": reference("schemas", "Selection")},
        }},
        "responses": answers(vec![(200, done)], &ACT),
    })
}

/// The shapes.
pub(super) fn schemas() -> Map<String, Value> {
    let mut shapes = bodies();
    shapes.extend([
        ("ChangeRequest", request()),
        ("ChangeRequests", requests()),
        ("RequestedChange", change()),
        ("Decided", decided()),
    ]);
    shapes.into_iter().map(|(name, shape)| (name.to_owned(), shape)).collect()
}

fn id() -> Value {
    json!({"type": "integer", "minimum": 1})
}

fn maybe_id() -> Value {
    json!({"type": ["integer", "null"], "minimum": 1})
}

fn moment() -> Value {
    json!({"type": "string", "format": "date-time"})
}

fn truth() -> Value {
    json!({"type": "boolean"})
}

fn words(words: impl IntoIterator<Item = &'static str>) -> Value {
    json!({"enum": words.into_iter().collect::<Vec<_>>()})
}

fn states() -> Value {
    words(State::ALL.into_iter().map(State::word))
}

fn list_of(shape: &Value) -> Value {
    json!({"type": "array", "items": shape})
}

fn address() -> Value {
    json!({"type": "string", "format": "uri"})
}

fn request() -> Value {
    let person = whole(&[("user", text()), ("token", maybe_text())]);
    let wanted = json!({"type": "integer", "minimum": 1});
    let approvals = whole(&[("wanted", wanted), ("groups", texts()), ("by", texts())]);
    let taken = whole(&[
        ("type", text()),
        ("id", id()),
        ("url", nullable_address()),
        ("display", text()),
        ("effect", words(["deleted", "cleared"])),
    ]);
    let by_field = json!({"type": "object", "additionalProperties": texts()});
    let place = json!({"type": "integer", "minimum": 0});
    let fault = whole(&[("change", place), ("errors", by_field)]);
    let events = Event::ALL.into_iter().map(Event::word);
    let event = whole(&[
        ("at", moment()),
        ("actor", reference("schemas", "Actor")),
        ("event", words(events.clone().chain(["made"]))),
        ("comment", maybe_text()),
    ]);
    whole(&[
        ("number", id()),
        ("url", address()),
        ("title", text()),
        ("reason", maybe_text()),
        ("state", states()),
        ("requester", person),
        ("origin", text()),
        ("created_at", moment()),
        ("updated_at", moment()),
        ("expires_at", maybe_moment()),
        ("revision", id()),
        ("etag", text()),
        ("reviewers", texts()),
        ("approvals", approvals),
        ("commit", maybe_id()),
        ("changes", list_of(&reference("schemas", "RequestedChange"))),
        ("takes_along", list_of(&taken)),
        ("faults", list_of(&fault)),
        ("timeline", list_of(&event)),
        ("may", list_of(&words(events))),
    ])
}

fn requests() -> Value {
    let listed = whole(&[
        ("number", id()),
        ("url", address()),
        ("title", text()),
        ("state", states()),
        ("requester", text()),
        ("created_at", moment()),
        ("updated_at", moment()),
        ("expires_at", maybe_moment()),
        ("revision", id()),
        ("records", json!({"type": "integer", "minimum": 0})),
    ]);
    let count = json!({
        "type": "integer", "minimum": 0, "maximum": REQUESTS_COUNTED_MAX,
        "description": "How many there are in all; `more` where there may be more than counted.",
    });
    whole(&[
        ("count", count),
        ("more", truth()),
        ("next", nullable_address()),
        ("results", list_of(&listed)),
    ])
}

fn change() -> Value {
    let comparisons =
        [Comparison::Same, Comparison::Changed, Comparison::MovedSince, Comparison::Conflict];
    let values = ["before", "proposed", "current", "result"];
    let lists = list_of(&json!({"type": "object"}));
    let mut members: Vec<(&str, Value)> = values.map(|name| (name, json!({}))).to_vec();
    members.push(("comparison", words(comparisons.map(Comparison::words))));
    let mut all = members.clone();
    all.extend([("removed", lists.clone()), ("added", lists)]);
    let required: Vec<&str> = members.iter().map(|(name, _)| *name).collect();
    let field = some(&all, &required);
    let actions = [
        RequestedAction::Add,
        RequestedAction::Update,
        RequestedAction::Delete,
        RequestedAction::Restore,
    ];
    whole(&[
        ("type", text()),
        ("id", maybe_id()),
        ("url", nullable_address()),
        ("display", text()),
        ("action", words(actions.map(RequestedAction::word))),
        ("revision", maybe_id()),
        ("current_revision", maybe_id()),
        ("obstacle", maybe_text()),
        ("conflict", truth()),
        ("fields", json!({"type": "object", "additionalProperties": field})),
    ])
}

fn decided() -> Value {
    let result = whole(&[
        ("number", json!({"type": "integer"})),
        ("status", json!({"type": "integer", "minimum": 200, "maximum": 599})),
        ("state", json!({"anyOf": [states(), {"type": "null"}]})),
        ("commit", maybe_id()),
        ("detail", maybe_text()),
    ]);
    whole(&[("results", list_of(&result))])
}

fn bodies() -> Vec<(&'static str, Value)> {
    let comment = ("comment", maybe_text());
    let resolve = json!({
        "type": "object",
        "additionalProperties": {"anyOf": [
            {"enum": ["mine", "theirs"]},
            whole(&[("value", json!({}))]),
        ]},
    });
    let place = json!({"type": "integer", "minimum": 0});
    let solved = whole(&[("change", place), ("resolve", resolve.clone())]);
    let change = json!({
        "type": "object",
        "properties": object([
            ("type".to_owned(), text()),
            ("action".to_owned(), json!({"enum": ["add", "update", "delete"]})),
            ("id".to_owned(), id()),
            ("fields".to_owned(), json!({"type": "object"})),
        ]),
        "required": ["type"],
        "additionalProperties": false,
    });
    let chosen =
        some(&[("number", json!({"type": "integer"})), ("etag", maybe_text())], &["number"]);
    let title = json!({"type": ["string", "null"], "maxLength": TITLE_LENGTH_MAX});
    let reviewers = json!({
        "type": "array", "items": {"type": "string"}, "maxItems": REVIEWERS_MAX,
    });
    let selection = [
        comment.clone(),
        ("decision", json!({"enum": ["approve", "reject"]})),
        ("requests", json!({"type": "array", "items": chosen, "minItems": 1, "maxItems": 200})),
    ];
    vec![
        ("Comment", some(std::slice::from_ref(&comment), &[])),
        ("Assignment", some(&[comment.clone(), ("reviewers", reviewers)], &[])),
        (
            "Edit",
            some(
                &[
                    comment.clone(),
                    ("title", title),
                    ("reason", maybe_text()),
                    ("changes", list_of(&change)),
                ],
                &[],
            ),
        ),
        ("Rebase", some(&[comment, ("resolve", resolve), ("changes", list_of(&solved))], &[])),
        ("Selection", some(&selection, &["decision", "requests"])),
    ]
}
