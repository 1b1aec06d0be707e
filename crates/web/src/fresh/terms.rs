//! What every answer that may be kept says of itself: for whom it may be kept, what it follows from,
//! when that last changed.

use app::freshness::Stand;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::Response;
use chrono::TimeDelta;
use domain::record::Timestamp;

use crate::edge::Edge;

/// How old an answer may be, in seconds, where it may be at all.
const X_MAX_STALENESS: HeaderName = HeaderName::from_static("x-max-staleness");
/// A date has whole seconds, so one counts only when nothing can happen in its second any more.
const DATE_SETTLES: TimeDelta = TimeDelta::seconds(2);
/// Whatever else an answer depends on beside its address.
const VARY: HeaderValue =
    HeaderValue::from_static("Accept, Accept-Encoding, Authorization, Cookie");

/// What an answer says of itself.
pub(super) struct Terms {
    /// Whether it is the same for everybody whom we don't know.
    is_public: bool,
    /// When what it follows from last changed, and as a date; `None` where that is not all that it
    /// follows from.
    changed: Option<(Timestamp, HeaderValue)>,
}

impl Terms {
    pub(super) fn new(is_public: bool, changed: Option<Timestamp>) -> Self {
        let dated = |at| Some((at, http_date(at)?));
        Self { is_public, changed: changed.and_then(dated) }
    }

    /// When what the answer follows from last changed, and as a date; `None` where that was just
    /// now, too.
    pub(super) fn last_modified(&self, now: Timestamp) -> Option<&(Timestamp, HeaderValue)> {
        self.changed.as_ref().filter(|(changed, _)| now - *changed >= DATE_SETTLES)
    }

    /// Adds all this to an answer.
    pub(super) fn put_on(
        &self,
        mut response: Response,
        tag: Option<String>,
        (edge, stand, now): (&Edge, &Stand, Timestamp),
    ) -> Response {
        let headers = response.headers_mut();
        let control = if self.is_public { "public, no-cache" } else { "private, no-cache" };
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(control));
        headers.insert(header::VARY, VARY);
        headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("none"));
        if let Some(tag) = tag.and_then(|tag| HeaderValue::try_from(tag).ok()) {
            headers.insert(header::ETAG, tag);
            if let Some((_, date)) = self.last_modified(now) {
                headers.insert(header::LAST_MODIFIED, date.clone());
            }
        }
        let max_staleness = edge.app.freshness.max_staleness;
        if !max_staleness.is_zero() {
            headers.insert(header::AGE, HeaderValue::from(seconds_up(stand.age)));
            headers.insert(X_MAX_STALENESS, HeaderValue::from(seconds_up(max_staleness)));
        }
        response
    }
}

/// Whole seconds, of which a part counts as one.
fn seconds_up(length: TimeDelta) -> i64 {
    length.num_milliseconds().saturating_add(999) / 1_000
}

/// *Source:* RFC 9110, section 5.6.7.
fn http_date(at: Timestamp) -> Option<HeaderValue> {
    // Formatting by a pattern takes as long as the key.
    HeaderValue::try_from(httpdate::fmt_http_date(at.into())).ok()
}
