//! The project's own commands: `cargo xtask test` and its kin.
//!
//! Small and quick to build on purpose, since it is the first thing that a fresh clone compiles. It
//! runs other programs ([`process`]), gets what they need ([`tools`]), starts the servers that the
//! tests talk to ([`daemon`]), and reads the sources for rules that no compiler holds ([`tidy`]).

#![expect(clippy::print_stdout, reason = "these are commands: a terminal is where they answer")]

mod assets;
mod bench;
mod bench_pages;
mod book;
mod broker;
mod browser;
mod certificates;
mod clients;
mod contract;
mod daemon;
mod demo;
mod deploy;
mod feeds;
mod identity;
mod kafka;
mod keycloak;
mod mail;
mod mcp;
mod moving;
mod paths;
mod peer;
mod plots;
mod postgres;
mod process;
mod prove;
mod providers;
mod register;
mod release;
mod rust_tests;
mod screenshots;
mod slapd;
mod smtp;
mod steps;
mod tally;
mod test;
mod tidy;
mod tools;
mod watch;
mod workshop;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The project's own commands.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Check everything, fastest first, on SQLite and PostgreSQL; the last line counts
    Test(test::Options),
    /// Check the rules that no compiler holds
    Tidy(tidy::Options),
    /// Make the scripts and styles of the pages, which compiling needs
    Assets,
    /// Build an optimised binary and show it with a fleet of 5,000 servers
    Demo(demo::Options),
    /// Run the long versions of the proofs, for docs/proofs.md
    Prove(prove::Options),
    /// Make the book at target/book, and run the commands of its pages
    Book(book::Options),
    /// Gather changelog.d/ into CHANGELOG.md, as what a version brings
    Release(release::Options),
    /// Take pictures of the pages, for docs/images/
    Screenshots(screenshots::Options),
    /// Measure, for docs/benchmarks.md
    Bench(bench::Options),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = process::stop_children_on_signals().and_then(|()| match arguments.command {
        Task::Test(options) => test::run(&options),
        Task::Tidy(options) => tidy::run(&options),
        Task::Assets => assets::run(),
        Task::Demo(options) => demo::run(&options),
        Task::Prove(options) => prove::run(&options),
        Task::Book(options) => book::command(&options),
        Task::Release(options) => release::run(&options),
        Task::Screenshots(options) => screenshots::run(&options),
        Task::Bench(options) => bench::run(&options),
    });
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            println!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
