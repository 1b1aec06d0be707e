//! The words of a `choice` field.

use std::collections::BTreeSet;

use super::super::Choice;
use super::fault::quoted;
use super::names::derive_label;
use super::reader::{Reader, as_text, describe, label_fault};
use crate::json::Json;

/// The most words of one field; more are better kept as records of a type.
const CHOICES_MAX: usize = 500;
/// The most characters of a word.
const CHOICE_LENGTH_MAX: usize = 100;

const HINT: &str = "write values = [\"planned\", \"active\"]";

/// The setting `values`: texts, or tables of a value and a label.
pub(super) fn choices(reader: &mut Reader<'_, '_>) -> Vec<Choice> {
    let Some(found) = reader.raw("values") else {
        reader.fault_of_part("a choice needs values", HINT);
        return Vec::new();
    };
    let Json::List(items) = found else {
        let message = format!("\"values\" can't be {}", describe(found));
        reader.fault("values", message, HINT);
        return Vec::new();
    };
    if items.is_empty() {
        reader.fault("values", "there are no values", HINT);
    }
    if items.len() > CHOICES_MAX {
        reader.fault(
            "values",
            format!("there are {} values", items.len()),
            format!("write at most {CHOICES_MAX}, or make a type of them and refer to it"),
        );
        return Vec::new();
    }
    let choices: Vec<Choice> = items.iter().filter_map(|item| choice(reader, item)).collect();
    let mut seen = BTreeSet::new();
    for choice in &choices {
        if !seen.insert(choice.value.as_str()) {
            reader.fault(
                "values",
                format!("the value {} stands there twice", quoted(&choice.value)),
                "leave one of them out",
            );
        }
    }
    choices
}

fn choice(reader: &mut Reader<'_, '_>, item: &Json) -> Option<Choice> {
    let (value, label) = value_and_label(reader, item)?;
    if let Some(message) = value_fault(value) {
        reader.fault("values", message, "write a short word on one line, without blanks around it");
        return None;
    }
    if let Some(message) = label.and_then(label_fault) {
        reader.fault("values", message, "write a few words on one line, or leave it out");
        return None;
    }
    Some(Choice {
        value: value.to_owned(),
        label: label.map_or_else(|| derive_label(value), str::to_owned),
    })
}

fn value_and_label<'j>(
    reader: &mut Reader<'_, '_>,
    item: &'j Json,
) -> Option<(&'j str, Option<&'j str>)> {
    if let Some(value) = as_text(item) {
        return Some((value, None));
    }
    let Json::Object(members) = item else {
        let hint = match item {
            Json::Number(_) | Json::Bool(_) => format!("write \"{}\"", describe(item)),
            Json::Null | Json::Text(_) | Json::List(_) | Json::Object(_) => HINT.to_owned(),
        };
        let message = format!("values are texts, not {}", describe(item));
        reader.fault("values", message, hint);
        return None;
    };
    let label = members.get("label");
    let value = members.get("value").and_then(as_text);
    let known = if label.is_some() { 2 } else { 1 };
    match (value, label.map(as_text)) {
        (Some(value), None | Some(Some(_))) if members.len() == known => {
            Some((value, label.and_then(as_text)))
        }
        _ => {
            reader.fault(
                "values",
                "a value that is a table has a value and a label, both texts",
                "write { value = \"active\", label = \"In use\" }",
            );
            None
        }
    }
}

/// What would keep a value from being written, or from being read back as it is.
fn value_fault(value: &str) -> Option<String> {
    if value.trim().is_empty() {
        Some("a value is blank".to_owned())
    } else if value.trim() != value {
        Some(format!("the value {} has blanks around it", quoted(value)))
    } else if value.chars().any(char::is_control) {
        Some(format!("the value {} has control characters", quoted(value)))
    } else if value.chars().count() > CHOICE_LENGTH_MAX {
        Some(format!("the value {} has more than {CHOICE_LENGTH_MAX} characters", quoted(value)))
    } else {
        None
    }
}
