//! `cargo xtask release VERSION`: what `changelog.d/` tells becomes a section of CHANGELOG.md.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::paths;
use crate::process::output;

/// Behind this line of CHANGELOG.md stand the releases, the newest first.
const MARK: &str = "<!-- releases -->\n";

/// Kinds of changes, in their order, and how names of fragments begin that are of one; all others are additions.
const KINDS: [(&str, &str); 6] = [
    ("Added", "added-"),
    ("Changed", "changed-"),
    ("Deprecated", "deprecated-"),
    ("Removed", "removed-"),
    ("Fixed", "fixed-"),
    ("Security", "security-"),
];

#[derive(Args)]
pub(crate) struct Options {
    /// What the release is called, such as 1.0.0
    version: String,
}

/// Gathers the fragments and removes them; nothing is committed.
///
/// # Errors
/// When the version is none, or there is nothing to gather.
pub(crate) fn run(options: &Options) -> Result<bool> {
    let version = &options.version;
    let numbers: Vec<&str> = version.split('.').collect();
    if numbers.len() != 3 || numbers.iter().any(|number| number.parse::<u32>().is_err()) {
        bail!("{version} is no version; write one like 1.0.0");
    }
    let fragments = fragments()?;
    if fragments.is_empty() {
        bail!("changelog.d/ tells nothing");
    }
    let path = paths::root().join("CHANGELOG.md");
    let changelog = std::fs::read_to_string(&path).context("CHANGELOG.md")?;
    let day = output(Command::new("date").args(["--utc", "+%F"]))?;
    let texts = fragments.iter().map(|(path, text)| (name_of(path), text.as_str())).collect();
    std::fs::write(&path, with_release(&changelog, version, day.trim(), &texts)?)?;
    for path in fragments.keys() {
        std::fs::remove_file(path).with_context(|| path.display().to_string())?;
    }
    println!(
        "CHANGELOG.md has {version}, from {} fragments. Read it over, set the version in Cargo.toml, and commit.",
        fragments.len()
    );
    Ok(true)
}

fn fragments() -> Result<BTreeMap<PathBuf, String>> {
    let mut fragments = BTreeMap::new();
    for entry in std::fs::read_dir(paths::root().join("changelog.d"))? {
        let path = entry?.path();
        let is_markdown = path.extension().is_some_and(|kind| kind == "md");
        if is_markdown && path.file_name().is_some_and(|name| name != "README.md") {
            let text = std::fs::read_to_string(&path)?;
            fragments.insert(path, text);
        }
    }
    Ok(fragments)
}

fn name_of(path: &std::path::Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The changelog with a release more.
fn with_release(
    changelog: &str,
    version: &str,
    day: &str,
    fragments: &BTreeMap<String, &str>,
) -> Result<String> {
    let Some((before, behind)) = changelog.split_once(MARK) else {
        bail!("CHANGELOG.md has no line {MARK:?} behind which releases stand");
    };
    if behind.contains(&format!("## [{version}]")) {
        bail!("CHANGELOG.md has {version} already");
    }
    let mut section = format!("\n## [{version}] - {day}\n");
    for (kind, start) in KINDS {
        let is_of_kind = |name: &str| match kind {
            "Added" => !KINDS.iter().skip(1).any(|(_, other)| name.starts_with(other)),
            _ => name.starts_with(start),
        };
        let items: Vec<String> = fragments
            .iter()
            .filter(|(name, _)| is_of_kind(name))
            .map(|(_, text)| format!("- {}\n", text.trim().replace('\n', "\n  ")))
            .collect();
        if !items.is_empty() {
            section = format!("{section}\n### {kind}\n\n{}", items.concat());
        }
    }
    Ok(format!("{before}{MARK}{section}{behind}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_stands_before_those_that_were() {
        let fragments = BTreeMap::from([
            ("rest.md".to_owned(), "An API,\nfor all.\n"),
            ("fixed-csv.md".to_owned(), "Quotes.\n"),
        ]);
        let before = "# Changelog\n<!-- releases -->\n\n## [0.1.0] - 2026-01-01\n";
        let told = with_release(before, "0.2.0", "2026-02-01", &fragments).unwrap();
        let expect = "# Changelog\n<!-- releases -->\n\n## [0.2.0] - 2026-02-01\n\n### Added\n\n- An API,\n  for all.\n\
                      \n### Fixed\n\n- Quotes.\n\n## [0.1.0] - 2026-01-01\n";
        assert_eq!(told, expect);
        assert!(with_release(&told, "0.2.0", "2026-02-02", &fragments).is_err());
        assert!(with_release("no mark", "0.2.0", "2026-02-02", &fragments).is_err());
    }
}
