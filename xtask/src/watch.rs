//! Metrics, alerts and the dashboard, by Prometheus's own programs.

use anyhow::{Context, Result};

use crate::tally::Tally;
use crate::tools;
use crate::workshop::{Workshop, cargo_test};

/// Runs the tests with Prometheus and promtool at hand.
///
/// # Errors
/// When these or cargo can't be had.
pub(crate) fn run(workshop: &mut Workshop) -> Result<Tally> {
    let programs = ["prometheus", "promtool"];
    if programs.into_iter().any(|program| tools::on_path(program).is_none()) {
        tools::debian_packages(&["prometheus"], workshop.log())
            .context("what watches the register is tested with it")?;
    }
    let found = |program: &str| {
        tools::on_path(program).with_context(|| format!("{program} is not on the path"))
    };
    let mut test = cargo_test(&["watch"]);
    test.env("TEST_PROMETHEUS", found("prometheus")?).env("TEST_PROMTOOL", found("promtool")?);
    let succeeded = workshop.run(test.args(["--", "--ignored"]))?;
    Ok(Tally::of_cargo(&workshop.said(), succeeded))
}
