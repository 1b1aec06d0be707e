//! The one path of a read.

use std::ops::ControlFlow;
use std::sync::Arc;

use domain::access::{Restricted, Right};
use domain::change::Target;
use domain::query::Plan;
use domain::record::{CommitNumber, Record};
use domain::schema::{Type, TypeIndex};
use sql::read;
use tokio::sync::mpsc;

pub use sql::read::Found;

use crate::rights;
use crate::{App, Context, Error};

/// Batches that an export reads ahead of its reader.
const BATCHES_AHEAD: usize = 2;

impl App {
    /// Reads one page.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn find(&self, ctx: &Context, plan: Plan) -> Result<Found, Error> {
        let restricted = ctx.access.restrict(&self.schema, plan);
        let Restricted { plan, within } = restricted.map_err(|missing| ctx.denied(missing))?;
        let (schema, access) = (Arc::clone(&self.schema), Arc::clone(&ctx.access));
        let plan = Arc::new(plan);
        let asked = Arc::clone(&plan);
        self.read(ctx, move |reader| {
            let mut found = read::find(reader, &schema, &asked, within.as_ref())?;
            rights::hide(reader, &schema, &access, found.records.iter_mut(), asked.as_of)?;
            Ok(found)
        })
        .await
        .map_err(|error| Error::of_plan(error, &self.schema, &plan))
    }

    /// Reads one record; `None` when there is none.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn get(
        &self,
        ctx: &Context,
        type_index: TypeIndex,
        target: Target,
    ) -> Result<Option<Record>, Error> {
        self.get_as_of(ctx, type_index, target, None).await
    }

    /// Reads one record as it stood after a commit, or as it stands now; `None` when there is, or
    /// was, none.
    ///
    /// # Errors
    /// [`Error::Folded`]; others when the database can't be asked.
    pub async fn get_as_of(
        &self,
        ctx: &Context,
        type_index: TypeIndex,
        target: Target,
        as_of: Option<CommitNumber>,
    ) -> Result<Option<Record>, Error> {
        ctx.must(Right::View, &self.schema, type_index)?;
        let (schema, access) = (Arc::clone(&self.schema), Arc::clone(&ctx.access));
        let read = move |reader: &mut sql::Reader<'_>| {
            let of = schema.get(type_index);
            let Some(mut record) = read::get(reader, &schema, of, &target, as_of)? else {
                return Ok(None);
            };
            let ids = [record.id];
            let asked = (type_index, ids.as_slice());
            if rights::held(reader, &schema, (&access, Right::View), asked, as_of)?.is_empty() {
                return Ok(None);
            }
            rights::hide(reader, &schema, &access, [&mut record].into_iter(), as_of)?;
            Ok(Some(record))
        };
        Ok(self.read(ctx, read).await?)
    }

    /// Reads everything the plan matches, in batches, as of one moment, with constant memory: the
    /// database waits while the channel is full, and stops when its other end is gone.
    ///
    /// # Errors
    /// [`Error::Forbidden`] at once; what goes wrong later comes through the channel, as its last
    /// item.
    pub fn export(
        &self,
        ctx: &Context,
        plan: Plan,
    ) -> Result<mpsc::Receiver<Result<Vec<Record>, Error>>, Error> {
        let restricted = ctx.access.restrict(&self.schema, plan);
        let plan = restricted.map_err(|missing| ctx.denied(missing))?.plan;
        let access = Arc::clone(&ctx.access);
        let (sender, receiver) = mpsc::channel(BATCHES_AHEAD);
        let (schema, store) = (Arc::clone(&self.schema), self.store.clone());
        let witness = ctx.witness.clone();
        let (asked, told) = (Arc::new(plan), Arc::clone(&self.schema));
        let plan = Arc::clone(&asked);
        tokio::spawn(async move {
            let batches = sender.clone();
            let exported = store
                .read_long(move |reader| {
                    if let Some(witness) = witness {
                        witness.note(read::heads(reader, &schema)?);
                    }
                    let visible = |of: &Type| access.visible(of);
                    read::export(reader, &schema, &plan, &visible, |records| {
                        let is_gone = batches.blocking_send(Ok(records)).is_err();
                        if is_gone { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
                    })
                })
                .await;
            if let Err(error) = exported
                && sender.send(Err(Error::of_plan(error, &told, &asked))).await.is_err()
            {
                tracing::debug!("the reader of a failed export is gone");
            }
        });
        Ok(receiver)
    }
}
