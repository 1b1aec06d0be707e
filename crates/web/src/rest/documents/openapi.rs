//! `GET /api/-/openapi.json`

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use domain::access::Right;

use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::JsonRead;
use crate::rest::answer;

/// The `OpenAPI` document of this installation's schema.
pub(crate) async fn openapi(
    State(edge): State<Arc<Edge>>,
    read: JsonRead,
) -> Result<Response, ApiError> {
    read.ctx.must_anywhere(Right::View)?;
    read.parameters.refuse_rest(edge.settings.lenient_filters)?;
    Ok(answer::json_bytes(edge.openapi()))
}
