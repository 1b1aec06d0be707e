//! `GET` and `POST /-/templates/{name}/`: a template of exports, what it makes, and its end.

use std::sync::Arc;

use app::Context;
use app::templates::{Origin, ToldTemplate};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use domain::access::Right;
use domain::schema::Type;

use super::cell::{Link, Moment};
use super::filled::{Choice, FORM, Filled};
use super::page::{go_to, page};
use super::shell::plural_label;
use super::templates_list::{TYPE, keep, types, updated};
use super::{Shell, TEMPLATES, Visit};
use crate::auth::csrf;
use crate::auth::form::Form;
use crate::edge::Edge;
use crate::error::ApiError;

/// The fields of the form.
const FIELDS: [&str; 3] = [TYPE, "media_type", "text"];

#[derive(Template)]
#[template(path = "ui/template_show.html")]
struct TemplateShow {
    shell: Shell,
    name: String,
    text: String,
    media_type: String,
    updated: Option<(Moment, String)>,
    /// What it makes of each type that it is for.
    made: Vec<Link>,
    may_change: bool,
    types: Vec<Choice>,
    filled: Filled,
}

/// Shows a template.
pub(crate) async fn show(
    State(edge): State<Arc<Edge>>,
    Path(name): Path<String>,
    visit: Visit,
) -> Result<Response, ApiError> {
    let told = edge.app.template_get(&visit.ctx, &name).await?;
    let text = &told.text;
    let mut filled = Filled::with(&[("media_type", &text.media_type), ("text", &text.text)]);
    for type_name in &text.types {
        filled.fill(Choice::of(TYPE, type_name).name, "1");
    }
    answer(&edge, visit, told, filled)
}

/// Changes a template, or removes it.
pub(crate) async fn act(
    State(edge): State<Arc<Edge>>,
    Path(name): Path<String>,
    visit: Visit,
    form: Form,
) -> Result<Response, ApiError> {
    visit.check(form.field(csrf::FIELD))?;
    let told = edge.app.template_get(&visit.ctx, &name).await?;
    match done(&edge, &visit.ctx, &name, &form).await {
        Ok(()) => Ok(go_to(TEMPLATES, [])),
        Err(error) => answer(&edge, visit, told, Filled::refused(form, error, &FIELDS)?),
    }
}

async fn done(edge: &Edge, ctx: &Context, name: &str, form: &Form) -> Result<(), ApiError> {
    match form.field(FORM) {
        "change" => keep(edge, ctx, name, form).await,
        "remove" => Ok(edge.app.template_remove(ctx, name).await?),
        _ => Err(ApiError::Unreadable("There is no such form.".to_owned())),
    }
}

fn answer(
    edge: &Edge,
    visit: Visit,
    told: ToldTemplate,
    filled: Filled,
) -> Result<Response, ApiError> {
    let ctx = &visit.ctx;
    let may_see = |of: &&Type| ctx.must(Right::View, edge.schema(), of.index).is_ok();
    let is_for = |of: &&Type| told.text.is_for(of.name.as_str());
    let made = edge.schema().types().iter().filter(is_for).filter(may_see);
    let name = told.text.name.clone();
    let made = made.map(|of| Link {
        href: format!("/api/{}/?export={name}", of.plural),
        label: plural_label(of),
    });
    page(
        filled.status(),
        &TemplateShow {
            made: made.collect(),
            updated: updated(&told),
            types: types(edge, &told.text.types),
            media_type: told.text.media_type,
            text: told.text.text,
            may_change: told.origin == Origin::Uploaded
                && ctx.access.has_everywhere(Right::Administer),
            name,
            filled,
            shell: visit.shell,
        },
    )
}
