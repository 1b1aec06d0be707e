//! What settings say by themselves: pure.

use std::net::IpAddr;
use std::time::Duration;

use app::PasswordCost;
use chrono::TimeDelta;
use ipnet::IpNet;
use url::Url;

use super::{Finding, advice, is_unsafe, sources};
use crate::config::{Config, ConfiguredWebhook, Http, Identity};

/// Larger bodies are held in memory, as many as come at once.
const BODY_LARGE: usize = 64 * 1_024 * 1_024;
/// Longer waits for headers let few clients hold many connections.
const HEADERS_LATE: Duration = Duration::from_mins(1);
const SESSION_IDLE_LONG: TimeDelta = TimeDelta::days(7);
const SESSION_LONG: TimeDelta = TimeDelta::days(90);

pub(super) fn findings(config: &Config) -> Vec<Finding> {
    let mut found = Vec::new();
    transport(&config.http, &mut found);
    proxies(&config.http, &mut found);
    limits(&config.http, &mut found);
    identity(&config.identity, &mut found);
    found.extend(database(&config.database.url));
    found.extend(mail(config));
    found.extend(sources::findings(&config.sources));
    found.extend(config.webhooks.iter().filter_map(webhook));
    found
}

/// Whether what people send can be read on its way.
fn transport(http: &Http, found: &mut Vec<Finding>) {
    let is_open = !http.listen.ip().is_loopback();
    let public = http.public_url.as_deref();
    let is_behind_tls = public.is_some_and(|url| url.starts_with("https://"));
    match public {
        Some(url) if !is_behind_tls && !is_here(url) => found.push(is_unsafe(
            "http.public_url",
            "begins with http://: passwords, cookies and tokens cross the network in the clear; \
             serve TLS and name the https:// address",
        )),
        None if is_open => found.push(advice(
            "http.public_url",
            "is not set: addresses in answers, and where providers send people back to, follow \
             the Host header that a client sends; name the address that people use",
        )),
        Some(_) | None => {}
    }
    if http.tls.is_some() || !is_open {
        return;
    }
    if is_behind_tls {
        found.push(advice(
            "http.listen",
            format!(
                "{} takes plain HTTP from more than this machine: let nobody but the proxy with \
                 TLS reach it, or set http.tls_certificate and http.tls_key here, too",
                http.listen
            ),
        ));
    } else {
        found.push(is_unsafe(
            "http.listen",
            format!(
                "{} takes plain HTTP from more than this machine, so that passwords and tokens \
                 cross the network in the clear; set http.tls_certificate and http.tls_key, or \
                 serve behind a proxy with TLS and set http.public_url to its https:// address",
                http.listen
            ),
        ));
    }
}

/// Whether who a request is from can be believed.
fn proxies(http: &Http, found: &mut Vec<Finding>) {
    let is_behind_tls = http.public_url.as_deref().is_some_and(|url| url.starts_with("https://"));
    if is_behind_tls && http.tls.is_none() && http.trusted_proxies.is_empty() {
        found.push(advice(
            "http.trusted_proxies",
            "is empty though TLS ends at a proxy: all who come through it count as one address, \
             and wait for each other's wrong passwords; name the proxy",
        ));
    }
    for network in http.trusted_proxies.iter().filter(|network| is_everybody(network)) {
        found.push(is_unsafe(
            "http.trusted_proxies",
            format!("{network} is everybody: whoever sends X-Forwarded-For picks their address"),
        ));
    }
}

fn limits(http: &Http, found: &mut Vec<Finding>) {
    if http.body_limit > BODY_LARGE {
        found.push(advice(
            "http.body_limit",
            "bodies are held in memory while they are read; 10 MiB is a bulk of thousands",
        ));
    }
    if http.header_timeout > HEADERS_LATE {
        found.push(advice(
            "http.header_timeout",
            "a client that sends nothing holds a connection for so long; 10s is plenty",
        ));
    }
    if http.lenient_filters {
        found.push(advice(
            "http.lenient_filters",
            "a mistyped filter is passed over, so that a script meant for some records gets all",
        ));
    }
}

fn identity(identity: &Identity, found: &mut Vec<Finding>) {
    let least = PasswordCost::default();
    let cost = identity.passwords;
    let is_cheap = u64::from(cost.memory_kib) * u64::from(cost.passes)
        < u64::from(least.memory_kib) * u64::from(least.passes);
    if is_cheap {
        found.push(is_unsafe(
            "identity.password_memory",
            "hashes of passwords cost less than 19 MiB and 2 passes: whoever steals the database \
             guesses faster",
        ));
    }
    if identity.sessions.idle > SESSION_IDLE_LONG {
        found.push(advice(
            "identity.session_idle",
            "a browser that is left alone stays signed in for more than a week",
        ));
    }
    if identity.sessions.absolute > SESSION_LONG {
        found.push(advice(
            "identity.session_absolute",
            "groups that a provider takes from somebody stay theirs for more than 90 days",
        ));
    }
    for provider in &identity.providers.handoffs {
        if provider.sign_in_url.starts_with("http://") && !is_here(&provider.sign_in_url) {
            found.push(is_unsafe(
                format!("identity.handoff {}", provider.handoff.name()),
                "sign_in_url has no TLS: whoever is on the way can send people elsewhere",
            ));
        }
    }
    for provider in &identity.providers.headers {
        let about = format!("identity.header {}", provider.settings.name);
        for network in &provider.settings.networks {
            if is_everybody(network) {
                let told = format!("{network} is everybody: whoever sends the header is anybody");
                found.push(is_unsafe(&about, told));
            } else if is_wide(network) {
                let told = format!(
                    "whoever can connect from {network} can say that they are anybody; name the \
                     addresses of the proxies alone"
                );
                found.push(advice(&about, told));
            }
        }
    }
}

/// Whether what is kept crosses a network in the clear.
fn database(url: &str) -> Option<Finding> {
    let url = Url::parse(url).ok().filter(|url| url.scheme().starts_with("postgres"))?;
    let host = url.host_str().filter(|host| !is_this_machine(host))?;
    let mode = url.query_pairs().find(|(name, _)| name == "sslmode");
    let mode = mode.map_or_else(|| "prefer".to_owned(), |(_, mode)| mode.into_owned());
    let told = format!(
        "the connection to {host} has TLS only if the server offers it; end the address with \
         ?sslmode=require"
    );
    (mode != "require").then(|| is_unsafe("database.url", told))
}

/// Whether what is told of changes crosses a network in the clear.
fn mail(config: &Config) -> Option<Finding> {
    let url = Url::parse(&config.mail.as_ref()?.url).ok()?;
    let is_open = url.scheme() == "smtp" && url.query_pairs().all(|(name, _)| name != "tls");
    let is_away = url.host_str().is_some_and(|host| !is_this_machine(host));
    let told = "notices have TLS only if the server offers it: end the address with ?tls=required, \
                or begin it with smtps://";
    (is_open && is_away).then(|| advice("mail.url", told))
}

/// Whether what a webhook is told crosses a network in the clear.
fn webhook(configured: &ConfiguredWebhook) -> Option<Finding> {
    let is_open = configured.url.scheme() == "http" && !is_here(configured.url.as_str());
    let about = format!("webhooks {}", configured.webhook.name);
    let told = "what it is told crosses the network in the clear: name an https:// address";
    is_open.then(|| is_unsafe(about, told))
}

fn is_here(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| url.host_str().is_some_and(is_this_machine))
}

pub(super) fn is_this_machine(host: &str) -> bool {
    let bare = host.trim_matches(['[', ']']);
    host == "localhost" || bare.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

fn is_everybody(network: &IpNet) -> bool {
    network.prefix_len() == 0
}

/// More than the proxies of one place.
fn is_wide(network: &IpNet) -> bool {
    match network {
        IpNet::V4(network) => network.prefix_len() < 16,
        IpNet::V6(network) => network.prefix_len() < 48,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Weight;
    use super::*;
    use crate::config::Sources;

    #[track_caller]
    fn check(file: &str, expected: &[(Weight, &str)]) {
        let file = Some(("domesday.toml".to_owned(), file.to_owned()));
        let config = Config::read(&Sources { file, ..Sources::default() }).unwrap();
        let found = findings(&config);
        let found: Vec<(Weight, &str)> =
            found.iter().map(|one| (one.weight, one.about.as_str())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn what_nobody_set_is_safe() {
        check("", &[]);
    }

    #[test]
    fn plain_http_is_for_this_machine() {
        use Weight::{Advice, Unsafe};
        let open = "[http]\nlisten = '0.0.0.0:8080'\n";
        check(open, &[(Advice, "http.public_url"), (Unsafe, "http.listen")]);
        let tls = "tls_certificate = 'a'\ntls_key = 'b'\n";
        check(&format!("{open}{tls}"), &[(Advice, "http.public_url")]);
        let public = "public_url = 'https://d.example.org'\n";
        check(&format!("{open}{tls}{public}"), &[]);
        let behind = [(Advice, "http.listen"), (Advice, "http.trusted_proxies")];
        check(&format!("{open}{public}"), &behind);
        let plain = "[http]\npublic_url = 'http://d.example.org'\n";
        check(plain, &[(Unsafe, "http.public_url")]);
        check("[http]\npublic_url = 'http://localhost:8080'\n", &[]);
    }

    #[test]
    fn what_webhooks_are_told_is_not_read_on_its_way() {
        let webhook = |url: &str| {
            format!(
                "[[webhooks]]\nname = 'cmdb'\nurl = '{url}'\nallow_http = true\n\
                 secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'\n"
            )
        };
        check(&webhook("http://cmdb/"), &[(Weight::Unsafe, "webhooks cmdb")]);
        check(&webhook("https://cmdb/"), &[]);
        check(&webhook("http://[::1]:8000/"), &[]);
    }

    #[test]
    fn nobody_believes_everybody() {
        use Weight::{Advice, Unsafe};
        check(
            "[http]\ntrusted_proxies = '::/0, 10.0.0.0/8'\n",
            &[(Unsafe, "http.trusted_proxies")],
        );
        let header = |networks: &str| {
            format!(
                "[[identity.header]]\nname = 'gate'\nuser_header = 'Remote-User'\n\
                 networks = {networks}\n"
            )
        };
        check(&header("['0.0.0.0/0']"), &[(Unsafe, "identity.header gate")]);
        check(&header("['10.0.0.0/8']"), &[(Advice, "identity.header gate")]);
        check(&header("['10.0.0.7', '::1']"), &[]);
    }

    #[test]
    fn passwords_cost_enough_and_the_database_is_spoken_to_in_private() {
        use Weight::{Advice, Unsafe};
        let identity = "[identity]\npassword_passes = 1\nsession_idle = '30d'\n\
                        session_absolute = '365d'\n";
        check(
            identity,
            &[
                (Unsafe, "identity.password_memory"),
                (Advice, "identity.session_idle"),
                (Advice, "identity.session_absolute"),
            ],
        );
        for (url, is_safe) in [
            ("postgres://d:x@db/d", false),
            ("postgres://d:x@db/d?sslmode=disable", false),
            ("postgres://d:x@db/d?sslmode=require", true),
            ("postgres://d:x@127.0.0.1/d", true),
            ("postgres://d:x@[::1]/d", true),
            ("sqlite:here", true),
        ] {
            assert_eq!(database(url).is_none(), is_safe, "{url}");
        }
    }
}
