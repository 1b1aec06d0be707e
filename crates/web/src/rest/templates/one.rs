//! `GET`, `PUT` and `DELETE /api/-/templates/{name}/`

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::{draft, shown};
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::{Doer, JsonRead, Links, ObjectBody};
use crate::rest::answer;
use crate::rest::people::members::Members;

/// Tells of a template.
pub(crate) async fn get(
    State(edge): State<Arc<Edge>>,
    Path(name): Path<String>,
    read: JsonRead,
) -> Result<Response, ApiError> {
    read.parameters.refuse_rest(edge.settings.lenient_filters)?;
    let told = edge.app.template_get(&read.ctx, &name).await?;
    Ok(answer::json(&shown(&told, &read.links)))
}

/// Keeps a template, in the place of one of the same name.
pub(crate) async fn put(
    State(edge): State<Arc<Edge>>,
    Path(name): Path<String>,
    Doer(caller): Doer,
    links: Links,
    ObjectBody { fields, .. }: ObjectBody,
) -> Result<Response, ApiError> {
    let draft = draft(Members::of(fields))?;
    let (told, is_new) = edge.app.template_set(&caller.ctx, &name, draft).await?;
    let mut response = answer::json(&shown(&told, &links));
    if is_new {
        *response.status_mut() = StatusCode::CREATED;
    }
    Ok(response)
}

/// Removes a template.
pub(crate) async fn remove(
    State(edge): State<Arc<Edge>>,
    Path(name): Path<String>,
    Doer(caller): Doer,
) -> Result<StatusCode, ApiError> {
    edge.app.template_remove(&caller.ctx, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}
