//! `DELETE /api/-/cache/`

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;

use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::Doer;

/// Has all answers forgotten, by every replica at once.
pub(crate) async fn clear(
    State(edge): State<Arc<Edge>>,
    Doer(caller): Doer,
) -> Result<StatusCode, ApiError> {
    edge.app.cache_clear(&caller.ctx).await?;
    Ok(StatusCode::NO_CONTENT)
}
