//! A receiver that answers as a test has it, and keeps what it got.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Response, Uri};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tokio::sync::Notify;

/// How a receiver answers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reply {
    /// With a status.
    Status(u16),
    /// With a status and how long to wait.
    Wait(u16, &'static str),
    /// With a redirect to itself.
    Redirect,
    /// Not at all.
    Hang,
}

/// What a receiver got.
#[derive(Clone, Debug)]
pub(crate) struct Got {
    pub(crate) path: String,
    pub(crate) id: String,
    pub(crate) timestamp: i64,
    pub(crate) signature: String,
    pub(crate) media_type: String,
    pub(crate) body: String,
}

impl Got {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// Whether one of its signatures is by a key: HMAC by hand, as RFC 2104 has it.
    pub(crate) fn is_signed_by(&self, key: &[u8]) -> bool {
        let pad = |with: u8| -> Vec<u8> {
            let key = key.iter().chain(std::iter::repeat(&0)).take(64);
            key.map(|byte| byte ^ with).collect()
        };
        let content = format!("{}.{}.{}", self.id, self.timestamp, self.body);
        let inner = Sha256::digest([pad(0x36), content.into_bytes()].concat());
        let outer = Sha256::digest([pad(0x5c), inner.to_vec()].concat());
        let expected = format!("v1,{}", base64_by_hand(&outer));
        self.signature.split(' ').any(|signature| signature == expected)
    }
}

fn base64_by_hand(bytes: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let number = three.iter().fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
        let number = number << (8 * (3 - three.len()));
        for place in 0..4 {
            let digit = DIGITS[(number >> (18 - 6 * place) & 63) as usize];
            text.push(if place > three.len() { '=' } else { digit as char });
        }
    }
    text
}

#[derive(Default)]
struct Kept {
    got: Vec<Got>,
    replies: VecDeque<Reply>,
}

/// A receiver.
#[derive(Clone)]
pub(crate) struct TestReceiver {
    pub(crate) url: String,
    kept: Arc<Mutex<Kept>>,
    came: Arc<Notify>,
}

impl TestReceiver {
    /// One that answers 204 where nothing else was said.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let receiver = Self { url, kept: Arc::default(), came: Arc::default() };
        let routes = Router::new().fallback(take).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        receiver
    }

    /// Answers the next ones so.
    pub(crate) fn will(&self, replies: &[Reply]) {
        self.kept.lock().unwrap().replies.extend(replies);
    }

    /// What came since this was asked last.
    pub(crate) fn take(&self) -> Vec<Got> {
        std::mem::take(&mut self.kept.lock().unwrap().got)
    }

    /// The ids of what came since this was asked last.
    pub(crate) fn ids(&self) -> Vec<String> {
        self.take().into_iter().map(|got| got.id).collect()
    }

    /// Waits until so many came.
    pub(crate) async fn until(&self, count: usize) {
        loop {
            let came = self.came.notified();
            if self.kept.lock().unwrap().got.len() >= count {
                return;
            }
            came.await;
        }
    }
}

async fn take(
    State(receiver): State<TestReceiver>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let header = |name: &str| headers[name].to_str().unwrap().to_owned();
    let got = Got {
        path: uri.path().to_owned(),
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp").parse().unwrap(),
        signature: header("webhook-signature"),
        media_type: header("content-type"),
        body: String::from_utf8(body.to_vec()).unwrap(),
    };
    let reply = {
        let mut kept = receiver.kept.lock().unwrap();
        kept.got.push(got);
        kept.replies.pop_front().unwrap_or(Reply::Status(204))
    };
    receiver.came.notify_waiters();
    let answer = Response::builder();
    let answer = match reply {
        Reply::Status(status) => answer.status(status),
        Reply::Wait(status, after) => answer.status(status).header("retry-after", after),
        Reply::Redirect => answer.status(307).header("location", "/elsewhere"),
        Reply::Hang => std::future::pending().await,
    };
    let text = if matches!(reply, Reply::Status(400..)) { "out\n of \u{0} order" } else { "" };
    answer.body(Body::from(text)).unwrap()
}
