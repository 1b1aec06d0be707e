//! `/api/-/events/publishers/`: how far those who tell of changes are.

use std::sync::Arc;

use app::events::cursors::CursorState;
use app::events::snapshot::StoredSnapshot;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::access::Right;
use domain::value::datetime_text;
use serde_json::{Value, json};

use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::{Doer, JsonRead, MaybeObject};
use crate::rest::answer;
use crate::rest::people::members::Members;

/// Lists the publishers, by name.
pub(crate) async fn list(
    State(edge): State<Arc<Edge>>,
    read: JsonRead,
) -> Result<Response, ApiError> {
    read.parameters.refuse_rest(edge.settings.lenient_filters)?;
    let states = edge.app.publishers(&read.ctx).await?;
    let publishers: Vec<Value> = states.iter().map(shown).collect();
    Ok(answer::json(&json!({"count": publishers.len(), "results": publishers})))
}

/// Removes what is kept of a publisher that there is no more.
pub(crate) async fn remove(
    State(edge): State<Arc<Edge>>,
    Path(name): Path<String>,
    Doer(caller): Doer,
) -> Result<Response, ApiError> {
    edge.app.publisher_remove(&caller.ctx, &name).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Tells how the last snapshot stands that a publisher was asked for.
pub(crate) async fn snapshot(
    State(edge): State<Arc<Edge>>,
    Path(name): Path<String>,
    read: JsonRead,
) -> Result<Response, ApiError> {
    read.parameters.refuse_rest(edge.settings.lenient_filters)?;
    read.ctx.must_everywhere(Right::Administer)?;
    let kept = edge.app.snapshot(&name).await?;
    let kept = kept.ok_or_else(|| ApiError::NotFound("There is no snapshot.".to_owned()))?;
    Ok(answer::json(&shown_snapshot(&kept)))
}

/// Asks a publisher to tell of all that is there, or of all of a type.
pub(crate) async fn ask(
    State(edge): State<Arc<Edge>>,
    Path(name): Path<String>,
    Doer(caller): Doer,
    MaybeObject(fields): MaybeObject,
) -> Result<Response, ApiError> {
    let mut members = Members::of(fields);
    let type_name = members.text("type");
    let type_name = members.finish(type_name)?;
    let asked = edge.app.snapshot_ask(&caller.ctx, &name, type_name).await?;
    let mut response = answer::json(&shown_snapshot(&asked));
    *response.status_mut() = StatusCode::ACCEPTED;
    Ok(response)
}

fn shown_snapshot(kept: &StoredSnapshot) -> Value {
    json!({
        "publisher": kept.cursor,
        "type": kept.type_name,
        "asked_by": kept.asked_by,
        "asked_at": datetime_text(kept.asked_at),
        "state": kept.state.word(),
        "done": kept.done,
        "total": kept.total,
        "commit": kept.commit.map(|number| number.0),
        "error": kept.error,
    })
}

fn shown(CursorState { cursor, behind }: &CursorState) -> Value {
    let (error, error_at) = cursor.error.clone().unzip();
    json!({
        "name": cursor.name,
        "after": cursor.place.to_string(),
        "behind_commits": behind,
        "holder": cursor.holder,
        "moved_at": cursor.moved_at.map(datetime_text),
        "error": error,
        "error_at": error_at.map(datetime_text),
    })
}
