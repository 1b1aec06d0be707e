//! `GET`, `PATCH` and `DELETE /api/-/views/{id}/`

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::{Write, answer, change as read_change};
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::{JsonRead, ObjectBody};
use crate::rest::people::members::Members;

/// Reads a view.
pub(crate) async fn get(
    State(edge): State<Arc<Edge>>,
    Path(id): Path<String>,
    read: JsonRead,
) -> Result<Response, ApiError> {
    read.parameters.refuse_rest(edge.settings.lenient_filters)?;
    let seen = edge.app.view_get(&read.ctx, number(&id)).await?;
    Ok(answer(&read.links, edge.schema(), &seen))
}

/// Changes a view: its owner and administrators; makes it the caller's default: whoever sees it.
pub(crate) async fn change(
    State(edge): State<Arc<Edge>>,
    Path(id): Path<String>,
    Write { ctx, links, meant }: Write,
    ObjectBody { fields, .. }: ObjectBody,
) -> Result<Response, ApiError> {
    let change = read_change(Members::of(fields))?;
    let seen = edge.app.view_change(&ctx, number(&id), change, meant).await?;
    Ok(answer(&links, edge.schema(), &seen))
}

/// Deletes a view.
pub(crate) async fn remove(
    State(edge): State<Arc<Edge>>,
    Path(id): Path<String>,
    Write { ctx, meant, .. }: Write,
) -> Result<Response, ApiError> {
    edge.app.view_remove(&ctx, number(&id), meant).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The number of a view; none has that of what is no number.
fn number(text: &str) -> i64 {
    text.parse().unwrap_or_default()
}
