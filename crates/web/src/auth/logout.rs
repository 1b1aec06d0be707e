//! `POST /auth/logout`

use std::sync::Arc;

use app::Context;
use app::sign_in::StoredSession;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use domain::sign_in::local_path;

use super::cookie::Purpose;
use super::form::Form;
use super::{csrf, oidc};
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::{Caller, Links};
use crate::ui::page::go_to;

/// Has a browser go on to another address (HTML, 4.2.5.3).
const REFRESH: HeaderName = HeaderName::from_static("refresh");
/// Has a browser forget the pages that it keeps, so that nobody goes back to them (Clear Site Data,
/// 3.1). Cookies are not named: ours ends by itself, and a proxy's is not ours.
const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");
const CACHE: HeaderValue = HeaderValue::from_static("\"cache\"");

/// Signs somebody out: their session ends here, whatever their browser keeps.
pub(crate) async fn sign_out(
    State(edge): State<Arc<Edge>>,
    caller: Caller,
    links: Links,
    form: Form,
) -> Result<Response, ApiError> {
    let mut response = ended(&edge, &caller, &links, &form).await?;
    response.headers_mut().insert(CLEAR_SITE_DATA, CACHE);
    Ok(response)
}

async fn ended(
    edge: &Edge,
    caller: &Caller,
    links: &Links,
    form: &Form,
) -> Result<Response, ApiError> {
    let gone = Purpose::Session.set("", Some(0), &edge.settings);
    if let Some(session) = &caller.session {
        session.check(form.field(csrf::FIELD))?;
        edge.app.sign_out(&caller.ctx, &session.kept).await?;
        // Who signed in with a provider is signed out there, too: else one click signs in again.
        if let Some(to) = sign_out_elsewhere(edge, &caller.ctx, &session.kept, links).await {
            let mut response = go_to("/login/", [gone]);
            // No redirect: forms of ours may lead to no other site.
            *response.status_mut() = StatusCode::OK;
            response.headers_mut().remove(header::LOCATION);
            response.headers_mut().insert(REFRESH, to);
            return Ok(response);
        }
    }
    let next = local_path(form.field("next"));
    let next = if next == "/" { "/login/" } else { next };
    Ok(go_to(next, [gone]))
}

/// Where the provider that somebody signed in with signs them out, if it does.
async fn sign_out_elsewhere(
    edge: &Edge,
    ctx: &Context,
    session: &StoredSession,
    links: &Links,
) -> Option<HeaderValue> {
    let url = if let Ok(provider) = oidc::provider(edge, &session.provider) {
        let back_to = format!("{}/login/", links.base());
        provider.oidc.logout_url(session.id_token.as_deref(), &back_to, ctx.now).await
    } else {
        let mut headers = edge.settings.providers.headers.iter();
        let provider = headers.find(|provider| provider.settings.name == session.provider);
        provider.and_then(|provider| provider.sign_out_url.clone())
    };
    HeaderValue::try_from(format!("0; url={}", url?)).ok()
}
