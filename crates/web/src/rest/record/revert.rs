//! `POST /api/{plural}/{id}/revert/`

use std::sync::Arc;

use app::revert::Revert;
use app::submit::Wish;
use axum::extract::State;
use axum::response::Response;
use domain::change::FieldsInput;
use domain::fault::{Faults, FieldFault};
use domain::json::Json;
use domain::record::Revision;

use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::parameters::bad;
use crate::extract::{JsonWrite, ObjectBody, OneRecord};
use crate::rest::change::{Answering, Shape, demand_preconditions, fulfil};

/// The revision to go back to.
const TO_REVISION: &str = "to_revision";

/// Makes a record what it was at a revision; one that was deleted comes back.
pub(crate) async fn revert(
    State(edge): State<Arc<Edge>>,
    path: OneRecord,
    JsonWrite(write): JsonWrite,
    ObjectBody { fields, bytes }: ObjectBody,
) -> Result<Response, ApiError> {
    let type_index = path.type_index;
    demand_preconditions(edge.record_type(type_index), &write)?;
    let revert = Revert::Record {
        type_index,
        id: path.id,
        to_revision: to_revision(fields)?,
        preconditions: write.preconditions.clone(),
    };
    let answering = Answering::Records { type_index, shape: Shape::One };
    fulfil(&edge, write, Wish::Revert(revert), answering, &bytes).await
}

/// The only member of the body.
fn to_revision(mut body: FieldsInput) -> Result<Revision, Faults> {
    let mut faults = Faults::default();
    let found = match body.remove(TO_REVISION) {
        None => Err(FieldFault::Required),
        Some(Json::Number(digits)) => digits.parse().map_err(|_other| FieldFault::NotInteger),
        Some(_) => Err(FieldFault::NotInteger),
    };
    for name in body.keys() {
        faults.add(name, bad("Unknown field. The body is {\"to_revision\": 4}."));
    }
    let revision = found.unwrap_or_else(|fault| {
        faults.add(TO_REVISION, fault);
        0
    });
    faults.or_ok(Revision(revision))
}
