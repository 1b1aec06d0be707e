//! The configuration: from `domesday.toml`, variables and flags to one struct a section, telling
//! every fault at once and where it stands. Pure: the caller reads the file and the environment.
//!
//! The `config` crate merges such sources too, but forgets the lines that values came from, which
//! faults and `config show` tell.

mod cache;
mod gather;
mod identity;
mod kafka;
mod keys;
mod level;
mod mail;
mod netbox;
mod show;
mod table;
mod tasks;
mod templates;
mod traces;
mod units;
mod webhooks;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use ::mail::MailSettings;
use app::{PasswordCost, SessionLimits};
use chrono::TimeDelta;
use domain::moment::Span;
use ipnet::IpNet;
use url::Url;
use web::{ConfiguredSetting, Providers};

pub(crate) use gather::Sources;

pub(crate) use units::duration;

pub(crate) use cache::CacheSettings;
use gather::Settings;
pub(crate) use kafka::{ConfiguredSource, EventsSettings, SourceRun, TASK_PREFIX};
pub(crate) use netbox::{NetBoxRecords, netbox_mapping};
pub(crate) use tasks::{ConfiguredTask, Scheduling, WorkSettings};
pub(crate) use templates::{ConfiguredTemplate, ConfiguredText};
pub(crate) use traces::TracesSettings;
pub(crate) use webhooks::ConfiguredWebhook;

/// Longer than any proxy takes to see that somebody is not ready.
const DRAIN_MAX: Duration = Duration::from_mins(5);

/// What holds.
#[derive(Debug)]
pub(crate) struct Config {
    /// The web edge.
    pub(crate) http: Http,
    /// The database.
    pub(crate) database: Database,
    /// The schema.
    pub(crate) schema: Schema,
    /// The history.
    pub(crate) history: History,
    /// Where answers are kept.
    pub(crate) cache: CacheSettings,
    /// How people sign in.
    pub(crate) identity: Identity,
    /// What runs by itself.
    pub(crate) tasks: Vec<ConfiguredTask>,
    /// How that is run.
    pub(crate) scheduling: Scheduling,
    /// Who is told what happens.
    pub(crate) webhooks: Vec<ConfiguredWebhook>,
    /// What exports are made with.
    pub(crate) templates: Vec<ConfiguredTemplate>,
    /// How mail is sent; `None` where it is not.
    pub(crate) mail: Option<MailSettings>,
    /// Where messages come from.
    pub(crate) sources: Vec<ConfiguredSource>,
    /// Where changes are told to; `None` where they are not.
    pub(crate) events: Option<EventsSettings>,
    /// What is logged, and how.
    pub(crate) log: Log,
    /// Where traces are sent; `None` where none are kept.
    pub(crate) traces: Option<TracesSettings>,
    /// The file that was read, where there is one.
    pub(crate) file: Option<PathBuf>,
    settings: Settings,
    /// What stands in tables of the file, as people look at it.
    tables_shown: Vec<ConfiguredSetting>,
}

/// The web edge.
#[derive(Debug)]
pub(crate) struct Http {
    /// The address and port to listen on.
    pub(crate) listen: SocketAddr,
    /// The address that clients see, without a slash at its end.
    pub(crate) public_url: Option<String>,
    /// The largest body that is read, in bytes.
    pub(crate) body_limit: usize,
    /// How long a read may take to begin its answer.
    pub(crate) request_timeout: Duration,
    /// Whether unknown parameters are passed over.
    pub(crate) lenient_filters: bool,
    /// The networks of proxies that are believed.
    pub(crate) trusted_proxies: Vec<IpNet>,
    /// What TLS is served with; `None` for plain HTTP.
    pub(crate) tls: Option<PemFiles>,
    /// How long the headers of a request may take to come.
    pub(crate) header_timeout: Duration,
    /// The most bytes that they may have.
    pub(crate) header_limit: u32,
    /// How long requests are still taken once we were told to stop; zero for not at all.
    pub(crate) drain: Duration,
}

/// A certificate and its key, in PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PemFiles {
    /// The certificate, and those that it rests on.
    pub(crate) certificate: PathBuf,
    /// The key.
    pub(crate) key: PathBuf,
}

/// How people sign in.
#[derive(Debug)]
pub(crate) struct Identity {
    /// How long sessions last.
    pub(crate) sessions: SessionLimits,
    /// What the hash of a password costs.
    pub(crate) passwords: PasswordCost,
    /// Whom people sign in with beside the register itself.
    pub(crate) providers: Providers,
}

/// The database.
#[derive(Debug)]
pub(crate) struct Database {
    /// `sqlite:PATH` or `postgres://…`.
    pub(crate) url: String,
    /// A standby of it, for what need not be of this very moment.
    pub(crate) replica_url: Option<String>,
    /// Who vouches for its certificate, in PEM; the public authorities where nobody is named.
    pub(crate) ca_file: Option<PathBuf>,
    /// The most reads at once.
    pub(crate) connections: usize,
    /// How long a statement that reads may take.
    pub(crate) statement_timeout: Duration,
    /// How long to wait for a lock or a connection.
    pub(crate) busy_timeout: Duration,
    /// A statement that takes as long is told in the log; `None` for never.
    pub(crate) slow_query: Option<Duration>,
}

/// The schema.
#[derive(Debug)]
pub(crate) struct Schema {
    /// Its file; `None` for the built-in one.
    pub(crate) file: Option<PathBuf>,
}

/// The history.
#[derive(Debug)]
pub(crate) struct History {
    /// How long changes are kept; `None` for ever.
    pub(crate) keep: Option<Span>,
}

/// What is logged, and how.
#[derive(Debug)]
pub(crate) struct Log {
    /// Which lines, as `tracing` takes it.
    pub(crate) level: String,
    /// How they look.
    pub(crate) format: LogFormat,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// For machines: a JSON object a line.
    Json,
}

/// Everything that is wrong with a configuration.
#[derive(Debug, thiserror::Error)]
#[error("the configuration can't be used:\n{}", .0.join("\n"))]
pub(crate) struct ConfigFaults(pub(crate) Vec<String>);

impl Config {
    /// Reads the configuration from all its sources.
    ///
    /// # Errors
    /// All faults, each with where it stands.
    pub(crate) fn read(sources: &Sources) -> Result<Self, ConfigFaults> {
        let mut faults = Vec::new();
        let (settings, mut tables) = gather::gather(sources, &mut faults);
        let mut reader = Reader { settings: &settings, faults };
        let http = reader.http();
        let database = reader.database();
        let history = reader.history();
        let cache = reader.cache();
        let log = reader.log();
        let identity = reader.identity(tables.providers);
        let mail = reader.mail();
        let traces = reader.traces();
        let cluster = reader.said_of_cluster();
        let events = tables.kafka.take_events(&cluster, &mut reader.faults);
        let sources_of_messages = tables.kafka.sources(&cluster, &mut reader.faults);
        let scheduling = reader.scheduling();
        let schema = Schema { file: reader.optional("schema.file").map(PathBuf::from) };
        let faults = reader.faults;
        match (http, database, history, identity, (cache, log, scheduling)) {
            (
                Some(http),
                Some(database),
                Some(history),
                Some(identity),
                (Some(cache), Some(log), Some(scheduling)),
            ) if faults.is_empty() => {
                let file = sources.file.as_ref().map(|(name, _)| PathBuf::from(name));
                Ok(Self {
                    http,
                    database,
                    schema,
                    history,
                    cache,
                    identity,
                    tasks: tables.tasks,
                    webhooks: tables.webhooks,
                    templates: tables.templates,
                    scheduling,
                    mail,
                    sources: sources_of_messages,
                    events,
                    log,
                    traces,
                    file,
                    settings,
                    tables_shown: tables.shown,
                })
            }
            _ => Err(ConfigFaults(faults)),
        }
    }
}

/// Reads values, noting the faults of all.
struct Reader<'a> {
    settings: &'a Settings,
    faults: Vec<String>,
}

impl Reader<'_> {
    fn http(&mut self) -> Option<Http> {
        let listen =
            self.value("http.listen", "an address with a port, such as 0.0.0.0:8080", |text| {
                text.parse().ok()
            });
        let is_public = self.optional("http.public_url").is_some();
        let public_url = is_public.then(|| {
            self.value(
                "http.public_url",
                "an address such as https://domesday.example.org",
                public_url,
            )
        });
        let body_limit = self.value("http.body_limit", "a size such as 10 MiB", units::bytes);
        let request_timeout = self.duration("http.request_timeout");
        let lenient_filters =
            self.value("http.lenient_filters", "true or false", |text| text.parse().ok());
        let trusted_proxies =
            self.value("http.trusted_proxies", "networks such as 10.0.0.0/8, ::1", networks);
        let tls = self.tls();
        let header_timeout = self.duration("http.header_timeout");
        let header_limit =
            self.value("http.header_limit", "a size from 8 KiB to 1 MiB such as 64 KiB", |text| {
                let bytes = u32::try_from(units::bytes(text)?).ok()?;
                (8 * 1_024..=1_024 * 1_024).contains(&bytes).then_some(bytes)
            });
        let drain =
            self.value("http.drain", "a time up to 5m such as 5s, or 0 for not at all", |text| {
                units::duration(text).filter(|drain| *drain <= DRAIN_MAX)
            });
        Some(Http {
            tls,
            drain: drain?,
            header_timeout: header_timeout?,
            header_limit: header_limit?,
            trusted_proxies: trusted_proxies?,
            listen: listen?,
            public_url: public_url.flatten(),
            body_limit: body_limit?,
            request_timeout: request_timeout?,
            lenient_filters: lenient_filters?,
        })
    }

    /// Both files, or neither; one alone is a fault.
    fn tls(&mut self) -> Option<PemFiles> {
        let path = |key| self.optional(key).map(PathBuf::from);
        let (certificate, key) = (path("http.tls_certificate"), path("http.tls_key"));
        let (there, missing) = match (certificate, key) {
            (Some(certificate), Some(key)) => return Some(PemFiles { certificate, key }),
            (None, None) => return None,
            (Some(_), None) => ("http.tls_certificate", "http.tls_key"),
            (None, Some(_)) => ("http.tls_key", "http.tls_certificate"),
        };
        let origin = self.settings.get(there)?.origin.clone();
        self.faults.push(format!("{origin}: {there} needs {missing} beside it"));
        None
    }

    fn database(&mut self) -> Option<Database> {
        let url = self.value(
            "database.url",
            "sqlite:PATH or postgres://user:password@host/database",
            |text| is_database(text).then(|| text.to_owned()),
        );
        let replica_url = self.replica_url(url.as_deref());
        let connections = self.value("database.connections", "a number from 1 to 1000", |text| {
            text.parse().ok().filter(|number| (1..=1_000).contains(number))
        });
        let statement_timeout = self.duration("database.statement_timeout");
        let busy_timeout = self.duration("database.busy_timeout");
        let expected = "a time such as 500ms, or 0 for never";
        let slow_query = self.value("database.slow_query", expected, units::duration)?;
        Some(Database {
            url: url?,
            replica_url,
            ca_file: self.optional("database.ca_file").map(PathBuf::from),
            connections: connections?,
            statement_timeout: statement_timeout?,
            busy_timeout: busy_timeout?,
            slow_query: (!slow_query.is_zero()).then_some(slow_query),
        })
    }

    /// A standby is one of PostgreSQL, and of use only where answers may be older than this moment.
    fn replica_url(&mut self, url: Option<&str>) -> Option<String> {
        self.optional("database.replica_url")?;
        let replica = self.value(
            "database.replica_url",
            "postgres://user:password@host/database, a standby of database.url",
            |text| (is_database(text) && !text.starts_with("sqlite:")).then(|| text.to_owned()),
        )?;
        let origin = self.settings.get("database.replica_url")?.origin.clone();
        let may_be_older = self.settings.get("cache.max_staleness").is_some_and(|setting| {
            units::duration(&setting.text).is_some_and(|age| !age.is_zero())
        });
        if url.is_some_and(|url| url.starts_with("sqlite:")) {
            self.faults
                .push(format!("{origin}: database.replica_url needs PostgreSQL as database.url"));
        }
        if !may_be_older {
            self.faults.push(format!(
                "{origin}: database.replica_url needs cache.max_staleness beside it, such as 2s"
            ));
        }
        Some(replica)
    }

    fn history(&mut self) -> Option<History> {
        if self.optional("history.keep").is_none() {
            return Some(History { keep: None });
        }
        let expected = "a day or more such as 90d, 6mo or 3y";
        let keep = self.value("history.keep", expected, Span::parse_days)?;
        Some(History { keep: Some(keep) })
    }

    fn identity(&mut self, providers: Providers) -> Option<Identity> {
        let idle = self.duration("identity.session_idle");
        let absolute = self.duration("identity.session_absolute");
        let memory = self.value(
            "identity.password_memory",
            "a size from 8 MiB to 1 GiB such as 19 MiB",
            |text| {
                let kib = u32::try_from(units::bytes(text)? / 1_024).ok()?;
                (8 * 1_024..=1_024 * 1_024).contains(&kib).then_some(kib)
            },
        );
        let passes = self.value("identity.password_passes", "a number from 1 to 20", |text| {
            text.parse().ok().filter(|number| (1..=20).contains(number))
        });
        let span = |duration: Duration| TimeDelta::from_std(duration).ok();
        Some(Identity {
            sessions: SessionLimits { idle: span(idle?)?, absolute: span(absolute?)? },
            passwords: PasswordCost { memory_kib: memory?, passes: passes? },
            providers,
        })
    }

    fn log(&mut self) -> Option<Log> {
        let expected = "error, warn, info, debug or trace, and for parts such as info,sql=debug";
        let level = self.value_or("log.level", expected, level::read);
        let format = self.value("log.format", "text or json", |text| match text {
            "text" => Some(LogFormat::Text),
            "json" => Some(LogFormat::Json),
            _ => None,
        });
        Some(Log { level: level?, format: format? })
    }

    fn optional(&self, key: &str) -> Option<&str> {
        let text = self.settings.get(key)?.text.as_str();
        (!text.is_empty()).then_some(text)
    }

    fn duration(&mut self, key: &str) -> Option<Duration> {
        self.value(key, "a time above zero such as 30s or 500ms", |text| {
            units::duration(text).filter(|duration| !duration.is_zero())
        })
    }

    fn value<T>(
        &mut self,
        key: &str,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        self.value_or(key, expected, |text| parse(text).ok_or(None))
    }

    /// As [`Self::value`], where a value that can't be read may tell which word was meant.
    fn value_or<T>(
        &mut self,
        key: &str,
        expected: &str,
        parse: impl Fn(&str) -> Result<T, Option<&'static str>>,
    ) -> Option<T> {
        let setting = self.settings.get(key)?;
        match parse(setting.text.trim()) {
            Ok(value) => Some(value),
            Err(meant) => {
                // The value of a database address may be a secret.
                let shown = show::masked_of(key, &setting.text);
                let meant = meant.map(|meant| format!("; did you mean {meant}?"));
                self.faults.push(format!(
                    "{}: {key} takes {expected}, not {shown:?}{}",
                    setting.origin,
                    meant.unwrap_or_default()
                ));
                None
            }
        }
    }
}

/// Whether an address names a database that can be kept. A path behind `sqlite://` is relative to
/// some programs and absolute to others, and one in memory is gone with its connection.
fn is_database(text: &str) -> bool {
    match text.strip_prefix("sqlite:") {
        Some(path) if path.starts_with("//") => path.starts_with("///"),
        Some(path) => !path.is_empty() && !path.starts_with(':'),
        None => ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme)),
    }
}

/// Networks parted by commas, of which a bare address is the smallest.
fn networks(text: &str) -> Option<Vec<IpNet>> {
    let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
    words
        .map(|word| {
            let address = || word.parse::<IpAddr>().ok().map(IpNet::from);
            word.parse().ok().or_else(address)
        })
        .collect()
}

fn public_url(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let is_address = matches!(url.scheme(), "http" | "https") && url.query().is_none();
    is_address.then(|| text.trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests;
