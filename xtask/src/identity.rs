//! The tests of `crates/identity` that sign in at real providers.

use anyhow::Result;

use crate::providers;
use crate::tally::Tally;
use crate::workshop::{Workshop, cargo_test};

/// Runs them against a Keycloak and a directory.
///
/// # Errors
/// When these or cargo can't be started.
pub(crate) fn run(workshop: &mut Workshop) -> Result<Tally> {
    let (directory, keycloak) = (providers::directory()?, providers::keycloak()?);
    let mut test = cargo_test(&["forged", "ldap", "oidc"]);
    test.env("TEST_KEYCLOAK_URL", &keycloak.url);
    test.env("TEST_LDAP_URL", &directory.ldap).env("TEST_LDAPS_URL", &directory.ldaps);
    test.env("TEST_LDAP_CA", &directory.authority);
    // The others ran with those of all crates.
    test.args(["--", "--ignored"]);
    let succeeded = workshop.run(&mut test)?;
    Ok(Tally::of_cargo(&workshop.said(), succeeded))
}
