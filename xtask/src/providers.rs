//! Whom people sign in with, running: a Keycloak, a directory, and the sample page that hands people
//! over.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::daemon::{Daemon, Folder, answers, free_port};
use crate::keycloak::Keycloak;
use crate::process::begin_log;
use crate::slapd::Slapd;
use crate::{paths, tools};

/// What the sample page and the register share.
const SECRET: &str = "shared by the gate and the register";
/// Whom the sample page hands people over to.
const AUDIENCE: &str = "https://domesday.test";

/// The running providers. Dropping them ends them.
pub(crate) struct Providers {
    /// A Keycloak with the realm `fleet`.
    pub(crate) keycloak: Keycloak,
    /// A directory of a few people.
    pub(crate) directory: Slapd,
    gate: SocketAddr,
    _gate: Daemon,
}

impl Providers {
    /// Starts them.
    ///
    /// # Errors
    /// When one can't be had or does not start.
    pub(crate) fn start(log: &Path) -> Result<Self> {
        let python = tools::python(log)?.join("python");
        let gate = SocketAddr::from(([127, 0, 0, 1], free_port()?));
        let told = paths::logs().join("gate.log");
        begin_log(&told)?;
        let mut command = Command::new(python);
        command.arg(paths::root().join("examples/handoff_provider.py"));
        command.args(["--secret", SECRET, "--audience", AUDIENCE]);
        command.args(["--port", &gate.port().to_string()]);
        let folder = Folder::make(&paths::servers(), "gate")?;
        let mut daemon = Daemon::start(folder, &mut command, &told)?;
        daemon.wait_until(|| answers(gate, "/"))?;
        Ok(Self { keycloak: keycloak()?, directory: directory()?, gate, _gate: daemon })
    }

    /// The tables of a register's configuration that name them.
    pub(crate) fn configuration(&self) -> String {
        format!(
            r#"
            [[identity.oidc]]
            name = "keycloak"
            label = "Keycloak"
            issuer = "{}/realms/fleet"
            client_id = "domesday"
            client_secret = "the register's secret"
            groups = {{ operators = "operators", "*" = "viewers" }}

            [[identity.ldap]]
            name = "staff"
            url = "{}"
            user_base = "ou=people,dc=fleet,dc=example"
            group_base = "ou=groups,dc=fleet,dc=example"
            groups = {{ viewers = "viewers" }}

            [[identity.handoff]]
            name = "gate"
            label = "the gate"
            sign_in_url = "http://{}/"
            audience = "{AUDIENCE}"
            secrets = ["{SECRET}"]
            groups = {{ ops = "operators" }}
            "#,
            self.keycloak.url, self.directory.ldap, self.gate
        )
    }
}

/// A Keycloak with the realm that the tests know.
///
/// # Errors
/// When it can't be had or does not start.
pub(crate) fn keycloak() -> Result<Keycloak> {
    let log = paths::logs().join("keycloak.log");
    begin_log(&log)?;
    Keycloak::start(&paths::root().join("crates/identity/tests/fleet-realm.json"), &log)
        .with_context(|| format!("Keycloak ({})", log.display()))
}

/// A directory with the people that the tests know.
///
/// # Errors
/// When it can't be had or does not start.
pub(crate) fn directory() -> Result<Slapd> {
    let log = paths::logs().join("slapd.log");
    begin_log(&log)?;
    Slapd::start(&paths::root().join("crates/identity/tests/fleet.ldif"), &log)
        .with_context(|| format!("the directory ({})", log.display()))
}
