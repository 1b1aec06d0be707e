//! Who asks: the context that every use case takes first.

use std::sync::Arc;

use app::Context;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, header};
use domain::access::Actor;
use domain::fault::{Faults, FieldFault};

use super::Parameters;
use crate::edge::Edge;
use crate::envelope::RequestId;
use crate::error::ApiError;

/// The header that tells why somebody changes something.
const X_CHANGE_REASON: HeaderName = HeaderName::from_static("x-change-reason");
/// The parameter that tells it.
pub(crate) const REASON: &str = "reason";
/// The most characters of a reason: a few sentences and a ticket's address.
pub(crate) const REASON_LENGTH_MAX: usize = 1_000;

/// Somebody who reads; known or not, but never with a wrong token.
pub(crate) struct Reader(pub(crate) Context);

/// Somebody who may write, and why they do.
pub(crate) struct Writer(pub(crate) Context);

impl FromRequestParts<Arc<Edge>> for Reader {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, edge: &Arc<Edge>) -> Result<Self, ApiError> {
        let now = edge.app.clock.now();
        let actor = match secret(&parts.headers)? {
            None => Actor::Anonymous,
            Some(secret) => edge.app.authenticate(&secret, now).await?.ok_or(ApiError::BadToken)?,
        };
        let request_id =
            parts.extensions.get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
        Ok(Self(Context { actor, now, origin: "api".to_owned(), request_id, reason: None }))
    }
}

impl FromRequestParts<Arc<Edge>> for Writer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, edge: &Arc<Edge>) -> Result<Self, ApiError> {
        let Reader(mut context) = Reader::from_request_parts(parts, edge).await?;
        if context.actor == Actor::Anonymous {
            return Err(ApiError::Unauthenticated);
        }
        if !context.actor.may_write() {
            return Err(ApiError::Forbidden("change records"));
        }
        context.reason = reason(&parts.headers, parts.uri.query().unwrap_or_default())?;
        Ok(Self(context))
    }
}

/// The secret behind `Authorization: Bearer` (or `Token`).
fn secret(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let Some(header) = headers.get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    let text = header.to_str().map_err(|_bad| ApiError::BadCredentials)?;
    let (scheme, secret) = text.trim().split_once(' ').ok_or(ApiError::BadCredentials)?;
    if scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("token") {
        Ok(Some(secret.trim().to_owned()))
    } else {
        Err(ApiError::BadCredentials)
    }
}

/// Why, from the header or else the parameter; both must be fit.
fn reason(headers: &HeaderMap, query: &str) -> Result<Option<String>, Faults> {
    let mut faults = Faults::default();
    let parameter = Parameters::parse(query).take(REASON, &mut faults);
    let header = headers
        .get(X_CHANGE_REASON)
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    for text in header.iter().chain(&parameter) {
        if text.chars().count() > REASON_LENGTH_MAX {
            let max = REASON_LENGTH_MAX;
            faults.add(REASON, FieldFault::TooLong { max });
        }
        if text.chars().any(char::is_control) {
            faults.add(REASON, FieldFault::ControlCharacter);
        }
    }
    let text = header.or(parameter).unwrap_or_default();
    let text = text.trim();
    faults.or_ok((!text.is_empty()).then(|| text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn headers(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_bytes(value.as_bytes()).unwrap())])
    }

    #[test]
    fn a_secret_stands_behind_bearer_or_token() {
        for (text, expected) in [
            ("Bearer abc", Some("abc")),
            ("bearer  abc ", Some("abc")),
            ("Token abc", Some("abc")),
            ("Basic abc", None),
            ("abc", None),
            ("", None),
        ] {
            let found = secret(&headers(header::AUTHORIZATION, text)).ok().flatten();
            assert_eq!(found.as_deref(), expected, "{text:?}");
        }
        assert_eq!(secret(&HeaderMap::new()).unwrap(), None);
    }

    #[test]
    fn a_reason_is_short_and_one_line() {
        let none = HeaderMap::new();
        let longest = "é".repeat(1_000);
        for (query, expected) in [
            ("", Ok(None)),
            ("reason=", Ok(None)),
            ("reason=moved+rack", Ok(Some("moved rack".to_owned()))),
            (&format!("reason={longest}"), Ok(Some(longest.clone()))),
            (&format!("reason={longest}x"), Err(())),
            ("reason=a%00b", Err(())),
            ("reason=a&reason=b", Err(())),
        ] {
            assert_eq!(reason(&none, query).map_err(drop), expected, "{query}");
        }
        let header = headers(X_CHANGE_REASON, "ünterwegs");
        assert_eq!(reason(&header, "").unwrap().as_deref(), Some("ünterwegs"));
        let stronger = reason(&header, "reason=x").unwrap();
        assert_eq!(stronger.as_deref(), Some("ünterwegs"));
        assert!(reason(&header, &format!("reason={longest}x")).is_err());
    }
}
