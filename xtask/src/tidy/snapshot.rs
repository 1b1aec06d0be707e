//! What the pure rules are built from: `docs/domain-dependencies.txt`, which a reviewer reads when
//! it changes.

use std::collections::BTreeSet;
use std::process::Command;

use anyhow::{Context, Result};

use crate::paths;
use crate::process::output;

const PATH: &str = "docs/domain-dependencies.txt";

/// Whether the file and cargo agree.
///
/// # Errors
/// When cargo can't tell.
pub(crate) fn check() -> Result<Vec<String>> {
    let kept = std::fs::read_to_string(paths::root().join(PATH)).unwrap_or_default();
    Ok(differences(&kept, &read()?))
}

/// Writes the file from what cargo tells.
///
/// # Errors
/// When cargo can't tell or the file can't be written.
pub(crate) fn bless() -> Result<()> {
    std::fs::write(paths::root().join(PATH), read()?).with_context(|| format!("write {PATH}"))
}

fn read() -> Result<String> {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(paths::root()).args(["tree", "--package", "domain", "--edges", "normal"]);
    // The same on every machine: of all targets, not of this one.
    cargo.args(["--prefix", "none", "--target", "all", "--format", "{p}"]);
    Ok(sorted(&output(&mut cargo)?))
}

/// Names and versions of the crates in `cargo tree`'s lines, without the first: it is ours.
fn sorted(tree: &str) -> String {
    let crates: BTreeSet<String> = tree
        .lines()
        .skip(1)
        .map(|line| line.split_whitespace().take(2).collect::<Vec<_>>().join(" "))
        .collect();
    crates.into_iter().fold(String::new(), |all, line| all + &line + "\n")
}

fn differences(kept: &str, found: &str) -> Vec<String> {
    let (kept, found): (BTreeSet<&str>, BTreeSet<&str>) =
        (kept.lines().collect(), found.lines().collect());
    let more = found.difference(&kept).map(|line| format!("{PATH}: {line} is new"));
    let fewer = kept.difference(&found).map(|line| format!("{PATH}: {line} is gone"));
    let hint = " (cargo xtask tidy --bless)";
    more.chain(fewer).map(|finding| finding + hint).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_is_listed_once_without_where_it_lies() {
        let tree = "domain v0.1.0 (/a/b)\nurl v2.5.8\nsyn v3.0.1 (proc-macro)\nurl v2.5.8 (*)\n";
        assert_eq!(sorted(tree), "syn v3.0.1\nurl v2.5.8\n");
    }

    #[test]
    fn a_new_or_vanished_dependency_is_found() {
        assert!(differences("a v1\n", "a v1\n").is_empty());
        assert_eq!(differences("a v1\n", "a v2\n").len(), 2);
        assert_eq!(differences("", "tokio v1\n").len(), 1);
    }
}
