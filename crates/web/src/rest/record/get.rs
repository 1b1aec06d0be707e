//! `GET /api/{plural}/{id}/`

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use domain::change::Target;
use domain::fault::Faults;
use domain::freshness::Depends;
use domain::schema::TypeIndex;

use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::{AsOf, JsonRead, OneRecord, Projection};
use crate::fresh;
use crate::rest::answer::record as record_answer;

/// Reads a record.
pub(crate) async fn get(
    State(edge): State<Arc<Edge>>,
    path: OneRecord,
    read: JsonRead,
) -> Result<Response, ApiError> {
    answer(&edge, read, path.type_index, path.target()).await
}

/// Answers a read of one record.
pub(crate) async fn answer(
    edge: &Edge,
    read: JsonRead,
    type_index: TypeIndex,
    target: Target,
) -> Result<Response, ApiError> {
    let depends = Depends::Type(type_index);
    fresh::json(edge, read, depends, |ctx, links, mut parameters| async move {
        let record_type = edge.record_type(type_index);
        let mut faults = Faults::default();
        let projection = Projection::take(record_type, &mut parameters, &mut faults);
        let as_of = AsOf::take(&mut parameters, ctx.now, &mut faults);
        if let Err(wrong) = parameters.refuse_rest(edge.settings.lenient_filters) {
            faults.merge(wrong);
        }
        faults.or_ok(())?;
        let as_of = as_of.commit(edge, &ctx).await?;
        let record = edge
            .app
            .get_as_of(&ctx, type_index, target, as_of)
            .await?
            .ok_or_else(|| ApiError::no_match(&record_type.label))?;
        Ok(record_answer(edge, &links, &projection, &record))
    })
    .await
}
