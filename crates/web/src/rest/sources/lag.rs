//! `GET /api/-/sources/{name}/lag/`

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use domain::value::datetime_text;
use serde_json::{Value, json};

use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::JsonRead;
use crate::rest::answer;

/// Tells how far behind a source was in each minute of the last day.
pub(crate) async fn get(
    State(edge): State<Arc<Edge>>,
    Path(name): Path<String>,
    read: JsonRead,
) -> Result<Response, ApiError> {
    read.parameters.refuse_rest(edge.settings.lenient_filters)?;
    let lags = edge.app.source_lags(&read.ctx, &name).await?;
    let told = |(minute, behind)| json!({"at": datetime_text(minute), "behind": behind});
    let lags: Vec<Value> = lags.into_iter().map(told).collect();
    Ok(answer::json(&json!({"count": lags.len(), "results": lags})))
}
