//! `/api/-/users/`

use std::sync::Arc;

use app::Context;
use app::passwords::Password;
use app::people::{People, PeopleChange, Profile, StoredUser};
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use domain::fault::Faults;
use domain::value::datetime_text;
use serde_json::{Value, json};

use super::members::Members;
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::{Doer, JsonRead, ObjectBody};
use crate::rest::answer;

/// Lists all users.
pub(crate) async fn list(
    State(edge): State<Arc<Edge>>,
    read: JsonRead,
) -> Result<Response, ApiError> {
    read.parameters.refuse_rest(edge.settings.lenient_filters)?;
    let people = edge.app.people(&read.ctx).await?;
    let users: Vec<Value> = people.users.iter().map(|user| shown(&people, user)).collect();
    Ok(answer::json(&json!({"count": users.len(), "results": users})))
}

/// Reads a user.
pub(crate) async fn get(
    State(edge): State<Arc<Edge>>,
    Path(name): Path<String>,
    read: JsonRead,
) -> Result<Response, ApiError> {
    read.parameters.refuse_rest(edge.settings.lenient_filters)?;
    one(&edge, &read.ctx, &name).await
}

/// Makes a user.
pub(crate) async fn add(
    State(edge): State<Arc<Edge>>,
    Doer(caller): Doer,
    ObjectBody { fields, .. }: ObjectBody,
) -> Result<Response, ApiError> {
    let (user, change) = new_user(Members::of(fields))?;
    edge.app.people_change(&caller.ctx, vec![change]).await?;
    let mut response = one(&edge, &caller.ctx, &user).await?;
    *response.status_mut() = StatusCode::CREATED;
    let path = percent_encoding::utf8_percent_encode(&user, percent_encoding::NON_ALPHANUMERIC);
    if let Ok(location) = HeaderValue::try_from(format!("/api/-/users/{path}/")) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// Reads a user that is to be made, and their name.
pub(crate) fn new_user(mut members: Members) -> Result<(String, PeopleChange), Faults> {
    let user = members.required("name");
    let change = PeopleChange::AddUser {
        user: user.clone(),
        profile: Profile {
            email: members.text("email"),
            display_name: members.text("display_name"),
        },
        groups: members.texts("groups").unwrap_or_default(),
        password: members.secret("password").map(Password),
    };
    members.finish((user, change))
}

/// Changes what is told of a user, whether they are let in, their password or their groups.
pub(crate) async fn change(
    State(edge): State<Arc<Edge>>,
    Path(name): Path<String>,
    Doer(caller): Doer,
    ObjectBody { fields, .. }: ObjectBody,
) -> Result<Response, ApiError> {
    let people = edge.app.people(&caller.ctx).await?;
    let user = people.users.iter().find(|user| user.name == name).ok_or_else(no_user)?;
    let changes = changes(&people, user, Members::of(fields))?;
    edge.app.people_change(&caller.ctx, changes).await?;
    one(&edge, &caller.ctx, &name).await
}

/// What changes of a user come to: those members that were sent.
pub(crate) fn changes(
    people: &People,
    user: &StoredUser,
    mut members: Members,
) -> Result<Vec<PeopleChange>, Faults> {
    let name = || user.name.clone();
    let mut changes = Vec::new();
    if members.has("email") || members.has("display_name") {
        let mut profile =
            Profile { email: user.email.clone(), display_name: user.display_name.clone() };
        if members.has("email") {
            profile.email = members.text("email");
        }
        if members.has("display_name") {
            profile.display_name = members.text("display_name");
        }
        changes.push(PeopleChange::Describe { user: name(), profile });
    }
    if let Some(is_active) = members.truth("is_active").filter(|is| *is != user.is_active) {
        changes.push(PeopleChange::SetActive { user: name(), is_active });
    }
    if let Some(password) = members.secret("password") {
        changes.push(PeopleChange::SetPassword { user: name(), password: Password(password) });
    }
    if let Some(groups) = members.texts("groups") {
        let before = groups_of(people, &user.name);
        for group in groups.iter().filter(|group| !before.contains(&group.as_str())) {
            changes.push(PeopleChange::AddMember { group: group.clone(), user: name() });
        }
        for group in before.iter().filter(|group| !groups.iter().any(|kept| kept == *group)) {
            changes.push(PeopleChange::RemoveMember { group: (*group).to_owned(), user: name() });
        }
    }
    members.finish(changes)
}

async fn one(edge: &Edge, ctx: &Context, name: &str) -> Result<Response, ApiError> {
    let people = edge.app.people(ctx).await?;
    let user = people.users.iter().find(|user| user.name == name).ok_or_else(no_user)?;
    Ok(answer::json(&shown(&people, user)))
}

fn no_user() -> ApiError {
    ApiError::no_match("user")
}

fn groups_of<'a>(people: &'a People, user: &str) -> Vec<&'a str> {
    let of_user = people.members.iter().filter(|(_, member)| member == user);
    of_user.map(|(group, _)| group.as_str()).collect()
}

fn shown(people: &People, user: &StoredUser) -> Value {
    json!({
        "name": user.name,
        "email": user.email,
        "display_name": user.display_name,
        "is_active": user.is_active,
        "has_password": user.has_password,
        "groups": groups_of(people, &user.name),
        "created_at": datetime_text(user.created_at),
        "last_sign_in_at": user.last_sign_in_at.map(datetime_text),
    })
}
