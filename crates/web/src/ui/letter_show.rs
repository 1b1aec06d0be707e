//! `GET` and `POST /-/sources/{name}/{id}/`: a dead letter, whole.

use std::sync::Arc;

use app::ingest::DeadLetter;
use app::sources::LettersChosen;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;

use super::cell::Moment;
use super::page::{go_to, page};
use super::{SOURCES, Shell, Visit};
use crate::auth::csrf;
use crate::auth::form::Form;
use crate::edge::Edge;
use crate::error::ApiError;
use crate::rest::sources::payload::Told;

#[derive(Template)]
#[template(path = "ui/letter_show.html")]
struct LetterShow {
    shell: Shell,
    source: String,
    source_href: String,
    letter: ShownLetter,
}

/// A dead letter as pages show it.
pub(super) struct ShownLetter {
    pub(super) id: i64,
    pub(super) href: String,
    pub(super) topic: String,
    pub(super) partition: i32,
    pub(super) offset: i64,
    pub(super) key: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) payload: String,
    pub(super) is_cut: bool,
    pub(super) reason: String,
    pub(super) at: Moment,
}

/// Shows a dead letter.
pub(crate) async fn show(
    State(edge): State<Arc<Edge>>,
    Path((name, id)): Path<(String, String)>,
    visit: Visit,
) -> Result<Response, ApiError> {
    let Visit { ctx, shell, .. } = visit;
    let letter = edge.app.letter(&ctx, &name, id.parse().unwrap_or_default()).await?;
    let letter = shown_letter(&name, &letter);
    let source_href = format!("{SOURCES}{name}/");
    page(StatusCode::OK, &LetterShow { shell, source: name, source_href, letter })
}

/// Takes it in again, or throws it away.
pub(crate) async fn act(
    State(edge): State<Arc<Edge>>,
    Path((name, id)): Path<(String, String)>,
    visit: Visit,
    form: Form,
) -> Result<Response, ApiError> {
    visit.check(form.field(csrf::FIELD))?;
    let chosen = LettersChosen::One(id.parse().unwrap_or_default());
    match form.field("do") {
        "replay" => drop(edge.app.letters_replay(&visit.ctx, &name, chosen).await?),
        "discard" => drop(edge.app.letters_discard(&visit.ctx, &name, chosen).await?),
        _ => return Err(ApiError::NotFound("Not found.".to_owned())),
    }
    Ok(go_to(&format!("{SOURCES}{name}/"), []))
}

pub(super) fn shown_letter(source: &str, letter: &DeadLetter) -> ShownLetter {
    let headers: Value = serde_json::from_str(&letter.headers).unwrap_or(Value::Null);
    let header = |pair: &Value| {
        let name = pair.get(0)?.as_str()?.to_owned();
        Some((name, pair.get(1)?.as_str().unwrap_or("(no text)").to_owned()))
    };
    let headers = headers.as_array().map(|pairs| pairs.iter().filter_map(header).collect());
    ShownLetter {
        id: letter.id,
        href: format!("{SOURCES}{source}/{}/", letter.id),
        topic: letter.partition.topic.clone(),
        partition: letter.partition.number,
        offset: letter.offset,
        key: text(letter.key.as_deref()),
        headers: headers.unwrap_or_default(),
        payload: text(letter.payload.as_deref()),
        is_cut: letter.is_cut,
        reason: letter.reason.clone(),
        at: Moment::of(letter.at),
    }
}

fn text(bytes: Option<&[u8]>) -> String {
    match Told::of(bytes) {
        Told::Nothing => String::new(),
        Told::Text(text) => text,
        Told::Bytes(text) => format!("(no text; in base 64:) {text}"),
    }
}
