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
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use domain::access::Actor;
use tower::{BoxError, Service, ServiceExt};
use tracing::{Instrument, Level, Span, field};

use crate::edge::Edge;
use crate::ending::Ending;
use crate::envelope::{RequestId, finish, problem_of, request_id};
use crate::error::ApiError;
use crate::fresh::{Again, again};
use crate::measured::{Cache, Flight, Route, Trail};
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
        let id = request_id(&edge, request.headers());
        let log = tracing::info_span!("request", request_id = id);
        let trace = trace(&edge, &request, &id);
        let coming = Coming { flight: edge.requests.begin(), trace: trace.clone(), id };
        let (mut parts, body) = request.into_parts();
        let (ending, version) = (edge.settings.ending.clone(), parts.version);
        let answer = async move {
            if let Some(words) = edge.repeats.words(&parts) {
                let limit = edge.settings.request_timeout;
                let again = within(limit, again(&edge, &mut parts, &words)).await;
                if let Some(again) = again.unwrap_or_else(|late| {
                    let route = edge.repeats.route(&words)?;
                    Some(Again { response: late.into_response(), route, actor: Actor::Anonymous })
                }) {
                    return Ok::<_, Infallible>(coming.answered_again(&edge, again, &parts));
                }
                parts.extensions.insert(words);
            }
            // Apart, so that the short way has little to carry.
            let request = Request::from_parts(parts, Body::new(body));
            Ok(Box::pin(by_the_routes(edge, routes, request, coming)).await)
        };
        let answer = async move {
            let Ok(mut response) = answer.await;
            ending.tell(response.headers_mut(), version);
            Ok(response)
        };
        Box::pin(answer.instrument(trace).instrument(log))
    }
}

/// The span of a request in a trace; none where there are no traces.
fn trace<B>(edge: &Edge, request: &axum::http::Request<B>, id: &str) -> Span {
    let Some(traced) = &edge.settings.traced else {
        return Span::none();
    };
    let span = tracing::info_span!(
        target: "traces",
        "request",
        otel.kind = "server",
        otel.status_code = field::Empty,
        http.request.method = %request.method(),
        http.route = field::Empty,
        http.response.status_code = field::Empty,
        url.path = request.uri().path(),
        enduser.id = field::Empty,
        cache = field::Empty,
        request_id = id,
    );
    (traced.join)(&span, request.headers());
    span
}

/// A request on its way.
struct Coming {
    flight: Flight,
    trace: Span,
    id: String,
}

/// What became of it.
struct Became<'a> {
    method: &'a Method,
    path: &'a str,
    status: StatusCode,
    route: &'a Route,
    cache: Cache,
    /// Who asked, where that is known.
    user: Option<&'a str>,
}

impl Coming {
    fn answered_again(self, edge: &Edge, again: Again, parts: &Parts) -> Response {
        let Again { response, route, actor } = again;
        let (method, path) = (&parts.method, parts.uri.path());
        let response = finish(response, method, (edge.settings.is_behind_tls(), self.id.clone()));
        let user = (actor != Actor::Anonymous).then(|| actor.name());
        let (status, cache) = (response.status(), Cache::Hit);
        self.tell(edge, &Became { method, path, status, route: &route, cache, user });
        response
    }

    /// Tells what became of it: to whoever measures, in its trace, and in the log.
    fn tell(&self, edge: &Edge, became: &Became<'_>) {
        let Became { method, path, status, route, cache, user } = became;
        let (took, template) = (self.flight.took(), route.template.as_str());
        route.add(method, (*status, *cache), took);
        if let Some(traced) = edge.settings.traced.filter(|_| !self.trace.is_disabled()) {
            (traced.name)(&self.trace, format!("{method} {template}"));
            self.trace.record("http.route", template);
            // Of numbers, attributes know those with a sign.
            self.trace.record("http.response.status_code", i64::from(status.as_u16()));
            self.trace.record("enduser.id", user).record("cache", cache.word());
            if status.is_server_error() {
                self.trace.record("otel.status_code", "ERROR");
            }
        }
        if tracing::enabled!(Level::INFO) {
            let (ms, status) = (took.as_millis(), status.as_u16());
            let (ms, cache) = (u64::try_from(ms).unwrap_or(u64::MAX), cache.word());
            tracing::info!(%method, path, route = template, status, ms, cache, user, "answered");
        }
    }
}

async fn by_the_routes(
    edge: Arc<Edge>,
    routes: Router,
    mut request: Request,
    coming: Coming,
) -> Response {
    let (id, trail) = (&coming.id, Trail::default());
    request.extensions_mut().insert(RequestId(id.clone()));
    request.extensions_mut().insert(trail.clone());
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
            Some(browser) => browser.shown(&edge, response, id).await,
            None => response,
        }
    };
    // Only reads are cut short: what became of a write that we stop waiting for could not be told.
    let response = if method.is_safe() {
        Box::pin(within(edge.settings.request_timeout, answering))
            .await
            .unwrap_or_else(IntoResponse::into_response)
    } else {
        answering.await
    };
    let mut response = response;
    if let Some(asked) = asked
        && let Some(told) = problem_of(&mut response, &method)
    {
        response = problem::answer(&edge, &told, asked, id).await;
    }
    let response = finish(response, &method, (edge.settings.is_behind_tls(), id.clone()));
    let status = response.status();
    if has_credentials {
        refusals::keep(&edge, (&method, path), (status, id)).await;
    }
    let (route, cache) = (trail.route_or_none(&edge.requests), trail.cache());
    let (method, route, user) = (&method, &*route, trail.user());
    coming.tell(&edge, &Became { method, path, status, route, cache, user });
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
