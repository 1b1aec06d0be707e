//! `GET /api/-/docs/`: a page that shows the `OpenAPI` document and lets people try it, without
//! reaching for anything outside.

use std::sync::Arc;

use axum::extract::{OriginalUri, Path};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::Response;
use utoipa_swagger_ui::{Config, serve};

use crate::error::ApiError;
use crate::rest::answer;

/// The page.
const PAGE: &str = include_str!("../../assets/docs.html");
/// What starts it.
const START: &str = include_str!("../../assets/docs.js");
/// Nothing from elsewhere, no script in the page; the viewer sets styles and draws icons by itself.
const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// The page.
pub(crate) async fn page() -> Response {
    let mut response = answer::body(HeaderValue::from_static("text/html; charset=utf-8"), PAGE);
    response.headers_mut().insert(
        HeaderName::from_static("content-security-policy"),
        HeaderValue::from_static(POLICY),
    );
    response
}

/// A file that the page needs.
pub(crate) async fn file(
    Path(name): Path<String>,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, ApiError> {
    if name == "start.js" {
        return Ok(answer::body(HeaderValue::from_static("text/javascript; charset=utf-8"), START));
    }
    let wanted =
        matches!(name.as_str(), "swagger-ui.css" | "swagger-ui-bundle.js" | "favicon-32x32.png");
    let missing = || ApiError::NotFound(format!("There is no file {}.", uri.path()));
    if !wanted {
        return Err(missing());
    }
    let file = serve(&name, Arc::new(Config::from("../openapi.json")))
        .map_err(|error| {
            tracing::error!(%error, name, "a file of the documentation can't be read");
            ApiError::Internal
        })?
        .ok_or_else(missing)?;
    let media_type = HeaderValue::try_from(file.content_type).map_err(|_bad| ApiError::Internal)?;
    let mut response = answer::body(media_type, file.bytes.into_owned());
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("max-age=3600"));
    Ok(response)
}
