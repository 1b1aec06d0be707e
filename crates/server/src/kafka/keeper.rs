//! Keeps a consumer's positions in the register.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use app::App;
use app::ingest::{PartitionStep, Source, SourcePartition};
use kafka::{Gap, Handover, OnGap, Owner, OwnerError, Partition, Position};

/// Keeps a consumer's positions in the register, and who may move them.
pub(super) struct Keeper {
    app: App,
    source: Arc<Source>,
    on_gap: OnGap,
    held: Mutex<HashMap<Partition, Held>>,
}

/// A partition that is ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Held {
    epoch: i64,
    next: Option<i64>,
}

/// What the register calls a partition.
pub(super) fn source_partition(Partition { topic, number }: &Partition) -> SourcePartition {
    SourcePartition { topic: topic.to_string(), number: *number }
}

impl Keeper {
    pub(super) fn new(app: App, source: Arc<Source>, on_gap: OnGap) -> Self {
        Self { app, source, on_gap, held: Mutex::default() }
    }

    /// The steps that lead to positions; of partitions that are not ours, none.
    pub(super) fn steps(
        &self,
        positions: &BTreeMap<Partition, Position>,
    ) -> BTreeMap<Partition, PartitionStep> {
        let held = self.lock();
        let step = |(partition, position): (&Partition, &Position)| {
            let Held { epoch, next } = *held.get(partition)?;
            let Position { next: to, last_ms } = *position;
            Some((partition.clone(), PartitionStep { epoch, from: next, to, last_ms }))
        };
        positions.iter().filter_map(step).collect()
    }

    /// Steps were made.
    pub(super) fn moved(&self, steps: &BTreeMap<Partition, PartitionStep>) {
        let mut held = self.lock();
        for (partition, step) in steps {
            let ours = held.get_mut(partition).filter(|held| held.epoch == step.epoch);
            if let Some(ours) = ours {
                ours.next = Some(step.to);
            }
        }
    }

    /// A partition is somebody else's, as the register tells: what still comes of it is not ours.
    pub(super) fn forget(&self, partition: &Partition, step: PartitionStep) {
        let mut held = self.lock();
        if held.get(partition).is_some_and(|held| held.epoch == step.epoch) {
            held.remove(partition);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Partition, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Owner for Keeper {
    async fn begin(
        &self,
        partitions: &[Partition],
    ) -> Result<BTreeMap<Partition, Position>, OwnerError> {
        let wanted = partitions.iter().map(source_partition).collect();
        let states = self.app.source_take(&self.source, wanted).await?;
        let mut held = self.lock();
        let mut positions = BTreeMap::new();
        for (partition, state) in partitions.iter().zip(states) {
            held.insert(partition.clone(), Held { epoch: state.epoch, next: state.next });
            if let Some(next) = state.next {
                positions.insert(partition.clone(), Position { next, last_ms: state.last_ms });
            }
            tracing::info!(
                source = self.source.name,
                %partition,
                epoch = state.epoch,
                next = state.next,
                "a partition is read from now on"
            );
        }
        Ok(positions)
    }

    async fn placed(&self, positions: &BTreeMap<Partition, Position>) -> Result<(), OwnerError> {
        let steps = self.steps(positions);
        let told = steps.iter().map(|(partition, step)| (source_partition(partition), *step));
        self.app.source_move(&self.source, told.collect()).await?;
        self.moved(&steps);
        Ok(())
    }

    async fn end(&self, partitions: &[Partition], how: Handover) {
        let mut held = self.lock();
        for partition in partitions {
            held.remove(partition);
            tracing::info!(source = self.source.name, %partition, ?how, "a partition is read no more");
        }
    }

    async fn gap(&self, gap: &Gap) -> Result<OnGap, OwnerError> {
        let choice = match self.on_gap {
            OnGap::Stop => "it stops there",
            OnGap::Earliest => "it goes on with the oldest message",
            OnGap::Latest => "it goes on with the next message",
        };
        tracing::warn!(source = self.source.name, %gap, choice, "messages are missing");
        Ok(self.on_gap)
    }
}
