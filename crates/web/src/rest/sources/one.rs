//! `GET /api/-/sources/{name}/`

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;

use super::shown;
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::JsonRead;
use crate::rest::answer;

/// Tells of a source.
pub(crate) async fn get(
    State(edge): State<Arc<Edge>>,
    Path(name): Path<String>,
    read: JsonRead,
) -> Result<Response, ApiError> {
    read.parameters.refuse_rest(edge.settings.lenient_filters)?;
    let state = edge.app.source_show(&read.ctx, &name).await?;
    Ok(answer::json(&shown(&state, &read.links)))
}
