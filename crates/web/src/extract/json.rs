//! From the JSON of a body to the domain's tree.

use std::collections::BTreeMap;

use domain::json::Json;
use serde_json::Value;

/// The tree as the domain has it; numbers keep their digits.
pub(crate) fn json_from_serde(value: Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(truth) => Json::Bool(truth),
        Value::Number(number) => Json::Number(number.to_string()),
        Value::String(text) => Json::Text(text),
        Value::Array(items) => Json::List(items.into_iter().map(json_from_serde).collect()),
        Value::Object(members) => Json::Object(members_from_serde(members)),
    }
}

/// The members of an object.
pub(crate) fn members_from_serde(
    members: serde_json::Map<String, Value>,
) -> BTreeMap<String, Json> {
    members
        .into_iter()
        .map(|(name, member)| (name, json_from_serde(member)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_digits() {
        let text = r#"{"a":[9223372036854775807,0.10,1e400,null,true],"b":"x"}"#;
        let tree = json_from_serde(serde_json::from_str(text).unwrap());
        assert_eq!(
            tree.to_string(),
            r#"{"a":[9223372036854775807,0.10,1e+400,null,true],"b":"x"}"#
        );
    }
}
