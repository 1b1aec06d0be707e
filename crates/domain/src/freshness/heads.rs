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
    /// Moves when what pages show beside records does: change requests, views; and templates.
    pub pages: i64,
    /// How often all that was kept has been cleared.
    pub cleared: i64,
}

impl Heads {
    /// Heads of an empty register, with as many types.
    pub fn empty(types: usize) -> Self {
        Self { types: vec![Mark::default(); types], ..Self::default() }
    }

    /// Whether all that these others tell of has come about here, too: whatever is read where the
    /// register stands so is at least as new.
    pub fn reach(&self, others: &Self) -> bool {
        // The same number with another hash is another register's.
        let is_of_one_line =
            self.last.commit != others.last.commit || self.last.hash == others.last.hash;
        is_of_one_line
            && self.last.commit >= others.last.commit
            && self.folded_to >= others.folded_to
            && self.people >= others.people
            && self.rules_changed_at >= others.rules_changed_at
            && self.pages >= others.pages
            && self.cleared >= others.cleared
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

#[cfg(test)]
mod tests {
    use super::*;

    fn check(here: &Heads, others: &Heads, reaches: bool) {
        assert_eq!(here.reach(others), reaches, "{here:?} and {others:?}");
    }

    #[test]
    fn heads_reach_others_when_nothing_of_them_is_missing() {
        let at = |commit, byte| Mark {
            commit: CommitNumber(commit),
            hash: [byte; 32],
            ..Mark::default()
        };
        let stands = Heads { last: at(3, 3), people: 2, pages: 5, cleared: 1, ..Heads::empty(1) };
        check(&stands, &stands, true);
        check(&Heads { last: at(4, 4), ..stands.clone() }, &stands, true);
        check(&Heads { people: 3, ..stands.clone() }, &stands, true);
        check(&Heads { last: at(2, 2), ..stands.clone() }, &stands, false);
        check(&Heads { last: at(3, 9), ..stands.clone() }, &stands, false);
        check(&Heads { people: 1, last: at(4, 4), ..stands.clone() }, &stands, false);
        check(&Heads { pages: 4, ..stands.clone() }, &stands, false);
        check(&Heads { cleared: 0, ..stands.clone() }, &stands, false);
    }
}
