//! What an operator may set about the web edge. The address it listens on is the server's.

use std::sync::Arc;
use std::time::Duration;

/// The largest body that is read when nobody says: a bulk of some thousand records.
pub const BODY_LIMIT_DEFAULT: usize = 10 * 1024 * 1024;
/// How long a read may take to begin its answer when nobody says.
pub const REQUEST_TIMEOUT_DEFAULT: Duration = Duration::from_secs(30);

/// What an operator may set about the web edge.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The address that clients see, without a slash at its end (`https://domesday.example.org`);
    /// `None` takes the request's `Host` header and `http`.
    pub public_url: Option<String>,
    /// The largest body that is read, in bytes.
    pub body_limit: usize,
    /// Whether unknown query parameters are passed over instead of refused.
    pub lenient_filters: bool,
    /// How long a read may take to begin its answer.
    pub request_timeout: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            public_url: None,
            body_limit: BODY_LIMIT_DEFAULT,
            lenient_filters: false,
            request_timeout: REQUEST_TIMEOUT_DEFAULT,
        }
    }
}

/// Where the ids of requests come from, so that tests can hold them.
#[derive(Clone)]
pub struct RequestIds(Arc<dyn Fn() -> String + Send + Sync>);

impl RequestIds {
    /// Ids from `next`: 1 to 128 visible ASCII characters, never the same twice.
    pub fn new(next: impl Fn() -> String + Send + Sync + 'static) -> Self {
        Self(Arc::new(next))
    }

    pub(crate) fn next(&self) -> String {
        (self.0)()
    }
}
