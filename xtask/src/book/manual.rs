//! The manual pages, read by the strictest reader of them.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::workshop::Workshop;
use crate::{paths, tools};

/// What is wrong with the pages that the program writes.
///
/// # Errors
/// When mandoc can't be had.
pub(super) fn findings(workshop: &Workshop) -> Result<Vec<String>> {
    let folder = paths::target().join("manual");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    let mut write = Command::new(paths::target().join("debug/domesday"));
    if !workshop.run(write.arg("man").arg(&folder))? {
        return Ok(vec!["domesday man can't write its pages".to_owned()]);
    }
    if tools::on_path("mandoc").is_none() {
        tools::debian_packages(&["mandoc"], workshop.log())
            .context("manual pages are read by it")?;
    }
    let mut findings = Vec::new();
    for entry in std::fs::read_dir(&folder)? {
        let page = entry?.path();
        if !workshop.run(&mut lint(&page))? {
            findings.push(format!("mandoc finds faults in {}", page.display()));
        }
    }
    Ok(findings)
}

/// Warnings are about style; errors are what is not shown as it was meant.
fn lint(page: &Path) -> Command {
    let mut lint = Command::new("mandoc");
    lint.args(["-T", "lint", "-W", "error"]).arg(page);
    lint
}
