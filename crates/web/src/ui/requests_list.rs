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
use super::{REQUESTS, Shell, Visit};
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::list::take_number;
use crate::extract::past::take_text;

/// Change requests on a page.
const ON_A_PAGE: u32 = 50;

#[derive(Template)]
#[template(path = "ui/requests_list.html")]
struct RequestsList {
    shell: Shell,
    tabs: Vec<Tab>,
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

/// Shows change requests.
pub(crate) async fn show(
    State(edge): State<Arc<Edge>>,
    visit: Visit,
) -> Result<Response, ApiError> {
    let Visit { ctx, shell, mut parameters, .. } = visit;
    let mut faults = Faults::default();
    let queue = take_text("queue", &mut parameters, &mut faults);
    let before = take_number(&mut parameters, "before", 1..=i64::MAX as u64, &mut faults);
    if let Err(wrong) = parameters.refuse_rest(edge.settings.lenient_filters) {
        faults.merge(wrong);
    }
    faults.or_ok(())?;
    let queue =
        queue.unwrap_or_else(|| if ctx.is_known() { "awaiting" } else { "open" }.to_owned());
    let user = ctx.actor.name().to_owned();
    let question = RequestQuestion {
        states: if queue == "open" {
            RequestState::ALL.into_iter().filter(|state| state.is_open()).collect()
        } else {
            Vec::new()
        },
        requester: (queue == "mine").then(|| user.clone()),
        awaiting: (queue == "awaiting").then_some(user),
        before: before.and_then(|number| i64::try_from(number).ok()),
        ..RequestQuestion::default()
    };
    let found = edge.app.requests(&ctx, question, ON_A_PAGE).await?;
    let most = u64::from(REQUESTS_COUNTED_MAX);
    page(
        StatusCode::OK,
        &RequestsList {
            tabs: QUEUES
                .iter()
                .map(|(word, label)| Tab {
                    href: format!("?queue={word}"),
                    label,
                    is_here: *word == queue,
                })
                .collect(),
            count: match found.count {
                count if count >= most => format!("{most} or more"),
                count => count.to_string(),
            },
            requests: found.requests.iter().map(ShownRequest::of).collect(),
            next: found.next.map(|number| format!("?queue={queue}&before={number}")),
            shell,
        },
    )
}
