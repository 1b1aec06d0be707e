//! `GET /-/sources/`: where messages come from, and how far behind each source is.

use std::sync::Arc;

use app::sources::SourceState;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::cell::Moment;
use super::page::page;
use super::{SOURCES, Shell, Visit};
use crate::edge::Edge;
use crate::error::ApiError;

#[derive(Template)]
#[template(path = "ui/sources_list.html")]
struct SourcesList {
    shell: Shell,
    sources: Vec<ShownSource>,
}

struct ShownSource {
    name: String,
    href: String,
    state: &'static str,
    topics: String,
    behind: Option<i64>,
    per_minute: i64,
    last: Option<Moment>,
    applied: u64,
    queued: u64,
    letters: u64,
    trouble: String,
}

/// Shows the sources.
pub(crate) async fn show(
    State(edge): State<Arc<Edge>>,
    visit: Visit,
) -> Result<Response, ApiError> {
    let Visit { ctx, shell, .. } = visit;
    let states = edge.app.sources_list(&ctx).await?;
    page(StatusCode::OK, &SourcesList { sources: states.iter().map(shown).collect(), shell })
}

fn shown(state: &SourceState) -> ShownSource {
    let name = state.known.source.name.clone();
    ShownSource {
        href: format!("{SOURCES}{name}/"),
        state: state.state().word(),
        topics: state.known.topics.join(", "),
        behind: state.behind(),
        per_minute: state.per_minute(),
        last: state.last_at.map(Moment::of),
        applied: state.tally.applied,
        queued: state.tally.queued,
        letters: state.letters,
        trouble: trouble(state),
        name,
    }
}

/// What is wrong with it, each thing once.
pub(super) fn trouble(state: &SourceState) -> String {
    let troubles = state.members.iter().filter_map(|member| member.trouble.as_ref());
    let mut told: Vec<&str> = troubles.map(|(_, error)| error.as_str()).collect();
    told.sort_unstable();
    told.dedup();
    told.join("; ")
}
