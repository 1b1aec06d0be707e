//! schemathesis against the running register: no answer outside its own OpenAPI document.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process::begin_log;
use crate::register::{Database, Register};
use crate::tally::Tally;
use crate::workshop::{Workshop, cargo};
use crate::{paths, tools};

/// How long to look.
#[derive(Clone, Copy)]
pub(crate) struct Depth {
    /// Cases that are drawn per operation.
    pub(crate) cases: u32,
    pub(crate) seed: u64,
}

/// Runs schemathesis on SQLite, then on PostgreSQL.
///
/// # Errors
/// When the register or schemathesis can't be started.
pub(crate) fn run(workshop: &mut Workshop, depth: Depth) -> Result<Tally> {
    let programs = tools::python(workshop.log())?;
    if !workshop.run(&mut cargo(&["build", "--package", "server"]))? {
        bail!("the register can't be built");
    }
    let database = format!("contract_{}", std::process::id());
    let url = workshop.postgres()?.create_database(&database)?;
    let mut total = Tally::default();
    for (name, database) in [
        ("sqlite", Database::Sqlite),
        ("postgres", Database::Postgres(url)),
    ] {
        let log = paths::logs().join(format!("register-{name}.log"));
        begin_log(&log)?;
        let register = Register::start(database, &log)
            .with_context(|| format!("the register on {name} ({})", log.display()))?;
        total += schemathesis(workshop, &programs, &register, depth)?;
    }
    Ok(total)
}

fn schemathesis(
    workshop: &Workshop,
    programs: &Path,
    register: &Register,
    depth: Depth,
) -> Result<Tally> {
    let report = fresh_report()?;
    let mut command = Command::new(programs.join("schemathesis"));
    command
        .arg("run")
        .arg(format!("{}/api/-/openapi.json", register.url));
    command
        .arg("--header")
        .arg(format!("Authorization: Bearer {}", register.token));
    // What the document allows may still be refused: a name that is taken, a reference to nothing.
    command.args([
        "--checks",
        "all",
        "--exclude-checks",
        "positive_data_acceptance",
    ]);
    command.args([
        "--max-examples",
        &depth.cases.to_string(),
        "--seed",
        &depth.seed.to_string(),
    ]);
    command.args([
        "--continue-on-failure",
        "--suppress-health-check",
        "all",
        "--no-color",
    ]);
    command.args(["--request-timeout", "30", "--generation-database", "none"]);
    command
        .args(["--report", "json", "--report-json-path"])
        .arg(&report);
    let succeeded = workshop.run(&mut command)?;
    let told = std::fs::read_to_string(&report).context("schemathesis wrote no report")?;
    Tally::of_schemathesis(&told, succeeded)
}

fn fresh_report() -> Result<PathBuf> {
    let report = paths::logs().join("schemathesis.json");
    if report.exists() {
        std::fs::remove_file(&report)?;
    }
    Ok(report)
}
