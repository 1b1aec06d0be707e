//! The chain of hashes walked: whether the history is what was once written.

use std::collections::VecDeque;

use domain::history::{BaseDigest, Commit, ContentDigest, Fold, GENESIS, Hash, chain};
use domain::record::{CommitNumber, Timestamp};

use super::base::base_each;
use super::commits::{KeptCommit, PlacedEntry, commits_from, entries_behind, folded_to};
use crate::engine::Reader;
use crate::error::StoreError;
use crate::write::{LastCommit, last_commit};

/// Changes read at once.
const ENTRIES_AT_ONCE: i64 = 2_000;
/// Commits read at once.
const COMMITS_AT_ONCE: i64 = 1_000;

/// The first thing in the history that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The commit; one more than the last when the end was cut off.
    pub number: CommitNumber,
    /// What does not fit.
    pub why: Misfit,
}

/// What does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// There is no such commit.
    #[error("it is gone")]
    Missing,
    /// Its changes, or what is said of it, are others.
    #[error("its content is not what was committed")]
    Content,
    /// Its hash does not follow from the one before it.
    #[error("its hash does not follow from the commit before it")]
    Chain,
    /// The register names another last commit.
    #[error("the register does not end with it")]
    End,
    /// The base that it left when it folded older changes is another.
    #[error("the base that it left is not what was written")]
    Base,
    /// It has another hash than was expected.
    #[error("it has another hash than the expected one")]
    Expected,
}

/// Walks the chain from its beginning and compares it with hashes known from elsewhere; `None` when
/// all of it fits. Tells `progress` how many commits have been walked, and of how many.
///
/// # Errors
/// When the database can't be asked.
pub fn verify(
    reader: &mut Reader<'_>,
    expected: &[(CommitNumber, Hash)],
    progress: &mut dyn FnMut(i64, i64),
) -> Result<Option<Broken>, StoreError> {
    let mut walk = Walk {
        last: last_commit(reader)?,
        folded_to: folded_to(reader)?,
        expected,
        number: CommitNumber(1),
        previous: GENESIS,
        at: None,
        fold: None,
        entries: Entries::default(),
    };
    let why = match walk.run(reader, progress) {
        // What can't even be read was written by somebody else.
        Err(StoreError::Corrupt(_)) => Some(Misfit::Content),
        other => other?,
    };
    Ok(why.map(|why| Broken { number: walk.number, why }))
}

struct Walk<'a> {
    last: LastCommit,
    folded_to: CommitNumber,
    expected: &'a [(CommitNumber, Hash)],
    /// The commit that is looked at.
    number: CommitNumber,
    /// The hash of the one before it.
    previous: Hash,
    /// When that was made.
    at: Option<Timestamp>,
    /// The last commit that folded.
    fold: Option<(CommitNumber, Fold)>,
    entries: Entries,
}

impl Walk<'_> {
    /// What does not fit at [`Self::number`], if anything.
    fn run(
        &mut self,
        reader: &mut Reader<'_>,
        progress: &mut dyn FnMut(i64, i64),
    ) -> Result<Option<Misfit>, StoreError> {
        let mut at_once = COMMITS_AT_ONCE;
        while self.number <= self.last.number {
            let commits = match commits_from(reader, self.number, at_once) {
                // Some of them is damaged: one by one, to tell which.
                Err(StoreError::Corrupt(_)) if at_once > 1 => {
                    at_once = 1;
                    continue;
                }
                other => other?,
            };
            if commits.is_empty() {
                return Ok(Some(Misfit::Missing));
            }
            for kept in commits {
                if let Some(why) = self.check(reader, &kept)? {
                    return Ok(Some(why));
                }
            }
            progress(self.number.0.saturating_sub(1), self.last.number.0);
        }
        self.check_end(reader)
    }

    fn check(
        &mut self,
        reader: &mut Reader<'_>,
        kept: &KeptCommit,
    ) -> Result<Option<Misfit>, StoreError> {
        if kept.commit.number != self.number {
            return Ok(Some(Misfit::Missing));
        }
        if !self.content_fits(reader, kept)? {
            return Ok(Some(Misfit::Content));
        }
        if chain(&self.previous, &kept.commit, &kept.digest) != kept.hash {
            return Ok(Some(Misfit::Chain));
        }
        let differs = |(number, hash): &(CommitNumber, Hash)| {
            *number == kept.commit.number && *hash != kept.hash
        };
        if self.expected.iter().any(differs) {
            return Ok(Some(Misfit::Expected));
        }
        if let Some(fold) = kept.commit.fold {
            self.fold = Some((kept.commit.number, fold));
        }
        self.previous = kept.hash;
        self.at = Some(kept.commit.at);
        self.number = CommitNumber(self.number.0.saturating_add(1));
        Ok(None)
    }

    /// Whether the changes of a commit give its digest; of one that was folded, whether nothing
    /// has come back.
    fn content_fits(
        &mut self,
        reader: &mut Reader<'_>,
        kept: &KeptCommit,
    ) -> Result<bool, StoreError> {
        if kept.commit.number <= self.folded_to {
            return Ok(is_let_go(&kept.commit) && self.entries.next(reader, self.number)?.is_none());
        }
        let mut digest = ContentDigest::new(&kept.commit);
        let mut place = 0;
        while let Some(found) = self.entries.next(reader, self.number)? {
            if found.place != place || found.commit != self.number {
                return Ok(false);
            }
            digest.add(&found.entry);
            place += 1;
        }
        Ok(digest.hash() == kept.digest)
    }

    /// Whether the history ends where the register says, and begins with the base that was left.
    fn check_end(&mut self, reader: &mut Reader<'_>) -> Result<Option<Misfit>, StoreError> {
        if self.entries.next(reader, CommitNumber(i64::MAX))?.is_some() {
            return Ok(Some(Misfit::Content));
        }
        let ends_there = self.previous == self.last.hash
            && self.at.is_none_or(|at| at == self.last.at)
            && commits_from(reader, self.number, 1)?.is_empty();
        if !ends_there {
            return Ok(Some(Misfit::End));
        }
        if let Some((number, _)) = self.expected.iter().find(|(number, _)| *number >= self.number) {
            self.number = *number;
            return Ok(Some(Misfit::Missing));
        }
        let mut digest = BaseDigest::default();
        let mut entries = 0_usize;
        base_each(reader, |_, base| {
            entries = entries.saturating_add(base.len());
            for entry in &base {
                digest.add(entry);
            }
            Ok(())
        })?;
        let fits = match self.fold {
            Some((_, fold)) => fold.to == self.folded_to && fold.base == digest.hash(),
            None => self.folded_to.0 == 0 && entries == 0,
        };
        if let (false, Some((number, _))) = (fits, self.fold) {
            self.number = number;
        }
        Ok((!fits).then_some(Misfit::Base))
    }
}

/// Whether folding has let go of what it lets go of a commit.
fn is_let_go(commit: &Commit) -> bool {
    commit.token.is_none()
        && commit.origin.is_empty()
        && commit.reason.is_none()
        && commit.request_id.is_none()
        && commit.fold.is_none()
}

/// All changes in their order, read in pieces.
#[derive(Default)]
struct Entries {
    read: VecDeque<PlacedEntry>,
    is_at_end: bool,
    /// Commit and place of the last one that was read.
    behind: Option<(CommitNumber, i64)>,
}

impl Entries {
    /// Takes out the next change of a commit or of one before it; `None` when there is none.
    fn next(
        &mut self,
        reader: &mut Reader<'_>,
        number: CommitNumber,
    ) -> Result<Option<PlacedEntry>, StoreError> {
        if self.read.is_empty() && !self.is_at_end {
            let (commit, place) = self.behind.unwrap_or((CommitNumber(i64::MIN), i64::MIN));
            self.read = entries_behind(reader, commit, place, ENTRIES_AT_ONCE)?.into();
            self.is_at_end = self.read.is_empty();
            self.behind = self.read.back().map(|last| (last.commit, last.place));
        }
        Ok(self.read.pop_front_if(|next| next.commit <= number))
    }
}
