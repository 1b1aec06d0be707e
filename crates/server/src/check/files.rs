//! What the files that a configuration names say: who may read them, and whether a certificate is
//! good.

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use domain::record::Timestamp;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use url::Url;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::{Finding, advice, is_open_to_others, is_unsafe};
use crate::config::{Config, PemFiles};
use crate::serving::KeptFiles;

/// Renewals are due by then.
const ENDS_SOON: TimeDelta = TimeDelta::days(21);

pub(super) fn findings(config: &Config, now: Timestamp) -> Vec<Finding> {
    let mut found = Vec::new();
    if let Some(file) = &config.file
        && config.has_secrets_in_file()
        && is_open_to_others(file)
    {
        found.push(open_to_others(file, "the secrets in it"));
    }
    if let Some(path) = config.database.url.strip_prefix("sqlite:").map(Path::new)
        && is_open_to_others(path)
    {
        found.push(open_to_others(path, "the whole register and the hashes of passwords"));
    }
    if let Some(files) = &config.http.tls {
        if is_open_to_others(&files.key) {
            found.push(open_to_others(&files.key, "the key of the certificate"));
        }
        let host = config.http.public_url.as_deref().and_then(|url| Url::parse(url).ok());
        let host = host.as_ref().and_then(Url::host_str);
        found.extend(certificate(files, host, now));
    }
    found
}

fn open_to_others(path: &Path, what: &str) -> Finding {
    let path = path.display();
    is_unsafe(
        path.to_string(),
        format!("every user of this machine may read {what}: chmod o-r {path}"),
    )
}

/// Whether browsers take the certificate.
fn certificate(files: &PemFiles, host: Option<&str>, now: Timestamp) -> Vec<Finding> {
    let about = files.certificate.display().to_string();
    let kept = match KeptFiles::read(files).and_then(|kept| kept.config(files).map(|_| kept)) {
        Ok(kept) => kept,
        Err(error) => return vec![is_unsafe(about, format!("can't be served: {error:#}"))],
    };
    let Some(Ok(first)) = CertificateDer::pem_slice_iter(&kept.certificate).next() else {
        return Vec::new();
    };
    let Ok((_, parsed)) = X509Certificate::from_der(&first) else {
        return vec![advice(about, "can't be looked into")];
    };
    let mut found = Vec::new();
    let moment = |seconds| DateTime::<Utc>::from_timestamp(seconds, 0).unwrap_or(now);
    let begins = moment(parsed.validity().not_before.timestamp());
    let ends = moment(parsed.validity().not_after.timestamp());
    if now < begins {
        found.push(is_unsafe(&about, format!("is good only from {begins}")));
    }
    if now > ends {
        found.push(is_unsafe(&about, format!("ended on {ends}: renew it")));
    } else if ends - now < ENDS_SOON {
        found.push(advice(&about, format!("ends on {ends}: renew it")));
    }
    if let Some(host) = host
        && !is_for(&parsed, host)
    {
        let told = format!("is not for {host}, the host of http.public_url: browsers refuse it");
        found.push(is_unsafe(&about, told));
    }
    found
}

/// Whether a certificate names a host (RFC 9525, 6.3): a star stands for one whole label.
fn is_for(certificate: &X509Certificate<'_>, host: &str) -> bool {
    let Ok(Some(names)) = certificate.subject_alternative_name() else {
        return false;
    };
    names.value.general_names.iter().any(|name| match name {
        GeneralName::DNSName(name) => match name.strip_prefix("*.") {
            Some(parent) => {
                host.split_once('.').is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(parent))
            }
            None => name.eq_ignore_ascii_case(host),
        },
        GeneralName::IPAddress(bytes) => {
            host.trim_matches(['[', ']']).parse().is_ok_and(|address: std::net::IpAddr| {
                match address {
                    std::net::IpAddr::V4(address) => address.octets() == **bytes,
                    std::net::IpAddr::V6(address) => address.octets() == **bytes,
                }
            })
        }
        GeneralName::OtherName(..)
        | GeneralName::RFC822Name(_)
        | GeneralName::X400Address(_)
        | GeneralName::DirectoryName(_)
        | GeneralName::EDIPartyName(_)
        | GeneralName::URI(_)
        | GeneralName::RegisteredID(_)
        | GeneralName::Invalid(..) => false,
    })
}

#[cfg(test)]
mod tests {
    use super::super::Weight;
    use super::*;
    use rcgen::{CertificateParams, KeyPair};

    /// A certificate of January to December 2026, and its key.
    fn files(folder: &Path, names: &[&str]) -> PemFiles {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.not_before = rcgen::date_time_ymd(2026, 1, 1);
        params.not_after = rcgen::date_time_ymd(2026, 12, 31);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let files = PemFiles { certificate: folder.join("cert.pem"), key: folder.join("key.pem") };
        std::fs::write(&files.certificate, certificate.pem()).unwrap();
        std::fs::write(&files.key, key.serialize_pem()).unwrap();
        files
    }

    #[track_caller]
    fn check(files: &PemFiles, host: Option<&str>, date: &str, expected: &[(Weight, &str)]) {
        let now = format!("{date}T00:00:00Z").parse().unwrap();
        let found = certificate(files, host, now);
        assert_eq!(found.len(), expected.len(), "{date} {host:?}: {found:?}");
        for (one, (weight, words)) in found.iter().zip(expected) {
            assert_eq!(one.weight, *weight);
            assert!(one.told.contains(words), "{}", one.told);
        }
    }
    #[test]
    fn a_certificate_is_good_for_a_time_and_for_its_names() {
        use Weight::{Advice, Unsafe};
        let folder = tempfile::tempdir().unwrap();
        let names = ["d.example.org", "*.apps.example.org", "192.0.2.7", "2001:db8::7"];
        let files = files(folder.path(), &names);
        check(&files, None, "2026-06-01", &[]);
        for host in
            ["d.example.org", "D.Example.org", "a.apps.example.org", "192.0.2.7", "[2001:db8::7]"]
        {
            check(&files, Some(host), "2026-06-01", &[]);
        }
        for host in ["example.org", "a.b.apps.example.org", "apps.example.org", "192.0.2.8"] {
            check(&files, Some(host), "2026-06-01", &[(Unsafe, "is not for")]);
        }
        check(&files, None, "2025-12-31", &[(Unsafe, "is good only from")]);
        check(&files, None, "2026-12-20", &[(Advice, "ends on 2026-12-31")]);
        check(&files, None, "2027-01-02", &[(Unsafe, "ended on 2026-12-31")]);
    }

    #[test]
    fn files_that_do_not_go_together_are_told() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (mut mixed, files) = (files(one.path(), &["a"]), files(other.path(), &["b"]));
        mixed.key = files.key;
        let told = [(Weight::Unsafe, "do not go together")];
        check(&mixed, None, "2026-06-01", &told);
        mixed.key = "/nowhere/key.pem".into();
        check(&mixed, None, "2026-06-01", &[(Weight::Unsafe, "/nowhere/key.pem can't be read")]);
    }
}
