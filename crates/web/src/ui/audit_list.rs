//! `GET /-/audit/`: who did what, for administrators.

use std::sync::Arc;

use app::audit::AuditEntry;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::fault::Faults;
use domain::schema::Schema;

use super::cell::Moment;
use super::entry::passage;
use super::page::page;
use super::shell::list_path;
use super::{Shell, Visit};
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::audit::{AuditRequest, audit_cursor};
use crate::extract::cursor::CURSOR;
use crate::extract::format::FORMAT;
use crate::extract::links::with_query;
use crate::extract::past::kept_in_links;
use crate::rest::audit::list::PATH;

#[derive(Template)]
#[template(path = "ui/audit_list.html")]
struct AuditList {
    shell: Shell,
    actor: String,
    after: String,
    before: String,
    lines: Vec<Line>,
    next: Option<String>,
    /// The same as data.
    api: String,
}

/// A line of the audit.
struct Line {
    at: Moment,
    actor: String,
    token: String,
    /// What was done: `refused sign-in`.
    action: String,
    subject: String,
    /// The page of the record, and the commit that changed it.
    href: String,
    commit: String,
    reason: String,
    passage: String,
    origin: String,
    request_id: String,
}

impl Line {
    fn of(schema: &Schema, entry: &AuditEntry) -> Self {
        let change = entry.change.as_ref();
        let of = change.and_then(|change| Some((schema.named(&change.type_name)?, change.id)));
        Self {
            at: Moment::of(entry.at),
            actor: entry.actor.clone(),
            token: entry.token.clone().unwrap_or_default(),
            action: entry.action.to_lowercase(),
            subject: entry.subject.clone(),
            href: of.map(|(of, id)| format!("{}{id}/", list_path(of))).unwrap_or_default(),
            commit: change.map(|change| change.commit.to_string()).unwrap_or_default(),
            reason: entry.reason.clone().unwrap_or_default(),
            passage: passage(&entry.passage),
            origin: entry.origin.clone(),
            request_id: entry.request_id.clone().unwrap_or_default(),
        }
    }
}

/// Shows a page of the audit.
pub(crate) async fn show(
    State(edge): State<Arc<Edge>>,
    visit: Visit,
) -> Result<Response, ApiError> {
    let Visit { ctx, shell, mut parameters, .. } = visit;
    parameters.drop_blank();
    let mut kept = kept_in_links(&parameters);
    let given = |name| parameters.first(name).to_owned();
    let (actor, after, before) = (given("actor"), given("after"), given("before"));
    let mut faults = Faults::default();
    let request = AuditRequest::take(&mut parameters, ctx.now, &mut faults);
    if let Err(wrong) = parameters.refuse_rest(edge.settings.lenient_filters) {
        faults.merge(wrong);
    }
    faults.or_ok(())?;
    request.between.pin(&mut kept);
    let found = edge.app.audit(&ctx, request.question(), request.place, request.limit).await?;
    let cursor = found.next.map(audit_cursor);
    let kept = kept.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let next = cursor
        .as_ref()
        .map(|cursor| with_query("", kept.clone().chain([(CURSOR, cursor.as_str())])));
    page(
        StatusCode::OK,
        &AuditList {
            actor,
            after,
            before,
            lines: found.entries.iter().map(|entry| Line::of(edge.schema(), entry)).collect(),
            next,
            api: with_query(PATH, kept.chain([(FORMAT, "json")])),
            shell,
        },
    )
}
