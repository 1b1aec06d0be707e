//! The text of two of the formats: what HTML forms send, `application/x-www-form-urlencoded`.
//!
//! `key=value` joined by `&`; a `+` is a blank, `%` and two hexadecimal digits are a byte of UTF-8.
//! What libraries would guess at is refused here: a piece without `=`, a `%` that escapes nothing,
//! bytes that are no UTF-8. *Source:* <https://url.spec.whatwg.org/#application/x-www-form-urlencoded>

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::HandoffError;
use super::fields::Fields;

/// What is escaped: all but the unreserved characters of RFC 3986.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Reads the pairs, and leaves out those of names that mean nothing to us.
pub(super) fn read(text: &str) -> Result<Fields, HandoffError> {
    let mut fields = Fields::default();
    for pair in text.split('&') {
        let (name, value) = pair.split_once('=').ok_or(HandoffError::Malformed)?;
        let (name, value) = (decode(name)?, decode(value)?);
        if let Some(name) = Fields::known(&name) {
            fields.put(name, value)?;
        }
    }
    Ok(fields)
}

/// Writes the pairs, a group as a pair of its own.
pub(super) fn write(fields: &Fields) -> String {
    let pairs = fields.iter().map(|(name, value)| {
        let value = utf8_percent_encode(value, ESCAPED);
        format!("{name}={value}")
    });
    pairs.collect::<Vec<_>>().join("&")
}

fn decode(text: &str) -> Result<String, HandoffError> {
    let escapes_a_byte = |rest: &str| {
        rest.as_bytes().get(..2).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    if !text.split('%').skip(1).all(escapes_a_byte) {
        return Err(HandoffError::Malformed);
    }
    let text = text.replace('+', " ");
    let decoded = percent_decode_str(&text).decode_utf8().or(Err(HandoffError::Malformed))?;
    Ok(decoded.into_owned())
}
