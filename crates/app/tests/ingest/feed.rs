//! A source of the test's own, and what it has sent so far.

use std::sync::Arc;

use app::ingest::{
    DeadLetter, MessageTally, MissingReferences, PartitionStep, Policy, Reading, Source,
    SourcePartition,
};
use app::sources::LetterFilter;
use domain::json::Json;
use domain::message::{FieldRule, Format, Mapping, Operation, OperationRule, Part, Place};
use domain::query::{Expr, Page, Plan};
use domain::record::Record;
use domain::value::Value;
use sql::{Reader, write};
use testkit::TestApp;

/// A source that tells of things: `{"op": "delete"?, "name", "note", "units", "place", "id", "t"}`.
pub(crate) fn source(test: &TestApp, missing: MissingReferences) -> Arc<Source> {
    let rule = |field: &str| FieldRule {
        field: field.to_owned(),
        places: vec![Place::parse(&format!("/{field}")).unwrap()],
        part: Part::Whole,
        values: None,
        default: None,
    };
    let mapping = Mapping {
        key: vec![rule("name")],
        fields: ["note", "units", "ip", "place"].map(rule).to_vec(),
        operation: OperationRule::Told {
            places: vec![Place::parse("/op").unwrap()],
            words: [("delete".to_owned(), Operation::Delete)].into(),
            otherwise: Some(Operation::Upsert),
        },
        tombstone: None,
        id: Place::parse("/id"),
        time: Place::parse("/t"),
        sequence: None,
    };
    let type_index = test.app.schema.named("thing").unwrap().index;
    let name = "inventory".to_owned();
    let (format, policy) = (Format::Plain, Policy::Direct);
    Arc::new(Source { name, type_index, format, mapping, missing, policy })
}

/// The same, where somebody must agree to what it says.
pub(crate) fn reviewed_source(test: &TestApp, missing: MissingReferences) -> Arc<Source> {
    Arc::new(Source { policy: Policy::Review, ..(*source(test, missing)).clone() })
}

/// A partition, and how far it was read.
pub(crate) struct Feed<'a> {
    pub(crate) test: &'a TestApp,
    pub(crate) source: Arc<Source>,
    pub(crate) epoch: i64,
    pub(crate) next: i64,
}

pub(crate) fn partition() -> SourcePartition {
    SourcePartition { topic: "things".to_owned(), number: 0 }
}

impl<'a> Feed<'a> {
    /// Takes the partition over.
    pub(crate) async fn of(test: &'a TestApp, source: &Arc<Source>) -> Self {
        let taken = test.app.source_take(source, vec![partition()]).await.unwrap();
        let (epoch, next) = (taken[0].epoch, taken[0].next.unwrap_or(0));
        Self { test, source: Arc::clone(source), epoch, next }
    }

    pub(crate) fn step(&self, to: i64) -> (SourcePartition, PartitionStep) {
        let from = (self.next > 0).then_some(self.next);
        (partition(), PartitionStep { epoch: self.epoch, from, to, last_ms: None })
    }

    /// Messages as they stand in the partition, from where it is.
    pub(crate) fn readings(&self, payloads: &[&str]) -> Vec<Reading> {
        let reading = |(offset, payload): (i64, &&str)| Reading {
            partition: partition(),
            offset,
            key: None,
            headers: vec![("trace".to_owned(), Some(b"7".to_vec()))],
            payload: Some(payload.as_bytes().to_vec()),
        };
        (self.next..).zip(payloads).map(reading).collect()
    }

    /// Takes messages in, in one batch.
    pub(crate) async fn take_in(&mut self, payloads: &[&str]) -> MessageTally {
        let readings = self.readings(payloads);
        let to = self.next + i64::try_from(payloads.len()).unwrap();
        let steps = vec![self.step(to)];
        let tally = self.test.app.ingest(&self.source, readings, steps).await.unwrap();
        self.next = to;
        assert_eq!(tally.messages(), payloads.len() as u64, "each is counted once");
        tally
    }

    /// A thing, as `note units`.
    pub(crate) async fn thing(&self, name: &str) -> Option<String> {
        let of = self.test.app.schema.named("thing").unwrap();
        let plan = Plan {
            type_index: of.index,
            filter: Expr::all(),
            order: Vec::new(),
            page: Page::Offset { offset: 0, limit: 1_000 },
            count: false,
            as_of: None,
        };
        let things = self.test.app.find(&self.test.writer(), plan).await.unwrap().records;
        let text = |record: &Record, field: &str| {
            let value = record.fields.get(of.field_named(field).unwrap().index);
            value.map(Value::to_text).unwrap_or_default()
        };
        let found = things.iter().find(|record| text(record, "name") == name)?;
        Some(format!("{} {}", text(found, "note"), text(found, "units")))
    }

    /// How many commits there are.
    pub(crate) async fn commits(&self) -> i64 {
        self.test.app.store.read(write::last_commit).await.unwrap().number.0
    }

    /// The dead letters, in the order in which they came.
    pub(crate) async fn letters(&self) -> Vec<DeadLetter> {
        let name = self.source.name.clone();
        let read = move |reader: &mut Reader<'_>| {
            write::letters_of(reader, &name, &LetterFilter::default(), 1_000)
        };
        let mut letters = self.test.app.store.read(read).await.unwrap();
        letters.reverse();
        letters
    }
}

/// A tally in words: `applied 3, dead 1`.
pub(crate) fn told(tally: MessageTally) -> String {
    let MessageTally { applied, queued, unchanged, repeats, late, dead } = tally;
    let all = [
        ("applied", applied),
        ("queued", queued),
        ("unchanged", unchanged),
        ("repeats", repeats),
        ("late", late),
        ("dead", dead),
    ];
    let some = all.iter().filter(|(_, count)| *count > 0);
    some.map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", ")
}

/// A message as JSON.
pub(crate) fn message(members: &[(&str, Json)]) -> String {
    let members = members.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
    Json::Object(members.collect()).to_string()
}
