//! The words of a `choice` field.

use std::collections::BTreeSet;

use super::super::Choice;
use super::fault::quoted;
use super::names::derive_label;
use super::reader::{Reader, describe, label_fault};
use crate::json::Json;

/// The most words of one field; more are better kept as records of a type.
const CHOICES_MAX: usize = 500;
/// The most characters of a word.
const CHOICE_LENGTH_MAX: usize = 100;

const HINT: &str = "write values = [\"planned\", \"active\"]";

/// The setting `values`: texts, or tables of a value and a label.
pub(super) fn choices(reader: &mut Reader<'_, '_>) -> Vec<Choice> {
    let items = match reader.raw("values") {
        None => {
            reader.fault_of_part("a choice needs values", HINT);
            return Vec::new();
        }
        Some(Json::List(items)) if !items.is_empty() => items,
        Some(other) => {
            let found = match other {
                Json::List(_) => "an empty list".to_owned(),
                other => describe(other),
            };
            reader.fault("values", format!("\"values\" can't be {found}"), HINT);
            return Vec::new();
        }
    };
    if items.len() > CHOICES_MAX {
        reader.fault(
            "values",
            format!("there are {} values", items.len()),
            format!("write at most {CHOICES_MAX}, or make a type of them and refer to it"),
        );
        return Vec::new();
    }
    let choices: Vec<Choice> = items
        .iter()
        .filter_map(|item| choice(reader, item))
        .collect();
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
    let (value, label) = match item {
        Json::Text(value) => (value, None),
        Json::Object(members) => {
            match (members.get("value"), members.get("label"), members.len()) {
                (Some(Json::Text(value)), None, 1) => (value, None),
                (Some(Json::Text(value)), Some(Json::Text(label)), 2) => (value, Some(label)),
                _ => {
                    reader.fault(
                        "values",
                        "a value that is a table has a value and a label, both texts",
                        "write { value = \"active\", label = \"In use\" }",
                    );
                    return None;
                }
            }
        }
        other => {
            reader.fault(
                "values",
                format!("values are texts, not {}", describe(other)),
                match other {
                    Json::Number(_) | Json::Bool(_) => format!("write \"{}\"", describe(other)),
                    _ => HINT.to_owned(),
                },
            );
            return None;
        }
    };
    if let Some(message) = value_fault(value) {
        reader.fault(
            "values",
            message,
            "write a short word on one line, without blanks around it",
        );
        return None;
    }
    if let Some(message) = label.and_then(|label| label_fault(label)) {
        reader.fault(
            "values",
            message,
            "write a few words on one line, or leave it out",
        );
        return None;
    }
    Some(Choice {
        value: value.clone(),
        label: label.cloned().unwrap_or_else(|| derive_label(value)),
    })
}

/// What would keep a value from being written, or from being read back as it is.
fn value_fault(value: &str) -> Option<String> {
    if value.trim().is_empty() {
        Some("a value is blank".to_owned())
    } else if value.trim() != value {
        Some(format!("the value {} has blanks around it", quoted(value)))
    } else if value.chars().any(char::is_control) {
        Some(format!(
            "the value {} has control characters",
            quoted(value)
        ))
    } else if value.chars().count() > CHOICE_LENGTH_MAX {
        Some(format!(
            "the value {} has more than {CHOICE_LENGTH_MAX} characters",
            quoted(value)
        ))
    } else {
        None
    }
}
