//! What would come of a change, told before it is made: what it touches, and what whoever asks may do
//! with that, from which [`domain::review::waits`] says what becomes of it. Checked as the change
//! itself is; nothing is written.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::access::Right;
use domain::change::{Proposal, draft};
use domain::review::Standpoint;
use domain::schema::{Schema, TypeIndex};
use sql::{Reader, StoreError};

use crate::check::check;
use crate::standpoint::standpoint;
use crate::submit::{EachMatching, each_matching};
use crate::{App, Context, Error, Progress};

/// What would come of a change.
#[derive(Clone, Debug)]
pub struct Foreseen {
    /// Records that it adds, changes or deletes, cascades and all.
    pub records: usize,
    /// Their types.
    pub types: Vec<TypeIndex>,
    /// What whoever asks may do with all of them.
    pub standpoint: Standpoint,
}

impl App {
    /// Tells what would come of changes.
    ///
    /// # Errors
    /// As [`Self::preview`].
    pub async fn foresee(&self, ctx: &Context, proposal: Proposal) -> Result<Foreseen, Error> {
        for change in &proposal.changes {
            ctx.must(Right::View, &self.schema, change.type_index)?;
        }
        let (schema, ctx) = (Arc::clone(&self.schema), ctx.clone());
        self.store.read(move |reader| foreseen(reader, &schema, &ctx, proposal)).await?
    }

    /// Tells what would come of the same change of every record that a filter matches.
    ///
    /// # Errors
    /// As [`Self::preview`], and [`Error::OtherCount`].
    pub async fn foresee_each(&self, ctx: &Context, each: EachMatching) -> Result<Foreseen, Error> {
        let (schema, ctx) = (Arc::clone(&self.schema), ctx.clone());
        self.store
            .read(move |reader| match each_matching(reader, &schema, &ctx, each)? {
                Ok(proposal) => foreseen(reader, &schema, &ctx, proposal),
                Err(refused) => Ok(Err(refused)),
            })
            .await?
    }
}

fn foreseen(
    reader: &mut Reader<'_>,
    schema: &Schema,
    ctx: &Context,
    proposal: Proposal,
) -> Result<Result<Foreseen, Error>, StoreError> {
    let drafts = draft(schema, proposal);
    let changes = match check(reader, schema, &ctx.access, drafts, &Progress::NONE)? {
        Ok(checked) => checked.changes,
        Err(refused) => return Ok(Err(Error::Refused(refused))),
    };
    let types: BTreeSet<TypeIndex> = changes.iter().map(|change| change.type_index).collect();
    let (standpoint, _lacking) = standpoint(reader, schema, ctx, &changes)?;
    Ok(Ok(Foreseen { records: changes.len(), types: types.into_iter().collect(), standpoint }))
}
