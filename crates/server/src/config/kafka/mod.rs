//! `[kafka]` and `[[kafka.sources]]`: where messages come from, what they mean, and what becomes of them.

mod connection;
mod events;
mod mapping;

use std::time::Duration;

use app::ingest::{MissingReferences, Policy};
use chrono::{DateTime, Utc};
use domain::message::{Format, Mapping};
use domain::task::{NAME_MAX, Schedule, is_name};
use kafka::{BatchLimits, OnGap, SourceSettings, Start, Topics};
use toml_edit::Item;
use web::ConfiguredSetting;

pub(crate) use connection::SaidOfCluster;
pub(crate) use events::EventsSettings;
pub(super) use mapping::fields;

use super::table::{Place, TableReader, show};
use super::tasks;

#[cfg(test)]
mod tests;

/// What comes before the name of a source in that of the task that reads it.
pub(crate) const TASK_PREFIX: &str = "kafka-";

/// A source, as it is configured.
#[derive(Clone, Debug)]
pub(crate) struct ConfiguredSource {
    pub(crate) name: String,
    /// The name of the type of the records that it tells of.
    pub(crate) type_name: String,
    pub(crate) format: Format,
    pub(crate) mapping: Mapping,
    pub(crate) missing: MissingReferences,
    pub(crate) policy: Policy,
    pub(crate) settings: SourceSettings,
    pub(crate) on_gap: OnGap,
    pub(crate) run: SourceRun,
    /// Where dead letters go as well.
    pub(crate) dead_letter_topic: Option<String>,
}

/// When a source is read.
#[derive(Clone, Debug)]
pub(crate) enum SourceRun {
    /// Always, by every replica.
    Continuous,
    /// By a task, on a schedule.
    Scheduled {
        schedule: Schedule,
        /// A run ends when nothing has come for so long.
        idle: Duration,
        /// And after so long in any case.
        at_most: Duration,
    },
}

/// The keys that are a source's own.
const OWN: [&str; 18] = [
    "name",
    "topics",
    "topics_matching",
    "group",
    "run",
    "every",
    "cron",
    "time_zone",
    "idle",
    "at_most",
    "start",
    "format",
    "type",
    "missing_references",
    "policy",
    "on_gap",
    "batch",
    "linger",
];
const DEAD_LETTER_TOPIC: &str = "dead_letter_topic";
/// The most messages that are taken in at once.
const BATCH_MAX: u32 = 10_000;
/// The longest that a message waits for others.
const LINGER_MAX: Duration = Duration::from_mins(1);

/// A table of a source, which may need what `[kafka]` says.
#[derive(Debug)]
pub(super) struct SourceTable {
    source: ConfiguredSource,
    said: SaidOfCluster,
    /// Where it stands.
    place: String,
}

/// What tables under `[kafka]` say.
#[derive(Debug, Default)]
pub(super) struct KafkaTables {
    sources: Vec<SourceTable>,
    events: Option<events::EventsTable>,
}

/// Whether a key of the section names tables.
pub(super) fn is_table(key: &str) -> bool {
    matches!(key, "sources" | "events")
}

/// Reads the tables of a key.
pub(super) fn read(
    (key, item): (&str, &Item),
    at: Place<'_>,
    (tables, shown): (&mut KafkaTables, &mut Vec<ConfiguredSetting>),
    faults: &mut Vec<String>,
) {
    if key == "events" {
        tables.events = events::read(item, at, shown, faults);
        return;
    }
    let Some(found) = item.as_array_of_tables() else {
        faults.push("kafka.sources is a list of tables: [[kafka.sources]]".to_owned());
        return;
    };
    let open = [&OWN[..], &mapping::KEYS, &connection::OPEN, &[DEAD_LETTER_TOPIC]].concat();
    let keys = [&OWN[..], &mapping::KEYS, &connection::KEYS, &[DEAD_LETTER_TOPIC]].concat();
    for table in found {
        shown.extend(show::settings("kafka.sources", table, (&open, at)));
        let mut reader = TableReader { kind: "kafka.sources", table, at, faults };
        reader.only(&keys);
        let Some(source) = source_table(&mut reader) else { continue };
        if tables.sources.iter().any(|other| other.source.name == source.source.name) {
            reader.fault("name", &format!("there are two sources named {}", source.source.name));
        }
        tables.sources.push(source);
    }
}

impl KafkaTables {
    /// Where changes are told to, with what is said for all.
    pub(super) fn take_events(
        &mut self,
        common: &SaidOfCluster,
        faults: &mut Vec<String>,
    ) -> Option<EventsSettings> {
        self.events.take().map(|table| table.settings(common, faults))
    }

    /// The sources, with what is said for all.
    pub(super) fn sources(
        self,
        common: &SaidOfCluster,
        faults: &mut Vec<String>,
    ) -> Vec<ConfiguredSource> {
        let source = |SourceTable { mut source, said, place }| {
            let at = |(key, why): (&str, String)| format!("{place}: kafka.sources.{key} {why}");
            match said.or(common).connection() {
                Ok(connection) => source.settings.connection = connection,
                Err(fault) => faults.push(at(fault)),
            }
            // What is wrong in the tables has been told.
            if faults.is_empty()
                && let Err(error) = source.settings.check()
            {
                faults.push(at(("name", format!("can't be used: {error}"))));
            }
            source
        };
        self.sources.into_iter().map(source).collect()
    }
}

fn source_table(reader: &mut TableReader<'_>) -> Option<SourceTable> {
    let name = source_name(reader);
    let place = (reader.at)(reader.table, "name");
    let said = SaidOfCluster::of_table(reader);
    let (topics, type_name) = (topics(reader), reader.required("type"));
    let mapping = mapping::mapping(reader);
    let format = reader.word("format", (Format::Plain, FORMATS));
    let missing = reader.word("missing_references", (MissingReferences::Refuse, MISSING));
    let policy = reader.word("policy", (Policy::Review, POLICIES));
    let on_gap = reader.word("on_gap", (OnGap::Stop, GAPS));
    let (start, run, batch) = (start(reader), run(reader), batch(reader));
    let (name, topics) = (name?, topics?);
    let group = reader.text("group").unwrap_or_else(|| format!("domesday-{name}"));
    let connection = kafka::Connection {
        brokers: Vec::new(),
        client_id: String::new(),
        tls: None,
        account: None,
    };
    let settings = SourceSettings { connection, group, topics, start, batch };
    let source = ConfiguredSource {
        name,
        type_name: type_name?,
        format,
        mapping: mapping?,
        missing,
        policy,
        settings,
        on_gap,
        run: run?,
        dead_letter_topic: reader.text(DEAD_LETTER_TOPIC),
    };
    Some(SourceTable { source, said, place })
}

const FORMATS: &[(&str, Format)] = &[("json", Format::Plain), ("cloudevents", Format::CloudEvents)];
const MISSING: &[(&str, MissingReferences)] =
    &[("create", MissingReferences::Create), ("refuse", MissingReferences::Refuse)];
const POLICIES: &[(&str, Policy)] = &[("review", Policy::Review), ("direct", Policy::Direct)];
const GAPS: &[(&str, OnGap)] =
    &[("stop", OnGap::Stop), ("earliest", OnGap::Earliest), ("latest", OnGap::Latest)];

fn source_name(reader: &mut TableReader<'_>) -> Option<String> {
    let name = reader.required("name")?;
    let max = NAME_MAX - TASK_PREFIX.len();
    if is_name(&name) && name.len() <= max {
        return Some(name);
    }
    let why =
        format!("takes at most {max} small letters, digits and hyphens: it stands in addresses");
    reader.fault("name", &why);
    None
}

fn topics(reader: &mut TableReader<'_>) -> Option<Topics> {
    match (reader.texts("topics"), reader.text("topics_matching")) {
        (Some(names), None) => Some(Topics::Named(names)),
        (None, Some(pattern)) => Some(Topics::Matching(pattern)),
        (None, None) => {
            reader.fault(
                "topics",
                "is missing: topics = [\"cmdb.servers\"], or topics_matching = \"cmdb\\\\..*\"",
            );
            None
        }
        (Some(_), Some(_)) => {
            reader.fault("topics_matching", "stands beside topics: one of them says which");
            None
        }
    }
}

fn start(reader: &mut TableReader<'_>) -> Start {
    let text = reader.text("start");
    match text.as_deref() {
        None | Some("earliest") => Start::Earliest,
        Some("latest") => Start::Latest,
        Some(text) => {
            if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
                return Start::At(moment.with_timezone(&Utc));
            }
            reader
                .fault("start", "takes earliest, latest, or a moment such as 2026-01-31T00:00:00Z");
            Start::Earliest
        }
    }
}

fn run(reader: &mut TableReader<'_>) -> Option<SourceRun> {
    let of_schedule = ["every", "cron", "time_zone", "idle", "at_most"];
    match reader.text("run").as_deref() {
        None | Some("continuous") => {
            for key in of_schedule {
                if reader.table.contains_key(key) {
                    reader.fault(key, "is for run = \"scheduled\" alone");
                }
            }
            Some(SourceRun::Continuous)
        }
        Some("scheduled") => {
            let schedule = tasks::schedule(reader, None);
            let idle = reader.duration("idle").unwrap_or(Duration::from_mins(3));
            let at_most = reader.duration("at_most").unwrap_or(Duration::from_mins(10));
            for (key, time) in [("idle", idle), ("at_most", at_most)] {
                if time.is_zero() || time > tasks::LIMIT_MAX / 2 {
                    reader.fault(key, "is a time from 1ms to 84h");
                }
            }
            Some(SourceRun::Scheduled { schedule: schedule?, idle, at_most })
        }
        Some(_) => {
            reader.fault("run", "takes continuous or scheduled");
            None
        }
    }
}

fn batch(reader: &mut TableReader<'_>) -> BatchLimits {
    let default = BatchLimits::default();
    let most = u32::try_from(default.messages).unwrap_or(BATCH_MAX);
    let messages = reader.number("batch").unwrap_or(most);
    if !(1..=BATCH_MAX).contains(&messages) {
        reader.fault("batch", &format!("is a number of messages from 1 to {BATCH_MAX}"));
    }
    let linger = reader.duration("linger").unwrap_or(default.linger);
    if linger > LINGER_MAX {
        reader.fault("linger", "is a time up to 1m");
    }
    BatchLimits { messages: messages as usize, linger, ..default }
}
