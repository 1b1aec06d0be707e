//! `/api/-/views/`: saved views of tables.

pub(crate) mod list;
pub(crate) mod one;

use app::views::{NewView, SeenView, ViewChange};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use domain::fault::Faults;
use domain::schema::Schema;
use domain::value::datetime_text;
use serde_json::{Value, json};

use super::answer;
use super::people::members::Members;
use crate::extract::Links;

/// Where views are.
pub(crate) const PATH: &str = "/api/-/views/";

/// A view, its revision and what is shown of it in its tag.
pub(crate) fn answer(links: &Links, schema: &Schema, seen: &SeenView) -> Response {
    let body = shown(links, schema, seen).to_string();
    let etag = answer::etag(domain::record::Revision(seen.view.revision), &body);
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
    let type_index = of.map(|of| of.index).unwrap_or(domain::schema::TypeIndex(0));
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
