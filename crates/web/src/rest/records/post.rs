//! `POST /api/{plural}/`: adds a record, or a list of them; with `format=datatables`, a read whose parameters are
//! too many for an address.

use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Request, State};
use axum::response::Response;
use domain::change::Action;
use domain::fault::Faults;

use super::{bulk, grid};
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::body::{OneOrMany, json, one_or_many};
use crate::extract::format::FORMAT;
use crate::extract::{Body, Format, JsonWrite, Links, Parameters, Reader, Reading, TypePath};
use crate::rest::change;

/// Adds records or answers a grid.
pub(crate) async fn post(
    State(edge): State<Arc<Edge>>,
    path: TypePath,
    links: Links,
    request: Request,
) -> Result<Response, ApiError> {
    let (mut parts, body) = request.into_parts();
    if is_of_a_grid(&path, parts.uri.query().unwrap_or_default()) {
        let Reader { ctx, .. } = Reader::from_request_parts(&mut parts, &edge).await?;
        let reading = Reading {
            edge: &edge,
            ctx: &ctx,
            links: &links,
            record_type: edge.record_type(path.type_index),
        };
        return grid::read_posted(reading, Request::from_parts(parts, body)).await;
    }
    let JsonWrite(write) = JsonWrite::from_request_parts(&mut parts, &edge).await?;
    let request = Request::from_parts(parts, body);
    let Body(bytes) = Body::from_request(request, &edge).await?;
    match one_or_many(json(&bytes)?)? {
        OneOrMany::Many(items) => bulk::add(&edge, write, path.type_index, items, &bytes).await,
        OneOrMany::One(fields) => {
            let action = Action::Add { fields };
            change::make(&edge, write, path.type_index, action, &bytes).await
        }
    }
}

fn is_of_a_grid(path: &TypePath, query: &str) -> bool {
    let named = Parameters::parse(query).take(FORMAT, &mut Faults::default());
    match (named.as_deref(), path.suffix) {
        (Some(name), _) => Format::named(name) == Some(Format::DataTables),
        (None, suffix) => suffix == Some(Format::DataTables),
    }
}
