//! The Django system that the register grew from, measured by its own scripts in the same run.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process::{output, run_logged};
use crate::{paths, tools};

/// The port that it answers on.
const PORT: &str = "18310";
/// How many servers it has.
const SERVERS: &str = "100000";
/// What of it is measured: pages, the whole list made and kept, 304s, approvals.
const MEASURED: [&str; 5] = ["a", "e", "f", "g", "j"];

/// Starts the peer of this folder, measures it and ends it; gives the file with its figures.
///
/// # Errors
/// When it does not start, or its scripts fail.
pub(crate) fn measure(folder: &Path, log: &Path) -> Result<PathBuf> {
    let folder = folder.canonicalize().with_context(|| folder.display().to_string())?;
    tools::debian_packages(&["postgresql", "memcached", "wrk"], log)?;
    prepare_database(log)?;
    let copy = paths::servers().join("peer");
    // Its scripts write beside themselves.
    drop(std::fs::remove_dir_all(&copy));
    std::fs::create_dir_all(paths::servers())?;
    output(Command::new("cp").arg("-r").arg(&folder).arg(&copy))?;
    let run = |script: &str, arguments: &[&str]| {
        let mut command = Command::new("bash");
        command.arg(copy.join(script)).args(arguments).current_dir(&copy);
        run_logged(&mut command, log)
    };
    let measured = run("run.sh", &[SERVERS, PORT])?
        && run("measure.sh", &[&[PORT], MEASURED.as_slice()].concat())?;
    for file in [format!("gunicorn.{PORT}.pid"), "memcached.pid".to_owned()] {
        if let Ok(pid) = std::fs::read_to_string(copy.join(file)) {
            drop(output(Command::new("kill").arg(pid.trim())));
        }
    }
    if !measured {
        bail!("the peer can't be measured; {} has what it said", log.display());
    }
    Ok(copy.join(format!("result-{SERVERS}.json")))
}

/// The role and the database that it expects on Debian's own server.
fn prepare_database(log: &Path) -> Result<()> {
    // It may be running.
    run_logged(Command::new("pg_ctlcluster").args(["15", "main", "start"]), log)?;
    for statement in [
        "CREATE ROLE seedpeer LOGIN PASSWORD 'seedpeer'",
        "CREATE DATABASE seedpeer OWNER seedpeer",
    ] {
        // They may be there from another time.
        let mut psql = Command::new("setpriv");
        psql.args([
            "--reuid=postgres",
            "--regid=postgres",
            "--clear-groups",
            "psql",
            "-c",
            statement,
        ]);
        run_logged(psql.current_dir("/"), log)?;
    }
    Ok(())
}
