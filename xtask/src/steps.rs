//! The steps of `cargo xtask test`, fastest first.

use std::process::Command;

use anyhow::Result;

use crate::contract::{self, Depth};
use crate::tally::Tally;
use crate::workshop::{Workshop, cargo};
use crate::{
    assets, book, browser, clients, deploy, feeds, identity, kafka, mail, mcp, moving, rust_tests,
    tidy, tools, watch,
};

/// Random tests draw the same each time, so that a run can be repeated. `cargo xtask prove` draws
/// more, and others.
pub(crate) const SEED: u64 = 1;

/// Cases per operation that schemathesis draws; its fixed cases at the limits come on top.
const CONTRACT_CASES: u32 = 12;

/// One step.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    pub(crate) run: fn(&mut Workshop) -> Result<Tally>,
    /// Whether it mostly waits, for brokers and the like: it runs beside those that come after it.
    pub(crate) waits: bool,
}

impl Step {
    const fn new(
        name: &'static str,
        what: &'static str,
        run: fn(&mut Workshop) -> Result<Tally>,
    ) -> Self {
        Self { name, what, run, waits: false }
    }

    const fn waits(self) -> Self {
        Self { waits: true, ..self }
    }
}

/// All steps. The first that waits comes when all is compiled, for which they would stand in line.
pub(crate) const STEPS: &[Step] = &[
    Step::new("fmt", "the sources are formatted", fmt),
    Step::new("tidy", "the rules that no compiler holds", tidy),
    Step::new("typos", "spelling", typos),
    Step::new("assets", "scripts and styles of the pages", assets::check),
    Step::new("clippy", "no warning of the compiler or clippy", clippy),
    Step::new("build", "all that is tested compiles", rust_tests::build),
    Step::new("program", "the program as its users run it", rust_tests::program).waits(),
    Step::new("test", "all other tests, on SQLite and PostgreSQL", rust_tests::others),
    Step::new("doctest", "the examples in the documentation", rust_tests::examples),
    Step::new("doc", "the documentation has no broken links", doc),
    Step::new("deny", "licences and sources of the dependencies", deny),
    Step::new("mail", "mail handed to aiosmtpd", mail::run).waits(),
    Step::new("identity", "sign-ins at Keycloak and slapd", identity::run).waits(),
    Step::new("kafka", "messages through an Apache Kafka", kafka::run).waits(),
    Step::new("feeds", "feeds in Ansible, Prometheus, ssh and BIND", feeds::run),
    Step::new("moving", "over from Django, which Django has made", moving::run),
    Step::new("watch", "metrics and alerts in Prometheus", watch::run),
    Step::new("clients", "the client in Python at the register", clients::run),
    Step::new("mcp", "tools of assistants, by the protocol's client", mcp::run),
    Step::new("deploy", "image, chart, units and docs/install.md", deploy::run).waits(),
    Step::new("book", "the book, and what its commands answer", book::run),
    Step::new("contract", "schemathesis against both databases", contract),
    Step::new("browser", "grids and documentation in Chromium", browser::run),
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
