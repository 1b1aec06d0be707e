//! `GET /readyz`

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use domain::query::{Expr, Page, Plan};
use serde_json::json;

use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::Reader;
use crate::rest::answer;

/// Tells that the database answers and holds the tables of the schema: reads a record of its last
/// type, the one that is made last.
pub(crate) async fn ready(
    State(edge): State<Arc<Edge>>,
    Reader(ctx): Reader,
) -> Result<Response, ApiError> {
    let record_type = edge.schema().types().last().ok_or(ApiError::Internal)?;
    let plan = Plan {
        type_index: record_type.index,
        filter: Expr::all(),
        order: Vec::new(),
        page: Page::Offset { offset: 0, limit: 1 },
        count: false,
    };
    edge.app.find(&ctx, plan).await?;
    Ok(answer::json(&json!({"status": "ok"})))
}
