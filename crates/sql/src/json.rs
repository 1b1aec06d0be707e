//! JSON text to the domain's tree, with every digit kept.

use std::collections::BTreeMap;

use domain::json::Json;

/// Reads JSON text.
///
/// # Errors
/// The parser's, with line and column.
pub fn parse(text: &str) -> Result<Json, serde_json::Error> {
    serde_json::from_str(text).map(from_serde)
}

/// The domain's tree for a parsed value.
pub fn from_serde(value: serde_json::Value) -> Json {
    match value {
        serde_json::Value::Null => Json::Null,
        serde_json::Value::Bool(truth) => Json::Bool(truth),
        serde_json::Value::Number(number) => Json::Number(number.to_string()),
        serde_json::Value::String(text) => Json::Text(text),
        serde_json::Value::Array(items) => Json::List(items.into_iter().map(from_serde).collect()),
        serde_json::Value::Object(members) => {
            let members: BTreeMap<String, Json> =
                members.into_iter().map(|(name, member)| (name, from_serde(member))).collect();
            Json::Object(members)
        }
    }
}
