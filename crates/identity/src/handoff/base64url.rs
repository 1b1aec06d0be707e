//! Bytes as text that goes through forms and addresses unchanged.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD_INDIFFERENT;

use super::HandoffError;

/// Writes without padding.
pub(super) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD_INDIFFERENT.encode(bytes)
}

/// Reads with padding and without, since libraries differ. Bits that carry nothing must be zero.
pub(super) fn decode(text: &str) -> Result<Vec<u8>, HandoffError> {
    URL_SAFE_NO_PAD_INDIFFERENT.decode(text).or(Err(HandoffError::Unreadable))
}
