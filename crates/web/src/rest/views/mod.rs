//! `/api/-/views/`: saved views of tables.

pub(crate) mod list;
pub(crate) mod one;

use std::sync::Arc;

use app::Context;
use app::views::{NewView, SeenView, ViewChange};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use domain::change::Preconditions;
use domain::fault::Faults;
use domain::record::Revision;
use domain::schema::{Schema, TypeIndex};
use domain::value::datetime_text;
use serde_json::{Value, json};

use super::answer;
use super::people::members::Members;
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::preconditions::preconditions;
use crate::extract::{Doer, Links, Parameters};

/// Where views are.
pub(crate) const PATH: &str = "/api/-/views/";

/// Somebody known who changes a view.
pub(crate) struct Write {
    pub(crate) ctx: Context,
    pub(crate) links: Links,
    /// What must hold of the view, as the headers say.
    pub(crate) meant: Preconditions,
}

impl FromRequestParts<Arc<Edge>> for Write {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, edge: &Arc<Edge>) -> Result<Self, ApiError> {
        let Doer(caller) = Doer::from_request_parts(parts, edge).await?;
        Parameters::of(parts).refuse_rest(edge.settings.lenient_filters)?;
        let meant = preconditions(&parts.headers)?;
        Ok(Self { ctx: caller.ctx, links: Links::of(parts, edge), meant })
    }
}

/// A view, its revision and what is shown of it in its tag.
pub(crate) fn answer(links: &Links, schema: &Schema, seen: &SeenView) -> Response {
    let body = shown(links, schema, seen).to_string();
    let etag = answer::etag(Revision(seen.view.revision), &body);
    let mut response = answer::body(answer::JSON, body);
    if let Ok(etag) = HeaderValue::try_from(etag) {
        response.headers_mut().insert(header::ETAG, etag);
    }
    response
}

/// A view as it is sent.
pub(crate) fn shown(links: &Links, schema: &Schema, seen: &SeenView) -> Value {
    let SeenView { view, may_change } = seen;
    let page = schema.named(&view.type_name).map(|of| {
        let id = view.id.to_string();
        links.with(&format!("/{}/", of.plural), std::iter::once(("view", id.as_str())))
    });
    json!({
        "id": view.id,
        "type": view.type_name,
        "name": view.name,
        "query": view.query,
        "owner": view.owner,
        "group": view.group,
        "is_default": view.is_default,
        "is_group_default": view.is_group_default,
        "may_change": may_change,
        "revision": view.revision,
        "created_at": datetime_text(view.created_at),
        "updated_at": datetime_text(view.updated_at),
        "page": page,
    })
}

/// Reads a view that is to be saved.
pub(crate) fn new_view(schema: &Schema, mut members: Members) -> Result<NewView, Faults> {
    let type_name = members.required("type");
    let name = members.required("name");
    let query = members.secret("query").unwrap_or_default();
    let of = schema.named(&type_name);
    if of.is_none() && !type_name.is_empty() {
        members.fault("type", format!("There is no type {type_name}."));
    }
    let change = shares(&mut members);
    // Where there is none, nothing comes of it.
    let type_index = of.map_or(TypeIndex(0), |of| of.index);
    members.finish(NewView { type_index, name, query, replaces: false, change })
}

/// Reads what is changed of a view: those members that were sent.
pub(crate) fn change(mut members: Members) -> Result<ViewChange, Faults> {
    let name = members.has("name").then(|| members.required("name"));
    let query = members.has("query").then(|| members.secret("query").unwrap_or_default());
    let change = ViewChange { name, query, ..shares(&mut members) };
    members.finish(change)
}

/// Whom a view is for, and whether tables open with it.
fn shares(members: &mut Members) -> ViewChange {
    ViewChange {
        group: members.has("group").then(|| members.text("group")),
        is_default: members.truth("is_default"),
        is_group_default: members.truth("is_group_default"),
        ..ViewChange::default()
    }
}
