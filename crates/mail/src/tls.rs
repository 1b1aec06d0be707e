//! Whom we believe when the server shows its certificate.

use std::path::{Path, PathBuf};

use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::client::{
    Certificate, CertificateStore, Tls, TlsParameters, TlsParametersBuilder,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::settings::{Channel, Server};

/// Why no connection with TLS can be made.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// The file can't be read as certificates.
    #[error("can't read certificates from {}: {why}", path.display())]
    Unreadable {
        /// Where it should be.
        path: PathBuf,
        /// What the reader says.
        why: String,
    },
    /// The file has no certificate, so that nobody could be believed.
    #[error("{} has no certificate", path.display())]
    Empty {
        /// Where it is.
        path: PathBuf,
    },
    /// The library does not take what it is given.
    #[error("no connection with TLS can be prepared: {0}")]
    Tls(#[source] SmtpError),
}

/// How to speak to the server: with the authorities of a file in PEM and no others, or with the
/// public ones where no file is named.
///
/// # Errors
/// When the file can't be used, even where there is no TLS to use it for.
pub(crate) fn prepare(server: &Server, ca_file: Option<&Path>) -> Result<Tls, TrustError> {
    let builder = TlsParametersBuilder::new(server.host.clone());
    let builder = match ca_file {
        Some(path) => read_authorities(path)?.into_iter().fold(
            builder.certificate_store(CertificateStore::None),
            TlsParametersBuilder::add_root_certificate,
        ),
        // Who could show a false certificate could as well hide that the server offers TLS, so
        // refusing one would protect nobody here, and lose mail to servers that made their own.
        // Source: RFC 7435, section 1.2.
        None if server.channel == Channel::Offered => {
            builder.dangerous_accept_invalid_certs(true).dangerous_accept_invalid_hostnames(true)
        }
        None => builder.certificate_store(CertificateStore::WebpkiRoots),
    };
    let parameters: TlsParameters = builder.build().map_err(|error| match ca_file {
        Some(path) => unreadable(path, &error),
        None => TrustError::Tls(error),
    })?;
    Ok(match server.channel {
        Channel::Plain => Tls::None,
        Channel::Offered => Tls::Opportunistic(parameters),
        Channel::Asked => Tls::Required(parameters),
        Channel::FromTheStart => Tls::Wrapper(parameters),
    })
}

fn read_authorities(path: &Path) -> Result<Vec<Certificate>, TrustError> {
    let mut authorities = Vec::new();
    let certificates =
        CertificateDer::pem_file_iter(path).map_err(|error| unreadable(path, &error))?;
    for certificate in certificates {
        let certificate = certificate.map_err(|error| unreadable(path, &error))?;
        let authority = Certificate::from_der(certificate.to_vec());
        authorities.push(authority.map_err(|error| unreadable(path, &error))?);
    }
    if authorities.is_empty() {
        return Err(TrustError::Empty { path: path.to_owned() });
    }
    Ok(authorities)
}

fn unreadable(path: &Path, why: &dyn std::error::Error) -> TrustError {
    TrustError::Unreadable { path: path.to_owned(), why: why.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(channel: Channel) -> Server {
        Server { host: "mail.example.org".to_owned(), port: 25, channel }
    }

    #[track_caller]
    fn check_refused(content: &str, told: &str) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), content).unwrap();
        for channel in [Channel::Plain, Channel::Asked] {
            let error = prepare(&server(channel), Some(file.path())).unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
    }

    #[test]
    fn a_file_without_certificates_is_refused() {
        check_refused("", "has no certificate");
        check_refused("not pem at all", "has no certificate");
        let garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        check_refused(garbage, "can't read certificates");
        let nowhere = prepare(&server(Channel::Asked), Some(Path::new("/nowhere/ca.pem")));
        let error = nowhere.unwrap_err().to_string();
        assert!(error.contains("/nowhere/ca.pem"), "{error}");
    }

    #[test]
    fn each_channel_has_its_tls() {
        for (channel, expect) in [
            (Channel::Plain, "None"),
            (Channel::Offered, "Opportunistic"),
            (Channel::Asked, "Required"),
            (Channel::FromTheStart, "Wrapper"),
        ] {
            assert_eq!(format!("{:?}", prepare(&server(channel), None).unwrap()), expect);
        }
    }
}
