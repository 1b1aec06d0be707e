//! The router behind a listener: with TLS or without, within limits of size and time, to a
//! graceful end.

mod background;
mod notices;
mod port;
mod stopping;
mod supervisor;
mod tls;
mod warm;
mod webhooks;

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

use anyhow::Context as _;
use app::App;
use axum::ServiceExt;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum_server::Handle;
use axum_server::accept::NoDelayAcceptor;
use axum_server::tls_rustls::RustlsAcceptor;
use mail::Mailer;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use web::WebService;

use crate::config::{Config, Http};
use crate::wire;
use background::Background;
use notices::Relay;
use port::Port;
use stopping::Stopping;

pub(crate) use stopping::StopSignals;
pub(crate) use tls::{KeptFiles, Tls};
pub(crate) use warm::{AskingToken, CacheWarm};

/// The most headers of a request: browsers send some twenty, proxies add as many.
const HEADERS_MAX: usize = 100;
/// How often a connection that many requests share is asked whether anybody is still there.
const ALIVE_EVERY: Duration = Duration::from_secs(30);
/// The most requests at once on such a connection.
const STREAMS_MAX: u32 = 100;

/// Answers until somebody asks the program to stop, then finishes what is in flight.
pub(crate) async fn run(
    app: App,
    listener: TcpListener,
    tls: Option<Tls>,
    config: &Config,
    signals: &mut StopSignals,
) -> anyhow::Result<()> {
    let app = wire::with_tasks(app, config);
    let service = wire::service(app.clone(), config);
    let host = host(&listener, config)?;
    let replica = wire::new_id();
    let works = wire::works(&app, config, (&service, &host), &replica)?;
    let stop = CancellationToken::new();
    let notices = relay(&app, &listener, config)?;
    let background = Background::start(&app, config, (works, &replica), notices, &stop)?;
    let handle = Handle::new();
    supervisor::tell("READY=1");
    let stopping = Stopping {
        ending: service.ending(),
        drain: config.http.drain,
        port: Port::of(&listener)?,
        handle: handle.clone(),
        background: stop.clone(),
    };
    let serving = serving(service, listener, tls.as_ref(), (config, handle));
    let whole = async {
        let outcome = tokio::select! {
            outcome = serving => outcome,
            () = async {
                match &tls {
                    Some(tls) => tls.keep_fresh().await,
                    None => tls::hear_hangups().await,
                }
            } => Ok(()),
        };
        stop.cancel();
        background.end().await;
        outcome.context("the server failed")
    };
    tokio::select! {
        outcome = whole => outcome,
        () = stopping.told_twice(signals) => {
            tracing::warn!("told to stop twice: what is in flight is broken off");
            Ok(())
        }
    }
}

/// What sends notices, where that is configured.
fn relay(app: &App, listener: &TcpListener, config: &Config) -> anyhow::Result<Option<Relay>> {
    let Some(settings) = &config.mail else {
        return Ok(None);
    };
    let base_url = match &config.http.public_url {
        Some(url) => url.clone(),
        None => base_url(listener.local_addr()?, config),
    };
    let mailer = Mailer::new(settings).context("mail can't be sent")?;
    Ok(Some(Relay { app: app.clone(), mailer, base_url, replica: wire::new_id() }))
}

/// What addresses begin with for somebody on this machine.
pub(crate) fn base_url(address: SocketAddr, config: &Config) -> String {
    let scheme = if config.http.tls.is_some() { "https" } else { "http" };
    if address.ip().is_unspecified() {
        format!("{scheme}://localhost:{}", address.port())
    } else {
        format!("{scheme}://{address}")
    }
}

/// The host that clients name.
fn host(listener: &TcpListener, config: &Config) -> anyhow::Result<HeaderValue> {
    let url = match &config.http.public_url {
        Some(url) => url.clone(),
        None => base_url(listener.local_addr()?, config),
    };
    let (_, host) = url.split_once("://").unwrap_or_default();
    let host = host.split('/').next().unwrap_or_default();
    HeaderValue::from_str(host).context("http.public_url names no host")
}

type Serving = Pin<Box<dyn Future<Output = io::Result<()>> + Send>>;

fn serving(
    service: WebService,
    listener: TcpListener,
    tls: Option<&Tls>,
    (config, handle): (&Config, Handle<SocketAddr>),
) -> Serving {
    let service = ServiceExt::<Request>::into_make_service_with_connect_info::<SocketAddr>(service);
    let mut server = axum_server::Server::from_listener(listener)
        .handle(handle)
        .first_request_timeout(config.http.header_timeout)
        .accept_error_handler(|peer, error| {
            tracing::debug!(?peer, %error, "a connection came to nothing");
        });
    limit(&mut server, &config.http);
    let plain = NoDelayAcceptor::new();
    match tls {
        None => Box::pin(server.acceptor(plain).serve(service)),
        Some(tls) => {
            let acceptor = RustlsAcceptor::new(tls.config())
                .handshake_timeout(config.http.header_timeout)
                .acceptor(plain);
            Box::pin(server.acceptor(acceptor).serve(service))
        }
    }
}

/// Nobody holds a connection by sending slowly, or fills our memory with headers.
fn limit<A: axum_server::Address>(server: &mut axum_server::Server<A>, http: &Http) {
    let bytes = usize::try_from(http.header_limit).unwrap_or(usize::MAX);
    let builder = server.http_builder();
    builder
        .http1()
        .header_read_timeout(http.header_timeout)
        .max_headers(HEADERS_MAX)
        .max_buf_size(bytes);
    builder
        .http2()
        .max_header_list_size(http.header_limit)
        .max_concurrent_streams(STREAMS_MAX)
        .keep_alive_interval(ALIVE_EVERY)
        .keep_alive_timeout(http.header_timeout);
}
