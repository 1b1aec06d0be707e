//! The shell that a page's commands are typed into, one after the other.
//!
//! A bash that lives as long as its page, so that variables, folders and background servers stay. Each command is
//! a file that it reads in, with its output going to another, so that no command can take what was meant for
//! the shell.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process_group};

use super::compare;
use super::names::Names;
use crate::process::{go_on, signal};

/// How long a command may take: 1,200 rounds of a tenth of a second.
const ROUNDS: u32 = 1_200;
/// How long a server may say nothing new: it fills a register, on a busy machine.
const SILENT_ROUNDS: u32 = 400;
const ROUND: Duration = Duration::from_millis(100);

/// What a page shows where a server is ended by its reader.
const CTRL_C: &str = "^C";

/// The shell of a page.
pub(crate) struct Shell {
    bash: Child,
    typed: ChildStdin,
    said: Receiver<String>,
    /// Where commands and their answers are kept.
    files: PathBuf,
    count: u32,
}

/// What came of a command.
pub(crate) struct Answer {
    pub(crate) text: String,
    pub(crate) succeeded: bool,
}

impl Shell {
    /// Starts it in a folder, which is its home, with nothing of our environment but the path.
    ///
    /// # Errors
    /// When there is no bash.
    pub(crate) fn start(home: &Path, files: &Path, variables: &[(&str, String)]) -> Result<Self> {
        std::fs::create_dir_all(files)?;
        // As curl is at a terminal: without a meter.
        std::fs::write(home.join(".curlrc"), "silent\nshow-error\n")?;
        let mut command = Command::new("bash");
        command.args(["--noprofile", "--norc"]).current_dir(home).env_clear();
        command.env("HOME", home).env("LC_ALL", "C.UTF-8").env("TZ", "UTC").env("NO_COLOR", "1");
        command.envs(variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).process_group(0);
        let mut bash = command.spawn().context("start bash")?;
        let typed = bash.stdin.take().context("bash takes no input")?;
        let output = bash.stdout.take().context("bash has no output")?;
        let (sender, said) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Ok(Self { bash, typed, said, files: files.to_owned(), count: 0 })
    }

    /// Runs a command to its end.
    ///
    /// # Errors
    /// When it takes too long, or the shell is gone.
    pub(crate) fn run(&mut self, text: &str) -> Result<Answer> {
        let (script, output) = self.keep(text)?;
        writeln!(self.typed, ". '{script}' </dev/null >'{output}' 2>&1; echo \"$?\"")?;
        let told = self.next_line().with_context(|| read(&output))?;
        Ok(Answer { text: read(&output), succeeded: told == "0" })
    }

    /// Starts a server, and waits until it has said what the page shows; ends it where the page does.
    ///
    /// # Errors
    /// When it takes too long, or the shell is gone.
    pub(crate) fn serve(&mut self, text: &str, shown: &str, names: &Names) -> Result<Answer> {
        let (script, output) = self.keep(&becoming(text))?;
        writeln!(self.typed, ". '{script}' </dev/null >'{output}' 2>&1 & echo \"$!\"")?;
        let process: i32 = self.next_line()?.parse().context("the number of a process")?;
        let (shown, is_ended) = match shown.split_once(CTRL_C) {
            Some((before, _)) => (before, true),
            None => (shown, false),
        };
        let answer = || names.in_page(&read(&output));
        let (mut fits, mut silent, mut length) = (false, 0, 0);
        while !fits && runs(process) && silent < SILENT_ROUNDS {
            go_on()?;
            std::thread::sleep(ROUND);
            let told = answer();
            fits = compare::begins(shown, &told);
            silent = if told.len() > length { 0 } else { silent + 1 };
            length = told.len();
        }
        if is_ended {
            signal(process, Signal::TERM);
            writeln!(self.typed, "wait {process}; echo ended")?;
            self.next_line()?;
        }
        Ok(Answer { text: answer(), succeeded: fits })
    }

    fn keep(&mut self, text: &str) -> Result<(String, String)> {
        self.count += 1;
        let name = |kind: &str| self.files.join(format!("{}.{kind}", self.count));
        let (script, output) = (name("sh"), name("out"));
        std::fs::write(&script, format!("{text}\n"))?;
        Ok((script.display().to_string(), output.display().to_string()))
    }

    fn next_line(&self) -> Result<String> {
        for _round in 0..ROUNDS {
            go_on()?;
            match self.said.recv_timeout(ROUND) {
                Ok(line) => return Ok(line),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => bail!("the shell has ended"),
            }
        }
        bail!("it takes too long")
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let group = i32::try_from(self.bash.id()).ok().and_then(Pid::from_raw);
        // Its servers are in its group, and are asked to end as by Ctrl-C.
        let _gone_already = group.map(|group| kill_process_group(group, Signal::TERM));
        let _gone_already = group.map(|group| kill_process_group(group, Signal::KILL));
        drop(self.bash.wait());
    }
}

fn read(path: &str) -> String {
    String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).into_owned()
}

fn runs(process: i32) -> bool {
    std::fs::read_link(format!("/proc/{process}/cwd")).is_ok()
}

/// Whether a command serves until it is told to stop.
pub(crate) fn is_server(text: &str) -> bool {
    let (_, program) = variables_of(text);
    ["domesday serve", "domesday demo"].iter().any(|start| program.starts_with(start))
}

/// The command with the shell itself becoming the program, so that its number is the program's.
fn becoming(text: &str) -> String {
    let (variables, program) = variables_of(text);
    format!("{variables}exec {program}")
}

/// What stands before a program, and from it on.
fn variables_of(text: &str) -> (&str, &str) {
    let mut at = 0;
    for word in text.split_inclusive(' ') {
        if !word.contains('=') || word.starts_with('-') {
            break;
        }
        at += word.len();
    }
    text.split_at_checked(at).unwrap_or(("", text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(folder: &Path) -> Shell {
        let path = std::env::var("PATH").unwrap();
        Shell::start(folder, &folder.join("files"), &[("PATH", path)]).unwrap()
    }

    #[test]
    fn what_one_command_leaves_the_next_one_finds() {
        let folder = tempfile::tempdir().unwrap();
        let mut shell = shell(folder.path());
        assert!(shell.run("X='a b'; mkdir -p in && cd in").unwrap().succeeded);
        let answer = shell.run("echo \"$X\"; basename \"$PWD\"; cat; echo bad >&2; false").unwrap();
        assert_eq!(answer.text, "a b\nin\nbad\n");
        assert!(!answer.succeeded);
    }

    #[test]
    fn servers_are_told_from_what_ends() {
        assert!(is_server("domesday serve"));
        assert!(is_server("A=1 B=2 domesday demo --dir x"));
        assert!(!is_server("domesday export server"));
        assert_eq!(becoming("A=1 domesday serve --x=1"), "A=1 exec domesday serve --x=1");
    }
}
