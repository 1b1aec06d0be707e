//! memcached: several servers, each body on one of them by the key alone, so that all replicas ask
//! the same one and a server more moves few of the bodies (rendezvous hashing: as few as ketama, and
//! no ring to agree upon). A server that fails is left out for a while; its bodies are kept on the
//! others meanwhile. Which of two servers has a body makes no difference to what is right.

mod server;
mod wire;

use app::ports::{Answer, Cache, CacheStats, KeptBody};
use bytes::{Bytes, BytesMut};
use domain::freshness::Key;
use futures_util::future::join_all;
use memcache::exp::{Rendezvous, Router};

use server::Server;
use wire::{Head, PART_BYTES};

/// Bodies in memcached.
pub struct Memcached {
    servers: Vec<Server>,
}

impl Memcached {
    /// Bodies on these servers, each `host:port`.
    pub fn new(addresses: Vec<String>) -> Self {
        Self { servers: addresses.into_iter().map(Server::new).collect() }
    }

    /// The server for an item among those that are not left out.
    fn server(&self, item: &str) -> Option<&Server> {
        let in_use: Vec<&Server> =
            self.servers.iter().filter(|server| server.is_in_use()).collect();
        let names: Vec<String> = in_use.iter().map(|server| server.address.clone()).collect();
        match in_use.len() {
            0 | 1 => in_use.first().copied(),
            _ => in_use.get(Rendezvous::new().route(item.as_bytes(), &names)).copied(),
        }
    }

    async fn read(&self, item: &str) -> Option<Vec<u8>> {
        self.server(item)?.get(item).await
    }

    async fn write(&self, item: &str, value: Vec<u8>) {
        if let Some(server) = self.server(item) {
            server.set(item, value).await;
        }
    }

    async fn find(&self, key: Key) -> Option<KeptBody> {
        let item = item(key);
        let (head, rest) = Head::read(self.read(&item).await?.into())?;
        let bytes = if head.parts == 0 { rest } else { self.parts(&item, &head).await? };
        head.body(bytes)
    }

    /// All parts of a body; none where one of them is gone.
    async fn parts(&self, item: &str, head: &Head) -> Option<Bytes> {
        let items: Vec<String> = (0..head.parts).map(|part| part_item(item, part)).collect();
        let parts = join_all(items.iter().map(|item| self.read(item))).await;
        let mut whole = BytesMut::with_capacity(head.size);
        for part in parts {
            whole.extend_from_slice(&part?);
        }
        Some(whole.freeze())
    }

    async fn keep(&self, key: Key, body: KeptBody) {
        let item = item(key);
        let parts: Vec<&[u8]> = match body.bytes.len() {
            0..=PART_BYTES => Vec::new(),
            _ => body.bytes.chunks(PART_BYTES).collect(),
        };
        let head = Head::of(&body, parts.len());
        for (number, part) in parts.iter().enumerate() {
            self.write(&part_item(&item, number), part.to_vec()).await;
        }
        // Last, so that nobody looks for parts that are not there yet.
        let rest: &[u8] = if parts.is_empty() { &body.bytes } else { &[] };
        self.write(&item, head.written(rest)).await;
    }
}

/// What a body is called in memcached.
fn item(key: Key) -> String {
    format!("domesday:{key}")
}

fn part_item(item: &str, part: usize) -> String {
    format!("{item}:{part}")
}

impl Cache for Memcached {
    fn get(&self, key: Key) -> Answer<'_, Option<KeptBody>> {
        Box::pin(self.find(key))
    }

    fn put(&self, key: Key, body: KeptBody) -> Answer<'_, ()> {
        Box::pin(self.keep(key, body))
    }

    fn stats(&self) -> Answer<'_, Vec<CacheStats>> {
        Box::pin(join_all(self.servers.iter().map(Server::stats)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(count: usize) -> Memcached {
        Memcached::new((0..count).map(|number| format!("cache{number}:11211")).collect())
    }

    #[test]
    fn a_server_more_moves_few_bodies() {
        let (four, five) = (named(4), named(5));
        let of = |memcached: &Memcached, number: u16| {
            let mut key = [0; 16];
            key[..2].copy_from_slice(&number.to_be_bytes());
            memcached.server(&item(Key(key))).map(|server| server.address.clone())
        };
        let mut moved = 0;
        for number in 0..4_000 {
            let (before, after) = (of(&four, number), of(&five, number));
            if before != after {
                moved += 1;
                assert_eq!(after.as_deref(), Some("cache4:11211"), "it moved to the new one alone");
            }
        }
        assert!((600..1_000).contains(&moved), "{moved} of 4,000 moved, a fifth is 800");
        assert!(named(0).server("a").is_none());
    }
}
