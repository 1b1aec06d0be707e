//! Who asks: the context that every use case takes first.

use std::sync::Arc;

use app::Context;
use app::freshness::Stand;
use app::known::Known;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, header::AUTHORIZATION};
use domain::access::Actor;
use domain::fault::{Faults, FieldFault};
use domain::preferences::Preferences;
use domain::record::Timestamp;
use domain::review::Ask;

use super::address::client_address;
use super::session::{Held, Session};
use super::{Links, Parameters};
use crate::auth::{cookie, csrf, header};
use crate::edge::Edge;
use crate::envelope::RequestId;
use crate::error::ApiError;
use crate::measured::Trail;

/// The header that tells why somebody changes something.
const X_CHANGE_REASON: HeaderName = HeaderName::from_static("x-change-reason");
/// The parameter that tells it.
pub(crate) const REASON: &str = "reason";
/// The parameters that say what shall become of a review.
pub(crate) const REVIEW: &str = "review";
pub(crate) const BYPASS: &str = "bypass";
/// The parameter that names who is asked to decide.
pub(crate) const REVIEWERS: &str = "reviewers";
/// The most characters of a reason: a few sentences and a ticket's address.
pub(crate) const REASON_LENGTH_MAX: usize = 1_000;

/// Whoever asks: by a token, by the word of a proxy, by the cookie of a session, or nobody known;
/// never by a wrong token.
pub(crate) struct Caller {
    pub(crate) ctx: Context,
    /// Where the register stood when they came.
    pub(crate) stand: Stand,
    /// The session that they are signed in by.
    pub(crate) session: Option<Session>,
    /// How they want to see pages.
    pub(crate) preferences: Preferences,
}

/// Somebody who reads.
pub(crate) struct Reader {
    pub(crate) ctx: Context,
    /// Where the register stood when they came.
    pub(crate) stand: Stand,
}

/// Somebody who may write, and why they do.
pub(crate) struct Writer(pub(crate) Context);

/// Somebody known who does something that is no change of a record.
pub(crate) struct Doer(pub(crate) Caller);

impl FromRequestParts<Arc<Edge>> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, edge: &Arc<Edge>) -> Result<Self, ApiError> {
        let (now, stand) = (edge.app.clock.now(), edge.app.stand().await?);
        let people = stand.heads.people;
        if let Some(secret) = secret(&parts.headers)? {
            let seen = (client_address(parts, &edge.settings), now);
            let known = edge.app.known_by_token(people, &secret, seen).await?;
            return Ok(Self::of(parts, (known.ok_or(ApiError::BadToken)?, None), (stand, now)));
        }
        if let Some(known) = header::known(parts, edge).await? {
            let is_other_site =
                csrf::is_from_other_site(&parts.headers, Links::of(parts, edge).base());
            let held = Held::ByHeaders { is_other_site };
            return Ok(Self::of(parts, (known, Some(held)), (stand, now)));
        }
        if let Some(secret) = cookie::session(&parts.headers, &edge.settings)
            && let Some(known) = edge.app.known_by_session(people, &secret, now).await?
        {
            return Ok(Self::of(parts, (known, Some(Held::ByCookie(secret))), (stand, now)));
        }
        let nobody = edge.app.anonymous(people).await?;
        Ok(Self::of(parts, (nobody, None), (stand, now)))
    }
}

impl Caller {
    fn of(
        parts: &Parts,
        (known, held): (Known, Option<Held>),
        (stand, now): (Stand, Timestamp),
    ) -> Self {
        let Known { actor, access, session, preferences } = known;
        if let Some(trail) = parts.extensions.get::<Trail>().filter(|_| actor != Actor::Anonymous) {
            trail.is_of(actor.name());
        }
        let session = session.zip(held).map(|(kept, held)| Session { kept, held });
        let origin = if session.is_some() { "ui" } else { "api" }.to_owned();
        let ctx = Context {
            actor,
            access,
            now,
            origin,
            request_id: request_id(parts),
            reason: None,
            ask: Ask::Whatever,
            reviewers: Vec::new(),
            witness: None,
        };
        Self { ctx, stand, session, preferences }
    }

    /// What a session writes must be meant by whoever holds it, and not by a page of another site.
    fn check_site(&self, parts: &Parts) -> Result<(), ApiError> {
        match &self.session {
            Some(session) if !parts.method.is_safe() => {
                let word = parts.headers.get(csrf::X_CSRF_TOKEN);
                session.check(word.and_then(|word| word.to_str().ok()).unwrap_or_default())
            }
            _ => Ok(()),
        }
    }
}

impl FromRequestParts<Arc<Edge>> for Reader {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, edge: &Arc<Edge>) -> Result<Self, ApiError> {
        let Caller { ctx, stand, .. } = Caller::from_request_parts(parts, edge).await?;
        Ok(Self { ctx, stand })
    }
}

impl FromRequestParts<Arc<Edge>> for Doer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, edge: &Arc<Edge>) -> Result<Self, ApiError> {
        let caller = Caller::from_request_parts(parts, edge).await?;
        caller.check_site(parts)?;
        if caller.ctx.is_known() { Ok(Self(caller)) } else { Err(ApiError::Unauthenticated) }
    }
}

impl FromRequestParts<Arc<Edge>> for Writer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, edge: &Arc<Edge>) -> Result<Self, ApiError> {
        let caller = Caller::from_request_parts(parts, edge).await?;
        caller.check_site(parts)?;
        let mut context = caller.ctx;
        context.must_change_anywhere()?;
        let query = parts.uri.query().unwrap_or_default();
        context.reason = reason(&parts.headers, query)?;
        context.ask = ask(query)?;
        context.reviewers = reviewers(query)?;
        Ok(Self(context))
    }
}

pub(crate) fn request_id(parts: &Parts) -> String {
    parts.extensions.get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default()
}

/// The secret behind `Authorization: Bearer` (or `Token`).
fn secret(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let Some(header) = headers.get(AUTHORIZATION) else {
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

/// What is said of the review: nothing, that it be, or that it be passed by.
fn ask(query: &str) -> Result<Ask, Faults> {
    let mut faults = Faults::default();
    let mut parameters = Parameters::parse(query);
    let mut flag = |name| match parameters.take(name, &mut faults).as_deref() {
        None | Some("0" | "false") => false,
        Some("1" | "true") => true,
        Some(_) => {
            faults.add(name, FieldFault::BadParameter("Give 1 or 0.".to_owned()));
            false
        }
    };
    let (review, bypass) = (flag(REVIEW), flag(BYPASS));
    if review && bypass {
        let told = "Ask for a review, or to pass it by.".to_owned();
        faults.add(BYPASS, FieldFault::BadParameter(told));
    }
    faults.or_ok(match (review, bypass) {
        (true, _) => Ask::Review,
        (false, true) => Ask::Bypass,
        (false, false) => Ask::Whatever,
    })
}

/// Who is asked to decide: names parted by commas.
fn reviewers(query: &str) -> Result<Vec<String>, Faults> {
    let mut faults = Faults::default();
    let text = Parameters::parse(query).take(REVIEWERS, &mut faults).unwrap_or_default();
    let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
    faults.or_ok(names.map(str::to_owned).collect())
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
            let found = secret(&headers(AUTHORIZATION, text)).ok().flatten();
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
