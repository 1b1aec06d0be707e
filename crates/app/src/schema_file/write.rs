//! A schema as the text of a file that reads as the same schema.
//!
//! All settings are written, also those that are as they would be anyway: what was applied must
//! read alike when a later version's defaults are others.

use std::fmt::Display;

use domain::schema::{Choice, Field, FieldIndex, Kind, ReviewPolicy, Schema, TextRules, Type};
use domain::value::Value;

/// Writes a schema in its canonical form.
pub fn write(schema: &Schema) -> String {
    let types = schema.types().iter();
    let texts: Vec<String> = types.map(|of| write_type(schema, of)).collect();
    texts.join("\n")
}

fn write_type(schema: &Schema, of: &Type) -> String {
    let mut settings = Settings::default();
    settings.add("plural", text(&of.plural));
    settings.add("label", text(&of.label));
    settings.add("description", text(&of.description));
    settings.add("key", names(of, &of.key));
    settings.add("review", review(&of.review));
    settings.add("reason", text(of.reason.word()));
    settings.add("if_match", text(of.if_match.word()));
    let sets = of.unique_together.iter().map(|set| names(of, set));
    settings.add("unique_together", list(sets));
    let fields = of.fields.iter();
    let fields: String = fields.map(|field| write_field(schema, field)).collect();
    let settings = settings.0.join("\n");
    let name = &of.name;
    format!("[types.{name}]\n{settings}\n\n[types.{name}.fields]\n{fields}")
}

/// A word where that says all.
fn review(policy: &ReviewPolicy) -> String {
    let ReviewPolicy { review, approvals, group, expires } = policy;
    if *policy == (*review).into() {
        return text(review.word());
    }
    let mut settings = Settings::default();
    settings.add("policy", text(review.word()));
    settings.add("approvals", approvals);
    settings.add_some("group", group.as_ref().map(|group| text(group)));
    settings.add_some("expires", expires.map(|span| text(&span.to_string())));
    format!("{{ {} }}", settings.0.join(", "))
}

fn write_field(schema: &Schema, field: &Field) -> String {
    let mut settings = Settings::default();
    settings.add("kind", text(field.kind.word()));
    settings.add("label", text(&field.label));
    settings.add("help", text(&field.help));
    settings.add_if("required", field.required);
    settings.add_if("unique", field.unique);
    settings.add_if("index", field.indexed);
    if field.kind.has_text_form() {
        settings.add("search", field.searched);
    }
    write_kind(schema, &field.kind, &mut settings);
    if let Some(default) = &field.default {
        settings.add("default", value(default));
    }
    format!("{} = {{ {} }}\n", field.name, settings.0.join(", "))
}

fn write_kind(schema: &Schema, kind: &Kind, settings: &mut Settings) {
    match kind {
        Kind::Text(rules) | Kind::LongText(rules) | Kind::Url(rules) | Kind::Email(rules) => {
            let TextRules { max_length, pattern } = rules;
            settings.add("max_length", max_length);
            settings.add_some("pattern", pattern.as_ref().map(|pattern| text(&pattern.text)));
        }
        Kind::Integer { min, max } => {
            settings.add_some("min", min.map(|min| min.to_string()));
            settings.add_some("max", max.map(|max| max.to_string()));
        }
        Kind::Decimal { min, max, places } => {
            settings.add_some("min", min.as_ref().map(|min| text(&min.to_string())));
            settings.add_some("max", max.as_ref().map(|max| text(&max.to_string())));
            settings.add_some("places", places.map(|places| places.to_string()));
        }
        Kind::Choice(choices) => settings.add("values", list(choices.iter().map(choice))),
        Kind::Ref { target, on_delete } | Kind::Refs { target, on_delete } => {
            settings.add("to", text(schema.get(*target).name.as_str()));
            settings.add("on_delete", text(on_delete.word()));
        }
        Kind::Boolean
        | Kind::Date
        | Kind::Datetime
        | Kind::Ip
        | Kind::Network
        | Kind::Mac
        | Kind::Json => {}
    }
}

/// Settings as they are written, `name = value`.
#[derive(Default)]
struct Settings(Vec<String>);

impl Settings {
    fn add(&mut self, name: &str, value: impl Display) {
        self.0.push(format!("{name} = {value}"));
    }

    fn add_some(&mut self, name: &str, value: Option<String>) {
        if let Some(value) = value {
            self.add(name, value);
        }
    }

    fn add_if(&mut self, name: &str, holds: bool) {
        self.add_some(name, holds.then(|| "true".to_owned()));
    }
}

fn text(text: &str) -> String {
    toml_edit::Value::from(text).to_string()
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

fn names(of: &Type, fields: &[FieldIndex]) -> String {
    list(fields.iter().map(|field| text(of.field(*field).name.as_str())))
}

fn choice(choice: &Choice) -> String {
    let (value, label) = (text(&choice.value), text(&choice.label));
    format!("{{ value = {value}, label = {label} }}")
}

/// A default. Kinds read the text of their values as well as the values, save `json`, whose text
/// would be a text.
fn value(value: &Value) -> String {
    match value {
        Value::Json(canonical) => serde_json::from_str(canonical)
            .map_or_else(|_no_json| text(canonical), |tree| json(&tree)),
        Value::Integer(number) => number.to_string(),
        Value::Boolean(truth) => truth.to_string(),
        Value::Text(_)
        | Value::Decimal(_)
        | Value::Date(_)
        | Value::Datetime(_)
        | Value::Ip(_)
        | Value::Network(_)
        | Value::Mac(_)
        | Value::Ref(_)
        | Value::Refs(_) => text(&value.to_text()),
    }
}

/// JSON as TOML, which has no null; a default read from TOML has none either.
fn json(tree: &serde_json::Value) -> String {
    match tree {
        serde_json::Value::Null => text(""),
        serde_json::Value::Bool(truth) => truth.to_string(),
        serde_json::Value::Number(digits) => digits.to_string(),
        serde_json::Value::String(words) => text(words),
        serde_json::Value::Array(items) => list(items.iter().map(json)),
        serde_json::Value::Object(members) => {
            let members = members
                .iter()
                .map(|(name, member)| format!("{} = {}", toml_edit::Key::new(name), json(member)));
            format!("{{ {} }}", members.collect::<Vec<_>>().join(", "))
        }
    }
}
