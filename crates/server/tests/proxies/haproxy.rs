//! A real HAProxy by the file that we give away.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::replicas::ports::free_port;
use crate::shell::Shell;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/haproxy/haproxy.cfg");
/// The replicas as that calls them.
const NAMES: [&str; 2] = ["one", "two"];

/// HAProxy before two replicas; it goes with this.
pub(crate) struct Haproxy {
    child: Child,
    pub(crate) url: String,
    /// Where it tells how it is.
    socket: PathBuf,
}

impl Haproxy {
    /// Starts it; when this returns it sends requests to both.
    pub(crate) fn start(program: &Path, shell: &Shell, replicas: [u16; 2]) -> Self {
        let port = free_port();
        let socket = shell.path().join("haproxy.sock");
        shell.write("told.cfg", &format!("global\n    stats socket {}\n", socket.display()));
        let [one, two] = replicas.map(|port| format!("127.0.0.1:{port}"));
        let log = std::fs::File::create(shell.path().join("haproxy.log")).unwrap();
        let child = Command::new(program)
            .args(["-db", "-f", FILE, "-f"])
            .arg(shell.path().join("told.cfg"))
            .env("DOMESDAY_BIND", format!("127.0.0.1:{port}"))
            .env("DOMESDAY_REPLICA_1", one)
            .env("DOMESDAY_REPLICA_2", two)
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let haproxy = Self { child, url: format!("http://127.0.0.1:{port}"), socket };
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            std::thread::yield_now();
        }
        haproxy.until_used(0);
        haproxy.until_used(1);
        haproxy
    }

    /// Waits until it sends requests to a replica.
    pub(crate) fn until_used(&self, place: usize) {
        while !self.uses(place) {
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn uses(&self, place: usize) -> bool {
        let mut told = String::new();
        let Ok(mut socket) = UnixStream::connect(&self.socket) else {
            // It has only begun.
            return false;
        };
        socket.write_all(b"show servers state replicas\n").unwrap();
        socket.read_to_string(&mut told).unwrap();
        // Columns of each server: backend's id and name, server's id and name, address, and what it
        // is running as, which is 2 where it is up.
        let mut servers = told.lines().map(|line| line.split(' ').collect::<Vec<_>>());
        let of = servers.find(|words| words.get(3) == Some(&NAMES[place]));
        of.is_some_and(|words| words[5] == "2")
    }
}

impl Drop for Haproxy {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
