//! `domesday kafka sources` and `lag`

use clap::Args;
use serde_json::Value;

use crate::cli::output::{self, Output};
use crate::cli::remote::{Remote, RemoteArgs, address_of, text};
use crate::config::Config;

pub(super) const PATH: &str = "/api/-/sources/";

#[derive(Debug, Args)]
pub(in crate::cli) struct Lag {
    /// The name of the source; all of them, if nothing is said.
    #[arg(value_name = "SOURCE")]
    name: Option<String>,
    #[command(flatten)]
    remote: RemoteArgs,
}

/// Where a source is.
pub(super) fn of_source(name: &str) -> String {
    address_of(PATH, name)
}

pub(super) fn items(of: &Value, name: &str) -> Vec<Value> {
    of.get(name).and_then(Value::as_array).cloned().unwrap_or_default()
}

pub(super) async fn list(
    remote: RemoteArgs,
    config: &Config,
    output: Output,
) -> anyhow::Result<()> {
    let told = Remote::new(remote, config)?.get(PATH).await?;
    if output.json {
        return Ok(output::json(&told)?);
    }
    let header = [
        "source",
        "state",
        "behind",
        "a minute",
        "applied",
        "queued",
        "dead letters",
        "last message",
    ];
    let sources = items(&told, "results");
    let rows = sources.iter().map(|source| {
        [
            text(source, "name"),
            text(source, "state"),
            text(source, "behind"),
            text(source, "messages_per_minute"),
            text(&source["counts"], "applied"),
            text(&source["counts"], "queued"),
            text(source, "dead_letters"),
            text(source, "last_message_at"),
        ]
    });
    output::table(header, rows)?;
    for source in &sources {
        for replica in items(source, "replicas") {
            if let Some(error) = replica.get("error").and_then(Value::as_str) {
                let name = text(source, "name");
                output::note(format_args!(
                    "{name}, read by {}: {error}",
                    text(&replica, "replica")
                ))?;
            }
        }
    }
    Ok(())
}

impl Lag {
    pub(super) async fn tell(self, config: &Config, output: Output) -> anyhow::Result<()> {
        let remote = Remote::new(self.remote, config)?;
        let told = match &self.name {
            Some(name) => remote.get(&of_source(name)).await?,
            None => remote.get(PATH).await?,
        };
        if output.json {
            return Ok(output::json(&told)?);
        }
        let sources = if self.name.is_some() { vec![told] } else { items(&told, "results") };
        let header = ["source", "topic", "partition", "next offset", "end", "behind", "read by"];
        let mut rows = Vec::new();
        for source in &sources {
            for replica in items(source, "replicas") {
                for partition in items(&replica, "partitions") {
                    rows.push([
                        text(source, "name"),
                        text(&partition, "topic"),
                        text(&partition, "partition"),
                        text(&partition, "next_offset"),
                        text(&partition, "end_offset"),
                        text(&partition, "behind"),
                        text(&replica, "replica"),
                    ]);
                }
            }
        }
        if rows.is_empty() {
            return Ok(output::note("No replica reads a partition now.")?);
        }
        Ok(output::table(header, rows)?)
    }
}
