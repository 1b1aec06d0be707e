//! How far long work is, for whoever looks on. Rates and times are theirs: here is no clock.

use std::fmt;
use std::sync::Arc;

/// The part of an import that goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Rows are read from the file.
    Reading,
    /// They are checked against the register, which others may write meanwhile.
    Checking,
    /// They are written, and all other writers wait.
    Writing,
}

/// Is told how many rows of how many a phase has behind it, at every piece of work. A phase may
/// come again, from the beginning.
#[derive(Clone, Default)]
pub struct Progress(Option<Arc<Watch>>);

type Watch = dyn Fn(Phase, usize, usize) + Send + Sync;

impl Progress {
    /// Nobody looks on.
    pub const NONE: Self = Self(None);

    /// Tells this function.
    pub fn new(watch: impl Fn(Phase, usize, usize) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(watch)))
    }

    pub(crate) fn tell(&self, phase: Phase, done: usize, total: usize) {
        if let Some(watch) = &self.0 {
            watch(phase, done, total);
        }
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Progress(told)" } else { "Progress(NONE)" })
    }
}
