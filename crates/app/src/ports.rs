//! What the use cases ask of the outside, where there are several to ask.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use domain::freshness::Key;
use domain::record::Revision;

/// What a port answers when it is done.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A body as it is sent, with what its headers say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptBody {
    /// Its media type: `application/json`.
    pub media_type: Arc<str>,
    /// The coding that it is in (RFC 9110, section 8.4); `None` for none.
    pub coding: Option<Arc<str>>,
    /// What a browser that saves it calls it.
    pub disposition: Option<Arc<str>>,
    /// The revision of the one record that it shows.
    pub revision: Option<Revision>,
    /// The body, in its coding.
    pub bytes: Bytes,
}

impl KeptBody {
    /// About how many bytes it takes to keep it.
    pub fn size(&self) -> usize {
        let words = [Some(&self.media_type), self.coding.as_ref(), self.disposition.as_ref()];
        let words: usize = words.into_iter().flatten().map(|word| word.len()).sum();
        self.bytes.len().saturating_add(words).saturating_add(size_of::<Self>())
    }
}

/// Where bodies are kept. Whatever goes wrong with it is told by its [`CacheStats`] alone: a cache
/// that is away is one that has nothing.
pub trait Cache: Send + Sync {
    /// The body that is kept under a key.
    fn get(&self, key: Key) -> Answer<'_, Option<KeptBody>>;

    /// Keeps a body, for as long as there is room.
    fn put(&self, key: Key, body: KeptBody) -> Answer<'_, ()>;

    /// What it has done since it was opened.
    fn stats(&self) -> Answer<'_, Vec<CacheStats>>;
}

/// What a cache, or one server of it, has done since it was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CacheStats {
    /// `memory`, or `memcached`.
    pub kind: &'static str,
    /// The address of the server; empty for our own memory.
    pub name: String,
    /// Whether it is asked at present: a server that failed is left out for a while.
    pub is_in_use: bool,
    /// Bodies that were asked for and there.
    pub hits: u64,
    /// Bodies that were asked for and not there.
    pub misses: u64,
    /// Bodies that were kept.
    pub stores: u64,
    /// Times that it could not be asked.
    pub errors: u64,
    /// Bodies that were let go for want of room.
    pub evictions: Option<u64>,
    /// Bodies that are kept.
    pub entries: Option<u64>,
    /// The bytes that they take.
    pub bytes: Option<u64>,
    /// What the server tells of itself, in its own words.
    pub own: BTreeMap<String, String>,
}
