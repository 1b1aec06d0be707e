//! Answers that several handlers give.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use domain::record::Record;

use crate::edge::Edge;
use crate::extract::{Links, Projection};
use app::encode::{EncodeRecord, JsonEncoder};

/// The media type of lists and records.
pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// The media type of JSON lines.
pub(crate) const JSON_LINES: HeaderValue = HeaderValue::from_static("application/jsonl");
/// The media type of tables.
pub(crate) const CSV: HeaderValue = HeaderValue::from_static("text/csv; charset=utf-8");

/// A body of a media type.
pub(crate) fn body(media_type: HeaderValue, body: impl Into<Body>) -> Response {
    ([(header::CONTENT_TYPE, media_type)], body.into()).into_response()
}

/// A JSON document that stands already.
pub(crate) fn json_bytes(document: Bytes) -> Response {
    body(JSON, document)
}

/// A JSON document.
pub(crate) fn json(document: &serde_json::Value) -> Response {
    body(JSON, document.to_string())
}

/// A record.
pub(crate) fn record(
    edge: &Edge,
    links: &Links,
    projection: &Projection,
    status: StatusCode,
    record: &Record,
) -> Response {
    let record_type = edge.record_type(record.type_index);
    let encoder = JsonEncoder::new(edge.schema(), record_type, projection.members(), links.base());
    let mut out = String::new();
    encoder.encode(record, &mut out);
    let mut response = body(JSON, out);
    *response.status_mut() = status;
    response
}
