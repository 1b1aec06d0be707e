//! `cargo xtask tidy`: the rules of STYLE.md that neither the compiler nor clippy holds.
//!
//! Each rule is a pure function from what it looks at to its findings, so that its tests can show
//! it failing. This file lists the rules and reads what they look at.

mod changelog;
mod crates;
mod files;
mod migrations;
mod places;
mod rust_text;
mod snapshot;

use std::process::Command;

use anyhow::Result;
use clap::Args;

use crate::paths;
use crate::process::output;
use files::SourceFile;

#[derive(Args)]
pub(crate) struct Options {
    /// Rewrite docs/domain-dependencies.txt from what cargo tells
    #[arg(long)]
    bless: bool,
}

/// Prints what breaks a rule: whether nothing does.
///
/// # Errors
/// When git or cargo can't tell what there is.
pub(crate) fn run(options: &Options) -> Result<bool> {
    if options.bless {
        snapshot::bless()?;
    }
    let findings = check()?;
    for finding in &findings {
        println!("{finding}");
    }
    Ok(findings.is_empty())
}

/// Everything that breaks a rule, as `file:line: what to do`.
///
/// # Errors
/// When git or cargo can't tell what there is.
pub(crate) fn check() -> Result<Vec<String>> {
    let files = read_files()?;
    let ratchet = std::fs::read_to_string(paths::root().join(files::RATCHET))?;
    Ok([
        crates::check(&crates::read()?),
        snapshot::check()?,
        files::heads(&files),
        files::lengths(&files, &ratchet),
        files::words(&files),
        places::sql(&files),
        places::record_writes(&files),
        places::status_codes(&files),
        migrations::check(&files),
        changelog::check(&files, changelog::changed_since_release()?),
    ]
    .concat())
}

/// All text files that git has or would take.
fn read_files() -> Result<Vec<SourceFile>> {
    let mut git = Command::new("git");
    git.current_dir(paths::root());
    git.args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"]);
    let mut files = Vec::new();
    for path in output(&mut git)?.split_terminator('\0') {
        // Not there any more, or not text: nothing to read.
        if let Ok(text) = std::fs::read_to_string(paths::root().join(path)) {
            files.push(SourceFile { path: path.to_owned(), text });
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_project_keeps_its_rules() {
        let findings = super::check().unwrap();
        assert!(findings.is_empty(), "\n{}", findings.join("\n"));
    }
}
