//! Whether a change goes in. The only maker of [`Approved`], which is the only thing that the
//! database's one door takes.

use crate::access::Actor;
use crate::change::CheckedChange;

/// Changes that may be written: checked against the register as it is, and agreed to.
#[derive(Debug)]
pub struct Approved {
    changes: Vec<CheckedChange>,
}

impl Approved {
    /// The changes, in the order in which they are written.
    pub fn changes(&self) -> &[CheckedChange] {
        &self.changes
    }

    /// Gives the changes back once they have been written.
    pub fn into_changes(self) -> Vec<CheckedChange> {
        self.changes
    }
}

/// The actor lacks the right to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("you may not change records")]
pub struct Forbidden;

/// Judges changes by who asks for them.
///
/// # Errors
/// [`Forbidden`] when the actor may not write.
pub fn judge(actor: &Actor, changes: Vec<CheckedChange>) -> Result<Approved, Forbidden> {
    if actor.may_write() { Ok(Approved { changes }) } else { Err(Forbidden) }
}
