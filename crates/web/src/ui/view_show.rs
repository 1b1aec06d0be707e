//! `GET` and `POST /-/views/{id}/`: a saved view, its name, whom it is for, and its end.

use std::sync::Arc;

use app::Context;
use app::views::SeenView;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use domain::access::Right;
use domain::change::{FieldsInput, Preconditions};
use domain::json::Json;

use super::filled::{self, FORM, Filled};
use super::page::{go_to, page};
use super::shell::plural_label;
use super::views_menu::{VIEWS, opens_at, told};
use super::{Shell, Visit};
use crate::auth::csrf;
use crate::auth::form::Form;
use crate::edge::Edge;
use crate::error::ApiError;
use crate::rest::people::members::Members;
use crate::rest::views::change;

/// The fields of the form.
const FIELDS: [&str; 3] = ["name", "group", "is_group_default"];
/// The boxes of the form.
const DEFAULT: &str = "is_default";
const GROUP_DEFAULT: &str = "is_group_default";

#[derive(Template)]
#[template(path = "ui/view_show.html")]
struct ViewShow {
    shell: Shell,
    name: String,
    owner: String,
    group: String,
    /// The table that it is of, as people call it.
    of: String,
    href: String,
    query: String,
    /// What of it can't be shown any more.
    gone: Vec<String>,
    may_change: bool,
    is_administrator: bool,
    /// The groups that it can be shared with.
    groups: Vec<String>,
    filled: Filled,
}

/// Shows a view.
pub(crate) async fn show(
    State(edge): State<Arc<Edge>>,
    Path(id): Path<String>,
    visit: Visit,
) -> Result<Response, ApiError> {
    let seen = found(&edge, &visit.ctx, &id).await?;
    let view = &seen.view;
    let mut filled =
        Filled::with(&[("name", &view.name), ("group", view.group.as_deref().unwrap_or_default())]);
    for (box_name, is) in [(DEFAULT, view.is_default), (GROUP_DEFAULT, view.is_group_default)] {
        if is {
            filled.fill(box_name, "1");
        }
    }
    answer(&edge, visit, seen, filled).await
}

/// Changes a view, or deletes it.
pub(crate) async fn act(
    State(edge): State<Arc<Edge>>,
    Path(id): Path<String>,
    visit: Visit,
    form: Form,
) -> Result<Response, ApiError> {
    visit.check(form.field(csrf::FIELD))?;
    let seen = found(&edge, &visit.ctx, &id).await?;
    match done(&edge, &visit.ctx, &seen, &form).await {
        Ok(()) => Ok(go_to(VIEWS, [])),
        Err(error) => {
            let filled = Filled::refused(form, error, &FIELDS)?;
            answer(&edge, visit, seen, filled).await
        }
    }
}

async fn done(edge: &Edge, ctx: &Context, seen: &SeenView, form: &Form) -> Result<(), ApiError> {
    let (id, always) = (seen.view.id, Preconditions::default());
    if form.field(FORM) == "delete" {
        return Ok(edge.app.view_remove(ctx, id, always).await?);
    }
    let is_ticked = |name: &str| Json::Bool(!form.field(name).is_empty());
    let mut fields = FieldsInput::new();
    if seen.may_change {
        fields = filled::members(form, &["name", "group"]);
        let is_shared = !form.field("group").is_empty();
        if is_shared && ctx.access.has_everywhere(Right::Administer) {
            fields.insert(GROUP_DEFAULT.to_owned(), is_ticked(GROUP_DEFAULT));
        }
    }
    fields.insert(DEFAULT.to_owned(), is_ticked(DEFAULT));
    let change = change(Members::of(fields))?;
    edge.app.view_change(ctx, id, change, always).await?;
    Ok(())
}

async fn found(edge: &Edge, ctx: &Context, id: &str) -> Result<SeenView, ApiError> {
    if !ctx.is_known() {
        return Err(ApiError::Unauthenticated);
    }
    Ok(edge.app.view_get(ctx, id.parse().unwrap_or_default()).await?)
}

async fn answer(
    edge: &Edge,
    visit: Visit,
    seen: SeenView,
    filled: Filled,
) -> Result<Response, ApiError> {
    let ctx = &visit.ctx;
    let SeenView { view, may_change } = seen;
    let of = edge.schema().named(&view.type_name);
    let of = of.ok_or_else(|| ApiError::no_match("view"))?;
    let mut groups = edge.app.view_groups(ctx).await?;
    // It stays where it is, also when its owner has left the group.
    groups.extend(view.group.clone().filter(|group| !groups.contains(group)));
    let fit = edge.app.view_fit(ctx, of, &view);
    page(
        filled.status(),
        &ViewShow {
            gone: told(&fit.faults),
            of: plural_label(of),
            href: opens_at(of, &view),
            query: view.query,
            name: view.name,
            owner: view.owner,
            group: view.group.unwrap_or_default(),
            may_change,
            is_administrator: ctx.access.has_everywhere(Right::Administer),
            groups,
            filled,
            shell: visit.shell,
        },
    )
}
