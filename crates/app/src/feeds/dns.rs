//! Lines of zones: addresses of names, and names of addresses.
//!
//! *Source:* RFC 1035, section 5 (zone files); RFC 3596 (AAAA, ip6.arpa).

use std::net::IpAddr;

use domain::record::Record;

use super::{Hosts, is_host_name};
use crate::encode::EncodeRecord;

/// The zone that lines are for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Zone {
    /// Names in this domain: a line for each host gives its address.
    Forward(String),
    /// Addresses whose names end in this (`10.in-addr.arpa`): a line for each gives the host's name in
    /// the domain.
    Reverse {
        /// What the addresses end in.
        zone: String,
        /// What the hosts' names end in.
        domain: String,
    },
}

/// Why there is no such zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Give the name of a domain, such as example.org.")]
pub struct ZoneError;

impl Zone {
    /// The zone of a domain, or of addresses where `reverse` says which.
    ///
    /// # Errors
    /// [`ZoneError`] for what is no name of a domain.
    pub fn of(domain: &str, reverse: Option<&str>) -> Result<Self, ZoneError> {
        let name = |text: &str| {
            let text = text.trim_matches('.').to_ascii_lowercase();
            let is_label = |label: &str| !label.is_empty() && label.len() <= 63;
            let is_name = is_host_name(&text) && text.split('.').all(is_label);
            is_name.then_some(text).ok_or(ZoneError)
        };
        let domain = name(domain)?;
        Ok(match reverse {
            None => Self::Forward(domain),
            Some(zone) => Self::Reverse { zone: name(zone)?, domain },
        })
    }
}

/// Writes lines of a zone, absolute names with their dots.
#[derive(Clone)]
pub struct DnsEncoder {
    /// The hosts.
    pub hosts: Hosts,
    /// The zone.
    pub zone: Zone,
}

impl EncodeRecord for DnsEncoder {
    fn encode(&self, record: &Record, out: &mut String) {
        let name = self.hosts.name(record).to_ascii_lowercase();
        let Some(address) = self.hosts.address(record).filter(|_| is_host_name(&name)) else {
            return;
        };
        let (owner, kind, data) = match &self.zone {
            Zone::Forward(domain) => {
                let kind = if address.is_ipv4() { "A" } else { "AAAA" };
                (within(&name, domain), kind, address.to_string())
            }
            Zone::Reverse { zone, domain } => {
                let owner = reverse_name(address);
                if !owner.ends_with(&format!(".{zone}")) {
                    return;
                }
                (owner, "PTR", format!("{}.", within(&name, domain)))
            }
        };
        out.push_str(&owner);
        out.push_str(".\tIN\t");
        out.push_str(kind);
        out.push('\t');
        out.push_str(&data);
        out.push('\n');
    }
}

/// A name in a domain, once.
fn within(name: &str, domain: &str) -> String {
    let name = name.trim_end_matches('.');
    if name.ends_with(&format!(".{domain}")) { name.to_owned() } else { format!("{name}.{domain}") }
}

fn reverse_name(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa")
        }
        IpAddr::V6(address) => {
            let halves = |byte: &u8| format!("{:x}.{:x}.", byte & 0xf, byte >> 4);
            address.octets().iter().rev().map(halves).collect::<String>() + "ip6.arpa"
        }
    }
}
