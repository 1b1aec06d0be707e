//! `GET /api/-/me/`

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use domain::access::{Allowed, Right};
use serde_json::{Map, Value, json};

use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::session::Session;
use crate::extract::{Caller, JsonOnly, Parameters};
use crate::rest::answer;

/// Tells somebody who they are and what they may: what buttons a page shows.
pub(crate) async fn me(
    State(edge): State<Arc<Edge>>,
    caller: Caller,
    _json: JsonOnly,
    mut parameters: Parameters,
) -> Result<Response, ApiError> {
    parameters.drop_where(|name| name == crate::extract::format::FORMAT);
    parameters.refuse_rest(edge.settings.lenient_filters)?;
    let ctx = &caller.ctx;
    let (user, groups) = if ctx.is_known() {
        (Some(ctx.actor.name()), edge.app.groups_of(ctx.actor.name()).await?)
    } else {
        (None, Vec::new())
    };
    let words = |has: &dyn Fn(Right) -> bool| -> Vec<&str> {
        Right::ALL.into_iter().filter(|right| has(*right)).map(Right::word).collect()
    };
    let mut types = Map::new();
    for of in edge.schema().types() {
        let on_some: Vec<&str> = Right::ALL
            .into_iter()
            .filter(|right| matches!(ctx.access.allowed(*right, of.index), Allowed::Where(_)))
            .map(Right::word)
            .collect();
        let on_all = words(&|right| ctx.access.has_all(right, of.index));
        types.insert(of.name.to_string(), json!({"all": on_all, "some": on_some}));
    }
    let everything = words(&|right| ctx.access.has_everywhere(right));
    Ok(answer::json(&json!({
        "user": user,
        "token": ctx.actor.token(),
        "groups": groups,
        "rights": {"everything": everything, "types": Value::Object(types)},
        "csrf_token": caller.session.as_ref().map(Session::word),
    })))
}
