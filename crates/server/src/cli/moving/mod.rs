//! Moving in from another system: what the commands for it share.

mod django;
mod netbox;

use std::sync::Arc;

use app::moving::{MoveOptions, Report};
use clap::Args;
use indicatif::ProgressBar;

pub(super) use django::ImportDjango;
pub(super) use netbox::ImportNetBox;

use super::output::{self, Output};
use crate::config::Config;
use crate::wire::{self, Trial};

/// The most reasons that are told at the terminal; `--json` has each record.
const REASONS_TOLD_MAX: usize = 40;

/// How a system is brought over.
#[derive(Debug, Args)]
struct MoveArgs {
    /// Write nothing; tell what would come, and what could not.
    #[arg(long)]
    dry_run: bool,
}

impl MoveArgs {
    /// The register that things come to; for a dry run, where there is none, an empty one elsewhere.
    async fn open(&self, config: &Config) -> anyhow::Result<Trial> {
        if self.dry_run {
            return wire::open_trial(config).await;
        }
        Ok(Trial::of(wire::open(config).await?))
    }

    fn options(&self) -> (ProgressBar, MoveOptions) {
        let bar = output::spinner();
        let shown = bar.clone();
        let watch = move |report: &Report| {
            if let Some((kind, counted)) = report.counts.last() {
                shown.set_message(format!("{kind}: {}", counted.brought));
                shown.tick();
            }
        };
        (bar, MoveOptions { dry_run: self.dry_run, watch: Some(Arc::new(watch)) })
    }

    fn tell(&self, report: &Report, output: Output) -> anyhow::Result<()> {
        if output.json {
            return Ok(output::json(&json(report))?);
        }
        let verb = if self.dry_run { "would come" } else { "came" };
        let header = ["what", verb, "was here", "left out"];
        let row = |(kind, counted): &(String, app::moving::Counted)| {
            let app::moving::Counted { brought, unchanged, left_out } = counted;
            [kind.clone(), brought.to_string(), unchanged.to_string(), left_out.to_string()]
        };
        output::table(header, report.counts.iter().map(row))?;
        let reasons = report.reasons();
        if !reasons.is_empty() {
            output::line("")?;
            output::line("Left out:")?;
        }
        for (kind, why, count) in reasons.iter().take(REASONS_TOLD_MAX) {
            let left = report.left_out.iter().find(|left| left.kind == *kind && left.why == *why);
            let which = left.map_or("", |left| left.which.as_str());
            let which = if *count > 1 {
                format!("{which} and {} more", count - 1)
            } else {
                which.to_owned()
            };
            output::line(format_args!("  {kind} {which}: {why}"))?;
        }
        if !report.passed_over.is_empty() {
            output::line("")?;
            output::line("Has no place here:")?;
        }
        for passed in &report.passed_over {
            output::line(format_args!("  {passed}"))?;
        }
        Ok(())
    }
}

fn json(report: &Report) -> serde_json::Value {
    let counts: serde_json::Map<String, serde_json::Value> = report
        .counts
        .iter()
        .map(|(kind, counted)| {
            let counted = serde_json::json!({
                "brought": counted.brought,
                "unchanged": counted.unchanged,
                "left_out": counted.left_out,
            });
            (kind.clone(), counted)
        })
        .collect();
    let left_out: Vec<serde_json::Value> = report
        .left_out
        .iter()
        .map(|left| serde_json::json!({ "kind": left.kind, "which": left.which, "why": left.why }))
        .collect();
    serde_json::json!({
        "counts": counts,
        "left_out": left_out,
        "passed_over": report.passed_over,
    })
}

/// `left=right`, both of which are given.
fn named(text: &str) -> Result<(String, String), String> {
    let (left, right) = super::import::pair(text)?;
    if left.is_empty() || right.is_empty() {
        return Err("give a name on both sides".to_owned());
    }
    Ok((left, right))
}
