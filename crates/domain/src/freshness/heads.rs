//! The heads: where the register stands.

use crate::history::Hash;
use crate::record::{CommitNumber, Timestamp};
use crate::schema::TypeIndex;

/// A commit, as heads name it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// Its number; 0 for none.
    pub commit: CommitNumber,
    /// When it was made.
    pub at: Timestamp,
    /// Its hash in the chain; zeros for none.
    pub hash: Hash,
}

/// Where the register stands at one moment. Whatever changes an answer moves one of these in its
/// own transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heads {
    /// The last commit that touched each type, by its place in the schema.
    pub types: Vec<Mark>,
    /// The last commit of all.
    pub last: Mark,
    /// The earliest commit after which the register is still known.
    pub folded_to: CommitNumber,
    /// Moves when what somebody may does, or how they want to see pages.
    pub people: i64,
    /// When it last did, or the schema was last applied.
    pub rules_changed_at: Timestamp,
    /// Moves when what pages show beside records does: change requests.
    pub pages: i64,
    /// How often all that was kept has been cleared.
    pub cleared: i64,
}

impl Heads {
    /// Heads of an empty register, with as many types.
    pub fn empty(types: usize) -> Self {
        Self { types: vec![Mark::default(); types], ..Self::default() }
    }

    /// The last commit that touched a type.
    pub fn of_type(&self, of: TypeIndex) -> Mark {
        self.types.get(of.0).copied().unwrap_or_default()
    }

    /// Sets the last commit that touched a type.
    pub fn set_type(&mut self, of: TypeIndex, mark: Mark) {
        if let Some(kept) = self.types.get_mut(of.0) {
            *kept = mark;
        }
    }
}
