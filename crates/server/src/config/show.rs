//! The configuration as people look at it: each value, and where it came from, without secrets.

use url::Url;

use super::Config;
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

/// A key that is a secret as a whole shows nothing of it.
pub(super) fn masked_of(key: &str, text: &str) -> String {
    let is_secret = key.ends_with("password") && !text.is_empty();
    if is_secret { "***".to_owned() } else { masked(text) }
}

/// The text with the password of an address masked, in its authority and in its query.
pub(super) fn masked(text: &str) -> String {
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
    name.to_ascii_lowercase().contains("pass")
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
