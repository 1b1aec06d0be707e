//! A client that keeps its connections, takes gzip, and remembers what it has by its tags.

use std::collections::HashMap;
use std::io::Read as _;

use flate2::read::GzDecoder;
use reqwest::{Method, StatusCode, header};
use serde_json::Value;

/// A client, which remembers the last answer of each address.
pub(crate) struct Client {
    http: reqwest::Client,
    token: String,
    kept: HashMap<(String, bool), (String, Value)>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// What it shows, or what the client had where that still holds.
    pub(crate) shown: Value,
    pub(crate) is_unchanged: bool,
}

impl Client {
    pub(crate) fn new(token: &str) -> Self {
        let tls = identity::tls::client_config(None).unwrap();
        let http = reqwest::Client::builder().tls_backend_preconfigured(tls).build().unwrap();
        Self { http, token: token.to_owned(), kept: HashMap::new() }
    }

    /// Sends a write; `None` where the server went away meanwhile.
    pub(crate) async fn write(
        &self,
        method: Method,
        url: &str,
        body: &Value,
    ) -> Option<(u16, Value)> {
        let request = self.http.request(method, url).bearer_auth(&self.token);
        let request = request.header(header::CONTENT_TYPE, "application/json");
        let answer = request.body(body.to_string()).send().await.ok()?;
        let status = answer.status().as_u16();
        let text = answer.text().await.ok()?;
        Some((status, serde_json::from_str(&text).unwrap_or_default()))
    }

    /// Reads, with the tag of what the client has of this address.
    pub(crate) async fn read(&mut self, url: &str, takes_gzip: bool) -> Answer {
        let mut request = self.http.get(url).bearer_auth(&self.token);
        if takes_gzip {
            request = request.header(header::ACCEPT_ENCODING, "gzip");
        }
        let key = (url.to_owned(), takes_gzip);
        if let Some((tag, _)) = self.kept.get(&key) {
            request = request.header(header::IF_NONE_MATCH, tag);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status();
        if status == StatusCode::NOT_MODIFIED {
            let shown = self.kept[&key].1.clone();
            return Answer { status: 304, shown, is_unchanged: true };
        }
        let text = |name| answer.headers().get(name)?.to_str().ok().map(str::to_owned);
        let (tag, coding) = (text(header::ETAG), text(header::CONTENT_ENCODING));
        let bytes = answer.bytes().await.unwrap();
        let mut body = String::new();
        match coding.as_deref() {
            Some("gzip") => GzDecoder::new(&*bytes).read_to_string(&mut body).map(drop).unwrap(),
            _ => String::from_utf8(bytes.to_vec()).unwrap().clone_into(&mut body),
        }
        let shown: Value = serde_json::from_str(&body).unwrap_or_default();
        if let (true, Some(tag)) = (status == StatusCode::OK, tag) {
            self.kept.insert(key, (tag, shown.clone()));
        }
        Answer { status: status.as_u16(), shown, is_unchanged: false }
    }
}
