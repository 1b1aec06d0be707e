//! What an operator may set about the web edge. The address it listens on is the server's.

use std::sync::Arc;
use std::time::Duration;

use app::sign_in::GroupMap;
use axum::http::HeaderMap;
use identity::handoff::Handoff;
use identity::header::HeaderSettings;
use identity::ldap::Ldap;
use identity::oidc::Oidc;
use ipnet::IpNet;
use tracing::Span;

use crate::configured::ConfiguredSetting;
use crate::ending::Ending;

/// The largest body that is read when nobody says: a bulk of some thousand records.
pub const BODY_LIMIT_DEFAULT: usize = 10 * 1024 * 1024;
/// How long a read may take to begin its answer when nobody says.
pub const REQUEST_TIMEOUT_DEFAULT: Duration = Duration::from_secs(30);

/// What an operator may set about the web edge.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The address that clients see, without a slash at its end (`https://domesday.example.org`);
    /// `None` takes the request's `Host` header.
    pub public_url: Option<String>,
    /// Whether connections to us have TLS.
    pub serves_tls: bool,
    /// The largest body that is read, in bytes.
    pub body_limit: usize,
    /// Whether unknown query parameters are passed over instead of refused.
    pub lenient_filters: bool,
    /// How long a read may take to begin its answer, and each part of a body to come.
    pub request_timeout: Duration,
    /// The networks of proxies that are believed where a request comes from.
    pub trusted_proxies: Vec<IpNet>,
    /// Whom people sign in with beside the register itself.
    pub providers: Providers,
    /// The configuration as administrators look at it.
    pub configuration: Arc<[ConfiguredSetting]>,
    /// What the spans of requests need, where traces are kept.
    pub traced: Option<Traced>,
    /// Whether we are about to end.
    pub ending: Ending,
}

/// What the spans of requests need that only whoever keeps traces can do.
#[derive(Clone, Copy, Debug)]
pub struct Traced {
    /// Has a span that nobody has entered yet belong to the trace that headers tell of.
    pub join: fn(&Span, &HeaderMap),
    /// Gives a span another name.
    pub name: fn(&Span, String),
}

/// Whom people sign in with beside the register itself.
#[derive(Clone, Debug, Default)]
pub struct Providers {
    /// Pages of others that hand people over.
    pub handoffs: Vec<HandoffProvider>,
    /// Providers that speak OpenID Connect.
    pub oidc: Vec<OidcProvider>,
    /// Directories, which are asked by the form for passwords.
    pub directories: Vec<Directory>,
    /// Proxies that sign people in, and tell who they are with every request.
    pub headers: Vec<HeaderProvider>,
}

/// Proxies that sign people in, and tell who they are with every request.
#[derive(Clone, Debug)]
pub struct HeaderProvider {
    /// Who is believed, and in which headers.
    pub settings: HeaderSettings,
    /// Where the proxy signs people out.
    pub sign_out_url: Option<String>,
    /// The groups that its groups stand for.
    pub groups: GroupMap,
}

/// A provider that speaks OpenID Connect.
#[derive(Clone, Debug)]
pub struct OidcProvider {
    /// What people read on the button.
    pub label: String,
    /// How it is spoken with.
    pub oidc: Arc<Oidc>,
    /// The groups that its groups stand for.
    pub groups: GroupMap,
}

/// A directory of people.
#[derive(Clone, Debug)]
pub struct Directory {
    /// How it is asked.
    pub ldap: Arc<Ldap>,
    /// The groups that its groups stand for.
    pub groups: GroupMap,
}

impl Settings {
    /// Whether people reach us by TLS, so that cookies may be kept to it.
    pub(crate) fn is_behind_tls(&self) -> bool {
        self.serves_tls || self.public_url.as_deref().is_some_and(|url| url.starts_with("https://"))
    }
}

/// A page of somebody else that people sign in with, which hands them over.
#[derive(Clone, Debug)]
pub struct HandoffProvider {
    /// What people read on the button.
    pub label: String,
    /// Where the page is.
    pub sign_in_url: String,
    /// The parameter that it posts.
    pub parameter: String,
    /// What opens it.
    pub handoff: Handoff,
    /// The groups that its groups stand for.
    pub groups: GroupMap,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            public_url: None,
            serves_tls: false,
            body_limit: BODY_LIMIT_DEFAULT,
            lenient_filters: false,
            request_timeout: REQUEST_TIMEOUT_DEFAULT,
            trusted_proxies: Vec::new(),
            providers: Providers::default(),
            configuration: Arc::default(),
            traced: None,
            ending: Ending::default(),
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
