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
use domain::change::{Action, Preconditions, Proposal, ProposedChange, Refusal, Target, Unnamed};
use domain::fault::{Faults, NON_FIELD};
use domain::record::{Record, RecordId, Revision};
use domain::schema::{Type, TypeIndex};

use super::asking::{self, Asking, Said, Touched};
use super::cell::Link;
use super::form::{Control, Input, fields, inputs};
use super::found::{self, AllFound, look_up};
use super::meanwhile::{self, Meanwhile, OPENED, REVISION};
use super::page::{go_to, page};
use super::shell::{list_path, plural_label};
use super::{REQUESTS, Shell, Visit, detour};
use crate::auth::csrf;
use crate::auth::form::Form;
use crate::edge::Edge;
use crate::error::{ApiError, Problem};
use crate::extract::parameters::bad;
use crate::extract::{OneRecord, TypePath};

#[derive(Template)]
#[template(path = "ui/record_change.html")]
struct RecordChange {
    shell: Shell,
    list: Link,
    title: String,
    /// The record's page; empty for one that is to be added.
    record: String,
    /// Where the form is sent, where that is not the address it is shown at.
    action: String,
    /// What was typed in the form that one came from; empty where one came from none.
    back: String,
    validate: String,
    revision: String,
    meanwhile: Option<Meanwhile>,
    inputs: Vec<Input>,
    asking: Asking,
    notices: Vec<Notice>,
    /// What is wrong, but for the fields.
    errors: Vec<String>,
}

/// What a form is about.
pub(super) struct Subject<'a> {
    pub(super) edge: &'a Edge,
    pub(super) of: &'a Type,
    pub(super) record: Option<Record>,
}

/// What somebody filled in, and what was wrong with it.
#[derive(Default)]
pub(super) struct Filled {
    pub(super) sent: Option<BTreeMap<String, String>>,
    pub(super) faults: Faults,
    pub(super) status: StatusCode,
    pub(super) notices: Vec<Notice>,
    /// Whether the form is shown at another address than its own.
    pub(super) is_elsewhere: bool,
}

/// Something that a form tells.
pub(super) struct Notice {
    pub(super) class: &'static str,
    pub(super) text: String,
    pub(super) href: String,
    pub(super) label: String,
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
    let given = visit.parameters.pairs().iter().filter(|(name, _)| !name.starts_with('-'));
    let given: BTreeMap<String, String> = given.cloned().collect();
    let sent = (!given.is_empty()).then_some(given);
    subject.form(visit, Filled { sent, ..Filled::default() }).await
}

/// Adds a record.
pub(crate) async fn added(
    State(edge): State<Arc<Edge>>,
    path: TypePath,
    visit: Visit,
    form: Form,
) -> Result<Response, ApiError> {
    let subject = Subject { edge: &edge, of: edge.record_type(path.type_index), record: None };
    subject.sent(visit, form).await
}

/// Shows the form of a record.
pub(crate) async fn edit(
    State(edge): State<Arc<Edge>>,
    path: OneRecord,
    visit: Visit,
) -> Result<Response, ApiError> {
    must_change(&visit.ctx, &edge, edge.record_type(path.type_index))?;
    let subject = Subject::of(&edge, &visit.ctx, (path.type_index, path.id)).await?;
    subject.form(visit, Filled::default()).await
}

/// Changes a record.
pub(crate) async fn edited(
    State(edge): State<Arc<Edge>>,
    path: OneRecord,
    visit: Visit,
    form: Form,
) -> Result<Response, ApiError> {
    match Subject::of(&edge, &visit.ctx, (path.type_index, path.id)).await {
        Ok(subject) => subject.sent(visit, form).await,
        Err(ApiError::NotFound(_)) => {
            let of = edge.record_type(path.type_index);
            Subject { edge: &edge, of, record: None }.gone(visit, form).await
        }
        Err(error) => Err(error),
    }
}

impl<'a> Subject<'a> {
    pub(super) async fn of(
        edge: &'a Edge,
        ctx: &Context,
        (type_index, id): (TypeIndex, RecordId),
    ) -> Result<Self, ApiError> {
        let of = edge.record_type(type_index);
        let record = edge.app.get(ctx, type_index, Target::Id(id)).await?;
        let record = record.ok_or_else(|| ApiError::no_match(&of.label))?;
        Ok(Self { edge, of, record: Some(record) })
    }

    /// Where the form is.
    pub(super) fn path(&self) -> String {
        let list = list_path(self.of);
        match &self.record {
            Some(record) => format!("{list}{}/edit/", record.id),
            None => format!("{list}add/"),
        }
    }

    pub(super) async fn form(&self, visit: Visit, filled: Filled) -> Result<Response, ApiError> {
        let Self { edge, of, record } = self;
        let Filled { sent, faults, status, notices, is_elsewhere } = filled;
        let nothing = BTreeMap::new();
        let all = sent.as_ref().unwrap_or(&nothing);
        let own = |name: &str| all.get(name).cloned();
        let found = look_up(edge, &visit.ctx, of, all).await?;
        let mut inputs = inputs(edge.schema(), of, record.as_ref(), sent.as_ref(), &faults);
        if sent.is_some() {
            found::show(&mut inputs, &found);
        }
        found::offer_new(edge, &visit.ctx, of, &mut inputs);
        let is_beside = |name: &str| of.field_named(name).is_none() && !asking::is_shown(name);
        let others = faults.iter().filter(|(name, _)| is_beside(name));
        let revision = record.as_ref().map(|record| record.revision.to_string());
        let said = Said::of(all);
        let touched = Touched::of(edge, &visit.ctx, [of.index]);
        let content = RecordChange {
            list: Link { href: list_path(of), label: plural_label(of) },
            title: match record {
                Some(record) => format!("Edit {}", app::encode::display(of, record)),
                None => format!("Add a {}", of.label.to_lowercase()),
            },
            record: record
                .as_ref()
                .map(|record| format!("{}{}/", list_path(of), record.id))
                .unwrap_or_default(),
            action: if is_elsewhere { self.path() } else { String::new() },
            back: own(detour::BACK).unwrap_or_default(),
            validate: match record {
                Some(record) => format!("/api/-/validate/{}/?id={}", of.plural, record.id),
                None => format!("/api/-/validate/{}/", of.plural),
            },
            revision: own(REVISION).or(revision).unwrap_or_default(),
            meanwhile: self.meanwhile(&visit.ctx, all, &found).await?,
            inputs,
            asking: Asking::of(edge, &visit.ctx, &touched, (&said, &faults)).await?,
            notices,
            errors: others.flat_map(|(_, all)| all.iter().map(ToString::to_string)).collect(),
            shell: visit.shell,
        };
        let is_fine = status == StatusCode::default();
        page(if is_fine { StatusCode::OK } else { status }, &content)
    }

    /// Shows what was typed of a record that is not there any more, to be added as another.
    async fn gone(&self, visit: Visit, form: Form) -> Result<Response, ApiError> {
        visit.check(form.field(csrf::FIELD))?;
        must_change(&visit.ctx, self.edge, self.of)?;
        let mut sent = form.into_fields();
        sent.retain(|name, _| self.of.field_named(name).is_some());
        let notice = Notice {
            class: "bad",
            text: "There is no such record any more: somebody deleted it. What you typed stands \
                   here, and saving it adds another."
                .to_owned(),
            href: format!("/-/history/?type={}", self.of.name),
            label: "What happened".to_owned(),
        };
        let filled = Filled {
            sent: Some(sent),
            status: StatusCode::NOT_FOUND,
            notices: vec![notice],
            is_elsewhere: true,
            ..Filled::default()
        };
        self.form(visit, filled).await
    }

    /// What others changed since the form was opened that somebody goes on with.
    async fn meanwhile(
        &self,
        ctx: &Context,
        sent: &BTreeMap<String, String>,
        found: &AllFound,
    ) -> Result<Option<Meanwhile>, ApiError> {
        let (Some(now), Some(opened)) = (&self.record, revision(sent, OPENED)) else {
            return Ok(None);
        };
        let base = meanwhile::at_revision(self.edge, ctx, self.of, (now, opened)).await?;
        Ok(Some(Meanwhile::of(self.of, (base.as_ref(), now), (sent, found))))
    }

    /// Does what a form says that was sent.
    async fn sent(&self, visit: Visit, form: Form) -> Result<Response, ApiError> {
        visit.check(form.field(csrf::FIELD))?;
        let sent = form.into_fields();
        if let Some(field) = sent.get(detour::NEW).cloned() {
            return detour::begin(self.edge, visit, (self.of, self.path()), (sent, &field)).await;
        }
        if let (Some(_), Some(back)) = (sent.get(detour::RETURN), sent.get(detour::BACK)) {
            return detour::end(self.edge, visit, back, None).await;
        }
        let seen = revision(&sent, REVISION);
        if let (Some(record), Some(seen)) = (&self.record, seen)
            && seen != record.revision
        {
            return self.overtaken(visit, sent, seen).await;
        }
        let wanted = meanwhile::chosen(self.of, self.record.as_ref(), &sent);
        let touched = Touched::of(self.edge, &visit.ctx, [self.of.index]);
        let ctx = Said::of(&sent).context(&visit.ctx, &touched);
        let (wanted, ctx) = match (wanted, ctx) {
            (Ok(wanted), Ok(ctx)) => (wanted, ctx),
            (wanted, ctx) => {
                let mut faults = wanted.err().unwrap_or_default();
                faults.merge(ctx.err().unwrap_or_default());
                let (sent, status) = (Some(sent), StatusCode::BAD_REQUEST);
                return self
                    .form(visit, Filled { sent, faults, status, ..Filled::default() })
                    .await;
            }
        };
        self.submit(visit, &ctx, sent, &wanted).await
    }

    /// Makes the change that a form asks for.
    async fn submit(
        &self,
        visit: Visit,
        ctx: &Context,
        sent: BTreeMap<String, String>,
        wanted: &BTreeMap<String, String>,
    ) -> Result<Response, ApiError> {
        let fields = fields(self.of, wanted);
        let action = match &self.record {
            None => Action::Add { fields },
            Some(record) => {
                let target = Target::Id(record.id);
                Action::Update { target, fields, unnamed: Unnamed::Keep }
            }
        };
        let seen = revision(&sent, REVISION);
        let preconditions = seen.map(Preconditions::revision).unwrap_or_default();
        let change = ProposedChange { type_index: self.of.index, action, preconditions };
        match self.edge.app.submit(ctx, Proposal { changes: vec![change] }).await {
            Ok(outcome) => match sent.get(detour::BACK) {
                Some(back) => detour::end(self.edge, visit, back, Some((self.of, &outcome))).await,
                None => Ok(go_to(&next_page(self.of, &outcome), [])),
            },
            Err(error) => match seen.filter(|_| is_stale(&error)).zip(self.record.as_ref()) {
                Some((seen, record)) => {
                    let name = (self.of.index, record.id);
                    let fresh = Subject::of(self.edge, &visit.ctx, name).await?;
                    fresh.overtaken(visit, sent, seen).await
                }
                None => self.refused(visit, sent, error).await,
            },
        }
    }

    /// Shows the form again that can't be fulfilled, with why.
    async fn refused(
        &self,
        visit: Visit,
        sent: BTreeMap<String, String>,
        error: app::Error,
    ) -> Result<Response, ApiError> {
        let problem = Problem::of_change(&error, &self.of.label);
        if problem.status().is_server_error() || problem.status() == StatusCode::FORBIDDEN {
            return Err(error.into());
        }
        let mut faults = Said::faults(&error).unwrap_or_else(|| problem.faults().clone());
        if faults.is_empty() {
            faults = Faults::one(NON_FIELD, bad(problem.told()));
        }
        let (sent, status) = (Some(sent), problem.status());
        self.form(visit, Filled { sent, faults, status, ..Filled::default() }).await
    }

    /// Shows the form that somebody else was quicker than, made to fit what they left.
    async fn overtaken(
        &self,
        visit: Visit,
        mut sent: BTreeMap<String, String>,
        seen: Revision,
    ) -> Result<Response, ApiError> {
        if let Some(now) = &self.record {
            let base = meanwhile::at_revision(self.edge, &visit.ctx, self.of, (now, seen)).await?;
            if let Ok(chosen) = meanwhile::chosen(self.of, base.as_ref(), &sent) {
                sent = chosen;
            }
            let found = look_up(self.edge, &visit.ctx, self.of, &sent).await?;
            meanwhile::take_over(self.of, (base.as_ref(), now), &found, &mut sent);
        }
        let (sent, status) = (Some(sent), StatusCode::PRECONDITION_FAILED);
        self.form(visit, Filled { sent, status, ..Filled::default() }).await
    }
}

/// A revision that stands in a field of a form.
fn revision(sent: &BTreeMap<String, String>, name: &str) -> Option<Revision> {
    sent.get(name)?.trim().parse().ok().map(Revision)
}

/// Whether somebody else was quicker.
fn is_stale(error: &app::Error) -> bool {
    let app::Error::Refused(refused) = error else {
        return false;
    };
    refused.iter().any(|one| matches!(one.why, Refusal::Stale { current: Some(_) }))
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
