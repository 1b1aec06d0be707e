//! The time between being told to stop and taking no more requests.
//!
//! Whoever sends requests here, a proxy or Kubernetes, learns by `/readyz` that it should no more.
//! Until it has, every request is answered, and each answer ends its connection: the next one is made
//! to somebody who stays.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::http::{HeaderMap, HeaderValue, Version, header};

/// Whether the program is about to end. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Ending(Arc<AtomicBool>);

impl Ending {
    /// Has it told from now on.
    pub fn begin(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn has_begun(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Tells the client of an answer not to keep the connection. HTTP/2 has no such header; there
    /// the connection itself says so when it ends.
    pub(crate) fn tell(&self, headers: &mut HeaderMap, version: Version) {
        if self.has_begun() && version <= Version::HTTP_11 {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_kept_until_the_end_begins() {
        let told = |ending: &Ending, version| {
            let mut headers = HeaderMap::new();
            ending.tell(&mut headers, version);
            headers.contains_key(header::CONNECTION)
        };
        let ending = Ending::default();
        assert!(!told(&ending, Version::HTTP_11));
        ending.clone().begin();
        assert!(told(&ending, Version::HTTP_10) && told(&ending, Version::HTTP_11));
        assert!(!told(&ending, Version::HTTP_2));
    }
}
