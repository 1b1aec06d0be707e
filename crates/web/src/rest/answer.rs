//! Answers that several handlers give.

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use domain::history::hex;
use domain::record::{Record, Revision};
use domain::schema::Type;
use sha2::{Digest, Sha256};

use crate::edge::Edge;
use crate::error::PROBLEM_JSON;
use crate::extract::format::{XLSX_TYPE, YAML_TYPE};
use crate::extract::{Links, Projection};
use app::encode::{EncodeRecord, JsonEncoder};

/// The media type of lists and records.
pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// The media type of errors.
pub(crate) const JSON_PROBLEM: HeaderValue = HeaderValue::from_static(PROBLEM_JSON);
/// The media type of JSON lines.
pub(crate) const JSON_LINES: HeaderValue = HeaderValue::from_static("application/jsonl");
/// The media type of YAML.
pub(crate) const YAML: HeaderValue = HeaderValue::from_static(YAML_TYPE);
/// The media type of tables.
pub(crate) const CSV: HeaderValue = HeaderValue::from_static("text/csv; charset=utf-8");
/// The media type of workbooks.
pub(crate) const XLSX: HeaderValue = HeaderValue::from_static(XLSX_TYPE);

/// Digits of a digest that an entity tag shows: enough that no two bodies of a revision share them.
const ETAG_DIGITS: usize = 16;

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

/// What writes whole records of a type.
pub(crate) fn encoder(edge: &Edge, links: &Links, record_type: &Type) -> JsonEncoder {
    let full = Projection::full(record_type);
    JsonEncoder::new(edge.schema(), record_type, full.members(), links.base())
}

/// A whole record.
pub(crate) fn record_body(edge: &Edge, links: &Links, record: &Record) -> String {
    let mut out = String::new();
    encoder(edge, links, edge.record_type(record.type_index)).encode(record, &mut out);
    out
}

/// The entity tag of a record: its revision, which writes go by, and a digest of what is shown,
/// since the name of what it refers to may change without it.
pub(crate) fn etag(revision: Revision, body: &str) -> String {
    let shown: String =
        hex(&Sha256::digest(body.as_bytes()).into()).chars().take(ETAG_DIGITS).collect();
    format!("\"{revision}.{shown}\"")
}

/// A record to somebody who reads, with its revision among the extensions.
pub(crate) fn record(
    edge: &Edge,
    links: &Links,
    projection: &Projection,
    record: &Record,
) -> Response {
    let record_type = edge.record_type(record.type_index);
    let encoder = JsonEncoder::new(edge.schema(), record_type, projection.members(), links.base());
    let mut out = String::new();
    encoder.encode(record, &mut out);
    let mut response = body(JSON, out);
    response.extensions_mut().insert(record.revision);
    response
}
