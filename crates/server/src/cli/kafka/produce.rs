//! `domesday kafka produce`

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use domain::message::Operation;
use domain::value::datetime_text;
use kafka::{Outgoing, Publisher, PublisherSettings, Topics};
use serde_json::{Map, Value};

use super::message::{Envelope, message};
use crate::cli::output::{self, Output, Usage};
use crate::config::{Config, ConfiguredSource};
use crate::wire;

/// So many are written in one transaction.
const AT_ONCE: usize = 1_000;
/// How long writing them may take.
const TIMEOUT: Duration = Duration::from_secs(30);

#[derive(Debug, Args)]
pub(in crate::cli) struct Produce {
    /// The name of the source.
    #[arg(value_name = "SOURCE")]
    source: String,
    /// The file with the records, an object of JSON a line; standard input, if nothing is said.
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// The topic; by default the first that the source reads.
    #[arg(long, value_name = "TOPIC")]
    topic: Option<String>,
    /// Say that the records are to be deleted.
    #[arg(long, conflicts_with = "raw")]
    delete: bool,
    /// Write each line as it is: it is a message already.
    #[arg(long)]
    raw: bool,
}

impl Produce {
    pub(super) async fn run(self, config: &Config, output: Output) -> anyhow::Result<()> {
        let source = self.source(config)?;
        let topic = self.topic(source)?;
        let settings = PublisherSettings {
            connection: source.settings.connection.clone(),
            transactional_id: format!("domesday-produce-{}", wire::new_id()),
            timeout: TIMEOUT,
        };
        let lines: Box<dyn BufRead> = match &self.file {
            Some(path) => {
                let file = std::fs::File::open(path)
                    .with_context(|| format!("{} can't be read", path.display()))?;
                Box::new(BufReader::new(file))
            }
            None => Box::new(std::io::stdin().lock()),
        };
        let mut messages = Vec::new();
        for (number, line) in (1..).zip(lines.lines()) {
            let line = line.context("the records can't be read")?;
            if !line.trim().is_empty() {
                messages.push(self.message(source, &topic, (number, line))?);
            }
        }
        let mut publisher = Publisher::take_over(settings).await?;
        let total = messages.len();
        let bar = output::bar(total as u64);
        let mut written: u64 = 0;
        while !messages.is_empty() {
            let rest = messages.split_off(messages.len().min(AT_ONCE));
            written += messages.len() as u64;
            publisher.publish(std::mem::replace(&mut messages, rest)).await?;
            bar.set_position(written);
        }
        bar.finish_and_clear();
        if output.json {
            return Ok(output::json(&serde_json::json!({"topic": topic, "written": total}))?);
        }
        Ok(output::line(format_args!("Wrote {total} messages to {topic}."))?)
    }

    fn source<'c>(&self, config: &'c Config) -> Result<&'c ConfiguredSource, Usage> {
        let found = config.sources.iter().find(|source| source.name == self.source);
        found.ok_or_else(|| {
            let names: Vec<&str> = config.sources.iter().map(|one| one.name.as_str()).collect();
            let names = if names.is_empty() {
                "none is configured, [[kafka.sources]] makes one".to_owned()
            } else {
                format!("the sources are: {}", names.join(", "))
            };
            Usage(format!("there is no source {:?}; {names}", self.source))
        })
    }

    fn topic(&self, source: &ConfiguredSource) -> Result<String, Usage> {
        match (&self.topic, &source.settings.topics) {
            (Some(topic), _) => Ok(topic.clone()),
            (None, Topics::Named(names)) => Ok(names.first().cloned().unwrap_or_default()),
            (None, Topics::Matching(pattern)) => Err(Usage(format!(
                "the source reads all topics that match {pattern}: say which with --topic"
            ))),
        }
    }

    fn message(
        &self,
        source: &ConfiguredSource,
        topic: &str,
        (number, line): (usize, String),
    ) -> anyhow::Result<Outgoing> {
        if self.raw {
            let payload = Some(line.into_bytes());
            return Ok(Outgoing { topic: topic.to_owned(), payload, ..Outgoing::default() });
        }
        let record: Map<String, Value> = serde_json::from_str(&line)
            .with_context(|| format!("line {number} is no object of JSON"))?;
        let (id, time) = (wire::new_id(), datetime_text(wire::now()));
        let operation = if self.delete { Operation::Delete } else { Operation::Upsert };
        let envelope = Envelope { topic, id: &id, time: &time, operation };
        Ok(message((source.format, &source.mapping), &record, &envelope))
    }
}
