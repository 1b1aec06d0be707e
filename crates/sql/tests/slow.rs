//! Statements that take long are told, and never with their values.

#![expect(clippy::unwrap_used, reason = "all of it is a test")]

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sql::{Settings, Store, write};
use tracing_subscriber::fmt::MakeWriter;

/// What was logged.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// What is logged while two statements run within a request.
fn logged(slow_query: Option<Duration>) -> String {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt().json().with_writer(lines.clone()).finish();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("a.sqlite3").display());
    tracing::subscriber::with_default(subscriber, || {
        runtime.block_on(async {
            let store = Store::open(Settings { slow_query, ..Settings::new(&url) }).await.unwrap();
            lines.0.lock().unwrap().clear();
            let names = ["hush".to_owned()];
            let span = tracing::info_span!("request", request_id = "req-7");
            let read = store.read(move |reader| write::tasks_stand(reader, &names));
            tracing::Instrument::instrument(read, span).await.unwrap();
        });
    });
    let told = lines.0.lock().unwrap().clone();
    String::from_utf8(told).unwrap()
}

#[test]
fn a_slow_statement_is_told_with_its_request_and_without_its_values() {
    let told = logged(Some(Duration::ZERO));
    let line = told.lines().find(|line| line.contains("FROM tasks")).unwrap();
    let line: serde_json::Value = serde_json::from_str(line).unwrap();
    assert_eq!(line["level"], "WARN");
    assert_eq!(line["fields"]["message"], "a statement was slow");
    assert_eq!(line["fields"]["rows"], 0);
    assert!(line["fields"]["ms"].is_u64());
    // Below it is the span of the transaction, which logs of the program leave out.
    assert_eq!(line["spans"][0]["request_id"], "req-7");
    assert!(line["fields"]["statement"].as_str().unwrap().contains("$1"));
    assert!(told.lines().any(|line| line.contains("\"COMMIT\"")), "{told}");
    assert!(!told.contains("hush"), "{told}");
}

#[test]
fn what_is_quick_is_not_told_nor_anything_where_that_is_off() {
    assert_eq!(logged(Some(Duration::from_hours(1))), "");
    assert_eq!(logged(None), "");
}
