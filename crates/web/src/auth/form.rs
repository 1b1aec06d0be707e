//! Forms as browsers send them.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{FromRequest, Request};

use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::body::{media_type, read};

/// The most bytes of a form that signs somebody in: a handoff with hundreds of groups fits.
const SHORT_LENGTH_MAX: usize = 64 * 1_024;

/// A form's fields, the first of each name.
pub(crate) struct Form(BTreeMap<String, String>);

impl Form {
    /// All fields, by name.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// All fields, by name.
    pub(crate) fn into_fields(self) -> BTreeMap<String, String> {
        self.0
    }

    /// A field; empty where it was not sent.
    pub(crate) fn field(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }
}

impl FromRequest<Arc<Edge>> for Form {
    type Rejection = ApiError;

    async fn from_request(request: Request, edge: &Arc<Edge>) -> Result<Self, ApiError> {
        fields(request, edge.settings.body_limit).await.map(Self)
    }
}

/// A form by which somebody signs in, whom nobody knows yet.
pub(crate) struct ShortForm(pub(crate) Form);

impl FromRequest<Arc<Edge>> for ShortForm {
    type Rejection = ApiError;

    async fn from_request(request: Request, _edge: &Arc<Edge>) -> Result<Self, ApiError> {
        let fields = fields(request, SHORT_LENGTH_MAX).await?;
        Ok(Self(Form(fields)))
    }
}

async fn fields(request: Request, limit: usize) -> Result<BTreeMap<String, String>, ApiError> {
    let found = media_type(request.headers());
    if found != "application/x-www-form-urlencoded" {
        return Err(ApiError::UnsupportedMediaType(found));
    }
    let bytes = read(request.into_body(), limit).await?;
    let mut fields = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(&bytes).into_owned() {
        fields.entry(name).or_insert(value);
    }
    Ok(fields)
}
