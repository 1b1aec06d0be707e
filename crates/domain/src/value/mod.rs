//! Values and what every kind makes of them: parse, normalise, compare, write.

mod decimal;
mod fold;
mod parse;
mod stored;

use std::fmt::Write as _;
use std::net::IpAddr;

use chrono::{Datelike, NaiveDate, Timelike};
use ipnet::IpNet;

pub use decimal::Decimal;
pub use fold::fold;
pub use parse::{RefInput, parse_integer, parse_reference, parse_references, parse_scalar};
pub use stored::{ip_bytes, network_range};

use crate::json::Json;
use crate::record::{Reference, Timestamp};

/// A value of a field. Its kind is the field's; null is `Option::None` around it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// Of `text`, `long text`, `url`, `email` and `choice`.
    Text(String),
    /// Of `integer`.
    Integer(i64),
    /// Of `decimal`.
    Decimal(Decimal),
    /// Of `boolean`.
    Boolean(bool),
    /// Of `date`.
    Date(NaiveDate),
    /// Of `datetime`, in whole microseconds.
    Datetime(Timestamp),
    /// Of `ip`.
    Ip(IpAddr),
    /// Of `network`.
    Network(IpNet),
    /// Of `mac`.
    Mac([u8; 6]),
    /// Of `json`: its canonical text.
    Json(String),
    /// Of `ref`.
    Ref(Reference),
    /// Of `refs`: each once, by id. An empty list is the value of a field without any.
    Refs(Vec<Reference>),
}

impl Value {
    /// The value as people and CSV cells have it; references by their labels, several joined by a
    /// vertical bar.
    pub fn to_text(&self) -> String {
        match self {
            Self::Text(text) | Self::Json(text) => text.clone(),
            Self::Integer(number) => number.to_string(),
            Self::Decimal(number) => number.to_string(),
            Self::Boolean(true) => "true".to_owned(),
            Self::Boolean(false) => "false".to_owned(),
            Self::Date(day) => day.format("%Y-%m-%d").to_string(),
            Self::Datetime(moment) => datetime_text(*moment),
            Self::Ip(address) => address.to_string(),
            Self::Network(network) => network.to_string(),
            Self::Mac(bytes) => mac_text(*bytes),
            Self::Ref(reference) => reference.label(),
            Self::Refs(references) => {
                references.iter().map(Reference::label).collect::<Vec<_>>().join("|")
            }
        }
    }

    /// Appends the value as JSON; references as `{"id":3,"name":"eqiad"}` with the names of the
    /// target's key fields, which `key_names` gives.
    pub fn write_json(&self, key_names: &[&str], out: &mut String) {
        match self {
            Self::Integer(number) => write_display(number, out),
            Self::Boolean(true) => out.push_str("true"),
            Self::Boolean(false) => out.push_str("false"),
            Self::Json(text) => out.push_str(text),
            Self::Text(text) => crate::json::write_text(text, out),
            Self::Datetime(moment) => {
                out.push('"');
                write_datetime(*moment, out);
                out.push('"');
            }
            Self::Ip(address) => {
                out.push('"');
                write_display(address, out);
                out.push('"');
            }
            Self::Decimal(_) | Self::Date(_) | Self::Network(_) | Self::Mac(_) => {
                out.push('"');
                out.push_str(&self.to_text());
                out.push('"');
            }
            Self::Ref(reference) => write_reference(reference, key_names, out),
            Self::Refs(references) => {
                out.push('[');
                for (index, reference) in references.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    write_reference(reference, key_names, out);
                }
                out.push(']');
            }
        }
    }
}

fn write_display(value: &impl std::fmt::Display, out: &mut String) {
    // Writing to a String can't fail.
    write!(out, "{value}").unwrap_or_default();
}

fn write_reference(reference: &Reference, key_names: &[&str], out: &mut String) {
    out.push_str("{\"id\":");
    write_display(&reference.id, out);
    for (name, value) in key_names.iter().zip(reference.key.iter()) {
        out.push(',');
        crate::json::write_text(name, out);
        out.push(':');
        value.write_json(&[], out);
    }
    out.push('}');
}

/// A key as people read it: its parts joined by ` / `.
pub fn label(key: &[Value]) -> String {
    match key {
        [Value::Text(only)] => only.clone(),
        parts => parts.iter().map(Value::to_text).collect::<Vec<_>>().join(" / "),
    }
}

/// A moment as it is sent: RFC 3339 in UTC with microseconds.
pub fn datetime_text(moment: Timestamp) -> String {
    let mut out = String::with_capacity(27);
    write_datetime(moment, &mut out);
    out
}

/// Appends a moment as [`datetime_text`] has it. By hand, since every record has two of them and
/// chrono's own formatting costs as much as the rest of a record.
pub fn write_datetime(moment: Timestamp, out: &mut String) {
    // Writing to a String can't fail.
    write!(
        out,
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z",
        moment.year(),
        moment.month(),
        moment.day(),
        moment.hour(),
        moment.minute(),
        moment.second(),
        moment.timestamp_subsec_micros()
    )
    .unwrap_or_default();
}

fn mac_text(bytes: [u8; 6]) -> String {
    bytes.map(|byte| format!("{byte:02x}")).join(":")
}

/// The parsed tree of a `json` value's canonical text is not kept: only its text is stored,
/// compared and sent.
impl From<&Json> for Value {
    fn from(tree: &Json) -> Self {
        Self::Json(tree.to_string())
    }
}
