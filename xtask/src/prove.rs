//! `cargo xtask prove`: the long versions of the proofs, and what docs/proofs.md says of them.

use anyhow::Result;
use clap::Args;

use crate::contract::{self, Depth};
use crate::steps::run_tests;
use crate::tally::Tally;
use crate::test::stopwatch;
use crate::tools::commit;
use crate::workshop::Workshop;

#[derive(Args)]
pub(crate) struct Options {
    /// Where the random tests begin to draw
    #[arg(long, default_value_t = 2026)]
    seed: u64,
    /// Cases of each property
    #[arg(long, default_value_t = 2_000)]
    cases: u32,
    /// Cases per operation that schemathesis draws
    #[arg(long, default_value_t = 200)]
    requests: u32,
    /// Leave schemathesis out
    #[arg(long)]
    no_contract: bool,
}

/// Runs the proofs: whether all hold.
///
/// # Errors
/// When they can't be run.
pub(crate) fn run(options: &Options) -> Result<bool> {
    let mut workshop = Workshop::new();
    println!("| commit | proof | seed | cases | minutes | outcome |");
    println!("| --- | --- | --- | --- | --- | --- |");
    let settings = [
        ("PROPTEST_RNG_SEED", options.seed.to_string()),
        ("PROPTEST_CASES", options.cases.to_string()),
    ];
    let what = format!("{} of each property", options.cases);
    let mut failed = prove("properties", &what, options.seed, &mut workshop, |workshop| {
        run_tests(workshop, &settings)
    })?;
    if !options.no_contract {
        let depth = Depth { cases: options.requests, seed: options.seed };
        let what = format!("{} per operation and database", options.requests);
        failed += prove("contract", &what, options.seed, &mut workshop, |workshop| {
            contract::run(workshop, depth)
        })?;
    }
    Ok(failed == 0)
}

fn prove(
    name: &str,
    cases: &str,
    seed: u64,
    workshop: &mut Workshop,
    proof: impl FnOnce(&mut Workshop) -> Result<Tally>,
) -> Result<u64> {
    workshop.begin(&format!("prove-{name}"))?;
    let (tally, took) = stopwatch(|| proof(workshop));
    let tally = tally?;
    let minutes = took.as_secs_f64() / 60.0;
    println!("| {} | {name} | {seed} | {cases} | {minutes:.1} | {tally} |", commit());
    if tally.failed > 0 {
        println!("\n{}\n", workshop.said());
    }
    Ok(tally.failed)
}
