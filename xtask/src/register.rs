//! The register itself, running with a few records in a database of its own.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::daemon::{Daemon, Folder, answers, answers_to, free_port};
use crate::paths;
use crate::process::{output, output_of, run_logged};

/// Whose token it is.
const USER: &str = "schemathesis";

/// People who change and review things in the browser; the password of each is `password of NAME`.
const REVIEWERS: [&str; 2] = ["ada", "brian"];

/// The running register. Dropping it ends it and removes its SQLite file.
pub(crate) struct Register {
    /// Where it answers, without a slash at the end.
    pub(crate) url: String,
    /// A secret that may write.
    pub(crate) token: String,
    /// The folder it works in, removed with it.
    pub(crate) home: PathBuf,
    address: SocketAddr,
    _daemon: Daemon,
}

/// Which database it opens.
pub(crate) enum Database {
    /// A file in its own folder.
    Sqlite,
    /// The empty database at an address.
    Postgres(String),
}

impl Database {
    /// What it is called.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres(_) => "postgres",
        }
    }
}

impl Register {
    /// Starts it on an empty database, with a configuration, and fills in some generated servers
    /// and a token.
    ///
    /// # Errors
    /// When any command of it fails; the log has what it said.
    pub(crate) fn start(
        database: Database,
        configuration: &str,
        servers: u32,
        log: &Path,
    ) -> Result<Self> {
        Self::start_of(&program(), database, (configuration, servers), log)
    }

    /// Starts one of another build; as [`Self::start`].
    ///
    /// # Errors
    /// When any command of it fails; the log has what it said.
    pub(crate) fn start_of(
        program: &Path,
        database: Database,
        (configuration, servers): (&str, u32),
        log: &Path,
    ) -> Result<Self> {
        let folder = Folder::make(&paths::servers(), &format!("register-{}", database.name()))?;
        let home = folder.path().to_owned();
        std::fs::write(home.join("domesday.toml"), configuration)?;
        let database = match database {
            Database::Sqlite => format!("sqlite:{}", home.join("domesday.sqlite3").display()),
            Database::Postgres(url) => url,
        };
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()?));
        let command = |arguments: &[&str]| {
            let mut command = Command::new(program);
            command.env("DOMESDAY_DATABASE__URL", &database);
            command.env("DOMESDAY_HTTP__LISTEN", address.to_string()).env("NO_COLOR", "1");
            command.current_dir(&home).args(arguments);
            command
        };
        let mut daemon = Daemon::start(folder, &mut command(&["serve"]), log)?;
        daemon.wait_until(|| answers(address, "/readyz"))?;
        fill(&home, &command, servers, log)?;
        output(&mut command(&["user", "add", USER, "--group", "administrators"]))?;
        for name in REVIEWERS {
            let mut add =
                command(&["user", "add", name, "--group", "administrators", "--password"]);
            output_of(&mut add, &format!("password of {name}\n"))?;
        }
        // The pages that the browser opens say nothing of who they are.
        output(&mut command(&["group", "grant", "anonymous", "view"]))?;
        let told = output(&mut command(&["token", "create", "--user", USER]))?;
        let token = told.lines().last().context("no token was printed")?.trim().to_owned();
        Ok(Self { url: format!("http://{address}"), token, home, address, _daemon: daemon })
    }

    /// Whether its token is still taken as an administrator's.
    pub(crate) fn may_administer(&self) -> bool {
        answers_to(self.address, "/api/-/users/", Some(&self.token))
    }
}

fn fill(home: &Path, command: &dyn Fn(&[&str]) -> Command, servers: u32, log: &Path) -> Result<()> {
    let generate = ["fleet", "generate", &servers.to_string(), "--seed", "1"];
    let fleet = output(&mut command(&generate))?;
    std::fs::write(home.join("fleet.csv"), fleet)?;
    let mut import = command(&["import", "server", "fleet.csv", "--create-missing"]);
    if !run_logged(&mut import, log)? {
        bail!("the generated fleet can't be imported");
    }
    Ok(())
}

/// The program as the tests build it.
fn program() -> PathBuf {
    paths::target().join("debug/domesday")
}
