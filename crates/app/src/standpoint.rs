//! What somebody may do with all records that changes touch.

use std::collections::BTreeSet;

use domain::access::{Missing, Right};
use domain::change::CheckedChange;
use domain::review::{Denied, Standpoint};
use domain::schema::{Schema, TypeIndex};
use sql::{Reader, StoreError};

use crate::{Context, Error, rights};

/// The rights that somebody lacks on records as they are before they are changed.
pub(crate) struct Lacking {
    write: Option<Missing>,
    propose: Option<Missing>,
    bypass: Option<Missing>,
}

impl Lacking {
    /// What is told to whoever is denied.
    pub(crate) fn error(self, ctx: &Context, denied: Denied) -> Error {
        let lacking = |right, missing: Option<Missing>| {
            ctx.denied(missing.unwrap_or(Missing { right, of: None }))
        };
        match denied {
            Denied::NoReason { types } => Error::NoReason { types },
            Denied::BypassNeedsReason => Error::BypassNeedsReason,
            Denied::NotReviewed { types } => Error::NotReviewed { types },
            Denied::MayNotWrite => lacking(Right::Write, self.write),
            Denied::MayNotPropose => lacking(Right::Propose, self.propose),
            Denied::MayNotBypass => lacking(Right::Bypass, self.bypass),
        }
    }
}

/// What somebody may do with all records that changes touch, as they are before.
pub(crate) fn standpoint(
    reader: &mut Reader<'_>,
    schema: &Schema,
    ctx: &Context,
    changes: &[CheckedChange],
) -> Result<(Standpoint, Lacking), StoreError> {
    let added = changes.iter().filter(|change| change.before.is_none());
    let added: BTreeSet<TypeIndex> = added.map(|change| change.type_index).collect();
    let touched = rights::before(changes);
    let mut lacks = |right| {
        // A record that is added is not there before: some of its type will do, until it is.
        let lacking = added.iter().find(|of| !ctx.access.has(right, **of));
        if let Some(of) = lacking {
            return Ok(Some(Missing { right, of: Some(schema.get(*of).name.to_string()) }));
        }
        let may = rights::may(reader, schema, (&ctx.access, right), &touched)?;
        Ok::<_, StoreError>(may.err())
    };
    let lacking = Lacking {
        write: lacks(Right::Write)?,
        propose: lacks(Right::Propose)?,
        bypass: lacks(Right::Bypass)?,
    };
    let standpoint = Standpoint {
        may_write: lacking.write.is_none(),
        may_propose: lacking.propose.is_none(),
        may_bypass: lacking.bypass.is_none(),
    };
    Ok((standpoint, lacking))
}
