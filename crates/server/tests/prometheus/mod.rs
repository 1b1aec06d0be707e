//! A Prometheus of a test's own.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use crate::shell::Shell;

/// Prometheus, running; killed at the end.
pub(crate) struct Prometheus {
    child: Child,
    pub(crate) port: u16,
}

impl Prometheus {
    /// Starts it by the folder's `prometheus.yml`.
    pub(crate) fn start(shell: &Shell) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = Command::new(variable("TEST_PROMETHEUS"))
            .args(["--config.file=prometheus.yml", "--storage.tsdb.path=data"])
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .current_dir(shell.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Self { child: child.unwrap(), port }
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// What a step of `cargo xtask test` tells of a program.
pub(crate) fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"))
}
