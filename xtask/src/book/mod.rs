//! The book: it can be made, its links lead somewhere, and each of its commands answers what its page shows.
//!
//! [`page`] reads a page's commands, [`stage`] makes the world that they run in, [`shell`] types them,
//! [`compare`] looks whether what they answer is what is shown.

mod compare;
mod links;
mod manual;
mod names;
mod page;
mod ratchet;
mod shell;
mod stage;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;

use crate::process::go_on;
use crate::tally::Tally;
use crate::workshop::{Workshop, build_program};
use crate::{paths, test, tools};
use page::Page;
use stage::{Stage, World};

/// Where the book's pages are listed.
const SUMMARY: &str = "docs/SUMMARY.md";
/// What is looked at beside the pages that the book lists.
const BESIDE: [&str; 5] =
    ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"];

#[derive(Args)]
pub(crate) struct Options {
    /// Run the commands of these pages alone, such as docs/rest.md
    pages: Vec<String>,
}

/// Makes the book at `target/book`, and runs the commands of its pages: whether all is as shown.
///
/// # Errors
/// When something that it needs can't be had, or a page is not there.
pub(crate) fn command(options: &Options) -> Result<bool> {
    let mut workshop = Workshop::new();
    workshop.begin("book")?;
    let tally = if options.pages.is_empty() {
        run(&mut workshop)
    } else {
        build(&workshop).and_then(|()| run_pages(&workshop, &options.pages))
    };
    test::show(&workshop.said());
    let tally = tally?;
    println!("{tally}");
    Ok(tally.failed == 0)
}

/// The step.
///
/// # Errors
/// When something that it needs can't be had.
pub(crate) fn run(workshop: &mut Workshop) -> Result<Tally> {
    let pages = pages()?;
    let mut findings = Vec::new();
    if make(workshop)? {
        findings.extend(links::of_book(&made())?);
    } else {
        findings.push("mdbook can't make the book".to_owned());
    }
    for path in pages.iter().map(String::as_str).chain(BESIDE) {
        if let Ok(text) = std::fs::read_to_string(paths::root().join(path)) {
            findings.extend(links::of_source(paths::root(), path, &text));
        }
    }
    findings.extend(coverage(workshop, &pages)?);
    build(workshop)?;
    findings.extend(manual::findings(workshop)?);
    for finding in &findings {
        workshop.say(&format!("{finding}\n"))?;
    }
    let mut tally = run_pages(workshop, &pages)?;
    tally += Tally { passed: 0, failed: findings.len() as u64 };
    Ok(tally)
}

fn made() -> PathBuf {
    paths::target().join("book")
}

fn make(workshop: &Workshop) -> Result<bool> {
    let mdbook = tools::python(workshop.log())?.join("mdbook");
    workshop.run(Command::new(mdbook).arg("build").arg("--dest-dir").arg(made()).arg("docs"))
}

fn build(workshop: &Workshop) -> Result<()> {
    tools::c_compiler_and_openssl(workshop.log())?;
    if !workshop.run(&mut build_program())? {
        bail!("the register can't be built");
    }
    Ok(())
}

/// README.md, and the pages that the book lists.
fn pages() -> Result<Vec<String>> {
    let summary = std::fs::read_to_string(paths::root().join(SUMMARY)).context(SUMMARY)?;
    let listed = summary.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    let listed = listed.map(|(page, _)| format!("docs/{page}"));
    Ok(std::iter::once("README.md".to_owned()).chain(listed).collect())
}

fn read(path: &str) -> Result<Page> {
    let text =
        std::fs::read_to_string(paths::root().join(path)).with_context(|| path.to_owned())?;
    Page::read(&text).map_err(|unended| anyhow!("{path}:{unended}"))
}

/// Says which commands are not run, and finds pages that have more of them than they had.
fn coverage(workshop: &Workshop, pages: &[String]) -> Result<Vec<String>> {
    let file = std::fs::read_to_string(paths::root().join(ratchet::FILE)).context(ratchet::FILE)?;
    let mut unrun = BTreeMap::new();
    let (mut excused, mut said) = (0, Vec::new());
    for path in pages {
        let page = read(path)?;
        for one in &page.excused {
            excused += one.commands;
            said.push(format!("not run: {path}:{}: {}: {}", one.line, one.commands, one.reason));
        }
        if !page.unrun.is_empty() {
            said.push(format!("not run yet: {path}: {}", page.unrun.len()));
        }
        unrun.insert(path.clone(), page.unrun);
    }
    let yet: usize = unrun.values().map(Vec::len).sum();
    said.push(format!("{excused} commands are not run for a reason, {yet} not yet\n"));
    workshop.say(&said.join("\n"))?;
    Ok(ratchet::findings(&file, &unrun))
}

fn run_pages(workshop: &Workshop, pages: &[String]) -> Result<Tally> {
    let mut stage = Stage::make()?;
    let mut tally = Tally::default();
    for path in pages {
        let page = read(path)?;
        if page.commands.is_empty() {
            continue;
        }
        let mut world = stage.world(&page)?;
        let failed = tally.failed;
        for command in &page.commands {
            let fault = match run_command(&mut world, command) {
                Ok(fault) => fault,
                Err(error) => {
                    go_on()?;
                    workshop.say(&format!(
                        "{path}:{}: {error:#}; the rest is left out\n",
                        command.line
                    ))?;
                    tally += Tally { passed: 0, failed: 1 };
                    break;
                }
            };
            tally +=
                Tally { passed: u64::from(fault.is_none()), failed: u64::from(fault.is_some()) };
            if let Some(fault) = fault {
                workshop.say(&format!("{path}:{}: $ {}\n{fault}\n", command.line, command.text))?;
            }
        }
        let failed = tally.failed - failed;
        workshop.say(&format!("{path}: {} commands, {failed} failed\n", page.commands.len()))?;
    }
    Ok(tally)
}

/// Runs a command: what is wrong with what it answers.
fn run_command(world: &mut World, command: &page::Command) -> Result<Option<String>> {
    let text = world.names.in_command(&command.text);
    let shown = names::as_shown(command.shown.as_deref().unwrap_or_default());
    let fails = shown.lines().any(|line| line.starts_with("error: "));
    let is_server = shell::is_server(&text);
    let text = if is_server { world.names.listening(&text) } else { text };
    if is_server && !fails {
        let answer = world.shell.serve(&text, &shown, &world.names)?;
        return Ok((!answer.succeeded).then(|| format!("it did not say so, but:\n{}", answer.text)));
    }
    let answer = world.shell.run(&text)?;
    let told = world.names.in_page(&answer.text);
    if answer.succeeded == fails {
        let outcome = if fails { "succeeded, and the page has an error" } else { "failed" };
        return Ok(Some(format!("it {outcome}:\n{told}")));
    }
    let differs = command.shown.as_ref().and_then(|_| compare::fits(&shown, &told).err());
    Ok(differs.map(|missing| format!("it answered this, without {missing:?}:\n{told}")))
}
