//! `GET` and `DELETE /api/-/webhooks/{name}/`

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::shown;
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::{Doer, JsonRead};
use crate::rest::answer;

/// Tells of a webhook.
pub(crate) async fn get(
    State(edge): State<Arc<Edge>>,
    Path(name): Path<String>,
    read: JsonRead,
) -> Result<Response, ApiError> {
    read.parameters.refuse_rest(edge.settings.lenient_filters)?;
    let state = edge.app.webhook_show(&read.ctx, &name).await?;
    Ok(answer::json(&shown(&state, &read.links)))
}

/// Forgets one that the configuration names no more.
pub(crate) async fn forget(
    State(edge): State<Arc<Edge>>,
    Path(name): Path<String>,
    Doer(caller): Doer,
) -> Result<StatusCode, ApiError> {
    edge.app.webhook_forget(&caller.ctx, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}
