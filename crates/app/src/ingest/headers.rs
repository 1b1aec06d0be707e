//! Keys and headers of messages: as JSON, and back.

use domain::json::Json;
use sql::json;

/// A message's key: JSON, or a text that is none.
pub(super) fn key_json(bytes: &[u8]) -> Option<Json> {
    let text = std::str::from_utf8(bytes).ok()?;
    Some(json::parse(text).unwrap_or_else(|_no_json| Json::text(text)))
}

/// Headers as a JSON list of pairs, those that are no text as nothing.
pub(super) fn headers_text(headers: &[(String, Option<Vec<u8>>)]) -> String {
    let pair = |(name, value): &(String, Option<Vec<u8>>)| {
        let text = value.as_deref().and_then(|bytes| std::str::from_utf8(bytes).ok());
        Json::List(vec![Json::text(name), text.map_or(Json::Null, Json::text)])
    };
    Json::List(headers.iter().map(pair).collect()).to_string()
}

/// The headers of a dead letter, of the text that they are kept as; none where it is no such text.
pub fn headers_of(text: &str) -> Vec<(String, Option<Vec<u8>>)> {
    let Ok(Json::List(pairs)) = json::parse(text) else {
        return Vec::new();
    };
    let pair = |pair| {
        let Json::List(parts) = pair else {
            return None;
        };
        match parts.as_slice() {
            [Json::Text(name), Json::Text(value)] => {
                Some((name.clone(), Some(value.clone().into_bytes())))
            }
            [Json::Text(name), Json::Null] => Some((name.clone(), None)),
            _ => None,
        }
    };
    pairs.into_iter().filter_map(pair).collect()
}
