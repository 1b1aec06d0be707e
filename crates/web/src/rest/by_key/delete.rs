//! `DELETE /api/{plural}/by/{key...}/`

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use domain::change::Action;

use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::{ByKey, JsonWrite};
use crate::rest::change;

/// Deletes a record.
pub(crate) async fn delete(
    State(edge): State<Arc<Edge>>,
    path: ByKey,
    JsonWrite(write): JsonWrite,
) -> Result<Response, ApiError> {
    let action = Action::Delete { target: path.target(edge.record_type(path.type_index))? };
    change::make(&edge, write, path.type_index, action, &[]).await
}
