//! Fills the topic of how records stand with all that are there.

use app::events::cursors::HeldCursor;
use app::events::snapshot::{SnapshotState, StoredSnapshot, all_of};
use domain::event::subject;
use domain::query::{Page, Plan};
use domain::record::CommitNumber;
use domain::schema::TypeIndex;
use kafka::Publisher;

use super::{Ended, EventsRelay};

impl EventsRelay {
    /// Makes a snapshot of how things stood at the cursor; one that was begun before, from its
    /// beginning.
    pub(super) async fn snapshot(
        &self,
        publisher: &mut Publisher,
        held: &HeldCursor,
        mut asked: StoredSnapshot,
    ) -> Result<(), Ended> {
        if self.settings.state_topic.is_none() {
            let why = "kafka.events.state_topic is not set: there is nothing to fill".to_owned();
            asked.error = Some(why);
            return self.keep(held, &asked, SnapshotState::Failed).await;
        }
        // Where some of its commit's events are still to be told, they tell the same again.
        let as_of = held.place.commit;
        let types = self.types(&asked);
        let mut total = 0;
        for of in &types {
            total += self.count(*of, as_of).await?;
        }
        asked.commit = Some(as_of);
        (asked.done, asked.total) = (0, i64::try_from(total).unwrap_or(i64::MAX));
        self.keep(held, &asked, SnapshotState::Running).await?;
        tracing::info!(commit = %as_of, total, "a snapshot is being published");
        for of in types {
            self.snapshot_of(publisher, held, &mut asked, (of, as_of)).await?;
        }
        self.keep(held, &asked, SnapshotState::Done).await?;
        tracing::info!(commit = %as_of, done = asked.done, "the snapshot is published");
        Ok(())
    }

    async fn snapshot_of(
        &self,
        publisher: &mut Publisher,
        held: &HeldCursor,
        asked: &mut StoredSnapshot,
        (of, as_of): (TypeIndex, CommitNumber),
    ) -> Result<(), Ended> {
        let type_name = self.app.schema.get(of).name.to_string();
        let encoder = self.encoder();
        let mut batches = self.app.export(&self.context(), all_of(of, as_of))?;
        while let Some(batch) = batches.recv().await {
            let records = batch?;
            let mut messages = Vec::with_capacity(records.len());
            for record in &records {
                let state = encoder.state_of(record);
                let state = state.map_err(|error| Ended::Untold(error.to_string()))?;
                let key = subject(&type_name, record.id);
                messages.extend(self.state_message(&type_name, key, Some(state)));
            }
            if messages.is_empty() {
                continue;
            }
            let count = i64::try_from(messages.len()).unwrap_or(i64::MAX);
            publisher.publish(messages).await?;
            asked.done = asked.done.saturating_add(count);
            self.keep(held, asked, SnapshotState::Running).await?;
        }
        Ok(())
    }

    async fn keep(
        &self,
        held: &HeldCursor,
        asked: &StoredSnapshot,
        state: SnapshotState,
    ) -> Result<(), Ended> {
        let told = StoredSnapshot { state, ..asked.clone() };
        let is_ours = held.snapshot_tell(&self.app, &told).await?;
        if is_ours { Ok(()) } else { Err(Ended::TakenOver) }
    }

    fn types(&self, asked: &StoredSnapshot) -> Vec<TypeIndex> {
        let types = self.app.schema.types().iter();
        let is_asked = |name: &str| asked.type_name.as_deref().is_none_or(|asked| asked == name);
        types.filter(|of| is_asked(of.name.as_str())).map(|of| of.index).collect()
    }

    async fn count(&self, of: TypeIndex, as_of: CommitNumber) -> Result<u64, Ended> {
        let page = Page::Offset { offset: 0, limit: 1 };
        let plan = Plan { page, count: true, ..all_of(of, as_of) };
        let found = self.app.find(&self.context(), plan).await?;
        Ok(found.count.unwrap_or(0))
    }
}
