//! `/api/{plural}.{format}` and `/api/{plural}`: with a format as suffix an address needs no slash
//! at its end, without one it gets it.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::handler::Handler;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::{list, post};
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::TypePath;
use crate::rest::redirect;

/// Answers an address with a suffix, redirects one without.
pub(crate) async fn dispatch(
    State(edge): State<Arc<Edge>>,
    request: Request,
) -> Result<Response, ApiError> {
    let (mut parts, body) = request.into_parts();
    let path = TypePath::from_request_parts(&mut parts, &edge).await?;
    if path.suffix.is_none() {
        return redirect::with_slash(&parts.uri);
    }
    let is_read = parts.method == Method::GET || parts.method == Method::HEAD;
    let is_post = parts.method == Method::POST;
    let request = Request::from_parts(parts, body);
    if is_read {
        Ok(list::list.call(request, edge).await)
    } else if is_post {
        Ok(post::post.call(request, edge).await)
    } else {
        let allow = [(header::ALLOW, "GET,HEAD,POST")];
        Ok((StatusCode::METHOD_NOT_ALLOWED, allow).into_response())
    }
}
