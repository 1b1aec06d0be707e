//! The tests that need a broker: those of `crates/kafka`, with foreign clients beside ours, and the
//! storms over the whole program.

use std::path::Path;

use anyhow::{Context, Result};

use crate::broker::Broker;
use crate::process::begin_log;
use crate::tally::Tally;
use crate::workshop::{Workshop, cargo_test};
use crate::{paths, tools};

/// Where the storms begin to draw.
const SEED: u64 = 1;

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
    let mut test = cargo_test(&["broker", "memory"]);
    test.env("TEST_KAFKA", &broker.plain).env("TEST_KAFKA_TLS", &broker.tls);
    test.env("TEST_KAFKA_SASL", &broker.sasl);
    test.env("TEST_KAFKA_CERTIFICATES", &broker.certificates);
    test.env("TEST_KCAT", &kcat).env("TEST_PYTHON", &python);
    // The others ran with those of all crates.
    test.args(["--", "--ignored"]);
    let of_crate = workshop.run(&mut test)?;
    let troubles = troubles(workshop, &broker, &python)?;
    let of_program = storms(workshop, &broker, &[("PROPTEST_RNG_SEED", SEED.to_string())])?;
    // They killed it; what comes now has one of its own.
    drop(broker);
    let of_events = events(workshop, &log, (&kcat, &python))?;
    Ok(Tally::of_cargo(&workshop.said(), of_crate && troubles && of_program && of_events))
}

/// Events on their way out, looked at by foreign clients.
fn events(workshop: &mut Workshop, log: &Path, (kcat, python): (&Path, &Path)) -> Result<bool> {
    let broker = Broker::start(log).with_context(|| format!("Kafka ({})", log.display()))?;
    let mut test = cargo_test(&["events_kafka"]);
    test.env("TEST_KAFKA", &broker.plain).env("TEST_KAFKA_START", &broker.start);
    test.env("TEST_KAFKA_PID", broker.pid().to_string());
    test.env("TEST_KCAT", kcat).env("TEST_PYTHON", python);
    // The last one kills the broker.
    test.args(["--", "--ignored", "--test-threads=1"]);
    workshop.run(&mut test)
}

/// What can be wrong between the program and a broker.
fn troubles(workshop: &mut Workshop, broker: &Broker, python: &Path) -> Result<bool> {
    let mut test = cargo_test(&["source_troubles"]);
    test.env("TEST_KAFKA", &broker.plain).env("TEST_KAFKA_TLS", &broker.tls);
    test.env("TEST_KAFKA_SASL", &broker.sasl);
    test.env("TEST_KAFKA_CERTIFICATES", &broker.certificates).env("TEST_PYTHON", python);
    workshop.run(test.args(["--", "--ignored"]))
}

/// The storms alone, with settings that say how hard they are.
///
/// # Errors
/// When a server or cargo can't be started.
pub(crate) fn prove(workshop: &mut Workshop, settings: &[(&str, String)]) -> Result<Tally> {
    tools::c_compiler_and_openssl(workshop.log())?;
    let log = paths::logs().join("broker.log");
    begin_log(&log)?;
    let broker = Broker::start(&log).with_context(|| format!("Kafka ({})", log.display()))?;
    let succeeded = storms(workshop, &broker, settings)?;
    Ok(Tally::of_cargo(&workshop.said(), succeeded))
}

/// The storms, which kill the broker and start it again: behind all else that needs it.
fn storms(workshop: &mut Workshop, broker: &Broker, settings: &[(&str, String)]) -> Result<bool> {
    let postgres = workshop.postgres()?.url("postgres");
    let mut test = cargo_test(&["source_storm"]);
    test.env("TEST_KAFKA", &broker.plain).env("TEST_KAFKA_START", &broker.start);
    test.env("TEST_KAFKA_PID", broker.pid().to_string()).env("TEST_POSTGRES_URL", postgres);
    test.envs(settings.iter().map(|(name, value)| (name, value)));
    test.args(["--", "--ignored", "--nocapture", "--test-threads=1"]);
    workshop.run(&mut test)
}
