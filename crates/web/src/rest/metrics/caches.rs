//! What is measured of the places that keep answers.

use app::ports::CacheStats;
use metrics::{counter, describe_counter, describe_gauge, gauge};

/// Records what each has done.
pub(super) fn record(caches: &[CacheStats]) {
    describe_counter!("domesday_cache_hits_total", "Bodies that were asked for and there.");
    describe_counter!("domesday_cache_misses_total", "Bodies that were asked for and not there.");
    describe_counter!("domesday_cache_stores_total", "Bodies that were kept.");
    describe_counter!("domesday_cache_errors_total", "Times that a cache could not be asked.");
    describe_counter!("domesday_cache_evictions_total", "Bodies let go for want of room.");
    describe_gauge!("domesday_cache_entries", "Bodies that are kept.");
    describe_gauge!("domesday_cache_bytes", "Bytes that kept bodies take.");
    describe_gauge!("domesday_cache_in_use", "1 where the cache is asked, 0 where left out.");
    caches.iter().for_each(record_one);
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is a float; counts stay below 2^53")]
fn record_one(stats: &CacheStats) {
    let labels = [("cache", stats.kind.to_owned()), ("server", stats.name.clone())];
    counter!("domesday_cache_hits_total", &labels).absolute(stats.hits);
    counter!("domesday_cache_misses_total", &labels).absolute(stats.misses);
    counter!("domesday_cache_stores_total", &labels).absolute(stats.stores);
    counter!("domesday_cache_errors_total", &labels).absolute(stats.errors);
    if let Some(evictions) = stats.evictions {
        counter!("domesday_cache_evictions_total", &labels).absolute(evictions);
    }
    if let Some(entries) = stats.entries {
        gauge!("domesday_cache_entries", &labels).set(entries as f64);
    }
    if let Some(bytes) = stats.bytes {
        gauge!("domesday_cache_bytes", &labels).set(bytes as f64);
    }
    gauge!("domesday_cache_in_use", &labels).set(if stats.is_in_use { 1.0 } else { 0.0 });
}
