//! `cargo xtask test`: runs the steps, shows what failed, and counts in its last line.

use std::io::Write;
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
    let mut workshop = Workshop::new();
    let mut total = Tally::default();
    for step in steps {
        total += run_step(step, &mut workshop)?;
    }
    // The servers end first, so that the count is the last that is said.
    drop(workshop);
    println!("{total}");
    Ok(total.failed == 0)
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
fn run_step(step: &Step, workshop: &mut Workshop) -> Result<Tally> {
    print!("{:<14} ", step.name);
    std::io::stdout().flush()?;
    workshop.begin(step.name)?;
    let (outcome, took) = stopwatch(|| (step.run)(workshop));
    go_on()?;
    let tally = match &outcome {
        Ok(tally) => *tally,
        Err(_) => Tally { passed: 0, failed: 1 },
    };
    let verdict = if tally.failed == 0 { "ok" } else { "FAILED" };
    let counts = if tally.passed > 0 { format!("  {tally}") } else { String::new() };
    println!("{verdict:<6} {:>7.1} s{counts}", took.as_secs_f64());
    if tally.failed > 0 {
        show(&workshop.said());
        if let Err(error) = outcome {
            println!("error: {error:#}");
        }
        println!("({} failed; {} has all it said)", step.name, workshop.log().display());
    }
    Ok(tally)
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
