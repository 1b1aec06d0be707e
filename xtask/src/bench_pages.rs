//! `cargo xtask bench --pages SERVERS`: how quick and how heavy the pages are, in Chromium.

use std::process::Command;

use anyhow::{Result, bail};

use crate::process::{begin_log, output, run_logged};
use crate::register::{Database, Register};
use crate::workshop::cargo;
use crate::{assets, paths, tools};

/// Measures the pages of a register with so many servers: what the measurement says.
///
/// # Errors
/// When the register, the browser or its driver can't be had, or a page fails.
pub(crate) fn run(servers: u32) -> Result<String> {
    let log = paths::logs().join("bench-pages.log");
    begin_log(&log)?;
    assets::build(&log)?;
    tools::c_compiler_and_openssl(&log)?;
    let chromium = tools::chromium(&log)?;
    tools::playwright(&log)?;
    if !run_logged(&mut cargo(&["build", "--profile", "trial", "--package", "server"]), &log)? {
        bail!("the register can't be built");
    }
    let program = paths::target().join("trial/domesday");
    let register = Register::start_of(&program, Database::Sqlite, ("", servers), &log)?;
    let mut measure = Command::new("node");
    measure.arg("measure.js").current_dir(paths::root().join("e2e"));
    output(measure.env("CHROMIUM", chromium).env("DOMESDAY", &register.url))
}
