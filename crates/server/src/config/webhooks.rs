//! `[[webhooks]]`: receivers that are told what happens.

use std::path::PathBuf;
use std::time::Duration;

use app::events::EVENT_TYPES_MAX;
use app::events::cursors::Begin;
use app::webhooks::{BATCH_MAX, Webhook};
use domain::secret::Secret;
use domain::task::{NAME_MAX, is_name};
use domain::webhook::{ATTEMPTS_MAX, Retry, WAIT_MAX};
use toml_edit::Item;
use url::Url;
use web::ConfiguredSetting;
use webhook::Keys;

use super::table::{Place, TableReader, show};

/// A webhook, and what sending needs to know.
#[derive(Clone, Debug)]
pub(crate) struct ConfiguredWebhook {
    pub(crate) webhook: Webhook,
    pub(crate) url: Url,
    /// The secrets, of which each signs.
    pub(crate) secrets: Vec<Secret>,
    /// Authorities of the receiver's certificate; the public ones where there is none.
    pub(crate) ca_file: Option<PathBuf>,
}

/// The keys whose values are no secrets.
const OPEN: [&str; 12] = [
    "name",
    "url",
    "allow_http",
    "types",
    "events",
    "notices",
    "batch",
    "begin",
    "timeout",
    "attempts",
    "backoff",
    "ca_file",
];
/// The one whose value is.
const SECRET: &str = "secret";
/// The longest that a delivery may be given: whoever waits in line waits for it, too.
const TIMEOUT_MAX: Duration = Duration::from_mins(2);

/// Reads the tables.
pub(super) fn read(
    item: &Item,
    at: Place<'_>,
    (webhooks, shown): (&mut Vec<ConfiguredWebhook>, &mut Vec<ConfiguredSetting>),
    faults: &mut Vec<String>,
) {
    let Some(tables) = item.as_array_of_tables() else {
        faults.push("webhooks is a list of tables: [[webhooks]]".to_owned());
        return;
    };
    let mut names: Vec<String> = Vec::new();
    for table in tables {
        shown.extend(show::settings("webhooks", table, (&OPEN, at)));
        let mut reader = TableReader { kind: "webhooks", table, at, faults };
        reader.only(&[OPEN.as_slice(), &[SECRET]].concat());
        let Some(name) = name(&mut reader) else { continue };
        if names.contains(&name) {
            reader.fault("name", &format!("there are two webhooks named {name}"));
        }
        names.push(name.clone());
        webhooks.extend(webhook(&mut reader, name));
    }
}

fn name(reader: &mut TableReader<'_>) -> Option<String> {
    let name = reader.required("name")?;
    if is_name(&name) {
        return Some(name);
    }
    let told = "small letters, digits and hyphens: it stands in addresses";
    reader.fault("name", &format!("takes at most {NAME_MAX} {told}"));
    None
}

fn webhook(reader: &mut TableReader<'_>, name: String) -> Option<ConfiguredWebhook> {
    let url = address(reader);
    let secrets = secrets(reader);
    let (events, notices) = (is_not_off(reader, "events"), reader.truth("notices"));
    if !events && !notices {
        reader.fault("events", "and notices are both off: nothing would be sent");
    }
    let types = reader.texts("types").unwrap_or_default();
    if types.len() > EVENT_TYPES_MAX {
        reader
            .fault("types", &format!("takes at most {EVENT_TYPES_MAX}; without it, all are told"));
    }
    let begin = begin(reader);
    let batch = within(reader, "batch", 1..=BATCH_MAX);
    let timeout = reader.duration("timeout").unwrap_or(Duration::from_secs(15));
    if timeout.is_zero() || timeout > TIMEOUT_MAX {
        reader.fault("timeout", "is a time from 1ms to 2m");
    }
    let usual = Retry::default();
    let attempts = within(reader, "attempts", 1..=ATTEMPTS_MAX).unwrap_or(usual.attempts);
    let backoff = reader.duration("backoff").unwrap_or(usual.backoff);
    if backoff.is_zero() || backoff > WAIT_MAX {
        reader.fault("backoff", "is a time from 1ms to 1h");
    }
    let ca_file = reader.path("ca_file");
    let (url, secrets) = (url?, secrets?);
    let retry = Retry { attempts, backoff };
    let shown = told(&url);
    Some(ConfiguredWebhook {
        webhook: Webhook { name, url: shown, events, notices, types, begin, batch, timeout, retry },
        url,
        secrets,
        ca_file,
    })
}

/// The address as people may see it: what stands behind a question mark may be a secret.
fn told(url: &Url) -> String {
    let mut told = url.clone();
    told.set_fragment(None);
    if told.query().is_some() {
        told.set_query(Some("…"));
        return told.to_string().replace("%E2%80%A6", "…");
    }
    told.to_string()
}

fn address(reader: &mut TableReader<'_>) -> Option<Url> {
    let text = reader.required("url")?;
    let allows_http = reader.truth("allow_http");
    let url = Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let Some(url) = url.filter(Url::has_host) else {
        reader.fault("url", "takes an address such as https://cmdb.example.org/hooks/domesday");
        return None;
    };
    if !url.username().is_empty() || url.password().is_some() {
        reader
            .fault("url", "takes no user and no password: deliveries are known by their signature");
        return None;
    }
    if url.scheme() == "http" && !allows_http && !is_this_machine(&url) {
        reader.fault(
            "url",
            "begins with http://: what is told crosses the network in the clear; \
             serve https://, or say allow_http = true",
        );
        return None;
    }
    Some(url)
}

/// Whether an address is one of this very machine.
fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// One secret, or several of which each signs.
fn secrets(reader: &mut TableReader<'_>) -> Option<Vec<Secret>> {
    let texts = match reader.table.get(SECRET) {
        Some(item) if item.is_array() => reader.texts(SECRET).unwrap_or_default(),
        Some(_) | None => reader.required(SECRET).into_iter().collect(),
    };
    if texts.is_empty() {
        if reader.table.contains_key(SECRET) {
            reader.fault(SECRET, "is empty: whsec_ and the answer of `openssl rand -base64 32`");
        }
        return None;
    }
    let secrets: Vec<Secret> = texts.into_iter().map(Secret::new).collect();
    match Keys::of(&secrets) {
        Ok(_) => Some(secrets),
        Err(why) => {
            reader.fault(SECRET, &format!("{why}: whsec_ and `openssl rand -base64 32`"));
            None
        }
    }
}

fn begin(reader: &mut TableReader<'_>) -> Begin {
    match reader.text("begin").as_deref() {
        None | Some("next") => Begin::Next,
        Some("oldest") => Begin::Oldest,
        Some(_) => {
            reader.fault("begin", "takes next or oldest");
            Begin::Next
        }
    }
}

/// True unless it is said to be false.
fn is_not_off(reader: &mut TableReader<'_>, key: &str) -> bool {
    !reader.table.contains_key(key) || reader.truth(key)
}

fn within(
    reader: &mut TableReader<'_>,
    key: &str,
    range: std::ops::RangeInclusive<u32>,
) -> Option<u32> {
    let number = reader.number(key)?;
    if !range.contains(&number) {
        reader.fault(key, &format!("is a number from {} to {}", range.start(), range.end()));
    }
    Some(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Sources};

    const SECRET_TEXT: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn read(table: &str) -> Result<Config, String> {
        let text = format!("[[webhooks]]\n{table}");
        let file = Some(("domesday.toml".to_owned(), text));
        Config::read(&Sources { file, ..Sources::default() }).map_err(|faults| faults.to_string())
    }

    #[track_caller]
    fn check_refused(table: &str, told: &str) {
        let whole = format!(
            "name = 'cmdb'\nurl = 'https://cmdb.example.org/'\nsecret = '{SECRET_TEXT}'\n{table}"
        );
        // What the table says itself takes the place of what is right.
        let said: Vec<&str> = table.lines().filter_map(|line| line.split(" = ").next()).collect();
        let lines = whole.lines().enumerate();
        let kept = lines.filter(|(place, line)| {
            *place > 2 || !said.iter().any(|key| line.starts_with(&format!("{key} =")))
        });
        let text: Vec<&str> = kept.map(|(_, line)| line).collect();
        let faults = read(&text.join("\n")).unwrap_err();
        assert!(faults.contains(told), "{faults}");
        assert!(!faults.contains(SECRET_TEXT), "{faults}");
    }

    #[test]
    fn a_webhook_needs_little_and_has_what_suits_most() {
        let table = format!(
            "name = 'cmdb'\nurl = 'https://cmdb.example.org/in?token=swordfish'\n\
             secret = '{SECRET_TEXT}'\n"
        );
        let config = read(&table).unwrap();
        let [one] = config.webhooks.as_slice() else { unreachable!() };
        let Webhook { url, events, notices, begin, batch, retry, .. } = &one.webhook;
        assert_eq!(url, "https://cmdb.example.org/in?…");
        assert!(*events && !*notices && batch.is_none());
        assert_eq!((*begin, *retry), (Begin::Next, Retry::default()));
        assert!(config.has_secrets_in_file());
        let shown = format!("{:?} {:?}", one.secrets, config.configured());
        assert!(!shown.contains(SECRET_TEXT), "{shown}");
    }

    #[test]
    fn everything_about_it_can_be_said() {
        let table = format!(
            "name = 'cmdb'\nurl = 'http://cmdb/'\nallow_http = true\n\
             secret = ['{SECRET_TEXT}', '{SECRET_TEXT}']\ntypes = ['server']\nevents = true\n\
             notices = true\nbatch = 100\nbegin = 'oldest'\ntimeout = '1s'\nattempts = 3\n\
             backoff = '1m'\nca_file = 'ca.pem'\n"
        );
        let config = read(&table).unwrap();
        let [one] = config.webhooks.as_slice() else { unreachable!() };
        assert_eq!(one.secrets.len(), 2);
        assert_eq!(one.webhook.batch, Some(100));
        assert_eq!(one.webhook.retry.backoff, Duration::from_mins(1));
        assert_eq!(one.webhook.types, ["server"]);
    }

    #[test]
    fn what_is_wrong_is_told() {
        check_refused("name = 'C M'", "stands in addresses");
        check_refused("url = 'cmdb'", "takes an address");
        check_refused("url = 'ftp://cmdb/'", "takes an address");
        check_refused("url = 'https://ada:swordfish@cmdb/'", "takes no user");
        check_refused("url = 'http://cmdb/'", "allow_http = true");
        check_refused("secret = 'swordfish'", "takes whsec_");
        check_refused("secret = []", "is empty");
        check_refused("events = false", "nothing would be sent");
        check_refused("begin = 'now'", "takes next or oldest");
        check_refused("batch = 0", "from 1 to 1000");
        check_refused("timeout = '1h'", "from 1ms to 2m");
        check_refused("attempts = 0", "from 1 to 200");
        check_refused("backoff = '0s'", "from 1ms to 1h");
        check_refused("colour = 'red'", "there is no such key");
        let faults = read("name = 'cmdb'\nurl = 'https://cmdb/'\n").unwrap_err();
        assert!(faults.contains("webhooks.secret is missing"), "{faults}");
    }
}
