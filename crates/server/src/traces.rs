//! Traces, for collectors that speak OpenTelemetry's protocol over HTTP.
//!
//! Spans of traces have the target `traces`, which no log takes and nothing else has. Where no
//! collector is configured nobody takes them: each place that would begin one looks at a flag that
//! says so, and goes on. Where one is, ended spans wait in a queue that drops what has no room, and a
//! thread of its own sends them; so a collector that is slow or away holds nobody up.
//!
//! *Source:* OTLP 1.x over HTTP with protobuf; W3C Trace Context.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use axum::http::HeaderMap;
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::{TraceContextExt as _, TracerProvider as _};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_http::{Bytes, HeaderExtractor, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracerProvider,
};
use reqwest::redirect::Policy;
use tokio::runtime::Handle;
use tracing::{Level, Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::registry::LookupSpan;

use crate::config::TracesSettings;

/// The target of the spans.
pub(crate) const TARGET: &str = "traces";
/// How long sending may take, with tries again: what comes meanwhile waits in the queue.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How often spans are sent.
const EVERY: Duration = Duration::from_secs(1);
/// How long the last spans may take at the program's end.
const GRACE: Duration = Duration::from_secs(3);

/// What keeps traces and sends them.
pub(crate) struct Traces {
    provider: SdkTracerProvider,
}

impl Traces {
    /// Begins to keep traces; must be called where the program's runtime is at work.
    ///
    /// # Errors
    /// When the collector's address or authorities can't be used.
    pub(crate) fn start(settings: &TracesSettings) -> anyhow::Result<Self> {
        let tls = identity::tls::client_config(settings.ca_file.as_deref())
            .context("traces can't be sent")?;
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(Policy::none())
            .timeout(TIMEOUT)
            .user_agent("domesday")
            .build()?;
        let carrier =
            Carrier { client, runtime: Handle::current(), is_away: AtomicBool::new(false) };
        let headers = settings.headers.iter();
        let headers: HashMap<String, String> =
            headers.map(|(name, value)| (name.clone(), value.expose().to_owned())).collect();
        let exporter = SpanExporter::builder()
            .with_http()
            .with_endpoint(settings.endpoint.as_str())
            .with_headers(headers)
            .with_timeout(TIMEOUT)
            .with_http_client(carrier)
            .build()
            .context("traces can't be sent")?;
        let resource = Resource::builder()
            .with_service_name(settings.service_name.clone())
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        // Whoever asks within a trace of their own has decided already.
        let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(settings.sample)));
        let batches = BatchConfigBuilder::default().with_scheduled_delay(EVERY).build();
        let provider = SdkTracerProvider::builder()
            .with_resource(resource)
            .with_sampler(sampler)
            .with_span_processor(
                BatchSpanProcessor::builder(exporter).with_batch_config(batches).build(),
            )
            .build();
        Ok(Self { provider })
    }

    /// What takes the spans.
    pub(crate) fn layer<S>(&self) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
    {
        let scope = InstrumentationScope::builder("domesday").build();
        tracing_opentelemetry::layer()
            .with_tracer(self.provider.tracer_with_scope(scope))
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_filter(Targets::new().with_target(TARGET, Level::INFO))
    }

    /// Sends what is left, for a while.
    pub(crate) async fn end(self) {
        let provider = self.provider;
        let ended = tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(GRACE));
        if !matches!(ended.await, Ok(Ok(()))) {
            tracing::warn!("the last spans of traces were not sent");
        }
    }
}

/// Has the span of a request belong to the trace that its headers tell of.
pub(crate) fn join(span: &Span, headers: &HeaderMap) {
    let told = TraceContextPropagator::new().extract(&HeaderExtractor(headers));
    if told.span().span_context().is_valid() && span.set_parent(told).is_err() {
        tracing::debug!("a request could not join its trace");
    }
}

/// Gives the span of a request a name, once its route is known.
pub(crate) fn name(span: &Span, name: String) {
    span.context().span().update_name(name);
}

/// Carries spans to the collector, on the program's runtime: the thread that asks for it has none.
struct Carrier {
    client: reqwest::Client,
    runtime: Handle,
    /// Whether the last try came to nothing.
    is_away: AtomicBool,
}

impl fmt::Debug for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Carrier(…)")
    }
}

type Sending<'a> = Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'a>>;

impl HttpClient for Carrier {
    fn send_bytes<'a, 'b>(&'a self, request: Request<Bytes>) -> Sending<'b>
    where
        'a: 'b,
        Self: 'b,
    {
        Box::pin(async move {
            let sent = self.runtime.spawn(send(self.client.clone(), request)).await;
            let sent = sent.map_err(HttpError::from).and_then(|sent| sent);
            self.note(&sent);
            sent
        })
    }
}

async fn send(
    client: reqwest::Client,
    request: Request<Bytes>,
) -> Result<Response<Bytes>, HttpError> {
    let (parts, body) = request.into_parts();
    let asked = client.request(parts.method, parts.uri.to_string()).headers(parts.headers);
    let answer = asked.body(body).send().await?;
    let (status, headers) = (answer.status(), answer.headers().clone());
    let mut response = Response::new(answer.bytes().await?);
    (*response.status_mut(), *response.headers_mut()) = (status, headers);
    Ok(response)
}

impl Carrier {
    /// Tells in the log when the collector goes away, and when it is back.
    fn note(&self, sent: &Result<Response<Bytes>, HttpError>) {
        let error = match sent {
            Ok(answer) if answer.status().is_success() => None,
            Ok(answer) => Some(format!("it answers {}", answer.status())),
            Err(error) => Some(told(&**error)),
        };
        let was_away = self.is_away.swap(error.is_some(), Ordering::Relaxed);
        match error {
            Some(error) if !was_away => {
                tracing::warn!(
                    error,
                    "the collector of traces takes none; spans are dropped meanwhile"
                );
            }
            None if was_away => tracing::info!("the collector of traces takes them again"),
            Some(_) | None => {}
        }
    }
}

/// An error with what it comes from, which is where the reason stands.
fn told(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
