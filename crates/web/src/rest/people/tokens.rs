//! `/api/-/tokens/`

use std::net::IpAddr;
use std::sync::Arc;

use app::Context;
use app::people::name;
use app::tokens::{NewToken, StoredToken};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::access::{Limits, Rights};
use domain::fault::Faults;
use domain::moment::Moment;
use domain::record::Timestamp;
use domain::schema::Schema;
use domain::value::datetime_text;
use ipnet::IpNet;
use serde_json::{Value, json};

use super::members::Members;
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::{Doer, JsonRead, ObjectBody};
use crate::rest::answer;

/// Lists one's own tokens, or all to whoever administers, without their secrets.
pub(crate) async fn list(
    State(edge): State<Arc<Edge>>,
    read: JsonRead,
) -> Result<Response, ApiError> {
    read.parameters.refuse_rest(edge.settings.lenient_filters)?;
    let tokens = edge.app.token_list(&read.ctx).await?;
    let tokens: Vec<Value> = tokens.iter().map(shown).collect();
    Ok(answer::json(&json!({"count": tokens.len(), "results": tokens})))
}

/// Makes a token; its secret is in this answer and nowhere else.
pub(crate) async fn add(
    State(edge): State<Arc<Edge>>,
    Doer(caller): Doer,
    ObjectBody { fields, .. }: ObjectBody,
) -> Result<Response, ApiError> {
    let new = new_token(edge.schema(), &caller.ctx, Members::of(fields))?;
    let (user, name) = (new.user.clone(), new.name.clone());
    let secret = edge.app.token_create(&caller.ctx, new).await?;
    let mut response = answer::json(&json!({"user": user, "name": name, "token": secret}));
    *response.status_mut() = StatusCode::CREATED;
    Ok(response)
}

/// Ends a token.
pub(crate) async fn revoke(
    State(edge): State<Arc<Edge>>,
    Path(id): Path<String>,
    Doer(caller): Doer,
) -> Result<Response, ApiError> {
    let id = id.parse().unwrap_or_default();
    if edge.app.token_revoke(&caller.ctx, id).await? {
        Ok(StatusCode::NO_CONTENT.into_response())
    } else {
        Err(ApiError::no_match("token"))
    }
}

/// Reads a token that is to be made.
pub(crate) fn new_token(
    schema: &Schema,
    ctx: &Context,
    mut members: Members,
) -> Result<NewToken, Faults> {
    let new = read(schema, (ctx.actor.name(), ctx.now), &mut members);
    members.finish(new)
}

fn read(schema: &Schema, (own, now): (&str, Timestamp), members: &mut Members) -> NewToken {
    let label = members.required("name");
    if let Err(why) = name(&label)
        && !label.is_empty()
    {
        members.fault("name", why);
    }
    let user = members.text("user").unwrap_or_else(|| own.to_owned());
    let rights = members.texts("rights").map(|words| Rights::parse(&words.join(",")));
    let rights = rights.and_then(|read| {
        read.map_err(|word| members.fault("rights", format!("There is no right {word}."))).ok()
    });
    let types = members.texts("types").map(|names| {
        let found = names.iter().filter_map(|name| {
            let of = schema.named(name);
            if of.is_none() {
                members.fault("types", format!("There is no type {name}."));
            }
            Some(of?.index)
        });
        found.collect()
    });
    let networks = members.texts("networks").unwrap_or_default();
    let networks = networks.iter().filter_map(|text| {
        let network = text.parse::<IpNet>().or_else(|_no| text.parse::<IpAddr>().map(IpNet::from));
        if network.is_err() {
            members.fault("networks", format!("{text} is no network such as 10.0.0.0/8."));
        }
        network.ok()
    });
    let networks = networks.collect();
    let expires_at = members.text("expires_at").and_then(|text| match Moment::parse(&text, now) {
        Ok(Moment::At(at)) if at > now => Some(at),
        _ => {
            members.fault("expires_at", "This is a moment to come, such as 2027-01-31T00:00:00Z.");
            None
        }
    });
    NewToken { user, name: label, expires_at, limits: Limits { rights, types }, networks }
}

fn shown(token: &StoredToken) -> Value {
    let list = |text: Option<&str>| -> Value {
        text.map_or(Value::Null, |text| text.split(',').map(Value::from).collect())
    };
    json!({
        "id": token.id,
        "user": token.user,
        "name": token.name,
        "created_at": datetime_text(token.created_at),
        "expires_at": token.expires_at.map(datetime_text),
        "rights": list(token.rights.as_deref()),
        "types": list(token.types.as_deref()),
        "networks": list(token.networks.as_deref()),
        "last_used_at": token.last_used_at.map(datetime_text),
    })
}
