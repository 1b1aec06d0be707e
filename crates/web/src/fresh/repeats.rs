//! Requests in the words of one before: while the register stands where it stood and the same
//! person asks, they are answered without looking at what they ask for.
//!
//! All that an answer follows from beside the heads and the person is what `Vary` names, the address
//! and the host; so a hash of these stands for the request. Who asks is found out anew each time.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hash, Hasher, RandomState};
use std::sync::{Arc, PoisonError, RwLock};

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::uri::{Authority, PathAndQuery};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use axum::response::Response;
use domain::access::{Access, Actor};
use domain::freshness::{Heads, Key};

use super::conditions::{known_tag, tag};
use super::send;
use super::terms::Terms;
use crate::edge::Edge;
use crate::extract::Caller;
use crate::measured::Route;

/// The most requests that are remembered, each some two hundred bytes; then all are forgotten.
const REPEATS_MAX: usize = 10_000;
/// As many headers as an answer has, and some.
const HEADERS_MAX: usize = 16;
/// What `Vary` names, and what addresses in answers begin with.
const HEADERS: [HeaderName; 5] =
    [header::HOST, header::ACCEPT, header::ACCEPT_ENCODING, header::AUTHORIZATION, header::COOKIE];

/// Stands for all that a request for an answer says, save for what its client has already: two
/// hashes under keys that nobody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Words([u64; 2]);

impl Hash for Said<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Parts { uri, headers, .. } = self.0;
        uri.authority().map(Authority::as_str).hash(state);
        uri.path_and_query().map(PathAndQuery::as_str).hash(state);
        for name in &HEADERS {
            let values = headers.get_all(name);
            values.iter().count().hash(state);
            values.iter().for_each(|value| value.as_bytes().hash(state));
        }
    }
}

/// What `Words` stand for.
struct Said<'a>(&'a Parts);

/// What a request was answered.
pub(super) struct Answered {
    /// What whoever asked may.
    pub(super) access: Arc<Access>,
    pub(super) key: Key,
    pub(super) terms: Terms,
    /// What counts it.
    pub(super) route: Arc<Route>,
}

/// What requests were answered, where the register stands now.
#[derive(Default)]
pub(crate) struct Repeats {
    keys: [RandomState; 2],
    inner: RwLock<Inner>,
}

#[derive(Default)]
struct Inner {
    heads: Arc<Heads>,
    answered: HashMap<Words, Arc<Answered>>,
}

impl Repeats {
    /// The words of a request; `None` of one that is no plain read of the API.
    pub(crate) fn words(&self, parts: &Parts) -> Option<Words> {
        let is_read = parts.method == Method::GET && parts.uri.path().starts_with("/api/");
        is_read.then(|| Words(self.keys.each_ref().map(|key| key.hash_one(Said(parts)))))
    }

    /// Remembers what a request was answered where the register stood so.
    pub(super) fn keep(&self, words: Words, heads: &Arc<Heads>, answered: Answered) {
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        if !Arc::ptr_eq(&inner.heads, heads) || inner.answered.len() >= REPEATS_MAX {
            inner.answered.clear();
            inner.heads = Arc::clone(heads);
        }
        inner.answered.insert(words, Arc::new(answered));
    }

    /// The route of a request in these words.
    pub(crate) fn route(&self, words: &Words) -> Option<Arc<Route>> {
        self.find(words).map(|(_, answered)| Arc::clone(&answered.route))
    }

    /// What a request in these words was answered last, and where the register stood then.
    fn find(&self, words: &Words) -> Option<(Arc<Heads>, Arc<Answered>)> {
        let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        let answered = inner.answered.get(words)?;
        Some((Arc::clone(&inner.heads), Arc::clone(answered)))
    }
}

/// An answer to a request in the words of one before.
pub(crate) struct Again {
    pub(crate) response: Response,
    pub(crate) route: Arc<Route>,
    /// Who asked.
    pub(crate) actor: Actor,
}

/// The answer to a request in the words of one before, where nothing has changed since; `None` where
/// it must be looked into, also for telling what is wrong with it.
pub(crate) async fn again(edge: &Arc<Edge>, parts: &mut Parts, words: &Words) -> Option<Again> {
    let (heads, answered) = edge.repeats.find(words)?;
    let Caller { ctx, stand, .. } = Caller::from_request_parts(parts, edge).await.ok()?;
    let is_same = Arc::ptr_eq(&heads, &stand.heads) && Arc::ptr_eq(&answered.access, &ctx.access);
    if !is_same {
        return None;
    }
    let Answered { key, terms, route, .. } = &*answered;
    let headers = &parts.headers;
    let (response, tag) = if headers.contains_key(header::IF_NONE_MATCH) {
        let digits = key.to_string();
        let mut values = headers.get_all(header::IF_NONE_MATCH).iter();
        let tag = values.find_map(|value| known_tag(value.to_str().ok()?, &digits))?;
        (answer(StatusCode::NOT_MODIFIED, Body::empty()), tag.to_owned())
    } else if headers.contains_key(header::IF_MODIFIED_SINCE) {
        return None;
    } else {
        let body = edge.app.bodies.get(*key).await?;
        let mut response = answer(StatusCode::OK, body.bytes.clone().into());
        send::describe(&mut response, &body);
        (response, tag(*key, body.revision))
    };
    let response = terms.put_on(response, Some(tag), (edge, &stand, ctx.now));
    Some(Again { response, route: Arc::clone(route), actor: ctx.actor })
}

/// An answer with room for the headers that it will have.
fn answer(status: StatusCode, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = HeaderMap::with_capacity(HEADERS_MAX);
    response
}
