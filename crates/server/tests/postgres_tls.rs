//! PostgreSQL across a network: its certificate is believed where the authority that is named vouches
//! for it, and nowhere else.
#![cfg(unix)]
#![allow(dead_code, reason = "rooms that are shared with other tests")]
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test ends where it can't go on"
)]

#[path = "fault/postgres.rs"]
mod postgres;
mod replicas;
mod shell;

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use postgres::{Postgres, programs};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use shell::Shell;

/// An authority of our own.
fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// Puts a certificate for `localhost` and its key into the folder of a server.
fn certified(by: &CertifiedIssuer<'static, KeyPair>, folder: &Path) -> Vec<String> {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &**by).unwrap();
    let (certificate_file, key_file) = (folder.join("server.crt"), folder.join("server.key"));
    std::fs::write(&certificate_file, certificate.pem()).unwrap();
    std::fs::write(&key_file, key.serialize_pem()).unwrap();
    std::fs::set_permissions(&key_file, std::fs::Permissions::from_mode(0o600)).unwrap();
    vec![
        "ssl=on".to_owned(),
        format!("ssl_cert_file={}", certificate_file.display()),
        format!("ssl_key_file={}", key_file.display()),
    ]
}

#[test]
fn the_authority_that_is_named_is_believed_and_no_other() {
    let Some(programs) = programs() else { return };
    let (ours, other) = (authority(), authority());
    let postgres = Postgres::start_with(programs, |folder| certified(&ours, folder));
    let shell = Shell::new();
    shell.write("ours.pem", &ours.pem());
    shell.write("other.pem", &other.pem());
    shell.write("none.pem", "no certificate\n");
    let url = |host: &str| {
        let port = postgres.port;
        format!("postgres://postgres@{host}:{port}/postgres?sslmode=require")
    };
    let config = |name: &str, host: &str, ca_file: Option<&str>| {
        let ca_file = ca_file.map(|file| format!("ca_file = \"{file}\"\n")).unwrap_or_default();
        shell.write(name, &format!("[database]\nurl = \"{}\"\n{ca_file}", url(host)));
        format!("export dc --format csv --config {name}")
    };
    let told = shell.ok(&config("ours.toml", "localhost", Some("ours.pem")));
    assert!(told.starts_with("id,name"), "{told}");
    for (name, host, ca_file, why) in [
        ("other.toml", "localhost", Some("other.pem"), "certificate"),
        ("public.toml", "localhost", None, "certificate"),
        ("address.toml", "127.0.0.1", Some("ours.pem"), "certificate"),
        ("none.toml", "localhost", Some("none.pem"), "none.pem"),
        ("away.toml", "localhost", Some("away.pem"), "away.pem"),
    ] {
        let told = shell.fails(&config(name, host, ca_file), 1);
        assert!(told.contains(why), "{name}: {told}");
    }
}
