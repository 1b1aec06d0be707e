//! The paths of webhooks and their dead deliveries.

use serde_json::{Map, Value, json};

use super::parameters::{path, query};
use super::people::{list, maybe_moment, maybe_text, named, number, text, whole};
use super::reference;
use super::responses::{READ, answers, empty_answer, json_answer};
use crate::rest::webhooks::PATH;
use crate::rest::webhooks::dead::DEAD_PAGE_MAX;

/// The errors of what is asked of a webhook.
const ACT: [u16; 11] = [400, 401, 403, 404, 405, 406, 408, 409, 415, 503, 507];

/// The paths.
pub(super) fn paths() -> Map<String, Value> {
    let name = named("name", "The webhook's name.");
    let json = reference("parameters", "format_json");
    let from_zero = json!({"type": "integer", "minimum": 0, "format": "int64"});
    let limit = json!({"type": "integer", "minimum": 1, "maximum": DEAD_PAGE_MAX, "default": 50});
    let limit = query("limit", "The most deliveries.", &limit);
    let after = query("after", "Those above the number.", &from_zero);
    let event_type = query("event_type", "Those of events of this type.", &text());
    let subject =
        query("subject", "Those of events of this subject, such as `server/17`.", &text());
    let which = [&event_type, &subject];
    let one = format!("{PATH}{{name}}/");
    let dead = format!("{one}dead/");
    let of_dead = json!([name, number("The delivery's number.")]);
    let verb = json!({"type": "string", "enum": ["pause", "resume", "test"]});
    let verb = path("verb", "What is asked of it.", &verb);
    let listed = [&limit, &after, &event_type, &subject, &json];
    Map::from_iter([
        (
            PATH.to_owned(),
            json!({"get": read(("listWebhooks", "List who is told what happens", "Webhooks"), &[&json])}),
        ),
        (
            one.clone(),
            json!({
                "parameters": [name],
                "get": read(("readWebhook", "Tell of a webhook", "Webhook"), &[&json]),
                "delete": act(("forgetWebhook", "Forget one that the configuration names no more"), &[], vec![(204, empty_answer("It is gone.", &[]))]),
            }),
        ),
        (
            format!("{one}{{verb}}/"),
            json!({
                "parameters": [name, verb],
                "post": act(("actOnWebhook", "Have a webhook rest, go on, or be sent a ping"), &[], acted()),
            }),
        ),
        (
            dead.clone(),
            json!({
                "parameters": [name],
                "get": read(("listDead", "List what was given up, the oldest first", "DeadDeliveries"), &listed),
                "delete": act(("discardAllDead", "Let go of dead deliveries"), &which, counted(200)),
            }),
        ),
        (
            format!("{dead}replay/"),
            json!({
                "parameters": [name],
                "post": act(("replayAllDead", "Send dead deliveries again, the oldest thousand"), &which, counted(202)),
            }),
        ),
        (
            format!("{dead}{{id}}/"),
            json!({
                "parameters": of_dead,
                "get": read(("readDead", "Tell of a dead delivery", "DeadDelivery"), &[&json]),
                "delete": act(("discardDead", "Let go of a dead delivery"), &[], vec![(204, empty_answer("It is gone.", &[]))]),
            }),
        ),
        (
            format!("{dead}{{id}}/replay/"),
            json!({
                "parameters": of_dead,
                "post": act(("replayDead", "Send a dead delivery again"), &[], counted(202)),
            }),
        ),
    ])
}

fn read((id, summary, shape): (&str, &str, &str), parameters: &[&Value]) -> Value {
    let found = json_answer(summary, &reference("schemas", shape), &[]);
    json!({
        "operationId": id,
        "summary": summary,
        "tags": ["webhooks"],
        "security": [{"bearer": []}],
        "parameters": parameters,
        "responses": answers(vec![(200, found)], &READ),
    })
}

fn act((id, summary): (&str, &str), parameters: &[&Value], well: Vec<(u16, Value)>) -> Value {
    json!({
        "operationId": id,
        "summary": summary,
        "tags": ["webhooks"],
        "security": [{"bearer": []}],
        "parameters": parameters,
        "responses": answers(well, &ACT),
    })
}

fn acted() -> Vec<(u16, Value)> {
    let webhook = reference("schemas", "Webhook");
    vec![
        (200, json_answer("It rests, or goes on.", &webhook, &[])),
        (202, json_answer("The ping waits to be sent.", &webhook, &[])),
    ]
}

fn counted(status: u16) -> Vec<(u16, Value)> {
    let count = whole(&[("count", json!({"type": "integer", "minimum": 0}))]);
    vec![(status, json_answer("How many those are.", &count, &[]))]
}

/// The shapes.
pub(super) fn schemas() -> Map<String, Value> {
    let count = json!({"type": "integer", "format": "int64", "minimum": 0});
    let maybe_count = json!({"type": ["integer", "null"], "format": "int64", "minimum": 0});
    let maybe_truth = json!({"type": ["boolean", "null"]});
    let maybe_number = json!({"type": ["number", "null"]});
    let moment = json!({"type": "string", "format": "date-time"});
    let url = json!({"type": "string", "format": "uri"});
    let state = json!({"enum": ["waiting", "sending", "failing", "paused", "not configured"]});
    let trying = whole(&[
        ("event", text()),
        ("failed", count.clone()),
        ("since", moment.clone()),
        ("next_at", moment.clone()),
    ]);
    let webhook = [
        ("name", text()),
        ("url", url.clone()),
        ("state", state),
        ("is_configured", json!({"type": "boolean"})),
        ("receiver", maybe_text()),
        ("events", maybe_truth.clone()),
        ("notices", maybe_truth),
        ("types", json!({"type": ["array", "null"], "items": text()})),
        ("batch", maybe_count.clone()),
        ("begin", json!({"enum": ["next", "oldest", null]})),
        ("timeout_s", maybe_number.clone()),
        ("attempts", maybe_count.clone()),
        ("backoff_s", maybe_number),
        ("paused_by", maybe_text()),
        ("cursor", maybe_text()),
        ("behind", maybe_count.clone()),
        ("waiting", count.clone()),
        ("dead", count.clone()),
        ("delivered", count.clone()),
        ("failures", count.clone()),
        ("last_success_at", maybe_moment()),
        ("last_error_at", maybe_moment()),
        ("last_error", maybe_text()),
        ("trying", json!({"oneOf": [trying, {"type": "null"}]})),
    ];
    let dead = [
        ("id", count.clone()),
        ("url", url),
        ("event", text()),
        ("event_type", text()),
        ("subject", text()),
        ("attempts", count),
        ("status", maybe_count),
        ("answer", text()),
        ("first_try_at", moment.clone()),
        ("dead_at", moment),
        ("body", json!({"type": ["object", "null"], "description": "The event, a CloudEvent."})),
    ];
    let next = json!({"type": ["string", "null"], "format": "uri"});
    let results = json!({"type": "array", "items": reference("schemas", "DeadDelivery")});
    Map::from_iter([
        ("Webhook".to_owned(), whole(&webhook)),
        ("Webhooks".to_owned(), list("Webhook")),
        ("DeadDelivery".to_owned(), whole(&dead)),
        ("DeadDeliveries".to_owned(), whole(&[("next", next), ("results", results)])),
    ])
}
