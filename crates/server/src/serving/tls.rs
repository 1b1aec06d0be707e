//! TLS from PEM files, which are read again when they change.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum_server::tls_rustls::RustlsConfig;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::config::PemFiles;

/// How often the files are looked at: whoever renews a certificate does so days before it ends.
const LOOKED_AT_EVERY: Duration = Duration::from_secs(30);

/// What connections are secured with.
pub(crate) struct Tls {
    files: PemFiles,
    config: RustlsConfig,
    loaded: KeptFiles,
}

/// A certificate and its key, as the files held them.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct KeptFiles {
    pub(crate) certificate: Vec<u8>,
    key: Vec<u8>,
}

impl KeptFiles {
    /// Reads the files.
    pub(crate) fn read(files: &PemFiles) -> anyhow::Result<Self> {
        let read = |path: &std::path::Path| {
            std::fs::read(path).with_context(|| format!("{} can't be read", path.display()))
        };
        Ok(Self { certificate: read(&files.certificate)?, key: read(&files.key)? })
    }

    /// What they come to, if they belong together.
    pub(crate) fn config(&self, files: &PemFiles) -> anyhow::Result<ServerConfig> {
        let (certificate, key) = (files.certificate.display(), files.key.display());
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&self.certificate)
            .collect::<Result<_, _>>()
            .with_context(|| format!("{certificate} is no certificate in PEM"))?;
        anyhow::ensure!(!chain.is_empty(), "{certificate} has no certificate in PEM");
        let own_key = PrivateKeyDer::from_pem_slice(&self.key)
            .with_context(|| format!("{key} has no key in PEM"))?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, own_key)
            .with_context(|| format!("{certificate} and {key} do not go together"))?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(config)
    }
}

impl Tls {
    /// Reads the files.
    ///
    /// # Errors
    /// When they can't be read, or do not belong together.
    pub(crate) fn open(files: &PemFiles) -> anyhow::Result<Self> {
        let loaded = KeptFiles::read(files)?;
        let config = RustlsConfig::from_config(Arc::new(loaded.config(files)?));
        Ok(Self { files: files.clone(), config, loaded })
    }

    pub(super) fn config(&self) -> RustlsConfig {
        self.config.clone()
    }

    /// Reads the files again whenever they change, or the program is told to by SIGHUP. Connections
    /// that are open stay as they are; files that can't be used change nothing.
    pub(super) async fn keep_fresh(&self) {
        let mut hangups = match hangups() {
            Ok(hangups) => hangups,
            Err(error) => {
                tracing::warn!(%error, "SIGHUP is not heard: certificates are read every 30 s");
                Hangups::default()
            }
        };
        let mut looked_at = self.loaded.clone();
        loop {
            let is_told = tokio::select! {
                () = hangups.next() => true,
                () = tokio::time::sleep(LOOKED_AT_EVERY) => false,
            };
            self.look(&mut looked_at, is_told);
        }
    }

    /// Takes what the files hold by now, if that is new and can be used.
    fn look(&self, looked_at: &mut KeptFiles, is_told: bool) {
        let found = match KeptFiles::read(&self.files) {
            // Told once, when it begins: what is there stays in use.
            Ok(found) if found == *looked_at && !is_told => return,
            Ok(found) => found,
            Err(error) => {
                tracing::error!("the certificate can't be read again: {error:#}");
                return;
            }
        };
        match found.config(&self.files) {
            Ok(config) => {
                self.config.reload_from_config(Arc::new(config));
                tracing::info!("the certificate was read again");
            }
            Err(error) => tracing::error!("the certificate before it stays in use: {error:#}"),
        }
        *looked_at = found;
    }
}

/// Where there is no certificate, SIGHUP has nothing read again, and ends nothing.
pub(super) async fn hear_hangups() {
    let mut hangups = hangups().unwrap_or_default();
    loop {
        hangups.next().await;
        tracing::info!("SIGHUP: there is no certificate that could be read again");
    }
}

/// The times that the program is told to read its certificate again; none where there is no such
/// signal.
#[derive(Default)]
struct Hangups {
    #[cfg(unix)]
    signal: Option<tokio::signal::unix::Signal>,
}

impl Hangups {
    async fn next(&mut self) {
        #[cfg(unix)]
        if let Some(signal) = &mut self.signal
            && signal.recv().await.is_some()
        {
            return;
        }
        std::future::pending::<()>().await;
    }
}

#[cfg(unix)]
fn hangups() -> io::Result<Hangups> {
    use tokio::signal::unix::{SignalKind, signal};
    Ok(Hangups { signal: Some(signal(SignalKind::hangup())?) })
}

#[cfg(not(unix))]
fn hangups() -> io::Result<Hangups> {
    Ok(Hangups::default())
}
