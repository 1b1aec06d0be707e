//! `GET /api/-/events/` as server-sent events.
//!
//! *Source:* the HTML standard's section 9.2, server-sent events: `Last-Event-ID` says where a client
//! that was cut off goes on; an event with an id and no data only moves that.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use app::events::{EventsAsked, EventsPage};
use axum::extract::FromRequestParts as _;
use axum::http::request::Parts;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use domain::event::EventPlace;
use futures_util::stream::{self, Stream, StreamExt as _};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{sleep, timeout};

use super::encoder;
use super::list::EventsRequest;
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::{Parameters, Reader};

/// The most who follow the events of one replica at once: each of them has a page in memory.
pub(crate) const FOLLOWERS_MAX: usize = 200;
/// What a client is told to wait before it comes again.
const RETRY: Duration = Duration::from_secs(2);
/// After so long without news, it is asked whether they may still be told any.
const RIGHTS_EVERY: Duration = Duration::from_secs(5);
/// How long a database that is away is waited for until a follower is let go.
const PATIENCE: u32 = 3;
/// How a client says where it goes on.
const LAST_EVENT_ID: &str = "last-event-id";

/// Tells what happens from a place on: that of the header, else of the parameter, else from now.
pub(super) async fn follow(edge: Arc<Edge>, mut parts: Parts) -> Result<Response, ApiError> {
    let Reader { ctx, stand } = Reader::from_request_parts(&mut parts, &edge).await?;
    let asked = EventsRequest::take(&edge, Parameters::of(&parts))?;
    let last = parts.headers.get(LAST_EVENT_ID).and_then(|last| last.to_str().ok()?.parse().ok());
    let now = EventPlace::end_of(stand.heads.last.commit);
    let after = last.or(asked.after).unwrap_or(now);
    // Whoever may not see them, or names no commit, is told before anything streams.
    let asked = EventsAsked { after, types: asked.types, limit: asked.limit };
    edge.app.events_after(&ctx, EventsAsked { limit: 1, ..asked.clone() }).await?;
    let seat = Arc::clone(&edge.followers).try_acquire_owned();
    let seat = seat.map_err(|_full| ApiError::TooManyFollow)?;
    let follower = Follower { edge, parts, asked, _seat: seat };
    let events = Sse::new(follower.events()).keep_alive(KeepAlive::default());
    // A proxy that gathers answers would hold them back.
    Ok(([("x-accel-buffering", "no")], events).into_response())
}

/// Somebody who follows.
struct Follower {
    edge: Arc<Edge>,
    /// Their request, by which it is found out again who they are and what they may.
    parts: Parts,
    asked: EventsAsked,
    _seat: OwnedSemaphorePermit,
}

impl Follower {
    fn events(self) -> impl Stream<Item = Result<Event, Infallible>> {
        let first = Event::default().retry(RETRY).comment("what happens in the register");
        let rest = stream::unfold(Some(self), |follower| async { follower?.more().await });
        stream::iter([first]).chain(rest.flat_map(stream::iter)).map(Ok)
    }

    /// What has come since, and whoever follows on; nothing where they may be told no more, or where
    /// the replica ends. A client that comes again is told why.
    async fn more(mut self) -> Option<(Vec<Event>, Option<Self>)> {
        loop {
            let page = self.page().await?;
            let is_moved = page.next != self.asked.after;
            self.asked.after = page.next;
            if is_moved {
                return Some((self.told(&page), Some(self)));
            }
            let app = self.edge.app.clone();
            let news = app.commit_behind(page.next.commit);
            tokio::select! {
                // That it takes long, or fails, is no news: the page tells.
                _news = timeout(RIGHTS_EVERY, news) => {}
                () = app.tasks.stopped() => return None,
            }
        }
    }

    /// The next page for who they are by now.
    async fn page(&mut self) -> Option<EventsPage> {
        for _ in 0..PATIENCE {
            let reader = Reader::from_request_parts(&mut self.parts, &self.edge).await;
            let found = match reader {
                Ok(Reader { ctx, .. }) => {
                    let found = self.edge.app.events_after(&ctx, self.asked.clone()).await;
                    found.map_err(ApiError::from)
                }
                Err(error) => Err(error),
            };
            match found {
                Ok(page) => return Some(page),
                Err(ApiError::App(app::Error::Unavailable(_))) => sleep(RETRY).await,
                Err(_) => return None,
            }
        }
        None
    }

    fn told(&self, page: &EventsPage) -> Vec<Event> {
        let encoder = encoder(&self.edge);
        let mut told: Vec<Event> = page
            .events
            .iter()
            .map(|event| {
                Event::default()
                    .id(event.place().to_string())
                    .event("change")
                    .data(encoder.text(event))
            })
            .collect();
        // What was not for them need not be looked at again after a cut.
        if page.events.last().is_none_or(|last| last.place() != page.next) {
            told.push(Event::default().id(page.next.to_string()));
        }
        told
    }
}
