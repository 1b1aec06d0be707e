//! From JSON text to the tree that the rules judge. Numbers keep the digits they were written
//! with.

use std::borrow::Cow;
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

/// The members of two objects in canonical form that differ, and of the others those that `keep`
/// names, which are parsed once.
///
/// # Errors
/// [`JsonError`] when one of the texts is no object.
pub fn parse_both(
    one: &str,
    other: &str,
    keep: impl Fn(&str) -> bool,
) -> Result<[BTreeMap<String, Json>; 2], JsonError> {
    let (one, other) = (raw_members(one)?, raw_members(other)?);
    let (mut parsed, mut parsed_other) = (BTreeMap::new(), BTreeMap::new());
    for (name, raw) in &other {
        let is_same = one.get(name).is_some_and(|same| same.get() == raw.get());
        if !is_same || keep(name) {
            let value = parse(raw.get())?;
            if is_same {
                parsed.insert(name.to_string(), value.clone());
            }
            parsed_other.insert(name.to_string(), value);
        }
    }
    for (name, raw) in &one {
        let is_same = other.get(name).is_some_and(|same| same.get() == raw.get());
        if !is_same {
            parsed.insert(name.to_string(), parse(raw.get())?);
        }
    }
    Ok([parsed, parsed_other])
}

fn raw_members(text: &str) -> Result<BTreeMap<Cow<'_, str>, &RawValue>, JsonError> {
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
    fn of_two_objects_what_differs_is_parsed_and_what_is_to_be_kept() {
        let (one, other) = (r#"{"a":1,"b":[2.50,"x"]}"#, r#"{"b":[2.50,"x"],"c":{"d":null}}"#);
        let both = |keep: bool| parse_both(one, other, |_| keep).unwrap().map(Json::Object);
        assert_eq!(both(true), [parse(one).unwrap(), parse(other).unwrap()]);
        let differ = [r#"{"a":1}"#, r#"{"c":{"d":null}}"#].map(|text| parse(text).unwrap());
        assert_eq!(both(false), differ);
        assert!(parse_both("[]", "{}", |_| true).is_err());
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
