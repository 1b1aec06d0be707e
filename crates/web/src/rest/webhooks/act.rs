//! `POST /api/-/webhooks/{name}/{verb}/`

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

/// Has a webhook rest, go on or be pinged, and tells of it as it is then.
pub(crate) async fn act(
    State(edge): State<Arc<Edge>>,
    Path((name, verb)): Path<(String, String)>,
    links: Links,
    Doer(caller): Doer,
    MaybeObject(fields): MaybeObject,
) -> Result<Response, ApiError> {
    Members::of(fields).finish(())?;
    do_it(&edge.app, &caller.ctx, (&name, &verb)).await?;
    let state = edge.app.webhook_show(&caller.ctx, &name).await?;
    let mut response = answer::json(&shown(&state, &links));
    if verb == "test" {
        // The ping is yet to be sent.
        *response.status_mut() = StatusCode::ACCEPTED;
    }
    Ok(response)
}

/// Does what a verb says.
pub(crate) async fn do_it(
    app: &App,
    ctx: &Context,
    (name, verb): (&str, &str),
) -> Result<(), ApiError> {
    match verb {
        "pause" => app.webhook_pause(ctx, name).await?,
        "resume" => app.webhook_resume(ctx, name).await?,
        "test" => app.webhook_test(ctx, name).await?,
        _ => return Err(ApiError::NotFound("Not found.".to_owned())),
    }
    Ok(())
}
