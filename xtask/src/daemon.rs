//! A server that runs beside the tests: started in a folder of its own, ended and removed with its
//! guard.
//!
//! The folder's name ends in the number of the process that started it. A run that was killed
//! outright leaves folder and server behind; the next one clears both.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::process::Signal;

use crate::process::{go_on, open_log, signal, spawn};

/// How long a server may take to be ready, and to end. Generous: the machine may be busy, and a
/// Keycloak takes half a minute on an idle one.
const PATIENCE_ROUNDS: u32 = 1_800;
const ROUND: Duration = Duration::from_millis(100);

/// The file in a server's folder that has its process number.
const PID_FILE: &str = "server.pid";

/// A running server. Dropping it ends the server and removes its folder.
pub(crate) struct Daemon {
    folder: Folder,
    child: Child,
    log: PathBuf,
}

/// How many folders this process has made.
static MADE: AtomicU16 = AtomicU16::new(0);

/// A server's folder, removed when dropped.
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// Makes the empty folder of a server, after clearing what ended runs left in `parent`.
    ///
    /// # Errors
    /// When it can't be written.
    pub(crate) fn make(parent: &Path, name: &str) -> Result<Self> {
        std::fs::create_dir_all(parent)?;
        clear_stale(parent)?;
        // Steps that run at once may start two of a kind.
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let path = parent.join(format!("{name}-{number}-{}", std::process::id()));
        std::fs::create_dir(&path).with_context(|| format!("make {}", path.display()))?;
        Ok(Self(path))
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What remains is cleared by the next run.
        drop(std::fs::remove_dir_all(&self.0));
    }
}

impl Daemon {
    /// Starts a server in its folder, with its output added to a log.
    ///
    /// # Errors
    /// When it can't be started.
    pub(crate) fn start(folder: Folder, command: &mut Command, log: &Path) -> Result<Self> {
        let output = open_log(log)?;
        command.current_dir(folder.path()).stdout(output.try_clone()?).stderr(output);
        let child = spawn(command)?;
        let daemon = Self { folder, child, log: log.to_owned() };
        std::fs::write(daemon.folder.path().join(PID_FILE), daemon.child.id().to_string())?;
        Ok(daemon)
    }

    /// The number of its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until `ready` says yes.
    ///
    /// # Errors
    /// When the server ends before, or takes too long.
    pub(crate) fn wait_until(&mut self, ready: impl Fn() -> bool) -> Result<()> {
        let log = self.log.display().to_string();
        for _round in 0..PATIENCE_ROUNDS {
            go_on()?;
            if let Some(status) = self.child.try_wait()? {
                bail!("the server ended at its start ({status}); {log} has what it said");
            }
            if ready() {
                return Ok(());
            }
            sleep(ROUND);
        }
        bail!("the server was not ready in time; {log} has what it said")
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let process = i32::try_from(self.child.id()).unwrap_or(0);
        // PostgreSQL takes it as its quick way to end, and we answer it like Ctrl-C.
        signal(process, Signal::INT);
        for _round in 0..PATIENCE_ROUNDS {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            sleep(ROUND);
        }
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A port that nobody listens on now. It is none of those that the system gives to whoever connects
/// somewhere: nobody takes it before its server does. Those that tests choose begin at 20,000.
///
/// # Errors
/// When none is free.
pub(crate) fn free_port() -> Result<u16> {
    const FIRST: u16 = 10_000;
    const COUNT: u16 = 10_000;
    static TRIED: AtomicU16 = AtomicU16::new(0);
    // Runs at the same time begin at other places.
    let begin = u16::try_from(std::process::id() % 100)? * (COUNT / 100);
    for _port in 0..COUNT {
        let tried = TRIED.fetch_add(1, Ordering::Relaxed) % COUNT;
        let port = FIRST + (begin + tried) % COUNT;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no port from {FIRST} on is free")
}

/// Whether a path of a server answers 200.
pub(crate) fn answers(address: SocketAddr, path: &str) -> bool {
    answers_to(address, path, None)
}

/// Whether a path of a server answers 200 to who shows a token.
pub(crate) fn answers_to(address: SocketAddr, path: &str, token: Option<&str>) -> bool {
    let shown = token.map(|secret| format!("Authorization: Bearer {secret}\r\n"));
    let head = format!("Host: {address}\r\n{}Connection: close", shown.unwrap_or_default());
    let ask = || {
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        write!(stream, "GET {path} HTTP/1.1\r\n{head}\r\n\r\n")?;
        let mut start = [0; 12];
        stream.read_exact(&mut start)?;
        Ok::<_, std::io::Error>(matches!(&start, b"HTTP/1.1 200" | b"HTTP/1.0 200"))
    };
    ask().unwrap_or(false)
}

/// Ends the servers whose owners have gone, and removes their folders.
fn clear_stale(parent: &Path) -> Result<()> {
    for entry in std::fs::read_dir(parent)? {
        let folder = entry?.path();
        if owner_of(&folder).is_some_and(|owner| !is_one_of_us(owner)) {
            if let Some(process) = server_in(&folder) {
                signal(process, Signal::KILL);
            }
            std::fs::remove_dir_all(&folder)
                .with_context(|| format!("remove {}", folder.display()))?;
        }
    }
    Ok(())
}

/// The process that a folder's name tells.
fn owner_of(folder: &Path) -> Option<i32> {
    folder.file_name()?.to_str()?.rsplit_once('-')?.1.parse().ok()
}

fn is_one_of_us(process: i32) -> bool {
    std::fs::read_to_string(format!("/proc/{process}/comm"))
        .is_ok_and(|name| name.starts_with("xtask"))
}

/// The server that still works in a folder, whose number nobody else has taken over since.
fn server_in(folder: &Path) -> Option<i32> {
    let process: i32 = std::fs::read_to_string(folder.join(PID_FILE)).ok()?.trim().parse().ok()?;
    let works_in = std::fs::read_link(format!("/proc/{process}/cwd")).ok()?;
    works_in.starts_with(folder.canonicalize().ok()?).then_some(process)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sleeper(parent: &Path, name: &str) -> Daemon {
        let folder = Folder::make(parent, name).unwrap();
        Daemon::start(folder, Command::new("sleep").arg("600"), &parent.join("log")).unwrap()
    }

    fn runs(process: u32) -> bool {
        // A process that was killed and not waited for has no folder any more.
        std::fs::read_link(format!("/proc/{process}/cwd")).is_ok()
    }

    #[test]
    fn a_server_ends_with_its_guard_and_leaves_nothing() {
        let parent = tempfile::tempdir().unwrap();
        let daemon = sleeper(parent.path(), "one");
        let (process, folder) = (daemon.child.id(), daemon.folder.path().to_owned());
        assert!(runs(process) && folder.exists());
        drop(daemon);
        assert!(!runs(process) && !folder.exists());
    }

    #[test]
    fn a_server_of_a_run_that_was_killed_is_cleared_by_the_next() {
        let parent = tempfile::tempdir().unwrap();
        let mut daemon = sleeper(parent.path(), "one");
        // No process has this number: Linux ends at 4,194,304.
        let orphaned = parent.path().join("one-99999999");
        std::fs::rename(daemon.folder.path(), &orphaned).unwrap();
        assert!(runs(daemon.child.id()));
        let _next = Folder::make(parent.path(), "two").unwrap();
        assert!(!orphaned.exists());
        assert!(!daemon.child.wait().unwrap().success(), "it was killed");
    }

    #[test]
    fn a_server_that_ends_early_is_not_waited_for() {
        let parent = tempfile::tempdir().unwrap();
        let folder = Folder::make(parent.path(), "one").unwrap();
        let log = parent.path().join("log");
        let mut daemon = Daemon::start(folder, &mut Command::new("false"), &log).unwrap();
        let told = daemon.wait_until(|| false).unwrap_err().to_string();
        assert!(told.contains("ended at its start"), "{told}");
    }
}
