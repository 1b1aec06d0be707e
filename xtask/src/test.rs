//! `cargo xtask test`: runs the steps, shows what failed, and counts in its last line.

use std::io::Write;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::Scope;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::Args;

use crate::process::go_on;
use crate::steps::{STEPS, Step};
use crate::tally::Tally;
use crate::workshop::Workshop;

/// The most lines of a failing step's output that are shown; its log has them all.
const LINES_SHOWN: usize = 1_000;

#[derive(Args)]
pub(crate) struct Options {
    /// Run this step alone; may be given several times
    #[arg(long, value_name = "STEP")]
    only: Vec<String>,
    /// Begin with this step
    #[arg(long, value_name = "STEP")]
    from: Option<String>,
    /// Print the steps and run none
    #[arg(long)]
    list: bool,
}

/// Runs the steps that are asked for: whether all succeeded.
///
/// # Errors
/// When no step has a given name, or we are interrupted.
pub(crate) fn run(options: &Options) -> Result<bool> {
    let steps = choose(options)?;
    if options.list {
        for step in steps {
            println!("{:<14} {}", step.name, step.what);
        }
        return Ok(true);
    }
    let mut total = Tally::default();
    std::thread::scope(|scope| {
        let beside = Lane::begin(scope);
        let mut workshop = Workshop::new();
        for step in steps {
            if step.waits {
                println!("{:<14} beside the others", step.name);
                beside.give(step);
                continue;
            }
            print!("{:<14} ", step.name);
            std::io::stdout().flush()?;
            total += run_step(step, &mut workshop)?.tell();
            for report in beside.reports.try_iter() {
                total += report?.tell_name().tell();
            }
        }
        for report in beside.end() {
            total += report?.tell_name().tell();
        }
        anyhow::Ok(())
    })?;
    // The servers have ended, so that the count is the last that is said.
    println!("{total}");
    Ok(total.failed == 0)
}

/// Where steps run in turn, beside others.
struct Lane {
    steps: Sender<&'static Step>,
    reports: Receiver<Result<Report>>,
}

impl Lane {
    fn begin<'scope>(scope: &'scope Scope<'scope, '_>) -> Self {
        let (steps, given) = channel();
        let (tell, reports) = channel();
        scope.spawn(move || {
            let mut workshop = Workshop::new();
            for step in given {
                // Nobody listens when the others were interrupted, as we are then.
                if tell.send(run_step(step, &mut workshop)).is_err() {
                    return;
                }
            }
        });
        Self { steps, reports }
    }

    fn give(&self, step: &'static Step) {
        // Its thread ends before us only when we were interrupted, as the next step finds out.
        let _taken = self.steps.send(step);
    }

    /// Waits for the last of them.
    fn end(self) -> impl Iterator<Item = Result<Report>> {
        drop(self.steps);
        self.reports.into_iter()
    }
}

/// What came of a step.
struct Report {
    name: &'static str,
    outcome: Result<Tally>,
    took: Duration,
    said: String,
    log: PathBuf,
}

fn choose(options: &Options) -> Result<Vec<&'static Step>> {
    for name in options.only.iter().chain(&options.from) {
        if !STEPS.iter().any(|step| step.name == name) {
            bail!("no step is called {name}; cargo xtask test --list has them");
        }
    }
    let begins = |step: &Step| options.from.as_ref().is_none_or(|name| step.name == name);
    let wanted =
        |step: &&Step| options.only.is_empty() || options.only.iter().any(|name| step.name == name);
    Ok(STEPS.iter().skip_while(|step| !begins(step)).filter(wanted).collect())
}

/// Runs one step. What goes wrong in it counts as a failure and does not keep the others from
/// running; only an interruption does.
fn run_step(step: &Step, workshop: &mut Workshop) -> Result<Report> {
    workshop.begin(step.name)?;
    let (outcome, took) = stopwatch(|| (step.run)(workshop));
    go_on()?;
    let (said, log) = (workshop.said(), workshop.log().to_owned());
    Ok(Report { name: step.name, outcome, took, said, log })
}

impl Report {
    fn tell_name(self) -> Self {
        print!("{:<14} ", self.name);
        self
    }

    /// Prints how it went, and all that was said when it failed.
    fn tell(self) -> Tally {
        let tally = match &self.outcome {
            Ok(tally) => *tally,
            Err(_) => Tally { passed: 0, failed: 1 },
        };
        let verdict = if tally.failed == 0 { "ok" } else { "FAILED" };
        let counts = if tally.passed > 0 { format!("  {tally}") } else { String::new() };
        println!("{verdict:<6} {:>7.1} s{counts}", self.took.as_secs_f64());
        if tally.failed > 0 {
            show(&self.said);
            if let Err(error) = self.outcome {
                println!("error: {error:#}");
            }
            println!("({} failed; {} has all it said)", self.name, self.log.display());
        }
        tally
    }
}

/// Prints the end of what a step said.
pub(crate) fn show(said: &str) {
    let lines: Vec<&str> = said.lines().collect();
    let left_out = lines.len().saturating_sub(LINES_SHOWN);
    if left_out > 0 {
        println!("({left_out} lines left out)");
    }
    for line in lines.iter().skip(left_out) {
        println!("{line}");
    }
}

/// What a piece of work gives, and how long it took.
#[expect(clippy::disallowed_methods, reason = "it measures")]
pub(crate) fn stopwatch<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let done = work();
    (done, start.elapsed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_choice(only: &[&str], from: Option<&str>, expect: Option<&[&str]>) {
        let only = only.iter().map(|&name| name.to_owned()).collect();
        let options = Options { only, from: from.map(str::to_owned), list: false };
        let chosen = choose(&options).ok();
        let names = chosen.map(|steps| steps.iter().map(|step| step.name).collect::<Vec<_>>());
        assert_eq!(names.as_deref(), expect);
    }

    #[test]
    fn steps_are_chosen_by_name_and_by_where_to_begin() {
        check_choice(&["tidy", "fmt"], None, Some(&["fmt", "tidy"]));
        check_choice(&["fmt", "deny"], Some("clippy"), Some(&["deny"]));
        check_choice(&["frmt"], None, None);
        check_choice(&[], Some("frmt"), None);
    }

    #[test]
    fn no_two_steps_share_a_name() {
        let names: std::collections::BTreeSet<_> = STEPS.iter().map(|step| step.name).collect();
        assert_eq!(names.len(), STEPS.len());
    }
}
