//! A receiver: one address, to which deliveries are posted in a limited time.

use std::error::Error;
use std::time::Duration;

use app::webhooks::Parcel;
use domain::record::Timestamp;
use domain::secret::Secret;
use domain::webhook::Sent;
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use url::Url;

use crate::signing::{BadSecret, Keys};

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection rests until it is ended.
const IDLE: Duration = Duration::from_secs(1);
/// How much of what a receiver says is kept, in bytes.
const SAID_MAX: usize = 500;
/// The media type of an event. *Source:* CloudEvents 1.0.2, HTTP binding, structured mode.
const ONE: &str = "application/cloudevents+json; charset=utf-8";
/// That of a list of them: batched mode.
const BATCH: &str = "application/cloudevents-batch+json; charset=utf-8";

/// Where to, and how.
#[derive(Clone, Debug)]
pub struct ReceiverSettings {
    /// The address.
    pub url: Url,
    /// The secrets, of which each signs.
    pub secrets: Vec<Secret>,
    /// How long a delivery may take.
    pub timeout: Duration,
    /// Whom we believe that they are the receiver.
    pub tls: rustls::ClientConfig,
}

/// Why nothing can be sent to a receiver.
#[derive(Debug, thiserror::Error)]
pub enum ReceiverError {
    /// A secret can't be used.
    #[error("a secret {0}")]
    Secret(#[from] BadSecret),
    /// The library does not take the settings.
    #[error("no connection can be prepared")]
    Settings(#[from] reqwest::Error),
}

/// A receiver.
pub struct Receiver {
    client: reqwest::Client,
    url: Url,
    keys: Keys,
}

impl Receiver {
    /// Prepares to send; connects to nobody yet.
    ///
    /// # Errors
    /// When the settings can't be used.
    pub fn new(settings: ReceiverSettings) -> Result<Self, ReceiverError> {
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(settings.tls)
            // What is told is for the one who was named, and where a redirect leads is not theirs to
            // say: only we can reach some addresses.
            .redirect(Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(settings.timeout)
            // Many servers end a connection that rests for some seconds, and what is sent then fails.
            .pool_idle_timeout(IDLE)
            .user_agent("domesday")
            .build()?;
        Ok(Self { client, url: settings.url, keys: Keys::of(&settings.secrets)? })
    }

    /// Posts a parcel.
    pub async fn post(&self, parcel: &Parcel, now: Timestamp) -> Sent {
        let timestamp = now.timestamp();
        let request = self
            .client
            .post(self.url.clone())
            .header(CONTENT_TYPE, if parcel.is_batch { BATCH } else { ONE })
            .header("webhook-id", &parcel.id)
            .header("webhook-timestamp", timestamp)
            .header(
                "webhook-signature",
                self.keys.sign(&parcel.id, timestamp, parcel.body.as_bytes()),
            )
            .body(parcel.body.clone());
        match request.send().await {
            Ok(answer) => answered(answer, now).await,
            Err(error) => Sent::Unanswered { why: told(error) },
        }
    }
}

async fn answered(mut answer: reqwest::Response, now: Timestamp) -> Sent {
    let status = answer.status().as_u16();
    let retry_after = retry_after(answer.headers(), now);
    // Whoever took it need not say anything, and has no time to.
    let said = if answer.status().is_success() { String::new() } else { said(&mut answer).await };
    Sent::Answered { status, said, retry_after }
}

/// The beginning of what a receiver says, on one line.
async fn said(answer: &mut reqwest::Response) -> String {
    let mut said = Vec::new();
    while said.len() < SAID_MAX
        && let Ok(Some(piece)) = answer.chunk().await
    {
        said.extend_from_slice(&piece);
    }
    said.truncate(SAID_MAX);
    let said = String::from_utf8_lossy(&said);
    let words: Vec<&str> = said
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ")
}

/// How long a receiver asks to wait. *Source:* RFC 9110, section 10.2.3: seconds, or a moment.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at: Timestamp = httpdate::parse_http_date(text).ok()?.into();
    (at - now).to_std().ok()
}

/// What went wrong, with all its causes, and without the address, which may hold a secret.
fn told(error: reqwest::Error) -> String {
    let error = error.without_url();
    if error.is_timeout() && !error.is_connect() {
        return "no answer in time".to_owned();
    }
    let mut told = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !told.contains(&text) {
            told = format!("{told}: {text}");
        }
        cause = error.source();
    }
    told.truncate(told.floor_char_boundary(SAID_MAX));
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: &'static str, expected_s: Option<u64>) {
        let now = "2026-11-26T10:00:00Z".parse().unwrap();
        let headers = HeaderMap::from_iter([(RETRY_AFTER, value.parse().unwrap())]);
        assert_eq!(retry_after(&headers, now), expected_s.map(Duration::from_secs), "{value}");
    }

    #[test]
    fn a_receiver_asks_to_wait_in_seconds_or_until_a_moment() {
        check("120", Some(120));
        check(" 0 ", Some(0));
        check("Thu, 26 Nov 2026 10:01:00 GMT", Some(60));
        check("Thu, 26 Nov 2026 09:59:00 GMT", None);
        check("-1", None);
        check("soon", None);
    }
}
