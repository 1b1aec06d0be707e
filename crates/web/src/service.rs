//! The whole web edge as one service: what was asked before in the same words takes the short way,
//! everything else goes by the routes.

use std::convert::Infallible;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use domain::record::Timestamp;
use tower::{BoxError, Service, ServiceExt};
use tracing::{Instrument, Level};

use crate::edge::Edge;
use crate::ending::Ending;
use crate::envelope::{RequestId, finish, problem_of, request_id};
use crate::error::ApiError;
use crate::fresh::again;
use crate::refusals;
use crate::ui::browse::Browser;
use crate::ui::problem;

/// The web edge over a register. Clones share it.
#[derive(Clone)]
pub struct WebService {
    edge: Arc<Edge>,
    routes: Router,
}

impl WebService {
    pub(crate) fn new(edge: Arc<Edge>, routes: Router) -> Self {
        Self { edge, routes }
    }

    /// What is told before we end.
    pub fn ending(&self) -> Ending {
        self.edge.settings.ending.clone()
    }
}

impl<B> Service<axum::http::Request<B>> for WebService
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: axum::http::Request<B>) -> Self::Future {
        let Self { edge, routes } = self.clone();
        let began = edge.app.clock.now();
        let id = request_id(&edge, request.headers());
        let span = tracing::info_span!("request", id);
        let (mut parts, body) = request.into_parts();
        let (ending, version) = (edge.settings.ending.clone(), parts.version);
        let answer = async move {
            if let Some(words) = edge.repeats.words(&parts) {
                let limit = edge.settings.request_timeout;
                let again = within(limit, again(&edge, &mut parts, &words)).await;
                if let Some(response) = again.unwrap_or_else(|late| Some(late.into_response())) {
                    let response =
                        finish(response, &parts.method, (edge.settings.is_behind_tls(), id));
                    log(&edge, (&parts.method, parts.uri.path()), response.status(), began);
                    return Ok::<_, Infallible>(response);
                }
                parts.extensions.insert(words);
            }
            // Apart, so that the short way has little to carry.
            let request = Request::from_parts(parts, Body::new(body));
            Ok(Box::pin(by_the_routes(edge, routes, request, (id, began))).await)
        };
        Box::pin(
            async move {
                let Ok(mut response) = answer.await;
                ending.tell(response.headers_mut(), version);
                Ok(response)
            }
            .instrument(span),
        )
    }
}

async fn by_the_routes(
    edge: Arc<Edge>,
    routes: Router,
    mut request: Request,
    (id, began): (String, Timestamp),
) -> Response {
    request.extensions_mut().insert(RequestId(id.clone()));
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let path = uri.path();
    let has_credentials = request.headers().contains_key(header::AUTHORIZATION);
    let (parts, body) = request.into_parts();
    let asked = problem::is_of_browser(&parts.headers).then(|| parts.clone());
    let (request, browser) = Browser::take(Request::from_parts(parts, body));
    let asked = asked.filter(|_| browser.is_some() || problem::is_shown(&uri));
    let answering = async {
        let Ok(response) = routes.oneshot(request).await;
        match browser {
            Some(browser) => browser.shown(&edge, response, &id).await,
            None => response,
        }
    };
    // Only reads are cut short: what became of a write that we stop waiting for could not be told.
    let response = if method.is_safe() {
        within(edge.settings.request_timeout, answering)
            .await
            .unwrap_or_else(IntoResponse::into_response)
    } else {
        answering.await
    };
    let mut response = response;
    if let Some(asked) = asked
        && let Some(told) = problem_of(&mut response, &method)
    {
        response = problem::answer(&edge, &told, asked, &id).await;
    }
    let response = finish(response, &method, (edge.settings.is_behind_tls(), id.clone()));
    if has_credentials {
        refusals::keep(&edge, (&method, path), (response.status(), &id)).await;
    }
    log(&edge, (&method, path), response.status(), began);
    response
}

/// What comes within `limit`.
async fn within<T>(limit: Duration, coming: impl Future<Output = T>) -> Result<T, ApiError> {
    let mut coming = pin!(coming);
    // What has come already needs no timer.
    if let Poll::Ready(come) = futures_util::poll!(coming.as_mut()) {
        return Ok(come);
    }
    tokio::time::timeout(limit, coming).await.map_err(|_elapsed| ApiError::TimedOut)
}

fn log(edge: &Edge, (method, path): (&Method, &str), status: StatusCode, began: Timestamp) {
    if !tracing::enabled!(Level::INFO) {
        return;
    }
    let ms = (edge.app.clock.now() - began).num_milliseconds();
    tracing::info!(%method, path, status = status.as_u16(), ms, "answered");
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::{pending, ready};

    #[tokio::test]
    async fn an_answer_that_takes_too_long_is_given_up() {
        let limit = Duration::from_millis(1);
        let late = within::<()>(limit, pending()).await.unwrap_err().into_response();
        assert_eq!(late.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(late.headers()[header::RETRY_AFTER], "5");
        assert_eq!(within(limit, ready(1)).await.ok(), Some(1));
    }
}
