//! Whom we believe when a provider shows its certificate.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

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
    Tls(#[from] rustls::Error),
}

/// How to connect: with the authorities of a file in PEM and no others, or with the public ones
/// where no file is named. Somebody who names a file has authorities of their own, and then no
/// public one should be able to speak for the provider.
///
/// # Errors
/// When the file can't be used.
pub fn client_config(ca_file: Option<&Path>) -> Result<ClientConfig, TrustError> {
    let roots = match ca_file {
        Some(path) => read_roots(path)?,
        None => RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() },
    };
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

fn read_roots(path: &Path) -> Result<RootCertStore, TrustError> {
    let unreadable = |why: String| TrustError::Unreadable { path: path.to_owned(), why };
    let mut roots = RootCertStore::empty();
    let certificates =
        CertificateDer::pem_file_iter(path).map_err(|error| unreadable(error.to_string()))?;
    for certificate in certificates {
        let certificate = certificate.map_err(|error| unreadable(error.to_string()))?;
        roots.add(certificate).map_err(|error| unreadable(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(TrustError::Empty { path: path.to_owned() });
    }
    Ok(roots)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_refused(content: &str, told: &str) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), content).unwrap();
        let error = client_config(Some(file.path())).unwrap_err().to_string();
        assert!(error.contains(told), "{error}");
    }

    #[test]
    fn a_file_without_certificates_is_refused() {
        check_refused("", "has no certificate");
        check_refused("not pem at all", "has no certificate");
        let garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        check_refused(garbage, "can't read certificates");
        let error = client_config(Some(Path::new("/nowhere/ca.pem"))).unwrap_err().to_string();
        assert!(error.contains("/nowhere/ca.pem"), "{error}");
    }

    #[test]
    fn the_public_authorities_are_the_default() {
        assert!(client_config(None).is_ok());
    }
}
