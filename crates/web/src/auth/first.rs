//! `GET /auth/first/` and `POST /auth/first/`: the link by which the first administrator makes
//! themselves known. It is good once, and for a day.

use std::sync::Arc;

use app::Error;
use askama::Template;
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;

use super::cookie::{self, Purpose, SIGN_IN_SECONDS};
use super::csrf;
use super::form::ShortForm;
use super::login::signed_in;
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::address::origin;
use crate::extract::{Caller, Parameters};
use crate::ui::assets::Look;
use crate::ui::page::page;

/// The page.
#[derive(Template)]
#[template(path = "first.html")]
struct FirstPage<'a> {
    look: Look,
    error: Option<String>,
    csrf: String,
    code: &'a str,
    user: &'a str,
    length_min: usize,
}

/// Shows the page.
pub(crate) async fn show(
    State(edge): State<Arc<Edge>>,
    headers: HeaderMap,
    mut parameters: Parameters,
) -> Result<Response, ApiError> {
    let mut faults = domain::fault::Faults::default();
    let code = parameters.take("code", &mut faults).unwrap_or_default();
    answer(&edge, &headers, (StatusCode::OK, None), (&code, ""))
}

/// Makes the first administrator, and signs them in.
pub(crate) async fn make(
    State(edge): State<Arc<Edge>>,
    caller: Caller,
    parts: Parts,
    ShortForm(form): ShortForm,
) -> Result<Response, ApiError> {
    let (code, user, password) =
        (form.field("code").trim(), form.field("user").trim(), form.field("password"));
    let is_ours = cookie::sign_in(&parts.headers, &edge.settings)
        .is_some_and(|secret| csrf::check(form.field(csrf::FIELD), &secret).is_ok());
    let again = |status, error: &str| {
        answer(&edge, &parts.headers, (status, Some(error.to_owned())), (code, user))
    };
    if !is_ours {
        return again(StatusCode::FORBIDDEN, "The page was too old. Try again.");
    }
    if password != form.field("again") {
        return again(StatusCode::BAD_REQUEST, "The two passwords are not the same.");
    }
    match edge.app.first_administrator(&caller.ctx, code, (user, password)).await {
        Ok(()) => {
            let from = origin(&parts, &edge.settings);
            let secret = edge.app.sign_in(&caller.ctx, (user, password), &from).await?;
            Ok(signed_in(&edge, &secret, "/"))
        }
        Err(Error::SignInRefused) => again(
            StatusCode::UNAUTHORIZED,
            "The link is used or too old. Start `domesday serve` again for another.",
        ),
        Err(Error::BadRequest(faults)) => again(StatusCode::BAD_REQUEST, &faults.to_string()),
        Err(other) => Err(other.into()),
    }
}

fn answer(
    edge: &Edge,
    headers: &HeaderMap,
    (status, error): (StatusCode, Option<String>),
    (code, user): (&str, &str),
) -> Result<Response, ApiError> {
    let settings = &edge.settings;
    let secret = cookie::sign_in(headers, settings).unwrap_or_else(|| edge.app.new_secret());
    let length_min = app::passwords::PASSWORD_LENGTH_MIN;
    let csrf = csrf::word(&secret);
    let template = FirstPage { look: Look::new(), error, csrf, code, user, length_min };
    let mut response = page(status, &template)?;
    if let Some(cookie) = Purpose::SignIn.set(&secret, Some(SIGN_IN_SECONDS), settings) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}
