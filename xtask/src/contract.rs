//! schemathesis against the running register: no answer outside its own OpenAPI document.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, anyhow, bail};

use crate::process::{begin_log, run_logged};
use crate::register::{Database, Register};
use crate::tally::Tally;
use crate::workshop::{Workshop, cargo};
use crate::{paths, tools};

/// Some pages of the smallest size, tags and groups shared.
const SERVERS: u32 = 60;

/// How long to look.
#[derive(Clone, Copy)]
pub(crate) struct Depth {
    /// Cases that are drawn per operation.
    pub(crate) cases: u32,
    pub(crate) seed: u64,
}

/// Runs schemathesis on SQLite and PostgreSQL, both at once: each is a thread of Python that has a
/// processor to itself.
///
/// # Errors
/// When the register or schemathesis can't be started.
pub(crate) fn run(workshop: &mut Workshop, depth: Depth) -> Result<Tally> {
    let programs = tools::python(workshop.log())?;
    if !workshop.run(&mut cargo(&["build", "--package", "server"]))? {
        bail!("the register can't be built");
    }
    let url = workshop.postgres()?.create_database(&format!("contract_{}", std::process::id()))?;
    let sqlite = Trial::prepare(&programs, Database::Sqlite)?;
    let postgres = Trial::prepare(&programs, Database::Postgres(url))?;
    let (on_sqlite, on_postgres) = std::thread::scope(|scope| {
        let beside = scope.spawn(|| sqlite.run(depth));
        let on_postgres = postgres.run(depth);
        (beside.join(), on_postgres)
    });
    for trial in [&sqlite, &postgres] {
        workshop.say(&std::fs::read_to_string(&trial.log)?)?;
    }
    let mut total = on_sqlite.map_err(|_panic| anyhow!("schemathesis on SQLite"))??;
    total += on_postgres?;
    Ok(total)
}

/// The register on one database, and where schemathesis tells what it found.
struct Trial {
    register: Register,
    schemathesis: PathBuf,
    log: PathBuf,
    report: PathBuf,
}

impl Trial {
    fn prepare(programs: &Path, database: Database) -> Result<Self> {
        let name = database.name();
        let logs = paths::logs();
        let server_log = logs.join(format!("register-{name}.log"));
        begin_log(&server_log)?;
        let register = Register::start(database, "", SERVERS, &server_log)
            .with_context(|| format!("the register on {name} ({})", server_log.display()))?;
        let log = logs.join(format!("contract-{name}.log"));
        begin_log(&log)?;
        let report = logs.join(format!("contract-{name}.json"));
        begin_log(&report)?;
        Ok(Self { register, schemathesis: programs.join("schemathesis"), log, report })
    }

    fn run(&self, depth: Depth) -> Result<Tally> {
        let mut command = Command::new(&self.schemathesis);
        command.arg("run").arg(format!("{}/api/-/openapi.json", self.register.url));
        command.arg("--header").arg(format!("Authorization: Bearer {}", self.register.token));
        // What the document allows may still be refused: a name that is taken, a reference to
        // nothing.
        command.args(["--checks", "all", "--exclude-checks", "positive_data_acceptance"]);
        command.args(["--max-examples", &depth.cases.to_string()]);
        command.args(["--seed", &depth.seed.to_string(), "--generation-database", "none"]);
        command.args(["--continue-on-failure", "--suppress-health-check", "all", "--no-color"]);
        command.args(["--request-timeout", "30"]);
        command.args(["--report", "json", "--report-json-path"]).arg(&self.report);
        // What it keeps for its next run goes with the register: each run is its own.
        command.current_dir(&self.register.home);
        let succeeded = run_logged(&mut command, &self.log)?;
        Tally::of_schemathesis(&std::fs::read_to_string(&self.report)?, succeeded)
    }
}
