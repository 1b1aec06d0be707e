//! Where a cluster is, who we are there, and what is read or written.

use std::path::PathBuf;
use std::time::Duration;

use domain::record::Timestamp;
use domain::secret::Secret;

use crate::{KafkaError, config};

/// A cluster, and who we are there.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Where to ask first, each `HOST:PORT`. Those lead to the others.
    pub brokers: Vec<String>,
    /// What brokers call us in their logs and quotas.
    pub client_id: String,
    /// What keeps others from listening; `None` without TLS.
    pub tls: Option<Tls>,
    /// The account that we sign in with; `None` where the certificate tells, or nothing.
    pub account: Option<Account>,
}

/// What keeps others from listening, and what proves who is who.
#[derive(Clone, Debug, Default)]
pub struct Tls {
    /// The authorities whose certificates brokers may show, in PEM; `None` for those of the system.
    pub ca_file: Option<PathBuf>,
    /// The certificate that we show; `None` where brokers ask for none.
    pub identity: Option<Identity>,
    /// Whether a certificate must be for the host that was asked for.
    pub host_names: HostNames,
}

/// A certificate of ours.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The certificate and those between it and the authority, in PEM.
    pub certificate_file: PathBuf,
    /// Its key, in PEM.
    pub key_file: PathBuf,
    /// What the key is locked with; `None` when it is not.
    pub key_password: Option<Secret>,
}

/// Whether a broker's certificate must be for the host that was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HostNames {
    /// It must.
    #[default]
    Checked,
    /// Any certificate by the authority will do.
    Unchecked,
}

/// An account that brokers know.
#[derive(Clone, Debug)]
pub struct Account {
    /// How the password is shown to be known.
    pub mechanism: Mechanism,
    /// The name.
    pub user: String,
    /// The password.
    pub password: Secret,
}

/// How a password is shown to be known (SASL).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mechanism {
    /// By sending it.
    Plain,
    /// By a proof made of it. *Source:* RFC 5802, RFC 7677.
    ScramSha256,
    /// The same with the longer hash.
    ScramSha512,
}

/// What a source reads, and how much at once.
#[derive(Clone, Debug)]
pub struct SourceSettings {
    /// Where.
    pub connection: Connection,
    /// The group that shares the partitions.
    pub group: String,
    /// What it reads.
    pub topics: Topics,
    /// Where it begins in a partition of which its owner knows no position.
    pub start: Start,
    /// How much it hands over at once.
    pub batch: BatchLimits,
}

impl SourceSettings {
    /// Whether it can be used, as far as that can be told without a broker.
    ///
    /// # Errors
    /// [`KafkaError::Settings`] with the first that can't.
    pub fn check(&self) -> Result<(), KafkaError> {
        config::consumer(self).map(drop)
    }
}

/// The topics that a source reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Topics {
    /// Those of these names.
    Named(Vec<String>),
    /// Those whose whole name matches an extended regular expression of POSIX, and those that come
    /// to be later.
    Matching(String),
}

/// Where a source begins in a partition that it has never read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// With the oldest message that is there.
    #[default]
    Earliest,
    /// With the next that comes.
    Latest,
    /// With the first that is not older.
    At(Timestamp),
}

/// How much is handed over at once: a batch ends at the first limit that it reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchLimits {
    /// Messages, 1 and up.
    pub messages: usize,
    /// Bytes of keys, headers and payloads. One message alone may have more.
    pub bytes: usize,
    /// How long the first message waits for others.
    pub linger: Duration,
}

impl Default for BatchLimits {
    fn default() -> Self {
        Self { messages: 1_000, bytes: 4 << 20, linger: Duration::from_millis(100) }
    }
}

/// Where events are written, and by whom.
#[derive(Clone, Debug)]
pub struct PublisherSettings {
    /// Where.
    pub connection: Connection,
    /// Whoever publishes under this name last is the only one who can.
    pub transactional_id: String,
    /// How long a transaction may take, connecting included.
    pub timeout: Duration,
}
