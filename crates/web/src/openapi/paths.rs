//! The paths of a type.

use domain::schema::{Schema, Type};
use serde_json::{Value, json};

use app::submit::CHANGES_MAX;

use crate::extract::format::{XLSX_TYPE, YAML_TYPE};

use super::parameters::{members, of_change, of_list, of_matching, of_write, path, query};
use super::responses::{
    CHECK, DELETE, KEPT, READ, WRITE, answers, empty_answer, json_answer, known,
};
use super::schemas::whole_or_part;
use super::{object, reference};

/// All paths of a type.
pub(super) fn of_type(schema: &Schema, record_type: &Type) -> Vec<(String, Value)> {
    let describer = Describer { schema, record_type };
    let plural = &record_type.plural;
    let keys: Vec<String> =
        record_type.key_fields().map(|field| format!("{{{}}}", field.name)).collect();
    vec![
        (format!("/api/{plural}/"), describer.records()),
        (format!("/api/{plural}/{{id}}/"), describer.record()),
        (format!("/api/{plural}/by/{}/", keys.join("/")), describer.by_key()),
        (format!("/api/-/validate/{plural}/"), describer.validate()),
    ]
}

struct Describer<'a> {
    schema: &'a Schema,
    record_type: &'a Type,
}

/// What there is to say of an operation.
struct Operation<'a> {
    verb: &'a str,
    summary: String,
    parameters: Vec<Value>,
    /// The shape of the body.
    body: Option<Value>,
    answers: Value,
    is_write: bool,
}

impl Describer<'_> {
    fn operation(&self, operation: Operation<'_>) -> Value {
        let mut members = vec![
            (
                "operationId".to_owned(),
                json!(format!("{}_{}", self.record_type.name, operation.verb)),
            ),
            ("summary".to_owned(), json!(operation.summary)),
            ("tags".to_owned(), json!([self.record_type.plural])),
            ("parameters".to_owned(), json!(operation.parameters)),
            ("responses".to_owned(), operation.answers),
        ];
        if let Some(shape) = operation.body {
            let body =
                json!({"required": true, "content": {"application/json": {"schema": shape}}});
            members.push(("requestBody".to_owned(), body));
        }
        let security =
            if operation.is_write { json!([{"bearer": []}]) } else { json!([{}, {"bearer": []}]) };
        members.push(("security".to_owned(), security));
        object(members)
    }

    fn shape(&self, suffix: &str) -> Value {
        reference("schemas", &format!("{}{suffix}", self.record_type.name))
    }

    fn records(&self) -> Value {
        let label = &self.record_type.label;
        let pages = json!({"anyOf": [self.shape(".list"), self.shape(".grid")]});
        let mut list = json_answer("The records.", &pages, &KEPT);
        if let Some(content) = list.get_mut("content").and_then(Value::as_object_mut) {
            content.insert("text/csv".to_owned(), json!({}));
            content.insert("application/jsonl".to_owned(), json!({}));
            content.insert(YAML_TYPE.to_owned(), json!({}));
            content.insert(XLSX_TYPE.to_owned(), json!({}));
            // What most templates make.
            content.insert("text/plain".to_owned(), json!({}));
        }
        json!({
            "get": self.operation(Operation {
                verb: "list",
                summary: format!("List {label} records"),
                parameters: of_list(self.schema, self.record_type),
                body: None,
                answers: answers(vec![(200, list), (304, known())], &READ),
                is_write: false,
            }),
            "post": self.operation(Operation {
                verb: "add",
                summary: format!("Add a {label}, or a list of them in one commit"),
                parameters: of_write(),
                body: Some(json!({"anyOf": [
                    self.shape(".write"),
                    {"type": "array", "items": self.shape(".write"), "maxItems": CHANGES_MAX},
                ]})),
                answers: answers(vec![(201, self.added()), (200, none_added())], &WRITE),
                is_write: true,
            }),
            "put": self.bulk("replace_list", &format!("Replace {label} records, or add them by key"), ".put"),
            "patch": self.bulk("change_list", &format!("Change {label} records, or all that a filter matches"), ".patch"),
            "delete": self.delete_list(),
            "options": self.options("list_options"),
        })
    }

    fn record(&self) -> Value {
        let shape = json!({"type": "integer", "format": "int64", "minimum": 1});
        let parameters = vec![path("id", "The record's id.", &shape)];
        self.one("", &parameters, true)
    }

    fn by_key(&self) -> Value {
        let text = json!({"type": "string", "minLength": 1});
        let parameters: Vec<Value> = self
            .record_type
            .key_fields()
            .map(|field| path(field.name.as_str(), &field.help, &text))
            .collect();
        self.one("by_key_", &parameters, false)
    }

    /// The operations on one record.
    fn one(&self, prefix: &str, parameters: &[Value], by_id: bool) -> Value {
        let label = &self.record_type.label;
        let body = if by_id { ".write" } else { ".put" };
        let mut put = vec![(200, self.changed())];
        if !by_id {
            put.push((201, self.added()));
        }
        let read = whole_or_part(self.record_type);
        let read = json_answer("The record.", &read, &KEPT);
        let write = |verb: &str, summary: String, body: Option<&str>, answers| {
            self.operation(Operation {
                verb: &format!("{prefix}{verb}"),
                summary,
                parameters: of_change(),
                body: body.map(|suffix| self.shape(suffix)),
                answers,
                is_write: true,
            })
        };
        let mut reading = members(self.record_type);
        reading.extend(
            ["as_of", "if_none_match", "format_json"].map(|name| reference("parameters", name)),
        );
        let deleted = vec![(204, gone())];
        let mut item = json!({
            "parameters": parameters,
            "get": self.operation(Operation {
                verb: &format!("{prefix}get"),
                summary: format!("Read a {label}"),
                parameters: reading,
                body: None,
                answers: answers(vec![(200, read), (304, known())], &READ),
                is_write: false,
            }),
            "put": write("replace", format!("Replace a {label}"), Some(body), answers(put, &WRITE)),
            "patch": write(
                "change",
                format!("Change a {label}"),
                Some(".patch"),
                answers(vec![(200, self.changed())], &WRITE),
            ),
            "delete": write("delete", format!("Delete a {label}"), None, answers(deleted, &DELETE)),
        });
        if by_id && let Some(members) = item.as_object_mut() {
            members.insert("options".to_owned(), self.options("options"));
        }
        item
    }

    fn validate(&self) -> Value {
        let shape = json!({"type": "integer", "format": "int64", "minimum": 1});
        let summary = "Check a record without writing it: a new one, or a change of the one with \
            this id; or a list, as one commit. The errors are those that the write would have.";
        let action = json!({"enum": ["add", "update", "delete"], "default": "add"});
        let items = json!({"anyOf": [{"type": "object"}, {"type": "integer"}]});
        let list = json!({"type": "array", "items": items, "maxItems": CHANGES_MAX});
        let fine = json_answer("It can be written.", &reference("schemas", "Check"), &[]);
        json!({
            "post": self.operation(Operation {
                verb: "validate",
                summary: summary.to_owned(),
                parameters: vec![
                    query("id", "The record that shall be changed, where the body is one.", &shape),
                    query(
                        "action",
                        "What shall be done with each item of a list: as POST, PATCH or DELETE of it.",
                        &action,
                    ),
                    reference("parameters", "format_json"),
                ],
                body: Some(json!({"anyOf": [self.shape(".patch"), list]})),
                answers: answers(vec![(200, fine)], &CHECK),
                is_write: false,
            }),
        })
    }

    fn options(&self, verb: &str) -> Value {
        let told = json_answer("What there is.", &reference("schemas", "Metadata"), &[]);
        self.operation(Operation {
            verb,
            summary: "Tell a form builder about the fields".to_owned(),
            parameters: Vec::new(),
            body: None,
            answers: answers(vec![(200, told)], &READ),
            is_write: false,
        })
    }

    /// An operation on a list of records that name themselves.
    fn bulk(&self, verb: &str, summary: &str, suffix: &str) -> Value {
        // The shape of one is told beside it: an item names its record by id or key besides.
        let item = json!({"type": "object", "description": format!(
            "As {}{suffix}, and `id`, or else the key; `revision` makes it conditional.",
            self.record_type.name
        )});
        let list = json!({"type": "array", "items": item, "maxItems": CHANGES_MAX});
        let is_patch = suffix == ".patch";
        let (shape, parameters) = if is_patch {
            let matching = json!({
                "type": "object",
                "description": "With a filter in the address: what all get, and how many they are.",
                "properties": {
                    "fields": {"type": "object"},
                    "expect_count": {"type": "integer", "minimum": 0},
                },
                "required": ["fields", "expect_count"],
                "additionalProperties": false,
            });
            (json!({"anyOf": [list, matching]}), of_matching(self.schema, self.record_type))
        } else {
            (list, of_write())
        };
        self.operation(Operation {
            verb,
            summary: summary.to_owned(),
            parameters,
            body: Some(shape),
            answers: answers(vec![(200, self.several()), (201, self.several())], &WRITE),
            is_write: true,
        })
    }

    fn delete_list(&self) -> Value {
        let item = json!({"anyOf": [{"type": "integer"}, {"type": "object"}]});
        let matching = json!({
            "type": "object",
            "description": "With a filter in the address: how many are meant.",
            "properties": {"expect_count": {"type": "integer", "minimum": 0}},
            "required": ["expect_count"],
            "additionalProperties": false,
        });
        let list = json!({"type": "array", "items": item, "maxItems": CHANGES_MAX});
        self.operation(Operation {
            verb: "delete_list",
            summary: format!(
                "Delete {} records by their ids or keys, or all that a filter matches",
                self.record_type.label
            ),
            parameters: of_matching(self.schema, self.record_type),
            body: Some(json!({"anyOf": [list, matching]})),
            answers: answers(vec![(200, self.several()), (204, gone())], &WRITE),
            is_write: true,
        })
    }

    /// The records of a list as they are now.
    fn several(&self) -> Value {
        let list = json!({"type": "array", "items": self.shape("")});
        json_answer("The records as they now are.", &list, &["X-Commit", "Idempotent-Replayed"])
    }

    fn changed(&self) -> Value {
        let headers = ["X-Commit", "ETag", "Idempotent-Replayed"];
        json_answer("The record as it now is.", &self.shape(""), &headers)
    }

    fn added(&self) -> Value {
        let shape = self.shape("");
        let several = json!({"anyOf": [shape, {"type": "array", "items": shape}]});
        let headers = ["X-Commit", "Location", "ETag", "Idempotent-Replayed"];
        let mut added = json_answer("The new record, or all that were added.", &several, &headers);
        let id = json!({"id": "$response.body#/id"});
        let links = ["get", "replace", "change", "delete"].map(|verb| {
            let operation = format!("{}_{verb}", self.record_type.name);
            (verb.to_owned(), json!({"operationId": operation, "parameters": id}))
        });
        if let Some(members) = added.as_object_mut() {
            members.insert("links".to_owned(), object(links));
        }
        added
    }
}

fn none_added() -> Value {
    let none = json!({"type": "array", "maxItems": 0});
    json_answer("The list was empty.", &none, &["Idempotent-Replayed"])
}

fn gone() -> Value {
    empty_answer("It is gone.", &["X-Commit", "Idempotent-Replayed"])
}
