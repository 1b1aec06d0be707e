//! The one path of a write: proposal, checks, judgement, commit.

use domain::change::Proposal;
use domain::history::Hash;
use domain::record::{CommitNumber, Record, RecordId, Timestamp};
use domain::schema::TypeIndex;

use crate::{App, Context, Error};

/// What came of a proposal.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The commit; `None` when nothing changed, or nothing was to be written.
    pub commit: Option<Committed>,
    /// For each proposed change, in order, what it was about.
    pub subjects: Vec<Subject>,
    /// Records added, cascades and all.
    pub added: usize,
    /// Records changed.
    pub updated: usize,
    /// Records deleted.
    pub deleted: usize,
}

/// A commit that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// Its number.
    pub number: CommitNumber,
    /// When.
    pub at: Timestamp,
    /// Its hash.
    pub hash: Hash,
}

/// The record that a proposed change was about.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Its type.
    pub type_index: TypeIndex,
    /// Its id.
    pub id: RecordId,
    /// The record as it is now; `None` when it is deleted.
    pub record: Option<Record>,
    /// What happened to it.
    pub effect: Effect,
}

/// What a proposed change did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It added the record.
    Added,
    /// It changed it.
    Updated,
    /// It deleted it.
    Deleted,
    /// It left it as it was.
    Unchanged,
}

impl App {
    /// Makes the changes, all or nothing, in one commit.
    ///
    /// # Errors
    /// [`Error::Refused`] with all that is wrong; [`Error::Unauthenticated`] and
    /// [`Error::Forbidden`] when the actor may not; others when the database can't be asked.
    pub async fn submit(&self, _ctx: &Context, _proposal: Proposal) -> Result<Outcome, Error> {
        todo!()
    }

    /// Tells what [`Self::submit`] would do, and writes nothing.
    ///
    /// # Errors
    /// As [`Self::submit`], save for rights.
    pub async fn preview(&self, _ctx: &Context, _proposal: Proposal) -> Result<Outcome, Error> {
        todo!()
    }
}
