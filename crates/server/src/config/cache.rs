//! `[cache]`: where answers are kept, and how old they may be.

use chrono::TimeDelta;

use super::{Reader, units};

/// The port of memcached where none is named.
const PORT: u16 = 11_211;
/// Older answers would be another thing than a cache.
const STALENESS_MAX: TimeDelta = TimeDelta::minutes(5);

/// Where answers are kept, and how old they may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CacheSettings {
    /// Bytes of answers that are kept in the process's own memory.
    pub(crate) memory: usize,
    /// The most bytes of one that is kept.
    pub(crate) body_limit: usize,
    /// The servers of memcached, each `host:port`.
    pub(crate) memcached: Vec<String>,
    /// How old answers may be; zero for not at all.
    pub(crate) max_staleness: TimeDelta,
}

impl Reader<'_> {
    pub(super) fn cache(&mut self) -> Option<CacheSettings> {
        let memory =
            self.value("cache.memory", "a size such as 64 MiB, or 0 for none", units::bytes);
        let body_limit = self.value("cache.body_limit", "a size such as 16 MiB", units::bytes);
        let expected = "a time up to 5m such as 2s, or 0 for not at all";
        let max_staleness = self.value("cache.max_staleness", expected, |text| {
            let age = TimeDelta::from_std(units::duration(text)?).ok()?;
            (age <= STALENESS_MAX).then_some(age)
        });
        let memcached = match self.optional("cache.url") {
            None => Some(Vec::new()),
            Some(_) => self.value("cache.url", "memcached://HOST:PORT,HOST:PORT", servers),
        };
        Some(CacheSettings {
            memory: memory?,
            body_limit: body_limit?,
            memcached: memcached?,
            max_staleness: max_staleness?,
        })
    }
}

/// `memcached://one:11211,two,[::1]:11211`
fn servers(text: &str) -> Option<Vec<String>> {
    let names = text.strip_prefix("memcached://")?.trim_end_matches('/');
    names.split(',').map(|name| server(name.trim())).collect()
}

fn server(name: &str) -> Option<String> {
    let url = url::Url::parse(&format!("memcached://{name}")).ok()?;
    let host = url.host_str().filter(|host| !host.is_empty())?;
    let is_bare = url.path().is_empty()
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    is_bare.then(|| format!("{host}:{}", url.port().unwrap_or(PORT)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_parted_by_commas() {
        for (text, expected) in [
            ("memcached://one:11211", Some(vec!["one:11211"])),
            ("memcached://one, two:4000/", Some(vec!["one:11211", "two:4000"])),
            ("memcached://[::1]:5,10.0.0.1", Some(vec!["[::1]:5", "10.0.0.1:11211"])),
            ("memcached://", None),
            ("memcached://one,,two", None),
            ("memcached://one:x", None),
            ("memcached://user@one", None),
            ("memcached://one/two", None),
            ("redis://one", None),
            ("one:11211", None),
        ] {
            let expected = expected.map(|names| names.into_iter().map(str::to_owned).collect());
            assert_eq!(servers(text), expected, "{text}");
        }
    }
}
