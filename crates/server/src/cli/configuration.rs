//! `domesday config`: what holds, and why.

use clap::Subcommand;

use super::output::{self, Output};
use crate::config::Config;

/// Look at the configuration.
#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Show every key with its value and where that came from; passwords are masked.
    #[command(after_help = "Example:\n  DOMESDAY_HTTP__LISTEN=0.0.0.0:80 domesday config show")]
    Show,
}

impl ConfigCommand {
    pub(super) fn run(self, config: &Config, output: Output) -> anyhow::Result<()> {
        let Self::Show = self;
        let settings = config.show();
        if output.json {
            let shown: serde_json::Map<String, serde_json::Value> = settings
                .into_iter()
                .map(|setting| {
                    let value = serde_json::json!({
                        "value": setting.value,
                        "origin": setting.origin,
                        "help": setting.help,
                    });
                    (setting.key.to_owned(), value)
                })
                .collect();
            output::json(&shown.into())?;
            return Ok(());
        }
        let rows = settings
            .into_iter()
            .map(|setting| [setting.key.to_owned(), setting.value, setting.origin]);
        output::table(["key", "value", "from"], rows)?;
        Ok(())
    }
}
