//! `PATCH /api/{plural}/{id}/`

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use domain::change::{Action, Unnamed};

use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::{JsonOnly, Links, ObjectBody, OneRecord, Parameters, Writer};
use crate::rest::change;

/// Changes a record: fields that are not named stay as they are.
pub(crate) async fn change(
    State(edge): State<Arc<Edge>>,
    path: OneRecord,
    Writer(ctx): Writer,
    _: JsonOnly,
    links: Links,
    parameters: Parameters,
    ObjectBody(fields): ObjectBody,
) -> Result<Response, ApiError> {
    change::refuse_unknown(&edge, parameters)?;
    let action = Action::Update {
        target: path.target(),
        fields,
        unnamed: Unnamed::Keep,
    };
    change::make(&edge, &ctx, &links, path.type_index, action).await
}
