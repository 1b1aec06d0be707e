//! The word that a form or a write carries, which only pages of ours can know: a digest of the
//! secret in the cookie, so that nothing has to be kept.

use axum::http::{HeaderMap, HeaderName};
use domain::history::hex;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::error::ApiError;

/// The header that carries it.
pub(crate) const X_CSRF_TOKEN: HeaderName = HeaderName::from_static("x-csrf-token");
/// The field of a form that carries it.
pub(crate) const FIELD: &str = "csrf";

/// The word that belongs to the secret of a cookie.
pub(crate) fn word(secret: &str) -> String {
    hex(&Sha256::digest(format!("domesday csrf\n{secret}").as_bytes()).into())
}

/// Checks the header of a write.
pub(crate) fn check_header(headers: &HeaderMap, secret: &str) -> Result<(), ApiError> {
    let sent = headers.get(X_CSRF_TOKEN).and_then(|value| value.to_str().ok());
    check(sent.unwrap_or_default(), secret)
}

/// Checks a word that was sent.
pub(crate) fn check(sent: &str, secret: &str) -> Result<(), ApiError> {
    let is_same = sent.as_bytes().ct_eq(word(secret).as_bytes());
    if bool::from(is_same) { Ok(()) } else { Err(ApiError::OtherSite) }
}
