//! `GET` and `POST /{plural}/{id}/delete/`: what a deletion takes along, and making it.

use std::sync::Arc;

use app::Context;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::change::{Action, Preconditions, Proposal, ProposedChange};
use domain::record::Record;
use domain::schema::{Demand, Type};

use super::cell::Link;
use super::page::{go_to, page};
use super::record_change::{is_reviewed, must_change, request_path};
use super::shell::{list_path, plural_label};
use super::{Shell, Visit};
use crate::auth::csrf;
use crate::auth::form::Form;
use crate::edge::Edge;
use crate::error::{ApiError, Problem};
use crate::extract::OneRecord;

#[derive(Template)]
#[template(path = "ui/record_delete.html")]
struct RecordDelete {
    shell: Shell,
    list: Link,
    title: String,
    record: Link,
    needs_reason: bool,
    is_reviewed: bool,
    /// Records that go with it, or lose a reference to it.
    taken_along: u64,
    /// Why it can't be made.
    error: String,
}

/// Asks whether a record shall go.
pub(crate) async fn ask(
    State(edge): State<Arc<Edge>>,
    path: OneRecord,
    visit: Visit,
) -> Result<Response, ApiError> {
    must_change(&visit.ctx, &edge, edge.record_type(path.type_index))?;
    let (of, record) = find(&edge, &visit.ctx, path).await?;
    let (taken_along, error) = match edge.app.preview(&visit.ctx, proposal(of, &record)).await {
        Ok(outcome) => {
            let all = outcome.deleted.saturating_add(outcome.updated).saturating_sub(1);
            (u64::try_from(all).unwrap_or(u64::MAX), String::new())
        }
        Err(error) => (0, Problem::of_change(&error, &of.label).told()),
    };
    show(&edge, visit, (of, &record), (taken_along, error), StatusCode::OK)
}

/// Deletes a record.
pub(crate) async fn delete(
    State(edge): State<Arc<Edge>>,
    path: OneRecord,
    visit: Visit,
    form: Form,
) -> Result<Response, ApiError> {
    visit.check(form.field(csrf::FIELD))?;
    let (of, record) = find(&edge, &visit.ctx, path).await?;
    let ctx = visit.because(form.field("reason"));
    match edge.app.submit(&ctx, proposal(of, &record)).await {
        Ok(outcome) => {
            let next = outcome.request.map_or_else(|| list_path(of), |told| request_path(&told));
            Ok(go_to(&next, []))
        }
        Err(error) => {
            let problem = Problem::of_change(&error, &of.label);
            let (status, told) = (problem.status(), problem.told());
            show(&edge, visit, (of, &record), (0, told), status)
        }
    }
}

async fn find<'a>(
    edge: &'a Edge,
    ctx: &Context,
    path: OneRecord,
) -> Result<(&'a Type, Record), ApiError> {
    let of = edge.record_type(path.type_index);
    let record = edge.app.get(ctx, of.index, path.target()).await?;
    Ok((of, record.ok_or_else(|| ApiError::no_match(&of.label))?))
}

fn proposal(of: &Type, record: &Record) -> Proposal {
    let action = Action::Delete { target: domain::change::Target::Id(record.id) };
    let preconditions = Preconditions::revision(record.revision);
    Proposal { changes: vec![ProposedChange { type_index: of.index, action, preconditions }] }
}

fn show(
    edge: &Edge,
    visit: Visit,
    (of, record): (&Type, &Record),
    (taken_along, error): (u64, String),
    status: StatusCode,
) -> Result<Response, ApiError> {
    let label = app::encode::display(of, record);
    page(
        status,
        &RecordDelete {
            list: Link { href: list_path(of), label: plural_label(of) },
            title: format!("Delete {label}"),
            record: Link { href: format!("{}{}/", list_path(of), record.id), label },
            needs_reason: of.reason == Demand::Required,
            is_reviewed: is_reviewed(&visit.ctx, edge, of),
            taken_along,
            error,
            shell: visit.shell,
        },
    )
}
