//! `GET` and `POST /api/-/views/`

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use domain::fault::Faults;
use serde_json::{Value, json};

use super::{PATH, answer as view_answer, new_view, shown};
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::parameters::bad;
use crate::extract::{Doer, JsonRead, Links, ObjectBody};
use crate::rest::answer;
use crate::rest::people::members::Members;

/// Lists the views that one sees, one's own and those that are shared: of a type, or all.
pub(crate) async fn list(
    State(edge): State<Arc<Edge>>,
    read: JsonRead,
) -> Result<Response, ApiError> {
    let (mut parameters, mut faults) = (read.parameters, Faults::default());
    let of = match parameters.take("type", &mut faults) {
        None => None,
        Some(name) => {
            let of = edge.schema().named(&name).map(|of| of.index);
            if of.is_none() {
                faults.add("type", bad(format!("There is no type {name}.")));
            }
            of
        }
    };
    if let Err(wrong) = parameters.refuse_rest(edge.settings.lenient_filters) {
        faults.merge(wrong);
    }
    faults.or_ok(())?;
    let seen = edge.app.view_list(&read.ctx, of).await?;
    let shown = seen.views.iter().map(|view| shown(&read.links, edge.schema(), view));
    let results: Vec<Value> = shown.collect();
    Ok(answer::json(&json!({"count": results.len(), "results": results})))
}

/// Saves a view.
pub(crate) async fn add(
    State(edge): State<Arc<Edge>>,
    Doer(caller): Doer,
    links: Links,
    ObjectBody { fields, .. }: ObjectBody,
) -> Result<Response, ApiError> {
    let new = new_view(edge.schema(), Members::of(fields))?;
    let seen = edge.app.view_add(&caller.ctx, new).await?;
    let mut response = view_answer(&links, edge.schema(), &seen);
    *response.status_mut() = StatusCode::CREATED;
    let location = format!("{}{PATH}{}/", links.base(), seen.view.id);
    if let Ok(location) = HeaderValue::try_from(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}
