//! `GET /api/-/change-requests/{number}/`

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::prepared;
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::preconditions::is_known;
use crate::extract::{JsonRead, RequestPath};

/// Shows a change request beside the register as it is.
pub(crate) async fn get(
    State(edge): State<Arc<Edge>>,
    RequestPath(number): RequestPath,
    read: JsonRead,
) -> Result<Response, ApiError> {
    let JsonRead { ctx, links, headers, parameters, .. } = read;
    parameters.refuse_rest(edge.settings.lenient_filters)?;
    let told = edge.app.request(&ctx, number).await?.ok_or_else(RequestPath::no_match)?;
    let answer = prepared(StatusCode::OK, &edge, &links, &told);
    let etag = answer.headers.get(header::ETAG).cloned();
    match etag.filter(|etag| is_known(&headers, etag.to_str().unwrap_or_default())) {
        Some(etag) => Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response()),
        None => Ok(answer.into_response()),
    }
}
