//! `domesday serve`: the register over HTTP.

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context as _;
use app::App;
use clap::Args;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::output::{self, Output};
use crate::config::Config;
use crate::wire;

/// How long requests may go on once the program was told to stop; below the 30 s after which
/// Kubernetes kills.
const GRACE: Duration = Duration::from_secs(25);

/// Serve the register over HTTP until told to stop.
///
/// Ctrl-C and SIGTERM finish what is in flight, for at most 25 seconds.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  domesday serve\n  domesday serve --listen 0.0.0.0:8080 \
                        --database postgres://domesday:secret@db/domesday\n  \
                        DOMESDAY_LOG__FORMAT=json domesday serve --schema racks.toml")]
pub(super) struct Serve {
    /// The address and port to listen on (http.listen).
    #[arg(long, value_name = "ADDRESS")]
    pub(super) listen: Option<String>,
}

pub(super) async fn serve(config: &Config, output: Output) -> anyhow::Result<()> {
    let app = wire::open(config).await?;
    let listener = bind(config).await?;
    let address = listener.local_addr()?;
    let told = signals()?;
    announce(address, output)?;
    if app.needs_administrator().await? {
        let secret = app.first_link(&wire::context(&app, None)).await?;
        let base = config.http.public_url.clone().unwrap_or_else(|| base_url(address));
        output::note(format_args!(
            "Nobody can sign in yet. Make the first administrator, within a day, at\n\n  \
             {base}/auth/first/?code={secret}\n"
        ))?;
    }
    run(app, listener, config, told).await
}

pub(super) async fn bind(config: &Config) -> anyhow::Result<TcpListener> {
    let address = config.http.listen;
    TcpListener::bind(address)
        .await
        .with_context(|| format!("can't listen on {address}; choose another address with --listen"))
}

fn announce(address: SocketAddr, output: Output) -> anyhow::Result<()> {
    if output.json {
        output::json(&serde_json::json!({ "url": base_url(address) }))?;
    } else {
        output::line(format_args!("Domesday answers at {}/api/", base_url(address)))?;
    }
    Ok(())
}

/// What addresses begin with for somebody on this machine.
pub(super) fn base_url(address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        format!("http://localhost:{}", address.port())
    } else {
        format!("http://{address}")
    }
}

/// Answers until `told` ends, then finishes what is in flight.
pub(super) async fn run(
    app: App,
    listener: TcpListener,
    config: &Config,
    told: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    let (stop, mut stopping) = watch::channel(false);
    let upkeep = tokio::spawn({
        let (app, replica, keep) = (app.clone(), wire::new_id(), config.history.keep);
        async move { app.upkeep(&replica, keep).await }
    });
    let serving = axum::serve(
        listener,
        wire::router(app, config).into_make_service_with_connect_info::<SocketAddr>(),
    )
    .with_graceful_shutdown(
        // The sender lives longer than the server, so that there is nothing to fail.
        async move { drop(stopping.wait_for(|is_told| *is_told).await) },
    );
    let outcome = tokio::select! {
        outcome = serving => outcome,
        () = async {
            told.await;
            tracing::info!("told to stop: finishing what is in flight");
            stop.send_replace(true);
            tokio::time::sleep(GRACE).await;
        } => {
            tracing::warn!("requests were still in flight and are given up");
            Ok(())
        }
    };
    upkeep.abort();
    outcome.context("the server failed")
}

/// Ends when somebody asks the program to stop.
#[cfg(unix)]
pub(super) fn signals() -> anyhow::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Ends when somebody asks the program to stop.
#[cfg(not(unix))]
pub(super) fn signals() -> anyhow::Result<impl Future<Output = ()>> {
    Ok(async move { drop(tokio::signal::ctrl_c().await) })
}
