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
    // An empty field of the form is none.
    let mut kept = kept_in_links(&parameters);
    kept.retain(|(_, value)| !value.is_empty());
    let given = |name: &str| {
        let mut pairs = kept.iter();
        pairs.find(|(other, _)| other == name).map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let (actor, after, before) = (given("actor"), given("after"), given("before"));
    let is_kept = |name: &str| kept.iter().any(|(other, _)| other == name);
    parameters.drop_where(|name| ["actor", "after", "before"].contains(&name) && !is_kept(name));
    let mut faults = Faults::default();
    let request = AuditRequest::take(&mut parameters, ctx.now, &mut faults);
    if let Err(wrong) = parameters.refuse_rest(edge.settings.lenient_filters) {
        faults.merge(wrong);
    }
    faults.or_ok(())?;
    request.between.pin(&mut kept);
    let found = edge.app.audit(&ctx, request.question(), request.place, request.limit).await?;
    let query = || {
        let mut query = form_urlencoded::Serializer::for_suffix(String::from("?"), 1);
        query.extend_pairs(&kept);
        query
    };
    page(
        StatusCode::OK,
        &AuditList {
            actor,
            after,
            before,
            lines: found.entries.iter().map(|entry| Line::of(edge.schema(), entry)).collect(),
            next: found
                .next
                .map(|place| query().append_pair("cursor", &audit_cursor(place)).finish()),
            api: format!("{PATH}{}", query().append_pair("format", "json").finish()),
            shell,
        },
    )
}
