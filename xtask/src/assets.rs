//! `cargo xtask assets`: the scripts and styles of the pages, as the program has them in itself.
//!
//! They are made from `crates/web/assets/` by Vite, into a folder that is no part of the repository;
//! whatever compiles the program needs it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context, Result, bail};

use crate::process::{begin_log, run_logged};
use crate::tally::Tally;
use crate::workshop::Workshop;
use crate::{paths, tools};

fn folder() -> PathBuf {
    paths::root().join("crates/web/assets")
}

/// Makes them where they are older than what they are made from.
///
/// # Errors
/// When Node or its package index can't be reached, or the sources are wrong.
pub(crate) fn build(log: &Path) -> Result<()> {
    let (folder, built) = (folder(), folder().join("dist/.vite/manifest.json"));
    let made_at = modified(&built).ok();
    if made_at.is_some_and(|made_at| newest(&folder).is_ok_and(|newest| newest <= made_at)) {
        return Ok(());
    }
    tools::node_modules(&folder, log)?;
    npm_run("build", log)
}

fn npm_run(script: &str, log: &Path) -> Result<()> {
    let mut npm = Command::new("npm");
    npm.args(["run", script]).current_dir(folder());
    if !run_logged(&mut npm, log)? {
        bail!("npm run {script} failed in crates/web/assets");
    }
    Ok(())
}

/// When the newest of the sources was written.
fn newest(folder: &Path) -> Result<SystemTime> {
    let mut newest = SystemTime::UNIX_EPOCH;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let is_made = ["node_modules", "dist"].iter().any(|name| entry.file_name() == *name);
        if is_made {
            continue;
        }
        let found = if entry.file_type()?.is_dir() {
            self::newest(&entry.path())?
        } else {
            modified(&entry.path())?
        };
        newest = newest.max(found);
    }
    Ok(newest)
}

fn modified(path: &Path) -> Result<SystemTime> {
    Ok(std::fs::metadata(path)?.modified()?)
}

/// Checks their types and makes them: the first step of the tests.
///
/// # Errors
/// When Node or its package index can't be reached.
pub(crate) fn check(workshop: &mut Workshop) -> Result<Tally> {
    tools::node_modules(&folder(), workshop.log())?;
    npm_run("check", workshop.log())?;
    build(workshop.log())?;
    Ok(Tally::of_check(true))
}

/// Makes them for whoever compiles next: whether that succeeded.
///
/// # Errors
/// As [`build`].
pub(crate) fn run() -> Result<bool> {
    let log = paths::logs().join("assets.log");
    begin_log(&log)?;
    build(&log).with_context(|| format!("{} has all that was said", log.display()))?;
    Ok(true)
}
