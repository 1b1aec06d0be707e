//! One memcached server: its connections, what has become of what it was asked, and whether it is
//! asked at all for the moment.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use app::ports::CacheStats;
use memcache::exp::{AsyncMemcache, Error, MemcacheBuilder, Ttl};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

/// An answer that takes longer costs more than making the body anew.
const ANSWER_TIME: Duration = Duration::from_millis(100);
/// The same for a connection.
const CONNECT_TIME: Duration = Duration::from_millis(100);
/// How long a server that failed is left out.
const LEFT_OUT: Duration = Duration::from_secs(5);
/// Connections that rest between requests.
const IDLE_MAX: usize = 16;
/// How long a body is kept that nobody asks for: what was asked for yesterday has another key by
/// now, or may be made again.
const KEPT: Ttl = Ttl::secs(24 * 60 * 60);
/// How long we wait for what a server tells of itself, and how many lines of it we read.
const STATS_TIME: Duration = Duration::from_millis(500);
const STATS_MAX: usize = 500;

/// One memcached server.
pub(super) struct Server {
    /// `host:port`.
    pub(super) address: String,
    /// Made when it is first needed, and anew after a failure: the name may mean another address
    /// by then.
    client: Mutex<Option<AsyncMemcache>>,
    left_out_until: Mutex<Option<Instant>>,
    hits: AtomicU64,
    misses: AtomicU64,
    stores: AtomicU64,
    errors: AtomicU64,
}

impl Server {
    pub(super) fn new(address: String) -> Self {
        Self {
            address,
            client: Mutex::default(),
            left_out_until: Mutex::default(),
            hits: AtomicU64::default(),
            misses: AtomicU64::default(),
            stores: AtomicU64::default(),
            errors: AtomicU64::default(),
        }
    }

    /// Whether it is asked at present.
    pub(super) fn is_in_use(&self) -> bool {
        let until = *self.left_out_until.lock().unwrap_or_else(PoisonError::into_inner);
        until.is_none_or(|until| Instant::now() >= until)
    }

    pub(super) async fn get(&self, item: &str) -> Option<Vec<u8>> {
        let got = match self.client().await {
            Ok(client) => client.get::<Vec<u8>>(item).await,
            Err(error) => Err(error),
        };
        match got {
            Ok(value) => {
                add(if value.is_some() { &self.hits } else { &self.misses });
                value
            }
            Err(error) => {
                self.failed(&error);
                None
            }
        }
    }

    pub(super) async fn set(&self, item: &str, value: Vec<u8>) {
        let set = match self.client().await {
            Ok(client) => client.set(item, value, KEPT).await,
            Err(error) => Err(error),
        };
        match set {
            Ok(()) => add(&self.stores),
            Err(error) => self.failed(&error),
        }
    }

    async fn client(&self) -> Result<AsyncMemcache, Error> {
        if let Some(client) = &*self.client.lock().unwrap_or_else(PoisonError::into_inner) {
            return Ok(client.clone());
        }
        let builder = MemcacheBuilder::new()
            .timeout(ANSWER_TIME)
            .connect_timeout(CONNECT_TIME)
            .max_idle(IDLE_MAX);
        let client = timeout(CONNECT_TIME, builder.connect_async([self.address.as_str()]))
            .await
            .unwrap_or_else(|_elapsed| Err(io::Error::from(io::ErrorKind::TimedOut).into()))?;
        *self.client.lock().unwrap_or_else(PoisonError::into_inner) = Some(client.clone());
        Ok(client)
    }

    /// Counts a failure, and leaves the server out where it is its own and no mere refusal of one
    /// item.
    fn failed(&self, error: &Error) {
        add(&self.errors);
        let is_refusal = matches!(
            error,
            Error::Server(_) | Error::Rejected(_) | Error::Usage(_) | Error::EmptyValue
        );
        if is_refusal {
            tracing::debug!(server = self.address, %error, "memcached refused an item");
            return;
        }
        tracing::warn!(server = self.address, %error, "memcached fails and is left out for a while");
        *self.client.lock().unwrap_or_else(PoisonError::into_inner) = None;
        *self.left_out_until.lock().unwrap_or_else(PoisonError::into_inner) =
            Instant::now().checked_add(LEFT_OUT);
    }

    pub(super) async fn stats(&self) -> CacheStats {
        let own = timeout(STATS_TIME, self.own_stats()).await;
        let own = own.map_or_else(|_elapsed| BTreeMap::new(), Result::unwrap_or_default);
        let number = |name: &str| own.get(name).and_then(|text| text.parse().ok());
        CacheStats {
            kind: "memcached",
            name: self.address.clone(),
            is_in_use: self.is_in_use(),
            hits: self.hits.load(Ordering::Relaxed),
            misses: self.misses.load(Ordering::Relaxed),
            stores: self.stores.load(Ordering::Relaxed),
            errors: self.errors.load(Ordering::Relaxed),
            evictions: number("evictions"),
            entries: number("curr_items"),
            bytes: number("bytes"),
            own,
        }
    }

    /// What it tells of itself. *Source:* memcached's protocol.txt, "General-purpose statistics".
    async fn own_stats(&self) -> io::Result<BTreeMap<String, String>> {
        let mut stream = BufReader::new(TcpStream::connect(&self.address).await?);
        stream.write_all(b"stats\r\nquit\r\n").await?;
        let (mut lines, mut own) = (stream.lines(), BTreeMap::new());
        while let Some(line) = lines.next_line().await? {
            let mut words = line.splitn(3, ' ');
            match (words.next(), words.next(), words.next()) {
                (Some("STAT"), Some(name), Some(value)) if own.len() < STATS_MAX => {
                    own.insert(name.to_owned(), value.to_owned());
                }
                _ => break,
            }
        }
        Ok(own)
    }
}

fn add(count: &AtomicU64) {
    count.fetch_add(1, Ordering::Relaxed);
}
