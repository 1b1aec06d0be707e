//! The tests of the crates, on both databases: those of the program, which wait for servers and for
//! time to pass, and all others.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::steps::SEED;
use crate::tally::Tally;
use crate::workshop::{Workshop, cargo, cargo_test};
use crate::{paths, tools};

/// The crate whose integration tests run the program.
const PROGRAM: &str = "server";

/// Compiles all tests.
///
/// # Errors
/// When cargo can't be started, or what they are compiled with can't be had.
pub(crate) fn build(workshop: &mut Workshop) -> Result<Tally> {
    tools::c_compiler_and_openssl(workshop.log())?;
    workshop.check(cargo_test(&[]).args(["--lib", "--bins", "--tests", "--no-run"]))
}

/// Runs the integration tests of the program, and those of other crates that are called the same.
///
/// # Errors
/// As [`all`].
pub(crate) fn program(workshop: &mut Workshop) -> Result<Tally> {
    let mut test = cargo_test(&[]);
    for name in names(&paths::root().join("crates").join(PROGRAM))? {
        test.args(["--test", &name]);
    }
    run(workshop, &mut test, &seed())
}

/// Runs all other tests but those in the documentation.
///
/// # Errors
/// As [`all`].
pub(crate) fn others(workshop: &mut Workshop) -> Result<Tally> {
    let crates = paths::root().join("crates");
    let of_program = names(&crates.join(PROGRAM))?;
    let mut test = cargo_test(&[]);
    test.args(["--lib", "--bins"]);
    for folder in std::fs::read_dir(&crates)? {
        for name in names(&folder?.path())?.difference(&of_program) {
            test.args(["--test", name]);
        }
    }
    run(workshop, &mut test, &seed())
}

/// Runs all tests but those in the documentation.
///
/// # Errors
/// When cargo or PostgreSQL can't be started, or what tests start can't be had.
pub(crate) fn all(workshop: &mut Workshop, settings: &[(&str, String)]) -> Result<Tally> {
    run(workshop, cargo_test(&[]).args(["--lib", "--bins", "--tests"]), settings)
}

/// Runs the examples in the documentation.
///
/// # Errors
/// When cargo can't be started.
pub(crate) fn examples(workshop: &mut Workshop) -> Result<Tally> {
    let succeeded = workshop.run(&mut cargo(&["test", "--workspace", "--doc"]))?;
    Ok(Tally::of_cargo(&workshop.said(), succeeded))
}

fn seed() -> [(&'static str, String); 1] {
    [("PROPTEST_RNG_SEED", SEED.to_string())]
}

fn run(workshop: &mut Workshop, test: &mut Command, settings: &[(&str, String)]) -> Result<Tally> {
    let server = workshop.postgres()?.url("postgres");
    tools::started_by_tests(workshop.log())?;
    tools::c_compiler_and_openssl(workshop.log())?;
    test.env("TEST_POSTGRES_URL", server);
    test.envs(settings.iter().map(|(name, value)| (name, value)));
    let succeeded = workshop.run(test)?;
    Ok(Tally::of_cargo(&workshop.said(), succeeded))
}

/// What cargo calls the integration tests of a crate: each file of `tests/`, and each folder with a
/// `main.rs`.
fn names(of_crate: &Path) -> Result<BTreeSet<String>> {
    let folder = of_crate.join("tests");
    if !folder.exists() {
        return Ok(BTreeSet::new());
    }
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        let is_test = path.extension().is_some_and(|ending| ending == "rs");
        if (is_test || path.join("main.rs").exists())
            && let Some(name) = path.file_stem().and_then(|stem| stem.to_str())
        {
            names.insert(name.to_owned());
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_named_as_cargo_names_them() {
        let folder = tempfile::tempdir().unwrap();
        let tests = folder.path().join("tests");
        assert_eq!(names(folder.path()).unwrap(), BTreeSet::new());
        for path in ["http/main.rs", "http/access.rs", "helpers/mod.rs", "limits.rs", "notes.md"] {
            let path = tests.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let expect = ["http", "limits"].map(str::to_owned);
        assert_eq!(names(folder.path()).unwrap(), BTreeSet::from(expect));
    }
}
