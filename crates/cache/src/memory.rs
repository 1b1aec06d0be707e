//! The process's own memory, bounded in bytes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use app::ports::{Answer, Cache, CacheStats, KeptBody};
use domain::freshness::Key;
use moka::notification::RemovalCause;

/// Bodies in the process's own memory; those that are asked for least go first.
pub struct Memory {
    bodies: moka::sync::Cache<Key, KeptBody>,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    hits: AtomicU64,
    misses: AtomicU64,
    stores: AtomicU64,
    evictions: AtomicU64,
}

impl Memory {
    /// Room for bodies of so many bytes in all.
    pub fn new(bytes: u64) -> Self {
        let counts = Arc::new(Counts::default());
        let let_go = Arc::clone(&counts);
        let bodies = moka::sync::Cache::builder()
            .weigher(|_key, body: &KeptBody| u32::try_from(body.size()).unwrap_or(u32::MAX))
            .max_capacity(bytes)
            .eviction_listener(move |_key, _body, cause| {
                if cause == RemovalCause::Size {
                    let_go.evictions.fetch_add(1, Ordering::Relaxed);
                }
            })
            .build();
        Self { bodies, counts }
    }
}

impl Cache for Memory {
    fn get(&self, key: Key) -> Answer<'_, Option<KeptBody>> {
        let body = self.bodies.get(&key);
        let count = if body.is_some() { &self.counts.hits } else { &self.counts.misses };
        count.fetch_add(1, Ordering::Relaxed);
        Box::pin(std::future::ready(body))
    }

    fn put(&self, key: Key, body: KeptBody) -> Answer<'_, ()> {
        self.counts.stores.fetch_add(1, Ordering::Relaxed);
        self.bodies.insert(key, body);
        Box::pin(std::future::ready(()))
    }

    fn stats(&self) -> Answer<'_, Vec<CacheStats>> {
        // What was put and let go of late is counted only behind this.
        self.bodies.run_pending_tasks();
        let count = |of: &AtomicU64| of.load(Ordering::Relaxed);
        let stats = CacheStats {
            kind: "memory",
            is_in_use: true,
            hits: count(&self.counts.hits),
            misses: count(&self.counts.misses),
            stores: count(&self.counts.stores),
            evictions: Some(count(&self.counts.evictions)),
            entries: Some(self.bodies.entry_count()),
            bytes: Some(self.bodies.weighted_size()),
            ..CacheStats::default()
        };
        Box::pin(std::future::ready(vec![stats]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn body(bytes: usize) -> KeptBody {
        KeptBody {
            media_type: "text/csv".into(),
            coding: None,
            disposition: None,
            revision: None,
            bytes: Bytes::from(vec![b'x'; bytes]),
        }
    }

    fn key(number: u8) -> Key {
        Key([number; 16])
    }

    #[tokio::test]
    async fn what_is_kept_has_so_many_bytes_at_most() {
        let memory = Memory::new(100_000);
        for number in 0..50 {
            memory.put(key(number), body(10_000)).await;
        }
        memory.put(key(200), body(200_000)).await;
        let stats = memory.stats().await.remove(0);
        assert!(stats.bytes.unwrap() <= 100_000, "{stats:?}");
        assert!(stats.evictions.unwrap() >= 40, "{stats:?}");
        assert_eq!(memory.get(key(200)).await, None, "what is larger than all of it is not kept");
        let mut found = 0;
        for number in 0..50 {
            found += usize::from(memory.get(key(number)).await == Some(body(10_000)));
        }
        assert!((1..=9).contains(&found), "{found}");
    }
}
