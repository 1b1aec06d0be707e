//! Addresses that lead to others.

use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use crate::error::ApiError;

/// Sends a client to the same address with a slash behind its path; method and body stay.
pub(crate) async fn to_slash(uri: Uri) -> Result<Response, ApiError> {
    with_slash(&uri)
}

/// The answer that sends there.
pub(crate) fn with_slash(uri: &Uri) -> Result<Response, ApiError> {
    let path = uri.path();
    // A path of two slashes would lead to another host.
    let address = match uri.query() {
        Some(query) => format!("/{}/?{query}", path.trim_start_matches('/')),
        None => format!("/{}/", path.trim_start_matches('/')),
    };
    let address = HeaderValue::try_from(address).map_err(|_bad| ApiError::Internal)?;
    Ok((StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, address)]).into_response())
}
