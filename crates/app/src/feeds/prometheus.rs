//! Targets as Prometheus discovers them over HTTP.
//!
//! *Source:* Prometheus, "Writing HTTP service discovery": a list of `{"targets", "labels"}`, the whole
//! of it each time; labels that begin with `__meta_` are for relabelling and go afterwards.

use domain::json::write_text;
use domain::record::Record;
use domain::schema::{FieldIndex, Kind};

use super::{Hosts, PREFIX, words};
use crate::encode::EncodeRecord;

/// The port where nobody says which: that of the node exporter.
pub const PORT_DEFAULT: u16 = 9100;

/// Writes a target for each host that has an address.
#[derive(Clone)]
pub struct PrometheusEncoder {
    hosts: Hosts,
    port: u16,
    /// Fields that become labels as they are, and labels for relabelling alone.
    labels: Vec<FieldIndex>,
    meta: Vec<FieldIndex>,
}

impl PrometheusEncoder {
    /// For hosts at a port. All fields that sort records into kinds are told for relabelling, and those
    /// of `labels` as labels, too.
    pub fn new(hosts: Hosts, port: u16, labels: Vec<FieldIndex>) -> Self {
        let sorts = |kind: &Kind| kind.target().is_some() || matches!(kind, Kind::Choice(_));
        let fields = hosts.record_type().fields.iter().filter(|field| sorts(&field.kind));
        let meta = fields.map(|field| field.index).collect();
        Self { hosts, port, labels, meta }
    }
}

impl EncodeRecord for PrometheusEncoder {
    fn encode(&self, record: &Record, out: &mut String) {
        out.push_str("{\"targets\":[");
        if let Some(address) = self.hosts.address(record) {
            let target = std::net::SocketAddr::new(address, self.port);
            write_text(&target.to_string(), out);
        }
        out.push_str("],\"labels\":{\"__meta_");
        out.push_str(PREFIX);
        out.push_str("name\":");
        write_text(&self.hosts.name(record), out);
        out.push_str(",\"__meta_");
        out.push_str(PREFIX);
        out.push_str("id\":\"");
        out.push_str(&record.id.to_string());
        out.push('"');
        for (fields, before) in [(&self.meta, "__meta_domesday_"), (&self.labels, "")] {
            for field in fields {
                let told = words(record.fields.get(*field));
                // No label and an empty one are the same to Prometheus.
                if told.is_empty() {
                    continue;
                }
                out.push_str(",\"");
                out.push_str(before);
                out.push_str(self.hosts.field_name(*field));
                out.push_str("\":");
                write_text(&joined(record, *field, &told), out);
            }
        }
        out.push_str("}}");
    }
}

/// Several stand between commas, at both ends too, as Prometheus's own discoveries have it: one can be
/// matched by `,ssd,`.
fn joined(record: &Record, field: FieldIndex, told: &[String]) -> String {
    match record.fields.get(field) {
        Some(domain::value::Value::Refs(_)) => format!(",{},", told.join(",")),
        _ => told.concat(),
    }
}
