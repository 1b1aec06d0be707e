//! Bodies: read up to a limit, of the media types that a handler takes.

use std::sync::Arc;

use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use domain::change::FieldsInput;
use domain::json::Json;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tower_http::timeout::TimeoutError;

use crate::edge::Edge;
use crate::error::ApiError;

/// A body of JSON, read and not yet looked into.
pub(crate) struct Body(pub(crate) Bytes);

/// A body that is one JSON object, and its bytes.
pub(crate) struct ObjectBody {
    /// Its members: the fields of a record.
    pub(crate) fields: FieldsInput,
    /// As it was sent.
    pub(crate) bytes: Bytes,
}

impl FromRequest<Arc<Edge>> for Body {
    type Rejection = ApiError;

    async fn from_request(request: Request, edge: &Arc<Edge>) -> Result<Self, ApiError> {
        let found = media_type(request.headers());
        if found != "application/json" {
            return Err(ApiError::UnsupportedMediaType(found));
        }
        read(request.into_body(), edge.settings.body_limit).await.map(Self)
    }
}

impl FromRequest<Arc<Edge>> for ObjectBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, edge: &Arc<Edge>) -> Result<Self, ApiError> {
        let Body(bytes) = Body::from_request(request, edge).await?;
        Ok(Self { fields: object(&bytes)?, bytes })
    }
}

/// A body that is one JSON object, or nothing at all, which stands for an empty one.
pub(crate) struct MaybeObject(pub(crate) FieldsInput);

impl FromRequest<Arc<Edge>> for MaybeObject {
    type Rejection = ApiError;

    async fn from_request(request: Request, edge: &Arc<Edge>) -> Result<Self, ApiError> {
        let found = media_type(request.headers());
        let bytes = read(request.into_body(), edge.settings.body_limit).await?;
        if bytes.is_empty() {
            return Ok(Self(FieldsInput::new()));
        }
        if found != "application/json" {
            return Err(ApiError::UnsupportedMediaType(found));
        }
        object(&bytes).map(Self)
    }
}

/// The media type of a body, in lower case and without parameters.
pub(crate) fn media_type(headers: &HeaderMap) -> String {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.split(';').next())
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
}

/// Reads a body of at most `limit` bytes.
pub(crate) async fn read(mut body: axum::body::Body, limit: usize) -> Result<Bytes, ApiError> {
    match Limited::new(&mut body, limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            drain(body, limit).await;
            Err(ApiError::TooLarge { limit })
        }
        Err(error) if is_too_slow(&*error) => Err(ApiError::BodyTooSlow),
        Err(error) => Err(ApiError::Unreadable(format!("The body ended early: {error}."))),
    }
}

/// Reads what is left of a body, up to `limit` bytes, and forgets it: a connection that is closed with
/// something unread takes the answer along (RFC 9112, section 9.6), and nobody would learn why.
async fn drain(mut body: axum::body::Body, limit: usize) {
    let mut read = 0_usize;
    while read < limit
        && let Some(Ok(frame)) = body.frame().await
    {
        read = read.saturating_add(frame.data_ref().map_or(0, Bytes::len));
    }
}

fn is_too_slow(error: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| error.source())
        .any(<dyn std::error::Error>::is::<TimeoutError>)
}

/// Reads any JSON.
pub(crate) fn json(bytes: &[u8]) -> Result<Json, ApiError> {
    app::json::parse(bytes)
        .map_err(|error| ApiError::Unreadable(format!("JSON parse error - {error}")))
}

fn object(bytes: &[u8]) -> Result<FieldsInput, ApiError> {
    into_object(json(bytes)?)
}

/// One object, or a list of anything.
pub(crate) enum OneOrMany {
    /// The members of the object.
    One(FieldsInput),
    /// The items of the list.
    Many(Vec<Json>),
}

/// Tells a list from one object.
pub(crate) fn one_or_many(json: Json) -> Result<OneOrMany, ApiError> {
    if let Json::List(items) = json {
        Ok(OneOrMany::Many(items))
    } else {
        into_object(json).map(OneOrMany::One)
    }
}

/// The members of an object.
pub(crate) fn into_object(json: Json) -> Result<FieldsInput, ApiError> {
    match json {
        Json::Object(members) => Ok(members),
        other @ (Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) | Json::List(_)) => {
            Err(ApiError::Unreadable(format!(
                "Invalid data. Expected a dictionary, but got {}.",
                other.type_name()
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn only_an_object_is_a_record() {
        for (text, expected) in [
            (r#"{"a":1}"#, None),
            ("[]", Some("Expected a dictionary, but got array.")),
            ("3", Some("Expected a dictionary, but got number.")),
            ("", Some("JSON parse error - EOF")),
            ("{", Some("JSON parse error - EOF")),
            ("{\"a\":\"\u{1}\"}", Some("JSON parse error - control")),
        ] {
            match (object(text.as_bytes()), expected) {
                (Ok(_), None) => {}
                (Err(ApiError::Unreadable(told)), Some(part)) => {
                    assert!(told.contains(part), "{told}");
                }
                (other, _) => panic!("{text}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_media_type_has_no_case_and_no_parameters() {
        let mut headers = HeaderMap::new();
        assert_eq!(media_type(&headers), "");
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("Application/JSON; charset=utf-8"),
        );
        assert_eq!(media_type(&headers), "application/json");
    }

    #[tokio::test]
    async fn a_body_is_read_up_to_the_limit() {
        assert_eq!(read(Body::from("1234"), 4).await.unwrap(), "1234");
        let over = read(Body::from("12345"), 4).await;
        assert!(matches!(over, Err(ApiError::TooLarge { limit: 4 })));
    }
}
