//! Bytes that nobody could make sense of, told so that all of them can be seen.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// Bytes as they are told.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// There are none.
    Nothing,
    /// A text.
    Text(String),
    /// No text, in base 64.
    Bytes(String),
}

impl Told {
    pub(crate) fn of(bytes: Option<&[u8]>) -> Self {
        match bytes.map(|bytes| (bytes, std::str::from_utf8(bytes))) {
            None => Self::Nothing,
            Some((_, Ok(text))) => Self::Text(text.to_owned()),
            Some((bytes, Err(_))) => Self::Bytes(STANDARD.encode(bytes)),
        }
    }

    /// Nothing as null, a text as itself, all else as `{"base64": …}`.
    pub(crate) fn json(self) -> Value {
        match self {
            Self::Nothing => Value::Null,
            Self::Text(text) => Value::String(text),
            Self::Bytes(text) => json!({"base64": text}),
        }
    }
}
