//! Traces, as a collector gets them: what belongs to what, and what becomes of the program where there is
//! no collector.
#![cfg(unix)]
#![allow(dead_code, reason = "rooms that are shared with other tests")]
#![expect(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test ends where it can't go on"
)]

mod replicas;
mod shell;

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use replicas::Fleet;
use rustix::process::{Pid, Signal, kill_process};
use shell::{Shell, json};
use tokio::net::TcpListener;
use tokio::sync::Notify;

/// Nothing here takes so long, on a busy machine either.
const PATIENCE: Duration = Duration::from_mins(1);
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

/// Takes spans, as a collector does.
#[derive(Clone, Default)]
struct Collector(Arc<Got>);

#[derive(Default)]
struct Got {
    requests: Mutex<Vec<ExportTraceServiceRequest>>,
    headers: Mutex<HeaderMap>,
    came: Notify,
}

async fn take(State(collector): State<Collector>, headers: HeaderMap, body: Bytes) -> Vec<u8> {
    assert_eq!(headers["content-type"], "application/x-protobuf");
    *collector.0.headers.lock().unwrap() = headers;
    let request = ExportTraceServiceRequest::decode(body).unwrap();
    collector.0.requests.lock().unwrap().push(request);
    collector.0.came.notify_one();
    Vec::new()
}

impl Collector {
    /// Starts one, and gives its address.
    async fn start() -> (Self, String) {
        let collector = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let routes = axum::Router::new().route("/v1/traces", post(take));
        let routes = routes.with_state(collector.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        (collector, address)
    }

    fn spans(&self) -> Vec<Span> {
        let requests = self.0.requests.lock().unwrap();
        let resources = requests.iter().flat_map(|request| &request.resource_spans);
        let scopes = resources.flat_map(|resource| &resource.scope_spans);
        scopes.flat_map(|scope| scope.spans.clone()).collect()
    }

    /// Waits until there is a span that is it.
    async fn span(&self, what: &str, is_it: impl Fn(&Span) -> bool + Send + Sync) -> Span {
        let found = async {
            loop {
                let came = self.0.came.notified();
                if let Some(span) = self.spans().into_iter().find(&is_it) {
                    return span;
                }
                came.await;
            }
        };
        let names = || self.spans().iter().map(|span| span.name.clone()).collect::<Vec<_>>();
        let found = tokio::time::timeout(PATIENCE, found).await;
        found.unwrap_or_else(|_| unreachable!("no {what} among {:?}", names()))
    }
}

fn attribute(span: &Span, name: &str) -> Option<Value> {
    let found = span.attributes.iter().find(|attribute| attribute.key == name)?;
    found.value.clone()?.value
}

fn text(text: &str) -> Value {
    Value::StringValue(text.to_owned())
}

fn bytes_of(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks(2);
    digits.map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap()).collect()
}

fn client() -> reqwest::Client {
    let tls = identity::tls::client_config(None).unwrap();
    reqwest::Client::builder().tls_backend_preconfigured(tls).build().unwrap()
}

fn with_people(shell: &Shell) -> String {
    shell.ok("user add root --group administrators");
    let made = json(&shell.ok("token create --user root --json"));
    made["token"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_a_trace_with_what_it_did() {
    let (collector, address) = Collector::start().await;
    let shell = Shell::new();
    let token = with_people(&shell);
    let settings = format!(
        "[traces]\nendpoint = \"{address}\"\nheaders = \"X-Scope=ops\"\nsample = 1\n\
         service_name = \"register\"\n"
    );
    shell.write("domesday.toml", &settings);
    let fleet = Fleet::start(&shell, 1);
    let (_, address) = fleet.address(0);
    let url = format!("http://{address}/api/tags/");
    let asked = client().post(&url).bearer_auth(&token).header("x-request-id", "first");
    let asked = asked.header("traceparent", format!("00-{TRACE}-{PARENT}-01"));
    let asked = asked.header("content-type", "application/json").body(r#"{"name": "ssd"}"#);
    let answer = asked.send().await.unwrap();
    assert!(answer.status().is_success());

    let is = |name: &'static str| move |span: &Span| span.name == name;
    let request = collector.span("request", is("POST /api/{plural}/")).await;
    assert_eq!(request.trace_id, bytes_of(TRACE));
    assert_eq!(request.parent_span_id, bytes_of(PARENT));
    assert_eq!(attribute(&request, "http.route"), Some(text("/api/{plural}/")));
    assert_eq!(attribute(&request, "request_id"), Some(text("first")));
    assert_eq!(attribute(&request, "enduser.id"), Some(text("root")));
    assert_eq!(attribute(&request, "http.response.status_code"), Some(Value::IntValue(201)));
    let of_request = |span: &Span| span.parent_span_id == request.span_id;
    let writes = |span: &Span| attribute(span, "kind") == Some(text("write"));
    let wrote = |span: &Span| span.name == "transaction" && writes(span) && of_request(span);
    let transaction = collector.span("write", wrote).await;
    let commit = |span: &Span| span.name == "commit" && span.parent_span_id == transaction.span_id;
    assert_eq!(collector.span("commit", commit).await.trace_id, bytes_of(TRACE));

    // A read begins a trace of its own; asked for again, it asks the cache and no database.
    for id in ["read-1", "read-2", "read-3"] {
        let asked = client().get(&url).bearer_auth(&token).header("x-request-id", id);
        asked.send().await.unwrap().error_for_status().unwrap();
    }
    let of = |id: &'static str| move |span: &Span| attribute(span, "request_id") == Some(text(id));
    let again = collector.span("read", of("read-3")).await;
    assert!(again.parent_span_id.is_empty() && again.trace_id != bytes_of(TRACE));
    assert_eq!(attribute(&again, "cache"), Some(text("hit")));
    let looked = |span: &Span| span.name == "cache" && span.trace_id == again.trace_id;
    let looked = collector.span("look at the cache", looked).await;
    assert_eq!(attribute(&looked, "hit"), Some(Value::BoolValue(true)));
    let in_trace = |span: &&Span| span.trace_id == again.trace_id;
    assert_eq!(collector.spans().iter().filter(in_trace).count(), 2);

    let requests = collector.0.requests.lock().unwrap();
    let resource = requests[0].resource_spans[0].resource.clone().unwrap();
    let service = KeyValue {
        key: "service.name".to_owned(),
        value: Some(AnyValue { value: Some(text("register")) }),
        ..KeyValue::default()
    };
    assert!(resource.attributes.contains(&service), "{resource:?}");
    assert_eq!(collector.0.headers.lock().unwrap()["x-scope"], "ops");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_away_holds_nobody_up() {
    let shell = Shell::new();
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let settings = format!("[traces]\nendpoint = \"http://{nobody}\"\nsample = 1\n");
    shell.write("domesday.toml", &settings);
    let mut program = shell.command("serve --json --listen 127.0.0.1:0");
    let log = std::fs::File::create(shell.path().join("log")).unwrap();
    let mut program = program.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
    let mut line = String::new();
    let mut stdout = BufReader::new(program.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    let url = json(&line)["url"].as_str().unwrap().to_owned();
    let begun = Instant::now();
    while !shell.read("log").contains("the collector of traces takes none") {
        assert!(begun.elapsed() < PATIENCE, "{}", shell.read("log"));
        let asked = Instant::now();
        let answer = client().get(format!("{url}/healthz")).send().await.unwrap();
        assert!(answer.status().is_success());
        assert!(asked.elapsed() < Duration::from_secs(5), "nobody waits for a collector");
    }
    let process = Pid::from_raw(i32::try_from(program.id()).unwrap()).unwrap();
    let told = Instant::now();
    kill_process(process, Signal::TERM).unwrap();
    let ended = tokio::task::spawn_blocking(move || program.wait()).await.unwrap().unwrap();
    assert!(ended.success(), "{}", shell.read("log"));
    assert!(told.elapsed() < Duration::from_secs(20), "it ends all the same");
    assert!(!shell.read("log").contains("panicked"), "{}", shell.read("log"));
}
