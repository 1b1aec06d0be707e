//! Fields of a record in a form: what stands in them, and what a browser sends of them.

use std::collections::BTreeMap;

use domain::change::FieldsInput;
use domain::fault::Faults;
use domain::json::Json;
use domain::record::{Record, Reference};
use domain::schema::{Field, Kind, Schema, Type};
use domain::value::Value;

/// What parts the items of a list, as in a cell of a CSV file.
const BETWEEN: char = '|';

/// A field of a form.
pub(crate) struct Input {
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) help: String,
    pub(crate) required: bool,
    /// What stands in it.
    pub(crate) value: String,
    pub(crate) errors: Vec<String>,
    pub(crate) control: Control,
}

/// What a field is filled in by.
pub(crate) enum Control {
    /// One line; the kind of it as HTML has it.
    Line { kind: &'static str, length_max: Option<usize> },
    /// Several lines.
    Lines,
    /// One of some words, and what they are called.
    Choice(Vec<(String, String)>),
    /// Yes or no.
    Truth,
    /// A record of a type, or several.
    Refs(Refs),
}

/// A field for a record of a type, or several.
pub(crate) struct Refs {
    pub(crate) api: String,
    pub(crate) many: bool,
    /// Those that stand in it, and what they are called.
    pub(crate) ids: String,
    pub(crate) labels: String,
    /// What was typed and names none.
    pub(crate) rest: String,
    /// The way to one that is not there yet.
    pub(crate) new: Option<AddNew>,
}

/// The way to a record that is not there yet.
pub(crate) struct AddNew {
    /// The page that adds one.
    pub(crate) href: String,
    /// The field that has what it is called.
    pub(crate) name: String,
    /// What people call such a record.
    pub(crate) label: String,
}

/// The fields of a form for a record: with what was sent, or else what the record has, or else what
/// records have that are added without.
pub(crate) fn inputs(
    schema: &Schema,
    of: &Type,
    record: Option<&Record>,
    sent: Option<&BTreeMap<String, String>>,
    faults: &Faults,
) -> Vec<Input> {
    of.fields
        .iter()
        .map(|field| {
            let name = field.name.as_str();
            let kept = match record {
                Some(record) => record.fields.get(field.index),
                None => field.default.as_ref(),
            };
            let value = match sent {
                Some(sent) => sent.get(name).cloned().unwrap_or_default(),
                None => kept.map(text).unwrap_or_default(),
            };
            let errors = faults.iter().filter(|(of, _)| *of == name);
            Input {
                name: name.to_owned(),
                label: field.label.clone(),
                help: field.help.clone(),
                required: field.required,
                value,
                errors: errors
                    .flat_map(|(_, faults)| faults.iter().map(ToString::to_string))
                    .collect(),
                control: control(schema, field, sent.map_or(kept, |_| None)),
            }
        })
        .collect()
}

/// A field of its own: what it is called in its form, and what stands in it.
pub(super) fn lone_input(schema: &Schema, field: &Field, (name, value): (String, String)) -> Input {
    Input {
        name,
        label: field.label.clone(),
        help: String::new(),
        required: false,
        value,
        errors: Vec::new(),
        control: control(schema, field, None),
    }
}

fn control(schema: &Schema, field: &Field, kept: Option<&Value>) -> Control {
    let line = |kind| Control::Line { kind, length_max: None };
    match &field.kind {
        Kind::Text(rules) => Control::Line { kind: "text", length_max: Some(rules.max_length) },
        Kind::LongText(_) | Kind::Json => Control::Lines,
        Kind::Integer { .. } | Kind::Decimal { .. } => {
            Control::Line { kind: "decimal", length_max: None }
        }
        Kind::Boolean => Control::Truth,
        Kind::Date => line("date"),
        Kind::Datetime | Kind::Ip | Kind::Network | Kind::Mac => line("text"),
        Kind::Url(_) => line("url"),
        Kind::Email(_) => line("email"),
        Kind::Choice(choices) => Control::Choice(
            choices.iter().map(|one| (one.value.clone(), one.label.clone())).collect(),
        ),
        Kind::Ref { target, .. } | Kind::Refs { target, .. } => Control::Refs(Refs {
            api: format!("/api/{}/", schema.get(*target).plural),
            many: field.kind.is_refs(),
            ids: joined(references(kept), ",", |reference| reference.id.to_string()),
            labels: joined(references(kept), "|", Reference::label),
            rest: String::new(),
            new: None,
        }),
    }
}

/// Something of each of some records.
pub(super) fn joined(
    references: &[Reference],
    between: &str,
    of: impl Fn(&Reference) -> String,
) -> String {
    references.iter().map(of).collect::<Vec<_>>().join(between)
}

/// The records that a value points to.
pub(super) fn references(value: Option<&Value>) -> &[Reference] {
    match value {
        Some(Value::Ref(reference)) => std::slice::from_ref(reference),
        Some(Value::Refs(references)) => references.as_slice(),
        _ => &[],
    }
}

/// Records as they stand in a field.
pub(super) fn references_text(references: &[Reference]) -> String {
    joined(references, &format!(" {BETWEEN} "), reference_text)
}

/// A value as it stands in a field.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::Ref(reference) => reference_text(reference),
        Value::Refs(references) => references_text(references),
        Value::Text(_)
        | Value::Integer(_)
        | Value::Decimal(_)
        | Value::Boolean(_)
        | Value::Date(_)
        | Value::Datetime(_)
        | Value::Ip(_)
        | Value::Network(_)
        | Value::Mac(_)
        | Value::Json(_) => value.to_text(),
    }
}

/// A record by its name, where that is one text; else, and where it reads like a number, by its id.
fn reference_text(reference: &Reference) -> String {
    match &*reference.key {
        [Value::Text(name)] if !name.contains(BETWEEN) && !is_number(name) => name.clone(),
        _ => reference.id.to_string(),
    }
}

pub(super) fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The fields that a form sent, as a proposal takes them.
pub(crate) fn fields(of: &Type, sent: &BTreeMap<String, String>) -> FieldsInput {
    let named = of.fields.iter().filter_map(|field| {
        let text = sent.get(field.name.as_str())?;
        Some((field.name.as_str().to_owned(), input(field, text)))
    });
    named.collect()
}

/// What parts of a text name a record each, in a field of one or of several.
pub(super) fn items<'a>(field: &Field, text: &'a str) -> Vec<&'a str> {
    let between: &[char] = if field.kind.is_refs() { &[BETWEEN, ','] } else { &[] };
    text.split(between).map(str::trim).filter(|item| !item.is_empty()).collect()
}

/// What a form sent in a field, as a proposal takes it.
pub(super) fn input(field: &Field, text: &str) -> Json {
    if field.kind.is_refs() {
        Json::List(items(field, text).into_iter().map(reference).collect())
    } else if field.kind.target().is_some() {
        reference(text)
    } else if text.trim().is_empty() {
        Json::Null
    } else if matches!(field.kind, Kind::LongText(_)) {
        // Browsers end lines of a form with CR LF (HTML, 4.10.21.4).
        Json::text(text.replace("\r\n", "\n"))
    } else if matches!(field.kind, Kind::Json) {
        // What is no JSON is told as a text that this field does not take.
        app::json::parse(text).unwrap_or_else(|_none| Json::text(text))
    } else {
        Json::text(text.trim())
    }
}

fn reference(text: &str) -> Json {
    let text = text.trim();
    if is_number(text) { Json::Number(text.to_owned()) } else { Json::text(text) }
}
