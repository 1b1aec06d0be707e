//! The floor of the feeds: the rows of all servers by the same statements, and the feeds' bytes written
//! by hand.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use domain::json::write_text;

use super::{COLUMNS, Floor, TAGS, ip};

/// What stands in a row between the servers' id and their tags: the columns that sort them, in the
/// order of their fields.
const SORTED: [(usize, &str); 6] =
    [(8, "component"), (10, "dc"), (12, "environment"), (14, "type"), (15, "state"), (17, "group")];

/// A server as the feeds see it.
struct Host {
    id: i64,
    name: String,
    address: String,
    port: String,
    words: Vec<(&'static str, String)>,
    tags: Vec<String>,
}

impl Floor {
    /// How many bytes of the Ansible inventory of all.
    pub(crate) fn ansible(&self) -> usize {
        let mut out = String::from("{\"_meta\":{\"hostvars\":{");
        let mut groups: BTreeMap<String, (&str, Vec<String>, Vec<String>)> = BTreeMap::new();
        self.each_host(|host| {
            if !out.ends_with('{') {
                out.push(',');
            }
            write_text(&host.name, &mut out);
            write!(out, ":{{\"domesday_id\":{},\"ansible_host\":", host.id).unwrap();
            write_text(&host.address, &mut out);
            out.push('}');
            let tags = host.tags.iter().map(|tag| ("tags", tag.clone()));
            for (field, word) in host.words.iter().cloned().chain(tags) {
                let sane = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
                let name = format!("{field}_{}", word.chars().map(sane).collect::<String>());
                let (_, values, hosts) = groups.entry(name).or_insert((field, vec![], vec![]));
                if !values.contains(&word) {
                    values.push(word);
                }
                hosts.push(host.name.clone());
            }
        });
        out.push_str("}}");
        for (name, (field, values, hosts)) in &groups {
            out.push(',');
            write_text(name, &mut out);
            out.push_str(":{\"hosts\":");
            list(hosts, &mut out);
            write!(out, ",\"vars\":{{\"domesday_group_field\":\"{field}\"").unwrap();
            out.push_str(",\"domesday_group_values\":");
            list(values, &mut out);
            out.push_str("}}");
        }
        out.push('}');
        out.len()
    }

    /// How many bytes of the list of targets of all.
    pub(crate) fn prometheus(&self) -> usize {
        let mut out = String::from("[");
        self.each_host(|host| {
            if out.len() > 1 {
                out.push_str(",\n");
            }
            out.push_str("{\"targets\":[");
            write_text(&host.port, &mut out);
            out.push_str("],\"labels\":{\"__meta_domesday_name\":");
            write_text(&host.name, &mut out);
            write!(out, ",\"__meta_domesday_id\":\"{}\"", host.id).unwrap();
            for (field, word) in &host.words {
                write!(out, ",\"__meta_domesday_{field}\":").unwrap();
                write_text(word, &mut out);
            }
            if !host.tags.is_empty() {
                out.push_str(",\"__meta_domesday_tags\":");
                write_text(&format!(",{},", host.tags.join(",")), &mut out);
            }
            out.push_str("}}");
        });
        out.push_str("]\n");
        out.len()
    }

    fn each_host(&self, mut told: impl FnMut(&Host)) {
        self.0.execute_batch("BEGIN").unwrap();
        let mut after = 0;
        loop {
            let page = format!("{COLUMNS}(r.id) > ({after}) ORDER BY r.id LIMIT 500");
            let mut statement = self.0.prepare_cached(&page).unwrap();
            let rows = statement.query_map([], |row| Ok(host(row))).unwrap();
            let mut hosts: Vec<Host> = rows.map(Result::unwrap).collect();
            let Some(last) = hosts.last() else { break };
            after = last.id;
            let ids: Vec<String> = hosts.iter().map(|host| host.id.to_string()).collect();
            let mut statement = self.0.prepare_cached(TAGS).unwrap();
            let mut rows = statement.query([format!("[{}]", ids.join(","))]).unwrap();
            let mut place = 0;
            while let Some(row) = rows.next().unwrap() {
                let of: i64 = row.get_unwrap(0);
                while hosts[place].id != of {
                    place += 1;
                }
                hosts[place].tags.push(row.get_unwrap(2));
            }
            hosts.iter().for_each(&mut told);
        }
        self.0.execute_batch("COMMIT").unwrap();
    }
}

fn host(row: &rusqlite::Row<'_>) -> Host {
    let address = ip(row.get_ref_unwrap(6).as_blob().unwrap());
    let word = |(column, field): (usize, &'static str)| {
        Some((field, row.get_unwrap::<_, Option<String>>(column)?))
    };
    Host {
        id: row.get_unwrap(0),
        name: row.get_unwrap(5),
        address: address.to_string(),
        port: std::net::SocketAddr::new(address, 9100).to_string(),
        words: SORTED.into_iter().filter_map(word).collect(),
        tags: Vec::new(),
    }
}

fn list(items: &[String], out: &mut String) {
    out.push('[');
    for (place, item) in items.iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        write_text(item, out);
    }
    out.push(']');
}
