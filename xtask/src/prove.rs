//! `cargo xtask prove`: the long versions of the proofs, and what docs/proofs.md says of them.

use anyhow::Result;
use clap::Args;

use crate::contract::{self, Depth};
use crate::tally::Tally;
use crate::test::{show, stopwatch};
use crate::tools::commit;
use crate::workshop::Workshop;
use crate::{kafka, rust_tests};

#[derive(Args)]
pub(crate) struct Options {
    /// Where the random tests begin to draw
    #[arg(long, default_value_t = 2026)]
    seed: u64,
    /// Cases of each property
    #[arg(long, default_value_t = 200)]
    cases: u32,
    /// Cases per operation that schemathesis draws
    #[arg(long, default_value_t = 40)]
    requests: u32,
    /// Leave schemathesis out
    #[arg(long)]
    no_contract: bool,
}

/// Runs the proofs: whether all hold. The table comes last, after what failing ones said.
///
/// # Errors
/// When they can't be run.
pub(crate) fn run(options: &Options) -> Result<bool> {
    crate::assets::run()?;
    let mut workshop = Workshop::new();
    let settings = [
        ("PROPTEST_RNG_SEED", options.seed.to_string()),
        ("PROPTEST_CASES", options.cases.to_string()),
        ("DOMESDAY_PROVE", "1".to_owned()),
    ];
    let mut rows = vec![prove(
        &Proof { name: "properties", cases: options.cases, seed: options.seed },
        &mut workshop,
        |workshop| rust_tests::all(workshop, &settings),
    )?];
    rows.push(prove(
        &Proof { name: "kafka", cases: 1, seed: options.seed },
        &mut workshop,
        |workshop| kafka::prove(workshop, &settings),
    )?);
    if !options.no_contract {
        let cases = options.requests;
        let depth = Depth { cases, seed: options.seed, all_types: true };
        rows.push(prove(
            &Proof { name: "contract", cases: options.requests, seed: options.seed },
            &mut workshop,
            |workshop| contract::run(workshop, depth),
        )?);
    }
    println!("| commit | proof | seed | cases of each | minutes | outcome |");
    println!("| --- | --- | --- | --- | --- | --- |");
    for (row, _) in &rows {
        println!("{row}");
    }
    Ok(rows.iter().all(|(_, tally)| tally.failed == 0))
}

struct Proof {
    name: &'static str,
    cases: u32,
    seed: u64,
}

/// Runs one proof: its row of the table, and its count.
fn prove(
    proof: &Proof,
    workshop: &mut Workshop,
    run: impl FnOnce(&mut Workshop) -> Result<Tally>,
) -> Result<(String, Tally)> {
    let &Proof { name, cases, seed } = proof;
    workshop.begin(&format!("prove-{name}"))?;
    let (tally, took) = stopwatch(|| run(workshop));
    let tally = tally?;
    if tally.failed > 0 {
        show(&workshop.said());
    }
    let minutes = took.as_secs_f64() / 60.0;
    let row = format!("| {} | {name} | {seed} | {cases} | {minutes:.1} | {tally} |", commit());
    Ok((row, tally))
}
