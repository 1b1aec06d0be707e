//! `GET /api/{plural}/by/{key...}/`

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::{ByKey, JsonRead};
use crate::rest::record::get::answer;

/// Reads a record.
pub(crate) async fn get(
    State(edge): State<Arc<Edge>>,
    path: ByKey,
    read: JsonRead,
) -> Result<Response, ApiError> {
    let target = path.target(edge.record_type(path.type_index))?;
    answer(&edge, read, path.type_index, target).await
}
