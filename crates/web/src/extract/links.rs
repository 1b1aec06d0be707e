//! Absolute addresses of what answers point to.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use domain::record::RecordId;
use domain::schema::Type;

use crate::edge::Edge;
use crate::error::ApiError;
use crate::settings::Settings;

/// Makes absolute addresses.
#[derive(Clone, Debug)]
pub(crate) struct Links {
    /// `https://domesday.example.org`
    base: String,
}

impl Links {
    /// From the address that an operator configured, else from the `Host` that the client named.
    pub(crate) fn new(settings: &Settings, host: Option<&str>) -> Self {
        let public_url = settings.public_url.as_deref();
        let scheme = if settings.serves_tls { "https" } else { "http" };
        let base = match (public_url, host.filter(|host| is_host(host))) {
            (Some(url), _) => url.trim_end_matches('/').to_owned(),
            (None, Some(host)) => format!("{scheme}://{host}"),
            (None, None) => format!("{scheme}://localhost"),
        };
        Self { base }
    }

    /// For the answer to a request.
    pub(crate) fn of(parts: &Parts, edge: &Edge) -> Self {
        // HTTP/2 has no Host header; the address's authority stands for it.
        let authority = parts.uri.authority().map(ToString::to_string);
        let host = host(&parts.headers).or(authority.as_deref());
        Self::new(&edge.settings, host)
    }

    /// What all of them begin with: `https://host`.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// The list of a type.
    pub(crate) fn list(&self, record_type: &Type) -> String {
        app::encode::list_url(&self.base, record_type)
    }

    /// A record.
    pub(crate) fn record(&self, record_type: &Type, id: RecordId) -> String {
        format!("{}{id}/", self.list(record_type))
    }

    /// A list with other parameters.
    pub(crate) fn list_with<'a>(
        &self,
        record_type: &Type,
        parameters: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> String {
        with_query(&self.list(record_type), parameters)
    }

    /// A path with parameters.
    pub(crate) fn with<'a>(
        &self,
        path: &str,
        parameters: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> String {
        with_query(&format!("{}{path}", self.base), parameters)
    }
}

/// An address with parameters.
pub(crate) fn with_query<'a>(
    address: &str,
    parameters: impl Iterator<Item = (&'a str, &'a str)>,
) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    format!("{address}?{query}")
}

/// Whether a `Host` header can stand in an address without changing its meaning.
fn is_host(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 261
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte))
}

fn host(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::HOST)?.to_str().ok()
}

impl FromRequestParts<Arc<Edge>> for Links {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, edge: &Arc<Edge>) -> Result<Self, ApiError> {
        Ok(Self::of(parts, edge))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_begin_with_the_public_url_or_the_host() {
        for (public_url, host, expected) in [
            (Some("https://d.example/"), Some("evil"), "https://d.example"),
            (None, Some("d:8080"), "http://d:8080"),
            (None, Some("[::1]:8080"), "http://[::1]:8080"),
            (None, Some("a/b"), "http://localhost"),
            (None, Some("a\"b"), "http://localhost"),
            (None, None, "http://localhost"),
        ] {
            let public_url = public_url.map(str::to_owned);
            let settings = Settings { public_url, ..Settings::default() };
            assert_eq!(Links::new(&settings, host).base, expected);
        }
        let settings = Settings { serves_tls: true, ..Settings::default() };
        assert_eq!(Links::new(&settings, Some("d:8443")).base, "https://d:8443");
    }
}
