//! What signing in elsewhere has in common: on the way there, and turned away on the way back.

use app::Context;
use app::sign_in::Origin;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::audit::Action;
use serde_json::Value;

use super::cookie::{Purpose, SIGN_IN_SECONDS};
use crate::edge::Edge;
use crate::error::ApiError;
use crate::ui::page::go_to;

/// Where somebody goes whose sign-in is refused.
const REFUSED: &str = "/login/?error=refused";

/// Where somebody goes whose provider does not answer.
pub(crate) const AWAY: &str = "/login/?error=away";

/// Where a sign-in with a provider begins.
pub(crate) fn start_path(way: &str, name: &str, next: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
    format!("/auth/{way}/{name}/start?{query}")
}

/// Sends a browser to a page of somebody else, with the cookie by which it is known again.
pub(crate) fn go_elsewhere(edge: &Edge, to: &str, secret: &str) -> Result<Response, ApiError> {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    let to = HeaderValue::try_from(to).map_err(|_bad| ApiError::Internal)?;
    headers.insert(header::LOCATION, to);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(cookie) = Purpose::SignIn.set(secret, Some(SIGN_IN_SECONDS), &edge.settings) {
        headers.append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// What was kept under a secret that is good once.
pub(crate) async fn taken(
    edge: &Edge,
    ctx: &Context,
    purpose: &'static str,
    secret: &str,
) -> Result<Option<Value>, ApiError> {
    let kept = edge.app.one_time_take(ctx, purpose, secret).await?;
    Ok(kept.and_then(|text| serde_json::from_str(&text).ok()))
}

/// A text that was kept.
pub(crate) fn text<'a>(of: &'a Value, member: &str) -> Option<&'a str> {
    of.get(member)?.as_str()
}

/// Why somebody is turned away, for the audit.
pub(crate) struct Refusal<'a> {
    /// The way of signing in.
    pub(crate) way: &'a str,
    /// The provider's name.
    pub(crate) name: &'a str,
    /// What is wrong.
    pub(crate) why: &'a str,
}

/// Turns somebody away without a word on why, which the audit has.
pub(crate) async fn refused(
    edge: &Edge,
    ctx: &Context,
    refusal: Refusal<'_>,
    from: &Origin,
) -> Result<Response, ApiError> {
    keep_refusal(edge, ctx, refusal, from).await;
    Ok(go_to(REFUSED, []))
}

/// Keeps in the audit why somebody was turned away.
pub(crate) async fn keep_refusal(
    edge: &Edge,
    ctx: &Context,
    Refusal { way, name, why }: Refusal<'_>,
    from: &Origin,
) {
    let address = from.address.map_or_else(String::new, |address| format!(" from {address}"));
    if edge.refusals.take(ctx.now) {
        let subject = format!("{way} {name}{address}");
        edge.app.audit_event(ctx, Action::SignInRefused, subject, Some(why.to_owned())).await;
    }
}
