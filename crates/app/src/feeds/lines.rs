//! Hosts a line each: the file of hosts, and what ssh reads.

use domain::record::Record;

use super::{Hosts, is_host_name};
use crate::encode::EncodeRecord;

/// Writes lines of a file of hosts. *Source:* hosts(5).
#[derive(Clone)]
pub struct HostsEncoder(pub Hosts);

impl EncodeRecord for HostsEncoder {
    fn encode(&self, record: &Record, out: &mut String) {
        let name = self.0.name(record);
        if let Some(address) = self.0.address(record).filter(|_| is_host_name(&name)) {
            out.push_str(&address.to_string());
            out.push('\t');
            out.push_str(&name);
            out.push('\n');
        }
    }
}

/// Writes sections of a configuration of ssh. *Source:* `ssh_config(5)`.
#[derive(Clone)]
pub struct SshConfigEncoder {
    /// The hosts.
    pub hosts: Hosts,
    /// Who signs in there; nothing is said where nobody is named.
    pub user: Option<String>,
}

impl EncodeRecord for SshConfigEncoder {
    fn encode(&self, record: &Record, out: &mut String) {
        let name = self.hosts.name(record);
        let Some(address) = self.hosts.address(record).filter(|_| is_host_name(&name)) else {
            return;
        };
        out.push_str("Host ");
        out.push_str(&name);
        out.push_str("\n    HostName ");
        out.push_str(&address.to_string());
        if let Some(user) = &self.user {
            out.push_str("\n    User ");
            out.push_str(user);
        }
        out.push('\n');
    }
}
