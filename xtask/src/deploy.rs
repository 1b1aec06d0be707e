//! What `deploy/` has, checked without a container engine: linters of each form, the chart by
//! Helm's own engine, the program in its image's root, and the commands of `docs/install.md` on a
//! machine with a systemd of its own.

mod install;

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::tally::Tally;
use crate::workshop::{Workshop, cargo_test};
use crate::{paths, tools};

/// How lines of YAML may look that people read beside comments.
const YAML: &str = "{extends: default, rules: {line-length: {max: 150}, document-start: disable, \
                    braces: {max-spaces-inside: 1}}}";

/// Debian's packages, and the program by which each is known to be there.
const PACKAGES: [(&str, &str); 7] = [
    ("curl", "/usr/bin/curl"),
    ("iproute2", "/usr/sbin/ip"),
    ("memcached", "/usr/bin/memcached"),
    ("nginx", "/usr/sbin/nginx"),
    ("openssl", "/usr/bin/openssl"),
    ("postgresql", "/usr/bin/pg_lsclusters"),
    ("systemd", "/lib/systemd/systemd"),
];

/// Runs all of it.
///
/// # Errors
/// When programs can't be had, or the register can't be built.
pub(crate) fn run(workshop: &mut Workshop) -> Result<Tally> {
    let python = tools::python(workshop.log())?;
    let missing = PACKAGES.iter().filter(|(_, program)| !Path::new(program).exists());
    let missing: Vec<&str> = missing.map(|(package, _)| *package).collect();
    if !missing.is_empty() {
        tools::debian_packages(&missing, workshop.log())?;
    }
    tools::c_compiler_and_openssl(workshop.log())?;
    let mut tally = lint(workshop, &python)?;
    // This builds the program, too.
    tally += image(workshop)?;
    if !program().exists() {
        bail!("the register can't be built");
    }
    for file in ["deploy/compose/domesday.toml", "deploy/systemd/domesday.toml"] {
        let mut show = Command::new(program());
        tally += workshop.check(show.args(["config", "show", "--config", file]))?;
    }
    tally += chart(workshop, &python)?;
    tally += install::run(workshop)?;
    Ok(tally)
}

/// The program as it is built for the tests.
fn program() -> std::path::PathBuf {
    paths::target().join("debug/domesday")
}

fn lint(workshop: &Workshop, python: &Path) -> Result<Tally> {
    let schema_of = ["--check-metaschema", "deploy/helm/domesday/values.schema.json"];
    let compose = ["--builtin-schema", "vendor.compose-spec", "deploy/compose/compose.yaml"];
    let alerts = "deploy/helm/domesday/files/alerts.yaml";
    // $host, which gixy would rather see, leaves out the port; http.public_url makes either moot.
    let nginx = ["--skips", "host_spoofing", "deploy/nginx/nginx.conf"];
    let yaml = [
        "--strict",
        "--config-data",
        YAML,
        "deploy/compose/compose.yaml",
        "deploy/helm/domesday/Chart.yaml",
        "deploy/helm/domesday/values.yaml",
    ];
    let linters: [(&str, &[&str]); 5] = [
        ("hadolint", &["--failure-threshold", "info", "deploy/docker/Dockerfile"]),
        ("yamllint", &yaml),
        ("check-jsonschema", &compose),
        ("check-jsonschema", &schema_of),
        ("gixy", &nginx),
    ];
    let mut tally = Tally::default();
    for (linter, arguments) in linters {
        tally += workshop.check(Command::new(python.join(linter)).args(arguments))?;
    }
    // A chart can't reach files beside it.
    tally += workshop.check(Command::new("cmp").args(["deploy/prometheus/alerts.yml", alerts]))?;
    Ok(tally)
}

fn chart(workshop: &Workshop, python: &Path) -> Result<Tally> {
    let mut chart = Command::new(python.join("python"));
    chart.args(["-B", "xtask/deploy/chart.py", "deploy/helm/domesday"]).arg(program());
    let succeeded = workshop.run(&mut chart)?;
    let said = workshop.said();
    let count = |end: &str| {
        said.lines().filter(|line| line.starts_with("chart: ") && line.contains(end)).count() as u64
    };
    let (passed, failed) = (count(" ... ok"), count(" ... FAILED"));
    // One that ends before it has told of a case failed, too.
    Ok(Tally { passed, failed: failed.max(u64::from(!succeeded || passed == 0)) })
}

fn image(workshop: &Workshop) -> Result<Tally> {
    let before = workshop.said().len();
    let mut test = cargo_test(&["bare"]);
    let succeeded = workshop.run(test.args(["--", "--ignored"]))?;
    let said = workshop.said();
    Ok(Tally::of_cargo(said.get(before..).unwrap_or_default(), succeeded))
}
