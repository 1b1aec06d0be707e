//! The broker of the tests, which can be killed and started again.

use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// A broker.
pub(crate) struct Broker {
    /// Where it listens without TLS.
    pub(crate) address: String,
    /// What starts it again.
    script: String,
    running: Mutex<Running>,
}

/// Who runs it.
enum Running {
    /// The process of this number, which somebody else started.
    Theirs(u32),
    /// One of ours.
    Ours(Child),
}

impl Broker {
    /// The one that `cargo xtask test --only kafka` tells of.
    pub(crate) fn of_environment() -> Self {
        let variable =
            |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"));
        Self {
            address: variable("TEST_KAFKA"),
            script: variable("TEST_KAFKA_START"),
            running: Mutex::new(Running::Theirs(variable("TEST_KAFKA_PID").parse().unwrap())),
        }
    }

    /// Kills it, and starts it again on what it left; it answers when this returns.
    pub(crate) fn restart(&self) {
        let mut running = self.running.lock().unwrap();
        match &mut *running {
            Running::Theirs(pid) => {
                let pid = rustix::process::Pid::from_raw(i32::try_from(*pid).unwrap()).unwrap();
                rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
            }
            Running::Ours(child) => {
                child.kill().unwrap();
                child.wait().unwrap();
            }
        }
        let child = Command::new("sh")
            .arg(&self.script)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        *running = Running::Ours(child.unwrap());
        let address: SocketAddr = self.address.parse().unwrap();
        let begun = Instant::now();
        while TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_err() {
            assert!(begun.elapsed() < Duration::from_mins(2), "the broker does not come back");
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        if let Ok(Running::Ours(child)) = self.running.get_mut() {
            drop(child.kill());
            drop(child.wait());
        }
    }
}
