//! `GET /api/-/templates/`

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde_json::{Value, json};

use super::shown;
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::JsonRead;
use crate::rest::answer;

/// Lists the templates, by name.
pub(crate) async fn list(
    State(edge): State<Arc<Edge>>,
    read: JsonRead,
) -> Result<Response, ApiError> {
    read.parameters.refuse_rest(edge.settings.lenient_filters)?;
    let all = edge.app.template_list(&read.ctx).await?;
    let results: Vec<Value> = all.iter().map(|told| shown(told, &read.links)).collect();
    Ok(answer::json(&json!({"count": results.len(), "results": results})))
}
