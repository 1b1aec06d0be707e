//! `GET` and `POST /{plural}/{id}/delete/`: what a deletion takes along, and making it.

use std::sync::Arc;

use app::Context;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::change::{Action, Preconditions, Proposal, ProposedChange};
use domain::fault::Faults;
use domain::record::{Record, Revision};
use domain::schema::Type;

use super::asking::{Asking, Said};
use super::cell::Link;
use super::meanwhile::REVISION;
use super::page::{go_to, page};
use super::record_change::{must_change, request_path};
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
    revision: i64,
    asking: Asking,
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
    let asked = (Said::default(), Faults::default());
    show(&edge, visit, (of, &record), asked, (String::new(), StatusCode::OK)).await
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
    let sent = form.into_fields();
    let said = Said::of(&sent);
    let ctx = match said.context(&edge, &visit.ctx, of) {
        Ok(ctx) => ctx,
        Err(faults) => {
            let told = (String::new(), StatusCode::BAD_REQUEST);
            return show(&edge, visit, (of, &record), (said, faults), told).await;
        }
    };
    let seen = sent.get(REVISION).and_then(|text| text.parse().ok()).map(Revision);
    let revision = seen.unwrap_or(record.revision);
    match edge.app.submit(&ctx, proposal(of, &record, revision)).await {
        Ok(outcome) => {
            let next = outcome.request.map_or_else(|| list_path(of), |told| request_path(&told));
            Ok(go_to(&next, []))
        }
        Err(error) => {
            let problem = Problem::of_change(&error, &of.label);
            if problem.status().is_server_error() {
                return Err(error.into());
            }
            let (faults, told) = match Said::faults(&error) {
                Some(faults) => (faults, String::new()),
                None => (Faults::default(), problem.told()),
            };
            let told = (told, problem.status());
            show(&edge, visit, (of, &record), (said, faults), told).await
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

fn proposal(of: &Type, record: &Record, revision: Revision) -> Proposal {
    let action = Action::Delete { target: domain::change::Target::Id(record.id) };
    let preconditions = Preconditions::revision(revision);
    Proposal { changes: vec![ProposedChange { type_index: of.index, action, preconditions }] }
}

/// How many records a deletion changes or takes along, or else why it can't be made.
async fn taken_along(edge: &Edge, ctx: &Context, of: &Type, record: &Record) -> (u64, String) {
    match edge.app.preview(ctx, proposal(of, record, record.revision)).await {
        Ok(outcome) => {
            let all = outcome.deleted.saturating_add(outcome.updated).saturating_sub(1);
            (u64::try_from(all).unwrap_or(u64::MAX), String::new())
        }
        Err(error) => (0, Problem::of_change(&error, &of.label).told()),
    }
}

async fn show(
    edge: &Edge,
    visit: Visit,
    (of, record): (&Type, &Record),
    (said, faults): (Said, Faults),
    (error, status): (String, StatusCode),
) -> Result<Response, ApiError> {
    let label = app::encode::display(of, record);
    let (taken_along, obstacle) = taken_along(edge, &visit.ctx, of, record).await;
    let content = RecordDelete {
        list: Link { href: list_path(of), label: plural_label(of) },
        title: format!("Delete {label}"),
        record: Link { href: format!("{}{}/", list_path(of), record.id), label },
        revision: record.revision.0,
        asking: Asking::of(edge, &visit.ctx, of, (&said, &faults)).await?,
        taken_along,
        error: if error.is_empty() { obstacle } else { error },
        shell: visit.shell,
    };
    page(status, &content)
}
