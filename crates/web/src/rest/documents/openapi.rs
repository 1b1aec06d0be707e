//! `GET /api/-/openapi.json`

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::format::FORMAT;
use crate::extract::{JsonOnly, Parameters};
use crate::rest::answer;

/// The `OpenAPI` document of this installation's schema.
pub(crate) async fn openapi(
    State(edge): State<Arc<Edge>>,
    _: JsonOnly,
    mut parameters: Parameters,
) -> Result<Response, ApiError> {
    parameters.drop_where(|name| name == FORMAT);
    parameters.refuse_rest(edge.settings.lenient_filters)?;
    Ok(answer::json_bytes(edge.openapi.clone()))
}
