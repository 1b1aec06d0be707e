//! Where the register stands, and what the reads of a request saw of it.
//!
//! An answer may be kept only under the heads that its rows were read with. So the reads of a
//! request read the heads too, in the same transaction, and a [`Witness`] remembers them.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::TimeDelta;
use domain::freshness::Heads;
use domain::record::Timestamp;
use sql::{Reader, StoreError, read};

use crate::events::News;
use crate::{App, Context, Error};

/// Where the register stands, as a request may take it.
#[derive(Clone, Debug)]
pub struct Stand {
    /// The heads.
    pub heads: Arc<Heads>,
    /// How long ago they were read, where that is allowed.
    pub age: TimeDelta,
}

/// How fresh answers are, and the heads that were read last.
#[derive(Clone, Debug, Default)]
pub struct Freshness {
    /// How old answers may be; zero for not at all.
    pub max_staleness: TimeDelta,
    last: Arc<Mutex<Option<LastRead>>>,
    /// For whoever waits for the next commit.
    pub(crate) news: Arc<News>,
}

#[derive(Clone, Debug)]
struct LastRead {
    at: Timestamp,
    /// How many transactions this process had written.
    written: u64,
    heads: Arc<Heads>,
}

impl App {
    /// Where the register stands now, or stood at most as long ago as answers may be old; what this
    /// process wrote itself always counts.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn stand(&self) -> Result<Stand, Error> {
        if self.freshness.max_staleness.is_zero() {
            let heads = self.store.heads(&self.schema).await?;
            return Ok(Stand { heads, age: TimeDelta::zero() });
        }
        if let Some(stand) = self.stand_before() {
            return Ok(stand);
        }
        let (now, written) = (self.clock.now(), self.store.written());
        let heads = self.store.heads(&self.schema).await?;
        let last = LastRead { at: now, written, heads: Arc::clone(&heads) };
        *self.freshness.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(last);
        Ok(Stand { heads, age: TimeDelta::zero() })
    }

    /// Where the register stood when that was read last, where answers may be so old.
    fn stand_before(&self) -> Option<Stand> {
        let (now, written) = (self.clock.now(), self.store.written());
        let last = self.freshness.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let last = last.filter(|last| last.written == written)?;
        let age = now - last.at;
        let is_allowed = age >= TimeDelta::zero() && age < self.freshness.max_staleness;
        is_allowed.then_some(Stand { heads: last.heads, age })
    }

    /// Reads, and lets the request's witness see where the register stood then. What is kept may be
    /// read from a standby, where answers may be older than this moment and it stands where the
    /// register stood within that time, or later.
    pub(crate) async fn read<T, F>(&self, ctx: &Context, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Reader<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let Some(witness) = ctx.witness.clone() else {
            return self.store.read(work).await;
        };
        let work = move |reader: &mut Reader<'_>, heads: Heads| {
            witness.note(heads);
            work(reader)
        };
        let schema = Arc::clone(&self.schema);
        let work = match self.stand_before() {
            None => work,
            Some(Stand { heads: least, .. }) => {
                match self.store.read_standby((Arc::clone(&schema), least), work).await? {
                    Ok(done) => return Ok(done),
                    Err(work) => work,
                }
            }
        };
        self.store
            .read(move |reader| {
                let heads = read::heads(reader, &schema)?;
                work(reader, heads)
            })
            .await
    }
}

/// The heads that the reads of a request saw.
#[derive(Debug, Default)]
pub struct Witness(Mutex<Seen>);

#[derive(Debug, Default)]
enum Seen {
    #[default]
    Nothing,
    /// All of them saw these.
    Alike(Arc<Heads>),
    /// Somebody wrote between two of them.
    Unlike,
}

impl Witness {
    pub(crate) fn note(&self, heads: Heads) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*seen {
            Seen::Nothing => *seen = Seen::Alike(Arc::new(heads)),
            Seen::Alike(before) if **before == heads => {}
            Seen::Alike(_) | Seen::Unlike => *seen = Seen::Unlike,
        }
    }

    /// The heads, where all reads saw the same.
    pub fn heads(&self) -> Option<Arc<Heads>> {
        match &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Seen::Alike(heads) => Some(Arc::clone(heads)),
            Seen::Nothing | Seen::Unlike => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::record::CommitNumber;

    #[test]
    fn a_witness_tells_only_what_all_reads_saw() {
        let at = |number| Heads { folded_to: CommitNumber(number), ..Heads::empty(1) };
        let witness = Witness::default();
        assert_eq!(witness.heads(), None);
        witness.note(at(1));
        witness.note(at(1));
        assert_eq!(witness.heads().as_deref(), Some(&at(1)));
        witness.note(at(2));
        witness.note(at(1));
        assert_eq!(witness.heads(), None);
    }
}
