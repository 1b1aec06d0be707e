//! Records as other programs read them, each in one answer: inventories, targets, host files. All of
//! them name a host by its record's key and reach it at one address.

mod ansible;
mod dns;
mod lines;
mod prometheus;

use std::net::IpAddr;

use domain::json::write_text;
use domain::record::Record;
use domain::schema::{FieldIndex, Kind, Type};
use domain::value::{Value, label};

use crate::encode::display;

pub use ansible::{AnsibleEncoder, GROUP_BY_DEFAULT};
pub use dns::{DnsEncoder, Zone, ZoneError};
pub use lines::{HostsEncoder, SshConfigEncoder};
pub use prometheus::{PORT_DEFAULT, PrometheusEncoder};

/// What variables and labels of ours begin with, so that none means something else to the program
/// that reads them.
const PREFIX: &str = "domesday_";

/// How records of a type are hosts.
#[derive(Clone, Debug)]
pub struct Hosts {
    record_type: Type,
    address: FieldIndex,
}

impl Hosts {
    /// Of a type with a field that holds an address: the named one, else the first. `None` where there
    /// is none.
    pub fn of(record_type: &Type, address: Option<&str>) -> Option<Self> {
        let is_ip = |kind: &Kind| matches!(kind, Kind::Ip);
        let is_wanted = |name: &str| address.is_none_or(|wanted| wanted == name);
        let mut fields = record_type.fields.iter();
        let field = fields.find(|field| is_ip(&field.kind) && is_wanted(field.name.as_str()))?;
        Some(Self { address: field.index, record_type: record_type.clone() })
    }

    /// The type.
    pub fn record_type(&self) -> &Type {
        &self.record_type
    }

    fn name(&self, record: &Record) -> String {
        display(&self.record_type, record)
    }

    fn address(&self, record: &Record) -> Option<IpAddr> {
        match record.fields.get(self.address) {
            Some(Value::Ip(address)) => Some(*address),
            _ => None,
        }
    }

    fn field_name(&self, field: FieldIndex) -> &str {
        self.record_type.field(field).name.as_str()
    }
}

/// The texts of a value by which things are sorted: of a list each, of nothing none.
fn words(value: Option<&Value>) -> Vec<String> {
    match value {
        None => Vec::new(),
        Some(Value::Refs(references)) => references.iter().map(|one| label(&one.key)).collect(),
        Some(value) => vec![value.to_text()],
    }
}

/// A value as JSON: lists as lists, numbers and truths as such, all else as text.
fn write_plain(value: Option<&Value>, out: &mut String) {
    match value {
        None => out.push_str("null"),
        Some(Value::Refs(_)) => {
            out.push('[');
            for (place, word) in words(value).iter().enumerate() {
                if place > 0 {
                    out.push(',');
                }
                write_text(word, out);
            }
            out.push(']');
        }
        Some(plain @ (Value::Integer(_) | Value::Boolean(_) | Value::Json(_))) => {
            out.push_str(&plain.to_text());
        }
        Some(value) => write_text(&value.to_text(), out),
    }
}

/// Whether a text can stand as a name on a line of a host file or a zone.
fn is_host_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    !name.is_empty() && name.len() <= 253 && name.bytes().all(is_plain)
}

#[cfg(test)]
mod tests;
