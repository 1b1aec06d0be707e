//! Feeds, read by the programs that they are for.

use anyhow::{Context, Result};

use crate::tally::Tally;
use crate::tools;
use crate::workshop::{Workshop, cargo_test};

/// Runs the tests with Ansible, Prometheus, ssh and BIND at hand.
///
/// # Errors
/// When these or cargo can't be had.
pub(crate) fn run(workshop: &mut Workshop) -> Result<Tally> {
    let python = tools::python(workshop.log())?;
    let programs = ["prometheus", "named-checkzone", "ssh"];
    if programs.into_iter().any(|program| tools::on_path(program).is_none()) {
        tools::debian_packages(&["prometheus", "bind9-utils", "openssh-client"], workshop.log())
            .context("the tests of feeds need them")?;
    }
    let found = |program: &str| {
        tools::on_path(program).with_context(|| format!("{program} is not on the path"))
    };
    let mut test = cargo_test(&["feeds"]);
    test.env("TEST_ANSIBLE_INVENTORY", python.join("ansible-inventory"));
    test.env("TEST_PROMETHEUS", found("prometheus")?);
    test.env("TEST_NAMED_CHECKZONE", found("named-checkzone")?);
    let succeeded = workshop.run(test.args(["--", "--ignored"]))?;
    Ok(Tally::of_cargo(&workshop.said(), succeeded))
}
