//! Where a cluster is and who we are there: said in `[kafka]` for all, and in a table for itself alone.

use std::path::PathBuf;

use domain::secret::Secret;
use kafka::{Account, Connection, HostNames, Identity, Mechanism, Tls};

use crate::config::Reader;
use crate::config::table::TableReader;

/// The keys of it, of which `key_password` and `password` are secrets.
pub(in crate::config) const KEYS: [&str; 11] = [
    "brokers",
    "client_id",
    "tls",
    "ca_file",
    "certificate_file",
    "key_file",
    "key_password",
    "host_names",
    "mechanism",
    "user",
    "password",
];
/// Those whose values are no secrets.
pub(in crate::config) const OPEN: [&str; 9] = [
    "brokers",
    "client_id",
    "tls",
    "ca_file",
    "certificate_file",
    "key_file",
    "host_names",
    "mechanism",
    "user",
];
/// The keys that need TLS.
const OF_TLS: [&str; 5] = ["ca_file", "certificate_file", "key_file", "key_password", "host_names"];

/// What is said of a cluster; nothing where nothing is.
#[derive(Clone, Debug, Default)]
pub(crate) struct SaidOfCluster {
    brokers: Vec<String>,
    client_id: Option<String>,
    tls: Option<bool>,
    ca_file: Option<PathBuf>,
    certificate_file: Option<PathBuf>,
    key_file: Option<PathBuf>,
    key_password: Option<Secret>,
    host_names: Option<HostNames>,
    mechanism: Option<Mechanism>,
    user: Option<String>,
    password: Option<Secret>,
}

impl Reader<'_> {
    /// What `[kafka]` says.
    pub(in crate::config) fn said_of_cluster(&mut self) -> SaidOfCluster {
        let text = |key| self.optional(key).map(str::to_owned);
        let path = |key| text(key).map(PathBuf::from);
        let secret = |key| text(key).map(Secret::new);
        let brokers = text("kafka.brokers").unwrap_or_default();
        let said = SaidOfCluster {
            brokers: words(&brokers),
            client_id: text("kafka.client_id"),
            ca_file: path("kafka.ca_file"),
            certificate_file: path("kafka.certificate_file"),
            key_file: path("kafka.key_file"),
            key_password: secret("kafka.key_password"),
            user: text("kafka.user"),
            password: secret("kafka.password"),
            ..SaidOfCluster::default()
        };
        SaidOfCluster {
            tls: self.when_said("kafka.tls", "true or false", |text| text.parse().ok()),
            host_names: self.when_said("kafka.host_names", HOST_NAMES, host_names),
            mechanism: self.when_said("kafka.mechanism", MECHANISM, mechanism),
            ..said
        }
    }

    fn when_said<T>(
        &mut self,
        key: &str,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        self.optional(key)?;
        self.value(key, expected, parse)
    }
}

impl SaidOfCluster {
    /// What a table says.
    pub(in crate::config) fn of_table(reader: &mut TableReader<'_>) -> Self {
        let is_said = reader.table.contains_key("tls");
        let mut word = |key, expected: &str| {
            let text = reader.text(key)?;
            Some((text, format!("takes {expected}")))
        };
        let (names, mechanism_word) =
            (word("host_names", HOST_NAMES), word("mechanism", MECHANISM));
        let mut read = Self {
            brokers: reader.texts("brokers").unwrap_or_default(),
            client_id: reader.text("client_id"),
            tls: is_said.then(|| reader.truth("tls")),
            ca_file: reader.path("ca_file"),
            certificate_file: reader.path("certificate_file"),
            key_file: reader.path("key_file"),
            key_password: reader.text("key_password").map(Secret::new),
            user: reader.text("user"),
            password: reader.text("password").map(Secret::new),
            ..Self::default()
        };
        if let Some((text, why)) = names {
            read.host_names = host_names(&text);
            if read.host_names.is_none() {
                reader.fault("host_names", &why);
            }
        }
        if let Some((text, why)) = mechanism_word {
            read.mechanism = mechanism(&text);
            if read.mechanism.is_none() {
                reader.fault("mechanism", &why);
            }
        }
        read
    }

    /// This, and where it says nothing what another does.
    pub(in crate::config) fn or(self, other: &Self) -> Self {
        let brokers = if self.brokers.is_empty() { other.brokers.clone() } else { self.brokers };
        Self {
            brokers,
            client_id: self.client_id.or_else(|| other.client_id.clone()),
            tls: self.tls.or(other.tls),
            ca_file: self.ca_file.or_else(|| other.ca_file.clone()),
            certificate_file: self.certificate_file.or_else(|| other.certificate_file.clone()),
            key_file: self.key_file.or_else(|| other.key_file.clone()),
            key_password: self.key_password.or_else(|| other.key_password.clone()),
            host_names: self.host_names.or(other.host_names),
            mechanism: self.mechanism.or(other.mechanism),
            user: self.user.or_else(|| other.user.clone()),
            password: self.password.or_else(|| other.password.clone()),
        }
    }

    /// The connection that it comes to; of what is wrong, the key and why.
    pub(in crate::config) fn connection(self) -> Result<Connection, (&'static str, String)> {
        if self.brokers.is_empty() {
            let why = "is missing: say it here, or in [kafka] for all".to_owned();
            return Err(("brokers", why));
        }
        let account = match (self.mechanism, self.user, self.password) {
            (None, None, None) => None,
            (Some(mechanism), Some(user), Some(password)) => {
                Some(Account { mechanism, user, password })
            }
            (None, ..) => return Err(("mechanism", format!("is missing: {MECHANISM}"))),
            (Some(_), None, _) => return Err(("user", "is missing".to_owned())),
            (Some(_), Some(_), None) => return Err(("password", "is missing".to_owned())),
        };
        let identity = match (self.certificate_file, self.key_file) {
            (None, None) => None,
            (Some(certificate_file), Some(key_file)) => {
                Some(Identity { certificate_file, key_file, key_password: self.key_password })
            }
            (Some(_), None) => return Err(("key_file", "is missing".to_owned())),
            (None, Some(_)) => return Err(("certificate_file", "is missing".to_owned())),
        };
        let host_names = self.host_names.unwrap_or_default();
        let tls = Tls { ca_file: self.ca_file, identity, host_names };
        let is_plain =
            tls.ca_file.is_none() && tls.identity.is_none() && tls.host_names == HostNames::Checked;
        if !is_plain && self.tls != Some(true) {
            return Err((
                "tls",
                format!("must be true for {} to mean anything", OF_TLS.join(", ")),
            ));
        }
        Ok(Connection {
            brokers: self.brokers,
            client_id: self.client_id.unwrap_or_else(|| "domesday".to_owned()),
            tls: (self.tls == Some(true)).then_some(tls),
            account,
        })
    }
}

const HOST_NAMES: &str = "checked or unchecked";
const MECHANISM: &str = "plain, scram-sha-256 or scram-sha-512";

fn host_names(word: &str) -> Option<HostNames> {
    match word {
        "checked" => Some(HostNames::Checked),
        "unchecked" => Some(HostNames::Unchecked),
        _ => None,
    }
}

fn mechanism(word: &str) -> Option<Mechanism> {
    match word.to_ascii_lowercase().as_str() {
        "plain" => Some(Mechanism::Plain),
        "scram-sha-256" => Some(Mechanism::ScramSha256),
        "scram-sha-512" => Some(Mechanism::ScramSha512),
        _ => None,
    }
}

fn words(text: &str) -> Vec<String> {
    let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}
