//! `GET /-/history/`: what happened to all records.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::access::Right;
use domain::fault::Faults;

use super::entry::ShownEntry;
use super::page::page;
use super::{Shell, Visit};
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::cursor::CURSOR;
use crate::extract::links::with_query;
use crate::extract::past::{HistoryRequest, history_cursor, kept_in_links};

#[derive(Template)]
#[template(path = "ui/history_list.html")]
struct HistoryList {
    shell: Shell,
    types: Vec<(String, String, bool)>,
    actor: String,
    search: String,
    after: String,
    before: String,
    entries: Vec<ShownEntry>,
    next: Option<String>,
    /// Whether whoever looks may see the audit, too.
    may_audit: bool,
}

/// Shows a page of the history of all records.
pub(crate) async fn show(
    State(edge): State<Arc<Edge>>,
    visit: Visit,
) -> Result<Response, ApiError> {
    let Visit { ctx, shell, mut parameters, .. } = visit;
    parameters.drop_blank();
    let mut kept = kept_in_links(&parameters);
    let given = |name| parameters.first(name).to_owned();
    let (of, actor, search) = (given("type"), given("actor"), given("search"));
    let (after, before) = (given("after"), given("before"));
    let mut faults = Faults::default();
    let request = HistoryRequest::take(&mut parameters, ctx.now, &mut faults);
    if let Err(wrong) = parameters.refuse_rest(edge.settings.lenient_filters) {
        faults.merge(wrong);
    }
    faults.or_ok(())?;
    let question = request.resolve(&edge, &ctx).await?;
    request.between.pin(&mut kept);
    let found = edge.app.history(&ctx, question, request.place, request.limit).await?;
    let cursor = found.next.map(history_cursor);
    let kept = kept.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let next =
        cursor.as_ref().map(|cursor| with_query("", kept.chain([(CURSOR, cursor.as_str())])));
    let types = edge.schema().types().iter().map(|one| {
        let name = one.name.as_str().to_owned();
        (name.clone(), one.label.clone(), name == of)
    });
    page(
        StatusCode::OK,
        &HistoryList {
            types: types.collect(),
            actor,
            search,
            after,
            before,
            entries: found
                .entries
                .iter()
                .map(|entry| ShownEntry::of(edge.schema(), entry))
                .collect(),
            next,
            may_audit: ctx.must_everywhere(Right::Administer).is_ok(),
            shell,
        },
    )
}
