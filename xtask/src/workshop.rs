//! What a step works with: its log, and the servers that steps share.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::paths;
use crate::postgres::{Keeping, Postgres};
use crate::process::{begin_log, open_log, run_logged};
use crate::tally::Tally;

/// What a step works with.
pub(crate) struct Workshop {
    log: PathBuf,
    postgres: Option<Postgres>,
}

impl Workshop {
    /// With no server running yet.
    pub(crate) fn new() -> Self {
        Self { log: PathBuf::new(), postgres: None }
    }

    /// Begins the empty log of a step.
    ///
    /// # Errors
    /// When it can't be written.
    pub(crate) fn begin(&mut self, step: &str) -> Result<()> {
        self.log = paths::logs().join(format!("{step}.log"));
        begin_log(&self.log)
    }

    /// Where the step's programs write what they say.
    pub(crate) fn log(&self) -> &Path {
        &self.log
    }

    /// Adds to the step's log.
    ///
    /// # Errors
    /// When it can't be written.
    pub(crate) fn say(&self, text: &str) -> Result<()> {
        Ok(open_log(&self.log)?.write_all(text.as_bytes())?)
    }

    /// What they said until now.
    pub(crate) fn said(&self) -> String {
        let bytes = std::fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The server that steps in turn share, started by the first that asks.
    ///
    /// # Errors
    /// When it can't be started.
    pub(crate) fn postgres(&mut self) -> Result<&Postgres> {
        if self.postgres.is_none() {
            let log = self.log.with_extension("postgres.log");
            begin_log(&log)?;
            self.postgres = Some(Postgres::start(Keeping::Carelessly, &log)?);
        }
        self.postgres.as_ref().context("a server was started")
    }

    /// Runs a program in the project's folder: whether it succeeded.
    ///
    /// # Errors
    /// When it can't be started.
    pub(crate) fn run(&self, command: &mut Command) -> Result<bool> {
        run_logged(command.current_dir(paths::root()), &self.log)
    }

    /// Runs a program whose success is the whole check.
    ///
    /// # Errors
    /// When it can't be started.
    pub(crate) fn check(&self, command: &mut Command) -> Result<Tally> {
        Ok(Tally::of_check(self.run(command)?))
    }
}

/// `cargo` with arguments.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command.args(arguments);
    command
}

/// Builds the program. All crates are chosen, here and in [`cargo_test`], and one test: without,
/// dependencies have fewer features than tests give them, and would be compiled once more.
pub(crate) fn build_program() -> Command {
    cargo(&["build", "--workspace", "--bin", "domesday", "--test", "documents"])
}

/// Runs integration tests of these names, and no others unless more is said.
pub(crate) fn cargo_test(names: &[&str]) -> Command {
    let mut test = cargo(&["test", "--workspace", "--no-fail-fast"]);
    test.args(names.iter().flat_map(|name| ["--test", name]));
    test
}
