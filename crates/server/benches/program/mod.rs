//! The program, started for a benchmark.
#![allow(dead_code, reason = "each benchmark uses its own part")]

pub(crate) mod peer;

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The program, serving; killed at the end.
pub(crate) struct Server {
    child: Child,
    /// `127.0.0.1:PORT`
    pub(crate) address: String,
    folder: PathBuf,
    url: String,
}

impl Server {
    /// Starts it over a database, with variables of its environment.
    pub(crate) fn start(folder: &Path, url: &str, variables: &[(&str, &str)]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_domesday"))
            .args(["serve", "--json", "--listen", "127.0.0.1:0", "--database", url])
            .current_dir(folder)
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.split("http://").nth(1).unwrap().split('"').next().unwrap().to_owned();
        Self { child, address, folder: folder.to_owned(), url: url.to_owned() }
    }

    /// Runs a command on the same database, and gives what it prints.
    pub(crate) fn command(&self, line: &str) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_domesday"))
            .args(line.split(' '))
            .args(["--database", &self.url])
            .current_dir(&self.folder)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Server {
    /// Resident memory, in kilobytes.
    pub(crate) fn resident_kb(&self) -> u32 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
