//! Certificates for a server of the tests, by an authority that nobody else has.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::process::run_logged;
use crate::tools;

/// What the certificates say.
const SETTINGS: &str = "
[req]
distinguished_name = name
prompt = no
[name]
CN = a server for tests
[authority]
basicConstraints = critical, CA:TRUE
[server]
basicConstraints = critical, CA:FALSE
subjectAltName = IP:127.0.0.1, DNS:localhost
";

/// Makes `authority.pem` in a folder, and `server.pem` by it with `server.key`.
///
/// # Errors
/// When openssl can't be had, or does not make them.
pub(crate) fn make(home: &Path, log: &Path) -> Result<()> {
    if tools::on_path("openssl").is_none() {
        tools::debian_packages(&["openssl"], log)?;
    }
    std::fs::write(home.join("certificates.cnf"), SETTINGS)?;
    let make = |name: &str, signed_by: &[&str]| {
        let mut openssl = Command::new("openssl");
        openssl.args(["req", "-x509", "-config", "certificates.cnf", "-extensions", name]);
        openssl.args(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]);
        openssl.args(["-days", "2", "-subj", &format!("/CN={name} of a test")]);
        openssl.args(["-keyout", &format!("{name}.key"), "-out", &format!("{name}.pem")]);
        openssl.args(signed_by).current_dir(home);
        if !run_logged(&mut openssl, log)? {
            bail!("openssl can't make the certificate of the {name}");
        }
        Ok(())
    };
    make("authority", &[])?;
    make("server", &["-CA", "authority.pem", "-CAkey", "authority.key"])
}
