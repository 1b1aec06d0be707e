//! `[traces]`: where traces are sent, and which.

use std::path::PathBuf;

use domain::secret::Secret;
use url::Url;

use super::Reader;

/// What collectors listen at, behind their address. *Source:* OTLP/HTTP.
const PATH: &str = "/v1/traces";

/// Where traces are sent, and which.
#[derive(Clone, Debug)]
pub(crate) struct TracesSettings {
    /// The address that they are posted to.
    pub(crate) endpoint: Url,
    /// What else is sent: names and values.
    pub(crate) headers: Vec<(String, Secret)>,
    /// Which part of what begins here is traced, from 0 to 1.
    pub(crate) sample: f64,
    /// What collectors call us.
    pub(crate) service_name: String,
    /// Authorities of the collector's certificate; the public ones where there is none.
    pub(crate) ca_file: Option<PathBuf>,
}

impl Reader<'_> {
    /// The settings, where there is a collector.
    pub(super) fn traces(&mut self) -> Option<TracesSettings> {
        let sample = self.value("traces.sample", "a number from 0 to 1 such as 0.1", |text| {
            text.parse().ok().filter(|part| (0.0..=1.0).contains(part))
        });
        let expected = "names and values such as Authorization=Bearer x, parted by commas";
        let headers = match self.optional("traces.headers") {
            None => Some(Vec::new()),
            Some(_) => self.value("traces.headers", expected, headers),
        };
        self.optional("traces.endpoint")?;
        let endpoint =
            self.value("traces.endpoint", "an address such as http://HOST:4318", endpoint);
        Some(TracesSettings {
            endpoint: endpoint?,
            headers: headers?,
            sample: sample?,
            service_name: self.optional("traces.service_name").unwrap_or("domesday").to_owned(),
            ca_file: self.optional("traces.ca_file").map(PathBuf::from),
        })
    }
}

/// An address; one without a path is that of a collector.
fn endpoint(text: &str) -> Option<Url> {
    let mut url = Url::parse(text).ok()?;
    let is_one = matches!(url.scheme(), "http" | "https") && url.has_host();
    if url.path() == "/" {
        url.set_path(PATH);
    }
    is_one.then_some(url)
}

fn headers(text: &str) -> Option<Vec<(String, Secret)>> {
    let pairs = text.split(',').map(str::trim).filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=')?;
            let (name, value) = (name.trim(), value.trim());
            let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            let is_value = value.bytes().all(|byte| (b' '..=b'~').contains(&byte));
            (is_name && is_value && !name.is_empty())
                .then(|| (name.to_owned(), Secret::new(value.to_owned())))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_without_a_path_gets_that_of_collectors() {
        for (text, expected) in [
            ("http://collector:4318", Some("http://collector:4318/v1/traces")),
            ("http://collector:4318/", Some("http://collector:4318/v1/traces")),
            ("https://o.example/otlp/traces", Some("https://o.example/otlp/traces")),
            ("grpc://collector:4317", None),
            ("collector:4318", None),
        ] {
            assert_eq!(endpoint(text).as_ref().map(Url::as_str), expected, "{text}");
        }
    }

    #[test]
    fn headers_are_parted_by_commas() {
        let names = |text| {
            let told = headers(text)?;
            Some(told.into_iter().map(|(name, _)| name).collect::<Vec<_>>())
        };
        assert_eq!(
            names("Authorization=Bearer a=b, X-Scope=1"),
            Some(vec!["Authorization".to_owned(), "X-Scope".to_owned()])
        );
        assert_eq!(names("Authorization"), None);
        assert_eq!(names("a b=1"), None);
        assert_eq!(names("a=x\ny"), None);
    }
}
