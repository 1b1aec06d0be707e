//! `GET /api/{plural}/by/{key...}/`

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::{ByKey, JsonOnly, Links, Parameters, Reader};
use crate::rest::record::get::read;

/// Reads a record.
pub(crate) async fn get(
    State(edge): State<Arc<Edge>>,
    path: ByKey,
    Reader(ctx): Reader,
    _: JsonOnly,
    links: Links,
    parameters: Parameters,
) -> Result<Response, ApiError> {
    let target = path.target(edge.record_type(path.type_index))?;
    read(&edge, &ctx, &links, path.type_index, target, parameters).await
}
