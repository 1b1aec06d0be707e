//! The tests that send mail to a real server.

use anyhow::{Context, Result};

use crate::paths;
use crate::process::begin_log;
use crate::smtp::Smtp;
use crate::tally::Tally;
use crate::workshop::{Workshop, cargo_test};

/// Runs them against an aiosmtpd.
///
/// # Errors
/// When it or cargo can't be started.
pub(crate) fn run(workshop: &mut Workshop) -> Result<Tally> {
    let log = paths::logs().join("smtp.log");
    begin_log(&log)?;
    let server = Smtp::start(&log).with_context(|| format!("aiosmtpd ({})", log.display()))?;
    let mut test = cargo_test(&["smtp", "mail"]);
    test.env("TEST_SMTP_URL", &server.open).env("TEST_SMTP_TLS_URL", &server.starttls);
    test.env("TEST_SMTPS_URL", &server.tls).env("TEST_SMTP_CA", &server.authority);
    test.env("TEST_SMTP_FOLDER", &server.received);
    // The others ran with those of all crates.
    test.args(["--", "--ignored"]);
    let succeeded = workshop.run(&mut test)?;
    Ok(Tally::of_cargo(&workshop.said(), succeeded))
}
