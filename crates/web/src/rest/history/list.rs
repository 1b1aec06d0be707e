//! `GET /api/-/history/`

use std::sync::Arc;

use app::Context;
use app::encode::{PastEncoder, write_list};
use app::past::HistoryPage;
use axum::extract::State;
use axum::response::Response;
use domain::fault::Faults;
use domain::freshness::Depends;
use domain::json::write_text;

use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::past::{HistoryRequest, history_cursor, kept_in_links, next_page};
use crate::extract::{JsonRead, Links};
use crate::fresh;
use crate::rest::answer;

/// The address.
pub(crate) const PATH: &str = "/api/-/history/";

/// Lists the changes of all records.
pub(crate) async fn list(
    State(edge): State<Arc<Edge>>,
    read: JsonRead,
) -> Result<Response, ApiError> {
    let edge = &edge;
    fresh::json(edge, read, Depends::Everything, |ctx, links, mut parameters| async move {
        let kept = kept_in_links(&parameters);
        let mut faults = Faults::default();
        let request = HistoryRequest::take(&mut parameters, ctx.now, &mut faults);
        if let Err(wrong) = parameters.refuse_rest(edge.settings.lenient_filters) {
            faults.merge(wrong);
        }
        faults.or_ok(())?;
        let asked = Asked { edge, ctx: &ctx, links: &links, path: PATH, kept };
        let (page, next) = asked.page(&request).await?;
        Ok(page_answer(edge, &links, &request, &page, next.as_deref()))
    })
    .await
}

/// A request for a page of history, on its way.
pub(crate) struct Asked<'a> {
    pub(crate) edge: &'a Edge,
    pub(crate) ctx: &'a Context,
    pub(crate) links: &'a Links,
    pub(crate) path: &'a str,
    pub(crate) kept: Vec<(String, String)>,
}

impl Asked<'_> {
    /// The page, and the address of the next one.
    pub(crate) async fn page(
        self,
        request: &HistoryRequest,
    ) -> Result<(HistoryPage, Option<String>), ApiError> {
        let Self { edge, ctx, links, path, mut kept } = self;
        let question = request.resolve(edge, ctx).await?;
        request.between.pin(&mut kept);
        let page = edge.app.history(ctx, question, request.place, request.limit).await?;
        let next = page.next.map(|place| next_page(links, path, &kept, &history_cursor(place)));
        Ok((page, next))
    }
}

/// A page as it is sent.
pub(crate) fn page_answer(
    edge: &Edge,
    links: &Links,
    request: &HistoryRequest,
    page: &HistoryPage,
    next: Option<&str>,
) -> Response {
    let encoder = PastEncoder { schema: edge.schema(), base_url: links.base() };
    paged(next, &page.entries, |told, out| encoder.entry(told, request.question.snapshot, out))
}

/// A page of anything as it is sent.
pub(crate) fn paged<T>(
    next: Option<&str>,
    items: &[T],
    write: impl Fn(&T, &mut String),
) -> Response {
    let mut out = String::from("{\"next\":");
    match next {
        Some(next) => write_text(next, &mut out),
        None => out.push_str("null"),
    }
    out.push_str(",\"results\":");
    write_list(items, &mut out, write);
    out.push('}');
    answer::body(answer::JSON, out)
}
