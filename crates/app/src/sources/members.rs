//! Replicas that read sources, as they tell of themselves.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use domain::json::Json;
use domain::record::Timestamp;
use sql::write::{self, SourcePartition, StoredMember};
use sql::{Writer, json};

use crate::{App, Error};

/// How it goes with a replica that reads a source. The later ones are worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MemberState {
    /// No run of its task reads it now.
    Resting,
    /// It reads.
    Reading,
    /// It is told of no partition yet.
    Joining,
    /// No replica reads it.
    Unread,
    /// Something is away, and it tries again.
    Away,
    /// Somebody must do something first.
    Stopped,
}

impl MemberState {
    /// All of them, the worst last.
    pub const ALL: [Self; 6] =
        [Self::Resting, Self::Reading, Self::Joining, Self::Unread, Self::Away, Self::Stopped];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Resting => "resting",
            Self::Reading => "reading",
            Self::Joining => "joining",
            Self::Unread => "unread",
            Self::Away => "away",
            Self::Stopped => "stopped",
        }
    }

    fn of_word(word: &str) -> Self {
        Self::ALL.into_iter().find(|state| state.word() == word).unwrap_or(Self::Unread)
    }

    /// Whether somebody should look.
    pub fn is_bad(self) -> bool {
        matches!(self, Self::Unread | Self::Away | Self::Stopped)
    }
}

/// A replica that reads a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceMember {
    /// The source.
    pub source: String,
    /// The replica.
    pub replica: String,
    /// How it goes.
    pub state: MemberState,
    /// What is wrong: a stable word, and a sentence.
    pub trouble: Option<(String, String)>,
    /// The partitions that are its own.
    pub partitions: Vec<MemberPartition>,
    /// Messages a minute, lately.
    pub per_minute: i64,
    /// When it told so.
    pub at: Timestamp,
}

/// A partition that a replica reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberPartition {
    /// Which.
    pub partition: SourcePartition,
    /// The offset of the message that it reads next.
    pub next: i64,
    /// The offset of the next that will be written, once a broker has told.
    pub high: Option<i64>,
    /// How many messages are between.
    pub behind: Option<i64>,
}

impl SourceMember {
    pub(super) fn of(stored: StoredMember) -> Self {
        let partitions = match json::parse(stored.partitions.as_bytes()) {
            Ok(Json::List(items)) => items.iter().filter_map(MemberPartition::of_json).collect(),
            _ => Vec::new(),
        };
        let code = stored.code.unwrap_or_default();
        Self {
            source: stored.source,
            replica: stored.replica,
            state: MemberState::of_word(&stored.state),
            trouble: stored.error.map(|error| (code, error)),
            partitions,
            per_minute: stored.per_minute,
            at: stored.at,
        }
    }

    fn stored(&self) -> StoredMember {
        let partitions = self.partitions.iter().map(MemberPartition::json).collect();
        let (code, error) = self.trouble.clone().unzip();
        StoredMember {
            source: self.source.clone(),
            replica: self.replica.clone(),
            state: self.state.word().to_owned(),
            // Neither database keeps a NUL in a text.
            code: code.map(|text| text.replace('\0', "\u{fffd}")),
            error: error.map(|text| text.replace('\0', "\u{fffd}")),
            partitions: Json::List(partitions).to_string(),
            per_minute: self.per_minute,
            at: self.at,
        }
    }
}

impl MemberPartition {
    fn json(&self) -> Json {
        let number = |number: i64| Json::Number(number.to_string());
        let mut members = BTreeMap::from([
            ("topic".to_owned(), Json::text(self.partition.topic.as_str())),
            ("number".to_owned(), number(i64::from(self.partition.number))),
            ("next".to_owned(), number(self.next)),
        ]);
        members.extend(self.high.map(|high| ("high".to_owned(), number(high))));
        members.extend(self.behind.map(|behind| ("behind".to_owned(), number(behind))));
        Json::Object(members)
    }

    fn of_json(json: &Json) -> Option<Self> {
        let Json::Object(members) = json else {
            return None;
        };
        let number = |name: &str| match members.get(name) {
            Some(Json::Number(digits)) => digits.parse::<i64>().ok(),
            _ => None,
        };
        let Some(Json::Text(topic)) = members.get("topic") else {
            return None;
        };
        let place = i32::try_from(number("number")?).ok()?;
        Some(Self {
            partition: SourcePartition { topic: topic.clone(), number: place },
            next: number("next")?,
            high: number("high"),
            behind: number("behind"),
        })
    }
}

impl App {
    /// Keeps what a replica tells of itself, and how far behind it is in this minute.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn source_tell(&self, member: &SourceMember) -> Result<(), Error> {
        let stored = member.stored();
        let behind = member.partitions.iter().filter_map(|partition| partition.behind);
        let is_known = member.partitions.iter().any(|partition| partition.behind.is_some());
        let behind = is_known.then(|| behind.sum::<i64>());
        let minute = TimeDelta::minutes(1);
        let tell = move |writer: &mut Writer<'_>| {
            write::member_tell(writer, &stored)?;
            if let Some(behind) = behind {
                use chrono::DurationRound as _;
                let begun = stored.at.duration_trunc(minute).unwrap_or(stored.at);
                let of = (stored.source.as_str(), stored.replica.as_str());
                write::lag_keep(writer, of, (begun, behind))?;
            }
            Ok(())
        };
        Ok(self.store.write(tell).await?)
    }

    /// A replica reads a source no more.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn source_leave(&self, source: &str, replica: &str) -> Result<(), Error> {
        let (source, replica) = (source.to_owned(), replica.to_owned());
        let leave = move |writer: &mut Writer<'_>| write::member_leave(writer, &source, &replica);
        Ok(self.store.write(leave).await?)
    }
}
