//! `OPTIONS /api/{plural}/{id}/`

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use domain::access::Right;

use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::{OneRecord, Parameters, Reader};
use crate::rest::{answer, describe};

/// Tells a form builder about the fields.
pub(crate) async fn describe(
    State(edge): State<Arc<Edge>>,
    path: OneRecord,
    Reader { ctx, .. }: Reader,
    parameters: Parameters,
) -> Result<Response, ApiError> {
    parameters.refuse_rest(edge.settings.lenient_filters)?;
    ctx.must(Right::View, edge.schema(), path.type_index)?;
    let record_type = edge.record_type(path.type_index);
    edge.app
        .get(&ctx, path.type_index, path.target())
        .await?
        .ok_or_else(|| ApiError::no_match(&record_type.label))?;
    let name = format!("{} Instance", record_type.label);
    let document = describe::document(&edge, &ctx, record_type, &name, "PUT");
    Ok(answer::json(&document))
}
