//! `PUT /api/{plural}/{id}/`

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use domain::change::{Action, Unnamed};

use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::{JsonWrite, ObjectBody, OneRecord};
use crate::rest::change;

/// Replaces a record: fields that are not named get their default or become null.
pub(crate) async fn replace(
    State(edge): State<Arc<Edge>>,
    path: OneRecord,
    JsonWrite(write): JsonWrite,
    ObjectBody { fields, bytes }: ObjectBody,
) -> Result<Response, ApiError> {
    let action = Action::Update { target: path.target(), fields, unnamed: Unnamed::Reset };
    change::make(&edge, write, path.type_index, action, &bytes).await
}
