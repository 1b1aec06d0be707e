//! The idempotency keys whose requests are at work in this process.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use sql::write::AnswerKey;

type Names = HashSet<(String, String)>;

/// The keys whose requests are at work. Clones share them.
#[derive(Clone, Default)]
pub struct Running(Arc<Mutex<Names>>);

/// A key that is at work until this is dropped.
pub(crate) struct Begun {
    running: Running,
    name: (String, String),
}

impl Running {
    /// Marks a key as at work; `None` when it is already.
    pub(crate) fn begin(&self, key: &AnswerKey) -> Option<Begun> {
        let name = (key.actor.clone(), key.key.clone());
        let is_new = self.names().insert(name.clone());
        is_new.then(|| Begun { running: self.clone(), name })
    }

    fn names(&self) -> std::sync::MutexGuard<'_, Names> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        self.running.names().remove(&self.name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_at_work_once_for_each_actor() {
        let key = |actor: &str| AnswerKey {
            actor: actor.to_owned(),
            key: "k".to_owned(),
            fingerprint: Vec::new(),
        };
        let running = Running::default();
        let first = running.begin(&key("alice"));
        assert!(first.is_some() && running.begin(&key("alice")).is_none());
        assert!(running.begin(&key("bob")).is_some());
        drop(first);
        assert!(running.begin(&key("alice")).is_some());
    }
}
