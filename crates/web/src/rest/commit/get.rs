//! `GET /api/-/commits/{number}/`

use std::sync::Arc;

use app::Context;
use app::encode::PastEncoder;
use app::past::Bounds;
use axum::extract::State;
use axum::response::Response;
use domain::freshness::Depends;
use domain::history::Question;
use domain::record::CommitNumber;

use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::past::{LIMIT_DEFAULT, history_cursor, next_page};
use crate::extract::{CommitPath, JsonRead, Links, Parameters};
use crate::fresh;
use crate::rest::{answer, history};

/// Tells who made a commit, why, and the first page of its changes.
pub(crate) async fn get(
    State(edge): State<Arc<Edge>>,
    CommitPath(number): CommitPath,
    read: JsonRead,
) -> Result<Response, ApiError> {
    let edge = &edge;
    fresh::json(edge, read, Depends::Everything, |ctx, links, parameters| async move {
        told(edge, &ctx, &links, (number, parameters)).await
    })
    .await
}

async fn told(
    edge: &Edge,
    ctx: &Context,
    links: &Links,
    (number, parameters): (CommitNumber, Parameters),
) -> Result<Response, ApiError> {
    parameters.refuse_rest(edge.settings.lenient_filters)?;
    let told = edge.app.commit(ctx, number).await?.ok_or_else(CommitPath::no_match)?;
    let Bounds { after, before } = Bounds::only(number);
    let question = Question { after, before, ..Question::default() };
    let page = edge.app.history(ctx, question, None, LIMIT_DEFAULT).await?;
    let kept = [("commit".to_owned(), number.to_string())];
    let next =
        page.next.map(|place| next_page(links, history::list::PATH, &kept, &history_cursor(place)));
    let encoder = PastEncoder { schema: edge.schema(), base_url: links.base() };
    let mut out = String::new();
    encoder.commit(&told, &page.entries, next.as_deref(), &mut out);
    Ok(answer::body(answer::JSON, out))
}
