//! `GET /-/change-requests/`: the queue.

use std::sync::Arc;

use app::review::{ListedRequest, REQUESTS_COUNTED_MAX, RequestQuestion};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::fault::Faults;
use domain::review::State as RequestState;

use super::cell::Moment;
use super::page::page;
use super::shell::plural_label;
use super::{REQUESTS, Shell, Visit};
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::links::with_query;
use crate::extract::past::take_text;
use crate::rest::requests::list::question;

/// Change requests on a page.
const ON_A_PAGE: u32 = 50;

#[derive(Template)]
#[template(path = "ui/requests_list.html")]
struct RequestsList {
    shell: Shell,
    tabs: Vec<Tab>,
    queue: String,
    /// The types by name, and what people call them.
    types: Vec<(String, String)>,
    states: Vec<&'static str>,
    of: String,
    state: String,
    requester: String,
    reviewer: String,
    is_filtered: bool,
    count: String,
    requests: Vec<ShownRequest>,
    next: Option<String>,
}

struct Tab {
    href: String,
    label: &'static str,
    is_here: bool,
}

/// A change request in a list.
pub(crate) struct ShownRequest {
    pub(crate) href: String,
    pub(crate) number: i64,
    pub(crate) title: String,
    pub(crate) state: &'static str,
    pub(crate) requester: String,
    pub(crate) records: u64,
    pub(crate) created: Moment,
}

impl ShownRequest {
    pub(crate) fn of(listed: &ListedRequest) -> Self {
        Self {
            href: format!("{REQUESTS}{}/", listed.number),
            number: listed.number,
            title: listed.title.clone(),
            state: listed.state.word(),
            requester: listed.requester.clone(),
            records: listed.records,
            created: Moment::of(listed.created_at),
        }
    }
}

/// The queues: how the address says it, and what people read.
const QUEUES: [(&str, &str); 4] =
    [("awaiting", "Awaiting me"), ("mine", "Mine"), ("open", "All open"), ("all", "All")];

/// What the queue can be cut down by, beside which queue it is.
const FILTERS: [&str; 4] = ["type", "state", "requester", "reviewer"];

/// Shows change requests.
pub(crate) async fn show(
    State(edge): State<Arc<Edge>>,
    visit: Visit,
) -> Result<Response, ApiError> {
    let Visit { ctx, shell, mut parameters, .. } = visit;
    let mut faults = Faults::default();
    // A field of the filter that was left empty is none.
    parameters.drop_blank();
    let filters = FILTERS.map(|name| (name, parameters.first(name).to_owned()));
    let queue = take_text("queue", &mut parameters, &mut faults);
    let user = ctx.actor.name().to_owned();
    let asked = question(&edge, &user, &mut parameters, &mut faults);
    if let Err(wrong) = parameters.refuse_rest(edge.settings.lenient_filters) {
        faults.merge(wrong);
    }
    faults.or_ok(())?;
    let queue =
        queue.unwrap_or_else(|| if ctx.is_known() { "awaiting" } else { "open" }.to_owned());
    let found = edge.app.requests(&ctx, of_queue(&queue, user, asked), ON_A_PAGE).await?;
    let most = u64::from(REQUESTS_COUNTED_MAX);
    let address = |queue: &str, before: Option<i64>| {
        let before = before.map(|number| number.to_string());
        let kept = filters.iter().map(|(name, value)| (*name, value.as_str()));
        let kept = kept.filter(|(_, value)| !value.is_empty());
        let before = before.as_deref().map(|number| ("before", number));
        with_query("", [("queue", queue)].into_iter().chain(kept).chain(before))
    };
    let [of, state, requester, reviewer] = filters.clone().map(|(_, value)| value);
    page(
        StatusCode::OK,
        &RequestsList {
            tabs: QUEUES
                .iter()
                .map(|(word, label)| Tab {
                    href: address(word, None),
                    label,
                    is_here: *word == queue,
                })
                .collect(),
            types: edge
                .schema()
                .types()
                .iter()
                .map(|of| (of.name.to_string(), plural_label(of)))
                .collect(),
            states: RequestState::ALL.into_iter().map(RequestState::word).collect(),
            is_filtered: [&of, &state, &requester, &reviewer].iter().any(|text| !text.is_empty()),
            of,
            state,
            requester,
            reviewer,
            count: match found.count {
                count if count >= most => format!("{most} or more"),
                count => count.to_string(),
            },
            requests: found.requests.iter().map(ShownRequest::of).collect(),
            next: found.next.map(|number| address(&queue, Some(number))),
            queue,
            shell,
        },
    )
}

/// What is asked for in a queue.
fn of_queue(queue: &str, user: String, asked: RequestQuestion) -> RequestQuestion {
    match queue {
        "open" => RequestQuestion {
            states: RequestState::ALL.into_iter().filter(|state| state.is_open()).collect(),
            ..asked
        },
        "mine" => RequestQuestion { requester: Some(user), ..asked },
        "awaiting" => RequestQuestion { awaiting: Some(user), ..asked },
        _ => asked,
    }
}
