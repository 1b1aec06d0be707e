//! Changes of one record: one proposal of one change, and the answer to it.

use app::Error;
use app::submit::{Effect, Outcome};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::change::{Action, Preconditions, Proposal, ProposedChange};
use domain::schema::{Type, TypeIndex};

use super::answer;
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::{JsonWrite, Links, Projection};

/// The header that tells the number of the commit that a write made.
const X_COMMIT: HeaderName = HeaderName::from_static("x-commit");

/// A proposal of one change.
pub(crate) fn proposal(type_index: TypeIndex, action: Action) -> Proposal {
    Proposal { changes: vec![ProposedChange { type_index, action, preconditions: Preconditions::default() }] }
}

/// An error of a change of a record of a type.
pub(crate) fn refused(record_type: &Type, error: Error) -> ApiError {
    ApiError::Change { type_label: record_type.label.clone(), error }
}

/// Makes a change and answers with the record as it then is: 201 when it was added, 204 when it
/// is gone.
pub(crate) async fn make(
    edge: &Edge,
    write: &JsonWrite,
    type_index: TypeIndex,
    action: Action,
) -> Result<Response, ApiError> {
    let record_type = edge.record_type(type_index);
    let outcome = edge
        .app
        .submit(&write.ctx, proposal(type_index, action))
        .await
        .map_err(|error| refused(record_type, error))?;
    let mut response = answer_to(edge, &write.links, record_type, &outcome)?;
    if let Some(commit) = &outcome.commit {
        let number = HeaderValue::from(commit.number.0);
        response.headers_mut().insert(X_COMMIT, number);
    }
    Ok(response)
}

fn answer_to(
    edge: &Edge,
    links: &Links,
    record_type: &Type,
    outcome: &Outcome,
) -> Result<Response, ApiError> {
    let subject = outcome.subjects.first().ok_or(ApiError::Internal)?;
    let Some(record) = &subject.record else {
        return Ok(StatusCode::NO_CONTENT.into_response());
    };
    let status = match subject.effect {
        Effect::Added => StatusCode::CREATED,
        Effect::Updated | Effect::Deleted | Effect::Unchanged => StatusCode::OK,
    };
    let full = Projection::full(record_type);
    let mut response = answer::record(edge, links, &full, status, record);
    if subject.effect == Effect::Added {
        let address = links.record(record_type, record.id);
        let address = HeaderValue::try_from(address).map_err(|_bad| ApiError::Internal)?;
        response.headers_mut().insert(header::LOCATION, address);
    }
    Ok(response)
}
