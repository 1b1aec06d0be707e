//! From JSON text to the tree that the rules judge. Numbers keep the digits they were written
//! with.

use std::collections::BTreeMap;

use domain::json::Json;
use serde_json::value::RawValue;

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

/// The members of two objects in canonical form, of which most are the same: those are parsed once.
///
/// # Errors
/// [`JsonError`] when one of the texts is no object.
pub fn parse_both(one: &str, other: &str) -> Result<[BTreeMap<String, Json>; 2], JsonError> {
    let (one, other) = (raw_members(one)?, raw_members(other)?);
    let mut parsed: BTreeMap<String, Json> = BTreeMap::new();
    for (name, raw) in &one {
        parsed.insert(name.clone(), parse(raw.get())?);
    }
    let mut parsed_other = BTreeMap::new();
    for (name, raw) in other {
        let same = one.get(&name).filter(|same| same.get() == raw.get());
        let value = match same.and_then(|_| parsed.get(&name)) {
            Some(value) => value.clone(),
            None => parse(raw.get())?,
        };
        parsed_other.insert(name, value);
    }
    Ok([parsed, parsed_other])
}

fn raw_members(text: &str) -> Result<BTreeMap<String, &RawValue>, JsonError> {
    serde_json::from_str(text).map_err(|error| JsonError(error.to_string()))
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

    #[test]
    fn two_objects_are_parsed_as_each_alone_would_be() {
        let (one, other) = (r#"{"a":1,"b":[2.50,"x"]}"#, r#"{"b":[2.50,"x"],"c":{"d":null}}"#);
        let both = parse_both(one, other).unwrap().map(Json::Object);
        assert_eq!(both, [parse(one).unwrap(), parse(other).unwrap()]);
        assert!(parse_both("[]", "{}").is_err());
    }

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
