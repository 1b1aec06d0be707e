//! Values as pages show them.

use domain::json::Json;
use domain::record::{Record, Reference, Timestamp};
use domain::schema::{Field, Kind, Schema};
use domain::value::{Value, datetime_text};
use domain::zone::Zone;

use super::shell::list_path;

/// A value as a page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cell {
    /// There is none.
    Nothing,
    /// As it is.
    Text(String),
    /// With its line breaks and spaces.
    Block(String),
    /// A word of a choice, which has a colour.
    State(String),
    /// Something to go to.
    Link(Link),
    /// Several.
    Links(Vec<Link>),
    /// A moment.
    Moment(Moment),
}

/// Something to go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) href: String,
    pub(crate) label: String,
}

/// A moment, for machines and to the minute for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment(Timestamp);

impl Moment {
    pub(crate) fn of(moment: Timestamp) -> Self {
        Self(moment)
    }

    /// For machines.
    pub(crate) fn exact(&self) -> String {
        datetime_text(self.0)
    }

    /// For people in a zone.
    pub(crate) fn told(&self, zone: Zone) -> String {
        zone.shown(self.0)
    }

    /// To the second, for whoever compares it with a log.
    pub(crate) fn utc(&self) -> String {
        self.0.format("%Y-%m-%d %H:%M:%S UTC").to_string()
    }
}

/// A field of a record as a page shows it. `past` stands behind addresses: the moment that is shown.
pub(crate) fn cell(schema: &Schema, field: &Field, record: &Record, past: &str) -> Cell {
    let Some(value) = record.fields.get(field.index) else {
        return Cell::Nothing;
    };
    match value {
        Value::Ref(reference) => Cell::Link(link(schema, field, reference, past)),
        Value::Refs(references) if references.is_empty() => Cell::Nothing,
        Value::Refs(references) => {
            Cell::Links(references.iter().map(|one| link(schema, field, one, past)).collect())
        }
        Value::Datetime(moment) => Cell::Moment(Moment::of(*moment)),
        Value::Boolean(true) => Cell::Text("yes".to_owned()),
        Value::Boolean(false) => Cell::Text("no".to_owned()),
        Value::Text(text) => text_cell(&field.kind, text),
        Value::Json(text) => Cell::Block(text.clone()),
        Value::Integer(_)
        | Value::Decimal(_)
        | Value::Date(_)
        | Value::Ip(_)
        | Value::Network(_)
        | Value::Mac(_) => Cell::Text(value.to_text()),
    }
}

fn text_cell(kind: &Kind, text: &str) -> Cell {
    let text = text.to_owned();
    if matches!(kind, Kind::Choice(_)) {
        Cell::State(text)
    } else if matches!(kind, Kind::LongText(_)) {
        Cell::Block(text)
    } else if matches!(kind, Kind::Url(_)) && is_web(&text) {
        Cell::Link(Link { href: text.clone(), label: text })
    } else {
        Cell::Text(text)
    }
}

/// Whether following an address does no more than show something: `javascript:` would run.
fn is_web(address: &str) -> bool {
    address.starts_with("https://") || address.starts_with("http://")
}

fn link(schema: &Schema, field: &Field, reference: &Reference, past: &str) -> Link {
    let target = field.kind.target().map(|target| schema.get(target));
    let href = target.map(|of| format!("{}{}/{past}", list_path(of), reference.id));
    let href = href.unwrap_or_default();
    let label = reference.label();
    // Whom one may not see has no name here.
    let label = if label.is_empty() { format!("#{}", reference.id) } else { label };
    Link { href, label }
}

/// A value of the history as people read it.
pub(crate) fn told(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::Bool(true) => "yes".to_owned(),
        Json::Bool(false) => "no".to_owned(),
        Json::Number(text) | Json::Text(text) => text.clone(),
        Json::List(items) => items.iter().map(told).collect::<Vec<_>>().join(", "),
        Json::Object(members) => {
            let names = members.iter().filter(|(name, _)| name.as_str() != "id");
            let told: Vec<String> = names.map(|(_, value)| told(value)).collect();
            match (told.is_empty(), members.get("id")) {
                (true, Some(id)) => format!("#{}", self::told(id)),
                _ => told.join(" / "),
            }
        }
    }
}
