//! Changes of records: one wish, made once where it has a key, and the answer to it.

use std::sync::Arc;

use app::Error;
use app::review::ToldRequest;
use app::submit::{Effect, Once, Outcome, Subject, Wish};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::change::{Action, Preconditions, Proposal, ProposedChange, Refusal};
use domain::schema::{Demand, Type, TypeIndex};
use serde_json::json;

use super::answer::{JSON, JSON_PROBLEM, etag, record_body};
use super::prepared::Prepared;
use super::requests;
use crate::edge::Edge;
use crate::error::{ApiError, Problem};
use crate::extract::{Links, Write};

/// The header that tells the number of the commit that a write made.
pub(crate) const X_COMMIT: HeaderName = HeaderName::from_static("x-commit");

/// How the outcome of a wish is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// The record that the only change is about.
    One,
    /// A list of the records, in the order of the changes; errors by their places in it.
    Many,
}

/// A proposal of one change.
pub(crate) fn proposal(type_index: TypeIndex, action: Action) -> Proposal {
    let preconditions = Preconditions::default();
    Proposal { changes: vec![ProposedChange { type_index, action, preconditions }] }
}

/// An error of a change of a record of a type.
pub(crate) fn refused(record_type: &Type, error: Error) -> ApiError {
    ApiError::Change { type_label: record_type.label.clone(), error }
}

/// Makes a change under the request's preconditions and answers with the record as it then is: 201
/// when it was added, 204 when it is gone.
pub(crate) async fn make(
    edge: &Arc<Edge>,
    write: Write,
    type_index: TypeIndex,
    action: Action,
    body: &[u8],
) -> Result<Response, ApiError> {
    if !matches!(action, Action::Add { .. }) {
        demand_preconditions(edge.record_type(type_index), &write)?;
    }
    let preconditions = write.preconditions.clone();
    let change = ProposedChange { type_index, action, preconditions };
    let wish = Wish::Changes(Proposal { changes: vec![change] });
    fulfil(edge, write, wish, Answering::Records { type_index, shape: Shape::One }, body).await
}

/// Refuses a write that does not say which revision it was made for, where its type wants that.
pub(crate) fn demand_preconditions(record_type: &Type, write: &Write) -> Result<(), ApiError> {
    if record_type.if_match == Demand::Required && !write.preconditions.are_given() {
        return Err(ApiError::PreconditionRequired);
    }
    Ok(())
}

/// What an answer is about.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Answering {
    /// Records of a type.
    Records { type_index: TypeIndex, shape: Shape },
    /// The commit as a whole, whatever it touches.
    Commit,
}

/// Fulfils a wish and answers with what came of it; made once where the request has a key.
pub(crate) async fn fulfil(
    edge: &Arc<Edge>,
    write: Write,
    wish: Wish,
    answering: Answering,
    body: &[u8],
) -> Result<Response, ApiError> {
    let Write { ctx, links, once, .. } = write;
    let Some(key) = once else {
        let outcome = edge.app.submit_wish(&ctx, wish).await;
        return Ok(match answering.answer(edge, &links, &outcome) {
            Ok(prepared) => prepared.into_response(),
            Err(problem) => problem.into_response(),
        });
    };
    let key = key.with_body(&ctx, body);
    let (kept_edge, request_id) = (Arc::clone(edge), ctx.request_id.clone());
    let is_first = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let marks_first = Arc::clone(&is_first);
    let answer = Box::new(move |outcome: &Result<Outcome, Error>| {
        marks_first.store(true, std::sync::atomic::Ordering::Relaxed);
        let answered = answering.answer(&kept_edge, &links, outcome);
        answered.unwrap_or_else(|problem| finished(&problem, &request_id)).into()
    });
    let answer = edge.app.submit_once(&ctx, wish, Once { key, answer }).await?;
    let was_first = is_first.load(std::sync::atomic::Ordering::Relaxed);
    let prepared = if was_first { Prepared::first(answer) } else { Prepared::again(answer) };
    Ok(prepared.into_response())
}

/// A problem as an answer that can be kept.
fn finished(problem: &Problem, request_id: &str) -> Prepared {
    let mut prepared = Prepared::body(problem.status(), JSON_PROBLEM, problem.to_json(request_id));
    prepared.headers.extend(problem.headers().clone());
    prepared
}

impl Answering {
    /// The answer to what came of a wish.
    fn answer(
        self,
        edge: &Edge,
        links: &Links,
        outcome: &Result<Outcome, Error>,
    ) -> Result<Prepared, Box<Problem>> {
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(error) => return Err(Box::new(self.problem(edge, links, error))),
        };
        if let Some(request) = &outcome.request {
            return Ok(parked(edge, links, request));
        }
        let prepared = match self {
            Self::Records { type_index, shape } => {
                let record_type = edge.record_type(type_index);
                match shape {
                    Shape::One => one(edge, links, record_type, outcome)?,
                    Shape::Many => many(edge, links, record_type, outcome),
                }
            }
            Self::Commit => whole(outcome),
        };
        Ok(match &outcome.commit {
            Some(commit) => prepared.with(X_COMMIT, HeaderValue::from(commit.number.0)),
            None => prepared,
        })
    }

    /// An error; where the record is not as it was expected to be, with what it is.
    fn problem(self, edge: &Edge, links: &Links, error: &Error) -> Problem {
        let problem = match self {
            Self::Records { type_index, shape } => {
                let label = &edge.record_type(type_index).label;
                match shape {
                    Shape::One => Problem::of_change(error, label),
                    Shape::Many => Problem::of_changes(error, label),
                }
            }
            Self::Commit => Problem::of_change(error, "record"),
        };
        let Error::Refused(refused) = error else {
            return problem;
        };
        if let [only] = refused.as_slice()
            && let Refusal::Stale { current: Some(record) } = &only.why
        {
            let body = record_body(edge, links, record);
            return problem.with_current(etag(record.revision, &body), body);
        }
        problem
    }
}

/// The change request by which the changes wait.
fn parked(edge: &Edge, links: &Links, request: &ToldRequest) -> Prepared {
    let location = app::encode::request_url(links.base(), request.request.number);
    requests::prepared(StatusCode::ACCEPTED, edge, links, request).with(header::LOCATION, location)
}

fn one(
    edge: &Edge,
    links: &Links,
    record_type: &Type,
    outcome: &Outcome,
) -> Result<Prepared, Box<Problem>> {
    let subject = outcome.subjects.first().ok_or_else(|| Box::new(ApiError::Internal.into()))?;
    let Some(record) = &subject.record else {
        return Ok(Prepared::empty(StatusCode::NO_CONTENT));
    };
    let body = record_body(edge, links, record);
    let etag = etag(record.revision, &body);
    let prepared = Prepared::body(status(subject), JSON, body).with(header::ETAG, etag);
    Ok(match subject.effect {
        Effect::Added => prepared.with(header::LOCATION, links.record(record_type, record.id)),
        Effect::Updated | Effect::Deleted | Effect::Unchanged => prepared,
    })
}

fn status(subject: &Subject) -> StatusCode {
    match subject.effect {
        Effect::Added => StatusCode::CREATED,
        Effect::Updated | Effect::Deleted | Effect::Unchanged => StatusCode::OK,
    }
}

/// The number of the commit that was made, and how many changes it has.
fn whole(outcome: &Outcome) -> Prepared {
    let commit = outcome.commit.as_ref().map(|commit| commit.number.0);
    let changes = outcome.added + outcome.updated + outcome.deleted;
    Prepared::body(StatusCode::OK, JSON, json!({"commit": commit, "changes": changes}).to_string())
}

/// The records in the order of the changes; 204 when all are gone.
fn many(edge: &Edge, links: &Links, record_type: &Type, outcome: &Outcome) -> Prepared {
    let records: Vec<_> =
        outcome.subjects.iter().filter_map(|subject| subject.record.as_ref()).collect();
    if records.is_empty() && !outcome.subjects.is_empty() {
        return Prepared::empty(StatusCode::NO_CONTENT);
    }
    let mut body = String::from("[");
    let encoder = super::answer::encoder(edge, links, record_type);
    for (place, record) in records.into_iter().enumerate() {
        if place > 0 {
            body.push(',');
        }
        app::encode::EncodeRecord::encode(&encoder, record, &mut body);
    }
    body.push(']');
    let all_added = outcome.subjects.iter().all(|subject| subject.effect == Effect::Added);
    let is_new = all_added && !outcome.subjects.is_empty();
    Prepared::body(if is_new { StatusCode::CREATED } else { StatusCode::OK }, JSON, body)
}
