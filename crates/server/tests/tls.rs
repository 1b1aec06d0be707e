//! TLS from PEM files, which are read again while the program serves.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "what tests share may fail as they do")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// The program, serving TLS; killed when a test fails half-way.
struct Server {
    child: Child,
    url: String,
    log: BufReader<std::process::ChildStderr>,
}

impl Server {
    fn start(folder: &Path) -> Self {
        let mut child = command(folder)
            .args(["serve", "--json", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let announced: serde_json::Value = serde_json::from_str(&line).unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        Self { child, url: announced.get("url").unwrap().as_str().unwrap().to_owned(), log }
    }

    fn read_again(&mut self, told: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-HUP", &id]).status().unwrap().success());
        let mut line = String::new();
        while !line.contains(told) {
            line.clear();
            assert_ne!(self.log.read_line(&mut line).unwrap(), 0, "the log ended");
        }
    }

    /// What a client hears that believes in this certificate alone.
    fn get(&self, believed: &CertificateDer<'static>, path: &str) -> std::io::Result<String> {
        let mut roots = RootCertStore::empty();
        roots.add(believed.clone()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = "localhost".try_into().unwrap();
        let connection = ClientConnection::new(Arc::new(config), name).unwrap();
        let socket = TcpStream::connect(self.url.trim_start_matches("https://"))?;
        let mut stream = StreamOwned::new(connection, socket);
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_domesday"));
    command
        .env("DOMESDAY_HTTP__TLS_CERTIFICATE", "cert.pem")
        .env("DOMESDAY_HTTP__TLS_KEY", "key.pem")
        .current_dir(folder)
        .stdin(Stdio::null());
    command
}

/// Puts a new certificate for this machine, and its key, where the program looks.
fn renew(folder: &Path) -> CertificateDer<'static> {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap();
    std::fs::write(folder.join("cert.pem"), certificate.pem()).unwrap();
    std::fs::write(folder.join("key.pem"), key.serialize_pem()).unwrap();
    certificate.der().clone()
}

#[test]
fn a_certificate_that_is_renewed_is_served_from_then_on() {
    let folder = tempfile::tempdir().unwrap();
    let first = renew(folder.path());
    let mut server = Server::start(folder.path());
    assert!(server.url.starts_with("https://127.0.0.1:"), "{}", server.url);
    let page = server.get(&first, "/login/").unwrap();
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    assert!(page.contains("strict-transport-security: max-age="), "{page}");
    assert!(page.contains("set-cookie: __Host-domesday_sign_in="), "{page}");

    let second = renew(folder.path());
    assert!(server.get(&second, "/healthz").is_err(), "it was not read yet");
    server.read_again("the certificate was read again");
    assert!(server.get(&second, "/healthz").unwrap().starts_with("HTTP/1.1 200"));
    assert!(server.get(&first, "/healthz").is_err(), "the first is served no more");

    // Nobody vouches for this certificate, and health asks by an address that it is not for.
    let mut health = command(folder.path());
    health.arg("health").env("DOMESDAY_HTTP__LISTEN", server.url.trim_start_matches("https://"));
    let told = String::from_utf8(health.output().unwrap().stdout).unwrap();
    assert_eq!(told, format!("{} is ready.\n", server.url));
    let mut named = command(folder.path());
    let named = named.args(["health", &server.url]).output().unwrap();
    assert_eq!(
        named.status.code(),
        Some(1),
        "who names an address wants its certificate to be good"
    );

    std::fs::write(folder.path().join("key.pem"), "half a key").unwrap();
    server.read_again("stays in use");
    assert!(server.get(&second, "/healthz").unwrap().starts_with("HTTP/1.1 200"));
}

#[test]
fn files_that_can_not_be_served_stop_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let told = || {
        let output = command(folder.path()).args(["serve", "--listen", "127.0.0.1:0"]).output();
        let output = output.unwrap();
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(told().contains("cert.pem can't be read"));
    renew(folder.path());
    let of_another = std::fs::read(folder.path().join("key.pem")).unwrap();
    renew(folder.path());
    std::fs::write(folder.path().join("key.pem"), of_another).unwrap();
    assert!(told().contains("do not go together"));
}
