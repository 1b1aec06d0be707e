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
use crate::extract::{Format, JsonWrite, Links, ObjectBody, Parameters, Reader, Reading, TypePath};

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
        let reading = Reading {
            edge: &edge,
            ctx: &ctx,
            links: &links,
            record_type: edge.record_type(path.type_index),
        };
        return grid::read_posted(reading, Request::from_parts(parts, body)).await;
    }
    let write = JsonWrite::from_request_parts(&mut parts, &edge).await?;
    let request = Request::from_parts(parts, body);
    let ObjectBody(fields) = ObjectBody::from_request(request, &edge).await?;
    add::add(&edge, &write, path.type_index, fields).await
}

fn is_of_a_grid(path: &TypePath, query: &str) -> bool {
    let named = Parameters::parse(query).take(FORMAT, &mut Faults::default());
    match (named.as_deref(), path.suffix) {
        (Some(name), _) => Format::named(name) == Some(Format::DataTables),
        (None, suffix) => suffix == Some(Format::DataTables),
    }
}
