//! Messages of a source into the register: each takes effect once, with how far they were read, in one
//! transaction. What can't be taken in goes to the dead letters and stops nothing.

mod asking;
mod headers;
mod intake;
mod rounds;
mod understanding;

use std::sync::Arc;

use domain::access::Actor;
use domain::message::{Format, Mapping};
use domain::record::Timestamp;
use domain::schema::{Schema, TypeIndex};
use sql::write;
use sql::{StoreError, Writer};
use tracing::Instrument as _;

pub use sql::write::{DeadLetter, MessageTally, PartitionState, PartitionStep, SourcePartition};

use crate::{App, Context, Error};
pub use headers::headers_of;
use intake::Intake;
pub(crate) use intake::TakenIn;
use understanding::understand;

/// Where messages come from, and what they mean.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its name.
    pub name: String,
    /// The type of the records that it tells of.
    pub type_index: TypeIndex,
    /// How its messages are written.
    pub format: Format,
    /// What they mean.
    pub mapping: Mapping,
    /// What becomes of references to records that are not there.
    pub missing: MissingReferences,
    /// Whether somebody must agree to what it says.
    pub policy: Policy,
}

/// Whether somebody must agree to what a source says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// It waits in change requests, one for each record.
    Review,
    /// It goes in at once.
    Direct,
}

/// What becomes of references to records that are not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MissingReferences {
    /// They are made.
    Create,
    /// The message is a dead letter.
    Refuse,
}

impl Policy {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Review => "review",
            Self::Direct => "direct",
        }
    }
}

/// A message as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Where it stands.
    pub partition: SourcePartition,
    /// Its number there.
    pub offset: i64,
    /// Its key.
    pub key: Option<Vec<u8>>,
    /// Its headers in order.
    pub headers: Vec<(String, Option<Vec<u8>>)>,
    /// What it says; `None` for a tombstone.
    pub payload: Option<Vec<u8>>,
}

impl App {
    /// Takes partitions over for a source, in this order: whoever had them before moves them no more,
    /// and nothing that they still take in is kept.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn source_take(
        &self,
        source: &Source,
        partitions: Vec<SourcePartition>,
    ) -> Result<Vec<PartitionState>, Error> {
        let name = source.name.clone();
        let take = move |writer: &mut Writer<'_>| {
            let taken = partitions.iter().map(|one| write::partition_take(writer, &name, one));
            taken.collect()
        };
        Ok(self.store.write(take).await?)
    }

    /// Moves on in partitions without taking in what is passed over.
    ///
    /// # Errors
    /// [`Error::Internal`] of [`StoreError::Fenced`] where one is somebody else's by now; others when
    /// the database can't be asked.
    pub async fn source_move(
        &self,
        source: &Source,
        steps: Vec<(SourcePartition, PartitionStep)>,
    ) -> Result<(), Error> {
        let name = source.name.clone();
        Ok(self.store.write(move |writer| move_on(writer, &name, &steps)).await?)
    }

    /// Takes messages in, those of each partition in order, with the steps in their partitions: all of
    /// it is kept, or nothing.
    ///
    /// # Errors
    /// As [`Self::source_move`].
    pub async fn ingest(
        &self,
        source: &Arc<Source>,
        messages: impl Into<Arc<[Reading]>>,
        steps: Vec<(SourcePartition, PartitionStep)>,
    ) -> Result<MessageTally, Error> {
        let (source, schema) = (Arc::clone(source), Arc::clone(&self.schema));
        let messages: Arc<[Reading]> = messages.into();
        let (name, count) = (source.name.clone(), i64::try_from(messages.len()).ok());
        let ctx = acting(&source, self.clock.now());
        let take_in = move |writer: &mut Writer<'_>| {
            // Before anything is locked: on PostgreSQL others write meanwhile.
            let understood = understand(&source, &messages);
            // Of two who have messages of one partition, the second finds it moved.
            move_on(writer, &source.name, &steps)?;
            let mut intake = Intake::new(&schema, &source, &ctx, &messages);
            intake.take_in(writer, understood)?;
            intake.keep(writer)
        };
        let span = tracing::info_span!(target: "traces", "batch", source = name, messages = count);
        Ok(self.store.write(take_in).instrument(span).await?.told())
    }
}

/// Takes messages in again that could not be taken in before, for whoever asks for that.
pub(crate) fn take_in_again(
    writer: &mut Writer<'_>,
    schema: &Schema,
    (source, asker): (&Source, &Context),
    messages: &[Reading],
) -> Result<TakenIn, StoreError> {
    let ctx = Context { request_id: asker.request_id.clone(), ..acting(source, asker.now) };
    let mut intake = Intake::new(schema, source, &ctx, messages).again();
    intake.take_in(writer, understand(source, messages))?;
    intake.keep(writer)
}

/// Who acts when a source says something.
fn acting(source: &Source, now: Timestamp) -> Context {
    let name = format!("kafka:{}", source.name);
    let of_system = Context::of_system(now, &name, &name);
    Context { actor: Actor::Machine { name }, ..of_system }
}

fn move_on(
    writer: &mut Writer<'_>,
    source: &str,
    steps: &[(SourcePartition, PartitionStep)],
) -> Result<(), StoreError> {
    for (partition, step) in steps {
        if !write::partition_move(writer, source, partition, step)? {
            return Err(StoreError::Fenced);
        }
    }
    Ok(())
}
