//! `/api/-/templates/`: templates of exports.

pub(crate) mod list;
pub(crate) mod one;

use app::templates::{TemplateDraft, ToldTemplate};
use domain::fault::Faults;
use domain::value::datetime_text;
use serde_json::{Value, json};

use super::people::members::Members;
use crate::extract::Links;

/// The address of all of them.
pub(crate) const PATH: &str = "/api/-/templates/";

/// A template as it is told.
fn shown(told: &ToldTemplate, links: &Links) -> Value {
    let text = &told.text;
    let updated = told.updated.as_ref();
    json!({
        "name": text.name,
        "url": format!("{}{PATH}{}/", links.base(), text.name),
        "media_type": text.media_type,
        "types": text.types,
        "text": text.text,
        "origin": told.origin.word(),
        "updated_at": updated.map(|(at, _)| datetime_text(*at)),
        "updated_by": updated.map(|(_, by)| by),
    })
}

/// Reads a template that is to be kept.
pub(crate) fn draft(mut members: Members) -> Result<TemplateDraft, Faults> {
    let text = members.lines("text");
    if text.is_none() {
        members.fault("text", "Give the template's text.");
    }
    let draft = TemplateDraft {
        text: text.unwrap_or_default(),
        media_type: members.text("media_type"),
        types: members.texts("types").unwrap_or_default(),
    };
    members.finish(draft)
}
