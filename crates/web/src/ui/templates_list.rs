//! `GET` and `POST /-/templates/`: the templates of exports, and one more.

use std::sync::Arc;

use app::Context;
use app::templates::ToldTemplate;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::fault::{Faults, FieldFault};
use domain::json::Json;

use super::cell::Moment;
use super::filled::{self, Choice, Filled};
use super::page::{go_to, page};
use super::{Shell, TEMPLATES, Visit};
use crate::auth::csrf;
use crate::auth::form::Form;
use crate::edge::Edge;
use crate::error::ApiError;
use crate::rest::people::members::Members;
use crate::rest::templates::draft;

/// The fields of the form.
const FIELDS: [&str; 4] = ["name", TYPE, "media_type", "text"];
/// The boxes of the types that a template is for.
pub(super) const TYPE: &str = "types";

#[derive(Template)]
#[template(path = "ui/templates_list.html")]
struct TemplatesList {
    shell: Shell,
    templates: Vec<ListedTemplate>,
    types: Vec<Choice>,
    filled: Filled,
}

struct ListedTemplate {
    name: String,
    href: String,
    types: String,
    media_type: String,
    origin: &'static str,
    updated: Option<(Moment, String)>,
}

/// Shows the templates, and to administrators the form for one more.
pub(crate) async fn show(
    State(edge): State<Arc<Edge>>,
    visit: Visit,
) -> Result<Response, ApiError> {
    answer(&edge, visit, Filled::default()).await
}

/// Keeps a template that there was not.
pub(crate) async fn add(
    State(edge): State<Arc<Edge>>,
    visit: Visit,
    form: Form,
) -> Result<Response, ApiError> {
    visit.check(form.field(csrf::FIELD))?;
    let name = form.field("name").trim().to_owned();
    match add_new(&edge, &visit.ctx, &name, &form).await {
        Ok(()) => Ok(go_to(&href(&name), [])),
        Err(error) => answer(&edge, visit, Filled::refused(form, error, &FIELDS)?).await,
    }
}

async fn add_new(edge: &Edge, ctx: &Context, name: &str, form: &Form) -> Result<(), ApiError> {
    if edge.app.template_list(ctx).await?.iter().any(|told| told.text.name == name) {
        let told = "There is a template of this name; change it on its own page.";
        let told = FieldFault::BadParameter(told.to_owned());
        return Err(ApiError::Invalid(Faults::one("name", told)));
    }
    keep(edge, ctx, name, form).await
}

/// Keeps what a form says as the template of a name.
pub(super) async fn keep(
    edge: &Edge,
    ctx: &Context,
    name: &str,
    form: &Form,
) -> Result<(), ApiError> {
    let mut fields = filled::members(form, &["media_type"]);
    // Lines as browsers send them end otherwise than those of a file.
    fields.insert("text".to_owned(), Json::text(form.field("text").replace("\r\n", "\n")));
    fields.retain(|_, value| *value != Json::text(""));
    fields.insert("types".to_owned(), filled::list(filled::chosen(form, TYPE)));
    edge.app.template_set(ctx, name, draft(Members::of(fields))?).await?;
    Ok(())
}

async fn answer(edge: &Edge, visit: Visit, filled: Filled) -> Result<Response, ApiError> {
    let templates = edge.app.template_list(&visit.ctx).await?;
    page(
        filled.status(),
        &TemplatesList {
            templates: templates.iter().map(listed).collect(),
            types: types(edge, &[]),
            filled,
            shell: visit.shell,
        },
    )
}

fn listed(told: &ToldTemplate) -> ListedTemplate {
    let text = &told.text;
    ListedTemplate {
        name: text.name.clone(),
        href: href(&text.name),
        types: text.types.join(", "),
        media_type: text.media_type.clone(),
        origin: told.origin.word(),
        updated: updated(told),
    }
}

/// When a template was uploaded, and by whom.
pub(super) fn updated(told: &ToldTemplate) -> Option<(Moment, String)> {
    told.updated.as_ref().map(|(at, by)| (Moment::of(*at), by.clone()))
}

/// The types that a template can be for, and those that it is for and that there are no more.
pub(super) fn types(edge: &Edge, own: &[String]) -> Vec<Choice> {
    let known = edge.schema().types().iter().map(|of| of.name.as_str());
    let gone = own.iter().map(String::as_str).filter(|name| edge.schema().named(name).is_none());
    known.chain(gone).map(|name| Choice::of(TYPE, name)).collect()
}

/// Where a template is shown, whose name has nothing that an address has to mask.
fn href(name: &str) -> String {
    format!("{TEMPLATES}{name}/")
}
