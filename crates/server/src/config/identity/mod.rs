//! The providers that people sign in with: `[[identity.handoff]]`, `[[identity.oidc]]`,
//! `[[identity.ldap]]` and `[[identity.header]]` tables, which stand in the file alone.

mod handoff;
mod header;
mod ldap;
mod oidc;

use app::sign_in::GroupMap;
use ipnet::IpNet;
use toml_edit::Item;
use url::Url;
use web::{ConfiguredSetting, Providers};

use super::table::{Place, TableReader, show};

/// The keys whose values are no secrets.
const OPEN: [&str; 30] = [
    "name",
    "label",
    "groups",
    "ca_file",
    "sign_in_url",
    "sign_out_url",
    "audience",
    "format",
    "parameter",
    "networks",
    "user_header",
    "email_header",
    "display_header",
    "groups_header",
    "url",
    "start_tls",
    "bind_dn",
    "user_base",
    "user_filter",
    "user_attribute",
    "email_attribute",
    "display_attribute",
    "group_base",
    "group_filter",
    "group_attribute",
    "issuer",
    "client_id",
    "scopes",
    "user_claim",
    "groups_claim",
];

/// Whether a key of the section names such tables.
pub(super) fn is_kind(key: &str) -> bool {
    ["handoff", "oidc", "ldap", "header"].contains(&key)
}

/// Reads the tables of a kind.
pub(super) fn read(
    (kind, item): (&str, &Item),
    at: Place<'_>,
    (providers, shown): (&mut Providers, &mut Vec<ConfiguredSetting>),
    faults: &mut Vec<String>,
) {
    let Some(tables) = item.as_array_of_tables() else {
        faults.push(format!("identity.{kind} is a list of tables: [[identity.{kind}]]"));
        return;
    };
    for table in tables {
        let label = format!("identity.{kind}");
        shown.extend(show::settings(&label, table, (&OPEN, at)));
        let mut reader = TableReader { kind: &label, table, at, faults };
        // Users are bound to the name of who vouches for them, whatever its kind.
        if let Some(name) = reader.text("name")
            && is_taken(&name, providers)
        {
            reader.fault("name", &format!("there are two providers named {name}"));
        }
        match kind {
            "handoff" => providers.handoffs.extend(handoff::provider(&mut reader)),
            "oidc" => providers.oidc.extend(oidc::provider(&mut reader)),
            "header" => providers.headers.extend(header::provider(&mut reader)),
            _ => providers.directories.extend(ldap::directory(&mut reader)),
        }
    }
}

fn is_taken(name: &str, providers: &Providers) -> bool {
    let Providers { handoffs, oidc, directories, headers } = providers;
    handoffs.iter().any(|one| one.handoff.name() == name)
        || oidc.iter().any(|one| one.oidc.name() == name)
        || directories.iter().any(|one| one.ldap.name() == name)
        || headers.iter().any(|one| one.settings.name == name)
}

impl TableReader<'_> {
    /// The name, which stands in addresses and in the audit.
    fn name(&mut self) -> Option<String> {
        let name = self.required("name")?;
        let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if name.bytes().all(is_plain) && name != app::sign_in::PASSWORD {
            return Some(name);
        }
        self.fault("name", "takes small letters, digits and hyphens: it stands in addresses");
        None
    }

    /// An address of the web.
    fn address(&mut self, key: &str) -> Option<String> {
        let text = self.required(key)?;
        let is_web = Url::parse(&text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        if is_web {
            return Some(text);
        }
        self.fault(key, "takes an address such as https://sign-in.example.org/");
        None
    }

    /// Their groups, and ours that they stand for.
    fn groups(&mut self) -> GroupMap {
        let Some(item) = self.table.get("groups") else {
            return GroupMap::default();
        };
        let Some(table) = item.as_table_like() else {
            self.fault("groups", "takes a table: { \"their group\" = \"our group\" }");
            return GroupMap::default();
        };
        let mut groups = Vec::new();
        for (theirs, ours) in table.iter() {
            match ours.as_str() {
                Some(ours) => groups.push((theirs.to_owned(), ours.to_owned())),
                None => self.fault("groups", "names one of our groups for each of theirs"),
            }
        }
        GroupMap(groups)
    }

    /// A list of networks that is not empty.
    fn networks(&mut self, key: &str) -> Option<Vec<IpNet>> {
        let Some(texts) = self.texts(key) else {
            if self.table.get(key).is_none() {
                self.fault(key, "is missing");
            }
            return None;
        };
        let networks = super::networks(&texts.join(","));
        let networks = networks.filter(|networks| !networks.is_empty());
        if networks.is_none() {
            self.fault(key, "takes networks such as [\"10.0.0.0/24\", \"::1\"]");
        }
        networks
    }
}
