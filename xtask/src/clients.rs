//! The client in Python and the examples (curl, Terraform), at the register itself.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process::begin_log;
use crate::register::{Database, Register};
use crate::tally::Tally;
use crate::workshop::{Workshop, build_program};
use crate::{paths, tools};

/// Servers that it lists.
const SERVERS: u32 = 60;

/// Checks its types, and runs its tests.
///
/// # Errors
/// When the register can't be built, or Python can't be had.
pub(crate) fn run(workshop: &mut Workshop) -> Result<Tally> {
    let programs = tools::python(workshop.log())?;
    tools::c_compiler_and_openssl(workshop.log())?;
    if !workshop.run(&mut build_program())? {
        bail!("the register can't be built");
    }
    let log = paths::logs().join("register-clients.log");
    begin_log(&log)?;
    let register = Register::start(Database::Sqlite, "", SERVERS, &log)
        .with_context(|| format!("the register ({})", log.display()))?;
    let (sources, of_tests) = ("clients/python/src", "clients/python/tests");
    let mut types = Command::new(programs.join("mypy"));
    types.arg("--cache-dir").arg(paths::target().join("mypy"));
    types.args(["--strict", sources, of_tests]);
    let mut tally = workshop.check(&mut types)?;
    let mut tests = Command::new(programs.join("python"));
    tests.args(["-B", "-W", "error", "-m", "unittest", "discover", "-v", "-s", of_tests]);
    tests.env("PYTHONPATH", paths::root().join(sources)).env("DOMESDAY_SERVER", &register.url);
    tests.env("DOMESDAY_TOKEN", &register.token);
    let succeeded = workshop.run(&mut tests)?;
    let mut terraform = Command::new(programs.join("python"));
    terraform.args(["-B", "-m", "unittest", "discover", "-v", "-s", "tests/terraform"]);
    terraform.env("DOMESDAY_SERVER", &register.url).env("DOMESDAY_TOKEN", &register.token);
    let succeeded = workshop.run(&mut terraform)? && succeeded;
    let mut example = Command::new("sh");
    example.arg("examples/curl.sh");
    example.env("DOMESDAY_SERVER", &register.url).env("DOMESDAY_TOKEN", &register.token);
    tally += workshop.check(&mut example)?;
    tally += Tally::of_unittest(&workshop.said(), succeeded);
    Ok(tally)
}
