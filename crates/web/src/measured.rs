//! What requests come to: how many, by route and by what they were answered, and how long they take.
//!
//! A route has its own counts, made when it is first asked for and found again without a lock where
//! a request is answered the short way: that way adds to seven numbers in memory, and nothing else.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use domain::histogram::Histogram;

/// The route of addresses that there are none of, as metrics name it: whoever asks for a thousand of
/// them makes no thousand names.
const NO_ROUTE: &str = "none";
const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"];
/// What we answer; anything else counts with the last, 0.
const STATUSES: [u16; 32] = [
    200, 201, 202, 204, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 405, 406, 408, 409, 410,
    412, 413, 414, 415, 416, 422, 428, 429, 500, 502, 503, 507, 0,
];
const CACHES: usize = Cache::ALL.len();

/// Whether an answer had been made before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cache {
    /// It had: the body was kept, or the client has it.
    Hit,
    /// It was made, to be kept.
    Miss,
    /// It is none that is kept.
    None,
}

impl Cache {
    pub(crate) const ALL: [Self; 3] = [Self::Hit, Self::Miss, Self::None];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Miss => "miss",
            Self::None => "none",
        }
    }
}

/// What all requests come to.
#[derive(Default)]
pub(crate) struct Requests {
    routes: RwLock<BTreeMap<String, Arc<Route>>>,
    begun: AtomicU64,
    ended: AtomicU64,
}

/// What the requests of one route come to.
pub(crate) struct Route {
    /// As the router has it: `/api/{plural}/`.
    pub(crate) template: String,
    methods: [OnceLock<Box<OfMethod>>; METHODS.len()],
}

/// What those of one method come to.
#[derive(Default)]
pub(crate) struct OfMethod {
    pub(crate) took: Histogram,
    answers: [[AtomicU64; STATUSES.len()]; CACHES],
}

impl OfMethod {
    /// How often there was each answer that there was.
    pub(crate) fn answers(&self) -> Vec<(u16, Cache, u64)> {
        let mut told = Vec::new();
        for (cache, answers) in Cache::ALL.into_iter().zip(&self.answers) {
            let counted = STATUSES.into_iter().zip(answers);
            let counted = counted.map(|(status, count)| (status, count.load(Ordering::Relaxed)));
            told.extend(
                counted
                    .filter(|(_, count)| *count > 0)
                    .map(|(status, count)| (status, cache, count)),
            );
        }
        told
    }
}

impl Route {
    fn new(template: &str) -> Self {
        Self { template: template.to_owned(), methods: Default::default() }
    }

    /// Counts a request that was answered.
    pub(crate) fn add(
        &self,
        method: &Method,
        (status, cache): (StatusCode, Cache),
        took: Duration,
    ) {
        let known = METHODS.iter().position(|known| *known == method.as_str());
        let Some(of) = self.methods.get(known.unwrap_or(METHODS.len() - 1)) else { return };
        let of = of.get_or_init(Box::default);
        of.took.add(took);
        let last = STATUSES.len() - 1;
        let status = STATUSES.iter().position(|known| *known == status.as_u16()).unwrap_or(last);
        let count = of.answers.get(cache as usize).and_then(|answers| answers.get(status));
        if let Some(count) = count {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Each method that was asked by.
    pub(crate) fn methods(&self) -> impl Iterator<Item = (&'static str, &OfMethod)> {
        let methods = METHODS.into_iter().zip(&self.methods);
        methods.filter_map(|(method, of)| Some((method, &**of.get()?)))
    }
}

impl Requests {
    /// A request that begins.
    #[expect(clippy::disallowed_methods, reason = "a measure, not a time that is kept")]
    pub(crate) fn begin(self: &Arc<Self>) -> Flight {
        self.begun.fetch_add(1, Ordering::Relaxed);
        Flight { requests: Arc::clone(self), began: Instant::now() }
    }

    /// How many have begun and not ended.
    pub(crate) fn in_flight(&self) -> u64 {
        let ended = self.ended.load(Ordering::Relaxed);
        self.begun.load(Ordering::Relaxed).saturating_sub(ended)
    }

    /// All routes that were asked for, by name.
    pub(crate) fn routes(&self) -> Vec<Arc<Route>> {
        let routes = self.routes.read().unwrap_or_else(PoisonError::into_inner);
        routes.values().cloned().collect()
    }

    /// The route of a template; there are as many as the router has.
    fn route(&self, template: &str) -> Arc<Route> {
        let routes = self.routes.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(route) = routes.get(template) {
            return Arc::clone(route);
        }
        drop(routes);
        let mut routes = self.routes.write().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(Route::new(template));
        Arc::clone(routes.entry(template.to_owned()).or_insert_with(new))
    }
}

/// A request that is at work. It ends with this.
pub(crate) struct Flight {
    requests: Arc<Requests>,
    began: Instant,
}

impl Flight {
    /// How long it has taken so far.
    pub(crate) fn took(&self) -> Duration {
        self.began.elapsed()
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.requests.ended.fetch_add(1, Ordering::Relaxed);
    }
}

/// What is found out on a request's way, for whoever tells of it at the end. Clones are of the same.
#[derive(Clone, Default)]
pub(crate) struct Trail(Arc<Found>);

#[derive(Default)]
struct Found {
    route: OnceLock<Arc<Route>>,
    user: OnceLock<String>,
    cache: OnceLock<Cache>,
}

impl Trail {
    /// Notes who asks; the first word counts.
    pub(crate) fn is_of(&self, user: &str) {
        self.0.user.get_or_init(|| user.to_owned());
    }

    /// Notes whether the answer had been made before.
    pub(crate) fn came_from(&self, cache: Cache) {
        self.0.cache.get_or_init(|| cache);
    }

    /// The route, once the router has found it.
    pub(crate) fn route(&self) -> Option<Arc<Route>> {
        self.0.route.get().cloned()
    }

    /// The route, or the one of what has none.
    pub(crate) fn route_or_none(&self, requests: &Requests) -> Arc<Route> {
        self.route().unwrap_or_else(|| requests.route(NO_ROUTE))
    }

    pub(crate) fn user(&self) -> Option<&str> {
        self.0.user.get().map(String::as_str)
    }

    pub(crate) fn cache(&self) -> Cache {
        self.0.cache.get().copied().unwrap_or(Cache::None)
    }
}

/// Notes the route that the router has found.
pub(crate) async fn note_route(
    State(requests): State<Arc<Requests>>,
    request: Request,
    next: Next,
) -> Response {
    let matched = request.extensions().get::<MatchedPath>();
    if let Some((matched, trail)) = matched.zip(request.extensions().get::<Trail>()) {
        trail.0.route.get_or_init(|| requests.route(matched.as_str()));
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_count_by_route_method_and_answer() {
        let requests = Arc::new(Requests::default());
        let flight = requests.begin();
        assert_eq!(requests.in_flight(), 1);
        let route = requests.route("/api/{plural}/");
        let ok = (StatusCode::OK, Cache::Hit);
        route.add(&Method::GET, ok, Duration::from_millis(3));
        route.add(&Method::GET, ok, Duration::from_millis(3));
        route.add(&Method::GET, (StatusCode::IM_A_TEAPOT, Cache::None), Duration::ZERO);
        let strange = Method::from_bytes(b"BREW").unwrap();
        route.add(&strange, (StatusCode::METHOD_NOT_ALLOWED, Cache::None), Duration::ZERO);
        drop(flight);
        assert_eq!(requests.in_flight(), 0);
        let told: Vec<_> = route.methods().map(|(method, of)| (method, of.answers())).collect();
        assert_eq!(
            told,
            [
                ("GET", vec![(200, Cache::Hit, 2), (0, Cache::None, 1)]),
                ("other", vec![(405, Cache::None, 1)]),
            ]
        );
        assert!(Arc::ptr_eq(&route, &requests.route("/api/{plural}/")));
    }

    #[test]
    fn what_was_not_found_out_has_words_too() {
        let (requests, trail) = (Requests::default(), Trail::default());
        assert_eq!(trail.route_or_none(&requests).template, "none");
        assert_eq!((trail.user(), trail.cache()), (None, Cache::None));
        trail.is_of("alice");
        trail.is_of("bob");
        assert_eq!(trail.user(), Some("alice"));
    }
}
