//! `cargo xtask demo`: the binary with a generated fleet.

use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Context, Result};
use clap::Args;

use crate::paths;
use crate::workshop::cargo;

#[derive(Args)]
pub(crate) struct Options {
    /// What `domesday demo` shall be told
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// Builds the binary and becomes it, so that Ctrl-C is its own.
///
/// # Errors
/// When it can't be built or started.
pub(crate) fn run(options: &Options) -> Result<bool> {
    crate::assets::run()?;
    let mut build = cargo(&["build", "--profile", "trial", "--package", "server"]);
    if !crate::process::run(build.current_dir(paths::root()))? {
        return Ok(false);
    }
    let mut demo = Command::new(paths::target().join("trial/domesday"));
    let error = demo.arg("demo").args(&options.arguments).exec();
    Err(error).context("start target/trial/domesday")
}
