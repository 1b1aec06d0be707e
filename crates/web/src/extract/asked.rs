//! What most handlers need at once.

use std::sync::Arc;

use app::Context;
use app::freshness::Stand;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use domain::change::Preconditions;
use domain::schema::Type;

use super::caller::{BYPASS, REASON, REVIEW, REVIEWERS};
use super::format::FORMAT;
use super::once::OnceKey;
use super::preconditions::preconditions;
use super::{JsonOnly, Links, Parameters, Reader, Writer};
use crate::edge::Edge;
use crate::error::ApiError;
use crate::fresh::Conditions;

/// A read that is answered with JSON.
pub(crate) struct JsonRead {
    pub(crate) ctx: Context,
    /// Where the register stood when it came.
    pub(crate) stand: Stand,
    pub(crate) links: Links,
    pub(crate) headers: HeaderMap,
    /// What its client has already.
    pub(crate) conditions: Conditions,
    /// All parameters but `format`.
    pub(crate) parameters: Parameters,
}

/// A write that is answered with JSON.
pub(crate) struct Write {
    pub(crate) ctx: Context,
    pub(crate) links: Links,
    /// What must hold of the record, as the headers say.
    pub(crate) preconditions: Preconditions,
    /// The key of a write that is to be made once.
    pub(crate) once: Option<OnceKey>,
    /// All parameters but those that all writes have.
    pub(crate) parameters: Parameters,
    /// Whether it is a PATCH.
    pub(crate) is_patch: bool,
}

/// A write that has no parameters but those that all writes have.
pub(crate) struct JsonWrite(pub(crate) Write);

/// A read of records of a type, on its way.
#[derive(Clone, Copy)]
pub(crate) struct Reading<'a> {
    pub(crate) edge: &'a Edge,
    pub(crate) ctx: &'a Context,
    pub(crate) links: &'a Links,
    pub(crate) record_type: &'a Type,
}

impl FromRequestParts<Arc<Edge>> for JsonRead {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, edge: &Arc<Edge>) -> Result<Self, ApiError> {
        let Reader { ctx, stand } = Reader::from_request_parts(parts, edge).await?;
        let JsonOnly = JsonOnly::from_request_parts(parts, edge).await?;
        let mut parameters = Parameters::of(parts);
        parameters.drop_where(|name| name == FORMAT);
        let links = Links::from_request_parts(parts, edge).await?;
        let conditions = Conditions::of(parts);
        Ok(Self { ctx, stand, links, headers: parts.headers.clone(), conditions, parameters })
    }
}

impl FromRequestParts<Arc<Edge>> for Write {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, edge: &Arc<Edge>) -> Result<Self, ApiError> {
        let Writer(ctx) = Writer::from_request_parts(parts, edge).await?;
        let JsonOnly = JsonOnly::from_request_parts(parts, edge).await?;
        let mut parameters = Parameters::of(parts);
        let of_writes = [REASON, REVIEW, BYPASS, REVIEWERS, FORMAT];
        parameters.drop_where(|name| of_writes.contains(&name));
        Ok(Self {
            ctx,
            links: Links::from_request_parts(parts, edge).await?,
            preconditions: preconditions(&parts.headers)?,
            once: OnceKey::of(parts)?,
            parameters,
            is_patch: parts.method == Method::PATCH,
        })
    }
}

impl FromRequestParts<Arc<Edge>> for JsonWrite {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, edge: &Arc<Edge>) -> Result<Self, ApiError> {
        let write = Write::from_request_parts(parts, edge).await?;
        write.parameters.clone().refuse_rest(edge.settings.lenient_filters)?;
        Ok(Self(write))
    }
}
