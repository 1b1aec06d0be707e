//! `POST /api/{plural}/`: adds a record; with `format=datatables`, a read whose parameters are
//! too many for an address.

use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Request, State};
use axum::response::Response;
use domain::fault::Faults;

use super::{add, grid};
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::format::FORMAT;
use crate::extract::{Format, JsonOnly, Links, ObjectBody, Parameters, Reader, TypePath, Writer};

/// Adds a record or answers a grid.
pub(crate) async fn post(
    State(edge): State<Arc<Edge>>,
    path: TypePath,
    links: Links,
    request: Request,
) -> Result<Response, ApiError> {
    let (mut parts, body) = request.into_parts();
    if is_of_a_grid(&path, parts.uri.query().unwrap_or_default()) {
        let Reader(ctx) = Reader::from_request_parts(&mut parts, &edge).await?;
        let record_type = edge.record_type(path.type_index);
        let request = Request::from_parts(parts, body);
        return grid::read_posted(&edge, &ctx, &links, record_type, request).await;
    }
    let Writer(ctx) = Writer::from_request_parts(&mut parts, &edge).await?;
    let _: JsonOnly = JsonOnly::from_request_parts(&mut parts, &edge).await?;
    let parameters = Parameters::parse(parts.uri.query().unwrap_or_default());
    let ObjectBody(fields) =
        ObjectBody::from_request(Request::from_parts(parts, body), &edge).await?;
    add::add(&edge, &ctx, &links, path.type_index, parameters, fields).await
}

fn is_of_a_grid(path: &TypePath, query: &str) -> bool {
    let named = Parameters::parse(query).take(FORMAT, &mut Faults::default());
    match (named.as_deref(), path.suffix) {
        (Some(name), _) => Format::named(name) == Some(Format::DataTables),
        (None, suffix) => suffix == Some(Format::DataTables),
    }
}
