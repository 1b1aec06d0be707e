//! `GET /login/` and `POST /login/`

use std::sync::Arc;

use app::sign_in::Origin;
use app::{Context, Error};
use askama::Template;
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use domain::sign_in::local_path;

use super::cookie::{self, Purpose, SIGN_IN_SECONDS};
use super::elsewhere::start_path;
use super::form::ShortForm;
use super::{csrf, handoff, oidc};
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::address::origin;
use crate::extract::session::{Held, Session};
use crate::extract::{Caller, Parameters};
use crate::ui::assets::Look;
use crate::ui::page::{go_to, page};

/// The page that people sign in on.
#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage<'a> {
    look: Look,
    /// What went wrong.
    error: Option<String>,
    csrf: String,
    next: &'a str,
    user: &'a str,
    providers: Vec<Button>,
    signed_in_as: Option<String>,
}

/// A provider to sign in with.
struct Button {
    href: String,
    label: String,
}

/// Shows the page.
pub(crate) async fn show(
    State(edge): State<Arc<Edge>>,
    caller: Caller,
    headers: HeaderMap,
    mut parameters: Parameters,
) -> Result<Response, ApiError> {
    let mut faults = domain::fault::Faults::default();
    let next = parameters.take("next", &mut faults).unwrap_or_default();
    let by_proxy = |session: &Session| matches!(session.held, Held::ByHeaders { .. });
    if caller.session.as_ref().is_some_and(by_proxy) {
        return Ok(go_to(local_path(&next), []));
    }
    let signed_in_as = caller.session.map(|_| caller.ctx.actor.name().to_owned());
    let error = match parameters.take("error", &mut faults).as_deref() {
        Some("refused") => Some("The sign-in was refused.".to_owned()),
        Some("away") => Some(PROVIDER_AWAY.to_owned()),
        _ => None,
    };
    let asked = Asked { next: local_path(&next), user: "", error, signed_in_as };
    asked.answer(&edge, &headers, StatusCode::OK)
}

/// Signs somebody in.
pub(crate) async fn sign_in(
    State(edge): State<Arc<Edge>>,
    caller: Caller,
    parts: Parts,
    ShortForm(form): ShortForm,
) -> Result<Response, ApiError> {
    let headers = &parts.headers;
    let next = local_path(form.field("next"));
    let user = form.field("user").trim();
    let is_ours = cookie::sign_in(headers, &edge.settings)
        .is_some_and(|secret| csrf::check(form.field(csrf::FIELD), &secret).is_ok());
    let again = |status, error: String| {
        Asked { next, user, error: Some(error), signed_in_as: None }.answer(&edge, headers, status)
    };
    if !is_ours {
        return again(StatusCode::FORBIDDEN, "The page was too old. Try again.".to_owned());
    }
    let ctx = Context { origin: "ui".to_owned(), ..caller.ctx };
    let from = origin(&parts, &edge.settings);
    let (signed, is_all_asked) =
        by_password(&edge, &ctx, (user, form.field("password")), &from).await;
    match signed {
        Ok(secret) => Ok(signed_in(&edge, &secret, next)),
        Err(Error::SignInRefused) if !is_all_asked => {
            again(StatusCode::SERVICE_UNAVAILABLE, NOT_ASKED.to_owned())
        }
        Err(error @ Error::SignInRefused) => again(StatusCode::UNAUTHORIZED, told(&error)),
        Err(error @ Error::TooManyAttempts { .. }) => {
            again(StatusCode::TOO_MANY_REQUESTS, told(&error))
        }
        Err(other) => Err(other.into()),
    }
}

/// Who clicked a button, and could not be sent on.
const PROVIDER_AWAY: &str = "The provider does not answer. Try again later.";
/// The same for everybody, so that it does not tell who has a password here.
const NOT_ASKED: &str = "Name and password don't belong together, or nobody can tell at the moment: \
                         a directory does not answer. Try again later.";

/// Asks the directories, for who has no password here, and then the register; and whether all of
/// them could be asked.
async fn by_password(
    edge: &Edge,
    ctx: &Context,
    (user, password): (&str, &str),
    from: &Origin,
) -> (Result<String, Error>, bool) {
    let mut is_all_asked = true;
    let signed = by_directories(edge, ctx, (user, password), from, &mut is_all_asked).await;
    (signed, is_all_asked)
}

async fn by_directories(
    edge: &Edge,
    ctx: &Context,
    (user, password): (&str, &str),
    from: &Origin,
    is_all_asked: &mut bool,
) -> Result<String, Error> {
    let directories = &edge.settings.providers.directories;
    if !directories.is_empty() {
        edge.app.wait_over(ctx.now, user, from).await?;
    }
    // Their password is for us alone; but that we did not ask must not be told by the time.
    let is_ours = !directories.is_empty() && edge.app.has_password(user).await?;
    let decoy = edge.app.new_secret();
    let asked = if is_ours { (decoy.as_str(), decoy.as_str()) } else { (user, password) };
    for directory in directories {
        let name = directory.ldap.name();
        match directory.ldap.authenticate(asked.0, asked.1).await {
            Ok(Some(assertion)) if !is_ours => {
                let by = (name, assertion);
                return edge.app.sign_in_by(ctx, by, &directory.groups, (from, None)).await;
            }
            Ok(_) => {}
            Err(error) => {
                *is_all_asked = false;
                tracing::warn!(%error, name, "a directory can't be asked");
            }
        }
    }
    edge.app.sign_in(ctx, (user, password), from).await
}

/// Sends somebody who signed in on their way, with a session of their own: what their browser had
/// before is worth nothing any more.
pub(crate) fn signed_in(edge: &Edge, secret: &str, next: &str) -> Response {
    let settings = &edge.settings;
    let cookies =
        [Purpose::Session.set(secret, None, settings), Purpose::SignIn.set("", Some(0), settings)];
    go_to(local_path(next), cookies)
}

fn told(error: &Error) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}

/// What the page shows.
struct Asked<'a> {
    next: &'a str,
    user: &'a str,
    error: Option<String>,
    signed_in_as: Option<String>,
}

impl Asked<'_> {
    /// The page, and the cookie that its form belongs to.
    fn answer(
        self,
        edge: &Edge,
        headers: &HeaderMap,
        status: StatusCode,
    ) -> Result<Response, ApiError> {
        let settings = &edge.settings;
        let secret = cookie::sign_in(headers, settings).unwrap_or_else(|| edge.app.new_secret());
        let oidc = settings.providers.oidc.iter().map(|provider| Button {
            href: start_path(oidc::WAY, provider.oidc.name(), self.next),
            label: provider.label.clone(),
        });
        let providers = settings.providers.handoffs.iter().map(|provider| Button {
            href: start_path(handoff::WAY, provider.handoff.name(), self.next),
            label: provider.label.clone(),
        });
        let providers = oidc.chain(providers);
        let template = LoginPage {
            look: Look::new(),
            error: self.error,
            csrf: csrf::word(&secret),
            next: self.next,
            user: self.user,
            providers: providers.collect(),
            signed_in_as: self.signed_in_as,
        };
        let mut response = page(status, &template)?;
        if let Some(cookie) = Purpose::SignIn.set(&secret, Some(SIGN_IN_SECONDS), settings) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        Ok(response)
    }
}
