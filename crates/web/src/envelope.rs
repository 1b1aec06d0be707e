//! What every answer has: the request's id, the headers that all carry, errors as
//! `application/problem+json`.

use std::any::Any;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};

use crate::edge::Edge;
use crate::error::{ApiError, PROBLEM_JSON, Problem};

/// The header that carries a request's id, both ways.
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The most characters of an id that a client sends.
const REQUEST_ID_LENGTH_MAX: usize = 128;

/// The id of the request, as handlers find it among its extensions.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(pub(crate) String);

/// Marks an answer that is whole as it is, an error though it may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Finished;

/// Browsers keep to TLS for so long (RFC 6797).
const A_YEAR: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// The id of a request: its own, where it has a sane one.
pub(crate) fn request_id(edge: &Edge, headers: &HeaderMap) -> String {
    let own = headers.get(X_REQUEST_ID).and_then(sane_id);
    own.unwrap_or_else(|| edge.request_ids.next())
}

/// A panic is a fault of ours: the answer says no more, the log has it.
#[expect(clippy::needless_pass_by_value, reason = "the layer hands the payload over")]
pub(crate) fn panicked(payload: Box<dyn Any + Send + 'static>) -> Response {
    let text = payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("no text");
    tracing::error!(panic = text, "a handler panicked");
    ApiError::Internal.into_response()
}

/// Gives an answer what all have.
pub(crate) fn finish(
    mut response: Response,
    method: &Method,
    (is_behind_tls, id): (bool, String),
) -> Response {
    if let Some(problem) = problem_of(&mut response, method) {
        *response.body_mut() = Body::from(problem.to_json(&id));
        let headers = response.headers_mut();
        headers.remove(header::CONTENT_LENGTH);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if method == Method::HEAD {
            *response.body_mut() = Body::empty();
        }
    }
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::try_from(id) {
        headers.insert(X_REQUEST_ID, id);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if is_behind_tls {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, A_YEAR);
    }
    response
}

/// The problem that a handler told, or what a bare status of the router or a layer comes to.
pub(crate) fn problem_of(response: &mut Response, method: &Method) -> Option<Problem> {
    let told = response.extensions_mut().remove::<Problem>();
    let status = response.status();
    let is_finished = response.extensions().get::<Finished>().is_some();
    let is_error = (status.is_client_error() || status.is_server_error()) && !is_finished;
    told.or_else(|| is_error.then(|| Problem::of_status(status, method.as_str())))
}

fn sane_id(sent: &HeaderValue) -> Option<String> {
    let text = sent.to_str().ok()?;
    let sane = (1..=REQUEST_ID_LENGTH_MAX).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_graphic());
    sane.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::StatusCode;

    #[test]
    fn a_panic_is_a_problem_that_says_no_more() {
        let response =
            finish(panicked(Box::new("secret")), &Method::GET, (false, "id-1".to_owned()));
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(response.headers()[header::CONTENT_TYPE], PROBLEM_JSON);
        assert_eq!(response.headers()["x-request-id"], "id-1");
    }

    #[test]
    fn an_id_of_visible_characters_is_taken_over() {
        for (sent, taken) in [
            ("a", true),
            ("req-1/2:3", true),
            (&*"x".repeat(128), true),
            (&*"x".repeat(129), false),
            ("", false),
            ("a b", false),
        ] {
            let header = HeaderValue::from_str(sent).unwrap();
            assert_eq!(sane_id(&header).is_some(), taken, "{sent:?}");
        }
        assert_eq!(sane_id(&HeaderValue::from_bytes(b"\xff").unwrap()), None);
    }
}
