//! A small disk of its own, which can be filled: a file system in memory that one process and its
//! children see; or a limit to how large files may get, as of a quota, where mounting is refused.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::shell::{Shell, json};

/// What it holds.
const SIZE: &str = "24m";

/// The disk. It is there for as long as this.
pub(crate) enum Disk {
    Mounted {
        /// Who keeps it mounted.
        keeper: Child,
        /// Where it is in the keeper's eyes.
        inside: PathBuf,
    },
    Limited {
        folder: PathBuf,
    },
}

/// A replica with its register on the disk; it goes with this.
pub(crate) struct Replica {
    child: Child,
    pub(crate) url: String,
    _stdout: BufReader<ChildStdout>,
}

impl Disk {
    /// Mounts one; none where that is not allowed.
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
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(keeper.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let disk = Self::Mounted { keeper, inside };
        (line == "mounted\n").then_some(disk)
    }

    /// One whose files may not grow any more when it is full.
    pub(crate) fn limited(shell: &Shell) -> Self {
        Self::Limited { folder: shell.path().to_owned() }
    }

    pub(crate) fn database(&self) -> String {
        let (Self::Mounted { inside: folder, .. } | Self::Limited { folder }) = self;
        format!("sqlite:{}", folder.join("register.sqlite3").display())
    }

    /// Runs a line of the program where the disk can be seen.
    fn command(&self, shell: &Shell, line: &str) -> Command {
        let program = shell.command(line);
        let mut command = match self {
            Self::Mounted { keeper, .. } => {
                let mut command = Command::new("nsenter");
                command
                    .args(["--preserve-credentials", "--user", "--mount", "--target"])
                    .arg(keeper.id().to_string())
                    .arg(format!("--wd={}", shell.path().display()));
                command
            }
            // Whoever passes the limit is told by a signal, too, which ends a program by default.
            Self::Limited { .. } => {
                let mut command = Command::new("sh");
                command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]);
                command
            }
        };
        command.arg(program.get_program()).args(program.get_args());
        command.current_dir(shell.path()).stdin(Stdio::null());
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

    /// Leaves no room to a replica.
    pub(crate) fn fill(&self, replica: &Replica) {
        match self {
            Self::Mounted { .. } => {
                let mut filler = File::create(self.filler()).unwrap();
                for piece in [1 << 20, 1 << 12] {
                    while filler.write_all(&vec![0; piece]).is_ok() {}
                }
            }
            Self::Limited { .. } => replica.limit_files("4096:"),
        }
    }

    /// Gives the room back.
    pub(crate) fn empty(&self, replica: &Replica) {
        match self {
            Self::Mounted { .. } => std::fs::remove_file(self.filler()).unwrap(),
            Self::Limited { .. } => replica.limit_files("unlimited:"),
        }
    }

    /// What fills it, in our eyes.
    fn filler(&self) -> PathBuf {
        let Self::Mounted { keeper, inside } = self else { unreachable!() };
        let root = PathBuf::from(format!("/proc/{}/root", keeper.id()));
        root.join(inside.strip_prefix("/").unwrap()).join("filler")
    }

    pub(crate) fn verify(&self, shell: &Shell) {
        self.ok(shell, "history verify");
    }
}

impl Replica {
    /// Sets how large files may get, in bytes.
    fn limit_files(&self, limit: &str) {
        let process = self.child.id().to_string();
        let mut command = Command::new("prlimit");
        command.args(["--pid", &process, &format!("--fsize={limit}")]);
        assert!(command.status().unwrap().success());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if let Self::Mounted { keeper, .. } = self {
            drop(keeper.kill());
            drop(keeper.wait());
        }
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
