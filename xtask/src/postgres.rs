//! A PostgreSQL server for the tests alone: fresh, on a free port of 127.0.0.1, gone afterwards.
//!
//! For tests it keeps nothing safe (no fsync), for speed. Its databases sort by a language's rules, so that
//! a statement which forgets to ask for code point order differs from SQLite and is found.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::daemon::{Daemon, Folder, free_port};
use crate::process::{output, run_logged};
use crate::{paths, tools};

/// Where Debian keeps the programs of each version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// Folders of servers that run as another user, who can't reach the project's.
const REACHABLE: &str = "/tmp/domesday-servers";

/// Whether a server keeps what it acknowledges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keeping {
    /// It may forget all when its machine fails, and is quicker: for tests.
    Carelessly,
    /// As everybody runs it: for benchmarks.
    Safely,
}

/// A running server. Dropping it ends the server and removes its data.
pub(crate) struct Postgres {
    programs: PathBuf,
    port: u16,
    _daemon: Daemon,
}

/// How to run a program as somebody whom PostgreSQL accepts; it refuses root.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    Ourselves,
    /// Root that looks like somebody else from inside, and still may what root may with files.
    Disguised,
    /// Debian's user `postgres`.
    Debian,
}

impl Postgres {
    /// Starts a server; installs PostgreSQL first where it is missing.
    ///
    /// # Errors
    /// When it can't be installed or does not start.
    pub(crate) fn start(keeping: Keeping, log: &Path) -> Result<Self> {
        let programs = programs(log)?;
        let who = Who::suits();
        let servers = paths::servers();
        let parent = if who == Who::Debian { Path::new(REACHABLE) } else { servers.as_path() };
        let folder = Folder::make(parent, "postgres")?;
        let data = folder.path().join("data");
        who.own(folder.path())?;
        initialise(&programs, who, &data, log)?;
        let port = free_port()?;
        let mut server = who.command(&programs.join("postgres"));
        server.arg("-D").arg(&data).args(settings(port, keeping));
        let mut daemon = Daemon::start(folder, &mut server, log)?;
        daemon.wait_until(|| is_ready(&programs, port))?;
        Ok(Self { programs, port, _daemon: daemon })
    }

    /// The address of one of its databases.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Makes an empty database and gives its address.
    ///
    /// # Errors
    /// When there is one of that name.
    pub(crate) fn create_database(&self, name: &str) -> Result<String> {
        let mut create = Command::new(self.programs.join("createdb"));
        create.args(["-h", "127.0.0.1", "-U", "postgres", "-p", &self.port.to_string(), name]);
        output(&mut create)?;
        Ok(self.url(name))
    }
}

impl Who {
    fn suits() -> Self {
        if !tools::is_root() {
            return Self::Ourselves;
        }
        let mut trial = Self::Disguised.command(Path::new("true"));
        if output(&mut trial).is_ok() { Self::Disguised } else { Self::Debian }
    }

    /// Both helpers become the program in the end, so that its process number is the one we know.
    fn command(self, program: &Path) -> Command {
        let helper: &[&str] = match self {
            Self::Ourselves => return Command::new(program),
            Self::Disguised => &["unshare", "--user", "--map-user=1000", "--map-group=1000"],
            Self::Debian => &["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"],
        };
        let mut command = Command::new("env");
        command.args(helper).arg(program);
        command
    }

    fn own(self, folder: &Path) -> Result<()> {
        if self == Self::Debian {
            output(Command::new("chown").arg("postgres:").arg(folder))?;
        }
        Ok(())
    }
}

/// The folder with the newest version's programs.
fn programs(log: &Path) -> Result<PathBuf> {
    if let Some(found) = find_programs() {
        return Ok(found);
    }
    tools::debian_packages(&["postgresql"], log).context("the tests need PostgreSQL")?;
    find_programs().context("the package postgresql brought no server")
}

fn find_programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    let version = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
    let found = versions.map(|entry| entry.path()).filter(|path| path.join("bin/initdb").exists());
    let newest = found.max_by_key(|path| version(path)).map(|path| path.join("bin"));
    newest.or_else(|| {
        let on_path = std::env::split_paths(&std::env::var_os("PATH")?).collect::<Vec<_>>();
        on_path.into_iter().find(|folder| folder.join("initdb").exists())
    })
}

fn initialise(programs: &Path, who: Who, data: &Path, log: &Path) -> Result<()> {
    let mut initdb = who.command(&programs.join("initdb"));
    initdb.arg("-D").arg(data).args(["--username=postgres", "--auth=trust", "--encoding=UTF8"]);
    initdb.args(["--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US", "--no-sync"]);
    // It looks at where it is, and another user can't see the project's folder.
    initdb.current_dir("/");
    if !run_logged(&mut initdb, log)? {
        bail!("initdb failed; {} has what it said", log.display());
    }
    Ok(())
}

fn settings(port: u16, keeping: Keeping) -> Vec<String> {
    let port = format!("port={port}");
    let mut settings = vec![
        port.as_str(),
        "listen_addresses=127.0.0.1",
        // A socket's path may have 107 bytes, and the project may lie deeper.
        "unix_socket_directories=",
        // Many tests at once, each with a pool of its own.
        "max_connections=300",
    ];
    if keeping == Keeping::Carelessly {
        settings.extend([
            "fsync=off",
            "synchronous_commit=off",
            "full_page_writes=off",
            "autovacuum=off",
        ]);
    }
    settings.iter().flat_map(|setting| ["-c".to_owned(), (*setting).to_owned()]).collect()
}

fn is_ready(programs: &Path, port: u16) -> bool {
    let mut ask = Command::new(programs.join("pg_isready"));
    ask.args(["-q", "-h", "127.0.0.1", "-U", "postgres", "-p", &port.to_string()]);
    ask.stdin(Stdio::null()).status().is_ok_and(|status| status.success())
}
