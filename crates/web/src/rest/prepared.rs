//! An answer that is whole before it is sent, so that it can be kept and given again.

use app::submit::Answer;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;

use crate::envelope::Finished;

/// The header that marks an answer that was given before.
const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// An answer that is whole before it is sent.
#[derive(Clone, Debug)]
pub(crate) struct Prepared {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Prepared {
    /// An answer without a body.
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self { status, headers: HeaderMap::new(), body: Bytes::new() }
    }

    /// An answer with a body of a media type.
    pub(crate) fn body(
        status: StatusCode,
        media_type: HeaderValue,
        body: impl Into<Bytes>,
    ) -> Self {
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, media_type)]);
        Self { status, headers, body: body.into() }
    }

    /// The same with another header, where its value can stand in one.
    pub(crate) fn with(mut self, name: HeaderName, value: impl TryInto<HeaderValue>) -> Self {
        if let Ok(value) = value.try_into() {
            self.headers.insert(name, value);
        }
        self
    }

    /// An answer that was given before.
    pub(crate) fn again(answer: Answer) -> Self {
        Self::first(answer).with(IDEMPOTENT_REPLAYED, HeaderValue::from_static("true"))
    }

    /// An answer as it was kept.
    pub(crate) fn first(answer: Answer) -> Self {
        let headers = answer.headers.lines().filter_map(|line| {
            let (name, value) = line.split_once(": ")?;
            Some((name.parse::<HeaderName>().ok()?, HeaderValue::from_str(value).ok()?))
        });
        Self {
            status: StatusCode::from_u16(answer.status).unwrap_or_default(),
            headers: headers.collect(),
            body: answer.body.into(),
        }
    }
}

impl From<Prepared> for Answer {
    fn from(prepared: Prepared) -> Self {
        let lines = prepared.headers.iter().filter_map(|(name, value)| {
            value.to_str().ok().map(|value| format!("{name}: {value}\n"))
        });
        Self {
            status: prepared.status.as_u16(),
            headers: lines.collect(),
            body: prepared.body.to_vec(),
        }
    }
}

impl IntoResponse for Prepared {
    fn into_response(self) -> Response {
        let mut response = (self.status, Body::from(self.body)).into_response();
        response.headers_mut().remove(header::CONTENT_TYPE);
        response.headers_mut().extend(self.headers);
        response.extensions_mut().insert(Finished);
        response
    }
}
