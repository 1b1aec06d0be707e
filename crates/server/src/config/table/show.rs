//! Such tables as people look at them, without what is secret in them.

use toml_edit::{Item, Table, Value};
use web::{ConfiguredSetting, ConfiguredValue};

use super::Place;
use crate::config::show::masked;

/// What stands in a table. Only the values of `open` keys are shown: any other is a secret, so that a
/// new key is shown to nobody until somebody says that it may be.
pub(in crate::config) fn settings(
    kind: &str,
    table: &Table,
    (open, at): (&[&str], Place<'_>),
) -> Vec<ConfiguredSetting> {
    let name = table.get("name").and_then(Item::as_str).unwrap_or("?");
    let settings = table.iter().map(|(key, item)| ConfiguredSetting {
        key: format!("{kind}.{name}.{key}"),
        value: if open.contains(&key) {
            ConfiguredValue::Text(text(item))
        } else {
            ConfiguredValue::Secret { is_set: true }
        },
        origin: at(table, key),
        help: String::new(),
    });
    settings.collect()
}

fn text(item: &Item) -> String {
    match item.as_table_like() {
        Some(table) => {
            let pairs = table.iter().map(|(key, item)| format!("{key} = {}", told(item)));
            pairs.collect::<Vec<_>>().join(", ")
        }
        None => told(item),
    }
}

fn told(item: &Item) -> String {
    match item.as_value() {
        Some(Value::String(text)) => masked(text.value()),
        Some(Value::Integer(number)) => number.value().to_string(),
        Some(Value::Boolean(truth)) => truth.value().to_string(),
        Some(Value::Array(items)) => {
            let texts = items.iter().filter_map(Value::as_str).map(masked);
            texts.collect::<Vec<_>>().join(", ")
        }
        Some(Value::InlineTable(table)) => table.to_string().trim().to_owned(),
        // No key takes one.
        Some(Value::Float(_) | Value::Datetime(_)) | None => String::new(),
    }
}
