//! Signing in by the page of somebody else, which hands people over (docs/handoff.md).
//!
//! ```text
//! GET  /auth/handoff/NAME/start   → their page, with where to come back and a state
//! POST /auth/handoff/NAME         ← their page, across sites: without our cookie
//!                                 → 303 with a code that is good for a minute
//! GET  /auth/handoff/NAME/finish  the state is in the cookie: this is the browser that began
//! ```

use std::sync::Arc;

use app::{Context, Error};
use axum::extract::{Path, State};
use axum::http::request::Parts;
use axum::response::Response;
use chrono::TimeDelta;
use domain::identity::Assertion;
use domain::sign_in::local_path;
use serde_json::{Value, json};

use super::cookie::{self, SIGN_IN_SECONDS};
use super::csrf;
use super::elsewhere::{Refusal, go_elsewhere, refused, taken, text};
use super::form::ShortForm;
use super::login::signed_in;
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::address::origin;
use crate::extract::{Caller, Links, Parameters};
use crate::settings::HandoffProvider;
use crate::ui::page::go_to;

/// What this way of signing in is called in addresses and in the audit.
pub(crate) const WAY: &str = "handoff";
/// What was handed over waits for its browser under this name.
const PURPOSE: &str = "handoff";
/// Nonces that were used are kept under this one.
const NONCE: &str = "handoff nonce";
/// States on their way are kept under this one.
const STATE: &str = "handoff state";
/// How long the browser has to come back with the code.
const CODE_LIFE: TimeDelta = TimeDelta::seconds(60);

/// Sends a browser to the provider's page.
pub(crate) async fn start(
    State(edge): State<Arc<Edge>>,
    Path(name): Path<String>,
    caller: Caller,
    links: Links,
    parts: Parts,
) -> Result<Response, ApiError> {
    let provider = provider(&edge, &name)?;
    let (headers, mut parameters) = (&parts.headers, Parameters::of(&parts));
    let mut faults = domain::fault::Faults::default();
    let next = parameters.take("next", &mut faults).unwrap_or_default();
    let secret = cookie::sign_in(headers, &edge.settings).unwrap_or_else(|| edge.app.new_secret());
    let kept = json!({"of": csrf::word(&secret), "next": local_path(&next), "provider": name});
    let life = TimeDelta::seconds(SIGN_IN_SECONDS.into());
    let state = edge.app.one_time(&caller.ctx, STATE, life, kept.to_string()).await?;
    let return_to = format!("{}/auth/handoff/{name}", links.base());
    let mut to = url::Url::parse(&provider.sign_in_url).map_err(|_bad| ApiError::Internal)?;
    to.query_pairs_mut().append_pair("return_to", &return_to).append_pair("state", &state);
    go_elsewhere(&edge, to.as_str(), &secret)
}

/// Takes what a provider's page hands over, which any page could have sent: it is opened, noted as
/// used, and waits for the browser that began.
pub(crate) async fn take(
    State(edge): State<Arc<Edge>>,
    Path(name): Path<String>,
    caller: Caller,
    parts: Parts,
    ShortForm(form): ShortForm,
) -> Result<Response, ApiError> {
    let provider = provider(&edge, &name)?;
    let from = origin(&parts, &edge.settings);
    let (state, parameter) = (form.field("state"), form.field(&provider.parameter));
    if state.is_empty() {
        return refused(&edge, &caller.ctx, refusal(&name, "no state"), &from).await;
    }
    let opened = match provider.handoff.open(parameter, caller.ctx.now) {
        Ok(opened) => opened,
        Err(why) => {
            return refused(&edge, &caller.ctx, refusal(&name, &why.to_string()), &from).await;
        }
    };
    let nonce = format!("{name}\n{}", opened.nonce);
    if !edge.app.nonce_use(NONCE, &nonce, opened.expires_at).await? {
        return refused(&edge, &caller.ctx, refusal(&name, "used before"), &from).await;
    }
    let Assertion { user, email, display_name, groups } = opened.assertion;
    let kept = json!({
        "provider": name, "state": state, "user": user, "email": email,
        "display_name": display_name, "groups": groups,
    });
    let code = edge.app.one_time(&caller.ctx, PURPOSE, CODE_LIFE, kept.to_string()).await?;
    Ok(go_to(&format!("/auth/handoff/{name}/finish?code={code}"), []))
}

/// Signs in the browser that began.
pub(crate) async fn finish(
    State(edge): State<Arc<Edge>>,
    Path(name): Path<String>,
    caller: Caller,
    parts: Parts,
    mut parameters: Parameters,
) -> Result<Response, ApiError> {
    let provider = provider(&edge, &name)?;
    let from = origin(&parts, &edge.settings);
    let mut faults = domain::fault::Faults::default();
    let code = parameters.take("code", &mut faults).unwrap_or_default();
    let ctx = &caller.ctx;
    let Some(handed) = taken(&edge, ctx, PURPOSE, &code).await? else {
        return refused(&edge, ctx, refusal(&name, "no such code"), &from).await;
    };
    let state = text(&handed, "state").unwrap_or_default();
    let Some(begun) = taken(&edge, ctx, STATE, state).await? else {
        return refused(&edge, ctx, refusal(&name, "no such state"), &from).await;
    };
    let secret = cookie::sign_in(&parts.headers, &edge.settings).unwrap_or_default();
    let is_same_browser = csrf::check(text(&begun, "of").unwrap_or_default(), &secret).is_ok();
    let is_same_provider =
        [&handed, &begun].iter().all(|kept| text(kept, "provider") == Some(&name));
    if !is_same_browser || !is_same_provider {
        return refused(&edge, ctx, refusal(&name, "another browser"), &from).await;
    }
    let own = |member: &str| text(&handed, member).map(str::to_owned);
    let groups = handed.get("groups").and_then(Value::as_array).into_iter().flatten();
    let assertion = Assertion {
        user: own("user").unwrap_or_default(),
        email: own("email"),
        display_name: own("display_name"),
        groups: groups.filter_map(|group| group.as_str().map(str::to_owned)).collect(),
    };
    let ctx = Context { origin: "ui".to_owned(), ..caller.ctx.clone() };
    let by = (provider.handoff.name(), assertion);
    match edge.app.sign_in_by(&ctx, by, &provider.groups, (&from, None)).await {
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

fn provider<'a>(edge: &'a Edge, name: &str) -> Result<&'a HandoffProvider, ApiError> {
    let found =
        edge.settings.providers.handoffs.iter().find(|provider| provider.handoff.name() == name);
    found.ok_or_else(|| ApiError::NotFound("There is no such way to sign in.".to_owned()))
}
