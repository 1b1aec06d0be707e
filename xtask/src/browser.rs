//! The pages of `e2e/` in Chromium against the running register: an unchanged DataTables page
//! works, the documentation shows without the internet, and people sign in with a Keycloak, a
//! directory, and the sample page that hands them over.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process::{begin_log, run_logged};
use crate::providers::Providers;
use crate::register::{Database, Register};
use crate::tally::Tally;
use crate::workshop::{Workshop, build_program};
use crate::{paths, tools};

/// Enough servers for a dozen pages of a grid, the last of them not full.
const SERVERS: u32 = 310;

/// Runs the tests of `e2e/` against the register on SQLite and on PostgreSQL.
///
/// # Errors
/// When the register, the browser or its driver can't be had.
pub(crate) fn run(workshop: &mut Workshop) -> Result<Tally> {
    let chromium = tools::chromium(workshop.log())?;
    let playwright = tools::playwright(workshop.log())?;
    tools::c_compiler_and_openssl(workshop.log())?;
    if !workshop.run(&mut build_program())? {
        bail!("the register can't be built");
    }
    let url = workshop.postgres()?.create_database(&format!("browser_{}", std::process::id()))?;
    let providers = Providers::start(workshop.log())?;
    let sqlite = start(Database::Sqlite, &providers)?;
    let postgres = start(Database::Postgres(url), &providers)?;
    let report = paths::logs().join("browser.json");
    begin_log(&report)?;
    let mut tests = Command::new(playwright);
    tests.arg("test").current_dir(paths::root().join("e2e"));
    tests.env("CHROMIUM", chromium);
    tests.env("DOMESDAY_SQLITE", &sqlite.url).env("DOMESDAY_POSTGRES", &postgres.url);
    tests.env("BROWSER_REPORT", &report).env("BROWSER_OUTPUT", paths::target().join("browser"));
    tests.env("NO_COLOR", "1");
    let succeeded = run_logged(&mut tests, workshop.log())?;
    Tally::of_playwright(&std::fs::read_to_string(&report)?, succeeded)
}

fn start(database: Database, providers: &Providers) -> Result<Register> {
    let name = database.name();
    let log = paths::logs().join(format!("browser-{name}.log"));
    begin_log(&log)?;
    Register::start(database, &providers.configuration(), SERVERS, &log)
        .with_context(|| format!("the register on {name} ({})", log.display()))
}
