//! `GET /healthz`

use axum::response::Response;
use serde_json::json;

use crate::rest::answer;

/// Tells that the process answers.
pub(crate) async fn alive() -> Response {
    answer::json(&json!({"status": "ok"}))
}
