//! The paths of tasks and their runs.

use domain::task::Outcome;
use serde_json::{Map, Value, json};

use super::parameters::{path, query};
use super::people::{list, maybe_moment, maybe_text, named, number, text, texts, whole};
use super::reference;
use super::responses::{READ, answers, json_answer};
use crate::rest::tasks::PATH;
use crate::rest::tasks::runs::RUNS_PAGE_MAX;

/// The errors of what is asked of a task.
const ACT: [u16; 11] = [400, 401, 403, 404, 405, 406, 408, 409, 415, 503, 507];

/// The paths.
pub(super) fn paths() -> Map<String, Value> {
    let name = named("name", "The task's name.");
    let json = reference("parameters", "format_json");
    let whole_number = json!({"type": "integer", "minimum": 1, "format": "int64"});
    let limit = json!({"type": "integer", "minimum": 1, "maximum": RUNS_PAGE_MAX, "default": 50});
    let limit = query("limit", "The most runs.", &limit);
    let before = query("before", "Those before the run of this number.", &whole_number);
    let from_zero = json!({"type": "integer", "minimum": 0, "format": "int64"});
    let after = query("after", "The lines behind the one of this number.", &from_zero);
    let read = |(id, summary, shape): (&str, &str, &str), parameters: &[&Value]| {
        let found = json_answer(summary, &reference("schemas", shape), &[]);
        json!({
            "operationId": id,
            "summary": summary,
            "tags": ["tasks"],
            "security": [{"bearer": []}],
            "parameters": parameters,
            "responses": answers(vec![(200, found)], &READ),
        })
    };
    let one = format!("{PATH}{{name}}/");
    let runs = format!("{one}runs/");
    let run = format!("{runs}{{id}}/");
    let of_run = json!([name, number("The run's number.")]);
    let mut paths = Map::from_iter([
        (
            PATH.to_owned(),
            json!({
                "get": read(("listTasks", "List what runs by itself", "Tasks"), &[&json]),
            }),
        ),
        (
            one.clone(),
            json!({
                "parameters": [name],
                "get": read(("readTask", "Tell of a task", "Task"), &[&json]),
            }),
        ),
        (
            runs,
            json!({
                "parameters": [name],
                "get": read(
                    ("listRuns", "List the runs of a task, the latest first", "Runs"),
                    &[&limit, &before, &json],
                ),
            }),
        ),
        (
            run.clone(),
            json!({
                "parameters": of_run,
                "get": read(("readRun", "Tell of a run", "Run"), &[&json]),
            }),
        ),
        (
            format!("{run}log/"),
            json!({
                "parameters": of_run,
                "get": with_events(
                    read(("readRunLog", "Tell what a run says", "RunLog"), &[&after]),
                    "Each line as it comes (`line`), and the run when it has ended (`end`).",
                ),
            }),
        ),
    ]);
    let verb = json!({"type": "string", "enum": ["run", "cancel", "pause", "resume"]});
    let verb = path("verb", "What is asked of it.", &verb);
    paths.insert(format!("{one}{{verb}}/"), json!({"parameters": [name, verb], "post": act()}));
    paths
}

/// The same as server-sent events, where they are asked for.
pub(super) fn with_events(mut operation: Value, told: &str) -> Value {
    let content = operation.pointer_mut("/responses/200/content").and_then(Value::as_object_mut);
    if let Some(content) = content {
        let shape = json!({"type": "string", "description": told});
        content.insert("text/event-stream".to_owned(), json!({"schema": shape}));
    }
    operation
}

fn act() -> Value {
    let task = reference("schemas", "Task");
    json!({
        "operationId": "actOnTask",
        "summary": "Have a task run now, stop its run, rest, or go on",
        "tags": ["tasks"],
        "security": [{"bearer": []}],
        "responses": answers(
            vec![
                (200, json_answer("It rests, or goes on.", &task, &[])),
                (202, json_answer("A replica is told to run it, or to stop it.", &task, &[])),
            ],
            &ACT,
        ),
    })
}

/// The shapes.
pub(super) fn schemas() -> Map<String, Value> {
    let number = json!({"type": "integer", "format": "int64", "minimum": 1});
    let maybe_number = json!({"type": ["integer", "null"], "format": "int64"});
    let moment = json!({"type": "string", "format": "date-time"});
    let truth = json!({"type": "boolean"});
    let seconds = json!({"type": "number", "minimum": 0});
    let url = json!({"type": "string", "format": "uri"});
    let state = json!({"type": "string", "enum": ["waiting", "running", "failing", "paused"]});
    let runs = json!({"type": "array", "items": reference("schemas", "Run")});
    let words: Vec<Value> = Outcome::ALL.iter().map(|outcome| json!(outcome.word())).collect();
    let words: Vec<Value> = words.into_iter().chain([Value::Null]).collect();
    let counts = json!({"type": "object", "additionalProperties": {"type": "integer"}});
    let task = [
        ("name", text()),
        ("url", url.clone()),
        ("what", text()),
        ("state", state),
        ("schedule", text()),
        ("is_paused", truth.clone()),
        ("is_paused_by_configuration", truth.clone()),
        ("is_failing", truth),
        ("running", maybe_number),
        ("next_at", maybe_moment()),
        ("schedule_next", texts()),
        ("soft_limit_s", seconds.clone()),
        ("hard_limit_s", seconds.clone()),
        ("retries", json!({"type": "integer", "minimum": 0})),
        ("backoff_s", seconds.clone()),
        ("jitter_s", seconds),
        ("catch_up", json!({"enum": ["once", "skip"]})),
        ("runs", runs.clone()),
    ];
    let run = [
        ("id", number.clone()),
        ("url", url),
        ("task", text()),
        ("replica", text()),
        ("due", maybe_moment()),
        ("asked_by", maybe_text()),
        ("tries", json!({"type": "integer", "minimum": 0})),
        ("started_at", moment.clone()),
        ("ended_at", maybe_moment()),
        ("duration_s", json!({"type": ["number", "null"]})),
        ("outcome", json!({"enum": words})),
        ("error", maybe_text()),
        ("counts", counts),
        ("next_at", maybe_moment()),
    ];
    let level = json!({"enum": ["info", "warn", "error"]});
    let line = [("line", number), ("at", moment), ("level", level), ("text", text())];
    let lines = json!({"type": "array", "items": reference("schemas", "RunLine")});
    let next = json!({"type": ["string", "null"], "format": "uri"});
    Map::from_iter([
        ("Task".to_owned(), whole(&task)),
        ("Tasks".to_owned(), list("Task")),
        ("Run".to_owned(), whole(&run)),
        ("Runs".to_owned(), whole(&[("next", next), ("results", runs)])),
        ("RunLine".to_owned(), whole(&line)),
        ("RunLog".to_owned(), whole(&[("run", reference("schemas", "Run")), ("lines", lines)])),
    ])
}
