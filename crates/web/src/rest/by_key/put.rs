//! `PUT /api/{plural}/by/{key...}/`

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use domain::change::{Action, Unnamed};

use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::{ByKey, JsonWrite, ObjectBody};
use crate::rest::change;

/// Adds or replaces a record: fields that are not named get their default or become null.
pub(crate) async fn put(
    State(edge): State<Arc<Edge>>,
    path: ByKey,
    write: JsonWrite,
    ObjectBody(fields): ObjectBody,
) -> Result<Response, ApiError> {
    let action = Action::Put {
        key: path.key()?,
        fields,
        unnamed: Unnamed::Reset,
    };
    change::make(&edge, &write, path.type_index, action).await
}
