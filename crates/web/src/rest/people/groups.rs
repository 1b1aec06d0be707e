//! `/api/-/groups/`

use std::sync::Arc;

use app::Context;
use app::people::{People, PeopleChange, StoredGrant, StoredGroup};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::access::Rights;
use domain::fault::Faults;
use serde_json::{Value, json};

use super::members::Members;
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::{Doer, JsonRead, ObjectBody};
use crate::rest::answer;

/// Lists all groups, who is in them and what they may.
pub(crate) async fn list(
    State(edge): State<Arc<Edge>>,
    read: JsonRead,
) -> Result<Response, ApiError> {
    read.parameters.refuse_rest(edge.settings.lenient_filters)?;
    let people = edge.app.people(&read.ctx).await?;
    let groups: Vec<Value> = people.groups.iter().map(|group| shown(&people, group)).collect();
    Ok(answer::json(&json!({"count": groups.len(), "results": groups})))
}

/// Reads a group.
pub(crate) async fn get(
    State(edge): State<Arc<Edge>>,
    Path(name): Path<String>,
    read: JsonRead,
) -> Result<Response, ApiError> {
    read.parameters.refuse_rest(edge.settings.lenient_filters)?;
    one(&edge, &read.ctx, &name, StatusCode::OK).await
}

/// Makes a group.
pub(crate) async fn add(
    State(edge): State<Arc<Edge>>,
    Doer(caller): Doer,
    ObjectBody { fields, .. }: ObjectBody,
) -> Result<Response, ApiError> {
    let (group, change) = new_group(Members::of(fields))?;
    edge.app.people_change(&caller.ctx, vec![change]).await?;
    one(&edge, &caller.ctx, &group, StatusCode::CREATED).await
}

/// Reads a group that is to be made, and its name.
pub(crate) fn new_group(mut members: Members) -> Result<(String, PeopleChange), Faults> {
    let group = members.required("name");
    let description = members.text("description");
    members.finish((group.clone(), PeopleChange::AddGroup { group, description }))
}

/// Removes a group.
pub(crate) async fn remove(
    State(edge): State<Arc<Edge>>,
    Path(name): Path<String>,
    Doer(caller): Doer,
) -> Result<Response, ApiError> {
    is_there(&edge, &caller.ctx, &name).await?;
    let change = PeopleChange::RemoveGroup { group: name };
    edge.app.people_change(&caller.ctx, vec![change]).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Grants rights to a group.
pub(crate) async fn grant(
    State(edge): State<Arc<Edge>>,
    Path(name): Path<String>,
    Doer(caller): Doer,
    ObjectBody { fields, .. }: ObjectBody,
) -> Result<Response, ApiError> {
    is_there(&edge, &caller.ctx, &name).await?;
    let grant = new_grant(&name, Members::of(fields))?;
    edge.app.people_change(&caller.ctx, vec![PeopleChange::Grant(grant)]).await?;
    one(&edge, &caller.ctx, &name, StatusCode::CREATED).await
}

/// Reads what is to be granted to a group.
pub(crate) fn new_grant(group: &str, mut members: Members) -> Result<StoredGrant, Faults> {
    let words = members.texts("rights").unwrap_or_default().join(",");
    match Rights::parse(&words) {
        Ok(rights) if rights.is_empty() => members.fault("rights", "Name a right, or a preset."),
        Ok(_) => {}
        Err(word) => members.fault("rights", format!("There is no right {word}.")),
    }
    let grant = StoredGrant {
        id: 0,
        group: group.to_owned(),
        rights: words,
        type_name: members.text("type"),
        filter: members.text("filter"),
    };
    members.finish(grant)
}

/// Takes a grant back.
pub(crate) async fn revoke(
    State(edge): State<Arc<Edge>>,
    Path((name, id)): Path<(String, String)>,
    Doer(caller): Doer,
) -> Result<Response, ApiError> {
    let people = edge.app.people(&caller.ctx).await?;
    let id: i64 = id.parse().unwrap_or_default();
    if !people.grants.iter().any(|grant| grant.id == id && grant.group == name) {
        return Err(ApiError::no_match("grant"));
    }
    edge.app.people_change(&caller.ctx, vec![PeopleChange::Revoke { id }]).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Puts a user into a group.
pub(crate) async fn add_member(
    State(edge): State<Arc<Edge>>,
    Path((name, user)): Path<(String, String)>,
    Doer(caller): Doer,
) -> Result<Response, ApiError> {
    are_there(&edge, &caller.ctx, &name, &user).await?;
    let change = PeopleChange::AddMember { group: name, user };
    edge.app.people_change(&caller.ctx, vec![change]).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Takes a user out of a group.
pub(crate) async fn remove_member(
    State(edge): State<Arc<Edge>>,
    Path((name, user)): Path<(String, String)>,
    Doer(caller): Doer,
) -> Result<Response, ApiError> {
    are_there(&edge, &caller.ctx, &name, &user).await?;
    let change = PeopleChange::RemoveMember { group: name, user };
    edge.app.people_change(&caller.ctx, vec![change]).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn is_there(edge: &Edge, ctx: &Context, name: &str) -> Result<(), ApiError> {
    let people = edge.app.people(ctx).await?;
    let found = people.groups.iter().any(|group| group.name == name);
    if found { Ok(()) } else { Err(ApiError::no_match("group")) }
}

async fn are_there(edge: &Edge, ctx: &Context, group: &str, user: &str) -> Result<(), ApiError> {
    let people = edge.app.people(ctx).await?;
    if !people.groups.iter().any(|known| known.name == group) {
        return Err(ApiError::no_match("group"));
    }
    let found = people.users.iter().any(|known| known.name == user);
    if found { Ok(()) } else { Err(ApiError::no_match("user")) }
}

async fn one(
    edge: &Edge,
    ctx: &Context,
    name: &str,
    status: StatusCode,
) -> Result<Response, ApiError> {
    let people = edge.app.people(ctx).await?;
    let group = people.groups.iter().find(|group| group.name == name);
    let group = group.ok_or_else(|| ApiError::no_match("group"))?;
    let mut response = answer::json(&shown(&people, group));
    *response.status_mut() = status;
    Ok(response)
}

fn shown(people: &People, group: &StoredGroup) -> Value {
    let members = people.members.iter().filter(|(of, _)| *of == group.name);
    let members: Vec<&str> = members.map(|(_, user)| user.as_str()).collect();
    let grants = people.grants.iter().filter(|grant| grant.group == group.name);
    let grants: Vec<Value> = grants
        .map(|grant| {
            let rights: Vec<&str> = grant.rights.split(',').collect();
            let (of, filter) = (&grant.type_name, &grant.filter);
            json!({"id": grant.id, "rights": rights, "type": of, "filter": filter})
        })
        .collect();
    json!({
        "name": group.name,
        "description": group.description,
        "members": members,
        "grants": grants,
    })
}
