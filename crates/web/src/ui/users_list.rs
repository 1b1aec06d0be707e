//! `GET` and `POST /-/users/`: who is known, and one more.

use std::sync::Arc;

use app::Context;
use app::known::ANONYMOUS;
use app::passwords::PASSWORD_LENGTH_MIN;
use app::people::{People, StoredUser};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::json::Json;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::cell::{Link, Moment};
use super::filled::{self, Choice, Filled};
use super::groups_list::group_link;
use super::page::{go_to, page};
use super::{Shell, USERS, Visit};
use crate::auth::csrf;
use crate::auth::form::Form;
use crate::edge::Edge;
use crate::error::ApiError;
use crate::rest::people::members::Members;
use crate::rest::people::users;

/// The fields of the form.
const FIELDS: [&str; 5] = ["name", "display_name", "email", "groups", "password"];

#[derive(Template)]
#[template(path = "ui/users_list.html")]
struct UsersList {
    shell: Shell,
    users: Vec<ShownUser>,
    groups: Vec<Choice>,
    length_min: usize,
    filled: Filled,
}

struct ShownUser {
    link: Link,
    display_name: String,
    email: String,
    groups: Vec<Link>,
    is_active: bool,
    last: Option<Moment>,
}

/// Shows all users, and the form for one more.
pub(crate) async fn show(
    State(edge): State<Arc<Edge>>,
    visit: Visit,
) -> Result<Response, ApiError> {
    answer(&edge, visit, Filled::default()).await
}

/// Makes a user.
pub(crate) async fn add(
    State(edge): State<Arc<Edge>>,
    visit: Visit,
    form: Form,
) -> Result<Response, ApiError> {
    visit.check(form.field(csrf::FIELD))?;
    match make(&edge, &visit.ctx, &form).await {
        Ok(user) => Ok(go_to(&user_path(&user), [])),
        Err(error) => answer(&edge, visit, Filled::refused(form, error, &FIELDS)?).await,
    }
}

async fn make(edge: &Edge, ctx: &Context, form: &Form) -> Result<String, ApiError> {
    let mut fields = filled::members(form, &["name", "display_name", "email"]);
    fields.insert("groups".to_owned(), filled::list(filled::chosen(form, "group")));
    let password = form.field("password");
    if !password.is_empty() {
        fields.insert("password".to_owned(), Json::text(password));
    }
    let (user, change) = users::new_user(Members::of(fields))?;
    edge.app.people_change(ctx, vec![change]).await?;
    Ok(user)
}

async fn answer(edge: &Edge, visit: Visit, filled: Filled) -> Result<Response, ApiError> {
    let people = edge.app.people(&visit.ctx).await?;
    page(
        filled.status(),
        &UsersList {
            users: people.users.iter().map(|user| shown(&people, user)).collect(),
            groups: group_choices(&people),
            length_min: PASSWORD_LENGTH_MIN,
            filled,
            shell: visit.shell,
        },
    )
}

fn shown(people: &People, user: &StoredUser) -> ShownUser {
    let groups = people.members.iter().filter(|(_, member)| *member == user.name);
    ShownUser {
        link: user_link(&user.name),
        display_name: user.display_name.clone().unwrap_or_default(),
        email: user.email.clone().unwrap_or_default(),
        groups: groups.map(|(group, _)| group_link(group)).collect(),
        is_active: user.is_active,
        last: user.last_sign_in_at.map(Moment::of),
    }
}

/// The groups that a user can be put into; all are in `anonymous`.
pub(super) fn group_choices(people: &People) -> Vec<Choice> {
    let groups = people.groups.iter().filter(|group| group.name != ANONYMOUS);
    groups
        .map(|group| Choice {
            help: group.description.clone().unwrap_or_default(),
            ..Choice::of("group", &group.name)
        })
        .collect()
}

/// The page of a user.
pub(super) fn user_path(name: &str) -> String {
    format!("{USERS}{}/", utf8_percent_encode(name, NON_ALPHANUMERIC))
}

/// A user, and the way to their page.
pub(super) fn user_link(name: &str) -> Link {
    Link { href: user_path(name), label: name.to_owned() }
}
