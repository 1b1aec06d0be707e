//! A folder to run the program in.
#![allow(dead_code, reason = "each test program uses its own part")]

use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A folder of a test's own, in which the program is run.
pub(crate) struct Shell {
    folder: TempDir,
}

impl Shell {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        self.write_bytes(name, text.as_bytes());
    }

    pub(crate) fn write_bytes(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path().join(name), bytes).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap()
    }

    /// Puts one word in the place of another of its length, wherever it stands in a file.
    pub(crate) fn alter(&self, name: &str, word: &str, by: &str) {
        let path = self.path().join(name);
        let mut bytes = std::fs::read(&path).unwrap();
        let found = |bytes: &[u8]| bytes.windows(word.len()).position(|at| at == word.as_bytes());
        assert!(found(&bytes).is_some() && word.len() == by.len());
        while let Some(at) = found(&bytes) {
            bytes.splice(at..at + word.len(), by.bytes());
        }
        std::fs::write(path, bytes).unwrap();
    }

    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_domesday"));
        command.args(line.split_whitespace()).current_dir(self.path()).stdin(Stdio::null());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("DOMESDAY_") {
                command.env_remove(name);
            }
        }
        command
    }

    pub(crate) fn run(&self, line: &str) -> Output {
        self.command(line).output().unwrap()
    }

    /// What a line prints that ends well.
    #[track_caller]
    pub(crate) fn ok(&self, line: &str) -> String {
        let output = self.run(line);
        let errors = text(&output.stderr);
        assert!(output.status.success(), "{line}: {errors}");
        text(&output.stdout)
    }

    /// What a line that ends with a code says on the error stream.
    #[track_caller]
    pub(crate) fn fails(&self, line: &str, code: i32) -> String {
        let output = self.run(line);
        let errors = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{line}: {errors}");
        errors
    }
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Reads an answer of JSON.
pub(crate) fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap()
}
