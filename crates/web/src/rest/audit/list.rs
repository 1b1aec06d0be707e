//! `GET /api/-/audit/`

use std::sync::Arc;

use app::encode::PastEncoder;
use axum::extract::State;
use axum::response::Response;
use domain::fault::Faults;

use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::JsonRead;
use crate::extract::audit::{AuditRequest, audit_cursor};
use crate::extract::past::{kept_in_links, next_page};
use crate::rest::history::list::paged;

/// The address.
pub(crate) const PATH: &str = "/api/-/audit/";

/// Lists commits in an auditor's words, and what else happened.
pub(crate) async fn list(
    State(edge): State<Arc<Edge>>,
    read: JsonRead,
) -> Result<Response, ApiError> {
    let JsonRead { ctx, links, mut parameters, .. } = read;
    let mut kept = kept_in_links(&parameters);
    let mut faults = Faults::default();
    let request = AuditRequest::take(&mut parameters, ctx.now, &mut faults);
    if let Err(wrong) = parameters.refuse_rest(edge.settings.lenient_filters) {
        faults.merge(wrong);
    }
    faults.or_ok(())?;
    request.between.pin(&mut kept);
    let page = edge.app.audit(&ctx, request.question(), request.place, request.limit).await?;
    let next = page.next.map(|place| next_page(&links, PATH, &kept, &audit_cursor(place)));
    let encoder = PastEncoder { schema: edge.schema(), base_url: links.base() };
    Ok(paged(next.as_deref(), &page.entries, |entry, out| encoder.audit(entry, out)))
}
