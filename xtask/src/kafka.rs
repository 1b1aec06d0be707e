//! The tests of `crates/kafka` that need a broker, and foreign clients beside ours.

use anyhow::{Context, Result};

use crate::broker::Broker;
use crate::process::begin_log;
use crate::tally::Tally;
use crate::workshop::{Workshop, cargo};
use crate::{paths, tools};

/// Runs them against an Apache Kafka, with kcat and kafka-python at hand.
///
/// # Errors
/// When these or cargo can't be started.
pub(crate) fn run(workshop: &mut Workshop) -> Result<Tally> {
    tools::c_compiler_and_openssl(workshop.log())?;
    let kcat = tools::kcat(workshop.log())?;
    let python = tools::python(workshop.log())?.join("python");
    let log = paths::logs().join("broker.log");
    begin_log(&log)?;
    let broker = Broker::start(&log).with_context(|| format!("Kafka ({})", log.display()))?;
    let mut test = cargo(&["test", "--package", "kafka", "--no-fail-fast", "--tests"]);
    test.env("TEST_KAFKA", &broker.plain).env("TEST_KAFKA_TLS", &broker.tls);
    test.env("TEST_KAFKA_SASL", &broker.sasl);
    test.env("TEST_KAFKA_CERTIFICATES", &broker.certificates);
    test.env("TEST_KCAT", kcat).env("TEST_PYTHON", python);
    // The others ran with those of all crates.
    test.args(["--", "--ignored"]);
    let succeeded = workshop.run(&mut test)?;
    Ok(Tally::of_cargo(&workshop.said(), succeeded))
}
