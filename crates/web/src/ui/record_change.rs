//! `GET` and `POST /{plural}/add/` and `/{plural}/{id}/edit/`: the form of a record.

use std::collections::BTreeMap;
use std::sync::Arc;

use app::Context;
use app::review::ToldRequest;
use app::submit::Outcome;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::access::Right;
use domain::change::{Action, Preconditions, Proposal, ProposedChange, Target, Unnamed};
use domain::fault::{Faults, NON_FIELD};
use domain::record::{Record, Revision};
use domain::schema::{Demand, Review, Type};

use super::cell::Link;
use super::form::{Control, Input, fields, inputs};
use super::page::{go_to, page};
use super::shell::{list_path, plural_label};
use super::{REQUESTS, Shell, Visit};
use crate::auth::csrf;
use crate::auth::form::Form;
use crate::edge::Edge;
use crate::error::{ApiError, Problem};
use crate::extract::{OneRecord, TypePath};

/// The field of the form that holds the revision which it was made for.
const REVISION: &str = "-revision";
/// The field that holds why.
const REASON: &str = "-reason";

#[derive(Template)]
#[template(path = "ui/record_change.html")]
struct RecordChange {
    shell: Shell,
    list: Link,
    title: String,
    /// The record's page; empty for one that is to be added.
    record: String,
    validate: String,
    revision: String,
    inputs: Vec<Input>,
    reason: String,
    needs_reason: bool,
    /// What is wrong, but for the fields.
    errors: Vec<String>,
    /// What will become of it: whether others must agree.
    is_reviewed: bool,
}

/// What a form is about.
struct Subject<'a> {
    edge: &'a Edge,
    of: &'a Type,
    record: Option<Record>,
}

/// What somebody filled in, and what was wrong with it.
#[derive(Default)]
struct Filled {
    sent: Option<BTreeMap<String, String>>,
    faults: Faults,
    status: StatusCode,
}

/// Shows the form for a new record.
pub(crate) async fn add(
    State(edge): State<Arc<Edge>>,
    path: TypePath,
    visit: Visit,
) -> Result<Response, ApiError> {
    let subject = Subject { edge: &edge, of: edge.record_type(path.type_index), record: None };
    must_change(&visit.ctx, &edge, subject.of)?;
    // What the address names stands in the form: a link may begin a record.
    let given: BTreeMap<String, String> = visit.parameters.pairs().iter().cloned().collect();
    let sent = (!given.is_empty()).then_some(given);
    subject.form(visit, &Filled { sent, ..Filled::default() })
}

/// Adds a record.
pub(crate) async fn added(
    State(edge): State<Arc<Edge>>,
    path: TypePath,
    visit: Visit,
    form: Form,
) -> Result<Response, ApiError> {
    let subject = Subject { edge: &edge, of: edge.record_type(path.type_index), record: None };
    subject.submit(visit, form).await
}

/// Shows the form of a record.
pub(crate) async fn edit(
    State(edge): State<Arc<Edge>>,
    path: OneRecord,
    visit: Visit,
) -> Result<Response, ApiError> {
    must_change(&visit.ctx, &edge, edge.record_type(path.type_index))?;
    let subject = Subject::of(&edge, &visit.ctx, path).await?;
    subject.form(visit, &Filled::default())
}

/// Changes a record.
pub(crate) async fn edited(
    State(edge): State<Arc<Edge>>,
    path: OneRecord,
    visit: Visit,
    form: Form,
) -> Result<Response, ApiError> {
    let subject = Subject::of(&edge, &visit.ctx, path).await?;
    subject.submit(visit, form).await
}

impl<'a> Subject<'a> {
    async fn of(edge: &'a Edge, ctx: &Context, path: OneRecord) -> Result<Self, ApiError> {
        let of = edge.record_type(path.type_index);
        let record = edge.app.get(ctx, of.index, path.target()).await?;
        let record = record.ok_or_else(|| ApiError::no_match(&of.label))?;
        Ok(Self { edge, of, record: Some(record) })
    }

    fn form(&self, visit: Visit, filled: &Filled) -> Result<Response, ApiError> {
        let Self { edge, of, record } = self;
        let sent = filled.sent.as_ref();
        let own = |name: &str| sent.and_then(|sent| sent.get(name).cloned()).unwrap_or_default();
        let others = filled.faults.iter().filter(|(name, _)| of.field_named(name).is_none());
        let revision = record.as_ref().map(|record| record.revision.to_string());
        let status =
            if filled.status == StatusCode::default() { StatusCode::OK } else { filled.status };
        page(
            status,
            &RecordChange {
                list: Link { href: list_path(of), label: plural_label(of) },
                title: match record {
                    Some(record) => format!("Edit {}", app::encode::display(of, record)),
                    None => format!("Add a {}", of.label.to_lowercase()),
                },
                record: record
                    .as_ref()
                    .map(|record| format!("{}{}/", list_path(of), record.id))
                    .unwrap_or_default(),
                validate: format!("/api/-/validate/{}/", of.plural),
                revision: revision.unwrap_or_default(),
                inputs: inputs(edge.schema(), of, record.as_ref(), sent, &filled.faults),
                reason: own(REASON),
                needs_reason: of.reason == Demand::Required,
                errors: others.flat_map(|(_, all)| all.iter().map(ToString::to_string)).collect(),
                is_reviewed: is_reviewed(&visit.ctx, edge, of),
                shell: visit.shell,
            },
        )
    }

    async fn submit(&self, visit: Visit, form: Form) -> Result<Response, ApiError> {
        visit.check(form.field(csrf::FIELD))?;
        let sent = form.into_fields();
        let asked =
            |name: &str| sent.get(name).map(|text| text.trim()).filter(|text| !text.is_empty());
        let ctx = visit.because(asked(REASON).unwrap_or_default());
        let fields = fields(self.of, &sent);
        let action = match &self.record {
            None => Action::Add { fields },
            Some(record) => {
                let target = Target::Id(record.id);
                Action::Update { target, fields, unnamed: Unnamed::Keep }
            }
        };
        let seen = asked(REVISION).and_then(|text| text.parse().ok()).map(Revision);
        let preconditions = seen.map(Preconditions::revision).unwrap_or_default();
        let change = ProposedChange { type_index: self.of.index, action, preconditions };
        match self.edge.app.submit(&ctx, Proposal { changes: vec![change] }).await {
            Ok(outcome) => Ok(go_to(&next_page(self.of, &outcome), [])),
            Err(error) => {
                let problem = Problem::of_change(&error, &self.of.label);
                if problem.status().is_server_error() || problem.status() == StatusCode::FORBIDDEN {
                    return Err(error.into());
                }
                let mut faults = problem.faults().clone();
                if faults.is_empty() {
                    faults =
                        Faults::one(NON_FIELD, crate::extract::parameters::bad(problem.told()));
                }
                self.form(visit, &Filled { sent: Some(sent), faults, status: problem.status() })
            }
        }
    }
}

/// Where one is sent after a change of a record of a type: to what came of it.
pub(super) fn next_page(of: &Type, outcome: &Outcome) -> String {
    let list = list_path(of);
    match (&outcome.request, outcome.subjects.first()) {
        (Some(request), _) => request_path(request),
        (None, Some(subject)) => format!("{list}{}/", subject.id),
        (None, None) => list,
    }
}

/// Refuses who may not change records of a type, not even by asking others.
pub(super) fn must_change(ctx: &Context, edge: &Edge, of: &Type) -> Result<(), ApiError> {
    if !ctx.is_known() {
        return Err(ApiError::Unauthenticated);
    }
    if ctx.must(Right::Write, edge.schema(), of.index).is_err() {
        ctx.must(Right::Propose, edge.schema(), of.index)?;
    }
    Ok(())
}

/// Whether somebody may change records of a type, be it by asking others.
pub(super) fn may_change(ctx: &Context, edge: &Edge, of: &Type) -> bool {
    must_change(ctx, edge, of).is_ok()
}

/// The page of a change request.
pub(super) fn request_path(request: &ToldRequest) -> String {
    format!("{REQUESTS}{}/", request.request.number)
}

/// Whether others must agree to what somebody changes of a type.
pub(super) fn is_reviewed(ctx: &Context, edge: &Edge, of: &Type) -> bool {
    match of.review.review {
        Review::Off => false,
        Review::Required => true,
        Review::Optional => ctx.must(Right::Write, edge.schema(), of.index).is_err(),
    }
}
