//! `cargo xtask bench`: runs the benchmarks and gathers their rows into one table.
//!
//! A benchmark prints each figure as a row of that table, `| what | ours | floor | ratio | goal |`;
//! everything else that it prints is for whoever watches.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use clap::Args;

use crate::broker::Broker;
use crate::paths;
use crate::process::{self, begin_log, output};
use crate::tools::{self, commit};
use crate::workshop::cargo;

#[derive(Args)]
pub(crate) struct Options {
    /// Only benchmarks whose target has this name
    #[arg(long, value_name = "NAME")]
    bench: Option<String>,
    /// The pages in a browser, of a register with so many servers, and nothing else
    #[arg(long, value_name = "SERVERS", conflicts_with = "bench")]
    pages: Option<u32>,
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
    // Ended with the benchmarks.
    let _broker = match name {
        "*" | "sources" => Some(with_broker(&mut bench, &broker_log)?),
        _ => None,
    };
    let succeeded = process::run(&mut bench)?;
    let said = std::fs::read_to_string(&log).context("what the benchmarks said")?;
    print!("{}\n\n{}", machine(), table(&said));
    Ok(succeeded)
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
    let rustc = output(Command::new("rustc").arg("--version")).unwrap_or_default();
    format!("Commit {}, {model}, {cores} cores, {}.", commit(), rustc.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_gathered_from_whatever_else_is_said() {
        let said = "running 0 tests\n| what | ours | floor | ratio | goal |\n| page of 50 | 1 ms | 1 ms | 1.0 | 1.5 |\nloading...\n";
        assert!(table(said).ends_with("\n| page of 50 | 1 ms | 1 ms | 1.0 | 1.5 |\n"));
        assert_eq!(table(said).lines().count(), 3);
    }
}
