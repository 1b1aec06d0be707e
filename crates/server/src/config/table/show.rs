//! Such tables as people look at them, without what is secret in them.

use toml_edit::{Item, Table, Value};
use web::{ConfiguredSetting, ConfiguredValue};

use super::Place;
use crate::config::show::masked;

/// The keys whose values are no secrets; any other is one, so that a new key is shown to nobody until
/// somebody says that it may be.
const OPEN: [&str; 44] = [
    "name",
    "label",
    "groups",
    "ca_file",
    "sign_in_url",
    "sign_out_url",
    "audience",
    "format",
    "parameter",
    "networks",
    "user_header",
    "email_header",
    "display_header",
    "groups_header",
    "url",
    "start_tls",
    "bind_dn",
    "user_base",
    "user_filter",
    "user_attribute",
    "email_attribute",
    "display_attribute",
    "group_base",
    "group_filter",
    "group_attribute",
    "issuer",
    "client_id",
    "scopes",
    "user_claim",
    "groups_claim",
    "what",
    "every",
    "cron",
    "time_zone",
    "soft_limit",
    "hard_limit",
    "retries",
    "backoff",
    "jitter",
    "catch_up",
    "paused",
    "type",
    "untouched_for",
    "addresses",
];

/// What stands in a table.
pub(in crate::config) fn settings(
    kind: &str,
    table: &Table,
    at: Place<'_>,
) -> Vec<ConfiguredSetting> {
    let name = table.get("name").and_then(Item::as_str).unwrap_or("?");
    let settings = table.iter().map(|(key, item)| ConfiguredSetting {
        key: format!("{kind}.{name}.{key}"),
        value: value(key, item),
        origin: at(table, key),
        help: String::new(),
    });
    settings.collect()
}

fn value(key: &str, item: &Item) -> ConfiguredValue {
    if !OPEN.contains(&key) {
        return ConfiguredValue::Secret { is_set: true };
    }
    let text = match item.as_table_like() {
        Some(table) => {
            let pairs = table.iter().map(|(key, item)| format!("{key} = {}", told(item)));
            pairs.collect::<Vec<_>>().join(", ")
        }
        None => told(item),
    };
    ConfiguredValue::Text(text)
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
        // No key takes one.
        Some(Value::Float(_) | Value::Datetime(_) | Value::InlineTable(_)) | None => String::new(),
    }
}
