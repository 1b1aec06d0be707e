//! A small disk of its own, which can be filled: a file system in memory that one process and its
//! children see.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::shell::{Shell, json};

/// What it holds.
const SIZE: &str = "24m";

/// The disk. It is there for as long as this.
pub(crate) struct Disk {
    /// Who keeps it mounted.
    keeper: Child,
    /// Where it is in the keeper's eyes.
    inside: PathBuf,
}

/// A replica with its register on the disk; it goes with this.
pub(crate) struct Replica {
    child: Child,
    pub(crate) url: String,
    _stdout: BufReader<ChildStdout>,
}

impl Disk {
    /// Mounts one; none where that is not allowed, which CI never takes.
    pub(crate) fn mount(shell: &Shell) -> Option<Self> {
        let inside = shell.path().join("disk");
        std::fs::create_dir(&inside).unwrap();
        let script = format!(
            "mount -t tmpfs -o size={SIZE} none {} && echo mounted && exec sleep infinity",
            inside.display()
        );
        let mut keeper = Command::new("unshare")
            .args(["--mount", "--user", "--map-root-user", "sh", "-c", &script])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(keeper.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let disk = Self { keeper, inside };
        let is_mounted = line == "mounted\n";
        assert!(is_mounted || std::env::var("CI").is_err(), "CI must let us mount");
        is_mounted.then_some(disk)
    }

    pub(crate) fn database(&self) -> String {
        format!("sqlite:{}", self.inside.join("register.sqlite3").display())
    }

    /// Runs a line of the program where the disk can be seen.
    fn command(&self, shell: &Shell, line: &str) -> Command {
        let program = shell.command(line);
        let mut command = Command::new("nsenter");
        command
            .args(["--preserve-credentials", "--user", "--mount", "--target"])
            .arg(self.keeper.id().to_string())
            .arg(format!("--wd={}", shell.path().display()))
            .arg(program.get_program())
            .args(program.get_args())
            .stdin(Stdio::null());
        command
    }

    fn ok(&self, shell: &Shell, line: &str) -> String {
        let output = self.command(shell, line).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{line}: {told}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Fills the register with what a crowd needs; gives its token.
    pub(crate) fn prepare(&self, shell: &Shell) -> String {
        crate::crowd::write_files(shell, 1);
        for line in crate::crowd::PREPARED_BY {
            self.ok(shell, line);
        }
        let created = json(&self.ok(shell, "token create --user root --json"));
        created["token"].as_str().unwrap().to_owned()
    }

    pub(crate) fn serve(&self, shell: &Shell) -> Replica {
        let log = File::create(shell.path().join("replica.log")).unwrap();
        let mut child = self
            .command(shell, "serve --json --listen 127.0.0.1:0")
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let url = json(&line)["url"].as_str().unwrap().to_owned();
        Replica { child, url, _stdout: stdout }
    }

    /// Where it is in our eyes.
    fn outside(&self) -> PathBuf {
        let inside = self.inside.strip_prefix("/").unwrap();
        PathBuf::from(format!("/proc/{}/root", self.keeper.id())).join(inside)
    }

    /// Leaves no room.
    pub(crate) fn fill(&self) {
        let mut filler = File::create(self.outside().join("filler")).unwrap();
        for piece in [1 << 20, 1 << 12] {
            while filler.write_all(&vec![0; piece]).is_ok() {}
        }
    }

    /// Gives the room back.
    pub(crate) fn empty(&self) {
        std::fs::remove_file(self.outside().join("filler")).unwrap();
    }

    pub(crate) fn verify(&self, shell: &Shell) {
        self.ok(shell, "history verify");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        drop(self.keeper.kill());
        drop(self.keeper.wait());
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
