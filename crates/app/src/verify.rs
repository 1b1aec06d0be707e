//! Whether the history is what was once written.

use domain::history::Hash;
use domain::record::CommitNumber;
use sql::{read, write};

use crate::{App, Context, Error};

pub use sql::read::{Broken, Misfit};
pub use sql::write::LastCommit;

/// What a walk along the history found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The last commit, as the register has it.
    pub last: LastCommit,
    /// The first thing that does not fit; `None` when all of it does.
    pub broken: Option<Broken>,
}

impl App {
    /// Walks the chain of hashes from its beginning, and compares it with hashes known from
    /// elsewhere. `progress` is told how many commits of how many have been walked.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn history_verify(
        &self,
        _ctx: &Context,
        expected: Vec<(CommitNumber, Hash)>,
        progress: impl Fn(u64, u64) + Send + 'static,
    ) -> Result<Verified, Error> {
        let walk = move |reader: &mut sql::Reader<'_>| {
            let last = write::last_commit(reader)?;
            let mut told = |done: i64, total: i64| {
                progress(done.unsigned_abs(), total.unsigned_abs());
            };
            Ok(Verified { broken: read::verify(reader, &expected, &mut told)?, last })
        };
        Ok(self.store.read_long(walk).await?)
    }
}
