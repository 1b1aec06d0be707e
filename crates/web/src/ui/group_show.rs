//! `GET` and `POST /-/groups/{name}/`: who is in a group, and what it may.

use std::sync::Arc;

use app::Context;
use app::known::ANONYMOUS;
use app::people::{People, PeopleChange, told};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use domain::access::{Preset, Right};
use domain::schema::Schema;

use super::cell::Link;
use super::filled::{self, Choice, FORM, Filled};
use super::groups_list::group_link;
use super::page::{go_to, page};
use super::users_list::user_link;
use super::{GROUPS, Shell, Visit};
use crate::auth::csrf;
use crate::auth::form::Form;
use crate::edge::Edge;
use crate::error::ApiError;
use crate::rest::people::groups;
use crate::rest::people::members::Members;

/// The fields of all forms of the page.
const FIELDS: [&str; 4] = ["user", "rights", "type", "filter"];
/// The form that removes the group.
const DELETE: &str = "delete";

#[derive(Template)]
#[template(path = "ui/group_show.html")]
struct GroupShow {
    shell: Shell,
    name: String,
    description: String,
    /// Whether everybody is in it, and it stays.
    is_anonymous: bool,
    members: Vec<Link>,
    /// Users that are not in it.
    others: Vec<String>,
    grants: Vec<ShownGrant>,
    presets: Vec<ShownPreset>,
    rights: Vec<Choice>,
    /// Names of types, and what people call them.
    types: Vec<(String, String)>,
    filled: Filled,
}

struct ShownGrant {
    id: i64,
    told: String,
}

struct ShownPreset {
    word: &'static str,
    rights: String,
}

/// Shows a group.
pub(crate) async fn show(
    State(edge): State<Arc<Edge>>,
    Path(name): Path<String>,
    visit: Visit,
) -> Result<Response, ApiError> {
    answer(&edge, visit, &name, Filled::default()).await
}

/// Changes a group.
pub(crate) async fn act(
    State(edge): State<Arc<Edge>>,
    Path(name): Path<String>,
    visit: Visit,
    form: Form,
) -> Result<Response, ApiError> {
    visit.check(form.field(csrf::FIELD))?;
    match change(&edge, &visit.ctx, &name, &form).await {
        Ok(()) if form.field(FORM) == DELETE => Ok(go_to(GROUPS, [])),
        Ok(()) => Ok(go_to(&group_link(&name).href, [])),
        Err(error) => answer(&edge, visit, &name, Filled::refused(form, error, &FIELDS)?).await,
    }
}

async fn change(edge: &Edge, ctx: &Context, name: &str, form: &Form) -> Result<(), ApiError> {
    let people = edge.app.people(ctx).await?;
    is_there(&people, name)?;
    let (group, user) = (name.to_owned(), form.field("user").trim().to_owned());
    let change = match form.field(FORM) {
        "add" => PeopleChange::AddMember { group, user },
        "remove" => PeopleChange::RemoveMember { group, user },
        "grant" => PeopleChange::Grant(groups::new_grant(name, grant(form))?),
        "revoke" => {
            let id = form.field("grant").parse().unwrap_or_default();
            if !people.grants.iter().any(|grant| grant.id == id && grant.group == name) {
                return Err(app::Error::NotFound { what: "grant" }.into());
            }
            PeopleChange::Revoke { id }
        }
        DELETE => PeopleChange::RemoveGroup { group },
        _ => return Err(ApiError::Unreadable("There is no such form.".to_owned())),
    };
    edge.app.people_change(ctx, vec![change]).await?;
    Ok(())
}

/// What is to be granted: a preset, single rights, or both.
fn grant(form: &Form) -> Members {
    let preset = Some(form.field("preset").to_owned()).filter(|word| !word.is_empty());
    let rights = preset.into_iter().chain(filled::chosen(form, "right"));
    let mut fields = filled::members(form, &["type", "filter"]);
    fields.insert("rights".to_owned(), filled::list(rights));
    Members::of(fields)
}

fn is_there(people: &People, name: &str) -> Result<(), ApiError> {
    let found = people.groups.iter().any(|group| group.name == name);
    found.then_some(()).ok_or_else(|| ApiError::no_match("group"))
}

async fn answer(
    edge: &Edge,
    visit: Visit,
    name: &str,
    filled: Filled,
) -> Result<Response, ApiError> {
    let people = edge.app.people(&visit.ctx).await?;
    let group = people.groups.iter().find(|group| group.name == name);
    let group = group.ok_or_else(|| ApiError::no_match("group"))?;
    let members = people.members.iter().filter(|(of, _)| *of == group.name);
    let members: Vec<&str> = members.map(|(_, user)| user.as_str()).collect();
    let others = people.users.iter().map(|user| &user.name);
    let others = others.filter(|user| !members.contains(&user.as_str())).cloned();
    let grants = people.grants.iter().filter(|grant| grant.group == group.name);
    page(
        filled.status(),
        &GroupShow {
            name: group.name.clone(),
            description: group.description.clone().unwrap_or_default(),
            is_anonymous: group.name == ANONYMOUS,
            others: others.collect(),
            grants: grants.map(|grant| ShownGrant { id: grant.id, told: told(grant) }).collect(),
            presets: presets(),
            rights: right_choices(),
            types: types(edge.schema()),
            members: members.into_iter().map(user_link).collect(),
            filled,
            shell: visit.shell,
        },
    )
}

fn presets() -> Vec<ShownPreset> {
    let all = Preset::ALL.into_iter();
    all.map(|preset| ShownPreset {
        word: preset.word(),
        rights: preset.rights().to_string().replace(',', ", "),
    })
    .collect()
}

/// The rights, and what each lets people do.
pub(super) fn right_choices() -> Vec<Choice> {
    let all = Right::ALL.into_iter();
    all.map(|right| Choice { help: meaning(right).to_owned(), ..Choice::of("right", right.word()) })
        .collect()
}

fn meaning(right: Right) -> &'static str {
    match right {
        Right::View => "see records",
        Right::Propose => "propose changes, which somebody else must agree to",
        Right::Review => "agree to what others propose",
        Right::Write => "change records at once, where their type leaves that open",
        Right::Bypass => "change them at once where it does not, with a reason",
        Right::Administer => "say who may do what",
    }
}

/// The types by name, and what people call them.
pub(super) fn types(schema: &Schema) -> Vec<(String, String)> {
    let types = schema.types().iter();
    types.map(|of| (of.name.as_str().to_owned(), of.label.clone())).collect()
}
