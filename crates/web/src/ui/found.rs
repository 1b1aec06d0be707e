//! The records that a form's reference fields name, by what was typed or chosen there.

use std::collections::BTreeMap;

use app::Context;
use domain::change::Target;
use domain::json::Json;
use domain::record::{Record, RecordId, Reference};
use domain::schema::{Field, Type};
use domain::value::parse_scalar;

use super::form::{AddNew, Control, Input, Refs, is_number, items, joined, references_text};
use super::record_change::may_change;
use super::shell::list_path;
use crate::edge::Edge;
use crate::error::ApiError;

/// Names that are looked up for one form; nobody types more.
const NAMES_MAX: usize = 100;

/// What a reference field names.
#[derive(Clone, Default)]
pub(super) struct Found {
    pub(super) references: Vec<Reference>,
    /// What names nothing.
    pub(super) rest: Vec<String>,
}

/// What each reference field names, by the fields' names.
pub(super) type AllFound = BTreeMap<String, Found>;

/// Looks up what a form names.
pub(super) async fn look_up(
    edge: &Edge,
    ctx: &Context,
    of: &Type,
    sent: &BTreeMap<String, String>,
) -> Result<AllFound, ApiError> {
    let mut all = AllFound::new();
    let mut left = NAMES_MAX;
    for field in of.fields.iter().filter(|field| field.kind.target().is_some()) {
        let name = field.name.as_str();
        let mut found = Found::default();
        for item in items(field, sent.get(name).map_or("", String::as_str)) {
            let is_asked = left > 0;
            left = left.saturating_sub(1);
            match if is_asked { one(edge, ctx, field, item).await? } else { None } {
                Some(reference) => found.references.push(reference),
                None => found.rest.push(item.to_owned()),
            }
        }
        all.insert(name.to_owned(), found);
    }
    Ok(all)
}

/// The record that a text names, where somebody may see it.
async fn one(
    edge: &Edge,
    ctx: &Context,
    field: &Field,
    text: &str,
) -> Result<Option<Reference>, ApiError> {
    let Some(of) = field.kind.target().map(|target| edge.schema().get(target)) else {
        return Ok(None);
    };
    let key: Vec<&Field> = of.key_fields().collect();
    let target = match (text.parse(), key.as_slice()) {
        (Ok(id), _) if is_number(text) => Target::Id(RecordId(id)),
        (_, [only]) => match parse_scalar(&only.kind, &Json::text(text)) {
            Ok(Some(value)) => Target::Key(vec![value]),
            Ok(None) | Err(_) => return Ok(None),
        },
        _ => return Ok(None),
    };
    match edge.app.get(ctx, of.index, target).await {
        Ok(record) => Ok(record.map(|record| reference(of, &record))),
        Err(app::Error::Forbidden(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// A record as others refer to it.
fn reference(of: &Type, record: &Record) -> Reference {
    let values = of.key_fields().filter_map(|field| record.fields.get(field.index).cloned());
    Reference { id: record.id, key: values.collect() }
}

/// Names what was found in the fields of a form, so that nobody reads ids.
pub(super) fn show(inputs: &mut [Input], all: &AllFound) {
    for input in inputs {
        let Some(found) = all.get(&input.name) else {
            continue;
        };
        if let Control::Refs(refs) = &mut input.control {
            refs.ids = joined(&found.references, ",", |reference| reference.id.to_string());
            refs.labels = joined(&found.references, "|", Reference::label);
            refs.rest = found.rest.join(", ");
            if found.rest.is_empty() {
                input.value = references_text(&found.references);
            }
        }
    }
}

/// Shows the way to records that are not there yet, where somebody may add them.
pub(super) fn offer_new(edge: &Edge, ctx: &Context, of: &Type, inputs: &mut [Input]) {
    for input in inputs {
        let field = of.field_named(&input.name);
        let target = field.and_then(|field| field.kind.target());
        let (Some(target), Control::Refs(Refs { new, .. })) = (target, &mut input.control) else {
            continue;
        };
        let other = edge.schema().get(target);
        if may_change(ctx, edge, other) {
            *new = Some(AddNew {
                href: format!("{}add/", list_path(other)),
                name: name_field(other),
                label: other.label.to_lowercase(),
            });
        }
    }
}

/// The field that has what a record of a type is called; empty where that is more than one.
pub(super) fn name_field(of: &Type) -> String {
    let key: Vec<&Field> = of.key_fields().collect();
    match key.as_slice() {
        [only] => only.name.as_str().to_owned(),
        _ => String::new(),
    }
}
