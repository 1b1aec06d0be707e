//! `PATCH /api/{plural}/{id}/`

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use domain::change::{Action, Unnamed};

use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::{JsonWrite, ObjectBody, OneRecord};
use crate::rest::change;

/// Changes a record: fields that are not named stay as they are.
pub(crate) async fn change(
    State(edge): State<Arc<Edge>>,
    path: OneRecord,
    JsonWrite(write): JsonWrite,
    ObjectBody { fields, bytes }: ObjectBody,
) -> Result<Response, ApiError> {
    let action = Action::Update { target: path.target(), fields, unnamed: Unnamed::Keep };
    change::make(&edge, write, path.type_index, action, &bytes).await
}
