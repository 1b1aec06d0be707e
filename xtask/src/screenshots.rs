//! `cargo xtask screenshots`: pictures of the pages, for `docs/images/`.

use std::process::Command;

use anyhow::{Result, bail};
use clap::Args;

use crate::process::{begin_log, run_logged};
use crate::register::{Database, Register};
use crate::workshop::build_program;
use crate::{assets, paths, tools};

/// A fleet that looks like one.
const SERVERS: u32 = 5_000;

#[derive(Args)]
pub(crate) struct Options {
    /// Where the pictures go
    #[arg(long, default_value = "docs/images")]
    folder: String,
}

/// Takes a picture of each page, wide and narrow, light and dark: whether all came out.
///
/// # Errors
/// When the register, the browser or its driver can't be had.
pub(crate) fn run(options: &Options) -> Result<bool> {
    let log = paths::logs().join("screenshots.log");
    begin_log(&log)?;
    assets::build(&log)?;
    tools::c_compiler_and_openssl(&log)?;
    let chromium = tools::chromium(&log)?;
    tools::playwright(&log)?;
    if !run_logged(&mut build_program(), &log)? {
        bail!("the register can't be built");
    }
    let register = Register::start(Database::Sqlite, "", SERVERS, &log)?;
    let mut pictures = Command::new("node");
    pictures.arg("screenshots.js").current_dir(paths::root().join("e2e"));
    pictures.env("CHROMIUM", chromium).env("DOMESDAY", &register.url);
    pictures.env("PICTURES", paths::root().join(&options.folder));
    run_logged(&mut pictures, &log)
}
