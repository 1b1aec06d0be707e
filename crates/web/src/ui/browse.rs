//! The API in a browser: any answer of it as a page, with what one may do there.
//!
//! ```text
//! /api/… from a browser ─ take: ask for JSON in its place ─ routes ─ shown: the answer in a page
//! ```

use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use domain::access::Right;
use domain::filter::lookup_names;
use domain::schema::{Schema, Type};
use futures_util::StreamExt as _;

use super::api_place::Place;
use super::cell::Link;
use super::commands::{Addressed, Command};
use super::page::page;
use super::printed::{Piece, Printed, printed};
use super::record_change::may_change;
use super::shell::list_path;
use super::{Shell, Visit};
use crate::edge::Edge;
use crate::envelope::problem_of;
use crate::error::{ApiError, PROBLEM_JSON};
use crate::extract::format::{EXPORT, FORMAT, prefers_page};
use crate::extract::{Links, Parameters};
use crate::fresh::Words;
use crate::fresh::pages::Asked;
use crate::rest::{answer, describe};

/// The most bytes of an answer that a page shows; more make a browser slow.
const SHOWN_MAX: usize = 500_000;
/// What an answer depends on beside its address.
const VARY: HeaderValue = HeaderValue::from_static("Accept, Authorization, Cookie");
/// The documentation, which is a page of its own.
const DOCS: &str = "/api/-/docs/";

/// A request of the API by somebody with a browser, as it came.
pub(crate) struct Browser {
    parts: Parts,
}

#[derive(Template)]
#[template(path = "ui/browse.html")]
struct Browse<'a> {
    shell: Shell,
    title: String,
    crumbs: Vec<Link>,
    method: &'a str,
    address: &'a str,
    status: String,
    headers: Vec<(String, String)>,
    pieces: Vec<Piece<'a>>,
    /// Whether the answer goes on.
    is_cut: bool,
    raw: String,
    formats: Vec<Link>,
    previous: Option<String>,
    next: Option<String>,
    /// The page of the same for people.
    people: Option<String>,
    acts: Vec<Link>,
    commands: Vec<Command>,
    fields: Vec<ShownField>,
    /// What `OPTIONS` tells.
    options: Vec<Piece<'a>>,
}

/// A field of a type, and how lists are filtered by it.
struct ShownField {
    name: String,
    label: String,
    kind: &'static str,
    is_required: bool,
    /// The list of what it refers to, and its name.
    target: Option<Link>,
    help: String,
    filters: Vec<String>,
}

/// An answer of the API, as far as a page shows it.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
    is_cut: bool,
}

impl Browser {
    /// Takes a request that wants to see a page, and lets it ask for JSON in its place.
    pub(crate) fn take(request: Request) -> (Request, Option<Self>) {
        if !is_browsed(request.method(), request.uri(), request.headers()) {
            return (request, None);
        }
        let (mut parts, body) = request.into_parts();
        // They stand for a request that is answered with a page.
        parts.extensions.remove::<Words>();
        let browser = Self { parts: parts.clone() };
        parts.method = Method::GET;
        parts.headers.insert(header::ACCEPT, answer::JSON);
        for name in [header::ACCEPT_ENCODING, header::IF_NONE_MATCH, header::IF_MODIFIED_SINCE] {
            parts.headers.remove(name);
        }
        (Request::from_parts(parts, body), Some(browser))
    }

    /// The page of an answer; the answer itself where it leads elsewhere or is nothing to show, and
    /// where whoever asks must sign in first.
    pub(crate) async fn shown(
        self,
        edge: &Arc<Edge>,
        mut response: Response,
        request_id: &str,
    ) -> Response {
        let status = response.status();
        if status.is_redirection() || status == StatusCode::UNAUTHORIZED {
            return response;
        }
        if let Some(problem) = problem_of(&mut response, &Method::GET) {
            *response.body_mut() = Body::from(problem.to_json(request_id));
            response.headers_mut().insert(header::CONTENT_TYPE, answer::JSON_PROBLEM);
        }
        if !is_json(response.headers()) {
            return response;
        }
        let is_head = self.parts.method == Method::HEAD;
        let mut response =
            self.page_of(edge, response).await.unwrap_or_else(IntoResponse::into_response);
        if is_head {
            *response.body_mut() = Body::empty();
        }
        response
    }

    /// The page of an answer; 304 for a browser that has it, where the answer follows from the heads.
    async fn page_of(mut self, edge: &Arc<Edge>, response: Response) -> Result<Response, ApiError> {
        let tag = response.headers().get(header::ETAG).and_then(|tag| tag.to_str().ok());
        let tag = tag.map(str::to_owned);
        let shown = tag.as_deref().unwrap_or_default();
        let Some(asked) = Asked::of(edge, &mut self.parts, shown).await else {
            return self.page(edge, response).await;
        };
        if let Some(known) = asked.known(edge).filter(|_| tag.is_some()) {
            return Ok(known);
        }
        let page = self.page(edge, response).await?;
        Ok(asked.sent(edge, page, tag.is_some()).await)
    }

    async fn page(mut self, edge: &Arc<Edge>, response: Response) -> Result<Response, ApiError> {
        let answer = Answer::read(response).await?;
        let visit = Visit::from_request_parts(&mut self.parts, edge).await?;
        let links = Links::of(&self.parts, edge);
        let uri = &self.parts.uri;
        let place = Place::new(edge.schema(), uri.path(), uri.query().unwrap_or_default());
        let Printed { pieces, previous, next } = printed(&answer.text, links.base());
        let described = described(edge, &visit, &place);
        let options = described.as_ref().map(|(_, document)| printed(document, links.base()));
        let fields = described.as_ref().map(|(of, _)| fields(edge.schema(), of));
        let address = uri.path_and_query().map_or("/", |address| address.as_str());
        let mut response = page(
            answer.status,
            &Browse {
                title: place.title(),
                crumbs: place.crumbs(),
                method: self.parts.method.as_str(),
                address,
                status: answer.status.to_string(),
                headers: answer.headers(),
                pieces,
                is_cut: answer.is_cut,
                raw: place.raw(),
                formats: place.formats(),
                previous,
                next,
                people: place.page(),
                acts: acts(edge, &visit, &place),
                commands: commands(edge, &visit, &place, (&links, address, &answer)),
                fields: fields.unwrap_or_default(),
                options: options.unwrap_or_default().pieces,
                shell: visit.shell,
            },
        )?;
        let headers = response.headers_mut();
        headers.insert(header::VARY, VARY);
        for name in [header::ALLOW, header::RETRY_AFTER] {
            if let Some(value) = answer.headers.get(&name) {
                headers.insert(name, value.clone());
            }
        }
        Ok(response)
    }
}

impl Answer {
    async fn read(response: Response) -> Result<Self, ApiError> {
        let (parts, body) = response.into_parts();
        let mut pieces = body.into_data_stream();
        let mut bytes = Vec::new();
        while let Some(piece) = pieces.next().await {
            bytes.extend_from_slice(&piece.map_err(|error| {
                tracing::warn!(%error, "an answer ended before its end");
                ApiError::Internal
            })?);
            if bytes.len() > SHOWN_MAX {
                break;
            }
        }
        let is_cut = bytes.len() > SHOWN_MAX;
        bytes.truncate(SHOWN_MAX);
        // A character that was cut is shown as none.
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Ok(Self { status: parts.status, headers: parts.headers, text, is_cut })
    }

    /// Its headers as text.
    fn headers(&self) -> Vec<(String, String)> {
        let shown = self.headers.iter().filter(|(name, _)| **name != header::SET_COOKIE);
        shown
            .map(|(name, value)| {
                let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                (name.as_str().to_owned(), value)
            })
            .collect()
    }
}

/// Whether an answer of the API is to be shown as a page.
fn is_browsed(method: &Method, uri: &Uri, headers: &HeaderMap) -> bool {
    let path = uri.path();
    let is_read = method == Method::GET || method == Method::HEAD;
    let last = path.rsplit('/').next().unwrap_or_default();
    is_read
        && path.starts_with("/api/")
        && !path.starts_with(DOCS)
        // A file.
        && !last.contains('.')
        && prefers_page(headers)
        && !Parameters::parse(uri.query().unwrap_or_default())
            .pairs()
            .iter()
            .any(|(name, _)| name == FORMAT || name == EXPORT)
}

fn is_json(headers: &HeaderMap) -> bool {
    let media_type = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    media_type.is_some_and(|found| found == b"application/json" || found == PROBLEM_JSON.as_bytes())
}

/// The type at an address, where one may see it, and what `OPTIONS` tells of it.
fn described<'a>(edge: &'a Edge, visit: &Visit, place: &Place<'a>) -> Option<(&'a Type, String)> {
    let ctx = &visit.ctx;
    let (of, name, method) = match (place.list(), place.record()) {
        (Some(of), _) => (of, format!("{} List", of.label), "POST"),
        (None, Some((of, _))) => (of, format!("{} Instance", of.label), "PUT"),
        (None, None) => return None,
    };
    ctx.must(Right::View, edge.schema(), of.index).ok()?;
    Some((of, describe::document(edge, ctx, of, &name, method).to_string()))
}

fn fields(schema: &Schema, of: &Type) -> Vec<ShownField> {
    let fields = of.fields.iter().map(|field| {
        let name = field.name.as_str();
        let filters = lookup_names(&field.kind).map(|word| match word {
            "exact" => name.to_owned(),
            word => format!("{name}__{word}"),
        });
        let target = field.kind.target().map(|target| &schema.get(target).plural);
        ShownField {
            name: name.to_owned(),
            label: field.label.clone(),
            kind: field.kind.word(),
            is_required: field.required && field.default.is_none(),
            target: target
                .map(|plural| Link { href: format!("/api/{plural}/"), label: plural.clone() }),
            help: field.help.clone(),
            filters: filters.collect(),
        }
    });
    fields.collect()
}

/// The pages by which one may change what is there.
fn acts(edge: &Edge, visit: &Visit, place: &Place<'_>) -> Vec<Link> {
    let may = |of: &Type| may_change(&visit.ctx, edge, of);
    let link = |href: String, label: &str| Link { href, label: label.to_owned() };
    match (place.list(), place.record()) {
        (Some(of), _) if may(of) => vec![link(format!("{}add/", list_path(of)), "Add")],
        (None, Some((of, id))) if may(of) => {
            let path = format!("{}{id}/", list_path(of));
            vec![link(format!("{path}edit/"), "Edit"), link(format!("{path}delete/"), "Delete")]
        }
        _ => Vec::new(),
    }
}

/// What one may send there.
fn commands(
    edge: &Edge,
    visit: &Visit,
    place: &Place<'_>,
    (links, address, answer): (&Links, &str, &Answer),
) -> Vec<Command> {
    let may = |of: &Type| may_change(&visit.ctx, edge, of);
    let whole = format!("{}{address}", links.base());
    // What is written has no parameters.
    let bare = format!("{}{}", links.base(), address.split('?').next().unwrap_or_default());
    let tag = answer.headers.get(header::ETAG).and_then(|tag| tag.to_str().ok());
    let mut commands = vec![Addressed { address: &whole, tag: None }.read()];
    match (place.list(), place.record()) {
        (Some(of), _) if may(of) => {
            commands.extend(Addressed { address: &bare, tag: None }.writes_of_list(of));
        }
        (None, Some((of, _))) if may(of) && answer.status.is_success() => {
            commands.extend(Addressed { address: &bare, tag }.writes_of_record(of));
        }
        _ => {}
    }
    commands
}
