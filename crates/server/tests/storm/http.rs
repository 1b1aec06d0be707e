//! HTTP over a plain socket. Sending and reading the answer are two steps, so that something can
//! happen in between.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// How long an answer may take before the test gives up: far more than any takes.
const PATIENCE: Duration = Duration::from_mins(2);

/// A request.
pub(crate) struct Message<'a> {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) token: &'a str,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

impl<'a> Message<'a> {
    pub(crate) fn get(path: String, token: &'a str) -> Self {
        Self { method: "GET", path, token, headers: Vec::new(), body: String::new() }
    }
}

/// An answer that came whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) text: String,
}

impl Answer {
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }
}

/// Sends a request.
///
/// # Errors
/// When nobody listens there, or no more.
pub(crate) fn send(address: &str, message: &Message<'_>) -> io::Result<TcpStream> {
    let Message { method, path, token, headers, body } = message;
    let mut text = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
         Authorization: Bearer {token}\r\n"
    );
    for (name, value) in headers {
        write!(text, "{name}: {value}\r\n").unwrap();
    }
    if !body.is_empty() {
        text.push_str("Content-Type: application/json\r\n");
    }
    write!(text, "Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(text.as_bytes())?;
    Ok(stream)
}

/// Reads the answer.
///
/// # Errors
/// When it breaks off.
pub(crate) fn receive(mut stream: TcpStream) -> io::Result<Answer> {
    let mut text = String::new();
    if let Err(error) = stream.read_to_string(&mut text) {
        let is_late = matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
        assert!(!is_late, "no answer in {PATIENCE:?}");
        return Err(error);
    }
    let (head, body) = text.split_once("\r\n\r\n").ok_or(ErrorKind::UnexpectedEof)?;
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).unwrap();
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    if headers["content-length"] != body.len().to_string() {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(Answer { status: status.parse().unwrap(), headers, text: body.to_owned() })
}
