//! Why a broker's certificate is not believed.
//!
//! librdkafka does not pass on what OpenSSL finds wrong with it, and to a user it is not the same
//! whether they must see to the authorities, to the name of the host, or to a renewal. So another
//! look is taken at the certificate, with rustls.

use std::io;
use std::net::{TcpStream, ToSocketAddrs as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CertificateError, ClientConfig, ClientConnection, RootCertStore};

use crate::KafkaError;
use crate::settings::Connection;

/// How long the look may take at each step.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is wrong with a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Finding {
    WrongHost,
    NotValidNow,
}

/// The same error, or one that says more.
pub(crate) async fn look(error: KafkaError, connection: &Connection) -> KafkaError {
    let KafkaError::BrokerNotTrusted { said } = error else {
        return error;
    };
    let authorities = connection.tls.as_ref().and_then(|tls| tls.ca_file.clone());
    let asked = said.clone();
    let looking = tokio::task::spawn_blocking(move || {
        let (host, port) = broker_in(&asked)?;
        finding(host, port, &authorities?)
    });
    match looking.await {
        Ok(Some(Finding::WrongHost)) => KafkaError::WrongHost { said },
        Ok(Some(Finding::NotValidNow)) => KafkaError::BrokerExpired { said },
        Ok(None) | Err(_) => KafkaError::BrokerNotTrusted { said },
    }
}

/// The broker that a text of librdkafka is about: `ssl://HOST:PORT/NUMBER: ...`.
fn broker_in(said: &str) -> Option<(&str, u16)> {
    let (_, address) = said.split_once("://")?;
    let (address, _) = address.split_once('/')?;
    let (host, port) = address.rsplit_once(':')?;
    Some((host.trim_start_matches('[').trim_end_matches(']'), port.parse().ok()?))
}

/// What is wrong with a broker's certificate, where that is one of the two.
fn finding(host: &str, port: u16, authorities: &Path) -> Option<Finding> {
    let Ok(name) = ServerName::try_from(host.to_owned()) else {
        // No certificate can name it.
        return Some(Finding::WrongHost);
    };
    let address = (host, port).to_socket_addrs().ok()?.next()?;
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream.set_write_timeout(Some(PATIENCE)).ok()?;
    let mut client = ClientConnection::new(believing(authorities)?, name).ok()?;
    client.complete_io(&mut stream).err().and_then(|error| meaning(&error))
}

fn believing(authorities: &Path) -> Option<Arc<ClientConfig>> {
    let certificates: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(authorities).ok()?.collect();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates.ok()?);
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().ok()?;
    Some(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
}

#[expect(clippy::wildcard_enum_match_arm, reason = "only two faults are looked for")]
fn meaning(error: &io::Error) -> Option<Finding> {
    let rustls::Error::InvalidCertificate(fault) = error.get_ref()?.downcast_ref()? else {
        return None;
    };
    match fault {
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            Some(Finding::WrongHost)
        }
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => Some(Finding::NotValidNow),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_broker_is_found_in_what_is_said_of_it() {
        let of = |said| broker_in(said).map(|(host, port)| format!("{host} {port}"));
        let expect = |text: &str| Some(text.to_owned());
        assert_eq!(of("ssl://kafka-1:9093/bootstrap: x"), expect("kafka-1 9093"));
        assert_eq!(of("sasl_ssl://[2001:db8::1]:9093/1: x"), expect("2001:db8::1 9093"));
        assert_eq!(of("1/1 brokers are down"), None);
        assert_eq!(of("ssl://kafka/1"), None);
    }
}
