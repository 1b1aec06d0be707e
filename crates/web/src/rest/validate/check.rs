//! `POST /api/-/validate/{plural}/`

use std::sync::Arc;

use app::submit::{Effect, Outcome};
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use domain::access::Right;
use domain::change::{Action, FieldsInput, Target, Unnamed};
use domain::fault::{Faults, FieldFault};
use domain::record::RecordId;
use domain::schema::TypeIndex;
use serde_json::{Value, json};

use crate::edge::Edge;
use crate::error::{ApiError, Problem};
use crate::extract::body::{OneOrMany, json as read_json, one_or_many};
use crate::extract::parameters::bad;
use crate::extract::{Body, JsonRead, Parameters, TypePath};
use crate::rest::records::bulk::Each;
use crate::rest::{answer, change};

/// What is done with the items of a list.
const ACTION: &str = "action";
/// The record that a change is of.
const ID: &str = "id";

/// Tells what a write with this body would do, and writes nothing: the errors are those that the
/// write would have. With `?id=` it is a change of that record, else a new one; of a list,
/// `?action=` says what is done with its items.
pub(crate) async fn check(
    State(edge): State<Arc<Edge>>,
    path: TypePath,
    read: JsonRead,
    Body(bytes): Body,
) -> Result<Response, ApiError> {
    let told = match one_or_many(read_json(&bytes)?)? {
        OneOrMany::One(fields) => check_one(&edge, path.type_index, read, fields).await?,
        OneOrMany::Many(items) => {
            let JsonRead { ctx, mut parameters, .. } = read;
            // A list may be empty, and of none of its items be asked.
            ctx.must(Right::View, edge.schema(), path.type_index)?;
            let each = each(&mut parameters)?;
            parameters.refuse_rest(edge.settings.lenient_filters)?;
            let record_type = edge.record_type(path.type_index);
            let proposal = each.proposal(record_type, items)?;
            match edge.app.preview(&ctx, proposal).await {
                Ok(outcome) => of_list(&outcome),
                Err(error) => return Ok(refused(&error, &record_type.label)),
            }
        }
    };
    Ok(answer::json(&told))
}

async fn check_one(
    edge: &Edge,
    type_index: TypeIndex,
    JsonRead { ctx, mut parameters, .. }: JsonRead,
    fields: FieldsInput,
) -> Result<Value, ApiError> {
    let action = action(&mut parameters, fields)?;
    parameters.refuse_rest(edge.settings.lenient_filters)?;
    let proposal = change::proposal(type_index, action);
    let outcome = edge
        .app
        .preview(&ctx, proposal)
        .await
        .map_err(|error| change::refused(edge.record_type(type_index), error))?;
    let subject = outcome.subjects.first().ok_or(ApiError::Internal)?;
    Ok(json!({"valid": true, "effect": word(subject.effect)}))
}

/// Errors by the places of items.
fn refused(error: &app::Error, type_label: &str) -> Response {
    Problem::of_changes(error, type_label).into_response()
}

/// What would become of each item, and how many records that would touch.
fn of_list(outcome: &Outcome) -> Value {
    let results = outcome.subjects.iter().map(|subject| {
        let id = (subject.effect != Effect::Added).then_some(subject.id.0);
        json!({"effect": word(subject.effect), "id": id})
    });
    let results: Vec<Value> = results.collect();
    let records = outcome.added + outcome.updated + outcome.deleted;
    json!({"valid": true, "results": results, "records": records})
}

fn word(effect: Effect) -> &'static str {
    match effect {
        Effect::Added => "added",
        Effect::Updated => "updated",
        Effect::Deleted => "deleted",
        Effect::Unchanged => "unchanged",
    }
}

fn action(parameters: &mut Parameters, fields: FieldsInput) -> Result<Action, Faults> {
    let mut faults = Faults::default();
    if parameters.take(ACTION, &mut faults).is_some() {
        faults.add(ACTION, bad("This goes with a list."));
    }
    let action = match parameters.take(ID, &mut faults) {
        None => Action::Add { fields },
        Some(text) => {
            let id = text.parse().unwrap_or_else(|_bad| {
                faults.add(ID, FieldFault::NotInteger);
                0
            });
            Action::Update { target: Target::Id(RecordId(id)), fields, unnamed: Unnamed::Keep }
        }
    };
    faults.or_ok(action)
}

fn each(parameters: &mut Parameters) -> Result<Each, Faults> {
    let mut faults = Faults::default();
    if parameters.take(ID, &mut faults).is_some() {
        faults.add(ID, bad("The items of a list name their records themselves."));
    }
    let each = match parameters.take(ACTION, &mut faults).as_deref() {
        None | Some("add") => Each::Add,
        Some("update") => Each::Patch,
        Some("delete") => Each::Delete,
        Some(_) => {
            faults.add(ACTION, bad("Give add, update or delete."));
            Each::Add
        }
    };
    faults.or_ok(each)
}
