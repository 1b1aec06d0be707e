//! `GET /api/{plural}/`

use std::sync::Arc;

use app::find::Found;
use axum::extract::State;
use axum::http::request::Parts;
use axum::response::Response;
use domain::fault::Faults;
use domain::freshness::Depends;
use domain::json::write_text;
use domain::query::{Cursor, OrderBy, Plan};
use domain::schema::{Schema, Type};

use super::{export, grid, templated};
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::as_of::AS_OF;
use crate::extract::facets::VALUES_MAX;
use crate::extract::format::{EXPORT, FORMAT};
use crate::extract::parameters::bad;
use crate::extract::{Format, Links, ListRequest, Parameters, Reader, Reading, TypePath};
use crate::fresh::{self, Ask, Conditions};
use crate::rest::answer;
use app::encode::{EncodeRecord, JsonEncoder, write_list};
use app::tally::Counted;

/// Lists records in the form that the client wants.
pub(crate) async fn list(
    State(edge): State<Arc<Edge>>,
    path: TypePath,
    Reader { ctx, stand }: Reader,
    links: Links,
    parts: Parts,
) -> Result<Response, ApiError> {
    let mut parameters = Parameters::of(&parts);
    let mut faults = Faults::default();
    let named = parameters.take(FORMAT, &mut faults);
    let export = parameters.take(EXPORT, &mut faults).filter(|name| !name.is_empty());
    if export.is_some() && (named.is_some() || path.suffix.is_some()) {
        faults.add(EXPORT, bad("Give export or format, not both."));
    }
    faults.or_ok(())?;
    if let Some(name) = export {
        let asked = (parameters, name.as_str());
        let of = (&*edge, path.type_index);
        return templated::list(of, (&ctx, &stand), &links, &parts, asked).await;
    }
    let format = Format::of_list(named.as_deref(), path.suffix, &parts.headers)?;
    let ask = Ask {
        edge: &edge,
        ctx: &ctx,
        stand: &stand,
        links: &links,
        conditions: &Conditions::of(&parts),
        depends: Depends::Type(path.type_index),
        form: format.word(),
    };
    let (edge, links) = (&edge, &links);
    fresh::answer(ask, |ctx| async move {
        let record_type = edge.record_type(path.type_index);
        let reading = Reading { edge, ctx: &ctx, links, record_type };
        match format {
            Format::Json => page(reading, parameters, named).await,
            Format::Csv => export::csv(reading, parameters).await,
            Format::JsonLines => export::json_lines(reading, parameters).await,
            Format::Yaml => export::yaml(reading, parameters).await,
            Format::Xlsx => export::xlsx(reading, parameters).await,
            Format::DataTables => grid::read(reading, parameters).await,
        }
    })
    .await
}

/// One page as JSON.
async fn page(
    reading: Reading<'_>,
    parameters: Parameters,
    format: Option<String>,
) -> Result<Response, ApiError> {
    let Reading { edge, ctx, links, record_type } = reading;
    let mut kept = kept_in_links(&parameters, format);
    let asked = (ctx.now, edge.settings.lenient_filters);
    let request = ListRequest::page(edge.schema(), record_type, parameters, asked)?;
    let as_of = request.as_of.commit(edge, ctx).await?;
    // Words such as `yesterday` move on; the other pages are of the same moment.
    for (_, value) in kept.iter_mut().filter(|(name, _)| name == AS_OF) {
        *value = as_of.map_or_else(String::new, |number| number.to_string());
    }
    let encoder =
        JsonEncoder::new(edge.schema(), record_type, request.projection.members(), links.base());
    let neighbours = Neighbours {
        links,
        schema: edge.schema(),
        order: request.plan.order.clone(),
        record_type,
        kept,
        offset: request.offset,
        limit: request.limit,
    };
    let plan = Plan { as_of, ..request.plan };
    let found = edge.app.find(ctx, plan.clone()).await?;
    let mut out = write_page(&encoder, &found, &neighbours);
    if !request.facets.is_empty() {
        out.pop();
        out.push_str(",\"facets\":{");
        for (place, index) in request.facets.into_iter().enumerate() {
            if place > 0 {
                out.push(',');
            }
            let counted = edge.app.tally(ctx, plan.clone(), index, VALUES_MAX).await?;
            write_text(record_type.field(index).name.as_str(), &mut out);
            out.push(':');
            write_list(&counted, &mut out, write_counted);
        }
        out.push_str("}}");
    }
    Ok(answer::body(answer::JSON, out))
}

/// A value of a facet: as a filter takes it, as people read it, and how many records have it.
fn write_counted(counted: &Counted, out: &mut String) {
    out.push_str("{\"value\":");
    match counted.id {
        Some(id) => out.push_str(&id.to_string()),
        None => write_text(&counted.word, out),
    }
    out.push_str(",\"label\":");
    write_text(&counted.label, out);
    out.push_str(",\"count\":");
    out.push_str(&counted.count.to_string());
    out.push('}');
}

fn write_page(encoder: &JsonEncoder, found: &Found, neighbours: &Neighbours<'_>) -> String {
    let mut out = String::from("{\"count\":");
    match found.count {
        Some(count) => out.push_str(&count.to_string()),
        None => out.push_str("null"),
    }
    for (name, link) in
        [(",\"next\":", neighbours.next(found)), (",\"previous\":", neighbours.previous(found))]
    {
        out.push_str(name);
        match link {
            Some(link) => write_text(&link, &mut out),
            None => out.push_str("null"),
        }
    }
    out.push_str(",\"results\":[");
    for (index, record) in found.records.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        encoder.encode(record, &mut out);
    }
    out.push_str("]}");
    out
}

/// The parameters that the links to other pages repeat.
fn kept_in_links(parameters: &Parameters, format: Option<String>) -> Vec<(String, String)> {
    let format = format.map(|format| (FORMAT.to_owned(), format));
    parameters
        .pairs()
        .iter()
        .filter(|(name, _)| name != "cursor" && name != "offset")
        .cloned()
        .chain(format)
        .collect()
}

/// The pages beside one: by offset where the client counts so, else by cursor.
struct Neighbours<'a> {
    links: &'a Links,
    schema: &'a Schema,
    order: Vec<OrderBy>,
    record_type: &'a Type,
    kept: Vec<(String, String)>,
    offset: Option<u64>,
    limit: u32,
}

impl Neighbours<'_> {
    fn next(&self, found: &Found) -> Option<String> {
        let next = found.next.as_ref()?;
        Some(match self.offset {
            Some(offset) => self.at_offset(offset.saturating_add(self.limit.into())),
            None => self.at_cursor(next),
        })
    }

    fn previous(&self, found: &Found) -> Option<String> {
        match self.offset {
            Some(0) => None,
            Some(offset) => Some(self.at_offset(offset.saturating_sub(self.limit.into()))),
            None => found.previous.as_ref().map(|cursor| self.at_cursor(cursor)),
        }
    }

    fn at_offset(&self, offset: u64) -> String {
        self.at("offset", &offset.to_string())
    }

    fn at_cursor(&self, cursor: &Cursor) -> String {
        let text = cursor.to_text(self.schema, self.record_type, &self.order);
        self.at("cursor", &text)
    }

    fn at(&self, name: &str, value: &str) -> String {
        let kept = self.kept.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        self.links.list_with(self.record_type, kept.chain(std::iter::once((name, value))))
    }
}
