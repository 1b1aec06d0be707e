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

use super::asking::{Asking, Said, Touched};
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

/// What would come of a deletion, or of another change of many.
pub(super) struct Foreseen<'a> {
    pub(super) touched: Touched<'a>,
    /// Records that go with those which are meant, or lose a reference to one.
    pub(super) taken_along: u64,
    /// Why it can't be made; empty where it can.
    pub(super) obstacle: String,
}

/// What is told to whoever lacks a right on records that go along.
const DENIED: &str = "It touches records that you may neither change nor ask others to change.";

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
    let foreseen = Foreseen::of(&edge, &visit.ctx, (of, &record)).await;
    let ctx = match said.context(&visit.ctx, &foreseen.touched) {
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

impl<'a> Foreseen<'a> {
    async fn of(edge: &'a Edge, ctx: &Context, (of, record): (&'a Type, &Record)) -> Self {
        let told = edge.app.foresee(ctx, proposal(of, record, record.revision)).await;
        Self::told(edge, ctx, (of, 1), told)
    }

    /// A change that touches records of a type and no others.
    pub(super) fn alone(edge: &'a Edge, ctx: &Context, of: &Type) -> Self {
        let touched = Touched::of(edge, ctx, [of.index]);
        Self { touched, taken_along: 0, obstacle: String::new() }
    }

    /// What is foreseen of a deletion of some records of a type, as many as are meant.
    pub(super) fn told(
        edge: &'a Edge,
        ctx: &Context,
        (of, meant): (&'a Type, u64),
        told: Result<app::foresee::Foreseen, app::Error>,
    ) -> Self {
        match told {
            Ok(foreseen) => {
                let touched = Touched::foreseen(edge, &foreseen);
                let records = u64::try_from(foreseen.records).unwrap_or(u64::MAX);
                let obstacle = if touched.is_denied() { DENIED } else { "" };
                let obstacle = obstacle.to_owned();
                Self { touched, taken_along: records.saturating_sub(meant), obstacle }
            }
            Err(error) => {
                let obstacle = Problem::of_change(&error, &of.label).told();
                Self { obstacle, ..Self::alone(edge, ctx, of) }
            }
        }
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
    let foreseen = Foreseen::of(edge, &visit.ctx, (of, record)).await;
    let content = RecordDelete {
        list: Link { href: list_path(of), label: plural_label(of) },
        title: format!("Delete {label}"),
        record: Link { href: format!("{}{}/", list_path(of), record.id), label },
        revision: record.revision.0,
        asking: Asking::of(edge, &visit.ctx, &foreseen.touched, (&said, &faults)).await?,
        taken_along: foreseen.taken_along,
        error: if error.is_empty() { foreseen.obstacle } else { error },
        shell: visit.shell,
    };
    page(status, &content)
}
