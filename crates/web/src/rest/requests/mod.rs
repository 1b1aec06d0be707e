//! `/api/-/change-requests/…`

pub(crate) mod act;
pub(crate) mod decide;
pub(crate) mod get;
pub(crate) mod list;

use std::sync::Arc;

use app::encode::RequestEncoder;
use app::review::ToldRequest;
use app::{Context, Error};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use domain::history::hex;
use sha2::{Digest as _, Sha256};

use super::answer::JSON;
use super::prepared::Prepared;
use crate::edge::Edge;
use crate::error::{ApiError, Problem};
use crate::extract::preconditions::decided_on;
use crate::extract::{Doer, Links, Parameters};

/// Digits of the digest of the whole.
const DIGITS_OF_WHOLE: usize = 8;

/// The address of the list.
pub(crate) const PATH: &str = "/api/-/change-requests/";

/// Somebody known who does something with a change request.
pub(crate) struct Deed {
    pub(crate) ctx: Context,
    pub(crate) links: Links,
    /// The tag of what they were shown.
    pub(crate) if_match: Option<String>,
}

impl FromRequestParts<Arc<Edge>> for Deed {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, edge: &Arc<Edge>) -> Result<Self, ApiError> {
        let Doer(caller) = Doer::from_request_parts(parts, edge).await?;
        Parameters::of(parts).refuse_rest(edge.settings.lenient_filters)?;
        let if_match = decided_on(&parts.headers);
        Ok(Self { ctx: caller.ctx, links: Links::of(parts, edge), if_match })
    }
}

/// A change request as it is sent, with its tag.
pub(crate) fn prepared(
    status: StatusCode,
    edge: &Edge,
    links: &Links,
    told: &ToldRequest,
) -> Prepared {
    let (etag, body) = tagged(edge, links, told);
    Prepared::body(status, JSON, body).with(header::ETAG, etag)
}

/// The body and its tag: that of what is decided on, and behind it a digest of the whole, since a
/// comment is no reason to decide anew, but one to read anew.
fn tagged(edge: &Edge, links: &Links, told: &ToldRequest) -> (String, String) {
    let mut body = String::new();
    RequestEncoder { schema: edge.schema(), base_url: links.base() }.told(told, &mut body);
    let whole = hex(&Sha256::digest(body.as_bytes()).into());
    let whole: String = whole.chars().take(DIGITS_OF_WHOLE).collect();
    (format!("\"{}.{whole}\"", told.etag), body)
}

/// An error; where somebody decided on something else than is there, with what is.
pub(crate) fn problem(edge: &Edge, links: &Links, error: Error) -> Problem {
    let current = if let Error::Unseen(told) | Error::Blocked(told) = &error {
        Some(tagged(edge, links, told))
    } else {
        None
    };
    let problem = Problem::from(ApiError::from(error));
    match current {
        Some((etag, body)) => problem.with_current(etag, body),
        None => problem,
    }
}
