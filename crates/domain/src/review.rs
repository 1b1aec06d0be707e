//! Whether a change goes in. The only maker of [`Approved`], which is the only thing that the
//! database's one door takes.

use std::collections::BTreeSet;

use crate::change::CheckedChange;
use crate::schema::{Demand, Schema};

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

/// Why changes don't go in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// Some of the types that they touch want a reason, and none was given.
    #[error("changes of {} need a reason", .types.join(", "))]
    NoReason {
        /// The names of those types.
        types: Vec<String>,
    },
}

/// Judges changes by why somebody asks for them, under the policies of all types that they touch,
/// cascades included.
///
/// # Errors
/// [`Denied`].
pub fn judge(
    schema: &Schema,
    reason: Option<&str>,
    changes: Vec<CheckedChange>,
) -> Result<Approved, Denied> {
    if reason.is_none_or(str::is_empty) {
        let touched: BTreeSet<_> = changes.iter().map(|change| change.type_index).collect();
        let types: Vec<String> = touched
            .into_iter()
            .map(|index| schema.get(index))
            .filter(|of| of.reason == Demand::Required)
            .map(|of| of.name.to_string())
            .collect();
        if !types.is_empty() {
            return Err(Denied::NoReason { types });
        }
    }
    Ok(Approved { changes })
}
