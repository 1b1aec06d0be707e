//! `GET /api/{plural}/?format=csv|jsonl|yaml|xlsx`: everything that the filter matches, streamed.

use axum::http::{HeaderValue, header};
use axum::response::Response;
use domain::query::Plan;

use crate::error::ApiError;
use crate::extract::list::{Columns, Everything};
use crate::extract::{ListRequest, Parameters, Projection, Reading};
use crate::rest::answer;
use crate::stream::{self, Frame};
use app::encode::{CsvEncoder, JsonEncoder, YamlEncoder};

/// A table whose first line names the columns.
pub(crate) async fn csv(
    reading: Reading<'_>,
    parameters: Parameters,
) -> Result<Response, ApiError> {
    let Reading { edge, ctx, record_type, .. } = reading;
    let (plan, projection) = wanted(reading, parameters, Columns::Table).await?;
    let encoder = CsvEncoder::new(record_type, projection.members());
    let frame = Frame {
        head: encoder.header().to_owned(),
        between: "",
        behind: "",
        tail: Box::new(|_| String::new()),
    };
    let batches = edge.app.export(ctx, plan)?;
    let body = stream::body(batches, encoder, frame).await?;
    Ok(named(answer::body(answer::CSV, body), &format!("{}.csv", record_type.plural)))
}

/// A workbook with one sheet.
pub(crate) async fn xlsx(
    reading: Reading<'_>,
    parameters: Parameters,
) -> Result<Response, ApiError> {
    let Reading { edge, ctx, record_type, .. } = reading;
    let (plan, projection) = wanted(reading, parameters, Columns::Table).await?;
    let pieces = edge.app.export_workbook(ctx, plan, projection.members()).await?;
    let body = stream::workbook(pieces).await?;
    Ok(named(answer::body(answer::XLSX, body), &format!("{}.xlsx", record_type.plural)))
}

/// A list of mappings.
pub(crate) async fn yaml(
    reading: Reading<'_>,
    parameters: Parameters,
) -> Result<Response, ApiError> {
    let Reading { edge, ctx, record_type, .. } = reading;
    let (plan, projection) = wanted(reading, parameters, Columns::Table).await?;
    let encoder = YamlEncoder::new(edge.schema(), record_type, projection.members());
    let tail = |count: u64| if count == 0 { YamlEncoder::EMPTY.to_owned() } else { String::new() };
    let frame = Frame { head: String::new(), between: "", behind: "", tail: Box::new(tail) };
    let batches = edge.app.export(ctx, plan)?;
    let body = stream::body(batches, encoder, frame).await?;
    Ok(named(answer::body(answer::YAML, body), &format!("{}.yaml", record_type.plural)))
}

/// What is exported, and which of its members.
pub(super) async fn wanted(
    reading: Reading<'_>,
    parameters: Parameters,
    columns: Columns,
) -> Result<(Plan, Projection), ApiError> {
    let Reading { edge, ctx, record_type, .. } = reading;
    let asked = (ctx.now, edge.settings.lenient_filters);
    let Everything { plan, projection, as_of } =
        ListRequest::everything(edge.schema(), record_type, parameters, columns, asked)?;
    Ok((Plan { as_of: as_of.commit(edge, ctx).await?, ..plan }, projection))
}

/// An answer that browsers keep as a file.
pub(super) fn named(mut response: Response, name: &str) -> Response {
    if let Ok(name) = HeaderValue::try_from(format!("attachment; filename=\"{name}\"")) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    }
    response
}

/// A record a line.
pub(crate) async fn json_lines(
    reading: Reading<'_>,
    parameters: Parameters,
) -> Result<Response, ApiError> {
    let Reading { edge, ctx, links, record_type } = reading;
    let (plan, projection) = wanted(reading, parameters, Columns::Record).await?;
    let encoder = JsonEncoder::new(edge.schema(), record_type, projection.members(), links.base());
    let frame =
        Frame { head: String::new(), between: "", behind: "\n", tail: Box::new(|_| String::new()) };
    let batches = edge.app.export(ctx, plan)?;
    let body = stream::body(batches, encoder, frame).await?;
    Ok(answer::body(answer::JSON_LINES, body))
}
