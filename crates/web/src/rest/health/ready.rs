//! `GET /readyz`

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde_json::json;

use crate::edge::Edge;
use crate::error::ApiError;
use crate::rest::answer;

/// Tells that the database answers and holds the tables of this schema, and that we are not about to
/// end.
pub(crate) async fn ready(State(edge): State<Arc<Edge>>) -> Result<Response, ApiError> {
    if edge.settings.ending.has_begun() {
        return Err(ApiError::Ending);
    }
    if edge.app.is_ready().await? {
        Ok(answer::json(&json!({"status": "ok"})))
    } else {
        Err(ApiError::OtherSchema)
    }
}
