//! A JSON tree as callers wrote it: what bodies, CSV cells and messages become before the schema
//! judges them, and what a `json` field holds.
//!
//! Numbers keep their digits as text, so that neither a 19-digit integer nor a 38-digit decimal is
//! rounded on its way through a float. Parsing text is the edges' work; writing is here, because
//! history is hashed over exactly these bytes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// One JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as its digits were written.
    Number(String),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Json>),
    /// An object; keys are kept sorted, which makes the written form canonical.
    Object(BTreeMap<String, Json>),
}

impl Json {
    /// A text value.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// The word JSON Schema has for this value's type.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Number(_) => "number",
            Self::Text(_) => "string",
            Self::List(_) => "array",
            Self::Object(_) => "object",
        }
    }

    /// Appends the canonical text: sorted keys, no white space, the escapes of [`write_text`].
    pub fn write(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(true) => out.push_str("true"),
            Self::Bool(false) => out.push_str("false"),
            Self::Number(digits) => out.push_str(digits),
            Self::Text(text) => write_text(text, out),
            Self::List(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    item.write(out);
                }
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (index, (name, member)) in members.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    write_text(name, out);
                    out.push(':');
                    member.write(out);
                }
                out.push('}');
            }
        }
    }

    /// Whether any string or key in the tree holds U+0000, which PostgreSQL can't store.
    pub fn has_nul(&self) -> bool {
        match self {
            Self::Null | Self::Bool(_) | Self::Number(_) => false,
            Self::Text(text) => text.contains('\0'),
            Self::List(items) => items.iter().any(Self::has_nul),
            Self::Object(members) => {
                members.iter().any(|(name, member)| name.contains('\0') || member.has_nul())
            }
        }
    }
}

impl std::fmt::Display for Json {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut out = String::new();
        self.write(&mut out);
        f.write_str(&out)
    }
}

/// Appends `text` as a JSON string: quotes, backslashes and control characters escaped, all else
/// as it is (RFC 8259, section 7).
pub fn write_text(text: &str, out: &mut String) {
    out.push('"');
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c < ' ' || c == '"' || c == '\\') {
        let (plain, tail) = rest.split_at(at);
        out.push_str(plain);
        let mut characters = tail.chars();
        if let Some(special) = characters.next() {
            escape(special, out);
        }
        rest = characters.as_str();
    }
    out.push_str(rest);
    out.push('"');
}

fn escape(special: char, out: &mut String) {
    match special {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        other => {
            // Writing to a String can't fail.
            write!(out, "\\u{:04x}", u32::from(other)).unwrap_or_default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_text_sorts_keys_and_escapes() {
        let tree = Json::Object(BTreeMap::from([
            (
                "b".into(),
                Json::List(vec![Json::Null, Json::Bool(true), Json::Number("1e2".into())]),
            ),
            ("a\"".into(), Json::text("é\n\u{1}\\")),
        ]));
        assert_eq!(tree.to_string(), r#"{"a\"":"é\n\u0001\\","b":[null,true,1e2]}"#);
    }
}
