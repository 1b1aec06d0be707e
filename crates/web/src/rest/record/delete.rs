//! `DELETE /api/{plural}/{id}/`

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use domain::change::Action;

use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::{JsonWrite, OneRecord};
use crate::rest::change;

/// Deletes a record.
pub(crate) async fn delete(
    State(edge): State<Arc<Edge>>,
    path: OneRecord,
    JsonWrite(write): JsonWrite,
) -> Result<Response, ApiError> {
    let action = Action::Delete { target: path.target() };
    change::make(&edge, write, path.type_index, action, &[]).await
}
