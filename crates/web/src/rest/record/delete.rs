//! `DELETE /api/{plural}/{id}/`

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use domain::change::Action;

use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::{JsonOnly, Links, OneRecord, Parameters, Writer};
use crate::rest::change;

/// Deletes a record.
pub(crate) async fn delete(
    State(edge): State<Arc<Edge>>,
    path: OneRecord,
    Writer(ctx): Writer,
    _: JsonOnly,
    links: Links,
    parameters: Parameters,
) -> Result<Response, ApiError> {
    change::refuse_unknown(&edge, parameters)?;
    let action = Action::Delete {
        target: path.target(),
    };
    change::make(&edge, &ctx, &links, path.type_index, action).await
}
