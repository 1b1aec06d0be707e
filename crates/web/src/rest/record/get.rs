//! `GET /api/{plural}/{id}/`

use std::sync::Arc;

use app::Context;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::change::Target;
use domain::fault::Faults;
use domain::schema::TypeIndex;

use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::format::FORMAT;
use crate::extract::{JsonOnly, Links, OneRecord, Parameters, Projection, Reader};
use crate::rest::answer;

/// Reads a record.
pub(crate) async fn get(
    State(edge): State<Arc<Edge>>,
    path: OneRecord,
    Reader(ctx): Reader,
    _: JsonOnly,
    links: Links,
    parameters: Parameters,
) -> Result<Response, ApiError> {
    let target = path.target();
    read(&edge, &ctx, &links, path.type_index, target, parameters).await
}

/// Reads the record of a target.
pub(crate) async fn read(
    edge: &Edge,
    ctx: &Context,
    links: &Links,
    type_index: TypeIndex,
    target: Target,
    mut parameters: Parameters,
) -> Result<Response, ApiError> {
    let record_type = edge.record_type(type_index);
    let mut faults = Faults::default();
    parameters.drop_where(|name| name == FORMAT);
    let projection = Projection::take(record_type, &mut parameters, &mut faults);
    if let Err(wrong) = parameters.refuse_rest(edge.settings.lenient_filters) {
        faults.merge(wrong);
    }
    faults.or_ok(())?;
    let record = edge
        .app
        .get(ctx, type_index, target)
        .await?
        .ok_or_else(|| ApiError::no_match(&record_type.label))?;
    Ok(answer::record(
        edge,
        links,
        &projection,
        StatusCode::OK,
        &record,
    ))
}
