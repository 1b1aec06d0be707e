//! The paths of feeds for other programs.

use serde_json::{Map, Value, json};

use super::parameters::{path, query};
use super::responses::{READ, answers, json_answer};
use crate::rest::feeds::{Feed, PATH};

/// The paths.
pub(super) fn paths() -> Map<String, Value> {
    let words: Vec<Value> = Feed::ALL.iter().map(|feed| json!(feed.word())).collect();
    let feed = path("feed", "The program that reads it.", &json!({"enum": words}));
    let plural = path("plural", "The plural of the hosts' type.", &json!({"type": "string"}));
    let read = |id: &str| {
        let told = "Records as another program reads them, in one answer";
        json!({
            "operationId": id,
            "summary": told,
            "description": "Beside these parameters all filters of the type's list, `search`, `ordering` and `as_of`.",
            "tags": ["feeds"],
            "security": [{}, {"bearer": []}],
            "parameters": own_parameters(),
            "responses": answers(vec![(200, found(told))], &READ),
        })
    };
    Map::from_iter([
        (format!("{PATH}{{feed}}/"), json!({"parameters": [feed], "get": read("readFeed")})),
        (
            format!("{PATH}{{feed}}/{{plural}}/"),
            json!({"parameters": [feed, plural], "get": read("readFeedOfType")}),
        ),
    ])
}

/// JSON of Ansible and Prometheus, lines of text of the others.
fn found(told: &str) -> Value {
    let mut found = json_answer(told, &json!({"type": ["object", "array"]}), &[]);
    let content = found.pointer_mut("/content").and_then(Value::as_object_mut);
    if let Some(content) = content {
        content.insert("text/plain".to_owned(), json!({"schema": {"type": "string"}}));
    }
    found
}

fn own_parameters() -> Vec<Value> {
    let text = json!({"type": "string"});
    let port = json!({"type": "integer", "minimum": 1, "maximum": u16::MAX});
    [
        ("address", "The field with the address; the first one by default.", &text),
        ("group_by", "ansible: fields whose values are groups, parted by commas.", &text),
        ("vars", "ansible: fields that become variables of the hosts.", &text),
        ("port", "prometheus: the port of the targets; 9100 by default.", &port),
        ("label", "prometheus: fields that become labels.", &text),
        ("user", "ssh-config: who signs in.", &text),
        ("domain", "dns: what names end in.", &text),
        ("reverse", "dns: what the names of addresses end in, for PTR lines.", &text),
    ]
    .map(|(name, told, shape)| query(name, told, shape))
    .into()
}
