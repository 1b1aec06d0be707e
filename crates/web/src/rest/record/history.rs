//! `GET /api/{plural}/{id}/history/`

use std::sync::Arc;

use app::Context;
use axum::extract::State;
use axum::response::Response;
use domain::access::Right;
use domain::fault::Faults;
use domain::freshness::Depends;

use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::past::{HistoryRequest, kept_in_links};
use crate::extract::{JsonRead, Links, OneRecord, Parameters};
use crate::fresh;
use crate::rest::history::list::{Asked, page_answer};

/// Lists the changes of a record, also of one that is gone.
pub(crate) async fn history(
    State(edge): State<Arc<Edge>>,
    path: OneRecord,
    read: JsonRead,
) -> Result<Response, ApiError> {
    let (edge, depends) = (&edge, Depends::Type(path.type_index));
    fresh::json(edge, read, depends, |ctx, links, parameters| async move {
        page(edge, &ctx, &links, (path, parameters)).await
    })
    .await
}

async fn page(
    edge: &Edge,
    ctx: &Context,
    links: &Links,
    (path, mut parameters): (OneRecord, Parameters),
) -> Result<Response, ApiError> {
    let of = edge.record_type(path.type_index);
    let kept = kept_in_links(&parameters);
    let mut faults = Faults::default();
    let record = (of.name.as_str(), path.id);
    let request = HistoryRequest::take_of_record(&mut parameters, ctx.now, record, &mut faults);
    if let Err(wrong) = parameters.refuse_rest(edge.settings.lenient_filters) {
        faults.merge(wrong);
    }
    faults.or_ok(())?;
    let address = format!("/api/{}/{}/history/", of.plural, path.id);
    let asked = Asked { edge, ctx, links, path: &address, kept };
    let (page, next) = asked.page(&request).await?;
    let may_see_all = ctx.access.has_all(Right::View, of.index);
    if page.entries.is_empty()
        && (!may_see_all || !edge.app.was_record(ctx, of.name.as_str(), path.id).await?)
    {
        return Err(ApiError::no_match(&of.label));
    }
    Ok(page_answer(edge, links, &request, &page, next.as_deref()))
}
