//! The steps of `cargo xtask test`, fastest first.

use std::process::Command;

use anyhow::Result;

use crate::contract::{self, Depth};
use crate::tally::Tally;
use crate::workshop::{Workshop, cargo};
use crate::{
    assets, book, browser, clients, deploy, feeds, identity, kafka, mail, mcp, moving, tidy, tools,
    watch,
};

/// Random tests draw the same each time, so that a run can be repeated. `cargo xtask prove` draws
/// more, and others.
const SEED: u64 = 1;

/// Cases per operation that schemathesis draws; its fixed cases at the limits come on top.
const CONTRACT_CASES: u32 = 12;

/// One step.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    pub(crate) run: fn(&mut Workshop) -> Result<Tally>,
}

/// All steps.
pub(crate) const STEPS: &[Step] = &[
    Step { name: "fmt", what: "the sources are formatted", run: fmt },
    Step { name: "tidy", what: "the rules that no compiler holds", run: tidy },
    Step { name: "typos", what: "spelling", run: typos },
    Step { name: "assets", what: "scripts and styles of the pages", run: assets::check },
    Step { name: "clippy", what: "no warning of the compiler or clippy", run: clippy },
    Step { name: "test", what: "all tests, on SQLite and PostgreSQL", run: test },
    Step { name: "doctest", what: "the examples in the documentation", run: doctest },
    Step { name: "doc", what: "the documentation has no broken links", run: doc },
    Step { name: "deny", what: "licences and sources of the dependencies", run: deny },
    Step { name: "mail", what: "mail handed to aiosmtpd", run: mail::run },
    Step { name: "identity", what: "sign-ins at Keycloak and slapd", run: identity::run },
    Step { name: "kafka", what: "messages through an Apache Kafka", run: kafka::run },
    Step { name: "feeds", what: "feeds in Ansible, Prometheus, ssh and BIND", run: feeds::run },
    Step { name: "moving", what: "over from Django, which Django has made", run: moving::run },
    Step { name: "watch", what: "metrics and alerts in Prometheus", run: watch::run },
    Step { name: "clients", what: "the client in Python at the register", run: clients::run },
    Step { name: "mcp", what: "tools of assistants, by the protocol's client", run: mcp::run },
    Step { name: "deploy", what: "image, chart, units and docs/install.md", run: deploy::run },
    Step { name: "book", what: "the book, and what its commands answer", run: book::run },
    Step { name: "contract", what: "schemathesis against both databases", run: contract },
    Step { name: "browser", what: "grids and documentation in Chromium", run: browser::run },
];

fn fmt(workshop: &mut Workshop) -> Result<Tally> {
    workshop.check(&mut cargo(&["fmt", "--all", "--check"]))
}

fn tidy(workshop: &mut Workshop) -> Result<Tally> {
    let findings = tidy::check()?;
    workshop.say(&findings.join("\n"))?;
    Ok(Tally::of_check(findings.is_empty()))
}

fn typos(workshop: &mut Workshop) -> Result<Tally> {
    let programs = tools::python(workshop.log())?;
    workshop.check(&mut Command::new(programs.join("typos")))
}

fn clippy(workshop: &mut Workshop) -> Result<Tally> {
    tools::c_compiler_and_openssl(workshop.log())?;
    let mut clippy = cargo(&["clippy", "--workspace", "--all-targets"]);
    workshop.check(clippy.args(["--", "-D", "warnings"]))
}

fn test(workshop: &mut Workshop) -> Result<Tally> {
    run_tests(workshop, &[("PROPTEST_RNG_SEED", SEED.to_string())])
}

/// Runs all tests but those in the documentation, on both databases.
///
/// # Errors
/// When cargo or PostgreSQL can't be started, or what tests start can't be had.
pub(crate) fn run_tests(workshop: &mut Workshop, settings: &[(&str, String)]) -> Result<Tally> {
    let server = workshop.postgres()?.url("postgres");
    tools::started_by_tests(workshop.log())?;
    tools::c_compiler_and_openssl(workshop.log())?;
    let mut test = cargo(&["test", "--workspace", "--no-fail-fast"]);
    test.args(["--lib", "--bins", "--tests"]).env("TEST_POSTGRES_URL", server);
    test.envs(settings.iter().map(|(name, value)| (name, value)));
    let succeeded = workshop.run(&mut test)?;
    Ok(Tally::of_cargo(&workshop.said(), succeeded))
}

fn doctest(workshop: &mut Workshop) -> Result<Tally> {
    let succeeded = workshop.run(&mut cargo(&["test", "--workspace", "--doc"]))?;
    Ok(Tally::of_cargo(&workshop.said(), succeeded))
}

fn doc(workshop: &mut Workshop) -> Result<Tally> {
    let mut doc = cargo(&["doc", "--no-deps", "--workspace", "--document-private-items"]);
    workshop.check(doc.env("RUSTDOCFLAGS", "-D warnings"))
}

fn deny(workshop: &mut Workshop) -> Result<Tally> {
    let program = tools::cargo_deny(workshop.log())?;
    workshop.check(Command::new(program).args(["check", "bans", "licenses", "sources"]))
}

fn contract(workshop: &mut Workshop) -> Result<Tally> {
    let depth = Depth { cases: CONTRACT_CASES, seed: SEED, all_types: false };
    contract::run(workshop, depth)
}
