//! What every answer has: the request's id, the headers that all carry, errors as
//! `application/problem+json`, and a line in the log.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Instrument;

use crate::edge::Edge;
use crate::error::{ApiError, PROBLEM_JSON, Problem};
use crate::refusals;

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

/// Wraps every request.
pub(crate) async fn envelope(
    State(edge): State<Arc<Edge>>,
    mut request: Request,
    next: Next,
) -> Response {
    let id = request
        .headers()
        .get(X_REQUEST_ID)
        .and_then(sane_id)
        .unwrap_or_else(|| edge.request_ids.next());
    request.extensions_mut().insert(RequestId(id.clone()));
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let has_credentials = request.headers().contains_key(header::AUTHORIZATION);
    let began = edge.app.clock.now();
    let span = tracing::info_span!("request", id);
    async move {
        let response = answer(&edge, &method, request, next).await;
        let mut response = finish(response, &method, &id);
        if edge.settings.is_behind_tls() {
            response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, A_YEAR);
        }
        if has_credentials {
            refusals::keep(&edge, (&method, &path), (response.status(), &id)).await;
        }
        let status = response.status().as_u16();
        let ms = (edge.app.clock.now() - began).num_milliseconds();
        tracing::info!(%method, path, status, ms, "answered");
        response
    }
    .instrument(span)
    .await
}

/// Only reads are cut short: what became of a write that we stop waiting for could not be told.
async fn answer(edge: &Edge, method: &Method, request: Request, next: Next) -> Response {
    if !method.is_safe() {
        return next.run(request).await;
    }
    within(edge.settings.request_timeout, next.run(request)).await
}

/// An answer, or what is said in its place when it takes longer than `limit` to begin.
async fn within(limit: Duration, answer: impl Future<Output = Response>) -> Response {
    tokio::time::timeout(limit, answer)
        .await
        .unwrap_or_else(|_elapsed| ApiError::TimedOut.into_response())
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

fn finish(mut response: Response, method: &Method, id: &str) -> Response {
    if let Some(problem) = problem_of(&mut response, method) {
        *response.body_mut() = Body::from(problem.to_json(id));
        let headers = response.headers_mut();
        headers.remove(header::CONTENT_LENGTH);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if method == Method::HEAD {
            *response.body_mut() = Body::empty();
        }
    }
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(X_REQUEST_ID, id);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// The problem that a handler told, or what a bare status of the router or a layer comes to.
fn problem_of(response: &mut Response, method: &Method) -> Option<Problem> {
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
    use std::future::{pending, ready};

    #[tokio::test]
    async fn an_answer_that_takes_too_long_is_given_up() {
        let limit = Duration::from_millis(1);
        let late = within(limit, pending()).await;
        assert_eq!(late.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(late.headers()[header::RETRY_AFTER], "5");
        let at_once = within(limit, ready(StatusCode::OK.into_response())).await;
        assert_eq!(at_once.status(), StatusCode::OK);
    }

    #[test]
    fn a_panic_is_a_problem_that_says_no_more() {
        let response = finish(panicked(Box::new("secret")), &Method::GET, "id-1");
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
