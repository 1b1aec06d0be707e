//! `domesday serve`: the register over HTTP.

use anyhow::Context as _;
use clap::Args;
use tokio::net::TcpListener;

use super::output::{self, Output};
use crate::config::Config;
use crate::serving::{self, StopSignals, Tls};
use crate::wire;

/// Serve the register over HTTP until told to stop.
///
/// SIGTERM has /readyz say so, takes requests for a while more (http.drain) and then finishes what is
/// in flight, all within 25 seconds; Ctrl-C finishes at once, and a second signal breaks off. SIGHUP
/// has the certificate read again, which is looked at every 30 seconds anyway.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  domesday serve\n  domesday serve --listen 0.0.0.0:8080 \
                        --database postgres://domesday:secret@db/domesday\n  \
                        DOMESDAY_LOG__FORMAT=json domesday serve --schema racks.toml\n  \
                        DOMESDAY_HTTP__TLS_CERTIFICATE=cert.pem DOMESDAY_HTTP__TLS_KEY=key.pem domesday serve")]
pub(super) struct Serve {
    /// The address and port to listen on (http.listen).
    #[arg(long, value_name = "ADDRESS")]
    pub(super) listen: Option<String>,
}

pub(super) async fn serve(config: &Config, output: Output) -> anyhow::Result<()> {
    let tls = tls(config)?;
    let app = wire::open(config).await?;
    let listener = bind(config).await?;
    let url = serving::base_url(listener.local_addr()?, config);
    let mut signals = StopSignals::listen()?;
    announce(&url, output)?;
    if app.needs_administrator().await? {
        let secret = app.first_link(&wire::context(&app, None)).await?;
        let base = config.http.public_url.as_ref().unwrap_or(&url);
        output::note(format_args!(
            "Nobody can sign in yet. Make the first administrator, within a day, at\n\n  \
             {base}/auth/first/?code={secret}\n"
        ))?;
    }
    serving::run(app, listener, tls, config, &mut signals).await
}

pub(super) async fn bind(config: &Config) -> anyhow::Result<TcpListener> {
    let address = config.http.listen;
    TcpListener::bind(address)
        .await
        .with_context(|| format!("can't listen on {address}; choose another address with --listen"))
}

/// What TLS is served with, where that is configured.
pub(super) fn tls(config: &Config) -> anyhow::Result<Option<Tls>> {
    let open = |files| Tls::open(files).context("TLS can't be served");
    config.http.tls.as_ref().map(open).transpose()
}

fn announce(url: &str, output: Output) -> anyhow::Result<()> {
    if output.json {
        output::json(&serde_json::json!({ "url": url }))?;
    } else {
        output::line(format_args!("Domesday answers at {url}/"))?;
    }
    Ok(())
}
