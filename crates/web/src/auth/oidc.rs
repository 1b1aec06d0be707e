//! Signing in by OpenID Connect.
//!
//! ```text
//! GET /auth/oidc/NAME/start   → the provider, with what only this browser's sign-in has
//! GET /auth/oidc/NAME/finish  ← the provider: the code is exchanged, and signs in this browser
//! ```

use std::sync::Arc;

use app::{Context, Error};
use axum::extract::{Path, State};
use axum::http::request::Parts;
use axum::response::Response;
use chrono::TimeDelta;
use domain::fault::Faults;
use domain::sign_in::local_path;
use identity::oidc::{Answer, Kept};
use serde_json::json;

use super::cookie::{self, SIGN_IN_SECONDS};
use super::csrf;
use super::elsewhere::{AWAY, Refusal, go_elsewhere, keep_refusal, refused, taken, text};
use super::login::signed_in;
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::address::origin;
use crate::extract::{Caller, Links, Parameters};
use crate::settings::OidcProvider;
use crate::ui::page::go_to;

/// What this way of signing in is called in addresses and in the audit.
pub(crate) const WAY: &str = "oidc";
/// Sign-ins on their way are kept under this name.
const STATE: &str = "oidc state";

/// Sends a browser to the provider.
pub(crate) async fn start(
    State(edge): State<Arc<Edge>>,
    Path(name): Path<String>,
    caller: Caller,
    links: Links,
    parts: Parts,
) -> Result<Response, ApiError> {
    let provider = provider(&edge, &name)?;
    let (ctx, mut parameters) = (&caller.ctx, Parameters::of(&parts));
    let next = parameters.take("next", &mut Faults::default()).unwrap_or_default();
    let secret =
        cookie::sign_in(&parts.headers, &edge.settings).unwrap_or_else(|| edge.app.new_secret());
    let entropy = edge.app.entropy.clone();
    let random = move || entropy.bytes();
    let begun = match provider.oidc.begin(&back_to(&links, &name), &random, ctx.now).await {
        Ok(begun) => begun,
        Err(error) => {
            tracing::warn!(%error, provider = name, "the provider can't be asked");
            let from = origin(&parts, &edge.settings);
            // Nobody has been turned away yet: they never came there.
            keep_refusal(&edge, ctx, refusal(&name, &error.to_string()), &from).await;
            return Ok(go_to(AWAY, []));
        }
    };
    let Kept { state, nonce, pkce_verifier } = begun.kept;
    let kept = json!({
        "of": csrf::word(&secret), "next": local_path(&next), "provider": name,
        "nonce": nonce, "pkce_verifier": pkce_verifier,
    });
    let life = TimeDelta::seconds(SIGN_IN_SECONDS.into());
    edge.app.one_time_keep(ctx, (STATE, &state), life, kept.to_string()).await?;
    go_elsewhere(&edge, &begun.url, &secret)
}

/// Signs in the browser that began.
pub(crate) async fn finish(
    State(edge): State<Arc<Edge>>,
    Path(name): Path<String>,
    caller: Caller,
    links: Links,
    parts: Parts,
) -> Result<Response, ApiError> {
    let provider = provider(&edge, &name)?;
    let (ctx, from) = (&caller.ctx, origin(&parts, &edge.settings));
    let mut parameters = Parameters::of(&parts);
    let mut taken_from_address =
        |name: &str| parameters.take(name, &mut Faults::default()).unwrap_or_default();
    let (code, state) = (taken_from_address("code"), taken_from_address("state"));
    let issuer = Some(taken_from_address("iss")).filter(|issuer| !issuer.is_empty());
    let Some(begun) = taken(&edge, ctx, STATE, &state).await? else {
        return refused(&edge, ctx, refusal(&name, "no such state"), &from).await;
    };
    let secret = cookie::sign_in(&parts.headers, &edge.settings).unwrap_or_default();
    let is_same_browser = csrf::check(text(&begun, "of").unwrap_or_default(), &secret).is_ok();
    if !is_same_browser || text(&begun, "provider") != Some(&name) {
        return refused(&edge, ctx, refusal(&name, "another browser"), &from).await;
    }
    let own = |member: &str| text(&begun, member).unwrap_or_default().to_owned();
    let kept =
        Kept { state: state.clone(), nonce: own("nonce"), pkce_verifier: own("pkce_verifier") };
    let answer = Answer { code: &code, state: &state, issuer: issuer.as_deref() };
    let back_to = back_to(&links, &name);
    let done = match provider.oidc.finish(&back_to, answer, &kept, ctx.now).await {
        Ok(done) => done,
        Err(why) => return refused(&edge, ctx, refusal(&name, &why.to_string()), &from).await,
    };
    let ctx = Context { origin: "ui".to_owned(), ..ctx.clone() };
    let by = (name.as_str(), done.assertion);
    let with = (&from, Some(done.id_token));
    match edge.app.sign_in_by(&ctx, by, &provider.groups, with).await {
        Ok(secret) => Ok(signed_in(&edge, &secret, text(&begun, "next").unwrap_or("/"))),
        Err(Error::SignInRefused) => {
            refused(&edge, &ctx, refusal(&name, "not let in"), &from).await
        }
        Err(other) => Err(other.into()),
    }
}

fn refusal<'a>(name: &'a str, why: &'a str) -> Refusal<'a> {
    Refusal { way: WAY, name, why }
}

fn back_to(links: &Links, name: &str) -> String {
    format!("{}/auth/oidc/{name}/finish", links.base())
}

/// The provider of a name.
pub(crate) fn provider<'a>(edge: &'a Edge, name: &str) -> Result<&'a OidcProvider, ApiError> {
    let found = edge.settings.providers.oidc.iter().find(|one| one.oidc.name() == name);
    found.ok_or_else(|| ApiError::NotFound("There is no such way to sign in.".to_owned()))
}
