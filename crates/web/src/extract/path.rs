//! What the path names: a type, a record by id, a record by key.
//!
//! Paths are read from the raw address, since a key may hold an encoded slash.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::Uri;
use axum::http::request::Parts;
use domain::change::Target;
use domain::fault::{Faults, FieldFault};
use domain::json::Json;
use domain::record::{CommitNumber, RecordId};
use domain::schema::{Type, TypeIndex};
use domain::value::{Value, parse_scalar};
use percent_encoding::percent_decode_str;

use super::Format;
use crate::edge::Edge;
use crate::error::ApiError;

/// A type, named by its plural, perhaps with a format as suffix (`servers.datatables`).
#[derive(Clone, Copy, Debug)]
pub(crate) struct TypePath {
    pub(crate) type_index: TypeIndex,
    pub(crate) suffix: Option<Format>,
}

/// A record, named by its id.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OneRecord {
    pub(crate) type_index: TypeIndex,
    pub(crate) id: RecordId,
}

/// A record, named by its type's key.
#[derive(Clone, Debug)]
pub(crate) struct ByKey {
    pub(crate) type_index: TypeIndex,
    key: Result<Vec<Value>, Faults>,
}

/// A commit, named by its number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CommitPath(pub(crate) CommitNumber);

/// A change request, named by its number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RequestPath(pub(crate) i64);

impl RequestPath {
    /// For a number that no change request has.
    pub(crate) fn no_match() -> ApiError {
        ApiError::NotFound("There is no such change request.".to_owned())
    }
}

impl FromRequestParts<Arc<Edge>> for RequestPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Edge>) -> Result<Self, ApiError> {
        number(segments(&parts.uri).get(2)).map(Self).ok_or_else(Self::no_match)
    }
}

impl CommitPath {
    /// For a number that no commit has.
    pub(crate) fn no_match() -> ApiError {
        ApiError::NotFound("There is no such commit.".to_owned())
    }
}

impl OneRecord {
    pub(crate) fn target(&self) -> Target {
        Target::Id(self.id)
    }
}

impl ByKey {
    /// The key, for putting a record there.
    ///
    /// # Errors
    /// The parts that can't be values of the key.
    pub(crate) fn key(&self) -> Result<Vec<Value>, ApiError> {
        self.key.clone().map_err(ApiError::Invalid)
    }

    /// The record of this key; what can't be a key names none.
    pub(crate) fn target(&self, record_type: &Type) -> Result<Target, ApiError> {
        match &self.key {
            Ok(key) => Ok(Target::Key(key.clone())),
            Err(_) => Err(ApiError::no_match(&record_type.label)),
        }
    }
}

impl FromRequestParts<Arc<Edge>> for TypePath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, edge: &Arc<Edge>) -> Result<Self, ApiError> {
        let segments = segments(&parts.uri);
        let plural = match segments.as_slice() {
            [dash, _, plural, ..] if dash == "-" => plural,
            [plural, ..] => plural,
            _ => return Err(no_type("")),
        };
        let schema = edge.schema();
        if let Some(found) = schema.by_plural(plural) {
            return Ok(Self { type_index: found.index, suffix: None });
        }
        let (stem, suffix) = plural.rsplit_once('.').ok_or_else(|| no_type(plural))?;
        let found = schema.by_plural(stem).ok_or_else(|| no_type(plural))?;
        let suffix = Format::named(suffix).ok_or_else(|| no_type(plural))?;
        Ok(Self { type_index: found.index, suffix: Some(suffix) })
    }
}

impl FromRequestParts<Arc<Edge>> for OneRecord {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, edge: &Arc<Edge>) -> Result<Self, ApiError> {
        let type_index = exact_type(parts, edge).await?;
        let segments = segments(&parts.uri);
        let id = number(segments.get(1))
            .ok_or_else(|| ApiError::no_match(&edge.record_type(type_index).label))?;
        Ok(Self { type_index, id: RecordId(id) })
    }
}

impl FromRequestParts<Arc<Edge>> for CommitPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Edge>) -> Result<Self, ApiError> {
        let number = number(segments(&parts.uri).get(2)).ok_or_else(Self::no_match)?;
        Ok(Self(CommitNumber(number)))
    }
}

fn number(segment: Option<&String>) -> Option<i64> {
    segment.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?.parse().ok()
}

impl FromRequestParts<Arc<Edge>> for ByKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, edge: &Arc<Edge>) -> Result<Self, ApiError> {
        let type_index = exact_type(parts, edge).await?;
        let record_type = edge.record_type(type_index);
        let segments = segments(&parts.uri);
        let named = segments.get(2..).unwrap_or_default();
        if named.len() != record_type.key.len() {
            return Err(ApiError::no_match(&record_type.label));
        }
        Ok(Self { type_index, key: parse_key(record_type, named) })
    }
}

/// The type of a path that takes no suffix.
async fn exact_type(parts: &mut Parts, edge: &Arc<Edge>) -> Result<TypeIndex, ApiError> {
    let TypePath { type_index, suffix } = TypePath::from_request_parts(parts, edge).await?;
    match suffix {
        None => Ok(type_index),
        Some(_) => Err(ApiError::NotFound("Not found.".to_owned())),
    }
}

fn parse_key(record_type: &Type, named: &[String]) -> Result<Vec<Value>, Faults> {
    let mut faults = Faults::default();
    let mut key = Vec::with_capacity(named.len());
    for (field, text) in record_type.key_fields().zip(named) {
        match parse_scalar(&field.kind, &Json::text(text)) {
            Ok(Some(value)) => key.push(value),
            Ok(None) => faults.add(field.name.as_str(), FieldFault::Blank),
            Err(fault) => faults.add(field.name.as_str(), fault),
        }
    }
    faults.or_ok(key)
}

fn no_type(plural: &str) -> ApiError {
    ApiError::NotFound(format!("There is no type \"{plural}\"; /api/ lists them."))
}

/// The segments of a path, decoded each on its own; a slash at the end adds none. What is at an
/// address of the API is shown by the page at the same address without `/api`.
fn segments(uri: &Uri) -> Vec<String> {
    let path = uri.path();
    let path = path.strip_prefix("/api/").or_else(|| path.strip_prefix('/')).unwrap_or(path);
    let path = path.strip_suffix('/').unwrap_or(path);
    path.split('/')
        .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_may_hold_an_encoded_slash() {
        for (path, expected) in [
            ("/api/servers/by/a%2Fb/", &["servers", "by", "a/b"][..]),
            ("/api/servers/by/a/b", &["servers", "by", "a", "b"]),
            ("/servers/17/", &["servers", "17"]),
            ("/api/x/%C3%A9%20/", &["x", "é "]),
            ("/api/x//", &["x", ""]),
        ] {
            assert_eq!(segments(&Uri::from_static(path)), expected, "{path}");
        }
    }
}
