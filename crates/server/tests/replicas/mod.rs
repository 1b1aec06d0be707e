//! Replicas of the program on one database, which are killed and started again.
#![allow(dead_code, reason = "each test program uses its own part")]

pub(crate) mod ports;

use std::fs::OpenOptions;
use std::io::{self, BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Stdio};
use std::sync::{Condvar, Mutex};

use rustix::process::{Pid, Signal, kill_process};

use crate::shell::Shell;

/// The replicas.
pub(crate) struct Fleet<'a> {
    shell: &'a Shell,
    manner: Manner,
    state: Mutex<State>,
    changed: Condvar,
}

/// How replicas are started.
#[derive(Default)]
pub(crate) struct Manner {
    /// The port of each place, where it is always the same.
    pub(crate) ports: Vec<u16>,
    /// Variables of each place.
    pub(crate) variables: Vec<Vec<(&'static str, String)>>,
}

struct State {
    /// At each place the replica that serves; none from its death until the next one answers.
    serving: Vec<Option<Replica>>,
    kills: usize,
    /// Why one could not be started again: nobody need wait for it.
    failed: Option<String>,
}

impl<'a> Fleet<'a> {
    /// Starts so many; each answers when this returns.
    pub(crate) fn start(shell: &'a Shell, count: usize) -> Self {
        Self::start_so(shell, count, Manner::default())
    }

    /// Starts so many in a manner; each answers when this returns.
    pub(crate) fn start_so(shell: &'a Shell, count: usize, manner: Manner) -> Self {
        let start = |place| Some(Replica::start(shell, &manner, place).unwrap());
        let serving = (0..count).map(start).collect();
        let state = Mutex::new(State { serving, kills: 0, failed: None });
        Self { shell, manner, state, changed: Condvar::new() }
    }

    /// The place and address of a replica that serves: the one at this place, or else another.
    /// Where none does, waits until one is announced.
    pub(crate) fn address(&self, place: usize) -> (usize, String) {
        let mut state = self.state.lock().unwrap();
        loop {
            assert_eq!(state.failed, None, "a replica does not start");
            let count = state.serving.len();
            let mut places = (place..place + count).map(|place| place % count);
            let found = places.find_map(|place| {
                let replica = state.serving[place].as_ref()?;
                Some((place, replica.address.clone()))
            });
            match found {
                Some(found) => return found,
                None => state = self.changed.wait(state).unwrap(),
            }
        }
    }

    /// Kills the replica at a place, and starts another there. One that is being started is spared.
    pub(crate) fn strike(&self, place: usize) {
        if self.kill(place) {
            self.revive(place);
        }
    }

    /// Kills the replica at a place; whether there was one.
    pub(crate) fn kill(&self, place: usize) -> bool {
        let struck = {
            let mut state = self.state.lock().unwrap();
            state.kills += usize::from(state.serving[place].is_some());
            state.serving[place].take()
        };
        struck.is_some()
    }

    /// Tells the replica at a place to stop, and starts another there when it has ended well.
    pub(crate) fn roll(&self, place: usize) {
        self.signal(place, Signal::TERM);
        let replica = self.state.lock().unwrap().serving[place].take();
        let ended = replica.unwrap().child.wait().unwrap();
        assert!(ended.success(), "{ended}: {}", self.end_of_log(place));
        self.revive(place);
    }

    /// Starts a replica at a place that has none.
    pub(crate) fn revive(&self, place: usize) {
        let started = Replica::start(self.shell, &self.manner, place);
        let mut state = self.state.lock().unwrap();
        match started {
            Ok(replica) => state.serving[place] = Some(replica),
            Err(error) => state.failed = Some(format!("{error}: {}", self.end_of_log(place))),
        }
        self.changed.notify_all();
    }

    /// Stops the replica at a place where it is, until it is told to go on.
    pub(crate) fn freeze(&self, place: usize) {
        self.signal(place, Signal::STOP);
    }

    /// Has a frozen one go on.
    pub(crate) fn thaw(&self, place: usize) {
        self.signal(place, Signal::CONT);
    }

    fn signal(&self, place: usize, signal: Signal) {
        let state = self.state.lock().unwrap();
        let replica = state.serving[place].as_ref().unwrap();
        let process = Pid::from_raw(i32::try_from(replica.child.id()).unwrap()).unwrap();
        kill_process(process, signal).unwrap();
    }

    pub(crate) fn len(&self) -> usize {
        self.state.lock().unwrap().serving.len()
    }

    pub(crate) fn kills(&self) -> usize {
        self.state.lock().unwrap().kills
    }

    /// What the replicas at a place logged.
    pub(crate) fn log(&self, place: usize) -> String {
        self.shell.read(&log_name(place))
    }

    /// The end of it, to be told where a test fails.
    pub(crate) fn end_of_log(&self, place: usize) -> String {
        let log = self.log(place);
        let lines: Vec<&str> = log.lines().rev().take(20).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}

fn log_name(place: usize) -> String {
    format!("replica{place}.log")
}

/// The program, serving; SIGKILL ends it.
struct Replica {
    child: Child,
    address: String,
    /// Kept open, as whoever started the program would.
    _stdout: BufReader<ChildStdout>,
}

impl Replica {
    /// Starts one, which answers when this returns.
    fn start(shell: &Shell, manner: &Manner, place: usize) -> io::Result<Self> {
        let log = shell.path().join(log_name(place));
        let log = OpenOptions::new().create(true).append(true).open(log)?;
        let port = manner.ports.get(place).copied().unwrap_or(0);
        let variables = manner.variables.get(place).into_iter().flatten();
        let mut child = shell
            .command(&format!("serve --json --listen 127.0.0.1:{port}"))
            .envs(variables.map(|(name, value)| (name, value)))
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()?;
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line)?;
        // From here on it is killed whatever happens.
        let mut replica = Self { child, address: String::new(), _stdout: stdout };
        let announced: serde_json::Value = serde_json::from_str(&line)?;
        let url = announced["url"].as_str().unwrap();
        url.trim_start_matches("http://").clone_into(&mut replica.address);
        Ok(replica)
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
