//! `GET /api/{plural}/?export=NAME`: what a template makes of everything that the filter matches.

use std::sync::Arc;

use app::Context;
use app::freshness::Stand;
use app::templates::{CompiledTemplate, TemplateExport};
use axum::http::HeaderValue;
use axum::http::request::Parts;
use axum::response::Response;
use domain::freshness::Depends;
use domain::schema::TypeIndex;

use super::export::{named, wanted};
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::as_of::AS_OF;
use crate::extract::list::Columns;
use crate::extract::{Links, Parameters, Reading};
use crate::fresh::{self, Ask, Conditions};
use crate::rest::answer;

/// The parameters of an export that are no filters.
const NO_FILTERS: [&str; 6] = [AS_OF, "brief", "exclude", "fields", "omit", "ordering"];

/// Answers with what a template makes. It is kept by the digest of the template, so that another text
/// is another answer.
pub(super) async fn list(
    (edge, of): (&Edge, TypeIndex),
    (ctx, stand): (&Context, &Stand),
    links: &Links,
    parts: &Parts,
    (parameters, name): (Parameters, &str),
) -> Result<Response, ApiError> {
    let template = edge.app.template_for(ctx, stand.heads.pages, (name, of)).await?;
    let form = template.form();
    let ask = Ask {
        edge,
        ctx,
        stand,
        links,
        conditions: &Conditions::of(parts),
        depends: Depends::Type(of),
        form: &form,
    };
    fresh::answer(ask, |ctx| async move {
        let record_type = edge.record_type(of);
        let reading = Reading { edge, ctx: &ctx, links, record_type };
        made(reading, parameters, template).await
    })
    .await
}

async fn made(
    reading: Reading<'_>,
    parameters: Parameters,
    template: Arc<CompiledTemplate>,
) -> Result<Response, ApiError> {
    let Reading { edge, ctx, links, record_type } = reading;
    let is_filter = |(name, _): &&(String, String)| !NO_FILTERS.contains(&name.as_str());
    let filters: Vec<_> = parameters.pairs().iter().filter(is_filter).cloned().collect();
    let (plan, projection) = wanted(reading, parameters, Columns::Record).await?;
    let asked = TemplateExport {
        template: Arc::clone(&template),
        plan,
        members: projection.members(),
        base_url: links.base(),
        filters: &filters,
    };
    let made = edge.app.export_template(ctx, asked).await?;
    let media_type = HeaderValue::try_from(template.text.media_type.as_str());
    let media_type = media_type.map_err(|_bad| ApiError::Internal)?;
    // As a file: what an administrator wrote is no page of ours.
    Ok(named(answer::body(media_type, made), &template.file_name(&record_type.plural)))
}
