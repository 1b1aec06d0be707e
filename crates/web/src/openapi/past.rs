//! The paths of the past: histories, commits, differences, the audit, and the way back.

use domain::schema::{Schema, Type};
use serde_json::{Map, Value, json};

use super::parameters::{of_change, of_write, path, query};
use super::reference;
use super::responses::{KEPT, READ, WRITE, answers, json_answer, known};
use super::schemas::{nullable_address, nullable_text};
use crate::extract::past::LIMIT_DEFAULT;
use app::past::HISTORY_PAGE_MAX;

/// The paths that are of no one type.
pub(super) fn paths(schema: &Schema) -> Map<String, Value> {
    let types: Vec<&str> = schema.types().iter().map(|of| of.name.as_str()).collect();
    Map::from_iter([
        ("/api/-/history/".to_owned(), json!({"get": history(&types)})),
        ("/api/-/audit/".to_owned(), json!({"get": audit()})),
        ("/api/-/diff/".to_owned(), json!({"get": diff(&types)})),
        ("/api/-/commits/{number}/".to_owned(), commit()),
        ("/api/-/commits/{number}/revert/".to_owned(), revert_commit()),
    ])
}

/// The paths of a type.
pub(super) fn of_type(record_type: &Type) -> Vec<(String, Value)> {
    let plural = &record_type.plural;
    vec![
        (format!("/api/{plural}/{{id}}/history/"), history_of(record_type)),
        (format!("/api/{plural}/{{id}}/revert/"), revert_record(record_type)),
    ]
}

/// What there is to read.
pub(super) struct Reading<'a> {
    pub(super) id: &'a str,
    pub(super) tag: &'a str,
    pub(super) summary: &'a str,
    pub(super) parameters: Vec<Value>,
    pub(super) shape: &'a str,
    /// Whether clients may keep it.
    pub(super) is_kept: bool,
}

impl Reading<'_> {
    pub(super) fn operation(self) -> Value {
        let Self { id, tag, summary, mut parameters, shape, is_kept } = self;
        parameters.push(reference("parameters", "format_json"));
        let shape = reference("schemas", shape);
        let mut given = vec![(200, json_answer(summary, &shape, &[]))];
        if is_kept {
            parameters.push(reference("parameters", "if_none_match"));
            given = vec![(200, json_answer(summary, &shape, &KEPT)), (304, known())];
        }
        json!({
            "operationId": id,
            "summary": summary,
            "tags": [tag],
            "security": [{}, {"bearer": []}],
            "parameters": parameters,
            "responses": answers(given, &READ),
        })
    }
}

pub(super) fn text(name: &str, description: &str) -> Value {
    query(name, description, &json!({"type": "string"}))
}

fn moment(name: &str, description: &str) -> Value {
    let told = format!("{description} A moment as in `as_of`.");
    query(name, &told, &json!({"type": "string", "examples": ["2026-01-31T12:00:00Z"]}))
}

/// The parameters of a page.
fn page() -> Vec<Value> {
    vec![
        query(
            "limit",
            "Entries on a page.",
            &json!({"type": "integer", "minimum": 1, "maximum": HISTORY_PAGE_MAX,
                "default": LIMIT_DEFAULT}),
        ),
        text("cursor", "Where a page begins, as `next` tells."),
    ]
}

fn between() -> [Value; 2] {
    [
        moment("after", "Only what came after a commit, or was made at a time or later."),
        moment("before", "Only what came before a commit, or was made before a time."),
    ]
}

fn of_changes() -> Vec<Value> {
    let mut parameters = vec![
        text("actor", "Only what this user did."),
        text("origin", "Only what came this way: `api`, `cli`, `import`."),
        text("request_id", "Only what this request did."),
        text("field", "Only what gave this field another value."),
        text("search", "Only what has this text in its reason or in a value, whatever the case."),
    ];
    parameters.extend(between());
    parameters.push(query(
        "snapshot",
        "1 adds the whole record as it then was.",
        &json!({"type": "string", "enum": ["1", "0", "true", "false", ""]}),
    ));
    parameters.extend(page());
    parameters
}

fn type_named(types: &[&str], description: &str) -> Value {
    query("type", description, &json!({"type": "string", "examples": [types.first()]}))
}

fn history(types: &[&str]) -> Value {
    let number = json!({"type": "integer", "format": "int64", "minimum": 1});
    let mut parameters = vec![
        type_named(types, "Only changes of records of this type, today's or one that is gone."),
        query("id", "Only changes of the record with this id; with `type`.", &number),
        query("commit", "Only changes of this commit.", &number),
    ];
    parameters.extend(of_changes());
    Reading {
        id: "history",
        tag: "history",
        summary: "List the changes of all records, newest first",
        parameters,
        shape: "History",
        is_kept: true,
    }
    .operation()
}

fn history_of(record_type: &Type) -> Value {
    let reading = Reading {
        id: &format!("{}_history", record_type.name),
        tag: &record_type.plural,
        summary: &format!(
            "List the changes of a {}, newest first, also of one that is gone",
            record_type.label
        ),
        parameters: of_changes(),
        shape: "History",
        is_kept: true,
    };
    json!({"parameters": [record_id()], "get": reading.operation()})
}

fn record_id() -> Value {
    let shape = json!({"type": "integer", "format": "int64", "minimum": 1});
    path("id", "The record's id.", &shape)
}

fn number() -> Value {
    let shape = json!({"type": "integer", "format": "int64", "minimum": 1});
    path("number", "The commit's number.", &shape)
}

fn audit() -> Value {
    let mut parameters = vec![text("actor", "Only what this user did.")];
    parameters.extend(between());
    parameters.extend(page());
    Reading {
        id: "audit",
        tag: "history",
        summary: "List who did what, newest first: changes, tokens, schemas, folding",
        parameters,
        shape: "Audit",
        is_kept: false,
    }
    .operation()
}

fn diff(types: &[&str]) -> Value {
    let mut from = moment("from", "The first moment.");
    if let Some(members) = from.as_object_mut() {
        members.insert("required".to_owned(), json!(true));
    }
    let mut parameters = vec![
        from,
        moment("to", "The second moment; now, if nothing is said."),
        type_named(
            types,
            "Only records of this type. Then the filters and `search` of its list are taken too; \
             they must hold of a record at one of the moments.",
        ),
    ];
    parameters.extend(page());
    Reading {
        id: "diff",
        tag: "history",
        summary: "List the records that differ between two moments, by type and id",
        parameters,
        shape: "Differences",
        is_kept: true,
    }
    .operation()
}

fn commit() -> Value {
    let reading = Reading {
        id: "commit_get",
        tag: "history",
        summary: "Tell who made a commit, why, and the first page of its changes",
        parameters: Vec::new(),
        shape: "Commit",
        is_kept: true,
    };
    json!({"parameters": [number()], "get": reading.operation()})
}

/// The errors of taking something back: those of a write, and that it is known no more.
fn problems() -> Vec<u16> {
    WRITE.iter().copied().chain([410]).collect()
}

fn revert_commit() -> Value {
    let done = json_answer(
        "What was made; the commit is null where there was nothing to take back.",
        &reference("schemas", "Reverted"),
        &["X-Commit", "Idempotent-Replayed"],
    );
    json!({
        "parameters": [number()],
        "post": {
            "operationId": "commit_revert",
            "summary": "Take back all changes of a commit, by a new one",
            "tags": ["history"],
            "security": [{"bearer": []}],
            "parameters": of_write(),
            "responses": answers(vec![(200, done)], &problems()),
        },
    })
}

fn revert_record(record_type: &Type) -> Value {
    let (name, label) = (&record_type.name, &record_type.label);
    let shape = reference("schemas", name.as_str());
    let headers = ["X-Commit", "ETag", "Idempotent-Replayed"];
    let changed = json_answer("The record as it now is.", &shape, &headers);
    let headers = ["X-Commit", "Location", "ETag", "Idempotent-Replayed"];
    let back = json_answer("The record, which had been deleted and is back.", &shape, &headers);
    json!({
        "parameters": [record_id()],
        "post": {
            "operationId": format!("{name}_revert"),
            "summary": format!("Make a {label} what it was at a revision, also one that is gone"),
            "tags": [record_type.plural],
            "security": [{"bearer": []}],
            "parameters": of_change(),
            "requestBody": {
                "required": true,
                "content": {"application/json": {"schema": reference("schemas", "Revert")}},
            },
            "responses": answers(vec![(200, changed), (201, back)], &problems()),
        },
    })
}

/// The shapes.
pub(super) fn schemas() -> Map<String, Value> {
    Map::from_iter([
        ("History".to_owned(), page_of("Change", "Changes, newest first.")),
        ("Change".to_owned(), change()),
        ("Fields".to_owned(), fields()),
        ("Actor".to_owned(), actor()),
        ("Audit".to_owned(), page_of("Audited", "Who did what, newest first.")),
        ("Audited".to_owned(), audited()),
        ("Differences".to_owned(), page_of("Difference", "What differs, by type and id.")),
        ("Difference".to_owned(), difference()),
        ("Commit".to_owned(), commit_shape()),
        ("Revert".to_owned(), revert_shape()),
        ("Reverted".to_owned(), reverted()),
    ])
}

/// An object of which all members are always there, save for the optional ones.
pub(super) fn whole(description: &str, members: &Value, optional: &[&str]) -> Value {
    let names = members.as_object().into_iter().flat_map(Map::keys);
    let needed: Vec<&String> = names.filter(|name| !optional.contains(&name.as_str())).collect();
    json!({
        "type": "object",
        "description": description,
        "required": needed,
        "properties": members,
        "additionalProperties": false,
    })
}

fn page_of(shape: &str, description: &str) -> Value {
    let members = json!({
        "next": next(),
        "results": {
            "type": "array",
            "maxItems": HISTORY_PAGE_MAX,
            "items": reference("schemas", shape),
        },
    });
    whole(description, &members, &[])
}

fn next() -> Value {
    json!({
        "type": ["string", "null"],
        "format": "uri",
        "description": "The next page; null on the last one.",
    })
}

fn id() -> Value {
    json!({"type": "integer", "format": "int64", "minimum": 1})
}

fn when() -> Value {
    json!({"type": "string", "format": "date-time"})
}

fn change() -> Value {
    let members = json!({
        "commit": id(),
        "type": {"type": "string"},
        "id": id(),
        "url": nullable_address(),
        "display": {"type": "string", "description": "The key as it was then."},
        "revision": id(),
        "change": {"enum": ["+", "~", "-", "="]},
        "action": {"enum": ["Added", "Updated", "Deleted", "Folded"]},
        "at": when(),
        "actor": reference("schemas", "Actor"),
        "origin": nullable_text("Through what: `api`, `cli`, `import`, `review:17`; null where that is folded."),
        "reason": nullable_text("Why."),
        "request_id": nullable_text("The request that asked for it."),
        "approved_by": approved_by(),
        "bypass": bypass(),
        "fields": reference("schemas", "Fields"),
        "snapshot": {
            "type": "object",
            "description": "With `snapshot=1`: the values it had then, or until then when it was \
                deleted; what it had no value of is left out.",
        },
    });
    let told = "A change of a record. The last of a record's history may be `=`: it stood so when \
        older changes were folded.";
    whole(told, &members, &["snapshot"])
}

fn approved_by() -> Value {
    json!({
        "type": "array",
        "items": {"type": "string"},
        "description": "Who agreed to it, where it was reviewed.",
    })
}

fn bypass() -> Value {
    json!({"type": "boolean", "description": "Whether a right took it past a review."})
}

fn fields() -> Value {
    let list = json!({"type": "array", "items": {"type": "object"}});
    json!({
        "type": "object",
        "description": "The fields that got another value, by name. References have the names \
            that they had then.",
        "additionalProperties": {"anyOf": [
            whole("A value; null for none.", &json!({"before": {}, "after": {}}), &[]),
            whole("A list of references.", &json!({"removed": list, "added": list}), &[]),
        ]},
    })
}

fn actor() -> Value {
    let members = json!({
        "user": {"type": "string"},
        "token": nullable_text("The name of the token that was used."),
    });
    whole("Who did it.", &members, &[])
}

fn audited() -> Value {
    let mut number = id();
    if let Some(members) = number.as_object_mut() {
        members.insert("type".to_owned(), json!(["integer", "null"]));
    }
    let members = json!({
        "at": when(),
        "actor": reference("schemas", "Actor"),
        "origin": nullable_text("Through what; null where that is folded."),
        "action": {"type": "string", "examples": ["Updated", "Created token"]},
        "subject": {"type": "string", "examples": ["server db1001"]},
        "reason": nullable_text("Why, or how it went."),
        "request_id": nullable_text("The request that asked for it."),
        "approved_by": approved_by(),
        "bypass": bypass(),
        "commit": number,
        "type": nullable_text("The type of the record that was changed."),
        "id": number,
        "url": nullable_address(),
    });
    whole("Something that somebody did.", &members, &[])
}

fn difference() -> Value {
    let members = json!({
        "type": {"type": "string"},
        "id": id(),
        "url": {"type": "string", "format": "uri"},
        "display": {"type": "string"},
        "change": {"enum": ["+", "~", "-"]},
        "fields": reference("schemas", "Fields"),
    });
    whole("A record that differs.", &members, &[])
}

fn commit_shape() -> Value {
    let members = json!({
        "number": id(),
        "at": when(),
        "actor": reference("schemas", "Actor"),
        "origin": nullable_text("Through what; null where that is folded."),
        "reason": nullable_text("Why."),
        "request_id": nullable_text("The request that asked for it."),
        "approved_by": approved_by(),
        "bypass": bypass(),
        "hash": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        "folded": {"type": "boolean", "description": "Whether its changes are known no more."},
        "folds_to": {
            "type": ["integer", "null"],
            "description": "Of a commit that folded older ones: the last of them.",
        },
        "changes": {"type": "integer", "minimum": 0},
        "next": next(),
        "results": {"type": "array", "items": reference("schemas", "Change")},
    });
    whole("A commit, with the first page of its changes, the last one first.", &members, &[])
}

fn revert_shape() -> Value {
    whole("Where to go back to.", &json!({"to_revision": {"type": "integer"}}), &[])
}

fn reverted() -> Value {
    let members = json!({
        "commit": {"type": ["integer", "null"], "minimum": 1},
        "changes": {"type": "integer", "minimum": 0},
    });
    whole("What was made.", &members, &[])
}
