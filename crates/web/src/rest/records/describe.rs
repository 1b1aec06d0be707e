//! `OPTIONS /api/{plural}/`

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use domain::access::Right;

use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::{Parameters, Reader, TypePath};
use crate::rest::{answer, describe};

/// Tells a form builder about the fields.
pub(crate) async fn describe(
    State(edge): State<Arc<Edge>>,
    path: TypePath,
    Reader { ctx, .. }: Reader,
    parameters: Parameters,
) -> Result<Response, ApiError> {
    parameters.refuse_rest(edge.settings.lenient_filters)?;
    ctx.must(Right::View, edge.schema(), path.type_index)?;
    let record_type = edge.record_type(path.type_index);
    let name = format!("{} List", record_type.label);
    let document = describe::document(&edge, &ctx, record_type, &name, "POST");
    Ok(answer::json(&document))
}
