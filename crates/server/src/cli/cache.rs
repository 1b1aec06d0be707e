//! `domesday cache`: what a running server keeps of its answers. Only that server knows, so it is
//! asked over HTTP, as whoever holds the token.

use clap::Subcommand;
use serde_json::Value;

use super::output::{self, Output};
use super::remote::{Remote, RemoteArgs};
use crate::config::Config;

/// Look at the answers that a running server keeps, and have them forgotten.
#[derive(Debug, Subcommand)]
pub(super) enum CacheCommand {
    /// Tell what has become of the answers that are kept.
    #[command(after_help = "Examples:\n  DOMESDAY_TOKEN=domesday_… domesday cache stats\n  \
                            domesday cache stats --server https://domesday.example.org --json")]
    Stats(RemoteArgs),
    /// Have all answers forgotten, by every replica at once.
    #[command(after_help = "Example:\n  DOMESDAY_TOKEN=domesday_… domesday cache clear")]
    Clear(RemoteArgs),
}

const PATH: &str = "/api/-/cache/";

impl CacheCommand {
    pub(super) async fn run(self, config: &Config, output: Output) -> anyhow::Result<()> {
        match self {
            Self::Stats(remote) => {
                let report = Remote::new(remote, config)?.get(PATH).await?;
                if output.json { Ok(output::json(&report)?) } else { tell(&report) }
            }
            Self::Clear(remote) => {
                Remote::new(remote, config)?.delete(PATH).await?;
                if output.json {
                    return Ok(output::json(&serde_json::json!({ "cleared": true }))?);
                }
                Ok(output::line("All kept answers are forgotten.")?)
            }
        }
    }
}

fn tell(report: &Value) -> anyhow::Result<()> {
    let caches = report.get("caches").and_then(Value::as_array).cloned().unwrap_or_default();
    if caches.is_empty() {
        return Ok(output::line(
            "No answers are kept: cache.memory is 0 and cache.url is not set.",
        )?);
    }
    let header = ["cache", "hits", "misses", "kept", "errors", "let go", "entries", "bytes"];
    let rows = caches.iter().map(|cache| {
        let text = |name: &str| match cache.get(name) {
            None | Some(Value::Null) => "-".to_owned(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        let is_in_use = cache.get("is_in_use").and_then(Value::as_bool).unwrap_or(true);
        let left_out = if is_in_use { "" } else { " (left out for a while)" };
        let name = format!("{} {}", text("kind"), text("name"));
        [
            format!("{}{left_out}", name.trim_end()),
            text("hits"),
            text("misses"),
            text("stores"),
            text("errors"),
            text("evictions"),
            text("entries"),
            text("bytes"),
        ]
    });
    Ok(output::table(header, rows)?)
}
