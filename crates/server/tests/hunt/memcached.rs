//! Real memcached, and the trouble that it is given: killed, frozen, flushed, started again, and so
//! small that it is always full.

use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

/// A server, on a port of its own. It goes with this.
pub(crate) struct Memcached {
    program: PathBuf,
    port: u16,
    running: Option<Child>,
}

/// Where the program is; none where it is not installed, which CI never takes.
pub(crate) fn program() -> Option<PathBuf> {
    let folders = std::env::var_os("PATH").unwrap();
    let found = std::env::split_paths(&folders)
        .map(|folder| folder.join("memcached"))
        .find(|path| path.is_file());
    assert!(found.is_some() || std::env::var("CI").is_err(), "CI must have memcached");
    found
}

impl Memcached {
    /// Starts one that answers when this returns.
    pub(crate) fn start(program: PathBuf) -> Self {
        let port =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let mut memcached = Self { program, port, running: None };
        memcached.again();
        memcached
    }

    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Starts it again, empty.
    pub(crate) fn again(&mut self) {
        self.kill();
        // With two megabytes it is full after some pages, and lets go from then on.
        let child = Command::new(&self.program)
            .args(["-l", "127.0.0.1", "-p", &self.port.to_string(), "-m", "2", "-u", "nobody"])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        self.running = Some(child);
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_err() {
            std::thread::yield_now();
        }
    }

    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.running.take() {
            drop(child.kill());
            drop(child.wait());
        }
    }

    /// Stops it where it stands, with its connections open.
    pub(crate) fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets it go on, to answer what was asked meanwhile.
    pub(crate) fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        let child = self.running.as_ref().unwrap();
        kill_process(Pid::from_child(child), signal).unwrap();
    }

    pub(crate) fn flush(&self) {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).unwrap();
        stream.write_all(b"flush_all\r\nquit\r\n").unwrap();
        drop(std::io::read_to_string(stream));
    }
}

impl Drop for Memcached {
    fn drop(&mut self) {
        self.kill();
    }
}
