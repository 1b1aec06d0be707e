//! Pages that a browser has already, and pages in a coding.
//!
//! A page shows the register, its change requests and whoever looks, in their time zone, so its key
//! follows from all heads, the session, that zone and the quarter of an hour. It is taken before the
//! page is made: what the page shows is then never older than what its tag stands for. Pages are kept
//! by browsers alone.

use std::sync::Arc;

use app::freshness::Stand;
use axum::body::Body;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::activity::quarter_of;
use domain::freshness::{Depends, Key, Question};
use domain::record::Timestamp;
use http_body_util::BodyExt;

use super::Conditions;
use super::coding::{Coding, WORTH_CODING, coded};
use super::conditions::tag;
use super::send::heavy;
use super::terms::Terms;
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::session::Session;
use crate::extract::{Caller, Links};
use crate::measured::Cache;

/// What names the answer that a page is asked for; what is secret in the page is masked by it.
#[derive(Clone, Copy)]
pub(crate) struct PageKey(pub(crate) Key);

/// A page that follows from the heads: 304 before it is made, for a browser that has it.
pub(crate) async fn known(State(edge): State<Arc<Edge>>, request: Request, next: Next) -> Response {
    answer(&edge, request, next, true).await
}

/// A page that follows from more than the heads: made each time.
pub(crate) async fn made(State(edge): State<Arc<Edge>>, request: Request, next: Next) -> Response {
    answer(&edge, request, next, false).await
}

async fn answer(edge: &Arc<Edge>, request: Request, next: Next, has_tag: bool) -> Response {
    let is_read = request.method() == Method::GET || request.method() == Method::HEAD;
    let (mut parts, body) = request.into_parts();
    let Some(asked) = Asked::of(edge, &mut parts, "").await.filter(|_| is_read) else {
        return next.run(Request::from_parts(parts, body)).await;
    };
    if let Some(response) = asked.known(edge).filter(|_| has_tag) {
        return response;
    }
    let response = next.run(Request::from_parts(parts, body)).await;
    asked.sent(edge, response, has_tag).await
}

/// A page that is asked for, and by whom.
pub(crate) struct Asked {
    key: Key,
    conditions: Conditions,
    stand: Stand,
    now: Timestamp,
    is_known: bool,
}

impl Asked {
    /// Lets the page know its key. `shown` is the tag of an answer that it shows. `None` where
    /// whoever asks is to be told what is wrong with it.
    pub(crate) async fn of(edge: &Arc<Edge>, parts: &mut Parts, shown: &str) -> Option<Self> {
        let Caller { ctx, stand, session, preferences } =
            Caller::from_request_parts(parts, edge).await.ok()?;
        let conditions = Conditions::of(parts);
        let mut moments = conditions.moments(ctx.now);
        // Pages tell of days, which begin with one in every time zone.
        moments.push(quarter_of(ctx.now));
        let word = session.as_ref().map(Session::word).unwrap_or_default();
        let zone = preferences.time_zone.unwrap_or_default().name();
        let links = Links::of(parts, edge);
        let question = Question {
            depends: Depends::Page,
            audience: ctx.access.audience(edge.schema()),
            base_url: links.base(),
            address: conditions.address(),
            moments: &moments,
            form: &format!("page\n{}\n{word}\n{zone}\n{shown}", ctx.actor.name()),
            coding: conditions.coding.word().unwrap_or_default(),
        };
        let key = edge.maker.key(&stand.heads, &question);
        parts.extensions.insert(PageKey(key));
        Some(Self { key, conditions, stand, now: ctx.now, is_known: ctx.is_known() })
    }

    /// 304, for a browser that has the page.
    pub(crate) fn known(&self, edge: &Edge) -> Option<Response> {
        let tag = self.conditions.known_tag(self.key)?;
        self.conditions.trail.came_from(Cache::Hit);
        Some(self.finish(edge, StatusCode::NOT_MODIFIED.into_response(), tag))
    }

    /// The page as it is sent.
    pub(crate) async fn sent(&self, edge: &Edge, response: Response, has_tag: bool) -> Response {
        if response.status() != StatusCode::OK {
            return response;
        }
        match in_coding(response, self.conditions.coding).await {
            Ok(response) if has_tag => self.finish(edge, response, tag(self.key, None)),
            Ok(response) => response,
            Err(error) => error.into_response(),
        }
    }

    fn finish(&self, edge: &Edge, response: Response, tag: String) -> Response {
        let terms = Terms::new(!self.is_known, None);
        terms.put_on(response, Some(tag), (edge, &self.stand, self.now))
    }
}

/// A page in a coding, where that is worth it.
async fn in_coding(response: Response, coding: Coding) -> Result<Response, ApiError> {
    let Some(word) = coding.word() else {
        return Ok(response);
    };
    let (mut parts, body) = response.into_parts();
    let unsent = |error: &dyn std::error::Error| {
        tracing::error!(%error, "a page that was made can't be sent");
        ApiError::Internal
    };
    let bytes = body.collect().await.map_err(|error| unsent(&error))?.to_bytes();
    if bytes.len() < WORTH_CODING {
        return Ok(Response::from_parts(parts, Body::from(bytes)));
    }
    let bytes = heavy(|| coded(bytes, coding)).map_err(|error| unsent(&error))?;
    parts.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(word));
    Ok(Response::from_parts(parts, Body::from(bytes)))
}
