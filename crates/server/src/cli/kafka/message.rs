//! A record as a message that a source understands: its mapping, read backwards.

use domain::json::Json;
use domain::message::{
    FieldRule, Format, Mapping, Operation, OperationRule, Part, Place, ValueMap,
};
use kafka::Outgoing;
use serde_json::{Map, Value, json};

/// What a message says beside the record.
pub(super) struct Envelope<'a> {
    pub(super) topic: &'a str,
    /// An id that no other message has.
    pub(super) id: &'a str,
    /// When it is written, as RFC 3339 has it.
    pub(super) time: &'a str,
    pub(super) operation: Operation,
}

/// The message that says of a record what its members say; what stands where no message can hold it is
/// left out.
pub(super) fn message(
    (format, mapping): (Format, &Mapping),
    record: &Map<String, Value>,
    envelope: &Envelope<'_>,
) -> Outgoing {
    let mut parts = Parts::default();
    for rule in mapping.key.iter().chain(&mapping.fields) {
        if let (Some(place), Some(value)) = (rule.places.first(), record.get(&rule.field)) {
            parts.set(place, told(rule, value));
        }
    }
    parts.set_operation(&mapping.operation, envelope.operation);
    for (place, value) in [(&mapping.id, envelope.id), (&mapping.time, envelope.time)] {
        if let Some(place) = place {
            parts.set(place, json!(value));
        }
    }
    let of_key = |rule: &FieldRule| record.get(&rule.field).map(plain);
    let names: Vec<String> = mapping.key.iter().filter_map(of_key).collect();
    let payload = match format {
        Format::Plain => parts.data,
        Format::CloudEvents => {
            let mut event = parts.attributes;
            event.insert("specversion".to_owned(), json!("1.0"));
            event.insert("id".to_owned(), json!(envelope.id));
            event.insert("source".to_owned(), json!("/domesday/produce"));
            event.entry("type").or_insert(json!("domesday.produce"));
            event.insert("time".to_owned(), json!(envelope.time));
            event.insert("data".to_owned(), parts.data);
            Value::Object(event)
        }
    };
    let key = parts.key.map_or_else(|| names.join("/"), |key| key.to_string());
    let mut headers = parts.headers;
    if format == Format::CloudEvents {
        let told = "application/cloudevents+json";
        headers.push(("content-type".to_owned(), Some(told.as_bytes().to_vec())));
    }
    Outgoing {
        topic: envelope.topic.to_owned(),
        key: Some(key.into_bytes()),
        headers,
        payload: Some(payload.to_string().into_bytes()),
    }
}

#[derive(Default)]
struct Parts {
    data: Value,
    key: Option<Value>,
    attributes: Map<String, Value>,
    headers: Vec<(String, Option<Vec<u8>>)>,
}

impl Parts {
    fn set(&mut self, place: &Place, value: Value) {
        match place {
            Place::Data(pointer) => put(&mut self.data, &pointer.to_string(), value),
            Place::Key(pointer) => {
                put(self.key.get_or_insert_default(), &pointer.to_string(), value);
            }
            Place::Attribute(name) => {
                self.attributes.insert(name.clone(), value);
            }
            Place::Header(name) => {
                self.headers.push((name.clone(), Some(plain(&value).into_bytes())));
            }
        }
    }

    fn set_operation(&mut self, rule: &OperationRule, operation: Operation) {
        let OperationRule::Told { places, words, .. } = rule else {
            return;
        };
        let word = words.iter().find(|(_, meaning)| **meaning == operation);
        if let (Some(place), Some((word, _))) = (places.first(), word) {
            self.set(place, json!(word));
        }
    }
}

/// The value as the source's own words have it.
fn told(rule: &FieldRule, value: &Value) -> Value {
    if let (Part::Each(pointer), Value::Array(items)) = (&rule.part, value) {
        let object = |item: &Value| {
            let mut object = Value::Null;
            put(&mut object, &pointer.to_string(), item.clone());
            object
        };
        return Value::Array(items.iter().map(object).collect());
    }
    let Some(ValueMap { values, .. }) = &rule.values else {
        return value.clone();
    };
    let is_it = |meaning: &Json| match (meaning, value) {
        (Json::Text(text), Value::String(value)) => text == value,
        (meaning, value) => {
            serde_json::from_str(&meaning.to_string()).is_ok_and(|told: Value| told == *value)
        }
    };
    let found = values.iter().find(|(_, meaning)| is_it(meaning));
    found.map_or_else(|| value.clone(), |(word, _)| json!(word))
}

/// Puts a value at a place in a tree, making the objects on the way. *Source:* RFC 6901.
fn put(tree: &mut Value, pointer: &str, value: Value) {
    let mut at = tree;
    for step in pointer.split('/').skip(1) {
        let name = step.replace("~1", "/").replace("~0", "~");
        if !at.is_object() {
            *at = json!({});
        }
        let Some(members) = at.as_object_mut() else { return };
        at = members.entry(name).or_insert(Value::Null);
    }
    *at = value;
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use domain::message::{Incoming, Otherwise, Payload, read};

    use super::*;

    fn rule(field: &str, place: &str) -> FieldRule {
        let places = vec![Place::parse(place).unwrap()];
        FieldRule {
            field: field.to_owned(),
            places,
            part: Part::Whole,
            values: None,
            default: None,
        }
    }

    #[track_caller]
    fn check(format: Format, place_of_name: &str) {
        let words = [("D".to_owned(), Operation::Delete), ("U".to_owned(), Operation::Upsert)];
        let values = [("UP".to_owned(), Json::text("active"))].into();
        let status = FieldRule {
            values: Some(ValueMap { values, otherwise: Otherwise::Refuse }),
            ..rule("status", "/state/now")
        };
        let mapping = Mapping {
            key: vec![rule("name", place_of_name)],
            fields: vec![status, rule("dc", "/a~1b")],
            operation: OperationRule::Told {
                places: vec![Place::parse("header:op").unwrap()],
                words: words.into(),
                otherwise: None,
            },
            tombstone: None,
            id: None,
            time: None,
            sequence: None,
        };
        let record = json!({"name": "web1", "status": "active", "dc": "iad1", "other": 1});
        let envelope = Envelope {
            topic: "t",
            id: "7",
            time: "2026-01-31T00:00:00Z",
            operation: Operation::Upsert,
        };
        let sent = message((format, &mapping), record.as_object().unwrap(), &envelope);
        let json = |bytes: &[u8]| app::json::parse(bytes).unwrap();
        let incoming = Incoming {
            key: sent.key.as_deref().map(|key| {
                app::json::parse(key).unwrap_or_else(|_| Json::text(String::from_utf8_lossy(key)))
            }),
            headers: sent.headers.clone(),
            payload: Payload::Json(json(sent.payload.as_deref().unwrap())),
        };
        let fact = mapping.understand(&read(format, incoming).unwrap()).unwrap();
        assert_eq!(fact.operation, Operation::Upsert);
        let told = Json::Object(fact.fields).to_string();
        assert_eq!(told, r#"{"dc":"iad1","name":"web1","status":"active"}"#);
    }

    #[test]
    fn what_is_written_is_understood() {
        check(Format::Plain, "/name");
        check(Format::Plain, "key:/id");
        check(Format::CloudEvents, "/name");
        check(Format::CloudEvents, "attribute:subject");
    }
}
