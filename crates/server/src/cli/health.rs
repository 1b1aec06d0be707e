//! `domesday health`: whether a running server is ready, for containers and supervisors that ask by
//! a command.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Args;
use reqwest::redirect::Policy;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use serde_json::Value;

use super::output::{self, Output};
use crate::config::Config;

/// How long the answer may take: whoever asks by a command asks again.
const TIME: Duration = Duration::from_secs(5);

/// Ask a running server whether it is ready: whether it answers, and its database does.
///
/// Ends with 0 where it is, with 1 where it is not.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  domesday health\n  \
                        domesday health http://127.0.0.1:8081\n  \
                        domesday health https://domesday.example.org --json")]
pub(super) struct Health {
    /// The address of the server; by default this machine's, at the port of http.listen.
    #[arg(value_name = "URL")]
    url: Option<String>,
}

impl Health {
    pub(super) async fn run(self, config: &Config, output: Output) -> anyhow::Result<()> {
        let (base, tls) = match self.url {
            Some(url) => {
                (url.trim_end_matches('/').to_owned(), identity::tls::client_config(None)?)
            }
            None => (here(config), tls_of_ourselves()?),
        };
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(Policy::none())
            .no_proxy()
            .timeout(TIME)
            .user_agent("domesday")
            .build()?;
        let url = format!("{base}/readyz");
        let answer = client.get(&url).send().await;
        let answer = answer.with_context(|| format!("{base} does not answer"))?;
        let status = answer.status();
        if !status.is_success() {
            let problem: Option<Value> =
                answer.text().await.ok().and_then(|text| serde_json::from_str(&text).ok());
            let detail = problem.as_ref().and_then(|problem| problem.get("detail")?.as_str());
            bail!(
                "{base} is not ready: {}",
                detail.map_or_else(|| status.to_string(), str::to_owned)
            );
        }
        if output.json {
            return Ok(output::json(&serde_json::json!({ "url": base, "ready": true }))?);
        }
        Ok(output::line(format_args!("{base} is ready."))?)
    }
}

/// Where somebody on this machine reaches the server of this configuration.
fn here(config: &Config) -> String {
    let scheme = if config.http.tls.is_some() { "https" } else { "http" };
    let listen = config.http.listen;
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip @ (IpAddr::V4(_) | IpAddr::V6(_)) => ip,
    };
    format!("{scheme}://{}", SocketAddr::new(ip, listen.port()))
}

/// TLS to our own port. Its certificate is for the name that people use, and may have ended, which
/// `domesday check` tells: no reason to have the server ended. Nothing secret is sent.
fn tls_of_ourselves() -> anyhow::Result<ClientConfig> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = Arc::new(AnyCertificate(Arc::clone(&provider)));
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth())
}

/// Takes whatever certificate is shown, by who has its key.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
