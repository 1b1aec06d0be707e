//! `domesday kafka snapshot`: a running server is asked to tell Kafka of all that is there.

use std::time::Duration;

use anyhow::bail;
use clap::Args;
use serde_json::{Value, json};

use crate::cli::output::{self, Output};
use crate::cli::remote::{Remote, RemoteArgs};
use crate::config::Config;
use crate::kafka::CURSOR;

/// Have the topic of how records stand filled with all that are there.
#[derive(Debug, Args)]
pub(in crate::cli) struct Snapshot {
    /// Only with those of this type.
    #[arg(long = "type", value_name = "TYPE")]
    type_name: Option<String>,
    #[command(flatten)]
    remote: RemoteArgs,
}

/// How often it is asked how far it is.
const ASK_EVERY: Duration = Duration::from_millis(300);

impl Snapshot {
    pub(super) async fn run(self, config: &Config, output: Output) -> anyhow::Result<()> {
        let remote = Remote::new(self.remote, config)?;
        let path = format!("/api/-/events/publishers/{CURSOR}/snapshot/");
        let mut told = remote.post_with(&path, &json!({ "type": self.type_name })).await?;
        let bar = output::bar(0);
        while matches!(text(&told, "state"), "asked" | "running") {
            bar.set_length(number(&told, "total"));
            bar.set_position(number(&told, "done"));
            tokio::time::sleep(ASK_EVERY).await;
            told = remote.get(&path).await?;
        }
        bar.finish_and_clear();
        if output.json {
            output::json(&told)?;
        }
        if text(&told, "state") == "failed" {
            bail!("{}", text(&told, "error"));
        }
        if !output.json {
            let (done, commit) = (number(&told, "done"), number(&told, "commit"));
            output::line(format_args!("{done} records, as they stood after commit {commit}."))?;
        }
        Ok(())
    }
}

fn text<'a>(told: &'a Value, name: &str) -> &'a str {
    told.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn number(told: &Value, name: &str) -> u64 {
    told.get(name).and_then(Value::as_u64).unwrap_or(0)
}
