//! `POST /api/-/validate/{plural}/`

use std::sync::Arc;

use app::submit::Effect;
use axum::extract::State;
use axum::response::Response;
use domain::change::{Action, FieldsInput, Target, Unnamed};
use domain::fault::{Faults, FieldFault};
use domain::record::RecordId;
use serde_json::json;

use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::{JsonRead, ObjectBody, Parameters, TypePath};
use crate::rest::{answer, change};

/// Tells what a write with this body would do, and writes nothing: the errors are those that the
/// write would have. With `?id=` it is a change of that record, else a new one.
pub(crate) async fn check(
    State(edge): State<Arc<Edge>>,
    path: TypePath,
    JsonRead { ctx, mut parameters, .. }: JsonRead,
    ObjectBody { fields, .. }: ObjectBody,
) -> Result<Response, ApiError> {
    let record_type = edge.record_type(path.type_index);
    let action = action(&mut parameters, fields)?;
    parameters.refuse_rest(edge.settings.lenient_filters)?;
    let proposal = change::proposal(path.type_index, action);
    let outcome = edge
        .app
        .preview(&ctx, proposal)
        .await
        .map_err(|error| change::refused(record_type, error))?;
    let subject = outcome.subjects.first().ok_or(ApiError::Internal)?;
    let effect = match subject.effect {
        Effect::Added => "added",
        Effect::Updated => "updated",
        Effect::Deleted => "deleted",
        Effect::Unchanged => "unchanged",
    };
    Ok(answer::json(&json!({"valid": true, "effect": effect})))
}

fn action(parameters: &mut Parameters, fields: FieldsInput) -> Result<Action, Faults> {
    let mut faults = Faults::default();
    let action = match parameters.take("id", &mut faults) {
        None => Action::Add { fields },
        Some(text) => {
            let id = text.parse().unwrap_or_else(|_bad| {
                faults.add("id", FieldFault::NotInteger);
                0
            });
            Action::Update { target: Target::Id(RecordId(id)), fields, unnamed: Unnamed::Keep }
        }
    };
    faults.or_ok(action)
}
