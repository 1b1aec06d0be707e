//! An inventory as Ansible's script plugin reads it.
//!
//! *Source:* Ansible's guide "Developing dynamic inventory", and its script inventory plugin: an object
//! of groups, each with hosts and variables, and `_meta` with the variables of all hosts, so that no
//! host is asked for by itself. A group's name has letters, digits and underscores.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::json::write_text;
use domain::record::Record;
use domain::schema::{FieldIndex, Kind};

use super::{Hosts, PREFIX, words, write_plain};
use crate::encode::EncodeRecord;

/// The most fields that hosts are grouped by where nobody says by which.
pub const GROUP_BY_DEFAULT: usize = 8;

/// Writes hosts of an inventory; their groups come last.
#[derive(Clone)]
pub struct AnsibleEncoder {
    hosts: Hosts,
    group_by: Vec<FieldIndex>,
    variables: Vec<FieldIndex>,
    groups: Arc<Mutex<Groups>>,
}

/// The groups, by their names.
#[derive(Default)]
struct Groups {
    groups: BTreeMap<String, Group>,
    /// Hosts that are in none.
    ungrouped: Vec<String>,
}

/// A group.
struct Group {
    field: FieldIndex,
    /// The values that it stands for: two that differ in a hyphen alone have one name here.
    values: Vec<String>,
    hosts: Vec<String>,
}

impl AnsibleEncoder {
    /// What stands before the first host.
    pub const HEAD: &str = "{\"_meta\":{\"hostvars\":{";

    /// For hosts that are grouped by fields (where none is named, by those that sort records into
    /// kinds), each with variables of fields.
    pub fn new(
        hosts: Hosts,
        group_by: Option<Vec<FieldIndex>>,
        variables: Vec<FieldIndex>,
    ) -> Self {
        let sorts = |kind: &Kind| kind.target().is_some() || matches!(kind, Kind::Choice(_));
        let by_default = || {
            let fields = hosts.record_type().fields.iter().filter(|field| sorts(&field.kind));
            fields.map(|field| field.index).take(GROUP_BY_DEFAULT).collect()
        };
        let group_by = group_by.unwrap_or_else(by_default);
        Self { hosts, group_by, variables, groups: Arc::default() }
    }

    /// What stands behind the last host: the groups.
    pub fn tail(&self) -> String {
        let Groups { groups, ungrouped } = &*self.lock();
        let mut out = String::from("}}");
        for (name, Group { field, values, hosts }) in groups {
            out.push(',');
            write_text(name, &mut out);
            out.push_str(":{\"hosts\":");
            write_list(hosts, &mut out);
            out.push_str(",\"vars\":{\"");
            out.push_str(PREFIX);
            out.push_str("group_field\":");
            write_text(self.hosts.field_name(*field), &mut out);
            out.push_str(",\"");
            out.push_str(PREFIX);
            out.push_str("group_values\":");
            write_list(values, &mut out);
            out.push_str("}}");
        }
        if !ungrouped.is_empty() {
            out.push_str(",\"ungrouped\":{\"hosts\":");
            write_list(ungrouped, &mut out);
            out.push('}');
        }
        out.push('}');
        out
    }

    fn lock(&self) -> MutexGuard<'_, Groups> {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl EncodeRecord for AnsibleEncoder {
    fn encode(&self, record: &Record, out: &mut String) {
        let name = self.hosts.name(record);
        write_text(&name, out);
        out.push_str(":{\"");
        out.push_str(PREFIX);
        out.push_str("id\":");
        out.push_str(&record.id.to_string());
        if let Some(address) = self.hosts.address(record) {
            out.push_str(",\"ansible_host\":");
            write_text(&address.to_string(), out);
        }
        for field in &self.variables {
            out.push_str(",\"");
            out.push_str(PREFIX);
            out.push_str(self.hosts.field_name(*field));
            out.push_str("\":");
            write_plain(record.fields.get(*field), out);
        }
        out.push('}');
        let mut all = self.lock();
        let mut is_grouped = false;
        for field in &self.group_by {
            for word in words(record.fields.get(*field)) {
                is_grouped = true;
                let of = group_name(self.hosts.field_name(*field), &word);
                let group = all.groups.entry(of).or_insert_with(|| Group {
                    field: *field,
                    values: Vec::new(),
                    hosts: Vec::new(),
                });
                if !group.values.contains(&word) {
                    group.values.push(word);
                }
                group.hosts.push(name.clone());
            }
        }
        if !is_grouped {
            all.ungrouped.push(name);
        }
    }
}

/// The name of the group of a field's value: `dc_iad1`.
fn group_name(field: &str, value: &str) -> String {
    let sane = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    format!("{field}_{}", value.chars().map(sane).collect::<String>())
}

fn write_list(items: &[String], out: &mut String) {
    out.push('[');
    for (place, item) in items.iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        write_text(item, out);
    }
    out.push(']');
}
