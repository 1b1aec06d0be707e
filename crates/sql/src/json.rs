//! From JSON text to the tree that the rules judge. Numbers keep the digits they were written
//! with.

use domain::json::Json;

/// Why text is not JSON, as people read it: what is wrong, and the line and column.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct JsonError(String);

/// Parses one JSON value, nested no deeper than 127.
///
/// # Errors
/// [`JsonError`] when the text is something else.
pub fn parse(text: impl AsRef<[u8]>) -> Result<Json, JsonError> {
    serde_json::from_slice(text.as_ref())
        .map(from_serde)
        .map_err(|error| JsonError(error.to_string()))
}

/// The same tree in the domain's form.
pub fn from_serde(value: serde_json::Value) -> Json {
    use serde_json::Value;
    match value {
        Value::Null => Json::Null,
        Value::Bool(truth) => Json::Bool(truth),
        Value::Number(number) => Json::Number(number.to_string()),
        Value::String(text) => Json::Text(text),
        Value::Array(items) => Json::List(items.into_iter().map(from_serde).collect()),
        Value::Object(members) => Json::Object(
            members.into_iter().map(|(name, member)| (name, from_serde(member))).collect(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, written: &str) {
        assert_eq!(parse(text.as_bytes()).unwrap().to_string(), written);
    }

    #[test]
    fn numbers_keep_their_digits() {
        check("9223372036854775807", "9223372036854775807");
        check(
            "0.12345678901234567890123456789012345678",
            "0.12345678901234567890123456789012345678",
        );
        check("-1.50", "-1.50");
    }

    #[test]
    fn trees_are_written_as_they_were_read() {
        check(r#" {"b": [null, true, "é\n"], "a": {}} "#, r#"{"a":{},"b":[null,true,"é\n"]}"#);
    }

    #[test]
    fn what_is_no_json_is_told_with_its_place() {
        let error = parse(b"{\"a\":\n1,}").unwrap_err();
        assert_eq!(error.to_string(), "trailing comma at line 2 column 3");
        assert!(parse(b"1 2").is_err());
        assert!(parse(b"\"\xff\"").is_err());
        assert!(parse("[".repeat(200_000).as_bytes()).is_err());
    }
}
