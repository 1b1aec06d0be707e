//! Absolute addresses of what answers point to.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use domain::record::RecordId;
use domain::schema::Type;

use crate::edge::Edge;
use crate::error::ApiError;

/// Makes absolute addresses.
#[derive(Clone, Debug)]
pub(crate) struct Links {
    /// `https://domesday.example.org`
    base: String,
}

impl Links {
    /// From the address that an operator configured, else from the `Host` that the client named.
    pub(crate) fn new(public_url: Option<&str>, host: Option<&str>) -> Self {
        let base = match (public_url, host.filter(|host| is_host(host))) {
            (Some(url), _) => url.trim_end_matches('/').to_owned(),
            (None, Some(host)) => format!("http://{host}"),
            (None, None) => "http://localhost".to_owned(),
        };
        Self { base }
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

fn with_query<'a>(address: &str, parameters: impl Iterator<Item = (&'a str, &'a str)>) -> String {
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
        // HTTP/2 has no Host header; the address's authority stands for it.
        let authority = parts.uri.authority().map(ToString::to_string);
        let host = host(&parts.headers).or(authority.as_deref());
        Ok(Self::new(edge.settings.public_url.as_deref(), host))
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
            assert_eq!(Links::new(public_url, host).base, expected);
        }
    }
}
