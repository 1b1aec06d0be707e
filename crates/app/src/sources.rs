//! What people see of sources of messages, and what administrators do with dead letters.

mod letters;
mod members;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::TimeDelta;
use domain::access::Right;
use domain::record::Timestamp;
use sql::Reader;
use sql::write::{self, LetterQuestion, MessageTally, PartitionState, SourcePartition};

pub use letters::{LetterPage, LettersChosen, Replayed};
pub use members::{MemberPartition, MemberState, SourceMember};
pub use sql::write::LetterQuestion as LetterFilter;

use crate::ingest::Source;
use crate::{App, Context, Error};

/// What there is no source by this name is told as.
const SOURCE: &str = "source";
/// So long after it last told of itself a replica is taken to read no more.
const HEARD_WITHIN: TimeDelta = TimeDelta::seconds(90);
/// So far back the lag is shown.
pub const LAG_SHOWN: TimeDelta = TimeDelta::hours(24);

/// A source as it is configured, for reading and for people.
#[derive(Clone, Debug)]
pub struct KnownSource {
    /// What its messages mean.
    pub source: Arc<Source>,
    /// Where Kafka is asked first.
    pub brokers: Vec<String>,
    /// What it reads: names, or a pattern.
    pub topics: Vec<String>,
    /// The group that shares the partitions.
    pub group: String,
    /// The task that reads it; `None` where every replica does always.
    pub task: Option<String>,
}

/// The sources of this process, by name. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Sources(Arc<BTreeMap<String, KnownSource>>);

impl Sources {
    /// These sources.
    pub fn new(sources: impl IntoIterator<Item = KnownSource>) -> Self {
        let named = sources.into_iter().map(|known| (known.source.name.clone(), known));
        Self(Arc::new(named.collect()))
    }

    /// A source.
    pub fn get(&self, name: &str) -> Option<&KnownSource> {
        self.0.get(name)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A source, and how it goes.
#[derive(Clone, Debug)]
pub struct SourceState {
    /// As it is configured.
    pub known: KnownSource,
    /// What became of its messages so far.
    pub tally: MessageTally,
    /// When some were last taken in.
    pub last_at: Option<Timestamp>,
    /// How far each partition was read.
    pub partitions: Vec<(SourcePartition, PartitionState)>,
    /// The replicas that read it now.
    pub members: Vec<SourceMember>,
    /// How many dead letters wait for somebody.
    pub letters: u64,
}

impl SourceState {
    /// How it goes: the worst of what its replicas tell.
    pub fn state(&self) -> MemberState {
        let states = self.members.iter().map(|member| member.state);
        states.max().unwrap_or(if self.known.task.is_some() {
            MemberState::Resting
        } else {
            MemberState::Unread
        })
    }

    /// How many messages it is behind, as far as that is known.
    pub fn behind(&self) -> Option<i64> {
        let partitions = || self.members.iter().flat_map(|member| &member.partitions);
        let known = partitions().filter_map(|partition| partition.behind);
        partitions().any(|partition| partition.behind.is_some()).then(|| known.sum())
    }

    /// Messages a minute, lately.
    pub fn per_minute(&self) -> i64 {
        self.members.iter().map(|member| member.per_minute).sum()
    }
}

impl App {
    /// All sources, by name.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without the right to administer; others when the database can't be
    /// asked.
    pub async fn sources_list(&self, ctx: &Context) -> Result<Vec<SourceState>, Error> {
        ctx.must_everywhere(Right::Administer)?;
        self.source_states(self.sources.0.values().cloned().collect()).await
    }

    /// The names of sources that somebody should look at; none for whoever may not administer.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn sources_unread(&self, ctx: &Context) -> Result<Vec<String>, Error> {
        if self.sources.is_empty() || ctx.must_everywhere(Right::Administer).is_err() {
            return Ok(Vec::new());
        }
        let states = self.sources_measured().await?;
        let bad = states.into_iter().filter(|state| state.state().is_bad());
        Ok(bad.map(|state| state.known.source.name.clone()).collect())
    }

    /// A source.
    ///
    /// # Errors
    /// As [`Self::sources_list`], and [`Error::NotFound`].
    pub async fn source_show(&self, ctx: &Context, name: &str) -> Result<SourceState, Error> {
        let known = self.known_source(ctx, name)?.clone();
        let states = self.source_states(vec![known]).await?;
        states.into_iter().next().ok_or(Error::NotFound { what: SOURCE })
    }

    /// How far behind a source was in each minute of the last day in which it was read, of all its
    /// replicas together.
    ///
    /// # Errors
    /// As [`Self::source_show`].
    pub async fn source_lags(
        &self,
        ctx: &Context,
        name: &str,
    ) -> Result<Vec<(Timestamp, i64)>, Error> {
        let name = self.known_source(ctx, name)?.source.name.clone();
        let since = ctx.now.checked_sub_signed(LAG_SHOWN).unwrap_or(ctx.now);
        let read = move |reader: &mut Reader<'_>| write::lags_since(reader, &name, since);
        Ok(self.store.read(read).await?)
    }

    /// How all sources go, as far as a database that is asked tells; for counters.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn sources_measured(&self) -> Result<Vec<SourceState>, Error> {
        self.source_states(self.sources.0.values().cloned().collect()).await
    }

    async fn source_states(&self, sources: Vec<KnownSource>) -> Result<Vec<SourceState>, Error> {
        if sources.is_empty() {
            return Ok(Vec::new());
        }
        let now = self.clock.now();
        let since = now.checked_sub_signed(HEARD_WITHIN).unwrap_or(now);
        let read = move |reader: &mut Reader<'_>| {
            let mut members: HashMap<String, Vec<SourceMember>> = HashMap::new();
            for stored in write::members_since(reader, since)? {
                let member = SourceMember::of(stored);
                members.entry(member.source.clone()).or_default().push(member);
            }
            let state = |known: KnownSource| {
                let name = known.source.name.as_str();
                let (tally, last_at) = write::tally_of(reader, name)?;
                let partitions = write::partitions_of(reader, name)?;
                let all = LetterQuestion::default();
                let (letters, _) = write::letters_count(reader, name, &all)?;
                let members = members.remove(name).unwrap_or_default();
                Ok(SourceState { known, tally, last_at, partitions, members, letters })
            };
            sources.into_iter().map(state).collect()
        };
        Ok(self.store.read(read).await?)
    }

    fn known_source(&self, ctx: &Context, name: &str) -> Result<&KnownSource, Error> {
        ctx.must_everywhere(Right::Administer)?;
        self.sources.get(name).ok_or(Error::NotFound { what: SOURCE })
    }
}
