//! `GET` and `POST /-/users/{name}/`: a user's profile, groups, password and sessions.

use std::sync::Arc;

use app::Context;
use app::passwords::PASSWORD_LENGTH_MIN;
use app::people::{People, StoredUser};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use domain::json::Json;

use super::cell::Moment;
use super::filled::{self, Choice, FORM, Filled};
use super::page::{go_to, page};
use super::user_sessions::{self, UserSessions};
use super::users_list::{group_choices, user_path};
use super::{Shell, Visit};
use crate::auth::csrf;
use crate::auth::form::Form;
use crate::edge::Edge;
use crate::error::ApiError;
use crate::rest::people::members::Members;
use crate::rest::people::users;

/// The form of the profile; the other is that of the password.
const PROFILE: &str = "profile";
/// The fields of both forms.
const FIELDS: [&str; 4] = ["display_name", "email", "groups", "password"];
/// Begins the names of fields that tell which groups a user was in when the form was made.
const WAS: &str = "was";

#[derive(Template)]
#[template(path = "ui/user_show.html")]
struct UserShow {
    shell: Shell,
    name: String,
    is_active: bool,
    has_password: bool,
    created: Moment,
    last: Option<Moment>,
    groups: Vec<Choice>,
    /// The groups that they are in.
    was: Vec<String>,
    sessions: UserSessions,
    length_min: usize,
    filled: Filled,
}

/// Shows a user.
pub(crate) async fn show(
    State(edge): State<Arc<Edge>>,
    Path(name): Path<String>,
    visit: Visit,
) -> Result<Response, ApiError> {
    answer(&edge, visit, &name, Filled::default()).await
}

/// Changes a user.
pub(crate) async fn act(
    State(edge): State<Arc<Edge>>,
    Path(name): Path<String>,
    visit: Visit,
    form: Form,
) -> Result<Response, ApiError> {
    visit.check(form.field(csrf::FIELD))?;
    if user_sessions::end(&edge, &visit.ctx, &name, &form).await? {
        return Ok(go_to(&user_path(&name), []));
    }
    match change(&edge, &visit.ctx, &name, &form).await {
        Ok(()) => Ok(go_to(&user_path(&name), [])),
        Err(error) => answer(&edge, visit, &name, Filled::refused(form, error, &FIELDS)?).await,
    }
}

async fn change(edge: &Edge, ctx: &Context, name: &str, form: &Form) -> Result<(), ApiError> {
    let people = edge.app.people(ctx).await?;
    let user = find(&people, name)?;
    let fields = if form.field(FORM) == PROFILE {
        let mut fields = filled::members(form, &["display_name", "email"]);
        let is_active = !form.field("is_active").is_empty();
        fields.insert("is_active".to_owned(), Json::Bool(is_active));
        fields.insert("groups".to_owned(), filled::list(groups(&people, name, form)));
        fields
    } else {
        let password = Json::text(form.field("password"));
        [("password".to_owned(), password)].into_iter().collect()
    };
    let changes = users::changes(&people, user, Members::of(fields))?;
    edge.app.people_change(ctx, changes).await?;
    Ok(())
}

/// The groups that a user shall be in: what others changed while the form was open stays.
fn groups(people: &People, name: &str, form: &Form) -> Vec<String> {
    let (wanted, was) = (filled::chosen(form, "group"), filled::chosen(form, WAS));
    let mut groups = groups_of(people, name);
    groups.retain(|group| wanted.contains(group) || !was.contains(group));
    let added = wanted.into_iter().filter(|group| !was.contains(group));
    groups.extend(added);
    groups.sort();
    groups.dedup();
    groups
}

async fn answer(
    edge: &Edge,
    visit: Visit,
    name: &str,
    mut filled: Filled,
) -> Result<Response, ApiError> {
    let people = edge.app.people(&visit.ctx).await?;
    let user = find(&people, name)?;
    let was = groups_of(&people, name);
    let sessions = user_sessions::of(edge, &visit, name).await?;
    if !filled.is_of(PROFILE) {
        filled.fill("display_name", user.display_name.clone().unwrap_or_default());
        filled.fill("email", user.email.clone().unwrap_or_default());
        filled.fill("is_active", if user.is_active { "1" } else { "" });
        for group in &was {
            filled.fill(format!("group.{group}"), "1");
        }
    }
    page(
        filled.status(),
        &UserShow {
            name: user.name.clone(),
            is_active: user.is_active,
            has_password: user.has_password,
            created: Moment::of(user.created_at),
            last: user.last_sign_in_at.map(Moment::of),
            groups: group_choices(&people),
            was,
            sessions,
            length_min: PASSWORD_LENGTH_MIN,
            filled,
            shell: visit.shell,
        },
    )
}

fn find<'a>(people: &'a People, name: &str) -> Result<&'a StoredUser, ApiError> {
    let found = people.users.iter().find(|user| user.name == name);
    found.ok_or_else(|| ApiError::no_match("user"))
}

fn groups_of(people: &People, name: &str) -> Vec<String> {
    let of_user = people.members.iter().filter(|(_, member)| member == name);
    of_user.map(|(group, _)| group.clone()).collect()
}
