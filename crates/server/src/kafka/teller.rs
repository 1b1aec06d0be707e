//! Tells how the reading of a source goes: in the log when that changes, in the register every few
//! seconds.

use std::collections::VecDeque;
use std::time::Duration;

use app::ingest::MessageTally;
use app::sources::{MemberPartition, MemberState, SourceMember};
use app::{App, Error};
use kafka::{Consumer, KafkaError};
use tokio::time::Instant;

use super::SourceReading;
use super::keeper::{Keeper, source_partition};
use super::reader::state_of;

/// So often it is told how it goes, where that is not as it was.
const NEWS_EVERY: Duration = Duration::from_secs(5);
/// So often it is told all the same.
const SAME_EVERY: Duration = Duration::from_secs(30);
/// Over so long the rate is measured.
const RATE_OVER: Duration = Duration::from_mins(1);
/// So long nothing must have been wrong where nothing is read either.
const TROUBLE_LASTS: Duration = Duration::from_secs(15);
/// What is told where the database was away.
const DATABASE_AWAY: &str = "database_away";

pub(super) struct Teller {
    app: App,
    member: SourceMember,
    told: Option<(SourceMember, Instant)>,
    /// When something was last wrong.
    troubled_at: Option<Instant>,
    /// How many messages were taken in, and when.
    taken: VecDeque<(Instant, u64)>,
}

impl Teller {
    pub(super) fn new(app: App, reading: &SourceReading) -> Self {
        let member = SourceMember {
            source: reading.source.name.clone(),
            replica: reading.replica.clone(),
            state: MemberState::Joining,
            trouble: None,
            partitions: Vec::new(),
            per_minute: 0,
            at: app.clock.now(),
        };
        Self { app, member, told: None, troubled_at: None, taken: VecDeque::new() }
    }

    /// Messages were taken in.
    pub(super) fn took(&mut self, tally: MessageTally) {
        self.taken.push_back((Instant::now(), tally.messages()));
    }

    /// It goes on without an error; `has_read` where messages were taken in.
    pub(super) async fn progress(&mut self, consumer: &Consumer<Keeper>, has_read: bool) {
        let partition = |(partition, lag): (kafka::Partition, kafka::Lag)| MemberPartition {
            partition: source_partition(&partition),
            next: lag.next,
            high: lag.high,
            behind: lag.behind,
        };
        self.member.partitions = consumer.lag().into_iter().map(partition).collect();
        let has_partitions = !self.member.partitions.is_empty();
        // Some errors are told once, and last for all that.
        let is_well = has_partitions
            && consumer.is_connected()
            && self.troubled_at.is_none_or(|at| at.elapsed() > TROUBLE_LASTS);
        if self.member.trouble.is_some() && !has_read && !is_well {
            return self.tell(false).await;
        }
        if self.member.trouble.take().is_some() {
            tracing::info!(source = self.member.source, "the source is read again");
        }
        self.member.state =
            if has_partitions { MemberState::Reading } else { MemberState::Joining };
        self.tell(false).await;
    }

    /// Kafka has something against it.
    pub(super) async fn trouble(&mut self, error: &KafkaError) {
        let trouble = (error.code().to_owned(), error.to_string());
        let is_news = self.member.trouble.as_ref().is_none_or(|(code, _)| *code != trouble.0);
        if is_news {
            let (source, code) = (&self.member.source, error.code());
            tracing::error!(source, code, %error, "the source can't be read; it is tried again");
        } else {
            tracing::debug!(source = self.member.source, %error, "the source can't be read yet");
        }
        self.troubled_at = Some(Instant::now());
        self.member.state = state_of(error);
        self.member.trouble = Some(trouble);
        self.tell(is_news).await;
    }

    /// The database can't be asked.
    pub(super) async fn database_away(&mut self, error: &Error) {
        let (source, code) = (&self.member.source, DATABASE_AWAY);
        let is_news = self.member.trouble.as_ref().is_none_or(|(before, _)| before != code);
        if is_news {
            tracing::warn!(source, code, %error, "messages wait for the database");
        } else {
            tracing::debug!(source, %error, "messages still wait for the database");
        }
        self.troubled_at = Some(Instant::now());
        self.member.state = MemberState::Away;
        self.member.trouble = Some((code.to_owned(), format!("the database is away: {error}")));
        self.tell(is_news).await;
    }

    /// It reads no more.
    pub(super) async fn leave(&self) {
        let SourceMember { source, replica, .. } = &self.member;
        if let Err(error) = self.app.source_leave(source, replica).await {
            tracing::debug!(%error, "that a source is read no more could not be told");
        }
    }

    async fn tell(&mut self, is_news: bool) {
        let now = Instant::now();
        while self.taken.front().is_some_and(|(at, _)| now.duration_since(*at) > RATE_OVER) {
            self.taken.pop_front();
        }
        let per_minute: u64 = self.taken.iter().map(|(_, count)| *count).sum();
        self.member.per_minute = i64::try_from(per_minute).unwrap_or(i64::MAX);
        self.member.at = self.app.clock.now();
        if let (Some((told, at)), false) = (&self.told, is_news) {
            let is_same = *told == SourceMember { at: told.at, ..self.member.clone() };
            let every = if is_same { SAME_EVERY } else { NEWS_EVERY };
            if now.duration_since(*at) < every {
                return;
            }
        }
        match self.app.source_tell(&self.member).await {
            Ok(()) => self.told = Some((self.member.clone(), now)),
            Err(error) => tracing::debug!(%error, "how a source goes could not be told"),
        }
    }
}
