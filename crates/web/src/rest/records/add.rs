//! `POST /api/{plural}/` with a record.

use app::Context;
use axum::response::Response;
use domain::change::{Action, FieldsInput};
use domain::schema::TypeIndex;

use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::{Links, Parameters};
use crate::rest::change;

/// Adds a record.
pub(crate) async fn add(
    edge: &Edge,
    ctx: &Context,
    links: &Links,
    type_index: TypeIndex,
    parameters: Parameters,
    fields: FieldsInput,
) -> Result<Response, ApiError> {
    change::refuse_unknown(edge, parameters)?;
    change::make(edge, ctx, links, type_index, Action::Add { fields }).await
}
