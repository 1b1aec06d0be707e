//! `GET /api/{plural}/?format=csv|jsonl`: everything that the filter matches, streamed.

use app::Context;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use domain::schema::Type;

use crate::edge::Edge;
use crate::encode::stream::{self, Frame};
use crate::encode::{CsvEncoder, RecordEncoder};
use crate::error::ApiError;
use crate::extract::{Links, ListRequest, Parameters};
use crate::rest::answer;

/// A table whose first line names the columns.
pub(crate) async fn csv(
    edge: &Edge,
    ctx: &Context,
    record_type: &Type,
    parameters: Parameters,
) -> Result<Response, ApiError> {
    let lenient = edge.settings.lenient_filters;
    let (plan, projection) =
        ListRequest::everything(edge.schema(), record_type, parameters, lenient, true)?;
    let encoder = CsvEncoder::new(record_type, &projection);
    let frame = Frame {
        head: encoder.header().to_owned(),
        between: "",
        behind: "",
        tail: Box::new(|_| String::new()),
    };
    let batches = edge.app.export(ctx, plan).await?;
    let body = stream::body(batches, encoder, frame).await?;
    let mut response = answer::body(answer::CSV, body);
    let name = format!("attachment; filename=\"{}.csv\"", record_type.plural);
    if let Ok(name) = HeaderValue::try_from(name) {
        response
            .headers_mut()
            .insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

/// A record a line.
pub(crate) async fn json_lines(
    edge: &Edge,
    ctx: &Context,
    links: &Links,
    record_type: &Type,
    parameters: Parameters,
) -> Result<Response, ApiError> {
    let lenient = edge.settings.lenient_filters;
    let (plan, projection) =
        ListRequest::everything(edge.schema(), record_type, parameters, lenient, false)?;
    let encoder = RecordEncoder::new(edge.schema(), record_type, &projection, links);
    let frame = Frame {
        head: String::new(),
        between: "",
        behind: "\n",
        tail: Box::new(|_| String::new()),
    };
    let batches = edge.app.export(ctx, plan).await?;
    let body = stream::body(batches, encoder, frame).await?;
    Ok(answer::body(answer::JSON_LINES, body))
}
