//! `domesday ansible`: the inventory of a running server, as a script for Ansible.

use clap::Args;
use serde_json::Value;

use super::output::{self, Usage};
use super::remote::{Remote, RemoteArgs};
use crate::cli::import::pair;
use crate::config::Config;

/// Tell Ansible of hosts, as its inventory scripts do.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    DOMESDAY_TOKEN=domesday_… domesday ansible --list\n  \
    domesday ansible --list --group-by dc,tags --vars state --filter state=active\n  \
    printf '#!/bin/sh\\nexec domesday ansible \"$@\"\\n' > inventory.sh; chmod +x inventory.sh\n  \
    ansible-inventory -i inventory.sh --graph")]
pub(super) struct Ansible {
    /// All hosts and groups, with the variables of all hosts.
    #[arg(long)]
    list: bool,
    /// The variables of one host.
    #[arg(long, value_name = "HOST", conflicts_with = "list")]
    host: Option<String>,
    /// The fields whose values are groups; by default those that sort records into kinds.
    #[arg(long, value_name = "FIELDS", env = "DOMESDAY_ANSIBLE_GROUP_BY")]
    group_by: Option<String>,
    /// The fields that become variables of the hosts.
    #[arg(long, value_name = "FIELDS", env = "DOMESDAY_ANSIBLE_VARS")]
    vars: Option<String>,
    /// Only hosts that this is true of, as in the address of a list: `dc__name=iad1`.
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    filter: Vec<(String, String)>,
    #[command(flatten)]
    remote: RemoteArgs,
}

impl Ansible {
    pub(super) async fn run(self, config: &Config) -> anyhow::Result<()> {
        if !self.list && self.host.is_none() {
            return Err(Usage("say --list, or --host and a name".to_owned()).into());
        }
        let path = self.path();
        let inventory = Remote::new(self.remote, config)?.get(&path).await?;
        let told = match &self.host {
            None => inventory,
            Some(host) => {
                let variables = inventory.get("_meta").and_then(|meta| meta.get("hostvars"));
                let own = variables.and_then(|variables| variables.get(host));
                own.cloned().unwrap_or_else(|| Value::Object(serde_json::Map::default()))
            }
        };
        Ok(output::json(&told)?)
    }

    fn path(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&self.filter);
        let given = [("group_by", &self.group_by), ("vars", &self.vars)];
        for (name, value) in given {
            value.as_ref().map(|value| query.append_pair(name, value));
        }
        format!("/integrations/ansible/?{}", query.finish())
    }
}
