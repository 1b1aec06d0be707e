//! Moving in from an inventory that Django itself has made.

use anyhow::Result;

use crate::tally::Tally;
use crate::tools;
use crate::workshop::{Workshop, cargo_test};

/// Runs the tests that need Django and django-simple-history.
///
/// # Errors
/// When these or cargo can't be had.
pub(crate) fn run(workshop: &mut Workshop) -> Result<Tally> {
    let python = tools::python(workshop.log())?;
    let mut test = cargo_test(&["moving"]);
    test.env("TEST_PYTHON", python.join("python"));
    test.env("TEST_POSTGRES_URL", workshop.postgres()?.url("postgres"));
    let succeeded = workshop.run(test.args(["--", "--ignored"]))?;
    Ok(Tally::of_cargo(&workshop.said(), succeeded))
}
