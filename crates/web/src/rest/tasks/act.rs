//! `POST /api/-/tasks/{name}/{verb}/`

use std::sync::Arc;

use app::{App, Context};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::shown;
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::{Doer, Links, MaybeObject};
use crate::rest::answer;
use crate::rest::people::members::Members;

/// Has a task run, stop, rest or go on, and tells of it as it is then. What a replica is yet to do
/// is accepted.
pub(crate) async fn act(
    State(edge): State<Arc<Edge>>,
    Path((name, verb)): Path<(String, String)>,
    links: Links,
    Doer(caller): Doer,
    MaybeObject(fields): MaybeObject,
) -> Result<Response, ApiError> {
    Members::of(fields).finish(())?;
    let status = do_it(&edge.app, &caller.ctx, (&name, &verb)).await?;
    let state = edge.app.task_show(&caller.ctx, &name).await?;
    let mut response = answer::json(&shown(&state, &links));
    *response.status_mut() = status;
    Ok(response)
}

/// Does what a verb says.
pub(crate) async fn do_it(
    app: &App,
    ctx: &Context,
    (name, verb): (&str, &str),
) -> Result<StatusCode, ApiError> {
    match verb {
        "run" => app.task_run_now(ctx, name).await?,
        "cancel" => app.task_cancel(ctx, name).await?,
        "pause" => app.task_pause(ctx, name).await?,
        "resume" => app.task_resume(ctx, name).await?,
        _ => return Err(ApiError::NotFound("Not found.".to_owned())),
    }
    let is_yet_to_happen = matches!(verb, "run" | "cancel");
    Ok(if is_yet_to_happen { StatusCode::ACCEPTED } else { StatusCode::OK })
}
