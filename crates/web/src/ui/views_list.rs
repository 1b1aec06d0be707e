//! `GET` and `POST /-/views/`: the saved views that somebody sees, and one more.

use std::sync::Arc;

use app::Context;
use app::views::{NewView, SeenView};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::schema::Schema;

use super::filled::{self, Filled};
use super::page::{go_to, page};
use super::shell::{list_path, plural_label};
use super::views_menu::{VIEWS, opens_at};
use super::{Shell, Visit};
use crate::auth::csrf;
use crate::auth::form::Form;
use crate::edge::Edge;
use crate::error::ApiError;
use crate::rest::people::members::Members;
use crate::rest::views::new_view;

/// The fields of the form.
const FIELDS: [&str; 1] = ["name"];
/// The field by which a view takes the place of another.
const REPLACES: &str = "replace";

#[derive(Template)]
#[template(path = "ui/views_list.html")]
struct ViewsList {
    shell: Shell,
    views: Vec<ListedView>,
    /// Whether the form is there: something was to be saved, and could not be.
    is_saving: bool,
    filled: Filled,
}

struct ListedView {
    name: String,
    /// Where it opens, and where it is changed.
    href: String,
    change: String,
    of: String,
    owner: String,
    group: String,
    defaults: &'static str,
}

/// Shows the views that somebody sees.
pub(crate) async fn show(
    State(edge): State<Arc<Edge>>,
    visit: Visit,
) -> Result<Response, ApiError> {
    answer(&edge, visit, StatusCode::OK, Filled::default()).await
}

/// Saves what a table shows, and goes back there.
pub(crate) async fn save(
    State(edge): State<Arc<Edge>>,
    visit: Visit,
    form: Form,
) -> Result<Response, ApiError> {
    visit.check(form.field(csrf::FIELD))?;
    match kept(&edge, &visit.ctx, &form).await {
        Ok(there) => Ok(go_to(&there, [])),
        Err(error) => {
            let filled = Filled::refused(form, error, &FIELDS)?;
            answer(&edge, visit, filled.status(), filled).await
        }
    }
}

async fn kept(edge: &Edge, ctx: &Context, form: &Form) -> Result<String, ApiError> {
    let fields = filled::members(form, &["type", "name", "query"]);
    let new = new_view(edge.schema(), Members::of(fields))?;
    let replaces = !form.field(REPLACES).is_empty();
    let of = edge.record_type(new.type_index);
    let seen = edge.app.view_add(ctx, NewView { replaces, ..new }).await?;
    if seen.view.query.is_empty() {
        return Ok(opens_at(of, &seen.view));
    }
    Ok(format!("{}?{}", list_path(of), seen.view.query))
}

async fn answer(
    edge: &Edge,
    visit: Visit,
    status: StatusCode,
    filled: Filled,
) -> Result<Response, ApiError> {
    if !visit.ctx.is_known() {
        return Err(ApiError::Unauthenticated);
    }
    let seen = edge.app.view_list(&visit.ctx, None).await?;
    let listed = seen.views.iter().filter_map(|seen| listed(edge.schema(), seen));
    page(
        status,
        &ViewsList {
            views: listed.collect(),
            is_saving: status != StatusCode::OK,
            filled,
            shell: visit.shell,
        },
    )
}

fn listed(schema: &Schema, seen: &SeenView) -> Option<ListedView> {
    let view = &seen.view;
    let of = schema.named(&view.type_name)?;
    Some(ListedView {
        name: view.name.clone(),
        href: opens_at(of, view),
        change: format!("{VIEWS}{}/", view.id),
        of: plural_label(of),
        owner: view.owner.clone(),
        group: view.group.clone().unwrap_or_default(),
        defaults: match (view.is_default, view.is_group_default) {
            (true, true) => "yours, the group's",
            (true, false) => "yours",
            (false, true) => "the group's",
            (false, false) => "",
        },
    })
}
