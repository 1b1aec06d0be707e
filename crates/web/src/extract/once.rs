//! `Idempotency-Key`: a write that is made once, however often it is sent.
//!
//! *Source:* draft-ietf-httpapi-idempotency-key-header. The key may stand in quotes, as the draft
//! has it, or bare, as most clients send it.

use app::Context;
use app::submit::AnswerKey;
use axum::http::request::Parts;
use axum::http::{HeaderName, header};
use domain::fault::{Faults, FieldFault};
use sha2::{Digest, Sha256};

/// The header that carries the key.
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The most characters of a key.
const KEY_LENGTH_MAX: usize = 255;

/// A key, and all that was sent with it but the body.
#[derive(Clone, Debug)]
pub(crate) struct OnceKey {
    key: String,
    request: Sha256,
}

impl OnceKey {
    /// The key of a request; `None` when it has none.
    ///
    /// # Errors
    /// When the key is too long or no visible ASCII.
    pub(crate) fn of(parts: &Parts) -> Result<Option<Self>, Faults> {
        let Some(value) = parts.headers.get(IDEMPOTENCY_KEY) else {
            return Ok(None);
        };
        let text = value.to_str().unwrap_or_default().trim();
        let key = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
        let is_visible = key.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
        if key.is_empty() || key.len() > KEY_LENGTH_MAX || !is_visible {
            let told = format!("Give 1 to {KEY_LENGTH_MAX} visible ASCII characters.");
            return Err(Faults::one(IDEMPOTENCY_KEY.as_str(), FieldFault::BadParameter(told)));
        }
        let mut request = Sha256::new();
        request.update(parts.method.as_str());
        request.update([0]);
        request.update(parts.uri.to_string());
        for name in [header::IF_MATCH, header::IF_NONE_MATCH, header::IF_UNMODIFIED_SINCE] {
            request.update([0]);
            request.update(parts.headers.get(name).map_or(&[][..], |value| value.as_bytes()));
        }
        Ok(Some(Self { key: key.to_owned(), request }))
    }

    /// The key as it is kept, for a request with this body.
    pub(crate) fn with_body(mut self, ctx: &Context, body: &[u8]) -> AnswerKey {
        self.request.update([0]);
        self.request.update(body);
        AnswerKey {
            actor: ctx.actor.name().to_owned(),
            key: self.key,
            fingerprint: self.request.finalize().to_vec(),
        }
    }
}
