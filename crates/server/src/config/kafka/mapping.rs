//! What a source's messages mean: `[kafka.sources.key]`, `[kafka.sources.fields]` and the places of
//! operation, id, time and sequence.

use std::collections::BTreeMap;

use domain::json::Json;
use domain::message::{
    FieldRule, Mapping, Operation, OperationRule, Otherwise, Part, Place, Pointer, ValueMap,
};
use toml_edit::{Item, TableLike, Value};

use crate::config::table::TableReader;

/// The keys of it.
pub(super) const KEYS: [&str; 7] =
    ["key", "fields", "operation", "tombstone", "id", "time", "sequence"];

const PLACES: &str = "takes a place such as \"/name\", \"key:/name\", \"attribute:subject\", \"header:dc\", or a list of them";

/// The mapping of a table.
pub(super) fn mapping(reader: &mut TableReader<'_>) -> Option<Mapping> {
    let told = fields(reader);
    let operation = operation(reader);
    let tombstone = reader.text("tombstone").and_then(|word| {
        let operation = operation_of(&word);
        if operation.is_none() {
            reader.fault("tombstone", "takes upsert or delete");
        }
        operation
    });
    let (id, time) = (place(reader, "id"), place(reader, "time"));
    let sequence = place(reader, "sequence");
    let (operation, (key, fields)) = (operation?, told?);
    Some(Mapping { key, fields, operation, tombstone, id, time, sequence })
}

/// The fields of the key, and the others.
pub(crate) fn fields(reader: &mut TableReader<'_>) -> Option<(Vec<FieldRule>, Vec<FieldRule>)> {
    let key = rules(reader, "key");
    if key.is_empty() && !reader.table.contains_key("key") {
        reader.fault("key", "is missing: which record it is, as in key = { name = \"/name\" }");
    }
    let fields = rules(reader, "fields");
    (!key.is_empty()).then_some((key, fields))
}

fn place(reader: &mut TableReader<'_>, key: &str) -> Option<Place> {
    let text = reader.text(key)?;
    let place = Place::parse(&text);
    if place.is_none() {
        reader.fault(key, PLACES);
    }
    place
}

fn operation_of(word: &str) -> Option<Operation> {
    match word {
        "upsert" => Some(Operation::Upsert),
        "delete" => Some(Operation::Delete),
        _ => None,
    }
}

/// The rules of fields; faults of them are told.
fn rules(reader: &mut TableReader<'_>, key: &str) -> Vec<FieldRule> {
    let Some(item) = reader.table.get(key) else {
        return Vec::new();
    };
    let Some(table) = item.as_table_like() else {
        reader.fault(key, "takes a table such as { name = \"/name\" }");
        return Vec::new();
    };
    let mut rules = Vec::new();
    for (field, item) in table.iter() {
        match rule(field, item) {
            Ok(rule) => rules.push(rule),
            Err(why) => reader.fault_in(key, field, &why),
        }
    }
    rules
}

fn rule(field: &str, item: &Item) -> Result<FieldRule, String> {
    let field = field.to_owned();
    if let Some(places) = places(item)? {
        return Ok(FieldRule { field, places, part: Part::Whole, values: None, default: None });
    }
    let Some(table) = item.as_table_like() else {
        return Err(PLACES.to_owned());
    };
    only(table, &["from", "each", "host", "values", "otherwise", "default", "constant"])?;
    if let Some(constant) = table.get("constant") {
        if table.len() > 1 {
            return Err("is a constant, and takes nothing beside it".to_owned());
        }
        return Ok(FieldRule {
            field,
            places: Vec::new(),
            part: Part::Whole,
            values: None,
            default: Some(json(constant)?),
        });
    }
    let from = table.get("from").ok_or("needs from, or constant")?;
    let places = places(from)?.ok_or_else(|| format!("from {PLACES}"))?;
    let default = table.get("default").map(json).transpose()?;
    let values = match (table.get("values"), table.get("otherwise")) {
        (None, Some(_)) => return Err("otherwise stands beside values".to_owned()),
        (None, None) => None,
        (Some(values), otherwise) => Some(value_map(values, otherwise)?),
    };
    Ok(FieldRule { field, places, part: part(table)?, values, default })
}

fn part(table: &dyn TableLike) -> Result<Part, String> {
    match (table.get("each"), table.get("host")) {
        (None, None) => Ok(Part::Whole),
        (Some(each), None) => {
            let pointer = each.as_str().and_then(Pointer::parse);
            let told = "each takes a place in each item of a list, such as \"/slug\"";
            pointer.map(Part::Each).ok_or_else(|| told.to_owned())
        }
        (None, Some(host)) => match host.as_bool() {
            Some(true) => Ok(Part::Host),
            Some(false) => Ok(Part::Whole),
            None => Err("host takes true or false".to_owned()),
        },
        (Some(_), Some(_)) => Err("takes each or host, not both".to_owned()),
    }
}

/// The places of a text or a list of texts; `None` where it is neither.
fn places(item: &Item) -> Result<Option<Vec<Place>>, String> {
    let texts: Vec<&str> = match item.as_value() {
        Some(Value::String(text)) => vec![text.value()],
        Some(Value::Array(items)) => {
            let texts: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
            texts.filter(|texts| !texts.is_empty()).ok_or(PLACES)?
        }
        _ => return Ok(None),
    };
    let places: Option<Vec<Place>> = texts.into_iter().map(Place::parse).collect();
    places.map(Some).ok_or_else(|| PLACES.to_owned())
}

fn value_map(values: &Item, otherwise: Option<&Item>) -> Result<ValueMap, String> {
    let table = values.as_table_like().ok_or("values takes a table such as { UP = \"active\" }")?;
    let pair = |(from, to): (&str, &Item)| Ok((from.to_owned(), json(to)?));
    let values: Result<BTreeMap<String, Json>, String> = table.iter().map(pair).collect();
    let expected = "otherwise takes refuse, keep, or { value = … }";
    let otherwise = match otherwise {
        None => Otherwise::Refuse,
        Some(item) => match (item.as_str(), item.as_table_like()) {
            (Some("refuse"), _) => Otherwise::Refuse,
            (Some("keep"), _) => Otherwise::Keep,
            (None, Some(table)) => Otherwise::Become(json(table.get("value").ok_or(expected)?)?),
            (Some(_), _) | (None, None) => return Err(expected.to_owned()),
        },
    };
    Ok(ValueMap { values: values?, otherwise })
}

fn operation(reader: &mut TableReader<'_>) -> Option<OperationRule> {
    let Some(item) = reader.table.get("operation") else {
        return Some(OperationRule::Always(Operation::Upsert));
    };
    let read = operation_rule(item);
    read.map_err(|why| reader.fault("operation", &why)).ok()
}

fn operation_rule(item: &Item) -> Result<OperationRule, String> {
    let expected = "takes upsert, delete, or { from = \"/op\", words = { d = \"delete\" }, otherwise = \"upsert\" }";
    if let Some(word) = item.as_str() {
        return operation_of(word).map(OperationRule::Always).ok_or_else(|| expected.to_owned());
    }
    let table = item.as_table_like().ok_or(expected)?;
    only(table, &["from", "words", "otherwise"])?;
    let places = places(table.get("from").ok_or(expected)?)?.ok_or(expected)?;
    let otherwise = match table.get("otherwise").map(Item::as_str) {
        None => None,
        Some(word) => Some(word.and_then(operation_of).ok_or(expected)?),
    };
    let words = match table.get("words") {
        None => BTreeMap::from([
            ("upsert".to_owned(), Operation::Upsert),
            ("delete".to_owned(), Operation::Delete),
        ]),
        Some(item) => {
            let table = item.as_table_like().ok_or(expected)?;
            let pair = |(word, item): (&str, &Item)| {
                Some((word.to_owned(), item.as_str().and_then(operation_of)?))
            };
            let words: Option<BTreeMap<String, Operation>> = table.iter().map(pair).collect();
            words.ok_or(expected)?
        }
    };
    Ok(OperationRule::Told { places, words, otherwise })
}

fn only(table: &dyn TableLike, keys: &[&str]) -> Result<(), String> {
    match table.iter().find(|(key, _)| !keys.contains(key)) {
        Some((key, _)) => Err(format!("has no key {key}; the keys are: {}", keys.join(", "))),
        None => Ok(()),
    }
}

/// A value of TOML as JSON; moments as texts.
fn json(item: &Item) -> Result<Json, String> {
    item.as_value().map(json_of).ok_or_else(|| "takes a value".to_owned())
}

fn json_of(value: &Value) -> Json {
    match value {
        Value::String(text) => Json::text(text.value().as_str()),
        Value::Integer(number) => Json::Number(number.value().to_string()),
        Value::Float(number) => Json::Number(number.value().to_string()),
        Value::Boolean(truth) => Json::Bool(*truth.value()),
        Value::Datetime(moment) => Json::text(moment.value().to_string()),
        Value::Array(items) => Json::List(items.iter().map(json_of).collect()),
        Value::InlineTable(members) => {
            let member = |(key, value): (&str, &Value)| (key.to_owned(), json_of(value));
            Json::Object(members.iter().map(member).collect())
        }
    }
}
