//! A PostgreSQL of a test's own, which keeps what it acknowledged, is killed, and frozen.

use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, geteuid, kill_process};
use tempfile::TempDir;

use crate::replicas::ports::free_port;

/// Where Debian keeps the programs of each version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// A server; it goes with this.
pub(crate) struct Postgres {
    programs: PathBuf,
    folder: TempDir,
    pub(crate) port: u16,
    child: Option<Child>,
    /// What it is told beside the usual.
    settings: Vec<String>,
}

/// Where its programs are; none where it is not installed, which CI never takes.
pub(crate) fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    let version = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u32>().ok();
    let found = versions.map(|entry| entry.path()).filter(|path| path.join("bin/initdb").exists());
    let newest = found.max_by_key(version).map(|path| path.join("bin"));
    assert!(newest.is_some() || std::env::var("CI").is_err(), "CI must have PostgreSQL");
    newest
}

impl Postgres {
    /// Makes one that answers when this returns.
    pub(crate) fn start(programs: PathBuf) -> Self {
        Self::start_with(programs, |_| Vec::new())
    }

    /// As [`Self::start`], with settings that may need files, which are put into its folder.
    pub(crate) fn start_with(
        programs: PathBuf,
        settings: impl FnOnce(&Path) -> Vec<String>,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut initdb = command(&programs.join("initdb"));
        initdb.arg("-D").arg(folder.path().join("data"));
        initdb.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync"]);
        let made = initdb.current_dir("/").stdout(Stdio::null()).status().unwrap();
        assert!(made.success(), "initdb");
        let settings = settings(&folder.path().join("data"));
        let mut postgres = Self { programs, folder, port: free_port(), child: None, settings };
        postgres.again();
        postgres
    }

    /// A standby that follows this one.
    pub(crate) fn standby(&self) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut copy = command(&self.programs.join("pg_basebackup"));
        copy.args(["-h", "127.0.0.1", "-U", "postgres", "-p", &self.port.to_string()]);
        copy.args(["--write-recovery-conf", "--checkpoint=fast", "--no-sync", "-D"]);
        let made = copy.arg(folder.path().join("data")).current_dir("/").status().unwrap();
        assert!(made.success(), "pg_basebackup");
        let programs = self.programs.clone();
        let settings = Vec::new();
        let mut standby = Self { programs, folder, port: free_port(), child: None, settings };
        standby.again();
        standby
    }

    /// The number that a query gives; a truth is 1.
    pub(crate) fn number(&self, query: &str) -> i64 {
        let output = Command::new(self.programs.join("psql"))
            .args(["-h", "127.0.0.1", "-U", "postgres", "-p", &self.port.to_string()])
            .args(["--no-psqlrc", "--tuples-only", "--no-align", "--command", query])
            .output()
            .unwrap();
        assert!(output.status.success(), "{query}: {}", String::from_utf8_lossy(&output.stderr));
        let told = String::from_utf8(output.stdout).unwrap();
        match told.trim() {
            "t" => 1,
            "f" => 0,
            number => number.parse().unwrap(),
        }
    }

    /// Starts it again, on what it left.
    pub(crate) fn again(&mut self) {
        loop {
            let mut child = self.spawn();
            while child.try_wait().unwrap().is_none() {
                if self.is_ready() {
                    self.child = Some(child);
                    return;
                }
                std::thread::sleep(Duration::from_millis(20));
            }
            // Processes of the one before may still be leaving, and it waits for none.
        }
    }

    fn spawn(&self) -> Child {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.folder.path().join("log"))
            .unwrap();
        let settings = [
            &format!("port={}", self.port),
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "max_connections=100",
        ];
        command(&self.programs.join("postgres"))
            .arg("-D")
            .arg(self.folder.path().join("data"))
            .args(settings.iter().flat_map(|setting| ["-c", *setting]))
            .args(self.settings.iter().flat_map(|setting| ["-c", setting]))
            .stderr(log)
            .stdout(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap()
    }

    fn is_ready(&self) -> bool {
        TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok()
            && Command::new(self.programs.join("pg_isready"))
                .args(["-q", "-h", "127.0.0.1", "-U", "postgres", "-p", &self.port.to_string()])
                .status()
                .is_ok_and(|status| status.success())
    }

    /// Kills the server; its processes see that and leave.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            drop(child.kill());
            drop(child.wait());
        }
    }

    /// Stops all its processes where they are.
    pub(crate) fn freeze(&self) {
        for process in self.processes() {
            signal(process, Signal::STOP);
        }
    }

    /// Has them go on.
    pub(crate) fn thaw(&self) {
        for process in self.processes() {
            signal(process, Signal::CONT);
        }
    }

    /// The server and its children.
    fn processes(&self) -> Vec<i32> {
        let server = i32::try_from(self.child.as_ref().unwrap().id()).unwrap();
        let all = std::fs::read_dir("/proc").unwrap().flatten();
        let children = all.filter_map(|entry| {
            let process: i32 = entry.file_name().to_str()?.parse().ok()?;
            (parent(process)? == server).then_some(process)
        });
        std::iter::once(server).chain(children).collect()
    }
}

/// The parent of a process: the second word behind its name.
fn parent(process: i32) -> Option<i32> {
    let told = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    told.rsplit_once(") ")?.1.split(' ').nth(1)?.parse().ok()
}

fn signal(process: i32, signal: Signal) {
    // One that has left needs none.
    kill_process(Pid::from_raw(process).unwrap(), signal).ok();
}

/// A program as somebody whom PostgreSQL accepts; it refuses root.
fn command(program: &Path) -> Command {
    if !geteuid().is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-user=1000", "--map-group=1000"]).arg(program);
    command
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if self.child.is_some() {
            self.thaw();
        }
        self.kill();
    }
}
