//! `format=datatables`: what a `DataTables` grid with `serverSide: true` asks for.

use app::find::Found;
use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use domain::fault::Faults;
use domain::query::{Page, Plan};

use crate::datatables::{TablePage, TablePlan, TableRequest, flatten, plan, with_document};
use crate::error::{ApiError, Problem};
use crate::extract::format::FORMAT;
use crate::extract::{AsOf, Parameters, Reading, body};
use crate::rest::answer;
use crate::stream::{self, Frame};
use app::encode::{EncodeRecord, JsonEncoder};

/// Answers a grid that sent its parameters in the address.
pub(crate) async fn read(
    reading: Reading<'_>,
    parameters: Parameters,
) -> Result<Response, ApiError> {
    let mut faults = Faults::default();
    let mut parameters = with_document(parameters);
    let keep = parameters.take("keep", &mut faults);
    faults.or_ok(())?;
    answer_grid(reading, parameters, keep).await
}

/// Answers a grid that sent them as a form or a JSON document. `keep` and other filters may stand
/// in the address.
pub(crate) async fn read_posted(
    reading: Reading<'_>,
    request: Request,
) -> Result<Response, ApiError> {
    let mut faults = Faults::default();
    let mut address = Parameters::parse(request.uri().query().unwrap_or_default());
    address.drop_where(|name| name == FORMAT);
    let keep = address.take("keep", &mut faults);
    faults.or_ok(())?;
    let sent = posted(request, reading.edge.settings.body_limit).await?;
    answer_grid(reading, sent.and(address), keep).await
}

async fn posted(request: Request, limit: usize) -> Result<Parameters, ApiError> {
    let media_type = body::media_type(request.headers());
    match media_type.as_str() {
        "application/x-www-form-urlencoded" => {
            let bytes = body::read(request.into_body(), limit).await?;
            // What DataTables 3 calls a form with `submitAs: 'json'` is none.
            if bytes.first() == Some(&b'{') {
                return Ok(Parameters::from_pairs(flatten(&body::json(&bytes)?)));
            }
            let text = std::str::from_utf8(&bytes).map_err(|error| {
                ApiError::Unreadable(format!("The form is no percent-encoded text: {error}."))
            })?;
            Ok(Parameters::parse(text))
        }
        "application/json" => {
            let bytes = body::read(request.into_body(), limit).await?;
            Ok(Parameters::from_pairs(flatten(&body::json(&bytes)?)))
        }
        _ => Err(ApiError::UnsupportedMediaType(media_type)),
    }
}

async fn answer_grid(
    reading: Reading<'_>,
    parameters: Parameters,
    keep: Option<String>,
) -> Result<Response, ApiError> {
    let draw = TableRequest::draw_of(&parameters);
    let Reading { edge, ctx, record_type, .. } = reading;
    let lenient = edge.settings.lenient_filters;
    let mut faults = Faults::default();
    let mut parameters = parameters;
    let as_of = AsOf::take(&mut parameters, ctx.now, &mut faults);
    let planned = TableRequest::parse(parameters, keep.as_deref())
        .and_then(|request| plan(edge.schema(), record_type, &request, lenient))
        .and_then(|planned| faults.or_ok(planned));
    let answered = match planned {
        Ok(planned) => run(reading, planned, as_of, draw).await,
        Err(faults) => Err(ApiError::Invalid(faults)),
    };
    // The client shows `error` and drops answers whose `draw` is not the one it waits for.
    Ok(answered.unwrap_or_else(|error| Problem::from(error).for_datatables(draw).into_response()))
}

async fn run(
    reading: Reading<'_>,
    planned: TablePlan,
    as_of: AsOf,
    draw: i64,
) -> Result<Response, ApiError> {
    let TablePlan { plan, projection, page } = planned;
    let Reading { edge, ctx, links, record_type } = reading;
    let plan = Plan { as_of: as_of.commit(edge, ctx).await?, ..plan };
    let encoder = JsonEncoder::new(edge.schema(), record_type, projection.members(), links.base());
    match page {
        TablePage::Invalid => Err(invalid_page()),
        TablePage::All => everything(reading, plan, encoder, draw).await,
        TablePage::Page { offset, .. } => {
            let found = edge.app.find(ctx, plan).await?;
            if offset > 0 && found.records.is_empty() {
                return Err(invalid_page());
            }
            let body = write_page(&encoder, &found, draw);
            Ok(answer::body(answer::JSON, body))
        }
    }
}

fn invalid_page() -> ApiError {
    ApiError::NotFound("Invalid page.".to_owned())
}

fn write_page(encoder: &JsonEncoder, found: &Found, draw: i64) -> String {
    let mut out = String::new();
    let filtered = found.count.unwrap_or(found.total);
    out.push_str("{\"recordsTotal\":");
    out.push_str(&found.total.to_string());
    out.push_str(",\"recordsFiltered\":");
    out.push_str(&filtered.to_string());
    out.push_str(",\"data\":[");
    for (index, record) in found.records.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        encoder.encode(record, &mut out);
    }
    out.push_str("],\"draw\":");
    out.push_str(&draw.to_string());
    out.push('}');
    out
}

/// `length=-1`: all rows, streamed; how many there were is told behind them.
async fn everything(
    reading: Reading<'_>,
    plan: Plan,
    encoder: JsonEncoder,
    draw: i64,
) -> Result<Response, ApiError> {
    let Reading { edge, ctx, .. } = reading;
    let first = Plan { page: Page::Offset { offset: 0, limit: 1 }, count: false, ..plan.clone() };
    let total = edge.app.find(ctx, first).await?.total;
    let frame = Frame {
        head: "{\"data\":[".to_owned(),
        between: ",",
        behind: "",
        tail: Box::new(move |written| {
            // A record may have come between the two reads.
            let total = total.max(written);
            format!("],\"recordsTotal\":{total},\"recordsFiltered\":{written},\"draw\":{draw}}}")
        }),
    };
    let batches = edge.app.export(ctx, plan)?;
    let body: Body = stream::body(batches, encoder, frame).await?;
    Ok(answer::body(answer::JSON, body))
}
