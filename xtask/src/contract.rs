//! schemathesis against the running register: no answer outside its own OpenAPI document.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, anyhow, bail};

use crate::process::{begin_log, run_logged};
use crate::register::{Database, Register};
use crate::tally::Tally;
use crate::workshop::{Workshop, build_program};
use crate::{paths, tools};

/// Some pages of the smallest size, tags and groups shared.
const SERVERS: u32 = 60;

/// The operations by which schemathesis can take its own rights away, after which it would test
/// refusals alone. It is let at them when all else is done.
const DISARMING: [&str; 5] =
    ["revokeToken", "changeUser", "removeMember", "removeGroup", "revokeRights"];

/// Types of the built-in schema that have the fields of `tag`.
const ALIKE: &str = "/(components|dcs|environments|types)/";

/// A precondition that does not hold may be told before a fault of the body (RFC 9110, 13.2.1), and a
/// body that is too large is not read at all.
const SETTINGS: &str = r#"
[checks]
negative_data_rejection.expected-statuses = [
    "400", "401", "403", "404", "405", "406", "409", "412", "413", "415", "422", "428", "429", "5xx",
]
"#;

/// How long to look.
#[derive(Clone, Copy)]
pub(crate) struct Depth {
    /// Cases that are drawn per operation.
    pub(crate) cases: u32,
    pub(crate) seed: u64,
    /// Whether types are tried whose operations are another's but for the name, too.
    pub(crate) all_types: bool,
}

/// Runs schemathesis on SQLite and PostgreSQL, both at once: each is a thread of Python that has a
/// processor to itself.
///
/// # Errors
/// When the register or schemathesis can't be started.
pub(crate) fn run(workshop: &mut Workshop, depth: Depth) -> Result<Tally> {
    let programs = tools::python(workshop.log())?;
    tools::c_compiler_and_openssl(workshop.log())?;
    if !workshop.run(&mut build_program())? {
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
        // It finds this by the folder that it is started in.
        std::fs::write(register.home.join("schemathesis.toml"), SETTINGS)?;
        let report = logs.join(format!("contract-{name}.json"));
        begin_log(&report)?;
        let schemathesis = programs.join("schemathesis");
        Ok(Self { register, schemathesis, log, report })
    }

    fn run(&self, depth: Depth) -> Result<Tally> {
        let named = DISARMING.iter().map(|id| format!("--exclude-operation-id={id}"));
        let alike = (!depth.all_types).then(|| format!("--exclude-path-regex={ALIKE}"));
        let phases = "examples,coverage,fuzzing,stateful";
        let mut tally = self.look(depth, phases, named.chain(alike))?;
        if !self.register.may_administer() {
            bail!("schemathesis lost its rights: most of what it tested was refused");
        }
        let named = DISARMING.iter().map(|id| format!("--include-operation-id={id}"));
        tally += self.look(depth, "coverage,fuzzing", named)?;
        Ok(tally)
    }

    /// Runs some phases of schemathesis on the operations that some options choose.
    fn look(
        &self,
        depth: Depth,
        phases: &str,
        choice: impl Iterator<Item = String>,
    ) -> Result<Tally> {
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
        command.args(["--phases", phases]).args(choice);
        command.args(["--report", "json", "--report-json-path"]).arg(&self.report);
        // What it keeps for its next run goes with the register: each run is its own.
        command.current_dir(&self.register.home);
        let succeeded = run_logged(&mut command, &self.log)?;
        Tally::of_schemathesis(&std::fs::read_to_string(&self.report)?, succeeded)
    }
}
