//! `domesday check`: what is unsafe about a configuration.

use clap::Args;

use super::output::{self, Output};
use crate::check::{self, Finding, Weight};
use crate::config::Config;
use crate::wire;

/// Look the configuration over, the files that it names and who may what, and say what is unsafe.
///
/// Ends with 1 where something is unsafe; advice alone ends with 0.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  domesday check\n  \
                        domesday check --config /etc/domesday/domesday.toml --json")]
pub(super) struct Check;

impl Check {
    pub(super) async fn run(self, config: &Config, output: Output) -> anyhow::Result<()> {
        let mut findings = check::configuration(config, wire::now());
        let is_there = wire::missing_database(config).is_none();
        if is_there {
            let app = wire::open_as_it_is(config).await?;
            findings.extend(check::register(&app).await?);
        }
        findings.sort_by_key(|finding| finding.weight);
        let dangers = findings.iter().filter(|one| one.weight == Weight::Unsafe).count();
        tell(&findings, output)?;
        if !is_there {
            output::note("There is no database yet: who may what was not looked at.")?;
        }
        anyhow::ensure!(dangers == 0, "unsafe: {dangers}");
        Ok(())
    }
}

fn tell(findings: &[Finding], output: Output) -> anyhow::Result<()> {
    if output.json {
        let list = findings.iter().map(|finding| {
            serde_json::json!({
                "weight": finding.weight.word(), "about": finding.about, "told": finding.told,
            })
        });
        return Ok(output::json(&list.collect())?);
    }
    if findings.is_empty() {
        return Ok(output::line("Nothing to be said.")?);
    }
    for Finding { weight, about, told } in findings {
        output::line(format_args!("{}: {about}: {told}", weight.word()))?;
    }
    Ok(())
}
