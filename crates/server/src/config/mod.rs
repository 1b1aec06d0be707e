//! The configuration: from `domesday.toml`, variables and flags to one struct a section, telling
//! every fault at once and where it stands. Pure: the caller reads the file and the environment.
//!
//! The `config` crate merges such sources too, but forgets the lines that values came from, which
//! faults and `config show` tell.

mod gather;
mod identity;
mod keys;
mod level;
mod show;
mod units;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use app::{PasswordCost, SessionLimits};
use chrono::TimeDelta;
use domain::moment::Span;
use ipnet::IpNet;
use url::Url;
use web::Providers;

pub(crate) use gather::Sources;

pub(crate) use units::duration;

use gather::Settings;

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
    /// How people sign in.
    pub(crate) identity: Identity,
    /// What is logged, and how.
    pub(crate) log: Log,
    settings: Settings,
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
    /// The most reads at once.
    pub(crate) connections: usize,
    /// How long a statement that reads may take.
    pub(crate) statement_timeout: Duration,
    /// How long to wait for a lock or a connection.
    pub(crate) busy_timeout: Duration,
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
        let (settings, providers) = gather::gather(sources, &mut faults);
        let mut reader = Reader { settings: &settings, faults };
        let http = reader.http();
        let database = reader.database();
        let history = reader.history();
        let log = reader.log();
        let identity = reader.identity(providers);
        let schema = Schema { file: reader.optional("schema.file").map(PathBuf::from) };
        let faults = reader.faults;
        match (http, database, history, identity, log) {
            (Some(http), Some(database), Some(history), Some(identity), Some(log))
                if faults.is_empty() =>
            {
                Ok(Self { http, database, schema, history, identity, log, settings })
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
        Some(Http {
            trusted_proxies: trusted_proxies?,
            listen: listen?,
            public_url: public_url.flatten(),
            body_limit: body_limit?,
            request_timeout: request_timeout?,
            lenient_filters: lenient_filters?,
        })
    }

    fn database(&mut self) -> Option<Database> {
        let url = self.value(
            "database.url",
            "sqlite:PATH or postgres://user:password@host/database",
            |text| is_database(text).then(|| text.to_owned()),
        );
        let connections = self.value("database.connections", "a number from 1 to 1000", |text| {
            text.parse().ok().filter(|number| (1..=1_000).contains(number))
        });
        let statement_timeout = self.duration("database.statement_timeout");
        let busy_timeout = self.duration("database.busy_timeout");
        Some(Database {
            url: url?,
            connections: connections?,
            statement_timeout: statement_timeout?,
            busy_timeout: busy_timeout?,
        })
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
                let shown = show::masked(&setting.text);
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
mod tests {
    use super::*;

    fn sources(file: &str, variables: &[(&str, &str)], flags: &[(&'static str, &str)]) -> Sources {
        Sources {
            file: Some(("domesday.toml".to_owned(), file.to_owned())),
            variables: variables
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            flags: flags.iter().map(|(key, value)| (*key, "--flag", (*value).to_owned())).collect(),
        }
    }

    #[track_caller]
    fn check_faults(sources: &Sources, expected: &[&str]) {
        assert_eq!(Config::read(sources).unwrap_err().0, expected);
    }

    #[test]
    fn nothing_said_is_a_whole_configuration() {
        let config = Config::read(&Sources::default()).unwrap();
        assert_eq!(config.http.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(config.http.public_url, None);
        assert_eq!(config.http.body_limit, web::BODY_LIMIT_DEFAULT);
        assert_eq!(config.http.request_timeout, web::REQUEST_TIMEOUT_DEFAULT);
        let store = sql::Settings::new("sqlite:domesday.sqlite3");
        assert_eq!(config.database.url, store.url);
        assert_eq!(config.database.connections, store.connections);
        assert_eq!(config.database.statement_timeout, store.statement_timeout);
        assert_eq!(config.database.busy_timeout, store.busy_timeout);
        assert_eq!(config.schema.file, None);
        assert_eq!(config.history.keep, None);
        assert!(config.http.trusted_proxies.is_empty());
        assert_eq!(config.identity.sessions, SessionLimits::default());
        assert_eq!(config.identity.passwords, PasswordCost::default());
        assert!(config.identity.providers.handoffs.is_empty());
        assert_eq!(config.log.format, LogFormat::Text);
    }

    #[test]
    fn flags_are_stronger_than_variables_and_variables_than_the_file() {
        let file = "[http]\nlisten = \"1.1.1.1:1\"\nlenient_filters = true\nbody_limit = 5\n";
        let variables =
            [("DOMESDAY_HTTP__LISTEN", "2.2.2.2:2"), ("DOMESDAY_HTTP__BODY_LIMIT", "6")];
        let flags = [("http.listen", "3.3.3.3:3")];
        let config = Config::read(&sources(file, &variables, &flags)).unwrap();
        assert_eq!(config.http.listen.to_string(), "3.3.3.3:3");
        assert_eq!(config.http.body_limit, 6);
        assert!(config.http.lenient_filters);
    }

    #[test]
    fn every_fault_is_told_with_its_place() {
        check_faults(
            &sources(
                "verbose = 1\n[http]\nlisen = 1\nlisten = [1]\n\n[log]\nformat = \"xml\"\n[nothing]\nat = 1\n",
                &[
                    ("DOMESDAY_DATABASE_URL", "sqlite:x"),
                    ("DOMESDAY_HTTP__BODY_LIMITS", "1"),
                    ("DOMESDAY_DATABASE__URL", "mysql://root:secret@host/db"),
                ],
                &[("database.connections", "0"), ("history.keep", "3m")],
            ),
            &[
                "domesday.toml:1: there is no key verbose; the keys are: http.listen, \
                 http.public_url, http.body_limit, http.request_timeout, http.lenient_filters, \
                 http.trusted_proxies, database.url, database.connections, \
                 database.statement_timeout, database.busy_timeout, schema.file, history.keep, \
                 identity.session_idle, identity.session_absolute, identity.password_memory, \
                 identity.password_passes, log.level, log.format",
                "domesday.toml:3: there is no key http.lisen; did you mean http.listen?",
                "domesday.toml:4: http.listen takes a text, a number, true or false",
                "domesday.toml:9: there is no key nothing.at; the keys are: http.listen, \
                 http.public_url, http.body_limit, http.request_timeout, http.lenient_filters, \
                 http.trusted_proxies, database.url, database.connections, \
                 database.statement_timeout, database.busy_timeout, schema.file, history.keep, \
                 identity.session_idle, identity.session_absolute, identity.password_memory, \
                 identity.password_passes, log.level, log.format",
                "DOMESDAY_DATABASE_URL: there is no such variable; did you mean \
                 DOMESDAY_DATABASE__URL?",
                "DOMESDAY_HTTP__BODY_LIMITS: there is no key http.body_limits; did you mean \
                 http.body_limit?",
                "DOMESDAY_DATABASE__URL: database.url takes sqlite:PATH or \
                 postgres://user:password@host/database, not \"mysql://root:***@host/db\"",
                "--flag: database.connections takes a number from 1 to 1000, not \"0\"",
                "--flag: history.keep takes a day or more such as 90d, 6mo or 3y, not \"3m\"",
                "domesday.toml:7: log.format takes text or json, not \"xml\"",
            ],
        );
    }

    const HANDOFF: &str = "[[identity.handoff]]\nname = \"gate\"\nlabel = \"The gate\"\n\
        sign_in_url = \"https://gate.example/\"\naudience = \"https://d.example\"\n\
        secrets = [\"01234567890123456789012345678901\"]\ngroups = { ops = \"operators\" }\n";

    #[test]
    fn a_page_to_sign_in_with_is_read_and_its_secret_is_shown_nowhere() {
        let config = Config::read(&sources(HANDOFF, &[], &[])).unwrap();
        let [provider] = config.identity.providers.handoffs.as_slice() else { panic!("one") };
        assert_eq!(provider.handoff.name(), "gate");
        assert_eq!(provider.parameter, "ReturnValues");
        assert_eq!(provider.groups.0, [("ops".to_owned(), "operators".to_owned())]);
        assert!(!format!("{config:?}").contains("0123456789"));
    }

    #[test]
    fn providers_and_directories_are_read() {
        let file = "[[identity.oidc]]\nname = \"sso\"\nissuer = \"https://sso.example\"\n\
            client_id = \"d\"\nclient_secret = \"s3cret\"\n[[identity.ldap]]\nname = \"staff\"\n\
            url = \"ldaps://ldap.example\"\nuser_base = \"ou=people\"\nbind_dn = \"cn=d\"\n\
            bind_password = \"s3cret\"\n";
        let config = Config::read(&sources(file, &[], &[])).unwrap();
        let providers = &config.identity.providers;
        assert_eq!(providers.oidc[0].oidc.name(), "sso");
        assert_eq!(providers.directories[0].ldap.name(), "staff");
        assert!(!format!("{config:?}").contains("s3cret"));
        let plain = file.replace("ldaps:", "ldap:");
        let faults = Config::read(&sources(&plain, &[], &[])).unwrap_err().0;
        assert!(faults[0].contains("identity.ldap.url"), "{faults:?}");
    }

    #[test]
    fn every_fault_of_a_page_to_sign_in_with_is_told() {
        let file = "[[identity.handoff]]\nname = \"The Gate\"\nsecrets = [\"short\"]\nformat = \"rot13\"\nlabl = 1\n";
        let faults = Config::read(&sources(file, &[], &[])).unwrap_err().0;
        for (line, word) in [(5, "labl"), (2, "name"), (3, "secrets"), (4, "format")] {
            let place = format!("domesday.toml:{line}: identity.handoff.{word} ");
            assert!(faults.iter().any(|fault| fault.starts_with(&place)), "{word} {faults:?}");
        }
        for word in ["sign_in_url", "audience"] {
            let told = format!("identity.handoff.{word} is missing");
            assert!(faults.iter().any(|fault| fault.contains(&told)), "{word} {faults:?}");
        }
    }

    #[test]
    fn a_file_that_is_no_toml_is_told_with_its_line() {
        let faults = Config::read(&sources("[http]\nlisten\n", &[], &[])).unwrap_err().0;
        assert!(faults[0].starts_with("domesday.toml:2: this is not TOML: "), "{faults:?}");
    }

    #[test]
    fn a_database_is_named_without_doubt() {
        let cases = [
            ("sqlite:domesday.sqlite3", true),
            ("sqlite:/var/lib/domesday.sqlite3", true),
            ("sqlite:///var/lib/domesday.sqlite3", true),
            ("sqlite://domesday.sqlite3", false),
            ("sqlite::memory:", false),
            ("sqlite:", false),
            ("postgres://host/db", true),
            ("postgresql://host/db", true),
            ("postgresql:db", false),
            ("mysql://host/db", false),
        ];
        for (url, expected) in cases {
            assert_eq!(is_database(url), expected, "{url}");
        }
    }

    #[test]
    fn variables_of_others_are_passed_over() {
        let variables = [
            ("DOMESDAY_PORT", "tcp://10.0.0.1:80"),
            ("DOMESDAY_SERVICE_HOST", "10.0.0.1"),
            ("DOMESDAY_PORT_8080_TCP", "tcp://10.0.0.1:80"),
            ("DOMESDAY_TOKEN", "secret"),
            ("HTTP__LISTEN", "x"),
        ];
        assert!(Config::read(&sources("", &variables, &[])).is_ok());
    }
}
