//! `GET`, `PATCH` and `DELETE /api/-/views/{id}/`

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::{answer, change as read_change};
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::preconditions::preconditions;
use crate::extract::{Doer, JsonRead, Links, ObjectBody};
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
    Doer(caller): Doer,
    headers: HeaderMap,
    links: Links,
    ObjectBody { fields, .. }: ObjectBody,
) -> Result<Response, ApiError> {
    let change = read_change(Members::of(fields))?;
    let meant = preconditions(&headers)?;
    let seen = edge.app.view_change(&caller.ctx, number(&id), change, meant).await?;
    Ok(answer(&links, edge.schema(), &seen))
}

/// Deletes a view.
pub(crate) async fn remove(
    State(edge): State<Arc<Edge>>,
    Path(id): Path<String>,
    Doer(caller): Doer,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    edge.app.view_remove(&caller.ctx, number(&id), preconditions(&headers)?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The number of a view; none has that of what is no number.
fn number(text: &str) -> i64 {
    text.parse().unwrap_or_default()
}
