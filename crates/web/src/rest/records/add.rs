//! `POST /api/{plural}/` with a record.

use axum::response::Response;
use domain::change::{Action, FieldsInput};
use domain::schema::TypeIndex;

use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::JsonWrite;
use crate::rest::change;

/// Adds a record.
pub(crate) async fn add(
    edge: &Edge,
    write: &JsonWrite,
    type_index: TypeIndex,
    fields: FieldsInput,
) -> Result<Response, ApiError> {
    change::make(edge, write, type_index, Action::Add { fields }).await
}
