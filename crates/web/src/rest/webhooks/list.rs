//! `GET /api/-/webhooks/`

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde_json::{Value, json};

use super::shown;
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::JsonRead;
use crate::rest::answer;

/// Lists the webhooks, by name.
pub(crate) async fn list(
    State(edge): State<Arc<Edge>>,
    read: JsonRead,
) -> Result<Response, ApiError> {
    read.parameters.refuse_rest(edge.settings.lenient_filters)?;
    let states = edge.app.webhooks_list(&read.ctx).await?;
    let webhooks: Vec<Value> = states.iter().map(|state| shown(state, &read.links)).collect();
    Ok(answer::json(&json!({"count": webhooks.len(), "results": webhooks})))
}
