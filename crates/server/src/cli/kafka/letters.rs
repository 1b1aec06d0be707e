//! `domesday kafka letters`, `replay` and `discard`

use clap::Args;
use serde_json::{Map, Value, json};

use super::sources::{items, of_source};
use crate::cli::output::{self, Output, Usage};
use crate::cli::remote::{Remote, RemoteArgs, text};
use crate::config::Config;

/// Which dead letters.
#[derive(Debug, Args)]
struct Filter {
    /// Those of this topic.
    #[arg(long, value_name = "TOPIC")]
    topic: Option<String>,
    /// Those of this partition.
    #[arg(long, value_name = "NUMBER")]
    partition: Option<u32>,
    /// Those whose reason has this in it.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct List {
    /// The name of the source.
    #[arg(value_name = "SOURCE")]
    name: String,
    #[command(flatten)]
    filter: Filter,
    /// The most of them, the latest first.
    #[arg(long, value_name = "NUMBER", default_value_t = 50)]
    limit: u32,
    #[command(flatten)]
    remote: RemoteArgs,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Chosen {
    /// The name of the source.
    #[arg(value_name = "SOURCE")]
    name: String,
    /// The number of one dead letter.
    #[arg(value_name = "NUMBER")]
    id: Option<i64>,
    #[command(flatten)]
    filter: Filter,
    /// All of them.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    remote: RemoteArgs,
}

impl List {
    pub(super) async fn tell(self, config: &Config, output: Output) -> anyhow::Result<()> {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("limit", &self.limit.to_string());
        let Filter { topic, partition, reason } = self.filter;
        let partition = partition.map(|number| number.to_string());
        for (key, value) in [("topic", topic), ("partition", partition), ("reason", reason)] {
            value.map(|value| query.append_pair(key, &value));
        }
        let path = format!("{}letters/?{}", of_source(&self.name), query.finish());
        let told = Remote::new(self.remote, config)?.get(&path).await?;
        if output.json {
            return Ok(output::json(&told)?);
        }
        let letters = items(&told, "results");
        let header = ["no.", "at", "topic", "partition", "offset", "key", "reason"];
        let rows = letters.iter().map(|letter| {
            ["id", "at", "topic", "partition", "offset", "key", "reason"]
                .map(|name| text(letter, name))
        });
        output::table(header, rows)?;
        let count = told.get("count").and_then(Value::as_u64).unwrap_or_default();
        if count > letters.len() as u64 {
            output::note(format_args!("{} of {count}; --limit shows more.", letters.len()))?;
        }
        Ok(())
    }
}

impl Chosen {
    fn body(&self) -> anyhow::Result<Value> {
        let Filter { topic, partition, reason } = &self.filter;
        let mut body = Map::new();
        if self.all {
            body.insert("all".to_owned(), json!(true));
        }
        body.extend(self.id.map(|id| ("id".to_owned(), json!(id))));
        body.extend(topic.as_ref().map(|topic| ("topic".to_owned(), json!(topic))));
        body.extend(partition.map(|number| ("partition".to_owned(), json!(number))));
        body.extend(reason.as_ref().map(|reason| ("reason".to_owned(), json!(reason))));
        if body.is_empty() {
            let told = "say which: the number of one, --topic, --partition, --reason, or --all";
            return Err(Usage(told.to_owned()).into());
        }
        Ok(Value::Object(body))
    }

    async fn act(self, verb: &str, config: &Config) -> anyhow::Result<Value> {
        let body = self.body()?;
        let path = format!("{}letters/{verb}/", of_source(&self.name));
        Remote::new(self.remote, config)?.post_with(&path, &body).await
    }

    pub(super) async fn replay(self, config: &Config, output: Output) -> anyhow::Result<()> {
        let told = self.act("replay", config).await?;
        if output.json {
            return Ok(output::json(&told)?);
        }
        let counts = told.get("counts").and_then(Value::as_object).cloned().unwrap_or_default();
        let mut parts: Vec<String> = counts
            .iter()
            .filter(|(_, number)| number.as_u64() != Some(0))
            .map(|(name, number)| format!("{number} {name}"))
            .collect();
        let cut = told.get("cut").and_then(Value::as_u64).unwrap_or_default();
        if cut > 0 {
            parts.push(format!("{cut} left, since only their beginnings were kept"));
        }
        let replayed = text(&told, "replayed");
        Ok(output::line(format_args!("Replayed {replayed}: {}.", parts.join(", ")))?)
    }

    pub(super) async fn discard(self, config: &Config, output: Output) -> anyhow::Result<()> {
        let told = self.act("discard", config).await?;
        if output.json {
            return Ok(output::json(&told)?);
        }
        Ok(output::line(format_args!("Discarded {}.", text(&told, "discarded")))?)
    }
}
