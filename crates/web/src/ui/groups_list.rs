//! `GET` and `POST /-/groups/`: groups and what they may, and one more.

use std::sync::Arc;

use app::Context;
use app::people::{People, StoredGroup, told};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::cell::Link;
use super::filled::{self, Filled};
use super::page::{go_to, page};
use super::{GROUPS, Shell, Visit};
use crate::auth::csrf;
use crate::auth::form::Form;
use crate::edge::Edge;
use crate::error::ApiError;
use crate::rest::people::groups;
use crate::rest::people::members::Members;

/// The fields of the form.
const FIELDS: [&str; 2] = ["name", "description"];

#[derive(Template)]
#[template(path = "ui/groups_list.html")]
struct GroupsList {
    shell: Shell,
    groups: Vec<ShownGroup>,
    filled: Filled,
}

struct ShownGroup {
    link: Link,
    description: String,
    members: usize,
    /// What it may, in words.
    grants: Vec<String>,
}

/// Shows all groups, and the form for one more.
pub(crate) async fn show(
    State(edge): State<Arc<Edge>>,
    visit: Visit,
) -> Result<Response, ApiError> {
    answer(&edge, visit, Filled::default()).await
}

/// Makes a group.
pub(crate) async fn add(
    State(edge): State<Arc<Edge>>,
    visit: Visit,
    form: Form,
) -> Result<Response, ApiError> {
    visit.check(form.field(csrf::FIELD))?;
    match make(&edge, &visit.ctx, &form).await {
        Ok(group) => Ok(go_to(&group_link(&group).href, [])),
        Err(error) => answer(&edge, visit, Filled::refused(form, error, &FIELDS)?).await,
    }
}

async fn make(edge: &Edge, ctx: &Context, form: &Form) -> Result<String, ApiError> {
    let (group, change) = groups::new_group(Members::of(filled::members(form, &FIELDS)))?;
    edge.app.people_change(ctx, vec![change]).await?;
    Ok(group)
}

async fn answer(edge: &Edge, visit: Visit, filled: Filled) -> Result<Response, ApiError> {
    let people = edge.app.people(&visit.ctx).await?;
    page(
        filled.status(),
        &GroupsList {
            groups: people.groups.iter().map(|group| shown(&people, group)).collect(),
            filled,
            shell: visit.shell,
        },
    )
}

fn shown(people: &People, group: &StoredGroup) -> ShownGroup {
    let grants = people.grants.iter().filter(|grant| grant.group == group.name);
    ShownGroup {
        link: group_link(&group.name),
        description: group.description.clone().unwrap_or_default(),
        members: people.members.iter().filter(|(of, _)| *of == group.name).count(),
        grants: grants.map(told).collect(),
    }
}

/// A group, and the way to its page.
pub(super) fn group_link(name: &str) -> Link {
    let href = format!("{GROUPS}{}/", utf8_percent_encode(name, NON_ALPHANUMERIC));
    Link { href, label: name.to_owned() }
}
