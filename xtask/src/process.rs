//! Running other programs, so that none outlives us.
//!
//! Each child leads a process group of its own. A signal to us (Ctrl-C, a runner's time-out) ends
//! the groups under way; `run` then fails, and the guards of all servers drop as in any failure.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write as _;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result, anyhow, bail};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// The groups under way.
static UNDER_WAY: Mutex<BTreeSet<i32>> = Mutex::new(BTreeSet::new());
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// From now on a signal that asks us to end ends the child under way first.
///
/// # Errors
/// When the system does not let us listen.
pub(crate) fn stop_children_on_signals() -> Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).context("listen for signals")?;
    std::thread::spawn(move || {
        for _signal in signals.forever() {
            INTERRUPTED.store(true, Ordering::SeqCst);
            under_way().iter().copied().for_each(end_group);
        }
    });
    Ok(())
}

fn under_way() -> MutexGuard<'static, BTreeSet<i32>> {
    UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner)
}

fn end_group(group: i32) {
    // It may have ended by itself.
    let _gone_already = Pid::from_raw(group).map(|group| kill_process_group(group, Signal::TERM));
}

/// Fails when we were asked to end.
pub(crate) fn go_on() -> Result<()> {
    let interrupted = INTERRUPTED.load(Ordering::SeqCst);
    if interrupted { Err(anyhow!("interrupted")) } else { Ok(()) }
}

/// Runs a program to its end: whether it succeeded. Its output goes where ours does.
///
/// # Errors
/// When it can't be started, or we are asked to end.
pub(crate) fn run(command: &mut Command) -> Result<bool> {
    let mut child = spawn(command)?;
    let group = i32::try_from(child.id())?;
    under_way().insert(group);
    // The signal may have come before the group was in the list.
    if go_on().is_err() {
        end_group(group);
    }
    let status = child.wait().context("wait for a program");
    under_way().remove(&group);
    let status = status?;
    go_on()?;
    Ok(status.success())
}

/// Runs a program with its output added to a file: whether it succeeded.
///
/// # Errors
/// As [`run`], and when the file can't be written.
pub(crate) fn run_logged(command: &mut Command, log: &Path) -> Result<bool> {
    let log = open_log(log)?;
    command.stdout(log.try_clone()?).stderr(log);
    run(command)
}

/// What a program prints.
///
/// # Errors
/// When it can't be started or fails; the error has what it said.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    output_of(command, "")
}

/// The same of a program that reads something first.
///
/// # Errors
/// As [`output`].
pub(crate) fn output_of(command: &mut Command, input: &str) -> Result<String> {
    go_on()?;
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("start {}", name_of(command)))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that reads nothing has gone by then.
        drop(stdin.write_all(input.as_bytes()));
    }
    let output = child.wait_with_output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{} failed: {}", name_of(command), said.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Starts a program in a process group of its own, without input.
///
/// # Errors
/// When it can't be started.
pub(crate) fn spawn(command: &mut Command) -> Result<Child> {
    go_on()?;
    command
        .stdin(Stdio::null())
        .process_group(0)
        .spawn()
        .with_context(|| format!("start {}", name_of(command)))
}

/// Empties a log, or makes it.
///
/// # Errors
/// When it can't be written.
pub(crate) fn begin_log(path: &Path) -> Result<()> {
    drop(open_log(path)?);
    std::fs::write(path, "").with_context(|| format!("write {}", path.display()))
}

/// Opens a log to add to it.
///
/// # Errors
/// When it can't be written.
pub(crate) fn open_log(path: &Path) -> Result<File> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    File::options()
        .create(true)
        .append(true)
        .open(path)
        .with_context(|| format!("write {}", path.display()))
}

/// Sends a signal to one process; `false` when there is none of that number.
pub(crate) fn signal(process: i32, signal: Signal) -> bool {
    Pid::from_raw(process).is_some_and(|process| kill_process(process, signal).is_ok())
}

fn name_of(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}
