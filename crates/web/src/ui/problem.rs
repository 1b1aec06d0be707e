//! Errors as pages: what an error of the API comes to for somebody with a browser.

use std::sync::Arc;

use askama::Template;
use axum::extract::FromRequestParts as _;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use super::assets::Look;
use super::cell::Link;
use super::page::{go_to, page};
use super::{Shell, Visit};
use crate::edge::Edge;
use crate::error::Problem;

/// The page in the frame of all others, for a fault of whoever asks.
#[derive(Template)]
#[template(path = "ui/problem.html")]
struct ProblemPage {
    shell: Shell,
    title: &'static str,
    told: String,
    request_id: String,
    /// Whether they may have come to the wrong page as the wrong person.
    is_forbidden: bool,
    /// The table that they were about to look into.
    list: Option<Link>,
    /// What happened to the record that is not there.
    history: Option<String>,
}

/// The page by itself, for a fault of ours: what surrounds others may not be there.
#[derive(Template)]
#[template(path = "ui/fault.html")]
struct FaultPage {
    title: &'static str,
    told: String,
    request_id: String,
    look: Look,
}

/// Whether a request is of somebody with a browser.
pub(crate) fn is_of_browser(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

/// Whether an error at an address is shown as a page to somebody with a browser.
pub(crate) fn is_shown(uri: &Uri) -> bool {
    uri.path() != "/api" && !uri.path().starts_with("/api/")
}

/// The page of a problem with a request; for who is not signed in, the way there.
pub(crate) async fn answer(
    edge: &Arc<Edge>,
    problem: &Problem,
    asked: Parts,
    id: &str,
) -> Response {
    let status = problem.status();
    let is_read = asked.method == Method::GET || asked.method == Method::HEAD;
    if status == StatusCode::UNAUTHORIZED && is_read {
        let here = asked.uri.path_and_query().map_or("/", |all| all.as_str());
        let query =
            form_urlencoded::Serializer::new(String::new()).append_pair("next", here).finish();
        return go_to(&format!("/login/?{query}"), []);
    }
    let mut response = shown(edge, problem, asked, id).await;
    response.headers_mut().extend(problem.headers().clone());
    response
}

async fn shown(edge: &Arc<Edge>, problem: &Problem, mut asked: Parts, id: &str) -> Response {
    let (title, told, request_id) = (title(problem.status()), problem.told(), id.to_owned());
    // Whoever waits for a database that is away gets no second wait.
    let visit = if problem.status().is_client_error() {
        Visit::from_request_parts(&mut asked, edge).await.ok()
    } else {
        None
    };
    let page = match visit {
        Some(Visit { shell, .. }) => page(
            problem.status(),
            &ProblemPage {
                title,
                told,
                request_id,
                is_forbidden: problem.status() == StatusCode::FORBIDDEN,
                list: list(&shell),
                history: history(edge, problem.status(), asked.uri.path()),
                shell,
            },
        ),
        None => page(problem.status(), &FaultPage { title, told, request_id, look: Look::new() }),
    };
    page.unwrap_or_else(IntoResponse::into_response)
}

fn list(shell: &Shell) -> Option<Link> {
    let place = shell.main.iter().chain(&shell.more).find(|place| place.is_here)?;
    Some(Link { href: place.href.clone(), label: place.label.clone() })
}

/// The history of the record at a path that is none any more, or never was.
fn history(edge: &Edge, status: StatusCode, path: &str) -> Option<String> {
    let mut parts = path.trim_start_matches('/').split('/');
    let of = edge.schema().by_plural(parts.next()?)?;
    let id: i64 = parts.next()?.parse().ok().filter(|id| *id > 0)?;
    let is_gone = status == StatusCode::NOT_FOUND;
    is_gone.then(|| format!("/-/history/?type={}&id={id}", of.name))
}

fn title(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "Sign in first",
        403 => "Not for you",
        404 => "Not there",
        405 => "Not done here",
        412 => "Changed meanwhile",
        503 => "Busy",
        400..500 => "That did not work",
        _ => "A fault of ours",
    }
}
