//! `domesday mcp` at the register itself, spoken to by the public client of the protocol in Python.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process::{begin_log, output};
use crate::register::{Database, Register};
use crate::tally::Tally;
use crate::workshop::{Workshop, build_program};
use crate::{paths, tools};

/// Servers that it looks through.
const SERVERS: u32 = 60;
/// The user that assistants are.
const USER: &str = "assistant";

/// Runs its tests.
///
/// # Errors
/// When the register can't be built, or Python can't be had.
pub(crate) fn run(workshop: &mut Workshop) -> Result<Tally> {
    let programs = tools::python(workshop.log())?;
    tools::c_compiler_and_openssl(workshop.log())?;
    if !workshop.run(&mut build_program())? {
        bail!("the register can't be built");
    }
    let log = paths::logs().join("register-mcp.log");
    begin_log(&log)?;
    let register = Register::start(Database::Sqlite, "", SERVERS, &log)
        .with_context(|| format!("the register ({})", log.display()))?;
    let narrow = token_that_proposes(&register)?;
    let mut tests = Command::new(programs.join("python"));
    tests.args(["-B", "-m", "unittest", "discover", "-v", "-s", "tests/mcp"]);
    tests.env("DOMESDAY_PROGRAM", program()).env("DOMESDAY_SERVER", &register.url);
    tests.env("DOMESDAY_TOKEN", &register.token).env("DOMESDAY_NARROW_TOKEN", narrow);
    let succeeded = workshop.run(&mut tests)?;
    Ok(Tally::of_unittest(&workshop.said(), succeeded))
}

/// A token as docs/mcp.md has it made: it may look and propose.
fn token_that_proposes(register: &Register) -> Result<String> {
    let database = format!("sqlite:{}", register.home.join("domesday.sqlite3").display());
    let command = |arguments: &[&str]| {
        let mut command = Command::new(program());
        command.env("DOMESDAY_DATABASE__URL", &database).current_dir(&register.home);
        command.args(arguments);
        command
    };
    output(&mut command(&["user", "add", USER, "--group", "requesters"]))?;
    let create = ["token", "create", "--user", USER, "--name", "mcp", "--rights", "view,propose"];
    let told = output(&mut command(&create))?;
    Ok(told.lines().last().context("no token was printed")?.trim().to_owned())
}

/// The program as the tests build it.
fn program() -> PathBuf {
    paths::target().join("debug/domesday")
}
