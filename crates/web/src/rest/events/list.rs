//! `GET /api/-/events/`: in pages, or live as server-sent events.

use std::sync::Arc;

use app::encode::write_list;
use app::events::{EVENT_TYPES_MAX, EVENTS_PAGE_MAX, EventsAsked, EventsPage};
use axum::extract::{FromRequestParts, State};
use axum::http::header;
use axum::http::request::Parts;
use axum::response::Response;
use domain::event::EventPlace;
use domain::fault::Faults;
use domain::freshness::Depends;
use domain::json::write_text;
use domain::record::CommitNumber;

use super::{PATH, encoder, follow};
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::list::take_number;
use crate::extract::parameters::bad;
use crate::extract::past::unknown_type;
use crate::extract::{JsonRead, Links, Parameters};
use crate::fresh;
use crate::rest::answer;

/// Events on a page where nothing is said.
pub(crate) const LIMIT_DEFAULT: u32 = 100;

/// Tells what happened behind a place: a page of it, or all that comes, too.
pub(crate) async fn get(
    State(edge): State<Arc<Edge>>,
    mut parts: Parts,
) -> Result<Response, ApiError> {
    let accept = parts.headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    if accept.is_some_and(|accept| accept.contains("text/event-stream")) {
        return follow::follow(edge, parts).await;
    }
    let read = JsonRead::from_request_parts(&mut parts, &edge).await?;
    let edge = &edge;
    fresh::json(edge, read, Depends::Everything, |ctx, links, parameters| async move {
        let kept = parameters.first("type").to_owned();
        let request = EventsRequest::take(edge, parameters)?;
        let after = request.after.unwrap_or(EventPlace::end_of(CommitNumber(0)));
        let asked = EventsAsked { after, types: request.types, limit: request.limit };
        let page = edge.app.events_after(&ctx, asked).await?;
        Ok(shown(edge, &page, &next(&links, &page, (&kept, request.limit))))
    })
    .await
}

/// What is asked for.
pub(super) struct EventsRequest {
    pub(super) after: Option<EventPlace>,
    pub(super) types: Vec<String>,
    pub(super) limit: u32,
}

impl EventsRequest {
    pub(super) fn take(edge: &Edge, mut parameters: Parameters) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let limit = 1..=u64::from(EVENTS_PAGE_MAX);
        let limit = take_number(&mut parameters, "limit", limit, &mut faults);
        let after = parameters.take("after", &mut faults).and_then(|text| {
            let place = text.parse::<EventPlace>();
            place.map_err(|none| faults.add("after", bad(format!("{none}.")))).ok()
        });
        let types = types(edge, &mut parameters, &mut faults);
        if let Err(wrong) = parameters.refuse_rest(edge.settings.lenient_filters) {
            faults.merge(wrong);
        }
        let limit = limit.and_then(|limit| u32::try_from(limit).ok()).unwrap_or(LIMIT_DEFAULT);
        faults.or_ok(Self { after, types, limit })
    }
}

/// The types of `type=server,uri`.
fn types(edge: &Edge, parameters: &mut Parameters, faults: &mut Faults) -> Vec<String> {
    let text = parameters.take("type", faults).unwrap_or_default();
    let named = text.split(',').filter(|name| !name.is_empty());
    let mut types: Vec<String> = named.map(str::to_owned).collect();
    types.sort_unstable();
    types.dedup();
    if types.len() > EVENT_TYPES_MAX {
        faults.add("type", bad(format!("Name at most {EVENT_TYPES_MAX} types.")));
    }
    for name in types.iter().filter(|name| edge.schema().named(name).is_none()) {
        faults.add("type", unknown_type(edge, name));
    }
    types
}

/// The address of what comes next: there always is one, since there will be more.
fn next(links: &Links, page: &EventsPage, (types, limit): (&str, u32)) -> String {
    let (after, limit) = (page.next.to_string(), limit.to_string());
    let asked = [("after", after.as_str()), ("limit", &limit), ("type", types)];
    links.with(PATH, asked.into_iter().filter(|(_, value)| !value.is_empty()))
}

fn shown(edge: &Edge, page: &EventsPage, next: &str) -> Response {
    let mut out = String::from("{\"next\":");
    write_text(next, &mut out);
    out.push_str(",\"after\":");
    write_text(&page.next.to_string(), &mut out);
    out.push_str(if page.is_last { ",\"is_last\":true" } else { ",\"is_last\":false" });
    out.push_str(",\"results\":");
    let encoder = encoder(edge);
    write_list(&page.events, &mut out, |event, out| encoder.write(event, out));
    out.push('}');
    answer::body(answer::JSON, out)
}
