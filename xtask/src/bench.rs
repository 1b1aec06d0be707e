//! `cargo xtask bench`: runs the benchmarks and gathers their rows into one table.
//!
//! A benchmark prints each figure as a row of that table, `| what | ours | floor | ratio | goal |`;
//! everything else that it prints is for whoever watches.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use clap::Args;

use crate::broker::Broker;
use crate::postgres::{Keeping, Postgres};
use crate::process::{self, begin_log, output};
use crate::tools::{self, commit};
use crate::workshop::cargo;
use crate::{paths, peer, plots};

/// What stands behind what a run found; before it stands which benchmarks that were ([`begin`]).
const END: &str = "<!-- /found -->";

#[derive(Args)]
pub(crate) struct Options {
    /// Only benchmarks whose target has this name
    #[arg(long, value_name = "NAME")]
    bench: Option<String>,
    /// The pages in a browser, of a register with so many servers, and nothing else
    #[arg(long, value_name = "SERVERS", conflicts_with = "bench")]
    pages: Option<u32>,
    /// Measure the Django system of this folder in the same run, too
    #[arg(long, value_name = "FOLDER")]
    peer: Option<PathBuf>,
    /// Put the table and the plots into docs/benchmarks.md
    #[arg(long)]
    write: bool,
    /// What the benchmarks shall be told
    #[arg(last = true)]
    arguments: Vec<String>,
}

/// Runs the benchmarks: whether all ended well.
///
/// # Errors
/// When cargo can't be started.
pub(crate) fn run(options: &Options) -> Result<bool> {
    if let Some(servers) = options.pages {
        print!("{}\n\n{}", machine(), table(&crate::bench_pages::run(servers)?));
        return Ok(true);
    }
    crate::assets::run()?;
    let log = paths::logs().join("bench.log");
    std::fs::create_dir_all(paths::logs())?;
    // Benchmarks alone: without a name cargo would build all unit tests for release too.
    let name = options.bench.as_deref().unwrap_or("*");
    let mut bench = cargo(&["bench", "--workspace", "--bench", name]);
    bench.arg("--").args(&options.arguments).current_dir(paths::root());
    bench.stdout(Stdio::from(std::fs::File::create(&log)?));
    let broker_log = paths::logs().join("bench-broker.log");
    begin_log(&broker_log)?;
    tools::c_compiler_and_openssl(&broker_log)?;
    if let Some(folder) = &options.peer {
        let peer_log = paths::logs().join("bench-peer.log");
        begin_log(&peer_log)?;
        bench.env("BENCH_PEER", peer::measure(folder, &peer_log)?);
    }
    // Ended with the benchmarks, as is the broker.
    let postgres = match std::env::var_os("TEST_POSTGRES_URL") {
        Some(_) => None,
        None => Some(Postgres::start(Keeping::Safely, &paths::logs().join("bench-postgres.log"))?),
    };
    if let Some(postgres) = &postgres {
        bench.env("TEST_POSTGRES_URL", postgres.url("postgres"));
    }
    let _broker = match name {
        "*" | "sources" => Some(with_broker(&mut bench, &broker_log)?),
        _ => None,
    };
    let succeeded = process::run(&mut bench)?;
    let said = std::fs::read_to_string(&log).context("what the benchmarks said")?;
    print!("{}\n\n{}\n{}", machine(), table(&said), plots::table(&plots::figures(&said)));
    if options.write && succeeded {
        write(&begin(options.bench.as_deref()), &said)?;
    }
    Ok(succeeded)
}

/// What stands before what a run of this benchmark found, or of all.
fn begin(bench: Option<&str>) -> String {
    format!("<!-- found: {} -->", bench.unwrap_or("all"))
}

/// Puts what was found between the marks of docs/benchmarks.md, and its plots beside the pictures.
fn write(begin: &str, said: &str) -> Result<()> {
    let growth = plots::figures(said);
    let plots = plots::draw(&growth, &paths::root().join("docs/images"))?;
    let plots: Vec<String> =
        plots.iter().map(|name| format!("![{name}](images/{name})\n")).collect();
    let growth = plots::table(&growth);
    let parts = [machine(), table(said), growth, plots.join("\n")];
    let found = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n");
    let path = paths::root().join("docs/benchmarks.md");
    let text = std::fs::read_to_string(&path)?;
    let written = between_marks(&text, (begin, &found));
    let written =
        written.with_context(|| format!("docs/benchmarks.md has no place for {begin}"))?;
    Ok(std::fs::write(path, written)?)
}

/// The text with something else between a mark and the next end.
fn between_marks(text: &str, (begin, found): (&str, &str)) -> Option<String> {
    let (before, rest) = text.split_once(begin)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{begin}\n\n{found}\n{END}{after}"))
}

/// A broker for the benchmarks, and the Python that they compare themselves with.
fn with_broker(bench: &mut Command, log: &Path) -> Result<Broker> {
    let python = tools::python(log)?.join("python");
    let broker = Broker::start(log).with_context(|| format!("Kafka ({})", log.display()))?;
    bench.env("TEST_KAFKA", &broker.plain).env("TEST_PYTHON", python);
    Ok(broker)
}

/// The rows among what the benchmarks said, under one head in place of theirs.
fn table(said: &str) -> String {
    let head = "| what | ours | floor | ratio | goal |\n| --- | --- | --- | --- | --- |\n";
    let rows = said.lines().filter(|line| line.starts_with("| ") && !head.contains(line));
    rows.fold(head.to_owned(), |table, row| table + row + "\n")
}

/// What the figures were measured on.
fn machine() -> String {
    let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("unknown processor", |(_, model)| model);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kilobytes =
        memory.lines().find_map(|line| line.strip_prefix("MemTotal:")?.split_whitespace().next());
    let gigabytes =
        kilobytes.and_then(|number| number.parse::<u64>().ok()).map_or(0, |kb| kb >> 20);
    let versions: Vec<String> = VERSIONS.iter().filter_map(|told| version(told)).collect();
    let versions = versions.join(", ");
    format!("Commit {}, {model}, {cores} cores, {gigabytes} GiB, {versions}.", commit())
}

/// What tells the versions of what is measured, and of what it is measured with.
const VERSIONS: [&[&str]; 5] = [
    &["uname", "-sr"],
    &["rustc", "--version"],
    &["psql", "--version"],
    &["memcached", "--version"],
    &["python3", "--version"],
];

/// The first line that a program says of its version; `None` where it is not there.
fn version(told: &[&str]) -> Option<String> {
    let (program, arguments) = told.split_first()?;
    let path = tools::on_path(program)?;
    let said = output(Command::new(path).args(arguments)).ok()?;
    Some(said.lines().next()?.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_takes_the_place_of_what_was_found_before() {
        let (all, one) = (begin(None), begin(Some("growth")));
        let text = format!("a\n{all}\n{END}\n{one}\nold\n{END}\nb\n");
        let new = format!("a\n{all}\n{END}\n{one}\n\nnew\n{END}\nb\n");
        assert_eq!(between_marks(&text, (&one, "new")), Some(new));
        assert_eq!(between_marks("a", (&one, "new")), None);
    }

    #[test]
    fn rows_are_gathered_from_whatever_else_is_said() {
        let said = "running 0 tests\n| what | ours | floor | ratio | goal |\n| page of 50 | 1 ms | 1 ms | 1.0 | 1.5 |\nloading...\n";
        assert!(table(said).ends_with("\n| page of 50 | 1 ms | 1 ms | 1.0 | 1.5 |\n"));
        assert_eq!(table(said).lines().count(), 3);
    }
}
