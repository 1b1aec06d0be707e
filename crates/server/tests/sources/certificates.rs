//! Certificates by the authority of the broker, and by others.

use std::path::{Path, PathBuf};

use rcgen::{CertificateParams, DistinguishedName, DnType, Issuer, KeyPair};

use super::topics::variable;

/// The authority that the broker trusts, and is signed by.
pub(crate) fn authority() -> PathBuf {
    PathBuf::from(variable("TEST_KAFKA_CERTIFICATES")).join("authority.pem")
}

/// The file of an authority of the same name that has signed nothing of the broker's.
pub(crate) fn other_authority(folder: &Path) -> PathBuf {
    let certificate = params().self_signed(&KeyPair::generate().unwrap()).unwrap();
    let file = folder.join("other.pem");
    std::fs::write(&file, certificate.pem()).unwrap();
    file
}

/// Writes a certificate for a client by the broker's authority, and its key: `NAME.pem`, `NAME.key`.
pub(crate) fn identity(folder: &Path, name: &str) -> String {
    let key = PathBuf::from(variable("TEST_KAFKA_CERTIFICATES")).join("authority.key");
    let key = KeyPair::from_pem(&std::fs::read_to_string(key).unwrap()).unwrap();
    sign(folder, name, "register", key)
}

/// The same, by an authority that nobody trusts.
pub(crate) fn foreign_identity(folder: &Path, name: &str) -> String {
    sign(folder, name, "register", KeyPair::generate().unwrap())
}

fn sign(folder: &Path, file: &str, name: &str, authority: KeyPair) -> String {
    let mut client = CertificateParams::default();
    client.distinguished_name = DistinguishedName::new();
    client.distinguished_name.push(DnType::CommonName, name);
    let key = KeyPair::generate().unwrap();
    let certificate = client.signed_by(&key, &Issuer::new(params(), authority)).unwrap();
    std::fs::write(folder.join(format!("{file}.pem")), certificate.pem()).unwrap();
    std::fs::write(folder.join(format!("{file}.key")), key.serialize_pem()).unwrap();
    file.to_owned()
}

fn params() -> CertificateParams {
    let mut authority = CertificateParams::default();
    authority.distinguished_name = DistinguishedName::new();
    authority.distinguished_name.push(DnType::CommonName, "authority of a test");
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    authority
}
