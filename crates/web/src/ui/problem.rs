//! Errors as pages: what an error of the API comes to for somebody with a browser.

use askama::Template;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use super::assets::Look;
use super::page::{go_to, page};
use crate::error::Problem;

#[derive(Template)]
#[template(path = "ui/problem.html")]
struct ProblemPage {
    title: &'static str,
    told: String,
    request_id: String,
    look: Look,
}

/// Whether a request is somebody's who wants to see a page.
pub(crate) fn wants_page(uri: &Uri, headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let is_of_api = uri.path() == "/api" || uri.path().starts_with("/api/");
    !is_of_api && accept.is_some_and(|accept| accept.contains("text/html"))
}

/// The page of a problem; for who is not signed in, the way there.
pub(crate) fn answer(problem: &Problem, (method, uri): (&Method, &Uri), id: &str) -> Response {
    let status = problem.status();
    if status == StatusCode::UNAUTHORIZED && (method == Method::GET || method == Method::HEAD) {
        let here = uri.path_and_query().map_or("/", |all| all.as_str());
        let query =
            form_urlencoded::Serializer::new(String::new()).append_pair("next", here).finish();
        return go_to(&format!("/login/?{query}"), []);
    }
    let shown = page(
        status,
        &ProblemPage {
            title: title(status),
            told: problem.told(),
            request_id: id.to_owned(),
            look: Look::new(),
        },
    );
    let mut response = shown.unwrap_or_else(IntoResponse::into_response);
    response.headers_mut().extend(problem.headers().clone());
    response
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
