//! The configuration as people look at it: each value, and where it came from, without secrets.

use url::Url;
use web::{ConfiguredSetting, ConfiguredValue};

use super::Config;
use super::gather::{Origin, Setting, Settings};
use super::keys::KEYS;

/// A value, and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ShownSetting {
    /// `section.key`
    pub(crate) key: &'static str,
    /// The value with secrets masked; empty for none.
    pub(crate) value: String,
    /// `default`, `domesday.toml:3`, `DOMESDAY_HTTP__LISTEN`, `--listen`.
    pub(crate) origin: String,
    /// What the key is.
    pub(crate) help: &'static str,
}

impl Config {
    /// All keys, in the order of their list.
    pub(crate) fn show(&self) -> Vec<ShownSetting> {
        let shown = |key: &'static super::keys::Key| {
            let setting = self.settings.get(key.name)?;
            Some(ShownSetting {
                key: key.name,
                value: masked_of(key.name, &setting.text),
                origin: setting.origin.to_string(),
                help: key.help,
            })
        };
        KEYS.iter().filter_map(shown).collect()
    }
}

impl Config {
    /// All of it as an administrator looks at it on a page; of secrets, only that they are there.
    pub(crate) fn configured(&self) -> Vec<ConfiguredSetting> {
        configured_of(&self.settings, &self.tables_shown)
    }
}

impl Config {
    /// Whether the file holds what others must not read: secrets of providers and webhooks, tokens of tasks, the
    /// password of a database.
    pub(crate) fn has_secrets_in_file(&self) -> bool {
        let is_in_file = |setting: &Setting| matches!(setting.origin, Origin::File { .. });
        let is_said = |key: &str| {
            let setting = self.settings.get(key);
            setting.is_some_and(|setting| !setting.text.is_empty() && is_in_file(setting))
        };
        let has_password =
            ["mail.password", "kafka.password", "kafka.key_password", "traces.headers"];
        let of_database = ["database.url", "database.replica_url"].into_iter().any(|key| {
            self.settings.get(key).is_some_and(|setting| {
                let is_secret = Url::parse(&setting.text).is_ok_and(|url| url.password().is_some());
                is_secret && is_in_file(setting)
            })
        });
        let is_secret = |setting: &ConfiguredSetting| {
            matches!(setting.value, ConfiguredValue::Secret { is_set: true })
        };
        // Tables stand in the file alone.
        self.tables_shown.iter().any(is_secret)
            || has_password.into_iter().any(is_said)
            || of_database
    }
}

fn configured_of(settings: &Settings, providers: &[ConfiguredSetting]) -> Vec<ConfiguredSetting> {
    let shown = |key: &super::keys::Key| {
        let setting = settings.get(key.name)?;
        Some(ConfiguredSetting {
            key: key.name.to_owned(),
            value: configured(key.name, &setting.text),
            origin: setting.origin.to_string(),
            help: key.help.to_owned(),
        })
    };
    let mut all: Vec<ConfiguredSetting> = KEYS.iter().filter_map(shown).collect();
    // Behind the settings of the section that they belong to.
    let last = all.iter().rposition(|setting| setting.key.starts_with("identity."));
    let behind = last.map_or(all.len(), |at| at.saturating_add(1));
    all.splice(behind..behind, providers.iter().cloned());
    all
}

fn configured(key: &str, text: &str) -> ConfiguredValue {
    if is_secret_key(key) {
        ConfiguredValue::Secret { is_set: !text.is_empty() }
    } else if text.is_empty() {
        ConfiguredValue::Nothing
    } else {
        ConfiguredValue::Text(masked(text))
    }
}

fn is_secret_key(key: &str) -> bool {
    let words = ["password", "secret", "token", "traces.headers"];
    words.iter().any(|word| key.ends_with(word))
}

/// A key that is a secret as a whole shows nothing of it.
pub(super) fn masked_of(key: &str, text: &str) -> String {
    if is_secret_key(key) && !text.is_empty() { "***".to_owned() } else { masked(text) }
}

/// The text with the password of an address masked, in its authority and in its query.
pub(in crate::config) fn masked(text: &str) -> String {
    let Ok(mut url) = Url::parse(text) else {
        return mask_by_hand(text);
    };
    let has_secret_query = url.query_pairs().any(|(name, _)| is_secret(&name));
    if url.password().is_none() && !has_secret_query {
        return text.to_owned();
    }
    if url.password().is_some() && url.set_password(Some("***")).is_err() {
        return mask_by_hand(text);
    }
    if has_secret_query {
        let pairs: Vec<(String, String)> = url
            .query_pairs()
            .map(|(name, value)| {
                let value = if is_secret(&name) { "***" } else { &*value };
                (name.clone().into_owned(), value.to_owned())
            })
            .collect();
        url.query_pairs_mut().clear().extend_pairs(pairs);
    }
    url.to_string()
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["pass", "secret", "token"].iter().any(|word| name.contains(word))
}

/// An address that can't be parsed but may hold a password all the same.
fn mask_by_hand(text: &str) -> String {
    match (text.split_once("://"), text.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://***@{host}"),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Sources;

    #[test]
    fn passwords_are_masked_wherever_they_stand() {
        let cases = [
            ("sqlite:domesday.sqlite3", "sqlite:domesday.sqlite3"),
            ("postgres://a@h/d", "postgres://a@h/d"),
            ("postgres://a:s3cret@h:5432/d", "postgres://a:***@h:5432/d"),
            ("postgres://h/d?user=a&password=s3cret", "postgres://h/d?user=a&password=***"),
            ("postgres://a:s3/cr@et@h:x/d", "postgres://***@h:x/d"),
            ("127.0.0.1:8080", "127.0.0.1:8080"),
        ];
        for (text, expected) in cases {
            assert_eq!(masked(text), expected);
        }
    }

    /// A secret in every place that can hold one.
    const SECRETS: &str = r#"
[database]
url = "postgres://a:Hush-1@h/d?sslpassword=Hush-2"

[cache]
url = "memcached://a:Hush-3@h:11211"

[mail]
url = "smtps://b:Hush-4@mail.example.org"
from = "d@example.org"
user = "d"
password = "Hush-5"

[[identity.handoff]]
name = "gate"
sign_in_url = "https://a:Hush-6@gate.example/?token=Hush-7"
audience = "https://d.example"
secrets = ["Hush-8-0123456789012345678901", "Hush-9-0123456789012345678901"]

[[identity.oidc]]
name = "sso"
issuer = "https://sso.example"
client_id = "d"
client_secret = "Hush-10"
scopes = ["openid", "groups"]
groups = { "/ops" = "operators" }

[[identity.ldap]]
name = "staff"
url = "ldaps://ldap.example"
user_base = "ou=people"
bind_dn = "cn=d"
bind_password = "Hush-11"
key_of_tomorrow = "Hush-12"
"#;

    #[test]
    fn no_secret_can_be_seen_on_the_page_of_the_configuration() {
        let sources =
            Sources { file: Some(("x.toml".to_owned(), SECRETS.to_owned())), ..Sources::default() };
        let mut faults = Vec::new();
        // Whether all of it can be used is nothing to what is shown.
        let (settings, tables) = crate::config::gather::gather(&sources, &mut faults);
        let all = configured_of(&settings, &tables.shown);
        let seen = format!("{all:?}");
        assert!(!seen.contains("Hush"), "{seen}");
        let of = |key: &str| {
            let setting = all.iter().find(|setting| setting.key == key).unwrap();
            (setting.value.clone(), setting.origin.as_str())
        };
        let text = |text: &str| ConfiguredValue::Text(text.to_owned());
        let is_set = ConfiguredValue::Secret { is_set: true };
        assert_eq!(of("database.url").0, text("postgres://a:***@h/d?sslpassword=***"));
        assert_eq!(of("mail.password"), (is_set.clone(), "x.toml:12"));
        assert_eq!(of("identity.handoff.gate.secrets"), (is_set.clone(), "x.toml:18"));
        assert_eq!(of("identity.oidc.sso.client_secret").0, is_set);
        assert_eq!(of("identity.oidc.sso.scopes").0, text("openid, groups"));
        assert_eq!(of("identity.oidc.sso.groups"), (text("/ops = operators"), "x.toml:26"));
        assert_eq!(of("identity.ldap.staff.bind_dn").0, text("cn=d"));
        assert_eq!(of("identity.ldap.staff.bind_password").0, is_set);
        assert_eq!(of("identity.ldap.staff.key_of_tomorrow").0, is_set);
        assert_eq!(of("identity.session_idle"), (text("12h"), "default"));
        assert_eq!(of("http.public_url"), (ConfiguredValue::Nothing, "default"));
        // Those of one section stand together.
        let sections = all.iter().map(|setting| setting.key.split('.').next().unwrap());
        let mut sections: Vec<&str> = sections.collect();
        sections.dedup();
        let distinct: std::collections::BTreeSet<_> = sections.iter().collect();
        assert_eq!(sections.len(), distinct.len(), "{sections:?}");
        let none = Config::read(&Sources::default()).unwrap().configured();
        assert_eq!(none.len(), KEYS.len());
        let password = none.iter().find(|setting| setting.key == "mail.password").unwrap();
        assert_eq!(password.value, ConfiguredValue::Secret { is_set: false });
    }

    #[test]
    fn every_key_is_shown_with_where_it_came_from() {
        let sources = Sources {
            file: Some(("x.toml".to_owned(), "\n[log]\nlevel = \"debug\"".to_owned())),
            variables: vec![("DOMESDAY_LOG__FORMAT".to_owned(), "json".to_owned())],
            flags: vec![("http.listen", "--listen", "[::1]:80".to_owned())],
        };
        let shown = Config::read(&sources).unwrap().show();
        let of = |key: &str| {
            let setting = shown.iter().find(|setting| setting.key == key).unwrap();
            (setting.value.as_str(), setting.origin.as_str())
        };
        assert_eq!(shown.len(), KEYS.len());
        assert_eq!(of("log.level"), ("debug", "x.toml:3"));
        assert_eq!(of("log.format"), ("json", "DOMESDAY_LOG__FORMAT"));
        assert_eq!(of("http.listen"), ("[::1]:80", "--listen"));
        assert_eq!(of("http.public_url"), ("", "default"));
    }
}
