//! `GET /api/-/tasks/{name}/runs/{id}/log/`: as a document, or live as server-sent events.
//!
//! *Source:* the HTML standard's section 9.2, server-sent events: `Last-Event-ID` says where a
//! client that was cut off goes on.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use app::tasks::LogTail;
use app::{App, Context};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Uri, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use domain::fault::Faults;
use futures_util::stream::{self, Stream, StreamExt as _};
use serde_json::{Value, json};

use super::{shown_line, shown_run};
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::list::take_number;
use crate::extract::{Links, Parameters, Reader};
use crate::rest::answer;

/// How often there is a look for more.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// What a client is told to wait before it comes again.
const RETRY: Duration = Duration::from_secs(2);
/// How a client says where it goes on.
const LAST_EVENT_ID: &str = "last-event-id";

/// Tells what a run says: what is kept of it, or all that comes, too.
pub(crate) async fn get(
    State(edge): State<Arc<Edge>>,
    Path((name, id)): Path<(String, String)>,
    (links, uri, headers): (Links, Uri, HeaderMap),
    Reader { ctx, .. }: Reader,
) -> Result<Response, ApiError> {
    let mut parameters = Parameters::parse(uri.query().unwrap_or_default());
    let mut faults = Faults::default();
    let after = take_number(&mut parameters, "after", 0..=i64::MAX as u64, &mut faults);
    if let Err(wrong) = parameters.refuse_rest(edge.settings.lenient_filters) {
        faults.merge(wrong);
    }
    faults.or_ok(())?;
    let last = headers.get(LAST_EVENT_ID).and_then(|last| last.to_str().ok()?.parse().ok());
    let after = after.and_then(|after| i64::try_from(after).ok());
    let place = (id.parse().unwrap_or_default(), last.or(after).unwrap_or(0));
    // Whoever may not see it, or a run that there is none of, is told before anything streams.
    let tail = edge.app.task_log(&ctx, &name, place).await?;
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    if accept.is_some_and(|accept| accept.contains("text/event-stream")) {
        let live = Live { app: edge.app.clone(), ctx, name, place, links };
        let events = Sse::new(live.events()).keep_alive(KeepAlive::default());
        // A proxy that gathers answers would hold them back.
        return Ok(([("x-accel-buffering", "no")], events).into_response());
    }
    let said: Vec<Value> = tail.lines.iter().map(shown_line).collect();
    let run = shown_run(&tail.run, &links);
    Ok(answer::json(&json!({"run": run, "lines": said})))
}

/// Somebody who follows a log.
struct Live {
    app: App,
    ctx: Context,
    name: String,
    /// The run, and the line behind which there is news.
    place: (i64, i64),
    links: Links,
}

impl Live {
    /// Each line as it comes, and the run when it has ended.
    fn events(self) -> impl Stream<Item = Result<Event, Infallible>> {
        let first = Event::default().retry(RETRY).comment("what the run says");
        let rest = stream::unfold(Some(self), |live| async { live?.more().await });
        stream::iter([first]).chain(rest.flat_map(stream::iter)).map(Ok)
    }

    /// What has come since, and whoever follows on; nothing where that is over.
    async fn more(mut self) -> Option<(Vec<Event>, Option<Self>)> {
        loop {
            // It ends where it can't be read; the client comes again, and is told why.
            let LogTail { lines, run } =
                self.app.task_log(&self.ctx, &self.name, self.place).await.ok()?;
            if let Some(last) = lines.last() {
                self.place.1 = last.line;
                let events = lines.iter().map(|line| {
                    let event = Event::default().id(line.line.to_string()).event("line");
                    event.data(shown_line(line).to_string())
                });
                return Some((events.collect(), Some(self)));
            }
            if run.end.is_some() {
                let end = Event::default().event("end");
                return Some((vec![end.data(shown_run(&run, &self.links).to_string())], None));
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                () = self.app.tasks.stopped() => return None,
            }
        }
    }
}
