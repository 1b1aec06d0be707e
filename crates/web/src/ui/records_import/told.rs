//! How far an import is, told while it goes on, in the answer itself: a line of JSON for each step, and
//! at last what a browser is answered otherwise. So it is the process at work that tells, of however
//! many there are, and nobody has to keep anything.

use std::convert::Infallible;

use app::{Phase, Progress};
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tracing::Instrument;

use crate::error::{ApiError, Problem};
use crate::rest::answer;

/// What asks for lines, as the first that is accepted.
const LINES: &str = "application/jsonl";

/// Whether somebody wants to know how far it is.
pub(super) fn wants(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|text| text.trim_start().starts_with(LINES))
}

/// How far it is.
#[derive(Clone, Copy)]
struct Step {
    phase: Phase,
    done: usize,
    total: usize,
}

struct Going {
    steps: watch::Receiver<Option<Step>>,
    work: JoinHandle<Result<Response, ApiError>>,
}

/// Answers with lines that tell how far some work is, and at last with what came of it. The work
/// goes on to its end, even if nobody listens any more.
pub(super) fn as_it_goes<F>(work: impl FnOnce(Progress) -> F) -> Response
where
    F: Future<Output = Result<Response, ApiError>> + Send + 'static,
{
    let (teller, steps) = watch::channel(None);
    let progress = Progress::new(move |phase, done, total| {
        teller.send_replace(Some(Step { phase, done, total }));
    });
    let work = tokio::spawn(work(progress).in_current_span());
    let lines = stream::unfold(Some(Going { steps, work }), next);
    let mut response = answer::body(answer::JSON_LINES, Body::from_stream(lines));
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // nginx would hand it over in one piece.
    let buffering = HeaderName::from_static("x-accel-buffering");
    headers.insert(buffering, HeaderValue::from_static("no"));
    response
}

type Line = Result<Bytes, Infallible>;

async fn next(going: Option<Going>) -> Option<(Line, Option<Going>)> {
    let mut going = going?;
    let document = tokio::select! {
        biased;
        done = &mut going.work => return Some((Ok(line(&last(done).await)), None)),
        Ok(()) = going.steps.changed() => step(*going.steps.borrow_and_update()),
        else => return None,
    };
    Some((Ok(line(&document)), Some(going)))
}

fn line(document: &Value) -> Bytes {
    Bytes::from(format!("{document}\n"))
}

fn step(step: Option<Step>) -> Value {
    let Some(Step { phase, done, total }) = step else {
        return json!({});
    };
    let phase = match phase {
        Phase::Reading => "reading",
        Phase::Checking => "checking",
        Phase::Writing => "writing",
    };
    json!({ "phase": phase, "done": done, "total": total })
}

/// What came of it: a page, where to go, or why there is nothing.
async fn last(done: Result<Result<Response, ApiError>, tokio::task::JoinError>) -> Value {
    let response = match done {
        Ok(answered) => answered.into_response(),
        Err(error) => {
            tracing::error!(%error, "an import broke off");
            ApiError::Internal.into_response()
        }
    };
    if let Some(problem) = response.extensions().get::<Problem>() {
        return json!({ "error": problem.told() });
    }
    if let Some(to) = response.headers().get(header::LOCATION) {
        return json!({ "to": to.to_str().unwrap_or("/") });
    }
    match response.into_body().collect().await {
        Ok(body) => json!({ "page": String::from_utf8_lossy(&body.to_bytes()) }),
        Err(error) => {
            tracing::error!(%error, "a page that was made can't be sent");
            json!({ "error": Problem::from(ApiError::Internal).told() })
        }
    }
}
